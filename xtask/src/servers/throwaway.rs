//! What every throwaway server has in common: starting it, waiting for it, what the tests are told about it.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::process::Process;
use crate::engine::Engine;
use crate::failure::{Explain, Failure, Result};
use crate::programs;

/// How long a server may take until it answers.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// How often another port is tried where somebody was faster.
const PORTS: usize = 5;

/// A server whose data folder is made: what is left is to start it.
pub(crate) trait Throwaway: Send {
    /// Which engine it is.
    fn engine(&self) -> Engine;
    /// The folder of its own.
    fn folder(&self) -> &Path;
    /// What runs it on that port.
    fn command(&self, port: u16) -> Command;
    /// The signal that stops it at once.
    fn stop_signal(&self) -> &'static str;
    /// The version that it says it is; none while it does not serve yet.
    fn version(&self, port: u16) -> Option<String>;
    /// The superuser's URL.
    fn url(&self, port: u16) -> String;
    /// Where the statements that it receives are logged.
    fn statement_log(&self) -> PathBuf;
    /// Whether a line of that log is a statement of a client.
    fn is_statement(&self, line: &[u8]) -> bool;
    /// The certificate authority to trust for a verified connection.
    fn authority(&self) -> Option<&Path>;

    /// Where what it writes goes.
    fn error_log(&self) -> PathBuf {
        self.folder().join("server.log")
    }
}

/// A throwaway server that runs.
pub(crate) struct Server {
    kind: Box<dyn Throwaway>,
    process: Process,
    port: u16,
    version: String,
    /// What its log held before the tests.
    log_start: u64,
    started: Instant,
}

impl Server {
    /// Starts it, without waiting. To be called by the main thread.
    pub(crate) fn start(kind: Box<dyn Throwaway>) -> Result<Self> {
        let (process, port) = launch(kind.as_ref())?;
        Ok(Self { kind, process, port, version: String::new(), log_start: 0, started: Instant::now() })
    }

    /// Waits until it answers.
    pub(crate) fn wait(&mut self) -> Result<()> {
        let engine = self.kind.engine();
        let log = self.kind.error_log();
        let mut attempts = 1;
        while self.started.elapsed() < READY_WITHIN {
            let version = self.kind.version(self.port);
            if let Some(status) = self.process.ended() {
                let text = programs::tail_of_file(&log, 20);
                if text.contains("Address already in use") && attempts < PORTS {
                    attempts += 1;
                    (self.process, self.port) = launch(self.kind.as_ref())?;
                    continue;
                }
                return Err(Failure::new(format!("{engine} ended before it was ready ({status}):\n{text}")));
            }
            if let Some(version) = version {
                self.version = version;
                self.log_start = std::fs::metadata(self.kind.statement_log()).map_or(0, |log| log.len());
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        let text = programs::tail_of_file(&log, 20);
        Err(Failure::new(format!("{engine} did not answer within {} s:\n{text}", READY_WITHIN.as_secs())))
    }

    /// Which engine it is.
    pub(crate) fn engine(&self) -> Engine {
        self.kind.engine()
    }

    /// The version that it said it is.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The port that it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What the tests are told about it.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let engine = self.kind.engine();
        let mut variables = vec![
            (engine.variable("URL"), self.kind.url(self.port)),
            (engine.variable("LOG"), self.kind.statement_log().display().to_string()),
        ];
        if let Some(authority) = self.kind.authority() {
            variables.push((engine.variable("CA"), authority.display().to_string()));
        }
        variables
    }

    /// How many statements clients have sent since it was ready, as far as its log tells.
    pub(crate) fn statements(&self) -> Result<usize> {
        let path = self.kind.statement_log();
        let what = || format!("cannot read {}", path.display());
        let mut log = File::open(&path).explain(what)?;
        log.seek(SeekFrom::Start(self.log_start)).explain(what)?;
        let mut log = BufReader::new(log);
        let mut line = Vec::new();
        let mut count = 0;
        while log.read_until(b'\n', &mut line).explain(what)? > 0 {
            count += usize::from(self.kind.is_statement(&line));
            line.clear();
        }
        Ok(count)
    }

    /// Asks it to stop, without waiting; dropping it waits.
    pub(crate) fn ask_to_stop(&mut self) {
        self.process.ask_to_stop();
    }
}

fn launch(kind: &dyn Throwaway) -> Result<(Process, u16)> {
    let port = free_port()?;
    let mut command = kind.command(port);
    command.env("HOME", kind.folder()).env("LC_ALL", "C").env("TZ", "UTC");
    let process = Process::start(&mut command, kind.stop_signal(), &kind.error_log(), kind.folder())?;
    Ok((process, port))
}

/// A port of the loopback that nobody listens on now.
fn free_port() -> Result<u16> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .explain(|| "cannot find a free port on 127.0.0.1".to_owned())
}

/// Whether a line contains these bytes.
pub(crate) fn contains(line: &[u8], what: &str) -> bool {
    line.windows(what.len()).any(|window| window == what.as_bytes())
}
