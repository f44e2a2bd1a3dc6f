//! A schema as Rust: structs with `derive(Table)`, enums with `derive(Enum)`.
//!
//! [`write()`] says as little as it can: what a Rust type or a convention gives is left out. Then it reads its own text, and
//! where that is another schema it says more. So what it writes means the schema, or it says what is missing.

mod attributes;
mod entry;
mod enumeration;
mod field;
mod ident;
mod imports;
mod module;
mod parts;
mod proof;
mod table;
mod types;
mod writer;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    lower::Naming,
    schema::{ObjectName, Schema},
};

/// The Rust text of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RustModels {
    /// One module for the default schema (no name), one for each other.
    pub(crate) modules: Vec<Module>,
    /// The crates that the text uses, with what to write behind their name in Cargo.toml.
    pub(crate) dependencies: BTreeMap<&'static str, &'static str>,
    /// What the text does not say of the schema, a line for each thing.
    pub(crate) missing: Vec<String>,
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
    /// The file that names the modules.
    pub(crate) fn root(&self) -> String {
        let names: BTreeMap<_, _> =
            self.modules.iter().map(|module| (ident::unraw(&module.name), &module.name)).collect();
        names.values().fold(String::new(), |root, name| format!("{root}pub mod {name};\n"))
    }
}

impl Module {
    /// The name of its file.
    pub(crate) fn file(&self) -> String {
        format!("{}.rs", ident::unraw(&self.name))
    }
}

/// What is said although a type or a convention seems to give it.
#[derive(Debug, Default)]
struct Explicit {
    /// Columns whose type is said in SQL.
    types: BTreeSet<(ObjectName, String)>,
    /// Columns whose default is said in SQL.
    defaults: BTreeSet<(ObjectName, String)>,
    /// Tables on which everything is given its name.
    names: BTreeSet<ObjectName>,
}

/// Writes the models. The same schema and conventions give the same text.
pub(crate) fn write(schema: &Schema, naming: &Naming) -> RustModels {
    let mut with_columns = schema.clone();
    with_columns.tables.retain(|_, table| !table.columns.is_empty());
    let mut models = write_tables(&with_columns, naming);
    let empty = schema.tables.values().filter(|table| table.columns.is_empty());
    models.missing.extend(empty.map(|table| {
        format!("the table {} has no columns, and a model has one at least: it is left alone", table.name)
    }));
    models
}

fn write_tables(schema: &Schema, naming: &Naming) -> RustModels {
    let mut explicit = Explicit::default();
    loop {
        let mut models = module::render(schema, naming, &explicit);
        let differences = match models.differences(schema, naming) {
            Ok(differences) => differences,
            Err(errors) => {
                models.missing = errors.iter().map(ToString::to_string).collect();
                return models;
            }
        };
        if !explicit.learn(&differences) {
            models.missing = differences.iter().map(crate::operation::Operation::describe).collect();
            return models;
        }
    }
}
