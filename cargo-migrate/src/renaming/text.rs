//! Names within expressions, in the words of every engine.

use migrate_core::Dialect;

use crate::{
    ddl::{
        mssql::expression,
        postgres::role::{self, Values},
    },
    mysql,
    schema::ObjectName,
    sqlite,
};

/// Whether the expression speaks of a column of its table. When in doubt it does.
pub(crate) fn mentions(dialect: Dialect, expression: &str, column: &str) -> bool {
    match dialect {
        Dialect::Postgres => role::mentions(expression, column),
        Dialect::Mysql | Dialect::Mariadb => mysql::mentions(expression, column),
        Dialect::Mssql => expression::mentions(expression, column),
        Dialect::Sqlite => sqlite::mentions(expression, column),
    }
}

/// The expression with a column under another name.
pub(super) fn with_column_renamed(dialect: Dialect, expression: &str, from: &str, to: &str) -> String {
    match dialect {
        Dialect::Postgres => role::column_renamed(expression, from, to),
        Dialect::Mysql | Dialect::Mariadb => mysql::with_column_renamed(expression, from, to),
        Dialect::Mssql => expression::renamed(expression, from, to),
        Dialect::Sqlite => sqlite::in_expression(expression, from, to),
    }
}

/// The expression with an enumerated type under another name: only PostgreSQL has them.
pub(super) fn with_type_renamed(
    dialect: Dialect,
    expression: &str,
    from: &ObjectName,
    to: &ObjectName,
) -> String {
    match dialect {
        Dialect::Postgres => role::type_renamed(expression, from, to),
        Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite => expression.to_owned(),
    }
}

/// The expression with a value of an enumerated type under another name.
pub(super) fn with_value_renamed(
    dialect: Dialect,
    expression: &str,
    of: &ObjectName,
    columns: &[String],
    is_whole: bool,
    from: &str,
    to: &str,
) -> String {
    match dialect {
        Dialect::Postgres => role::value_renamed(expression, Values { of, columns, is_whole }, from, to),
        Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite => expression.to_owned(),
    }
}

/// The expression with a sequence under another name, or a table where it is spoken of like one.
pub(super) fn with_relation_renamed(
    dialect: Dialect,
    expression: &str,
    from: &ObjectName,
    to: &ObjectName,
) -> String {
    match dialect {
        Dialect::Postgres => role::relation_renamed(expression, from, to),
        Dialect::Mariadb => mysql::with_sequence_renamed(expression, &from.name, &to.name),
        Dialect::Mssql => expression::sequence_renamed(expression, from, to),
        // They have no sequences.
        Dialect::Mysql | Dialect::Sqlite => expression.to_owned(),
    }
}
