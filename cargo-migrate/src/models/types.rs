//! What a column holds, before an engine has a word for it.

use std::collections::BTreeMap;

use migrate_core::Dialect;

/// The type of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnType {
    pub(crate) ty: ModelType,
    /// It is `Option<...>`, or the column says so.
    pub(crate) nullable: bool,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ModelType {
    Boolean,
    Integer {
        bits: u8,
        unsigned: bool,
    },
    Float {
        bits: u8,
    },
    Decimal,
    Text,
    /// One character.
    Character,
    /// So many of them, if that is said.
    Bytes(Option<u64>),
    Date,
    Time,
    /// Without a time zone.
    DateTime,
    /// A point in time.
    Timestamp,
    Interval,
    Uuid,
    Json,
    /// The address of a host; of a network, with its mask.
    Inet {
        network: bool,
    },
    MacAddress,
    /// Among [`Models::enums`](super::Models::enums).
    Enum(usize),
    /// `PostgreSQL`.
    Array(Box<ModelType>),
    /// Texts by texts (`PostgreSQL`).
    Hstore,
    /// SQL.
    Raw(RawType),
    /// Every engine is told its type on the column itself.
    Told,
}

/// A type in SQL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RawType {
    /// Where an engine has nothing of its own.
    pub(crate) text: Option<String>,
    /// For one engine.
    pub(crate) engines: BTreeMap<Dialect, String>,
}

impl RawType {
    /// What an engine calls it. What `mysql` says holds for MariaDB too.
    pub(crate) fn of(&self, dialect: Dialect) -> Option<&str> {
        let own = self.engines.get(&dialect).or_else(|| match dialect {
            Dialect::Mariadb => self.engines.get(&Dialect::Mysql),
            Dialect::Postgres | Dialect::Mysql | Dialect::Mssql | Dialect::Sqlite => None,
        });
        own.or(self.text.as_ref()).map(String::as_str)
    }
}
