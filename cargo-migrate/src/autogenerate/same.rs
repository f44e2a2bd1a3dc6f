//! Which constraint of another dialect is that of the first: the one of its name, else the one that says the same. On
//! SQLite most have no name, and names are cut where an engine has no room for them.

use migrate_core::Dialect;

use super::names::Names;
use crate::{
    operation::Operation,
    own_words,
    schema::{Check, Deferrable, ForeignKey, Index, IndexKey, KeyPart, Table, Unique},
};

/// Something on a table that has a counterpart in another dialect.
pub(super) trait Counterpart: Clone {
    fn name(&self) -> Option<&str>;

    /// Calls it otherwise.
    fn set_name(&mut self, name: String);

    /// Whether it says what one of the first dialect says.
    fn says(&self, first: &Self, names: &Names) -> bool;
}

/// The counterpart of what the first dialect has.
fn position<T: Counterpart>(list: &[T], first: &T, names: &Names) -> Option<usize> {
    let named = |found: &T| first.name().is_some() && found.name() == first.name();
    list.iter().position(named).or_else(|| list.iter().position(|found| found.says(first, names)))
}

/// Undoes that the first dialect has got something: what was there before takes its place, if anything was. Whether
/// there was a counterpart.
pub(super) fn take_away<T: Counterpart>(now: &mut Vec<T>, old: &[T], first: &T, names: &Names) -> bool {
    let Some(at) = position(now, first, names) else { return false };
    now.remove(at);
    now.extend(position(old, first, names).map(|at| old[at].clone()));
    true
}

/// Undoes that the first dialect has lost something. Whether there was a counterpart.
pub(super) fn put_back<T: Counterpart>(now: &mut Vec<T>, old: &[T], first: &T, names: &Names) -> bool {
    let Some(there) = position(old, first, names) else { return false };
    if let Some(at) = position(now, first, names) {
        now.remove(at);
    }
    now.push(old[there].clone());
    true
}

/// Gives what has not changed the names that it had: names by convention follow those of the table and its columns.
pub(super) fn take_names(now: &mut Table, old: &Table, names: &Names) {
    if let (Some(key), Some(old)) = (&mut now.primary_key, &old.primary_key)
        && key.columns == old.columns
    {
        key.name.clone_from(&old.name);
    }
    take_each(&mut now.uniques, &old.uniques, names);
    take_each(&mut now.indexes, &old.indexes, names);
    take_each(&mut now.foreign_keys, &old.foreign_keys, names);
    take_each(&mut now.checks, &old.checks, names);
}

fn take_each<T: Counterpart>(now: &mut [T], old: &[T], names: &Names) {
    for at in 0..now.len() {
        let is_taken = |name: &str| now.iter().any(|found| found.name() == Some(name));
        let is_kept = now[at].name().is_none() || old.iter().any(|old| old.name() == now[at].name());
        let former = old.iter().find(|old| now[at].says(old, names)).and_then(Counterpart::name);
        if let Some(name) = former.filter(|name| !is_kept && !is_taken(name)) {
            now[at].set_name(name.to_owned());
        }
    }
}

/// Whether what was added in the first dialect is meant for it alone: everything of its kind that the models give the
/// table here has a counterpart there.
pub(super) fn is_for_the_first_alone(
    operation: &Operation,
    written: &Table,
    here: &Table,
    names: &Names,
) -> bool {
    match operation {
        Operation::AddUnique { .. } => !has_stranger(&uniques(here), &uniques(written), names),
        Operation::AddIndex { index, .. } if index.unique => {
            !has_stranger(&uniques(here), &uniques(written), names)
                && !has_stranger(&here.indexes, &written.indexes, names)
        }
        Operation::AddIndex { .. } => !has_stranger(&here.indexes, &written.indexes, names),
        Operation::AddForeignKey { .. } => !has_stranger(&here.foreign_keys, &written.foreign_keys, names),
        Operation::AddCheck { .. } => !has_stranger(&here.checks, &written.checks, names),
        _ => false,
    }
}

/// Whether what an operation of the first dialect adds is on the table here. Of what is no part of a table, it is not.
pub(super) fn has_counterpart(operation: &Operation, here: &Table, names: &Names) -> bool {
    match operation {
        Operation::AddUnique { unique, .. } => {
            position(&here.uniques, unique, names).is_some()
                || position(&here.indexes, &as_index(unique), names).is_some()
        }
        Operation::AddIndex { index, .. } => {
            position(&here.indexes, index, names).is_some()
                || as_unique(index).is_some_and(|unique| position(&here.uniques, &unique, names).is_some())
        }
        Operation::AddForeignKey { key, .. } => position(&here.foreign_keys, key, names).is_some(),
        Operation::AddCheck { check, .. } => position(&here.checks, check, names).is_some(),
        _ => false,
    }
}

/// Whether something has no counterpart in the first dialect.
fn has_stranger<T: Counterpart>(list: &[T], first: &[T], names: &Names) -> bool {
    list.iter().any(|found| {
        !first
            .iter()
            .any(|one| found.says(one, names) || (one.name().is_some() && one.name() == found.name()))
    })
}

/// The unique constraints, and the unique indexes that may be one.
fn uniques(table: &Table) -> Vec<Unique> {
    table.uniques.iter().cloned().chain(table.indexes.iter().filter_map(as_unique)).collect()
}

fn are_same(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|column| other.contains(column))
}

impl Counterpart for Unique {
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn set_name(&mut self, name: String) {
        self.name = Some(name);
    }

    fn says(&self, first: &Self, _: &Names) -> bool {
        are_same(&self.columns, &first.columns)
    }
}

impl Counterpart for ForeignKey {
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn set_name(&mut self, name: String) {
        self.name = Some(name);
    }

    fn says(&self, first: &Self, names: &Names) -> bool {
        are_same(&self.columns, &first.columns) && self.referred_table == names.of(&first.referred_table)
    }
}

impl Counterpart for Check {
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn set_name(&mut self, name: String) {
        self.name = Some(name);
    }

    fn says(&self, first: &Self, _: &Names) -> bool {
        plain(&self.expression) == plain(&first.expression)
    }
}

impl Counterpart for Index {
    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn set_name(&mut self, name: String) {
        self.name = name;
    }

    fn says(&self, first: &Self, _: &Names) -> bool {
        self.unique == first.unique
            && self.keys.len() == first.keys.len()
            && self.filter.as_deref().map(plain) == first.filter.as_deref().map(plain)
            && self.keys.iter().zip(&first.keys).all(|(key, first)| match (&key.part, &first.part) {
                (KeyPart::Column(one), KeyPart::Column(other)) => {
                    one == other && key.descending == first.descending
                }
                (KeyPart::Expression(one), KeyPart::Expression(other)) => plain(one) == plain(other),
                _ => false,
            })
    }
}

/// An expression without what engines write in several ways: quotes of names, parentheses, white space, case.
pub(super) fn plain(expression: &str) -> String {
    // PostgreSQL shows a list in words of its own.
    let said = own_words::expression(Dialect::Postgres, Dialect::Sqlite, expression);
    let expression = said.as_deref().unwrap_or(expression);
    let mut out = String::with_capacity(expression.len());
    let mut in_string = false;
    for letter in expression.chars() {
        match letter {
            '\'' => {
                in_string = !in_string;
                out.push(letter);
            }
            _ if in_string => out.push(letter),
            '"' | '`' | '[' | ']' | '(' | ')' => {}
            _ if letter.is_whitespace() => {}
            _ => out.extend(letter.to_lowercase()),
        }
    }
    out
}

/// A unique constraint where the other dialect has a unique index for it.
pub(super) fn as_index(unique: &Unique) -> Index {
    let keys = unique.columns.iter().map(IndexKey::column).collect();
    Index { unique: true, ..Index::new(unique.name.clone().unwrap_or_default(), keys) }
}

/// A unique index where the other dialect has a unique constraint for it; none for one that no constraint can be.
pub(super) fn as_unique(index: &Index) -> Option<Unique> {
    let is_column = |key: &IndexKey| matches!(key.part, KeyPart::Column(_));
    let is_plain = index.unique && index.filter.is_none() && index.keys.iter().all(is_column);
    is_plain.then(|| Unique {
        name: Some(index.name.clone()),
        columns: index.columns().map(ToOwned::to_owned).collect(),
        include: Vec::new(),
        nulls_not_distinct: false,
        deferrable: Deferrable::No,
        clustered: None,
        comment: index.comment.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_the_same_in_the_words_of_any_engine() {
        assert_eq!(plain("\"Age\" > 0"), plain("(`age`>0)"));
        assert_eq!(plain("[state] IN ('A b')"), plain("state in ('A b')"));
        assert_ne!(plain("state in ('A b')"), plain("state in ('a b')"));
        assert_ne!(plain("age > 0"), plain("age > 1"));
        assert_eq!(plain("level = ANY (ARRAY[1, 5])"), plain("level IN (1, 5)"));
        assert_eq!(plain("state::text = ANY (ARRAY['a'::text])"), plain("[state] in ('a')"));
    }
}
