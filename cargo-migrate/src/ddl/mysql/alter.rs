//! The statements, while neighbours may still be joined.

use std::collections::BTreeSet;

use super::{batch::Clause, key::table_name};
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
    /// What it does, and the words for it.
    pub(super) clauses: Vec<(Clause, String)>,
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

    /// Takes the clauses of the next one in. An index that the first makes for a foreign key and the next drops is never
    /// made.
    fn take(&mut self, next: Self) {
        for (clause, text) in next.clauses {
            if let Clause::DropIndex(name) = &clause {
                let is_made = |(own, _): &(Clause, String)| matches!(own, Clause::AddImplicitIndex(made, _) if made == name);
                if let Some(at) = self.clauses.iter().position(is_made) {
                    self.clauses.remove(at);
                    continue;
                }
            }
            if !self.clauses.iter().any(|(own, _)| *own == clause) {
                self.clauses.push((clause, text));
            }
        }
        self.clauses.sort_by_key(|(clause, _)| clause.rank());
        self.dropped.extend(next.dropped);
        self.added.extend(next.added);
        self.makes_way = next.makes_way;
        self.reviews.extend(next.reviews);
    }

    fn statement(self) -> Statement {
        let table = table_name(&self.table);
        let clauses: Vec<String> = self.clauses.into_iter().map(|(_, text)| text).collect();
        let sql = match clauses.as_slice() {
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
    match pieces.last_mut() {
        Some(Piece::Alter(last)) if last.can_take(&alter) => last.take(alter),
        _ => pieces.push(Piece::Alter(alter)),
    }
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
