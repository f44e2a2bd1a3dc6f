//! The revisions of a project as a graph, and the plans that lead through it.
