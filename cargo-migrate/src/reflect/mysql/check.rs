//! Checks.

use super::{
    catalog::{Row, cell},
    column,
    server::Server,
    text::expression,
};
use crate::{
    mysql::mentions,
    schema::{Check, Column, Table},
};

/// Puts the checks on their table, by name. The check that makes a column `json` on MariaDB becomes the type.
pub(super) fn add(server: &Server, table: &mut Table, rows: &[&Row]) {
    for row in rows {
        let expression = expression(server, cell(row, 2));
        let mut name = cell(row, 1).to_owned();
        if cell(row, 4) == "Column"
            && let Some(at) = owner(&table.columns, &name, &expression)
        {
            name.clone_from(&table.columns[at].name);
            if column::restore_json(server.dialect, &mut table.columns[at], &expression) {
                continue;
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

/// The column to which a check of MariaDB belongs. It is the check's name, unless the column was renamed since: then the
/// expression tells.
fn owner(columns: &[Column], name: &str, expression: &str) -> Option<usize> {
    let named = columns.iter().position(|column| column.name == name);
    let speaks = |at: &usize| mentions(expression, &columns[*at].name);
    named.filter(speaks).or_else(|| (0..columns.len()).find(speaks)).or(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_belongs_to_the_column_that_was_renamed() {
        let columns = [Column::new("id", "int"), Column::new("total", "int")];
        assert_eq!(owner(&columns, "id", "id > 0"), Some(0));
        assert_eq!(owner(&columns, "old", "total > 0"), Some(1));
        assert_eq!(owner(&columns, "id", "total > 0"), Some(1));
        assert_eq!(owner(&columns, "id", "1 > 0"), Some(0));
        assert_eq!(owner(&columns, "old", "1 > 0"), None);
    }
}
