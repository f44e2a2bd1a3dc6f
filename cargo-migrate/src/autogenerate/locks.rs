//! What others wait for while a revision of PostgreSQL runs.

use migrate_core::Dialect;

use super::{facts::Facts, warning::Said};
use crate::{operation::Operation, schema::ObjectName};

/// A table with fewer rows than this is indexed, or looked through, before anybody notices.
const MANY_ROWS: u64 = 100_000;

/// PostgreSQL looks through the rows, or builds an index, while others wait.
pub(super) fn warning(operation: &Operation, dialect: Dialect, facts: &Facts) -> Said {
    match dialect {
        Dialect::Postgres => {}
        Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite => return None,
    }
    let table = operation.table()?;
    let rows = facts.rows(table).filter(|rows| *rows >= MANY_ROWS)?;
    if let Operation::AddIndex { index, .. } = operation {
        let message = format!(
            "{table} has {rows} rows, and nobody can write while index {} is built: consider CREATE INDEX \
             CONCURRENTLY in a section `transaction:off`",
            index.name
        );
        return Some(("index-blocks-writes", message));
    }
    let hint = hint(operation)?;
    let message = format!("{table} has {rows} rows, and is locked while they are looked through: {hint}");
    Some(("constraint-locks-table", message))
}

/// How a constraint is added to a table of PostgreSQL that others use meanwhile.
fn hint(operation: &Operation) -> Option<&'static str> {
    match operation {
        Operation::AddCheck { check, .. } if !check.not_valid => Some(NOT_VALID),
        Operation::AddForeignKey { key, .. } if !key.not_valid => Some(NOT_VALID),
        Operation::AddUnique { .. } => Some(
            "consider CREATE UNIQUE INDEX CONCURRENTLY in a section `transaction:off`, then ADD CONSTRAINT ... UNIQUE \
             USING INDEX",
        ),
        Operation::AddPrimaryKey { .. } => Some(
            "consider CREATE UNIQUE INDEX CONCURRENTLY in a section `transaction:off`, then ADD CONSTRAINT ... PRIMARY \
             KEY USING INDEX",
        ),
        _ => None,
    }
}

const NOT_VALID: &str =
    "consider ADD CONSTRAINT ... NOT VALID, and VALIDATE CONSTRAINT in a revision of its own";

/// Whether the table is big enough for [`hint`].
fn is_big(table: &ObjectName, facts: &Facts) -> bool {
    facts.rows(table).is_some_and(|rows| rows >= MANY_ROWS)
}

/// What to write above the statement that makes others wait.
pub(super) fn note(operation: &Operation, dialect: Dialect, facts: &Facts) -> Option<String> {
    let table = operation.table().filter(|table| dialect == Dialect::Postgres && is_big(table, facts))?;
    let hint = match operation {
        Operation::AddIndex { .. } => {
            "nobody can write until the index is built: consider CONCURRENTLY in a section `transaction:off`"
        }
        operation => hint(operation)?,
    };
    Some(format!("{table} is big: {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Check, Deferrable, Index, IndexKey, Unique};

    fn users() -> ObjectName {
        ObjectName::local("users")
    }

    fn check() -> Operation {
        let check = Check {
            name: None,
            expression: "age > 0".into(),
            no_inherit: false,
            not_valid: false,
            comment: None,
        };
        Operation::AddCheck { table: users(), check }
    }

    #[test]
    fn a_big_table_of_postgres_says_how_not_to_lock_it() {
        let facts = Facts::of(&[("users", 100_000)], &[], &[]);
        let said = |operation: &Operation| warning(operation, Dialect::Postgres, &facts).unwrap();
        let (code, message) = said(&check());
        assert_eq!(code, "constraint-locks-table");
        assert!(message.contains("NOT VALID, and VALIDATE CONSTRAINT"), "{message}");
        let unique = Unique {
            name: None,
            columns: vec!["email".into()],
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
            clustered: None,
            comment: None,
        };
        assert!(said(&Operation::AddUnique { table: users(), unique }).1.contains("UNIQUE USING INDEX"));
        let index =
            Operation::AddIndex { table: users(), index: Index::new("ix", vec![IndexKey::column("email")]) };
        assert!(said(&index).1.contains("CREATE INDEX CONCURRENTLY"));
        assert!(
            note(&index, Dialect::Postgres, &facts).unwrap().starts_with("users is big: nobody can write")
        );
    }

    #[test]
    fn a_small_table_and_another_engine_say_nothing() {
        let (big, small) = (Facts::of(&[("users", 100_000)], &[], &[]), Facts::of(&[("users", 9)], &[], &[]));
        for (dialect, facts) in [(Dialect::Postgres, &small), (Dialect::Mysql, &big)] {
            assert_eq!(warning(&check(), dialect, facts), None);
            assert_eq!(note(&check(), dialect, facts), None);
        }
    }
}
