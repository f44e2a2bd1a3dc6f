//! The same change in a dialect without a server: what was there before, worked out from what the first dialect has done.

use std::collections::BTreeSet;

use migrate_core::Dialect;

use super::{
    names::Names,
    same::{as_index, as_unique, put_back, take_away, take_names},
    undone::{
        is_enum, put_column_back, restore_values, undo_alteration, undo_renamed_values,
        with_values_in_its_type,
    },
};
use crate::{
    diff::{self, Renames},
    operation::{Commented, ConstraintKind, Operation},
    schema::{Check, Column, ObjectName, Schema, Table, lists_values},
};

/// Where something is undone.
struct Here<'a> {
    /// What the models give in the other dialect.
    after: &'a Schema,
    /// What the first dialect's names are here.
    names: &'a Names,
    first: Dialect,
}

/// What was there before in another dialect, and what is not known of it.
pub(super) struct Rewound<'o> {
    pub(super) before: Schema,
    /// Operations of the first dialect that have found no counterpart.
    pub(super) lost: Vec<&'o Operation>,
    /// Those that come first: renames, and what goes because something else gets its name. What goes is to be
    /// [`restored`].
    pub(super) gone: &'o [Operation],
}

/// The schema of another dialect before the operations of the first one.
///
/// - `first`: the dialect of the operations.
/// - `after`: what the models give in the other dialect.
/// - `old`: the whole former schema, translated; only what the operations changed is taken from it.
/// - `renames`: what is renamed in the other dialect.
/// - `names`: what the operations' names are there.
pub(super) fn rewind<'o>(
    first: Dialect,
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
    let here = Here { after, names, first };
    let (gone, rest) = operations.split_at(diff::behind_renames(operations));
    for operation in gone {
        match operation {
            Operation::CreateSchema(name) => {
                before.schemas.remove(name);
            }
            Operation::RenameEnumValue { name, .. } => {
                touched.extend(users_of(&names.of(name), after, &old_renamed));
            }
            _ => {}
        }
    }
    for operation in rest {
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
            Operation::CreateSequence(sequence) => {
                before.sequences.remove(&names.of(&sequence.name));
            }
            Operation::DropSequence(sequence) | Operation::AlterSequence { after: sequence, .. } => {
                let name = names.of(&sequence.name);
                match old_renamed.sequences.get(&name) {
                    Some(old) => {
                        before.sequences.insert(name, old.clone());
                    }
                    // There are none anywhere, or none of that name.
                    None if !has_sequences(after.dialect) => {}
                    None => lost.push(operation),
                }
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
            about_a_table => {
                let Some(name) = about_a_table.table().map(|name| names.of(name)) else { continue };
                // A table that only the first dialect has concerns nobody here.
                let Some(now) = before.tables.get_mut(&name) else { continue };
                let nothing = Table::new(name.clone());
                let old = old_renamed.table(&name).unwrap_or(&nothing);
                if !undo(now, old, about_a_table, &here) {
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
        // What an enum is in this dialect may be part of a type, a check or a default of its columns. What this dialect
        // has in its own way of the others is left as it is.
        if let (Some(now), Some(old)) = (before.tables.get_mut(&name), old_renamed.table(&name)) {
            let listed: Vec<_> = old
                .columns
                .iter()
                .filter(|column| old.values_of(after.dialect, &column.name).is_some())
                .map(|column| column.name.clone())
                .collect();
            for column in listed {
                undo_renamed_values(after, now, old, &column);
            }
        }
    }
    for name in renames.tables.values().chain(renames.columns.keys()) {
        if let (Some(now), Some(old)) = (before.tables.get_mut(name), old_renamed.table(name)) {
            take_names(now, old, names);
        }
    }
    Rewound { before: renames.inverse().renamed(&before), lost, gone }
}

/// Puts back what had to go before something else could have its name. Gives what has found no counterpart.
pub(super) fn restored<'o>(
    first: Dialect,
    after: &Schema,
    before: &mut Schema,
    old: &Schema,
    gone: &'o [Operation],
    renames: &Renames,
    names: &Names,
) -> Vec<&'o Operation> {
    let here = Here { after, names, first };
    let mut lost = Vec::new();
    for (at, operation) in gone.iter().enumerate() {
        match operation {
            Operation::DropTable(table) => match old.table(&names.of(&table.name)) {
                Some(old) => before.insert(old.clone()),
                None => lost.push(operation),
            },
            Operation::CreateSchema(_) | Operation::RenameTable { .. } => {}
            operation => {
                let Some(name) = operation.table().map(|name| names.of(name)) else { continue };
                // Tables have their old names until the last of them is renamed, and here all have.
                let is_about_tables = |operation: &Operation| {
                    matches!(operation, Operation::DropTable(_) | Operation::RenameTable { .. })
                };
                let is_former = gone[at..].iter().any(is_about_tables);
                let name = if is_former { name } else { renames.former_table(&name) };
                let Some(now) = before.tables.get_mut(&name) else { continue };
                let nothing = Table::new(name.clone());
                if !undo(now, old.table(&name).unwrap_or(&nothing), operation, &here) {
                    lost.push(operation);
                }
            }
        }
    }
    lost
}

/// Whether the engine has sequences that belong to no column.
const fn has_sequences(dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgres | Dialect::Mariadb | Dialect::Mssql => true,
        Dialect::Mysql | Dialect::Sqlite => false,
    }
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
fn undo(now: &mut Table, old: &Table, operation: &Operation, here: &Here<'_>) -> bool {
    let names = here.names;
    match operation {
        Operation::AddColumn { column, .. } => put_column_back(now, old, &column.name),
        Operation::DropColumn { column, .. } => {
            if old.column(&column.name).is_none() {
                return false;
            }
            put_column_back(now, old, &column.name);
            match here.first {
                // There an enum is text with a check.
                Dialect::Mssql | Dialect::Sqlite => {
                    with_values_in_its_type(here.after.dialect, now, &column.name);
                }
                Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => {}
            }
        }
        Operation::AlterColumn { before, after, .. } => {
            return undo_alteration(here.after, now, old, before, after);
        }
        Operation::RenameValues { column, .. } => return undo_renamed_values(here.after, now, old, column),
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
        Operation::AddCheck { check, .. } | Operation::DropCheck { check, .. } => {
            let listed = listed_by(check, [now, old]).map(|column| column.name.clone());
            let is_enum = |name: &String| now.column(name).is_some_and(|column| is_enum(here.after, column));
            if let Some(name) = listed.as_ref().filter(|name| is_enum(name)) {
                restore_values(here.after, now, old, name);
                return true;
            }
            let is_dropped = matches!(operation, Operation::DropCheck { .. });
            if is_dropped && listed.as_ref().is_some_and(|name| is_doubtful(check, name, now, here)) {
                return false;
            }
            let found = match operation {
                Operation::AddCheck { .. } => take_away(&mut now.checks, &old.checks, check, names),
                _ => put_back(&mut now.checks, &old.checks, check, names),
            };
            // With its column it came, or is back.
            return found || listed.is_some_and(|name| now.column(&name).is_none());
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
        | Operation::FillColumn { .. }
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

/// Whether a dropped check was an enum of a column that stays and is none any more. Whether a type of this dialect was
/// that enum, or a check, cannot be seen.
fn is_doubtful(check: &Check, name: &str, now: &Table, here: &Here<'_>) -> bool {
    // On SQLite only what somebody has named is certain to be a check of its own.
    let may_be_an_enum = match here.first {
        Dialect::Sqlite => check.name.is_none(),
        Dialect::Mssql => true,
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => false,
    };
    let lists = |check: &Check| lists_values(&check.expression, name);
    let is_listed = here.after.table(&now.name).is_some_and(|table| table.checks.iter().any(lists));
    may_be_an_enum && now.column(name).is_some() && !is_listed
}

/// The column whose values a check of the first dialect lists.
fn listed_by<'t>(check: &Check, tables: [&'t Table; 2]) -> Option<&'t Column> {
    let mut columns = tables.into_iter().flat_map(|table| &table.columns);
    columns.find(|column| lists_values(&check.expression, &column.name))
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
