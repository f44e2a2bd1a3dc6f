use std::collections::{BTreeMap, BTreeSet};

use migrate_core::{Code, Error};
use migrate_runtime::Connection;

use crate::sqlite::{tokens, unquote};

/// What `sqlite_schema` and the pragmas hold of tables of the user's own, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub(super) tables: Vec<Entry>,
    /// By table.
    pub(super) indexes: BTreeMap<String, Vec<Entry>>,
    /// By table.
    pub(super) triggers: BTreeMap<String, Vec<Entry>>,
    /// By table, in their order.
    pub(super) columns: BTreeMap<String, Vec<Found>>,
    pub(super) views: Vec<Entry>,
    /// Of all tables, views and indexes.
    pub(super) names: BTreeSet<String>,
}

/// A row of `sqlite_schema`.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) sql: String,
}

/// A column, as SQLite itself sees it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: String,
    /// Also where nobody has said so: in the key of a table that is STRICT or WITHOUT ROWID.
    pub(super) not_null: bool,
}

/// Only the first word of it is of SQLite's own making: `CREATE VIRTUAL TABLE`, in this spelling.
const ENTRIES: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema \
     WHERE type IN ('table', 'view', 'index', 'trigger') AND sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
     ORDER BY rowid";
const KINDS: &str = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'";
const COLUMNS: &str = "SELECT t.name, x.name, x.\"notnull\" FROM sqlite_schema AS t, pragma_table_xinfo(t.name) AS x \
     WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY t.rowid, x.cid";
const MODULES: &str = "SELECT name FROM pragma_module_list";

impl Catalogue {
    pub(super) async fn read(connection: &mut Connection) -> Result<Self, Error> {
        let rows = query(connection, ENTRIES).await?;
        let shadows = names(query(connection, KINDS).await?);
        let modules = names(query(connection, MODULES).await?);
        let mut catalogue = Self::default();
        // Tables in which a module that is not loaded here keeps its data: SQLite cannot tell them.
        let mut foreign = Vec::new();
        for row in rows {
            let [Some(kind), Some(name), Some(table), Some(sql)] = cells(row) else { continue };
            if kind != "trigger" {
                catalogue.names.insert(name.clone());
            }
            let entry = Entry { name, sql };
            match kind.as_str() {
                "table" => match module(&entry.sql) {
                    Some(module) if modules.contains(&module) => {}
                    Some(_) => foreign.push(format!("{}_", entry.name)),
                    None => catalogue.tables.push(entry),
                },
                "view" => catalogue.views.push(entry),
                "index" => catalogue.indexes.entry(table).or_default().push(entry),
                _ => catalogue.triggers.entry(table).or_default().push(entry),
            }
        }
        catalogue.tables.retain(|entry| {
            !shadows.contains(&entry.name) && !foreign.iter().any(|prefix| entry.name.starts_with(prefix))
        });
        for row in query(connection, COLUMNS).await? {
            let [Some(table), Some(name), not_null] = cells(row) else { continue };
            let not_null = not_null.is_some_and(|cell| cell != "0");
            catalogue.columns.entry(table).or_default().push(Found { name, not_null });
        }
        Ok(catalogue)
    }
}

async fn query(connection: &mut Connection, sql: &str) -> Result<Vec<Vec<Option<String>>>, Error> {
    connection.query(sql).await.map_err(|error| {
        let code = if error.code() == Code::ConnectionLost { Code::ConnectionLost } else { Code::Database };
        Error::new(code, format!("reading the catalogue: {}", error.message()))
    })
}

fn cells<const N: usize>(row: Vec<Option<String>>) -> [Option<String>; N] {
    let mut cells = row.into_iter();
    std::array::from_fn(|_| cells.next().flatten())
}

fn names(rows: Vec<Vec<Option<String>>>) -> BTreeSet<String> {
    rows.into_iter().flatten().flatten().collect()
}

/// The module of a virtual table.
fn module(sql: &str) -> Option<String> {
    let tokens = tokens(sql);
    if !tokens.get(1)?.is_word("VIRTUAL") {
        return None;
    }
    let at = tokens.iter().position(|token| token.is_word("USING"))?;
    tokens.get(at + 1).map(unquote)
}

#[cfg(test)]
mod tests {
    use super::module;

    #[test]
    fn the_module_of_a_virtual_table_is_found() {
        assert_eq!(module("CREATE VIRTUAL TABLE \"a\" USING fts5(x)").as_deref(), Some("fts5"));
        assert_eq!(module("CREATE TABLE virtual (x)"), None);
    }
}
