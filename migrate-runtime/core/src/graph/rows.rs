use super::{Direction, Graph, Index, Set, State, Step};
use crate::RevisionId;

/// The version rows while a plan is made, one revision after the other.
///
/// Before and after each step the rows are the maximal elements of what is applied. Each step costs as much as the
/// revision has parents: what else could change is known by counting each revision's applied children.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    graph: &'a Graph,
    applied: Set,
    /// The rows of the database at this point.
    present: Set,
    applied_children: Vec<u32>,
    /// Rows that were there at the start although they are ancestors of others. The first step removes them.
    overlapping: Vec<Index>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(graph: &'a Graph, state: &State) -> Self {
        let present: Set = state.rows().iter().filter_map(|row| graph.find(row)).collect();
        let applied = state.applied().clone();
        let mut applied_children = vec![0; graph.len()];
        for index in applied.iter() {
            for parent in graph.parents(index) {
                applied_children[parent.position()] += 1;
            }
        }
        let overlapping = present.iter().filter(|row| applied_children[row.position()] > 0).collect();
        Self { graph, applied, present, applied_children, overlapping }
    }

    /// Applies a revision whose parents are all applied.
    pub(super) fn up(&mut self, revision: Index) -> Step {
        self.applied.insert(revision);
        for parent in self.graph.parents(revision) {
            self.applied_children[parent.position()] += 1;
        }
        self.step(revision, Direction::Up)
    }

    /// Takes back a revision of whose children none is applied.
    pub(super) fn down(&mut self, revision: Index) -> Step {
        self.applied.remove(revision);
        for parent in self.graph.parents(revision) {
            self.applied_children[parent.position()] -= 1;
        }
        self.step(revision, Direction::Down)
    }

    fn step(&mut self, revision: Index, direction: Direction) -> Step {
        let mut touched = std::mem::take(&mut self.overlapping);
        touched.push(revision);
        touched.extend(self.graph.parents(revision));

        let (mut delete, mut insert) = (Vec::new(), Vec::new());
        for index in touched {
            let wanted = self.applied.contains(index) && self.applied_children[index.position()] == 0;
            if wanted && self.present.insert(index) {
                insert.push(index);
            } else if !wanted && self.present.remove(index) {
                delete.push(index);
            }
        }
        Step {
            revision,
            direction,
            delete: self.graph.sorted_ids(delete),
            insert: self.graph.sorted_ids(insert),
        }
    }

    /// The rows, sorted by id.
    pub(super) fn ids(&self) -> Vec<RevisionId> {
        self.graph.sorted_ids(self.present.iter())
    }
}
