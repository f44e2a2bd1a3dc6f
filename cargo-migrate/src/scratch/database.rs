use migrate_core::{Code, Dialect, Error};
use migrate_runtime::{Connection, DatabaseUrl, Engine};
use tempfile::TempDir;

use super::name::{is_abandoned, new_name};
use crate::ddl;

/// A database of our own on the server of another, empty at first. [`remove`](Self::remove) drops it; one that a killed
/// run has left behind is dropped by the next run that makes one.
#[derive(Debug)]
pub(crate) struct ScratchDatabase {
    url: DatabaseUrl,
    name: String,
    keeper: Keeper,
}

#[derive(Debug)]
enum Keeper {
    /// Connected to the other database.
    Server(Connection),
    /// SQLite: the folder of the file, which goes with this value.
    Folder(#[allow(dead_code, reason = "held, so that the folder stays")] TempDir),
}

impl ScratchDatabase {
    /// Makes a database on the server that the URL leads to, with the character set of the one that it names.
    ///
    /// # Errors
    /// Those of [`Connection::open`]; [`Code::StatementFailed`] if the user may not create databases; [`Code::Io`].
    pub(crate) async fn create(server: &DatabaseUrl) -> Result<Self, Error> {
        let name = new_name()?;
        let mut url = server.clone();
        if url.engine == Engine::Sqlite {
            let folder = tempfile::Builder::new()
                .prefix("migrate-scratch-")
                .tempdir()
                .map_err(|error| Error::new(Code::Io, format!("no temporary folder can be made: {error}")))?;
            url.database = folder.path().join("scratch.db").to_string_lossy().into_owned();
            url.options.clear();
            return Ok(Self { url, name, keeper: Keeper::Folder(folder) });
        }
        let mut connection = Connection::open(server.clone()).await?;
        sweep(&mut connection).await;
        let sql = create_sql(&mut connection, &name).await?;
        connection.execute(&sql).await.map_err(|error| may_not_create(&error))?;
        url.database.clone_from(&name);
        Ok(Self { url, name, keeper: Keeper::Server(connection) })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> DatabaseUrl {
        self.url.clone()
    }

    /// Drops it.
    ///
    /// # Errors
    /// The server's. Then the next run that makes one tries again, when this one is old enough.
    pub(crate) async fn remove(self) -> Result<(), Error> {
        match self.keeper {
            Keeper::Folder(folder) => folder
                .close()
                .map_err(|error| Error::new(Code::Io, format!("the scratch database stays: {error}"))),
            Keeper::Server(mut connection) => {
                let dropped = drop_database(&mut connection, &self.name).await;
                connection.close().await;
                dropped
            }
        }
    }
}

fn may_not_create(error: &Error) -> Error {
    Error::new(error.code(), format!("a scratch database cannot be made: {}", error.message())).with_help(
        "this needs a user that may create databases on a server for development: name another one with --database-url",
    )
}

async fn create_sql(connection: &mut Connection, name: &str) -> Result<String, Error> {
    let quoted = ddl::quote(connection.dialect(), name);
    Ok(match connection.dialect() {
        Dialect::Mysql | Dialect::Mariadb => {
            let rows = connection.query("SELECT @@character_set_database, @@collation_database").await?;
            match rows.first().map(Vec::as_slice) {
                Some([Some(charset), Some(collation)]) => {
                    format!("CREATE DATABASE {quoted} CHARACTER SET {charset} COLLATE {collation}")
                }
                _ => format!("CREATE DATABASE {quoted}"),
            }
        }
        Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => format!("CREATE DATABASE {quoted}"),
    })
}

async fn drop_database(connection: &mut Connection, name: &str) -> Result<(), Error> {
    let quoted = ddl::quote(connection.dialect(), name);
    match connection.dialect() {
        // Sessions that have just been closed may still be there for a moment.
        Dialect::Postgres => {
            connection.execute(&format!("DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")).await
        }
        Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => {
            connection.execute(&format!("DROP DATABASE IF EXISTS {quoted}")).await
        }
        Dialect::Sqlite => Ok(()),
    }
}

/// Drops what killed runs have left behind. What cannot be dropped is left to the next run.
async fn sweep(connection: &mut Connection) {
    let list = match connection.dialect() {
        Dialect::Postgres => "SELECT datname FROM pg_catalog.pg_database",
        Dialect::Mysql | Dialect::Mariadb => "SHOW DATABASES",
        Dialect::Mssql => "SELECT name FROM sys.databases",
        Dialect::Sqlite => return,
    };
    let Ok(rows) = connection.query(list).await else { return };
    for name in rows.into_iter().filter_map(|row| row.into_iter().next().flatten()) {
        if is_abandoned(&name) {
            // Another run may be at the same one.
            let _ = drop_database(connection, &name).await;
        }
    }
}
