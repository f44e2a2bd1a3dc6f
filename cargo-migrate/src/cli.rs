//! The command line.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{
    ArgMatches, Args, CommandFactory as _, Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};
use migrate_runtime::cli::{Command as DatabaseCommand, OutputArgs};

use crate::{
    commands::{
        CheckArgs, CompletionsArgs, DiffArgs, EditArgs, InitArgs, LockArgs, ManArgs, MergeArgs, RebaseArgs,
        ReflectArgs, RevisionArgs,
    },
    config::parse_duration,
};

/// Database migrations: revisions as plain SQL in a graph, for PostgreSQL, MySQL, MariaDB, SQL Server and SQLite.
#[derive(Debug, Parser)]
#[command(
    name = "cargo-migrate",
    bin_name = "cargo migrate",
    version,
    max_term_width = 80,
    after_help = "Begin with `cargo migrate init`, then `cargo migrate revision --autogenerate -m \"create users\"`."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which project, and which database.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Project")]
pub(crate) struct ProjectArgs {
    /// The package that has the migrate.toml.
    #[arg(short, long, global = true, value_name = "PACKAGE")]
    pub(crate) package: Option<String>,
    /// The Cargo.toml to begin at.
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
    /// The migrate.toml itself; then there need not be a cargo project.
    #[arg(short, long, global = true, value_name = "PATH", conflicts_with_all = ["package", "manifest_path"])]
    pub(crate) config: Option<PathBuf>,
    /// The environment: a section [env.NAME] of migrate.toml.
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The database; else the environment's url, `DATABASE_URL`, the file's url.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// A word for the template of revisions, as `x.KEY`; may be repeated. (A program hands it to its Rust steps.)
    #[arg(short = 'x', global = true, value_name = "KEY=VALUE", value_parser = migrate_runtime::cli::parse_argument)]
    pub(crate) arguments: Vec<(String, String)>,
    /// How long to wait while another process migrates: seconds, or like 90s, 5m, 1h.
    #[arg(long, global = true, value_name = "DURATION", value_parser = lock_wait)]
    pub(crate) lock_wait: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set a package up: migrate.toml and the folder of its revisions.
    Init(InitArgs),
    /// List the templates of `init`.
    ListTemplates,
    /// Write a new revision.
    Revision(RevisionArgs),
    /// Write a revision that joins several heads.
    Merge(MergeArgs),
    /// Give revisions of this branch another parent, unless the main branch has them.
    Rebase(RebaseArgs),
    /// Open a revision in the editor.
    Edit(EditArgs),
    /// Bring migrate.lock up to date with the files, on purpose.
    Lock(LockArgs),
    /// Compare the models with the database.
    Check(CheckArgs),
    /// Write Rust models from a database.
    Reflect(ReflectArgs),
    /// Compare two schemas: databases, models, revisions, SQL files.
    Diff(DiffArgs),
    #[command(flatten)]
    Database(DatabaseCommand),
    /// Write what a shell completes the command line with.
    Completions(CompletionsArgs),
    /// Write manual pages.
    Man(ManArgs),
}

/// What a command of the runtime was asked for, as far as the project is concerned by it.
#[derive(Debug, Default)]
pub(crate) struct Intent {
    /// Nothing is to be changed.
    pub(crate) dry_run: bool,
}

impl Intent {
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let Some((_, matches)) = matches.subcommand() else { return Self::default() };
        // Not every command has it.
        let dry_run = matches.try_get_one::<bool>("dry_run").ok().flatten();
        Self { dry_run: dry_run.is_some_and(|asked| *asked) }
    }
}

/// The command line for clap. The options that every command has stand only in what `--help` shows, each in a line.
pub(crate) fn command(words: &[OsString]) -> clap::Command {
    let is_short = words.iter().any(|word| word == "-h");
    // With clap's own short and long help, the long one would take three lines for an option.
    let command =
        Arguments::command().mut_args(|arg| if arg.is_global_set() { arg.hide(is_short) } else { arg });
    let global: Vec<_> = command.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    command.term_width(80).mut_subcommands(|subcommand| {
        let own = subcommand.get_after_help().map(ToString::to_string).unwrap_or_default();
        // The runtime does not know what a program calls its commands.
        let bare = format!("\n  {} ", subcommand.get_name());
        let own = own.replace(&bare, &format!("\n  cargo migrate {} ", subcommand.get_name()));
        let after = if is_short { format!("{own}\n\n{MORE_IN_LONG_HELP}") } else { own };
        let without = meaningless(subcommand.get_name());
        let hidden = global.iter().filter(|arg| without.contains(&arg.get_id().as_str()));
        let hidden: Vec<_> = hidden.map(|arg| arg.clone().hide(true)).collect();
        subcommand.args(hidden).after_help(after.trim_start().to_owned())
    })
}

/// The options of every command that mean nothing to this one. They are accepted, but its help does not show them.
fn meaningless(command: &str) -> &'static [&'static str] {
    match command {
        "init" => &["config", "name", "database_url", "arguments", "lock_wait"],
        "list-templates" | "completions" | "man" => {
            &["package", "manifest_path", "config", "name", "database_url", "arguments", "lock_wait"]
        }
        "merge" => &["name", "database_url", "lock_wait"],
        "lock" | "rebase" | "heads" | "branches" => &["name", "database_url", "arguments", "lock_wait"],
        "revision" => &["lock_wait"],
        "edit" | "check" | "reflect" | "diff" | "current" | "history" | "show" | "verify" => {
            &["arguments", "lock_wait"]
        }
        _ => &["arguments"],
    }
}

/// The way on for who comes from another tool, or has forgotten a `-m`.
pub(crate) fn tip(error: &clap::Error, words: &[OsString]) -> Option<String> {
    let has = |command: &str| words.get(1).is_some_and(|word| word == command);
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let known = match text(ContextKind::InvalidSubcommand)? {
                "new" | "add" | "create" | "generate" => "revision -m \"add bio to users\"",
                "up" | "migrate" | "run" | "apply" => "upgrade",
                "down" | "undo" | "revert" | "rollback" => "downgrade -1",
                "info" | "state" => "current",
                _ => return None,
            };
            Some(format!("here it is `cargo migrate {known}`"))
        }
        ErrorKind::UnknownArgument if has("revision") => {
            let word = text(ContextKind::InvalidArg).filter(|word| !word.starts_with('-'))?;
            Some(format!("the message stands behind -m: `cargo migrate revision -m {word:?}`"))
        }
        ErrorKind::MissingRequiredArgument if has("revision") => {
            Some("say what it does: `cargo migrate revision -m \"add bio to users\"`".to_owned())
        }
        _ => None,
    }
}

const MORE_IN_LONG_HELP: &str = "--help shows the options of every command too: -p, -n, --database-url ...";

fn lock_wait(text: &str) -> Result<Duration, &'static str> {
    parse_duration(text).ok_or("write seconds, or a number with its unit: 90, 90s, 5m, 1h")
}
