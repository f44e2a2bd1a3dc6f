//! The operations that lead from one schema to another. Pure: knows no engine and asks nobody.
//!
//! Both schemas are in the words of the same engine. What was renamed is told by the caller: it cannot be seen.

mod letters;
mod matching;
mod order;
mod pending;
mod rename;
mod steps;
mod table;
mod values;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    operation::{Commented, Operation},
    schema::{EnumType, ObjectName, Schema, Sequence, Table},
};

pub(crate) use letters::{is_one_column, is_one_object};
pub(crate) use pending::{Doubt, Pending, Said, circles};
pub(crate) use rename::Renames;

/// The operations that lead from `before` to `after`, in an order in which they can be run. The same schemas give the
/// same list.
pub(crate) fn diff(before: &Schema, after: &Schema, renames: &Renames) -> Vec<Operation> {
    let (renamed, operations) = renames.apply(before);
    let is_of_rows = |operation: &Operation| matches!(operation, Operation::RenameValues { .. });
    let (values, mut operations): (Vec<_>, Vec<_>) = operations.into_iter().partition(is_of_rows);
    let mut changes = Changes { values, ..Changes::default() };

    for name in after.schemas.difference(&renamed.schemas) {
        changes.first.push(Operation::CreateSchema(name.clone()));
    }
    for name in renamed.schemas.difference(&after.schemas) {
        changes.last.push(Operation::DropSchema(name.clone()));
    }
    enums(&renamed, after, &mut changes);
    sequences(&renamed, after, &mut changes);
    tables(&renamed, after, renames, &mut changes);

    // Schemas come before everything: a rename may lead into one.
    let mut ordered: Vec<Operation> = std::mem::take(&mut changes.first);
    ordered.append(&mut operations);
    ordered.extend(changes.in_order());
    ordered
}

/// How many of the operations come first: schemas, and everything that is renamed, with what goes because something else
/// gets its name.
pub(crate) fn behind_renames(operations: &[Operation]) -> usize {
    let is_rename = |operation: &Operation| {
        matches!(
            operation,
            Operation::RenameTable { .. }
                | Operation::RenameColumn { .. }
                | Operation::RenameEnum { .. }
                | Operation::RenameEnumValue { .. }
                | Operation::RenameSequence { .. }
        )
    };
    operations.iter().rposition(is_rename).map_or(0, |last| last + 1)
}

/// What was found, by the stage of the script in which it has its place.
#[derive(Debug, Default)]
struct Changes {
    first: Vec<Operation>,
    /// Names of constraints and indexes that change and nothing else.
    renames: Vec<Operation>,
    types: Vec<Operation>,
    drop_foreign_keys: Vec<Operation>,
    /// Indexes, checks and keys.
    drop_keys: Vec<Operation>,
    drop_tables: Vec<Operation>,
    /// What rows hold, while no check says which values there may be.
    values: Vec<Operation>,
    create_tables: Vec<Operation>,
    /// Columns, then what stands on them, table by table.
    tables: Vec<Operation>,
    add_foreign_keys: Vec<Operation>,
    comments: Vec<Operation>,
    drop_types: Vec<Operation>,
    last: Vec<Operation>,
}

impl Changes {
    fn in_order(self) -> impl Iterator<Item = Operation> {
        [
            self.first,
            // Names may be taken over: that of a table by a type, those of what stands on it by anything.
            self.drop_foreign_keys,
            self.drop_tables,
            self.types,
            self.drop_keys,
            names_in_order(self.renames),
            self.values,
            self.create_tables,
            self.tables,
            self.add_foreign_keys,
            self.comments,
            self.drop_types,
            self.last,
        ]
        .into_iter()
        .flatten()
    }

    fn comment(&mut self, on: Commented, before: Option<&String>, after: Option<&String>) {
        if before != after {
            let (before, after) = (before.cloned(), after.cloned());
            self.comments.push(Operation::SetComment { on, before, after });
        }
    }
}

/// New names of indexes and constraints, each behind what has that name now. Some engines have such names only once in a
/// schema, whatever they stand on.
fn names_in_order(renames: Vec<Operation>) -> Vec<Operation> {
    let mut taken: Vec<Place> = Vec::new();
    let mut steps = Vec::new();
    for operation in renames {
        let (Operation::RenameIndex { table, from, to }
        | Operation::RenameConstraint { table, from, to, .. }) = &operation
        else {
            continue;
        };
        let place = |name: &String| Place { schema: table.schema.clone(), name: name.clone() };
        let (from, to) = (place(from), place(to));
        taken.extend([from.clone(), to.clone()]);
        steps.push(steps::Step { of: operation, from, to });
    }
    let is_one = |one: &Place, other: &Place| one == other;
    let ordered = steps::in_order(steps, is_one, |_, place: &Place| {
        let named = |name: &str| Place { schema: place.schema.clone(), name: name.to_owned() };
        let between = named(&steps::temporary(&place.name, |name| taken.contains(&named(name))));
        taken.push(between.clone());
        between
    });
    let restated = |step: steps::Step<Operation, Place>| {
        let mut operation = step.of;
        if let Operation::RenameIndex { from, to, .. } | Operation::RenameConstraint { from, to, .. } =
            &mut operation
        {
            (*from, *to) = (step.from.name, step.to.name);
        }
        operation
    };
    ordered.into_iter().map(restated).collect()
}

/// The name of an index or a constraint, and where it may stand only once.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    schema: Option<String>,
    name: String,
}

fn enums(before: &Schema, after: &Schema, changes: &mut Changes) {
    for (name, wanted) in &after.enums {
        match before.enums.get(name) {
            None => changes.types.push(Operation::CreateEnum(wanted.clone())),
            Some(found) => {
                if found.values != wanted.values {
                    let before = found.clone();
                    let (comment, needed_by) = (found.comment.clone(), found.needed_by.clone());
                    let after = EnumType { comment, needed_by, ..wanted.clone() };
                    changes.types.push(Operation::AlterEnum { before, after });
                }
                let on = Commented::Enum(name.clone());
                changes.comment(on, found.comment.as_ref(), wanted.comment.as_ref());
            }
        }
    }
    // What others need stays.
    let gone = before
        .enums
        .iter()
        .filter(|(name, found)| !after.enums.contains_key(name) && found.needed_by.is_empty());
    changes.drop_types.extend(gone.map(|(_, ty)| Operation::DropEnum(ty.clone())));
}

fn sequences(before: &Schema, after: &Schema, changes: &mut Changes) {
    for (name, wanted) in &after.sequences {
        match before.sequences.get(name) {
            None => changes.types.push(Operation::CreateSequence(wanted.clone())),
            Some(found) => {
                let (comment, needed_by) = (found.comment.clone(), found.needed_by.clone());
                let after = Sequence { comment, is_owned: found.is_owned, needed_by, ..wanted.clone() };
                if *found != after {
                    changes.types.push(Operation::AlterSequence { before: found.clone(), after });
                }
                let on = Commented::Sequence(name.clone());
                changes.comment(on, found.comment.as_ref(), wanted.comment.as_ref());
            }
        }
    }
    // What others need stays.
    let gone = before
        .sequences
        .iter()
        .filter(|(name, found)| !after.sequences.contains_key(name) && found.needed_by.is_empty());
    changes.drop_types.extend(gone.map(|(_, sequence)| Operation::DropSequence(sequence.clone())));
}

fn tables(before: &Schema, after: &Schema, renames: &Renames, changes: &mut Changes) {
    let none = BTreeMap::new();
    for (name, wanted) in &after.tables {
        if let Some(found) = before.table(name) {
            table::compare(found, wanted, renames.parts.get(name).unwrap_or(&none), changes);
        }
    }
    let only_in = |one: &Schema, other: &Schema| -> Vec<Table> {
        let is_there = |name: &ObjectName| other.tables.contains_key(name);
        one.tables.iter().filter(|(name, _)| !is_there(name)).map(|(_, table)| table.clone()).collect()
    };
    order::renew_foreign_keys(before, after, changes);
    order::create(only_in(after, before), changes);
    let mut gone = only_in(before, after);
    gone.retain(|table| !table.details.is_partitioned);
    order::drop(gone, changes);
}
