use std::collections::BTreeMap;

use migrate_core::Error;

use super::{Names, comment::Comments, expression, row::Row, table::Found};
use crate::schema::{Check, Deferrable, Exclusion, ForeignKey, PrimaryKey, ReferentialAction, Unique};

/// What a foreign key refers to, by the catalogue's numbers.
#[derive(Debug)]
pub(super) struct Reference {
    from: u32,
    /// Its position among the foreign keys of its table.
    key: usize,
    pub(super) to: u32,
    columns: Vec<i16>,
}

/// Puts the constraints on their tables. The columns that foreign keys refer to are named by [`refer`].
pub(super) fn constraints(
    rows: impl Iterator<Item = Row>,
    names: &Names<'_>,
    comments: &Comments,
    tables: &mut BTreeMap<u32, Found>,
) -> Result<Vec<Reference>, Error> {
    let mut references = Vec::new();
    for mut row in rows {
        let oid: u32 = row.parse()?;
        let Some(found) = tables.get_mut(&oid) else { continue };
        let comment = comments.of_constraint(row.parse()?);
        let referred = constraint(&mut row, names, comment, found)?;
        let key = found.table.foreign_keys.len().saturating_sub(1);
        references.extend(referred.map(|(to, columns)| Reference { from: oid, key, to, columns }));
    }
    Ok(references)
}

/// Names the columns that foreign keys refer to. `others` are those of tables that are not read.
pub(super) fn refer(
    references: Vec<Reference>,
    tables: &mut BTreeMap<u32, Found>,
    others: &BTreeMap<(u32, i16), String>,
) {
    for reference in references {
        let named = match tables.get(&reference.to) {
            Some(found) => found.columns(&reference.columns),
            None => {
                let name = |number: &i16| others.get(&(reference.to, *number)).cloned();
                reference.columns.iter().filter_map(name).collect()
            }
        };
        let key =
            tables.get_mut(&reference.from).and_then(|found| found.table.foreign_keys.get_mut(reference.key));
        if let Some(key) = key {
            key.referred_columns = named;
        }
    }
}

/// Puts one on its table; gives what it refers to, if it is a foreign key.
fn constraint(
    row: &mut Row,
    names: &Names<'_>,
    comment: Option<String>,
    found: &mut Found,
) -> Result<Option<(u32, Vec<i16>)>, Error> {
    let kind = row.text()?;
    let name = row.text()?;
    let columns = found.columns(&row.numbers()?);
    let deferrable = match (row.flag(), row.flag()) {
        (false, _) => Deferrable::No,
        (true, false) => Deferrable::Immediate,
        (true, true) => Deferrable::Deferred,
    };
    let not_valid = row.flag();
    let no_inherit = row.flag();
    let index = row.numbers()?;
    let keys = row.maybe().and_then(|keys| keys.parse().ok()).unwrap_or(index.len());
    let include = found.columns(index.get(keys..).unwrap_or_default());
    let nulls_not_distinct = row.flag();
    let referred_oid: u32 = row.parse()?;
    let referred = (row.maybe(), row.maybe());
    let referred_columns = row.numbers()?;
    let (on_update, on_delete) = (action(row.maybe().as_deref()), action(row.maybe().as_deref()));
    let match_full = row.flag();
    let shown = row.maybe();
    let over_period = row.flag();
    let delete_columns = found.columns(&row.numbers()?);

    let table = &mut found.table;
    match (kind.as_str(), shown, referred) {
        // A key WITHOUT OVERLAPS is an exclusion constraint by another name.
        ("x", Some(shown), _) => {
            table.exclusions.push(Exclusion { name, definition: expression::readable(&shown), comment });
        }
        (_, Some(shown), _) if over_period => {
            table.exclusions.push(Exclusion { name, definition: expression::readable(&shown), comment });
        }
        ("c", Some(shown), _) => table.checks.push(Check {
            name: Some(name),
            expression: expression::readable(&shown),
            no_inherit,
            not_valid,
            comment,
        }),
        ("p", ..) => {
            table.primary_key =
                Some(PrimaryKey { name: Some(name), columns, include, deferrable, clustered: None, comment });
        }
        ("u", ..) => table.uniques.push(Unique {
            name: Some(name),
            columns,
            include,
            nulls_not_distinct,
            deferrable,
            clustered: None,
            comment,
        }),
        ("f", _, (Some(schema), Some(referred))) => {
            table.foreign_keys.push(ForeignKey {
                name: Some(name),
                columns,
                referred_table: names.object(schema, referred),
                referred_columns: Vec::new(),
                on_delete,
                delete_columns,
                on_update,
                match_full,
                deferrable,
                not_valid,
                comment,
            });
            return Ok(Some((referred_oid, referred_columns)));
        }
        _ => {}
    }
    Ok(None)
}

fn action(letter: Option<&str>) -> ReferentialAction {
    match letter {
        Some("r") => ReferentialAction::Restrict,
        Some("c") => ReferentialAction::Cascade,
        Some("n") => ReferentialAction::SetNull,
        Some("d") => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}
