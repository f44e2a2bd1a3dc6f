use crate::support::Package;

fn two_heads() -> Package {
    let package = Package::new();
    package.revision("aaaa01", []);
    package.revision("bbbb01", ["--branch-label", "left"]);
    package.revision("cccc01", ["--head", "aaaa01", "--splice", "--branch-label", "right"]);
    package
}

#[test]
fn a_merge_joins_every_head_unless_some_are_named() {
    let package = two_heads();
    let ran = package.run([
        "merge",
        "-m",
        "join",
        "--rev-id",
        "dddd01",
        "--branch-label",
        "all",
        "--format",
        "json",
    ]);
    let json = ran.ok().json();
    assert_eq!(json["revision"]["revises"], serde_json::json!(["bbbb01", "cccc01"]));
    assert_eq!(json["revision"]["is_merge_point"], true);
    assert!(package.read(json["file"].as_str().unwrap()).contains("-- Labels: all\n"));
    package.revision("eeee01", []);

    let package = two_heads();
    package.revision("dddd01", ["--head", "base"]);
    package.run(["merge", "left@head", "right", "-m", "join"]).ok();
    assert_eq!(
        package.run(["heads", "--format", "json"]).ok().json()["revisions"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn a_merge_without_a_message_says_what_it_joins() {
    let package = two_heads();
    package.run(["merge", "heads", "--branch-label", "x", "--branch-label", "x"]).ok();
    package.run(["history"]).ok().says("merge bbbb01 and cccc01");
}

#[test]
fn a_merge_needs_two_heads() {
    let package = two_heads();
    package.run(["merge", "left", "-m", "x"]).code(2).fails("usage").says("two heads");
    package.run(["merge", "left", "left@head", "-m", "x"]).code(2).fails("usage");
    package.run(["merge", "left", "aaaa01", "-m", "x"]).code(2).fails("usage").says("not a head");
    package.run(["merge", "left", "nope", "-m", "x"]).fails("unknown-revision");
    let package = Package::new();
    package.run(["merge"]).code(2).fails("usage");
    package.revision("aaaa01", []);
    package.run(["merge"]).code(2).fails("usage");
}

#[test]
fn a_head_that_another_depends_on_can_be_merged_with_it() {
    let package = Package::new();
    package.revision("aaaa01", []);
    package.revision("bbbb01", ["--head", "base", "--depends-on", "aaaa01"]);
    package.run(["revision", "-m", "x"]).fails("multiple-heads");
    package.run(["merge"]).ok();
    package.run(["revision", "-m", "x"]).ok();
}
