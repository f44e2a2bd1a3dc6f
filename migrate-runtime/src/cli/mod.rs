//! The commands of a shipped binary, and of `cargo migrate`: one clap subcommand for both.
//!
//! ```no_run
//! use migrate_runtime::{Migrator, cli};
//! # static VERSIONS: migrate_runtime::Versions = migrate_runtime::Versions::none();
//!
//! #[derive(clap::Parser)]
//! enum Arguments {
//!     /// Serve requests.
//!     Serve,
//!     /// Move the database.
//!     Migrate(cli::Migrate),
//! }
//!
//! #[tokio::main]
//! async fn main() -> std::process::ExitCode {
//!     match cli::parse() {
//!         Arguments::Serve => std::process::ExitCode::SUCCESS,
//!         Arguments::Migrate(migrate) => migrate.run(Migrator::new(&VERSIONS)).await,
//!     }
//! }
//! ```

mod command;
mod console;
mod history;
mod json;
mod listing;
mod moves;
mod offline;
mod program;
mod script;
mod show;
mod usage;
mod wrap;

pub use command::{App, Command, Migrate, parse_argument};
pub use console::{ColorChoice, Console, Format, OutputArgs, exit_code};
pub use json::revision_json;
pub use program::in_words_of;
pub use usage::{parse, refuse};
pub use wrap::wrapped;
