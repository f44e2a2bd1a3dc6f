//! The Rust type of a column.

use migrate_core::Dialect;

use super::{attributes::text, enumeration::RustEnum};

/// A field's type, and what its attribute says so that the column's type is the same again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldType {
    pub(super) rust: String,
    pub(super) entries: Vec<String>,
}

/// The crates whose types are used, with what stands behind their name in Cargo.toml.
const CRATES: [(&str, &str, &str); 5] = [
    ("chrono::", "chrono", "\"0.4\""),
    ("ipnetwork::", "ipnetwork", "\"0.21\""),
    ("rust_decimal::", "rust_decimal", "\"1\""),
    ("serde_json::", "serde_json", "\"1\""),
    ("uuid::", "uuid", "\"1\""),
];

impl FieldType {
    fn plain(rust: &str) -> Self {
        Self { rust: rust.to_owned(), entries: Vec::new() }
    }

    fn with(rust: &str, entries: impl IntoIterator<Item = String>) -> Self {
        Self { rust: rust.to_owned(), entries: entries.into_iter().collect() }
    }

    /// The crate that the type is from, if any.
    pub(super) fn dependency(&self) -> Option<(&'static str, &'static str)> {
        CRATES.iter().find(|(path, ..)| self.rust.contains(path)).map(|(_, name, version)| (*name, *version))
    }
}

/// A type's text in parts: `numeric(10,2)` is `numeric` and `[10, 2]`.
struct Parts<'t> {
    base: &'t str,
    numbers: Vec<u32>,
    /// The text has nothing that is not in the parts.
    is_whole: bool,
}

impl<'t> Parts<'t> {
    fn of(ty: &'t str) -> Self {
        match ty.split_once('(').and_then(|(base, rest)| Some((base, rest.strip_suffix(')')?))) {
            None => Self { base: ty, numbers: Vec::new(), is_whole: !ty.contains('(') },
            Some((base, inside)) => {
                let numbers: Option<Vec<u32>> =
                    inside.split(',').map(|number| number.trim().parse().ok()).collect();
                let is_whole = numbers.is_some();
                Self { base, numbers: numbers.unwrap_or_default(), is_whole }
            }
        }
    }
}

/// The field for a column of this type. What no Rust type says by itself is said in SQL.
pub(super) fn field(dialect: Dialect, ty: &str, module: Option<&str>, enums: &[RustEnum]) -> FieldType {
    if let Some(found) = enums.iter().find(|found| found.ty == ty) {
        let is_here = found.place.as_deref() == module;
        return FieldType::plain(if is_here { &found.ident } else { &found.path });
    }
    let known = match dialect {
        Dialect::Postgres => postgres(ty, module, enums),
        Dialect::Mysql | Dialect::Mariadb => mysql(dialect, ty),
        Dialect::Mssql => mssql(ty),
        Dialect::Sqlite => sqlite(ty),
    };
    known.unwrap_or_else(|| FieldType::with(fallback(dialect, ty), [text("type", ty)]))
}

fn length(number: u32) -> String {
    format!("length = {number}")
}

fn precision(number: u32) -> String {
    format!("precision = {number}")
}

fn fixed() -> String {
    "fixed".to_owned()
}

/// `numeric(10,2)` and the like.
fn decimal(numbers: &[u32]) -> Option<FieldType> {
    const RUST: &str = "rust_decimal::Decimal";
    Some(match *numbers {
        [digits] => FieldType::with(RUST, [precision(digits), "scale = 0".to_owned()]),
        [digits, scale] => FieldType::with(RUST, [precision(digits), format!("scale = {scale}")]),
        _ => return None,
    })
}

fn postgres(ty: &str, module: Option<&str>, enums: &[RustEnum]) -> Option<FieldType> {
    if let Some(element) = ty.strip_suffix("[]") {
        let inner = field(Dialect::Postgres, element, module, enums);
        let is_plain = inner.entries.is_empty() && element != "bytea" && !element.ends_with("[]");
        return is_plain.then(|| FieldType::plain(&format!("Vec<{}>", inner.rust)));
    }
    let Parts { base, numbers, is_whole } = Parts::of(ty);
    if !is_whole {
        return None;
    }
    Some(match (base, numbers.as_slice()) {
        ("smallint", []) => FieldType::plain("i16"),
        ("integer", []) => FieldType::plain("i32"),
        ("bigint", []) => FieldType::plain("i64"),
        ("real", []) => FieldType::plain("f32"),
        ("double precision", []) => FieldType::plain("f64"),
        ("boolean", []) => FieldType::plain("bool"),
        ("text", []) => FieldType::plain("String"),
        ("varchar", [most]) => FieldType::with("String", [length(*most)]),
        ("char", [most]) => FieldType::with("String", [length(*most), fixed()]),
        ("bytea", []) => FieldType::plain("Vec<u8>"),
        ("uuid", []) => FieldType::plain("uuid::Uuid"),
        ("jsonb", []) => FieldType::plain("serde_json::Value"),
        ("json", []) => FieldType::with("serde_json::Value", [text("type", ty)]),
        ("date", []) => FieldType::plain("chrono::NaiveDate"),
        ("time", []) => FieldType::plain("chrono::NaiveTime"),
        ("time", [digits]) => FieldType::with("chrono::NaiveTime", [precision(*digits)]),
        ("timestamp", []) => FieldType::plain("chrono::NaiveDateTime"),
        ("timestamp", [digits]) => FieldType::with("chrono::NaiveDateTime", [precision(*digits)]),
        ("timestamptz", []) => FieldType::plain("chrono::DateTime<chrono::Utc>"),
        ("timestamptz", [digits]) => FieldType::with("chrono::DateTime<chrono::Utc>", [precision(*digits)]),
        ("numeric", []) => FieldType::plain("rust_decimal::Decimal"),
        ("numeric", numbers) => return decimal(numbers),
        ("inet", []) => FieldType::plain("ipnetwork::IpNetwork"),
        _ => return None,
    })
}

fn mysql(dialect: Dialect, ty: &str) -> Option<FieldType> {
    let (signed, unsigned) = match ty.strip_suffix(" unsigned") {
        Some(signed) => (signed, true),
        None => (ty, false),
    };
    let whole = match signed {
        "tinyint" => Some(["i8", "u8"]),
        "smallint" => Some(["i16", "u16"]),
        "int" => Some(["i32", "u32"]),
        "bigint" => Some(["i64", "u64"]),
        _ => None,
    };
    if let Some(whole) = whole {
        return Some(FieldType::plain(whole[usize::from(unsigned)]));
    }
    let Parts { base, numbers, is_whole } = Parts::of(ty);
    if unsigned || !is_whole {
        return None;
    }
    Some(match (base, numbers.as_slice()) {
        ("tinyint", [1]) => FieldType::plain("bool"),
        ("float", []) => FieldType::plain("f32"),
        ("double", []) => FieldType::plain("f64"),
        ("decimal", numbers) => return decimal(numbers),
        ("varchar", [most]) => FieldType::with("String", [length(*most)]),
        ("char", [most]) => FieldType::with("String", [length(*most), fixed()]),
        ("text" | "mediumtext" | "longtext" | "tinytext", []) => {
            FieldType::with("String", [text("type", ty)])
        }
        ("varbinary", [most]) => FieldType::with("Vec<u8>", [length(*most)]),
        ("binary", [most]) => FieldType::with("Vec<u8>", [length(*most), fixed()]),
        ("date", []) => FieldType::plain("chrono::NaiveDate"),
        ("time", digits) => {
            FieldType::with("chrono::NaiveTime", [precision(digits.first().copied().unwrap_or(0))])
        }
        ("datetime", digits) => {
            FieldType::with("chrono::NaiveDateTime", [precision(digits.first().copied().unwrap_or(0))])
        }
        ("timestamp", digits) => FieldType::with(
            "chrono::DateTime<chrono::Utc>",
            [precision(digits.first().copied().unwrap_or(0))],
        ),
        ("json", []) => FieldType::plain("serde_json::Value"),
        ("uuid", []) if dialect == Dialect::Mariadb => FieldType::plain("uuid::Uuid"),
        _ => return None,
    })
}

fn mssql(ty: &str) -> Option<FieldType> {
    let Parts { base, numbers, is_whole } = Parts::of(ty);
    match ty {
        "nvarchar(max)" => return Some(FieldType::plain("String")),
        "varbinary(max)" => return Some(FieldType::plain("Vec<u8>")),
        _ if !is_whole => return None,
        _ => {}
    }
    Some(match (base, numbers.as_slice()) {
        ("bit", []) => FieldType::plain("bool"),
        ("tinyint", []) => FieldType::plain("u8"),
        ("smallint", []) => FieldType::plain("i16"),
        ("int", []) => FieldType::plain("i32"),
        ("bigint", []) => FieldType::plain("i64"),
        ("real", []) => FieldType::plain("f32"),
        ("float", []) => FieldType::plain("f64"),
        ("decimal", numbers) => return decimal(numbers),
        ("nvarchar", [most]) => FieldType::with("String", [length(*most)]),
        ("nchar", [most]) => FieldType::with("String", [length(*most), fixed()]),
        ("varbinary", [most]) => FieldType::with("Vec<u8>", [length(*most)]),
        ("binary", [most]) => FieldType::with("Vec<u8>", [length(*most), fixed()]),
        ("uniqueidentifier", []) => FieldType::plain("uuid::Uuid"),
        ("date", []) => FieldType::plain("chrono::NaiveDate"),
        ("time", digits) => {
            FieldType::with("chrono::NaiveTime", [precision(digits.first().copied().unwrap_or(7))])
        }
        ("datetime2", digits) => {
            FieldType::with("chrono::NaiveDateTime", [precision(digits.first().copied().unwrap_or(7))])
        }
        ("datetimeoffset", digits) => FieldType::with(
            "chrono::DateTime<chrono::Utc>",
            [precision(digits.first().copied().unwrap_or(7))],
        ),
        _ => return None,
    })
}

fn sqlite(ty: &str) -> Option<FieldType> {
    Some(match ty {
        "INTEGER" => FieldType::plain("i64"),
        "TEXT" => FieldType::plain("String"),
        "REAL" => FieldType::plain("f64"),
        "BLOB" => FieldType::plain("Vec<u8>"),
        "BOOLEAN" => FieldType::plain("bool"),
        _ => return None,
    })
}

/// A Rust type that can hold what the column holds, where the attribute says the column's type.
fn fallback(dialect: Dialect, ty: &str) -> &'static str {
    let lower = ty.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match dialect {
        // "Datatypes In SQLite", 3.1: determination of column affinity.
        Dialect::Sqlite if has(&["int"]) => "i64",
        Dialect::Sqlite if has(&["char", "clob", "text"]) => "String",
        Dialect::Sqlite if lower.is_empty() || has(&["blob"]) => "Vec<u8>",
        Dialect::Sqlite if has(&["real", "floa", "doub"]) => "f64",
        Dialect::Mysql | Dialect::Mariadb if has(&["int"]) => {
            if has(&["unsigned"]) {
                "u64"
            } else {
                "i64"
            }
        }
        Dialect::Mysql | Dialect::Mariadb if lower.starts_with("year") => "i16",
        Dialect::Mysql | Dialect::Mariadb if has(&["blob", "binary"]) => "Vec<u8>",
        Dialect::Mssql if lower == "smalldatetime" || lower == "datetime" => "chrono::NaiveDateTime",
        Dialect::Mssql if has(&["binary", "rowversion", "timestamp", "image"]) => "Vec<u8>",
        Dialect::Mssql if has(&["money", "numeric"]) => "rust_decimal::Decimal",
        Dialect::Postgres if lower == "smallserial" => "i16",
        Dialect::Postgres if lower == "serial" => "i32",
        Dialect::Postgres if lower == "bigserial" => "i64",
        Dialect::Postgres if lower == "numeric" => "rust_decimal::Decimal",
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite => "String",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(dialect: Dialect, ty: &str) -> String {
        let FieldType { rust, entries } = field(dialect, ty, None, &[]);
        format!("{rust} {}", entries.join(" ")).trim_end().to_owned()
    }

    #[test]
    fn what_a_rust_type_says_is_not_said_again() {
        for (dialect, ty, expected) in [
            (Dialect::Postgres, "varchar(255)", "String length = 255"),
            (Dialect::Postgres, "numeric(10,2)", "rust_decimal::Decimal precision = 10 scale = 2"),
            (Dialect::Postgres, "integer[]", "Vec<i32>"),
            (Dialect::Postgres, "varchar(5)[]", "String type = \"varchar(5)[]\""),
            (Dialect::Postgres, "tsvector", "String type = \"tsvector\""),
            (Dialect::Mysql, "bigint unsigned", "u64"),
            (Dialect::Mysql, "tinyint(1)", "bool"),
            (Dialect::Mysql, "mediumint unsigned", "u64 type = \"mediumint unsigned\""),
            (Dialect::Mysql, "datetime", "chrono::NaiveDateTime precision = 0"),
            (Dialect::Mssql, "nvarchar(max)", "String"),
            (Dialect::Mssql, "money", "rust_decimal::Decimal type = \"money\""),
            (Dialect::Sqlite, "INTEGER", "i64"),
            (Dialect::Sqlite, "VARCHAR(20)", "String type = \"VARCHAR(20)\""),
        ] {
            assert_eq!(of(dialect, ty), expected);
        }
    }
}
