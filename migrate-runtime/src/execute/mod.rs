//! Carries out one step of a plan on one connection: a revision's script, and the rows that record it.

mod advice;
mod batch;
mod effect;
mod explain;
mod foreign_keys;
mod invalid_index;
mod journaled;
mod looked;
mod rebuilt;
mod replay;
mod resumed;
mod settings;
mod taken_away;
mod transaction;
mod words;

use std::borrow::Cow;

use migrate_core::{
    Dialect, Error, RevisionId,
    graph::Direction,
    revision::{Call, RevisionFile, Script, Statement, Step},
};

use crate::{
    engine::Timeouts,
    journal::{Journal, Unfinished},
    session::{Failure, Part, ServerError, Session},
    steps::Steps,
};

pub(crate) use effect::changes_data_only;
pub(crate) use explain::{Doubt, in_doubt, look_and_stamp};
pub(crate) use foreign_keys::{turns_foreign_keys_off, wants_foreign_keys_off};
pub(crate) use invalid_index::{drop_it, invalid_index};
pub(crate) use settings::{SessionSettings, variables};

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
    /// Whether foreign keys are off while its transaction lasts: this script asks for it, or another one in there.
    pub(crate) without_foreign_keys: bool,
    /// The ways up of the revisions below this one: read where something has to be looked up in the history.
    pub(crate) below: &'a (dyn Fn() -> Vec<Script> + Send + Sync),
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
    pub(crate) settings: &'e SessionSettings,
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

    async fn heads(&mut self) -> Result<Vec<Vec<Option<String>>>, Error> {
        let sql = self.journal.grammar.heads(self.journal.tables);
        self.session.query(&sql).await.map_err(|error| error.own("reading the version table"))
    }

    /// For engines whose transaction is the lock, and which is held now: whether another run has moved the database, or
    /// is in the middle of a step that has no transaction around it.
    async fn has_moved(&mut self, work: &Work<'_>) -> Result<bool, Error> {
        if !same_rows(&self.heads().await?, work.expected) {
            return Ok(true);
        }
        let sql = self.journal.unfinished();
        let open = self.session.query(&sql).await.map_err(|error| error.own("reading the journal"))?;
        Ok(!open.is_empty())
    }

    async fn roll_back(&mut self) {
        // Nothing may be open, or the connection may be gone: either way there is nothing to keep.
        let _ = self.session.run(&[Part::Own(self.journal.grammar.rollback())]).await;
    }

    /// Whether the connection is gone, whoever noticed: a Rust step tells it in words of its own.
    async fn is_lost(&mut self, stop: &Stop) -> bool {
        match stop {
            Stop::Server(_, error) => error.kind == Failure::Lost,
            Stop::Step(..) => {
                self.session.query("SELECT 1").await.is_err_and(|error| error.kind == Failure::Lost)
            }
        }
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

/// Whether the rows of the version table are still those that were planned for, in any order.
pub(crate) fn same_rows(rows: &[Vec<Option<String>>], expected: &[(String, String)]) -> bool {
    let cell = |row: &[Option<String>], at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    rows.len() == expected.len()
        && rows
            .iter()
            .all(|row| expected.iter().any(|(id, of)| *id == cell(row, 0) && *of == cell(row, 1).trim_end()))
}
