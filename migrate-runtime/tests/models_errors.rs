//! What is wrong with a model stops the compiler, underlined where it stands.
//!
//! One crate has a model for each mistake, so that one run of the compiler shows all messages.

#![allow(clippy::unwrap_used, clippy::panic)]

mod project;

use std::collections::BTreeMap;

use project::Project;

/// A line of the crate, and below what is underlined, with what is said about it.
const MODELS: &[(&str, &[(&str, &str)])] = &[
    ("#[derive(Table)] pub struct Sound { #[column(primary_key, identity)] pub id: i64 }", &[]),
    (
        "#[derive(Table)] #[table(nme = \"x\")] pub struct A { #[column(lenght = 3)] pub id: String }",
        &[
            ("nme", "unknown attribute `nme`, did you mean `name`?"),
            ("lenght", "unknown attribute `lenght`, did you mean `length`?"),
        ],
    ),
    (
        "#[derive(Table)] #[table(index(columns(id, mail)))] pub struct B { pub id: i64, pub email: String }",
        &[("mail", "`B` has no field `mail`, did you mean `email`?")],
    ),
    (
        "#[derive(Table)] pub struct C { #[column(references = \"teams.\")] pub team_id: i64 }",
        &[("\"teams.\"", "`teams.` is no reference: expected `table`, ")],
    ),
    ("#[derive(Table)] pub struct D { #[column(default = now())] pub at: i64 }", &[("()", "expected `,`")]),
    (
        "#[derive(Table)] pub struct E(pub i64);",
        &[("E(", "`E` is no table: it is not a struct with named fields\nhelp: derive Table for")],
    ),
    (
        "#[derive(Enum)] #[enumeration(rename_all = \"snake\")] pub enum F { A, B(i64) }",
        &[("\"snake\"", "no case is called `snake`"), ("B(", "the variant `B` holds something")],
    ),
    (
        "#[derive(Enum)] pub enum G { #[variant(name = 1)] A }",
        &[("1", "expected a string: `name = \"...\"`")],
    ),
    (
        "#[derive(Table)] pub struct H { #[column(mysql(type = \"int\", length = 3))] pub id: i64 }",
        &[("3", "`length` beside `type`")],
    ),
];

#[test]
fn every_mistake_is_a_compile_error_under_the_word_that_is_wrong() {
    let project = Project::with_features("models-errors", &["models"]);
    let lines: Vec<_> = MODELS.iter().map(|(line, _)| *line).collect();
    project.write("src/lib.rs", format!("use migrate_runtime::{{Enum, Table}};\n{}\n", lines.join("\n")));

    let output = project.cargo(["check", "--quiet", "--message-format=json"]);
    let mut said = BTreeMap::<usize, Vec<(usize, String)>>::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let report: serde_json::Value = serde_json::from_str(line).unwrap();
        let (message, spans) = (&report["message"], &report["message"]["spans"]);
        if message["level"] == "error" && spans[0].is_object() {
            let number = |key| usize::try_from(spans[0][key].as_u64().unwrap()).unwrap();
            let text = message["message"].as_str().unwrap().to_owned();
            said.entry(number("line_start")).or_default().push((number("column_start"), text));
        }
    }
    for (at, (line, expected)) in MODELS.iter().enumerate() {
        let mut told = said.remove(&(at + 2)).unwrap_or_default();
        told.sort_unstable();
        assert_eq!(told.len(), expected.len(), "{line}\n{told:#?}");
        for ((column, text), (under, says)) in told.iter().zip(*expected) {
            assert!(text.contains(says), "{line}\nlacks `{says}`:\n{text}");
            assert!(line[column - 1..].starts_with(under), "{line}\n`{under}` is not what is underlined");
        }
    }
    assert!(said.is_empty(), "{said:#?}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_model_compiles_beside_other_derives_generics_and_lifetimes() {
    let project = Project::new(
        "models-beside",
        &format!(
            "migrate-runtime = {{ path = '{}', default-features = false, features = [\"models\"] }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n\
             clap = {{ version = \"4\", default-features = false, features = [\"std\", \"derive\"] }}",
            env!("CARGO_MANIFEST_DIR")
        ),
    );
    project.write(
        "src/lib.rs",
        r#"
        #![deny(warnings)]
        #[derive(Debug, Clone, serde::Serialize, migrate_runtime::Table)]
        #[serde(rename_all = "camelCase")]
        #[table(name = "users", rename_all = "camelCase")]
        pub struct User<'a, T: Clone + Default> where T: Copy {
            #[column(primary_key)]
            #[serde(rename = "ID")]
            pub id: i64,
            pub name: &'a str,
            #[column(skip)]
            pub rest: T,
            #[cfg(any())]
            #[column(nonsense)]
            pub gone: i64,
        }
        #[derive(Debug, Clone, clap::ValueEnum, migrate_runtime::Enum)]
        #[enumeration(name = "state")]
        pub enum State { #[value(name = "on")] #[variant(name = "up", renamed_from = "on")] Active, #[value(skip)] Gone }
        pub struct Table;
        pub fn made() -> (Table, User<'static, u8>) { (Table, User { id: 1, name: "", rest: 0 }) }
        "#,
    );
    let output = project.cargo(["check", "--quiet"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
