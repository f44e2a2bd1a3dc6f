//! The catalogue of SQL Server 2017 and later, in six queries whatever the number of tables. The manual: "System catalog
//! views (Transact-SQL)".
//!
//! Left out, and so left alone: what Microsoft ships, temporal, memory-optimized, external, graph, ledger and
//! partitioned tables and file tables, the table of the diagram designer; XML, spatial, full-text and hypothetical
//! indexes; views, triggers, procedures, types, statistics.
//!
//! What the server has named by itself has no name here: it would be another one in each database. (One with a comment
//! keeps it, because the comment is found by it.)

mod cells;
mod checks;
mod foreign_keys;
mod indexes;
mod sequences;
mod tables;
mod types;

use std::collections::BTreeMap;

use migrate_core::{Code, Error};
use migrate_runtime::Connection;

use super::Scope;
use crate::{
    ddl::mssql::name::string,
    schema::{ObjectName, Schema, Table},
};

use cells::Cells;

type Rows = Vec<Vec<Option<String>>>;

/// What is read, in the words of the catalogue.
#[derive(Debug)]
struct Area {
    /// The schema whose objects are named without one.
    default_schema: String,
    /// The schemas that are read, each as a literal.
    schemas: String,
}

impl Area {
    /// Whether a schema of that number is read.
    fn holds(&self, column: &str) -> String {
        format!("SCHEMA_NAME({column}) IN ({})", self.schemas)
    }

    fn name(&self, schema: &str, name: &str) -> ObjectName {
        if schema == self.default_schema {
            ObjectName::local(name)
        } else {
            ObjectName::in_schema(schema, name)
        }
    }
}

/// Tables while they are read.
type Tables = BTreeMap<ObjectName, Table>;

/// Reads the catalogue of this engine.
pub(super) async fn reflect(connection: &mut Connection, scope: &Scope) -> Result<Schema, Error> {
    let mut schema = Schema::empty(connection.dialect());
    let area = area(connection, scope, &mut schema).await?;
    let mut tables = tables::read(&ask(connection, &tables::query(&area)).await?, &area, scope)?;
    indexes::read(&ask(connection, &indexes::query(&area)).await?, &area, &mut tables)?;
    foreign_keys::read(&ask(connection, &foreign_keys::query(&area)).await?, &area, &mut tables)?;
    checks::read(&ask(connection, &checks::query(&area)).await?, &area, &mut tables)?;
    schema.tables = tables;
    schema.sequences = sequences::read(&ask(connection, &sequences::query(&area)).await?, &area)?;
    Ok(schema)
}

/// Finds out what the default schema is called, and which of the others are there.
async fn area(connection: &mut Connection, scope: &Scope, schema: &mut Schema) -> Result<Area, Error> {
    let default = scope.default_schema.as_deref().map_or_else(|| "SCHEMA_NAME()".to_owned(), string);
    let others: Vec<_> = scope.schemas.iter().map(|name| string(name)).collect();
    let wanted = [vec![default.clone()], others].concat().join(", ");
    let sql =
        format!("SELECT {default}, s.name FROM sys.schemas AS s WHERE s.name IN ({wanted}) ORDER BY s.name");
    let rows = ask(connection, &sql).await?;
    let mut area = Area { default_schema: String::new(), schemas: String::new() };
    let mut names = Vec::new();
    for row in &rows {
        let cells = Cells::new(row);
        cells.text(0)?.clone_into(&mut area.default_schema);
        let name = cells.text(1)?;
        names.push(string(name));
        if name != area.default_schema {
            schema.schemas.insert(name.to_owned());
        }
    }
    // Nothing is in a schema that is not there, and no list may be empty.
    if names.is_empty() {
        names.push("N''".to_owned());
    }
    area.schemas = names.join(", ");
    Ok(area)
}

async fn ask(connection: &mut Connection, sql: &str) -> Result<Rows, Error> {
    connection.query(sql).await.map_err(|error| {
        let code = match error.code() {
            Code::StatementFailed => Code::Database,
            other => other,
        };
        let told = Error::new(code, format!("reading the catalogue: {}", error.message()));
        match error.help() {
            Some(help) => told.with_help(help),
            None => told,
        }
    })
}
