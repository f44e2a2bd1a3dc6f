//! What the models say was called otherwise before.

use std::collections::BTreeMap;

use migrate_core::Dialect;
use migrate_models::{ColumnModel, EnumModel, Only, Storage};

use super::{Lowering, Naming, home_of};
use crate::{
    diff::Renames,
    models::{ColumnType, ModelType, Models, Table},
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
        let parts = lowering.renamed_parts(table);
        if !parts.is_empty() {
            renames.parts.insert(name.clone(), parts);
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
    /// Indexes and constraints, by the names that they get here. They are made in the order of the model.
    fn renamed_parts(&self, table: &Table) -> BTreeMap<String, String> {
        let model = &table.model;
        let here = |only: &Only| only.includes(self.dialect);
        let uniques: Vec<_> =
            model.uniques.iter().filter(|one| here(&one.only)).map(|one| &one.renamed_from).collect();
        let indexes: Vec<_> =
            model.indexes.iter().filter(|one| here(&one.only)).map(|one| &one.renamed_from).collect();
        let keys: Vec<_> =
            model.foreign_keys.iter().filter(|one| here(&one.only)).map(|one| &one.renamed_from).collect();
        let checks: Vec<_> =
            model.checks.iter().filter(|one| here(&one.only)).map(|one| &one.renamed_from).collect();
        let exclusions: Vec<_> =
            model.exclusions.iter().filter(|one| here(&one.only)).map(|one| &one.renamed_from).collect();
        let all = [&uniques, &indexes, &keys, &checks, &exclusions];
        if !all.iter().any(|olds| olds.iter().any(|old| old.is_some())) {
            return BTreeMap::new();
        }
        let made = self.table(table, &mut Vec::new());
        let index_names: Vec<_> = made.indexes.iter().map(|index| Some(index.name.clone())).collect();
        let unique_names: Vec<_> = made.uniques.iter().map(|unique| unique.name.clone()).collect();
        let (unique_names, index_names) = match self.dialect {
            // A unique constraint is an index, and these come first.
            Dialect::Mysql | Dialect::Mariadb => {
                let (uniques, indexes) = index_names.split_at(uniques.len().min(index_names.len()));
                (uniques.to_vec(), indexes.to_vec())
            }
            Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => (unique_names, index_names),
        };
        let key_names = made.foreign_keys.iter().map(|key| key.name.clone()).collect();
        let check_names = made.checks.iter().map(|check| check.name.clone()).collect();
        let exclusion_names = made.exclusions.iter().map(|one| Some(one.name.clone())).collect();
        let names: [Vec<Option<String>>; 5] =
            [unique_names, index_names, key_names, check_names, exclusion_names];
        let pairs = all.into_iter().zip(names).flat_map(|(olds, names)| olds.iter().zip(names));
        pairs.filter_map(|(old, name)| Some((old.as_ref()?.value.clone(), name?))).collect()
    }

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
