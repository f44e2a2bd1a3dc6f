//! Which types hold less than others.

use migrate_core::Dialect;

/// A type's text in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// With `[]` behind it for an array.
    pub(super) base: String,
    /// What stands in parentheses, where it is numbers; `max` is the largest.
    numbers: Vec<u64>,
    unsigned: bool,
}

impl Shape {
    pub(super) fn of(ty: &str) -> Self {
        let lower = ty.to_lowercase();
        let (base, rest) = lower.split_once('(').unwrap_or((&lower, ""));
        let (inside, behind) = rest.split_once(')').unwrap_or((rest, ""));
        let number = |word: &str| match word.trim() {
            "max" => Some(u64::MAX),
            word => word.parse().ok(),
        };
        let unsigned = base.contains(" unsigned") || behind.contains("unsigned");
        let base = base.replace(" unsigned", "");
        let dimensions = if behind.trim_end().ends_with("[]") { "[]" } else { "" };
        Self {
            base: format!("{}{dimensions}", base.trim()),
            numbers: inside.split(',').filter_map(number).collect(),
            unsigned,
        }
    }

    pub(super) const fn is_unsigned(&self) -> bool {
        self.unsigned
    }

    /// Its place among the integers: how many bytes it has.
    pub(super) fn integer(&self) -> Option<u8> {
        Some(match self.base.as_str() {
            "tinyint" => 1,
            "smallint" | "int2" => 2,
            "mediumint" => 3,
            "int" | "integer" | "int4" => 4,
            "bigint" | "int8" => 8,
            _ => return None,
        })
    }

    /// How many characters or bytes it holds, if it holds text or bytes.
    pub(super) fn length(&self) -> Option<u64> {
        let given = self.numbers.first().copied();
        Some(match self.base.as_str() {
            "char" | "nchar" | "binary" | "bit" => given.unwrap_or(1),
            "varchar" | "nvarchar" | "character varying" | "varbinary" | "varbit" | "bit varying" => {
                given.unwrap_or(u64::MAX)
            }
            "tinytext" | "tinyblob" => 255,
            "text" | "blob" => given.unwrap_or(65_535 << 32),
            "mediumtext" | "mediumblob" => (65_535 << 32) + 1,
            "longtext" | "longblob" | "ntext" | "bytea" | "citext" | "json" | "jsonb" => u64::MAX,
            _ => return None,
        })
    }

    /// How many digits stand before and behind the point.
    pub(super) fn digits(&self) -> Option<(u64, u64)> {
        match (self.base.as_str(), self.numbers.as_slice()) {
            ("numeric" | "decimal", []) => Some((u64::MAX, u64::MAX)),
            ("numeric" | "decimal", [precision]) => Some((*precision, 0)),
            ("numeric" | "decimal", [precision, scale, ..]) => {
                Some((precision.saturating_sub(*scale), *scale))
            }
            _ => None,
        }
    }

    /// Whether a floating-point number keeps fewer digits: MySQL's can say how many stand before and behind the point.
    fn rounds_more_than(&self, other: &Self) -> bool {
        match (self.numbers.as_slice(), other.numbers.as_slice()) {
            ([digits, scale], [most, finest]) => {
                scale < finest || digits.saturating_sub(*scale) < most.saturating_sub(*finest)
            }
            ([_, _], _) => true,
            ([digits], [most]) => digits < most,
            _ => false,
        }
    }
}

/// How many digits of a second's fraction a point in time keeps where its type does not say.
fn usual_fraction(dialect: Dialect) -> u64 {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => 6,
        Dialect::Mysql | Dialect::Mariadb => 0,
        Dialect::Mssql => 7,
    }
}

/// Whether a value of the old type may be more than the new one holds. What cannot be told counts as narrower: it is
/// asked about.
pub(super) fn narrows(dialect: Dialect, before: &str, after: &str) -> bool {
    let (one, other) = (Shape::of(before), Shape::of(after));
    if one.base == other.base && matches!(one.base.as_str(), "enum" | "set") {
        return !keeps_values(before, after);
    }
    if one == other {
        return false;
    }
    match (element(before), element(after)) {
        (Some(one), Some(other)) => return narrows(dialect, one, other),
        (None, Some(element)) => return narrows(dialect, before, element),
        // Of an array only the first element is kept, unless all of it is written as text.
        (Some(_), None) => return other.length().is_none_or(|length| length < 65_535),
        (None, None) => {}
    }
    if let (Some(from), Some(to)) = (one.integer(), other.integer()) {
        return match (one.unsigned, other.unsigned) {
            (from_unsigned, to_unsigned) if from_unsigned == to_unsigned => to < from,
            (false, true) => true,
            (_, _) => to <= from,
        };
    }
    if let (Some(from), Some(to)) = (one.length(), other.length()) {
        return to < from;
    }
    if let (Some((whole, scale)), Some((to_whole, to_scale))) = (one.digits(), other.digits()) {
        return to_whole < whole || to_scale < scale;
    }
    if let (Some(width), Some((whole, _))) = (one.integer(), other.digits()) {
        // The digits of the largest integer of that many bytes.
        let digits = match width {
            1 => 3,
            2 => 5,
            3 => 8,
            4 => 10,
            _ => 20,
        };
        return whole < digits;
    }
    if other.length().is_some_and(|length| length >= 65_535) {
        // Anything can be written as text.
        return false;
    }
    match (one.base.as_str(), other.base.as_str()) {
        (from, to) if from == to && matches!(from, "float" | "double") => other.rounds_more_than(&one),
        ("real" | "float" | "double" | "double precision", "double precision" | "double") => {
            other.rounds_more_than(&one)
        }
        ("date", "timestamp" | "timestamptz" | "datetime" | "datetime2" | "datetimeoffset") => false,
        ("timestamp", "timestamptz") | ("datetime" | "datetime2", "datetimeoffset" | "timestamp") => {
            fractions(dialect, &other) < fractions(dialect, &one)
        }
        ("json", "jsonb") | ("inet", "cidr") | ("cidr", "inet") | ("uuid", "uuid") => false,
        ("boolean", _) => other.integer().is_none(),
        (from, to) if from == to => {
            // Times: fewer fractional digits. An enum or a set: another list of values.
            if from == "enum" || from == "set" {
                !keeps_values(before, after)
            } else {
                fractions(dialect, &other) < fractions(dialect, &one)
            }
        }
        _ => true,
    }
}

/// The digits of a second's fraction.
fn fractions(dialect: Dialect, time: &Shape) -> u64 {
    let usual = match dialect {
        // SQL Server's old type.
        Dialect::Mssql if time.base == "datetime" => 3,
        dialect => usual_fraction(dialect),
    };
    time.numbers.first().copied().unwrap_or(usual)
}

/// The type of an array's elements; none if it is no array.
fn element(ty: &str) -> Option<&str> {
    let element = ty.trim_end().trim_end_matches("[]");
    (element.len() < ty.trim_end().len()).then_some(element)
}

/// Whether every value of one `enum('a','b')` is in the other.
fn keeps_values(before: &str, after: &str) -> bool {
    let values = |ty: &str| -> Vec<String> {
        let inside = ty.split_once('(').map_or("", |(_, rest)| rest).trim_end_matches(')');
        inside.split("',").map(|value| value.trim_matches('\'').to_owned()).collect()
    };
    let after = values(after);
    values(before).iter().all(|value| after.contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_holds_less_is_seen() {
        for (before, after) in [
            ("bigint", "integer"),
            ("int", "int unsigned"),
            ("bigint unsigned", "bigint"),
            ("varchar(255)", "varchar(100)"),
            ("text", "varchar(255)"),
            ("nvarchar(max)", "nvarchar(50)"),
            ("numeric(10,2)", "numeric(8,2)"),
            ("numeric(10,2)", "numeric(10,1)"),
            ("numeric", "numeric(10,2)"),
            ("bigint", "numeric(10,0)"),
            ("timestamptz", "date"),
            ("timestamp(6)", "timestamp(3)"),
            ("text", "integer"),
            ("double precision", "real"),
            ("enum('a','b')", "enum('a')"),
            ("numeric(10,2)[]", "numeric(10,2)"),
            ("timestamp(3)[]", "timestamp(3)"),
            ("text[]", "varchar(20)"),
            ("bigint[]", "integer[]"),
            ("varchar(20)", "varchar(10)[]"),
            ("timestamp", "timestamptz(0)"),
        ] {
            assert!(narrows(Dialect::Postgres, before, after), "{before} -> {after}");
        }
    }

    #[test]
    fn a_type_that_holds_as_much_is_no_loss() {
        for (before, after) in [
            ("integer", "bigint"),
            ("tinyint unsigned", "smallint"),
            ("varchar(100)", "varchar(255)"),
            ("varchar(100)", "text"),
            ("nvarchar(50)", "nvarchar(max)"),
            ("text", "longtext"),
            ("numeric(8,2)", "numeric(10,2)"),
            ("integer", "numeric(12,2)"),
            ("integer", "text"),
            ("date", "timestamptz"),
            ("real", "double precision"),
            ("json", "jsonb"),
            ("enum('a')", "enum('a','b')"),
            ("timestamp(3)", "timestamp(6)"),
            ("timestamp(3)", "timestamptz(3)"),
            ("integer[]", "bigint[]"),
            ("integer[]", "text"),
            ("integer", "bigint[]"),
            ("datetime", "datetimeoffset"),
        ] {
            assert!(!narrows(Dialect::Postgres, before, after), "{before} -> {after}");
        }
    }

    #[test]
    fn what_a_type_says_by_itself_is_the_engines() {
        for (before, after, narrower) in [
            ("datetime(6)", "datetime", true),
            ("datetime", "datetime(6)", false),
            ("time(3)", "time", true),
            ("datetime(6)", "timestamp", true),
            ("datetime", "timestamp(3)", false),
            ("float(7,2)", "float(9,1)", true),
            ("double(9,4)", "double(9,0)", true),
            ("double", "double(9,4)", true),
            ("float(7,2)", "double(9,4)", false),
            ("float(7,2)", "float", false),
        ] {
            assert_eq!(narrows(Dialect::Mysql, before, after), narrower, "{before} -> {after}");
            assert_eq!(narrows(Dialect::Mariadb, before, after), narrower, "{before} -> {after}");
        }
        assert!(!narrows(Dialect::Postgres, "timestamp(6)", "timestamp"));
        assert!(!narrows(Dialect::Mssql, "datetime2(7)", "datetime2"));
    }
}
