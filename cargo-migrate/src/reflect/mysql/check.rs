//! Checks.

use super::{
    catalog::{Row, cell},
    column,
    server::Server,
    text::expression,
};
use crate::schema::{Check, Table};

/// Puts the checks on their table, by name. The check that makes a column `json` on MariaDB becomes the type.
pub(super) fn add(server: &Server, table: &mut Table, rows: &[&Row]) {
    for row in rows {
        let name = cell(row, 1);
        let expression = expression(server, cell(row, 2));
        let own = table.columns.iter_mut().find(|column| column.name == name && cell(row, 4) == "Column");
        if own.is_some_and(|own| column::restore_json(server.dialect, own, &expression)) {
            continue;
        }
        table.checks.push(Check {
            name: Some(name.to_owned()),
            expression,
            no_inherit: false,
            not_valid: cell(row, 3) == "NO",
            comment: None,
        });
    }
    table.checks.sort_by(|one, other| one.name.cmp(&other.name));
}
