use super::*;
use crate::schema::{
    Deferrable, Generated, Identity, KeyPart, ObjectName, OnConflict, ReferentialAction, Table,
};

/// What is read of a database in memory after these statements.
fn reflected(statements: &[&str]) -> Schema {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut connection = Connection::open("sqlite::memory:").await.unwrap();
        for sql in statements {
            connection.execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        let scope = Scope { without: vec!["Migrate_Version".to_owned()], ..Scope::default() };
        reflect(&mut connection, &scope).await.unwrap()
    })
}

fn table(sql: &str) -> Table {
    let mut schema = reflected(&[sql]);
    schema.tables.pop_first().unwrap().1
}

fn types(sql: &str) -> Vec<String> {
    table(sql).columns.into_iter().map(|column| column.ty).collect()
}

#[test]
fn types_are_in_upper_case_with_usual_blanks() {
    let sql = "CREATE TABLE t (a integer, b varchar ( 255 ), c decimal(10 , -2), d, e unsigned /* so */ big int, \
               f \"my type\", g ANY DEFAULT 1, h text generated always AS (1), i [x y] z NOT NULL)";
    assert_eq!(
        types(sql),
        [
            "INTEGER",
            "VARCHAR(255)",
            "DECIMAL(10,-2)",
            "",
            "UNSIGNED BIG INT",
            "\"my type\"",
            "ANY",
            "TEXT",
            "[x y] Z"
        ]
    );
}

#[test]
fn names_in_any_quotes_are_one_name() {
    let sql = "CREATE TABLE 'a b' (\"c\"\"d\" int, `e``f` int, [g\"h] int, 'i''j' int, K int UNIQUE, \
               UNIQUE (k, 'c\"d'), CONSTRAINT \"x\"\"y\" CHECK ([e`f] > \"K\"))";
    let table = table(sql);
    assert_eq!(table.name.name, "a b");
    let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["c\"d", "e`f", "g\"h", "i'j", "K"]);
    assert_eq!(table.uniques[0].columns, ["K"]);
    assert_eq!(table.uniques[1].columns, ["K", "c\"d"]);
    assert_eq!(table.checks[0].name.as_deref(), Some("x\"y"));
    assert_eq!(table.checks[0].expression, "\"e`f\" > K");
}

#[test]
fn defaults_are_literals_or_stand_in_parentheses() {
    let sql = "CREATE TABLE t (a DEFAULT 1, b DEFAULT -1.5, c DEFAULT +2, d DEFAULT 'it''s', e DEFAULT \"x'y\", \
               f DEFAULT word, g DEFAULT (5), h DEFAULT ( 1+1 ), i DEFAULT current_timestamp, j DEFAULT NULL, \
               k DEFAULT true, l DEFAULT x'AB', m DEFAULT (datetime('now')), n DEFAULT (-1) NOT NULL CHECK (n < 3), \
               o DEFAULT (CURRENT_TIME))";
    let defaults: Vec<_> = table(sql).columns.into_iter().map(|column| column.default).collect();
    let expected = [
        "1",
        "-1.5",
        "2",
        "'it''s'",
        "'x''y'",
        "'word'",
        "5",
        "(1 + 1)",
        "CURRENT_TIMESTAMP",
        "",
        "TRUE",
        "x'ab'",
        "(datetime('now'))",
        "-1",
        "CURRENT_TIME",
    ];
    let defaults: Vec<_> = defaults.iter().map(|default| default.as_deref().unwrap_or_default()).collect();
    assert_eq!(defaults, expected);
}

#[test]
fn what_is_not_null_is_asked_of_the_engine() {
    let nullable =
        |sql: &str| -> Vec<bool> { table(sql).columns.iter().map(|column| column.nullable).collect() };
    assert_eq!(nullable("CREATE TABLE t (a int PRIMARY KEY, b int)"), [true, true]);
    assert_eq!(nullable("CREATE TABLE t (a integer PRIMARY KEY, b int NOT NULL)"), [false, false]);
    assert_eq!(nullable("CREATE TABLE t (a integer PRIMARY KEY DESC, b int NULL)"), [false, true]);
    assert_eq!(nullable("CREATE TABLE t (a integer, b int, PRIMARY KEY (a DESC))"), [false, true]);
    assert_eq!(nullable("CREATE TABLE t (a int, b int, PRIMARY KEY (b, a)) WITHOUT ROWID"), [false, false]);
    assert_eq!(nullable("CREATE TABLE t (a text PRIMARY KEY, b int) STRICT"), [false, true]);
}

#[test]
fn constraints_of_columns_and_of_the_table_are_the_same_thing() {
    let table = table(
        "CREATE TABLE t ( -- comment, with (a comma\n\
         id integer CONSTRAINT pk PRIMARY KEY AUTOINCREMENT,\n\
         a text COLLATE nocase CONSTRAINT nn NOT NULL ON CONFLICT IGNORE CONSTRAINT uq UNIQUE ON CONFLICT REPLACE,\n\
         b int REFERENCES Other (X) ON DELETE SET NULL ON UPDATE CASCADE NOT NULL DEFERRABLE INITIALLY DEFERRED,\n\
         c int GENERATED ALWAYS AS (b * 2) STORED CHECK (c > 0),\n\
         d int AS (b+1),\n\
         UNIQUE (A DESC, b COLLATE rtrim), CHECK (b<>0) CONSTRAINT named CHECK (t.b<>1) ON CONFLICT FAIL,\n\
         CONSTRAINT fk FOREIGN KEY (B) REFERENCES nowhere MATCH FULL NOT DEFERRABLE INITIALLY DEFERRED\n\
         ) STRICT",
    );
    let primary_key = table.primary_key.as_ref().unwrap();
    assert_eq!((primary_key.name.as_deref(), &primary_key.columns[..]), (Some("pk"), &["id".to_owned()][..]));
    assert_eq!(table.columns[0].identity, Some(Identity::AutoIncrement));
    assert_eq!(table.row_number(), Some("id"));
    assert_eq!(table.columns[1].collation.as_deref(), Some("NOCASE"));
    assert_eq!(table.columns[3].generated, Some(Generated { expression: "b * 2".into(), stored: true }));
    assert_eq!(table.columns[4].generated, Some(Generated { expression: "b + 1".into(), stored: false }));
    let checks: Vec<_> =
        table.checks.iter().map(|check| (check.name.as_deref(), check.expression.as_str())).collect();
    assert_eq!(checks, [(None, "c > 0"), (None, "b <> 0"), (Some("named"), "b <> 1")]);
    assert_eq!(table.uniques[0].name.as_deref(), Some("uq"));
    assert_eq!(table.uniques[1].columns, ["a", "b"]);
    let [first, second] = table.foreign_keys.as_slice() else { panic!("{table:?}") };
    assert_eq!(first.referred_table, ObjectName::local("Other"));
    assert_eq!(first.referred_columns, ["X"]);
    assert_eq!((first.on_delete, first.on_update), (ReferentialAction::SetNull, ReferentialAction::Cascade));
    assert_eq!(first.deferrable, Deferrable::Deferred);
    assert_eq!((second.name.as_deref(), second.match_full), (Some("fk"), false));
    assert_eq!(second.deferrable, Deferrable::No);
    assert!(second.referred_columns.is_empty());
    assert!(table.has_option("strict") && !table.has_option("without_rowid"));

    let details = &table.details;
    assert!(details.has_comments);
    let not_null = &details.not_null["a"];
    assert_eq!((not_null.name.as_deref(), not_null.on_conflict), (Some("nn"), Some(OnConflict::Ignore)));
    assert_eq!(details.key(false, &["a".to_owned()]).unwrap().on_conflict, Some(OnConflict::Replace));
    let parts = &details.key(false, &["a".to_owned(), "b".to_owned()]).unwrap().parts;
    assert!(parts[0].descending && !parts[1].descending);
    assert_eq!(parts[1].collation.as_deref(), Some("RTRIM"));
    assert!(details.key(true, &["id".to_owned()]).is_none());
}

#[test]
fn indexes_have_columns_expressions_and_a_filter() {
    let schema = reflected(&[
        "CREATE TABLE T (a text COLLATE nocase, B int UNIQUE)",
        "CREATE UNIQUE INDEX one ON t (\"b\" DESC, A COLLATE nocase, a collate binary, ('b'), lower( A ) ASC)\n\
         WHERE ( b>0 AND t.a is not null ) -- done",
    ]);
    let table = schema.table(&ObjectName::local("T")).unwrap();
    let [index] = table.indexes.as_slice() else { panic!("{table:?}") };
    assert_eq!((index.name.as_str(), index.unique), ("one", true));
    let shown: Vec<_> = index
        .keys
        .iter()
        .map(|key| {
            let part = match &key.part {
                KeyPart::Column(name) => format!("column {name}"),
                KeyPart::Expression(text) => text.clone(),
            };
            (part, key.collation.as_deref(), key.descending)
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("column B".to_owned(), None, true),
            ("column a".to_owned(), None, false),
            ("column a".to_owned(), Some("BINARY"), false),
            ("column B".to_owned(), None, false),
            ("lower(a)".to_owned(), None, false),
        ]
    );
    assert_eq!(index.filter.as_deref(), Some("B > 0 AND a IS NOT NULL"));
}

#[test]
fn foreign_keys_are_spelled_as_what_they_name() {
    let schema = reflected(&[
        "CREATE TABLE Teams (Id integer PRIMARY KEY)",
        "CREATE TABLE users (team int REFERENCES TEAMS (ID))",
    ]);
    let key = &schema.table(&ObjectName::local("users")).unwrap().foreign_keys[0];
    assert_eq!((key.referred_table.name.as_str(), key.referred_columns[0].as_str()), ("Teams", "Id"));
}

#[test]
fn what_is_not_ours_to_compare_is_left_out() {
    let schema = reflected(&[
        "CREATE TABLE migrate_version (revision text)",
        "CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT)",
        "CREATE VIEW v AS SELECT * FROM t",
        "CREATE VIRTUAL TABLE words USING fts5(x)",
        "CREATE TRIGGER made AFTER INSERT ON t BEGIN INSERT INTO words VALUES (new.id); END",
        "CREATE TRIGGER seen INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
        "CREATE TEMPORARY TABLE passing (x)",
        "ANALYZE",
    ]);
    assert_eq!(schema.tables.keys().map(ToString::to_string).collect::<Vec<_>>(), ["t"]);
    let table = schema.table(&ObjectName::local("t")).unwrap();
    assert_eq!(table.triggers.len(), 1);
    assert!(
        table.triggers[0].sql.starts_with("CREATE TRIGGER made") && table.triggers[0].sql.ends_with("END")
    );
}

#[test]
fn tables_behind_a_module_that_is_not_there_are_left_out() {
    let schema = reflected(&[
        "CREATE TABLE places (x)",
        "CREATE TABLE other (x)",
        "CREATE TABLE places_node (x)",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE places USING missing(x)', rootpage = 0 WHERE name = 'places'",
        "PRAGMA writable_schema = RESET",
    ]);
    assert_eq!(schema.tables.keys().map(ToString::to_string).collect::<Vec<_>>(), ["other"]);
}

#[test]
fn a_table_made_from_a_query_is_read() {
    let sql = "CREATE TABLE t AS SELECT 1 AS a, 'x' AS \"b c\", 1.5 AS d";
    let names: Vec<_> = table(sql).columns.into_iter().map(|column| (column.name, column.ty)).collect();
    assert_eq!(names.len(), 3);
    assert_eq!(names[1].0, "b c");
}

#[test]
fn hostile_names_come_through() {
    for name in
        ["a\"b", "a'b", "a.b", "a b", "a$b", "Order", "🦀", "SELECT", "[x", "a)b", "--x", &"x".repeat(128)]
    {
        let quoted = name.replace('"', "\"\"");
        let table = table(&format!(
            "CREATE TABLE \"{quoted}\" (\"{quoted}\" text CONSTRAINT \"{quoted}\" CHECK (\"{quoted}\" <> 'x'), \
             UNIQUE (\"{quoted}\"))"
        ));
        assert_eq!(table.name.name, name);
        assert_eq!(table.columns[0].name, name);
        assert_eq!(table.uniques[0].columns, [name]);
        assert_eq!(table.checks[0].name.as_deref(), Some(name));
    }
}

#[test]
fn what_sqlite_reads_and_passes_over_is_not_reported() {
    let schema = reflected(&[
        "CREATE TABLE p (id integer PRIMARY KEY DESC)",
        "CREATE TABLE c (p int REFERENCES p (id) MATCH FULL)",
    ]);
    assert!(!schema.table(&ObjectName::local("c")).unwrap().foreign_keys[0].match_full);
    // Not the row's number, and yet taken for one.
    assert!(!schema.table(&ObjectName::local("p")).unwrap().columns[0].nullable);
}

#[test]
fn names_and_triggers_of_everything_are_known() {
    let schema = reflected(&[
        "CREATE TABLE t (x)",
        "CREATE INDEX i ON t (x)",
        "CREATE VIEW v AS SELECT * FROM t",
        "CREATE VIRTUAL TABLE words USING fts5(x)",
        "CREATE TABLE migrate_version (x)",
        "CREATE TRIGGER seen INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
    ]);
    let names = &schema.around.names;
    assert!(
        ["t", "i", "v", "words", "words_data", "migrate_version"].iter().all(|name| names.contains(*name))
    );
    assert_eq!(schema.around.triggers[0].0, "v");
    assert_eq!(schema.around.tables, schema.tables);
}
