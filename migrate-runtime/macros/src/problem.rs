//! What the compiler says when the folder is not sound.

use std::{collections::BTreeSet, fmt};

use migrate_core::{Error, Place};

use crate::folder::Folder;

/// An error of the project, with its files named as seen from the crate.
#[derive(Debug)]
pub(crate) struct Problem {
    message: String,
    help: Option<String>,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }

    /// A file or folder of the project that the operating system refuses.
    pub(crate) fn io(path: &str, error: &std::io::Error) -> Self {
        Self { message: format!("{path}: {error}"), help: None }
    }

    /// A file that is no text.
    pub(crate) fn not_utf8(path: &str, error: &std::string::FromUtf8Error) -> Self {
        let sound = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
        let place = Place::new(path, &sound, sound.len()..sound.len());
        Self::new(format!("{place}: not UTF-8"), "save the file as UTF-8")
    }

    /// An error about files that go by their names in the lock.
    pub(crate) fn of(error: &Error, folder: &Folder, names: &BTreeSet<String>) -> Self {
        let message = match error.place() {
            Some(place) => folder.path(&format!("{place}: {}", error.message())),
            None => with_paths(error.message(), folder, names),
        };
        Self { message, help: error.help().map(str::to_owned) }
    }

    /// An error about the lock.
    pub(crate) fn of_lock(error: &Error) -> Self {
        Self { message: error.to_string(), help: error.help().map(str::to_owned) }
    }

    /// A revision that the lock lists and others follow, without a file.
    pub(crate) fn removed(path: &str, id: &str) -> Self {
        Self::new(
            format!("{path}: revision {id} is in migrate.lock, but its file is gone"),
            "bring the file back: other revisions follow it",
        )
    }
}

/// The files that a message begins with (`a.sql, b.sql: what is wrong`), as seen from the crate.
fn with_paths(message: &str, folder: &Folder, names: &BTreeSet<String>) -> String {
    let Some((files, what)) = message.split_once(": ") else { return message.to_owned() };
    let files: Vec<_> = files.split(", ").collect();
    if !files.iter().all(|file| names.contains(*file)) {
        return message.to_owned();
    }
    let paths: Vec<_> = files.into_iter().map(|file| folder.path(file)).collect();
    format!("{}: {what}", paths.join(", "))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}
