//! A table made anew: created under another name, filled, and put in the place of the old one. Foreign keys have to be
//! off: dropping the old table would delete its rows one by one, and with them what refers to them.

use std::collections::BTreeMap;

use super::{
    super::{Statement, values},
    create,
};
use crate::{
    schema::{Column, Identity, Table},
    sqlite::{is_same, mentions, quote},
};

/// The widest line that a list of columns may make.
const LINE: usize = 100;

/// What the rows are to hold that they do not.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// By column, the values that become others.
    pub(super) values: BTreeMap<String, BTreeMap<String, String>>,
    /// By column, what stands for NULL, or for everything in a new column.
    pub(super) fills: BTreeMap<String, String>,
}

impl Changed {
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.fills.is_empty()
    }
}

/// What has to hold while tables are made anew. The runtime sets it before the transaction of the revision, where
/// alone it has an effect, and checks every foreign key before the commit.
pub(super) const FOREIGN_KEYS_OFF: &str = "PRAGMA foreign_keys = OFF";

/// The statements that put `wanted` in the place of `live`.
pub(super) fn statements(
    live: &Table,
    wanted: &Table,
    fresh: &[String],
    changed: &Changed,
    temporary: &str,
) -> Vec<Statement> {
    let (name, new) = (quote(&live.name.name), quote(temporary));
    let mut create = Statement::new(create::table(wanted, temporary));
    if live.details.has_comments {
        create = create.with_review(format!("the comments inside the CREATE TABLE of {name} are not kept"));
    }
    let mut statements = vec![create, copy(live, wanted, fresh, changed, &new)];
    if is_numbered(live) && is_numbered(wanted) {
        // A number that was given once is not given again, even if its row is gone.
        let (from, to) = (literal(&live.name.name), literal(temporary));
        statements.push(Statement::new(format!(
            "UPDATE sqlite_sequence\nSET seq = old.seq\nFROM sqlite_sequence AS old\n\
             WHERE sqlite_sequence.name = {to} AND old.name = {from}"
        )));
    }
    // Views and triggers elsewhere name the table, and for a moment there is none.
    statements.extend(
        [
            format!("DROP TABLE {name}"),
            "PRAGMA legacy_alter_table = ON".to_owned(),
            format!("ALTER TABLE {new} RENAME TO {name}"),
            "PRAGMA legacy_alter_table = OFF".to_owned(),
        ]
        .map(Statement::new),
    );
    let mut rest = create::indexes_and_triggers(wanted);
    for column in live.columns.iter().filter(|column| wanted.column(&column.name).is_none()) {
        let triggers = rest.iter_mut().skip(wanted.indexes.len());
        for statement in triggers.filter(|statement| mentions(&statement.sql, &column.name)) {
            statement.reviews.push(format!("does it still fit? {} is gone from {name}", quote(&column.name)));
        }
    }
    statements.append(&mut rest);
    statements
}

/// The rows, into the new table. What both have and neither computes is copied; the affinity of the new column, and in a
/// STRICT table its type, is what converts.
fn copy(live: &Table, wanted: &Table, fresh: &[String], changed: &Changed, new: &str) -> Statement {
    let is_old = |name: &String| !fresh.contains(name) && live.column(name).is_some();
    let is_copied = |column: &&Column| {
        column.generated.is_none() && (is_old(&column.name) || changed.fills.contains_key(&column.name))
    };
    let copied: Vec<String> =
        wanted.columns.iter().filter(is_copied).map(|column| column.name.clone()).collect();
    // An explicit ABORT overrules IGNORE and REPLACE: no row may get lost on the way.
    let insert = if wanted.details.has_conflict_clause() { "INSERT OR ABORT" } else { "INSERT" };
    let name = quote(&live.name.name);
    let rowid = rowid(live, wanted);
    let sql = if copied.is_empty() {
        let first = wanted.columns.iter().find(|column| column.generated.is_none());
        let column = first.map(|column| quote(&column.name)).unwrap_or_default();
        let value = first.and_then(|column| column.default.clone()).unwrap_or_else(|| "NULL".to_owned());
        match rowid {
            Some(rowid) => {
                format!("{insert} INTO {new} ({rowid}, {column})\nSELECT {rowid}, {value}\nFROM {name}")
            }
            None => format!("{insert} INTO {new} ({column})\nSELECT {value}\nFROM {name}"),
        }
    } else {
        let rowid = || rowid.map(ToOwned::to_owned).into_iter();
        let into: Vec<_> = rowid().chain(copied.iter().map(|column| quote(column))).collect();
        let sources = copied.iter().map(|column| source(column, is_old(column), changed));
        let from: Vec<_> = rowid().chain(sources).collect();
        let into = match lines(&into) {
            Lines::One(line) => format!(" ({line})"),
            Lines::Several(lines) => format!(" (\n{lines}\n)"),
        };
        let from = match lines(&from) {
            Lines::One(line) => format!(" {line}"),
            Lines::Several(lines) => format!("\n{lines}"),
        };
        format!("{insert} INTO {new}{into}\nSELECT{from}\nFROM {name}")
    };
    reviews(live, wanted, fresh, changed).into_iter().fold(Statement::new(sql), Statement::with_review)
}

/// The name of the rows' numbers, where those would be given anew: full-text tables and applications may keep them.
fn rowid(live: &Table, wanted: &Table) -> Option<&'static str> {
    let has_rowids = |table: &Table| !table.has_option("without_rowid");
    if !has_rowids(live) || !has_rowids(wanted) || wanted.row_number().is_some() {
        return None;
    }
    let columns = || live.columns.iter().chain(&wanted.columns);
    ["rowid", "_rowid_", "oid"]
        .into_iter()
        .find(|rowid| !columns().any(|column| is_same(&column.name, rowid)))
}

/// What is copied into a column.
fn source(column: &str, is_old: bool, changed: &Changed) -> String {
    let name = quote(column);
    let held = match changed.values.get(column) {
        Some(values) => values::expression(&name, values, literal),
        None => name,
    };
    match changed.fills.get(column) {
        Some(fill) if is_old => format!("COALESCE({held}, {fill})"),
        Some(fill) => fill.clone(),
        None => held,
    }
}

/// A list as it stands in a statement.
enum Lines {
    /// Behind what comes before it.
    One(String),
    /// Indented, below it, without a line end at its own.
    Several(String),
}

/// Lays a list out.
fn lines(parts: &[String]) -> Lines {
    let one_line = parts.join(", ");
    if one_line.len() <= LINE {
        return Lines::One(one_line);
    }
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.len() + part.len() + 2 <= LINE => {
                line.push_str(", ");
                line.push_str(part);
            }
            _ => lines.push(part.clone()),
        }
    }
    Lines::Several(format!("    {}", lines.join(",\n    ")))
}

/// What can stop the copy, or change what it copies.
fn reviews(live: &Table, wanted: &Table, fresh: &[String], changed: &Changed) -> Vec<String> {
    let mut reviews = Vec::new();
    let is_strict = wanted.has_option("strict");
    let is_filled = |column: &Column| changed.fills.contains_key(&column.name);
    for column in &wanted.columns {
        let name = quote(&column.name);
        let before = live.column(&column.name).filter(|_| !fresh.contains(&column.name));
        let Some(before) = before else {
            reviews.extend(gap_without_default(wanted, column).filter(|_| !is_filled(column)));
            continue;
        };
        if column.generated.is_some() {
            if before.generated.is_none() {
                reviews.push(format!("what {name} holds is lost: it is computed from now on"));
            }
            continue;
        }
        let is_key = wanted.row_number() == Some(&column.name);
        if before.nullable && !column.nullable && !is_key && !is_filled(column) {
            let table = quote(&wanted.name.name);
            reviews.push(format!(
                "stops where {name} is NULL: fill it first, UPDATE {table} SET {name} = ... WHERE {name} IS NULL"
            ));
        }
        let (from, to) = (affinity(&before.ty), affinity(&column.ty));
        let is_checked =
            is_strict && !is_key && (from != to || !live.has_option("strict")) && to != Affinity::Any;
        if is_checked {
            reviews.push(format!("stops where {name} holds something that is no {}", column.ty));
        }
        if from != to && is_converted(to) {
            reviews.push(match to {
                Affinity::Text => {
                    format!("numbers in {name} become text, of at most 15 digits")
                }
                _ => format!("text in {name} that looks like a number becomes one: '007' becomes 7"),
            });
        }
    }
    reviews
}

fn is_converted(to: Affinity) -> bool {
    match to {
        Affinity::Text | Affinity::Number => true,
        Affinity::Any => false,
    }
}

/// How a column of a type treats what is stored in it ("Datatypes In SQLite", 3.1), as far as it changes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Text,
    Number,
    Any,
}

fn affinity(ty: &str) -> Affinity {
    let ty = ty.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| ty.contains(word));
    if has(&["INT"]) {
        Affinity::Number
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Affinity::Text
    } else if ty.is_empty() || ty == "ANY" || has(&["BLOB"]) {
        Affinity::Any
    } else {
        Affinity::Number
    }
}

/// What to say of a new column that no row can do without and that none has.
pub(super) fn gap_without_default(table: &Table, column: &Column) -> Option<String> {
    let is_filled = column.nullable
        || column.default.is_some()
        || column.generated.is_some()
        || table.row_number() == Some(&column.name);
    (!is_filled).then(|| {
        let (table, column) = (quote(&table.name.name), quote(&column.name));
        format!(
            "fails if {table} has rows: give {column} a default, or add it without NOT NULL, fill it, and set NOT NULL \
             afterwards"
        )
    })
}

/// What to say of the triggers that name a column which goes.
pub(super) fn stale_triggers(table: &Table, column: &str) -> impl Iterator<Item = String> {
    let stale = table.triggers.iter().filter(move |trigger| mentions(&trigger.sql, column));
    stale.map(|trigger| {
        format!("the trigger {} may name the column: write it anew first", quote(&trigger.name))
    })
}

pub(super) fn is_same_but_comment(one: &Column, other: &Column) -> bool {
    *one == Column { comment: one.comment.clone(), default_name: one.default_name.clone(), ..other.clone() }
}

fn is_numbered(table: &Table) -> bool {
    table.columns.iter().any(|column| column.identity == Some(Identity::AutoIncrement))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
