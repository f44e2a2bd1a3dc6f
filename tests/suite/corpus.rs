//! Chinook (a schema with 15,000 rows) and Sakila (views, triggers, functions, procedures) as two branches and their
//! merge. Runs where `MIGRATE_CORPUS` names the folder that has them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use migrate_tests::{App, Scratch, ServerKind};

use crate::promises;

promises! {
    chinook_and_sakila_go_up_down_and_up_again
        on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
}

const DIALECTS: [&str; 4] = ["sqlite", "postgres", "mariadb", "mysql"];

const MAIN: &str = r#"
use migrate_runtime::{Migrator, Versions, blocking, embed};

static VERSIONS: Versions = embed!("migrations");

fn main() -> Result<(), migrate_runtime::Error> {
    let url = std::env::var("DATABASE_URL").unwrap_or_default();
    let report = blocking::Migrator::new(Migrator::new(&VERSIONS)).upgrade(&url, "head")?;
    println!("{}", report.steps.len());
    Ok(())
}
"#;

/// Whether the corpus is there; the suite reports its tests as ignored where it is not.
pub(crate) fn corpus() -> Option<PathBuf> {
    std::env::var_os("MIGRATE_CORPUS").map(PathBuf::from).filter(|folder| folder.is_dir())
}

/// What a schema's script makes in the database of the connection.
pub(crate) fn script(corpus: &Path, schema: &str, dialect: &str) -> String {
    let file = if dialect == "mariadb" { "mysql" } else { dialect };
    let text = fs::read_to_string(corpus.join(schema).join(format!("{file}.sql"))).unwrap();
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    // Which database it goes to is the URL's business; psql's commands are psql's.
    let of_client = ["DROP DATABASE", "CREATE DATABASE", "DROP SCHEMA", "CREATE SCHEMA", "USE ", "\\c "];
    let kept: Vec<_> =
        text.lines().filter(|line| !of_client.iter().any(|word| line.starts_with(word))).collect();
    let text = kept.join("\n");
    match (schema, dialect) {
        // Both have a table `customer`; SQLite has neither schemas nor names that differ in case alone.
        ("chinook", "postgres") => format!("CREATE SCHEMA chinook;\nSET search_path = chinook;\n{text}"),
        ("chinook", "sqlite") => text.replace("[Customer]", "[Client]"),
        // It looks for another database first.
        (_, "mssql") => {
            text.split_once("CREATE TABLE").map_or(text.clone(), |(_, rest)| format!("CREATE TABLE{rest}"))
        }
        ("sakila", "mariadb" | "mysql") => text.replace("sakila.", ""),
        _ => text,
    }
}

/// The statements that drop what a script creates.
fn way_back(schema: &str, dialect: &str, up: &str) -> String {
    if (schema, dialect) == ("chinook", "postgres") {
        return "DROP SCHEMA chinook CASCADE;".to_owned();
    }
    let mut created: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let kind = dialect.parse().unwrap();
    for piece in migrate_core::sql::split(kind, up, 0..up.len()).unwrap() {
        let statement = &up[piece.span];
        let words: Vec<&str> = statement.split_whitespace().collect();
        if !words[0].eq_ignore_ascii_case("CREATE") {
            continue;
        }
        let kinds = ["TABLE", "VIEW", "FUNCTION", "PROCEDURE", "SEQUENCE", "TYPE", "DOMAIN", "AGGREGATE"];
        let Some((at, what)) = words.iter().take(8).enumerate().find_map(|(at, word)| {
            kinds.iter().find(|kind| kind.eq_ignore_ascii_case(word)).map(|kind| (at, *kind))
        }) else {
            continue;
        };
        if words[1..at].iter().any(|word| ["TRIGGER", "INDEX", "UNIQUE", "RULE", "TEMPORARY"].contains(word))
        {
            continue;
        }
        let name = words[at + 1].split('(').next().unwrap();
        let name = if what == "AGGREGATE" { format!("{name}(text)") } else { name.to_owned() };
        created.entry(what).or_default().push(name);
    }
    let tail = if dialect == "postgres" { " CASCADE" } else { "" };
    let mut down = match dialect {
        "mariadb" | "mysql" => "SET foreign_key_checks = 0;\n".to_owned(),
        // Without effect inside a transaction, so the section is `transaction:off`.
        "sqlite" => "PRAGMA foreign_keys = OFF;\n".to_owned(),
        _ => String::new(),
    };
    for what in ["VIEW", "TABLE", "AGGREGATE", "FUNCTION", "PROCEDURE", "SEQUENCE", "DOMAIN", "TYPE"] {
        for name in created.remove(what).unwrap_or_default().iter().rev() {
            down += &format!("DROP {what} IF EXISTS {name}{tail};\n");
        }
    }
    down
}

/// Writes the sections for every dialect into the revision file that the plugin has made.
fn fill(app: &App, file: &str, schema: &str) {
    let corpus = corpus().unwrap();
    let path = app.folder().join(file);
    let text = fs::read_to_string(&path).unwrap();
    let mut filled = text.split("-- migrate:up").next().unwrap().to_owned();
    for dialect in DIALECTS {
        let up = script(&corpus, schema, dialect);
        let down = way_back(schema, dialect, &up);
        let option = if dialect == "sqlite" { " transaction:off" } else { "" };
        filled += &format!("-- migrate:up {dialect}\n{up}\n\n-- migrate:down {dialect}{option}\n{down}\n");
    }
    fs::write(path, filled).unwrap();
}

/// One application for all engines, built once.
fn app() -> &'static (App, PathBuf) {
    static APP: OnceLock<(App, PathBuf)> = OnceLock::new();
    APP.get_or_init(|| {
        let app = App::new(MAIN, "\"sqlite\", \"postgres\", \"mysql\"");
        app.migrate_ok(&["init", "--dialect", &DIALECTS.join(",")]);
        let made = |arguments: &[&str]| {
            let out = app.migrate_ok(&[arguments, &["--format", "json"]].concat());
            let made: serde_json::Value = serde_json::from_str(&out).unwrap();
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (text(&made["revision"]["id"]), text(&made["file"]))
        };
        let (chinook, file) = made(&["revision", "-m", "chinook", "--branch-label", "chinook"]);
        fill(&app, &file, "chinook");
        let (sakila, file) =
            made(&["revision", "-m", "sakila", "--head", "base", "--branch-label", "sakila"]);
        fill(&app, &file, "sakila");
        made(&["merge", "-m", "both", &chinook, &sakila]);
        app.migrate_ok(&["lock"]);
        let binary = app.build();
        (app, binary)
    })
}

fn chinook_and_sakila_go_up_down_and_up_again(db: Scratch) {
    let (app, binary) = app();
    let migrate = |arguments: &[&str]| app.migrate_ok(&[arguments, &["--database-url", &db.url]].concat());
    let tracks = match db.kind() {
        ServerKind::Postgres => "SELECT count(*) FROM chinook.track",
        _ => "SELECT count(*) FROM `Track`",
    };

    migrate(&["upgrade", "heads"]);
    let first = db.dump();
    assert!(first.contains("actor_info") || first.contains("film_list"), "{first}");
    assert_eq!(db.cell(tracks), "3503");
    migrate(&["verify"]);
    migrate(&["downgrade", "base"]);
    let empty = db.dump();
    assert!(!empty.contains("film") && !empty.to_lowercase().contains("track"), "{empty}");
    migrate(&["upgrade", "heads"]);
    assert_same(&db.dump(), &first);
    assert_eq!(db.cell(tracks), "3503");

    let other = Scratch::new(&db.server);
    let output = Command::new(binary).env("DATABASE_URL", &other.url).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "3");
    let same_name = |text: String, name: &str| text.replace(name, "THIS");
    assert_same(&same_name(other.dump(), &other.name), &same_name(first, &db.name));
    assert_eq!(other.cell(tracks), "3503");
}

/// Equal texts; else the first lines that differ.
fn assert_same(left: &str, right: &str) {
    for (at, (left, right)) in left.lines().zip(right.lines()).enumerate() {
        assert_eq!(left, right, "line {}", at + 1);
    }
    assert_eq!(left.lines().count(), right.lines().count());
}
