//! CREATE TABLE.

use migrate_core::{Dialect, Error};

use super::{column, key, option};
use crate::schema::{Schema, Table};

/// One column a line, names and types aligned; then keys, indexes, foreign keys by name, and checks.
pub(super) fn create(dialect: Dialect, table: &Table, live: &Schema) -> Result<String, Error> {
    let columns: Vec<_> =
        table.columns.iter().map(|column| column::definition(dialect, table, column)).collect();
    let width = |text: fn(&column::Definition) -> &str| {
        columns.iter().map(|column| text(column).chars().count()).max().unwrap_or_default()
    };
    let (name_width, ty_width) = (width(|column| &column.name), width(|column| &column.ty));
    let mut lines: Vec<String> = columns
        .iter()
        .map(|column| {
            let line = format!("{:name_width$} {:ty_width$} {}", column.name, column.ty, column.rest);
            line.trim_end().to_owned()
        })
        .collect();
    lines.extend(table.primary_key.iter().map(key::primary_key));
    for index in &table.indexes {
        lines.push(key::index(dialect, &table.name, index)?);
    }
    for foreign_key in &table.foreign_keys {
        lines.push(key::foreign_key(dialect, &table.name, foreign_key, live)?);
    }
    let stands_alone = |check: &&crate::schema::Check| {
        !table.columns.iter().any(|one| column::own_check(dialect, table, one) == Some(check))
    };
    for check in table.checks.iter().filter(stands_alone) {
        lines.push(key::check(dialect, &table.name, check)?);
    }
    let options = option::of_create(&table.options, table.comment.as_ref());
    let space = if options.is_empty() { "" } else { " " };
    Ok(format!(
        "CREATE TABLE {} (\n    {}\n){space}{options}",
        key::table_name(&table.name),
        lines.join(",\n    ")
    ))
}
