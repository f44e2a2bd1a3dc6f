//! Something in a schema gets another name: what speaks of it follows, and nothing else does.

mod text;

use migrate_core::Dialect;

use crate::{
    ddl::postgres::{enumeration::dimensions, name::object},
    schema::{Column, KeyPart, ObjectName, Schema, Table},
};

pub(crate) use text::mentions;

/// A table gets another name, or goes into another schema.
pub(crate) fn table(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    if let Some(mut table) = schema.tables.remove(from) {
        table.name = to.clone();
        schema.insert(table);
    }
    for table in schema.tables.values_mut() {
        for key in table.foreign_keys.iter_mut().filter(|key| key.referred_table == *from) {
            key.referred_table = to.clone();
        }
    }
    for dependent in schema.beside.dependents.iter_mut().filter(|one| one.table == *from) {
        dependent.table = to.clone();
    }
    relation(schema, from, to);
}

/// A sequence gets another name, or goes into another schema.
pub(crate) fn sequence(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    if let Some(mut sequence) = schema.sequences.remove(from) {
        sequence.name = to.clone();
        schema.sequences.insert(to.clone(), sequence);
    }
    relation(schema, from, to);
}

/// Whether an expression speaks of a table or a sequence: a default that draws from it.
pub(crate) fn is_drawn_from(schema: &Schema, name: &ObjectName) -> bool {
    let other = ObjectName { schema: name.schema.clone(), name: format!("{}_", name.name) };
    let speaks = |expression: &mut String| {
        text::with_relation_renamed(schema.dialect, expression, name, &other) != *expression
    };
    schema.tables.values().any(|table| expressions(&mut table.clone()).any(speaks))
}

/// What expressions say of a table or a sequence.
fn relation(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    let dialect = schema.dialect;
    for expression in schema.tables.values_mut().flat_map(expressions) {
        *expression = text::with_relation_renamed(dialect, expression, from, to);
    }
}

/// An enumerated type gets another name, or goes into another schema: columns of it follow, and casts to it.
pub(crate) fn enumeration(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    if let Some(mut ty) = schema.enums.remove(from) {
        ty.name = to.clone();
        schema.enums.insert(to.clone(), ty);
    }
    let dialect = schema.dialect;
    for table in schema.tables.values_mut() {
        for column in &mut table.columns {
            if let Some(dimensions) = dimensions(&column.ty, from) {
                column.ty = format!("{}{dimensions}", object(to));
            }
        }
        for expression in expressions(table) {
            *expression = text::with_type_renamed(dialect, expression, from, to);
        }
    }
}

/// A value of an enumerated type gets another name: wherever a string is such a value, and nowhere else.
pub(crate) fn value(schema: &mut Schema, of: &ObjectName, from: &str, to: &str) {
    if let Some(ty) = schema.enums.get_mut(of) {
        ty.values.iter_mut().filter(|value| *value == from).for_each(|value| to.clone_into(value));
    }
    let dialect = schema.dialect;
    for table in schema.tables.values_mut() {
        let is_of = |column: &Column| dimensions(&column.ty, of).is_some();
        let columns: Vec<String> =
            table.columns.iter().filter(|column| is_of(column)).map(|column| column.name.clone()).collect();
        let rename = |expression: &mut String, is_whole| {
            *expression = text::with_value_renamed(dialect, expression, of, &columns, is_whole, from, to);
        };
        for column in &mut table.columns {
            let is_whole = is_of(column);
            column.default.iter_mut().for_each(|default| rename(default, is_whole));
        }
        beside_defaults(table).for_each(|expression| rename(expression, false));
    }
}

/// A column gets another name.
pub(crate) fn column(schema: &mut Schema, name: &ObjectName, from: &str, to: &str) {
    let dialect = schema.dialect;
    let in_list = |columns: &mut Vec<String>| {
        columns.iter_mut().filter(|column| *column == from).for_each(|column| to.clone_into(column));
    };
    let Some(table) = schema.tables.get_mut(name) else { return };
    for column in table.columns.iter_mut().filter(|column| column.name == from) {
        to.clone_into(&mut column.name);
    }
    if let Some(key) = &mut table.primary_key {
        in_list(&mut key.columns);
        in_list(&mut key.include);
    }
    for unique in &mut table.uniques {
        in_list(&mut unique.columns);
        in_list(&mut unique.include);
    }
    for index in &mut table.indexes {
        in_list(&mut index.include);
        for key in &mut index.keys {
            if let KeyPart::Column(column) = &mut key.part
                && column == from
            {
                to.clone_into(column);
            }
        }
    }
    for key in &mut table.foreign_keys {
        in_list(&mut key.columns);
        in_list(&mut key.delete_columns);
    }
    let rename = |expression: &mut String| {
        *expression = text::with_column_renamed(dialect, expression, from, to);
    };
    match dialect {
        // The only ones whose defaults may speak of other columns.
        Dialect::Mysql | Dialect::Mariadb => {
            let defaults = table.columns.iter_mut().filter_map(|column| column.default.as_mut());
            defaults.filter(|default| default.contains('(')).for_each(rename);
        }
        Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {}
    }
    beside_defaults(table).for_each(rename);
    for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        if key.referred_table == *name {
            in_list(&mut key.referred_columns);
        }
    }
    for dependent in schema.beside.dependents.iter_mut().filter(|one| one.table == *name) {
        dependent.column.iter_mut().filter(|column| *column == from).for_each(|column| to.clone_into(column));
    }
}

/// Every expression of a table.
pub(crate) fn expressions(table: &mut Table) -> impl Iterator<Item = &mut String> {
    parts(table).map(|(_, expression)| expression)
}

fn beside_defaults(table: &mut Table) -> impl Iterator<Item = &mut String> {
    parts(table).filter(|(is_default, _)| !is_default).map(|(_, expression)| expression)
}

/// Every expression of a table, and whether it is a default.
fn parts(table: &mut Table) -> impl Iterator<Item = (bool, &mut String)> {
    let Table { columns, checks, exclusions, indexes, .. } = table;
    let columns = columns.iter_mut().flat_map(|column| {
        let generated = column.generated.as_mut().map(|generated| (false, &mut generated.expression));
        column.default.iter_mut().map(|default| (true, default)).chain(generated)
    });
    let indexes = indexes.iter_mut().flat_map(|index| {
        let keys = index.keys.iter_mut().filter_map(|key| match &mut key.part {
            KeyPart::Expression(expression) => Some(expression),
            KeyPart::Column(_) => None,
        });
        keys.chain(&mut index.filter)
    });
    let checks = checks.iter_mut().map(|check| &mut check.expression);
    let exclusions = exclusions.iter_mut().map(|exclusion| &mut exclusion.definition);
    columns.chain(checks.chain(exclusions).chain(indexes).map(|expression| (false, expression)))
}
