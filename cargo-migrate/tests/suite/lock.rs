use crate::support::Package;

const LOCK: &str = "migrations/migrate.lock";

/// `aaaa01 <- bbbb01`, each with a statement.
fn chain() -> (Package, String, String) {
    let package = Package::new();
    let first = package.revision("aaaa01", []);
    let second = package.revision("bbbb01", []);
    for file in [&first, &second] {
        package.replace(file, "-- migrate:up\n", "-- migrate:up\nSELECT 1;\n");
    }
    package.run(["lock"]).ok();
    (package, first, second)
}

#[test]
fn lock_says_what_changed_and_check_only_compares() {
    let (package, first, second) = chain();
    package.run(["lock", "--check"]).ok();
    assert_eq!(package.run(["lock"]).ok().stdout, "");

    let lock = package.read(LOCK);
    package.replace(&first, "SELECT 1;", "SELECT 2;");
    let moved = "migrations/versions/moved.sql";
    std::fs::rename(package.path(&second), package.path(moved)).unwrap();
    package.write(
        "migrations/versions/new.sql",
        "-- new\n-- Revision: cccc01\n-- Created: 2099-01-01T00:00:00Z\n-- migrate:up\n",
    );
    let expected =
        "edited aaaa01 (sqlite)  aaaa01\nother ancestors bbbb01  bbbb01\nmoved bbbb01 (was versions/";
    let check = package.run(["lock", "--check"]).code(3);
    assert!(check.stdout.starts_with(expected), "{}", check.stdout);
    assert!(check.stdout.ends_with("added cccc01  new\n"), "{}", check.stdout);
    let checked = check.stdout.clone();
    check.says("what a database other than your own has run must not change");
    assert_eq!(package.read(LOCK), lock);

    assert_eq!(package.run(["lock"]).ok().stdout, checked);
    package.run(["lock", "--check"]).ok();
    std::fs::remove_file(package.path(moved)).unwrap();
    assert_eq!(package.run(["lock"]).ok().stdout, "removed bbbb01 (was versions/moved.sql)\n");
    package.replace("migrate.toml", "\"sqlite\"", "\"sqlite\", \"mysql\"");
    assert!(package.run(["lock"]).ok().stdout.contains("other dialects aaaa01"));
}

#[test]
fn lock_as_json_lists_the_changes() {
    let (package, first, _) = chain();
    package.replace(&first, "SELECT 1;", "SELECT 2;");
    let json = package.run(["lock", "--check", "--format", "json"]).code(3).json();
    let name = first.strip_prefix("migrations/").unwrap();
    assert_eq!(json["changes"][0]["revision"], "aaaa01");
    assert_eq!(json["changes"][0]["change"], "edited");
    assert_eq!(json["changes"][0]["file"], name);
    assert_eq!(json["changes"][0]["dialects"], serde_json::json!(["sqlite"]));
    assert_eq!(json["changes"][1]["change"], "other-ancestors");
}

#[test]
fn what_was_never_committed_is_sealed_by_what_changes_something() {
    let (package, first, _) = chain();
    let mut number = 1;
    for command in [
        vec!["upgrade", "--database-url", "sqlite:x.db"],
        vec!["downgrade", "base", "--database-url", "sqlite:x.db"],
        vec!["stamp", "head", "--database-url", "sqlite:y.db"],
        vec!["revision", "-m", "x"],
    ] {
        package.replace(&first, &format!("SELECT {number};"), &format!("SELECT {};", number + 1));
        number += 1;
        let ran = package.run(command).ok();
        assert!(
            ran.stderr.contains("resealed aaaa01 (edited since; not committed yet)  aaaa01\n"),
            "{ran:?}"
        );
        assert!(ran.stderr.contains("resealed bbbb01 (other ancestors; not committed yet)"), "{ran:?}");
        assert!(!ran.stdout.contains("sealed"));
        package.run(["lock", "--check"]).ok();
    }
    package.replace(&first, "-- migrate:down\n", "-- migrate:down\nSELECT 1;\n");
    package.replace(&first, &format!("SELECT {number};"), "SELECT 0;");
    // The one that `revision` has just written has nothing to do yet.
    let ran = package.run(["upgrade", "-q", "bbbb01", "--database-url", "sqlite::memory:"]).ok();
    assert!(!ran.stderr.contains("sealed"), "{}", ran.stderr);
}

#[test]
fn commands_that_read_write_no_lock() {
    let (package, first, _) = chain();
    let at = ["--database-url", "sqlite:x.db"];
    package.run(["upgrade"].into_iter().chain(at)).ok();
    let lock = package.read(LOCK);
    package.replace(&first, "-- migrate:up\n", "-- migrate:up\nSELECT 0;\n");
    package.write("migrations/versions/new.sql", "-- new\n-- Revision: cccc01\n-- Revises: bbbb01\n");
    for command in [
        vec!["current"],
        vec!["history"],
        vec!["history", "-i"],
        vec!["show", "bbbb01"],
        vec!["heads"],
        vec!["branches"],
        vec!["verify"],
        vec!["ensure-version"],
        vec!["downgrade", "-1", "--dry-run"],
        vec!["stamp", "head", "--dry-run"],
        vec!["stamp", "--purge", "head", "--dry-run"],
        vec!["upgrade", "--dry-run"],
    ] {
        let name = command.join(" ");
        let ran = package.run(command.into_iter().chain(at));
        assert_eq!(package.read(LOCK), lock, "{name}");
        let is_dry_run = name.contains("--dry-run");
        assert_eq!(ran.stderr.contains("3 revisions are not sealed yet"), is_dry_run, "{name}: {ran:?}");
    }
    package.run(["heads"]).ok().says("cccc01 (head)");
}

#[test]
fn a_way_back_that_is_empty_is_mentioned_once_until_it_is_committed() {
    let package = Package::with_dialects("sqlite,mysql");
    let file = package.revision("aaaa01", []);
    package.replace(&file, "-- migrate:up sqlite\n", "-- migrate:up sqlite\nSELECT 1;\n");
    let ran = package.upgrade().ok();
    let expected = "warning: revision aaaa01: the way back is empty for sqlite: write it, or `-- migrate:irreversible REASON`";
    assert_eq!(ran.stderr.matches(expected).count(), 1, "{}", ran.stderr);
    assert!(!package.upgrade().ok().stderr.contains("way back"));
    package.replace(&file, "-- migrate:up mysql\n", "-- migrate:up mysql\nSELECT 1;\n");
    package.run(["lock"]).ok().says("revision aaaa01: the way back is empty: write it");
    package.replace(&file, "-- migrate:down mysql\n", "-- migrate:irreversible it is one way\n");
    package.replace(&file, "-- migrate:down sqlite\n", "");
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    assert!(!package.run(["lock"]).ok().stderr.contains("way back"));
    // Nothing to do has nothing to undo.
    package.revision("bbbb01", []);
    package.run(["revision", "-m", "x", "--head", "base"]).ok();
    let merge = package.run(["merge"]).ok().stdout;
    package.replace(merge.trim(), "-- Created: 2", "-- Created: 3");
    assert!(!package.run(["lock"]).ok().stderr.contains("way back"));

    package.git(["init", "-q"]);
    let old = package.revision("cccc01", []);
    package.commit_all();
    package.replace(&old, "-- migrate:up sqlite\n", "-- migrate:up sqlite\nSELECT 1;\n");
    assert!(!package.run(["lock"]).ok().says("edited cccc01").stderr.contains("way back"));
}

#[test]
fn layout_comments_and_line_endings_do_not_count() {
    let (package, first, _) = chain();
    let text = package.read(&first);
    let other = text.replace("SELECT 1;", "-- why\n   SELECT\t1 ;").replace('\n', "\r\n");
    package.write(&first, &format!("\u{feff}{other}"));
    package.run(["lock", "--check"]).ok();
    package.run(["history", "-v"]).ok().says("aaaa01");
}

#[test]
fn a_missing_lock_is_written() {
    let (package, ..) = chain();
    let lock = package.read(LOCK);
    std::fs::remove_file(package.path(LOCK)).unwrap();
    package.run(["lock", "--check"]).code(3);
    package.run(["lock"]).ok().says("added aaaa01");
    assert_eq!(package.read(LOCK), lock);
    let empty = Package::new();
    std::fs::remove_file(empty.path(LOCK)).unwrap();
    empty.run(["lock"]).ok();
    assert!(empty.path(LOCK).is_file());
}

#[test]
fn a_lock_with_conflict_markers_is_written_anew() {
    let (package, ..) = chain();
    let lock = package.read(LOCK);
    let at = lock.find("\n[[revision]]\nid = \"bbbb01\"").unwrap();
    let broken = format!("{}\n<<<<<<< HEAD{}=======\n>>>>>>> other\n", &lock[..at], &lock[at..]);
    package.write(LOCK, &broken);
    package.run(["heads"]).fails("broken-lock").says("migrations/migrate.lock:").says("cargo migrate lock");
    package.run(["lock", "--check"]).fails("broken-lock");
    assert_eq!(package.run(["lock"]).ok().stdout, "");
    assert_eq!(package.read(LOCK), lock);
    // What else may be wrong with it is not for us to throw away.
    for text in ["no lock at all", "version = 2\n"] {
        package.write(LOCK, text);
        package.run(["lock"]).fails("broken-lock").says("help:");
        assert_eq!(package.read(LOCK), text);
    }
}

#[test]
fn a_lost_file_is_named_even_if_others_need_it() {
    let (package, first, _) = chain();
    std::fs::remove_file(package.path(&first)).unwrap();
    package.run(["heads"]).fails("missing-parent").says(&first).says("its file is gone");
}
