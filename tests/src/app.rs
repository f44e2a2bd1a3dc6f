//! An application of its own folder, as a user of the plugin has one.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

/// A cargo package in a temporary folder, in which the plugin is run.
#[derive(Debug)]
pub struct App {
    folder: PathBuf,
    _keep: tempfile::TempDir,
}

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace")
}

/// The plugin, built from this workspace.
///
/// # Panics
/// If it does not build.
pub fn plugin() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "cargo-migrate", "--bin", "cargo-migrate"])
            .current_dir(workspace())
            .status()
            .expect("cargo");
        assert!(built.success(), "the plugin does not build");
        target().join("debug").join(format!("cargo-migrate{}", std::env::consts::EXE_SUFFIX))
    })
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

impl App {
    /// A package whose `main.rs` is `main`, depending on the runtime with `features`.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn new(main: &str, features: &str) -> Self {
        let keep = tempfile::tempdir().expect("a temporary folder");
        let folder = keep.path().join("app");
        fs::create_dir_all(folder.join("src")).expect("a folder");
        let runtime = workspace().join("migrate-runtime").display().to_string();
        let manifest = format!(
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [profile.dev]\ndebug = false\n\n[dependencies]\n\
             migrate-runtime = {{ path = {runtime:?}, default-features = false, features = [{features}] }}\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).expect("Cargo.toml");
        fs::write(folder.join("src/main.rs"), main).expect("main.rs");
        fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).expect("Cargo.lock");
        Self { folder, _keep: keep }
    }

    /// The package's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs the plugin in the package.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn migrate(&self, arguments: &[&str]) -> Output {
        Command::new(plugin())
            .arg("migrate")
            .args(arguments)
            .current_dir(&self.folder)
            .env_remove("DATABASE_URL")
            .env("CARGO_NET_OFFLINE", "true")
            .output()
            .expect("the plugin")
    }

    /// Runs the plugin and expects success; gives its stdout.
    ///
    /// # Panics
    /// If it fails.
    pub fn migrate_ok(&self, arguments: &[&str]) -> String {
        let output = self.migrate(arguments);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "cargo migrate {arguments:?}\n{out}{err}");
        out.into_owned()
    }

    /// Adds lines to the dependencies of Cargo.toml, which are its last section.
    ///
    /// # Panics
    /// If it cannot be written.
    #[must_use]
    pub fn with_dependencies(self, lines: &str) -> Self {
        let manifest = self.folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("Cargo.toml");
        fs::write(manifest, format!("{text}{lines}\n")).expect("Cargo.toml");
        self
    }

    /// Writes a file of the package.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect(name);
    }

    /// Builds the application and gives its binary. Applications share their compiled dependencies.
    ///
    /// # Panics
    /// If it does not build.
    pub fn build(&self) -> PathBuf {
        self.build_binary("app")
    }

    /// The same for one of several binaries.
    ///
    /// # Panics
    /// If it does not build.
    pub fn build_binary(&self, name: &str) -> PathBuf {
        let output = self.try_build(name);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// The same, where it may fail.
    ///
    /// # Panics
    /// If cargo cannot be started.
    pub fn try_build(&self, name: &str) -> Output {
        let shared = target().join("apps");
        fs::create_dir_all(&shared).expect("a folder");
        // Another application's binary has the same name: nobody else builds until this one is copied.
        let turn = fs::File::create(shared.join("turn")).expect("a file");
        turn.lock().expect("a lock");
        let output = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--bin", name])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &shared)
            .output()
            .expect("cargo");
        if output.status.success() {
            let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
            fs::copy(shared.join("debug").join(&file), self.folder.join(file)).expect("the binary");
        }
        output
    }
}
