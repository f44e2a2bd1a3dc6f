//! `cargo xtask bench`: the benchmarks of the package `migrate-benches`.

use std::process::{Command, ExitCode};

use crate::failure::{Explain, Result};
use crate::workspace;

/// Runs the task. The arguments are handed to the benchmarks: a part of a name.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let status = Command::new(workspace::cargo())
        .args(["bench", "--package", "migrate-benches", "--"])
        .args(arguments)
        .current_dir(workspace::root())
        .status()
        .explain(|| "cannot run cargo".to_owned())?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
