//! What SQLite has no word for is refused where it is asked for: left out, it would be missed later.

use migrate_core::{Code, Error};

use crate::{
    operation::Operation,
    schema::{Column, Deferrable, Identity, Index, Table},
};

/// The types that a STRICT table takes ("STRICT Tables", 2).
const STRICT_TYPES: [&str; 6] = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];

pub(super) fn refusal(message: impl Into<String>, help: &str) -> Error {
    Error::new(Code::Unsupported, message).with_help(help)
}

/// Refuses an operation on something that SQLite does not have.
pub(super) fn operation(operation: &Operation) -> Result<(), Error> {
    let (what, help) = match operation {
        Operation::CreateSchema(_) | Operation::DropSchema(_) => {
            ("schemas", "keep all tables in the one database file")
        }
        Operation::CreateEnum(_)
        | Operation::DropEnum(_)
        | Operation::RenameEnum { .. }
        | Operation::RenameEnumValue { .. }
        | Operation::AlterEnum { .. } => ("enumerated types", "use a text column with a check"),
        Operation::CreateSequence(_)
        | Operation::DropSequence(_)
        | Operation::RenameSequence { .. }
        | Operation::AlterSequence { .. } => ("sequences", "use an INTEGER PRIMARY KEY, with AUTOINCREMENT"),
        Operation::AddExclusion { .. } | Operation::DropExclusion { .. } => {
            ("exclusion constraints", "write a trigger that refuses the rows")
        }
        Operation::CreateTable(_)
        | Operation::RenameValues { .. }
        | Operation::FillColumn { .. }
        | Operation::DropTable(_)
        | Operation::RenameTable { .. }
        | Operation::SetTableOption { .. }
        | Operation::AddColumn { .. }
        | Operation::DropColumn { .. }
        | Operation::RenameColumn { .. }
        | Operation::AlterColumn { .. }
        | Operation::AddPrimaryKey { .. }
        | Operation::DropPrimaryKey { .. }
        | Operation::AddUnique { .. }
        | Operation::DropUnique { .. }
        | Operation::AddForeignKey { .. }
        | Operation::DropForeignKey { .. }
        | Operation::AddCheck { .. }
        | Operation::DropCheck { .. }
        | Operation::RenameConstraint { .. }
        | Operation::AddIndex { .. }
        | Operation::DropIndex { .. }
        | Operation::RenameIndex { .. }
        | Operation::SetComment { .. } => return Ok(()),
    };
    Err(refusal(format!("SQLite has no {what}"), help))
}

/// Refuses a table that SQLite could not make as it is.
pub(super) fn table(table: &Table) -> Result<(), Error> {
    let name = &table.name;
    let refuse = |what: String, help: &str| Err(refusal(format!("table {name}: {what}"), help));
    if name.schema.is_some() {
        return refuse("SQLite has no schemas".to_owned(), "keep all tables in the one database file");
    }
    if table.columns.is_empty() {
        return refuse("SQLite has no table without columns".to_owned(), "keep a column, or drop the table");
    }
    if let Some(key) = table.options.keys().find(|key| !["strict", "without_rowid"].contains(&key.as_str())) {
        return refuse(format!("SQLite has no option `{key}`"), "the options are strict and without_rowid");
    }
    if !table.exclusions.is_empty() {
        return refuse(
            "SQLite has no exclusion constraints".to_owned(),
            "write a trigger that refuses the rows",
        );
    }
    if table.has_option("without_rowid") && table.primary_key.is_none() {
        return refuse("WITHOUT ROWID needs a primary key".to_owned(), "give it one, or drop the option");
    }
    let keys = table.primary_key.iter().map(|key| (&key.include, key.deferrable, false));
    let uniques = table.uniques.iter().map(|key| (&key.include, key.deferrable, key.nulls_not_distinct));
    for (include, deferrable, nulls_not_distinct) in keys.chain(uniques) {
        if !include.is_empty() || deferrable != Deferrable::No || nulls_not_distinct {
            return refuse(
                "a key of SQLite knows no INCLUDE, DEFERRABLE or NULLS NOT DISTINCT".to_owned(),
                "state the constraint without them for SQLite",
            );
        }
    }
    if table.foreign_keys.iter().any(|key| key.not_valid) || table.checks.iter().any(|check| check.not_valid)
    {
        return refuse(
            "SQLite has no NOT VALID".to_owned(),
            "mend the rows, and state the constraint as it is",
        );
    }
    table.columns.iter().try_for_each(|column| self::column(table, column))?;
    table.indexes.iter().try_for_each(|index| self::index(table, index))
}

fn column(table: &Table, column: &Column) -> Result<(), Error> {
    let refuse =
        |what: &str, help: &str| Err(refusal(format!("column {}.{}: {what}", table.name, column.name), help));
    match &column.identity {
        None => {}
        Some(Identity::AutoIncrement) if table.row_number() == Some(&column.name) => {}
        Some(Identity::AutoIncrement) => {
            return refuse(
                "SQLite takes AUTOINCREMENT only on an INTEGER PRIMARY KEY of a table with rowids",
                "make it the primary key and of the type INTEGER, or leave the numbering out",
            );
        }
        Some(Identity::Always(_) | Identity::ByDefault(_) | Identity::Serial | Identity::Seeded { .. }) => {
            return refuse("SQLite has no such identity", "use an INTEGER PRIMARY KEY, with AUTOINCREMENT");
        }
    }
    if column.on_update.is_some() {
        return refuse("SQLite has no ON UPDATE", "write a trigger that sets the column");
    }
    if column.charset.is_some() || column.invisible {
        return refuse("SQLite has no character sets and no invisible columns", "leave them out for SQLite");
    }
    if table.has_option("strict") && !STRICT_TYPES.iter().any(|ty| column.ty.eq_ignore_ascii_case(ty)) {
        return refuse(
            &format!("a STRICT table does not take the type `{}`", column.ty),
            "its types are INT, INTEGER, REAL, TEXT, BLOB and ANY",
        );
    }
    Ok(())
}

fn index(table: &Table, index: &Index) -> Result<(), Error> {
    let is_plain = index.include.is_empty()
        && index.method.is_none()
        && !index.nulls_not_distinct
        && !index.clustered
        && !index.invisible
        && index.options.is_empty()
        && index
            .keys
            .iter()
            .all(|key| key.nulls.is_none() && key.operator_class.is_none() && key.prefix.is_none());
    if is_plain {
        return Ok(());
    }
    Err(refusal(
        format!(
            "index {} of {}: an index of SQLite has keys, collations, directions and a condition, and nothing else",
            index.name, table.name
        ),
        "state the rest for the other engines alone",
    ))
}
