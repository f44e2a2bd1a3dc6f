use clap::Args;
use migrate_core::{Code, Error};
use migrate_runtime::cli::Console;

use crate::{
    asynchronous::block_on,
    autogenerate::{AnswerArgs, Base, autogenerate},
    project::Project,
    show,
    wanted::Wanted,
};

/// Options of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Exit code 0: the models and what they are compared with agree; 3: they do not.

Examples:
  cargo migrate check
  cargo migrate check --replay   # needs no database at the heads, as in CI")]
pub(crate) struct CheckArgs {
    /// Compare with the revisions, run in a scratch database, instead of the database.
    #[arg(long)]
    replay: bool,
    #[command(flatten)]
    answers: AnswerArgs,
}

impl CheckArgs {
    /// Compares the models with what there is. Writes nothing.
    pub(crate) fn run(&self, project: &Project, console: &Console) -> Result<u8, Error> {
        let wanted = Wanted::read(project, console)?;
        let base = if self.replay { Base::Replay } else { Base::Database };
        let answers = self.answers.read()?;
        let (outcome, _) = block_on(autogenerate(project, &wanted, base, &answers, None))??;
        if outcome.operations.is_empty() {
            if console.is_json() {
                show::outcome(&outcome, console);
            } else {
                let tables = wanted.len();
                let noun = if tables == 1 { "table" } else { "tables" };
                let with = match base {
                    Base::Database => "the database",
                    Base::Replay => "the revisions",
                };
                console.out(&format!("the models agree with {with}: {tables} {noun}"));
            }
            return Ok(0);
        }
        show::outcome(&outcome, console);
        console.note("cargo migrate revision --autogenerate -m MESSAGE writes the revision");
        Ok(Code::NotCurrent.exit_code())
    }
}
