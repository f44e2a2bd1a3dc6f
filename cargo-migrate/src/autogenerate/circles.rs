//! Names that change places in another dialect than the first: nobody can see whether that has been done there.

use std::fmt::Display;

use migrate_core::Dialect;

use super::Warning;
use crate::diff::{Renames, circles};

/// A word for each circle that is done in `dialect` because it was decided in `first`. Before it and behind it the same
/// names are there, so that a revision that has done it for this dialect alone leaves no trace.
pub(super) fn warnings(renames: &Renames, first: Dialect, dialect: Dialect) -> Vec<Warning> {
    let warning = |of: &dyn Display, names: Vec<String>| Warning {
        code: "circle-repeated",
        table: of.to_string(),
        message: format!(
            "{} change places here as in {first}: nobody can see whether a revision has done that for {dialect} \
             already; if one has, take it out of the sections",
            names.join(" and ")
        ),
    };
    let mut found = Vec::new();
    for map in [&renames.tables, &renames.enums, &renames.sequences] {
        for circle in circles(map) {
            let names = circle.iter().map(|(from, _)| from.to_string()).collect();
            found.extend(circle.first().map(|(first, _)| warning(first, names)));
        }
    }
    let columns =
        renames.columns.iter().map(|(table, columns)| (table.to_string(), table.to_string(), columns));
    let values = renames.enum_values.iter().map(|(ty, values)| (ty.to_string(), ty.to_string(), values));
    let listed = renames
        .column_values
        .iter()
        .map(|((table, column), values)| (table.to_string(), format!("{table}.{column}"), values));
    for (of, prefix, map) in columns.chain(values).chain(listed) {
        for circle in circles(map) {
            found.push(warning(&of, circle.iter().map(|(from, _)| format!("{prefix}.{from}")).collect()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::schema::ObjectName;

    #[test]
    fn a_circle_is_named_and_a_chain_is_not() {
        let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
        };
        let a = ObjectName::local("a");
        let renames = Renames {
            columns: [(a.clone(), pairs(&[("x", "w"), ("w", "x"), ("p", "q"), ("q", "r")]))].into(),
            column_values: [((a, "s".to_owned()), pairs(&[("b", "c"), ("c", "d"), ("d", "b")]))].into(),
            ..Renames::default()
        };
        let found = warnings(&renames, Dialect::Postgres, Dialect::Sqlite);
        let messages: Vec<_> = found.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(messages[0].starts_with("a.w and a.x change places here as in postgres: "), "{messages:?}");
        assert!(messages[1].starts_with("a.s.b and a.s.c and a.s.d change places"), "{messages:?}");
    }
}
