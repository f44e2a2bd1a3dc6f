//! The same change for the dialects that have no database here.

use migrate_core::{Dialect, Error};

use super::{Outcome, Sections, enums, fill, outcome::render, rewind::rewind};
use crate::{
    ddl::Statement,
    diff,
    operation::{Nature, Operation},
    schema::Schema,
    wanted::Wanted,
};

/// Both ways in another dialect: what the models give there, and what was there before, translated from what the first
/// dialect's database holds.
///
/// # Errors
/// What the models are refused for in that dialect.
pub(super) fn sections(
    dialect: Dialect,
    wanted: &Wanted,
    before: &Schema,
    outcome: &Outcome,
) -> Result<Sections, Error> {
    let after = wanted.schema(dialect)?;
    let (old, untranslated) = match wanted.translated(before, dialect) {
        Ok(old) => (old, false),
        Err(_) => (Schema::empty(dialect), true),
    };
    let mut before = rewind(&after, &old, &outcome.operations, &outcome.renames);
    if dialect == Dialect::Postgres && outcome.dialect != Dialect::Postgres {
        enums::former(&mut before, &old.enums, &after, &outcome.renames);
    }
    let operations = diff::diff(&before, &after, &outcome.renames);
    let operations = fill::like(operations, &outcome.operations, dialect);
    let mut sections = render(dialect, &operations, &before, &after)?;
    if untranslated {
        let lost: Vec<_> =
            outcome.operations.iter().filter(|operation| is_about_the_old(operation)).collect();
        remark(&mut sections, &lost);
    }
    Ok(sections)
}

/// Whether it cannot be rendered without knowing what was there before.
fn is_about_the_old(operation: &Operation) -> bool {
    matches!(operation, Operation::AlterColumn { .. } | Operation::AlterEnum { .. })
        || operation.nature() == Nature::Drops
}

/// Says above the first statement what has to be written by hand.
fn remark(sections: &mut Sections, lost: &[&Operation]) {
    let remarks: Vec<_> = lost
        .iter()
        .map(|operation| format!("this was not translated, write it by hand: {}", operation.describe()))
        .collect();
    if remarks.is_empty() {
        return;
    }
    for statements in [&mut sections.up, &mut sections.down] {
        match statements.first_mut() {
            Some(first) => first.reviews.splice(0..0, remarks.iter().cloned()).for_each(drop),
            None => statements.push(Statement { sql: String::new(), reviews: remarks.clone() }),
        }
    }
}
