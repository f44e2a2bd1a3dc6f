//! The engines that the tests know, and the variables by which the tests find them.

use std::env;
use std::fmt;

/// A database engine, in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// `PostgreSQL`: a throwaway server, or a given one.
    Postgres,
    /// `MariaDB`: a throwaway server, or a given one.
    MariaDb,
    /// `MySQL`: a throwaway server where it can be had, or a given one.
    MySql,
    /// SQL Server: only a given one.
    SqlServer,
    /// `SQLite`: linked into the tests, no server.
    Sqlite,
}

impl Engine {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Postgres, Self::MariaDb, Self::MySql, Self::SqlServer, Self::Sqlite];

    /// The name on the command line, in `MIGRATE_TEST_REQUIRED` and in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MariaDb => "mariadb",
            Self::MySql => "mysql",
            Self::SqlServer => "mssql",
            Self::Sqlite => "sqlite",
        }
    }

    /// The engine of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|engine| engine.name() == name)
    }

    /// The variable `MIGRATE_TEST_<ENGINE>_<what>`: `URL`, `LOG` (its statements), `CA` (its certificate authority).
    pub(crate) fn variable(self, what: &str) -> String {
        format!("MIGRATE_TEST_{}_{what}", self.name().to_uppercase())
    }

    /// The server that the caller's environment names, if any.
    pub(crate) fn given_url(self) -> Option<String> {
        env::var(self.variable("URL")).ok().filter(|url| !url.is_empty())
    }

    /// Whether its absence fails a run with `CI=true`.
    pub(crate) fn needed_in_ci(self) -> bool {
        match self {
            Self::Postgres | Self::MariaDb => true,
            Self::MySql | Self::SqlServer | Self::Sqlite => false,
        }
    }

    /// The port that a URL without one means.
    pub(crate) fn default_port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::MariaDb | Self::MySql => 3306,
            Self::SqlServer => 1433,
            Self::Sqlite => 0,
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Engine;

    #[test]
    fn every_engine_is_found_by_its_name() {
        for engine in Engine::ALL {
            assert_eq!(Engine::named(engine.name()), Some(engine));
        }
        assert_eq!(Engine::named("oracle"), None);
    }

    #[test]
    fn the_variables_carry_the_name_of_the_engine() {
        assert_eq!(Engine::Postgres.variable("URL"), "MIGRATE_TEST_POSTGRES_URL");
        assert_eq!(Engine::SqlServer.variable("URL"), "MIGRATE_TEST_MSSQL_URL");
    }
}
