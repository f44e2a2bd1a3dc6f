//! The operations that lead from one schema to another. Pure: knows no engine and asks nobody.
//!
//! Both schemas are in the words of the same engine. What was renamed is told by the caller: it cannot be seen.

mod matching;
mod order;
mod rename;
mod table;
mod values;

#[cfg(test)]
mod tests;

use crate::{
    operation::{Commented, Operation},
    schema::{EnumType, ObjectName, Schema, Sequence, Table},
};

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
    tables(&renamed, after, &mut changes);

    // Schemas come before everything: a rename may lead into one.
    let mut ordered: Vec<Operation> = std::mem::take(&mut changes.first);
    ordered.append(&mut operations);
    ordered.extend(changes.in_order());
    ordered
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
            self.types,
            self.drop_foreign_keys,
            self.drop_keys,
            // Behind what is dropped: a name may be taken over.
            self.renames,
            self.values,
            self.drop_tables,
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

fn tables(before: &Schema, after: &Schema, changes: &mut Changes) {
    for (name, wanted) in &after.tables {
        if let Some(found) = before.table(name) {
            table::compare(found, wanted, changes);
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
