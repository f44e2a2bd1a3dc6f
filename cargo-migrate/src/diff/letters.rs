//! Names that differ in nothing but capital letters.

use migrate_core::Dialect;

use crate::schema::ObjectName;

/// Whether the engine takes names of columns that differ in capital letters alone for one.
pub(crate) fn is_one_column(dialect: Dialect, one: &str, other: &str) -> bool {
    let folds = match dialect {
        Dialect::Sqlite | Dialect::Mssql | Dialect::Mysql | Dialect::Mariadb => true,
        Dialect::Postgres => false,
    };
    one == other || folds && folded(one) == folded(other)
}

/// Whether it does so with those of tables and sequences. On MySQL and MariaDB they may be two
/// (`lower_case_table_names`).
pub(crate) fn is_one_object(dialect: Dialect, one: &ObjectName, other: &ObjectName) -> bool {
    let folds = match dialect {
        Dialect::Sqlite | Dialect::Mssql => true,
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => false,
    };
    one == other || folds && differ_in_letters(one, other)
}

/// Whether it may do so: then one that went with another that came is a rename.
pub(super) fn may_be_one_object(dialect: Dialect, one: &ObjectName, other: &ObjectName) -> bool {
    let may_fold = match dialect {
        Dialect::Sqlite | Dialect::Mssql | Dialect::Mysql | Dialect::Mariadb => true,
        Dialect::Postgres => false,
    };
    one == other || may_fold && differ_in_letters(one, other)
}

fn differ_in_letters(one: &ObjectName, other: &ObjectName) -> bool {
    one.schema == other.schema && folded(&one.name) == folded(&other.name)
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}
