//! `cargo xtask demo`: a tour of the tool on SQLite, in a temporary folder. It prints each command before it runs it, so
//! that a newcomer can do the same.

mod stage;

use std::process::ExitCode;

use crate::failure::{Failure, Result};
use stage::Stage;

const MAIN: &str = r#"use migrate_runtime::{Migrator, Versions, blocking, embed};

static VERSIONS: Versions = embed!("migrations");

fn main() -> Result<(), migrate_runtime::Error> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:shop.db".into());
    let report = blocking::Migrator::new(Migrator::new(&VERSIONS)).upgrade(&url, "head")?;
    println!("shop: {} revisions applied, ready to serve", report.steps.len());
    Ok(())
}
"#;

/// Runs the task.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    if let Some(argument) = arguments.first() {
        return Err(Failure::Usage(format!("`demo` takes no arguments, but got `{argument}`")));
    }
    let stage = Stage::build()?;

    stage.chapter("A project");
    stage.show("cargo migrate init --dialect sqlite")?;
    stage.write(".gitignore", "*.db\n")?;

    stage.chapter("The first revision: a file of plain SQL");
    let users = stage.revision("cargo migrate revision -m \"create users\"")?;
    stage.write_sections(
        &users,
        "CREATE TABLE users (id integer PRIMARY KEY, name varchar(80) NOT NULL);\n\
         INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Grace');",
        "DROP TABLE users;",
    )?;
    stage.show_file(&users)?;
    stage.show("cargo migrate upgrade")?;

    stage.chapter("A change that carries data along");
    let names = stage.revision("cargo migrate revision -m \"add a greeting\"")?;
    stage.write_sections(
        &names,
        "ALTER TABLE users ADD COLUMN greeting varchar(100);\n\
         UPDATE users SET greeting = 'Hello, ' || name || '!';",
        "ALTER TABLE users DROP COLUMN greeting;",
    )?;
    stage.show_file(&names)?;
    stage.show("cargo migrate upgrade --dry-run")?;
    stage.show("cargo migrate upgrade")?;
    stage.show("cargo migrate current")?;

    stage.chapter("Two people add a revision each: two heads, and a merge");
    let orders = stage.revision("cargo migrate revision -m \"orders\" --branch-label orders")?;
    stage.write_sections(&orders, "CREATE TABLE orders (id integer PRIMARY KEY);", "DROP TABLE orders;")?;
    stage.note("The other one does not know of it, and begins at the same parent (--splice: which has a child already).");
    let bio = stage.revision("cargo migrate revision -m \"bio\" --head orders@head-1 --splice")?;
    stage.write_sections(
        &bio,
        "ALTER TABLE users ADD COLUMN bio text;",
        "ALTER TABLE users DROP COLUMN bio;",
    )?;
    stage.fails("cargo migrate upgrade")?;
    stage.show("cargo migrate merge -m \"orders and bio\" heads")?;
    stage.show("cargo migrate upgrade")?;
    stage.show("cargo migrate history --indicate-current")?;

    stage.chapter("The way back");
    stage.show("cargo migrate downgrade -1")?;
    stage.show("cargo migrate downgrade base")?;

    stage.chapter("A program that migrates itself: fresh database, no cargo, no source tree");
    stage.write("src/main.rs", MAIN)?;
    stage.show_file("src/main.rs")?;
    stage.show("cargo build --quiet")?;
    stage.show_binary("DATABASE_URL", "sqlite:fresh.db")?;
    stage.note("Again: one SELECT, nothing to do.");
    stage.show_binary("DATABASE_URL", "sqlite:fresh.db")?;

    stage.chapter("A revision that was committed and has run is edited: nothing is silent");
    let is_committed = stage.commit("git add --all", "git commit --quiet -m \"the first release\"")?;
    stage.write_sections(&users, "CREATE TABLE users (id integer PRIMARY KEY);", "DROP TABLE users;")?;
    stage.note("The seal in migrate.lock no longer fits, so the program does not even compile:");
    stage.fails("cargo build --quiet")?;
    if is_committed {
        stage.note("The plugin refuses as well:");
        stage.fails("cargo migrate upgrade")?;
        stage.note("Sealed anew on purpose, it is still not what this database has run:");
        stage.show("cargo migrate lock")?;
    } else {
        stage.note(
            "Nothing was committed, so the plugin seals it anew; but it is not what this database has run:",
        );
    }
    stage.fails("cargo migrate upgrade --database-url sqlite:fresh.db")?;

    stage.chapter("That was it");
    stage.note("The README has the rest. The demo's folder is removed.");
    Ok(ExitCode::SUCCESS)
}
