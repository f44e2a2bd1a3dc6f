//! Schemas read from a database's catalogue, in a constant number of queries: one file, or one folder, for each engine.

mod mssql;
mod mysql;
mod postgres;
mod sqlite;

use migrate_core::{Dialect, Error};
use migrate_runtime::Connection;

use crate::schema::Schema;

/// What part of a database is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// The schema whose objects are named without one; none for the connection's own. On MySQL and MariaDB a schema is
    /// a database.
    pub(crate) default_schema: Option<String>,
    /// Schemas to read beside the default one. On SQLite there are none.
    pub(crate) schemas: Vec<String>,
    /// Tables that are ours: the version table and the journal. They are not reported.
    pub(crate) without: Vec<String>,
}

/// The schema whose objects are named without one: on MySQL and MariaDB the database. None where there is none.
///
/// # Errors
/// The server's.
pub(crate) async fn default_schema(connection: &mut Connection) -> Result<Option<String>, Error> {
    let sql = match connection.dialect() {
        Dialect::Postgres => "SELECT pg_catalog.current_schema()",
        Dialect::Mysql | Dialect::Mariadb => "SELECT DATABASE()",
        Dialect::Mssql => "SELECT SCHEMA_NAME()",
        Dialect::Sqlite => return Ok(None),
    };
    let rows = connection.query(sql).await?;
    Ok(rows.into_iter().flatten().next().flatten())
}

/// Reads the catalogue.
///
/// # Errors
/// [`migrate_core::Code::Database`] with the server's message, [`migrate_core::Code::ConnectionLost`].
pub(crate) async fn reflect(connection: &mut Connection, scope: &Scope) -> Result<Schema, Error> {
    match connection.dialect() {
        Dialect::Postgres => postgres::reflect(connection, scope).await,
        Dialect::Mysql | Dialect::Mariadb => mysql::reflect(connection, scope).await,
        Dialect::Mssql => mssql::reflect(connection, scope).await,
        Dialect::Sqlite => sqlite::reflect(connection, scope).await,
    }
}
