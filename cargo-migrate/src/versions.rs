//! The revision files on disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use migrate_core::{Code, Error};

use crate::{
    files::{read, refused},
    paths::shown,
    project::VersionsFolder,
};

/// The text of each revision file, under the name that migrate.lock has for it.
///
/// Every `*.sql` of the folders counts, and nothing else. Hidden files are left out: `.#x.sql` is an editor's lock.
///
/// # Errors
/// [`Code::Io`]; [`Code::BrokenRevision`] for what is not UTF-8, no file, or ends in `.SQL`; [`Code::InvalidConfiguration`] for files in a folder
/// below, which `embed!` would find and nobody would run.
pub(crate) fn read_all(folders: &[VersionsFolder]) -> Result<BTreeMap<String, String>, Error> {
    let listed: BTreeSet<_> = folders.iter().map(|folder| folder.path.as_path()).collect();
    let mut texts = BTreeMap::new();
    for folder in folders {
        let found = search(&folder.path)?;
        for below in found.folders.iter().filter(|below| !listed.contains(below.as_path())) {
            refuse_revisions_below(below, &listed)?;
        }
        for path in found.files {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                return Err(Error::new(
                    Code::BrokenRevision,
                    format!("{}: the name is not UTF-8", shown(&path)),
                )
                .with_help("rename the file"));
            };
            texts.insert(format!("{}/{name}", folder.from_lock), read(&path, Code::BrokenRevision)?);
        }
    }
    Ok(texts)
}

#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

/// What a folder holds. A folder that is missing holds nothing: git does not keep an empty one.
fn search(folder: &Path) -> Result<Found, Error> {
    let failed = |error: &io::Error| refused(folder, error);
    let mut found = Found::default();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(failed(&error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| failed(&error))?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            found.folders.push(path);
        } else if let Some(ending) = path.extension().filter(|ending| ending.eq_ignore_ascii_case("sql")) {
            refuse_unreadable(&path)?;
            if ending != "sql" {
                return Err(Error::new(
                    Code::BrokenRevision,
                    format!("{}: the ending of a revision is .sql, in lower case", shown(&path)),
                )
                .with_help(format!("rename the file to {}", shown(&path.with_extension("sql")))));
            }
            found.files.push(path);
        }
    }
    found.files.sort_unstable();
    found.folders.sort_unstable();
    Ok(found)
}

/// Nobody writes into a pipe that is called like a revision: who reads it waits for ever.
fn refuse_unreadable(path: &Path) -> Result<(), Error> {
    let found = fs::metadata(path).map_err(|error| refused(path, &error))?;
    if found.is_file() {
        return Ok(());
    }
    Err(Error::new(
        Code::BrokenRevision,
        format!("{}: it is called like a revision, but is no file", shown(path)),
    )
    .with_help("remove it, or give it another name"))
}

fn refuse_revisions_below(folder: &Path, listed: &BTreeSet<&Path>) -> Result<(), Error> {
    // A link could lead back to where we are.
    if folder.is_symlink() || listed.contains(folder) {
        return Ok(());
    }
    let found = search(folder)?;
    if let Some(file) = found.files.first() {
        return Err(Error::new(
            Code::InvalidConfiguration,
            format!("{} lies in a folder that `versions` does not list", shown(file)),
        )
        .with_help("add the folder to `versions` in migrate.toml, or move the file"));
    }
    found.folders.iter().try_for_each(|below| refuse_revisions_below(below, listed))
}
