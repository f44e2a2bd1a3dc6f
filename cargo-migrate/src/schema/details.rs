use std::collections::{BTreeMap, BTreeSet};

/// What a table can say that no model can, and that a change of it must not lose: the first three on SQLite, whose tables
/// are built anew, the others on MySQL and MariaDB. By column names of the same moment as the table's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Details {
    /// What is said with NOT NULL, by column.
    pub(crate) not_null: BTreeMap<String, NotNull>,
    /// What is said with the primary key and the unique constraints.
    pub(crate) keys: Vec<KeyDetails>,
    /// Whether there are comments in the text: a rebuild cannot keep them.
    pub(crate) has_comments: bool,
    /// MariaDB: checks that are part of the definition of the column that they are named as, though they do not speak of it.
    pub(crate) column_checks: BTreeSet<String>,
    /// It has partitions: it is not dropped because no model is there.
    pub(crate) is_partitioned: bool,
}

/// A NOT NULL that says more than that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NotNull {
    pub(crate) name: Option<String>,
    pub(crate) on_conflict: Option<OnConflict>,
}

/// A primary key or a unique constraint that says more than its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyDetails {
    /// Which one it is: the primary key, or a unique constraint of these columns.
    pub(crate) is_primary: bool,
    /// In the order of the key.
    pub(crate) columns: Vec<String>,
    /// For each of the columns.
    pub(crate) parts: Vec<KeyPartDetails>,
    pub(crate) on_conflict: Option<OnConflict>,
    /// `INTEGER PRIMARY KEY DESC` behind a column: not the row's number, as it would be in a clause of its own.
    pub(crate) is_inline: bool,
}

/// How a column counts in a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeyPartDetails {
    pub(crate) descending: bool,
    /// Where it is not the column's.
    pub(crate) collation: Option<String>,
}

/// What happens to a row that violates a constraint, where it is not ABORT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnConflict {
    Rollback,
    Fail,
    Ignore,
    Replace,
}

impl OnConflict {
    /// The SQL word.
    pub(crate) const fn sql(self) -> &'static str {
        match self {
            Self::Rollback => "ROLLBACK",
            Self::Fail => "FAIL",
            Self::Ignore => "IGNORE",
            Self::Replace => "REPLACE",
        }
    }
}

impl Details {
    /// What is said of a key of these columns.
    pub(crate) fn key(&self, is_primary: bool, columns: &[String]) -> Option<&KeyDetails> {
        self.keys.iter().find(|key| key.is_primary == is_primary && key.columns == columns)
    }

    /// Whether a row may be passed over or replaced where it should be refused.
    pub(crate) fn has_conflict_clause(&self) -> bool {
        self.not_null.values().any(|not_null| not_null.on_conflict.is_some())
            || self.keys.iter().any(|key| key.on_conflict.is_some())
    }
}
