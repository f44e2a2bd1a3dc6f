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

#[cfg(test)]
mod tests {
    use super::super::testing::{at, graph, ids, joined};
    use super::*;

    fn stamped(text: &str, rows: &str, targets: &[&str]) -> String {
        let graph = graph(text);
        let stamp = graph.plan_stamp(&at(&graph, rows), targets, false).unwrap();
        format!("-{} +{} => {}", joined(&stamp.delete), joined(&stamp.insert), joined(&stamp.to))
    }

    #[test]
    fn stamping_heads_keeps_a_row_that_is_a_head_already() {
        assert_eq!(stamped("a; b; c <- a", "a,b", &["heads"]), "-a +c => b,c");
        assert_eq!(stamped("a; b; c <- a", "a,b", &["c"]), "-a +c => b,c");
    }

    #[test]
    fn a_stamp_to_an_ancestor_forgets_what_stands_above_it_and_nothing_else() {
        assert_eq!(stamped("a; b <- a; c <- b; d; e depends c", "d,e", &["a"]), "-e +a => a,d");
    }

    #[test]
    fn a_stamp_to_base_forgets_everything_and_one_to_the_base_of_a_branch_only_that() {
        let text = "a; b <- a #left; c <- b; d <- a #right";
        assert_eq!(stamped(text, "c,d", &["base"]), "-c,d + => ");
        assert_eq!(stamped(text, "c,d", &["left@base"]), "-c + => d");
        assert_eq!(stamped(text, "c", &["left@base"]), "-c +a => a");
        assert_eq!(stamped(text, "c,d", &["a-1"]), "-c,d + => ");
    }

    #[test]
    fn a_target_below_another_target_does_not_undo_it() {
        assert_eq!(stamped("a; b <- a; c <- b", "", &["c", "a"]), "- +c => c");
        assert_eq!(stamped("a; b <- a; c <- a", "c", &["a", "b"]), "-c +b => b");
        assert_eq!(stamped("a; b <- a; c <- a", "c", &["b", "base"]), "-c +b => b");
    }

    #[test]
    fn a_relative_stamp_goes_where_the_upgrade_or_downgrade_would() {
        let text = "a; b <- a; c <- b; d <- b; e <- c,d";
        assert_eq!(stamped(text, "e", &["-1"]), "-e +c,d => c,d");
        assert_eq!(stamped(text, "a", &["+1"]), "-a +b => b");
        assert_eq!(stamped(text, "c,d", &["c@-1"]), "-c + => d");
    }

    #[test]
    fn a_stamp_to_where_the_database_is_changes_nothing() {
        let graph = graph("a; b <- a");
        assert!(graph.plan_stamp(&at(&graph, "b"), &["head"], false).unwrap().is_empty());
    }

    #[test]
    fn overlapping_rows_are_cleaned_up() {
        assert_eq!(stamped("a; b <- a", "a,b", &["b"]), "-a + => b");
    }

    #[test]
    fn a_purge_forgets_every_row_known_or_not() {
        let graph = graph("a; b <- a; c");
        let state = State::lenient(&graph, &ids("c,zzz"));
        let stamp = graph.plan_stamp(&state, &["b"], true).unwrap();
        assert_eq!((joined(&stamp.delete), joined(&stamp.to)), ("c,zzz".into(), "b".into()));
        let stamp = graph.plan_stamp(&state, &["base"], true).unwrap();
        assert_eq!((joined(&stamp.delete), joined(&stamp.to)), ("c,zzz".into(), String::new()));
        let error = graph.plan_stamp(&state, &["b"], false).unwrap_err();
        assert_eq!(error.code(), Code::DatabaseAhead);
    }

    #[test]
    fn a_purge_cannot_count_from_what_it_forgets() {
        let graph = graph("a; b <- a");
        for word in ["+1", "-1", "current"] {
            let error = graph.plan_stamp(&at(&graph, "a"), &[word], true).unwrap_err();
            assert_eq!(error.code(), Code::Usage, "{word}");
        }
    }

    #[test]
    fn a_stamp_names_a_target() {
        let graph = graph("a");
        assert_eq!(graph.plan_stamp(&at(&graph, ""), &[], false).unwrap_err().code(), Code::Usage);
        assert_eq!(
            graph.plan_stamp(&at(&graph, ""), &["zzzz"], false).unwrap_err().code(),
            Code::UnknownRevision
        );
    }
}
