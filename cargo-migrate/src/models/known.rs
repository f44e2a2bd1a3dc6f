//! The types of other crates that have a counterpart in databases, by their paths.

use super::ModelType;

/// What a type is, or what it does with its parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    Column(ModelType),
    /// `Option<T>`
    Option,
    /// `Box<T>`: the same as T.
    Same,
    /// `Vec<T>`
    List,
    /// `HashMap<K, V>`
    Map,
    /// It has a counterpart that would not hold all its values, or differs from machine to machine.
    Unfit(&'static str),
}

/// What a path from the root of another crate means. Modules between the crate and the type do not matter: no crate here
/// has two types of one name that differ as columns.
pub(super) fn known(path: &[String]) -> Option<Known> {
    let (name, around) = path.split_last()?;
    let (krate, modules) = around.split_first()?;
    let inside = |module: &str| modules.iter().any(|found| found == module);
    match krate.as_str() {
        "std" | "core" | "alloc" => standard(name),
        "chrono" => chrono(name),
        "time" => time(name),
        "jiff" => jiff(name, inside("civil")),
        // The wrappers for drivers have all their types in one place.
        "jiff_sqlx" | "jiff_diesel" => jiff(name, true).or_else(|| jiff(name, false)),
        "uuid" => column(name, &["Uuid", "NonNilUuid"], ModelType::Uuid),
        "serde_json" => column(name, &["Value", "Map"], ModelType::Json),
        "rust_decimal" => column(name, &["Decimal"], ModelType::Decimal),
        "bigdecimal" => column(name, &["BigDecimal"], ModelType::Decimal),
        "ipnetwork" => {
            column(name, &["IpNetwork", "Ipv4Network", "Ipv6Network"], ModelType::Inet { network: true })
        }
        "ipnet" => column(name, &["IpNet", "Ipv4Net", "Ipv6Net"], ModelType::Inet { network: true }),
        "bytes" => column(name, &["Bytes", "BytesMut"], ModelType::Bytes(None)),
        "macaddr" => column(name, &["MacAddr", "MacAddr6"], ModelType::MacAddress),
        "mac_address" | "eui48" => column(name, &["MacAddress"], ModelType::MacAddress),
        "smol_str" => column(name, &["SmolStr"], ModelType::Text),
        "compact_str" => column(name, &["CompactString"], ModelType::Text),
        "indexmap" => (name == "IndexMap").then_some(Known::Map),
        "sqlx" | "sqlx_core" => sqlx(modules, name),
        "sea_orm" | "sea_query" => sea_orm(name),
        _ => None,
    }
}

/// What a name means that nothing brings in: a primitive type, or one of the prelude.
pub(super) fn prelude(name: &str) -> Option<Known> {
    let integer = |bits, unsigned| Some(Known::Column(ModelType::Integer { bits, unsigned }));
    match name {
        "bool" => Some(Known::Column(ModelType::Boolean)),
        "i8" => integer(8, false),
        "i16" => integer(16, false),
        "i32" => integer(32, false),
        "i64" => integer(64, false),
        "u8" => integer(8, true),
        "u16" => integer(16, true),
        "u32" => integer(32, true),
        "u64" => integer(64, true),
        "i128" | "u128" => Some(Known::Unfit("no engine has an integer of 128 bits")),
        "isize" | "usize" => Some(Known::Unfit("its size depends on the machine")),
        "f32" => Some(Known::Column(ModelType::Float { bits: 32 })),
        "f64" => Some(Known::Column(ModelType::Float { bits: 64 })),
        "char" => Some(Known::Column(ModelType::Character)),
        "str" => Some(Known::Column(ModelType::Text)),
        "String" | "Option" | "Vec" | "Box" => standard(name),
        _ => None,
    }
}

fn column(name: &str, names: &[&str], ty: ModelType) -> Option<Known> {
    names.contains(&name).then_some(Known::Column(ty))
}

fn standard(name: &str) -> Option<Known> {
    let integer = |name: &str| match prelude(name)? {
        found @ (Known::Column(ModelType::Integer { .. }) | Known::Unfit(_)) => Some(found),
        _ => None,
    };
    Some(match name {
        "String" => Known::Column(ModelType::Text),
        "Option" => Known::Option,
        "Box" | "Arc" | "Rc" | "Cow" => Known::Same,
        "Vec" | "VecDeque" => Known::List,
        "HashMap" | "BTreeMap" => Known::Map,
        "SystemTime" => Known::Column(ModelType::Timestamp),
        "Duration" => Known::Column(ModelType::Interval),
        "IpAddr" | "Ipv4Addr" | "Ipv6Addr" => Known::Column(ModelType::Inet { network: false }),
        // As in `std::primitive`; and `NonZeroU32`.
        other => match other.strip_prefix("NonZero") {
            Some("") => Known::Same,
            Some(number) => integer(&number.to_ascii_lowercase())?,
            None => return None,
        },
    })
}

fn chrono(name: &str) -> Option<Known> {
    Some(Known::Column(match name {
        "NaiveDate" => ModelType::Date,
        "NaiveTime" => ModelType::Time,
        "NaiveDateTime" => ModelType::DateTime,
        "DateTime" => ModelType::Timestamp,
        "TimeDelta" | "Duration" => ModelType::Interval,
        _ => return None,
    }))
}

fn time(name: &str) -> Option<Known> {
    Some(Known::Column(match name {
        "Date" => ModelType::Date,
        "Time" => ModelType::Time,
        "PrimitiveDateTime" => ModelType::DateTime,
        "OffsetDateTime" | "UtcDateTime" => ModelType::Timestamp,
        "Duration" => ModelType::Interval,
        _ => return None,
    }))
}

fn jiff(name: &str, civil: bool) -> Option<Known> {
    Some(Known::Column(match (name, civil) {
        ("Date", true) => ModelType::Date,
        ("Time", true) => ModelType::Time,
        ("DateTime", true) => ModelType::DateTime,
        ("Timestamp" | "Zoned", false) => ModelType::Timestamp,
        ("Span" | "SignedDuration", false) => ModelType::Interval,
        _ => return None,
    }))
}

/// What `sqlx::types` has of its own, and hands on from others.
fn sqlx(modules: &[String], name: &str) -> Option<Known> {
    match modules {
        [types, krate, ..] if types == "types" => known(&[krate.clone(), name.to_owned()]),
        [postgres, types] if postgres == "postgres" && types == "types" => match name {
            "PgInterval" => Some(Known::Column(ModelType::Interval)),
            "PgHstore" => Some(Known::Column(ModelType::Hstore)),
            _ => None,
        },
        _ => Some(Known::Column(match name {
            "Json" | "JsonValue" => ModelType::Json,
            "Uuid" => ModelType::Uuid,
            "Decimal" | "BigDecimal" => ModelType::Decimal,
            _ => return None,
        })),
    }
}

/// The prelude of sea-orm has names of its own for types of others.
fn sea_orm(name: &str) -> Option<Known> {
    Some(Known::Column(match name {
        "Json" | "JsonValue" => ModelType::Json,
        "Uuid" => ModelType::Uuid,
        "Decimal" | "BigDecimal" => ModelType::Decimal,
        "Date" | "ChronoDate" | "TimeDate" => ModelType::Date,
        "Time" | "ChronoTime" | "TimeTime" => ModelType::Time,
        "DateTime" | "ChronoDateTime" | "TimeDateTime" => ModelType::DateTime,
        "DateTimeUtc"
        | "DateTimeLocal"
        | "DateTimeWithTimeZone"
        | "ChronoDateTimeUtc"
        | "ChronoDateTimeLocal"
        | "ChronoDateTimeWithTimeZone"
        | "TimeDateTimeWithTimeZone" => ModelType::Timestamp,
        "IpNetwork" => ModelType::Inet { network: true },
        _ => return None,
    }))
}
