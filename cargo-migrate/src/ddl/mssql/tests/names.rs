//! New names, odd names, comments.

use super::*;

#[test]
fn every_name_can_be_hostile() {
    let evil = "o'dd ]name[ \"x\".🦀";
    let mut before = table(evil, &[required("order", "int"), with_default(column("a.b", "int"), "", "0")]);
    before.name = ObjectName::in_schema("my-schema", evil);
    before.primary_key = Some(primary("pk]", &["order"]));
    before.checks = vec![check("ck'", "[a.b] > 0")];
    before.indexes = vec![index("ix 1", &["a.b"])];
    let mut after = before.clone();
    after.columns[1] = Column { comment: some("it's\r\n\\\nhere"), ..column("a.b", "bigint") };
    after.comment = some("größe");
    insta::assert_snapshot!(change(before.clone(), after), @r##"
ALTER TABLE [my-schema].[o'dd ]]name[ "x".🦀] DROP CONSTRAINT [ck']
DROP INDEX [ix 1] ON [my-schema].[o'dd ]]name[ "x".🦀]
DECLARE @sql nvarchar(max) = (
    SELECT N'ALTER TABLE [my-schema].[o''dd ]]name[ "x".🦀] DROP CONSTRAINT ' + QUOTENAME(name)
    FROM sys.default_constraints
    WHERE parent_object_id = OBJECT_ID(N'[my-schema].[o''dd ]]name[ "x".🦀]')
      AND parent_column_id = COLUMNPROPERTY(OBJECT_ID(N'[my-schema].[o''dd ]]name[ "x".🦀]'), N'a.b', 'ColumnId')
);
EXEC(@sql)
ALTER TABLE [my-schema].[o'dd ]]name[ "x".🦀] ALTER COLUMN [a.b] bigint NULL
CREATE INDEX [ix 1] ON [my-schema].[o'dd ]]name[ "x".🦀] ([a.b])
ALTER TABLE [my-schema].[o'dd ]]name[ "x".🦀] ADD CONSTRAINT [ck'] CHECK ([a.b] > 0)
DECLARE @comment nvarchar(3750) = N'it''s' + NCHAR(13) + N'
\' + N'
here';
EXEC sys.sp_addextendedproperty N'MS_Description', @comment,
    N'SCHEMA', N'my-schema', N'TABLE', N'o''dd ]name[ "x".🦀', N'COLUMN', N'a.b'
EXEC sys.sp_addextendedproperty N'MS_Description', N'größe',
    N'SCHEMA', N'my-schema', N'TABLE', N'o''dd ]name[ "x".🦀'
---- down
EXEC sys.sp_dropextendedproperty N'MS_Description',
    N'SCHEMA', N'my-schema', N'TABLE', N'o''dd ]name[ "x".🦀'
EXEC sys.sp_dropextendedproperty N'MS_Description',
    N'SCHEMA', N'my-schema', N'TABLE', N'o''dd ]name[ "x".🦀', N'COLUMN', N'a.b'
ALTER TABLE [my-schema].[o'dd ]]name[ "x".🦀] DROP CONSTRAINT [ck']
DROP INDEX [ix 1] ON [my-schema].[o'dd ]]name[ "x".🦀]
-- review: [a.b]: fails where a number does not fit
ALTER TABLE [my-schema].[o'dd ]]name[ "x".🦀] ALTER COLUMN [a.b] int NULL
ALTER TABLE [my-schema].[o'dd ]]name[ "x".🦀] ADD DEFAULT 0 FOR [a.b]
CREATE INDEX [ix 1] ON [my-schema].[o'dd ]]name[ "x".🦀] ([a.b])
ALTER TABLE [my-schema].[o'dd ]]name[ "x".🦀] ADD CONSTRAINT [ck'] CHECK ([a.b] > 0)
"##);
    let rename = [
        Operation::RenameColumn { table: before.name.clone(), from: "a.b".to_owned(), to: "c]d".to_owned() },
        Operation::RenameIndex { table: before.name.clone(), from: "ix 1".to_owned(), to: "it's".to_owned() },
        Operation::RenameTable { from: before.name.clone(), to: local("a b") },
    ];
    let schema = schema([before]);
    insta::assert_snapshot!(written(&rename, &schema, &schema), @r##"
ALTER TABLE [my-schema].[o'dd ]]name[ "x".🦀] DROP CONSTRAINT [ck']
EXEC sp_rename N'[my-schema].[o''dd ]]name[ "x".🦀].[a.b]', N'c]d', N'COLUMN'
ALTER TABLE [my-schema].[o'dd ]]name[ "x".🦀] ADD CONSTRAINT [ck'] CHECK ([c]]d] > 0)
EXEC sp_rename N'[my-schema].[o''dd ]]name[ "x".🦀].[ix 1]', N'it''s', N'INDEX'
-- review: permissions that were granted on my-schema.o'dd ]name[ "x".🦀 itself are dropped by this
DECLARE @sql nvarchar(max) = N'ALTER SCHEMA ' + QUOTENAME(SCHEMA_NAME()) + N' TRANSFER [my-schema].[o''dd ]]name[ "x".🦀]';
EXEC(@sql)
EXEC sp_rename N'[o''dd ]]name[ "x".🦀]', N'a b', N'OBJECT'
"##);
}

#[test]
fn a_rename_of_a_column_takes_along_what_speaks_of_it() {
    let make = |name: &str, other: &str| {
        let mut table = table(
            "t",
            &[
                required("id", "int"),
                column(name, "nvarchar(50)"),
                computed(other, "int", &format!("len({name})"), false),
            ],
        );
        table.checks = vec![check("ck_name", &format!("{name} <> N'name'"))];
        table.uniques = vec![unique("uq_name", &[name])];
        table.indexes = vec![
            Index { filter: Some(format!("{name} IS NOT NULL")), ..index("ix_id", &["id"]) },
            index("ix_length", &[other]),
            index("ix_name", &[name]),
        ];
        schema([table])
    };
    let mut renames = Renames::default();
    let columns = [("name", "full_name"), ("name_length", "length")];
    renames.columns.insert(local("t"), columns.map(owned).into());
    let (before, after) = (make("name", "name_length"), make("full_name", "length"));
    let up = diff(&before, &after, &renames);
    insta::assert_snapshot!(both_ways(&up, &before, &after), @r##"
ALTER TABLE t DROP CONSTRAINT ck_name
DROP INDEX ix_id ON t
DROP INDEX ix_length ON t
ALTER TABLE t DROP COLUMN name_length
EXEC sp_rename N't.name', N'full_name', N'COLUMN'
ALTER TABLE t ADD name_length AS (len(full_name))
CREATE INDEX ix_length ON t (name_length)
CREATE INDEX ix_id ON t (id) WHERE full_name IS NOT NULL
ALTER TABLE t ADD CONSTRAINT ck_name CHECK (full_name <> N'name')
EXEC sp_rename N't.name_length', N'length', N'COLUMN'
---- down
EXEC sp_rename N't.length', N'name_length', N'COLUMN'
ALTER TABLE t DROP CONSTRAINT ck_name
DROP INDEX ix_id ON t
DROP INDEX ix_length ON t
ALTER TABLE t DROP COLUMN name_length
EXEC sp_rename N't.full_name', N'name', N'COLUMN'
ALTER TABLE t ADD name_length AS (len(name))
CREATE INDEX ix_length ON t (name_length)
CREATE INDEX ix_id ON t (id) WHERE name IS NOT NULL
ALTER TABLE t ADD CONSTRAINT ck_name CHECK (name <> N'name')
"##);
}

#[test]
fn tables_move_and_are_renamed_with_their_constraints() {
    let mut before = table("users", &[required("id", "int")]);
    before.primary_key = Some(primary("pk_users", &["id"]));
    before.indexes = vec![index("ix_users_id", &["id"])];
    let mut after = before.clone();
    after.name = ObjectName::in_schema("app", "people");
    after.primary_key = Some(primary("pk_people", &["id"]));
    after.indexes = vec![index("ix_people_id", &["id"])];
    let mut wanted = schema([after]);
    wanted.schemas.insert("app".to_owned());
    let found = schema([before]);
    let mut renames = Renames::default();
    renames.tables.insert(local("users"), ObjectName::in_schema("app", "people"));
    let up = diff(&found, &wanted, &renames);
    insta::assert_snapshot!(both_ways(&up, &found, &wanted), @r##"
EXEC(N'CREATE SCHEMA app')
-- review: permissions that were granted on users itself are dropped by this
ALTER SCHEMA app TRANSFER users
EXEC sp_rename N'app.users', N'people', N'OBJECT'
EXEC sp_rename N'app.pk_users', N'pk_people', N'OBJECT'
EXEC sp_rename N'app.people.ix_users_id', N'ix_people_id', N'INDEX'
---- down
EXEC sp_rename N'app.people.ix_people_id', N'ix_users_id', N'INDEX'
EXEC sp_rename N'app.pk_people', N'pk_users', N'OBJECT'
-- review: permissions that were granted on app.people itself are dropped by this
DECLARE @sql nvarchar(max) = N'ALTER SCHEMA ' + QUOTENAME(SCHEMA_NAME()) + N' TRANSFER app.people';
EXEC(@sql)
EXEC sp_rename N'people', N'users', N'OBJECT'
DROP SCHEMA app
"##);
}

#[test]
fn sequences_live_and_take_their_defaults_along() {
    let make = |sequence: &str, cache: Option<i64>| {
        let default = format!("NEXT VALUE FOR {sequence}");
        let mut schema = schema([table("bills", &[with_default(required("no", "int"), "df_no", &default)])]);
        let options = SequenceOptions { start: Some(1), cache, ..SequenceOptions::default() };
        let name = local(sequence);
        let sequence = Sequence {
            name: name.clone(),
            ty: some("int"),
            options,
            comment: some("of bills"),
            is_owned: false,
            needed_by: Vec::new(),
        };
        schema.sequences.insert(name, sequence);
        schema
    };
    insta::assert_snapshot!(between(&schema([]), &make("numbers", None)), @r##"
CREATE SEQUENCE numbers AS int START WITH 1
DECLARE @schema sysname = SCHEMA_NAME();
EXEC sys.sp_addextendedproperty N'MS_Description', N'of bills',
    N'SCHEMA', @schema, N'SEQUENCE', N'numbers'
CREATE TABLE bills (
    no int NOT NULL CONSTRAINT df_no DEFAULT NEXT VALUE FOR numbers
)
---- down
DROP TABLE bills
DROP SEQUENCE numbers
"##);
    let mut renames = Renames::default();
    renames.sequences.insert(local("numbers"), local("bill_numbers"));
    let (before, after) = (make("numbers", None), make("bill_numbers", Some(0)));
    let mut kept = before.clone();
    kept.tables.clone_from(&after.tables);
    let mut operations =
        vec![Operation::RenameSequence { from: local("numbers"), to: local("bill_numbers") }];
    operations.push(Operation::AlterSequence {
        before: Sequence { name: local("bill_numbers"), ..before.sequences[&local("numbers")].clone() },
        after: after.sequences[&local("bill_numbers")].clone(),
    });
    insta::assert_snapshot!(both_ways(&operations, &before, &after), @r##"
ALTER TABLE bills DROP CONSTRAINT df_no
EXEC sp_rename N'numbers', N'bill_numbers', N'OBJECT'
ALTER TABLE bills ADD CONSTRAINT df_no DEFAULT NEXT VALUE FOR bill_numbers FOR no
ALTER SEQUENCE bill_numbers NO CACHE
---- down
ALTER SEQUENCE bill_numbers CACHE
ALTER TABLE bills DROP CONSTRAINT df_no
EXEC sp_rename N'bill_numbers', N'numbers', N'OBJECT'
ALTER TABLE bills ADD CONSTRAINT df_no DEFAULT NEXT VALUE FOR numbers FOR no
"##);
}

#[test]
fn comments_come_change_and_go() {
    let make = |comment: &[&str; 4]| {
        let note = |at: usize| (!comment[at].is_empty()).then(|| comment[at].to_owned());
        let mut table = table("t", &[Column { comment: note(1), ..required("c", "int") }]);
        table.name = ObjectName::in_schema("app", "t");
        table.comment = note(0);
        table.primary_key = Some(PrimaryKey { comment: note(2), ..primary("pk_t", &["c"]) });
        table.indexes = vec![Index { comment: note(3), ..index("ix_c", &["c"]) }];
        table
    };
    insta::assert_snapshot!(change(make(&["a", "b", "", "d"]), make(&["a", "B", "c", ""])), @r##"
EXEC sys.sp_updateextendedproperty N'MS_Description', N'B',
    N'SCHEMA', N'app', N'TABLE', N't', N'COLUMN', N'c'
EXEC sys.sp_addextendedproperty N'MS_Description', N'c',
    N'SCHEMA', N'app', N'TABLE', N't', N'CONSTRAINT', N'pk_t'
EXEC sys.sp_dropextendedproperty N'MS_Description',
    N'SCHEMA', N'app', N'TABLE', N't', N'INDEX', N'ix_c'
---- down
EXEC sys.sp_addextendedproperty N'MS_Description', N'd',
    N'SCHEMA', N'app', N'TABLE', N't', N'INDEX', N'ix_c'
EXEC sys.sp_dropextendedproperty N'MS_Description',
    N'SCHEMA', N'app', N'TABLE', N't', N'CONSTRAINT', N'pk_t'
EXEC sys.sp_updateextendedproperty N'MS_Description', N'b',
    N'SCHEMA', N'app', N'TABLE', N't', N'COLUMN', N'c'
"##);
}

#[test]
fn a_comment_on_what_is_away_is_written_when_it_comes_back() {
    let mut before = table("t", &[required("c", "int")]);
    before.indexes = vec![Index { comment: some("old"), ..index("ix_c", &["c"]) }];
    let name = before.name.clone();
    let on = Commented::Index { table: name.clone(), index: "ix_new".to_owned() };
    let operations = [
        Operation::AlterColumn {
            table: name.clone(),
            before: required("c", "int"),
            after: required("c", "bigint"),
        },
        Operation::RenameIndex { table: name.clone(), from: "ix_c".to_owned(), to: "ix_new".to_owned() },
        Operation::SetComment { on, before: some("old"), after: some("new") },
        Operation::AlterColumn { table: name, before: required("c", "bigint"), after: required("c", "int") },
    ];
    let schema = schema([before]);
    insta::assert_snapshot!(written(&operations, &schema, &schema), @r##"
DROP INDEX ix_c ON t
ALTER TABLE t ALTER COLUMN c bigint NOT NULL
-- review: c: fails where a number does not fit
ALTER TABLE t ALTER COLUMN c int NOT NULL
CREATE INDEX ix_new ON t (c)
DECLARE @schema sysname = SCHEMA_NAME();
EXEC sys.sp_addextendedproperty N'MS_Description', N'new',
    N'SCHEMA', @schema, N'TABLE', N't', N'INDEX', N'ix_new'
"##);
}
