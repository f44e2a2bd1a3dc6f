use super::{
    Graph, Index, State,
    branch::Branch,
    message,
    resolve::Location,
    word::{Walk, Word},
};
use crate::{Code, Error};

impl Graph {
    /// Where a walk from `start` ends.
    pub(super) fn walk(
        &self,
        word: &Word<'_>,
        branch: Option<&Branch>,
        start: Location,
        walk: Walk,
    ) -> Result<Location, Error> {
        match (start, walk) {
            (Location::At(from), walk) => match (from.as_slice(), walk) {
                ([from], Walk::Up(count)) => self.walk_up(word, *from, count),
                ([from], Walk::Down(count)) => self.walk_down(word, branch, *from, count),
                ([], _) => Err(out_of_range(word, "there is no revision to start from")),
                (several, _) => Err(self.several_starts(word, "could start from several revisions", several)),
            },
            (_, Walk::Down(_)) => Err(out_of_range(word, "nothing lies below the base")),
            (Location::Base, Walk::Up(count)) => match self.bases().as_slice() {
                [base] => self.walk_up(word, *base, count - 1),
                [] => Err(out_of_range(word, "there are no revisions")),
                several => Err(self.several_starts(word, "could begin with several bases", several)),
            },
            (Location::Before(first) | Location::BranchBase(first), Walk::Up(count)) => {
                self.walk_up(word, first, count - 1)
            }
        }
    }

    fn walk_up(&self, word: &Word<'_>, from: Index, count: u32) -> Result<Location, Error> {
        let mut here = from;
        for _ in 0..count {
            here = match self.next(here) {
                [child] => *child,
                [] => return Err(out_of_range(word, &format!("`{}` is a head", self.id(here)))),
                _ => return Err(self.fork(word, here)),
            };
        }
        Ok(Location::At(vec![here]))
    }

    fn walk_down(
        &self,
        word: &Word<'_>,
        branch: Option<&Branch>,
        from: Index,
        count: u32,
    ) -> Result<Location, Error> {
        let mut here = from;
        for left in (0..count).rev() {
            here = match self.below(here, branch).as_slice() {
                [parent] => *parent,
                [] if self.is_base(here) && left == 0 => return Ok(Location::Before(here)),
                [] if self.is_base(here) => return Err(self.past_base(word, here)),
                _ => return Err(self.merge(word, here)),
            };
        }
        Ok(Location::At(vec![here]))
    }

    /// What a revision revises. At a merge the branch, if one was named, says which way to go.
    fn below(&self, index: Index, branch: Option<&Branch>) -> Vec<Index> {
        let mut parents = self.revises(index).to_vec();
        if let Some(branch) = branch.filter(|_| parents.len() > 1) {
            parents.retain(|parent| branch.members.contains(*parent));
        }
        parents
    }

    /// The revisions that a downgrade by `-n` or `BRANCH@-n` takes back, without what else depends on them. It takes
    /// back no revision below its branch: siblings may stand on that.
    pub(super) fn walk_back(&self, state: &State, word: &Word<'_>, count: u32) -> Result<Vec<Index>, Error> {
        let branch = self.word_branch(word)?;
        let branch = branch.as_ref();
        let mut here = match self.applied_heads(state, branch)?.as_slice() {
            [head] => *head,
            [] => return Err(out_of_range(word, "nothing is applied that it could take back")),
            several => return Err(self.several_starts(word, "could start from several heads", several)),
        };
        let mut taken = vec![here];
        for _ in 1..count {
            if let Some(branch) = branch.filter(|branch| here == branch.lowest) {
                let reason = format!("branch `{}` begins with `{}`", branch.name, self.id(here));
                return Err(out_of_range(word, &reason));
            }
            here = match self.below(here, branch).as_slice() {
                [parent] => *parent,
                [] => return Err(self.past_base(word, here)),
                _ => return Err(self.merge(word, here)),
            };
            taken.push(here);
        }
        Ok(taken)
    }

    /// What the database has last, on a branch or at all.
    pub(super) fn applied_heads(&self, state: &State, branch: Option<&Branch>) -> Result<Vec<Index>, Error> {
        state.refuse_unknown()?;
        let mut applied = state.applied().clone();
        if let Some(branch) = branch {
            applied.intersect_with(&branch.members);
        }
        Ok(self.maximal(&applied))
    }

    /// Several revisions to start from.
    fn several_starts(&self, word: &Word<'_>, what: &str, candidates: &[Index]) -> Error {
        let help = match (word.text.find(['+', '-']), candidates.first()) {
            (Some(0), Some(first)) => {
                format!("say on which branch, with a label or an id: `{}@{}`", self.id(*first), word.text)
            }
            _ => "name one of them".to_owned(),
        };
        self.ambiguous(word, what, candidates).with_help(help)
    }

    fn fork(&self, word: &Word<'_>, after: Index) -> Error {
        let what = format!("meets a fork after `{}`", self.id(after));
        self.ambiguous(word, &what, self.next(after)).with_help("name the revision to go up to")
    }

    fn merge(&self, word: &Word<'_>, at: Index) -> Error {
        let what = format!("meets the merge `{}`", self.id(at));
        self.ambiguous(word, &what, self.revises(at)).with_help("name the revision to go down to")
    }

    fn past_base(&self, word: &Word<'_>, base: Index) -> Error {
        out_of_range(word, &format!("`{}` is a base", self.id(base)))
    }

    fn ambiguous(&self, word: &Word<'_>, what: &str, candidates: &[Index]) -> Error {
        let ids = self.sorted_ids(candidates.iter().copied());
        Error::new(Code::AmbiguousWalk, format!("`{}` {what}: {}", word.text, message::all_of(&ids)))
            .with_list("candidates", ids)
    }
}

fn out_of_range(word: &Word<'_>, reason: &str) -> Error {
    Error::new(Code::OutOfRange, format!("`{}` walks too far: {reason}", word.text))
        .with_help("`cargo migrate history` lists the revisions")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, graph, ids, text};
    use super::*;
    use crate::{Detail, RevisionId};

    /// `b1` follows `b` and `merged` joins it with `c1`.
    const DIAMOND: &str = "a; b <- a; b1 <- b; c <- a; c1 <- c; merged <- b1,c1; top <- merged";

    fn ends(rows: &str, word: &str) -> Result<String, Error> {
        let graph = graph(DIAMOND);
        graph.resolve(Some(&at(&graph, rows)), word).map(|end| text(&graph, end))
    }

    fn refused(rows: &str, word: &str) -> (Code, Vec<RevisionId>) {
        let error = ends(rows, word).unwrap_err();
        let candidates = error.details().iter().find_map(|(key, value)| match value {
            Detail::List(words) if *key == "candidates" => Some(ids(&words.join(","))),
            _ => None,
        });
        assert!(error.help().is_some(), "{error}");
        (error.code(), candidates.unwrap_or_default())
    }

    #[test]
    fn a_walk_follows_revises_from_the_named_revision() {
        assert_eq!(ends("", "b+1").unwrap(), "b1");
        assert_eq!(ends("", "b+3").unwrap(), "top");
        assert_eq!(ends("", "b1-2").unwrap(), "a");
        assert_eq!(ends("", "head-1").unwrap(), "merged");
        assert_eq!(ends("", "base+1").unwrap(), "a");
    }

    #[test]
    fn a_walk_without_a_start_begins_where_the_database_is() {
        assert_eq!(ends("", "+1").unwrap(), "a");
        assert_eq!(ends("b", "+2").unwrap(), "merged");
        assert_eq!(ends("b", "-1").unwrap(), "a");
        assert_eq!(ends("b", "current+1").unwrap(), "b1");
        assert_eq!(ends("top", "-1").unwrap(), "merged");
    }

    #[test]
    fn one_step_below_a_base_is_the_base_and_more_is_too_far() {
        assert_eq!(ends("", "a-1").unwrap(), "");
        assert_eq!(ends("a", "-1").unwrap(), "");
        assert_eq!(refused("", "a-2").0, Code::OutOfRange);
        assert_eq!(refused("", "b-9").0, Code::OutOfRange);
        assert_eq!(refused("", "base-1").0, Code::OutOfRange);
        assert_eq!(refused("", "-1").0, Code::OutOfRange);
    }

    #[test]
    fn a_walk_past_a_head_is_too_far() {
        assert_eq!(refused("", "top+1").0, Code::OutOfRange);
        assert_eq!(refused("top", "+1").0, Code::OutOfRange);
        assert_eq!(refused("b", "+4294967295").0, Code::OutOfRange);
    }

    #[test]
    fn a_walk_that_meets_a_fork_or_a_merge_lists_the_ways() {
        assert_eq!(refused("", "a+1"), (Code::AmbiguousWalk, ids("b,c")));
        assert_eq!(refused("a", "+1"), (Code::AmbiguousWalk, ids("b,c")));
        assert_eq!(refused("", "+2"), (Code::AmbiguousWalk, ids("b,c")));
        assert_eq!(refused("", "top-2"), (Code::AmbiguousWalk, ids("b1,c1")));
    }

    #[test]
    fn a_walk_from_several_heads_lists_them_and_a_branch_settles_it() {
        assert_eq!(refused("b,c1", "+1"), (Code::AmbiguousWalk, ids("b,c1")));
        assert_eq!(refused("b,c1", "-1"), (Code::AmbiguousWalk, ids("b,c1")));
        assert_eq!(ends("b,c1", "b@+1").unwrap(), "b1");
        assert_eq!(ends("b,c1", "b@-1").unwrap(), "a");
        assert_eq!(ends("top", "c@-3").unwrap(), "c");
    }

    #[test]
    fn a_branch_of_which_nothing_is_applied_begins_with_its_first_revision() {
        assert_eq!(ends("b", "c1@+1").unwrap(), "c");
        assert_eq!(ends("b", "c1@+2").unwrap(), "c1");
        assert_eq!(ends("", "c1@base+2").unwrap(), "c1");
    }

    #[test]
    fn several_bases_are_several_ways_to_begin() {
        let graph = graph("a; b; c <- b");
        let empty = State::empty(&graph);
        let error = graph.resolve(Some(&empty), "+2").unwrap_err();
        assert_eq!(error.code(), Code::AmbiguousWalk);
        assert_eq!(error.message(), "`+2` could begin with several bases: `a`, `b`");
        assert_eq!(error.help(), Some("say on which branch, with a label or an id: `a@+2`"));
        assert_eq!(text(&graph, graph.resolve(Some(&empty), "b@+2").unwrap()), "c");
    }

    #[test]
    fn a_walk_without_a_database_has_no_start() {
        for word in ["+1", "-1", "current", "current-1"] {
            assert_eq!(graph(DIAMOND).resolve(None, word).unwrap_err().code(), Code::Usage, "{word}");
        }
    }

    #[test]
    fn an_empty_graph_leads_nowhere() {
        let graph = graph("");
        for word in ["+1", "-1", "head+1", "heads-1", "base+1", "current+1"] {
            let error = graph.resolve(Some(&State::empty(&graph)), word).unwrap_err();
            assert_eq!(error.code(), Code::OutOfRange, "{word}");
        }
    }
}
