//! A column becomes another one.

use migrate_core::Error;

use super::{
    action::Action,
    column::{self, Change},
    comment::Place,
    conversion::{Type, risk},
    name::{identifier, object},
    part::fill,
    rename,
    writer::Writer,
};
use crate::{
    ddl::Statement,
    schema::{Column, ObjectName},
};

impl Writer {
    pub(super) fn alter_column(
        &mut self,
        table: &ObjectName,
        before: &Column,
        after: &Column,
    ) -> Result<(), Error> {
        // For what it refuses of the column as it is to be.
        column::line(table, after)?;
        let change = Change::of(before, after);
        if self.is_column_away(table, &after.name) {
            if change.waits() {
                return Ok(());
            }
            // Its values are needed.
            let part = self.live.table(table).and_then(|table| super::part::computed(table, &after.name));
            self.put_back(part.into_iter().collect())?;
        }
        match change {
            Change::None | Change::Recompute => {}
            Change::Persist(stored) => {
                let verb = if stored { "ADD" } else { "DROP" };
                self.statement(format!(
                    "ALTER TABLE {} ALTER COLUMN {} {verb} PERSISTED",
                    object(table),
                    identifier(&after.name)
                ));
            }
            Change::Alter => self.alter_in_place(table, before, after),
            Change::Copy => self.copy(table, before, after)?,
            Change::Replace => self.replace(table, before, after)?,
            Change::Renumber => return Err(column::cannot_renumber(table, before, after)),
        }
        Ok(())
    }

    fn alter_in_place(&mut self, table: &ObjectName, before: &Column, after: &Column) {
        let (from, to) = (Type::parse(&before.ty), Type::parse(&after.ty));
        let has_other_type = before.ty != after.ty || before.collation != after.collation;
        let count = self.notes.counted(table, &after.name).to_owned();
        let risk = risk(&from, &to).map(|risk| format!("{}: {risk}{count}", identifier(&after.name)));
        let becomes_not_null = before.nullable && !after.nullable;
        let alter = |nullable| {
            Statement::new(format!(
                "ALTER TABLE {} ALTER COLUMN {} {}",
                object(table),
                identifier(&after.name),
                column::altered(after, nullable)
            ))
        };
        let with = |mut statement: Statement, review: Option<String>| {
            statement.reviews.extend(review);
            Action::Alone(statement)
        };
        match (column::given(after), becomes_not_null) {
            (Some(default), true) => {
                // Rows that have no value get the default, in the type that it is for.
                if has_other_type {
                    self.actions.push(with(alter(true), risk));
                }
                self.statement(fill(table, &after.name, default));
                self.actions.push(with(alter(false), None));
            }
            (None, true) if self.filled.contains(&(table.clone(), after.name.clone())) => {
                self.actions.push(with(alter(false), risk));
            }
            (None, true) => {
                let review = format!(
                    "fails where {name} is NULL: fill it first, behind a GO of its own: {}",
                    fill(table, &after.name, "..."),
                    name = identifier(&after.name)
                );
                self.actions.push(with(alter(false), risk).with_review(review));
            }
            (_, false) => self.actions.push(with(alter(after.nullable), risk)),
        }
    }

    /// A new column under a name for the time being, the values through CONVERT, then it takes the old one's place.
    fn copy(&mut self, table: &ObjectName, before: &Column, after: &Column) -> Result<(), Error> {
        let comment = self.comment_of(table, &after.name);
        let interim = self.free_name(table, &after.name);
        let new = Column {
            name: interim.clone(),
            nullable: true,
            default: None,
            default_name: None,
            comment: None,
            ..after.clone()
        };
        self.add_column(table, &new)?;
        let (old_name, new_name) = (identifier(&after.name), identifier(&interim));
        let is_converted = before.ty != after.ty;
        let value =
            if is_converted { format!("CONVERT({}, {old_name})", after.ty) } else { old_name.clone() };
        let mut update = Statement::new(format!("UPDATE {} SET {new_name} = {value}", object(table)));
        if is_converted {
            let risk = risk(&Type::parse(&before.ty), &Type::parse(&after.ty));
            let risk = risk.unwrap_or_else(|| "see that CONVERT gives what you want".to_owned());
            let count = self.notes.counted(table, &after.name);
            update = update.with_review(format!("{old_name}: {risk}{count}"));
        }
        self.actions.push(Action::Alone(update));
        if !after.nullable {
            if let (true, Some(default)) = (before.nullable, column::given(after)) {
                self.statement(fill(table, &interim, default));
            }
            let sql = format!(
                "ALTER TABLE {} ALTER COLUMN {new_name} {}",
                object(table),
                column::altered(after, false)
            );
            let mut action = Action::Alone(Statement::new(sql));
            let is_filled = self.filled.contains(&(table.clone(), after.name.clone()));
            if before.nullable && column::given(after).is_none() && !is_filled {
                action = action.with_review(format!(
                    "fails where {old_name} is NULL: fill it first, behind a GO of its own: {}",
                    fill(table, &interim, "...")
                ));
            }
            self.actions.push(action);
        }
        self.actions.push(Action::alter(table, super::action::Clause::DropColumn(after.name.clone())));
        self.actions.push(Action::Alone(rename::column(table, &interim, &after.name)));
        self.comment(Place::column(table, &after.name), None, comment.as_deref())
    }

    /// Another column of the same name; the values go.
    fn replace(&mut self, table: &ObjectName, before: &Column, after: &Column) -> Result<(), Error> {
        let name = identifier(&after.name);
        let (from, to) = (Type::parse(&before.ty), Type::parse(&after.ty));
        let clause = super::action::Clause::DropColumn(after.name.clone());
        let mut drop = Action::alter(table, clause);
        if after.generated.is_some() {
            drop = drop.with_review(format!("the values of {name} are lost: it is computed from now on"));
        } else if from.is_row_version() && to.is_row_version() {
            drop = drop.with_review(format!("every row gets another version in {name}"));
        } else {
            let what = format!("{} does not convert into {}", before.ty, after.ty);
            drop = drop.with_review(format!("the values of {name} are lost: {what}"));
        }
        self.actions.push(drop);
        if after.generated.is_none() {
            // Its default comes with it.
            if let Some(live) = self.live.table(table)
                && let Some(item) = live.column(&after.name)
            {
                let (number, table) = (item.number, live.number);
                self.away.retain(|part| !(part.table == table && part.is_column(number)));
            }
            let comment = self.comment_of(table, &after.name);
            self.add_column(table, &Column { comment, ..after.clone() })?;
        }
        Ok(())
    }

    fn comment_of(&self, table: &ObjectName, column: &str) -> Option<String> {
        self.live.table(table)?.column(column)?.value.comment.clone()
    }

    /// A name that no column of the table has. A name has up to 128 characters, counted as UTF-16 does.
    fn free_name(&self, table: &ObjectName, column: &str) -> String {
        let is_taken = |name: &str| self.live.table(table).is_some_and(|table| table.column(name).is_some());
        let mut stem = column.to_owned();
        while stem.encode_utf16().count() > 120 {
            stem.pop();
        }
        let names = (2..).map(|count| format!("{stem}_new{count}"));
        std::iter::once(format!("{stem}_new")).chain(names).find(|name| !is_taken(name)).unwrap_or(stem)
    }
}
