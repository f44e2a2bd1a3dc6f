//! What is wrong with a project stops the compiler, with a message that names the file and its place.
//!
//! One crate uses `embed!` once for each mistake, so that one run of the compiler shows all messages.

#![allow(clippy::unwrap_used, clippy::panic)]

mod project;

use std::{collections::BTreeMap, fmt::Write as _};

use project::{Migrations, Project, revision};

/// A mistake: what the macro is given, and what the compiler must say.
struct Case {
    argument: String,
    says: Vec<String>,
}

#[derive(Default)]
struct Cases(Vec<Case>);

impl Cases {
    /// A project that is sound until `spoil` gets hold of it. In what the compiler must say, `@` is its folder.
    fn folder(&mut self, project: &Project, name: &str, spoil: fn(&Migrations<'_>), says: &[&str]) {
        let migrations = project.migrations(name);
        migrations.revision("aa", "").revision("bb", "aa").seal();
        spoil(&migrations);
        self.argument(
            &format!("{name:?}"),
            &says.iter().map(|text| text.replace('@', name)).collect::<Vec<_>>(),
        );
    }

    fn argument(&mut self, argument: &str, says: &[impl ToString]) {
        self.0.push(Case {
            argument: argument.to_owned(),
            says: says.iter().map(ToString::to_string).collect(),
        });
    }
}

#[test]
fn every_mistake_is_a_compile_error_that_names_file_line_and_column() {
    let project = Project::with_features("embed-errors", &[]);
    let mut cases = Cases::default();
    broken_files(&mut cases, &project);
    broken_graphs(&mut cases, &project);
    broken_locks(&mut cases, &project);
    unwritten(&mut cases, &project);
    unwritten_in_part(&mut cases, &project);
    broken_arguments(&mut cases);

    let mut source = String::new();
    for (number, Case { argument, .. }) in cases.0.iter().enumerate() {
        writeln!(
            source,
            "pub static V{number}: migrate_runtime::Versions = migrate_runtime::embed!({argument});"
        )
        .unwrap();
    }
    project.write("src/lib.rs", &source);

    let said = compiler_errors(&project);
    for (number, Case { argument, says }) in cases.0.iter().enumerate() {
        let Some(messages) = said.get(&(number + 1)) else { panic!("embed!({argument}) compiles") };
        let [Message { text, at }] = messages.as_slice() else {
            panic!("embed!({argument}) is more than one error: {messages:#?}")
        };
        for expected in says {
            assert!(text.contains(expected), "embed!({argument}) lacks `{expected}`:\n{text}");
        }
        let line = source.lines().nth(number).unwrap();
        assert!(
            line[at - 1..].starts_with(argument.as_str()),
            "embed!({argument}) is not what is underlined"
        );
        println!("error: {text}\n");
    }
    assert_eq!(said.len(), cases.0.len(), "{said:#?}");
}

fn broken_files(cases: &mut Cases, project: &Project) {
    let mut file = |name, text: fn() -> Vec<u8>, says: &[&str]| {
        let migrations = project.migrations(name);
        migrations.revision("aa", "").revision("bb", "aa").seal().write("versions/bb.sql", text());
        cases.argument(
            &format!("{name:?}"),
            &says.iter().map(|text| text.replace('@', name)).collect::<Vec<_>>(),
        );
    };
    file(
        "broken_header",
        || revision("bb", "aa").replace("Revises: aa", "Revises: a-a").into(),
        &["@/versions/bb.sql:4:13: `a-a` is not a revision id", "\nhelp: use 1 to 64 letters"],
    );
    file(
        "unknown_key",
        || revision("bb", "aa").replace("-- Revises", "--  Follows").into(),
        &["@/versions/bb.sql:4:5: unknown key `Follows`", "\nhelp: the keys are Revision, "],
    );
    file(
        "no_id",
        || "-- é\n\n-- migrate:up\n".into(),
        &["@/versions/bb.sql:1:1: the header has no `-- Revision: ID`"],
    );
    file(
        "unknown_directive",
        || revision("bb", "aa").replace("migrate:up", "migrate:upp").into(),
        &["@/versions/bb.sql:6:12: unknown directive `migrate:upp`"],
    );
    file(
        "open_quote",
        || revision("bb", "aa").replace("(id int)", "(id 'int)").into(),
        &["@/versions/bb.sql:7:23: "],
    );
    file(
        "other_dialect",
        || revision("bb", "aa").replace("migrate:up", "migrate:up mysql").into(),
        &[
            "@/versions/bb.sql: revision bb has up sections, but none for sqlite",
            "\nhelp: add `-- migrate:up sqlite`",
        ],
    );
    file(
        "not_utf8",
        || revision("bb", "aa").replace("int", "é").chars().map(|c| c as u8).collect(),
        &["@/versions/bb.sql:7:23: not UTF-8"],
    );
}

fn broken_graphs(cases: &mut Cases, project: &Project) {
    cases.folder(
        project,
        "cycle",
        |migrations| {
            migrations.revision("aa", "bb");
        },
        &[
            "@/versions/aa.sql: revisions need each other in a circle: aa -> bb -> aa",
            "\nhelp: correct the Revises",
        ],
    );
    cases.folder(
        project,
        "missing_parent",
        |migrations| {
            migrations.revision("bb", "cc");
        },
        &["@/versions/bb.sql: revision `bb` revises `cc`, which does not exist", "\nhelp: "],
    );
    cases.folder(
        project,
        "duplicate_id",
        |migrations| {
            migrations.write("versions/copy.sql", revision("bb", "aa"));
        },
        &["@/versions/bb.sql, duplicate_id/versions/copy.sql: two revisions have the id `bb`", "\nhelp: "],
    );
    cases.folder(
        project,
        "duplicate_label",
        |migrations| {
            let labelled =
                |id, revises| revision(id, revises).replace("-- Revises", "-- Labels: x\n-- Revises");
            migrations
                .write("versions/aa.sql", labelled("aa", ""))
                .write("versions/bb.sql", labelled("bb", "aa"));
        },
        &["@/versions/bb.sql: label `x` is declared by two revisions"],
    );
}

fn unwritten(cases: &mut Cases, project: &Project) {
    cases.folder(
        project,
        "unwritten",
        |migrations| {
            let template = "-- x\n--\n-- Revision: cc\n-- Revises: bb\n\n-- migrate:up\n\n-- migrate:down\n";
            migrations.write("versions/cc.sql", template).seal();
        },
        &[
            "@/versions/cc.sql: revision cc has no statement to take the database up",
            "\nhelp: write its `-- migrate:up`; or say that this is meant: with the statement `SELECT 1;`",
        ],
    );
}

fn unwritten_in_part(cases: &mut Cases, project: &Project) {
    cases.folder(
        project,
        "unwritten_in_part",
        |migrations| {
            let half = "-- x\n--\n-- Revision: cc\n-- Revises: bb\n\n-- migrate:up\nSELECT 1;\n\n-- migrate:down\n\
                        -- migrate:unwritten add column a.b\n";
            migrations.write("versions/cc.sql", half).seal();
        },
        &[
            "@/versions/cc.sql:10:1: revision cc has a statement for ",
            ", on its down side, that nobody has written yet: add column a.b",
            "\nhelp: write the statement in place of the line `-- migrate:unwritten`; if there is nothing to do for ",
        ],
    );
}

fn broken_locks(cases: &mut Cases, project: &Project) {
    let mut folder =
        |name, spoil: fn(&Migrations<'_>), says: &[&str]| cases.folder(project, name, spoil, says);
    folder(
        "not_in_lock",
        |migrations| {
            migrations.revision("cc", "bb");
        },
        &["@/versions/cc.sql: revision cc is not in migrate.lock", "\nhelp: run `cargo migrate lock`"],
    );
    folder(
        "not_in_lock_below",
        |migrations| {
            migrations.write("versions/2026/q1/cc.sql", revision("cc", "bb"));
        },
        &["@/versions/2026/q1/cc.sql: revision cc is not in migrate.lock"],
    );
    folder(
        "edited",
        |migrations| {
            migrations.write("versions/bb.sql", revision("bb", "aa").replace("int", "bigint"));
        },
        &[
            "@/versions/bb.sql: revision bb was edited after it was sealed (sqlite)",
            "\nhelp: if no database but your own has run it, run `cargo migrate lock`",
        ],
    );
    folder(
        "removed",
        |migrations| {
            migrations.remove("versions/bb.sql");
        },
        &[
            "@/versions/bb.sql: revision bb is in migrate.lock, but its file is gone",
            "\nhelp: bring the file back",
        ],
    );
    folder(
        "removed_parent",
        |migrations| {
            migrations.remove("versions/aa.sql");
        },
        &[
            "@/versions/aa.sql: revision aa is in migrate.lock, but its file is gone",
            "\nhelp: bring the file back",
        ],
    );
    folder(
        "renamed",
        |migrations| {
            migrations.remove("versions/bb.sql").write("versions/cc.sql", revision("bb", "aa"));
        },
        &["@/versions/cc.sql: the file of revision bb was called versions/bb.sql"],
    );
    folder(
        "conflict",
        |migrations| {
            let lock = migrations.read("migrate.lock");
            migrations.write("migrate.lock", lock.replacen("[[revision]]", "<<<<<<< HEAD\n[[revision]]", 1));
        },
        &["@/migrate.lock:5:1: left-over conflict markers", "\nhelp: keep both sides' entries"],
    );
    folder(
        "broken_lock",
        |migrations| {
            let lock = migrations.read("migrate.lock");
            migrations.write("migrate.lock", lock.replacen("id = \"aa\"", "id = \"a-a\"", 1));
        },
        &[
            "@/migrate.lock:6:7: `a-a` is not a revision id",
            "\nhelp: `cargo migrate lock` writes the file anew",
        ],
    );
    folder(
        "lost_lock",
        |migrations| {
            migrations.remove("migrate.lock");
        },
        &["@/migrate.lock: there is no such file", "\nhelp: run `cargo migrate lock`"],
    );
    folder(
        "never_begun",
        |migrations| {
            migrations.remove("migrate.lock").remove("versions/aa.sql").remove("versions/bb.sql");
            migrations.write("versions/.#cc.sql", "an editor's lock").write("versions/cc.sql~", "its backup");
        },
        &["@/migrate.lock: there is no such file", "\nhelp: run `cargo migrate init`"],
    );
}

fn broken_arguments(cases: &mut Cases) {
    cases.argument(
        "\"no/such/folder\"",
        &["no/such/folder/migrate.lock: there is no such file", "cargo migrate init"],
    );
    cases.argument("\"/etc\"", &["not from the root", "\nhelp: write a relative path"]);
    for argument in ["12", "b\"migrations\"", "concat!(\"a\", \"b\")"] {
        cases.argument(argument, &["expected a string literal"]);
    }
}

#[derive(Debug)]
struct Message {
    text: String,
    /// The column that is underlined, from 1.
    at: usize,
}

/// What the compiler says about each line of `src/lib.rs`, from 1.
fn compiler_errors(project: &Project) -> BTreeMap<usize, Vec<Message>> {
    let output = project.cargo(["check", "--quiet", "--message-format=json"]);
    let mut errors = BTreeMap::<usize, Vec<Message>>::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let report: serde_json::Value = serde_json::from_str(line).unwrap();
        let (message, spans) = (&report["message"], &report["message"]["spans"]);
        if message["level"] == "error" && spans[0].is_object() {
            let number = |key| usize::try_from(spans[0][key].as_u64().unwrap()).unwrap();
            let text = message["message"].as_str().unwrap().to_owned();
            errors
                .entry(number("line_start"))
                .or_default()
                .push(Message { text, at: number("column_start") });
        }
    }
    assert!(!errors.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    errors
}
