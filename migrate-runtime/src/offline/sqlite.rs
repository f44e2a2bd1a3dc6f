//! sqlite3.

use std::fmt::Write as _;

use migrate_core::revision::Statement;

use super::{
    Head,
    write::{Client, Writer, at, ended, listed},
};
use crate::engine::literal;

pub(super) struct Sqlite;

impl Client for Sqlite {
    fn run_with(&self) -> &'static str {
        "sqlite3 -bail DATABASE < SCRIPT"
    }

    // The program has foreign keys on, whatever the client does by itself.
    fn prepare(&self) -> String {
        ".bail on\nPRAGMA foreign_keys = ON;\n".to_owned()
    }

    fn lock(&self, _writer: &Writer<'_>) -> String {
        String::new()
    }

    fn guard(&self, writer: &Writer<'_>, heads: &[Head]) -> String {
        let (version, history) = (writer.version_table(), writer.history_table());
        let rows = listed(heads);
        let known = if rows.is_empty() {
            String::new()
        } else {
            format!(
                " AND (SELECT count(*) FROM {version} WHERE (revision, lineage) IN (VALUES {rows})) = {}",
                heads.len()
            )
        };
        let there = format!("(SELECT count(*) FROM {version}) = {}{known}", heads.len());
        let at_rest = format!("NOT EXISTS (SELECT 1 FROM {history} WHERE finished IS NULL)");
        format!(
            "{}{}",
            require(&format!("the database is at {}, where this script begins", at(heads)), &there),
            require("no revision stopped half way", &at_rest)
        )
    }

    fn statement(&self, sql: &str) -> String {
        ended(sql, ";")
    }

    fn begin(&self) -> String {
        "BEGIN IMMEDIATE;\n".to_owned()
    }

    fn commit(&self) -> String {
        "COMMIT;\n".to_owned()
    }

    fn keep_settings(&self, _statements: &[&Statement]) -> String {
        String::new()
    }

    fn restore_settings(&self, statements: &[&Statement]) -> String {
        let is_set = |name: &str| {
            statements.iter().any(|statement| {
                let sql = statement.sql.to_ascii_lowercase();
                sql.starts_with("pragma") && sql.contains(name)
            })
        };
        let mut text = String::new();
        for name in
            ["legacy_alter_table", "ignore_check_constraints", "recursive_triggers", "writable_schema"]
        {
            if is_set(name) {
                let _ = writeln!(text, "PRAGMA {name} = OFF;");
            }
        }
        text
    }
}

/// Stops with the name of a constraint: what it says is not so.
fn require(what: &str, condition: &str) -> String {
    format!(
        "CREATE TEMP TABLE migrate_guard (holds INTEGER CONSTRAINT {} CHECK (holds));\n\
         INSERT INTO temp.migrate_guard SELECT {condition};\nDROP TABLE temp.migrate_guard;\n",
        literal(what)
    )
}

/// Stops where more rows than before refer to none.
pub(super) fn refuse_violations() -> String {
    format!(
        "{}DROP TABLE temp.migrate_violations;\n",
        require(
            "every row refers to a row that is there",
            "(SELECT count(*) FROM pragma_foreign_key_check) <= (SELECT n FROM temp.migrate_violations)"
        )
    )
}
