//! One command on one open database: read the heads, plan, take the lock, read again, act.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    time::{Duration, Instant},
};

use migrate_core::{
    Code, Dialect, Error, RevisionId,
    graph::{Direction, Graph, Plan, Stamp, State},
    revision::{Script, Side},
    seal::StepsDigest,
};

use crate::{
    engine::{Grammar, Tables, grammar},
    event::{Event, in_span},
    execute::{Executor, Outcome, Work, in_doubt},
    journal::{Journal, Unfinished},
    pause::pause,
    report::{Report, Status, StepReport},
    session::{Failure, Part, Session},
    settings::{NewerDatabase, Settings, TransactionMode},
    url::Engine,
    versions::Versions,
};

/// The rows of the version table: revision and lineage.
type Rows = Vec<(String, String)>;

/// An open database, and what is to be done with it.
pub(crate) struct Run<'r> {
    session: &'r mut (dyn Session + 'r),
    versions: &'r Versions,
    settings: &'r Settings,
    grammar: &'static dyn Grammar,
    tables: Tables,
    /// Told by the server, on MySQL.
    server_version: Option<String>,
    /// Statements that bring the session's settings back.
    restore: Vec<String>,
}

/// The revision to run next, ready.
struct Prepared<'a> {
    revision: String,
    message: String,
    direction: Direction,
    file: std::borrow::Cow<'a, migrate_core::revision::RevisionFile<'a>>,
    script: Script,
    checksum: Option<String>,
    delete: Vec<RevisionId>,
    insert: Vec<(RevisionId, String)>,
}

/// How an interrupted step is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// The statement in doubt took effect.
    Done,
    /// It did not, and is to run again.
    Redo,
}

impl<'r> Run<'r> {
    pub(crate) fn new(
        session: &'r mut (dyn Session + 'r),
        versions: &'r Versions,
        settings: &'r Settings,
    ) -> Self {
        let tables = Tables {
            namespace: settings.schema.iter().cloned().collect(),
            version: settings.version_table.clone(),
            history: settings.history_table.clone(),
        };
        let grammar = grammar(session.engine());
        Self { session, versions, settings, grammar, tables, server_version: None, restore: Vec::new() }
    }

    /// One SELECT. None: there is no version table, and so nothing is applied.
    async fn heads(&mut self) -> Result<Option<Rows>, Error> {
        let sql = self.grammar.heads(&self.tables);
        let rows = match self.session.query(&sql).await {
            Ok(rows) => rows,
            Err(error) if error.kind == Failure::MissingTable => return Ok(None),
            Err(error) => return Err(error.own("reading the version table")),
        };
        let mut heads = Vec::with_capacity(rows.len());
        for row in rows {
            let mut cells = row.into_iter();
            let Some(Some(revision)) = cells.next() else { return Ok(None) };
            let lineage = cells.next().flatten().unwrap_or_default();
            if let Some(Some(version)) = cells.next() {
                self.server_version = Some(version);
            }
            heads.push((revision, lineage.trim_end().to_owned()));
        }
        heads.sort_unstable();
        Ok(Some(heads))
    }

    /// The dialect that this server is served as.
    async fn dialect(&mut self) -> Result<Dialect, Error> {
        let served = self.versions.dialects();
        let (dialect, name) = match self.session.engine() {
            Engine::Postgres => (Dialect::Postgres, "PostgreSQL"),
            Engine::Mssql => (Dialect::Mssql, "SQL Server"),
            Engine::Sqlite => (Dialect::Sqlite, "SQLite"),
            Engine::Mysql => {
                let version = match self.server_version.take() {
                    Some(version) => version,
                    None => self.one_cell("SELECT VERSION()", "asking for the server's version").await?,
                };
                let is_mariadb = version.contains("MariaDB");
                self.server_version = Some(version);
                match (is_mariadb, served.contains(&Dialect::Mariadb)) {
                    (true, true) => (Dialect::Mariadb, "MariaDB"),
                    (true, false) => (Dialect::Mysql, "MariaDB"),
                    (false, _) => (Dialect::Mysql, "MySQL"),
                }
            }
        };
        if served.contains(&dialect) || self.versions.is_empty() {
            return Ok(dialect);
        }
        let listed: Vec<_> = served.iter().map(|dialect| dialect.name()).collect();
        Err(Error::new(
            Code::DialectNotConfigured,
            format!("the server is {name}, and the revisions are written for {}", listed.join(", ")),
        )
        .with_help(format!(
            "add \"{dialect}\" to the line `dialects = [...]` of migrate.toml, give each revision a section for it, and \
             run `cargo migrate lock`"
        )))
    }

    async fn one_cell(&mut self, sql: &str, what: &str) -> Result<String, Error> {
        let rows = self.session.query(sql).await.map_err(|error| error.own(what))?;
        rows.into_iter()
            .next()
            .and_then(|row| row.into_iter().next().flatten())
            .ok_or_else(|| Error::new(Code::Database, format!("{what}: the server gave no answer")))
    }

    /// The state of the database in the graph, if its history is ours.
    async fn state(
        &mut self,
        graph: &Graph,
        dialect: Dialect,
        rows: &Rows,
        strict: bool,
    ) -> Result<State, Error> {
        let ids = ids(rows)?;
        let state = match State::new(graph, &ids) {
            Ok(state) => state,
            Err(error) if error.code() == Code::DatabaseAhead => {
                return Err(self.explain_unknown(graph, rows, error).await);
            }
            Err(error) => return Err(error),
        };
        for (revision, lineage) in rows {
            let sealed = self.versions.seal(revision, dialect);
            if sealed.is_some_and(|seal| seal.lineage != *lineage) {
                let error = self.tampered(graph, dialect, revision).await;
                if strict {
                    return Err(error);
                }
                self.settings.tell(&Event::Warning { message: error.message() });
            }
        }
        Ok(state)
    }

    /// Which revision was edited after it ran, as far as the journal can tell.
    async fn tampered(&mut self, graph: &Graph, dialect: Dialect, head: &str) -> Error {
        let done = self.done().await.unwrap_or_default();
        let edited = graph.iter().find_map(|(_, node)| {
            let id = node.id.as_str();
            let last = done.iter().rev().find(|row| row[0] == id && row[1] == "up")?;
            let now = self.versions.seal(id, dialect)?;
            (!last[2].is_empty() && last[2].trim_end() != now.checksum).then(|| (id.to_owned(), last.clone()))
        });
        let (message, revision) = match edited {
            Some((id, row)) => (
                format!(
                    "revision {id} was edited after this database had run it (at {}, by {})",
                    row[3], row[4]
                ),
                id,
            ),
            None => (
                format!(
                    "the history up to revision {head} is not the one that this database has run: a revision was edited or re-parented"
                ),
                head.to_owned(),
            ),
        };
        let file = self.versions.file(&revision).map(|file| file.name().to_owned()).unwrap_or_default();
        Error::new(Code::Tampered, message)
            .with_help(format!(
                "undo the edit of {file} and write a new revision instead; on a development database: downgrade below it, \
                 then upgrade"
            ))
            .with_revision(revision)
    }

    async fn explain_unknown(&mut self, graph: &Graph, rows: &Rows, error: Error) -> Error {
        let unknown: Vec<_> = rows
            .iter()
            .map(|(id, _)| id.as_str())
            .filter(|id| id.parse().is_ok_and(|id: RevisionId| graph.find(&id).is_none()))
            .collect();
        let listed = unknown.join(", ");
        let error = if self.has_all_of_ours(graph).await.unwrap_or(false) {
            Error::new(
                Code::DatabaseAhead,
                format!("the database is ahead of this program: a newer release has applied {listed}"),
            )
            .with_help(
                "run the newer release; or, if this one works with the newer schema, say so with \
                 `Migrator::newer_database(NewerDatabase::Accept)`",
            )
        } else {
            Error::new(error.code(), format!("the database has revisions that are not here: {listed}")).with_help(
                "is this the right database, and is the versions folder complete? `stamp --purge` overwrites what the \
                 database says",
            )
        };
        error.with_list("unknown", unknown)
    }

    /// Revision, direction, checksum, time and operator of what was done, oldest first.
    async fn done(&mut self) -> Result<Vec<[String; 5]>, Error> {
        let sql = self.journal().done();
        let rows = self.session.query(&sql).await.map_err(|error| error.own("reading the journal"))?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let mut cells = row.into_iter().map(Option::unwrap_or_default);
                std::array::from_fn(|_| cells.next().unwrap_or_default())
            })
            .collect())
    }

    /// Whether the journal shows every revision of this program as applied.
    async fn has_all_of_ours(&mut self, graph: &Graph) -> Result<bool, Error> {
        let mut applied = State::empty(graph).applied().clone();
        for [revision, direction, ..] in self.done().await? {
            let Some(index) = revision.parse().ok().and_then(|id| graph.find(&id)) else { continue };
            match direction.as_str() {
                "up" => drop(applied.insert(index)),
                "down" => drop(applied.remove(index)),
                "stamp" => applied.union_with(&graph.ancestors(&[index])),
                _ => {}
            }
        }
        Ok(applied.len() == graph.len())
    }

    fn journal(&self) -> Journal<'_> {
        Journal { grammar: self.grammar, tables: &self.tables, operator: &self.settings.operator }
    }

    /// Runs `upgrade` (or with [`Direction::Down`] `downgrade`) to `target`.
    pub(crate) async fn walk(&mut self, direction: Direction, target: &str) -> Result<Report, Error> {
        let rows = self.heads().await?;
        let dialect = self.dialect().await?;
        if direction == Direction::Up && matches!(target, "head" | "heads") {
            let at_heads = rows
                .as_ref()
                .map_or(self.versions.is_empty(), |rows| self.versions.is_at_heads(dialect, rows));
            if at_heads {
                return Ok(self.nothing(dialect, &rows.unwrap_or_default()));
            }
        }
        let graph = self.versions.graph()?;
        let graph = graph.as_ref();
        let rows = rows.unwrap_or_default();
        let state = match self.state(graph, dialect, &rows, direction == Direction::Up).await {
            Ok(state) => state,
            Err(error)
                if error.code() == Code::DatabaseAhead
                    && direction == Direction::Up
                    && self.settings.newer == NewerDatabase::Accept
                    && self.has_all_of_ours(graph).await? =>
            {
                self.settings.tell(&Event::Warning { message: error.message() });
                return Ok(self.nothing(dialect, &rows));
            }
            Err(error) => return Err(error),
        };
        let plan = Self::plan(graph, &state, direction, target)?;
        // Whatever is wrong with a script is said before anything runs, and before anybody is kept waiting.
        let prepared = self.prepare(graph, dialect, &plan)?;
        if plan.steps.is_empty() || self.settings.dry_run {
            return Ok(self.dry_report(dialect, &plan, &prepared));
        }
        drop(prepared);
        self.lock().await?;
        let outcome = self.walk_locked(graph, dialect, direction, target).await;
        if outcome.is_err() {
            // What the failed revision has set stands in the way of the unlock, and of the caller.
            for sql in std::mem::take(&mut self.restore) {
                let _ = self.session.run(&[Part::Own(&sql)]).await;
            }
        }
        self.unlock().await;
        outcome
    }

    fn plan(graph: &Graph, state: &State, direction: Direction, target: &str) -> Result<Plan, Error> {
        match direction {
            Direction::Up | Direction::Stamp => graph.plan_upgrade(state, target),
            Direction::Down => graph.plan_downgrade(state, target),
        }
    }

    fn prepare(&self, graph: &Graph, dialect: Dialect, plan: &Plan) -> Result<Vec<Prepared<'r>>, Error> {
        let versions = self.versions;
        let mut prepared = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            let node = graph.node(step.revision);
            let id = node.id.as_str();
            let file = versions.file(id)?;
            let side = match step.direction {
                Direction::Down => Side::Down,
                Direction::Up | Direction::Stamp => Side::Up,
            };
            let script = file.script(dialect, side)?;
            for step in script.steps() {
                if let migrate_core::revision::Step::Call(call) = step {
                    self.settings
                        .steps
                        .require(&call.name)
                        .map_err(|error| error.with_place(file.place(call.span.clone())).with_revision(id))?;
                }
            }
            prepared.push(Prepared {
                revision: id.to_owned(),
                message: node.message.clone(),
                direction: step.direction,
                script,
                checksum: versions.seal(id, dialect).map(|seal| seal.checksum.into_owned()),
                delete: step.delete.clone(),
                insert: self.with_lineage(dialect, &step.insert)?,
                file,
            });
        }
        self.allow_one_transaction(&prepared)?;
        Ok(prepared)
    }

    fn allow_one_transaction(&self, prepared: &[Prepared<'_>]) -> Result<(), Error> {
        if self.settings.transaction == TransactionMode::PerRevision || prepared.is_empty() {
            return Ok(());
        }
        if !self.grammar.transactional_ddl() {
            return Err(Error::new(
                Code::Usage,
                "MySQL and MariaDB commit each DDL statement: one transaction for all is not possible",
            )
            .with_help("use TransactionMode::PerRevision"));
        }
        match prepared.iter().find(|step| !step.script.is_transactional()) {
            None => Ok(()),
            Some(step) => Err(Error::new(
                Code::Usage,
                format!(
                    "revision {} has a section `transaction:off`: one transaction for all is not possible",
                    step.revision
                ),
            )
            .with_help("use TransactionMode::PerRevision, or upgrade to the revision before it first")
            .with_revision(step.revision.as_str())),
        }
    }

    fn with_lineage(&self, dialect: Dialect, ids: &[RevisionId]) -> Result<Vec<(RevisionId, String)>, Error> {
        ids.iter()
            .map(|id| {
                let seal = self.versions.seal(id.as_str(), dialect).ok_or_else(|| {
                    Error::new(Code::NotSealed, format!("revision {id} is not sealed for {dialect}"))
                        .with_help("run `cargo migrate lock`")
                        .with_revision(id.as_str())
                })?;
                Ok((id.clone(), seal.lineage.into_owned()))
            })
            .collect()
    }

    async fn walk_locked(
        &mut self,
        graph: &Graph,
        dialect: Dialect,
        direction: Direction,
        target: &str,
    ) -> Result<Report, Error> {
        self.locate().await?;
        let mut report: Option<Report> = None;
        'again: loop {
            let rows = self.heads_or_create().await?;
            let state = self.state(graph, dialect, &rows, direction == Direction::Up).await?;
            let plan = Self::plan(graph, &state, direction, target)?;
            let steps = self.prepare(graph, dialect, &plan)?;
            let report = report.get_or_insert_with(|| Report {
                dialect,
                dry_run: false,
                from: words(&plan.from),
                to: Vec::new(),
                steps: Vec::new(),
            });
            report.to = words(&plan.to);
            let mut resume = self.resumable(dialect, &steps).await?;
            let mut expected = rows;
            let of = report.steps.len() + steps.len();
            for (at, step) in steps.iter().enumerate() {
                let number = report.steps.len() + 1;
                self.settings.tell(&Event::Started {
                    revision: &step.revision,
                    message: &step.message,
                    direction: step.direction,
                    number,
                    of,
                });
                let began = Instant::now();
                let together = self.settings.transaction == TransactionMode::All;
                let work = Work {
                    revision: &step.revision,
                    direction: step.direction,
                    file: &step.file,
                    script: &step.script,
                    checksum: step.checksum.as_deref(),
                    delete: &step.delete,
                    insert: &step.insert,
                    expected: &expected,
                    opens: !together || at == 0,
                    closes: !together || at + 1 == steps.len(),
                };
                let mut executor = Executor {
                    session: &mut *self.session,
                    journal: Journal {
                        grammar: self.grammar,
                        tables: &self.tables,
                        operator: &self.settings.operator,
                    },
                    dialect,
                    steps: &self.settings.steps,
                    timeouts: self.settings.timeouts,
                    restore: &self.restore,
                };
                let outcome =
                    in_span(&step.revision, step.direction, executor.apply(&work, resume.take().as_ref()))
                        .await?;
                if outcome == Outcome::Moved {
                    continue 'again;
                }
                let duration = began.elapsed();
                self.settings.tell(&Event::Finished {
                    revision: &step.revision,
                    direction: step.direction,
                    statements: step.script.len(),
                    duration,
                });
                expected.retain(|(id, _)| !step.delete.iter().any(|gone| gone.as_str() == id));
                expected.extend(step.insert.iter().map(|(id, lineage)| (id.to_string(), lineage.clone())));
                report.steps.push(StepReport {
                    revision: step.revision.clone(),
                    message: step.message.clone(),
                    direction: step.direction,
                    statements: step.script.len(),
                    duration,
                });
            }
            return Ok(report.clone());
        }
    }

    /// The journal row of a step that stopped half way and can go on, which must be the first of the plan.
    async fn resumable(
        &mut self,
        dialect: Dialect,
        steps: &[Prepared<'_>],
    ) -> Result<Option<Unfinished>, Error> {
        let Some(row) = self.unfinished().await? else { return Ok(None) };
        let Some(first) = steps
            .first()
            .filter(|first| first.revision == row.revision && first.direction.as_str() == row.direction)
        else {
            return Err(Error::new(
                Code::Interrupted,
                format!(
                    "revision {} ({}) stopped after statement {} on {} (by {}), and must be finished first",
                    row.revision, row.direction, row.done, row.started, row.who
                ),
            )
            .with_help(format!(
                "run `cargo migrate {} {}` to finish it, or `cargo migrate stamp` to say where the database is",
                if row.direction == "down" { "downgrade" } else { "upgrade" },
                if row.direction == "down" { "-1" } else { row.revision.as_str() },
            ))
            .with_revision(row.revision));
        };
        let total = first.script.len();
        if row.is_in_doubt() {
            let cause = Error::new(Code::Interrupted, format!("begun {} by {}", row.started, row.who));
            let cause = match first.script.steps().nth(row.done) {
                Some(step) => cause.with_place(first.file.place(step.span())),
                None => cause,
            };
            return Err(in_doubt(&cause, &row.revision, first.direction, row.done, total, "the run ended"));
        }
        if row.done > total {
            return Err(shortened(&row, total));
        }
        let mut prefix = StepsDigest::new(dialect);
        first.script.steps().take(row.done).for_each(|step| prefix.push(step));
        if row.done > 0 && prefix.digest().to_string() != row.progress.trim_end() {
            return Err(Error::new(
                Code::Tampered,
                format!(
                    "revision {} stopped after statement {} of {total}, and one of the statements that have run was edited since",
                    row.revision, row.done
                ),
            )
            .with_help("undo the edit: only the statements that have not run may change")
            .with_revision(row.revision));
        }
        Ok(Some(row))
    }

    /// A step that another run has left half done. On SQLite, where no lock outlasts a transaction, it may also be
    /// under way right now: then it is waited for.
    async fn unfinished(&mut self) -> Result<Option<Unfinished>, Error> {
        let sql = self.journal().unfinished();
        let deadline = Instant::now() + self.settings.lock_wait;
        let mut wait = Backoff::new();
        loop {
            let rows = self.session.query(&sql).await.map_err(|error| error.own("reading the journal"))?;
            let row = rows.into_iter().next().map(Unfinished::from_row);
            let may_be_running = self.grammar.try_lock("").is_none()
                && row.as_ref().is_some_and(|row| row.is_in_doubt() && row.who != self.settings.operator);
            if !may_be_running || Instant::now() >= deadline {
                return Ok(row);
            }
            pause(wait.next()).await;
        }
    }

    /// The rows; where there is no table yet, it is created.
    async fn heads_or_create(&mut self) -> Result<Rows, Error> {
        if let Some(rows) = self.heads().await? {
            return Ok(rows);
        }
        self.create_tables().await?;
        Ok(self.heads().await?.unwrap_or_default())
    }

    async fn create_tables(&mut self) -> Result<(), Error> {
        let sql = self.grammar.create(&self.tables, self.settings.schema.as_deref());
        let parts: Vec<_> = sql.iter().map(|sql| Part::Own(sql)).collect();
        self.session
            .run(&parts)
            .await
            .map_err(|failed| failed.error.own("creating the tables of cargo-migrate"))
    }

    /// Finds out where the tables are, and how to bring the session's settings back.
    async fn locate(&mut self) -> Result<(), Error> {
        if let Some(sql) = self.grammar.locate(&self.tables, self.settings.schema.as_deref()) {
            let rows =
                self.session.query(&sql).await.map_err(|error| error.own("looking for the version table"))?;
            let names: Option<Vec<String>> =
                rows.into_iter().next().and_then(|row| row.into_iter().collect());
            self.tables.namespace = names.ok_or_else(|| {
                Error::new(Code::Database, "the connection has no database or schema to create tables in")
                    .with_help("name a database in the URL; on PostgreSQL, check the search_path of the user")
            })?;
        }
        let rows = self
            .session
            .query(self.grammar.snapshot())
            .await
            .map_err(|error| error.own("reading the session's settings"))?;
        self.restore = rows.into_iter().flatten().flatten().collect();
        Ok(())
    }

    fn lock_key(&self) -> String {
        let names = [self.settings.schema.as_deref().unwrap_or_default(), &self.settings.version_table];
        names.join("\u{1f}")
    }

    /// Waits for the lock: polls, so that a waiter holds no snapshot that a CREATE INDEX CONCURRENTLY would wait for.
    async fn lock(&mut self) -> Result<(), Error> {
        let Some(sql) = self.grammar.try_lock(&self.lock_key()) else { return Ok(()) };
        let deadline = Instant::now() + self.settings.lock_wait;
        let mut wait = Backoff::new();
        let mut told = false;
        loop {
            if self.one_cell(&sql, "taking the migration lock").await? == "1" {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let waited = self.settings.lock_wait.as_secs();
                return Err(Error::new(
                    Code::Locked,
                    format!("another process is migrating this database; gave up after {waited} s"),
                )
                .with_help("wait until it is done, or raise the lock wait"));
            }
            if !told {
                told = true;
                self.settings.tell(&Event::Waiting { at_most: self.settings.lock_wait });
            }
            pause(wait.next().min(deadline.saturating_duration_since(Instant::now()))).await;
        }
    }

    /// Gives the lock back, whatever has happened. A connection that is gone has given it back already.
    async fn unlock(&mut self) {
        if let Some(sql) = self.grammar.unlock(&self.lock_key()) {
            let _ = self.session.run(&[Part::Own(&sql)]).await;
        }
    }

    fn nothing(&self, dialect: Dialect, rows: &Rows) -> Report {
        let heads: Vec<_> = rows.iter().map(|(id, _)| id.clone()).collect();
        Report { dialect, dry_run: self.settings.dry_run, from: heads.clone(), to: heads, steps: Vec::new() }
    }

    fn dry_report(&self, dialect: Dialect, plan: &Plan, prepared: &[Prepared<'_>]) -> Report {
        let steps = prepared
            .iter()
            .map(|step| StepReport {
                revision: step.revision.clone(),
                message: step.message.clone(),
                direction: step.direction,
                statements: step.script.len(),
                duration: Duration::ZERO,
            })
            .collect();
        Report {
            dialect,
            dry_run: self.settings.dry_run,
            from: words(&plan.from),
            to: words(&plan.to),
            steps,
        }
    }

    /// Writes down that the database is at `targets`, without running anything.
    pub(crate) async fn stamp(&mut self, targets: &[&str], purge: bool) -> Result<Report, Error> {
        let rows = self.heads().await?.unwrap_or_default();
        let dialect = self.dialect().await?;
        let graph = self.versions.graph()?;
        let graph = graph.as_ref();
        let plan = Self::stamp_plan(graph, &rows, targets, purge)?;
        if self.settings.dry_run {
            return Ok(self.stamp_report(graph, dialect, &plan));
        }
        self.lock().await?;
        let outcome = self.stamp_locked(graph, dialect, targets, purge).await;
        self.unlock().await;
        outcome
    }

    fn stamp_plan(graph: &Graph, rows: &Rows, targets: &[&str], purge: bool) -> Result<Stamp, Error> {
        let ids =
            if purge { rows.iter().filter_map(|(id, _)| id.parse().ok()).collect() } else { ids(rows)? };
        graph.plan_stamp(&State::lenient(graph, &ids), targets, purge)
    }

    async fn stamp_locked(
        &mut self,
        graph: &Graph,
        dialect: Dialect,
        targets: &[&str],
        purge: bool,
    ) -> Result<Report, Error> {
        self.locate().await?;
        loop {
            let rows = self.heads_or_create().await?;
            let plan = Self::stamp_plan(graph, &rows, targets, purge)?;
            let report = self.stamp_report(graph, dialect, &plan);
            // Every head is written anew, with the lineage of today: that is what a stamp vouches for.
            let insert = self.with_lineage(dialect, &plan.to)?;
            let journal = self.journal();
            let mut sql = vec![journal.abandon()];
            let stamped: Vec<&str> = match &plan.to[..] {
                [] => vec!["base"],
                heads => heads.iter().map(RevisionId::as_str).collect(),
            };
            for revision in stamped {
                sql.push(journal.start(revision, Direction::Stamp, None));
                sql.push(journal.finish(revision, Direction::Stamp, 0, None));
            }
            sql.push(journal.clear_heads());
            sql.extend(journal.heads(&[], &insert));
            sql.push(self.grammar.commit().to_owned());
            self.run_own(&[self.grammar.begin().to_owned()]).await?;
            let now = self.session.query(&self.grammar.heads(&self.tables)).await;
            let now = now.map_err(|error| error.own("reading the version table"))?;
            if !crate::execute::same_rows(&now, &rows) {
                self.run_own(&[self.grammar.rollback().to_owned()]).await?;
                continue;
            }
            if let Err(error) = self.run_own(&sql).await {
                let _ = self.run_own(&[self.grammar.rollback().to_owned()]).await;
                return Err(error);
            }
            return Ok(report);
        }
    }

    async fn run_own(&mut self, sql: &[String]) -> Result<(), Error> {
        let parts: Vec<_> = sql.iter().map(|sql| Part::Own(sql)).collect();
        self.session.run(&parts).await.map_err(|failed| failed.error.own("the bookkeeping of cargo-migrate"))
    }

    fn stamp_report(&self, graph: &Graph, dialect: Dialect, plan: &Stamp) -> Report {
        let message = |id: &RevisionId| {
            graph.find(id).map(|index| graph.node(index).message.clone()).unwrap_or_default()
        };
        let steps = plan
            .insert
            .iter()
            .map(|id| StepReport {
                revision: id.to_string(),
                message: message(id),
                direction: Direction::Stamp,
                statements: 0,
                duration: Duration::ZERO,
            })
            .collect();
        Report {
            dialect,
            dry_run: self.settings.dry_run,
            from: words(&plan.from),
            to: words(&plan.to),
            steps,
        }
    }

    /// The heads of the database, whatever they are.
    pub(crate) async fn current(&mut self) -> Result<Vec<String>, Error> {
        Ok(self.heads().await?.unwrap_or_default().into_iter().map(|(id, _)| id).collect())
    }

    /// How the database stands to the revisions; reads only.
    pub(crate) async fn status(&mut self) -> Result<Status, Error> {
        let rows = self.heads().await?;
        let dialect = self.dialect().await?;
        let rows = rows.unwrap_or_default();
        if self.versions.is_at_heads(dialect, &rows) {
            return Ok(Status::Current);
        }
        let graph = self.versions.graph()?;
        let graph = graph.as_ref();
        let unknown: Vec<String> = rows
            .iter()
            .map(|(id, _)| id.clone())
            .filter(|id| id.parse().ok().and_then(|id: RevisionId| graph.find(&id)).is_none())
            .collect();
        if !unknown.is_empty() {
            return Ok(if self.has_all_of_ours(graph).await? {
                Status::Ahead { unknown }
            } else {
                Status::Diverged { revisions: unknown }
            });
        }
        let edited: Vec<String> = rows
            .iter()
            .filter(|(id, lineage)| {
                self.versions.seal(id, dialect).is_none_or(|seal| seal.lineage != *lineage)
            })
            .map(|(id, _)| id.clone())
            .collect();
        if !edited.is_empty() {
            return Ok(Status::Diverged { revisions: edited });
        }
        let state = State::new(graph, &ids(&rows)?)?;
        let plan = graph.plan_upgrade(&state, "heads")?;
        let pending: Vec<_> = plan.steps.iter().map(|step| graph.id(step.revision).to_string()).collect();
        Ok(if pending.is_empty() { Status::Current } else { Status::Pending(pending) })
    }

    /// Refuses unless the database is current; reads only.
    pub(crate) async fn verify(&mut self) -> Result<(), Error> {
        let (message, revisions) = match self.status().await? {
            Status::Current => return Ok(()),
            Status::Ahead { .. } if self.settings.newer == NewerDatabase::Accept => return Ok(()),
            Status::Pending(missing) => (
                format!(
                    "{} of {} revisions are not applied: {}",
                    missing.len(),
                    self.versions.len(),
                    missing.join(", ")
                ),
                missing,
            ),
            Status::Ahead { unknown } => {
                (format!("the database is ahead of this program: {}", unknown.join(", ")), unknown)
            }
            Status::Diverged { revisions } => (
                format!("the database has run another history than this program's: {}", revisions.join(", ")),
                revisions,
            ),
        };
        Err(Error::new(Code::NotCurrent, message)
            .with_help("run `upgrade heads`")
            .with_list("revisions", revisions))
    }

    /// Creates the tables if they are missing.
    pub(crate) async fn ensure_version(&mut self) -> Result<(), Error> {
        if self.heads().await?.is_some() {
            return Ok(());
        }
        self.lock().await?;
        let outcome = async {
            self.locate().await?;
            self.heads_or_create().await.map(drop)
        }
        .await;
        self.unlock().await;
        outcome
    }

    /// Settles the statement that is in doubt. Gives the revision that it belongs to.
    pub(crate) async fn settle(&mut self, settle: Settle) -> Result<String, Error> {
        self.lock().await?;
        let outcome = self.settle_locked(settle).await;
        self.unlock().await;
        outcome
    }

    async fn settle_locked(&mut self, settle: Settle) -> Result<String, Error> {
        let nothing = || Error::new(Code::Usage, "no revision is in doubt: there is nothing to resume");
        if self.heads().await?.is_none() {
            return Err(nothing());
        }
        let dialect = self.dialect().await?;
        self.locate().await?;
        let row = self.unfinished().await?.filter(Unfinished::is_in_doubt).ok_or_else(nothing)?;
        let (side, direction) =
            if row.direction == "down" { (Side::Down, Direction::Down) } else { (Side::Up, Direction::Up) };
        let script = self.versions.file(&row.revision)?.script(dialect, side)?;
        let done = row.done + usize::from(settle == Settle::Done);
        if done > script.len() {
            return Err(shortened(&row, script.len()));
        }
        let mut digest = StepsDigest::new(dialect);
        script.steps().take(done).for_each(|step| digest.push(step));
        let sql = self.journal().progress(&row.revision, direction, done, done, &digest.digest().to_string());
        self.run_own(&[sql]).await?;
        Ok(row.revision)
    }
}

/// Growing waits with jitter, so that many waiters do not poll in step.
struct Backoff {
    base: u64,
    random: RandomState,
    turn: u64,
}

impl Backoff {
    fn new() -> Self {
        Self { base: 50, random: RandomState::new(), turn: 0 }
    }

    fn next(&mut self) -> Duration {
        self.turn += 1;
        let mut hasher = self.random.build_hasher();
        hasher.write_u64(self.turn);
        let wait = self.base + hasher.finish() % self.base;
        self.base = (self.base * 3 / 2).min(1000);
        Duration::from_millis(wait)
    }
}

fn shortened(row: &Unfinished, total: usize) -> Error {
    Error::new(
        Code::Tampered,
        format!(
            "{} statements of revision {} have run, and its file has {total} now: it was shortened since",
            row.done, row.revision
        ),
    )
    .with_help("bring the statements back that have run: only those that have not run may change")
    .with_revision(row.revision.as_str())
}

fn ids(rows: &Rows) -> Result<Vec<RevisionId>, Error> {
    rows.iter()
        .map(|(id, _)| {
            id.parse().map_err(|_| {
                Error::new(
                    Code::DatabaseAhead,
                    format!("the version table holds `{}`, which is no revision id", id.escape_debug()),
                )
                .with_help("is it the table of another tool? `stamp --purge` overwrites it")
            })
        })
        .collect()
}

fn words(ids: &[RevisionId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
