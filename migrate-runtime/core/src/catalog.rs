//! All revisions of a project, checked together: what `embed!` and the plugin both start from.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    Code, Dialect, Error, RevisionId,
    graph::{Graph, Index},
    lock::{Lock, Sealed},
    revision::{RevisionFile, Side},
    seal::{self, Digest, Seal},
};

/// The revision files of a project, in the order of their graph, with the seals that they have now.
#[derive(Debug, Clone)]
pub struct Catalog<'a> {
    graph: Graph,
    /// By [`Index`].
    files: Vec<RevisionFile<'a>>,
    /// By [`Index`].
    seals: Vec<BTreeMap<Dialect, Seal>>,
    dialects: Vec<Dialect>,
}

/// How the files of a project differ from what its lock file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A file that the lock does not list.
    Added(RevisionId),
    /// A revision that the lock lists and no file has; with the file's former name.
    Removed(RevisionId, String),
    /// The up statements are not those that were sealed, for these dialects.
    Edited(RevisionId, Vec<Dialect>),
    /// The statements are the same, but an ancestor's are not, or the parents are others.
    Reparented(RevisionId),
    /// The project serves other dialects than the lock has seals for.
    Dialects(RevisionId),
    /// The file has another name.
    Moved(RevisionId, String),
}

impl Difference {
    /// The revision that it is about.
    pub fn revision(&self) -> &RevisionId {
        match self {
            Self::Added(id)
            | Self::Removed(id, _)
            | Self::Edited(id, _)
            | Self::Reparented(id)
            | Self::Dialects(id)
            | Self::Moved(id, _) => id,
        }
    }
}

impl<'a> Catalog<'a> {
    /// Reads every file (name and text), builds the graph and seals each revision for each of `dialects`.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place: see [`RevisionFile::parse`], [`Graph::new`], [`seal::checksum`].
    pub fn load<N, T>(files: impl IntoIterator<Item = (N, T)>, dialects: &[Dialect]) -> Result<Self, Error>
    where
        N: Into<Cow<'a, str>>,
        T: Into<Cow<'a, str>>,
    {
        let files = files
            .into_iter()
            .map(|(name, text)| RevisionFile::parse(name, text))
            .collect::<Result<Vec<_>, _>>()?;
        let graph = Graph::new(files.iter().map(RevisionFile::node).collect())
            .map_err(|error| locate_in_files(error, &files))?;
        let mut by_id: BTreeMap<RevisionId, RevisionFile<'a>> =
            files.into_iter().map(|file| (file.header().id.clone(), file)).collect();
        // A graph has one node for each file, under the same id.
        let files: Vec<_> = graph.iter().filter_map(|(_, node)| by_id.remove(&node.id)).collect();
        let seals = seal_all(&graph, &files, dialects)?;
        Ok(Self { graph, files, seals, dialects: dialects.to_vec() })
    }

    /// How the revisions hang together.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The dialects that it was sealed for.
    pub fn dialects(&self) -> &[Dialect] {
        &self.dialects
    }

    /// The file of a revision.
    pub fn file(&self, index: Index) -> &RevisionFile<'a> {
        &self.files[index.position()]
    }

    /// The seals of a revision, for each dialect.
    pub fn seals(&self, index: Index) -> &BTreeMap<Dialect, Seal> {
        &self.seals[index.position()]
    }

    /// Where the files and a lock disagree, in the order of the graph, removed revisions last. Empty: they agree.
    pub fn compare(&self, lock: &Lock) -> Vec<Difference> {
        let mut differences = Vec::new();
        for (index, node) in self.graph.iter() {
            let id = node.id.clone();
            let (seals, name) = (self.seals(index), self.file(index).name());
            let Some(sealed) = lock.find(&id) else {
                differences.push(Difference::Added(id));
                continue;
            };
            if !sealed.seals.keys().eq(seals.keys()) {
                differences.push(Difference::Dialects(id.clone()));
            }
            let both = || seals.iter().filter_map(|(d, now)| sealed.seals.get(d).map(|was| (*d, now, was)));
            let edited: Vec<_> = both()
                .filter(|(_, now, was)| now.checksum != was.checksum)
                .map(|(dialect, ..)| dialect)
                .collect();
            if !edited.is_empty() {
                differences.push(Difference::Edited(id.clone(), edited));
            } else if both().any(|(_, now, was)| now.lineage != was.lineage) {
                differences.push(Difference::Reparented(id.clone()));
            }
            if sealed.file != name {
                differences.push(Difference::Moved(id, sealed.file.clone()));
            }
        }
        differences.extend(
            lock.revisions
                .iter()
                .filter(|sealed| self.graph.find(&sealed.id).is_none())
                .map(|sealed| Difference::Removed(sealed.id.clone(), sealed.file.clone())),
        );
        differences
    }

    /// The lock that describes the files as they are: `lock`'s entries keep their order, new ones are appended.
    pub fn seal(&self, lock: &Lock) -> Lock {
        let entry = |index: Index| Sealed {
            id: self.graph.node(index).id.clone(),
            file: self.file(index).name().to_owned(),
            seals: self.seals(index).clone(),
        };
        let known: Vec<_> = lock.revisions.iter().filter_map(|sealed| self.graph.find(&sealed.id)).collect();
        // An edit of the headers can turn a parent and a child around; then the graph's own order is the one to write.
        let position: BTreeMap<_, _> = known.iter().enumerate().map(|(at, index)| (*index, at)).collect();
        let ordered = known.iter().enumerate().all(|(at, index)| {
            self.graph.parents(*index).iter().all(|parent| position.get(parent).is_some_and(|p| *p < at))
        });
        let all = self.graph.iter().map(|(index, _)| index);
        let revisions = if ordered {
            let fresh = all.filter(|index| !position.contains_key(index));
            known.iter().copied().chain(fresh).map(entry).collect()
        } else {
            all.map(entry).collect()
        };
        Lock { revisions }
    }

    /// The same files under the seals that `kept` has for some of them, as if nobody had edited those since. The others are
    /// sealed on top of them.
    #[must_use]
    pub fn under_seals(mut self, kept: &Lock) -> Self {
        let mut seals: Vec<BTreeMap<Dialect, Seal>> = Vec::with_capacity(self.seals.len());
        for (index, node) in self.graph.iter() {
            let kept = kept.find(&node.id);
            let under = |(dialect, own): (&Dialect, &Seal)| {
                let parents = self.graph.parents(index).iter();
                let lineages = parents.filter_map(|parent| seals[parent.position()].get(dialect));
                let lineage = seal::lineage(&node.id, own.checksum, lineages.map(|seal| seal.lineage));
                let own = Seal { checksum: own.checksum, lineage };
                (*dialect, kept.and_then(|sealed| sealed.seals.get(dialect)).copied().unwrap_or(own))
            };
            let of_revision = self.seals(index).iter().map(under).collect();
            seals.push(of_revision);
        }
        self.seals = seals;
        self
    }

    /// Refuses unless the lock describes exactly these files.
    ///
    /// # Errors
    /// [`Code::NotSealed`], naming the first revision that differs, its file, and how.
    pub fn require_sealed(&self, lock: &Lock) -> Result<(), Error> {
        let differences = self.compare(lock);
        let Some(first) = differences.first() else { return Ok(()) };
        let id = first.revision();
        let file = self
            .graph
            .find(id)
            .map(|index| self.file(index).name().to_owned())
            .or_else(|| lock.find(id).map(|sealed| sealed.file.clone()))
            .unwrap_or_default();
        let (what, help) = match first {
            Difference::Added(_) => {
                (format!("revision {id} is not in migrate.lock"), "run `cargo migrate lock` to seal it")
            }
            Difference::Removed(..) => (
                format!("revision {id} is in migrate.lock, but its file is gone"),
                "bring the file back; if it was removed on purpose, run `cargo migrate lock`",
            ),
            Difference::Edited(_, dialects) => (
                format!("revision {id} was edited after it was sealed ({})", names(dialects)),
                "if no database but your own has run it, run `cargo migrate lock`; otherwise undo the edit and write a new \
                 revision",
            ),
            Difference::Reparented(_) => (
                format!("revision {id} has other ancestors than when it was sealed"),
                "undo the edit of the headers; if it is on purpose, run `cargo migrate lock`",
            ),
            Difference::Dialects(_) => (
                format!("revision {id} is sealed for other dialects than {}", names(&self.dialects)),
                "run `cargo migrate lock` after changing the dialects of migrate.toml",
            ),
            Difference::Moved(_, was) => (
                format!("the file of revision {id} was called {was}"),
                "run `cargo migrate lock` to record the new name",
            ),
        };
        Err(Error::new(Code::NotSealed, format!("{file}: {what}"))
            .with_help(help)
            .with_revision(id.as_str())
            .with_list("revisions", differences.iter().map(Difference::revision)))
    }

    /// Refuses a revision that nobody has written yet, as a whole or in part.
    ///
    /// # Errors
    /// Those of [`RevisionFile::require_written`] and, for both sides of every dialect, of
    /// [`RevisionFile::require_nothing_unwritten`]: for the first in the order of the graph.
    pub fn require_written(&self) -> Result<(), Error> {
        self.files.iter().try_for_each(|file| {
            file.require_written(&self.dialects)?;
            self.dialects.iter().try_for_each(|dialect| {
                file.require_nothing_unwritten(*dialect, Side::Up)?;
                file.require_nothing_unwritten(*dialect, Side::Down)
            })
        })
    }
}

fn names(dialects: &[Dialect]) -> String {
    dialects.iter().map(|dialect| dialect.name()).collect::<Vec<_>>().join(", ")
}

fn seal_all(
    graph: &Graph,
    files: &[RevisionFile<'_>],
    dialects: &[Dialect],
) -> Result<Vec<BTreeMap<Dialect, Seal>>, Error> {
    let mut seals: Vec<BTreeMap<Dialect, Seal>> = Vec::with_capacity(files.len());
    for (index, node) in graph.iter() {
        let mut of_revision = BTreeMap::new();
        for &dialect in dialects {
            let file = &files[index.position()];
            let checksum = seal::checksum(file, dialect)?;
            // The way back is not sealed, but it must be sound before somebody needs it.
            match file.script(dialect, Side::Down) {
                Err(error) if error.code() != Code::Irreversible => return Err(error),
                _ => {}
            }
            let parents: Vec<Digest> = graph
                .parents(index)
                .iter()
                .map(|parent| seals[parent.position()][&dialect].lineage)
                .collect();
            of_revision
                .insert(dialect, Seal { checksum, lineage: seal::lineage(&node.id, checksum, parents) });
        }
        seals.push(of_revision);
    }
    Ok(seals)
}

/// The graph knows ids, people know files: names the file of the revision that an error is about.
fn locate_in_files(error: Error, files: &[RevisionFile<'_>]) -> Error {
    let concerned: Vec<_> = files
        .iter()
        .filter(|file| error.revision() == Some(file.header().id.as_str()))
        .map(|file| file.name().to_owned())
        .collect();
    if concerned.is_empty() {
        return error;
    }
    let mut located = Error::new(error.code(), format!("{}: {}", concerned.join(", "), error.message()));
    for (key, value) in error.details() {
        located = located.with_detail(key, value.clone());
    }
    located = located.with_list("files", concerned);
    if let Some(revision) = error.revision() {
        located = located.with_revision(revision);
    }
    match error.help() {
        Some(help) => located.with_help(help),
        None => located,
    }
}
