use std::collections::BTreeMap;

use crate::schema::{ForeignKey, ObjectName, Schema};

/// Foreign keys to tables that nobody makes here: in a scratch place there is nothing that they could refer to. All that
/// can be said of a key is said outright, so one that was never made can be compared as it is written.
#[derive(Debug, Default)]
pub(super) struct Outside(BTreeMap<ObjectName, Vec<ForeignKey>>);

impl Outside {
    /// Takes them out of the schema.
    pub(super) fn take(schema: &mut Schema) -> Self {
        let made: Vec<ObjectName> = schema.tables.keys().cloned().collect();
        let mut taken = BTreeMap::new();
        for table in schema.tables.values_mut() {
            let leads_out = |key: &mut ForeignKey| made.binary_search(&key.referred_table).is_err();
            let keys: Vec<_> = table.foreign_keys.extract_if(.., leads_out).collect();
            if !keys.is_empty() {
                taken.insert(table.name.clone(), keys);
            }
        }
        Self(taken)
    }

    /// Puts them on the tables as they were made. A server may have its own mind about the letters of a table's name.
    pub(super) fn put_back(self, made: &mut Schema) {
        for (name, keys) in self.0 {
            let is_it = |found: &&ObjectName| {
                found.schema == name.schema && found.name.to_lowercase() == name.name.to_lowercase()
            };
            let found = if made.tables.contains_key(&name) {
                Some(name)
            } else {
                made.tables.keys().find(is_it).cloned()
            };
            if let Some(table) = found.and_then(|name| made.tables.get_mut(&name)) {
                table.foreign_keys.extend(keys);
            }
        }
    }
}
