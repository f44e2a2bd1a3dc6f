//! The project that a command works on: its migrate.toml, and where its files are.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use migrate_core::{Code, Detail, Dialect, Error, Place, lock::LOCK_FILE};

use migrate_runtime::{DatabaseUrl, Migrator, Versions};

use crate::{
    cli::ProjectArgs,
    config::{CONFIG_FILE, Config, Settings, Source, UrlSources, Variables},
    files,
    models::{self, Models},
    paths::{self, shown},
    reflect::Scope,
    servers::engine_of,
    workspace::{Package, Workspace},
};

/// A folder of revision files.
#[derive(Debug, Clone)]
pub(crate) struct VersionsFolder {
    pub(crate) path: PathBuf,
    /// As migrate.toml has it, without needless parts.
    pub(crate) name: String,
    /// From the folder of migrate.lock, with `/`: what stands in front of the file names there.
    pub(crate) from_lock: String,
}

/// A folder with a migrate.toml.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder of migrate.toml.
    pub(crate) folder: PathBuf,
    pub(crate) config: Config,
    /// What `-n` chose.
    pub(crate) settings: Settings,
    /// Never empty.
    pub(crate) versions: Vec<VersionsFolder>,
    /// Of migrate.lock and the template of new revisions.
    pub(crate) migrations: PathBuf,
    /// Of `--database-url`.
    database_url: Option<String>,
    /// Of `-x`.
    pub(crate) arguments: BTreeMap<String, String>,
    /// What cargo says, if it was asked already.
    workspace: Option<Workspace>,
    variables: Variables,
}

impl Project {
    /// Finds and reads the project that the arguments mean.
    ///
    /// # Errors
    /// [`Code::NoProject`], [`Code::InvalidConfiguration`], [`Code::Io`], [`Code::ToolFailed`].
    pub(crate) fn open(arguments: &ProjectArgs) -> Result<Self, Error> {
        let (path, workspace) = if let Some(path) = &arguments.config {
            (path.clone(), None)
        } else {
            let workspace = Workspace::read(arguments.manifest_path.as_deref())?;
            let package = workspace.configured(arguments.package.as_deref())?;
            (package.folder.join(CONFIG_FILE), Some(workspace))
        };
        let path = std::path::absolute(&path).map_err(|error| files::refused(&path, &error))?;
        let Some(text) = files::read_if_there(&path, Code::InvalidConfiguration)? else {
            return Err(Error::new(Code::NoProject, format!("{}: there is no such file", shown(&path))));
        };
        let config = Config::read(Source::new(shown(&path), &text))?;
        let settings = config.settings(arguments.name.as_deref())?;
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let (migrations, versions) = folders(&config, &folder)?;
        let root = workspace.as_ref().map(|workspace| workspace.root.clone());
        let env_folders = [Some(folder.clone()), root.filter(|root| *root != folder)];
        Ok(Self {
            config,
            settings,
            versions,
            migrations,
            database_url: arguments.database_url.clone(),
            arguments: arguments.arguments.iter().cloned().collect(),
            variables: Variables::new(env_folders.into_iter().flatten().collect()),
            workspace,
            folder,
        })
    }

    /// The models of the project, or all that is wrong with them.
    ///
    /// # Errors
    /// Those of [`models::scan`]; [`Code::NoProject`] and [`Code::InvalidConfiguration`] where there is no package to scan.
    #[allow(dead_code, reason = "for the commands of autogenerate")]
    pub(crate) fn models(&self) -> Result<Models, Vec<Error>> {
        let packages = self.packages().map_err(|error| vec![error])?;
        let settings = models::Settings {
            dialects: self.dialects().to_vec(),
            types: self.config.models.types.clone(),
            reserved: Scope::for_project(Some(self)).without,
        };
        models::scan(&packages, &settings)
    }

    /// The packages that have models: those of migrate.toml, else the one around it.
    fn packages(&self) -> Result<Vec<models::Package>, Error> {
        let read;
        let workspace = if let Some(workspace) = &self.workspace {
            workspace
        } else {
            let mut manifests = self.folder.ancestors().map(|folder| folder.join("Cargo.toml"));
            let manifest = manifests.find(|manifest| manifest.is_file());
            read = Workspace::read(manifest.as_deref())?;
            &read
        };
        let named = &self.config.models.packages;
        if named.is_empty() {
            let package = workspace.package_in(&self.folder).ok_or_else(|| {
                Error::new(
                    Code::InvalidConfiguration,
                    format!("{}: no package is in this folder, so it has no models", shown(&self.folder)),
                )
                .with_help(
                    "name those that have: `packages = [\"...\"]` in the section `[models]` of migrate.toml",
                )
            })?;
            return Ok(vec![package.sources.clone()]);
        }
        let named = named.iter().map(|name| match workspace.named(&name.value) {
            Ok(package) => Ok(package.sources.clone()),
            Err(error) => Err(error.with_place(self.config.source.place(name.span.clone()))),
        });
        named.collect()
    }

    /// The package in whose folder migrate.toml lies, if cargo was asked.
    pub(crate) fn package(&self) -> Option<&Package> {
        self.workspace.as_ref()?.package_in(&self.folder)
    }

    pub(crate) fn lock_path(&self) -> PathBuf {
        self.migrations.join(LOCK_FILE)
    }

    pub(crate) fn dialects(&self) -> &[Dialect] {
        &self.config.dialects.value
    }

    /// The URL of the database, wherever it is given.
    ///
    /// # Errors
    /// See [`UrlSources::resolve`]; [`Code::Io`] and [`Code::InvalidConfiguration`] for a `.env`.
    pub(crate) fn database_url(&self) -> Result<String, Error> {
        self.urls().resolve()
    }

    /// That of `--database-url`, if it was given.
    pub(crate) fn database_url_argument(&self) -> Option<&str> {
        self.database_url.as_deref()
    }

    /// The URL under `[autogenerate.servers]` for a dialect; none if it is empty too.
    ///
    /// # Errors
    /// [`Code::InvalidConfiguration`] for a variable that is not set, or a URL of another engine; [`Code::Io`] for a
    /// `.env`; those of [`DatabaseUrl::parse`].
    pub(crate) fn server_url(&self, dialect: Dialect) -> Result<Option<DatabaseUrl>, Error> {
        let Some(url) = self.config.autogenerate.servers.get(&dialect) else { return Ok(None) };
        let key = format!("autogenerate.servers.{dialect}");
        let text = self.urls().expanded(&key, url)?;
        if text.is_empty() {
            return Ok(None);
        }
        let place = || self.config.source.place(url.span.clone());
        let parsed = DatabaseUrl::parse(&text).map_err(|error| error.with_place(place()))?;
        if parsed.engine != engine_of(dialect) {
            let message = format!("`{key}` is a URL of {}", parsed.engine.title());
            return Err(Error::new(Code::InvalidConfiguration, message).with_place(place()));
        }
        Ok(Some(parsed))
    }

    fn urls(&self) -> UrlSources<'_> {
        UrlSources {
            argument: self.database_url.as_deref(),
            settings: &self.settings,
            variables: &self.variables,
            source: &self.config.source,
            folder: &self.folder,
        }
    }

    /// A migrator with the settings of the project.
    pub(crate) fn migrator<'v>(&self, versions: &'v Versions) -> Migrator<'v> {
        let mut migrator = Migrator::new(versions);
        if let Some(name) = &self.settings.version_table {
            migrator = migrator.version_table(name);
        }
        if let Some(name) = &self.settings.schema {
            migrator = migrator.schema(name);
        }
        match self.settings.lock_wait {
            Some(wait) => migrator.lock_wait(wait),
            None => migrator,
        }
    }

    /// The file of a revision, which is named as in migrate.lock.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        let mut path = self.migrations.clone();
        path.extend(name.split('/'));
        paths::normal(&path)
    }

    /// An error about files that are named as in migrate.lock, with the names that lead to them from here.
    pub(crate) fn located(&self, error: &Error) -> Error {
        let is_file = |name: &str| Path::new(name).extension().is_some_and(|ending| ending == "sql");
        let here = |name: &str| shown(&self.path_of(name));
        let message = match error.message().split_once(": ") {
            Some((names, rest)) if names.split(", ").all(is_file) => {
                format!("{}: {rest}", names.split(", ").map(here).collect::<Vec<_>>().join(", "))
            }
            _ => error.message().to_owned(),
        };
        let mut located = Error::new(error.code(), message);
        for (key, detail) in error.details() {
            let detail = match detail {
                Detail::List(names) if *key == "files" => {
                    Detail::List(names.iter().map(|name| here(name)).collect())
                }
                other => other.clone(),
            };
            located = located.with_detail(key, detail);
        }
        if let Some(help) = error.help() {
            // A help may name the file to change.
            let word = |word: &str| if is_file(word) { here(word) } else { word.to_owned() };
            located = located.with_help(help.split(' ').map(word).collect::<Vec<_>>().join(" "));
        }
        if let Some(revision) = error.revision() {
            located = located.with_revision(revision);
        }
        match error.place() {
            Some(place) if is_file(&place.file) => {
                located.with_place(Place { file: here(&place.file), ..place.clone() })
            }
            Some(place) => located.with_place(place.clone()),
            None if error.code() == Code::DialectNotConfigured => {
                located.with_place(self.config.source.place(self.config.dialects.span.clone()))
            }
            None => located,
        }
    }
}

/// The folder of migrate.lock, which is the one around the first folder of revisions, and all folders of revisions.
fn folders(config: &Config, folder: &Path) -> Result<(PathBuf, Vec<VersionsFolder>), Error> {
    let path_of = |name: &str| paths::normal(&folder.join(name));
    let first = path_of(&config.versions[0].value);
    let migrations = first.parent().unwrap_or(folder).to_owned();
    let versions = config.versions.iter().map(|name| {
        let path = path_of(&name.value);
        let from_lock = paths::relative(&migrations, &path).and_then(|relative| paths::portable(&relative));
        let from_lock = from_lock.filter(|name| !name.is_empty()).ok_or_else(|| {
            let message = format!("`{}` cannot be named from the folder of migrate.lock", name.value);
            config.source.error(name.span.clone(), message)
        })?;
        Ok(VersionsFolder { path, name: name.value.clone(), from_lock })
    });
    let versions = versions.collect::<Result<_, Error>>()?;
    Ok((migrations, versions))
}

impl Scope {
    /// The default schema, and those that the project names; without the tables that are ours.
    pub(crate) fn for_project(project: Option<&Project>) -> Self {
        let version_table = project.and_then(|project| project.settings.version_table.as_deref());
        let mut without = vec!["migrate_version".to_owned(), "migrate_history".to_owned()];
        without
            .extend(version_table.into_iter().flat_map(|name| [name.to_owned(), format!("{name}_history")]));
        let schemas = project.map(|project| project.config.autogenerate.schemas.clone()).unwrap_or_default();
        Self { default_schema: None, schemas, without }
    }
}
