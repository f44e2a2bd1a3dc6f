//! All servers of a run.

use std::path::Path;
use std::thread;
use std::time::Instant;

use super::{Account, Maker, Server, Site, Throwaway, clients, given, mariadb, mysql, postgres};
use crate::engine::Engine;
use crate::failure::{Failure, Result};
use crate::options::Options;

/// How an engine is there for the tests.
pub(crate) enum Standing {
    /// A throwaway server.
    Started(Box<Server>),
    /// A server that stood already, of that version.
    Given(Engine, String),
    /// No server is needed.
    Embedded(Engine),
    /// It is not there, for that reason.
    Missing(Engine, String),
}

impl Standing {
    /// Of a server that is there.
    pub(crate) fn version(&self) -> Option<String> {
        match self {
            Self::Started(server) => Some(server.version().to_owned()),
            Self::Given(_, version) => Some(version.clone()),
            Self::Embedded(_) | Self::Missing(..) => None,
        }
    }

    /// Which engine.
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Started(server) => server.engine(),
            Self::Given(engine, _) | Self::Embedded(engine) | Self::Missing(engine, _) => *engine,
        }
    }
}

/// The engines of a run. Dropping it stops every server that it started and removes their folder.
pub(crate) struct Fleet {
    /// One for each engine that was asked for.
    pub(crate) standings: Vec<Standing>,
    // After the servers: fields are dropped in order.
    site: Site,
}

impl Fleet {
    /// Starts what was asked for and is not given. To be called by the main thread. `also` are files that are removed
    /// with the servers' folder. A server that cannot be had is no failure here.
    pub(crate) fn start(options: &Options, also: &[&Path]) -> Result<Self> {
        let begun = Instant::now();

        let mut standings = Vec::new();
        let mut wanted = Vec::new();
        for engine in &options.engines {
            match (engine, engine.given_url()) {
                (Engine::Sqlite, _) => standings.push(Standing::Embedded(Engine::Sqlite)),
                (engine, Some(url)) => {
                    standings.push(Standing::Given(*engine, given::version(*engine, &url)?));
                }
                (Engine::SqlServer, None) => {
                    let reason = format!("{} is not set", engine.variable("URL"));
                    standings.push(Standing::Missing(*engine, reason));
                }
                (engine, None) => wanted.push(*engine),
            }
        }

        let account = Account::find()?;
        // One after the other: apt serves one at a time.
        let makers: Vec<_> =
            wanted.into_iter().map(|engine| (engine, provide(engine, options.install, &account))).collect();
        clients::provide(&options.engines, options.install);
        // After the packages, which bring openssl along.
        let site = Site::create(account, also)?;
        let made = make_data(makers, &site);
        let started: Vec<_> =
            made.into_iter().map(|(engine, kind)| (engine, kind.and_then(Server::start))).collect();
        standings.extend(started.into_iter().map(|(engine, server)| settle(engine, server, begun)));
        standings.sort_by_key(|standing| Engine::ALL.iter().position(|engine| *engine == standing.engine()));
        Ok(Self { standings, site })
    }

    /// What the tests are told: the servers that were started, and which engines must not be skipped.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let mut variables: Vec<_> = self
            .standings
            .iter()
            .flat_map(|standing| match standing {
                Standing::Started(server) => server.variables(),
                Standing::Given(..) | Standing::Embedded(_) | Standing::Missing(..) => Vec::new(),
            })
            .collect();
        let there: Vec<_> = self
            .standings
            .iter()
            .filter(|standing| !matches!(standing, Standing::Missing(..)))
            .map(|standing| standing.engine().name())
            .collect();
        variables.push(("MIGRATE_TEST_REQUIRED".to_owned(), there.join(",")));
        variables
    }

    /// Who runs the servers, for children that must die with us too.
    pub(crate) fn account(&self) -> &Account {
        &self.site.account
    }

    /// The folder of all servers.
    pub(crate) fn folder(&self) -> &Path {
        self.site.folder.path()
    }
}

/// Makes sure that an engine's programs are there.
fn provide(engine: Engine, install: bool, account: &Account) -> Result<Maker> {
    match engine {
        Engine::Postgres => postgres::provide(install),
        Engine::MariaDb => mariadb::provide(install),
        Engine::MySql => mysql::provide(install, account),
        Engine::SqlServer | Engine::Sqlite => Err(Failure::new(format!("no {engine} server can be started"))),
    }
}

/// Makes the data folders, all at once.
fn make_data(makers: Vec<(Engine, Result<Maker>)>, site: &Site) -> Vec<(Engine, Result<Box<dyn Throwaway>>)> {
    thread::scope(|scope| {
        let threads: Vec<_> = makers
            .into_iter()
            .map(|(engine, maker)| (engine, scope.spawn(move || maker.and_then(|make| make(site)))))
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|_| Err(Failure::new("the thread that prepared it panicked")))
        };
        threads.into_iter().map(|(engine, thread)| (engine, join(thread))).collect()
    })
}

/// Waits for a server, and says on standard error how that went.
fn settle(engine: Engine, server: Result<Server>, begun: Instant) -> Standing {
    match server.and_then(|mut server| server.wait().map(|()| server)) {
        Ok(server) => {
            let seconds = begun.elapsed().as_secs_f32();
            eprintln!("xtask: {engine} {} on port {} ({seconds:.1} s)", server.version(), server.port());
            Standing::Started(Box::new(server))
        }
        Err(failure) => {
            eprintln!("xtask: no {engine}: {}", failure.message());
            let reason = failure.message().lines().next().unwrap_or_default();
            Standing::Missing(engine, reason.trim_end_matches(':').to_owned())
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        // All at once; each is then waited for as it is dropped.
        for standing in &mut self.standings {
            if let Standing::Started(server) = standing {
                server.ask_to_stop();
            }
        }
    }
}
