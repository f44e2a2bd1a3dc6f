use std::{
    any::Any,
    path::{Path, PathBuf},
    time::Duration,
};

use migrate_core::{Code, Error};
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig, types::ValueRef};

use super::{BoxFuture, Failure, Part, PartError, Row, ServerError, Session};
use crate::url::{DatabaseUrl, Engine};

pub(crate) struct Sqlite<'a> {
    holder: Holder<'a>,
    /// The file that the first write is going to create. Until then an empty database in memory stands in for it, so that
    /// a run which is refused leaves nothing behind.
    missing: Option<Missing>,
}

enum Holder<'a> {
    Own(Connection),
    Callers { connection: &'a mut Connection, found: Found },
}

/// How the caller's connection was when it was lent.
#[derive(Debug, Clone, Copy)]
struct Found {
    has_transaction: bool,
    foreign_keys: Option<bool>,
}

struct Missing {
    file: PathBuf,
    busy: Duration,
}

/// Opens the file of a URL. A file that is not there counts as an empty database; if `create` says so, the first write
/// creates it, else none is left behind. Waits at most `busy` for another writer.
pub(crate) fn open(mut url: DatabaseUrl, create: bool, busy: Duration) -> Result<Sqlite<'static>, Error> {
    let mode = url.take_option(&["mode"]);
    if let Some((name, _)) = url.options.first() {
        return Err(Error::new(
            Code::InvalidUrl,
            format!("the SQLite URL has an unknown option `{}`", name.escape_debug()),
        )
        .with_help("the one option is mode=ro|rw|rwc"));
    }
    let mut missing = None;
    let path = PathBuf::from(&url.database);
    let is_missing = url.database != ":memory:" && matches!(path.try_exists(), Ok(false));
    if is_missing
        && (mode.is_none() || create && mode.as_deref() == Some("rwc"))
        && (!create || has_folder(&path))
    {
        ":memory:".clone_into(&mut url.database);
        missing = create.then_some(Missing { file: path, busy });
    }
    let in_memory = url.database == ":memory:";
    let access = match mode.as_deref() {
        Some("ro") => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Some("rw") => OpenFlags::SQLITE_OPEN_READ_WRITE,
        None if !create && !in_memory => OpenFlags::SQLITE_OPEN_READ_WRITE,
        None | Some("rwc") => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Some(_) => return Err(Error::new(Code::InvalidUrl, "the SQLite URL's mode is none of ro, rw, rwc")),
    };
    // No URI file names: a path is a path.
    let connection = Connection::open_with_flags(&url.database, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .and_then(|connection| connection.busy_timeout(busy).map(|()| connection))
        .map_err(|error| {
            Error::new(
                Code::ConnectionFailed,
                format!(
                    "cannot open {url}: {}",
                    server_error(&error)
                        .describe()
                        .replace(&url.database, url.to_string().trim_start_matches("sqlite:"))
                ),
            )
            .with_help("check that the folder exists and that you may write to it")
        })?;
    Ok(Sqlite { holder: Holder::Own(connection), missing })
}

/// Whether there is a folder to create the file in.
fn has_folder(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.as_os_str().is_empty() || folder.is_dir())
}

impl<'a> Sqlite<'a> {
    pub(crate) fn callers(connection: &'a mut Connection) -> Self {
        let found = Found {
            has_transaction: !connection.is_autocommit(),
            foreign_keys: connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY).ok(),
        };
        Self { holder: Holder::Callers { connection, found }, missing: None }
    }

    /// The connection to write on: the file is created now.
    fn for_writing(&mut self) -> rusqlite::Result<&mut Connection> {
        if let Some(Missing { file, busy }) = &self.missing {
            // Another process may have created it since.
            let access = OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(file, access)?;
            connection.busy_timeout(*busy)?;
            self.holder = Holder::Own(connection);
            self.missing = None;
        }
        Ok(self.connection())
    }

    fn connection(&mut self) -> &mut Connection {
        match &mut self.holder {
            Holder::Own(connection) => connection,
            Holder::Callers { connection, .. } => connection,
        }
    }
}

// SQLite works in the calling thread: its calls block, like any file access.
impl Session for Sqlite<'_> {
    fn engine(&self) -> Engine {
        Engine::Sqlite
    }

    fn missing_file(&self) -> Option<&Path> {
        self.missing.as_ref().map(|missing| missing.file.as_path())
    }

    fn query<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<Vec<Row>, ServerError>> {
        Box::pin(async move { rows(self.connection(), sql).map_err(|error| server_error(&error)) })
    }

    fn run<'a>(&'a mut self, parts: &'a [Part<'a>]) -> BoxFuture<'a, Result<(), PartError>> {
        Box::pin(async move {
            let failed =
                |part: usize, error: &rusqlite::Error| PartError { part, error: server_error(error) };
            let connection = self.for_writing().map_err(|error| failed(0, &error))?;
            for (part, sql) in parts.iter().enumerate() {
                step_through(connection, sql.sql()).map_err(|error| failed(part, &error))?;
            }
            Ok(())
        })
    }

    fn raw(&mut self) -> &mut dyn Any {
        self.connection()
    }

    fn close<'a>(self: Box<Self>) -> BoxFuture<'a, ()>
    where
        Self: 'a,
    {
        // Nothing is open on it; a failure to close loses nothing.
        Box::pin(async move { drop(self) })
    }
}

/// A caller who gives up waiting, or a Rust step that panics, must not leave a transaction behind, nor foreign keys off.
impl Drop for Sqlite<'_> {
    fn drop(&mut self) {
        let Holder::Callers { connection, found } = &mut self.holder else { return };
        if !found.has_transaction && !connection.is_autocommit() {
            drop(connection.execute_batch("ROLLBACK"));
        }
        if let Some(is_on) = found.foreign_keys {
            drop(connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, is_on));
        }
    }
}

fn rows(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare(sql)?;
    let width = statement.column_count();
    let mut found = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        found.push((0..width).map(|column| row.get_ref(column).map(text)).collect::<rusqlite::Result<_>>()?);
    }
    Ok(found)
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Runs one statement to its end, whether it gives rows or not.
fn step_through(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}

fn server_error(error: &rusqlite::Error) -> ServerError {
    let offset = match error {
        rusqlite::Error::SqlInputError { offset, .. } => usize::try_from(*offset).ok(),
        _ => None,
    };
    let message = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Failure::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Failure::Busy,
        _ if message.starts_with("no such table") => Failure::MissingTable,
        _ => Failure::Refused,
    };
    let code = error.sqlite_error().map(|failure| format!("SQLite {}", failure.extended_code));
    ServerError { kind, message, code, offset }
}
