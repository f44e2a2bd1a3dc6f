//! When cargo compiles an embedding crate again, and what may change without a new seal.

#![allow(clippy::unwrap_used)]

mod project;

use std::time::{Duration, Instant};

use project::{Project, revision};

const MAIN: &str = r#"
static VERSIONS: migrate_runtime::Versions = migrate_runtime::embed!();

fn main() {
    let graph = VERSIONS.graph().unwrap();
    let ids: Vec<_> = graph.iter().map(|(_, node)| node.id.as_str()).collect();
    let bytes: usize = ids.iter().map(|id| VERSIONS.file(id).unwrap().text().len()).sum();
    println!("{} {bytes}", ids.join(","));
}
"#;

/// Builds the crate: whether cargo had to compile it, and what its program prints.
fn build_and_run(project: &Project) -> (bool, String) {
    let built = project.cargo(["run", "--bin", project.name()]);
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    let compiled = said.contains(&format!("Compiling {} ", project.name()));
    (compiled, String::from_utf8(built.stdout).unwrap().trim_end().to_owned())
}

#[test]
fn a_new_revision_alone_makes_cargo_compile_again_and_nothing_else_does() {
    let project = Project::with_features("embed-build", &[]);
    project.write("src/main.rs", MAIN);
    let migrations = project.migrations("migrations");
    let bytes =
        |ids: &[(&str, &str)]| ids.iter().map(|(id, revises)| revision(id, revises).len()).sum::<usize>();

    migrations.revision("aa", "").revision("bb", "aa").seal();
    let two = format!("aa,bb {}", bytes(&[("aa", ""), ("bb", "aa")]));
    assert_eq!(build_and_run(&project), (true, two.clone()));
    assert_eq!(build_and_run(&project), (false, two.clone()));

    migrations.write("versions/bb.sql~", "a backup").write("versions/notes.txt", "no revision");
    assert_eq!(build_and_run(&project), (false, two));

    migrations.remove("versions/bb.sql~").remove("versions/notes.txt").revision("cc", "bb").seal();
    let three = format!("aa,bb,cc {}", bytes(&[("aa", ""), ("bb", "aa"), ("cc", "bb")]));
    assert_eq!(build_and_run(&project), (true, three.clone()));
    assert_eq!(build_and_run(&project), (false, three));
}

#[test]
fn comments_line_endings_and_the_down_side_are_free_to_change() {
    let project = Project::with_features("embed-comments", &[]);
    project.write("src/main.rs", MAIN);
    let migrations = project.migrations("migrations");
    migrations.revision("aa", "").revision("bb", "aa").revision("cc", "bb").seal();
    let commented = revision("aa", "").replace("CREATE", "-- why\nCREATE").replace("-- add", "-- please add");
    let windows = format!("\u{feff}{}", revision("bb", "aa")).replace('\n', "\r\n");
    let undone = revision("cc", "bb").replace("DROP TABLE", "DROP TABLE IF EXISTS");
    migrations
        .write("versions/aa.sql", &commented)
        .write("versions/bb.sql", &windows)
        .write("versions/cc.sql", &undone)
        .write("migrate.lock", migrations.read("migrate.lock").replace('\n', "\r\n"));
    let bytes = commented.len() + windows.len() + undone.len();
    assert_eq!(build_and_run(&project), (true, format!("aa,bb,cc {bytes}")));
}

#[test]
fn the_folder_may_lie_outside_the_crate_have_an_odd_name_or_no_revision_yet() {
    let project = Project::with_features("embed-places", &[]);
    let odd = if cfg!(windows) { "../elsewhere/mé {1}" } else { "../elsewhere/mé {1} \"\\n\"" };
    // Another spelling of the same literal, as a macro of the application may hand it on.
    project.write(
        "src/lib.rs",
        format!(
            "#![forbid(warnings)]\n#![no_implicit_prelude]\n#![allow(dead_code)]\n\
             macro_rules! versions {{ ($name:ident $folder:literal) => {{\n\
             /// Documented.\npub static $name: ::migrate_runtime::Versions = ::migrate_runtime::embed!($folder); }} }}\n\
             versions!(ODD {odd:?});\nversions!(EMPTY \"empty\");\nversions!(HERE \"\");\n\
             #[test]\nfn all_are_there() {{\n\
             ::std::assert_eq!((ODD.len(), EMPTY.len(), HERE.len()), (2, 0, 1));\n\
             ::std::assert_eq!(ODD.file(\"bb\").unwrap().name(), {:?}); }}\n",
            format!("{odd}/versions/bb.sql")
        ),
    );
    project.migrations(odd).revision("aa", "").revision("bb", "aa").seal();
    project.migrations("empty").write("migrate.lock", migrate_core::lock::Lock::default().render());
    project.migrations(".").revision("aa", "").seal();
    let tested = project.cargo(["test", "--lib"]);
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&[tested.stdout, tested.stderr].concat()));
}

#[test]
fn a_thousand_revisions_compile_in_seconds() {
    let project = Project::with_features("embed-thousand", &[]);
    project.write("src/main.rs", MAIN);
    let migrations = project.migrations("migrations");
    migrations.revision("r0", "").seal();
    build_and_run(&project);

    for number in 1..1000 {
        migrations.revision(&format!("r{number}"), &format!("r{}", number - 1));
    }
    migrations.seal();
    let begun = Instant::now();
    let (compiled, printed) = build_and_run(&project);
    let took = begun.elapsed();
    println!("1,000 revisions: read, checked, embedded, linked and run in {took:?}");
    assert!(compiled && printed.starts_with("r0,r1,r2,") && printed.contains(",r999 "), "{printed}");
    assert!(took < Duration::from_secs(20), "{took:?}");
}
