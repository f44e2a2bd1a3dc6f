//! A dialect without a server: what the first dialect alone can have switches nothing off there, and what nobody could
//! translate is not taken for done.

use std::fs;

use migrate_tests::{Modelled, Scratch, ServerKind};

use crate::{
    dialects::{GENERATE, agrees_on, json, project, runs_on, section, step, text},
    promises,
};

const FIRST: &[ServerKind] = &[ServerKind::Postgres, ServerKind::Sqlite];
const POSTGRES: &[ServerKind] = &[ServerKind::Postgres];
/// Those that are translated.
const OTHERS: [ServerKind; 4] =
    [ServerKind::Mysql, ServerKind::Mariadb, ServerKind::Postgres, ServerKind::Mssql];

promises! {
    what_only_the_first_engine_has_switches_nothing_off on FIRST;
    the_values_of_enums_are_known_beside_what_the_other_engine_cannot_have on FIRST;
    what_was_not_translated_is_refused_until_it_is_written on POSTGRES;
    what_a_dropped_table_had_is_missed_on_the_way_back_alone on POSTGRES;
    an_expression_is_said_in_words_that_the_other_engine_knows on FIRST;
    what_has_another_shape_is_not_only_of_the_other_dialect on FIRST;
}

const DROPS: [&str; 4] = ["--rename", "none", "--allow-drop", "*"];

/// Writes the revision that the drops of these models need, and gives what was said.
fn generated(project: &Modelled, models: &str) -> (String, String) {
    project.models(models);
    let output = project.run(&[&GENERATE[..], &DROPS].concat());
    let (out, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}{said}");
    (out, said)
}

/// The dialects that are translated for a project of this first one.
fn others(db: &Scratch) -> Vec<&'static str> {
    let kinds = OTHERS.iter().filter(|kind| **kind != db.kind());
    kinds.map(|kind| kind.dialect().name()).collect()
}

/// Runs all of it in every dialect that has a server here, there and back; what was made agrees with the models, and so do
/// the revisions in that dialect.
fn holds_everywhere(project: &Modelled, db: &Scratch) {
    project.ok(&["upgrade"]);
    project.ok(&["check"]);
    for kind in OTHERS.iter().filter(|kind| **kind != db.kind()) {
        let Some(other) = runs_on(project, *kind) else { continue };
        agrees_on(project, &other);
        let replayed = project.run_on(&other.url, &["check", "--replay", "--database-url", &other.url]);
        assert!(replayed.status.success(), "{}: {}", kind.name(), text(&replayed.stderr));
    }
    project.ok(&["downgrade", "base"]);
    project.ok(&["upgrade"]);
}

/// What is for the first engine alone, and most others cannot have.
fn alone(db: &Scratch) -> Vec<&'static str> {
    match db.kind() {
        ServerKind::Postgres => vec![
            "index(columns(age), name = \"ix_adult\", where = \"age > 17\", only(postgres))",
            "index(columns(\"abs(age)\"), name = \"ix_abs\", only(postgres))",
            "index(columns(age), name = \"ix_hash\", using = \"hash\", only(postgres))",
            "index(columns(tags), name = \"ix_tags\", using = \"gin\", only(postgres))",
            "unique(columns(age), name = \"uq_late\", deferrable, only(postgres))",
            "unique(columns(nick), name = \"uq_nick\", nulls_not_distinct, only(postgres))",
            "exclude(expr = \"age WITH =\", using = \"btree\", name = \"ex_age\", only(postgres))",
            "sequence(name = \"own_numbers\", only(postgres))",
        ],
        _ => vec![
            "index(columns(age), name = \"ix_adult\", where = \"age > 17\", only(sqlite))",
            "index(columns(\"abs(age)\"), name = \"ix_abs\", only(sqlite))",
        ],
    }
}

/// Users with something of one engine, and a table beside them.
fn users_and_logs(db: &Scratch, own: &str) -> String {
    let tags = match db.kind() {
        // The others have it in a way of their own.
        ServerKind::Postgres if own.contains("tags") => {
            "    #[column(mysql(type = \"json\"), mariadb(type = \"longtext\"), mssql(type = \"nvarchar(max)\"))]\n    \
             pub tags: Vec<String>,\n"
        }
        _ => "",
    };
    let own = if own.is_empty() { String::new() } else { format!(", {own}") };
    format!(
        "use migrate_runtime::Table;

#[derive(Table)]
#[table(name = \"users\"{own})]
pub struct User {{
    #[column(primary_key, identity)]
    pub id: i64,
    pub age: i32,
    pub nick: Option<i32>,
{tags}}}

#[derive(Table)]
#[table(name = \"logs\")]
pub struct Log {{
    #[column(primary_key, identity)]
    pub id: i64,
    pub line: i32,
    pub old: i32,
}}
"
    )
}

fn what_only_the_first_engine_has_switches_nothing_off(db: Scratch) {
    let (dialects, alone) = (others(&db), alone(&db));
    for own in &alone {
        let db = Scratch::new(&db.server);
        drops_and_changes_are_translated(&project(&db, &dialects), &db, own);
    }
    let project = project(&db, &dialects);
    drops_and_changes_are_translated(&project, &db, &alone.join(", "));
    holds_everywhere(&project, &db);
}

/// Beside what only the first engine has; then that goes.
fn drops_and_changes_are_translated(project: &Modelled, db: &Scratch, own: &str) {
    let models = users_and_logs(db, own);
    step(project, &models);
    // To SQLite a longer integer is the same one.
    let line = if db.kind() == ServerKind::Sqlite { "line: Option<i32>" } else { "line: Option<i64>" };
    let changed = models.replace("    pub old: i32,\n", "").replace("line: i32", line);
    let (_, said) = generated(project, &changed);
    assert!(!said.contains("not translated"), "{own}: {said}");
    for dialect in others(db) {
        let up = section(project, "up", dialect);
        let is_mysql = matches!(dialect, "mysql" | "mariadb");
        let column = if is_mysql { "MODIFY COLUMN line" } else { "ALTER COLUMN line" };
        assert!(up.contains("DROP COLUMN old") && up.contains(column), "{own}, {dialect}: {up}");
        assert!(!up.contains("unwritten") && !up.contains("users"), "{own}, {dialect}: {up}");
    }
    project.ok(&["upgrade"]);
    // It goes where it was, and nobody is asked to see to it elsewhere.
    let (_, said) = generated(project, &changed.replace(&format!(", {own}"), ""));
    assert!(!said.contains("not translated"), "{own}: {said}");
    for dialect in others(db) {
        assert_eq!(section(project, "up", dialect), "", "{own}, {dialect}");
        assert_eq!(section(project, "down", dialect), "", "{own}, {dialect}");
    }
    project.ok(&["upgrade"]);
}

const ORDERS: &str = "\
use migrate_runtime::{Enum, Table};

#[derive(Enum)]
pub enum State { New, Paid, Back }

#[derive(Enum)]
#[enumeration(as_text)]
pub enum Color { Red, Green }

#[derive(Table)]
#[table(name = \"orders\", OWN)]
pub struct Order {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(default = State::New)]
    pub state: State,
    pub color: Option<Color>,
    #[column(mysql(type = \"mediumtext\"), mariadb(type = \"mediumtext\"))]
    pub note: Option<String>,
    pub age: i32,
}
";

fn the_values_of_enums_are_known_beside_what_the_other_engine_cannot_have(db: Scratch) {
    let dialects = others(&db);
    let project = project(&db, &dialects);
    let own = alone(&db)[0];
    let models = ORDERS.replace("OWN", own);
    step(&project, &models);
    let changed =
        models.replace("New, Paid, Back", "New, Waiting, Paid, Back").replace("Red, Green", "Red, Blue");
    let (_, said) = generated(&project, &changed);
    assert!(!said.contains("not translated"), "{said}");
    for dialect in &dialects {
        let (up, down) = (section(&project, "up", dialect), section(&project, "down", dialect));
        for sql in [&up, &down] {
            assert!(sql.contains("DROP CONSTRAINT ck_orders_"), "{dialect}: {sql}");
            assert!(sql.contains("CONSTRAINT ck_orders_color CHECK"), "{dialect}: {sql}");
            assert!(!sql.contains("note") && !sql.contains("ANY"), "what did not change: {dialect}: {sql}");
        }
        assert!(up.contains("'waiting'") && up.contains("'blue'"), "{dialect}: {up}");
        assert!(down.contains("'green'") && !down.contains("'blue'"), "{dialect}: {down}");
        if *dialect == "mysql" {
            assert!(down.contains("MODIFY COLUMN state enum('new','paid','back') NOT NULL"), "{down}");
        }
    }
    holds_everywhere(&project, &db);
}

const TAGGED: &str = "\
use migrate_runtime::Table;

#[derive(Table)]
#[table(name = \"posts\")]
pub struct Post {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(mysql(type = \"json\"), sqlite(type = \"TEXT\"))]
    pub tags: Vec<String>,
}
";

fn what_was_not_translated_is_refused_until_it_is_written(db: Scratch) {
    let project = project(&db, &["mysql", "sqlite"]);
    step(&project, TAGGED);
    // What the column was there is not known.
    project.models(
        &TAGGED
            .replace("    pub tags: Vec<String>,\n", "")
            .replace("    #[column(mysql(type = \"json\"), sqlite(type = \"TEXT\"))]\n", ""),
    );
    let (out, _) = project.fails(4, &[&GENERATE[..], &["--format", "json"]].concat());
    let warnings = json(&out)["warnings"].as_array().unwrap().clone();
    let warning = warnings.iter().find(|warning| warning["code"] == "not-translated").unwrap();
    assert_eq!((&warning["dialect"], &warning["table"]), (&"mysql".into(), &"posts".into()), "{out}");
    let output = project.run(&[&GENERATE[..], &DROPS].concat());
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("mysql: not translated: drop column posts.tags: write it by hand"), "{said}");
    assert_eq!(section(&project, "up", "mysql"), "-- migrate:unwritten drop column posts.tags");
    let back = "-- migrate:unwritten add column posts.tags text[] not null";
    assert_eq!(section(&project, "down", "mysql"), back);

    // The other dialects of the revision are done.
    project.ok(&["upgrade"]);
    project.ok(&["check", "--replay"]);
    project.ok(&["downgrade", "-1"]);
    project.ok(&["upgrade"]);
    let Some(mysql) = ServerKind::Mysql.server().map(|server| Scratch::new(&server)) else { return };
    let run = |arguments: &[&str]| project.run_on(&mysql.url, arguments);
    let file = project.revisions().pop().unwrap();
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    let refused = |arguments: &[&str], line: &str, what: &str| {
        let output = run(arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        let line = fs::read_to_string(&file).unwrap().lines().position(|found| found == line).unwrap() + 1;
        assert!(said.contains("error[unwritten]") && said.contains(what), "{arguments:?}: {said}");
        assert!(said.contains(&format!("{name}:{line}:1")), "{arguments:?}: {line}: {said}");
        assert!(said.contains("remove the line"), "{arguments:?}: {said}");
    };
    let marked = "-- migrate:unwritten drop column posts.tags";
    for arguments in
        [&["upgrade"][..], &["upgrade", "--dry-run"], &["check", "--replay", "--database-url", &mysql.url]]
    {
        refused(
            arguments,
            marked,
            "for mysql, on its up side, that nobody has written yet: drop column posts.tags",
        );
    }
    assert!(run(&["upgrade", "+1"]).status.success(), "what stands before it is not concerned");
    refused(&["upgrade"], marked, "drop column posts.tags");

    let write = |from: &str, to: &str| {
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
    };
    write(marked, "ALTER TABLE posts DROP COLUMN tags;");
    assert!(run(&["upgrade"]).status.success());
    agrees_on(&project, &mysql);
    refused(
        &["downgrade", "-1"],
        back,
        "on its down side, that nobody has written yet: add column posts.tags",
    );
    write(back, "ALTER TABLE posts ADD COLUMN tags json NOT NULL;");
    let down = run(&["downgrade", "-1"]);
    assert!(down.status.success(), "{}", text(&down.stderr));
    assert!(run(&["upgrade"]).status.success());
    // Nobody who has run the other sections is concerned.
    project.ok(&["verify"]);
}

fn what_a_dropped_table_had_is_missed_on_the_way_back_alone(db: Scratch) {
    let project = project(&db, &["mysql"]);
    let beside = "#[derive(Table)]\n#[table(name = \"logs\")]\npub struct Log {\n    #[column(primary_key, identity)]\n    \
                  pub id: i64,\n}\n";
    let indexed = TAGGED.replace(
        "name = \"posts\"",
        "name = \"posts\", index(columns(tags), using = \"gin\", only(postgres)), index(columns(id), name = \"ix_id\")",
    );
    step(&project, &format!("{indexed}{beside}"));
    let (_, said) = generated(&project, &format!("use migrate_runtime::Table;\n{beside}"));
    assert!(said.contains("mysql: not translated: add column posts.tags"), "{said}");
    assert!(said.contains("on the way back: `downgrade` refuses the revision"), "{said}");
    let (up, down) = (section(&project, "up", "mysql"), section(&project, "down", "mysql"));
    assert!(up.contains("DROP TABLE posts") && !up.contains("unwritten"), "{up}");
    assert!(
        down.starts_with("-- migrate:unwritten add column posts.tags text[] not null\n\nCREATE TABLE posts"),
        "{down}"
    );
    assert_eq!(down.matches("unwritten").count(), 1, "{down}");
    assert!(down.contains("ix_id"), "{down}");
    let Some(mysql) = ServerKind::Mysql.server().map(|server| Scratch::new(&server)) else { return };
    assert!(project.run_on(&mysql.url, &["upgrade"]).status.success(), "{}", project.newest());
    agrees_on(&project, &mysql);
    let back = project.run_on(&mysql.url, &["downgrade", "-1"]);
    assert!(text(&back.stderr).contains("error[unwritten]"), "{}", text(&back.stderr));
}

fn an_expression_is_said_in_words_that_the_other_engine_knows(db: Scratch) {
    let dialects = others(&db);
    let project = project(&db, &dialects);
    let checked = users_and_logs(
        &db,
        "check(name = \"ck_age\", expr = \"age IN (1, 2, 3) AND age <> 9\"), check(name = \"ck_nick\", expr = \"nick > 0\")",
    );
    step(&project, &checked);
    let other = checked.replace("(1, 2, 3)", "(1, 2)").replace("nick > 0", "nick > 1");
    generated(&project, &other);
    for dialect in &dialects {
        let down = section(&project, "down", dialect);
        assert!(
            down.contains("(1, 2, 3)") && !down.contains("ANY") && !down.contains("::"),
            "{dialect}: {down}"
        );
    }
    holds_everywhere(&project, &db);
    if db.kind() != ServerKind::Postgres {
        return;
    }
    // What only PostgreSQL can say, and another engine has said otherwise, is left to a human.
    let own = "check(name = \"ck_own\", expr = \"age::text ~ '1'\", mysql(expr = \"age > 5\"), mariadb(expr = \"age > 5\"), \
               mssql(expr = \"age > 5\"))";
    step(&project, &users_and_logs(&db, own));
    let (_, said) = generated(&project, &users_and_logs(&db, ""));
    assert!(said.contains("mysql: not translated: drop check ck_own on users"), "{said}");
    assert!(section(&project, "up", "mysql").starts_with("-- migrate:unwritten drop check ck_own on users"));
}

fn what_has_another_shape_is_not_only_of_the_other_dialect(db: Scratch) {
    let project = project(&db, &["sqlite", "postgres", "mysql"]);
    let models = ORDERS.replace(", OWN", "").replace("Back }", "#[variant(name = \"given back\")] Back }");
    step(&project, &models);
    let changed = models
        .replace("name = \"given back\"", "renamed_from = \"given back\"")
        .replace("New, Paid", "New, Waiting, Paid")
        .replace(
            "    pub age: i32,\n",
            "    pub age: i32,\n    #[column(unique)]\n    pub handle: Option<i32>,\n    \
                  #[column(check = \"level IN (1, 2)\")]\n    pub level: Option<i32>,\n",
        );
    project.models(&changed);
    let output = project.run(&[&GENERATE[..], &DROPS].concat());
    let out = text(&output.stdout);
    assert!(output.status.success(), "{out}{}", text(&output.stderr));
    let sql = section(&project, "up", "mysql");
    assert!(sql.contains("uq_orders_handle") && sql.contains("'waiting'"), "{sql}");
    assert!(!out.contains("only for"), "{out}");
    project.ok(&["upgrade"]);
    // What is not to be had elsewhere is named.
    let own = changed
        .replace("name = \"orders\"", "name = \"orders\", index(columns(age), name = \"ix_m\", only(mysql))");
    let (out, _) = generated(&project, &own);
    assert!(out.is_empty() || !out.contains("only for sqlite"), "{out}");
}
