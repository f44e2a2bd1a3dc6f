//! Operations as SQL: one file, or one folder, for each engine. Pure.

mod fill;
pub(crate) mod mssql;
mod mysql;
mod notes;
pub(crate) mod postgres;
mod sqlite;
mod values;

use migrate_core::{Dialect, Error};

pub(crate) use notes::Notes;

use crate::{operation::Operation, schema::Schema, wrap::WIDTH};

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Without a semicolon at its end; over several lines where that reads better.
    pub(crate) sql: String,
    /// What a human must look at before it runs: each becomes a comment `-- review: ...` above the statement.
    pub(crate) reviews: Vec<String>,
}

impl Statement {
    /// A statement that needs nobody's eye.
    pub(crate) fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), reviews: Vec::new() }
    }

    /// With a word to the reviewer.
    pub(crate) fn with_review(mut self, review: impl Into<String>) -> Self {
        self.reviews.push(review.into());
        self
    }
}

/// A list of operations, with the schemas before the first and behind the last of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Script<'a> {
    pub(crate) operations: &'a [Operation],
    pub(crate) before: &'a Schema,
    pub(crate) after: &'a Schema,
}

/// The statements that carry the operations out, in their order.
///
/// # Errors
/// [`migrate_core::Code::Unsupported`] for what the dialect's engine cannot do, with what to do instead.
pub(crate) fn render(dialect: Dialect, script: &Script<'_>) -> Result<Vec<Statement>, Error> {
    render_noted(dialect, script, &Notes::default())
}

/// The same, with a word to the reviewer above the statements that carry the noted operations out.
///
/// # Errors
/// As for [`render`].
pub(crate) fn render_noted(
    dialect: Dialect,
    script: &Script<'_>,
    notes: &Notes,
) -> Result<Vec<Statement>, Error> {
    let steps = match dialect {
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => {
            fill::in_steps(script.operations)
        }
        Dialect::Sqlite => script.operations.to_vec(),
    };
    let script = &Script { operations: &steps, ..*script };
    match dialect {
        Dialect::Postgres => postgres::render(script, notes),
        Dialect::Mysql | Dialect::Mariadb => mysql::render(dialect, script, notes),
        Dialect::Mssql => mssql::render(script, notes),
        Dialect::Sqlite => sqlite::render(script, notes),
    }
}

/// A foreign key in the two parts of its definition, on two lines where one would be too wide for a page.
pub(super) fn foreign_key(columns: &str, references: &str) -> String {
    let line = format!("{columns} {references}");
    if line.chars().count() + 4 <= WIDTH { line } else { format!("{columns}\n        {references}") }
}

/// The name in the dialect's quotes, whether it needs them or not.
pub(crate) fn quote(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
        Dialect::Mysql | Dialect::Mariadb => format!("`{}`", name.replace('`', "``")),
        Dialect::Mssql => format!("[{}]", name.replace(']', "]]")),
    }
}
