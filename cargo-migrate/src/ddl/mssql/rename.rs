//! New names. The manual: "`sp_rename` (Transact-SQL)", "ALTER SCHEMA (Transact-SQL)".
//!
//! The old name is read like an identifier, so that it has brackets where it needs them; the new one is taken as it is.

use super::name::{identifier, object, qualified, string};
use crate::{ddl::Statement, schema::ObjectName};

/// A table or a sequence: into another schema, then under another name.
pub(super) fn moved(from: &ObjectName, to: &ObjectName) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut now = from.clone();
    if from.schema != to.schema {
        let sql = match &to.schema {
            Some(schema) => format!("ALTER SCHEMA {} TRANSFER {}", identifier(schema), object(&now)),
            // Only the server knows what the default schema is called.
            None => format!(
                "DECLARE @sql nvarchar(max) = N'ALTER SCHEMA ' + QUOTENAME(SCHEMA_NAME()) + {};\nEXEC(@sql)",
                string(&format!(" TRANSFER {}", object(&now)))
            ),
        };
        let review = format!("permissions that were granted on {from} itself are dropped by this");
        statements.push(Statement::new(sql).with_review(review));
        now.schema.clone_from(&to.schema);
    }
    if from.name != to.name {
        statements.push(renamed(&object(&now), &to.name, "OBJECT"));
    }
    statements
}

pub(super) fn column(table: &ObjectName, from: &str, to: &str) -> Statement {
    renamed(&format!("{}.{}", object(table), identifier(from)), to, "COLUMN")
}

pub(super) fn index(table: &ObjectName, from: &str, to: &str) -> Statement {
    renamed(&format!("{}.{}", object(table), identifier(from)), to, "INDEX")
}

/// A constraint is an object of the schema, beside its table.
pub(super) fn constraint(table: &ObjectName, from: &str, to: &str) -> Statement {
    renamed(&qualified(table.schema.as_deref(), from), to, "OBJECT")
}

fn renamed(from: &str, to: &str, kind: &str) -> Statement {
    Statement::new(format!("EXEC sp_rename {}, {}, N'{kind}'", string(from), string(to)))
}
