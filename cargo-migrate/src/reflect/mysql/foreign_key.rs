//! Foreign keys.

use std::collections::BTreeMap;

use super::{
    catalog::{Row, cell},
    object_name,
    server::Server,
};
use crate::schema::{Deferrable, ForeignKey, ReferentialAction, Table};

/// Puts the foreign keys on their table, by name.
pub(super) fn add(server: &Server, table: &mut Table, columns: &[&Row], rules: &[&Row]) {
    let rules: BTreeMap<&str, &&Row> = rules.iter().map(|row| (cell(row, 1), row)).collect();
    let action = |name: &str, at| rules.get(name).map(|row| action(cell(row, at))).unwrap_or_default();
    let mut keys: BTreeMap<&str, ForeignKey> = BTreeMap::new();
    for row in columns {
        let name = cell(row, 1);
        let key = keys.entry(name).or_insert_with(|| ForeignKey {
            name: Some(name.to_owned()),
            columns: Vec::new(),
            referred_table: object_name(server, cell(row, 3), cell(row, 4)),
            referred_columns: Vec::new(),
            on_delete: action(name, 3),
            delete_columns: Vec::new(),
            on_update: action(name, 2),
            match_full: false,
            deferrable: Deferrable::No,
            not_valid: false,
            comment: None,
        });
        key.columns.push(cell(row, 2).to_owned());
        key.referred_columns.push(cell(row, 5).to_owned());
    }
    table.foreign_keys = keys.into_values().collect();
}

/// RESTRICT is NO ACTION: nothing is deferred here.
fn action(rule: &str) -> ReferentialAction {
    match rule {
        "CASCADE" => ReferentialAction::Cascade,
        "SET NULL" => ReferentialAction::SetNull,
        "SET DEFAULT" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}
