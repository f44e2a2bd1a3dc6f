//! Types of SQLite. A column's type says there how values are kept, and in a STRICT table which may be.

use migrate_core::Dialect;
use migrate_models::Storage;

use super::{Lack, wanted::Wanted};
use crate::models::ModelType;

pub(super) fn ty(wanted: &Wanted<'_>) -> Result<String, Lack> {
    let lacks = |what| Err(Lack::of_type(Dialect::Sqlite, what));
    Ok(match wanted.ty {
        ModelType::Boolean if wanted.strict => "INTEGER",
        ModelType::Boolean => "BOOLEAN",
        ModelType::Integer { .. } => "INTEGER",
        ModelType::Float { .. } => "REAL",
        // A STRICT table has no type that keeps decimals as they are.
        ModelType::Decimal if wanted.strict => "TEXT",
        ModelType::Decimal => "NUMERIC",
        ModelType::Text
        | ModelType::Character
        | ModelType::Date
        | ModelType::Time
        | ModelType::DateTime
        | ModelType::Timestamp
        | ModelType::Json
        | ModelType::Inet { .. }
        | ModelType::MacAddress => "TEXT",
        // As the drivers keep them.
        ModelType::Bytes(_) | ModelType::Uuid => "BLOB",
        ModelType::Enum(number) => match wanted.enums[*number].model.storage {
            Storage::Native | Storage::Text => "TEXT",
            Storage::Integer(_) => "INTEGER",
        },
        ModelType::Interval => return lacks("a span of time"),
        ModelType::Array(_) => return lacks("an array"),
        ModelType::Hstore => return lacks("a map"),
        ModelType::Raw(raw) => return super::column::raw(raw, Dialect::Sqlite),
        ModelType::Told => return lacks("of a type that nobody knows"),
    }
    .to_owned())
}
