//! `check`, `diff` and `reflect` where a side is not what it seems: a file that is not there, models that nobody found.

use crate::support::{Package, Ran};

const USERS: &str = "#[derive(migrate_runtime::Table)]\n#[table(name = \"users\")]\npub struct User {\n    \
                     #[column(primary_key, identity)]\n    pub id: i64,\n}\n";

/// A package with a model, the revision for it, and a database at the head.
fn project() -> Package {
    let package = Package::new();
    package.replace("migrate.toml", "\"${DATABASE_URL}\"", "\"sqlite:app.db\"");
    package.write("src/lib.rs", USERS);
    package.run(["revision", "--autogenerate", "-m", "users"]).ok();
    package.run(["upgrade"]).ok();
    package
}

#[test]
fn a_file_that_is_not_there_is_no_empty_database() {
    let package = project();
    let missing = |ran: Ran| {
        let ran = ran.code(1).fails("connection-failed").says("typo.db does not exist");
        assert!(!package.path("typo.db").exists());
        ran
    };
    missing(package.run(["check", "--database-url", "sqlite:typo.db"])).says("--replay");
    missing(package.run(["diff", "--from", "db:sqlite:typo.db", "--to", "models"])).says("correct the URL");
    missing(package.run(["diff", "--from", "models", "--to", "db", "--database-url", "sqlite:typo.db"]));
    missing(package.run(["reflect", "--database-url", "sqlite:typo.db"]));
    missing(package.run(["reflect", "-o", "src/m.rs", "--force", "--database-url", "sqlite:typo.db"]));
    // The first revision is written before there is a database.
    let fresh = Package::new();
    fresh.replace("migrate.toml", "\"${DATABASE_URL}\"", "\"sqlite:app.db\"");
    fresh.write("src/lib.rs", USERS);
    fresh.run(["revision", "--autogenerate", "-m", "users"]).ok();
    assert!(!fresh.path("app.db").exists());
}

#[test]
fn a_file_of_models_is_not_written_without_a_table() {
    let package = Package::new();
    package.run(["ensure-version", "--database-url", "sqlite:app.db"]).ok();
    let ran = package.run(["reflect", "-o", "src/m.rs", "--force", "--database-url", "sqlite:app.db"]);
    ran.code(1).fails("no-models").says("there is no table");
    assert!(!package.path("src/m.rs").exists());
}

#[test]
fn a_check_without_models_is_not_green() {
    let package = project();
    package.run(["check"]).ok().says("the models agree with the database: 1 table");
    // Somebody has taken the `mod` away.
    package.write("src/models.rs", USERS);
    package.write("src/lib.rs", "");
    package.run(["check"]).code(3).says("drop table users");
    // Tables that are passed by leave nothing to differ.
    package.configure("[autogenerate]\nexclude = [\"users\"]");
    for arguments in [&["check"][..], &["check", "--replay"], &["check", "--format", "json"]] {
        let ran = package.run(arguments.iter().copied());
        assert_eq!(ran.code, 1, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("no-models"), "{}", ran.stderr);
    }
    // Where nothing was begun there is nothing to miss.
    let fresh = Package::new();
    fresh.run(["check", "--replay"]).ok().says("no model was found");
}

#[test]
fn a_replay_for_sqlite_needs_no_database() {
    let package = project();
    package.replace("migrate.toml", "\"sqlite:app.db\"", "\"${NOWHERE}\"");
    package.run(["check", "--replay"]).ok().says("agree with the revisions");
    package.run(["diff", "--from", "revisions", "--to", "models", "--exit-code"]).ok();
    package.write("src/lib.rs", &USERS.replace("}\n", "    pub bio: Option<String>,\n}\n"));
    package.run(["check", "--replay"]).code(3).says("add column users.bio");
    package.run(["diff", "--from", "revisions", "--to", "models", "--exit-code"]).code(3);
    package.run(["diff", "--from", "revisions", "--to", "models"]).ok();
    package.run(["revision", "--autogenerate", "--replay", "-m", "bio"]).ok();
    package.run(["check"]).code(1).fails("invalid-configuration").says("NOWHERE");
}

#[test]
fn what_is_wrong_with_a_source_is_said_with_its_option() {
    let package = project();
    package
        .run(["diff", "--from", "s3cret"])
        .code(2)
        .fails("usage")
        .says("--from names no source of a schema");
    let ran = package.run(["diff", "--from", "db", "--to", "s3cret@h"]).code(2).says("--to names no source");
    assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
    package.run(["check", "--dialect", "sqlite"]).code(2);
}

#[test]
fn a_question_without_models_does_not_speak_of_them() {
    let package = project();
    package.write("new.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, full_name TEXT);");
    package.write("old.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);");
    let ran = package.run(["diff", "--from", "sql:old.sql", "--to", "sql:new.sql"]).ok();
    let said = ran.says("the column users.name is gone: was it renamed?");
    assert!(!said.stderr.contains("models"), "{}", said.stderr);
}

#[test]
fn the_revisions_are_looked_at_without_a_database() {
    let package = Package::with_dialects("sqlite,postgres");
    let write = |file: &str, sql: &str| {
        let text = package.read(file);
        let text = text.replace("-- migrate:up sqlite\n", &format!("-- migrate:up sqlite\n{sql};\n"));
        package.write(
            file,
            &text.replace("-- migrate:up postgres\n", &format!("-- migrate:up postgres\n{sql};\n")),
        );
    };
    let first = package.revision("aaaa01", []);
    write(&first, "CREATE TABLE a (id int)");
    let text = package.read(&first);
    let (up, _) = text.split_once("-- migrate:down sqlite").unwrap();
    package.write(&first, &format!("{up}-- migrate:irreversible a is history\n"));
    package.run(["lock"]).ok();
    let sound = package.run(["check", "--revisions"]).ok();
    sound.says("1 revision is sound").says("cannot be taken back: a is history [irreversible]");

    package.revision("bbbb01", []);
    let third = package.revision("cccc01", ["--head", "aaaa01", "--splice"]);
    write(&third, "CREATE TABLE c (id int)");
    let ran = package.run(["check", "--revisions"]).code(3);
    ran.says("there are 2 heads: bbbb01, cccc01 [multiple-heads]")
        .says("edited cccc01 (postgres, sqlite)")
        .says("revision bbbb01 has no statement to take the database up")
        .says(": migrate.lock does not have it")
        .says("migrations/versions/")
        .says("revision cccc01: the way back is empty [empty-way-back]");
    let json = package.run(["check", "--revisions", "--format", "json"]).code(3).json();
    let wrong = |code: &str| {
        json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["code"] == code)
            .map(|one| one["is_wrong"] == true)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (wrong("unwritten"), wrong("empty-way-back"), wrong("irreversible")),
        (vec![true], vec![false], vec![false])
    );
    package.run(["check", "--revisions", "--replay"]).code(2);
}
