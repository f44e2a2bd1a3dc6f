//! A throwaway `PostgreSQL`.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::given::connect;
use super::site::Plot;
use super::throwaway::{Throwaway, contains};
use super::{Maker, Site};
use crate::engine::Engine;
use crate::failure::{Failure, Result};
use crate::{packages, programs};

/// Debian's version-independent package.
const PACKAGES: [&str; 1] = ["postgresql"];

/// Settings for speed, for as many connections as the tests open at once, and for a log that tests can count in.
const SETTINGS: [&str; 14] = [
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "max_connections=200",
    "max_locks_per_transaction=256",
    "shared_preload_libraries=",
    "logging_collector=off",
    "log_destination=stderr",
    "log_statement=all",
    "log_checkpoints=off",
    "log_line_prefix=%m [%p] %d %a ",
    "lc_messages=C",
    "timezone=UTC",
];

/// A cluster made by `initdb`.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: PathBuf,
    plot: Plot,
}

/// Makes sure that the programs are there.
pub(crate) fn provide(install: bool) -> Result<Maker> {
    if find().is_none() {
        packages::install("PostgreSQL", &PACKAGES, install)?;
    }
    let programs = find().ok_or_else(|| {
        Failure::new("PostgreSQL was installed, but there is no /usr/lib/postgresql/*/bin/initdb")
    })?;
    Ok(Box::new(move |site| Ok(Box::new(Postgres::create(programs, site)?))))
}

/// The folder of `postgres` and `initdb`: that in `PATH`, else Debian's newest.
fn find() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let in_path = programs::find("postgres")
        .and_then(|program| fs::canonicalize(program).ok())
        .and_then(|program| program.parent().map(Path::to_path_buf))
        .filter(complete);
    in_path.or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        versions
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let version: u32 = path.file_name()?.to_str()?.parse().ok()?;
                Some((version, path.join("bin")))
            })
            .filter(|(_, folder)| complete(folder))
            .max()
            .map(|(_, folder)| folder)
    })
}

impl Postgres {
    /// Makes a cluster whose superuser `postgres` has a password that is really asked for.
    fn create(programs: PathBuf, site: &Site) -> Result<Self> {
        let plot = site.plot(Engine::Postgres)?;
        let password = plot.write_secret("password", &plot.password)?;
        plot.run(
            "initdb",
            plot.account
                .command(programs.join("initdb"), "TERM")
                .args([
                    "-U",
                    "postgres",
                    "-A",
                    "scram-sha-256",
                    "--locale=C",
                    "-E",
                    "UTF8",
                    "--no-sync",
                    "-D",
                ])
                .arg(plot.data())
                .arg("--pwfile")
                .arg(&password),
        )?;
        let _ = fs::remove_file(&password);
        Ok(Self { programs, plot })
    }
}

impl Throwaway for Postgres {
    fn engine(&self) -> Engine {
        Engine::Postgres
    }

    fn folder(&self) -> &Path {
        &self.plot.folder
    }

    fn command(&self, port: u16) -> Command {
        let mut command = self.plot.account.command(self.programs.join("postgres"), self.stop_signal());
        command.arg("-D").arg(self.plot.data()).arg("-k").arg(&self.plot.folder);
        command.arg("-p").arg(port.to_string());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        if let Some((certificates, key)) = &self.plot.tls {
            command.args(["-c", "ssl=on", "-c"]);
            command.arg(format!("ssl_cert_file={}", certificates.certificate.display())).arg("-c");
            command.arg(format!("ssl_key_file={}", key.display()));
        }
        command
    }

    /// A fast shutdown; SIGTERM would wait for the clients.
    fn stop_signal(&self) -> &'static str {
        "INT"
    }

    fn version(&self, port: u16) -> Option<String> {
        // The port is its own, not somebody else's, once its file says so.
        let state = fs::read_to_string(self.plot.data().join("postmaster.pid")).ok()?;
        if !state.lines().any(|line| line.trim() == "ready") {
            return None;
        }
        serves("127.0.0.1", port)?;
        ask_version(&self.programs.join("psql"), &self.url(port))
            .or_else(|| Some("version unknown: no psql".to_owned()))
    }

    fn url(&self, port: u16) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{port}/postgres", self.plot.password)
    }

    /// The server logs statements among everything else.
    fn statement_log(&self) -> PathBuf {
        self.error_log()
    }

    fn is_statement(&self, line: &[u8]) -> bool {
        contains(line, "LOG:  statement: ") || contains(line, "LOG:  execute ")
    }

    fn authority(&self) -> Option<&Path> {
        self.plot.authority()
    }
}

/// Asks a server for its version with the server's own client.
pub(crate) fn ask_version(psql: &Path, url: &str) -> Option<String> {
    let output = programs::run(
        Command::new(psql)
            .args(["-X", "-A", "-t", "-c", "SHOW server_version", url])
            .env("PGAPPNAME", "xtask")
            .env("PGCONNECT_TIMEOUT", "10"),
    )
    .ok()?;
    // "15.18 (Debian 15.18-0+deb12u1)": the number is enough.
    programs::first_line(&output).split_whitespace().next().map(str::to_owned)
}

/// Whether a server asks who we are; one that still starts answers with an error instead.
pub(crate) fn serves(host: &str, port: u16) -> Option<()> {
    let mut stream = connect(host, port)?;
    let parameters = b"user\0postgres\0database\0postgres\0application_name\0xtask\0\0";
    let length = u32::try_from(parameters.len() + 8).ok()?;
    let mut message = length.to_be_bytes().to_vec();
    message.extend_from_slice(&[0, 3, 0, 0]); // protocol 3.0
    message.extend_from_slice(parameters);
    stream.write_all(&message).ok()?;
    let mut kind = [0_u8; 1];
    stream.read_exact(&mut kind).ok()?;
    (kind == *b"R").then_some(())
}
