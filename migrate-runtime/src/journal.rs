//! The rows that go with a step: the version table's and the journal's.

use migrate_core::{RevisionId, graph::Direction};

use crate::engine::{Grammar, Tables, literal};

/// Where the bookkeeping of a database is, and who does it.
pub(crate) struct Journal<'a> {
    pub(crate) grammar: &'static dyn Grammar,
    pub(crate) tables: &'a Tables,
    pub(crate) operator: &'a str,
}

/// A journal row without an end: a step that stopped half way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfinished {
    pub(crate) revision: String,
    pub(crate) direction: String,
    /// Steps that are known to be done.
    pub(crate) done: usize,
    /// The step that was begun last; more than `done`: whether it took effect is not known.
    pub(crate) attempted: usize,
    /// The digest over the steps that are done.
    pub(crate) progress: String,
    pub(crate) started: String,
    pub(crate) who: String,
}

/// The lineage of a head whose way back stopped half way: no seal is like it, so that nobody takes the database for whole.
pub(crate) const INTERRUPTED: &str = "interrupted";

const TOOL: &str = concat!("cargo-migrate ", env!("CARGO_PKG_VERSION"));

impl Journal<'_> {
    fn version(&self) -> String {
        self.grammar.table(self.tables, &self.tables.version)
    }

    fn history(&self) -> String {
        self.grammar.table(self.tables, &self.tables.history)
    }

    /// The row that a step begins with.
    pub(crate) fn start(&self, revision: &str, direction: Direction, checksum: Option<&str>) -> String {
        format!(
            "INSERT INTO {} (revision, direction, checksum, progress, statements, attempted, started, tool, who) \
             VALUES ({}, {}, {}, NULL, 0, 0, {}, {}, {})",
            self.history(),
            literal(revision),
            literal(direction.as_str()),
            checksum.map_or_else(|| "NULL".to_owned(), literal),
            self.grammar.now(),
            literal(TOOL),
            literal(self.operator),
        )
    }

    /// Writes down how far a step has come.
    pub(crate) fn progress(
        &self,
        revision: &str,
        direction: Direction,
        done: usize,
        attempted: usize,
        digest: &str,
    ) -> String {
        format!(
            "UPDATE {} SET statements = {done}, attempted = {attempted}, progress = {} WHERE {}",
            self.history(),
            literal(digest),
            open_row(revision, direction),
        )
    }

    /// Ends the row of a step.
    pub(crate) fn finish(
        &self,
        revision: &str,
        direction: Direction,
        statements: usize,
        checksum: Option<&str>,
    ) -> String {
        let checksum = checksum.map_or_else(|| "NULL".to_owned(), literal);
        format!(
            "UPDATE {} SET statements = {statements}, attempted = {statements}, checksum = {checksum}, finished = {} WHERE {}",
            self.history(),
            self.grammar.now(),
            open_row(revision, direction),
        )
    }

    /// The change of the heads: each inserted row with its lineage.
    pub(crate) fn heads(&self, delete: &[RevisionId], insert: &[(RevisionId, String)]) -> Vec<String> {
        let mut sql = Vec::new();
        if !delete.is_empty() {
            let ids: Vec<_> = delete.iter().map(|id| literal(id.as_str())).collect();
            sql.push(format!("DELETE FROM {} WHERE revision IN ({})", self.version(), ids.join(", ")));
        }
        if !insert.is_empty() {
            let rows: Vec<_> = insert
                .iter()
                .map(|(id, lineage)| format!("({}, {})", literal(id.as_str()), literal(lineage)))
                .collect();
            sql.push(format!(
                "INSERT INTO {} (revision, lineage) VALUES {}",
                self.version(),
                rows.join(", ")
            ));
        }
        sql
    }

    /// Makes another run's row ours, unless somebody was faster.
    pub(crate) fn take_over(&self, row: &Unfinished) -> String {
        format!(
            "UPDATE {} SET who = {} WHERE revision = {} AND direction = {} AND who = {} AND finished IS NULL",
            self.history(),
            literal(self.operator),
            literal(&row.revision),
            literal(&row.direction),
            literal(&row.who),
        )
    }

    /// Ends whatever stopped half way: a stamp says where the database is.
    pub(crate) fn abandon(&self) -> String {
        format!(
            "UPDATE {} SET direction = 'gave up', finished = {} WHERE finished IS NULL",
            self.history(),
            self.grammar.now()
        )
    }

    /// Says in the version table itself that the way back of this head has begun.
    pub(crate) fn mark_interrupted(&self, revision: &str) -> String {
        format!(
            "UPDATE {} SET lineage = {} WHERE revision = {}",
            self.version(),
            literal(INTERRUPTED),
            literal(revision)
        )
    }

    /// Removes every head, whatever it is.
    pub(crate) fn clear_heads(&self) -> String {
        format!("DELETE FROM {}", self.version())
    }

    /// The query for steps that stopped half way.
    pub(crate) fn unfinished(&self) -> String {
        format!(
            "SELECT revision, direction, statements, attempted, COALESCE(progress, ''), started, who \
             FROM {} WHERE finished IS NULL ORDER BY id",
            self.history()
        )
    }

    /// The query for what was done, oldest first: revision, direction, checksum, finished, who.
    pub(crate) fn done(&self) -> String {
        format!(
            "SELECT revision, direction, COALESCE(checksum, ''), finished, who FROM {} \
             WHERE finished IS NOT NULL ORDER BY id",
            self.history()
        )
    }
}

fn open_row(revision: &str, direction: Direction) -> String {
    format!(
        "revision = {} AND direction = {} AND finished IS NULL",
        literal(revision),
        literal(direction.as_str())
    )
}

impl Unfinished {
    pub(crate) fn from_row(row: Vec<Option<String>>) -> Self {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || cells.next().unwrap_or_default();
        Self {
            revision: next(),
            direction: next(),
            done: next().parse().unwrap_or(0),
            attempted: next().parse().unwrap_or(usize::MAX),
            progress: next(),
            started: next(),
            who: next(),
        }
    }

    pub(crate) fn is_in_doubt(&self) -> bool {
        self.attempted != self.done
    }
}
