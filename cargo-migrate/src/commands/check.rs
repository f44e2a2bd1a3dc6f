use clap::Args;
use migrate_core::{Code, Dialect, Error};
use migrate_runtime::cli::Console;
use serde_json::json;

use crate::{
    asynchronous::block_on,
    autogenerate::{AnswerArgs, Base, Findings, check},
    lint::{self, Finding},
    paths::shown,
    project::Project,
    revisions::{Revisions, read_catalog, read_lock},
    show,
    target::Target,
    wanted::Wanted,
};

/// Options of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Exit code 0: the models and what they are compared with agree; 3: they do not.
The database may speak any dialect of migrate.toml. A replay is made in each that has a server: SQLite always has one,
others that of the database or one of [autogenerate.servers].

Examples:
  cargo migrate check
  cargo migrate check --replay   # needs no database at the heads, as in CI
  cargo migrate check --replay --dialect sqlite
  cargo migrate check --revisions   # needs no database at all")]
pub(crate) struct CheckArgs {
    /// Compare with the revisions, run in a scratch database, instead of the database.
    #[arg(long)]
    replay: bool,
    /// Look at the revisions alone, without a database and without models: heads, seals, dialects, what is not written
    /// yet, ways back.
    #[arg(long, conflicts_with_all = ["replay", "rename", "allow_drop", "fill"])]
    revisions: bool,
    /// Replay in this dialect alone.
    #[arg(long, requires = "replay", value_name = "DIALECT", value_parser = dialect)]
    dialect: Option<Dialect>,
    #[command(flatten)]
    answers: AnswerArgs,
}

impl CheckArgs {
    /// Compares the models with what there is. Writes nothing.
    pub(crate) fn run(&self, project: &Project, console: &Console) -> Result<u8, Error> {
        if self.revisions {
            return revisions(project, console);
        }
        let base = if self.replay { Base::Replay } else { Base::Database };
        if let Some(dialect) = self.dialect.filter(|dialect| !project.dialects().contains(dialect)) {
            return Err(project.located(
                &Error::new(
                    Code::DialectNotConfigured,
                    format!("{dialect} is none of the dialects of migrate.toml"),
                )
                .with_help("add it there, or name one of those"),
            ));
        }
        let wanted = Wanted::read(project, console)?;
        let answers = self.answers.read()?;
        if base == Base::Database {
            Target::parse(&project.database_url()?)?.require_there(
                "make it with `cargo migrate upgrade`, or compare with the revisions alone: --replay",
            )?;
        }
        let found = block_on(check(project, &wanted, base, self.dialect, &answers))??;
        if found.is_empty() {
            refuse_nothing(project, &wanted)?;
            agree(&found, base, &wanted, console);
            return Ok(0);
        }
        show::findings(&found, console);
        console.note("cargo migrate revision --autogenerate -m MESSAGE writes the revision");
        Ok(Code::NotCurrent.exit_code())
    }
}

/// Says what is wrong with the revisions, and what is good to know of them.
fn revisions(project: &Project, console: &Console) -> Result<u8, Error> {
    let (catalog, lock) = (read_catalog(project)?, read_lock(project)?);
    let findings = lint::findings(&catalog, &lock).into_iter();
    let findings: Vec<_> = findings.map(|one| one.located(|file| shown(&project.path_of(file)))).collect();
    let is_wrong = findings.iter().any(|finding| finding.is_wrong);
    let code = if is_wrong { Code::NotCurrent.exit_code() } else { 0 };
    if console.is_json() {
        console.json(&json!({ "findings": findings.iter().map(Finding::json).collect::<Vec<_>>() }));
        return Ok(code);
    }
    for finding in &findings {
        console.out(&finding.text());
        if let Some(help) = finding.help() {
            console.out(&format!("  {help}"));
        }
    }
    if !is_wrong {
        let count = catalog.graph().len();
        let noun = if count == 1 { "revision is" } else { "revisions are" };
        console.out(&format!("{count} {noun} sound"));
    }
    Ok(code)
}

/// What to look at where no model was found.
pub(super) const NO_MODEL: &str = "no model was found: derive migrate_runtime::Table for the structs that are tables; where \
                                   another package has them, name it under `[models] packages` in migrate.toml";

/// Two sides that hold nothing agree: where there are revisions, the models have rather not been found.
fn refuse_nothing(project: &Project, wanted: &Wanted) -> Result<(), Error> {
    if wanted.len() > 0 {
        return Ok(());
    }
    let (revisions, _) = Revisions::sealed_in_memory(project)?;
    if revisions.catalog.graph().is_empty() {
        return Ok(());
    }
    Err(Error::new(Code::NoModels, "there are revisions, and no model was found to compare with").with_help(
        "derive migrate_runtime::Table for the structs that are tables, in modules that lib.rs or main.rs reaches; \
         `[models] packages` in migrate.toml names other packages",
    ))
}

fn agree(found: &Findings, base: Base, wanted: &Wanted, console: &Console) {
    if console.is_json() {
        show::findings(found, console);
        return;
    }
    let tables = wanted.len();
    let noun = if tables == 1 { "table" } else { "tables" };
    let with = match base {
        Base::Database => "the database",
        Base::Replay => "the revisions",
    };
    let dialects: Vec<_> = found.outcomes().map(|outcome| outcome.served().name()).collect();
    let compared = if dialects.len() > 1 { format!(" ({})", dialects.join(", ")) } else { String::new() };
    console.out(&format!("the models agree with {with}: {tables} {noun}{compared}"));
    if tables == 0 {
        console.warn(NO_MODEL);
    }
    show::warnings(found, console);
}

fn dialect(word: &str) -> Result<Dialect, String> {
    word.parse().map_err(|error: migrate_core::UnknownDialect| error.to_string())
}
