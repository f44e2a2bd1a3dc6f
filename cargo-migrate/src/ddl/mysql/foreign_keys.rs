//! Foreign keys: when they come and go.

use std::collections::BTreeSet;

use migrate_core::{Dialect, Error};

use super::{
    alter::{self, Alter},
    batch::{Batch, Clause, Indexes, Kind},
    key,
    live::{find_foreign_key, table_mut},
    planner::Planner,
};
use crate::{
    mysql::{covers, identifier, identifiers, implicit_indexes},
    operation::Operation,
    schema::{ForeignKey, ObjectName, Table},
};

impl Planner<'_> {
    /// With the other changes of its table where what it refers to is ready by then, else in a statement behind them.
    pub(super) fn add_foreign_key(&mut self, table: &ObjectName, mut key: ForeignKey) -> Result<(), Error> {
        let name = key::foreign_key_name(table, &key);
        key.name = Some(name.clone());
        if self.batches.iter().any(|batch| batch.kind == Kind::Rename) {
            self.flush()?;
        }
        let is_open = |batch: &Batch, name: &ObjectName| batch.table == *name && batch.end.is_none();
        let own = self.batches.iter().rposition(|batch| is_open(batch, table));
        let referred = self.batches.iter().rposition(|batch| is_open(batch, &key.referred_table));
        if let Some(own) = own {
            let batch = &self.batches[own];
            let is_ready = if key.referred_table == *table {
                self.can_refer_to_itself(batch, &key)
            } else {
                referred.is_none_or(|referred| referred < own)
            };
            if !is_ready || batch.has(&Clause::DropForeignKey(name.clone())) {
                let done = table_mut(&mut self.live, table).clone();
                self.batches.push(Batch::new(&done, Kind::Change));
                self.batches[own].end = Some(done);
            }
        }
        self.away.retain(|(owner, other)| !(owner == table && other.name.as_ref() == Some(&name)));
        self.changing(table)?.push(Clause::AddForeignKey(name));
        let keys = &mut table_mut(&mut self.live, table).foreign_keys;
        keys.push(key);
        keys.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(())
    }

    /// MariaDB looks for the key that is referred to, and for the types, in the table as it was before the statement;
    /// MySQL looks for the rows there, and finds none where a type has changed.
    fn can_refer_to_itself(&self, batch: &Batch, key: &ForeignKey) -> bool {
        let stood = |table: &Table| {
            let primary = table.primary_key.as_ref();
            let is_there = key.referred_columns.iter().all(|column| table.column(column).is_some());
            is_there
                && (primary.is_some_and(|primary| primary.columns.starts_with(&key.referred_columns))
                    || table.indexes.iter().any(|index| covers(self.dialect, index, &key.referred_columns)))
        };
        let changes = |column: &String| batch.has(&Clause::Modify(column.clone()));
        let is_unchanged = !key.referred_columns.iter().chain(&key.columns).any(changes);
        match self.dialect {
            Dialect::Mariadb => is_unchanged && stood(&batch.start),
            Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => is_unchanged,
        }
    }

    pub(super) fn drop_foreign_key(
        &mut self,
        table: &ObjectName,
        key: &ForeignKey,
        rest: &[Operation],
    ) -> Result<(), Error> {
        let name = self.actual_name(table, &key::foreign_key_name(table, key));
        let is_it =
            |(owner, other): &(ObjectName, ForeignKey)| owner == table && other.name.as_ref() == Some(&name);
        if self.owed.iter().any(is_it) {
            // It is off already.
            self.owed.retain(|one| !is_it(one));
            self.away.retain(|one| !is_it(one));
            self.changing(table)?;
            return Ok(());
        }
        let comes_back = rest.iter().any(|operation| match operation {
            Operation::AddForeignKey { table: owner, key: other } => {
                owner == table && key::foreign_key_name(owner, other) == name && other.columns == key.columns
            }
            _ => false,
        });
        self.take_off(table, &name, comes_back)
    }

    /// Takes off the foreign keys on a column, of this table and of others, until everything else is done.
    pub(super) fn take_off_foreign_keys(&mut self, table: &ObjectName, column: &str) -> Result<(), Error> {
        let has = |columns: &[String]| columns.iter().any(|one| one == column);
        let mut blocking = Vec::new();
        for (owner, found) in &self.live.tables {
            for key in &found.foreign_keys {
                if owner == table && has(&key.columns)
                    || key.referred_table == *table && has(&key.referred_columns)
                {
                    blocking.push((owner.clone(), key.clone()));
                }
            }
        }
        for (owner, key) in blocking {
            let name = key.name.clone().unwrap_or_default();
            let is_new =
                |batch: &Batch| batch.table == owner && batch.has(&Clause::AddForeignKey(name.clone()));
            if self.batches.iter().any(is_new) {
                self.flush()?;
            }
            self.take_off(&owner, &name, true)?;
            self.owed.push((owner, key));
        }
        Ok(())
    }

    /// Drops a foreign key ahead of everything that is open, and with it the index that was there for it alone, unless
    /// it comes back.
    fn take_off(&mut self, table: &ObjectName, name: &str, comes_back: bool) -> Result<(), Error> {
        let is_new =
            |batch: &Batch| batch.table == *table && batch.has(&Clause::AddForeignKey(name.to_owned()));
        if self.batches.iter().any(|batch| batch.kind == Kind::Rename || is_new(batch)) {
            self.flush()?;
        }
        let key = find_foreign_key(table_mut(&mut self.live, table), name).cloned();
        if let Some(key) = key.filter(|_| comes_back) {
            self.away.push((table.clone(), key));
        }
        let remove = |table: &mut Table| table.foreign_keys.retain(|key| key.name.as_deref() != Some(name));
        remove(table_mut(&mut self.live, table));
        for batch in self.batches.iter_mut().filter(|batch| batch.table == *table) {
            remove(&mut batch.start);
            batch.end.iter_mut().for_each(remove);
        }
        let open = self.batches.iter().find(|batch| batch.table == *table);
        let now = open.map_or_else(|| self.live.table(table), |batch| Some(&batch.start));
        let needed = now.map(|now| self.needed(now)).unwrap_or_default();
        let made = self.made.insert(table.clone(), needed.clone()).unwrap_or_default();

        let mut alter = Alter::new(table.clone());
        alter.makes_way = true;
        alter.dropped = BTreeSet::from([name.to_owned()]);
        let mut push = |clause: Clause, text: String| alter.clauses.push((clause, text));
        push(Clause::DropForeignKey(name.to_owned()), format!("DROP FOREIGN KEY {}", identifier(name)));
        for (index, _) in made.iter().filter(|(index, columns)| needed.get(*index) != Some(*columns)) {
            push(Clause::DropIndex(index.clone()), format!("DROP INDEX {}", identifier(index)));
        }
        for (index, columns) in needed.iter().filter(|(index, columns)| made.get(*index) != Some(*columns)) {
            let text = format!("ADD KEY {} ({})", identifier(index), identifiers(columns));
            push(Clause::AddImplicitIndex(index.clone(), columns.clone()), text);
        }
        alter::push(&mut self.pieces, alter);
        Ok(())
    }

    /// The indexes that the foreign keys of the table need, with those that are away for a while.
    pub(super) fn needed(&self, table: &Table) -> Indexes {
        let mut with = table.clone();
        let away = self.away.iter().filter(|(owner, _)| *owner == table.name);
        with.foreign_keys.extend(away.map(|(_, key)| key.clone()));
        implicit_indexes(self.dialect, &with)
    }

    /// There is no word for it: the key is dropped and added. Where a table takes its old name back, the server does
    /// it with that.
    pub(super) fn rename_foreign_key(
        &mut self,
        table: &ObjectName,
        from: &str,
        to: &str,
        rest: &[Operation],
    ) -> Result<(), Error> {
        if self.is_renamed_by_server(table, from, to, rest) || self.rename_owed(table, from, to) {
            return Ok(());
        }
        let from = self.actual_name(table, from);
        let Some(mut key) = find_foreign_key(table_mut(&mut self.live, table), &from).cloned() else {
            return Ok(());
        };
        self.changing(table)?.push(Clause::DropForeignKey(from.clone()));
        table_mut(&mut self.live, table).foreign_keys.retain(|key| key.name.as_ref() != Some(&from));
        key.name = Some(to.to_owned());
        self.add_foreign_key(table, key)
    }

    /// A foreign key that is off and comes back does so under its new name.
    fn rename_owed(&mut self, table: &ObjectName, from: &str, to: &str) -> bool {
        let is_it =
            |(owner, key): &(ObjectName, ForeignKey)| owner == table && key.name.as_deref() == Some(from);
        if !self.owed.iter().any(is_it) {
            return false;
        }
        for one in self.owed.iter_mut().chain(&mut self.away).filter(|one| is_it(one)) {
            one.1.name = Some(to.to_owned());
        }
        true
    }
}
