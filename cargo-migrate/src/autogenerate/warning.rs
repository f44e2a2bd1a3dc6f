//! What can fail, or stop a busy database, when the operations run.

use migrate_core::Dialect;
use serde_json::{Value, json};

use super::{
    facts::{Facts, Offenders, counted},
    fill::is_filled,
    held, locks,
    narrow::{Shape, narrows},
    narrowing::Narrowing,
};
use crate::{
    operation::Operation,
    schema::{Column, ObjectName},
};

/// Something to know before the revision runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning {
    /// Kebab-case, for programs.
    pub(crate) code: &'static str,
    pub(crate) table: String,
    pub(crate) message: String,
}

impl Warning {
    /// What there is to say of the operations. Rows that get a value lack none.
    pub(crate) fn all(operations: &[Operation], dialect: Dialect, facts: &Facts) -> Vec<Self> {
        let said = operations.iter().flat_map(|operation| {
            let is_filled = is_filled(operation, operations);
            let mut said = Self::of(operation, dialect, facts);
            said.retain(|one| {
                !(is_filled && matches!(one.code, "not-null-without-default" | "nulls-in-not-null"))
            });
            said
        });
        said.collect()
    }

    /// What there is to say of an operation.
    fn of(operation: &Operation, dialect: Dialect, facts: &Facts) -> Vec<Self> {
        if let Operation::AlterEnum { before, .. } = operation {
            let said = shrunk(operation, facts);
            return said
                .map(|(code, message)| Self { code, table: before.name.to_string(), message })
                .into_iter()
                .collect();
        }
        let Some(table) = operation.table() else { return Vec::new() };
        let found = [
            without_value(operation, table, facts),
            nulls(operation, table, facts),
            broken(operation, facts),
            rewritten(operation, table, dialect, facts),
            narrowed(operation, table, dialect, facts),
            locks::warning(operation, dialect, facts),
            way_back(operation, table, facts),
        ];
        let found = found.into_iter().flatten();
        found.map(|(code, message)| Self { code, table: table.to_string(), message }).collect()
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "code": self.code, "table": self.table, "message": self.message })
    }
}

/// A code, and what to say.
pub(super) type Said = Option<(&'static str, String)>;

fn without_value(operation: &Operation, table: &ObjectName, facts: &Facts) -> Said {
    let Operation::AddColumn { column, .. } = operation else { return None };
    let rows = facts.rows(table).filter(|rows| *rows > 0 && needs_value(column))?;
    let name = &column.name;
    let message = format!(
        "{table}.{name} is NOT NULL without a default, and the table has {}: say what they get with --fill \
         {table}.{name}=VALUE, or add it nullable, fill it, then set NOT NULL",
        counted(rows, "row")
    );
    Some(("not-null-without-default", message))
}

/// Whether rows that are there get no value for the column.
pub(super) fn needs_value(column: &Column) -> bool {
    !column.nullable && column.default.is_none() && column.generated.is_none() && column.identity.is_none()
}

fn nulls(operation: &Operation, table: &ObjectName, facts: &Facts) -> Said {
    let said = |column: &str, count: u64, then: &str| {
        let message = format!(
            "{table}.{column} has {} and becomes {then}: fill what is missing first",
            counted(count, "NULL")
        );
        ("nulls-in-not-null", message)
    };
    match operation {
        Operation::AlterColumn { before, after, .. } if before.nullable && !after.nullable => {
            let nulls = facts.nulls(table, &before.name).filter(|nulls| *nulls > 0)?;
            Some(said(&before.name, nulls, "NOT NULL"))
        }
        Operation::AddPrimaryKey { key, .. } => {
            let nulls = |column: &&String| facts.nulls(table, column).is_some_and(|nulls| nulls > 0);
            let column = key.columns.iter().find(nulls)?;
            Some(said(column, facts.nulls(table, column)?, "part of the primary key"))
        }
        _ => None,
    }
}

/// Rows that do not obey what is added.
fn broken(operation: &Operation, facts: &Facts) -> Said {
    let found = facts.offenders(operation).filter(|found| found.number() > 0)?;
    let groups = |table: &ObjectName, what: &str| {
        let message = format!(
            "{table}: {} more than once, and {what} wants each of them once: see to the duplicates first",
            if found.number() == 1 { "1 value occurs".to_owned() } else { found.counted("value") + " occur" }
        );
        ("duplicate-rows", message)
    };
    Some(match operation {
        Operation::AddCheck { table, check } => {
            let (verb, name) = (plural(found, "breaks", "break"), named(check.name.as_deref(), "the check"));
            let message = format!(
                "{table}: {} {verb} {name} ({}): mend them first",
                found.counted("row"),
                check.expression
            );
            ("rows-break-check", message)
        }
        Operation::AddForeignKey { table, key } => {
            let (verb, columns) = (plural(found, "refers", "refer"), key.columns.join(", "));
            let message = format!(
                "{table}: {} {verb} to no row of {} ({columns}): mend or delete them first",
                found.counted("row"),
                key.referred_table
            );
            ("rows-without-parent", message)
        }
        Operation::AddPrimaryKey { table, .. } => groups(table, "the primary key"),
        Operation::AddUnique { table, unique } => {
            groups(table, &named(unique.name.as_deref(), "the unique constraint"))
        }
        Operation::AddIndex { table, index } => groups(table, &index.name),
        _ => return None,
    })
}

fn plural(found: Offenders, one: &'static str, many: &'static str) -> &'static str {
    if found.number() == 1 { one } else { many }
}

fn named(name: Option<&str>, otherwise: &str) -> String {
    name.unwrap_or(otherwise).to_owned()
}

fn rewritten(operation: &Operation, table: &ObjectName, dialect: Dialect, facts: &Facts) -> Said {
    let Operation::AlterColumn { before, after, .. } = operation else { return None };
    let has_rows = facts.rows(table).is_some_and(|rows| rows > 0);
    (has_rows && before.ty != after.ty && rewrites(dialect, &before.ty, &after.ty)).then(|| {
        let message = format!(
            "{table}.{} becomes {}: the table is rewritten, and locked meanwhile",
            before.name, after.ty
        );
        ("rewrites-table", message)
    })
}

/// Nothing here is in the way of a narrower type; elsewhere something may be.
fn narrowed(operation: &Operation, table: &ObjectName, dialect: Dialect, facts: &Facts) -> Said {
    let Operation::AlterColumn { before, after, .. } = operation else { return None };
    let narrowing = Narrowing::of(dialect, before, after)?;
    let is_clean = facts.offenders(operation).is_some_and(|found| found.number() == 0)
        || facts.values(table, &before.name) == Some(0);
    is_clean.then(|| {
        let message = format!(
            "{table}.{}: {} becomes {}, which holds less; no value here is {}, but another database may have one",
            before.name,
            before.ty,
            after.ty,
            narrowing.how()
        );
        ("narrows-column", message)
    })
}

/// The same of an enum that is a type of its own. Where no column has the type nothing can be in the way.
fn shrunk(operation: &Operation, facts: &Facts) -> Said {
    let Operation::AlterEnum { before, after } = operation else { return None };
    let gone: Vec<_> = held::gone(operation).into_iter().map(String::as_str).collect();
    let is_used = facts.held(&after.name).next().is_some();
    let is_clean = facts.held_in_all(&after.name).is_some_and(|(_, _, misfits)| misfits.number() == 0);
    (!gone.is_empty() && is_used && is_clean).then(|| {
        let message = format!(
            "drop {} from enum {}, which holds less; no value here is gone from the list, but another database may have \
             one",
            gone.join(", "),
            before.name
        );
        ("narrows-column", message)
    })
}

/// A column that the way back adds without a value for the rows.
fn way_back(operation: &Operation, table: &ObjectName, facts: &Facts) -> Said {
    let Operation::DropColumn { column, .. } = operation else { return None };
    let rows = facts.rows(table).filter(|rows| *rows > 0 && needs_value(column))?;
    let message = format!(
        "the way back has no value of {table}.{} for {}, and it is NOT NULL without a default: give it one in the down \
         section if you may want to go back",
        column.name,
        counted(rows, "row")
    );
    Some(("down-needs-a-value", message))
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
    use crate::schema::{Check, Deferrable, Unique};

    fn name(name: &str) -> ObjectName {
        ObjectName::local(name)
    }

    fn add_check() -> Operation {
        let check = Check {
            name: Some("ck_age".into()),
            expression: "age > 0".into(),
            no_inherit: false,
            not_valid: false,
            comment: None,
        };
        Operation::AddCheck { table: name("users"), check }
    }

    fn add_unique() -> Operation {
        let unique = Unique {
            name: Some("uq_email".into()),
            columns: vec!["email".into()],
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
            clustered: None,
            comment: None,
        };
        Operation::AddUnique { table: name("users"), unique }
    }

    fn said(operation: &Operation, dialect: Dialect, facts: &Facts) -> Vec<(&'static str, String)> {
        Warning::of(operation, dialect, facts).into_iter().map(|one| (one.code, one.message)).collect()
    }

    #[test]
    fn relaxing_a_limit_rewrites_nothing() {
        assert!(!rewrites(Dialect::Postgres, "varchar(10)", "varchar(20)"));
        assert!(!rewrites(Dialect::Postgres, "varchar(10)", "text"));
        assert!(rewrites(Dialect::Postgres, "integer", "bigint"));
        assert!(rewrites(Dialect::Postgres, "varchar(20)", "varchar(10)"));
    }

    #[test]
    fn rows_in_the_way_are_counted() {
        let (check, unique) = (add_check(), add_unique());
        let facts = Facts::of(&[("users", 9)], &[], &[(check.clone(), 1), (unique.clone(), 2)]);
        assert_eq!(
            said(&check, Dialect::Mysql, &facts),
            [("rows-break-check", "users: 1 row breaks ck_age (age > 0): mend them first".to_owned())]
        );
        assert_eq!(
            said(&unique, Dialect::Sqlite, &facts),
            [(
                "duplicate-rows",
                "users: 2 values occur more than once, and uq_email wants each of them once: see to the duplicates \
                 first"
                    .to_owned()
            )]
        );
        let clean = Facts::of(&[("users", 9)], &[], &[(check.clone(), 0)]);
        assert!(said(&check, Dialect::Postgres, &clean).is_empty());
    }

    #[test]
    fn a_narrower_type_that_nothing_minds_is_a_warning() {
        let (before, after) = (Column::new("name", "varchar(9)"), Column::new("name", "varchar(5)"));
        let change = Operation::AlterColumn { table: name("users"), before, after };
        let facts = Facts::of(&[("users", 9)], &[("users", "name", 9)], &[(change.clone(), 0)]);
        let codes: Vec<_> = said(&change, Dialect::Mysql, &facts).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, ["narrows-column"]);
    }

    #[test]
    fn a_way_back_without_a_value_is_said_of_a_table_with_rows() {
        let mut column = Column::new("tags", "text[]");
        column.nullable = false;
        let drop = |column: &Column| Operation::DropColumn { table: name("orders"), column: column.clone() };
        let facts = Facts::of(&[("orders", 3)], &[], &[]);
        assert_eq!(said(&drop(&column), Dialect::Postgres, &facts)[0].0, "down-needs-a-value");
        assert!(said(&drop(&column), Dialect::Postgres, &Facts::of(&[("orders", 0)], &[], &[])).is_empty());
        column.default = Some("'{}'".into());
        assert!(said(&drop(&column), Dialect::Postgres, &facts).is_empty());
    }
}
