//! Words to the reviewer that belong to an operation, whatever statement carries it out.

use std::collections::BTreeMap;

use crate::{operation::Operation, schema::ObjectName};

/// What to say of some of a script's operations. An operation is found by what it is: renderers put them in an order of
/// their own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    words: Vec<(Operation, String)>,
    /// By table and column.
    counts: BTreeMap<(ObjectName, String), String>,
}

impl Notes {
    /// Says something of an operation.
    pub(crate) fn add(&mut self, operation: &Operation, note: impl Into<String>) {
        self.words.push((operation.clone(), note.into()));
    }

    /// Says how many values of a column do not fit into the type that it gets.
    pub(crate) fn count(&mut self, table: &ObjectName, column: &str, count: String) {
        self.counts.insert((table.clone(), column.to_owned()), count);
    }

    /// What there is to say of this one.
    pub(crate) fn of(&self, operation: &Operation) -> Vec<String> {
        self.words.iter().filter(|(about, _)| about == operation).map(|(_, note)| note.clone()).collect()
    }

    /// How many values do not fit, to stand behind the words of the renderer that say so: ` (2 rows when this was
    /// written)`, or nothing.
    pub(crate) fn counted(&self, table: &ObjectName, column: &str) -> &str {
        self.counts.get(&(table.clone(), column.to_owned())).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use migrate_core::Dialect;

    use super::*;
    use crate::{
        ddl::{Script, render_noted},
        diff::{Renames, diff},
        schema::{Check, Column, Index, IndexKey, ObjectName, Schema, Table},
    };

    /// Of a table `users` one column is dropped, and a unique index and a check are added; a table is dropped.
    fn schemas(dialect: Dialect) -> (Schema, Schema) {
        let mut before = Schema::empty(dialect);
        for name in ["users", "old"] {
            let mut table = Table::new(ObjectName::local(name));
            table.columns = ["id", "email", "tags"].map(|name| Column::new(name, "int")).to_vec();
            before.insert(table);
        }
        let mut after = before.clone();
        after.tables.remove(&ObjectName::local("old"));
        let users = after.tables.get_mut(&ObjectName::local("users")).unwrap();
        users.columns.pop();
        users.indexes.push(Index { unique: true, ..Index::new("uq_email", vec![IndexKey::column("email")]) });
        (before, after)
    }

    fn said(before: &Schema, after: &Schema) -> Vec<(String, Vec<String>)> {
        let operations = diff(before, after, &Renames::default());
        let mut notes = Notes::default();
        operations.iter().for_each(|operation| notes.add(operation, operation.kind()));
        let script = Script { operations: &operations, before, after };
        let statements = render_noted(before.dialect, &script, &notes).unwrap();
        statements.into_iter().map(|statement| (statement.sql, statement.reviews)).collect()
    }

    #[test]
    fn a_note_stands_above_the_statement_that_carries_its_operation_out() {
        for dialect in Dialect::ALL {
            let (before, after) = schemas(dialect);
            let said = said(&before, &after);
            for (note, words) in [
                ("drop-table", vec!["DROP TABLE "]),
                ("drop-column", vec!["DROP COLUMN "]),
                ("add-index", vec!["CREATE UNIQUE INDEX ", "ADD UNIQUE KEY "]),
            ] {
                let found: Vec<_> =
                    said.iter().filter(|(_, reviews)| reviews.contains(&note.to_owned())).collect();
                let [(sql, _)] = found.as_slice() else { panic!("{dialect} {note}: {said:?}") };
                assert!(words.iter().any(|words| sql.contains(words)), "{dialect} {note}: {sql}");
            }
        }
    }

    #[test]
    fn where_a_table_is_made_anew_it_stands_above_the_copy_of_the_rows() {
        let (before, mut after) = schemas(Dialect::Sqlite);
        let users = after.tables.get_mut(&ObjectName::local("users")).unwrap();
        users.checks.push(Check {
            name: Some("ck".into()),
            expression: "email > 0".into(),
            no_inherit: false,
            not_valid: false,
            comment: None,
        });
        let said = said(&before, &after);
        let (_, reviews) = said.iter().find(|(sql, _)| sql.starts_with("INSERT INTO")).unwrap();
        assert_eq!(reviews, &["drop-column", "add-check"]);
    }
}
