//! Statements in the making: the changes of one table that stand next to each other become one `ALTER TABLE`.

use std::collections::BTreeSet;

use super::name::object;
use crate::{
    ddl::{Notes, Statement},
    schema::ObjectName,
};

/// What a clause of `ALTER TABLE` does, as far as it matters for what it may be joined with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clause {
    /// Drops a check: nothing but its own table is concerned.
    DropCheck,
    /// Drops a constraint with an index, whose name something else may want afterwards.
    DropKey,
    DropForeignKey,
    /// Adds a column, or changes its type: an expression in the same statement does not see it.
    Column,
    Other,
}

/// What another statement does, likewise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Drops an index or a table.
    Drop,
    /// Makes a table, or says something of one that is new.
    New,
    Other,
}

#[derive(Debug)]
enum Item {
    Alter { table: ObjectName, clauses: Vec<(Clause, String)>, reviews: Vec<String>, is_closed: bool },
    Other { kind: Kind, statement: Statement },
}

/// Collects statements in their order.
#[derive(Debug, Default)]
pub(super) struct Writer {
    items: Vec<Item>,
    /// For the next statement, or the next clause of one.
    notes: Vec<String>,
    /// Columns that have a value in every row.
    filled: BTreeSet<(ObjectName, String)>,
    counts: Notes,
}

impl Writer {
    /// One that knows what was counted.
    pub(super) fn new(counts: &Notes) -> Self {
        Self { counts: counts.clone(), ..Self::default() }
    }

    /// How many values of the column do not fit into the type that it gets, behind the words that say so.
    pub(super) fn counted(&self, table: &ObjectName, column: &str) -> String {
        self.counts.counted(table, column).to_owned()
    }

    /// Words to the reviewer about what is written next.
    pub(super) fn note(&mut self, notes: Vec<String>) {
        self.notes = notes;
    }

    /// No row of the table is without a value of the column from here on.
    pub(super) fn filled(&mut self, table: &ObjectName, column: &str) {
        self.filled.insert((table.clone(), column.to_owned()));
    }

    pub(super) fn is_filled(&self, table: &ObjectName, column: &str) -> bool {
        self.filled.contains(&(table.clone(), column.to_owned()))
    }

    /// A statement of its own.
    pub(super) fn statement(&mut self, statement: Statement) {
        self.push(Kind::Other, statement);
    }

    /// One that drops an index or a table.
    pub(super) fn drop(&mut self, sql: String) {
        self.push(Kind::Drop, Statement::new(sql));
    }

    /// One that makes a table, or belongs to one that is new.
    pub(super) fn new_table(&mut self, sql: String) {
        self.push(Kind::New, Statement::new(sql));
    }

    fn push(&mut self, kind: Kind, mut statement: Statement) {
        statement.reviews.append(&mut self.notes);
        self.items.push(Item::Other { kind, statement });
    }

    /// A clause of `ALTER TABLE`.
    pub(super) fn alter(&mut self, table: &ObjectName, clause: String) {
        self.clause(table, Clause::Other, clause);
    }

    /// A clause that adds a column or changes its type.
    pub(super) fn column(&mut self, table: &ObjectName, clause: String) {
        self.clause(table, Clause::Column, clause);
    }

    /// A clause that adds a column which is computed from others.
    pub(super) fn computed_column(&mut self, table: &ObjectName, clause: String) {
        if let Some(Item::Alter { clauses, .. }) = self.items.last()
            && clauses.iter().any(|(kind, _)| *kind == Clause::Column)
        {
            self.close();
        }
        self.clause(table, Clause::Other, clause);
    }

    /// `DROP CONSTRAINT` of a check.
    pub(super) fn drop_check(&mut self, table: &ObjectName, clause: String) {
        self.clause(table, Clause::DropCheck, clause);
    }

    /// `DROP CONSTRAINT` of a key or an exclusion constraint.
    pub(super) fn drop_key(&mut self, table: &ObjectName, clause: String) {
        self.clause(table, Clause::DropKey, clause);
    }

    /// `DROP CONSTRAINT` of a foreign key.
    pub(super) fn drop_foreign_key(&mut self, table: &ObjectName, clause: String) {
        self.clause(table, Clause::DropForeignKey, clause);
    }

    /// What follows is not joined with what the last statement says.
    pub(super) fn close(&mut self) {
        if let Some(Item::Alter { is_closed, .. }) = self.items.last_mut() {
            *is_closed = true;
        }
    }

    /// A word to the reviewer about the last statement.
    pub(super) fn review(&mut self, review: String) {
        let reviews = match self.items.last_mut() {
            Some(Item::Alter { reviews, .. }) => reviews,
            Some(Item::Other { statement, .. }) => &mut statement.reviews,
            None => return,
        };
        if !reviews.contains(&review) {
            reviews.push(review);
        }
    }

    /// The statements.
    pub(super) fn finish(self) -> Vec<Statement> {
        let statement = |item| match item {
            Item::Other { statement, .. } => statement,
            Item::Alter { table, clauses, reviews, .. } => {
                let clauses: Vec<String> = clauses.into_iter().map(|(_, clause)| clause).collect();
                let space = if clauses.len() == 1 { " " } else { "\n    " };
                let sql = format!("ALTER TABLE {}{space}{}", object(&table), clauses.join(",\n    "));
                Statement { sql, reviews }
            }
        };
        self.items.into_iter().map(statement).collect()
    }

    fn clause(&mut self, table: &ObjectName, kind: Clause, clause: String) {
        self.bring_here(table);
        let notes = std::mem::take(&mut self.notes);
        if let Some(Item::Alter { table: last, clauses, reviews, is_closed: false }) = self.items.last_mut()
            && last == table
        {
            clauses.push((kind, clause));
            reviews.extend(notes);
            return;
        }
        self.items.push(Item::Alter {
            table: table.clone(),
            clauses: vec![(kind, clause)],
            reviews: notes,
            is_closed: false,
        });
    }

    /// Constraints of the table that were dropped a while ago are dropped here instead, if nothing in between minds.
    fn bring_here(&mut self, table: &ObjectName) {
        let found = self
            .items
            .iter()
            .rposition(|item| matches!(item, Item::Alter { table: other, .. } if other == table));
        let Some(at) = found.filter(|at| at + 1 < self.items.len()) else { return };
        let Some(Item::Alter { clauses, is_closed: false, .. }) = self.items.get(at) else { return };
        let only = |kinds: &[Clause]| clauses.iter().all(|(kind, _)| kinds.contains(kind));
        let (only_checks, only_keys) =
            (only(&[Clause::DropCheck]), only(&[Clause::DropCheck, Clause::DropKey]));
        let lets_pass = |item: &Item| match item {
            Item::Other { kind: Kind::Drop, .. } => only_keys,
            Item::Other { kind: Kind::New, .. } => only_checks,
            Item::Other { kind: Kind::Other, .. } => false,
            Item::Alter { clauses, .. } => {
                let is_drop = |kind: &Clause| !matches!(kind, Clause::Column | Clause::Other);
                only_checks || only_keys && clauses.iter().all(|(kind, _)| is_drop(kind))
            }
        };
        if self.items[at + 1..].iter().all(lets_pass) {
            let item = self.items.remove(at);
            self.items.push(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Writer)) -> Vec<String> {
        let mut writer = Writer::default();
        write(&mut writer);
        writer.finish().into_iter().map(|statement| statement.sql).collect()
    }

    fn table(name: &str) -> ObjectName {
        ObjectName::local(name)
    }

    #[test]
    fn changes_of_one_table_are_one_statement() {
        let sql = written(|writer| {
            writer.alter(&table("a"), "ADD COLUMN x integer".into());
            writer.alter(&table("a"), "DROP COLUMN y".into());
            writer.alter(&table("b"), "DROP COLUMN y".into());
            writer.alter(&table("a"), "DROP COLUMN z".into());
        });
        assert_eq!(
            sql,
            [
                "ALTER TABLE a\n    ADD COLUMN x integer,\n    DROP COLUMN y",
                "ALTER TABLE b DROP COLUMN y",
                "ALTER TABLE a DROP COLUMN z"
            ]
        );
    }

    #[test]
    fn a_constraint_is_dropped_with_the_other_changes_of_its_table() {
        let sql = written(|writer| {
            writer.drop_check(&table("a"), "DROP CONSTRAINT ck_a".into());
            writer.drop_key(&table("b"), "DROP CONSTRAINT uq_b".into());
            writer.drop("DROP TABLE c".into());
            writer.alter(&table("a"), "ADD COLUMN x integer".into());
            writer.alter(&table("b"), "ADD COLUMN x integer".into());
        });
        assert_eq!(
            sql,
            [
                "ALTER TABLE b DROP CONSTRAINT uq_b",
                "DROP TABLE c",
                "ALTER TABLE a\n    DROP CONSTRAINT ck_a,\n    ADD COLUMN x integer",
                "ALTER TABLE b ADD COLUMN x integer",
            ]
        );
    }

    #[test]
    fn a_key_does_not_pass_what_may_want_its_name() {
        let sql = written(|writer| {
            writer.drop_key(&table("a"), "DROP CONSTRAINT uq".into());
            writer.new_table("CREATE TABLE c (CONSTRAINT uq UNIQUE (x))".into());
            writer.alter(&table("a"), "DROP COLUMN x".into());
        });
        assert_eq!(sql.len(), 3);
    }
}
