use clap::Args;
use migrate_core::{Code, Error};
use migrate_runtime::{DatabaseUrl, cli::Console};

use crate::{
    asynchronous::block_on,
    autogenerate::{AnswerArgs, Comparison, Outcome, compare},
    cli::ProjectArgs,
    diff::Renames,
    project::Project,
    reflect::Scope,
    show,
    sources::{Loaded, Loader, Source},
};

/// Options of `diff`.
#[derive(Debug, Args)]
#[command(
    after_help = "A source is db:URL, db (the project's database), models, revisions, revisions@REV or sql:FILE.
SQL files and revisions are run in a scratch database on the server of the other side, else of the project.

Examples:
  cargo migrate diff --from db --to models
  cargo migrate diff --from db:postgres://localhost/old --to db:postgres://localhost/new
  cargo migrate diff --from revisions --to sql:schema.sql --sql"
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
    /// Write the SQL of the way there, and nothing else.
    #[arg(long)]
    sql: bool,
}

impl DiffArgs {
    /// Shows what leads from one schema to the other. Writes nothing.
    pub(crate) fn run(&self, arguments: &ProjectArgs, console: &Console) -> Result<u8, Error> {
        let (from, to) = (Source::parse(&self.from)?, Source::parse(&self.to)?);
        let needs_project = !(from.stands_alone() && to.stands_alone());
        let project = match Project::open(arguments) {
            Ok(project) => Some(project),
            Err(error) if needs_project => return Err(error),
            Err(_) => None,
        };
        let outcome = block_on(self.outcome(&from, &to, project.as_ref(), arguments))??;
        if self.sql && !console.is_json() {
            console.out(outcome.up_sql().trim_end());
        } else {
            show::outcome(&outcome, console);
        }
        Ok(0)
    }

    async fn outcome(
        &self,
        from: &Source,
        to: &Source,
        project: Option<&Project>,
        arguments: &ProjectArgs,
    ) -> Result<Outcome, Error> {
        let server = server([from, to], project, arguments)?;
        let scope =
            project.map_or_else(|| Scope::for_project(None), |project| Scope::for_project(Some(project)));
        let mut loader = Loader::new(server, scope);
        let outcome = self.compared(from, to, project, &mut loader).await;
        let finished = loader.finish().await;
        let outcome = outcome?;
        finished?;
        Ok(outcome)
    }

    async fn compared(
        &self,
        from: &Source,
        to: &Source,
        project: Option<&Project>,
        loader: &mut Loader,
    ) -> Result<Outcome, Error> {
        let mut before = load(from, project, loader).await?;
        let after = load(to, project, loader).await?;
        if before.schema.dialect != after.schema.dialect {
            return Err(Error::new(
                Code::Usage,
                format!("{} and {} cannot be compared", before.schema.dialect, after.schema.dialect),
            )
            .with_help("both sides must be of one engine"));
        }
        let answers = self.answers.read()?;
        let comparison = Comparison {
            before: &before.schema,
            after: &after.schema,
            written: None,
            told: Renames::default(),
        };
        let outcome = compare(comparison, Some(&mut before.connection), &answers, None).await;
        before.connection.close().await;
        after.connection.close().await;
        outcome
    }
}

async fn load(source: &Source, project: Option<&Project>, loader: &mut Loader) -> Result<Loaded, Error> {
    match source {
        Source::Database(Some(url)) => loader.database(url.clone()).await,
        Source::Database(None) => loader.database(loader.server().clone()).await,
        Source::File(path) => loader.file(path).await,
        Source::Revisions(target) => match project {
            Some(project) => loader.revisions(project, target).await,
            None => Err(Error::new(
                Code::NoProject,
                "the revisions of a project are asked for, and there is none",
            )),
        },
        Source::Models => Err(Error::new(Code::NoProject, "models need a project")),
    }
}

/// The server of one of the databases; else that of the project.
fn server(
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
        (Some(project), _) => DatabaseUrl::parse(&project.database_url()?),
        (None, Some(url)) => DatabaseUrl::parse(url),
        (None, None) => Err(Error::new(Code::Usage, "no server is known to run the SQL on").with_help(
            "name one with --database-url: the engine of the files, with the right to create databases",
        )),
    }
}
