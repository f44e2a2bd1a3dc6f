use migrate_core::{Code, Error, sql};
use migrate_runtime::{Connection, DatabaseUrl, Migrator, Versions};

use crate::{
    files,
    paths::shown,
    project::Project,
    reflect::{Scope, reflect},
    revisions::Revisions,
    schema::Schema,
    scratch::ScratchDatabase,
};

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
    scratch: Vec<ScratchDatabase>,
}

impl Loader {
    pub(crate) fn new(server: DatabaseUrl, scope: Scope) -> Self {
        Self { server, scope, scratch: Vec::new() }
    }

    /// Where scratch databases are made.
    pub(crate) fn server(&self) -> &DatabaseUrl {
        &self.server
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What a database holds.
    ///
    /// # Errors
    /// Those of [`Connection::open`] and [`reflect`].
    pub(crate) async fn database(&self, url: DatabaseUrl) -> Result<Loaded, Error> {
        let mut connection = Connection::open(url).await?;
        let schema = reflect(&mut connection, &self.scope).await?;
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
        let mut connection = Connection::open(url).await?;
        let dialect = connection.dialect();
        let place = |span: std::ops::Range<usize>| migrate_core::Place::new(&name, &text, span);
        let pieces = sql::split(dialect, &text, 0..text.len())
            .map_err(|error| Error::new(error.code, error.message).with_place(place(error.span)))?;
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
                Error::new(error.code(), error.message()).with_place(place(piece.span.clone()))
            })?;
        }
        let schema = reflect(&mut connection, &self.scope).await?;
        Ok(Loaded { schema, connection })
    }

    /// What the revisions up to a target make, in a scratch database.
    ///
    /// # Errors
    /// Those of [`Revisions::sealed_in_memory`] and [`Migrator::upgrade`].
    pub(crate) async fn revisions(&mut self, project: &Project, target: &str) -> Result<Loaded, Error> {
        let (revisions, _) = Revisions::sealed_in_memory(project)?;
        let versions = Versions::loaded(revisions.catalog);
        let url = self.scratch().await?;
        if !versions.is_empty() {
            let migrator = Migrator::new(&versions);
            migrator.upgrade(url.clone(), target).await.map_err(|error| project.located(&error))?;
        }
        let mut connection = Connection::open(url).await?;
        let schema = reflect(&mut connection, &self.scope).await?;
        Ok(Loaded { schema, connection })
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
