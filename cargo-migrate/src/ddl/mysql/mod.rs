//! MySQL and MariaDB.
//!
//! Nothing here can be rolled back, so a table is changed in one ALTER TABLE where the server allows it: each statement
//! takes effect as a whole or not at all. The changes of a table are gathered in a [`Batch`](batch::Batch) while the
//! [`Planner`](planner::Planner) walks through the operations and keeps a picture of what the database holds by then;
//! what a clause says is written from that picture when the batch is done.
//!
//! Separate statements are: renames (they touch no rows, and no clause may name a column by the name that it gets in
//! the same statement); a foreign key that is dropped before anything it stands on changes; one that comes back under
//! the name it had.
//!
//! What the server takes along or refuses is put right by the planner:
//! - foreign keys around a change of the type of their columns, on either side;
//! - checks, generated columns, defaults and functional indexes around the rename of a column (MySQL);
//! - the index that a foreign key needs when another one that served it goes, and the one that it no longer needs;
//! - the names `TABLE_ibfk_N` and `TABLE_chk_N`, which change with the name of their table.
//!
//! DROP CONSTRAINT drops checks on both: DROP CHECK would not run on MariaDB, where a section `mysql` may run too.

mod alter;
mod batch;
mod column;
mod columns;
mod comments;
mod foreign_keys;
mod key;
mod live;
mod option;
mod planner;
mod programs;
mod renames;
mod review;
mod sequence;
mod table;
mod tables;

#[cfg(test)]
mod tests;

use migrate_core::{Code, Dialect, Error};

use super::{Notes, Script, Statement};

/// The statements for MySQL or MariaDB.
pub(super) fn render(dialect: Dialect, script: &Script<'_>, notes: &Notes) -> Result<Vec<Statement>, Error> {
    planner::Planner::new(dialect, script, notes).plan(script.operations)
}

/// What the engine has no word for.
fn unsupported(dialect: Dialect, what: impl std::fmt::Display, help: &str) -> Error {
    Error::new(Code::Unsupported, format!("{what}, which {dialect} cannot do")).with_help(help)
}
