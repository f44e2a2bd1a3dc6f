//! Which of what is gone lives on under another name.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::{Dialect, Error};
use serde_json::{Value, json};

use super::{Answers, Ask, shell, similar};
use crate::{
    diff::{Doubt, Pending, Renames, is_one_column, is_one_object},
    schema::{ObjectName, Schema, Table},
};

/// A question that nobody has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenRename {
    pub(crate) kind: RenameKind,
    /// Of a column or a value: the table, the enum, the column that lists it.
    pub(crate) of: Option<String>,
    /// What that is called now, where it has another name.
    pub(crate) now_of: Option<String>,
    pub(crate) from: String,
    /// Whether the models say so of the first candidate, and there is something of that name already, which would have to
    /// make room.
    pub(crate) is_told: bool,
    /// What gets the name, if that is why it is gone.
    pub(crate) makes_room_for: Option<String>,
    /// The most likely first.
    pub(crate) candidates: Vec<String>,
}

/// What may have been renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RenameKind {
    Table,
    Column,
    Enum,
    Value,
    Sequence,
}

impl RenameKind {
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Column => "column",
            Self::Enum => "enum",
            Self::Value => "value",
            Self::Sequence => "sequence",
        }
    }
}

impl OpenRename {
    /// For people, without the options that answer it.
    pub(crate) fn question(&self) -> String {
        let of = self.of.as_ref().map(|of| format!("{of}.")).unwrap_or_default();
        let what = format!("the {} {of}{}", self.kind.noun(), self.from);
        match (self.candidates.first().filter(|_| self.is_told), &self.makes_room_for) {
            (Some(now), _) => format!(
                "{what} is gone, the models say that {now} was called so, and there is a {now} already: was it \
                 renamed, and does that {now} make room?"
            ),
            (None, Some(other)) => format!("{what} makes room for {of}{other}: was it renamed?"),
            (None, None) => format!("{what} is gone: was it renamed?"),
        }
    }

    /// The options that would answer it, the most likely first; the last says no. The old name stands behind the old name
    /// of its table, the new one behind the new one.
    pub(crate) fn options(&self) -> Vec<String> {
        let part = |of: Option<&String>| of.map(|of| format!("{of}.")).unwrap_or_default();
        let (of, now_of) = (part(self.of.as_ref()), part(self.now_of.as_ref().or(self.of.as_ref())));
        let mut options: Vec<_> = self
            .candidates
            .iter()
            .map(|candidate| {
                let pair = format!("{of}{}={now_of}{candidate}", self.from);
                format!("--rename {}", shell::quoted(&pair))
            })
            .collect();
        options.push("--rename none".to_owned());
        options
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "kind": "rename",
            "what": self.kind.noun(),
            "of": self.of,
            "from": self.from,
            "told": self.is_told,
            "makes_room_for": self.makes_room_for,
            "candidates": self.candidates,
            "options": self.options(),
        })
    }

    /// Whether it is about this thing that is dropped as long as nobody says that it was renamed.
    pub(crate) fn is_about(&self, dropped: &str, inner: Option<&str>) -> bool {
        match (self.kind, self.now_of.as_ref().or(self.of.as_ref())) {
            (RenameKind::Table | RenameKind::Sequence | RenameKind::Enum, _) => {
                inner.is_none() && self.from == dropped
            }
            (RenameKind::Column, of) => {
                of.is_some_and(|of| of == dropped) && inner == Some(self.from.as_str())
            }
            // Which values an enum loses is known when all its questions are answered.
            (RenameKind::Value, of) => inner.is_none() && of.is_some_and(|of| of == dropped),
        }
    }
}

/// What was renamed: what the models and the command line tell, as far as it is still to be done, and what is answered,
/// here or (`decided`) where another dialect was compared. Everything else that is gone and has a likely successor is
/// asked about, or stays open.
///
/// # Errors
/// Wrong answers; models that rename in a circle; those of `ask`.
pub(crate) fn settle(
    before: &Schema,
    after: &Schema,
    told: &Renames,
    decided: &Renames,
    answers: &Answers,
    ask: Option<&mut dyn Ask>,
) -> Result<(Renames, Vec<OpenRename>), Error> {
    let pending = Pending { before, after, told, nothing_else: answers.nothing_else };
    let mut questions = Questions { ask, answers, open: Vec::new() };
    let said = answers.objects(before, after)?;
    let (mut renames, doubts) = pending.objects(&said.or_decided(decided.objects_of(before, after)))?;
    questions.tables(before, after, &doubts, &mut renames)?;
    questions.enums(before, after, &doubts, &mut renames)?;
    questions.sequences(before, after, &doubts, &mut renames)?;
    let said = answers.columns(before, after, &renames)?;
    for (table, names) in &said.parts {
        renames.parts.entry(table.clone()).or_default().extend(names.clone());
    }
    let here = decided.columns_of(before, after, &renames);
    let doubts = pending.columns(&said.or_decided(here), &mut renames)?;
    questions.columns(before, after, &doubts, &mut renames)?;
    let said = answers.values(before, after, &renames)?;
    let here = decided.values_of(before, after, &renames);
    pending.values(&said.or_decided(here), &mut renames)?;
    if !answers.nothing_else {
        let now = renames.renamed(before);
        questions.values(&now, after, &mut renames)?;
        questions.listed_values(&now, after, &mut renames)?;
    }
    Ok((renames.with_names_freed(before, after), questions.open))
}

struct Questions<'a, 'b> {
    ask: Option<&'a mut dyn Ask>,
    answers: &'b Answers,
    open: Vec<OpenRename>,
}

impl Questions<'_, '_> {
    fn tables(
        &mut self,
        before: &Schema,
        after: &Schema,
        doubts: &[Doubt],
        renames: &mut Renames,
    ) -> Result<(), Error> {
        let told = doubts.iter().filter_map(|doubt| match doubt {
            Doubt::Table { from, to } => Some((from.clone(), to.clone())),
            Doubt::Enum { .. } | Doubt::Sequence { .. } | Doubt::Column { .. } => None,
        });
        let names = Names::of_objects(
            (before.dialect, RenameKind::Table),
            before.tables.keys(),
            after.tables.keys(),
            told,
        );
        let alike = |old: &ObjectName, new: &ObjectName| {
            let score = before.table(old).zip(after.table(new)).map(|(old, new)| similar::tables(old, new));
            score.filter(|score| *score >= 0.6)
        };
        self.names(&names, alike, &mut renames.tables)
    }

    fn enums(
        &mut self,
        before: &Schema,
        after: &Schema,
        doubts: &[Doubt],
        renames: &mut Renames,
    ) -> Result<(), Error> {
        let told = doubts.iter().filter_map(|doubt| match doubt {
            Doubt::Enum { from, to } => Some((from.clone(), to.clone())),
            Doubt::Table { .. } | Doubt::Sequence { .. } | Doubt::Column { .. } => None,
        });
        let names = Names::of_objects(
            (before.dialect, RenameKind::Enum),
            before.enums.keys(),
            after.enums.keys(),
            told,
        );
        let alike = |old: &ObjectName, new: &ObjectName| {
            let both = before.enums.get(old).zip(after.enums.get(new));
            both.map(|(old, new)| similar::values(&old.values, &new.values)).filter(|score| *score >= 0.5)
        };
        self.names(&names, alike, &mut renames.enums)
    }

    /// No sequence is like another: only what the models tell is asked about.
    fn sequences(
        &mut self,
        before: &Schema,
        after: &Schema,
        doubts: &[Doubt],
        renames: &mut Renames,
    ) -> Result<(), Error> {
        let told = doubts.iter().filter_map(|doubt| match doubt {
            Doubt::Sequence { from, to } => Some((from.clone(), to.clone())),
            Doubt::Table { .. } | Doubt::Enum { .. } | Doubt::Column { .. } => None,
        });
        let names = Names::of_objects(
            (before.dialect, RenameKind::Sequence),
            before.sequences.keys(),
            after.sequences.keys(),
            told,
        );
        self.names(&names, |_, _| None, &mut renames.sequences)
    }

    fn columns(
        &mut self,
        before: &Schema,
        after: &Schema,
        doubts: &[Doubt],
        renames: &mut Renames,
    ) -> Result<(), Error> {
        // The tables and types under their new names, with the columns as they are.
        let objects = Renames { columns: BTreeMap::new(), column_values: BTreeMap::new(), ..renames.clone() };
        for (name, table) in &objects.renamed(before).tables {
            let Some(wanted) = after.table(name) else { continue };
            let told = doubts.iter().filter_map(|doubt| match doubt {
                Doubt::Column { table, from, to } if table == name => Some((from.clone(), to.clone())),
                Doubt::Column { .. } | Doubt::Table { .. } | Doubt::Enum { .. } | Doubt::Sequence { .. } => {
                    None
                }
            });
            let columns = |table: &Table| table.columns.iter().map(|column| column.name.clone()).collect();
            let names = Names {
                dialect: before.dialect,
                kind: RenameKind::Column,
                of: Some((renames.former_table(name).to_string(), name.to_string())),
                old: columns(table),
                new: columns(wanted),
                told: told.collect(),
                is_one: |dialect, one: &String, other: &String| is_one_column(dialect, one, other),
            };
            let alike = |old: &String, new: &String| {
                let both = table.column(old).zip(wanted.column(new));
                both.map(|(old, new)| similar::columns(old, new)).filter(|score| *score >= 0.6)
            };
            let mut columns = renames.columns.remove(name).unwrap_or_default();
            self.names(&names, alike, &mut columns)?;
            if !columns.is_empty() {
                renames.columns.insert(name.clone(), columns);
            }
        }
        Ok(())
    }

    /// What became of the names that are gone: first those of which the models tell it, and something has the new name
    /// already; then the others, and what makes room for what was renamed.
    fn names<N: Ord + Clone + ToString>(
        &mut self,
        names: &Names<N>,
        alike: impl Fn(&N, &N) -> Option<f64>,
        renames: &mut BTreeMap<N, N>,
    ) -> Result<(), Error> {
        if self.answers.nothing_else {
            return Ok(());
        }
        let is_one = |one: &N, other: &N| (names.is_one)(names.dialect, one, other);
        let mut asked: BTreeSet<&N> = BTreeSet::new();
        let told = names.old.iter().filter(|name| names.told.contains_key(name));
        loop {
            let is_gone = |name: &&N| {
                !renames.contains_key(name)
                    && (!names.new.contains(name) || renames.values().any(|to| is_one(to, name)))
            };
            let gone = names.old.iter().filter(is_gone);
            let Some(from) = told.clone().chain(gone).find(|name| !asked.contains(name)) else {
                return Ok(());
            };
            asked.insert(from);
            let is_free = |new: &&N| {
                let is_left = names.old.iter().any(|old| is_one(old, new) && !renames.contains_key(old));
                !is_left && !renames.values().any(|to| is_one(to, new))
            };
            let told_name = names.told.get(from);
            let others = names.new.iter().filter(is_free).filter(|new| told_name != Some(*new));
            let others = others.filter_map(|new| Some((new.clone(), alike(from, new)?)));
            let candidates: Vec<N> = told_name.cloned().into_iter().chain(best(others)).collect();
            let taker = renames.iter().find(|(_, to)| is_one(to, from)).map(|(taker, _)| taker.to_string());
            let (of, now_of) = names.of.clone().unzip();
            let question = OpenRename {
                kind: names.kind,
                of,
                now_of,
                from: from.to_string(),
                is_told: told_name.is_some(),
                makes_room_for: taker,
                candidates: candidates.iter().map(ToString::to_string).collect(),
            };
            if let Some(chosen) = self.put(&question)?.and_then(|chosen| candidates.get(chosen)) {
                renames.retain(|_, to| !is_one(to, chosen));
                renames.insert(from.clone(), chosen.clone());
            }
        }
    }

    fn values(&mut self, now: &Schema, after: &Schema, renames: &mut Renames) -> Result<(), Error> {
        for (name, ty) in &now.enums {
            let Some(wanted) = after.enums.get(name) else { continue };
            let of = (renames.former_enum(name).to_string(), name.to_string());
            let mut taken: BTreeSet<String> = BTreeSet::new();
            for value in ty.values.iter().filter(|value| !wanted.values.contains(value)) {
                let new =
                    wanted.values.iter().filter(|new| !ty.values.contains(new) && !taken.contains(*new));
                let candidates = best(new.map(|other| (other.clone(), similar::words(value, other))));
                if let Some(chosen) = self.part(RenameKind::Value, &of, value, candidates)? {
                    taken.insert(chosen.clone());
                    let values = renames.enum_values.entry(name.clone()).or_default();
                    values.insert(value.clone(), chosen);
                }
            }
        }
        Ok(())
    }

    /// The same where an enum is no type of its own: each column lists them.
    fn listed_values(&mut self, now: &Schema, after: &Schema, renames: &mut Renames) -> Result<(), Error> {
        for (name, table) in &now.tables {
            let Some(wanted) = after.table(name) else { continue };
            for column in wanted.columns.iter().map(|column| &column.name) {
                let listed =
                    table.values_of(now.dialect, column).zip(wanted.values_of(after.dialect, column));
                let Some((listed, wanted)) = listed else { continue };
                let place = (name.clone(), column.clone());
                let mut known = renames.column_values.get(&place).cloned().unwrap_or_default();
                let of = (
                    format!("{}.{}", renames.former_table(name), renames.former_column(name, column)),
                    format!("{name}.{column}"),
                );
                for value in listed.iter().filter(|value| !wanted.contains(value)) {
                    if known.contains_key(value) {
                        continue;
                    }
                    let is_free =
                        |new: &&String| !listed.contains(new) && !known.values().any(|to| to == *new);
                    let new = wanted.iter().filter(is_free);
                    let candidates = best(new.map(|other| (other.clone(), similar::words(value, other))));
                    if let Some(chosen) = self.part(RenameKind::Value, &of, value, candidates)? {
                        known.insert(value.clone(), chosen);
                    }
                }
                if !known.is_empty() {
                    renames.column_values.insert(place, known);
                }
            }
        }
        Ok(())
    }

    /// A value of something, which has an old name and one of now.
    fn part(
        &mut self,
        kind: RenameKind,
        (of, now_of): &(String, String),
        from: &str,
        candidates: Vec<String>,
    ) -> Result<Option<String>, Error> {
        let question = OpenRename {
            kind,
            of: Some(of.clone()),
            now_of: Some(now_of.clone()),
            from: from.to_owned(),
            is_told: false,
            makes_room_for: None,
            candidates,
        };
        let chosen = self.put(&question)?;
        Ok(chosen.and_then(|chosen| question.candidates.get(chosen).cloned()))
    }

    /// Asks, or leaves the question open. Without a candidate there is no question, nor where it was put before.
    fn put(&mut self, question: &OpenRename) -> Result<Option<usize>, Error> {
        if question.candidates.is_empty() || self.answers.settled.has_asked(question) {
            return Ok(None);
        }
        if let Some(ask) = &mut self.ask {
            return ask.which(&question.question(), &question.candidates);
        }
        self.open.push(question.clone());
        Ok(None)
    }
}

/// What is there and what is wanted, of one kind.
struct Names<N> {
    dialect: Dialect,
    kind: RenameKind,
    /// Of columns: what their table was called, and what it is called now.
    of: Option<(String, String)>,
    old: Vec<N>,
    new: Vec<N>,
    /// What the models tell and may have been done, from old to new.
    told: BTreeMap<N, N>,
    /// Whether the engine takes two names for one.
    is_one: fn(Dialect, &N, &N) -> bool,
}

impl Names<ObjectName> {
    fn of_objects<'n>(
        (dialect, kind): (Dialect, RenameKind),
        old: impl Iterator<Item = &'n ObjectName>,
        new: impl Iterator<Item = &'n ObjectName>,
        told: impl Iterator<Item = (ObjectName, ObjectName)>,
    ) -> Self {
        let (old, new) = (old.cloned().collect(), new.cloned().collect());
        Self { dialect, kind, of: None, old, new, told: told.collect(), is_one: is_one_object }
    }
}

/// The most alike first, ties by name.
fn best<T: Ord>(scored: impl Iterator<Item = (T, f64)>) -> Vec<T> {
    let mut scored: Vec<_> = scored.collect();
    scored.sort_by(|(a, one), (b, other)| other.total_cmp(one).then_with(|| a.cmp(b)));
    scored.into_iter().map(|(name, _)| name).collect()
}
