//! Steps that stopped half way: found, gone on with, or settled by a human.

use std::time::{Duration, Instant};

use migrate_core::{
    Code, Dialect, Error,
    graph::Direction,
    revision::{Script, Side, Step},
    seal::StepsDigest,
};

use super::{Run, lock::Backoff, walk::Prepared};
use crate::{
    event::Event,
    execute::{Doubt, drop_it, in_doubt, invalid_index, look_and_stamp},
    journal::Unfinished,
    pause::pause,
    report::Interrupted,
    session::Failure,
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
            let doubt = Doubt { done: row.done, attempted: row.attempted, total };
            return Err(in_doubt(&cause, &row.revision, first.direction, doubt, "the run ended"));
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
    /// has stood still for a while, and nobody is writing. As with a lock, the wait for it has an end.
    pub(super) async fn unfinished(&mut self) -> Result<Option<Unfinished>, Error> {
        let began = Instant::now();
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
            if since.elapsed() >= patience {
                // A statement that runs holds the write lock: to get it means that there is none.
                let probe = [self.grammar.begin().to_owned(), self.grammar.rollback().to_owned()];
                self.run_own(&probe).await?;
                if self.open_row().await?.as_ref() == Some(&row) {
                    return Ok(Some(row));
                }
            }
            let left = self.settings.lock_wait.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(may_be_at_work(&row, self.settings.lock_wait, patience));
            }
            seen = Some((row, since));
            pause(wait.next().min(left)).await;
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
        let row = self.unfinished().await?.filter(Unfinished::is_in_doubt).ok_or_else(nothing)?;
        if row.is_in_doubt_about_several() {
            let revision = row.revision.clone();
            let step = Interrupted::from(row);
            return Err(Error::new(Code::Interrupted, format!("{step}: they cannot be settled as one"))
                .with_help(look_and_stamp(&revision))
                .with_revision(revision));
        }
        let (side, direction) =
            if row.direction == "down" { (Side::Down, Direction::Down) } else { (Side::Up, Direction::Up) };
        let script = self.versions.file(&row.revision)?.script(dialect, side)?;
        let mut digest = require_untouched(dialect, &script, &row)?;
        let done = row.done + usize::from(settle == Settle::Done);
        if let (Settle::Done, Some(step)) = (settle, script.steps().nth(row.done)) {
            if let Step::Statement(statement) = step
                && let Some(index) = invalid_index(&mut *self.session, dialect, &statement.sql).await
            {
                return Err(Error::new(
                    Code::Interrupted,
                    format!("revision {}: the statement in doubt did not take effect", row.revision),
                )
                .with_help(format!("{}, then `resume --redo`", drop_it(&index)))
                .with_revision(row.revision));
            }
            digest.push(step);
        } else if done > script.len() {
            return Err(shortened(&row, script.len()));
        }
        let progress =
            self.journal().progress(&row.revision, direction, done, done, &digest.digest().to_string());
        let begin = self.grammar.begin().to_owned();
        self.run_own(&[begin]).await?;
        let outcome = self.settle_inside(&row, direction, progress).await;
        if outcome.is_err() {
            let _ = self.run_own(&[self.grammar.rollback().to_owned()]).await;
        }
        outcome.map(|()| row.revision)
    }

    /// Inside a transaction: makes the row ours if it is still what it was, and settles it.
    async fn settle_inside(
        &mut self,
        row: &Unfinished,
        direction: Direction,
        progress: String,
    ) -> Result<(), Error> {
        let journal = self.journal();
        let (take_over, is_ours) = (journal.take_over(row), journal.attempted(&row.revision, direction));
        let release = journal.release(&row.revision, direction);
        let is_the_same = self.open_row().await?.as_ref() == Some(row);
        self.run_own(&[take_over]).await?;
        let rows = self.session.query(&is_ours).await.map_err(|error| error.own("reading the journal"))?;
        if !is_the_same || rows.is_empty() {
            return Err(Error::new(
                Code::Interrupted,
                format!("revision {}: another run has gone on with it meanwhile", row.revision),
            )
            .with_help("run the command again to see where the database is")
            .with_revision(row.revision.as_str()));
        }
        self.run_own(&[progress, release, self.grammar.commit().to_owned()]).await
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
            statements_begun: row.attempted,
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
    let help = if step.statements_begun > step.statements_done + 1 {
        look_and_stamp(&step.revision)
    } else if step.is_in_doubt {
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

/// The error where the wait for another run is over before it is known whether that still works.
fn may_be_at_work(row: &Unfinished, waited: Duration, patience: Duration) -> Error {
    let help = if waited < patience {
        format!(
            "wait until it is done; a run that was killed is told from one that works by standing still for {} s, so the \
             lock wait must be longer than that",
            patience.as_secs()
        )
    } else {
        "wait until it is done, or raise the lock wait".to_owned()
    };
    Error::new(
        Code::Locked,
        format!(
            "another process is migrating this database (revision {}, begun {} by {}); gave up after {} s",
            row.revision,
            row.started,
            row.who,
            waited.as_secs()
        ),
    )
    .with_help(help)
    .with_revision(row.revision.as_str())
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
