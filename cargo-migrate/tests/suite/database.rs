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

#[test]
fn an_upgrade_says_which_revisions_were_never_written() {
    let package = project();
    let warning = "warning: revision cccc01 has no statements: was it written yet?";
    let file = package.revision("cccc01", []);
    let dry = package.run(["upgrade", "--dry-run"]).ok();
    assert!(!dry.stderr.contains("no statements"), "{}", dry.stderr);
    let below = package.run(["upgrade", "bbbb01"]).ok();
    assert!(!below.stderr.contains("no statements"), "{}", below.stderr);
    let ran = package.run(["upgrade"]).ok();
    let (warned, applied) = (ran.stderr.find(warning), ran.stderr.find("upgrade cccc01"));
    assert!(warned.is_some() && warned < applied, "{}", ran.stderr);
    // Applied, written, a merge, committed: nothing to say.
    assert!(!package.run(["upgrade"]).ok().stderr.contains("no statements"));
    package.run(["downgrade", "-1"]).ok();
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\nSELECT 1;\n");
    assert!(!package.run(["upgrade"]).ok().stderr.contains("no statements"));
    let other = package.revision("dddd01", ["--head", "base"]);
    package.replace(&other, "-- migrate:up\n", "-- migrate:up\nSELECT 1;\n");
    package.run(["merge", "--rev-id", "eeee01"]).ok();
    let merged = package.run(["upgrade"]).ok().says("upgrade eeee01");
    assert!(!merged.stderr.contains("no statements"), "{}", merged.stderr);
    package.revision("ffff01", []);
    package.git(["init", "-q"]);
    package.commit_all();
    let committed = package.run(["upgrade"]).ok().says("upgrade ffff01");
    assert!(!committed.stderr.contains("no statements"), "{}", committed.stderr);
}

#[test]
fn the_database_is_named_where_it_will_change() {
    let package = project();
    for command in [
        vec!["upgrade", "--dry-run"],
        vec!["upgrade"],
        vec!["downgrade", "-1"],
        vec!["stamp", "head"],
        vec!["ensure-version"],
    ] {
        let ran = package.run(command.clone()).ok();
        assert!(ran.stderr.contains("database: sqlite:app.db\n"), "{command:?}: {}", ran.stderr);
        assert!(!ran.stdout.contains("database:"));
        let quiet = package.run(command.into_iter().chain(["-q"])).ok();
        assert!(!quiet.stderr.contains("database:"), "{}", quiet.stderr);
    }
    package.run(["resume", "--done"]).code(2).says("database: sqlite:app.db");
    package.run_in("src", ["upgrade"]).ok().says("database: sqlite:../app.db");
    assert_eq!(package.run(["upgrade", "--format", "json"]).ok().stderr, "");
    assert!(!package.run(["current"]).ok().stderr.contains("database:"));
    let url = "postgres://me:s3cret@127.0.0.1:1/d";
    package.replace("migrate.toml", "[\"sqlite\"]", "[\"sqlite\", \"postgres\"]");
    let ran = package.run(["upgrade", "--database-url", url]).fails("connection-failed");
    assert!(ran.stderr.contains("database: postgres://me@127.0.0.1:1/d\n"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
}

#[test]
fn a_file_that_does_not_exist_is_said_to_and_is_not_made_by_asking() {
    let package = project();
    let missing = "sqlite:app.db does not exist yet";
    package.run(["current"]).ok().says(missing);
    package.run(["history", "-i"]).ok().says(missing);
    package.run(["verify"]).code(3).says(missing);
    package.run(["upgrade", "--dry-run"]).ok().says(missing);
    assert!(!package.run(["history"]).ok().stderr.contains(missing));
    assert!(!package.path("app.db").exists());
    assert!(!package.run(["upgrade"]).ok().stderr.contains(missing));
    assert!(!package.run(["current"]).ok().stderr.contains(missing));
    for command in [vec!["current"], vec!["verify"], vec!["history", "-i"], vec!["upgrade"]] {
        let ran = package.run(command.into_iter().chain(["--database-url", "sqlite:no/app.db"])).code(1);
        ran.fails("connection-failed").says("the folder no does not exist");
    }
}

#[test]
fn a_server_without_a_database_is_refused_before_it_is_asked() {
    let package = Package::with_dialects("mysql");
    for url in ["mysql://me:s3cret@127.0.0.1:1", "mariadb://127.0.0.1:1/"] {
        let ran = package.run(["upgrade", "--database-url", url]).fails("invalid-url");
        ran.says("name a database in the URL");
        package.run(["heads", "--database-url", url]).ok();
    }
}

#[test]
fn a_revision_of_another_branch_is_explained_to_developers() {
    let package = project();
    package.run(["upgrade"]).ok();
    let file = format!("migrations/versions/{}", package.files().pop().unwrap());
    assert!(file.contains("bbbb01"));
    std::fs::remove_file(package.path(&file)).unwrap();
    for command in [vec!["upgrade"], vec!["downgrade", "base"], vec!["stamp", "head"], vec!["verify"]] {
        let ran = package.run(command).code(1).fails("database-ahead");
        ran.says("the database has a revision that is not in this checkout: bbbb01")
            .says("switch to the branch that has bbbb01 and downgrade there")
            .says("cargo migrate stamp --purge");
    }
    let json = package.run(["upgrade", "--format", "json"]).code(1).error_json();
    assert_eq!(json["error"]["details"]["unknown"], json!(["bbbb01"]));
    package.run(["stamp", "--purge", "aaaa01"]).ok();
}

#[test]
fn a_project_without_revisions_says_how_to_write_one() {
    let package = Package::new();
    let note = "there are no revisions yet: cargo migrate revision -m MESSAGE";
    package.upgrade().ok().says(note);
    for command in ["history", "heads"] {
        let ran = package.run([command]).ok().says(note);
        assert_eq!(ran.stdout, "");
    }
    assert_eq!(package.run(["heads", "-q"]).ok().stderr, "");
    package.revision("aaaa01", []);
    assert!(!package.run(["heads"]).ok().stderr.contains(note));
}

#[test]
fn a_password_behind_the_wrong_scheme_is_not_repeated() {
    let package = project();
    for url in ["sqlite://u:s3cret@h/db", "sqlite://u:s3cret@h"] {
        for command in ["upgrade", "current"] {
            let ran = package.run([command, "--database-url", url]);
            assert!(!ran.stderr.contains("s3cret"), "{command} {url}: {}", ran.stderr);
            assert!(ran.stderr.contains("sqlite:***") || ran.code == 0, "{command} {url}: {}", ran.stderr);
        }
    }
}
