//! A table of a random schema, and what can happen to it alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::ServerKind;

use super::{dice::Dice, extra::Extra, kind::Kind};

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    pub(super) default: bool,
    pub(super) comment: Option<String>,
    /// Of a text: compared in a way of its own.
    pub(super) collated: bool,
    /// Computed from another column, and whether it is kept.
    pub(super) generated: Option<(String, bool)>,
    pub(super) renamed_from: Option<String>,
    /// It came when there were rows already: all of them hold the same in it.
    pub(super) late: bool,
    /// Before the step, no two rows could be the same in it.
    pub(super) was_unique: bool,
}

/// How rows are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbering {
    None,
    Plain,
    /// `PostgreSQL`.
    Always,
    /// `PostgreSQL`: with a start and steps.
    Stepping,
}

/// A foreign key: the table whose id it refers to, and what happens then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) referred: String,
    pub(super) on_delete: &'static str,
    pub(super) on_update: &'static str,
    pub(super) deferrable: bool,
}

/// An index or a unique constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) columns: Vec<String>,
    pub(super) unique: bool,
    pub(super) descending: bool,
    pub(super) condition: bool,
}

/// A table. Its primary key is `id`, and `part` where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    /// It came with this step: there are no rows yet.
    pub(super) is_new: bool,
    pub(super) renamed_from: Option<String>,
    /// In the schema `shop`.
    pub(super) in_shop: bool,
    pub(super) columns: Vec<Column>,
    pub(super) numbering: Numbering,
    /// A column that is in the primary key beside `id`.
    pub(super) part: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) indexes: Vec<Index>,
    pub(super) uniques: Vec<Vec<String>>,
    /// Columns that must not be negative.
    pub(super) checks: Vec<String>,
    /// By column.
    pub(super) keys: BTreeMap<String, Key>,
    pub(super) extras: Vec<Extra>,
}

impl Table {
    /// Whether nothing refers to the column, or is computed from it.
    pub(super) fn is_free(&self, name: &String) -> bool {
        !self.keys.contains_key(name) && self.part.as_ref() != Some(name) && !self.is_source(name)
    }

    fn is_source(&self, name: &String) -> bool {
        let sources = self.columns.iter().filter_map(|column| column.generated.as_ref());
        sources.into_iter().any(|(source, _)| source == name)
    }

    /// Notes which columns have a unique constraint or the like, before they change.
    pub(super) fn note_uniques(&mut self) {
        let unique: BTreeSet<String> = self
            .uniques
            .iter()
            .chain(self.indexes.iter().filter(|index| index.unique).map(|index| &index.columns))
            .chain(self.extras.iter().map(|extra| &extra.columns))
            .flatten()
            .cloned()
            .collect();
        for column in &mut self.columns {
            column.was_unique = unique.contains(&column.name);
        }
    }

    /// Takes away what names columns that are gone, or that no longer fit.
    pub(super) fn clean(&mut self) {
        let columns = &self.columns;
        let kind =
            |name: &String| columns.iter().find(|column| column.name == *name).map(|column| &column.kind);
        self.indexes.retain(|index| index.columns.iter().all(|name| kind(name).is_some_and(Kind::can_index)));
        self.uniques.retain(|unique| unique.iter().all(|name| kind(name).is_some_and(Kind::can_index)));
        self.checks.retain(|name| kind(name).is_some());
        self.keys.retain(|name, _| kind(name).is_some_and(|kind| *kind == Kind::Big));
        if self.part.as_ref().is_some_and(|part| kind(part).is_none()) {
            self.part = None;
        }
        let extras = std::mem::take(&mut self.extras);
        self.extras = extras.into_iter().filter(|extra| extra.still_fits(self)).collect();
    }

    pub(super) fn drop_column(&mut self, dice: &mut Dice) {
        // On the way back, rows need something in it; the same in all of them, so nothing may be unique.
        let may_go = |column: &Column| {
            if column.default { !column.was_unique } else { column.nullable || column.generated.is_some() }
        };
        let free: Vec<_> = (0..self.columns.len()).filter(|at| may_go(&self.columns[*at])).collect();
        if free.is_empty() {
            return;
        }
        let gone = self.columns.remove(*dice.pick(&free)).name;
        self.columns.retain(|column| column.generated.as_ref().is_none_or(|(source, _)| *source != gone));
        self.clean();
    }

    /// Gives a column another name, and says what it was called.
    pub(super) fn rename_column(&mut self, dice: &mut Dice, new: &str) -> Option<String> {
        let count = self.columns.len();
        let column = self.columns.get_mut(dice.below(count))?;
        if column.renamed_from.is_some() || column.generated.is_some() {
            return None;
        }
        let old = std::mem::replace(&mut column.name, new.to_owned());
        column.renamed_from = Some(old.clone());
        let rename = |name: &mut String| {
            if *name == old {
                new.clone_into(name);
            }
        };
        self.indexes.iter_mut().flat_map(|index| &mut index.columns).for_each(rename);
        self.uniques.iter_mut().flatten().for_each(rename);
        self.checks.iter_mut().for_each(rename);
        self.part.iter_mut().for_each(rename);
        self.extras.iter_mut().flat_map(|extra| &mut extra.columns).for_each(rename);
        let sources = self.columns.iter_mut().filter_map(|column| column.generated.as_mut());
        sources.map(|(source, _)| source).for_each(rename);
        if let Some(key) = self.keys.remove(&old) {
            self.keys.insert(new.to_owned(), key);
        }
        Some(old)
    }

    /// To a type that takes every value that we seed; gives the column.
    pub(super) fn alter_type(&mut self, dice: &mut Dice) -> Option<String> {
        let free: Vec<_> = self
            .columns
            .iter()
            .filter(|column| column.generated.is_none() && self.is_free(&column.name))
            .map(|column| column.name.clone())
            .collect();
        if free.is_empty() {
            return None;
        }
        let chosen = dice.pick(&free).clone();
        let column = self.columns.iter_mut().find(|column| column.name == chosen)?;
        column.kind = match (&column.kind, dice.below(3)) {
            (Kind::Small, 0) => Kind::Big,
            (Kind::Small, _) => Kind::Int,
            (Kind::Int, 0) => Kind::Decimal(12, 2),
            (Kind::Int, _) => Kind::Big,
            (Kind::Big, _) => Kind::Int,
            (Kind::Varchar(length), 0) => Kind::Varchar(length + 30),
            (Kind::Varchar(_), 1) => Kind::Text,
            (Kind::Varchar(_), _) => Kind::Varchar(12),
            (Kind::Text, _) => Kind::Varchar(60),
            (Kind::Decimal(..), _) => Kind::Decimal(14, 4),
            (Kind::Date, _) => Kind::DateTime(6),
            (Kind::DateTime(6), _) => Kind::DateTime(3),
            (Kind::DateTime(_), _) => Kind::DateTime(6),
            _ => return None,
        };
        // Text is no part of a key without a length.
        self.clean();
        Some(chosen)
    }

    pub(super) fn toggle_null(&mut self, dice: &mut Dice) {
        let part = self.part.clone();
        let count = self.columns.len();
        let Some(column) = self.columns.get_mut(dice.below(count)) else { return };
        // NULLs would be there already, or could not come back.
        if column.generated.is_none() && part.as_ref() != Some(&column.name) && !column.late {
            let is_key = self.keys.contains_key(&column.name);
            column.nullable = is_key || !column.nullable;
        }
    }

    pub(super) fn toggle_default(&mut self, dice: &mut Dice) {
        let count = self.columns.len();
        let Some(column) = self.columns.get_mut(dice.below(count)) else { return };
        // The default of a key would have to be one.
        column.default = !column.default
            && column.kind.can_default()
            && column.generated.is_none()
            && !self.keys.contains_key(&column.name);
    }

    pub(super) fn toggle_index(&mut self, dice: &mut Dice, server: ServerKind) {
        if !self.indexes.is_empty() && dice.one_in(3) {
            let gone = dice.below(self.indexes.len());
            self.indexes.remove(gone);
            return;
        }
        if !self.uniques.is_empty() && dice.one_in(3) {
            self.uniques.remove(0);
            return;
        }
        let fit: Vec<_> = self
            .columns
            .iter()
            .filter(|column| column.kind.can_index() && column.generated.is_none())
            .map(|column| column.name.clone())
            .collect();
        if fit.is_empty() {
            return;
        }
        let mut columns = vec![dice.pick(&fit).clone()];
        let second = dice.pick(&fit).clone();
        if second != columns[0] && dice.one_in(2) {
            columns.push(second);
        }
        let is_distinct = self
            .columns
            .iter()
            .any(|column| column.name == columns[0] && column.kind.is_distinct() && !column.late);
        if dice.one_in(3) && is_distinct && !self.uniques.contains(&columns) {
            self.uniques.push(columns);
        } else if !self.indexes.iter().any(|index| index.columns == columns)
            && !self.uniques.contains(&columns)
        {
            let knows_conditions =
                matches!(server, ServerKind::Postgres | ServerKind::Sqlite | ServerKind::Mssql);
            let condition = dice.one_in(4) && knows_conditions;
            let (unique, descending) = (is_distinct && dice.one_in(3), dice.one_in(3));
            self.indexes.push(Index { columns, unique, descending, condition });
        }
    }

    pub(super) fn toggle_check(&mut self, dice: &mut Dice) {
        if !self.checks.is_empty() && dice.one_in(2) {
            self.checks.remove(0);
            return;
        }
        let numbers: Vec<_> = self
            .columns
            .iter()
            .filter(|column| column.kind.is_number())
            // MySQL refuses a check on a column that a foreign key may set.
            .filter(|column| !self.keys.contains_key(&column.name) && !self.checks.contains(&column.name))
            .map(|column| column.name.clone())
            .collect();
        if !numbers.is_empty() {
            self.checks.push(dice.pick(&numbers).clone());
        }
    }

    /// A key to `referred`, or one less.
    pub(super) fn toggle_key(&mut self, dice: &mut Dice, server: ServerKind, referred: &str) {
        if let Some(column) = self.keys.keys().next().cloned().filter(|_| dice.one_in(3)) {
            self.keys.remove(&column);
            return;
        }
        let is_free = |column: &Column| {
            // Late rows hold a default that refers to nothing.
            column.kind == Kind::Big
                && !column.late
                // MySQL refuses both on what a foreign key may set.
                && !self.checks.contains(&column.name)
                && !self.extras.iter().any(|extra| extra.columns.contains(&column.name))
                && column.generated.is_none()
                && self.is_free(&column.name)
        };
        let Some(at) = self.columns.iter().position(is_free) else { return };
        let column = &mut self.columns[at];
        column.nullable = true;
        // The default would have to be a key too.
        column.default = false;
        let action = |dice: &mut Dice| match server {
            ServerKind::Mssql => "no action",
            ServerKind::Postgres | ServerKind::Mysql | ServerKind::Mariadb | ServerKind::Sqlite => {
                *dice.pick(&["no action", "cascade", "set null", "restrict"])
            }
        };
        let key = Key {
            referred: referred.to_owned(),
            on_delete: action(dice),
            on_update: action(dice),
            deferrable: dice.one_in(4) && matches!(server, ServerKind::Postgres | ServerKind::Sqlite),
        };
        let name = column.name.clone();
        self.keys.insert(name, key);
    }

    /// Another column in the primary key, or none.
    pub(super) fn toggle_part(&mut self, dice: &mut Dice, server: ServerKind) {
        if self.part.take().is_some() {
            return;
        }
        // SQLite numbers only what is the whole key.
        if server == ServerKind::Sqlite && self.numbering != Numbering::None {
            return;
        }
        let fit: Vec<_> = self
            .columns
            .iter()
            .filter(|column| column.kind.is_whole() && !column.nullable && column.generated.is_none())
            .filter(|column| self.is_free(&column.name))
            .map(|column| column.name.clone())
            .collect();
        if !fit.is_empty() {
            self.part = Some(dice.pick(&fit).clone());
        }
    }

    pub(super) fn toggle_numbering(&mut self, dice: &mut Dice, server: ServerKind) {
        let choices: &[Numbering] = match server {
            ServerKind::Postgres => {
                &[Numbering::None, Numbering::Plain, Numbering::Always, Numbering::Stepping]
            }
            ServerKind::Mysql | ServerKind::Mariadb => &[Numbering::None, Numbering::Plain],
            ServerKind::Sqlite if self.part.is_none() => &[Numbering::None, Numbering::Plain],
            // A column that is there cannot become an identity, or cease to be one, without a table made anew.
            ServerKind::Sqlite | ServerKind::Mssql => return,
        };
        // The rows have the numbers 1 to 3: others refer to them.
        if !self.is_new {
            self.numbering = *dice.pick(choices);
        }
    }

    /// A number computed from a whole number of the same table.
    pub(super) fn add_generated(&mut self, dice: &mut Dice, server: ServerKind, name: String) {
        let fit: Vec<_> = self
            .columns
            .iter()
            .filter(|column| matches!(column.kind, Kind::Int | Kind::Big) && column.generated.is_none())
            .filter(|column| !self.keys.contains_key(&column.name))
            .map(|column| column.name.clone())
            .collect();
        if fit.is_empty() {
            return;
        }
        // PostgreSQL before 18 keeps all of them.
        let kept = server == ServerKind::Postgres || dice.one_in(2);
        self.columns.push(Column {
            name,
            kind: Kind::Big,
            nullable: true,
            default: false,
            comment: None,
            collated: false,
            generated: Some((dice.pick(&fit).clone(), kept)),
            renamed_from: None,
            late: true,
            was_unique: false,
        });
    }
}
