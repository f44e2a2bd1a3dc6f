use std::io::Read as _;

use crate::support::{Package, Ran};

#[test]
fn it_is_called_with_and_without_cargo() {
    let package = Package::new();
    package.revision("aaaa01", []);
    package.run(["migrate", "heads"]).ok().says("aaaa01");
    package.run(["heads"]).ok().says("aaaa01");
    assert!(package.run(["migrate", "--version"]).ok().stdout.starts_with("cargo-migrate 0."));
    package.run(["migrate", "--help"]).ok().says("Usage: cargo migrate");
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused_with_2() {
    let package = Package::bare();
    for arguments in [
        vec![],
        vec!["frobnicate"],
        vec!["heads", "--nope"],
        vec!["revision"],
        vec!["heads", "-p", "a", "-c", "b"],
    ] {
        assert_eq!(package.run(arguments).code(2).stdout, "");
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let package = Package::bare();
    for command in ["init", "revision", "merge", "lock", "upgrade", "downgrade", "history", "stamp"] {
        package.run([command, "--help"]).ok().says("Example");
    }
}

#[test]
fn short_help_has_the_options_of_the_command_alone_and_long_help_all() {
    let package = Package::bare();
    let short = package.run(["upgrade", "-h"]).ok().says("--dry-run").says("Examples:").says("--help shows");
    assert!(!short.stdout.contains("--manifest-path") && !short.stdout.contains("--color"));
    let long = package.run(["upgrade", "--help"]).ok().says("--manifest-path").says("--color");
    assert!(!long.stdout.contains("--help shows"), "{}", long.stdout);
    package.run(["heads", "-h"]).ok().says("--help shows");
    package.run(["revision", "-h"]).ok().says("Prefixes of it need 4");
}

#[test]
fn a_wait_is_written_as_in_the_file() {
    let package = Package::new();
    for sound in ["90", "90s", "5m", "1h", "0"] {
        package.run(["heads", "--lock-wait", sound]).ok();
    }
    for bad in ["soon", "", "5 parsecs", "1.5.2"] {
        package.run(["heads", "--lock-wait", bad]).code(2).says("90, 90s, 5m, 1h");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let package = Package::new();
    for number in 0..30 {
        let text = format!("-- {}\n-- Revision: r{number}\n-- migrate:up\n", "x".repeat(8000));
        package.write(&format!("migrations/versions/r{number}.sql"), &text);
    }
    package.run(["lock", "-q"]).ok();
    let mut child = package.command().spawn(["history"]);
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    Ran::of(&child.wait_with_output().unwrap()).ok();
}

#[test]
fn errors_as_json_are_one_object_on_stderr() {
    let package = Package::bare();
    let ran = package.run(["heads", "--format", "json"]).code(1);
    let json = ran.error_json();
    assert_eq!(json["error"]["code"], "no-project");
    assert!(json["error"]["help"].as_str().unwrap().contains("init"));
    assert_eq!(ran.stdout, "");
}

#[test]
fn colours_are_for_who_asks() {
    let package = Package::new();
    package.revision("aaaa01", []);
    assert!(!package.run(["heads"]).ok().stdout.contains('\u{1b}'));
    assert!(package.run(["heads", "--color", "always"]).ok().stdout.contains('\u{1b}'));
    package.write("migrations/versions/x.sql", "-- x\n-- Revision: bbbb01\n-- Nonsense: 1\n");
    assert!(!package.run(["heads"]).code(1).stderr.contains('\u{1b}'));
    assert!(package.run(["heads", "--color", "always"]).code(1).stderr.contains('\u{1b}'));
}
