use std::collections::BTreeMap;

use super::ObjectName;
use crate::mysql::Collations;

/// What was met that is not compared, and that has to be known nevertheless.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Beside {
    pub(crate) collations: Collations,
    /// Names that no table can get, and what has them.
    pub(crate) taken: BTreeMap<ObjectName, &'static str>,
    /// Triggers and views. MySQL and MariaDB only, where nothing can be rolled back and nothing minds what depends on it.
    pub(crate) programs: Vec<Program>,
    /// PostgreSQL only, which minds.
    pub(crate) dependents: Vec<Dependent>,
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

/// What uses a table, or one of its columns: a view or what stands on it, a rule, a policy, a trigger, a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependent {
    pub(crate) table: ObjectName,
    /// None where it names no column.
    pub(crate) column: Option<String>,
    /// In the server's words: `view v`.
    pub(crate) what: String,
    /// Whether it goes when the table is dropped.
    pub(crate) is_of_table: bool,
}
