//! Views, rules, policies, triggers and functions that use a column: the server neither drops it nor changes its type
//! while they do.

use super::{enumeration::dimensions, writer::Writer};
use crate::schema::{Dependent, EnumType, ObjectName, Schema};

/// What uses the column; or, without one, what a drop of the table does not take along.
pub(crate) fn users<'s>(
    schema: &'s Schema,
    table: &'s ObjectName,
    column: Option<&'s str>,
) -> impl Iterator<Item = &'s String> {
    let uses = move |dependent: &&Dependent| {
        dependent.table == *table
            && match column {
                Some(_) => dependent.column.as_deref() == column,
                None => !dependent.is_of_table,
            }
    };
    let mut known: Vec<_> = schema.beside.dependents.iter().filter(uses).map(|one| &one.what).collect();
    known.sort_unstable();
    known.dedup();
    known.into_iter()
}

/// What to say above the statement that drops a column, or gives it another type; without a column, above the one that
/// drops the table.
pub(crate) fn review(schema: &Schema, table: &ObjectName, column: Option<&str>) -> Option<String> {
    let users: Vec<_> = users(schema, table, column).map(String::as_str).collect();
    let (use_it, them) = match users.as_slice() {
        [] => return None,
        [_] => ("uses", "it"),
        _ => ("use", "them"),
    };
    let what = column.map_or_else(|| table.to_string(), |column| format!("{column} of {table}"));
    Some(format!(
        "fails while {} {use_it} {what}: drop {them} above, and make {them} again below, by hand",
        users.join(", ")
    ))
}

/// Says it above the last statement.
pub(super) fn say(writer: &mut Writer, now: &Schema, table: &ObjectName, column: Option<&str>) {
    if let Some(review) = review(now, table, column) {
        writer.review(review);
    }
}

/// What stops the old type of an enum that is made anew from being dropped: what has it, and is not in the way of a
/// column of the type before.
pub(crate) fn needed_by_others(ty: &EnumType, schema: &Schema) -> Option<String> {
    let columns = schema.tables.values().flat_map(|table| {
        let of_type = |ty: &str, of: &ObjectName| dimensions(ty, of).is_some();
        let columns = table.columns.iter().filter(move |column| of_type(&column.ty, &ty.name));
        columns.map(|column| (&table.name, column.name.as_str()))
    });
    let named: Vec<_> = columns.flat_map(|(table, column)| users(schema, table, Some(column))).collect();
    // `column state of view v`, `rule _RETURN on view v`, `function f()`.
    let is_named =
        |other: &str| named.iter().any(|what| other == *what || other.ends_with(&format!(" {what}")));
    let others: Vec<_> = ty.needed_by.iter().filter(|other| !is_named(other)).collect();
    let (first, rest) = others.split_first()?;
    let others = match rest.len() {
        0 => (*first).clone(),
        more => format!("{first} and {more} more"),
    };
    Some(format!("fails while others have the old type: {others}; give them the new one before, by hand"))
}

#[cfg(test)]
mod tests {
    use migrate_core::Dialect;

    use super::*;
    use crate::schema::{Column, Table};

    fn schema() -> Schema {
        let mut schema = Schema::empty(Dialect::Postgres);
        let mut users = Table::new(ObjectName::local("users"));
        users.columns = vec![Column::new("state", "state"), Column::new("age", "integer")];
        let of = |column: Option<&str>, what: &str, is_of_table| Dependent {
            table: users.name.clone(),
            column: column.map(ToOwned::to_owned),
            what: what.to_owned(),
            is_of_table,
        };
        schema.beside.dependents = vec![
            of(Some("state"), "view v", false),
            of(Some("age"), "view v", false),
            of(Some("age"), "trigger t on table users", true),
            of(None, "view counts", false),
            of(None, "trigger t on table users", true),
        ];
        schema.insert(users);
        schema
    }

    #[test]
    fn who_uses_a_column_is_named() {
        let (schema, users) = (schema(), ObjectName::local("users"));
        let said = |column| review(&schema, &users, column);
        assert_eq!(
            said(Some("state")).as_deref(),
            Some("fails while view v uses state of users: drop it above, and make it again below, by hand")
        );
        assert_eq!(
            said(Some("age")).as_deref(),
            Some(
                "fails while trigger t on table users, view v use age of users: drop them above, and make them again \
                 below, by hand"
            )
        );
        assert_eq!(said(Some("id")), None);
        let table = said(None).unwrap();
        assert!(table.starts_with("fails while view counts, view v use users:"), "{table}");
    }

    #[test]
    fn what_is_in_the_way_of_a_column_is_not_named_again_with_its_type() {
        let schema = schema();
        let of = |others: &[&str]| {
            let needed_by = others.iter().map(ToString::to_string).collect();
            let name = ObjectName::local("state");
            needed_by_others(&EnumType { name, values: Vec::new(), comment: None, needed_by }, &schema)
        };
        assert_eq!(of(&["column state of view v", "rule _RETURN on view v"]), None);
        let said = of(&["column state of view v", "column s of view vv", "function f(state)"]).unwrap();
        assert!(said.contains(": column s of view vv and 1 more;"), "{said}");
    }
}
