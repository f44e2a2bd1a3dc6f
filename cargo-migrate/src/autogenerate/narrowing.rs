//! What happens to values that a column's new type does not hold.

use migrate_core::Dialect;

use super::narrow::{Shape, narrows};
use crate::{
    mysql::literal,
    schema::{Column, strings},
};

/// A column's type that holds less than the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Narrowing {
    pub(super) fate: Fate,
    misfit: Option<Misfit>,
}

/// What the engine does with a value that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The statement fails.
    Refused,
    /// It is made to fit: rounded, or cut.
    Changed,
    /// One or the other; the types do not say which.
    Either,
}

/// How a value is known that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Misfit {
    /// What measures it, and how much is allowed.
    Longer { measure: &'static str, most: u64 },
    /// The least and the largest.
    Outside(String, String),
    /// So many digits before the point are too many; so many behind it are kept, where there may be more.
    Digits { whole: Option<u64>, scale: Option<u64> },
    /// Of these values, in quotes.
    Gone(Vec<String>),
}

impl Narrowing {
    /// What the change narrows, if it does. What is computed can be computed again; SQLite stores what it is given,
    /// whatever length or width a type has.
    pub(super) fn of(dialect: Dialect, before: &Column, after: &Column) -> Option<Self> {
        if before.generated.is_some() || after.generated.is_some() || !narrows(dialect, &before.ty, &after.ty)
        {
            return None;
        }
        let (from, to) = (Shape::of(&before.ty), Shape::of(&after.ty));
        let misfit = misfit(dialect, &from, &to, before, after);
        let fate = match (&misfit, dialect) {
            // A value has no length of its own there, and a number no width.
            (Some(Misfit::Longer { .. } | Misfit::Outside(..)), Dialect::Sqlite) => return None,
            (Some(Misfit::Digits { .. }), Dialect::Sqlite) if from.base == to.base => return None,
            (_, Dialect::Sqlite) => {
                return (!is_same_affinity(&from, &to)).then_some(Self { fate: Fate::Either, misfit: None });
            }
            (Some(Misfit::Digits { whole: None, .. }), _) => Fate::Changed,
            (Some(Misfit::Digits { scale: Some(_), .. }) | None, _) => Fate::Either,
            (Some(_), _) => Fate::Refused,
        };
        Some(Self { fate, misfit })
    }

    /// The condition that a value does not fit, where the engine can tell at little cost.
    pub(super) fn misfit(&self, column: &str) -> Option<String> {
        Some(match self.misfit.as_ref()? {
            Misfit::Longer { measure, most } => format!("{measure}({column}) > {most}"),
            Misfit::Outside(least, largest) => format!("({column} < {least} OR {column} > {largest})"),
            Misfit::Digits { whole, scale } => {
                let whole = whole.map(|whole| {
                    let zeros = usize::try_from(whole).unwrap_or_default();
                    format!("abs({column}) >= 1{}", "0".repeat(zeros))
                });
                let scale = scale.map(|scale| format!("{column} <> round({column}, {scale})"));
                let both: Vec<_> = whole.into_iter().chain(scale).collect();
                format!("({})", both.join(" OR "))
            }
            Misfit::Gone(values) => format!("{column} IN ({})", values.join(", ")),
        })
    }

    /// What a value is that does not fit: `longer`.
    pub(super) fn how(&self) -> &'static str {
        match &self.misfit {
            Some(Misfit::Longer { .. }) => "longer",
            Some(Misfit::Outside(..) | Misfit::Digits { whole: Some(_), scale: None }) => "out of range",
            Some(Misfit::Digits { whole: None, .. }) => "more precise",
            Some(Misfit::Digits { .. }) => "out of range or more precise",
            Some(Misfit::Gone(_)) => "gone from the list",
            None => "not of the new type",
        }
    }
}

fn misfit(dialect: Dialect, from: &Shape, to: &Shape, before: &Column, after: &Column) -> Option<Misfit> {
    if let Some(most) = to.length() {
        return longer(dialect, from, to, most);
    }
    if from.base == "enum" && to.base == "enum" {
        let kept = strings(dialect, &after.ty);
        let gone = strings(dialect, &before.ty).into_iter().filter(|value| !kept.contains(value));
        let gone: Vec<_> = gone.map(|value| literal(&value)).collect();
        return (!gone.is_empty()).then_some(Misfit::Gone(gone));
    }
    let is_exact = from.integer().is_some() || from.digits().is_some();
    if !is_exact {
        return None;
    }
    if let Some((least, largest)) = range(dialect, to) {
        if from.integer().is_some() {
            return Some(Misfit::Outside(least, largest));
        }
        return None;
    }
    let (to_whole, to_scale) = to.digits()?;
    let (whole, scale) = from.digits().unwrap_or((u64::MAX, 0));
    let whole = (to_whole < whole && to_whole <= 38).then_some(to_whole);
    let scale = (to_scale < scale).then_some(to_scale);
    (whole.is_some() || scale.is_some()).then_some(Misfit::Digits { whole, scale })
}

/// Where both are text, or both bytes.
fn longer(dialect: Dialect, from: &Shape, to: &Shape, most: u64) -> Option<Misfit> {
    let is_text = |shape: &Shape| {
        matches!(
            shape.base.as_str(),
            "char"
                | "nchar"
                | "varchar"
                | "nvarchar"
                | "character varying"
                | "text"
                | "citext"
                | "tinytext"
                | "mediumtext"
                | "longtext"
        )
    };
    let is_bytes = |shape: &Shape| {
        matches!(
            shape.base.as_str(),
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob"
        )
    };
    let is_wide = |shape: &Shape| shape.base.starts_with('n');
    let longer = |measure, most| Some(Misfit::Longer { measure, most });
    match dialect {
        Dialect::Postgres | Dialect::Sqlite if is_text(from) && is_text(to) => longer("char_length", most),
        Dialect::Mysql | Dialect::Mariadb if is_text(from) && is_text(to) => match to.base.as_str() {
            "char" | "varchar" => longer("char_length", most),
            "tinytext" => longer("length", 255),
            "text" => longer("length", 65_535),
            _ => longer("length", 16_777_215),
        },
        Dialect::Mysql | Dialect::Mariadb if is_bytes(from) && is_bytes(to) => longer(
            "length",
            match to.base.as_str() {
                "blob" => 65_535,
                "mediumblob" => 16_777_215,
                _ => most,
            },
        ),
        // What was text or image before goes through CONVERT, which cuts.
        Dialect::Mssql if from.base == "text" => None,
        Dialect::Mssql if is_text(from) && is_text(to) && is_wide(from) == is_wide(to) => {
            longer("datalength", if is_wide(to) { most.saturating_mul(2) } else { most })
        }
        Dialect::Mssql if is_bytes(from) && is_bytes(to) => longer("datalength", most),
        Dialect::Postgres | Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => None,
    }
}

/// The integers that a type holds.
fn range(dialect: Dialect, shape: &Shape) -> Option<(String, String)> {
    let width = shape.integer()?;
    let bits = u32::from(width) * 8;
    let is_natural = shape.is_unsigned() || dialect == Dialect::Mssql && width == 1;
    Some(if is_natural {
        ("0".to_owned(), (u64::MAX >> (64 - bits)).to_string())
    } else {
        let largest = i64::MAX >> (64 - bits);
        ((-largest - 1).to_string(), largest.to_string())
    })
}

/// Whether SQLite treats what is stored in columns of both types alike ("Datatypes In SQLite", 3.1).
fn is_same_affinity(one: &Shape, other: &Shape) -> bool {
    let affinity = |shape: &Shape| {
        let has = |words: &[&str]| words.iter().any(|word| shape.base.contains(word));
        if has(&["int"]) {
            1
        } else if has(&["char", "clob", "text"]) {
            2
        } else if shape.base.is_empty() || has(&["blob"]) {
            3
        } else {
            4
        }
    };
    affinity(one) == affinity(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrowing(dialect: Dialect, before: &str, after: &str) -> Option<(Fate, Option<String>)> {
        let (before, after) = (Column::new("c", before), Column::new("c", after));
        Narrowing::of(dialect, &before, &after).map(|found| (found.fate, found.misfit("c")))
    }

    #[test]
    fn each_engine_says_what_does_not_fit() {
        for (dialect, before, after, fate, misfit) in [
            (Dialect::Postgres, "varchar(255)", "varchar(100)", Fate::Refused, "char_length(c) > 100"),
            (Dialect::Postgres, "text", "varchar(10)", Fate::Refused, "char_length(c) > 10"),
            (Dialect::Mysql, "longtext", "text", Fate::Refused, "length(c) > 65535"),
            (Dialect::Mssql, "nvarchar(max)", "nvarchar(50)", Fate::Refused, "datalength(c) > 100"),
            (Dialect::Postgres, "bigint", "integer", Fate::Refused, "(c < -2147483648 OR c > 2147483647)"),
            (Dialect::Mysql, "int", "int unsigned", Fate::Refused, "(c < 0 OR c > 4294967295)"),
            (
                Dialect::Mysql,
                "bigint unsigned",
                "bigint",
                Fate::Refused,
                "(c < -9223372036854775808 OR c > 9223372036854775807)",
            ),
            (Dialect::Mssql, "int", "tinyint", Fate::Refused, "(c < 0 OR c > 255)"),
            (Dialect::Postgres, "numeric(10,2)", "numeric(8,2)", Fate::Refused, "(abs(c) >= 1000000)"),
            (Dialect::Postgres, "numeric(10,2)", "numeric(9,1)", Fate::Changed, "(c <> round(c, 1))"),
            (
                Dialect::Postgres,
                "numeric",
                "numeric(4,1)",
                Fate::Either,
                "(abs(c) >= 1000 OR c <> round(c, 1))",
            ),
            (Dialect::Mysql, "enum('a','it''s','b')", "enum('b')", Fate::Refused, "c IN ('a', 'it''s')"),
        ] {
            let expected = Some((fate, Some(misfit.to_owned())));
            assert_eq!(narrowing(dialect, before, after), expected, "{before} -> {after}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_either() {
        for (before, after) in [("text", "integer"), ("timestamptz", "date"), ("double precision", "real")] {
            assert_eq!(narrowing(Dialect::Postgres, before, after), Some((Fate::Either, None)));
        }
    }

    #[test]
    fn sqlite_stores_what_it_is_given() {
        assert_eq!(narrowing(Dialect::Sqlite, "VARCHAR(255)", "VARCHAR(10)"), None);
        assert_eq!(narrowing(Dialect::Sqlite, "BIGINT", "SMALLINT"), None);
        assert_eq!(narrowing(Dialect::Sqlite, "TEXT", "INTEGER"), Some((Fate::Either, None)));
    }

    #[test]
    fn what_holds_as_much_is_none() {
        assert_eq!(narrowing(Dialect::Postgres, "varchar(10)", "text"), None);
    }
}
