//! What is written for each operation, forwards and back.

mod columns;
mod computed;
mod names;
mod paper;
mod refused;
mod rules;
mod server;
mod tables;

use std::fmt::Write as _;

use migrate_core::{Code, Dialect};

use super::render;
use crate::{
    ddl::{Notes, Script},
    diff::{Renames, diff},
    operation::{Commented, Operation, reversed},
    schema::{
        Check, Column, Deferrable, EnumType, Exclusion, ForeignKey, Generated, Identity, Index, IndexKey,
        KeyPart, NullsOrder, ObjectName, PrimaryKey, ReferentialAction, Schema, Sequence, SequenceOptions,
        Table, Unique,
    },
};

fn local(name: &str) -> ObjectName {
    ObjectName::local(name)
}

fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[allow(clippy::unnecessary_wraps)] // Shorter than what it stands for.
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// May be NULL.
fn column(name: &str, ty: &str) -> Column {
    Column::new(name, ty)
}

fn required(name: &str, ty: &str) -> Column {
    Column { nullable: false, ..column(name, ty) }
}

fn with_default(column: Column, name: &str, default: &str) -> Column {
    let default_name = (!name.is_empty()).then(|| name.to_owned());
    Column { default: some(default), default_name, ..column }
}

fn computed(name: &str, ty: &str, expression: &str, stored: bool) -> Column {
    Column { generated: Some(Generated { expression: expression.to_owned(), stored }), ..column(name, ty) }
}

fn identity(name: &str) -> Column {
    Column { identity: Some(Identity::Seeded { seed: 1, increment: 1 }), ..required(name, "bigint") }
}

fn table(name: &str, columns: &[Column]) -> Table {
    Table { columns: columns.to_vec(), ..Table::new(local(name)) }
}

fn primary(name: &str, columns: &[&str]) -> PrimaryKey {
    PrimaryKey {
        name: (!name.is_empty()).then(|| name.to_owned()),
        columns: strings(columns),
        include: Vec::new(),
        deferrable: Deferrable::No,
        clustered: None,
        comment: None,
    }
}

fn unique(name: &str, columns: &[&str]) -> Unique {
    Unique {
        name: (!name.is_empty()).then(|| name.to_owned()),
        columns: strings(columns),
        include: Vec::new(),
        nulls_not_distinct: false,
        deferrable: Deferrable::No,
        clustered: None,
        comment: None,
    }
}

fn check(name: &str, expression: &str) -> Check {
    Check {
        name: (!name.is_empty()).then(|| name.to_owned()),
        expression: expression.to_owned(),
        no_inherit: false,
        not_valid: false,
        comment: None,
    }
}

fn foreign_key(name: &str, columns: &[&str], referred: &str, referred_columns: &[&str]) -> ForeignKey {
    ForeignKey {
        name: (!name.is_empty()).then(|| name.to_owned()),
        columns: strings(columns),
        referred_table: local(referred),
        referred_columns: strings(referred_columns),
        on_delete: ReferentialAction::NoAction,
        delete_columns: Vec::new(),
        on_update: ReferentialAction::NoAction,
        match_full: false,
        deferrable: Deferrable::No,
        not_valid: false,
        comment: None,
    }
}

fn index(name: &str, columns: &[&str]) -> Index {
    Index::new(name, columns.iter().map(|column| IndexKey::column(*column)).collect())
}

fn schema<const N: usize>(tables: [Table; N]) -> Schema {
    let mut schema = Schema::empty(Dialect::Mssql);
    for table in tables {
        schema.insert(table);
    }
    schema
}

fn written(operations: &[Operation], before: &Schema, after: &Schema) -> String {
    let script = Script { operations, before, after };
    let statements = match render(&script, &Notes::default()) {
        Ok(statements) => statements,
        Err(error) => return format!("{error:?}\n"),
    };
    let mut out = String::new();
    for statement in statements {
        for review in &statement.reviews {
            writeln!(out, "-- review: {review}").unwrap();
        }
        writeln!(out, "{}", statement.sql).unwrap();
    }
    out
}

fn both_ways(operations: &[Operation], before: &Schema, after: &Schema) -> String {
    format!(
        "{}---- down\n{}",
        written(operations, before, after),
        written(&reversed(operations), after, before)
    )
}

/// The way from one schema to the other, and back.
fn between(before: &Schema, after: &Schema) -> String {
    both_ways(&diff(before, after, &Renames::default()), before, after)
}

/// A change of a table, and back.
fn change(before: Table, after: Table) -> String {
    between(&schema([before]), &schema([after]))
}

/// A change of a column `c`, on which nothing else stands, and back.
fn change_column(before: Column, after: Column) -> String {
    change(table("t", &[required("id", "int"), before]), table("t", &[required("id", "int"), after]))
}
