//! Defaults.

use std::collections::BTreeMap;

use migrate_core::{Dialect, Error};
use migrate_runtime::Connection;

use super::{
    catalog::{cell, rows},
    server::Server,
    text::expression,
    ty,
};
use crate::{
    mysql::{identifier, literal, unescaped},
    schema::{Column, Table},
};

/// The default as it stands behind DEFAULT.
pub(super) fn default(server: &Server, ty: &str, printed: &str, is_expression: bool) -> Option<String> {
    match server.dialect {
        // MariaDB prints what one would write.
        Dialect::Mariadb if printed == "NULL" => None,
        Dialect::Mariadb => Some(current_timestamp(printed).unwrap_or_else(|| as_written(server, printed))),
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => Some(if is_expression {
            match current_timestamp(printed) {
                // `now()` was an expression in parentheses; without them it reads CURRENT_TIMESTAMP.
                Some(now) if !printed.starts_with("now") => now,
                _ => format!("({})", expression(server, printed)),
            }
        } else if ty::is_number(ty) {
            printed.to_owned()
        } else {
            literal(printed)
        }),
    }
}

/// Parentheses stay: MariaDB asks for them around an operator, and models have them around a function.
fn as_written(server: &Server, printed: &str) -> String {
    let inner = expression(server, printed);
    let is_call = printed.starts_with(|c: char| c.is_alphabetic() || c == '`') && printed.contains('(');
    if printed.starts_with('(') || is_call { format!("({inner})") } else { inner }
}

/// `CURRENT_TIMESTAMP(3)` in its usual spelling; none for any other text.
pub(super) fn current_timestamp(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix("current_timestamp").or_else(|| lower.strip_prefix("now"))?;
    match rest.strip_prefix('(').map(|rest| rest.strip_suffix(')')) {
        None if rest.is_empty() => Some("CURRENT_TIMESTAMP".to_owned()),
        Some(Some("")) => Some("CURRENT_TIMESTAMP".to_owned()),
        Some(Some(digit)) if digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit() => {
            Some(format!("CURRENT_TIMESTAMP({digit})"))
        }
        _ => None,
    }
}

/// Whether the catalogue's word for the default of the column cannot be relied on: that of a column of bytes is cut off
/// at a zero on MySQL, and has question marks for what is no text on MariaDB.
pub(super) fn is_doubtful(column: &Column) -> bool {
    let text = column.default.as_deref();
    ty::is_bytes(&column.ty) && text.is_some_and(|text| text.starts_with('\'') || text.starts_with("0x"))
}

/// Asks MariaDB for the defaults of columns of bytes. The row that nothing is joined to has them, but only where the
/// column may be NULL; for the others the catalogue has to do.
pub(super) async fn read_bytes(
    connection: &mut Connection,
    database: &str,
    tables: &mut [Table],
) -> Result<(), Error> {
    let mut questions = Vec::new();
    for table in tables.iter() {
        for column in table.columns.iter().filter(|column| is_doubtful(column)) {
            questions.push(format!(
                "SELECT {}, {}, HEX(DEFAULT(t.{})) FROM {}.{} t RIGHT JOIN (SELECT 1) one ON FALSE",
                literal(&table.name.name),
                literal(&column.name),
                identifier(&column.name),
                identifier(database),
                identifier(&table.name.name),
            ));
        }
    }
    if questions.is_empty() {
        return Ok(());
    }
    let found = rows(connection, &questions.join(" UNION ALL ")).await?;
    let found: BTreeMap<(&str, &str), Option<&str>> = found
        .iter()
        .map(|row| ((cell(row, 0), cell(row, 1)), row.get(2).and_then(Option::as_deref)))
        .collect();
    for table in tables {
        for column in table.columns.iter_mut().filter(|column| is_doubtful(column)) {
            let hex = found.get(&(table.name.name.as_str(), column.name.as_str())).copied().flatten();
            let hex = hex.map(ToOwned::to_owned);
            column.default = hex
                .or_else(|| column.default.as_deref().and_then(hex_of))
                .map(|hex| bytes(&hex, column.ty.starts_with("binary")));
        }
    }
    Ok(())
}

/// The bytes of a string or a hexadecimal number of SQL, as hexadecimal digits.
pub(super) fn hex_of(sql: &str) -> Option<String> {
    if let Some(hex) = sql.strip_prefix("0x") {
        return Some(hex.to_owned());
    }
    let inner = sql.strip_prefix('\'')?.strip_suffix('\'')?;
    let text = unescaped(&inner.replace("''", r"\'"));
    Some(text.bytes().map(|byte| format!("{byte:02X}")).collect())
}

/// Bytes as a string where they are one, else as a hexadecimal number. Zeros that pad a column of fixed length go.
pub(super) fn bytes(hex: &str, is_padded: bool) -> String {
    let mut hex = hex;
    while is_padded && hex.len() > 2 && hex.ends_with("00") {
        hex = &hex[..hex.len() - 2];
    }
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
    let bytes: Option<Vec<u8>> = digits.map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
    match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) if text.chars().all(|c| c.is_ascii_graphic() || c == ' ') => literal(&text),
        _ => format!("0x{hex}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_time_has_one_spelling() {
        for (printed, spelled) in [
            ("CURRENT_TIMESTAMP", Some("CURRENT_TIMESTAMP")),
            ("current_timestamp()", Some("CURRENT_TIMESTAMP")),
            ("current_timestamp(6)", Some("CURRENT_TIMESTAMP(6)")),
            ("now(3)", Some("CURRENT_TIMESTAMP(3)")),
            ("current_timestamp() + interval 1 day", None),
            ("nowhere", None),
            ("current_timestamp(6) - 1", None),
        ] {
            assert_eq!(current_timestamp(printed).as_deref(), spelled, "{printed}");
        }
    }

    #[test]
    fn bytes_are_a_string_where_they_can_be() {
        assert_eq!(bytes("616200", true), "'ab'");
        assert_eq!(bytes("616200", false), "0x616200");
        assert_eq!(bytes("00FF", false), "0x00FF");
        assert_eq!(bytes("0000", true), "0x00");
        assert_eq!(bytes("", false), "''");
        assert_eq!(hex_of(r"'it''s\0'").as_deref(), Some("6974277300"));
        assert_eq!(hex_of("0x00FF").as_deref(), Some("00FF"));
    }
}
