//! Rows that hold values which an enumerated type of PostgreSQL loses.

use std::collections::BTreeMap;

use migrate_runtime::Connection;

use super::{
    facts::{Offenders, ask, number_of},
    former::Former,
    offenders::limited,
};
use crate::{
    ddl::{
        postgres::{
            enumeration::dimensions,
            name::{literal, object},
        },
        quote,
    },
    diff,
    operation::Operation,
    schema::{Column, ObjectName, Schema, Table},
};

/// What a column holds whose type loses values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// By the names that hold behind the operations.
    pub(super) table: ObjectName,
    pub(super) column: String,
    /// Of the table.
    pub(super) rows: u64,
    /// That are not NULL.
    pub(super) values: u64,
    /// That are none of the type any more.
    pub(super) misfits: Offenders,
}

/// The values that a type has no more. An array that holds one is a row that does.
pub(super) fn gone(operation: &Operation) -> Vec<&String> {
    match operation {
        Operation::AlterEnum { before, after } => {
            before.values.iter().filter(|value| !after.values.contains(value)).collect()
        }
        _ => Vec::new(),
    }
}

/// Counts in all columns of the types that lose values and stay of theirs: one query for each type. A type of which the
/// server does not count all is left out.
pub(super) async fn count(
    connection: &mut Connection,
    before: &Schema,
    operations: &[Operation],
) -> BTreeMap<ObjectName, Vec<Held>> {
    let dialect = before.dialect;
    let former = Former::new(before, operations);
    let mut counted = BTreeMap::new();
    for operation in operations {
        let Operation::AlterEnum { after, .. } = operation else { continue };
        let gone = gone(operation);
        if gone.is_empty() {
            continue;
        }
        let (old, gone) = formerly(&after.name, gone, operations);
        let columns = columns(before, &former, &old, operations);
        let mut parts = Vec::new();
        for (table, column, _) in &columns {
            let place = object(&table.name);
            let name = quote(dialect, &column.name);
            let holds = match dimensions(&column.ty, &old) {
                Some("") | None => format!("{name} IN ({})", gone.join(", ")),
                Some(_) => format!("{name} && ARRAY[{}]::{}[]", gone.join(", "), object(&old)),
            };
            parts.push(format!("(SELECT count(*) FROM {place})"));
            parts.push(format!("(SELECT count({name}) FROM {place})"));
            parts.push(number_of(dialect, &limited(dialect, &format!("FROM {place} WHERE {holds}"))));
        }
        let counts = match parts.as_slice() {
            [] => Vec::new(),
            parts => ask(connection, &format!("SELECT {}", parts.join(", "))).await,
        };
        let counts: Option<Vec<u64>> = counts.into_iter().collect();
        let Some(counts) = counts.filter(|counts| counts.len() == parts.len()) else { continue };
        let held = columns.into_iter().zip(counts.chunks_exact(3)).filter_map(|((_, _, now), counts)| {
            let [rows, values, misfits] = *counts else { return None };
            Some(Held { table: now.0, column: now.1, rows, values, misfits: Offenders::new(misfits) })
        });
        counted.insert(after.name.clone(), held.collect());
    }
    counted
}

/// What the type, and those of its values, are called before the operations; the values as literals.
fn formerly(name: &ObjectName, values: Vec<&String>, operations: &[Operation]) -> (ObjectName, Vec<String>) {
    let (mut name, mut values) = (name.clone(), values.into_iter().cloned().collect::<Vec<_>>());
    for operation in operations.iter().rev() {
        match operation {
            Operation::RenameEnum { from, to } if *to == name => name = from.clone(),
            Operation::RenameEnumValue { name: of, from, to } if *of == name => {
                values.iter_mut().filter(|value| *value == to).for_each(|value| value.clone_from(from));
            }
            _ => {}
        }
    }
    let values = values.iter().map(|value| literal(value)).collect();
    (name, values)
}

/// The columns of the type that are of it behind the operations too, each with the names that it has then.
fn columns<'s>(
    before: &'s Schema,
    former: &Former<'_>,
    of: &ObjectName,
    operations: &[Operation],
) -> Vec<(&'s Table, &'s Column, (ObjectName, String))> {
    let (first, later) = operations.split_at(diff::behind_renames(operations));
    let is_dropped = |operations: &[Operation], name: &ObjectName| {
        operations.iter().any(|one| matches!(one, Operation::DropTable(table) if table.name == *name))
    };
    let mut found = Vec::new();
    for table in before.tables.values() {
        let now = former.now(&table.name);
        if is_dropped(first, &table.name) || is_dropped(later, &now) {
            continue;
        }
        for column in &table.columns {
            if column.generated.is_some() || dimensions(&column.ty, of).is_none() {
                continue;
            }
            let name = former.column_now(&now, &column.name);
            let goes = |operations: &[Operation], name: &str| {
                operations.iter().any(|operation| match operation {
                    Operation::DropColumn { table, column } => *table == now && column.name == name,
                    Operation::AlterColumn { table, before, after } => {
                        *table == now && before.name == name && before.ty != after.ty
                    }
                    _ => false,
                })
            };
            if !goes(first, &column.name) && !goes(later, &name) {
                found.push((table, column, (now.clone(), name)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use migrate_core::Dialect;

    use super::*;
    use crate::schema::EnumType;

    fn name(name: &str) -> ObjectName {
        ObjectName::local(name)
    }

    #[test]
    fn what_stays_of_the_type_is_looked_at_by_its_old_name() {
        let mut before = Schema::empty(Dialect::Postgres);
        let mut users = Table::new(name("users"));
        users.columns =
            [("mood", "mood"), ("moods", "mood[]"), ("gone", "mood"), ("word", "mood"), ("age", "integer")]
                .map(|(name, ty)| Column::new(name, ty))
                .to_vec();
        before.insert(users);
        let mut old = Table::new(name("old"));
        old.columns = vec![Column::new("mood", "mood")];
        before.insert(old.clone());
        let people = name("people");
        let of = |values: &[&str]| EnumType {
            name: name("feeling"),
            values: values.iter().map(ToString::to_string).collect(),
            comment: None,
            needed_by: Vec::new(),
        };
        let operations = [
            Operation::RenameEnum { from: name("mood"), to: name("feeling") },
            Operation::RenameTable { from: name("users"), to: people.clone() },
            Operation::RenameColumn { table: people.clone(), from: "mood".into(), to: "feeling".into() },
            Operation::DropTable(old),
            Operation::DropColumn { table: people.clone(), column: Column::new("gone", "feeling") },
            Operation::AlterColumn {
                table: people.clone(),
                before: Column::new("word", "feeling"),
                after: Column::new("word", "text"),
            },
            Operation::AlterEnum { before: of(&["good", "it's"]), after: of(&["good"]) },
        ];
        let former = Former::new(&before, &operations);
        let lost = gone(operations.last().unwrap());
        assert_eq!(formerly(&name("feeling"), lost, &operations), (name("mood"), vec!["'it''s'".to_owned()]));
        let found = columns(&before, &former, &name("mood"), &operations);
        let found: Vec<_> =
            found.into_iter().map(|(table, column, now)| (&table.name, &*column.name, now)).collect();
        let users = name("users");
        let expected = [("mood", "feeling"), ("moods", "moods")]
            .map(|(then, now)| (&users, then, (people.clone(), now.to_owned())));
        assert_eq!(found, expected);
    }
}
