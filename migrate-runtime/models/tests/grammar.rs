//! Everything that the attributes can say.

#![allow(clippy::unwrap_used, clippy::panic)]

use migrate_core::Dialect;
use migrate_models::{
    Action, DefaultModel, EnumModel, IndexKey, Layer as _, Literal, Nulls, Reference, Storage, TableModel,
    parts,
};

fn table(text: &str) -> TableModel {
    TableModel::read(&syn::parse_str(text).unwrap())
        .unwrap_or_else(|error| panic!("{}", all(error).join("\n")))
}

fn enumeration(text: &str) -> EnumModel {
    EnumModel::read(&syn::parse_str(text).unwrap())
        .unwrap_or_else(|error| panic!("{}", all(error).join("\n")))
}

fn all(error: syn::Error) -> Vec<String> {
    error.into_iter().map(|error| error.to_string()).collect()
}

/// The mistakes of a struct with these attributes on the table and on its field `a`.
fn mistakes(on_table: &str, on_field: &str) -> Vec<String> {
    let text = format!("#[table({on_table})] struct Thing {{ #[column({on_field})] a: i64, b: String }}");
    match TableModel::read(&syn::parse_str(&text).unwrap()) {
        Ok(_) => Vec::new(),
        Err(error) => all(error),
    }
}

fn only_mistake(on_table: &str, on_field: &str) -> String {
    match mistakes(on_table, on_field).as_slice() {
        [only] => only.clone(),
        other => panic!("{on_table} | {on_field}: {other:#?}"),
    }
}

#[test]
fn a_bare_struct_is_a_table() {
    let table =
        table("struct OrderItem<'a, T: Clone> where T: Copy { id: i64, r#type: &'a str, rest: Option<T> }");
    assert_eq!(table.name.value, "order_item");
    let columns: Vec<_> = table.columns.iter().map(|column| column.name.value.as_str()).collect();
    assert_eq!(columns, ["id", "type", "rest"]);
    assert!(table.primary_key.is_none());
}

#[test]
fn attributes_of_others_are_passed_by() {
    let table = table(
        "#[derive(Serialize, FromRow)] #[serde(rename_all = \"camelCase\")] #[diesel(table_name = x)] #[doc = \"d\"]
         struct A { #[serde(default)] #[sqlx(json)] a: i64, #[sea_orm(primary_key)] #[column(length = 3)] b: String }",
    );
    assert_eq!(table.columns[1].options.base.length.unwrap().value, 3);
    assert!(table.primary_key.is_none());
}

#[test]
fn what_a_table_says_is_read() {
    let table = table(
        r#"#[table(name = "Users", schema = "app", comment = "people", renamed_from = "persons", rename_all = "camelCase")]
        #[table(primary_key(name = "pk", include(b), deferrable, initially_deferred, clustered = false, comment = "c"))]
        #[table(unique(columns(a, long_name), name = "uq", renamed_from = "old_uq", deferrable, initially_deferred,
            nulls_not_distinct, include(b), clustered, comment = "u", only(postgres, mssql), mssql(clustered = false)))]
        #[table(check(name = "ck", expr = "a > 0", no_inherit, mssql(expr = "a >= 1")), check = "b <> ''")]
        #[table(sequence(name = "numbers", schema = "s", type = "bigint", start = 10, increment = -1, min = 1, max = 99, cache = 5, cycle))]
        #[table(exclude(expr = "a WITH =", using = "gist", where = "a > 0", name = "ex", deferrable))]
        #[table(only(postgres, mysql), postgres(unlogged, with(fillfactor = 70, autovacuum_enabled = false)),
            mysql(engine = "InnoDB", charset = "utf8mb4", collation = "utf8mb4_bin", row_format = "DYNAMIC"),
            sqlite(strict, without_rowid), mssql(schema = "dbo"))]
        struct User { #[column(primary_key)] a: i64, b: String, long_name: String }"#,
    );
    assert_eq!((table.name.value.as_str(), table.ident.value.as_str()), ("Users", "User"));
    assert_eq!(table.columns[2].name.value, "longName");
    let key = table.primary_key.as_ref().unwrap();
    assert_eq!((key.columns[0].value.as_str(), key.name.as_ref().unwrap().value.as_str()), ("a", "pk"));
    assert!(!key.clustered.unwrap().value && key.deferrable.unwrap().value);
    let unique = &table.uniques[0];
    assert!(unique.options.of(Dialect::Postgres).clustered.unwrap().value);
    assert!(!unique.options.of(Dialect::Mssql).clustered.unwrap().value);
    assert!(unique.only.includes(Dialect::Mssql) && !unique.only.includes(Dialect::Mysql));
    assert_eq!(table.checks.len(), 2);
    assert_eq!(table.checks[0].options.of(Dialect::Mssql).expression.unwrap().value, "a >= 1");
    assert_eq!(table.checks[1].options.of(Dialect::Mssql).expression.unwrap().value, "b <> ''");
    let numbers = &table.sequences[0].numbers;
    assert_eq!((numbers.increment.unwrap().value, numbers.cycle.unwrap().value), (-1, true));
    assert_eq!(table.exclusions[0].filter.as_ref().unwrap().value, "a > 0");
    let postgres = table.options.of(Dialect::Postgres);
    assert_eq!(postgres.with.unwrap()["fillfactor"].value, "70");
    assert_eq!(postgres.schema.unwrap().value, "app");
    assert_eq!(table.options.of(Dialect::Mssql).schema.unwrap().value, "dbo");
    assert_eq!(table.options.of(Dialect::Mariadb).engine.unwrap().value, "InnoDB");
    assert!(table.options.of(Dialect::Sqlite).strict.unwrap().value);
}

#[test]
fn an_index_has_fields_and_expressions_each_with_its_order() {
    let table = table(
        r#"#[table(index(
            columns(email, created_at desc nulls_last, "lower(name)" ops = "text_pattern_ops" collate = "C", title(20) asc),
            name = "ix", unique, using = "btree", where = "x IS NULL", include(title), invisible,
            with(fillfactor = 70), mysql(columns(email), using = "hash"),
        ))]
        struct A { email: String, #[column(name = "created")] created_at: String, title: String,
            #[column(index, index(desc, nulls_first, ops = "o", prefix = 3, name = "ix2", unique))] name: String }"#,
    );
    let [index, plain, full] = table.indexes.as_slice() else { panic!("{:#?}", table.indexes) };
    let options = index.options.of(Dialect::Postgres);
    let columns = options.parts.unwrap();
    assert_eq!(columns[0].key.value, IndexKey::Field("email".into()));
    assert!(columns[1].descending && columns[1].nulls == Some(Nulls::Last));
    assert_eq!(columns[2].key.value, IndexKey::Expression("lower(name)".into()));
    assert_eq!(columns[2].operator_class.as_ref().unwrap().value, "text_pattern_ops");
    assert_eq!(columns[3].prefix.unwrap().value, 20);
    assert!(index.unique);
    let mysql = index.options.of(Dialect::Mysql);
    assert_eq!((mysql.parts.unwrap().len(), mysql.using.unwrap().value.as_str()), (1, "hash"));
    assert_eq!(mysql.filter.unwrap().value, "x IS NULL");
    assert_eq!(plain.options.base.parts.as_ref().unwrap()[0].key.value, IndexKey::Field("name".into()));
    let part = &full.options.base.parts.as_ref().unwrap()[0];
    assert!(part.descending && full.unique && part.nulls == Some(Nulls::First));
    assert_eq!(full.name.as_ref().unwrap().value, "ix2");
}

#[test]
fn a_foreign_key_stands_on_a_column_or_on_the_table() {
    let table = table(
        r#"#[table(foreign_key(columns(a, b), references = "app.teams(id, org)", name = "fk", on_delete = "set null",
            on_update = "SET_DEFAULT", match_full, deferrable, initially_deferred, external, mssql(on_delete = "no action")))]
        struct A { #[column(references = "teams.id", on_delete = "cascade", deferrable)] a: i64,
            #[column(foreign_key(references = "x.y", name = "fk_x", only(sqlite)))] b: i64 }"#,
    );
    let [composite, short, long] = table.foreign_keys.as_slice() else { panic!("{:#?}", table.foreign_keys) };
    let reference = Reference {
        schema: Some("app".into()),
        table: "teams".into(),
        columns: vec!["id".into(), "org".into()],
    };
    assert_eq!(composite.reference.value, reference);
    let options = composite.options.of(Dialect::Postgres);
    assert_eq!(options.on_delete.unwrap().value, Action::SetNull);
    assert_eq!(options.on_update.unwrap().value, Action::SetDefault);
    assert_eq!(composite.options.of(Dialect::Mssql).on_delete.unwrap().value, Action::NoAction);
    assert!(composite.external && options.match_full.unwrap().value);
    assert_eq!(short.columns[0].value, "a");
    assert_eq!(short.options.base.on_delete.unwrap().value, Action::Cascade);
    assert_eq!((long.columns[0].value.as_str(), long.reference.table.as_str()), ("b", "x"));
    assert!(!long.only.includes(Dialect::Postgres));
}

#[test]
fn a_column_says_its_type_and_where_its_value_comes_from() {
    let table = table(
        r#"struct A {
            #[column(name = "Id", primary_key, identity(always, start = 100, increment = 10, cache = 20, cycle = false))] a: i64,
            #[column(precision = 12, scale = 2, unsigned, default = -1.50, comment = "c", renamed_from = "old", nullable)] b: D,
            #[column(type = "citext", collation = "C", default_expr = "now()", nullable = false)] c: Option<String>,
            #[column(generated = "a * 2", virtual, mssql(generated = "a * 3", stored))] d: i64,
            #[column(length = 16, fixed, charset = "ascii", invisible, on_update_expr = "CURRENT_TIMESTAMP")] e: String,
            #[column(skip)] f: Whatever,
            #[column(sqlite(autoincrement))] g: i64,
        }"#,
    );
    assert_eq!(table.columns.len(), 6);
    let [row, price, text, twice, code, number] = table.columns.as_slice() else { unreachable!() };
    let identity = row.options.base.identity.as_ref().unwrap();
    assert!(identity.always && identity.numbers.start.unwrap().value == 100);
    assert_eq!((row.name.value.as_str(), row.field.value.as_str()), ("Id", "a"));
    let default = price.options.base.default.as_ref().unwrap();
    assert_eq!(default.value, DefaultModel::Literal(Literal::Float("-1.50".into())));
    assert!(price.nullable.unwrap().value && price.options.base.unsigned.unwrap().value);
    assert_eq!(text.options.base.default.as_ref().unwrap().value, DefaultModel::Expression("now()".into()));
    assert!(!text.nullable.unwrap().value);
    assert!(!twice.options_of(Dialect::Postgres).stored.unwrap().value);
    let mssql = twice.options_of(Dialect::Mssql);
    assert!(mssql.stored.unwrap().value && mssql.generated.unwrap().value == "a * 3");
    assert!(code.options.base.fixed.unwrap().value && code.options.base.invisible.unwrap().value);
    assert!(number.options_of(Dialect::Sqlite).autoincrement.unwrap().value);
}

#[test]
fn every_literal_can_be_a_default() {
    for (text, literal) in [
        ("\"active\"", Literal::Text("active".into())),
        ("\"\"", Literal::Text(String::new())),
        ("'x'", Literal::Text("x".into())),
        ("0", Literal::Integer(0)),
        ("-12_000i32", Literal::Integer(-12_000)),
        ("0xff", Literal::Integer(255)),
        ("1.5e3", Literal::Float("1.5e3".into())),
        ("1f64", Literal::Float("1".into())),
        ("true", Literal::Boolean(true)),
        ("b\"\\x00a\"", Literal::Bytes(vec![0, b'a'])),
        ("State::Active", Literal::Variant(vec!["State".into(), "Active".into()])),
        (
            "crate::a::State::r#In",
            Literal::Variant(vec!["crate".into(), "a".into(), "State".into(), "In".into()]),
        ),
    ] {
        let table = table(&format!("struct A {{ #[column(default = {text})] a: i64 }}"));
        let default = table.columns[0].options.base.default.clone().unwrap().value;
        assert_eq!(default, DefaultModel::Literal(literal), "{text}");
    }
}

#[test]
fn what_an_engine_says_stands_over_what_is_said_for_all() {
    let table = table(
        r#"struct A {
            #[column(length = 20, default = 1, mysql(type = "tinytext", default_expr = "(2)"), mariadb(no_default), mssql(identity))] a: i64,
            #[column(type = "text", mssql(length = 50))] b: String,
        }"#,
    );
    let column = &table.columns[0];
    let mysql = column.options_of(Dialect::Mysql);
    assert_eq!((mysql.length, mysql.default.unwrap().value), (None, DefaultModel::Expression("(2)".into())));
    let mariadb = column.options_of(Dialect::Mariadb);
    assert_eq!(mariadb.default.unwrap().value, DefaultModel::None);
    assert_eq!(mariadb.sql_type.unwrap().value, "tinytext");
    let mssql = column.options_of(Dialect::Mssql);
    assert!(mssql.default.is_none() && mssql.identity.is_some() && mssql.length.is_some());
    assert_eq!(column.options_of(Dialect::Sqlite), column.options.base);
    let mssql = table.columns[1].options_of(Dialect::Mssql);
    assert!(mssql.sql_type.is_none() && mssql.length.is_some());
    assert_eq!(column.options.base.clone().over(&mssql).length, column.options.base.length);
}

#[test]
fn an_enum_is_a_list_of_values() {
    let model = enumeration(
        r#"#[enumeration(name = "state", schema = "app", comment = "c", renamed_from = "status", rename_all = "SCREAMING_SNAKE_CASE")]
        enum OrderState { InWork, #[variant(name = "done!", renamed_from = "ready")] Done, #[serde(rename = "x")] Gone }"#,
    );
    let values: Vec<_> = model.values.iter().map(|value| value.name.value.as_str()).collect();
    assert_eq!(values, ["IN_WORK", "done!", "GONE"]);
    assert_eq!((model.name.value.as_str(), model.storage, model.checked), ("state", Storage::Native, true));
    assert_eq!(model.values[1].renamed_from.as_ref().unwrap().value, "ready");
    let plain = enumeration("enum OrderState { InWork }");
    assert_eq!((plain.name.value.as_str(), plain.values[0].name.value.as_str()), ("order_state", "in_work"));
    assert_eq!(enumeration("#[enumeration(as_text, unchecked)] enum A { B }").storage, Storage::Text);
}

#[test]
fn an_enum_of_numbers_counts_as_rust_does() {
    let model = enumeration("#[enumeration(as_integer)] #[repr(i16)] enum A { B, C = 10, D, E = -3, F }");
    let numbers: Vec<_> = model.values.iter().map(|value| value.discriminant.unwrap()).collect();
    assert_eq!((model.storage, numbers.as_slice()), (Storage::Integer(16), &[0, 10, 11, -3, -2][..]));
    assert_eq!(enumeration("#[enumeration(as_integer)] enum A { B }").storage, Storage::Integer(32));
    let untold = |text| all(EnumModel::read(&syn::parse_str(text).unwrap()).err().unwrap());
    assert!(
        untold("#[enumeration(as_integer)] enum A { B = ONE }")[0].contains("number of `B` cannot be told")
    );
    assert!(
        untold("#[enumeration(as_integer)] #[repr(i16)] enum A { B = 40000 }")[0]
            .contains("does not fit into 16 bits")
    );
}

#[test]
fn every_mistake_of_an_enum_is_told() {
    let wrong = |text| all(EnumModel::read(&syn::parse_str(text).unwrap()).err().unwrap()).join("\n");
    for (text, expected) in [
        ("enum A {}", "`A` has no values"),
        ("struct A { a: i64 }", "`A` is no enum"),
        ("enum A { B(i64) }", "the variant `B` holds something"),
        ("enum A { B, #[variant(name = \"b\")] C }", "`B` and `C` are both the value `b`"),
        (
            "#[enumeration(rename_all = \"snake\")] enum A { B }",
            "no case is called `snake`: expected one of lowercase,",
        ),
        ("#[enumeration(as_text, as_integer)] enum A { B }", "kept in one way"),
        ("#[enumeration(nam = \"x\")] enum A { B }", "unknown attribute `nam`, did you mean `name`?"),
        (
            "enum A { #[variant(skip)] B }",
            "unknown attribute `skip`\nhelp: what may stand here: name, renamed_from",
        ),
    ] {
        assert!(wrong(text).contains(expected), "{text}: {}", wrong(text));
    }
}

#[test]
fn every_mistake_of_a_table_is_told_with_what_to_do() {
    for (on_table, on_field, expected) in [
        ("nme = \"x\"", "", "unknown attribute `nme`, did you mean `name`?"),
        ("", "lenght = 3", "unknown attribute `lenght`, did you mean `length`?"),
        ("", "frobnicate", "unknown attribute `frobnicate`\nhelp: what may stand here: name, "),
        ("name", "", "expected a string: `name = \"...\"`"),
        ("name = 3", "", "expected a string: `name = \"...\"`"),
        ("name = \" \"", "", "`name` is empty"),
        ("name = \"a\", name = \"b\"", "", "`name` stands twice"),
        ("", "length = \"3\"", "expected a whole number: `length = 10`"),
        ("", "length = -3", "expected a whole number"),
        ("", "length = 0", "`length` is at least 1"),
        ("", "nullable = 1", "expected `nullable`, or `nullable = false`"),
        ("", "scale = 2", "`scale` without `precision`"),
        ("", "precision = 2, scale = 3", "3 digits behind the point, of 2 in all"),
        ("", "type = \"text\", length = 3", "`length` beside `type`\nhelp: "),
        ("", "default = now()", "expected `,`"),
        ("", "default = [1]", "expected a literal\nhelp: "),
        ("", "default = 1, default_expr = \"1\"", "a column has one default"),
        ("", "identity, default = 1", "a column with `identity` has no `default`"),
        ("", "generated = \"1\", default = 1", "a column with `generated` has no `default`"),
        ("", "stored", "only a column that the database computes"),
        ("", "identity(always, by_default)", "either `always` or `by_default`"),
        ("", "identity(increment = 0)", "cannot go on by 0"),
        ("", "autoincrement", "`autoincrement` is said for one engine\nhelp: write `sqlite(autoincrement)`"),
        ("", "no_default", "`no_default` is said for one engine"),
        ("", "postgres(unsigned)", "unknown attribute `unsigned`"),
        ("", "mysql(autoincrement)", "unknown attribute `autoincrement`"),
        ("", "postgres(primary_key)", "unknown attribute `primary_key`"),
        ("", "skip, length = 3", "a field that is skipped is no column"),
        ("", "primary_key(name = \"x\")", "`primary_key` on a column is a word alone"),
        ("", "references = \"teams.\"", "`teams.` is no reference: expected `table`, `table.column`"),
        ("", "references = \"teams(a, b)\"", "one column cannot refer to several"),
        ("", "on_delete = \"cascade\"", "this is said of a foreign key, and there is none"),
        (
            "",
            "references = \"t.id\", on_delete = \"explode\"",
            "`explode` is nothing that a foreign key can do: expected one of no action, ",
        ),
        ("", "index(columns(b))", "unknown attribute `columns`"),
        ("index(columns(email))", "", "`Thing` has no field `email`\nhelp: its fields are a, b"),
        ("index(columns(a b))", "", "unknown word `b` behind a column"),
        ("index(columns())", "", "`columns` names nothing"),
        ("index(unique)", "", "an index of what?"),
        ("index", "", "expected `index(...)`"),
        ("unique(columns(a, a))", "", "`a` stands twice in the unique constraint"),
        ("unique(columns(\"a\"))", "", "expected the name of a field, without quotes"),
        (
            "unique(columns(x))",
            "name = \"x\"",
            "`Thing` has no field `x`\nhelp: columns go by their field here: write `a`",
        ),
        ("unique(name = \"x\")", "", "which columns are unique?"),
        ("index(columns(a))", "skip", "`a` is skipped: it is no column"),
        ("primary_key(columns(b))", "primary_key", "the primary key stands in `#[table(...)]` already"),
        ("primary_key(name = \"x\")", "", "the primary key has no columns"),
        ("check(name = \"x\")", "", "a check of what?"),
        (
            "check(name = \"x\", expr = \"1\"), check(name = \"x\", expr = \"2\")",
            "",
            "two constraints are called `x`",
        ),
        (
            "index(columns(a), name = \"x\"), index(columns(b), name = \"x\")",
            "",
            "two indexes are called `x`",
        ),
        (
            "foreign_key(columns(a, b), references = \"t(id)\")",
            "",
            "the foreign key has 2 columns and refers to 1",
        ),
        ("foreign_key(columns(a))", "", "does not say what it refers to"),
        ("foreign_key(references = \"t.id\")", "", "does not say which columns it has"),
        (
            "unique(columns(a), deferrable = false, initially_deferred)",
            "",
            "what is initially deferred is deferrable",
        ),
        ("exclude(name = \"x\")", "", "what must not meet?"),
        ("sequence(start = 1)", "", "a sequence needs a name"),
        ("only(oracle)", "", "unknown dialect `oracle`"),
        ("engine = \"InnoDB\"", "", "`engine` is said for one engine\nhelp: write `mysql(engine ...)`"),
        ("sqlite(engine = \"x\")", "", "unknown attribute `engine`"),
        ("rename_all = \"kamel\"", "", "no case is called `kamel`"),
        ("", "name = \"b\"", "`a` and `b` are both the column `b`"),
        ("name = \"x\" schema = \"y\"", "", "expected `,`"),
        ("= 3", "", "expected a word"),
    ] {
        let told = only_mistake(on_table, on_field);
        assert!(
            told.contains(expected),
            "{on_table} | {on_field}\n  told:     {told}\n  expected: {expected}"
        );
    }
}

#[test]
fn one_mistake_does_not_hide_the_next() {
    let told = mistakes(
        "nme = \"x\", index(columns(c), unqiue), engine = \"x\", name = 3",
        "lenght = 3, default = [1], check(exp = \"a\"), precision = 1, scale = 2",
    );
    assert_eq!(told.len(), 10, "{told:#?}");
}

#[test]
fn what_is_no_table_is_told() {
    for text in ["struct A(i64);", "struct A;", "enum A { B }", "union A { a: i64 }"] {
        let told = all(TableModel::read(&syn::parse_str(text).unwrap()).err().unwrap());
        assert_eq!(parts(&told[0]).0, "`A` is no table: it is not a struct with named fields", "{text}");
    }
    let none =
        all(TableModel::read(&syn::parse_str("struct A { #[column(skip)] a: i64 }").unwrap()).err().unwrap());
    assert!(none[0].contains("table `a` has no columns"), "{none:?}");
    for attribute in ["#[table]", "#[table = \"x\"]"] {
        let text = format!("{attribute} struct A {{ a: i64 }}");
        let told = all(TableModel::read(&syn::parse_str(&text).unwrap()).err().unwrap());
        assert_eq!(told, ["expected `#[table(...)]`"]);
    }
}
