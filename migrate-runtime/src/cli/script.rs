//! The statements of a revision, for people and for programs.

use migrate_core::{
    Error,
    graph::Direction,
    revision::{Side, Step},
};

use super::App;
use crate::Report;

/// What a step does, as it stands in a file.
pub(super) fn text(step: &Step) -> String {
    match step {
        Step::Statement(statement) => statement.sql.clone(),
        Step::Call(call) => format!("-- migrate:call {}", call.name),
    }
}

/// A statement, and what a human was to look at before it runs.
pub(super) struct Shown {
    pub(super) reviews: Vec<String>,
    pub(super) sql: String,
}

/// What the revision of a report's step would run.
pub(super) fn of_step(
    app: &App<'_>,
    report: &Report,
    revision: &str,
    direction: Direction,
) -> Result<Vec<Shown>, Error> {
    let side = match direction {
        Direction::Up => Side::Up,
        Direction::Down => Side::Down,
        Direction::Stamp => return Ok(Vec::new()),
    };
    let file = app.versions().file(revision)?;
    let script = file.script(report.dialect, side)?;
    Ok(script.steps().map(|step| Shown { reviews: file.reviews(&step.span()), sql: text(step) }).collect())
}
