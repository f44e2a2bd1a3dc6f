use std::borrow::Cow;

use include_dir::{Dir, DirEntry};
use migrate_core::{
    Catalog, Code, Dialect, Error, RevisionId,
    graph::{Graph, Node},
    revision::{RevisionFile, Script, Side},
};

/// The revisions of a project: embedded in the binary by [`embed!`](crate::embed), or read from disk by the plugin.
#[derive(Debug)]
pub struct Versions(Source);

#[derive(Debug)]
enum Source {
    Embedded(Embedded),
    Loaded(Box<Catalog<'static>>),
}

/// What `embed!` expands to. Not for use by hand: the macro has checked what stands here.
#[doc(hidden)]
#[derive(Debug)]
pub struct Embedded {
    pub dialects: &'static [Dialect],
    /// In the canonical order of the graph.
    pub revisions: &'static [EmbeddedRevision],
    /// Positions in `revisions` of those that no other revises or depends on.
    pub heads: &'static [usize],
    /// The folder of `migrate.lock` from the crate: empty, or with a `/` at its end.
    pub folder: &'static str,
    /// One file for each revision, in the same order.
    pub files: Dir<'static>,
}

#[doc(hidden)]
#[derive(Debug)]
pub struct EmbeddedRevision {
    pub id: &'static str,
    pub message: &'static str,
    pub revises: &'static [&'static str],
    pub depends_on: &'static [&'static str],
    pub labels: &'static [&'static str],
    pub created: Option<&'static str>,
    pub irreversible: Option<&'static str>,
    /// By position in `dialects`: checksum and lineage.
    pub seals: &'static [(&'static str, &'static str)],
}

/// A revision's checksum and lineage for one dialect, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HexSeal<'a> {
    pub(crate) checksum: Cow<'a, str>,
    pub(crate) lineage: Cow<'a, str>,
}

impl Versions {
    #[doc(hidden)]
    pub const fn embedded(embedded: Embedded) -> Self {
        Self(Source::Embedded(embedded))
    }

    /// No revisions at all.
    pub const fn none() -> Self {
        Self(Source::Embedded(Embedded {
            dialects: &[],
            revisions: &[],
            heads: &[],
            folder: "",
            files: Dir::new("", &[]),
        }))
    }

    /// Revisions that were read at run time.
    pub fn loaded(catalog: Catalog<'static>) -> Self {
        Self(Source::Loaded(Box::new(catalog)))
    }

    /// The dialects that every revision serves.
    pub fn dialects(&self) -> &[Dialect] {
        match &self.0 {
            Source::Embedded(embedded) => embedded.dialects,
            Source::Loaded(catalog) => catalog.dialects(),
        }
    }

    /// How many revisions there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Source::Embedded(embedded) => embedded.revisions.len(),
            Source::Loaded(catalog) => catalog.graph().len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How the revisions hang together.
    ///
    /// # Errors
    /// None for what `embed!` and [`Catalog::load`] have accepted.
    pub fn graph(&self) -> Result<Cow<'_, Graph>, Error> {
        match &self.0 {
            Source::Embedded(embedded) => {
                let nodes =
                    embedded.revisions.iter().map(EmbeddedRevision::node).collect::<Result<_, _>>()?;
                Graph::new(nodes).map(Cow::Owned)
            }
            Source::Loaded(catalog) => Ok(Cow::Borrowed(catalog.graph())),
        }
    }

    /// The file of a revision, parsed.
    ///
    /// # Errors
    /// [`Code::UnknownRevision`].
    pub fn file(&self, id: &str) -> Result<Cow<'_, RevisionFile<'_>>, Error> {
        match &self.0 {
            Source::Embedded(embedded) => {
                let position = embedded.position(id).ok_or_else(|| unknown(id))?;
                let Some(DirEntry::File(file)) = embedded.files.entries().get(position) else {
                    return Err(unknown(id));
                };
                // As who has the sources finds it.
                let name = format!("{}{}", embedded.folder, file.path().to_string_lossy());
                let text = file.contents_utf8().ok_or_else(|| {
                    Error::new(Code::BrokenRevision, format!("{name}: not UTF-8")).with_revision(id)
                })?;
                RevisionFile::parse(name, text).map(Cow::Owned)
            }
            Source::Loaded(catalog) => {
                let index =
                    id.parse().ok().and_then(|id| catalog.graph().find(&id)).ok_or_else(|| unknown(id))?;
                Ok(Cow::Borrowed(catalog.file(index)))
            }
        }
    }

    /// What a database of this dialect has run before it can run this revision.
    pub(crate) fn ways_up_below(&self, graph: &Graph, dialect: Dialect, id: &str) -> Vec<Script> {
        let Some(index) = id.parse().ok().and_then(|id| graph.find(&id)) else { return Vec::new() };
        let below = graph.ancestors(&[index]);
        let scripts = below.iter().filter(|below| *below != index).filter_map(|below| {
            let file = self.file(graph.id(below).as_str()).ok()?;
            file.script(dialect, Side::Up).ok()
        });
        scripts.collect()
    }

    /// Each revision with the value that vouches for it and all below it.
    pub(crate) fn with_lineage(
        &self,
        ids: &[RevisionId],
        dialect: Dialect,
    ) -> Result<Vec<(RevisionId, String)>, Error> {
        ids.iter()
            .map(|id| {
                let seal = self.seal(id.as_str(), dialect).ok_or_else(|| {
                    Error::new(Code::NotSealed, format!("revision {id} is not sealed for {dialect}"))
                        .with_help("run `cargo migrate lock`")
                        .with_revision(id.as_str())
                })?;
                Ok((id.clone(), seal.lineage.into_owned()))
            })
            .collect()
    }

    pub(crate) fn seal(&self, id: &str, dialect: Dialect) -> Option<HexSeal<'_>> {
        match &self.0 {
            Source::Embedded(embedded) => {
                let of_dialect = embedded.dialects.iter().position(|served| *served == dialect)?;
                let revision = &embedded.revisions[embedded.position(id)?];
                revision.seals.get(of_dialect).map(HexSeal::borrowed)
            }
            Source::Loaded(catalog) => {
                let index = catalog.graph().find(&id.parse().ok()?)?;
                let seal = catalog.seals(index).get(&dialect)?;
                Some(HexSeal {
                    checksum: seal.checksum.to_string().into(),
                    lineage: seal.lineage.to_string().into(),
                })
            }
        }
    }

    /// Whether a database that is served as `dialect` and holds this lineage has run the revision as it is.
    ///
    /// A MariaDB that was served as `mysql` before the project listed `mariadb` holds the lineage of `mysql`.
    pub(crate) fn is_lineage(&self, id: &str, dialect: Dialect, lineage: &str) -> bool {
        let is = |dialect| self.seal(id, dialect).is_some_and(|seal| seal.lineage == lineage);
        is(dialect) || (dialect == Dialect::Mariadb && is(Dialect::Mysql))
    }

    /// Whether the revision's statements have this checksum, in the same sense.
    pub(crate) fn is_checksum(&self, id: &str, dialect: Dialect, checksum: &str) -> bool {
        let is = |dialect| self.seal(id, dialect).is_some_and(|seal| seal.checksum == checksum);
        is(dialect) || (dialect == Dialect::Mariadb && is(Dialect::Mysql))
    }

    /// Whether these rows (revision and lineage) are exactly the heads. Reads no file and builds no graph: this is
    /// all that a start-up with nothing to do needs.
    pub(crate) fn is_at_heads(&self, dialect: Dialect, rows: &[(String, String)]) -> bool {
        let heads = match &self.0 {
            Source::Embedded(embedded) => embedded.heads.len(),
            Source::Loaded(catalog) => catalog.graph().effective_heads().len(),
        };
        heads == rows.len()
            && rows.iter().all(|(id, lineage)| self.is_head(id) && self.is_lineage(id, dialect, lineage))
    }

    fn is_head(&self, id: &str) -> bool {
        match &self.0 {
            Source::Embedded(embedded) => {
                embedded.heads.iter().any(|head| embedded.revisions[*head].id == id)
            }
            Source::Loaded(catalog) => {
                let graph = catalog.graph();
                id.parse()
                    .ok()
                    .and_then(|id| graph.find(&id))
                    .is_some_and(|index| graph.children(index).is_empty())
            }
        }
    }
}

impl HexSeal<'static> {
    fn borrowed((checksum, lineage): &(&'static str, &'static str)) -> Self {
        Self { checksum: Cow::Borrowed(checksum), lineage: Cow::Borrowed(lineage) }
    }
}

impl Embedded {
    fn position(&self, id: &str) -> Option<usize> {
        self.revisions.iter().position(|revision| revision.id == id)
    }
}

impl EmbeddedRevision {
    fn node(&self) -> Result<Node, Error> {
        fn all<T: std::str::FromStr<Err = Error>>(words: &[&str]) -> Result<Vec<T>, Error> {
            words.iter().map(|word| word.parse()).collect()
        }
        Ok(Node {
            id: self.id.parse()?,
            revises: all(self.revises)?,
            depends_on: all(self.depends_on)?,
            labels: all(self.labels)?,
            created: self.created.and_then(|text| text.parse().ok()),
            message: self.message.to_owned(),
            irreversible: self.irreversible.map(str::to_owned),
        })
    }
}

fn unknown(id: &str) -> Error {
    Error::new(Code::UnknownRevision, format!("no revision `{}`", id.escape_debug()))
}
