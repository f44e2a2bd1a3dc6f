//! Steps that stopped half way: found, gone on with, or settled by a human.

use std::time::{Duration, Instant};

use migrate_core::{
    Code, Dialect, Error,
    graph::Direction,
    revision::{Script, Side},
    seal::StepsDigest,
};

use super::{Run, lock::Backoff, walk::Prepared};
use crate::{
    event::Event, execute::in_doubt, journal::Unfinished, pause::pause, report::Interrupted, session::Failure,
};

/// Longer than most Rust steps work without writing. A step that takes longer is only asked about, not taken over.
const WITHIN_A_STEP: Duration = Duration::from_secs(10);

/// Longer than any run takes from one statement to the next.
const BETWEEN_STATEMENTS: Duration = Duration::from_secs(2);

/// How an interrupted step is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// The statement in doubt took effect.
    Done,
    /// It did not, and is to run again.
    Redo,
}

impl Run<'_> {
    /// The journal row of a step that stopped half way and can go on, which must be the first of the plan.
    pub(super) async fn resumable(
        &mut self,
        dialect: Dialect,
        steps: &[Prepared<'_>],
    ) -> Result<Option<Unfinished>, Error> {
        let Some(row) = self.unfinished().await? else { return Ok(None) };
        let Some(first) = steps
            .first()
            .filter(|first| first.revision == row.revision && first.direction.as_str() == row.direction)
        else {
            return Err(must_be_finished(&row.into()));
        };
        let total = first.script.len();
        if row.is_in_doubt() {
            let cause = Error::new(Code::Interrupted, format!("begun {} by {}", row.started, row.who));
            let cause = match first.script.steps().nth(row.done) {
                Some(step) => cause.with_place(first.file.place(step.span())),
                None => cause,
            };
            return Err(in_doubt(&cause, &row.revision, first.direction, row.done, total, "the run ended"));
        }
        require_untouched(dialect, &first.script, &row)?;
        Ok(Some(row))
    }

    /// The first journal row without an end. A journal that is missing is made: the version table is there already.
    pub(super) async fn open_row(&mut self) -> Result<Option<Unfinished>, Error> {
        let sql = self.journal().unfinished();
        let rows = match self.session.query(&sql).await {
            Err(error) if error.kind == Failure::MissingTable && self.has_entered => {
                self.create_tables().await?;
                Vec::new()
            }
            outcome => outcome.map_err(|error| error.own("reading the journal"))?,
        };
        Ok(rows.into_iter().next().map(Unfinished::from_row))
    }

    /// A step that another run has left half done.
    ///
    /// On SQLite no lock outlasts a transaction, so the other run may still be under way: its row is ours only when it
    /// has stood still for a while, and nobody is writing.
    pub(super) async fn unfinished(&mut self) -> Result<Option<Unfinished>, Error> {
        let mut wait = Backoff::new();
        let mut seen: Option<(Unfinished, Instant)> = None;
        loop {
            let Some(row) = self.open_row().await? else { return Ok(None) };
            if self.grammar.try_lock("").is_some() || row.tool == self.tool || row.is_released() {
                return Ok(Some(row));
            }
            if seen.is_none() {
                self.settings.tell(&Event::Waiting { at_most: self.settings.lock_wait });
            }
            let since = match &seen {
                Some((before, since)) if *before == row => *since,
                _ => Instant::now(),
            };
            // From one statement to the next is a moment; a Rust step may take its time without writing.
            let patience = if row.is_in_doubt() { WITHIN_A_STEP } else { BETWEEN_STATEMENTS };
            if since.elapsed() >= patience.min(self.settings.lock_wait) {
                // A statement that runs holds the write lock: to get it means that there is none.
                let probe = [self.grammar.begin().to_owned(), self.grammar.rollback().to_owned()];
                self.run_own(&probe).await?;
                if self.open_row().await?.as_ref() == Some(&row) {
                    return Ok(Some(row));
                }
            }
            seen = Some((row, since));
            pause(wait.next()).await;
        }
    }

    /// The step that was begun and has not ended; reads only.
    pub(crate) async fn interrupted(&mut self) -> Result<Option<Interrupted>, Error> {
        if self.heads().await?.is_none() {
            return Ok(None);
        }
        Ok(self.open_row().await?.map(Interrupted::from))
    }

    /// Settles the statement that is in doubt. Gives the revision that it belongs to.
    pub(crate) async fn settle(&mut self, settle: Settle) -> Result<String, Error> {
        if self.settings.dry_run {
            return Err(Error::new(Code::Usage, "what is in doubt cannot be settled in a dry run"));
        }
        let outcome = match self.enter().await {
            Ok(()) => self.settle_locked(settle).await,
            Err(error) => Err(error),
        };
        self.leave(outcome.is_err()).await;
        outcome
    }

    pub(super) async fn settle_locked(&mut self, settle: Settle) -> Result<String, Error> {
        let nothing = || Error::new(Code::Usage, "no revision is in doubt: there is nothing to resume");
        if self.heads().await?.is_none() {
            return Err(nothing());
        }
        let dialect = self.dialect().await?;
        // No waiting: whoever settles a statement has looked whether somebody still works on it.
        let row = self.open_row().await?.filter(Unfinished::is_in_doubt).ok_or_else(nothing)?;
        let (side, direction) =
            if row.direction == "down" { (Side::Down, Direction::Down) } else { (Side::Up, Direction::Up) };
        let script = self.versions.file(&row.revision)?.script(dialect, side)?;
        let mut digest = require_untouched(dialect, &script, &row)?;
        let done = row.done + usize::from(settle == Settle::Done);
        if let (Settle::Done, Some(step)) = (settle, script.steps().nth(row.done)) {
            digest.push(step);
        } else if done > script.len() {
            return Err(shortened(&row, script.len()));
        }
        let journal = self.journal();
        let progress = journal.progress(&row.revision, direction, done, done, &digest.digest().to_string());
        let sql = [journal.take_over(&row), progress, journal.release(&row.revision, direction)];
        self.run_own(&sql).await?;
        Ok(row.revision)
    }
}

/// The digest over the statements that have run, if they are still those that the journal knows.
fn require_untouched(dialect: Dialect, script: &Script, row: &Unfinished) -> Result<StepsDigest, Error> {
    let total = script.len();
    if row.done > total {
        return Err(shortened(row, total));
    }
    let mut prefix = StepsDigest::new(dialect);
    script.steps().take(row.done).for_each(|step| prefix.push(step));
    if row.done > 0 && prefix.digest().to_string() != row.progress.trim_end() {
        return Err(Error::new(
            Code::Tampered,
            format!(
                "revision {} stopped after statement {} of {total}, and one of the statements that have run was edited since",
                row.revision, row.done
            ),
        )
        .with_help("undo the edit: only the statements that have not run may change")
        .with_revision(row.revision.as_str()));
    }
    Ok(prefix)
}

impl From<Unfinished> for Interrupted {
    fn from(row: Unfinished) -> Self {
        Self {
            is_in_doubt: row.is_in_doubt(),
            revision: row.revision,
            direction: row.direction,
            statements_done: row.done,
            started: row.started,
            who: row.who,
        }
    }
}

/// The error for something else to do while a step is half done.
pub(super) fn must_be_finished(step: &Interrupted) -> Error {
    let command = if step.direction == "down" {
        "run the downgrade again".to_owned()
    } else {
        format!("run `upgrade {}`", step.revision)
    };
    let help = if step.is_in_doubt {
        format!(
            "look at the database, then `resume --done` or `resume --redo`, and {command}; or `stamp` to say where it is"
        )
    } else {
        format!("{command} to finish it, or `stamp` to say where the database is")
    };
    Error::new(Code::Interrupted, format!("{step}, and must be finished first"))
        .with_help(help)
        .with_revision(step.revision.as_str())
}

fn shortened(row: &Unfinished, total: usize) -> Error {
    Error::new(
        Code::Tampered,
        format!(
            "{} statements of revision {} have run, and its file has {total} now: it was shortened since",
            row.done, row.revision
        ),
    )
    .with_help("bring the statements back that have run: only those that have not run may change")
    .with_revision(row.revision.as_str())
}
