//! The plugin and an application, on input that makes no sense.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use migrate_tests::{App, Scratch, ServerKind, workspace};

use crate::promises;

promises! {
    an_engine_that_was_not_compiled_in_is_said_with_its_feature on &[ServerKind::Sqlite];
    a_url_that_makes_no_sense_is_refused_without_a_secret on &[ServerKind::Sqlite];
    a_program_does_not_compile_with_a_revision_that_nobody_has_written on &[ServerKind::Sqlite];
    the_readme_can_be_followed on &[ServerKind::Sqlite];
}

const MAIN: &str = r#"
use migrate_runtime::{Migrator, Versions, blocking, embed};

static VERSIONS: Versions = embed!("migrations");

fn main() {
    let url = std::env::var("DATABASE_URL").unwrap_or_default();
    if let Err(error) = blocking::Migrator::new(Migrator::new(&VERSIONS)).upgrade(&url, "head") {
        println!("{} | {} | {}", error.code(), error, error.help().unwrap_or_default());
    }
}
"#;

/// A first revision, with something to do; gives its file from the package.
fn write_revision(app: &App) -> String {
    let file = app.migrate_ok(&["revision", "-m", "first"]).trim().to_owned();
    let text = fs::read_to_string(app.folder().join(&file)).unwrap();
    app.write(&file, &text.replace("-- migrate:up\n", "-- migrate:up\nSELECT 1;\n"));
    app.migrate_ok(&["lock"]);
    file
}

fn an_engine_that_was_not_compiled_in_is_said_with_its_feature(_db: Scratch) {
    let app = App::new(MAIN, "\"sqlite\"");
    app.migrate_ok(&["init", "--dialect", "sqlite"]);
    write_revision(&app);
    let binary = app.build();
    for (url, feature) in
        [("postgres://u:pw@h/d", "postgres"), ("mariadb://h/d", "mysql"), ("sqlserver://h/d", "mssql")]
    {
        let output = Command::new(&binary).env("DATABASE_URL", url).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with("engine-not-compiled | "), "{text}");
        assert!(text.contains(&format!("add the feature `{feature}`")), "{text}");
    }
}

fn a_url_that_makes_no_sense_is_refused_without_a_secret(_db: Scratch) {
    let app = App::new("fn main() {}", "\"sqlite\"");
    app.migrate_ok(&["init", "--dialect", "sqlite"]);
    write_revision(&app);
    for (url, code) in [
        ("oracle://me:s3cret@h/d", "unknown-engine"),
        ("postgres://me:s3cret%zz@h/d", "invalid-url"),
        ("postgres://me:s3cret@h:port/d", "invalid-url"),
        ("me:s3cret@h/d", "invalid-url"),
        ("", "invalid-url"),
        ("postgres://me:s3cret@127.0.0.1:1/d", "connection-failed"),
        ("mysql://me:s3cret@127.0.0.1:1/d", "connection-failed"),
        ("mssql://me:s3cret@127.0.0.1:1/d", "connection-failed"),
        ("sqlite:/nowhere/at/all/x.db", "connection-failed"),
    ] {
        let output = app.migrate(&["upgrade", "--database-url", url, "--format", "json"]);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!out.contains("s3cret") && !err.contains("s3cret"), "{url}: {out}{err}");
        let object: serde_json::Value = serde_json::from_str(err.lines().last().unwrap_or_default())
            .unwrap_or_else(|error| panic!("{url}: {error}: {err}"));
        assert_eq!(object["error"]["code"], code, "{url}: {err}");
        assert_eq!(output.status.code(), Some(1), "{url}");
        assert!(out.is_empty(), "{url}: {out}");
    }
}

fn a_program_does_not_compile_with_a_revision_that_nobody_has_written(_db: Scratch) {
    let app = App::new(MAIN, "\"sqlite\"");
    app.migrate_ok(&["init", "--dialect", "sqlite"]);
    write_revision(&app);
    let file = app.migrate_ok(&["revision", "-m", "second"]).trim().to_owned();
    let refused = app.try_build("app");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains(&format!("{file}: revision ")), "{said}");
    assert!(said.contains("has no statement to take the database up"), "{said}");
    let text = fs::read_to_string(app.folder().join(&file)).unwrap();
    // That it is meant changes no seal.
    app.write(&file, &text.replace("-- migrate:down\n", "-- migrate:irreversible a mark\n"));
    app.build();
}

/// The blocks of the README in one language, without their fences.
fn blocks<'r>(readme: &'r str, language: &str) -> Vec<&'r str> {
    let fence = format!("\n```{language}\n");
    readme.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The arguments behind `cargo migrate`, line by line.
fn commands(block: &str) -> Vec<Vec<&str>> {
    let lines = block.lines().filter_map(|line| line.strip_prefix("$ cargo migrate "));
    lines.map(|line| line.split('#').next().unwrap().split_whitespace().collect()).collect()
}

/// What a newcomer does, with the README's own texts: the workflow, then each program of it.
fn the_readme_can_be_followed(_db: Scratch) {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let (sql, rust) = (blocks(&readme, "sql"), blocks(&readme, "rust,ignore"));
    let [models, start_up, step, commands_too] = rust.as_slice() else { panic!("{rust:#?}") };
    let tokio = readme.lines().find(|line| line.starts_with("tokio = ")).unwrap();
    let clap = "clap = { version = \"4\", features = [\"derive\"] }";
    assert!(readme.contains(clap), "{clap}");
    let features = "\"sqlite\", \"cli\", \"models\"";
    let app = App::new(start_up, features).with_dependencies(&format!("{tokio}\n{clap}"));
    assert!(models.starts_with("// src/models.rs\n") && start_up.starts_with("mod models;\n"));
    app.write("src/models.rs", models);
    app.write("src/bin/cli.rs", commands_too);
    app.write(
        "src/bin/step.rs",
        &format!(
            "use migrate_runtime::Migrator;\n\
             static VERSIONS: migrate_runtime::Versions = migrate_runtime::embed!();\n\
             fn main() {{\n{step}\nprintln!(\"{{}}\", migrator.versions().len());\n}}\n"
        ),
    );

    app.migrate_ok(&["init", "--dialect", "sqlite"]);
    app.write(".env", "DATABASE_URL=sqlite:shop.db\n");
    assert!(readme.contains("echo 'DATABASE_URL=sqlite:shop.db' > .env"));
    let file = generate(&app, &readme, "create users", "3f2a9c41d07b");
    assert_eq!(undated(&fs::read_to_string(app.folder().join(&file)).unwrap()), undated(sql[0]));
    let workflow =
        blocks(&readme, "console").into_iter().find(|block| block.contains("downgrade -1")).unwrap();
    let workflow = commands(workflow);
    assert_eq!(workflow.len(), 5, "{workflow:?}");
    for arguments in workflow {
        app.migrate_ok(&arguments);
    }
    assert!(app.folder().join("shop.db").is_file());

    let said = |binary: &Path, arguments: &[&str], url: &str| -> (Option<i32>, String) {
        let mut command = Command::new(binary);
        let command = command.args(arguments).env("DATABASE_URL", url).current_dir(app.folder());
        let Output { status, stdout, stderr } = command.output().unwrap();
        (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
    };
    let binary = app.build();
    assert_eq!(said(&binary, &[], "sqlite:one.db"), (Some(0), String::new()));
    let (code, text) = said(&app.build_binary("step"), &[], "");
    assert_eq!((code, text.trim()), (Some(0), "1"));

    let cli = app.build_binary("cli");
    let run = |arguments: &[&str]| said(&cli, arguments, "sqlite:two.db");
    let (code, text) = run(&["serve"]);
    assert!(code == Some(1) && text.contains("[not-current]\n  help: run `upgrade`"), "{text}");
    let (code, text) = run(&["migrate", "status"]);
    assert!(code == Some(0) && text.contains("sqlite:two.db does not exist yet"), "{text}");
    let (code, text) = run(&["migrate", "downgrade", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &json["error"]["code"]), (Some(2), &"usage".into()), "{text}");
    assert!(json["error"]["help"].as_str().unwrap().contains("`downgrade -1`"), "{text}");
    let (code, text) = run(&["migrate", "upgrade"]);
    let created = format!("creating {}\n", app.folder().join("two.db").display());
    assert!(code == Some(0) && text.contains(&created), "{text}");
    assert!(text.contains("database: sqlite:two.db\n"), "{text}");
    let (code, text) = run(&["migrate", "current"]);
    assert!(code == Some(0) && !text.contains("database:"), "{text}");
    assert_eq!(run(&["serve"]), (Some(0), "serving\n".to_owned()));

    // A database that is there already: told with the file as it is called in the repository, and with the command.
    rusqlite::Connection::open(app.folder().join("three.db"))
        .unwrap()
        .execute_batch("CREATE TABLE users (id)")
        .unwrap();
    let run = |arguments: &[&str]| said(&cli, arguments, "sqlite:three.db");
    let (code, text) = run(&["migrate", "upgrade"]);
    assert!(code == Some(1) && text.contains(&format!("{file}:")), "{text}");
    assert!(text.contains("`cli migrate stamp 3f2a9c41d07b`"), "{text}");
    let (code, text) = run(&["migrate", "verify"]);
    assert!(code == Some(3) && text.contains("1 of 1 revisions is not applied"), "{text}");
    assert!(text.contains("help: run `cli migrate upgrade`"), "{text}");
    assert_eq!(run(&["migrate", "stamp", "3f2a9c41d07b"]).0, Some(0));
    assert_eq!(run(&["serve"]).0, Some(0));

    // The model changes.
    assert!(readme.contains("call the field `full_name` and add `pub bio: Option<String>`"));
    let changed =
        models.replace("    pub name: String,", "    pub full_name: String,\n    pub bio: Option<String>,");
    app.write("src/models.rs", &changed);
    generate(&app, &readme, "full names", "9b1c77e0a2d4");
    let (_, said) = shown(&readme, "check --replay");
    assert_eq!(app.migrate_ok(&["check", "--replay"]), said);
    app.migrate_ok(&["upgrade"]);
    app.migrate_ok(&["check"]);
}

/// The options behind a command of the README that begins so, and what it says there.
fn shown<'r>(readme: &'r str, start: &str) -> (Vec<&'r str>, String) {
    let (_, rest) = readme.split_once(&format!("$ cargo migrate {start}")).unwrap();
    let (line, rest) = rest.split_once('\n').unwrap();
    let options = line.split('#').next().unwrap().split_whitespace().collect();
    let said = rest.lines().take_while(|line| !line.starts_with(['$', '`']));
    (options, said.map(|line| format!("{line}\n")).collect())
}

/// Generates a revision as the README does, which says the same but for the time of day and the id; gives its file.
fn generate(app: &App, readme: &str, message: &str, id: &str) -> String {
    let start = format!("revision --autogenerate -m \"{message}\"");
    let (options, said) = shown(readme, &start);
    let command =
        [&["revision", "--autogenerate", "-m", message, "--rev-id", id], options.as_slice()].concat();
    let out = app.migrate_ok(&command);
    let timeless = |text: &str| -> Vec<String> {
        let name = |line: &str| line.split_once('_').map_or(line, |(_, behind)| behind).to_owned();
        text.lines()
            .map(|line| if line.starts_with("migrations/") { name(line) } else { line.to_owned() })
            .collect()
    };
    assert_eq!(timeless(&out), timeless(&said));
    out.lines().last().unwrap().to_owned()
}

/// A revision without the line that says when it was written.
fn undated(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with("-- Created: ")).collect()
}
