use std::collections::BTreeSet;

use migrate_core::{Code, Dialect, Error, sql};
use migrate_runtime::{Connection, DatabaseUrl, Engine};

use super::{
    dump,
    guard::Guard,
    replay::{missing_extension, replay},
};
use crate::{
    files,
    paths::shown,
    project::Project,
    reflect::{Scope, reflect},
    revisions::Revisions,
    schema::Schema,
    scratch::ScratchDatabase,
    servers::served_as,
};

/// The target before the first revision: an empty database.
const BASE: &str = "base";

/// A schema that was read, and where.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) schema: Schema,
    /// To the database that it was read from.
    pub(crate) connection: Connection,
}

/// Reads schemas, and keeps the scratch databases that this takes until [`finish`](Self::finish).
#[derive(Debug)]
pub(crate) struct Loader {
    /// On which scratch databases are made.
    server: DatabaseUrl,
    scope: Scope,
    /// Every schema of a database is read, not only those of the scope.
    every_schema: bool,
    scratch: Vec<ScratchDatabase>,
    /// Rust steps of the revisions that were passed over.
    skipped: BTreeSet<String>,
}

impl Loader {
    pub(crate) fn new(server: DatabaseUrl, scope: Scope) -> Self {
        Self { server, scope, every_schema: false, scratch: Vec::new(), skipped: BTreeSet::new() }
    }

    /// Reads every schema of a database, where the engine has schemas.
    pub(crate) fn with_every_schema(mut self) -> Self {
        self.every_schema = true;
        self
    }

    /// Where scratch databases are made.
    pub(crate) fn server(&self) -> &DatabaseUrl {
        &self.server
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The Rust steps that a replay of the revisions has passed over.
    pub(crate) fn skipped(&self) -> &BTreeSet<String> {
        &self.skipped
    }

    /// What a database holds.
    ///
    /// # Errors
    /// Those of [`Connection::open`] and [`reflect`].
    pub(crate) async fn database(&self, url: DatabaseUrl) -> Result<Loaded, Error> {
        let mut connection = Connection::open(url).await?;
        let schema = self.read(&mut connection).await?;
        Ok(Loaded { schema, connection })
    }

    /// What the statements of a file make, in a scratch database.
    ///
    /// # Errors
    /// [`Code::Io`]; [`Code::StatementFailed`] with the file and the line.
    pub(crate) async fn file(&mut self, path: &std::path::Path) -> Result<Loaded, Error> {
        let text = files::read(path, Code::Io)?;
        let name = shown(path);
        let url = self.scratch().await?;
        let mut connection = Connection::open(url.clone()).await?;
        let dialect = connection.dialect();
        let place = |span: std::ops::Range<usize>| migrate_core::Place::new(&name, &text, span);
        let text = dump::for_server(dialect, &text);
        let pieces = sql::split(dialect, &text, 0..text.len()).map_err(|error| {
            let help = dump::help(dialect, text.get(error.span.clone()).unwrap_or_default());
            let told = Error::new(error.code, error.message).with_place(place(error.span));
            help.or(error.help).into_iter().fold(told, Error::with_help)
        })?;
        let guard = Guard::new(&mut connection).await?;
        guard.check_all(&text, &pieces).map_err(|(error, span)| error.with_place(place(span)))?;
        for piece in pieces {
            if let sql::PieceKind::Call(step) = &piece.kind {
                return Err(Error::new(
                    Code::UnknownStep,
                    format!("a Rust step `{step}` cannot be run here"),
                )
                .with_place(place(piece.span.clone())));
            }
            let sql = text.get(piece.span.clone()).unwrap_or_default();
            connection.execute(sql).await.map_err(|error| {
                let told = Error::new(error.code(), error.message()).with_place(place(piece.span.clone()));
                missing_extension(error.message()).into_iter().fold(told, Error::with_help)
            })?;
            let stays = guard.require_home(&mut connection).await;
            stays.map_err(|error| error.with_place(place(piece.span.clone())))?;
        }
        match dialect {
            // What the file has set in its session, such as an empty search path, is not for the reader.
            Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => {
                connection.close().await;
                connection = Connection::open(url).await?;
            }
            // Its database is in memory, and ends with the session.
            Dialect::Sqlite => {}
        }
        let schema = self.read(&mut connection).await?;
        Ok(Loaded { schema, connection })
    }

    /// What the revisions up to a target make, in a scratch database. Rust steps are passed over.
    ///
    /// # Errors
    /// Those of [`Revisions::sealed_in_memory`] and of [`replay`].
    pub(crate) async fn revisions(&mut self, project: &Project, target: &str) -> Result<Loaded, Error> {
        let (revisions, _) = Revisions::sealed_in_memory(project)?;
        let url = self.scratch().await?;
        Guard::check_revisions(&revisions.catalog, project, &url, target).await?;
        if !revisions.catalog.graph().is_empty() && target != BASE {
            let dialect = self.dialect(project, &url).await?;
            let skipped = replay(revisions.catalog, project, dialect, url.clone(), target).await?;
            self.skipped.extend(skipped);
        }
        let mut connection = Connection::open(url).await?;
        let schema = self.read(&mut connection).await?;
        Ok(Loaded { schema, connection })
    }

    /// The dialect of the project as which a database counts.
    async fn dialect(&self, project: &Project, url: &DatabaseUrl) -> Result<Dialect, Error> {
        Ok(match url.engine {
            Engine::Postgres => Dialect::Postgres,
            Engine::Mssql => Dialect::Mssql,
            Engine::Sqlite => Dialect::Sqlite,
            Engine::Mysql => {
                let connection = Connection::open(url.clone()).await?;
                let dialect = served_as(project, connection.dialect());
                connection.close().await;
                dialect
            }
        })
    }

    async fn read(&self, connection: &mut Connection) -> Result<Schema, Error> {
        let mut scope = self.scope.clone();
        if self.every_schema {
            scope.schemas = schemas(connection).await?;
        }
        reflect(connection, &scope).await
    }

    async fn scratch(&mut self) -> Result<DatabaseUrl, Error> {
        let scratch = ScratchDatabase::create(&self.server).await?;
        let url = scratch.url();
        self.scratch.push(scratch);
        Ok(url)
    }

    /// Drops the scratch databases. Connections to them have to be closed before.
    ///
    /// # Errors
    /// The first that a server gives; the others are dropped nevertheless.
    pub(crate) async fn finish(self) -> Result<(), Error> {
        let mut outcome = Ok(());
        for scratch in self.scratch {
            outcome = outcome.and(scratch.remove().await);
        }
        outcome
    }
}

/// The schemas of a database beside the default one, without the engine's own.
async fn schemas(connection: &mut Connection) -> Result<Vec<String>, Error> {
    let sql = match connection.dialect() {
        Dialect::Postgres => {
            "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' \
             AND nspname IS DISTINCT FROM pg_catalog.current_schema() ORDER BY nspname"
        }
        Dialect::Mssql => {
            "SELECT name FROM sys.schemas WHERE schema_id < 16384 AND name NOT IN ('guest', 'INFORMATION_SCHEMA', 'sys') \
             AND name <> SCHEMA_NAME() ORDER BY name"
        }
        // A schema is a database, or there are none.
        Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => return Ok(Vec::new()),
    };
    let rows = connection.query(sql).await?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}
