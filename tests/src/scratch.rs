use std::{
    future::Future,
    sync::atomic::{AtomicU32, Ordering},
};

use mysql_async::prelude::Queryable as _;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt as _};

use crate::server::{Server, ServerKind};

/// An empty database of its own for one test; gone when the test is.
#[derive(Debug)]
pub struct Scratch {
    /// The server that it is on.
    pub server: Server,
    /// The database's name, or its file.
    pub name: String,
    /// The URL for our own tools.
    pub url: String,
    folder: TempDir,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Scratch {
    /// Makes one.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn new(server: &Server) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("migrate_test_{}_{number}", std::process::id());
        let (name, url) = if server.kind == ServerKind::Sqlite {
            let file = folder.path().join("test.db").to_str().expect("a UTF-8 path").to_owned();
            let url = format!("sqlite:{file}");
            (file, url)
        } else {
            server_query(server, None, &format!("CREATE DATABASE {name}"));
            let url = database_url(&server.url, &name);
            (name, url)
        };
        Self { server: server.clone(), name, url, folder }
    }

    /// Which kind of server it is on.
    pub fn kind(&self) -> ServerKind {
        self.server.kind
    }

    /// A temporary folder for the test.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Runs one query or statement with the bare driver and gives its rows as text, NULL as `NULL`.
    ///
    /// # Panics
    /// If the server refuses it.
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        if self.kind() == ServerKind::Sqlite {
            let connection = rusqlite::Connection::open(&self.name).expect("the file");
            return sqlite_rows(&connection, sql);
        }
        server_query(&self.server, Some(&self.name), sql)
    }

    /// The first cell of the first row.
    ///
    /// # Panics
    /// If there is none.
    pub fn cell(&self, sql: &str) -> String {
        let rows = self.rows(sql);
        rows.first().and_then(|row| row.first()).unwrap_or_else(|| panic!("no rows: {sql}")).clone()
    }

    /// Whether there is a table of this name.
    pub fn has_table(&self, name: &str) -> bool {
        let sql = match self.kind() {
            ServerKind::Sqlite => {
                format!("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '{name}'")
            }
            ServerKind::Postgres => format!("SELECT count(*) FROM pg_tables WHERE tablename = '{name}'"),
            ServerKind::Mariadb | ServerKind::Mysql => format!(
                "SELECT count(*) FROM information_schema.tables WHERE table_schema = '{}' AND table_name = '{name}'",
                self.name
            ),
            ServerKind::Mssql => {
                format!("SELECT CAST(count(*) AS varchar(9)) FROM sys.tables WHERE name = '{name}'")
            }
        };
        self.cell(&sql) != "0"
    }

    /// The rows of the version table, sorted.
    ///
    /// # Panics
    /// If there is no such table.
    pub fn heads(&self) -> Vec<String> {
        let mut heads: Vec<_> = self
            .rows("SELECT revision FROM migrate_version")
            .into_iter()
            .map(|mut row| row.remove(0))
            .collect();
        heads.sort_unstable();
        heads
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let sql = match self.kind() {
            ServerKind::Sqlite => return,
            ServerKind::Postgres => format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
            ServerKind::Mariadb | ServerKind::Mysql | ServerKind::Mssql => {
                format!("DROP DATABASE IF EXISTS {}", self.name)
            }
        };
        let server = self.server.clone();
        // A database that cannot be dropped must not hide what the test has found.
        let _ = std::thread::spawn(move || server_query(&server, None, &sql)).join();
    }
}

/// Puts a database into a URL that has none, or another.
fn database_url(url: &str, database: &str) -> String {
    let (base, options) = url.split_once('?').map_or((url, None), |(base, options)| (base, Some(options)));
    let authority = base.find("://").map_or(0, |at| at + 3);
    let end = base[authority..].find('/').map_or(base.len(), |at| authority + at);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{database}{options}", &base[..end])
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn server_query(server: &Server, database: Option<&str>, sql: &str) -> Vec<Vec<String>> {
    let url = database.map_or_else(|| server.url.clone(), |name| database_url(&server.url, name));
    match server.kind {
        ServerKind::Postgres => block_on(postgres_rows(&url, sql)),
        ServerKind::Mariadb | ServerKind::Mysql => block_on(mysql_rows(&url, sql)),
        ServerKind::Mssql => block_on(mssql_rows(&url, sql)),
        ServerKind::Sqlite => unreachable!("SQLite has no server"),
    }
}

async fn postgres_rows(url: &str, sql: &str) -> Vec<Vec<String>> {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("a connection");
    let driver = tokio::spawn(connection);
    let messages = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    drop(client);
    let _ = driver.await;
    messages
        .into_iter()
        .filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).unwrap_or("NULL").to_owned()).collect())
            }
            _ => None,
        })
        .collect()
}

async fn mysql_rows(url: &str, sql: &str) -> Vec<Vec<String>> {
    let url = url.replacen("mariadb://", "mysql://", 1);
    let options = mysql_async::Opts::from_url(&url).expect("a URL");
    let options = mysql_async::OptsBuilder::from_opts(options).prefer_socket(false);
    let mut connection = mysql_async::Conn::new(options).await.expect("a connection");
    let rows: Vec<mysql_async::Row> =
        connection.query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let _ = connection.disconnect().await;
    let text = |cell: Option<mysql_async::Value>| match cell {
        Some(mysql_async::Value::Bytes(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        None | Some(mysql_async::Value::NULL) => "NULL".to_owned(),
        Some(other) => other.as_sql(true),
    };
    rows.into_iter().map(|row| row.unwrap_raw().into_iter().map(text).collect()).collect()
}

/// A connection to SQL Server with the bare driver.
///
/// # Panics
/// If there is none to be had.
pub async fn mssql_client(url: &str) -> tiberius::Client<Compat<TcpStream>> {
    let login = url.split_once("://").expect("a URL").1.split_once('@').expect("a login").0;
    let password = login.split_once(':').expect("a password").1;
    let url = migrate_runtime::DatabaseUrl::parse(url).expect("a URL");
    let mut config = tiberius::Config::new();
    config.host(&url.host);
    config.port(url.port.unwrap_or(1433));
    config.authentication(tiberius::AuthMethod::sql_server(&url.user, password));
    config.database(if url.database.is_empty() { "master" } else { &url.database });
    config.trust_cert();
    config.command_timeout(None);
    let stream = TcpStream::connect(config.get_addr()).await.expect("a connection");
    Box::pin(tiberius::Client::connect(config, stream.compat_write())).await.expect("a login")
}

async fn mssql_rows(url: &str, sql: &str) -> Vec<Vec<String>> {
    let mut client = mssql_client(url).await;
    let rows = client
        .simple_query(sql)
        .await
        .expect(sql)
        .into_results()
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
    let rows = rows.into_iter().next().unwrap_or_default();
    rows.into_iter()
        .map(|row| {
            row.into_iter()
                .map(|cell| match cell {
                    tiberius::ColumnData::String(text) => {
                        text.map_or_else(|| "NULL".into(), std::borrow::Cow::into_owned)
                    }
                    tiberius::ColumnData::I32(number) => {
                        number.map_or_else(|| "NULL".into(), |number| number.to_string())
                    }
                    tiberius::ColumnData::I64(number) => {
                        number.map_or_else(|| "NULL".into(), |number| number.to_string())
                    }
                    other => format!("{other:?}"),
                })
                .collect()
        })
        .collect()
}

fn sqlite_rows(connection: &rusqlite::Connection, sql: &str) -> Vec<Vec<String>> {
    let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let width = statement.column_count();
    let mut rows = statement.query([]).expect(sql);
    let mut found = Vec::new();
    while let Some(row) = rows.next().expect(sql) {
        let text = |at: usize| match row.get_ref(at).expect("a cell") {
            rusqlite::types::ValueRef::Null => "NULL".to_owned(),
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            rusqlite::types::ValueRef::Real(number) => number.to_string(),
            rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
        };
        found.push((0..width).map(text).collect());
    }
    found
}
