use std::time::Duration;

use migrate_core::{Code, Error};
use migrate_runtime::{
    Migrator, Versions,
    cli::{App, Command, Console, OutputArgs},
};

use crate::{project::Project, revisions::Revisions};

/// Runs a command that a shipped binary has too, with the revisions of the project.
///
/// # Errors
/// What the command fails with, with the files named from here.
pub(crate) fn database(
    command: &Command,
    project: &Project,
    lock_wait: Option<Duration>,
    output: &OutputArgs,
    console: &Console,
) -> Result<u8, Error> {
    let revisions = Revisions::sealed(project, console)?;
    let url = match project.database_url() {
        Ok(url) => Some(url),
        Err(error) if command.needs_database() => return Err(error),
        Err(_) => None,
    };
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
    runtime.block_on(command.run(&app)).map_err(|error| project.located(&error))
}
