//! What a column holds, and how Rust and SQL say it.

use crate::ServerKind;

use super::enumeration::{Enumeration, Storage};

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Small,
    Int,
    Big,
    Unsigned,
    Bool,
    Float,
    Text,
    Varchar(u32),
    Char(u32),
    Decimal(u32, u32),
    Date,
    /// With that many digits of a second.
    DateTime(u32),
    Timestamp,
    Uuid,
    Bytes,
    Json,
    Ints,
    /// Among the enums, by its Rust name.
    Enum(String),
}

impl Kind {
    pub(super) const fn is_whole(&self) -> bool {
        matches!(self, Self::Small | Self::Int | Self::Big)
    }

    pub(super) const fn is_number(&self) -> bool {
        self.is_whole() || matches!(self, Self::Decimal(..))
    }

    pub(super) const fn is_short_text(&self) -> bool {
        matches!(self, Self::Varchar(_) | Self::Char(_))
    }

    /// MySQL has no plain default for texts without a length.
    pub(super) const fn can_default(&self) -> bool {
        !matches!(self, Self::Uuid | Self::Bytes | Self::Json | Self::Ints | Self::Text)
    }

    pub(super) const fn can_index(&self) -> bool {
        !matches!(self, Self::Text | Self::Json | Self::Bytes | Self::Ints | Self::Bool | Self::Float)
    }

    /// Whether the three rows of a table differ in it.
    pub(super) const fn is_distinct(&self) -> bool {
        !matches!(self, Self::Bool | Self::Enum(_))
    }

    /// The type of the field, and what the attribute says of it.
    pub(super) fn rust(&self, storage: Option<Storage>) -> (String, Vec<String>) {
        let plain = |rust: &str| (rust.to_owned(), Vec::new());
        match self {
            Self::Small => plain("i16"),
            Self::Int => plain("i32"),
            Self::Big => plain("i64"),
            Self::Unsigned => plain("u32"),
            Self::Bool => plain("bool"),
            Self::Float => plain("f64"),
            Self::Text => plain("String"),
            Self::Varchar(length) => ("String".to_owned(), vec![format!("length = {length}")]),
            Self::Char(length) => {
                ("String".to_owned(), vec![format!("length = {length}"), "fixed".to_owned()])
            }
            Self::Decimal(precision, scale) => (
                "rust_decimal::Decimal".to_owned(),
                vec![format!("precision = {precision}"), format!("scale = {scale}")],
            ),
            Self::Date => plain("chrono::NaiveDate"),
            Self::DateTime(6) => plain("chrono::NaiveDateTime"),
            Self::DateTime(digits) => {
                ("chrono::NaiveDateTime".to_owned(), vec![format!("precision = {digits}")])
            }
            Self::Timestamp => plain("chrono::DateTime<chrono::Utc>"),
            Self::Uuid => plain("uuid::Uuid"),
            Self::Bytes => plain("Vec<u8>"),
            Self::Json => plain("serde_json::Value"),
            Self::Ints => plain("Vec<i32>"),
            Self::Enum(name) => match storage {
                Some(Storage::Text) => (name.clone(), vec!["length = 30".to_owned()]),
                Some(Storage::Native | Storage::Integer) | None => plain(name),
            },
        }
    }

    /// The value in the row of that number.
    pub(super) fn value(&self, server: ServerKind, row: usize, enumeration: Option<&Enumeration>) -> String {
        match self {
            Self::Small | Self::Int | Self::Big | Self::Unsigned => row.to_string(),
            Self::Bool => match server {
                ServerKind::Mssql => "1".to_owned(),
                ServerKind::Postgres | ServerKind::Mysql | ServerKind::Mariadb | ServerKind::Sqlite => {
                    "true".to_owned()
                }
            },
            Self::Float | Self::Decimal(..) => format!("{row}.25"),
            Self::Text | Self::Varchar(_) | Self::Char(_) => format!("'v{row}'"),
            Self::Date => format!("'2026-01-0{row}'"),
            Self::DateTime(_) | Self::Timestamp => format!("'2026-01-0{row} 10:00:00'"),
            Self::Uuid => format!("'00000000-0000-0000-0000-00000000000{row}'"),
            Self::Bytes => match server {
                ServerKind::Postgres => format!("'\\x0{row}'"),
                ServerKind::Mssql => format!("0x0{row}"),
                ServerKind::Mysql | ServerKind::Mariadb | ServerKind::Sqlite => format!("x'0{row}'"),
            },
            Self::Json => format!("'{{\"a\": {row}}}'"),
            Self::Ints => format!("'{{{row},2}}'"),
            Self::Enum(_) => enumeration.expect("an enum").seed(),
        }
    }

    /// What the attribute says of the default.
    pub(super) fn default(&self, enumeration: Option<&Enumeration>) -> String {
        match self {
            Self::Small | Self::Int | Self::Big | Self::Unsigned => "default = 7".to_owned(),
            Self::Bool => "default = true".to_owned(),
            Self::Float => "default = 0.5".to_owned(),
            Self::Text | Self::Varchar(_) | Self::Char(_) => "default = \"it's\"".to_owned(),
            Self::Decimal(..) => "default = 1.5".to_owned(),
            Self::DateTime(_) | Self::Timestamp => "default_expr = \"'2020-01-01 00:00:00'\"".to_owned(),
            Self::Date => "default_expr = \"'2020-01-01'\"".to_owned(),
            Self::Enum(name) => format!("default = {name}::{}", enumeration.expect("an enum").first()),
            Self::Uuid | Self::Bytes | Self::Json | Self::Ints => unreachable!("no default"),
        }
    }
}
