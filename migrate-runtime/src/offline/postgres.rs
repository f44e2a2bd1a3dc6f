//! psql.

use migrate_core::{Dialect, revision::Statement, sql};

use super::{
    Head,
    write::{Client, Writer, at, ended, listed},
};
use crate::engine::literal;

pub(super) struct Postgres;

impl Client for Postgres {
    fn run_with(&self) -> &'static str {
        "psql --no-psqlrc --quiet --file SCRIPT DATABASE"
    }

    fn prepare(&self) -> String {
        "\\set ON_ERROR_STOP on\n\\set QUIET on\n\\encoding UTF8\n".to_owned()
    }

    // Not waited for: a waiter would hold a snapshot, for which a CREATE INDEX CONCURRENTLY of the other one waits.
    fn lock(&self, writer: &Writer<'_>) -> String {
        let key = writer.grammar.lock_key(&writer.tables);
        let taken = writer.grammar.try_lock(&key).unwrap_or_default();
        block(&format!(
            "BEGIN\n    IF ({taken}) <> 1 THEN\n        RAISE EXCEPTION 'another process is migrating this database: run \
             the script again when it is done';\n    END IF;\nEND"
        ))
    }

    fn guard(&self, writer: &Writer<'_>, heads: &[Head]) -> String {
        let (version, history) = (writer.version_table(), writer.history_table());
        let begins = at(heads);
        if heads.is_empty() {
            // The tables were created right before.
            return block(&format!(
                "DECLARE\n    found text := (SELECT string_agg(revision, ', ' ORDER BY revision COLLATE \"C\") FROM {version});\n\
                 BEGIN\n    IF found IS NOT NULL THEN\n        \
                 RAISE EXCEPTION 'the database is at %, and this script begins at base', found;\n    \
                 ELSIF EXISTS (SELECT FROM {history} WHERE finished IS NULL) THEN\n        \
                 RAISE EXCEPTION 'a revision stopped half way: finish it first';\n    \
                 END IF;\nEND"
            ));
        }
        let rows = listed(heads);
        let known = format!("(SELECT count(*) FROM {version} WHERE (revision, rtrim(lineage)) IN ({rows}))");
        block(&format!(
            "DECLARE\n    found text := 'base';\nBEGIN\n    \
             IF to_regclass({there}) IS NOT NULL THEN\n        \
             SELECT coalesce(string_agg(revision, ', ' ORDER BY revision COLLATE \"C\"), 'base') INTO found FROM {version};\n    \
             END IF;\n    \
             IF found <> {begins_text} THEN\n        \
             RAISE EXCEPTION 'the database is at %, and this script begins at {begins}', found;\n    \
             ELSIF {known} <> {count} THEN\n        \
             RAISE EXCEPTION 'the history of this database is not the one that the script goes on with: a revision was edited';\n    \
             ELSIF EXISTS (SELECT FROM {history} WHERE finished IS NULL) THEN\n        \
             RAISE EXCEPTION 'a revision stopped half way: finish it first';\n    \
             END IF;\nEND",
            there = literal(&version),
            begins_text = literal(&begins),
            count = heads.len(),
        ))
    }

    fn statement(&self, sql: &str) -> String {
        ended(sql, ";")
    }

    fn begin(&self) -> String {
        "BEGIN;\n".to_owned()
    }

    fn commit(&self) -> String {
        "COMMIT;\n".to_owned()
    }

    fn keep_settings(&self, _statements: &[&Statement]) -> String {
        String::new()
    }

    fn restore_settings(&self, statements: &[&Statement]) -> String {
        if statements.iter().any(|statement| sets_something(&statement.sql)) {
            "RESET ALL;\nRESET SESSION AUTHORIZATION;\nSET client_encoding = 'UTF8';\n".to_owned()
        } else {
            String::new()
        }
    }
}

/// Whether a statement may set something that outlasts it.
fn sets_something(text: &str) -> bool {
    let tokens = sql::tokens(Dialect::Postgres, text);
    let is = |word: &'static str| move |token: &&str| token.eq_ignore_ascii_case(word);
    tokens.first().is_some_and(|first| is("SET")(first) || is("RESET")(first))
        || tokens.iter().any(is("set_config"))
}

fn block(body: &str) -> String {
    format!("DO $migrate$\n{body}\n$migrate$;\n")
}
