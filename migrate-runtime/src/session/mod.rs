//! One connection to one server: the few things that a migration asks of a driver, and one file for each driver.

use std::{any::Any, future::Future, path::Path, pin::Pin};

use migrate_core::{Code, Error};

use crate::url::Engine;

#[cfg(feature = "mssql")]
pub(crate) mod mssql;
#[cfg(feature = "mysql")]
pub(crate) mod mysql;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

/// A future that can be sent between threads.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The cells of a row as text.
pub(crate) type Row = Vec<Option<String>>;

/// A piece of work for the server, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// SQL of our own: bookkeeping, transactions, settings. May be sent together with its neighbours.
    Own(&'a str),
    /// A statement of a revision (on SQL Server a batch), as the file has it.
    Script(&'a str),
}

#[cfg(any(feature = "postgres", feature = "mysql", feature = "mssql", feature = "sqlite"))]
impl<'a> Part<'a> {
    pub(crate) fn sql(self) -> &'a str {
        match self {
            Self::Own(sql) | Self::Script(sql) => sql,
        }
    }
}

/// What a server or its driver said when something failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerError {
    pub(crate) kind: Failure,
    /// The server's own words.
    pub(crate) message: String,
    /// The server's own code: SQLSTATE, or a number.
    pub(crate) code: Option<String>,
    /// The byte of the statement at which the server points.
    pub(crate) offset: Option<usize>,
}

/// What a failure means for what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The server refused the statement: it took no effect.
    Refused,
    /// A table that the statement names does not exist.
    MissingTable,
    /// The database, or this user, may not write.
    ReadOnly,
    /// Another connection holds what is needed, and the wait ran out.
    Busy,
    /// The connection is gone: whether the statement took effect is not known.
    Lost,
}

/// Which part failed, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartError {
    /// Its position among the parts.
    pub(crate) part: usize,
    pub(crate) error: ServerError,
}

/// One connection. An implementation knows its driver and nothing of revisions.
pub(crate) trait Session: Send {
    /// Which engine it leads to.
    fn engine(&self) -> Engine;

    /// The file of the database, if there is none yet and the first write is going to create it.
    fn missing_file(&self) -> Option<&Path> {
        None
    }

    /// Runs one query of ours and gives its rows as text.
    fn query<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<Vec<Row>, ServerError>>;

    /// Runs the parts in order, with as few round trips as the engine allows, and stops at the first that fails.
    fn run<'a>(&'a mut self, parts: &'a [Part<'a>]) -> BoxFuture<'a, Result<(), PartError>>;

    /// The driver's own connection, for the Rust steps of an application.
    fn raw(&mut self) -> &mut dyn Any;

    /// Ends a connection that is ours; does nothing to one that the caller holds.
    fn close<'a>(self: Box<Self>) -> BoxFuture<'a, ()>
    where
        Self: 'a;
}

impl ServerError {
    /// As an error about SQL of ours.
    pub(crate) fn own(self, what: &str) -> Error {
        let code = match self.kind {
            Failure::Lost => Code::ConnectionLost,
            Failure::ReadOnly => Code::ReadOnly,
            Failure::Busy => Code::Locked,
            Failure::Refused | Failure::MissingTable => Code::Database,
        };
        let error = Error::new(code, format!("{what}: {}", self.describe()));
        match self.kind {
            Failure::ReadOnly => error.with_help(
                "connect with a user that may write, or to a server that is not a read-only replica",
            ),
            Failure::Lost => {
                error.with_help("nothing is known to be half done on the server: run the command again")
            }
            Failure::Busy => {
                error.with_help("wait until the other connection is done, or raise the lock wait")
            }
            // SQLITE_NOTADB.
            Failure::Refused if self.code.as_deref() == Some("SQLite 26") => error.with_help(
                "the file is none of SQLite's, or is encrypted: check the path in the database URL, and what made the file",
            ),
            Failure::Refused | Failure::MissingTable => error,
        }
    }

    /// The server's words and its code, in one line.
    pub(crate) fn describe(&self) -> String {
        match &self.code {
            Some(code) => format!("{} ({code})", self.message),
            None => self.message.clone(),
        }
    }
}
