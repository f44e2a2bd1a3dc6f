//! A short notation for graphs, so that a test reads like the case it proves.

use super::{Graph, Index, Node, Plan, State, Step};
use crate::{Error, RevisionId};

/// `a; b <- a; c <- a,b depends d #label !reason`: one revision after the other, created in no order.
pub(super) fn try_graph(text: &str) -> Result<Graph, Error> {
    Graph::new(nodes(text))
}

pub(super) fn graph(text: &str) -> Graph {
    try_graph(text).unwrap()
}

pub(super) fn nodes(text: &str) -> Vec<Node> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(node).collect()
}

fn node(text: &str) -> Node {
    let mut words = text.split_whitespace();
    let mut node = Node::new(words.next().unwrap().parse().unwrap());
    while let Some(word) = words.next() {
        match word {
            "<-" => node.revises = ids(words.next().unwrap()),
            "depends" => node.depends_on = ids(words.next().unwrap()),
            "at" => node.created = Some(words.next().unwrap().parse().unwrap()),
            _ if word.starts_with('#') => node.labels.push(word[1..].parse().unwrap()),
            _ if word.starts_with('!') => node.irreversible = Some(word[1..].to_owned()),
            _ => panic!("{word}"),
        }
    }
    node
}

/// `a,b` as ids.
pub(super) fn ids(text: &str) -> Vec<RevisionId> {
    text.split(',').map(str::trim).filter(|id| !id.is_empty()).map(|id| id.parse().unwrap()).collect()
}

/// The state with these rows.
pub(super) fn at(graph: &Graph, rows: &str) -> State {
    State::new(graph, &ids(rows)).unwrap()
}

/// `a,b` for these revisions.
pub(super) fn text(graph: &Graph, of: impl IntoIterator<Item = Index>) -> String {
    of.into_iter().map(|index| graph.id(index).as_str()).collect::<Vec<_>>().join(",")
}

/// Ids as `a,b`.
pub(super) fn joined(ids: &[RevisionId]) -> String {
    ids.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(",")
}

/// `+c (-a +c), -b (-b +a): rows` for a plan.
pub(super) fn shown(graph: &Graph, plan: &Plan) -> String {
    let step = |step: &Step| {
        let sign = if step.direction.as_str() == "up" { '+' } else { '-' };
        let delete = step.delete.iter().map(|id| format!("-{id}"));
        let rows: Vec<_> = delete.chain(step.insert.iter().map(|id| format!("+{id}"))).collect();
        format!("{sign}{} ({})", graph.id(step.revision), rows.join(" "))
    };
    let steps: Vec<_> = plan.steps.iter().map(step).collect();
    format!("{} => {}", steps.join(", "), joined(&plan.to))
}
