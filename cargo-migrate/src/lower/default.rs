//! Defaults as each engine writes them.

use migrate_core::Dialect;
use migrate_models::{Literal, Storage};

use super::{mysql, text};
use crate::models::{Enum, ModelType};

/// A Rust literal.
pub(super) fn literal(dialect: Dialect, literal: &Literal, ty: &ModelType, enums: &[Enum]) -> String {
    let plain = match literal {
        Literal::Text(text) => match enum_value(ty, enums, |value| value.name.value == *text) {
            Some(value) => return value.of(dialect),
            None => text.clone(),
        },
        Literal::Variant(path) => {
            let variant = path.last().map_or("", String::as_str);
            match enum_value(ty, enums, |value| value.variant.value == variant) {
                Some(value) => return value.of(dialect),
                None => variant.to_owned(),
            }
        }
        Literal::Bytes(bytes) => return text::bytes(dialect, bytes),
        Literal::Integer(number) => return number.to_string(),
        Literal::Float(digits) => return digits.clone(),
        Literal::Boolean(truth) => {
            return match (dialect, truth) {
                (Dialect::Postgres, truth) => truth.to_string(),
                (Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite, true) => {
                    "1".to_owned()
                }
                (Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite, false) => {
                    "0".to_owned()
                }
            };
        }
    };
    match ty {
        // Digits in a string, so that none are lost.
        ModelType::Decimal => plain,
        ModelType::Bytes(_) => text::bytes(dialect, plain.as_bytes()),
        _ => text::string(dialect, &plain),
    }
}

enum Value {
    Text(String),
    Number(i64),
}

impl Value {
    fn of(self, dialect: Dialect) -> String {
        match self {
            Self::Text(value) => text::string(dialect, &value),
            Self::Number(number) => number.to_string(),
        }
    }
}

fn enum_value(
    ty: &ModelType,
    enums: &[Enum],
    wanted: impl Fn(&migrate_models::ValueModel) -> bool,
) -> Option<Value> {
    let ModelType::Enum(number) = ty else { return None };
    let model = &enums.get(*number)?.model;
    let value = model.values.iter().find(|value| wanted(value))?;
    Some(match (model.storage, value.discriminant) {
        (Storage::Integer(_), Some(number)) => Value::Number(number),
        (Storage::Native | Storage::Text | Storage::Integer(_), _) => Value::Text(value.name.value.clone()),
    })
}

/// What stands behind DEFAULT, for an expression or a literal in SQL: some engines want parentheses around it.
pub(super) fn behind_default(dialect: Dialect, sql: &str, ty: &str) -> String {
    let in_parentheses = || if text::is_in_parentheses(sql) { sql.to_owned() } else { format!("({sql})") };
    match dialect {
        Dialect::Postgres | Dialect::Mssql => sql.to_owned(),
        Dialect::Sqlite => {
            let is_time = ["current_timestamp", "current_date", "current_time"]
                .iter()
                .any(|word| sql.eq_ignore_ascii_case(word));
            if is_time || text::is_literal(sql) { sql.to_owned() } else { in_parentheses() }
        }
        // "Data Type Default Values": a literal default is not for BLOB, TEXT, GEOMETRY and JSON.
        Dialect::Mysql | Dialect::Mariadb => {
            if let Some(now) = current_timestamp(sql, ty) {
                return now;
            }
            let lower = ty.to_ascii_lowercase();
            let is_long = dialect == Dialect::Mysql
                && ["text", "blob", "json", "geometry", "point"].iter().any(|word| lower.contains(word))
                && !sql.eq_ignore_ascii_case("null");
            if text::is_literal(sql) && !is_long { sql.to_owned() } else { in_parentheses() }
        }
    }
}

/// Whether PostgreSQL reads the default once, when it makes the column, and keeps that moment for ever ("Date/Time Types",
/// special values): `'now'`, as it stands or cast to a time.
pub(super) fn is_frozen(dialect: Dialect, sql: &str, ty: &str) -> bool {
    let is_time = |ty: &str| {
        let ty = ty.trim_start().to_ascii_lowercase();
        ["date", "time", "timestamp"].iter().any(|word| {
            ty.strip_prefix(word)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        }) || ty.starts_with("timestamptz")
            || ty.starts_with("timetz")
    };
    let Some((value, behind)) = sql
        .trim()
        .strip_prefix('\'')
        .and_then(|rest| rest.split_once('\''))
        .map(|(value, rest)| (value, rest.trim()))
    else {
        return false;
    };
    let is_moment =
        ["now", "today", "tomorrow", "yesterday"].iter().any(|word| value.trim().eq_ignore_ascii_case(word));
    let is_cast = match behind.strip_prefix("::") {
        Some(cast) => is_time(cast),
        None => behind.is_empty(),
    };
    dialect == Dialect::Postgres && is_moment && is_cast && is_time(ty)
}

/// MySQL, MariaDB: the time now, with as many digits as the column keeps, since MySQL takes no other.
pub(super) fn current_timestamp(sql: &str, ty: &str) -> Option<String> {
    let lower = sql.trim().to_ascii_lowercase();
    let name = lower.split_once('(').map_or(lower.as_str(), |(name, _)| name).trim();
    if !matches!(name, "current_timestamp" | "now" | "localtime" | "localtimestamp") {
        return None;
    }
    let arguments = lower.strip_prefix(name)?.trim();
    let is_bare = matches!(arguments, "" | "()") && (name != "now" || arguments == "()");
    let digits = arguments.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    match (is_bare, mysql::fraction(ty)) {
        (true, Some(digits @ 1..)) => Some(format!("CURRENT_TIMESTAMP({digits})")),
        (true, _) => Some("CURRENT_TIMESTAMP".to_owned()),
        (false, _) if digits.is_some_and(|digits| digits.trim().parse::<u32>().is_ok()) => {
            Some(sql.trim().to_owned())
        }
        (false, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_that_is_kept_for_ever_is_seen() {
        for (sql, ty, expected) in [
            ("'now'", "timestamp", true),
            (" ' Today ' ", "date", true),
            ("'now'::timestamptz", "timestamptz(3)", true),
            // Read anew for each row.
            ("'now'::text", "timestamp", false),
            ("'now'", "text", false),
            ("'now'", "datemultirange", false),
            ("now()", "timestamp", false),
            ("'2020-01-01'", "date", false),
        ] {
            assert_eq!(is_frozen(Dialect::Postgres, sql, ty), expected, "{sql} {ty}");
        }
        assert!(!is_frozen(Dialect::Sqlite, "'now'", "date"));
    }

    #[test]
    fn each_engine_has_its_parentheses() {
        for (dialect, sql, ty, expected) in [
            (Dialect::Postgres, "now()", "timestamptz", "now()"),
            (Dialect::Mssql, "getdate()", "datetime2", "getdate()"),
            (Dialect::Sqlite, "CURRENT_TIMESTAMP", "TEXT", "CURRENT_TIMESTAMP"),
            (Dialect::Sqlite, "datetime('now')", "TEXT", "(datetime('now'))"),
            (Dialect::Sqlite, "(1 + 1)", "INTEGER", "(1 + 1)"),
            (Dialect::Sqlite, "-1", "INTEGER", "-1"),
            (Dialect::Mysql, "uuid()", "char(36)", "(uuid())"),
            (Dialect::Mysql, "'a'", "varchar(5)", "'a'"),
            (Dialect::Mysql, "'a'", "text", "('a')"),
            (Dialect::Mariadb, "'a'", "text", "'a'"),
            (Dialect::Mysql, "NULL", "json", "NULL"),
            (Dialect::Mysql, "CURRENT_TIMESTAMP", "timestamp(3)", "CURRENT_TIMESTAMP(3)"),
            (Dialect::Mysql, "now()", "datetime", "CURRENT_TIMESTAMP"),
            (Dialect::Mariadb, "now(3)", "datetime(6)", "now(3)"),
            (Dialect::Mysql, "now() + interval 1 day", "datetime", "(now() + interval 1 day)"),
        ] {
            assert_eq!(behind_default(dialect, sql, ty), expected, "{dialect} {sql}");
        }
    }
}
