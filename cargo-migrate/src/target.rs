//! The database that a command is about, looked at before it is opened.

use std::path::{Path, PathBuf};

use migrate_core::{Code, Error};
use migrate_runtime::{DatabaseUrl, Engine};

use crate::paths::shown;

/// A database, as its URL names it.
#[derive(Debug)]
pub(crate) struct Target {
    url: DatabaseUrl,
}

impl Target {
    /// Reads the URL.
    ///
    /// # Errors
    /// Those of [`DatabaseUrl::parse`]; [`Code::InvalidUrl`] if it names no database where there is no version table
    /// without one; [`Code::ConnectionFailed`] if SQLite's file lies in a folder that does not exist.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let target = Self::of(DatabaseUrl::parse(url)?);
        match target.url.engine {
            Engine::Mysql if target.url.database.is_empty() => {
                let scheme = target.url.scheme();
                return Err(Error::new(Code::InvalidUrl, "the database URL names no database").with_help(
                    format!(
                        "name a database in the URL, behind the host: {scheme}://USER:PASSWORD@HOST:PORT/DATABASE"
                    ),
                ));
            }
            Engine::Postgres | Engine::Mysql | Engine::Mssql | Engine::Sqlite => {}
        }
        match target.file().as_deref().and_then(Path::parent) {
            Some(folder) if !folder.as_os_str().is_empty() && is_missing(folder) => {
                let folder = shown(folder);
                let why = if is_secret(&folder) {
                    "its folder does not exist".to_owned()
                } else {
                    format!("the folder {folder} does not exist")
                };
                Err(Error::new(Code::ConnectionFailed, format!("cannot open {}: {why}", target.name()))
                    .with_help("create the folder, or correct the URL"))
            }
            _ => Ok(target),
        }
    }

    /// A URL that was read, whatever it leads to.
    pub(crate) fn of(url: DatabaseUrl) -> Self {
        Self { url }
    }

    /// Refuses a file that is not there: to SQLite it is an empty database, and more likely it is a mistake.
    ///
    /// # Errors
    /// [`Code::ConnectionFailed`].
    pub(crate) fn require_there(&self, otherwise: &str) -> Result<(), Error> {
        if !self.is_missing() {
            return Ok(());
        }
        Err(Error::new(Code::ConnectionFailed, format!("{} does not exist", self.name()))
            .with_help(format!("correct the URL; or {otherwise}")))
    }

    /// The name for people, without a password; a file counts from the current folder.
    pub(crate) fn name(&self) -> String {
        match self.file() {
            Some(file) => {
                let name = shown(&file);
                format!("sqlite:{}", if is_secret(&name) { "***" } else { &name })
            }
            None => self.url.to_string(),
        }
    }

    /// Whether it is a file that is still to be made.
    pub(crate) fn is_missing(&self) -> bool {
        self.file().as_deref().is_some_and(is_missing)
    }

    /// SQLite's file.
    fn file(&self) -> Option<PathBuf> {
        let is_file = self.url.engine == Engine::Sqlite && self.url.database != ":memory:";
        is_file.then(|| PathBuf::from(&self.url.database))
    }
}

/// Whether a path may be `user:password@host` behind the wrong scheme.
fn is_secret(path: &str) -> bool {
    path.contains('@')
}

/// What cannot be looked at may be there.
fn is_missing(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_without_its_password() {
        let name = |url| Target::parse(url).unwrap().name();
        assert_eq!(name("postgres://me:s3cret@h:1/d?sslmode=require"), "postgres://me@h:1/d");
        assert_eq!(name("mariadb+aiomysql://me:s3cret@h:1/d"), "mariadb://me@h:1/d");
        assert_eq!(name("sqlite::memory:"), "sqlite::memory:");
        let here = std::env::current_dir().unwrap();
        assert_eq!(name(&format!("sqlite:{}/no.db", here.display())), "sqlite:no.db");
        assert!(Target::parse("sqlite:no.db").unwrap().is_missing());
        assert!(!Target::parse("sqlite::memory:").unwrap().is_missing());
    }

    #[test]
    fn what_looks_like_a_password_is_not_taken_for_a_file() {
        for url in ["sqlite://u:s3cret@h", "sqlite:s3cret%40h", "sqlite:///u:s3cret@h"] {
            assert_eq!(Target::parse(url).unwrap().name(), "sqlite:***");
        }
        let error = Target::parse("sqlite://u:s3cret@h/db").unwrap_err();
        assert_eq!(error.message(), "cannot open sqlite:***: its folder does not exist");
    }

    #[test]
    fn a_server_of_mysql_is_not_yet_a_database() {
        for url in ["mysql://me:s3cret@h", "mariadb://h:3306/"] {
            let error = Target::parse(url).unwrap_err();
            assert_eq!(error.code(), Code::InvalidUrl);
            let scheme = url.split(':').next().unwrap();
            assert!(
                error.help().unwrap().contains(&format!("behind the host: {scheme}://USER")),
                "{error:?}"
            );
            assert!(!format!("{error:?}").contains("s3cret"));
        }
        assert!(Target::parse("postgres://h").is_ok());
    }
}
