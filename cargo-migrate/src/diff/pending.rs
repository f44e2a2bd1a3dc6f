//! Which of the renames that are told are still to be done.
//!
//! `renamed_from` stays in a model when it has been done, and means nothing then. What somebody says for this one time,
//! with `--rename` or at the terminal, is done as it is said.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::{Code, Error};

use super::{
    Renames,
    letters::{is_one_column, is_one_object, may_be_one_object},
    steps::temporary,
    values,
};
use crate::{
    renaming::is_drawn_from,
    schema::{ObjectName, Schema},
};

/// What was said for this one time: it is carried out, or it is an error.
pub(crate) type Said = Renames;

/// A rename of the models that may have been done: the old name is there, that the models do not want any more, and the
/// new name is there too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    Table {
        from: ObjectName,
        to: ObjectName,
    },
    Enum {
        from: ObjectName,
        to: ObjectName,
    },
    Sequence {
        from: ObjectName,
        to: ObjectName,
    },
    /// By the new name of the table.
    Column {
        table: ObjectName,
        from: String,
        to: String,
    },
}

/// Two schemas, and what is told of the way from one to the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pending<'a> {
    pub(crate) before: &'a Schema,
    pub(crate) after: &'a Schema,
    pub(crate) told: &'a Renames,
    /// What is told and cannot be told from what is done counts as done.
    pub(crate) nothing_else: bool,
}

impl Pending<'_> {
    /// Tables, enums and sequences that are to get another name now, and those that only somebody can tell.
    ///
    /// # Errors
    /// [`Code::NeedsDecision`] for models that rename in a circle; [`Code::Usage`] where they say otherwise than what is
    /// said.
    pub(crate) fn objects(&self, said: &Said) -> Result<(Renames, Vec<Doubt>), Error> {
        let (before, after, told) = (self.before, self.after, self.told);
        let dialect = before.dialect;
        let is_one = |one: &ObjectName, other: &ObjectName| is_one_object(dialect, one, other);
        let may_be_one = |one: &ObjectName, other: &ObjectName| may_be_one_object(dialect, one, other);
        let letters = Letters { is_one: &is_one, may_be_one: &may_be_one };
        let tables = self.of(
            &Names { old: before.tables.keys().collect(), new: after.tables.keys().collect() },
            (&told.tables, &said.tables),
            letters,
            ObjectName::to_string,
        )?;
        let exactly = |one: &ObjectName, other: &ObjectName| one == other;
        let enums = self.of(
            &Names { old: before.enums.keys().collect(), new: after.enums.keys().collect() },
            (&told.enums, &said.enums),
            Letters { is_one: &exactly, may_be_one: &exactly },
            ObjectName::to_string,
        )?;
        let sequences = self.of(
            &Names { old: before.sequences.keys().collect(), new: after.sequences.keys().collect() },
            (&told.sequences, &said.sequences),
            letters,
            ObjectName::to_string,
        )?;
        let doubts = tables.doubts.into_iter().map(|(from, to)| Doubt::Table { from, to });
        let doubts = doubts.chain(enums.doubts.into_iter().map(|(from, to)| Doubt::Enum { from, to }));
        let doubts =
            doubts.chain(sequences.doubts.into_iter().map(|(from, to)| Doubt::Sequence { from, to }));
        let doubts = doubts.collect();
        let renames = Renames {
            tables: tables.renames,
            enums: enums.renames,
            sequences: sequences.renames,
            parts: told.parts.clone(),
            ..Renames::default()
        };
        Ok((renames, doubts))
    }

    /// Adds columns, where it is settled what their tables are called.
    ///
    /// # Errors
    /// [`Code::NeedsDecision`] for models that rename in a circle; [`Code::Usage`] where they say otherwise than what is
    /// said.
    pub(crate) fn columns(&self, said: &Said, renames: &mut Renames) -> Result<Vec<Doubt>, Error> {
        let mut doubts = Vec::new();
        let none = BTreeMap::new();
        for (name, wanted) in &self.after.tables {
            let old = renames.former_table(name);
            let Some(found) = self.before.table(&old).filter(|_| is_there(&old, name, &renames.tables))
            else {
                continue;
            };
            let dialect = self.before.dialect;
            let is_one = |one: &String, other: &String| is_one_column(dialect, one, other);
            let columns = self.of(
                &Names {
                    old: found.columns.iter().map(|column| &column.name).collect(),
                    new: wanted.columns.iter().map(|column| &column.name).collect(),
                },
                (self.told.columns.get(name).unwrap_or(&none), said.columns.get(name).unwrap_or(&none)),
                Letters { is_one: &is_one, may_be_one: &is_one },
                |column| format!("{name}.{column}"),
            )?;
            let doubtful = |(from, to)| Doubt::Column { table: name.clone(), from, to };
            doubts.extend(columns.doubts.into_iter().map(doubtful));
            if !columns.renames.is_empty() {
                renames.columns.insert(name.clone(), columns.renames);
            }
        }
        Ok(doubts)
    }

    /// Adds values, where it is settled what their types, or their tables and columns, are called.
    ///
    /// # Errors
    /// [`Code::NeedsDecision`] for models that rename in a circle; [`Code::Usage`] for a new value that is there.
    pub(crate) fn values(&self, said: &Said, renames: &mut Renames) -> Result<(), Error> {
        let none = BTreeMap::new();
        for (name, wanted) in &self.after.enums {
            let old = renames.former_enum(name);
            let Some(found) = self.before.enums.get(&old).filter(|_| is_there(&old, name, &renames.enums))
            else {
                continue;
            };
            let told = self.told.enum_values.get(name).unwrap_or(&none);
            let said = said.enum_values.get(name).unwrap_or(&none);
            let values = self
                .of_values(&found.values, &wanted.values, (told, said), |value| format!("{name}.{value}"))?;
            if !values.is_empty() {
                renames.enum_values.insert(name.clone(), values);
            }
        }
        let listed: BTreeSet<_> = self.told.column_values.keys().chain(said.column_values.keys()).collect();
        for place in listed {
            let (table, column) = place;
            let (old_table, old_column) = (renames.former_table(table), renames.former_column(table, column));
            let dialect = self.before.dialect;
            let found = self.before.table(&old_table).and_then(|table| table.values_of(dialect, &old_column));
            let wanted = self.after.table(table).and_then(|table| table.values_of(dialect, column));
            let told = self.told.column_values.get(place).unwrap_or(&none);
            let said = said.column_values.get(place).unwrap_or(&none);
            let wanted = wanted.unwrap_or_default();
            let words = |value: &String| format!("{table}.{column}.{value}");
            let values = self.of_values(&found.unwrap_or_default(), &wanted, (told, said), words)?;
            if !values.is_empty() {
                renames.column_values.insert(place.clone(), values);
            }
        }
        Ok(())
    }

    /// Values: one that is there already stays, since rows may hold it.
    fn of_values(
        &self,
        old: &[String],
        new: &[String],
        told_and_said: (&BTreeMap<String, String>, &BTreeMap<String, String>),
        word: impl Fn(&String) -> String,
    ) -> Result<BTreeMap<String, String>, Error> {
        let names = Names { old: old.iter().collect(), new: new.iter().collect() };
        let exactly = |one: &String, other: &String| one == other;
        let letters = Letters { is_one: &exactly, may_be_one: &exactly };
        let found = self.of(&names, told_and_said, letters, &word)?;
        for (from, to) in &found.renames {
            if old.contains(to) && !found.renames.contains_key(to) {
                let (from, to) = (word(from), word(to));
                return Err(Error::new(
                    Code::Usage,
                    format!("--rename {from}={to}: there is a value {to} already, which rows may hold"),
                )
                .with_help(format!(
                    "say what {to} becomes, with another --rename, or change the rows first"
                )));
            }
        }
        Ok(found.renames)
    }

    fn of<N: Ord + Clone>(
        &self,
        names: &Names<'_, N>,
        (told, said): (&BTreeMap<N, N>, &BTreeMap<N, N>),
        letters: Letters<'_, N>,
        word: impl Fn(&N) -> String,
    ) -> Result<Found<N>, Error> {
        let mut found = Found { renames: said.clone(), doubts: Vec::new() };
        found.renames.retain(|from, to| from != to);
        // What is still to be done cannot be said otherwise.
        let is_due = |(from, to): &(&N, &N)| {
            from != to && names.old.contains(from) && names.new.contains(to) && !names.old.contains(to)
        };
        for (from, to) in told.iter().filter(is_due) {
            let is_other = |said: &(&N, &N)| (said.0 == from) != (said.1 == to);
            if let Some(other) = found.renames.iter().find(is_other) {
                return Err(contradicted((from, to), other, word));
            }
        }
        let mut left: BTreeMap<N, N> = told
            .iter()
            .filter(|(from, to)| from != to && names.old.contains(from))
            .filter(|(from, to)| {
                !said.contains_key(*from) && !said.values().any(|taken| (letters.is_one)(taken, to))
            })
            .map(|(from, to)| (from.clone(), to.clone()))
            .collect();
        loop {
            // Nothing has the name, or what has it gets another; its own name in other letters it may have.
            let is_free = |(from, to): &(&N, &N)| {
                let mut holders = names.old.iter().filter(|old| (letters.is_one)(old, to));
                holders.all(|holder| *holder == *from || found.renames.contains_key(*holder))
            };
            let next = left.iter().find(is_free);
            let Some((from, to)) = next.map(|(from, to)| (from.clone(), to.clone())) else { break };
            left.remove(&from);
            if !found.renames.values().any(|taken| (letters.is_one)(taken, &to)) {
                found.renames.insert(from, to);
            }
        }
        // The engine takes the two names for one.
        for from in names.old.iter().filter(|from| !names.new.contains(*from)) {
            if found.renames.contains_key(*from) {
                continue;
            }
            let is_free =
                |to: &&&N| !names.old.contains(*to) && !found.renames.values().any(|taken| taken == **to);
            if let Some(to) = names.new.iter().filter(is_free).find(|to| (letters.may_be_one)(from, to)) {
                found.renames.insert((*from).clone(), (*to).clone());
            }
        }
        if self.nothing_else {
            return Ok(found);
        }
        if let Some(circle) = circles(&left).first() {
            return Err(refused(circle, word));
        }
        left.retain(|from, to| !names.new.contains(from) && names.new.contains(to));
        found.doubts = left.into_iter().collect();
        Ok(found)
    }
}

/// Whether the thing of that old name is the one that has the name `now` behind the renames.
fn is_there(name: &ObjectName, now: &ObjectName, renames: &BTreeMap<ObjectName, ObjectName>) -> bool {
    name != now || !renames.contains_key(name)
}

/// What the engine makes of capital letters.
struct Letters<'n, N> {
    is_one: &'n dyn Fn(&N, &N) -> bool,
    may_be_one: &'n dyn Fn(&N, &N) -> bool,
}

impl<N> Clone for Letters<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N> Copy for Letters<'_, N> {}

/// What is there and what is wanted.
struct Names<'n, N> {
    old: BTreeSet<&'n N>,
    new: BTreeSet<&'n N>,
}

struct Found<N> {
    renames: BTreeMap<N, N>,
    doubts: Vec<(N, N)>,
}

/// Names that lead round to the first of them, each circle from its first name.
pub(crate) fn circles<N: Ord + Clone>(renames: &BTreeMap<N, N>) -> Vec<Vec<(N, N)>> {
    let mut found: Vec<Vec<(N, N)>> = Vec::new();
    for first in renames.keys().filter(|from| renames.get(*from) != Some(*from)) {
        let mut pairs: Vec<(N, N)> = Vec::new();
        let mut now = first;
        while let Some(to) = renames.get(now).filter(|_| !pairs.iter().any(|(from, _)| from == now)) {
            pairs.push((now.clone(), to.clone()));
            now = to;
        }
        let is_known = found.iter().flatten().any(|(from, _)| from == first);
        if now == first && !is_known {
            found.push(pairs);
        }
    }
    found
}

fn contradicted<N>(told: (&N, &N), said: (&N, &N), word: impl Fn(&N) -> String) -> Error {
    Error::new(
        Code::Usage,
        format!(
            "--rename {}={}: the models say that {} was {}",
            word(said.0),
            word(said.1),
            word(told.1),
            word(told.0)
        ),
    )
    .with_help("take `renamed_from` out of the models, or leave out the option")
}

fn refused<N>(circle: &[(N, N)], word: impl Fn(&N) -> String) -> Error {
    let told: Vec<_> = circle.iter().map(|(from, to)| format!("{} was {}", word(to), word(from))).collect();
    let options: Vec<_> =
        circle.iter().map(|(from, to)| format!("--rename {}={}", word(from), word(to))).collect();
    Error::new(
        Code::NeedsDecision,
        format!(
            "the models say that {}: all these names are there, and nobody can see whether that has been done",
            told.join(" and ")
        ),
    )
    .with_help(format!(
        "take `renamed_from` out of the models and do it once with {}; if it has been done, --rename none",
        options.join(" ")
    ))
}

impl Renames {
    /// What was said, and what was decided elsewhere and is not said otherwise.
    pub(crate) fn or_decided(mut self, decided: Self) -> Self {
        fn add<N: Ord>(said: &mut BTreeMap<N, N>, decided: BTreeMap<N, N>) {
            for (from, to) in decided {
                if !said.contains_key(&from) && !said.values().any(|taken| *taken == to) {
                    said.insert(from, to);
                }
            }
        }
        add(&mut self.tables, decided.tables);
        add(&mut self.enums, decided.enums);
        add(&mut self.sequences, decided.sequences);
        for (of, names) in decided.columns {
            add(self.columns.entry(of).or_default(), names);
        }
        for (of, names) in decided.enum_values {
            add(self.enum_values.entry(of).or_default(), names);
        }
        for (of, names) in decided.column_values {
            add(self.column_values.entry(of).or_default(), names);
        }
        self
    }

    /// Of what was decided elsewhere, the tables, enums and sequences that are here as well.
    pub(crate) fn objects_of(&self, before: &Schema, after: &Schema) -> Self {
        fn both<T>(
            renames: &BTreeMap<ObjectName, ObjectName>,
            before: &BTreeMap<ObjectName, T>,
            after: &BTreeMap<ObjectName, T>,
        ) -> BTreeMap<ObjectName, ObjectName> {
            let is_here =
                |(from, to): &(&ObjectName, &ObjectName)| before.contains_key(from) && after.contains_key(to);
            renames.iter().filter(is_here).map(|(from, to)| (from.clone(), to.clone())).collect()
        }
        Self {
            tables: both(&self.tables, &before.tables, &after.tables),
            enums: both(&self.enums, &before.enums, &after.enums),
            sequences: both(&self.sequences, &before.sequences, &after.sequences),
            ..Self::default()
        }
    }

    /// The same for columns, where it is settled what their tables are called.
    pub(crate) fn columns_of(&self, before: &Schema, after: &Schema, settled: &Self) -> Self {
        let mut here = Self::default();
        for (name, columns) in &self.columns {
            let (Some(old), Some(new)) = (before.table(&settled.former_table(name)), after.table(name))
            else {
                continue;
            };
            let mut columns = columns.clone();
            columns.retain(|from, to| old.column(from).is_some() && new.column(to).is_some());
            here.columns.insert(name.clone(), columns);
        }
        here
    }

    /// The same for values, where it is settled what their types, or their tables and columns, are called.
    pub(crate) fn values_of(&self, before: &Schema, after: &Schema, settled: &Self) -> Self {
        let mut here = Self::default();
        for (name, values) in &self.enum_values {
            let (Some(old), Some(new)) =
                (before.enums.get(&settled.former_enum(name)), after.enums.get(name))
            else {
                continue;
            };
            let values = values.iter().filter(|(_, to)| new.values.contains(*to));
            let values = values.map(|(from, to)| (from.clone(), to.clone())).collect();
            here.enum_values.insert(name.clone(), values::possible(&old.values, &values));
        }
        for ((name, column), values) in &self.column_values {
            let old = before.table(&settled.former_table(name));
            let old_column = settled.former_column(name, column);
            let old = old.and_then(|table| table.values_of(before.dialect, &old_column));
            let new = after.table(name).and_then(|table| table.values_of(after.dialect, column));
            let (Some(old), Some(new)) = (old, new) else { continue };
            let values = values.iter().filter(|(_, to)| new.contains(to));
            let values = values.map(|(from, to)| (from.clone(), to.clone())).collect();
            here.column_values.insert((name.clone(), column.clone()), values::possible(&old, &values));
        }
        here
    }

    /// Puts types and sequences aside that are dropped later, where something else is to have their name before.
    pub(crate) fn with_names_freed(mut self, before: &Schema, after: &Schema) -> Self {
        let is_taken = |name: &ObjectName| {
            [before, after].iter().any(|schema| {
                schema.tables.contains_key(name)
                    || schema.enums.contains_key(name)
                    || schema.sequences.contains_key(name)
            })
        };
        let aside = |name: &ObjectName| {
            let named = |text: &str| ObjectName { schema: name.schema.clone(), name: text.to_owned() };
            named(&temporary(&name.name, |text| is_taken(&named(text))))
        };
        let by_table =
            |name: &ObjectName| after.tables.contains_key(name) && !before.tables.contains_key(name);
        for (name, ty) in &before.enums {
            // One that others need is not dropped.
            let by_other = by_table(name) && !after.enums.contains_key(name) && ty.needed_by.is_empty();
            let is_wanted = self.enums.values().any(|to| to == name) || by_other;
            if is_wanted && !self.enums.contains_key(name) {
                self.enums.insert(name.clone(), aside(name));
            }
        }
        for (name, sequence) in &before.sequences {
            let by_enum = after.enums.contains_key(name) && !before.enums.contains_key(name);
            let is_gone = !after.sequences.contains_key(name) && sequence.needed_by.is_empty();
            let by_other = (by_table(name) || by_enum) && is_gone;
            let is_wanted = self.sequences.values().any(|to| to == name) || by_other;
            // It is dropped at once where nothing draws from it.
            let must_wait = by_other || is_drawn_from(before, name);
            if is_wanted && must_wait && !self.sequences.contains_key(name) {
                self.sequences.insert(name.clone(), aside(name));
            }
        }
        self
    }
}
