use std::{env, fs, path::PathBuf};

use migrate_core::Dialect;

/// A kind of server that tests run against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerKind {
    /// A file in a temporary folder.
    Sqlite,
    /// `MIGRATE_TEST_POSTGRES_URL`.
    Postgres,
    /// `MIGRATE_TEST_MARIADB_URL`.
    Mariadb,
    /// `MIGRATE_TEST_MYSQL_URL`.
    Mysql,
    /// `MIGRATE_TEST_MSSQL_URL`.
    Mssql,
}

/// A server that stands.
#[derive(Debug, Clone)]
pub struct Server {
    /// Which kind.
    pub kind: ServerKind,
    /// The superuser's URL, without a database; empty for SQLite.
    pub url: String,
    /// Where the server writes down each statement, where it does.
    pub log: Option<PathBuf>,
    /// The certificate authority of its certificate.
    pub ca: Option<String>,
}

impl ServerKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Sqlite, Self::Postgres, Self::Mariadb, Self::Mysql, Self::Mssql];

    /// The name, as in a test's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
            Self::Mysql => "mysql",
            Self::Mssql => "mssql",
        }
    }

    /// The dialect that a project would list for it.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::Sqlite => Dialect::Sqlite,
            Self::Postgres => Dialect::Postgres,
            Self::Mariadb => Dialect::Mariadb,
            Self::Mysql => Dialect::Mysql,
            Self::Mssql => Dialect::Mssql,
        }
    }

    /// Whether DDL can be rolled back on it.
    pub const fn has_transactional_ddl(self) -> bool {
        !matches!(self, Self::Mariadb | Self::Mysql)
    }

    /// The server of this kind, if the environment names one.
    pub fn server(self) -> Option<Server> {
        let of = |what: &str| env::var(format!("MIGRATE_TEST_{}_{what}", self.name().to_uppercase())).ok();
        if self == Self::Sqlite {
            return Some(Server { kind: self, url: String::new(), log: None, ca: None });
        }
        Some(Server { kind: self, url: of("URL")?, log: of("LOG").map(PathBuf::from), ca: of("CA") })
    }

    /// Whether the environment says that this server must be there.
    pub fn is_required(self) -> bool {
        env::var("MIGRATE_TEST_REQUIRED")
            .is_ok_and(|list| list.split(',').any(|name| name.trim() == self.name()))
    }
}

/// What a server has logged behind byte `start`, and how long its log is now.
///
/// # Panics
/// If the log cannot be read.
pub fn log_since(server: &Server, start: usize) -> (String, usize) {
    let path = server.log.as_ref().expect("a server with a log");
    let bytes = fs::read(path).expect("the server's log");
    (String::from_utf8_lossy(&bytes[start.min(bytes.len())..]).into_owned(), bytes.len())
}
