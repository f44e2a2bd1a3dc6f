//! What a program with 1,000 revisions pays for at its start, on SQLite in memory: ours and refinery.

#![allow(missing_docs, clippy::unwrap_used)]

use divan::Bencher;
use migrate_core::{Catalog, Dialect};
use migrate_runtime::{Migrator, Versions};
use refinery_core::{Migration, Runner};
use rusqlite::Connection;

const REVISIONS: usize = 1_000;

fn main() {
    divan::main();
}

fn versions() -> &'static Versions {
    let files =
        (0..REVISIONS).map(|number| (format!("versions/{number}.sql"), migrate_benches::revision(number)));
    let catalog = Catalog::load(files, &[Dialect::Sqlite]).unwrap();
    Box::leak(Box::new(Versions::loaded(catalog)))
}

fn migrations() -> Vec<Migration> {
    (0..REVISIONS)
        .map(|number| {
            let sql = if number == 0 {
                "CREATE TABLE t (a integer);".to_owned()
            } else {
                format!("INSERT INTO t VALUES ({number});")
            };
            Migration::unapplied(&format!("V{}__revision", number + 1), &sql).unwrap()
        })
        .collect()
}

fn upgrade(versions: &'static Versions, connection: &mut Connection) {
    migrate_runtime::blocking::Migrator::new(Migrator::new(versions)).upgrade(connection, "head").unwrap();
}

fn refine(migrations: &[Migration], connection: &mut Connection) {
    Runner::new(migrations).run(connection).unwrap();
}

#[divan::bench]
fn at_the_head_ours(bencher: Bencher<'_, '_>) {
    let versions = versions();
    let mut connection = Connection::open_in_memory().unwrap();
    upgrade(versions, &mut connection);
    bencher.bench_local(|| upgrade(versions, &mut connection));
}

#[divan::bench]
fn at_the_head_refinery(bencher: Bencher<'_, '_>) {
    let migrations = migrations();
    let mut connection = Connection::open_in_memory().unwrap();
    refine(&migrations, &mut connection);
    bencher.bench_local(|| refine(&migrations, &mut connection));
}

#[divan::bench(sample_count = 10)]
fn from_nothing_ours(bencher: Bencher<'_, '_>) {
    let versions = versions();
    bencher
        .with_inputs(|| Connection::open_in_memory().unwrap())
        .bench_local_values(|mut connection| upgrade(versions, &mut connection));
}

#[divan::bench(sample_count = 10)]
fn from_nothing_refinery(bencher: Bencher<'_, '_>) {
    let migrations = migrations();
    bencher
        .with_inputs(|| Connection::open_in_memory().unwrap())
        .bench_local_values(|mut connection| refine(&migrations, &mut connection));
}
