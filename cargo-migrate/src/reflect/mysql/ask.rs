//! Texts that the catalogue shows with question marks, on MySQL and MariaDB: a default, and the values of an enum or a
//! set, with characters of four bytes. No query shows them; a column of the same definition in a temporary table does.

use migrate_core::{Dialect, Error};
use migrate_runtime::Connection;

use super::{
    catalog::{Catalog, Row, cell, rows},
    server::Server,
    ty,
};
use crate::{
    mysql::{identifier, literal},
    schema::strings,
};

const PLACE: &str = "migrate_scratch";

/// Puts the right texts into the rows of a database. Only where there are question marks is anything asked.
pub(super) async fn ask(
    connection: &mut Connection,
    server: &Server,
    database: &str,
    catalog: &mut Catalog,
) -> Result<(), Error> {
    let is_table = |row: &Row, table: &str| cell(row, 0) == table && cell(row, 1) == "BASE TABLE";
    for row in &mut catalog.columns {
        let (has_default, has_values) = (is_doubtful_default(server, row), is_doubtful_list(row));
        let table = cell(row, 0);
        if !(has_default || has_values) || !catalog.tables.iter().any(|other| is_table(other, table)) {
            continue;
        }
        let values = if has_values { strings(server.dialect, cell(row, 2)) } else { Vec::new() };
        let found = texts(connection, database, row, has_default, values.len()).await.map_err(|error| {
            Error::new(error.code(), format!("{table}.{} cannot be read: {}", cell(row, 1), error.message()))
                .with_help(
                    "its default or its values have question marks, which may stand for other characters: only a \
                     temporary table can tell, for which the user needs the right CREATE TEMPORARY TABLES",
                )
        })?;
        put(server, row, has_default, &values, found);
    }
    Ok(())
}

/// A text as a default. An expression is no text.
fn is_doubtful_default(server: &Server, row: &Row) -> bool {
    let is_text = match server.dialect {
        Dialect::Mariadb => cell(row, 4).starts_with('\''),
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {
            !cell(row, 5).to_ascii_uppercase().contains("DEFAULT_GENERATED") && !ty::is_bytes(cell(row, 2))
        }
    };
    is_text && cell(row, 4).contains('?')
}

fn is_list(ty: &str) -> bool {
    ty.starts_with("enum(") || ty.starts_with("set(")
}

fn is_doubtful_list(row: &Row) -> bool {
    is_list(cell(row, 2)) && cell(row, 2).contains('?')
}

/// The default first, where it is asked for, then the values of the list.
async fn texts(
    connection: &mut Connection,
    database: &str,
    row: &Row,
    has_default: bool,
    values: usize,
) -> Result<Vec<Row>, Error> {
    let place = format!("{}.{PLACE}", identifier(database));
    let column = identifier(cell(row, 1));
    // A server may ask for a primary key.
    let made = connection
        .execute(&format!(
            "CREATE TEMPORARY TABLE {place} (migrate_id int PRIMARY KEY) \
             AS SELECT 0 AS migrate_id, {column} FROM {}.{} LIMIT 0",
            identifier(database),
            identifier(cell(row, 0))
        ))
        .await;
    made?;
    let default = has_default.then(|| "(0, DEFAULT)".to_owned());
    let numbers = (0..values).map(|at| {
        let number = if cell(row, 2).starts_with("set(") { 1_u64 << at } else { at as u64 + 1 };
        format!("({}, {number})", at + 1)
    });
    let all: Vec<String> = default.into_iter().chain(numbers).collect();
    let filled = connection.execute(&format!("INSERT INTO {place} VALUES {}", all.join(", "))).await;
    let text = if ty::is_bytes(cell(row, 2)) { format!("CONCAT('0x', HEX({column}))") } else { column };
    let found = match filled {
        Ok(()) => rows(connection, &format!("SELECT {text} FROM {place} ORDER BY migrate_id")).await,
        Err(error) => Err(error),
    };
    connection.execute(&format!("DROP TEMPORARY TABLE {place}")).await?;
    found
}

fn put(server: &Server, row: &mut Row, has_default: bool, values: &[String], found: Vec<Row>) {
    let mut found = found.into_iter().map(|row| cell(&row, 0).to_owned());
    let ty = cell(row, 2).to_owned();
    if has_default && let Some(text) = found.next() {
        row[4] = Some(match server.dialect {
            Dialect::Mariadb if !ty::is_bytes(&ty) => literal(&text),
            Dialect::Mysql | Dialect::Mariadb | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => text,
        });
    }
    let found: Vec<String> = found.collect();
    if !values.is_empty() && found != values {
        let (word, _) = ty.split_once('(').unwrap_or((&ty, ""));
        let listed: Vec<String> = found.iter().map(|value| literal(value)).collect();
        row[2] = Some(format!("{word}({})", listed.join(",")));
    }
}
