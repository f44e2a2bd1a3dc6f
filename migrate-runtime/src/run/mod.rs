//! One command on one open database: read the heads, plan, take the lock, read again, act.

use migrate_core::{Code, Dialect, Error, RevisionId};

use crate::{
    engine::{Grammar, INSIDE, Tables, grammar},
    execute::{SessionSettings, variables},
    journal::{Journal, tool_of_a_run},
    report::Report,
    session::{Failure, Part, Session},
    settings::Settings,
    url::Engine,
    versions::Versions,
};

mod history;
mod interrupted;
mod lock;
mod stamp;
mod status;
mod walk;

pub use interrupted::Settle;

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
    /// How to bring the session's settings back, between revisions and at the end.
    between: SessionSettings,
    at_the_end: Vec<String>,
    /// What the journal's rows of this run say about the tool.
    tool: String,
    has_entered: bool,
    /// What to do about a history that is not ours, once the listener was told of it.
    way_out: Option<String>,
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
        Self {
            session,
            versions,
            settings,
            grammar,
            tables,
            server_version: None,
            between: SessionSettings::default(),
            at_the_end: Vec::new(),
            tool: tool_of_a_run(),
            has_entered: false,
            way_out: None,
        }
    }

    /// One SELECT. None: there is no version table, and so nothing is applied.
    pub(super) async fn heads(&mut self) -> Result<Option<Rows>, Error> {
        let sql = self.grammar.heads(&self.tables);
        let rows = match self.session.query(&sql).await {
            Ok(rows) => rows,
            Err(error) if error.kind == Failure::MissingTable => return Ok(None),
            // MySQL lets a session have no database at all.
            Err(error) if error.code.as_deref().is_some_and(|code| code.starts_with("error 1046,")) => {
                return Err(Error::new(Code::InvalidUrl, "the connection has no database selected")
                    .with_help("name a database at the end of the URL, behind the host: .../DATABASE"));
            }
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
    pub(super) async fn dialect(&mut self) -> Result<Dialect, Error> {
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

    pub(super) async fn one_cell(&mut self, sql: &str, what: &str) -> Result<String, Error> {
        let rows = self.session.query(sql).await.map_err(|error| error.own(what))?;
        rows.into_iter()
            .next()
            .and_then(|row| row.into_iter().next().flatten())
            .ok_or_else(|| Error::new(Code::Database, format!("{what}: the server gave no answer")))
    }

    pub(super) fn journal(&self) -> Journal<'_> {
        Journal {
            grammar: self.grammar,
            tables: &self.tables,
            operator: &self.settings.operator,
            tool: &self.tool,
        }
    }

    pub(super) fn with_lineage(
        &self,
        dialect: Dialect,
        ids: &[RevisionId],
    ) -> Result<Vec<(RevisionId, String)>, Error> {
        self.versions.with_lineage(ids, dialect)
    }

    /// The rows; where there is no table yet, it is created.
    pub(super) async fn heads_or_create(&mut self) -> Result<Rows, Error> {
        if let Some(rows) = self.heads().await? {
            return Ok(rows);
        }
        self.create_tables().await?;
        Ok(self.heads().await?.unwrap_or_default())
    }

    pub(super) async fn create_tables(&mut self) -> Result<(), Error> {
        let mut missing = self.settings.schema.as_deref();
        if let Some(sql) = missing.and_then(|schema| self.grammar.count_schemas(schema)) {
            // To create one that is there already would still need the right to create one.
            if self.one_cell(&sql, "looking for the schema").await? != "0" {
                missing = None;
            }
        }
        let sql = self.grammar.create(&self.tables, missing);
        // Where the transaction is the lock, nobody may see one table without the other.
        let in_transaction = self.grammar.try_lock("").is_none();
        let begin = in_transaction.then(|| self.grammar.begin());
        let commit = in_transaction.then(|| self.grammar.commit());
        let all = begin.into_iter().chain(sql.iter().map(String::as_str)).chain(commit);
        let parts: Vec<_> = all.map(Part::Own).collect();
        let outcome = self.session.run(&parts).await;
        if outcome.is_err() && in_transaction {
            let _ = self.session.run(&[Part::Own(self.grammar.rollback())]).await;
        }
        outcome.map_err(|failed| failed.error.own("creating the tables of cargo-migrate"))
    }

    /// Finds out where the tables are, and how to bring the session's settings back.
    pub(super) async fn locate(&mut self) -> Result<(), Error> {
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
        for row in rows {
            let mut cells = row.into_iter().flatten().peekable();
            let is_inside = cells.next_if(|cell| cell == INSIDE).is_some();
            if is_inside { self.between.inside.extend(cells) } else { self.between.after.extend(cells) }
        }
        if let Some(sql) = self.grammar.role()
            && let Ok(rows) = self.session.query(sql).await
        {
            self.between.after.extend(rows.into_iter().flatten().flatten());
        }
        if let Some(sql) = self.grammar.prepare_session() {
            self.run_own(&[sql.to_owned()]).await?;
            self.at_the_end.clone_from(&self.between.after);
            self.between.after.push(sql.to_owned());
        }
        self.between.variables = variables(&mut *self.session, self.grammar).await;
        Ok(())
    }

    pub(super) async fn run_own(&mut self, sql: &[String]) -> Result<(), Error> {
        let parts: Vec<_> = sql.iter().map(|sql| Part::Own(sql)).collect();
        self.session.run(&parts).await.map_err(|failed| failed.error.own("the bookkeeping of cargo-migrate"))
    }

    pub(super) fn nothing(&self, dialect: Dialect, rows: &Rows) -> Report {
        let heads: Vec<_> = rows.iter().map(|(id, _)| id.clone()).collect();
        Report { dialect, dry_run: self.settings.dry_run, from: heads.clone(), to: heads, steps: Vec::new() }
    }

    /// The heads of the database, whatever they are.
    pub(crate) async fn current(&mut self) -> Result<Vec<String>, Error> {
        Ok(self.heads().await?.unwrap_or_default().into_iter().map(|(id, _)| id).collect())
    }

    /// Creates the tables if they are missing.
    pub(crate) async fn ensure_version(&mut self) -> Result<(), Error> {
        if self.settings.dry_run {
            return Ok(());
        }
        let journal = self.journal().unfinished();
        if self.heads().await?.is_some() && self.session.query(&journal).await.is_ok() {
            return Ok(());
        }
        let outcome = match self.enter().await {
            Ok(()) => self.create_tables().await,
            Err(error) => Err(error),
        };
        self.leave(outcome.is_err()).await;
        outcome
    }
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
