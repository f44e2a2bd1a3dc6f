//! What is sent to the server, before neighbours are joined into one statement.

use migrate_core::Error;

use super::{
    column::{self, Line},
    constraint,
    name::{identifier, object},
};
use crate::{
    ddl::Statement,
    schema::{Check, ForeignKey, ObjectName},
};

/// A step of a script.
#[derive(Debug)]
pub(super) enum Action {
    /// A statement of its own.
    Alone(Statement),
    /// A part of an ALTER TABLE.
    Alter {
        table: ObjectName,
        clause: Clause,
        reviews: Vec<String>,
        /// What has to follow: comments.
        then: Vec<Statement>,
    },
}

/// What an ALTER TABLE does.
#[derive(Debug)]
pub(super) enum Clause {
    AddColumn(Line),
    /// Not with others that it may be made of: they are there only behind the statement.
    AddComputed(Line),
    AddConstraint {
        sql: String,
        /// The rows that are there are not looked at.
        unchecked: bool,
    },
    /// Not with the key that it may refer to.
    AddForeignKey {
        sql: String,
        unchecked: bool,
    },
    DropColumn(String),
    /// Not with others, which it may be made of.
    DropComputed(String),
    DropConstraint(String),
}

impl Action {
    /// A part of an ALTER TABLE that nobody has to look at.
    pub(super) fn alter(table: &ObjectName, clause: Clause) -> Self {
        Self::Alter { table: table.clone(), clause, reviews: Vec::new(), then: Vec::new() }
    }

    pub(super) fn with_review(mut self, review: impl Into<String>) -> Self {
        self.review(vec![review.into()]);
        self
    }

    pub(super) fn review(&mut self, more: Vec<String>) {
        match self {
            Self::Alone(statement) => statement.reviews.extend(more),
            Self::Alter { reviews, .. } => reviews.extend(more),
        }
    }

    pub(super) fn followed_by(mut self, statements: impl IntoIterator<Item = Statement>) -> Self {
        if let Self::Alter { then, .. } = &mut self {
            then.extend(statements);
        }
        self
    }
}

impl Clause {
    /// A constraint that holds for the rows that are there as well.
    pub(super) fn checked(sql: String) -> Self {
        Self::AddConstraint { sql, unchecked: false }
    }

    pub(super) fn check(check: &Check) -> Self {
        Self::AddConstraint { sql: constraint::check(check), unchecked: check.not_valid }
    }

    pub(super) fn foreign_key(table: &ObjectName, key: &ForeignKey) -> Result<Self, Error> {
        Ok(Self::AddForeignKey { sql: constraint::foreign_key(table, key)?, unchecked: key.not_valid })
    }

    /// Only what has the same number goes into one statement: ADD takes several of its kind, and so does DROP.
    fn sort(&self) -> u8 {
        match self {
            Self::AddColumn(_) => 0,
            Self::AddComputed(_) => 1,
            Self::AddConstraint { unchecked: false, .. } => 2,
            Self::AddConstraint { unchecked: true, .. } => 3,
            Self::AddForeignKey { unchecked: false, .. } => 4,
            Self::AddForeignKey { unchecked: true, .. } => 5,
            Self::DropColumn(_) => 6,
            Self::DropComputed(_) => 7,
            Self::DropConstraint(_) => 8,
        }
    }

    fn adds_column(&self) -> bool {
        matches!(self, Self::AddColumn(_) | Self::AddComputed(_))
    }
}

/// One ALTER TABLE under construction.
#[derive(Debug)]
struct Group {
    table: ObjectName,
    clauses: Vec<Clause>,
    reviews: Vec<String>,
    then: Vec<Statement>,
}

/// The statements, with one ALTER TABLE where several could be one. Of columns that are added in a row those that are
/// computed come last: what they are made of has to be there.
pub(super) fn joined(actions: Vec<Action>) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut groups: Vec<Group> = Vec::new();
    for action in actions {
        let (table, clause, reviews, then) = match action {
            Action::Alone(statement) => {
                flush(&mut groups, &mut statements);
                statements.push(statement);
                continue;
            }
            Action::Alter { table, clause, reviews, then } => (table, clause, reviews, then),
        };
        let goes_on = groups.last().is_some_and(|group| {
            let Some(last) = group.clauses.last() else { return false };
            group.table == table
                && (last.sort() == clause.sort() || (last.adds_column() && clause.adds_column()))
        });
        if !goes_on {
            flush(&mut groups, &mut statements);
        }
        let place =
            groups.iter().position(|group| group.clauses.iter().all(|one| one.sort() == clause.sort()));
        if let Some(group) = place.and_then(|place| groups.get_mut(place)) {
            group.clauses.push(clause);
            group.reviews.extend(reviews);
            group.then.extend(then);
        } else {
            let is_plain = clause.sort() == 0;
            let group = Group { table, clauses: vec![clause], reviews, then };
            groups.insert(if is_plain { 0 } else { groups.len() }, group);
        }
    }
    flush(&mut groups, &mut statements);
    statements
}

fn flush(groups: &mut Vec<Group>, statements: &mut Vec<Statement>) {
    for group in groups.drain(..) {
        let mut statement = Statement::new(group.sql());
        statement.reviews = group.reviews;
        statements.push(statement);
        statements.extend(group.then);
    }
}

impl Group {
    fn sql(&self) -> String {
        let table = object(&self.table);
        let mut lines = Vec::new();
        let mut names = Vec::new();
        let mut columns = Vec::new();
        let mut verb = "ADD";
        for clause in &self.clauses {
            match clause {
                Clause::AddColumn(line) | Clause::AddComputed(line) => columns.push(line.clone()),
                Clause::AddConstraint { sql, unchecked } | Clause::AddForeignKey { sql, unchecked } => {
                    verb = if *unchecked { "WITH NOCHECK ADD" } else { "ADD" };
                    lines.push(sql.clone());
                }
                Clause::DropColumn(name) | Clause::DropComputed(name) => {
                    verb = "DROP COLUMN";
                    names.push(identifier(name));
                }
                Clause::DropConstraint(name) => {
                    verb = "DROP CONSTRAINT";
                    names.push(identifier(name));
                }
            }
        }
        lines.extend(column::aligned(&columns));
        if !names.is_empty() {
            return format!("ALTER TABLE {table} {verb} {}", names.join(", "));
        }
        match lines.as_slice() {
            [line] => format!("ALTER TABLE {table} {verb} {line}"),
            lines => format!("ALTER TABLE {table} {verb}\n    {}", lines.join(",\n    ")),
        }
    }
}
