//! The pure heart of cargo-migrate: what a revision file says, how revisions form a graph, and which steps lead
//! from one state of a database to another.
//!
//! Nothing in this crate reads a file, opens a connection or asks the clock. Data flows one way:
//!
//! ```text
//! text -> RevisionFile -> Script (per dialect) -> Seal (checksum, lineage) -> Lock
//!              |
//!              +-> Node -> Graph -> Plan
//! ```

mod catalog;
mod dialect;
mod error;
mod id;
mod near;
mod place;
mod timestamp;

pub mod graph;
pub mod lock;
pub mod revision;
pub mod seal;
pub mod sql;

pub use catalog::{Catalog, Difference};
pub use dialect::{Dialect, UnknownDialect};
pub use error::{Code, Detail, Error};
pub use id::{Label, RevisionId};
pub use near::suggest;
pub use place::{Place, Position};
pub use timestamp::{NotATimestamp, Timestamp};
