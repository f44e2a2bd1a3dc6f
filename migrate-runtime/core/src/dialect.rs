use std::{fmt, str::FromStr};

/// The SQL that an engine speaks, as `migrate.toml` and the section markers of a revision name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// PostgreSQL 14 and later.
    Postgres,
    /// MySQL 8.0 and later; also MariaDB where a project does not list `mariadb`.
    Mysql,
    /// MariaDB 10.6 and later.
    Mariadb,
    /// SQL Server 2017 and later.
    Mssql,
    /// SQLite 3.35 and later.
    Sqlite,
}

impl Dialect {
    /// Every dialect, in the order in which messages list them.
    pub const ALL: [Self; 5] = [Self::Postgres, Self::Mysql, Self::Mariadb, Self::Mssql, Self::Sqlite];

    /// The name used in files: `postgres`, `mysql`, `mariadb`, `mssql`, `sqlite`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
            Self::Mssql => "mssql",
            Self::Sqlite => "sqlite",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownDialect(pub String);

impl fmt::Display for UnknownDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown dialect `{}`: expected one of postgres, mysql, mariadb, mssql, sqlite", self.0)
    }
}

impl std::error::Error for UnknownDialect {}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.name() == word)
            .ok_or_else(|| UnknownDialect(word.to_owned()))
    }
}
