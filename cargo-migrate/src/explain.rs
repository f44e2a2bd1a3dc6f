//! Errors of the runtime, for who has the source before them instead of a release.

use migrate_core::{Code, Detail, Error};

/// The error in the words of a checkout, where the runtime speaks of releases.
pub(crate) fn for_developers(error: Error) -> Error {
    if error.code() != Code::DatabaseAhead {
        return error;
    }
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
