//! Keys and checks: how they are written, and how they go.

use std::fmt::Write as _;

use migrate_core::{Code, Error};

use super::name::{identifier, list, object, string};
use crate::{
    ddl,
    schema::{Check, Deferrable, ForeignKey, ObjectName, PrimaryKey, ReferentialAction, Unique},
};

/// `CONSTRAINT name PRIMARY KEY (...)`.
pub(super) fn primary_key(table: &ObjectName, key: &PrimaryKey) -> Result<String, Error> {
    refuse_deferrable(table, "primary key", key.deferrable)?;
    refuse_include(table, "primary key", &key.include)?;
    let clustered = clustered(key.clustered);
    Ok(format!("{}PRIMARY KEY{clustered} ({})", named(key.name.as_deref()), list(&key.columns)))
}

/// `CONSTRAINT name UNIQUE (...)`. To SQL Server two NULLs are the same in any case.
pub(super) fn unique(table: &ObjectName, unique: &Unique) -> Result<String, Error> {
    refuse_deferrable(table, "unique constraint", unique.deferrable)?;
    refuse_include(table, "unique constraint", &unique.include)?;
    let clustered = clustered(unique.clustered);
    Ok(format!("{}UNIQUE{clustered} ({})", named(unique.name.as_deref()), list(&unique.columns)))
}

/// `CONSTRAINT name FOREIGN KEY (...) REFERENCES ...`.
pub(super) fn foreign_key(table: &ObjectName, key: &ForeignKey) -> Result<String, Error> {
    refuse_deferrable(table, "foreign key", key.deferrable)?;
    if key.match_full && key.columns.len() > 1 {
        return Err(unsupported(table, "MATCH FULL").with_help(
            "leave `match_full` out for mssql, and add a check that all columns are NULL or none is",
        ));
    }
    let columns = format!("{}FOREIGN KEY ({})", named(key.name.as_deref()), list(&key.columns));
    let mut sql = format!("REFERENCES {} ({})", object(&key.referred_table), list(&key.referred_columns));
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if let Some(words) = action_words(action) {
            let _ = write!(sql, " ON {event} {words}");
        }
    }
    Ok(ddl::foreign_key(&columns, &sql))
}

/// `CONSTRAINT name CHECK (...)`.
pub(super) fn check(check: &Check) -> String {
    format!("{}CHECK ({})", named(check.name.as_deref()), check.expression)
}

/// NO ACTION goes without saying; RESTRICT does not exist and means the same where nothing is deferred.
fn action_words(action: ReferentialAction) -> Option<&'static str> {
    match action {
        ReferentialAction::NoAction | ReferentialAction::Restrict => None,
        ReferentialAction::Cascade | ReferentialAction::SetNull | ReferentialAction::SetDefault => {
            Some(action.sql())
        }
    }
}

fn named(name: Option<&str>) -> String {
    name.map(|name| format!("CONSTRAINT {} ", identifier(name))).unwrap_or_default()
}

fn clustered(clustered: Option<bool>) -> &'static str {
    match clustered {
        None => "",
        Some(true) => " CLUSTERED",
        Some(false) => " NONCLUSTERED",
    }
}

/// Where a constraint without a name of ours is found in the catalogue.
pub(super) fn default_place(table: &ObjectName, column: &str) -> String {
    let id = object_id(table);
    format!(
        "    FROM sys.default_constraints\n    WHERE parent_object_id = {id}\n      \
         AND parent_column_id = COLUMNPROPERTY({id}, {}, 'ColumnId')",
        string(column)
    )
}

pub(super) fn primary_key_place(table: &ObjectName) -> String {
    format!("    FROM sys.key_constraints\n    WHERE parent_object_id = {} AND type = 'PK'", object_id(table))
}

/// By its columns: as many as there are, each at its place.
pub(super) fn unique_place(table: &ObjectName, columns: &[String]) -> String {
    let of_key = "FROM sys.index_columns AS c\n           \
                  WHERE c.object_id = k.parent_object_id AND c.index_id = k.unique_index_id";
    let mut sql = format!(
        "    FROM sys.key_constraints AS k\n    WHERE k.parent_object_id = {} AND k.type = 'UQ'\n      \
         AND (SELECT COUNT(*) {of_key}) = {}",
        object_id(table),
        columns.len()
    );
    for (at, column) in columns.iter().enumerate() {
        let _ = write!(
            sql,
            "\n      AND EXISTS (SELECT * {of_key}\n           \
             AND c.key_ordinal = {} AND COL_NAME(c.object_id, c.column_id) = {})",
            at + 1,
            string(column)
        );
    }
    sql
}

pub(super) fn foreign_key_place(table: &ObjectName, key: &ForeignKey) -> String {
    let of_key = "FROM sys.foreign_key_columns AS c WHERE c.constraint_object_id = k.object_id";
    let mut sql = format!(
        "    FROM sys.foreign_keys AS k\n    WHERE k.parent_object_id = {} AND k.referenced_object_id = {}\n      \
         AND (SELECT COUNT(*) {of_key}) = {}",
        object_id(table),
        object_id(&key.referred_table),
        key.columns.len()
    );
    for (column, referred) in key.columns.iter().zip(&key.referred_columns) {
        let _ = write!(
            sql,
            "\n      AND EXISTS (SELECT * {of_key}\n           \
             AND COL_NAME(c.parent_object_id, c.parent_column_id) = {}\n           \
             AND COL_NAME(c.referenced_object_id, c.referenced_column_id) = {})",
            string(column),
            string(referred)
        );
    }
    sql
}

/// By what it says: the catalogue has more brackets, parentheses and less space than we write.
pub(super) fn check_place(table: &ObjectName, expression: &str) -> String {
    let bare: String = expression.chars().filter(|c| !matches!(c, '(' | ')' | '[' | ']' | ' ')).collect();
    let mut definition = "definition".to_owned();
    for character in ['(', ')', '[', ']', ' '] {
        definition = format!("REPLACE({definition}, '{character}', '')");
    }
    format!(
        "    FROM sys.check_constraints\n    WHERE parent_object_id = {}\n      AND {definition} = {}",
        object_id(table),
        string(&bare)
    )
}

fn object_id(table: &ObjectName) -> String {
    format!("OBJECT_ID({})", string(&object(table)))
}

/// A batch that drops the constraint that stands there. It fails if there is none, unless it `may_be_gone`.
pub(super) fn drop_found(table: &ObjectName, place: &str, may_be_gone: bool) -> String {
    let prefix = string(&format!("ALTER TABLE {} DROP CONSTRAINT ", object(table)));
    let guard = if may_be_gone {
        String::new()
    } else {
        format!(
            "IF @sql IS NULL THROW 50000, {}, 1;\n",
            string(&format!("the constraint to drop is not on the table {table}"))
        )
    };
    format!(
        "DECLARE @sql nvarchar(max) = (\n    SELECT {prefix} + QUOTENAME(name)\n{place}\n);\n{guard}EXEC(@sql)"
    )
}

fn refuse_deferrable(table: &ObjectName, kind: &str, deferrable: Deferrable) -> Result<(), Error> {
    match deferrable {
        Deferrable::No => Ok(()),
        Deferrable::Immediate | Deferrable::Deferred => {
            Err(unsupported(table, &format!("a deferrable {kind}"))
                .with_help("leave `deferrable` out for mssql: constraints are checked with each statement"))
        }
    }
}

fn refuse_include(table: &ObjectName, kind: &str, include: &[String]) -> Result<(), Error> {
    if include.is_empty() {
        return Ok(());
    }
    Err(unsupported(table, &format!("INCLUDE on a {kind}"))
        .with_help("make it a unique index with `include` for mssql"))
}

fn unsupported(table: &ObjectName, what: &str) -> Error {
    Error::new(Code::Unsupported, format!("SQL Server does not have {what}: table {table}"))
}
