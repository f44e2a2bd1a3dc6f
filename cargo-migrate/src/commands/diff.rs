use std::path::PathBuf;

use clap::Args;
use migrate_core::{Code, Error};
use migrate_runtime::{DatabaseUrl, cli::Console};

use crate::{
    asynchronous::block_on,
    autogenerate::{AnswerArgs, Comparison, Note, Outcome, compare, note_dependents, without_external},
    cli::ProjectArgs,
    diagram::mermaid,
    diff::Renames,
    files,
    paths::shown,
    project::Project,
    reflect::Scope,
    servers, show,
    sources::{Loaded, Loader, Source},
    target::Target,
    wanted::Wanted,
};

/// Options of `diff`.
#[derive(Debug, Args)]
#[command(
    after_help = "A source is db:URL, db (the project's database), models, revisions, revisions@REV or sql:FILE.
SQL files and revisions are run in a scratch database on the server of the other side, else of the project.
Exit code 0, whatever is found; with --exit-code 3 where there are differences.

Examples:
  cargo migrate diff --from db --to models
  cargo migrate diff --from db:postgres://h/old --to db:postgres://h/new
  cargo migrate diff --from revisions --to sql:schema.sql --sql
  cargo migrate diff --diagram schema.mmd"
)]
pub(crate) struct DiffArgs {
    /// The schema to begin with.
    #[arg(long, value_name = "SOURCE", default_value = "db")]
    from: String,
    /// The schema to arrive at.
    #[arg(long, value_name = "SOURCE", default_value = "models")]
    to: String,
    #[command(flatten)]
    answers: AnswerArgs,
    /// Write the SQL of the way there, as a script for psql, sqlcmd -b, sqlite3 -bail, mysql or mariadb.
    #[arg(long)]
    sql: bool,
    /// End with exit code 3 if there are differences.
    #[arg(long)]
    exit_code: bool,
    /// Write the schema to arrive at there, as an entity-relationship diagram of Mermaid.
    #[arg(long, value_name = "FILE")]
    diagram: Option<PathBuf>,
}

/// What a comparison gives.
struct Found {
    outcome: Outcome,
    /// Of the schema to arrive at, where it is asked for.
    diagram: Option<String>,
    skipped: Option<Note>,
}

impl DiffArgs {
    /// Shows what leads from one schema to the other. Writes nothing.
    pub(crate) fn run(&self, arguments: &ProjectArgs, console: &Console) -> Result<u8, Error> {
        let (from, to) = (Source::parse("--from", &self.from)?, Source::parse("--to", &self.to)?);
        let needs_project = !(from.stands_alone() && to.stands_alone());
        let project = match Project::open(arguments) {
            Ok(project) => Some(project),
            Err(error) if needs_project => return Err(error),
            Err(_) => None,
        };
        let wanted = match &project {
            Some(project) if [&from, &to].contains(&&Source::Models) => Some(Wanted::read(project, console)?),
            _ => None,
        };
        let Found { outcome, diagram, skipped } =
            block_on(self.outcome(&from, &to, project.as_ref(), wanted.as_ref(), arguments))??;
        if let Some(note) = skipped {
            console.warn(&note.message);
        }
        if let (Some(path), Some(diagram)) = (&self.diagram, diagram) {
            files::replace(path, &diagram)?;
            console.note(&format!("wrote {}", shown(path)));
        }
        if self.sql && !console.is_json() {
            outcome.require_sections()?;
            let script = outcome.script();
            if script.is_empty() {
                console.note("no differences");
            } else {
                console.out(script.trim_end());
            }
        } else {
            show::outcome(&outcome, console);
        }
        let differs = self.exit_code && !outcome.operations.is_empty();
        Ok(if differs { Code::NotCurrent.exit_code() } else { 0 })
    }

    async fn outcome(
        &self,
        from: &Source,
        to: &Source,
        project: Option<&Project>,
        wanted: Option<&Wanted>,
        arguments: &ProjectArgs,
    ) -> Result<Found, Error> {
        let server = server([from, to], project, arguments).await?;
        let mut scope = Scope::for_project(project);
        if let Some(wanted) = wanted {
            wanted.extend(&mut scope, server.engine)?;
        }
        let mut loader = Loader::new(server, scope);
        if project.is_none() {
            loader = loader.with_every_schema();
        }
        let outcome = self.compared(from, to, project, wanted, &mut loader).await;
        let skipped = Note::skipped(loader.skipped());
        let finished = loader.finish().await;
        let (outcome, diagram) = outcome?;
        finished?;
        Ok(Found { outcome, diagram, skipped })
    }

    async fn compared(
        &self,
        from: &Source,
        to: &Source,
        project: Option<&Project>,
        wanted: Option<&Wanted>,
        loader: &mut Loader,
    ) -> Result<(Outcome, Option<String>), Error> {
        let mut before = load(from, project, wanted, loader).await?;
        let mut after = load(to, project, wanted, loader).await?;
        let dialect = before.schema.dialect;
        if dialect != after.schema.dialect {
            return Err(Error::new(
                Code::Usage,
                format!("{dialect} and {} cannot be compared", after.schema.dialect),
            )
            .with_help("both sides must be of one engine"));
        }
        let answers = self.answers.read()?;
        if let Some(wanted) = wanted {
            let models = wanted.schema(dialect)?;
            for side in [&mut before.schema, &mut after.schema] {
                without_external(side, &models);
            }
        }
        if *to == Source::Models {
            note_dependents(&mut before.connection, &mut before.schema).await?;
        }
        // What the models say in words of their own is written so.
        let models = wanted.filter(|_| *to == Source::Models);
        let written = models.map(|wanted| wanted.schema(dialect)).transpose()?;
        let comparison = Comparison {
            before: &before.schema,
            after: &after.schema,
            written: written.as_ref(),
            told: models.map(|wanted| wanted.told(dialect)).unwrap_or_default(),
            decided: Renames::default(),
        };
        // What was made in a scratch database has no rows that could be lost.
        let counted_in = matches!(from, Source::Database(_)).then_some(&mut before.connection);
        let outcome = compare(comparison, counted_in, &answers, None).await;
        before.connection.close().await;
        after.connection.close().await;
        let diagram = self.diagram.as_ref().map(|_| mermaid(written.as_ref().unwrap_or(&after.schema)));
        let outcome = outcome?;
        let renamed = outcome.renames.renamed(&before.schema);
        answers.require_known(&[&before.schema, &renamed])?;
        Ok((outcome, diagram))
    }
}

async fn load(
    source: &Source,
    project: Option<&Project>,
    wanted: Option<&Wanted>,
    loader: &mut Loader,
) -> Result<Loaded, Error> {
    let none = || Error::new(Code::NoProject, "a source is asked for that only a project has");
    match source {
        Source::Database(url) => {
            let url = url.as_ref().unwrap_or_else(|| loader.server()).clone();
            Target::of(url.clone())
                .require_there("name one that is there, or make it with `cargo migrate upgrade`")?;
            loader.database(url).await
        }
        Source::File(path) => loader.file(path).await,
        Source::Revisions(target) => loader.revisions(project.ok_or_else(none)?, target).await,
        Source::Models => wanted.ok_or_else(none)?.loaded(loader).await,
    }
}

/// The server of one of the databases; else that of the project.
async fn server(
    sources: [&Source; 2],
    project: Option<&Project>,
    arguments: &ProjectArgs,
) -> Result<DatabaseUrl, Error> {
    let given = sources.into_iter().find_map(|source| match source {
        Source::Database(Some(url)) => Some(url.clone()),
        Source::Database(None) | Source::Models | Source::Revisions(_) | Source::File(_) => None,
    });
    let is_project = sources.iter().any(|source| matches!(source, Source::Database(None)));
    if let (Some(url), false) = (given, is_project) {
        return Ok(url);
    }
    match (project, &arguments.database_url) {
        (Some(project), _) => match project.database_url() {
            Ok(url) => DatabaseUrl::parse(&url),
            Err(error) if is_project => Err(error),
            // What is to be made needs no database, where there is a server without one.
            Err(error) => match project.dialects().first() {
                Some(first) => servers::known(project, *first).await?.ok_or(error),
                None => Err(error),
            },
        },
        (None, Some(url)) => DatabaseUrl::parse(url),
        (None, None) => Err(Error::new(Code::Usage, "no server is known to run the SQL on").with_help(
            "name one with --database-url: the engine of the files, with the right to create databases",
        )),
    }
}
