//! Turns operations into actions, and keeps the account of what is away.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::{Code, Error};

use super::{
    action::{Action, Clause},
    blocker::{Effect, Part, appears},
    column::{self, Change},
    comment::Place,
    constraint, index,
    live::Live,
    name::{identifier, object, string},
    need::needed,
    part, rename, sequence, table,
};
use crate::{
    ddl::{Notes, Script, Statement, fill, values},
    operation::{Commented, Operation},
    schema::{Column, ObjectName, Schema},
};

/// A script in the making.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) live: Live,
    /// What stands by the account, and is not there for the moment.
    pub(super) away: BTreeSet<Part>,
    /// Columns that are gone, by the number of their table: what stood on them does not come back.
    pub(super) gone: BTreeSet<(usize, String)>,
    pub(super) actions: Vec<Action>,
    /// Columns that have a value in every row.
    pub(super) filled: BTreeSet<(ObjectName, String)>,
    /// What was counted.
    pub(super) notes: Notes,
}

/// The actions that carry a script out.
pub(super) fn write(script: &Script<'_>, notes: &Notes) -> Result<Vec<Action>, Error> {
    let operations = ordered(script.operations);
    let until = returns(script.before, &operations);
    let mut writer = Writer { notes: notes.clone(), ..Writer::new(script.before) };
    for (at, operation) in operations.into_iter().enumerate() {
        let effect = Effect::of(operation, &writer.live);
        let needed = needed(operation, &writer.live);
        let back: Vec<Part> = needed.into_iter().filter(|part| writer.away.contains(part)).collect();
        writer.put_back(back)?;
        writer.take_away(effect.away);
        let first = writer.actions.len();
        writer.operation(operation)?;
        if let Some(action) = writer.actions.get_mut(first) {
            action.review(notes.of(operation));
        }
        writer.live.apply(operation);
        writer.away.extend(appears(operation, &writer.live));
        let back: Vec<Part> = writer
            .away
            .iter()
            .filter(|part| until.get(part).is_none_or(|last| *last <= at))
            .copied()
            .collect();
        writer.put_back(back)?;
    }
    Ok(writer.actions)
}

/// The operations, but of the columns of a table that are dropped or changed in a row, those first that are computed
/// and shall keep their values: what they are computed from may go with the next one.
fn ordered(operations: &[Operation]) -> Vec<&Operation> {
    let on_columns = |operation: &Operation| {
        matches!(operation, Operation::DropColumn { .. } | Operation::AlterColumn { .. })
    };
    let keeps_values = |operation: &Operation| match operation {
        Operation::AlterColumn { before, after, .. } => {
            before.generated.is_some() && Change::of(before, after) == Change::Copy
        }
        _ => false,
    };
    let mut ordered: Vec<&Operation> = operations.iter().collect();
    for run in ordered
        .chunk_by_mut(|one, other| on_columns(one) && on_columns(other) && one.table() == other.table())
    {
        run.sort_by_key(|operation| !keeps_values(operation));
    }
    ordered
}

/// For each part that is taken away, the last operation that it has to wait for.
fn returns(before: &Schema, operations: &[&Operation]) -> BTreeMap<Part, usize> {
    let mut live = Live::new(before);
    let mut until = BTreeMap::new();
    let mut held = BTreeMap::new();
    for (at, operation) in operations.iter().enumerate() {
        let effect = Effect::of(operation, &live);
        held.extend(effect.hold.into_iter().map(|part| (part, at)));
        until.extend(effect.away.into_iter().map(|part| (part, at)));
        live.apply(operation);
        until.extend(appears(operation, &live).map(|part| (part, at)));
    }
    for (part, last) in &mut until {
        let held = held.get(part).copied().unwrap_or(*last);
        *last = end_of_run(operations, held.max(*last));
    }
    until
}

/// The last of the changes of columns that follow each other on one table: what stands on them is built when all are
/// done.
fn end_of_run(operations: &[&Operation], at: usize) -> usize {
    let changed = |operation: &Operation| match operation {
        Operation::AlterColumn { table, .. } => Some(table.clone()),
        _ => None,
    };
    let Some(table) = operations.get(at).and_then(|operation| changed(operation)) else { return at };
    let run = operations[at..].iter().take_while(|operation| changed(operation).as_ref() == Some(&table));
    at + run.count() - 1
}

impl Writer {
    fn new(before: &Schema) -> Self {
        Self {
            live: Live::new(before),
            away: BTreeSet::new(),
            gone: BTreeSet::new(),
            actions: Vec::new(),
            filled: BTreeSet::new(),
            notes: Notes::default(),
        }
    }

    pub(super) fn statement(&mut self, sql: impl Into<String>) {
        self.actions.push(Action::Alone(Statement::new(sql)));
    }

    fn operation(&mut self, operation: &Operation) -> Result<(), Error> {
        match operation {
            Operation::CreateSchema(name) => {
                // CREATE SCHEMA has to be alone in its batch, and EXEC makes one.
                let sql = format!("CREATE SCHEMA {}", identifier(name));
                self.statement(format!("EXEC({})", string(&sql)));
            }
            Operation::DropSchema(name) => self.statement(format!("DROP SCHEMA {}", identifier(name))),
            Operation::CreateEnum(ty) | Operation::DropEnum(ty) => return Err(no_enums(&ty.name)),
            Operation::RenameEnum { from: name, .. } | Operation::RenameEnumValue { name, .. } => {
                return Err(no_enums(name));
            }
            Operation::AlterEnum { after, .. } => return Err(no_enums(&after.name)),
            Operation::RenameValues { table, column, values } => {
                self.statement(values::update(&object(table), &identifier(column), values, "", string));
            }
            Operation::FillColumn { table, column, value } => {
                self.filled.insert((table.clone(), column.clone()));
                self.statement(fill::update(&object(table), &identifier(column), value, ""));
            }
            Operation::CreateSequence(wanted) => {
                self.actions.push(Action::Alone(sequence::create(wanted)));
                self.comment(Place::sequence(&wanted.name), None, wanted.comment.as_deref())?;
            }
            Operation::DropSequence(found) => {
                self.statement(format!("DROP SEQUENCE {}", object(&found.name)));
            }
            Operation::AlterSequence { before, after } => {
                self.actions.extend(sequence::alter(before, after)?.map(Action::Alone));
            }
            Operation::RenameSequence { from, to } | Operation::RenameTable { from, to } => {
                self.actions.extend(rename::moved(from, to).into_iter().map(Action::Alone));
            }
            Operation::CreateTable(wanted) => {
                self.actions.extend(table::create(wanted)?.into_iter().map(Action::Alone));
            }
            Operation::DropTable(found) => {
                if let Some(table) = self.live.table(&found.name) {
                    let number = table.number;
                    self.away.retain(|part| part.table != number);
                }
                self.statement(format!("DROP TABLE {}", object(&found.name)));
            }
            Operation::SetTableOption { table, key, .. } => {
                return Err(unsupported(&format!("the table option `{key}`: table {table}"))
                    .with_help("leave it out for mssql"));
            }
            Operation::AddColumn { table, column } => self.add_column(table, column)?,
            Operation::DropColumn { table, column } => self.drop_column(table, &column.name),
            Operation::RenameColumn { table, from, to } => {
                if !self.is_column_away(table, from) {
                    self.actions.push(Action::Alone(rename::column(table, from, to)));
                }
            }
            Operation::AlterColumn { table, before, after } => self.alter_column(table, before, after)?,
            Operation::AddPrimaryKey { table, key } => {
                let clause = Clause::checked(constraint::primary_key(table, key)?);
                self.add_constraint(table, clause, key.name.as_deref(), key.comment.as_deref())?;
            }
            Operation::AddUnique { table, unique } => {
                let clause = Clause::checked(constraint::unique(table, unique)?);
                self.add_constraint(table, clause, unique.name.as_deref(), unique.comment.as_deref())?;
            }
            Operation::AddForeignKey { table, key } => {
                let clause = Clause::foreign_key(table, key)?;
                self.add_constraint(table, clause, key.name.as_deref(), key.comment.as_deref())?;
            }
            Operation::AddCheck { table, check } => {
                let clause = Clause::check(check);
                self.add_constraint(table, clause, check.name.as_deref(), check.comment.as_deref())?;
            }
            Operation::AddIndex { table, index } => {
                self.statement(index::create(table, index)?);
                self.comment(Place::index(table, &index.name), None, index.comment.as_deref())?;
            }
            Operation::DropPrimaryKey { table, key } => {
                self.drop_part(operation, key.name.as_deref(), table, || {
                    constraint::primary_key_place(table)
                });
            }
            Operation::DropUnique { table, unique } => {
                let place = || constraint::unique_place(table, &unique.columns);
                self.drop_part(operation, unique.name.as_deref(), table, place);
            }
            Operation::DropForeignKey { table, key } => {
                let place = || constraint::foreign_key_place(table, key);
                self.drop_part(operation, key.name.as_deref(), table, place);
            }
            Operation::DropCheck { table, check } => {
                let place = || constraint::check_place(table, &check.expression);
                self.drop_part(operation, check.name.as_deref(), table, place);
            }
            Operation::DropIndex { table, index } => {
                if !self.is_away(operation) {
                    self.statement(index::drop(table, index));
                }
            }
            Operation::AddExclusion { table, exclusion } | Operation::DropExclusion { table, exclusion } => {
                return Err(unsupported(&format!("exclusion constraints: {} on {table}", exclusion.name))
                    .with_help(
                        "leave it out for mssql, and keep the rule in a trigger or in the application",
                    ));
            }
            Operation::RenameConstraint { table, kind: _, from, to } => {
                if !self.is_constraint_away(table, from) {
                    self.actions.push(Action::Alone(rename::constraint(table, from, to)));
                }
            }
            Operation::RenameIndex { table, from, to } => {
                if !self.is_index_away(table, from) {
                    self.actions.push(Action::Alone(rename::index(table, from, to)));
                }
            }
            Operation::SetComment { on, before, after } => {
                self.set_comment(on, before.as_deref(), after.as_deref())?;
            }
        }
        Ok(())
    }

    fn set_comment(
        &mut self,
        on: &Commented,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<(), Error> {
        match on {
            Commented::Table(table) => self.comment(Place::table(table), before, after),
            Commented::Sequence(sequence) => self.comment(Place::sequence(sequence), before, after),
            Commented::Enum(name) => Err(no_enums(name)),
            // What is away comes back with the comment that it has then.
            Commented::Column { table, column } if self.is_column_away(table, column) => Ok(()),
            Commented::Column { table, column } => self.comment(Place::column(table, column), before, after),
            Commented::Index { table, index } if self.is_index_away(table, index) => Ok(()),
            Commented::Index { table, index } => self.comment(Place::index(table, index), before, after),
            Commented::Constraint { table, constraint } if self.is_constraint_away(table, constraint) => {
                Ok(())
            }
            Commented::Constraint { table, constraint } => {
                self.comment(Place::constraint(table, constraint), before, after)
            }
        }
    }

    pub(super) fn comment(
        &mut self,
        place: Place<'_>,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<(), Error> {
        self.actions.extend(place.set(before, after)?.map(Action::Alone));
        Ok(())
    }

    pub(super) fn add_constraint(
        &mut self,
        table: &ObjectName,
        clause: Clause,
        name: Option<&str>,
        comment: Option<&str>,
    ) -> Result<(), Error> {
        let comment = match name {
            Some(name) => Place::constraint(table, name).set(None, comment)?,
            None => None,
        };
        self.actions.push(Action::alter(table, clause).followed_by(comment));
        Ok(())
    }

    /// A constraint that goes for good, unless it is away already.
    fn drop_part(
        &mut self,
        operation: &Operation,
        name: Option<&str>,
        table: &ObjectName,
        place: impl FnOnce() -> String,
    ) {
        if !self.is_away(operation) {
            self.drop_constraint(table, name, place);
        }
    }

    pub(super) fn drop_constraint(
        &mut self,
        table: &ObjectName,
        name: Option<&str>,
        place: impl FnOnce() -> String,
    ) {
        match name {
            Some(name) => {
                self.actions.push(Action::alter(table, Clause::DropConstraint(name.to_owned())));
            }
            None => self.statement(constraint::drop_found(table, &place(), false)),
        }
    }

    pub(super) fn add_column(&mut self, table: &ObjectName, column: &Column) -> Result<(), Error> {
        let comment = Place::column(table, &column.name).set(None, column.comment.as_deref())?;
        let mut line = column::line(table, column)?;
        // The rows that are there get the default too, as they do on the other engines.
        if column.nullable && column::given(column).is_some() && column.generated.is_none() {
            line.push(" WITH VALUES");
        }
        let clause =
            if column.generated.is_some() { Clause::AddComputed(line) } else { Clause::AddColumn(line) };
        let mut action = Action::alter(table, clause).followed_by(comment);
        if column::needs_value(column) {
            let (name, table) = (identifier(&column.name), object(table));
            action = action.with_review(format!(
                "fails if {table} has rows: {name} is NOT NULL and has no default. Then add it as NULL, fill it with \
                 UPDATE, and set it NOT NULL with ALTER COLUMN, each behind a GO"
            ));
        }
        self.actions.push(action);
        Ok(())
    }

    pub(super) fn drop_column(&mut self, table: &ObjectName, name: &str) {
        let is_away = self.is_column_away(table, name);
        let mut clause = Clause::DropColumn(name.to_owned());
        if let Some(live) = self.live.table(table) {
            self.gone.insert((live.number, name.to_owned()));
            if let Some(item) = live.column(name) {
                if item.value.generated.is_some() {
                    clause = Clause::DropComputed(name.to_owned());
                }
                let (number, table) = (item.number, live.number);
                self.away.retain(|part| !(part.table == table && part.is_column(number)));
            }
        }
        if !is_away {
            self.actions.push(Action::alter(table, clause));
        }
    }

    /// Whether a computed column has made way.
    pub(super) fn is_column_away(&self, table: &ObjectName, name: &str) -> bool {
        let part = self.live.table(table).and_then(|table| part::computed(table, name));
        part.is_some_and(|part| self.away.contains(&part))
    }

    fn is_constraint_away(&self, table: &ObjectName, name: &str) -> bool {
        let part = self.live.table(table).and_then(|table| part::constraint(table, name));
        part.is_some_and(|part| self.away.contains(&part))
    }

    fn is_index_away(&self, table: &ObjectName, name: &str) -> bool {
        let part = self.live.table(table).and_then(|table| part::index(table, name));
        part.is_some_and(|part| self.away.contains(&part))
    }

    /// Whether what the operation drops has made way already.
    fn is_away(&self, operation: &Operation) -> bool {
        super::blocker::dropped(operation, &self.live).is_some_and(|part| self.away.contains(&part))
    }
}

fn no_enums(name: &ObjectName) -> Error {
    unsupported(&format!("enumerated types: {name}"))
        .with_help("use a column of a character type with a check over the values for mssql")
}

fn unsupported(what: &str) -> Error {
    Error::new(Code::Unsupported, format!("SQL Server does not have {what}"))
}
