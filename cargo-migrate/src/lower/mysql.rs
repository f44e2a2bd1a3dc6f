//! Types of MySQL and MariaDB.

use migrate_core::Dialect;
use migrate_models::Storage;

use super::{Lack, text, wanted::Wanted};
use crate::models::ModelType;

/// What a text gets that is part of a key or an index and has no length: a key needs one.
const KEYED: u32 = 255;

pub(super) fn ty(wanted: &Wanted<'_>, dialect: Dialect) -> Result<String, Lack> {
    let lacks = |what| Err(Lack::of_type(dialect, what));
    Ok(match wanted.ty {
        ModelType::Boolean => "tinyint(1)".to_owned(),
        ModelType::Integer { bits, unsigned } => integer(*bits, *unsigned || wanted.unsigned),
        ModelType::Float { bits: 32 } => signed("float", wanted),
        ModelType::Float { .. } => signed("double", wanted),
        ModelType::Decimal => signed(&wanted.exact_decimal("decimal")?, wanted),
        ModelType::Text => text_of(wanted),
        ModelType::Character => "varchar(1)".to_owned(),
        ModelType::Bytes(known) => bytes(wanted, *known),
        ModelType::Date => "date".to_owned(),
        ModelType::Time => wanted.seconds("time", 6, 0),
        ModelType::DateTime => wanted.seconds("datetime", 6, 0),
        ModelType::Timestamp => wanted.seconds("timestamp", 6, 0),
        ModelType::Uuid if dialect == Dialect::Mariadb => "uuid".to_owned(),
        ModelType::Uuid => "char(36)".to_owned(),
        ModelType::Json => "json".to_owned(),
        // A network with its mask has no type of its own.
        ModelType::Inet { network: false } if dialect == Dialect::Mariadb => "inet6".to_owned(),
        ModelType::Inet { .. } => "varchar(43)".to_owned(),
        ModelType::MacAddress => "char(17)".to_owned(),
        ModelType::Enum(number) => {
            let model = &wanted.enums[*number].model;
            match model.storage {
                Storage::Native => {
                    let values: Vec<_> =
                        model.values.iter().map(|value| text::string(dialect, &value.name)).collect();
                    format!("enum({})", values.join(","))
                }
                Storage::Text => format!("varchar({})", wanted.longest_value(*number)),
                Storage::Integer(bits) => integer(bits, false),
            }
        }
        ModelType::Interval => return lacks("a span of time"),
        ModelType::Array(_) => return lacks("an array"),
        ModelType::Hstore => return lacks("a map"),
        ModelType::Raw(raw) => return super::column::raw(raw, dialect),
        ModelType::Told => return lacks("of a type that nobody knows"),
    })
}

fn integer(bits: u8, unsigned: bool) -> String {
    let name = match bits {
        8 => "tinyint",
        16 => "smallint",
        32 => "int",
        _ => "bigint",
    };
    if unsigned { format!("{name} unsigned") } else { name.to_owned() }
}

fn signed(name: &str, wanted: &Wanted<'_>) -> String {
    if wanted.unsigned { format!("{name} unsigned") } else { name.to_owned() }
}

fn text_of(wanted: &Wanted<'_>) -> String {
    match (wanted.length, wanted.fixed) {
        (Some(length), true) => format!("char({length})"),
        (Some(length), false) => format!("varchar({length})"),
        (None, _) if wanted.keyed => format!("varchar({KEYED})"),
        (None, _) => "text".to_owned(),
    }
}

fn bytes(wanted: &Wanted<'_>, known: Option<u64>) -> String {
    match wanted.bytes_length(known) {
        // An array of bytes has always the same number of them.
        Some(length) if (wanted.fixed || known.is_some()) && length <= 255 => format!("binary({length})"),
        Some(length) => format!("varbinary({length})"),
        None if wanted.keyed => format!("varbinary({KEYED})"),
        None => "blob".to_owned(),
    }
}

/// The digits of a second's fraction that a type keeps, where it is one of a point in time.
pub(super) fn fraction(ty: &str) -> Option<u32> {
    let lower = ty.to_ascii_lowercase();
    let rest = lower.strip_prefix("datetime").or_else(|| lower.strip_prefix("timestamp"))?;
    match rest.trim() {
        "" => Some(0),
        digits => digits.strip_prefix('(')?.split_once(')')?.0.trim().parse().ok(),
    }
}
