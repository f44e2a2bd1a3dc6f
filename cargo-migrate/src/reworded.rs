use migrate_core::Error;

/// The error with another message, and all else that it says.
pub(crate) fn reworded(error: &Error, message: String) -> Error {
    let mut told = Error::new(error.code(), message);
    for (key, detail) in error.details() {
        told = told.with_detail(key, detail.clone());
    }
    if let Some(help) = error.help() {
        told = told.with_help(help);
    }
    if let Some(revision) = error.revision() {
        told = told.with_revision(revision);
    }
    match error.place() {
        Some(place) => told.with_place(place.clone()),
        None => told,
    }
}
