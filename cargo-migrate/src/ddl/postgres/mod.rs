//! PostgreSQL 14 to 18.
//!
//! [`plan`] makes explicit what a list of operations leaves to the renderer, [`step`] says each step in SQL, and
//! [`writer`] joins what one table's `ALTER TABLE` can hold.

mod column;
mod comment;
mod constraint;
pub(crate) mod dependents;
pub(crate) mod enumeration;
mod identity;
pub(crate) mod index;
mod keyword;
mod limits;
pub(crate) mod name;
mod plan;
pub(crate) mod role;
mod sequence;
mod state;
mod step;
mod table;
pub(crate) mod text;
mod ty;
mod writer;

#[cfg(test)]
mod tests;

use migrate_core::Error;

use super::{Notes, Script, Statement};
use crate::{
    operation::Operation,
    schema::{ObjectName, Sequence},
};

/// Whether a column's type is the enumerated type, or an array of it.
pub(crate) fn is_of_enum(ty: &str, of: &ObjectName) -> bool {
    enumeration::dimensions(ty, of).is_some()
}

/// Whether a serial takes over the sequence that the operations drop.
pub(crate) fn is_taken_over(sequence: &Sequence, operations: &[Operation]) -> bool {
    plan::is_taken_over(sequence, operations)
}

/// The statements for this engine.
pub(super) fn render(script: &Script<'_>, notes: &Notes) -> Result<Vec<Statement>, Error> {
    limits::check(script.operations)?;
    let mut writer = writer::Writer::new(notes);
    let mut now = script.before.clone();
    for step in plan::plan(script) {
        writer.note(step.operation().map(|operation| notes.of(operation)).unwrap_or_default());
        step::write(&mut writer, &now, &step)?;
        step.apply(&mut now);
    }
    Ok(writer.finish())
}
