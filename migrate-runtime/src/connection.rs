use std::{fmt, time::Duration};

use migrate_core::{Code, Dialect, Error};

use crate::{
    database::{Database, OpenOptions, Opened},
    engine::grammar,
    session::{Part, Session},
    url::Engine,
};

/// One connection to a database of any engine, text in and text out: what a tool needs that reads catalogues and tries
/// SQL, as `cargo migrate` does. An application uses its own driver.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # fn main() -> Result<(), migrate_runtime::Error> {
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let mut connection = migrate_runtime::Connection::open("sqlite::memory:").await?;
/// connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)").await?;
/// connection.execute("INSERT INTO users (name) VALUES ('ada'), (NULL)").await?;
/// let rows = connection.query("SELECT id, name FROM users ORDER BY id").await?;
/// assert_eq!(rows, [[Some("1".to_owned()), Some("ada".to_owned())], [Some("2".to_owned()), None]]);
/// # connection.close().await;
/// # Ok(())
/// # })
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
pub struct Connection {
    session: Box<dyn Session>,
    dialect: Dialect,
}

impl Connection {
    /// Connects to the database of a URL (`&str`, `&String`, [`DatabaseUrl`](crate::DatabaseUrl)). A file of SQLite that is not there counts as an empty database and is not
    /// created. SQLite waits 5 seconds for another writer.
    ///
    /// # Errors
    /// Those of [`DatabaseUrl::parse`](crate::DatabaseUrl::parse); [`Code::ConnectionFailed`],
    /// [`Code::EngineNotCompiled`], [`Code::Usage`] outside a tokio runtime.
    pub async fn open(url: impl Database<'static>) -> Result<Self, Error> {
        let options = OpenOptions { create: false, busy: Duration::from_secs(5) };
        let Opened(mut session) = url.open(options).await?;
        let dialect = match session.engine() {
            Engine::Postgres => Dialect::Postgres,
            Engine::Mssql => Dialect::Mssql,
            Engine::Sqlite => Dialect::Sqlite,
            Engine::Mysql => {
                let rows = session.query("SELECT VERSION()").await;
                let rows = rows.map_err(|error| error.own("asking for the server's version"))?;
                let is_mariadb = rows.iter().flatten().flatten().any(|version| version.contains("MariaDB"));
                if is_mariadb { Dialect::Mariadb } else { Dialect::Mysql }
            }
        };
        if let Some(sql) = grammar(session.engine()).prepare_session() {
            let prepared = session.run(&[Part::Own(sql)]).await;
            prepared.map_err(|failed| failed.error.own("preparing the session"))?;
        }
        Ok(Self { session, dialect })
    }

    /// What the server speaks: `mariadb` for MariaDB, whatever the URL says.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Runs one statement (on SQL Server a batch) and gives the rows of its last result set as text, NULL as `None`.
    ///
    /// # Errors
    /// [`Code::StatementFailed`] with the server's message, [`Code::ConnectionLost`].
    pub async fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Error> {
        self.session.query(sql).await.map_err(|error| failed(&error))
    }

    /// Runs one statement (on SQL Server a batch).
    ///
    /// # Errors
    /// As for [`query`](Self::query).
    pub async fn execute(&mut self, sql: &str) -> Result<(), Error> {
        self.session.run(&[Part::Script(sql)]).await.map_err(|stopped| failed(&stopped.error))
    }

    /// Says goodbye to the server. Dropping the connection ends it as well.
    pub async fn close(self) {
        self.session.close().await;
    }
}

fn failed(error: &crate::session::ServerError) -> Error {
    let code = match error.kind {
        crate::session::Failure::Lost => Code::ConnectionLost,
        _ => Code::StatementFailed,
    };
    Error::new(code, error.describe())
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}
