use std::collections::BTreeMap;

use super::ObjectName;
use crate::mysql::Collations;

/// What a reader met that is not compared, and that has to be known nevertheless. MySQL and MariaDB only, where nothing
/// can be rolled back and nothing minds what depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Beside {
    pub(crate) collations: Collations,
    /// Names that no table can get, and what has them.
    pub(crate) taken: BTreeMap<ObjectName, &'static str>,
    /// Triggers and views.
    pub(crate) programs: Vec<Program>,
    /// What was seen and is in no model, for people.
    pub(crate) unread: Vec<String>,
}

/// A trigger or a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    /// `trigger` or `view`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// The table of a trigger.
    pub(crate) table: Option<ObjectName>,
    pub(crate) sql: String,
}
