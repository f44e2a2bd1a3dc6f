//! Whether the project's database is where the models can be compared with it.

use migrate_core::{Code, Error};
use migrate_runtime::{DatabaseUrl, Status, Versions};

use crate::{explain, project::Project, revisions::Revisions};

/// Refuses a database that lacks revisions, or whose history is not that of the files.
///
/// # Errors
/// [`Code::NotCurrent`] for what is missing; [`Code::Tampered`] and [`Code::DatabaseAhead`] as `verify` has them; those of
/// the revisions and of the connection.
pub(crate) async fn require_heads(project: &Project, url: &DatabaseUrl) -> Result<(), Error> {
    let (revisions, _) = Revisions::sealed_in_memory(project)?;
    let versions = Versions::loaded(revisions.catalog);
    let migrator = project.migrator(&versions);
    let located = |error: Error| project.located(&explain::for_developers(error, None));
    match migrator.status(url.clone()).await.map_err(located)? {
        Status::Current => Ok(()),
        Status::Pending(missing) => {
            let listed = missing.join(", ");
            let (message, help) = match migrator.interrupted(url.clone()).await.map_err(located)? {
                Some(step) => (
                    format!("{step}; the database lacks {listed}"),
                    "`cargo migrate upgrade heads` goes on with it, or says what it needs; or compare with the revisions \
                     alone: --replay",
                ),
                None => (
                    format!("the database is not at the heads: it lacks {listed}"),
                    "run `cargo migrate upgrade heads` first, or compare with the revisions alone: --replay",
                ),
            };
            Err(Error::new(Code::NotCurrent, message).with_help(help).with_list("revisions", missing))
        }
        Status::Ahead { .. } | Status::Diverged { .. } => {
            let verified = migrator.verify(url.clone()).await.map_err(located);
            verified.map_err(|error| error.with_more_help("or compare with the revisions alone: --replay"))
        }
    }
}
