//! The schema as it is between two operations of a list.

use super::text::renamed;
use crate::{
    operation::{Commented, Operation},
    schema::{Check, Column, Exclusion, ForeignKey, Index, KeyPart, ObjectName, Schema, Table, Unique},
};

/// Does to the schema what the operation does to the database. What is not there is passed over.
pub(super) fn apply(schema: &mut Schema, operation: &Operation) {
    match operation {
        Operation::CreateSchema(name) => {
            schema.schemas.insert(name.clone());
        }
        Operation::DropSchema(name) => {
            schema.schemas.remove(name);
        }
        Operation::CreateEnum(ty) | Operation::AlterEnum { after: ty, .. } => {
            schema.enums.insert(ty.name.clone(), ty.clone());
        }
        Operation::DropEnum(ty) => {
            schema.enums.remove(&ty.name);
        }
        Operation::RenameEnum { from, to } => rename_enum(schema, from, to),
        Operation::RenameEnumValue { name, from, to } => {
            let values = schema.enums.get_mut(name).into_iter().flat_map(|ty| &mut ty.values);
            values.filter(|value| *value == from).for_each(|value| value.clone_from(to));
        }
        Operation::CreateSequence(sequence) | Operation::AlterSequence { after: sequence, .. } => {
            schema.sequences.insert(sequence.name.clone(), sequence.clone());
        }
        Operation::DropSequence(sequence) => {
            schema.sequences.remove(&sequence.name);
        }
        Operation::RenameSequence { from, to } => {
            if let Some(mut sequence) = schema.sequences.remove(from) {
                sequence.name = to.clone();
                schema.sequences.insert(to.clone(), sequence);
            }
        }
        Operation::CreateTable(table) => schema.insert(table.clone()),
        Operation::DropTable(table) => {
            schema.tables.remove(&table.name);
        }
        Operation::RenameTable { from, to } => rename_table(schema, from, to),
        Operation::RenameColumn { table, from, to } => rename_column(schema, table, from, to),
        Operation::SetComment { on, after, .. } => set_comment(schema, on, after.as_ref()),
        operation => {
            let table = operation.table().and_then(|name| schema.tables.get_mut(name));
            if let Some(table) = table {
                apply_to_table(table, operation);
            }
        }
    }
}

fn set_comment(schema: &mut Schema, on: &Commented, comment: Option<&String>) {
    let found = match on {
        Commented::Enum(name) => schema.enums.get_mut(name).map(|ty| &mut ty.comment),
        Commented::Sequence(name) => schema.sequences.get_mut(name).map(|sequence| &mut sequence.comment),
        Commented::Table(name) => schema.tables.get_mut(name).map(|table| &mut table.comment),
        Commented::Column { table, column } => schema.tables.get_mut(table).and_then(|table| {
            let found = table.columns.iter_mut().find(|found| found.name == *column);
            found.map(|column| &mut column.comment)
        }),
        Commented::Index { table, index } => schema.tables.get_mut(table).and_then(|table| {
            let found = table.indexes.iter_mut().find(|found| found.name == *index);
            found.map(|index| &mut index.comment)
        }),
        Commented::Constraint { table, constraint } => schema.tables.get_mut(table).and_then(|table| {
            let found = constraints(table).find(|(name, _)| *name == constraint);
            found.map(|(_, comment)| comment)
        }),
    };
    if let Some(found) = found {
        *found = comment.cloned();
    }
}

fn apply_to_table(table: &mut Table, operation: &Operation) {
    match operation {
        Operation::AddColumn { column, .. } => table.columns.push(column.clone()),
        Operation::DropColumn { column, .. } => drop_column(table, &column.name),
        Operation::AlterColumn { after, .. } => {
            let found = table.columns.iter_mut().find(|column| column.name == after.name);
            if let Some(column) = found {
                column.clone_from(after);
            }
        }
        Operation::AddPrimaryKey { key, .. } => table.primary_key = Some(key.clone()),
        Operation::DropPrimaryKey { .. } => table.primary_key = None,
        Operation::AddUnique { unique, .. } => table.uniques.push(unique.clone()),
        Operation::DropUnique { unique, .. } => table.uniques.retain(|found| found.name != unique.name),
        Operation::AddForeignKey { key, .. } => table.foreign_keys.push(key.clone()),
        Operation::DropForeignKey { key, .. } => table.foreign_keys.retain(|found| found.name != key.name),
        Operation::AddCheck { check, .. } => table.checks.push(check.clone()),
        Operation::DropCheck { check, .. } => table.checks.retain(|found| found.name != check.name),
        Operation::AddExclusion { exclusion, .. } => table.exclusions.push(exclusion.clone()),
        Operation::DropExclusion { exclusion, .. } => {
            table.exclusions.retain(|found| found.name != exclusion.name);
        }
        Operation::AddIndex { index, .. } => table.indexes.push(index.clone()),
        Operation::DropIndex { index, .. } => table.indexes.retain(|found| found.name != index.name),
        Operation::RenameIndex { from, to, .. } => {
            let indexes = table.indexes.iter_mut().filter(|index| index.name == *from);
            indexes.for_each(|index| index.name.clone_from(to));
        }
        Operation::RenameConstraint { from, to, .. } => {
            let names = constraints(table).map(|(name, _)| name);
            names.filter(|name| *name == from).for_each(|name| name.clone_from(to));
        }
        Operation::SetTableOption { key, after, .. } => {
            match after {
                Some(value) => table.options.insert(key.clone(), value.clone()),
                None => table.options.remove(key),
            };
        }
        // These are about no table that stays, or have been dealt with.
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
        | Operation::RenameColumn { .. }
        | Operation::SetComment { .. } => {}
    }
}

/// The constraints that have a name, with what is said of them.
fn constraints(table: &mut Table) -> impl Iterator<Item = (&mut String, &mut Option<String>)> {
    let keys = table.primary_key.iter_mut().map(|key| (key.name.as_mut(), &mut key.comment));
    let uniques = table.uniques.iter_mut().map(|unique| (unique.name.as_mut(), &mut unique.comment));
    let foreign = table.foreign_keys.iter_mut().map(|key| (key.name.as_mut(), &mut key.comment));
    let checks = table.checks.iter_mut().map(|check| (check.name.as_mut(), &mut check.comment));
    let exclusions = table.exclusions.iter_mut().map(|one| (Some(&mut one.name), &mut one.comment));
    let all = keys.chain(uniques).chain(foreign).chain(checks).chain(exclusions);
    all.filter_map(|(name, comment)| Some((name?, comment)))
}

/// The server drops with a column what stands on it.
fn drop_column(table: &mut Table, name: &str) {
    table.columns.retain(|column| column.name != name);
    if table
        .primary_key
        .as_ref()
        .is_some_and(|key| key.columns.iter().chain(&key.include).any(|one| one == name))
    {
        table.primary_key = None;
    }
    table.uniques.retain(|unique| !unique_has(unique, name));
    table.foreign_keys.retain(|key| !key.columns.iter().any(|one| one == name));
    table.indexes.retain(|index| !index_has(index, name));
    table.checks.retain(|check| !check_has(check, name));
    table.exclusions.retain(|exclusion| !exclusion_has(exclusion, name));
}

pub(super) fn unique_has(unique: &Unique, column: &str) -> bool {
    unique.columns.iter().chain(&unique.include).any(|one| one == column)
}

pub(super) fn index_has(index: &Index, column: &str) -> bool {
    index.columns().any(|one| one == column)
        || index.include.iter().any(|one| one == column)
        || index_computes(index, column)
}

/// Whether an expression of the index names it.
pub(super) fn index_computes(index: &Index, column: &str) -> bool {
    let expressions = index.keys.iter().filter_map(|key| match &key.part {
        KeyPart::Expression(expression) => Some(expression),
        KeyPart::Column(_) => None,
    });
    expressions.chain(&index.filter).any(|text| super::text::mentions(text, column))
}

pub(super) fn check_has(check: &Check, column: &str) -> bool {
    super::text::mentions(&check.expression, column)
}

pub(super) fn exclusion_has(exclusion: &Exclusion, column: &str) -> bool {
    super::text::mentions(&exclusion.definition, column)
}

pub(super) fn refers_to(key: &ForeignKey, table: &ObjectName, column: &str) -> bool {
    key.referred_table == *table && key.referred_columns.iter().any(|one| one == column)
}

fn rename_table(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    if let Some(mut table) = schema.tables.remove(from) {
        table.name = to.clone();
        schema.tables.insert(to.clone(), table);
    }
    for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        if key.referred_table == *from {
            key.referred_table = to.clone();
        }
    }
}

fn rename_enum(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    if let Some(mut ty) = schema.enums.remove(from) {
        ty.name = to.clone();
        schema.enums.insert(to.clone(), ty);
    }
    for table in schema.tables.values_mut() {
        for column in &mut table.columns {
            if let Some(dimensions) = super::enumeration::dimensions(&column.ty, from) {
                column.ty = format!("{}{dimensions}", super::name::object(to));
            }
        }
        expressions(table).for_each(|text| *text = renamed(text, &from.name, &to.name));
    }
}

fn rename_column(schema: &mut Schema, table: &ObjectName, from: &str, to: &str) {
    let replace = |names: &mut Vec<String>| {
        names.iter_mut().filter(|name| *name == from).for_each(|name| to.clone_into(name));
    };
    if let Some(table) = schema.tables.get_mut(table) {
        for column in table.columns.iter_mut().filter(|column| column.name == from) {
            to.clone_into(&mut column.name);
        }
        if let Some(key) = &mut table.primary_key {
            replace(&mut key.columns);
            replace(&mut key.include);
        }
        for unique in &mut table.uniques {
            replace(&mut unique.columns);
            replace(&mut unique.include);
        }
        for key in &mut table.foreign_keys {
            replace(&mut key.columns);
            replace(&mut key.delete_columns);
        }
        for index in &mut table.indexes {
            replace(&mut index.include);
            for key in &mut index.keys {
                if let KeyPart::Column(name) = &mut key.part
                    && name == from
                {
                    to.clone_into(name);
                }
            }
        }
        expressions(table).for_each(|text| *text = renamed(text, from, to));
    }
    for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        if key.referred_table == *table {
            replace(&mut key.referred_columns);
        }
    }
}

/// What of a table is an expression.
pub(super) fn expressions(table: &mut Table) -> impl Iterator<Item = &mut String> {
    let columns = table.columns.iter_mut().flat_map(column_expressions);
    let checks = table.checks.iter_mut().map(|check| &mut check.expression);
    let exclusions = table.exclusions.iter_mut().map(|exclusion| &mut exclusion.definition);
    let indexes = table.indexes.iter_mut().flat_map(|index| {
        let keys = index.keys.iter_mut().filter_map(|key| match &mut key.part {
            KeyPart::Expression(expression) => Some(expression),
            KeyPart::Column(_) => None,
        });
        keys.chain(&mut index.filter)
    });
    columns.chain(checks).chain(exclusions).chain(indexes)
}

pub(super) fn column_expressions(column: &mut Column) -> impl Iterator<Item = &mut String> {
    let generated = column.generated.as_mut().map(|generated| &mut generated.expression);
    column.default.iter_mut().chain(generated)
}
