//! wip
pub mod blocking;
#[cfg(feature = "cli")]
pub mod cli;
mod database;
mod engine;
mod event;
mod execute;
mod journal;
mod migrator;
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

pub use database::Database;
pub use event::Event;
pub use migrate_core::{Code, Detail, Dialect, Error, Place, Position, graph::Direction};
pub use migrator::Migrator;
pub use report::{Report, Status, StepReport};
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

/// What the expansion of a macro names. Not for use by hand: it may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::versions::{Embedded, EmbeddedRevision};
    pub use include_dir;
    pub use migrate_core::Dialect;
}
