use crate::Code;

use super::{
    lexer::{Token, TokenKind},
    split::{SplitError, Step, is_word, never_ends, unsupported},
};

/// How many tokens at the start of a statement decide what kind it is.
const HEAD: usize = 6;

/// The end of a statement of PostgreSQL as psql finds it: a `;` outside parentheses and outside the body
/// `BEGIN ATOMIC ... END` of a function.
#[derive(Debug, Default)]
pub(super) struct Statement<'t> {
    head: Vec<&'t str>,
    parentheses: usize,
    /// Where the outermost open parenthesis stands.
    outermost: usize,
    /// Whether an open parenthesis kept a `;` from ending the statement.
    swallowed: bool,
    /// `BEGIN ATOMIC` and the `CASE`s in it.
    blocks: usize,
    kind: Kind,
    previous: Previous,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Plain,
    Routine,
    Copy,
}

/// What the token before this one says about the meaning of a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Previous {
    #[default]
    Other,
    Begin,
    /// `AS` or `.`: a name follows, never a keyword.
    Naming,
    FromOrTo,
}

impl<'t> Statement<'t> {
    pub(super) fn feed(&mut self, token: Token, text: &'t str, start: usize) -> Result<Step, SplitError> {
        let content = token.text(text);
        if self.head.len() < HEAD && token.kind != TokenKind::Punct(b';') {
            self.head.push(content);
            self.kind = self.classify();
        }
        let mut now = Previous::Other;
        match token.kind {
            TokenKind::Punct(b'(') => {
                if self.parentheses == 0 {
                    self.outermost = token.start;
                    self.swallowed = false;
                }
                self.parentheses += 1;
            }
            TokenKind::Punct(b')') => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Punct(b';') if self.parentheses == 0 && self.blocks == 0 => return Ok(Step::End),
            TokenKind::Punct(b';') => self.swallowed = true,
            TokenKind::Punct(b'.') => now = Previous::Naming,
            TokenKind::Punct(b'\\') => {
                return Err(unsupported(
                    text,
                    token.start,
                    "is a command of psql, which the server does not know",
                    "remove the line, or write the SQL that it stands for; a migration stays on one connection",
                ));
            }
            TokenKind::Word => now = self.word(token, content, start)?,
            _ => {}
        }
        self.previous = now;
        Ok(Step::More)
    }

    fn classify(&self) -> Kind {
        let is = |at: usize, word: &str| self.head.get(at).is_some_and(|other| is_word(other, word));
        let routine = |at: usize| is(at, "FUNCTION") || is(at, "PROCEDURE");
        if is(0, "COPY") {
            Kind::Copy
        } else if is(0, "CREATE") && (routine(1) || (is(1, "OR") && is(2, "REPLACE") && routine(3))) {
            Kind::Routine
        } else {
            Kind::Plain
        }
    }

    fn word(&mut self, token: Token, word: &str, start: usize) -> Result<Previous, SplitError> {
        if is_word(word, "AS") {
            return Ok(Previous::Naming);
        }
        if self.previous == Previous::Naming || self.parentheses > 0 {
            return Ok(Previous::Other);
        }
        match self.kind {
            Kind::Copy if is_word(word, "FROM") || is_word(word, "TO") => return Ok(Previous::FromOrTo),
            Kind::Copy if self.previous == Previous::FromOrTo => {
                if is_word(word, "STDIN") || is_word(word, "STDOUT") {
                    return Err(SplitError {
                        code: Code::UnsupportedStatement,
                        message: format!(
                            "COPY with {} needs a client beside the server",
                            word.to_uppercase()
                        ),
                        help: Some(
                            "write INSERT statements, or load the data in a Rust step (`-- migrate:call`)"
                                .into(),
                        ),
                        span: start..token.end,
                    });
                }
            }
            Kind::Routine if is_word(word, "BEGIN") => return Ok(Previous::Begin),
            Kind::Routine if self.blocks == 0 => {
                if self.previous == Previous::Begin && is_word(word, "ATOMIC") {
                    self.blocks = 1;
                }
            }
            Kind::Routine if is_word(word, "CASE") => self.blocks += 1,
            Kind::Routine if is_word(word, "END") => self.blocks -= 1,
            Kind::Plain | Kind::Copy | Kind::Routine => {}
        }
        Ok(Previous::Other)
    }

    /// At the end of the text.
    pub(super) fn finish(&self, start: usize, end: usize) -> Result<(), SplitError> {
        if self.parentheses > 0 && self.swallowed {
            return Err(SplitError {
                code: Code::UnterminatedStatement,
                message: "this parenthesis is never closed, so that no `;` after it ends the statement"
                    .into(),
                help: Some("close it".into()),
                span: self.outermost..self.outermost + 1,
            });
        }
        if self.blocks > 0 {
            return Err(never_ends("the body BEGIN ATOMIC never ends: `END` is missing", start..end));
        }
        Ok(())
    }

    /// The value to which this statement, which is complete, sets `standard_conforming_strings`.
    pub(super) fn standard_strings(&self) -> Option<bool> {
        let mut words = self.head.iter().copied();
        if !is_word(words.next()?, "SET") {
            return None;
        }
        let mut word = words.next()?;
        if is_word(word, "SESSION") || is_word(word, "LOCAL") {
            word = words.next()?;
        }
        if !is_word(word, "standard_conforming_strings") {
            return None;
        }
        let assign = words.next()?;
        if assign != "=" && !is_word(assign, "TO") {
            return None;
        }
        let value = words.next()?.trim_matches('\'').to_ascii_lowercase();
        Some(!matches!(
            value.as_str(),
            "off" | "false" | "f" | "no" | "n" | "0" | "of" | "fa" | "fal" | "fals"
        ))
    }
}
