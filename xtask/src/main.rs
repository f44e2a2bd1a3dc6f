//! Tasks of the workspace: `cargo xtask <task>`. A task is a file of its own with a `run` function.

mod bench;
mod demo;
mod engine;
mod failure;
mod options;
mod packages;
mod programs;
mod report;
mod serve;
mod servers;
mod test;
mod workspace;

use std::env;
use std::process::ExitCode;

use failure::{Failure, Result};

const USAGE: &str = "\
Usage: cargo xtask <task> [options]

Tasks:
  demo      a tour of the tool on SQLite, in a temporary folder
  test      run every test against throwaway database servers, and say which engines were really tested
  bench     the benchmarks, ours and the peers' side by side; arguments are a filter
  servers   start the same servers and keep them until Enter, end of input or a signal

Options of test and servers:
  --only A,B       only these engines: postgres, mariadb, mysql, mssql, sqlite
  --no-install     never call apt: what is not installed is not tested

Options of test:
  --long           also the tests that take minutes (sets MIGRATE_TEST_LONG=1)
  -- ARGUMENTS     handed to the test runner: a filter such as `-- lock`

Options of servers:
  --until-killed   do not read standard input: stay until SIGINT or SIGTERM

Environment:
  MIGRATE_TEST_{POSTGRES,MARIADB,MYSQL,MSSQL}_URL   use a server that stands already
  CI=true                                           a missing PostgreSQL or MariaDB is a failure
";

fn main() -> ExitCode {
    let arguments: Vec<String> =
        env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(Failure::Usage(message)) => {
            eprint!("error: {message}\n\n{USAGE}");
            ExitCode::from(2)
        }
        Err(Failure::Task(message)) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    if arguments.iter().take_while(|argument| *argument != "--").any(|argument| is_help(argument)) {
        print!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    }
    let Some((task, rest)) = arguments.split_first() else {
        return Err(Failure::Usage("no task given".to_owned()));
    };
    match task.as_str() {
        "bench" => bench::run(rest),
        "demo" => demo::run(rest),
        "test" => test::run(rest),
        "servers" => serve::run(rest),
        unknown => Err(Failure::Usage(format!("there is no task `{unknown}`"))),
    }
}

fn is_help(argument: &str) -> bool {
    matches!(argument, "-h" | "--help" | "help")
}
