//! wip
mod database;
mod engine;
mod event;
mod execute;
mod journal;
mod pause;
mod report;
mod session;
mod steps;
#[cfg(feature = "tls")]
mod tls;
mod url;
mod versions;
pub use database::Database;
pub use versions::Versions;

/// ```no_run
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
