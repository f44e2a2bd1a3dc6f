//! The walk through the operations.

use std::collections::BTreeMap;

use migrate_core::{Dialect, Error};

use super::{
    alter::{self, Piece},
    batch::{Batch, Clause, Indexes, Kind},
    column, key,
    live::{normalised, normalised_schema, table_mut},
    review, sequence, table, unsupported,
};
use crate::{
    ddl::{Script, Statement},
    mysql::{identifier, implicit_indexes, mentions},
    operation::{Commented, ConstraintKind, Operation},
    schema::{Check, Column, ForeignKey, Index, KeyPart, ObjectName, Schema, Table},
};

/// Turns operations into statements. All open batches are of one kind.
#[derive(Debug)]
pub(super) struct Planner<'a> {
    pub(super) dialect: Dialect,
    /// What the script leads to.
    pub(super) after: &'a Schema,
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
    pub(super) fn new(dialect: Dialect, script: &Script<'a>) -> Self {
        let live = normalised_schema(script.before);
        let indexes = |table: &Table| (table.name.clone(), implicit_indexes(dialect, table));
        Self {
            dialect,
            after: script.after,
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
            self.step(operation, operations.get(at + 1..).unwrap_or_default())?;
        }
        self.restore_names()?;
        self.settle()?;
        Ok(alter::statements(self.pieces))
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
            Operation::RenameSequence { from, to } => self.say(sequence::rename(self.dialect, from, to)?),
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
            Operation::AddCheck { table, check } => self.add_check(table, check),
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

    fn no_enum(&self, name: &ObjectName) -> Error {
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
            let end = batch.end.take().unwrap_or_else(|| table_mut(&mut self.live, &table).clone());
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

    /// Foreign keys to tables on which something is still to be done wait for that.
    fn create_table(&mut self, table: &Table) -> Result<(), Error> {
        let mut table = normalised(table.clone());
        let clashes = |batch: &Batch| {
            let has = |name: &Option<String>| {
                name.as_ref().is_some_and(|name| {
                    batch.has(&Clause::DropCheck(name.clone()))
                        || batch.has(&Clause::DropForeignKey(name.clone()))
                })
            };
            table.checks.iter().any(|check| has(&check.name))
                || table.foreign_keys.iter().any(|key| has(&key.name))
        };
        // Names of checks and foreign keys are those of the database.
        if self
            .batches
            .iter()
            .any(|batch| clashes(batch) || batch.kind == Kind::Rename || batch.table == table.name)
        {
            self.flush()?;
        }
        let can_refer = |key: &ForeignKey| {
            key.referred_table == table.name
                || self.live.table(&key.referred_table).is_some()
                    && !self.batches.iter().any(|batch| batch.table == key.referred_table)
        };
        let (now, later): (Vec<ForeignKey>, Vec<ForeignKey>) =
            std::mem::take(&mut table.foreign_keys).into_iter().partition(can_refer);
        table.foreign_keys = now;
        self.owed.extend(later.into_iter().map(|key| (table.name.clone(), key)));
        let sql = table::create(self.dialect, &table, &self.live)?;
        self.pieces.push(Piece::Other(Statement::new(sql)));
        self.made.insert(table.name.clone(), implicit_indexes(self.dialect, &table));
        self.live.insert(table);
        Ok(())
    }

    fn drop_table(&mut self, table: &Table) -> Result<(), Error> {
        let is_open = |batch: &Batch| batch.table == table.name || batch.kind == Kind::Rename;
        if self.batches.iter().any(is_open) {
            self.flush()?;
        }
        self.owed.retain(|(owner, _)| *owner != table.name);
        let sql = format!("DROP TABLE {}", key::table_name(&table.name));
        self.pieces.push(Piece::Other(Statement::new(sql)));
        self.live.tables.remove(&table.name);
        self.made.remove(&table.name);
        Ok(())
    }

    fn set_option(&mut self, table: &ObjectName, key: &str, value: Option<&String>) -> Result<(), Error> {
        self.changing(table)?.push(Clause::Option(key.to_owned()));
        let options = &mut table_mut(&mut self.live, table).options;
        match value {
            Some(value) => options.insert(key.to_owned(), value.clone()),
            None => options.remove(key),
        };
        if value.is_none() || !matches!(key, "charset" | "collation") {
            return Ok(());
        }
        // Columns keep what the table had unless they are told.
        let follows = |column: &&Column| {
            column::is_text(&column.ty) && column.charset.is_none() && column.collation.is_none()
        };
        let columns = table_mut(&mut self.live, table).columns.iter().filter(follows);
        let columns: Vec<String> = columns.map(|column| column.name.clone()).collect();
        for name in columns {
            self.take_off_foreign_keys(table, &name)?;
            self.changing(table)?.modify(&name);
        }
        if key == "charset" && value.is_some_and(|charset| charset != "utf8mb4") {
            let note =
                format!("this fails if a text of {table} holds a character that the new charset lacks");
            self.changing(table)?.review("", note);
        }
        Ok(())
    }

    fn add_column(&mut self, table: &ObjectName, column: &Column) -> Result<(), Error> {
        let note = review::added(table, column);
        let batch = self.changing(table)?;
        batch.push(Clause::AddColumn(column.name.clone()));
        if let Some(note) = note {
            batch.review(&column.name, note);
        }
        table_mut(&mut self.live, table).columns.push(column.clone());
        Ok(())
    }

    fn drop_column(&mut self, table: &ObjectName, name: &str) -> Result<(), Error> {
        self.changing(table)?.drop_column(name);
        table_mut(&mut self.live, table).columns.retain(|column| column.name != name);
        Ok(())
    }

    fn alter_column(&mut self, table: &ObjectName, before: &Column, after: &Column) -> Result<(), Error> {
        let before =
            self.live.table(table).and_then(|table| table.column(&after.name)).unwrap_or(before).clone();
        if blocks_foreign_keys(self.dialect, &before, after) {
            self.take_off_foreign_keys(table, &after.name)?;
        }
        let notes = review::altered(self.dialect, table, &before, after);
        let is_replaced =
            is_replaced(&before, after) || review::is_no_conversion(self.dialect, &before.ty, &after.ty);
        let batch = self.changing(table)?;
        notes.into_iter().for_each(|note| batch.review(&after.name, note));
        if is_replaced {
            batch.replace_column(&after.name);
            self.restate_dependents(table, &after.name);
        } else {
            batch.modify(&after.name);
        }
        let columns = &mut table_mut(&mut self.live, table).columns;
        match columns.iter_mut().find(|column| column.name == after.name) {
            Some(column) => *column = after.clone(),
            None => columns.push(after.clone()),
        }
        Ok(())
    }

    /// Says again what speaks of a column that goes and comes back, or that gets another name.
    pub(super) fn restate_dependents(&mut self, table: &ObjectName, column: &str) {
        let dialect = self.dialect;
        let found = table_mut(&mut self.live, table).clone();
        let batch = self.open(table, Kind::Change);
        for check in found.checks.iter().filter(|check| mentions(&check.expression, column)) {
            let name = check.name.clone().unwrap_or_default();
            if found.column(&name).is_some_and(|own| column::own_check(dialect, &found, own).is_some()) {
                batch.modify(&name);
            } else if !batch.has(&Clause::AddCheck(name.clone())) {
                batch.push(Clause::DropCheck(name.clone()));
                batch.push(Clause::AddCheck(name));
            }
        }
        for index in &found.indexes {
            let speaks = index.keys.iter().any(|key| match &key.part {
                KeyPart::Expression(expression) => mentions(expression, column),
                KeyPart::Column(_) => false,
            });
            if speaks && !batch.has(&Clause::AddIndex(index.name.clone())) {
                batch.push(Clause::DropIndex(index.name.clone()));
                batch.push(Clause::AddIndex(index.name.clone()));
            }
        }
        for other in found.columns.iter().filter(|other| other.name != column) {
            let in_default =
                other.default.as_ref().is_some_and(|text| text.contains('(') && mentions(text, column));
            let generated = other.generated.as_ref();
            if in_default || generated.is_some_and(|generated| mentions(&generated.expression, column)) {
                batch.modify(&other.name);
            }
        }
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

    fn add_check(&mut self, table: &ObjectName, check: &Check) -> Result<(), Error> {
        let mut check = check.clone();
        let checks = &mut table_mut(&mut self.live, table).checks;
        let name =
            check.name.get_or_insert_with(|| format!("ck_{}_{}", table.name, checks.len() + 1)).clone();
        let batch = self.changing(table)?;
        batch.push(Clause::AddCheck(name.clone()));
        table_mut(&mut self.live, table).checks.push(check);
        self.say_with_column(table, &name)
    }

    fn drop_check(&mut self, table: &ObjectName, check: &Check) -> Result<(), Error> {
        let by_text = |one: &&Check| one.expression == check.expression;
        let found = table_mut(&mut self.live, table).checks.iter().find(by_text);
        let name = check.name.clone().or_else(|| found.and_then(|found| found.name.clone()));
        let name = self.actual_name(table, &name.unwrap_or_default());
        self.changing(table)?.drop_check(&name);
        table_mut(&mut self.live, table).checks.retain(|check| check.name.as_ref() != Some(&name));
        self.say_with_column(table, &name)
    }

    /// A check that belongs to a column comes and goes with the column's definition.
    pub(super) fn say_with_column(&mut self, table: &ObjectName, name: &str) -> Result<(), Error> {
        let is_own = match self.dialect {
            Dialect::Mariadb => table_mut(&mut self.live, table).column(name).is_some(),
            Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => false,
        };
        if is_own {
            self.changing(table)?.say_check_with_column(name);
        }
        Ok(())
    }

    fn set_comment(&mut self, on: &Commented, comment: Option<&String>) -> Result<(), Error> {
        let comment = comment.cloned();
        match on {
            Commented::Table(table) => {
                self.changing(table)?.push(Clause::Comment);
                table_mut(&mut self.live, table).comment = comment;
                Ok(())
            }
            Commented::Column { table, column } => {
                self.changing(table)?.modify(column);
                let columns = &mut table_mut(&mut self.live, table).columns;
                if let Some(found) = columns.iter_mut().find(|found| found.name == *column) {
                    found.comment = comment;
                }
                Ok(())
            }
            Commented::Index { table, index } => self.comment_index(table, index, comment),
            Commented::Constraint { table, constraint } => {
                let found = table_mut(&mut self.live, table);
                if found.indexes.iter().any(|index| index.name == *constraint) {
                    return self.comment_index(table, constraint, comment);
                }
                let is_other = found.foreign_keys.iter().any(|key| key.name.as_ref() == Some(constraint))
                    || found.checks.iter().any(|check| check.name.as_ref() == Some(constraint));
                if is_other || found.primary_key.is_none() {
                    return Err(unsupported(
                        self.dialect,
                        format!("{constraint} on {table} has a comment"),
                        "only tables, columns and indexes have comments here: leave it out",
                    ));
                }
                let batch = self.changing(table)?;
                if !batch.has(&Clause::AddPrimaryKey) {
                    batch.push(Clause::DropPrimaryKey);
                    batch.push(Clause::AddPrimaryKey);
                }
                if let Some(key) = &mut table_mut(&mut self.live, table).primary_key {
                    key.comment = comment;
                }
                Ok(())
            }
            Commented::Sequence(name) => {
                let statement = sequence::comment(self.dialect, name, comment.as_ref())?;
                self.say(statement)
            }
            Commented::Enum(name) => Err(self.no_enum(name)),
        }
    }

    /// The comment of an index is part of its definition.
    fn comment_index(
        &mut self,
        table: &ObjectName,
        name: &str,
        comment: Option<String>,
    ) -> Result<(), Error> {
        let batch = self.changing(table)?;
        if !batch.has(&Clause::AddIndex(name.to_owned())) {
            batch.drop_index(name);
            batch.push(Clause::AddIndex(name.to_owned()));
        }
        let indexes = &mut table_mut(&mut self.live, table).indexes;
        if let Some(index) = indexes.iter_mut().find(|index| index.name == name) {
            index.comment = comment;
        }
        Ok(())
    }
}

/// Whether the server refuses the change while a foreign key stands on the column.
fn blocks_foreign_keys(dialect: Dialect, before: &Column, after: &Column) -> bool {
    let of_engine = match dialect {
        Dialect::Mysql => before.identity != after.identity,
        Dialect::Mariadb | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => false,
    };
    of_engine
        || before.ty != after.ty
        || before.charset != after.charset
        || before.collation != after.collation
        || before.generated != after.generated
}

/// No server turns a virtual column into one that is kept, or back: it has to be made anew.
fn is_replaced(before: &Column, after: &Column) -> bool {
    match (&before.generated, &after.generated) {
        (None, None) => false,
        (Some(before), Some(after)) => before.stored != after.stored,
        (Some(generated), None) | (None, Some(generated)) => !generated.stored,
    }
}
