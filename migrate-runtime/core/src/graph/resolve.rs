use super::{
    Graph, Index, State,
    word::{Start, Word, looks_like_url},
};
use crate::{Code, Error};

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
            [] => Err(Error::new(Code::UnknownRevision, format!("`{word}` stands for no revision"))
                .with_help("name a revision: `cargo migrate history` lists them")),
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
        if let Some(error) = looks_like_url(word) {
            return Err(error);
        }
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
            Some(walk) => self.walk(word, branch, start, walk),
            None => Ok(start),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, graph, text};
    use super::*;

    const TREES: &str = "aaaa01; aaaa02 <- aaaa01 #trunk; bbbb01 <- aaaa02 #left; bbbb02 <- bbbb01; \
                         cccc01 <- aaaa02 #right; dddd01 depends cccc01 #side";

    fn resolved(rows: &str, word: &str) -> Result<String, Error> {
        let graph = graph(TREES);
        graph.resolve(Some(&at(&graph, rows)), word).map(|indices| text(&graph, indices))
    }

    fn between(rows: &str, word: &str) -> Result<String, Error> {
        let graph = graph(TREES);
        let range = graph.resolve_range(Some(&at(&graph, rows)), word)?;
        Ok(text(&graph, graph.between(&range)))
    }

    #[test]
    fn words_stand_for_places_in_the_graph() {
        assert_eq!(resolved("", "heads").unwrap(), "bbbb02,dddd01");
        assert_eq!(resolved("", "base").unwrap(), "");
        assert_eq!(resolved("", "current").unwrap(), "");
        assert_eq!(resolved("bbbb01,cccc01", "current").unwrap(), "bbbb01,cccc01");
        assert_eq!(resolved("", "head").unwrap_err().code(), Code::MultipleHeads);
    }

    #[test]
    fn a_branch_has_heads_a_base_and_members_of_its_own() {
        assert_eq!(resolved("", "left@head").unwrap(), "bbbb02");
        assert_eq!(resolved("", "left@base").unwrap(), "bbbb01");
        assert_eq!(resolved("", "bbbb02@base").unwrap(), "bbbb01");
        assert_eq!(resolved("", "trunk@heads").unwrap(), "bbbb02,cccc01");
        assert_eq!(resolved("", "trunk@base").unwrap(), "aaaa01");
        assert_eq!(resolved("", "trunk@bbbb01").unwrap(), "bbbb01");
        assert_eq!(resolved("cccc01,bbbb01", "left@current").unwrap(), "bbbb01");
        assert_eq!(resolved("cccc01", "left@current").unwrap(), "");
    }

    #[test]
    fn an_empty_graph_has_no_head_and_no_error() {
        let graph = graph("");
        for word in ["head", "heads", "base", "current"] {
            assert_eq!(graph.resolve(Some(&State::empty(&graph)), word).unwrap(), [], "{word}");
        }
        assert_eq!(graph.resolve_range(None, ":").unwrap(), Range { from: vec![], to: vec![] });
    }

    #[test]
    fn one_revision_is_asked_for_and_none_or_several_are_refused() {
        let graph = graph(TREES);
        assert_eq!(graph.id(graph.resolve_one(None, "aaaa02-1").unwrap()).as_str(), "aaaa01");
        assert_eq!(graph.resolve_one(None, "base").unwrap_err().code(), Code::UnknownRevision);
        assert_eq!(graph.resolve_one(None, "aaaa01-1").unwrap_err().code(), Code::UnknownRevision);
        assert_eq!(graph.resolve_one(None, "heads").unwrap_err().code(), Code::MultipleHeads);
    }

    #[test]
    fn a_range_has_both_ends_and_what_lies_between() {
        assert_eq!(between("", "aaaa02:bbbb02").unwrap(), "aaaa02,bbbb01,bbbb02");
        assert_eq!(between("", "cccc01:").unwrap(), "cccc01,dddd01");
        assert_eq!(between("", ":aaaa02").unwrap(), "aaaa01,aaaa02");
        assert_eq!(between("", "base:aaaa01").unwrap(), "aaaa01");
        assert_eq!(between("", ":").unwrap(), "aaaa01,aaaa02,bbbb01,bbbb02,cccc01,dddd01");
        assert_eq!(between("bbbb02", "-1:current").unwrap(), "bbbb01,bbbb02");
        assert_eq!(between("bbbb01", "current:+1").unwrap(), "bbbb01,bbbb02");
        assert_eq!(between("", "left@base:left@head").unwrap(), "bbbb01,bbbb02");
        assert_eq!(between("", ":base").unwrap(), "");
    }

    #[test]
    fn a_range_that_runs_backwards_or_sideways_is_refused() {
        assert_eq!(between("", "bbbb02:aaaa01").unwrap_err().code(), Code::NotAnAncestor);
        assert_eq!(between("", "bbbb01:cccc01").unwrap_err().code(), Code::NotAnAncestor);
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for bad in ["", "aaaa01", "a:b:c", "::", "aaaa01::"] {
            assert_eq!(between("", bad).unwrap_err().code(), Code::Usage, "{bad}");
        }
        assert_eq!(between("", "zzzz:").unwrap_err().code(), Code::UnknownRevision);
    }
}
