//! From models to reviewed SQL: what has to be decided, what is refused, what stays on the server.

use std::fs;

use migrate_tests::{Modelled, Scratch, ServerKind};
use serde_json::Value;

use crate::promises;

const SQLITE: &[ServerKind] = &[ServerKind::Sqlite];
const WITH_TRANSACTIONS: &[ServerKind] =
    &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];

promises! {
    a_rename_is_a_question_and_keeps_the_rows on WITH_TRANSACTIONS;
    a_model_tells_its_old_name on WITH_TRANSACTIONS;
    what_loses_data_needs_consent on WITH_TRANSACTIONS;
    nothing_to_do_writes_nothing on WITH_TRANSACTIONS;
    a_database_behind_the_heads_is_refused on WITH_TRANSACTIONS;
    the_revisions_can_stand_for_the_database on WITH_TRANSACTIONS;
    what_is_not_compared_is_left_alone on WITH_TRANSACTIONS;
    nothing_stays_on_the_server on WITH_TRANSACTIONS;
    every_dialect_gets_sections_that_run on &[ServerKind::Postgres, ServerKind::Mysql];
    what_can_fail_is_said on WITH_TRANSACTIONS;
    tables_can_be_passed_by on SQLITE;
    wrong_models_are_refused_with_their_place on SQLITE;
    a_diagram_is_written on SQLITE;
    wrong_answers_are_refused on SQLITE;
    a_template_without_the_sections_is_refused on SQLITE;
}

const USERS: &str = "\
use migrate_runtime::Table;

#[derive(Table)]
#[table(name = \"users\")]
pub struct User {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(length = 80)]
    pub name: String,
}
";

/// A project whose database has the table `users` with one row.
fn with_users(db: &Scratch) -> Modelled {
    let project = Modelled::new(db, &[db.kind().dialect().name()]);
    project.models(USERS);
    project.ok(&["revision", "--autogenerate", "-m", "create users"]);
    project.ok(&["upgrade"]);
    db.rows("INSERT INTO users (name) VALUES ('ada')");
    project
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn a_rename_is_a_question_and_keeps_the_rows(db: Scratch) {
    let project = with_users(&db);
    project.models(&USERS.replace("pub name:", "pub full_name:"));
    let before = project.revisions();

    let (_, said) = project.fails(4, &["revision", "--autogenerate", "-m", "rename"]);
    assert!(said.contains("      --rename users.name=users.full_name\n      --rename none\n"), "{said}");
    assert!(!said.contains("--allow-drop"), "what may be a rename is no loss yet: {said}");

    let (out, _) = project.fails(4, &["revision", "--autogenerate", "-m", "rename", "--format", "json"]);
    let decisions = &json(&out)["decisions"];
    assert_eq!(decisions[0]["kind"], "rename");
    assert_eq!(decisions[0]["candidates"], serde_json::json!(["full_name"]));
    assert_eq!(decisions.as_array().unwrap().len(), 1);
    assert_eq!(project.revisions(), before, "nothing is written while something is open");

    let none = ["revision", "--autogenerate", "-m", "rename", "--rename", "none"];
    let (_, said) = project.fails(4, &none);
    assert!(said.contains("loses data (1 value in 1 row)\n      --allow-drop users.name"), "{said}");
    let (out, _) = project.fails(4, &[&none[..], &["--format", "json"]].concat());
    let decision = &json(&out)["decisions"][0];
    assert_eq!((&decision["kind"], &decision["values"]), (&"drop".into(), &1.into()));

    let rename = ["--rename", "users.name=users.full_name"];
    project.ok(&[&["revision", "--autogenerate", "-m", "rename"][..], &rename].concat());
    project.ok(&["upgrade"]);
    assert_eq!(db.cell("SELECT full_name FROM users"), "ada");
    assert!(project.ok(&["check"]).contains("agree"));
    project.ok(&["downgrade", "-1"]);
    assert_eq!(db.cell("SELECT name FROM users"), "ada");
}

fn a_model_tells_its_old_name(db: Scratch) {
    let project = with_users(&db);
    let people = USERS.replace("name = \"users\"", "name = \"people\", renamed_from = \"users\"").replace(
        "#[column(length = 80)]\n    pub name",
        "#[column(length = 80, renamed_from = \"name\")]\n    pub full_name",
    );
    project.models(&people);
    let out = project.ok(&["revision", "--autogenerate", "-m", "people"]);
    assert!(out.contains("rename table users to people") && out.contains("rename column"), "{out}");
    project.ok(&["upgrade"]);
    assert_eq!(db.cell("SELECT full_name FROM people"), "ada");
    // What was renamed already is no rename any more.
    assert!(project.ok(&["check"]).contains("agree"));
    assert!(project.ok(&["revision", "--autogenerate", "-m", "again"]).contains("no differences"));
}

fn what_loses_data_needs_consent(db: Scratch) {
    let project = with_users(&db);
    project.models("");
    let (out, said) = project.fails(4, &["revision", "--autogenerate", "-m", "drop"]);
    assert!(out.contains("- drop table users"), "{out}");
    assert!(said.contains("1 row") && said.contains("--allow-drop users"), "{said}");
    project.fails(4, &["revision", "--autogenerate", "-m", "drop", "--allow-drop", "users.name"]);
    project.ok(&["revision", "--autogenerate", "-m", "drop", "--allow-drop", "users"]);
    project.ok(&["upgrade"]);
    assert!(!db.has_table("users"));
    project.ok(&["downgrade", "-1"]);
    assert!(db.has_table("users"));

    // A type that holds less is asked about as well.
    project.models(&USERS.replace("length = 80", "length = 10"));
    if db.kind() != ServerKind::Sqlite {
        let (_, said) = project.fails(3, &["check"]);
        assert!(said.contains("upgrade heads"), "{said}");
        project.ok(&["upgrade", "heads"]);
    }
}

fn nothing_to_do_writes_nothing(db: Scratch) {
    let project = with_users(&db);
    let before = project.revisions();
    assert!(project.ok(&["revision", "--autogenerate", "-m", "nothing"]).contains("no differences"));
    assert_eq!(project.revisions(), before);
    project.ok(&["revision", "--autogenerate", "-m", "nothing", "--allow-empty"]);
    assert_eq!(project.revisions().len(), before.len() + 1);
}

fn a_database_behind_the_heads_is_refused(db: Scratch) {
    let project = Modelled::new(&db, &[db.kind().dialect().name()]);
    project.models(USERS);
    project.ok(&["revision", "--autogenerate", "-m", "create users", "--rev-id", "aaaaaaaaaaaa"]);
    // A file that is not there is no database.
    project.ok(&["ensure-version"]);
    for command in [&["check"][..], &["revision", "--autogenerate", "-m", "more"]] {
        let (_, said) = project.fails(3, command);
        assert!(said.contains("lacks aaaaaaaaaaaa") && said.contains("--replay"), "{said}");
    }
}

fn the_revisions_can_stand_for_the_database(db: Scratch) {
    let project = Modelled::new(&db, &[db.kind().dialect().name()]);
    project.models(USERS);
    project.ok(&["revision", "--autogenerate", "-m", "create users", "--replay"]);
    assert!(project.ok(&["check", "--replay"]).contains("agree"));
    project.models(&USERS.replace("}\n", "    pub age: Option<i32>,\n}\n"));
    let (out, _) = project.fails(3, &["check", "--replay"]);
    assert!(out.contains("+ add column users.age"), "{out}");
    project.ok(&["revision", "--autogenerate", "-m", "age", "--replay"]);
    assert!(!db.has_table("users"), "the database was not touched");
    assert!(project.ok(&["diff", "--from", "revisions", "--to", "models"]).is_empty());
}

fn what_is_not_compared_is_left_alone(db: Scratch) {
    let project = with_users(&db);
    db.rows("CREATE VIEW names AS SELECT name FROM users");
    match db.kind() {
        ServerKind::Postgres => {
            db.rows("CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'");
            db.rows("CREATE TABLE parted (id integer) PARTITION BY RANGE (id)");
            db.rows("CREATE TABLE part PARTITION OF parted FOR VALUES FROM (1) TO (9)");
        }
        ServerKind::Sqlite => {
            db.rows("CREATE TRIGGER tr AFTER INSERT ON users BEGIN SELECT 1; END");
        }
        ServerKind::Mariadb | ServerKind::Mysql => {
            db.rows("CREATE TRIGGER tr BEFORE INSERT ON users FOR EACH ROW SET NEW.name = NEW.name");
        }
        ServerKind::Mssql => {}
    }
    assert!(project.ok(&["check"]).contains("agree"));
}

fn nothing_stays_on_the_server(db: Scratch) {
    // What a killed run has left behind an hour ago; and what another run may be at work on.
    let (old, new) = ("migrate_scratch_5f5e1000_0badcafe", "migrate_scratch_fffffffff_0badcafe");
    let is_server = db.kind() != ServerKind::Sqlite;
    let databases = || -> Vec<String> {
        let list = match db.kind() {
            ServerKind::Postgres => "SELECT datname FROM pg_database",
            ServerKind::Mariadb | ServerKind::Mysql => "SHOW DATABASES",
            ServerKind::Mssql => "SELECT name FROM sys.databases",
            ServerKind::Sqlite => return Vec::new(),
        };
        db.rows(list).into_iter().map(|mut row| row.remove(0)).collect()
    };
    if is_server {
        for name in [old, new] {
            db.rows(&format!("DROP DATABASE IF EXISTS {name}"));
            db.rows(&format!("CREATE DATABASE {name}"));
        }
    }
    let project = with_users(&db);
    project.ok(&["check", "--replay"]);
    let broken = USERS.replace("length = 80", "length = 80, check = \"nowhere > 0\"");
    project.models(&broken);
    let (_, said) = project.fails(1, &["check"]);
    assert!(said.contains("src/lib.rs:5") && said.contains("users"), "the place of the model: {said}");
    if is_server {
        let left = databases();
        assert!(!left.iter().any(|name| name == old), "{left:?}");
        assert!(left.iter().any(|name| name == new), "{left:?}");
        db.rows(&format!("DROP DATABASE {new}"));
    }
    if db.kind() == ServerKind::Postgres {
        assert_eq!(db.cell("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'migrate_scratch%'"), "0");
    }
}

/// Three states: tables with keys, checks, enums and defaults; other columns and types; fewer tables.
const STATES: [&str; 3] = [
    "\
use migrate_runtime::{Enum, Table};

#[derive(Enum)]
pub enum State { Open, Done }

#[derive(Table)]
#[table(name = \"teams\")]
pub struct Team {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(length = 40, unique)]
    pub name: String,
}

#[derive(Table)]
#[table(name = \"tasks\", check(name = \"ck_effort\", expr = \"effort >= 0\"), index(columns(title, due)))]
pub struct Task {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(length = 100)]
    pub title: String,
    pub effort: i32,
    pub due: Option<chrono::NaiveDate>,
    #[column(default = State::Open)]
    pub state: State,
    #[column(default_expr = \"CURRENT_TIMESTAMP\")]
    pub made: chrono::NaiveDateTime,
    #[column(references = \"teams.id\", on_delete = \"cascade\", index)]
    pub team_id: i64,
}
",
    "\
use migrate_runtime::{Enum, Table};

#[derive(Enum)]
pub enum State { Open, Blocked, Done }

#[derive(Table)]
#[table(name = \"teams\")]
pub struct Team {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(length = 80)]
    pub name: String,
    #[column(default = true)]
    pub active: bool,
}

#[derive(Table)]
#[table(name = \"jobs\", renamed_from = \"tasks\", check(name = \"ck_effort\", expr = \"effort >= 1\"))]
pub struct Task {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(length = 100, renamed_from = \"title\")]
    pub subject: String,
    #[column(default = 1)]
    pub effort: i64,
    #[column(default = State::Blocked)]
    pub state: State,
    #[column(default_expr = \"CURRENT_TIMESTAMP\")]
    pub made: chrono::NaiveDateTime,
    #[column(references = \"teams.id\", on_delete = \"cascade\", index)]
    pub team_id: Option<i64>,
    #[column(precision = 12, scale = 2)]
    pub cost: Option<rust_decimal::Decimal>,
}
",
    "\
use migrate_runtime::{Enum, Table};

#[derive(Enum)]
pub enum State { Open, Blocked, Done }

#[derive(Table)]
#[table(name = \"teams\")]
pub struct Team {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(length = 80, unique)]
    pub name: String,
    pub state: Option<State>,
}
",
];

fn every_dialect_gets_sections_that_run(db: Scratch) {
    let kinds = [ServerKind::Postgres, ServerKind::Mysql, ServerKind::Mariadb, ServerKind::Sqlite];
    let own = db.kind().dialect().name();
    let mut dialects = vec![own];
    dialects.extend(kinds.iter().map(|kind| kind.dialect().name()).filter(|name| *name != own));
    let project = Modelled::new(&db, &dialects);
    for state in STATES {
        project.models(state);
        project.ok(&["revision", "--autogenerate", "-m", "step", "--rename", "none", "--allow-drop", "*"]);
        project.ok(&["upgrade"]);
        assert!(project.ok(&["check"]).contains("agree"));
    }
    for kind in kinds.into_iter().filter(|kind| *kind != db.kind()) {
        let Some(server) = kind.server() else { continue };
        let other = Scratch::new(&server);
        let run = |arguments: &[&str]| {
            let output = project.run_on(&other.url, arguments);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success(),
                "{arguments:?} on {}: {said}\n{}",
                kind.name(),
                project.newest()
            );
        };
        let empty = crate::pairs::objects(&other);
        for _ in 0..2 {
            run(&["upgrade", "heads"]);
            for _ in STATES {
                run(&["downgrade", "-1"]);
            }
            assert_eq!(crate::pairs::objects(&other), empty, "on {}", kind.name());
        }
    }
}

fn what_can_fail_is_said(db: Scratch) {
    let project = with_users(&db);
    project.models(&USERS.replace("}\n", "    pub age: i32,\n}\n"));
    let output = project.run(&["revision", "--autogenerate", "-m", "age", "--format", "json"]);
    let found = json(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(found["warnings"][0]["code"], "not-null-without-default", "{found}");
    assert!(project.newest().contains("-- review: "), "{}", project.newest());
}

fn tables_can_be_passed_by(db: Scratch) {
    let project = with_users(&db);
    db.rows("CREATE TABLE legacy_orders (id INTEGER)");
    let (out, _) = project.fails(3, &["check"]);
    assert!(out.contains("drop table legacy_orders"), "{out}");
    let config = project.path("migrate.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}\n[autogenerate]\nexclude = [\"legacy_*\"]\n")).unwrap();
    assert!(project.ok(&["check"]).contains("agree"));
}

fn wrong_models_are_refused_with_their_place(db: Scratch) {
    let project = Modelled::new(&db, &["sqlite", "mysql"]);
    for (from, to, place, expected) in [
        ("pub struct User {", "pub struct User", "src/lib.rs:10", "no counterpart"),
        ("length = 80", "lenght = 80", "src/lib.rs:8:14", "unknown attribute `lenght`"),
        ("pub name: String", "pub name: Strin", "src/lib.rs:9:15", "Strin"),
        ("length = 80", "length = 80, references = \"teams.id\"", "src/lib.rs:8", "teams"),
        ("pub name: String", "pub name: Vec<i32>", "src/lib.rs:8:23", "`length` is for texts"),
        ("pub name: String", "pub name: Vec<String>", "src/lib.rs:9", "does not"),
    ] {
        project.models(&USERS.replace(from, to));
        let (_, said) = project.fails(1, &["revision", "--autogenerate", "-m", "no"]);
        assert!(said.contains(place) && said.contains(expected), "{to}: {said}");
        assert!(project.revisions().is_empty(), "{to}");
    }
    project.models(&format!(
        "{USERS}{}",
        USERS.replace("struct User", "struct Again").replace("use migrate_runtime::Table;", "")
    ));
    let (_, said) = project.fails(1, &["check", "--replay"]);
    assert!(said.contains("users") && said.contains("src/lib.rs"), "{said}");
}

fn a_diagram_is_written(db: Scratch) {
    let project = Modelled::new(&db, &["sqlite"]);
    project.models(USERS);
    let path = project.path("schema.mmd");
    project.ok(&["revision", "--autogenerate", "-m", "users", "--diagram", path.to_str().unwrap()]);
    let diagram = fs::read_to_string(path).unwrap();
    assert!(diagram.starts_with("erDiagram\n") && diagram.contains("INTEGER id PK"), "{diagram}");
    // Without a revision, of whatever side is the second.
    project.ok(&["upgrade"]);
    for to in ["models", "db"] {
        project.ok(&["diff", "--to", to, "--diagram", "again.mmd"]);
        assert_eq!(fs::read_to_string(project.path("again.mmd")).unwrap(), diagram, "{to}");
    }
}

fn wrong_answers_are_refused(db: Scratch) {
    let project = with_users(&db);
    project.models(&USERS.replace("pub name:", "pub full_name:"));
    for (answer, expected) in [
        ("users.name", "not OLD=NEW"),
        ("users.nme=users.full_name", "there is no users.nme to rename"),
        ("users.name=users.fullname", "there is no users.fullname to become"),
        ("users=users.full_name", "not of one kind"),
    ] {
        let (_, said) = project.fails(2, &["revision", "--autogenerate", "-m", "no", "--rename", answer]);
        assert!(said.contains(expected), "{answer}: {said}");
    }
}

fn a_template_without_the_sections_is_refused(db: Scratch) {
    let project = Modelled::new(&db, &["sqlite"]);
    project.models(USERS);
    let template = "-- {{ message }}\n--\n{% for line in header %}\n-- {{ line }}\n{% endfor %}\n\n-- migrate:up\n\n-- migrate:down\n";
    fs::write(project.path("migrations/revision.sql.j2"), template).unwrap();
    let (_, said) = project.fails(1, &["revision", "--autogenerate", "-m", "no"]);
    assert!(said.contains("leaves out what was generated"), "{said}");
    assert!(project.revisions().is_empty());
    project.ok(&["revision", "-m", "by hand"]);
}
