//! What MySQL and MariaDB do in their own ways: changes of models lead there and back, with rows in the tables.

use migrate_runtime::Migrator;
use migrate_tests::{Modelled, Project, Scratch, ServerKind};
use mysql_async::prelude::Queryable as _;

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
    characters_of_four_bytes_are_read_as_they_are on BOTH;
    a_charset_is_told_from_that_of_the_table_that_is_there on BOTH;
    a_backslash_is_one_whatever_the_session_says on BOTH;
    a_name_that_something_else_has_is_refused_beforehand on BOTH;
    a_period_is_left_alone on MARIADB;
    triggers_and_views_that_speak_of_a_column_are_named on BOTH;
    a_partitioned_table_without_a_model_is_left_alone on BOTH;
    what_would_be_rounded_is_asked_about on BOTH;
    an_update_that_was_written_moves_no_moment on BOTH;
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
    let models = |name: &str, attributes: &str, kept: &str| {
        format!(
            "#[derive(Table)] \
             pub struct T {{ #[column(primary_key)] id: i32, {attributes} {name}: i32, \
             #[column(generated = \"{name} + 1\", {kept})] b: Option<i32>, \
             #[column(generated = \"b + 1\", {kept})] c: Option<i32>, \
             #[column(generated = \"c + 1\", virtual, index)] d: Option<i32> }}"
        )
    };
    let project = at(&db, &models("a", "", "virtual"));
    db.rows("INSERT INTO t (id, a) VALUES (1, 10)");
    there_and_back(&db, &project, &models("x", "#[column(renamed_from = \"a\")]", "virtual"));
    there_and_back(&db, &project, &models("x", "", "stored"));
    there_and_back(&db, &project, &models("a", "#[column(renamed_from = \"x\")]", "stored"));
    assert_eq!(db.rows("SELECT a, b, c, d FROM t"), [["10", "11", "12", "13"]]);
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

fn characters_of_four_bytes_are_read_as_they_are(db: Scratch) {
    let models = |face: &str, comment: &str| {
        format!(
            "#[derive(Enum)] pub enum Mood {{ #[variant(name = \"{face}\")] Some, #[variant(name = \"?\")] None }}
             #[derive(Table)] #[table(comment = \"{comment}\", check(name = \"ck\", expr = \"a <> '{face}'\"))] \
             pub struct T {{ #[column(primary_key)] id: i32, \
             #[column(length = 9, default = \"{face}?\", comment = \"{comment}\")] a: String, \
             #[column(length = 9, default = \"really?\")] q: Option<String>, \
             #[column(length = 9, default = \"{face}\", charset = \"utf16\")] w: String, \
             #[column(length = 30, default_expr = \"concat('{face}', '?')\", comment = \"{comment}\")] e: String, \
             #[column(length = 20, generated = \"concat(id, '{face}')\", comment = \"{comment}\")] g: Option<String>, \
             #[column(default = Mood::Some, comment = \"{comment}\")] mood: Mood }}"
        )
    };
    let project = at(&db, &models("😀", "a"));
    db.rows("INSERT INTO t (id) VALUES (1)");
    let texts = "SELECT hex(a), hex(q), hex(w), hex(e), hex(g), hex(mood) FROM t";
    let smile = "F09F9880";
    let smiling = db.rows(texts);
    assert_eq!(smiling[0][0], format!("{smile}3F"));
    assert_eq!(smiling[0][3..], [format!("{smile}3F"), format!("31{smile}"), smile.to_owned()]);
    // MODIFY says again what it is not about.
    there_and_back(&db, &project, &models("😀", "b"));
    db.rows("DELETE FROM t");
    db.rows("INSERT INTO t (id) VALUES (1)");
    assert_eq!(db.rows(texts), smiling);
    db.rows("DELETE FROM t");
    // One is not the other.
    advance(&project, &models("😁", "b"));
    db.rows("INSERT INTO t (id) VALUES (1)");
    let grin: Vec<String> =
        smiling[0].iter().map(|hex| hex.replace(smile, "F09F9881").replace("D83DDE00", "D83DDE01")).collect();
    assert_eq!(db.rows(texts), [grin]);
    db.rows("DELETE FROM t");
    project.ok(&["downgrade", "-1"]);
}

fn a_charset_is_told_from_that_of_the_table_that_is_there(db: Scratch) {
    db.rows(&format!("ALTER DATABASE {} CHARACTER SET utf8mb4", db.name));
    db.rows(
        "CREATE TABLE t (id int PRIMARY KEY, a varchar(9) NOT NULL, b varchar(9) CHARACTER SET utf8mb4 NOT NULL, \
         c varchar(9) COLLATE latin1_bin NOT NULL, d varchar(9) NOT NULL) CHARACTER SET latin1",
    );
    db.rows("INSERT INTO t VALUES (1, 'é', '😀', 'é', 'é')");
    let models = |a: &str, b: &str| {
        format!(
            "use migrate_runtime::Table;
             #[derive(Table)] pub struct T {{ #[column(primary_key)] id: i32, \
             #[column(length = 9, {a})] a: String, #[column(length = 9, {b})] b: String, \
             #[column(length = 9, collation = \"latin1_bin\")] c: String, #[column(length = 9)] d: String }}"
        )
    };
    let project = Modelled::new(&db, &[db.kind().dialect().name()]);
    project.models(&models("charset = \"latin1\"", "charset = \"utf8mb4\""));
    assert!(project.ok(&["check"]).contains("agree"));
    db.rows(&format!("ALTER DATABASE {} CHARACTER SET latin1", db.name));
    assert!(project.ok(&["check"]).contains("agree"));
    db.rows(&format!("ALTER DATABASE {} CHARACTER SET utf8mb4", db.name));
    there_and_back(&db, &project, &models("charset = \"utf8mb4\"", "charset = \"utf8mb4\", default = \"x\""));
    there_and_back(&db, &project, &models("collation = \"utf8mb4_bin\"", "collation = \"utf8mb4_bin\""));
    there_and_back(&db, &project, &models("charset = \"latin1\"", "charset = \"utf8mb4\""));
    assert_eq!(db.rows("SELECT a, b, c, d FROM t"), [["é", "😀", "é", "é"]]);
}

fn a_backslash_is_one_whatever_the_session_says(db: Scratch) {
    let create = r"CREATE TABLE t (a varchar(9) DEFAULT 'a\\b;', e enum('a\\', 'b'));";
    let project = Project::new(db.kind().dialect()).with("aaaa", "", create, "DROP TABLE t;").with(
        "bbbb",
        "aaaa",
        r"INSERT INTO t (e) VALUES ('a\\');",
        "DELETE FROM t;",
    );
    let modes = "SELECT @@SESSION.sql_mode";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (before, after): (Option<String>, Option<String>) = runtime.block_on(async {
        let mut connection =
            mysql_async::Conn::from_url(db.url.replacen("mariadb://", "mysql://", 1)).await.unwrap();
        let set = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')";
        connection.query_drop(set).await.unwrap();
        let before = connection.query_first(modes).await.unwrap();
        Migrator::new(project.versions()).upgrade(&mut connection, "head").await.unwrap();
        let after = connection.query_first(modes).await.unwrap();
        connection.disconnect().await.unwrap();
        (before, after)
    });
    assert_eq!(db.rows("SELECT hex(a), hex(e) FROM t"), [["615C623B", "615C"]]);
    assert!(before.as_ref().unwrap().contains("NO_BACKSLASH_ESCAPES"));
    assert_eq!(before, after, "the caller's own mode is back");
}

fn a_name_that_something_else_has_is_refused_beforehand(db: Scratch) {
    let versioned = db.kind() == ServerKind::Mariadb;
    if versioned {
        db.rows("CREATE TABLE taken (id int NOT NULL) WITH SYSTEM VERSIONING");
    } else {
        db.rows("CREATE VIEW taken AS SELECT 1 AS id");
    }
    let project = Modelled::new(&db, &[db.kind().dialect().name()]);
    project.models(
        "use migrate_runtime::Table;\n#[derive(Table)] pub struct Other { id: i32 }\n\
         #[derive(Table)] pub struct Taken { id: i32 }",
    );
    let (_, error) = project.fails(1, &["revision", "--autogenerate", "-m", "step"]);
    let kind = if versioned { "a system-versioned table" } else { "a view" };
    assert!(error.contains(&format!("`taken` is {kind}")), "{error}");
    assert!(project.revisions().is_empty());
}

fn a_period_is_left_alone(db: Scratch) {
    db.rows("CREATE TABLE t (id int NOT NULL, s date NOT NULL, e date NOT NULL, PERIOD FOR app (s, e))");
    let project = Modelled::new(&db, &["mariadb"]);
    let output = project.run(&["reflect"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("t: its period app"), "{said}");
    let models = String::from_utf8_lossy(&output.stdout).into_owned();
    project.models(&models);
    assert!(project.ok(&["check"]).contains("agree"));
    let before = objects(&db);
    let checked =
        models.replace("pub struct T", "#[table(check(name = \"app2\", expr = \"s < e\"))]\npub struct T");
    project.models(&checked);
    project.ok(&["revision", "--autogenerate", "-m", "step"]);
    project.ok(&["upgrade"]);
    assert!(project.ok(&["check"]).contains("agree"));
    project.ok(&["downgrade", "-1"]);
    assert_eq!(objects(&db), before);
}

fn triggers_and_views_that_speak_of_a_column_are_named(db: Scratch) {
    let models = |column: &str| {
        format!(
            "#[derive(Table)] pub struct T {{ #[column(primary_key)] id: i32, {column} other: Option<i32> }}"
        )
    };
    let project = at(&db, &models("a: i32,"));
    db.rows("CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1");
    db.rows("CREATE VIEW v AS SELECT a FROM t");
    advance(&project, &models("#[column(renamed_from = \"a\")] b: i32,"));
    let text = project.newest();
    for note in ["trigger tr of t speaks of a of t", "view v speaks of a of t"] {
        let count =
            text.lines().filter(|line| line.starts_with("-- review: ") && line.contains(note)).count();
        assert_eq!(count, 2, "on both ways: {text}");
    }
    db.rows("DROP TRIGGER tr");
    db.rows("DROP VIEW v");
    db.rows("CREATE VIEW v AS SELECT b FROM t");
    advance(&project, &models(""));
    assert!(project.newest().contains("-- review: view v speaks of b of t"), "{}", project.newest());
}

fn a_partitioned_table_without_a_model_is_left_alone(db: Scratch) {
    let create = "(id int NOT NULL PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3";
    db.rows(&format!("CREATE TABLE log {create}"));
    let project = at(&db, "#[derive(Table)] pub struct T { id: i32 }");
    assert!(!project.newest().contains("log"), "{}", project.newest());
    let output = project.run(&["reflect"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("log: its partitions"), "{said}");
    // With a model it is compared.
    let both = "#[derive(Table)] pub struct T { id: i32 }\n#[derive(Table)] pub struct Log { #[column(primary_key)] id: ";
    advance(&project, &format!("{both}i64 }}"));
    assert!(project.newest().contains("ALTER TABLE log"), "{}", project.newest());
}

fn what_would_be_rounded_is_asked_about(db: Scratch) {
    let models = |at: &str, rate: &str| {
        format!(
            "use migrate_runtime::Table;\n#[derive(Table)] pub struct T {{ #[column(primary_key)] id: i32, \
             #[column(mysql(type = \"{at}\"))] at: String, #[column(mysql(type = \"{rate}\"))] rate: f32 }}"
        )
    };
    let project = at(&db, &models("datetime(6)", "float(7,2)"));
    db.rows("INSERT INTO t VALUES (1, '2001-01-01 00:00:00.5', 1.25)");
    for (at, rate, column) in [("datetime", "float(7,2)", "t.at"), ("datetime(6)", "float(9,1)", "t.rate")] {
        project.models(&models(at, rate));
        let (_, error) = project.fails(4, &["revision", "--autogenerate", "-m", "step"]);
        assert!(error.contains(&format!("--allow-drop {column}")), "{error}");
    }
    // What says less holds more.
    project.models(&models("datetime(6)", "float"));
    project.ok(&["revision", "--autogenerate", "-m", "step"]);
}

fn an_update_that_was_written_moves_no_moment(db: Scratch) {
    let models = |n: &str, state: &str, tone: &str| {
        format!(
            "#[derive(Enum)] pub enum State {{ {state} }}\n\
             #[derive(Enum)] #[enumeration(as_text)] pub enum Tone {{ {tone} }}\n\
             #[derive(Table)] pub struct T {{ #[column(primary_key)] id: i32, n: {n}, state: State, tone: Tone, \
             #[column(type = \"datetime(6)\", default_expr = \"CURRENT_TIMESTAMP(6)\", \
             mysql(on_update_expr = \"CURRENT_TIMESTAMP(6)\"))] updated_at: String, \
             #[column(type = \"datetime\", default_expr = \"CURRENT_TIMESTAMP\", \
             mysql(on_update_expr = \"CURRENT_TIMESTAMP\"))] seen_at: String }}"
        )
    };
    let project = at(&db, &models("Option<i32>", "Open, Done", "Low, High"));
    db.rows(
        "INSERT INTO t (id, n, state, tone, updated_at, seen_at) \
         VALUES (1, NULL, 'open', 'low', '2001-01-01', '2002-01-01')",
    );
    let old = || db.cell("SELECT count(*) FROM t WHERE year(updated_at) = 2001 AND year(seen_at) = 2002");
    let state = "#[variant(renamed_from = \"open\")] Active, Done";
    let tone = "#[variant(renamed_from = \"low\")] Calm, High";
    project.models(&format!("use migrate_runtime::{{Enum, Table}};\n{}", models("i32", state, tone)));
    project.ok(&["revision", "--autogenerate", "-m", "step", "--fill", "t.n=0"]);
    project.ok(&["upgrade"]);
    let file = project.newest();
    // Of the enum, of the text, and of the value.
    assert_eq!(file.matches("updated_at = updated_at, seen_at = seen_at\nWHERE").count(), 5, "{file}");
    assert_eq!(db.rows("SELECT n, state, tone FROM t"), [["0", "active", "calm"]]);
    assert_eq!(old(), "1", "{file}");
    project.ok(&["downgrade", "-1"]);
    assert_eq!(db.rows("SELECT state, tone FROM t"), [["open", "low"]]);
    assert_eq!(old(), "1", "{file}");
}
