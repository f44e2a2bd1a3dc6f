//! What stands on the enums, the sequences and the columns of PostgreSQL and is not read: columns of tables that are
//! passed by, views, functions. Such a type cannot be dropped, and nobody knows here whose it is; such a column neither,
//! and it keeps its type.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::{Dialect, Error};
use migrate_runtime::Connection;

use super::Warning;
use crate::{
    ddl::{
        Statement,
        postgres::dependents::{needed_by_others, review, users},
    },
    schema::{Dependent, ObjectName, Schema},
};

/// How many of them are named in a message.
const NAMED: usize = 3;

/// Notes on a database what stands on its enums, its sequences and its columns beside its tables. `before` is what is
/// compared of the database.
///
/// # Errors
/// The server's.
pub(crate) async fn note_dependents(connection: &mut Connection, before: &mut Schema) -> Result<(), Error> {
    match connection.dialect() {
        Dialect::Postgres => {}
        Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite => return Ok(()),
    }
    if !before.tables.is_empty() {
        before.beside.dependents = dependents(connection.query(USERS).await?);
    }
    if before.enums.is_empty() && before.sequences.is_empty() {
        return Ok(());
    }
    let found = found(connection.query(DEPENDENTS).await?, before);
    let of = |kind: &'static str, name: &ObjectName| {
        found.get(&(kind, name.clone())).into_iter().flatten().cloned().collect()
    };
    for (name, ty) in &mut before.enums {
        ty.needed_by = of("enum", name);
    }
    for (name, sequence) in &mut before.sequences {
        sequence.needed_by = of("sequence", name);
    }
    Ok(())
}

/// A word on everything that would be dropped and stays, on every enum that is made anew while something else has the
/// old one, and on every column that others do not let go. `before` is what there was, once everything is renamed.
pub(super) fn warnings(before: &Schema, after: &Schema, up: &[Statement]) -> Vec<Warning> {
    let warning = |name: &ObjectName, message: String| Warning {
        code: "needed-by-others",
        table: name.to_string(),
        message,
    };
    let stays = |what: &str, name: &ObjectName, others: &[String]| {
        let message = format!(
            "the {what} {name} is in no model and stays, for others need it ({}): `exclude` it in migrate.toml, or \
             drop it yourself",
            listed(others)
        );
        warning(name, message)
    };
    let is_needed = |others: &[String]| !others.is_empty();
    let enums = before.enums.values().filter(|ty| !after.enums.contains_key(&ty.name));
    let sequences = before.sequences.values().filter(|one| !after.sequences.contains_key(&one.name));
    let mut warnings: Vec<Warning> = enums
        .filter(|ty| is_needed(&ty.needed_by))
        .map(|ty| stays("enum", &ty.name, &ty.needed_by))
        .chain(
            sequences
                .filter(|sequence| is_needed(&sequence.needed_by))
                .map(|sequence| stays("sequence", &sequence.name, &sequence.needed_by)),
        )
        .collect();
    let reviews: BTreeSet<&String> = up.iter().flat_map(|statement| &statement.reviews).collect();
    let in_need = before.enums.values().filter_map(|ty| Some((ty, needed_by_others(ty, before)?)));
    let anew = in_need.filter(|(_, review)| reviews.contains(review));
    warnings.extend(
        anew.map(|(ty, review)| {
            warning(&ty.name, format!("the enum {} is made anew, which {review}", ty.name))
        }),
    );
    let places = before.beside.dependents.iter();
    let places: BTreeSet<_> =
        places.flat_map(|one| [(&one.table, None), (&one.table, one.column.as_deref())]).collect();
    let in_use = places.into_iter().filter(|(table, column)| {
        review(before, table, *column).is_some_and(|review| reviews.contains(&review))
    });
    warnings.extend(in_use.map(|(table, column)| {
        let what = column.map_or_else(
            || format!("the table {table} cannot be dropped"),
            |column| format!("{table}.{column} can neither be dropped nor get another type"),
        );
        let message = format!(
            "{what} while others use it ({}): drop them before that, and make them again behind it, in the revision",
            listed(users(before, table, column))
        );
        warning(table, message)
    }));
    warnings
}

/// `a, b, c and 2 more`.
fn listed<'a>(others: impl IntoIterator<Item = &'a String>) -> String {
    let all: Vec<&str> = others.into_iter().map(String::as_str).collect();
    match all.len().checked_sub(NAMED) {
        None | Some(0) => all.join(", "),
        Some(more) => format!("{} and {more} more", all[..NAMED].join(", ")),
    }
}

/// By kind and name, what stands on it and is no part of the tables that are compared.
fn found(
    rows: Vec<Vec<Option<String>>>,
    before: &Schema,
) -> BTreeMap<(&'static str, ObjectName), BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten();
        let (kind, schema, name, other) = (next(), next(), next(), next());
        let (table_schema, table) = (next(), next());
        let (Some(kind), Some(name), Some(other)) = (kind, name, other) else { continue };
        let is_compared =
            table.is_some_and(|name| before.tables.contains_key(&ObjectName { schema: table_schema, name }));
        if !is_compared {
            let kind = if kind == "enum" { "enum" } else { "sequence" };
            found.entry((kind, ObjectName { schema, name })).or_default().insert(other);
        }
    }
    found
}

/// What uses tables and their columns.
fn dependents(rows: Vec<Vec<Option<String>>>) -> Vec<Dependent> {
    let dependent = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten();
        let (schema, name, column) = (next(), next()?, next());
        let (what, is_of_table) = (next()?, next().is_some_and(|cell| cell == "t"));
        Some(Dependent { table: ObjectName { schema, name }, column, what, is_of_table })
    };
    rows.into_iter().filter_map(dependent).collect()
}

/// Whatever the server minds of a column that is dropped, or gets another type, and of a table that is dropped: in its
/// words. Of what stands on a view all is named, which goes with the view.
const USERS: &str = "\
    WITH RECURSIVE uses AS ( \
        SELECT refobjid AS relation, refobjsubid AS place, classid, objid FROM pg_depend \
        WHERE refclassid = 'pg_class'::regclass AND deptype IN ('n', 'a') \
        AND classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_proc'::regclass, \
                        'pg_publication_rel'::regclass)), \
    found AS ( \
        SELECT u.relation, u.place, u.classid, u.objid FROM uses u JOIN pg_class c ON c.oid = u.relation \
        JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
        UNION \
        SELECT f.relation, f.place, u.classid, u.objid FROM found f \
        JOIN pg_rewrite w ON f.classid = 'pg_rewrite'::regclass AND w.oid = f.objid AND w.rulename = '_RETURN' \
        JOIN uses u ON u.relation = w.ev_class AND u.objid <> w.oid) \
    SELECT DISTINCT nullif(n.nspname, current_schema()), c.relname, a.attname, \
           CASE WHEN w.rulename = '_RETURN' THEN pg_describe_object('pg_class'::regclass, w.ev_class, 0) \
                ELSE pg_describe_object(f.classid, f.objid, 0) END, \
           f.classid = 'pg_publication_rel'::regclass \
           OR coalesce(w.ev_class, t.tgrelid, p.polrelid) IS NOT DISTINCT FROM f.relation \
    FROM found f JOIN pg_class c ON c.oid = f.relation JOIN pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_attribute a ON a.attrelid = f.relation AND a.attnum = f.place AND f.place <> 0 \
    LEFT JOIN pg_rewrite w ON f.classid = 'pg_rewrite'::regclass AND w.oid = f.objid \
    LEFT JOIN pg_trigger t ON f.classid = 'pg_trigger'::regclass AND t.oid = f.objid AND NOT t.tgisinternal \
    LEFT JOIN pg_policy p ON f.classid = 'pg_policy'::regclass AND p.oid = f.objid \
    WHERE f.classid <> 'pg_trigger'::regclass OR t.oid IS NOT NULL \
    ORDER BY 1, 2, 3, 4";

/// Every dependent of an enum, of its array, and of a sequence, and the owner of a sequence: in the words of the server,
/// with the relation that it is a part of. Triggers and policies are no part of a table as it is compared.
const DEPENDENTS: &str = "\
    SELECT thing.kind, nullif(n.nspname, current_schema()), thing.name, \
           pg_describe_object(d.classid, d.objid, d.objsubid), nullif(rn.nspname, current_schema()), r.relname \
    FROM (SELECT 'enum' AS kind, 'pg_type'::regclass AS class, unnest(ARRAY[t.oid, t.typarray]) AS id, \
                 t.typnamespace AS schema, t.typname AS name \
          FROM pg_type t WHERE t.typtype = 'e' \
          UNION ALL \
          SELECT 'sequence', 'pg_class'::regclass, c.oid, c.relnamespace, c.relname \
          FROM pg_class c WHERE c.relkind = 'S') thing \
    JOIN pg_namespace n ON n.oid = thing.schema \
    JOIN (SELECT classid, objid, objsubid, refclassid, refobjid FROM pg_depend WHERE deptype IN ('n', 'a') \
          UNION ALL \
          SELECT refclassid, refobjid, refobjsubid, classid, objid FROM pg_depend \
          WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjsubid > 0 \
          AND deptype = 'a') d ON d.refclassid = thing.class AND d.refobjid = thing.id \
    LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid \
    LEFT JOIN pg_constraint o ON d.classid = 'pg_constraint'::regclass AND o.oid = d.objid \
    LEFT JOIN pg_attrdef e ON d.classid = 'pg_attrdef'::regclass AND e.oid = d.objid \
    LEFT JOIN pg_class r ON r.relkind = 'r' AND r.oid = coalesce(i.indrelid, o.conrelid, e.adrelid, \
        CASE WHEN d.classid = 'pg_class'::regclass THEN d.objid END) \
    LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace \
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
    AND NOT (d.classid = thing.class AND d.objid = thing.id) \
    AND NOT EXISTS (SELECT FROM pg_class s WHERE d.classid = 'pg_class'::regclass AND s.oid = d.objid \
                    AND s.relkind = 'S') \
    ORDER BY 1, 2, 3, 4";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Table;

    #[test]
    fn what_belongs_to_a_compared_table_needs_no_word() {
        let mut before = Schema::empty(Dialect::Postgres);
        before.insert(Table::new(ObjectName::in_schema("app", "tasks")));
        let row = |cells: &[&str]| {
            let cell = |cell: &&str| (!cell.is_empty()).then(|| (*cell).to_owned());
            cells.iter().map(cell).collect::<Vec<_>>()
        };
        let rows = vec![
            row(&["enum", "app", "state", "column state of table app.tasks", "app", "tasks"]),
            row(&["enum", "app", "state", "column s of table tasks", "", "tasks"]),
            row(&["enum", "app", "state", "function f(app.state)", "", ""]),
        ];
        let found = found(rows, &before);
        let state = &found[&("enum", ObjectName::in_schema("app", "state"))];
        assert_eq!(listed(state), "column s of table tasks, function f(app.state)");
        let many: Vec<_> = (1..6).map(|number| number.to_string()).collect();
        assert_eq!(listed(&many), "1, 2, 3 and 2 more");
    }
}
