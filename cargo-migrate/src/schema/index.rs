use std::collections::BTreeMap;

/// An index that no constraint has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) unique: bool,
    pub(crate) keys: Vec<IndexKey>,
    /// `PostgreSQL`, SQL Server: columns that ride along.
    pub(crate) include: Vec<String>,
    /// The access method in lower case where it is not the engine's own choice: `gin`, `hash`; `fulltext` and `spatial`
    /// on MySQL; `columnstore` on SQL Server.
    pub(crate) method: Option<String>,
    /// The condition behind WHERE, without the parentheses around it.
    pub(crate) filter: Option<String>,
    /// `PostgreSQL` 15 and later: two NULLs are the same.
    pub(crate) nulls_not_distinct: bool,
    /// SQL Server.
    pub(crate) clustered: bool,
    /// MySQL (INVISIBLE), MariaDB (IGNORED).
    pub(crate) invisible: bool,
    /// Storage parameters, by the engine's own word: `fillfactor`; `parser` on MySQL.
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) comment: Option<String>,
}

/// A part of an index's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexKey {
    pub(crate) part: KeyPart,
    pub(crate) descending: bool,
    /// `PostgreSQL`, where it is not what the direction gives by itself (last, or first if descending).
    pub(crate) nulls: Option<NullsOrder>,
    /// Where it is not the column's.
    pub(crate) collation: Option<String>,
    /// `PostgreSQL`, where it is not the type's own.
    pub(crate) operator_class: Option<String>,
    /// MySQL and MariaDB: how many characters count.
    pub(crate) prefix: Option<u32>,
}

/// What an index orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyPart {
    Column(String),
    /// Without the parentheses around it.
    Expression(String),
}

/// Where NULLs stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NullsOrder {
    First,
    Last,
}

impl IndexKey {
    /// A column, ascending.
    pub(crate) fn column(name: impl Into<String>) -> Self {
        Self {
            part: KeyPart::Column(name.into()),
            descending: false,
            nulls: None,
            collation: None,
            operator_class: None,
            prefix: None,
        }
    }
}

impl Index {
    /// An index without anything special.
    pub(crate) fn new(name: impl Into<String>, keys: Vec<IndexKey>) -> Self {
        Self {
            name: name.into(),
            unique: false,
            keys,
            include: Vec::new(),
            method: None,
            filter: None,
            nulls_not_distinct: false,
            clustered: false,
            invisible: false,
            options: BTreeMap::new(),
            comment: None,
        }
    }

    /// The columns that are keys by themselves.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(|key| match &key.part {
            KeyPart::Column(name) => Some(name.as_str()),
            KeyPart::Expression(_) => None,
        })
    }
}
