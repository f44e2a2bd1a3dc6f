//! Sequences that are dropped: how far they have come is lost with them.

use migrate_core::Dialect;
use migrate_runtime::Connection;

use super::loss::Loss;
use crate::{
    ddl::{postgres, quote},
    operation::Operation,
    schema::ObjectName,
};

/// What is lost with the sequences that the operations drop. One that a serial takes over goes on counting.
pub(super) async fn losses(
    dialect: Dialect,
    mut counted_in: Option<&mut Connection>,
    operations: &[Operation],
) -> Vec<Loss> {
    let mut losses = Vec::new();
    for operation in operations {
        let Operation::DropSequence(sequence) = operation else { continue };
        if dialect == Dialect::Postgres && postgres::is_taken_over(sequence, operations) {
            continue;
        }
        let reached = match &mut counted_in {
            Some(connection) => reached(connection, dialect, &sequence.name).await,
            None => None,
        };
        let reached = reached.map_or_else(String::new, |number| format!(", which has come to {number}"));
        losses.push(Loss::of_sequence(&sequence.name, &reached));
    }
    losses
}

/// The number that a sequence has come to, if the server tells. One that was never used has come to none.
async fn reached(connection: &mut Connection, dialect: Dialect, name: &ObjectName) -> Option<String> {
    let schema = name.schema.as_ref().map(|schema| format!("{}.", quote(dialect, schema)));
    let quoted = format!("{}{}", schema.unwrap_or_default(), quote(dialect, &name.name));
    let sql = match dialect {
        Dialect::Postgres => format!("SELECT last_value FROM {quoted} WHERE is_called"),
        Dialect::Mariadb => {
            format!(
                "SELECT next_not_cached_value - increment FROM {quoted} WHERE next_not_cached_value <> start_value"
            )
        }
        Dialect::Mssql => format!(
            "SELECT CAST(current_value AS varchar(40)) FROM sys.sequences WHERE object_id = OBJECT_ID(N'{}')",
            quoted.replace('\'', "''")
        ),
        Dialect::Mysql | Dialect::Sqlite => return None,
    };
    connection.query(&sql).await.ok()?.into_iter().flatten().next().flatten()
}
