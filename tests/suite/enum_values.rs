//! Values of enums that get other names: the rows go with them, both ways, whatever an enum is to the engine.

use migrate_tests::{Modelled, Scratch, ServerKind};

use crate::{pairs::objects, promises};

const EVERYWHERE: &[ServerKind] =
    &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];

promises! {
    a_renamed_value_takes_its_rows_along on EVERYWHERE;
    a_chain_of_renamed_values_moves_as_one on EVERYWHERE;
    a_value_in_other_letters_is_a_rename on EVERYWHERE;
    a_value_that_is_gone_is_asked_about on EVERYWHERE;
    a_value_that_rows_hold_is_counted_before_it_goes on
        &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    a_new_value_comes_in_place_of_one_that_goes on &[ServerKind::Postgres];
    an_enum_under_another_name_is_asked_about_alone on &[ServerKind::Postgres];
}

fn models(state: &str, tone: &str, default: &str) -> String {
    format!(
        "\
use migrate_runtime::{{Enum, Table}};

#[derive(Enum)]
pub enum State {{ {state} }}

#[derive(Enum)]
#[enumeration(as_text)]
pub enum Tone {{ {tone} }}

#[derive(Table)]
#[table(name = \"tasks\")]
pub struct Task {{
    #[column(primary_key)]
    pub id: i64,
    #[column(default = State::{default})]
    pub state: State,
    #[column(length = 20)]
    pub tone: Option<Tone>,
}}
"
    )
}

fn states(db: &Scratch) -> Vec<Vec<String>> {
    db.rows("SELECT id, state, tone FROM tasks ORDER BY id")
}

/// A project with three tasks.
fn with_tasks(db: &Scratch) -> Modelled {
    let project = Modelled::new(db, &[db.kind().dialect().name()]);
    project.models(&models("Open, Blocked, Done", "Low, High", "Open"));
    project.ok(&["revision", "--autogenerate", "-m", "create tasks"]);
    project.ok(&["upgrade"]);
    db.rows("INSERT INTO tasks (id, state, tone) VALUES (1, 'open', 'low'), (2, 'blocked', 'high')");
    db.rows("INSERT INTO tasks (id) VALUES (3)");
    project
}

/// Upgrades to what the models say now, and gives the rows; back, all must be as before.
fn there_and_back(db: &Scratch, project: &Modelled) -> Vec<Vec<String>> {
    there_and_back_with(db, project, &[])
}

fn there_and_back_with(db: &Scratch, project: &Modelled, answers: &[&str]) -> Vec<Vec<String>> {
    let (before, was) = (states(db), objects(db));
    project.ok(&[&["revision", "--autogenerate", "-m", "rename values"], answers].concat());
    project.ok(&["upgrade"]);
    let after = states(db);
    assert!(project.ok(&["check"]).contains("agree"), "{}", project.newest());
    // What was renamed already is not renamed again.
    assert!(project.ok(&["revision", "--autogenerate", "-m", "again"]).contains("no differences"));
    project.ok(&["downgrade", "-1"]);
    assert_eq!(states(db), before, "{}", project.newest());
    assert_eq!(objects(db), was, "{}", project.newest());
    project.ok(&["upgrade"]);
    assert_eq!(states(db), after);
    after
}

fn a_renamed_value_takes_its_rows_along(db: Scratch) {
    let project = with_tasks(&db);
    let state = "#[variant(renamed_from = \"open\")] Active, Blocked, Done";
    project.models(&models(state, "#[variant(renamed_from = \"low\")] Calm, High", "Active"));
    assert_eq!(there_and_back(&db, &project)[0], ["1", "active", "calm"]);
    db.rows("INSERT INTO tasks (id) VALUES (4)");
    assert_eq!(db.cell("SELECT state FROM tasks WHERE id = 4"), "active", "the default goes along");
}

fn a_chain_of_renamed_values_moves_as_one(db: Scratch) {
    let project = with_tasks(&db);
    let state =
        "#[variant(renamed_from = \"open\")] Blocked, #[variant(renamed_from = \"blocked\")] Halted, Done";
    project.models(&models(state, "Low, High", "Blocked"));
    let rows = there_and_back(&db, &project);
    assert_eq!((&*rows[0][1], &*rows[1][1], &*rows[2][1]), ("blocked", "halted", "blocked"));
}

fn a_value_in_other_letters_is_a_rename(db: Scratch) {
    let project = with_tasks(&db);
    let state = "#[variant(name = \"OPEN\", renamed_from = \"open\")] Open, Blocked, Done";
    project.models(&models(state, "Low, High", "Open"));
    assert_eq!(there_and_back(&db, &project)[0][1], "OPEN");
}

fn a_value_that_is_gone_is_asked_about(db: Scratch) {
    let project = with_tasks(&db);
    project.models(&models("Active, Blocked, Done", "Calm, High", "Active"));
    let open = project.fails(4, &["revision", "--autogenerate", "-m", "rename values", "--format", "json"]).0;
    let open: serde_json::Value = serde_json::from_str(&open).unwrap();
    let decisions = open["decisions"].as_array().unwrap();
    let asked: Vec<_> = decisions.iter().map(|one| (one["what"].as_str(), one["from"].as_str())).collect();
    // As long as they are open, nobody is asked to agree to a loss.
    assert_eq!(asked.len(), 2, "{open}");
    assert!(
        asked.contains(&(Some("value"), Some("open"))) && asked.contains(&(Some("value"), Some("low"))),
        "{open}"
    );
    let answers: Vec<&str> =
        decisions.iter().flat_map(|one| one["options"][0].as_str().unwrap().split(' ')).collect();
    assert_eq!(there_and_back_with(&db, &project, &answers)[0], ["1", "active", "calm"]);
}

fn a_value_that_rows_hold_is_counted_before_it_goes(db: Scratch) {
    let project = with_tasks(&db);
    let said = |state: &str| {
        project.models(&models(state, "Low, High", "Open"));
        let output = project.run(&["revision", "--autogenerate", "-m", "less", "--format", "json"]);
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let engine = match db.kind() {
        ServerKind::Mariadb => "MariaDB refuses in strict mode",
        ServerKind::Mysql => "MySQL refuses in strict mode",
        _ => "PostgreSQL refuses",
    };
    let found = said("Open, Done");
    let decision = &found["decisions"][0];
    let description = decision["description"].as_str().unwrap();
    assert!(description.ends_with(&format!(": 1 value is gone from the list, which {engine}")), "{found}");
    let counts = ["rows", "values", "misfits"].map(|key| decision[key].as_u64());
    assert_eq!(counts, [Some(3), Some(3), Some(1)], "{found}");
    let option: Vec<_> = decision["options"][0].as_str().unwrap().split(' ').collect();
    project.ok(&[&["revision", "--autogenerate", "-m", "less"][..], &option].concat());
    let file = project.newest().replace("\n-- review:   ", " ");
    assert!(file.contains("'blocked' (1 row when this was written)"), "{file}");
    project.fails(1, &["upgrade"]);
    std::fs::remove_file(project.revisions().pop().unwrap()).unwrap();
    project.ok(&["lock"]);

    // What nothing holds is not asked about.
    let found = said("Open, Blocked");
    assert_eq!(found["decisions"], serde_json::json!([]), "{found}");
    let warning = &found["warnings"][0];
    assert_eq!(warning["code"], "narrows-column", "{found}");
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("no value here is gone from the list"), "{message}");
    project.ok(&["upgrade"]);
    assert!(project.ok(&["check"]).contains("agree"));
}

fn a_new_value_comes_in_place_of_one_that_goes(db: Scratch) {
    let tasks = |state: &str| {
        models(state, "Low, High", "Open")
            .replace("    pub state: State,", "    pub state: State,\n    pub past: Vec<State>,")
    };
    let project = Modelled::new(&db, &["postgres"]);
    project.models(&tasks("Open, Blocked, Done"));
    project.ok(&["revision", "--autogenerate", "-m", "create tasks"]);
    project.ok(&["upgrade"]);
    db.rows("INSERT INTO tasks (id, state, past) VALUES (1, 'blocked', '{open,blocked}'), (2, 'done', '{}')");
    project.models(&tasks("Open, Halted, Done"));
    let less = ["revision", "--autogenerate", "-m", "less", "--rename", "none", "--allow-drop", "state"];
    let found = project.run(&[&less[..6], &["--format", "json"]].concat());
    let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(found["decisions"][0]["misfits"], 2, "a row of each column: {found}");
    project.ok(&less);
    let file = project.newest();
    let told = file.replace("\n-- review:   ", " ");
    let using = [
        ("state::text::state", "CASE state::text WHEN 'blocked' THEN 'halted' ELSE state::text END::state"),
        ("past::text[]::state[]", "array_replace(past::text[], 'blocked', 'halted')::state[]"),
    ];
    let mut followed = file.clone();
    for (plain, proposed) in using {
        assert!(told.contains(&format!("Rows get a new value here only: USING {proposed}")), "{told}");
        followed = followed.replacen(&format!("USING {plain}"), &format!("USING {proposed}"), 1);
    }
    project.fails(1, &["upgrade"]);
    std::fs::write(project.revisions().pop().unwrap(), followed).unwrap();
    project.ok(&["lock"]);
    project.ok(&["upgrade"]);
    assert_eq!(
        db.rows("SELECT state, past FROM tasks ORDER BY id"),
        [["halted", "{open,halted}"], ["done", "{}"]]
    );
}

fn an_enum_under_another_name_is_asked_about_alone(db: Scratch) {
    let project = with_tasks(&db);
    let renamed = models("Open, Blocked, Done", "Low, High", "Open").replace("State", "Stage");
    project.models(&renamed.replace("Blocked, Done", "Blocked"));
    let (_, said) = project.fails(4, &["revision", "--autogenerate", "-m", "rename"]);
    assert!(said.contains("the enum state is gone: was it renamed?"), "{said}");
    assert!(!said.contains("--allow-drop"), "{said}");
}
