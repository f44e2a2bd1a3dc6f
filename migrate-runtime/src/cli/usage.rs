//! A command line that makes no sense: what clap says about it, with the way on, and as JSON for who asked for that.

use std::{env, ffi::OsString, process};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use migrate_core::{Code, Error};

use super::{Console, Format, OutputArgs};

/// Parses the arguments of the process, as [`clap::Parser::parse`] does, and ends the process if they make no sense:
/// with the code 2, and with `--format json` as an object on stderr like every other error.
///
/// ```no_run
/// #[derive(clap::Parser)]
/// enum Arguments {
///     Migrate(migrate_runtime::cli::Migrate),
/// }
///
/// let Arguments::Migrate(migrate) = migrate_runtime::cli::parse();
/// ```
pub fn parse<P: clap::Parser>() -> P {
    let arguments: Vec<OsString> = env::args_os().collect();
    P::try_parse_from(&arguments)
        .unwrap_or_else(|error| process::exit(i32::from(refuse(error, &arguments, None))))
}

/// Shows what is wrong with `arguments`, with a tip of the caller or of ours; or the help, if that is what was asked for.
/// Gives the code to exit with.
pub fn refuse(mut error: clap::Error, arguments: &[OsString], tip: Option<String>) -> u8 {
    if let Some(tip) = tip.or_else(|| own_tip(&error, arguments)) {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !is_help && wants_json(arguments) {
        Console::new(&OutputArgs { format: Format::Json, ..OutputArgs::default() }).error(&as_error(&error));
    } else {
        // Help and version are results and go to stdout; a reader that has gone away is no error.
        let _ = error.print();
    }
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// How far back is what Alembic's users know, and others have to be told.
fn own_tip(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let is_downgrade = arguments.iter().any(|argument| argument == "downgrade");
    (error.kind() == ErrorKind::MissingRequiredArgument && is_downgrade)
        .then(|| "`downgrade -1` takes the last revision back, `downgrade base` all of them".to_owned())
}

/// What clap could not parse cannot be asked of clap.
fn wants_json(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument == "--format=json")
        || arguments.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}

/// The first paragraph of what clap says, and its tips.
fn as_error(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Error::new(Code::Usage, "no command was given").with_help("--help lists the commands");
    }
    let said = text.strip_prefix("error: ").unwrap_or(&text);
    let first = said.split("\n\n").next().unwrap_or(said);
    let message = first.split_whitespace().collect::<Vec<_>>().join(" ");
    let tips: Vec<_> = text.lines().filter_map(|line| line.trim_start().strip_prefix("tip: ")).collect();
    let help = if tips.is_empty() { "--help shows what is possible".to_owned() } else { tips.join("; ") };
    Error::new(Code::Usage, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Migrate;

    #[derive(Debug, clap::Parser)]
    struct Arguments {
        #[command(flatten)]
        migrate: Migrate,
    }

    fn refused(words: &[&str]) -> Error {
        let arguments: Vec<OsString> = ["app"].iter().chain(words).map(OsString::from).collect();
        let mut error = Arguments::try_parse_from(&arguments).unwrap_err();
        if let Some(tip) = own_tip(&error, &arguments) {
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
        }
        as_error(&error)
    }

    #[test]
    fn what_clap_says_becomes_an_error_of_one_line_with_its_tips() {
        let error = refused(&["downgrade"]);
        assert_eq!(error.code(), Code::Usage);
        assert_eq!(error.message(), "the following required arguments were not provided: <REVISION>");
        assert!(error.help().unwrap().contains("`downgrade -1`"), "{error:?}");
        let error = refused(&["upgrde"]);
        assert_eq!(error.message(), "unrecognized subcommand 'upgrde'");
        assert!(error.help().unwrap().contains("'upgrade'"), "{error:?}");
        assert_eq!(refused(&[]).message(), "no command was given");
        assert_eq!(refused(&["heads", "more"]).help(), Some("--help shows what is possible"));
    }

    #[test]
    fn json_is_asked_for_in_two_ways() {
        let wants = |words: &[&str]| wants_json(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(wants(&["a", "--format", "json"]) && wants(&["--format=json", "b"]));
        assert!(!wants(&["--format", "text", "json"]));
    }
}
