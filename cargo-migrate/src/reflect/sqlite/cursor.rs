use crate::sqlite::{Token, TokenKind, unquote};

/// What could not be read: the rest of the statement, from where it stopped making sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) String);

/// Walks over the tokens of a statement that SQLite has accepted.
#[derive(Debug)]
pub(super) struct Cursor<'s, 't> {
    source: &'t str,
    tokens: &'s [Token<'t>],
    at: usize,
}

impl<'s, 't> Cursor<'s, 't> {
    pub(super) fn new(source: &'t str, tokens: &'s [Token<'t>]) -> Self {
        Self { source, tokens, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<&'s Token<'t>> {
        self.tokens.get(self.at)
    }

    fn peek_behind(&self, count: usize) -> Option<&'s Token<'t>> {
        self.tokens.get(self.at + count)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.peek().is_none()
    }

    /// Whether these keywords come next.
    pub(super) fn sees(&self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(at, word)| self.peek_behind(at).is_some_and(|token| token.is_word(word)))
    }

    /// Goes past these keywords if they come next.
    pub(super) fn takes(&mut self, words: &[&str]) -> bool {
        let found = self.sees(words);
        if found {
            self.at += words.len();
        }
        found
    }

    pub(super) fn sees_operator(&self, operator: &str) -> bool {
        self.peek().is_some_and(|token| token.is(operator))
    }

    pub(super) fn takes_operator(&mut self, operator: &str) -> bool {
        let found = self.sees_operator(operator);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, words: &[&str]) -> Result<(), Unreadable> {
        if self.takes(words) { Ok(()) } else { Err(self.unreadable()) }
    }

    pub(super) fn next(&mut self) -> Option<&'s Token<'t>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// A name, in any kind of quotes.
    pub(super) fn name(&mut self) -> Result<String, Unreadable> {
        match self.peek() {
            Some(token) if matches!(token.kind, TokenKind::Word | TokenKind::Quoted) => {
                self.at += 1;
                Ok(unquote(token))
            }
            _ => Err(self.unreadable()),
        }
    }

    /// A name that may have a schema before it, which is left out.
    pub(super) fn object_name(&mut self) -> Result<String, Unreadable> {
        let name = self.name()?;
        if self.takes_operator(".") { self.name() } else { Ok(name) }
    }

    /// What stands in the parentheses that come next.
    pub(super) fn group(&mut self) -> Result<&'s [Token<'t>], Unreadable> {
        if !self.sees_operator("(") {
            return Err(self.unreadable());
        }
        let start = self.at + 1;
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            if token.is("(") {
                depth += 1;
            } else if token.is(")") {
                depth -= 1;
                if depth == 0 {
                    self.at = at + 1;
                    return Ok(&self.tokens[start..at]);
                }
            }
        }
        Err(self.unreadable())
    }

    /// Back by so many tokens.
    pub(super) fn go_back(&mut self, count: usize) {
        self.at -= count;
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> &'s [Token<'t>] {
        let rest = &self.tokens[self.at.min(self.tokens.len())..];
        self.at = self.tokens.len();
        rest
    }

    pub(super) fn unreadable(&self) -> Unreadable {
        let start = self.peek().map_or(self.source.len(), |token| token.start);
        Unreadable(self.source[start..].chars().take(40).collect())
    }
}

/// Cuts at the commas that stand in no parentheses.
pub(super) fn at_commas<'s, 't>(tokens: &'s [Token<'t>]) -> Vec<&'s [Token<'t>]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            if token.is("(") {
                depth += 1;
            } else if token.is(")") {
                depth = depth.saturating_sub(1);
            }
            depth == 0 && token.is(",")
        })
        .collect()
}
