//! SQLite, from models to a migrated database: what a table that is made anew, or dropped, has around it.

use std::{fs, thread};

use migrate_tests::{Modelled, Scratch, ServerKind};

use crate::promises;

const SQLITE: &[ServerKind] = &[ServerKind::Sqlite];

promises! {
    a_dropped_table_takes_no_rows_of_others_along on SQLITE;
    full_text_finds_the_same_rows_after_a_rebuild on SQLITE;
    a_rebuild_beside_a_view_of_its_temporary_name on SQLITE;
    a_key_that_never_was_sound_stops_no_rebuild on SQLITE;
    a_primary_key_that_may_be_null_is_read_as_one on SQLITE;
    odd_keys_are_read_and_agree on SQLITE;
    a_change_without_sql_is_told_by_check on SQLITE;
    a_revision_that_is_empty_on_purpose_runs on SQLITE;
    a_text_that_looks_like_a_section_is_a_text on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    several_at_once_write_a_change_once on SQLITE;
    another_database_keeps_what_only_it_has on SQLITE;
    endless_source_is_refused on SQLITE;
    our_own_table_is_no_model on SQLITE;
}

fn model(table: &str, fields: &str) -> String {
    format!(
        "#[derive(migrate_runtime::Table)]\n#[table(name = \"{table}\")]\npub struct {table}_ {{ {fields} }}\n"
    )
}

/// A project on the database, with its tables as they are there.
fn on(db: &Scratch, models: &str) -> Modelled {
    let project = Modelled::new(db, &[db.kind().dialect().name()]);
    project.models(models);
    project
}

fn migrated(project: &Modelled, options: &[&str]) {
    project.ok(&[&["revision", "--autogenerate", "-m", "change"][..], options].concat());
    project.ok(&["upgrade"]);
    project.ok(&["check"]);
}

/// Puts a line into the section `[autogenerate]`.
fn exclude(project: &Modelled, pattern: &str) {
    let path = project.path("migrate.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}\n[autogenerate]\nexclude = [\"{pattern}\"]\n")).unwrap();
}

fn a_dropped_table_takes_no_rows_of_others_along(db: Scratch) {
    let project = on(&db, &model("p", "#[column(primary_key)] id: i64"));
    exclude(&project, "legacy_*");
    migrated(&project, &[]);
    db.rows("CREATE TABLE legacy_orders (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE)");
    db.rows("INSERT INTO p VALUES (1)");
    db.rows("INSERT INTO legacy_orders VALUES (7, 1)");
    // The way back of CREATE TABLE is no other.
    let (_, said) = project.fails(1, &["downgrade", "base"]);
    assert!(said.contains("1 row of legacy_orders refers to a row of p that is not there"), "{said}");
    project.models("");
    project.ok(&["revision", "--autogenerate", "-m", "drop", "--allow-drop", "p"]);
    let (_, said) = project.fails(1, &["upgrade"]);
    assert!(said.contains("1 row of legacy_orders refers to a row of p that is not there"), "{said}");
    assert_eq!(db.rows("SELECT * FROM legacy_orders"), [["7", "1"]]);
    db.rows("UPDATE legacy_orders SET p = NULL");
    project.ok(&["upgrade"]);
    assert!(!db.has_table("p"));
    assert_eq!(db.rows("SELECT * FROM legacy_orders"), [["7", "NULL"]]);
}

fn another_database_keeps_what_only_it_has(db: Scratch) {
    let users = |name: &str| {
        model(
            "users",
            &format!("#[column(primary_key, identity)] id: i64, {name}, #[column(unique)] code: Option<i32>"),
        ) + &model("log", "#[column(primary_key, identity)] id: i64, m: Option<String>")
    };
    let project = on(&db, &users("name: Option<String>"));
    migrated(&project, &[]);
    let other = db.folder().join("production.db");
    fs::copy(&db.name, &other).unwrap();
    let url = format!("sqlite:{}", other.display());
    let production = rusqlite::Connection::open(&other).unwrap();
    production
        .execute_batch(
            "ALTER TABLE users ADD COLUMN vip INTEGER;
             INSERT INTO users (name, vip) VALUES ('a', 1);
             CREATE TRIGGER t AFTER INSERT ON users BEGIN INSERT INTO log (m) VALUES (new.name); END;
             CREATE INDEX manual ON users (name);",
        )
        .unwrap();
    let refused = |arguments: &[&str]| {
        let output = project.run_on(&url, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        said
    };
    project.models(&users("name: String"));
    migrated(&project, &["--fill", "users.name='?'"]);
    let said = refused(&["upgrade"]);
    assert!(said.contains("column users.vip (1 value), index manual on users, trigger t on users"), "{said}");
    let left: i64 = production
        .query_row(
            "SELECT sum(vip) + (SELECT count(*) FROM sqlite_schema WHERE name IN ('t', 'manual')) FROM users",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(left, 3);
    // What the models take away on purpose is no loss, there and here.
    production.execute_batch("DROP TRIGGER t; DROP INDEX manual; ALTER TABLE users DROP COLUMN vip").unwrap();
    project.models(&users("name: String").replace(", #[column(unique)] code: Option<i32>", ""));
    migrated(&project, &["--allow-drop", "users.code"]);
    assert!(project.newest().contains("new_users"), "{}", project.newest());
    for arguments in [["upgrade", "head"], ["downgrade", "-1"], ["upgrade", "head"]] {
        let output = project.run_on(&url, &arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn full_text_finds_the_same_rows_after_a_rebuild(db: Scratch) {
    let fields = |body: &str| model("posts", &format!("#[column(primary_key)] slug: String, body: {body}"));
    let project = on(&db, &fields("Option<String>"));
    migrated(&project, &[]);
    db.rows("CREATE VIRTUAL TABLE found USING fts5(body, content='posts')");
    db.rows("INSERT INTO posts VALUES ('a', 'apple'), ('b', 'banana'), ('c', 'cherry')");
    db.rows("DELETE FROM posts WHERE slug = 'a'");
    db.rows("INSERT INTO found (found) VALUES ('rebuild')");
    let find = "SELECT slug FROM posts WHERE rowid = (SELECT rowid FROM found WHERE found MATCH 'cherry')";
    project.models(&fields("String"));
    migrated(&project, &[]);
    assert_eq!(db.cell(find), "c");
    project.ok(&["downgrade", "-1"]);
    assert_eq!(db.cell(find), "c");
}

fn a_rebuild_beside_a_view_of_its_temporary_name(db: Scratch) {
    let fields = |name: &str| model("parent", &format!("#[column(primary_key)] id: i64, name: {name}"));
    let project = on(&db, &fields("Option<String>"));
    migrated(&project, &[]);
    db.rows("CREATE VIEW new_parent AS SELECT name FROM parent");
    db.rows("INSERT INTO parent VALUES (1, 'ada')");
    project.models(&fields("String"));
    migrated(&project, &[]);
    project.ok(&["downgrade", "-1"]);
    assert_eq!(db.cell("SELECT name FROM new_parent"), "ada");
}

fn a_key_that_never_was_sound_stops_no_rebuild(db: Scratch) {
    db.rows("CREATE TABLE legacy_a (x)");
    db.rows("CREATE TABLE legacy_b (x REFERENCES legacy_a (x))");
    let fields = |name: &str| {
        model("parent", &format!("#[column(primary_key)] id: i64, name: {name}"))
            + &model(
                "child",
                "#[column(primary_key)] id: i64, #[column(references = \"parent.id\")] parent: i64",
            )
    };
    let project = on(&db, &fields("Option<String>"));
    exclude(&project, "legacy_*");
    // The database has tables, and no revisions yet.
    project.ok(&["revision", "--autogenerate", "-m", "create"]);
    project.ok(&["upgrade"]);
    db.rows("INSERT INTO parent VALUES (1, 'ada')");
    db.rows("INSERT INTO child VALUES (1, 1)");
    project.models(&fields("String"));
    migrated(&project, &[]);
    project.ok(&["downgrade", "-1"]);
    // What else is broken is still seen, and so is a key that is made unsound.
    project.ok(&["upgrade"]);
    for (statement, expected) in [
        ("DELETE FROM parent;", "1 row of child refers to a row of parent that is not there"),
        (
            "CREATE TABLE one (x);\nCREATE TABLE two (x REFERENCES one (x));\nINSERT INTO two VALUES (1);",
            "the foreign keys of two cannot be checked any more: foreign key mismatch",
        ),
    ] {
        let file = project.ok(&["revision", "-m", "break"]).trim().to_owned();
        let text = fs::read_to_string(project.path(&file)).unwrap();
        let up = format!("-- migrate:up\nPRAGMA foreign_keys = OFF;\n{statement}\n");
        fs::write(project.path(&file), text.replace("-- migrate:up\n", &up)).unwrap();
        let (_, said) = project.fails(1, &["upgrade"]);
        assert!(said.contains(expected), "{said}");
        fs::remove_file(project.path(&file)).unwrap();
        project.ok(&["lock"]);
    }
}

/// The models of the database, written by `reflect`, in a project of its own.
fn reflected(db: &Scratch) -> (Modelled, String) {
    let project = on(db, "");
    let models = project.ok(&["reflect"]);
    project.models(&models);
    (project, models)
}

fn a_primary_key_that_may_be_null_is_read_as_one(db: Scratch) {
    db.rows("CREATE TABLE tags (name TEXT PRIMARY KEY, note TEXT)");
    db.rows("CREATE TABLE words (a INT, b TEXT, note TEXT, PRIMARY KEY (a, b))");
    db.rows("CREATE TABLE strict_ (name TEXT PRIMARY KEY, note TEXT) STRICT");
    db.rows("INSERT INTO tags (note) VALUES ('x'), ('y')");
    let (project, models) = reflected(&db);
    assert!(models.contains("pub name: Option<String>") && models.contains("pub name: String"), "{models}");
    assert!(models.contains("pub a: Option<i") && models.contains("pub b: Option<String>"), "{models}");
    assert!(project.ok(&["check"]).contains("agree"));
    // A rebuild keeps it so, and the rows.
    project.models(&models.replace("pub note: Option<String>", "pub note: String"));
    project.ok(&["revision", "--autogenerate", "-m", "notes"]);
    project.ok(&["upgrade"]);
    project.ok(&["check"]);
    assert_eq!(db.cell("SELECT count(*) FROM tags WHERE name IS NULL"), "2");
}

fn odd_keys_are_read_and_agree(db: Scratch) {
    for sql in [
        "CREATE TABLE a (id INTEGER PRIMARY KEY DESC, name TEXT)",
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a INT REFERENCES a (id) MATCH FULL)",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, name TEXT REFERENCES a (name) ON DELETE CASCADE)",
    ] {
        db.rows(sql);
    }
    let (project, models) = reflected(&db);
    assert!(!models.contains("match_full") && models.contains("external"), "{models}");
    assert!(project.ok(&["check"]).contains("agree"), "{models}");
}

fn a_change_without_sql_is_told_by_check(db: Scratch) {
    let project = on(&db, &model("t", "#[column(primary_key)] id: i64, a: Option<i64>"));
    migrated(&project, &[]);
    db.rows("CREATE TABLE log (a INT)");
    db.rows("CREATE TRIGGER seen AFTER INSERT ON t BEGIN UPDATE log SET a = 1; END");
    let renamed = "#[derive(migrate_runtime::Table)]\n#[table(name = \"u\", renamed_from = \"t\")]\n\
                   pub struct U { #[column(primary_key)] id: i64, #[column(renamed_from = \"a\")] b: i64 }\n";
    project.models(renamed);
    exclude(&project, "log");
    let (out, said) = project.fails(3, &["check"]);
    assert!(out.contains("rename table t to u"), "{out}");
    assert!(said.contains("cannot be written as SQL") && said.contains("trigger seen"), "{said}");
    let (out, _) = project.fails(3, &["check", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["changes"][0]["op"], "rename-table");
    assert_eq!(json["warnings"][0]["code"], "unsupported", "{out}");
    let count = project.revisions().len();
    let (_, said) = project.fails(1, &["revision", "--autogenerate", "-m", "rename"]);
    assert!(said.contains("[unsupported]") && said.contains("trigger seen"), "{said}");
    assert_eq!(project.revisions().len(), count);
}

fn a_revision_that_is_empty_on_purpose_runs(db: Scratch) {
    let project = on(&db, &model("t", "#[column(primary_key)] id: i64"));
    migrated(&project, &[]);
    project.ok(&["revision", "--autogenerate", "--allow-empty", "-m", "nothing"]);
    assert!(project.newest().contains("-- nothing differs\nSELECT 1;\n"), "{}", project.newest());
    project.ok(&["check", "--replay"]);
    project.ok(&["upgrade"]);
    project.ok(&["downgrade", "-1"]);
    project.ok(&["upgrade"]);
    assert!(project.ok(&["check"]).contains("agree"));
}

fn a_text_that_looks_like_a_section_is_a_text(db: Scratch) {
    let default = "see\\n -- migrate:down\\n-- migrate:what\\nend";
    let field = |attribute: &str| {
        model("t", &format!("#[column(primary_key)] id: i64, #[column(length = 80, {attribute})] a: String"))
    };
    let project = on(&db, &field(&format!("default = \"{default}\"")));
    migrated(&project, &[]);
    db.rows("INSERT INTO t (id) VALUES (1)");
    assert_eq!(db.cell("SELECT a FROM t"), "see\n -- migrate:down\n-- migrate:what\nend");
    project.models(&field(&format!("check = \"a <> '{default}'\"")));
    db.rows("UPDATE t SET a = 'x'");
    migrated(&project, &[]);
    project.ok(&["downgrade", "-1"]);
    if db.kind() != ServerKind::Sqlite {
        project.models(&field(&format!("comment = \"{default}\"")));
        fs::remove_file(project.revisions().pop().unwrap()).unwrap();
        project.ok(&["lock"]);
        migrated(&project, &[]);
    }
    // What wraps cannot be wrapped: that is refused by its name, and nothing is written.
    let before = project.revisions();
    project.ok(&["upgrade"]);
    project.models(&field("default = \"a\\n-- migrate:end\\nb\""));
    let (_, said) = project.fails(1, &["revision", "--autogenerate", "-m", "end"]);
    assert!(said.contains("a generated statement cannot be written into a revision"), "{said}");
    assert_eq!(project.revisions(), before);
}

fn several_at_once_write_a_change_once(db: Scratch) {
    let project = on(&db, &model("t", "#[column(primary_key)] id: i64"));
    let write = || project.run(&["revision", "--autogenerate", "--replay", "-m", "create t"]);
    let outputs: Vec<_> = thread::scope(|scope| {
        let started: Vec<_> = (0..4).map(|_| scope.spawn(write)).collect();
        started.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for output in &outputs {
        let said = String::from_utf8_lossy(&output.stderr);
        let is_told = said.contains("the revisions have changed while the models were compared");
        assert!(output.status.success() || is_told, "{said}");
    }
    assert_eq!(project.revisions().len(), 1);
    project.ok(&["upgrade"]);
    assert!(project.ok(&["check"]).contains("agree"));
}

fn endless_source_is_refused(db: Scratch) {
    let project = on(&db, "");
    let deep =
        |open: &str, close: &str, depth: usize| format!("{}i64{}", open.repeat(depth), close.repeat(depth));
    for (ty, depth) in
        [(("Option<", ">"), 20_000), (("(", ")"), 20_000), (("Option<", ">"), 1000), (("(", ")"), 200)]
    {
        project.models(&model("t", &format!("a: {}", deep(ty.0, ty.1, depth))));
        // No signal ended it: it has an exit code.
        let output = project.run(&["check"]);
        assert!(output.status.code().is_some(), "{ty:?} {depth}");
        if depth > 1000 {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains("src/lib.rs:3:") && said.contains("nested too deeply"), "{said}");
        }
    }
    project.models(&format!("{}{}", "mod a { ".repeat(3000), "}".repeat(3000)));
    let (_, said) = project.fails(1, &["check"]);
    assert!(said.contains("nested too deeply"), "{said}");
    project.models(&format!("{}{}", "mod a { ".repeat(250), "}".repeat(250)));
    project.ok(&["check", "--replay"]);
}

fn our_own_table_is_no_model(db: Scratch) {
    let project = on(&db, &model("migrate_version", "#[column(primary_key)] id: i64"));
    let (_, said) = project.fails(1, &["check"]);
    assert!(said.contains("`migrate_version` is a table of cargo-migrate itself"), "{said}");
}
