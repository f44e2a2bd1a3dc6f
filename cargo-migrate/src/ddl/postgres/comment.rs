use super::{
    name::{beside, literal, name, object},
    writer::Writer,
};
use crate::{ddl::Statement, operation::Commented, schema::ObjectName};

/// What stands between `COMMENT ON` and `IS`.
pub(super) fn subject(on: &Commented) -> String {
    match on {
        Commented::Table(table) => format!("TABLE {}", object(table)),
        Commented::Column { table, column } => column_subject(table, column),
        Commented::Index { table, index } => index_subject(table, index),
        Commented::Constraint { table, constraint } => constraint_subject(table, constraint),
        Commented::Enum(ty) => format!("TYPE {}", object(ty)),
        Commented::Sequence(sequence) => format!("SEQUENCE {}", object(sequence)),
    }
}

pub(super) fn column_subject(table: &ObjectName, column: &str) -> String {
    format!("COLUMN {}.{}", object(table), name(column))
}

pub(super) fn index_subject(table: &ObjectName, index: &str) -> String {
    format!("INDEX {}", beside(table, index))
}

pub(super) fn constraint_subject(table: &ObjectName, constraint: &str) -> String {
    format!("CONSTRAINT {} ON {}", name(constraint), object(table))
}

/// Sets a comment, or takes it away.
pub(super) fn write(writer: &mut Writer, subject: &str, comment: Option<&str>) {
    writer.statement(Statement::new(sql(subject, comment)));
}

pub(super) fn sql(subject: &str, comment: Option<&str>) -> String {
    format!("COMMENT ON {subject} IS {}", comment.map_or_else(|| "NULL".to_owned(), literal))
}
