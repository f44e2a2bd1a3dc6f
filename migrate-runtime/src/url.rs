use std::fmt;

use migrate_core::{Code, Error};

/// The kind of server that a URL or a connection leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB: only the server tells which.
    Mysql,
    /// SQL Server.
    Mssql,
    /// SQLite.
    Sqlite,
}

impl Engine {
    /// The cargo feature of `migrate-runtime` that brings the driver.
    pub const fn feature(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Mssql => "mssql",
            Self::Sqlite => "sqlite",
        }
    }

    /// The name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MySQL",
            Self::Mssql => "SQL Server",
            Self::Sqlite => "SQLite",
        }
    }
}

/// A database URL, taken apart. Shown without its password.
///
/// `postgres://`, `postgresql://`, `mysql://`, `mariadb://`, `mssql://`, `sqlserver://` take
/// `USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE`, percent-encoded where needed; `sqlite:PATH` and `sqlite::memory:`
/// are SQLite's. A `+driver` behind the scheme, as other tools write it, is ignored.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    /// Which engine it is for.
    pub engine: Engine,
    /// How it is shown: as it was written, where an engine has two names.
    scheme: &'static str,
    /// Decoded; empty if there is none.
    pub user: String,
    pub(crate) password: Option<String>,
    /// Without brackets around an IPv6 address; a folder if it begins with `/`.
    pub host: String,
    /// The port, if it is given.
    pub port: Option<u16>,
    /// The database, or SQLite's file; empty if there is none.
    pub database: String,
    /// The options behind `?`, decoded, in their order.
    pub options: Vec<(String, String)>,
}

impl DatabaseUrl {
    /// Whether it was written with the scheme `mariadb`.
    #[cfg(feature = "cli")]
    pub(crate) fn is_mariadb(&self) -> bool {
        self.scheme == "mariadb"
    }

    /// Takes a URL apart.
    ///
    /// # Errors
    /// [`Code::InvalidUrl`] and [`Code::UnknownEngine`]. No part of the URL behind the scheme is repeated in them.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let url = url.trim();
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(invalid("it has no scheme"));
        };
        let name = scheme.split('+').next().unwrap_or_default().to_ascii_lowercase();
        let engine = match name.as_str() {
            "postgres" | "postgresql" => Engine::Postgres,
            "mysql" | "mariadb" => Engine::Mysql,
            "mssql" | "sqlserver" => Engine::Mssql,
            "sqlite" => Engine::Sqlite,
            // A word before a colon may be a piece of a password: only what looks like a scheme is repeated.
            _ if rest.starts_with("//") && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                return Err(Error::new(Code::UnknownEngine, format!("no engine is called `{name}`"))
                    .with_help(
                        "the schemes are postgres, postgresql, mysql, mariadb, mssql, sqlserver and sqlite",
                    ));
            }
            _ => return Err(invalid("it has no scheme that we know")),
        };
        if engine == Engine::Sqlite {
            return Self::sqlite(rest);
        }
        let Some(rest) = rest.strip_prefix("//") else {
            return Err(invalid("`//` is missing behind the scheme"));
        };
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        if query.contains('@') || fragment.contains('@') {
            // A password with a bare `?` or `#`: what stands behind it must not be shown as an option.
            return Err(invalid(
                "an `@` stands behind a `?` or `#`: write %3F for `?`, %23 for `#` and %40 for `@`",
            ));
        }
        // The last `@`: a password that was not encoded may hold one.
        let (login, address) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (address, database) = address.split_once('/').unwrap_or((address, ""));
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(decode(password)?)),
            None => (login, None),
        };
        let (host, port) = split_port(address)?;
        let scheme = if name == "mariadb" { "mariadb" } else { engine.feature() };
        Ok(Self {
            engine,
            scheme,
            user: decode(user)?,
            password,
            host: decode(host)?,
            port,
            database: decode(database)?,
            options: options(query)?,
        })
    }

    fn sqlite(rest: &str) -> Result<Self, Error> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        // `sqlite:app.db`, `sqlite:///app.db` (relative) and `sqlite:////var/app.db` (absolute), as other tools have them.
        let path = match path.strip_prefix("//") {
            Some(rest) => rest.strip_prefix('/').unwrap_or(rest),
            None => path,
        };
        if path.is_empty() {
            return Err(invalid("it names no file").with_help("write sqlite:PATH, or sqlite::memory:"));
        }
        Ok(Self {
            engine: Engine::Sqlite,
            scheme: Engine::Sqlite.feature(),
            user: String::new(),
            password: None,
            host: String::new(),
            port: None,
            database: decode(path)?,
            options: options(query)?,
        })
    }

    /// The name of the engine as the URL writes it: `mariadb` for MariaDB, if it says so.
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Takes an option out, so that what remains is for the driver.
    pub(crate) fn take_option(&mut self, names: &[&str]) -> Option<String> {
        let at =
            self.options.iter().position(|(name, _)| names.iter().any(|n| n.eq_ignore_ascii_case(name)))?;
        Some(self.options.remove(at).1)
    }

    /// Hides the password in a text that a driver or a server wrote.
    #[cfg(any(feature = "postgres", feature = "mysql", feature = "mssql"))]
    pub(crate) fn redact(&self, text: &str) -> String {
        match self.password.as_deref() {
            Some(password) if !password.is_empty() => text.replace(password, "***"),
            _ => text.to_owned(),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.scheme;
        if self.engine == Engine::Sqlite {
            // `sqlite://user:password@host/...` is a mistake, and one that must not show what it holds.
            let path = if self.database.contains('@') { "***" } else { &self.database };
            return write!(f, "{scheme}:{path}");
        }
        write!(f, "{scheme}://")?;
        if !self.user.is_empty() {
            write!(f, "{}@", self.user)?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", self.database)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

fn invalid(why: &str) -> Error {
    Error::new(Code::InvalidUrl, format!("the database URL cannot be read: {why}"))
        .with_help("write it like postgres://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:PATH; encode special characters as %XX")
}

fn split_port(address: &str) -> Result<(&str, Option<u16>), Error> {
    let (host, port) = if let Some(bracketed) = address.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']').ok_or_else(|| invalid("a `[` is not closed"))?;
        (host, rest.strip_prefix(':').unwrap_or(rest))
    } else {
        address.rsplit_once(':').unwrap_or((address, ""))
    };
    if port.is_empty() {
        return Ok((host, None));
    }
    port.parse().map(|port| (host, Some(port))).map_err(|_| invalid("the port is not a number up to 65535"))
}

fn options(query: &str) -> Result<Vec<(String, String)>, Error> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [] => break,
            [b'%', high, low, tail @ ..] => {
                let digit =
                    |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let (Some(high), Some(low)) = (digit(high), digit(low)) else {
                    return Err(invalid(
                        "a `%` is not followed by two hexadecimal digits (write %25 for `%`)",
                    ));
                };
                bytes.push(high << 4 | low);
                rest = tail;
            }
            [b'%', ..] => {
                return Err(invalid("a `%` is not followed by two hexadecimal digits (write %25 for `%`)"));
            }
            [byte, tail @ ..] => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    if bytes.contains(&0) {
        return Err(invalid("it contains a NUL"));
    }
    String::from_utf8(bytes).map_err(|_| invalid("what it encodes is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_leads_to_its_engine_and_a_driver_is_ignored() {
        for (url, engine) in [
            ("postgres://h/d", Engine::Postgres),
            ("postgresql+psycopg://h/d", Engine::Postgres),
            ("mysql+pymysql://h/d", Engine::Mysql),
            ("mariadb://h/d", Engine::Mysql),
            ("mssql+pyodbc://h/d", Engine::Mssql),
            ("sqlserver://h/d", Engine::Mssql),
            ("sqlite:x.db", Engine::Sqlite),
            ("sqlite::memory:", Engine::Sqlite),
        ] {
            assert_eq!(DatabaseUrl::parse(url).unwrap().engine, engine, "{url}");
        }
    }

    #[test]
    fn parts_are_decoded() {
        let url =
            DatabaseUrl::parse("postgres://me%40corp:p%3Aw%2f@[::1]:5433/my%20db?sslmode=require&x=%26")
                .unwrap();
        assert_eq!((url.user.as_str(), url.password.as_deref()), ("me@corp", Some("p:w/")));
        assert_eq!((url.host.as_str(), url.port, url.database.as_str()), ("::1", Some(5433), "my db"));
        assert_eq!(url.options, [("sslmode".into(), "require".into()), ("x".into(), "&".into())]);
        assert_eq!(DatabaseUrl::parse("mysql://a:p@ss@h/d").unwrap().password.as_deref(), Some("p@ss"));
        assert_eq!(DatabaseUrl::parse("postgres://u@%2Fvar%2Frun/d").unwrap().host, "/var/run");
    }

    #[test]
    fn sqlite_paths_are_relative_or_absolute() {
        let path = |url| DatabaseUrl::parse(url).unwrap().database;
        assert_eq!(path("sqlite:app.db"), "app.db");
        assert_eq!(path("sqlite:/var/app.db"), "/var/app.db");
        assert_eq!(path("sqlite://app.db"), "app.db");
        assert_eq!(path("sqlite:///app.db"), "app.db");
        assert_eq!(path("sqlite:////var/app.db"), "/var/app.db");
        assert_eq!(path("sqlite::memory:"), ":memory:");
    }

    #[test]
    fn the_password_never_shows() {
        let url = DatabaseUrl::parse("postgres://u:s3cret@h:1/d?x=1").unwrap();
        assert_eq!(url.to_string(), "postgres://u@h:1/d");
        assert!(!format!("{url:?}").contains("s3cret"));
        assert_eq!(DatabaseUrl::parse("sqlite://u:s3cret@h/d").unwrap().to_string(), "sqlite:***");
        for bad in [
            "postgres//u:s3cret@h",
            "postgres:u:s3cret@h",
            "s3cret",
            "u:s3cret@h/d",
            "postgres://u:s3cret%zz@h",
            "postgres://u:s3cret@h:99999/d",
            "mysql://u:1?s3cret@h/d",
            "mysql://u:1#s3cret@h/d",
        ] {
            let error = DatabaseUrl::parse(bad).unwrap_err();
            assert!(!format!("{error:?}").contains("s3cret"), "{bad}");
            assert_eq!(error.code(), Code::InvalidUrl, "{bad}");
        }
        assert_eq!(DatabaseUrl::parse("oracle://u:s3cret@h/d").unwrap_err().code(), Code::UnknownEngine);
    }
}
