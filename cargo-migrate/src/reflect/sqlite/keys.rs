use std::collections::BTreeMap;

use crate::schema::{ObjectName, Schema};

/// Lets foreign keys name tables and columns as those are declared: SQLite takes any case.
pub(super) fn spell_as_declared(schema: &mut Schema) {
    let declared: BTreeMap<String, (ObjectName, Vec<String>)> = schema
        .tables
        .values()
        .map(|table| {
            let columns = table.columns.iter().map(|column| column.name.clone()).collect();
            (table.name.name.to_ascii_lowercase(), (table.name.clone(), columns))
        })
        .collect();
    for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        let Some((table, columns)) = declared.get(&key.referred_table.name.to_ascii_lowercase()) else {
            continue;
        };
        key.referred_table.clone_from(table);
        for name in &mut key.referred_columns {
            if let Some(column) = columns.iter().find(|column| crate::sqlite::is_same(column, name)) {
                name.clone_from(column);
            }
        }
    }
}
