//! The revisions run in an empty database, where neither rows nor the application's code are to be had.

use std::collections::BTreeSet;

use migrate_core::{
    Catalog, Code, Dialect, Error,
    revision::{Side, Step},
};
use migrate_runtime::{DatabaseUrl, Migrator, Versions};

use crate::{project::Project, reworded::reworded};

/// The Rust steps that the revisions call for a dialect.
fn steps(catalog: &Catalog<'_>, dialect: Dialect) -> BTreeSet<String> {
    let scripts = catalog.graph().iter().filter_map(|(index, _)| {
        // What is wrong with a script is found when it runs.
        catalog.file(index).script(dialect, Side::Up).ok()
    });
    let mut names = BTreeSet::new();
    for script in scripts {
        names.extend(script.steps().filter_map(|step| match step {
            Step::Call(call) => Some(call.name.clone()),
            Step::Statement(_) => None,
        }));
    }
    names
}

/// Runs the revisions up to a target in an empty database, and gives the Rust steps that were passed over: they work on
/// rows, and there are none.
///
/// # Errors
/// Those of [`Migrator::upgrade`], with the dialect whose section it is.
pub(super) async fn replay(
    catalog: Catalog<'static>,
    project: &Project,
    dialect: Dialect,
    url: DatabaseUrl,
    target: &str,
) -> Result<BTreeSet<String>, Error> {
    let skipped = steps(&catalog, dialect);
    let versions = Versions::loaded(catalog);
    let mut migrator = Migrator::new(&versions);
    for name in &skipped {
        migrator = migrator.step(name.as_str(), |_| Box::pin(async { Ok(()) }));
    }
    match migrator.upgrade(url, target).await {
        Ok(_) => Ok(skipped),
        Err(error) => Err(refused(&project.located(&error), dialect, &skipped)),
    }
}

/// The error of a replay: what the runtime advises is for databases that are kept.
fn refused(error: &Error, dialect: Dialect, skipped: &BTreeSet<String>) -> Error {
    let told =
        reworded(error, format!("the revisions cannot be replayed for {dialect}: {}", error.message()));
    if error.code() != Code::StatementFailed {
        return told;
    }
    if let Some(help) = missing_extension(error.message()) {
        return told.with_help(help);
    }
    let mut help = format!(
        "mend the section for {dialect} of this revision: it must run in an empty database (a committed revision is sealed \
         again by `cargo migrate lock`)"
    );
    if !skipped.is_empty() {
        let names: Vec<_> = skipped.iter().map(String::as_str).collect();
        help.push_str("; a replay skips Rust steps, here ");
        help.push_str(&names.join(", "));
    }
    told.with_help(help)
}

/// What to do where `PostgreSQL` lacks a type, an operator class or a function: an empty database has only the extensions
/// that a revision has made.
pub(crate) fn missing_extension(message: &str) -> Option<&'static str> {
    // Undefined object, undefined function.
    let is_missing = ["SQLSTATE 42704", "SQLSTATE 42883"].iter().any(|code| message.contains(code));
    is_missing.then_some(
        "if it comes from an extension, put `CREATE EXTENSION IF NOT EXISTS ...` into a revision that comes before: an \
         empty database has only what the revisions make",
    )
}
