//! Projects of a few lines that several files of promises begin with.

use std::{thread, time::Duration};

use migrate_runtime::{Code, Error, Migrator, Versions, blocking};
use migrate_tests::{Project, Scratch, ServerKind};

pub(crate) const WITHOUT_TRANSACTIONAL_DDL: &[ServerKind] = &[ServerKind::Mariadb, ServerKind::Mysql];
pub(crate) const POSTGRES: &[ServerKind] = &[ServerKind::Postgres];
pub(crate) const SQLITE: &[ServerKind] = &[ServerKind::Sqlite];

pub(crate) fn project(db: &Scratch) -> Project {
    Project::new(db.kind().dialect()).with("aaaa", "", "CREATE TABLE t (id int);", "DROP TABLE t;")
}

pub(crate) fn migrator(project: &Project) -> blocking::Migrator<'static> {
    blocking::Migrator::new(Migrator::new(project.versions()))
}

pub(crate) fn without_transaction(id: &str, revises: &str, up: &str) -> String {
    format!(
        "-- {id}\n-- Revision: {id}\n-- Revises: {revises}\n-- migrate:up transaction:off\n{up}\n-- migrate:down\nDELETE FROM t;\n"
    )
}

pub(crate) fn in_doubt(error: &Error) {
    assert_eq!(error.code(), Code::Interrupted, "{error:?}");
    assert!(error.help().unwrap().contains("resume --done"), "{error:?}");
}

/// A migrator whose Rust step `pause` takes its time.
pub(crate) fn pausing(versions: &'static Versions, pause: Duration) -> Migrator<'static> {
    Migrator::new(versions).step("pause", move |_| {
        Box::pin(async move {
            thread::sleep(pause);
            Ok(())
        })
    })
}
