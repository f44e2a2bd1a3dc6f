//! Columns whose values are computed, converted or lost.

use super::*;

#[test]
fn a_computed_column_is_made_anew_with_what_stands_on_it() {
    let make = |expression: &str, ty: &str| {
        let mut table = table(
            "t",
            &[required("a", ty), Column { comment: some("twice"), ..computed("b", "int", expression, true) }],
        );
        table.indexes = vec![index("ix_b", &["b"]), Index { filter: some("b > 0"), ..index("ix_a", &["a"]) }];
        table.checks = vec![check("ck_b", "b > 0")];
        table
    };
    insta::assert_snapshot!(change(make("a * 2", "int"), make("a * 3", "int")), @r##"
ALTER TABLE t DROP CONSTRAINT ck_b
DROP INDEX ix_b ON t
DROP INDEX ix_a ON t
ALTER TABLE t DROP COLUMN b
ALTER TABLE t ADD b AS (a * 3) PERSISTED
DECLARE @schema sysname = SCHEMA_NAME();
EXEC sys.sp_addextendedproperty N'MS_Description', N'twice',
    N'SCHEMA', @schema, N'TABLE', N't', N'COLUMN', N'b'
CREATE INDEX ix_a ON t (a) WHERE b > 0
CREATE INDEX ix_b ON t (b)
ALTER TABLE t ADD CONSTRAINT ck_b CHECK (b > 0)
---- down
ALTER TABLE t DROP CONSTRAINT ck_b
DROP INDEX ix_b ON t
DROP INDEX ix_a ON t
ALTER TABLE t DROP COLUMN b
ALTER TABLE t ADD b AS (a * 2) PERSISTED
DECLARE @schema sysname = SCHEMA_NAME();
EXEC sys.sp_addextendedproperty N'MS_Description', N'twice',
    N'SCHEMA', @schema, N'TABLE', N't', N'COLUMN', N'b'
CREATE INDEX ix_a ON t (a) WHERE b > 0
CREATE INDEX ix_b ON t (b)
ALTER TABLE t ADD CONSTRAINT ck_b CHECK (b > 0)
"##);
    insta::assert_snapshot!(change(make("a * 2", "int"), make("a * 2", "bigint")), @r##"
ALTER TABLE t DROP CONSTRAINT ck_b
DROP INDEX ix_b ON t
DROP INDEX ix_a ON t
ALTER TABLE t DROP COLUMN b
ALTER TABLE t ALTER COLUMN a bigint NOT NULL
ALTER TABLE t ADD b AS (a * 2) PERSISTED
DECLARE @schema sysname = SCHEMA_NAME();
EXEC sys.sp_addextendedproperty N'MS_Description', N'twice',
    N'SCHEMA', @schema, N'TABLE', N't', N'COLUMN', N'b'
CREATE INDEX ix_a ON t (a) WHERE b > 0
CREATE INDEX ix_b ON t (b)
ALTER TABLE t ADD CONSTRAINT ck_b CHECK (b > 0)
---- down
ALTER TABLE t DROP CONSTRAINT ck_b
DROP INDEX ix_b ON t
DROP INDEX ix_a ON t
ALTER TABLE t DROP COLUMN b
-- review: a: fails where a number does not fit
ALTER TABLE t ALTER COLUMN a int NOT NULL
ALTER TABLE t ADD b AS (a * 2) PERSISTED
DECLARE @schema sysname = SCHEMA_NAME();
EXEC sys.sp_addextendedproperty N'MS_Description', N'twice',
    N'SCHEMA', @schema, N'TABLE', N't', N'COLUMN', N'b'
CREATE INDEX ix_a ON t (a) WHERE b > 0
CREATE INDEX ix_b ON t (b)
ALTER TABLE t ADD CONSTRAINT ck_b CHECK (b > 0)
"##);
}

#[test]
fn computed_becomes_plain_with_its_values_and_back_without() {
    let make = |b: Column| {
        let mut table = table("t", &[required("a", "int"), b]);
        table.indexes = vec![index("ix_b", &["b"])];
        table
    };
    let made = Column { nullable: false, ..computed("b", "int", "a * 2", true) };
    let plain = with_default(required("b", "int"), "df_b", "0");
    insta::assert_snapshot!(change(make(made), make(plain)), @r##"
DROP INDEX ix_b ON t
ALTER TABLE t ADD b_new int NULL
UPDATE t SET b_new = b
ALTER TABLE t ALTER COLUMN b_new int NOT NULL
ALTER TABLE t DROP COLUMN b
EXEC sp_rename N't.b_new', N'b', N'COLUMN'
ALTER TABLE t ADD CONSTRAINT df_b DEFAULT 0 FOR b
CREATE INDEX ix_b ON t (b)
---- down
DROP INDEX ix_b ON t
ALTER TABLE t DROP CONSTRAINT df_b
-- review: the values of b are lost: it is computed from now on
ALTER TABLE t DROP COLUMN b
ALTER TABLE t ADD b AS (a * 2) PERSISTED NOT NULL
CREATE INDEX ix_b ON t (b)
"##);
}

#[test]
fn computed_values_are_kept_on_disk_or_not() {
    insta::assert_snapshot!(
        change_column(computed("c", "int", "id + 1", false), computed("c", "int", "id + 1", true)), @r##"
ALTER TABLE t ALTER COLUMN c ADD PERSISTED
---- down
ALTER TABLE t ALTER COLUMN c DROP PERSISTED
"##);
}

#[test]
fn values_that_do_not_convert_by_themselves_go_through_convert() {
    let before = Column { comment: some("raw"), ..column("c", "xml") };
    let after =
        Column { comment: some("raw"), ..with_default(required("c", "nvarchar(max)"), "df_c", "N''") };
    insta::assert_snapshot!(change_column(before, after), @r##"
ALTER TABLE t ADD c_new nvarchar(max) NULL
-- review: c: fails where a value does not convert
UPDATE t SET c_new = CONVERT(nvarchar(max), c)
UPDATE t SET c_new = N'' WHERE c_new IS NULL
ALTER TABLE t ALTER COLUMN c_new nvarchar(max) NOT NULL
ALTER TABLE t DROP COLUMN c
EXEC sp_rename N't.c_new', N'c', N'COLUMN'
DECLARE @schema sysname = SCHEMA_NAME();
EXEC sys.sp_addextendedproperty N'MS_Description', N'raw',
    N'SCHEMA', @schema, N'TABLE', N't', N'COLUMN', N'c'
ALTER TABLE t ADD CONSTRAINT df_c DEFAULT N'' FOR c
---- down
ALTER TABLE t DROP CONSTRAINT df_c
-- review: c: fails where a value does not convert
ALTER TABLE t ALTER COLUMN c xml NULL
"##);
}

#[test]
fn values_that_do_not_convert_at_all_go() {
    let commented = |column| Column { comment: some("why"), ..column };
    insta::assert_snapshot!(
        change_column(commented(with_default(required("c", "int"), "", "0")), commented(required("c", "uniqueidentifier"))), @r##"
DECLARE @sql nvarchar(max) = (
    SELECT N'ALTER TABLE t DROP CONSTRAINT ' + QUOTENAME(name)
    FROM sys.default_constraints
    WHERE parent_object_id = OBJECT_ID(N't')
      AND parent_column_id = COLUMNPROPERTY(OBJECT_ID(N't'), N'c', 'ColumnId')
);
EXEC(@sql)
-- review: the values of c are lost: int does not convert into uniqueidentifier
ALTER TABLE t DROP COLUMN c
-- review: fails if t has rows: c is NOT NULL and has no default. Then add it as NULL, fill it with UPDATE, and set it NOT NULL with ALTER COLUMN, each behind a GO
ALTER TABLE t ADD c uniqueidentifier NOT NULL
DECLARE @schema sysname = SCHEMA_NAME();
EXEC sys.sp_addextendedproperty N'MS_Description', N'why',
    N'SCHEMA', @schema, N'TABLE', N't', N'COLUMN', N'c'
---- down
-- review: the values of c are lost: uniqueidentifier does not convert into int
ALTER TABLE t DROP COLUMN c
ALTER TABLE t ADD c int NOT NULL DEFAULT 0
DECLARE @schema sysname = SCHEMA_NAME();
EXEC sys.sp_addextendedproperty N'MS_Description', N'why',
    N'SCHEMA', @schema, N'TABLE', N't', N'COLUMN', N'c'
"##);
    insta::assert_snapshot!(change_column(column("c", "binary(8)"), required("c", "rowversion")), @r##"
-- review: the values of c are lost: binary(8) does not convert into rowversion
ALTER TABLE t DROP COLUMN c
ALTER TABLE t ADD c rowversion NOT NULL
---- down
ALTER TABLE t ADD c_new binary(8) NULL
-- review: c: see that CONVERT gives what you want
UPDATE t SET c_new = CONVERT(binary(8), c)
ALTER TABLE t DROP COLUMN c
EXEC sp_rename N't.c_new', N'c', N'COLUMN'
"##);
}
