//! SQLite changes little of a table in place. What it cannot is done by making the table anew, once for all changes of a
//! script, in the order that "Making Other Kinds Of Table Schema Changes" (ALTER TABLE, 7) prescribes.

mod column;
mod create;
mod native;
mod rebuild;
mod rename;
mod table;
mod unsupported;
mod work;

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

use migrate_core::Error;

use super::{Notes, Script, Statement};

/// The statements for this engine.
pub(super) fn render(script: &Script<'_>, notes: &Notes) -> Result<Vec<Statement>, Error> {
    let mut work = work::Work::new(script, notes);
    for (at, operation) in script.operations.iter().enumerate() {
        work.take(at, operation)?;
    }
    work.finish()
}
