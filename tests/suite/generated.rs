//! Random models, changed at random: what autogenerate writes leads there and back, and keeps every row.
//!
//! A walk is a chain of states; each step of it is a pair. `MIGRATE_TEST_PAIRS` says how many pairs an engine gets
//! (otherwise 200, or 5,000 with `MIGRATE_TEST_LONG`), `MIGRATE_TEST_SEED` where to begin. A failure names the seed of its
//! walk.

use std::collections::BTreeSet;

use migrate_tests::{
    Modelled, Scratch, ServerKind,
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
    let usual = if std::env::var_os("MIGRATE_TEST_LONG").is_some() { 5000 } else { 200 };
    let walks = number("MIGRATE_TEST_PAIRS", usual).div_ceil(4 * STEPS);
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
    let account = format!(
        "{} {}: {} random pairs passed, seeds {first} to {}\n",
        db.kind().name(),
        quarter + 1,
        walks * STEPS,
        first + walks - 1
    );
    if let Some(folder) = std::env::var_os("MIGRATE_TEST_REPORT") {
        let name = format!("random-{}-{}.txt", db.kind().name(), quarter + 1);
        std::fs::write(std::path::Path::new(&folder).join(name), &account).unwrap();
    }
    print!("{account}");
}

fn walk(server: &Scratch, seed: u64) {
    let db = Scratch::new(&server.server);
    let project = Modelled::new(&db, &[db.kind().dialect().name()]);
    // A schema that no model is in any more is looked at all the same.
    project.configure("[autogenerate]\nschemas = [\"shop\"]");
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
fn pair(db: &Scratch, project: &Modelled, world: &World, next: &World, context: &str) {
    project.models(&next.source());
    for statement in world.seeds(|table| db.cell(&format!("SELECT count(*) FROM {table}")) == "0") {
        db.rows(&statement);
    }
    let before = objects(db);
    let survivors = world.survivors(next);
    let answers: Vec<_> = survivors.iter().map(|(query, _)| db.rows(query)).collect();

    let written = run(
        project,
        &["revision", "--autogenerate", "-m", "step", "--rename", "none", "--allow-drop", "*"],
        context,
    );
    if written.contains("no differences") {
        return;
    }
    run(project, &["upgrade", "heads"], context);
    let context = &format!("{context}\n{}", project.newest());
    for ((_, query), answer) in survivors.iter().zip(&answers) {
        assert_eq!(db.rows(query), *answer, "{query} after the way up, {context}");
    }
    let check = run(project, &["check"], context);
    assert!(check.contains("agree"), "{check} {context}");

    run(project, &["downgrade", "-1"], context);
    same(&before, &objects(db), context);
    for ((query, _), answer) in survivors.iter().zip(&answers) {
        assert_eq!(db.rows(query), *answer, "{query} after the way back, {context}");
    }
    run(project, &["upgrade", "heads"], context);
}

fn run(project: &Modelled, arguments: &[&str], context: &str) -> String {
    let output = project.run(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {out}{err}\n{context}\n{}", project.newest());
    out
}

fn same(wanted: &BTreeSet<String>, found: &BTreeSet<String>, context: &str) {
    let missing: Vec<_> = wanted.difference(found).collect();
    let extra: Vec<_> = found.difference(wanted).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "the way back leads elsewhere: missing {missing:#?}, too much {extra:#?}, {context}"
    );
}
