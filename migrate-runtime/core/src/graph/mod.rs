//! The revisions of a project as a graph, and the plans that lead through it.
//!
//! A [`Graph`] keeps its [`Node`]s in one canonical order: parents before children, ties by the time of creation, then
//! by id. Whatever it returns follows that order, so the same revisions give the same answer on every machine.
//!
//! Two kinds of edges lead from a revision to its parents. `Revises` says where the revision stands: heads, bases,
//! branches and relative identifiers (`+1`, `ID-2`) follow these edges alone. `Depends-On` only says what must have run
//! before. What a database *has* is closed under both, see [`State`].
//!
//! ```
//! use migrate_core::graph::{Graph, Node, State};
//! # fn main() -> Result<(), migrate_core::Error> {
//! let users = Node::new("3f2a9c41d07b".parse()?);
//! let bio = Node { revises: vec![users.id.clone()], ..Node::new("9b1c77e0a2d4".parse()?) };
//! let graph = Graph::new(vec![bio, users])?;
//!
//! let plan = graph.plan_upgrade(&State::empty(&graph), "head")?;
//! let ids: Vec<_> = plan.steps.iter().map(|step| graph.id(step.revision).as_str()).collect();
//! assert_eq!(ids, ["3f2a9c41d07b", "9b1c77e0a2d4"]);
//! # Ok(())
//! # }
//! ```

mod branch;
mod build;
mod drawing;
mod edges;
mod message;
mod model;
mod name;
mod plan;
mod resolve;
mod rows;
mod set;
mod stamp;
mod state;
#[cfg(test)]
mod testing;
mod walk;
mod word;

pub use drawing::Row;
pub use model::{Graph, Index, Node};
pub use plan::{Direction, Plan, Step};
pub use resolve::Range;
pub use set::Set;
pub use stamp::Stamp;
pub use state::State;
