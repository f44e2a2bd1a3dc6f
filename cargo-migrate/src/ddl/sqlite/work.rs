use std::collections::{BTreeMap, BTreeSet};

use migrate_core::Error;

use super::{
    super::{Notes, Script, Statement},
    create, native,
    rebuild::{self, Changed},
    rename, table,
    unsupported::{self, refusal},
};
use crate::{
    operation::Operation,
    schema::{ObjectName, Table, Trigger},
    sqlite::{Rename, is_same, mentions, quote},
};

/// A script in the making: the tables as they are at each moment, and as they shall be.
pub(super) struct Work<'s> {
    script: &'s Script<'s>,
    /// What is to be said of operations.
    notes: &'s Notes,
    slots: Vec<Slot>,
    /// Which slot has this name now.
    names: BTreeMap<ObjectName, usize>,
    /// For each operation, the slot that it is the last one of.
    last_of: Vec<Option<usize>>,
    /// The tables that an index of this name is made on.
    new_indexes: BTreeMap<String, BTreeSet<ObjectName>>,
    pieces: Vec<Piece>,
    needs_foreign_keys_off: bool,
}

/// A table, whatever it is called.
struct Slot {
    /// As the database has it; none for one that is yet to be created.
    live: Option<Table>,
    wanted: Table,
    /// What the rows are to hold that they do not.
    changed: Changed,
    /// Columns that `live` does not have, even if it has one of that name.
    fresh: Vec<String>,
    is_dropped: bool,
    /// What it was called at first.
    origin: Option<String>,
    /// What stands on it and is compared by nobody: it stays as it is.
    left_out: Option<Table>,
    /// Triggers whose text is not known any more, since something was renamed.
    unsure: BTreeSet<String>,
    /// What the script leads to.
    after: Option<ObjectName>,
    /// What is to be said of the changes between `live` and `wanted`, and what finds the statement to say it above.
    notes: Vec<(Option<String>, String)>,
}

enum Piece {
    Statement(Statement),
    /// A table that is created here as it is once the script is done with it: a circle of foreign keys is no trouble.
    Create(usize),
}

impl<'s> Work<'s> {
    pub(super) fn new(script: &'s Script<'s>, notes: &'s Notes) -> Self {
        let mut work = Self {
            script,
            notes,
            slots: Vec::new(),
            names: BTreeMap::new(),
            last_of: vec![None; script.operations.len()],
            new_indexes: BTreeMap::new(),
            pieces: Vec::new(),
            needs_foreign_keys_off: false,
        };
        for table in script.before.tables.values() {
            work.names.insert(table.name.clone(), work.slots.len());
            let left_out = script.before.left_out(&table.name);
            let mut table = table.clone();
            if let Some(rest) = &left_out {
                table.put_back(rest);
            }
            work.slots.push(Slot {
                origin: Some(table.name.name.clone()),
                left_out,
                live: Some(table.clone()),
                wanted: table,
                ..Slot::new()
            });
        }
        work.look_ahead();
        for slot in &mut work.slots {
            slot.complete(script);
        }
        work
    }

    /// Follows the names through the script.
    fn look_ahead(&mut self) {
        let mut names = self.names.clone();
        let mut last: BTreeMap<usize, usize> = BTreeMap::new();
        // Tables that are created get the next slots.
        let mut next = self.slots.len();
        for (at, operation) in self.script.operations.iter().enumerate() {
            match operation {
                Operation::CreateTable(table) => {
                    names.insert(table.name.clone(), next);
                    next += 1;
                }
                Operation::RenameTable { from, to } => {
                    if let Some(slot) = names.remove(from) {
                        names.insert(to.clone(), slot);
                    }
                }
                Operation::DropTable(table) => {
                    // What comes before is not worth doing.
                    if let Some(slot) = names.remove(&table.name) {
                        last.remove(&slot);
                    }
                }
                _ => {}
            }
            let name = match operation {
                Operation::RenameTable { to, .. } => Some(to),
                other => other.table(),
            };
            if let Some(slot) = name.and_then(|name| names.get(name)) {
                last.insert(*slot, at);
            }
            let (table, made) = match operation {
                Operation::AddIndex { table, index } => (table, vec![&index.name]),
                Operation::RenameIndex { table, to, .. } => (table, vec![to]),
                Operation::CreateTable(table) => {
                    (&table.name, table.indexes.iter().map(|index| &index.name).collect())
                }
                _ => continue,
            };
            for name in made {
                self.new_indexes.entry(name.to_ascii_lowercase()).or_default().insert(table.clone());
            }
        }
        for (name, slot) in names {
            if let Some(slot) = self.slots.get_mut(slot) {
                slot.after = Some(name);
            }
        }
        for (slot, at) in last {
            self.last_of[at] = Some(slot);
        }
    }

    /// Does the operation to the tables, and writes down what SQLite is told.
    pub(super) fn take(&mut self, at: usize, operation: &Operation) -> Result<(), Error> {
        unsupported::operation(operation)?;
        match operation {
            Operation::CreateTable(table) => {
                self.names.insert(table.name.clone(), self.slots.len());
                self.pieces.push(Piece::Create(self.slots.len()));
                self.slots.push(Slot { wanted: table.clone(), ..Slot::new() });
            }
            Operation::DropTable(table) => {
                self.drop_table(&table.name)?;
                if let Some(Piece::Statement(statement)) = self.pieces.last_mut() {
                    statement.reviews.extend(self.notes.of(operation));
                }
            }
            Operation::RenameTable { from, to } => self.rename_table(from, to)?,
            Operation::RenameColumn { table, from, to } => self.rename_column(table, from, to)?,
            other => {
                // SQLite has no comments, and their place may be gone.
                if let (Some(name), false) = (other.table(), matches!(other, Operation::SetComment { .. })) {
                    let slot = self.slot(name)?;
                    self.change(slot, other)?;
                }
            }
        }
        match self.last_of.get(at).copied().flatten() {
            Some(slot) => self.flush(slot),
            None => Ok(()),
        }
    }

    /// The statements, in order.
    pub(super) fn finish(self) -> Result<Vec<Statement>, Error> {
        let mut statements = Vec::new();
        if self.needs_foreign_keys_off {
            statements.push(Statement::new(rebuild::FOREIGN_KEYS_OFF));
        }
        for piece in self.pieces {
            match piece {
                Piece::Statement(statement) => statements.push(statement),
                Piece::Create(slot) => statements.extend(created(&self.slots[slot].wanted)?),
            }
        }
        Ok(statements)
    }

    fn slot(&self, name: &ObjectName) -> Result<usize, Error> {
        let found = self.names.iter().find(|(known, _)| is_same(&known.name, &name.name));
        found.map(|(_, slot)| *slot).ok_or_else(|| {
            refusal(
                format!("the table {name} that is to be changed is not there"),
                "read the database again: it is not what the script was made for",
            )
        })
    }

    fn push(&mut self, sql: String) {
        self.pieces.push(Piece::Statement(Statement::new(sql)));
    }

    fn change(&mut self, at: usize, operation: &Operation) -> Result<(), Error> {
        let slot = &mut self.slots[at];
        if let Operation::DropColumn { column, .. } = operation {
            slot.require_free(&column.name)?;
        }
        table::apply(&mut slot.wanted, operation)?;
        let mark = mark(operation);
        slot.notes.extend(self.notes.of(operation).into_iter().map(|note| (mark.clone(), note)));
        match operation {
            Operation::RenameValues { column, values, .. } => {
                slot.changed.values.insert(column.clone(), values.clone());
            }
            Operation::FillColumn { column, value, .. } => {
                slot.changed.fills.insert(column.clone(), value.clone());
            }
            Operation::AddColumn { column, .. } => slot.fresh.push(column.name.clone()),
            Operation::DropColumn { column, .. } => slot.fresh.retain(|fresh| !is_same(fresh, &column.name)),
            // Names of indexes are those of the whole database: one that another table takes has to be free by then.
            Operation::DropIndex { table, index } => {
                let takers = self.new_indexes.get(&index.name.to_ascii_lowercase());
                let is_taken = takers.is_some_and(|takers| takers.iter().any(|taker| taker != table));
                if let Some(live) = slot.live.as_mut().filter(|_| is_taken)
                    && let Some(found) = table::find_index(&live.indexes, &index.name)
                {
                    live.indexes.remove(found);
                    self.push(format!("DROP INDEX {}", quote(&index.name)));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn drop_table(&mut self, name: &ObjectName) -> Result<(), Error> {
        let at = self.slot(name)?;
        self.create_now(at)?;
        // DROP TABLE deletes the rows first, with all that a foreign key says of that ("Foreign Key Support", 5); and one
        // may be in a table that nobody looks at, or that comes later.
        self.needs_foreign_keys_off = true;
        self.slots[at].is_dropped = true;
        self.names.retain(|_, slot| *slot != at);
        self.push(format!("DROP TABLE {}", quote(&name.name)));
        Ok(())
    }

    fn rename_table(&mut self, from: &ObjectName, to: &ObjectName) -> Result<(), Error> {
        if to.schema.is_some() {
            return Err(refusal("SQLite has no schemas", "keep all tables in the one database file"));
        }
        let at = self.slot(from)?;
        self.create_now(at)?;
        self.flush(at)?;
        if is_same(&from.name, &to.name) {
            // To SQLite the name is taken already.
            let between = self.free_name(&to.name);
            self.push(format!("ALTER TABLE {} RENAME TO {}", quote(&from.name), quote(&between)));
            self.push(format!("ALTER TABLE {} RENAME TO {}", quote(&between), quote(&to.name)));
        } else {
            self.push(format!("ALTER TABLE {} RENAME TO {}", quote(&from.name), quote(&to.name)));
        }
        self.rename(&Rename::Table { from: from.name.clone(), to: to.name.clone() });
        self.names.retain(|_, slot| *slot != at);
        self.names.insert(to.clone(), at);
        Ok(())
    }

    fn rename_column(&mut self, table: &ObjectName, from: &str, to: &str) -> Result<(), Error> {
        let at = self.slot(table)?;
        self.create_now(at)?;
        self.flush(at)?;
        self.push(format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            quote(&table.name),
            quote(from),
            quote(to)
        ));
        self.rename(&Rename::Column { table: table.name.clone(), from: from.to_owned(), to: to.to_owned() });
        Ok(())
    }

    fn rename(&mut self, rename: &Rename) {
        for slot in self.slots.iter_mut().filter(|slot| !slot.is_dropped) {
            for table in slot.live.iter_mut().chain([&mut slot.wanted]).chain(&mut slot.left_out) {
                slot.unsure.extend(rename::apply(table, rename));
            }
        }
    }

    /// Creates a table before the script is done with it: the next operation needs it.
    fn create_now(&mut self, at: usize) -> Result<(), Error> {
        let slot = &mut self.slots[at];
        if slot.live.is_some() {
            return Ok(());
        }
        slot.live = Some(slot.wanted.clone());
        slot.fresh.clear();
        let place = self.pieces.iter().position(|piece| matches!(piece, Piece::Create(slot) if *slot == at));
        let statements = created(&self.slots[at].wanted)?.into_iter().map(Piece::Statement);
        if let Some(place) = place {
            self.pieces.splice(place..=place, statements);
        }
        Ok(())
    }

    /// Writes down what leads from the table as it is to the table as it shall be.
    fn flush(&mut self, at: usize) -> Result<(), Error> {
        let Slot { live: Some(live), wanted, fresh, changed, is_dropped: false, .. } = &self.slots[at] else {
            return Ok(());
        };
        unsupported::table(wanted)?;
        // Where values change, so does the check that lists them: neither lets the other be first.
        let native = changed.is_empty().then(|| native::statements(live, wanted, fresh)).flatten();
        let gone = live.columns.iter().filter(|column| wanted.column(&column.name).is_none());
        let stale: Vec<(String, String)> = gone
            .flat_map(|column| {
                let mark = dropped(&column.name);
                self.stale_elsewhere(at, &column.name).into_iter().map(move |review| (mark.clone(), review))
            })
            .collect();
        let old = format!("DROP TABLE {}", quote(&live.name.name));
        let mut statements = match native {
            Some(statements) => statements,
            None => self.rebuild(at)?,
        };
        for (mark, review) in stale {
            // The column goes here, or with the old table.
            let goes = |statement: &&mut Statement| statement.sql.ends_with(&mark) || statement.sql == old;
            if let Some(statement) = statements.iter_mut().find(goes) {
                statement.reviews.push(review);
            }
        }
        let slot = &mut self.slots[at];
        for (mark, note) in slot.notes.drain(..) {
            say(&mut statements, mark.as_deref(), note);
        }
        slot.live = Some(slot.wanted.clone());
        slot.fresh.clear();
        slot.changed = Changed::default();
        self.pieces.extend(statements.into_iter().map(Piece::Statement));
        Ok(())
    }

    fn rebuild(&mut self, at: usize) -> Result<Vec<Statement>, Error> {
        let temporary = self.free_name(&format!("new_{}", self.slots[at].wanted.name.name));
        let slot = &mut self.slots[at];
        if let Some(trigger) = slot.unsure.first() {
            return Err(refusal(
                format!(
                    "table {}: it has to be made anew, and only SQLite can tell what a rename does to its trigger {trigger}",
                    slot.wanted.name
                ),
                "rename in a revision of its own, and make the other changes in the next one",
            ));
        }
        let Some(live) = &slot.live else { return Ok(Vec::new()) };
        if let Some(after) = slot.after.as_ref().and_then(|after| self.script.after.table(after)) {
            put_in_place(&mut slot.wanted, &slot.fresh, after);
        }
        self.needs_foreign_keys_off = true;
        Ok(rebuild::statements(live, &slot.wanted, &slot.fresh, &slot.changed, &temporary))
    }

    /// What to say of views, and of triggers on other tables and on views, that may name a column which goes. SQLite drops
    /// no column that they name, and lets them be where the table is made anew; the runtime looks at them before the
    /// commit.
    fn stale_elsewhere(&self, at: usize, column: &str) -> Vec<String> {
        let slot = &self.slots[at];
        let own: Vec<&str> =
            slot.live.iter().map(|live| live.name.name.as_str()).chain(slot.origin.as_deref()).collect();
        let is_own = |name: &str| own.iter().any(|own| is_same(own, name));
        let around = || [self.script.before, self.script.after].into_iter().map(|schema| &schema.around);
        // A view may have it from another one.
        let mut names = own.clone();
        let mut views: BTreeSet<&str> = BTreeSet::new();
        loop {
            let found = around().flat_map(|around| &around.views).find(|(view, sql)| {
                !views.contains(view.as_str())
                    && names.iter().any(|name| mentions(sql, name))
                    && mentions(sql, column)
            });
            let Some((view, _)) = found else { break };
            views.insert(view);
            names.push(view);
        }
        let triggers = around().flat_map(|around| &around.triggers);
        let stale = triggers.filter(|(on, trigger)| {
            !is_own(on)
                && names.iter().any(|name| mentions(&trigger.sql, name))
                && mentions(&trigger.sql, column)
        });
        let table = quote(&slot.wanted.name.name);
        let column = quote(column);
        let triggers: BTreeSet<String> = stale
            .map(|(on, trigger)| {
                let (trigger, on) = (quote(&trigger.name), quote(on));
                format!("does the trigger {trigger} on {on} still fit? {column} is gone from {table}")
            })
            .collect();
        let views = views
            .iter()
            .map(|view| format!("does the view {} still fit? {column} is gone from {table}", quote(view)));
        triggers.into_iter().chain(views).collect()
    }

    /// A name that no table, view or index has.
    fn free_name(&self, wish: &str) -> String {
        let schemas = [self.script.before, self.script.after];
        let tables = || schemas.into_iter().flat_map(|schema| schema.tables.values());
        let mut others = schemas.into_iter().flat_map(|schema| &schema.around.names).collect::<Vec<_>>();
        others.sort_unstable();
        let is_taken = |name: &str| {
            others.iter().any(|other| is_same(other, name))
                || tables().any(|table| {
                    is_same(&table.name.name, name) || table::find_index(&table.indexes, name).is_some()
                })
        };
        let mut name = wish.to_owned();
        let mut number = 2;
        while is_taken(&name) {
            name = format!("{wish}_{number}");
            number += 1;
        }
        name
    }
}

impl Slot {
    fn new() -> Self {
        Self {
            live: None,
            wanted: Table::new(ObjectName::local("")),
            changed: Changed::default(),
            fresh: Vec::new(),
            is_dropped: false,
            origin: None,
            left_out: None,
            unsure: BTreeSet::new(),
            after: None,
            notes: Vec::new(),
        }
    }

    /// Refuses to drop a column that something needs which is to stay.
    fn require_free(&self, column: &str) -> Result<(), Error> {
        let Some(rest) = &self.left_out else { return Ok(()) };
        let in_list = |columns: &[String]| columns.iter().any(|name| is_same(name, column));
        let index = rest.indexes.iter().find(|index| mentions(&create::index("", index), column));
        let index = index.map(|index| format!("the index {}", index.name));
        let is_needed = rest.uniques.iter().any(|unique| in_list(&unique.columns))
            || rest.foreign_keys.iter().any(|key| in_list(&key.columns))
            || rest.checks.iter().any(|check| mentions(&check.expression, column));
        let Some(what) = index.or_else(|| is_needed.then(|| "a constraint".to_owned())) else {
            return Ok(());
        };
        Err(refusal(
            format!(
                "column {}.{column} cannot be dropped: {what}, which is left out of the comparison, is on it",
                self.wanted.name
            ),
            "drop that first, in a revision of its own",
        ))
    }

    /// A schema that was made from models knows nothing of triggers, conflict clauses and options that nobody has
    /// stated: the other end of the script does.
    fn complete(&mut self, script: &Script<'_>) {
        let Some(name) = &self.after else { return };
        let Some(mut after) = script.after.table(name).cloned() else { return };
        let mut rest = script.after.left_out(name).filter(|_| self.left_out.is_none());
        for rename in renames(script).iter().rev() {
            let back = match rename {
                Rename::Table { from, to } => Rename::Table { from: to.clone(), to: from.clone() },
                Rename::Column { table, from, to } => {
                    Rename::Column { table: table.clone(), from: to.clone(), to: from.clone() }
                }
            };
            self.unsure.extend(rename::apply(&mut after, &back));
            if let Some(rest) = &mut rest {
                rename::apply(rest, &back);
            }
        }
        let table = &mut self.wanted;
        if let Some(rest) = rest {
            table.put_back(&rest);
            self.left_out = Some(rest);
        }
        let is_known =
            |triggers: &[Trigger], name: &str| triggers.iter().any(|trigger| is_same(&trigger.name, name));
        after.triggers.retain(|trigger| !is_known(&table.triggers, &trigger.name));
        self.unsure.retain(|name| is_known(&after.triggers, name));
        table.triggers.append(&mut after.triggers);
        for (column, details) in after.details.not_null {
            table.details.not_null.entry(column).or_insert(details);
        }
        for key in after.details.keys {
            if table.details.key(key.is_primary, &key.columns).is_none() {
                table.details.keys.push(key);
            }
        }
        table.details.has_comments |= after.details.has_comments;
        for (key, value) in after.options {
            let is_set = script.operations.iter().any(|operation| match operation {
                Operation::SetTableOption { table: of, key: set, .. } => {
                    *set == key && (of == name || *of == table.name)
                }
                _ => false,
            });
            if !is_set {
                table.options.entry(key).or_insert(value);
            }
        }
        self.live = Some(table.clone());
    }
}

/// Everything that is renamed on the way, in the words of each moment.
fn renames(script: &Script<'_>) -> Vec<Rename> {
    let renames = script.operations.iter().filter_map(|operation| match operation {
        Operation::RenameTable { from, to } => {
            Some(Rename::Table { from: from.name.clone(), to: to.name.clone() })
        }
        Operation::RenameColumn { table, from, to } => {
            Some(Rename::Column { table: table.name.clone(), from: from.clone(), to: to.clone() })
        }
        _ => None,
    });
    renames.collect()
}

/// What the statement ends with, or has in it, that carries the operation out where the table is changed in place.
fn mark(operation: &Operation) -> Option<String> {
    match operation {
        Operation::DropColumn { column, .. } => Some(dropped(&column.name)),
        Operation::AddIndex { index, .. } => Some(format!(" INDEX {} ON ", quote(&index.name))),
        _ => None,
    }
}

/// What the statement ends with that drops the column in place.
fn dropped(column: &str) -> String {
    format!(" DROP COLUMN {}", quote(column))
}

/// Says something above the statement with this mark; where there is none, above the one that copies the rows of a table
/// that is made anew, or the first.
fn say(statements: &mut [Statement], mark: Option<&str>, note: String) {
    let has =
        |sql: &str, mark: &str| if mark.ends_with(' ') { sql.contains(mark) } else { sql.ends_with(mark) };
    let marked = |statement: &Statement| mark.is_some_and(|mark| has(&statement.sql, mark));
    let copies = |statement: &Statement| statement.sql.starts_with("INSERT ");
    let at = statements.iter().position(marked).or_else(|| statements.iter().position(copies));
    if let Some(statement) = statements.get_mut(at.unwrap_or_default()) {
        statement.reviews.push(note);
    }
}

/// CREATE TABLE and what stands on it.
fn created(table: &Table) -> Result<Vec<Statement>, Error> {
    unsupported::table(table)?;
    let mut statements = vec![Statement::new(create::table(table, &table.name.name))];
    statements.extend(create::indexes_and_triggers(table));
    Ok(statements)
}

/// A new column gets the place that it has in `after`, among those that were there before and keep their order.
fn put_in_place(wanted: &mut Table, fresh: &[String], after: &Table) {
    let (new, mut columns): (Vec<_>, Vec<_>) =
        std::mem::take(&mut wanted.columns).into_iter().partition(|column| fresh.contains(&column.name));
    let mut new: Vec<_> = new
        .into_iter()
        .map(|column| (after.columns.iter().position(|other| other.name == column.name), column))
        .collect();
    new.sort_by_key(|(at, _)| at.unwrap_or(usize::MAX));
    for (at, column) in new {
        let Some(at) = at else {
            columns.push(column);
            continue;
        };
        let before = after.columns[..at].iter().rev();
        let place =
            before.into_iter().find_map(|other| columns.iter().position(|known| known.name == other.name));
        columns.insert(place.map_or(0, |place| place + 1), column);
    }
    wanted.columns = columns;
}
