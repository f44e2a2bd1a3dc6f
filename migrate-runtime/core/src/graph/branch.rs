use std::iter;

use super::{Graph, Index, Set};
use crate::Label;

/// The revisions that a label, or a revision in front of an `@`, stands for.
#[derive(Debug)]
pub(super) struct Branch {
    /// As it was written.
    pub(super) name: String,
    /// Where the branch begins: its only member without a parent among the members.
    pub(super) lowest: Index,
    pub(super) members: Set,
}

/// The labels of each revision. Neighbours on a branch have the same ones and share a set.
#[derive(Debug, Clone)]
pub(super) struct LabelSets {
    /// Bits are positions in the sorted list of all labels.
    sets: Vec<Set>,
    of: Vec<usize>,
}

impl Graph {
    /// The branch labels of a revision, its own and the inherited ones, sorted.
    ///
    /// A label belongs to the revision that declares it, to all that revise that one, directly or not, and to what it
    /// revises itself as far down as the line has neither a branch point nor a merge point.
    ///
    /// ```
    /// use migrate_core::graph::{Graph, Node};
    /// # fn main() -> Result<(), migrate_core::Error> {
    /// let a = Node::new("a".parse()?);
    /// let b = Node { revises: vec!["a".parse()?], labels: vec!["billing".parse()?], ..Node::new("b".parse()?) };
    /// let graph = Graph::new(vec![a, b])?;
    /// let a = graph.resolve_one(None, "a")?;
    /// assert_eq!(graph.labels(a)[0].as_str(), "billing");
    /// # Ok(())
    /// # }
    /// ```
    pub fn labels(&self, index: Index) -> Vec<&Label> {
        if self.by_label.is_empty() {
            return Vec::new();
        }
        let sets = self.label_sets.get_or_init(|| LabelSets::new(self));
        let set = &sets.sets[sets.of[index.position()]];
        self.by_label
            .keys()
            .enumerate()
            .filter(|(at, _)| set.contains(Index::new(*at)))
            .map(|(_, l)| l)
            .collect()
    }

    /// The branch that a revision, or a label that it declares, stands for.
    pub(super) fn branch_of(&self, root: Index, name: &str) -> Branch {
        let mut members = self.successors(&[root]);
        let mut lowest = root;
        for below in self.line_below(root) {
            members.insert(below);
            lowest = below;
        }
        Branch { name: name.to_owned(), lowest, members }
    }

    /// What a revision revises, as far down as there is neither a branch point nor a merge point.
    fn line_below(&self, from: Index) -> impl Iterator<Item = Index> + '_ {
        iter::successors(Some(from), |&index| match *self.revises(index) {
            [parent] if !self.is_branch_point(parent) && !self.is_merge_point(parent) => Some(parent),
            _ => None,
        })
        .skip(1)
    }
}

impl LabelSets {
    fn new(graph: &Graph) -> Self {
        let labels = graph.by_label.len();
        let mut declared = vec![Vec::new(); graph.len()];
        for (at, index) in graph.by_label.values().enumerate() {
            declared[index.position()].push(Index::new(at));
        }

        let mut sets = vec![Set::with_capacity(labels)];
        let mut of: Vec<usize> = Vec::with_capacity(graph.len());
        for (index, _) in graph.iter() {
            let parents = graph.revises(index);
            let inherited = parents.first().map_or(0, |parent| of[parent.position()]);
            let same = parents.iter().all(|parent| of[parent.position()] == inherited);
            let declared = &declared[index.position()];
            if same && declared.is_empty() {
                of.push(inherited);
                continue;
            }
            let mut set = sets[inherited].clone();
            for parent in parents {
                set.union_with(&sets[of[parent.position()]]);
            }
            set.extend(declared.iter().copied());
            of.push(sets.len());
            sets.push(set);
        }

        // The line below a declaring revision: the lines of several labels may overlap, so they are walked from the top
        // and each revision passes on what it was given.
        let mut given: Vec<Option<Set>> = vec![None; graph.len()];
        for (index, _) in graph.iter().rev() {
            let from_above = given[index.position()].take();
            let declared = &declared[index.position()];
            let Some(below) = graph.line_below(index).next() else {
                finish(&mut sets, &mut of, index, from_above);
                continue;
            };
            if from_above.is_some() || !declared.is_empty() {
                let mut passed = from_above.clone().unwrap_or_default();
                passed.extend(declared.iter().copied());
                given[below.position()] = Some(passed);
            }
            finish(&mut sets, &mut of, index, from_above);
        }
        Self { sets, of }
    }
}

fn finish(sets: &mut Vec<Set>, of: &mut [usize], index: Index, from_above: Option<Set>) {
    let own = of[index.position()];
    if let Some(mut set) = from_above.filter(|labels| !labels.is_subset(&sets[own])) {
        set.union_with(&sets[own]);
        of[index.position()] = sets.len();
        sets.push(set);
    }
}
