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
            "DropTable b",
            "DropCheck a",
            "CreateTable c",
            "DropColumn y",
            "AddColumn z",
            "AddPrimaryKey a",
            "SetComment a"
        ]
    );
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

fn objects(names: &[(&str, &str)]) -> BTreeMap<ObjectName, ObjectName> {
    names.iter().map(|(from, to)| (ObjectName::local(*from), ObjectName::local(*to))).collect()
}

fn columns(table: &str, names: &[(&str, &str)]) -> Renames {
    let mut renames = Renames::default();
    renames.columns.insert(ObjectName::local(table), pairs(names));
    renames
}

fn enumeration(name: &str, values: &[&str]) -> EnumType {
    let values = values.iter().map(ToString::to_string).collect();
    EnumType { name: ObjectName::local(name), values, comment: None, needed_by: Vec::new() }
}

#[test]
fn a_chain_begins_at_its_end() {
    let (before, after) = (schema([table("t", &["x", "y"])]), schema([table("t", &["y", "z"])]));
    let up = diff(&before, &after, &columns("t", &[("x", "y"), ("y", "z")]));
    assert_eq!(words(&up), ["RenameColumn z", "RenameColumn y"]);

    let before = schema([table("a", &["x"]), table("b", &["y"])]);
    let after = schema([table("b", &["x"]), table("c", &["y"])]);
    let renames = Renames { tables: objects(&[("a", "b"), ("b", "c")]), ..Renames::default() };
    assert_eq!(words(&diff(&before, &after, &renames)), ["RenameTable c", "RenameTable b"]);
}

#[test]
fn a_circle_goes_through_a_name_in_between_and_back() {
    let (mut before, mut after) = (schema([table("t", &["x", "y"])]), schema([table("t", &["y", "x"])]));
    before.tables.values_mut().for_each(|table| table.columns[0].ty = "text".to_owned());
    after.tables.values_mut().for_each(|table| table.columns[0].ty = "text".to_owned());
    let up = diff(&before, &after, &columns("t", &[("x", "y"), ("y", "x")]));
    assert_eq!(words(&up), ["RenameColumn migrate_tmp_x", "RenameColumn x", "RenameColumn y"]);
    assert_eq!(words(&reversed(&up)), ["RenameColumn migrate_tmp_x", "RenameColumn y", "RenameColumn x"]);
}

#[test]
fn what_has_the_name_goes_first_with_what_stands_on_it() {
    let mut old = check(primary(table("t", &["a", "b", "c"]), &["b"]), "ck", "b > 0");
    old.indexes.push(Index::new("ix", vec![IndexKey::column("b")]));
    old.columns[2].generated =
        Some(crate::schema::Generated { expression: "b + 1".to_owned(), stored: true });
    let mut child = refers(table("child", &["t"]), "t", "t");
    child.foreign_keys[0].referred_columns = vec!["b".to_owned()];
    let before = schema([old, child]);
    let after = schema([check(table("t", &["b"]), "ck", "b > 0"), table("child", &["t"])]);
    assert_eq!(
        words(&diff(&before, &after, &columns("t", &[("a", "b")]))),
        [
            "DropForeignKey fk_child_t",
            "DropIndex t",
            "DropCheck t",
            "DropPrimaryKey t",
            "DropColumn c",
            "DropColumn b",
            "RenameColumn b",
            "AddCheck t",
        ]
    );

    let before = schema([table("a", &["id"]), table("b", &["id"]), refers(table("c", &["b"]), "b", "b")]);
    let after = schema([table("b", &["id"]), refers(table("c", &["b"]), "b", "b")]);
    let renames = Renames { tables: objects(&[("a", "b")]), ..Renames::default() };
    assert_eq!(
        words(&diff(&before, &after, &renames)),
        ["DropForeignKey fk_c_b", "DropTable b", "RenameTable b", "AddForeignKey fk_c_b"]
    );
}

#[test]
fn names_of_constraints_are_free_before_they_are_given_again() {
    let named = |name: &str, key: &str| {
        let mut table = primary(table(name, &["id"]), &["id"]);
        table.primary_key.as_mut().unwrap().name = Some(key.to_owned());
        table
    };
    let before = schema([named("a", "pk_a"), named("b", "pk_b")]);
    let renames = Renames { tables: objects(&[("a", "b"), ("b", "c")]), ..Renames::default() };
    assert_eq!(
        words(&diff(&before, &schema([named("b", "pk_b"), named("c", "pk_c")]), &renames))[2..],
        ["RenameConstraint pk_c", "RenameConstraint pk_b"]
    );
    assert_eq!(
        between(&before, &schema([named("a", "pk_b"), named("b", "pk_a")])),
        ["RenameConstraint migrate_tmp_pk_a", "RenameConstraint pk_a", "RenameConstraint pk_b"]
    );
    // One that a dropped table has.
    assert_eq!(between(&before, &schema([named("a", "pk_b")])), ["DropTable b", "RenameConstraint pk_b"]);
}

#[test]
fn of_several_that_are_alike_the_one_that_is_told_is_renamed() {
    let with = |names: &[&str]| {
        let mut table = table("a", &["x"]);
        let index = |name: &&str| Index::new(*name, vec![IndexKey::column("x")]);
        table.indexes = names.iter().map(index).collect();
        schema([table])
    };
    let mut renames = Renames::default();
    renames.parts.insert(ObjectName::local("a"), pairs(&[("two", "new")]));
    let up = diff(&with(&["one", "two"]), &with(&["new"]), &renames);
    assert_eq!(words(&up), ["DropIndex a", "RenameIndex new"]);
    assert!(matches!(&up[0], Operation::DropIndex { index, .. } if index.name == "one"));
    assert_eq!(between(&with(&["two"]), &with(&["new"])), ["RenameIndex new"]);
}

#[test]
fn a_table_that_goes_leaves_its_name_to_a_type_and_the_other_way_round() {
    let mut typed = schema([]);
    typed.enums.insert(ObjectName::local("status"), enumeration("status", &["a"]));
    let tabled = schema([table("status", &["id"])]);
    assert_eq!(between(&tabled, &typed), ["DropTable status", "CreateEnum "]);

    let renames = Renames::default().with_names_freed(&typed, &tabled);
    assert_eq!(renames.enums, objects(&[("status", "migrate_tmp_status")]));
    assert_eq!(words(&diff(&typed, &tabled, &renames)), ["RenameEnum ", "CreateTable status", "DropEnum "]);
}

/// What of the told column renames of `t` is still to be done, what is doubtful, or why it is refused.
fn pending(
    before: &[&str],
    after: &[&str],
    told: &[(&str, &str)],
    said: &[(&str, &str)],
) -> (Vec<(String, String)>, usize) {
    let (before, after) = (schema([table("t", before)]), schema([table("t", after)]));
    let (told, said) = (columns("t", told), columns("t", said));
    let pending = Pending { before: &before, after: &after, told: &told, nothing_else: false };
    let mut renames = Renames::default();
    let doubts = pending.columns(&said, &mut renames).unwrap();
    let names = renames.columns.into_values().flatten().collect();
    (names, doubts.len())
}

#[test]
fn what_has_been_done_is_not_pending() {
    let owned = |names: &[(&str, &str)]| pairs(names).into_iter().collect::<Vec<_>>();
    let chain = [("x", "y"), ("y", "z")];
    assert_eq!(pending(&["x", "y"], &["y", "z"], &chain, &[]), (owned(&chain), 0));
    assert_eq!(pending(&["y", "z"], &["y", "z"], &chain, &[]), (owned(&[]), 0));
    // A new one has the old name again.
    assert_eq!(pending(&["x"], &["x", "y"], &[("x", "y")], &[]), (owned(&[("x", "y")]), 0));
    assert_eq!(pending(&["x", "y"], &["x", "y"], &[("x", "y")], &[]), (owned(&[]), 0));
    // The old one is there, not wanted, and so is the new one: somebody has to say.
    assert_eq!(pending(&["x", "y"], &["y"], &[("x", "y")], &[]), (owned(&[]), 1));
    assert_eq!(pending(&["x", "y"], &["y"], &[("x", "y")], &[("x", "y")]), (owned(&[("x", "y")]), 0));
    // What is said frees a name for what is told.
    assert_eq!(pending(&["x", "y"], &["y", "z"], &[("x", "y")], &[("y", "z")]), (owned(&chain), 0));
    // It may say which of two it was where the new name is there.
    assert_eq!(pending(&["x", "w", "y"], &["y"], &[("x", "y")], &[("w", "y")]), (owned(&[("w", "y")]), 0));
}

#[test]
fn what_is_said_does_not_contradict_the_models() {
    let (before, after) = (schema([table("t", &["x", "w"])]), schema([table("t", &["y", "z"])]));
    let told = columns("t", &[("x", "y")]);
    let pending = Pending { before: &before, after: &after, told: &told, nothing_else: true };
    for said in [("w", "y"), ("x", "z")] {
        let error = pending.columns(&columns("t", &[said]), &mut Renames::default()).unwrap_err();
        let message = format!("--rename t.{}=t.{}: the models say that t.y was t.x", said.0, said.1);
        assert_eq!(error.message(), message);
    }
    let mut renames = Renames::default();
    pending.columns(&columns("t", &[("w", "z")]), &mut renames).unwrap();
    assert_eq!(renames, columns("t", &[("x", "y"), ("w", "z")]));
}

#[test]
fn a_circle_that_only_the_models_tell_is_refused() {
    let both = schema([table("t", &["x", "y"])]);
    let told = columns("t", &[("x", "y"), ("y", "x")]);
    let pending = Pending { before: &both, after: &both, told: &told, nothing_else: false };
    let error = pending.columns(&Renames::default(), &mut Renames::default()).unwrap_err();
    assert_eq!(error.code(), migrate_core::Code::NeedsDecision);
    assert!(error.help().unwrap().contains("--rename t.x=t.y --rename t.y=t.x"), "{error}");
    let mut renames = Renames::default();
    pending.columns(&told, &mut renames).unwrap();
    assert_eq!(renames, told);
    let done = Pending { nothing_else: true, ..pending };
    assert!(done.columns(&Renames::default(), &mut Renames::default()).is_ok());
}

#[test]
fn names_that_differ_in_capital_letters_are_one_where_the_engine_says_so() {
    for (dialect, is_one) in [
        (Dialect::Postgres, false),
        (Dialect::Mysql, true),
        (Dialect::Mariadb, true),
        (Dialect::Mssql, true),
        (Dialect::Sqlite, true),
    ] {
        let mut before = schema([table("Users", &["Id"])]);
        let mut after = schema([table("users", &["id"])]);
        (before.dialect, after.dialect) = (dialect, dialect);
        let told = Renames::default();
        let pending = Pending { before: &before, after: &after, told: &told, nothing_else: false };
        let (mut renames, doubts) = pending.objects(&told).unwrap();
        pending.columns(&told, &mut renames).unwrap();
        let found = words(&diff(&before, &after, &renames));
        let expected: &[&str] = if is_one {
            &["RenameTable users", "RenameColumn id"]
        } else {
            &["DropTable Users", "CreateTable users"]
        };
        assert_eq!(
            (found, doubts.len()),
            (expected.iter().map(ToString::to_string).collect(), 0),
            "{dialect}"
        );
    }
}

#[test]
fn a_value_that_is_there_is_no_new_name() {
    let mut before = schema([]);
    before.enums.insert(ObjectName::local("s"), enumeration("s", &["a", "b"]));
    let mut after = before.clone();
    after.enums.insert(ObjectName::local("s"), enumeration("s", &["b"]));
    let mut said = Renames::default();
    said.enum_values.insert(ObjectName::local("s"), pairs(&[("a", "b")]));
    let told = Renames::default();
    let pending = Pending { before: &before, after: &after, told: &told, nothing_else: false };
    let error = pending.values(&said, &mut Renames::default()).unwrap_err();
    assert!(error.to_string().contains("there is a value s.b already"), "{error}");
}
