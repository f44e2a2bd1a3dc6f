//! Checks.

use super::{
    catalog::{Row, cell},
    column,
    server::Server,
    text::expression,
};
use crate::{
    mysql::mentions,
    schema::{Check, Table},
};

/// Puts the checks on their table, by name. The check that makes a column `json` on MariaDB becomes the type; one that
/// stands on a column is named as the column.
pub(super) fn add(server: &Server, table: &mut Table, rows: &[&Row]) {
    for row in rows {
        let expression = expression(server, cell(row, 2));
        let name = cell(row, 1).to_owned();
        let own = table.columns.iter_mut().find(|column| cell(row, 4) == "Column" && column.name == name);
        if let Some(column) = own {
            let collation = table.options.get("collation").map(String::as_str);
            if column::restore_json(server.dialect, column, collation, &expression) {
                continue;
            }
            if !mentions(&expression, &name) {
                table.details.column_checks.insert(name.clone());
            }
        }
        table.checks.push(Check {
            name: Some(name),
            expression,
            no_inherit: false,
            not_valid: cell(row, 3) == "NO",
            comment: None,
        });
    }
    table.checks.sort_by(|one, other| one.name.cmp(&other.name));
}
