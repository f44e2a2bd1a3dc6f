//! What the tables hold that are to be changed.

use std::collections::BTreeMap;

use migrate_core::Error;
use migrate_runtime::Connection;

use crate::{ddl::quote, operation::Operation, schema::ObjectName};

/// Counts, asked for by the names that hold when an operation's turn comes: after each, [`Facts::follow`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    rows: BTreeMap<ObjectName, u64>,
    values: BTreeMap<(ObjectName, String), u64>,
    names: Names,
}

impl Facts {
    /// Counts in the tables that operations drop, or whose columns they drop, alter or add: one query for each table.
    ///
    /// # Errors
    /// The server's.
    pub(crate) async fn count(connection: &mut Connection, operations: &[Operation]) -> Result<Self, Error> {
        let mut names = Names::default();
        let mut wanted: BTreeMap<ObjectName, Vec<String>> = BTreeMap::new();
        for operation in operations {
            let (table, column) = match operation {
                Operation::DropTable(table) => (&table.name, None),
                Operation::DropColumn { table, column } => (table, Some(&column.name)),
                Operation::AlterColumn { table, before, .. } => (table, Some(&before.name)),
                Operation::AddColumn { table, .. } | Operation::AddIndex { table, .. } => (table, None),
                _ => {
                    names.follow(operation);
                    continue;
                }
            };
            if let Some(there) = names.table(table) {
                let columns = wanted.entry(there).or_default();
                columns.extend(column.and_then(|column| names.column(table, column)));
            }
            names.follow(operation);
        }
        let dialect = connection.dialect();
        let mut facts = Self::default();
        for (table, wanted) in wanted {
            let counts = wanted.iter().map(|column| format!(", count({})", quote(dialect, column)));
            let schema = table.schema.as_ref().map(|schema| format!("{}.", quote(dialect, schema)));
            let sql = format!(
                "SELECT count(*){} FROM {}{}",
                counts.collect::<String>(),
                schema.unwrap_or_default(),
                quote(dialect, &table.name)
            );
            let rows = connection.query(&sql).await?;
            let mut cells = rows.into_iter().flatten().map(|cell| cell.and_then(|cell| cell.parse().ok()));
            facts.rows.extend(cells.next().flatten().map(|rows| (table.clone(), rows)));
            for (column, count) in wanted.into_iter().zip(cells) {
                facts.values.extend(count.map(|count| ((table.clone(), column), count)));
            }
        }
        Ok(facts)
    }

    /// Speaks from now on of what there is behind the operation.
    pub(crate) fn follow(&mut self, operation: &Operation) {
        self.names.follow(operation);
    }

    /// How many rows a table has, if it was counted.
    pub(crate) fn rows(&self, table: &ObjectName) -> Option<u64> {
        self.rows.get(&self.names.table(table)?).copied()
    }

    /// How many values of a column are not NULL, if they were counted.
    pub(crate) fn values(&self, table: &ObjectName, column: &str) -> Option<u64> {
        self.values.get(&(self.names.table(table)?, self.names.column(table, column)?)).copied()
    }
}

/// What everything is called in the database, by its name between two operations; none for what is new.
#[derive(Debug, Clone, Default)]
struct Names {
    tables: BTreeMap<ObjectName, Option<ObjectName>>,
    columns: BTreeMap<(ObjectName, String), Option<String>>,
}

impl Names {
    fn table(&self, now: &ObjectName) -> Option<ObjectName> {
        self.tables.get(now).map_or_else(|| Some(now.clone()), Clone::clone)
    }

    fn column(&self, table: &ObjectName, now: &str) -> Option<String> {
        let known = self.columns.get(&(table.clone(), now.to_owned()));
        known.map_or_else(|| Some(now.to_owned()), Clone::clone)
    }

    fn follow(&mut self, operation: &Operation) {
        match operation {
            Operation::RenameTable { from, to } => {
                let there = self.table(from);
                self.tables.insert(from.clone(), None);
                self.tables.insert(to.clone(), there);
                let is_of = |(table, _): &(ObjectName, String)| table == from || table == to;
                let columns = std::mem::take(&mut self.columns).into_iter();
                let (of_it, others): (Vec<_>, Vec<_>) = columns.partition(|(place, _)| is_of(place));
                self.columns = others.into_iter().collect();
                let of_it = of_it.into_iter().filter(|((table, _), _)| table == from);
                self.columns.extend(of_it.map(|((_, column), there)| ((to.clone(), column), there)));
            }
            Operation::RenameColumn { table, from, to } => {
                let there = self.column(table, from);
                self.columns.insert((table.clone(), from.clone()), None);
                self.columns.insert((table.clone(), to.clone()), there);
            }
            Operation::CreateTable(table) => {
                self.tables.insert(table.name.clone(), None);
            }
            Operation::AddColumn { table, column } => {
                self.columns.insert((table.clone(), column.name.clone()), None);
            }
            _ => {}
        }
    }
}

/// `1 row`, `2 rows`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
