//! Reading the catalogue. The promise: 1,500 tables with 10,500 columns, 1,500 indexes and 3,000 foreign keys in under
//! half a second.
//!
//! SQLite is always measured; a server where `cargo xtask servers` has written down its URL (`MIGRATE_TEST_POSTGRES_URL`
//! and its like).

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]
// The plugin is a program: its modules are compiled again here, and the benchmark uses a part of them.
#![allow(dead_code, unused_imports, unreachable_pub)]

use std::env;

use divan::Bencher;
use migrate_core::Dialect;
use migrate_runtime::{Connection, DatabaseUrl};
use tokio::runtime::{Builder, Runtime};

#[path = "../../cargo-migrate/src/ddl/mod.rs"]
mod ddl;
#[path = "../../cargo-migrate/src/diff/mod.rs"]
mod diff;
#[path = "../../cargo-migrate/src/mysql/mod.rs"]
mod mysql;
#[path = "../../cargo-migrate/src/operation/mod.rs"]
mod operation;
#[path = "../../cargo-migrate/src/reflect/mod.rs"]
mod reflect;
#[path = "../../cargo-migrate/src/renaming/mod.rs"]
mod renaming;
#[path = "../../cargo-migrate/src/schema/mod.rs"]
mod schema;
#[path = "../../cargo-migrate/src/sqlite/mod.rs"]
mod sqlite;
#[path = "../../cargo-migrate/src/wrap.rs"]
mod wrap;

use reflect::{Scope, reflect};

const TABLES: usize = 1_500;
const DATABASE: &str = "migrate_bench_reflect";

fn main() {
    divan::main();
}

/// What is measured, by the variable that names its server.
const ENGINES: [(&str, Option<&str>); 4] = [
    ("sqlite", None),
    ("postgres", Some("MIGRATE_TEST_POSTGRES_URL")),
    ("mariadb", Some("MIGRATE_TEST_MARIADB_URL")),
    ("mysql", Some("MIGRATE_TEST_MYSQL_URL")),
];

#[divan::bench(args = ENGINES.map(|(name, _)| name), sample_count = 20)]
fn tables_1500(bencher: Bencher<'_, '_>, engine: &str) {
    let (_, variable) = ENGINES.into_iter().find(|(name, _)| *name == engine).unwrap();
    let server = variable.map(env::var).transpose();
    let Ok(server) = server else {
        eprintln!("{engine} is not measured: no {}", variable.unwrap_or_default());
        return;
    };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = match &server {
        None => DatabaseUrl::parse(&format!("sqlite:{}", folder.path().join("bench.db").display())).unwrap(),
        Some(server) => runtime.block_on(created(server)),
    };
    let mut connection = runtime.block_on(filled(url));
    let scope = Scope::default();
    bencher.bench_local(|| {
        let schema = runtime.block_on(reflect(&mut connection, &scope)).unwrap();
        assert_eq!(schema.tables.len(), TABLES);
        schema
    });
    runtime.block_on(connection.close());
    if let Some(server) = server {
        runtime.block_on(dropped(&server));
    }
}

/// A database of our own on the server.
async fn created(server: &str) -> DatabaseUrl {
    dropped(server).await;
    let mut connection = Connection::open(server).await.unwrap();
    connection.execute(&format!("CREATE DATABASE {DATABASE}")).await.unwrap();
    connection.close().await;
    let mut url = DatabaseUrl::parse(server).unwrap();
    DATABASE.clone_into(&mut url.database);
    url
}

async fn dropped(server: &str) {
    let mut connection = Connection::open(server).await.unwrap();
    connection.execute(&format!("DROP DATABASE IF EXISTS {DATABASE}")).await.unwrap();
    connection.close().await;
}

/// A connection to the database with its tables.
async fn filled(url: DatabaseUrl) -> Connection {
    let mut connection = Connection::open(url).await.unwrap();
    let (text, decimal) = match connection.dialect() {
        Dialect::Sqlite => ("TEXT", "NUMERIC"),
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => {
            ("varchar(255)", "decimal(12,2)")
        }
    };
    for number in 0..TABLES {
        // Each refers to the one before it and to the first one.
        let before = number.saturating_sub(1);
        let table = format!(
            "CREATE TABLE table_{number} (id integer NOT NULL PRIMARY KEY, name {text} NOT NULL DEFAULT 'none', \
             bio {text}, price {decimal}, created timestamp NULL, before_id integer, first_id integer, \
             CONSTRAINT fk_table_{number}_before FOREIGN KEY (before_id) REFERENCES table_{before} (id), \
             CONSTRAINT fk_table_{number}_first FOREIGN KEY (first_id) REFERENCES table_0 (id) ON DELETE CASCADE)"
        );
        connection.execute(&table).await.unwrap();
        let index = format!("CREATE INDEX ix_table_{number}_name ON table_{number} (name, price)");
        connection.execute(&index).await.unwrap();
    }
    connection
}
