//! The inputs of the benchmarks.

use migrate_core::{
    RevisionId,
    graph::{Graph, Node},
};

fn id(number: usize) -> RevisionId {
    #[allow(clippy::expect_used, reason = "the word is made here")]
    format!("{number:012x}").parse().expect("twelve hexadecimal digits")
}

/// A graph of `size` revisions in which lines fork, merge and depend on each other all the time.
///
/// # Panics
/// Never: the graph is sound.
pub fn merge_heavy(size: usize) -> Vec<Node> {
    (0..size)
        .map(|number| {
            let mut node = Node::new(id(number));
            // Four lines side by side; every eighth revision merges its line with the next, every fifth depends on an older one.
            if number >= 4 {
                node.revises.push(id(number - 4));
                if number % 8 == 0 {
                    node.revises.push(id(number - 3));
                }
                if number % 5 == 0 {
                    node.depends_on.push(id(number - 2));
                }
            }
            node
        })
        .collect()
}

/// The same as a graph.
///
/// # Panics
/// Never: the graph is sound.
pub fn graph(size: usize) -> Graph {
    #[allow(clippy::expect_used, reason = "the nodes are made here")]
    Graph::new(merge_heavy(size)).expect("a sound graph")
}

/// A script of about `bytes` bytes with what makes splitting hard: strings, comments, and on each line a statement.
pub fn script(bytes: usize) -> String {
    let line = "INSERT INTO t (a, b) VALUES (1, 'semi;colon -- no comment'); -- a comment; with one\n";
    line.repeat(bytes / line.len() + 1)
}

/// The text of revision `number` of a chain.
pub fn revision(number: usize) -> String {
    let revises = if number == 0 { String::new() } else { id(number - 1).to_string() };
    let up = if number == 0 {
        "CREATE TABLE t (a integer);".to_owned()
    } else {
        format!("INSERT INTO t VALUES ({number});")
    };
    format!(
        "-- revision {number}\n-- Revision: {}\n-- Revises: {revises}\n\n-- migrate:up\n{up}\n\n-- migrate:down\nSELECT 1;\n",
        id(number)
    )
}
