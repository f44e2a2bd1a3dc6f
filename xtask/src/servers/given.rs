//! Servers that stand already and are named by `MIGRATE_TEST_<ENGINE>_URL`: asked for their version, left alone.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use super::{mysql_protocol, postgres, tds};
use crate::engine::Engine;
use crate::failure::{Failure, Result};
use crate::programs;

/// How long a server may take to accept and to say something.
const PATIENCE: Duration = Duration::from_secs(5);

/// A TCP connection that does not wait for ever.
pub(crate) fn connect(host: &str, port: u16) -> Option<TcpStream> {
    let addresses = (host, port).to_socket_addrs().ok()?;
    let stream =
        addresses.into_iter().find_map(|address| TcpStream::connect_timeout(&address, PATIENCE).ok())?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    Some(stream)
}

/// The version of a given server, or that nothing answers there.
pub(crate) fn version(engine: Engine, url: &str) -> Result<String> {
    let variable = engine.variable("URL");
    let (host, port) = address(url, engine.default_port())
        .ok_or_else(|| Failure::new(format!("{variable} is not a URL with a host and a port")))?;
    let version = match engine {
        Engine::Postgres => postgres::serves(&host, port).map(|()| {
            let asked = programs::find("psql").and_then(|psql| postgres::ask_version(Path::new(&psql), url));
            asked.unwrap_or_else(|| "unknown: psql is not there or cannot log in".to_owned())
        }),
        Engine::MariaDb | Engine::MySql => mysql_protocol::greeted_version(&host, port),
        Engine::SqlServer => tds::version(&host, port),
        Engine::Sqlite => None,
    };
    version.ok_or_else(|| {
        Failure::new(format!(
            "{variable} is set, but no {engine} server answers at {host}:{port}: start it, or unset the variable"
        ))
    })
}

/// Host and port of a URL. Nothing else of it is looked at: it may hold a password.
fn address(url: &str, default_port: u16) -> Option<(String, u16)> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', ';']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Some(default_port), |port| port.parse().ok())?;
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn host_and_port_are_found_behind_the_password() {
        let found = |url| address(url, 1433).unwrap();
        assert_eq!(found("postgres://me:p%40w@db.example:5433/app?x=y"), ("db.example".to_owned(), 5433));
        assert_eq!(found("mssql://sa:a@b@127.0.0.1/master"), ("127.0.0.1".to_owned(), 1433));
        assert_eq!(found("mysql://root@[::1]:3307"), ("::1".to_owned(), 3307));
    }

    #[test]
    fn a_url_without_a_host_has_no_address() {
        for url in ["sqlite:app.db", "postgres:///app", "mysql://root@host:port/"] {
            assert_eq!(address(url, 1), None, "{url}");
        }
    }
}
