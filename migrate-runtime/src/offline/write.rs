//! What every script has in common: which rows are written, in which order, in which transactions.

use std::fmt::Write as _;

use migrate_core::{
    Dialect,
    graph::Direction,
    revision::{Statement, Step},
    seal::StepsDigest,
};

use super::{Head, Part, mssql::Mssql, mysql::Mysql, postgres::Postgres, sqlite::Sqlite};
use crate::{
    engine::{Grammar, Tables, Timeouts, literal},
    execute::{changes_data_only, turns_foreign_keys_off, wants_foreign_keys_off},
    journal::Journal,
};

/// What an engine's own client has to be told.
pub(super) trait Client {
    /// How it is started: a line.
    fn run_with(&self) -> &'static str;

    /// What goes first: it stops at the first error, and reads the script as it is written.
    fn prepare(&self) -> String;

    /// Takes the lock that keeps others away until the session ends, or stops. Empty where transactions are the lock.
    fn lock(&self, writer: &Writer<'_>) -> String;

    /// Stops where the database does not have these heads, or where a revision stopped half way.
    fn guard(&self, writer: &Writer<'_>, heads: &[Head]) -> String;

    /// A statement as the client takes it, with its end.
    fn statement(&self, sql: &str) -> String;

    /// Statements of our own.
    fn own(&self, sql: &[String]) -> String {
        sql.iter().map(|sql| self.statement(sql)).collect()
    }

    /// Begins a transaction.
    fn begin(&self) -> String;

    /// Ends a transaction.
    fn commit(&self) -> String;

    /// What stands before a revision's statements so that what they set in the session does not outlast it.
    fn keep_settings(&self, statements: &[&Statement]) -> String;

    /// What brings the settings back, behind its statements.
    fn restore_settings(&self, statements: &[&Statement]) -> String;

    /// What goes last.
    fn finish(&self) -> String {
        String::new()
    }
}

/// Writes scripts.
pub(super) struct Writer<'a> {
    pub(super) dialect: Dialect,
    pub(super) grammar: &'static dyn Grammar,
    /// That of the two tables, where one is configured.
    pub(super) schema: Option<&'a str>,
    pub(super) tables: Tables,
    pub(super) operator: &'a str,
    pub(super) tool: &'a str,
    pub(super) timeouts: Timeouts,
}

impl Writer<'_> {
    fn client(&self) -> &'static dyn Client {
        match self.dialect {
            Dialect::Postgres => &Postgres,
            Dialect::Mysql | Dialect::Mariadb => &Mysql,
            Dialect::Mssql => &Mssql,
            Dialect::Sqlite => &Sqlite,
        }
    }

    fn journal(&self) -> Journal<'_> {
        Journal { grammar: self.grammar, tables: &self.tables, operator: self.operator, tool: self.tool }
    }

    /// The qualified name of the version table.
    pub(super) fn version_table(&self) -> String {
        self.grammar.table(&self.tables, &self.tables.version)
    }

    /// The qualified name of the journal.
    pub(super) fn history_table(&self) -> String {
        self.grammar.table(&self.tables, &self.tables.history)
    }

    /// An upgrade or a downgrade.
    pub(super) fn walk(
        &self,
        direction: Direction,
        from: &[Head],
        to: &[Head],
        parts: &[Part<'_>],
        tag: Option<&str>,
    ) -> String {
        let verb = match direction {
            Direction::Up | Direction::Stamp => "Upgrade",
            Direction::Down => "Downgrade",
        };
        let mut text = self.head(verb, from, to, tag);
        for (at, part) in parts.iter().enumerate() {
            let _ = writeln!(text, "\n-- {} {}  {}", part.direction, part.revision, one_line(&part.message));
            // Without a way to roll DDL back, the journal says after each statement how far the script came.
            if self.grammar.transactional_ddl() && part.script.is_transactional() {
                self.in_one_transaction(&mut text, part, at == 0);
            } else {
                self.journaled(&mut text, part, at == 0);
            }
        }
        text.push_str(&self.client().finish());
        text
    }

    /// A stamp.
    pub(super) fn stamp(&self, from: &[Head], to: &[Head], tag: Option<&str>) -> String {
        let client = self.client();
        let mut text = self.head("Stamp", from, to, tag);
        text.push('\n');
        let mut sql = Vec::new();
        let journal = self.journal();
        sql.extend(to.iter().map(|(id, lineage)| journal.stamp(id.as_str(), Some(lineage))));
        if to.is_empty() {
            sql.push(journal.stamp("base", None));
        }
        sql.push(journal.clear_heads());
        sql.extend(journal.heads(&[], to));
        if !self.grammar.transactional_ddl() {
            self.create(&mut text, from);
        }
        text.push_str(&client.begin());
        if self.grammar.transactional_ddl() {
            self.create(&mut text, from);
        }
        text.push_str(&client.guard(self, from));
        text.push_str(&client.own(&sql));
        text.push_str(&client.commit());
        text.push_str(&client.finish());
        text
    }

    /// What it is, how it is run, and what it needs.
    fn head(&self, verb: &str, from: &[Head], to: &[Head], tag: Option<&str>) -> String {
        let client = self.client();
        let engine = match self.dialect {
            Dialect::Postgres => "PostgreSQL",
            Dialect::Mysql => "MySQL",
            Dialect::Mariadb => "MariaDB",
            Dialect::Mssql => "SQL Server",
            Dialect::Sqlite => "SQLite",
        };
        let mut text =
            format!("-- {verb} {} -> {}, for {engine}. Written by {}.\n", at(from), at(to), self.tool);
        if let Some(tag) = tag {
            let _ = writeln!(text, "-- Tag: {}", one_line(tag));
        }
        let _ = writeln!(text, "-- Run it with: {}", client.run_with());
        let _ = writeln!(text, "-- It stops, and says so, where the database is not at {}.\n", at(from));
        text.push_str(&client.prepare());
        text.push_str(&client.lock(self));
        text
    }

    /// Creates the two tables, which an empty database does not have.
    fn create(&self, text: &mut String, heads: &[Head]) {
        if heads.is_empty() {
            text.push_str(&self.client().own(&self.grammar.create(&self.tables, self.schema)));
        }
    }

    fn in_one_transaction(&self, text: &mut String, part: &Part<'_>, is_first: bool) {
        let (client, journal) = (self.client(), self.journal());
        let statements: Vec<&Statement> = part.script.steps().filter_map(statement).collect();
        let is_off = wants_foreign_keys_off(self.dialect, &part.script);
        if is_off {
            text.push_str(&client.statement("PRAGMA foreign_keys = OFF"));
        }
        text.push_str(&client.keep_settings(&statements));
        text.push_str(&client.begin());
        if is_first {
            self.create(text, &part.before);
        }
        text.push_str(&client.guard(self, &part.before));
        if is_off {
            text.push_str(&client.statement(
                "CREATE TEMP TABLE migrate_violations AS SELECT count(*) AS n FROM pragma_foreign_key_check",
            ));
        }
        let mut first = self.grammar.set_timeouts(self.timeouts, true);
        first.push(journal.start(&part.revision, part.direction, part.checksum.as_deref()));
        text.push_str(&client.own(&first));
        text.push('\n');
        for step in part.script.steps() {
            if !(is_off && turns_foreign_keys_off(step)) {
                self.step(text, part, step);
                text.push('\n');
            }
        }
        if is_off {
            text.push_str(&super::sqlite::refuse_violations());
        }
        text.push_str(&client.restore_settings(&statements));
        let steps = part.script.len();
        let mut last = journal.heads(&part.delete, &part.insert);
        last.push(journal.finish(&part.revision, part.direction, steps, part.checksum.as_deref()));
        text.push_str(&client.own(&last));
        text.push_str(&client.commit());
        if is_off {
            text.push_str(&client.statement("PRAGMA foreign_keys = ON"));
        }
    }

    /// As a run without a transaction around it does: where the client stops, `upgrade` goes on behind what is done.
    fn journaled(&self, text: &mut String, part: &Part<'_>, is_first: bool) {
        let (client, journal) = (self.client(), self.journal());
        let statements: Vec<&Statement> = part.script.steps().filter_map(statement).collect();
        if is_first {
            self.create(text, &part.before);
        }
        text.push_str(&client.keep_settings(&statements));
        text.push_str(&client.own(&self.grammar.set_timeouts(self.timeouts, false)));
        text.push_str(&client.begin());
        text.push_str(&client.guard(self, &part.before));
        let mut first = vec![journal.start(&part.revision, part.direction, part.checksum.as_deref())];
        if part.direction == Direction::Down {
            first.push(journal.mark_interrupted(&part.revision));
        }
        text.push_str(&client.own(&first));
        text.push_str(&client.commit());
        text.push('\n');

        let mut digest = StepsDigest::new(self.dialect);
        let steps: Vec<(bool, &Step)> = part
            .script
            .blocks
            .iter()
            .flat_map(|block| block.steps.iter().map(|step| (block.transaction, step)))
            .collect();
        let progress = |done: usize, begun: usize, digest: &StepsDigest| {
            let digest = digest.digest().to_string();
            client.own(&[journal.progress(&part.revision, part.direction, done, begun, &digest)])
        };
        let mut is_announced = false;
        for (done, (transaction, step)) in steps.iter().enumerate() {
            let is_exact = self.is_exact(*transaction, step);
            if is_exact {
                text.push_str(&client.begin());
            } else if !is_announced {
                text.push_str(&progress(done, done + 1, &digest));
            }
            self.step(text, part, step);
            digest.push(step);
            let next = steps.get(done + 1);
            // One write says both that this one is done and that the next begins.
            is_announced = next.is_some_and(|(transaction, step)| !self.is_exact(*transaction, step));
            text.push_str(&progress(done + 1, done + 1 + usize::from(is_announced), &digest));
            if is_exact {
                text.push_str(&client.commit());
            }
            text.push('\n');
        }
        text.push_str(&client.restore_settings(&statements));
        text.push_str(&client.begin());
        let mut last = journal.heads(&part.delete, &part.insert);
        last.push(journal.finish(&part.revision, part.direction, steps.len(), part.checksum.as_deref()));
        text.push_str(&client.own(&last));
        text.push_str(&client.commit());
    }

    /// Whether a step commits together with the journal's row.
    fn is_exact(&self, transaction: bool, step: &Step) -> bool {
        match step {
            _ if self.grammar.transactional_ddl() => transaction,
            Step::Statement(statement) => transaction && changes_data_only(self.dialect, statement),
            Step::Call(_) => transaction,
        }
    }

    /// A statement of the revision, with what is to be looked at above it.
    fn step(&self, text: &mut String, part: &Part<'_>, step: &Step) {
        let Some(statement) = statement(step) else { return };
        for review in part.file.reviews(&statement.span) {
            let _ = writeln!(text, "-- review: {}", one_line(&review));
        }
        text.push_str(&self.client().statement(&statement.sql));
    }
}

fn statement(step: &Step) -> Option<&Statement> {
    match step {
        Step::Statement(statement) => Some(statement),
        // Scripts with a call are refused.
        Step::Call(_) => None,
    }
}

/// The heads in words: `base`, or ids.
pub(super) fn at(heads: &[Head]) -> String {
    if heads.is_empty() {
        return "base".to_owned();
    }
    heads.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(", ")
}

/// The heads as rows: `('3f2a', '...'), ('9b1c', '...')`.
pub(super) fn listed(heads: &[Head]) -> String {
    let rows = heads.iter().map(|(id, lineage)| format!("({}, {})", literal(id.as_str()), literal(lineage)));
    rows.collect::<Vec<_>>().join(", ")
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A statement and its end, which no comment at the end of it may swallow.
pub(super) fn ended(sql: &str, end: &str) -> String {
    let last = sql.lines().next_back().unwrap_or_default();
    let gap = if last.contains("--") || last.contains('#') { "\n" } else { "" };
    format!("{sql}{gap}{end}\n")
}
