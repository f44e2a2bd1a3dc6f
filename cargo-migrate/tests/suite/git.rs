use crate::support::Package;

/// A repository whose one revision, `aaaa01`, is committed; gives its file too.
fn committed() -> (Package, String) {
    let package = Package::new();
    let file = package.revision("aaaa01", []);
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\nSELECT 1;\n");
    package.run(["lock"]).ok();
    package.git(["init", "-q"]);
    package.commit_all();
    (package, file)
}

#[test]
fn a_committed_revision_that_was_edited_is_refused_until_it_is_sealed_on_purpose() {
    let (package, file) = committed();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    let lock = package.read("migrations/migrate.lock");
    for command in [
        vec!["heads"],
        vec!["revision", "-m", "x"],
        vec!["merge"],
        vec!["upgrade", "--database-url", "sqlite::memory:"],
    ] {
        let ran = package.run(command).fails("not-sealed").says("aaaa01").says("cargo migrate lock");
        assert!(ran.stderr.contains(&file), "{}", ran.stderr);
    }
    assert_eq!(package.read("migrations/migrate.lock"), lock);
    assert_eq!(package.files().len(), 1);
    package.run(["lock"]).ok().says("edited aaaa01 (sqlite)");
    package.run(["heads"]).ok();
    // Sealed on purpose once does not mean free to change.
    package.replace(&file, "SELECT 2;", "SELECT 3;");
    package.run(["heads"]).fails("not-sealed");
    package.replace(&file, "SELECT 3;", "SELECT 1;");
    package.upgrade().ok().says("resealed aaaa01 (edited since; as it is committed)");
    package.run(["lock", "--check"]).ok();
}

#[test]
fn a_revision_that_is_not_committed_yet_is_free_to_change() {
    let (package, _) = committed();
    let file = package.revision("bbbb01", []);
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\nSELECT 1;\n");
    package.upgrade().ok().says("resealed bbbb01 (edited since; not committed yet)");
    package.git(["add", "-A"]);
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    package.upgrade().ok().says("resealed bbbb01 (edited since");
    std::fs::remove_file(package.path(&file)).unwrap();
    package.upgrade().ok().says("forgot bbbb01 (versions/");
}

#[test]
fn a_committed_revision_cannot_be_lost_moved_or_served_to_others_by_accident() {
    let (package, file) = committed();
    let path = package.path(&file);
    std::fs::rename(&path, package.path("migrations/versions/other.sql")).unwrap();
    package.run(["heads"]).fails("not-sealed").says("was called");
    std::fs::remove_file(package.path("migrations/versions/other.sql")).unwrap();
    package.run(["heads"]).fails("not-sealed").says("its file is gone");
    package.git(["checkout", "-q", "."]);
    package.replace("migrate.toml", "\"sqlite\"", "\"sqlite\", \"postgres\"");
    package.run(["heads"]).fails("not-sealed").says("other dialects");
}

#[test]
fn a_lock_that_was_lost_is_restored_from_what_is_committed() {
    let (package, file) = committed();
    let lock = package.read("migrations/migrate.lock");
    std::fs::remove_file(package.path("migrations/migrate.lock")).unwrap();
    package.run(["heads"]).ok();
    assert!(!package.path("migrations/migrate.lock").exists());
    package.upgrade().ok().says("sealed aaaa01");
    assert_eq!(package.read("migrations/migrate.lock"), lock);
    std::fs::remove_file(package.path("migrations/migrate.lock")).unwrap();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    package.run(["heads"]).fails("not-sealed").says("edited");
}

#[test]
fn a_repository_without_a_commit_has_nothing_committed() {
    let package = Package::new();
    package.git(["init", "-q"]);
    let file = package.revision("aaaa01", []);
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\nSELECT 1;\n");
    let ran = package.upgrade().ok().says("resealed aaaa01");
    assert!(!ran.stderr.contains("git could not say"), "{}", ran.stderr);
    package.write("x", "");
    package.git(["add", "x"]);
    package.git(["commit", "-q", "-m", "something else"]);
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    let ran = package.upgrade().ok().says("resealed aaaa01");
    assert!(!ran.stderr.contains("git could not say"), "{}", ran.stderr);
}

#[test]
fn a_hook_of_git_does_not_lead_elsewhere() {
    let (package, file) = committed();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    let elsewhere = package.command().env("GIT_DIR", ".git").env("GIT_INDEX_FILE", "nowhere");
    elsewhere.run(["heads"]).fails("not-sealed");
}

#[test]
fn two_branches_that_add_a_revision_conflict_and_lock_joins_them() {
    let (package, _) = committed();
    package.git(["checkout", "-q", "-b", "other"]);
    package.revision("bbbb01", []);
    package.commit_all();
    package.git(["checkout", "-q", "-"]);
    package.revision("cccc01", []);
    package.commit_all();
    package.try_git(["merge", "-q", "other"]).code(1);
    package.run(["heads"]).fails("broken-lock").says("conflict markers");
    package.run(["lock"]).ok();
    package.run(["merge", "-m", "join"]).ok();
    package.commit_all();
    package.run(["lock", "--check"]).ok();
    assert_eq!(package.run(["heads"]).ok().stdout.lines().count(), 1);
}
