//! What was compared in the engine's words is written in the models' own.

use std::collections::BTreeMap;

use crate::{
    mysql::Collations,
    operation::Operation,
    schema::{Check, Column, ForeignKey, ObjectName, Schema, Table},
};

/// What a model does not say of a table as a whole stays as it is.
pub(super) fn with_unstated_options(mut after: Schema, before: &Schema, written: &Schema) -> Schema {
    for (name, table) in &mut after.tables {
        let stated = written.table(name).map(|table| &table.options);
        let is_stated = |key: &String| stated.is_some_and(|stated| stated.contains_key(key));
        let mut options: BTreeMap<String, String> =
            before.table(name).map(|table| table.options.clone()).unwrap_or_default();
        options.retain(|key, _| !is_stated(key));
        options.extend(
            table
                .options
                .iter()
                .filter(|(key, _)| is_stated(key))
                .map(|(key, value)| (key.clone(), value.clone())),
        );
        let made_with = std::mem::replace(&mut table.options, options);
        if before.table(name).is_some()
            && let Some(written) = written.table(name)
        {
            in_other_collation(table, &made_with, written, &after.beside.collations);
        }
        let found = before.table(name).map(|table| table.foreign_keys.as_slice()).unwrap_or_default();
        table.foreign_keys.iter_mut().for_each(|key| keep_delete_columns(key, found));
    }
    after
}

/// SET NULL for some of a key's columns stays what it is.
fn keep_delete_columns(key: &mut ForeignKey, before: &[ForeignKey]) {
    let is_it = |found: &&ForeignKey| {
        found.columns == key.columns
            && found.referred_table == key.referred_table
            && found.referred_columns == key.referred_columns
            && found.on_delete == key.on_delete
    };
    if let Some(found) = before.iter().find(is_it).filter(|_| key.delete_columns.is_empty()) {
        key.delete_columns.clone_from(&found.delete_columns);
    }
}

/// What is to be written, with what no model says: which names the sequences have that stay, which columns SET NULL is
/// about, what else has an enum, or uses a column. `before` is what there was, once everything is renamed.
pub(super) fn with_unstated(written: &Schema, before: &Schema) -> Schema {
    let mut written = written.clone();
    written.beside.dependents.clone_from(&before.beside.dependents);
    for (name, ty) in &mut written.enums {
        if let Some(found) = before.enums.get(name) {
            ty.needed_by.clone_from(&found.needed_by);
        }
    }
    for (name, table) in &mut written.tables {
        let Some(found) = before.table(name) else { continue };
        for column in &mut table.columns {
            column.sequence_number = found.column(&column.name).and_then(|found| found.sequence_number);
        }
        for key in &mut table.foreign_keys {
            keep_delete_columns(key, &found.foreign_keys);
        }
    }
    written
}

/// Charset and collation of a column are said beside those of its table, which were others when the table was made to be
/// read.
fn in_other_collation(
    table: &mut Table,
    made_with: &BTreeMap<String, String>,
    written: &Table,
    collations: &Collations,
) {
    let of_table = |options: &BTreeMap<String, String>| {
        let option = |key: &str| options.get(key).map(String::as_str);
        collations.meant(option("charset"), option("collation")).map(ToOwned::to_owned)
    };
    let (Some(then), Some(now)) = (of_table(made_with), of_table(&table.options)) else { return };
    for column in &mut table.columns {
        let wanted = written.column(&column.name);
        let is_stated = column.charset.is_some()
            || column.collation.is_some()
            || wanted.is_some_and(|wanted| wanted.charset.is_some() || wanted.collation.is_some());
        if is_stated {
            let own = collations.meant(column.charset.as_deref(), column.collation.as_deref());
            let own = own.unwrap_or(&then).to_owned();
            (column.charset, column.collation) = collations.beside(&own, &now);
        }
    }
}

/// The operations with what they add or alter to as `written` has it. What is dropped or altered from stays as the
/// database shows it.
pub(super) fn restate(operations: Vec<Operation>, written: &Schema) -> Vec<Operation> {
    let later: Vec<(ObjectName, ForeignKey)> = operations
        .iter()
        .filter_map(|operation| match operation {
            Operation::AddForeignKey { table, key } => Some((table.clone(), key.clone())),
            _ => None,
        })
        .collect();
    let validated: Vec<(ObjectName, Check)> = operations
        .iter()
        .filter_map(|operation| match operation {
            Operation::DropCheck { table, check } if check.not_valid => {
                Some((table.clone(), Check { not_valid: false, ..check.clone() }))
            }
            _ => None,
        })
        .collect();
    operations.into_iter().map(|operation| restate_one(operation, written, &later, &validated)).collect()
}

fn restate_one(
    operation: Operation,
    written: &Schema,
    later: &[(ObjectName, ForeignKey)],
    validated: &[(ObjectName, Check)],
) -> Operation {
    let table = |name: &ObjectName| written.table(name);
    match operation {
        Operation::CreateTable(found) => {
            let restated = table(&found.name).map(|wanted| without_later(wanted, later));
            Operation::CreateTable(restated.unwrap_or(found))
        }
        Operation::CreateEnum(found) => {
            Operation::CreateEnum(written.enums.get(&found.name).cloned().unwrap_or(found))
        }
        Operation::CreateSequence(found) => {
            Operation::CreateSequence(written.sequences.get(&found.name).cloned().unwrap_or(found))
        }
        Operation::AddColumn { table: name, column } => {
            let wanted = table(&name).and_then(|table| table.column(&column.name)).cloned();
            // Whether it may be NULL can follow from a key.
            let wanted = wanted.map(|wanted| Column { nullable: column.nullable, ..wanted });
            Operation::AddColumn { table: name, column: wanted.unwrap_or(column) }
        }
        Operation::AlterColumn { table: name, before, after } => {
            let wanted = table(&name).and_then(|table| table.column(&after.name));
            let after = wanted.map_or_else(|| after.clone(), |wanted| only_changes(&before, &after, wanted));
            Operation::AlterColumn { table: name, before, after }
        }
        Operation::AddPrimaryKey { table: name, key } => {
            let wanted = table(&name).and_then(|table| table.primary_key.clone());
            Operation::AddPrimaryKey { table: name, key: wanted.unwrap_or(key) }
        }
        Operation::AddUnique { table: name, unique } => {
            let wanted = table(&name)
                .and_then(|table| table.uniques.iter().find(|wanted| wanted.name == unique.name))
                .filter(|wanted| wanted.name.is_some());
            let unique = wanted.cloned().unwrap_or(unique);
            Operation::AddUnique { table: name, unique }
        }
        // It comes in place of one that says the same, perhaps in other words.
        Operation::AddCheck { table, check } if validated.contains(&(table.clone(), check.clone())) => {
            Operation::AddCheck { table, check }
        }
        Operation::AddCheck { table: name, check } => {
            let wanted = table(&name)
                .and_then(|table| table.checks.iter().find(|wanted| wanted.name == check.name))
                .filter(|wanted| wanted.name.is_some());
            let check = wanted.cloned().unwrap_or(check);
            Operation::AddCheck { table: name, check }
        }
        Operation::AddExclusion { table: name, exclusion } => {
            let wanted = table(&name)
                .and_then(|table| table.exclusions.iter().find(|wanted| wanted.name == exclusion.name));
            let exclusion = wanted.cloned().unwrap_or(exclusion);
            Operation::AddExclusion { table: name, exclusion }
        }
        Operation::AddForeignKey { table: name, key } => {
            let wanted = table(&name).and_then(|table| same_key(table, &key)).cloned();
            let delete_columns = key.delete_columns.clone();
            let wanted = wanted.map(|wanted| ForeignKey { delete_columns, ..wanted });
            Operation::AddForeignKey { table: name, key: wanted.unwrap_or(key) }
        }
        Operation::AddIndex { table: name, index } => {
            let wanted =
                table(&name).and_then(|table| table.indexes.iter().find(|wanted| wanted.name == index.name));
            let index = wanted.cloned().unwrap_or(index);
            Operation::AddIndex { table: name, index }
        }
        other @ (Operation::CreateSchema(_)
        | Operation::DropSchema(_)
        | Operation::DropEnum(_)
        | Operation::RenameEnum { .. }
        | Operation::RenameEnumValue { .. }
        | Operation::RenameValues { .. }
        | Operation::FillColumn { .. }
        | Operation::AlterEnum { .. }
        | Operation::DropSequence(_)
        | Operation::RenameSequence { .. }
        | Operation::AlterSequence { .. }
        | Operation::DropTable(_)
        | Operation::RenameTable { .. }
        | Operation::SetTableOption { .. }
        | Operation::DropColumn { .. }
        | Operation::RenameColumn { .. }
        | Operation::DropPrimaryKey { .. }
        | Operation::DropUnique { .. }
        | Operation::DropForeignKey { .. }
        | Operation::DropCheck { .. }
        | Operation::DropExclusion { .. }
        | Operation::RenameConstraint { .. }
        | Operation::DropIndex { .. }
        | Operation::RenameIndex { .. }
        | Operation::SetComment { .. }) => other,
    }
}

/// The table as written, without the foreign keys that are made later.
fn without_later(wanted: &Table, later: &[(ObjectName, ForeignKey)]) -> Table {
    let mut table = wanted.clone();
    let of_table = later.iter().filter(|(name, _)| *name == wanted.name).map(|(_, key)| key);
    let of_table: Vec<_> = of_table.collect();
    table.foreign_keys.retain(|key| !of_table.iter().any(|other| is_same(other, key)));
    table
}

fn same_key<'t>(table: &'t Table, key: &ForeignKey) -> Option<&'t ForeignKey> {
    table.foreign_keys.iter().find(|other| is_same(other, key))
}

fn is_same(one: &ForeignKey, other: &ForeignKey) -> bool {
    one.columns == other.columns
        && one.referred_table == other.referred_table
        && (one.name == other.name || one.name.is_none() || other.name.is_none())
}

/// The column as written, where it is not the same as before: what did not change must not look as if it had.
fn only_changes(before: &Column, after: &Column, wanted: &Column) -> Column {
    let mut column = after.clone();
    if after.ty != before.ty {
        column.ty.clone_from(&wanted.ty);
    }
    if after.default != before.default {
        column.default.clone_from(&wanted.default);
    }
    if after.generated != before.generated {
        column.generated.clone_from(&wanted.generated);
    }
    if after.on_update != before.on_update {
        column.on_update.clone_from(&wanted.on_update);
    }
    column
}
