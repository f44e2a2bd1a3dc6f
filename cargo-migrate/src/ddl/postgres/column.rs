//! Columns: as `CREATE TABLE` and `ADD COLUMN` have them, and how they change.

use migrate_core::{Code, Error};

use super::{
    dependents, identity,
    index::collation_name,
    name::name,
    text,
    ty::{conversion, integer, is_same_kind},
    writer::Writer,
};
use crate::schema::{Column, Identity, ObjectName, Schema};

/// A column in three parts, so that those of a table can stand below one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) ty: String,
    /// What follows the type, perhaps nothing.
    pub(super) rest: String,
}

/// The column as a definition. What `serial` says by itself but must not hold is added by [`behind_serial`].
///
/// # Errors
/// [`Code::Unsupported`] for a way of numbering that the engine does not have.
pub(super) fn definition(column: &Column) -> Result<Definition, Error> {
    let mut ty = column.ty.clone();
    let mut rest = Vec::new();
    if let Some(collation) = &column.collation {
        rest.push(format!("COLLATE {}", collation_name(collation)));
    }
    match &column.identity {
        Some(Identity::Serial) => identity::serial_type(column)?.clone_into(&mut ty),
        Some(Identity::Always(_) | Identity::ByDefault(_)) => {}
        Some(Identity::AutoIncrement | Identity::Seeded { .. }) => return Err(foreign_identity(column)),
        None if !column.nullable => rest.push("NOT NULL".to_owned()),
        None => {}
    }
    if let Some(default) = &column.default {
        rest.push(format!("DEFAULT {}", text::default(default)));
    }
    if let Some(clause) = identity::clause(column.identity.as_ref()) {
        rest.push(clause);
    }
    if let Some(generated) = &column.generated {
        let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
        rest.push(format!("GENERATED ALWAYS AS ({}) {kept}", generated.expression));
    }
    Ok(Definition { name: name(&column.name), ty, rest: rest.join(" ") })
}

/// Such a column cannot be written down.
pub(super) fn foreign_identity(column: &Column) -> Error {
    Error::new(
        Code::Unsupported,
        format!("PostgreSQL does not number the column {} in this way", column.name.escape_debug()),
    )
    .with_help("make it an identity, or a serial, for this engine")
}

/// The clause that takes off what `serial` says and the column does not: NOT NULL.
pub(super) fn behind_serial(column: &Column) -> Option<String> {
    let is_serial = matches!(column.identity, Some(Identity::Serial));
    (is_serial && column.nullable).then(|| format!("ALTER COLUMN {} DROP NOT NULL", name(&column.name)))
}

/// Adds the column to a table that may have rows.
pub(super) fn add(writer: &mut Writer, table: &ObjectName, column: &Column) -> Result<(), Error> {
    let Definition { name, ty, rest } = definition(column)?;
    let space = if rest.is_empty() { "" } else { " " };
    let clause = format!("ADD COLUMN {name} {ty}{space}{rest}");
    if column.generated.is_some() {
        writer.computed_column(table, clause);
    } else {
        writer.column(table, clause);
    }
    let has_values = column.default.is_some() || column.generated.is_some() || column.identity.is_some();
    if !column.nullable && !has_values {
        writer.review(format!(
            "fails if {table} has rows: add {} without NOT NULL, fill it, then SET NOT NULL; or give it a default",
            column.name
        ));
    }
    if let Some(clause) = behind_serial(column) {
        // Joined, the server would take the second clause first.
        writer.close();
        writer.alter(table, clause);
    }
    Ok(())
}

/// Changes the column in place. Where that cannot be done the plan has replaced it.
pub(super) fn alter(
    writer: &mut Writer,
    now: &Schema,
    table: &ObjectName,
    before: &Column,
    after: &Column,
) -> Result<(), Error> {
    let numbers = identity::Change::between(now, table, before, after)?;
    numbers.prepare(writer);

    let column = name(&after.name);
    let retyped = before.ty != after.ty || before.collation != after.collation;
    let recast = !is_same_kind(&before.ty, &after.ty);
    if before.generated.is_some() && after.generated.is_none() {
        writer.alter(table, format!("ALTER COLUMN {column} DROP EXPRESSION"));
    }
    if numbers.drops_identity() {
        writer.alter(table, format!("ALTER COLUMN {column} DROP IDENTITY"));
    }
    // The server looks at the type as if the column were still what it was.
    if retyped && (before.generated.is_some() || numbers.drops_identity()) {
        writer.close();
    }
    let drops_default = before.default.is_some() && (after.default.is_none() || recast);
    if drops_default || numbers.drops_serial() {
        writer.alter(table, format!("ALTER COLUMN {column} DROP DEFAULT"));
    }
    if !before.nullable && after.nullable {
        writer.alter(table, format!("ALTER COLUMN {column} DROP NOT NULL"));
    }
    if retyped {
        retype(writer, table, before, after);
        dependents::say(writer, now, table, Some(&after.name));
    }
    if let Some(default) = &after.default
        && (before.default.as_ref() != Some(default) || drops_default)
    {
        writer.alter(table, format!("ALTER COLUMN {column} SET DEFAULT {default}"));
    }
    if before.nullable && !after.nullable {
        writer.alter(table, format!("ALTER COLUMN {column} SET NOT NULL"));
        if !writer.is_filled(table, &after.name) {
            writer.review(format!(
                "fails if a row of {table} has no {name}: fill it before (UPDATE ... SET {column} = ... WHERE {column} IS NULL)",
                name = after.name
            ));
        }
    }
    if retyped && numbers.adds_identity() {
        writer.close();
    }
    numbers.finish(writer);
    Ok(())
}

fn retype(writer: &mut Writer, table: &ObjectName, before: &Column, after: &Column) {
    let column = name(&after.name);
    let mut clause = format!("ALTER COLUMN {column} TYPE {}", after.ty);
    if let Some(collation) = &after.collation {
        clause += &format!(" COLLATE {}", collation_name(collation));
    }
    if before.ty == after.ty {
        writer.column(table, clause);
        return;
    }
    let conversion = conversion(&after.name, &before.ty, &after.ty);
    if let Some(using) = &conversion.using {
        clause += &format!(" USING {using}");
    }
    writer.column(table, clause);
    // Two integer types of a numbered column differ by what the numbers can reach.
    let is_numbered = after.identity.is_some() && integer(&before.ty).is_some();
    if let Some(review) = conversion.review
        && !(is_numbered && integer(&after.ty) == Some("bigint"))
    {
        let count = writer.counted(table, &after.name);
        writer.review(format!("{review}{count}"));
    }
}
