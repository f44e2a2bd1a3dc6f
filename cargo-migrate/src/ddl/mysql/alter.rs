//! The statements, while neighbours may still be joined.

use std::collections::BTreeSet;

use super::key::table_name;
use crate::{ddl::Statement, schema::ObjectName};

/// A statement to be.
#[derive(Debug)]
pub(super) enum Piece {
    Alter(Alter),
    Other(Statement),
}

/// One ALTER TABLE.
#[derive(Debug)]
pub(super) struct Alter {
    pub(super) table: ObjectName,
    pub(super) clauses: Vec<String>,
    /// Foreign keys that it drops.
    pub(super) dropped: BTreeSet<String>,
    /// Foreign keys that it adds.
    pub(super) added: BTreeSet<String>,
    /// Does nothing but make way, so that what follows on the same table may be said in the same statement.
    pub(super) makes_way: bool,
    /// Says names as they become with it, so that nothing may be put in front.
    pub(super) renames: bool,
    pub(super) reviews: Vec<String>,
}

impl Alter {
    pub(super) fn new(table: ObjectName) -> Self {
        Self {
            table,
            clauses: Vec::new(),
            dropped: BTreeSet::new(),
            added: BTreeSet::new(),
            makes_way: false,
            renames: false,
            reviews: Vec::new(),
        }
    }

    /// No server takes one foreign key's name out and in again with one statement.
    fn can_take(&self, next: &Self) -> bool {
        self.table == next.table
            && self.makes_way
            && !next.renames
            && self.dropped.intersection(&next.added).next().is_none()
    }

    fn statement(self) -> Statement {
        let table = table_name(&self.table);
        let sql = match self.clauses.as_slice() {
            [clause] => format!("ALTER TABLE {table} {clause}"),
            clauses => format!("ALTER TABLE {table}\n    {}", clauses.join(",\n    ")),
        };
        self.reviews.into_iter().fold(Statement::new(sql), Statement::with_review)
    }
}

/// Puts a statement behind the others, or into the last of them.
pub(super) fn push(pieces: &mut Vec<Piece>, alter: Alter) {
    if alter.clauses.is_empty() {
        return;
    }
    if let Some(Piece::Alter(last)) = pieces.last_mut()
        && last.can_take(&alter)
    {
        // What both drop is dropped once.
        let new = alter.clauses.into_iter().filter(|clause| !last.clauses.contains(clause));
        let new: Vec<String> = new.collect();
        last.clauses.extend(new);
        last.dropped.extend(alter.dropped);
        last.added.extend(alter.added);
        last.makes_way = alter.makes_way;
        last.reviews.extend(alter.reviews);
        return;
    }
    pieces.push(Piece::Alter(alter));
}

/// The statements in their order.
pub(super) fn statements(pieces: Vec<Piece>) -> Vec<Statement> {
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Alter(alter) => alter.statement(),
            Piece::Other(statement) => statement,
        })
        .collect()
}
