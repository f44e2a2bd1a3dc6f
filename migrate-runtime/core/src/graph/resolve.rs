use super::{
    Graph, Index, Set, State,
    branch::Branch,
    near,
    word::{Start, Word},
};
use crate::{Code, Error};

/// The fewest characters of an id that may stand for it.
const SHORTEST_PREFIX: usize = 4;

/// Where an identifier leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// To these revisions. None only in an empty graph.
    At(Vec<Index>),
    /// Before every revision.
    Base,
    /// Right before this revision, to which a branch or a walk led.
    Before(Index),
    /// `BRANCH@base`: before this revision for whoever goes there, and the revision itself for whoever asks.
    BranchBase(Index),
}

/// The two ends of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// Where it starts. Empty: at the base.
    pub from: Vec<Index>,
    /// Where it ends. Empty: before the first revision.
    pub to: Vec<Index>,
}

impl Graph {
    /// The revisions that `word` stands for; none for `base`. `state` is needed for `current`, `+n` and `-n`.
    ///
    /// | Word | Revisions |
    /// |---|---|
    /// | an id, or 4 or more characters that only one id begins with | that one |
    /// | a label | the head of its branch |
    /// | `head`, `heads` | the one that nothing follows, by Revises or Depends-On; all such |
    /// | `base`, `current` | none; what the database has last |
    /// | `BRANCH@head`, `@heads`, `@current`, `@base`, `@ID` | the same within the branch; its first revision; a member |
    /// | `+n`, `-n`, `BRANCH@+n`, `BRANCH@-n` | n revisions up or down from `current` |
    /// | `ID+n`, `ID-n`, `head-n` and so on | n revisions up or down from there |
    ///
    /// BRANCH is a label, an id or a prefix. Walks follow Revises.
    ///
    /// # Errors
    /// [`Code::Usage`] for what is no identifier, [`Code::UnknownRevision`], [`Code::AmbiguousRevision`],
    /// [`Code::MultipleHeads`], [`Code::AmbiguousWalk`], [`Code::OutOfRange`].
    ///
    /// ```
    /// use migrate_core::{Code, graph::{Graph, Node}};
    /// # fn main() -> Result<(), migrate_core::Error> {
    /// let users = Node::new("3f2a9c41d07b".parse()?);
    /// let bio = Node { revises: vec![users.id.clone()], ..Node::new("9b1c77e0a2d4".parse()?) };
    /// let graph = Graph::new(vec![users, bio])?;
    /// assert_eq!(graph.resolve(None, "3f2a+1")?, graph.resolve(None, "head")?);
    /// assert_eq!(graph.resolve(None, "base")?, []);
    /// assert_eq!(graph.resolve(None, "3f2a+2").unwrap_err().code(), Code::OutOfRange);
    /// # Ok(())
    /// # }
    /// ```
    pub fn resolve(&self, state: Option<&State>, word: &str) -> Result<Vec<Index>, Error> {
        Ok(match self.locate(state, &Word::parse(word)?)? {
            Location::At(revisions) => revisions,
            Location::Base | Location::Before(_) => Vec::new(),
            Location::BranchBase(first) => vec![first],
        })
    }

    /// The one revision that `word` stands for.
    ///
    /// # Errors
    /// What [`Graph::resolve`] refuses; [`Code::UnknownRevision`] if there is none, [`Code::MultipleHeads`] if there are
    /// several.
    ///
    /// ```
    /// # use migrate_core::graph::{Graph, Node};
    /// # fn main() -> Result<(), migrate_core::Error> {
    /// let graph = Graph::new(vec![Node::new("3f2a9c41d07b".parse()?)])?;
    /// assert_eq!(graph.id(graph.resolve_one(None, "head")?).as_str(), "3f2a9c41d07b");
    /// assert!(graph.resolve_one(None, "base").is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn resolve_one(&self, state: Option<&State>, word: &str) -> Result<Index, Error> {
        match self.resolve(state, word)?.as_slice() {
            [one] => Ok(*one),
            [] => Err(Error::new(Code::UnknownRevision, format!("`{word}` is no revision here"))
                .with_help("name a revision, `cargo migrate history` lists them")),
            several => Err(self.multiple_heads(word, several, "name one of them")),
        }
    }

    /// The two ends that `A:B`, `A:` or `:B` stands for. A missing start is the base, a missing end the heads.
    ///
    /// # Errors
    /// What [`Graph::resolve`] refuses; [`Code::Usage`] for what is no range; [`Code::NotAnAncestor`] if the start does
    /// not lie below the end.
    ///
    /// ```
    /// # use migrate_core::graph::{Graph, Node};
    /// # fn main() -> Result<(), migrate_core::Error> {
    /// let users = Node::new("3f2a9c41d07b".parse()?);
    /// let bio = Node { revises: vec![users.id.clone()], ..Node::new("9b1c77e0a2d4".parse()?) };
    /// let graph = Graph::new(vec![users, bio])?;
    /// let range = graph.resolve_range(None, "3f2a:head")?;
    /// assert_eq!(graph.between(&range).len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn resolve_range(&self, state: Option<&State>, word: &str) -> Result<Range, Error> {
        let Some((from, to)) = word.split_once(':').filter(|(_, to)| !to.contains(':')) else {
            return Err(Error::new(
                Code::Usage,
                format!("`{}` is not a range of revisions", word.escape_debug()),
            )
            .with_help("write START:END, START: or :END"));
        };
        let range = Range {
            from: if from.is_empty() { Vec::new() } else { self.resolve(state, from)? },
            to: if to.is_empty() { self.effective_heads() } else { self.resolve(state, to)? },
        };
        if !range.from.is_empty() && self.between(&range).is_empty() {
            return Err(Error::new(Code::NotAnAncestor, format!("`{from}` does not lie below `{to}`"))
                .with_help("write the older revision first"));
        }
        Ok(range)
    }

    /// The revisions between the two ends of a range, both included, in canonical order.
    pub fn between(&self, range: &Range) -> Vec<Index> {
        let mut between = self.ancestors(&range.to);
        if !range.from.is_empty() {
            between.intersect_with(&self.descendants(&range.from));
        }
        between.iter().collect()
    }

    pub(super) fn locate(&self, state: Option<&State>, word: &Word<'_>) -> Result<Location, Error> {
        let branch = self.word_branch(word)?;
        let branch = branch.as_ref();
        let start = match word.start {
            Start::Head => {
                let all = self.heads_within(branch);
                Location::At(self.single_head(word.text, branch.map(|branch| branch.name.as_str()), all)?)
            }
            Start::Heads => Location::At(self.heads_within(branch)),
            Start::Base => branch.map_or(Location::Base, |branch| Location::BranchBase(branch.lowest)),
            Start::Name(name) => Location::At(self.named(word, name, branch)?),
            Start::Current | Start::Implied => {
                let state = state.ok_or_else(|| {
                    Error::new(
                        Code::Usage,
                        format!("`{}` stands for what a database has, which is not known here", word.text),
                    )
                    .with_help("name the revision")
                })?;
                let applied = self.applied_heads(state, branch)?;
                match branch {
                    _ if !applied.is_empty() => Location::At(applied),
                    Some(branch) => Location::Before(branch.lowest),
                    None => Location::Base,
                }
            }
        };
        match word.walk {
            Some(walk) => self.walk(word, start, walk),
            None => Ok(start),
        }
    }

    /// What stands in front of the word's `@`.
    pub(super) fn word_branch(&self, word: &Word<'_>) -> Result<Option<Branch>, Error> {
        let Some(name) = word.branch else { return Ok(None) };
        let root = match self.find_label(name) {
            Some(declared) => declared,
            None => self.by_name(name, None)?,
        };
        Ok(Some(self.branch_of(root, name)))
    }

    fn heads_within(&self, branch: Option<&Branch>) -> Vec<Index> {
        branch.map_or_else(|| self.effective_heads(), |branch| self.maximal(&branch.members))
    }

    fn single_head(&self, word: &str, branch: Option<&str>, heads: Vec<Index>) -> Result<Vec<Index>, Error> {
        if heads.len() <= 1 {
            return Ok(heads);
        }
        let help = branch.map_or_else(
            || "join them with `cargo migrate merge heads`, name one, or use `heads` for all".to_owned(),
            |branch| {
                format!("join them with `cargo migrate merge`, name one, or use `{branch}@heads` for all")
            },
        );
        Err(self.multiple_heads(word, &heads, &help))
    }

    fn multiple_heads(&self, word: &str, heads: &[Index], help: &str) -> Error {
        let ids = self.sorted_ids(heads.iter().copied());
        let list: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
        Error::new(Code::MultipleHeads, format!("`{word}` stands for several revisions: {}", list.join(", ")))
            .with_help(help)
            .with_list("candidates", ids)
    }

    fn named(&self, word: &Word<'_>, name: &str, branch: Option<&Branch>) -> Result<Vec<Index>, Error> {
        let Some(branch) = branch else {
            return match self.find_label(name) {
                Some(root) => {
                    let heads = self.heads_within(Some(&self.branch_of(root, name)));
                    self.single_head(word.text, Some(name), heads)
                }
                None => Ok(vec![self.by_name(name, None)?]),
            };
        };
        let found = self.by_name(name, Some(&branch.members))?;
        if branch.members.contains(found) {
            return Ok(vec![found]);
        }
        let id = self.id(found);
        Err(Error::new(Code::UnknownRevision, format!("revision `{id}` is not on branch `{}`", branch.name))
            .with_help(format!("use `{id}` alone, or `{}@head`", branch.name))
            .with_revision(id.as_str()))
    }

    /// The revision whose id is `name` or begins with it, preferably one of `among`.
    fn by_name(&self, name: &str, among: Option<&Set>) -> Result<Index, Error> {
        if let Some(exact) = self.find_text(name) {
            return Ok(exact);
        }
        let start = self.by_id.partition_point(|index| self.id(*index).as_str() < name);
        let matching = self.by_id[start..]
            .iter()
            .copied()
            .take_while(|index| self.id(*index).as_str().starts_with(name));
        let all: Vec<_> = matching.collect();
        if name.len() < SHORTEST_PREFIX {
            return Err(self.unknown(name, !all.is_empty()));
        }
        let members: Vec<_> =
            all.iter().copied().filter(|index| among.is_some_and(|set| set.contains(*index))).collect();
        match if members.is_empty() { &all } else { &members }.as_slice() {
            [one] => Ok(*one),
            [] => Err(self.unknown(name, false)),
            several => {
                let ids = self.sorted_ids(several.iter().copied());
                Err(Error::new(
                    Code::AmbiguousRevision,
                    format!("{} revisions begin with `{name}`", ids.len()),
                )
                .with_help("write more characters of the id")
                .with_list("candidates", ids))
            }
        }
    }

    fn unknown(&self, name: &str, too_short: bool) -> Error {
        let error = Error::new(Code::UnknownRevision, format!("no revision has the id or label `{name}`"));
        let ids = self.by_id.iter().map(|index| self.id(*index).as_str());
        let near = near::suggest(name, ids.chain(self.by_label.keys().map(AsRef::as_ref)));
        let help = if too_short {
            "write at least 4 characters of the id".to_owned()
        } else if near.is_empty() {
            "`cargo migrate history` lists the revisions; a shortened id has at least 4 characters".to_owned()
        } else {
            format!("did you mean {}?", near::or(&near))
        };
        error.with_help(help).with_list("suggestions", near)
    }
}
