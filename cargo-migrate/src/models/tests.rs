//! Which models are found, and what their types are.

use std::collections::BTreeMap;

use migrate_core::Dialect;

use super::{
    ColumnType, ModelType, RawType, Settings, scan,
    testing::{Fixture, not_null, type_of},
};

const USER: &str = "use migrate_runtime::Table;\n#[derive(Table)] pub struct User { id: i64 }\n";

fn model(name: &str) -> String {
    format!("#[derive(migrate_runtime::Table)] pub struct {name} {{ id: i64 }}\n")
}

#[test]
fn modules_are_followed_as_the_compiler_follows_them() {
    let fixture = Fixture::new(&[
        (
            "src/lib.rs",
            "mod a; mod b; #[path = \"odd/name.rs\"] mod c; mod inline { mod d; #[path = \"e2.rs\"] mod e; }\n\
             #[cfg(feature = \"x\")] mod f; #[cfg(feature = \"y\")] mod missing; pub(crate) mod r#type;\n\
             #[cfg_attr(unix, path = \"on_unix.rs\")] mod g;",
        ),
        ("src/a.rs", &(model("A") + "mod a1;")),
        ("src/a/a1.rs", &model("A1")),
        ("src/b/mod.rs", &(model("B") + "mod b1;")),
        ("src/b/b1.rs", &(model("B1") + "#[path = \"x.rs\"] mod x;")),
        ("src/b/x.rs", &model("X")),
        ("src/odd/name.rs", &(model("C") + "mod c1;")),
        ("src/odd/c1.rs", &model("C1")),
        ("src/inline/d.rs", &model("D")),
        ("src/inline/e2.rs", &model("E")),
        ("src/f.rs", &model("F")),
        ("src/type.rs", &model("Kind")),
        ("src/on_unix.rs", &model("G")),
    ]);
    let models = fixture.models();
    assert_eq!(models.table_names(), ["a", "a1", "b", "b1", "x", "c", "c1", "d", "e", "f", "kind", "g"]);
    assert!(models.warnings.is_empty(), "{:?}", models.warnings);
}

#[test]
fn what_only_tests_have_is_left_out() {
    let fixture = Fixture::new(&[
        (
            "src/lib.rs",
            "#[cfg(test)] mod tests; #[cfg(all(test, unix))] mod more { #[derive(migrate_runtime::Table)] struct M { id: i64 } }\n\
             #[cfg(test)] #[derive(migrate_runtime::Table)] struct T { id: i64 }\n mod quiet;\n\
             #[derive(migrate_runtime::Table)] struct Kept { id: i64, #[cfg(test)] probe: Unknown }\n\
             #[cfg(not(test))] #[derive(migrate_runtime::Table)] struct Also { id: i64 }",
        ),
        ("src/tests.rs", &(model("T1") + "mod deep;")),
        ("src/tests/deep.rs", &model("T2")),
        ("src/quiet.rs", &format!("#![cfg(test)]\n{}", model("T3"))),
    ]);
    let models = fixture.models();
    assert_eq!(models.table_names(), ["kept", "also"]);
    assert_eq!(models.tables[0].model.columns.len(), 1);
    assert!(models.warnings.is_empty(), "{:?}", models.warnings);
}

#[test]
fn a_file_that_library_and_binary_share_counts_once() {
    let fixture = Fixture::new(&[
        ("src/lib.rs", "pub mod models;"),
        ("src/main.rs", &format!("mod models; mod other; {}", model("OfMain"))),
        ("src/bin/tool.rs", "use shop::models::User; fn main() { ("),
        ("src/models.rs", USER),
        (
            "src/other.rs",
            &format!("use crate::models::UserId; {}", model("Other").replace("i64", "Option<UserId>")),
        ),
    ]);
    // Nobody has written the struct that `other` uses.
    assert!(fixture.errors().iter().any(|error| error.contains("src/other.rs:1:")), "{:?}", fixture.errors());
    std::fs::write(fixture.folder().join("src/models.rs"), format!("{USER} pub struct UserId(i32);"))
        .unwrap();
    let shared = fixture.errors();
    assert_eq!(shared.len(), 1, "{shared:?}");
    assert!(shared[0].starts_with("src/bin/tool.rs"), "{shared:?}");
    std::fs::write(fixture.folder().join("src/bin/tool.rs"), "use shop::models::User; fn main() {}").unwrap();
    let models = fixture.models();
    assert_eq!(models.table_names(), ["user", "of_main", "other"]);
    let other = &models.table("other").model.columns[0].ty;
    assert_eq!(*other, ColumnType { ty: ModelType::Integer { bits: 32, unsigned: false }, nullable: true });
}

#[test]
fn bodies_are_not_looked_into_and_need_not_be_known_syntax() {
    let fixture = Fixture::of(
        "macro_rules! m { ($($t:tt)*) => { $($t)* } }\nm! { #[derive(migrate_runtime::Table)] struct InMacro { id: i64 } }\n\
         m!(struct X;);\n\
         fn f<const N: usize>() -> [u8; { 1 }] { struct Inner; yeet do new syntax 1..=; #[derive(migrate_runtime::Table)] struct L { id: i64 } }\n\
         const C: [u8; 1] = { [0] }; static S: () = { }; const fn g() {} const unsafe fn h() {}\n\
         impl<T> Tr for X<{ 1 }> where T: A {} unsafe impl S for T {} trait Tr: A { type T = {}; }\n\
         extern \"C\" { fn c(); } extern crate alloc; union U { a: i32 } pub(in crate::a) static mut Y: i32 = 1;\n\
         async fn a() {} pub unsafe extern \"C\" fn b() {}\n;\n\
         #[derive(migrate_runtime::Table)] pub struct Real<'a, T> where T: Copy { id: i64, #[column(skip)] t: &'a T }",
    );
    assert_eq!(fixture.models().table_names(), ["real"]);
}

#[test]
fn a_derive_is_ours_by_where_it_comes_from() {
    let all = |text: &str| {
        let fixture = Fixture::new(&[
            ("src/lib.rs", text),
            ("src/prelude.rs", "pub use migrate_runtime::Table as Model; pub use migrate_runtime::*;"),
        ]);
        fixture.models().tables.len()
    };
    let renamed = |text: &str| {
        let mut fixture = Fixture::of(text);
        fixture.package.renames.insert("migrate".into(), "migrate_runtime".into());
        fixture.models().tables.len()
    };
    for (lines, derive, found) in [
        ("use migrate_runtime::Table;", "Table", 1),
        ("use migrate_runtime::{self as m, Enum};", "m::Table", 1),
        ("use ::migrate_runtime::Table as Stored;", "Stored", 1),
        ("use migrate_runtime as db;", "db::Table", 1),
        ("extern crate migrate_runtime as db;", "db::Table", 1),
        ("use migrate_runtime::*;", "Debug, Table", 1),
        ("mod prelude; use prelude::*;", "Table", 1),
        ("mod prelude; use crate::prelude::Model;", "Clone, Model", 1),
        ("", "::migrate_runtime::Table", 1),
        ("use tabled::Table;", "Table", 0),
        ("use tabled::*;", "Table", 0),
        ("", "Table", 0),
        ("use migrate_runtime::Table; struct Table;", "Table", 1),
        ("use migrate_runtime::Table;", "Debug", 0),
    ] {
        let text = format!("{lines}\n#[derive({derive})] struct A {{ id: i64 }}");
        assert_eq!(all(&text), found, "{text}");
    }
    // Where a name comes from a crate that is not looked into, our attributes decide.
    let attribute = "#[derive(Table)] struct A { #[column(primary_key)] id: i64 }";
    assert_eq!(all(&format!("use shared::Table; {attribute}")), 1);
    assert_eq!(all(&format!("use shared::prelude::*; {attribute}")), 1);
    assert_eq!(renamed("#[derive(migrate::Table)] struct A { id: i64 }"), 1);
    assert_eq!(renamed("use migrate::Table; #[derive(Table)] struct A { id: i64 }"), 1);
    assert_eq!(
        all(
            "#[cfg_attr(feature = \"db\", derive(migrate_runtime::Table), table(name = \"x\"))] struct A { id: i64 }"
        ),
        1
    );
    assert_eq!(all("#[cfg_attr(test, derive(migrate_runtime::Table))] struct A { id: i64 }"), 0);
}

#[test]
fn a_type_is_known_by_where_it_comes_from() {
    let integer = |bits| ModelType::Integer { bits, unsigned: false };
    for (lines, ty, expected) in [
        ("", "i16", integer(16)),
        ("", "u64", ModelType::Integer { bits: 64, unsigned: true }),
        ("", "std::num::NonZeroU32", ModelType::Integer { bits: 32, unsigned: true }),
        ("use std::num::NonZero;", "NonZero<i64>", integer(64)),
        ("", "f32", ModelType::Float { bits: 32 }),
        ("", "bool", ModelType::Boolean),
        ("", "char", ModelType::Character),
        ("", "&'static str", ModelType::Text),
        ("use std::borrow::Cow;", "Cow<'static, str>", ModelType::Text),
        ("use std::sync::Arc;", "Arc<str>", ModelType::Text),
        ("", "Box<std::string::String>", ModelType::Text),
        ("", "Vec<u8>", ModelType::Bytes(None)),
        ("", "Box<[u8]>", ModelType::Bytes(None)),
        ("", "&'static [u8]", ModelType::Bytes(None)),
        ("", "[u8; 16]", ModelType::Bytes(Some(16))),
        ("", "bytes::Bytes", ModelType::Bytes(None)),
        ("", "Vec<Vec<i64>>", ModelType::Array(Box::new(ModelType::Array(Box::new(integer(64)))))),
        ("", "Vec<Option<String>>", ModelType::Array(Box::new(ModelType::Text))),
        ("", "[f64; 3]", ModelType::Array(Box::new(ModelType::Float { bits: 64 }))),
        ("use chrono::{DateTime, Utc};", "DateTime<Utc>", ModelType::Timestamp),
        ("use chrono::prelude::*;", "DateTime<Local>", ModelType::Timestamp),
        ("", "chrono::NaiveDateTime", ModelType::DateTime),
        ("", "chrono::naive::NaiveDate", ModelType::Date),
        ("use chrono::NaiveTime as Time; use time::Date;", "Time", ModelType::Time),
        ("use time::{OffsetDateTime, PrimitiveDateTime as DateTime};", "DateTime", ModelType::DateTime),
        ("use std::time;", "time::Duration", ModelType::Interval),
        ("use jiff::{civil, Timestamp};", "Timestamp", ModelType::Timestamp),
        ("use jiff::{civil, Timestamp};", "civil::DateTime", ModelType::DateTime),
        ("use jiff::civil::*;", "Date", ModelType::Date),
        ("", "jiff::Span", ModelType::Interval),
        ("", "std::time::SystemTime", ModelType::Timestamp),
        ("", "uuid::Uuid", ModelType::Uuid),
        ("", "serde_json::Value", ModelType::Json),
        ("use sqlx::types::Json;", "Json<Vec<Whatever>>", ModelType::Json),
        ("", "sqlx::types::chrono::NaiveDate", ModelType::Date),
        ("", "sea_orm::prelude::DateTimeUtc", ModelType::Timestamp),
        ("", "rust_decimal::Decimal", ModelType::Decimal),
        ("", "bigdecimal::BigDecimal", ModelType::Decimal),
        ("", "std::net::IpAddr", ModelType::Inet { network: false }),
        ("", "ipnetwork::IpNetwork", ModelType::Inet { network: true }),
        ("", "mac_address::MacAddress", ModelType::MacAddress),
        ("use std::collections::HashMap;", "HashMap<String, Option<String>>", ModelType::Hstore),
    ] {
        assert_eq!(type_of(lines, ty), Ok(not_null(expected.clone())), "{lines} {ty}");
        let nullable = Ok(ColumnType { ty: expected, nullable: true });
        assert_eq!(type_of(lines, &format!("Option<{ty}>")), nullable, "{lines} Option<{ty}>");
    }
}

#[test]
fn aliases_newtypes_and_reexports_stand_for_what_they_hold() {
    let text = |lines: &str, ty: &str| type_of(lines, ty).unwrap();
    for (lines, ty) in [
        ("type Name = String;", "Name"),
        ("struct Name(String);", "Name"),
        (
            "pub struct Name(pub(crate) Inner); struct Inner { text: String } impl X for Inner {} type T = Inner;",
            "",
        ),
        ("struct Id<T>(String, std::marker::PhantomData<T>); struct User;", "Id<User>"),
        ("type Maybe<T = String> = T;", "Maybe"),
        ("type Maybe<T> = Box<T>; type Wrapped<U> = Maybe<U>;", "Wrapped<Maybe<String>>"),
        ("mod a { pub mod b { pub struct Name(String); } pub use b::Name; } use a::*;", "Name"),
        (
            "mod a { pub use self::b::*; mod b { pub(super) type Name = super::super::Base; } } type Base = String;",
            "a::Name",
        ),
        (
            "mod a { pub use super::Base as Name; } use self::a::Name as N; type Base = crate::c::Name; mod c { pub struct Name(pub String); }",
            "N",
        ),
        ("#[derive(Debug, sqlx::Type, X)] #[sqlx(transparent)] pub struct Name(String);", "Name"),
        (
            "use self::a::{b::{self, Name}, c}; mod a { pub mod b { pub type Name = String; } pub mod c {} }",
            "b::Name",
        ),
        ("use other::Name; mod a { pub type Name = String; } mod m { } use a::Name as Mine;", "Mine"),
        ("type String = Box<str>;", "String"),
    ] {
        if !ty.is_empty() {
            assert_eq!(text(lines, ty), not_null(ModelType::Text), "{lines}");
        }
    }
    let nullable = text("type Maybe<T> = Option<T>; struct Id(i32);", "Maybe<Id>");
    assert_eq!(nullable, ColumnType { ty: ModelType::Integer { bits: 32, unsigned: false }, nullable: true });
    assert_eq!(text("type Twice<T> = Option<Option<T>>;", "Twice<bool>").ty, ModelType::Boolean);
}

#[test]
fn of_several_names_that_end_alike_the_one_in_scope_is_meant() {
    let time = |lines| type_of(lines, "Time");
    assert_eq!(time("use chrono::NaiveTime as Time;").unwrap().ty, ModelType::Time);
    assert_eq!(time("struct Time(i64);").unwrap().ty, ModelType::Integer { bits: 64, unsigned: false });
    assert!(time("struct Time { hour: u8 }").unwrap_err().contains("`Time` (crate::Time) of `Row.field`"));
    assert!(time("use other::Time;").unwrap_err().contains("`Time` (other::Time)"));
    assert!(time("").unwrap_err().contains("`Time` of `Row.field` is no column"));
    // Two globs that disagree.
    let error = time("use time::*; use jiff::civil::*; use sea_orm::prelude::*;");
    assert_eq!(error.unwrap().ty, ModelType::Time);
    let error = type_of("use chrono::*; use sea_orm::prelude::*;", "DateTime<Utc>").unwrap_err();
    assert!(
        error.contains("the name means several things: chrono::DateTime, sea_orm::prelude::DateTime"),
        "{error}"
    );
    assert!(error.contains("help: write its whole path"), "{error}");
    assert!(type_of("type A = B; type B = A;", "A").unwrap_err().contains("it stands for itself"));
    assert!(type_of("use self::A as B; use self::B as A;", "A").unwrap_err().contains("is no column"));
}

#[test]
fn a_type_that_cannot_be_resolved_is_an_error_with_its_place_and_the_line_that_mends_it() {
    let fixture = Fixture::of(
        "use money::prelude::Amount;\n\
         #[derive(migrate_runtime::Table)]\npub struct Row {\n    a: i64,\n    price: Option<Amount>,\n}\n",
    );
    assert_eq!(
        fixture.error(),
        "src/lib.rs:5:12: the type `Option<Amount>` (money::prelude::Amount) of `Row.price` is no column: nothing says \
         what it is in a database [unresolved-type]\n  help: map it in migrate.toml, `[models.types]`: \
         `\"money::prelude::Amount\" = \"...\"`, or write `#[column(type = \"...\")]` on the field, or `#[column(skip)]`"
    );
    let mapped = fixture.mapping("money::prelude::Amount", "numeric(12,2)").models();
    let column = &mapped.table("row").model.columns[1].ty;
    let raw = RawType { text: Some("numeric(12,2)".into()), engines: BTreeMap::new() };
    assert_eq!(*column, ColumnType { ty: ModelType::Raw(raw), nullable: true });
}

#[test]
fn a_mapping_names_types_of_the_crate_and_of_others_and_comes_before_what_is_known() {
    let lines = "mod geo { pub struct Point { x: f64 } #[derive(X)] pub enum Kind { A } } use geo::Point; struct Id(i64);";
    for (path, ty) in [
        ("crate::geo::Point", "Point"),
        ("shop::geo::Point", "geo::Point"),
        ("crate::geo::Kind", "geo::Kind"),
        ("crate::Id", "Id"),
        ("uuid::Uuid", "uuid::Uuid"),
        ("Macro", "Macro"),
        ("a::B", "Vec<a::B>"),
    ] {
        let text = format!("{lines} #[derive(migrate_runtime::Table)] struct Row {{ field: {ty} }}");
        let models = Fixture::of(&text).mapping(path, "x").models();
        let ty = models.table("row").model.columns[0].ty.ty.clone();
        let ty = if let ModelType::Array(inner) = ty { *inner } else { ty };
        assert!(matches!(ty, ModelType::Raw(_)), "{path}: {ty:?}");
    }
}

#[test]
fn what_is_no_column_says_why_and_what_to_do() {
    for (lines, ty, why, help) in [
        ("", "i128", "no engine has an integer of 128 bits", "use another type"),
        ("", "usize", "its size depends on the machine", "use another type"),
        ("", "(i32, i32)", "no column can hold it", "#[column(type ="),
        ("", "fn(i32) -> i32", "no column can hold it", "#[column(skip)]"),
        ("", "[u8; N]", "its length is not written as a number", "write the number"),
        (
            "use std::collections::HashMap;",
            "HashMap<String, i32>",
            "only a map of String",
            "sqlx::types::Json",
        ),
        (
            "#[derive(migrate_runtime::Table)] struct Team { id: i64 }",
            "Team",
            "it is a table",
            "references = ",
        ),
        (
            "#[derive(X)] enum Kind { A }",
            "Kind",
            "nothing says what it is",
            "add `#[derive(migrate_runtime::Enum)]` to it, or map it",
        ),
        ("mod a {}", "a", "it is a module", "#[column(type ="),
        ("", "<Vec<i32> as Tr>::Item", "no column can hold it", "type"),
        ("", "Option", "nothing says what it is", "[models.types]"),
    ] {
        let error = type_of(lines, ty).unwrap_err();
        assert!(error.contains(why) && error.contains(help), "{ty}: {error}");
        assert!(error.contains("[unresolved-type]"), "{error}");
    }
}

#[test]
fn a_type_that_every_engine_is_told_need_not_be_known() {
    let row = |attributes: &str| {
        format!(
            "#[derive(migrate_runtime::Table)] struct Row {{ #[column({attributes})] field: Option<Secret> }}"
        )
    };
    let ty = |attributes: &str| {
        Fixture::of(&row(attributes)).result().map(|models| models.tables[0].model.columns[0].ty.clone())
    };
    let told = ColumnType { ty: ModelType::Told, nullable: true };
    assert_eq!(ty("type = \"text\"").ok(), Some(told.clone()));
    assert_eq!(ty("postgres(type = \"text\")").ok(), Some(told));
    assert!(ty("mysql(type = \"text\")").is_err());
    assert!(!ty("type = \"text\", nullable = false").unwrap().nullable);
}

#[test]
fn enums_are_found_wherever_they_are() {
    let models = Fixture::new(&[
        ("src/lib.rs", "mod state; #[derive(migrate_runtime::Table)] struct Order { a: state::State, b: Option<Vec<crate::state::Level>> }"),
        (
            "src/state.rs",
            "use migrate_runtime::Enum; #[derive(Debug, Enum)] pub enum State { New, Done }\n\
             #[derive(Enum)] #[enumeration(as_integer)] pub enum Level { Low = 1, High = 2 }",
        ),
    ])
    .models();
    assert_eq!(models.enums.len(), 2);
    let columns = &models.table("order").model.columns;
    assert_eq!(columns[0].ty, not_null(ModelType::Enum(0)));
    assert_eq!(
        columns[1].ty,
        ColumnType { ty: ModelType::Array(Box::new(ModelType::Enum(1))), nullable: true }
    );
    assert_eq!(models.enums[1].model.name.value, "level");
}

#[test]
fn other_packages_of_the_workspace_are_looked_into_where_they_are_scanned_too() {
    let shared = Fixture::of(
        "pub mod id { pub struct UserId(pub i64); }\n#[derive(migrate_runtime::Enum)] pub enum State { A }",
    );
    let mut app = Fixture::of(
        "use users::State; #[derive(migrate_runtime::Table)] struct Row { a: users::id::UserId, b: State, c: people::State }",
    );
    app.package.targets[0].name = "app".to_owned();
    app.package.renames.insert("people".to_owned(), "users".to_owned());
    let mut other = shared.package.clone();
    other.targets[0].name = "users".to_owned();
    let models = scan(&[app.package.clone(), other], &Settings::default()).unwrap();
    let types: Vec<_> = models.tables[0].model.columns.iter().map(|column| column.ty.ty.clone()).collect();
    assert_eq!(
        types,
        [ModelType::Integer { bits: 64, unsigned: false }, ModelType::Enum(0), ModelType::Enum(0)]
    );
}

#[test]
fn a_file_with_models_that_no_mod_reaches_is_a_warning() {
    let fixture = Fixture::new(&[
        ("src/lib.rs", "mod a;"),
        ("src/a.rs", &model("A")),
        ("src/b.rs", &format!("\n{}", model("Forgotten"))),
        ("src/deep/c.rs", "use migrate_runtime::Enum; #[derive(Enum)] enum Lost { A }"),
        ("src/d.rs", "// derive(Table) is named here only\n#[derive(Debug)] struct D;"),
        ("src/e.rs", "#[derive(tabled::Table)] struct E { id: i64 } fn broken("),
        ("other/f.rs", &model("F")),
    ]);
    let models = fixture.models();
    let warnings: Vec<_> = models.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0]
            .ends_with("src/b.rs:2:46: `Forgotten` is not among the models: no `mod` leads to this file"),
        "{warnings:?}"
    );
    assert!(warnings[1].contains("src/deep/c.rs:1:49: `Lost`"), "{warnings:?}");
}

#[test]
fn a_file_that_is_missing_or_no_rust_is_an_error_with_its_place() {
    let errors = Fixture::new(&[
        ("src/lib.rs", "mod a;\n  mod gone;\nmod b;\n#[path = \"lib.rs\"] mod again;"),
        ("src/a.rs", "struct A {\n  id: i64\n"),
        ("src/b.rs", &format!("// é\n{}#[derive(migrate_runtime::Table)] struct B {{ id i64 }}", model("A"))),
    ])
    .errors();
    assert_eq!(errors.len(), 4, "{errors:#?}");
    assert!(errors[0].starts_with("src/a.rs:1:10: this is no Rust: a bracket"), "{errors:#?}");
    assert!(
        errors[1].starts_with("src/lib.rs:2:7: there is no file for the module `gone`: expected "),
        "{errors:#?}"
    );
    assert!(errors[2].starts_with("src/lib.rs:4:24: "), "{errors:#?}");
    assert!(errors[3].starts_with("src/b.rs:3:49: expected `:`"), "{errors:#?}");
}

#[test]
fn mistakes_in_attributes_are_told_with_file_line_and_column() {
    let errors = Fixture::of(
        "\u{feff}// é\n#[derive(migrate_runtime::Table)]\n#[table(nme = \"x\")]\nstruct A {\n    #[column(lenght = 3)]\n    id: i64,\n}",
    )
    .errors();
    assert_eq!(
        errors,
        [
            "src/lib.rs:3:9: unknown attribute `nme`, did you mean `name`? [invalid-model]",
            "src/lib.rs:5:14: unknown attribute `lenght`, did you mean `length`? [invalid-model]",
        ]
    );
}

#[test]
fn what_all_models_together_get_wrong_is_told_with_its_place() {
    let with = |lines: &str| {
        let text = format!(
            "use migrate_runtime::{{Enum, Table}};\n\
             #[derive(Table)] #[table(name = \"teams\")] struct Team {{ #[column(primary_key)] id: i64, org: i32 }}\n\
             #[derive(Enum)] enum State {{ Active, Gone }}\n{lines}"
        );
        Fixture::of(&text).error()
    };
    for (lines, place, message, help) in [
        (
            "#[derive(Table)] #[table(name = \"teams\")] struct B { id: i64 }",
            "4:33",
            "two tables are called `teams`",
            "the other stands in",
        ),
        (
            "mod a { #[derive(migrate_runtime::Enum)] enum State { A } }",
            "4:47",
            "two enums are called `state`",
            "give one",
        ),
        (
            "#[derive(Table)] struct B { #[column(references = \"team.id\")] t: i64 }",
            "4:51",
            "no model is the table `team`",
            "did you mean `teams`?",
        ),
        (
            "#[derive(Table)] struct B { #[column(references = \"Team.id\")] t: i64 }",
            "4:51",
            "no model is the table `Team`",
            "write `teams`",
        ),
        (
            "#[derive(Table)] struct B { #[column(references = \"app.teams.id\")] t: i64 }",
            "4:51",
            "no model is the table `app.teams`",
            "teams",
        ),
        (
            "#[derive(Table)] struct B { #[column(references = \"nowhere.id\")] t: i64 }",
            "4:51",
            "no model is the table `nowhere`",
            "external",
        ),
        (
            "#[derive(Table)] struct B { #[column(references = \"teams.uid\")] t: i64 }",
            "4:51",
            "table `teams` has no column `uid`",
            "did you mean `id`?",
        ),
        (
            "#[derive(Table)] struct B { #[column(references = \"b\")] t: i64 }",
            "4:51",
            "table `b` has no primary key",
            "references = ",
        ),
        (
            "#[derive(Table)] struct B { #[column(identity)] t: String }",
            "4:38",
            "`B.t` is no whole number",
            "i64",
        ),
        ("#[derive(Table)] struct B { #[column(identity)] t: Option<i64> }", "4:38", "never NULL", "Option"),
        (
            "#[derive(Table)] struct B { #[column(default = \"x\")] t: i64 }",
            "4:48",
            "the default of `B.t` is no whole number",
            "default_expr",
        ),
        (
            "#[derive(Table)] struct B { #[column(default = 300)] t: u8 }",
            "4:48",
            "too great or too small",
            "",
        ),
        ("#[derive(Table)] struct B { #[column(default = 1)] t: String }", "4:48", "is no text", ""),
        ("#[derive(Table)] struct B { #[column(default = 1)] t: Vec<i32> }", "4:48", "is no array", "{1,2}"),
        (
            "#[derive(Table)] struct B { #[column(length = 3)] t: i64 }",
            "4:47",
            "`length` is for texts, bytes and enums, which `B.t` is not",
            "take it away",
        ),
        (
            "#[derive(Table)] struct B { #[column(mysql(precision = 3))] t: String }",
            "4:56",
            "`precision` is for decimals and times, which `B.t` is not",
            "take it away",
        ),
        ("#[derive(Table)] struct B { #[column(default = 0)] t: bool }", "4:48", "is no truth value", ""),
        (
            "#[derive(Table)] struct B { #[column(default = \"activ\")] t: State }",
            "4:48",
            "is `activ`, which `State` does not have",
            "did you mean `active`?",
        ),
        (
            "#[derive(Table)] struct B { #[column(default = State::Activ)] t: State }",
            "4:48",
            "is `Activ`, which `State` does not have",
            "did you mean `Active`?",
        ),
        (
            "#[derive(Table)] struct B { #[column(default = LIMIT)] t: i64 }",
            "4:48",
            "is `LIMIT`, and the column holds no enum",
            "constants",
        ),
        (
            "#[derive(Table)] #[table(sequence(name = \"s\"), sequence(name = \"s\"))] struct B { t: i64 }",
            "4:64",
            "two sequences are called `s`",
            "the other stands in",
        ),
        (
            "#[derive(Table)] #[table(renamed_from = \"o\")] struct B { t: i64 }\n\
             #[derive(Table)] #[table(renamed_from = \"o\")] struct C { t: i64 }",
            "5:41",
            "two tables were called `o` before",
            "take `renamed_from` from the one that is new",
        ),
        (
            "#[derive(Table)] struct B { #[column(renamed_from = \"x\")] s: i64, #[column(renamed_from = \"x\")] t: i64 }",
            "4:91",
            "two columns were called `x` before",
            "the other stands in",
        ),
        (
            "#[derive(Enum)] enum B { #[variant(renamed_from = \"x\")] One, #[variant(renamed_from = \"x\")] Two }",
            "4:87",
            "two values were called `x` before",
            "the other stands in",
        ),
        (
            "#[derive(Table)] #[table(index(columns(t), renamed_from = \"x\"), check(expr = \"t > 0\", renamed_from = \"x\"))] struct B { t: i64 }",
            "4:102",
            "two indexes or constraints were called `x` before",
            "the other stands in",
        ),
    ] {
        let error = with(lines);
        assert!(error.starts_with(&format!("src/lib.rs:{place}: ")), "{lines}\n{error}");
        assert!(error.contains(message) && error.contains(help), "{lines}\n{error}");
    }
}

#[test]
fn what_is_for_different_engines_may_have_one_name() {
    let models = Fixture::of(
        "use migrate_runtime::Table;\n\
         #[derive(Table)] #[table(name = \"t\", only(postgres))] struct A { id: i64 }\n\
         #[derive(Table)] #[table(name = \"t\", only(mysql, mariadb))] struct B { id: i64 }\n\
         #[derive(Table)] struct C { #[column(foreign_key(references = \"auth.users.id\", external))] id: i64,\n\
           #[column(default = \"Active\", type = \"state\")] s: String, #[column(default = State::On)] t: State }\n\
         #[derive(Table)] #[table(name = \"p\", renamed_from = \"o\", only(postgres))] struct D { #[column(renamed_from = \"a\")] b: i64 }\n\
         #[derive(Table)] #[table(name = \"p\", renamed_from = \"o\", only(mysql))] struct E { #[column(renamed_from = \"a\")] b: i64 }\n\
         #[derive(migrate_runtime::Enum)] enum State { On }",
    )
    .models();
    assert_eq!(models.tables.len(), 5);
    let (first, second) = (&models.tables[0], &models.tables[1]);
    assert!(first.model.only.includes(Dialect::Postgres) && !second.model.only.includes(Dialect::Postgres));
}

#[test]
fn the_same_source_gives_the_same_models_and_errors_in_the_same_order() {
    let files: Vec<_> =
        (0..20).map(|n| (format!("src/m{n}.rs"), model(&format!("M{n}")).replace("i64", "Lost"))).collect();
    let root = (0..20).map(|n| format!("mod m{n};")).collect::<Vec<_>>().join("\n");
    let mut all: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    all.push(("src/lib.rs", &root));
    let fixture = Fixture::new(&all);
    assert_eq!(fixture.errors().len(), 20);
    assert_eq!(fixture.errors(), fixture.errors());
}

#[test]
fn our_own_tables_are_nobodys_model() {
    let mut fixture = Fixture::of(
        "use migrate_runtime::Table;\n#[derive(Table)] #[table(name = \"Migrate_Version\")] struct A { id: i64 }",
    );
    assert_eq!(fixture.models().tables.len(), 1);
    fixture.settings.reserved = vec!["migrate_version".to_owned(), "migrate_history".to_owned()];
    let error = fixture.error();
    assert!(
        error.starts_with("src/lib.rs:2:33: `Migrate_Version` is a table of cargo-migrate itself"),
        "{error}"
    );
}

#[test]
fn a_derive_that_comes_through_a_star_is_told() {
    let warnings = |lines: &str| -> Vec<String> {
        let models = Fixture::of(lines).models();
        models.warnings.iter().map(|warning| warning.message.clone()).collect()
    };
    let told = warnings("use other::prelude::*;\n#[derive(Debug, Table)] struct User { id: i64 }");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("`User` derives a `Table` that comes through a `*`"), "{told:?}");
    // With an attribute of ours it counts; another crate's is another crate's.
    for lines in [
        "use other::prelude::*;\n#[derive(Table)] struct User { #[column(primary_key)] id: i64 }",
        "use other::Table;\n#[derive(Table)] struct User { id: i64 }",
        "use migrate_runtime::*;\n#[derive(Table)] struct User { id: i64 }",
        "use other::prelude::*;\n#[derive(Debug, other::Table)] struct User { id: i64 }",
    ] {
        assert_eq!(warnings(lines), [""; 0], "{lines}");
    }
}

#[test]
fn source_that_is_nested_without_end_is_refused() {
    let deep = |open: &str, close: &str| format!("{}i64{}", open.repeat(20_000), close.repeat(20_000));
    for ty in [deep("Option<", ">"), deep("(", ")")] {
        let text = format!("#[derive(migrate_runtime::Table)] struct A {{ a: {ty} }}");
        assert!(Fixture::of(&text).error().contains("this is nested too deeply"));
    }
    let modules = format!("{}{}", "mod a {".repeat(20_000), "}".repeat(20_000));
    assert!(Fixture::of(&modules).error().contains("this is nested too deeply"));
}
