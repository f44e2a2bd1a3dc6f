use std::collections::BTreeMap;

use super::{
    Check, Column, Details, Exclusion, ForeignKey, Index, IndexKey, KeyPart, ObjectName, PrimaryKey, Unique,
};

/// A table, with everything on it that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: ObjectName,
    /// In the order of the table; their order is not compared.
    pub(crate) columns: Vec<Column>,
    pub(crate) primary_key: Option<PrimaryKey>,
    /// Empty on MySQL and MariaDB, where a unique constraint is a unique index.
    pub(crate) uniques: Vec<Unique>,
    /// Without those that a constraint has made.
    pub(crate) indexes: Vec<Index>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    pub(crate) checks: Vec<Check>,
    /// `PostgreSQL` only.
    pub(crate) exclusions: Vec<Exclusion>,
    pub(crate) comment: Option<String>,
    /// What is said of the table as a whole, by the engine's own word: `engine`, `charset`, `collation`, `row_format`
    /// (MySQL); `strict`, `without_rowid` with the value `true` (SQLite); `unlogged` with the value `true` and the
    /// storage parameters, such as `fillfactor` (PostgreSQL). Compared where the wanted side states it.
    pub(crate) options: BTreeMap<String, String>,
    /// SQLite only: what a rebuild of the table has to make again. Never compared.
    pub(crate) triggers: Vec<Trigger>,
    /// SQLite only: what else a rebuild of the table has to say again. Never compared.
    pub(crate) details: Details,
}

/// A trigger, as `sqlite_schema` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trigger {
    pub(crate) name: String,
    /// The whole statement that makes it, without a semicolon at its end.
    pub(crate) sql: String,
}

impl Table {
    /// A table with no columns yet.
    pub(crate) fn new(name: ObjectName) -> Self {
        Self {
            name,
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            exclusions: Vec::new(),
            comment: None,
            options: BTreeMap::new(),
            triggers: Vec::new(),
            details: Details::default(),
        }
    }

    /// The column of this name.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// SQLite: whether no two rows can have the same in these columns ("SQLite Foreign Key Support", 3).
    pub(crate) fn has_key(&self, columns: &[String]) -> bool {
        let is_it =
            |key: &[String]| key.len() == columns.len() && columns.iter().all(|column| key.contains(column));
        let is_index = |index: &Index| {
            let names: Option<Vec<String>> = index.keys.iter().map(plain_column).collect();
            index.unique && index.filter.is_none() && names.is_some_and(|names| is_it(&names))
        };
        self.primary_key.as_ref().is_some_and(|key| is_it(&key.columns))
            || self.uniques.iter().any(|unique| is_it(&unique.columns))
            || self.indexes.iter().any(is_index)
    }

    /// SQLite: the column that is the row's number, if there is one ("ROWIDs and the INTEGER PRIMARY KEY").
    pub(crate) fn row_number(&self) -> Option<&str> {
        self.integer_key().filter(|name| !self.is_descending(name))
    }

    /// SQLite: `INTEGER PRIMARY KEY DESC` behind a column, which is not the row's number.
    pub(crate) fn descending_key(&self) -> Option<&str> {
        self.integer_key().filter(|name| self.is_descending(name))
    }

    fn integer_key(&self) -> Option<&str> {
        let [name] = self.primary_key.as_ref()?.columns.as_slice() else { return None };
        let is_integer = self.column(name).is_some_and(|column| column.ty.eq_ignore_ascii_case("integer"));
        (is_integer && !self.has_option("without_rowid")).then_some(name.as_str())
    }

    fn is_descending(&self, name: &str) -> bool {
        let details = self.details.key(true, &[name.to_owned()]);
        details.is_some_and(|key| key.is_inline && key.parts.first().is_some_and(|part| part.descending))
    }

    /// Whether an option is there that is either there or not.
    pub(crate) fn has_option(&self, key: &str) -> bool {
        self.options.get(key).is_some_and(|value| value == "true")
    }
}

/// The column that a part of an index is, with the column's own collation.
fn plain_column(key: &IndexKey) -> Option<String> {
    match &key.part {
        KeyPart::Column(name) if key.collation.is_none() => Some(name.clone()),
        KeyPart::Column(_) | KeyPart::Expression(_) => None,
    }
}
