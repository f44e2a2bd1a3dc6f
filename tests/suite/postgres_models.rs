//! Models beside what is none of their business: tables, types, functions and sequences of others, schemas of every name.
//! Most of it is PostgreSQL's; foreign keys that lead out of the models are everybody's.

use std::fs;

use migrate_tests::{Modelled, Scratch, ServerKind};

use crate::{pairs::objects, promises};

const POSTGRES: &[ServerKind] = &[ServerKind::Postgres];
const SERVERS: &[ServerKind] = &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];

promises! {
    a_key_to_a_table_of_others_is_made_and_kept on SERVERS;
    a_key_to_a_table_of_another_schema_leads_there on POSTGRES;
    a_table_that_only_a_key_names_is_not_dropped on SERVERS;
    models_of_several_schemas_find_their_own on POSTGRES;
    the_default_schema_may_be_named on POSTGRES;
    an_enum_called_like_a_type_of_the_server_is_refused on POSTGRES;
    what_others_need_stays on POSTGRES;
    what_is_excluded_is_not_touched on POSTGRES;
    a_sequence_is_dropped_with_consent on &[ServerKind::Postgres, ServerKind::Mariadb];
    a_serial_keeps_its_own_sequence on POSTGRES;
    a_sequence_becomes_that_of_a_serial_and_back on POSTGRES;
    numbers_go_on_whatever_numbers_them on POSTGRES;
    a_value_goes_with_the_column_that_holds_it on POSTGRES;
    set_null_for_some_columns_stays on POSTGRES;
    an_array_becomes_one_value_with_consent on POSTGRES;
    a_check_spelled_otherwise_is_validated on POSTGRES;
    a_moment_is_no_default on POSTGRES;
    a_refusal_names_the_models_table on POSTGRES;
    a_table_without_columns_is_left_alone on POSTGRES;
    what_uses_a_column_is_named_above_what_fails on POSTGRES;
    a_view_of_an_enum_is_named_where_its_column_changes on POSTGRES;
    what_uses_a_table_is_named_before_it_goes on POSTGRES;
    what_comes_back_is_written_as_the_model_has_it on POSTGRES;
}

const USES: &str = "use migrate_runtime::{Enum, Table};\n";

/// A project for the database, with models that are not written to a revision yet.
fn project(db: &Scratch, models: &str) -> Modelled {
    let project = Modelled::new(db, &[db.kind().dialect().name()]);
    say(&project, models);
    project
}

fn say(project: &Modelled, models: &str) {
    project.models(&format!("{USES}{models}"));
}

/// Writes what differs, takes the database there, and finds nothing more.
fn arrive(project: &Modelled, options: &[&str]) {
    project.ok(&[&["revision", "--autogenerate", "-m", "next"][..], options].concat());
    project.ok(&["upgrade"]);
    let (out, said) = (project.ok(&["check"]), project.newest());
    assert!(out.contains("agree"), "{said}");
    assert!(project.ok(&["revision", "--autogenerate", "-m", "again"]).contains("no differences"), "{said}");
}

/// There, back to what was, and there again.
fn there_and_back(db: &Scratch, project: &Modelled, options: &[&str]) {
    let before = objects(db);
    arrive(project, options);
    let after = objects(db);
    project.ok(&["downgrade", "-1"]);
    assert_eq!(objects(db), before, "{}", project.newest());
    project.ok(&["upgrade"]);
    assert_eq!(objects(db), after, "{}", project.newest());
}

fn configure(project: &Modelled, lines: &str) {
    let path = project.path("migrate.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{text}\n{lines}\n")).unwrap();
}

/// The definitions of all foreign keys.
fn keys(db: &Scratch) -> Vec<String> {
    let rows =
        db.rows("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' ORDER BY conname");
    rows.into_iter().flatten().collect()
}

fn order(reference: &str) -> String {
    format!(
        "#[derive(Table)] #[table(name = \"orders\", \
         foreign_key(columns(customer), references = \"{reference}\", external, on_delete = \"cascade\"))]\n\
         struct Order {{ #[column(primary_key)] id: i32, customer: i32 }}\n"
    )
}

fn a_key_to_a_table_of_others_is_made_and_kept(db: Scratch) {
    db.rows("CREATE TABLE legacy_customers (id integer NOT NULL PRIMARY KEY)");
    let project = project(&db, &order("legacy_customers(id)"));
    configure(&project, "[autogenerate]\nexclude = [\"legacy_*\"]");
    there_and_back(&db, &project, &[]);
    let first = project.newest();
    assert!(first.contains("CREATE TABLE") && first.contains("legacy_customers"), "{first}");

    say(&project, &order("legacy_customers(id)").replace(", on_delete = \"cascade\"", ""));
    there_and_back(&db, &project, &[]);
    say(
        &project,
        "#[derive(Table)] #[table(name = \"orders\")]\nstruct Order { #[column(primary_key)] id: i32, customer: i32 }\n",
    );
    there_and_back(&db, &project, &[]);
    assert!(db.has_table("legacy_customers"));
}

fn a_key_to_a_table_of_another_schema_leads_there(db: Scratch) {
    db.rows("CREATE SCHEMA auth");
    db.rows("CREATE TABLE auth.users (id integer NOT NULL PRIMARY KEY)");
    let users =
        "#[derive(Table)] #[table(name = \"users\")] struct User { #[column(primary_key)] id: i32 }\n";
    let project = project(&db, &format!("{users}{}", order("auth.users(id)")));
    there_and_back(&db, &project, &[]);
    assert_eq!(keys(&db), ["FOREIGN KEY (customer) REFERENCES auth.users(id) ON DELETE CASCADE"]);
    // Without a table of that name of its own.
    say(&project, &order("auth.users(id)"));
    there_and_back(&db, &project, &["--allow-drop", "users"]);
}

fn a_table_that_only_a_key_names_is_not_dropped(db: Scratch) {
    db.rows("CREATE TABLE customers (id integer NOT NULL PRIMARY KEY)");
    let project = project(&db, &order("customers(id)"));
    arrive(&project, &[]);
    assert!(!project.newest().contains("DROP TABLE customers"), "{}", project.newest());
    let diff = project.ok(&["diff", "--format", "json"]);
    assert!(diff.contains("\"changes\":[]") || diff.contains("\"changes\": []"), "{diff}");
}

fn models_of_several_schemas_find_their_own(db: Scratch) {
    for sql in [
        "CREATE EXTENSION btree_gist",
        "CREATE SCHEMA app",
        "CREATE FUNCTION app.f(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT $1'",
        "CREATE DOMAIN app.dom AS text",
    ] {
        db.rows(sql);
    }
    let models = "\
#[derive(Enum)] #[enumeration(schema = \"app\")] enum Near { A, B }
#[derive(Enum)] #[enumeration(schema = \"myapp\")] enum St { A, B }
#[derive(Enum)] #[enumeration(schema = \"Group\", name = \"Kind\")] enum Kind { A, B }
#[derive(Table)]
#[table(
    name = \"t\", schema = \"app\",
    sequence(name = \"numbers\", schema = \"myapp\"),
    exclude(expr = \"a WITH =\", where = \"a <> 'a'::app.near\"),
    check(expr = \"app.f(id) > 0 AND d <> 'see app.t'\"),
    index(columns(\"app.f(id)\"), name = \"ix_t_f\"),
)]
struct T {
    #[column(primary_key, default_expr = \"nextval('myapp.numbers')\")] id: i32,
    #[column(default_expr = \"'a'::app.near\")] a: Near,
    b: St,
    c: Vec<Kind>,
    #[column(type = \"app.dom\", default = \"see app.t\")] d: String,
}
#[derive(Table)] #[table(name = \"u\", schema = \"Group\")]
struct U { #[column(primary_key, references = \"app.t.id\")] id: i32, #[column(default = Kind::A)] k: Kind }
";
    let project = project(&db, models);
    there_and_back(&db, &project, &[]);
    say(
        &project,
        &models.replace("Kind { A, B }", "Kind { B, A, C }").replace("Near { A, B }", "Near { B, A }"),
    );
    there_and_back(&db, &project, &[]);
}

fn the_default_schema_may_be_named(db: Scratch) {
    db.rows("CREATE TABLE t (id integer CONSTRAINT pk_t PRIMARY KEY, a text)");
    let project = project(
        &db,
        "#[derive(Table)] #[table(name = \"t\", schema = \"public\")]\n\
         struct T { #[column(primary_key)] id: i32, a: Option<String> }\n",
    );
    assert!(project.ok(&["revision", "--autogenerate", "-m", "none"]).contains("no differences"));
    say(
        &project,
        "#[derive(Enum)] #[enumeration(schema = \"public\")] enum St { A, B }\n\
         #[derive(Table)] #[table(name = \"t2\", schema = \"public\", renamed_from = \"public.t\", check(expr = \"s <> 'b'::public.st\"))]\n\
         struct T { #[column(primary_key)] id: i32, a: Option<String>, #[column(default = St::A)] s: St }\n\
         #[derive(Table)] #[table(name = \"u\")]\n\
         struct U { #[column(primary_key)] id: i32, #[column(references = \"t2.id\")] t: i32 }\n",
    );
    db.rows("INSERT INTO t VALUES (1, 'kept')");
    there_and_back(&db, &project, &[]);
    assert_eq!(db.cell("SELECT a FROM t2"), "kept");
    assert!(!project.newest().contains("SCHEMA"), "{}", project.newest());
}

fn an_enum_called_like_a_type_of_the_server_is_refused(db: Scratch) {
    let models = "#[derive(Enum)] enum Interval { Day, Week }\n\
                  #[derive(Table)] #[table(name = \"t\")] struct T { #[column(primary_key)] id: i32, c: Interval }\n";
    let project = project(&db, models);
    let (_, said) = project.fails(1, &["revision", "--autogenerate", "-m", "no"]);
    assert!(said.contains("`interval`") && said.contains("interval_kind"), "{said}");
    say(&project, &models.replace("enum Interval", "#[enumeration(schema = \"public\")] enum Interval"));
    project.fails(1, &["revision", "--autogenerate", "-m", "no"]);
    say(&project, &models.replace("enum Interval", "#[enumeration(schema = \"app\")] enum Interval"));
    there_and_back(&db, &project, &[]);
    db.rows("INSERT INTO t VALUES (1, 'day')");
}

const STATE: &str = "#[derive(Enum)] enum State { New, Open, Done }\n\
     #[derive(Table)] #[table(name = \"t\")] struct T { #[column(primary_key)] id: i32, s: State }\n";

fn what_others_need_stays(db: Scratch) {
    for sql in [
        "CREATE TYPE of_parts AS ENUM ('x')",
        "CREATE TABLE parts (s of_parts) PARTITION BY LIST (s)",
        "CREATE TYPE of_function AS ENUM ('x')",
        "CREATE FUNCTION f(of_function) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE SEQUENCE of_view",
        "CREATE VIEW v AS SELECT nextval('of_view') AS n",
        "CREATE TYPE of_nobody AS ENUM ('x')",
    ] {
        db.rows(sql);
    }
    let project = project(&db, STATE);
    arrive(&project, &[]);
    let (first, said) = (project.newest(), project.ok(&["check", "--format", "json"]));
    assert!(first.contains("DROP TYPE of_nobody"), "{first}");
    for kept in ["of_parts", "of_function", "of_view"] {
        assert!(!first.contains(kept), "{first}");
        assert!(said.contains(kept) && said.contains("needed-by-others"), "{said}");
    }
    // What is made anew cannot leave others behind, and says so.
    db.rows("CREATE FUNCTION of_state(state) RETURNS integer LANGUAGE sql AS 'SELECT 1'");
    say(&project, &STATE.replace(", Done", ""));
    let out =
        project.ok(&["revision", "--autogenerate", "-m", "less", "--allow-drop", "*", "--format", "json"]);
    assert!(out.contains("function of_state(state)"), "{out}");
    assert!(
        project
            .newest()
            .contains("-- review: fails while others have the old type: function of_state(state)")
    );
}

fn what_is_excluded_is_not_touched(db: Scratch) {
    for sql in [
        "CREATE TYPE legacy_state AS ENUM ('a')",
        "CREATE TABLE legacy_t (s legacy_state)",
        "CREATE SEQUENCE legacy_numbers",
        "CREATE SEQUENCE used_numbers",
    ] {
        db.rows(sql);
    }
    let models = "#[derive(Table)] #[table(name = \"t\")]\n\
                  struct T { #[column(primary_key, default_expr = \"nextval('public.used_numbers')\")] id: i64 }\n";
    let project = project(&db, models);
    configure(&project, "[autogenerate]\nexclude = [\"legacy_*\"]");
    there_and_back(&db, &project, &[]);
    let first = project.newest();
    assert!(!first.contains("legacy") && !first.contains("SEQUENCE"), "{first}");
    // An enum belongs to the tables that use it, whatever is included.
    let configured = fs::read_to_string(project.path("migrate.toml")).unwrap();
    let included = configured.replace("exclude = [\"legacy_*\"]", "include = [\"t\"]");
    fs::write(project.path("migrate.toml"), included).unwrap();
    say(&project, &STATE.replace("id: i32", "id: i64"));
    there_and_back(&db, &project, &[]);
    assert!(project.newest().contains("CREATE TYPE state"), "{}", project.newest());
}

fn a_sequence_is_dropped_with_consent(db: Scratch) {
    db.rows("CREATE SEQUENCE invoice_no START WITH 4711");
    db.rows(
        "SELECT nextval('invoice_no')"
            .replace(
                "('invoice_no')",
                match db.kind() {
                    ServerKind::Mariadb => "(invoice_no)",
                    _ => "('invoice_no')",
                },
            )
            .as_str(),
    );
    let project =
        project(&db, "#[derive(Table)] #[table(name = \"t\")] struct T { #[column(primary_key)] id: i32 }\n");
    let (_, said) = project.fails(4, &["revision", "--autogenerate", "-m", "drop"]);
    assert!(said.contains("drop sequence invoice_no") && said.contains("--allow-drop invoice_no"), "{said}");
    if db.kind() == ServerKind::Postgres {
        assert!(said.contains("has come to 4711"), "{said}");
    }
    arrive(&project, &["--allow-drop", "invoice_no"]);
}

fn a_serial_keeps_its_own_sequence(db: Scratch) {
    let models = "\
#[derive(Table)] #[table(name = \"a\")] struct A { #[column(primary_key, type = \"serial\")] b_c: i32, x: i32 }
#[derive(Table)] #[table(name = \"a_b\")] struct B { #[column(primary_key, type = \"serial\")] c: i32, x: i32 }
";
    let project = project(&db, models);
    arrive(&project, &[]);
    db.rows("INSERT INTO a (x) SELECT 1 FROM generate_series(1, 5)");
    db.rows("INSERT INTO a_b (x) VALUES (1)");
    let serial = "#[column(primary_key, type = \"serial\")] c: i32";
    say(&project, &models.replace(serial, "#[column(primary_key, type = \"bigserial\")] c: i64"));
    there_and_back(&db, &project, &[]);
    assert_eq!(
        db.rows("SELECT sequencename, data_type FROM pg_sequences WHERE sequencename LIKE 'a%' ORDER BY 1"),
        [["a_b_c_seq", "integer"], ["a_b_c_seq1", "bigint"]]
    );
    say(&project, &models.replace(serial, "#[column(primary_key, identity)] c: i64"));
    there_and_back(&db, &project, &[]);
    assert_eq!(db.cell("INSERT INTO a_b (x) VALUES (1) RETURNING c"), "2");
    say(&project, &models.replace("name = \"a_b\"", "name = \"z\", renamed_from = \"a_b\""));
    there_and_back(&db, &project, &["--allow-drop", "*"]);
    assert_eq!(db.cell("INSERT INTO z (x) VALUES (1) RETURNING c"), "3");
    assert_eq!(db.cell("INSERT INTO a (x) VALUES (1) RETURNING b_c"), "6");
}

fn a_sequence_becomes_that_of_a_serial_and_back(db: Scratch) {
    for sql in [
        "CREATE TABLE t (id serial CONSTRAINT pk_t PRIMARY KEY, a text)",
        "ALTER TABLE t RENAME TO tt",
        "ALTER TABLE tt RENAME CONSTRAINT pk_t TO pk_tt",
        "INSERT INTO tt (a) VALUES ('x'), ('y')",
    ] {
        db.rows(sql);
    }
    let model = |column: &str| {
        format!(
            "#[derive(Table)] #[table(name = \"tt\")]\n\
             struct T {{ #[column(primary_key, {column})] id: i32, a: Option<String> }}\n"
        )
    };
    let project = project(&db, &model("type = \"serial\""));
    there_and_back(&db, &project, &[]);
    project.ok(&["downgrade", "-1"]);
    assert_eq!(db.cell("INSERT INTO tt (a) VALUES ('z') RETURNING id"), "3");
    assert_eq!(db.cell("SELECT pg_get_serial_sequence('tt', 'id')"), "public.t_id_seq");
    project.ok(&["upgrade"]);
    assert_eq!(db.cell("INSERT INTO tt (a) VALUES ('z') RETURNING id"), "4");
    // A sequence that the models name, with numbers of its own.
    let own = model("default_expr = \"nextval('numbers')\"")
        .replace("name = \"tt\"", "name = \"tt\", sequence(name = \"numbers\", cache = 5)");
    say(&project, &own);
    there_and_back(&db, &project, &[]);
    assert_eq!(db.cell("INSERT INTO tt (a) VALUES ('z') RETURNING id"), "5");
    say(&project, &model("identity"));
    there_and_back(&db, &project, &["--allow-drop", "numbers"]);
    say(&project, &own);
    there_and_back(&db, &project, &[]);
    let next: i32 = db.cell("INSERT INTO tt (a) VALUES ('z') RETURNING id").parse().unwrap();
    assert!(next > 5, "{next}");
}

fn numbers_go_on_whatever_numbers_them(db: Scratch) {
    let model = |column: &str, ty: &str| {
        format!(
            "#[derive(Table)] #[table(name = \"t\")]\n\
             struct T {{ #[column(primary_key, {column})] id: {ty}, n: Option<i32> }}\n"
        )
    };
    let bounded = model(
        "identity(always, start = 100, increment = 5, min = 10, max = 100000, cache = 3, cycle)",
        "i32",
    );
    let (serial, small) = (model("type = \"bigserial\"", "i64"), model("identity", "i16"));
    let descending = model("identity(increment = -1)", "i64");
    let project = project(&db, &serial);
    arrive(&project, &[]);
    for next in [&bounded, &small, &bounded, &serial, &descending, &serial, &small, &descending] {
        let last: Vec<_> = (0..3).map(|_| db.cell("INSERT INTO t (n) VALUES (1) RETURNING id")).collect();
        say(&project, next);
        there_and_back(&db, &project, &["--allow-drop", "*"]);
        // What was given is not given again.
        let new = db.cell("INSERT INTO t (n) VALUES (2) RETURNING id");
        assert!(!last.contains(&new), "{new}: {}", project.newest());
    }
}

fn a_value_goes_with_the_column_that_holds_it(db: Scratch) {
    let few = "\
#[derive(Enum)] enum St { A, B }
#[derive(Table)] #[table(name = \"t\")] struct T { #[column(primary_key)] id: i32, s: St }
";
    let more = "\
#[derive(Enum)] enum St { A, B, N }
#[derive(Enum)] enum Kind { X, Y }
#[derive(Table)] #[table(name = \"t\", check(expr = \"m <> 'b'\"), index(columns(m), where = \"m <> 'a'\"))]
struct T {
    #[column(primary_key)] id: i32,
    s: St,
    #[column(default = St::N)] m: St,
    #[column(generated = \"CASE WHEN m = 'n' THEN 1 ELSE 0 END\")] g: i32,
    #[column(default = Kind::X)] k: Kind,
}
#[derive(Table)] #[table(name = \"u\")]
struct U { #[column(primary_key, default = St::N)] id: St, #[column(references = \"v.id\")] v: Option<i32> }
#[derive(Table)] #[table(name = \"v\")]
struct V { #[column(primary_key)] id: i32, #[column(references = \"u.id\", default = St::N)] u: St }
";
    let project = project(&db, few);
    arrive(&project, &[]);
    db.rows("INSERT INTO t VALUES (1, 'a')");
    say(&project, more);
    there_and_back(&db, &project, &[]);
    db.rows("INSERT INTO u (id) VALUES ('n')");
    // The column lives on under a type of its own, the value is gone from the old one.
    let moved = few.replace("s: St }", "s: St, #[column(default = Own::N)] m: Own }");
    say(&project, &format!("#[derive(Enum)] enum Own {{ A, B, N }}\n{moved}"));
    there_and_back(&db, &project, &["--rename", "none", "--allow-drop", "*"]);
    assert_eq!(db.cell("SELECT m FROM t"), "n");
    say(&project, few);
    there_and_back(&db, &project, &["--rename", "none", "--allow-drop", "*"]);
}

fn set_null_for_some_columns_stays(db: Scratch) {
    if db.cell("SHOW server_version_num").parse::<u32>().unwrap() < 150_000 {
        return;
    }
    for sql in [
        "CREATE TABLE users (tenant integer, id integer, CONSTRAINT pk_users PRIMARY KEY (tenant, id))",
        "CREATE TABLE posts (id integer CONSTRAINT pk_posts PRIMARY KEY, tenant integer NOT NULL, author integer, \
         CONSTRAINT fk_posts_tenant_author FOREIGN KEY (tenant, author) REFERENCES users (tenant, id) \
         ON DELETE SET NULL (author))",
    ] {
        db.rows(sql);
    }
    let models = |id: &str| {
        format!(
            "#[derive(Table)] #[table(name = \"users\")]\n\
             struct User {{ #[column(primary_key)] tenant: i32, #[column(primary_key)] id: {id} }}\n\
             #[derive(Table)] #[table(name = \"posts\", \
             foreign_key(columns(tenant, author), references = \"users(tenant, id)\", on_delete = \"set null\"))]\n\
             struct Post {{ #[column(primary_key)] id: i32, tenant: i32, author: Option<{id}> }}\n"
        )
    };
    let project = project(&db, &models("i32"));
    assert!(project.ok(&["check"]).contains("agree"));
    say(&project, &models("uuid::Uuid"));
    there_and_back(&db, &project, &["--allow-drop", "*"]);
    assert!(keys(&db)[0].ends_with("ON DELETE SET NULL (author)"));
}

fn an_array_becomes_one_value_with_consent(db: Scratch) {
    let model = |ty: &str| {
        format!(
            "#[derive(Table)] #[table(name = \"t\")]\n\
             struct T {{ #[column(primary_key)] id: i32, #[column(type = \"{ty}\")] a: String }}\n"
        )
    };
    for (before, after) in [("numeric(8,2)[]", "numeric(8,2)"), ("timestamp", "timestamptz(0)")] {
        let db = Scratch::new(&db.server);
        let project = project(&db, &model(before));
        arrive(&project, &[]);
        db.rows(&format!(
            "INSERT INTO t VALUES (1, {})",
            match before {
                "timestamp" => "'2020-01-01 00:00:00.6'",
                _ => "'{1.5, 2.5}'",
            }
        ));
        say(&project, &model(after));
        let (_, said) = project.fails(4, &["revision", "--autogenerate", "-m", "less"]);
        assert!(said.contains("--allow-drop t.a"), "{said}");
        arrive(&project, &["--allow-drop", "t.a"]);
    }
}

fn a_check_spelled_otherwise_is_validated(db: Scratch) {
    db.rows("CREATE TABLE t (id integer CONSTRAINT pk_t PRIMARY KEY, a integer)");
    db.rows("ALTER TABLE t ADD CONSTRAINT ck_t_a CHECK (a > 0) NOT VALID");
    let project = project(
        &db,
        "#[derive(Table)] #[table(name = \"t\", check(expr = \"a>0\"))]\n\
         struct T { #[column(primary_key)] id: i32, a: Option<i32> }\n",
    );
    there_and_back(&db, &project, &[]);
    assert!(project.newest().contains("VALIDATE CONSTRAINT ck_t_a"), "{}", project.newest());
}

fn a_moment_is_no_default(db: Scratch) {
    let project = project(
        &db,
        "#[derive(Table)] #[table(name = \"t\")]\n\
         struct T { #[column(primary_key)] id: i32, #[column(type = \"timestamp\", default_expr = \"'now'\")] at: String }\n",
    );
    let (_, said) = project.fails(1, &["revision", "--autogenerate", "-m", "no"]);
    assert!(said.contains("for ever") && said.contains("now()"), "{said}");
}

fn a_refusal_names_the_models_table(db: Scratch) {
    let project = project(
        &db,
        "#[derive(Table)] #[table(name = \"user\")] struct First { #[column(primary_key)] id: i32 }\n\
         #[derive(Table)] #[table(name = \"user\", schema = \"app\")]\n\
         struct Second { #[column(primary_key)] id: i32, #[column(type = \"app.unknown\")] a: String }\n",
    );
    let (_, said) = project.fails(1, &["revision", "--autogenerate", "-m", "no"]);
    assert!(said.contains("refuses the table app.user") && said.contains("struct Second"), "{said}");
    assert!(!said.contains("migrate_scratch"), "{said}");
}

fn a_table_without_columns_is_left_alone(db: Scratch) {
    db.rows("CREATE TABLE nothing ()");
    db.rows("CREATE TABLE t (id integer CONSTRAINT pk_t PRIMARY KEY)");
    let project = project(&db, "");
    let output = project.run(&["reflect"]);
    let (written, said) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(!written.contains("nothing") && said.contains("the table nothing has no columns"), "{said}");
    project.models(&written);
    assert!(project.ok(&["check"]).contains("agree"));
}

/// The newest revision with each review in one line, as blocks of reviews and statement: the way up.
fn blocks(project: &Modelled) -> Vec<String> {
    let file = project.newest().replace("\n-- review:   ", " ");
    let (up, _) = file.split_once("-- migrate:down").unwrap();
    up.split("\n\n").map(ToOwned::to_owned).collect()
}

fn what_uses_a_column_is_named_above_what_fails(db: Scratch) {
    let models = |table: &str, columns: &str| {
        format!(
            "#[derive(Table)] #[table({table})] struct User {{ #[column(primary_key)] id: i32, {columns} }}\n\
             #[derive(Table)] #[table(name = \"others\")] struct Other {{ #[column(primary_key)] id: i32, x: i32 }}\n"
        )
    };
    let project = project(&db, &models("name = \"users\"", "a: i32, b: i32, c: i32"));
    arrive(&project, &[]);
    for sql in [
        "CREATE VIEW v AS SELECT a, b FROM users",
        "CREATE VIEW on_v AS SELECT a FROM v",
        "CREATE MATERIALIZED VIEW m AS SELECT b FROM users",
        "CREATE VIEW of_c AS SELECT c FROM users",
        "CREATE VIEW of_others AS SELECT x FROM others",
        "CREATE FUNCTION plain() RETURNS bigint LANGUAGE sql AS 'SELECT sum(a) FROM users'",
        "CREATE FUNCTION body() RETURNS bigint BEGIN ATOMIC SELECT sum(a) FROM users; END",
        "CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
        "CREATE TRIGGER told BEFORE UPDATE OF b ON users FOR EACH ROW EXECUTE FUNCTION fire()",
        "CREATE TRIGGER always BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION fire()",
        "CREATE POLICY p ON users USING (b > 0)",
        "CREATE RULE r AS ON INSERT TO users WHERE new.a > 5 DO ALSO SELECT 1",
    ] {
        db.rows(sql);
    }
    // By the names that hold before and behind, and of the column that changes alone.
    let renamed = "name = \"people\", renamed_from = \"users\"";
    say(&project, &models(renamed, "#[column(renamed_from = \"a\")] aa: i64, c: i32"));
    let found =
        ["revision", "--autogenerate", "-m", "next", "--allow-drop", "users.b", "--allow-drop", "people.b"];
    let said = project.ok(&[&found[..], &["--format", "json"]].concat());
    let blocks = blocks(&project);
    let of_a = "-- review: fails while function body(), rule r on table users, view on_v, view v use aa of people: drop \
                them above, and make them again below, by hand";
    let of_b = "-- review: fails while materialized view m, policy p on table users, trigger told on table users, view on_v, \
                view v use b of people: drop them above, and make them again below, by hand";
    for (review, clause) in [(of_a, "ALTER COLUMN aa TYPE bigint"), (of_b, "DROP COLUMN b")] {
        let block = blocks.iter().find(|block| block.contains(clause)).unwrap();
        assert!(block.contains(review), "{review}: {}", project.newest());
    }
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let warnings: Vec<_> = said["warnings"].as_array().unwrap().iter().map(|one| &one["message"]).collect();
    let expected = "people.aa can neither be dropped nor get another type while others use it (function body(), rule r on \
                    table users, view on_v and 1 more)";
    assert!(warnings.iter().any(|one| one.as_str().unwrap().starts_with(expected)), "{said}");
    assert_eq!(
        project.newest().matches("fails while").count(),
        3,
        "of aa on the way back too: {}",
        project.newest()
    );

    // What the words say is all that there is to do.
    project.fails(1, &["upgrade"]);
    for sql in [
        "DROP VIEW on_v",
        "DROP VIEW v",
        "DROP MATERIALIZED VIEW m",
        "DROP FUNCTION body()",
        "DROP TRIGGER told ON users",
        "DROP POLICY p ON users",
        "DROP RULE r ON users",
    ] {
        db.rows(sql);
    }
    project.ok(&["upgrade"]);
    assert!(project.ok(&["check"]).contains("agree"));
}

fn a_view_of_an_enum_is_named_where_its_column_changes(db: Scratch) {
    let project = project(&db, STATE);
    arrive(&project, &[]);
    db.rows("CREATE VIEW v AS SELECT s FROM t WHERE s <> 'done'");
    db.rows("CREATE FUNCTION of_state(state) RETURNS integer LANGUAGE sql AS 'SELECT 1'");
    say(&project, &STATE.replace("Open, Done", "Done, Open"));
    project.ok(&["revision", "--autogenerate", "-m", "moved"]);
    let blocks = blocks(&project);
    let block = |statement: &str| blocks.iter().find(|block| block.contains(statement)).unwrap().clone();
    assert!(
        block("ALTER COLUMN s TYPE state")
            .contains("-- review: fails while view v uses s of t: drop it above")
    );
    let last = block("DROP TYPE state_old");
    assert!(
        last.contains("-- review: fails while others have the old type: function of_state(state);"),
        "{last}"
    );
    db.rows("DROP VIEW v");
    db.rows("DROP FUNCTION of_state(state)");
    project.ok(&["upgrade"]);
}

fn what_uses_a_table_is_named_before_it_goes(db: Scratch) {
    let models =
        "#[derive(Table)] #[table(name = \"t\")] struct T { #[column(primary_key)] id: i32, a: i32 }\n";
    let project = project(&db, models);
    arrive(&project, &[]);
    db.rows("CREATE VIEW v AS SELECT a FROM t");
    db.rows("CREATE VIEW counted AS SELECT count(*) FROM t");
    db.rows("CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'");
    db.rows("CREATE TRIGGER told BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION fire()");
    say(&project, "");
    let said = project.run(&["revision", "--autogenerate", "-m", "none", "--allow-drop", "t"]);
    let said = String::from_utf8(said.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("the table t cannot be dropped while others use it (view counted, view v)"),
        "{said}"
    );
    let blocks = blocks(&project);
    let block = blocks.iter().find(|block| block.contains("DROP TABLE t;")).unwrap();
    assert!(block.contains("-- review: fails while view counted, view v use t: drop them above"), "{block}");
    db.rows("DROP VIEW v");
    db.rows("DROP VIEW counted");
    project.ok(&["upgrade"]);
}

fn what_comes_back_is_written_as_the_model_has_it(db: Scratch) {
    let models = |price: &str, state: &str| {
        format!(
            "#[derive(Enum)] enum State {{ {state} }}\n\
             #[derive(Table)] #[table(name = \"orders\", check(name = \"ck_open\", expr = \"state<>'done'\"), \
             index(columns(\"lower(note)\"), name = \"ix_open\", where = \"state<>'done'\"))]\n\
             struct Order {{ #[column(primary_key)] id: i32, price: {price}, #[column(default_expr = \"upper('x')\")] note: String, \
             #[column(default = State::New)] state: State, #[column(generated = \"price*2.5\", type = \"numeric\")] total: String }}\n"
        )
    };
    let project = project(&db, &models("i32", "New, Open, Done"));
    arrive(&project, &[]);
    say(&project, &models("i64", "New, Done, Open"));
    there_and_back(&db, &project, &[]);
    let file = project.newest();
    let (up, down) = file.split_once("-- migrate:down").unwrap();
    for text in [
        "GENERATED ALWAYS AS (price*2.5)",
        "CHECK (state<>'done')",
        "WHERE state<>'done'",
        "SET DEFAULT 'new';",
    ] {
        assert!(up.contains(text), "{text}: {file}");
    }
    assert!(!up.contains("::numeric"), "{file}");
    assert!(down.contains("GENERATED ALWAYS AS ("), "{file}");
}
