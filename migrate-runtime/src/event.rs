use std::{future::Future, path::Path, time::Duration};

use migrate_core::graph::Direction;

/// Something that happens while a database is moved. For a log or a progress bar.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// SQLite: there is no such file yet, and it is created now.
    Creating {
        /// Its absolute path.
        file: &'a Path,
    },
    /// Another process holds the migration lock; we wait for it.
    Waiting {
        /// How long the wait may take in all.
        at_most: Duration,
    },
    /// A revision begins.
    Started {
        /// Which one.
        revision: &'a str,
        /// Its message.
        message: &'a str,
        /// Up or down.
        direction: Direction,
        /// Its place among the steps of the plan, from 1.
        number: usize,
        /// How many steps the plan has.
        of: usize,
    },
    /// A revision is done and committed.
    Finished {
        /// Which one.
        revision: &'a str,
        /// Up or down.
        direction: Direction,
        /// How many statements and Rust steps it ran.
        statements: usize,
        /// How long it took.
        duration: Duration,
    },
    /// A revision that stopped half way is gone on with.
    Resumed {
        /// Which one.
        revision: &'a str,
        /// The statement that is next, from 1.
        statement: usize,
        /// How many it has.
        of: usize,
    },
    /// Something to look at that does not stop the run.
    Warning {
        /// What it is.
        message: &'a str,
    },
}

/// Sends an event to `tracing`, if the feature is on.
#[cfg(feature = "tracing")]
pub(crate) fn trace(event: &Event<'_>) {
    match event {
        Event::Creating { file } => tracing::info!(file = %file.display(), "creating the database file"),
        Event::Waiting { at_most } => {
            tracing::info!(at_most_secs = at_most.as_secs(), "waiting for another process to migrate");
        }
        Event::Started { revision, message, direction, number, of } => {
            tracing::info!(revision, message, %direction, number, of, "revision started");
        }
        Event::Finished { revision, direction, statements, duration } => {
            let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
            tracing::info!(revision, %direction, statements, duration_ms, "revision finished");
        }
        Event::Resumed { revision, statement, of } => {
            tracing::info!(revision, statement, of, "going on with a revision that stopped half way");
        }
        Event::Warning { message } => tracing::warn!("{message}"),
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) fn trace(_event: &Event<'_>) {}

/// Runs `future` in a span that names the revision.
#[cfg(feature = "tracing")]
pub(crate) async fn in_span<T>(revision: &str, direction: Direction, future: impl Future<Output = T>) -> T {
    use tracing::Instrument as _;
    future.instrument(tracing::info_span!("revision", revision, %direction)).await
}

#[cfg(not(feature = "tracing"))]
pub(crate) async fn in_span<T>(_revision: &str, _direction: Direction, future: impl Future<Output = T>) -> T {
    future.await
}
