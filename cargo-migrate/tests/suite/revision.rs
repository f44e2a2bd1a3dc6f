use crate::support::{Package, Ran};

/// The parts of a file's header that a test looks at.
fn header(package: &Package, file: &str) -> Vec<String> {
    let text = package.read(file);
    let lines = text.lines().take_while(|line| line.starts_with("--"));
    lines.filter(|line| !line.starts_with("-- Created: ")).map(str::to_owned).collect()
}

#[test]
fn revisions_follow_one_another() {
    let package = Package::new();
    let first = package.revision("aaaa01", []);
    let second = package.revision("aaaa02", []);
    assert_eq!(header(&package, &first), ["-- aaaa01", "--", "-- Revision: aaaa01"]);
    assert_eq!(header(&package, &second), ["-- aaaa02", "--", "-- Revision: aaaa02", "-- Revises: aaaa01"]);
    let text = package.read(&first);
    assert!(text.ends_with("\n\n-- migrate:up\n\n-- migrate:down\n"), "{text}");
    package.run(["lock", "--check"]).ok();
}

#[test]
fn a_random_id_has_12_digits_and_stands_in_the_name() {
    let package = Package::new();
    let json = package.run(["revision", "-m", "Add bio", "--format", "json"]).ok().json();
    let id = json["revision"]["id"].as_str().unwrap();
    assert!(id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let file = json["file"].as_str().unwrap();
    assert!(file.ends_with(&format!("_{id}_add_bio.sql")), "{file}");
    assert!(package.path(file).is_file());
    assert_eq!(json["revision"]["message"], "Add bio");
    assert_eq!(json["revision"]["is_head"], true);
    assert_eq!(json["revision"]["revises"], serde_json::json!([]));
}

#[test]
fn several_dialects_have_sections_of_their_own() {
    let package = Package::with_dialects("postgres,mysql");
    let text = package.read(&package.revision("aaaa01", []));
    let markers: Vec<_> = text.lines().filter(|line| line.starts_with("-- migrate:")).collect();
    assert_eq!(
        markers,
        [
            "-- migrate:up postgres",
            "-- migrate:up mysql",
            "-- migrate:down postgres",
            "-- migrate:down mysql"
        ]
    );
}

#[test]
fn a_branch_begins_at_a_base_or_by_splicing() {
    let package = Package::new();
    package.revision("aaaa01", []);
    package.revision("aaaa02", []);
    package.run(["revision", "-m", "x", "--head", "aaaa01"]).code(2).fails("usage").says("--splice");
    let spliced = package.revision("bbbb01", ["--head", "aaaa02-1", "--splice", "--branch-label", "left"]);
    assert_eq!(
        header(&package, &spliced)[2..],
        ["-- Revision: bbbb01", "-- Revises: aaaa01", "-- Labels: left"]
    );
    let base = package.revision("cccc01", ["--head", "base", "--depends-on", "left", "--depends-on", "bbbb"]);
    assert_eq!(header(&package, &base)[2..], ["-- Revision: cccc01", "-- Depends-On: bbbb01"]);

    let several = package.run(["revision", "-m", "x"]).fails("multiple-heads").says("--head").says("merge");
    assert!(several.stderr.contains("aaaa02, bbbb01, cccc01"));
    package.revision("bbbb02", ["--head", "left@head"]);
    package.run(["heads"]).ok().says("bbbb02");
}

#[test]
fn what_is_wrong_with_a_revision_is_said_before_anything_is_written() {
    let package = Package::new();
    package.revision("aaaa01", ["--branch-label", "main"]);
    let (files, lock) = (package.files(), package.read("migrations/migrate.lock"));
    let refused = |arguments: &[&str], code: &str| -> Ran {
        let ran =
            package.run(["revision", "-m", "x"].into_iter().chain(arguments.iter().copied())).fails(code);
        assert_eq!(package.files(), files);
        assert_eq!(package.read("migrations/migrate.lock"), lock);
        ran
    };
    refused(&["--branch-label", "main"], "duplicate-label");
    refused(&["--branch-label", "aaaa01"], "duplicate-label");
    refused(&["--rev-id", "aaaa01"], "duplicate-revision");
    refused(&["--rev-id", "../x"], "invalid-identifier");
    refused(&["--rev-id", "head"], "invalid-identifier");
    refused(&["--head", "zzzz"], "unknown-revision");
    refused(&["--head", "-1"], "usage");
    refused(&["--head", "aaaa01-1"], "unknown-revision");
    refused(&["--depends-on", "nope"], "unknown-revision");
    refused(&["--version-path", "elsewhere"], "usage").says("migrations/versions");
    package.run(["revision", "-m", "x", "--branch-label", "a-b"]).code(2);
    package.run(["revision"]).code(2);
}

#[test]
fn no_message_breaks_the_header_or_leaves_the_folder() {
    let package = Package::new();
    let messages = [
        "Labels: x",
        "depends-on: y",
        "Revises: zzzz",
        "Revision: 1234",
        "Created: yesterday",
        "-- migrate:up",
        "fix: `a` 'b' \"c\" \\ ; DROP TABLE x; --",
        "../../../etc/passwd",
        "{{ 7 * 7 }} {% raw %}",
        "🎉 \u{202e}lqs.live 用户",
        "*/ /* $$ ${HOME} %Y",
        "CON",
        "-- x",
    ];
    for message in messages {
        let argument = format!("--message={message}");
        let json = package.run(["revision", "--format", "json", argument.as_str()]).ok().json();
        assert_eq!(json["revision"]["message"], message.replace('\u{202e}', ""), "{message}");
        let file = json["file"].as_str().unwrap();
        assert_eq!(file.rsplit_once('/').unwrap().0, "migrations/versions", "{message}");
        assert!(file.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._".contains(&byte)), "{file}");
    }
    let ran =
        package.run(["revision", "-m", "one\n-- Labels: evil\r\n\ttwo\u{2028}three", "--format", "json"]);
    assert_eq!(ran.ok().json()["revision"]["message"], "one -- Labels: evil two three");
    for refused in ["", " \n ", "\u{200b}", "migrate:down", "Replaces: all"] {
        package.run(["revision", "-m", refused]).code(2).fails("usage");
    }
    assert_eq!(package.files().len(), messages.len() + 1);
    package.run(["lock", "--check"]).ok();
    let long = "long ".repeat(2000);
    package.run(["revision", "-m", long.as_str()]).ok();
}

#[test]
fn a_message_may_begin_with_hyphens() {
    let package = Package::new();
    for message in ["-- migrate:up", "--x", "-1 is allowed"] {
        let json = package.run(["revision", "--format", "json", "-m", message]).ok().json();
        assert_eq!(json["revision"]["message"], message);
    }
    package.revision("aaaa01", ["--head", "base"]);
    package.run(["merge", "-m", "--join"]).ok();
    package.run(["history"]).ok().says("--join");
}

#[test]
fn a_label_that_is_none_is_refused_with_the_rule() {
    let package = Package::new();
    for command in [vec!["revision", "-m", "x"], vec!["merge"]] {
        let refused = package.run(command.into_iter().chain(["--branch-label", "x y"])).code(2);
        refused.says("`x y` is not a branch label").says("begin with a letter or underscore");
    }
}

#[test]
fn a_name_keeps_the_letters_of_a_message_in_another_language() {
    let package = Package::new();
    let file = package.run(["revision", "-m", "Übersicht größer"]).ok().stdout;
    assert!(file.ends_with("_ubersicht_grosser.sql\n"), "{file}");
    let file = package.run(["revision", "-m", "🎉🚀"]).ok().stdout;
    assert!(file.ends_with("_revision.sql\n"), "{file}");
}

#[test]
fn the_name_and_the_time_are_as_configured() {
    let package = Package::new();
    package.configure("file_template = \"{slug}-{id}\"\ntimezone = \"Asia/Tokyo\"");
    assert_eq!(package.revision("aaaa01", []), "migrations/versions/aaaa01-aaaa01.sql");
    let text = package.read("migrations/versions/aaaa01-aaaa01.sql");
    let created = text.lines().find(|line| line.starts_with("-- Created: ")).unwrap();
    assert!(created.ends_with("+09:00"), "{created}");
    let package = Package::new();
    let text = package.read(&package.revision("aaaa01", []));
    assert!(text.lines().any(|line| line.starts_with("-- Created: 20") && line.ends_with('Z')), "{text}");
}

#[test]
fn several_folders_are_chosen_from() {
    let package = Package::new();
    package.replace(
        "migrate.toml",
        "[\"migrations/versions\"]",
        "[\"migrations/versions\", \"migrations/billing\"]",
    );
    package.run(["revision", "-m", "x"]).code(2).fails("usage").says("--version-path");
    let first = package.revision("aaaa01", ["--version-path", "migrations/billing"]);
    assert!(first.starts_with("migrations/billing/"), "{first}");
    let beside = package.revision("aaaa02", []);
    assert!(beside.starts_with("migrations/billing/"), "{beside}");
    let ran =
        package.run_in("migrations", ["revision", "-m", "x", "--head", "base", "--version-path", "versions"]);
    ran.ok().says("versions/");
    assert_eq!(package.files().len(), 1);
    assert!(package.read("migrations/migrate.lock").contains("file = \"billing/"));
}

#[test]
fn a_template_of_the_project_is_used_and_checked() {
    let package = Package::new();
    let template = "migrations/revision.sql.j2";
    package.write(template, "-- {{ message }}\n{% for line in header %}\n-- {{ line }}\n{% endfor %}\n-- migrate:up\nSELECT 1;\n-- migrate:irreversible it only looks\n");
    let text = package.read(&package.revision("aaaa01", []));
    assert!(text.contains("SELECT 1;\n-- migrate:irreversible it only looks\n"), "{text}");

    let lock = package.read("migrations/migrate.lock");
    package.write(template, "-- {{ message }}\n-- Revision: fixed\n");
    package
        .run(["revision", "-m", "x"])
        .fails("invalid-configuration")
        .says("not read back as this revision");
    package.write(template, "-- {{ message }}\n{{ mesage }}\n");
    package
        .run(["revision", "-m", "x"])
        .fails("invalid-configuration")
        .says("migrations/revision.sql.j2:2:4");
    package.write(template, "-- {{ message }}\nDROP TABLE x;\n");
    package.run(["revision", "-m", "x"]).fails("invalid-configuration").says("cannot be read back");
    assert_eq!((package.files().len(), package.read("migrations/migrate.lock")), (1, lock));

    let default = include_str!("../../../templates/default/migrations/revision.sql.j2");
    package.write(template, &default.replace('\n', "\r\n"));
    let text = package.read(&package.revision("bbbb01", []));
    assert!(text.ends_with("-- migrate:up\r\n\r\n-- migrate:down\n"), "{text:?}");
    std::fs::remove_file(package.path(template)).unwrap();
    package.revision("aaaa02", []);
}

#[test]
fn revisions_that_are_written_at_once_follow_one_another() {
    let package = Package::new();
    let all: Vec<_> = (0..6).map(|_| package.command().spawn(["revision", "-m", "at once"])).collect();
    for child in all {
        Ran::of(&child.wait_with_output().unwrap()).ok();
    }
    assert_eq!(package.files().len(), 6);
    package.run(["lock", "--check"]).ok();
    assert_eq!(package.run(["heads"]).ok().stdout.lines().count(), 1);
    assert_eq!(package.names("migrations").len(), 4);
}

#[cfg(unix)]
#[test]
fn hooks_run_on_the_new_file_before_it_is_sealed() {
    let package = Package::new();
    package.write(
        "hook.sh",
        "sed -i 's/^-- migrate:up$/&\\nSELECT 7;/' \"$1\"; pwd > where; echo \"$2\" > second\n",
    );
    package.configure("[hooks]\npost_write = [\"sh hook.sh {file} 'two words'\", \"touch\"]");
    let file = package.revision("aaaa01", []);
    assert!(package.read(&file).contains("-- migrate:up\nSELECT 7;\n"), "{}", package.read(&file));
    assert_eq!(package.read("second"), "two words\n");
    assert!(
        package.path("migrate.toml").exists()
            && package
                .read("where")
                .trim()
                .ends_with(package.path(".").canonicalize().unwrap().file_name().unwrap().to_str().unwrap())
    );
    package.run(["lock", "--check"]).ok();
    package.write("hook.sh", "sed -i 's/-- Revision: .*/-- Revision: zzzz99/' \"$1\"\n");
    let (files, lock) = (package.files(), package.read("migrations/migrate.lock"));
    package.run(["revision", "-m", "x"]).fails("hook-failed").says("spoilt the new revision");
    package.write("hook.sh", "echo 'no such style' >&2; exit 3\n");
    let ran = package.run(["merge", "aaaa01", "-m", "x"]);
    assert_ne!(ran.stderr, "");
    package
        .run(["revision", "-m", "x"])
        .fails("hook-failed")
        .says("the hook `sh hook.sh {file} 'two words'` failed with exit code 3: no such style")
        .says("nothing was written");
    package.write("hook.sh", "");
    package.replace("migrate.toml", "\"touch\"", "\"no-such-program-anywhere\"");
    package.run(["revision", "-m", "x"]).fails("hook-failed").says("cannot be started");
    assert_eq!((package.files(), package.read("migrations/migrate.lock")), (files, lock));
    package.replace("migrate.toml", "\"no-such-program-anywhere\"", "\"an 'open quote\"");
    package
        .run(["revision", "-m", "x"])
        .fails("invalid-configuration")
        .says("migrate.toml:")
        .says("post_write");
}

#[cfg(unix)]
#[test]
fn the_editor_opens_the_file_and_what_it_leaves_is_looked_at() {
    let package = Package::new();
    package.revision("aaaa01", []);
    let file = package.revision("aaaa02", []);
    package.write("editor.sh", "echo \"$1\" > opened; sed -i 's/^-- migrate:up$/&\\nSELECT 7;/' \"$2\"\n");
    let edit = |word: &str| package.command().env("EDITOR", "sh editor.sh --wait").run(["edit", word]);
    edit("head").ok().says(&file);
    assert!(package.read(&file).contains("SELECT 7;"));
    assert_eq!(package.read("opened"), "--wait\n");
    package.run(["lock", "--check"]).ok();
    // A file that cannot be read is the one that somebody wants to open.
    package.replace(&file, "-- Revision:", "-- Revison:");
    edit("aaaa02").fails("unknown-key");
    assert!(package.read(&file).matches("SELECT 7;").count() == 2);
    edit("nowhere").fails("unknown-key");
    package.replace(&file, "-- Revison:", "-- Revision:");
    edit("nowhere").fails("unknown-revision");
    package
        .command()
        .env("EDITOR", "false")
        .run(["edit"])
        .fails("hook-failed")
        .says("the editor `false` failed");
}

#[test]
fn the_template_hears_what_is_given_with_x() {
    let package = Package::new();
    let template = package.read("migrations/revision.sql.j2");
    package.write("migrations/revision.sql.j2", &format!("{template}\n-- ticket {{{{ x.ticket }}}}\n"));
    let file = package.revision("aaaa01", ["-x", "ticket=OPS-7"]);
    assert!(package.read(&file).ends_with("-- ticket OPS-7\n"), "{}", package.read(&file));
    package.run(["revision", "-m", "x"]).fails("invalid-configuration");
    package.run(["revision", "-m", "x", "-x", "ticket"]).code(2).says("KEY=VALUE");
}

#[test]
fn shells_and_man_are_told_of_every_command() {
    let package = Package::bare();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = package.run(["completions", shell]).ok().stdout;
        assert!(script.contains("autogenerate") && script.contains("downgrade"), "{shell}");
    }
    package.run(["completions", "tcsh"]).code(2);
    package.run(["man", "pages"]).ok().says("cargo-migrate-upgrade.1");
    let page = package.read("pages/cargo-migrate-upgrade.1");
    assert!(page.contains(".TH") && page.contains("Apply revisions"), "{page}");
    assert!(package.names("pages").len() > 20);
}

/// The template is a pipe: whoever reads it has checked the files already and waits for us.
#[cfg(unix)]
#[test]
fn what_is_saved_while_a_revision_is_written_is_not_sealed_with_it() {
    let package = Package::new();
    let file = package.revision("aaaa01", []);
    package.replace(&file, "-- migrate:up\n", "-- migrate:up\nSELECT 1;\n");
    package.run(["lock"]).ok();
    package.git(["init", "-q"]);
    package.commit_all();
    let template = package.path("migrations/revision.sql.j2");
    let text = std::fs::read_to_string(&template).unwrap();
    std::fs::remove_file(&template).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&template).status().unwrap().success());
    let lock = package.read("migrations/migrate.lock");
    let child = package.command().spawn(["revision", "-m", "x"]);
    let mut pipe = std::fs::OpenOptions::new().write(true).open(&template).unwrap();
    package.replace(&file, "SELECT 1;", "SELECT 2;");
    std::io::Write::write_all(&mut pipe, text.as_bytes()).unwrap();
    drop(pipe);
    let ran = Ran::of(&child.wait_with_output().unwrap()).code(1).fails("not-sealed");
    ran.says(&format!("{file}: revision aaaa01 changed")).says("run the command again");
    assert_eq!(package.read("migrations/migrate.lock"), lock);
    assert_eq!(package.files().len(), 1);
}
