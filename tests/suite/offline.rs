//! `--sql`: a script that the engine's own client runs leaves what a run leaves, and stops where it does not belong.

use std::fs;

use migrate_runtime::{Migrator, blocking};
use migrate_tests::{Modelled, Project, Scratch, ServerKind};

use crate::{EVERYWHERE, promises};

promises! {
    a_script_does_what_a_run_does on EVERYWHERE;
    a_script_goes_on_where_another_ended on EVERYWHERE;
    a_script_refuses_a_database_that_is_elsewhere on EVERYWHERE;
    a_script_refuses_a_history_that_was_edited on EVERYWHERE;
    a_script_that_fails_leaves_what_a_run_leaves on EVERYWHERE;
    a_stamp_is_a_script_too on EVERYWHERE;
    what_a_revision_sets_does_not_outlast_it on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    statements_without_a_transaction_are_journaled on &[ServerKind::Postgres];
    a_rebuilt_table_keeps_its_children on &[ServerKind::Sqlite];
    the_command_writes_a_script on &[ServerKind::Sqlite];
}

/// Tables, rows, a program with semicolons, texts that look like comments, a merge.
fn shop(db: &Scratch) -> Project {
    let trigger = match db.kind() {
        ServerKind::Sqlite => {
            "CREATE TRIGGER upper_name AFTER INSERT ON users BEGIN UPDATE users SET name = upper(name) WHERE id = NEW.id; END;"
        }
        ServerKind::Postgres => {
            "CREATE FUNCTION upper_name() RETURNS trigger AS $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$ LANGUAGE plpgsql;\n\
             CREATE TRIGGER upper_name BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION upper_name();"
        }
        ServerKind::Mariadb | ServerKind::Mysql => {
            "-- migrate:begin\nCREATE TRIGGER upper_name BEFORE INSERT ON users FOR EACH ROW BEGIN SET NEW.name = upper(NEW.name); END\n-- migrate:end"
        }
        ServerKind::Mssql => {
            "CREATE TRIGGER upper_name ON users AFTER INSERT AS BEGIN UPDATE u SET name = upper(u.name) FROM users u JOIN inserted i ON i.id = u.id; END"
        }
    };
    let untrigger = match db.kind() {
        ServerKind::Postgres => "DROP TRIGGER upper_name ON users;\nDROP FUNCTION upper_name();",
        _ => "DROP TRIGGER upper_name;",
    };
    Project::new(db.kind().dialect())
        .with("aaaa", "", "CREATE TABLE users (id int PRIMARY KEY, name varchar(40));\n", "DROP TABLE users;")
        .with("bbbb", "aaaa", trigger, untrigger)
        .with(
            "cccc",
            "bbbb",
            "INSERT INTO users VALUES (1, 'semi;colon');\nINSERT INTO users VALUES (2, '-- ''no'' comment');",
            "DELETE FROM users;",
        )
        .with(
            "dddd",
            "aaaa",
            "CREATE TABLE orders (id int PRIMARY KEY, note varchar(20));",
            "DROP TABLE orders;",
        )
        .with(
            "eeee",
            "cccc, dddd",
            "CREATE INDEX ix_note ON orders (note);",
            match db.kind() {
                ServerKind::Mariadb | ServerKind::Mysql | ServerKind::Mssql => {
                    "DROP INDEX ix_note ON orders;"
                }
                ServerKind::Sqlite | ServerKind::Postgres => "DROP INDEX ix_note;",
            },
        )
}

fn migrator(project: &Project) -> Migrator<'static> {
    Migrator::new(project.versions()).operator("the tests")
}

/// What the two tables of ours hold, without times.
fn records(db: &Scratch) -> [Vec<Vec<String>>; 2] {
    let mut heads = db.rows("SELECT revision, lineage FROM migrate_version");
    heads.sort();
    let journal = "SELECT revision, direction, COALESCE(checksum, ''), statements, attempted, who, \
                   CASE WHEN finished IS NULL THEN 'open' ELSE 'done' END FROM migrate_history ORDER BY id";
    let journal = match db.kind() {
        ServerKind::Mssql => journal.replace("statements, attempted", "STR(statements), STR(attempted)"),
        _ => journal.to_owned(),
    };
    [heads, db.rows(&journal)]
}

fn users(db: &Scratch) -> Vec<Vec<String>> {
    db.rows("SELECT name FROM users ORDER BY id")
}

/// The dump of one database under the name of another.
fn dump_as(db: &Scratch, other: &Scratch) -> String {
    db.dump().replace(&db.name, &other.name)
}

fn a_script_does_what_a_run_does(db: Scratch) {
    let (run, project) = (Scratch::new(&db.server), shop(&db));
    let migrator = migrator(&project);
    blocking::Migrator::new(migrator.clone()).upgrade(&run.url, "head").unwrap();
    let script = migrator.upgrade_sql(db.kind().dialect(), "head").unwrap();
    assert_eq!((script.revisions.len(), &*script.to), (5, &["eeee".to_owned()][..]));
    assert!(script.sql.lines().all(|line| line.trim_end() == line), "{}", script.sql);
    db.client(&script.sql).unwrap_or_else(|said| panic!("{said}\n{}", script.sql));
    assert_eq!(users(&db), [["SEMI;COLON"], ["-- 'NO' COMMENT"]]);
    assert_eq!(users(&db), users(&run));
    assert_eq!(dump_as(&db, &run), run.dump());
    assert_eq!(records(&db), records(&run));
    blocking::Migrator::new(migrator.clone()).verify(&db.url).unwrap();

    let online = blocking::Migrator::new(migrator.clone());
    online.downgrade(&run.url, "aaaa").unwrap();
    let script = migrator.downgrade_sql(db.kind().dialect(), "head:aaaa").unwrap();
    db.client(&script.sql).unwrap_or_else(|said| panic!("{said}\n{}", script.sql));
    assert_eq!(dump_as(&db, &run), run.dump());
    assert_eq!(records(&db), records(&run));
    assert_eq!(db.heads(), ["aaaa"]);
}

fn a_script_goes_on_where_another_ended(db: Scratch) {
    let migrator = migrator(&shop(&db));
    let dialect = db.kind().dialect();
    for range in ["cccc", "cccc:heads"] {
        let script = migrator.upgrade_sql(dialect, range).unwrap();
        db.client(&script.sql).unwrap_or_else(|said| panic!("{range}: {said}\n{}", script.sql));
    }
    blocking::Migrator::new(migrator).verify(&db.url).unwrap();
}

fn a_script_refuses_a_database_that_is_elsewhere(db: Scratch) {
    let migrator = migrator(&shop(&db));
    let dialect = db.kind().dialect();
    // An empty one.
    let later = migrator.upgrade_sql(dialect, "cccc:head").unwrap();
    let said = db.client(&later.sql).unwrap_err();
    assert!(said.contains("cccc") || said.contains("migrate_version"), "{said}");
    assert!(!db.has_table("users") && !db.has_table("orders"), "{said}");
    // Run twice.
    let first = migrator.upgrade_sql(dialect, "bbbb").unwrap();
    db.client(&first.sql).unwrap();
    let before = (db.dump(), records(&db));
    let said = db.client(&first.sql).unwrap_err();
    assert!(said.contains("base"), "{said}");
    let said = db.client(&later.sql).unwrap_err();
    assert!(said.contains("cccc"), "{said}");
    assert_eq!((db.dump(), records(&db)), before);
    // While a revision is under way, or was interrupted.
    let now = match db.kind() {
        ServerKind::Mssql => "SYSUTCDATETIME()",
        _ => "CURRENT_TIMESTAMP",
    };
    let columns = "revision, direction, statements, attempted, started, tool, who";
    db.rows(&format!(
        "INSERT INTO migrate_history ({columns}) VALUES ('cccc', 'up', 0, 0, {now}, 'cargo-migrate', 'somebody')"
    ));
    let next = migrator.upgrade_sql(dialect, "bbbb:head").unwrap();
    let said = db.client(&next.sql).unwrap_err();
    assert!(said.contains("revision stopped half way"), "{said}");
    assert_eq!(db.dump(), before.0);
}

fn a_script_refuses_a_history_that_was_edited(db: Scratch) {
    let project = shop(&db);
    let dialect = db.kind().dialect();
    db.client(&migrator(&project).upgrade_sql(dialect, "aaaa").unwrap().sql).unwrap();
    let edited = project.with("aaaa", "", "CREATE TABLE users (id int PRIMARY KEY);\n", "DROP TABLE users;");
    let said = db.client(&migrator(&edited).upgrade_sql(dialect, "aaaa:head").unwrap().sql).unwrap_err();
    assert!(said.contains("a revision was edited") || said.contains("aaaa"), "{said}");
    assert_eq!(db.heads(), ["aaaa"]);
    assert!(!db.has_table("orders"));
}

fn a_script_that_fails_leaves_what_a_run_leaves(db: Scratch) {
    let broken = |last: &str| {
        Project::new(db.kind().dialect()).with("aaaa", "", "CREATE TABLE a (id int);", "DROP TABLE a;").with(
            "bbbb",
            "aaaa",
            &format!("CREATE TABLE b (id int);\nINSERT INTO b VALUES (1);\nINSERT INTO {last} VALUES (2);"),
            "DROP TABLE b;",
        )
    };
    let (run, migrator) = (Scratch::new(&db.server), migrator(&broken("nowhere")));
    let online = blocking::Migrator::new(migrator.clone());
    online.upgrade(&run.url, "head").unwrap_err();
    let script = migrator.upgrade_sql(db.kind().dialect(), "head").unwrap();
    let said = db.client(&script.sql).unwrap_err();
    assert!(said.contains("nowhere"), "{said}");
    assert_eq!(dump_as(&db, &run), run.dump());
    assert_eq!(db.heads(), ["aaaa"]);
    assert_eq!(db.has_table("b"), matches!(db.kind(), ServerKind::Mariadb | ServerKind::Mysql));
    // Mended, the program goes on where the script stopped.
    let mended = self::migrator(&broken("b"));
    blocking::Migrator::new(mended).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM b WHERE id > 0 AND id < 3"), "2");
}

fn a_stamp_is_a_script_too(db: Scratch) {
    let migrator = migrator(&shop(&db));
    let dialect = db.kind().dialect();
    db.client(&migrator.stamp_sql(dialect, &["cccc", "dddd"]).unwrap().sql).unwrap();
    assert_eq!(db.heads(), ["cccc", "dddd"]);
    assert!(!db.has_table("users"));
    // Both heads have to be there.
    let said = db.client(&migrator.stamp_sql(dialect, &["cccc:eeee"]).unwrap().sql).unwrap_err();
    assert!(said.contains("cccc"), "{said}");
    db.client(&migrator.stamp_sql(dialect, &["heads:base"]).unwrap().sql).unwrap_err();
    assert_eq!(db.heads(), ["cccc", "dddd"]);
    assert_eq!(db.cell("SELECT count(*) FROM migrate_history WHERE direction = 'stamp'"), "2");
}

fn what_a_revision_sets_does_not_outlast_it(db: Scratch) {
    let (set, probe) = match db.kind() {
        ServerKind::Postgres => (
            "CREATE SCHEMA other;\nSET search_path = other;\nCREATE TABLE here (id int);",
            "CREATE TABLE there (id int);",
        ),
        _ => (
            "SET SESSION foreign_key_checks = 0;\nCREATE TABLE here (id int);",
            "CREATE TABLE there AS SELECT @@SESSION.foreign_key_checks AS id;",
        ),
    };
    let project = Project::new(db.kind().dialect()).with("aaaa", "", set, "").with("bbbb", "aaaa", probe, "");
    db.client(&migrator(&project).upgrade_sql(db.kind().dialect(), "head").unwrap().sql).unwrap();
    assert_eq!(db.heads(), ["bbbb"]);
    match db.kind() {
        ServerKind::Postgres => {
            let schema = |table: &str| {
                db.cell(&format!("SELECT schemaname::text FROM pg_tables WHERE tablename = '{table}'"))
            };
            assert_eq!((&*schema("here"), &*schema("there")), ("other", "public"));
        }
        _ => assert_eq!(db.cell("SELECT id FROM there"), "1"),
    }
}

fn statements_without_a_transaction_are_journaled(db: Scratch) {
    let file = |index: &str| {
        format!(
            "-- index\n-- Revision: bbbb\n-- Revises: aaaa\n\n-- migrate:up\nALTER TABLE a ADD COLUMN n int;\n\n\
             -- migrate:up transaction:off\nCREATE INDEX CONCURRENTLY ix_a ON a ({index});\n\n-- migrate:down\n"
        )
    };
    let project = |index: &str| {
        Project::new(db.kind().dialect())
            .with("aaaa", "", "CREATE TABLE a (id int);", "")
            .with_file("versions/bbbb.sql", &file(index))
    };
    let dialect = db.kind().dialect();
    let said = db.client(&migrator(&project("m")).upgrade_sql(dialect, "head").unwrap().sql).unwrap_err();
    assert!(said.contains("column \"m\" does not exist"), "{said}");
    assert_eq!(
        db.cell("SELECT statements || ' of ' || attempted FROM migrate_history WHERE finished IS NULL"),
        "1 of 2"
    );
    let other = Scratch::new(&db.server);
    other.client(&migrator(&project("n")).upgrade_sql(dialect, "head").unwrap().sql).unwrap();
    assert_eq!(
        other.cell("SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'ix_a'::regclass"),
        "true"
    );
}

fn a_rebuilt_table_keeps_its_children(db: Scratch) {
    let rebuild = |rows: &str| {
        format!(
            "PRAGMA foreign_keys = OFF;\nCREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n\
             INSERT INTO new_parent SELECT id, 'x' FROM parent{rows};\nDROP TABLE parent;\n\
             ALTER TABLE new_parent RENAME TO parent;"
        )
    };
    let project = |rows: &str| {
        Project::new(db.kind().dialect())
            .with(
                "aaaa",
                "",
                "CREATE TABLE parent (id INTEGER PRIMARY KEY);\n\
                 CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id) ON DELETE CASCADE);\n\
                 INSERT INTO parent VALUES (1), (2);\nINSERT INTO child VALUES (1, 1), (2, 2);",
                "",
            )
            .with("bbbb", "aaaa", &rebuild(rows), "")
    };
    let dialect = db.kind().dialect();
    let said = db
        .client(&migrator(&project(" WHERE id = 1")).upgrade_sql(dialect, "head").unwrap().sql)
        .unwrap_err();
    assert!(said.contains("every row refers to a row that is there"), "{said}");
    assert_eq!((db.heads(), &*db.cell("SELECT count(*) FROM parent")), (vec!["aaaa".to_owned()], "2"));
    let script = migrator(&project("")).upgrade_sql(dialect, "aaaa:head").unwrap();
    db.client(&script.sql).unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM child"), "2");
}

fn the_command_writes_a_script(db: Scratch) {
    let project = Modelled::new(&db, &["sqlite", "postgres"]);
    let write = |id: &str, revises: &str, up: &str| {
        let text = migrate_tests::revision(id, revises, up, "DROP TABLE t;");
        fs::write(project.path(&format!("migrations/versions/{id}.sql")), text).unwrap();
    };
    write("aaaa01", "", "CREATE TABLE t (id int);");
    write("aaaa02", "aaaa01", "CREATE TABLE u (id int);");
    let out = project.ok(&["upgrade", "--sql", "--tag", "OPS-7"]);
    assert!(
        out.starts_with("-- Upgrade base -> aaaa02, for SQLite.") && out.contains("\n-- Tag: OPS-7\n"),
        "{out}"
    );
    assert!(!std::path::Path::new(&db.name).exists(), "no database is asked");
    db.client(&out).unwrap();
    assert_eq!(db.heads(), ["aaaa02"]);
    assert!(project.ok(&["upgrade", "aaaa01:head", "--sql", "--dialect", "postgres"]).contains("psql"));
    assert!(project.ok(&["stamp", "head", "--sql"]).starts_with("-- Stamp base -> aaaa02"));
    let json = project.ok(&["downgrade", "head:base", "--sql", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["revisions"][0], &json["to"]), (&"aaaa02".into(), &serde_json::json!([])));
    for (code, arguments, expected) in [
        (2, &["upgrade", "head:aaaa01", "--sql"][..], "leads down, not up"),
        (2, &["downgrade", "aaaa01:head", "--sql"], "leads up, not down"),
        (2, &["downgrade", "-1", "--sql"], "must know where it begins"),
        (1, &["upgrade", "--sql", "--dialect", "mysql"], "not written for mysql"),
        (2, &["upgrade", "--sql", "--dialect", "oracle"], "oracle"),
        (2, &["upgrade", "--sql", "--dry-run"], "cannot be used with"),
        (2, &["upgrade", "--tag", "x"], "--sql"),
        (1, &["upgrade", "zzzz:head", "--sql"], "zzzz"),
    ] {
        let (out, said) = project.fails(code, arguments);
        assert!(out.is_empty() && said.contains(expected), "{arguments:?}: {out}{said}");
    }
    write("aaaa03", "aaaa02", "-- migrate:call backfill");
    let (out, said) = project.fails(1, &["upgrade", "--sql"]);
    assert!(out.is_empty() && said.contains("`backfill`") && said.contains("aaaa03.sql:"), "{said}");
}
