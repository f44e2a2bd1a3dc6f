use std::str::FromStr;

use migrate_core::{Code, Error};

/// One row of the catalogue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a>(&'a [Option<String>]);

impl<'a> Cells<'a> {
    pub(super) fn new(row: &'a [Option<String>]) -> Self {
        Self(row)
    }

    /// The cell, which may be NULL.
    pub(super) fn maybe(&self, at: usize) -> Option<&'a str> {
        self.0.get(at)?.as_deref()
    }

    pub(super) fn text(&self, at: usize) -> Result<&'a str, Error> {
        self.maybe(at).ok_or_else(|| odd(at, "NULL"))
    }

    /// A `bit`; NULL is no.
    pub(super) fn flag(&self, at: usize) -> bool {
        self.maybe(at) == Some("1")
    }

    pub(super) fn number<T: FromStr>(&self, at: usize) -> Result<T, Error> {
        let text = self.text(at)?;
        text.parse().map_err(|_| odd(at, text))
    }
}

fn odd(at: usize, found: &str) -> Error {
    let message = format!("the server's catalogue has `{found}` where it cannot be (cell {})", at + 1);
    Error::new(Code::Database, message)
        .with_help("this is a defect of cargo-migrate, or a server that it does not know: please report it")
}
