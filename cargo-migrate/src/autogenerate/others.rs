//! The same change in a dialect that has no server: a translation of what was done in the first.

use migrate_core::{Dialect, Error};

use super::{
    Outcome, enums, fill,
    findings::Other,
    former_types::former_types,
    names::{Names, done, has_schemas, joined, with_values},
    outcome::render,
    rewind::{Rewound, rewind},
    same,
    section::Sections,
    sides::Side,
};
use crate::{
    ddl::Statement,
    diff::{self, Renames},
    operation::Operation,
    project::Project,
    revisions::Revisions,
    schema::Schema,
    wanted::Wanted,
};

/// Both ways in another dialect: what the models give there, and what was there before, translated from what the first
/// dialect had. What is not translated is said above the first statement.
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
    let done = done(&first.operations);
    let names = Names::new(&[&after], &done);
    let old = wanted.translated(&side.before, dialect);
    let is_translated = old.is_ok();
    let old = placed(&old.unwrap_or_else(|_| Schema::empty(dialect)), &names);
    let mut renames = with_values(names.renames(&done), &names, &side.written, &after);
    let mut remarks = Vec::new();
    let is_without_types = dialect == Dialect::Postgres && first.dialect != Dialect::Postgres;
    let mut known = std::collections::BTreeMap::new();
    if is_without_types {
        known = former_types(&Revisions::sealed_in_memory(project)?.0.catalog);
        let (due, doubts) = enums::due(&wanted.told(dialect), &known, &after);
        renames = joined(renames, due);
        remarks.extend(doubts);
        remarks.extend(enums::doubtful_values(&first.operations, &names, &known, &after));
    }
    let Rewound { mut before, mut lost } =
        rewind(first.dialect, &after, &old, &first.operations, &renames, &names);
    lost.retain(|operation| !is_for_the_first_alone(operation, &side.written, &after, &names));
    if is_without_types {
        enums::former(&mut before, &known, &old.enums, &after, &renames);
    }
    if !has_schemas(first.dialect) {
        // No operation says that a schema is new: there were those that held something.
        let names = before.tables.keys().chain(before.enums.keys()).chain(before.sequences.keys());
        before.schemas = names.filter_map(|name| name.schema.clone()).collect();
    }
    let operations = diff::diff(&before, &after, &renames);
    let operations = fill::like(operations, &fill::named(&first.operations, &names), dialect);
    if operations.is_empty() && lost.is_empty() && is_translated {
        let unseen = first.operations.iter().filter(|operation| {
            is_about_a_table_of(&after, operation, &names)
                && !is_for_the_first_alone(operation, &side.written, &after, &names)
        });
        lost.extend(unseen);
    }
    remarks.extend(
        lost.into_iter()
            .map(|operation| format!("this was not translated, write it by hand: {}", operation.describe())),
    );
    let mut sections = render(dialect, &operations, &before, &after)?;
    remark(&mut sections, &remarks);
    let outcome = Outcome {
        dialect,
        renames,
        operations,
        open: Vec::new(),
        losses: Vec::new(),
        warnings: Vec::new(),
        sections: vec![sections],
        refused: None,
    };
    Ok(Other { outcome, is_translated: true })
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

/// Says above the first statement of each way what has to be written by hand.
fn remark(sections: &mut Sections, remarks: &[String]) {
    if remarks.is_empty() {
        return;
    }
    for statements in [&mut sections.up, &mut sections.down] {
        match statements.first_mut() {
            Some(first) => first.reviews.splice(0..0, remarks.iter().cloned()).for_each(drop),
            None => statements.push(Statement { sql: String::new(), reviews: remarks.to_vec() }),
        }
    }
}
