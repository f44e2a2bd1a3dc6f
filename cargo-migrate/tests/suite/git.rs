use crate::support::{Package, Started};

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
    let url = ["--database-url", "sqlite::memory:"];
    for command in [
        vec!["revision", "-m", "x"],
        vec!["merge"],
        [&["check"][..], &url].concat(),
        [&["upgrade"][..], &url].concat(),
        [&["upgrade", "--dry-run"][..], &url].concat(),
        [&["downgrade", "base"][..], &url].concat(),
        [&["stamp", "head"][..], &url].concat(),
    ] {
        let ran = package.run(command).fails("not-sealed").says("aaaa01").says("cargo migrate lock");
        assert!(ran.stderr.contains(&file), "{}", ran.stderr);
    }
    assert_eq!(package.read("migrations/migrate.lock"), lock);
    assert_eq!(package.files().len(), 1);
    package.run(["lock"]).ok().says("edited aaaa01 (sqlite)");
    assert!(!package.run(["heads"]).ok().stderr.contains("not-sealed"));
    // Sealed on purpose once does not mean free to change.
    package.replace(&file, "SELECT 2;", "SELECT 3;");
    package.upgrade().fails("not-sealed");
    package.replace(&file, "SELECT 3;", "SELECT 1;");
    package.upgrade().ok().says("resealed aaaa01 (edited since; as it is committed)");
    package.run(["lock", "--check"]).ok();
}

#[test]
fn an_edit_of_what_is_committed_does_not_hide_where_the_database_is() {
    let (package, file) = committed();
    package.replace("migrate.toml", "\"${DATABASE_URL}\"", "\"sqlite:app.db\"");
    let child = package.revision("bbbb01", []);
    package.replace(&child, "-- migrate:up\n", "-- migrate:up\nSELECT 5;\n");
    package.run(["upgrade"]).ok();
    package.commit_all();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    let lock = package.read("migrations/migrate.lock");
    let warning =
        format!("warning[not-sealed]: {file}: revision aaaa01 was edited after it was sealed (sqlite)");
    for (command, shown) in [
        (vec!["current", "--check-heads"], "bbbb01 (current, head)"),
        (vec!["history"], "* aaaa01"),
        (vec!["history", "-i"], "* bbbb01 (current, head)"),
        (vec!["heads"], "bbbb01 (head)"),
        (vec!["branches"], ""),
        (vec!["show", "aaaa01"], "Revision      aaaa01"),
        (vec!["verify"], "the database is current"),
    ] {
        let ran =
            package.run(command).ok().says(&warning).says("cargo migrate lock").says("as it was sealed");
        assert!(ran.stdout.contains(shown) && !ran.stderr.contains("tampered"), "{ran:#?}");
    }
    let json = package.run(["heads", "--format", "json"]).ok();
    assert_eq!(json.json()["revisions"][0]["id"], "bbbb01");
    assert_eq!(json.error_json()["warning"]["code"], "not-sealed");
    // What is new stands on what was sealed.
    let fresh = "migrations/versions/cccc01.sql";
    package.write(fresh, "-- c\n-- Revision: cccc01\n-- Revises: bbbb01\n-- migrate:up\nSELECT 7;\n");
    package.run(["verify"]).code(3).says("cccc01").says(&warning);
    std::fs::remove_file(package.path(fresh)).unwrap();
    assert_eq!(package.read("migrations/migrate.lock"), lock);
    package.run(["upgrade"]).fails("not-sealed");
    // An edit behind the seal is one of the database's history.
    package.run(["lock"]).ok();
    package.run(["verify"]).fails("tampered");
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
    package.upgrade().fails("not-sealed").says("was called");
    package.run(["heads"]).ok().says("warning[not-sealed]").says("was called");
    std::fs::remove_file(package.path("migrations/versions/other.sql")).unwrap();
    package.upgrade().fails("not-sealed").says("its file is gone");
    package.run(["heads"]).ok().says("its file is gone");
    package.git(["checkout", "-q", "."]);
    package.replace("migrate.toml", "\"sqlite\"", "\"sqlite\", \"postgres\"");
    package.upgrade().fails("not-sealed").says("other dialects");
    package.run(["heads"]).ok().says("other dialects");
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
    package.upgrade().fails("not-sealed").says("edited");
}

#[test]
fn a_repository_without_a_commit_has_nothing_committed() {
    let package = Package::new();
    package.git(["init", "-q"]);
    let file = package.revision("aaaa01", []);
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\nSELECT 1;\n");
    let ran = package.upgrade().ok().says("resealed aaaa01");
    assert!(!ran.stderr.contains("git could not be asked"), "{}", ran.stderr);
    package.write("x", "");
    package.git(["add", "x"]);
    package.git(["commit", "-q", "-m", "something else"]);
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    let ran = package.upgrade().ok().says("resealed aaaa01");
    assert!(!ran.stderr.contains("git could not be asked"), "{}", ran.stderr);
}

#[test]
fn a_hook_of_git_does_not_lead_elsewhere() {
    let (package, file) = committed();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    let elsewhere = package.command().env("GIT_DIR", ".git").env("GIT_INDEX_FILE", "nowhere");
    elsewhere.run(["upgrade", "--database-url", "sqlite::memory:"]).fails("not-sealed");
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

/// Refused by every command that would seal it, and sealed by `lock` alone.
#[track_caller]
fn refused_in_doubt(package: &Package, command: impl Fn() -> Started, why: &str) {
    let lock = package.read("migrations/migrate.lock");
    let with = |arguments: &[&'static str]| {
        command().run(["-c", "migrate.toml"].into_iter().chain(arguments.iter().copied()))
    };
    for arguments in [vec!["revision", "-m", "x"], vec!["upgrade", "--database-url", "sqlite::memory:"]] {
        let ran = with(&arguments).fails("not-sealed").says("aaaa01").says("cargo migrate lock");
        ran.says("git could not be asked").says(why);
    }
    assert_eq!(package.read("migrations/migrate.lock"), lock);
    assert_eq!(package.files().len(), 1);
    with(&["lock"]).ok().says("edited aaaa01 (sqlite)");
    with(&["heads"]).ok();
}

#[test]
fn without_git_nothing_is_sealed_anew_in_a_repository() {
    let (package, file) = committed();
    package.write("bin/x", "");
    let bin = package.path("bin");
    let command = || package.command().env("PATH", bin.to_str().unwrap());
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    refused_in_doubt(&package, command, "git cannot be started");
    // A revision that no lock has ever had is as new as before.
    package.write(
        "migrations/versions/y.sql",
        "-- y\n-- Revision: bbbb01\n-- Revises: aaaa01\n-- migrate:up\nSELECT 1;\n",
    );
    let ran = command().run(["-c", "migrate.toml", "upgrade", "--database-url", "sqlite::memory:"]).ok();
    ran.says("sealed bbbb01 (new; perhaps committed)").says("git could not be asked");
    // Where there is no repository, nothing is committed.
    std::fs::remove_dir_all(package.path(".git")).unwrap();
    package.replace(&file, "SELECT 2;", "SELECT 3;");
    command().run(["-c", "migrate.toml", "heads"]).ok();
}

#[test]
fn a_repository_that_git_does_not_trust_or_cannot_read_is_no_leave_to_seal() {
    let (package, file) = committed();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    let command = || package.command().env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    refused_in_doubt(&package, command, "dubious ownership");
    let branch = package.read(".git/HEAD").replace("ref: ", ".git/");
    for (broken, text, why) in [
        (".git/config", "[", "bad config"),
        (".git/HEAD", "", "not a git repository"),
        (branch.trim(), "", "object name HEAD"),
    ] {
        let (package, file) = committed();
        package.replace(&file, "SELECT 1;", "SELECT 2;");
        package.write(broken, text);
        refused_in_doubt(&package, || package.command(), why);
    }
    let (package, file) = committed();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    std::fs::remove_dir_all(package.path(".git/objects")).unwrap();
    std::fs::create_dir(package.path(".git/objects")).unwrap();
    refused_in_doubt(&package, || package.command(), "git says");
    // A worktree whose repository is gone.
    std::fs::remove_dir_all(package.path(".git")).unwrap();
    package.write(".git", "gitdir: nowhere\n");
    package.replace(&file, "SELECT 2;", "SELECT 3;");
    refused_in_doubt(&package, || package.command(), "not a git repository");
}

#[test]
fn a_ceiling_below_the_repository_hides_nothing() {
    let (package, file) = committed();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    let below = std::fs::canonicalize(package.path("migrations")).unwrap();
    let ran = package.command().env("GIT_CEILING_DIRECTORIES", below.to_str().unwrap()).run([
        "upgrade",
        "--database-url",
        "sqlite::memory:",
    ]);
    let ran = ran.fails("not-sealed").says("undo the edit");
    assert!(!ran.stderr.contains("could not be asked"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_lock_behind_a_link_is_found_where_it_is_committed() {
    let (package, file) = committed();
    package.write("seals/x", "");
    std::fs::rename(package.path("migrations/migrate.lock"), package.path("seals/the.lock")).unwrap();
    std::os::unix::fs::symlink("../seals/the.lock", package.path("migrations/migrate.lock")).unwrap();
    package.commit_all();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    let ran = package.upgrade().fails("not-sealed").says("undo the edit");
    assert!(!ran.stderr.contains("could not be asked"), "{}", ran.stderr);
    // As soon as it is a file of its own, HEAD has only the link.
    std::fs::remove_file(package.path("migrations/migrate.lock")).unwrap();
    std::fs::copy(package.path("seals/the.lock"), package.path("migrations/migrate.lock")).unwrap();
    package.upgrade().fails("not-sealed").says("HEAD's migrate.lock is not a file");

    // The folder is a link, or the file became one that is not committed.
    let (package, file) = committed();
    std::fs::rename(package.path("migrations"), package.path("db")).unwrap();
    std::os::unix::fs::symlink("db", package.path("migrations")).unwrap();
    package.commit_all();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    package.upgrade().fails("not-sealed").says("undo the edit");
    std::fs::rename(package.path("db/migrate.lock"), package.path("db/new.lock")).unwrap();
    std::os::unix::fs::symlink("new.lock", package.path("db/migrate.lock")).unwrap();
    package.upgrade().fails("not-sealed").says("undo the edit");
}

#[test]
fn a_folder_that_was_renamed_is_as_committed_as_before() {
    let (package, file) = committed();
    let file = file.replace("migrations/", "db/");
    std::fs::rename(package.path("migrations"), package.path("db")).unwrap();
    package.replace("migrate.toml", "migrations/versions", "db/versions");
    package.run(["heads"]).ok();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    package.upgrade().fails("not-sealed").says("edited");
    package.upgrade().fails("not-sealed").says("edited");
    // The lock was lost on the way.
    std::fs::remove_file(package.path("db/migrate.lock")).unwrap();
    package.upgrade().fails("not-sealed").says("edited");
    package.run(["lock"]).ok();
    package.commit_all();
    package.run(["heads"]).ok();
}

#[test]
fn a_copy_of_another_project_is_free_to_change() {
    let (package, file) = committed();
    let text = package.read(&file);
    let name = file.rsplit('/').next().unwrap();
    package.write(&format!("db/versions/{name}"), &text);
    package.write("db/migrate.lock", &package.read("migrations/migrate.lock"));
    package.replace("migrate.toml", "migrations/versions", "db/versions");
    package.replace(&format!("db/versions/{name}"), "SELECT 1;", "SELECT 2;");
    package.upgrade().ok().says("resealed aaaa01 (edited since; not committed yet)");
}

/// `main` has `aaaa01` and `bbbb01`; the branch that is checked out has `cccc01` and `cccc02` on `aaaa01`.
fn two_branches() -> Package {
    let (package, _) = committed();
    package.git(["branch", "-M", "main"]);
    package.git(["checkout", "-q", "-b", "feature"]);
    package.revision("cccc01", []);
    package.revision("cccc02", []);
    package.commit_all();
    package.git(["checkout", "-q", "main"]);
    package.revision("bbbb01", []);
    package.commit_all();
    package.git(["checkout", "-q", "feature"]);
    package
}

#[test]
fn a_branch_is_put_on_what_the_main_branch_has_by_now() {
    let package = two_branches();
    // Both have added to the lock: git leaves that to us.
    package.try_git(["merge", "-q", "main"]);
    package.run(["lock"]).ok();
    assert_eq!(package.run(["heads"]).ok().stdout.lines().count(), 2);
    let plan = package.run(["rebase", "cccc02", "--onto", "bbbb01", "--dry-run"]).ok();
    plan.says("would rebase cccc01: aaaa01 -> bbbb01");
    assert_eq!(package.run(["heads"]).ok().stdout.lines().count(), 2);
    package.run(["rebase", "cccc02", "--onto", "bbbb01"]).ok().says("rebased cccc01: aaaa01 -> bbbb01");
    assert_eq!(package.run(["heads"]).ok().stdout.lines().count(), 1);
    package.run(["lock", "--check"]).ok();
    package.run(["history", "-v"]).ok().says("bbbb01").says("cccc02");
    package.run(["rebase", "cccc02", "--onto", "bbbb01"]).ok().says("it stands on bbbb01 already");
    package.commit_all();
    package.run(["heads"]).ok().says("cccc02");
}

#[test]
fn what_others_have_is_not_rebased() {
    let package = two_branches();
    package.try_git(["merge", "-q", "main"]);
    package.run(["lock"]).ok();
    let lock = package.read("migrations/migrate.lock");
    let refused = |arguments: &[&str], said: &str| {
        package.run([&["rebase"][..], arguments].concat()).code(2).says(said);
        assert_eq!(package.read("migrations/migrate.lock"), lock);
    };
    refused(&["bbbb01", "--onto", "cccc02"], "revision bbbb01 is on main");
    refused(&["cccc01", "--onto", "cccc02"], "cccc02 stands on cccc01 itself");
    refused(&["cccc02", "--onto", "bbbb01", "--main", "feature"], "revision cccc02 is on feature");
    refused(&["cccc02", "--onto", "bbbb01", "--main", "nowhere"], "there is no branch `nowhere`");
    package.git(["branch", "-m", "main", "trunk"]);
    refused(&["cccc02", "--onto", "bbbb01"], "--main BRANCH");
    package.run(["rebase", "cccc01", "--onto", "bbbb01", "--main", "trunk", "--format", "json"]).ok();
}
