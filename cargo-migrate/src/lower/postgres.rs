//! Types of PostgreSQL.

use migrate_core::Dialect;
use migrate_models::Storage;

use super::{Lack, text, wanted::Wanted};
use crate::models::ModelType;

pub(super) fn ty(wanted: &Wanted<'_>) -> Result<String, Lack> {
    Ok(match wanted.ty {
        ModelType::Boolean => "boolean".to_owned(),
        ModelType::Integer { bits, unsigned } => integer(*bits, *unsigned, wanted.identity).to_owned(),
        ModelType::Float { bits: 32 } => "real".to_owned(),
        ModelType::Float { .. } => "double precision".to_owned(),
        ModelType::Decimal => wanted.decimal("numeric"),
        ModelType::Text => text_of(wanted),
        ModelType::Character => "varchar(1)".to_owned(),
        // There is one type for bytes, whatever their number.
        ModelType::Bytes(_) => "bytea".to_owned(),
        ModelType::Date => "date".to_owned(),
        ModelType::Time => wanted.seconds("time", 6, 6),
        ModelType::DateTime => wanted.seconds("timestamp", 6, 6),
        ModelType::Timestamp => wanted.seconds("timestamptz", 6, 6),
        ModelType::Interval => wanted.seconds("interval", 6, 6),
        ModelType::Uuid => "uuid".to_owned(),
        ModelType::Json => "jsonb".to_owned(),
        ModelType::Inet { .. } => "inet".to_owned(),
        ModelType::MacAddress => "macaddr".to_owned(),
        ModelType::Enum(number) => {
            let model = &wanted.enums[*number].model;
            match model.storage {
                Storage::Native => {
                    let name = text::name(Dialect::Postgres, &model.name);
                    match model.schema.as_deref().filter(|schema| wanted.home != Some(schema)) {
                        Some(schema) => format!("{}.{name}", text::name(Dialect::Postgres, schema)),
                        None => name,
                    }
                }
                Storage::Text => text_of(wanted),
                Storage::Integer(bits) => integer(bits, false, false).to_owned(),
            }
        }
        ModelType::Array(element) => format!("{}[]", ty(&wanted.of(element))?),
        ModelType::Hstore => "hstore".to_owned(),
        ModelType::Raw(raw) => return super::column::raw(raw, Dialect::Postgres),
        ModelType::Told => return Err(Lack::of_type(Dialect::Postgres, "of a type that nobody knows")),
    })
}

fn text_of(wanted: &Wanted<'_>) -> String {
    match wanted.length {
        Some(length) if wanted.fixed => format!("char({length})"),
        Some(length) => format!("varchar({length})"),
        None => "text".to_owned(),
    }
}

/// There are no numbers without a sign: they get the next wider type, which is `numeric` for the widest.
fn integer(bits: u8, unsigned: bool, identity: bool) -> &'static str {
    match (bits, unsigned) {
        (8, _) | (16, false) => "smallint",
        (16, true) | (32, false) => "integer",
        (64, true) if !identity => "numeric(20,0)",
        (_, _) => "bigint",
    }
}
