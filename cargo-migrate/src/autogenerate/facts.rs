//! What the tables hold that are to be changed.

use std::collections::BTreeMap;

use migrate_core::Error;
use migrate_runtime::Connection;

use crate::{ddl::quote, operation::Operation, schema::ObjectName};

/// Counts, by the names that hold when the operation's turn comes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    rows: BTreeMap<ObjectName, u64>,
    values: BTreeMap<(ObjectName, String), u64>,
}

impl Facts {
    /// Counts in the tables that operations drop, or whose columns they drop, alter or add: one query for each table.
    ///
    /// # Errors
    /// The server's.
    pub(crate) async fn count(connection: &mut Connection, operations: &[Operation]) -> Result<Self, Error> {
        let mut names: BTreeMap<ObjectName, ObjectName> = BTreeMap::new();
        let mut columns: BTreeMap<(ObjectName, String), String> = BTreeMap::new();
        let mut wanted: BTreeMap<ObjectName, Vec<String>> = BTreeMap::new();
        for operation in operations {
            match operation {
                Operation::RenameTable { from, to } => {
                    names.insert(to.clone(), from.clone());
                }
                Operation::RenameColumn { table, from, to } => {
                    columns.insert((table.clone(), to.clone()), from.clone());
                }
                Operation::DropTable(table) => {
                    wanted.entry(table.name.clone()).or_default();
                }
                Operation::DropColumn { table, column } => {
                    wanted.entry(table.clone()).or_default().push(column.name.clone());
                }
                Operation::AlterColumn { table, before, .. } => {
                    wanted.entry(table.clone()).or_default().push(before.name.clone());
                }
                Operation::AddColumn { table, .. } | Operation::AddIndex { table, .. } => {
                    wanted.entry(table.clone()).or_default();
                }
                _ => {}
            }
        }
        let dialect = connection.dialect();
        let mut facts = Self::default();
        for (table, wanted) in wanted {
            let there = names.get(&table).unwrap_or(&table);
            let counts = wanted.iter().map(|column| {
                let there = columns.get(&(table.clone(), column.clone())).unwrap_or(column);
                format!(", count({})", quote(dialect, there))
            });
            let schema = there.schema.as_ref().map(|schema| format!("{}.", quote(dialect, schema)));
            let sql = format!(
                "SELECT count(*){} FROM {}{}",
                counts.collect::<String>(),
                schema.unwrap_or_default(),
                quote(dialect, &there.name)
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

    /// How many rows a table has, if it was counted.
    pub(crate) fn rows(&self, table: &ObjectName) -> Option<u64> {
        self.rows.get(table).copied()
    }

    /// How many values of a column are not NULL, if they were counted.
    pub(crate) fn values(&self, table: &ObjectName, column: &str) -> Option<u64> {
        self.values.get(&(table.clone(), column.to_owned())).copied()
    }
}

/// `1 row`, `2 rows`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
