//! From the arguments of the process to its exit code.

use std::{ffi::OsString, process::ExitCode};

use clap::FromArgMatches as _;
use migrate_core::Error;
use migrate_runtime::cli::{Console, exit_code, refuse};

use crate::{
    cli::{self, Arguments, Command, Intent},
    commands, diagnose,
    project::Project,
};

/// Runs the command that the arguments of the process ask for.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words = without_subcommand(arguments);
    let parsed = cli::command(&words)
        .try_get_matches_from(&words)
        .and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, Intent::of(&matches))));
    let (arguments, intent) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let tip = cli::tip(&error, &words);
            return ExitCode::from(refuse(error, &words, tip));
        }
    };
    let console = Console::new(&arguments.output);
    match dispatch(&arguments, &intent, &console) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let excerpt = diagnose::excerpt(&error, console.colors_errors());
            console.error_with_source(&error, excerpt.as_deref());
            ExitCode::from(exit_code(&error))
        }
    }
}

/// `cargo migrate x` starts `cargo-migrate migrate x`.
fn without_subcommand(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|first| first == "migrate") {
        arguments.remove(1);
    }
    arguments
}

fn dispatch(arguments: &Arguments, intent: &Intent, console: &Console) -> Result<u8, Error> {
    match &arguments.command {
        Command::Init(init) => init.run(&arguments.project, console),
        Command::ListTemplates => Ok(commands::list_templates(console)),
        Command::Revision(revision) => revision.run(&Project::open(&arguments.project)?, console),
        Command::Merge(merge) => merge.run(&Project::open(&arguments.project)?, console),
        Command::Rebase(rebase) => rebase.run(&Project::open(&arguments.project)?, console),
        Command::Edit(edit) => edit.run(&Project::open(&arguments.project)?, console),
        Command::Lock(lock) => lock.run(&Project::open(&arguments.project)?, console),
        Command::Check(check) => check.run(&Project::open(&arguments.project)?, console),
        Command::Reflect(reflect) => reflect.run(&arguments.project, console),
        Command::Diff(diff) => diff.run(&arguments.project, console),
        Command::Completions(completions) => Ok(completions.run(cli::command(&[]), console)),
        Command::Man(man) => man.run(cli::command(&[]), console),
        Command::Database(command) => {
            let project = Project::open(&arguments.project)?;
            let wait = arguments.project.lock_wait;
            commands::database(command, intent, &project, wait, &arguments.output, console)
        }
    }
}
