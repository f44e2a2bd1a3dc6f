//! `reflect` then `check` finds nothing, on Chinook, on Sakila, and on what else is found in databases; and what
//! `reflect` writes is a crate that compiles.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use migrate_tests::{App, Scratch, ServerKind, log_since, plugin, workspace};

use crate::{
    corpus::{corpus, script},
    pairs::load,
    promises,
    startup::statements,
};

promises! {
    chinook_is_reflected_without_a_difference on &ServerKind::ALL;
    sakila_is_reflected_without_a_difference on &ServerKind::ALL;
    whatever_is_found_is_reflected_without_a_difference on &ServerKind::ALL;
    a_dump_is_the_same_as_its_database on &[ServerKind::Postgres];
    a_schema_that_is_not_there_is_refused on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    reflected_models_compile on &[ServerKind::Sqlite];
    a_schema_is_read_in_as_many_queries_whatever_its_size on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
}

/// Where a database comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Chinook,
    Sakila,
    /// `fixtures/reflected`: odd names, and everything that a model can say.
    Found,
}

impl Origin {
    const ALL: [Self; 3] = [Self::Chinook, Self::Sakila, Self::Found];

    const fn name(self) -> &'static str {
        match self {
            Self::Chinook => "chinook",
            Self::Sakila => "sakila",
            Self::Found => "found",
        }
    }

    /// Schemas beside the default one.
    const fn schemas(self, kind: ServerKind) -> &'static [&'static str] {
        match (self, kind) {
            (Self::Found, ServerKind::Postgres) => &["billing", "Odd Schema"],
            (Self::Found, ServerKind::Mssql) => &["billing"],
            (_, _) => &[],
        }
    }

    /// None where the corpus is not there.
    fn script(self, kind: ServerKind) -> Option<String> {
        let dialect = kind.name();
        match self {
            Self::Found => {
                let folder = workspace().join("tests/fixtures/reflected");
                Some(fs::read_to_string(folder.join(format!("{dialect}.sql"))).unwrap())
            }
            Self::Chinook | Self::Sakila => {
                let script = script(&corpus()?, self.name(), dialect);
                // It has a database of its own here.
                Some(script.replace("CREATE SCHEMA chinook;\nSET search_path = chinook;\n", ""))
            }
        }
    }
}

fn chinook_is_reflected_without_a_difference(db: Scratch) {
    without_a_difference(&db, Origin::Chinook);
}

fn sakila_is_reflected_without_a_difference(db: Scratch) {
    without_a_difference(&db, Origin::Sakila);
}

fn whatever_is_found_is_reflected_without_a_difference(db: Scratch) {
    without_a_difference(&db, Origin::Found);
}

fn without_a_difference(db: &Scratch, origin: Origin) {
    load(db, &origin.script(db.kind()).unwrap()).unwrap();
    let before = db.dump();
    let project = Project::new(db);
    project.reflect(origin);

    let check = project.run(&["check", "--rename", "none"]);
    assert!(check.status.success(), "{}\n{}", said(&check), project.models());
    assert!(said(&check).contains("the models agree with the database"), "{}", said(&check));

    let written = project.ok(&["revision", "--autogenerate", "-m", "nothing", "--rename", "none"]);
    assert!(written.contains("no differences"), "{written}");
    let versions = project.folder.path().join("migrations/versions");
    let revisions = fs::read_dir(versions).map_or(0, |files| {
        files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|it| it == "sql")).count()
    });
    assert_eq!(revisions, 0, "{written}");
    assert_eq!(db.dump(), before, "nothing was done to the database");

    if matches!(db.kind(), ServerKind::Mariadb | ServerKind::Mysql) {
        says_no_default_of_the_database(db, &project.models());
    }

    // The same database gives the same text.
    let first = project.models();
    project.reflect(origin);
    assert_eq!(project.models(), first);
}

fn a_dump_is_the_same_as_its_database(db: Scratch) {
    load(&db, &Origin::Sakila.script(db.kind()).unwrap()).unwrap();
    let project = Project::new(&db);
    let file = project.folder.path().join("dump.sql");
    // As it is, with the commands for psql that newer releases write into it.
    let key = "Aa0".repeat(20);
    let dump = db.pg_dump();
    let dump = if dump.contains("\\restrict ") {
        dump
    } else {
        format!("\\restrict {key}\n{dump}\\unrestrict {key}\n")
    };
    fs::write(&file, &dump).unwrap();
    let same = project.run(&["diff", "--from", "sql:dump.sql", "--to", "db"]);
    assert!(said(&same).contains("no differences"), "{}", said(&same));
    fs::write(&file, format!("{dump}COPY actor (actor_id) FROM stdin;\n1\n\\.\n")).unwrap();
    let refused = project.run(&["diff", "--from", "sql:dump.sql", "--to", "db"]);
    assert!(said(&refused).contains("pg_dump --schema-only"), "{}", said(&refused));
}

fn a_schema_that_is_not_there_is_refused(db: Scratch) {
    let project = Project::new(&db);
    let refused = project.run(&["reflect", "--schema", "nowhere_at_all"]);
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(said(&refused).contains("the database has no schema `nowhere_at_all`"), "{}", said(&refused));
    // The default one may be named.
    let default = match db.kind() {
        ServerKind::Postgres => "SELECT current_schema()",
        _ => "SELECT DATABASE()",
    };
    project.ok(&["reflect", "--schema", &db.cell(default)]);
}

/// A model need not repeat what every table of the database gets by itself.
fn says_no_default_of_the_database(db: &Scratch, models: &str) {
    let [engine, charset, collation] =
        ["default_storage_engine", "character_set_database", "collation_database"]
            .map(|variable| db.cell(&format!("SELECT @@{variable}")));
    for table in models.split("#[derive(").filter(|part| part.contains("pub struct")) {
        // Before the first field: of the columns it is said what the table does not give them.
        let head = table.split("pub struct").next().unwrap();
        for (option, value) in [("engine", &engine), ("charset", &charset), ("collation", &collation)] {
            assert!(!head.contains(&format!("{option} = \"{value}\"")), "{option}: {head}");
        }
    }
}

/// The models of every database on every server that is there, as modules of one crate.
fn reflected_models_compile(_db: Scratch) {
    let app = App::new("mod reflected;\n\nfn main() {}\n", "\"models\"");
    let mut modules = String::from("#![allow(dead_code)]\n\n");
    let mut dependencies = std::collections::BTreeSet::new();
    for server in ServerKind::ALL.into_iter().filter_map(ServerKind::server) {
        for origin in Origin::ALL {
            let Some(script) = origin.script(server.kind) else { continue };
            let db = Scratch::new(&server);
            load(&db, &script).unwrap();
            let project = Project::new(&db);
            dependencies.extend(project.reflect(origin));
            let name = format!("{}_{}", server.kind.name(), origin.name());
            writeln!(modules, "mod {name} {{\n    pub mod models;\n}}").unwrap();
            for (file, text) in project.files() {
                app.write(&format!("src/reflected/{name}/{file}"), &text);
            }
        }
    }
    app.write("src/reflected.rs", &modules);
    let lines: Vec<_> = dependencies.iter().map(String::as_str).collect();
    assert!(lines.iter().any(|line| line.starts_with("chrono = ")), "{lines:?}");
    let app = app.with_dependencies(&lines.join("\n"));
    app.build();
    let formatted =
        Command::new(env!("CARGO")).args(["fmt", "--check"]).current_dir(app.folder()).output().unwrap();
    assert!(formatted.status.success(), "cargo fmt would change it:\n{}", said(&formatted));
}

/// A crate with nothing but models.
struct Project {
    folder: tempfile::TempDir,
    url: String,
}

impl Project {
    fn new(db: &Scratch) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        let manifest =
            "[package]\nname = \"found\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n";
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.path().join("src/lib.rs"), "pub mod models;\n").unwrap();
        let project = Self { folder, url: db.url.clone() };
        project.ok(&["init", "--dialect", db.kind().dialect().name()]);
        project
    }

    /// Writes the models, and gives the lines that Cargo.toml needs.
    fn reflect(&self, origin: Origin) -> Vec<String> {
        let schemas = origin.schemas(self.kind());
        let output = if schemas.is_empty() { "src/models.rs" } else { "src/models" };
        let mut arguments = vec!["reflect", "--force", "--output", output];
        for schema in schemas {
            arguments.extend(["--schema", schema]);
        }
        let reflected = self.run(&arguments);
        assert!(reflected.status.success(), "{}", said(&reflected));
        let told = String::from_utf8(reflected.stderr).unwrap();
        assert!(!told.contains("warning"), "{told}");
        let lines = told.lines().filter_map(|line| line.split_once("[dependencies]:"));
        lines.map(|(_, line)| line.trim().to_owned()).collect()
    }

    fn kind(&self) -> ServerKind {
        let scheme = self.url.split_once(':').unwrap().0;
        match scheme {
            "postgres" | "postgresql" => ServerKind::Postgres,
            "mariadb" => ServerKind::Mariadb,
            "mysql" => ServerKind::Mysql,
            "sqlite" => ServerKind::Sqlite,
            _ => ServerKind::Mssql,
        }
    }

    /// The files below `src` but for the root, sorted by their names.
    fn files(&self) -> Vec<(String, String)> {
        let source = self.folder.path().join("src");
        let list = |folder: &Path| -> Vec<PathBuf> {
            fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
        };
        let mut paths: Vec<_> = list(&source).into_iter().chain(list(&source.join("models"))).collect();
        paths.sort();
        let files = paths.iter().filter(|path| path.is_file() && !path.ends_with("src/lib.rs"));
        files
            .map(|path| {
                let name = path.strip_prefix(&source).unwrap().to_str().unwrap().to_owned();
                (name, fs::read_to_string(path).unwrap())
            })
            .collect()
    }

    fn models(&self) -> String {
        self.files().into_iter().map(|(name, text)| format!("// {name}\n{text}")).collect()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(plugin())
            .args(arguments)
            .current_dir(self.folder.path())
            .env("DATABASE_URL", &self.url)
            .env("NO_COLOR", "1")
            .output()
            .unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn a_schema_is_read_in_as_many_queries_whatever_its_size(db: Scratch) {
    let mut counts = Vec::new();
    for (from, to) in [(0, 2), (2, 120)] {
        for number in from..to {
            db.rows(&format!(
                "CREATE TABLE t{number} (id int NOT NULL PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x', \
                 parent int, CONSTRAINT fk{number} FOREIGN KEY (parent) REFERENCES t0 (id), \
                 CONSTRAINT ck{number} CHECK (id > 0), CONSTRAINT uq{number} UNIQUE (name, id))"
            ));
            db.rows(&format!("CREATE INDEX ix{number} ON t{number} (name)"));
        }
        let (_, start) = log_since(&db.server, usize::MAX);
        let source = format!("db:{}", db.url);
        let output = Command::new(plugin())
            .args(["diff", "--from", &source, "--to", &source])
            .current_dir(std::env::temp_dir())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        counts.push(statements(&db, start));
    }
    assert_eq!(counts[0].len(), counts[1].len(), "{counts:#?}");
    // The settings of the session, and a query for each part of the catalogue; on PostgreSQL for both sources.
    assert!((3..=24).contains(&counts[1].len()), "{:#?}", counts[1]);
    println!("{}: {} statements", db.kind().name(), counts[1].len());
}
