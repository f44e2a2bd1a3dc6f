//! A program that migrates its own database at its start, and says how many revisions it has applied.

use std::process::ExitCode;

use migrate_runtime::{Migrator, Versions, blocking, embed};

static VERSIONS: Versions = embed!("fixtures/starters/migrations");

fn main() -> ExitCode {
    let url = std::env::var("DATABASE_URL").unwrap_or_default();
    match blocking::Migrator::new(Migrator::new(&VERSIONS)).upgrade(&url, "head") {
        Ok(report) => {
            println!("{}", report.steps.len());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", error.code());
            ExitCode::FAILURE
        }
    }
}
