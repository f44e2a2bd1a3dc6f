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
    what_makes_room_may_have_been_renamed_too on EVERYWHERE;
    a_table_that_makes_room_may_have_been_renamed_too on EVERYWHERE;
    an_enum_that_makes_room_may_have_been_renamed_too on POSTGRES;
    the_option_that_is_printed_is_taken on EVERYWHERE;
    consent_to_what_goes_is_none_to_what_gets_its_name on EVERYWHERE;
    consent_to_drop_a_column_is_none_to_narrow_the_next on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    a_name_in_between_is_none_that_an_index_has on &[ServerKind::Sqlite, ServerKind::Postgres];
    a_value_goes_by_the_new_names_of_columns on EVERYWHERE;
    a_value_whose_new_name_is_there_is_said on POSTGRES;
    rows_that_refer_to_another_table_are_said on EVERYWHERE;
    a_table_whose_name_an_index_has_is_refused on &[ServerKind::Sqlite, ServerKind::Postgres];
    a_move_to_a_schema_that_has_the_key_is_refused on POSTGRES;
    a_wrong_rename_says_why on EVERYWHERE;
    the_command_line_does_not_contradict_the_models on EVERYWHERE;
    other_letters_are_no_other_thing on &[ServerKind::Sqlite, ServerKind::Mariadb, ServerKind::Mysql];
    columns_in_other_letters_wait_for_each_other on &[ServerKind::Sqlite, ServerKind::Mariadb, ServerKind::Mysql];
    tables_in_other_letters_wait_for_each_other on &[ServerKind::Sqlite];
    a_reserved_word_is_a_name on EVERYWHERE;
    letters_of_any_language_are_letters on EVERYWHERE;
    a_word_that_the_server_quotes_is_a_name on POSTGRES;
    of_several_indexes_that_are_alike_the_one_told_is_renamed on EVERYWHERE;
    values_of_a_list_change_places on EVERYWHERE;
    values_go_along_in_the_sections_of_other_dialects on &[ServerKind::Sqlite, ServerKind::Postgres];
    values_go_along_with_their_column_in_every_dialect on &[ServerKind::Sqlite, ServerKind::Postgres];
    a_circle_in_another_dialect_is_said on POSTGRES;
    names_are_taken_over_in_the_sections_of_other_dialects on &[ServerKind::Sqlite, ServerKind::Postgres];
    names_that_the_server_gives_go_round_with_their_tables on &[ServerKind::Mariadb, ServerKind::Mysql];
    a_trigger_is_named_when_its_table_is_renamed_too on &[ServerKind::Mariadb, ServerKind::Mysql];
    a_trigger_that_goes_on_with_another_column_is_named on &[ServerKind::Mariadb, ServerKind::Mysql];
    a_key_is_renamed_beside_a_check_of_an_enum on EVERYWHERE;
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

/// The decisions of a revision that stays undecided.
fn decisions(project: &Modelled, answers: &[&str]) -> Vec<Value> {
    let revision = ["revision", "--autogenerate", "-m", "names", "--format", "json"];
    let (out, _) = project.fails(4, &[&revision, answers].concat());
    let out: Value = serde_json::from_str(&out).unwrap();
    out["decisions"].as_array().unwrap().clone()
}

fn options(decision: &Value) -> Vec<&str> {
    decision["options"].as_array().unwrap().iter().map(|option| option.as_str().unwrap()).collect()
}

fn what_makes_room_may_have_been_renamed_too(db: Scratch) {
    let models = |columns: [&str; 2], told: &str| {
        let [one, other] = columns;
        format!(
            "
#[derive(Table)]
#[table(name = \"a\")]
pub struct A {{
    #[column(primary_key)]
    pub id: i64,
    #[column(length = 20{told})]
    pub {one}: String,
    #[column(length = 20)]
    pub {other}: String,
}}
"
        )
    };
    let row = ["INSERT INTO a (id, x, y) VALUES (1, 'x', 'y')"];
    let project = with(&db, &models(["x", "y"], ""), &row);
    project.models(&source(&models(["y", "z"], "")));
    let asked = decisions(&project, &["--rename", "a.x=a.y"]);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!((&asked[0]["from"], &asked[0]["makes_room_for"]), (&"y".into(), &"x".into()));
    assert_eq!(options(&asked[0]), ["--rename a.y=a.z", "--rename none"]);
    // Only what was not renamed is lost.
    let asked = decisions(&project, &["--rename", "a.x=a.y", "--rename", "none"]);
    assert_eq!(options(&asked[0]), ["--allow-drop a.y"]);

    // Told by the models: one question about x, and then about what makes room for it.
    let told = models(["y", "z"], ", renamed_from = \"x\"");
    project.models(&source(&told));
    let asked = decisions(&project, &[]);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0]["told"], true);
    assert_eq!(options(&asked[0]), ["--rename a.x=a.y", "--rename a.x=a.z", "--rename none"]);
    let asked = decisions(&project, &["--rename", "a.x=a.y"]);
    assert_eq!((asked.len(), &asked[0]["told"]), (1, &false.into()));
    assert_eq!(options(&asked[0]), ["--rename a.y=a.z", "--rename none"]);
    let sql = there_and_back(&db, &project, &told, &["--rename", "a.x=a.y", "--rename", "a.y=a.z"]);
    assert_eq!(rows(&db, "SELECT y, z FROM a"), "x y", "{sql}");
}

fn a_table_that_makes_room_may_have_been_renamed_too(db: Scratch) {
    let models = |names: [&str; 2]| {
        let table = |name: &str| {
            format!(
                "
#[derive(Table)]
#[table(name = \"{name}\")]
pub struct {} {{
    #[column(primary_key)]
    pub id: i64,
    pub x: i64,
}}
",
                name.to_uppercase()
            )
        };
        names.map(table).concat()
    };
    let statements = ["INSERT INTO a (id, x) VALUES (1, 1)", "INSERT INTO b (id, x) VALUES (1, 2)"];
    let project = with(&db, &models(["a", "b"]), &statements);
    let after = models(["b", "c"]);
    project.models(&source(&after));
    let asked = decisions(&project, &["--rename", "a=b"]);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(options(&asked[0]), ["--rename b=c", "--rename none"]);
    let sql = there_and_back(&db, &project, &after, &["--rename", "a=b", "--rename", "b=c"]);
    assert_eq!(rows(&db, "SELECT b.x, c.x FROM b JOIN c ON b.id = c.id"), "1 2", "{sql}");
}

fn an_enum_that_makes_room_may_have_been_renamed_too(db: Scratch) {
    let models = |one: &str, other: &str| {
        format!(
            "
#[derive(Enum)]
#[enumeration(name = \"{one}\")]
pub enum One {{ Open, Done }}

#[derive(Enum)]
#[enumeration(name = \"{other}\")]
pub enum Other {{ Low, High }}

#[derive(Table)]
#[table(name = \"t\")]
pub struct T {{
    #[column(primary_key)]
    pub id: i64,
    pub one: One,
    pub other: Other,
}}
"
        )
    };
    let row = ["INSERT INTO t (id, one, other) VALUES (1, 'done', 'high')"];
    let project = with(&db, &models("state", "kind"), &row);
    project.models(&source(&models("kind", "tone")));
    let asked = decisions(&project, &["--rename", "state=kind"]);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(options(&asked[0]), ["--rename kind=tone", "--rename none"]);
    let answers = ["--rename", "state=kind", "--rename", "kind=tone"];
    let sql = there_and_back(&db, &project, &models("kind", "tone"), &answers);
    assert_eq!(rows(&db, "SELECT one, other FROM t"), "done high", "{sql}");
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

fn consent_to_what_goes_is_none_to_what_gets_its_name(db: Scratch) {
    let table = |name: &str, column: &str| {
        format!(
            "
#[derive(Table)]
#[table(name = \"{name}\")]
pub struct {} {{
    #[column(primary_key, identity)]
    pub id: i64,
    pub q: i64,
{column}
}}
",
            name.to_uppercase()
        )
    };
    let secret = "    #[column(length = 9)]\n    pub secret: Option<String>,";
    let before = format!("{}{}", table("a", ""), table("b", secret));
    let project =
        with(&db, &before, &["INSERT INTO a (q) VALUES (1)", "INSERT INTO b (q, secret) VALUES (2, 's')"]);
    project.models(&source(&table("a", "")));
    let revision = ["revision", "--autogenerate", "-m", "x", "--rename", "b=a", "--rename", "none"];
    let (_, said) = project.fails(4, &revision);
    assert!(said.contains("--allow-drop a\n") && said.contains("--allow-drop b.secret"), "{said}");
    for other in ["a", "a.secret"] {
        let agreed = ["--allow-drop", "a", "--allow-drop", other];
        let (_, said) = project.fails(4, &[&revision[..], &agreed].concat());
        assert!(said.contains("drop column a.secret (b.secret so far) loses data"), "{said}");
    }
    let agreed = ["--rename", "b=a", "--rename", "none", "--allow-drop", "a", "--allow-drop", "b.secret"];
    let sql = there_and_back(&db, &project, &table("a", ""), &agreed);
    assert_eq!(rows(&db, "SELECT q FROM a"), "2", "{sql}");
}

fn consent_to_drop_a_column_is_none_to_narrow_the_next(db: Scratch) {
    let models = |columns: &str| {
        format!(
            "
#[derive(Table)]
#[table(name = \"a\")]
pub struct A {{
    #[column(primary_key)]
    pub id: i64,
{columns}
}}
"
        )
    };
    let column = |name: &str, length: usize| {
        format!("    #[column(length = {length})]\n    pub {name}: Option<String>,")
    };
    let both = models(&format!("{}\n{}", column("x", 30), column("y", 30)));
    let project = with(&db, &both, &["INSERT INTO a (id, x, y) VALUES (1, 'long enough', 'b')"]);
    project.models(&source(&models(&column("y", 5))));
    let revision = ["revision", "--autogenerate", "-m", "x", "--rename", "a.x=a.y", "--rename", "none"];
    let (_, said) = project.fails(4, &revision);
    assert!(said.contains("drop column a.y loses data") && said.contains("--allow-drop a.y"), "{said}");
    assert!(said.contains("a.y (a.x so far): varchar(30)") && said.contains("--allow-drop a.x"), "{said}");
    let (_, said) = project.fails(4, &[&revision[..], &["--allow-drop", "a.y"]].concat());
    assert!(!said.contains("--allow-drop a.y") && said.contains("--allow-drop a.x"), "{said}");
    let (_, said) = project.fails(4, &[&revision[..], &["--allow-drop", "a.x"]].concat());
    assert!(said.contains("--allow-drop a.y") && !said.contains("--allow-drop a.x"), "{said}");
    project.ok(&[&revision[..], &["--allow-drop", "a.x", "--allow-drop", "a.y"]].concat());
}

fn a_name_in_between_is_none_that_an_index_has(db: Scratch) {
    let models = |names: [&str; 2]| {
        let table = |(at, name): (usize, &str)| {
            format!(
                "
#[derive(Table)]
#[table(name = \"{name}\", index(columns(x), name = \"{}\"))]
pub struct T{at} {{
    #[column(primary_key)]
    pub id: i64,
    pub x: i64,
}}
",
                ["migrate_tmp_a", "migrate_tmp_b"][at]
            )
        };
        names.into_iter().enumerate().map(table).collect::<String>()
    };
    let statements = ["INSERT INTO a (id, x) VALUES (1, 1)", "INSERT INTO b (id, x) VALUES (1, 2)"];
    let project = with(&db, &models(["a", "b"]), &statements);
    let sql = there_and_back(&db, &project, &models(["b", "a"]), &["--rename", "a=b", "--rename", "b=a"]);
    assert_eq!(rows(&db, "SELECT b.x, a.x FROM a JOIN b ON a.id = b.id"), "1 2", "{sql}");
}

fn a_value_goes_by_the_new_names_of_columns(db: Scratch) {
    let project = with(&db, &numbers("a", ["x", "y"]), &["INSERT INTO a (x, y) VALUES (1, 2)"]);
    let after = numbers("a", ["z", "y"]).replace("    pub y", "    pub w: i64,\n    pub y");
    project.models(&source(&after));
    let rename = ["--rename", "a.x=a.z", "--rename", "none"];
    let revision = [&["revision", "--autogenerate", "-m", "x"], &rename[..]].concat();
    let (_, why) = project.fails(2, &[&revision[..], &["--fill", "a.w=x + 1"]].concat());
    assert!(why.contains("x has another name by then") && why.contains("write z"), "{why}");
    project.ok(&[&revision[..], &["--fill", "a.w=z + 1"]].concat());
    project.ok(&["upgrade", "heads"]);
    assert_eq!(rows(&db, "SELECT w FROM a"), "2", "{}", project.newest());
}

fn a_value_whose_new_name_is_there_is_said(db: Scratch) {
    let models = "
#[derive(Enum)]
pub enum State { Open, Live }

#[derive(Table)]
#[table(name = \"t\")]
pub struct T {
    #[column(primary_key)]
    pub id: i64,
    pub state: State,
}
";
    let project = with(&db, models, &["INSERT INTO t (id, state) VALUES (1, 'live')"]);
    project.models(&source(&models.replace("Open, Live", "#[variant(renamed_from = \"open\")] Live")));
    let revision = ["revision", "--autogenerate", "-m", "x", "--format", "json"];
    let found: Value = serde_json::from_str(&project.ok(&revision)).unwrap();
    let warnings = found["warnings"].as_array().unwrap();
    let said = warnings.iter().find(|warning| warning["code"] == "renamed-value-is-there");
    let message = said.unwrap_or_else(|| panic!("{found}"))["message"].as_str().unwrap();
    assert!(message.starts_with("the models say that state.live was state.open, and both are there"));
}

fn rows_that_refer_to_another_table_are_said(db: Scratch) {
    let table = |name: &str, column: &str| {
        format!(
            "
#[derive(Table)]
#[table(name = \"{name}\")]
pub struct {} {{
    #[column(primary_key)]
    pub id: i64,
{column}}}
",
            name.to_uppercase()
        )
    };
    let child = table("b", "    #[column(references = \"a.id\")]\n    pub a: i64,\n");
    let before = [table("a", ""), child.clone(), table("c", "")].concat();
    let project = with(&db, &before, &[]);
    let after = [table("a", ""), child].concat();
    let sql = there_and_back(&db, &project, &after, &["--rename", "c=a", "--allow-drop", "a"]);
    let up = sql.split("-- migrate:down").next().unwrap().replace("\n-- review:   ", " ");
    assert!(up.contains("-- review: fails if a row of b refers to no row of a"), "{sql}");
}

fn a_table_whose_name_an_index_has_is_refused(db: Scratch) {
    let models = |table: &str, index: &str| {
        numbers(table, ["x", "y"])
            .replace(&format!("\"{table}\""), &format!("\"{table}\", index(columns(x), name = \"{index}\")"))
    };
    let project = with(&db, &models("t", "foo"), &[]);
    project.models(&source(&models("foo", "t")));
    let revision = ["revision", "--autogenerate", "-m", "x", "--rename", "t=foo"];
    let (_, why) = project.fails(1, &revision);
    assert!(why.contains("the table t cannot become foo: an index, or a key, of t has that name"), "{why}");
    assert_eq!(project.revisions().len(), 1);

    there_and_back(&db, &project, &models("t", "bar"), &[]);
    there_and_back(&db, &project, &models("foo", "t"), &["--rename", "t=foo"]);
}

fn a_move_to_a_schema_that_has_the_key_is_refused(db: Scratch) {
    let models = |tables: [(&str, &str); 2]| {
        let table = |(at, (schema, column)): (usize, (&str, &str))| {
            format!(
                "
#[derive(Table)]
#[table(name = \"a\", schema = \"{schema}\")]
pub struct T{at} {{
    #[column(primary_key)]
    pub id: i64,
    pub {column}: i64,
}}
"
            )
        };
        tables.into_iter().enumerate().map(table).collect::<String>()
    };
    let project = with(&db, &models([("app", "x"), ("other", "y")]), &[]);
    project.models(&source(&models([("other", "x"), ("app", "y")])));
    let said = ["--rename", "app.a=other.a", "--rename", "other.a=app.a"];
    let (_, why) = project.fails(1, &[&["revision", "--autogenerate", "-m", "x"], &said[..]].concat());
    assert!(why.contains("an index or a key pk_a, and a schema has such a name once"), "{why}");
    assert_eq!(project.revisions().len(), 1);
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

fn the_command_line_does_not_contradict_the_models(db: Scratch) {
    let project = with(&db, &numbers("a", ["x", "y"]), &[]);
    let after =
        numbers("a", ["z", "w"]).replace("    pub z", "    #[column(renamed_from = \"x\")]\n    pub z");
    project.models(&source(&after));
    for said in ["a.y=a.z", "a.x=a.w"] {
        let revision = ["revision", "--autogenerate", "-m", "x", "--rename", said, "--allow-drop", "*"];
        let (_, why) = project.fails(2, &revision);
        assert!(why.contains(&format!("--rename {said}: the models say that a.z was a.x")), "{why}");
    }
    let sql = there_and_back(&db, &project, &after, &["--rename", "a.y=a.w"]);
    assert!(!sql.contains("DROP"), "{sql}");
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

fn columns_in_other_letters_wait_for_each_other(db: Scratch) {
    let models = |columns: &[(&str, &str)]| {
        let columns = columns.iter().enumerate().map(|(at, (name, told))| {
            format!("    #[column(name = \"{name}\"{told})]\n    pub c{at}: Option<i64>,\n")
        });
        let columns: String = columns.collect();
        format!(
            "
#[derive(Table)]
#[table(name = \"a\")]
pub struct A {{
    #[column(primary_key)]
    pub id: i64,
{columns}}}
"
        )
    };
    let row = ["INSERT INTO a (id, x, y) VALUES (1, 1, 2)"];
    let both = [("x", ""), ("y", "")];
    for (after, said, select) in [
        (&[("Y", ""), ("X", "")][..], &["a.x=a.Y", "a.y=a.X"][..], "Y, X"),
        (&[("Y", ""), ("z", "")], &["a.x=a.Y", "a.y=a.z"], "Y, z"),
    ] {
        let other = Scratch::new(&db.server);
        let project = with(&other, &models(&both), &row);
        let said = said.iter().flat_map(|pair| ["--rename", pair]).collect::<Vec<_>>();
        let sql = there_and_back(&other, &project, &models(after), &said);
        assert_eq!(rows(&other, &format!("SELECT {select} FROM a")), "1 2", "{sql}");
    }

    let row = ["INSERT INTO a (id, user_id, userid) VALUES (1, 1, 2)"];
    let project = with(&db, &models(&[("user_id", ""), ("userid", "")]), &row);
    let told = models(&[("userId", ", renamed_from = \"user_id\"")]);
    project.models(&source(&told));
    let asked = decisions(&project, &["--allow-drop", "*"]);
    assert_eq!(options(&asked[0]), ["--rename a.user_id=a.userId", "--rename none"]);
    let asked = decisions(&project, &["--rename", "a.user_id=a.userId"]);
    assert_eq!(options(&asked[0]), ["--allow-drop a.userid"]);
    let answers = ["--rename", "a.user_id=a.userId", "--allow-drop", "a.userid"];
    let sql = there_and_back(&db, &project, &told, &answers);
    assert_eq!(rows(&db, "SELECT userId FROM a"), "1", "{sql}");
}

fn tables_in_other_letters_wait_for_each_other(db: Scratch) {
    let models = |names: &[&str]| {
        let tables = names.iter().enumerate().map(|(at, name)| {
            format!(
                "
#[derive(Table)]
#[table(name = \"{name}\")]
pub struct T{at} {{
    #[column(primary_key)]
    pub id: i64,
    pub x: i64,
}}
"
            )
        });
        tables.collect::<String>()
    };
    let statements = ["INSERT INTO a (id, x) VALUES (1, 1)", "INSERT INTO b (id, x) VALUES (1, 2)"];
    for (after, answers, select) in [
        (&["B", "A"][..], &["--rename", "a=B", "--rename", "b=A"][..], "SELECT B.x, A.x FROM A JOIN B"),
        (&["B", "c"], &["--rename", "a=B", "--rename", "b=c"], "SELECT B.x, c.x FROM B JOIN c"),
        (&["B"], &["--rename", "a=B", "--allow-drop", "b"], "SELECT B.x, 2 FROM B"),
    ] {
        let other = Scratch::new(&db.server);
        let project = with(&other, &models(&["a", "b"]), &statements);
        let sql = there_and_back(&other, &project, &models(after), answers);
        assert_eq!(rows(&other, select), "1 2", "{sql}");
    }
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

/// A checked column from which another is computed.
fn steps(column: &str) -> String {
    format!(
        "
#[derive(Table)]
#[table(name = \"steps\", check(name = \"ck_steps\", expr = \"{column} > 0\"))]
pub struct Step {{
    #[column(primary_key)]
    pub id: i64,
    #[column(name = \"{}\", index)]
    pub pos: i32,
    #[column(generated = \"{column} + 1\", nullable)]
    pub next: i32,
}}
",
        column.replace("\\\"", "")
    )
}

fn letters_of_any_language_are_letters(db: Scratch) {
    let project = with(&db, &steps("naïve"), &["INSERT INTO steps (id, naïve) VALUES (1, 4)"]);
    let sql = there_and_back(&db, &project, &steps("über"), &["--rename", "steps.naïve=steps.über"]);
    assert_eq!(rows(&db, "SELECT next FROM steps WHERE über = 4"), "5", "{sql}");
}

fn a_word_that_the_server_quotes_is_a_name(db: Scratch) {
    for word in ["position", "time", "timestamp", "values", "row", "int", "between", "exists"] {
        let other = Scratch::new(&db.server);
        let project = with(&other, &steps("pos"), &["INSERT INTO steps (id, pos) VALUES (1, 4)"]);
        let rename = format!("steps.pos=steps.{word}");
        let after = steps(&format!("\\\"{word}\\\""));
        let sql = there_and_back(&other, &project, &after, &["--rename", &rename]);
        assert!(!["CHECK", "ADD", "DROP"].iter().any(|made| sql.contains(made)), "{sql}");
    }
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
    // The same, told once: the one of two that are alike now.
    let project = Scratch::new(&db.server);
    let two = "index(columns(a), name = \"ix_1\"), index(columns(a), name = \"ix_2\")";
    let other = with(&project, &models(two), &[]);
    let after = models("index(columns(a), name = \"ix_new\")");
    let sql = there_and_back(&project, &other, &after, &["--rename", "t.ix_2=t.ix_new"]);
    let up = sql.split("migrate:down").next().unwrap();
    let first = up.lines().find(|line| line.contains("ix_new")).unwrap_or_default();
    assert!(
        db.kind() == ServerKind::Sqlite
            || first.contains("ix_2")
            || up.contains("RENAME INDEX ix_2 TO ix_new"),
        "{sql}"
    );
    other.models(&source(&models("index(columns(a), name = \"ix_more\", unique)")));
    let (_, said) =
        other.fails(2, &["revision", "--autogenerate", "-m", "x", "--rename", "t.ix_new=t.ix_more"]);
    assert!(said.contains("the two differ in more than their names"), "{said}");
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

fn values_go_along_with_their_column_in_every_dialect(db: Scratch) {
    let own = db.kind().dialect().name();
    let others: Vec<_> =
        ["sqlite", "postgres", "mysql", "mssql"].into_iter().filter(|name| *name != own).collect();
    let project = Modelled::new(&db, &[&[own], &others[..]].concat());
    project.models(&source(TASKS));
    project.ok(&["revision", "--autogenerate", "-m", "first"]);
    project.ok(&["upgrade"]);
    db.rows(TASK_ROWS[0]);
    let after = TASKS
        .replace("Open, Shut", "Active, Shut")
        .replace("State::Open", "State::Active")
        .replace("pub state", "pub status");
    let value = match db.kind() {
        ServerKind::Postgres => "state.open=state.active",
        ServerKind::Sqlite | ServerKind::Mariadb | ServerKind::Mysql | ServerKind::Mssql => {
            "tasks.state.open=tasks.status.active"
        }
    };
    there_and_back(&db, &project, &after, &["--rename", "tasks.state=tasks.status", "--rename", value]);
    assert_eq!(rows(&db, "SELECT status FROM tasks"), "active");
    let text = every_section(&project, "active");
    for expected in [
        "ALTER TYPE state RENAME VALUE 'open' TO 'active'",
        "CASE status WHEN 'open' THEN 'active' ELSE status END",
        "CASE status WHEN 'active' THEN 'open' ELSE status END",
        "UPDATE tasks\nSET status = 'active'\nWHERE status = 'open'",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// The files of the revisions that speak of `word`.
fn every_section(project: &Modelled, word: &str) -> String {
    let files = project.revisions().into_iter().map(|path| std::fs::read_to_string(path).unwrap());
    files.filter(|text| text.contains(word)).collect()
}

/// Nobody can see in which dialects it has been done by hand.
fn a_circle_in_another_dialect_is_said(db: Scratch) {
    let project = Modelled::new(&db, &["postgres", "sqlite"]);
    project.models(&source(&numbers("a", ["x", "y"])));
    project.ok(&["revision", "--autogenerate", "-m", "first"]);
    project.ok(&["upgrade"]);
    let revision = ["revision", "--autogenerate", "-m", "names", "--format", "json"];
    let found = |answers: &[&str]| -> Vec<Value> {
        let found: Value = serde_json::from_str(&project.ok(&[&revision, answers].concat())).unwrap();
        let warnings = found["warnings"].as_array().unwrap().iter();
        warnings.filter(|warning| warning["code"] == "circle-repeated").cloned().collect()
    };
    let warnings = found(&["--rename", "a.x=a.y", "--rename", "a.y=a.x"]);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!((&warnings[0]["dialect"], &warnings[0]["table"]), (&"sqlite".into(), &"a".into()));
    let message = warnings[0]["message"].as_str().unwrap();
    assert!(message.starts_with("a.x and a.y change places here as in postgres"), "{message}");

    // A chain shows by its names whether it has been done.
    project.ok(&["upgrade", "heads"]);
    project.models(&source(&numbers("a", ["y", "z"])));
    assert_eq!(found(&["--rename", "a.x=a.y", "--rename", "a.y=a.z"]), Vec::<Value>::new());
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

fn numbers(table: &str, columns: [&str; 2]) -> String {
    let [one, other] = columns;
    format!(
        "
#[derive(Table)]
#[table(name = \"{table}\")]
pub struct A {{
    #[column(primary_key, identity)]
    pub id: i64,
    pub {one}: i64,
    pub {other}: i64,
}}
"
    )
}

const TRIGGER: &[&str] = &[
    "INSERT INTO a (x, y) VALUES (1, 2)",
    "CREATE TRIGGER tr BEFORE UPDATE ON `a` FOR EACH ROW SET new.y = new.x + 1",
];

/// The newest revision with each review in one line, by its two ways.
fn both_ways(project: &Modelled) -> [String; 2] {
    let text = project.newest().replace("\n-- review:   ", " ");
    let (up, down) = text.split_once("-- migrate:down").unwrap();
    [up.to_owned(), down.to_owned()]
}

fn a_trigger_is_named_when_its_table_is_renamed_too(db: Scratch) {
    let project = with(&db, &numbers("a", ["x", "y"]), TRIGGER);
    there_and_back(
        &db,
        &project,
        &numbers("b", ["z", "y"]),
        &["--rename", "a=b", "--rename", "a.x=b.z", "--rename", "none"],
    );
    for way in both_ways(&project) {
        assert!(
            way.contains("trigger tr of a speaks of x of a: make it again, or what fires it is"),
            "{way}"
        );
    }
}

fn a_trigger_that_goes_on_with_another_column_is_named(db: Scratch) {
    let project = with(&db, &numbers("a", ["x", "y"]), TRIGGER);
    let said = ["a=b", "a.x=b.y", "a.y=b.x"].map(|pair| ["--rename", pair]).concat();
    there_and_back(&db, &project, &numbers("b", ["y", "x"]), &said);
    for way in both_ways(&project) {
        for column in ["x", "y"] {
            let note =
                format!("trigger tr of a speaks of {column} of a, which is another column from then on");
            assert_eq!(way.matches(&note).count(), 1, "{way}");
        }
    }
}

fn a_key_is_renamed_beside_a_check_of_an_enum(db: Scratch) {
    let models = |key: &str, number: &str| {
        format!(
            "
#[derive(Enum)]
pub enum State {{ Open, Done }}

#[derive(Table)]
#[table(name = \"team\")]
pub struct Team {{
    #[column(primary_key)]
    pub id: i64,
}}

#[derive(Table)]
#[table(name = \"a\")]
pub struct A {{
    #[column(primary_key, check = \"state <> 'done'\")]
    pub id: i64,
    pub state: State,
    #[column(references = \"team.id\", index)]
    pub {key}: i64,
    #[column(unique)]
    pub {number}: i64,
}}

#[derive(Table)]
#[table(name = \"k\")]
pub struct K {{
    #[column(primary_key)]
    pub id: i64,
    #[column(references = \"a.{number}\")]
    pub n: i64,
}}
"
        )
    };
    let statements = [
        "INSERT INTO team (id) VALUES (1)",
        "INSERT INTO a (id, state, team, num) VALUES (1, 'open', 1, 7)",
        "INSERT INTO k (id, n) VALUES (1, 7)",
    ];
    let project = with(&db, &models("team", "num"), &statements);
    let said = ["--rename", "a.team=a.group_id", "--rename", "a.num=a.number"];
    let sql = there_and_back(&db, &project, &models("group_id", "number"), &said);
    assert_eq!(rows(&db, "SELECT group_id, number FROM a"), "1 7", "{sql}");
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
