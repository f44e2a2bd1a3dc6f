//! The order of tables, and the foreign keys that need one.

use std::collections::{BTreeMap, BTreeSet};

use super::Changes;
use crate::{
    operation::Operation,
    schema::{Column, ForeignKey, ObjectName, Schema, Table},
};

/// Creates the tables, those that are referred to first. A foreign key that has to wait, because its table comes later
/// or the key it refers to is made later, is added at the end.
pub(super) fn create(tables: Vec<Table>, changes: &mut Changes) {
    let altered = altered_tables(changes);
    let (tables, waiting) = in_order(tables, &altered);
    changes.create_tables.extend(tables.into_iter().map(Operation::CreateTable));
    let add = waiting.into_iter().map(|(table, key)| Operation::AddForeignKey { table, key });
    changes.add_foreign_keys.extend(add);
}

/// Drops the tables, those that refer to others first: what [`create`] does, backwards.
pub(super) fn drop(tables: Vec<Table>, changes: &mut Changes) {
    let altered = altered_tables(changes);
    let (tables, waiting) = in_order(tables, &altered);
    changes.drop_tables.extend(tables.into_iter().rev().map(Operation::DropTable));
    let drop = waiting.into_iter().map(|(table, key)| Operation::DropForeignKey { table, key });
    changes.drop_foreign_keys.extend(drop);
}

/// Takes foreign keys that stay the same off while what they stand on is made anew: the key that they refer to, or a
/// column of either side whose type changes into one that cannot be compared with the old one.
pub(super) fn renew_foreign_keys(before: &Schema, after: &Schema, changes: &mut Changes) {
    let mut replaced: BTreeSet<(ObjectName, Vec<String>)> = BTreeSet::new();
    for operation in &changes.drop_keys {
        let (table, columns) = match operation {
            Operation::DropPrimaryKey { table, key } => (table, &key.columns),
            Operation::DropUnique { table, unique } => (table, &unique.columns),
            Operation::DropIndex { table, index } if index.unique => {
                let columns = index.columns().map(ToOwned::to_owned).collect();
                replaced.insert((table.clone(), sorted(columns)));
                continue;
            }
            _ => continue,
        };
        replaced.insert((table.clone(), sorted(columns.clone())));
    }
    let mut retyped: BTreeMap<&ObjectName, BTreeSet<&str>> = BTreeMap::new();
    for operation in &changes.tables {
        if let Operation::AlterColumn { table, before, after } = operation
            && is_other_kind(before, after)
        {
            retyped.entry(table).or_default().insert(&after.name);
        }
    }
    let is_retyped = |table: &ObjectName, columns: &[String]| {
        let changed = retyped.get(table);
        changed.is_some_and(|changed| columns.iter().any(|column| changed.contains(column.as_str())))
    };
    let mut renewed = Vec::new();
    for (name, table) in &before.tables {
        let Some(wanted) = after.table(name) else { continue };
        for key in &table.foreign_keys {
            let stays = wanted.foreign_keys.iter().any(|wanted| wanted == key);
            let referred = (key.referred_table.clone(), sorted(key.referred_columns.clone()));
            if stays
                && (replaced.contains(&referred)
                    || is_retyped(name, &key.columns)
                    || is_retyped(&key.referred_table, &key.referred_columns))
            {
                renewed.push((name.clone(), key.clone()));
            }
        }
    }
    for (table, key) in renewed {
        changes.drop_foreign_keys.push(Operation::DropForeignKey { table: table.clone(), key: key.clone() });
        changes.add_foreign_keys.push(Operation::AddForeignKey { table, key });
    }
}

/// Whether the type changes into one of another kind: another length or precision is not one.
fn is_other_kind(before: &Column, after: &Column) -> bool {
    fn kind(ty: &str) -> &str {
        let word = ty.split(['(', ' ']).next().unwrap_or(ty);
        match word {
            "smallint" | "integer" | "bigint" => "integer",
            "varchar" | "text" | "char" => "text",
            _ => word,
        }
    }
    kind(&before.ty) != kind(&after.ty)
}

fn sorted(mut columns: Vec<String>) -> Vec<String> {
    columns.sort();
    columns
}

/// Tables that stay and on which something is changed that a foreign key may stand on.
fn altered_tables(changes: &Changes) -> BTreeSet<ObjectName> {
    let all = changes.tables.iter().chain(&changes.drop_keys);
    all.filter_map(Operation::table).cloned().collect()
}

/// The tables, each behind those that it refers to, and the foreign keys that had to be taken off for it. Of several
/// that could come next the first by name does; where they refer to each other in a circle, too.
fn in_order(
    tables: Vec<Table>,
    altered: &BTreeSet<ObjectName>,
) -> (Vec<Table>, Vec<(ObjectName, ForeignKey)>) {
    let mut open: BTreeMap<ObjectName, Table> =
        tables.into_iter().map(|table| (table.name.clone(), table)).collect();
    let mut ordered = Vec::with_capacity(open.len());
    let mut waiting = Vec::new();
    // How many open tables each one refers to, and which refer to it.
    let mut refers: BTreeMap<ObjectName, BTreeSet<ObjectName>> = BTreeMap::new();
    let mut referred_by: BTreeMap<ObjectName, BTreeSet<ObjectName>> = BTreeMap::new();
    for (name, table) in &open {
        let others = table.foreign_keys.iter().map(|key| &key.referred_table);
        let others: BTreeSet<_> =
            others.filter(|other| *other != name && open.contains_key(other)).cloned().collect();
        for other in &others {
            referred_by.entry(other.clone()).or_default().insert(name.clone());
        }
        refers.insert(name.clone(), others);
    }
    let mut ready: BTreeSet<ObjectName> =
        refers.iter().filter(|(_, others)| others.is_empty()).map(|(name, _)| name.clone()).collect();
    loop {
        let next = ready.pop_first().or_else(|| open.keys().next().cloned());
        let Some(name) = next else { break };
        let Some(mut table) = open.remove(&name) else { continue };
        let (now, later): (Vec<_>, Vec<_>) = table.foreign_keys.into_iter().partition(|key| {
            !open.contains_key(&key.referred_table) && !altered.contains(&key.referred_table)
        });
        table.foreign_keys = now;
        waiting.extend(later.into_iter().map(|key| (name.clone(), key)));
        ordered.push(table);
        for other in referred_by.remove(&name).unwrap_or_default() {
            if let Some(left) = refers.get_mut(&other) {
                left.remove(&name);
                if left.is_empty() && open.contains_key(&other) {
                    ready.insert(other);
                }
            }
        }
    }
    (ordered, waiting)
}
