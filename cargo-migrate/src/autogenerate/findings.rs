//! What the comparisons in all dialects found, together.

use std::collections::BTreeSet;

use migrate_core::{Dialect, Error};
use serde_json::{Value, json};

use super::{Outcome, Sections, Warning, decide::OpenRename, loss::Loss, outcome::Question, shape::Shapes};
use crate::{ddl::Statement, operation::Operation, schema::Schema};

/// The first comparison, and what there is in the other dialects.
#[derive(Debug)]
pub(crate) struct Findings {
    /// Of the first dialect, or of the only one that was asked for.
    pub(crate) first: Outcome,
    /// What the models give in its dialect.
    pub(crate) written: Schema,
    pub(crate) others: Vec<Other>,
    pub(crate) notes: Vec<Note>,
}

/// The same change in another dialect.
#[derive(Debug)]
pub(crate) struct Other {
    pub(crate) outcome: Outcome,
    /// What the models give in its dialect.
    pub(super) written: Schema,
    /// Worked out from the first comparison: there was no server to compare on.
    pub(crate) is_translated: bool,
}

/// Something to know that is about no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// Kebab-case, for programs.
    pub(crate) code: &'static str,
    /// Of the dialect that it is about, if it is about one.
    pub(crate) dialect: Option<Dialect>,
    pub(crate) message: String,
}

impl Note {
    /// The sections of a dialect are a translation.
    pub(super) fn translated(dialect: Dialect, first: Dialect) -> Self {
        Self {
            code: "translated",
            dialect: Some(dialect),
            message: format!(
                "the sections for {dialect} were translated from {first}'s, not compared: name a server in \
                 [autogenerate.servers]"
            ),
        }
    }

    /// Rust steps were passed over.
    pub(crate) fn skipped(steps: &BTreeSet<String>) -> Option<Self> {
        let names: Vec<_> = steps.iter().map(String::as_str).collect();
        let (noun, verb) = if names.len() == 1 { ("step", "does") } else { ("steps", "do") };
        (!names.is_empty()).then(|| Self {
            code: "steps-skipped",
            dialect: None,
            message: format!(
                "the replay of the revisions has skipped the Rust {noun} {}: there are no rows in an empty database; what \
                 the {noun} {verb} to the schema is not seen",
                names.join(", ")
            ),
        })
    }

    fn json(&self) -> Value {
        json!({
            "code": self.code,
            "table": null,
            "message": self.message,
            "dialect": self.dialect.map(Dialect::name),
        })
    }
}

impl Findings {
    /// Every comparison, the first of them first.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        std::iter::once(&self.first).chain(self.others.iter().map(|other| &other.outcome))
    }

    /// Whether nothing differs, in no dialect.
    pub(crate) fn is_empty(&self) -> bool {
        self.outcomes().all(|outcome| outcome.operations.is_empty())
    }

    /// That there are sections for every dialect.
    ///
    /// # Errors
    /// The first that was refused.
    pub(crate) fn require_sections(&self) -> Result<(), Error> {
        self.outcomes().try_for_each(Outcome::require_sections)
    }

    /// Whether something must be decided first.
    pub(crate) fn is_open(&self) -> bool {
        self.outcomes().any(Outcome::is_open)
    }

    /// The sections of every dialect.
    pub(crate) fn sections(&self) -> impl Iterator<Item = &Sections> {
        self.outcomes().flat_map(|outcome| &outcome.sections)
    }

    /// What must be decided; with the dialect, where it is another than the first.
    pub(crate) fn questions(&self) -> Vec<Question> {
        let others = self.others.iter().flat_map(|other| {
            let questions = other.outcome.questions().into_iter();
            questions.map(|question| Question { text: other.tagged(&question.text), ..question })
        });
        self.first.questions().into_iter().chain(others).collect()
    }

    /// What to know, likewise.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let first = self.first.warnings.iter().map(|warning| warning.message.clone());
        let others = self
            .others
            .iter()
            .flat_map(|other| other.outcome.warnings.iter().map(|warning| other.tagged(&warning.message)));
        let notes = self.notes.iter().map(|note| note.message.clone());
        let refused = self.outcomes().filter_map(|outcome| outcome.refused.as_ref()).map(|refused| {
            let help = refused.help().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("the changes cannot be written as SQL: {}{help}", refused.message())
        });
        first.chain(others).chain(notes).chain(refused).collect()
    }

    /// Everything, for programs. Changes and SQL are those of the first dialect; the other dialects have their own.
    pub(crate) fn json(&self) -> Value {
        let mut found = self.first.json();
        let (mut decisions, mut warnings) = (Vec::new(), Vec::new());
        for outcome in self.outcomes() {
            let open = outcome.open.iter().map(OpenRename::json).chain(outcome.losses.iter().map(Loss::json));
            decisions.extend(open.map(|value| with_dialect(value, outcome)));
            let said = outcome.warnings.iter().map(Warning::json).chain(outcome.refusal());
            warnings.extend(said.map(|value| with_dialect(value, outcome)));
        }
        warnings.extend(self.notes.iter().map(Note::json));
        found["decisions"] = json!(decisions);
        found["warnings"] = json!(warnings);
        let others = self.others.iter().map(|other| {
            let texts = |of: fn(&Sections) -> &[Statement]| -> Vec<&str> {
                let statements = other.outcome.sections.iter().flat_map(of);
                statements.map(|statement| statement.sql.as_str()).collect()
            };
            json!({
                "dialect": other.outcome.served().name(),
                "translated": other.is_translated,
                "changes": other.outcome.operations.iter().map(Operation::json).collect::<Vec<_>>(),
                "sql": { "up": texts(|own| &own.up), "down": texts(|own| &own.down) },
            })
        });
        found["others"] = json!(others.collect::<Vec<_>>());
        found
    }
}

impl Other {
    fn tagged(&self, text: &str) -> String {
        format!("{}: {text}", self.outcome.served())
    }

    /// The changes that the first dialect does not have, in whatever shape.
    pub(crate) fn own<'a>(&'a self, found: &Findings) -> Vec<&'a Operation> {
        let common = Shapes::of(&found.first.operations, &found.written);
        common.strangers(&self.outcome.operations, &self.written)
    }
}

fn with_dialect(mut value: Value, outcome: &Outcome) -> Value {
    value["dialect"] = json!(outcome.served().name());
    value
}
