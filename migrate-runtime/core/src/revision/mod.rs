//! A revision file: its header, its sections, and the script that one engine gets to run.

mod file;
mod header;
mod review;
mod script;
mod section;

pub use file::RevisionFile;
pub use header::Header;
pub use script::{Block, Call, Script, Statement, Step};
pub use section::{Section, Side, Unwritten};
