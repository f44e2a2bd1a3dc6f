//! A column as it is defined.

use migrate_core::Dialect;

use crate::{
    mysql::{identifier, literal, mentions},
    schema::{Check, Column, Table},
};

/// The pieces of a column's definition, so that those of a table can be aligned.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) ty: String,
    /// What stands behind the type.
    pub(super) rest: String,
}

impl Definition {
    /// The pieces with single spaces between them.
    pub(super) fn in_line(&self) -> String {
        let Self { name, ty, rest } = self;
        if rest.is_empty() { format!("{name} {ty}") } else { format!("{name} {ty} {rest}") }
    }
}

/// The whole definition: MODIFY forgets what it does not repeat.
pub(super) fn definition(dialect: Dialect, table: &Table, column: &Column) -> Definition {
    let mut rest: Vec<String> = Vec::new();
    if let Some(charset) = &column.charset {
        rest.push(format!("CHARACTER SET {charset}"));
    }
    if let Some(collation) = &column.collation {
        rest.push(format!("COLLATE {collation}"));
    }
    if let Some(generated) = &column.generated {
        let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
        rest.push(format!("GENERATED ALWAYS AS ({}) {kept}", generated.expression));
    }
    if let Some(nullability) = nullability(dialect, column) {
        rest.push(nullability.to_owned());
    }
    if let Some(default) = &column.default {
        let default = if needs_parentheses(dialect, column, default) {
            format!("({default})")
        } else {
            default.clone()
        };
        rest.push(format!("DEFAULT {default}"));
    }
    if let Some(on_update) = &column.on_update {
        rest.push(format!("ON UPDATE {on_update}"));
    }
    if column.identity.is_some() {
        rest.push("AUTO_INCREMENT".to_owned());
    }
    if column.invisible {
        rest.push("INVISIBLE".to_owned());
    }
    if let Some(comment) = &column.comment {
        rest.push(format!("COMMENT {}", literal(comment)));
    }
    if let Some(check) = own_check(dialect, table, column) {
        rest.push(format!("CHECK ({})", check.expression));
    }
    Definition { name: identifier(&column.name), ty: column.ty.clone(), rest: rest.join(" ") }
}

fn nullability(dialect: Dialect, column: &Column) -> Option<&'static str> {
    match dialect {
        // A generated column takes no such word.
        Dialect::Mariadb if column.generated.is_some() => None,
        Dialect::Mysql | Dialect::Mariadb | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {
            if !column.nullable {
                Some("NOT NULL")
            } else if column.ty.starts_with("timestamp") && column.generated.is_none() {
                // Without the word it is NOT NULL where explicit_defaults_for_timestamp is off.
                Some("NULL")
            } else {
                None
            }
        }
    }
}

/// MySQL takes a plain text as the default of a text, but only in parentheses.
fn needs_parentheses(dialect: Dialect, column: &Column, default: &str) -> bool {
    match dialect {
        Dialect::Mysql => {
            let word = column.ty.split(['(', ' ']).next().unwrap_or_default();
            let is_long = word.ends_with("text") || word.ends_with("blob") || word == "json";
            is_long && !default.starts_with('(') && !default.eq_ignore_ascii_case("null")
        }
        Dialect::Mariadb | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => false,
    }
}

/// On MariaDB a check that is named as a column and speaks of it is part of that column's definition: it goes with
/// every MODIFY that does not repeat it, and DROP CONSTRAINT does not find it.
pub(super) fn own_check<'a>(dialect: Dialect, table: &'a Table, column: &Column) -> Option<&'a Check> {
    table.checks.iter().find(|check| owns(dialect, table, &column.name, check))
}

/// Whether the check is part of the column's definition. One that was made there may speak of others only.
pub(super) fn owns(dialect: Dialect, table: &Table, column: &str, check: &Check) -> bool {
    match dialect {
        Dialect::Mariadb => {
            check.name.as_deref() == Some(column)
                && (mentions(&check.expression, column) || table.details.column_checks.contains(column))
        }
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => false,
    }
}

/// Whether the values are text, so that a charset can be had.
pub(super) fn is_text(ty: &str) -> bool {
    let word = ty.split(['(', ' ']).next().unwrap_or(ty);
    matches!(word, "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Generated, Identity, ObjectName};

    fn line(dialect: Dialect, column: &Column) -> String {
        definition(dialect, &Table::new(ObjectName::local("t")), column).in_line()
    }

    #[test]
    fn everything_of_a_column_is_said() {
        let mut column = Column::new("name", "varchar(20)");
        assert_eq!(line(Dialect::Mysql, &column), "name varchar(20)");
        column.charset = Some("latin1".to_owned());
        column.collation = Some("latin1_bin".to_owned());
        column.nullable = false;
        column.default = Some("'x'".to_owned());
        column.invisible = true;
        column.comment = Some("it's".to_owned());
        assert_eq!(
            line(Dialect::Mysql, &column),
            "name varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'x' INVISIBLE COMMENT 'it''s'"
        );
        let mut number = Column::new("order", "bigint unsigned");
        number.nullable = false;
        number.identity = Some(Identity::AutoIncrement);
        assert_eq!(line(Dialect::Mariadb, &number), "`order` bigint unsigned NOT NULL AUTO_INCREMENT");
        let mut moment = Column::new("at", "timestamp(3)");
        moment.default = Some("CURRENT_TIMESTAMP(3)".to_owned());
        moment.on_update.clone_from(&moment.default);
        assert_eq!(
            line(Dialect::Mysql, &moment),
            "at timestamp(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)"
        );
    }

    #[test]
    fn mariadb_takes_no_nullability_on_a_generated_column() {
        let mut column = Column::new("g", "int");
        column.nullable = false;
        column.generated = Some(Generated { expression: "a + 1".to_owned(), stored: true });
        assert_eq!(line(Dialect::Mysql, &column), "g int GENERATED ALWAYS AS (a + 1) STORED NOT NULL");
        assert_eq!(line(Dialect::Mariadb, &column), "g int GENERATED ALWAYS AS (a + 1) STORED");
    }

    #[test]
    fn the_default_of_a_text_stands_in_parentheses_on_mysql() {
        let mut column = Column::new("t", "text");
        column.default = Some("'x'".to_owned());
        assert_eq!(line(Dialect::Mysql, &column), "t text DEFAULT ('x')");
        assert_eq!(line(Dialect::Mariadb, &column), "t text DEFAULT 'x'");
    }
}
