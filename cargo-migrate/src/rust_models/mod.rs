//! A schema as Rust: structs with `derive(Table)`, enums with `derive(Enum)`. What is read back from it is the schema.

mod attributes;
mod enumeration;
mod ident;
mod table;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{ObjectName, Schema};
use enumeration::RustEnum;
use ident::Idents;

/// The Rust text of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RustModels {
    /// One module for the default schema (no name), one for each other.
    pub(crate) modules: Vec<Module>,
    /// The crates that the text uses, with what to write behind their name in Cargo.toml.
    pub(crate) dependencies: BTreeMap<&'static str, &'static str>,
}

/// The models of one schema of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Module {
    /// None for the default schema.
    pub(crate) schema: Option<String>,
    /// A name for a file or a `mod`.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl RustModels {
    /// Writes the modules as the files of a crate whose `lib.rs` names them.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn write_crate(&self, folder: &std::path::Path) -> std::io::Result<()> {
        let mut root = String::new();
        for module in &self.modules {
            root.push_str(&format!("pub mod {};\n", module.name));
            let file = module.name.trim_start_matches("r#");
            std::fs::write(folder.join(format!("{file}.rs")), &module.text)?;
        }
        std::fs::write(folder.join("lib.rs"), root)
    }
}

/// Writes the models. The same schema gives the same text.
pub(crate) fn write(schema: &Schema) -> RustModels {
    let places: BTreeSet<Option<&str>> = schema
        .tables
        .keys()
        .chain(schema.enums.keys())
        .chain(schema.sequences.keys())
        .map(|name| name.schema.as_deref())
        .collect();
    let mut names = Idents::default();
    let modules: BTreeMap<Option<&str>, String> =
        places.iter().map(|place| (*place, names.snake(place.unwrap_or("models")))).collect();
    let enums = enumeration::all(schema, &modules);
    let mut dependencies = BTreeMap::new();
    let modules = modules
        .iter()
        .map(|(place, name)| Module {
            schema: place.map(ToOwned::to_owned),
            name: name.clone(),
            text: module(schema, *place, &enums, &mut dependencies),
        })
        .collect();
    RustModels { modules, dependencies }
}

fn module(
    schema: &Schema,
    place: Option<&str>,
    enums: &[RustEnum],
    dependencies: &mut BTreeMap<&'static str, &'static str>,
) -> String {
    let is_here = |name: &ObjectName| name.schema.as_deref() == place;
    let mut structs = Idents::default();
    let mut derives = BTreeSet::new();
    let mut body = String::new();
    for found in enums.iter().filter(|found| found.place.as_deref() == place) {
        structs.reserve(&found.ident);
        derives.insert("Enum");
        body.push('\n');
        body.push_str(&found.render());
    }
    // Sequences have no type of their own: the first table of the schema declares them.
    let mut sequences: Vec<_> =
        schema.sequences.values().filter(|sequence| is_here(&sequence.name)).collect();
    for table in schema.tables.values().filter(|table| is_here(&table.name)) {
        derives.insert("Table");
        body.push('\n');
        let ident = structs.pascal(&table.name.name);
        let own = std::mem::take(&mut sequences);
        body.push_str(&table::render(schema.dialect, table, &ident, &own, enums, dependencies));
    }
    let derives: Vec<_> = derives.into_iter().collect();
    let used = match derives.as_slice() {
        [] => String::new(),
        [only] => format!("use migrate_runtime::{only};\n"),
        several => format!("use migrate_runtime::{{{}}};\n", several.join(", ")),
    };
    format!("//! Written by `cargo migrate reflect`: now yours to edit.\n\n{used}{body}")
}
