//! What the comparison of the first dialect has settled: it is not asked again in another.

use std::collections::BTreeSet;

use super::{
    Outcome,
    consent::Called,
    decide::{OpenRename, RenameKind},
    facts::Facts,
    fill,
    loss::Loss,
    names::Names,
    sides::Side,
};
use crate::{
    ddl::postgres::enumeration::dimensions,
    operation::Operation,
    schema::{ObjectName, Schema},
};

/// Questions that were asked, or stand open, by what they are about. Whatever the answer is, it holds for all dialects.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settled {
    /// The sort of a thing that is gone, the table or the enum that had it, and its name.
    gone: BTreeSet<(&'static str, Option<String>, String)>,
    /// The table, the enum or the schema that loses something, the column, and whether that goes: what goes is not what
    /// gets its name.
    lost: BTreeSet<(String, Option<String>, bool)>,
    /// The values that rows get, of the first dialect; none in the comparison that they are asked for in.
    pub(super) fills: Option<Vec<Operation>>,
}

impl Settled {
    /// What a comparison has settled, by the names of another dialect.
    ///
    /// - `first`: what was compared.
    /// - `other`: where it holds as well.
    pub(super) fn of(outcome: &Outcome, first: &Side, other: &Side, names: &Names) -> Self {
        let mut settled = Self { fills: Some(fill::named(&outcome.operations, names)), ..Self::default() };
        let called = Called { before: &first.before, renames: &outcome.renames };
        for operation in &outcome.operations {
            let mut gone = |kind, of: Option<String>, name: String| {
                settled.gone.insert((kind, of, name));
            };
            match operation {
                Operation::DropTable(table) => gone("table", None, names.of(&table.name).to_string()),
                Operation::DropEnum(ty) => gone("enum", None, names.of(&ty.name).to_string()),
                Operation::DropColumn { table, column } => {
                    gone("column", Some(names.of(table).to_string()), column.name.clone());
                }
                _ => {}
            }
            let Some(loss) = Loss::of(operation, outcome.dialect, &Facts::default(), called) else {
                continue;
            };
            let of = match operation {
                Operation::AlterEnum { before, .. } => names.of(&before.name).to_string(),
                other => other.table().map_or_else(|| loss.of.clone(), |table| names.of(table).to_string()),
            };
            settled.lost.insert((of, loss.column, loss.is_drop));
        }
        for Gone { place, value, is_asked_for } in gone_values(outcome, first, other, names) {
            let (of, column) = match &place {
                Place::Type(ty) => (ty.to_string(), None),
                Place::Column(table, column) => (table.to_string(), Some(column.clone())),
            };
            let listed = column.as_ref().map_or_else(|| of.clone(), |column| format!("{of}.{column}"));
            settled.gone.insert((RenameKind::Value.noun(), Some(listed), value));
            if is_asked_for {
                settled.lost.insert((of, column, false));
            }
        }
        settled
    }

    /// Whether it was asked before what became of this.
    pub(super) fn has_asked(&self, question: &OpenRename) -> bool {
        let of = question.now_of.as_ref().or(question.of.as_ref());
        self.gone.contains(&(question.kind.noun(), of.cloned(), question.from.clone()))
    }

    /// Whether it was asked before if this may be lost.
    pub(super) fn has_asked_for(&self, loss: &Loss) -> bool {
        self.lost.contains(&(loss.of.clone(), loss.column.clone(), loss.is_drop))
    }
}

/// Where a value of an enum is told.
#[derive(Debug, Clone)]
enum Place {
    Type(ObjectName),
    /// The enum is no type of its own there.
    Column(ObjectName, String),
}

/// A value of an enum that is gone.
struct Gone {
    place: Place,
    value: String,
    /// Whether the first dialect loses it from a type, which must be agreed to, or it is open what becomes of it. A
    /// check alone throws nothing away.
    is_asked_for: bool,
}

/// The values that are gone in the first dialect, and where they are told in the other: an enum may be a type here, and
/// a list of values of each of its columns there.
fn gone_values(outcome: &Outcome, first: &Side, other: &Side, names: &Names) -> Vec<Gone> {
    let before = outcome.renames.renamed(&first.before);
    let mut gone = Vec::new();
    for (name, table) in &before.tables {
        for column in &table.columns {
            let old = values(&before, name, &column.name);
            let Some((old, new)) = old.zip(values(&first.after, name, &column.name)) else { continue };
            let listed = format!("{name}.{}", column.name);
            let is_open = outcome.open.iter().any(|open| open.is_about(&listed, None));
            let is_typed = type_of(&before, name, &column.name).is_some() || column.ty.starts_with("enum(");
            let is_asked_for = is_open || is_typed;
            let table = names.of(name);
            let place = type_of(&other.after, &table, &column.name)
                .map_or_else(|| Place::Column(table, column.name.clone()), Place::Type);
            let lost = old.into_iter().filter(|value| !new.contains(value));
            gone.extend(lost.map(|value| Gone { place: place.clone(), value, is_asked_for }));
        }
    }
    // Those that no column has.
    for (name, ty) in &before.enums {
        let Some(wanted) = first.after.enums.get(name) else { continue };
        let lost = ty.values.iter().filter(|value| !wanted.values.contains(value)).cloned();
        let place = Place::Type(names.of(name));
        gone.extend(lost.map(|value| Gone { place: place.clone(), value, is_asked_for: true }));
    }
    gone
}

/// The values that a column may have, by its type or by a list.
fn values(schema: &Schema, table: &ObjectName, column: &str) -> Option<Vec<String>> {
    match type_of(schema, table, column) {
        Some(ty) => schema.enums.get(&ty).map(|ty| ty.values.clone()),
        None => schema.table(table)?.values_of(schema.dialect, column),
    }
}

/// The enumerated type that a column, or what its array holds, is of.
fn type_of(schema: &Schema, table: &ObjectName, column: &str) -> Option<ObjectName> {
    let column = schema.table(table)?.column(column)?;
    schema.enums.keys().find(|name| dimensions(&column.ty, name).is_some()).cloned()
}
