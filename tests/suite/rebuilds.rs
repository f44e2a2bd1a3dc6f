//! Tables made anew on SQLite: foreign keys are off while that lasts, nothing goes along, and nothing is left dangling.

use std::time::Duration;

use migrate_runtime::{Code, Detail, Migrator, TransactionMode, blocking};
use migrate_tests::{Project, Scratch};

use crate::{
    fixtures::{SQLITE, migrator},
    promises,
};

promises! {
    populated_children_survive_a_rebuild_of_their_parent on SQLITE;
    a_rebuild_that_leaves_a_row_without_its_parent_is_rolled_back on SQLITE;
    rows_that_were_wrong_before_are_no_obstacle on SQLITE;
    a_view_that_names_what_is_gone_stops_the_rebuild on SQLITE;
    a_callers_foreign_keys_come_back on SQLITE;
    a_caller_who_gives_up_gets_a_connection_as_it_was on SQLITE;
    foreign_keys_are_off_for_all_in_one_transaction on SQLITE;
    the_next_revision_has_foreign_keys_again on SQLITE;
    a_part_of_a_script_is_checked_like_a_whole_one on SQLITE;
    what_a_part_of_a_script_breaks_is_not_committed on SQLITE;
}

const TABLES: &str = "CREATE TABLE teams (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    team INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    boss INTEGER REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX ix_teams_name ON teams (name);
CREATE TRIGGER team_gone AFTER DELETE ON teams BEGIN DELETE FROM log; END;
CREATE TABLE log (entry TEXT);
CREATE VIEW members AS SELECT teams.name, users.id FROM teams JOIN users ON users.team = teams.id;
INSERT INTO teams (id, name) VALUES (1, 'one'), (2, 'two'), (9, 'nine');
DELETE FROM teams WHERE id = 9;
INSERT INTO users VALUES (1, 1, NULL), (2, 1, 1), (3, 2, 1);
INSERT INTO log VALUES ('kept');";

/// The tables anew, as the renderer writes it.
fn rebuild(columns: &str, copied: &str) -> String {
    format!(
        "PRAGMA foreign_keys = OFF;
CREATE TABLE new_teams (id INTEGER PRIMARY KEY AUTOINCREMENT, {columns});
INSERT INTO new_teams (id, {copied}) SELECT id, {copied} FROM teams;
UPDATE sqlite_sequence SET seq = old.seq FROM sqlite_sequence AS old
WHERE sqlite_sequence.name = 'new_teams' AND old.name = 'teams';
DROP TABLE teams;
PRAGMA legacy_alter_table = ON;
ALTER TABLE new_teams RENAME TO teams;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX ix_teams_name ON teams (name);
CREATE TRIGGER team_gone AFTER DELETE ON teams BEGIN DELETE FROM log; END;"
    )
}

fn project(db: &Scratch) -> Project {
    let up = rebuild("name TEXT NOT NULL", "name");
    let down = rebuild("name TEXT", "name");
    Project::new(db.kind().dialect()).with("aaaa", "", TABLES, "SELECT 1;").with("bbbb", "aaaa", &up, &down)
}

/// How many rows each table has, and what else a rebuild must not change.
fn counts(db: &Scratch) -> Vec<Vec<String>> {
    db.rows(
        "SELECT (SELECT count(*) FROM teams), (SELECT count(*) FROM users), (SELECT count(*) FROM users WHERE boss = 1), \
         (SELECT count(*) FROM log), (SELECT count(*) FROM members), \
         (SELECT seq FROM sqlite_sequence WHERE name = 'teams'), \
         (SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE name NOT LIKE '%migrate%' ORDER BY name)), \
         (SELECT count(*) FROM pragma_foreign_key_check)",
    )
}

fn is_required(db: &Scratch) -> String {
    db.cell("SELECT \"notnull\" FROM pragma_table_xinfo('teams') WHERE name = 'name'")
}

fn populated_children_survive_a_rebuild_of_their_parent(db: Scratch) {
    let migrator = migrator(&project(&db));
    migrator.upgrade(&db.url, "aaaa").unwrap();
    let before = counts(&db);
    assert_eq!(before[0][..6], ["2", "3", "2", "1", "3", "9"]);
    for _ in 0..2 {
        migrator.upgrade(&db.url, "head").unwrap();
        assert_eq!((counts(&db), is_required(&db)), (before.clone(), "1".to_owned()));
        migrator.downgrade(&db.url, "-1").unwrap();
        assert_eq!((counts(&db), is_required(&db)), (before.clone(), "0".to_owned()));
    }
}

fn a_rebuild_that_leaves_a_row_without_its_parent_is_rolled_back(db: Scratch) {
    let broken = rebuild("name TEXT NOT NULL", "name") + "\nDELETE FROM teams WHERE id = 2;";
    let project = project(&db).with("bbbb", "aaaa", &broken, "SELECT 1;");
    let migrator = migrator(&project);
    migrator.upgrade(&db.url, "aaaa").unwrap();
    let before = counts(&db);
    let error = migrator.upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::StatementFailed);
    assert_eq!(
        error.message(),
        "revision bbbb: 1 row of users refers to a row of teams that is not there, the first with the rowid 3"
    );
    assert_eq!(error.place().unwrap().position.line, 6, "{error:?}");
    assert!(error.details().contains(&("rowids", Detail::List(vec!["3".to_owned()]))), "{error:?}");
    assert_eq!(
        (counts(&db), is_required(&db), db.heads()),
        (before, "0".to_owned(), vec!["aaaa".to_owned()])
    );
}

fn rows_that_were_wrong_before_are_no_obstacle(db: Scratch) {
    let migrator = migrator(&project(&db));
    migrator.upgrade(&db.url, "aaaa").unwrap();
    let connection = rusqlite::Connection::open(&db.name).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO users VALUES (4, 77, NULL)").unwrap();
    migrator.upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM users"), "4");
}

fn a_view_that_names_what_is_gone_stops_the_rebuild(db: Scratch) {
    let broken = rebuild("title TEXT", "title")
        .replace("SELECT id, title", "SELECT id, name")
        .replace("(name)", "(title)");
    let error = {
        let migrator = migrator(&project(&db).with("bbbb", "aaaa", &broken, "SELECT 1;"));
        migrator.upgrade(&db.url, "head").unwrap_err()
    };
    assert!(error.message().contains("view members: no such column: teams.name"), "{error:?}");
    assert!(error.help().unwrap().contains("create it again"), "{error:?}");
    assert_eq!(db.heads(), ["aaaa"]);

    let mended = format!("DROP VIEW members;\n{broken}\nCREATE VIEW members AS SELECT title FROM teams;");
    migrator(&project(&db).with("bbbb", "aaaa", &mended, "SELECT 1;")).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM members"), "2");
}

fn foreign_keys(connection: &rusqlite::Connection) -> i64 {
    connection.query_row("PRAGMA foreign_keys", [], |row| row.get(0)).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn a_callers_foreign_keys_come_back(db: Scratch) {
    let broken = rebuild("name TEXT", "name") + "\nDELETE FROM teams;";
    for (number, setting) in [0, 1].into_iter().enumerate() {
        let file = db.folder().join(format!("callers{number}.db"));
        let mut connection = rusqlite::Connection::open(file).unwrap();
        connection.pragma_update(None, "foreign_keys", setting).unwrap();
        let good = project(&db).versions();
        runtime().block_on(Migrator::new(good).upgrade(&mut connection, "head")).unwrap();
        assert_eq!(foreign_keys(&connection), setting);
        let bad = project(&db).with("cccc", "bbbb", &broken, "SELECT 1;").versions();
        runtime().block_on(Migrator::new(bad).upgrade(&mut connection, "head")).unwrap_err();
        assert_eq!(foreign_keys(&connection), setting);
        let users: i64 = connection.query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap();
        assert_eq!(users, 3);
        assert!(connection.is_autocommit());
    }
}

fn a_caller_who_gives_up_gets_a_connection_as_it_was(db: Scratch) {
    let up = rebuild("name TEXT NOT NULL", "name") + "\n-- migrate:call forever";
    let versions = project(&db).with("bbbb", "aaaa", &up, "SELECT 1;").versions();
    let migrator =
        Migrator::new(versions).step("forever", |_| Box::pin(async { std::future::pending().await }));
    let mut connection = rusqlite::Connection::open(&db.name).unwrap();
    connection.pragma_update(None, "foreign_keys", 1).unwrap();
    runtime().block_on(async {
        let upgrade = migrator.upgrade(&mut connection, "head");
        tokio::time::timeout(Duration::from_millis(200), upgrade).await.unwrap_err();
    });
    assert_eq!(foreign_keys(&connection), 1);
    assert!(connection.is_autocommit());
    assert_eq!((is_required(&db), db.heads()), ("0".to_owned(), vec!["aaaa".to_owned()]));
}

fn foreign_keys_are_off_for_all_in_one_transaction(db: Scratch) {
    let project = project(&db).with("cccc", "bbbb", "INSERT INTO users VALUES (4, 2, 3);", "SELECT 1;");
    let all = |project: &Project| {
        blocking::Migrator::new(Migrator::new(project.versions()).transaction_mode(TransactionMode::All))
    };
    all(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM users"), "4");
    // What would have been deleted along with it is not: so that is told, and nothing stays.
    let up = rebuild("name TEXT", "name");
    let project = project.with("dddd", "cccc", "DELETE FROM teams WHERE id = 1;", "SELECT 1;").with(
        "eeee",
        "dddd",
        &up,
        "SELECT 1;",
    );
    let error = all(&project).upgrade(&db.url, "head").unwrap_err();
    assert!(error.message().contains("revision dddd: 2 rows of users refer to a row of teams"), "{error:?}");
    assert_eq!(
        (db.cell("SELECT count(*) FROM teams"), db.heads()),
        ("2".to_owned(), vec!["cccc".to_owned()])
    );
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM users"), "2");
}

fn the_next_revision_has_foreign_keys_again(db: Scratch) {
    let project = project(&db).with("cccc", "bbbb", "DELETE FROM teams WHERE id = 1;", "SELECT 1;");
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.rows("SELECT id, boss FROM users"), [["3", "NULL"]]);
}

fn in_parts(up: &str) -> String {
    format!(
        "-- in parts\n-- Revision: bbbb\n-- Revises: aaaa\n-- migrate:up transaction:off\nINSERT INTO log VALUES ('first');\n\
         -- migrate:up\n{up}\n-- migrate:down\n"
    )
}

fn a_part_of_a_script_is_checked_like_a_whole_one(db: Scratch) {
    let text = in_parts(&rebuild("name TEXT NOT NULL", "name"));
    let migrator = migrator(&project(&db).with_file("versions/bbbb.sql", &text));
    migrator.upgrade(&db.url, "aaaa").unwrap();
    let before = counts(&db);
    migrator.upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM log"), "2");
    db.rows("DELETE FROM log WHERE entry = 'first'");
    assert_eq!(counts(&db), before);
}

fn what_a_part_of_a_script_breaks_is_not_committed(db: Scratch) {
    let text = in_parts(&(rebuild("name TEXT NOT NULL", "name") + "\nDELETE FROM teams;"));
    let project = project(&db).with_file("versions/bbbb.sql", &text);
    let error = migrator(&project).upgrade(&db.url, "head").unwrap_err();
    assert!(error.message().contains("3 rows of users refer to a row of teams"), "{error:?}");
    assert!(error.help().unwrap().contains("the first 1 of"), "{error:?}");
    assert_eq!(db.cell("SELECT count(*) FROM teams"), "2");
    let mended = in_parts(&rebuild("name TEXT NOT NULL", "name"));
    migrator_of(&project, &mended).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM users"), "3");
    assert_eq!(db.cell("SELECT count(*) FROM log WHERE entry = 'first'"), "1");
}

fn migrator_of(project: &Project, text: &str) -> blocking::Migrator<'static> {
    migrator(&project.clone().with_file("versions/bbbb.sql", text))
}
