use crate::support::Package;

#[test]
fn an_unknown_key_is_shown_with_its_line() {
    let package = Package::new();
    package.write("migrate.toml", "dialects = [\"sqlite\"]\n\n[env.prod]\ndatabase = \"x\"\n");
    let ran = package.run(["heads"]).code(1).fails("invalid-configuration");
    insta::assert_snapshot!(ran.stderr, @r#"
    error[invalid-configuration]: unknown key `env.prod.database`
     --> migrate.toml:4:1
      |
    4 | database = "x"
      | ^^^^^^^^
      help: the keys here are url, version_table, schema, lock_wait
    "#);
}

#[test]
fn what_is_not_toml_is_said_in_full() {
    let package = Package::new();
    package.write("migrate.toml", "dialects = [\"sqlite\"]\nschema = 1 2\n");
    package.run(["heads"]).fails("invalid-configuration").says("not TOML: expected newline, found");
    package.write("migrate.toml", "dialects = [\"sqlite\"]\nschema = \"a\"\nschema = \"b\"\n");
    package.run(["heads"]).fails("invalid-configuration").says("not TOML: duplicate key: `schema`");
}

#[test]
fn the_line_with_the_database_is_never_shown() {
    let package = Package::new();
    for text in [
        "dialects = [\"sqlite\"]\nurl = \"postgres://u:s3cret@h:${PORT}/d\"\n",
        "dialects = [\"sqlite\"]\nurls = \"postgres://u:s3cret@h/d\"\n",
        "dialects = [\"sqlite\"]\nurl = \"postgres://u:s3cret@h/d\n",
        "dialects = [\"sqlite\"]\npassword = \"s3cret\"\n",
    ] {
        package.write("migrate.toml", text);
        let ran = package.run(["current"]).fails("invalid-configuration").says("migrate.toml:2:");
        assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
    }
    package.write("migrate.toml", "dialects = [\"sqlite\"]\n");
    package.write(".env", "DATABASE_URL=postgres://u:s3cret@h/d 'x\n");
    let ran = package.run(["current"]).fails("invalid-configuration").says(".env: a line cannot be read");
    assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
    package.run(["current", "--database-url", "sqlite::memory:"]).ok();
    package.command().env("DATABASE_URL", "sqlite::memory:").run(["current"]).ok();
    package.run(["heads"]).ok();
}

#[test]
fn the_url_comes_from_the_argument_the_environment_the_variable_or_the_file() {
    let package = Package::new();
    let at = |name: &str| format!("sqlite:{}", package.path(name).display());
    package.replace("migrate.toml", "\"${DATABASE_URL}\"", "\"sqlite:file.db\"");
    package.configure("[env.prod]\nurl = \"sqlite:${STAGE}.db\"\n[env.other]\nlock_wait = 1");
    let made = |name: &str| {
        let is_there = package.path(name).exists();
        let _ = std::fs::remove_file(package.path(name));
        is_there
    };

    package.run(["ensure-version"]).ok();
    assert!(made("file.db"));
    package.write(".env", &format!("DATABASE_URL={}\nSTAGE=stage\n", at("dotenv.db")));
    package.run(["ensure-version"]).ok();
    assert!(made("dotenv.db") && !made("file.db"));
    package.run(["ensure-version", "-n", "other"]).ok();
    assert!(made("dotenv.db"));
    package.command().env("DATABASE_URL", &at("variable.db")).run(["ensure-version"]).ok();
    assert!(made("variable.db") && !made("dotenv.db"));
    package.command().env("DATABASE_URL", &at("variable.db")).run(["ensure-version", "-n", "prod"]).ok();
    assert!(made("stage.db") && !made("variable.db"));
    package.command().env("STAGE", "real").run(["ensure-version", "-n", "prod"]).ok();
    assert!(made("real.db") && !made("stage.db"));
    package.run(["ensure-version", "-n", "prod", "--database-url", &at("argument.db")]).ok();
    assert!(made("argument.db") && !made("stage.db"));
}

#[test]
fn the_path_of_a_database_in_an_env_file_counts_from_that_file() {
    let workspace = Package::workspace(&["app"]);
    workspace.run_in("app", ["init"]).ok();
    workspace.write(".env", "DATABASE_URL=sqlite:root.db\nSTAGE_URL=sqlite:stage.db\n");
    let toml = workspace.read("app/migrate.toml");
    workspace.write("app/migrate.toml", &format!("{toml}\n[env.stage]\nurl = \"${{STAGE_URL}}\"\n"));
    workspace.run_in("app/src", ["ensure-version"]).ok();
    assert!(workspace.path("root.db").is_file() && !workspace.path("app/src/root.db").exists());
    workspace.run_in("app/src", ["ensure-version", "-n", "stage"]).ok();
    assert!(workspace.path("stage.db").is_file());
    workspace.write("app/.env", "DATABASE_URL=sqlite:app.db\n");
    workspace.run_in("app/migrations", ["ensure-version"]).ok();
    assert!(workspace.path("app/app.db").is_file() && !workspace.path("app/migrations/app.db").exists());
    let real = workspace.command_in("app/src").env("DATABASE_URL", "sqlite:real.db");
    real.run(["ensure-version"]).ok();
    assert!(workspace.path("app/src/real.db").is_file());
}

#[test]
fn a_database_that_is_nowhere_given_is_asked_for_only_where_it_is_needed() {
    let package = Package::new();
    package.run(["heads"]).ok();
    package.run(["current"]).fails("invalid-configuration").says("DATABASE_URL").says("migrate.toml:10:");
    package.replace("migrate.toml", "url = \"${DATABASE_URL}\"", "");
    package.run(["current"]).fails("invalid-url").says("--database-url");
}

#[test]
fn an_engine_that_the_project_does_not_serve_leads_to_the_line_to_change() {
    let package = Package::with_dialects("postgres,mysql");
    package.revision("aaaa01", []);
    let ran = package.run(["upgrade", "--database-url", "sqlite:app.db"]).fails("dialect-not-configured");
    ran.says("--> migrate.toml:5:").says("5 | dialects = [\"postgres\", \"mysql\"]");
}

#[test]
fn a_file_that_is_not_utf_8_is_named_for_what_it_is() {
    let package = Package::new();
    package.write_bytes("migrations/migrate.lock", b"version = 1 # \xff");
    package.run(["heads"]).fails("broken-lock").says("migrations/migrate.lock:1:15: byte 14");
    package.write_bytes("migrate.toml", b"\xff");
    package.run(["heads"]).fails("invalid-configuration").says("migrate.toml:1:1: byte 0");
}

#[test]
fn an_unknown_environment_lists_those_that_there_are() {
    let package = Package::new();
    package.run(["heads", "-n", "prod"]).fails("invalid-configuration").says("[env.prod]");
    for empty in ["", " "] {
        package.run(["heads", "-n", empty]).code(2).fails("usage").says("environment is empty");
    }
    package.configure("[env.staging]\nschema = \"x\"");
    package.run(["heads", "-n", "prod"]).fails("invalid-configuration").says("staging");
}

#[test]
fn the_env_file_of_the_workspace_comes_after_that_of_the_package() {
    let workspace = Package::workspace(&["app"]);
    workspace.run_in("app", ["init"]).ok();
    let url = |name: &str| format!("DATABASE_URL=sqlite:{}\n", workspace.path(name).display());
    workspace.write(".env", &url("workspace.db"));
    workspace.run(["ensure-version"]).ok();
    assert!(workspace.path("workspace.db").exists());
    workspace.write("app/.env", &url("package.db"));
    std::fs::remove_file(workspace.path("workspace.db")).unwrap();
    workspace.run(["ensure-version"]).ok();
    assert!(workspace.path("package.db").exists() && !workspace.path("workspace.db").exists());
}
