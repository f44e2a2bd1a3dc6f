//! Errors of the runtime, for who has the source before them instead of a release.

use migrate_core::{Code, Detail, Error, graph::Graph};
use migrate_runtime::cli::in_words_of;

/// The error in the words of a checkout, where the runtime speaks of releases and of the commands of a program.
pub(crate) fn for_developers(error: Error, graph: Option<&Graph>) -> Error {
    let error = match error.code() {
        Code::DatabaseAhead => of_another_branch(error),
        Code::UnknownStep => of_the_application(error, graph),
        _ => error,
    };
    in_words_of("cargo migrate", error)
}

/// A Rust step is the application's, whatever it is called.
fn of_the_application(error: Error, graph: Option<&Graph>) -> Error {
    let mut help = "`cargo migrate` has none of the application's code: run this revision from the program that registers \
                    the step with `Migrator::step`"
        .to_owned();
    let node = graph.and_then(|graph| Some(graph.node(graph.find(&error.revision()?.parse().ok()?)?)));
    if let Some(node) = node {
        let before: Vec<_> =
            node.revises.iter().chain(&node.depends_on).map(|id| format!("`upgrade {id}`")).collect();
        if !before.is_empty() {
            help.push_str("; everything before it: ");
            help.push_str(&before.join(", "));
        }
    }
    error.with_help(help)
}

fn of_another_branch(error: Error) -> Error {
    let unknown = error.details().iter().find_map(|(key, detail)| match detail {
        Detail::List(ids) if matches!(*key, "unknown" | "revisions") && !ids.is_empty() => Some(ids.clone()),
        _ => None,
    });
    // Without ids it is about something else than another branch.
    let Some(unknown) = unknown else { return error };
    let (listed, them) = (unknown.join(", "), if unknown.len() == 1 { unknown[0].as_str() } else { "them" });
    let message = match unknown.len() {
        1 => format!("the database has a revision that is not in this checkout: {listed}"),
        _ => format!("the database has revisions that are not in this checkout: {listed}"),
    };
    let mut explained = Error::new(error.code(), message).with_help(format!(
        "switch to the branch that has {them} and downgrade there; or say where the database is, whatever it says \
         itself, with `cargo migrate stamp --purge REVISION`"
    ));
    for (key, detail) in error.details() {
        explained = explained.with_detail(key, detail.clone());
    }
    match error.revision() {
        Some(revision) => explained.with_revision(revision),
        None => explained,
    }
}
