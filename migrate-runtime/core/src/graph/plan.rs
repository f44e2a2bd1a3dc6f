use super::{Graph, Index, Set, State, resolve::Location, rows::Rows, word::Word};
use crate::{Code, Error, RevisionId};

/// What is done to a revision, as reports and the journal name it. A [`Step`] goes up or down; a
/// [`Stamp`](super::Stamp) has no steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Its up section runs.
    Up,
    /// Its down section runs.
    Down,
    /// It is only written down as applied, or as not applied.
    Stamp,
}

impl Direction {
    /// `up`, `down` or `stamp`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Stamp => "stamp",
        }
    }
}

impl std::fmt::Display for Direction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// One revision to run, and what it does to the version rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which revision runs.
    pub revision: Index,
    /// Up or down.
    pub direction: Direction,
    /// The rows to delete, sorted by id.
    pub delete: Vec<RevisionId>,
    /// The rows to insert, sorted by id.
    pub insert: Vec<RevisionId>,
}

/// The steps from one state of a database to another. After each of them, the rows are the maximal elements of what
/// is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The rows before, sorted by id.
    pub from: Vec<RevisionId>,
    /// The rows after the last step, sorted by id.
    pub to: Vec<RevisionId>,
    /// What to run, in this order. Empty if there is nothing to do.
    pub steps: Vec<Step>,
}

impl Graph {
    /// Plans to apply `target` and whatever it needs.
    ///
    /// # Errors
    /// What [`Graph::resolve`] refuses; [`Code::NotAnAncestor`] for a target before the first revision.
    ///
    /// ```
    /// use migrate_core::graph::{Graph, Node, State};
    /// # fn main() -> Result<(), migrate_core::Error> {
    /// let a = Node::new("a".parse()?);
    /// let b = Node { depends_on: vec!["a".parse()?], ..Node::new("b".parse()?) };
    /// let graph = Graph::new(vec![a, b])?;
    /// let plan = graph.plan_upgrade(&State::empty(&graph), "b")?;
    /// assert_eq!(plan.steps.len(), 2);
    /// assert_eq!(plan.steps[1].delete, ["a".parse()?]);
    /// assert_eq!(plan.to, ["b".parse()?]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn plan_upgrade(&self, state: &State, target: &str) -> Result<Plan, Error> {
        state.refuse_unknown()?;
        let word = Word::parse(target)?;
        if word.taken_back().is_some() {
            return Err(Error::new(Code::Usage, format!("`{target}` leads down, not up"))
                .with_help(format!("use `downgrade {target}`")));
        }
        let targets = match self.locate(Some(state), &word)? {
            Location::At(targets) => targets,
            Location::Base | Location::Before(_) => return Err(not_above(target)),
            Location::BranchBase(first) => {
                return Err(not_above(target).with_help(format!(
                    "use `upgrade {}` to apply the branch's first revision, `downgrade {target}` to take it back",
                    self.id(first),
                )));
            }
        };
        let mut wanted = self.ancestors(&targets);
        wanted.difference_with(state.applied());
        Ok(self.walk_plan(state, |rows| wanted.iter().map(|revision| rows.up(revision)).collect()))
    }

    /// Plans to take back what was applied on top of `target`, which itself stays.
    ///
    /// # Errors
    /// What [`Graph::resolve`] refuses; [`Code::NotAnAncestor`] for a target that is not applied;
    /// [`Code::Irreversible`] if one of the revisions cannot be undone.
    ///
    /// ```
    /// use migrate_core::graph::{Graph, Node, State};
    /// # fn main() -> Result<(), migrate_core::Error> {
    /// let a = Node::new("a".parse()?);
    /// let b = Node { revises: vec!["a".parse()?], ..Node::new("b".parse()?) };
    /// let graph = Graph::new(vec![a, b])?;
    /// let state = State::new(&graph, &["b".parse()?])?;
    /// assert_eq!(graph.plan_downgrade(&state, "a")?.to, ["a".parse()?]);
    /// assert_eq!(graph.plan_downgrade(&state, "-1")?.to, ["a".parse()?]);
    /// assert_eq!(graph.plan_downgrade(&state, "base")?.to, []);
    /// # Ok(())
    /// # }
    /// ```
    pub fn plan_downgrade(&self, state: &State, target: &str) -> Result<Plan, Error> {
        state.refuse_unknown()?;
        let word = Word::parse(target)?;
        if word.is_forward() {
            return Err(Error::new(Code::Usage, format!("`{target}` leads up, not down"))
                .with_help(format!("use `upgrade {target}`")));
        }
        let victims = self.taken_back(state, &word)?;
        self.refuse_irreversible(&victims)?;
        Ok(self.walk_plan(state, |rows| victims.iter().rev().map(|revision| rows.down(revision)).collect()))
    }

    /// The applied revisions that a downgrade to `word` takes back.
    fn taken_back(&self, state: &State, word: &Word<'_>) -> Result<Set, Error> {
        let mut victims = match word.taken_back() {
            Some(count) => self.descendants(&self.walk_back(state, word, count)?),
            None => match self.locate(Some(state), word)? {
                Location::Base => Set::full(self.len()),
                Location::Before(first) | Location::BranchBase(first) => self.descendants(&[first]),
                Location::At(targets) => {
                    self.refuse_unapplied(state, word, &targets)?;
                    let mut above = self.descendants(&targets);
                    above.difference_with(&self.ancestors(&targets));
                    above
                }
            },
        };
        victims.intersect_with(state.applied());
        Ok(victims)
    }

    fn refuse_irreversible(&self, victims: &Set) -> Result<(), Error> {
        let reasons: Vec<_> = victims
            .iter()
            .rev()
            .filter_map(|index| Some((self.id(index), self.node(index).irreversible.as_ref()?)))
            .collect();
        let Some((id, reason)) = reasons.first() else { return Ok(()) };
        Err(Error::new(Code::Irreversible, format!("revision `{id}` cannot be undone: {reason}"))
            .with_help("restore a backup, or write a new revision that mends what it did")
            .with_revision(id.as_str())
            .with_list("irreversible", reasons.iter().map(|(id, _)| id)))
    }

    fn refuse_unapplied(&self, state: &State, word: &Word<'_>, targets: &[Index]) -> Result<(), Error> {
        let Some(missing) = targets.iter().find(|target| !state.applied().contains(**target)) else {
            return Ok(());
        };
        let id = self.id(*missing);
        Err(Error::new(
            Code::NotAnAncestor,
            format!("revision `{id}` is not applied, so nothing can go down to it"),
        )
        .with_help(format!("use `upgrade {}` to apply it; `current` shows what is applied", word.text))
        .with_revision(id.as_str()))
    }

    fn walk_plan(&self, state: &State, steps: impl FnOnce(&mut Rows<'_>) -> Vec<Step>) -> Plan {
        let mut rows = Rows::new(self, state);
        let steps = steps(&mut rows);
        Plan { from: state.rows().to_vec(), to: rows.ids(), steps }
    }
}

fn not_above(target: &str) -> Error {
    Error::new(
        Code::NotAnAncestor,
        format!("`{target}` lies before the first revision: there is nothing to apply"),
    )
    .with_help(format!("use `downgrade {target}` to go there"))
}

#[cfg(test)]
mod tests;
