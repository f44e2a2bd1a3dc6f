//! CREATE TABLE, with what comes behind it.

use migrate_core::Error;

use super::{column, comment::Place, constraint, index, name::object};
use crate::{ddl::Statement, schema::Table};

/// The table with its keys and checks; then its indexes, what is not to be checked, and the comments.
pub(super) fn create(table: &Table) -> Result<Vec<Statement>, Error> {
    let name = &table.name;
    let columns =
        table.columns.iter().map(|column| column::line(name, column)).collect::<Result<Vec<_>, _>>()?;
    let mut lines = column::aligned(&columns);
    if let Some(key) = &table.primary_key {
        lines.push(constraint::primary_key(name, key)?);
    }
    for unique in &table.uniques {
        lines.push(constraint::unique(name, unique)?);
    }
    // What is not to be checked is said so behind: inside CREATE TABLE there is no word for it.
    let mut unchecked = Vec::new();
    for check in &table.checks {
        if check.not_valid { &mut unchecked } else { &mut lines }.push(constraint::check(check));
    }
    for key in &table.foreign_keys {
        if key.not_valid { &mut unchecked } else { &mut lines }.push(constraint::foreign_key(name, key)?);
    }
    let mut statements =
        vec![Statement::new(format!("CREATE TABLE {} (\n    {}\n)", object(name), lines.join(",\n    ")))];
    // A clustered index first: the others are built on it.
    let (clustered, others): (Vec<_>, Vec<_>) = table.indexes.iter().partition(|index| index.clustered);
    for index in clustered.into_iter().chain(others) {
        statements.push(Statement::new(index::create(name, index)?));
    }
    for sql in unchecked {
        statements.push(Statement::new(format!("ALTER TABLE {} WITH NOCHECK ADD {sql}", object(name))));
    }
    comments(table, &mut statements)?;
    Ok(statements)
}

fn comments(table: &Table, statements: &mut Vec<Statement>) -> Result<(), Error> {
    let name = &table.name;
    let mut add = |place: Place<'_>, comment: &Option<String>| -> Result<(), Error> {
        statements.extend(place.set(None, comment.as_deref())?);
        Ok(())
    };
    add(Place::table(name), &table.comment)?;
    for column in &table.columns {
        add(Place::column(name, &column.name), &column.comment)?;
    }
    let keys = table.primary_key.iter().map(|key| (&key.name, &key.comment));
    let uniques = table.uniques.iter().map(|unique| (&unique.name, &unique.comment));
    let checks = table.checks.iter().map(|check| (&check.name, &check.comment));
    let foreign_keys = table.foreign_keys.iter().map(|key| (&key.name, &key.comment));
    for (constraint, comment) in keys.chain(uniques).chain(checks).chain(foreign_keys) {
        if let Some(constraint) = constraint {
            add(Place::constraint(name, constraint), comment)?;
        }
    }
    for index in &table.indexes {
        add(Place::index(name, &index.name), &index.comment)?;
    }
    Ok(())
}
