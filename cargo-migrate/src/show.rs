//! What a comparison found, for the console.

use migrate_runtime::cli::Console;

use crate::{
    autogenerate::Outcome,
    operation::{Nature, Operation},
};

/// The changes, a line each; with `--format json` everything as one object. Warnings and questions go to stderr.
pub(crate) fn outcome(outcome: &Outcome, console: &Console) {
    if console.is_json() {
        console.json(&outcome.json());
        return;
    }
    if outcome.operations.is_empty() {
        console.note("no differences");
    }
    changes(&outcome.operations, console);
    remarks(outcome, console);
}

/// The changes, a line each.
pub(crate) fn changes(operations: &[Operation], console: &Console) {
    for operation in operations {
        let nature = operation.nature();
        let line = format!("{} {}", nature.sign(), operation.describe());
        console.out(&match nature {
            Nature::Adds => console.good(&line),
            Nature::Drops => console.bad(&line),
            Nature::Changes => console.emphasis(&line),
        });
    }
}

/// What to know and what to decide.
pub(crate) fn remarks(outcome: &Outcome, console: &Console) {
    for warning in &outcome.warnings {
        console.warn(&warning.message);
    }
    for question in outcome.questions() {
        console.note(&format!("to decide: {}", question.text));
        for option in question.options {
            console.note(&format!("    {option}"));
        }
    }
}
