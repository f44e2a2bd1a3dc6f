use super::{Graph, Index, Set};
use crate::{Code, Error, RevisionId};

/// What a database has: the rows of its version table, and the revisions that those stand for.
///
/// A row stands for its revision and everything below it, by Revises and by Depends-On.
///
/// ```
/// use migrate_core::graph::{Graph, Node, State};
/// # fn main() -> Result<(), migrate_core::Error> {
/// let a = Node::new("a".parse()?);
/// let b = Node { revises: vec!["a".parse()?], ..Node::new("b".parse()?) };
/// let graph = Graph::new(vec![a, b])?;
///
/// let state = State::new(&graph, &["b".parse()?])?;
/// assert_eq!(state.applied().len(), 2);
/// assert!(state.is_current(&graph));
/// assert!(State::new(&graph, &["zzz".parse()?]).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    rows: Vec<RevisionId>,
    unknown: Vec<RevisionId>,
    applied: Set,
}

impl State {
    /// The state of a database with these rows.
    ///
    /// A row may be an ancestor of another: that is what other tools leave behind. It changes nothing, and the next
    /// step of a plan removes it.
    ///
    /// # Errors
    /// [`Code::DatabaseAhead`] if the graph lacks a row's revision.
    pub fn new(graph: &Graph, rows: &[RevisionId]) -> Result<Self, Error> {
        let state = Self::lenient(graph, rows);
        state.refuse_unknown()?;
        Ok(state)
    }

    /// The state of a database whose rows may be unknown to the graph. Unknown rows stand for nothing, and every plan is
    /// refused but a stamp that purges them.
    ///
    /// ```
    /// use migrate_core::graph::{Graph, Node, State};
    /// # fn main() -> Result<(), migrate_core::Error> {
    /// let graph = Graph::new(vec![Node::new("a".parse()?)])?;
    /// let state = State::lenient(&graph, &["zzz".parse()?]);
    /// assert_eq!(state.unknown()[0].as_str(), "zzz");
    /// assert!(graph.plan_upgrade(&state, "head").is_err());
    /// assert_eq!(graph.plan_stamp(&state, &["a"], true)?.delete[0].as_str(), "zzz");
    /// # Ok(())
    /// # }
    /// ```
    pub fn lenient(graph: &Graph, rows: &[RevisionId]) -> Self {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        rows.dedup();
        let known: Vec<_> = rows.iter().filter_map(|row| graph.find(row)).collect();
        let unknown = rows.iter().filter(|row| graph.find(row).is_none()).cloned().collect();
        Self { unknown, applied: graph.ancestors(&known), rows }
    }

    /// The state of a database that has nothing.
    pub fn empty(graph: &Graph) -> Self {
        Self::lenient(graph, &[])
    }

    /// The rows, sorted by id.
    pub fn rows(&self) -> &[RevisionId] {
        &self.rows
    }

    /// The rows whose revision the graph lacks, sorted by id. Only [`State::lenient`] leaves any.
    pub fn unknown(&self) -> &[RevisionId] {
        &self.unknown
    }

    /// Every revision that the database has.
    pub fn applied(&self) -> &Set {
        &self.applied
    }

    /// The applied revisions that no other applied one revises or depends on: what the rows should be.
    pub fn heads(&self, graph: &Graph) -> Vec<Index> {
        graph.maximal(&self.applied)
    }

    /// Whether the database has every revision of the graph, and no other.
    pub fn is_current(&self, graph: &Graph) -> bool {
        self.unknown.is_empty() && self.applied.len() == graph.len()
    }

    pub(super) fn refuse_unknown(&self) -> Result<(), Error> {
        let Some(first) = self.unknown.first() else { return Ok(()) };
        let message = match self.unknown.len() - 1 {
            0 => format!("the database has revision `{first}`, which does not exist here"),
            more => format!("the database has revision `{first}` and {more} more that do not exist here"),
        };
        Err(Error::new(Code::DatabaseAhead, message)
            .with_help("use the newer program or source that brought it, or `cargo migrate stamp --purge`")
            .with_revision(first.as_str())
            .with_list("unknown", &self.unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, graph, ids, text};
    use super::*;

    #[test]
    fn a_row_stands_for_everything_below_it() {
        let graph = graph("a; b; c <- a depends b; d");
        let state = at(&graph, "c");
        assert_eq!(text(&graph, state.applied().iter()), "a,b,c");
        assert_eq!(text(&graph, state.heads(&graph)), "c");
        assert!(!state.is_current(&graph));
        assert!(State::empty(&graph).applied().is_empty());
    }

    #[test]
    fn a_row_below_another_is_tolerated_and_is_no_head() {
        let graph = graph("a; b <- a; c");
        let state = at(&graph, "b,a,a");
        assert_eq!(state.rows(), ids("a,b"));
        assert_eq!(text(&graph, state.heads(&graph)), "b");
    }

    #[test]
    fn a_head_consumed_by_a_dependency_does_not_keep_a_database_from_being_current() {
        let graph = graph("a; b; c <- b depends a");
        assert_eq!(text(&graph, graph.heads()), "a,c");
        let state = at(&graph, "c");
        assert!(state.is_current(&graph));
        assert_eq!(state.heads(&graph), graph.effective_heads());
    }

    #[test]
    fn a_row_without_a_revision_means_that_the_database_is_ahead() {
        let graph = graph("a");
        let error = State::new(&graph, &ids("a,x,y")).unwrap_err();
        assert_eq!(error.code(), Code::DatabaseAhead);
        assert_eq!(error.message(), "the database has revision `x` and 1 more that do not exist here");
        assert_eq!(error.revision(), Some("x"));
        assert!(error.help().is_some());
    }

    #[test]
    fn nothing_counts_from_the_heads_of_a_database_that_is_ahead() {
        let graph = graph("a; b <- a");
        let state = State::lenient(&graph, &ids("a,x"));
        assert_eq!((state.unknown(), state.is_current(&graph)), (&*ids("x"), false));
        for word in ["current", "+1", "-1", "b@+1"] {
            assert_eq!(graph.resolve(Some(&state), word).unwrap_err().code(), Code::DatabaseAhead, "{word}");
        }
        assert!(graph.plan_upgrade(&state, "b").is_err());
        assert!(graph.plan_downgrade(&state, "base").is_err());
        assert!(graph.plan_stamp(&state, &["b"], false).is_err());
        assert!(graph.resolve(Some(&state), "head").is_ok());
    }
}
