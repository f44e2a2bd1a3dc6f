use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::OnceLock,
};

use super::{Graph, Index, Node, edges::Edges, message};
use crate::{Code, Error, Label, RevisionId, suggest};

impl Graph {
    /// Links the revisions and puts them in canonical order.
    ///
    /// # Errors
    /// [`Code::DuplicateRevision`], [`Code::MissingParent`], [`Code::Cycle`], [`Code::DuplicateLabel`]; each names the
    /// revision to look at.
    ///
    /// ```
    /// use migrate_core::{Code, graph::{Graph, Node}};
    /// # fn main() -> Result<(), migrate_core::Error> {
    /// let orphan = Node { revises: vec!["9b1c77e0a2d4".parse()?], ..Node::new("3f2a9c41d07b".parse()?) };
    /// let error = Graph::new(vec![orphan]).unwrap_err();
    /// assert_eq!(error.code(), Code::MissingParent);
    /// assert_eq!(error.revision(), Some("3f2a9c41d07b"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(mut nodes: Vec<Node>) -> Result<Self, Error> {
        // Positions in this order are provisional: they make everything below independent of the order of the input.
        nodes.sort_by(|left, right| left.id.cmp(&right.id));
        refuse_duplicates(&nodes)?;
        let links = nodes.iter().map(|node| Links::find(node, &nodes)).collect::<Result<Vec<_>, _>>()?;
        let order = canonical_order(&nodes, &links)?;

        let mut by_id = vec![Index::new(0); nodes.len()];
        for (position, provisional) in order.iter().enumerate() {
            by_id[*provisional] = Index::new(position);
        }
        let edges = |list: fn(&Links) -> &[usize]| {
            Edges::new(
                order.iter().map(|&node| list(&links[node]).iter().map(|&parent| by_id[parent]).collect()),
            )
        };
        let revises = edges(|links| &links.parents[..links.revises]);
        let parents = edges(|links| &links.parents);

        let mut unordered: Vec<_> = nodes.into_iter().map(Some).collect();
        let nodes: Vec<_> = order.iter().filter_map(|&provisional| unordered[provisional].take()).collect();
        let by_label = index_labels(&nodes)?;
        let graph = Self {
            next: revises.reversed(),
            children: parents.reversed(),
            nodes,
            by_id,
            by_label: BTreeMap::new(),
            revises,
            parents,
            label_sets: OnceLock::new(),
        };
        graph.refuse_labels_that_are_ids(&by_label)?;
        Ok(Self { by_label, ..graph })
    }

    fn refuse_labels_that_are_ids(&self, labels: &BTreeMap<Label, Index>) -> Result<(), Error> {
        let Some((label, index)) = labels.iter().find(|(label, _)| self.find_text(label.as_str()).is_some())
        else {
            return Ok(());
        };
        let id = self.id(*index);
        Err(Error::new(
            Code::DuplicateLabel,
            format!("label `{label}` of revision `{id}` is also a revision id"),
        )
        .with_help("give the branch another label")
        .with_revision(id.as_str()))
    }
}

/// The parents of a revision as provisional positions: first what it revises, then what it depends on.
struct Links {
    parents: Vec<usize>,
    revises: usize,
}

impl Links {
    fn find(node: &Node, sorted: &[Node]) -> Result<Self, Error> {
        let mut parents = Vec::with_capacity(node.revises.len() + node.depends_on.len());
        for (verb, ids) in [("revises", &node.revises), ("depends on", &node.depends_on)] {
            for id in ids {
                let place = sorted.binary_search_by(|other| other.id.cmp(id));
                parents.push(place.map_err(|_| missing_parent(node, verb, id, sorted))?);
            }
        }
        Ok(Self { parents, revises: node.revises.len() })
    }
}

fn missing_parent(node: &Node, verb: &str, missing: &RevisionId, sorted: &[Node]) -> Error {
    let others = sorted.iter().map(|other| other.id.as_str()).filter(|id| *id != node.id.as_str());
    let help = match suggest(missing.as_str(), others).as_slice() {
        [] => format!("restore the file of revision `{missing}`, or correct the header of `{}`", node.id),
        near => format!("did you mean {}?", message::any_of(near)),
    };
    Error::new(
        Code::MissingParent,
        format!("revision `{}` {verb} `{missing}`, which does not exist", node.id),
    )
    .with_help(help)
    .with_revision(node.id.as_str())
    .with_list("missing", [missing])
}

fn refuse_duplicates(sorted: &[Node]) -> Result<(), Error> {
    let Some(pair) = sorted.windows(2).find(|pair| pair[0].id == pair[1].id) else { return Ok(()) };
    let id = &pair[0].id;
    let mut messages = [pair[0].message.as_str(), pair[1].message.as_str()];
    messages.sort_unstable();
    Err(Error::new(
        Code::DuplicateRevision,
        format!("two revisions have the id `{id}`: \"{}\" and \"{}\"", messages[0], messages[1]),
    )
    .with_help("give one of the two files another id, or remove it if it is a copy")
    .with_revision(id.as_str()))
}

/// The provisional positions in canonical order.
fn canonical_order(nodes: &[Node], links: &[Links]) -> Result<Vec<usize>, Error> {
    let mut by_age: Vec<usize> = (0..nodes.len()).collect();
    by_age.sort_by(|&left, &right| nodes[left].created.cmp(&nodes[right].created).then(left.cmp(&right)));
    let mut age = vec![0; nodes.len()];
    for (rank, &node) in by_age.iter().enumerate() {
        age[node] = rank;
    }

    let mut waiting: Vec<_> = links.iter().map(|links| links.parents.len()).collect();
    let mut children = vec![Vec::new(); nodes.len()];
    for (node, links) in links.iter().enumerate() {
        for &parent in &links.parents {
            children[parent].push(node);
        }
    }
    let mut ready: BinaryHeap<_> = by_age
        .iter()
        .enumerate()
        .filter(|(_, node)| waiting[**node] == 0)
        .map(|(rank, _)| Reverse(rank))
        .collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(Reverse(rank)) = ready.pop() {
        let node = by_age[rank];
        order.push(node);
        for &child in &children[node] {
            waiting[child] -= 1;
            if waiting[child] == 0 {
                ready.push(Reverse(age[child]));
            }
        }
    }
    if order.len() == nodes.len() { Ok(order) } else { Err(cycle(nodes, links, &waiting)) }
}

/// Names one circle among the revisions that still wait for a parent.
fn cycle(nodes: &[Node], links: &[Links], waiting: &[usize]) -> Error {
    // Whoever waits has a parent that waits: following those must come back to where it has been.
    let stuck_parent =
        |node: usize| links[node].parents.iter().copied().filter(|&parent| waiting[parent] > 0).min();
    let mut seen_at = BTreeMap::new();
    let mut path: Vec<usize> = Vec::new();
    let mut here = (0..nodes.len()).find(|&node| waiting[node] > 0);
    let mut start = 0;
    while let Some(node) = here {
        if let Some(&at) = seen_at.get(&node) {
            start = at;
            break;
        }
        seen_at.insert(node, path.len());
        path.push(node);
        here = stuck_parent(node);
    }
    let mut circle = path.split_off(start);
    circle.reverse();
    let smallest = circle.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
    circle.rotate_left(smallest);

    let ids: Vec<_> = circle.iter().map(|&node| nodes[node].id.as_str()).collect();
    let first = ids.first().copied().unwrap_or_default();
    let message = if ids.len() == 1 {
        format!("revision `{first}` needs itself")
    } else {
        let shown = ids[..ids.len().min(message::SHOWN)].join(" -> ");
        let rest =
            if ids.len() > message::SHOWN { format!(" ... ({} in all)", ids.len()) } else { String::new() };
        format!("revisions need each other in a circle: {shown}{rest} -> {first}")
    };
    Error::new(Code::Cycle, message)
        .with_help("correct the Revises or Depends-On line of one of them")
        .with_revision(first)
        .with_list("cycle", ids)
}

fn index_labels(nodes: &[Node]) -> Result<BTreeMap<Label, Index>, Error> {
    let mut labels = BTreeMap::new();
    for (position, node) in nodes.iter().enumerate() {
        for label in &node.labels {
            let first = *labels.entry(label.clone()).or_insert(Index::new(position));
            if first.position() != position {
                let (first, second) = (&nodes[first.position()].id, &node.id);
                return Err(Error::new(
                    Code::DuplicateLabel,
                    format!("label `{label}` is declared by two revisions, `{first}` and `{second}`"),
                )
                .with_help("remove it from one: the revisions that follow inherit it")
                .with_revision(second.as_str()));
            }
        }
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{graph, nodes, text, try_graph};
    use super::*;

    fn order(graph: &Graph) -> String {
        text(graph, graph.iter().map(|(index, _)| index))
    }

    fn refused(text: &str) -> Error {
        let error = try_graph(text).unwrap_err();
        assert!(error.help().is_some() && error.revision().is_some(), "{error}");
        error
    }

    #[test]
    fn parents_come_first_then_the_older_then_the_smaller_id() {
        let graph = graph(
            "z at 2026-01-01T00:00:00Z; y at 2026-01-02T00:00:00Z; x at 2026-01-02T00:00:00Z; \
             w <- y at 2020-01-01T00:00:00Z; v at 2026-01-03T00:00:00Z; u; t depends v",
        );
        assert_eq!(order(&graph), "u,z,x,y,w,v,t");
    }

    #[test]
    fn the_order_of_the_input_does_not_matter() {
        let mut shuffled = nodes("a; b <- a; c <- a; d <- b,c; e depends d");
        shuffled.reverse();
        assert_eq!(order(&Graph::new(shuffled).unwrap()), "a,b,c,d,e");
    }

    #[test]
    fn a_parent_named_twice_or_in_both_ways_counts_once() {
        let graph = graph("a; b <- a,a depends a");
        let b = graph.find_text("b").unwrap();
        assert_eq!((graph.revises(b).len(), graph.parents(b).len()), (1, 1));
        assert!(!graph.is_merge_point(b));
    }

    #[test]
    fn a_missing_parent_is_named_with_the_revision_that_wants_it_and_the_nearest_id() {
        let error = refused("3f2a9c41d07b; b <- 3f2a9c41d07c");
        assert_eq!(error.code(), Code::MissingParent);
        assert_eq!(error.message(), "revision `b` revises `3f2a9c41d07c`, which does not exist");
        assert_eq!(error.help(), Some("did you mean `3f2a9c41d07b`?"));
        assert_eq!(error.revision(), Some("b"));
        assert_eq!(refused("a; b depends x").message(), "revision `b` depends on `x`, which does not exist");
    }

    #[test]
    fn a_circle_is_shown_from_its_smallest_id_in_the_order_of_running() {
        let error = refused("x; d <- x,c; c <- b; b <- a depends d; a; e <- d");
        assert_eq!(error.code(), Code::Cycle);
        assert_eq!(error.message(), "revisions need each other in a circle: b -> c -> d -> b");
        assert_eq!(error.revision(), Some("b"));
    }

    #[test]
    fn a_revision_that_needs_itself_is_a_circle() {
        assert_eq!(refused("a; b <- b").message(), "revision `b` needs itself");
        assert_eq!(refused("a depends a").code(), Code::Cycle);
    }

    #[test]
    fn a_long_circle_is_cut_short_in_the_message_only() {
        let text: Vec<_> = (0..5000).map(|n| format!("r{n} <- r{}", (n + 1) % 5000)).collect();
        let error = refused(&text.join(";"));
        assert!(error.message().ends_with("... (5000 in all) -> r0"), "{error}");
    }

    #[test]
    fn an_id_belongs_to_one_revision() {
        let error = refused("a; b; b <- a");
        assert_eq!((error.code(), error.revision()), (Code::DuplicateRevision, Some("b")));
    }

    #[test]
    fn a_label_belongs_to_one_revision_and_is_no_id() {
        let error = refused("a #x; b <- a #x");
        assert_eq!((error.code(), error.revision()), (Code::DuplicateLabel, Some("b")));
        let error = refused("a; b <- a #a");
        assert_eq!((error.code(), error.revision()), (Code::DuplicateLabel, Some("b")));
        assert_eq!(graph("a #x #x #y").labels(Index::new(0)).len(), 2);
    }
}
