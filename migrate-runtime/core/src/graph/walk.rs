use super::{
    Graph, Index, State,
    branch::Branch,
    resolve::Location,
    word::{Walk, Word},
};
use crate::{Code, Error};

impl Graph {
    /// Where a walk from `start` ends.
    pub(super) fn walk(&self, word: &Word<'_>, start: Location, walk: Walk) -> Result<Location, Error> {
        match (start, walk) {
            (Location::At(from), walk) => match (from.as_slice(), walk) {
                ([from], Walk::Up(count)) => self.walk_up(word, *from, count),
                ([from], Walk::Down(count)) => self.walk_down(word, *from, count),
                ([], _) => Err(out_of_range(word, "there is no revision to start from")),
                (several, _) => Err(self.ambiguous(word, "could start from several revisions", several)),
            },
            (_, Walk::Down(_)) => Err(out_of_range(word, "nothing lies below the base")),
            (Location::Base, Walk::Up(count)) => match self.bases().as_slice() {
                [base] => self.walk_up(word, *base, count - 1),
                [] => Err(out_of_range(word, "there are no revisions")),
                several => Err(self.ambiguous(word, "could begin with several bases", several)),
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
                several => {
                    let meets = format!("meets a fork after `{}`", self.id(here));
                    return Err(self.ambiguous(word, &meets, several));
                }
            };
        }
        Ok(Location::At(vec![here]))
    }

    fn walk_down(&self, word: &Word<'_>, from: Index, count: u32) -> Result<Location, Error> {
        let mut here = from;
        for left in (0..count).rev() {
            here = match self.revises(here) {
                [parent] => *parent,
                [] if left == 0 => return Ok(Location::Before(here)),
                [] => return Err(out_of_range(word, &format!("`{}` is a base", self.id(here)))),
                several => {
                    let meets = format!("meets the merge `{}`", self.id(here));
                    return Err(self.ambiguous(word, &meets, several));
                }
            };
        }
        Ok(Location::At(vec![here]))
    }

    /// The revisions that a downgrade by `-n` or `BRANCH@-n` takes back, without what else depends on them.
    pub(super) fn walk_back(&self, state: &State, word: &Word<'_>, count: u32) -> Result<Vec<Index>, Error> {
        let branch = self.word_branch(word)?;
        let mut here = match self.applied_heads(state, branch.as_ref())?.as_slice() {
            [head] => *head,
            [] => return Err(out_of_range(word, "nothing is applied that it could take back")),
            several => return Err(self.ambiguous(word, "could start from several heads", several)),
        };
        let mut taken = vec![here];
        for _ in 1..count {
            here = match self.revises(here) {
                [parent] => *parent,
                [] => return Err(out_of_range(word, &format!("`{}` is a base", self.id(here)))),
                several => {
                    let meets = format!("meets the merge `{}`", self.id(here));
                    return Err(self.ambiguous(word, &meets, several));
                }
            };
            if let Some(branch) = branch.as_ref().filter(|branch| !branch.members.contains(here)) {
                let reason = format!("branch `{}` begins with `{}`", branch.name, self.id(branch.lowest));
                return Err(out_of_range(word, &reason));
            }
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

    fn ambiguous(&self, word: &Word<'_>, what: &str, candidates: &[Index]) -> Error {
        let ids = self.sorted_ids(candidates.iter().copied());
        let list: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
        Error::new(Code::AmbiguousWalk, format!("`{}` {what}: {}", word.text, list.join(", ")))
            .with_help("name the revision, or say which branch: BRANCH@+n, BRANCH@-n, with a label or an id as BRANCH")
            .with_list("candidates", ids)
    }
}

fn out_of_range(word: &Word<'_>, reason: &str) -> Error {
    Error::new(Code::OutOfRange, format!("`{}` walks too far: {reason}", word.text))
        .with_help("`cargo migrate history` lists the revisions")
}
