use std::collections::HashSet;

use crate::Dialect;

use super::{
    lexer::{Lexer, TokenKind},
    split::is_word,
};

/// At most `most` of the first words of a statement, upper-cased. Comments, quoted texts, numbers and punctuation
/// are skipped; what stands in a conditional comment of MySQL counts.
///
/// ```
/// use migrate_core::{Dialect, sql::leading_words};
///
/// let words = leading_words(Dialect::Postgres, "/* fast */ create index concurrently i ON t (x)", 3);
/// assert_eq!(words, ["CREATE", "INDEX", "CONCURRENTLY"]);
/// ```
pub fn leading_words(dialect: Dialect, statement: &str, most: usize) -> Vec<String> {
    Lexer::new(dialect, statement, 0)
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| token.text(statement))
        .filter(|word| !word.starts_with(|first: char| first.is_ascii_digit()))
        .take(most)
        .map(str::to_ascii_uppercase)
        .collect()
}

/// Every word, quoted text and punctuation mark of a statement, as written: what is left without comments and white
/// space. What is quoted keeps its quotes, so that it is no word.
///
/// ```
/// use migrate_core::{Dialect, sql::tokens};
///
/// assert_eq!(tokens(Dialect::Mysql, "SET @a = 'b' -- c"), ["SET", "@", "a", "=", "'b'"]);
/// assert_eq!(tokens(Dialect::Mssql, "SET @a = N'b'"), ["SET", "@a", "=", "N", "'b'"]);
/// ```
pub fn tokens(dialect: Dialect, statement: &str) -> Vec<&str> {
    Lexer::new(dialect, statement, 0)
        .filter(|token| !token.kind.is_blank())
        .map(|token| token.text(statement))
        .collect()
}

/// The word with which a statement begins or ends a transaction by itself, and so would break the one around it.
///
/// Savepoints are harmless: `ROLLBACK TO x` is `None`. On SQL Server the whole batch is searched, unless it creates
/// or alters a procedure, a function or a trigger.
///
/// ```
/// use migrate_core::{Dialect, sql::transaction_control};
///
/// assert_eq!(transaction_control(Dialect::Postgres, "commit"), Some("COMMIT"));
/// assert_eq!(transaction_control(Dialect::Postgres, "ROLLBACK TO SAVEPOINT a"), None);
/// ```
pub fn transaction_control(dialect: Dialect, statement: &str) -> Option<&'static str> {
    let words = leading_words(dialect, statement, 4);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match dialect {
        Dialect::Postgres => match words.as_slice() {
            ["BEGIN", ..] => Some("BEGIN"),
            ["START", "TRANSACTION", ..] => Some("START TRANSACTION"),
            ["COMMIT", "PREPARED", ..] => Some("COMMIT PREPARED"),
            ["COMMIT", ..] => Some("COMMIT"),
            ["END", ..] => Some("END"),
            ["ABORT", ..] => Some("ABORT"),
            ["PREPARE", "TRANSACTION", ..] => Some("PREPARE TRANSACTION"),
            ["ROLLBACK", "PREPARED", ..] => Some("ROLLBACK PREPARED"),
            ["ROLLBACK", rest @ ..] => (!to_savepoint(rest)).then_some("ROLLBACK"),
            _ => None,
        },
        Dialect::Mysql | Dialect::Mariadb => match words.as_slice() {
            ["BEGIN", rest @ ..] => (rest.first() != Some(&"NOT")).then_some("BEGIN"),
            ["START", "TRANSACTION", ..] => Some("START TRANSACTION"),
            ["COMMIT", ..] => Some("COMMIT"),
            ["ROLLBACK", rest @ ..] => (!to_savepoint(rest)).then_some("ROLLBACK"),
            ["XA", ..] => Some("XA"),
            _ => None,
        },
        Dialect::Sqlite => match words.as_slice() {
            ["BEGIN", ..] => Some("BEGIN"),
            ["COMMIT", ..] => Some("COMMIT"),
            ["END", ..] => Some("END"),
            ["ROLLBACK", rest @ ..] => (!to_savepoint(rest)).then_some("ROLLBACK"),
            _ => None,
        },
        Dialect::Mssql => batch_control(statement),
    }
}

/// Whether what follows ROLLBACK is `[WORK | TRANSACTION [name]] TO`.
fn to_savepoint(rest: &[&str]) -> bool {
    rest.contains(&"TO")
}

/// The first word of a batch of SQL Server that begins or ends a transaction. COMMIT and ROLLBACK are reserved, so
/// that outside quotes they are always the statement; but `SET ... WITH ROLLBACK IMMEDIATE` is an option.
fn batch_control(batch: &str) -> Option<&'static str> {
    let words: Vec<&str> = Lexer::new(Dialect::Mssql, batch, 0)
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Quoted))
        .map(|token| token.text(batch))
        .collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let is = |at: usize, keyword: &str| is_word(word(at), keyword);
    let is_transaction = |at: usize| is(at, "TRAN") || is(at, "TRANSACTION");
    if is(0, "CREATE") || is(0, "ALTER") {
        let kind = if is(1, "OR") && is(2, "ALTER") { word(3) } else { word(1) };
        if ["PROC", "PROCEDURE", "FUNCTION", "TRIGGER"].iter().any(|program| is_word(kind, program)) {
            return None;
        }
    }
    let mut savepoints = HashSet::new();
    for at in 0..words.len() {
        if is(at, "BEGIN") {
            if is_transaction(at + 1) || (is(at + 1, "DISTRIBUTED") && is_transaction(at + 2)) {
                return Some("BEGIN TRANSACTION");
            }
        } else if is(at, "COMMIT") {
            return Some("COMMIT");
        } else if is(at, "SAVE") && is_transaction(at + 1) {
            savepoints.insert(word(at + 2));
        } else if is(at, "ROLLBACK") {
            let is_option = at > 0 && is(at - 1, "WITH");
            let to_savepoint = is_transaction(at + 1) && savepoints.contains(word(at + 2));
            if !is_option && !to_savepoint {
                return Some("ROLLBACK");
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(dialect: Dialect, statements: &[&str]) -> Vec<Option<&'static str>> {
        statements.iter().map(|statement| transaction_control(dialect, statement)).collect()
    }

    #[test]
    fn words_come_without_quotes_numbers_and_comments() {
        let text = "-- x\nalter /* y */ TABLE \"add\".t1 ADD COLUMN c numeric(10, 2)";
        assert_eq!(
            leading_words(Dialect::Postgres, text, 9),
            ["ALTER", "TABLE", "T1", "ADD", "COLUMN", "C", "NUMERIC"]
        );
        assert_eq!(leading_words(Dialect::Postgres, text, 2), ["ALTER", "TABLE"]);
        assert_eq!(
            leading_words(Dialect::Mysql, "/*!50003 create*/ # a\n `x` trigger", 5),
            ["CREATE", "TRIGGER"]
        );
        assert_eq!(leading_words(Dialect::Sqlite, "  -- nothing", 5), [""; 0]);
        assert_eq!(leading_words(Dialect::Postgres, "(select 1)", 1), ["SELECT"]);
    }

    #[test]
    fn every_engine_has_its_words_for_the_ends_of_a_transaction() {
        let begins = ["BEGIN", "begin work", "/* x */ BEGIN"];
        for dialect in [Dialect::Postgres, Dialect::Mysql, Dialect::Mariadb, Dialect::Sqlite] {
            assert_eq!(control(dialect, &begins), [Some("BEGIN"); 3], "{dialect}");
            assert_eq!(
                control(dialect, &["COMMIT", "Rollback"]),
                [Some("COMMIT"), Some("ROLLBACK")],
                "{dialect}"
            );
        }
        let postgres =
            ["START TRANSACTION", "END", "ABORT", "PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'"];
        assert!(control(Dialect::Postgres, &postgres).iter().all(Option::is_some));
        let mysql = ["START TRANSACTION READ ONLY", "XA START 'x'", "/*!50001 COMMIT */"];
        assert!(control(Dialect::Mariadb, &mysql).iter().all(Option::is_some));
        assert_eq!(
            control(Dialect::Sqlite, &["END TRANSACTION", "BEGIN IMMEDIATE"]),
            [Some("END"), Some("BEGIN")]
        );
    }

    #[test]
    fn savepoints_and_look_alikes_do_not_end_a_transaction() {
        let harmless =
            ["ROLLBACK TO a", "SAVEPOINT a", "RELEASE SAVEPOINT a", "SELECT 'COMMIT'", "-- COMMIT", ""];
        for dialect in Dialect::ALL {
            if dialect != Dialect::Mssql {
                assert_eq!(control(dialect, &harmless), [None; 6], "{dialect}");
            }
        }
        let postgres =
            ["ROLLBACK WORK TO SAVEPOINT a", "PREPARE p AS SELECT 1", "CREATE FUNCTION f() BEGIN ATOMIC END"];
        assert_eq!(control(Dialect::Postgres, &postgres), [None; 3]);
        let mysql =
            ["BEGIN NOT ATOMIC SELECT 1; END", "START SLAVE", "SET autocommit = 0", "LOCK TABLES t WRITE"];
        assert_eq!(control(Dialect::Mariadb, &mysql), [None; 4]);
        assert_eq!(control(Dialect::Sqlite, &["ROLLBACK TRANSACTION TO SAVEPOINT a"]), [None]);
    }

    #[test]
    fn a_batch_is_searched_for_transactions() {
        let guilty = [
            ("SELECT 1; BEGIN TRAN; SELECT 2", "BEGIN TRANSACTION"),
            ("begin distributed transaction", "BEGIN TRANSACTION"),
            ("IF @@TRANCOUNT > 0 COMMIT", "COMMIT"),
            ("BEGIN TRY SELECT 1 END TRY BEGIN CATCH ROLLBACK END CATCH", "ROLLBACK"),
            ("SAVE TRAN a; ROLLBACK TRAN b", "ROLLBACK"),
            ("CREATE TABLE t (x int); COMMIT TRANSACTION", "COMMIT"),
        ];
        for (batch, word) in guilty {
            assert_eq!(transaction_control(Dialect::Mssql, batch), Some(word), "{batch}");
        }
        let innocent = [
            "CREATE OR ALTER PROCEDURE p AS BEGIN TRAN; COMMIT",
            "/* x */ alter trigger t ON x AFTER INSERT AS ROLLBACK",
            "SELECT 'COMMIT', [COMMIT], \"COMMIT\" -- COMMIT",
            "ALTER DATABASE d SET OFFLINE WITH ROLLBACK IMMEDIATE",
            "SAVE TRANSACTION [a]; ROLLBACK TRANSACTION [a]",
            "BEGIN SELECT 1 END",
        ];
        for batch in innocent {
            assert_eq!(transaction_control(Dialect::Mssql, batch), None, "{batch}");
        }
    }
}
