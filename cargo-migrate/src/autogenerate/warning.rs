//! What can fail, or stop a busy database, when the operations run.

use migrate_core::Dialect;
use serde_json::{Value, json};

use super::{
    facts::{Facts, counted},
    narrow::{Shape, narrows},
};
use crate::{operation::Operation, schema::ObjectName};

/// A table with fewer rows than this is indexed before anybody notices.
const MANY_ROWS: u64 = 100_000;

/// Something to know before the revision runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning {
    /// Kebab-case, for programs.
    pub(crate) code: &'static str,
    pub(crate) table: String,
    pub(crate) message: String,
}

impl Warning {
    /// What there is to say of an operation.
    pub(crate) fn of(operation: &Operation, dialect: Dialect, facts: &Facts) -> Option<Self> {
        let warn = |code, table: &ObjectName, message: String| {
            Some(Self { code, table: table.to_string(), message })
        };
        match operation {
            Operation::AddColumn { table, column }
                if !column.nullable
                    && column.default.is_none()
                    && column.generated.is_none()
                    && column.identity.is_none()
                    && facts.rows(table).is_some_and(|rows| rows > 0) =>
            {
                let rows = facts.rows(table).unwrap_or_default();
                warn(
                    "not-null-without-default",
                    table,
                    format!(
                        "{table}.{} is NOT NULL without a default, and the table has {}: add it nullable, fill it, \
                         then set NOT NULL",
                        column.name,
                        counted(rows, "row")
                    ),
                )
            }
            Operation::AlterColumn { table, before, after } => {
                let nulls = match (facts.rows(table), facts.values(table, &before.name)) {
                    (Some(rows), Some(values)) => rows.saturating_sub(values),
                    _ => 0,
                };
                if before.nullable && !after.nullable && nulls > 0 {
                    return warn(
                        "nulls-in-not-null",
                        table,
                        format!(
                            "{table}.{} has {} and becomes NOT NULL: fill what is missing first",
                            before.name,
                            counted(nulls, "NULL")
                        ),
                    );
                }
                let has_rows = facts.rows(table).is_some_and(|rows| rows > 0);
                if has_rows && before.ty != after.ty && rewrites(dialect, &before.ty, &after.ty) {
                    return warn(
                        "rewrites-table",
                        table,
                        format!(
                            "{table}.{} becomes {}: the table is rewritten, and locked meanwhile",
                            before.name, after.ty
                        ),
                    );
                }
                None
            }
            Operation::AddIndex { table, index }
                if dialect == Dialect::Postgres
                    && facts.rows(table).is_some_and(|rows| rows >= MANY_ROWS) =>
            {
                let rows = facts.rows(table).unwrap_or_default();
                warn(
                    "index-blocks-writes",
                    table,
                    format!(
                        "{table} has {rows} rows, and nobody can write while index {} is built: consider CREATE INDEX \
                         CONCURRENTLY in a section `transaction:off`",
                        index.name
                    ),
                )
            }
            _ => None,
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "code": self.code, "table": self.table, "message": self.message })
    }
}

/// Whether a change of type makes the engine write every row anew.
fn rewrites(dialect: Dialect, before: &str, after: &str) -> bool {
    match dialect {
        Dialect::Postgres => {
            let (one, other) = (Shape::of(before), Shape::of(after));
            let is_text = |shape: &Shape| matches!(shape.base.as_str(), "varchar" | "text");
            // Only the limit of a text, or of a number's digits, is relaxed in the catalogue alone.
            let is_relaxed = (is_text(&one) && is_text(&other) || one.base == other.base)
                && !narrows(dialect, before, after);
            !is_relaxed
        }
        Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => Shape::of(before).base != Shape::of(after).base,
        // A rebuild copies the table whatever changes.
        Dialect::Sqlite => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relaxing_a_limit_rewrites_nothing() {
        assert!(!rewrites(Dialect::Postgres, "varchar(10)", "varchar(20)"));
        assert!(!rewrites(Dialect::Postgres, "varchar(10)", "text"));
        assert!(rewrites(Dialect::Postgres, "integer", "bigint"));
        assert!(rewrites(Dialect::Postgres, "varchar(20)", "varchar(10)"));
    }
}
