//! What SQL Server does not have.

use super::*;

#[test]
fn what_sql_server_does_not_have_is_refused() {
    let t = || local("t");
    let key = || foreign_key("fk", &["a", "b"], "t", &["a", "b"]);
    let deferrable = Deferrable::Deferred;
    let add = |column| Operation::AddColumn { table: t(), column };
    let add_index = |index| Operation::AddIndex { table: t(), index };
    let key_of = |key| Index::new("ix", vec![key]);
    let ty =
        || EnumType { name: local("state"), values: strings(&["a"]), comment: None, needed_by: Vec::new() };
    let exclusion = Exclusion { name: "ex".to_owned(), definition: "EXCLUDE".to_owned(), comment: None };
    let alter = |before, after| Operation::AlterColumn { table: t(), before, after };
    let plain_key = || IndexKey::column("a");
    let refused = vec![
        Operation::CreateEnum(ty()),
        Operation::DropEnum(ty()),
        Operation::AlterEnum { before: ty(), after: ty() },
        Operation::RenameEnum { from: local("a"), to: local("b") },
        Operation::RenameEnumValue { name: local("a"), from: "x".to_owned(), to: "y".to_owned() },
        Operation::SetComment { on: Commented::Enum(local("a")), before: None, after: some("x") },
        Operation::AddExclusion { table: t(), exclusion: exclusion.clone() },
        Operation::DropExclusion { table: t(), exclusion },
        Operation::SetTableOption { table: t(), key: "engine".to_owned(), before: None, after: some("x") },
        Operation::AddForeignKey { table: t(), key: ForeignKey { deferrable, ..key() } },
        Operation::AddForeignKey { table: t(), key: ForeignKey { match_full: true, ..key() } },
        Operation::AddPrimaryKey { table: t(), key: PrimaryKey { deferrable, ..primary("pk", &["a"]) } },
        Operation::AddUnique {
            table: t(),
            unique: Unique { include: strings(&["b"]), ..unique("uq", &["a"]) },
        },
        Operation::AddUnique { table: t(), unique: Unique { deferrable, ..unique("uq", &["a"]) } },
        add(Column { on_update: some("CURRENT_TIMESTAMP"), ..column("c", "datetime2") }),
        add(Column { invisible: true, ..column("c", "int") }),
        add(Column { comment: Some("x".repeat(3751)), ..column("c", "int") }),
        add_index(Index { method: some("gin"), ..index("ix", &["a"]) }),
        add_index(Index { invisible: true, ..index("ix", &["a"]) }),
        add_index(Index { options: [("buffering", "on")].map(owned).into(), ..index("ix", &["a"]) }),
        add_index(Index { options: [("fillfactor", "80); --")].map(owned).into(), ..index("ix", &["a"]) }),
        add_index(key_of(IndexKey { part: KeyPart::Expression("lower(a)".to_owned()), ..plain_key() })),
        add_index(key_of(IndexKey { nulls: Some(NullsOrder::First), ..plain_key() })),
        add_index(key_of(IndexKey { collation: some("C"), ..plain_key() })),
        add_index(key_of(IndexKey { operator_class: some("x"), ..plain_key() })),
        add_index(key_of(IndexKey { prefix: Some(10), ..plain_key() })),
        alter(required("c", "bigint"), identity("c")),
        alter(identity("c"), required("c", "bigint")),
        alter(
            identity("c"),
            Column { identity: Some(Identity::Seeded { seed: 5, increment: 1 }), ..identity("c") },
        ),
        alter(computed("c", "bigint", "1", false), identity("c")),
    ];
    for operation in refused {
        let schema = schema([table("t", &[column("a", "int"), column("b", "int")])]);
        let operations = [operation];
        let script = Script { operations: &operations, before: &schema, after: &schema };
        let error = render(&script, &Notes::default()).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported, "{operations:?}");
        assert!(error.message().starts_with("SQL Server ") && error.help().is_some(), "{error:?}");
    }
}
