//! What only SHOW CREATE TABLE tells: the parser of a full-text index, and on MySQL the default of a column of bytes,
//! which the catalogue cuts off at a zero. Asked of the tables that have such a thing, and of no other.

use migrate_core::{Dialect, Error};
use migrate_runtime::Connection;

use super::{
    catalog::{cell, rows},
    default::{bytes, hex_of, is_doubtful},
};
use crate::{mysql::identifier, schema::Table};

/// Fills in what the catalogue does not have.
pub(super) async fn fill_in(
    connection: &mut Connection,
    database: &str,
    tables: &mut [Table],
) -> Result<(), Error> {
    let shows_bytes = match connection.dialect() {
        Dialect::Mariadb => false,
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => true,
    };
    for table in tables {
        let has_text_index = table.indexes.iter().any(|index| index.method.as_deref() == Some("fulltext"));
        if !(has_text_index || shows_bytes && table.columns.iter().any(is_doubtful)) {
            continue;
        }
        let sql = format!("SHOW CREATE TABLE {}.{}", identifier(database), identifier(&table.name.name));
        let found = rows(connection, &sql).await?;
        let created = found.first().map(|row| cell(row, 1)).unwrap_or_default();
        for index in &mut table.indexes {
            if let Some(parser) = parser(created, &index.name) {
                index.options.insert("parser".to_owned(), parser);
            }
        }
        for column in table.columns.iter_mut().filter(|column| shows_bytes && is_doubtful(column)) {
            if let Some(hex) = default(created, &column.name).and_then(|sql| hex_of(&sql)) {
                column.default = Some(bytes(&hex, column.ty.starts_with("binary")));
            }
        }
    }
    Ok(())
}

/// The line of this beginning, without it.
fn line<'a>(created: &'a str, start: &str) -> Option<&'a str> {
    created.lines().find_map(|line| line.strip_prefix("  ")?.strip_prefix(start))
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// The parser of a full-text index.
fn parser(created: &str, index: &str) -> Option<String> {
    let line = line(created, &format!("FULLTEXT KEY {} (", quoted(index)))?;
    let (_, parser) = line.rsplit_once("WITH PARSER `")?;
    parser.split_once('`').map(|(parser, _)| parser.to_owned())
}

/// The default of a column of bytes: a string or a hexadecimal number.
fn default(created: &str, column: &str) -> Option<String> {
    let (_, default) = line(created, &format!("{} ", quoted(column)))?.split_once(" DEFAULT ")?;
    let is_end = |c: char| c == ' ' || c == ',';
    if !default.starts_with('\'') {
        return Some(default.split(is_end).next().unwrap_or(default).to_owned());
    }
    let mut escaped = false;
    let end = default.char_indices().skip(1).find(|(at, c)| {
        let is_end = *c == '\'' && !escaped && !default[at + 1..].starts_with('\'');
        // Of two quotes the first escapes the second.
        escaped = !escaped && (*c == '\\' || *c == '\'');
        is_end
    });
    end.map(|(at, _)| default[..=at].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: &str = "CREATE TABLE `t` (\n  `a` text,\n  `b` binary(4) NOT NULL DEFAULT 'it''s\\'\\0' COMMENT 'x',\n  \
                           `c``d` varbinary(3) DEFAULT 0x00FF,\n  FULLTEXT KEY `f` (`a`),\n  \
                           FULLTEXT KEY `g``h` (`a`) COMMENT 'x' /*!50100 WITH PARSER `ngram` */ \n) ENGINE=InnoDB";

    #[test]
    fn the_parser_is_in_the_line_of_its_index() {
        assert_eq!(parser(CREATED, "g`h").as_deref(), Some("ngram"));
        assert_eq!(parser(CREATED, "f"), None);
    }

    #[test]
    fn the_default_is_in_the_line_of_its_column() {
        assert_eq!(default(CREATED, "b").as_deref(), Some(r"'it''s\'\0'"));
        assert_eq!(default(CREATED, "c`d").as_deref(), Some("0x00FF"));
        assert_eq!(default(CREATED, "a"), None);
    }
}
