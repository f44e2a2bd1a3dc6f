use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::{Scratch, plugin};

/// A crate with models and revisions, which nothing compiles: the plugin reads its source.
#[derive(Debug)]
pub struct Modelled {
    folder: TempDir,
    url: String,
}

impl Modelled {
    /// An empty one for the database, set up for these dialects; the first must be the database's.
    ///
    /// # Panics
    /// If `init` fails.
    pub fn new(db: &Scratch, dialects: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("to write");
        fs::create_dir(folder.path().join("src")).expect("a folder");
        write(
            "Cargo.toml",
            "[package]\nname = \"modelled\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n",
        );
        write("src/lib.rs", "");
        let modelled = Self { folder, url: db.url.clone() };
        let mut arguments = vec!["init"];
        arguments.extend(dialects.iter().flat_map(|dialect| ["--dialect", dialect]));
        modelled.ok(&arguments);
        modelled
    }

    /// A path inside it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the models: the root of the crate.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn models(&self, text: &str) {
        fs::write(self.path("src/lib.rs"), text).expect("to write");
    }

    /// Adds lines to the end of migrate.toml.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn configure(&self, text: &str) {
        let config = self.path("migrate.toml");
        let before = read(&config);
        fs::write(config, format!("{before}\n{text}\n")).expect("to write");
    }

    /// The revisions' files, the oldest first.
    ///
    /// # Panics
    /// If the folder cannot be read.
    pub fn revisions(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path("migrations/versions")).expect("the folder");
        let mut files: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
            .collect();
        files.sort_by_key(|path| fs::metadata(path).and_then(|data| data.modified()).expect("a time"));
        files
    }

    /// The text of the newest revision; empty if there is none.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn newest(&self) -> String {
        self.revisions().last().map(|path| read(path)).unwrap_or_default()
    }

    /// Runs a command of the plugin on another database.
    ///
    /// # Panics
    /// If the plugin cannot be started.
    pub fn run_on(&self, url: &str, arguments: &[&str]) -> Output {
        Command::new(plugin())
            .args(arguments)
            .current_dir(self.folder.path())
            .env("DATABASE_URL", url)
            .env("NO_COLOR", "1")
            .output()
            .expect("the plugin")
    }

    /// Runs a command of the plugin.
    ///
    /// # Panics
    /// If the plugin cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_on(&self.url, arguments)
    }

    /// Runs a command that must succeed, and gives what it wrote to stdout.
    ///
    /// # Panics
    /// If it fails, with what it said, the newest revision and the models.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(
            output.status.success(),
            "{arguments:?}: {out}{err}\n{}\n{}",
            self.newest(),
            read(&self.path("src/lib.rs"))
        );
        out
    }

    /// Runs a command that must fail with this exit code, and gives what it wrote to stdout and stderr.
    ///
    /// # Panics
    /// If it ends otherwise.
    pub fn fails(&self, code: i32, arguments: &[&str]) -> (String, String) {
        let output = self.run(arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}{err}");
        (out, err)
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the file")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
