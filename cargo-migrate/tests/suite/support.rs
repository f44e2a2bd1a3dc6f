use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A cargo package of its own in a folder that is removed at the end.
pub(crate) struct Package {
    folder: TempDir,
}

impl Package {
    /// Without a migrate.toml.
    pub(crate) fn bare() -> Self {
        let package = Self { folder: TempDir::new().unwrap() };
        package.write("Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        package.write("src/lib.rs", "");
        package
    }

    /// After `cargo migrate init`.
    pub(crate) fn new() -> Self {
        let package = Self::bare();
        package.run(["init"]).ok();
        package
    }

    pub(crate) fn with_dialects(dialects: &str) -> Self {
        let package = Self::bare();
        package.run(["init", "--dialect", dialects]).ok();
        package
    }

    /// A workspace whose root is no package; each member is an empty package.
    pub(crate) fn workspace(members: &[&str]) -> Self {
        let workspace = Self { folder: TempDir::new().unwrap() };
        workspace.write("Cargo.toml", &format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n"));
        for member in members {
            let name = member.rsplit('/').next().unwrap();
            let manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
            workspace.write(&format!("{member}/Cargo.toml"), &manifest);
            workspace.write(&format!("{member}/src/lib.rs"), "");
        }
        workspace
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        self.write_bytes(name, text.as_bytes());
    }

    pub(crate) fn write_bytes(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{text}");
        self.write(name, &text.replace(from, to));
    }

    /// Adds a line to the end of migrate.toml.
    pub(crate) fn configure(&self, line: &str) {
        let text = self.read("migrate.toml");
        self.write("migrate.toml", &format!("{text}\n{line}\n"));
    }

    /// The names in a folder, sorted, hidden ones too.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.path(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The revision files.
    pub(crate) fn files(&self) -> Vec<String> {
        self.names("migrations/versions").into_iter().filter(|name| name != ".gitkeep").collect()
    }

    /// A new revision whose id is also its message; gives its file from the package.
    pub(crate) fn revision<'a>(&self, id: &'a str, arguments: impl IntoIterator<Item = &'a str>) -> String {
        let all = ["revision", "--rev-id", id, "-m", id].into_iter().chain(arguments);
        self.run(all).ok().stdout.trim().to_owned()
    }

    pub(crate) fn command(&self) -> Started {
        Started { command: plain(env!("CARGO_BIN_EXE_cargo-migrate"), self.folder.path()) }
    }

    pub(crate) fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        self.command().run(arguments)
    }

    /// Applies every revision to a database that is gone afterwards.
    pub(crate) fn upgrade(&self) -> Ran {
        self.run(["upgrade", "--database-url", "sqlite::memory:"])
    }

    /// Runs it in a folder of the package.
    pub(crate) fn run_in<'a>(&self, folder: &str, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        self.command_in(folder).run(arguments)
    }

    pub(crate) fn command_in(&self, folder: &str) -> Started {
        let mut started = self.command();
        started.command.current_dir(self.path(folder));
        started
    }

    #[track_caller]
    pub(crate) fn git<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) {
        self.try_git(arguments).ok();
    }

    pub(crate) fn try_git<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        Ran::of(&plain("git", self.folder.path()).args(arguments).output().unwrap())
    }

    pub(crate) fn commit_all(&self) {
        self.git(["add", "-A"]);
        self.git(["commit", "-q", "-m", "all"]);
    }
}

/// A process that knows nothing of whoever runs the tests.
fn plain(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    for name in ["DATABASE_URL", "CLICOLOR_FORCE", "NO_COLOR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(name);
    }
    command
        .env("CARGO_NET_OFFLINE", "true")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "a")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "a")
        .env("GIT_COMMITTER_EMAIL", "a@example.org");
    command
}

pub(crate) struct Started {
    command: Command,
}

impl Started {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn run<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        Ran::of(&self.command.args(arguments).output().unwrap())
    }

    pub(crate) fn spawn<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> std::process::Child {
        self.command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        let ran = Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        };
        assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
        ran
    }

    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.code(0)
    }

    /// It failed with this code, and nothing was said on stdout.
    #[track_caller]
    pub(crate) fn fails(self, code: &str) -> Self {
        assert!(self.stderr.contains(&format!("error[{code}]")), "{self:#?}");
        assert!(self.code != 0 && self.stdout.is_empty(), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stdout.contains(text) || self.stderr.contains(text), "{text}: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    #[track_caller]
    pub(crate) fn error_json(&self) -> Value {
        serde_json::from_str(&self.stderr).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}
