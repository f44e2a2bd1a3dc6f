use super::{
    lexer::{Token, TokenKind},
    split::{SplitError, Step, is_word, never_ends, unsupported},
};

/// Where in a statement we are, as `sqlite3_complete()` sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Start,
    Normal,
    Explain,
    Create,
    Trigger,
    /// After a `;` of a trigger.
    Semicolon,
    /// After `; END` of a trigger.
    End,
}

/// The end of a statement of SQLite: `;`, and for CREATE TRIGGER `; END ;`.
#[derive(Debug, Default)]
pub(super) struct Statement {
    state: State,
}

impl Statement {
    pub(super) fn feed(&mut self, token: Token, text: &str) -> Step {
        let word = if token.kind == TokenKind::Word { token.text(text) } else { "" };
        self.state = match self.state {
            State::Start | State::Normal | State::Explain | State::Create | State::End
                if token.kind == TokenKind::Punct(b';') =>
            {
                return Step::End;
            }
            State::Trigger | State::Semicolon if token.kind == TokenKind::Punct(b';') => State::Semicolon,
            State::Start if is_word(word, "EXPLAIN") => State::Explain,
            State::Start | State::Explain if is_word(word, "CREATE") => State::Create,
            State::Explain if is_word(word, "QUERY") || is_word(word, "PLAN") => State::Explain,
            State::Create if is_word(word, "TEMP") || is_word(word, "TEMPORARY") => State::Create,
            State::Create if is_word(word, "TRIGGER") => State::Trigger,
            State::Semicolon if is_word(word, "END") => State::End,
            State::Trigger | State::Semicolon | State::End => State::Trigger,
            State::Start | State::Normal | State::Explain | State::Create => State::Normal,
        };
        Step::More
    }

    /// At the end of the text.
    pub(super) fn finish(&self, start: usize, end: usize) -> Result<(), SplitError> {
        match self.state {
            State::Trigger | State::Semicolon => Err(never_ends(
                "the body of CREATE TRIGGER never ends: `END;` behind a `;` is missing",
                start..end,
            )),
            State::Start | State::Normal | State::Explain | State::Create | State::End => Ok(()),
        }
    }
}

/// Refuses a command of the `sqlite3` shell at the start of a statement.
pub(super) fn check_start(text: &str, token: Token) -> Result<(), SplitError> {
    if token.kind != TokenKind::Punct(b'.') {
        return Ok(());
    }
    Err(unsupported(
        text,
        token.start,
        "is a command of the sqlite3 shell, which SQLite does not know",
        "write the SQL that it stands for",
    ))
}
