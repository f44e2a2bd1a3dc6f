//! What stands in the way of an operation: SQL Server changes no column on which an index, a key, a check, a default or
//! a computed column stands. Each is taken away before, and put back behind the last operation that it would block.
//!
//! The rules are those of the manual: "ALTER TABLE (Transact-SQL)" on ALTER COLUMN and DROP COLUMN, and "Rename columns"
//! for what `sp_rename` refuses as an enforced dependency (error 15336).

use std::collections::BTreeSet;

use super::{
    column::{Change, is_default_changed},
    conversion::Type,
    expression::{draws_from, mentions},
    live::{Live, LiveTable, is_check, is_foreign_key, is_unique},
};
use crate::{
    operation::Operation,
    schema::{Column, Index, ObjectName},
};

/// Something that can be taken away and put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) kind: Kind,
    /// The number of its table.
    pub(super) table: usize,
    /// Its own; for a default and a computed column, that of the column.
    pub(super) number: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    ForeignKey,
    Check,
    Index,
    Unique,
    PrimaryKey,
    Default,
    Computed,
}

/// What an operation means to the parts around it.
#[derive(Debug, Default)]
pub(super) struct Effect {
    /// Must not be there while it runs.
    pub(super) away: BTreeSet<Part>,
    /// If they are not there, they come back behind it at the earliest.
    pub(super) hold: BTreeSet<Part>,
}

/// Which kinds of parts a change of a column reaches.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // One for each kind; any of them may be set.
struct Reach {
    default: bool,
    primary_key: bool,
    unique: bool,
    index: bool,
    /// A clustered columnstore index, which holds every column and names none.
    columnstore: bool,
    check: bool,
    foreign_key: bool,
    /// Computed columns that name it, with everything on them, and the filters of indexes.
    expressions: bool,
}

/// All that stands on a column which goes. (A clustered columnstore index takes new columns and lets go of old ones.)
const EVERYTHING: Reach = Reach {
    default: true,
    primary_key: true,
    unique: true,
    index: true,
    columnstore: false,
    check: true,
    foreign_key: true,
    expressions: true,
};

const NOTHING: Reach = Reach {
    default: false,
    primary_key: false,
    unique: false,
    index: false,
    columnstore: false,
    check: false,
    foreign_key: false,
    expressions: false,
};

impl Effect {
    pub(super) fn of(operation: &Operation, live: &Live) -> Self {
        let mut effect = Self::default();
        effect.find(operation, live);
        effect
    }

    fn find(&mut self, operation: &Operation, live: &Live) {
        match operation {
            Operation::AlterColumn { table, before, after } => self.alter(live, table, before, after),
            Operation::DropColumn { table, column } => {
                self.reach(live, table, &column.name, EVERYTHING);
                self.hold_column(live, table, &column.name);
            }
            Operation::RenameColumn { table, from, .. } => {
                self.reach(live, table, from, Reach { check: true, expressions: true, ..NOTHING });
            }
            Operation::AddColumn { table, column } => {
                // An index over a column that was dropped and comes back in another shape.
                let mut touched = Self::default();
                touched.reach(live, table, &column.name, EVERYTHING);
                self.hold.extend(touched.away);
            }
            Operation::DropPrimaryKey { table, key } => self.drop_key(live, table, &key.columns),
            Operation::DropUnique { table, unique } => self.drop_key(live, table, &unique.columns),
            Operation::DropIndex { table, index } if index.unique => {
                self.drop_key(live, table, &columns(index));
            }
            Operation::AddPrimaryKey { table, key } => {
                self.hold.extend(foreign_keys_to(live, table, &key.columns));
            }
            Operation::AddUnique { table, unique } => {
                self.hold.extend(foreign_keys_to(live, table, &unique.columns));
            }
            Operation::AddIndex { table, index } if index.unique => {
                self.hold.extend(foreign_keys_to(live, table, &columns(index)));
            }
            Operation::DropSequence(sequence) => self.drawn_from(live, &sequence.name),
            Operation::RenameSequence { from, .. } => self.drawn_from(live, from),
            Operation::DropIndex { .. }
            | Operation::AddIndex { .. }
            | Operation::DropForeignKey { .. }
            | Operation::DropCheck { .. }
            | Operation::CreateSchema(_)
            | Operation::DropSchema(_)
            | Operation::CreateEnum(_)
            | Operation::DropEnum(_)
            | Operation::RenameEnum { .. }
            | Operation::RenameEnumValue { .. }
            | Operation::RenameValues { .. }
            | Operation::FillColumn { .. }
            | Operation::AlterEnum { .. }
            | Operation::CreateSequence(_)
            | Operation::AlterSequence { .. }
            | Operation::CreateTable(_)
            | Operation::DropTable(_)
            | Operation::RenameTable { .. }
            | Operation::SetTableOption { .. }
            | Operation::AddForeignKey { .. }
            | Operation::AddCheck { .. }
            | Operation::AddExclusion { .. }
            | Operation::DropExclusion { .. }
            | Operation::RenameConstraint { .. }
            | Operation::RenameIndex { .. }
            | Operation::SetComment { .. } => {}
        }
        // What goes for good does not come back before.
        self.hold.extend(dropped(operation, live));
    }

    fn alter(&mut self, live: &Live, name: &ObjectName, before: &Column, after: &Column) {
        let change = Change::of(before, after);
        let reach = match change {
            Change::None => Reach { default: is_default_changed(before, after), ..NOTHING },
            Change::Persist(_) | Change::Renumber => NOTHING,
            Change::Recompute | Change::Copy | Change::Replace => EVERYTHING,
            Change::Alter => altered(before, after),
        };
        self.reach(live, name, &after.name, reach);
        self.hold_column(live, name, &after.name);
        if change == Change::Recompute
            && let Some(table) = live.table(name)
            && let Some(item) = table.column(&after.name)
        {
            self.away.insert(Part { kind: Kind::Computed, table: table.number, number: item.number });
        }
    }

    /// The column's own parts stay away until it is what it shall be.
    fn hold_column(&mut self, live: &Live, name: &ObjectName, column: &str) {
        let Some(table) = live.table(name) else { return };
        let Some(item) = table.column(column) else { return };
        for kind in [Kind::Default, Kind::Computed] {
            self.hold.insert(Part { kind, table: table.number, number: item.number });
        }
    }

    fn drop_key(&mut self, live: &Live, table: &ObjectName, columns: &[String]) {
        self.away.extend(foreign_keys_to(live, table, columns));
    }

    /// Defaults that draw from the sequence.
    fn drawn_from(&mut self, live: &Live, sequence: &ObjectName) {
        for table in live.tables() {
            for item in &table.columns {
                if item.value.default.as_deref().is_some_and(|default| draws_from(default, sequence)) {
                    self.away.insert(Part { kind: Kind::Default, table: table.number, number: item.number });
                }
            }
        }
    }

    /// Adds what stands on the column, and what stands on that.
    fn reach(&mut self, live: &Live, name: &ObjectName, column: &str, reach: Reach) {
        let Some(table) = live.table(name) else { return };
        let part = |kind, number| Part { kind, table: table.number, number };
        if reach.default
            && let Some(item) = table.column(column)
            && item.value.default.is_some()
        {
            self.away.insert(part(Kind::Default, item.number));
        }
        if let Some(key) = &table.primary_key
            && reach.primary_key
            && key.value.columns.iter().any(|one| one == column)
        {
            self.away.insert(part(Kind::PrimaryKey, key.number));
            self.away.extend(foreign_keys_to(live, name, &key.value.columns));
        }
        for unique in
            table.uniques.iter().filter(|unique| unique.value.columns.iter().any(|one| one == column))
        {
            if reach.unique {
                self.away.insert(part(Kind::Unique, unique.number));
                self.away.extend(foreign_keys_to(live, name, &unique.value.columns));
            }
        }
        for index in &table.indexes {
            let is_filter = index.value.filter.as_deref().is_some_and(|filter| mentions(filter, column));
            let is_key = index.value.columns().any(|one| one == column)
                || index.value.include.iter().any(|one| one == column);
            let is_whole = index.value.clustered && index.value.method.is_some();
            if (reach.index && is_key) || (reach.columnstore && is_whole) || (reach.expressions && is_filter)
            {
                self.away.insert(part(Kind::Index, index.number));
                if index.value.unique {
                    self.away.extend(foreign_keys_to(live, name, &columns(&index.value)));
                }
            }
        }
        for check in table.checks.iter().filter(|check| mentions(&check.value.expression, column)) {
            if reach.check {
                self.away.insert(part(Kind::Check, check.number));
            }
        }
        if reach.foreign_key {
            self.away.extend(foreign_keys_on(live, table, column));
        }
        if reach.expressions {
            for item in &table.columns {
                let is_made_of_it = item.value.name != column
                    && item.value.generated.as_ref().is_some_and(|made| mentions(&made.expression, column));
                let computed = part(Kind::Computed, item.number);
                if is_made_of_it && self.away.insert(computed) {
                    self.reach(live, name, &item.value.name, EVERYTHING);
                }
            }
        }
    }
}

/// What an ALTER COLUMN reaches.
fn altered(before: &Column, after: &Column) -> Reach {
    let (from, to) = (Type::parse(&before.ty), Type::parse(&after.ty));
    let has_other_type = from != to;
    let has_other_collation = before.collation != after.collation;
    let has_other_nullability = before.nullable != after.nullable;
    let only_length = !has_other_collation && !has_other_nullability && to.is_another_length_of(&from);
    let only_longer = only_length && to.is_longer_than(&from);
    let only_nullable = !has_other_type && !has_other_collation && after.nullable;
    Reach {
        default: is_default_changed(before, after) || !to.is_same_base(&from),
        primary_key: true,
        unique: !only_longer,
        index: !only_longer && !only_nullable,
        columnstore: has_other_type || has_other_collation,
        check: !only_length,
        foreign_key: has_other_type || has_other_collation,
        expressions: true,
    }
}

/// The foreign keys that refer to exactly these columns, in whatever order.
fn foreign_keys_to(live: &Live, table: &ObjectName, columns: &[String]) -> BTreeSet<Part> {
    let wanted: BTreeSet<_> = columns.iter().collect();
    foreign_keys(live, |_, key| {
        key.referred_table == *table && key.referred_columns.iter().collect::<BTreeSet<_>>() == wanted
    })
}

/// The foreign keys with the column on either side.
fn foreign_keys_on(live: &Live, table: &LiveTable, column: &str) -> BTreeSet<Part> {
    foreign_keys(live, |owner, key| {
        (owner == table.number && key.columns.iter().any(|one| one == column))
            || (key.referred_table == table.name && key.referred_columns.iter().any(|one| one == column))
    })
}

fn foreign_keys(live: &Live, fits: impl Fn(usize, &crate::schema::ForeignKey) -> bool) -> BTreeSet<Part> {
    let mut found = BTreeSet::new();
    for table in live.tables() {
        for item in table.foreign_keys.iter().filter(|item| fits(table.number, &item.value)) {
            found.insert(Part { kind: Kind::ForeignKey, table: table.number, number: item.number });
        }
    }
    found
}

/// The part that the operation drops.
pub(super) fn dropped(operation: &Operation, live: &Live) -> Option<Part> {
    let table = live.table(operation.table()?)?;
    let (kind, number) = match operation {
        Operation::DropPrimaryKey { .. } => (Kind::PrimaryKey, table.primary_key.as_ref()?.number),
        Operation::DropUnique { unique, .. } => {
            (Kind::Unique, table.uniques.iter().find(|item| is_unique(&item.value, unique))?.number)
        }
        Operation::DropIndex { index, .. } => {
            (Kind::Index, table.indexes.iter().find(|item| item.value.name == index.name)?.number)
        }
        Operation::DropCheck { check, .. } => {
            (Kind::Check, table.checks.iter().find(|item| is_check(&item.value, check))?.number)
        }
        Operation::DropForeignKey { key, .. } => (
            Kind::ForeignKey,
            table.foreign_keys.iter().find(|item| is_foreign_key(&item.value, key))?.number,
        ),
        _ => return None,
    };
    Some(Part { kind, table: table.number, number })
}

fn columns(index: &Index) -> Vec<String> {
    index.columns().map(ToOwned::to_owned).collect()
}

/// What will be found again once the operation is done, although it did not stand before or not in that shape: the
/// default of a column that gets one, the computed column in place of a plain one.
pub(super) fn appears(operation: &Operation, live: &Live) -> Option<Part> {
    let Operation::AlterColumn { table, before, after } = operation else { return None };
    let table = live.table(table)?;
    let number = table.column(&after.name)?.number;
    let part = |kind| Some(Part { kind, table: table.number, number });
    match Change::of(before, after) {
        Change::None | Change::Alter | Change::Copy => {
            if after.default.is_some() && is_default_changed(before, after) {
                part(Kind::Default)
            } else {
                None
            }
        }
        Change::Replace if after.generated.is_some() => part(Kind::Computed),
        Change::Replace | Change::Recompute | Change::Persist(_) | Change::Renumber => None,
    }
}
