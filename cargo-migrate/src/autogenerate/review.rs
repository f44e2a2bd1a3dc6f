//! What stands in the file above a statement, whatever the renderer says of it: what is lost, what could stop it.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::Dialect;

use super::{
    facts::{Facts, Offenders},
    former::mentions,
    locks,
};
use crate::{
    ddl::Notes,
    operation::Operation,
    schema::{Column, KeyPart, ObjectName},
};

/// What to say of the way up. `facts` are those of the database that was looked at.
pub(super) fn way_up(dialect: Dialect, operations: &[Operation], facts: &Facts) -> Notes {
    let mut notes = Notes::default();
    let news = News::of(operations);
    for operation in operations {
        if let Some((loss, comes_back)) = lost(operation) {
            notes.add(operation, format!("{loss}; {comes_back}"));
        }
        if let Some(mut note) = stopped(dialect, operation, &news) {
            let found = facts.offenders(operation).filter(|found| found.number() > 0);
            if let Some(found) = found {
                let noun = match operation {
                    Operation::AddUnique { .. }
                    | Operation::AddPrimaryKey { .. }
                    | Operation::AddIndex { .. } => "group",
                    _ => "row",
                };
                note += &when_written(found, noun);
            }
            notes.add(operation, note);
        }
        count(&mut notes, operation, facts);
        if let Some(note) = locks::note(operation, dialect, facts) {
            notes.add(operation, note);
        }
    }
    notes
}

/// How many values do not fit into the type that a column gets.
fn count(notes: &mut Notes, operation: &Operation, facts: &Facts) {
    match operation {
        Operation::AlterColumn { table, after, .. } => {
            if let Some(found) = facts.offenders(operation).filter(|found| found.number() > 0) {
                notes.count(table, &after.name, when_written(found, "row"));
            }
        }
        Operation::AlterEnum { after, .. } => {
            for held in facts.held(&after.name).filter(|held| held.misfits.number() > 0) {
                notes.count(&held.table, &held.column, when_written(held.misfits, "row"));
            }
        }
        _ => {}
    }
}

fn when_written(found: Offenders, noun: &str) -> String {
    format!(" ({} when this was written)", found.counted(noun))
}

/// What to say of the way down: what it drops has been filled by then, and what it adds was not there, so that rows may have
/// come which it does not fit.
pub(super) fn way_down(dialect: Dialect, operations: &[Operation]) -> Notes {
    let mut notes = Notes::default();
    let news = News::of(operations);
    for operation in operations {
        if let Some((loss, _)) = lost(operation) {
            notes.add(operation, loss);
        }
        if let Some(note) = stopped(dialect, operation, &news) {
            notes.add(operation, note);
        }
    }
    notes
}

/// What is gone with it, and what the other way brings again.
fn lost(operation: &Operation) -> Option<(String, &'static str)> {
    match operation {
        Operation::DropTable(table) => Some((
            format!("drops {}: its rows are lost", table.name),
            "the way back brings the table, not the rows",
        )),
        Operation::DropColumn { table, column } if column.generated.is_none() => Some((
            format!("drops {table}.{}: its values are lost", column.name),
            "the way back brings the column, not the values",
        )),
        _ => None,
    }
}

/// Which rows would stop it. None where there are none: the table is new, or what is constrained is NULL in every row.
fn stopped(dialect: Dialect, operation: &Operation, news: &News<'_>) -> Option<String> {
    let table = operation.table().filter(|table| !news.tables.contains(table))?;
    let is_empty = |column: &String| news.is_empty(table, column);
    let twice = |columns: &[String]| {
        let what = columns.join(", ");
        let what = if columns.len() == 1 { what } else { format!("({what})") };
        format!("fails if two rows of {table} have the same {what}")
    };
    // Two NULLs are the same to SQL Server.
    let are_distinct = |nulls_not_distinct: bool| match dialect {
        Dialect::Mssql => false,
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => !nulls_not_distinct,
    };
    match operation {
        Operation::AddCheck { check, .. } if !check.not_valid => {
            let is_about_empty = news.mentions_empty(table, &check.expression);
            let name = check.name.clone().unwrap_or_else(|| format!("the check {}", check.expression));
            (!is_about_empty).then(|| format!("fails if a row of {table} breaks {name}"))
        }
        Operation::AddForeignKey { key, .. } if !key.not_valid => (!key.columns.iter().any(is_empty))
            .then(|| format!("fails if a row of {table} refers to no row of {}", key.referred_table)),
        Operation::AddPrimaryKey { key, .. } => Some(format!("{}, or a row has none", twice(&key.columns))),
        Operation::AddUnique { unique, .. } => {
            let is_free = are_distinct(unique.nulls_not_distinct) && unique.columns.iter().any(is_empty);
            (!is_free).then(|| twice(&unique.columns))
        }
        Operation::AddIndex { index, .. } if index.unique => {
            let parts = index.keys.iter().map(|key| match &key.part {
                KeyPart::Column(name) => name.clone(),
                KeyPart::Expression(text) => text.clone(),
            });
            let parts: Vec<String> = parts.collect();
            let is_free = are_distinct(index.nulls_not_distinct) && parts.iter().any(is_empty);
            (!is_free).then(|| twice(&parts))
        }
        Operation::AddExclusion { exclusion, .. } => {
            Some(format!("fails if two rows of {table} are in conflict by {}", exclusion.name))
        }
        _ => None,
    }
}

/// What the operations make themselves.
struct News<'a> {
    tables: BTreeSet<&'a ObjectName>,
    columns: BTreeMap<&'a ObjectName, Vec<&'a Column>>,
}

impl<'a> News<'a> {
    fn of(operations: &'a [Operation]) -> Self {
        let mut news = Self { tables: BTreeSet::new(), columns: BTreeMap::new() };
        for operation in operations {
            match operation {
                Operation::CreateTable(table) => {
                    news.tables.insert(&table.name);
                }
                Operation::AddColumn { table, column } => {
                    news.columns.entry(table).or_default().push(column);
                }
                _ => {}
            }
        }
        news
    }

    /// New columns that are NULL in every row.
    fn empty(&self, table: &ObjectName) -> impl Iterator<Item = &'a Column> + '_ {
        let columns = self.columns.get(table).into_iter().flatten().copied();
        columns.filter(|column| {
            column.nullable
                && column.default.is_none()
                && column.generated.is_none()
                && column.identity.is_none()
        })
    }

    fn is_empty(&self, table: &ObjectName, name: &str) -> bool {
        self.empty(table).any(|column| column.name == name)
    }

    fn mentions_empty(&self, table: &ObjectName, text: &str) -> bool {
        self.empty(table).any(|column| mentions(text, &column.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Index, IndexKey, Table};

    fn name(name: &str) -> ObjectName {
        ObjectName::local(name)
    }

    fn unique() -> Operation {
        let index = Index { unique: true, ..Index::new("ix", vec![IndexKey::column("email")]) };
        Operation::AddIndex { table: name("users"), index }
    }

    fn email(ty: &str) -> Operation {
        Operation::AddColumn { table: name("users"), column: Column::new("email", ty) }
    }

    #[test]
    fn what_is_dropped_is_said_on_both_ways() {
        let drop = Operation::DropColumn { table: name("orders"), column: Column::new("tags", "text") };
        let operations = [drop, Operation::DropTable(Table::new(name("old")))];
        let notes = way_up(Dialect::Sqlite, &operations, &Facts::default());
        assert_eq!(
            notes.of(&operations[0]),
            ["drops orders.tags: its values are lost; the way back brings the column, not the values"]
        );
        assert!(notes.of(&operations[1])[0].starts_with("drops old: its rows are lost"));
        for dialect in Dialect::ALL {
            let notes = way_down(dialect, &operations);
            assert_eq!(notes.of(&operations[0]), ["drops orders.tags: its values are lost"]);
            assert_eq!(notes.of(&operations[1]), ["drops old: its rows are lost"]);
        }
    }

    #[test]
    fn rows_that_were_counted_are_named() {
        let facts = Facts::of(&[("users", 9)], &[], &[(unique(), 2)]);
        let said = |facts: &Facts| way_up(Dialect::Postgres, &[unique()], facts).of(&unique());
        assert_eq!(
            said(&facts),
            ["fails if two rows of users have the same email (2 groups when this was written)"]
        );
        assert_eq!(said(&Facts::default()), ["fails if two rows of users have the same email"]);
        assert_eq!(said(&Facts::of(&[("users", 200_000)], &[], &[])).len(), 2);
    }

    #[test]
    fn where_no_row_can_be_in_the_way_nothing_is_said() {
        let said = |dialect, operations: &[Operation]| way_down(dialect, operations).of(&unique());
        assert!(said(Dialect::Postgres, &[email("text"), unique()]).is_empty());
        assert!(!said(Dialect::Mssql, &[email("text"), unique()]).is_empty());
        let create = Operation::CreateTable(Table::new(name("users")));
        assert!(said(Dialect::Mssql, &[create, unique()]).is_empty());
    }
}
