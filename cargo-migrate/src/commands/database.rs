use std::time::Duration;

use migrate_core::{Code, Error, graph::Graph};
use migrate_runtime::{
    Migrator, Versions,
    cli::{App, Command, Console, OutputArgs},
};

use crate::{cli::Intent, explain, project::Project, revisions::Revisions, target::Target};

/// Runs a command that a shipped binary has too, with the revisions of the project.
///
/// # Errors
/// What the command fails with, with the files named from here.
pub(crate) fn database(
    command: &Command,
    intent: &Intent,
    project: &Project,
    lock_wait: Option<Duration>,
    output: &OutputArgs,
    console: &Console,
) -> Result<u8, Error> {
    let revisions = read(command, intent, project, console)?;
    note_nothing_there(command, revisions.catalog.graph(), console);
    let url = match project.database_url() {
        Ok(url) => Some(url),
        Err(error) if command.needs_database() => return Err(error),
        Err(_) => None,
    };
    if let Some(url) = url.as_deref().filter(|url| command.needs_database() && !url.is_empty()) {
        note_target(command, intent, &Target::parse(url)?, console);
    }

    let versions = Versions::loaded(revisions.catalog);
    let mut migrator = Migrator::new(&versions);
    if let Some(name) = &project.settings.version_table {
        migrator = migrator.version_table(name);
    }
    if let Some(name) = &project.settings.schema {
        migrator = migrator.schema(name);
    }
    if let Some(wait) = lock_wait.or(project.settings.lock_wait) {
        migrator = migrator.lock_wait(wait);
    }
    let app = App::new(migrator, url, output);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Code::Io, format!("the asynchronous runtime cannot start: {error}")))?;
    let ran = runtime.block_on(command.run(&app));
    ran.map_err(|error| {
        let graph = versions.graph().ok();
        project.located(&explain::for_developers(error, graph.as_deref()))
    })
}

/// The revisions: sealed on disk by what is going to run them, in memory by what only reads.
fn read(
    command: &Command,
    intent: &Intent,
    project: &Project,
    console: &Console,
) -> Result<Revisions, Error> {
    match command {
        Command::Upgrade(_) | Command::Downgrade(_) | Command::Stamp(_) if !intent.dry_run => {
            return Revisions::sealed(project, console);
        }
        // In an incident one wants to see where the database is, whatever somebody has done to a file.
        Command::Current(_)
        | Command::History(_)
        | Command::Heads(_)
        | Command::Branches(_)
        | Command::Show(_)
        | Command::Verify => return Revisions::to_look_at(project, console),
        Command::Upgrade(_)
        | Command::Downgrade(_)
        | Command::Stamp(_)
        | Command::EnsureVersion
        | Command::Resume(_) => {}
    }
    let (revisions, unsealed) = Revisions::sealed_in_memory(project)?;
    if intent.dry_run && unsealed > 0 {
        let (noun, them) = if unsealed == 1 { ("revision is", "it") } else { ("revisions are", "them") };
        console
            .note(&format!("{unsealed} {noun} not sealed yet: the command without --dry-run seals {them}"));
    }
    Ok(revisions)
}

fn note_nothing_there(command: &Command, graph: &Graph, console: &Console) {
    let lists = matches!(command, Command::Upgrade(_) | Command::History(_) | Command::Heads(_));
    if lists && graph.is_empty() {
        console.note("there are no revisions yet: cargo migrate revision -m MESSAGE");
    }
}

/// Says which database is meant where it is going to change, and that there is none where it is only asked.
fn note_target(command: &Command, intent: &Intent, target: &Target, console: &Console) {
    let changes = command.changes_database();
    if changes {
        console.note(&format!("database: {}", target.name()));
    }
    if (!changes || intent.dry_run) && target.is_missing() {
        console.note(&format!("{} does not exist yet", target.name()));
    }
}
