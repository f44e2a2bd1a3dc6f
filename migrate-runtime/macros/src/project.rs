//! The revisions of a folder and its lock, read and checked.

use std::collections::BTreeSet;

use migrate_core::{
    Catalog, Code, Detail, Error,
    lock::{LOCK_FILE, Lock},
};

use crate::{folder::Folder, problem::Problem};

/// The folder of the revisions, beside the lock.
const VERSIONS: &str = "versions";

/// A folder whose revisions agree with its lock.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) folder: Folder,
    pub(crate) catalog: Catalog<'static>,
}

impl Project {
    pub(crate) fn read(folder: Folder) -> Result<Self, Problem> {
        let Some(text) = folder.read(LOCK_FILE)? else { return Err(no_lock(&folder)?) };
        let lock = Lock::parse(&folder.path(LOCK_FILE), &text).map_err(|error| Problem::of_lock(&error))?;

        let listed = || lock.revisions.iter().map(|sealed| sealed.file.as_str());
        let folder_of = |file| str::rsplit_once(file, '/').map_or("", |(folder, _)| folder);
        let folders: BTreeSet<_> = listed().map(folder_of).chain([VERSIONS]).collect();
        let mut names = folder.sql_files(folders)?;
        names.extend(listed().map(str::to_owned));

        let mut files = Vec::with_capacity(names.len());
        for name in &names {
            // What the lock lists and nobody has is for the comparison below.
            if let Some(text) = folder.read(name)? {
                files.push((name.clone(), text));
            }
        }
        let catalog = Catalog::load(files, &lock.dialects()).map_err(|error| {
            removed_parent(&error, &lock, &folder).unwrap_or_else(|| Problem::of(&error, &folder, &names))
        })?;
        catalog
            .require_sealed(&lock)
            .and_then(|()| catalog.require_written())
            .map_err(|error| Problem::of(&error, &folder, &names))?;
        Ok(Self { folder, catalog })
    }
}

/// There is no lock: was the project never begun, or was the file lost?
fn no_lock(folder: &Folder) -> Result<Problem, Problem> {
    let help = if folder.sql_files([VERSIONS])?.is_empty() {
        "run `cargo migrate init`; if the folder has another name, give it: embed!(\"path/from/Cargo.toml\")"
    } else {
        "run `cargo migrate lock` to seal the revisions that are there"
    };
    Ok(Problem::new(format!("{}: there is no such file", folder.path(LOCK_FILE)), help))
}

/// A parent is missing because its file is: then that file is the thing to name.
fn removed_parent(error: &Error, lock: &Lock, folder: &Folder) -> Option<Problem> {
    if error.code() != Code::MissingParent {
        return None;
    }
    let missing = error.details().iter().find_map(|(key, detail)| match detail {
        Detail::List(ids) if *key == "missing" => ids.first(),
        _ => None,
    })?;
    let sealed = lock.revisions.iter().find(|sealed| sealed.id.as_str() == missing)?;
    Some(Problem::removed(&folder.path(&sealed.file), missing))
}
