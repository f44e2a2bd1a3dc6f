//! The queries. Columns are named one by one: the servers spell the heads differently.

use std::collections::BTreeMap;

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::Connection;

use super::server::{Server, quoted};

pub(super) type Row = Vec<Option<String>>;

/// What the catalogue says of one database.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// Name, type, engine, options, collation, comment.
    pub(super) tables: Vec<Row>,
    /// Table, name, type, nullable, default, extra, collation, comment, generation expression, reference system.
    pub(super) columns: Vec<Row>,
    /// Table, name, non-unique, column, collation, prefix, type, comment, visible, expression.
    pub(super) indexes: Vec<Row>,
    /// Table, name, column, referred database, referred table, referred column.
    pub(super) foreign_keys: Vec<Row>,
    /// Table, name, on update, on delete.
    pub(super) rules: Vec<Row>,
    /// Table, name, expression, enforced, level.
    pub(super) checks: Vec<Row>,
}

impl Catalog {
    pub(super) async fn read(
        connection: &mut Connection,
        server: &Server,
        database: &str,
    ) -> Result<Self, Error> {
        let database = quoted(database);
        let tables = format!(
            "SELECT table_name, table_type, engine, create_options, table_collation, table_comment \
             FROM information_schema.tables WHERE table_schema = {database}"
        );
        let reference_system = match server.dialect {
            Dialect::Mariadb => "NULL",
            Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => "srs_id",
        };
        let columns = format!(
            "SELECT table_name, column_name, column_type, is_nullable, column_default, extra, collation_name, \
             column_comment, generation_expression, {reference_system} \
             FROM information_schema.columns WHERE table_schema = {database} ORDER BY table_name, ordinal_position"
        );
        let (visible, expression) = match server.dialect {
            Dialect::Mariadb => ("IF(ignored = 'YES', 'NO', 'YES')", "NULL"),
            Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {
                ("is_visible", "expression")
            }
        };
        let indexes = format!(
            "SELECT table_name, index_name, non_unique, column_name, collation, sub_part, index_type, index_comment, \
             {visible}, {expression} FROM information_schema.statistics WHERE table_schema = {database} \
             ORDER BY table_name, index_name, seq_in_index"
        );
        let foreign_keys = format!(
            "SELECT table_name, constraint_name, column_name, referenced_table_schema, referenced_table_name, \
             referenced_column_name FROM information_schema.key_column_usage \
             WHERE table_schema = {database} AND referenced_table_name IS NOT NULL \
             ORDER BY table_name, constraint_name, ordinal_position"
        );
        let rules = format!(
            "SELECT table_name, constraint_name, update_rule, delete_rule \
             FROM information_schema.referential_constraints WHERE constraint_schema = {database}"
        );
        Ok(Self {
            tables: rows(connection, &tables).await?,
            columns: rows(connection, &columns).await?,
            indexes: rows(connection, &indexes).await?,
            foreign_keys: rows(connection, &foreign_keys).await?,
            rules: rows(connection, &rules).await?,
            checks: checks(connection, server.dialect, &database).await?,
        })
    }
}

/// MySQL keeps a check's expression in one view and its table in another. Its server takes minutes to join them.
async fn checks(connection: &mut Connection, dialect: Dialect, database: &str) -> Result<Vec<Row>, Error> {
    let sql = match dialect {
        Dialect::Mariadb => format!(
            "SELECT table_name, constraint_name, check_clause, 'YES', level \
             FROM information_schema.check_constraints WHERE constraint_schema = {database}"
        ),
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => format!(
            "SELECT table_name, constraint_name, NULL, enforced, 'Table' FROM information_schema.table_constraints \
             WHERE constraint_schema = {database} AND constraint_type = 'CHECK'"
        ),
    };
    let mut checks = rows(connection, &sql).await?;
    match dialect {
        Dialect::Mariadb => {}
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {
            let sql = format!(
                "SELECT constraint_name, check_clause FROM information_schema.check_constraints \
                 WHERE constraint_schema = {database}"
            );
            let found = rows(connection, &sql).await?;
            // A check's name is the schema's.
            let expressions: BTreeMap<&str, &str> =
                found.iter().map(|row| (cell(row, 0), cell(row, 1))).collect();
            for check in &mut checks {
                let expression = expressions.get(cell(check, 1)).map(|text| (*text).to_owned());
                if let Some(slot) = check.get_mut(2) {
                    *slot = expression;
                }
            }
        }
    }
    Ok(checks)
}

/// Runs a query of ours.
pub(super) async fn rows(connection: &mut Connection, sql: &str) -> Result<Vec<Row>, Error> {
    connection.query(sql).await.map_err(|error| {
        let code = match error.code() {
            Code::StatementFailed => Code::Database,
            other => other,
        };
        Error::new(code, format!("reading the catalogue: {}", error.message()))
    })
}

/// The text of a cell, empty for NULL.
pub(super) fn cell(row: &[Option<String>], at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}

/// The text of a cell where there is one that is not empty.
pub(super) fn filled(row: &[Option<String>], at: usize) -> Option<&str> {
    Some(cell(row, at)).filter(|text| !text.is_empty())
}
