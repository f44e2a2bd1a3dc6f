//! What kind of trace a statement leaves, judged by its words: when in doubt, the careful answer.

use migrate_core::{Dialect, revision::Statement, sql};

/// What a statement that has run means for a later session that goes on behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replay {
    /// Nothing: what it did is in the database.
    No,
    /// It set something in its session, and can be run again to the same effect.
    Again,
    /// It made something that only its session had, and that cannot be made again.
    Impossible,
}

/// Statements that an engine without transactional DDL can still roll back.
pub(super) fn changes_data_only(dialect: Dialect, statement: &Statement) -> bool {
    let words = sql::leading_words(dialect, &statement.sql, 1);
    let Some(word) = words.first() else { return false };
    matches!(word.as_str(), "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "SELECT" | "WITH")
}

/// What a session that resumes a revision must do about a statement that has run in another one.
pub(super) fn replay(dialect: Dialect, statement: &Statement) -> Replay {
    let sql = &statement.sql;
    let words = sql::leading_words(dialect, sql, 6);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_temporary = words.iter().any(|word| matches!(*word, "TEMPORARY" | "TEMP"));
    match words[..] {
        ["SET", "GLOBAL" | "PERSIST" | "PERSIST_ONLY" | "PASSWORD" | "DEFAULT", ..] => Replay::No,
        // `SET @id = LAST_INSERT_ID()`, `SET @n = (SELECT ...)`: not what it was.
        ["SET", ..] if sql.contains('@') && sql.contains('(') => Replay::Impossible,
        ["SET" | "USE" | "PRAGMA", ..] => Replay::Again,
        ["CREATE", ..] if is_temporary || (dialect == Dialect::Mssql && sql.contains('#')) => {
            Replay::Impossible
        }
        ["PREPARE" | "DECLARE", ..] => Replay::Impossible,
        ["SELECT" | "WITH", ..] if leaves_something_in_the_session(dialect, sql) => Replay::Impossible,
        // As pg_dump writes it: SELECT pg_catalog.set_config('search_path', '', false).
        ["SELECT", ..]
            if dialect == Dialect::Postgres && sql.to_ascii_lowercase().contains("set_config(") =>
        {
            Replay::Again
        }
        _ => Replay::No,
    }
}

fn leaves_something_in_the_session(dialect: Dialect, sql: &str) -> bool {
    let canonical = sql::canonical(dialect, sql).to_ascii_uppercase();
    ["INTO @", ":=", "INTO TEMP", "INTO #"].iter().any(|words| canonical.contains(words))
}

/// Whether a refusal by the server means that a statement outside a transaction took no effect at all. A single DDL
/// statement is atomic; a call, or several statements at once, may have done a part.
pub(super) fn refusal_is_certain(dialect: Dialect, statement: &Statement) -> bool {
    let sql = &statement.sql;
    let words = sql::leading_words(dialect, sql, 2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_one =
        || !sql.contains(';') || sql::split(dialect, sql, 0..sql.len()).is_ok_and(|pieces| pieces.len() == 1);
    match dialect {
        // The implicit transaction around several statements is rolled back as one.
        // What is built CONCURRENTLY leaves an invalid index behind when it fails.
        Dialect::Postgres => {
            let all = sql::leading_words(dialect, sql, 8);
            !matches!(words[..], ["CALL" | "DO", ..]) && !all.iter().any(|word| word == "CONCURRENTLY")
        }
        Dialect::Mysql => !matches!(words[..], ["CALL" | "EXECUTE", ..]) && is_one(),
        // DROP TABLE a, b drops a when there is no b.
        Dialect::Mariadb => {
            let names_several = matches!(
                words[..],
                ["DROP" | "GRANT" | "REVOKE" | "RENAME", ..] | ["CREATE" | "ALTER", "USER" | "ROLE", ..]
            ) && sql.contains(',');
            !matches!(words[..], ["CALL" | "EXECUTE" | "BEGIN", ..]) && !names_several && is_one()
        }
        // The unit is a batch.
        Dialect::Mssql => is_one_of_sql_server(sql),
        // INSERT OR FAIL, and RAISE(FAIL) in a trigger, keep the rows before the one that failed.
        Dialect::Sqlite => !sql::leading_words(dialect, sql, usize::MAX).iter().any(|word| word == "FAIL"),
    }
}

/// Whether a batch can have but one statement: T-SQL needs nothing between two of them, so every word that begins one
/// counts.
fn is_one_of_sql_server(batch: &str) -> bool {
    const BEGIN: [&str; 17] = [
        "CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT", "DENY", "REVOKE", "INSERT", "UPDATE", "DELETE",
        "MERGE", "SELECT", "EXEC", "EXECUTE", "DECLARE", "SET", "BEGIN",
    ];
    let words = sql::leading_words(Dialect::Mssql, batch, usize::MAX);
    let begins = words.iter().filter(|word| BEGIN.contains(&word.as_str())).count();
    begins == 1 && words.first().is_some_and(|first| BEGIN[..11].contains(&first.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sql: &str) -> Statement {
        Statement { sql: sql.to_owned(), span: 0..sql.len() }
    }

    #[test]
    fn what_a_session_alone_had_cannot_be_run_again() {
        let of = |sql| replay(Dialect::Mysql, &statement(sql));
        assert_eq!(of("SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='TRADITIONAL'"), Replay::Again);
        assert_eq!(of("SET NAMES utf8mb4"), Replay::Again);
        assert_eq!(of("USE shop"), Replay::Again);
        assert_eq!(of("SET GLOBAL x = 1"), Replay::No);
        assert_eq!(of("INSERT INTO t VALUES (1)"), Replay::No);
        assert_eq!(of("SET @id = LAST_INSERT_ID()"), Replay::Impossible);
        assert_eq!(of("SELECT count(*)\n  INTO @n FROM t"), Replay::Impossible);
        assert_eq!(of("CREATE TEMPORARY TABLE x (a int)"), Replay::Impossible);
        assert_eq!(of("CREATE OR REPLACE TEMPORARY TABLE x (a int)"), Replay::Impossible);
        assert_eq!(of("PREPARE s FROM 'SELECT 1'"), Replay::Impossible);
        let dump = "SELECT pg_catalog.set_config('search_path', '', false)";
        assert_eq!(replay(Dialect::Postgres, &statement(dump)), Replay::Again);
    }

    #[test]
    fn a_call_or_several_statements_may_have_done_a_part() {
        assert!(refusal_is_certain(Dialect::Mysql, &statement("DROP TABLE a, b")));
        assert!(!refusal_is_certain(Dialect::Mariadb, &statement("DROP TABLE a, b")));
        assert!(!refusal_is_certain(Dialect::Mysql, &statement("CALL p()")));
        assert!(!refusal_is_certain(
            Dialect::Mysql,
            &statement("CREATE TABLE a (b int); CREATE TABLE c (d int)")
        ));
        assert!(refusal_is_certain(
            Dialect::Mysql,
            &statement("CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END")
        ));
        assert!(!refusal_is_certain(
            Dialect::Postgres,
            &statement("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)")
        ));
        assert!(refusal_is_certain(Dialect::Postgres, &statement("CREATE INDEX i ON t (a)")));
        assert!(!refusal_is_certain(Dialect::Mariadb, &statement("CREATE USER a, b")));
        assert!(!refusal_is_certain(Dialect::Sqlite, &statement("INSERT OR FAIL INTO t VALUES (1)")));
        assert!(!refusal_is_certain(
            Dialect::Mssql,
            &statement("CREATE TABLE a (b int); INSERT INTO a VALUES (1)")
        ));
        assert!(refusal_is_certain(Dialect::Mssql, &statement("CREATE INDEX i\n ON a (b);")));
        assert!(refusal_is_certain(Dialect::Mssql, &statement("INSERT INTO a VALUES (1)")));
        assert!(!refusal_is_certain(Dialect::Mssql, &statement("INSERT INTO a VALUES (1) SELECT 1/0")));
    }
}
