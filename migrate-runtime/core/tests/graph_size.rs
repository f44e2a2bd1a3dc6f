//! Ten thousand revisions. Run it with `--release -- --nocapture` to see the times.

#![allow(clippy::unwrap_used)]

use std::time::Instant;

use migrate_core::graph::{Graph, Node, State};

const COUNT: usize = 10_000;

fn node(at: usize, revises: &[usize], depends_on: &[usize]) -> Node {
    let ids = |list: &[usize]| list.iter().map(|at| id(*at).parse().unwrap()).collect();
    Node { revises: ids(revises), depends_on: ids(depends_on), ..Node::new(id(at).parse().unwrap()) }
}

fn id(at: usize) -> String {
    // Spread over the alphabet, so that the order of ids is not the order of running.
    format!("{:08x}{at:04x}", u32::try_from(at).unwrap().wrapping_mul(2_654_435_761))
}

/// Diamonds on top of each other: every third revision merges two, and every seventh depends on an old one.
fn merge_heavy() -> Vec<Node> {
    let mut nodes = vec![node(0, &[], &[])];
    for at in 1..COUNT {
        let old: &[usize] = if at % 7 == 0 { &[at / 2] } else { &[] };
        nodes.push(match at % 3 {
            1 => node(at, &[at - 1], old),
            2 => node(at, &[at - 2], old),
            _ => node(at, &[at - 2, at - 1], old),
        });
    }
    nodes[COUNT / 2].labels.push("middle".parse().unwrap());
    nodes
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    println!("{what:32} {:8.2} ms", start.elapsed().as_secs_f64() * 1000.0);
    result
}

#[test]
fn ten_thousand_merge_heavy_revisions_are_planned_up_and_down() {
    let nodes = merge_heavy();
    let graph = timed("Graph::new", || Graph::new(nodes).unwrap());
    let up = timed("plan_upgrade heads", || graph.plan_upgrade(&State::empty(&graph), "heads").unwrap());
    assert_eq!(up.steps.len(), COUNT);
    let state = timed("State::new", || State::new(&graph, &up.to).unwrap());
    let down = timed("plan_downgrade base", || graph.plan_downgrade(&state, "base").unwrap());
    assert_eq!(down.steps.len(), COUNT);
    let stamp = timed("plan_stamp base", || graph.plan_stamp(&state, &["base"], false).unwrap());
    assert!(stamp.to.is_empty());
    let labelled =
        timed("labels of all", || graph.iter().filter(|(at, _)| !graph.labels(*at).is_empty()).count());
    assert!(labelled > 0);
    timed("an unknown id", || graph.resolve(None, "0000000000ff").unwrap_err());
    timed("middle@head", || graph.resolve(None, "middle@heads").unwrap());
    timed("range of all", || graph.between(&graph.resolve_range(None, ":").unwrap()));
}

#[test]
fn a_chain_of_ten_thousand_with_a_label_on_each_is_no_burden() {
    let nodes = (0..COUNT).map(|at| {
        let mut node = node(at, if at == 0 { vec![] } else { vec![at - 1] }.as_slice(), &[]);
        node.labels.push(format!("label{at}").parse().unwrap());
        node
    });
    let graph = timed("Graph::new, chain", || Graph::new(nodes.collect()).unwrap());
    let base = graph.bases()[0];
    let labels = timed("labels of the base", || graph.labels(base).len());
    assert_eq!(labels, COUNT);
    let state = State::new(&graph, &[graph.id(graph.heads()[0]).clone()]).unwrap();
    let down = timed("plan_downgrade -10000", || graph.plan_downgrade(&state, "-10000").unwrap());
    assert_eq!(down.steps.len(), COUNT);
}

#[test]
fn ten_thousand_heads_fit_into_one_message() {
    let graph = Graph::new((0..COUNT).map(|at| node(at, &[], &[])).collect()).unwrap();
    let error = timed("head among 10,000", || graph.resolve(None, "head").unwrap_err());
    assert!(error.message().len() < 300);
    let up =
        timed("plan_upgrade heads, flat", || graph.plan_upgrade(&State::empty(&graph), "heads").unwrap());
    assert_eq!(up.to.len(), COUNT);
}
