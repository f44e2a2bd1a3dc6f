//! What autogenerate says, asks and writes into the file about danger.

use migrate_tests::{Modelled, Scratch, ServerKind};
use serde_json::Value;

use crate::promises;

const SQLITE: &[ServerKind] = &[ServerKind::Sqlite];
const ENGINES: &[ServerKind] =
    &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];

promises! {
    rows_in_the_way_are_counted on ENGINES;
    nothing_is_said_of_rows_that_fit on ENGINES;
    a_count_that_is_refused_ends_nothing on ENGINES;
    names_that_hold_before_are_counted_by on ENGINES;
    what_is_dropped_leaves_a_word on ENGINES;
    what_the_way_back_drops_leaves_a_word on ENGINES;
    a_narrower_type_is_a_question_only_where_something_does_not_fit on ENGINES;
    a_way_back_without_a_value_is_said on ENGINES;
    a_big_table_says_how_not_to_lock_it on &[ServerKind::Postgres];
    the_script_of_a_diff_is_all_or_nothing on &[ServerKind::Sqlite, ServerKind::Postgres];
    rows_get_a_value_once on ENGINES;
    every_dialect_gives_the_value on SQLITE;
    consent_to_nothing_is_a_mistake on SQLITE;
    options_can_be_pasted on SQLITE;
    a_view_of_a_dropped_column_is_named_above_what_fails on SQLITE;
}

/// Three rows, two of which have the same email, one no parent, and one an age below zero.
const TABLES: &str = "\
use migrate_runtime::Table;

#[derive(Table)]
#[table(name = \"teams\")]
pub struct Team {
    #[column(primary_key)]
    pub id: i64,
}

#[derive(Table)]
#[table(name = \"users\")]
pub struct User {
    #[column(primary_key)]
    pub id: i64,
    #[column(length = 80)]
    pub email: String,
    pub age: i32,
    pub team_id: Option<i64>,
    #[column(length = 20)]
    pub tag: String,
}
";

fn with_rows(db: &Scratch) -> Modelled {
    let project = Modelled::new(db, &[db.kind().dialect().name()]);
    project.models(TABLES);
    project.ok(&["revision", "--autogenerate", "-m", "tables"]);
    project.ok(&["upgrade"]);
    db.rows("INSERT INTO teams (id) VALUES (1)");
    db.rows(
        "INSERT INTO users (id, email, age, team_id, tag) \
         VALUES (1, 'a@x', 5, 1, 'abc'), (2, 'a@x', -1, 7, 'abcdefgh'), (3, 'b@x', 7, NULL, 'x')",
    );
    project
}

/// What a comparison says without a terminal.
fn json(project: &Modelled, arguments: &[&str]) -> Value {
    let arguments = [&["revision", "--autogenerate", "-m", "next", "--format", "json"], arguments].concat();
    let output = project.run(&arguments);
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

fn codes(found: &Value) -> Vec<String> {
    let warnings = found["warnings"].as_array().unwrap();
    let mut codes: Vec<_> =
        warnings.iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes
}

fn message<'v>(found: &'v Value, code: &str) -> &'v str {
    let warnings = found["warnings"].as_array().unwrap();
    let warning = warnings.iter().find(|warning| warning["code"] == code);
    warning.unwrap_or_else(|| panic!("{code}: {found}"))["message"].as_str().unwrap()
}

/// The newest revision with each statement's review in one line.
fn reviews(project: &Modelled) -> String {
    project.newest().replace("\n-- review:   ", " ")
}

fn constrained() -> String {
    TABLES
        .replace("length = 80", "length = 80, unique")
        .replace("pub age", "#[column(check = \"age >= 0\")]\n    pub age")
        .replace("pub team_id", "#[column(references = \"teams.id\")]\n    pub team_id")
}

fn rows_in_the_way_are_counted(db: Scratch) {
    let project = with_rows(&db);
    project.models(&constrained());
    let found = json(&project, &[]);
    assert_eq!(codes(&found), ["duplicate-rows", "rows-break-check", "rows-without-parent"], "{found}");
    assert!(message(&found, "duplicate-rows").starts_with("users: 1 value occurs more than once"));
    assert!(message(&found, "rows-break-check").starts_with("users: 1 row breaks "));
    assert!(message(&found, "rows-without-parent").starts_with("users: 1 row refers to no row of teams"));
    let file = reviews(&project);
    for expected in [
        "fails if two rows of users have the same email (1 group when this was written)",
        "fails if a row of users refers to no row of teams (1 row when this was written)",
        "fails if a row of users breaks ",
    ] {
        assert!(file.contains(expected), "{expected}: {file}");
    }
    let wide = file.lines().find(|line| line.starts_with("-- review:   "));
    assert!(wide.is_none(), "{file}");
    assert!(project.newest().lines().all(|line| line.chars().count() <= 80), "{}", project.newest());

    // What is said is true: without the row nothing is in the way.
    let (_, said) = project.fails(1, &["upgrade"]);
    assert!(said.contains("error[statement-failed]"), "{said}");
}

fn nothing_is_said_of_rows_that_fit(db: Scratch) {
    let project = with_rows(&db);
    db.rows("DELETE FROM users WHERE id = 2");
    project.models(&constrained());
    let found = json(&project, &[]);
    assert!(codes(&found).is_empty(), "{found}");
    project.ok(&["upgrade"]);
    assert!(project.ok(&["check"]).contains("agree"));
}

fn a_count_that_is_refused_ends_nothing(db: Scratch) {
    let project = with_rows(&db);
    // The text cannot be compared with a number everywhere, and what is added beside it is counted all the same.
    let broken =
        "#[table(name = \"users\", check(name = \"ck_odd\", expr = \"length(tag) / (age - age) = 1\"))]";
    project.models(&constrained().replace("#[table(name = \"users\")]", broken));
    let found = json(&project, &[]);
    assert!(codes(&found).contains(&"duplicate-rows".to_owned()), "{found}");
    assert_eq!(found["decisions"], serde_json::json!([]));
}

fn names_that_hold_before_are_counted_by(db: Scratch) {
    let project = with_rows(&db);
    let renamed = constrained()
        .replace("name = \"users\"", "name = \"people\", renamed_from = \"users\"")
        .replace("check = \"age >= 0\"", "check = \"years >= 0\", renamed_from = \"age\"")
        .replace("pub age", "pub years");
    project.models(&renamed);
    let found = json(&project, &[]);
    assert_eq!(codes(&found), ["duplicate-rows", "rows-break-check", "rows-without-parent"], "{found}");
    assert!(message(&found, "rows-break-check").starts_with("people: 1 row breaks "));
}

fn what_is_dropped_leaves_a_word(db: Scratch) {
    let project = with_rows(&db);
    let without = TABLES.replace("    #[column(length = 20)]\n    pub tag: String,\n", "");
    project.models(&without.replace("pub age: i32", "pub age: Option<i32>"));
    project.ok(&["revision", "--autogenerate", "-m", "drop", "--allow-drop", "users.tag"]);
    let file = reviews(&project);
    let word =
        "-- review: drops users.tag: its values are lost; the way back brings the column, not the values";
    assert_eq!(file.matches(word).count(), 1, "{file}");
    assert!(file.find(word) < file.find("-- migrate:down"), "{file}");
    let script = project.ok(&["diff", "--from", "db", "--to", "models", "--sql"]);
    assert!(script.replace("\n-- review:   ", " ").contains(word), "{script}");

    project.ok(&["upgrade"]);
    project.models("");
    project.ok(&["revision", "--autogenerate", "-m", "drop all", "--allow-drop", "*"]);
    assert!(reviews(&project).contains("-- review: drops users: its rows are lost"), "{}", project.newest());
}

fn what_the_way_back_drops_leaves_a_word(db: Scratch) {
    let project = with_rows(&db);
    let file = |message: &str, models: &str| {
        project.models(models);
        project.ok(&["revision", "--autogenerate", "-m", message]);
        let file = reviews(&project);
        let (up, down) =
            file.split_once("-- migrate:down").map(|(up, down)| (up.to_owned(), down.to_owned())).unwrap();
        assert!(!up.contains(" are lost"), "{up}");
        down
    };
    let added = TABLES.replace("    pub age: i32,\n", "    pub age: i32,\n    pub note: Option<i32>,\n")
        + "\n#[derive(Table)]\n#[table(name = \"logs\")]\npub struct Log {\n    #[column(primary_key)]\n    pub id: i64,\n}\n";
    let down = file("add", &added);
    for (word, statement) in [
        ("-- review: drops users.note: its values are lost\n", "DROP COLUMN"),
        ("-- review: drops logs: its rows are lost\n", "DROP TABLE"),
    ] {
        assert_eq!(down.matches(word).count(), 1, "{down}");
        let (_, below) = down.split_once(word).unwrap();
        assert!(below.split(';').next().unwrap().contains(statement), "{down}");
    }
    project.ok(&["upgrade"]);
    // Where the table is made anew: above the copy of its rows.
    let unique =
        added.replace("    pub note:", "    #[column(unique)]\n    pub code: Option<i32>,\n    pub note:");
    let down = file("unique", &unique);
    let word = "-- review: drops users.code: its values are lost\n";
    assert_eq!(down.matches(word).count(), 1, "{down}");
    project.ok(&["upgrade"]);
    project.ok(&["downgrade", "-1"]);
    project.ok(&["upgrade"]);
}

fn a_narrower_type_is_a_question_only_where_something_does_not_fit(db: Scratch) {
    let project = with_rows(&db);
    let narrow = |length: &str| TABLES.replace("length = 20", length);
    if db.kind() == ServerKind::Sqlite {
        // A text of SQLite has no length.
        project.models(&narrow("length = 5"));
        assert!(project.ok(&["revision", "--autogenerate", "-m", "none"]).contains("no differences"));
        return;
    }
    project.models(&narrow("length = 5"));
    let found = json(&project, &[]);
    let decision = &found["decisions"][0];
    assert_eq!((&decision["what"], &decision["misfits"]), (&"narrowing".into(), &1.into()), "{found}");
    let (_, said) = project.fails(4, &["revision", "--autogenerate", "-m", "narrow"]);
    assert!(said.contains("1 value is longer, which ") && said.contains(" refuses"), "{said}");
    assert!(said.contains("\n      --allow-drop users.tag\n"), "an option has its line: {said}");

    project.models(&narrow("length = 8"));
    let found = json(&project, &[]);
    assert_eq!(found["decisions"], serde_json::json!([]));
    assert!(message(&found, "narrows-column").contains("no value here is longer"), "{found}");
    project.ok(&["upgrade"]);
    project.ok(&["downgrade", "-1"]);
}

fn a_way_back_without_a_value_is_said(db: Scratch) {
    let project = with_rows(&db);
    let without = TABLES.replace("    #[column(length = 20)]\n    pub tag: String,\n", "");
    project.models(&without);
    let found = json(&project, &["--allow-drop", "users.tag"]);
    assert!(message(&found, "down-needs-a-value").contains("no value of users.tag for 3 rows"), "{found}");
    let file = reviews(&project);
    let (_, down) = file.split_once("-- migrate:down").unwrap();
    assert!(down.contains("-- review: ") && down.contains("NOT NULL"), "{down}");
}

fn a_big_table_says_how_not_to_lock_it(db: Scratch) {
    let project = with_rows(&db);
    db.rows("DELETE FROM users");
    db.rows(
        "INSERT INTO users (id, email, age, team_id, tag) SELECT n, n, 1, 1, 'x' FROM generate_series(1, 100000) AS n",
    );
    project.models(&constrained());
    let found = json(&project, &[]);
    assert!(message(&found, "constraint-locks-table").contains("has 100000 rows"), "{found}");
    let file = reviews(&project);
    assert!(file.contains("users is big: consider ADD CONSTRAINT ... NOT VALID, and VALIDATE"), "{file}");
    assert!(file.contains("UNIQUE USING INDEX"), "{file}");
    project.ok(&["upgrade"]);
}

fn the_script_of_a_diff_is_all_or_nothing(db: Scratch) {
    let project = with_rows(&db);
    project.models(&constrained());
    let script = project.ok(&["diff", "--from", "db", "--to", "models", "--sql"]);
    let again = || project.ok(&["diff", "--from", "db", "--to", "models", "--sql"]);
    if db.kind() == ServerKind::Sqlite {
        let run = || {
            let connection = rusqlite::Connection::open(&db.name).unwrap();
            connection.pragma_update(None, "foreign_keys", true).unwrap();
            connection.execute_batch(&script)
        };
        assert!(run().is_err(), "a row is in the way: {script}");
        assert_eq!(again(), script, "nothing of it has stayed");
        db.rows("DELETE FROM users WHERE id = 2");
        run().unwrap_or_else(|error| panic!("{error}: {script}"));
        assert_eq!(db.cell("SELECT count(*) FROM users"), "2");
    } else {
        db.rows("DELETE FROM users WHERE id = 2");
        db.rows(&script);
    }
    assert!(project.ok(&["check"]).contains("agree"));
    assert_eq!(again(), "");
}

fn rows_get_a_value_once(db: Scratch) {
    let project = with_rows(&db);
    db.rows("DELETE FROM users WHERE id = 2");
    let closed = TABLES.replace("pub team_id: Option<i64>", "pub team_id: i64").replace(
        "pub tag: String,\n",
        "pub tag: String,\n    #[column(length = 9)]\n    pub state: String,\n",
    );
    project.models(&closed);
    let state = ["--fill", "users.state='it''s new'"];
    let found = json(&project, &state);
    assert_eq!(codes(&found), ["nulls-in-not-null"], "{found}");
    let fill =
        found["changes"].as_array().unwrap().iter().find(|change| change["op"] == "fill-column").unwrap();
    assert_eq!((&fill["name"], &fill["value"]), (&"state".into(), &"'it''s new'".into()));

    std::fs::remove_file(project.revisions().pop().unwrap()).unwrap();
    project.ok(&["lock"]);
    let team = ["--fill", "users.team_id=1"];
    let found = json(&project, &[&state[..], &team].concat());
    assert!(codes(&found).is_empty(), "{found}");
    assert!(!project.newest().contains("-- review: fails if"), "{}", project.newest());
    project.ok(&["upgrade"]);
    assert!(project.ok(&["check"]).contains("agree"));
    assert_eq!(db.cell("SELECT count(*) FROM users WHERE state = 'it''s new' AND team_id = 1"), "2");
    project.ok(&["downgrade", "-1"]);
    project.ok(&["upgrade"]);
    assert!(project.ok(&["check"]).contains("agree"));

    for (word, expected) in [
        ("users.state", "is not TABLE.COLUMN=VALUE"),
        ("users.nothing=1", "there is no such column that takes a value"),
    ] {
        let arguments = ["revision", "--autogenerate", "-m", "no", "--fill", word];
        let (_, said) = project.fails(2, &arguments);
        assert!(said.contains(expected), "{word}: {said}");
    }
}

fn every_dialect_gives_the_value(db: Scratch) {
    let project = Modelled::new(&db, &["sqlite", "postgres", "mysql", "mssql"]);
    project.models(TABLES);
    project.ok(&["revision", "--autogenerate", "-m", "tables"]);
    project.ok(&["upgrade"]);
    project.models(&TABLES.replace("pub age", "pub is_new: bool,\n    pub age"));
    project.ok(&["revision", "--autogenerate", "-m", "new", "--fill", "users.is_new=true"]);
    let file = project.newest();
    for expected in [
        "SELECT id, email, true, age",
        "UPDATE users\nSET is_new = true\nWHERE is_new IS NULL;",
        "UPDATE users\nSET is_new = 1\nWHERE is_new IS NULL;",
        "ALTER TABLE users ALTER COLUMN is_new SET NOT NULL;",
        "ALTER TABLE users MODIFY COLUMN is_new tinyint(1) NOT NULL;",
    ] {
        assert!(file.contains(expected), "{expected}: {file}");
    }
    let (_, down) = file.split_once("-- migrate:down").unwrap();
    assert!(!down.contains("UPDATE"), "{down}");
}

fn consent_to_nothing_is_a_mistake(db: Scratch) {
    let project = with_rows(&db);
    project.models(&TABLES.replace("pub tag", "pub label"));
    let generate = ["revision", "--autogenerate", "-m", "x", "--rename", "none", "--allow-drop"];
    let (_, said) = project.fails(2, &[&generate[..], &["users.tga"]].concat());
    assert!(said.contains("--allow-drop users.tga: there is nothing of that name"), "{said}");
    assert!(said.contains("did you mean users.tag?"), "{said}");
    // By the name that its table has when it goes.
    project.models(&TABLES.replace("name = \"users\"", "name = \"people\"").replace("pub tag", "pub label"));
    let renamed = ["revision", "--autogenerate", "-m", "y", "--rename", "users=people", "--rename", "none"];
    let (_, said) = project.fails(4, &renamed);
    assert!(said.contains("--allow-drop people.tag"), "{said}");
    project.ok(&[&renamed[..], &["--allow-drop", "people.tag"]].concat());
}

fn options_can_be_pasted(db: Scratch) {
    let project = with_rows(&db);
    project.models(&TABLES.replace("pub tag", "#[column(name = \"the tag\")]\n    pub tag"));
    let found = json(&project, &[]);
    assert_eq!(found["decisions"][0]["options"][0], "--rename 'users.tag=users.the tag'", "{found}");
    assert_eq!(found["decisions"].as_array().unwrap().len(), 1, "{found}");
    let (_, said) = project.fails(2, &["revision", "--autogenerate", "-m", "x", "--rename", "tag=x"]);
    assert!(said.contains("a column is named with its table, a value with its enum: users.tag"), "{said}");
}

fn a_view_of_a_dropped_column_is_named_above_what_fails(db: Scratch) {
    let project = with_rows(&db);
    db.rows("CREATE VIEW tags AS SELECT tag FROM users");
    db.rows("CREATE VIEW ages AS SELECT age FROM users");
    project.models(&TABLES.replace("    #[column(length = 20)]\n    pub tag: String,\n", ""));
    project.ok(&["revision", "--autogenerate", "-m", "drop", "--allow-drop", "users.tag"]);
    let file = reviews(&project);
    let (above, _) = file.split_once("ALTER TABLE users DROP COLUMN tag;").unwrap();
    let review = "-- review: does the view tags still fit? tag is gone from users\n";
    assert!(above.rsplit("\n\n").next().unwrap().contains(review), "{file}");
    assert!(!file.contains("view ages"), "{file}");
    project.fails(1, &["upgrade"]);
    db.rows("DROP VIEW tags");
    project.ok(&["upgrade"]);
}
