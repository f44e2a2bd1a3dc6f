use std::fmt::Write as _;

use crate::{
    schema::{Check, Column, Deferrable, ForeignKey, Identity, KeyDetails, ReferentialAction, Table},
    sqlite::quote,
};

/// A column as CREATE TABLE has it behind the name: its type, and what is said with it.
pub(super) fn definition(table: &Table, column: &Column) -> String {
    let mut words: Vec<String> = Vec::new();
    if !column.ty.is_empty() {
        words.push(column.ty.clone());
    }
    let is_inline_key = is_inline_key(table, &column.name);
    if is_inline_key {
        words.push(inline_key(table, column));
    }
    // The row's number is never NULL.
    let is_row_number = is_inline_key && table.row_number() == Some(&column.name);
    // What is DESC is taken for it, and may hold NULL unless that was said.
    let is_unsaid = is_inline_key
        && table.descending_key() == Some(&column.name)
        && !table.details.not_null.contains_key(&column.name);
    if !column.nullable && !is_row_number && !is_unsaid {
        words.push(not_null(table, &column.name));
    }
    if let Some(default) = &column.default {
        words.push(format!("DEFAULT {default}"));
    }
    if let Some(collation) = &column.collation {
        words.push(format!("COLLATE {}", quote(collation)));
    }
    if let Some(generated) = &column.generated {
        let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
        words.push(format!("GENERATED ALWAYS AS ({}) {kept}", generated.expression));
    }
    words.join(" ")
}

/// Whether the primary key stands behind its column: where it is one column's and has no name.
pub(super) fn is_inline_key(table: &Table, column: &str) -> bool {
    let Some(key) = table.primary_key.as_ref().filter(|key| key.columns == [column]) else { return false };
    match table.details.key(true, &key.columns) {
        // What is DESC in a clause of its own is the row's number, and behind the column it is not.
        Some(details) if details.parts.iter().any(|part| part.descending) => details.is_inline,
        Some(details) => key.name.is_none() && details.parts.iter().all(|part| part.collation.is_none()),
        None => key.name.is_none(),
    }
}

fn inline_key(table: &Table, column: &Column) -> String {
    let mut sql = String::new();
    let Some(key) = &table.primary_key else { return sql };
    if let Some(name) = &key.name {
        sql = format!("CONSTRAINT {} ", quote(name));
    }
    sql.push_str("PRIMARY KEY");
    if let Some(details) = table.details.key(true, &key.columns) {
        if details.parts.iter().any(|part| part.descending) {
            sql.push_str(" DESC");
        }
        sql.push_str(&on_conflict(Some(details)));
    }
    if column.identity == Some(Identity::AutoIncrement) {
        sql.push_str(" AUTOINCREMENT");
    }
    sql
}

fn not_null(table: &Table, column: &str) -> String {
    let details = table.details.not_null.get(column);
    let name = details.and_then(|details| details.name.as_ref());
    let name = name.map(|name| format!("CONSTRAINT {} ", quote(name))).unwrap_or_default();
    let on_conflict = details.and_then(|details| details.on_conflict);
    let on_conflict = on_conflict.map(|action| format!(" ON CONFLICT {}", action.sql())).unwrap_or_default();
    format!("{name}NOT NULL{on_conflict}")
}

/// ` ON CONFLICT ...`, or nothing.
pub(super) fn on_conflict(details: Option<&KeyDetails>) -> String {
    let action = details.and_then(|details| details.on_conflict);
    action.map(|action| format!(" ON CONFLICT {}", action.sql())).unwrap_or_default()
}

/// `REFERENCES ...`, behind a column or a FOREIGN KEY.
pub(super) fn references(key: &ForeignKey) -> String {
    let mut sql = format!("REFERENCES {}", quote(&key.referred_table.name));
    if !key.referred_columns.is_empty() {
        let _ = write!(sql, " ({})", list(&key.referred_columns));
    }
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if action != ReferentialAction::NoAction {
            let _ = write!(sql, " ON {event} {}", action.sql());
        }
    }
    match key.deferrable {
        Deferrable::No => {}
        Deferrable::Immediate => sql.push_str(" DEFERRABLE INITIALLY IMMEDIATE"),
        Deferrable::Deferred => sql.push_str(" DEFERRABLE INITIALLY DEFERRED"),
    }
    sql
}

/// `CHECK (...)`.
pub(super) fn check(check: &Check) -> String {
    format!("CHECK ({})", check.expression)
}

/// What is said with a name before it, if it has one.
pub(super) fn named(name: Option<&String>, what: &str) -> String {
    name.map_or_else(|| what.to_owned(), |name| format!("CONSTRAINT {} {what}", quote(name)))
}

/// Names with commas between them.
pub(super) fn list(names: &[String]) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
}
