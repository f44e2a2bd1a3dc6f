//! Enumerated types of `PostgreSQL` where the compared database has none: there an enum is the type of a column, or a
//! check on it.

use std::collections::BTreeMap;

use crate::{
    ddl::postgres::enumeration::dimensions,
    diff::Renames,
    schema::{Column, EnumType, ObjectName, Schema},
};

/// The renames of the first dialect in another one: values of a type of its own become those of its columns, and the other
/// way round. `own` are the models in the first dialect, `after` in the other one.
pub(super) fn renames(renames: &Renames, own: &Schema, after: &Schema) -> Renames {
    let mut renames = renames.clone();
    let (by_type, by_column) =
        (std::mem::take(&mut renames.enum_values), std::mem::take(&mut renames.column_values));
    for (name, table) in &after.tables {
        let Some(there) = own.table(name) else { continue };
        for column in &table.columns {
            let place = (name.clone(), column.name.clone());
            let named = there.column(&column.name).and_then(|there| type_of(own, &there.ty));
            let values = named.and_then(|ty| by_type.get(&ty.name)).or_else(|| by_column.get(&place));
            let Some(values) = values.cloned() else { continue };
            match type_of(after, &column.ty) {
                Some(ty) => drop(renames.enum_values.insert(ty.name.clone(), values)),
                None => drop(renames.column_values.insert(place, values)),
            }
        }
    }
    renames
}

/// The enumerated type of a column, if it is one.
fn type_of<'s>(schema: &'s Schema, ty: &str) -> Option<&'s EnumType> {
    schema.enums.values().find(|one| dimensions(ty, &one.name).is_some())
}

/// Gives `before` the enums that there were: those of `after` with a column that was there already. A column that is
/// gone had one of them, by its values; where none has these, it comes back as text.
///
/// `translated` are the types that the columns of the other engine were taken for, each by a name of its own.
pub(super) fn former(
    before: &mut Schema,
    translated: &BTreeMap<ObjectName, EnumType>,
    after: &Schema,
    renames: &Renames,
) {
    let by_word = |enums: &BTreeMap<ObjectName, EnumType>, word: &str| {
        enums.values().find(|ty| ty.name.to_string() == word).cloned()
    };
    let mut now = renames.renamed(before);
    let mut enums: BTreeMap<ObjectName, EnumType> = BTreeMap::new();
    for table in now.tables.values_mut() {
        let Some(wanted) = after.table(&table.name) else { continue };
        for column in &mut table.columns {
            let Some(wanted) = wanted.column(&column.name) else { continue };
            let Some(ty) = by_word(&after.enums, &wanted.ty) else { continue };
            let former = by_word(translated, &column.ty);
            let values = former.map_or_else(|| ty.values.clone(), |former| former.values);
            enums.entry(ty.name.clone()).or_insert(EnumType { values, ..ty });
            column.ty.clone_from(&wanted.ty);
        }
    }
    let mut by_values = |column: &mut Column| {
        let Some(former) = by_word(translated, &column.ty) else { return };
        let has_values = |ty: &&EnumType| ty.values == former.values;
        let same = enums.values().find(has_values).or_else(|| after.enums.values().find(has_values)).cloned();
        column.ty = same.as_ref().map_or_else(|| "text".to_owned(), |ty| ty.name.to_string());
        enums.extend(same.map(|ty| (ty.name.clone(), ty)));
    };
    now.tables.values_mut().flat_map(|table| &mut table.columns).for_each(&mut by_values);
    // What goes before something else gets its name is not there any more when that has it.
    let back = renames.inverse();
    let then = back.renamed(&now);
    for table in before.tables.values_mut() {
        let known = then.table(&table.name);
        let is_gone = |column: &Column| known.is_none_or(|known| known.column(&column.name).is_none());
        table.columns.iter_mut().filter(|column| is_gone(column)).for_each(&mut by_values);
    }
    now.enums = enums;
    let then = back.renamed(&now);
    for table in before.tables.values_mut() {
        let Some(known) = then.table(&table.name) else { continue };
        for column in &mut table.columns {
            if let Some(known) = known.column(&column.name) {
                column.ty.clone_from(&known.ty);
            }
        }
    }
    before.enums = then.enums;
}
