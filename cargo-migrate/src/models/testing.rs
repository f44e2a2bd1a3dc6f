//! Crates to scan, written as text.

use std::{collections::BTreeMap, fs, path::Path};

use migrate_core::{Dialect, Error};
use tempfile::TempDir;

use super::{ColumnType, ModelType, Models, Package, RawType, Settings, Table, Target, scan};

/// A package in a folder of its own.
pub(crate) struct Fixture {
    folder: TempDir,
    pub(crate) settings: Settings,
    pub(crate) package: Package,
}

impl Fixture {
    /// Files by their paths. `src/lib.rs` is the library, called `shop`; `src/main.rs` and `src/bin/*.rs` are binaries.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut package = Package::default();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            if *name == "src/lib.rs" || *name == "src/main.rs" || name.starts_with("src/bin/") {
                let target = if *name == "src/lib.rs" { "shop" } else { "app" };
                package.targets.push(Target { name: target.to_owned(), root: path });
            }
        }
        Self {
            folder,
            settings: Settings {
                dialects: vec![Dialect::Postgres],
                types: BTreeMap::new(),
                reserved: Vec::new(),
            },
            package,
        }
    }

    /// One file.
    pub(crate) fn of(text: &str) -> Self {
        Self::new(&[("src/lib.rs", text)])
    }

    /// With a line of `[models.types]`.
    pub(crate) fn mapping(mut self, path: &str, sql: &str) -> Self {
        let raw = RawType { text: Some(sql.to_owned()), engines: BTreeMap::new() };
        self.settings.types.insert(path.to_owned(), raw);
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn result(&self) -> Result<Models, Vec<Error>> {
        scan(std::slice::from_ref(&self.package), &self.settings)
    }

    pub(crate) fn models(&self) -> Models {
        self.result().unwrap_or_else(|errors| panic!("{errors:#?}"))
    }

    /// What is wrong, each as `src/lib.rs:1:2: message [code]`, and its help behind it.
    pub(crate) fn errors(&self) -> Vec<String> {
        let errors = self.result().err().unwrap_or_default();
        let plain = |error: &Error| {
            let text = format!("{error:?}");
            let start = text.find("src/").filter(|_| error.place().is_some());
            start.map_or(text.clone(), |start| text[start..].to_owned())
        };
        errors.iter().map(plain).collect()
    }

    /// The one thing that is wrong.
    pub(crate) fn error(&self) -> String {
        match self.errors().as_slice() {
            [only] => only.clone(),
            other => panic!("{other:#?}"),
        }
    }
}

impl Models {
    pub(crate) fn table(&self, name: &str) -> &Table {
        self.tables.iter().find(|table| table.model.name.value == name).unwrap_or_else(|| panic!("no {name}"))
    }

    pub(crate) fn table_names(&self) -> Vec<&str> {
        self.tables.iter().map(|table| table.model.name.value.as_str()).collect()
    }
}

/// The type of a field, in a file with these lines, in a project for all engines.
pub(crate) fn type_of(lines: &str, ty: &str) -> Result<ColumnType, String> {
    let text = format!("{lines}\n#[derive(migrate_runtime::Table)] struct Row {{ field: {ty} }}");
    let fixture = Fixture::of(&text);
    match fixture.result() {
        Ok(models) => Ok(models.table("row").model.columns[0].ty.clone()),
        Err(_) => Err(fixture.error()),
    }
}

/// A type that is not NULL.
pub(crate) fn not_null(ty: ModelType) -> ColumnType {
    ColumnType { ty, nullable: false }
}
