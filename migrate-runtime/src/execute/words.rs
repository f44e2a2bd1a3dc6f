//! What a statement's words tell of its kind. Upper-cased: what is quoted keeps its quotes, and is no keyword.

use migrate_core::{Dialect, sql};

use super::batch;

/// The words and punctuation marks of one statement.
pub(super) type Words = Vec<String>;

/// The statements in what is sent as one: what stands between `migrate:begin` and `migrate:end`, or a batch of SQL
/// Server, may be several. When in doubt, more than there are.
pub(super) fn statements(dialect: Dialect, text: &str) -> Vec<Words> {
    let words =
        |text| -> Words { sql::tokens(dialect, text).iter().map(|t| t.to_ascii_uppercase()).collect() };
    match dialect {
        Dialect::Mssql => batch::statements(words(text)),
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => {
            if !text.contains(';') {
                return vec![words(text)];
            }
            match sql::split(dialect, text, 0..text.len()) {
                Ok(pieces) => {
                    pieces.into_iter().filter_map(|piece| text.get(piece.span)).map(words).collect()
                }
                Err(_) => text.split(';').map(words).collect(),
            }
        }
    }
}

/// The statement itself, without the settings that MariaDB's `SET STATEMENT ... FOR` puts before it.
pub(super) fn bare(words: &[String]) -> &[String] {
    if !begins(words, &["SET", "STATEMENT"]) {
        return words;
    }
    let start = words.iter().position(|word| word == "FOR").map_or(words.len(), |at| at + 1);
    words.get(start..).unwrap_or_default()
}

/// Whether the words begin with these.
pub(super) fn begins(words: &[String], with: &[&str]) -> bool {
    words.len() >= with.len() && words.iter().zip(with).all(|(word, with)| word == with)
}

/// Whether one of the words is this.
pub(super) fn has(words: &[String], word: &str) -> bool {
    words.iter().any(|other| other == word)
}

/// Whether these stand somewhere, one behind the other.
pub(super) fn has_run(words: &[String], run: &[&str]) -> bool {
    words.windows(run.len()).any(|window| begins(window, run))
}

/// The word that says what a CREATE, ALTER or DROP is about, without what may stand before it.
pub(super) fn kind(words: &[String]) -> &str {
    let skipped = ["OR", "REPLACE", "ALTER", "TEMP", "TEMPORARY", "GLOBAL", "LOCAL", "UNLOGGED", "UNIQUE"];
    let mut rest = words.iter().skip(1).map(String::as_str);
    rest.find(|word| !skipped.contains(word)).unwrap_or_default()
}
