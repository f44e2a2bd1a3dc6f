//! What the program calls our commands: a help names them as they are to be typed.

use std::{ffi::OsString, path::Path};

use migrate_core::Error;

/// The commands that a help of the library names bare, as in `` `upgrade heads` ``.
const COMMANDS: [&str; 8] =
    ["upgrade", "downgrade", "stamp", "resume", "history", "current", "verify", "ensure-version"];

/// The error with its help in the words of a program: `` `upgrade heads` `` is `` `app migrate upgrade heads` `` there.
///
/// ```
/// use migrate_runtime::{Code, Error, cli::in_words_of};
///
/// let error = Error::new(Code::NotCurrent, "1 of 2 revisions is not applied").with_help("run `upgrade`");
/// assert_eq!(in_words_of("app migrate", error).help(), Some("run `app migrate upgrade`"));
/// ```
pub fn in_words_of(program: &str, error: Error) -> Error {
    match error.help() {
        Some(help) => {
            let help = with_prefix(program, help);
            error.with_help(help)
        }
        None => error,
    }
}

fn with_prefix(program: &str, help: &str) -> String {
    let mut prefixed = String::with_capacity(help.len());
    // Every second piece stands between backquotes.
    for (at, piece) in help.split('`').enumerate() {
        if at > 0 {
            prefixed.push('`');
        }
        if at % 2 == 1 && COMMANDS.contains(&piece.split(' ').next().unwrap_or_default()) {
            prefixed.push_str(program);
            prefixed.push(' ');
        }
        prefixed.push_str(piece);
    }
    prefixed
}

/// What stands before a command of ours in the arguments of a process, such as `app migrate`. None where that cannot be
/// told: options may hold anything.
pub(super) fn before(command: &str, arguments: &[OsString]) -> Option<String> {
    let (program, arguments) = arguments.split_first()?;
    let program = Path::new(program).file_name()?.to_str()?;
    let mut words = vec![program.strip_suffix(".exe").unwrap_or(program)];
    for argument in arguments {
        let word = argument.to_str()?;
        if word == command || (word.starts_with('-') && words.len() > 1) {
            return Some(words.join(" "));
        }
        if !word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            || word.starts_with('-')
        {
            return None;
        }
        words.push(word);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_between_backquotes_are_those_of_the_program() {
        assert_eq!(
            with_prefix(
                "cargo migrate",
                "run `upgrade heads`; or `stamp`, `cargo migrate merge heads`, `upgraded` and upgrade"
            ),
            "run `cargo migrate upgrade heads`; or `cargo migrate stamp`, `cargo migrate merge heads`, `upgraded` and upgrade"
        );
    }

    #[test]
    fn the_words_before_a_command_are_the_program() {
        let before = |words: &[&str]| before("verify", &words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(before(&["/usr/bin/app", "migrate", "verify"]).as_deref(), Some("app migrate"));
        assert_eq!(before(&["app.exe", "verify"]).as_deref(), Some("app"));
        assert_eq!(before(&["app", "db", "--database-url", "x", "verify"]).as_deref(), Some("app db"));
        for unclear in [
            &["app", "--database-url", "mysql://u:pw@h", "verify"][..],
            &["app", "a/b", "verify"],
            &["app"],
            &[],
        ] {
            assert_eq!(before(unclear), None, "{unclear:?}");
        }
    }
}
