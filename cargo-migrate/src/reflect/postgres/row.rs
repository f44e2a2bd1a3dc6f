use std::{collections::BTreeMap, str::FromStr};

use migrate_core::{Code, Error};
use migrate_runtime::Connection;
use serde_json::Value;

/// A row of the catalogue, read cell by cell from the left.
#[derive(Debug)]
pub(super) struct Row(std::vec::IntoIter<Option<String>>);

/// Asks the catalogue.
///
/// # Errors
/// [`Code::Database`] with the server's message, [`Code::ConnectionLost`].
pub(super) async fn rows(
    connection: &mut Connection,
    sql: &str,
) -> Result<impl Iterator<Item = Row> + use<>, Error> {
    let rows = connection.query(sql).await.map_err(|error| match error.code() {
        Code::StatementFailed => {
            Error::new(Code::Database, format!("reading the catalogue: {}", error.message()))
        }
        _ => error,
    })?;
    Ok(rows.into_iter().map(|cells| Row(cells.into_iter())))
}

impl Row {
    /// The next cell, which may be NULL.
    pub(super) fn maybe(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    /// The next cell.
    pub(super) fn text(&mut self) -> Result<String, Error> {
        self.maybe().ok_or_else(|| unexpected("a NULL"))
    }

    /// The next cell as what it stands for.
    pub(super) fn parse<T: FromStr>(&mut self) -> Result<T, Error> {
        let text = self.text()?;
        text.parse().map_err(|_| unexpected(&text))
    }

    /// The next cell, a truth value; NULL is none.
    pub(super) fn flag(&mut self) -> bool {
        self.maybe().as_deref() == Some("t")
    }

    /// The next cell, a JSON array; NULL is an empty one.
    pub(super) fn values(&mut self) -> Result<Vec<Value>, Error> {
        match self.maybe() {
            Some(text) => serde_json::from_str(&text).map_err(|_| unexpected(&text)),
            None => Ok(Vec::new()),
        }
    }

    /// The next cell, a JSON array of strings.
    pub(super) fn words(&mut self) -> Result<Vec<String>, Error> {
        let word = |value: Value| value.as_str().map(ToOwned::to_owned);
        Ok(self.values()?.into_iter().filter_map(word).collect())
    }

    /// The next cell, a JSON array of the numbers of columns.
    pub(super) fn numbers(&mut self) -> Result<Vec<i16>, Error> {
        let number = |value: Value| value.as_i64().and_then(|number| i16::try_from(number).ok());
        Ok(self.values()?.into_iter().filter_map(number).collect())
    }

    /// The next cell, a JSON array of `key=value`.
    pub(super) fn options(&mut self) -> Result<BTreeMap<String, String>, Error> {
        Ok(self
            .words()?
            .into_iter()
            .map(|word| match word.split_once('=') {
                Some((key, value)) => (key.to_owned(), value.to_owned()),
                None => (word, String::new()),
            })
            .collect())
    }
}

/// The catalogue has something that its documentation does not have.
fn unexpected(what: &str) -> Error {
    Error::new(Code::Database, format!("reading the catalogue: {} was not expected", what.escape_debug()))
}
