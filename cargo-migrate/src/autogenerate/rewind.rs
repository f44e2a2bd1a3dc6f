//! The same change in a dialect without a server: what was there before, worked out from what the first dialect has done.

use std::collections::BTreeSet;

use migrate_core::Dialect;

use super::{
    names::Names,
    same::{as_index, as_unique, put_back, take_away},
};
use crate::{
    diff::Renames,
    operation::{Commented, ConstraintKind, Operation},
    schema::{Check, ObjectName, Schema, Table},
};

/// What was there before in another dialect, and what is not known of it.
pub(super) struct Rewound<'o> {
    pub(super) before: Schema,
    /// Operations of the first dialect that have found no counterpart.
    pub(super) lost: Vec<&'o Operation>,
}

/// The schema of another dialect before the operations of the first one.
///
/// - `after`: what the models give in the other dialect.
/// - `old`: the whole former schema, translated; only what the operations changed is taken from it.
/// - `renames`: what is renamed in the other dialect.
/// - `names`: what the operations' names are there.
pub(super) fn rewind<'o>(
    after: &Schema,
    old: &Schema,
    operations: &'o [Operation],
    renames: &Renames,
    names: &Names,
) -> Rewound<'o> {
    // In the old schema everything has its old name; to be set side by side it gets the new one.
    let old_renamed = renames.renamed(old);
    let is_mysql = matches!(after.dialect, Dialect::Mysql | Dialect::Mariadb);
    let mut before = after.clone();
    let mut touched: BTreeSet<ObjectName> = BTreeSet::new();
    let mut lost = Vec::new();
    for operation in operations {
        match operation {
            Operation::CreateSchema(name) => {
                before.schemas.remove(name);
            }
            Operation::DropSchema(name) => {
                if names.has_schemas() {
                    before.schemas.insert(name.clone());
                }
            }
            Operation::CreateTable(table) => {
                before.tables.remove(&names.of(&table.name));
            }
            Operation::DropTable(table) => {
                let name = names.of(&table.name);
                match old_renamed.table(&name) {
                    Some(old) => before.insert(old.clone()),
                    None => lost.push(operation),
                }
            }
            Operation::CreateEnum(ty) => {
                before.enums.remove(&names.of(&ty.name));
            }
            Operation::DropEnum(ty) | Operation::AlterEnum { after: ty, .. } => {
                let name = names.of(&ty.name);
                before.enums.extend(old_renamed.enums.get(&name).map(|old| (name.clone(), old.clone())));
                touched.extend(users_of(&name, after, &old_renamed));
            }
            Operation::RenameEnumValue { name, .. } => {
                touched.extend(users_of(&names.of(name), after, &old_renamed));
            }
            // Where a type lists the values it is renamed at the end; a check is not.
            Operation::RenameValues { table, column, values } => {
                let dialect = before.dialect;
                if let Some(table) = before.tables.get_mut(&names.of(table)) {
                    let back = values.iter().map(|(from, to)| (to.clone(), from.clone())).collect();
                    table.rename_listed(dialect, column, &back);
                }
            }
            Operation::CreateSequence(sequence) => {
                before.sequences.remove(&names.of(&sequence.name));
            }
            Operation::DropSequence(sequence) | Operation::AlterSequence { after: sequence, .. } => {
                let name = names.of(&sequence.name);
                let old = old_renamed.sequences.get(&name);
                before.sequences.extend(old.map(|old| (name, old.clone())));
            }
            Operation::SetComment { on: Commented::Enum(name), before: comment, .. } => {
                if let Some(ty) = before.enums.get_mut(&names.of(name)) {
                    ty.comment.clone_from(comment);
                }
            }
            Operation::SetComment { on: Commented::Sequence(name), before: comment, .. } => {
                if let Some(sequence) = before.sequences.get_mut(&names.of(name)) {
                    sequence.comment.clone_from(comment);
                }
            }
            // The renames are applied to the whole at the end.
            Operation::RenameTable { .. }
            | Operation::RenameColumn { .. }
            | Operation::RenameEnum { .. }
            | Operation::RenameSequence { .. } => {}
            about_a_table => {
                let Some(name) = about_a_table.table().map(|name| names.of(name)) else { continue };
                // A table that only the first dialect has concerns nobody here.
                let Some(now) = before.tables.get_mut(&name) else { continue };
                let nothing = Table::new(name.clone());
                let old = old_renamed.table(&name).unwrap_or(&nothing);
                if !undo(now, old, about_a_table, names) {
                    lost.push(operation);
                }
                if let (false, Operation::AddIndex { index, .. } | Operation::DropIndex { index, .. }) =
                    (is_mysql, about_a_table)
                {
                    constrain(now, &index.name);
                }
            }
        }
    }
    for name in touched {
        // What an enum is in this dialect may be part of a type, a check or a default of its columns.
        if let (Some(now), Some(old)) = (before.tables.get_mut(&name), old_renamed.table(&name)) {
            now.columns.clone_from(&old.columns);
            now.checks.clone_from(&old.checks);
        }
    }
    if is_mysql {
        before.tables.values_mut().for_each(Table::list_values_in_types);
    }
    Rewound { before: renames.inverse().renamed(&before), lost }
}

/// The tables with a column of the enum, as far as the first dialect's names tell.
fn users_of(name: &ObjectName, after: &Schema, old: &Schema) -> Vec<ObjectName> {
    let words = [name.to_string(), name.name.clone()];
    let uses = |table: &Table| {
        table.columns.iter().any(|column| {
            let ty = column.ty.trim_end_matches("[]");
            words.iter().any(|word| word == ty) || ty.starts_with("enum(")
        }) || !table.checks.is_empty()
    };
    let all = after.tables.values().chain(old.tables.values()).filter(|table| uses(table));
    all.map(|table| table.name.clone()).collect()
}

/// Undoes one change of a table. Whether what it is about has a counterpart.
fn undo(now: &mut Table, old: &Table, operation: &Operation, names: &Names) -> bool {
    match operation {
        Operation::AddColumn { column, .. } => {
            put_column_back(now, old, &column.name);
            restore_values(now, old, &column.name);
        }
        Operation::DropColumn { column, .. } | Operation::AlterColumn { after: column, .. } => {
            if old.column(&column.name).is_none() {
                return false;
            }
            put_column_back(now, old, &column.name);
            restore_values(now, old, &column.name);
        }
        Operation::AddPrimaryKey { .. } => now.primary_key.clone_from(&old.primary_key),
        Operation::DropPrimaryKey { .. } => {
            if old.primary_key.is_none() {
                return false;
            }
            now.primary_key.clone_from(&old.primary_key);
        }
        // A unique constraint is an index on MySQL.
        Operation::AddUnique { unique, .. } => {
            let constraint = take_away(&mut now.uniques, &old.uniques, unique, names);
            return take_away(&mut now.indexes, &old.indexes, &as_index(unique), names) || constraint;
        }
        Operation::DropUnique { unique, .. } => {
            let constraint = put_back(&mut now.uniques, &old.uniques, unique, names);
            return put_back(&mut now.indexes, &old.indexes, &as_index(unique), names) || constraint;
        }
        Operation::AddIndex { index, .. } => {
            let constraint = as_unique(index)
                .is_some_and(|unique| take_away(&mut now.uniques, &old.uniques, &unique, names));
            return take_away(&mut now.indexes, &old.indexes, index, names) || constraint;
        }
        Operation::DropIndex { index, .. } => {
            let constraint = as_unique(index)
                .is_some_and(|unique| put_back(&mut now.uniques, &old.uniques, &unique, names));
            return put_back(&mut now.indexes, &old.indexes, index, names) || constraint;
        }
        Operation::AddForeignKey { key, .. } => {
            return take_away(&mut now.foreign_keys, &old.foreign_keys, key, names);
        }
        Operation::DropForeignKey { key, .. } => {
            return put_back(&mut now.foreign_keys, &old.foreign_keys, key, names);
        }
        // What is an enum here is a list of values in a check there, and comes and goes with its column.
        Operation::AddCheck { check, .. } => {
            return take_away(&mut now.checks, &old.checks, check, names) || lists_values(check, now, old);
        }
        Operation::DropCheck { check, .. } => {
            return put_back(&mut now.checks, &old.checks, check, names) || lists_values(check, now, old);
        }
        Operation::AddExclusion { exclusion, .. } | Operation::DropExclusion { exclusion, .. } => {
            now.exclusions.retain(|found| found.name != exclusion.name);
            now.exclusions
                .extend(old.exclusions.iter().filter(|found| found.name == exclusion.name).cloned());
        }
        Operation::RenameIndex { from, to, .. } => {
            for index in now.indexes.iter_mut().filter(|index| index.name == *to) {
                index.name.clone_from(from);
            }
        }
        Operation::RenameConstraint { kind, from, to, .. } => {
            let is_nameless = *kind == ConstraintKind::PrimaryKey
                && now.primary_key.as_ref().is_none_or(|key| key.name.is_none());
            return rename_constraint(now, to, from) || is_nameless;
        }
        Operation::SetTableOption { key, .. } => match old.options.get(key) {
            Some(value) => {
                now.options.insert(key.clone(), value.clone());
            }
            None => {
                now.options.remove(key);
            }
        },
        Operation::SetComment { on, before, .. } => match on {
            Commented::Table(_) => now.comment.clone_from(before),
            Commented::Column { column, .. } => {
                if let Some(column) = now.columns.iter_mut().find(|found| found.name == *column) {
                    column.comment.clone_from(before);
                }
            }
            Commented::Index { index, .. } => {
                if let Some(index) = now.indexes.iter_mut().find(|found| found.name == *index) {
                    index.comment.clone_from(before);
                }
            }
            // Only PostgreSQL has comments on constraints.
            Commented::Constraint { .. } | Commented::Enum(_) | Commented::Sequence(_) => {}
        },
        Operation::CreateSchema(_)
        | Operation::DropSchema(_)
        | Operation::CreateEnum(_)
        | Operation::DropEnum(_)
        | Operation::RenameEnum { .. }
        | Operation::RenameEnumValue { .. }
        | Operation::RenameValues { .. }
        | Operation::AlterEnum { .. }
        | Operation::CreateSequence(_)
        | Operation::DropSequence(_)
        | Operation::RenameSequence { .. }
        | Operation::AlterSequence { .. }
        | Operation::CreateTable(_)
        | Operation::DropTable(_)
        | Operation::RenameTable { .. }
        | Operation::RenameColumn { .. } => {}
    }
    true
}

/// Where an enum is a check, it is what it was for the column.
fn restore_values(now: &mut Table, old: &Table, column: &str) {
    now.checks.retain(|check| !is_list_of_values(&check.expression, column));
    let lists = |check: &&Check| is_list_of_values(&check.expression, column);
    now.checks.extend(old.checks.iter().filter(lists).cloned());
}

/// Whether a check of the first dialect is an enum of one of the columns.
fn lists_values(check: &Check, now: &Table, old: &Table) -> bool {
    let mut columns = now.columns.iter().chain(&old.columns);
    columns.any(|column| is_list_of_values(&check.expression, &column.name))
}

/// Makes a unique constraint of the unique index of this name, where its name says that it is one: MySQL, from which it
/// may come, does not tell the two apart.
fn constrain(table: &mut Table, name: &str) {
    if !name.starts_with("uq_") || table.uniques.iter().any(|unique| unique.name.as_deref() == Some(name)) {
        return;
    }
    let found = table.indexes.iter().filter(|index| index.name == name).find_map(as_unique);
    if let Some(unique) = found {
        table.indexes.retain(|index| index.name != name);
        table.uniques.push(unique);
    }
}

/// Whether a check says which values a column may have: `state IN ('open', 'done')`.
pub(super) fn is_list_of_values(expression: &str, column: &str) -> bool {
    let plain: String = expression.chars().filter(|letter| !"\"`[]".contains(*letter)).collect();
    plain.strip_prefix(column).is_some_and(|rest| rest.to_uppercase().starts_with(" IN ("))
}

/// A column in its old place, or none.
fn put_column_back(now: &mut Table, old: &Table, name: &str) {
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
}

/// Whether there was one of the name.
fn rename_constraint(table: &mut Table, from: &str, to: &str) -> bool {
    let mut found = false;
    let names = table
        .primary_key
        .iter_mut()
        .map(|key| &mut key.name)
        .chain(table.uniques.iter_mut().map(|unique| &mut unique.name))
        .chain(table.foreign_keys.iter_mut().map(|key| &mut key.name))
        .chain(table.checks.iter_mut().map(|check| &mut check.name));
    for name in names.flatten().filter(|name| *name == from) {
        to.clone_into(name);
        found = true;
    }
    for index in table.indexes.iter_mut().filter(|index| index.name == from) {
        to.clone_into(&mut index.name);
        found = true;
    }
    found
}
