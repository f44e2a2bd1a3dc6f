//! The columns of a table in another dialect, as they were before the first dialect changed them.
//!
//! Only what was changed there is undone: of a type that is one for the first dialect and several for another, what the
//! models say is right here.

use migrate_core::Dialect;

use crate::{
    mysql,
    schema::{Column, Schema, Table, lists_values},
};

/// Undoes that a column was added or dropped: it is in its old place, or gone.
pub(super) fn put_column_back(now: &mut Table, old: &Table, name: &str) {
    let position = now.columns.iter().position(|column| column.name == name);
    let old_position = old.columns.iter().position(|column| column.name == name);
    match (position, old_position.map(|at| (at, old.columns[at].clone()))) {
        (Some(at), Some((_, column))) => now.columns[at] = column,
        (Some(at), None) => {
            now.columns.remove(at);
        }
        (None, Some((at, column))) => now.columns.insert(at.min(now.columns.len()), column),
        (None, None) => {}
    }
    now.checks.retain(|check| !lists_values(&check.expression, name));
    now.checks.extend(old.checks.iter().filter(|check| lists_values(&check.expression, name)).cloned());
}

/// Undoes what was altered of a column. Whether it is there.
pub(super) fn undo_alteration(
    after: &Schema,
    now: &mut Table,
    old: &Table,
    before: &Column,
    altered: &Column,
) -> bool {
    let Some(column) = now.columns.iter_mut().find(|column| column.name == altered.name) else {
        return false;
    };
    let Some(was) = old.column(&altered.name) else {
        // Its type is not to be had here: whether it may be NULL is said in the same word everywhere.
        let as_before = Column { nullable: before.nullable, ..altered.clone() };
        column.nullable = before.nullable;
        return as_before == *before;
    };
    macro_rules! undo {
        ($($field:ident),+) => {$(
            if before.$field != altered.$field {
                column.$field.clone_from(&was.$field);
            }
        )+};
    }
    undo!(ty, nullable, default, default_name, generated, identity, collation, charset, on_update, invisible);
    if before.ty != altered.ty {
        restore_values(after, now, old, &altered.name);
    }
    true
}

/// Undoes that values of a column were renamed, as far as it is not done by renaming them back. Whether it is there.
pub(super) fn undo_renamed_values(after: &Schema, now: &mut Table, old: &Table, name: &str) -> bool {
    let Some(was) = old.column(name) else { return false };
    let Some(column) = now.columns.iter_mut().find(|column| column.name == name) else { return false };
    column.default.clone_from(&was.default);
    restore_values(after, now, old, name);
    true
}

/// The values that a column may have are those that it might have before: in its type, or in a check.
pub(super) fn restore_values(after: &Schema, now: &mut Table, old: &Table, name: &str) {
    now.checks.retain(|check| !lists_values(&check.expression, name));
    let lists = |column: &&mut Column| column.name == name;
    let listed = old.values_of(after.dialect, name);
    match now.columns.iter_mut().find(lists) {
        Some(column) if is_enum(after, column) => match (listed, old.column(name)) {
            (Some(values), _) if is_listed(after.dialect, column) => column.ty = enum_of(&values),
            // It was none.
            (None, Some(was)) if !is_enum(after, was) => column.ty.clone_from(&was.ty),
            _ => {}
        },
        _ => {
            now.checks
                .extend(old.checks.iter().filter(|check| lists_values(&check.expression, name)).cloned());
        }
    }
}

/// Whether the type of a column is an enum in this dialect.
pub(super) fn is_enum(after: &Schema, column: &Column) -> bool {
    is_listed(after.dialect, column) || after.enums.keys().any(|ty| ty.to_string() == column.ty)
}

/// Whether the values stand in the type itself.
fn is_listed(dialect: Dialect, column: &Column) -> bool {
    matches!(dialect, Dialect::Mysql | Dialect::Mariadb) && column.ty.starts_with("enum(")
}

/// A column that is gone was an enum, where its values are in its type here and in a check in the first dialect.
pub(super) fn with_values_in_its_type(dialect: Dialect, now: &mut Table, name: &str) {
    match dialect {
        Dialect::Mysql | Dialect::Mariadb => {}
        // A type of its own is looked for by its values.
        Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => return,
    }
    let Some(values) = now.values_of(dialect, name) else { return };
    now.checks.retain(|check| !lists_values(&check.expression, name));
    if let Some(column) = now.columns.iter_mut().find(|column| column.name == name) {
        column.ty = enum_of(&values);
    }
}

fn enum_of(values: &[String]) -> String {
    let values: Vec<_> = values.iter().map(|value| mysql::literal(value)).collect();
    format!("enum({})", values.join(","))
}
