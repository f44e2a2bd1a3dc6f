//! Changes of a schema as values. Every one can be turned round, and says what it is about.

mod describe;
mod json;
mod reverse;

use std::collections::BTreeMap;

pub(crate) use describe::Nature;
pub(crate) use reverse::reversed;

use crate::schema::{
    Check, Column, EnumType, Exclusion, ForeignKey, Index, ObjectName, PrimaryKey, Sequence, Table, Unique,
};

/// One change.
///
/// A list of them runs in its order: names are those that hold when the change's turn comes, so behind a `RenameTable`
/// everything speaks of the new name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "there are few of them, and each is taken apart")]
pub(crate) enum Operation {
    CreateSchema(String),
    DropSchema(String),

    CreateEnum(EnumType),
    DropEnum(EnumType),
    RenameEnum {
        from: ObjectName,
        to: ObjectName,
    },
    /// One value of an enumerated type gets another name.
    RenameEnumValue {
        name: ObjectName,
        from: String,
        to: String,
    },
    /// Values are added, dropped or put in another order.
    AlterEnum {
        before: EnumType,
        after: EnumType,
    },

    CreateSequence(Sequence),
    DropSequence(Sequence),
    RenameSequence {
        from: ObjectName,
        to: ObjectName,
    },
    AlterSequence {
        before: Sequence,
        after: Sequence,
    },

    /// With everything on it. Foreign keys to tables that are not there yet are left out of it and come as
    /// `AddForeignKey` later in the list.
    CreateTable(Table),
    DropTable(Table),
    RenameTable {
        from: ObjectName,
        to: ObjectName,
    },
    /// One word of `Table::options`.
    SetTableOption {
        table: ObjectName,
        key: String,
        before: Option<String>,
        after: Option<String>,
    },

    AddColumn {
        table: ObjectName,
        column: Column,
    },
    DropColumn {
        table: ObjectName,
        column: Column,
    },
    RenameColumn {
        table: ObjectName,
        from: String,
        to: String,
    },
    /// The rows that hold one value get another: a value of an enum that is no type of its own has another name. On MySQL
    /// and MariaDB the column's `enum(...)` and its default change with them; a check is dropped before and added behind.
    RenameValues {
        table: ObjectName,
        column: String,
        /// From the old value to the new one, all at once.
        values: BTreeMap<String, String>,
    },
    /// The rows that have no value of a column get one, once: behind the `AddColumn`, in front of the `AlterColumn` that
    /// makes it NOT NULL. Nothing turns it round.
    FillColumn {
        table: ObjectName,
        column: String,
        /// An expression of the engine.
        value: String,
    },
    /// Anything of a column but its name and its comment.
    AlterColumn {
        table: ObjectName,
        before: Column,
        after: Column,
    },

    AddPrimaryKey {
        table: ObjectName,
        key: PrimaryKey,
    },
    DropPrimaryKey {
        table: ObjectName,
        key: PrimaryKey,
    },
    AddUnique {
        table: ObjectName,
        unique: Unique,
    },
    DropUnique {
        table: ObjectName,
        unique: Unique,
    },
    AddForeignKey {
        table: ObjectName,
        key: ForeignKey,
    },
    DropForeignKey {
        table: ObjectName,
        key: ForeignKey,
    },
    AddCheck {
        table: ObjectName,
        check: Check,
    },
    DropCheck {
        table: ObjectName,
        check: Check,
    },
    AddExclusion {
        table: ObjectName,
        exclusion: Exclusion,
    },
    DropExclusion {
        table: ObjectName,
        exclusion: Exclusion,
    },
    /// A constraint that stays what it is under another name.
    RenameConstraint {
        table: ObjectName,
        kind: ConstraintKind,
        from: String,
        to: String,
    },

    AddIndex {
        table: ObjectName,
        index: Index,
    },
    DropIndex {
        table: ObjectName,
        index: Index,
    },
    RenameIndex {
        table: ObjectName,
        from: String,
        to: String,
    },

    SetComment {
        on: Commented,
        before: Option<String>,
        after: Option<String>,
    },
}

/// What sort of constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ConstraintKind {
    PrimaryKey,
    Unique,
    ForeignKey,
    Check,
    Exclusion,
}

/// What a comment stands on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Commented {
    Table(ObjectName),
    /// MySQL restates the whole column for it: the column as it is then, with its comment of then.
    Column {
        table: ObjectName,
        column: String,
    },
    Index {
        table: ObjectName,
        index: String,
    },
    Constraint {
        table: ObjectName,
        constraint: String,
    },
    Enum(ObjectName),
    Sequence(ObjectName),
}

impl Operation {
    /// The table that it is about, by the name that holds then; none where it is about no table.
    pub(crate) fn table(&self) -> Option<&ObjectName> {
        match self {
            Self::CreateTable(table) | Self::DropTable(table) => Some(&table.name),
            Self::RenameTable { from, .. } => Some(from),
            Self::SetTableOption { table, .. }
            | Self::AddColumn { table, .. }
            | Self::DropColumn { table, .. }
            | Self::RenameColumn { table, .. }
            | Self::RenameValues { table, .. }
            | Self::FillColumn { table, .. }
            | Self::AlterColumn { table, .. }
            | Self::AddPrimaryKey { table, .. }
            | Self::DropPrimaryKey { table, .. }
            | Self::AddUnique { table, .. }
            | Self::DropUnique { table, .. }
            | Self::AddForeignKey { table, .. }
            | Self::DropForeignKey { table, .. }
            | Self::AddCheck { table, .. }
            | Self::DropCheck { table, .. }
            | Self::AddExclusion { table, .. }
            | Self::DropExclusion { table, .. }
            | Self::RenameConstraint { table, .. }
            | Self::AddIndex { table, .. }
            | Self::DropIndex { table, .. }
            | Self::RenameIndex { table, .. } => Some(table),
            Self::SetComment { on, .. } => match on {
                Commented::Table(table)
                | Commented::Column { table, .. }
                | Commented::Index { table, .. }
                | Commented::Constraint { table, .. } => Some(table),
                Commented::Enum(_) | Commented::Sequence(_) => None,
            },
            Self::CreateSchema(_)
            | Self::DropSchema(_)
            | Self::CreateEnum(_)
            | Self::DropEnum(_)
            | Self::RenameEnum { .. }
            | Self::RenameEnumValue { .. }
            | Self::AlterEnum { .. }
            | Self::CreateSequence(_)
            | Self::DropSequence(_)
            | Self::RenameSequence { .. }
            | Self::AlterSequence { .. } => None,
        }
    }
}
