//! The same change in a dialect that has no server: a translation of what was done in the first.

use migrate_core::{Dialect, Error};

use super::{
    Outcome, enums, fill,
    findings::Other,
    former_types::former_types,
    names::{Names, has_schemas, joined, with_values},
    outcome::render,
    rewind::{Rewound, restored, rewind},
    same,
    seen::Seen,
    sides::Side,
    untranslated::{Untranslated, hold_places, may_be_nothing, parts_of_dropped_tables},
};
use crate::{
    diff::{self, Renames},
    operation::Operation,
    project::Project,
    revisions::Revisions,
    schema::Schema,
    wanted::Wanted,
};

/// Both ways in another dialect: what the models give there, and what was there before, translated from what the first
/// dialect had. What is not translated holds its place in the section, and is warned of.
///
/// # Errors
/// What the models are refused for in that dialect; those of [`Revisions::sealed_in_memory`].
pub(super) fn translated(
    dialect: Dialect,
    project: &Project,
    wanted: &Wanted,
    side: &Side,
    first: &Outcome,
) -> Result<Other, Error> {
    let after = wanted.schema(dialect)?;
    let names = Names::new(&[&after], &first.renames);
    let revisions = Revisions::sealed_in_memory(project)?.0;
    let seen = Seen::in_revisions(&revisions.catalog, dialect);
    let mut old = placed(&wanted.translated(&side.before, dialect), &names);
    seen.leave_out_what_was_never_made(&mut old);
    let mut renames = with_values(names.renames(&first.renames), &names, &side.written, &after);
    let mut left = Vec::new();
    let is_without_types = dialect == Dialect::Postgres && first.dialect != Dialect::Postgres;
    let mut known = std::collections::BTreeMap::new();
    if is_without_types {
        known = former_types(&revisions.catalog);
        let (due, doubts) = enums::due(&wanted.told(dialect), &known, &after);
        renames = joined(renames, due);
        left.extend(doubts);
        left.extend(enums::doubtful_values(&first.operations, &names, &known, &after, &renames));
    }
    let Rewound { mut before, mut lost, gone } =
        rewind(first.dialect, &after, &old, &first.operations, &renames, &names);
    lost.retain(|operation| !is_for_the_first_alone(operation, &side.written, &after, &names));
    if is_without_types {
        enums::former(&mut before, &known, &old.enums, &after, &renames);
    }
    lost.extend(restored(first.dialect, &after, &mut before, &old, gone, &renames, &names));
    if is_without_types {
        enums::by_values(&mut before, &old.enums, &after);
    }
    if !has_schemas(first.dialect) {
        // No operation says that a schema is new: there were those that held something.
        let names = before.tables.keys().chain(before.enums.keys()).chain(before.sequences.keys());
        before.schemas = names.filter_map(|name| name.schema.clone()).collect();
    }
    let operations = diff::diff(&before, &after, &renames);
    let operations = fill::like(operations, &fill::named(&first.operations, &names), dialect);
    lost.retain(|operation| !seen.never_made(operation, &names, &renames));
    let mut parts = parts_of_dropped_tables(&first.operations, &old, &names);
    parts.retain(|part| !part.reverse().is_some_and(|drop| seen.never_made(&drop, &names, &renames)));
    if operations.is_empty() && lost.is_empty() {
        let unseen = first.operations.iter().filter(|operation| {
            is_about_a_table_of(&after, operation, &names)
                && !is_for_the_first_alone(operation, &side.written, &after, &names)
                && !seen.never_made(operation, &names, &renames)
                && !may_be_nothing(operation, dialect, &old, &after, &names)
        });
        lost.extend(unseen);
    }
    left.extend(lost.into_iter().map(Untranslated::change));
    left.extend(parts.iter().map(Untranslated::way_back));
    let mut sections = render(dialect, &operations, &before, &after)?;
    let warnings = hold_places(&mut sections, &left);
    let outcome = Outcome {
        dialect,
        renames,
        operations,
        open: Vec::new(),
        losses: Vec::new(),
        warnings,
        sections: vec![sections],
        refused: None,
    };
    Ok(Other { outcome, written: after, is_translated: true })
}

/// The schema with each thing where the models have it in this dialect.
fn placed(old: &Schema, names: &Names) -> Schema {
    let moved = |name: &crate::schema::ObjectName| {
        let there = names.of(name);
        (there != *name).then(|| (name.clone(), there))
    };
    let moves = Renames {
        tables: old.tables.keys().filter_map(moved).collect(),
        enums: old.enums.keys().filter_map(moved).collect(),
        sequences: old.sequences.keys().filter_map(moved).collect(),
        ..Renames::default()
    };
    moves.renamed(old)
}

/// Whether it adds what the models leave out here.
fn is_for_the_first_alone(operation: &Operation, written: &Schema, after: &Schema, names: &Names) -> bool {
    let table = operation.table();
    let there = table.and_then(|table| written.table(table));
    let here = table.and_then(|table| after.table(&names.of(table)));
    there.zip(here).is_some_and(|(there, here)| same::is_for_the_first_alone(operation, there, here, names))
}

/// Whether it changes a table that this dialect has as well.
fn is_about_a_table_of(after: &Schema, operation: &Operation, names: &Names) -> bool {
    operation.table().is_some_and(|table| after.tables.contains_key(&names.of(table)))
}
