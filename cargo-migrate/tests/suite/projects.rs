use crate::support::Package;

#[test]
fn a_project_is_found_from_any_folder_of_its_workspace() {
    let workspace = Package::workspace(&["app", "libs/tools"]);
    workspace.run_in("app", ["init"]).ok();
    for folder in [".", "app", "app/src", "app/migrations/versions", "libs", "libs/tools/src"] {
        workspace.run_in(folder, ["heads"]).ok();
    }
    let ran = workspace.run_in("app/src", ["revision", "-m", "first"]).ok();
    assert!(ran.stdout.starts_with("../migrations/versions/"), "{}", ran.stdout);
    workspace.run_in("libs/tools", ["init"]).ok();
    let ran = workspace.run(["heads"]).fails("no-project").says("-p");
    assert!(ran.stderr.contains("app, tools"), "{}", ran.stderr);
    workspace.run(["heads", "-p", "app"]).ok().says("first");
    assert_eq!(workspace.run_in("libs/tools/src", ["heads"]).ok().stdout, "");
    workspace.run(["-p", "nobody", "heads"]).fails("no-project").says("app");
    workspace.run(["--manifest-path", "app/Cargo.toml", "heads"]).ok().says("first");
    workspace.run_in("libs/tools", ["--manifest-path", "../../app/Cargo.toml", "heads"]).ok().says("first");
    workspace.run_in("app", ["--manifest-path", "Cargo.toml", "heads"]).ok().says("first");
    workspace.run(["-c", "app/migrate.toml", "heads"]).ok().says("first");
}

#[test]
fn a_package_inside_a_package_has_its_own_project() {
    let outer = Package::new();
    outer.revision("aaaa01", []);
    outer.configure("");
    let manifest = outer.read("Cargo.toml");
    outer.write("Cargo.toml", &format!("{manifest}[workspace]\nmembers = [\"inner\"]\n"));
    outer.write("inner/Cargo.toml", &manifest.replace("app", "inner"));
    outer.write("inner/src/lib.rs", "");
    outer.run_in("inner/src", ["heads"]).ok().says("aaaa01");
    outer.run_in("inner", ["init"]).ok();
    assert_eq!(outer.run_in("inner/src", ["heads"]).ok().stdout, "");
    outer.run_in("src", ["heads"]).ok().says("aaaa01");
}

#[test]
fn what_is_missing_is_said_with_the_command_that_makes_it() {
    let package = Package::bare();
    let nothing = package.run(["heads"]).code(1).fails("no-project").says("cargo migrate init");
    nothing.says("package `app` in /").says("has no migrate.toml");
    let workspace = Package::workspace(&["app", "tools"]);
    let ran = workspace.run(["heads"]).fails("no-project").says("migrate.toml: app, tools");
    ran.says("cargo migrate init -p PACKAGE");
    package.run(["heads", "-p", "app"]).fails("no-project").says("cargo migrate init -p app");
    package.run(["heads", "-c", "nothing.toml"]).fails("no-project").says("nothing.toml");
    std::fs::remove_file(package.path("Cargo.toml")).unwrap();
    package.run(["heads"]).fails("no-project").says("Cargo.toml");
    package.run(["init"]).fails("no-project").says("Cargo.toml");
}

#[test]
fn a_manifest_that_cargo_refuses_is_shown_in_its_words() {
    let package = Package::new();
    package.write("Cargo.toml", "[package]\nname = 1\n");
    package.run(["heads"]).fails("tool-failed").says("cargo metadata");
}

#[test]
fn a_virtual_workspace_with_a_migrate_toml_is_told_to_choose_it_by_its_path() {
    let workspace = Package::workspace(&["app"]);
    workspace.write("migrate.toml", "dialects = [\"sqlite\"]\n");
    workspace.run(["heads"]).fails("no-project").says("-c migrate.toml");
    workspace.run(["heads", "-c", "migrate.toml"]).ok();
    workspace.run_in("app", ["heads", "-c", "../migrate.toml"]).ok();
}

#[test]
fn init_asks_which_package_in_a_workspace() {
    let workspace = Package::workspace(&["app", "tools"]);
    workspace.run(["init"]).fails("no-project").says("app, tools");
    workspace.run(["init", "-p", "tools"]).ok();
    assert!(workspace.path("tools/migrate.toml").is_file());
    workspace.run_in("app/src", ["init"]).ok();
    assert!(workspace.path("app/migrate.toml").is_file());
}
