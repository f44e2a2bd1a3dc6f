//! Failures of a step, told for people: which revision, which statement, what stays, and what to do.

use migrate_core::{Code, Detail, Error, graph::Direction, revision::Statement};

use super::{Executor, Item, Stop, Work, advice::advice};
use crate::{
    session::{Failure, ServerError},
    url::Engine,
};

impl Executor<'_> {
    /// The error for people: which revision, which statement, where in the file, and the server's own words.
    pub(super) fn explain(&self, work: &Work<'_>, items: &[Item<'_>], stop: Stop) -> Error {
        let id = work.revision;
        match stop {
            Stop::Step(at, message) => {
                let (name, place) = match items.get(at) {
                    Some(Item::Call(call)) => (call.name.as_str(), Some(work.file.place(call.span.clone()))),
                    _ => ("", None),
                };
                let error = Error::new(
                    Code::StepFailed,
                    format!("revision {id}: the Rust step `{name}` failed: {message}"),
                )
                .with_revision(id);
                place.into_iter().fold(error, Error::with_place)
            }
            Stop::Server(at, server) => {
                if let Some(Item::Statement(statement)) = items.get(at) {
                    return self.statement_failed(work, statement, &server);
                }
                let what = match items.get(at) {
                    Some(Item::Own(sql)) if *sql == self.journal.grammar.commit() => "the commit was refused",
                    _ => "the bookkeeping of cargo-migrate",
                };
                server.own(&format!("revision {id}: {what}")).with_revision(id)
            }
        }
    }

    fn statement_failed(&self, work: &Work<'_>, statement: &Statement, server: &ServerError) -> Error {
        let at = server.offset.unwrap_or(0).min(statement.sql.len());
        let span = statement.span.start + at..statement.span.end;
        let code = match server.kind {
            Failure::Lost => Code::ConnectionLost,
            Failure::ReadOnly if self.is_read_only(server) => Code::ReadOnly,
            Failure::Busy | Failure::ReadOnly | Failure::Refused | Failure::MissingTable => {
                Code::StatementFailed
            }
        };
        let error = Error::new(code, format!("revision {}: {}", work.revision, server.describe()))
            .with_place(work.file.place(span))
            .with_revision(work.revision)
            .with_detail("statement", Detail::Text(statement.sql.clone()));
        let reviews = work.file.reviews(&statement.span).into_iter();
        let error = reviews.fold(error, |error, review| error.with_more_help(format!("review: {review}")));
        let engine = self.session.engine();
        if work.direction == Direction::Up && is_there_already(engine, server) {
            return error.with_more_help(format!(
                "if it is there already, with all that this revision does: `stamp {}` writes that down without running it",
                work.revision
            ));
        }
        match advice(engine, server) {
            Some(help) => error.with_more_help(help),
            None => error,
        }
    }

    /// A missing right is the statement's own trouble; a server that takes no writes at all is another.
    fn is_read_only(&self, server: &ServerError) -> bool {
        match self.session.engine() {
            Engine::Postgres => server.code.as_deref() == Some("SQLSTATE 25006"),
            Engine::Mysql => {
                let code = server.code.as_deref().unwrap_or_default();
                ["error 1290,", "error 1792,", "error 1836,"].iter().any(|known| code.starts_with(known))
            }
            Engine::Mssql => server.code.as_deref().is_some_and(|code| code.starts_with("error 3906")),
            Engine::Sqlite => true,
        }
    }
}

/// Whether the server refused to make what it has: a table, a column, an index, a schema or a type of that name.
fn is_there_already(engine: Engine, server: &ServerError) -> bool {
    let code = server.code.as_deref().unwrap_or_default();
    let is =
        |known: &[&str]| known.iter().any(|known| code == *known || code.starts_with(&format!("{known},")));
    match engine {
        // Duplicate table (or index), column, schema, function, object.
        Engine::Postgres => {
            is(&["SQLSTATE 42P07", "SQLSTATE 42701", "SQLSTATE 42P06", "SQLSTATE 42723", "SQLSTATE 42710"])
        }
        // Table, column, key, trigger, routine.
        Engine::Mysql => is(&["error 1050", "error 1060", "error 1061", "error 1359", "error 1304"]),
        // Object, column, index; others say so in words.
        Engine::Mssql => {
            is(&["error 2714", "error 2705", "error 1913"]) || server.message.contains("already exists")
        }
        Engine::Sqlite => {
            server.message.ends_with("already exists") || server.message.starts_with("duplicate column name")
        }
    }
}

/// Adds to an error that nothing stays of what was begun: the transaction around it was rolled back.
pub(super) fn rolled_back(error: Error, work: &Work<'_>) -> Error {
    if error.code() == Code::ConnectionLost {
        // Perhaps in the middle of the commit.
        return error;
    }
    error.with_more_help(if work.opens && work.closes {
        "the revision was rolled back: nothing of it stays"
    } else {
        "all revisions of this run were rolled back: nothing of them stays"
    })
}

/// Adds to an error that earlier statements of the revision stay.
pub(super) fn half_way(error: Error, work: &Work<'_>, kept: usize, failed: usize, total: usize) -> Error {
    let command = match work.direction {
        Direction::Down => "downgrade",
        Direction::Up | Direction::Stamp => "upgrade",
    };
    let help = if failed >= total {
        format!(
            "all statements of revision {} took effect, and recording that did not: run the {command} again",
            work.revision
        )
    } else if kept == 0 {
        format!("nothing of revision {} took effect: mend it and run the {command} again", work.revision)
    } else {
        format!(
            "the first {kept} of {total} statements of revision {} took effect and stay: mend statement {} and run the \
             {command} again, it goes on there",
            work.revision,
            failed + 1
        )
    };
    let number = |count: usize| Detail::Number(i64::try_from(count).unwrap_or(i64::MAX));
    error
        .with_more_help(help)
        .with_detail("statements_done", number(kept))
        .with_detail("statements", number(total))
}

/// The statements of a revision of which nobody knows whether they took effect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doubt {
    /// How many are known to have taken effect.
    pub(crate) done: usize,
    /// How many were begun.
    pub(crate) attempted: usize,
    /// How many there are.
    pub(crate) total: usize,
}

impl Doubt {
    /// Whether it is one statement, which can be settled.
    fn is_of_one(self) -> bool {
        self.attempted <= self.done + 1
    }
}

/// What to do where several statements are in doubt: no word says which of them.
pub(crate) fn look_and_stamp(revision: &str) -> String {
    format!(
        "look at the database; run by hand what is missing, then `stamp {revision}`, or undo what took effect and `stamp` \
         where the database is then"
    )
}

/// The error for statements of which nobody knows whether they took effect.
pub(crate) fn in_doubt(
    cause: &Error,
    revision: &str,
    direction: Direction,
    doubt: Doubt,
    what: &str,
) -> Error {
    let number = |count: usize| Detail::Number(i64::try_from(count).unwrap_or(i64::MAX));
    let Doubt { done, attempted, total } = doubt;
    let (ran, help) = if doubt.is_of_one() {
        (
            format!("statement {} of {total} ran, and nobody knows whether it", done + 1),
            "look at the database; then `resume --done` if the statement took effect, or `resume --redo` if it did not"
                .to_owned(),
        )
    } else {
        (
            format!(
                "statements {} to {} of {total} ran, and nobody knows which of them",
                done + 1,
                attempted.min(total)
            ),
            look_and_stamp(revision),
        )
    };
    // What helps against a broken connection does not help against the doubt.
    let first = cause.help().filter(|_| cause.code() != Code::ConnectionLost);
    let help = first.map_or_else(|| help.clone(), |first| format!("{first}\n{help}"));
    let error = Error::new(
        Code::Interrupted,
        format!("revision {revision} ({direction}): {what} while {ran} took effect: {}", cause.message()),
    )
    .with_help(help)
    .with_revision(revision)
    .with_detail("statements_done", number(done))
    .with_detail("statements", number(total));
    cause.place().cloned().into_iter().fold(error, Error::with_place)
}
