//! Taking away what blocks a change, and putting it back.

use std::collections::BTreeMap;

use migrate_core::Error;

use super::{
    action::{Action, Clause},
    blocker::{Kind, Part},
    column,
    comment::Place,
    constraint,
    expression::mentions,
    index,
    live::{Item, LiveTable},
    name::object,
    writer::Writer,
};
use crate::schema::{Check, Column, ForeignKey, Index, PrimaryKey, Unique};

/// A part, found.
enum Found {
    ForeignKey(ForeignKey),
    Check(Check),
    Index(Index),
    Unique(Unique),
    PrimaryKey(PrimaryKey),
    Default(Column),
    Computed(Column),
}

impl Part {
    /// Whether it is the column's own: its default, or the computed column itself.
    pub(super) fn is_column(&self, number: usize) -> bool {
        matches!(self.kind, Kind::Default | Kind::Computed) && self.number == number
    }

    fn find(self, table: &LiveTable) -> Option<Found> {
        fn value<T: Clone>(items: &[Item<T>], number: usize) -> Option<T> {
            items.iter().find(|item| item.number == number).map(|item| item.value.clone())
        }
        let number = self.number;
        match self.kind {
            Kind::ForeignKey => value(&table.foreign_keys, number).map(Found::ForeignKey),
            Kind::Check => value(&table.checks, number).map(Found::Check),
            Kind::Index => value(&table.indexes, number).map(Found::Index),
            Kind::Unique => value(&table.uniques, number).map(Found::Unique),
            Kind::PrimaryKey => {
                let key = table.primary_key.as_ref().filter(|key| key.number == number);
                key.map(|key| Found::PrimaryKey(key.value.clone()))
            }
            Kind::Default => {
                let column = value(&table.columns, number).filter(|column| column.default.is_some());
                column.map(Found::Default)
            }
            Kind::Computed => {
                let column = value(&table.columns, number).filter(|column| column.generated.is_some());
                column.map(Found::Computed)
            }
        }
    }
}

impl Found {
    /// In which order they go: what stands on others first, and the clustered one last of the indexes, because the others
    /// are built on it. They come back the other way round.
    fn rank(&self) -> u8 {
        match self {
            Self::ForeignKey(_) => 0,
            Self::Check(_) => 1,
            Self::Index(index) => {
                if index.clustered {
                    3
                } else {
                    2
                }
            }
            Self::Unique(unique) => {
                if unique.clustered == Some(true) {
                    3
                } else {
                    2
                }
            }
            Self::PrimaryKey(key) => {
                if key.clustered == Some(false) {
                    2
                } else {
                    3
                }
            }
            Self::Default(_) => 4,
            Self::Computed(_) => 5,
        }
    }

    /// Whether it stands on a column of that name.
    fn names(&self, column: &str) -> bool {
        let has = |columns: &[String]| columns.iter().any(|one| one == column);
        match self {
            Self::ForeignKey(key) => has(&key.columns),
            Self::Check(check) => mentions(&check.expression, column),
            Self::Index(index) => {
                index.columns().any(|one| one == column)
                    || has(&index.include)
                    || index.filter.as_deref().is_some_and(|filter| mentions(filter, column))
            }
            Self::Unique(unique) => has(&unique.columns),
            Self::PrimaryKey(key) => has(&key.columns),
            Self::Default(_) => false,
            Self::Computed(made) => {
                made.generated.as_ref().is_some_and(|made| mentions(&made.expression, column))
            }
        }
    }
}

/// The computed column of that name.
pub(super) fn computed(table: &LiveTable, name: &str) -> Option<Part> {
    Some(Part { kind: Kind::Computed, table: table.number, number: table.column(name)?.number })
}

pub(super) fn index(table: &LiveTable, name: &str) -> Option<Part> {
    let number = table.indexes.iter().find(|item| item.value.name == name)?.number;
    Some(Part { kind: Kind::Index, table: table.number, number })
}

/// The key or the check of that name.
pub(super) fn constraint(table: &LiveTable, name: &str) -> Option<Part> {
    fn number<T>(items: &[Item<T>], of: impl Fn(&T) -> bool) -> Option<usize> {
        items.iter().find(|item| of(&item.value)).map(|item| item.number)
    }
    let is = |found: &Option<String>| found.as_deref() == Some(name);
    let key = table.primary_key.as_ref().filter(|key| is(&key.value.name)).map(|key| key.number);
    let (kind, number) = if let Some(number) = key {
        (Kind::PrimaryKey, number)
    } else if let Some(number) = number(&table.uniques, |one| is(&one.name)) {
        (Kind::Unique, number)
    } else if let Some(number) = number(&table.checks, |one| is(&one.name)) {
        (Kind::Check, number)
    } else {
        (Kind::ForeignKey, number(&table.foreign_keys, |one| is(&one.name))?)
    };
    Some(Part { kind, table: table.number, number })
}

impl Writer {
    /// The parts that stand and can be found, by rank, then by number.
    fn ranked(&self, parts: impl IntoIterator<Item = Part>) -> BTreeMap<(u8, usize, Part), Found> {
        let mut ranked = BTreeMap::new();
        for part in parts {
            let found = self.live.numbered(part.table).and_then(|table| part.find(table));
            if let Some(found) = found {
                ranked.insert((found.rank(), part.table, part), found);
            }
        }
        ranked
    }

    pub(super) fn take_away(&mut self, parts: impl IntoIterator<Item = Part>) {
        let there: Vec<Part> = parts.into_iter().filter(|part| !self.away.contains(part)).collect();
        for ((_, _, part), found) in self.ranked(there) {
            let Some(table) = self.live.numbered(part.table).map(|table| table.name.clone()) else {
                continue;
            };
            match found {
                Found::ForeignKey(key) => self.drop_constraint(&table, key.name.as_deref(), || {
                    constraint::foreign_key_place(&table, &key)
                }),
                Found::Check(check) => self.drop_constraint(&table, check.name.as_deref(), || {
                    constraint::check_place(&table, &check.expression)
                }),
                Found::Unique(unique) => self.drop_constraint(&table, unique.name.as_deref(), || {
                    constraint::unique_place(&table, &unique.columns)
                }),
                Found::PrimaryKey(key) => self
                    .drop_constraint(&table, key.name.as_deref(), || constraint::primary_key_place(&table)),
                Found::Index(index) => self.statement(index::drop(&table, &index)),
                Found::Default(column) => {
                    if let Some(name) = column.default_name {
                        self.actions.push(Action::alter(&table, Clause::DropConstraint(name)));
                    } else {
                        let place = constraint::default_place(&table, &column.name);
                        self.statement(constraint::drop_found(&table, &place, true));
                    }
                }
                Found::Computed(column) => {
                    self.actions.push(Action::alter(&table, Clause::DropComputed(column.name)));
                }
            }
            self.away.insert(part);
        }
    }

    pub(super) fn put_back(&mut self, parts: Vec<Part>) -> Result<(), Error> {
        for part in &parts {
            self.away.remove(part);
        }
        for ((_, _, part), found) in self.ranked(parts).into_iter().rev() {
            let Some(table) = self.live.numbered(part.table) else { continue };
            let gone = self.gone.iter().filter(|(number, _)| *number == part.table).map(|(_, name)| name);
            if gone.into_iter().any(|name| table.column(name).is_none() && found.names(name)) {
                continue;
            }
            let table = table.name.clone();
            match found {
                Found::ForeignKey(key) => {
                    let clause = Clause::foreign_key(&table, &key)?;
                    self.add_constraint(&table, clause, key.name.as_deref(), key.comment.as_deref())?;
                }
                Found::Check(check) => {
                    let clause = Clause::check(&check);
                    self.add_constraint(&table, clause, check.name.as_deref(), check.comment.as_deref())?;
                }
                Found::Unique(unique) => {
                    let clause = Clause::checked(constraint::unique(&table, &unique)?);
                    self.add_constraint(&table, clause, unique.name.as_deref(), unique.comment.as_deref())?;
                }
                Found::PrimaryKey(key) => {
                    let clause = Clause::checked(constraint::primary_key(&table, &key)?);
                    self.add_constraint(&table, clause, key.name.as_deref(), key.comment.as_deref())?;
                }
                Found::Index(index) => {
                    self.statement(index::create(&table, &index)?);
                    self.comment(Place::index(&table, &index.name), None, index.comment.as_deref())?;
                }
                Found::Default(column) => {
                    let Some(default) = &column.default else { continue };
                    let clause = column::default_clause(column.default_name.as_deref(), default);
                    let sql = format!("{clause} FOR {}", super::name::identifier(&column.name));
                    self.add_constraint(&table, Clause::checked(sql), None, None)?;
                }
                Found::Computed(column) => self.add_column(&table, &column)?,
            }
        }
        Ok(())
    }
}

/// The statement that fills what is NULL.
pub(super) fn fill(table: &crate::schema::ObjectName, column: &str, value: &str) -> String {
    let column = super::name::identifier(column);
    format!("UPDATE {} SET {column} = {value} WHERE {column} IS NULL", object(table))
}
