//! Autogenerate for several dialects: the sections of those that are not the first, and checks in each of them.

use std::fs;

use migrate_tests::{Modelled, Scratch, ServerKind};
use serde_json::Value;

use crate::promises;

const SQLITE: &[ServerKind] = &[ServerKind::Sqlite];
const ENUMERATED: &[ServerKind] =
    &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
const POSTGRES: &[ServerKind] = &[ServerKind::Postgres];

promises! {
    what_was_renamed_once_is_not_renamed_again on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mysql];
    constraints_without_a_name_come_and_go_everywhere on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb];
    an_enum_gets_its_new_name_where_it_is_a_type on &[ServerKind::Mysql, ServerKind::Sqlite];
    a_renamed_value_takes_its_rows_along_everywhere on ENUMERATED;
    a_renamed_value_is_told_once on POSTGRES;
    an_enum_changes_as_what_it_is_in_each_dialect on ENUMERATED;
    a_value_gets_its_new_name_in_every_dialect on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mysql];
    an_enum_that_no_revision_is_seen_to_make_is_left_to_a_human on &[ServerKind::Mysql];
    a_server_makes_a_translation_a_comparison on SQLITE;
    what_is_decided_once_holds_for_every_dialect on POSTGRES;
    what_becomes_of_a_value_is_asked_once on ENUMERATED;
    what_only_another_dialect_has_is_asked_with_its_name on POSTGRES;
    an_answer_for_another_dialect_alone_is_understood on SQLITE;
    what_cannot_be_translated_is_said_in_the_section on SQLITE;
    a_schema_is_there_where_the_engine_has_schemas on &[ServerKind::Postgres, ServerKind::Sqlite, ServerKind::Mysql];
    a_broken_section_is_named_with_its_dialect on POSTGRES;
    a_check_is_made_in_the_dialect_of_the_database on POSTGRES;
    a_replay_checks_every_dialect_that_has_a_server on POSTGRES;
    wrong_servers_are_refused on SQLITE;
    a_missing_extension_is_named_as_such on POSTGRES;
    a_replay_skips_rust_steps on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mysql];
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

pub(crate) const GENERATE: [&str; 4] = ["revision", "--autogenerate", "-m", "step"];

/// A project for the database's dialect and others behind it.
pub(crate) fn project(db: &Scratch, others: &[&str]) -> Modelled {
    let own = db.kind().dialect().name();
    let mut dialects = vec![own];
    dialects.extend(others.iter().filter(|other| **other != own));
    Modelled::new(db, &dialects)
}

/// Writes the revision to these models, and runs it.
pub(crate) fn step(project: &Modelled, models: &str) {
    project.models(models);
    project.ok(&GENERATE);
    project.ok(&["upgrade"]);
}

/// The section of a dialect in the newest revision.
pub(crate) fn section(project: &Modelled, way: &str, dialect: &str) -> String {
    let text = project.newest();
    let begin = format!("-- migrate:{way} {dialect}\n");
    let (_, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("no {begin}{text}"));
    let ends = ["-- migrate:up", "-- migrate:down"].iter().filter_map(|marker| rest.find(marker)).min();
    rest[..ends.unwrap_or(rest.len())].trim().to_owned()
}

/// Runs the whole history on a server of another kind, there and back, and there again; if there is one.
pub(crate) fn runs_on(project: &Modelled, kind: ServerKind) -> Option<Scratch> {
    let other = Scratch::new(&kind.server()?);
    let run = |arguments: &[&str]| {
        let output = project.run_on(&other.url, arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?} on {}: {said}\n{}", kind.name(), project.newest());
    };
    run(&["upgrade", "heads"]);
    run(&["downgrade", "base"]);
    run(&["upgrade", "heads"]);
    Some(other)
}

/// That the models and a database of another dialect agree.
pub(crate) fn agrees_on(project: &Modelled, db: &Scratch) {
    let output = project.run_on(&db.url, &["check"]);
    let (out, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && out.contains("agree"), "{out}{said}\n{}", project.newest());
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn what_was_renamed_once_is_not_renamed_again(db: Scratch) {
    let project = project(&db, &["sqlite", "postgres", "mysql"]);
    let people = USERS.replace("name = \"users\"", "name = \"people\", renamed_from = \"users\"").replace(
        "#[column(length = 80)]\n    pub name",
        "#[column(length = 80, unique, renamed_from = \"name\")]\n    pub full_name",
    );
    step(&project, &people);
    step(&project, &people.replace("}\n", "    pub bio: Option<String>,\n}\n"));
    for way in ["up", "down"] {
        for dialect in ["sqlite", "postgres", "mysql"] {
            let sql = section(&project, way, dialect);
            assert!(!sql.contains("RENAME") && !sql.is_empty(), "{dialect} {way}: {sql}");
        }
    }
    // Where it is due, it is done.
    let named = people.replace("full_name", "whole_name").replace("\"name\"", "\"full_name\"");
    step(&project, &named.replace("}\n", "    pub bio: Option<String>,\n}\n"));
    for dialect in ["sqlite", "postgres", "mysql"] {
        let sql = section(&project, "up", dialect);
        assert!(sql.contains("RENAME COLUMN") && sql.contains("whole_name"), "{dialect}: {sql}");
    }
    for kind in [ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mysql] {
        if let Some(other) = runs_on(&project, kind) {
            agrees_on(&project, &other);
        }
    }
}

const TEAMS: &str = "\
use migrate_runtime::Table;

#[derive(Table)]
#[table(name = \"teams\")]
pub struct Team {
    #[column(primary_key, identity)]
    pub id: i64,
}

#[derive(Table)]
#[table(name = \"users\")]
pub struct User {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(length = 80)]
    pub name: String,
    pub age: i32,
    pub team_id: i64,
}
";

fn constraints_without_a_name_come_and_go_everywhere(db: Scratch) {
    let dialects = ["sqlite", "postgres", "mariadb"];
    let project = project(&db, &dialects);
    step(&project, TEAMS);
    let constrained = TEAMS
        .replace("#[column(length = 80)]", "#[column(length = 80, unique)]")
        .replace("    pub age", "    #[column(check = \"age > 0\")]\n    pub age")
        .replace("    pub team_id", "    #[column(references = \"teams.id\")]\n    pub team_id");
    step(&project, &constrained);
    for dialect in dialects {
        let sql = section(&project, "up", dialect).to_uppercase();
        for word in ["UNIQUE", "CHECK", "REFERENCES"] {
            assert!(sql.contains(word), "{dialect} has no {word}: {sql}");
        }
    }
    step(&project, TEAMS);
    for dialect in dialects {
        let sql = section(&project, "down", dialect).to_uppercase();
        for word in ["UNIQUE", "CHECK", "REFERENCES"] {
            assert!(sql.contains(word), "{dialect} has no {word}: {sql}");
        }
    }
    for kind in [ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb] {
        if let Some(other) = runs_on(&project, kind) {
            agrees_on(&project, &other);
        }
    }
}

const STATES: &str = "\
use migrate_runtime::{Enum, Table};

#[derive(Enum)]
pub enum State { Open, Done }

#[derive(Table)]
#[table(name = \"tasks\")]
pub struct Task {
    #[column(primary_key, identity)]
    pub id: i64,
    pub state: State,
}
";

fn an_enum_gets_its_new_name_where_it_is_a_type(db: Scratch) {
    let project = project(&db, &["postgres"]);
    step(&project, STATES);
    // The name is nothing to an engine without types.
    let renamed = STATES
        .replace("#[derive(Enum)]", "#[derive(Enum)]\n#[enumeration(renamed_from = \"state\")]")
        .replace("enum State", "enum Status")
        .replace(": State", ": Status");
    step(&project, &renamed);
    let sql = section(&project, "up", "postgres");
    assert!(sql.contains("ALTER TYPE state RENAME TO status"), "{sql}");
    assert!(section(&project, "up", db.kind().name()).is_empty(), "{}", project.newest());
    assert!(project.ok(&GENERATE).contains("no differences"), "{}", project.newest());
    // It may stay when it has been done.
    step(&project, &renamed.replace("Open, Done", "Open, Blocked, Done"));
    let sql = section(&project, "up", "postgres");
    assert!(sql.contains("'blocked'") && !sql.contains("RENAME TO status"), "{sql}");
    // Both at once.
    let again = renamed
        .replace("renamed_from = \"state\"", "renamed_from = \"status\"")
        .replace("Open, Done", "Open, Blocked, Done, Gone")
        .replace("Status", "Stage");
    step(&project, &again);
    if let Some(postgres) = runs_on(&project, ServerKind::Postgres) {
        agrees_on(&project, &postgres);
        let names = postgres.rows("SELECT typname FROM pg_type WHERE typtype = 'e'");
        assert_eq!(names, [["stage"]]);
    }
}

/// Runs a step in all databases of a project.
fn upgrade(project: &Modelled, databases: &[Scratch]) {
    for db in databases {
        let output = project.run_on(&db.url, &["upgrade"]);
        let said = text(&output.stderr);
        assert!(output.status.success(), "{}: {said}\n{}", db.kind().name(), project.newest());
    }
}

fn a_renamed_value_takes_its_rows_along_everywhere(db: Scratch) {
    let project = project(&db, &["sqlite", "postgres", "mariadb", "mysql"]);
    let others = ENUMERATED.iter().filter(|kind| **kind != db.kind()).filter_map(|kind| kind.server());
    let others: Vec<_> = others.map(|server| Scratch::new(&server)).collect();
    let defaulted = STATES.replace("    pub state", "    #[column(default = State::Open)]\n    pub state");
    step(&project, &defaulted);
    upgrade(&project, &others);
    for db in others.iter().chain([&db]) {
        db.rows("INSERT INTO tasks (state) VALUES ('open'), ('done')");
    }
    let renamed = defaulted
        .replace("Open, Done", "#[variant(renamed_from = \"open\")] Active, Done")
        .replace("State::Open", "State::Active");
    step(&project, &renamed);
    upgrade(&project, &others);
    // What was done is not done again.
    step(&project, &renamed.replace("Active, Done", "Active, Done, Gone"));
    assert!(!project.newest().contains("'open'"), "{}", project.newest());
    upgrade(&project, &others);
    for db in others.iter().chain([&db]) {
        assert_eq!(
            db.rows("SELECT state FROM tasks ORDER BY id"),
            [["active"], ["done"]],
            "{}",
            db.kind().name()
        );
        agrees_on(&project, db);
        let back = project.run_on(&db.url, &["downgrade", "-2"]);
        assert!(back.status.success(), "{}: {}", db.kind().name(), text(&back.stderr));
        assert_eq!(
            db.rows("SELECT state FROM tasks ORDER BY id"),
            [["open"], ["done"]],
            "{}",
            db.kind().name()
        );
    }
}

fn an_enum_changes_as_what_it_is_in_each_dialect(db: Scratch) {
    let project = project(&db, &["sqlite", "postgres", "mariadb", "mysql"]);
    let mut databases: Vec<_> = ENUMERATED
        .iter()
        .filter(|kind| **kind != db.kind())
        .filter_map(|kind| kind.server().map(|server| Scratch::new(&server)))
        .collect();
    databases.push(db);
    let note = "    #[column(length = 40)]\n    pub note: String,\n";
    let noted = STATES.replace("    pub state: State,\n", &format!("{note}    pub state: State,\n"));
    let states = [
        noted.clone(),
        // It may be NULL; a text of a certain length as well.
        noted.replace("State,\n", "Option<State>,\n").replace("String", "Option<String>"),
        noted.replace("Open, Done", "Open, Blocked, Done"),
        noted
            .replace("Open, Done", "Open, Blocked, Done")
            .replace("    pub state", "    #[column(default = State::Open)]\n    pub state"),
        // Of the text becomes an enum, and the enum is gone.
        noted.replace(note, "    pub note: State,\n").replace("    pub state: State,\n", ""),
        noted.replace(note, "    pub note: State,\n"),
    ];
    for state in states {
        project.models(&state);
        project.ok(&[&GENERATE[..], &["--rename", "none", "--allow-drop", "*"]].concat());
        upgrade(&project, &databases);
        for db in &databases {
            agrees_on(&project, db);
        }
    }
    for db in &databases {
        let back = project.run_on(&db.url, &["downgrade", "base"]);
        assert!(back.status.success(), "{}: {}", db.kind().name(), text(&back.stderr));
    }
    upgrade(&project, &databases);

    // Where an enum is a check, it cannot be seen what it was elsewhere.
    project.models(&noted);
    project.ok(&[&GENERATE[..], &["--rename", "none", "--allow-drop", "*"]].concat());
    let sql = section(&project, "up", "postgres");
    let is_unclear = databases.last().unwrap().kind() == ServerKind::Sqlite;
    assert_eq!(sql.contains("-- migrate:unwritten drop check on tasks"), is_unclear, "{sql}");
    assert_eq!(sql.contains("ALTER COLUMN note TYPE varchar(40)"), !is_unclear, "{sql}");
}

fn a_renamed_value_is_told_once(db: Scratch) {
    let project = project(&db, &["sqlite"]);
    step(&project, STATES);
    let sqlite = [Scratch::new(&ServerKind::Sqlite.server().unwrap())];
    upgrade(&project, &sqlite);
    sqlite[0].rows("INSERT INTO tasks (state) VALUES ('open')");
    project.models(&STATES.replace("Open", "Active"));
    project.ok(&[&GENERATE[..], &["--rename", "state.open=state.active"]].concat());
    upgrade(&project, &sqlite);
    assert_eq!(sqlite[0].cell("SELECT state FROM tasks"), "active");
}

fn a_value_gets_its_new_name_in_every_dialect(db: Scratch) {
    const TASKS: &str = "\
use migrate_runtime::{Enum, Table};

#[derive(Enum)]
pub enum State { Open, Done }

#[derive(Table)]
#[table(name = \"tasks\")]
pub struct Task {
    #[column(primary_key)]
    pub id: i64,
    pub state: State,
}
";
    let project = project(&db, &["postgres", "mysql", "sqlite"]);
    step(&project, TASKS);
    step(&project, &TASKS.replace("Open,", "#[variant(renamed_from = \"open\")] Active,"));
    for kind in [ServerKind::Postgres, ServerKind::Mysql, ServerKind::Mariadb, ServerKind::Sqlite] {
        let Some(server) = kind.server() else { continue };
        let other = Scratch::new(&server);
        let run = |arguments: &[&str]| {
            let output = project.run_on(&other.url, arguments);
            assert!(output.status.success(), "{}{}", text(&output.stderr), project.newest());
        };
        run(&["upgrade", "+1"]);
        other.rows("INSERT INTO tasks (id, state) VALUES (1, 'open')");
        run(&["upgrade"]);
        assert_eq!(other.cell("SELECT state FROM tasks"), "active", "{kind:?} {}", project.newest());
        run(&["downgrade", "-1"]);
        assert_eq!(other.cell("SELECT state FROM tasks"), "open", "{kind:?} {}", project.newest());
    }
}

fn an_enum_that_no_revision_is_seen_to_make_is_left_to_a_human(db: Scratch) {
    let project = project(&db, &["postgres"]);
    step(&project, STATES);
    let file = project.revisions().pop().unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let hidden = text.replace(
        "CREATE TYPE state AS ENUM ('open', 'done');",
        "DO $$BEGIN EXECUTE 'CREATE TYPE state AS ENUM (''open'', ''done'')'; END$$;",
    );
    assert_ne!(text, hidden);
    fs::write(&file, hidden).unwrap();
    let renamed = STATES
        .replace("#[derive(Enum)]", "#[derive(Enum)]\n#[enumeration(renamed_from = \"state\")]")
        .replace("enum State { Open, Done }", "enum Status { Open, Done, Gone }")
        .replace(": State", ": Status");
    step(&project, &renamed);
    let sql = section(&project, "up", "postgres");
    assert!(sql.contains("-- migrate:unwritten no revision is seen to make the enum status, or"), "{sql}");
}

fn a_server_makes_a_translation_a_comparison(db: Scratch) {
    let Some(server) = ServerKind::Postgres.server() else { return };
    let project = project(&db, &["postgres"]);
    project.models(USERS);
    let said = text(&project.run(&GENERATE).stderr);
    assert!(said.contains("the sections for postgres were translated from sqlite's, not compared"), "{said}");
    assert!(said.contains("[autogenerate.servers]"), "{said}");
    project.ok(&["upgrade"]);

    project.configure("[autogenerate.servers]\npostgres = \"${PG_FOR_DEVELOPMENT}\"");
    project.models(&USERS.replace("}\n", "    pub bio: Option<String>,\n}\n"));
    let (_, said) = project.fails(1, &GENERATE);
    assert!(said.contains("PG_FOR_DEVELOPMENT of `autogenerate.servers.postgres` is not set"), "{said}");
    fs::write(project.path(".env"), "PG_FOR_DEVELOPMENT=\n").unwrap();
    let output = project.run(&[&GENERATE[..], &["--format", "json", "--allow-empty"]].concat());
    let found = json(&text(&output.stdout));
    assert_eq!(found["warnings"][0]["code"], "translated", "{found}");
    assert_eq!(
        (&found["others"][0]["translated"], &found["others"][0]["dialect"]),
        (&true.into(), &"postgres".into())
    );
    project.ok(&["upgrade"]);

    // What was made by hand for PostgreSQL alone is seen there, and the difference goes into its section.
    fs::write(project.path(".env"), format!("PG_FOR_DEVELOPMENT={}\n", server.url)).unwrap();
    project.ok(&["revision", "-m", "by hand", "--rev-id", "bbbbbbbbbbbb"]);
    let file = project.revisions().pop().unwrap();
    let by_hand = fs::read_to_string(&file)
        .unwrap()
        .replace(
            "-- migrate:up postgres\n",
            "-- migrate:up postgres\nALTER TABLE users ALTER bio SET DEFAULT 'x';\n",
        )
        .replace(
            "-- migrate:down postgres\n",
            "-- migrate:down postgres\nALTER TABLE users ALTER bio DROP DEFAULT;\n",
        );
    fs::write(&file, by_hand).unwrap();
    project.ok(&["upgrade"]);
    let output = project.run(&GENERATE);
    let (out, said) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("only for postgres:\n~ change column users.bio"), "{out}{said}");
    assert!(!said.contains("translated") && !said.contains(&server.url), "{said}");
    assert!(section(&project, "up", "sqlite").is_empty());
    assert!(section(&project, "up", "postgres").contains("DROP DEFAULT"), "{}", project.newest());
    project.ok(&["upgrade"]);
    assert!(project.ok(&GENERATE).contains("no differences"));
    let postgres = runs_on(&project, ServerKind::Postgres).unwrap();
    agrees_on(&project, &postgres);
}

fn what_is_decided_once_holds_for_every_dialect(db: Scratch) {
    let project = project(&db, &["sqlite"]);
    step(&project, &USERS.replace("}\n", "    pub bio: Option<String>,\n}\n"));
    project.models(&USERS.replace("pub name:", "pub full_name:"));
    let (_, said) = project.fails(4, &GENERATE);
    assert_eq!(said.matches("was it renamed").count(), 1, "{said}");
    assert!(said.contains("--allow-drop users.bio"), "{said}");
    assert!(!said.contains("sqlite:"), "nothing is asked twice: {said}");
    let (out, _) = project.fails(4, &[&GENERATE[..], &["--format", "json"]].concat());
    let decisions = json(&out)["decisions"].clone();
    assert!(
        decisions.as_array().unwrap().iter().all(|decision| decision["dialect"] == "postgres"),
        "{decisions}"
    );

    let answers = ["--rename", "users.name=users.full_name", "--rename", "none", "--allow-drop", "users.bio"];
    project.ok(&[&GENERATE[..], &answers].concat());
    let sql = section(&project, "up", "sqlite");
    assert!(sql.contains("RENAME COLUMN") || sql.contains("full_name"), "{sql}");
    project.ok(&["upgrade"]);
    let other = runs_on(&project, ServerKind::Sqlite).unwrap();
    agrees_on(&project, &other);
    other.rows("INSERT INTO users (full_name) VALUES ('ada')");
}

fn what_only_another_dialect_has_is_asked_with_its_name(db: Scratch) {
    let project = project(&db, &["sqlite"]);
    step(&project, USERS);
    project.ok(&["revision", "-m", "by hand"]);
    let file = project.revisions().pop().unwrap();
    let by_hand = fs::read_to_string(&file)
        .unwrap()
        .replace(
            "-- migrate:up sqlite\n",
            "-- migrate:up sqlite\nCREATE TABLE cache (id INTEGER PRIMARY KEY);\n",
        )
        .replace("-- migrate:down sqlite\n", "-- migrate:down sqlite\nDROP TABLE cache;\n");
    fs::write(&file, by_hand).unwrap();
    project.ok(&["upgrade"]);
    let (_, said) = project.fails(4, &GENERATE);
    assert!(said.contains("sqlite: drop table cache") && said.contains("--allow-drop cache"), "{said}");
    let (out, _) = project.fails(4, &[&GENERATE[..], &["--format", "json"]].concat());
    let decisions = json(&out)["decisions"].clone();
    assert_eq!(
        (&decisions[0]["dialect"], &decisions[0]["of"]),
        (&"sqlite".into(), &"cache".into()),
        "{decisions}"
    );
    assert!(decisions[0]["rows"].is_null(), "nothing is counted in a scratch database: {decisions}");
    project.ok(&[&GENERATE[..], &["--allow-drop", "cache"]].concat());
    assert!(section(&project, "up", "sqlite").contains("DROP TABLE cache"));
}

fn an_answer_for_another_dialect_alone_is_understood(db: Scratch) {
    let Some(server) = ServerKind::Postgres.server() else { return };
    let project = project(&db, &["postgres"]);
    project.configure(&format!("[autogenerate.servers]\npostgres = \"{}\"", server.url));
    step(&project, STATES);
    project.models(&STATES.replace("State", "Stage"));
    let (_, said) = project.fails(4, &GENERATE);
    assert!(said.contains("postgres: the enum state is gone: was it renamed?"), "{said}");
    assert!(said.contains("--rename state=stage"), "{said}");
    let (_, said) = project.fails(2, &[&GENERATE[..], &["--rename", "state=nowhere"]].concat());
    assert!(said.contains("--rename state=nowhere"), "{said}");
    project.ok(&[&GENERATE[..], &["--rename", "state=stage"]].concat());
    assert!(section(&project, "up", "postgres").contains("ALTER TYPE state RENAME TO stage"));
}

fn what_becomes_of_a_value_is_asked_once(db: Scratch) {
    let mut servers = "[autogenerate.servers]\n".to_owned();
    let mut others = vec!["sqlite"];
    for kind in [ServerKind::Postgres, ServerKind::Mysql] {
        let Some(server) = kind.server() else { continue };
        servers += &format!("{} = \"{}\"\n", kind.dialect().name(), server.url);
        others.push(kind.dialect().name());
    }
    let project = project(&db, &others);
    project.configure(&servers);
    step(&project, STATES);
    project.models(&STATES.replace("Open", "Active"));
    let open = json(&project.fails(4, &[&GENERATE[..], &["--format", "json"]].concat()).0);
    let decisions = open["decisions"].as_array().unwrap();
    assert_eq!(decisions.len(), 1, "{open}");
    assert_eq!((&decisions[0]["what"], &decisions[0]["from"]), (&"value".into(), &"open".into()));
    let options = decisions[0]["options"].as_array().unwrap().clone();
    let renamed: Vec<_> = options[0].as_str().unwrap().split(' ').collect();
    if db.kind() == ServerKind::Postgres {
        // Whoever says that it is another one agrees to the loss once, where a row holds the old one.
        db.rows("INSERT INTO tasks (state) VALUES ('open')");
        let none = [&GENERATE[..], &["--rename", "none", "--format", "json"]].concat();
        let open = json(&project.fails(4, &none).0);
        assert_eq!(open["decisions"].as_array().unwrap().len(), 1, "{open}");
        assert_eq!(open["decisions"][0]["options"][0], "--allow-drop state", "{open}");
    }
    project.ok(&[&GENERATE[..], &renamed].concat());
    let moved = match db.kind() {
        ServerKind::Postgres => "ALTER TYPE state RENAME VALUE 'open' TO 'active'",
        _ => "SET state = 'active'",
    };
    assert!(project.newest().contains(moved), "{}", project.newest());
}

fn what_cannot_be_translated_is_said_in_the_section(db: Scratch) {
    let project = project(&db, &["mysql"]);
    let aged = USERS.replace("}\n", "    pub age: i32,\n}\n");
    step(&project, &aged);
    let checked = |check: &str| aged.replace("name = \"users\"", &format!("name = \"users\", {check}"));
    // What is not meant for it is not missed.
    let alone = "check(expr = \"age < 9\", only(sqlite))";
    step(&project, &checked(alone));
    assert_eq!(section(&project, "up", "mysql"), "");
    // Said otherwise there: that it is the same cannot be seen.
    step(&project, &checked(&format!("{alone}, check(expr = \"age > 0\", mysql(expr = \"age > 1\"))")));
    let sql = section(&project, "up", "mysql");
    assert_eq!(sql, "-- migrate:unwritten add check on users: age > 0");
}

fn a_schema_is_there_where_the_engine_has_schemas(db: Scratch) {
    let dialects = ["sqlite", "postgres", "mysql"];
    let project = project(&db, &dialects);
    let users = USERS.replace("name = \"users\"", "name = \"users\", schema = \"app\"");
    step(&project, &users);
    step(&project, &users.replace("}\n", "    pub bio: Option<String>,\n}\n"));
    for dialect in dialects {
        let sql = section(&project, "up", dialect);
        assert!(sql.contains("bio") && sql.contains("app") == (dialect == "postgres"), "{dialect}: {sql}");
    }
    project.models(&users.replace("pub name:", "pub full_name:"));
    let (_, said) = project.fails(4, &GENERATE);
    let table = if db.kind() == ServerKind::Postgres { "app.users" } else { "users" };
    let rename = format!("{table}.name={table}.full_name");
    assert!(said.contains(&rename), "{said}");
    let bio = format!("{table}.bio");
    let answers = ["--rename", &rename, "--rename", "none", "--allow-drop", &bio];
    project.ok(&[&GENERATE[..], &answers].concat());
    project.ok(&["upgrade"]);
    // The table is called otherwise.
    let people = users
        .replace("name = \"users\"", "name = \"people\", renamed_from = \"users\"")
        .replace("pub name:", "pub full_name:");
    step(&project, &people);
    for kind in [ServerKind::Postgres, ServerKind::Mysql, ServerKind::Sqlite] {
        if let Some(other) = runs_on(&project, kind) {
            agrees_on(&project, &other);
        }
    }
}

fn a_broken_section_is_named_with_its_dialect(db: Scratch) {
    let project = project(&db, &["sqlite"]);
    project.models(USERS);
    project.ok(&[&GENERATE[..], &["--rev-id", "aaaaaaaaaaaa"]].concat());
    project.ok(&["upgrade"]);
    let file = project.revisions().pop().unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let (before, after) = text.split_once("-- migrate:up sqlite\n").unwrap();
    fs::write(&file, format!("{before}-- migrate:up sqlite\nCREATE TABEL x (id INTEGER);\n{after}")).unwrap();
    let (_, said) = project.fails(1, &GENERATE);
    assert!(said.contains("the revisions cannot be replayed for sqlite: revision aaaaaaaaaaaa"), "{said}");
    assert!(said.contains("TABEL") && said.contains("mend the section for sqlite"), "{said}");
    assert!(said.contains("aaaaaaaaaaaa_step.sql:"), "{said}");
}

fn a_check_is_made_in_the_dialect_of_the_database(db: Scratch) {
    let project = project(&db, &["sqlite"]);
    step(&project, USERS);
    let sqlite = Scratch::new(&ServerKind::Sqlite.server().unwrap());
    let output = project.run_on(&sqlite.url, &["check"]);
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("does not exist"), "{said}");
    assert!(project.run_on(&sqlite.url, &["upgrade"]).status.success());
    agrees_on(&project, &sqlite);
    sqlite.rows("ALTER TABLE users ADD COLUMN age INTEGER");
    let output = project.run_on(&sqlite.url, &["check", "--format", "json"]);
    let found = json(&text(&output.stdout));
    assert_eq!(output.status.code(), Some(3));
    assert_eq!((&found["dialect"], &found["changes"][0]["op"]), (&"sqlite".into(), &"drop-column".into()));
    // The first dialect is not concerned.
    assert!(project.ok(&["check"]).contains("agree"));

    let difference = ["diff", "--from", "db", "--to", "revisions"];
    assert!(project.run_on(&sqlite.url, &difference).status.success());
    let output = project.run_on(&sqlite.url, &[&difference[..], &["--exit-code"]].concat());
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    project.ok(&[&difference[..], &["--exit-code"]].concat());
    // Revisions are written from the first.
    let output = project.run_on(&sqlite.url, &GENERATE);
    assert!(text(&output.stderr).contains("compared in the first dialect"), "{}", text(&output.stderr));
}

fn a_replay_checks_every_dialect_that_has_a_server(db: Scratch) {
    let project = project(&db, &["sqlite", "mysql"]);
    step(&project, USERS);
    assert!(project.ok(&["check", "--replay"]).contains("1 table (postgres, sqlite)"));
    project.ok(&["revision", "-m", "by hand"]);
    let file = project.revisions().pop().unwrap();
    let by_hand = fs::read_to_string(&file)
        .unwrap()
        .replace(
            "-- migrate:up sqlite\n",
            "-- migrate:up sqlite\nALTER TABLE users ADD COLUMN age INTEGER;\n",
        )
        .replace("-- migrate:down sqlite\n", "-- migrate:down sqlite\nALTER TABLE users DROP COLUMN age;\n");
    fs::write(&file, by_hand).unwrap();
    let (out, _) = project.fails(3, &["check", "--replay"]);
    assert!(out.starts_with("only for sqlite:\n- drop column users.age"), "{out}");
    project.ok(&["check", "--replay", "--dialect", "postgres"]);
    // SQLite needs no database at all, and that of the command line says which dialect is meant.
    let output = project.run_on("", &["check", "--replay", "--dialect", "sqlite"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    project.fails(3, &["check", "--replay", "--database-url", "sqlite:nowhere.db"]);
    let (_, said) = project.fails(1, &["check", "--replay", "--dialect", "mysql"]);
    assert!(
        said.contains("no server for mysql is known") && said.contains("[autogenerate.servers]"),
        "{said}"
    );
    let (_, said) = project.fails(1, &["check", "--replay", "--dialect", "mssql"]);
    assert!(said.contains("mssql is none of the dialects") && said.contains("migrate.toml:"), "{said}");
    let (_, said) = project.fails(2, &["check", "--replay", "--dialect", "oracle"]);
    assert!(said.contains("unknown dialect `oracle`"), "{said}");
    if let Some(mysql) = ServerKind::Mysql.server() {
        project.configure(&format!("[autogenerate.servers]\nmysql = \"{}\"", mysql.url));
        project.ok(&["check", "--replay", "--dialect", "mysql"]);
    }
}

fn wrong_servers_are_refused(db: Scratch) {
    let project = project(&db, &["postgres"]);
    let config = fs::read_to_string(project.path("migrate.toml")).unwrap();
    for (line, expected) in [
        ("postgres = \"mysql://u:s3cret@h/d\"", "`autogenerate.servers.postgres` is a URL of MySQL"),
        ("postgres = \"postgres://u:s3cret@h:x/d\"", "the port is not a number"),
        ("sqlite = \"sqlite:s3cret.db\"", "SQLite needs no server"),
        ("postgre = \"postgres://u:s3cret@h/d\"", "unknown dialect `postgre`"),
    ] {
        fs::write(project.path("migrate.toml"), format!("{config}\n[autogenerate.servers]\n{line}\n"))
            .unwrap();
        project.models(USERS);
        let (_, said) = project.fails(1, &GENERATE);
        assert!(said.contains(expected) && said.contains("migrate.toml:"), "{line}: {said}");
        assert!(!said.contains("s3cret@"), "{said}");
    }
}

fn a_missing_extension_is_named_as_such(db: Scratch) {
    let project = Modelled::new(&db, &["postgres"]);
    let tagged = USERS.replace("}\n", "    #[column(type = \"citext\")]\n    pub tag: String,\n}\n");
    project.models(&tagged);
    let (_, said) = project.fails(1, &GENERATE);
    assert!(said.contains("citext") && said.contains("CREATE EXTENSION IF NOT EXISTS"), "{said}");
    db.rows("CREATE EXTENSION citext");
    project.ok(&GENERATE);
    project.ok(&["upgrade"]);
    assert!(project.ok(&["check"]).contains("agree"));
    let (_, said) = project.fails(1, &["check", "--replay"]);
    assert!(said.contains("cannot be replayed for postgres") && said.contains("citext"), "{said}");
    assert!(said.contains("CREATE EXTENSION IF NOT EXISTS ...` into a revision"), "{said}");
    let file = project.path("schema.sql");
    fs::write(&file, "CREATE TABLE a (id integer, EXCLUDE USING gist (id WITH =));").unwrap();
    let (_, said) =
        project.fails(1, &["diff", "--from", &format!("sql:{}", file.display()), "--to", "models"]);
    assert!(said.contains("operator class") && said.contains("CREATE EXTENSION"), "{said}");
}

fn a_replay_skips_rust_steps(db: Scratch) {
    let project = Modelled::new(&db, &[db.kind().dialect().name()]);
    project.models(USERS);
    project.ok(&GENERATE);
    project.ok(&["revision", "-m", "fill"]);
    let file = project.revisions().pop().unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let called =
        "-- migrate:up\n-- migrate:call fill_names\n-- migrate:call fill_more\n-- migrate:call fill_names\n";
    fs::write(&file, text.replace("-- migrate:up\n", called)).unwrap();
    let output = project.run(&["check", "--replay"]);
    let said = self::text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("has skipped the Rust steps fill_more, fill_names").count(), 1, "{said}");
    let (out, _) =
        project.fails(3, &["diff", "--from", "revisions", "--to", "revisions@base", "--exit-code"]);
    assert!(out.contains("drop table users"), "{out}");
    // What runs on a database is as it was: the application has the step, the plugin has not.
    let (_, said) = project.fails(1, &["upgrade"]);
    assert!(said.contains("unknown-step"), "{said}");
}
