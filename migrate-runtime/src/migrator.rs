use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use migrate_core::{Code, Dialect, Error, graph::Direction};

use crate::{
    Interrupted, NewerDatabase, Report, Settle, Status, StepContext, StepError, TransactionMode, Versions,
    database::{Database, OpenOptions},
    event::Event,
    offline::{self, Action, OfflineScript},
    pause::pause,
    run::Run,
    session::BoxFuture,
    settings::Settings,
};

/// Longer than anybody waits; the clock of a machine cannot count for ever.
const A_YEAR: Duration = Duration::from_hours(365 * 24);

/// Opens the database, runs the block with it, and closes what was opened, whatever came out.
macro_rules! with_run {
    ($self:expr, $database:expr, $create:expr, |$run:ident| $body:expr) => {{
        let opened = $database.open($self.open_options($create)).await?;
        let mut session = opened.0;
        let outcome = match $self.check(session.engine()) {
            Ok(()) => {
                let mut $run = Run::new(&mut *session, $self.versions, &$self.settings);
                $body
            }
            Err(error) => Err(error),
        };
        session.close().await;
        outcome
    }};
}

/// Moves databases through the revisions of a project.
///
/// Cheap to build, needs no connection until it is asked for something, and can be used for any number of databases.
///
/// A future of its methods that is dropped before its end, and a Rust step that panics, end nothing on the server: with a
/// URL the connection closes, and transaction and lock go with it; a connection that the caller holds keeps both until the
/// caller closes it.
///
/// ```no_run
/// # async fn run(database_url: &str) -> Result<(), migrate_runtime::Error> {
/// # static VERSIONS: migrate_runtime::Versions = migrate_runtime::Versions::none();
/// let report = migrate_runtime::Migrator::new(&VERSIONS).upgrade(database_url, "head").await?;
/// for step in &report.steps {
///     println!("{} {}", step.direction, step.revision);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a migrator does nothing until it is asked to"]
pub struct Migrator<'v> {
    versions: &'v Versions,
    settings: Settings,
}

impl<'v> Migrator<'v> {
    /// A migrator with the default settings.
    pub fn new(versions: &'v Versions) -> Self {
        Self { versions, settings: Settings::default() }
    }

    /// The revisions that it works with.
    pub fn versions(&self) -> &'v Versions {
        self.versions
    }

    /// Registers the Rust step that `-- migrate:call NAME` runs, in the transaction of its revision.
    ///
    /// ```
    /// # static VERSIONS: migrate_runtime::Versions = migrate_runtime::Versions::none();
    /// let migrator = migrate_runtime::Migrator::new(&VERSIONS).step("backfill", |context| {
    ///     Box::pin(async move {
    ///         context.execute("UPDATE users SET bio = '' WHERE bio IS NULL").await?;
    ///         Ok(())
    ///     })
    /// });
    /// ```
    pub fn step<F>(mut self, name: impl Into<String>, step: F) -> Self
    where
        F: for<'c> Fn(&'c mut StepContext<'_>) -> BoxFuture<'c, Result<(), StepError>>
            + Send
            + Sync
            + 'static,
    {
        self.settings.steps.insert(name.into(), step);
        self
    }

    /// Tells every step something: [`StepContext::argument`].
    ///
    /// ```
    /// # static VERSIONS: migrate_runtime::Versions = migrate_runtime::Versions::none();
    /// let migrator = migrate_runtime::Migrator::new(&VERSIONS).argument("batch", "5000").step("backfill", |context| {
    ///     Box::pin(async move {
    ///         let batch: u32 = context.argument("batch").unwrap_or("1000").parse()?;
    ///         context.execute(&format!("UPDATE users SET bio = '' WHERE id < {batch}")).await?;
    ///         Ok(())
    ///     })
    /// });
    /// ```
    pub fn argument(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.steps.arguments.insert(key.into(), value.into());
        self
    }

    /// How long to wait while another process migrates. Default: 5 minutes.
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.settings.lock_wait = wait.min(A_YEAR);
        self
    }

    /// How long a statement may wait for a lock on a table or a row. Default: as long as the server says.
    ///
    /// PostgreSQL `lock_timeout`, MySQL `lock_wait_timeout` (whole seconds), SQL Server `LOCK_TIMEOUT`, SQLite
    /// `busy_timeout`.
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeouts.lock = Some(timeout);
        self
    }

    /// How long a statement may run. PostgreSQL `statement_timeout`; the other engines have no such limit for DDL, and
    /// there the call that opens the database fails with [`Code::Usage`].
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeouts.statement = Some(timeout);
        self
    }

    /// Calls the version table `name` and the journal `NAME_history`. Default: `migrate_version` and `migrate_history`.
    pub fn version_table(mut self, name: impl Into<String>) -> Self {
        self.settings.version_table = name.into();
        self.settings.history_table = format!("{}_history", self.settings.version_table);
        self
    }

    /// Puts the two tables in this schema (on MySQL: database); it is created where it is missing, except on MySQL.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.settings.schema = Some(name.into());
        self
    }

    /// How revisions are grouped into transactions. Default: each in its own.
    pub fn transaction_mode(mut self, mode: TransactionMode) -> Self {
        self.settings.transaction = mode;
        self
    }

    /// What to do with a database that a newer release has migrated. Default: refuse.
    pub fn newer_database(mut self, newer: NewerDatabase) -> Self {
        self.settings.newer = newer;
        self
    }

    /// What the journal says about who it was. Default: user, host and process id.
    pub fn operator(mut self, name: impl Into<String>) -> Self {
        self.settings.operator = name.into().chars().filter(|c| !c.is_control()).take(200).collect();
        self
    }

    /// Calls `listener` for each [`Event`], in the task that migrates.
    pub fn on_event(mut self, listener: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.settings.listener = Some(Arc::new(listener));
        self
    }

    /// Plans and reports, but writes nothing and takes no lock.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.settings.dry_run = dry_run;
        self
    }

    /// Applies `target` and every revision that it needs. `head` or `heads` is what a program wants at its start.
    ///
    /// At the head this is one SELECT. Otherwise the migration lock is taken, the database is read again, and what is
    /// missing is applied in the order of the graph.
    ///
    /// # Errors
    /// See [`Code`]: among them `tampered`, `database-ahead`, `locked`, `statement-failed`, `interrupted`.
    pub async fn upgrade<'c>(&self, database: impl Database<'c>, target: &str) -> Result<Report, Error> {
        with_run!(self, database, !self.settings.dry_run, |run| run.walk(Direction::Up, target).await)
    }

    /// Takes back what was applied on top of `target`, which itself stays.
    ///
    /// # Errors
    /// See [`Code`]: among them `irreversible`, `not-an-ancestor`, `ambiguous-walk`, `statement-failed`.
    pub async fn downgrade<'c>(&self, database: impl Database<'c>, target: &str) -> Result<Report, Error> {
        with_run!(self, database, false, |run| run.walk(Direction::Down, target).await)
    }

    /// Writes down that the database is at `targets`, without running anything. With `purge` it counts for nothing
    /// what the database said before.
    ///
    /// # Errors
    /// See [`Code`]: among them `unknown-revision`, `database-ahead`.
    pub async fn stamp<'c>(
        &self,
        database: impl Database<'c>,
        targets: &[&str],
        purge: bool,
    ) -> Result<Report, Error> {
        with_run!(self, database, !self.settings.dry_run, |run| run.stamp(targets, purge).await)
    }

    /// The script that upgrades a database which this program cannot reach: for psql, mysql or mariadb, sqlcmd, sqlite3.
    /// It keeps the version table and the journal, takes the lock, and stops where the database is not where it begins.
    ///
    /// - `range`: `FROM:TO`, or `TO` from an empty database.
    ///
    /// ```
    /// # static VERSIONS: migrate_runtime::Versions = migrate_runtime::Versions::none();
    /// use migrate_runtime::{Dialect, Migrator};
    ///
    /// let script = Migrator::new(&VERSIONS).upgrade_sql(Dialect::Postgres, "head")?;
    /// print!("{}", script.sql);
    /// # Ok::<(), migrate_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of a plan; [`Code::Usage`] for a range that leads down; [`Code::UnknownStep`] for a revision with a Rust step.
    pub fn upgrade_sql(&self, dialect: Dialect, range: &str) -> Result<OfflineScript, Error> {
        offline::script(self.versions, &self.settings, dialect, Action::Upgrade(range), None)
    }

    /// The script that takes revisions back.
    ///
    /// - `range`: `FROM:TO`.
    ///
    /// # Errors
    /// As for [`upgrade_sql`](Self::upgrade_sql); [`Code::Usage`] without a range; [`Code::Irreversible`].
    pub fn downgrade_sql(&self, dialect: Dialect, range: &str) -> Result<OfflineScript, Error> {
        offline::script(self.versions, &self.settings, dialect, Action::Downgrade(range), None)
    }

    /// The script that writes down where a database is, without running anything.
    ///
    /// - `targets`: one range `FROM:TO`, or revisions for a database that has no version table yet.
    ///
    /// # Errors
    /// As for [`upgrade_sql`](Self::upgrade_sql).
    pub fn stamp_sql(&self, dialect: Dialect, targets: &[&str]) -> Result<OfflineScript, Error> {
        offline::script(self.versions, &self.settings, dialect, Action::Stamp(targets), None)
    }

    #[cfg(feature = "cli")]
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The heads of the database: the ids in its version table.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn current<'c>(&self, database: impl Database<'c>) -> Result<Vec<String>, Error> {
        with_run!(self, database, false, |run| run.current().await)
    }

    /// The step that was begun and has not ended, if there is one: it is under way, or stopped half way. Reads only.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn interrupted<'c>(&self, database: impl Database<'c>) -> Result<Option<Interrupted>, Error> {
        with_run!(self, database, false, |run| run.interrupted().await)
    }

    /// How the database stands to the revisions. Reads only.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn status<'c>(&self, database: impl Database<'c>) -> Result<Status, Error> {
        with_run!(self, database, false, |run| run.status().await)
    }

    /// Refuses unless the database is current. Reads only: for programs that must not migrate by themselves.
    ///
    /// # Errors
    /// [`Code::NotCurrent`] that says what is missing; [`Code::Tampered`] that names the revision which was edited.
    pub async fn verify<'c>(&self, database: impl Database<'c>) -> Result<(), Error> {
        with_run!(self, database, false, |run| run.verify().await)
    }

    /// Waits until another process has migrated the database, at most `at_most`. Reads only.
    ///
    /// # Errors
    /// [`Code::NotCurrent`] when the time is over; at once what waiting cannot mend.
    pub async fn wait(&self, database: &str, at_most: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + at_most.min(A_YEAR);
        let mut told = false;
        loop {
            let error = match self.verify(database).await {
                Ok(()) => return Ok(()),
                Err(error)
                    if matches!(
                        error.code(),
                        Code::NotCurrent | Code::Interrupted | Code::ConnectionFailed | Code::ConnectionLost
                    ) =>
                {
                    error
                }
                Err(error) => return Err(error),
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(error);
            }
            if !told {
                told = true;
                self.settings.tell(&Event::Waiting { at_most });
            }
            pause(left.min(Duration::from_millis(500))).await;
        }
    }

    /// Creates the version table and the journal if they are missing.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn ensure_version<'c>(&self, database: impl Database<'c>) -> Result<(), Error> {
        with_run!(self, database, true, |run| run.ensure_version().await)
    }

    /// Settles the statement of which nobody knew whether it took effect; the next upgrade or downgrade goes on there.
    /// Gives the revision.
    ///
    /// # Errors
    /// [`Code::Usage`] where no statement is in doubt.
    pub async fn settle<'c>(&self, database: impl Database<'c>, settle: Settle) -> Result<String, Error> {
        with_run!(self, database, false, |run| run.settle(settle).await)
    }

    fn open_options(&self, create: bool) -> OpenOptions {
        // SQLite counts milliseconds in 31 bits.
        let most = Duration::from_millis(i32::MAX.unsigned_abs().into());
        OpenOptions { create, busy: self.settings.lock_wait.min(most) }
    }

    /// What the engine cannot do is said before it is needed.
    fn check(&self, engine: crate::Engine) -> Result<(), Error> {
        if self.settings.timeouts.statement.is_some() && engine != crate::Engine::Postgres {
            return Err(Error::new(
                Code::Usage,
                format!("{} has no statement timeout for DDL", engine.title()),
            )
            .with_help("leave `statement_timeout` out for this engine"));
        }
        if self.settings.schema.as_deref().is_some_and(|schema| schema != "main")
            && engine == crate::Engine::Sqlite
        {
            return Err(Error::new(Code::Usage, "SQLite has no schemas to put the version table in")
                .with_help("leave `schema` out for this engine"));
        }
        // The shortest limit of the engines is PostgreSQL's 63 bytes; beyond it, both tables would have one name.
        if self.settings.history_table.len() > 63 || self.settings.version_table.is_empty() {
            return Err(Error::new(Code::Usage, "the name of the version table must have 1 to 55 bytes")
                .with_help("its journal is called NAME_history, and an identifier has 63 bytes at most"));
        }
        Ok(())
    }
}
