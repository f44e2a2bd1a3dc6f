//! The planner, on graphs that merge all the time. The promise: 10,000 revisions plan in under 50 ms.

#![allow(missing_docs, clippy::unwrap_used)]

use divan::{Bencher, black_box};
use migrate_benches::{graph, merge_heavy};
use migrate_core::graph::{Graph, State};

const SIZES: [usize; 3] = [100, 1_000, 10_000];

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES)]
fn build_the_graph(bencher: Bencher<'_, '_>, size: usize) {
    bencher.with_inputs(|| merge_heavy(size)).bench_values(|nodes| Graph::new(nodes).unwrap());
}

#[divan::bench(args = SIZES)]
fn build_and_plan_an_upgrade_to_the_heads(bencher: Bencher<'_, '_>, size: usize) {
    bencher.with_inputs(|| merge_heavy(size)).bench_values(|nodes| {
        let graph = Graph::new(nodes).unwrap();
        graph.plan_upgrade(&State::empty(&graph), "heads").unwrap()
    });
}

#[divan::bench(args = SIZES)]
fn plan_an_upgrade_to_the_heads(bencher: Bencher<'_, '_>, size: usize) {
    let graph = graph(size);
    bencher.bench(|| black_box(&graph).plan_upgrade(&State::empty(&graph), "heads").unwrap());
}

#[divan::bench(args = SIZES)]
fn plan_a_downgrade_to_base(bencher: Bencher<'_, '_>, size: usize) {
    let graph = graph(size);
    let rows = graph.plan_upgrade(&State::empty(&graph), "heads").unwrap().to;
    bencher.bench(|| {
        let state = State::new(&graph, &rows).unwrap();
        black_box(&graph).plan_downgrade(&state, "base").unwrap()
    });
}
