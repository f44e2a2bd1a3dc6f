//! One operation, done to our picture of a table.

use migrate_core::Error;

use super::unsupported::refusal;
use crate::{
    operation::{ConstraintKind, Operation},
    schema::{Check, ForeignKey, Index, Table, Unique},
    sqlite::{is_same, tokens, unquote},
};

/// Changes the table as the operation says. Renames of tables and of columns, and whole tables, are not for here.
pub(super) fn apply(table: &mut Table, operation: &Operation) -> Result<(), Error> {
    match operation {
        Operation::SetTableOption { key, after, .. } => match after {
            Some(value) => {
                table.options.insert(key.clone(), value.clone());
            }
            None => {
                table.options.remove(key);
            }
        },
        Operation::AddColumn { column, .. } => table.columns.push(column.clone()),
        Operation::DropColumn { column, .. } => {
            let at = table.columns.iter().position(|found| is_same(&found.name, &column.name));
            remove(&mut table.columns, at).ok_or_else(|| missing(table, "column", Some(&column.name)))?;
        }
        Operation::AlterColumn { before, after, .. } => {
            let found = table.columns.iter_mut().find(|found| is_same(&found.name, &before.name));
            match found {
                Some(found) => found.clone_from(after),
                None => return Err(missing(table, "column", Some(&before.name))),
            }
        }
        Operation::AddPrimaryKey { key, .. } => table.primary_key = Some(key.clone()),
        Operation::DropPrimaryKey { .. } => table.primary_key = None,
        Operation::AddUnique { unique, .. } => table.uniques.push(unique.clone()),
        Operation::DropUnique { unique, .. } => {
            let at = find_unique(&table.uniques, unique);
            remove(&mut table.uniques, at)
                .ok_or_else(|| missing(table, "unique constraint", unique.name.as_ref()))?;
        }
        Operation::AddForeignKey { key, .. } => table.foreign_keys.push(key.clone()),
        Operation::DropForeignKey { key, .. } => {
            let at = find_foreign_key(&table.foreign_keys, key);
            remove(&mut table.foreign_keys, at)
                .ok_or_else(|| missing(table, "foreign key", key.name.as_ref()))?;
        }
        Operation::AddCheck { check, .. } => table.checks.push(check.clone()),
        Operation::DropCheck { check, .. } => {
            let at = find_check(&table.checks, check);
            remove(&mut table.checks, at).ok_or_else(|| missing(table, "check", check.name.as_ref()))?;
        }
        Operation::RenameConstraint { kind, from, to, .. } => rename_constraint(table, *kind, from, to)?,
        Operation::AddIndex { index, .. } => table.indexes.push(index.clone()),
        Operation::DropIndex { index, .. } => {
            let at = find_index(&table.indexes, &index.name);
            remove(&mut table.indexes, at).ok_or_else(|| missing(table, "index", Some(&index.name)))?;
        }
        Operation::RenameIndex { from, to, .. } => {
            let at = find_index(&table.indexes, from);
            match at.and_then(|at| table.indexes.get_mut(at)) {
                Some(index) => index.name.clone_from(to),
                None => return Err(missing(table, "index", Some(from))),
            }
        }
        // SQLite keeps no comments.
        Operation::SetComment { .. }
        | Operation::CreateTable(_)
        | Operation::DropTable(_)
        | Operation::RenameTable { .. }
        | Operation::RenameColumn { .. }
        | Operation::CreateSchema(_)
        | Operation::DropSchema(_)
        | Operation::CreateEnum(_)
        | Operation::DropEnum(_)
        | Operation::RenameEnum { .. }
        | Operation::RenameEnumValue { .. }
        | Operation::RenameValues { .. }
        | Operation::FillColumn { .. }
        | Operation::AlterEnum { .. }
        | Operation::CreateSequence(_)
        | Operation::DropSequence(_)
        | Operation::RenameSequence { .. }
        | Operation::AlterSequence { .. }
        | Operation::AddExclusion { .. }
        | Operation::DropExclusion { .. } => {}
    }
    Ok(())
}

fn rename_constraint(table: &mut Table, kind: ConstraintKind, from: &str, to: &str) -> Result<(), Error> {
    let is_it = |name: &&mut Option<String>| name.as_deref().is_some_and(|name| is_same(name, from));
    let name = match kind {
        ConstraintKind::PrimaryKey => table.primary_key.as_mut().map(|key| &mut key.name).filter(is_it),
        ConstraintKind::Unique => table.uniques.iter_mut().map(|one| &mut one.name).find(is_it),
        ConstraintKind::ForeignKey => table.foreign_keys.iter_mut().map(|one| &mut one.name).find(is_it),
        ConstraintKind::Check => table.checks.iter_mut().map(|one| &mut one.name).find(is_it),
        ConstraintKind::Exclusion => None,
    };
    match name {
        Some(name) => *name = Some(to.to_owned()),
        None => return Err(missing(table, "constraint", Some(&from.to_owned()))),
    }
    Ok(())
}

fn remove<T>(list: &mut Vec<T>, at: Option<usize>) -> Option<T> {
    at.map(|at| list.remove(at))
}

fn missing(table: &Table, what: &str, name: Option<&String>) -> Error {
    let name = name.map(|name| format!(" {name}")).unwrap_or_default();
    refusal(
        format!("table {}: the {what}{name} that is to be changed is not there", table.name),
        "read the database again: it is not what the script was made for",
    )
}

fn is_named(one: Option<&String>, other: Option<&String>) -> bool {
    one.zip(other).is_some_and(|(one, other)| is_same(one, other))
}

fn find_unique(list: &[Unique], wanted: &Unique) -> Option<usize> {
    let by_name = || list.iter().position(|found| is_named(found.name.as_ref(), wanted.name.as_ref()));
    let by_columns = || list.iter().position(|found| same_names(&found.columns, &wanted.columns));
    list.iter().position(|found| found == wanted).or_else(by_name).or_else(by_columns)
}

fn find_foreign_key(list: &[ForeignKey], wanted: &ForeignKey) -> Option<usize> {
    let by_name = || list.iter().position(|found| is_named(found.name.as_ref(), wanted.name.as_ref()));
    let by_columns = || {
        list.iter().position(|found| {
            same_names(&found.columns, &wanted.columns)
                && is_same(&found.referred_table.name, &wanted.referred_table.name)
        })
    };
    list.iter().position(|found| found == wanted).or_else(by_name).or_else(by_columns)
}

fn find_check(list: &[Check], wanted: &Check) -> Option<usize> {
    let by_name = || list.iter().position(|found| is_named(found.name.as_ref(), wanted.name.as_ref()));
    let by_words = || list.iter().position(|found| same_words(&found.expression, &wanted.expression));
    list.iter().position(|found| found == wanted).or_else(by_name).or_else(by_words)
}

pub(super) fn find_index(list: &[Index], name: &str) -> Option<usize> {
    list.iter().position(|index| is_same(&index.name, name))
}

fn same_names(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
}

/// Whether two expressions differ in nothing but case, blanks and quotes around names.
fn same_words(one: &str, other: &str) -> bool {
    let (one, other) = (tokens(one), tokens(other));
    one.len() == other.len()
        && one.iter().zip(&other).all(|(one, other)| {
            if one.is_string() || other.is_string() {
                one.text == other.text
            } else {
                is_same(&unquote(one), &unquote(other))
            }
        })
}
