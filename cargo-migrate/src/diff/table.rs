//! Two states of one table.

use super::{
    Changes,
    matching::{Named, Pairs, pair},
};
use crate::{
    operation::{Commented, ConstraintKind, Operation},
    schema::{Check, Column, Exclusion, ForeignKey, Identity, Index, ObjectName, PrimaryKey, Table, Unique},
};

/// Notes what differs. Both tables have the same name.
pub(super) fn compare(before: &Table, after: &Table, changes: &mut Changes) {
    let name = &after.name;
    columns(before, after, changes);
    options(before, after, changes);
    primary_key(before, after, changes);

    let table = || name.clone();
    let Pairs { same, gone, new } = pair(&before.uniques, &after.uniques);
    for (found, wanted) in same {
        kept(changes, name, ConstraintKind::Unique, found, wanted, &found.comment, &wanted.comment);
    }
    let drop = |unique: &Unique| Operation::DropUnique { table: table(), unique: unique.clone() };
    changes.drop_keys.extend(gone.into_iter().map(drop));
    let add = |unique: &Unique| Operation::AddUnique { table: table(), unique: unique.clone() };
    changes.tables.extend(new.into_iter().map(add));

    let Pairs { same, gone, new } = pair(&before.checks, &after.checks);
    for (found, wanted) in same {
        kept(changes, name, ConstraintKind::Check, found, wanted, &found.comment, &wanted.comment);
    }
    let drop = |check: &Check| Operation::DropCheck { table: table(), check: check.clone() };
    changes.drop_keys.extend(gone.into_iter().map(drop));
    let add = |check: &Check| Operation::AddCheck { table: table(), check: check.clone() };
    changes.tables.extend(new.into_iter().map(add));

    let Pairs { same, gone, new } = pair(&before.exclusions, &after.exclusions);
    for (found, wanted) in same {
        kept(changes, name, ConstraintKind::Exclusion, found, wanted, &found.comment, &wanted.comment);
    }
    let drop = |one: &Exclusion| Operation::DropExclusion { table: table(), exclusion: one.clone() };
    changes.drop_keys.extend(gone.into_iter().map(drop));
    let add = |one: &Exclusion| Operation::AddExclusion { table: table(), exclusion: one.clone() };
    changes.tables.extend(new.into_iter().map(add));

    indexes(before, after, changes);

    let Pairs { same, gone, new } = pair(&before.foreign_keys, &after.foreign_keys);
    for (found, wanted) in same {
        kept(changes, name, ConstraintKind::ForeignKey, found, wanted, &found.comment, &wanted.comment);
    }
    let drop = |key: &ForeignKey| Operation::DropForeignKey { table: table(), key: key.clone() };
    changes.drop_foreign_keys.extend(gone.into_iter().map(drop));
    let add = |key: &ForeignKey| Operation::AddForeignKey { table: table(), key: key.clone() };
    changes.add_foreign_keys.extend(new.into_iter().map(add));

    changes.comment(Commented::Table(name.clone()), before.comment.as_ref(), after.comment.as_ref());
}

/// Columns are dropped, altered, then added.
fn columns(before: &Table, after: &Table, changes: &mut Changes) {
    let table = || after.name.clone();
    for found in before.columns.iter().filter(|found| after.column(&found.name).is_none()) {
        changes.tables.push(Operation::DropColumn { table: table(), column: found.clone() });
    }
    let mut added = Vec::new();
    for wanted in &after.columns {
        let Some(found) = before.column(&wanted.name) else {
            added.push(Operation::AddColumn { table: table(), column: wanted.clone() });
            continue;
        };
        if is_altered(found, wanted) {
            // The comment that stands while this runs is the old one.
            let mut after = Column { comment: found.comment.clone(), ..wanted.clone() };
            // A serial that stays one keeps its sequence.
            if (&found.identity, &wanted.identity) == (&Some(Identity::Serial), &Some(Identity::Serial)) {
                after.sequence_number = found.sequence_number;
            }
            changes.tables.push(Operation::AlterColumn { table: table(), before: found.clone(), after });
        }
        let on = Commented::Column { table: table(), column: wanted.name.clone() };
        changes.comment(on, found.comment.as_ref(), wanted.comment.as_ref());
    }
    changes.tables.append(&mut added);
}

/// Whether more than the comment differs. The name of a default matters only where one is wanted.
fn is_altered(found: &Column, wanted: &Column) -> bool {
    let default_name = match (&wanted.default_name, &found.default_name) {
        (Some(wanted), _) => Some(wanted.clone()),
        (None, found) => found.clone(),
    };
    *found
        != Column {
            comment: found.comment.clone(),
            default_name,
            sequence_number: found.sequence_number,
            ..wanted.clone()
        }
}

fn options(before: &Table, after: &Table, changes: &mut Changes) {
    let keys: std::collections::BTreeSet<_> = before.options.keys().chain(after.options.keys()).collect();
    for key in keys {
        let (before, wanted) = (before.options.get(key), after.options.get(key));
        if before != wanted {
            changes.tables.push(Operation::SetTableOption {
                table: after.name.clone(),
                key: key.clone(),
                before: before.cloned(),
                after: wanted.cloned(),
            });
        }
    }
}

fn primary_key(before: &Table, after: &Table, changes: &mut Changes) {
    let table = || after.name.clone();
    let before: Vec<_> = before.primary_key.iter().cloned().collect();
    let wanted: Vec<_> = after.primary_key.iter().cloned().collect();
    let Pairs { same, gone, new } = pair(&before, &wanted);
    for (found, wanted) in same {
        let kind = ConstraintKind::PrimaryKey;
        kept(changes, &after.name, kind, found, wanted, &found.comment, &wanted.comment);
    }
    for key in gone {
        changes.drop_keys.push(Operation::DropPrimaryKey { table: table(), key: key.clone() });
    }
    for key in new {
        changes.tables.push(Operation::AddPrimaryKey { table: table(), key: key.clone() });
    }
}

fn indexes(before: &Table, after: &Table, changes: &mut Changes) {
    let table = || after.name.clone();
    let Pairs { same, gone, new } = pair(&before.indexes, &after.indexes);
    for (found, wanted) in same {
        if found.name != wanted.name {
            let (from, to) = (found.name.clone(), wanted.name.clone());
            changes.renames.push(Operation::RenameIndex { table: table(), from, to });
        }
        let on = Commented::Index { table: table(), index: wanted.name.clone() };
        changes.comment(on, found.comment.as_ref(), wanted.comment.as_ref());
    }
    let drop = |index: &Index| Operation::DropIndex { table: table(), index: index.clone() };
    changes.drop_keys.extend(gone.into_iter().map(drop));
    let add = |index: &Index| Operation::AddIndex { table: table(), index: index.clone() };
    changes.tables.extend(new.into_iter().map(add));
}

/// A constraint that is still the same: its name or its comment may not be.
fn kept<T: Named>(
    changes: &mut Changes,
    table: &ObjectName,
    kind: ConstraintKind,
    found: &T,
    wanted: &T,
    before: &Option<String>,
    after: &Option<String>,
) {
    let table = || table.clone();
    if let (Some(from), Some(to)) = (found.name(), wanted.name())
        && from != to
    {
        let (from, to) = (from.to_owned(), to.to_owned());
        changes.renames.push(Operation::RenameConstraint { table: table(), kind, from, to });
    }
    if let Some(constraint) = wanted.name().or(found.name()) {
        let on = Commented::Constraint { table: table(), constraint: constraint.to_owned() };
        changes.comment(on, before.as_ref(), after.as_ref());
    }
}

macro_rules! named {
    ($($type:ty),+) => {$(
        impl Named for $type {
            fn name(&self) -> Option<&str> {
                self.name.as_deref()
            }

            fn is_same(&self, other: &Self) -> bool {
                *self == Self { name: self.name.clone(), comment: self.comment.clone(), ..other.clone() }
            }
        }
    )+};
}

named!(PrimaryKey, Unique, ForeignKey, Check);

impl Named for Exclusion {
    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.definition == other.definition
    }
}

impl Named for Index {
    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn is_same(&self, other: &Self) -> bool {
        *self == Self { name: self.name.clone(), comment: self.comment.clone(), ..other.clone() }
    }
}
