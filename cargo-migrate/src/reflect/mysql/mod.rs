//! MySQL and MariaDB. Eight or nine statements for a database, whatever the number of its tables; one more for all
//! sequences of MariaDB, and some for a table with something that no catalogue has, or shows wrongly (see [`show_create`],
//! [`correct`], [`ask`]).
//!
//! A schema is a database here. The index that a foreign key has made for itself is left out: see
//! [`implicit_indexes`](crate::mysql::implicit_indexes). On MariaDB a check that stands on a column has the column's
//! name, and a column of type `json` is one of type `longtext` with such a check.

mod ask;
mod beside;
mod catalog;
mod check;
mod column;
mod correct;
mod default;
mod foreign_key;
mod index;
mod sequence;
mod server;
mod show_create;
mod table;
mod text;
mod ty;

use std::collections::BTreeSet;

use migrate_core::{Dialect, Error};
use migrate_runtime::Connection;

use self::{catalog::Catalog, server::Server};
use super::Scope;
use crate::schema::{ObjectName, Schema};

/// Reads the catalogue of a MySQL or MariaDB server.
pub(super) async fn reflect(connection: &mut Connection, scope: &Scope) -> Result<Schema, Error> {
    let server = Server::ask(connection, scope).await?;
    let mut schema = Schema::empty(server.dialect);
    schema.schemas = server::existing(connection, &server, &scope.schemas).await?;
    let databases: BTreeSet<String> = schema.schemas.iter().chain([&server.home]).cloned().collect();
    for database in &databases {
        let mut catalog = Catalog::read(connection, &server, database).await?;
        let unread = correct::correct(connection, &server, database, &mut catalog).await?;
        ask::ask(connection, &server, database, &mut catalog).await?;
        beside::read(connection, &server, database, &catalog, &mut schema.beside).await?;
        schema.beside.unread.extend(unread);
        let mut tables = table::tables(&server, database, &catalog);
        tables.retain(|table| !scope.without.iter().any(|name| server.is_same_table(name, &table.name.name)));
        match server.dialect {
            Dialect::Mariadb => default::read_bytes(connection, database, &mut tables).await?,
            Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {}
        }
        show_create::fill_in(connection, database, &mut tables).await?;
        for sequence in sequence::read(connection, &server, database, &catalog).await? {
            schema.sequences.insert(sequence.name.clone(), sequence);
        }
        tables.into_iter().for_each(|table| schema.insert(table));
    }
    server::correct_case(&server, &mut schema);
    schema.defaults = server.defaults;
    schema.beside.collations = server.collations;
    Ok(schema)
}

/// The name of an object of this database.
fn object_name(server: &Server, database: &str, name: &str) -> ObjectName {
    if server.is_same_table(database, &server.home) {
        ObjectName::local(name)
    } else {
        ObjectName::in_schema(database, name)
    }
}
