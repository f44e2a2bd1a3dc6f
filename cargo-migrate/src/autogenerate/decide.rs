//! Which of what is gone lives on under another name.

use std::collections::BTreeSet;

use migrate_core::Error;
use serde_json::{Value, json};

use super::{Answers, Ask, shell, similar};
use crate::{
    diff::Renames,
    schema::{ObjectName, Schema},
};

/// A question that nobody has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenRename {
    pub(crate) kind: RenameKind,
    /// Of a column or a value: the table, the enum.
    pub(crate) of: Option<String>,
    pub(crate) from: String,
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
}

impl RenameKind {
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Column => "column",
            Self::Enum => "enum",
            Self::Value => "value",
        }
    }
}

impl OpenRename {
    /// For people, without the options that answer it.
    pub(crate) fn question(&self) -> String {
        let of = self.of.as_ref().map(|of| format!("{of}.")).unwrap_or_default();
        format!("the {} {of}{} is gone: was it renamed?", self.kind.noun(), self.from)
    }

    /// The options that would answer it, the most likely first; the last says no.
    pub(crate) fn options(&self) -> Vec<String> {
        let of = self.of.as_ref().map(|of| format!("{of}.")).unwrap_or_default();
        let mut options: Vec<_> = self
            .candidates
            .iter()
            .map(|candidate| {
                let pair = format!("{of}{}={of}{candidate}", self.from);
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
        match (self.kind, &self.of) {
            (RenameKind::Table, _) => inner.is_none() && self.from == dropped,
            (RenameKind::Column, of) => of.as_deref() == Some(dropped) && inner == Some(self.from.as_str()),
            (RenameKind::Enum, _) => false,
            // Which values an enum loses is known when all its questions are answered.
            (RenameKind::Value, of) => inner.is_none() && of.as_deref() == Some(dropped),
        }
    }
}

/// Completes the renames: everything that is gone and has a likely successor is asked about, or stays open.
///
/// # Errors
/// Those of `ask`.
pub(crate) fn settle(
    before: &Schema,
    after: &Schema,
    mut renames: Renames,
    answers: &Answers,
    mut ask: Option<&mut dyn Ask>,
) -> Result<(Renames, Vec<OpenRename>), Error> {
    let mut open = Vec::new();
    if answers.nothing_else {
        return Ok((renames, open));
    }
    let mut taken: BTreeSet<ObjectName> = BTreeSet::new();
    let now = renames.renamed(before);
    for (name, table) in now.tables.iter().filter(|(name, _)| !after.tables.contains_key(name)) {
        let new =
            after.tables.iter().filter(|(name, _)| !now.tables.contains_key(name) && !taken.contains(name));
        let candidates = best(new.map(|(name, other)| (name.clone(), similar::tables(table, other))), 0.6);
        let question = OpenRename {
            kind: RenameKind::Table,
            of: None,
            from: name.to_string(),
            candidates: candidates.iter().map(ToString::to_string).collect(),
        };
        if let Some(chosen) = put(&question, answers, &mut ask, &mut open)? {
            taken.insert(candidates[chosen].clone());
            renames.tables.insert(name.clone(), candidates[chosen].clone());
        }
    }
    for (name, ty) in now.enums.iter().filter(|(name, _)| !after.enums.contains_key(name)) {
        let new =
            after.enums.iter().filter(|(name, _)| !now.enums.contains_key(name) && !taken.contains(name));
        let candidates =
            best(new.map(|(name, other)| (name.clone(), similar::values(&ty.values, &other.values))), 0.5);
        let question = OpenRename {
            kind: RenameKind::Enum,
            of: None,
            from: name.to_string(),
            candidates: candidates.iter().map(ToString::to_string).collect(),
        };
        if let Some(chosen) = put(&question, answers, &mut ask, &mut open)? {
            taken.insert(candidates[chosen].clone());
            renames.enums.insert(name.clone(), candidates[chosen].clone());
        }
    }
    let now = renames.renamed(before);
    for (name, table) in &now.tables {
        let Some(wanted) = after.table(name) else { continue };
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for column in table.columns.iter().filter(|column| wanted.column(&column.name).is_none()) {
            let new = wanted
                .columns
                .iter()
                .filter(|new| table.column(&new.name).is_none() && !taken.contains(&new.name));
            let candidates =
                best(new.map(|other| (other.name.clone(), similar::columns(column, other))), 0.6);
            let question = OpenRename {
                kind: RenameKind::Column,
                of: Some(name.to_string()),
                from: column.name.clone(),
                candidates: candidates.clone(),
            };
            if let Some(chosen) = put(&question, answers, &mut ask, &mut open)? {
                taken.insert(candidates[chosen].clone());
                let columns = renames.columns.entry(name.clone()).or_default();
                columns.insert(column.name.clone(), candidates[chosen].clone());
            }
        }
    }
    for (name, ty) in &now.enums {
        let Some(wanted) = after.enums.get(name) else { continue };
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for value in ty.values.iter().filter(|value| !wanted.values.contains(value)) {
            let new = wanted.values.iter().filter(|new| !ty.values.contains(new) && !taken.contains(*new));
            let candidates = best(new.map(|other| (other.clone(), similar::words(value, other))), 0.0);
            let question = OpenRename {
                kind: RenameKind::Value,
                of: Some(name.to_string()),
                from: value.clone(),
                candidates: candidates.clone(),
            };
            if let Some(chosen) = put(&question, answers, &mut ask, &mut open)? {
                taken.insert(candidates[chosen].clone());
                let values = renames.enum_values.entry(name.clone()).or_default();
                values.insert(value.clone(), candidates[chosen].clone());
            }
        }
    }
    Ok((renames, open))
}

/// Asks, or leaves the question open. Without a candidate there is no question, nor where it was put before.
fn put(
    question: &OpenRename,
    answers: &Answers,
    ask: &mut Option<&mut dyn Ask>,
    open: &mut Vec<OpenRename>,
) -> Result<Option<usize>, Error> {
    if question.candidates.is_empty() || answers.settled.has_asked(question) {
        return Ok(None);
    }
    if let Some(ask) = ask {
        return ask.which(&question.question(), &question.candidates);
    }
    open.push(question.clone());
    Ok(None)
}

/// Those that are alike enough, the most alike first, ties by name.
fn best<T: Ord>(scored: impl Iterator<Item = (T, f64)>, least: f64) -> Vec<T> {
    let mut scored: Vec<_> = scored.filter(|(_, score)| *score >= least).collect();
    scored.sort_by(|(a, one), (b, other)| other.total_cmp(one).then_with(|| a.cmp(b)));
    scored.into_iter().map(|(name, _)| name).collect()
}
