use std::path::PathBuf;

use clap::Args;
use migrate_core::{Code, Dialect, Error};
use migrate_runtime::{Connection, DatabaseUrl, Engine, cli::Console};
use serde_json::json;

use crate::{
    asynchronous::block_on,
    cli::ProjectArgs,
    files,
    lower::Naming,
    paths::shown,
    project::Project,
    reflect::Scope,
    rust_models::{self, RustModels},
    schema::Schema,
    sources::Loader,
    target::Target,
    workspace::{Package, RUNTIME},
};

/// Options of `reflect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo migrate reflect > src/models.rs
  cargo migrate reflect --output src/models        # a file for each schema
  cargo migrate reflect --database-url postgres://localhost/shop --schema billing")]
pub(crate) struct ReflectArgs {
    /// The file to write, or with several schemas the folder; else everything goes to stdout.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// A schema beside the default one; may be repeated.
    #[arg(long, value_name = "SCHEMA")]
    schema: Vec<String>,
    /// Write over files that are there.
    #[arg(long)]
    force: bool,
}

impl ReflectArgs {
    /// Writes the models of a database.
    pub(crate) fn run(&self, arguments: &ProjectArgs, console: &Console) -> Result<u8, Error> {
        let project = match (Project::open(arguments), &arguments.database_url) {
            (Ok(project), _) => Some(project),
            (Err(_), Some(_)) => None,
            (Err(error), None) => return Err(error),
        };
        let url = match (&project, &arguments.database_url) {
            (Some(project), _) => project.database_url()?,
            (None, Some(url)) => url.clone(),
            (None, None) => String::new(),
        };
        let mut scope = Scope::for_project(project.as_ref());
        scope.schemas.extend(self.schema.iter().cloned());
        scope.schemas.sort_unstable();
        scope.schemas.dedup();
        let mut schema = block_on(async {
            let url = DatabaseUrl::parse(&url)?;
            Target::of(url.clone()).require_there("make it with `cargo migrate upgrade`")?;
            self.refuse_schemas_of(url.engine)?;
            let loader = Loader::new(url.clone(), scope);
            let mut loaded = loader.database(url).await?;
            let default = default_schema(&mut loaded.connection).await;
            loaded.connection.close().await;
            self.require_schemas(&loaded.schema, default?.as_deref())?;
            Ok::<_, Error>(loaded.schema)
        })??;
        schema.leave_out_defaults();
        let mut naming = Naming::default();
        if let Some(project) = &project {
            let config = &project.config;
            schema.tables.retain(|name, _| config.autogenerate.looks_at(&name.to_string()));
            naming = Naming::read(&config.source, &config.autogenerate.naming)?;
        }
        if schema.tables.is_empty() && schema.enums.is_empty() && self.output.is_some() {
            return Err(Error::new(Code::NoModels, "there is no table to write a model of").with_help(
                "correct the URL; `[autogenerate]` in migrate.toml may pass tables by, and --schema names schemas beside \
                 the default one",
            ));
        }
        let models = rust_models::write(&schema, &naming);
        for missing in models.missing.iter().chain(&schema.beside.unread) {
            console.warn(&format!("the models do not say it all: {missing}"));
        }
        let package = project.as_ref().and_then(Project::package);
        match &self.output {
            None => {
                print(&models, package, console);
                Ok(0)
            }
            Some(path) => self.write(path, &models, package, console),
        }
    }

    /// Refuses `--schema` where the engine has none.
    fn refuse_schemas_of(&self, engine: Engine) -> Result<(), Error> {
        match engine {
            Engine::Sqlite if !self.schema.is_empty() => {
                Err(Error::new(Code::Usage, "SQLite has no schemas, so that --schema names none")
                    .with_help("leave --schema out"))
            }
            Engine::Postgres | Engine::Mysql | Engine::Mssql | Engine::Sqlite => Ok(()),
        }
    }

    /// Refuses a schema that is not there.
    fn require_schemas(&self, found: &Schema, default: Option<&str>) -> Result<(), Error> {
        let is = |name: &str, other: &str| name.to_lowercase() == other.to_lowercase();
        let is_there = |name: &&String| {
            found.schemas.iter().map(String::as_str).chain(default).any(|schema| is(schema, name))
        };
        match self.schema.iter().find(|name| !is_there(name)) {
            None => Ok(()),
            Some(missing) => Err(Error::new(
                Code::Usage,
                format!("the database has no schema `{}`", missing.escape_debug()),
            )
            .with_help("correct --schema, or the database URL")),
        }
    }

    fn write(
        &self,
        path: &std::path::Path,
        models: &RustModels,
        package: Option<&Package>,
        console: &Console,
    ) -> Result<u8, Error> {
        let is_file = path.extension().is_some_and(|ending| ending == "rs");
        if is_file && models.modules.len() > 1 {
            return Err(Error::new(Code::Usage, format!("{}: there are several schemas", shown(path)))
                .with_help("name a folder: each schema gets a file of its own"));
        }
        let mut written = Vec::new();
        let mut texts = Vec::new();
        if is_file {
            texts.extend(models.modules.iter().map(|module| (path.to_owned(), module.text.clone())));
        } else {
            texts.extend(models.modules.iter().map(|module| (path.join(module.file()), module.text.clone())));
            texts.push((path.join("mod.rs"), models.root()));
        }
        if !self.force
            && let Some((path, _)) = texts.iter().find(|(path, _)| path.exists())
        {
            return Err(Error::new(
                Code::AlreadyExists,
                format!("{}: the file is there already", shown(path)),
            )
            .with_help("use --force to write over it"));
        }
        for (path, text) in texts {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| files::refused(folder, &error))?;
            }
            files::replace(&path, &text)?;
            written.push(shown(&path));
        }
        if console.is_json() {
            console.json(&json!({ "files": written, "dependencies": models.dependencies }));
        } else {
            for file in &written {
                console.out(&format!("wrote {file}"));
            }
            note_dependencies(models, package, console);
        }
        Ok(0)
    }
}

/// The name of the schema whose objects are named without one.
async fn default_schema(connection: &mut Connection) -> Result<Option<String>, Error> {
    let sql = match connection.dialect() {
        Dialect::Postgres => "SELECT current_schema()",
        Dialect::Mysql | Dialect::Mariadb => "SELECT DATABASE()",
        Dialect::Mssql => "SELECT SCHEMA_NAME()",
        Dialect::Sqlite => return Ok(None),
    };
    let rows = connection.query(sql).await?;
    Ok(rows.into_iter().next().and_then(|row| row.into_iter().next().flatten()))
}

fn print(models: &RustModels, package: Option<&Package>, console: &Console) {
    if console.is_json() {
        let modules: Vec<_> = models
            .modules
            .iter()
            .map(|module| json!({ "schema": module.schema, "module": module.name, "text": module.text }))
            .collect();
        console.json(&json!({ "modules": modules, "dependencies": models.dependencies }));
        return;
    }
    match models.modules.as_slice() {
        [only] => console.out(only.text.trim_end()),
        several => {
            for module in several {
                console.out(&format!("pub mod {} {{\n{}}}\n", module.name, module.text));
            }
        }
    }
    note_dependencies(models, package, console);
}

/// What Cargo.toml lacks of what the models use.
fn note_dependencies(models: &RustModels, package: Option<&Package>, console: &Console) {
    let has = |name: &str| package.and_then(|package| package.dependencies.get(name));
    if !has(RUNTIME).is_some_and(|runtime| runtime.has("models")) {
        console.note("Cargo.toml needs the feature `models` of migrate-runtime");
    }
    for (name, version) in models.dependencies.iter().filter(|(name, _)| has(name).is_none()) {
        console.note(&format!("Cargo.toml, under [dependencies]:  {name} = {version}"));
    }
}
