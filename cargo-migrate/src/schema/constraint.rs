use super::ObjectName;

/// The primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PrimaryKey {
    /// None on MySQL, where it is always `PRIMARY`, and for one without a name on SQLite.
    pub(crate) name: Option<String>,
    /// In the order of the key.
    pub(crate) columns: Vec<String>,
    /// `PostgreSQL`.
    pub(crate) include: Vec<String>,
    pub(crate) deferrable: Deferrable,
    /// SQL Server: none where the engine's choice, CLUSTERED, holds.
    pub(crate) clustered: Option<bool>,
    pub(crate) comment: Option<String>,
}

/// A unique constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unique {
    /// None for one without a name on SQLite.
    pub(crate) name: Option<String>,
    /// In the order of the key.
    pub(crate) columns: Vec<String>,
    /// `PostgreSQL`.
    pub(crate) include: Vec<String>,
    /// `PostgreSQL` 15 and later: two NULLs are the same.
    pub(crate) nulls_not_distinct: bool,
    pub(crate) deferrable: Deferrable,
    /// SQL Server: none where the engine's choice, NONCLUSTERED, holds.
    pub(crate) clustered: Option<bool>,
    pub(crate) comment: Option<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    /// None for one without a name on SQLite.
    pub(crate) name: Option<String>,
    /// In the order of the key.
    pub(crate) columns: Vec<String>,
    pub(crate) referred_table: ObjectName,
    /// In the order of `columns`. Empty on SQLite where the key names none, which means the primary key.
    pub(crate) referred_columns: Vec<String>,
    pub(crate) on_delete: ReferentialAction,
    /// `PostgreSQL` 15 and later: the columns that SET NULL or SET DEFAULT is about, where it is not all of them. No
    /// model says so: there it stays as it is.
    pub(crate) delete_columns: Vec<String>,
    pub(crate) on_update: ReferentialAction,
    pub(crate) match_full: bool,
    pub(crate) deferrable: Deferrable,
    /// `PostgreSQL`: NOT VALID; SQL Server: WITH NOCHECK, or disabled.
    pub(crate) not_valid: bool,
    pub(crate) comment: Option<String>,
}

/// What a foreign key does when the row that it refers to goes or changes. The ways to say the same are one: RESTRICT on
/// MySQL is `NoAction`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ReferentialAction {
    #[default]
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

/// When a constraint is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Deferrable {
    /// With each statement.
    #[default]
    No,
    /// DEFERRABLE INITIALLY IMMEDIATE.
    Immediate,
    /// DEFERRABLE INITIALLY DEFERRED.
    Deferred,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// None for one without a name on SQLite.
    pub(crate) name: Option<String>,
    /// Without the parentheses around it.
    pub(crate) expression: String,
    /// `PostgreSQL`.
    pub(crate) no_inherit: bool,
    /// `PostgreSQL`: NOT VALID; SQL Server: WITH NOCHECK, or disabled; MySQL: NOT ENFORCED.
    pub(crate) not_valid: bool,
    pub(crate) comment: Option<String>,
}

/// An exclusion constraint of `PostgreSQL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exclusion {
    pub(crate) name: String,
    /// From `EXCLUDE` on, as `pg_get_constraintdef` writes it.
    pub(crate) definition: String,
    pub(crate) comment: Option<String>,
}

impl ReferentialAction {
    /// The SQL words.
    pub(crate) const fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}
