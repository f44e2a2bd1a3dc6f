//! `cargo xtask demo`: a tour of the tool on SQLite, in a temporary folder. It prints each command before it runs it, so
//! that a newcomer can do the same. What it prints itself fits 80 columns.

mod stage;

use std::process::ExitCode;

use crate::failure::{Failure, Result};
use stage::Stage;

/// The model of the tour, with one field after the other as the story goes.
const MODELS: &str = r#"use migrate_runtime::Table;

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(length = 80)]
    pub name: String,
}
"#;

const MAIN: &str = r#"use migrate_runtime::{Error, Migrator, Versions, blocking, embed};

static VERSIONS: Versions = embed!("migrations");

fn main() -> Result<(), Error> {
    let url = std::env::var("DATABASE_URL").expect("set DATABASE_URL");
    let migrator = blocking::Migrator::new(Migrator::new(&VERSIONS));
    let report = migrator.upgrade(&url, "head")?;
    println!("shop: {} revisions applied, ready", report.steps.len());
    Ok(())
}
"#;

/// Runs the task.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    if let Some(argument) = arguments.first() {
        return Err(Failure::Usage(format!("`demo` takes no arguments, but got `{argument}`")));
    }
    let stage = Stage::build()?;
    let users = from_models(&stage)?;
    renames(&stage)?;
    branches(&stage)?;

    stage.chapter("The way back");
    stage.show("cargo migrate downgrade -1")?;
    stage.show("cargo migrate downgrade base")?;

    stage.chapter("A program that migrates itself: no cargo, no source tree");
    stage.write("src/main.rs", MAIN)?;
    stage.show_file("src/main.rs")?;
    stage.show("cargo build --quiet")?;
    stage.show_binary("DATABASE_URL", "sqlite:fresh.db")?;
    stage.note("Again: one SELECT, nothing to do.");
    stage.show_binary("DATABASE_URL", "sqlite:fresh.db")?;

    tampering(&stage, &users)?;

    stage.chapter("That was it");
    stage.note("The README has the rest. The demo's folder is removed.");
    Ok(ExitCode::SUCCESS)
}

/// The first revisions, written from a struct. Gives the file of the first.
fn from_models(stage: &Stage) -> Result<String> {
    stage.chapter("A project");
    stage.show("cargo migrate init --dialect sqlite")?;
    stage.write(".gitignore", "*.db\n")?;

    stage.chapter("A table is a struct");
    stage.write("src/lib.rs", "pub mod models;\n")?;
    stage.write("src/models.rs", MODELS)?;
    stage.show_file("src/models.rs")?;
    stage.note(
        "The plugin reads the source: nothing is compiled. It compares the models with the database, which has \
         nothing yet, and writes what is missing, and the way back.",
    );
    let users = stage.revision("cargo migrate revision --autogenerate -m \"create users\"")?;
    stage.note("The file is plain SQL, and yours: here two users are added by hand.");
    stage.add_to_up(&users, "INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Grace');")?;
    stage.show_file(&users)?;
    stage.show("cargo migrate upgrade")?;

    stage.chapter("The model changes, and data is carried along");
    stage.edit("src/models.rs", "String,\n}", "String,\n    pub greeting: Option<String>,\n}")?;
    stage.note("Now User has one more field: pub greeting: Option<String>");
    stage.note("`check` sees it, and exits with 3. That is for CI.");
    stage.fails("cargo migrate check")?;
    let greetings = stage.revision("cargo migrate revision --autogenerate -m \"add greetings\"")?;
    stage.note("What no model can know is written by hand:");
    stage.add_to_up(&greetings, "UPDATE users SET greeting = 'Hello, ' || name || '!';")?;
    stage.show_file(&greetings)?;
    stage.show("cargo migrate upgrade --dry-run")?;
    stage.show("cargo migrate upgrade")?;
    stage.show("cargo migrate current")?;
    Ok(users)
}

/// Nothing that could lose data is guessed.
fn renames(stage: &Stage) -> Result<()> {
    stage.chapter("A rename: nothing is guessed");
    stage.edit("src/models.rs", "pub name:", "pub full_name:")?;
    stage.note(
        "The field `name` is now called `full_name`. Is that a rename, or is a column with data gone and another one \
         new? On a terminal you are asked. Here nobody answers, so nothing is written, and the exit code is 4.",
    );
    stage.fails("cargo migrate revision --autogenerate -m \"full names\"")?;
    stage.note("An option answers beforehand:");
    let full = stage.revision(
        "cargo migrate revision --autogenerate -m \"full names\" --rename users.name=users.full_name",
    )?;
    stage.show_file(&full)?;
    stage.show("cargo migrate upgrade")?;

    stage.edit(
        "src/models.rs",
        "    pub greeting:",
        "    #[column(renamed_from = \"greeting\")]\n    pub salutation:",
    )?;
    stage.note("So does the model itself, and `salutation` was `greeting`:");
    stage.show_file("src/models.rs")?;
    stage.revision("cargo migrate revision --autogenerate -m \"salutations\"")?;
    stage.show("cargo migrate upgrade")?;
    stage.show("cargo migrate check")
}

/// What two people do at once.
fn branches(stage: &Stage) -> Result<()> {
    stage.chapter("Two people add a revision each: two heads, and a merge");
    stage.note("Both are written by hand: rows and views are in no model, and left alone.");
    let alan = stage.revision("cargo migrate revision -m \"add Alan\" --branch-label alan")?;
    stage.write_sections(
        &alan,
        "INSERT INTO users (id, full_name) VALUES (3, 'Alan');",
        "DELETE FROM users WHERE id = 3;",
    )?;
    stage.note(
        "The other one does not know of it, and begins at the same parent (--splice: which has a child already).",
    );
    let names = stage.revision("cargo migrate revision -m \"a view\" --head alan@head-1 --splice")?;
    stage.write_sections(&names, "CREATE VIEW names AS SELECT full_name FROM users;", "DROP VIEW names;")?;
    stage.fails("cargo migrate upgrade")?;
    stage.show("cargo migrate merge -m \"Alan and the view\" heads")?;
    stage.show("cargo migrate upgrade")?;
    stage.show("cargo migrate history --indicate-current")?;
    stage.note("With --replay the models are compared with what the revisions make in a scratch database. Rows and views are still none of its business:");
    stage.show("cargo migrate check --replay")
}

/// An edited revision that has run is noticed everywhere.
fn tampering(stage: &Stage, users: &str) -> Result<()> {
    stage.chapter("A revision that was committed and has run is edited");
    let is_committed = stage.commit("git add --all", "git commit --quiet -m \"the first release\"")?;
    stage.write_sections(users, "CREATE TABLE users (id integer PRIMARY KEY);", "DROP TABLE users;")?;
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
    stage.fails("cargo migrate upgrade --database-url sqlite:fresh.db")
}
