//! What a comparison found, for the console.

use migrate_runtime::cli::Console;

use crate::{
    autogenerate::{Findings, Outcome, Question},
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

/// The same for several dialects.
pub(crate) fn findings(found: &Findings, console: &Console) {
    if console.is_json() {
        console.json(&found.json());
        return;
    }
    changes_of_all(found, console);
    warnings(found, console);
    questions(found.questions(), console);
}

/// The changes of the first dialect, then those that only another has, below its name.
pub(crate) fn changes_of_all(found: &Findings, console: &Console) {
    changes(&found.first.operations, console);
    for other in &found.others {
        let own = other.own(found);
        if !own.is_empty() {
            console.out(&format!("only for {}:", other.outcome.served()));
            changes(own, console);
        }
    }
}

/// What to know.
pub(crate) fn warnings(found: &Findings, console: &Console) {
    for warning in found.warnings() {
        console.warn(&warning);
    }
}

/// The changes, a line each.
pub(crate) fn changes<'a>(operations: impl IntoIterator<Item = &'a Operation>, console: &Console) {
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
    if let Some(refused) = &outcome.refused {
        let help = refused.help().map(|help| format!(" ({help})")).unwrap_or_default();
        console.warn(&format!("the changes cannot be written as SQL: {}{help}", refused.message()));
    }
    questions(outcome.questions(), console);
}

/// What to decide, an option a line.
fn questions(questions: Vec<Question>, console: &Console) {
    for question in questions {
        console.note(&format!("to decide: {}", question.text));
        for option in question.options {
            console.note(&format!("    {option}"));
        }
    }
}
