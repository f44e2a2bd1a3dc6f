//! PostgreSQL 14 to 18.

pub(crate) mod index;
mod keyword;
pub(crate) mod name;
pub(crate) mod text;

use migrate_core::Error;

use super::{Script, Statement};

/// The statements for this engine.
pub(super) fn render(script: &Script<'_>) -> Result<Vec<Statement>, Error> {
    let _ = script;
    Ok(Vec::new())
}
