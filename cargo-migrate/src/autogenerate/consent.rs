//! By which words somebody agrees to a loss.
//!
//! Where something gets the name of something else, that name means two things: what has it now, and what has it behind
//! the renames. Whoever agrees to lose the one has not agreed to lose the other, which therefore goes by the name that
//! it has now.

use crate::{
    ddl::postgres::enumeration::dimensions,
    diff::Renames,
    schema::{ObjectName, Schema},
};

/// The words for one loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consent {
    /// What nothing else is called.
    pub(super) word: String,
    /// The name of the table, where it covers the loss.
    covered_by: Option<String>,
}

impl Consent {
    /// Consent to a thing by its name.
    pub(super) fn to(word: &impl ToString) -> Self {
        Self { word: word.to_string(), covered_by: None }
    }

    /// What people are told that it is called.
    pub(super) fn named(&self, now: &str) -> String {
        if self.word == now { now.to_owned() } else { format!("{now} ({} so far)", self.word) }
    }

    /// Whether one of the words agrees to it; `*` agrees to everything.
    pub(super) fn is_given(&self, words: &[String]) -> bool {
        words.iter().any(|word| {
            word == "*" || *word == self.word || self.covered_by.as_ref().is_some_and(|table| table == word)
        })
    }
}

/// What is called what, before and behind the renames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Called<'a> {
    pub(crate) before: &'a Schema,
    pub(crate) renames: &'a Renames,
}

impl Called<'_> {
    /// An enum, by its new name.
    pub(super) fn enumeration(&self, now: &ObjectName) -> Consent {
        let former = self.renames.former_enum(now);
        Consent::to(if former != *now && self.is_name_before(now) { &former } else { now })
    }

    /// A column's type by the name that it has now.
    pub(super) fn former_type(&self, now: &str) -> String {
        let mut renamed = self.renames.enums.iter();
        let found = renamed.find_map(|(from, to)| Some((from, dimensions(now, to)?)));
        found.map_or_else(|| now.to_owned(), |(from, arrays)| format!("{from}{arrays}"))
    }

    /// A column that is dropped: no rename touches it, but one may have given it its table's new name.
    pub(super) fn dropped_column(&self, table: &ObjectName, column: &str) -> Consent {
        let renamed = self.renames.columns.get(table);
        let is_passed_on = renamed.is_some_and(|columns| columns.values().any(|to| to == column));
        self.column(table, column, column, is_passed_on)
    }

    /// A column that stays, by its new name.
    pub(super) fn kept_column(&self, table: &ObjectName, column: &str) -> Consent {
        let former = self.renames.former_column(table, column);
        let found = self.before.table(&self.renames.former_table(table));
        let is_passed_on = former != column && found.is_some_and(|found| found.column(column).is_some());
        self.column(table, column, &former, is_passed_on)
    }

    fn column(&self, table: &ObjectName, now: &str, former: &str, is_passed_on: bool) -> Consent {
        let former_table = self.renames.former_table(table);
        let is_table_passed_on = former_table != *table && self.is_name_before(table);
        let is_given_to_another = || self.renames.tables.values().any(|to| *to == former_table);
        let covered_by = match is_table_passed_on {
            false => Some(table.to_string()),
            true if is_given_to_another() => None,
            true => Some(former_table.to_string()),
        };
        let word = if is_passed_on || is_table_passed_on {
            format!("{former_table}.{former}")
        } else {
            format!("{table}.{now}")
        };
        Consent { word, covered_by }
    }

    /// Whether something, of whatever kind, has the name now.
    fn is_name_before(&self, name: &ObjectName) -> bool {
        let before = self.before;
        before.tables.contains_key(name)
            || before.enums.contains_key(name)
            || before.sequences.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use migrate_core::Dialect;

    use super::*;
    use crate::schema::{Column, Table};

    fn before() -> Schema {
        let mut schema = Schema::empty(Dialect::Postgres);
        for name in ["a", "b"] {
            let mut table = Table::new(ObjectName::local(name));
            table.columns = ["x", "y"].map(|name| Column::new(name, "text")).to_vec();
            schema.insert(table);
        }
        schema
    }

    fn renames(tables: &[(&str, &str)], columns: &[(&str, &str, &str)]) -> Renames {
        let mut of_tables: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (table, from, to) in columns {
            let names = of_tables.entry(ObjectName::local(*table)).or_default();
            names.insert((*from).to_owned(), (*to).to_owned());
        }
        Renames {
            tables: tables
                .iter()
                .map(|(from, to)| (ObjectName::local(*from), ObjectName::local(*to)))
                .collect(),
            columns: of_tables,
            ..Renames::default()
        }
    }

    fn is_given(consent: &Consent, word: &str) -> bool {
        consent.is_given(&[word.to_owned()])
    }

    #[test]
    fn what_keeps_its_name_goes_by_it_and_by_its_table() {
        let (before, renames) = (before(), renames(&[("a", "c")], &[]));
        let called = Called { before: &before, renames: &renames };
        let column = called.dropped_column(&ObjectName::local("c"), "x");
        assert_eq!(column.word, "c.x");
        assert!(is_given(&column, "c") && is_given(&column, "*") && !is_given(&column, "a"));
    }

    #[test]
    fn a_table_that_takes_a_name_is_not_the_one_that_had_it() {
        let (before, renames) = (before(), renames(&[("b", "a")], &[]));
        let called = Called { before: &before, renames: &renames };
        let column = called.dropped_column(&ObjectName::local("a"), "x");
        assert_eq!(column.word, "b.x");
        assert!(is_given(&column, "b") && !is_given(&column, "a") && !is_given(&column, "a.x"));
    }

    #[test]
    fn in_a_circle_no_table_covers_its_columns() {
        let (before, renames) = (before(), renames(&[("a", "b"), ("b", "a")], &[]));
        let called = Called { before: &before, renames: &renames };
        let column = called.kept_column(&ObjectName::local("a"), "x");
        assert_eq!(column.word, "b.x");
        assert!(!is_given(&column, "a") && !is_given(&column, "b"));
    }

    #[test]
    fn a_column_that_takes_a_name_is_not_the_one_that_had_it() {
        let (before, renames) = (before(), renames(&[], &[("a", "x", "y")]));
        let called = Called { before: &before, renames: &renames };
        let table = ObjectName::local("a");
        assert_eq!(called.dropped_column(&table, "y").word, "a.y");
        assert_eq!(called.kept_column(&table, "y").word, "a.x");
        assert!(is_given(&called.kept_column(&table, "y"), "a"));
    }
}
