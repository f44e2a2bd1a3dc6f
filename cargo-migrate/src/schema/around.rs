use std::collections::{BTreeMap, BTreeSet};

use super::{ObjectName, Schema, Table, Trigger};

/// SQLite only: what the database holds beside that which is compared. A table that is made anew takes the name of
/// nothing else and comes back with all that stood on it. Never compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Around {
    /// Every table as it was read, whatever is left out of the comparison.
    pub(crate) tables: BTreeMap<ObjectName, Table>,
    /// The names of all tables, views and indexes.
    pub(crate) names: BTreeSet<String>,
    /// All triggers, with the table or the view that each is on.
    pub(crate) triggers: Vec<(String, Trigger)>,
    /// All views: what each is called, and the statement that made it.
    pub(crate) views: Vec<(String, String)>,
}

impl Schema {
    /// What stands on a table and was left out of the comparison, on a table without columns.
    pub(crate) fn left_out(&self, name: &ObjectName) -> Option<Table> {
        let (compared, whole) = (self.tables.get(name)?, self.around.tables.get(name)?);
        let mut rest = Table::new(name.clone());
        let is_new = |names: &[&str], name: &str| !names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let indexes: Vec<_> = compared.indexes.iter().map(|index| index.name.as_str()).collect();
        let triggers: Vec<_> = compared.triggers.iter().map(|trigger| trigger.name.as_str()).collect();
        rest.indexes.extend(whole.indexes.iter().filter(|index| is_new(&indexes, &index.name)).cloned());
        rest.triggers
            .extend(whole.triggers.iter().filter(|trigger| is_new(&triggers, &trigger.name)).cloned());
        rest.uniques.extend(missing(&compared.uniques, &whole.uniques));
        rest.foreign_keys.extend(missing(&compared.foreign_keys, &whole.foreign_keys));
        rest.checks.extend(missing(&compared.checks, &whole.checks));
        let is_empty = rest == Table::new(name.clone());
        (!is_empty).then_some(rest)
    }
}

impl Table {
    /// Takes back what was left out, unless it is there.
    pub(crate) fn put_back(&mut self, rest: &Self) {
        let is_same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        for index in &rest.indexes {
            if !self.indexes.iter().any(|known| is_same(&known.name, &index.name)) {
                self.indexes.push(index.clone());
            }
        }
        for trigger in &rest.triggers {
            if !self.triggers.iter().any(|known| is_same(&known.name, &trigger.name)) {
                self.triggers.push(trigger.clone());
            }
        }
        let uniques: Vec<_> = missing(&self.uniques, &rest.uniques).collect();
        let foreign_keys: Vec<_> = missing(&self.foreign_keys, &rest.foreign_keys).collect();
        let checks: Vec<_> = missing(&self.checks, &rest.checks).collect();
        self.uniques.extend(uniques);
        self.foreign_keys.extend(foreign_keys);
        self.checks.extend(checks);
    }
}

fn missing<'t, T: PartialEq + Clone>(known: &'t [T], all: &'t [T]) -> impl Iterator<Item = T> + 't {
    all.iter().filter(|one| !known.contains(one)).cloned()
}
