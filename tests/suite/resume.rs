//! What a run that goes on behind an earlier one runs again, and what it refuses to go on without.

use migrate_runtime::{Code, Error};
use migrate_tests::{Scratch, ServerKind};

use crate::{
    fixtures::{POSTGRES, SQLITE, WITHOUT_TRANSACTIONAL_DDL, migrator, project, without_transaction},
    promises,
};

promises! {
    data_behind_a_setting_runs_once on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql, ServerKind::Mssql];
    a_statement_with_settings_of_its_own_runs_once on &[ServerKind::Mariadb];
    an_id_that_was_kept_in_a_variable_is_not_made_up on WITHOUT_TRANSACTIONAL_DDL;
    the_last_id_of_a_lost_session_is_not_taken_for_zero on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql, ServerKind::Mssql];
    the_last_id_of_this_session_is_good on &[ServerKind::Sqlite, ServerKind::Mariadb, ServerKind::Mysql, ServerKind::Mssql];
    a_role_that_was_given_back_is_given_back_again on POSTGRES;
    an_attached_database_is_attached_again on SQLITE;
    words_that_only_look_temporary_are_no_hindrance on &[ServerKind::Mariadb, ServerKind::Mysql, ServerKind::Mssql];
}

/// A revision outside a transaction that stops at its last statement, then goes on with another in its place.
fn stops_and_goes_on(db: &Scratch, up: &str, mended: &str) -> Result<(), Error> {
    let go = if db.kind() == ServerKind::Mssql { "\nGO\n" } else { "\n" };
    let of = |last: &str| {
        let text = without_transaction("bbbb", "aaaa", &format!("{up}{go}{last}"));
        project(db).with_file("versions/bbbb.sql", &text)
    };
    let error = migrator(&of("INSERT INTO nowhere VALUES (1);")).upgrade(&db.url, "head").unwrap_err();
    assert!(error.help().unwrap().contains("statements of revision bbbb took effect"), "{error:?}");
    migrator(&of(mended)).upgrade(&db.url, "head").map(drop)
}

/// What was lost with the connection is named, and nothing of the rest has run.
fn refused(error: &Error) {
    assert_eq!(error.code(), Code::Interrupted, "{error:?}");
    assert!(error.message().contains("was lost with that connection"), "{error}");
    assert!(error.help().unwrap().contains("`stamp`"), "{error:?}");
    assert!(error.place().is_some());
}

fn data_behind_a_setting_runs_once(db: Scratch) {
    let up = match db.kind() {
        ServerKind::Postgres => {
            "-- migrate:begin\nSET lock_timeout = '3s'; INSERT INTO t VALUES (1);\n-- migrate:end"
        }
        ServerKind::Mssql => "SET LOCK_TIMEOUT 3000; INSERT INTO t VALUES (1);",
        _ => "-- migrate:begin\nSET lock_wait_timeout = 3; INSERT INTO t VALUES (1);\n-- migrate:end",
    };
    let outcome = stops_and_goes_on(&db, up, "INSERT INTO t VALUES (2);");
    assert_eq!(db.cell("SELECT count(*) FROM t WHERE id = 1"), "1");
    refused(&outcome.unwrap_err());
    assert_eq!(db.cell("SELECT count(*) FROM t"), "1");
}

fn a_statement_with_settings_of_its_own_runs_once(db: Scratch) {
    let up = "SET STATEMENT lock_wait_timeout = 3 FOR INSERT INTO t VALUES (1);";
    stops_and_goes_on(&db, up, "INSERT INTO t VALUES (2);").unwrap();
    assert_eq!(db.rows("SELECT id FROM t ORDER BY id"), [["1"], ["2"]]);
}

fn an_id_that_was_kept_in_a_variable_is_not_made_up(db: Scratch) {
    db.rows("CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY, n int)");
    for value in ["@@last_insert_id", "@@identity", "LAST_INSERT_ID()"] {
        db.rows("DROP TABLE IF EXISTS t");
        db.rows("DROP TABLE IF EXISTS migrate_history");
        db.rows("DROP TABLE IF EXISTS migrate_version");
        let up = format!("INSERT INTO a (n) VALUES (1);\nSET @id = {value};");
        refused(&stops_and_goes_on(&db, &up, "INSERT INTO t VALUES (@id);").unwrap_err());
        assert_eq!(db.cell("SELECT count(*) FROM t"), "0", "{value}");
    }
}

/// A table that gives its rows their ids, a row in it, and the words for the id of that row.
fn with_ids(db: &Scratch) -> (&'static str, &'static str) {
    match db.kind() {
        ServerKind::Sqlite => ("CREATE TABLE a (id INTEGER PRIMARY KEY, n int)", "last_insert_rowid()"),
        ServerKind::Postgres => ("CREATE TABLE a (id serial, n int)", "lastval()"),
        ServerKind::Mariadb | ServerKind::Mysql => {
            ("CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY, n int)", "LAST_INSERT_ID()")
        }
        ServerKind::Mssql => ("CREATE TABLE a (id int IDENTITY PRIMARY KEY, n int)", "SCOPE_IDENTITY()"),
    }
}

fn the_last_id_of_a_lost_session_is_not_taken_for_zero(db: Scratch) {
    let (table, id) = with_ids(&db);
    db.rows(table);
    let mended = format!("INSERT INTO t VALUES ({id});");
    let error = stops_and_goes_on(&db, "INSERT INTO a (n) VALUES (1);", &mended).unwrap_err();
    refused(&error);
    assert_eq!(db.cell("SELECT count(*) FROM t"), "0");
    // The place is that of the statement that asks for the id.
    assert_eq!(error.place().unwrap().position.line, if db.kind() == ServerKind::Mssql { 7 } else { 6 });
}

fn the_last_id_of_this_session_is_good(db: Scratch) {
    let (table, id) = with_ids(&db);
    db.rows(table);
    let mended = format!("INSERT INTO a (n) VALUES (2);\nINSERT INTO t VALUES ({id});");
    stops_and_goes_on(&db, "INSERT INTO a (n) VALUES (1);", &mended).unwrap();
    assert_eq!(db.cell("SELECT id FROM t"), "2");
}

fn a_role_that_was_given_back_is_given_back_again(db: Scratch) {
    let role = format!("{}_role", db.name);
    db.rows(&format!("CREATE ROLE {role}"));
    db.rows(&format!("GRANT ALL ON SCHEMA public TO {role}"));
    let up = format!("SET ROLE {role};\nCREATE TABLE u (id int);\nRESET ROLE;");
    let outcome = stops_and_goes_on(&db, &up, "CREATE TABLE v (id int);");
    let owners = db.rows("SELECT tableowner FROM pg_tables WHERE tablename IN ('u', 'v') ORDER BY tablename");
    db.rows(&format!("DROP OWNED BY {role} CASCADE"));
    db.rows(&format!("DROP ROLE {role}"));
    outcome.unwrap();
    assert_eq!(owners, [[role], ["postgres".to_owned()]]);
}

fn an_attached_database_is_attached_again(db: Scratch) {
    let other = db.folder().join("other.db");
    let up = format!("ATTACH '{}' AS other;\nCREATE TABLE other.u (id int);", other.display());
    stops_and_goes_on(&db, &up, "INSERT INTO other.u VALUES (1);").unwrap();
}

fn words_that_only_look_temporary_are_no_hindrance(db: Scratch) {
    let temporary = if db.kind() == ServerKind::Mssql { "[temp]" } else { "temp" };
    let up = format!("CREATE TABLE readings ({temporary} int, note varchar(9) DEFAULT '#1');");
    stops_and_goes_on(&db, &up, "INSERT INTO t VALUES (2);").unwrap();
    assert_eq!(db.heads(), ["bbbb"]);
}
