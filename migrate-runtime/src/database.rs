use std::time::Duration;

use migrate_core::{Code, Error};

use crate::{
    session::{BoxFuture, Session},
    url::DatabaseUrl,
};

/// How a database is opened.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(feature = "sqlite"),
    allow(dead_code, reason = "only SQLite creates files and waits at the start")
)]
pub struct OpenOptions {
    /// Whether a database file that is missing is created.
    pub(crate) create: bool,
    /// How long SQLite waits for another writer.
    pub(crate) busy: Duration,
}

/// An open connection.
#[doc(hidden)]
pub struct Opened<'c>(pub(crate) Box<dyn Session + 'c>);

impl std::fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Opened").field(&self.0.engine()).finish()
    }
}

/// What a [`Migrator`](crate::Migrator) works on: a URL (`&str`, `&String`, [`DatabaseUrl`]), or a connection that the
/// caller holds (`&mut tokio_postgres::Client`, `&mut mysql_async::Conn`, `&mut tiberius::Client<_>`,
/// `&mut rusqlite::Connection`).
///
/// A connection that the caller holds must not be inside a transaction, and gets its settings back afterwards: on SQL
/// Server all but `EXECUTE AS`, which a revision must `REVERT` itself, and `IDENTITY_INSERT`; on SQLite those that change
/// what statements mean. Close it, and do not use it again, when the future that migrates was dropped or a Rust step has
/// panicked: it may still hold an open transaction and the migration lock. A `tiberius::Client` keeps its own command timeout, which is 30 s unless its configuration says otherwise: set it to
/// none for migrations that may take longer.
pub trait Database<'c>: sealed::Sealed {
    #[doc(hidden)]
    fn open(self, options: OpenOptions) -> BoxFuture<'c, Result<Opened<'c>, Error>>;

    /// Whether it is a connection whose work is done by the runtime that the caller is in.
    #[doc(hidden)]
    fn lives_in_a_runtime(&self) -> bool {
        false
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for &str {}
    impl Sealed for &String {}
    impl Sealed for crate::url::DatabaseUrl {}
    #[cfg(feature = "postgres")]
    impl Sealed for &mut tokio_postgres::Client {}
    #[cfg(feature = "mysql")]
    impl Sealed for &mut mysql_async::Conn {}
    #[cfg(feature = "mssql")]
    impl<S> Sealed for &mut tiberius::Client<S> where
        S: futures_util::io::AsyncRead + futures_util::io::AsyncWrite + Unpin + Send
    {
    }
    #[cfg(feature = "sqlite")]
    impl Sealed for &mut rusqlite::Connection {}
}

impl Database<'static> for &str {
    fn open(self, options: OpenOptions) -> BoxFuture<'static, Result<Opened<'static>, Error>> {
        let url = DatabaseUrl::parse(self);
        Box::pin(async move { open(url?, options).await })
    }
}

impl Database<'static> for &String {
    fn open(self, options: OpenOptions) -> BoxFuture<'static, Result<Opened<'static>, Error>> {
        self.as_str().open(options)
    }
}

impl Database<'static> for DatabaseUrl {
    fn open(self, options: OpenOptions) -> BoxFuture<'static, Result<Opened<'static>, Error>> {
        Box::pin(open(self, options))
    }
}

#[cfg(feature = "postgres")]
impl<'c> Database<'c> for &'c mut tokio_postgres::Client {
    fn open(self, _options: OpenOptions) -> BoxFuture<'c, Result<Opened<'c>, Error>> {
        Box::pin(async move { Ok(Opened(Box::new(crate::session::postgres::Postgres::callers(self)))) })
    }

    fn lives_in_a_runtime(&self) -> bool {
        true
    }
}

#[cfg(feature = "mysql")]
impl<'c> Database<'c> for &'c mut mysql_async::Conn {
    fn open(self, _options: OpenOptions) -> BoxFuture<'c, Result<Opened<'c>, Error>> {
        Box::pin(async move { Ok(Opened(Box::new(crate::session::mysql::Mysql::callers(self)))) })
    }

    fn lives_in_a_runtime(&self) -> bool {
        true
    }
}

#[cfg(feature = "mssql")]
impl<'c, S> Database<'c> for &'c mut tiberius::Client<S>
where
    S: futures_util::io::AsyncRead + futures_util::io::AsyncWrite + Unpin + Send + 'static,
{
    fn open(self, _options: OpenOptions) -> BoxFuture<'c, Result<Opened<'c>, Error>> {
        Box::pin(async move { Ok(Opened(Box::new(crate::session::mssql::Mssql::callers(self)))) })
    }

    fn lives_in_a_runtime(&self) -> bool {
        true
    }
}

#[cfg(feature = "sqlite")]
impl<'c> Database<'c> for &'c mut rusqlite::Connection {
    fn open(self, _options: OpenOptions) -> BoxFuture<'c, Result<Opened<'c>, Error>> {
        Box::pin(async move { Ok(Opened(Box::new(crate::session::sqlite::Sqlite::callers(self)))) })
    }
}

#[allow(clippy::unused_async, reason = "the network drivers await")]
async fn open(url: DatabaseUrl, options: OpenOptions) -> Result<Opened<'static>, Error> {
    match url.engine {
        #[cfg(feature = "postgres")]
        crate::Engine::Postgres => {
            require_tokio(&url)?;
            Ok(Opened(Box::new(crate::session::postgres::open(url).await?)))
        }
        #[cfg(feature = "mysql")]
        crate::Engine::Mysql => {
            require_tokio(&url)?;
            Ok(Opened(Box::new(crate::session::mysql::open(url).await?)))
        }
        #[cfg(feature = "mssql")]
        crate::Engine::Mssql => {
            require_tokio(&url)?;
            Ok(Opened(Box::new(crate::session::mssql::open(url).await?)))
        }
        #[cfg(feature = "sqlite")]
        crate::Engine::Sqlite => {
            Ok(Opened(Box::new(crate::session::sqlite::open(url, options.create, options.busy)?)))
        }
        #[allow(unreachable_patterns, reason = "reachable unless every engine is compiled in")]
        engine => {
            let _ = options;
            Err(Error::new(
                Code::EngineNotCompiled,
                format!("the URL is for {}, which was not compiled in", engine.title()),
            )
            .with_help(format!("add the feature `{}` to migrate-runtime in Cargo.toml", engine.feature())))
        }
    }
}

/// The network drivers panic outside a tokio runtime; an error is kinder.
#[cfg(any(feature = "postgres", feature = "mysql", feature = "mssql"))]
fn require_tokio(url: &DatabaseUrl) -> Result<(), Error> {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::new(Code::Usage, format!("{} needs a tokio runtime", url.engine.title()))
            .with_help("call it from an async function under tokio, or use `migrate_runtime::blocking`")),
    }
}
