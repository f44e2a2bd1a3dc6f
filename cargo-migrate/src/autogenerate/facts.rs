//! What the tables hold that are to be changed.

use std::collections::BTreeMap;

use migrate_core::Dialect;
use migrate_runtime::Connection;

use super::{
    former::Former,
    held::{self, Held},
    offenders::{self, MOST},
};
use crate::{
    ddl::quote,
    diff,
    operation::Operation,
    schema::{ObjectName, Schema},
};

/// Counts, by the names that hold when the operation's turn comes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    rows: BTreeMap<ObjectName, u64>,
    values: BTreeMap<(ObjectName, String), u64>,
    offenders: Vec<(Operation, Offenders)>,
    /// Of what goes because something else gets its name: tables, and columns by the new name of theirs.
    gone_rows: BTreeMap<ObjectName, u64>,
    gone_values: BTreeMap<(ObjectName, String), u64>,
    /// By enumerated type, what the columns hold of which it loses values.
    held: BTreeMap<ObjectName, Vec<Held>>,
}

/// How many rows stop an operation; more than a thousand are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offenders(u64);

/// What is asked about one table.
#[derive(Debug, Default)]
struct Questions {
    columns: Vec<String>,
    /// The operations, with the query that finds the rows which stop them.
    offenders: Vec<(Operation, String)>,
}

impl Facts {
    /// Counts in the tables that operations drop or add something to: one query for each table. What the server does not
    /// count stays unknown: that is no reason to stop. It takes what it counts as one statement by itself, so that one
    /// it refuses leaves no transaction behind that is of no more use.
    pub(crate) async fn count(
        connection: &mut Connection,
        before: &Schema,
        operations: &[Operation],
    ) -> Self {
        let dialect = connection.dialect();
        let former = Former::new(before, operations);
        let mut facts = Self::default();
        for (table, questions) in questions(dialect, &former, operations) {
            let Some(source) = Former::new(before, &[]).source(
                dialect,
                &former.table(&table).map_or_else(|| table.clone(), |found| found.name.clone()),
                "counted",
            ) else {
                continue;
            };
            let plain = questions.columns.iter().map(|column| {
                format!("{}({})", counting(dialect), quote(dialect, former.column(&table, column)))
            });
            let plain: Vec<String> =
                std::iter::once(format!("{}(*)", counting(dialect))).chain(plain).collect();
            let offenders: Vec<String> =
                questions.offenders.iter().map(|(_, query)| number_of(dialect, query)).collect();
            let all = [plain.as_slice(), offenders.as_slice()].concat();
            let mut counts = ask(connection, &format!("SELECT {} FROM {source}", all.join(", "))).await;
            if counts.len() < all.len() && !offenders.is_empty() {
                // One of them it cannot count. Which one is found by asking for each.
                counts = ask(connection, &format!("SELECT {} FROM {source}", plain.join(", "))).await;
                counts.resize(plain.len(), None);
                for offender in &offenders {
                    let count = ask(connection, &format!("SELECT {offender}")).await;
                    counts.push(count.first().copied().flatten());
                }
            }
            facts.take(&table, questions, &counts);
        }
        facts.count_gone(connection, before, operations).await;
        facts.held = held::count(connection, before, operations).await;
        facts
    }

    /// Counts what goes because something else gets its name, which would be counted by that name otherwise.
    async fn count_gone(&mut self, connection: &mut Connection, before: &Schema, operations: &[Operation]) {
        let dialect = connection.dialect();
        let first = &operations[..diff::behind_renames(operations)];
        let former = Former::new(before, operations);
        for operation in first {
            let (name, column) = match operation {
                Operation::DropTable(table) => (&table.name, None),
                Operation::DropColumn { table, column } => {
                    let Some(found) = former.table(table) else { continue };
                    (&found.name, Some((table, &column.name)))
                }
                _ => continue,
            };
            let Some(source) = Former::new(before, &[]).source(dialect, name, "counted") else { continue };
            let what = column.map_or_else(|| "*".to_owned(), |(_, column)| quote(dialect, column));
            let counts =
                ask(connection, &format!("SELECT {}({what}) FROM {source}", counting(dialect))).await;
            let Some(count) = counts.first().copied().flatten() else { continue };
            match column {
                Some((table, column)) => {
                    self.gone_values.insert((table.clone(), column.clone()), count);
                }
                None => {
                    self.gone_rows.insert(name.clone(), count);
                }
            }
        }
    }

    /// How many rows a table has that is dropped, if it was counted.
    pub(crate) fn dropped_rows(&self, table: &ObjectName) -> Option<u64> {
        self.gone_rows.get(table).copied().or_else(|| self.rows(table))
    }

    /// How many values of a column that is dropped are not NULL, if they were counted.
    pub(crate) fn dropped_values(&self, table: &ObjectName, column: &str) -> Option<u64> {
        let gone = self.gone_values.get(&(table.clone(), column.to_owned())).copied();
        gone.or_else(|| self.values(table, column))
    }

    fn take(&mut self, table: &ObjectName, questions: Questions, counts: &[Option<u64>]) {
        let mut counts = counts.iter().copied();
        self.rows.extend(counts.next().flatten().map(|rows| (table.clone(), rows)));
        for (column, count) in questions.columns.into_iter().zip(counts.by_ref()) {
            self.values.extend(count.map(|count| ((table.clone(), column), count)));
        }
        for ((operation, _), count) in questions.offenders.into_iter().zip(counts) {
            self.offenders.extend(count.map(|count| (operation, Offenders(count))));
        }
    }

    /// How many rows a table has, if it was counted.
    pub(crate) fn rows(&self, table: &ObjectName) -> Option<u64> {
        self.rows.get(table).copied()
    }

    /// How many values of a column are not NULL, if they were counted.
    pub(crate) fn values(&self, table: &ObjectName, column: &str) -> Option<u64> {
        self.values.get(&(table.clone(), column.to_owned())).copied()
    }

    /// How many rows of a column are NULL.
    pub(crate) fn nulls(&self, table: &ObjectName, column: &str) -> Option<u64> {
        Some(self.rows(table)?.saturating_sub(self.values(table, column)?))
    }

    /// How many rows, or groups of the same rows, stop the operation, if they were counted.
    pub(crate) fn offenders(&self, operation: &Operation) -> Option<Offenders> {
        self.offenders.iter().find(|(about, _)| about == operation).map(|(_, count)| *count)
    }

    /// What the columns of an enumerated type hold that loses values, as far as it was counted.
    pub(super) fn held(&self, name: &ObjectName) -> impl Iterator<Item = &Held> {
        self.held.get(name).into_iter().flatten()
    }

    /// All of them together: rows, values, and values that the type has no more. None if they were not counted.
    pub(super) fn held_in_all(&self, name: &ObjectName) -> Option<(u64, u64, Offenders)> {
        let held = self.held.get(name)?;
        let misfits = held.iter().map(|held| held.misfits.number()).sum::<u64>().min(MOST);
        let tables: BTreeMap<_, _> = held.iter().map(|held| (&held.table, held.rows)).collect();
        Some((tables.values().sum(), held.iter().map(|held| held.values).sum(), Offenders(misfits)))
    }

    /// The same operations in other words.
    pub(super) fn restate<'o>(&mut self, words: impl Iterator<Item = (&'o Operation, &'o Operation)>) {
        for (counted, written) in words.filter(|(counted, written)| counted != written) {
            for (about, _) in self.offenders.iter_mut().filter(|(about, _)| about == counted) {
                about.clone_from(written);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn of(
        rows: &[(&str, u64)],
        values: &[(&str, &str, u64)],
        offenders: &[(Operation, u64)],
    ) -> Self {
        Self {
            rows: rows.iter().map(|(table, rows)| (ObjectName::local(*table), *rows)).collect(),
            values: values
                .iter()
                .map(|(table, column, count)| ((ObjectName::local(*table), (*column).to_owned()), *count))
                .collect(),
            offenders: offenders.iter().map(|(one, count)| (one.clone(), Offenders(*count))).collect(),
            ..Self::default()
        }
    }

    /// What a type's one column holds.
    #[cfg(test)]
    pub(super) fn with_held(mut self, of: &str, table: &str, column: &str, counts: [u64; 3]) -> Self {
        let [rows, values, misfits] = counts;
        let table = ObjectName::local(table);
        let held = Held { table, column: column.to_owned(), rows, values, misfits: Offenders(misfits) };
        self.held.entry(ObjectName::local(of)).or_default().push(held);
        self
    }
}

impl Offenders {
    pub(super) const fn new(number: u64) -> Self {
        Self(number)
    }

    pub(crate) const fn number(self) -> u64 {
        self.0
    }

    /// `1 row`, `2 rows`, `1000 or more rows`.
    pub(super) fn counted(self, noun: &str) -> String {
        if self.0 >= MOST { format!("{MOST} or more {noun}s") } else { counted(self.0, noun) }
    }
}

/// What is to be asked, by the table's new name.
fn questions(
    dialect: Dialect,
    former: &Former<'_>,
    operations: &[Operation],
) -> BTreeMap<ObjectName, Questions> {
    let mut all: BTreeMap<ObjectName, Questions> = BTreeMap::new();
    for operation in operations {
        let (table, columns): (_, Vec<&String>) = match operation {
            Operation::DropTable(table) => (&table.name, Vec::new()),
            Operation::DropColumn { table, column }
            | Operation::AlterColumn { table, before: column, .. } => (table, vec![&column.name]),
            Operation::AddPrimaryKey { table, key } => (table, key.columns.iter().collect()),
            Operation::AddColumn { table, .. }
            | Operation::AddUnique { table, .. }
            | Operation::AddForeignKey { table, .. }
            | Operation::AddCheck { table, .. }
            | Operation::AddExclusion { table, .. }
            | Operation::AddIndex { table, .. } => (table, Vec::new()),
            _ => continue,
        };
        // What is only made has nothing to count.
        let Some(found) = former.table(table) else { continue };
        let questions = all.entry(table.clone()).or_default();
        for column in columns {
            let is_there = found.column(former.column(table, column)).is_some();
            if is_there && !questions.columns.contains(column) {
                questions.columns.push(column.clone());
            }
        }
        let query = offenders::query(dialect, former, operation);
        questions.offenders.extend(query.map(|query| (operation.clone(), query)));
    }
    all
}

/// The numbers of the one row; none at all if the server refuses.
pub(super) async fn ask(connection: &mut Connection, sql: &str) -> Vec<Option<u64>> {
    let rows = connection.query(sql).await.unwrap_or_default();
    rows.into_iter().flatten().map(|cell| cell.and_then(|cell| cell.parse().ok())).collect()
}

/// The rows of a query, as a number.
pub(super) fn number_of(dialect: Dialect, query: &str) -> String {
    format!("(SELECT {}(*) FROM ({query}) AS found)", counting(dialect))
}

/// SQL Server counts further than an int with a word of its own.
const fn counting(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Mssql => "count_big",
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => "count",
    }
}

/// `1 row`, `2 rows`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
