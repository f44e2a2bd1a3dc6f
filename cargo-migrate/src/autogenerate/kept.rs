//! What is compared of what there is: include and exclude of migrate.toml, and what the models leave to others.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    config::AutogenerateConfig,
    ddl::postgres,
    diff::Renames,
    lower::words,
    schema::{ObjectName, Schema},
};

/// What is looked at of the schema that the models ask for. An enum belongs to the tables that use it: it is passed by
/// only where `exclude` says so.
pub(super) fn of_models(config: &AutogenerateConfig, mut schema: Schema) -> Schema {
    schema.tables.retain(|name, _| config.looks_at(&name.to_string()));
    let used = used_enums(&schema);
    schema.enums.retain(|name, _| {
        let shown = name.to_string();
        config.looks_at(&shown) || used.contains(name) && !config.excludes(&shown)
    });
    schema.sequences.retain(|name, _| !config.excludes(&name.to_string()));
    schema
}

/// What is looked at of a database.
pub(super) fn of_database(
    config: &AutogenerateConfig,
    mut schema: Schema,
    models: &Schema,
    told: &Renames,
) -> Schema {
    schema.tables.retain(|name, _| config.looks_at(&name.to_string()));
    let used = used_enums(&schema);
    let is_known = |name: &ObjectName, is_in: &dyn Fn(&ObjectName) -> bool, told: &BTreeMap<_, _>| {
        let shown = name.to_string();
        config.looks_at(&shown)
            || !config.excludes(&shown) && (is_in(name) || told.get(name).is_some_and(is_in))
    };
    schema.enums.retain(|name, _| {
        let is_in = |name: &ObjectName| models.enums.contains_key(name) || used.contains(name);
        is_known(name, &is_in, &told.enums)
    });
    schema
        .sequences
        .retain(|name, _| is_known(name, &|name| models.sequences.contains_key(name), &told.sequences));
    without_external(&mut schema, models);
    schema
}

/// Leaves out the tables that the models only refer to, and the sequences that they only draw from: whoever those belong
/// to, they are not to be dropped. A table without columns can be no model.
pub(crate) fn without_external(schema: &mut Schema, models: &Schema) {
    let referred: BTreeSet<&ObjectName> = models
        .tables
        .values()
        .flat_map(|table| &table.foreign_keys)
        .map(|key| &key.referred_table)
        .filter(|name| !models.tables.contains_key(*name))
        .collect();
    schema.tables.retain(|name, table| !referred.contains(name) && !table.columns.is_empty());
    let columns = models.tables.values().flat_map(|table| &table.columns);
    let drawing: BTreeSet<&str> = columns
        .filter_map(|column| column.default.as_deref())
        .filter(|default| {
            let default = default.to_lowercase();
            default.contains("nextval") || default.contains("next value")
        })
        .flat_map(words)
        .collect();
    schema
        .sequences
        .retain(|name, _| models.sequences.contains_key(name) || !drawing.contains(name.name.as_str()));
}

/// The enums that columns of the tables have.
fn used_enums(schema: &Schema) -> BTreeSet<ObjectName> {
    let types: Vec<&str> =
        schema.tables.values().flat_map(|table| &table.columns).map(|column| column.ty.as_str()).collect();
    let is_used = |name: &&ObjectName| types.iter().any(|ty| postgres::is_of_enum(ty, name));
    schema.enums.keys().filter(is_used).cloned().collect()
}
