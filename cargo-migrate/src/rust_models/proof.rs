//! What was written, read again.

use migrate_core::{Code, Dialect, Error};

use super::{Explicit, RustModels};
use crate::{
    diff::{self, Renames},
    lower::{self, Naming},
    models::{self, Models},
    operation::Operation,
    schema::Schema,
};

impl RustModels {
    /// The models as `cargo migrate` would find them in a crate, read for these engines.
    ///
    /// # Errors
    /// Everything that is wrong with them, and those of the file system.
    pub(crate) fn scan(&self, dialects: Vec<Dialect>) -> Result<Models, Vec<Error>> {
        let refused =
            |error: std::io::Error| vec![Error::new(Code::Io, format!("a temporary folder: {error}"))];
        let folder = tempfile::tempdir().map_err(refused)?;
        for module in &self.modules {
            std::fs::write(folder.path().join(module.file()), &module.text).map_err(refused)?;
        }
        let target = models::Target { name: "models".to_owned(), root: folder.path().join("lib.rs") };
        std::fs::write(&target.root, self.root()).map_err(refused)?;
        let package = models::Package { targets: vec![target], ..models::Package::default() };
        models::scan(&[package], &models::Settings { dialects, ..models::Settings::default() })
    }

    /// What leads from the schema that the text means to the one that it was written for.
    pub(super) fn differences(&self, schema: &Schema, naming: &Naming) -> Result<Vec<Operation>, Vec<Error>> {
        let models = self.scan(vec![schema.dialect])?;
        let meant = lower::lower(&models, schema.dialect, naming, None)?;
        Ok(diff::diff(&meant, schema, &Renames::default()))
    }
}

impl Explicit {
    /// Notes what has to be said where the text means something else. Whether that is more than before.
    pub(super) fn learn(&mut self, differences: &[Operation]) -> bool {
        let before = self.len();
        for operation in differences {
            match operation {
                Operation::AlterColumn { table, before, after } => {
                    let column = (table.clone(), after.name.clone());
                    if before.ty != after.ty || before.identity != after.identity {
                        self.types.insert(column.clone());
                    }
                    if before.default != after.default {
                        self.defaults.insert(column);
                    }
                }
                other => self.names.extend(other.table().cloned()),
            }
        }
        self.len() > before
    }

    fn len(&self) -> usize {
        self.types.len() + self.defaults.len() + self.names.len()
    }
}
