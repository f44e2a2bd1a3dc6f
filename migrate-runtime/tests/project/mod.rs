//! A crate of its own that uses `migrate-runtime`, compiled by the real cargo.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used)]

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use migrate_core::{
    Catalog, Dialect,
    lock::{LOCK_FILE, Lock},
};

/// A crate below the target folder. It is written anew for each test; what cargo compiled for it is kept.
pub(crate) struct Project {
    root: PathBuf,
    /// Held until the test ends: two runs of one test must not share the folder.
    _only_run: File,
}

impl Project {
    /// A crate with these lines under `[dependencies]`, resolved as the workspace is.
    pub(crate) fn new(name: &str, dependencies: &str) -> Self {
        let around = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embed").join(name);
        fs::create_dir_all(&around).unwrap();
        let only_run = File::create(around.with_extension("lock")).unwrap();
        only_run.lock().unwrap();
        fs::remove_dir_all(&around).unwrap();

        let project = Self { root: around.join(name), _only_run: only_run };
        project.write(
            "Cargo.toml",
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\n{dependencies}\n\n[profile.dev]\ndebug = false\n\n[workspace]\n"
            ),
        );
        project.write("src/lib.rs", "");
        let resolved = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(resolved, project.root.join("Cargo.lock")).unwrap();
        project
    }

    /// A crate that depends on `migrate-runtime` with these features alone.
    pub(crate) fn with_features(name: &str, features: &[&str]) -> Self {
        let runtime = env!("CARGO_MANIFEST_DIR");
        Self::new(
            name,
            &format!(
                "migrate-runtime = {{ path = '{runtime}', default-features = false, features = {features:?} }}"
            ),
        )
    }

    pub(crate) fn name(&self) -> &str {
        self.root.file_name().and_then(OsStr::to_str).unwrap_or_default()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The folder that holds `migrate.lock`.
    pub(crate) fn migrations(&self, folder: &str) -> Migrations<'_> {
        Migrations { project: self, folder: folder.to_owned() }
    }

    /// Runs cargo in the crate, without a network. Its products are shared by all these crates.
    pub(crate) fn cargo<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
        Command::new(cargo)
            .args(arguments)
            .arg("--offline")
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("embed/target"))
            .env("CARGO_TERM_COLOR", "never")
            .output()
            .unwrap()
    }
}

/// A folder of revisions in a [`Project`].
pub(crate) struct Migrations<'a> {
    project: &'a Project,
    folder: String,
}

impl Migrations<'_> {
    /// Writes a file of the folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        self.project.write(&format!("{}/{name}", self.folder), content);
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.project.path(&self.folder).join(name)).unwrap()
    }

    pub(crate) fn remove(&self, name: &str) -> &Self {
        fs::remove_file(self.project.path(&self.folder).join(name)).unwrap();
        self
    }

    /// Writes `versions/ID.sql`, which creates a table of that name.
    pub(crate) fn revision(&self, id: &str, revises: &str) -> &Self {
        self.write(&format!("versions/{id}.sql"), revision(id, revises))
    }

    /// Brings the lock up to date with the files in `versions`, for SQLite.
    pub(crate) fn seal(&self) -> &Self {
        let folder = self.project.path(&self.folder);
        let mut names: Vec<_> = fs::read_dir(folder.join("versions"))
            .unwrap()
            .map(|entry| format!("versions/{}", entry.unwrap().file_name().into_string().unwrap()))
            .collect();
        names.sort_unstable();
        let files = names.into_iter().map(|name| (name.clone(), self.read(&name)));
        let catalog = Catalog::load(files, &[Dialect::Sqlite]).unwrap();
        let lock = match fs::read_to_string(folder.join(LOCK_FILE)) {
            Ok(text) => Lock::parse(LOCK_FILE, &text).unwrap(),
            Err(_) => Lock::default(),
        };
        self.write(LOCK_FILE, catalog.seal(&lock).render())
    }
}

/// The text of a revision that creates a table.
pub(crate) fn revision(id: &str, revises: &str) -> String {
    format!(
        "-- add {id}\n--\n-- Revision: {id}\n-- Revises: {revises}\n\n\
         -- migrate:up\nCREATE TABLE t_{id} (id int);\n\n-- migrate:down\nDROP TABLE t_{id};\n"
    )
}
