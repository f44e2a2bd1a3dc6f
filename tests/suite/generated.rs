//! Random models, changed at random: what autogenerate writes leads there and back, and keeps every row.
//!
//! A walk is a chain of states; each step of it is a pair. `MIGRATE_TEST_PAIRS` says how many pairs an engine gets
//! (200 otherwise), `MIGRATE_TEST_SEED` where to begin. A failure names the seed of its walk.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use migrate_tests::{
    Scratch, ServerKind, plugin,
    world::{Dice, World},
};

use crate::{pairs::objects, promises};

promises! {
    random_models_lead_there_and_back_1 on &ServerKind::ALL;
    random_models_lead_there_and_back_2 on &ServerKind::ALL;
    random_models_lead_there_and_back_3 on &ServerKind::ALL;
    random_models_lead_there_and_back_4 on &ServerKind::ALL;
}

/// Steps of a walk.
const STEPS: u64 = 10;

fn random_models_lead_there_and_back_1(db: Scratch) {
    walks(&db, 0);
}

fn random_models_lead_there_and_back_2(db: Scratch) {
    walks(&db, 1);
}

fn random_models_lead_there_and_back_3(db: Scratch) {
    walks(&db, 2);
}

fn random_models_lead_there_and_back_4(db: Scratch) {
    walks(&db, 3);
}

/// A quarter of all walks.
fn walks(db: &Scratch, quarter: u64) {
    let number = |name: &str, otherwise: u64| -> u64 {
        std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let walks = number("MIGRATE_TEST_PAIRS", 200).div_ceil(4 * STEPS);
    let first = number("MIGRATE_TEST_SEED", 1) + quarter * 1_000_000;
    for seed in first..first + walks {
        println!("{}: walk with seed {seed}", db.kind().name());
        let walk = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| walk(db, seed)));
        if let Err(why) = walk {
            eprintln!(
                "run it again alone: MIGRATE_TEST_SEED={} MIGRATE_TEST_PAIRS=4",
                seed - quarter * 1_000_000
            );
            std::panic::resume_unwind(why);
        }
    }
}

fn walk(server: &Scratch, seed: u64) {
    let db = Scratch::new(&server.server);
    let project = Project::new(&db);
    let mut dice = Dice::new(seed);
    let mut world = World::empty(db.kind());
    for step in 0..STEPS {
        let next = world.changed(&mut dice);
        let context = format!("seed {seed}, step {step}");
        pair(&db, &project, &world, &next, &context);
        world = next;
    }
}

/// One step: from `world`, which the database is at, to `next`, back, and there again.
fn pair(db: &Scratch, project: &Project, world: &World, next: &World, context: &str) {
    project.models(next);
    for statement in world.seeds(|table| {
        db.cell(&format!("SELECT count(*) FROM {}", migrate_tests::world::quote(db.kind(), table))) == "0"
    }) {
        db.rows(&statement);
    }
    let before = objects(db);
    let survivors = world.survivors(next);
    let answers: Vec<_> = survivors.iter().map(|(query, _)| db.rows(query)).collect();

    let written = project
        .run(&["revision", "--autogenerate", "-m", "step", "--rename", "none", "--allow-drop", "*"], context);
    if written.contains("no differences") {
        return;
    }
    project.run(&["upgrade", "heads"], context);
    let context = &format!("{context}\n{}", project.newest());
    for ((_, query), answer) in survivors.iter().zip(&answers) {
        assert_eq!(db.rows(query), *answer, "{query} after the way up, {context}");
    }
    let check = project.run(&["check"], context);
    assert!(check.contains("agree"), "{check} {context}");

    project.run(&["downgrade", "-1"], context);
    same(&before, &objects(db), context);
    for ((query, _), answer) in survivors.iter().zip(&answers) {
        assert_eq!(db.rows(query), *answer, "{query} after the way back, {context}");
    }
    project.run(&["upgrade", "heads"], context);
}

fn same(wanted: &BTreeSet<String>, found: &BTreeSet<String>, context: &str) {
    let missing: Vec<_> = wanted.difference(found).collect();
    let extra: Vec<_> = found.difference(wanted).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "the way back leads elsewhere: missing {missing:#?}, too much {extra:#?}, {context}"
    );
}

/// A crate with models, which nothing compiles.
struct Project {
    folder: tempfile::TempDir,
    url: String,
}

impl Project {
    fn new(db: &Scratch) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        let manifest = "[package]\nname = \"walk\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n";
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.path().join("src/lib.rs"), "").unwrap();
        let project = Self { folder, url: db.url.clone() };
        project.run(&["init", "--dialect", db.kind().dialect().name()], "init");
        project
    }

    fn models(&self, world: &World) {
        fs::write(self.path("src/lib.rs"), world.source()).unwrap();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// The text of the newest revision, and the models.
    fn newest(&self) -> String {
        let mut files: Vec<_> = fs::read_dir(self.path("migrations/versions"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
            .collect();
        files.sort_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        format!(
            "{}\n{}",
            files.last().map(|path| read(path)).unwrap_or_default(),
            read(&self.path("src/lib.rs"))
        )
    }

    fn run(&self, arguments: &[&str], context: &str) -> String {
        let output = Command::new(plugin())
            .args(arguments)
            .current_dir(self.folder.path())
            .env("DATABASE_URL", &self.url)
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {out}{err}\n{context}\n{}", self.newest());
        out.into_owned()
    }
}
