use std::io::{self, IsTerminal as _, Write as _};

use migrate_core::{Detail, Error};
use serde_json::{Map, Value, json};

use super::wrap::hanging;

/// The widest line on a terminal. Where nobody sits, a message stays in one line: there it is searched for.
const WIDTH: usize = 80;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object on stdout; errors as one on stderr.
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set; always if `CLICOLOR_FORCE` is.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The options that every command has.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct OutputArgs {
    /// How results are written: text or json.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        hide_default_value = true,
        value_name = "FORMAT",
        help_heading = "Output"
    )]
    pub format: Format,
    /// When to use colours: auto, always or never.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        hide_default_value = true,
        value_name = "WHEN",
        help_heading = "Output"
    )]
    pub color: ColorChoice,
    /// Results only: no progress, no hints.
    #[arg(short, long, global = true, help_heading = "Output")]
    pub quiet: bool,
}

/// Where output goes: results to stdout, everything else to stderr.
#[derive(Debug, Clone)]
pub struct Console {
    format: Format,
    quiet: bool,
    color_out: bool,
    color_err: bool,
    is_terminal: bool,
    wraps: bool,
}

/// What a piece of text means, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Revision,
    Good,
    Bad,
}

impl Console {
    /// A console as the options ask for it.
    pub fn new(options: &OutputArgs) -> Self {
        let wants = |terminal: bool| match options.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let set =
                    |name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                !refused && (terminal || set("CLICOLOR_FORCE"))
            }
        };
        Self {
            format: options.format,
            quiet: options.quiet,
            color_out: options.format == Format::Text && wants(io::stdout().is_terminal()),
            color_err: wants(io::stderr().is_terminal()),
            is_terminal: io::stdout().is_terminal(),
            wraps: io::stderr().is_terminal(),
        }
    }

    /// How many characters of a result fit into a line: any number where it is read by a program.
    pub(super) fn width(&self) -> Option<usize> {
        self.is_terminal.then_some(WIDTH)
    }

    /// How results are written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether results are JSON.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// A line of a result.
    pub fn out(&self, line: &str) {
        // A reader that has gone away (`| head`) is no error of ours.
        let _ = writeln!(io::stdout(), "{line}");
    }

    /// A result as JSON.
    pub fn json(&self, value: &Value) {
        self.out(&value.to_string());
    }

    /// Something beside the result, for people: progress, hints.
    pub fn note(&self, line: &str) {
        if !self.quiet && !self.is_json() {
            let _ = writeln!(io::stderr(), "{}", self.fitting(line, 0));
        }
    }

    /// The text as stderr gets it, behind so many characters.
    fn fitting(&self, text: &str, before: usize) -> String {
        if self.wraps { hanging(text, before, WIDTH) } else { text.to_owned() }
    }

    /// Something to look at, shown even when quiet; with `--format json` as an object of its own on a line of stderr.
    pub fn warn(&self, message: &str) {
        if self.is_json() {
            let _ = writeln!(io::stderr(), "{}", json!({ "warning": { "message": message } }));
            return;
        }
        let mark = paint(self.color_err, "33;1", "warning");
        let _ = writeln!(io::stderr(), "{mark}: {}", self.fitting(message, "warning: ".len()));
    }

    /// Something that would be an error elsewhere, and is to be looked at here.
    pub fn warn_of(&self, error: &Error) {
        if self.is_json() {
            let mut object = error_json(error);
            let warning = json!({ "warning": object["error"].take() });
            let _ = writeln!(io::stderr(), "{warning}");
            return;
        }
        let mark = paint(self.color_err, "33;1", &format!("warning[{}]", error.code()));
        let _ = writeln!(io::stderr(), "{mark}: {error}");
        self.help(error);
    }

    fn help(&self, error: &Error) {
        if let Some(help) = error.help() {
            let mark = paint(self.color_err, "36", "help:");
            let indent = "  help: ".len();
            let lines: Vec<_> = help.lines().map(|line| self.fitting(line, indent)).collect();
            let _ = writeln!(io::stderr(), "  {mark} {}", lines.join(&format!("\n{}", " ".repeat(indent))));
        }
    }

    /// An error: message and help, or with `--format json` one object.
    pub fn error(&self, error: &Error) {
        self.error_with_source(error, None);
    }

    /// An error, with an excerpt of the file that it is about below its message.
    pub fn error_with_source(&self, error: &Error, excerpt: Option<&str>) {
        let mut stderr = io::stderr();
        if self.is_json() {
            let _ = writeln!(stderr, "{}", error_json(error));
            return;
        }
        let mark = format!("error[{}]", error.code());
        let before = mark.len() + 2;
        let mark = paint(self.color_err, "31;1", &mark);
        let _ = match excerpt {
            // The excerpt says where it is.
            Some(excerpt) => {
                let message = self.fitting(error.message(), before);
                writeln!(stderr, "{mark}: {message}\n{}", excerpt.trim_end())
            }
            None => writeln!(stderr, "{mark}: {}", self.fitting(&error.to_string(), before)),
        };
        self.help(error);
    }

    /// Whether stderr shows colours.
    pub fn colors_errors(&self) -> bool {
        self.color_err
    }

    /// The text in the colour of what is good or new.
    pub fn good(&self, text: &str) -> String {
        self.style(Style::Good, text)
    }

    /// The text in the colour of what is bad or gone.
    pub fn bad(&self, text: &str) -> String {
        self.style(Style::Bad, text)
    }

    /// The text in the colour of what is to be looked at.
    pub fn emphasis(&self, text: &str) -> String {
        self.style(Style::Revision, text)
    }

    pub(crate) fn style(&self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Revision => "33",
            Style::Good => "32",
            Style::Bad => "31",
        };
        paint(self.color_out, code, text)
    }
}

fn paint(on: bool, code: &str, text: &str) -> String {
    if on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// What a process returns that ends with this error.
pub fn exit_code(error: &Error) -> u8 {
    error.code().exit_code()
}

fn error_json(error: &Error) -> Value {
    let mut details = Map::new();
    if let Some(revision) = error.revision() {
        details.insert("revision".into(), revision.into());
    }
    if let Some(place) = error.place() {
        details.insert("file".into(), place.file.as_str().into());
        details.insert("line".into(), place.position.line.into());
        details.insert("column".into(), place.position.column.into());
    }
    for (key, value) in error.details() {
        let value = match value {
            Detail::Text(text) => text.as_str().into(),
            Detail::Number(number) => (*number).into(),
            Detail::List(words) => words.clone().into(),
        };
        details.insert((*key).to_owned(), value);
    }
    json!({
        "error": {
            "code": error.code().name(),
            "message": error.message(),
            "help": error.help(),
            "details": details,
        }
    })
}
