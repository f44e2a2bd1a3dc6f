use super::Operation;

/// The list that undoes this one.
pub(crate) fn reversed(operations: &[Operation]) -> Vec<Operation> {
    operations.iter().rev().filter_map(Operation::reverse).collect()
}

impl Operation {
    /// The change that undoes this one; none for what leaves nothing to undo: a value that rows were given goes with its
    /// column, or may stay.
    pub(crate) fn reverse(&self) -> Option<Self> {
        Some(match self.clone() {
            Self::FillColumn { .. } => return None,
            Self::CreateSchema(name) => Self::DropSchema(name),
            Self::DropSchema(name) => Self::CreateSchema(name),
            Self::CreateEnum(ty) => Self::DropEnum(ty),
            Self::DropEnum(ty) => Self::CreateEnum(ty),
            Self::RenameEnum { from, to } => Self::RenameEnum { from: to, to: from },
            Self::RenameEnumValue { name, from, to } => Self::RenameEnumValue { name, from: to, to: from },
            Self::AlterEnum { before, after } => Self::AlterEnum { before: after, after: before },
            Self::CreateSequence(sequence) => Self::DropSequence(sequence),
            Self::DropSequence(sequence) => Self::CreateSequence(sequence),
            Self::RenameSequence { from, to } => Self::RenameSequence { from: to, to: from },
            Self::AlterSequence { before, after } => Self::AlterSequence { before: after, after: before },
            Self::CreateTable(table) => Self::DropTable(table),
            Self::DropTable(table) => Self::CreateTable(table),
            Self::RenameTable { from, to } => Self::RenameTable { from: to, to: from },
            Self::SetTableOption { table, key, before, after } => {
                Self::SetTableOption { table, key, before: after, after: before }
            }
            Self::AddColumn { table, column } => Self::DropColumn { table, column },
            Self::DropColumn { table, column } => Self::AddColumn { table, column },
            Self::RenameColumn { table, from, to } => Self::RenameColumn { table, from: to, to: from },
            Self::RenameValues { table, column, values } => {
                let values = values.into_iter().map(|(from, to)| (to, from)).collect();
                Self::RenameValues { table, column, values }
            }
            Self::AlterColumn { table, before, after } => {
                Self::AlterColumn { table, before: after, after: before }
            }
            Self::AddPrimaryKey { table, key } => Self::DropPrimaryKey { table, key },
            Self::DropPrimaryKey { table, key } => Self::AddPrimaryKey { table, key },
            Self::AddUnique { table, unique } => Self::DropUnique { table, unique },
            Self::DropUnique { table, unique } => Self::AddUnique { table, unique },
            Self::AddForeignKey { table, key } => Self::DropForeignKey { table, key },
            Self::DropForeignKey { table, key } => Self::AddForeignKey { table, key },
            Self::AddCheck { table, check } => Self::DropCheck { table, check },
            Self::DropCheck { table, check } => Self::AddCheck { table, check },
            Self::AddExclusion { table, exclusion } => Self::DropExclusion { table, exclusion },
            Self::DropExclusion { table, exclusion } => Self::AddExclusion { table, exclusion },
            Self::RenameConstraint { table, kind, from, to } => {
                Self::RenameConstraint { table, kind, from: to, to: from }
            }
            Self::AddIndex { table, index } => Self::DropIndex { table, index },
            Self::DropIndex { table, index } => Self::AddIndex { table, index },
            Self::RenameIndex { table, from, to } => Self::RenameIndex { table, from: to, to: from },
            Self::SetComment { on, before, after } => Self::SetComment { on, before: after, after: before },
        })
    }
}
