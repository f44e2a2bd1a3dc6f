//! Operations as Transact-SQL, for SQL Server 2017 and later.
//!
//! - Every statement is a batch of its own: SQL Server looks names up batch by batch, so that one which uses a column
//!   that was added before it in the same batch does not compile (error 207).
//! - A column cannot be changed while something stands on it. [`blocker`] knows what, [`live`] how it looks at that
//!   moment, and [`part`] takes it away and puts it back, once for as many operations as need it.
//! - A constraint without a name of ours is found in the catalogue when it is dropped: the server's names for them are
//!   not the same in two databases.
//! - Procedures, views and triggers that speak of something by its old name are not changed by a rename.

mod action;
mod alter;
mod blocker;
mod column;
mod comment;
mod constraint;
mod conversion;
pub(crate) mod expression;
pub(crate) mod index;
mod live;
pub(crate) mod name;
mod need;
mod part;
mod rename;
pub(crate) mod sequence;
mod table;
mod writer;

#[cfg(test)]
mod tests;

use migrate_core::Error;

use super::{Notes, Script, Statement};

/// The statements for this engine.
pub(super) fn render(script: &Script<'_>, notes: &Notes) -> Result<Vec<Statement>, Error> {
    Ok(action::joined(writer::write(script, notes)?))
}
