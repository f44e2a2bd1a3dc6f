use migrate_core::{Code, Error};

use super::name::LONGEST_NAME;
use crate::{
    operation::Operation,
    schema::{Index, Table},
};

/// Refuses names that the server would cut off without a word: what is made would not be what is asked for.
///
/// # Errors
/// [`Code::Unsupported`] with the first such name.
pub(super) fn check(operations: &[Operation]) -> Result<(), Error> {
    let mut names: Vec<&str> = Vec::new();
    for operation in operations {
        match operation {
            Operation::CreateSchema(name) => names.push(name),
            Operation::CreateEnum(ty) => names.push(&ty.name.name),
            Operation::CreateSequence(sequence) => names.push(&sequence.name.name),
            Operation::CreateTable(table) => of_table(table, &mut names),
            Operation::RenameEnum { to, .. }
            | Operation::RenameSequence { to, .. }
            | Operation::RenameTable { to, .. } => names.push(&to.name),
            Operation::RenameColumn { to, .. }
            | Operation::RenameConstraint { to, .. }
            | Operation::RenameIndex { to, .. } => names.push(to),
            Operation::AddColumn { column, .. } => names.push(&column.name),
            Operation::AddPrimaryKey { key, .. } => names.extend(key.name.as_deref()),
            Operation::AddUnique { unique, .. } => names.extend(unique.name.as_deref()),
            Operation::AddForeignKey { key, .. } => names.extend(key.name.as_deref()),
            Operation::AddCheck { check, .. } => names.extend(check.name.as_deref()),
            Operation::AddExclusion { exclusion, .. } => names.push(&exclusion.name),
            Operation::AddIndex { index, .. } => names.push(&index.name),
            Operation::DropSchema(_)
            | Operation::DropEnum(_)
            | Operation::RenameEnumValue { .. }
            | Operation::RenameValues { .. }
            | Operation::FillColumn { .. }
            | Operation::AlterEnum { .. }
            | Operation::DropSequence(_)
            | Operation::AlterSequence { .. }
            | Operation::DropTable(_)
            | Operation::SetTableOption { .. }
            | Operation::DropColumn { .. }
            | Operation::AlterColumn { .. }
            | Operation::DropPrimaryKey { .. }
            | Operation::DropUnique { .. }
            | Operation::DropForeignKey { .. }
            | Operation::DropCheck { .. }
            | Operation::DropExclusion { .. }
            | Operation::DropIndex { .. }
            | Operation::SetComment { .. } => {}
        }
    }
    match names.into_iter().find(|name| name.len() > LONGEST_NAME) {
        None => Ok(()),
        Some(name) => Err(Error::new(
            Code::Unsupported,
            format!(
                "the name {} has {} bytes, and PostgreSQL keeps {LONGEST_NAME}",
                name.escape_debug(),
                name.len()
            ),
        )
        .with_help("give it a shorter name")),
    }
}

fn of_table<'a>(table: &'a Table, names: &mut Vec<&'a str>) {
    names.push(&table.name.name);
    names.extend(table.columns.iter().map(|column| column.name.as_str()));
    names.extend(table.primary_key.iter().filter_map(|key| key.name.as_deref()));
    names.extend(table.uniques.iter().filter_map(|unique| unique.name.as_deref()));
    names.extend(table.foreign_keys.iter().filter_map(|key| key.name.as_deref()));
    names.extend(table.checks.iter().filter_map(|check| check.name.as_deref()));
    names.extend(table.exclusions.iter().map(|exclusion| exclusion.name.as_str()));
    names.extend(table.indexes.iter().map(|index: &Index| index.name.as_str()));
}
