//! Types of SQL Server.

use migrate_core::Dialect;
use migrate_models::Storage;

use super::{Lack, wanted::Wanted};
use crate::models::ModelType;

/// What a text gets that is part of a key or an index and has no length: `max` cannot be in one.
const KEYED: u32 = 255;

pub(super) fn ty(wanted: &Wanted<'_>) -> Result<String, Lack> {
    let lacks = |what| Err(Lack::of_type(Dialect::Mssql, what));
    Ok(match wanted.ty {
        ModelType::Boolean => "bit".to_owned(),
        ModelType::Integer { bits, unsigned } => integer(*bits, *unsigned, wanted.identity).to_owned(),
        ModelType::Float { bits: 32 } => "real".to_owned(),
        ModelType::Float { .. } => "float".to_owned(),
        ModelType::Decimal => wanted.exact_decimal("decimal")?,
        ModelType::Text => text_of(wanted),
        // Some characters take two.
        ModelType::Character => "nvarchar(2)".to_owned(),
        ModelType::Bytes(known) => bytes(wanted, *known),
        ModelType::Date => "date".to_owned(),
        ModelType::Time => wanted.seconds("time", 7, 7),
        ModelType::DateTime => wanted.seconds("datetime2", 7, 7),
        ModelType::Timestamp => wanted.seconds("datetimeoffset", 7, 7),
        ModelType::Uuid => "uniqueidentifier".to_owned(),
        ModelType::Json => "nvarchar(max)".to_owned(),
        ModelType::Inet { .. } => "varchar(43)".to_owned(),
        ModelType::MacAddress => "char(17)".to_owned(),
        ModelType::Enum(number) => match wanted.enums[*number].model.storage {
            Storage::Native | Storage::Text => format!("nvarchar({})", wanted.longest_value(*number)),
            Storage::Integer(bits) => integer(bits, false, false).to_owned(),
        },
        ModelType::Interval => return lacks("a span of time"),
        ModelType::Array(_) => return lacks("an array"),
        ModelType::Hstore => return lacks("a map"),
        ModelType::Raw(raw) => return super::column::raw(raw, Dialect::Mssql),
        ModelType::Told => return lacks("of a type that nobody knows"),
    })
}

/// Only the smallest has no sign: the others get the next wider type.
fn integer(bits: u8, unsigned: bool, identity: bool) -> &'static str {
    match (bits, unsigned) {
        (8, true) => "tinyint",
        (8 | 16, false) => "smallint",
        (16, true) | (32, false) => "int",
        (64, true) if !identity => "decimal(20,0)",
        (_, _) => "bigint",
    }
}

fn text_of(wanted: &Wanted<'_>) -> String {
    match (wanted.length, wanted.fixed) {
        (Some(length @ ..=4000), true) => format!("nchar({length})"),
        (Some(length @ ..=4000), false) => format!("nvarchar({length})"),
        (None, _) if wanted.keyed => format!("nvarchar({KEYED})"),
        (Some(_) | None, _) => "nvarchar(max)".to_owned(),
    }
}

fn bytes(wanted: &Wanted<'_>, known: Option<u64>) -> String {
    match wanted.bytes_length(known) {
        Some(length @ ..=8000) if wanted.fixed || known.is_some() => format!("binary({length})"),
        Some(length @ ..=8000) => format!("varbinary({length})"),
        None if wanted.keyed => format!("varbinary({KEYED})"),
        Some(_) | None => "varbinary(max)".to_owned(),
    }
}
