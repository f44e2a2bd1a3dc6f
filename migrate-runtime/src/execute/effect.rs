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
    let words = sql::leading_words(dialect, sql, 3);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["SET", "GLOBAL" | "PERSIST" | "PERSIST_ONLY" | "PASSWORD" | "DEFAULT", ..] => Replay::No,
        // `SET @id = LAST_INSERT_ID()`, `SET @n = (SELECT ...)`: not what it was.
        ["SET", ..] if sql.contains('@') && sql.contains('(') => Replay::Impossible,
        ["SET" | "USE" | "PRAGMA", ..] => Replay::Again,
        ["CREATE", "TEMPORARY" | "TEMP", ..] | ["PREPARE", ..] => Replay::Impossible,
        ["SELECT" | "WITH", ..] if assigns_a_variable(dialect, sql) => Replay::Impossible,
        _ => Replay::No,
    }
}

fn assigns_a_variable(dialect: Dialect, sql: &str) -> bool {
    let canonical = sql::canonical(dialect, sql).to_ascii_uppercase();
    canonical.contains("INTO @") || canonical.contains(":=")
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
        Dialect::Postgres => !matches!(words[..], ["CALL" | "DO", ..]),
        Dialect::Mysql => !matches!(words[..], ["CALL" | "EXECUTE", ..]) && is_one(),
        // DROP TABLE a, b drops a when there is no b.
        Dialect::Mariadb => {
            let drops_several = matches!(words[..], ["DROP", ..]) && sql.contains(',');
            !matches!(words[..], ["CALL" | "EXECUTE" | "BEGIN", ..]) && !drops_several && is_one()
        }
        // The unit is a batch.
        Dialect::Mssql => is_one_of_sql_server(sql),
        Dialect::Sqlite => true,
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
        assert_eq!(of("PREPARE s FROM 'SELECT 1'"), Replay::Impossible);
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
        assert!(refusal_is_certain(Dialect::Postgres, &statement("CREATE INDEX CONCURRENTLY i ON t (a)")));
        assert!(!refusal_is_certain(
            Dialect::Mssql,
            &statement("CREATE TABLE a (b int); INSERT INTO a VALUES (1)")
        ));
        assert!(refusal_is_certain(Dialect::Mssql, &statement("CREATE INDEX i\n ON a (b);")));
        assert!(refusal_is_certain(Dialect::Mssql, &statement("INSERT INTO a VALUES (1)")));
        assert!(!refusal_is_certain(Dialect::Mssql, &statement("INSERT INTO a VALUES (1) SELECT 1/0")));
    }
}
