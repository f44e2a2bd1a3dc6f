use crate::support::Package;

#[test]
fn init_writes_a_project_that_works_at_once() {
    let package = Package::bare();
    let ran = package.run(["init", "--dialect", "postgres,mariadb,postgres"]).ok();
    assert_eq!(package.names("migrations"), ["README.md", "migrate.lock", "revision.sql.j2", "versions"]);
    assert_eq!(package.names("migrations/versions"), [".gitkeep"]);
    assert!(package.read("migrate.toml").contains("dialects = [\"postgres\", \"mariadb\"]\n"));
    ran.says("features = [\"models\", \"mysql\", \"postgres\", \"tls\"]").says("embed!(\"migrations\")");
    let quiet = Package::bare().run(["init", "-q"]).ok();
    assert!(quiet.stdout.lines().all(|line| line.starts_with("wrote ")), "{}", quiet.stdout);
    assert_eq!(quiet.stderr, "");
    package.run(["lock", "--check"]).ok();
    package.run(["revision", "-m", "first"]).ok();
    package.run(["history"]).ok().says("first");
}

#[test]
fn init_names_only_what_cargo_toml_lacks() {
    let with = |features: &str| {
        let package = Package::bare();
        let runtime = format!("migrate-runtime = {{ path = \"runtime\", features = [{features}] }}");
        package.write("runtime/Cargo.toml", "[package]\nname = \"migrate-runtime\"\nversion = \"0.1.0\"\n\n[features]\nmodels = []\npostgres = []\nsqlite = []\ntls = []\n");
        package.write("runtime/src/lib.rs", "");
        let manifest = package.read("Cargo.toml");
        package.write("Cargo.toml", &format!("{manifest}\n[dependencies]\n{runtime}\n"));
        package
    };
    let ran = with("\"models\"").run(["init"]).ok();
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!said.contains("Cargo.toml") && !said.contains("cargo add"), "{said}");
    ran.says("src/main.rs");
    let ran = with("\"models\"").run(["init", "--dialect", "postgres"]).ok();
    assert!(!ran.stderr.contains("version ="), "{}", ran.stderr);
    ran.says("cargo add migrate-runtime --features postgres,tls\n");
    let json = with("\"tls\"").run(["init", "--format", "json"]).ok().json();
    assert_eq!(
        (&json["cargo_toml"], &json["missing_features"]),
        (&serde_json::json!(null), &serde_json::json!(["models"]))
    );
}

#[test]
fn reflect_names_only_what_cargo_toml_lacks() {
    let package = Package::new();
    let url = ["--database-url", "sqlite:app.db"];
    package.revision("aaaa01", []);
    let file = format!("migrations/versions/{}", package.files()[0]);
    package.replace(
        &file,
        "-- migrate:up\n",
        "-- migrate:up\nCREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT);\n",
    );
    package.run([&["upgrade"][..], &url].concat()).ok();
    let note = "Cargo.toml needs the feature `models`";
    package.run([&["reflect"][..], &url].concat()).ok().says(note);
    package.write(
        "runtime/Cargo.toml",
        "[package]\nname = \"migrate-runtime\"\nversion = \"0.1.0\"\n\n[features]\nmodels = []\n",
    );
    package.write("runtime/src/lib.rs", "");
    let manifest = package.read("Cargo.toml");
    let runtime = "migrate-runtime = { path = \"runtime\", features = [\"models\"] }";
    package.write("Cargo.toml", &format!("{manifest}\n[dependencies]\n{runtime}\n"));
    let ran = package.run([&["reflect"][..], &url].concat()).ok();
    assert!(!ran.stderr.contains(note), "{}", ran.stderr);
    // SQLite has none, which is said rather than passed over.
    package
        .run([&["reflect", "--schema", "x"][..], &url].concat())
        .code(2)
        .fails("usage")
        .says("SQLite has no schemas");
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
