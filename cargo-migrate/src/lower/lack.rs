use migrate_core::Dialect;

/// What an engine does not have.
#[derive(Debug)]
pub(super) struct Lack {
    /// What follows the thing that it is about.
    pub(super) message: String,
    pub(super) help: String,
    /// Nobody has said what a type is on this engine.
    pub(super) unresolved: bool,
}

impl Lack {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into(), unresolved: false }
    }

    /// A column's type.
    pub(super) fn of_type(dialect: Dialect, what: &str) -> Self {
        Self::new(
            format!("is {what}, which {} does not have", engine(dialect)),
            format!(
                "say what it is there: `#[column({dialect}(type = \"...\"))]`, or leave the table to other engines: \
                 `#[table(only(...))]`"
            ),
        )
    }
}

/// The engine's name for people.
pub(super) const fn engine(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "PostgreSQL",
        Dialect::Mysql => "MySQL",
        Dialect::Mariadb => "MariaDB",
        Dialect::Mssql => "SQL Server",
        Dialect::Sqlite => "SQLite",
    }
}
