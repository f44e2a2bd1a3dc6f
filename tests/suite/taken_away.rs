//! What only one database has of a table: a revision that makes the table anew on SQLite, and knows nothing of it, does not
//! take it away silently.

use migrate_runtime::{Code, Detail, Error, Migrator, TransactionMode, blocking};
use migrate_tests::{Project, Scratch};

use crate::{
    fixtures::{SQLITE, migrator},
    promises,
};

promises! {
    what_only_this_database_has_stops_the_rebuild on SQLITE;
    the_way_back_takes_nothing_away_either on SQLITE;
    what_the_revision_names_may_go on SQLITE;
    what_the_other_way_names_may_go on SQLITE;
    a_column_that_the_history_has_made_may_go on SQLITE;
    a_column_of_the_same_name_is_another_one on SQLITE;
    an_index_goes_with_its_column on SQLITE;
    what_is_kept_is_no_loss on SQLITE;
    a_table_that_is_thrown_away_takes_all_along on SQLITE;
    what_a_renamed_table_has_is_known_by_its_names on SQLITE;
    without_a_transaction_nothing_is_dropped on SQLITE;
    a_part_of_a_script_is_watched_like_a_whole_one on SQLITE;
    all_in_one_transaction_are_watched on SQLITE;
    other_objects_are_left_to_themselves on SQLITE;
}

const TABLES: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, UNIQUE (name));
CREATE TABLE log (m TEXT);
CREATE INDEX ix_users_name ON users (name);
INSERT INTO users VALUES (1, 'a'), (2, 'b');";

/// The table anew, without any word of the rest.
fn rebuild(ty: &str) -> String {
    format!(
        "PRAGMA foreign_keys = OFF;
CREATE TABLE new_users (id INTEGER PRIMARY KEY, name {ty}, UNIQUE (name));
INSERT INTO new_users (id, name) SELECT id, name FROM users;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;
CREATE INDEX ix_users_name ON users (name);"
    )
}

fn project(db: &Scratch) -> Project {
    Project::new(db.kind().dialect()).with("aaaa", "", TABLES, "DROP TABLE users; DROP TABLE log;")
}

fn with(db: &Scratch, up: &str) -> Project {
    project(db).with("bbbb", "aaaa", up, "SELECT 1;")
}

/// What nobody knows of but this database.
fn add_strangers(db: &Scratch) {
    for sql in [
        "ALTER TABLE users ADD COLUMN nick TEXT",
        "UPDATE users SET nick = 'n' WHERE id = 1",
        "CREATE INDEX manual ON users (name)",
        "CREATE TRIGGER tr AFTER INSERT ON users BEGIN INSERT INTO log VALUES (new.name); END",
    ] {
        db.rows(sql);
    }
}

fn schema(db: &Scratch) -> Vec<Vec<String>> {
    db.rows(
        "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE '%migrate%' AND name NOT LIKE 'sqlite_%' \
         UNION ALL SELECT 'values', count(*) FROM users ORDER BY 1",
    )
}

fn lost(error: &Error) -> Vec<String> {
    let lost = error.details().iter().find(|(key, _)| *key == "lost");
    match lost {
        Some((_, Detail::List(lost))) => lost.clone(),
        other => panic!("{other:?} in {error:?}"),
    }
}

/// The upgrade is refused for this, and nothing of it stays.
fn is_refused(db: &Scratch, project: &Project, expected: &[&str]) -> Error {
    let before = schema(db);
    let heads = db.heads();
    let error = migrator(project).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::StatementFailed, "{error:?}");
    assert_eq!(lost(&error), expected);
    assert_eq!((schema(db), db.heads()), (before, heads));
    error
}

fn what_only_this_database_has_stops_the_rebuild(db: Scratch) {
    let project = with(&db, &rebuild("TEXT NOT NULL"));
    migrator(&project).upgrade(&db.url, "aaaa").unwrap();
    add_strangers(&db);
    let all = ["column users.nick (1 value)", "index manual on users", "trigger tr on users"];
    let error = is_refused(&db, &project, &all);
    assert_eq!(
        error.message(),
        "revision bbbb: making users anew would take away what the revision knows nothing of: column users.nick (1 value), \
         index manual on users, trigger tr on users"
    );
    assert_eq!(error.revision(), Some("bbbb"));
    assert_eq!(error.place().unwrap().position.line, 9, "{error:?}");
    let help = error.help().unwrap();
    assert!(help.contains("put it into the models"), "{help}");
    assert!(
        help.contains(
            "`ALTER TABLE \"users\" DROP COLUMN \"nick\"`; `DROP INDEX IF EXISTS \"manual\"`; `DROP TRIGGER IF EXISTS \"tr\"`"
        ),
        "{help}"
    );
    assert!(help.ends_with("the revision was rolled back: nothing of it stays"), "{help}");
    // Each alone is enough, and the help is what helps.
    db.rows("DROP TRIGGER tr");
    is_refused(&db, &project, &all[..2]);
    db.rows("ALTER TABLE users DROP COLUMN nick");
    is_refused(&db, &project, &all[1..2]);
    db.rows("DROP INDEX manual");
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM users"), "2");
}

fn the_way_back_takes_nothing_away_either(db: Scratch) {
    let project = project(&db).with("bbbb", "aaaa", &rebuild("TEXT NOT NULL"), &rebuild("TEXT"));
    migrator(&project).upgrade(&db.url, "head").unwrap();
    add_strangers(&db);
    let before = schema(&db);
    let error = migrator(&project).downgrade(&db.url, "-1").unwrap_err();
    assert_eq!(lost(&error).len(), 3, "{error:?}");
    assert_eq!((schema(&db), db.heads()), (before, vec!["bbbb".to_owned()]));
}

fn what_the_revision_names_may_go(db: Scratch) {
    let drops = "DROP INDEX IF EXISTS [Manual];\nDROP TRIGGER IF EXISTS main.\"tr\";\nALTER TABLE users DROP COLUMN nick;\n";
    let commented = rebuild("TEXT NOT NULL").replace("DROP TABLE", "-- manual, tr, users.nick\nDROP TABLE");
    migrator(&project(&db)).upgrade(&db.url, "head").unwrap();
    add_strangers(&db);
    is_refused(
        &db,
        &with(&db, &commented),
        &["column users.nick (1 value)", "index manual on users", "trigger tr on users"],
    );
    let named = format!("{drops}{}", rebuild("TEXT NOT NULL"));
    migrator(&with(&db, &named)).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT group_concat(name) FROM pragma_table_xinfo('users')"), "id,name");
}

fn what_the_other_way_names_may_go(db: Scratch) {
    // As autogenerate writes it: a column and an index go, and the way back brings them.
    let tables = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, nick TEXT UNIQUE);
CREATE INDEX ix_users_name ON users (name);
INSERT INTO users VALUES (1, 'a', 'n');";
    let up = "PRAGMA foreign_keys = OFF;
CREATE TABLE new_users (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO new_users (id, name) SELECT id, name FROM users;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;";
    let down = "PRAGMA foreign_keys = OFF;
CREATE TABLE new_users (id INTEGER PRIMARY KEY, name TEXT, nick TEXT UNIQUE);
INSERT INTO new_users (id, name) SELECT id, name FROM users;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;
CREATE INDEX ix_users_name ON users (name);";
    let project = Project::new(db.kind().dialect()).with("aaaa", "", tables, "DROP TABLE users;");
    let both = migrator(&project.with("bbbb", "aaaa", up, down));
    both.upgrade(&db.url, "head").unwrap();
    both.downgrade(&db.url, "-1").unwrap();
    assert_eq!(db.cell("SELECT group_concat(name) FROM pragma_table_xinfo('users')"), "id,name,nick");
    both.upgrade(&db.url, "head").unwrap();
}

fn a_column_that_the_history_has_made_may_go(db: Scratch) {
    let tables = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, nick TEXT UNIQUE);
INSERT INTO people VALUES (1, 'a', 'n');";
    let up = rebuild("TEXT").replace("users", "folk");
    let text = format!(
        "-- no way back\n-- Revision: cccc\n-- Revises: bbbb\n-- migrate:up\n{up}\n-- migrate:irreversible nick is gone\n"
    );
    let project = Project::new(db.kind().dialect())
        .with("aaaa", "", tables, "SELECT 1;")
        .with("bbbb", "aaaa", "ALTER TABLE people RENAME TO folk;", "SELECT 1;")
        .with_file("versions/cccc.sql", &text);
    migrator(&project).upgrade(&db.url, "bbbb").unwrap();
    db.rows("ALTER TABLE folk ADD COLUMN own TEXT");
    let error = migrator(&project).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(lost(&error), ["column folk.own (0 values)"]);
    db.rows("ALTER TABLE folk DROP COLUMN own");
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT group_concat(name) FROM pragma_table_xinfo('folk')"), "id,name");
}

fn a_column_of_the_same_name_is_another_one(db: Scratch) {
    // The revision adds what somebody has added here already.
    let up = rebuild("TEXT NOT NULL").replace("UNIQUE (name)", "nick TEXT, CHECK (nick <> '')");
    let project = with(&db, &up);
    migrator(&project).upgrade(&db.url, "aaaa").unwrap();
    db.rows("ALTER TABLE users ADD COLUMN nick TEXT");
    db.rows("UPDATE users SET nick = 'n'");
    let lost = "column users.nick (2 values, and a new column of this name has none of them)";
    is_refused(&db, &project, &[lost]);
    // Where nothing is in it, or it is copied, nothing is lost; nor where the history has made it.
    let copied = up.replace("id, name) SELECT id, name", "id, name, nick) SELECT id, name, nick");
    migrator(&with(&db, &copied)).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(nick) FROM users"), "2");
    migrator(&with(&db, &copied)).downgrade(&db.url, "-1").unwrap();
    // One that becomes computed was an ordinary one before, as the way back says.
    let computed = up.replace("nick TEXT", "nick TEXT AS (name)");
    is_refused(&db, &with(&db, &computed), &[lost]);
    let with_way_back = project.clone().with("bbbb", "aaaa", &computed, &copied);
    migrator(&with_way_back).upgrade(&db.url, "head").unwrap();
    migrator(&with_way_back).downgrade(&db.url, "-1").unwrap();
    let made = "ALTER TABLE users ADD COLUMN extra TEXT; UPDATE users SET extra = 'x';";
    let anew = up.replace("nick TEXT, CHECK (nick <> '')", "nick TEXT, extra TEXT AS (name)");
    let anew = anew.replace("id, name) SELECT id, name", "id, name, nick) SELECT id, name, nick");
    let project =
        with(&db, &copied).with("cccc", "bbbb", made, "SELECT 1;").with("dddd", "cccc", &anew, "SELECT 1;");
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT group_concat(extra) FROM users"), "a,b");
}

fn an_index_goes_with_its_column(db: Scratch) {
    let tables = TABLES
        .replace("name TEXT,", "name TEXT, nick TEXT,")
        .replace("'a'", "'a', 'x'")
        .replace("'b'", "'b', 'y'");
    let project = Project::new(db.kind().dialect()).with("aaaa", "", &tables, "SELECT 1;").with(
        "bbbb",
        "aaaa",
        &rebuild("TEXT"),
        "ALTER TABLE users ADD COLUMN nick TEXT;",
    );
    migrator(&project).upgrade(&db.url, "aaaa").unwrap();
    db.rows("CREATE INDEX by_nick ON users (lower(nick))");
    db.rows("CREATE INDEX some ON users (id) WHERE \"nick\" IS NULL");
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 'users'"), "1");
}

fn what_is_kept_is_no_loss(db: Scratch) {
    // A Rust step makes again whatever stood there, and nothing but the database names the columns.
    let up = "CREATE TABLE kept AS SELECT * FROM users;\nDROP TABLE users;
ALTER TABLE kept RENAME TO users;\n-- migrate:call bring_back";
    let project = with(&db, up);
    let brings_back = |indexes: &'static [&'static str]| {
        let migrator = Migrator::new(project.versions()).step("bring_back", move |context| {
            Box::pin(async move {
                for sql in indexes {
                    context.execute(sql).await?;
                }
                Ok(())
            })
        });
        blocking::Migrator::new(migrator)
    };
    let by_way = "CREATE TEMP TABLE kept AS SELECT * FROM users;\nDROP TABLE users;
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO users SELECT id, name FROM kept;";
    let index: &[&str] = &["CREATE INDEX ix_users_name ON users (name)"];
    brings_back(index).upgrade(&db.url, "aaaa").unwrap();
    add_strangers(&db);
    db.rows("DROP TRIGGER tr");
    let error = brings_back(index).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(lost(&error), ["index manual on users"]);
    is_refused(
        &db,
        &with(&db, by_way),
        &["column users.nick (1 value)", "index ix_users_name on users", "index manual on users"],
    );
    brings_back(&["CREATE INDEX ix_users_name ON users (name)", "CREATE INDEX manual ON users (name)"])
        .upgrade(&db.url, "head")
        .unwrap();
    assert_eq!(db.rows("SELECT nick FROM users ORDER BY id"), [["n"], ["NULL"]]);
}

fn a_table_that_is_thrown_away_takes_all_along(db: Scratch) {
    let up = "DROP TABLE users;\nCREATE TABLE users (key TEXT);\nDROP TABLE log;";
    migrator(&project(&db)).upgrade(&db.url, "head").unwrap();
    add_strangers(&db);
    migrator(&with(&db, up)).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT group_concat(name) FROM pragma_table_xinfo('users')"), "key");
}

fn what_a_renamed_table_has_is_known_by_its_names(db: Scratch) {
    let renamed = format!(
        "ALTER TABLE users RENAME TO people;\nALTER TABLE people RENAME COLUMN nick TO name;\n{}",
        rebuild("TEXT").replace("users", "people")
    );
    let tables = TABLES.replace("name", "nick");
    let project = Project::new(db.kind().dialect())
        .with("aaaa", "", &tables.replace("ix_users_nick", "ix_users_name"), "SELECT 1;")
        .with("bbbb", "aaaa", &renamed, "SELECT 1;");
    migrator(&project).upgrade(&db.url, "aaaa").unwrap();
    db.rows("ALTER TABLE users ADD COLUMN own TEXT");
    let error = migrator(&project).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(lost(&error), ["column users.own (0 values)"]);
    db.rows("ALTER TABLE users DROP COLUMN own");
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(name) FROM people"), "2");
}

fn without_a_transaction_nothing_is_dropped(db: Scratch) {
    let text = format!(
        "-- b\n-- Revision: bbbb\n-- Revises: aaaa\n-- migrate:up transaction:off\n{}\n-- migrate:down\n",
        rebuild("TEXT NOT NULL")
    );
    let project = project(&db).with_file("versions/bbbb.sql", &text);
    migrator(&project).upgrade(&db.url, "aaaa").unwrap();
    add_strangers(&db);
    let error = migrator(&project).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(lost(&error).len(), 3, "{error:?}");
    assert!(error.help().unwrap().contains("the first 3 of 6 statements"), "{error:?}");
    assert_eq!(db.cell("SELECT count(nick) FROM users"), "1");
    db.rows("DROP TRIGGER tr");
    db.rows("DROP INDEX manual");
    db.rows("ALTER TABLE users DROP COLUMN nick");
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.heads(), ["bbbb"]);
    assert_eq!(db.cell("SELECT count(*) FROM users"), "2");
}

fn a_part_of_a_script_is_watched_like_a_whole_one(db: Scratch) {
    let text = format!(
        "-- b\n-- Revision: bbbb\n-- Revises: aaaa\n-- migrate:up transaction:off\nINSERT INTO log VALUES ('first');\n\
         -- migrate:up\n{}\n-- migrate:down\n",
        rebuild("TEXT NOT NULL")
    );
    let project = project(&db).with_file("versions/bbbb.sql", &text);
    migrator(&project).upgrade(&db.url, "aaaa").unwrap();
    db.rows("CREATE INDEX manual ON users (name)");
    let error = migrator(&project).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(lost(&error), ["index manual on users"]);
    assert!(error.help().unwrap().contains("the first 1 of 7 statements"), "{error:?}");
    db.rows("DROP INDEX manual");
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM log"), "1");
}

fn all_in_one_transaction_are_watched(db: Scratch) {
    // The index that the second revision makes is known to the third as well as one that only this database has: not.
    let project = with(&db, "CREATE INDEX second ON users (name);").with(
        "cccc",
        "bbbb",
        &rebuild("TEXT NOT NULL"),
        "SELECT 1;",
    );
    let all =
        blocking::Migrator::new(Migrator::new(project.versions()).transaction_mode(TransactionMode::All));
    let error = all.upgrade(&db.url, "head").unwrap_err();
    assert_eq!(lost(&error), ["index second on users"]);
    assert!(error.help().unwrap().contains("all revisions of this run were rolled back"), "{error:?}");
    assert!(!db.has_table("users"));
}

fn other_objects_are_left_to_themselves(db: Scratch) {
    let rebuild =
        rebuild("TEXT NOT NULL").replace("ALTER TABLE", "PRAGMA legacy_alter_table = ON;\nALTER TABLE");
    let project = with(&db, &rebuild);
    migrator(&project).upgrade(&db.url, "aaaa").unwrap();
    for sql in [
        "CREATE TABLE other (id INTEGER PRIMARY KEY, a TEXT UNIQUE)",
        "CREATE INDEX own ON other (a)",
        "CREATE TRIGGER elsewhere AFTER INSERT ON other BEGIN INSERT INTO log VALUES (1); END",
        "CREATE VIEW names AS SELECT name FROM users",
        "CREATE TRIGGER on_view INSTEAD OF INSERT ON names BEGIN SELECT 1; END",
    ] {
        db.rows(sql);
    }
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(
        db.cell("SELECT count(*) FROM sqlite_schema WHERE name IN ('own', 'elsewhere', 'names', 'on_view')"),
        "4"
    );
}
