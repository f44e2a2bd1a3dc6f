//! Carries out one step of a plan on one connection: a revision's script, and the rows that record it.

mod explain;

use std::borrow::Cow;

use migrate_core::{
    Dialect, Error, RevisionId,
    graph::Direction,
    revision::{Call, RevisionFile, Script, Statement, Step},
    seal::StepsDigest,
    sql,
};

use crate::{
    engine::Timeouts,
    journal::{Journal, Unfinished},
    session::{Failure, Part, ServerError, Session},
    steps::Steps,
};

use explain::half_way;
pub(crate) use explain::in_doubt;

/// A revision to run in one direction.
pub(crate) struct Work<'a> {
    pub(crate) revision: &'a str,
    pub(crate) direction: Direction,
    pub(crate) file: &'a RevisionFile<'a>,
    pub(crate) script: &'a Script,
    pub(crate) checksum: Option<&'a str>,
    /// The rows that leave the version table.
    pub(crate) delete: &'a [RevisionId],
    /// The rows that enter it, with their lineage.
    pub(crate) insert: &'a [(RevisionId, String)],
    /// The rows that were there when the plan was made.
    pub(crate) expected: &'a [(String, String)],
    /// Tells the listener that the step begins, once that is sure.
    pub(crate) announce: &'a (dyn Fn() + Send + Sync),
    /// Whether the transaction begins with this step.
    pub(crate) opens: bool,
    /// Whether it ends with this step.
    pub(crate) closes: bool,
}

/// How a step ended, when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// Another process has moved the database since the plan was made; nothing was done.
    Moved,
}

pub(crate) struct Executor<'e> {
    pub(crate) session: &'e mut (dyn Session + 'e),
    pub(crate) journal: Journal<'e>,
    pub(crate) dialect: Dialect,
    pub(crate) steps: &'e Steps,
    pub(crate) timeouts: Timeouts,
    /// Statements that bring the session's settings back.
    pub(crate) restore: &'e [String],
}

/// One thing to send or to call.
enum Item<'a> {
    Own(Cow<'a, str>),
    Statement(&'a Statement),
    Call(&'a Call),
}

/// Why the items stopped.
enum Stop {
    /// At this item, with the server's error.
    Server(usize, ServerError),
    /// At this item, a Rust step.
    Step(usize, String),
}

impl Executor<'_> {
    /// Runs a step. `resume` is the journal row of an earlier attempt that is to be continued.
    pub(crate) async fn apply(
        &mut self,
        work: &Work<'_>,
        resume: Option<&Unfinished>,
    ) -> Result<Outcome, Error> {
        if resume.is_none() && self.journal.grammar.transactional_ddl() && work.script.is_transactional() {
            self.in_one_transaction(work).await
        } else {
            self.journaled(work, resume).await
        }
    }

    /// Everything in one transaction: on engines that can, in one message.
    async fn in_one_transaction(&mut self, work: &Work<'_>) -> Result<Outcome, Error> {
        let grammar = self.journal.grammar;
        let mut items: Vec<Item<'_>> = Vec::new();
        if work.opens {
            items.push(own(grammar.begin()));
            if grammar.try_lock("").is_none() {
                // The transaction is the lock: what was planned for may have changed before it began.
                self.send(work.revision, &items).await.map_err(|stop| self.explain(work, &items, stop))?;
                items.clear();
                if self.has_moved(work).await? {
                    self.roll_back().await;
                    return Ok(Outcome::Moved);
                }
            }
            items.extend(grammar.set_timeouts(self.timeouts, true).into_iter().map(own));
        }
        (work.announce)();
        items.push(own(self.journal.start(work.revision, work.direction, work.checksum)));
        items.extend(work.script.steps().map(item));
        items.extend(self.journal.heads(work.delete, work.insert).into_iter().map(own));
        items.push(own(self.journal.finish(work.revision, work.direction, work.script.len(), work.checksum)));
        let mut committed = usize::MAX;
        if work.closes {
            committed = items.len();
            items.push(own(grammar.commit()));
            items.extend(self.restore.iter().map(|sql| own(sql.as_str())));
        }
        match self.send(work.revision, &items).await {
            Ok(()) => Ok(Outcome::Done),
            // The revision is committed; a setting that does not come back must not hide that.
            Err(Stop::Server(at, error)) if at > committed && error.kind != Failure::Lost => {
                Ok(Outcome::Done)
            }
            Err(stop) => {
                let error = self.explain(work, &items, stop);
                self.roll_back().await;
                Err(error)
            }
        }
    }

    /// Step by step, with the journal ahead of and behind each: for what cannot be rolled back as a whole.
    async fn journaled(&mut self, work: &Work<'_>, resume: Option<&Unfinished>) -> Result<Outcome, Error> {
        let steps = flatten(work.script);
        let mut digest = StepsDigest::new(self.dialect);
        let mut done = 0;
        self.settings(work).await?;
        if let Some(row) = resume {
            done = row.done;
            for (_, step) in &steps[..done] {
                digest.push(step);
                // What an earlier statement set in the session is gone with that session.
                if let Step::Statement(statement) = step
                    && sets_session(self.dialect, &statement.sql)
                {
                    let items = [item(step)];
                    self.send(work.revision, &items)
                        .await
                        .map_err(|stop| self.explain(work, &items, stop))?;
                }
            }
        } else if let Outcome::Moved = self.claim(work).await? {
            return Ok(Outcome::Moved);
        }
        (work.announce)();

        let mut announced = false;
        while done < steps.len() {
            let group = steps[done..].iter().take_while(|(tx, step)| self.is_exact(*tx, step)).count();
            if group == 0 {
                if !announced {
                    self.record(work, done, done + 1, &digest).await?;
                }
                let step = steps[done].1;
                let items = [item(step)];
                if let Err(stop) = self.send(work.revision, &items).await {
                    return Err(self.stopped_half_way(work, &items, stop, done, steps.len(), &digest).await);
                }
                digest.push(step);
                done += 1;
                // One write says both that this step is done and that the next begins.
                announced = steps.get(done).is_some_and(|(tx, step)| !self.is_exact(*tx, step));
                self.record(work, done, done + usize::from(announced), &digest).await?;
            } else {
                let group = &steps[done..done + group];
                let mut after = digest.clone();
                for (_, step) in group {
                    after.push(step);
                }
                let to = done + group.len();
                let mut items = vec![own(self.journal.grammar.begin())];
                items.extend(group.iter().map(|(_, step)| item(step)));
                items.push(own(self.progress(work, to, to, &after)));
                items.push(own(self.journal.grammar.commit()));
                if let Err(stop) = self.send(work.revision, &items).await {
                    let at = stop.item().saturating_sub(1).min(group.len().saturating_sub(1));
                    let error = self.explain(work, &items, stop);
                    self.roll_back().await;
                    return Err(half_way(error, work, done, done + at, steps.len()));
                }
                digest = after;
                done = to;
                announced = false;
            }
        }
        self.finish(work, steps.len()).await?;
        Ok(Outcome::Done)
    }

    /// Settings for a run without a transaction around it.
    async fn settings(&mut self, work: &Work<'_>) -> Result<(), Error> {
        let items: Vec<_> =
            self.journal.grammar.set_timeouts(self.timeouts, false).into_iter().map(own).collect();
        self.send(work.revision, &items).await.map_err(|stop| self.explain(work, &items, stop))
    }

    /// Writes the journal row that says that this step is under way.
    async fn claim(&mut self, work: &Work<'_>) -> Result<Outcome, Error> {
        let grammar = self.journal.grammar;
        let start = self.journal.start(work.revision, work.direction, work.checksum);
        let mut items = vec![own(grammar.begin())];
        self.send(work.revision, &items).await.map_err(|stop| self.explain(work, &items, stop))?;
        if grammar.try_lock("").is_none() && self.has_moved(work).await? {
            self.roll_back().await;
            return Ok(Outcome::Moved);
        }
        items = vec![own(start)];
        if work.direction == Direction::Down {
            items.push(own(self.journal.mark_interrupted(work.revision)));
        }
        items.push(own(grammar.commit()));
        if let Err(stop) = self.send(work.revision, &items).await {
            let error = self.explain(work, &items, stop);
            self.roll_back().await;
            return Err(error);
        }
        Ok(Outcome::Done)
    }

    async fn finish(&mut self, work: &Work<'_>, total: usize) -> Result<(), Error> {
        let grammar = self.journal.grammar;
        let mut items = vec![own(grammar.begin())];
        items.extend(self.journal.heads(work.delete, work.insert).into_iter().map(own));
        items.push(own(self.journal.finish(work.revision, work.direction, total, work.checksum)));
        items.push(own(grammar.commit()));
        if let Err(stop) = self.send(work.revision, &items).await {
            let error = self.explain(work, &items, stop);
            self.roll_back().await;
            return Err(half_way(error, work, total, total, total));
        }
        // Each on its own: a setting that does not come back must not hide that the revision is done.
        for sql in self.restore {
            let _ = self.session.run(&[Part::Own(sql)]).await;
        }
        Ok(())
    }

    fn progress(&self, work: &Work<'_>, done: usize, attempted: usize, digest: &StepsDigest) -> String {
        self.journal.progress(work.revision, work.direction, done, attempted, &digest.digest().to_string())
    }

    async fn record(
        &mut self,
        work: &Work<'_>,
        done: usize,
        attempted: usize,
        digest: &StepsDigest,
    ) -> Result<(), Error> {
        let items = [own(self.progress(work, done, attempted, digest))];
        self.send(work.revision, &items)
            .await
            .map_err(|stop| half_way(self.explain(work, &items, stop), work, done, done, work.script.len()))
    }

    /// A step outside a transaction failed: if the server refused it, it is not in doubt.
    async fn stopped_half_way(
        &mut self,
        work: &Work<'_>,
        items: &[Item<'_>],
        stop: Stop,
        done: usize,
        total: usize,
        digest: &StepsDigest,
    ) -> Error {
        let is_lost = matches!(&stop, Stop::Server(_, error) if error.kind == Failure::Lost);
        let is_known = matches!(&stop, Stop::Server(_, error) if error.kind != Failure::Lost);
        let error = self.explain(work, items, stop);
        if is_known && self.record(work, done, done, digest).await.is_ok() {
            half_way(error, work, done, done, total)
        } else {
            let what = if is_lost { "the connection was lost" } else { "the step failed" };
            in_doubt(&error, work.revision, work.direction, done, total, what)
        }
    }

    /// Whether a step commits together with the journal row that records it.
    fn is_exact(&self, transaction: bool, step: &Step) -> bool {
        transaction
            && (self.journal.grammar.transactional_ddl()
                || match step {
                    Step::Call(_) => true,
                    Step::Statement(statement) => changes_data_only(self.dialect, &statement.sql),
                })
    }

    async fn has_moved(&mut self, work: &Work<'_>) -> Result<bool, Error> {
        let sql = self.journal.grammar.heads(self.journal.tables);
        let rows = self.session.query(&sql).await.map_err(|error| error.own("reading the version table"))?;
        Ok(!same_rows(&rows, work.expected))
    }

    async fn roll_back(&mut self) {
        // Nothing may be open, or the connection may be gone: either way there is nothing to keep.
        let _ = self.session.run(&[Part::Own(self.journal.grammar.rollback())]).await;
    }

    /// Sends the items in order, as many at once as the engine takes, and calls the Rust steps between them.
    async fn send(&mut self, revision: &str, items: &[Item<'_>]) -> Result<(), Stop> {
        let mut at = 0;
        while at < items.len() {
            let parts: Vec<Part<'_>> = items[at..]
                .iter()
                .map_while(|item| match item {
                    Item::Own(sql) => Some(Part::Own(sql)),
                    Item::Statement(statement) => Some(Part::Script(&statement.sql)),
                    Item::Call(_) => None,
                })
                .collect();
            if !parts.is_empty() {
                self.session
                    .run(&parts)
                    .await
                    .map_err(|failed| Stop::Server(at + failed.part, failed.error))?;
                at += parts.len();
            }
            if let Some(Item::Call(call)) = items.get(at) {
                self.steps
                    .call(&call.name, &mut *self.session, self.dialect, revision)
                    .await
                    .map_err(|error| Stop::Step(at, error.to_string()))?;
                at += 1;
            }
        }
        Ok(())
    }
}

impl Stop {
    fn item(&self) -> usize {
        match self {
            Self::Server(at, _) | Self::Step(at, _) => *at,
        }
    }
}

fn own<'a>(sql: impl Into<Cow<'a, str>>) -> Item<'a> {
    Item::Own(sql.into())
}

fn item(step: &Step) -> Item<'_> {
    match step {
        Step::Statement(statement) => Item::Statement(statement),
        Step::Call(call) => Item::Call(call),
    }
}

fn flatten(script: &Script) -> Vec<(bool, &Step)> {
    script.blocks.iter().flat_map(|block| block.steps.iter().map(|step| (block.transaction, step))).collect()
}

/// Whether the rows of the version table are still those that were planned for, in any order.
pub(crate) fn same_rows(rows: &[Vec<Option<String>>], expected: &[(String, String)]) -> bool {
    let cell = |row: &[Option<String>], at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    rows.len() == expected.len()
        && rows
            .iter()
            .all(|row| expected.iter().any(|(id, of)| *id == cell(row, 0) && *of == cell(row, 1).trim_end()))
}

/// Statements that an engine without transactional DDL can still roll back.
fn changes_data_only(dialect: Dialect, statement: &str) -> bool {
    let words = sql::leading_words(dialect, statement, 1);
    let Some(word) = words.first() else { return false };
    matches!(word.as_str(), "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "SELECT" | "WITH")
}

/// Statements whose effect ends with the session.
fn sets_session(dialect: Dialect, statement: &str) -> bool {
    let words = sql::leading_words(dialect, statement, 2);
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["SET", second] => !matches!(second, "GLOBAL" | "PERSIST" | "PERSIST_ONLY" | "PASSWORD" | "DEFAULT"),
        ["USE" | "SET" | "PRAGMA", ..] => true,
        _ => false,
    }
}
