use migrate_core::Error;

use super::{Script, Statement};

/// The statements for this engine.
pub(super) fn render(script: &Script<'_>) -> Result<Vec<Statement>, Error> {
    let _ = script;
    Ok(Vec::new())
}
