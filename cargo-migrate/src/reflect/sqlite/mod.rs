//! SQLite keeps the text of every CREATE statement, and its pragmas tell but a part of what that says: so the text
//! itself is read, and the pragmas are there to be asked where SQLite adds something by itself.

mod assemble;
mod catalogue;
mod cursor;
mod definition;
mod keys;

#[cfg(test)]
mod tests;

use migrate_core::{Code, Error};
use migrate_runtime::Connection;

use super::Scope;
use crate::{
    schema::{Around, Schema, Trigger},
    sqlite::is_same,
};
use catalogue::{Catalogue, Entry};
use cursor::Unreadable;

/// Reads the catalogue of this engine: four queries.
pub(super) async fn reflect(connection: &mut Connection, scope: &Scope) -> Result<Schema, Error> {
    let catalogue = Catalogue::read(connection).await?;
    let mut schema = Schema::empty(connection.dialect());
    for entry in &catalogue.tables {
        if scope.without.iter().any(|name| is_same(name, &entry.name)) {
            continue;
        }
        let found = catalogue.columns.get(&entry.name).map(Vec::as_slice).unwrap_or_default();
        let mut table = assemble::table(entry, found)?;
        for index in catalogue.indexes.get(&entry.name).into_iter().flatten() {
            table.indexes.push(assemble::index(index, &table)?);
        }
        for Entry { name, sql } in catalogue.triggers.get(&entry.name).into_iter().flatten() {
            table.triggers.push(Trigger { name: name.clone(), sql: sql.clone() });
        }
        schema.insert(table);
    }
    let triggers = catalogue.triggers.into_iter().flat_map(|(on, entries)| {
        entries.into_iter().map(move |Entry { name, sql }| (on.clone(), Trigger { name, sql }))
    });
    let triggers = triggers.collect();
    keys::spell_as_declared(&mut schema);
    let views = catalogue.views.into_iter().map(|Entry { name, sql }| (name, sql)).collect();
    schema.around = Around { tables: schema.tables.clone(), names: catalogue.names, triggers, views };
    Ok(schema)
}

/// The error for a statement that we cannot take apart.
fn unreadable(what: &str, name: &str, rest: &Unreadable) -> Error {
    let rest = rest.0.escape_debug();
    Error::new(
        Code::Unsupported,
        format!("cannot read the {what} of `{}` from `{rest}` on", name.escape_debug()),
    )
    .with_help(
        "leave the table out with `exclude` in the [autogenerate] section of migrate.toml, and report this",
    )
}
