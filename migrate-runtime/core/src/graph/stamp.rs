use super::{Graph, Set, State, resolve::Location, word::Word};
use crate::{Code, Error, RevisionId};

/// A change of the version rows that runs no revision.
///
/// It has no steps: it is one change, which may concern rows that no revision of the graph stands behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The rows before, sorted by id.
    pub from: Vec<RevisionId>,
    /// The rows after, sorted by id.
    pub to: Vec<RevisionId>,
    /// The rows to delete, sorted by id.
    pub delete: Vec<RevisionId>,
    /// The rows to insert, sorted by id.
    pub insert: Vec<RevisionId>,
}

impl Stamp {
    /// Whether the rows are already as they should be.
    pub fn is_empty(&self) -> bool {
        self.delete.is_empty() && self.insert.is_empty()
    }
}

impl Graph {
    /// Plans to write down that the database is at `targets`, without running anything.
    ///
    /// What lies below the targets counts as applied, what lies above them as not applied, and the rest stays as it
    /// is. `base` and `BRANCH@base` take back what a downgrade to them would, and so does `-n`. With `purge` the former
    /// rows count for nothing, even if the graph does not know them (see [`State::lenient`]).
    ///
    /// # Errors
    /// What [`Graph::resolve`] refuses; [`Code::Usage`] without a target; [`Code::DatabaseAhead`] for unknown rows
    /// without `purge`.
    ///
    /// ```
    /// use migrate_core::graph::{Graph, Node, State};
    /// # fn main() -> Result<(), migrate_core::Error> {
    /// let [a, b] = ["a", "b"].map(|id| id.parse().map(Node::new));
    /// let c = Node { revises: vec!["a".parse()?], ..Node::new("c".parse()?) };
    /// let graph = Graph::new(vec![a?, b?, c])?;
    ///
    /// let state = State::new(&graph, &["a".parse()?, "b".parse()?])?;
    /// let stamp = graph.plan_stamp(&state, &["heads"], false)?;
    /// assert_eq!((stamp.delete, stamp.insert), (vec!["a".parse()?], vec!["c".parse()?]));
    /// assert_eq!(stamp.to, ["b".parse()?, "c".parse()?]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn plan_stamp(&self, state: &State, targets: &[&str], purge: bool) -> Result<Stamp, Error> {
        if targets.is_empty() {
            return Err(Error::new(Code::Usage, "no revision to stamp was named")
                .with_help("name one or more, or `heads`, or `base`"));
        }
        if !purge {
            state.refuse_unknown()?;
        }
        let (mut kept, mut added) = (state.applied().clone(), Vec::new());
        if purge {
            kept = Set::default();
        }
        for target in targets {
            let word = Word::parse(target)?;
            if let Some(count) = word.taken_back().filter(|_| !purge) {
                kept.difference_with(&self.descendants(&self.walk_back(state, &word, count)?));
                continue;
            }
            match self.locate(Some(state).filter(|_| !purge), &word)? {
                Location::At(revisions) => added.extend(revisions),
                Location::Base => kept = Set::default(),
                Location::Before(first) | Location::BranchBase(first) => {
                    kept.difference_with(&self.descendants(&[first]));
                }
            }
        }
        kept.difference_with(&self.descendants(&added));
        kept.union_with(&self.ancestors(&added));

        let (from, to) = (state.rows(), self.sorted_ids(self.maximal(&kept)));
        let without = |rows: &[RevisionId], others: &[RevisionId]| -> Vec<RevisionId> {
            rows.iter().filter(|row| others.binary_search(row).is_err()).cloned().collect()
        };
        Ok(Stamp { delete: without(from, &to), insert: without(&to, from), from: from.to_vec(), to })
    }
}
