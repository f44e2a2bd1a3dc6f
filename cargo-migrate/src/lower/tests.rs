//! What each engine gets for the same models.

use std::fmt::Write as _;

use migrate_core::Dialect;

use super::{Naming, lower, renames};
use crate::{
    models::testing::Fixture,
    schema::{Deferrable, Identity, KeyPart, ObjectName, ReferentialAction, Schema, SequenceOptions},
};

fn schema(text: &str, dialect: Dialect) -> Schema {
    let models = Fixture::of(text).models();
    lower(&models, dialect, &Naming::default(), None).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// What the engine cannot have, each as `src/lib.rs:1:2: message [code]`, and its help behind it.
fn errors(text: &str, dialect: Dialect) -> Vec<String> {
    let fixture = Fixture::of(text);
    let errors = lower(&fixture.models(), dialect, &Naming::default(), None).err().unwrap_or_default();
    let plain = |error: &migrate_core::Error| {
        let text = format!("{error:?}");
        text[text.find("src/").unwrap()..].to_owned()
    };
    errors.iter().map(plain).collect()
}

/// A column of a table `t`, as `type NULL DEFAULT x`.
fn column(field: &str, dialect: Dialect) -> String {
    let schema =
        schema(&format!("{ENUMS} #[derive(migrate_runtime::Table)] struct T {{ {field} }}"), dialect);
    let column = &schema.tables[&ObjectName::local("t")].columns[0];
    let mut text = column.ty.clone();
    if column.nullable {
        text.push_str(" NULL");
    }
    if let Some(default) = &column.default {
        write!(text, " DEFAULT {default}").unwrap();
    }
    text
}

const ENUMS: &str = "
    #[derive(migrate_runtime::Enum)] enum State { Active, #[variant(name = \"it's over\")] Over }
    #[derive(migrate_runtime::Enum)] #[enumeration(as_text)] enum Tone { Low, High }
    #[derive(migrate_runtime::Enum)] #[enumeration(as_integer)] #[repr(i16)] enum Level { Low = 1, High = 5 }
    #[derive(migrate_runtime::Enum)] #[enumeration(name = \"Kind\", schema = \"app\")] enum Kind { A }
";

/// In the order of [`Dialect::ALL`]: PostgreSQL, MySQL, MariaDB, SQL Server, SQLite.
fn everywhere(field: &str) -> Vec<String> {
    Dialect::ALL.map(|dialect| column(field, dialect)).into()
}

#[test]
fn each_engine_has_its_words_for_a_type() {
    for (field, expected) in [
        ("a: bool", ["boolean", "tinyint(1)", "tinyint(1)", "bit", "BOOLEAN"]),
        ("a: i8", ["smallint", "tinyint", "tinyint", "smallint", "INTEGER"]),
        ("a: u8", ["smallint", "tinyint unsigned", "tinyint unsigned", "tinyint", "INTEGER"]),
        ("a: i16", ["smallint", "smallint", "smallint", "smallint", "INTEGER"]),
        ("a: u16", ["integer", "smallint unsigned", "smallint unsigned", "int", "INTEGER"]),
        ("a: i32", ["integer", "int", "int", "int", "INTEGER"]),
        ("#[column(unsigned)] a: i32", ["integer", "int unsigned", "int unsigned", "int", "INTEGER"]),
        ("a: u32", ["bigint", "int unsigned", "int unsigned", "bigint", "INTEGER"]),
        ("a: i64", ["bigint", "bigint", "bigint", "bigint", "INTEGER"]),
        ("a: u64", ["numeric(20,0)", "bigint unsigned", "bigint unsigned", "decimal(20,0)", "INTEGER"]),
        ("a: f32", ["real", "float", "float", "real", "REAL"]),
        ("a: f64", ["double precision", "double", "double", "float", "REAL"]),
        (
            "#[column(precision = 12, scale = 2)] a: rust_decimal::Decimal",
            ["numeric(12,2)", "decimal(12,2)", "decimal(12,2)", "decimal(12,2)", "NUMERIC"],
        ),
        ("a: String", ["text", "text", "text", "nvarchar(max)", "TEXT"]),
        ("#[column(unique)] a: String", ["text", "varchar(255)", "varchar(255)", "nvarchar(255)", "TEXT"]),
        ("#[column(index)] a: String", ["text", "varchar(255)", "varchar(255)", "nvarchar(255)", "TEXT"]),
        (
            "#[column(length = 80)] a: String",
            ["varchar(80)", "varchar(80)", "varchar(80)", "nvarchar(80)", "TEXT"],
        ),
        ("#[column(length = 2, fixed)] a: String", ["char(2)", "char(2)", "char(2)", "nchar(2)", "TEXT"]),
        (
            "#[column(length = 5000)] a: String",
            ["varchar(5000)", "varchar(5000)", "varchar(5000)", "nvarchar(max)", "TEXT"],
        ),
        ("a: char", ["varchar(1)", "varchar(1)", "varchar(1)", "nvarchar(2)", "TEXT"]),
        ("a: Vec<u8>", ["bytea", "blob", "blob", "varbinary(max)", "BLOB"]),
        ("a: [u8; 16]", ["bytea", "binary(16)", "binary(16)", "binary(16)", "BLOB"]),
        (
            "#[column(length = 99)] a: Vec<u8>",
            ["bytea", "varbinary(99)", "varbinary(99)", "varbinary(99)", "BLOB"],
        ),
        ("a: chrono::NaiveDate", ["date", "date", "date", "date", "TEXT"]),
        ("a: chrono::NaiveTime", ["time", "time(6)", "time(6)", "time", "TEXT"]),
        ("a: chrono::NaiveDateTime", ["timestamp", "datetime(6)", "datetime(6)", "datetime2", "TEXT"]),
        ("a: jiff::Timestamp", ["timestamptz", "timestamp(6)", "timestamp(6)", "datetimeoffset", "TEXT"]),
        (
            "#[column(precision = 3)] a: jiff::Timestamp",
            ["timestamptz(3)", "timestamp(3)", "timestamp(3)", "datetimeoffset(3)", "TEXT"],
        ),
        (
            "#[column(precision = 0)] a: jiff::civil::DateTime",
            ["timestamp(0)", "datetime", "datetime", "datetime2(0)", "TEXT"],
        ),
        ("a: uuid::Uuid", ["uuid", "char(36)", "uuid", "uniqueidentifier", "BLOB"]),
        ("a: serde_json::Value", ["jsonb", "json", "json", "nvarchar(max)", "TEXT"]),
        ("a: std::net::IpAddr", ["inet", "varchar(43)", "inet6", "varchar(43)", "TEXT"]),
        ("a: ipnetwork::IpNetwork", ["inet", "varchar(43)", "varchar(43)", "varchar(43)", "TEXT"]),
        ("a: mac_address::MacAddress", ["macaddr", "char(17)", "char(17)", "char(17)", "TEXT"]),
        (
            "a: State",
            ["state", "enum('active','it''s over')", "enum('active','it''s over')", "nvarchar(32)", "TEXT"],
        ),
        ("a: Tone", ["text", "varchar(32)", "varchar(32)", "nvarchar(32)", "TEXT"]),
        ("a: Level", ["smallint", "smallint", "smallint", "smallint", "INTEGER"]),
        ("a: Kind", ["app.\"Kind\"", "enum('a')", "enum('a')", "nvarchar(32)", "TEXT"]),
        (
            "#[column(type = \"citext\", mssql(type = \"xml\"))] a: String",
            ["citext", "citext", "citext", "xml", "citext"],
        ),
        (
            "#[column(type = \"text\", mysql(length = 9))] a: String",
            ["text", "varchar(9)", "varchar(9)", "text", "text"],
        ),
    ] {
        assert_eq!(everywhere(field), expected, "{field}");
    }
    let array = |field| column(field, Dialect::Postgres);
    assert_eq!(array("a: Option<Vec<Vec<i32>>>"), "integer[][] NULL");
    assert_eq!(array("#[column(length = 5)] a: Vec<String>"), "varchar(5)[]");
    assert_eq!(array("a: std::collections::HashMap<String, Option<String>>"), "hstore");
    assert_eq!(array("a: std::time::Duration"), "interval");
}

#[test]
fn each_engine_writes_a_default_in_its_way() {
    for (field, expected) in [
        ("#[column(default = true)] a: bool", ["true", "1", "1", "1", "1"]),
        ("#[column(default = -3)] a: i32", ["-3", "-3", "-3", "-3", "-3"]),
        (
            "#[column(default = 1.50, precision = 9, scale = 2)] a: rust_decimal::Decimal",
            ["1.50", "1.50", "1.50", "1.50", "1.50"],
        ),
        ("#[column(default = \"0.10\", precision = 9, scale = 2)] a: rust_decimal::Decimal", ["0.10"; 5]),
        (
            "#[column(default = \"it's\", length = 9)] a: String",
            ["'it''s'", "'it''s'", "'it''s'", "'it''s'", "'it''s'"],
        ),
        ("#[column(default = \"é\")] a: String", ["'é'", "('é')", "'é'", "N'é'", "'é'"]),
        (
            "#[column(default = b\"\\x00a\", length = 9)] a: Vec<u8>",
            ["'\\x0061'", "X'0061'", "X'0061'", "0x0061", "X'0061'"],
        ),
        ("#[column(default = State::Over)] a: State", ["'it''s over'"; 5]),
        ("#[column(default = \"active\")] a: State", ["'active'"; 5]),
        ("#[column(default = Level::High)] a: Level", ["5"; 5]),
        (
            "#[column(default_expr = \"CURRENT_TIMESTAMP\", mysql(precision = 3))] a: chrono::NaiveDateTime",
            [
                "CURRENT_TIMESTAMP",
                "CURRENT_TIMESTAMP(3)",
                "CURRENT_TIMESTAMP(3)",
                "CURRENT_TIMESTAMP",
                "CURRENT_TIMESTAMP",
            ],
        ),
        (
            "#[column(default_expr = \"lower('A')\", length = 9)] a: String",
            ["lower('A')", "(lower('A'))", "(lower('A'))", "lower('A')", "(lower('A'))"],
        ),
    ] {
        let defaults = Dialect::ALL.map(|dialect| {
            let text = column(field, dialect);
            text.split_once(" DEFAULT ").unwrap_or_else(|| panic!("{text}")).1.to_owned()
        });
        assert_eq!(defaults.as_slice(), expected, "{field}");
    }
    assert_eq!(column("#[column(default = 1, sqlite(no_default))] a: i32", Dialect::Sqlite), "INTEGER");
}

#[test]
fn each_engine_numbers_rows_in_its_way() {
    let of = |attributes: &str, dialect| {
        let text = format!(
            "#[derive(migrate_runtime::Table)] struct T {{ #[column(primary_key, {attributes})] a: i64 }}"
        );
        let schema = schema(&text, dialect);
        let table = &schema.tables[&ObjectName::local("t")];
        (
            table.columns[0].identity.clone(),
            table.columns[0].ty.clone(),
            table.primary_key.clone().unwrap().name,
        )
    };
    let numbers = SequenceOptions { start: Some(5), ..SequenceOptions::default() };
    let name = Some("pk_t".to_owned());
    let bigint = "bigint".to_owned();
    assert_eq!(
        of("identity(start = 5)", Dialect::Postgres),
        (Some(Identity::ByDefault(numbers.clone())), bigint.clone(), name.clone())
    );
    assert_eq!(of("identity(always, start = 5)", Dialect::Postgres).0, Some(Identity::Always(numbers)));
    assert_eq!(
        of("type = \"bigserial\"", Dialect::Postgres),
        (Some(Identity::Serial), bigint.clone(), name.clone())
    );
    assert_eq!(of("identity", Dialect::Mysql), (Some(Identity::AutoIncrement), bigint.clone(), None));
    assert_eq!(
        of("identity(start = 5)", Dialect::Mssql),
        (Some(Identity::Seeded { seed: 5, increment: 1 }), bigint, name)
    );
    assert_eq!(of("identity", Dialect::Sqlite), (None, "INTEGER".to_owned(), None));
    assert_eq!(of("sqlite(autoincrement)", Dialect::Sqlite).0, Some(Identity::AutoIncrement));
}

const SHOP: &str = r#"
    use migrate_runtime::{Enum, Table};
    #[derive(Enum)] enum State { New, Done }
    #[derive(Table)]
    #[table(name = "teams", schema = "app", comment = "who", unique(columns(name, org)), postgres(unlogged, with(fillfactor = 70)),
        mysql(engine = "InnoDB"), sqlite(strict))]
    struct Team { #[column(primary_key, identity)] id: i32, #[column(name = "Name", length = 80)] name: String, org: i32 }
    #[derive(Table)]
    #[table(name = "orders",
        primary_key(columns(number, team), clustered = false),
        index(columns(state, placed_at desc nulls_last), include(note)),
        index(columns("lower(note)"), name = "ix_note", only(postgres, sqlite)),
        index(columns(note(20) ops = "text_pattern_ops"), unique, where = "state = 'new'", only(postgres, mssql)),
        check(expr = "price >= 0 AND number > 0"),
        check(expr = "price < 1000", name = "ck_dear"),
        sequence(name = "numbers", start = 7, only(postgres, mssql)),
        exclude(expr = "number WITH =, team WITH =", where = "price > 0", only(postgres)))]
    struct Order {
        number: i64,
        #[column(references = "app.teams.id", on_delete = "cascade", comment = "whose")] team: i32,
        #[column(index, default = State::New)] state: State,
        #[column(default_expr = "CURRENT_TIMESTAMP", mysql(on_update_expr = "CURRENT_TIMESTAMP"))] placed_at: chrono::NaiveDateTime,
        #[column(length = 200, collation = "C", mysql(collation = "utf8mb4_bin"))] note: Option<String>,
        #[column(precision = 9, scale = 2, check = "price <> 13")] price: rust_decimal::Decimal,
        #[column(generated = "price * 2", virtual, precision = 9, scale = 2)] twice: rust_decimal::Decimal,
    }
"#;

#[test]
fn a_table_has_its_keys_indexes_and_checks_by_convention() {
    let schema = schema(SHOP, Dialect::Postgres);
    assert_eq!(schema.schemas.iter().collect::<Vec<_>>(), ["app"]);
    assert_eq!(schema.enums[&ObjectName::local("state")].values, ["new", "done"]);
    assert_eq!(schema.sequences[&ObjectName::local("numbers")].options.start, Some(7));
    let teams = &schema.tables[&ObjectName::in_schema("app", "teams")];
    assert_eq!(teams.uniques[0].name.as_deref(), Some("uq_teams_Name_org"));
    assert_eq!(teams.uniques[0].columns, ["Name", "org"]);
    assert_eq!(teams.options["fillfactor"], "70");
    assert_eq!((teams.options["unlogged"].as_str(), teams.comment.as_deref()), ("true", Some("who")));

    let orders = &schema.tables[&ObjectName::local("orders")];
    let key = orders.primary_key.as_ref().unwrap();
    assert_eq!((key.name.as_deref(), key.clustered), (Some("pk_orders"), None));
    let names: Vec<_> = orders.indexes.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(names, ["ix_orders_state_placed_at", "ix_note", "ix_orders_note", "ix_orders_state"]);
    let first = &orders.indexes[0];
    assert_eq!((first.include.as_slice(), first.keys[1].descending), (&["note".to_owned()][..], true));
    assert!(first.keys[1].nulls.is_some());
    assert_eq!(orders.indexes[1].keys[0].part, KeyPart::Expression("lower(note)".into()));
    let partial = &orders.indexes[2];
    assert_eq!((partial.unique, partial.filter.as_deref()), (true, Some("state = 'new'")));
    assert_eq!(partial.keys[0].operator_class.as_deref(), Some("text_pattern_ops"));
    assert_eq!(partial.keys[0].prefix, None);
    let checks: Vec<_> = orders.checks.iter().map(|check| check.name.as_deref().unwrap()).collect();
    assert_eq!(checks, ["ck_orders_price_number", "ck_dear", "ck_orders_price"]);
    let exclusion = &orders.exclusions[0];
    assert_eq!(exclusion.name, "ex_orders_number_team");
    assert_eq!(exclusion.definition, "EXCLUDE USING gist (number WITH =, team WITH =) WHERE (price > 0)");
    let key = &orders.foreign_keys[0];
    assert_eq!(key.name.as_deref(), Some("fk_orders_team"));
    assert_eq!(
        (key.referred_table.to_string(), key.referred_columns.as_slice()),
        ("app.teams".into(), &["id".to_owned()][..])
    );
    assert_eq!((key.on_delete, key.deferrable), (ReferentialAction::Cascade, Deferrable::No));
    assert!(!orders.column("twice").unwrap().generated.as_ref().unwrap().stored);
    assert_eq!(orders.column("team").unwrap().comment.as_deref(), Some("whose"));
}

#[test]
fn other_engines_get_the_same_as_far_as_they_have_it() {
    let mysql = schema(SHOP, Dialect::Mysql);
    assert!(mysql.schemas.is_empty() && mysql.enums.is_empty() && mysql.sequences.is_empty());
    let teams = &mysql.tables[&ObjectName::local("teams")];
    assert!(teams.uniques.is_empty() && teams.indexes[0].unique);
    assert_eq!(
        (teams.indexes[0].name.as_str(), teams.options["engine"].as_str()),
        ("uq_teams_Name_org", "InnoDB")
    );
    let orders = &mysql.tables[&ObjectName::local("orders")];
    assert_eq!(orders.primary_key.as_ref().unwrap().name, None);
    let placed = orders.column("placed_at").unwrap();
    assert_eq!(placed.on_update.as_deref(), Some("CURRENT_TIMESTAMP(6)"));
    assert_eq!(orders.column("note").unwrap().collation.as_deref(), Some("utf8mb4_bin"));
    assert!(orders.indexes[0].include.is_empty() && orders.indexes[0].keys[1].nulls.is_none());
    assert_eq!(orders.checks.len(), 3);

    let mssql = schema(SHOP, Dialect::Mssql);
    let orders = &mssql.tables[&ObjectName::local("orders")];
    assert_eq!(orders.primary_key.as_ref().unwrap().clustered, Some(false));
    let values = orders.checks.last().unwrap();
    assert_eq!(
        (values.name.as_deref(), values.expression.as_str()),
        (Some("ck_orders_state"), "state IN ('new', 'done')")
    );
    assert!(mssql.tables.contains_key(&ObjectName::in_schema("app", "teams")));

    let sqlite = schema(SHOP, Dialect::Sqlite);
    let orders = &sqlite.tables[&ObjectName::local("orders")];
    // There a constraint without a name can have any.
    assert!(orders.foreign_keys[0].name.is_none());
    assert_eq!(
        orders.checks.iter().filter_map(|check| check.name.as_deref()).collect::<Vec<_>>(),
        ["ck_dear"]
    );
    assert!(sqlite.tables[&ObjectName::local("teams")].has_option("strict"));
    assert!(orders.comment.is_none() && orders.column("team").unwrap().comment.is_none());
}

#[test]
fn a_reference_to_a_table_means_its_primary_key() {
    let text = "use migrate_runtime::Table;
        #[derive(Table)] struct Team { #[column(primary_key)] org: i32, #[column(primary_key, name = \"no\")] number: i32 }
        #[derive(Table)] #[table(foreign_key(columns(a, b), references = \"team\"))] struct User { a: i32, b: i32 }";
    let referred = |dialect| {
        let schema = schema(text, dialect);
        schema.tables[&ObjectName::local("user")].foreign_keys[0].referred_columns.clone()
    };
    assert_eq!(referred(Dialect::Postgres), ["org", "no"]);
    assert!(referred(Dialect::Sqlite).is_empty());
}

#[test]
fn no_two_things_on_a_table_get_one_name_by_convention() {
    let text = r#"#[derive(migrate_runtime::Table)]
        #[table(index(columns(a)), index(columns(a desc)), check(expr = "1 > 0"), check(expr = "2 > 0"), unique(columns(b), name = "ix_t_a"))]
        struct T { a: i32, b: i32 }"#;
    let schema = schema(text, Dialect::Postgres);
    let table = &schema.tables[&ObjectName::local("t")];
    let names: Vec<_> = table.indexes.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(names, ["ix_t_a_2", "ix_t_a_3"]);
    let checks: Vec<_> = table.checks.iter().map(|check| check.name.as_deref().unwrap()).collect();
    assert_eq!(checks, ["ck_t", "ck_t_2"]);
}

#[test]
fn what_an_engine_does_not_have_is_an_error_with_its_place() {
    let field = |field: &str| format!("#[derive(migrate_runtime::Table)]\nstruct T {{\n{field} }}");
    let on_table = |entry: &str| {
        format!("#[derive(migrate_runtime::Table)]\n#[table({entry})]\nstruct T {{ a: i64, b: i64 }}")
    };
    for (text, dialect, place, message, help) in [
        (
            field("tags: Vec<String>"),
            Dialect::Mysql,
            "3:1",
            "`T.tags` is an array, which MySQL does not have",
            "#[column(mysql(type = \"...\"))]",
        ),
        (
            field("a: std::time::Duration"),
            Dialect::Mssql,
            "3:1",
            "`T.a` is a span of time, which SQL Server",
            "only(...)",
        ),
        (
            field("a: std::collections::HashMap<String, Option<String>>"),
            Dialect::Sqlite,
            "3:1",
            "`T.a` is a map",
            "sqlite",
        ),
        (
            field("a: rust_decimal::Decimal"),
            Dialect::Mysql,
            "3:1",
            "`T.a` does not say how many digits it has",
            "precision = 12",
        ),
        (
            field("#[column(primary_key, identity(cache = 5))] a: i64"),
            Dialect::Mysql,
            "3:23",
            "`T.a` says more of its numbers",
            "mysql(identity)",
        ),
        (
            field("#[column(primary_key, identity(min = 5))] a: i64"),
            Dialect::Mssql,
            "3:23",
            "says more than where they begin",
            "mssql(identity)",
        ),
        (
            field("#[column(identity)] a: i64"),
            Dialect::Sqlite,
            "3:10",
            "SQLite does for the primary key alone",
            "whole primary key",
        ),
        (
            on_table("index(columns(a), where = \"a > 0\")"),
            Dialect::Mysql,
            "2:35",
            "the index `ix_t_a` is partial, which MySQL does not have",
            "only(...)",
        ),
        (
            on_table("index(columns(a), using = \"gin\")"),
            Dialect::Mysql,
            "2:35",
            "is of the kind `gin`",
            "mysql(...)",
        ),
        (
            on_table("index(columns(\"a + 1\"))"),
            Dialect::Mariadb,
            "2:23",
            "the index `ix_t_a_1` has an expression",
            "mariadb",
        ),
        (
            on_table("unique(columns(a), nulls_not_distinct)"),
            Dialect::Sqlite,
            "2:28",
            "the unique constraint on a of `T` lets NULL stand once only",
            "only",
        ),
        (
            on_table("unique(columns(a), deferrable)"),
            Dialect::Mssql,
            "2:28",
            "is deferrable, which SQL Server does not have",
            "mssql(...)",
        ),
        (
            on_table("foreign_key(columns(a), references = \"x.id\", external, match_full)"),
            Dialect::Sqlite,
            "2:64",
            "is MATCH FULL",
            "only",
        ),
        (
            on_table("foreign_key(columns(a), references = \"x.id\", external, on_delete = \"set default\")"),
            Dialect::Mysql,
            "2:76",
            "sets the default",
            "only",
        ),
        (
            on_table("foreign_key(columns(a), references = \"x\", external)"),
            Dialect::Mysql,
            "2:46",
            "does not say which columns it refers to",
            "table.column",
        ),
        (
            on_table("exclude(expr = \"a WITH =\")"),
            Dialect::Mysql,
            "2:9",
            "the exclusion constraint `ex_t_a` is asked for, and MySQL has none",
            "only(postgres)",
        ),
        (
            on_table("sequence(name = \"s\")"),
            Dialect::Sqlite,
            "2:25",
            "the sequence `s` is asked for, and SQLite has none",
            "only(postgres)",
        ),
    ] {
        let told = errors(&text, dialect);
        let [error] = told.as_slice() else { panic!("{text}\n{told:#?}") };
        assert!(error.starts_with(&format!("src/lib.rs:{place}: ")), "{text}\n{error}");
        assert!(
            error.contains(message) && error.contains(help) && error.contains("[unsupported]"),
            "{text}\n{error}"
        );
    }
}

#[test]
fn a_mapped_type_that_says_nothing_of_an_engine_is_unresolved_there() {
    let mut fixture = Fixture::of("#[derive(migrate_runtime::Table)] struct T { a: geo::Point }");
    let raw =
        crate::models::RawType { text: None, engines: [(Dialect::Postgres, "point".to_owned())].into() };
    fixture.settings.types.insert("geo::Point".to_owned(), raw);
    let models = fixture.models();
    let naming = Naming::default();
    assert_eq!(
        lower(&models, Dialect::Postgres, &naming, None).unwrap().tables[&ObjectName::local("t")].columns[0]
            .ty,
        "point"
    );
    let error = lower(&models, Dialect::Sqlite, &naming, None).unwrap_err().remove(0);
    assert_eq!(error.code(), migrate_core::Code::UnresolvedType);
    assert!(error.help().unwrap().contains("add `sqlite = \"...\"` to it in migrate.toml"), "{error:?}");
}

#[test]
fn what_is_for_other_engines_is_not_there() {
    let text = r#"use migrate_runtime::Table;
        #[derive(Table)] #[table(name = "a", only(postgres))] struct A { #[column(primary_key)] id: i64 }
        #[derive(Table)] #[table(name = "b", index(columns(id), only(mysql)))] struct B { #[column(foreign_key(references = "a.id", only(postgres)))] id: i64 }"#;
    let mysql = schema(text, Dialect::Mysql);
    assert_eq!(mysql.tables.len(), 1);
    let b = &mysql.tables[&ObjectName::local("b")];
    assert_eq!((b.foreign_keys.len(), b.indexes.len()), (0, 1));
    // MariaDB is asked by its own name.
    assert_eq!(schema(text, Dialect::Mariadb).tables[&ObjectName::local("b")].indexes.len(), 0);
    let told = errors(&text.replace(", only(postgres)))] id", "))] id"), Dialect::Mysql);
    assert!(told[0].contains("refers to `a`, which MySQL does not get"), "{told:?}");
}

#[test]
fn the_renames_of_the_models_are_told() {
    let text = r#"use migrate_runtime::{Enum, Table};
        #[derive(Table)] #[table(name = "users", schema = "app", renamed_from = "old.people", sequence(name = "s", renamed_from = "r"))]
        struct User { #[column(renamed_from = "name")] full_name: String }
        #[derive(Enum)] #[enumeration(renamed_from = "status")] enum State { #[variant(renamed_from = "on")] Active }"#;
    let models = Fixture::of(text).models();
    let postgres = renames(&models, Dialect::Postgres, &Naming::default(), None);
    let users = ObjectName::in_schema("app", "users");
    assert_eq!(postgres.tables[&ObjectName::in_schema("old", "people")], users);
    assert_eq!(postgres.columns[&users]["name"], "full_name");
    assert_eq!(postgres.enums[&ObjectName::local("status")], ObjectName::local("state"));
    assert_eq!(postgres.enum_values[&ObjectName::local("state")]["on"], "active");
    assert_eq!(postgres.sequences[&ObjectName::local("r")], ObjectName::local("s"));
    let sqlite = renames(&models, Dialect::Sqlite, &Naming::default(), None);
    assert!(sqlite.enums.is_empty() && sqlite.columns[&ObjectName::local("users")]["name"] == "full_name");
}

#[test]
fn what_is_written_as_rust_and_read_again_is_the_same_schema() {
    for dialect in Dialect::ALL {
        let before = schema(SHOP, dialect);
        let written = crate::rust_models::write(&before, &Naming::default());
        assert!(written.missing.is_empty(), "{written:#?}");
        let models = written.scan(vec![dialect]).unwrap();
        let after = lower(&models, dialect, &Naming::default(), None).unwrap();
        assert_eq!(sorted(after), sorted(before), "{dialect}\n{written:#?}");
    }
}

/// Lists of which the order does not count, in one order.
fn sorted(mut schema: Schema) -> Schema {
    for table in schema.tables.values_mut() {
        table.checks.sort_by(|left, right| left.expression.cmp(&right.expression));
        table.indexes.sort_by(|left, right| left.name.cmp(&right.name));
    }
    schema
}

#[test]
fn tables_that_only_their_schema_tells_apart_are_refused_where_there_are_no_schemas() {
    let text = "
#[derive(migrate_runtime::Table)] #[table(name = \"users\", schema = \"a\")] struct Users { #[column(primary_key)] id: i64 }
#[derive(migrate_runtime::Table)] #[table(name = \"users\", schema = \"b\")] struct Others { #[column(primary_key)] id: i64 }
";
    assert_eq!(schema(text, Dialect::Postgres).tables.len(), 2);
    for dialect in [Dialect::Mysql, Dialect::Mariadb, Dialect::Sqlite] {
        let errors = errors(text, dialect);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with("src/lib.rs:3:"), "{errors:?}");
        assert!(errors[0].contains("the model `Others` is a second table of the name `users`"), "{errors:?}");
    }
}

#[test]
fn on_sqlite_a_reference_leads_to_a_key() {
    let text = |to: &str, attribute: &str, table: &str| {
        format!(
            "use migrate_runtime::Table;\n#[derive(Table)] {table} struct P {{ #[column(primary_key)] id: i64, \
             #[column({attribute})] code: i64, other: i64 }}\n\
             #[derive(Table)] struct C {{ #[column({to})] p: i64 }}"
        )
    };
    let to_code = "references = \"p.code\"";
    let plain = text(to_code, "name = \"code\"", "");
    let errors = errors(&plain, Dialect::Sqlite);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("`p(code)`, which is neither its primary key nor unique"), "{errors:?}");
    // Other engines say so themselves, where they mind.
    assert_eq!(schema(&plain, Dialect::Mariadb).tables.len(), 2);
    for sound in [
        text(to_code, "unique", ""),
        text(to_code, "name = \"code\"", "#[table(index(columns(code), unique))]"),
        text("references = \"p\"", "name = \"code\"", ""),
        text("references = \"p.id\"", "name = \"code\"", ""),
        text("foreign_key(references = \"p.code\", external)", "name = \"code\"", ""),
    ] {
        assert_eq!(schema(&sound, Dialect::Sqlite).tables.len(), 2, "{sound}");
    }
    let partial = "#[table(index(columns(code), unique, where = \"other > 0\"))]";
    assert_eq!(self::errors(&text(to_code, "name = \"code\"", partial), Dialect::Sqlite).len(), 1);
}
