use std::collections::BTreeMap;

use migrate_core::Error;

use super::row::Row;

/// What comments stand on: objects by their numbers, which are unique within a catalogue.
#[derive(Debug, Default)]
pub(super) struct Comments {
    relations: BTreeMap<(u32, i32), String>,
    constraints: BTreeMap<u32, String>,
    types: BTreeMap<u32, String>,
}

impl Comments {
    pub(super) fn read(rows: impl Iterator<Item = Row>) -> Result<Self, Error> {
        let mut found = Self::default();
        for mut row in rows {
            let catalogue = row.text()?;
            let (object, column): (u32, i32) = (row.parse()?, row.parse()?);
            let text = row.text()?;
            match catalogue.as_str() {
                "pg_class" => found.relations.insert((object, column), text),
                "pg_constraint" => found.constraints.insert(object, text),
                _ => found.types.insert(object, text),
            };
        }
        Ok(found)
    }

    /// Of a table, an index or a sequence.
    pub(super) fn of_relation(&self, oid: u32) -> Option<String> {
        self.relations.get(&(oid, 0)).cloned()
    }

    pub(super) fn of_column(&self, table: u32, number: i16) -> Option<String> {
        self.relations.get(&(table, i32::from(number))).cloned()
    }

    pub(super) fn of_constraint(&self, oid: u32) -> Option<String> {
        self.constraints.get(&oid).cloned()
    }

    pub(super) fn of_type(&self, oid: u32) -> Option<String> {
        self.types.get(&oid).cloned()
    }
}
