//! Commands that run on a revision's file once it is written: a formatter, a linter.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use migrate_core::{Code, Error};

use crate::{config::Hook, paths::shown};

/// How much of what a command says is repeated.
const LINES: usize = 20;

/// Runs the commands one after the other, in the folder of migrate.toml.
///
/// # Errors
/// [`Code::HookFailed`] for the first that cannot be started, or says that it failed.
pub(crate) fn run(hooks: &[Hook], folder: &Path, file: &Path) -> Result<(), Error> {
    hooks.iter().try_for_each(|hook| run_one(hook, folder, file))
}

fn run_one(hook: &Hook, folder: &Path, file: &Path) -> Result<(), Error> {
    let name = file.to_string_lossy();
    let mut words = hook.words.iter().map(|word| word.replace(Hook::FILE, &name));
    let Some(program) = words.next() else { return Ok(()) };
    let mut arguments: Vec<String> = words.collect();
    if !hook.words.iter().any(|word| word.contains(Hook::FILE)) {
        arguments.push(name.into_owned());
    }
    let failed = |why: String| {
        Error::new(Code::HookFailed, format!("the hook `{}` {why}", hook.text)).with_help(
            "nothing was written; mend the file's text or `post_write` under [hooks] in migrate.toml",
        )
    };
    let output = Command::new(&program)
        .args(&arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(format!("cannot be started: {program}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said).replace(&*file.to_string_lossy(), &shown(file));
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).take(LINES).collect();
    let how =
        output.status.code().map_or_else(|| output.status.to_string(), |code| format!("exit code {code}"));
    let why = if lines.is_empty() { String::new() } else { format!(": {}", lines.join("\n")) };
    Err(failed(format!("failed with {how}{why}")))
}
