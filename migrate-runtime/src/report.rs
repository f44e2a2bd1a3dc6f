use std::{fmt, time::Duration};

use migrate_core::{Dialect, graph::Direction};

/// What an upgrade, a downgrade or a stamp did, or (dry run) would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The dialect that the revisions ran for.
    pub dialect: Dialect,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The heads of the database before.
    pub from: Vec<String>,
    /// The heads of the database after.
    pub to: Vec<String>,
    /// What was done, in order. Empty: there was nothing to do.
    pub steps: Vec<StepReport>,
}

/// One step of a [`Report`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepReport {
    /// The revision.
    pub revision: String,
    /// Its message.
    pub message: String,
    /// Up, down or stamp.
    pub direction: Direction,
    /// How many statements and Rust steps it has; of a revision that was gone on with, how many were left.
    pub statements: usize,
    /// How long it took; zero in a dry run.
    pub duration: Duration,
}

/// A step that was begun and has not ended: it is under way, or stopped half way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// The revision.
    pub revision: String,
    /// `up` or `down`.
    pub direction: String,
    /// How many of its statements are known to be done.
    pub statements_done: usize,
    /// How many were begun.
    pub statements_begun: usize,
    /// Whether more were begun than are known to be done, so that nobody knows whether those took effect.
    pub is_in_doubt: bool,
    /// When it began, as the server writes it.
    pub started: String,
    /// Who began it.
    pub who: String,
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { revision, direction, statements_done, statements_begun, is_in_doubt, started, who } = self;
        if *is_in_doubt {
            let first = statements_done + 1;
            write!(f, "revision {revision} ({direction}) is under way, or was interrupted in ")?;
            if *statements_begun > first {
                write!(f, "statements {first} to {statements_begun}")?;
            } else {
                write!(f, "statement {first}")?;
            }
        } else {
            write!(f, "revision {revision} ({direction}) stopped after statement {statements_done}")?;
        }
        write!(f, " (begun {started} by {who})")
    }
}

/// How a database stands to the revisions of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Every revision is applied, and nothing else.
    Current,
    /// These revisions are missing, in the order in which an upgrade would apply them.
    Pending(Vec<String>),
    /// Every revision of this program is applied, and the database has others: a newer release has migrated it.
    Ahead {
        /// The heads that this program does not know.
        unknown: Vec<String>,
    },
    /// The database's history is not this program's: a revision was edited after it ran, or the heads belong to
    /// another history.
    Diverged {
        /// The heads of the database that do not fit.
        revisions: Vec<String>,
    },
}
