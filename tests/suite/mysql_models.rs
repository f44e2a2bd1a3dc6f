//! What MySQL and MariaDB do in their own ways: changes of models lead there and back, with rows in the tables.

use migrate_tests::{Modelled, Scratch, ServerKind};

use crate::{pairs::objects, promises};

const BOTH: &[ServerKind] = &[ServerKind::Mariadb, ServerKind::Mysql];
const MARIADB: &[ServerKind] = &[ServerKind::Mariadb];
const MYSQL: &[ServerKind] = &[ServerKind::Mysql];

promises! {
    a_foreign_key_is_renamed_while_it_is_off on BOTH;
    a_foreign_key_is_renamed_while_its_column_is_checked on BOTH;
    generated_columns_are_made_anew_in_their_order on BOTH;
    a_new_generated_column_stands_before_those_that_use_it on BOTH;
    a_generated_column_moves_behind_what_it_comes_to_use on BOTH;
    a_column_under_nested_generated_columns_is_renamed on BOTH;
    a_table_that_refers_to_itself_is_narrowed on BOTH;
    a_check_stays_with_the_column_that_is_renamed on BOTH;
    a_check_that_is_named_as_another_column_is_dropped on BOTH;
    a_check_on_a_column_that_speaks_of_another_is_dropped on MARIADB;
    a_column_of_random_values_is_added_to_rows on BOTH;
    a_reference_system_changes_under_a_spatial_index on MYSQL;
}

/// A project whose database is at these models.
fn at(db: &Scratch, models: &str) -> Modelled {
    let project = Modelled::new(db, &[db.kind().dialect().name()]);
    advance(&project, models);
    project
}

/// Writes and runs the revision to these models, behind which nothing differs.
fn advance(project: &Modelled, models: &str) {
    project.models(&format!("use migrate_runtime::{{Enum, Table}};\n{models}"));
    project.ok(&["revision", "--autogenerate", "-m", "step", "--rename", "none", "--allow-drop", "*"]);
    project.ok(&["upgrade"]);
    let check = project.ok(&["check"]);
    assert!(check.contains("agree"), "{check}\n{}", project.newest());
}

/// To these models, back to what was there before, and there again.
fn there_and_back(db: &Scratch, project: &Modelled, models: &str) {
    let before = objects(db);
    advance(project, models);
    let after = objects(db);
    project.ok(&["downgrade", "-1"]);
    assert_eq!(objects(db), before, "{}", project.newest());
    project.ok(&["upgrade"]);
    assert_eq!(objects(db), after, "{}", project.newest());
}

const PARENT: &str = "#[derive(Table)] pub struct P { #[column(primary_key)] id: i64 }\n";
const NARROW_PARENT: &str = "#[derive(Table)] pub struct P { #[column(primary_key)] id: i32 }\n";

fn a_foreign_key_is_renamed_while_it_is_off(db: Scratch) {
    let key = |table: &str, attributes: &str, column: &str, ty: &str| {
        format!(
            "#[derive(Table)] {table} {{ id: i64, #[column(references = \"p.id\"{attributes})] {column}: {ty} }}"
        )
    };
    let project = at(&db, &(PARENT.to_owned() + &key("pub struct C", "", "pid", "i64")));
    db.rows("INSERT INTO p VALUES (1)");
    db.rows("INSERT INTO c VALUES (7, 1)");
    let renamed = key("pub struct C", ", renamed_from = \"pid\"", "p_id", "i32");
    there_and_back(&db, &project, &(NARROW_PARENT.to_owned() + &renamed));
    let table = "#[table(renamed_from = \"c\")] pub struct D";
    there_and_back(&db, &project, &(PARENT.to_owned() + &key(table, "", "p_id", "i64")));

    let named = |name: &str, ty: &str| {
        format!(
            "#[derive(Table)] pub struct D {{ id: i64, \
             #[column(foreign_key(references = \"p.id\", name = \"{name}\"))] p_id: {ty} }}"
        )
    };
    advance(&project, &(PARENT.to_owned() + &named("f1", "i64")));
    there_and_back(&db, &project, &(NARROW_PARENT.to_owned() + &named("f2", "i32")));
    assert_eq!(db.rows("SELECT id, p_id FROM d"), [["7", "1"]]);
}

fn a_foreign_key_is_renamed_while_its_column_is_checked(db: Scratch) {
    let models = |column: &str, attributes: &str| {
        format!(
            "{PARENT}#[derive(Table)] pub struct C {{ #[column(primary_key)] id: i64, \
             #[column(references = \"p.id\", check = \"{column} > 0\"{attributes})] {column}: i64 }}"
        )
    };
    let project = at(&db, &models("pid", ""));
    db.rows("INSERT INTO p VALUES (1)");
    db.rows("INSERT INTO c VALUES (7, 1)");
    there_and_back(&db, &project, &models("p_id", ", renamed_from = \"pid\""));
    assert_eq!(db.rows("SELECT id, p_id FROM c"), [["7", "1"]]);
}

fn generated_columns_are_made_anew_in_their_order(db: Scratch) {
    let models = |kept: &str| {
        format!(
            "#[derive(Table)] pub struct T {{ #[column(primary_key)] id: i32, a: i32, \
             #[column(generated = \"a + 1\", {kept})] b: Option<i32>, \
             #[column(generated = \"a + 2\", {kept})] c: Option<i32> }}"
        )
    };
    let project = at(&db, &models("virtual"));
    db.rows("INSERT INTO t (id, a) VALUES (1, 10)");
    there_and_back(&db, &project, &models("stored"));
    there_and_back(&db, &project, &models("virtual"));
    assert_eq!(db.rows("SELECT b, c FROM t"), [["11", "12"]]);
}

fn generated(columns: &[(&str, &str)]) -> String {
    let columns: String = columns
        .iter()
        .map(|(name, expression)| format!(", #[column(generated = \"{expression}\")] {name}: Option<i32>"))
        .collect();
    format!("#[derive(Table)] pub struct T {{ #[column(primary_key)] id: i32{columns} }}")
}

fn a_new_generated_column_stands_before_those_that_use_it(db: Scratch) {
    let project = at(&db, &generated(&[("b", "id + 1")]));
    db.rows("INSERT INTO t (id) VALUES (1)");
    there_and_back(&db, &project, &generated(&[("a", "id + 5"), ("b", "a + 1")]));
    there_and_back(&db, &project, &generated(&[("b", "id + 1")]));
    there_and_back(
        &db,
        &project,
        &generated(&[("x", "id + 2"), ("y", "x + 1"), ("b", "y + 1"), ("z", "b + 1")]),
    );
    assert_eq!(db.rows("SELECT b, x, y, z FROM t"), [["5", "3", "4", "6"]]);
}

fn a_generated_column_moves_behind_what_it_comes_to_use(db: Scratch) {
    let project = at(&db, &generated(&[("b", "id + 1"), ("a", "id + 5"), ("c", "a + 1")]));
    db.rows("INSERT INTO t (id) VALUES (1)");
    there_and_back(&db, &project, &generated(&[("a", "id + 5"), ("c", "a + 1"), ("b", "c + 1")]));
    assert_eq!(db.rows("SELECT a, b, c FROM t"), [["6", "8", "7"]]);
}

fn a_column_under_nested_generated_columns_is_renamed(db: Scratch) {
    let models = |name: &str, attributes: &str| {
        format!(
            "#[derive(Table)] #[table(check(name = \"ck\", expr = \"c < 100\"))] \
             pub struct T {{ #[column(primary_key)] id: i32, {attributes} {name}: i32, \
             #[column(generated = \"{name} + 1\")] b: Option<i32>, \
             #[column(generated = \"b + 1\", index)] c: Option<i32>, \
             #[column(generated = \"c + 1\", virtual)] d: Option<i32> }}"
        )
    };
    let project = at(&db, &models("a", ""));
    db.rows("INSERT INTO t (id, a) VALUES (1, 10)");
    there_and_back(&db, &project, &models("x", "#[column(renamed_from = \"a\")]"));
    assert_eq!(db.rows("SELECT x, b, c, d FROM t"), [["10", "11", "12", "13"]]);
}

fn a_table_that_refers_to_itself_is_narrowed(db: Scratch) {
    let models = |ty: &str, key: &str| {
        format!(
            "#[derive(Table)] pub struct T {{ #[column(primary_key)] id: {ty}, {key} par: Option<{ty}> }}"
        )
    };
    let key = "#[column(references = \"t.id\")]";
    let project = at(&db, &models("i64", ""));
    db.rows("INSERT INTO t VALUES (1, 1), (2, 1)");
    there_and_back(&db, &project, &models("i32", key));
    there_and_back(&db, &project, &models("i64", key));
    there_and_back(&db, &project, &models("i32", key));
    assert_eq!(db.cell("SELECT count(*) FROM t"), "2");
}

fn a_check_stays_with_the_column_that_is_renamed(db: Scratch) {
    let models = |column: &str| format!("#[derive(Table)] pub struct T {{ id: i32, {column} }}");
    let own = |name: &str, expression: &str| {
        models(&format!(
            "#[column(renamed_from = \"{}\")] #[column(check(name = \"{name}\", expr = \"{expression}\"))] {name}: i32",
            if name == "c" { "a" } else { "c" }
        ))
    };
    let project = at(&db, &own("a", "a > 0"));
    db.rows("INSERT INTO t VALUES (1, 10)");
    there_and_back(&db, &project, &own("c", "c > 1"));
    there_and_back(&db, &project, &models("#[column(renamed_from = \"c\")] a: i32"));
    there_and_back(&db, &project, &own("c", "c > 2"));
    assert_eq!(db.rows("SELECT id, c FROM t"), [["1", "10"]]);
}

fn a_check_that_is_named_as_another_column_is_dropped(db: Scratch) {
    let models = |check: &str| {
        format!("#[derive(Table)] {check} pub struct T {{ id: i32, status: i32, amount: i32 }}")
    };
    let check =
        |expression: &str| models(&format!("#[table(check(name = \"status\", expr = \"{expression}\"))]"));
    let project = at(&db, &check("amount > 0"));
    db.rows("INSERT INTO t VALUES (1, 2, 3)");
    there_and_back(&db, &project, &check("amount > 1"));
    there_and_back(&db, &project, &models(""));
    there_and_back(&db, &project, &check("status > 1"));
    there_and_back(&db, &project, &check("amount > 2"));
}

fn a_check_on_a_column_that_speaks_of_another_is_dropped(db: Scratch) {
    db.rows("CREATE TABLE t (id int NOT NULL, status int NOT NULL CHECK (amount > 0), amount int NOT NULL)");
    let models = |check: &str| {
        format!("#[derive(Table)] {check} pub struct T {{ id: i32, status: i32, amount: i32 }}")
    };
    let project = Modelled::new(&db, &["mariadb"]);
    there_and_back(&db, &project, &models(""));
    // As the column's own again, which the next revision drops as well.
    project.ok(&["downgrade", "base"]);
    project.models(&models("#[table(check(name = \"status\", expr = \"amount > 0\"))]"));
    assert!(project.run(&["check", "--database-url", &db.url]).status.code() != Some(0));
}

fn a_column_of_random_values_is_added_to_rows(db: Scratch) {
    let models = |more: &str| {
        format!(
            "#[derive(Table)] pub struct T {{ #[column(primary_key)] id: i32, \
             #[column(mysql(type = \"timestamp\", on_update_expr = \"CURRENT_TIMESTAMP\"))] touched: Option<String>{more} }}"
        )
    };
    let project = at(&db, &models(""));
    db.rows("INSERT INTO t VALUES (1, '2001-01-01 00:00:00'), (2, '2001-01-01 00:00:00')");
    let column = ", #[column(length = 36, unique, default_expr = \"uuid()\")] u: String";
    there_and_back(&db, &project, &models(column));
    assert_eq!(db.cell("SELECT count(DISTINCT u) FROM t WHERE length(u) = 36"), "2");
    assert_eq!(db.cell("SELECT count(*) FROM t WHERE touched = '2001-01-01 00:00:00'"), "2");
    db.rows("INSERT INTO t (id) VALUES (3)");
    assert_eq!(db.cell("SELECT count(DISTINCT u) FROM t WHERE length(u) = 36"), "3");
}

fn a_reference_system_changes_under_a_spatial_index(db: Scratch) {
    let models = |number: u32| {
        format!(
            "#[derive(Table)] #[table(index(name = \"ix\", columns(place), using = \"spatial\"))] \
             pub struct T {{ #[column(primary_key)] id: i32, \
             #[column(mysql(type = \"point srid {number}\"))] place: Vec<u8> }}"
        )
    };
    let project = at(&db, &models(4326));
    there_and_back(&db, &project, &models(0));
}
