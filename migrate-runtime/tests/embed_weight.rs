//! What embedding costs a program in crates, beside the driver that it would have anyway.

#![allow(clippy::unwrap_used)]

mod project;

use std::collections::BTreeSet;

use project::Project;

/// Crates that the runtime may add to a driver, itself and its parts counted.
const ALLOWED: usize = 12;

/// Crates that belong to the plugin, or to features that are off.
const UNWANTED: [&str; 6] = ["syn", "clap", "minijinja", "serde", "serde_json", "jiff"];

/// The crates that are linked, or run while compiling, for a crate: `name version`.
fn crates(project: &Project) -> BTreeSet<String> {
    let tree = project.cargo(["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let named = |line: &str| line.split(" (").next().unwrap_or(line).trim().to_owned();
    String::from_utf8(tree.stdout)
        .unwrap()
        .lines()
        .skip(1)
        .map(named)
        .filter(|name| !name.is_empty())
        .collect()
}

fn added_to(feature: &str, driver: &str) {
    let bare = crates(&Project::new(&format!("bare-{feature}"), driver));
    let ours = crates(&Project::with_features(&format!("weight-{feature}"), &[feature]));
    let added: Vec<_> = ours.difference(&bare).map(String::as_str).collect();
    println!(
        "{feature}: {} crates, {} with the runtime, {} added: {}",
        bare.len(),
        ours.len(),
        added.len(),
        added.join(", ")
    );
    assert!(added.len() <= ALLOWED, "{added:?}");
    for unwanted in UNWANTED {
        assert!(
            !added.iter().any(|added| added.split(' ').next() == Some(unwanted)),
            "{unwanted}: {added:?}"
        );
    }
}

#[test]
fn sqlite_is_at_most_a_dozen_crates_heavier_than_its_driver() {
    added_to("sqlite", "rusqlite = { version = \"*\", default-features = false, features = [\"bundled\"] }");
}

#[test]
fn postgres_is_at_most_a_dozen_crates_heavier_than_its_driver() {
    added_to(
        "postgres",
        "tokio-postgres = { version = \"*\", default-features = false, features = [\"runtime\"] }",
    );
}

#[test]
fn models_bring_syn_and_what_it_stands_on_and_nothing_else() {
    let bare = crates(&Project::with_features("weight-none", &[]));
    let models = crates(&Project::with_features("weight-models", &["models"]));
    let names = |crates: &BTreeSet<String>| -> BTreeSet<String> {
        crates.iter().filter_map(|name| name.split(' ').next()).map(str::to_owned).collect()
    };
    let added: Vec<_> = names(&models).difference(&names(&bare)).cloned().collect();
    // A driver may have brought some of them already.
    for name in &added {
        assert!(
            ["migrate-models", "proc-macro2", "quote", "syn", "unicode-ident"].contains(&name.as_str()),
            "{added:?}"
        );
    }
    assert!(added.iter().any(|name| name == "syn"), "{added:?}");
}
