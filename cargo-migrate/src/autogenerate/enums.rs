//! Enumerated types of `PostgreSQL` where the compared database has none: there an enum is the type of a column, or a
//! check on it. What was renamed, and what there was, is what the revisions for `PostgreSQL` say.

use std::collections::BTreeMap;

use migrate_core::Dialect;

use super::{names::Names, untranslated::Untranslated};
use crate::{
    diff::Renames,
    operation::Operation,
    schema::{Check, EnumType, ObjectName, Schema, lists_values, strings},
};

/// Types, by their names.
type Types = BTreeMap<ObjectName, EnumType>;

/// Of the renames that the models tell, those of types and values that are still to be done; and what is doubtful, for
/// a human.
pub(super) fn due(told: &Renames, known: &Types, after: &Schema) -> (Renames, Vec<Untranslated>) {
    let mut due = Renames::default();
    let mut doubts = Vec::new();
    for (from, to) in told.enums.iter().filter(|(_, to)| after.enums.contains_key(to)) {
        if known.contains_key(to) {
            continue;
        }
        if known.contains_key(from) {
            due.enums.insert(from.clone(), to.clone());
        } else if is_used(to, after) {
            let what = format!(
                "no revision is seen to make the enum {to}, or {from}, which it was renamed from: rename it by hand if it \
                 is there"
            );
            doubts.push(Untranslated::doubt(to, what));
        }
    }
    for (name, values) in &told.enum_values {
        let old_name = due.enums.iter().find(|(_, to)| *to == name).map_or(name, |(from, _)| from);
        let Some(ty) = known.get(old_name) else { continue };
        for (from, to) in
            values.iter().filter(|(from, to)| ty.values.contains(from) && !ty.values.contains(to))
        {
            due.enum_values.entry(name.clone()).or_default().insert(from.clone(), to.clone());
        }
    }
    (due, doubts)
}

/// Types whose values may have changed without being known: the revisions are not seen to make them, and in the first
/// dialect the values that a column may have are others now.
pub(super) fn doubtful_values(
    operations: &[Operation],
    names: &Names,
    known: &Types,
    after: &Schema,
    renames: &Renames,
) -> Vec<Untranslated> {
    let mut doubts = Vec::new();
    for operation in operations {
        let Operation::AddCheck { table, check } = operation else { continue };
        let Some(table) = after.table(&names.of(table)) else { continue };
        for column in table.columns.iter().filter(|column| lists_values(&check.expression, &column.name)) {
            let ty = after.enums.values().find(|ty| ty.name.to_string() == column.ty);
            let is_known = |ty: &&EnumType| {
                known.contains_key(&ty.name) || known.contains_key(&renames.former_enum(&ty.name))
            };
            if let Some(ty) = ty.filter(|ty| !is_known(ty)) {
                let what = format!(
                    "no revision is seen to make the enum {}, whose values have changed: change it by hand",
                    ty.name
                );
                doubts.push(Untranslated::doubt(&ty.name, what));
            }
        }
    }
    doubts
}

/// Whether a column has the type.
fn is_used(name: &ObjectName, schema: &Schema) -> bool {
    let word = name.to_string();
    schema.tables.values().flat_map(|table| &table.columns).any(|column| column.ty == word)
}

/// The values that a check lists for a column.
fn listed_values(checks: &[Check], column: &str) -> Option<Vec<String>> {
    let check = checks.iter().find(|check| lists_values(&check.expression, column))?;
    Some(strings(Dialect::Sqlite, &check.expression))
}

/// Gives `before` the enums that there were: those that the revisions have made. Of a type that they are not seen to
/// make, the values are those that its column had in the other engine; a column that is gone had a type with its
/// values, and where there is none it comes back as text.
///
/// `translated` are the types that the columns of the other engine were taken for, each by a name of its own.
pub(super) fn former(
    before: &mut Schema,
    known: &Types,
    translated: &Types,
    after: &Schema,
    renames: &Renames,
) {
    let by_word = |enums: &Types, word: &str| enums.values().find(|ty| ty.name.to_string() == word).cloned();
    let mut now = renames.renamed(before);
    let mut known_now = Schema::empty(before.dialect);
    known_now.enums.clone_from(known);
    let mut enums = renames.renamed(&known_now).enums;
    for table in now.tables.values_mut() {
        let Some(wanted) = after.table(&table.name) else { continue };
        for column in &mut table.columns {
            let Some(wanted) = wanted.column(&column.name) else { continue };
            let Some(ty) = by_word(&after.enums, &wanted.ty) else { continue };
            let former = by_word(translated, &column.ty).map(|former| former.values);
            let listed = listed_values(&table.checks, &column.name);
            if column.ty != wanted.ty && former.is_none() && listed.is_none() {
                // It was no enum.
                continue;
            }
            table.checks.retain(|check| !lists_values(&check.expression, &column.name));
            let values = former.or(listed).unwrap_or_else(|| ty.values.clone());
            enums.entry(ty.name.clone()).or_insert(EnumType { values, ..ty });
            column.ty.clone_from(&wanted.ty);
        }
    }
    now.enums = enums;
    by_values(&mut now, translated, after);
    // Comments are not followed through the revisions.
    for ty in now.enums.values_mut() {
        ty.comment = after.enums.get(&ty.name).and_then(|ty| ty.comment.clone());
    }
    *before = renames.inverse().renamed(&now);
}

/// Gives columns that the other engine had of an enum a type with the same values, or text where there is none.
pub(super) fn by_values(schema: &mut Schema, translated: &Types, after: &Schema) {
    let Schema { tables, enums, .. } = schema;
    for table in tables.values_mut() {
        let wanted = after.table(&table.name);
        for column in &mut table.columns {
            let is_gone = wanted.is_none_or(|wanted| wanted.column(&column.name).is_none());
            let listed = listed_values(&table.checks, &column.name).filter(|_| is_gone);
            let former = type_of(translated, &column.ty).map(|former| former.values);
            let Some(values) = former.clone().or(listed) else { continue };
            let has_values = |ty: &&EnumType| ty.values == values;
            let same =
                enums.values().find(has_values).or_else(|| after.enums.values().find(has_values)).cloned();
            match same {
                Some(ty) => {
                    table.checks.retain(|check| !lists_values(&check.expression, &column.name));
                    column.ty = ty.name.to_string();
                    enums.insert(ty.name.clone(), ty);
                }
                // Text with a check is what it may have been.
                None if former.is_none() => {}
                None => "text".clone_into(&mut column.ty),
            }
        }
    }
}

/// The type of a column, by its word.
fn type_of(enums: &Types, word: &str) -> Option<EnumType> {
    enums.values().find(|ty| ty.name.to_string() == word).cloned()
}
