//! The same change in another shape: a unique constraint here is a unique index there, a value of a type is a value of a
//! list. What another dialect has in a shape of its own is no change that only it has.

use std::collections::BTreeSet;

use serde_json::Value;

use super::same::plain;
use crate::{
    operation::Operation,
    schema::{Check, Column, ForeignKey, KeyPart, ObjectName, Schema, Table, lists_values},
};

/// What a change is about, without regard to schemas: kind, table, and what of it.
type Shape = (String, String, String);

/// The shapes of all changes of a dialect.
#[derive(Debug)]
pub(super) struct Shapes(BTreeSet<Shape>);

impl Shapes {
    /// `written` is what the models give in the dialect.
    pub(super) fn of(operations: &[Operation], written: &Schema) -> Self {
        let columns = Columns::of(operations, written);
        let own = operations.iter().flat_map(|operation| columns.shapes(operation));
        let within = operations.iter().flat_map(within);
        Self(own.chain(within).collect())
    }

    /// The changes of another dialect that have none of the shapes.
    pub(super) fn strangers<'o>(&self, operations: &'o [Operation], written: &Schema) -> Vec<&'o Operation> {
        let columns = Columns::of(operations, written);
        let is_stranger =
            |operation: &&Operation| columns.shapes(operation).iter().all(|shape| !self.0.contains(shape));
        operations.iter().filter(is_stranger).collect()
    }
}

/// Every column that there is, or was: by its table, with its type.
struct Columns<'s>(Vec<(&'s ObjectName, &'s Column)>);

impl<'s> Columns<'s> {
    fn of(operations: &'s [Operation], written: &'s Schema) -> Self {
        let mut all: Vec<_> = Vec::new();
        let mut put = |table: &'s Table| all.extend(table.columns.iter().map(|column| (&table.name, column)));
        written.tables.values().for_each(&mut put);
        for operation in operations {
            if let Operation::DropTable(table) = operation {
                put(table);
            }
        }
        for operation in operations {
            match operation {
                Operation::DropColumn { table, column } => all.push((table, column)),
                Operation::AlterColumn { table, before, .. } => all.push((table, before)),
                _ => {}
            }
        }
        Self(all)
    }

    /// What the operation is about, each in itself enough to know it again.
    fn shapes(&self, operation: &Operation) -> Vec<Shape> {
        let mut shapes = vec![as_it_is(operation)];
        let table = operation.table();
        match operation {
            Operation::RenameEnumValue { name, .. } => shapes.extend(self.of_type(name)),
            Operation::CreateEnum(ty) | Operation::DropEnum(ty) | Operation::AlterEnum { after: ty, .. } => {
                shapes.extend(self.of_type(&ty.name));
            }
            Operation::RenameValues { table, column, .. } => shapes.push(values(table, column)),
            Operation::AlterColumn { table, before, after } if before.ty != after.ty => {
                let is_list = |column: &Column| column.ty.to_ascii_lowercase().starts_with("enum(");
                if is_list(before) || is_list(after) {
                    shapes.push(values(table, &after.name));
                }
            }
            Operation::AddCheck { table, check } | Operation::DropCheck { table, check } => {
                let columns = self.0.iter().filter(|(of, _)| of.name == table.name);
                let listed = columns.filter(|(_, column)| lists_values(&check.expression, &column.name));
                shapes.extend(listed.map(|(_, column)| values(table, &column.name)));
            }
            Operation::RenameIndex { to, .. } | Operation::RenameConstraint { to, .. } => {
                shapes.extend(table.map(|table| shape("renamed", table, to)));
            }
            _ => {}
        }
        shapes.extend(part(operation));
        shapes
    }

    /// The values of the columns of a type.
    fn of_type(&self, name: &ObjectName) -> Vec<Shape> {
        let word = name.to_string();
        let columns = self.0.iter().filter(|(_, column)| column.ty.trim_end_matches("[]") == word);
        columns.map(|(table, column)| values(table, &column.name)).collect()
    }
}

/// Only the names: texts differ from dialect to dialect.
fn as_it_is(operation: &Operation) -> Shape {
    let mut value = operation.json();
    value["description"] = Value::Null;
    value["table"] = Value::Null;
    let table = operation.table().map(|table| table.name.clone()).unwrap_or_default();
    ("operation".to_owned(), table, value.to_string())
}

fn shape(kind: &str, table: &ObjectName, what: &str) -> Shape {
    (kind.to_owned(), table.name.clone(), what.to_owned())
}

/// The values that a column may have.
fn values(table: &ObjectName, column: &str) -> Shape {
    shape("values", table, column)
}

/// What an operation adds to a table or drops from it, by what it says: in some dialects it has no name, and what is a
/// constraint here is an index there.
fn part(operation: &Operation) -> Option<Shape> {
    let table = operation.table()?;
    let is_added = matches!(
        operation,
        Operation::AddPrimaryKey { .. }
            | Operation::AddUnique { .. }
            | Operation::AddIndex { .. }
            | Operation::AddForeignKey { .. }
            | Operation::AddCheck { .. }
    );
    let what = match operation {
        Operation::AddPrimaryKey { key, .. } | Operation::DropPrimaryKey { key, .. } => {
            format!("primary key {}", key.columns.join(","))
        }
        Operation::AddUnique { unique, .. } | Operation::DropUnique { unique, .. } => {
            unique_on(&unique.columns)
        }
        Operation::AddIndex { index, .. } | Operation::DropIndex { index, .. } if index.unique => {
            let parts = index.keys.iter().map(|key| match &key.part {
                KeyPart::Column(name) => name.clone(),
                KeyPart::Expression(sql) => plain(sql),
            });
            unique_on(&parts.collect::<Vec<_>>())
        }
        Operation::AddForeignKey { key, .. } | Operation::DropForeignKey { key, .. } => refers(key),
        Operation::AddCheck { check, .. } | Operation::DropCheck { check, .. } => checks(check),
        _ => return None,
    };
    Some(shape(if is_added { "added" } else { "dropped" }, table, &what))
}

fn unique_on(columns: &[String]) -> String {
    format!("unique {}", columns.join(","))
}

fn refers(key: &ForeignKey) -> String {
    format!("foreign key {} to {}", key.columns.join(","), key.referred_table.name)
}

fn checks(check: &Check) -> String {
    format!("check {}", plain(&check.expression))
}

/// What comes and goes with a table or a column, and may come and go by itself elsewhere.
fn within(operation: &Operation) -> Vec<Shape> {
    let (kind, table) = match operation {
        Operation::AddColumn { table, column } | Operation::DropColumn { table, column } => {
            return vec![values(table, &column.name)];
        }
        Operation::AlterColumn { table, before, after } if before.ty != after.ty => {
            return vec![values(table, &after.name)];
        }
        Operation::CreateTable(table) => ("added", table),
        Operation::DropTable(table) => ("dropped", table),
        _ => return Vec::new(),
    };
    let name = &table.name;
    let mut found: Vec<Shape> = table.columns.iter().map(|column| values(name, &column.name)).collect();
    found.extend(table.uniques.iter().map(|unique| shape(kind, name, &unique_on(&unique.columns))));
    found.extend(table.foreign_keys.iter().map(|key| shape(kind, name, &refers(key))));
    found.extend(table.checks.iter().map(|check| shape(kind, name, &checks(check))));
    found
}

#[cfg(test)]
mod tests {
    use migrate_core::Dialect;

    use super::*;
    use crate::schema::{EnumType, Index, IndexKey, Table};

    fn orders(dialect: Dialect, ty: &str) -> Schema {
        let mut schema = Schema::empty(dialect);
        let mut table = Table::new(ObjectName::local("orders"));
        table.columns = vec![Column::new("state", ty)];
        schema.insert(table);
        schema
    }

    fn check(expression: &str) -> Check {
        Check {
            name: None,
            expression: expression.to_owned(),
            no_inherit: false,
            not_valid: false,
            comment: None,
        }
    }

    #[test]
    fn a_value_of_a_type_is_one_of_a_list_elsewhere() {
        let table = ObjectName::local("orders");
        let ty = |values: &[&str]| EnumType {
            name: ObjectName::local("order_state"),
            values: values.iter().map(ToString::to_string).collect(),
            comment: None,
            needed_by: Vec::new(),
        };
        let renamed = Operation::RenameEnumValue {
            name: ObjectName::local("order_state"),
            from: "open".into(),
            to: "new".into(),
        };
        let altered = Operation::AlterEnum { before: ty(&["new"]), after: ty(&["new", "lost"]) };
        let written = orders(Dialect::Postgres, "order_state");
        let there = [
            Operation::RenameValues {
                table: table.clone(),
                column: "state".into(),
                values: [("open".to_owned(), "new".to_owned())].into(),
            },
            Operation::DropCheck { table: table.clone(), check: check("state IN ('new')") },
            Operation::AlterColumn {
                table: table.clone(),
                before: Column::new("state", "enum('new')"),
                after: Column::new("state", "enum('new','lost')"),
            },
        ];
        let other = orders(Dialect::Mysql, "enum('new','lost')");
        for first in [renamed, altered.clone()] {
            let shapes = Shapes::of(&[first], &written);
            assert!(shapes.strangers(&there, &other).is_empty(), "{shapes:?}");
        }
        // The other way round, and where there is no such thing.
        assert!(Shapes::of(&there, &other).strangers(std::slice::from_ref(&altered), &written).is_empty());
        assert_eq!(Shapes::of(&[], &other).strangers(&there, &other).len(), 3);
        let level = Operation::DropCheck { table, check: check("level IN ('low')") };
        assert_eq!(Shapes::of(&[altered], &written).strangers(&[level], &other).len(), 1);
    }

    #[test]
    fn a_unique_constraint_is_a_unique_index_elsewhere() {
        let table = ObjectName::in_schema("app", "users");
        let unique = |columns: &[&str]| {
            let keys = columns.iter().copied().map(IndexKey::column).collect();
            Index { unique: true, ..Index::new("uq_users", keys) }
        };
        let constraint = super::super::same::as_unique(&unique(&["handle"])).unwrap();
        let first = Operation::AddUnique { table, unique: constraint };
        let add = |index: Index| Operation::AddIndex { table: ObjectName::local("users"), index };
        let there = [
            add(unique(&["handle"])),
            add(unique(&["email"])),
            add(Index::new("uq_users", vec![IndexKey::column("handle")])),
            Operation::DropIndex { table: ObjectName::local("users"), index: unique(&["handle"]) },
        ];
        let schema = Schema::empty(Dialect::Mysql);
        let shapes = Shapes::of(&[first], &schema);
        let strangers = shapes.strangers(&there, &schema);
        assert_eq!(strangers, there[1..].iter().collect::<Vec<_>>());
    }
}
