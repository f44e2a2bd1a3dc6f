//! What the database holds at a moment of the script.

use crate::{
    mysql::with_column_renamed,
    schema::{Check, ForeignKey, Index, KeyPart, ObjectName, Schema, Table},
};

use super::key::{foreign_key_name, unique_as_index};

/// The table as these servers see it: unique constraints are indexes, everything has a name, and foreign keys stand in
/// the order of their names, which decides whose index serves several of them.
pub(super) fn normalised(mut table: Table) -> Table {
    let uniques = std::mem::take(&mut table.uniques);
    let name = table.name.clone();
    table.indexes.extend(uniques.iter().map(|unique| unique_as_index(&name, unique)));
    for key in &mut table.foreign_keys {
        key.name = Some(foreign_key_name(&name, key));
    }
    table.foreign_keys.sort_by(|one, other| one.name.cmp(&other.name));
    for (at, check) in table.checks.iter_mut().enumerate() {
        check.name.get_or_insert_with(|| format!("ck_{}_{}", name.name, at + 1));
    }
    table
}

/// Every table of it.
pub(super) fn normalised_schema(schema: &Schema) -> Schema {
    let mut live = schema.clone();
    live.tables = live.tables.into_iter().map(|(name, table)| (name, normalised(table))).collect();
    live
}

/// The table, which is made where the caller's picture lacks it.
pub(super) fn table_mut<'a>(schema: &'a mut Schema, name: &ObjectName) -> &'a mut Table {
    schema.tables.entry(name.clone()).or_insert_with(|| Table::new(name.clone()))
}

pub(super) fn find_index<'a>(table: &'a Table, name: &str) -> Option<&'a Index> {
    table.indexes.iter().find(|index| index.name == name)
}

pub(super) fn find_check<'a>(table: &'a Table, name: &str) -> Option<&'a Check> {
    table.checks.iter().find(|check| check.name.as_deref() == Some(name))
}

pub(super) fn find_foreign_key<'a>(table: &'a Table, name: &str) -> Option<&'a ForeignKey> {
    table.foreign_keys.iter().find(|key| key.name.as_deref() == Some(name))
}

pub(super) fn rename_table(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    if let Some(mut table) = schema.tables.remove(from) {
        table.name = to.clone();
        schema.insert(table);
    }
    for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        if key.referred_table == *from {
            key.referred_table = to.clone();
        }
    }
}

/// Gives a column another name, wherever it is spoken of.
pub(super) fn rename_column(schema: &mut Schema, name: &ObjectName, from: &str, to: &str) {
    let in_list = |columns: &mut Vec<String>| {
        for column in columns.iter_mut().filter(|column| *column == from) {
            to.clone_into(column);
        }
    };
    let in_text = |text: &mut String| *text = with_column_renamed(text, from, to);
    let table = table_mut(schema, name);
    for column in &mut table.columns {
        if column.name == from {
            to.clone_into(&mut column.name);
        }
        column.default.iter_mut().filter(|default| default.contains('(')).for_each(in_text);
        column.generated.iter_mut().for_each(|generated| in_text(&mut generated.expression));
    }
    if let Some(key) = &mut table.primary_key {
        in_list(&mut key.columns);
    }
    for key in table.indexes.iter_mut().flat_map(|index| &mut index.keys) {
        match &mut key.part {
            KeyPart::Column(column) if column == from => to.clone_into(column),
            KeyPart::Column(_) => {}
            KeyPart::Expression(expression) => in_text(expression),
        }
    }
    table.checks.iter_mut().for_each(|check| in_text(&mut check.expression));
    table.foreign_keys.iter_mut().for_each(|key| in_list(&mut key.columns));
    for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        if key.referred_table == *name {
            in_list(&mut key.referred_columns);
        }
    }
}
