//! `cargo xtask test`: every test, against every engine that can be had.

use std::env;
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use crate::engine::Engine;
use crate::failure::{Explain, Result};
use crate::options::Options;
use crate::report::{self, Row};
use crate::servers::{Account, Fleet, Standing};
use crate::{programs, workspace};

const LONG: &str = "--long";

/// Runs the task. The exit code is that of the tests.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let options = Options::parse(arguments, &[LONG])?;
    let ci = env::var("CI").is_ok_and(|value| value == "true");
    let fleet = Fleet::start(&options, &[])?;
    let missing = missing_in_ci(&fleet);
    if ci && !missing.is_empty() {
        summary(&options, &fleet, false);
        eprintln!("error: with CI=true these must be tested: {}", missing.join(", "));
        return Ok(ExitCode::FAILURE);
    }

    let environment = Environment::new(&options, &fleet);
    let mut code = environment.run(runner(fleet.account(), &options.rest, ci))?;
    // The renderers' own tests on a server are ignored where nobody has one.
    for (engine, tests) in [(Engine::Postgres, "ddl::postgres"), (Engine::SqlServer, "ddl::mssql")] {
        let version = fleet.standings.iter().find(|one| one.engine() == engine).and_then(Standing::version);
        if let (ExitCode::SUCCESS, true, Some(version)) = (code, options.rest.is_empty(), version) {
            code = environment.run(on_a_server(fleet.account(), tests, &version))?;
        }
    }
    // A filter is for the runner; documentation tests have no names that it could mean.
    if code == ExitCode::SUCCESS && options.rest.is_empty() {
        let mut command = cargo(fleet.account());
        command.args(["test", "--workspace", "--doc"]);
        code = environment.run(command)?;
    }
    print_accounts();
    summary(&options, &fleet, true);
    Ok(code)
}

/// What is set and what is cleared for the tests.
struct Environment {
    set: Vec<(String, String)>,
    cleared: Vec<String>,
}

impl Environment {
    fn new(options: &Options, fleet: &Fleet) -> Self {
        let mut set = fleet.variables();
        if options.has(LONG) {
            set.push(("MIGRATE_TEST_LONG".to_owned(), "1".to_owned()));
        }
        let accounts = accounts();
        // A test that cannot write its account fails.
        let _ = std::fs::remove_dir_all(&accounts);
        let _ = std::fs::create_dir_all(&accounts);
        set.push(("MIGRATE_TEST_REPORT".to_owned(), accounts.to_string_lossy().into_owned()));
        // A given server that `--only` leaves out is left alone.
        let cleared = Engine::ALL.into_iter().filter(|engine| !options.engines.contains(engine));
        Self { set, cleared: cleared.map(|engine| engine.variable("URL")).collect() }
    }

    fn run(&self, mut command: Command) -> Result<ExitCode> {
        for name in &self.cleared {
            command.env_remove(name);
        }
        let status = command
            .envs(self.set.iter().map(|(name, value)| (name, value)))
            .current_dir(workspace::root())
            .stdin(Stdio::null())
            .status()
            .explain(|| "cannot run cargo".to_owned())?;
        Ok(exit_code(status))
    }
}

/// The same code, or a plain failure where a signal ended it.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

/// nextest where it is installed, else what every cargo has.
fn runner(account: &Account, arguments: &[String], ci: bool) -> Command {
    let nextest = programs::run(Command::new(workspace::cargo()).args(["nextest", "--version"])).is_ok();
    let mut command = cargo(account);
    if nextest {
        command.args(["nextest", "run", "--workspace"]);
        if ci {
            command.args(["--profile", "ci"]);
        }
    } else {
        eprintln!("xtask: cargo-nextest is not installed; `cargo test` it is, which is slower");
        command.args(["test", "--workspace", "--lib", "--bins", "--tests"]);
        if ci {
            command.arg("--no-fail-fast");
        }
        command.arg("--");
    }
    command.args(arguments);
    command
}

/// The ignored tests of the plugin below a path, without those that are for a newer server.
fn on_a_server(account: &Account, tests: &str, version: &str) -> Command {
    const NEWER: [(u32, &str); 1] = [(18, "what_version_18_has")];
    let major = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    let mut command = cargo(account);
    command.args(["test", "--package", "cargo-migrate", "--bin", "cargo-migrate", "--", "--ignored", tests]);
    for (_, name) in NEWER.into_iter().filter(|(needs, _)| major < *needs) {
        command.args(["--skip", name]);
    }
    command
}

/// cargo, and with it the tests, end when we do.
fn cargo(account: &Account) -> Command {
    account.own_command(workspace::cargo(), "TERM")
}

fn missing_in_ci(fleet: &Fleet) -> Vec<&'static str> {
    let missing = fleet.standings.iter().filter(|standing| matches!(standing, Standing::Missing(..)));
    missing.map(Standing::engine).filter(|engine| engine.needed_in_ci()).map(Engine::name).collect()
}

/// Where tests of many cases write how many they were.
fn accounts() -> PathBuf {
    workspace::cache().join("accounts")
}

/// What those tests wrote, each file in its own lines.
fn print_accounts() {
    let Ok(entries) = std::fs::read_dir(accounts()) else { return };
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    for file in files {
        if let Ok(text) = std::fs::read_to_string(file) {
            // The runner shows failures in full.
            for line in text.lines() {
                println!("{}", line.chars().take(160).collect::<String>());
            }
        }
    }
}

fn summary(options: &Options, fleet: &Fleet, ran: bool) {
    let left_out = Engine::ALL.into_iter().filter(|engine| !options.engines.contains(engine));
    let rows: Vec<_> = fleet
        .standings
        .iter()
        .map(|standing| Row::of(standing, ran))
        .chain(left_out.map(Row::left_out))
        .collect();
    print!("\n{}", report::table(&rows));
}
