//! The cargo project around the current folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand, TargetKind};
use migrate_core::{Code, Error};

use crate::{
    config::CONFIG_FILE,
    models,
    paths::{normal, shown},
};

/// A package of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// Where its models may be.
    pub(crate) sources: models::Package,
    /// What it is built with, by the name of the package.
    pub(crate) dependencies: BTreeMap<String, Dependency>,
}

/// What Cargo.toml says of a package that it names under `[dependencies]`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dependency {
    features: BTreeSet<String>,
    with_defaults: bool,
}

/// The crate that a program links.
pub(crate) const RUNTIME: &str = "migrate-runtime";

impl Dependency {
    /// Whether the runtime has this feature; it has SQLite by default.
    pub(crate) fn has(&self, feature: &str) -> bool {
        self.features.contains(feature) || (self.with_defaults && feature == "sqlite")
    }
}

impl Package {
    fn has_config(&self) -> bool {
        self.folder.join(CONFIG_FILE).is_file()
    }
}

/// What `cargo metadata` says about the packages.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    packages: Vec<Package>,
    /// From here upwards the package is looked for.
    start: PathBuf,
}

impl Workspace {
    /// Asks cargo, without the network.
    ///
    /// # Errors
    /// [`Code::NoProject`] where there is no Cargo.toml, [`Code::ToolFailed`] with what cargo says otherwise.
    pub(crate) fn read(manifest: Option<&Path>) -> Result<Self, Error> {
        let mut command = MetadataCommand::new();
        command.no_deps();
        if let Some(manifest) = manifest {
            command.manifest_path(manifest);
        }
        let metadata = command.exec().map_err(|error| failed(&error))?;
        let packages = metadata
            .packages
            .iter()
            .filter_map(|package| {
                let folder = package.manifest_path.parent()?.as_std_path().to_owned();
                let dependencies = dependencies(package);
                Some(Package {
                    name: package.name.to_string(),
                    folder,
                    sources: sources(package),
                    dependencies,
                })
            })
            .collect();
        let start = match manifest {
            Some(manifest) => std::path::absolute(manifest.join("..")).map(|folder| normal(&folder)),
            None => std::env::current_dir(),
        };
        let start = start.map_err(|error| Error::new(Code::Io, format!("the current folder: {error}")))?;
        Ok(Self { root: metadata.workspace_root.into_std_path_buf(), packages, start })
    }

    /// The package with a migrate.toml: the one that is named, else the nearest around the current folder, else the
    /// only one.
    ///
    /// # Errors
    /// [`Code::NoProject`].
    pub(crate) fn configured(&self, name: Option<&str>) -> Result<&Package, Error> {
        if let Some(name) = name {
            let package = self.named(name)?;
            if package.has_config() {
                return Ok(package);
            }
            return Err(Error::new(Code::NoProject, format!("package `{name}` has no {CONFIG_FILE}"))
                .with_help(format!("run `cargo migrate init -p {name}`")));
        }
        if let Some(package) = self.around(Package::has_config) {
            return Ok(package);
        }
        let configured: Vec<_> = self.packages.iter().filter(|package| package.has_config()).collect();
        match configured.as_slice() {
            [only] => Ok(only),
            [] => Err(self.nothing_configured()),
            several => Err(choose("has a migrate.toml", several.iter().copied())),
        }
    }

    /// The package that gets a migrate.toml: the one that is named, else the one around the current folder, else the
    /// only one.
    ///
    /// # Errors
    /// [`Code::NoProject`].
    pub(crate) fn package(&self, name: Option<&str>) -> Result<&Package, Error> {
        if let Some(name) = name {
            return self.named(name);
        }
        match (self.around(|_| true), self.packages.as_slice()) {
            (Some(package), _) => Ok(package),
            (None, [only]) => Ok(only),
            (None, several) => Err(choose("is in the workspace", several)),
        }
    }

    /// The package in a folder.
    pub(crate) fn package_in(&self, folder: &Path) -> Option<&Package> {
        self.packages.iter().find(|package| package.folder == folder)
    }

    /// The nearest package around the current folder.
    fn around(&self, wanted: impl Fn(&Package) -> bool) -> Option<&Package> {
        self.start.ancestors().find_map(|folder| {
            self.packages.iter().find(|package| package.folder == folder && wanted(package))
        })
    }

    /// The package of that name.
    ///
    /// # Errors
    /// [`Code::NoProject`] if there is none.
    pub(crate) fn named(&self, name: &str) -> Result<&Package, Error> {
        self.packages.iter().find(|package| package.name == name).ok_or_else(|| {
            let names: Vec<_> = self.packages.iter().map(|package| package.name.as_str()).collect();
            Error::new(Code::NoProject, format!("the workspace has no package `{}`", name.escape_debug()))
                .with_help(format!("its packages are {}", names.join(", ")))
                .with_list("candidates", names)
        })
    }

    fn nothing_configured(&self) -> Error {
        let names: Vec<_> = self.packages.iter().map(|package| package.name.as_str()).collect();
        let root = self.root.display();
        let message = match names.as_slice() {
            [] => format!("the workspace {root} has no package"),
            [only] => format!("package `{only}` in {root} has no {CONFIG_FILE}"),
            several => format!("none of the packages in {root} has a {CONFIG_FILE}: {}", several.join(", ")),
        };
        let error = Error::new(Code::NoProject, message).with_list("packages", &names);
        if self.root.join(CONFIG_FILE).is_file() {
            // A virtual workspace: no package is there, so nothing can embed the revisions.
            let path = self.root.join(CONFIG_FILE);
            return error
                .with_help(format!("use -c {0}, or move {0} into the folder of a package", shown(&path)));
        }
        match names.as_slice() {
            [] => error.with_help("add a package to its `members` first"),
            [_] => error.with_help("run `cargo migrate init` to set it up"),
            _ => error.with_help("run `cargo migrate init -p PACKAGE` for the one that has the database"),
        }
    }
}

/// The library and the binaries of a package, and what it calls other crates.
fn sources(package: &cargo_metadata::Package) -> models::Package {
    const LIBRARIES: [TargetKind; 6] = [
        TargetKind::Lib,
        TargetKind::RLib,
        TargetKind::DyLib,
        TargetKind::CDyLib,
        TargetKind::StaticLib,
        TargetKind::ProcMacro,
    ];
    let of = |kinds: &[TargetKind]| {
        let mut targets: Vec<_> = package
            .targets
            .iter()
            .filter(|target| target.kind.iter().any(|kind| kinds.contains(kind)))
            .map(|target| models::Target {
                name: target.name.replace('-', "_"),
                root: target.src_path.as_std_path().to_owned(),
            })
            .collect();
        targets.sort_by(|left, right| left.root.cmp(&right.root));
        targets
    };
    let mut targets = of(&LIBRARIES);
    targets.extend(of(&[TargetKind::Bin]));
    let renamed = |dependency: &cargo_metadata::Dependency| {
        let alias = dependency.rename.as_ref()?;
        Some((alias.replace('-', "_"), dependency.name.replace('-', "_")))
    };
    models::Package { targets, renames: package.dependencies.iter().filter_map(renamed).collect() }
}

/// Without those of tests and build scripts.
fn dependencies(package: &cargo_metadata::Package) -> BTreeMap<String, Dependency> {
    let mut dependencies: BTreeMap<String, Dependency> = BTreeMap::new();
    for found in package.dependencies.iter().filter(|found| found.kind == DependencyKind::Normal) {
        let dependency = dependencies.entry(found.name.clone()).or_default();
        dependency.features.extend(found.features.iter().cloned());
        dependency.with_defaults |= found.uses_default_features;
    }
    dependencies
}

fn choose<'p>(what: &str, packages: impl IntoIterator<Item = &'p Package>) -> Error {
    let names: Vec<_> = packages.into_iter().map(|package| package.name.as_str()).collect();
    Error::new(Code::NoProject, format!("more than one package {what}: {}", names.join(", ")))
        .with_help("choose one with -p, or go into its folder")
        .with_list("candidates", names)
}

fn failed(error: &cargo_metadata::Error) -> Error {
    let said = match error {
        cargo_metadata::Error::CargoMetadata { stderr } => stderr.trim(),
        other => return Error::new(Code::ToolFailed, format!("`cargo metadata` failed: {other}")),
    };
    let message = said.strip_prefix("error: ").unwrap_or(said);
    if message.starts_with("could not find `Cargo.toml`") {
        return Error::new(Code::NoProject, message.lines().next().unwrap_or(message)).with_help(
            "go into a cargo project, or use --manifest-path or -c; `cargo migrate init` begins in a package",
        );
    }
    Error::new(Code::ToolFailed, format!("`cargo metadata` failed: {message}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn models_may_be_in_the_library_and_in_binaries_and_crates_have_the_names_that_use_has() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("Cargo.toml");
        fs::create_dir_all(folder.path().join("src/bin")).unwrap();
        fs::create_dir_all(folder.path().join("tests")).unwrap();
        for file in ["src/lib.rs", "src/main.rs", "src/bin/a-tool.rs", "tests/t.rs", "build.rs"] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        fs::write(
            &manifest,
            "[package]\nname = \"my-shop\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             db-models = { package = \"migrate-runtime\", version = \"1\" }\nuuid = \"1\"\n",
        )
        .unwrap();
        let workspace = Workspace::read(Some(&manifest)).unwrap();
        let sources = &workspace.named("my-shop").unwrap().sources;
        let targets: Vec<_> = sources
            .targets
            .iter()
            .map(|target| (target.name.as_str(), target.root.file_name().unwrap().to_str().unwrap()))
            .collect();
        assert_eq!(targets, [("my_shop", "lib.rs"), ("a_tool", "a-tool.rs"), ("my_shop", "main.rs")]);
        assert_eq!(sources.renames["db_models"], "migrate_runtime");
        assert_eq!(sources.renames.len(), 1);
    }
}
