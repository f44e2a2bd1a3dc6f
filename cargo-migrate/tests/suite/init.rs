use crate::support::Package;

#[test]
fn init_writes_a_project_that_works_at_once() {
    let package = Package::bare();
    let ran = package.run(["init", "--dialect", "postgres,mariadb,postgres"]).ok();
    assert_eq!(package.names("migrations"), ["README.md", "migrate.lock", "revision.sql.j2", "versions"]);
    assert_eq!(package.names("migrations/versions"), [".gitkeep"]);
    assert!(package.read("migrate.toml").contains("dialects = [\"postgres\", \"mariadb\"]\n"));
    ran.says("features = [\"models\", \"mysql\", \"postgres\", \"tls\"]").says("embed!(\"migrations\")");
    package.run(["lock", "--check"]).ok();
    package.run(["revision", "-m", "first"]).ok();
    package.run(["history"]).ok().says("first");
}

#[test]
fn init_refuses_to_write_over_anything_and_says_what_is_there() {
    let package = Package::bare();
    package.write("migrations/README.md", "mine");
    let ran =
        package.run(["init"]).fails("already-exists").says("migrations/README.md").says("another folder");
    assert!(!ran.stderr.contains("migrate.toml"));
    assert_eq!(package.read("migrations/README.md"), "mine");
    assert!(!package.path("migrate.toml").exists());

    let package = Package::new();
    let before = package.read("migrate.toml");
    package
        .run(["init", "--dialect", "mysql"])
        .fails("already-exists")
        .says("this package is set up already: migrate.toml, migrations/README.md")
        .says("cargo migrate revision");
    let other = package.run(["init", "other"]).fails("already-exists").says("set up already: migrate.toml");
    assert!(!other.stderr.contains("another folder"), "{}", other.stderr);
    assert_eq!(package.read("migrate.toml"), before);
}

#[test]
fn init_takes_a_folder_inside_the_package() {
    let package = Package::bare();
    package.run(["init", "db/migrations"]).ok().says("embed!(\"db/migrations\")");
    package.run(["revision", "-m", "first"]).ok().says("db/migrations/versions/");
    assert!(package.read("db/migrations/migrate.lock").contains("file = \"versions/"));
    for bad in ["/tmp/x", "../x", ".", "a/../.."] {
        package.run(["init", bad]).code(2).fails("usage");
    }
    package.run(["init", "other", "--template", "nothing"]).fails("usage").says("default");
    package.run(["init", "other", "--dialect", "oracle"]).code(2);
    let package = Package::bare();
    package.run(["init", "--dialect", "Postgres,SQLite"]).ok();
    assert!(package.read("migrate.toml").contains("dialects = [\"postgres\", \"sqlite\"]\n"));
}

#[test]
fn init_as_json_says_what_to_add() {
    let package = Package::bare();
    let json = package.run(["init", "--format", "json"]).ok().json();
    assert_eq!(json["files"][0], "migrate.toml");
    assert!(json["cargo_toml"].as_str().unwrap().starts_with("migrate-runtime = {"));
    assert!(json["main_rs"].as_str().unwrap().contains("upgrade"));
    assert_eq!(package.run(["list-templates", "--format", "json"]).ok().json()["templates"][0], "default");
}
