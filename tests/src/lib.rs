//! What the end-to-end tests stand on: throwaway databases on the servers that the environment names, looked at with
//! the bare drivers, and projects made of a few lines of SQL.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod app;
mod client;
mod dump;
mod modelled;
mod project;
mod scratch;
mod server;
mod shape;
pub mod world;

pub use app::{App, plugin, workspace};
pub use modelled::Modelled;
pub use project::{Project, revision};
pub use scratch::{Scratch, mssql_client};
pub use server::{Server, ServerKind, log_since};
