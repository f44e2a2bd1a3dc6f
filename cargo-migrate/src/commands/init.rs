use std::path::{Path, PathBuf};

use clap::Args;
use migrate_core::{
    Code, Dialect, Error, UnknownDialect,
    lock::{LOCK_FILE, Lock},
};
use migrate_runtime::cli::Console;
use minijinja::context;
use serde_json::json;

use crate::{
    cli::ProjectArgs,
    config::CONFIG_FILE,
    files, paths,
    paths::shown,
    template::{self, REVISION_TEMPLATE},
    workspace::{Dependency, RUNTIME, Workspace},
};

/// Options of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo migrate init --dialect postgres,sqlite")]
pub(crate) struct InitArgs {
    /// The folder of migrate.lock and the revisions, from the package.
    #[arg(default_value = "migrations", value_name = "DIR")]
    folder: String,
    /// Which files to write: see `list-templates`.
    #[arg(long, default_value = template::DEFAULT, value_name = "NAME")]
    template: String,
    /// The engines that every revision will serve, the default first: postgres, mysql, mariadb, mssql, sqlite.
    #[arg(long, default_value = "sqlite", value_name = "DIALECT", value_delimiter = ',', value_parser = dialect)]
    dialect: Vec<Dialect>,
}

/// `Postgres` is as clear as `postgres`; the files know only one spelling.
fn dialect(word: &str) -> Result<Dialect, UnknownDialect> {
    word.trim().to_ascii_lowercase().parse()
}

/// A file to write.
struct Planned {
    path: PathBuf,
    text: String,
}

impl InitArgs {
    /// Writes the files of a template into the package.
    pub(crate) fn run(&self, arguments: &ProjectArgs, console: &Console) -> Result<u8, Error> {
        if arguments.config.is_some() {
            return Err(Error::new(Code::Usage, "`init` writes migrate.toml into the folder of a package")
                .with_help("leave -c out; choose the package with -p or --manifest-path"));
        }
        let folder = self.folder()?;
        let dialects = self.dialects();
        let workspace = Workspace::read(arguments.manifest_path.as_deref())?;
        let package = workspace.package(arguments.package.as_deref())?;
        let planned = self.plan(&package.folder, &folder, &dialects)?;

        let there: Vec<_> =
            planned.iter().filter(|file| file.path.exists()).map(|file| shown(&file.path)).collect();
        if !there.is_empty() {
            let there_already = there.join(", ");
            let is_set_up = package.folder.join(CONFIG_FILE).exists();
            let (message, help) = if is_set_up {
                (
                    format!("this package is set up already: {there_already}"),
                    "nothing was written; go on with `cargo migrate revision --autogenerate -m MESSAGE`, or without \
                     --autogenerate to write the SQL yourself",
                )
            } else {
                (
                    format!("there already: {there_already}"),
                    "nothing was written; remove what is in the way, or name another folder, like `cargo migrate init \
                     db/migrations`",
                )
            };
            return Err(Error::new(Code::AlreadyExists, message).with_help(help).with_list("files", there));
        }
        for (at, file) in planned.iter().enumerate() {
            if let Err(error) = files::create(&file.path, &file.text) {
                planned[..at].iter().for_each(|written| {
                    let _ = std::fs::remove_file(&written.path);
                });
                return Err(error);
            }
        }
        report(console, &planned, &folder, &dialects, package.dependencies.get(RUNTIME));
        Ok(0)
    }

    /// The folder as migrate.toml and `embed!` write it.
    fn folder(&self) -> Result<String, Error> {
        let path = paths::normal(Path::new(&self.folder));
        let is_inside = path.is_relative() && !path.has_root() && !path.starts_with("..");
        let named =
            paths::portable(&path).filter(|name| !name.is_empty() && !name.contains(['\\', '"', '\n']));
        named.filter(|_| is_inside).ok_or_else(|| {
            Error::new(
                Code::Usage,
                format!("`{}` is not a folder inside the package", self.folder.escape_debug()),
            )
            .with_help("name it from the folder of Cargo.toml, like `migrations` or `db/migrations`")
        })
    }

    fn dialects(&self) -> Vec<Dialect> {
        let mut dialects: Vec<Dialect> = Vec::new();
        for dialect in &self.dialect {
            if !dialects.contains(dialect) {
                dialects.push(*dialect);
            }
        }
        dialects
    }

    fn plan(&self, package: &Path, folder: &str, dialects: &[Dialect]) -> Result<Vec<Planned>, Error> {
        let Some(found) = template::files(&self.template) else {
            let names = template::names();
            return Err(Error::new(
                Code::Usage,
                format!("no template is called `{}`", self.template.escape_debug()),
            )
            .with_help(format!("the templates are {}", names.join(", ")))
            .with_list("candidates", names));
        };
        let context = context! {
            folder => folder,
            dialects => dialects.iter().map(|dialect| dialect.name()).collect::<Vec<_>>(),
        };
        let mut planned =
            vec![Planned { path: package.join(folder).join(LOCK_FILE), text: Lock::default().render() }];
        for file in found {
            let (path, text) = match file.path.strip_suffix(".j2") {
                // The template of revisions stays one.
                Some(path) if !file.path.ends_with(REVISION_TEMPLATE) => {
                    (path, template::render(file.path, file.text, &context)?)
                }
                _ => (file.path, file.text.to_owned()),
            };
            let path = match path.strip_prefix("migrations/") {
                Some(within) => package.join(folder).join(within),
                None => package.join(path),
            };
            planned.push(Planned { path, text });
        }
        planned.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(planned)
    }
}

fn report(
    console: &Console,
    planned: &[Planned],
    folder: &str,
    dialects: &[Dialect],
    runtime: Option<&Dependency>,
) {
    let written: Vec<_> = planned.iter().map(|file| shown(&file.path)).collect();
    let features = features(dialects);
    // With the runtime there, a line of it would be a second one.
    let dependency = runtime.is_none().then(|| dependency(&features));
    let missing: Vec<_> = features
        .iter()
        .filter(|feature| runtime.is_some_and(|runtime| !runtime.has(feature)))
        .copied()
        .collect();
    let embed = embed(folder);
    if console.is_json() {
        console.json(&json!({
            "files": written,
            "cargo_toml": dependency,
            "missing_features": missing,
            "main_rs": embed,
        }));
        return;
    }
    for file in written {
        console.out(&format!("wrote {file}"));
    }
    if let Some(dependency) = dependency {
        console.note(&format!("\nCargo.toml, under [dependencies]:\n\n    {dependency}"));
    } else if !missing.is_empty() {
        console.note(&format!(
            "\nmigrate-runtime is there, and lacks features:\n\n    cargo add migrate-runtime --features {}",
            missing.join(",")
        ));
    }
    let indented: Vec<_> = embed.lines().map(|line| format!("    {line}").trim_end().to_owned()).collect();
    console
        .note(&format!("\nsrc/main.rs, to migrate at the start of the program:\n\n{}", indented.join("\n")));
    console.note(
        "\nnext: name the database in DATABASE_URL (a .env file is read) or as `url` in migrate.toml,\n      \
         derive migrate_runtime::Table for the structs that are tables, and\n      \
         cargo migrate revision --autogenerate -m \"create users\"\n      \
         or write the SQL yourself: cargo migrate revision -m \"create users\"",
    );
}

/// The features of the runtime that bring the derives of the models and the drivers of these dialects.
fn features(dialects: &[Dialect]) -> Vec<&'static str> {
    let mut features: Vec<&str> = dialects
        .iter()
        .map(|dialect| match dialect {
            Dialect::Postgres => "postgres",
            Dialect::Mysql | Dialect::Mariadb => "mysql",
            Dialect::Mssql => "mssql",
            Dialect::Sqlite => "sqlite",
        })
        .collect();
    if features.iter().any(|feature| *feature != "sqlite") {
        features.push("tls");
    }
    features.push("models");
    features.sort_unstable();
    features.dedup();
    features
}

/// The line of Cargo.toml that brings these features.
fn dependency(features: &[&str]) -> String {
    let version = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
    let features: Vec<_> = features.iter().map(|feature| format!("\"{feature}\"")).collect();
    format!(
        "migrate-runtime = {{ version = \"{version}\", default-features = false, features = [{}] }}",
        features.join(", ")
    )
}

fn embed(folder: &str) -> String {
    format!(
        "static VERSIONS: migrate_runtime::Versions = migrate_runtime::embed!(\"{folder}\");\n\n\
         // in an async main (tokio); without one: migrate_runtime::blocking::Migrator\n\
         migrate_runtime::Migrator::new(&VERSIONS).upgrade(&database_url, \"head\").await?;"
    )
}
