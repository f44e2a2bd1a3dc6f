//! Questions to the person at the terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use migrate_core::{Code, Dialect, Error};

/// Somebody who decides.
pub(crate) trait Ask {
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
}

/// The person at the terminal: asked on stderr, answering on stdin.
#[derive(Debug)]
pub(crate) struct Terminal(());

impl Terminal {
    /// None where nobody sits there.
    pub(crate) fn present() -> Option<Self> {
        (io::stdin().is_terminal() && io::stderr().is_terminal()).then_some(Self(()))
    }
}

impl Ask for Terminal {
    fn which(&mut self, question: &str, candidates: &[String]) -> Result<Option<usize>, Error> {
        let mut lines = vec![question.to_owned()];
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
        loop {
            say_part(&format!("{question} [y/N] "))?;
            match line()?.trim().to_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "" | "n" | "no" => return Ok(false),
                _ => say("y or n, please")?,
            }
        }
    }
}

/// The same person, who is told which dialect is spoken of.
pub(super) struct Tagged<'a> {
    pub(super) dialect: Dialect,
    pub(super) person: &'a mut dyn Ask,
}

impl Ask for Tagged<'_> {
    fn which(&mut self, question: &str, candidates: &[String]) -> Result<Option<usize>, Error> {
        self.person.which(&format!("{}: {question}", self.dialect), candidates)
    }

    fn agrees(&mut self, question: &str) -> Result<bool, Error> {
        self.person.agrees(&format!("{}: {question}", self.dialect))
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
        .with_help("answer with --rename OLD=NEW, --rename none and --allow-drop TABLE[.COLUMN]")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody who agrees to everything, and remembers what was asked.
    #[derive(Default)]
    struct Agreeing(Vec<String>);

    impl Ask for Agreeing {
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
        assert_eq!(person.0, ["sqlite: was it renamed?", "sqlite: drop table a: go on?"]);
    }
}
