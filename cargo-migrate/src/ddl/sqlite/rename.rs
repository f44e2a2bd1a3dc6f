//! What SQLite rewrites by itself when something is renamed, done to our picture of it.

use crate::{
    schema::{KeyPart, ObjectName, Table},
    sqlite::{Rename, in_expression, in_trigger, is_same},
};

/// Renames in a table, whether it is the one that is renamed or one that refers to it. Gives the triggers in whose
/// text only SQLite could tell what is meant.
pub(super) fn apply(table: &mut Table, rename: &Rename) -> Vec<String> {
    let mut unsure = Vec::new();
    for trigger in &mut table.triggers {
        match in_trigger(&trigger.sql, &table.name.name, rename) {
            Some(sql) => trigger.sql = sql,
            None => unsure.push(trigger.name.clone()),
        }
    }
    match rename {
        Rename::Table { from, to } => {
            if is_same(&table.name.name, from) {
                table.name = ObjectName::local(to);
            }
            for key in &mut table.foreign_keys {
                if is_same(&key.referred_table.name, from) {
                    key.referred_table = ObjectName::local(to);
                }
            }
        }
        Rename::Column { table: of, from, to } => {
            for key in table.foreign_keys.iter_mut().filter(|key| is_same(&key.referred_table.name, of)) {
                in_list(&mut key.referred_columns, from, to);
            }
            if is_same(&table.name.name, of) {
                column(table, from, to);
            }
        }
    }
    unsure
}

fn in_list(names: &mut [String], from: &str, to: &str) {
    for name in names.iter_mut().filter(|name| is_same(name, from)) {
        to.clone_into(name);
    }
}

fn column(table: &mut Table, from: &str, to: &str) {
    let in_text = |text: &mut String| *text = in_expression(text, from, to);
    for column in &mut table.columns {
        if is_same(&column.name, from) {
            to.clone_into(&mut column.name);
        }
        if let Some(generated) = &mut column.generated {
            in_text(&mut generated.expression);
        }
    }
    if let Some(key) = &mut table.primary_key {
        in_list(&mut key.columns, from, to);
    }
    for unique in &mut table.uniques {
        in_list(&mut unique.columns, from, to);
    }
    for key in &mut table.foreign_keys {
        in_list(&mut key.columns, from, to);
    }
    for check in &mut table.checks {
        in_text(&mut check.expression);
    }
    for index in &mut table.indexes {
        for key in &mut index.keys {
            match &mut key.part {
                KeyPart::Column(name) if is_same(name, from) => to.clone_into(name),
                KeyPart::Column(_) => {}
                KeyPart::Expression(text) => in_text(text),
            }
        }
        index.filter.iter_mut().for_each(in_text);
    }
    for key in &mut table.details.keys {
        in_list(&mut key.columns, from, to);
    }
    if let Some(details) = table.details.not_null.remove(from) {
        table.details.not_null.insert(to.to_owned(), details);
    }
}
