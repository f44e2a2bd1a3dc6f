//! Columns.

use migrate_core::Dialect;

use super::{
    catalog::{Row, cell, filled},
    default,
    server::Server,
    text::expression,
    ty,
};
use crate::schema::{Column, Generated, Identity};

/// The column of a row of the catalogue, in a table of this collation.
pub(super) fn column(server: &Server, row: &Row, table_collation: &str) -> Column {
    let mut column = Column::new(cell(row, 1), ty::spelled(cell(row, 2)));
    if let Some(reference_system) = filled(row, 9) {
        column.ty = format!("{} srid {reference_system}", column.ty);
    }
    column.nullable = cell(row, 3) == "YES";
    let extra = Extra::parse(cell(row, 5));
    column.identity = extra.auto_increment.then_some(Identity::AutoIncrement);
    column.invisible = extra.invisible;
    column.on_update = extra.on_update.map(|now| default::current_timestamp(&now).unwrap_or(now));
    match (filled(row, 8), extra.generated) {
        (Some(printed), Some(stored)) => {
            column.generated = Some(Generated { expression: expression(server, printed), stored });
        }
        _ => {
            let printed = row.get(4).and_then(Option::as_deref);
            column.default =
                printed.and_then(|printed| default::default(server, &column.ty, printed, extra.expression));
        }
    }
    (column.charset, column.collation) = server.collations.beside(cell(row, 6), table_collation);
    column.comment = filled(row, 7).map(ToOwned::to_owned);
    column
}

/// Turns the `longtext` with a check that MariaDB makes of `json` back into it. In another collation it is what somebody
/// wrote.
pub(super) fn restore_json(
    dialect: Dialect,
    column: &mut Column,
    table_collation: Option<&str>,
    check: &str,
) -> bool {
    let collation = column.collation.as_deref().or(table_collation);
    let is_json = match dialect {
        Dialect::Mariadb => {
            column.ty == "longtext"
                && check == format!("json_valid({})", crate::mysql::identifier(&column.name))
                && collation == Some("utf8mb4_bin")
        }
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => false,
    };
    if is_json {
        "json".clone_into(&mut column.ty);
        column.charset = None;
        column.collation = None;
    }
    is_json
}

/// What stands in the catalogue's column `EXTRA`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Extra {
    auto_increment: bool,
    invisible: bool,
    /// The default is an expression: said by MySQL only.
    expression: bool,
    on_update: Option<String>,
    /// Whether the generated column is stored.
    generated: Option<bool>,
}

impl Extra {
    fn parse(text: &str) -> Self {
        let mut extra = Self::default();
        let mut words = text.split([' ', ',']).filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            match word.to_ascii_lowercase().as_str() {
                "auto_increment" => extra.auto_increment = true,
                "invisible" => extra.invisible = true,
                "default_generated" => extra.expression = true,
                "virtual" => extra.generated = Some(false),
                "stored" | "persistent" => extra.generated = Some(true),
                "on" => extra.on_update = words.nth(1).map(ToOwned::to_owned),
                _ => {}
            }
        }
        extra
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extras_are_read() {
        assert_eq!(
            Extra::parse("DEFAULT_GENERATED on update CURRENT_TIMESTAMP(3) INVISIBLE"),
            Extra {
                invisible: true,
                expression: true,
                on_update: Some("CURRENT_TIMESTAMP(3)".to_owned()),
                ..Extra::default()
            }
        );
        assert_eq!(
            Extra::parse("on update current_timestamp(), INVISIBLE"),
            Extra { invisible: true, on_update: Some("current_timestamp()".to_owned()), ..Extra::default() }
        );
        assert_eq!(Extra::parse("STORED GENERATED").generated, Some(true));
        assert_eq!(Extra::parse("VIRTUAL GENERATED, INVISIBLE").generated, Some(false));
        assert!(Extra::parse("auto_increment").auto_increment);
    }
}
