//! The schema at one moment of a script. Everything on a table has a number that it keeps when it is renamed, so that
//! what was taken away can be put back under the name that holds then.

use std::collections::BTreeMap;

use super::expression;
use crate::{
    operation::{Commented, ConstraintKind, Operation},
    schema::{
        Check, Column, ForeignKey, Index, KeyPart, ObjectName, PrimaryKey, Schema, Sequence, Table, Unique,
    },
};

/// What stands at the moment.
#[derive(Debug)]
pub(super) struct Live {
    tables: BTreeMap<usize, LiveTable>,
    names: BTreeMap<ObjectName, usize>,
    pub(super) sequences: BTreeMap<ObjectName, Sequence>,
    next: usize,
}

/// A table, with a number for each thing on it.
#[derive(Debug)]
pub(super) struct LiveTable {
    pub(super) number: usize,
    pub(super) name: ObjectName,
    pub(super) columns: Vec<Item<Column>>,
    pub(super) primary_key: Option<Item<PrimaryKey>>,
    pub(super) uniques: Vec<Item<Unique>>,
    pub(super) indexes: Vec<Item<Index>>,
    pub(super) foreign_keys: Vec<Item<ForeignKey>>,
    pub(super) checks: Vec<Item<Check>>,
}

/// Something and its number.
#[derive(Debug)]
pub(super) struct Item<T> {
    pub(super) number: usize,
    pub(super) value: T,
}

impl Live {
    pub(super) fn new(schema: &Schema) -> Self {
        let mut live = Self {
            tables: BTreeMap::new(),
            names: BTreeMap::new(),
            sequences: schema.sequences.clone(),
            next: 0,
        };
        for table in schema.tables.values() {
            live.insert(table);
        }
        live
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &LiveTable> {
        self.tables.values()
    }

    pub(super) fn table(&self, name: &ObjectName) -> Option<&LiveTable> {
        self.numbered(*self.names.get(name)?)
    }

    pub(super) fn numbered(&self, number: usize) -> Option<&LiveTable> {
        self.tables.get(&number)
    }

    fn table_mut(&mut self, name: &ObjectName) -> Option<&mut LiveTable> {
        self.tables.get_mut(self.names.get(name)?)
    }

    fn item<T>(&mut self, value: T) -> Item<T> {
        self.next += 1;
        Item { number: self.next, value }
    }

    fn insert(&mut self, table: &Table) {
        let number = self.item(()).number;
        let live = LiveTable {
            number,
            name: table.name.clone(),
            columns: table.columns.iter().map(|one| self.item(one.clone())).collect(),
            primary_key: table.primary_key.as_ref().map(|one| self.item(one.clone())),
            uniques: table.uniques.iter().map(|one| self.item(one.clone())).collect(),
            indexes: table.indexes.iter().map(|one| self.item(one.clone())).collect(),
            foreign_keys: table.foreign_keys.iter().map(|one| self.item(one.clone())).collect(),
            checks: table.checks.iter().map(|one| self.item(one.clone())).collect(),
        };
        self.names.insert(table.name.clone(), number);
        self.tables.insert(number, live);
    }

    /// What stands once the operation is done. What it speaks of and is not there is passed over.
    pub(super) fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::CreateSchema(_)
            | Operation::DropSchema(_)
            | Operation::CreateEnum(_)
            | Operation::DropEnum(_)
            | Operation::RenameEnum { .. }
            | Operation::RenameEnumValue { .. }
            | Operation::RenameValues { .. }
            | Operation::FillColumn { .. }
            | Operation::AlterEnum { .. }
            | Operation::SetTableOption { .. }
            | Operation::AddExclusion { .. }
            | Operation::DropExclusion { .. } => {}
            Operation::CreateSequence(sequence) | Operation::AlterSequence { after: sequence, .. } => {
                self.sequences.insert(sequence.name.clone(), sequence.clone());
            }
            Operation::DropSequence(sequence) => {
                self.sequences.remove(&sequence.name);
            }
            Operation::RenameSequence { from, to } => self.rename_sequence(from, to),
            Operation::CreateTable(table) => self.insert(table),
            Operation::DropTable(table) => {
                if let Some(number) = self.names.remove(&table.name) {
                    self.tables.remove(&number);
                }
            }
            Operation::RenameTable { from, to } => self.rename_table(from, to),
            Operation::SetComment { on, after, .. } => self.comment(on, after.as_ref()),
            Operation::RenameColumn { table, from, to } => self.rename_column(table, from, to),
            Operation::AddColumn { table, column } => {
                let item = self.item(column.clone());
                self.on(table, |table| table.columns.push(item));
            }
            Operation::AddPrimaryKey { table, key } => {
                let item = self.item(key.clone());
                self.on(table, |table| table.primary_key = Some(item));
            }
            Operation::AddUnique { table, unique } => {
                let item = self.item(unique.clone());
                self.on(table, |table| table.uniques.push(item));
            }
            Operation::AddForeignKey { table, key } => {
                let item = self.item(key.clone());
                self.on(table, |table| table.foreign_keys.push(item));
            }
            Operation::AddCheck { table, check } => {
                let item = self.item(check.clone());
                self.on(table, |table| table.checks.push(item));
            }
            Operation::AddIndex { table, index } => {
                let item = self.item(index.clone());
                self.on(table, |table| table.indexes.push(item));
            }
            Operation::DropColumn { table, column } => {
                self.on(table, |table| table.columns.retain(|item| item.value.name != column.name));
            }
            Operation::DropPrimaryKey { table, .. } => self.on(table, |table| table.primary_key = None),
            Operation::DropUnique { table, unique } => {
                self.on(table, |table| take(&mut table.uniques, |found| is_unique(found, unique)));
            }
            Operation::DropForeignKey { table, key } => {
                self.on(table, |table| take(&mut table.foreign_keys, |found| is_foreign_key(found, key)));
            }
            Operation::DropCheck { table, check } => {
                self.on(table, |table| take(&mut table.checks, |found| is_check(found, check)));
            }
            Operation::DropIndex { table, index } => {
                self.on(table, |table| take(&mut table.indexes, |found| found.name == index.name));
            }
            Operation::AlterColumn { table, after, .. } => self.on(table, |table| table.alter(after)),
            Operation::RenameConstraint { table, kind, from, to } => {
                self.on(table, |table| table.rename_constraint(*kind, from, to));
            }
            Operation::RenameIndex { table, from, to } => self.on(table, |table| {
                for item in table.indexes.iter_mut().filter(|item| item.value.name == *from) {
                    to.clone_into(&mut item.value.name);
                }
            }),
        }
    }

    fn on(&mut self, name: &ObjectName, change: impl FnOnce(&mut LiveTable)) {
        if let Some(table) = self.table_mut(name) {
            change(table);
        }
    }

    fn rename_sequence(&mut self, from: &ObjectName, to: &ObjectName) {
        if let Some(mut sequence) = self.sequences.remove(from) {
            sequence.name = to.clone();
            self.sequences.insert(to.clone(), sequence);
        }
        for column in self.tables.values_mut().flat_map(|table| &mut table.columns) {
            if let Some(default) = &mut column.value.default {
                *default = expression::sequence_renamed(default, from, to);
            }
        }
    }

    fn rename_table(&mut self, from: &ObjectName, to: &ObjectName) {
        let Some(number) = self.names.remove(from) else { return };
        self.names.insert(to.clone(), number);
        if let Some(table) = self.tables.get_mut(&number) {
            table.name = to.clone();
        }
        for key in self.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
            if key.value.referred_table == *from {
                key.value.referred_table = to.clone();
            }
        }
    }

    fn rename_column(&mut self, name: &ObjectName, from: &str, to: &str) {
        self.on(name, |table| table.rename_column(from, to));
        for key in self.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
            if key.value.referred_table == *name {
                rename_in(&mut key.value.referred_columns, from, to);
            }
        }
    }

    fn comment(&mut self, on: &Commented, comment: Option<&String>) {
        match on {
            Commented::Table(_) | Commented::Enum(_) => {}
            Commented::Sequence(name) => {
                if let Some(sequence) = self.sequences.get_mut(name) {
                    sequence.comment = comment.cloned();
                }
            }
            Commented::Column { table, column } => self.on(table, |table| {
                for item in table.columns.iter_mut().filter(|item| item.value.name == *column) {
                    item.value.comment = comment.cloned();
                }
            }),
            Commented::Index { table, index } => self.on(table, |table| {
                for item in table.indexes.iter_mut().filter(|item| item.value.name == *index) {
                    item.value.comment = comment.cloned();
                }
            }),
            Commented::Constraint { table, constraint } => {
                self.on(table, |table| table.comment_constraint(constraint, comment));
            }
        }
    }
}

impl LiveTable {
    pub(super) fn column(&self, name: &str) -> Option<&Item<Column>> {
        self.columns.iter().find(|item| item.value.name == name)
    }

    /// The comment has an operation of its own; a default that is not named keeps the name that it has.
    fn alter(&mut self, after: &Column) {
        for item in self.columns.iter_mut().filter(|item| item.value.name == after.name) {
            let is_kept = item.value.default == after.default;
            let default_name = match &after.default_name {
                None if is_kept => item.value.default_name.clone(),
                name => name.clone(),
            };
            let comment = item.value.comment.clone();
            item.value = Column { default_name, comment, ..after.clone() };
        }
    }

    fn rename_column(&mut self, from: &str, to: &str) {
        for item in &mut self.columns {
            if item.value.name == from {
                to.clone_into(&mut item.value.name);
            }
            if let Some(generated) = &mut item.value.generated {
                generated.expression = expression::renamed(&generated.expression, from, to);
            }
        }
        if let Some(key) = &mut self.primary_key {
            rename_in(&mut key.value.columns, from, to);
        }
        for item in &mut self.uniques {
            rename_in(&mut item.value.columns, from, to);
        }
        for item in &mut self.foreign_keys {
            rename_in(&mut item.value.columns, from, to);
        }
        for item in &mut self.checks {
            item.value.expression = expression::renamed(&item.value.expression, from, to);
        }
        for item in &mut self.indexes {
            rename_in(&mut item.value.include, from, to);
            for key in &mut item.value.keys {
                if let KeyPart::Column(column) = &mut key.part
                    && column == from
                {
                    to.clone_into(column);
                }
            }
            if let Some(filter) = &mut item.value.filter {
                *filter = expression::renamed(filter, from, to);
            }
        }
    }

    fn rename_constraint(&mut self, kind: ConstraintKind, from: &str, to: &str) {
        let name = match kind {
            ConstraintKind::PrimaryKey => self.primary_key.as_mut().map(|item| &mut item.value.name),
            ConstraintKind::Unique => self
                .uniques
                .iter_mut()
                .map(|item| &mut item.value.name)
                .find(|name| is_named(name.as_ref(), from)),
            ConstraintKind::ForeignKey => self
                .foreign_keys
                .iter_mut()
                .map(|item| &mut item.value.name)
                .find(|name| is_named(name.as_ref(), from)),
            ConstraintKind::Check => self
                .checks
                .iter_mut()
                .map(|item| &mut item.value.name)
                .find(|name| is_named(name.as_ref(), from)),
            ConstraintKind::Exclusion => None,
        };
        if let Some(name) = name {
            *name = Some(to.to_owned());
        }
    }

    fn comment_constraint(&mut self, name: &str, comment: Option<&String>) {
        let keys = self.primary_key.iter_mut().map(|item| (&item.value.name, &mut item.value.comment));
        let uniques = self.uniques.iter_mut().map(|item| (&item.value.name, &mut item.value.comment));
        let foreign_keys =
            self.foreign_keys.iter_mut().map(|item| (&item.value.name, &mut item.value.comment));
        let checks = self.checks.iter_mut().map(|item| (&item.value.name, &mut item.value.comment));
        let all = keys.chain(uniques).chain(foreign_keys).chain(checks);
        for (_, found) in all.filter(|(found, _)| is_named(found.as_ref(), name)) {
            *found = comment.cloned();
        }
    }
}

/// Whether the two are one constraint: by name where both have one, else by what they say.
pub(super) fn is_unique(found: &Unique, wanted: &Unique) -> bool {
    match (&found.name, &wanted.name) {
        (Some(found), Some(wanted)) => found == wanted,
        _ => found.columns == wanted.columns,
    }
}

/// As [`is_unique`].
pub(super) fn is_foreign_key(found: &ForeignKey, wanted: &ForeignKey) -> bool {
    match (&found.name, &wanted.name) {
        (Some(found), Some(wanted)) => found == wanted,
        _ => {
            (&found.columns, &found.referred_table, &found.referred_columns)
                == (&wanted.columns, &wanted.referred_table, &wanted.referred_columns)
        }
    }
}

/// As [`is_unique`].
pub(super) fn is_check(found: &Check, wanted: &Check) -> bool {
    match (&found.name, &wanted.name) {
        (Some(found), Some(wanted)) => found == wanted,
        _ => found.expression == wanted.expression,
    }
}

fn is_named(found: Option<&String>, name: &str) -> bool {
    found.is_some_and(|found| found == name)
}

/// Takes the first that fits out: of two that are alike, one stays.
fn take<T>(items: &mut Vec<Item<T>>, fits: impl Fn(&T) -> bool) {
    if let Some(at) = items.iter().position(|item| fits(&item.value)) {
        items.remove(at);
    }
}

fn rename_in(names: &mut [String], from: &str, to: &str) {
    for name in names.iter_mut().filter(|name| *name == from) {
        to.clone_into(name);
    }
}
