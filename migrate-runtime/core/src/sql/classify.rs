use crate::Dialect;

use super::lexer::{Lexer, TokenKind};

/// The words of a statement, upper-cased, without quoted texts, numbers, punctuation and comments.
fn words(dialect: Dialect, statement: &str) -> impl Iterator<Item = String> {
    Lexer::new(dialect, statement, 0)
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| token.text(statement).to_ascii_uppercase())
        .filter(|word| !word.starts_with(|first: char| first.is_ascii_digit()))
}

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
    words(dialect, statement).take(most).collect()
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
    if dialect == Dialect::Mssql {
        return batch_control(statement);
    }
    let words = leading_words(dialect, statement, 3);
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
            ["ROLLBACK", "TO", ..] | ["ROLLBACK", "WORK" | "TRANSACTION", "TO", ..] => None,
            ["ROLLBACK", ..] => Some("ROLLBACK"),
            _ => None,
        },
        Dialect::Mysql | Dialect::Mariadb => match words.as_slice() {
            ["BEGIN", "NOT", ..] => None,
            ["BEGIN", ..] => Some("BEGIN"),
            ["START", "TRANSACTION", ..] => Some("START TRANSACTION"),
            ["COMMIT", ..] => Some("COMMIT"),
            ["ROLLBACK", "TO", ..] | ["ROLLBACK", "WORK", "TO", ..] => None,
            ["ROLLBACK", ..] => Some("ROLLBACK"),
            ["XA", ..] => Some("XA"),
            _ => None,
        },
        Dialect::Sqlite => match words.as_slice() {
            ["BEGIN", ..] => Some("BEGIN"),
            ["COMMIT", ..] => Some("COMMIT"),
            ["END", ..] => Some("END"),
            ["ROLLBACK", "TO", ..] | ["ROLLBACK", "TRANSACTION", "TO", ..] => None,
            ["ROLLBACK", ..] => Some("ROLLBACK"),
            _ => None,
        },
        Dialect::Mssql => None,
    }
}

/// The first word of a batch of SQL Server that begins or ends a transaction. COMMIT and ROLLBACK are reserved, so
/// that outside quotes they are always the statement; but `SET ... WITH ROLLBACK IMMEDIATE` is an option.
fn batch_control(batch: &str) -> Option<&'static str> {
    let words: Vec<String> = words(Dialect::Mssql, batch).collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let kind = match (word(0), word(1), word(2)) {
        ("CREATE", "OR", "ALTER") => word(3),
        ("CREATE" | "ALTER", kind, _) => kind,
        _ => "",
    };
    if matches!(kind, "PROC" | "PROCEDURE" | "FUNCTION" | "TRIGGER") {
        return None;
    }
    let is_transaction = |at: usize| matches!(word(at), "TRAN" | "TRANSACTION");
    let mut savepoints = Vec::new();
    for at in 0..words.len() {
        match word(at) {
            "BEGIN"
                if is_transaction(at + 1) || (word(at + 1) == "DISTRIBUTED" && is_transaction(at + 2)) =>
            {
                return Some("BEGIN TRANSACTION");
            }
            "COMMIT" => return Some("COMMIT"),
            "SAVE" if is_transaction(at + 1) => savepoints.push(word(at + 2)),
            "ROLLBACK" if at > 0 && word(at - 1) == "WITH" => {}
            "ROLLBACK" if is_transaction(at + 1) && savepoints.contains(&word(at + 2)) => {}
            "ROLLBACK" => return Some("ROLLBACK"),
            _ => {}
        }
    }
    None
}
