use std::collections::BTreeSet;

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::{Connection, DatabaseUrl};

use super::{ScratchDatabase, name::new_name, outside::Outside};
use crate::{
    ddl::{self, Script},
    diff::{self, Renames},
    operation::Operation,
    reflect::{Scope, default_schema, reflect},
    schema::{ObjectName, Place, Schema},
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

impl Refused {
    /// The same about the schemas that the models name: those of a scratch place say nothing to anybody.
    fn by_its_own_name(self, places: &[Stand]) -> Self {
        let of = |schema: &Option<String>| places.iter().find(|place| place.there.to == *schema);
        let table = self.table.map(|table| match of(&table.schema) {
            Some(place) => ObjectName { schema: place.there.from.clone(), name: table.name },
            None => table,
        });
        let own = |text: &str| {
            places.iter().rev().fold(text.to_owned(), |text, place| match &place.there.from {
                Some(schema) => text.replace(&place.scratch, schema),
                None => text.replace(&format!("{}.", place.scratch), ""),
            })
        };
        let mut error = Error::new(self.error.code(), own(self.error.message()));
        if let Some(help) = self.error.help() {
            error = error.with_help(own(help));
        }
        Self { table, error }
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
    let mut inside = wanted.clone();
    let outside = match connection.dialect() {
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => Outside::take(&mut inside),
        // A key may refer to what is not there.
        Dialect::Sqlite => Outside::default(),
    };
    let mut made = match connection.dialect() {
        Dialect::Postgres | Dialect::Mssql => in_transaction(connection, &inside, scope).await,
        Dialect::Mysql | Dialect::Mariadb => in_database(url, &inside).await,
        Dialect::Sqlite => in_memory(&inside).await,
    }?;
    outside.put_back(&mut made);
    Ok(made)
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
    let home = default_schema(connection).await?;
    let is_postgres = connection.dialect() == Dialect::Postgres;
    let places = places(connection.dialect(), &name, home, wanted);
    let begin = if is_postgres { "BEGIN" } else { "SET XACT_ABORT ON; BEGIN TRANSACTION" };
    connection.execute(begin).await?;
    let read: Result<Schema, Refused> = async {
        for place in &places {
            let quoted = ddl::quote(connection.dialect(), &place.scratch);
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
        let there: Vec<Place> = places.iter().map(|place| place.there.clone()).collect();
        let placed = wanted.relocated(&there);
        let placed = Schema { schemas: BTreeSet::new(), ..placed };
        create(connection, &placed).await.map_err(|refused| refused.by_its_own_name(&places))?;
        if is_postgres {
            connection.query(&without_schemas(&scope.schemas)).await?;
        }
        let others = places.iter().filter(|place| place.back.from.is_some());
        let scope = Scope {
            default_schema: Some(name.clone()),
            schemas: others.map(|place| place.scratch.clone()).collect(),
            ..scope.clone()
        };
        let read = reflect(connection, &scope).await?;
        let back: Vec<Place> = places.iter().map(|place| place.back.clone()).collect();
        let mut read = read.relocated(&back);
        // Which names were taken here says nothing of another place.
        for column in read.tables.values_mut().flat_map(|table| &mut table.columns) {
            column.sequence_number = None;
        }
        Ok(read)
    }
    .await;
    // The connection may be gone, and with it the transaction.
    let rolled_back =
        connection.execute(if is_postgres { "ROLLBACK" } else { "IF @@TRANCOUNT > 0 ROLLBACK" }).await;
    let read = read?;
    rolled_back?;
    Ok(read)
}

/// A schema and what stands for it here.
struct Stand {
    /// The name of the schema that stands for it.
    scratch: String,
    there: Place,
    back: Place,
}

/// What stands for the default schema, and for each other one that the models have.
fn places(dialect: Dialect, name: &str, home: Option<String>, wanted: &Schema) -> Vec<Stand> {
    let is_postgres = dialect == Dialect::Postgres;
    let some = |text: &str| Some(text.to_owned());
    let default = Stand {
        scratch: name.to_owned(),
        there: Place {
            from: None,
            named: home.clone(),
            // On PostgreSQL the search path leads there.
            to: some(name).filter(|_| !is_postgres),
            name: some(name).filter(|_| !is_postgres),
        },
        // What is read in the schema of a scope has no schema.
        back: Place { from: None, named: some(name), to: None, name: home.filter(|_| !is_postgres) },
    };
    let others = wanted.schemas.iter().enumerate().map(|(number, schema)| {
        let scratch = format!("{name}_{}", number + 1);
        let place = |from: &str, to: &str| Place {
            from: some(from),
            named: some(from),
            to: some(to),
            name: some(to),
        };
        Stand { there: place(schema, &scratch), back: place(&scratch, schema), scratch }
    });
    std::iter::once(default).chain(others).collect()
}

/// Takes schemas out of PostgreSQL's search path, as it is while a database is read that has them: what stands in them
/// is shown with its schema.
fn without_schemas(schemas: &[String]) -> String {
    let schemas: Vec<_> = schemas.iter().map(|schema| ddl::postgres::name::literal(schema)).collect();
    format!(
        "SELECT pg_catalog.set_config('search_path', \
         (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s.name), ', ' ORDER BY s.place) \
          FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS s (name, place) \
          WHERE s.name::text <> ALL (ARRAY[{}]::text[])), true)",
        schemas.join(", ")
    )
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
