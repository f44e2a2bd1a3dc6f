//! All models of a schema, a module for each of its namespaces.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Explicit, Module, RustModels,
    enumeration::{self, RustEnum},
    ident::Idents,
    imports::Imports,
    table,
    writer::Context,
};
use crate::{
    lower::Naming,
    schema::{ObjectName, Schema, Sequence},
};

/// The text of every module.
pub(super) fn render(schema: &Schema, naming: &Naming, explicit: &Explicit) -> RustModels {
    let of_objects = schema.tables.keys().chain(schema.enums.keys()).map(|name| name.schema.as_deref());
    let mut places: BTreeSet<Option<&str>> = of_objects.collect();
    if places.is_empty() {
        // An empty database has an empty module.
        places.insert(None);
    }
    let mut names = Idents::default();
    let names: BTreeMap<Option<&str>, String> =
        places.iter().map(|place| (*place, names.module(place.unwrap_or("models")))).collect();
    let mut idents = BTreeMap::new();
    let enums = enumeration::all(schema, &names, &mut idents);
    let context = Context { schema, naming, enums: &enums, explicit };
    let mut dependencies = BTreeMap::new();
    let sequences = sequences(schema);
    let modules = names
        .iter()
        .map(|(place, name)| Module {
            schema: place.map(ToOwned::to_owned),
            name: name.clone(),
            text: {
                let types = idents.remove(&place.map(ToOwned::to_owned)).unwrap_or_else(Idents::of_types);
                module(context, *place, types, &sequences, &mut dependencies)
            },
        })
        .collect();
    RustModels { modules, dependencies, missing: Vec::new() }
}

/// Sequences have no type of their own: the first table of their schema declares them, or the first of all.
fn sequences(schema: &Schema) -> BTreeMap<&ObjectName, Vec<&Sequence>> {
    let mut declared: BTreeMap<&ObjectName, Vec<&Sequence>> = BTreeMap::new();
    for sequence in schema.sequences.values() {
        let is_near = |name: &&ObjectName| name.schema == sequence.name.schema;
        if let Some(table) = schema.tables.keys().find(is_near).or_else(|| schema.tables.keys().next()) {
            declared.entry(table).or_default().push(sequence);
        }
    }
    declared
}

fn module(
    context: Context<'_>,
    place: Option<&str>,
    mut types: Idents,
    sequences: &BTreeMap<&ObjectName, Vec<&Sequence>>,
    dependencies: &mut BTreeMap<&'static str, &'static str>,
) -> String {
    let tables: Vec<_> = context
        .schema
        .tables
        .values()
        .filter(|table| table.name.schema.as_deref() == place)
        .map(|table| (table, types.ty(&table.name.name)))
        .collect();
    let mut imports = Imports::new(&types);
    let mut body = String::new();
    for found in context.enums.iter().filter(|found| found.place.as_deref() == place) {
        imports.add("migrate_runtime", "Enum");
        body.push('\n');
        body.push_str(&RustEnum::render(found));
    }
    for (table, ident) in &tables {
        imports.add("migrate_runtime", "Table");
        body.push('\n');
        let own = sequences.get(&table.name).map_or(&[][..], Vec::as_slice);
        body.push_str(&table::render(context, table, ident, own, &mut imports, dependencies));
    }
    let uses = imports.render();
    let space = if uses.is_empty() { "" } else { "\n" };
    format!("//! Written by `cargo migrate reflect`: now yours to edit.\n{space}{uses}{body}")
}
