use std::any::Any;

use migrate_core::{Code, Error};
use mysql_async::{Conn, DriverError, Opts, OptsBuilder, Value, prelude::Queryable};

use super::{BoxFuture, Failure, Part, PartError, Row, ServerError, Session};
use crate::url::{DatabaseUrl, Engine};

pub(crate) struct Mysql<'a>(Holder<'a>);

enum Holder<'a> {
    Own(Box<Conn>),
    Callers(&'a mut Conn),
}

/// How TLS is used, after the mysql client's `--ssl-mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SslMode {
    Disabled,
    Preferred,
    Required,
    VerifyCa,
    VerifyIdentity,
}

/// Connects to the server of a URL. Must run inside a tokio runtime.
pub(crate) async fn open(mut url: DatabaseUrl) -> Result<Mysql<'static>, Error> {
    let mode = ssl_mode(&mut url)?;
    let root = url.take_option(&["ssl-ca", "ssl_ca"]);
    let plain = options(&mut url)?;
    #[cfg(feature = "tls")]
    let secured = match mode {
        SslMode::Disabled => None,
        _ => Some(plain.clone().ssl_opts(Some(ssl_options(mode, root)))),
    };
    #[cfg(not(feature = "tls"))]
    let secured: Option<OptsBuilder> = match mode {
        SslMode::Disabled | SslMode::Preferred => None,
        SslMode::Required | SslMode::VerifyCa | SslMode::VerifyIdentity => {
            drop(root);
            return Err(Error::new(
                Code::EngineNotCompiled,
                "the URL asks for TLS, which was not compiled in",
            )
            .with_help("add the feature `tls` to migrate-runtime"));
        }
    };
    let connection = match secured {
        None => connect(plain).await,
        Some(options) => match connect(options).await {
            // The server has no TLS, and the URL does not insist.
            Err(mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer))
                if mode == SslMode::Preferred =>
            {
                connect(plain).await
            }
            outcome => outcome,
        },
    };
    match connection {
        Ok(connection) => Ok(Mysql(Holder::Own(Box::new(connection)))),
        Err(error) => Err(connection_failed(&url, &error)),
    }
}

async fn connect(options: OptsBuilder) -> mysql_async::Result<Conn> {
    Conn::new(Opts::from(options)).await
}

fn ssl_mode(url: &mut DatabaseUrl) -> Result<SslMode, Error> {
    let Some(mode) = url.take_option(&["ssl-mode", "ssl_mode", "sslmode"]) else {
        return Ok(SslMode::Preferred);
    };
    match mode.to_ascii_lowercase().replace('-', "_").as_str() {
        "disabled" | "disable" => Ok(SslMode::Disabled),
        "preferred" | "prefer" => Ok(SslMode::Preferred),
        "required" | "require" => Ok(SslMode::Required),
        "verify_ca" => Ok(SslMode::VerifyCa),
        "verify_identity" | "verify_full" => Ok(SslMode::VerifyIdentity),
        _ => Err(Error::new(
            Code::InvalidUrl,
            "ssl-mode is none of disabled, preferred, required, verify-ca, verify-identity",
        )),
    }
}

#[cfg(feature = "tls")]
fn ssl_options(mode: SslMode, root: Option<String>) -> mysql_async::SslOpts {
    crate::tls::provider();
    let verifies = matches!(mode, SslMode::VerifyCa | SslMode::VerifyIdentity);
    let mut options = mysql_async::SslOpts::default()
        .with_danger_accept_invalid_certs(!verifies)
        .with_danger_skip_domain_validation(mode != SslMode::VerifyIdentity);
    if let Some(root) = root {
        options = options
            .with_root_certs(vec![std::path::PathBuf::from(root).into()])
            .with_disable_built_in_roots(true);
    }
    options
}

fn options(url: &mut DatabaseUrl) -> Result<OptsBuilder, Error> {
    let socket = url.take_option(&["socket"]);
    // Ours to decide: a charset is utf8mb4 always.
    url.take_option(&["charset"]);
    if let Some((name, _)) = url.options.first() {
        return Err(Error::new(
            Code::InvalidUrl,
            format!("the {} URL has an unknown option `{}`", url.scheme(), name.escape_debug()),
        )
        .with_help("the options are ssl-mode, ssl-ca and socket"));
    }
    let host = if url.host.is_empty() { "localhost" } else { &url.host };
    Ok(OptsBuilder::default()
        .ip_or_hostname(host)
        .tcp_port(url.port.unwrap_or(3306))
        .user(Some(url.user.clone()).filter(|user| !user.is_empty()))
        .pass(url.password.clone())
        .db_name(Some(url.database.clone()).filter(|name| !name.is_empty()))
        // The driver would open a second connection over the socket that the server names.
        .prefer_socket(socket.is_some())
        .socket(socket)
        // Known values spare the driver a query at the start. The server enforces its own limits.
        .max_allowed_packet(Some(1 << 30))
        .wait_timeout(Some(28_800))
        .stmt_cache_size(0))
}

fn connection_failed(url: &DatabaseUrl, error: &mysql_async::Error) -> Error {
    let (what, help) = match error {
        mysql_async::Error::Server(server) => match server.code {
            1045 | 1044 | 1698 => {
                ("the server refused the login", "check the user, its rights and the password in the URL")
            }
            1049 => ("there is no such database", "create the database, or correct its name in the URL"),
            _ => ("the server refused the connection", "see the server's message"),
        },
        _ => ("cannot connect", "check that the server runs and that host and port are right"),
    };
    Error::new(Code::ConnectionFailed, format!("{url}: {what}: {}", url.redact(&describe(error))))
        .with_help(help)
}

fn describe(error: &mysql_async::Error) -> String {
    match error {
        mysql_async::Error::Server(server) => server.message.clone(),
        mysql_async::Error::Io(error) => error.to_string(),
        mysql_async::Error::Driver(error) => error.to_string(),
        mysql_async::Error::Other(error) => error.to_string(),
        mysql_async::Error::Url(error) => error.to_string(),
    }
}

impl<'a> Mysql<'a> {
    pub(crate) fn callers(connection: &'a mut Conn) -> Self {
        Self(Holder::Callers(connection))
    }

    fn connection(&mut self) -> &mut Conn {
        match &mut self.0 {
            Holder::Own(connection) => connection,
            Holder::Callers(connection) => connection,
        }
    }
}

impl Session for Mysql<'_> {
    fn engine(&self) -> Engine {
        Engine::Mysql
    }

    fn query<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<Vec<Row>, ServerError>> {
        Box::pin(async move {
            let rows: Vec<mysql_async::Row> =
                self.connection().query(sql).await.map_err(|error| server_error(&error, sql))?;
            Ok(rows
                .into_iter()
                .map(|row| row.unwrap_raw().into_iter().map(|cell| cell.and_then(text)).collect())
                .collect())
        })
    }

    // One statement at a time: the server does not say which one of several has failed.
    fn run<'a>(&'a mut self, parts: &'a [Part<'a>]) -> BoxFuture<'a, Result<(), PartError>> {
        Box::pin(async move {
            for (part, sql) in parts.iter().enumerate() {
                let sql = sql.sql();
                let failed = |error: mysql_async::Error| PartError { part, error: server_error(&error, sql) };
                let result = self.connection().query_iter(sql).await.map_err(failed)?;
                // A procedure gives several result sets; an error may stand behind the first.
                result.drop_result().await.map_err(failed)?;
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
        Box::pin(async move {
            if let Holder::Own(connection) = self.0 {
                drop(connection.disconnect().await);
            }
        })
    }
}

/// The text protocol gives bytes for everything but NULL.
fn text(value: Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        other => Some(other.as_sql(true).trim_matches('\'').to_owned()),
    }
}

fn server_error(error: &mysql_async::Error, sql: &str) -> ServerError {
    let (kind, code) = match error {
        mysql_async::Error::Server(server) => {
            let kind = match server.code {
                1146 => Failure::MissingTable,
                // --read-only, --super-read-only, a read-only transaction, a missing right.
                1290 | 1792 | 1836 | 1044 | 1142 | 1143 | 1227 => Failure::ReadOnly,
                1205 => Failure::Busy,
                // Shutdown, KILL, and MariaDB's "connection was killed".
                1053 | 1077 | 1927 | 3169 => Failure::Lost,
                _ => Failure::Refused,
            };
            (kind, Some(format!("error {}, SQLSTATE {}", server.code, server.state)))
        }
        mysql_async::Error::Io(_) | mysql_async::Error::Driver(_) => (Failure::Lost, None),
        mysql_async::Error::Other(_) | mysql_async::Error::Url(_) => (Failure::Refused, None),
    };
    let message = describe(error);
    let offset = line_of(&message).and_then(|line| line_start(sql, line));
    ServerError { kind, message, code, offset }
}

/// Syntax errors end with `... near '...' at line 3`.
fn line_of(message: &str) -> Option<usize> {
    message.rsplit_once(" at line ")?.1.trim_end_matches('.').parse().ok()
}

/// The first byte that is not white space on the line, counted from 1.
fn line_start(sql: &str, line: usize) -> Option<usize> {
    let start: usize = sql.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let rest = sql.get(start..)?;
    Some(start + (rest.len() - rest.trim_start().len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_syntax_error_becomes_a_place() {
        let message = "You have an error in your SQL syntax; ... near 'FRM' at line 2";
        assert_eq!(line_of(message).and_then(|line| line_start("SELECT 1\n  FRM t", line)), Some(11));
        assert_eq!(line_of("Table 'x' doesn't exist"), None);
    }
}
