use migrate_core::{
    Dialect,
    sql::{LexemeKind, lexemes},
};

/// A token of SQLite, without white space and comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    pub(crate) kind: TokenKind,
    /// As the source has it.
    pub(crate) text: &'t str,
    /// Where it begins in the source.
    pub(crate) start: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword, or a name without quotes.
    Word,
    /// A string or a quoted name: SQLite takes each for the other where only that makes sense.
    Quoted,
    Number,
    Blob,
    Operator,
}

impl Token<'_> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this keyword.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is this operator.
    pub(crate) fn is(&self, operator: &str) -> bool {
        self.kind == TokenKind::Operator && self.text == operator
    }

    /// Whether it can only be a string.
    pub(crate) fn is_string(&self) -> bool {
        self.kind == TokenKind::Quoted && self.text.starts_with('\'')
    }

    /// Whether it can name something.
    pub(crate) fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Quoted) && !self.is_string()
    }
}

/// Longest first.
const OPERATORS: [&str; 10] = ["->>", "->", "||", "<=", ">=", "<>", "==", "!=", "<<", ">>"];

/// The tokens of a text that SQLite has accepted.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::new();
    for lexeme in lexemes(Dialect::Sqlite, text) {
        let kind = match lexeme.kind {
            LexemeKind::Comment => continue,
            LexemeKind::Quoted | LexemeKind::Unclosed => TokenKind::Quoted,
            LexemeKind::Symbol => TokenKind::Operator,
            LexemeKind::Word if starts_with_digit(&text[lexeme.span.clone()]) => TokenKind::Number,
            LexemeKind::Word => TokenKind::Word,
        };
        let token = Token { kind, text: &text[lexeme.span.clone()], start: lexeme.span.start };
        if let Some(last) = found.last_mut()
            && last.end() == token.start
            && let Some(kind) = joined(last, &token)
        {
            *last = Token { kind, text: &text[last.start..token.end()], start: last.start };
            continue;
        }
        found.push(token);
    }
    found
}

/// What two neighbours without a blank between them are together, if they are one thing.
fn joined(last: &Token<'_>, next: &Token<'_>) -> Option<TokenKind> {
    let is_sign = next.is("+") || next.is("-");
    match (last.kind, next.kind) {
        (TokenKind::Number, _) if next.is(".") && !last.text.contains('.') => Some(TokenKind::Number),
        (TokenKind::Operator, TokenKind::Number) if last.text == "." => Some(TokenKind::Number),
        (TokenKind::Number, TokenKind::Number | TokenKind::Word) => Some(TokenKind::Number),
        (TokenKind::Number, _) if is_sign && last.text.ends_with(['e', 'E']) && !is_hex(last.text) => {
            Some(TokenKind::Number)
        }
        (TokenKind::Word, TokenKind::Quoted)
            if last.text.eq_ignore_ascii_case("x") && next.text.starts_with('\'') =>
        {
            Some(TokenKind::Blob)
        }
        (TokenKind::Operator, TokenKind::Operator) => {
            let is_operator = OPERATORS
                .iter()
                .any(|operator| operator.strip_prefix(last.text).is_some_and(|rest| rest == next.text));
            is_operator.then_some(TokenKind::Operator)
        }
        _ => None,
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

fn is_hex(number: &str) -> bool {
    number.starts_with("0x") || number.starts_with("0X")
}

/// Whether a text has comments in it.
pub(crate) fn has_comments(text: &str) -> bool {
    lexemes(Dialect::Sqlite, text).any(|lexeme| lexeme.kind == LexemeKind::Comment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn numbers_blobs_and_operators_are_one_token_each() {
        assert_eq!(texts("1.5e-3+.5 - 0x1e+2"), ["1.5e-3", "+", ".5", "-", "0x1e", "+", "2"]);
        assert_eq!(texts("x'00'||X 'a'"), ["x'00'", "||", "X", "'a'"]);
        assert_eq!(texts("a<=b->>'$.c' <> - 1"), ["a", "<=", "b", "->>", "'$.c'", "<>", "-", "1"]);
        assert_eq!(texts("t.a, [t].\"a\""), ["t", ".", "a", ",", "[t]", ".", "\"a\""]);
        assert_eq!(texts("a=-1"), ["a", "=", "-", "1"]);
    }

    #[test]
    fn comments_are_passed_over() {
        assert_eq!(texts("a -- b\n/* c */+d"), ["a", "+", "d"]);
        assert!(has_comments("a -- b") && !has_comments("'-- b'"));
    }
}
