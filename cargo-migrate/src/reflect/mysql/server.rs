//! What has to be known of the server and the connection before anything is read.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::Connection;

use super::{
    super::Scope,
    catalog::{cell, rows},
};
use crate::{
    mysql::{Collations, literal},
    schema::Schema,
};

/// The server, as a reader sees it.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) dialect: Dialect,
    /// The database whose objects are named without one.
    pub(super) home: String,
    /// Whether `Users` and `users` are one table (`lower_case_table_names`).
    folds_case: bool,
    /// The options that a table of `home` gets by itself.
    pub(super) defaults: BTreeMap<String, String>,
    pub(super) collations: Collations,
}

impl Server {
    pub(super) async fn ask(connection: &mut Connection, scope: &Scope) -> Result<Self, Error> {
        // Some modes change how names and texts are printed.
        connection.execute("SET SESSION sql_mode = '', sql_quote_show_create = 1").await?;
        let sql = "SELECT character_set_name, default_collate_name, DATABASE(), @@lower_case_table_names, \
                   @@default_storage_engine, @@character_set_database, @@collation_database \
                   FROM information_schema.character_sets";
        let found = rows(connection, sql).await?;
        let first = found.first().map(Vec::as_slice).unwrap_or_default();
        let current = first.get(2).cloned().flatten();
        let told = [("engine", 4), ("charset", 5), ("collation", 6)];
        let defaults = told.map(|(option, at)| (option.to_owned(), cell(first, at).to_owned()));
        // Of another database than the connection's they are not known.
        let is_current = scope.default_schema.is_none() || scope.default_schema == current;
        let Some(home) = scope.default_schema.clone().or(current) else {
            return Err(Error::new(Code::Usage, "the connection is in no database")
                .with_help("put the database's name at the end of the URL, behind the host: .../NAME"));
        };
        let folds_case = cell(first, 3) != "0";
        let collations = found.iter().map(|row| (cell(row, 0).to_owned(), cell(row, 1).to_owned())).collect();
        let defaults = defaults.into_iter().filter(|_| is_current).collect();
        Ok(Self { dialect: connection.dialect(), home, folds_case, collations, defaults })
    }

    pub(super) fn is_same_table(&self, one: &str, other: &str) -> bool {
        one == other || self.folds_case && one.to_lowercase() == other.to_lowercase()
    }
}

/// Which of these databases are there.
pub(super) async fn existing(
    connection: &mut Connection,
    server: &Server,
    wanted: &[String],
) -> Result<BTreeSet<String>, Error> {
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found = rows(connection, "SELECT schema_name FROM information_schema.schemata").await?;
    let is_wanted = |name: &&str| {
        !server.is_same_table(name, &server.home)
            && wanted.iter().any(|wanted| server.is_same_table(wanted, name))
    };
    Ok(found.iter().map(|row| cell(row, 0)).filter(is_wanted).map(ToOwned::to_owned).collect())
}

/// Where the case of names does not count, a foreign key may spell its table otherwise than the table itself.
pub(super) fn correct_case(server: &Server, schema: &mut Schema) {
    if !server.folds_case {
        return;
    }
    let names: BTreeMap<String, _> =
        schema.tables.keys().map(|name| (name.to_string().to_lowercase(), name.clone())).collect();
    for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        if let Some(name) = names.get(&key.referred_table.to_string().to_lowercase()) {
            key.referred_table.clone_from(name);
        }
    }
}

/// The database's name as a string of SQL.
pub(super) fn quoted(database: &str) -> String {
    literal(database)
}
