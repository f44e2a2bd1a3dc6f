//! What the engines want to be told differently: the SQL of our own bookkeeping, one file for each engine. Pure text,
//! so that every engine's is there whichever drivers are compiled in.

use std::time::Duration;

use crate::url::Engine;

mod mssql;
mod mysql;
mod postgres;
mod sqlite;

pub(crate) use mssql::lock_name as mssql_lock_name;
pub(crate) use mysql::lock_name as mysql_lock_name;

/// Names of the two tables, and where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tables {
    /// What stands before the names: nothing, a schema, or a database and a schema.
    pub(crate) namespace: Vec<String>,
    /// The heads.
    pub(crate) version: String,
    /// The journal.
    pub(crate) history: String,
}

/// Marks the rows of a snapshot that are for the inside of a transaction.
pub(crate) const INSIDE: &str = "inside";

/// How long a statement may wait and run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Timeouts {
    /// For a lock on a table or a row.
    pub(crate) lock: Option<Duration>,
    /// For a whole statement.
    pub(crate) statement: Option<Duration>,
}

/// The dialect of our own statements.
pub(crate) trait Grammar: Sync {
    /// A quoted identifier.
    fn quote(&self, name: &str) -> String;

    /// Creates what is missing of schema and tables: the version table last, so that where it is the journal is too.
    fn create(&self, tables: &Tables, schema: Option<&str>) -> Vec<String>;

    /// A query for how many schemas have this name, where the right to create one is not needed to ask.
    fn count_schemas(&self, _schema: &str) -> Option<String> {
        None
    }

    /// Begins a transaction that also serves as the lock where the engine has no other.
    fn begin(&self) -> &'static str;

    /// Ends a transaction.
    fn commit(&self) -> &'static str;

    /// Gives a transaction up, whether one is open or not.
    fn rollback(&self) -> &'static str;

    /// The server's time, to be stored.
    fn now(&self) -> &'static str;

    /// A string literal that keeps every letter.
    fn text(&self, text: &str) -> String {
        literal(text)
    }

    /// A query with one cell that reads `1` if the lock was taken. None: [`begin`](Self::begin) takes it.
    ///
    /// - `key`: an expression for the text that the lock is named after.
    fn try_lock(&self, key: &str) -> Option<String>;

    /// A query that gives the lock back.
    fn unlock(&self, key: &str) -> Option<String>;

    /// The lock's key where nobody knows yet in which database the tables are: an expression that finds it out.
    fn lock_key(&self, tables: &Tables) -> String;

    /// A query whose one row is the namespace of the tables: where they are, or where they would be created. `schema`
    /// is the configured one.
    fn locate(&self, tables: &Tables, schema: Option<&str>) -> Option<String>;

    /// The query for the heads: revision, lineage, and on MySQL the server's version.
    fn heads(&self, tables: &Tables) -> String {
        format!("SELECT revision, lineage FROM {}", self.table(tables, &tables.version))
    }

    /// Whether DDL can be rolled back.
    fn transactional_ddl(&self) -> bool;

    /// Sets the timeouts, for the transaction where the engine can (`local`), else for the session.
    fn set_timeouts(&self, timeouts: Timeouts, local: bool) -> Vec<String>;

    /// A query whose cells are statements that bring the session's settings back to what they are now: what one
    /// revision sets must not reach the next, nor a caller's connection. A row that begins with [`INSIDE`] holds
    /// statements to send before our own, inside the transaction of a revision.
    fn snapshot(&self) -> &'static str;

    /// A query for the names and values of all that a session can set, where the engine lists them: what a revision has
    /// changed among them is set back.
    fn variables(&self) -> Option<&'static str> {
        None
    }

    /// A query for the statement that takes back the role that the session has now. A server that knows no roles may
    /// refuse it.
    fn role(&self) -> Option<&'static str> {
        None
    }

    /// A query with a row for each table, in the current schema and these, whose rows survive a rollback. None: there is
    /// no such table.
    fn tables_without_transactions(&self, _schemas: &[String]) -> Option<String> {
        None
    }

    /// Whether the journal's rows get their numbers from us. Where several nodes take writes, each would have numbers of
    /// its own, and no two runs would meet.
    fn numbers_rows(&self) -> bool {
        false
    }

    /// What to put behind an UPDATE that must have found its row.
    fn or_throw(&self) -> &'static str {
        ""
    }

    /// What a session must be set to for the work of a migration; the snapshot brings it back.
    fn prepare_session(&self) -> Option<&'static str>;

    /// The qualified, quoted name of one of our tables.
    fn table(&self, tables: &Tables, name: &str) -> String {
        let parts: Vec<_> =
            tables.namespace.iter().map(String::as_str).chain([name]).map(|n| self.quote(n)).collect();
        parts.join(".")
    }
}

/// The grammar of an engine.
pub(crate) fn grammar(engine: Engine) -> &'static dyn Grammar {
    match engine {
        Engine::Postgres => &postgres::Postgres,
        Engine::Mysql => &mysql::Mysql,
        Engine::Mssql => &mssql::Mssql,
        Engine::Sqlite => &sqlite::Sqlite,
    }
}

/// A string literal. What we write ourselves holds no backslash, so that doubling quotes is enough on every engine.
pub(crate) fn literal(text: &str) -> String {
    let safe: String = text.chars().filter(|c| !c.is_control() && *c != '\\').collect();
    format!("'{}'", safe.replace('\'', "''"))
}

fn millis(duration: Duration) -> u128 {
    duration.as_millis().clamp(1, i32::MAX as u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_cannot_be_left() {
        assert_eq!(literal("o'brien\\'; DROP\n"), "'o''brien''; DROP'");
    }

    #[test]
    fn identifiers_are_quoted_as_each_engine_does() {
        let tables = Tables { namespace: vec!["a\"b`c]d".into()], version: "v".into(), history: "h".into() };
        let name = |engine| grammar(engine).table(&tables, "v");
        assert_eq!(name(Engine::Postgres), "\"a\"\"b`c]d\".\"v\"");
        assert_eq!(name(Engine::Mysql), "`a\"b``c]d`.`v`");
        assert_eq!(name(Engine::Mssql), "[a\"b`c]]d].[v]");
        assert_eq!(name(Engine::Sqlite), "\"a\"\"b`c]d\".\"v\"");
    }

    #[test]
    fn a_lock_has_one_name_where_names_have_no_case() {
        let folds = |engine| grammar(engine).try_lock("'Shop/dbo'").unwrap().contains("LOWER('Shop/dbo')");
        assert!(folds(Engine::Mssql) && folds(Engine::Mysql));
        assert!(!folds(Engine::Postgres), "there they are two schemas");
    }
}
