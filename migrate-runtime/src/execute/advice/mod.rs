//! What to do about the errors that a revision meets most, by the server's own code: a table for each engine.

mod mssql;
mod mysql;
mod postgres;
mod sqlite;

use crate::{
    session::{Failure, ServerError},
    url::Engine,
};

/// A row of a table: the server's code, words of its message where the code alone says too little (else nothing), and
/// what to do.
type Row = (&'static str, &'static str, &'static str);

// What any engine may refuse because of the rows that are there.
const DUPLICATES: &str =
    "rows hold the same values: change or delete what stands there twice, above the statement";
const ORPHANS: &str = "rows refer to rows that are not there: add those, or change or delete the ones that refer, above the statement";
const REFERRED: &str = "other rows refer to what the statement takes away: change or delete those above it";
const NULLS: &str = "rows hold NULL there, or would: fill the column with an UPDATE before it becomes NOT NULL, or give \
                     it a default";
const CHECKED: &str = "rows break the check: mend them with an UPDATE above the statement";
const DOES_NOT_FIT: &str = "values do not fit the type: change them with an UPDATE above the statement";
const DEPENDENT: &str = "something else stands on it: drop that above the statement, and create it again below, as it is to be then";
const DEADLOCK: &str =
    "another connection was in the way, and the server gave up on this one: run the command again";

/// What to do about a refusal, where that is known.
pub(super) fn advice(engine: Engine, server: &ServerError) -> Option<&'static str> {
    let message = server.message.as_str();
    let needs_none =
        ["inside a transaction block", "within a transaction", "within multi-statement transaction"];
    if needs_none.iter().any(|words| message.contains(words)) {
        return Some("put the statement in a section of its own: `-- migrate:up transaction:off`");
    }
    match server.kind {
        Failure::Busy => Some(
            "another connection holds a lock on it: try again when it is done, or raise the lock timeout",
        ),
        Failure::Lost => Some("the connection broke; run the command again to see how far it came"),
        Failure::ReadOnly | Failure::Refused | Failure::MissingTable => by_code(engine, server),
    }
}

fn by_code(engine: Engine, server: &ServerError) -> Option<&'static str> {
    let table = match engine {
        Engine::Postgres => postgres::ADVICE,
        Engine::Mysql => mysql::ADVICE,
        Engine::Mssql => mssql::ADVICE,
        Engine::Sqlite => sqlite::ADVICE,
    };
    // `SQLSTATE 23505`, `error 1062, SQLSTATE 23000`, `error 2627`, `SQLite 2067`.
    let code = server.code.as_deref()?.split([' ', ',']).nth(1)?;
    let row = table.iter().find(|(known, words, _)| *known == code && server.message.contains(words))?;
    Some(row.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(engine: Engine, code: &str, message: &str) -> Option<&'static str> {
        let (code, message) = (Some(code.to_owned()), message.to_owned());
        advice(engine, &ServerError { kind: Failure::Refused, message, code, offset: None })
    }

    #[test]
    fn a_code_is_read_as_each_session_writes_it() {
        assert_eq!(refused(Engine::Postgres, "SQLSTATE 23505", ""), Some(DUPLICATES));
        assert_eq!(refused(Engine::Mysql, "error 1062, SQLSTATE 23000", ""), Some(DUPLICATES));
        assert_eq!(refused(Engine::Mssql, "error 2627", ""), Some(DUPLICATES));
        assert_eq!(refused(Engine::Sqlite, "SQLite 2067", ""), Some(DUPLICATES));
        assert_eq!(refused(Engine::Postgres, "SQLSTATE 42601", "syntax error"), None);
    }

    #[test]
    fn a_code_with_several_meanings_is_told_by_its_words() {
        let view = "cannot alter type of a column used by a view or rule";
        assert_eq!(refused(Engine::Postgres, "SQLSTATE 0A000", view), Some(DEPENDENT));
        let missing =
            refused(Engine::Postgres, "SQLSTATE 0A000", "extension \"x\" is not available").unwrap();
        assert!(missing.contains("server"), "{missing}");
        assert_eq!(refused(Engine::Postgres, "SQLSTATE 0A000", "something new"), None);
    }

    #[test]
    fn no_row_hides_behind_another_and_each_says_what_to_do() {
        for table in [postgres::ADVICE, mysql::ADVICE, mssql::ADVICE, sqlite::ADVICE] {
            for (at, (code, words, help)) in table.iter().enumerate() {
                assert!(!help.is_empty() && !help.ends_with('.'), "{help}");
                let hides = |(other, general, _): &&Row| other == code && words.contains(general);
                assert!(!table[..at].iter().any(|row| hides(&row)), "{code} {words}");
            }
        }
    }
}
