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
            .map(|(_, label)| label)
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

        // The line below a declaring revision, from the top down: each revision hands on what came down to it, and what
        // it declares itself.
        let mut handed_down = vec![Set::default(); graph.len()];
        for (index, _) in graph.iter().rev() {
            let mut labels = std::mem::take(&mut handed_down[index.position()]);
            let known = &sets[of[index.position()]];
            if !labels.is_subset(known) {
                let mut both = known.clone();
                both.union_with(&labels);
                of[index.position()] = sets.len();
                sets.push(both);
            }
            labels.extend(declared[index.position()].iter().copied());
            if let Some(below) = graph.line_below(index).next() {
                handed_down[below.position()] = labels;
            }
        }
        Self { sets, of }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{graph, text};
    use super::*;

    fn labels(graph: &Graph, id: &str) -> String {
        let index = graph.find_text(id).unwrap();
        graph.labels(index).into_iter().map(Label::as_str).collect::<Vec<_>>().join(",")
    }

    fn branch(graph: &Graph, label: &str) -> (String, String) {
        let branch = graph.branch_of(graph.find_label(label).unwrap(), label);
        (text(graph, branch.members.iter()), text(graph, [branch.lowest]))
    }

    #[test]
    fn a_label_is_inherited_upwards_and_downwards_to_the_branch_point() {
        let graph = graph("root; a1 <- root; a2 <- a1 #left; a3 <- a2; b1 <- root #right; b2 <- b1");
        assert_eq!(labels(&graph, "root"), "");
        assert_eq!(["a1", "a2", "a3"].map(|id| labels(&graph, id)), ["left", "left", "left"]);
        assert_eq!(["b1", "b2"].map(|id| labels(&graph, id)), ["right", "right"]);
        assert_eq!(branch(&graph, "left"), ("a1,a2,a3".into(), "a1".into()));
    }

    #[test]
    fn a_merge_carries_the_labels_of_all_it_merges_and_stops_those_from_above() {
        let graph = graph("a #x; b #y; m <- a,b; n <- m #z; o <- n");
        assert_eq!(labels(&graph, "a"), "x");
        assert_eq!(labels(&graph, "m"), "x,y");
        assert_eq!(labels(&graph, "n"), "x,y,z");
        assert_eq!(labels(&graph, "o"), "x,y,z");
        assert_eq!(branch(&graph, "z"), ("n,o".into(), "n".into()));
    }

    #[test]
    fn a_label_on_a_branch_point_reaches_down_its_own_line() {
        let graph = graph("a; b <- a #x; c <- b; d <- b");
        assert_eq!(branch(&graph, "x"), ("a,b,c,d".into(), "a".into()));
        assert_eq!(labels(&graph, "a"), "x");
    }

    #[test]
    fn dependencies_pass_no_label_on() {
        let graph = graph("a #x; b depends a #y");
        assert_eq!(labels(&graph, "a"), "x");
        assert_eq!(labels(&graph, "b"), "y");
    }

    #[test]
    fn labels_and_branches_agree_on_who_belongs() {
        let graph = graph(
            "a; b <- a #p; c <- b; d <- c #q; e <- c; f <- e #r; g <- f; h <- d,g #s; i <- h #t; j; k <- j #u; l <- i,k",
        );
        for (label, &declared) in &graph.by_label {
            let members = graph.branch_of(declared, label.as_str()).members;
            for (index, node) in graph.iter() {
                assert_eq!(
                    graph.labels(index).contains(&label),
                    members.contains(index),
                    "{label} {}",
                    node.id
                );
            }
        }
    }
}
