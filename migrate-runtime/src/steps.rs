use std::{any::Any, collections::BTreeMap, fmt, sync::Arc};

use migrate_core::{Code, Dialect, Error, suggest};

use crate::session::{BoxFuture, Part, Session};

/// What a Rust step may fail with.
pub type StepError = Box<dyn std::error::Error + Send + Sync>;

type StepFn =
    Arc<dyn for<'c> Fn(&'c mut StepContext<'_>) -> BoxFuture<'c, Result<(), StepError>> + Send + Sync>;

/// The Rust steps that an application has registered, and what they are told.
#[derive(Clone, Default)]
pub(crate) struct Steps {
    by_name: BTreeMap<String, StepFn>,
    /// Of `-x KEY=VALUE`.
    pub(crate) arguments: BTreeMap<String, String>,
}

/// What a Rust step works with: the connection, inside the transaction of its revision.
///
/// Run SQL with [`execute`](Self::execute) and [`query`](Self::query), or reach for the driver's own connection with
/// [`driver`](Self::driver).
pub struct StepContext<'s> {
    session: &'s mut (dyn Session + 's),
    dialect: Dialect,
    revision: &'s str,
    arguments: &'s BTreeMap<String, String>,
}

impl Steps {
    pub(crate) fn insert<F>(&mut self, name: String, step: F)
    where
        F: for<'c> Fn(&'c mut StepContext<'_>) -> BoxFuture<'c, Result<(), StepError>>
            + Send
            + Sync
            + 'static,
    {
        self.by_name.insert(name, Arc::new(step));
    }

    /// Refuses a name that nobody has registered.
    pub(crate) fn require(&self, name: &str) -> Result<(), Error> {
        if self.by_name.contains_key(name) {
            return Ok(());
        }
        let registered: Vec<_> = self.by_name.keys().map(String::as_str).collect();
        let near = suggest(name, registered.iter().copied());
        let help = match (near.first(), registered.is_empty()) {
            (Some(near), _) => {
                format!("did you mean `{near}`? A step is registered with `Migrator::step(\"{name}\", ...)`")
            }
            (None, true) => {
                format!("no step is registered: register it with `Migrator::step(\"{name}\", ...)`")
            }
            (None, false) => format!(
                "register it with `Migrator::step(\"{name}\", ...)`; those that are registered: {}",
                registered.join(", ")
            ),
        };
        Err(Error::new(Code::UnknownStep, format!("the Rust step `{name}` is not registered"))
            .with_help(help)
            .with_list("registered", registered))
    }

    pub(crate) async fn call(
        &self,
        name: &str,
        session: &mut (dyn Session + '_),
        dialect: Dialect,
        revision: &str,
    ) -> Result<(), StepError> {
        match self.by_name.get(name) {
            Some(step) => {
                let arguments = &self.arguments;
                step(&mut StepContext { session, dialect, revision, arguments }).await
            }
            None => Err(format!("the Rust step `{name}` is not registered").into()),
        }
    }
}

impl StepContext<'_> {
    /// The dialect that the revision is run for.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The id of the revision that calls the step.
    pub fn revision(&self) -> &str {
        self.revision
    }

    /// What the step was told with `-x KEY=VALUE` on the command line, or with
    /// [`Migrator::argument`](crate::Migrator::argument).
    pub fn argument(&self, key: &str) -> Option<&str> {
        self.arguments.get(key).map(String::as_str)
    }

    /// Runs one statement.
    ///
    /// # Errors
    /// [`Code::StatementFailed`] with the server's message.
    pub async fn execute(&mut self, sql: &str) -> Result<(), Error> {
        self.session
            .run(&[Part::Script(sql)])
            .await
            .map_err(|failed| Error::new(Code::StatementFailed, failed.error.describe()))
    }

    /// Runs one query and gives its rows as text, NULL as `None`.
    ///
    /// # Errors
    /// [`Code::StatementFailed`] with the server's message.
    pub async fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Error> {
        self.session.query(sql).await.map_err(|error| Error::new(Code::StatementFailed, error.describe()))
    }

    /// The driver's own connection, if it is a `T`: `tokio_postgres::Client`, `mysql_async::Conn`,
    /// `rusqlite::Connection`, or `tiberius::Client<_>`. Leave the transaction open.
    pub fn driver<T: Any>(&mut self) -> Option<&mut T> {
        self.session.raw().downcast_mut()
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

impl fmt::Debug for StepContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepContext")
            .field("dialect", &self.dialect)
            .field("revision", &self.revision)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_nobody_registered_is_told_with_those_that_were() {
        let mut steps = Steps::default();
        let help =
            |steps: &Steps| steps.require("backfil").unwrap_err().help().unwrap_or_default().to_owned();
        assert!(help(&steps).starts_with("no step is registered: "));
        steps.insert("reindex".to_owned(), |_| Box::pin(async { Ok(()) }));
        assert!(help(&steps).ends_with("those that are registered: reindex"));
        steps.insert("backfill".to_owned(), |_| Box::pin(async { Ok(()) }));
        assert!(help(&steps).starts_with("did you mean `backfill`?"));
        assert!(steps.require("backfill").is_ok());
    }
}
