//! What was renamed: told, not guessed.

use std::collections::BTreeMap;

use migrate_core::Dialect;

use crate::{
    ddl::quote,
    mysql,
    operation::Operation,
    schema::{KeyPart, ObjectName, Schema, Table},
    sqlite,
};

use super::values;

/// What was renamed. Tables and types come first: columns and values go by the new name of theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Renames {
    /// From the old name to the new one.
    pub(crate) tables: BTreeMap<ObjectName, ObjectName>,
    /// By the table's new name: from the old name to the new one.
    pub(crate) columns: BTreeMap<ObjectName, BTreeMap<String, String>>,
    pub(crate) enums: BTreeMap<ObjectName, ObjectName>,
    /// By the type's new name: from the old value to the new one.
    pub(crate) enum_values: BTreeMap<ObjectName, BTreeMap<String, String>>,
    /// Where an enum is no type of its own: by the table's and the column's new name, from the old value to the new one.
    pub(crate) column_values: BTreeMap<(ObjectName, String), BTreeMap<String, String>>,
    pub(crate) sequences: BTreeMap<ObjectName, ObjectName>,
}

impl Renames {
    /// The renames that lead back.
    pub(crate) fn inverse(&self) -> Self {
        fn turned<K: Ord + Clone>(map: &BTreeMap<K, K>) -> BTreeMap<K, K> {
            map.iter().map(|(from, to)| (to.clone(), from.clone())).collect()
        }
        let back = |names: &BTreeMap<ObjectName, ObjectName>, new: &ObjectName| {
            names.iter().find(|(_, to)| *to == new).map_or_else(|| new.clone(), |(from, _)| from.clone())
        };
        Self {
            tables: turned(&self.tables),
            // By the name that the table gets back.
            columns: self
                .columns
                .iter()
                .map(|(table, columns)| (back(&self.tables, table), turned(columns)))
                .collect(),
            enums: turned(&self.enums),
            enum_values: self
                .enum_values
                .iter()
                .map(|(ty, values)| (back(&self.enums, ty), turned(values)))
                .collect(),
            column_values: self
                .column_values
                .iter()
                .map(|((table, column), values)| {
                    let columns = self.columns.get(table).into_iter().flatten();
                    let old = columns.into_iter().find(|(_, new)| *new == column).map(|(old, _)| old.clone());
                    let column = old.unwrap_or_else(|| column.clone());
                    ((back(&self.tables, table), column), turned(values))
                })
                .collect(),
            sequences: turned(&self.sequences),
        }
    }

    /// The schema as it is once everything is renamed.
    pub(crate) fn renamed(&self, before: &Schema) -> Schema {
        self.apply(before).0
    }

    /// The schema as it is once everything is renamed, and the operations that do it. What is not there, or whose new
    /// name is taken, is passed over. A check that lists values stays: it is dropped before and added behind.
    pub(super) fn apply(&self, before: &Schema) -> (Schema, Vec<Operation>) {
        let mut schema = before.clone();
        let mut operations = Vec::new();
        for (from, to) in &self.enums {
            if schema.enums.contains_key(to) {
                continue;
            }
            let Some(mut ty) = schema.enums.remove(from) else { continue };
            ty.name = to.clone();
            schema.enums.insert(to.clone(), ty);
            rename_type(&mut schema, from, to);
            operations.push(Operation::RenameEnum { from: from.clone(), to: to.clone() });
        }
        for (from, to) in &self.sequences {
            if schema.sequences.contains_key(to) {
                continue;
            }
            let Some(mut sequence) = schema.sequences.remove(from) else { continue };
            sequence.name = to.clone();
            schema.sequences.insert(to.clone(), sequence);
            operations.push(Operation::RenameSequence { from: from.clone(), to: to.clone() });
        }
        for (from, to) in &self.tables {
            if schema.tables.contains_key(to) {
                continue;
            }
            let Some(mut table) = schema.tables.remove(from) else { continue };
            table.name = to.clone();
            schema.tables.insert(to.clone(), table);
            for table in schema.tables.values_mut() {
                for key in table.foreign_keys.iter_mut().filter(|key| key.referred_table == *from) {
                    key.referred_table = to.clone();
                }
            }
            operations.push(Operation::RenameTable { from: from.clone(), to: to.clone() });
        }
        for (table, columns) in &self.columns {
            for (from, to) in columns {
                if rename_column(&mut schema, table, from, to) {
                    let (table, from, to) = (table.clone(), from.clone(), to.clone());
                    operations.push(Operation::RenameColumn { table, from, to });
                }
            }
        }
        for ((table, column), values) in &self.column_values {
            let values = values::rename(&mut schema, table, column, values);
            if !values.is_empty() {
                let (table, column) = (table.clone(), column.clone());
                operations.push(Operation::RenameValues { table, column, values });
            }
        }
        for (name, values) in &self.enum_values {
            for (from, to) in values {
                let Some(ty) = schema.enums.get_mut(name) else { continue };
                if ty.values.contains(to) {
                    continue;
                }
                let Some(value) = ty.values.iter_mut().find(|value| *value == from) else { continue };
                value.clone_from(to);
                rename_value(&mut schema, from, to);
                let (name, from, to) = (name.clone(), from.clone(), to.clone());
                operations.push(Operation::RenameEnumValue { name, from, to });
            }
        }
        (schema, operations)
    }
}

/// Columns of the type, and the casts in what they hold.
fn rename_type(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    let dialect = schema.dialect;
    let (old, new) = (from.to_string(), to.to_string());
    for table in schema.tables.values_mut() {
        for column in &mut table.columns {
            let base = column.ty.trim_end_matches("[]");
            if base == old {
                column.ty = format!("{new}{}", &column.ty[base.len()..]);
            }
        }
        for text in expressions(table) {
            *text = with_identifier_renamed(dialect, text, &from.name, &to.name);
        }
    }
}

/// Defaults and checks name a value as a string.
fn rename_value(schema: &mut Schema, from: &str, to: &str) {
    let quoted = |value: &str| format!("'{}'", value.replace('\'', "''"));
    let (old, new) = (quoted(from), quoted(to));
    for table in schema.tables.values_mut() {
        for text in expressions(table) {
            *text = text.replace(&old, &new);
        }
    }
}

fn rename_column(schema: &mut Schema, name: &ObjectName, from: &str, to: &str) -> bool {
    let dialect = schema.dialect;
    let Some(table) = schema.tables.get_mut(name) else { return false };
    if table.column(to).is_some() {
        return false;
    }
    let Some(column) = table.columns.iter_mut().find(|column| column.name == from) else { return false };
    to.clone_into(&mut column.name);
    let in_list = |columns: &mut Vec<String>| {
        for column in columns.iter_mut().filter(|column| *column == from) {
            to.clone_into(column);
        }
    };
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
    for text in expressions(table) {
        *text = with_column_renamed(dialect, text, from, to);
    }
    for other in schema.tables.values_mut() {
        for key in other.foreign_keys.iter_mut().filter(|key| key.referred_table == *name) {
            in_list(&mut key.referred_columns);
        }
    }
    true
}

/// Every text of a table that may name its columns or types.
fn expressions(table: &mut Table) -> impl Iterator<Item = &mut String> {
    let columns = table.columns.iter_mut().flat_map(|column| {
        column
            .default
            .iter_mut()
            .chain(column.generated.iter_mut().map(|generated| &mut generated.expression))
    });
    let indexes = table.indexes.iter_mut().flat_map(|index| {
        let keys = index.keys.iter_mut().filter_map(|key| match &mut key.part {
            KeyPart::Expression(expression) => Some(expression),
            KeyPart::Column(_) => None,
        });
        keys.chain(index.filter.iter_mut())
    });
    let checks = table.checks.iter_mut().map(|check| &mut check.expression);
    let exclusions = table.exclusions.iter_mut().map(|exclusion| &mut exclusion.definition);
    columns.chain(indexes).chain(checks).chain(exclusions)
}

/// An expression of a table with one of its columns renamed.
fn with_column_renamed(dialect: Dialect, text: &str, from: &str, to: &str) -> String {
    match dialect {
        // Their renderers have to find the expression again.
        Dialect::Sqlite => sqlite::in_expression(text, from, to),
        Dialect::Mysql | Dialect::Mariadb => mysql::with_column_renamed(text, from, to),
        Dialect::Postgres | Dialect::Mssql => with_identifier_renamed(dialect, text, from, to),
    }
}

/// The text with each word `from` outside strings replaced, quoted or not. Enough to see that an expression is still
/// the same: the server renames by itself.
fn with_identifier_renamed(dialect: Dialect, text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let closing = match first {
            '\'' | '"' | '`' => Some(first),
            '[' => Some(']'),
            _ => None,
        };
        let length = match closing {
            Some(closing) => quoted_length(rest, closing),
            None if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            None => first.len_utf8(),
        };
        let (token, left) = rest.split_at(length);
        let inner = token.get(1..token.len().saturating_sub(1)).unwrap_or_default();
        match closing {
            Some('\'') => out.push_str(token),
            Some(closing) if inner == from => {
                out.push(first);
                out.push_str(to);
                out.push(closing);
            }
            None if token == from && is_plain(to) => out.push_str(to),
            None if token == from => out.push_str(&quote(dialect, to)),
            Some(_) | None => out.push_str(token),
        }
        rest = left;
    }
    out
}

/// Whether the name stands without quotes, whatever the engine.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// How long the quoted piece at the start is; to the end if it is not closed.
fn quoted_length(text: &str, closing: char) -> usize {
    let mut end = 1;
    while let Some(at) = text.get(end..).and_then(|rest| rest.find(closing)) {
        end += at + closing.len_utf8();
        if !text[end..].starts_with(closing) {
            return end;
        }
        end += closing.len_utf8();
    }
    text.len()
}
