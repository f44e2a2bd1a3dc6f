//! The models of a project: structs with `derive(Table)` and enums with `derive(Enum)`, found and read in the source.
//!
//! Nothing is compiled. [`walk`] follows `mod` from the crate's targets, [`scope`] knows what a name means in a module,
//! [`resolve`] what a type is as a column; `migrate-models` reads the attributes. What comes out knows no dialect yet.
//!
//! ```text
//! targets -> modules -> items -> models, with their types -> Schema (per dialect)
//! ```

mod cfg;
mod check;
mod collect;
mod depth;
mod item;
mod known;
mod resolve;
mod scope;
mod sizes;
mod source;
mod stray;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod types;
mod walk;

use std::{collections::BTreeMap, fmt, path::PathBuf};

use migrate_core::{Dialect, Error, Place};
use migrate_models::{EnumModel, TableModel};
use proc_macro2::Span;

use source::Source;
pub(crate) use types::{ColumnType, ModelType, RawType};

/// What is scanned of a package.
#[derive(Debug, Clone, Default)]
pub(crate) struct Package {
    /// The library first, then the binaries.
    pub(crate) targets: Vec<Target>,
    /// Dependencies that the package calls by another name: from that name to the crate's own.
    pub(crate) renames: BTreeMap<String, String>,
}

/// A crate: where it begins.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// As `use` calls it.
    pub(crate) name: String,
    /// `src/lib.rs`.
    pub(crate) root: PathBuf,
}

/// What migrate.toml says of models.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// The engines that the models are for: a type that none of them needs is not asked for.
    pub(crate) dialects: Vec<Dialect>,
    /// `[models.types]`: by the path of a type, what it is in the database.
    pub(crate) types: BTreeMap<String, RawType>,
    /// Names that no table can have: our own tables have them.
    pub(crate) reserved: Vec<String>,
}

/// All models, each in the order of the files.
#[derive(Debug, Default)]
pub(crate) struct Models {
    pub(crate) tables: Vec<Table>,
    pub(crate) enums: Vec<Enum>,
    pub(crate) warnings: Vec<Warning>,
    sources: Vec<Source>,
}

/// A table, and the file that it stands in.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) model: TableModel<ColumnType>,
    source: source::Id,
}

/// An enumerated type, and the file that it stands in.
#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) model: EnumModel,
    source: source::Id,
}

/// Something to look at, which stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning {
    /// The file, and the place in it where there is one.
    pub(crate) place: Place,
    pub(crate) message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl Models {
    /// Where a table says something.
    pub(crate) fn place_in(&self, table: &Table, span: Span) -> Place {
        self.sources[table.source.0].place(span)
    }

    /// Where an enum says something.
    pub(crate) fn place_in_enum(&self, enumeration: &Enum, span: Span) -> Place {
        self.sources[enumeration.source.0].place(span)
    }
}

/// Finds and reads all models.
///
/// # Errors
/// All mistakes: [`migrate_core::Code::InvalidModel`], [`migrate_core::Code::UnresolvedType`], each with its place;
/// [`migrate_core::Code::Io`] for files that cannot be read.
pub(crate) fn scan(packages: &[Package], settings: &Settings) -> Result<Models, Vec<Error>> {
    let mut tree = walk::Tree::default();
    for package in packages {
        tree.add(package);
    }
    let warnings = stray::warnings(&mut tree, packages);
    collect::collect(tree, settings, warnings)
}
