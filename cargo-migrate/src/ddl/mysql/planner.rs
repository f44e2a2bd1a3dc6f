//! The walk through the operations.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::{Dialect, Error};

use super::{
    alter::{self, Piece},
    batch::{Batch, Clause, Indexes, Kind},
    column, key,
    live::{normalised_schema, table_mut},
    programs::Programs,
    sequence, unsupported,
};
use crate::{
    ddl::{Notes, Script, Statement, fill},
    mysql::{identifier, implicit_indexes, mentions},
    operation::{ConstraintKind, Operation},
    schema::{Check, ForeignKey, Index, ObjectName, Schema, Table},
};

/// Turns operations into statements. All open batches are of one kind.
#[derive(Debug)]
pub(super) struct Planner<'a> {
    pub(super) dialect: Dialect,
    /// What the script leads to.
    pub(super) after: &'a Schema,
    pub(super) programs: Programs,
    /// What is to be said of operations.
    pub(super) notes: &'a Notes,
    /// Columns that have a value in every row.
    pub(super) filled: BTreeSet<(ObjectName, String)>,
    /// What the database holds once everything said so far is done.
    pub(super) live: Schema,
    pub(super) batches: Vec<Batch>,
    /// Foreign keys that were taken off so that a column can change, and come back.
    pub(super) owed: Vec<(ObjectName, ForeignKey)>,
    /// Foreign keys that are off and come back, for which their index is kept.
    pub(super) away: Vec<(ObjectName, ForeignKey)>,
    /// The indexes that foreign keys have made, on each table, as of the statements that are written.
    pub(super) made: BTreeMap<ObjectName, Indexes>,
    /// Names that the server has changed together with a table's: by the table and the name that operations use.
    pub(super) renamed: BTreeMap<(ObjectName, String), String>,
    pub(super) pieces: Vec<Piece>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(dialect: Dialect, script: &Script<'a>, notes: &'a Notes) -> Self {
        let live = normalised_schema(script.before);
        let indexes = |table: &Table| (table.name.clone(), implicit_indexes(dialect, table));
        Self {
            dialect,
            after: script.after,
            programs: Programs::of(script),
            notes,
            filled: BTreeSet::new(),
            made: live.tables.values().map(indexes).collect(),
            live,
            batches: Vec::new(),
            owed: Vec::new(),
            away: Vec::new(),
            renamed: BTreeMap::new(),
            pieces: Vec::new(),
        }
    }

    pub(super) fn plan(mut self, operations: &[Operation]) -> Result<Vec<Statement>, Error> {
        for (at, operation) in operations.iter().enumerate() {
            self.programs.go_to(at);
            self.step(operation, operations.get(at + 1..).unwrap_or_default())?;
            self.note(operation);
        }
        self.restore_names()?;
        self.settle()?;
        Ok(alter::statements(self.pieces))
    }

    /// Says above the statement that the operation has become, or goes into, what is to be said of it.
    fn note(&mut self, operation: &Operation) {
        let notes = self.notes.of(operation);
        let table = operation.table();
        match self.batches.iter_mut().rfind(|batch| Some(&batch.table) == table) {
            Some(batch) => notes.into_iter().for_each(|note| batch.review("", note)),
            None => match self.pieces.last_mut() {
                Some(Piece::Other(statement)) => statement.reviews.extend(notes),
                Some(Piece::Alter(alter)) => alter.reviews.extend(notes),
                None => {}
            },
        }
    }

    fn step(&mut self, operation: &Operation, rest: &[Operation]) -> Result<(), Error> {
        match operation {
            Operation::CreateSchema(name) => {
                self.say(Statement::new(format!("CREATE DATABASE {}", identifier(name))))
            }
            Operation::DropSchema(name) => {
                self.say(Statement::new(format!("DROP DATABASE {}", identifier(name))))
            }
            Operation::CreateEnum(ty) | Operation::DropEnum(ty) => Err(self.no_enum(&ty.name)),
            Operation::RenameEnum { from: name, .. } | Operation::RenameEnumValue { name, .. } => {
                Err(self.no_enum(name))
            }
            Operation::AlterEnum { after, .. } => Err(self.no_enum(&after.name)),
            Operation::CreateSequence(one) => self.say(sequence::create(self.dialect, one)?),
            Operation::DropSequence(one) => self.say(sequence::drop(self.dialect, &one.name)?),
            Operation::RenameSequence { from, to } => self.rename_sequence(from, to),
            Operation::AlterSequence { before, after } => {
                self.say(sequence::alter(self.dialect, before, after)?)
            }
            Operation::CreateTable(table) => self.create_table(table),
            Operation::DropTable(table) => self.drop_table(table),
            Operation::RenameTable { from, to } => self.rename_table(from, to),
            Operation::SetTableOption { table, key, after, .. } => {
                self.set_option(table, key, after.as_ref())
            }
            Operation::AddColumn { table, column } => self.add_column(table, column),
            Operation::DropColumn { table, column } => self.drop_column(table, &column.name),
            Operation::RenameColumn { table, from, to } => self.rename_column(table, from, to),
            Operation::RenameValues { table, column, values } => self.rename_values(table, column, values),
            Operation::FillColumn { table, column, value } => {
                self.filled.insert((table.clone(), column.clone()));
                let kept = self.kept_moments(table, column);
                let update = fill::update(&key::table_name(table), &identifier(column), value, &kept);
                self.say(Statement::new(update))
            }
            Operation::AlterColumn { table, before, after } => self.alter_column(table, before, after),
            Operation::AddPrimaryKey { table, key } => {
                let key = key.clone();
                let batch = self.changing(table)?;
                batch.push(Clause::AddPrimaryKey);
                table_mut(&mut self.live, table).primary_key = Some(key);
                Ok(())
            }
            Operation::DropPrimaryKey { table, .. } => {
                let batch = self.changing(table)?;
                let was_there = batch.start.primary_key.is_some();
                batch.undo_or_drop(&Clause::AddPrimaryKey, Clause::DropPrimaryKey, was_there);
                table_mut(&mut self.live, table).primary_key = None;
                Ok(())
            }
            Operation::AddUnique { table, unique } => {
                self.add_index(table, &key::unique_as_index(table, unique))
            }
            Operation::DropUnique { table, unique } => {
                self.drop_index(table, &key::unique_as_index(table, unique).name)
            }
            Operation::AddIndex { table, index } => self.add_index(table, index),
            Operation::DropIndex { table, index } => self.drop_index(table, &index.name),
            Operation::RenameIndex { table, from, to } => self.rename_index(table, from, to),
            Operation::AddForeignKey { table, key } => self.add_foreign_key(table, key.clone()),
            Operation::DropForeignKey { table, key } => self.drop_foreign_key(table, key, rest),
            Operation::AddCheck { table, check } => self.add_check(table, check, rest),
            Operation::DropCheck { table, check } => self.drop_check(table, check),
            Operation::AddExclusion { table, exclusion } | Operation::DropExclusion { table, exclusion } => {
                Err(unsupported(
                    self.dialect,
                    format!("{} on {table} is an exclusion constraint", exclusion.name),
                    "leave it out for this dialect",
                ))
            }
            Operation::RenameConstraint { table, kind, from, to } => match kind {
                // It is always called PRIMARY.
                ConstraintKind::PrimaryKey | ConstraintKind::Exclusion => Ok(()),
                ConstraintKind::Unique => self.rename_index(table, from, to),
                ConstraintKind::ForeignKey => self.rename_foreign_key(table, from, to, rest),
                ConstraintKind::Check => self.rename_check(table, from, to, rest),
            },
            Operation::SetComment { on, after, .. } => self.set_comment(on, after.as_ref()),
        }
    }

    pub(super) fn no_enum(&self, name: &ObjectName) -> Error {
        unsupported(
            self.dialect,
            format!("{name} is an enumerated type of its own"),
            "the values belong to the column's type here: enum('a','b')",
        )
    }

    /// A statement that stands by itself, behind everything that is open.
    pub(super) fn say(&mut self, statement: Statement) -> Result<(), Error> {
        self.settle()?;
        self.pieces.push(Piece::Other(statement));
        Ok(())
    }

    /// Writes the open batches.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        for mut batch in std::mem::take(&mut self.batches) {
            let table = batch.table.clone();
            let is_open = batch.end.is_none();
            let mut end = batch.end.take().unwrap_or_else(|| table_mut(&mut self.live, &table).clone());
            if batch.kind == Kind::Change {
                batch.arrange(&mut end);
            }
            if is_open {
                table_mut(&mut self.live, &table).columns.clone_from(&end.columns);
            }
            let made = self.made.remove(&table).unwrap_or_default();
            let needed = match batch.kind {
                Kind::Rename => made.clone(),
                Kind::Change => self.needed(&end),
            };
            for one in batch.into_alters(self.dialect, &end, &self.live, &made, &needed)? {
                alter::push(&mut self.pieces, one);
            }
            self.made.insert(table, needed);
        }
        Ok(())
    }

    /// Writes the open batches and brings back the foreign keys that had to make way.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        self.flush()?;
        for (table, key) in std::mem::take(&mut self.owed) {
            self.add_foreign_key(&table, key)?;
        }
        self.flush()
    }

    /// The open batch of changes of a table.
    pub(super) fn changing(&mut self, table: &ObjectName) -> Result<&mut Batch, Error> {
        if self.batches.iter().any(|batch| batch.kind == Kind::Rename) {
            self.flush()?;
        }
        Ok(self.open(table, Kind::Change))
    }

    /// The last batch of the table, or a new one.
    pub(super) fn open(&mut self, table: &ObjectName, kind: Kind) -> &mut Batch {
        let found = self.batches.iter().rposition(|batch| batch.table == *table && batch.end.is_none());
        let at = found.unwrap_or_else(|| {
            self.batches.push(Batch::new(table_mut(&mut self.live, table), kind));
            self.batches.len() - 1
        });
        &mut self.batches[at]
    }

    fn add_index(&mut self, table: &ObjectName, index: &Index) -> Result<(), Error> {
        self.changing(table)?.push(Clause::AddIndex(index.name.clone()));
        table_mut(&mut self.live, table).indexes.push(index.clone());
        Ok(())
    }

    fn drop_index(&mut self, table: &ObjectName, name: &str) -> Result<(), Error> {
        self.changing(table)?.drop_index(name);
        table_mut(&mut self.live, table).indexes.retain(|index| index.name != name);
        Ok(())
    }

    fn add_check(&mut self, table: &ObjectName, check: &Check, rest: &[Operation]) -> Result<(), Error> {
        let mut check = check.clone();
        if let Some(name) = check.name.clone() {
            let wanted = self.after.table(table).map(|wanted| &wanted.details.column_checks);
            let is_own = wanted.is_some_and(|own| own.contains(&name));
            let column = self.column_to_be(table, &name, rest);
            let speaks = |column: &String| mentions(&check.expression, column);
            // It goes by the name that its column has until then.
            let now = column.filter(|column| is_own || speaks(column)).unwrap_or(name);
            if is_own {
                table_mut(&mut self.live, table).details.column_checks.insert(now.clone());
            }
            check.name = Some(now);
        }
        let checks = &mut table_mut(&mut self.live, table).checks;
        let name =
            check.name.get_or_insert_with(|| format!("ck_{}_{}", table.name, checks.len() + 1)).clone();
        self.changing(table)?.push(Clause::AddCheck(name));
        table_mut(&mut self.live, table).checks.push(check.clone());
        self.say_with_column(table, &check, Clause::AddCheck)
    }

    fn drop_check(&mut self, table: &ObjectName, check: &Check) -> Result<(), Error> {
        let by_text = |one: &&Check| one.expression == check.expression;
        let found = table_mut(&mut self.live, table).checks.iter().find(by_text);
        let name = check.name.clone().or_else(|| found.and_then(|found| found.name.clone()));
        let name = self.actual_name(table, &name.unwrap_or_default());
        self.changing(table)?.drop_check(&name);
        let checks = &mut table_mut(&mut self.live, table).checks;
        let gone = checks.extract_if(.., |check| check.name.as_ref() == Some(&name)).next();
        gone.map_or(Ok(()), |gone| self.say_with_column(table, &gone, Clause::DropCheck))
    }

    /// The column of MariaDB that gets this name later on, as it is called now.
    fn column_to_be(&self, table: &ObjectName, name: &str, rest: &[Operation]) -> Option<String> {
        match self.dialect {
            Dialect::Mariadb => {}
            Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => return None,
        }
        rest.iter().find_map(|operation| match operation {
            Operation::RenameColumn { table: owner, from, to } if owner == table && to == name => {
                Some(from.clone())
            }
            _ => None,
        })
    }

    /// A check that belongs to a column comes and goes with the column's definition.
    pub(super) fn say_with_column(
        &mut self,
        table: &ObjectName,
        check: &Check,
        clause: fn(String) -> Clause,
    ) -> Result<(), Error> {
        let dialect = self.dialect;
        let found = table_mut(&mut self.live, table);
        let owner = found.columns.iter().find(|column| column::owns(dialect, found, &column.name, check));
        if let Some(owner) = owner.map(|owner| owner.name.clone()) {
            self.changing(table)?.say_with_column(&clause(owner.clone()), &owner);
        }
        Ok(())
    }
}
