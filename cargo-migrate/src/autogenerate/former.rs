//! What the operations speak of, in the database as it is before the first of them.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::Dialect;

use crate::{
    ddl::quote,
    operation::Operation,
    schema::{ObjectName, Schema, Table},
};

/// Tables and columns by the names that hold behind the operations, and what they are called before.
#[derive(Debug)]
pub(super) struct Former<'a> {
    before: &'a Schema,
    /// From new to old.
    tables: BTreeMap<ObjectName, ObjectName>,
    /// By the new name of the table, from new to old.
    columns: BTreeMap<ObjectName, BTreeMap<String, String>>,
    created: BTreeSet<ObjectName>,
    /// Columns that are not there yet, or hold other values, or values of another type.
    other: BTreeSet<(ObjectName, String)>,
    renamed_values: BTreeSet<(ObjectName, String)>,
}

impl<'a> Former<'a> {
    pub(super) fn new(before: &'a Schema, operations: &[Operation]) -> Self {
        let mut former = Self {
            before,
            tables: BTreeMap::new(),
            columns: BTreeMap::new(),
            created: BTreeSet::new(),
            other: BTreeSet::new(),
            renamed_values: BTreeSet::new(),
        };
        for operation in operations {
            match operation {
                Operation::CreateTable(table) => {
                    former.created.insert(table.name.clone());
                }
                Operation::RenameTable { from, to } => {
                    let oldest = former.tables.remove(from).unwrap_or_else(|| from.clone());
                    former.tables.insert(to.clone(), oldest);
                    if let Some(columns) = former.columns.remove(from) {
                        former.columns.insert(to.clone(), columns);
                    }
                }
                Operation::RenameColumn { table, from, to } => {
                    let columns = former.columns.entry(table.clone()).or_default();
                    let oldest = columns.remove(from).unwrap_or_else(|| from.clone());
                    columns.insert(to.clone(), oldest);
                }
                Operation::AddColumn { table, column } => {
                    former.other.insert((table.clone(), column.name.clone()));
                }
                Operation::RenameValues { table, column, .. } => {
                    former.other.insert((table.clone(), column.clone()));
                    former.renamed_values.insert((table.clone(), column.clone()));
                }
                Operation::AlterColumn { table, before, after }
                    if before.ty != after.ty || before.generated != after.generated =>
                {
                    former.other.insert((table.clone(), after.name.clone()));
                }
                _ => {}
            }
        }
        former
    }

    pub(super) const fn before(&self) -> &'a Schema {
        self.before
    }

    /// The table as it is before; none for one that is made by the operations.
    pub(super) fn table(&self, name: &ObjectName) -> Option<&'a Table> {
        if self.created.contains(name) {
            return None;
        }
        self.before.table(self.tables.get(name).unwrap_or(name))
    }

    /// What a table that stays is called behind the operations.
    pub(super) fn now(&self, name: &ObjectName) -> ObjectName {
        let renamed = self.tables.iter().find(|(_, old)| *old == name);
        renamed.map_or_else(|| name.clone(), |(now, _)| now.clone())
    }

    /// What a column that stays is called behind the operations, by the new name of its table.
    pub(super) fn column_now(&self, table: &ObjectName, column: &str) -> String {
        let renamed = self.columns.get(table).into_iter().flatten().find(|(_, old)| *old == column);
        renamed.map_or(column, |(now, _)| now).to_owned()
    }

    /// What the column is called before.
    pub(super) fn column<'n>(&'n self, table: &ObjectName, column: &'n str) -> &'n str {
        let columns = self.columns.get(table);
        columns.and_then(|columns| columns.get(column)).map_or(column, String::as_str)
    }

    /// Whether the column is there before, with values of the type that it has behind the operations too.
    pub(super) fn holds(&self, table: &ObjectName, column: &str) -> bool {
        let found = self.table(table).and_then(|found| found.column(self.column(table, column)));
        found.is_some() && !self.other.contains(&(table.clone(), column.to_owned()))
    }

    /// Whether its rows hold the same values before.
    pub(super) fn keeps_values(&self, table: &ObjectName, column: &str) -> bool {
        !self.renamed_values.contains(&(table.clone(), column.to_owned()))
    }

    /// Whether everything that the expression speaks of is there before.
    pub(super) fn holds_all(&self, table: &ObjectName, expression: &str) -> bool {
        !self.other.iter().any(|(of, column)| of == table && mentions(expression, column))
    }

    /// The table under its new name, with the new names of its columns: what stands behind FROM.
    pub(super) fn source(&self, dialect: Dialect, name: &ObjectName, alias: &str) -> Option<String> {
        let table = self.table(name)?;
        let place = match &table.name.schema {
            Some(schema) => format!("{}.{}", quote(dialect, schema), quote(dialect, &table.name.name)),
            None => quote(dialect, &table.name.name),
        };
        let alias = quote(dialect, alias);
        let Some(renamed) = self.columns.get(name).filter(|renamed| !renamed.is_empty()) else {
            return Some(format!("{place} AS {alias}"));
        };
        // What has the name now that another column gets is gone by then.
        let is_visible =
            |name: &String| !renamed.contains_key(name) || renamed.values().any(|old| old == name);
        let columns = table.columns.iter().filter(|column| is_visible(&column.name)).map(|column| {
            let now = renamed.iter().find(|(_, old)| **old == column.name).map(|(now, _)| now);
            let (old, now) = (&column.name, now.unwrap_or(&column.name));
            format!("{} AS {}", quote(dialect, old), quote(dialect, now))
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        Some(format!("(SELECT {columns} FROM {place}) AS {alias}"))
    }
}

/// Whether the name stands in the text as a word, in whatever case.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    !name.is_empty()
        && text.match_indices(&name).any(|(at, _)| {
            !text[..at].chars().next_back().is_some_and(is_part)
                && !text[at + name.len()..].chars().next().is_some_and(is_part)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    #[test]
    fn what_was_renamed_is_read_by_its_old_name() {
        let mut before = Schema::empty(Dialect::Postgres);
        let mut users = Table::new(ObjectName::local("users"));
        users.columns = vec![Column::new("name", "text"), Column::new("age", "integer")];
        before.insert(users);
        let people = ObjectName::local("people");
        let operations = [
            Operation::RenameTable { from: ObjectName::local("users"), to: people.clone() },
            Operation::RenameColumn { table: people.clone(), from: "name".into(), to: "full_name".into() },
            Operation::AddColumn { table: people.clone(), column: Column::new("bio", "text") },
        ];
        let former = Former::new(&before, &operations);
        assert_eq!(former.column(&people, "full_name"), "name");
        assert!(former.holds(&people, "full_name") && !former.holds(&people, "bio"));
        assert!(former.holds_all(&people, "full_name <> ''"));
        assert!(!former.holds_all(&people, "full_name <> \"bio\""));
        assert_eq!(
            former.source(Dialect::Postgres, &people, "people").as_deref(),
            Some("(SELECT \"name\" AS \"full_name\", \"age\" AS \"age\" FROM \"users\") AS \"people\"")
        );
        assert_eq!(
            former.source(Dialect::Postgres, &ObjectName::local("users"), "u").as_deref(),
            Some("\"users\" AS \"u\"")
        );
    }

    #[test]
    fn a_name_is_a_word_of_its_own() {
        assert!(mentions("lower(Email) = 'x'", "email") && mentions("a>0", "a"));
        assert!(!mentions("email_old = 1", "email") && !mentions("ab > 0", "a"));
    }
}
