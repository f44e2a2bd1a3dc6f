use std::collections::BTreeMap;

use migrate_core::Error;

use super::{Names, expression, row::Row, table::Found};
use crate::schema::{Check, Deferrable, Exclusion, ForeignKey, PrimaryKey, ReferentialAction, Unique};

/// Puts the constraints on their tables.
pub(super) fn constraints(
    rows: impl Iterator<Item = Row>,
    names: &Names<'_>,
    tables: &mut BTreeMap<u32, Found>,
) -> Result<(), Error> {
    for mut row in rows {
        let oid: u32 = row.parse()?;
        let Some(found) = tables.get_mut(&oid) else { continue };
        constraint(&mut row, names, found)?;
    }
    Ok(())
}

fn constraint(row: &mut Row, names: &Names<'_>, found: &mut Found) -> Result<(), Error> {
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
    let comment = row.maybe();
    let index = row.numbers()?;
    let keys = row.maybe().and_then(|keys| keys.parse().ok()).unwrap_or(index.len());
    let include = found.columns(index.get(keys..).unwrap_or_default());
    let nulls_not_distinct = row.flag();
    let referred = (row.maybe(), row.maybe());
    let referred_columns = row.words()?;
    let (on_update, on_delete) = (action(row.maybe().as_deref()), action(row.maybe().as_deref()));
    let match_full = row.flag();
    let shown = row.maybe();
    let over_period = row.flag();

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
        ("f", _, (Some(schema), Some(referred))) => table.foreign_keys.push(ForeignKey {
            name: Some(name),
            columns,
            referred_table: names.object(schema, referred),
            referred_columns,
            on_delete,
            on_update,
            match_full,
            deferrable,
            not_valid,
            comment,
        }),
        _ => {}
    }
    Ok(())
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
