//! Columns that come, go and change.

use std::collections::BTreeMap;

use migrate_core::{Dialect, Error};

use super::{
    batch::{Clause, Kind},
    column,
    key::table_name,
    live::table_mut,
    planner::Planner,
    review, sequence,
};
use crate::{
    ddl::{Statement, values},
    mysql::{calls, identifier, literal, mentions, with_sequence_renamed},
    schema::{Column, Index, KeyPart, ObjectName, Table, strings},
};

/// A type that lists the values.
fn list(values: impl IntoIterator<Item = String>) -> String {
    let values: Vec<_> = values.into_iter().map(|value| literal(&value)).collect();
    format!("enum({})", values.join(","))
}

/// The default that stands for one of the values, by its new name.
fn renamed_default(default: &str, values: &BTreeMap<String, String>) -> Option<String> {
    values.iter().find(|(from, _)| literal(from) == default).map(|(_, to)| literal(to))
}

impl Planner<'_> {
    pub(super) fn add_column(&mut self, table: &ObjectName, column: &Column) -> Result<(), Error> {
        if let Some(default) =
            column.default.as_ref().filter(|default| is_unforeseeable(self.dialect, default))
        {
            // The server adds no column whose values it cannot tell beforehand: the rows get them behind it.
            let bare = Column { nullable: true, default: None, ..column.clone() };
            self.add_column(table, &bare)?;
            let kept = self.kept_moments(table, &column.name);
            let (table_name, name) = (table_name(table), identifier(&column.name));
            let update = format!("UPDATE {table_name} SET {name} = {default}{kept}");
            self.say(Statement::new(update))?;
            return self.set_column(table, column.clone());
        }
        let checks = self.after.table(table).map(|table| table.checks.as_slice()).unwrap_or_default();
        let note = review::added(table, column, checks);
        let batch = self.changing(table)?;
        batch.push(Clause::AddColumn(column.name.clone()));
        if let Some(note) = note {
            batch.review(&column.name, note);
        }
        table_mut(&mut self.live, table).columns.push(column.clone());
        Ok(())
    }

    pub(super) fn drop_column(&mut self, table: &ObjectName, name: &str) -> Result<(), Error> {
        let notes = self.programs.notes();
        let batch = self.changing(table)?;
        batch.drop_column(name);
        notes.into_iter().for_each(|note| batch.review("", note));
        table_mut(&mut self.live, table).columns.retain(|column| column.name != name);
        Ok(())
    }

    pub(super) fn alter_column(
        &mut self,
        table: &ObjectName,
        before: &Column,
        after: &Column,
    ) -> Result<(), Error> {
        let before =
            self.live.table(table).and_then(|table| table.column(&after.name)).unwrap_or(before).clone();
        if blocks_foreign_keys(self.dialect, &before, after) {
            self.take_off_foreign_keys(table, &after.name)?;
        }
        let spatial = if reference_system(&before.ty) == reference_system(&after.ty) {
            Vec::new()
        } else {
            self.take_off_spatial_indexes(table, &after.name)?
        };
        let is_filled = self.filled.contains(&(table.clone(), after.name.clone()));
        let held = Column { nullable: before.nullable && !is_filled, ..before.clone() };
        let kept = self.kept_moments(table, &after.name);
        let notes =
            review::altered(self.dialect, table, &held, after, &kept, self.notes.counted(table, &after.name));
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
        if !spatial.is_empty() {
            self.flush()?;
        }
        for index in spatial {
            self.changing(table)?.push(Clause::AddIndex(index.name.clone()));
            table_mut(&mut self.live, table).indexes.push(index);
        }
        Ok(())
    }

    /// Drops the spatial indexes on a column in a statement of their own. While there is one the column keeps its
    /// reference system.
    fn take_off_spatial_indexes(&mut self, table: &ObjectName, column: &str) -> Result<Vec<Index>, Error> {
        let is_spatial = |index: &mut Index| {
            index.method.as_deref() == Some("spatial") && index.columns().any(|name| name == column)
        };
        let indexes = &mut table_mut(&mut self.live, table).indexes;
        let spatial: Vec<Index> = indexes.extract_if(.., is_spatial).collect();
        for index in &spatial {
            self.changing(table)?.drop_index(&index.name);
        }
        if !spatial.is_empty() {
            self.flush()?;
        }
        Ok(spatial)
    }

    /// Where the type lists the values, it lists the old and the new ones while the rows change.
    pub(super) fn rename_values(
        &mut self,
        table: &ObjectName,
        column: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let kept = self.kept_moments(table, column);
        let update = values::update(&table_name(table), &identifier(column), values, &kept, literal);
        let found = self.live.table(table).and_then(|table| table.column(column));
        let Some(before) = found.filter(|column| column.ty.starts_with("enum(")).cloned() else {
            return self.say(Statement::new(update));
        };
        let mut listed = strings(self.dialect, &before.ty);
        let mut after = before.clone();
        let name = |value: &String| values.get(value).unwrap_or(value).clone();
        after.ty = list(listed.iter().map(name));
        if let Some(to) = before.default.as_deref().and_then(|default| renamed_default(default, values)) {
            after.default = Some(to);
        }
        // To the server's collations letters of another case are the same value: the list alone says how it is written.
        let is_same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let is_there = |value: &String| listed.iter().any(|known| is_same(known, value));
        let fresh: Vec<_> = values.values().filter(|value| !is_there(value)).cloned().collect();
        if !fresh.is_empty() {
            listed.extend(fresh);
            self.set_column(table, Column { ty: list(listed), ..before.clone() })?;
        }
        if values.iter().any(|(from, to)| !is_same(from, to)) {
            self.say(Statement::new(update))?;
        }
        self.set_column(table, after)
    }

    /// What an UPDATE of the column sets as well, so that columns which ON UPDATE would move keep their moments:
    /// `, updated_at = updated_at`.
    pub(super) fn kept_moments(&self, table: &ObjectName, column: &str) -> String {
        let found = self.live.table(table).map(|table| table.columns.as_slice()).unwrap_or_default();
        let moving = found.iter().filter(|other| other.on_update.is_some() && other.name != column);
        let kept = moving.map(|other| {
            let name = identifier(&other.name);
            format!(", {name} = {name}")
        });
        kept.collect()
    }

    /// The server leaves the old name in the defaults that draw from the sequence.
    pub(super) fn rename_sequence(&mut self, from: &ObjectName, to: &ObjectName) -> Result<(), Error> {
        self.say(sequence::rename(self.dialect, from, to)?)?;
        let mut columns = Vec::new();
        for table in self.live.tables.values() {
            for column in &table.columns {
                let Some(default) = &column.default else { continue };
                let renamed = with_sequence_renamed(default, &from.name, &to.name);
                if renamed != *default {
                    let column = Column { default: Some(renamed), ..column.clone() };
                    columns.push((table.name.clone(), column));
                }
            }
        }
        columns.into_iter().try_for_each(|(table, column)| self.set_column(&table, column))
    }

    /// Gives a column another definition that holds everything that there is.
    fn set_column(&mut self, table: &ObjectName, column: Column) -> Result<(), Error> {
        let found = self.live.table(table).and_then(|table| table.column(&column.name)).cloned();
        if found.is_some_and(|found| blocks_foreign_keys(self.dialect, &found, &column)) {
            self.take_off_foreign_keys(table, &column.name)?;
        }
        self.changing(table)?.modify(&column.name);
        let columns = &mut table_mut(&mut self.live, table).columns;
        if let Some(found) = columns.iter_mut().find(|found| found.name == column.name) {
            *found = column;
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
        for index in found.indexes.iter().filter(|index| index_speaks(index, column)) {
            if !batch.has(&Clause::AddIndex(index.name.clone())) {
                batch.push(Clause::DropIndex(index.name.clone()));
                batch.push(Clause::AddIndex(index.name.clone()));
            }
        }
        // What is computed from what is computed from the column as well.
        let mut affected = vec![column];
        let mut at = 0;
        while let Some(name) = affected.get(at).copied() {
            for other in found.columns.iter().filter(|other| column_speaks(other, name)) {
                if !affected.contains(&other.name.as_str()) {
                    batch.modify(&other.name);
                    affected.push(&other.name);
                }
            }
            at += 1;
        }
    }
}

/// Whether a check, an index or another column speaks of the column.
pub(super) fn has_dependents(table: &Table, column: &str) -> bool {
    table.checks.iter().any(|check| mentions(&check.expression, column))
        || table.indexes.iter().any(|index| index_speaks(index, column))
        || table.columns.iter().any(|other| column_speaks(other, column))
}

fn index_speaks(index: &Index, column: &str) -> bool {
    index.keys.iter().any(|key| match &key.part {
        KeyPart::Expression(expression) => mentions(expression, column),
        KeyPart::Column(_) => false,
    })
}

fn column_speaks(other: &Column, column: &str) -> bool {
    let in_default = other.default.as_ref().is_some_and(|text| text.contains('(') && mentions(text, column));
    let generated = other.generated.as_ref();
    other.name != column
        && (in_default || generated.is_some_and(|generated| mentions(&generated.expression, column)))
}

/// The number behind `srid`.
fn reference_system(ty: &str) -> Option<&str> {
    ty.split_once(" srid ").map(|(_, number)| number)
}

/// Whether MySQL takes the default for one that another server would answer otherwise, and adds no column with it
/// ("Statement is unsafe because it uses a system function").
fn is_unforeseeable(dialect: Dialect, default: &str) -> bool {
    const FUNCTIONS: [&str; 9] = [
        "uuid",
        "rand",
        "uuid_short",
        "random_bytes",
        "sysdate",
        "current_user",
        "user",
        "session_user",
        "system_user",
    ];
    match dialect {
        Dialect::Mysql => FUNCTIONS.iter().any(|name| calls(default, name)),
        Dialect::Mariadb | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => false,
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
