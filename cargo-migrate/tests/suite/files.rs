use crate::support::Package;

#[test]
fn only_sql_files_count_and_what_editors_leave_behind_does_not() {
    let package = Package::new();
    package.revision("aaaa01", []);
    for name in ["x.sql~", ".#x.sql", ".x.sql", "#x.sql#", "x.sql.orig", "x.txt", ".git/x.sql"] {
        package.write(&format!("migrations/versions/{name}"), "not a revision");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere@1", package.path("migrations/versions/.#y.sql")).unwrap();
    package.run(["lock", "--check"]).ok();
    assert_eq!(package.run(["heads"]).ok().stdout.lines().count(), 1);
}

#[test]
fn a_file_that_is_not_utf_8_is_named_with_its_byte() {
    let package = Package::new();
    package.write_bytes("migrations/versions/x.sql", b"-- x\n-- Revision: aaaa01\n-- \xe9t\xe9\n");
    let ran = package.run(["heads"]).code(1).fails("broken-revision");
    ran.says("migrations/versions/x.sql:3:4: byte 28 is not UTF-8");
}

#[test]
fn a_revision_in_a_folder_that_is_not_listed_is_refused() {
    let package = Package::new();
    package.write("migrations/versions/2026/q1/x.sql", "-- x\n-- Revision: aaaa01\n-- migrate:up\n");
    let ran = package.run(["heads"]).fails("invalid-configuration");
    ran.says("migrations/versions/2026/q1/x.sql").says("`versions`");
    package.replace(
        "migrate.toml",
        "[\"migrations/versions\"]",
        "[\"migrations/versions\", \"migrations/versions/2026/q1\"]",
    );
    package.run(["heads"]).ok().says("aaaa01");
}

#[test]
fn a_mistake_in_a_file_is_shown_with_its_line() {
    let package = Package::new();
    package.write(
        "migrations/versions/x.sql",
        "-- x\n--\n-- Revision: aaaa01\n-- Revised: bbbb01\n\n-- migrate:up\n",
    );
    let ran = package.run(["heads"]).code(1).fails("unknown-key");
    insta::assert_snapshot!(ran.stderr, @r"
    error[unknown-key]: unknown key `Revised` in the header
     --> migrations/versions/x.sql:4:4
      |
    4 | -- Revised: bbbb01
      |    ^^^^^^^
      help: the keys are Revision, Revises, Created, Labels, Depends-On, Replaces; prose after a colon belongs below `-- migrate:up`
    ");
    let json = package.run(["heads", "--format", "json"]).code(1).error_json();
    assert_eq!(json["error"]["code"], "unknown-key");
    assert_eq!(json["error"]["details"]["file"], "migrations/versions/x.sql");
    assert_eq!(json["error"]["details"]["line"], 4);
    assert_eq!(json["error"]["details"]["column"], 4);
    let ran = package.run_in("migrations/versions", ["heads"]).code(1);
    assert!(ran.stderr.contains("--> x.sql:4:4"), "{}", ran.stderr);
}

#[test]
fn two_files_with_one_id_are_both_named() {
    let package = Package::new();
    let file = package.revision("aaaa01", []);
    package.write("migrations/versions/copy.sql", &package.read(&file));
    package.run(["heads"]).fails("duplicate-revision").says(&file).says("migrations/versions/copy.sql");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_named_instead_of_read() {
    let package = Package::new();
    package.revision("aaaa01", []);
    let path = package.path("migrations/versions/x.sql");
    let refused = || {
        for command in ["heads", "lock", "merge"] {
            package.run([command]).code(1).fails("broken-revision").says("migrations/versions/x.sql: ");
        }
        std::fs::remove_file(&path).unwrap();
    };
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    refused();
    let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    refused();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    refused();
    std::os::unix::fs::symlink("nowhere", &path).unwrap();
    package.run(["heads"]).fails("io").says("migrations/versions/x.sql: ");
    std::fs::remove_file(&path).unwrap();
    // A link to a file is as good as the file.
    package.write("b.sql", "-- b\n-- Revision: bbbb01\n-- Revises: aaaa01\n-- migrate:up\n");
    std::os::unix::fs::symlink("../../b.sql", &path).unwrap();
    package.run(["heads"]).ok().says("bbbb01");
}

#[test]
fn an_ending_in_upper_case_is_refused_and_not_passed_over() {
    let package = Package::new();
    package.write("migrations/versions/x.SQL", "-- x\n-- Revision: aaaa01\n-- migrate:up\n");
    let ran = package.run(["heads"]).code(1).fails("broken-revision").says("migrations/versions/x.SQL: ");
    ran.says("rename the file to migrations/versions/x.sql");
    package.run(["lock", "--check"]).code(1).fails("broken-revision");
}
