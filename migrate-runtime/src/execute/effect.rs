//! What kind of trace a statement leaves that was refused, judged by its words: when in doubt, the careful answer.

use migrate_core::{Dialect, revision::Statement, sql};

use super::{
    batch,
    words::{self, bare, begins, has, kind},
};

/// Statements that an engine without transactional DDL can still roll back.
pub(crate) fn changes_data_only(dialect: Dialect, statement: &Statement) -> bool {
    words::statements(dialect, &statement.sql).iter().all(|words| {
        let first = words.iter().find(|word| *word != "(").map_or("", String::as_str);
        matches!(first, "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "SELECT" | "WITH")
    })
}

/// Whether a refusal by the server means that a statement outside a transaction took no effect at all. A single DDL
/// statement is atomic; a call, or several statements at once, may have done a part.
pub(super) fn refusal_is_certain(dialect: Dialect, statement: &Statement) -> bool {
    let sql = &statement.sql;
    let statements = words::statements(dialect, sql);
    match dialect {
        // The implicit transaction around several statements is rolled back as one, unless one of them ends it.
        // What works CONCURRENTLY leaves an invalid index, or a partition that is half detached, behind when it fails.
        Dialect::Postgres => statements.iter().all(|words| {
            let is_control = sql::transaction_control(dialect, &words.join(" ")).is_some();
            let is_program = begins(words, &["CALL"]) || begins(words, &["DO"]);
            let is_in_steps = has(words, "CONCURRENTLY") && !begins(words, &["REFRESH"]);
            !is_control && !is_program && !is_in_steps
        }),
        // A MariaDB may be served as `mysql`: its rules are the careful ones.
        Dialect::Mysql | Dialect::Mariadb => match &statements[..] {
            [words] => is_atomic_on_mariadb(bare(words)),
            _ => false,
        },
        // The unit is a batch.
        Dialect::Mssql => match &statements[..] {
            [words] => batch::is_program(words) || is_atomic_on_sql_server(words),
            _ => false,
        },
        // INSERT OR FAIL, and RAISE(FAIL) in a trigger, keep the rows before the one that failed.
        Dialect::Sqlite => !statements.iter().any(|words| has(words, "FAIL")),
    }
}

fn is_atomic_on_mariadb(words: &[String]) -> bool {
    let first = words.first().map_or("", String::as_str);
    // DROP TABLE a, b drops a when there is no b.
    let names_several = has(words, ",")
        && (matches!(first, "DROP" | "GRANT" | "REVOKE" | "RENAME")
            || (matches!(first, "CREATE" | "ALTER") && matches!(kind(words), "USER" | "ROLE")));
    // What is to be replaced is dropped first.
    let replaces = begins(words, &["CREATE", "OR", "REPLACE"]) && matches!(kind(words), "TABLE" | "SEQUENCE");
    // Table by table; row by row, where a table has no transactions.
    let is_in_steps = matches!(first, "CALL" | "EXECUTE" | "BEGIN" | "LOAD")
        || (first == "DROP" && matches!(kind(words), "DATABASE" | "SCHEMA"));
    !names_several && !replaces && !is_in_steps
}

fn is_atomic_on_sql_server(words: &[String]) -> bool {
    const ATOMIC: [&str; 12] = [
        "CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT", "DENY", "REVOKE", "INSERT", "UPDATE", "DELETE",
        "MERGE", "SELECT",
    ];
    let first = words.first().map_or("", String::as_str);
    // DROP TABLE a, b drops a when there is no b. A procedure behind INSERT may do anything.
    let is_in_steps = (first == "DROP" && has(words, ",")) || has(words, "EXEC") || has(words, "EXECUTE");
    ATOMIC.contains(&first) && !is_in_steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_certain(dialect: Dialect, sql: &str) -> bool {
        refusal_is_certain(dialect, &Statement { sql: sql.to_owned(), span: 0..sql.len() })
    }

    #[test]
    fn a_call_or_several_statements_may_have_done_a_part() {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            for doubtful in [
                "DROP TABLE a, b",
                "CREATE USER a, b",
                "CALL p()",
                "SET STATEMENT max_statement_time = 1 FOR CALL p()",
                "CREATE TABLE a (b int); CREATE TABLE c (d int)",
                "CREATE OR REPLACE TABLE a (b int PRIMARY KEY) AS SELECT 1 AS b",
                "CREATE OR REPLACE TEMPORARY TABLE a (b int)",
                "create or replace sequence s",
                "DROP DATABASE d",
                "LOAD DATA INFILE 'x' INTO TABLE t",
            ] {
                assert!(!is_certain(dialect, doubtful), "{doubtful}");
            }
            for certain in [
                "DROP TABLE a",
                "ALTER TABLE a ADD b int, ADD c int",
                "CREATE OR REPLACE VIEW a AS SELECT 1, 2",
                "SET STATEMENT max_statement_time = 1 FOR ALTER TABLE t ADD a int",
                "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END",
            ] {
                assert!(is_certain(dialect, certain), "{certain}");
            }
        }
        assert!(!is_certain(Dialect::Sqlite, "INSERT OR FAIL INTO t VALUES (1)"));
    }

    #[test]
    fn what_postgresql_does_in_steps_is_no_transaction() {
        for doubtful in [
            "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
            "ALTER TABLE s.m DETACH PARTITION s.m1 CONCURRENTLY",
            "BEGIN; INSERT INTO t VALUES (1); COMMIT; SELECT 1/0",
            "DO $$ BEGIN COMMIT; END $$",
        ] {
            assert!(!is_certain(Dialect::Postgres, doubtful), "{doubtful}");
        }
        for certain in [
            "CREATE INDEX i ON t (a)",
            "INSERT INTO t VALUES (1); SELECT 1/0",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "COMMENT ON TABLE t IS 'not CONCURRENTLY'",
        ] {
            assert!(is_certain(Dialect::Postgres, certain), "{certain}");
        }
    }

    #[test]
    fn a_batch_of_one_statement_is_done_or_not() {
        for doubtful in [
            "CREATE TABLE a (b int); INSERT INTO a VALUES (1)",
            "INSERT INTO a VALUES (1) SELECT 1/0",
            "INSERT INTO a VALUES (1) THROW 50000, 'x', 1",
            "UPDATE a SET b = 1 IF 1 = 1 RAISERROR('x', 16, 1)",
            "INSERT INTO a EXEC p",
            "EXEC p",
            "DROP TABLE a, b",
            "WHILE 1 = 1 INSERT INTO a VALUES (1)",
        ] {
            assert!(!is_certain(Dialect::Mssql, doubtful), "{doubtful}");
        }
        for certain in [
            "CREATE INDEX i\n ON a (b);",
            "INSERT INTO a VALUES (1)",
            "UPDATE a SET b = 1",
            "DROP TABLE IF EXISTS a",
            "CREATE OR ALTER PROCEDURE p AS UPDATE a SET b = 1; EXEC q",
        ] {
            assert!(is_certain(Dialect::Mssql, certain), "{certain}");
        }
    }
}
