//! The engines' own clients, which run the scripts of `--sql` in tests.

use crate::engine::Engine;
use crate::{packages, programs};

/// Sees that the clients of these engines are there. One that cannot be had is told; the tests that need it fail.
pub(crate) fn provide(engines: &[Engine], install: bool) {
    let mut wanted: Vec<(&str, &str)> = engines.iter().filter_map(|engine| client(*engine)).collect();
    wanted.dedup();
    for (program, package) in wanted {
        if programs::find(program).is_some() {
            continue;
        }
        if let Err(failure) = packages::install(program, &[package], install) {
            eprintln!("xtask: no {program}: {}", failure.message());
        }
    }
}

/// The program, and the package that has it.
fn client(engine: Engine) -> Option<(&'static str, &'static str)> {
    match engine {
        Engine::Postgres => Some(("psql", "postgresql-client")),
        // It speaks to MySQL as well.
        Engine::MariaDb | Engine::MySql => Some(("mariadb", "mariadb-client-core")),
        Engine::Sqlite => Some(("sqlite3", "sqlite3")),
        // Its client is in no distribution: the tests send the batches of a script themselves.
        Engine::SqlServer => None,
    }
}
