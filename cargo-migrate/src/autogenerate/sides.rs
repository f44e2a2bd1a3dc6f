//! The two schemas that are compared, for each dialect that can be compared.

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::{Connection, DatabaseUrl, Engine};

use super::{kept, note_dependents};
use crate::{
    at_heads::require_heads,
    project::Project,
    reflect::Scope,
    schema::Schema,
    scratch::normalise,
    servers::served_as,
    sources::{Loaded, Loader},
    wanted::Wanted,
};

/// What the models are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// The project's database, which must be at the heads.
    Database,
    /// The revisions, run in a scratch database.
    Replay,
}

/// Where a dialect is compared.
#[derive(Debug)]
pub(super) struct Target {
    /// What the server must be served as; none for any dialect of the project.
    pub(super) dialect: Option<Dialect>,
    pub(super) server: DatabaseUrl,
    pub(super) base: Base,
}

/// The two schemas in one dialect.
#[derive(Debug)]
pub(super) struct Side {
    /// The dialect of the project.
    pub(super) served: Dialect,
    pub(super) base: Base,
    pub(super) before: Schema,
    /// What the models give, as the engine shows it.
    pub(super) after: Schema,
    /// The same in the models' own words.
    pub(super) written: Schema,
    /// To the database that `before` was read from.
    pub(super) connection: Connection,
}

/// All of them, with what has to be cleaned up behind them.
#[derive(Debug, Default)]
pub(super) struct Sides {
    pub(super) read: Vec<Side>,
    loaders: Vec<Loader>,
}

impl Sides {
    /// Reads both schemas of a target.
    ///
    /// # Errors
    /// [`Code::NotCurrent`] if the database is not at the heads; [`Code::DialectNotConfigured`] if it speaks another
    /// dialect than it should; what the models, the engine or a revision are refused for.
    pub(super) async fn read(
        &mut self,
        project: &Project,
        wanted: &Wanted,
        target: &Target,
    ) -> Result<(), Error> {
        let server = target.server.clone();
        let mut scope = Scope::for_project(Some(project));
        match server.engine {
            Engine::Postgres | Engine::Mssql => wanted.extend(&mut scope, server.engine)?,
            // What migrate.toml calls a schema is for other engines.
            Engine::Mysql | Engine::Sqlite => scope.schemas.clear(),
        }
        self.loaders.push(Loader::new(server, scope));
        let Some(loader) = self.loaders.last_mut() else { return Ok(()) };
        let loaded = match target.base {
            Base::Database => {
                require_heads(project, loader.server()).await?;
                loader.database(loader.server().clone()).await?
            }
            Base::Replay => loader.revisions(project, "heads").await?,
        };
        let Loaded { schema: before, mut connection } = loaded;
        let config = &project.config.autogenerate;
        let made = async {
            let served = required_dialect(project, target, before.dialect)?;
            wanted.settle(&mut connection).await?;
            let written = kept::of_models(config, wanted.schema(before.dialect)?);
            let after = normalise(&mut connection, loader.server(), &written, loader.scope())
                .await
                .map_err(|refused| wanted.placed(refused))?;
            let told = wanted.told(written.dialect);
            let mut before = kept::of_database(config, before, &written, &told);
            note_dependents(&mut connection, &mut before).await?;
            Ok::<_, Error>((served, written, before, after))
        };
        match made.await {
            Ok((served, written, before, after)) => {
                self.read.push(Side { served, base: target.base, before, after, written, connection });
                Ok(())
            }
            Err(error) => {
                connection.close().await;
                Err(error)
            }
        }
    }

    /// The Rust steps that the replays have passed over.
    pub(super) fn skipped(&self) -> std::collections::BTreeSet<String> {
        self.loaders.iter().flat_map(Loader::skipped).cloned().collect()
    }

    /// Closes and drops what was opened and made.
    ///
    /// # Errors
    /// The first that a server gives.
    pub(super) async fn finish(self) -> Result<(), Error> {
        for side in self.read {
            side.connection.close().await;
        }
        let mut outcome = Ok(());
        for loader in self.loaders {
            outcome = outcome.and(loader.finish().await);
        }
        outcome
    }
}

/// The dialect of the project as which the server counts; it must be the one that is expected.
fn required_dialect(project: &Project, target: &Target, server: Dialect) -> Result<Dialect, Error> {
    let served = served_as(project, server);
    let wrong = |message: String, help: &str| {
        Err(project.located(&Error::new(Code::DialectNotConfigured, message).with_help(help)))
    };
    match (target.dialect, target.base) {
        (None, _) if project.dialects().contains(&served) => Ok(served),
        (Some(expected), _) if expected == served => Ok(served),
        (None, _) => wrong(
            format!("the database speaks {served}, which is none of the dialects of migrate.toml"),
            "add the dialect there, or name another database with --database-url",
        ),
        (Some(first), Base::Database) => wrong(
            format!(
                "the database speaks {served}, and models are compared in the first dialect of migrate.toml, {first}"
            ),
            "name a database of the first dialect with --database-url, compare with the revisions alone (--replay), or \
             put this dialect first",
        ),
        (Some(expected), Base::Replay) => wrong(
            format!("the server for {expected} speaks {served}"),
            "name a server that speaks it, in migrate.toml, under [autogenerate.servers], or with --database-url",
        ),
    }
}
