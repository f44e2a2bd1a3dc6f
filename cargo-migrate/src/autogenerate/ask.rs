//! Questions to the person at the terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use migrate_core::{Code, Error};
use migrate_runtime::cli::wrapped;

use crate::{operation::Operation, wrap::WIDTH};

/// Somebody who decides.
pub(crate) trait Ask {
    /// Shows what changed, before the first question about it.
    ///
    /// # Errors
    /// [`Code::Io`] if there is nobody any more.
    fn show(&mut self, operations: &[Operation]) -> Result<(), Error>;

    /// Which of the new names an old one has become; none if it is gone.
    ///
    /// # Errors
    /// [`Code::Io`] if there is nobody any more.
    fn which(&mut self, question: &str, candidates: &[String]) -> Result<Option<usize>, Error>;

    /// Yes or no.
    ///
    /// # Errors
    /// [`Code::Io`] if there is nobody any more.
    fn agrees(&mut self, question: &str) -> Result<bool, Error>;

    /// A value for the rows that have none; none if they are left as they are.
    ///
    /// # Errors
    /// [`Code::Io`] if there is nobody any more.
    fn value(&mut self, question: &str) -> Result<Option<String>, Error>;
}

/// The person at the terminal: asked on stderr, answering on stdin.
#[derive(Debug)]
pub(crate) struct Terminal {
    shown: Vec<Operation>,
}

impl Terminal {
    /// None where nobody sits there.
    pub(crate) fn present() -> Option<Self> {
        (io::stdin().is_terminal() && io::stderr().is_terminal()).then(|| Self { shown: Vec::new() })
    }

    /// Whether these changes are what it has seen last.
    pub(crate) fn has_seen(&self, operations: &[Operation]) -> bool {
        self.shown == operations
    }
}

impl Ask for Terminal {
    fn show(&mut self, operations: &[Operation]) -> Result<(), Error> {
        if self.shown == operations {
            return Ok(());
        }
        self.shown = operations.to_vec();
        let changes = operations.iter().map(|change| {
            let line = format!("{} {}", change.nature().sign(), change.describe());
            wrapped(&line, WIDTH - 2).join("\n    ")
        });
        let changes: Vec<_> = changes.map(|change| format!("  {change}")).collect();
        say(&format!("these are the changes:\n{}", changes.join("\n")))
    }

    fn which(&mut self, question: &str, candidates: &[String]) -> Result<Option<usize>, Error> {
        let mut lines = wrapped(question, WIDTH);
        for (number, candidate) in candidates.iter().enumerate() {
            lines.push(format!("  {}  it is now {candidate}", number + 1));
        }
        lines.push("  0  no, it is dropped".to_owned());
        say(&lines.join("\n"))?;
        loop {
            say_part("choose: ")?;
            match line()?.trim().parse::<usize>() {
                Ok(0) => return Ok(None),
                Ok(number) if number <= candidates.len() => return Ok(Some(number - 1)),
                _ => say(&format!("a number from 0 to {}, please", candidates.len()))?,
            }
        }
    }

    fn agrees(&mut self, question: &str) -> Result<bool, Error> {
        let question = wrapped(&format!("{question} [y/N]"), WIDTH).join("\n  ");
        loop {
            say_part(&format!("{question} "))?;
            match line()?.trim().to_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "" | "n" | "no" => return Ok(false),
                _ => say("y or n, please")?,
            }
        }
    }

    fn value(&mut self, question: &str) -> Result<Option<String>, Error> {
        let question = format!("{question}: a value for them, like 1 or 'new'; nothing to leave it");
        say(&wrapped(&question, WIDTH).join("\n  "))?;
        say_part("value: ")?;
        let value = line()?.trim().to_owned();
        Ok((!value.is_empty()).then_some(value))
    }
}

fn say(text: &str) -> Result<(), Error> {
    say_part(&format!("{text}\n"))
}

fn say_part(text: &str) -> Result<(), Error> {
    let mut stderr = io::stderr();
    stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()).map_err(|error| gone(&error.to_string()))
}

fn line() -> Result<String, Error> {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) => Err(gone("the input has ended")),
        Ok(_) => Ok(line),
        Err(error) => Err(gone(&error.to_string())),
    }
}

fn gone(why: &str) -> Error {
    Error::new(Code::NeedsDecision, format!("nobody answers: {why}"))
        .with_help("answer with --rename OLD=NEW, --rename none, --allow-drop TABLE[.COLUMN] and --fill TABLE.COLUMN=VALUE")
}
