use serde_json::json;

use crate::support::Package;

/// `aaaa01 <- bbbb01`, each of which makes a table.
fn project() -> Package {
    let package = Package::new();
    package.replace("migrate.toml", "\"${DATABASE_URL}\"", "\"sqlite:app.db\"");
    for (id, table) in [("aaaa01", "users"), ("bbbb01", "posts")] {
        let file = package.revision(id, []);
        let (up, down) = (format!("CREATE TABLE {table} (id integer);"), format!("DROP TABLE {table};"));
        package.replace(&file, "-- migrate:up\n", &format!("-- migrate:up\n{up}\n"));
        package.replace(&file, "-- migrate:down\n", &format!("-- migrate:down\n{down}\n"));
    }
    package
}

#[test]
fn a_database_is_taken_up_and_down() {
    let package = project();
    package.run(["upgrade"]).ok().says("bbbb01");
    package.run(["current"]).ok().says("bbbb01 (current, head)");
    package.run(["verify"]).ok();
    package.run(["downgrade", "-1"]).ok();
    package.run(["current"]).ok().says("aaaa01 (current)");
    package.run(["verify"]).code(3).fails("not-current");
    package.run(["upgrade", "+1", "--dry-run"]).ok().says("would upgrade bbbb01");
    package.run(["history", "-i"]).ok().says("aaaa01 (current)");
    package.run(["downgrade", "base"]).ok();
    package.run(["stamp", "head"]).ok();
    package.run(["current", "--check-heads"]).ok().says("bbbb01");
    package.run(["show", "current"]).ok().says("Revises");
}

#[test]
fn the_path_of_the_database_counts_from_the_file_that_names_it() {
    let package = project();
    package.run_in("src", ["upgrade"]).ok();
    assert!(package.path("app.db").is_file() && !package.path("src/app.db").exists());
    package.run_in("migrations", ["current"]).ok().says("bbbb01");
    package.run_in("src", ["upgrade", "--database-url", "sqlite:here.db"]).ok();
    assert!(package.path("src/here.db").is_file());
}

#[test]
fn results_as_json_have_the_documented_shape() {
    let package = project();
    let report = package.run(["upgrade", "--format", "json"]).ok().json();
    assert_eq!((&report["dialect"], &report["dry_run"]), (&json!("sqlite"), &json!(false)));
    assert_eq!((&report["from"], &report["to"]), (&json!([]), &json!(["bbbb01"])));
    assert_eq!(report["steps"][0]["revision"], "aaaa01");
    assert_eq!(report["steps"][0]["direction"], "up");
    assert_eq!(report["steps"][0]["statements"], 1);
    let listed = package.run(["history", "--format", "json"]).ok().json();
    let keys: Vec<_> = listed["revisions"][0].as_object().unwrap().keys().cloned().collect();
    for key in [
        "id",
        "message",
        "revises",
        "depends_on",
        "labels",
        "created",
        "file",
        "is_head",
        "is_base",
        "is_branch_point",
        "is_merge_point",
        "is_current",
    ] {
        assert!(keys.iter().any(|known| known == key), "{key}: {keys:?}");
    }
}

#[test]
fn a_statement_that_fails_is_shown_in_its_file() {
    let package = project();
    let file = package.revision("cccc01", []);
    package.replace(
        &file,
        "-- migrate:up\n",
        "-- migrate:up\nSELECT 1;\nINSERT INTO nowhere\n  VALUES (1);\n",
    );
    let ran = package.run(["upgrade"]).code(1);
    assert!(ran.stderr.contains("error[statement-failed]"), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("--> {file}:")), "{}", ran.stderr);
    assert!(ran.stderr.contains("INSERT INTO nowhere"), "{}", ran.stderr);
    package.run(["current"]).ok().says("bbbb01");
}

#[test]
fn an_edit_of_a_fresh_revision_runs_after_a_downgrade() {
    let package = project();
    package.run(["upgrade"]).ok();
    let file = format!(
        "migrations/versions/{}",
        package.files().into_iter().find(|name| name.contains("bbbb01")).unwrap()
    );
    package.replace(&file, "posts (id integer)", "posts (id integer, title text)");
    package.run(["upgrade"]).code(1).fails("tampered").says(&format!("undo the edit of {file}"));
    package.run(["downgrade", "-1"]).ok();
    package.run(["upgrade"]).ok();
    package.run(["verify"]).ok();
}

#[test]
fn a_rust_step_is_refused_with_the_way_to_run_it() {
    let package = project();
    let file = package.revision("cccc01", []);
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\n-- migrate:call backfill\n");
    package.run(["upgrade"]).code(1).says("unknown-step").says("backfill");
}

#[test]
fn the_version_table_is_called_as_configured() {
    let package = project();
    package.configure("[env.other]\nversion_table = \"our_version\"\nurl = \"sqlite:app.db\"");
    package.run(["upgrade", "-n", "other"]).ok();
    assert_eq!(package.run(["current"]).ok().stdout, "");
    package.run(["current", "-n", "other"]).ok().says("bbbb01");
}
