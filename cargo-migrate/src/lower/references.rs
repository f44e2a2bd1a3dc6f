//! SQLite: foreign keys refer to keys. Nobody asks when a table is made; every change of a row that is referred to fails
//! then, with "foreign key mismatch".

use migrate_core::{Dialect, Error};

use super::{Lack, Lowering};
use crate::schema::{ForeignKey, Schema};

/// Whether SQLite finds a key in what a foreign key refers to, among these tables. What it cannot see is sound.
pub(crate) fn is_sound(key: &ForeignKey, schema: &Schema) -> bool {
    match schema.table(&key.referred_table) {
        None => true,
        Some(table) if key.referred_columns.is_empty() => {
            table.primary_key.as_ref().is_some_and(|primary| primary.columns.len() == key.columns.len())
        }
        Some(table) => table.has_key(&key.referred_columns),
    }
}

impl Lowering<'_> {
    /// Refuses what refers to columns that may hold a value twice.
    pub(super) fn references(&self, schema: &Schema, errors: &mut Vec<Error>) {
        if self.dialect != Dialect::Sqlite {
            return;
        }
        for table in self.tables() {
            let keys = table.model.foreign_keys.iter();
            for key in keys.filter(|key| !key.external && key.only.includes(self.dialect)) {
                let reference = &key.reference.value;
                let target = self.models.named((reference.schema.as_deref(), &reference.table));
                let Some(name) = target.map(|target| self.name_of(target)) else { continue };
                // The primary key, which is looked at without an engine.
                if reference.columns.is_empty()
                    || schema.table(&name).is_none_or(|to| to.has_key(&reference.columns))
                {
                    continue;
                }
                let columns = reference.columns.join(", ");
                let what = format!("the foreign key of `{}`", table.model.ident.value);
                let message =
                    format!("refers to `{name}({columns})`, which is neither its primary key nor unique");
                let lack =
                    Lack::new(message, "make the columns unique together, or refer to the primary key");
                errors.push(self.lacking(table, key.reference.span, &what, lack));
            }
        }
    }
}
