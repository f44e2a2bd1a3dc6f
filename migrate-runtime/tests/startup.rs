//! What a start-up touches.

#![cfg(feature = "sqlite")]

use include_dir::{Dir, DirEntry, File};
use migrate_runtime::{
    __private::{Dialect, Embedded, EmbeddedRevision},
    Code, Migrator, Status, Versions, blocking,
};

const LINEAGE: &str = "00000000000000000000000000000000000000000000000000000000000000aa";

/// A program whose one revision is not even text: whoever looks into it fails.
static UNREADABLE: Versions = Versions::embedded(Embedded {
    dialects: &[Dialect::Sqlite],
    revisions: &[EmbeddedRevision {
        id: "aaaa",
        message: "",
        revises: &[],
        depends_on: &[],
        labels: &[],
        created: None,
        irreversible: None,
        seals: &[(LINEAGE, LINEAGE)],
    }],
    heads: &[0],
    folder: "",
    files: Dir::new("", &[DirEntry::File(File::new("versions/aaaa.sql", &[0xff, 0xfe, 0x00]))]),
});

#[test]
fn at_the_head_nothing_embedded_is_parsed() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let migrator = blocking::Migrator::new(Migrator::new(&UNREADABLE));
    migrator.ensure_version(&url).unwrap();
    assert_eq!(migrator.upgrade(&url, "head").unwrap_err().code(), Code::BrokenRevision);

    let connection = rusqlite::Connection::open(folder.path().join("test.db")).unwrap();
    connection.execute("INSERT INTO migrate_version VALUES ('aaaa', ?1)", [LINEAGE]).unwrap();
    assert!(migrator.upgrade(&url, "head").unwrap().steps.is_empty());
    assert_eq!(migrator.status(&url).unwrap(), Status::Current);
}

#[test]
fn a_database_that_is_not_there_counts_as_empty_and_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("missing.db");
    let url = format!("sqlite:{}", file.display());
    let migrator = blocking::Migrator::new(Migrator::new(&UNREADABLE));
    assert_eq!(migrator.status(&url).unwrap(), Status::Pending(vec!["aaaa".into()]));
    assert!(migrator.current(&url).unwrap().is_empty());
    assert_eq!(migrator.verify(&url).unwrap_err().code(), Code::NotCurrent);
    assert!(!file.exists());
}

#[cfg(not(feature = "postgres"))]
#[test]
fn an_engine_that_was_not_compiled_in_is_said_with_its_feature() {
    let error =
        blocking::Migrator::new(Migrator::new(&UNREADABLE)).upgrade("postgres://h/d", "head").unwrap_err();
    assert_eq!(error.code(), Code::EngineNotCompiled);
    assert!(error.help().unwrap().contains("`postgres`"), "{error:?}");
}
