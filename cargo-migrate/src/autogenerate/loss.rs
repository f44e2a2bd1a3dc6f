//! What is lost when operations run, and whether that was agreed to.

use migrate_core::{Dialect, Error};
use serde_json::{Value, json};

use super::{
    Answers, Ask,
    facts::{Facts, counted},
    narrow::narrows,
};
use crate::{
    operation::Operation,
    schema::{Column, ObjectName},
};

/// Data that an operation throws away, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loss {
    pub(crate) what: LossKind,
    /// The table, or the enum, or the schema.
    pub(crate) of: String,
    pub(crate) column: Option<String>,
    /// What happens, for people.
    why: String,
    /// Of the table, where they could be counted.
    rows: Option<u64>,
    /// That are not NULL, of the column.
    values: Option<u64>,
}

/// The sort of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LossKind {
    Schema,
    Table,
    Column,
    /// A column's type holds less than before.
    Narrowing,
    /// Values of an enum.
    Values,
    /// How far a sequence has come.
    Sequence,
}

impl Loss {
    /// What an operation loses, if anything. Counted where the table is there by that name.
    pub(crate) fn of(operation: &Operation, dialect: Dialect, facts: &Facts) -> Option<Self> {
        let column_loss = |what, table: &ObjectName, column: &str, why: String| Self {
            what,
            of: table.to_string(),
            column: Some(column.to_owned()),
            why,
            rows: facts.rows(table),
            values: facts.values(table, column),
        };
        match operation {
            Operation::DropTable(table) => Some(Self {
                what: LossKind::Table,
                of: table.name.to_string(),
                column: None,
                why: format!("drop table {}", table.name),
                rows: facts.rows(&table.name),
                values: None,
            }),
            Operation::DropSchema(name) => Some(Self {
                what: LossKind::Schema,
                of: name.clone(),
                column: None,
                why: format!("drop schema {name}"),
                rows: None,
                values: None,
            }),
            // What is computed can be computed again.
            Operation::DropColumn { table, column } if column.generated.is_none() => {
                Some(column_loss(LossKind::Column, table, &column.name, operation.describe()))
            }
            Operation::AlterColumn { table, before, after } => {
                let (what, why) = lossy(dialect, before, after)?;
                Some(column_loss(what, table, &before.name, format!("{table}.{}: {why}", before.name)))
            }
            Operation::AlterEnum { before, after } => {
                let gone: Vec<_> =
                    before.values.iter().filter(|value| !after.values.contains(value)).cloned().collect();
                (!gone.is_empty()).then(|| Self {
                    what: LossKind::Values,
                    of: before.name.to_string(),
                    column: None,
                    why: format!("drop {} from enum {}", gone.join(", "), before.name),
                    rows: None,
                    values: None,
                })
            }
            _ => None,
        }
    }

    /// That of a dropped sequence. `reached` is how far it has come, as a clause.
    pub(super) fn of_sequence(name: &ObjectName, reached: &str) -> Self {
        Self {
            what: LossKind::Sequence,
            of: name.to_string(),
            column: None,
            why: format!("drop sequence {name}{reached}"),
            rows: None,
            values: None,
        }
    }

    /// Whether it was agreed to: by an option, or now.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(crate) fn is_agreed(&self, answers: &Answers, ask: Option<&mut dyn Ask>) -> Result<bool, Error> {
        if answers.may_drop(&self.of, self.column.as_deref()) {
            return Ok(true);
        }
        match ask {
            Some(ask) => ask.agrees(&format!("{}{}: go on?", self.why, self.stake())),
            None => Ok(false),
        }
    }

    /// The option that agrees to it.
    pub(crate) fn option(&self) -> String {
        match &self.column {
            Some(column) => format!("--allow-drop {}.{column}", self.of),
            None => format!("--allow-drop {}", self.of),
        }
    }

    /// What is at stake: ` (3 values in 5 rows)`.
    fn stake(&self) -> String {
        match (self.values, self.rows) {
            (Some(values), Some(rows)) => {
                format!(" ({} in {})", counted(values, "value"), counted(rows, "row"))
            }
            (None, Some(rows)) => format!(" ({})", counted(rows, "row")),
            (_, None) => String::new(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        let what = match self.what {
            LossKind::Schema => "schema",
            LossKind::Table => "table",
            LossKind::Column => "column",
            LossKind::Narrowing => "narrowing",
            LossKind::Values => "values",
            LossKind::Sequence => "sequence",
        };
        json!({
            "kind": "drop",
            "what": what,
            "of": self.of,
            "column": self.column,
            "description": self.why,
            "rows": self.rows,
            "values": self.values,
            "options": [self.option()],
        })
    }

    /// For people, with the option that agrees to it.
    pub(crate) fn describe(&self) -> String {
        format!("{}{} loses data: {}", self.why, self.stake(), self.option())
    }
}

/// Why the new column may hold less than the old one did.
fn lossy(dialect: Dialect, before: &Column, after: &Column) -> Option<(LossKind, String)> {
    if before.generated.is_none() && after.generated.is_some() {
        return Some((LossKind::Column, "what was stored is replaced by what is computed".to_owned()));
    }
    if after.generated.is_some() || !narrows(dialect, &before.ty, &after.ty) {
        return None;
    }
    Some((LossKind::Narrowing, format!("{} becomes {}, which holds less", before.ty, after.ty)))
}
