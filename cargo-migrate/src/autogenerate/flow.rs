//! From the models and a database to what changed.

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::{DatabaseUrl, Status, Versions};

use super::{Answers, Ask, Comparison, Outcome, compare, others};
use crate::{
    project::Project,
    reflect::Scope,
    revisions::Revisions,
    schema::Schema,
    scratch::normalise,
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

/// Compares the models with what there is, in the first dialect, and renders both ways for all of them.
///
/// # Errors
/// [`Code::NotCurrent`] if the database is not at the heads; [`Code::DialectNotConfigured`] if it is not of the
/// project's first dialect; what the models, the engine or the answers are refused for.
pub(crate) async fn autogenerate(
    project: &Project,
    wanted: &Wanted,
    base: Base,
    answers: &Answers,
    ask: Option<&mut dyn Ask>,
) -> Result<(Outcome, Schema), Error> {
    let server = DatabaseUrl::parse(&project.database_url()?)?;
    let mut scope = Scope::for_project(Some(project));
    wanted.extend(&mut scope, server.engine)?;
    let mut loader = Loader::new(server, scope);
    let outcome = inside(project, wanted, base, answers, ask, &mut loader).await;
    let finished = loader.finish().await;
    let outcome = outcome?;
    finished?;
    Ok(outcome)
}

async fn inside(
    project: &Project,
    wanted: &Wanted,
    base: Base,
    answers: &Answers,
    ask: Option<&mut dyn Ask>,
    loader: &mut Loader,
) -> Result<(Outcome, Schema), Error> {
    if base == Base::Database {
        require_heads(project, loader.server()).await?;
    }
    let before = match base {
        Base::Database => loader.database(loader.server().clone()).await?,
        Base::Replay => loader.revisions(project, "heads").await?,
    };
    let Loaded { schema: before, mut connection } = before;
    let served = served_as(project, before.dialect)?;
    let outcome = async {
        let written = kept(project, wanted.schema(before.dialect)?);
        let after = normalise(&mut connection, loader.server(), &written, loader.scope())
            .await
            .map_err(|refused| wanted.placed(refused))?;
        let before = kept(project, before);
        let comparison = Comparison {
            before: &before,
            after: &after,
            written: Some(&written),
            told: wanted.told(before.dialect),
        };
        // A scratch database has no rows that could say anything.
        let counted_in = (base == Base::Database).then_some(&mut connection);
        let mut outcome = compare(comparison, counted_in, answers, ask).await?;
        for section in &mut outcome.sections {
            section.dialect = served;
        }
        let rest = project.dialects().iter().filter(|dialect| **dialect != served);
        for dialect in rest {
            outcome.sections.push(others::sections(*dialect, wanted, &before, &outcome)?);
        }
        Ok((outcome, written))
    }
    .await;
    connection.close().await;
    outcome
}

/// Refuses a database that lacks revisions, or has others.
async fn require_heads(project: &Project, url: &DatabaseUrl) -> Result<(), Error> {
    let (revisions, _) = Revisions::sealed_in_memory(project)?;
    let versions = Versions::loaded(revisions.catalog);
    let migrator = project.migrator(&versions);
    let not_current =
        |message: String, help: &str| Err(Error::new(Code::NotCurrent, message).with_help(help));
    match migrator.status(url.clone()).await? {
        Status::Current => Ok(()),
        Status::Pending(missing) => not_current(
            format!("the database is not at the heads: it lacks {}", missing.join(", ")),
            "run `cargo migrate upgrade heads` first, or compare with the revisions alone: --replay",
        ),
        Status::Ahead { unknown } => not_current(
            format!("the database has revisions that are not here: {}", unknown.join(", ")),
            "bring the project up to date, or compare with the revisions alone: --replay",
        ),
        Status::Diverged { revisions } => not_current(
            format!("the database has another history: {}", revisions.join(", ")),
            "`cargo migrate verify` says what differs; or compare with the revisions alone: --replay",
        ),
    }
}

/// The dialect of the project as which the server counts; it must be the first.
fn served_as(project: &Project, server: Dialect) -> Result<Dialect, Error> {
    let listed = project.dialects();
    let served = match server {
        Dialect::Mariadb if !listed.contains(&Dialect::Mariadb) => Dialect::Mysql,
        server => server,
    };
    match listed.first() {
        Some(first) if *first == served => Ok(served),
        first => Err(Error::new(
            Code::DialectNotConfigured,
            format!(
                "the database speaks {served}, and models are compared in the first dialect of migrate.toml, {}",
                first.map_or("none", |first| first.name())
            ),
        )
        .with_help("name a database of the first dialect with --database-url, or put this dialect first")),
    }
}

/// Without the tables that migrate.toml passes by.
fn kept(project: &Project, mut schema: Schema) -> Schema {
    let config = &project.config.autogenerate;
    schema.tables.retain(|name, _| config.looks_at(&name.to_string()));
    schema
}
