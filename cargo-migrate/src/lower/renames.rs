//! What the models say was called otherwise before.

use migrate_core::Dialect;
use migrate_models::Storage;

use super::{Lowering, Naming};
use crate::{diff::Renames, models::Models, schema::ObjectName};

/// The renames that `renamed_from` tells, for one engine. Of those some may have been done already.
pub(crate) fn renames(models: &Models, dialect: Dialect, naming: &Naming) -> Renames {
    let lowering = Lowering { models, dialect, naming };
    let mut renames = Renames::default();
    for table in lowering.tables() {
        let name = lowering.name_of(table);
        if let Some(from) = &table.model.renamed_from {
            renames.tables.insert(before(from, &name), name.clone());
        }
        let columns = table.model.columns.iter().filter_map(|column| {
            let from = column.renamed_from.as_ref()?;
            Some((from.value.clone(), column.name.value.clone()))
        });
        let columns: std::collections::BTreeMap<_, _> = columns.collect();
        if !columns.is_empty() {
            renames.columns.insert(name.clone(), columns);
        }
        for sequence in table.model.sequences.iter().filter(|sequence| sequence.only.includes(dialect)) {
            let name = lowering.name(sequence.schema.as_deref(), &sequence.name);
            if let Some(from) = &sequence.renamed_from {
                renames.sequences.insert(before(from, &name), name);
            }
        }
    }
    if dialect == Dialect::Postgres {
        for enumeration in models.enums.iter().filter(|one| one.model.storage == Storage::Native) {
            let model = &enumeration.model;
            let name = lowering.name(model.schema.as_deref(), &model.name);
            if let Some(from) = &model.renamed_from {
                renames.enums.insert(before(from, &name), name.clone());
            }
            let values = model.values.iter().filter_map(|value| {
                let from = value.renamed_from.as_ref()?;
                Some((from.value.clone(), value.name.value.clone()))
            });
            let values: std::collections::BTreeMap<_, _> = values.collect();
            if !values.is_empty() {
                renames.enum_values.insert(name, values);
            }
        }
    }
    renames
}

/// The old name: in the schema of the new one, unless it names another (`app.users`).
fn before(from: &str, now: &ObjectName) -> ObjectName {
    match (from.split_once('.'), &now.schema) {
        (Some((schema, name)), Some(_)) => ObjectName::in_schema(schema, name),
        (_, schema) => ObjectName { schema: schema.clone(), name: from.to_owned() },
    }
}
