//! What a change of a column can do to the rows that are there.

use migrate_core::Dialect;

use super::column::is_text;
use crate::{
    mysql::{identifier, literal, mentions},
    schema::{Check, Column, ObjectName, strings},
};

/// A new column that has to have a value in rows that give none. `checks` are those of the table as it is to be.
pub(super) fn added(table: &ObjectName, column: &Column, checks: &[Check]) -> Option<String> {
    let is_filled = column.nullable
        || column.default.is_some()
        || column.generated.is_some()
        || column.identity.is_some();
    if is_filled {
        return None;
    }
    let name = identifier(&column.name);
    let word = column.ty.split(['(', ' ']).next().unwrap_or_default();
    let happens = match word {
        "date" | "datetime" | "timestamp" => {
            "is refused if the table has rows, for want of a value (where sql_mode is not strict they get the zero date)"
        }
        _ => "gives the rows that are there the zero or the empty text of its type",
    };
    let refusing =
        checks.iter().filter(|check| !check.not_valid && mentions(&check.expression, &column.name));
    let refusing: Vec<_> = refusing.map(|check| check.name.as_deref().unwrap_or("its check")).collect();
    let then = if refusing.is_empty() {
        String::new()
    } else {
        format!(", and fails unless {} allows that", refusing.join(" and "))
    };
    Some(format!(
        "the new column {name} of {table} is NOT NULL and has no default: this {happens}{then}; \
         better add it as NULL, fill it, then set NOT NULL"
    ))
}

/// What can go wrong, or get lost, when a column changes.
///
/// - `kept`: what an UPDATE of the column sets as well.
/// - `count`: how many values do not fit, where they were counted.
pub(super) fn altered(
    dialect: Dialect,
    table: &ObjectName,
    before: &Column,
    after: &Column,
    kept: &str,
    count: &str,
) -> Vec<String> {
    let name = identifier(&after.name);
    let mut notes = Vec::new();
    match (&before.generated, &after.generated) {
        (None, Some(_)) => {
            notes.push(format!("what {name} of {table} holds is replaced by what it is computed from"));
            return notes;
        }
        (Some(generated), None) if !generated.stored => {
            notes.push(format!(
                "what {name} of {table} was computed to is not kept: fill the column behind this"
            ));
            return notes;
        }
        (Some(_), Some(_)) => return notes,
        (Some(_) | None, None) => {}
    }
    if is_no_conversion(dialect, &before.ty, &after.ty) {
        notes.push(format!(
            "the values of {name} of {table} are not kept: the server does not turn {} into {}",
            before.ty, after.ty
        ));
        return notes;
    }
    if before.nullable && !after.nullable {
        let value = after.default.clone().unwrap_or_else(|| "...".to_owned());
        notes.push(format!(
            "this fails if {name} of {table} is NULL anywhere ({}); first: \
             UPDATE {table} SET {name} = {value}{kept} WHERE {name} IS NULL",
            not_strict("it becomes zero, or empty")
        ));
    }
    if before.ty != after.ty
        && let Some(fate) = changed_type(&before.ty, &after.ty)
    {
        let fate = fate.counted(count);
        notes.push(format!("{name} of {table}: from {} to {}: {fate}", before.ty, after.ty));
    } else if is_text(&after.ty) && after.charset != before.charset {
        if after.charset.as_deref() != Some("utf8mb4") {
            let fails = format!("this fails if {name} of {table} holds a character that the charset lacks");
            notes.push(Fate::refused(fails, "it becomes a question mark").counted(count));
        }
        // Their limit is one of bytes, which a character has more of.
        if after.ty.ends_with("text") {
            let fails = format!(
                "this fails if a value of {name} of {table} has more bytes in its new charset than {} holds",
                after.ty
            );
            notes.push(Fate::refused(fails, CUT).counted(count));
        }
    }
    let width = |ty: &str| ty.strip_prefix("binary(")?.strip_suffix(')')?.parse::<u32>().ok();
    if let (Some(was), Some(is)) = (width(&before.ty), width(&after.ty))
        && was < is
    {
        notes.push(format!(
            "the values of {name} of {table} get zero bytes at their end, and are too long on the way back: \
             varbinary keeps them as they are"
        ));
    }
    notes
}

/// Whether the server refuses to turn one type into the other, whatever the values: MariaDB does so between numbers or
/// moments and the types that it keeps apart from all others.
pub(super) fn is_no_conversion(dialect: Dialect, before: &str, after: &str) -> bool {
    match dialect {
        Dialect::Mariadb => {}
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => return false,
    }
    let word = |ty: &str| ty.split(['(', ' ']).next().unwrap_or_default().to_owned();
    let special = |ty: &str| match word(ty).as_str() {
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" => Some("geometry".to_owned()),
        own @ ("uuid" | "inet4" | "inet6") => Some(own.to_owned()),
        _ => None,
    };
    let is_plain = |ty: &str| {
        word(ty) == "bit"
            || word(ty) == "year"
            || matches!(
                Type::parse(ty),
                Type::Integer { .. } | Type::Decimal { .. } | Type::Float { .. } | Type::Moment { .. }
            )
    };
    match (special(before), special(after)) {
        (None, None) => false,
        (Some(one), Some(other)) => one != other,
        (Some(_), None) => is_plain(after),
        (None, Some(_)) => is_plain(before),
    }
}

/// What becomes of values that a new type cannot hold.
#[derive(Debug, PartialEq, Eq)]
struct Fate {
    says: String,
    /// What the server makes of such a value where `sql_mode` is not strict; none where it refuses it all the same, or
    /// never.
    otherwise: Option<&'static str>,
}

const NEAREST: &str = "it becomes the nearest that fits";
const CUT: &str = "it is cut";
const ZERO: &str = "it becomes zero, or empty";

impl Fate {
    fn told(says: impl Into<String>) -> Self {
        Self { says: says.into(), otherwise: None }
    }

    fn refused(says: impl Into<String>, otherwise: &'static str) -> Self {
        Self { says: says.into(), otherwise: Some(otherwise) }
    }

    /// With how many rows there were when it was written, if they were counted.
    fn counted(&self, count: &str) -> String {
        let otherwise = self.otherwise.map(|then| format!("; {}", not_strict(then)));
        format!("{}{count}{}", self.says, otherwise.unwrap_or_default())
    }
}

/// What the server does instead of refusing, if it was told to.
pub(super) fn not_strict(then: &str) -> String {
    format!("where sql_mode is not strict {then}")
}

/// What happens to values that the new type cannot hold; none where it can hold all of them.
fn changed_type(before: &str, after: &str) -> Option<Fate> {
    let (old, new) = (Type::parse(before), Type::parse(after));
    let refused = |which: &str, otherwise| Some(Fate::refused(format!("this fails if {which}"), otherwise));
    let changed = |what: &str| Some(Fate::told(what));
    match (&old, &new) {
        (Type::Integer { bytes, unsigned }, Type::Integer { bytes: more, unsigned: natural }) => {
            if *natural && !unsigned {
                refused("a value is negative or too big", NEAREST)
            } else if more > bytes || more == bytes && natural == unsigned {
                None
            } else {
                refused("a value is too big", NEAREST)
            }
        }
        (
            Type::Integer { .. } | Type::Decimal { .. } | Type::Float { .. } | Type::Moment { .. },
            Type::Text { bytes },
        ) => {
            if *bytes >= 40 {
                None
            } else {
                refused("a value is too long", CUT)
            }
        }
        (Type::Decimal { whole, fraction }, Type::Decimal { whole: wider, fraction: finer }) => {
            if wider < whole {
                refused("a value is too big", NEAREST)
            } else if finer < fraction {
                changed("values are rounded")
            } else {
                None
            }
        }
        (Type::Integer { bytes, .. }, Type::Decimal { whole, .. }) => {
            if digits(*bytes) <= *whole {
                None
            } else {
                refused("a value is too big", NEAREST)
            }
        }
        (Type::Decimal { .. } | Type::Float { .. }, Type::Integer { .. }) => {
            Some(Fate::refused("values are rounded, and this fails if one is too big", NEAREST))
        }
        (Type::Float { double: true }, Type::Float { double: false }) => {
            Some(Fate::refused("values lose digits, and this fails if one is too big", NEAREST))
        }
        (Type::Float { .. }, Type::Float { .. }) => None,
        (Type::Integer { bytes, .. }, Type::Float { double }) if *bytes <= 3 || *double && *bytes <= 4 => {
            None
        }
        (Type::Integer { .. } | Type::Decimal { .. }, Type::Float { .. }) => {
            changed("big values lose digits")
        }
        (Type::Text { bytes }, Type::Text { bytes: more })
        | (Type::Bytes { bytes }, Type::Bytes { bytes: more }) => {
            if more >= bytes {
                None
            } else {
                refused("a value is longer", CUT)
            }
        }
        (Type::Choice { values }, Type::Choice { values: others }) => {
            let gone: Vec<String> =
                values.iter().filter(|value| !others.contains(value)).map(|value| literal(value)).collect();
            let otherwise = if after.starts_with("set(") { "it loses that" } else { "it becomes ''" };
            if gone.is_empty() {
                None
            } else {
                refused(&format!("a row has {}", gone.join(" or ")), otherwise)
            }
        }
        (Type::Choice { values }, Type::Text { bytes }) => {
            let all: u64 = values.iter().map(|value| value.len() as u64 + 1).sum();
            if all <= *bytes { None } else { refused("a value is longer", CUT) }
        }
        (Type::Text { .. }, Type::Choice { .. }) => refused("a value is none of the list", "it becomes ''"),
        (Type::Moment { kind: was, digits }, Type::Moment { kind, digits: finer }) => {
            match (was.as_str(), kind.as_str()) {
                ("datetime" | "timestamp", "date") => changed("the time of day is cut off"),
                ("datetime", "timestamp") => refused("a value lies outside of 1970 to 2038", ZERO),
                (was, kind) if was == kind || kind == "datetime" => {
                    if finer < digits {
                        changed("fractions of a second are rounded")
                    } else {
                        None
                    }
                }
                _ => changed("look whether the values convert to what is meant"),
            }
        }
        (Type::Json, Type::Text { bytes }) if *bytes >= 65_535 => None,
        // Whatever the mode is.
        (_, Type::Json) => changed("this fails if a value is no JSON"),
        (Type::Other(old), Type::Other(new)) if old == new => None,
        (_, Type::Other(_)) => refused("a value does not convert", "it may become zero, or empty"),
        _ => refused("a value does not convert", ZERO),
    }
}

/// How many digits an integer of so many bytes can have.
fn digits(bytes: u8) -> u64 {
    match bytes {
        1 => 3,
        2 => 5,
        3 => 8,
        4 => 10,
        _ => 20,
    }
}

/// What a type can hold, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
enum Type {
    Integer { bytes: u8, unsigned: bool },
    Decimal { whole: u64, fraction: u64 },
    Float { double: bool },
    Text { bytes: u64 },
    Bytes { bytes: u64 },
    Choice { values: Vec<String> },
    Moment { kind: String, digits: u64 },
    Json,
    Other(String),
}

impl Type {
    fn parse(ty: &str) -> Self {
        let word = ty.split(['(', ' ']).next().unwrap_or(ty);
        let inside = ty.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map(|(inside, _)| inside);
        let number = |at: usize| -> Option<u64> { inside?.split(',').nth(at)?.trim().parse().ok() };
        let unsigned = ty.contains("unsigned") || ty.contains("zerofill");
        let integer = |bytes| Self::Integer { bytes, unsigned };
        match word {
            "tinyint" => integer(1),
            "smallint" => integer(2),
            "mediumint" => integer(3),
            "int" => integer(4),
            "bigint" => integer(8),
            "decimal" if !unsigned => {
                let (precision, fraction) = (number(0).unwrap_or(10), number(1).unwrap_or(0));
                Self::Decimal { whole: precision.saturating_sub(fraction), fraction }
            }
            "float" if inside.is_none() && !unsigned => Self::Float { double: false },
            "double" if inside.is_none() && !unsigned => Self::Float { double: true },
            // Lengths of char and varchar are characters, of at most four bytes each.
            "char" | "varchar" => Self::Text { bytes: number(0).unwrap_or(1) * 4 },
            "tinytext" => Self::Text { bytes: 255 },
            "text" => Self::Text { bytes: 65_535 },
            "mediumtext" => Self::Text { bytes: 16_777_215 },
            "longtext" => Self::Text { bytes: 4_294_967_295 },
            "binary" | "varbinary" => Self::Bytes { bytes: number(0).unwrap_or(1) },
            "tinyblob" => Self::Bytes { bytes: 255 },
            "blob" => Self::Bytes { bytes: 65_535 },
            "mediumblob" => Self::Bytes { bytes: 16_777_215 },
            "longblob" => Self::Bytes { bytes: 4_294_967_295 },
            "enum" | "set" => Self::Choice { values: strings(Dialect::Mysql, ty) },
            "date" | "time" | "datetime" | "timestamp" => {
                Self::Moment { kind: word.to_owned(), digits: number(0).unwrap_or(0) }
            }
            "json" => Self::Json,
            _ => Self::Other(ty.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_every_value_needs_no_eye() {
        for (before, after) in [
            ("int", "bigint"),
            ("int unsigned", "bigint"),
            ("tinyint(1)", "int"),
            ("int", "decimal(12,2)"),
            ("int", "double"),
            ("int", "varchar(20)"),
            ("varchar(20)", "varchar(40)"),
            ("varchar(200)", "text"),
            ("text", "longtext"),
            ("decimal(10,2)", "decimal(12,4)"),
            ("enum('a','b')", "enum('b','c','a')"),
            ("enum('a','b')", "varchar(20)"),
            ("datetime", "datetime(6)"),
            ("date", "datetime"),
            ("binary(4)", "varbinary(16)"),
            ("json", "longtext"),
        ] {
            assert_eq!(changed_type(before, after), None, "{before} -> {after}");
        }
    }

    #[test]
    fn what_does_not_is_named() {
        for (before, after, note) in [
            ("bigint", "int", "this fails if a value is too big; it becomes the nearest that fits"),
            (
                "int",
                "int unsigned",
                "this fails if a value is negative or too big; it becomes the nearest that fits",
            ),
            (
                "bigint unsigned",
                "bigint",
                "this fails if a value is too big; it becomes the nearest that fits",
            ),
            ("decimal(10,4)", "decimal(10,2)", "values are rounded"),
            ("varchar(40)", "varchar(20)", "this fails if a value is longer; it is cut"),
            ("text", "varchar(255)", "this fails if a value is longer; it is cut"),
            ("enum('a','it''s')", "enum('a')", "this fails if a row has 'it''s'; it becomes ''"),
            ("set('a','b')", "set('a')", "this fails if a row has 'b'; it loses that"),
            ("varchar(20)", "int", "this fails if a value does not convert; it becomes zero, or empty"),
            ("varchar(20)", "json", "this fails if a value is no JSON"),
            ("datetime(6)", "datetime", "fractions of a second are rounded"),
            ("datetime", "date", "the time of day is cut off"),
        ] {
            let said = changed_type(before, after).unwrap().counted("");
            assert_eq!(said.replace("where sql_mode is not strict ", ""), note, "{before} -> {after}");
        }
        let counted = changed_type("varchar(40)", "varchar(20)").unwrap().counted(" (2 rows)");
        assert_eq!(
            counted,
            "this fails if a value is longer (2 rows); where sql_mode is not strict it is cut"
        );
    }

    #[test]
    fn bytes_that_come_along_are_named() {
        let notes = |before: &Column, after: &Column| {
            altered(Dialect::Mysql, &ObjectName::local("t"), before, after, "", "").join("; ")
        };
        let of =
            |ty: &str, charset: &str| Column { charset: Some(charset.to_owned()), ..Column::new("a", ty) };
        let longer = notes(&of("text", "latin1"), &of("text", "utf8mb4"));
        assert_eq!(
            longer,
            "this fails if a value of a of t has more bytes in its new charset than text holds; where sql_mode is not \
             strict it is cut"
        );
        assert_eq!(notes(&of("varchar(9)", "latin1"), &of("varchar(9)", "utf8mb4")), "");
        let wider = notes(&Column::new("a", "binary(3)"), &Column::new("a", "binary(5)"));
        assert!(wider.starts_with("the values of a of t get zero bytes at their end"), "{wider}");
        assert_eq!(notes(&Column::new("a", "varbinary(3)"), &Column::new("a", "varbinary(5)")), "");
    }

    #[test]
    fn mariadb_keeps_some_types_apart() {
        for (before, after, refused) in [
            ("int", "uuid", true),
            ("uuid", "datetime", true),
            ("uuid", "inet6", true),
            ("point", "int", true),
            ("varchar(36)", "uuid", false),
            ("uuid", "binary(16)", false),
            ("point", "geometry", false),
            ("int", "bigint", false),
        ] {
            assert_eq!(is_no_conversion(Dialect::Mariadb, before, after), refused, "{before} -> {after}");
            assert!(!is_no_conversion(Dialect::Mysql, before, after));
        }
    }

    #[test]
    fn a_column_that_must_have_a_value_says_so() {
        let table = ObjectName::local("users");
        let before = Column::new("email", "varchar(20)");
        let mut after = Column { nullable: false, ..before.clone() };
        assert_eq!(
            altered(Dialect::Mysql, &table, &before, &after, "", ""),
            [
                "this fails if email of users is NULL anywhere (where sql_mode is not strict it becomes zero, or empty); \
              first: UPDATE users SET email = ... WHERE email IS NULL"
            ]
        );
        assert!(added(&table, &after, &[]).unwrap().contains("NOT NULL"));
        let check = Check {
            name: Some("ck_email".to_owned()),
            expression: "email in ('a','b')".to_owned(),
            no_inherit: false,
            not_valid: false,
            comment: None,
        };
        let said = added(&table, &after, &[check]).unwrap();
        assert!(
            said.contains("empty text of its type, and fails unless ck_email allows that; better"),
            "{said}"
        );
        after.default = Some("''".to_owned());
        assert_eq!(added(&table, &after, &[]), None);
        assert!(altered(Dialect::Mysql, &table, &after, &before, "", "").is_empty());
    }
}
