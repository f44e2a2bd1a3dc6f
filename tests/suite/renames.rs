//! What gets another name takes along everything that speaks of it, and nothing else: chains, circles, names that are
//! taken over from what goes.

use migrate_tests::{Modelled, Scratch, ServerKind};
use serde_json::Value;

use crate::{pairs::objects, promises};

const EVERYWHERE: &[ServerKind] =
    &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
const POSTGRES: &[ServerKind] = &[ServerKind::Postgres];

promises! {
    a_chain_of_names_moves_as_one on EVERYWHERE;
    a_circle_is_done_when_it_is_said on EVERYWHERE;
    a_circle_of_the_models_alone_is_refused on EVERYWHERE;
    a_column_takes_the_name_of_one_that_goes on EVERYWHERE;
    a_table_takes_the_name_of_one_that_goes on EVERYWHERE;
    a_name_that_models_tell_and_something_has_is_asked_about on EVERYWHERE;
    the_option_that_is_printed_is_taken on EVERYWHERE;
    a_wrong_rename_says_why on EVERYWHERE;
    other_letters_are_no_other_thing on &[ServerKind::Sqlite, ServerKind::Mariadb, ServerKind::Mysql];
    a_reserved_word_is_a_name on EVERYWHERE;
    of_several_indexes_that_are_alike_the_one_told_is_renamed on EVERYWHERE;
    values_of_a_list_change_places on EVERYWHERE;
    values_go_along_in_the_sections_of_other_dialects on &[ServerKind::Sqlite, ServerKind::Postgres];
    names_are_taken_over_in_the_sections_of_other_dialects on &[ServerKind::Sqlite, ServerKind::Postgres];
    names_that_the_server_gives_go_round_with_their_tables on &[ServerKind::Mariadb, ServerKind::Mysql];
    a_sequence_takes_its_defaults_along on &[ServerKind::Postgres, ServerKind::Mariadb];
    a_value_is_no_other_string on POSTGRES;
    a_value_of_two_enums_is_one_of_each on POSTGRES;
    values_in_arrays_and_expressions_go_along on POSTGRES;
    a_column_is_not_its_type on POSTGRES;
    a_type_is_not_its_column on POSTGRES;
    a_type_that_is_renamed_and_reordered_is_made_anew on POSTGRES;
    a_type_moves_to_another_schema on POSTGRES;
    a_type_becomes_a_table_and_back on POSTGRES;
    names_of_a_dropped_table_are_free on POSTGRES;
}

/// A project with what the first models ask for, and rows.
fn with(db: &Scratch, models: &str, rows: &[&str]) -> Modelled {
    let project = Modelled::new(db, &[db.kind().dialect().name()]);
    project.models(&source(models));
    project.ok(&["revision", "--autogenerate", "-m", "first"]);
    project.ok(&["upgrade"]);
    for statement in rows {
        db.rows(statement);
    }
    project
}

fn source(models: &str) -> String {
    format!("use migrate_runtime::{{Enum, Table}};\n\n{models}")
}

/// From what is there to what the models say, back, and there again; gives the revision.
fn there_and_back(db: &Scratch, project: &Modelled, models: &str, answers: &[&str]) -> String {
    let was = objects(db);
    project.models(&source(models));
    project.ok(&[&["revision", "--autogenerate", "-m", "names"], answers].concat());
    project.ok(&["upgrade", "heads"]);
    assert!(project.ok(&["check"]).contains("agree"), "{}", project.newest());
    project.ok(&["downgrade", "-1"]);
    assert_eq!(objects(db), was, "{}", project.newest());
    project.ok(&["upgrade", "heads"]);
    assert!(project.ok(&["check"]).contains("agree"), "{}", project.newest());
    project.newest()
}

fn rows(db: &Scratch, sql: &str) -> String {
    db.rows(sql).into_iter().map(|row| row.join(" ")).collect::<Vec<_>>().join(", ")
}

const PAIR: &str = "
#[derive(Table)]
#[table(name = \"a\")]
pub struct A {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(index, check = \"x > 0\")]
    pub x: i64,
    #[column(index)]
    pub y: Option<i64>,
}

#[derive(Table)]
#[table(name = \"b\")]
pub struct B {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(references = \"a.id\", index)]
    pub a: i64,
    #[column(length = 20, unique)]
    pub word: String,
}
";

const PAIR_ROWS: &[&str] =
    &["INSERT INTO a (x, y) VALUES (1, 2)", "INSERT INTO b (a, word) SELECT id, 'one' FROM a"];

fn a_chain_of_names_moves_as_one(db: Scratch) {
    let project = with(&db, PAIR, PAIR_ROWS);
    let moved = PAIR
        .replace("name = \"b\"", "name = \"c\", renamed_from = \"b\"")
        .replace("name = \"a\"", "name = \"b\", renamed_from = \"a\"")
        .replace("references = \"a.id\"", "references = \"b.id\"")
        .replace("check = \"x > 0\")]\n    pub x", "check = \"y > 0\", renamed_from = \"x\")]\n    pub y")
        .replace("#[column(index)]\n    pub y", "#[column(index, renamed_from = \"y\")]\n    pub z");
    let sql = there_and_back(&db, &project, &moved, &[]);
    assert!(!sql.contains("migrate_tmp"), "{sql}");
    assert_eq!(rows(&db, "SELECT y, z FROM b"), "1 2", "{sql}");
    assert_eq!(rows(&db, "SELECT word FROM c JOIN b ON b.id = c.a"), "one", "{sql}");
}

/// The tables and the columns of one of them have changed places.
fn swapped() -> String {
    PAIR.replace("name = \"a\"", "name = \"!\"")
        .replace("name = \"b\"", "name = \"a\"")
        .replace("name = \"!\"", "name = \"b\"")
        .replace("references = \"a.id\"", "references = \"b.id\"")
        .replace("check = \"x > 0\")]\n    pub x", "check = \"y > 0\")]\n    pub y")
        .replace("#[column(index)]\n    pub y", "#[column(index)]\n    pub x")
}

fn a_circle_is_done_when_it_is_said(db: Scratch) {
    let project = with(&db, PAIR, PAIR_ROWS);
    let said = ["a=b", "b=a", "a.x=b.y", "a.y=b.x"].map(|pair| ["--rename", pair]).concat();
    let sql = there_and_back(&db, &project, &swapped(), &said);
    assert!(sql.contains("migrate_tmp_a") && sql.contains("migrate_tmp_x"), "{sql}");
    assert_eq!(rows(&db, "SELECT y, x FROM b"), "1 2", "{sql}");
    assert_eq!(rows(&db, "SELECT word FROM a"), "one", "{sql}");
    db.rows("INSERT INTO b (x, y) VALUES (5, 6)");
}

fn a_circle_of_the_models_alone_is_refused(db: Scratch) {
    let project = with(&db, PAIR, PAIR_ROWS);
    let told = PAIR
        .replace("check = \"x > 0\")]\n    pub x", "check = \"y > 0\", renamed_from = \"x\")]\n    pub y")
        .replace("#[column(index)]\n    pub y", "#[column(index, renamed_from = \"y\")]\n    pub x");
    project.models(&source(&told));
    let (_, said) = project.fails(4, &["revision", "--autogenerate", "-m", "swap"]);
    assert!(said.contains("a.y was a.x and a.x was a.y"), "{said}");
    assert!(said.contains("--rename a.x=a.y --rename a.y=a.x"), "{said}");
    project.fails(4, &["check"]);
    let sql = there_and_back(
        &db,
        &project,
        &told.replace(", renamed_from = \"x\"", "").replace(", renamed_from = \"y\"", ""),
        &["--rename", "a.x=a.y", "--rename", "a.y=a.x"],
    );
    assert_eq!(rows(&db, "SELECT y, x FROM a"), "1 2", "{sql}");
    // Where it has been done, somebody can say that as well.
    project.models(&source(&told));
    assert!(project.ok(&["check", "--rename", "none"]).contains("agree"));
}

fn a_column_takes_the_name_of_one_that_goes(db: Scratch) {
    let project = with(&db, PAIR, PAIR_ROWS);
    let one = PAIR
        .replace("    #[column(index)]\n    pub y: Option<i64>,\n", "")
        .replace("check = \"x > 0\")]\n    pub x", "check = \"y > 0\")]\n    pub y");
    project.models(&source(&one));
    let revision = ["revision", "--autogenerate", "-m", "names", "--rename", "a.x=a.y"];
    let (_, said) = project.fails(4, &revision);
    assert!(said.contains("--allow-drop a.y") && said.contains("1 value in 1 row"), "{said}");
    let sql = there_and_back(&db, &project, &one, &["--rename", "a.x=a.y", "--allow-drop", "a.y"]);
    assert_eq!(rows(&db, "SELECT y FROM a"), "1", "{sql}");
}

fn a_table_takes_the_name_of_one_that_goes(db: Scratch) {
    let models = "
#[derive(Table)]
#[table(name = \"old\")]
pub struct Old {
    #[column(primary_key, identity)]
    pub id: i64,
    pub a: i64,
}

#[derive(Table)]
#[table(name = \"new\")]
pub struct New {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(index)]
    pub a: i64,
}

#[derive(Table)]
#[table(name = \"child\")]
pub struct Child {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = \"new.id\", on_delete = \"cascade\")]
    pub new: Option<i64>,
}
";
    let statements = [
        "INSERT INTO old (a) VALUES (7)",
        "INSERT INTO new (a) VALUES (8)",
        "INSERT INTO new (a) VALUES (9)",
        "INSERT INTO child (id) VALUES (3)",
    ];
    let project = with(&db, models, &statements);
    let after = models.split("#[derive(Table)]\n#[table(name = \"old\")]").nth(1).unwrap();
    let after = after.split_once("}\n").unwrap().1.replace("    #[column(index)]\n", "");
    project.models(&source(&after));
    let (_, said) = project.fails(4, &["revision", "--autogenerate", "-m", "names", "--rename", "old=new"]);
    assert!(
        said.contains("drop table new loses data (2 rows)") && said.contains("--allow-drop new"),
        "{said}"
    );
    let sql = there_and_back(&db, &project, &after, &["--rename", "old=new", "--allow-drop", "new"]);
    assert_eq!(rows(&db, "SELECT a FROM new"), "7", "{sql}");
    assert_eq!(rows(&db, "SELECT id FROM child"), "3", "{sql}");
}

fn a_name_that_models_tell_and_something_has_is_asked_about(db: Scratch) {
    let project = with(&db, PAIR, PAIR_ROWS);
    let one = PAIR
        .replace("    #[column(index)]\n    pub y: Option<i64>,\n", "")
        .replace("check = \"x > 0\")]\n    pub x", "check = \"y > 0\", renamed_from = \"x\")]\n    pub y");
    project.models(&source(&one));
    let (_, said) = project.fails(4, &["revision", "--autogenerate", "-m", "names", "--allow-drop", "*"]);
    assert!(said.contains("there is a y already") && said.contains("--rename a.x=a.y"), "{said}");
    let sql = there_and_back(&db, &project, &one, &["--rename", "a.x=a.y", "--allow-drop", "*"]);
    assert_eq!(rows(&db, "SELECT y FROM a"), "1", "{sql}");

    let other = Scratch::new(&db.server);
    let project = with(&other, PAIR, PAIR_ROWS);
    project.models(&source(&one));
    project.ok(&["revision", "--autogenerate", "-m", "names", "--rename", "none", "--allow-drop", "a.x"]);
    project.ok(&["upgrade"]);
    assert_eq!(rows(&other, "SELECT y FROM a"), "2", "{}", project.newest());
}

fn the_option_that_is_printed_is_taken(db: Scratch) {
    let project = with(&db, PAIR, PAIR_ROWS);
    let after = PAIR
        .replace("name = \"b\"", "name = \"words\", renamed_from = \"b\"")
        .replace("pub word", "pub text_of_it");
    project.models(&source(&after));
    let (out, _) = project.fails(4, &["revision", "--autogenerate", "-m", "names", "--format", "json"]);
    let out: Value = serde_json::from_str(&out).unwrap();
    let decision = &out["decisions"][0];
    assert_eq!((&decision["of"], &decision["from"]), (&"b".into(), &"word".into()), "{out}");
    let option = decision["options"][0].as_str().unwrap();
    assert_eq!(option, "--rename b.word=words.text_of_it");
    let sql = there_and_back(&db, &project, &after, &option.split(' ').collect::<Vec<_>>());
    assert_eq!(rows(&db, "SELECT text_of_it FROM words"), "one", "{sql}");
}

fn a_wrong_rename_says_why(db: Scratch) {
    let project = with(&db, PAIR, PAIR_ROWS);
    project.models(&source(&PAIR.replace("pub x:", "pub z:").replace("x > 0", "z > 0")));
    for (renames, why) in [
        (&["a.x=a.z", "a.y=a.z"][..], "something else becomes a.z already"),
        (&["a.x=a.z", "a.x=a.y"], "a.x becomes something else already"),
        (&["a.y=a.y"], "the two are one name"),
        (&["a.x=b"], "not of one kind"),
        (&["a.x=b.word"], "cannot move from one table to another"),
        (&["a.nothing=a.z"], "there is no a.nothing to rename"),
        (&["a.x=a.x"], "there is no a.x to become"),
    ] {
        let options: Vec<_> = renames.iter().flat_map(|pair| ["--rename", pair]).collect();
        let (_, said) =
            project.fails(2, &[&["revision", "--autogenerate", "-m", "x"], &options[..]].concat());
        assert!(said.contains(why), "{renames:?}: {said}");
    }
}

fn other_letters_are_no_other_thing(db: Scratch) {
    let project = with(&db, PAIR, PAIR_ROWS);
    let after = PAIR
        .replace("name = \"a\"", "name = \"A\"")
        .replace("references = \"a.id\"", "references = \"A.id\"")
        .replace("pub x:", "#[column(name = \"X\")]\n    pub x:");
    let sql = there_and_back(&db, &project, &after, &["--rename", "none"]);
    assert!(!sql.contains("DROP TABLE a"), "{sql}");
    assert_eq!(rows(&db, "SELECT X, y FROM A"), "1 2", "{sql}");
    assert_eq!(rows(&db, "SELECT word FROM b JOIN A ON A.id = b.a"), "one", "{sql}");
}

fn a_reserved_word_is_a_name(db: Scratch) {
    let models = "
#[derive(Table)]
#[table(name = \"steps\", check(name = \"ck_steps\", expr = \"pos > 0\"))]
pub struct Step {
    #[column(primary_key)]
    pub id: i64,
    pub pos: i32,
    #[column(generated = \"pos + 1\", nullable)]
    pub next: i32,
}
";
    let project = with(&db, models, &["INSERT INTO steps (id, pos) VALUES (1, 4)"]);
    let quoted = match db.kind() {
        ServerKind::Mariadb | ServerKind::Mysql => "`order`",
        ServerKind::Postgres | ServerKind::Mssql | ServerKind::Sqlite => "\\\"order\\\"",
    };
    let after = models
        .replace("pos > 0", &format!("{quoted} > 0"))
        .replace("pos + 1", &format!("{quoted} + 1"))
        .replace("pub pos: i32", "#[column(renamed_from = \"pos\")]\n    pub order: i32");
    let sql = there_and_back(&db, &project, &after, &[]);
    assert_eq!(rows(&db, "SELECT next FROM steps"), "5", "{sql}");
    // MySQL has to state them again.
    assert!(db.kind() == ServerKind::Mysql || !sql.contains("CHECK"), "{sql}");
}

fn of_several_indexes_that_are_alike_the_one_told_is_renamed(db: Scratch) {
    let models = |indexes: &str| {
        format!(
            "
#[derive(Table)]
#[table(name = \"t\", {indexes})]
pub struct T {{
    #[column(primary_key)]
    pub id: i64,
    pub a: i64,
}}
"
        )
    };
    let project =
        with(&db, &models("index(columns(a), name = \"ix_1\"), index(columns(a), name = \"ix_2\")"), &[]);
    let after = models("index(columns(a), name = \"ix_new\", renamed_from = \"ix_2\")");
    let sql = there_and_back(&db, &project, &after, &[]);
    let up = sql.split("migrate:down").next().unwrap();
    assert!(up.contains("ix_2") && up.contains("ix_new") && up.contains("ix_1"), "{sql}");
    if db.kind() != ServerKind::Sqlite {
        assert!(!up.contains("ADD INDEX") && !up.contains("CREATE INDEX"), "{sql}");
    }
}

const TASKS: &str = "
#[derive(Enum)]
#[enumeration(as_text)]
pub enum Tone { Low, High }

#[derive(Enum)]
pub enum State { Open, Shut }

#[derive(Table)]
#[table(name = \"tasks\")]
pub struct Task {
    #[column(primary_key)]
    pub id: i64,
    #[column(length = 20, default = Tone::Low)]
    pub tone: Tone,
    #[column(default = State::Open)]
    pub state: State,
}
";

const TASK_ROWS: &[&str] = &[
    "INSERT INTO tasks (id, tone, state) VALUES (1, 'low', 'open')",
    "INSERT INTO tasks (id, tone, state) VALUES (2, 'high', 'shut')",
];

fn values_of_a_list_change_places(db: Scratch) {
    let project = with(&db, TASKS, TASK_ROWS);
    let state = if db.kind() == ServerKind::Postgres { "state" } else { "tasks.state" };
    let pairs = [
        "tasks.tone.low=tasks.tone.high".to_owned(),
        "tasks.tone.high=tasks.tone.low".to_owned(),
        format!("{state}.open={state}.shut"),
        format!("{state}.shut={state}.open"),
    ];
    let said: Vec<_> = pairs.iter().flat_map(|pair| ["--rename", pair.as_str()]).collect();
    let sql = there_and_back(&db, &project, TASKS, &said);
    assert_eq!(rows(&db, "SELECT tone, state FROM tasks ORDER BY id"), "high shut, low open", "{sql}");
    // A value that is there is no new name: rows may hold it.
    let wrong = ["--rename", "tasks.tone.low=tasks.tone.high"];
    let (_, said) = project.fails(2, &[&["revision", "--autogenerate", "-m", "x"], &wrong[..]].concat());
    assert!(said.contains("there is a value tasks.tone.high already"), "{said}");
}

fn values_go_along_in_the_sections_of_other_dialects(db: Scratch) {
    let own = db.kind().dialect().name();
    let others: Vec<_> =
        ["sqlite", "postgres", "mysql", "mssql"].into_iter().filter(|name| *name != own).collect();
    let project = Modelled::new(&db, &[&[own], &others[..]].concat());
    project.models(&source(TASKS));
    project.ok(&["revision", "--autogenerate", "-m", "first"]);
    project.ok(&["upgrade"]);
    let after = TASKS
        .replace("Open, Shut", "#[variant(renamed_from = \"open\")] Active, Shut")
        .replace("State::Open", "State::Active");
    there_and_back(&db, &project, &after, &[]);
    let files: Vec<_> = std::fs::read_dir(project.path("migrations/versions")).unwrap().collect();
    let texts: String = files
        .into_iter()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { String::new() } else { std::fs::read_to_string(path).unwrap() })
        .filter(|text| text.contains("active"))
        .collect();
    for expected in [
        "ALTER TYPE state RENAME VALUE 'open' TO 'active'",
        "ALTER TYPE state RENAME VALUE 'active' TO 'open'",
        "UPDATE tasks\nSET state = 'active'\nWHERE state = 'open'",
        "UPDATE tasks\nSET state = 'open'\nWHERE state = 'active'",
        "enum('active','shut')",
    ] {
        assert!(texts.contains(expected), "{expected}\n{texts}");
    }
    // Where the values are a check, no row is refused on its way.
    for way in ["up", "down"] {
        let section = texts.split(&format!("migrate:{way} mssql")).nth(1).unwrap_or_default();
        let section = section.split("-- migrate:").next().unwrap_or_default();
        let places = ["DROP CONSTRAINT ck_tasks_state", "UPDATE tasks", "CONSTRAINT ck_tasks_state CHECK"];
        let places = places.map(|words| section.find(words));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{way} {places:?} {section}");
    }
}

fn names_are_taken_over_in_the_sections_of_other_dialects(db: Scratch) {
    let own = db.kind().dialect().name();
    let other = if own == "sqlite" { "postgres" } else { "sqlite" };
    let project = Modelled::new(&db, &[own, other]);
    let third = "
#[derive(Table)]
#[table(name = \"c\")]
pub struct C {
    #[column(primary_key)]
    pub id: i64,
    pub of_c: i64,
}
";
    project.models(&source(&format!("{PAIR}{third}")));
    project.ok(&["revision", "--autogenerate", "-m", "first"]);
    project.ok(&["upgrade"]);
    // The column y goes and gives its name to x, the table c to b.
    let after = PAIR
        .replace("    #[column(index)]\n    pub y: Option<i64>,\n", "")
        .replace("check = \"x > 0\")]\n    pub x", "check = \"y > 0\")]\n    pub y")
        .replace("name = \"b\"", "name = \"c\"");
    let said = ["--rename", "a.x=a.y", "--rename", "b=c", "--allow-drop", "*"];
    there_and_back(&db, &project, &after, &said);
    let files = std::fs::read_dir(project.path("migrations/versions")).unwrap();
    let texts = files.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap_or_default());
    let text: String = texts.filter(|text| text.contains("RENAME COLUMN")).collect();
    let postgres = text.split("migrate:up postgres").nth(1).unwrap();
    let (up, down) = postgres.split_once("migrate:down postgres").unwrap();
    for (text, in_order) in [
        (up, ["DROP TABLE c", "ALTER TABLE b RENAME TO c", "DROP COLUMN y", "RENAME COLUMN x TO y"]),
        (
            down,
            ["RENAME COLUMN y TO x", "ADD COLUMN y bigint", "ALTER TABLE c RENAME TO b", "CREATE TABLE c"],
        ),
    ] {
        let places: Vec<_> = in_order.iter().map(|words| text.find(words)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {postgres}");
    }
    assert!(down.contains("of_c bigint"), "{down}");
}

fn names_that_the_server_gives_go_round_with_their_tables(db: Scratch) {
    let named = |model: &str, table: &str| {
        let plain = format!("references = \"{table}.id\", index");
        let key =
            |of: &str| format!("foreign_key(references = \"{table}.id\", name = \"{of}_ibfk_1\"), index");
        (model.replace(&plain, &key("b")), model.replace(&plain, &key("a")))
    };
    let (before, _) = named(PAIR, "a");
    let (kept, carried) = named(&swapped(), "b");
    let said = ["a=b", "b=a", "a.x=b.y", "a.y=b.x"].map(|pair| ["--rename", pair]).concat();
    for after in [carried, kept] {
        let db = Scratch::new(&db.server);
        let project = with(&db, &before, PAIR_ROWS);
        let sql = there_and_back(&db, &project, &after, &said);
        assert_eq!(rows(&db, "SELECT y, x FROM b JOIN a ON a.a = b.id"), "1 2", "{sql}");
    }
}

fn a_sequence_takes_its_defaults_along(db: Scratch) {
    let models = |name: &str, former: &str, further: &str| {
        format!(
            "
#[derive(Table)]
#[table(name = \"t\", sequence(name = \"{name}\"{former}){further})]
pub struct T {{
    #[column(primary_key)]
    pub id: i64,
    #[column(default_expr = \"nextval({name})\", postgres(default_expr = \"nextval('{name}')\"))]
    pub number: i64,
}}
"
        )
    };
    let project =
        with(&db, &models("s2", "", ", sequence(name = \"s1\")"), &["INSERT INTO t (id) VALUES (1)"]);
    let after = models("s3", ", renamed_from = \"s2\"", ", sequence(name = \"s2\", renamed_from = \"s1\")");
    let sql = there_and_back(&db, &project, &after, &[]);
    // MariaDB leaves the old name in them.
    assert!(db.kind() == ServerKind::Mariadb || !sql.contains("DEFAULT"), "{sql}");
    db.rows("INSERT INTO t (id) VALUES (2)");
    assert_eq!(rows(&db, "SELECT count(DISTINCT number) FROM t"), "2", "{sql}");
    // One gets the name of one that goes.
    let said = ["--rename", "s3=s2", "--allow-drop", "*"];
    let sql = there_and_back(&db, &project, &models("s2", "", ""), &said);
    assert!(!sql.contains("migrate_tmp"), "{sql}");
    db.rows("INSERT INTO t (id) VALUES (3)");
    assert_eq!(rows(&db, "SELECT count(DISTINCT number) FROM t"), "3", "{sql}");
}

const DOORS: &str = "
#[derive(Enum)]
pub enum State { Open, Done }

#[derive(Table)]
#[table(name = \"doors\", check(name = \"ck_door\", expr = \"door in ('open', 'shut')\"),
    check(name = \"ck_state\", expr = \"state <> 'open' or door <> 'open'\"))]
pub struct Door {
    #[column(primary_key)]
    pub id: i64,
    #[column(default = \"open\")]
    pub door: String,
    #[column(default = State::Done)]
    pub state: State,
}
";

fn a_value_is_no_other_string(db: Scratch) {
    let project = with(&db, DOORS, &["INSERT INTO doors (id) VALUES (1)"]);
    let renamed = DOORS
        .replace("Open, Done", "#[variant(renamed_from = \"open\")] Active, Done")
        .replace("state <> 'open'", "state <> 'active'");
    let sql = there_and_back(&db, &project, &renamed, &[]);
    assert!(!sql.contains("DEFAULT") && !sql.contains("CHECK"), "{sql}");

    let other = Scratch::new(&db.server);
    let project = with(&other, DOORS, &[]);
    let both = renamed.replace("default = \"open\"", "default = \"active\"").replace("'shut'", "'active'");
    let sql = there_and_back(&other, &project, &both, &["--rename", "none"]);
    assert!(sql.contains("ALTER COLUMN door SET DEFAULT 'active'"), "{sql}");
}

fn a_value_of_two_enums_is_one_of_each(db: Scratch) {
    let models = "
#[derive(Enum)]
pub enum State { Open, Done }

#[derive(Enum)]
pub enum Door { Open, Shut }

#[derive(Table)]
#[table(name = \"t\", check(name = \"ck\", expr = \"door <> 'open' or state <> 'open'\"))]
pub struct T {
    #[column(primary_key)]
    pub id: i64,
    #[column(default = State::Done)]
    pub state: State,
    #[column(default = Door::Open)]
    pub door: Door,
}
";
    let project = with(&db, models, &["INSERT INTO t (id) VALUES (1)"]);
    let after = models
        .replace("State { Open", "State { #[variant(renamed_from = \"open\")] Active")
        .replace("state <> 'open'", "state <> 'active'");
    let sql = there_and_back(&db, &project, &after, &[]);
    assert!(!sql.contains("ALTER TABLE"), "{sql}");
    assert_eq!(rows(&db, "SELECT state, door FROM t"), "done open");
}

fn values_in_arrays_and_expressions_go_along(db: Scratch) {
    let models = "
#[derive(Enum)]
pub enum State { Open, Done, Late }

#[derive(Table)]
#[table(name = \"t\", index(columns(id), name = \"ix\", where = \"state = 'open' or state = any ('{open,late}')\"),
    index(columns(\"coalesce(state, 'open')\"), name = \"ix_e\"))]
pub struct T {
    #[column(primary_key)]
    pub id: i64,
    pub state: Option<State>,
    #[column(default_expr = \"'{open}'\")]
    pub one: Vec<State>,
    #[column(default_expr = \"array['open', 'done']::state[]\")]
    pub two: Vec<State>,
}
";
    let project = with(&db, models, &["INSERT INTO t (id, state) VALUES (1, 'open')"]);
    let renamed = models
        .replace("'open'", "'it''s active'")
        .replace("{open,", "{\\\"it''s active\\\",")
        .replace("{open}", "{\\\"it''s active\\\"}")
        .replace("{ Open", "{ #[variant(name = \"it's active\", renamed_from = \"open\")] Open");
    let sql = there_and_back(&db, &project, &renamed, &[]);
    assert!(!sql.contains("INDEX") && !sql.contains("DEFAULT"), "{sql}");
    assert_eq!(rows(&db, "SELECT state::text, one::text FROM t"), "it's active {\"it's active\"}");

    // Renamed, and made anew since the order changes too.
    let other = Scratch::new(&db.server);
    let project = with(&other, models, &["INSERT INTO t (id, state) VALUES (1, 'open')"]);
    let moved = renamed.replace("Done, Late", "Late, Done");
    let sql = there_and_back(&other, &project, &moved, &[]);
    assert_eq!(
        rows(&other, "SELECT state::text, two::text FROM t"),
        "it's active {\"it's active\",done}",
        "{sql}"
    );
}

const ORDERS: &str = "
#[derive(Enum)]
pub enum State { New, Open, Done }

#[derive(Table)]
#[table(name = \"orders\", check(name = \"ck\", expr = \"state <> 'done'\"), check(name = \"ck_text\", expr = \"text <> ''\"),
    index(columns(id), name = \"ix\", where = \"date > '2020-01-01'\"))]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    #[column(default = State::New)]
    pub state: State,
    pub text: String,
    pub date: chrono::NaiveDate,
    #[column(generated = \"text || 'x'\")]
    pub made: String,
}
";

const ORDER: &[&str] = &["INSERT INTO orders (id, text, date) VALUES (1, 'a', '2024-01-01')"];

fn a_column_is_not_its_type(db: Scratch) {
    let project = with(&db, ORDERS, ORDER);
    let after = ORDERS
        .replace(
            "default = State::New)]\n    pub state",
            "default = State::New, renamed_from = \"state\")]\n    pub status",
        )
        .replace("\"state <>", "\"status <>")
        .replace("\"text <>", "\"body <>")
        .replace("\"text ||", "\"body ||")
        .replace("\"date >", "\"day >")
        .replace("    pub text", "    #[column(renamed_from = \"text\")]\n    pub body")
        .replace("    pub date", "    #[column(renamed_from = \"date\")]\n    pub day");
    let sql = there_and_back(&db, &project, &after, &[]);
    let others: Vec<_> = sql
        .lines()
        .filter(|line| {
            ["ALTER", "DROP", "CREATE"].iter().any(|word| line.contains(word))
                && !line.contains("RENAME COLUMN")
        })
        .collect();
    assert!(others.is_empty(), "{sql}");
    assert_eq!(rows(&db, "SELECT status, body, day, made FROM orders"), "new a 2024-01-01 ax");
}

fn a_type_is_not_its_column(db: Scratch) {
    let project = with(&db, ORDERS, ORDER);
    let after = ORDERS
        .replace("pub enum State", "#[enumeration(renamed_from = \"state\")]\npub enum Kind")
        .replace("default = State", "default = Kind")
        .replace("state: State", "state: Kind");
    let sql = there_and_back(&db, &project, &after, &[]);
    assert!(!sql.contains("ALTER TABLE"), "{sql}");
}

fn a_type_that_is_renamed_and_reordered_is_made_anew(db: Scratch) {
    let project = with(&db, ORDERS, ORDER);
    let after = ORDERS
        .replace("pub enum State { New, Open, Done }", "pub enum Kind { Open, New, Done, Xx }")
        .replace("default = State", "default = Kind")
        .replace("state: State", "state: Kind");
    let sql = there_and_back(&db, &project, &after, &["--rename", "state=kind"]);
    assert_eq!(rows(&db, "SELECT state FROM orders"), "new", "{sql}");
}

fn a_type_moves_to_another_schema(db: Scratch) {
    let models = |schema: &str, former: &str| {
        let told = |name: &str| {
            if former.is_empty() { String::new() } else { format!(", renamed_from = \"{former}.{name}\"") }
        };
        format!(
            "
#[derive(Enum)]
#[enumeration(schema = \"{schema}\"{})]
pub enum State {{ A, B }}

#[derive(Table)]
#[table(name = \"t\", schema = \"{schema}\", check(name = \"ck\", expr = \"state <> 'a'\"){})]
pub struct T {{
    #[column(primary_key)]
    pub id: i64,
    #[column(default = State::B)]
    pub state: State,
}}
",
            told("state"),
            told("t")
        )
    };
    let statements = ["INSERT INTO app.t (id) VALUES (1)", "CREATE TABLE app.other (id int)"];
    let project = with(&db, &models("app", ""), &statements);
    let sql = there_and_back(&db, &project, &models("app2", "app"), &[]);
    assert!(!sql.contains("CHECK") && !sql.contains("DEFAULT"), "{sql}");
    assert_eq!(rows(&db, "SELECT state FROM app2.t"), "b");
}

fn a_type_becomes_a_table_and_back(db: Scratch) {
    let typed = "
#[derive(Enum)]
pub enum Status { A, B }

#[derive(Table)]
#[table(name = \"t\")]
pub struct T {
    #[column(primary_key)]
    pub id: i64,
    #[column(default = Status::A)]
    pub status: Status,
}
";
    let tabled = "
#[derive(Table)]
#[table(name = \"status\")]
pub struct Status {
    #[column(primary_key, identity)]
    pub id: i64,
}

#[derive(Table)]
#[table(name = \"t\")]
pub struct T {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = \"status.id\")]
    pub status_id: Option<i64>,
}
";
    let project = with(&db, typed, &["INSERT INTO t (id) VALUES (1)"]);
    let answers = ["--rename", "none", "--allow-drop", "*"];
    there_and_back(&db, &project, tabled, &answers);
    let sql = there_and_back(&db, &project, typed, &answers);
    assert!(!sql.contains("migrate_tmp"), "{sql}");
}

fn names_of_a_dropped_table_are_free(db: Scratch) {
    let models = |name: &str, key: &str, index: &str| {
        format!(
            "
#[derive(Table)]
#[table(name = \"{name}\", primary_key(name = \"{key}\"), index(columns(a), name = \"{index}\"))]
pub struct {} {{
    #[column(primary_key)]
    pub id: i64,
    pub a: i64,
}}
",
            name.to_uppercase()
        )
    };
    let before = format!("{}{}", models("y", "pk_odd", "i10"), models("z", "pk_z", "i11"));
    let project = with(&db, &before, &["INSERT INTO z VALUES (1, 2)"]);
    let after = models("z", "pk_odd", "i10");
    let sql = there_and_back(&db, &project, &after, &["--rename", "none", "--allow-drop", "y"]);
    assert_eq!(rows(&db, "SELECT id, a FROM z"), "1 2", "{sql}");
}
