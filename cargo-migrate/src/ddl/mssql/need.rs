//! What an operation stands on: if that has made way, it comes back before.

use std::collections::BTreeSet;

use super::{
    blocker::{Kind, Part},
    expression::mentions,
    live::{Live, LiveTable},
};
use crate::{
    operation::Operation,
    schema::{Index, ObjectName},
};

/// The parts that have to be there: computed columns, and the key that a foreign key refers to.
pub(super) fn needed(operation: &Operation, live: &Live) -> BTreeSet<Part> {
    let mut parts = BTreeSet::new();
    match operation {
        Operation::AddIndex { table, index } => {
            computed(live, table, |column| is_in(index, column), &mut parts);
        }
        Operation::AddCheck { table, check } => {
            computed(live, table, |column| mentions(&check.expression, column), &mut parts);
        }
        Operation::AddPrimaryKey { table, key } => of_columns(live, table, &key.columns, &mut parts),
        Operation::AddUnique { table, unique } => of_columns(live, table, &unique.columns, &mut parts),
        Operation::AddForeignKey { table, key } => {
            of_columns(live, table, &key.columns, &mut parts);
            keys(live, &key.referred_table, &key.referred_columns, &mut parts);
        }
        Operation::CreateTable(table) => {
            for key in &table.foreign_keys {
                keys(live, &key.referred_table, &key.referred_columns, &mut parts);
            }
        }
        Operation::CreateSchema(_)
        | Operation::DropSchema(_)
        | Operation::CreateEnum(_)
        | Operation::DropEnum(_)
        | Operation::RenameEnum { .. }
        | Operation::RenameEnumValue { .. }
        | Operation::RenameValues { .. }
        | Operation::FillColumn { .. }
        | Operation::AlterEnum { .. }
        | Operation::CreateSequence(_)
        | Operation::DropSequence(_)
        | Operation::RenameSequence { .. }
        | Operation::AlterSequence { .. }
        | Operation::DropTable(_)
        | Operation::RenameTable { .. }
        | Operation::SetTableOption { .. }
        | Operation::AddColumn { .. }
        | Operation::DropColumn { .. }
        | Operation::RenameColumn { .. }
        | Operation::AlterColumn { .. }
        | Operation::DropPrimaryKey { .. }
        | Operation::DropUnique { .. }
        | Operation::DropForeignKey { .. }
        | Operation::DropCheck { .. }
        | Operation::AddExclusion { .. }
        | Operation::DropExclusion { .. }
        | Operation::RenameConstraint { .. }
        | Operation::DropIndex { .. }
        | Operation::RenameIndex { .. }
        | Operation::SetComment { .. } => {}
    }
    parts
}

/// The keys over exactly these columns, in whatever order.
fn keys(live: &Live, name: &ObjectName, columns: &[String], parts: &mut BTreeSet<Part>) {
    let Some(table) = live.table(name) else { return };
    let wanted: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
    let fits = |columns: &[String]| columns.iter().map(String::as_str).collect::<BTreeSet<_>>() == wanted;
    let part = |kind, number| Part { kind, table: table.number, number };
    let primary = table.primary_key.iter().filter(|key| fits(&key.value.columns));
    parts.extend(primary.map(|key| part(Kind::PrimaryKey, key.number)));
    let uniques = table.uniques.iter().filter(|unique| fits(&unique.value.columns));
    parts.extend(uniques.map(|unique| part(Kind::Unique, unique.number)));
    let indexes = table
        .indexes
        .iter()
        .filter(|index| index.value.unique && index.value.columns().collect::<BTreeSet<_>>() == wanted);
    parts.extend(indexes.map(|index| part(Kind::Index, index.number)));
    of_columns(live, name, columns, parts);
}

fn of_columns(live: &Live, table: &ObjectName, columns: &[String], parts: &mut BTreeSet<Part>) {
    computed(live, table, |column| columns.iter().any(|one| one == column), parts);
}

fn computed(live: &Live, name: &ObjectName, fits: impl Fn(&str) -> bool, parts: &mut BTreeSet<Part>) {
    let Some(table) = live.table(name) else { return };
    parts.extend(computed_columns(table).filter(|(column, _)| fits(column)).map(|(_, part)| part));
}

fn computed_columns(table: &LiveTable) -> impl Iterator<Item = (&str, Part)> {
    table.columns.iter().filter(|item| item.value.generated.is_some()).map(|item| {
        let part = Part { kind: Kind::Computed, table: table.number, number: item.number };
        (item.value.name.as_str(), part)
    })
}

fn is_in(index: &Index, column: &str) -> bool {
    index.columns().any(|one| one == column)
        || index.include.iter().any(|one| one == column)
        || index.filter.as_deref().is_some_and(|filter| mentions(filter, column))
}
