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
fn a_history_is_drawn_with_what_leads_from_one_revision_to_another() {
    let package = project();
    let file = package.revision("cccc01", ["--head", "aaaa01", "--splice", "--branch-label", "side"]);
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\nSELECT 1;\n");
    package.replace(&file, "-- migrate:down\n", "-- migrate:down\nSELECT 1;\n");
    package.run(["merge", "--rev-id", "dddd01", "-m", "join"]).ok();
    package.run(["upgrade", "bbbb01"]).ok();
    let drawn = package.run(["history", "-i"]).ok().stdout;
    let lines = [
        "* dddd01 (head, merge point)  join",
        "|\\",
        "| * cccc01 (side)  cccc01",
        "* | bbbb01 (current)  bbbb01",
        "|/",
        "* aaaa01 (branch point)  aaaa01",
    ];
    assert_eq!(drawn, lines.map(|line| format!("{line}\n")).concat());
    let part = package.run(["history", "-r", "aaaa01:cccc01"]).ok().stdout;
    assert_eq!(part, "* cccc01 (side)  cccc01\n* aaaa01 (branch point)  aaaa01\n");
    let full = package.run(["history", "-v"]).ok().stdout;
    for line in [
        "* Revision      bbbb01, cccc01 -> dddd01 (head, merge point)  join\n| Labels        side\n",
        "| * Revision      aaaa01 -> cccc01 (side)  cccc01\n| | Labels ",
        "* | Revision      aaaa01 -> bbbb01  bbbb01\n| | Created ",
        "\n* Revision      base -> aaaa01 (branch point)  aaaa01\n  Created ",
    ] {
        assert!(full.contains(line), "{line}\n{full}");
    }
    // A program gets a list, as before, and a long message as it is.
    assert_eq!(package.run(["history", "--format", "json"]).ok().json()["revisions"][3]["id"], "aaaa01");
    let long = "x".repeat(200);
    package.run(["revision", "-m", &long]).ok();
    package.run(["history"]).ok().says(&long);
}

#[test]
fn a_revision_is_shown_with_its_sections() {
    let package = Package::with_dialects("sqlite,postgres");
    let file = package.revision("aaaa01", []);
    package.replace(
        &file,
        "-- migrate:up sqlite\n",
        "-- migrate:up sqlite\n-- review: look\nSELECT 1;\nSELECT 2;\n",
    );
    package.replace(&file, "-- migrate:up postgres\n", "-- migrate:up postgres\nSELECT 3;\n");
    let header = package.run(["show", "aaaa01"]).ok().stdout;
    assert!(header.contains("Revises") && !header.contains("SELECT"), "{header}");
    let all = package.run(["show", "aaaa01", "--sql"]).ok().stdout;
    assert!(all.starts_with(&header), "{all}");
    assert!(all.contains("\n\n-- migrate:up sqlite\n-- review: look\nSELECT 1;\nSELECT 2;\n\n"), "{all}");
    assert!(all.contains("-- migrate:up postgres\nSELECT 3;\n"), "{all}");
    let one = package.run(["show", "aaaa01", "--sql", "--dialect", "Postgres"]).ok().stdout;
    assert!(one.contains("SELECT 3;") && !one.contains("SELECT 1;"), "{one}");
    let json = package.run(["show", "aaaa01", "--sql", "--format", "json"]).ok().json();
    assert_eq!(json["revisions"][0]["sql"]["sqlite"], json!({ "up": ["SELECT 1", "SELECT 2"], "down": [] }));
    assert_eq!(json["revisions"][0]["sql"]["postgres"]["up"], json!(["SELECT 3"]));
    package.replace(&file, "-- migrate:down postgres\n", "");
    package.replace(&file, "-- migrate:down sqlite\n", "-- migrate:irreversible it cannot be\n");
    let json = package.run(["show", "aaaa01", "--sql", "--format", "json"]).ok().json();
    assert_eq!(json["revisions"][0]["sql"]["sqlite"]["down"], json!(null));
    package
        .run(["show", "aaaa01", "--sql", "--dialect", "mysql"])
        .fails("dialect-not-configured")
        .says("sqlite, postgres");
    package.run(["show", "aaaa01", "--dialect", "sqlite"]).code(2).says("--sql");
}

#[test]
fn a_dry_run_shows_its_statements_to_who_asks() {
    let package = project();
    let file = package.revision("cccc01", []);
    package.replace(
        &file,
        "-- migrate:up\n",
        "-- migrate:up\n-- review: what does it lose?\nCREATE TABLE tags (\n    id integer\n);\n-- migrate:call fill\n",
    );
    package.run(["upgrade", "bbbb01"]).ok();
    package.replace(&file, "-- migrate:call fill\n", "");
    let dry = package.run(["upgrade", "--dry-run"]).ok().stdout;
    assert!(!dry.contains("CREATE TABLE"), "{dry}");
    let shown = package.run(["upgrade", "--dry-run", "-v"]).ok().stdout;
    let expected = "would upgrade cccc01  cccc01\n    -- review: what does it lose?\n    CREATE TABLE tags (\n        id integer\n    );\nwould go";
    assert!(shown.contains(expected), "{shown}");
    let shown = package.run(["downgrade", "base", "--dry-run", "-v"]).ok().stdout;
    assert!(shown.contains("would downgrade bbbb01  bbbb01\n    DROP TABLE posts;\n"), "{shown}");
    let json = package.run(["upgrade", "--dry-run", "-v", "--format", "json"]).ok().json();
    assert_eq!(json["steps"][0]["sql"], json!(["CREATE TABLE tags (\n    id integer\n)"]));
    assert_eq!(json["steps"][0]["reviews"], json!(["what does it lose?"]));
    assert_eq!(
        package.run(["upgrade", "--dry-run", "--format", "json"]).ok().json()["steps"][0]["sql"],
        json!(null)
    );
    package.run(["upgrade", "-v"]).code(2).says("--dry-run");
    package.run(["upgrade", "-h"]).ok().says("with -v their statements");
}

#[test]
fn the_base_is_no_state_of_the_database() {
    let package = project();
    package.run(["upgrade"]).ok();
    let ran = package.run(["show", "base"]).ok();
    assert!(!ran.stderr.contains("nothing is applied"), "{}", ran.stderr);
    ran.says("before the first revision");
    package.run(["downgrade", "base"]).ok();
    package.run(["show", "current"]).ok().says("nothing is applied");
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
    let ran = package.run(["upgrade"]).code(1).fails("unknown-step").says("backfill");
    ran.says("everything before it: `cargo migrate upgrade bbbb01`");
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
fn a_revision_that_was_not_written_is_refused_before_anything_runs() {
    let package = project();
    let file = package.revision("cccc01", []);
    for arguments in [vec!["upgrade"], vec!["upgrade", "--dry-run"]] {
        let ran = package.run(arguments).code(1).fails("unwritten");
        ran.says(&format!("{file}: revision cccc01 has no statement")).says("`SELECT 1;`");
    }
    assert!(!package.path("app.db").exists());
    package.run(["upgrade", "bbbb01"]).ok();
    package.run(["upgrade"]).code(1).fails("unwritten");
    // Nothing of it was recorded: what is written now runs at once.
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\nSELECT 1;\n");
    package.run(["upgrade"]).ok().says("upgrade cccc01");
}

#[test]
fn what_holds_a_place_is_refused_until_somebody_removes_it() {
    let package = project();
    let file = package.revision("cccc01", []);
    let marked = "-- migrate:up\n-- migrate:unwritten add column posts.a\n\nSELECT 1;\n";
    package.replace(&file, "-- migrate:up\n", marked);
    package.replace(
        &file,
        "-- migrate:down\n",
        "-- migrate:down\n-- migrate:unwritten drop column posts.a\n",
    );
    for arguments in [vec!["upgrade"], vec!["upgrade", "--dry-run"], vec!["upgrade", "--sql"]] {
        let ran = package.run(arguments).code(1).fails("unwritten");
        ran.says(&format!("{file}:8:1"))
            .says("nobody has written yet: add column posts.a")
            .says("remove the line");
    }
    assert!(!package.path("app.db").exists());
    // Whoever did it by hand may say so, and what was not undone stays refused.
    package.run(["upgrade", "bbbb01"]).ok();
    package.run(["stamp", "head", "--sql"]).ok();
    package.run(["stamp", "head"]).ok();
    package.run(["downgrade", "-1"]).code(1).fails("unwritten").says("drop column posts.a");
    package.run(["downgrade", "head:base", "--sql"]).code(1).fails("unwritten");
    package.replace(&file, "-- migrate:unwritten drop column posts.a\n", "");
    package.run(["downgrade", "-1"]).ok();
    package.run(["upgrade"]).code(1).fails("unwritten");
    package.replace(&file, "-- migrate:unwritten add column posts.a\n", "");
    package.run(["upgrade"]).ok().says("upgrade cccc01");
}

#[test]
fn what_is_meant_to_do_nothing_and_a_merge_are_applied() {
    let package = project();
    let file = package.revision("cccc01", ["--head", "base"]);
    package.replace(&file, "-- migrate:down\n", "-- migrate:irreversible where a branch begins\n");
    package.run(["merge", "--rev-id", "eeee01"]).ok();
    package.run(["upgrade"]).ok().says("upgrade cccc01").says("upgrade eeee01");
    // Applied before it was refused: the database goes on.
    package.replace(&file, "-- migrate:irreversible where a branch begins\n", "-- migrate:down\n");
    package.run(["upgrade"]).ok();
    // Committed or not, nobody has written it.
    package.revision("ffff01", []);
    package.git(["init", "-q"]);
    package.commit_all();
    package.run(["upgrade"]).code(1).fails("unwritten");
}

#[test]
fn an_empty_section_for_one_engine_among_several_is_no_template() {
    let package = Package::with_dialects("sqlite,mysql");
    let file = package.revision("aaaa01", []);
    package.upgrade().code(1).fails("unwritten");
    package.replace(&file, "-- migrate:up mysql\n", "-- migrate:up mysql\nSELECT 1;\n");
    package.upgrade().ok().says("upgrade aaaa01");
}

#[test]
fn a_refused_upgrade_leaves_no_file_behind_and_one_that_runs_says_what_it_creates() {
    let package = project();
    let file = package.revision("cccc01", []);
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\n-- migrate:call backfill\n");
    package.run(["upgrade"]).code(1).fails("unknown-step");
    package.run(["upgrade", "zzzz"]).code(1).fails("unknown-revision");
    package.run(["downgrade", "base"]).ok();
    package.run(["stamp", "zzzz"]).code(1).fails("unknown-revision");
    assert!(!package.path("app.db").exists());
    let empty = Package::new();
    empty.run(["upgrade", "--database-url", "sqlite:x.db"]).ok();
    assert!(!empty.path("x.db").exists());

    let ran = package.run(["upgrade", "bbbb01"]).ok();
    let created = format!("creating {}\n", package.path("app.db").display());
    let (named, began) = (ran.stderr.find(&created), ran.stderr.find("[1/2]"));
    assert!(named.is_some() && named < began, "{}", ran.stderr);
    assert!(!ran.stdout.contains("creating"));
    assert!(!package.run(["upgrade", "bbbb01"]).ok().stderr.contains("creating"));
    let other = |name: &str| format!("sqlite:{name}");
    assert_eq!(package.run(["upgrade", "bbbb01", "-q", "--database-url", &other("q.db")]).ok().stderr, "");
    package.run_in("src", ["stamp", "bbbb01", "--database-url", &other("s.db")]).ok().says("/src/s.db");
    package.run(["ensure-version", "--database-url", &other("e.db")]).ok().says("creating ");
    assert!(["q.db", "src/s.db", "e.db"].iter().all(|name| package.path(name).is_file()));
}

#[test]
fn an_edited_revision_is_named_by_every_command_with_the_command_that_mends_it() {
    let package = project();
    package.run(["upgrade"]).ok();
    let files = package.files();
    let file =
        |id: &str| format!("migrations/versions/{}", files.iter().find(|name| name.contains(id)).unwrap());
    package.replace(&file("bbbb01"), "posts (id integer)", "posts (id integer, title text)");
    let edited = "revision bbbb01 was edited after this database had run it";
    for command in [vec!["upgrade"], vec!["verify"]] {
        let ran = package.run(command).code(1).fails("tampered").says(edited);
        ran.says("`cargo migrate downgrade aaaa01`, then `cargo migrate upgrade`")
            .says("`cargo migrate stamp aaaa01`, where its effects are not there");
    }
    let current = package.run(["current"]).ok();
    assert!(current.stdout.contains(edited) && current.stdout.starts_with("bbbb01 (current, head)"));
    package.run(["current", "--check-heads"]).code(3);
    let json = package.run(["current", "--format", "json"]).ok().json();
    assert_eq!((&json["tampered"]["revision"], &json["is_at_heads"]), (&json!("bbbb01"), &json!(false)));
    assert!(package.run(["history", "-i"]).ok().stderr.contains(edited));
    // Below the head a stamp would forget what followed.
    package.replace(&file("bbbb01"), "posts (id integer, title text)", "posts (id integer)");
    package.replace(&file("aaaa01"), "users (id integer)", "users (id bigint)");
    let ran = package.run(["verify"]).code(1).fails("tampered").says("revision aaaa01 was edited");
    assert!(!ran.stderr.contains("stamp"), "{}", ran.stderr);
    ran.says("`cargo migrate downgrade base`");
}

#[test]
fn a_history_that_is_not_the_databases_is_a_failure_of_check_and_a_stamp_accepts_it_aloud() {
    let package = project();
    package.run(["upgrade"]).ok();
    let file = format!(
        "migrations/versions/{}",
        package.files().into_iter().find(|name| name.contains("aaaa01")).unwrap()
    );
    package.replace(&file, "users (id integer)", "users (id bigint)");
    let edited = "revision aaaa01 was edited after this database had run it";
    for command in [vec!["check"], vec!["revision", "--autogenerate", "-m", "x"]] {
        let ran = package.run(command).code(1).fails("tampered").says(edited);
        ran.says(&format!("undo the edit of {file}")).says("--replay");
    }
    let dry = package.run(["stamp", "head", "--dry-run"]).ok().says(edited).says("would accept");
    assert_eq!(dry.stdout, "would stamp bbbb01  bbbb01\nwould stamp anew: bbbb01\n");
    package.run(["verify"]).fails("tampered");
    let stamped = package.run(["stamp", "head"]).ok().says(&format!("warning: {edited}")).says("accepted");
    assert_eq!(stamped.stdout, "stamped anew: bbbb01\n");
    package.run(["verify"]).ok();
    assert_eq!(package.run(["stamp", "head"]).ok().stdout, "stamped as before: bbbb01\n");
}

#[test]
fn a_way_back_that_fails_after_an_edit_says_where_the_way_out_is() {
    let package = project();
    package.run(["upgrade"]).ok();
    let files = package.files();
    let file = format!("migrations/versions/{}", files.iter().find(|name| name.contains("bbbb01")).unwrap());
    package.replace(&file, "TABLE posts", "TABLE articles");
    let ran = package.run(["downgrade", "-1"]).code(1).fails("statement-failed").says("was edited");
    ran.says("what ran on this database is not what the files say").says("`cargo migrate stamp aaaa01`");
}

#[test]
fn a_revision_that_ran_empty_is_stamped_away() {
    let package = project();
    let file = package.revision("cccc01", []);
    package.replace(&file, "-- migrate:down\n", "-- migrate:irreversible not yet\n");
    package.run(["upgrade"]).ok();
    package.replace(&file, "-- migrate:irreversible not yet\n", "-- migrate:down\nDROP TABLE tags;\n");
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\nCREATE TABLE tags (id integer);\n");
    let ran = package.run(["upgrade"]).code(1).fails("tampered").says("it had no statement then");
    assert!(
        ran.stderr.contains("help: nothing of it is in this database: `cargo migrate stamp bbbb01`"),
        "{ran:?}"
    );
    package.run(["stamp", "bbbb01"]).ok();
    package.run(["upgrade"]).ok();
    package.run(["verify"]).ok();
}

#[test]
fn an_empty_way_back_is_told_of_again_where_it_is_taken() {
    let package = project();
    let file = package.revision("cccc01", []);
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\nCREATE TABLE tags (id integer);\n");
    package.run(["upgrade"]).ok();
    package.run(["downgrade", "-1"]).ok().says("warning: revision cccc01: the way back is empty");
    // And so an upgrade finds what is there: with the command that says so.
    let ran = package.run(["upgrade"]).code(1).fails("statement-failed").says("already exists");
    ran.says("`cargo migrate stamp cccc01`");
    package.run(["stamp", "cccc01"]).ok();
    package.replace(&file, "-- migrate:down\n", "-- migrate:down\nDROP TABLE tags;\n");
    assert!(!package.run(["downgrade", "-1"]).ok().stderr.contains("way back"));
}

#[test]
fn a_number_is_taken_for_what_was_meant() {
    let package = project();
    package.run(["upgrade", "1"]).fails("unknown-revision").says("did you mean `+1`?");
    package.run(["upgrade"]).ok();
    package.run(["downgrade", "1"]).fails("unknown-revision").says("did you mean `-1`?");
}

#[test]
fn what_is_no_database_of_sqlite_is_told() {
    let package = project();
    package.write("app.db", &"this is no database at all. ".repeat(50));
    package.run(["current"]).fails("database").says("file is not a database").says("none of SQLite's");
}

#[test]
fn verify_says_what_to_run_with_one_head_and_with_two() {
    let package = project();
    package
        .run(["verify"])
        .fails("not-current")
        .says("run `cargo migrate upgrade`")
        .says("2 of 2 revisions are not");
    package.run(["upgrade", "+1"]).ok();
    package.run(["verify"]).fails("not-current").says("1 of 2 revisions is not applied: bbbb01");
    package.run(["downgrade", "base"]).ok();
    let file = package.revision("cccc01", ["--head", "base"]);
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\nSELECT 1;\n");
    let ran = package.run(["verify"]).code(3).fails("not-current");
    ran.says("`cargo migrate upgrade heads`").says("`cargo migrate merge heads`");
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
        let scheme = url.split(':').next().unwrap();
        ran.says("name a database in the URL").says(&format!("{scheme}://USER"));
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
    for command in
        [vec!["upgrade"], vec!["downgrade", "base"], vec!["stamp", "head"], vec!["verify"], vec!["check"]]
    {
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
