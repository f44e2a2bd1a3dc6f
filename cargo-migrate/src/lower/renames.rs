//! What the models say was called otherwise before.

use std::collections::BTreeMap;

use migrate_core::Dialect;
use migrate_models::{ColumnModel, EnumModel, Storage};

use super::{Lowering, Naming, home_of};
use crate::{
    diff::Renames,
    models::{ColumnType, ModelType, Models},
    schema::ObjectName,
};

/// The renames that `renamed_from` tells, for one engine. Of those some may have been done already.
pub(crate) fn renames(models: &Models, dialect: Dialect, naming: &Naming, home: Option<&str>) -> Renames {
    let lowering = Lowering { models, dialect, naming, home: home_of(dialect, home) };
    let mut renames = Renames::default();
    for table in lowering.tables() {
        let name = lowering.name_of(table);
        if let Some(from) = &table.model.renamed_from {
            let schema = table.model.options.of(dialect).schema;
            renames.tables.insert(lowering.former(from, schema.as_deref()), name.clone());
        }
        let columns = table.model.columns.iter().filter_map(|column| {
            let from = column.renamed_from.as_ref()?;
            Some((from.value.clone(), column.name.value.clone()))
        });
        let columns: BTreeMap<_, _> = columns.collect();
        if !columns.is_empty() {
            renames.columns.insert(name.clone(), columns);
        }
        for column in &table.model.columns {
            let values = lowering.renamed_values(column);
            if !values.is_empty() {
                renames.column_values.insert((name.clone(), column.name.value.clone()), values);
            }
        }
        for sequence in table.model.sequences.iter().filter(|sequence| sequence.only.includes(dialect)) {
            let name = lowering.name(sequence.schema.as_deref(), &sequence.name);
            if let Some(from) = &sequence.renamed_from {
                renames.sequences.insert(lowering.former(from, sequence.schema.as_deref()), name);
            }
        }
    }
    if dialect == Dialect::Postgres {
        for enumeration in models.enums.iter().filter(|one| one.model.storage == Storage::Native) {
            let model = &enumeration.model;
            let name = lowering.name(model.schema.as_deref(), &model.name);
            if let Some(from) = &model.renamed_from {
                renames.enums.insert(lowering.former(from, model.schema.as_deref()), name.clone());
            }
            let values = values(model);
            if !values.is_empty() {
                renames.enum_values.insert(name, values);
            }
        }
    }
    renames
}

impl Lowering<'_> {
    /// The old name: in the schema of the new one, unless it names another (`app.users`).
    fn former(&self, from: &str, schema: Option<&String>) -> ObjectName {
        match (from.split_once('.'), schema) {
            (Some((other, name)), Some(_)) => self.name(Some(&other.to_owned()), name),
            (_, schema) => self.name(schema, from),
        }
    }

    /// The values of a column that were called otherwise, where its enum is no type of its own.
    fn renamed_values(&self, column: &ColumnModel<ColumnType>) -> BTreeMap<String, String> {
        let ModelType::Enum(number) = &column.ty.ty else { return BTreeMap::new() };
        let Some(enumeration) = self.models.enums.get(*number) else { return BTreeMap::new() };
        let is_listed = match (enumeration.model.storage, self.dialect) {
            (Storage::Native, Dialect::Postgres) | (Storage::Integer(_), _) => false,
            (
                Storage::Native | Storage::Text,
                Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite,
            ) => column.options_of(self.dialect).sql_type.is_none(),
        };
        if is_listed { values(&enumeration.model) } else { BTreeMap::new() }
    }
}

/// From the old name of a value to the new one.
fn values(model: &EnumModel) -> BTreeMap<String, String> {
    let renamed = model.values.iter().filter_map(|value| {
        let from = value.renamed_from.as_ref()?;
        Some((from.value.clone(), value.name.value.clone()))
    });
    renamed.collect()
}
