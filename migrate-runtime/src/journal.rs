//! The rows that go with a step: the version table's and the journal's.

use migrate_core::{RevisionId, graph::Direction};

use crate::engine::{Grammar, Tables, literal};

/// Where the bookkeeping of a database is, and who does it.
pub(crate) struct Journal<'a> {
    pub(crate) grammar: &'static dyn Grammar,
    pub(crate) tables: &'a Tables,
    pub(crate) operator: &'a str,
    /// What the rows of this run say about the tool: its name, its version, and a word for the run.
    pub(crate) tool: &'a str,
}

/// A journal row without an end: a step that stopped half way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfinished {
    pub(crate) revision: String,
    pub(crate) direction: String,
    /// Steps that are known to be done.
    pub(crate) done: usize,
    /// How many steps were begun; more than `done`: whether they took effect is not known.
    pub(crate) attempted: usize,
    /// The digest over the steps that are done.
    pub(crate) progress: String,
    pub(crate) started: String,
    pub(crate) who: String,
    /// Name and version, and a word for the run while it may still be under way.
    pub(crate) tool: String,
    id: String,
}

/// The lineage of a head whose way back stopped half way: no seal is like it, so that nobody takes the database for whole.
pub(crate) const INTERRUPTED: &str = "interrupted";

/// What a row says whose run has ended, well or not.
pub(crate) const TOOL: &str = concat!("cargo-migrate ", env!("CARGO_PKG_VERSION"));

/// What the rows of one run say: no two runs say the same.
pub(crate) fn tool_of_a_run() -> String {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    let random = RandomState::new().build_hasher().finish();
    format!("{TOOL} #{:08x}", random & 0xffff_ffff)
}

impl Journal<'_> {
    fn version(&self) -> String {
        self.grammar.table(self.tables, &self.tables.version)
    }

    fn history(&self) -> String {
        self.grammar.table(self.tables, &self.tables.history)
    }

    /// The row that this run has open. The key stands in it for servers that refuse an update without one.
    fn open_row(&self, revision: &str, direction: Direction) -> String {
        format!(
            "id > 0 AND revision = {} AND direction = {} AND tool = {} AND finished IS NULL",
            literal(revision),
            literal(direction.as_str()),
            literal(self.tool),
        )
    }

    /// The row that a step begins with.
    pub(crate) fn start(&self, revision: &str, direction: Direction, checksum: Option<&str>) -> String {
        self.insert(
            "revision, direction, checksum, progress, statements, attempted, started, tool, who",
            &format!(
                "{}, {}, {}, NULL, 0, 0, {}, {}, {}",
                literal(revision),
                literal(direction.as_str()),
                checksum.map_or_else(|| "NULL".to_owned(), literal),
                self.grammar.now(),
                literal(self.tool),
                literal(self.operator),
            ),
        )
    }

    /// A new row.
    fn insert(&self, columns: &str, values: &str) -> String {
        let history = self.history();
        if self.grammar.numbers_rows() {
            format!(
                "INSERT INTO {history} (id, {columns}) SELECT COALESCE(MAX(id), 0) + 1, {values} FROM {history}"
            )
        } else {
            format!("INSERT INTO {history} ({columns}) VALUES ({values})")
        }
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
            self.open_row(revision, direction),
        )
    }

    /// How far the row that this run has open says that the step was attempted.
    pub(crate) fn attempted(&self, revision: &str, direction: Direction) -> String {
        format!("SELECT attempted FROM {} WHERE {}", self.history(), self.open_row(revision, direction))
    }

    /// Says that nobody works on the step any more, and that it can be gone on with.
    pub(crate) fn release(&self, revision: &str, direction: Direction) -> String {
        format!(
            "UPDATE {} SET tool = {} WHERE {}",
            self.history(),
            literal(TOOL),
            self.open_row(revision, direction)
        )
    }

    /// Ends the row of a step of which nothing took effect.
    pub(crate) fn give_up(&self, revision: &str, direction: Direction) -> String {
        format!(
            "UPDATE {} SET direction = 'gave up', attempted = 0, tool = {}, finished = {} WHERE {}",
            self.history(),
            literal(TOOL),
            self.grammar.now(),
            self.open_row(revision, direction)
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
            "UPDATE {} SET statements = {statements}, attempted = {statements}, checksum = {checksum}, tool = {}, finished = {} WHERE {}{}",
            self.history(),
            literal(TOOL),
            self.grammar.now(),
            self.open_row(revision, direction),
            self.grammar.or_throw(),
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
            "UPDATE {} SET tool = {}, who = {} WHERE id = {} AND tool = {} AND finished IS NULL",
            self.history(),
            literal(self.tool),
            literal(self.operator),
            row.id,
            literal(&row.tool),
        )
    }

    /// A row that says that a stamp has put the database at this revision. In the place of a checksum stands the lineage:
    /// a stamp vouches for the whole history.
    pub(crate) fn stamp(&self, revision: &str, lineage: Option<&str>) -> String {
        let now = self.grammar.now();
        self.insert(
            "revision, direction, checksum, progress, statements, attempted, started, finished, tool, who",
            &format!(
                "{}, 'stamp', {}, {}, 0, 0, {now}, {now}, {}, {}",
                literal(revision),
                lineage.map_or_else(|| "NULL".to_owned(), literal),
                literal(self.tool.rsplit('#').next().unwrap_or_default()),
                literal(TOOL),
                literal(self.operator),
            ),
        )
    }

    /// Ends whatever stopped half way: a stamp says where the database is.
    pub(crate) fn abandon(&self) -> String {
        format!(
            "UPDATE {} SET direction = 'gave up', finished = {} WHERE id > 0 AND finished IS NULL",
            self.history(),
            self.grammar.now()
        )
    }

    /// Gives a head its lineage back.
    pub(crate) fn mark_whole(&self, revision: &str, lineage: &str) -> String {
        format!(
            "UPDATE {} SET lineage = {} WHERE revision = {}",
            self.version(),
            literal(lineage),
            literal(revision)
        )
    }

    /// Says in the version table itself that the way back of this head has begun.
    pub(crate) fn mark_interrupted(&self, revision: &str) -> String {
        self.mark_whole(revision, INTERRUPTED)
    }

    /// Removes every head, whatever it is.
    pub(crate) fn clear_heads(&self) -> String {
        format!("DELETE FROM {} WHERE revision <> ''", self.version())
    }

    /// The query for steps that stopped half way.
    pub(crate) fn unfinished(&self) -> String {
        format!(
            "SELECT revision, direction, statements, attempted, COALESCE(progress, ''), started, who, tool, id \
             FROM {} WHERE finished IS NULL ORDER BY id",
            self.history()
        )
    }

    /// The query for what was done, oldest first: revision, direction, checksum, finished, who, how many statements, and
    /// for the rows of one stamp the same word.
    pub(crate) fn done(&self) -> String {
        format!(
            "SELECT revision, direction, COALESCE(checksum, ''), finished, who, statements, COALESCE(progress, '') FROM {} \
             WHERE finished IS NOT NULL ORDER BY id",
            self.history()
        )
    }
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
            tool: next(),
            id: next().chars().filter(char::is_ascii_digit).collect(),
        }
    }

    /// Whether the run that wrote it has said that it ended.
    pub(crate) fn is_released(&self) -> bool {
        !self.tool.contains('#')
    }

    pub(crate) fn is_in_doubt(&self) -> bool {
        self.attempted != self.done
    }

    /// Whether more than one step is in doubt: which of them took effect cannot be said in a word.
    pub(crate) fn is_in_doubt_about_several(&self) -> bool {
        self.attempted > self.done + 1
    }
}
