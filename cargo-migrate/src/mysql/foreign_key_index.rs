//! The indexes that the server makes for foreign keys.
//!
//! A foreign key needs an index that starts with its columns. Where the table has none, the server makes one, named as
//! the constraint, and takes it away again when another index can do its work. Whoever writes a model means the foreign
//! key, not that index, so it is in no [`Table`]: the reader leaves it out, and the renderer makes and drops it where
//! the server would not. An index is such a one if, and only if, [`implicit_indexes`] says so for the rest of its table.
//! One that has the constraint's name but that another index makes superfluous, or one with another name, was made by
//! a person and is reported.

use std::collections::BTreeMap;

use migrate_core::Dialect;

use crate::schema::{Index, KeyPart, Table};

/// Names and columns of the indexes that the foreign keys of this table need beside those it states.
///
/// Of keys on the same columns the last by name gives the index its name: that is what the server does where they are
/// made in the order of their names, as the renderer makes them.
pub(crate) fn implicit_indexes(dialect: Dialect, table: &Table) -> BTreeMap<String, Vec<String>> {
    let needed: BTreeMap<&String, &Vec<String>> = table
        .foreign_keys
        .iter()
        .filter(|key| !is_covered(dialect, table, &key.columns))
        .filter_map(|key| Some((key.name.as_ref()?, &key.columns)))
        .collect();
    let is_superfluous = |name: &String, columns: &[String]| {
        needed.iter().any(|(other, wider)| {
            *other != name && starts_with(wider, columns) && (wider.len() > columns.len() || *other > name)
        })
    };
    let kept = needed.iter().filter(|(name, columns)| !is_superfluous(name, columns));
    kept.map(|(name, columns)| ((*name).clone(), (*columns).clone())).collect()
}

/// Whether an index that the table states starts with these columns.
fn is_covered(dialect: Dialect, table: &Table, columns: &[String]) -> bool {
    table.primary_key.as_ref().is_some_and(|key| starts_with(&key.columns, columns))
        || table.uniques.iter().any(|unique| starts_with(&unique.columns, columns))
        || table.indexes.iter().any(|index| covers(dialect, index, columns))
}

/// Whether a foreign key on these columns can use the index.
pub(crate) fn covers(dialect: Dialect, index: &Index, columns: &[String]) -> bool {
    let can_descend = match dialect {
        Dialect::Mariadb => true,
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => false,
    };
    let is_plain = |key: &&crate::schema::IndexKey| key.prefix.is_none() && (can_descend || !key.descending);
    let keys: Vec<String> = index
        .keys
        .iter()
        .take_while(is_plain)
        .map_while(|key| match &key.part {
            KeyPart::Column(name) => Some(name.clone()),
            KeyPart::Expression(_) => None,
        })
        .collect();
    !matches!(index.method.as_deref(), Some("fulltext" | "spatial" | "vector")) && starts_with(&keys, columns)
}

fn starts_with(columns: &[String], start: &[String]) -> bool {
    columns.len() >= start.len()
        && columns.iter().zip(start).all(|(one, other)| one.to_lowercase() == other.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Deferrable, ForeignKey, IndexKey, ObjectName, ReferentialAction};

    fn table(keys: &[(&str, &[&str])]) -> Table {
        let mut table = Table::new(ObjectName::local("t"));
        table.foreign_keys = keys
            .iter()
            .map(|(name, columns)| ForeignKey {
                name: Some((*name).to_owned()),
                columns: columns.iter().map(ToString::to_string).collect(),
                referred_table: ObjectName::local("r"),
                referred_columns: columns.iter().map(ToString::to_string).collect(),
                on_delete: ReferentialAction::NoAction,
                delete_columns: Vec::new(),
                on_update: ReferentialAction::NoAction,
                match_full: false,
                deferrable: Deferrable::No,
                not_valid: false,
                comment: None,
            })
            .collect();
        table
    }

    fn names(table: &Table) -> Vec<String> {
        implicit_indexes(Dialect::Mysql, table).into_keys().collect()
    }

    #[test]
    fn a_foreign_key_makes_an_index_only_where_none_serves_it() {
        let mut one = table(&[("f", &["a"])]);
        assert_eq!(names(&one), ["f"]);
        one.indexes.push(Index::new("ix", vec![IndexKey::column("b"), IndexKey::column("a")]));
        assert_eq!(names(&one), ["f"]);
        one.indexes.push(Index::new("iy", vec![IndexKey::column("A"), IndexKey::column("b")]));
        assert!(names(&one).is_empty());
    }

    #[test]
    fn neither_a_prefix_nor_a_descending_key_serves() {
        let mut one = table(&[("f", &["a"])]);
        let descending = IndexKey { descending: true, ..IndexKey::column("a") };
        one.indexes.push(Index::new("ix", vec![descending]));
        one.indexes.push(Index::new("iy", vec![IndexKey { prefix: Some(5), ..IndexKey::column("a") }]));
        assert_eq!(names(&one), ["f"]);
        assert!(implicit_indexes(Dialect::Mariadb, &one).is_empty());
    }

    #[test]
    fn the_index_of_one_key_serves_another() {
        assert_eq!(names(&table(&[("f1", &["a"]), ("f2", &["a", "b"])])), ["f2"]);
        assert_eq!(names(&table(&[("f2", &["a"]), ("f1", &["a"])])), ["f2"]);
    }
}
