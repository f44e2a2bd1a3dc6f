//! Which of what is gone lives on under another name.

use std::collections::BTreeSet;

use migrate_core::Error;
use serde_json::{Value, json};

use super::{Answers, Ask, shell, similar};
use crate::{
    diff::{Doubt, Pending, Renames},
    schema::{ObjectName, Schema},
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
    /// Whether the models say so, and the candidate is there already: it would be dropped.
    pub(crate) is_told: bool,
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
        let gone = format!("the {} {of}{} is gone", self.kind.noun(), self.from);
        match self.candidates.first().filter(|_| self.is_told) {
            Some(now) => format!(
                "{gone}, the models say that {now} was called so, and there is a {now} already: was it renamed, and \
                 is that {now} dropped?"
            ),
            None => format!("{gone}: was it renamed?"),
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
    for doubt in doubts {
        questions.doubt(doubt, &mut renames)?;
    }
    if !answers.nothing_else {
        questions.tables(before, after, &mut renames)?;
        questions.enums(before, after, &mut renames)?;
    }
    let said = answers.parts(before, after, &renames)?;
    let decided = decided.parts_of(before, after, &renames);
    for doubt in pending.parts(&said.or_decided(decided), &mut renames)? {
        questions.doubt(doubt, &mut renames)?;
    }
    if !answers.nothing_else {
        let now = renames.renamed(before);
        questions.columns(&now, after, &mut renames)?;
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
    /// Whether something has the name of something that is there, which then goes.
    fn doubt(&mut self, doubt: Doubt, renames: &mut Renames) -> Result<(), Error> {
        let mut put = |kind, of: Option<(String, String)>, from: String, to: String| {
            let (of, now_of) = of.unzip();
            let question = OpenRename { kind, of, now_of, from, is_told: true, candidates: vec![to] };
            self.put(&question).map(|chosen| chosen.is_some())
        };
        match doubt {
            Doubt::Table { from, to } => {
                if put(RenameKind::Table, None, from.to_string(), to.to_string())? {
                    renames.tables.insert(from, to);
                }
            }
            Doubt::Enum { from, to } => {
                if put(RenameKind::Enum, None, from.to_string(), to.to_string())? {
                    renames.enums.insert(from, to);
                }
            }
            Doubt::Sequence { from, to } => {
                if put(RenameKind::Sequence, None, from.to_string(), to.to_string())? {
                    renames.sequences.insert(from, to);
                }
            }
            Doubt::Column { table, from, to } => {
                let of = (renames.former_table(&table).to_string(), table.to_string());
                if put(RenameKind::Column, Some(of), from.clone(), to.clone())? {
                    renames.columns.entry(table).or_default().insert(from, to);
                }
            }
        }
        Ok(())
    }

    fn tables(&mut self, before: &Schema, after: &Schema, renames: &mut Renames) -> Result<(), Error> {
        let now = renames.renamed(before);
        let mut taken: BTreeSet<ObjectName> = BTreeSet::new();
        for (name, table) in now.tables.iter().filter(|(name, _)| !after.tables.contains_key(name)) {
            let new = after
                .tables
                .iter()
                .filter(|(name, _)| !now.tables.contains_key(name) && !taken.contains(name));
            let scored = new.map(|(name, other)| (name.clone(), similar::tables(table, other)));
            if let Some(chosen) = self.which(RenameKind::Table, name, best(scored, 0.6))? {
                taken.insert(chosen.clone());
                renames.tables.insert(name.clone(), chosen);
            }
        }
        Ok(())
    }

    fn enums(&mut self, before: &Schema, after: &Schema, renames: &mut Renames) -> Result<(), Error> {
        let now = renames.renamed(before);
        let mut taken: BTreeSet<ObjectName> = BTreeSet::new();
        for (name, ty) in now.enums.iter().filter(|(name, _)| !after.enums.contains_key(name)) {
            let new =
                after.enums.iter().filter(|(name, _)| !now.enums.contains_key(name) && !taken.contains(name));
            let scored = new.map(|(name, other)| (name.clone(), similar::values(&ty.values, &other.values)));
            if let Some(chosen) = self.which(RenameKind::Enum, name, best(scored, 0.5))? {
                taken.insert(chosen.clone());
                renames.enums.insert(name.clone(), chosen);
            }
        }
        Ok(())
    }

    fn columns(&mut self, now: &Schema, after: &Schema, renames: &mut Renames) -> Result<(), Error> {
        for (name, table) in &now.tables {
            let Some(wanted) = after.table(name) else { continue };
            let of = (renames.former_table(name).to_string(), name.to_string());
            let mut taken: BTreeSet<String> = BTreeSet::new();
            for column in table.columns.iter().filter(|column| wanted.column(&column.name).is_none()) {
                let new = wanted
                    .columns
                    .iter()
                    .filter(|new| table.column(&new.name).is_none() && !taken.contains(&new.name));
                let scored = new.map(|other| (other.name.clone(), similar::columns(column, other)));
                let candidates = best(scored, 0.6);
                if let Some(chosen) = self.part(RenameKind::Column, &of, &column.name, candidates)? {
                    taken.insert(chosen.clone());
                    let columns = renames.columns.entry(name.clone()).or_default();
                    columns.insert(column.name.clone(), chosen);
                }
            }
        }
        Ok(())
    }

    fn values(&mut self, now: &Schema, after: &Schema, renames: &mut Renames) -> Result<(), Error> {
        for (name, ty) in &now.enums {
            let Some(wanted) = after.enums.get(name) else { continue };
            let of = (renames.former_enum(name).to_string(), name.to_string());
            let mut taken: BTreeSet<String> = BTreeSet::new();
            for value in ty.values.iter().filter(|value| !wanted.values.contains(value)) {
                let new =
                    wanted.values.iter().filter(|new| !ty.values.contains(new) && !taken.contains(*new));
                let candidates = best(new.map(|other| (other.clone(), similar::words(value, other))), 0.0);
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
                    let candidates =
                        best(new.map(|other| (other.clone(), similar::words(value, other))), 0.0);
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

    fn which(
        &mut self,
        kind: RenameKind,
        name: &ObjectName,
        mut candidates: Vec<ObjectName>,
    ) -> Result<Option<ObjectName>, Error> {
        let question = OpenRename {
            kind,
            of: None,
            now_of: None,
            from: name.to_string(),
            is_told: false,
            candidates: candidates.iter().map(ToString::to_string).collect(),
        };
        Ok(self.put(&question)?.map(|chosen| candidates.swap_remove(chosen)))
    }

    /// The same for a part of something, which has an old name and one of now.
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

/// Those that are alike enough, the most alike first, ties by name.
fn best<T: Ord>(scored: impl Iterator<Item = (T, f64)>, least: f64) -> Vec<T> {
    let mut scored: Vec<_> = scored.filter(|(_, score)| *score >= least).collect();
    scored.sort_by(|(a, one), (b, other)| other.total_cmp(one).then_with(|| a.cmp(b)));
    scored.into_iter().map(|(name, _)| name).collect()
}
