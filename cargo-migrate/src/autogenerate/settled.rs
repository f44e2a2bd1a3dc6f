//! What the comparison of the first dialect has settled: it is not asked again in another.

use std::collections::BTreeSet;

use super::{Outcome, decide::OpenRename, facts::Facts, fill, loss::Loss, names::Names};
use crate::operation::Operation;

/// Questions that were asked, or stand open, by what they are about. Whatever the answer is, it holds for all dialects.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settled {
    /// The sort of a thing that is gone, the table or the enum that had it, and its name.
    gone: BTreeSet<(&'static str, Option<String>, String)>,
    /// The table, the enum or the schema that loses something, and the column.
    lost: BTreeSet<(String, Option<String>)>,
    /// The values that rows get, of the first dialect; none in the comparison that they are asked for in.
    pub(super) fills: Option<Vec<Operation>>,
}

impl Settled {
    /// What a comparison has settled, by the names of another dialect.
    pub(super) fn of(outcome: &Outcome, names: &Names) -> Self {
        let mut settled = Self { fills: Some(fill::named(&outcome.operations, names)), ..Self::default() };
        for operation in &outcome.operations {
            let mut gone = |kind, of: Option<String>, name: String| {
                settled.gone.insert((kind, of, name));
            };
            match operation {
                Operation::DropTable(table) => gone("table", None, names.of(&table.name).to_string()),
                Operation::DropEnum(ty) => gone("enum", None, names.of(&ty.name).to_string()),
                Operation::DropColumn { table, column } => {
                    gone("column", Some(names.of(table).to_string()), column.name.clone());
                }
                Operation::AlterEnum { before, after } => {
                    for value in before.values.iter().filter(|value| !after.values.contains(value)) {
                        gone("value", Some(names.of(&before.name).to_string()), value.clone());
                    }
                }
                _ => {}
            }
            let Some(loss) = Loss::of(operation, outcome.dialect, &Facts::default()) else { continue };
            let of = match operation {
                Operation::AlterEnum { before, .. } => names.of(&before.name).to_string(),
                other => other.table().map_or_else(|| loss.of.clone(), |table| names.of(table).to_string()),
            };
            settled.lost.insert((of, loss.column));
        }
        settled
    }

    /// Whether it was asked before what became of this.
    pub(super) fn has_asked(&self, question: &OpenRename) -> bool {
        self.gone.contains(&(question.kind.noun(), question.of.clone(), question.from.clone()))
    }

    /// Whether it was asked before if this may be lost.
    pub(super) fn has_asked_for(&self, loss: &Loss) -> bool {
        self.lost.contains(&(loss.of.clone(), loss.column.clone()))
    }
}
