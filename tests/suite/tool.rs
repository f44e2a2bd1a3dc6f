//! The plugin and an application, on input that makes no sense.

use std::process::Command;

use migrate_tests::{App, Scratch, ServerKind};

use crate::promises;

promises! {
    an_engine_that_was_not_compiled_in_is_said_with_its_feature on &[ServerKind::Sqlite];
    a_url_that_makes_no_sense_is_refused_without_a_secret on &[ServerKind::Sqlite];
}

const MAIN: &str = r#"
use migrate_runtime::{Migrator, Versions, blocking, embed};

static VERSIONS: Versions = embed!("migrations");

fn main() {
    let url = std::env::var("DATABASE_URL").unwrap_or_default();
    if let Err(error) = blocking::Migrator::new(Migrator::new(&VERSIONS)).upgrade(&url, "head") {
        println!("{} | {} | {}", error.code(), error, error.help().unwrap_or_default());
    }
}
"#;

fn an_engine_that_was_not_compiled_in_is_said_with_its_feature(_db: Scratch) {
    let app = App::new(MAIN, "\"sqlite\"");
    app.migrate_ok(&["init", "--dialect", "sqlite"]);
    app.migrate_ok(&["revision", "-m", "nothing"]);
    let binary = app.build();
    for (url, feature) in
        [("postgres://u:pw@h/d", "postgres"), ("mariadb://h/d", "mysql"), ("sqlserver://h/d", "mssql")]
    {
        let output = Command::new(&binary).env("DATABASE_URL", url).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with("engine-not-compiled | "), "{text}");
        assert!(text.contains(&format!("add the feature `{feature}`")), "{text}");
    }
}

fn a_url_that_makes_no_sense_is_refused_without_a_secret(_db: Scratch) {
    let app = App::new("fn main() {}", "\"sqlite\"");
    app.migrate_ok(&["init", "--dialect", "sqlite"]);
    app.migrate_ok(&["revision", "-m", "nothing"]);
    for (url, code) in [
        ("oracle://me:s3cret@h/d", "unknown-engine"),
        ("postgres://me:s3cret%zz@h/d", "invalid-url"),
        ("postgres://me:s3cret@h:port/d", "invalid-url"),
        ("me:s3cret@h/d", "invalid-url"),
        ("", "invalid-url"),
        ("postgres://me:s3cret@127.0.0.1:1/d", "connection-failed"),
        ("mysql://me:s3cret@127.0.0.1:1/d", "connection-failed"),
        ("mssql://me:s3cret@127.0.0.1:1/d", "connection-failed"),
        ("sqlite:/nowhere/at/all/x.db", "connection-failed"),
    ] {
        let output = app.migrate(&["upgrade", "--database-url", url, "--format", "json"]);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!out.contains("s3cret") && !err.contains("s3cret"), "{url}: {out}{err}");
        let object: serde_json::Value = serde_json::from_str(err.lines().last().unwrap_or_default())
            .unwrap_or_else(|error| panic!("{url}: {error}: {err}"));
        assert_eq!(object["error"]["code"], code, "{url}: {err}");
        assert_eq!(output.status.code(), Some(1), "{url}");
        assert!(out.is_empty(), "{url}: {out}");
    }
}
