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
