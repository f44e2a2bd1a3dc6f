//! One writer at a time.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use migrate_core::Error;
use migrate_runtime::cli::Console;

use crate::files::refused;

/// As long as it lives, no other `cargo migrate` writes revisions or migrate.lock of this project. The operating system
/// takes it back when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Guard {
    /// Nothing where the file system knows no locks: then two writers at once are the user's to avoid, and the worst is
    /// an entry that the next command adds again.
    _file: Option<File>,
}

impl Guard {
    /// Waits until no other process writes in `folder`, the one of migrate.lock.
    pub(crate) fn take(folder: &Path, console: &Console) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(|error| refused(folder, &error))?;
        let file = open(folder).map_err(|error| refused(folder, &error))?;
        let locked = match file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => {
                console.note("waiting for another cargo migrate in this project");
                file.lock()
            }
            Err(TryLockError::Error(error)) => Err(error),
        };
        Ok(Self { _file: locked.is_ok().then_some(file) })
    }
}

/// The folder itself: migrate.lock is replaced whenever it is written, so a lock on it would be on a file that is gone.
#[cfg(unix)]
fn open(folder: &Path) -> io::Result<File> {
    File::open(folder)
}

/// A folder cannot be locked here.
#[cfg(not(unix))]
fn open(folder: &Path) -> io::Result<File> {
    fs::OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(".cargo-migrate-guard"))
}
