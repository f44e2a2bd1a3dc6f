//! What was renamed: told, not guessed.

use std::collections::BTreeMap;

use crate::{
    operation::Operation,
    renaming,
    schema::{KeyPart, ObjectName, Schema, Table},
};

use super::{
    letters::{is_one_column, is_one_object},
    steps::{Step, in_order, temporary},
    values,
};

/// What was renamed. Tables and types come first: columns and values go by the new name of theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Renames {
    /// From the old name to the new one.
    pub(crate) tables: BTreeMap<ObjectName, ObjectName>,
    /// By the table's new name: from the old name to the new one.
    pub(crate) columns: BTreeMap<ObjectName, BTreeMap<String, String>>,
    pub(crate) enums: BTreeMap<ObjectName, ObjectName>,
    /// By the type's new name: from the old value to the new one.
    pub(crate) enum_values: BTreeMap<ObjectName, BTreeMap<String, String>>,
    /// Where an enum is no type of its own: by the table's and the column's new name, from the old value to the new one.
    pub(crate) column_values: BTreeMap<(ObjectName, String), BTreeMap<String, String>>,
    pub(crate) sequences: BTreeMap<ObjectName, ObjectName>,
    /// Indexes and constraints, by the table's new name. They are known by what they are: this says which it was where
    /// several are alike.
    pub(crate) parts: BTreeMap<ObjectName, BTreeMap<String, String>>,
}

impl Renames {
    /// The renames that lead back.
    pub(crate) fn inverse(&self) -> Self {
        fn turned<K: Ord + Clone>(map: &BTreeMap<K, K>) -> BTreeMap<K, K> {
            map.iter().map(|(from, to)| (to.clone(), from.clone())).collect()
        }
        let of_tables = |parts: &BTreeMap<ObjectName, BTreeMap<String, String>>| {
            parts.iter().map(|(table, names)| (self.former_table(table), turned(names))).collect()
        };
        Self {
            tables: turned(&self.tables),
            // By the name that the table gets back.
            columns: of_tables(&self.columns),
            enums: turned(&self.enums),
            enum_values: self
                .enum_values
                .iter()
                .map(|(ty, values)| (former(&self.enums, ty), turned(values)))
                .collect(),
            column_values: self
                .column_values
                .iter()
                .map(|((table, column), values)| {
                    let column = self.former_column(table, column);
                    ((self.former_table(table), column), turned(values))
                })
                .collect(),
            sequences: turned(&self.sequences),
            parts: of_tables(&self.parts),
        }
    }

    /// What a table was called before, by its new name.
    pub(crate) fn former_table(&self, now: &ObjectName) -> ObjectName {
        former(&self.tables, now)
    }

    /// What an enum was called before, by its new name.
    pub(crate) fn former_enum(&self, now: &ObjectName) -> ObjectName {
        former(&self.enums, now)
    }

    /// What a column was called before, by the new names of its table and of itself.
    pub(crate) fn former_column(&self, table: &ObjectName, now: &str) -> String {
        let now = now.to_owned();
        self.columns.get(table).map_or_else(|| now.clone(), |columns| former(columns, &now))
    }

    /// The schema as it is once everything is renamed.
    pub(crate) fn renamed(&self, before: &Schema) -> Schema {
        self.apply(before).0
    }

    /// The schema as it is once everything is renamed, and the operations that do it. What is not there is passed over.
    /// What has a new name already, and does not get another, is dropped before. A check that lists values stays: it is
    /// dropped before and added behind.
    pub(super) fn apply(&self, before: &Schema) -> (Schema, Vec<Operation>) {
        let mut renaming = Renaming { schema: before.clone(), operations: Vec::new() };
        renaming.objects(self);
        for (table, columns) in &self.columns {
            renaming.columns(table, columns);
        }
        for ((table, column), values) in &self.column_values {
            let values = values::rename(&mut renaming.schema, table, column, values);
            if !values.is_empty() {
                let (table, column) = (table.clone(), column.clone());
                renaming.operations.push(Operation::RenameValues { table, column, values });
            }
        }
        for (name, values) in &self.enum_values {
            renaming.values(name, values);
        }
        (renaming.schema, renaming.operations)
    }
}

fn former<K: Ord + Clone>(names: &BTreeMap<K, K>, now: &K) -> K {
    names.iter().find(|(_, to)| *to == now).map_or_else(|| now.clone(), |(from, _)| from.clone())
}

/// What has a name of its own in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Enum,
    Sequence,
    Table,
}

struct Renaming {
    schema: Schema,
    operations: Vec<Operation>,
}

impl Renaming {
    fn objects(&mut self, renames: &Renames) {
        let schema = &self.schema;
        let enums = renames.enums.iter().map(|pair| (Kind::Enum, pair));
        let sequences = renames.sequences.iter().map(|pair| (Kind::Sequence, pair));
        let tables = renames.tables.iter().map(|pair| (Kind::Table, pair));
        let all = enums.chain(sequences).chain(tables);
        let steps: Vec<_> = all
            .filter(|(kind, (from, to))| from != to && has(schema, *kind, from))
            .map(|(of, (from, to))| Step { of, from: from.clone(), to: to.clone() })
            .collect();
        let goes = |kind, name: &ObjectName| steps.iter().any(|step| step.of == kind && step.from == *name);
        let dialect = schema.dialect;
        let is_one = |one: &ObjectName, other: &ObjectName| is_one_object(dialect, one, other);
        let holders: Vec<(Kind, ObjectName)> = steps
            .iter()
            .flat_map(|step| objects(schema).filter(|(_, name)| is_one(name, &step.to)))
            .filter(|(kind, name)| !goes(*kind, name))
            .map(|(kind, name)| (kind, name.clone()))
            .collect();
        self.drop_objects(&holders);

        let schema = &self.schema;
        let mut taken: Vec<ObjectName> = Vec::new();
        let steps = in_order(steps, is_one, |_, name: &ObjectName| {
            let named = |text: &str| ObjectName { schema: name.schema.clone(), name: text.to_owned() };
            let is_taken = |text: &str| {
                let name = named(text);
                objects(schema).map(|(_, other)| other).chain(&taken).any(|other| is_one(other, &name))
            };
            let between = named(&temporary(&name.name, is_taken));
            taken.push(between.clone());
            between
        });
        for Step { of, from, to } in steps {
            // Two that are to have the same name: the first has it.
            let is_other =
                |(kind, name): (Kind, &ObjectName)| kind == of && is_one(name, &to) && *name != from;
            if objects(&self.schema).any(is_other) {
                continue;
            }
            self.operations.push(match of {
                Kind::Enum => {
                    renaming::enumeration(&mut self.schema, &from, &to);
                    Operation::RenameEnum { from, to }
                }
                Kind::Sequence => {
                    renaming::sequence(&mut self.schema, &from, &to);
                    Operation::RenameSequence { from, to }
                }
                Kind::Table => {
                    renaming::table(&mut self.schema, &from, &to);
                    Operation::RenameTable { from, to }
                }
            });
        }
    }

    /// Drops what holds names that others get, with the foreign keys to it.
    fn drop_objects(&mut self, holders: &[(Kind, ObjectName)]) {
        let goes = |name: &ObjectName| holders.contains(&(Kind::Table, name.clone()));
        for (name, table) in &mut self.schema.tables {
            let is_loose =
                |key: &crate::schema::ForeignKey| key.referred_table != *name && goes(&key.referred_table);
            for key in table.foreign_keys.iter().filter(|key| is_loose(key)) {
                self.operations.push(Operation::DropForeignKey { table: name.clone(), key: key.clone() });
            }
            table.foreign_keys.retain(|key| !is_loose(key));
        }
        for (kind, name) in holders {
            let dropped = match kind {
                Kind::Enum => self.schema.enums.remove(name).map(Operation::DropEnum),
                Kind::Sequence => self.schema.sequences.remove(name).map(Operation::DropSequence),
                Kind::Table => self.schema.tables.remove(name).map(Operation::DropTable),
            };
            self.operations.extend(dropped);
        }
    }

    fn columns(&mut self, name: &ObjectName, columns: &BTreeMap<String, String>) {
        let dialect = self.schema.dialect;
        let is_one = |one: &String, other: &String| is_one_column(dialect, one, other);
        let Some(table) = self.schema.tables.get(name) else { return };
        let steps: Vec<_> = columns
            .iter()
            .filter(|(from, to)| from != to && table.column(from).is_some())
            .map(|(from, to)| Step { of: (), from: from.clone(), to: to.clone() })
            .collect();
        let named = table.columns.iter().map(|column| &column.name);
        let holders = named.filter(|name| {
            steps.iter().any(|step| is_one(&step.to, name)) && !steps.iter().any(|step| step.from == **name)
        });
        let holders: Vec<String> = holders.cloned().collect();
        for column in holders {
            self.drop_column(name, &column);
        }
        let Some(table) = self.schema.tables.get(name) else { return };
        let mut taken: Vec<String> = Vec::new();
        let steps = in_order(steps, is_one, |(), column: &String| {
            let is_taken = |name: &str| {
                let folded = |other: &str| other.to_lowercase() == name.to_lowercase();
                table.columns.iter().any(|column| folded(&column.name))
                    || taken.iter().any(|name| folded(name))
            };
            let between = temporary(column, is_taken);
            taken.push(between.clone());
            between
        });
        for Step { from, to, .. } in steps {
            let table = self.schema.tables.get(name);
            // Two that are to have the same name, or one that went with another.
            let is_free = |table: &Table| {
                let mut others = table.columns.iter().filter(|column| column.name != from);
                table.column(&from).is_some() && !others.any(|column| is_one(&column.name, &to))
            };
            if !table.is_some_and(is_free) {
                continue;
            }
            renaming::column(&mut self.schema, name, &from, &to);
            self.operations.push(Operation::RenameColumn { table: name.clone(), from, to });
        }
    }

    /// Drops a column, and before it what stands on it.
    fn drop_column(&mut self, name: &ObjectName, column: &str) {
        let has = |columns: &[String]| columns.iter().any(|other| other == column);
        for (owner, table) in &mut self.schema.tables {
            let refers = |key: &crate::schema::ForeignKey| {
                owner == name && has(&key.columns)
                    || key.referred_table == *name && has(&key.referred_columns)
            };
            for key in table.foreign_keys.extract_if(.., |key| refers(key)) {
                self.operations.push(Operation::DropForeignKey { table: owner.clone(), key });
            }
        }
        let dialect = self.schema.dialect;
        let mentions = |expression: &str| renaming::mentions(dialect, expression, column);
        let Some(table) = self.schema.tables.get_mut(name) else { return };
        let is_on = |index: &crate::schema::Index| {
            has(&index.include)
                || index.filter.as_deref().is_some_and(mentions)
                || index.keys.iter().any(|key| match &key.part {
                    KeyPart::Column(other) => other == column,
                    KeyPart::Expression(expression) => mentions(expression),
                })
        };
        let of = || name.clone();
        let operations = &mut self.operations;
        for index in table.indexes.extract_if(.., |index| is_on(index)) {
            operations.push(Operation::DropIndex { table: of(), index });
        }
        for check in table.checks.extract_if(.., |check| mentions(&check.expression)) {
            operations.push(Operation::DropCheck { table: of(), check });
        }
        for exclusion in table.exclusions.extract_if(.., |exclusion| mentions(&exclusion.definition)) {
            operations.push(Operation::DropExclusion { table: of(), exclusion });
        }
        for unique in table.uniques.extract_if(.., |unique| has(&unique.columns) || has(&unique.include)) {
            operations.push(Operation::DropUnique { table: of(), unique });
        }
        if let Some(key) = table.primary_key.take_if(|key| has(&key.columns) || has(&key.include)) {
            operations.push(Operation::DropPrimaryKey { table: of(), key });
        }
        let computed = computed_from(table, mentions);
        for computed in computed.iter().filter(|other| *other != column) {
            self.drop_column(name, computed);
        }
        let Some(table) = self.schema.tables.get_mut(name) else { return };
        for column in table.columns.extract_if(.., |other| other.name == column) {
            self.operations.push(Operation::DropColumn { table: of(), column });
        }
    }

    /// Values of an enumerated type. A new value that is there already stays what it is.
    fn values(&mut self, name: &ObjectName, values: &BTreeMap<String, String>) {
        let Some(ty) = self.schema.enums.get(name) else { return };
        let there = ty.values.clone();
        let pairs = values::possible(&there, values);
        let steps = pairs.into_iter().map(|(from, to)| Step { of: (), from, to }).collect();
        let mut taken: Vec<String> = Vec::new();
        let is_one = |one: &String, other: &String| one == other;
        let steps = in_order(steps, is_one, |(), value: &String| {
            let between = temporary(value, |name| there.iter().chain(&taken).any(|other| other == name));
            taken.push(between.clone());
            between
        });
        for Step { from, to, .. } in steps {
            renaming::value(&mut self.schema, name, &from, &to);
            self.operations.push(Operation::RenameEnumValue { name: name.clone(), from, to });
        }
    }
}

fn has(schema: &Schema, kind: Kind, name: &ObjectName) -> bool {
    match kind {
        Kind::Enum => schema.enums.contains_key(name),
        Kind::Sequence => schema.sequences.contains_key(name),
        Kind::Table => schema.tables.contains_key(name),
    }
}

/// Everything that has a name of its own.
fn objects(schema: &Schema) -> impl Iterator<Item = (Kind, &ObjectName)> {
    let enums = schema.enums.keys().map(|name| (Kind::Enum, name));
    let sequences = schema.sequences.keys().map(|name| (Kind::Sequence, name));
    enums.chain(sequences).chain(schema.tables.keys().map(|name| (Kind::Table, name)))
}

fn computed_from(table: &Table, mentions: impl Fn(&str) -> bool) -> Vec<String> {
    let is_computed = |column: &&crate::schema::Column| {
        column.generated.as_ref().is_some_and(|generated| mentions(&generated.expression))
    };
    table.columns.iter().filter(is_computed).map(|column| column.name.clone()).collect()
}
