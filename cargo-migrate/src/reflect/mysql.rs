use migrate_core::Error;
use migrate_runtime::Connection;

use super::Scope;
use crate::schema::Schema;

/// Reads the catalogue of this engine.
pub(super) async fn reflect(connection: &mut Connection, scope: &Scope) -> Result<Schema, Error> {
    let _ = scope;
    Ok(Schema::empty(connection.dialect()))
}
