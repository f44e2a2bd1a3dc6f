//! Renames, and what the server renames along.

use std::collections::BTreeMap;

use migrate_core::{Dialect, Error};

use super::{
    alter::Piece,
    batch::{Batch, Clause, Kind},
    column,
    columns::has_dependents,
    key::table_name,
    live::{self, find_check, find_foreign_key, table_mut},
    planner::Planner,
};
use crate::{
    ddl::Statement,
    mysql::mentions,
    operation::Operation,
    schema::{Check, Column, ForeignKey, ObjectName, Table},
};

impl Planner<'_> {
    /// The open batch of renames of a table. Foreign keys that wait come first: they go by the names of now.
    fn renaming(&mut self, table: &ObjectName) -> Result<&mut Batch, Error> {
        if self.batches.iter().any(|batch| batch.kind == Kind::Change) || !self.owed.is_empty() {
            self.settle()?;
        }
        Ok(self.open(table, Kind::Rename))
    }

    pub(super) fn rename_table(&mut self, from: &ObjectName, to: &ObjectName) -> Result<(), Error> {
        self.settle()?;
        let sql = format!("RENAME TABLE {} TO {}", table_name(from), table_name(to));
        let notes = self.programs.notes();
        let statement = notes.into_iter().fold(Statement::new(sql), Statement::with_review);
        self.pieces.push(Piece::Other(statement));
        let of_old_table = |((table, name), now): ((ObjectName, String), String)| {
            ((if table == *from { to.clone() } else { table }, name), now)
        };
        self.renamed = std::mem::take(&mut self.renamed).into_iter().map(of_old_table).collect();
        live::rename_table(&mut self.live, from, to);

        let mut made = self.made.remove(from).unwrap_or_default();
        let mut moved = Vec::new();
        let found = table_mut(&mut self.live, to);
        for key in &mut found.foreign_keys {
            let Some(old) = key.name.clone() else { continue };
            if let Some(new) = carried_along(&old, &from.name, &to.name, "ibfk") {
                key.name = Some(new.clone());
                moved.push((old, new));
            }
        }
        let renames_checks = match self.dialect {
            Dialect::Mysql => true,
            Dialect::Mariadb | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => false,
        };
        for check in found.checks.iter_mut().filter(|_| renames_checks) {
            let Some(old) = check.name.clone() else { continue };
            if let Some(new) = carried_along(&old, &from.name, &to.name, "chk") {
                check.name = Some(new.clone());
                note(&mut self.renamed, to, old, new);
            }
        }
        for (old, new) in moved {
            // The index keeps the name that the key had.
            if let Some(columns) = made.remove(&old) {
                made.insert(new.clone(), columns);
                let clause = Clause::RenameIndex { from: old.clone(), to: new.clone() };
                self.renaming(to)?.push(clause);
            }
            note(&mut self.renamed, to, old, new);
        }
        self.made.insert(to.clone(), made);
        Ok(())
    }

    pub(super) fn rename_column(&mut self, table: &ObjectName, from: &str, to: &str) -> Result<(), Error> {
        let is_in_the_way = |clause: &Clause| match clause {
            Clause::RenameColumn { to, .. } => to == from,
            Clause::Modify(column) => column == from,
            _ => false,
        };
        if self.renaming(table)?.any(is_in_the_way) {
            self.flush()?;
        }
        let is_restated = match self.dialect {
            // It rewrites what speaks of the column, and a check that belongs to the column changes its name with it.
            Dialect::Mariadb => {
                let found = table_mut(&mut self.live, table);
                let is_own = |check: &Check| column::owns(Dialect::Mariadb, found, from, check);
                if let Some(at) = found.checks.iter().position(is_own) {
                    found.checks[at].name = Some(to.to_owned());
                    if found.details.column_checks.remove(from) {
                        found.details.column_checks.insert(to.to_owned());
                    }
                    self.renamed.insert((table.clone(), from.to_owned()), to.to_owned());
                }
                false
            }
            Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {
                has_dependents(table_mut(&mut self.live, table), from)
            }
        };
        if is_restated {
            // That copies the table, with which a column of a foreign key cannot be renamed.
            self.flush()?;
            self.take_off_foreign_keys(table, from)?;
            self.open(table, Kind::Rename);
            self.restate_dependents(table, from);
        } else if is_copied(self.dialect, table_mut(&mut self.live, table)) {
            self.take_off_foreign_keys(table, from)?;
        }
        let clause = Clause::RenameColumn { from: from.to_owned(), to: to.to_owned() };
        let notes = self.programs.notes();
        let batch = self.open(table, Kind::Rename);
        batch.push(clause);
        notes.into_iter().for_each(|note| batch.review("", note));
        live::rename_column(&mut self.live, table, from, to);
        let rename = |columns: &mut Vec<String>| {
            for column in columns.iter_mut().filter(|column| *column == from) {
                to.clone_into(column);
            }
        };
        self.made.get_mut(table).into_iter().flat_map(|made| made.values_mut()).for_each(rename);
        for (owner, key) in self.owed.iter_mut().chain(&mut self.away) {
            if owner == table {
                rename(&mut key.columns);
            }
            if key.referred_table == *table {
                rename(&mut key.referred_columns);
            }
        }
        if is_restated { self.flush() } else { Ok(()) }
    }

    pub(super) fn rename_index(&mut self, table: &ObjectName, from: &str, to: &str) -> Result<(), Error> {
        let speaks = |clause: &Clause| match clause {
            Clause::AddIndex(name) | Clause::DropIndex(name) => name == from || name == to,
            Clause::RenameIndex { from: other, to: name } => name == from || other == to,
            _ => false,
        };
        let kind = self.batches.first().map_or(Kind::Change, |batch| batch.kind);
        if self.open(table, kind).any(speaks) {
            self.flush()?;
        }
        let clause = Clause::RenameIndex { from: from.to_owned(), to: to.to_owned() };
        self.open(table, kind).push(clause);
        for index in &mut table_mut(&mut self.live, table).indexes {
            if index.name == from {
                to.clone_into(&mut index.name);
            }
        }
        Ok(())
    }

    /// There is no word for it: the check is dropped and added.
    pub(super) fn rename_check(
        &mut self,
        table: &ObjectName,
        from: &str,
        to: &str,
        rest: &[Operation],
    ) -> Result<(), Error> {
        let found = table_mut(&mut self.live, table);
        let is_own =
            find_check(found, from).is_some_and(|check| column::owns(self.dialect, found, from, check));
        let comes_with_column = is_own
            && rest.iter().any(|operation| {
                matches!(operation, Operation::RenameColumn { table: owner, from: old, to: new }
                    if owner == table && old == from && new == to)
            });
        if comes_with_column || self.is_renamed_by_server(table, from, to, rest) {
            return Ok(());
        }
        let from = self.actual_name(table, from);
        let Some(check) = find_check(table_mut(&mut self.live, table), &from).cloned() else {
            // It went with its column's name.
            return Ok(());
        };
        let batch = self.changing(table)?;
        batch.drop_check(&from);
        batch.push(Clause::AddCheck(to.to_owned()));
        self.say_with_column(table, &check, Clause::DropCheck)?;
        let renamed = Check { name: Some(to.to_owned()), ..check.clone() };
        let found = table_mut(&mut self.live, table);
        found.details.column_checks.remove(&from);
        for one in found.checks.iter_mut().filter(|one| **one == check) {
            one.clone_from(&renamed);
        }
        self.say_with_column(table, &renamed, Clause::AddCheck)
    }

    /// The name that a constraint has by now.
    pub(super) fn actual_name(&mut self, table: &ObjectName, name: &str) -> String {
        let found = table_mut(&mut self.live, table);
        if find_check(found, name).is_some() || find_foreign_key(found, name).is_some() {
            return name.to_owned();
        }
        self.renamed.remove(&(table.clone(), name.to_owned())).unwrap_or_else(|| name.to_owned())
    }

    /// Whether the rename has come with that of the table, or will.
    pub(super) fn is_renamed_by_server(
        &mut self,
        table: &ObjectName,
        from: &str,
        to: &str,
        rest: &[Operation],
    ) -> bool {
        let entry = (table.clone(), from.to_owned());
        if self.renamed.get(&entry).is_some_and(|now| now == to) {
            self.renamed.remove(&entry);
            return true;
        }
        rest.iter().any(|operation| match operation {
            Operation::RenameTable { from: old, to: new } => {
                let carried = |infix| carried_along(from, &old.name, &new.name, infix);
                old == table
                    && (carried("ibfk").as_deref() == Some(to) || carried("chk").as_deref() == Some(to))
            }
            _ => false,
        })
    }

    /// Gives what the server has renamed, and nobody asked to, its name back.
    pub(super) fn restore_names(&mut self) -> Result<(), Error> {
        let is_wanted = |table: &Table, name: &str| {
            let has = |key: &ForeignKey| key.name.as_deref() == Some(name);
            find_check(table, name).is_some() || table.foreign_keys.iter().any(has)
        };
        let lost: Vec<_> = self
            .renamed
            .iter()
            .filter(|((table, old), _)| self.after.table(table).is_some_and(|table| is_wanted(table, old)))
            .map(|((table, old), now)| (table.clone(), now.clone(), old.clone()))
            .collect();
        self.renamed.clear();
        for (table, now, old) in lost {
            self.rename_foreign_key(&table, &now, &old, &[])?;
            self.rename_check(&table, &now, &old, &[])?;
        }
        Ok(())
    }
}

/// Whether the server copies the table whichever column is renamed: it does where a check speaks of an enum or a set.
fn is_copied(dialect: Dialect, table: &Table) -> bool {
    let is_listed = |column: &&Column| column.ty.starts_with("enum(") || column.ty.starts_with("set(");
    match dialect {
        Dialect::Mysql => table
            .columns
            .iter()
            .filter(is_listed)
            .any(|column| table.checks.iter().any(|check| mentions(&check.expression, &column.name))),
        Dialect::Mariadb | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => false,
    }
}

/// Notes that the server has given something another name: by the first one that it had, however often it has changed.
fn note(renamed: &mut BTreeMap<(ObjectName, String), String>, table: &ObjectName, old: String, new: String) {
    match renamed.iter_mut().find(|((owner, _), now)| owner == table && **now == old) {
        Some((_, now)) => *now = new,
        None => drop(renamed.insert((table.clone(), old), new)),
    }
}

/// The name that a generated name gets with its table's: `a_ibfk_1` becomes `b_ibfk_1`.
fn carried_along(name: &str, from: &str, to: &str, infix: &str) -> Option<String> {
    let number = name.strip_prefix(from)?.strip_prefix('_')?.strip_prefix(infix)?.strip_prefix('_')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{to}_{infix}_{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_generated_names_are_carried_along() {
        assert_eq!(carried_along("a_ibfk_12", "a", "b", "ibfk").as_deref(), Some("b_ibfk_12"));
        for other in ["a_ibfk_", "a_ibfk_1x", "fk_a_1", "aa_ibfk_1", "a_chk_1"] {
            assert_eq!(carried_along(other, "a", "b", "ibfk"), None);
        }
    }
}
