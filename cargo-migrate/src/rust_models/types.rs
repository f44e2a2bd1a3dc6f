//! The Rust type of a column.

use migrate_core::Dialect;

use super::{entry::Entry, enumeration::RustEnum};

/// A field's type, and what its attribute says so that the column's type is the same again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldType {
    pub(super) rust: String,
    pub(super) entries: Vec<Entry>,
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

    fn with(rust: &str, entries: impl IntoIterator<Item = Entry>) -> Self {
        Self { rust: rust.to_owned(), entries: entries.into_iter().collect() }
    }

    /// The same, with the column's type said in SQL.
    pub(super) fn told(self, ty: &str) -> Self {
        Self { entries: vec![told(ty)], ..self }
    }

    /// Whether the column's type is said in SQL.
    fn is_told(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry, Entry::Word(word) if word.starts_with("type = ")))
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
    if let Some(found) = enums.iter().find(|found| found.is_of(ty)) {
        let is_here = found.place.as_deref() == module;
        return FieldType::plain(if is_here { &found.ident } else { &found.path });
    }
    let known = match dialect {
        Dialect::Postgres => postgres(ty, module, enums),
        Dialect::Mysql | Dialect::Mariadb => mysql(dialect, ty),
        Dialect::Mssql => mssql(ty),
        Dialect::Sqlite => sqlite(ty),
    };
    known.unwrap_or_else(|| FieldType::with(fallback(dialect, ty), [told(ty)]))
}

fn length(number: u32) -> Entry {
    format!("length = {number}").into()
}

fn precision(number: u32) -> Entry {
    format!("precision = {number}").into()
}

fn scale(number: u32) -> Entry {
    format!("scale = {number}").into()
}

fn fixed() -> Entry {
    "fixed".into()
}

fn told(ty: &str) -> Entry {
    Entry::text("type", ty)
}

/// `numeric(10,2)` and the like.
fn decimal(numbers: &[u32]) -> Option<FieldType> {
    const RUST: &str = "rust_decimal::Decimal";
    Some(match *numbers {
        [digits] => FieldType::with(RUST, [precision(digits), scale(0)]),
        [digits, behind] => FieldType::with(RUST, [precision(digits), scale(behind)]),
        _ => return None,
    })
}

fn postgres(ty: &str, module: Option<&str>, enums: &[RustEnum]) -> Option<FieldType> {
    if let Some(element) = ty.strip_suffix("[]") {
        let inner = field(Dialect::Postgres, element, module, enums);
        let array = FieldType { rust: format!("Vec<{}>", inner.rust), ..inner.clone() };
        // How deep an array is, its type does not say.
        return Some(if inner.is_told() { array.told(ty) } else { array });
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
        ("json", []) => FieldType::with("serde_json::Value", [told(ty)]),
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
        ("text", []) => FieldType::plain("String"),
        ("blob", []) => FieldType::plain("Vec<u8>"),
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
    let is_known = matches!(ty, "INTEGER" | "TEXT" | "REAL" | "BLOB" | "BOOLEAN" | "NUMERIC");
    is_known.then(|| FieldType::plain(fallback(Dialect::Sqlite, ty)))
}

/// A Rust type that can hold what the column holds, where the attribute says the column's type.
fn fallback(dialect: Dialect, ty: &str) -> &'static str {
    let lower = ty.to_lowercase();
    let word = lower.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match dialect {
        Dialect::Postgres => match word {
            "smallserial" => "i16",
            "serial" => "i32",
            "bigserial" => "i64",
            "numeric" => "rust_decimal::Decimal",
            "json" => "serde_json::Value",
            "time" | "timetz" => "chrono::NaiveTime",
            "cidr" => "ipnetwork::IpNetwork",
            _ => "String",
        },
        Dialect::Mysql | Dialect::Mariadb => match word {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" if has(&["unsigned"]) => "u64",
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => "i64",
            "float" | "double" => "f64",
            "decimal" => "rust_decimal::Decimal",
            "year" => "i16",
            _ if has(&["blob", "binary"]) => "Vec<u8>",
            _ => "String",
        },
        Dialect::Mssql => match word {
            "datetime" | "smalldatetime" => "chrono::NaiveDateTime",
            "money" | "smallmoney" | "numeric" | "decimal" => "rust_decimal::Decimal",
            "binary" | "varbinary" | "rowversion" | "timestamp" | "image" => "Vec<u8>",
            _ => "String",
        },
        // What people call it, then "Datatypes In SQLite", 3.1: determination of column affinity.
        Dialect::Sqlite => match word {
            "bool" | "boolean" => "bool",
            "date" => "chrono::NaiveDate",
            "time" => "chrono::NaiveTime",
            "datetime" | "timestamp" => "chrono::NaiveDateTime",
            "json" => "serde_json::Value",
            "numeric" | "decimal" => "rust_decimal::Decimal",
            _ if has(&["int"]) => "i64",
            _ if has(&["char", "clob", "text"]) => "String",
            "" => "Vec<u8>",
            _ if has(&["blob"]) => "Vec<u8>",
            _ if has(&["real", "floa", "doub"]) => "f64",
            _ => "String",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(dialect: Dialect, ty: &str) -> String {
        let FieldType { rust, entries } = field(dialect, ty, None, &[]);
        let entries: Vec<_> = entries
            .iter()
            .map(|entry| match entry {
                Entry::Word(word) => word.as_str(),
                Entry::List(name, _) => name,
            })
            .collect();
        format!("{rust} {}", entries.join(" ")).trim_end().to_owned()
    }

    #[test]
    fn what_a_rust_type_says_is_not_said_again() {
        for (dialect, ty, expected) in [
            (Dialect::Postgres, "varchar(255)", "String length = 255"),
            (Dialect::Postgres, "numeric(10,2)", "rust_decimal::Decimal precision = 10 scale = 2"),
            (Dialect::Postgres, "integer[]", "Vec<i32>"),
            (Dialect::Postgres, "varchar(5)[]", "Vec<String> length = 5"),
            (Dialect::Postgres, "tsvector[]", "Vec<String> type = \"tsvector[]\""),
            (Dialect::Postgres, "tsvector", "String type = \"tsvector\""),
            (Dialect::Mysql, "bigint unsigned", "u64"),
            (Dialect::Mysql, "tinyint(1)", "bool"),
            (Dialect::Mysql, "mediumint unsigned", "u64 type = \"mediumint unsigned\""),
            (Dialect::Mysql, "text", "String"),
            (Dialect::Mysql, "longtext", "String type = \"longtext\""),
            (
                Dialect::Mysql,
                "decimal(10,2) unsigned",
                "rust_decimal::Decimal type = \"decimal(10,2) unsigned\"",
            ),
            (Dialect::Mysql, "datetime", "chrono::NaiveDateTime precision = 0"),
            (Dialect::Mssql, "nvarchar(max)", "String"),
            (Dialect::Mssql, "money", "rust_decimal::Decimal type = \"money\""),
            (Dialect::Sqlite, "INTEGER", "i64"),
            (Dialect::Sqlite, "TIMESTAMP", "chrono::NaiveDateTime type = \"TIMESTAMP\""),
            (Dialect::Sqlite, "VARCHAR(20)", "String type = \"VARCHAR(20)\""),
        ] {
            assert_eq!(of(dialect, ty), expected);
        }
    }
}
