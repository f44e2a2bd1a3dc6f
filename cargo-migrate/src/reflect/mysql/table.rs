//! Tables, put together from the rows of the catalogue.

use std::collections::BTreeMap;

use super::{
    catalog::{Catalog, Row, cell, filled},
    check, column, foreign_key, index, object_name,
    server::Server,
};
use crate::{
    mysql::charset_of,
    schema::{Column, Identity, Table},
};

/// The tables of a database. Views, sequences, temporary and system-versioned tables have another type and are left
/// out; a partitioned table is read like any other, without its partitions.
pub(super) fn tables(server: &Server, database: &str, catalog: &Catalog) -> Vec<Table> {
    let columns = by_table(&catalog.columns);
    let indexes = by_table(&catalog.indexes);
    let foreign_keys = by_table(&catalog.foreign_keys);
    let rules = by_table(&catalog.rules);
    let checks = by_table(&catalog.checks);
    let base_tables = catalog.tables.iter().filter(|row| cell(row, 1) == "BASE TABLE");
    base_tables
        .map(|row| {
            let name = cell(row, 0);
            let collation = cell(row, 4);
            let mut table = Table::new(object_name(server, database, name));
            table.options = options(row);
            table.details.is_partitioned = cell(row, 3).split(' ').any(|word| word == "partitioned");
            table.comment = filled(row, 5).map(ToOwned::to_owned);
            table.columns =
                of(&columns, name).into_iter().map(|row| column::column(server, row, collation)).collect();
            check::add(server, &mut table, &of(&checks, name));
            index::add(server, &mut table, &of(&indexes, name));
            foreign_key::add(server, &mut table, &of(&foreign_keys, name), &of(&rules, name));
            index::leave_out_implicit(server.dialect, &mut table);
            leave_out_generated_key(&mut table);
            table
        })
        .collect()
}

fn of<'a>(rows: &BTreeMap<&str, Vec<&'a Row>>, table: &str) -> Vec<&'a Row> {
    rows.get(table).cloned().unwrap_or_default()
}

/// The rows of each table, in their order.
fn by_table(rows: &[Row]) -> BTreeMap<&str, Vec<&Row>> {
    let mut tables: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        tables.entry(cell(row, 0)).or_default().push(row);
    }
    tables
}

/// Engine, charset, collation, and what the table was created with.
fn options(row: &Row) -> BTreeMap<String, String> {
    let mut options = BTreeMap::new();
    let mut put = |key: &str, value: &str| {
        if !value.is_empty() {
            options.insert(key.to_owned(), value.to_owned());
        }
    };
    put("engine", cell(row, 2));
    put("charset", charset_of(cell(row, 4)));
    put("collation", cell(row, 4));
    for (key, value) in create_options(cell(row, 3)) {
        put(&key, &value);
    }
    options
}

/// `row_format=DYNAMIC KEY_BLOCK_SIZE=8 COMPRESSION="zlib" partitioned` as keys and values.
fn create_options(text: &str) -> Vec<(String, String)> {
    let mut options = Vec::new();
    let mut rest = text.trim();
    while let Some((key, behind)) = rest.split_once('=') {
        // Words without a value stand between the options.
        let key = key.trim().trim_matches('`').rsplit(' ').next().unwrap_or_default().trim_matches('`');
        let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, left) = match quote {
            Some(quote) => behind[1..].split_once(quote).unwrap_or((&behind[1..], "")),
            None => behind.split_once(' ').unwrap_or((behind, "")),
        };
        options.push((key.to_ascii_lowercase(), value.to_owned()));
        rest = left.trim();
    }
    options
}

/// MySQL gives a table without a primary key one of its own where `sql_generate_invisible_primary_key` is on: nobody
/// has asked for that column.
fn leave_out_generated_key(table: &mut Table) {
    let is_generated = |column: &Column| {
        column.name == "my_row_id"
            && column.invisible
            && column.ty == "bigint unsigned"
            && column.identity == Some(Identity::AutoIncrement)
    };
    let is_key = table.primary_key.as_ref().is_some_and(|key| key.columns == ["my_row_id"]);
    if is_key && table.columns.iter().any(is_generated) {
        table.columns.retain(|column| !is_generated(column));
        table.primary_key = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_taken_apart() {
        let options =
            create_options("max_rows=100 row_format=FIXED KEY_BLOCK_SIZE=4 partitioned COMPRESSION=\"zlib\"");
        let found: Vec<(&str, &str)> =
            options.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(
            found,
            [("max_rows", "100"), ("row_format", "FIXED"), ("key_block_size", "4"), ("compression", "zlib")]
        );
        assert!(create_options("partitioned").is_empty());
    }
}
