//! What the first dialect calls a thing, in another dialect: names are the same there, schemas need not be.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::Dialect;

use crate::{
    diff::Renames,
    operation::Operation,
    schema::{ObjectName, Schema},
};

/// The names of one comparison in the words of another dialect.
#[derive(Debug)]
pub(super) struct Names {
    has_schemas: bool,
    /// What there is in the other dialect.
    known: BTreeSet<ObjectName>,
    /// Old names, which only the first comparison knows.
    former: BTreeMap<ObjectName, ObjectName>,
}

impl Names {
    /// - `others`: schemas of the other dialect, which say where its things are.
    /// - `renames`: those of the first comparison.
    pub(super) fn new(others: &[&Schema], renames: &Renames) -> Self {
        let has_schemas = others.iter().any(|schema| has_schemas(schema.dialect));
        let known = others.iter().flat_map(|schema| {
            schema.tables.keys().chain(schema.enums.keys()).chain(schema.sequences.keys()).cloned()
        });
        let mut names = Self { has_schemas, known: known.collect(), former: BTreeMap::new() };
        let pairs = renames.tables.iter().chain(&renames.enums).chain(&renames.sequences);
        for (from, to) in pairs {
            let mut old = names.of(from);
            if from.schema == to.schema {
                old.schema = names.of(to).schema;
            }
            names.former.insert(from.clone(), old);
        }
        names
    }

    /// Whether there are schemas inside a database.
    pub(super) fn has_schemas(&self) -> bool {
        self.has_schemas
    }

    /// The name there.
    pub(super) fn of(&self, name: &ObjectName) -> ObjectName {
        if let Some(former) = self.former.get(name) {
            return former.clone();
        }
        if !self.has_schemas {
            return ObjectName::local(name.name.clone());
        }
        if self.known.contains(name) {
            return name.clone();
        }
        let mut namesakes = self.known.iter().filter(|known| known.name == name.name);
        match (namesakes.next(), namesakes.next()) {
            (Some(only), None) => only.clone(),
            _ => name.clone(),
        }
    }

    /// The renames there.
    pub(super) fn renames(&self, renames: &Renames) -> Renames {
        let pairs = |map: &BTreeMap<ObjectName, ObjectName>| {
            map.iter().map(|(from, to)| (self.of(from), self.of(to))).collect()
        };
        let inner = |map: &BTreeMap<ObjectName, BTreeMap<String, String>>| {
            map.iter().map(|(of, names)| (self.of(of), names.clone())).collect()
        };
        Renames {
            tables: pairs(&renames.tables),
            columns: inner(&renames.columns),
            enums: pairs(&renames.enums),
            enum_values: inner(&renames.enum_values),
            column_values: renames
                .column_values
                .iter()
                .map(|((table, column), values)| ((self.of(table), column.clone()), values.clone()))
                .collect(),
            sequences: pairs(&renames.sequences),
        }
    }
}

/// The renames with those of values where the other dialect has them: an enum may be a type here, and a list of values
/// of each of its columns there.
///
/// - `renames`: in the names of the other dialect.
/// - `written`: what the models give in the first dialect.
/// - `after`: what they give in the other.
pub(super) fn with_values(mut renames: Renames, names: &Names, written: &Schema, after: &Schema) -> Renames {
    let mut values: BTreeMap<(ObjectName, String), BTreeMap<String, String>> =
        std::mem::take(&mut renames.column_values);
    let by_type = std::mem::take(&mut renames.enum_values);
    for table in written.tables.values() {
        for column in &table.columns {
            let ty = written.enums.keys().find(|ty| ty.to_string() == column.ty);
            if let Some(renamed) = ty.and_then(|ty| by_type.get(&names.of(ty))) {
                values.insert((names.of(&table.name), column.name.clone()), renamed.clone());
            }
        }
    }
    renames.enum_values = by_type.into_iter().filter(|(ty, _)| after.enums.contains_key(ty)).collect();
    for ((table, column), renamed) in values {
        let wanted = after.table(&table).and_then(|table| table.column(&column));
        let ty = wanted.and_then(|column| after.enums.keys().find(|ty| ty.to_string() == column.ty));
        match ty {
            Some(ty) => renames.enum_values.entry(ty.clone()).or_default().extend(renamed),
            None => {
                renames.column_values.insert((table, column), renamed);
            }
        }
    }
    renames
}

/// Whether an engine has schemas inside a database.
pub(super) fn has_schemas(dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgres | Dialect::Mssql => true,
        Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => false,
    }
}

/// What was really renamed: of what models tell, some was done long ago.
pub(super) fn done(operations: &[Operation]) -> Renames {
    let mut done = Renames::default();
    for operation in operations {
        match operation {
            Operation::RenameTable { from, to } => {
                done.tables.insert(from.clone(), to.clone());
            }
            Operation::RenameColumn { table, from, to } => {
                done.columns.entry(table.clone()).or_default().insert(from.clone(), to.clone());
            }
            Operation::RenameEnum { from, to } => {
                done.enums.insert(from.clone(), to.clone());
            }
            Operation::RenameEnumValue { name, from, to } => {
                done.enum_values.entry(name.clone()).or_default().insert(from.clone(), to.clone());
            }
            Operation::RenameValues { table, column, values } => {
                done.column_values.insert((table.clone(), column.clone()), values.clone());
            }
            Operation::RenameSequence { from, to } => {
                done.sequences.insert(from.clone(), to.clone());
            }
            _ => {}
        }
    }
    done
}

/// Both, where they differ the second's.
pub(super) fn joined(mut one: Renames, other: Renames) -> Renames {
    fn inner<K: Ord>(
        into: &mut BTreeMap<K, BTreeMap<String, String>>,
        from: BTreeMap<K, BTreeMap<String, String>>,
    ) {
        for (of, names) in from {
            into.entry(of).or_default().extend(names);
        }
    }
    one.tables.extend(other.tables);
    one.enums.extend(other.enums);
    one.sequences.extend(other.sequences);
    inner(&mut one.columns, other.columns);
    inner(&mut one.enum_values, other.enum_values);
    inner(&mut one.column_values, other.column_values);
    one
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Table;

    fn schema(dialect: Dialect, tables: &[ObjectName]) -> Schema {
        let mut schema = Schema::empty(dialect);
        for name in tables {
            schema.insert(Table::new(name.clone()));
        }
        schema
    }

    #[test]
    fn a_schema_is_dropped_where_there_are_none_and_found_where_there_are() {
        let in_app = |name: &str| ObjectName::in_schema("app", name);
        let mysql = schema(Dialect::Mysql, &[ObjectName::local("users")]);
        assert_eq!(
            Names::new(&[&mysql], &Renames::default()).of(&in_app("users")),
            ObjectName::local("users")
        );

        let postgres = schema(Dialect::Postgres, &[in_app("people"), ObjectName::local("teams")]);
        let renames = Renames {
            tables: [(ObjectName::local("users"), ObjectName::local("people"))].into(),
            columns: [(ObjectName::local("people"), [("a".to_owned(), "b".to_owned())].into())].into(),
            ..Renames::default()
        };
        let names = Names::new(&[&postgres], &renames);
        assert_eq!(names.of(&ObjectName::local("people")), in_app("people"));
        assert_eq!(names.of(&ObjectName::local("teams")), ObjectName::local("teams"));
        let there = names.renames(&renames);
        assert_eq!(there.tables[&in_app("users")], in_app("people"));
        assert!(there.columns.contains_key(&in_app("people")));
    }
}
