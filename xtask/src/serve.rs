//! `cargo xtask servers`: the servers of `cargo xtask test`, kept standing for somebody who works on single tests.

use std::fs;
use std::io::{self, BufRead, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::process::ExitCode;
use std::thread;

use crate::failure::{Explain, Failure, Result};
use crate::options::Options;
use crate::servers::Fleet;
use crate::{report, workspace};

const UNTIL_KILLED: &str = "--until-killed";

/// Runs the task.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let options = Options::parse(arguments, &[UNTIL_KILLED])?;
    if !options.rest.is_empty() {
        return Err(Failure::Usage("`servers` takes no arguments after `--`".to_owned()));
    }
    let cache = workspace::cache();
    fs::create_dir_all(&cache).explain(|| format!("cannot make {}", cache.display()))?;
    let file = cache.join("servers.env");
    let fleet = Fleet::start(&options, &[&file])?;

    let exports = report::exports(&fleet.variables());
    // It holds passwords.
    let _ = fs::remove_file(&file);
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .and_then(|mut file| file.write_all(exports.as_bytes()))
        .explain(|| format!("cannot write {}", file.display()))?;
    print!("{exports}");
    io::stdout().flush().explain(|| "cannot write to standard output".to_owned())?;
    eprintln!(
        "xtask: . {}   # until the servers are stopped; their logs are in {}",
        file.display(),
        fleet.folder().display()
    );

    if options.has(UNTIL_KILLED) {
        loop {
            thread::park();
        }
    }
    eprintln!("xtask: Enter or end of input stops them");
    let _ = io::stdin().lock().read_line(&mut String::new());
    Ok(ExitCode::SUCCESS)
}
