use migrate_core::{Dialect, Error};

use super::{Script, Statement};

/// The statements for MySQL or MariaDB.
pub(super) fn render(dialect: Dialect, script: &Script<'_>) -> Result<Vec<Statement>, Error> {
    let _ = (dialect, script);
    Ok(Vec::new())
}
