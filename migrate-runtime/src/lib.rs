//! Database revisions inside your binary: it migrates its own database when it starts.
//!
//! `cargo migrate` writes the revisions; this crate embeds them and runs them on PostgreSQL, MySQL, MariaDB, SQL Server
//! and SQLite.
//!
//! ```no_run
//! use migrate_runtime::{Migrator, Versions};
//!
//! static VERSIONS: Versions = migrate_runtime::embed!("tests/fixtures/shop/migrations");
//!
//! # async fn start() -> Result<(), migrate_runtime::Error> {
//! let report = Migrator::new(&VERSIONS).upgrade("sqlite:shop.db", "head").await?;
//! println!("{} revisions applied", report.steps.len());
//! # Ok(())
//! # }
//! ```
//!
//! At the head, a start is one SELECT: no lock, no write, and nothing embedded is parsed. Otherwise one of the processes
//! that start takes a lock and applies what is missing, each revision in a transaction where the engine has
//! transactional DDL; the others wait. On MySQL and MariaDB, and for `transaction:off`, a journal says how far a revision
//! came, and the next run goes on there.
//!
//! # Which runtime
//!
//! The network drivers need tokio. SQLite works under any executor, or none, and works in the calling thread. Programs
//! without an async runtime use [`blocking`].
//!
//! A future that is dropped half way leaves what the server has done: a transaction is rolled back when its connection
//! closes, a journal row stays and is gone on with. A connection that the caller holds may keep the lock until it closes.
//!
//! # Features
//!
//! | Feature | What it brings |
//! |---|---|
//! | `sqlite` (default) | SQLite, compiled in |
//! | `postgres` | PostgreSQL, with tokio-postgres |
//! | `mysql` | MySQL and MariaDB, with `mysql_async` |
//! | `mssql` | SQL Server, with tiberius |
//! | `tls` | TLS with rustls for the three above |
//! | `tracing` | spans and events for `tracing` |
//! | `cli` | the commands as a clap subcommand |
//! | `models` | `derive(Table)` and `derive(Enum)`, from which `cargo migrate revision --autogenerate` writes revisions |

#![cfg_attr(
    not(any(feature = "postgres", feature = "mysql", feature = "mssql", feature = "sqlite")),
    allow(dead_code, reason = "without an engine there is nothing to drive")
)]

pub mod blocking;
#[cfg(feature = "cli")]
pub mod cli;
mod connection;
mod database;
mod engine;
mod event;
mod execute;
mod journal;
mod migrator;
mod offline;
mod pause;
mod report;
mod run;
mod session;
mod settings;
mod steps;
#[cfg(feature = "tls")]
mod tls;
mod url;
mod versions;

pub use connection::Connection;
pub use database::Database;
pub use event::Event;
pub use migrate_core::{Code, Detail, Dialect, Error, Place, Position, graph::Direction};
pub use migrator::Migrator;
pub use offline::OfflineScript;
pub use report::{Interrupted, Report, Status, StepReport};
pub use run::Settle;
pub use settings::{NewerDatabase, TransactionMode};
pub use steps::{StepContext, StepError};
pub use url::{DatabaseUrl, Engine};
pub use versions::Versions;

/// Embeds the revisions of a project in the program, checked while it is compiled.
///
/// ```
/// static VERSIONS: migrate_runtime::Versions = migrate_runtime::embed!("tests/fixtures/shop/migrations");
///
/// assert_eq!(VERSIONS.len(), 4);
/// ```
pub use migrate_macros::embed;

#[cfg(feature = "models")]
#[doc = include_str!("../docs/table.md")]
pub use migrate_macros::Table;

#[cfg(feature = "models")]
#[doc = include_str!("../docs/enum.md")]
pub use migrate_macros::Enum;

/// What the expansion of a macro names. Not for use by hand: it may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::versions::{Embedded, EmbeddedRevision};
    pub use include_dir;
    pub use migrate_core::Dialect;
}
