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
    for command in ["init", "revision", "merge", "lock", "upgrade", "downgrade", "history", "show", "stamp"] {
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
    package.run(["revision", "-h"]).ok().says("Prefixes");
}

#[test]
fn long_help_is_no_longer_than_it_must_be() {
    let package = Package::bare();
    let help = |command: &str| package.run([command, "--help"]).ok().stdout;
    for command in ["init", "lock", "heads", "list-templates"] {
        let text = help(command);
        assert!(!text.contains("--lock-wait") && !text.contains("--database-url"), "{text}");
    }
    assert!(!help("history").contains("--lock-wait") && help("history").contains("--database-url"));
    assert!(help("upgrade").contains("--lock-wait"));
    // A line for an option, and what a terminal has for each.
    for command in ["init", "history", "lock", "stamp", "upgrade", "revision", "show"] {
        let text = help(command);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let options = text.lines().filter(|line| line.trim_start().starts_with('-')).count();
        let empty = text.lines().filter(|line| line.is_empty()).count();
        assert!(options > empty, "{text}");
    }
    let stamp = help("stamp");
    assert!(stamp.contains("`heads`") && stamp.contains("labels"), "{stamp}");
    assert!(help("upgrade").contains("List the revisions that would run"));
    // What it does not show is taken all the same.
    package.run(["init", "--lock-wait", "5"]).ok();
}

#[test]
fn no_line_of_the_help_is_wider_than_a_page() {
    let package = Package::bare();
    let help = package.run(["--help"]).ok().stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty());
    let commands = commands.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let commands: Vec<_> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"revision") && commands.contains(&"upgrade"), "{help}");
    for command in commands.into_iter().filter(|command| *command != "help") {
        for option in ["-h", "--help"] {
            let help = package.run([command, option]).ok().stdout;
            let wide: Vec<_> = help.lines().filter(|line| line.chars().count() > 80).collect();
            assert!(wide.is_empty(), "{command} {option}: {wide:#?}");
        }
    }
}

#[test]
fn what_init_writes_is_no_wider_than_a_page() {
    let package = Package::new();
    for file in ["migrate.toml", "migrations/README.md", "migrations/revision.sql.j2"] {
        let text = package.read(file);
        let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{file}: {wide:#?}");
    }
}

#[test]
fn options_of_autogenerate_are_refused_without_it() {
    let package = Package::new();
    for option in [&["--rename", "a=b"][..], &["--allow-drop", "a"], &["--replay"], &["--allow-empty"]] {
        let arguments = [&["revision", "-m", "x"][..], option].concat();
        let ran = package.run(arguments).code(2);
        ran.says(&format!("{} goes with --autogenerate", option[0])).says("add --autogenerate");
    }
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

#[test]
fn a_command_line_that_makes_no_sense_is_json_for_who_asks() {
    let package = Package::bare();
    for (arguments, help) in [
        (vec!["frobnicate", "--format", "json"], "--help"),
        (vec!["--format=json", "downgrade"], "`downgrade -1`"),
        (vec!["revision", "add bio", "--format", "json"], "revision -m \"add bio\""),
        (vec!["--format", "json"], "--help"),
    ] {
        let ran = package.run(arguments.clone()).code(2);
        let json = ran.error_json();
        assert_eq!((&json["error"]["code"], ran.stdout.as_str()), (&"usage".into(), ""), "{arguments:?}");
        assert!(json["error"]["help"].as_str().unwrap().contains(help), "{arguments:?}: {json}");
        let message = json["error"]["message"].as_str().unwrap();
        assert!(!message.contains('\n') && !message.starts_with("error"), "{message}");
    }
    package.run(["--help", "--format", "json"]).ok().says("Usage:");
}

#[test]
fn the_words_of_other_tools_lead_to_ours() {
    let package = Package::new();
    package.revision("aaaa01", []);
    let current = package.run(["status", "--database-url", "sqlite::memory:"]).ok();
    assert!(current.stderr.contains("nothing is applied"), "{}", current.stderr);
    for (word, ours) in [("new", "revision -m"), ("add", "revision -m"), ("rollback", "downgrade -1")] {
        package.run([word, "x"]).code(2).says(&format!("tip: here it is `cargo migrate {ours}"));
    }
    package.run(["revision", "add bio"]).code(2).says("cargo migrate revision -m \"add bio\"");
    package.run(["revision"]).code(2).says("tip: say what it does");
    package.run(["downgrade"]).code(2).says("`downgrade -1`").says("`downgrade base`");
}

#[test]
fn examples_are_written_as_they_are_called() {
    let package = Package::bare();
    for command in ["init", "revision", "merge", "lock", "upgrade", "downgrade", "history", "show", "stamp"] {
        for help in ["-h", "--help"] {
            let text = package.run([command, help]).ok().stdout;
            let examples = text.split("Example").nth(1).unwrap().lines().skip(1);
            for line in examples.take_while(|line| !line.is_empty()) {
                assert!(line.starts_with(&format!("  cargo migrate {command}")), "{line}");
            }
        }
    }
}
