//! Going on with a step that an earlier run has left half done.

use migrate_core::{
    Code, Error,
    revision::{Statement, Step},
};

use super::{
    Executor, Outcome, Work, item,
    journaled::Progress,
    own,
    replay::{Replay, Wants, replay, wants},
};
use crate::journal::Unfinished;

impl Executor<'_> {
    /// Makes the row of an earlier attempt ours, unless it is not any more what the plan was made with.
    pub(super) async fn take_over(&mut self, work: &Work<'_>, row: &Unfinished) -> Result<Outcome, Error> {
        let begin = [own(self.journal.grammar.begin())];
        self.send_own(work, &begin).await?;
        let outcome = self.take_over_inside(work, row).await;
        if !matches!(outcome, Ok(Outcome::Done)) {
            self.roll_back().await;
        }
        outcome
    }

    async fn take_over_inside(&mut self, work: &Work<'_>, row: &Unfinished) -> Result<Outcome, Error> {
        let sql = self.journal.unfinished();
        let rows = self.session.query(&sql).await.map_err(|error| error.own("reading the journal"))?;
        if rows.into_iter().next().map(Unfinished::from_row).as_ref() != Some(row) {
            return Ok(Outcome::Moved);
        }
        let items = [own(self.journal.take_over(row)), own(self.journal.grammar.commit())];
        self.send_own(work, &items).await?;
        Ok(Outcome::Done)
    }

    /// What an earlier attempt had in its session alone is set again.
    pub(super) async fn go_on(
        &mut self,
        work: &Work<'_>,
        row: &Unfinished,
        progress: &mut Progress<'_>,
    ) -> Result<(), Error> {
        progress.done = row.done;
        for at in 0..row.done {
            let step = progress.steps[at].1;
            progress.digest.push(step);
            let Step::Statement(statement) = step else { continue };
            match replay(self.dialect, statement) {
                Replay::No => {}
                Replay::Again => {
                    let items = [item(step)];
                    if let Err(stop) = self.send(work.revision, &items).await {
                        let error = self.explain(work, &items, stop);
                        self.release(work).await;
                        return Err(error);
                    }
                }
                Replay::Impossible => {
                    let what = format!("what statement {} made", at + 1);
                    return Err(self.lost(work, row.done, &what, statement).await);
                }
            }
        }
        if row.done == 0 {
            return Ok(());
        }
        for (at, (_, step)) in progress.steps.iter().enumerate().skip(row.done) {
            let Step::Statement(statement) = step else { continue };
            match wants(self.dialect, statement) {
                Wants::Nothing => {}
                Wants::Memory => {
                    let what = format!("the last id or row count, which statement {} asks for,", at + 1);
                    return Err(self.lost(work, row.done, &what, statement).await);
                }
                Wants::Renews => break,
            }
        }
        Ok(())
    }

    /// The error for a revision that cannot be gone on with.
    async fn lost(&mut self, work: &Work<'_>, done: usize, what: &str, statement: &Statement) -> Error {
        self.release(work).await;
        let id = work.revision;
        Error::new(
            Code::Interrupted,
            format!("revision {id} stopped after statement {done}, and {what} was lost with that connection"),
        )
        .with_help(
            "run the rest by hand, then `stamp` to say where the database is; put into one revision only what can be gone \
             on with",
        )
        .with_place(work.file.place(statement.span.clone()))
        .with_revision(id)
    }
}
