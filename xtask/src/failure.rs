//! How a task fails: with a sentence that says what happened and what to do.

use std::fmt::Display;

/// Why a task ended without doing what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line makes no sense: the usage is printed, exit code 2.
    Usage(String),
    /// Anything else: exit code 1.
    Task(String),
}

impl Failure {
    /// A failure of the work itself.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Task(message.into())
    }

    /// The sentence alone.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Usage(message) | Self::Task(message) => message,
        }
    }
}

/// The result of everything that can go wrong in a task.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Says what was being done when an error from outside came.
pub(crate) trait Explain<T> {
    /// `what` is the sentence before the colon: `cannot write FILE`.
    fn explain(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Display> Explain<T> for std::result::Result<T, E> {
    fn explain(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Failure::new(format!("{}: {error}", what())))
    }
}
