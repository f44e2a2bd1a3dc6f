use std::{collections::BTreeMap, sync::OnceLock};

use super::{Set, branch::LabelSets, edges::Edges};
use crate::{Label, RevisionId, Timestamp};

/// What the graph knows about a revision: its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The revision's own id.
    pub id: RevisionId,
    /// The revisions that it follows: none for a base, several for a merge.
    pub revises: Vec<RevisionId>,
    /// Revisions of other branches that must have run before.
    pub depends_on: Vec<RevisionId>,
    /// The branch labels that it declares.
    pub labels: Vec<Label>,
    /// When it was written.
    pub created: Option<Timestamp>,
    /// What it does, in one line.
    pub message: String,
    /// Why it cannot be undone, if it cannot.
    pub irreversible: Option<String>,
}

impl Node {
    /// A base with nothing but an id.
    ///
    /// ```
    /// # use migrate_core::graph::Node;
    /// # fn main() -> Result<(), migrate_core::Error> {
    /// let node = Node { message: "add users".into(), ..Node::new("3f2a9c41d07b".parse()?) };
    /// assert!(node.revises.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(id: RevisionId) -> Self {
        Self {
            id,
            revises: Vec::new(),
            depends_on: Vec::new(),
            labels: Vec::new(),
            created: None,
            message: String::new(),
            irreversible: None,
        }
    }
}

/// A revision of one graph: its position in that graph's canonical order. It means nothing in another graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Index(u32);

impl Index {
    pub(super) fn new(position: usize) -> Self {
        Self(u32::try_from(position).unwrap_or(u32::MAX))
    }

    /// The position, from 0.
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

/// The revisions of a project and what leads from one to another. It never changes.
///
/// ```
/// use migrate_core::graph::{Graph, Node};
/// # fn main() -> Result<(), migrate_core::Error> {
/// let a = Node::new("a".parse()?);
/// let b = Node { revises: vec!["a".parse()?], ..Node::new("b".parse()?) };
/// let c = Node { depends_on: vec!["b".parse()?], ..Node::new("c".parse()?) };
/// let graph = Graph::new(vec![c, b, a])?;
///
/// let names = |list: Vec<_>| list.into_iter().map(|index| graph.id(index).to_string()).collect::<Vec<_>>();
/// assert_eq!(names(graph.iter().map(|(index, _)| index).collect()), ["a", "b", "c"]);
/// assert_eq!(names(graph.bases()), ["a", "c"]);
/// assert_eq!(names(graph.heads()), ["b", "c"]);
/// assert_eq!(names(graph.effective_heads()), ["c"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Graph {
    /// In canonical order.
    pub(super) nodes: Vec<Node>,
    /// Every revision, sorted by id.
    pub(super) by_id: Vec<Index>,
    /// Which revision declares a label.
    pub(super) by_label: BTreeMap<Label, Index>,
    pub(super) revises: Edges,
    pub(super) parents: Edges,
    pub(super) next: Edges,
    pub(super) children: Edges,
    /// Computed when first asked for.
    pub(super) label_sets: OnceLock<LabelSets>,
}

impl Graph {
    /// How many revisions there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no revision.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every revision in canonical order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Index, &Node)> + ExactSizeIterator {
        self.nodes.iter().enumerate().map(|(position, node)| (Index::new(position), node))
    }

    /// What is known about a revision.
    pub fn node(&self, index: Index) -> &Node {
        &self.nodes[index.position()]
    }

    /// A revision's id.
    pub fn id(&self, index: Index) -> &RevisionId {
        &self.node(index).id
    }

    /// The revision with exactly this id. [`Graph::resolve_one`] understands prefixes, labels and walks.
    pub fn find(&self, id: &RevisionId) -> Option<Index> {
        self.find_text(id.as_str())
    }

    pub(super) fn find_text(&self, id: &str) -> Option<Index> {
        let place = self.by_id.binary_search_by(|index| self.id(*index).as_str().cmp(id)).ok()?;
        Some(self.by_id[place])
    }

    /// The revision that declares this label.
    pub fn find_label(&self, label: &str) -> Option<Index> {
        self.by_label.get(label).copied()
    }

    /// The revisions that this one revises, in canonical order.
    pub fn revises(&self, index: Index) -> &[Index] {
        self.revises.of(index)
    }

    /// The revisions that this one revises or depends on, in canonical order.
    pub fn parents(&self, index: Index) -> &[Index] {
        self.parents.of(index)
    }

    /// The revisions that revise this one, in canonical order.
    pub fn next(&self, index: Index) -> &[Index] {
        self.next.of(index)
    }

    /// The revisions that revise this one or depend on it, in canonical order.
    pub fn children(&self, index: Index) -> &[Index] {
        self.children.of(index)
    }

    /// The revisions that no other revises.
    pub fn heads(&self) -> Vec<Index> {
        self.filter(|index| self.is_head(index))
    }

    /// The revisions that no other revises or depends on: a database that has these has everything.
    pub fn effective_heads(&self) -> Vec<Index> {
        self.filter(|index| self.children(index).is_empty())
    }

    /// The revisions that revise nothing.
    pub fn bases(&self) -> Vec<Index> {
        self.filter(|index| self.is_base(index))
    }

    /// The revisions that several others revise.
    pub fn branch_points(&self) -> Vec<Index> {
        self.filter(|index| self.is_branch_point(index))
    }

    /// The revisions that revise several others.
    pub fn merge_points(&self) -> Vec<Index> {
        self.filter(|index| self.is_merge_point(index))
    }

    fn filter(&self, keep: impl Fn(Index) -> bool) -> Vec<Index> {
        (0..self.len()).map(Index::new).filter(|index| keep(*index)).collect()
    }

    /// Whether no other revises it.
    pub fn is_head(&self, index: Index) -> bool {
        self.next(index).is_empty()
    }

    /// Whether it revises nothing.
    pub fn is_base(&self, index: Index) -> bool {
        self.revises(index).is_empty()
    }

    /// Whether several others revise it.
    pub fn is_branch_point(&self, index: Index) -> bool {
        self.next(index).len() > 1
    }

    /// Whether it revises several others.
    pub fn is_merge_point(&self, index: Index) -> bool {
        self.revises(index).len() > 1
    }

    /// These revisions and all that they revise or depend on, directly or not.
    pub fn ancestors(&self, of: &[Index]) -> Set {
        let mut closure = self.set(of);
        // Parents stand before their children, so one sweep from the end meets every ancestor after its descendants.
        for index in (0..self.len()).rev().map(Index::new) {
            if closure.contains(index) {
                closure.extend(self.parents(index).iter().copied());
            }
        }
        closure
    }

    /// These revisions and all that revise them or depend on them, directly or not.
    pub fn descendants(&self, of: &[Index]) -> Set {
        self.sweep_up(of, &self.children)
    }

    /// These revisions and all that revise them, directly or not.
    pub(super) fn successors(&self, of: &[Index]) -> Set {
        self.sweep_up(of, &self.next)
    }

    fn sweep_up(&self, of: &[Index], edges: &Edges) -> Set {
        let mut closure = self.set(of);
        for index in (0..self.len()).map(Index::new) {
            if closure.contains(index) {
                closure.extend(edges.of(index).iter().copied());
            }
        }
        closure
    }

    /// The members of a set that are no ancestors of another member.
    pub(super) fn maximal(&self, of: &Set) -> Vec<Index> {
        let parents: Vec<_> = of.iter().flat_map(|index| self.parents(index)).copied().collect();
        let below = self.ancestors(&parents);
        of.iter().filter(|index| !below.contains(*index)).collect()
    }

    fn set(&self, of: &[Index]) -> Set {
        let mut set = Set::with_capacity(self.len());
        set.extend(of.iter().copied());
        set
    }

    /// The ids of these revisions, sorted.
    pub(super) fn sorted_ids(&self, of: impl IntoIterator<Item = Index>) -> Vec<RevisionId> {
        let mut ids: Vec<_> = of.into_iter().map(|index| self.id(index).clone()).collect();
        ids.sort_unstable();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{graph, text};
    use super::*;

    /// `d` merges `b` and `c`; `e` is a tree of its own that needs `c`; `f` stands alone.
    fn sample() -> Graph {
        graph("a; b <- a; c <- a; d <- b,c; e depends c; f")
    }

    fn index(graph: &Graph, id: &str) -> Index {
        graph.find(&id.parse().unwrap()).unwrap()
    }

    #[test]
    fn heads_and_bases_go_by_revises_and_effective_heads_by_both() {
        let graph = sample();
        assert_eq!(text(&graph, graph.heads()), "d,e,f");
        assert_eq!(text(&graph, graph.bases()), "a,e,f");
        assert_eq!(text(&graph, graph.branch_points()), "a");
        assert_eq!(text(&graph, graph.merge_points()), "d");
        let graph = super::super::testing::graph("a; b depends a");
        assert_eq!(text(&graph, graph.heads()), "a,b");
        assert_eq!(text(&graph, graph.effective_heads()), "b");
    }

    #[test]
    fn edges_are_seen_from_both_ends() {
        let graph = sample();
        let (c, e) = (index(&graph, "c"), index(&graph, "e"));
        assert_eq!(text(&graph, graph.next(c).to_vec()), "d");
        assert_eq!(text(&graph, graph.children(c).to_vec()), "d,e");
        assert_eq!(text(&graph, graph.revises(e).to_vec()), "");
        assert_eq!(text(&graph, graph.parents(e).to_vec()), "c");
    }

    #[test]
    fn closures_include_where_they_start_and_follow_both_edges() {
        let graph = sample();
        assert_eq!(text(&graph, graph.ancestors(&[index(&graph, "e")]).iter()), "a,c,e");
        assert_eq!(text(&graph, graph.descendants(&[index(&graph, "c")]).iter()), "c,d,e");
        assert_eq!(text(&graph, graph.successors(&[index(&graph, "c")]).iter()), "c,d");
        assert!(graph.ancestors(&[]).is_empty());
    }

    #[test]
    fn maximal_members_are_those_without_a_path_to_another_even_around_the_set() {
        let graph = graph("a; b <- a; c <- b; d");
        let set: Set = [index(&graph, "a"), index(&graph, "c"), index(&graph, "d")].into_iter().collect();
        assert_eq!(text(&graph, graph.maximal(&set)), "c,d");
    }

    #[test]
    fn only_an_exact_id_is_found() {
        let graph = sample();
        assert_eq!(graph.find(&"zz".parse().unwrap()), None);
        assert_eq!(graph.find_label("a"), None);
        assert_eq!((graph.len(), graph.is_empty()), (6, false));
    }
}
