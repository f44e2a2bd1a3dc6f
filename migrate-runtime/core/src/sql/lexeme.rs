use std::ops::Range;

use super::lexer::{Lexer, TokenKind};
use crate::Dialect;

/// A piece of SQL that stands for itself. See [`lexemes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lexeme {
    /// What it is.
    pub kind: LexemeKind,
    /// The bytes of the text that it covers.
    pub span: Range<usize>,
}

/// What a [`Lexeme`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LexemeKind {
    /// A comment; a conditional comment of MySQL or MariaDB counts as its content, between two symbols.
    Comment,
    /// A closed string, quoted identifier or dollar quote, with its quotes.
    Quoted,
    /// A keyword, an identifier or (a piece of) a number.
    Word,
    /// One character, or the beginning or the end of a conditional comment.
    Symbol,
    /// What is opened and never closed: the rest of the text.
    Unclosed,
}

/// The lexemes of a text, in order and without the white space between them, as the engines of this dialect see them.
///
/// ```
/// use migrate_core::{Dialect, sql::lexemes};
///
/// let text = "a [b c]/* d */+1";
/// let texts: Vec<_> = lexemes(Dialect::Sqlite, text).map(|lexeme| &text[lexeme.span]).collect();
/// assert_eq!(texts, ["a", "[b c]", "/* d */", "+", "1"]);
/// ```
pub fn lexemes(dialect: Dialect, text: &str) -> impl Iterator<Item = Lexeme> + '_ {
    Lexer::new(dialect, text, 0).filter_map(|token| {
        let kind = match token.kind {
            TokenKind::White => return None,
            TokenKind::LineComment | TokenKind::BlockComment | TokenKind::Hint => LexemeKind::Comment,
            TokenKind::Quoted => LexemeKind::Quoted,
            TokenKind::Word => LexemeKind::Word,
            TokenKind::Punct(_) | TokenKind::CodeOpen | TokenKind::CodeClose | TokenKind::Delimiter => {
                LexemeKind::Symbol
            }
            TokenKind::Unclosed(_) => LexemeKind::Unclosed,
        };
        Some(Lexeme { kind, span: token.start..token.end })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(dialect: Dialect, text: &str) -> Vec<(LexemeKind, &str)> {
        lexemes(dialect, text).map(|lexeme| (lexeme.kind, &text[lexeme.span])).collect()
    }

    #[test]
    fn every_dialect_has_its_own_quotes() {
        use LexemeKind::{Quoted, Symbol, Unclosed, Word};
        assert_eq!(kinds(Dialect::Sqlite, "`a b`"), [(Quoted, "`a b`")]);
        assert_eq!(
            kinds(Dialect::Postgres, "`a b`"),
            [(Symbol, "`"), (Word, "a"), (Word, "b"), (Symbol, "`")]
        );
        assert_eq!(kinds(Dialect::Postgres, "$$a b$$"), [(Quoted, "$$a b$$")]);
        assert_eq!(kinds(Dialect::Mssql, "[a]]b] 'c"), [(Quoted, "[a]]b]"), (Unclosed, "'c")]);
    }

    #[test]
    fn comments_are_shown_and_white_space_is_not() {
        assert_eq!(
            kinds(Dialect::Sqlite, " a -- b\n\t/* c */"),
            [(LexemeKind::Word, "a"), (LexemeKind::Comment, "-- b"), (LexemeKind::Comment, "/* c */")]
        );
    }
}
