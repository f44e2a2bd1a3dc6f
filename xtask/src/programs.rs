//! Programs of the machine: where they are, and running one to its end.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::failure::{Explain, Failure, Result};

/// Where servers live that a user's `PATH` may leave out.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// The program of that name in `PATH` or in the system's folders.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(SYSTEM_FOLDERS.iter().map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// Runs a program with no input to its end. A failure carries the command and the last lines that it wrote.
pub(crate) fn run(command: &mut Command) -> Result<Output> {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line = line + " " + &argument.to_string_lossy();
    }
    run_as(&format!("`{line}`"), command)
}

/// The same, with a name of its own for the command.
pub(crate) fn run_as(name: &str, command: &mut Command) -> Result<Output> {
    let output = command.stdin(Stdio::null()).output().explain(|| format!("cannot run {name}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let mut written = String::from_utf8_lossy(&output.stdout).into_owned();
    written.push_str(&String::from_utf8_lossy(&output.stderr));
    Err(Failure::new(format!("{name} failed ({}):\n{}", output.status, tail(&written, 15))))
}

/// The first line of what a program wrote on its standard output.
pub(crate) fn first_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().trim().to_owned()
}

/// The last lines of a text, indented.
pub(crate) fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.len().saturating_sub(count);
    lines[start..].iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// The last lines of a log file, indented; a missing file has none.
pub(crate) fn tail_of_file(path: &Path, count: usize) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    tail(&String::from_utf8_lossy(&text), count)
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn the_tail_of_a_short_text_is_all_of_it() {
        assert_eq!(tail("a\nb", 5), "  a\n  b");
        assert_eq!(tail("a\nb\nc", 2), "  b\n  c");
        assert_eq!(tail("", 2), "");
    }
}
