//! Questions to the person at the terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::cli::wrapped;

use crate::{operation::Operation, wrap::WIDTH};

/// Somebody who decides.
pub(crate) trait Ask {
    /// Shows what changed, before the first question about it; with the dialect, if it is another than the first.
    ///
    /// # Errors
    /// [`Code::Io`] if there is nobody any more.
    fn show(&mut self, dialect: Option<Dialect>, operations: &[Operation]) -> Result<(), Error>;

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
    fn show(&mut self, dialect: Option<Dialect>, operations: &[Operation]) -> Result<(), Error> {
        if self.shown == operations {
            return Ok(());
        }
        self.shown = operations.to_vec();
        let changes = operations.iter().map(|change| {
            let line = format!("{} {}", change.nature().sign(), change.describe());
            wrapped(&line, WIDTH - 2).join("\n    ")
        });
        let changes: Vec<_> = changes.map(|change| format!("  {change}")).collect();
        let of = dialect.map(|dialect| format!(" for {dialect}")).unwrap_or_default();
        say(&format!("these are the changes{of}:\n{}", changes.join("\n")))
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

/// The same person, who is told which dialect is spoken of.
pub(super) struct Tagged<'a> {
    pub(super) dialect: Dialect,
    pub(super) person: &'a mut dyn Ask,
}

impl Ask for Tagged<'_> {
    fn show(&mut self, _: Option<Dialect>, operations: &[Operation]) -> Result<(), Error> {
        self.person.show(Some(self.dialect), operations)
    }

    fn which(&mut self, question: &str, candidates: &[String]) -> Result<Option<usize>, Error> {
        self.person.which(&format!("{}: {question}", self.dialect), candidates)
    }

    fn agrees(&mut self, question: &str) -> Result<bool, Error> {
        self.person.agrees(&format!("{}: {question}", self.dialect))
    }

    fn value(&mut self, question: &str) -> Result<Option<String>, Error> {
        self.person.value(&format!("{}: {question}", self.dialect))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody who agrees to everything, and remembers what was asked.
    #[derive(Default)]
    struct Agreeing(Vec<String>);

    impl Ask for Agreeing {
        fn show(&mut self, dialect: Option<Dialect>, _: &[Operation]) -> Result<(), Error> {
            self.0.push(format!("{dialect:?}"));
            Ok(())
        }

        fn value(&mut self, question: &str) -> Result<Option<String>, Error> {
            self.0.push(question.to_owned());
            Ok(None)
        }

        fn which(&mut self, question: &str, _: &[String]) -> Result<Option<usize>, Error> {
            self.0.push(question.to_owned());
            Ok(Some(0))
        }

        fn agrees(&mut self, question: &str) -> Result<bool, Error> {
            self.0.push(question.to_owned());
            Ok(true)
        }
    }

    #[test]
    fn a_question_of_another_dialect_begins_with_its_name() {
        let mut person = Agreeing::default();
        let mut tagged = Tagged { dialect: Dialect::Sqlite, person: &mut person };
        assert_eq!(tagged.which("was it renamed?", &["b".to_owned()]).unwrap(), Some(0));
        assert!(tagged.agrees("drop table a: go on?").unwrap());
        assert_eq!(tagged.value("a.b is new").unwrap(), None);
        tagged.show(None, &[]).unwrap();
        assert_eq!(
            person.0,
            ["sqlite: was it renamed?", "sqlite: drop table a: go on?", "sqlite: a.b is new", "Some(Sqlite)"]
        );
    }
}
