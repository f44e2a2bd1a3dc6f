use migrate_core::Dialect;

use super::*;
use crate::{
    operation::reversed,
    schema::{Check, Column, Deferrable, ForeignKey, Index, IndexKey, PrimaryKey, ReferentialAction},
};

fn table(name: &str, columns: &[&str]) -> Table {
    let mut table = Table::new(ObjectName::local(name));
    table.columns = columns.iter().map(|name| Column::new(*name, "integer")).collect();
    table
}

fn refers(mut table: Table, column: &str, referred: &str) -> Table {
    table.foreign_keys.push(ForeignKey {
        name: Some(format!("fk_{}_{column}", table.name)),
        columns: vec![column.to_owned()],
        referred_table: ObjectName::local(referred),
        referred_columns: vec!["id".to_owned()],
        on_delete: ReferentialAction::NoAction,
        delete_columns: Vec::new(),
        on_update: ReferentialAction::NoAction,
        match_full: false,
        deferrable: Deferrable::No,
        not_valid: false,
        comment: None,
    });
    table
}

fn primary(mut table: Table, columns: &[&str]) -> Table {
    table.primary_key = Some(PrimaryKey {
        name: Some(format!("pk_{}", table.name)),
        columns: columns.iter().map(ToString::to_string).collect(),
        include: Vec::new(),
        deferrable: Deferrable::No,
        clustered: None,
        comment: None,
    });
    table
}

fn check(mut table: Table, name: &str, expression: &str) -> Table {
    table.checks.push(Check {
        name: Some(name.to_owned()),
        expression: expression.to_owned(),
        no_inherit: false,
        not_valid: false,
        comment: None,
    });
    table
}

fn schema(tables: impl IntoIterator<Item = Table>) -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    tables.into_iter().for_each(|table| schema.insert(table));
    schema
}

/// The operations in short.
fn words(operations: &[Operation]) -> Vec<String> {
    let word = |operation: &Operation| {
        let debug = format!("{operation:?}");
        let kind = debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned();
        let name = match operation {
            Operation::AddForeignKey { key, .. } | Operation::DropForeignKey { key, .. } => key.name.clone(),
            Operation::AddColumn { column, .. } | Operation::DropColumn { column, .. } => {
                Some(column.name.clone())
            }
            Operation::AlterColumn { after, .. } => Some(after.name.clone()),
            Operation::RenameTable { to, .. } => Some(to.to_string()),
            Operation::RenameColumn { to, .. }
            | Operation::RenameIndex { to, .. }
            | Operation::RenameConstraint { to, .. } => Some(to.clone()),
            other => other.table().map(ToString::to_string),
        };
        format!("{kind} {}", name.unwrap_or_default())
    };
    operations.iter().map(word).collect()
}

fn between(before: &Schema, after: &Schema) -> Vec<String> {
    words(&diff(before, after, &Renames::default()))
}

#[test]
fn equal_schemas_have_no_difference() {
    let one = schema([refers(primary(table("a", &["id", "b"]), &["id"]), "b", "a")]);
    assert!(between(&one, &one).is_empty());
}

#[test]
fn the_order_of_columns_is_no_difference() {
    assert!(between(&schema([table("a", &["x", "y"])]), &schema([table("a", &["y", "x"])])).is_empty());
}

#[test]
fn tables_that_are_referred_to_come_first_and_go_last() {
    let empty = schema([]);
    let full = schema([
        refers(table("a", &["id", "b"]), "b", "b"),
        refers(table("b", &["id", "c"]), "c", "c"),
        table("c", &["id"]),
    ]);
    assert_eq!(between(&empty, &full), ["CreateTable c", "CreateTable b", "CreateTable a"]);
    assert_eq!(between(&full, &empty), ["DropTable a", "DropTable b", "DropTable c"]);
}

#[test]
fn a_circle_of_tables_gets_its_last_key_when_all_are_there() {
    let empty = schema([]);
    let full = schema([
        refers(table("a", &["id", "b"]), "b", "b"),
        refers(table("b", &["id", "a"]), "a", "a"),
        refers(table("c", &["id", "c"]), "c", "c"),
    ]);
    let up = diff(&empty, &full, &Renames::default());
    assert_eq!(words(&up), ["CreateTable c", "CreateTable a", "CreateTable b", "AddForeignKey fk_a_b"]);
    assert_eq!(words(&reversed(&up)), ["DropForeignKey fk_a_b", "DropTable b", "DropTable a", "DropTable c"]);
    assert_eq!(words(&diff(&full, &empty, &Renames::default()))[0], "DropForeignKey fk_a_b");
}

#[test]
fn a_key_to_a_column_that_is_added_waits_for_it() {
    let before = schema([table("teams", &["no"])]);
    let after = schema([table("teams", &["no", "id"]), refers(table("a", &["team"]), "team", "teams")]);
    assert_eq!(between(&before, &after), ["CreateTable a", "AddColumn id", "AddForeignKey fk_a_team"]);
}

#[test]
fn what_depends_on_a_key_makes_way_while_it_is_changed() {
    let child = refers(table("child", &["t"]), "t", "t");
    let mut wider = primary(table("t", &["id", "org"]), &["id"]);
    wider.columns[0].ty = "uuid".to_owned();
    let before = schema([child.clone(), primary(table("t", &["id", "org"]), &["id"])]);
    assert_eq!(
        between(&before, &schema([child.clone(), wider])),
        ["DropForeignKey fk_child_t", "AlterColumn id", "AddForeignKey fk_child_t"]
    );
    let mut named = primary(table("t", &["id", "org"]), &["id"]);
    named.primary_key.as_mut().unwrap().include = vec!["org".to_owned()];
    assert_eq!(
        between(&before, &schema([child, named])),
        ["DropForeignKey fk_child_t", "DropPrimaryKey t", "AddPrimaryKey t", "AddForeignKey fk_child_t"]
    );
}

#[test]
fn what_only_has_another_name_is_renamed() {
    let index = |name: &str| {
        let mut table = check(table("a", &["x"]), &format!("ck_{name}"), "x > 0");
        table.indexes.push(Index::new(format!("ix_{name}"), vec![IndexKey::column("x")]));
        schema([table])
    };
    assert_eq!(between(&index("old"), &index("new")), ["RenameConstraint ck_new", "RenameIndex ix_new"]);
}

#[test]
fn of_two_that_are_alike_the_one_that_kept_its_name_stays() {
    let with = |names: &[&str]| {
        schema([names.iter().fold(table("a", &["x"]), |table, name| check(table, name, "x > 0"))])
    };
    assert_eq!(between(&with(&["one", "two"]), &with(&["two"])), ["DropCheck a"]);
    assert_eq!(between(&with(&["one"]), &with(&["zero", "one"])), ["AddCheck a"]);
}

#[test]
fn a_name_that_is_taken_over_is_free_first() {
    let checks = |checks: &[(&str, &str)]| {
        schema([checks.iter().fold(table("a", &["x"]), |table, (name, rule)| check(table, name, rule))])
    };
    let before = checks(&[("one", "x > 1"), ("two", "x > 2")]);
    assert_eq!(between(&before, &checks(&[("one", "x > 2")])), ["DropCheck a", "RenameConstraint one"]);
    // Two that change places cannot be renamed one after the other.
    assert_eq!(
        between(&before, &checks(&[("one", "x > 2"), ("two", "x > 1")])),
        ["DropCheck a", "DropCheck a", "AddCheck a", "AddCheck a"]
    );
}

#[test]
fn a_rename_takes_everything_along_that_speaks_of_it() {
    let mut old =
        check(primary(table("users", &["id", "name"]), &["id"]), "ck", "length(name) > 0 AND 'name' <> name");
    old.indexes.push(Index::new("ix", vec![IndexKey::column("name")]));
    let before = schema([old, refers(table("posts", &["author"]), "author", "users")]);
    let mut new = check(
        primary(table("people", &["no", "full_name"]), &["no"]),
        "ck",
        "length(full_name) > 0 AND 'name' <> full_name",
    );
    new.primary_key.as_mut().unwrap().name = Some("pk_users".to_owned());
    new.indexes.push(Index::new("ix", vec![IndexKey::column("full_name")]));
    let mut posts = refers(table("posts", &["author"]), "author", "people");
    posts.foreign_keys[0].referred_columns = vec!["no".to_owned()];
    let after = schema([new, posts]);

    let mut renames = Renames::default();
    renames.tables.insert(ObjectName::local("users"), ObjectName::local("people"));
    let columns = [("id", "no"), ("name", "full_name")];
    let columns = columns.map(|(from, to)| (from.to_owned(), to.to_owned()));
    renames.columns.insert(ObjectName::local("people"), columns.into());
    assert_eq!(
        words(&diff(&before, &after, &renames)),
        ["RenameTable people", "RenameColumn no", "RenameColumn full_name"]
    );
}

#[test]
fn undoing_twice_is_doing() {
    let before = schema([check(table("a", &["x", "y"]), "ck", "x > 0"), table("b", &["id"])]);
    let mut a = primary(table("a", &["x", "z"]), &["x"]);
    a.comment = Some("new".to_owned());
    let after = schema([a, refers(table("c", &["id", "b"]), "b", "c")]);
    let up = diff(&before, &after, &Renames::default());
    assert_eq!(reversed(&reversed(&up)), up);
    assert_eq!(
        words(&up),
        [
            "DropCheck a",
            "DropTable b",
            "CreateTable c",
            "DropColumn y",
            "AddColumn z",
            "AddPrimaryKey a",
            "SetComment a"
        ]
    );
}
