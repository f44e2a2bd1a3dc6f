use std::any::Any;

use futures_util::{StreamExt as _, pin_mut};
use migrate_core::{Code, Dialect, Error, sql};
use tokio_postgres::{
    Client, NoTls, SimpleQueryMessage,
    error::{ErrorPosition, SqlState},
};

use super::{BoxFuture, Failure, Part, PartError, Row, ServerError, Session};
use crate::url::{DatabaseUrl, Engine};

pub(crate) struct Postgres<'a>(Holder<'a>);

enum Holder<'a> {
    Own { client: Client, driver: tokio::task::JoinHandle<()> },
    Callers(&'a mut Client),
}

/// How the server's certificate is treated, after libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SslMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Connects to the server of a URL. Must run inside a tokio runtime.
pub(crate) async fn open(mut url: DatabaseUrl) -> Result<Postgres<'static>, Error> {
    let mode = match url.take_option(&["sslmode"]).as_deref() {
        None | Some("prefer") => SslMode::Prefer,
        // `allow` asks for no protection either: libpq tries without TLS first.
        Some("disable" | "allow") => SslMode::Disable,
        Some("require") => SslMode::Require,
        Some("verify-ca") => SslMode::VerifyCa,
        Some("verify-full") => SslMode::VerifyFull,
        Some(_) => {
            return Err(Error::new(
                Code::InvalidUrl,
                "sslmode is none of disable, allow, prefer, require, verify-ca, verify-full",
            ));
        }
    };
    let root = url.take_option(&["sslrootcert"]);
    let config = config(&url, mode)?;
    let failed = |error: tokio_postgres::Error| connection_failed(&url, &error);
    if mode == SslMode::Disable {
        let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
        return Ok(own(client, connection));
    }
    #[cfg(feature = "tls")]
    {
        use crate::tls::{Trust, client_config};
        let trust = match (mode, root) {
            (SslMode::Disable | SslMode::Prefer | SslMode::Require, None) => Trust::Anything,
            // libpq: with a root certificate at hand, `require` verifies as `verify-ca` does.
            (SslMode::Disable | SslMode::Prefer | SslMode::Require | SslMode::VerifyCa, root) => {
                Trust::AnyName(root)
            }
            (SslMode::VerifyFull, root) => Trust::Name(root),
        };
        let tls = tokio_postgres_rustls::MakeRustlsConnect::new(client_config(&trust)?);
        let (client, connection) = config.connect(tls).await.map_err(failed)?;
        Ok(own(client, connection))
    }
    #[cfg(not(feature = "tls"))]
    {
        drop(root);
        if mode != SslMode::Prefer {
            return Err(Error::new(
                Code::EngineNotCompiled,
                "the URL asks for TLS, which was not compiled in",
            )
            .with_help("add the feature `tls` to migrate-runtime"));
        }
        let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
        Ok(own(client, connection))
    }
}

fn own<S, T>(client: Client, connection: tokio_postgres::Connection<S, T>) -> Postgres<'static>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    // What goes wrong on the connection reaches the client's next call as well.
    let driver = tokio::spawn(async move { drop(connection.await) });
    Postgres(Holder::Own { client, driver })
}

fn config(url: &DatabaseUrl, mode: SslMode) -> Result<tokio_postgres::Config, Error> {
    // The driver reads the options that it knows from a connection string; the login is set on its own, so that no
    // message of the driver can hold it.
    let options: Vec<_> =
        url.options.iter().map(|(name, value)| format!("{name}='{}'", escape(value))).collect();
    let mut config: tokio_postgres::Config =
        options.join(" ").parse().map_err(|error: tokio_postgres::Error| {
            Error::new(
                Code::InvalidUrl,
                format!("the options of the database URL: {}", url.redact(&describe(&error))),
            )
        })?;
    let host = if url.host.is_empty() { "localhost" } else { &url.host };
    for host in host.split(',') {
        config.host(host);
    }
    if let Some(port) = url.port {
        config.port(port);
    }
    if !url.user.is_empty() {
        config.user(&url.user);
    }
    if let Some(password) = &url.password {
        config.password(password);
    }
    if !url.database.is_empty() {
        config.dbname(&url.database);
    }
    if config.get_application_name().is_none() {
        config.application_name("migrate");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(std::time::Duration::from_secs(30));
    }
    config.ssl_mode(match mode {
        SslMode::Disable => tokio_postgres::config::SslMode::Disable,
        SslMode::Prefer => tokio_postgres::config::SslMode::Prefer,
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
            tokio_postgres::config::SslMode::Require
        }
    });
    Ok(config)
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\'', "\\'")
}

fn connection_failed(url: &DatabaseUrl, error: &tokio_postgres::Error) -> Error {
    let (what, help) = match error.code() {
        Some(code)
            if *code == SqlState::INVALID_PASSWORD
                || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION =>
        {
            ("the server refused the login", "check the user and the password in the URL")
        }
        Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
            ("there is no such database", "create the database, or correct its name in the URL")
        }
        Some(_) => ("the server refused the connection", "see the server's message"),
        None => ("cannot connect", "check that the server runs and that host and port are right"),
    };
    Error::new(Code::ConnectionFailed, format!("{url}: {what}: {}", url.redact(&describe(error))))
        .with_help(help)
}

fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        let mut text = db.message().to_owned();
        for extra in [db.detail(), db.hint()].into_iter().flatten() {
            text.push_str("; ");
            text.push_str(extra);
        }
        return text;
    }
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

impl<'a> Postgres<'a> {
    pub(crate) fn callers(client: &'a mut Client) -> Self {
        Self(Holder::Callers(client))
    }

    fn client(&mut self) -> &mut Client {
        match &mut self.0 {
            Holder::Own { client, .. } => client,
            Holder::Callers(client) => client,
        }
    }
}

impl Session for Postgres<'_> {
    fn engine(&self) -> Engine {
        Engine::Postgres
    }

    fn query<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<Vec<Row>, ServerError>> {
        Box::pin(async move {
            let messages =
                self.client().simple_query(sql).await.map_err(|error| server_error(&error, None))?;
            Ok(messages
                .into_iter()
                .filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => {
                        Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
                    }
                    _ => None,
                })
                .collect())
        })
    }

    // One message for all parts: the server runs its statements one after the other and skips the rest after an error.
    fn run<'a>(&'a mut self, parts: &'a [Part<'a>]) -> BoxFuture<'a, Result<(), PartError>> {
        Box::pin(async move {
            let (message, starts) = join(parts);
            let mut done = 0;
            let failed =
                |error: &tokio_postgres::Error, done: usize| locate(error, &message, &starts, parts, done);
            let stream = self.client().simple_query_raw(&message).await.map_err(|error| failed(&error, 0))?;
            pin_mut!(stream);
            while let Some(item) = stream.next().await {
                match item {
                    Ok(SimpleQueryMessage::CommandComplete(_)) => done += 1,
                    Ok(_) => {}
                    Err(error) => return Err(failed(&error, done)),
                }
            }
            Ok(())
        })
    }

    fn raw(&mut self) -> &mut dyn Any {
        self.client()
    }

    fn close<'a>(self: Box<Self>) -> BoxFuture<'a, ()>
    where
        Self: 'a,
    {
        Box::pin(async move {
            if let Holder::Own { client, driver } = self.0 {
                drop(client);
                // The goodbye is on its way when the driver's task has ended.
                drop(driver.await);
            }
        })
    }
}

/// The parts as one message, and the byte at which each begins.
fn join(parts: &[Part<'_>]) -> (String, Vec<usize>) {
    let mut message = String::with_capacity(parts.iter().map(|part| part.sql().len() + 2).sum());
    let mut starts = Vec::with_capacity(parts.len());
    for part in parts {
        starts.push(message.len());
        message.push_str(part.sql());
        // On a line of its own, a `--` comment at the end cannot swallow it.
        message.push_str("\n;");
    }
    (message, starts)
}

/// Which part an error is about: the one that the server's position lies in, else the one after those that completed.
fn locate(
    error: &tokio_postgres::Error,
    message: &str,
    starts: &[usize],
    parts: &[Part<'_>],
    done: usize,
) -> PartError {
    let position = match error.as_db_error().and_then(tokio_postgres::error::DbError::position) {
        // Counted in characters, from 1.
        Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok().and_then(|position| {
            message.char_indices().nth(position.saturating_sub(1)).map(|(byte, _)| byte)
        }),
        Some(ErrorPosition::Internal { .. }) | None => None,
    };
    let last = parts.len().saturating_sub(1);
    let part = match position {
        Some(byte) => starts.partition_point(|start| *start <= byte).saturating_sub(1),
        None => part_of_statement(parts, done),
    }
    .min(last);
    let offset = position.map(|byte| (byte - starts[part]).min(parts[part].sql().len()));
    PartError { part, error: server_error(error, offset) }
}

/// The part that statement number `number` of the message belongs to. What stands between `migrate:begin` and
/// `migrate:end` may be several.
fn part_of_statement(parts: &[Part<'_>], number: usize) -> usize {
    let mut before = 0;
    parts
        .iter()
        .position(|part| {
            before += match part {
                Part::Script(sql) if sql.contains(';') => {
                    sql::split(Dialect::Postgres, sql, 0..sql.len()).map_or(1, |pieces| pieces.len().max(1))
                }
                Part::Script(_) | Part::Own(_) => 1,
            };
            number < before
        })
        .unwrap_or(parts.len())
}

fn server_error(error: &tokio_postgres::Error, offset: Option<usize>) -> ServerError {
    let kind = match error.code() {
        Some(code) if *code == SqlState::UNDEFINED_TABLE => Failure::MissingTable,
        Some(code)
            if *code == SqlState::READ_ONLY_SQL_TRANSACTION || *code == SqlState::INSUFFICIENT_PRIVILEGE =>
        {
            Failure::ReadOnly
        }
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => Failure::Busy,
        // The server said goodbye: a shutdown, or an administrator's pg_terminate_backend.
        Some(code) if code.code().starts_with("57P") || code.code().starts_with("08") => Failure::Lost,
        Some(_) => Failure::Refused,
        None => Failure::Lost,
    };
    ServerError {
        kind,
        message: describe(error),
        code: error.code().map(|code| format!("SQLSTATE {}", code.code())),
        offset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_so_that_a_comment_cannot_swallow_the_next() {
        let (message, starts) =
            join(&[Part::Own("BEGIN"), Part::Script("SELECT 1 -- é"), Part::Own("COMMIT")]);
        assert_eq!(message, "BEGIN\n;SELECT 1 -- é\n;COMMIT\n;");
        assert_eq!(starts, [0, 7, 23]);
    }
}
