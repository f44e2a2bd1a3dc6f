//! What is not compared and has to be known: names that are taken, triggers, views.

use migrate_core::Error;
use migrate_runtime::Connection;

use super::{
    catalog::{Catalog, cell, filled, rows},
    object_name,
    server::{Server, quoted},
};
use crate::schema::{Beside, Program};

/// Adds what a database has.
pub(super) async fn read(
    connection: &mut Connection,
    server: &Server,
    database: &str,
    catalog: &Catalog,
    beside: &mut Beside,
) -> Result<(), Error> {
    for row in &catalog.tables {
        let name = object_name(server, database, cell(row, 0));
        let kind = match cell(row, 1) {
            "BASE TABLE" => {
                if cell(row, 3).split(' ').any(|word| word == "partitioned") {
                    beside.unread.push(format!("{name}: its partitions"));
                }
                continue;
            }
            "SYSTEM VERSIONED" => "a system-versioned table",
            "SEQUENCE" => "a sequence",
            _ => "a view",
        };
        beside.taken.insert(name, kind);
    }
    let database_name = quoted(database);
    let sql = format!(
        "SELECT trigger_name, event_object_table, action_statement FROM information_schema.triggers \
         WHERE trigger_schema = {database_name} \
         UNION ALL SELECT table_name, NULL, view_definition FROM information_schema.views \
         WHERE table_schema = {database_name} ORDER BY 2, 1"
    );
    for row in rows(connection, &sql).await? {
        let table = filled(&row, 1).map(|table| object_name(server, database, table));
        beside.programs.push(Program {
            kind: if table.is_some() { "trigger" } else { "view" },
            name: cell(&row, 0).to_owned(),
            table,
            sql: cell(&row, 2).to_owned(),
        });
    }
    Ok(())
}
