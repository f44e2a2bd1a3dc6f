//! Indexes and the primary key.

use std::collections::BTreeMap;

use migrate_core::Dialect;

use super::{
    catalog::{Row, cell, filled},
    server::Server,
    text::expression,
};
use crate::{
    mysql::implicit_indexes,
    schema::{Deferrable, Index, IndexKey, KeyPart, PrimaryKey, Table},
};

/// Puts the primary key and the indexes on their table, by name.
pub(super) fn add(server: &Server, table: &mut Table, rows: &[&Row]) {
    let mut indexes: BTreeMap<&str, Index> = BTreeMap::new();
    for row in rows {
        let name = cell(row, 1);
        let engine = table.options.get("engine").map(String::as_str).unwrap_or_default();
        let index = indexes.entry(name).or_insert_with(|| Index {
            unique: cell(row, 2) == "0",
            method: method(cell(row, 6), engine),
            invisible: cell(row, 8) == "NO",
            comment: filled(row, 7).map(ToOwned::to_owned),
            ..Index::new(name, Vec::new())
        });
        let has_prefix = !matches!(index.method.as_deref(), Some("spatial" | "fulltext"));
        index.keys.push(IndexKey {
            part: match row.get(9).and_then(Option::as_deref) {
                Some(printed) => KeyPart::Expression(expression(server, printed)),
                None => KeyPart::Column(cell(row, 3).to_owned()),
            },
            descending: cell(row, 4) == "D",
            // What the server says of a spatial index is the length of a bounding box.
            prefix: cell(row, 5).parse().ok().filter(|_| has_prefix),
            ..IndexKey::column("")
        });
    }
    if let Some(primary) = indexes.remove("PRIMARY") {
        table.primary_key = Some(PrimaryKey {
            name: None,
            columns: primary.columns().map(ToOwned::to_owned).collect(),
            include: Vec::new(),
            deferrable: Deferrable::No,
            clustered: None,
            comment: primary.comment,
        });
    }
    table.indexes = indexes.into_values().collect();
}

/// The method where it is not the one that the storage engine takes by itself. MariaDB makes a hash of a unique index
/// on a long text: nobody chooses that.
fn method(index_type: &str, engine: &str) -> Option<String> {
    let is_memory = engine.eq_ignore_ascii_case("memory");
    match index_type {
        "BTREE" => is_memory.then(|| "btree".to_owned()),
        "HASH" | "" => None,
        other => Some(other.to_ascii_lowercase()),
    }
}

/// Leaves out what the foreign keys have made: an index that is named as the key, on its columns, and that is needed
/// beside all the others.
pub(super) fn leave_out_implicit(dialect: Dialect, table: &mut Table) {
    let is_candidate = |index: &Index| {
        let plain = Index::new(index.name.clone(), index.columns().map(IndexKey::column).collect());
        let key = table.foreign_keys.iter().find(|key| key.name.as_ref() == Some(&index.name));
        *index == plain && key.is_some_and(|key| index.columns().eq(&key.columns))
    };
    let (mut implicit, mut stated): (Vec<Index>, Vec<Index>) =
        std::mem::take(&mut table.indexes).into_iter().partition(is_candidate);
    // Each one that turns out to be stated may serve the key of another.
    loop {
        table.indexes.clone_from(&stated);
        let needed = implicit_indexes(dialect, table);
        let (left_out, more): (Vec<Index>, Vec<Index>) =
            implicit.into_iter().partition(|index| needed.contains_key(&index.name));
        if more.is_empty() {
            break;
        }
        implicit = left_out;
        stated.extend(more);
    }
    table.indexes.sort_by(|one, other| one.name.cmp(&other.name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_chosen_method_is_told() {
        assert_eq!(method("BTREE", "InnoDB"), None);
        assert_eq!(method("HASH", "InnoDB"), None);
        assert_eq!(method("HASH", "MEMORY"), None);
        assert_eq!(method("BTREE", "MEMORY").as_deref(), Some("btree"));
        assert_eq!(method("FULLTEXT", "InnoDB").as_deref(), Some("fulltext"));
    }
}
