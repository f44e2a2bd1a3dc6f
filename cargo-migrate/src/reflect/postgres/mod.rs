//! PostgreSQL 14 to 18.
//!
//! What is compared is read with one statement for each kind of thing; the sentences that the server writes (types,
//! expressions) are made readable here. Left out, and so left alone: partitioned tables, partitions and children of
//! other tables, tables of a type, foreign and temporary tables, what an extension owns, domains, composite and range
//! types, foreign keys over a period, tablespaces, access methods, storage and compression of columns.

mod comment;
mod constraint;
mod expression;
mod index;
mod query;
mod row;
mod sequence;
mod spelling;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::{Code, Error};
use migrate_runtime::Connection;

use self::{
    comment::Comments,
    query::Version,
    row::{Row, rows},
};
use super::Scope;
use crate::schema::{EnumType, ObjectName, Schema, Sequence};

/// Reads the catalogue of this engine.
pub(super) async fn reflect(connection: &mut Connection, scope: &Scope) -> Result<Schema, Error> {
    let sql = query::settle(scope.default_schema.as_deref(), &scope.schemas);
    let settled = rows(connection, &sql).await?.next();
    let Some(mut settled) = settled else { return Err(Error::new(Code::Database, "the server gave no row")) };
    let path = settled.text()?;
    let read = read(connection, scope, settled).await;
    // In a transaction that has failed the server takes nothing more, and puts the path back itself.
    let restored = rows(connection, &query::unsettle(&path)).await;
    let schema = read?;
    drop(restored?);
    Ok(schema)
}

/// Tells which objects are in the default schema.
#[derive(Debug)]
struct Names<'a> {
    default_schema: &'a str,
}

impl Names<'_> {
    fn object(&self, schema: String, name: String) -> ObjectName {
        if schema == self.default_schema {
            ObjectName::local(name)
        } else {
            ObjectName::in_schema(schema, name)
        }
    }
}

async fn read(connection: &mut Connection, scope: &Scope, mut settled: Row) -> Result<Schema, Error> {
    let Some(default_schema) = settled.maybe() else {
        return Err(Error::new(Code::Database, "no schema of the connection's search_path exists")
            .with_help("create the schema, or name another one"));
    };
    let version = Version(settled.parse()?);
    let existing = settled.words()?;
    let names = Names { default_schema: &default_schema };
    let mut schemas: BTreeSet<String> = existing.into_iter().collect();
    schemas.remove(&default_schema);
    let places: Vec<String> =
        std::iter::once(default_schema.clone()).chain(schemas.iter().cloned()).collect();

    let mut schema = Schema::empty(connection.dialect());
    schema.schemas = schemas;
    let comments = Comments::read(rows(connection, &query::comments()).await?)?;
    for ty in enums(rows(connection, &query::enums(&places)).await?, &names, &comments)? {
        schema.enums.insert(ty.name.clone(), ty);
    }
    let found = rows(connection, &query::sequences(&places)).await?;
    let mut sequences = sequence::sequences(found, &names, &comments)?;
    let found = rows(connection, &query::tables(&places)).await?;
    let mut tables = table::tables(found, &names, &comments, &mut sequences.owned)?;
    tables.retain(|_, found| !is_ours(scope, &found.table.name));
    let found = rows(connection, &query::constraints(&places, version)).await?;
    let references = constraint::constraints(found, &names, &comments, &mut tables)?;
    let elsewhere: BTreeSet<u32> =
        references.iter().map(|reference| reference.to).filter(|table| !tables.contains_key(table)).collect();
    let mut others = BTreeMap::new();
    if !elsewhere.is_empty() {
        for mut row in rows(connection, &query::columns(elsewhere.into_iter())).await? {
            others.insert((row.parse()?, row.parse()?), row.text()?);
        }
    }
    constraint::refer(references, &mut tables, &others);
    index::indexes(rows(connection, &query::indexes(&places, version)).await?, &comments, &mut tables)?;

    // A sequence that its column does not draw from as a serial does is one of its own, if the column is compared.
    let left = sequences.owned.into_iter().filter(|((table, _), _)| tables.contains_key(table));
    let left = left.flat_map(|(_, owned)| owned).filter(|owned| !owned.is_identity);
    let left = left.map(|owned| Sequence { is_owned: true, ..owned.sequence });
    for sequence in sequences.free.into_iter().chain(left) {
        schema.sequences.insert(sequence.name.clone(), sequence);
    }
    for found in tables.into_values() {
        schema.insert(found.table);
    }
    Ok(schema)
}

/// Whether the table is one of those that are not reported, by its name or with its schema.
fn is_ours(scope: &Scope, name: &ObjectName) -> bool {
    scope.without.iter().any(|ours| *ours == name.name || *ours == name.to_string())
}

fn enums(
    rows: impl Iterator<Item = Row>,
    names: &Names<'_>,
    comments: &Comments,
) -> Result<Vec<EnumType>, Error> {
    rows.map(|mut row| {
        let name = names.object(row.text()?, row.text()?);
        let comment = comments.of_type(row.parse()?);
        Ok(EnumType { name, values: row.words()?, comment, needed_by: Vec::new() })
    })
    .collect()
}
