use std::collections::BTreeMap;

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::{Connection, DatabaseUrl};

use super::{ScratchDatabase, name::new_name};
use crate::{
    ddl::{self, Script},
    diff::{self, Renames},
    operation::Operation,
    reflect::{Scope, reflect},
    schema::{ObjectName, Schema},
    sources::missing_extension,
};

/// The engine did not take a part of the wanted schema.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The table that it is about, if it is about one.
    pub(crate) table: Option<ObjectName>,
    pub(crate) error: Error,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { table: None, error }
    }
}

/// The schema as the engine shows it once it is made: created in a scratch place on the same engine and read back, so
/// that its texts can be compared with those of a database. Nothing stays on the server.
///
/// # Errors
/// What the engine refuses, with the table that it is about.
pub(crate) async fn normalise(
    connection: &mut Connection,
    url: &DatabaseUrl,
    wanted: &Schema,
    scope: &Scope,
) -> Result<Schema, Refused> {
    match connection.dialect() {
        Dialect::Postgres => in_transaction(connection, wanted, scope).await,
        Dialect::Mssql => in_transaction(connection, wanted, scope).await,
        Dialect::Mysql | Dialect::Mariadb => in_database(url, wanted).await,
        Dialect::Sqlite => in_memory(wanted).await,
    }
}

async fn in_memory(wanted: &Schema) -> Result<Schema, Refused> {
    let mut connection = Connection::open("sqlite::memory:").await?;
    create(&mut connection, wanted).await?;
    Ok(reflect(&mut connection, &Scope::default()).await?)
}

async fn in_database(url: &DatabaseUrl, wanted: &Schema) -> Result<Schema, Refused> {
    if let Some(schema) = wanted.schemas.first() {
        return Err(Error::new(
            Code::Unsupported,
            format!("a schema is a database on MySQL and MariaDB, and `{schema}` is another than the URL's"),
        )
        .with_help("leave `schema` out of the models, or give each database a project of its own")
        .into());
    }
    let scratch = ScratchDatabase::create(url).await?;
    let read: Result<Schema, Refused> = async {
        let mut connection = Connection::open(scratch.url()).await?;
        let read = match create(&mut connection, wanted).await {
            Ok(()) => reflect(&mut connection, &Scope::default()).await.map_err(Refused::from),
            Err(refused) => Err(refused),
        };
        connection.close().await;
        read
    }
    .await;
    let removed = scratch.remove().await;
    let read = read?;
    removed?;
    Ok(read)
}

/// Everything is made in schemas of our own inside a transaction, which is rolled back: a run that is killed leaves
/// nothing either.
async fn in_transaction(
    connection: &mut Connection,
    wanted: &Schema,
    scope: &Scope,
) -> Result<Schema, Refused> {
    let name = new_name()?;
    let mut places = BTreeMap::from([(None, name.clone())]);
    for (number, schema) in wanted.schemas.iter().enumerate() {
        places.insert(Some(schema.clone()), format!("{name}_{}", number + 1));
    }
    let is_postgres = connection.dialect() == Dialect::Postgres;
    let begin = if is_postgres { "BEGIN" } else { "SET XACT_ABORT ON; BEGIN TRANSACTION" };
    connection.execute(begin).await?;
    let read: Result<Schema, Refused> = async {
        for place in places.values() {
            let quoted = ddl::quote(connection.dialect(), place);
            let sql = format!("CREATE SCHEMA {quoted}");
            connection.execute(&if is_postgres { sql } else { format!("EXEC(N'{sql}')") }).await?;
        }
        if is_postgres {
            // What the database has is seen, behind what is made here: functions, types of extensions.
            let quoted = ddl::quote(Dialect::Postgres, &name);
            let set = format!(
                "SELECT pg_catalog.set_config('search_path', \
                 '{quoted}, ' || pg_catalog.current_setting('search_path'), true)"
            );
            connection.query(&set).await?;
        }
        let placed = wanted.relocated(|schema| match schema {
            // The search path leads there.
            None if is_postgres => None,
            schema => places.get(&schema.map(ToOwned::to_owned)).cloned(),
        });
        create(connection, &Schema { schemas: std::collections::BTreeSet::new(), ..placed }).await?;
        let scope = Scope {
            default_schema: Some(name.clone()),
            schemas: places
                .iter()
                .filter(|(schema, _)| schema.is_some())
                .map(|(_, place)| place.clone())
                .collect(),
            ..scope.clone()
        };
        let read = reflect(connection, &scope).await?;
        let back: BTreeMap<&str, &str> =
            places.iter().filter_map(|(schema, place)| Some((place.as_str(), schema.as_deref()?))).collect();
        Ok(read.relocated(|schema| {
            let place = schema?;
            Some(back.get(place).copied().unwrap_or(place).to_owned())
        }))
    }
    .await;
    // The connection may be gone, and with it the transaction.
    let rolled_back =
        connection.execute(if is_postgres { "ROLLBACK" } else { "IF @@TRANCOUNT > 0 ROLLBACK" }).await;
    let read = read?;
    rolled_back?;
    Ok(read)
}

/// Makes everything, one operation at a time, so that a refusal has its table.
async fn create(connection: &mut Connection, wanted: &Schema) -> Result<(), Refused> {
    let dialect = connection.dialect();
    let empty = Schema::empty(dialect);
    let operations = match dialect {
        // A key may refer to a table that is yet to be made: no key of a circle has to wait for one.
        Dialect::Sqlite => wanted.tables.values().cloned().map(Operation::CreateTable).collect(),
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => {
            diff::diff(&empty, wanted, &Renames::default())
        }
    };
    for operation in operations {
        let about = |error: Error| Refused { table: about(&operation), error };
        let script = Script { operations: std::slice::from_ref(&operation), before: &empty, after: wanted };
        for statement in ddl::render(dialect, &script).map_err(about)? {
            connection.execute(&statement.sql).await.map_err(|error| {
                let mut help = format!("the statement was: {}", statement.sql);
                if let Some(extension) = missing_extension(error.message()) {
                    help = format!("{extension}; {help}");
                }
                about(Error::new(error.code(), error.message()).with_help(help))
            })?;
        }
    }
    Ok(())
}

fn about(operation: &Operation) -> Option<ObjectName> {
    match operation {
        Operation::RenameTable { to, .. } => Some(to.clone()),
        operation => operation.table().cloned(),
    }
}
