//! Values that the models say are renamed, where the new value is there already: rows may hold either, and a rename would
//! not say which is which any more. It is not done.

use super::Warning;
use crate::{
    diff::Renames,
    schema::{ObjectName, Schema},
};

/// A word for each of them that is not wanted any more under its old name.
pub(super) fn warnings(before: &Schema, after: &Schema, told: &Renames, renames: &Renames) -> Vec<Warning> {
    let mut found = Vec::new();
    for (name, values) in &told.enum_values {
        let old = before.enums.get(&renames.former_enum(name)).map(|ty| ty.values.as_slice());
        let new = after.enums.get(name).map(|ty| ty.values.as_slice());
        let done = renames.enum_values.get(name);
        let open = values.iter().filter(|(from, _)| done.is_none_or(|done| !done.contains_key(*from)));
        let word = |of: &str| format!("{name}.{of}");
        found.extend(open.filter_map(|pair| warning(name, pair, (old?, new?), word)));
    }
    for ((table, column), values) in &told.column_values {
        let former = renames.former_column(table, column);
        let old = before.table(&renames.former_table(table));
        let old = old.and_then(|table| table.values_of(before.dialect, &former));
        let new = after.table(table).and_then(|table| table.values_of(after.dialect, column));
        let done = renames.column_values.get(&(table.clone(), column.clone()));
        let open = values.iter().filter(|(from, _)| done.is_none_or(|done| !done.contains_key(*from)));
        let word = |of: &str| format!("{table}.{column}.{of}");
        found.extend(open.filter_map(|pair| warning(table, pair, (old.as_deref()?, new.as_deref()?), word)));
    }
    found
}

fn warning(
    of: &ObjectName,
    (from, to): (&String, &String),
    (old, new): (&[String], &[String]),
    word: impl Fn(&str) -> String,
) -> Option<Warning> {
    let is_open = old.contains(from) && old.contains(to) && new.contains(to) && !new.contains(from);
    is_open.then(|| Warning {
        code: "renamed-value-is-there",
        table: of.to_string(),
        message: format!(
            "the models say that {} was {}, and both are there: rows that hold {from} do not become {to} by \
             themselves; change them in a revision before this one",
            word(to),
            word(from)
        ),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use migrate_core::Dialect;

    use super::*;
    use crate::schema::EnumType;

    #[test]
    fn a_value_that_cannot_be_renamed_is_said() {
        let state = ObjectName::local("state");
        let schema = |values: &[&str]| {
            let mut schema = Schema::empty(Dialect::Postgres);
            let values = values.iter().map(ToString::to_string).collect();
            let ty = EnumType { name: state.clone(), values, comment: None, needed_by: Vec::new() };
            schema.enums.insert(state.clone(), ty);
            schema
        };
        let told = Renames {
            enum_values: [(state.clone(), BTreeMap::from([("open".to_owned(), "live".to_owned())]))].into(),
            ..Renames::default()
        };
        let said = |old: &[&str], new: &[&str], renames: &Renames| {
            warnings(&schema(old), &schema(new), &told, renames).len()
        };
        let none = Renames::default();
        assert_eq!(said(&["open", "live"], &["live"], &none), 1);
        // It is done, or to be done, or the old name is that of another value by now.
        assert_eq!(said(&["live"], &["live"], &none), 0);
        assert_eq!(said(&["open"], &["live"], &told), 0);
        assert_eq!(said(&["open", "live"], &["live", "open"], &none), 0);
    }
}
