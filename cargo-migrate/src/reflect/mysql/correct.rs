//! MariaDB: what its catalogue says wrongly, SHOW CREATE TABLE says right. Characters of four bytes are four question
//! marks in the expressions of the catalogue; a check on a column keeps the name of a column that was renamed; and a
//! period is listed as a check.

use std::{collections::BTreeSet, ops::Range};

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::Connection;

use super::{
    catalog::{Catalog, Row, cell, rows},
    object_name,
    server::Server,
};
use crate::mysql::{identifier, mentions};

/// What a character of four bytes is in the catalogue.
const LOST: &str = "????";

/// Corrects the rows of a database, and says what of it is in no table.
pub(super) async fn correct(
    connection: &mut Connection,
    server: &Server,
    database: &str,
    catalog: &mut Catalog,
) -> Result<Vec<String>, Error> {
    match server.dialect {
        Dialect::Mariadb => {}
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => return Ok(Vec::new()),
    }
    let mut unread = Vec::new();
    for table in doubtful(catalog) {
        let sql = format!("SHOW CREATE TABLE {}.{}", identifier(database), identifier(&table));
        let found = rows(connection, &sql).await?;
        let created = Created::new(found.first().map(|row| cell(row, 1)).unwrap_or_default());
        let name = object_name(server, database, &table);
        columns(&created, &table, &mut catalog.columns)?;
        checks(&created, &table, catalog)?;
        let is_period = |row: &mut Row| {
            cell(row, 0) == table && created.has(&format!("\n  PERIOD FOR {} (", quoted(cell(row, 1))))
        };
        for row in catalog.checks.extract_if(.., is_period) {
            unread.push(format!("{name}: its period {}", identifier(cell(&row, 1))));
        }
    }
    Ok(unread)
}

/// The tables of which the catalogue may not say what is.
fn doubtful(catalog: &Catalog) -> BTreeSet<String> {
    let is_table = |row: &&Row| cell(row, 1) == "BASE TABLE";
    let tables: BTreeSet<&str> = catalog.tables.iter().filter(is_table).map(|row| cell(row, 0)).collect();
    let of_columns = catalog.columns.iter().filter(|row| {
        let default = cell(row, 4);
        cell(row, 8).contains(LOST) || default.contains(LOST) && !default.starts_with('\'')
    });
    let of_checks = catalog.checks.iter().filter(|row| {
        cell(row, 2).contains(LOST)
            || if is_of_column(row) {
                !mentions(cell(row, 2), cell(row, 1))
            } else {
                may_be_period(cell(row, 2))
            }
    });
    let names = of_columns.chain(of_checks).map(|row| cell(row, 0));
    names.filter(|name| tables.contains(name)).map(ToOwned::to_owned).collect()
}

fn is_of_column(check: &Row) -> bool {
    cell(check, 4) == "Column"
}

/// A period is the check that it begins before it ends.
fn may_be_period(expression: &str) -> bool {
    let is_name = |text: &str| text.starts_with('`') && text.ends_with('`');
    expression.split_once(" < ").is_some_and(|(from, to)| is_name(from) && is_name(to))
}

/// Generated expressions and defaults.
fn columns(created: &Created, table: &str, rows: &mut [Row]) -> Result<(), Error> {
    for row in rows.iter_mut().filter(|row| cell(row, 0) == table) {
        let column = cell(row, 1).to_owned();
        for (at, lead) in [(8, " GENERATED ALWAYS AS ("), (4, " DEFAULT ")] {
            let printed = cell(row, at);
            if !printed.contains(LOST) || printed.starts_with('\'') {
                continue;
            }
            let found = created.of_column(&column).and_then(|within| created.find(within, lead, printed));
            let Some(found) = found else {
                return Err(unreadable(&format!("what column {column} of {table} is computed from")));
            };
            row[at] = Some(found);
        }
    }
    Ok(())
}

/// Checks: what they say, and to which column they belong.
fn checks(created: &Created, table: &str, catalog: &mut Catalog) -> Result<(), Error> {
    let columns = catalog.columns.iter().filter(|row| cell(row, 0) == table).map(|row| cell(row, 1));
    let columns: Vec<String> = columns.map(ToOwned::to_owned).collect();
    for row in catalog.checks.iter_mut().filter(|row| cell(row, 0) == table) {
        let (name, printed) = (cell(row, 1).to_owned(), cell(row, 2).to_owned());
        let mut within = created.starting(&format!("\n  CONSTRAINT {} ", quoted(&name)));
        if is_of_column(row) {
            let has = |column: &&String| {
                let line = created.of_column(column);
                line.is_some_and(|within| created.find(within, " CHECK (", &printed).is_some())
            };
            let named = columns.iter().filter(|column| **column == name);
            if let Some(owner) = named.chain(&columns).find(has) {
                row[1] = Some(owner.clone());
                within = created.of_column(owner);
            }
        }
        if printed.contains(LOST) {
            let Some(found) = within.and_then(|within| created.find(within, " CHECK (", &printed)) else {
                return Err(unreadable(&format!("check {name} of {table}")));
            };
            row[2] = Some(found);
        }
    }
    Ok(())
}

fn unreadable(what: &str) -> Error {
    Error::new(
        Code::Database,
        format!("{what} cannot be read: the server shows question marks for characters"),
    )
    .with_help("say it without characters of four bytes, such as emoji")
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A CREATE TABLE, as it is and as the catalogue would show it: a character of four bytes is as long as what stands for it.
#[derive(Debug)]
struct Created {
    text: String,
    shown: String,
}

impl Created {
    fn new(text: &str) -> Self {
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            if c.len_utf8() == LOST.len() { shown.push_str(LOST) } else { shown.push(c) }
        }
        Self { text: text.to_owned(), shown }
    }

    fn has(&self, text: &str) -> bool {
        self.shown.contains(text)
    }

    /// The line of a column.
    fn of_column(&self, name: &str) -> Option<Range<usize>> {
        self.starting(&format!("\n  {} ", quoted(name)))
    }

    /// The line with this beginning.
    fn starting(&self, start: &str) -> Option<Range<usize>> {
        let at = self.shown.find(start)?;
        let rest = self.shown.get(at + start.len()..)?;
        Some(at..at + start.len() + rest.find('\n').unwrap_or(rest.len()))
    }

    /// What stands behind `lead` where the catalogue shows it as `printed`.
    fn find(&self, within: Range<usize>, lead: &str, printed: &str) -> Option<String> {
        let close = if lead.ends_with('(') { ")" } else { "" };
        let line = self.shown.get(within.clone())?;
        let at = within.start + line.find(&format!("{lead}{printed}{close}"))? + lead.len();
        self.text.get(at..at + printed.len()).map(ToOwned::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: &str = "CREATE TABLE `t` (\n  `a` varchar(9) DEFAULT concat('😀?','y') COMMENT 'x',\n  \
                           `g` int(11) GENERATED ALWAYS AS (concat(`a`,'😀')) VIRTUAL CHECK (`a` <> '😀'),\n  \
                           `s` date NOT NULL,\n  PERIOD FOR `p` (`s`, `e`),\n  \
                           CONSTRAINT `a` CHECK (`a` <> '????'),\n  CONSTRAINT `q` CHECK (`s` < `e`)\n) ENGINE=InnoDB";

    fn row(cells: [&str; 5]) -> Row {
        cells.iter().map(|cell| Some((*cell).to_owned())).collect()
    }

    #[test]
    fn what_the_catalogue_cannot_show_is_found() {
        let created = Created::new(CREATED);
        let of = |column: &str, lead, printed| created.find(created.of_column(column)?, lead, printed);
        assert_eq!(of("a", " DEFAULT ", "concat('?????','y')").as_deref(), Some("concat('😀?','y')"));
        assert_eq!(
            of("g", " GENERATED ALWAYS AS (", "concat(`a`,'????')").as_deref(),
            Some("concat(`a`,'😀')")
        );
        assert_eq!(of("g", " CHECK (", "`a` <> '????'").as_deref(), Some("`a` <> '😀'"));
        assert_eq!(of("a", " CHECK (", "`a` <> '????'"), None);
    }

    #[test]
    fn a_check_belongs_to_the_column_behind_which_it_stands() {
        let mut catalog = Catalog {
            columns: ["a", "g", "s"].map(|name| row(["t", name, "", "", ""])).to_vec(),
            checks: vec![
                row(["t", "old", "`a` <> '????'", "YES", "Column"]),
                row(["t", "a", "`a` <> '????'", "YES", "Table"]),
            ],
            ..Catalog::default()
        };
        checks(&Created::new(CREATED), "t", &mut catalog).unwrap();
        let found: Vec<_> = catalog.checks.iter().map(|row| (cell(row, 1), cell(row, 2))).collect();
        assert_eq!(found, [("g", "`a` <> '😀'"), ("a", "`a` <> '????'")]);
    }

    #[test]
    fn only_two_names_can_be_a_period() {
        assert!(may_be_period("`s` < `e`"));
        assert!(!may_be_period("`s` < 5") && !may_be_period("`s` <= `e`"));
    }
}
