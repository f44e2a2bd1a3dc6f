//! The revisions of the project, checked against migrate.lock.

use migrate_core::{
    Catalog, Code, Detail, Difference, Error, RevisionId,
    lock::{LOCK_FILE, Lock},
};
use migrate_runtime::cli::Console;

use crate::{files, git, git::Committed, guard::Guard, paths::shown, project::Project, unwritten, versions};

/// What the files and the lock say.
#[derive(Debug)]
pub(crate) struct Revisions {
    pub(crate) catalog: Catalog<'static>,
    /// As the file says; after sealing, as it would say.
    pub(crate) lock: Lock,
}

impl Revisions {
    /// Reads the files and the lock as they are.
    ///
    /// # Errors
    /// Those of [`versions::read_all`], [`Catalog::load`] and [`Lock::parse`].
    pub(crate) fn read(project: &Project) -> Result<Self, Error> {
        let lock = read_lock(project)?;
        let catalog = read_catalog(project).map_err(|error| removed_parent(error, &lock, project))?;
        Ok(Self { catalog, lock })
    }

    /// Reads the revisions for a command that only reads: those that were never committed count as they are, and no file
    /// is written. Gives also how many of them the file does not have.
    ///
    /// # Errors
    /// Those of [`Self::sealed`].
    pub(crate) fn sealed_in_memory(project: &Project) -> Result<(Self, usize), Error> {
        Self::in_memory(project, Err)
    }

    /// Reads the revisions for a command that shows where a database is. A committed revision that was edited does not
    /// hide that: it is warned of, and counts as it was sealed.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub(crate) fn to_look_at(project: &Project, console: &Console) -> Result<Self, Error> {
        let revisions = Self::in_memory(project, |error| {
            console.warn_of(&error.with_more_help("until then it is taken as it was sealed"));
            Ok(())
        });
        Ok(revisions?.0)
    }

    /// The same, where `refused` decides what becomes of a committed revision that was edited.
    fn in_memory(
        project: &Project,
        refused: impl FnOnce(Error) -> Result<(), Error>,
    ) -> Result<(Self, usize), Error> {
        let Self { mut catalog, lock } = Self::read(project)?;
        let differences = catalog.compare(&lock);
        if differences.is_empty() {
            return Ok((Self { catalog, lock }, 0));
        }
        let committed = git::committed(&project.migrations);
        if let Err(error) = refuse_committed(&catalog, &lock, &committed) {
            refused(project.located(&error))?;
            let fixed = if committed.doubt.is_some() { &lock } else { &committed.lock };
            let kept = refused_seals(&catalog, &lock, fixed);
            catalog = catalog.under_seals(&kept);
        }
        let lock = catalog.seal(&lock);
        let mut ids: Vec<_> = differences.iter().map(Difference::revision).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok((Self { catalog, lock }, ids.len()))
    }

    /// Reads the revisions, and seals those anew that were never committed.
    ///
    /// # Errors
    /// Those of [`Self::read`]; [`Code::NotSealed`] for a committed revision that was edited.
    pub(crate) fn sealed(project: &Project, console: &Console) -> Result<Self, Error> {
        let revisions = Self::read(project)?;
        if revisions.catalog.compare(&revisions.lock).is_empty() {
            return Ok(revisions);
        }
        // Another process may be between writing a file and sealing it: it decides, then we look again.
        let guard = Guard::take(&project.migrations, console)?;
        Self::sealed_under(&guard, project, console)
    }

    /// The same, for who holds the guard already.
    pub(crate) fn sealed_under(_: &Guard, project: &Project, console: &Console) -> Result<Self, Error> {
        let Self { catalog, lock } = Self::read(project)?;
        let differences = catalog.compare(&lock);
        if differences.is_empty() {
            return Ok(Self { catalog, lock });
        }
        let committed = git::committed(&project.migrations);
        refuse_committed(&catalog, &lock, &committed).map_err(|error| project.located(&error))?;
        let lock = catalog.seal(&lock);
        files::replace(&project.lock_path(), &lock.render())?;
        for difference in &differences {
            console.note(&resealed(&catalog, difference, &committed));
        }
        unwritten::warn_of_empty_ways_back(&catalog, &differences, &committed.lock, console);
        if let Some(doubt) = committed.doubt {
            console.warn(&format!("git could not be asked whether these are committed: {doubt}"));
        }
        Ok(Self { catalog, lock })
    }
}

/// The files alone.
pub(crate) fn read_catalog(project: &Project) -> Result<Catalog<'static>, Error> {
    Catalog::load(versions::read_all(&project.versions)?, project.dialects())
        .map_err(|error| project.located(&error))
}

/// The lock alone; without a file it is empty.
pub(crate) fn read_lock(project: &Project) -> Result<Lock, Error> {
    let path = project.lock_path();
    files::read_if_there(&path, Code::BrokenLock)?
        .map_or_else(|| Ok(Lock::default()), |text| Lock::parse(&shown(&path), &text))
}

/// What was done to the lock, and why: `resealed 3f2a9c41d07b (edited since; not committed yet)  add bio`.
fn resealed(catalog: &Catalog<'_>, difference: &Difference, committed: &Committed) -> String {
    let id = difference.revision();
    let (verb, why) = match difference {
        Difference::Added(_) => ("sealed", "new".to_owned()),
        Difference::Removed(_, file) => ("forgot", format!("{file} is gone")),
        Difference::Edited(..) => ("resealed", "edited since".to_owned()),
        Difference::Reparented(_) => ("resealed", "other ancestors".to_owned()),
        Difference::Dialects(_) => ("resealed", "other dialects".to_owned()),
        Difference::Moved(_, file) => ("resealed", format!("was {file}")),
    };
    let standing = match &committed.doubt {
        Some(_) => "perhaps committed",
        None if committed.lock.find(id).is_some() => "as it is committed",
        None => "not committed yet",
    };
    format!("{verb} {id} ({why}; {standing})  {}", message(catalog, id)).trim_end().to_owned()
}

fn message<'c>(catalog: &'c Catalog<'_>, id: &RevisionId) -> &'c str {
    catalog.graph().find(id).map_or("", |index| &catalog.graph().node(index).message)
}

/// Refuses where a revision differs that is committed, unless it is again as it was committed. If git cannot tell, all that
/// was ever sealed counts as committed.
fn refuse_committed(catalog: &Catalog<'_>, lock: &Lock, committed: &Committed) -> Result<(), Error> {
    let Some(doubt) = &committed.doubt else { return refuse_sealed(catalog, lock, &committed.lock) };
    refuse_sealed(catalog, lock, lock).map_err(|error| {
        error.with_help(format!(
            "git could not be asked whether the revision is committed ({doubt}); undo the change, or seal it on purpose \
             with `cargo migrate lock`"
        ))
    })
}

/// The same, where `committed` is what must not be sealed anew.
fn refuse_sealed(catalog: &Catalog<'_>, lock: &Lock, committed: &Lock) -> Result<(), Error> {
    let fresh = catalog.seal(lock);
    let refused = refused_seals(catalog, lock, committed);
    // A lock in which everything is resealed that may be: what still differs is what may not.
    let kept = fresh.revisions.iter().map(|now| refused.find(&now.id).unwrap_or(now));
    let gone = refused.revisions.iter().filter(|was| fresh.find(&was.id).is_none());
    let allowed = Lock { revisions: kept.chain(gone).cloned().collect() };
    catalog.require_sealed(&allowed)
}

/// The seals of the revisions that differ from them, and may not: what `committed` has is not sealed anew.
fn refused_seals(catalog: &Catalog<'_>, lock: &Lock, committed: &Lock) -> Lock {
    let fresh = catalog.seal(lock);
    let mut refused = Lock::default();
    for difference in catalog.compare(lock) {
        let id = difference.revision();
        let is_refused = committed.find(id).is_some_and(|was| fresh.find(id).is_none_or(|now| now != was));
        let sealed = lock.find(id).or_else(|| committed.find(id)).filter(|_| is_refused);
        refused.revisions.extend(sealed.filter(|_| refused.find(id).is_none()).cloned());
    }
    refused
}

/// A parent is missing because its file is: then that file is the thing to name.
fn removed_parent(error: Error, lock: &Lock, project: &Project) -> Error {
    let missing = error.details().iter().find_map(|(key, detail)| match detail {
        Detail::List(ids) if *key == "missing" => ids.first(),
        _ => None,
    });
    let sealed = missing.and_then(|id| lock.revisions.iter().find(|sealed| sealed.id.as_str() == id));
    match sealed {
        Some(sealed) if error.code() == Code::MissingParent => Error::new(
            Code::MissingParent,
            format!(
                "{}: revision {} is in {LOCK_FILE}, but its file is gone ({})",
                shown(&project.path_of(&sealed.file)),
                sealed.id,
                error.message()
            ),
        )
        .with_help("bring the file back")
        .with_revision(sealed.id.as_str())
        .with_list("missing", [&sealed.id]),
        _ => error,
    }
}

/// A [`Difference`] in words.
#[derive(Debug)]
pub(crate) struct Change<'d> {
    pub(crate) id: &'d RevisionId,
    /// One word, for programs too.
    pub(crate) kind: &'static str,
    /// What else there is to say.
    pub(crate) detail: Option<String>,
}

impl<'d> Change<'d> {
    pub(crate) fn of(difference: &'d Difference) -> Self {
        let (id, kind, detail) = match difference {
            Difference::Added(id) => (id, "added", None),
            Difference::Removed(id, file) => (id, "removed", Some(format!("was {file}"))),
            Difference::Edited(id, dialects) => {
                let names: Vec<_> = dialects.iter().map(|dialect| dialect.name()).collect();
                (id, "edited", Some(names.join(", ")))
            }
            Difference::Reparented(id) => (id, "other ancestors", None),
            Difference::Dialects(id) => (id, "other dialects", None),
            Difference::Moved(id, file) => (id, "moved", Some(format!("was {file}"))),
        };
        Self { id, kind, detail }
    }

    /// `edited 3f2a9c41d07b (postgres)  add bio`.
    pub(crate) fn line(&self, catalog: &Catalog<'_>) -> String {
        let detail = self.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        format!("{} {}{detail}  {}", self.kind, self.id, message(catalog, self.id)).trim_end().to_owned()
    }
}
