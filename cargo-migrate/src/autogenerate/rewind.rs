//! The same change in another dialect: what was there before, of which only the first dialect has a database.

use std::collections::BTreeSet;

use migrate_core::Dialect;

use crate::{
    diff::Renames,
    operation::{Commented, Operation},
    schema::{Check, Index, KeyPart, ObjectName, Schema, Table, Unique},
};

/// The schema of another dialect before the operations of the first one.
///
/// - `after`: what the models give in the other dialect.
/// - `old`: the whole former schema, translated; only what the operations changed is taken from it.
/// - `renames`: what the operations renamed.
pub(super) fn rewind(after: &Schema, old: &Schema, operations: &[Operation], renames: &Renames) -> Schema {
    // In the old schema everything has its old name; to be set side by side it gets the new one.
    let old_renamed = renames.renamed(old);
    let is_mysql = matches!(after.dialect, Dialect::Mysql | Dialect::Mariadb);
    let mut before = after.clone();
    let mut touched: BTreeSet<ObjectName> = BTreeSet::new();
    for operation in operations {
        match operation {
            Operation::CreateSchema(name) => {
                before.schemas.remove(name);
            }
            Operation::DropSchema(name) => {
                before.schemas.insert(name.clone());
            }
            Operation::CreateTable(table) => {
                before.tables.remove(&table.name);
            }
            Operation::DropTable(table) => {
                before
                    .tables
                    .extend(old_renamed.table(&table.name).map(|old| (table.name.clone(), old.clone())));
            }
            Operation::CreateEnum(ty) => {
                before.enums.remove(&ty.name);
            }
            Operation::DropEnum(ty) | Operation::AlterEnum { after: ty, .. } => {
                before
                    .enums
                    .extend(old_renamed.enums.get(&ty.name).map(|old| (ty.name.clone(), old.clone())));
                touched.extend(users_of(&ty.name, after, &old_renamed));
            }
            Operation::RenameEnumValue { name, .. } => {
                touched.extend(users_of(name, after, &old_renamed));
            }
            Operation::CreateSequence(sequence) => {
                before.sequences.remove(&sequence.name);
            }
            Operation::DropSequence(sequence) | Operation::AlterSequence { after: sequence, .. } => {
                let old = old_renamed.sequences.get(&sequence.name);
                before.sequences.extend(old.map(|old| (sequence.name.clone(), old.clone())));
            }
            Operation::SetComment { on: Commented::Enum(name), before: comment, .. } => {
                if let Some(ty) = before.enums.get_mut(name) {
                    ty.comment.clone_from(comment);
                }
            }
            Operation::SetComment { on: Commented::Sequence(name), before: comment, .. } => {
                if let Some(sequence) = before.sequences.get_mut(name) {
                    sequence.comment.clone_from(comment);
                }
            }
            // The renames are applied to the whole at the end.
            Operation::RenameTable { .. }
            | Operation::RenameColumn { .. }
            | Operation::RenameEnum { .. }
            | Operation::RenameSequence { .. } => {}
            table => {
                if let Some(name) = table.table()
                    && let (Some(now), Some(old)) = (before.tables.get_mut(name), old_renamed.table(name))
                {
                    undo(now, old, table);
                    if let (false, Operation::AddIndex { index, .. } | Operation::DropIndex { index, .. }) =
                        (is_mysql, table)
                    {
                        constrain(now, &index.name);
                    }
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
    renames.inverse().renamed(&before)
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

/// Undoes one change of a table.
fn undo(now: &mut Table, old: &Table, operation: &Operation) {
    /// Takes the thing of this name from the old side, or away where that has none.
    macro_rules! put_back {
        ($list:ident, $name:expr) => {{
            let name = $name.clone();
            now.$list.retain(|found| found.name != name);
            now.$list.extend(old.$list.iter().filter(|found| found.name == name).cloned());
        }};
    }
    match operation {
        Operation::AddColumn { column, .. }
        | Operation::DropColumn { column, .. }
        | Operation::AlterColumn { after: column, .. } => {
            put_column_back(now, old, &column.name);
            // Where an enum is a check, it comes and goes with its column.
            now.checks.retain(|check| !is_list_of_values(&check.expression, &column.name));
            let lists = |check: &&Check| is_list_of_values(&check.expression, &column.name);
            now.checks.extend(old.checks.iter().filter(lists).cloned());
        }
        Operation::AddPrimaryKey { .. } | Operation::DropPrimaryKey { .. } => {
            now.primary_key.clone_from(&old.primary_key);
        }
        Operation::AddUnique { unique, .. } | Operation::DropUnique { unique, .. } => {
            put_back!(uniques, unique.name);
            // A unique constraint is an index on MySQL.
            if let Some(name) = &unique.name {
                put_back!(indexes, name);
            }
        }
        Operation::AddForeignKey { key, .. } | Operation::DropForeignKey { key, .. } => {
            put_back!(foreign_keys, key.name);
        }
        Operation::AddCheck { check, .. } | Operation::DropCheck { check, .. } => {
            put_back!(checks, check.name);
        }
        Operation::AddExclusion { exclusion, .. } | Operation::DropExclusion { exclusion, .. } => {
            put_back!(exclusions, exclusion.name);
        }
        Operation::AddIndex { index, .. } | Operation::DropIndex { index, .. } => {
            put_back!(indexes, index.name);
            put_back!(uniques, Some(index.name.clone()));
        }
        Operation::RenameIndex { from, to, .. } => {
            for index in now.indexes.iter_mut().filter(|index| index.name == *to) {
                index.name.clone_from(from);
            }
        }
        Operation::RenameConstraint { from, to, .. } => rename_constraint(now, to, from),
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
}

/// Makes a unique constraint of the unique index of this name, where its name says that it is one: MySQL, from which it
/// may come, does not tell the two apart.
fn constrain(table: &mut Table, name: &str) {
    let is_plain = |index: &&Index| {
        let is_column = |part: &KeyPart| matches!(part, KeyPart::Column(_));
        index.name == name
            && index.unique
            && index.filter.is_none()
            && index.keys.iter().all(|key| is_column(&key.part))
    };
    if !name.starts_with("uq_") || table.uniques.iter().any(|unique| unique.name.as_deref() == Some(name)) {
        return;
    }
    if let Some(index) = table.indexes.iter().find(is_plain) {
        let unique = Unique {
            name: Some(name.to_owned()),
            columns: index.columns().map(ToOwned::to_owned).collect(),
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: crate::schema::Deferrable::No,
            clustered: None,
            comment: index.comment.clone(),
        };
        table.indexes.retain(|index| index.name != name);
        table.uniques.push(unique);
    }
}

/// Whether a check says which values a column may have: `state IN ('open', 'done')`.
fn is_list_of_values(expression: &str, column: &str) -> bool {
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

fn rename_constraint(table: &mut Table, from: &str, to: &str) {
    let names = table
        .primary_key
        .iter_mut()
        .map(|key| &mut key.name)
        .chain(table.uniques.iter_mut().map(|unique| &mut unique.name))
        .chain(table.foreign_keys.iter_mut().map(|key| &mut key.name))
        .chain(table.checks.iter_mut().map(|check| &mut check.name));
    for name in names.flatten().filter(|name| *name == from) {
        to.clone_into(name);
    }
    for index in table.indexes.iter_mut().filter(|index| index.name == from) {
        to.clone_into(&mut index.name);
    }
}
