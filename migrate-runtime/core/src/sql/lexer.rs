use crate::Dialect;

/// What a token is, as far as it matters for finding the end of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    White,
    LineComment,
    BlockComment,
    /// `/*+ ... */` of MySQL and MariaDB: code behind the first word of a statement, else a comment.
    Hint,
    /// `/*!50001` or `/*M!100100`: what follows, up to `*/`, is code.
    CodeOpen,
    CodeClose,
    /// A closed string, quoted identifier or dollar quote.
    Quoted,
    /// A keyword, an identifier or (a piece of) a number.
    Word,
    /// One ASCII character.
    Punct(u8),
    /// What a `DELIMITER` command has set in place of `;`.
    Delimiter,
    /// Something that is not closed before the end of the text.
    Unclosed(Opening),
}

impl TokenKind {
    /// White space and ordinary comments: what an engine skips.
    pub(super) fn is_blank(self) -> bool {
        matches!(
            self,
            Self::White | Self::LineComment | Self::BlockComment | Self::Unclosed(Opening::Comment)
        )
    }
}

/// What was opened and never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    String,
    Identifier,
    DollarQuote,
    Comment,
}

impl Opening {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Identifier => "quoted identifier",
            Self::DollarQuote => "dollar quote",
            Self::Comment => "comment",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token {
    pub(super) fn text<'t>(&self, source: &'t str) -> &'t str {
        source.get(self.start..self.end).unwrap_or_default()
    }
}

/// White space in all five engines. Vertical tabs are not white to each of them, but none gives them a meaning.
pub(super) fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// Cuts a text into tokens, one after the other: every byte belongs to exactly one of them, and tokens begin and
/// end on character boundaries.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'t> {
    dialect: Dialect,
    text: &'t str,
    position: usize,
    /// PostgreSQL's `standard_conforming_strings`: a backslash in a plain string is an ordinary character.
    pub(super) standard_strings: bool,
    /// What `DELIMITER` has set, unless that is `;`.
    pub(super) delimiter: Option<&'t str>,
    /// Where the conditional comment around the current position began.
    pub(super) code_comment: Option<usize>,
    /// Whether backslashes escape in the string before the current position, if nothing but blanks came after it:
    /// PostgreSQL goes on with such a string in the next literal.
    continued: Option<bool>,
    /// The same for the string that was just read.
    just_read: Option<bool>,
    /// The last token that counts was AS: MySQL 9 takes the source of a function in dollar quotes there.
    after_as: bool,
}

impl<'t> Lexer<'t> {
    /// A lexer over `text` from byte `position` (a character boundary) on.
    pub(super) fn new(dialect: Dialect, text: &'t str, position: usize) -> Self {
        Self {
            dialect,
            text,
            position,
            standard_strings: true,
            delimiter: None,
            code_comment: None,
            continued: None,
            just_read: None,
            after_as: false,
        }
    }

    /// Goes on at `position`, outside everything.
    pub(super) fn jump(&mut self, position: usize) {
        self.position = position;
        self.code_comment = None;
        self.continued = None;
        self.after_as = false;
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn is_word_byte(&self, byte: u8) -> bool {
        let common = byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        match self.dialect {
            Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => common || byte == b'$',
            Dialect::Mssql => common || matches!(byte, b'$' | b'@' | b'#'),
        }
    }

    fn delimiter_at(&self, at: usize) -> Option<&'t str> {
        let delimiter = self.delimiter.filter(|_| self.code_comment.is_none())?;
        self.text.as_bytes().get(at..)?.starts_with(delimiter.as_bytes()).then_some(delimiter)
    }

    fn scan(&mut self, start: usize, first: u8) -> (TokenKind, usize) {
        if let Some(delimiter) = self.delimiter_at(start) {
            return (TokenKind::Delimiter, start + delimiter.len());
        }
        match first {
            _ if is_white(first) => (TokenKind::White, self.end_of_run(start, is_white)),
            b'-' if self.is_dash_comment(start) => (TokenKind::LineComment, self.line_end(start)),
            b'#' if self.has_mysql_syntax() => (TokenKind::LineComment, self.line_end(start)),
            b'/' if self.byte(start + 1) == Some(b'*') => self.block_comment(start),
            b'*' if self.code_comment.is_some() && self.byte(start + 1) == Some(b'/') => {
                self.code_comment = None;
                (TokenKind::CodeClose, start + 2)
            }
            b'\'' => self.string(start, b'\'', self.plain_escapes()),
            b'"' => match self.dialect {
                Dialect::Postgres | Dialect::Sqlite | Dialect::Mssql => self.identifier(start, b'"'),
                Dialect::Mysql | Dialect::Mariadb => self.string(start, b'"', true),
            },
            b'`' => match self.dialect {
                Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => self.identifier(start, b'`'),
                Dialect::Postgres | Dialect::Mssql => (TokenKind::Punct(first), start + 1),
            },
            b'[' => match self.dialect {
                Dialect::Mssql => self.identifier(start, b']'),
                Dialect::Sqlite => match self.next_byte(start + 1, b']') {
                    Some(close) => (TokenKind::Quoted, close + 1),
                    None => self.unclosed(Opening::Identifier),
                },
                Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => (TokenKind::Punct(first), start + 1),
            },
            _ => match self.dialect {
                Dialect::Postgres => self.postgres_word(start, first),
                Dialect::Mysql if first == b'$' && self.after_as => {
                    self.dollar_quote(start).unwrap_or_else(|| self.word(start, first))
                }
                Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite => {
                    self.word(start, first)
                }
            },
        }
    }

    fn has_mysql_syntax(&self) -> bool {
        match self.dialect {
            Dialect::Mysql | Dialect::Mariadb => true,
            Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => false,
        }
    }

    fn end_of_run(&self, from: usize, keep: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        rest.iter().position(|byte| !keep(*byte)).map_or(self.text.len(), |length| from + length)
    }

    fn next_byte(&self, from: usize, byte: u8) -> Option<usize> {
        let rest = self.text.as_bytes().get(from..)?;
        rest.iter().position(|other| *other == byte).map(|length| from + length)
    }

    fn unclosed(&self, opening: Opening) -> (TokenKind, usize) {
        (TokenKind::Unclosed(opening), self.text.len())
    }

    fn is_dash_comment(&self, start: usize) -> bool {
        self.byte(start + 1) == Some(b'-')
            && (!self.has_mysql_syntax()
                || self.byte(start + 2).is_none_or(|byte| byte == b' ' || byte.is_ascii_control()))
    }

    fn line_end(&self, from: usize) -> usize {
        match self.dialect {
            Dialect::Postgres => self.end_of_run(from, |byte| byte != b'\n' && byte != b'\r'),
            Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite => {
                self.next_byte(from, b'\n').unwrap_or(self.text.len())
            }
        }
    }

    fn block_comment(&mut self, start: usize) -> (TokenKind, usize) {
        let nests = match self.dialect {
            Dialect::Postgres | Dialect::Mssql => true,
            Dialect::Sqlite => false,
            Dialect::Mysql | Dialect::Mariadb => {
                let mark = match (self.byte(start + 2), self.byte(start + 3)) {
                    (Some(b'!'), _) => Some(3),
                    (Some(b'M'), Some(b'!')) => Some(4),
                    _ => None,
                };
                if let Some(length) = mark {
                    self.code_comment = Some(start);
                    let version = self.end_of_run(start + length, |byte| byte.is_ascii_digit());
                    return (TokenKind::CodeOpen, version.min(start + length + 6));
                }
                false
            }
        };
        let kind = if self.has_mysql_syntax() && self.byte(start + 2) == Some(b'+') {
            TokenKind::Hint
        } else {
            TokenKind::BlockComment
        };
        let mut depth = 1_usize;
        let mut at = start + 2;
        while let Some(byte) = self.byte(at) {
            match (byte, self.byte(at + 1)) {
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    at += 2;
                    if depth == 0 {
                        return (kind, at);
                    }
                }
                (b'/', Some(b'*')) if nests => {
                    depth += 1;
                    at += 2;
                }
                _ => at += 1,
            }
        }
        self.unclosed(Opening::Comment)
    }

    fn plain_escapes(&self) -> bool {
        match self.dialect {
            Dialect::Mysql | Dialect::Mariadb => true,
            Dialect::Postgres => self.continued.unwrap_or(!self.standard_strings),
            Dialect::Mssql | Dialect::Sqlite => false,
        }
    }

    /// A quoted text whose quote, at `open`, escapes itself by doubling.
    fn quoted(&self, open: usize, close: u8, escapes: bool) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = open + 1;
        loop {
            let rest = bytes.get(at..)?;
            at += rest.iter().position(|byte| *byte == close || (escapes && *byte == b'\\'))?;
            if bytes.get(at) == Some(&close) && bytes.get(at + 1) != Some(&close) {
                return Some(at + 1);
            }
            at += 2;
        }
    }

    fn identifier(&self, start: usize, close: u8) -> (TokenKind, usize) {
        match self.quoted(start, close, false) {
            Some(end) => (TokenKind::Quoted, end),
            None => self.unclosed(Opening::Identifier),
        }
    }

    fn string(&mut self, open: usize, quote: u8, escapes: bool) -> (TokenKind, usize) {
        self.just_read = Some(escapes);
        match self.quoted(open, quote, escapes) {
            Some(end) => (TokenKind::Quoted, end),
            None => self.unclosed(Opening::String),
        }
    }

    fn word(&self, start: usize, first: u8) -> (TokenKind, usize) {
        if !self.is_word_byte(first) {
            return (TokenKind::Punct(first), start + 1);
        }
        let mut end = start + 1;
        while self.byte(end).is_some_and(|byte| self.is_word_byte(byte)) && self.delimiter_at(end).is_none() {
            end += 1;
        }
        (TokenKind::Word, end)
    }

    fn postgres_word(&mut self, start: usize, first: u8) -> (TokenKind, usize) {
        match first {
            b'$' => self.dollar_quote(start).unwrap_or((TokenKind::Punct(first), start + 1)),
            b'0'..=b'9' => self.postgres_number(start),
            b'e' | b'E' if self.byte(start + 1) == Some(b'\'') => self.string(start + 1, b'\'', true),
            b'b' | b'B' | b'x' | b'X' if self.byte(start + 1) == Some(b'\'') => {
                self.string(start + 1, b'\'', false)
            }
            b'u' | b'U' if self.byte(start + 1) == Some(b'&') && self.byte(start + 2) == Some(b'\'') => {
                self.string(start + 2, b'\'', false)
            }
            b'n' | b'N' if self.byte(start + 1) == Some(b'\'') => {
                self.string(start + 1, b'\'', !self.standard_strings)
            }
            _ => self.word(start, first),
        }
    }

    /// Digits, and the letters that follow them at once: `1e` in `1e'x'` is junk, not the start of a string.
    fn postgres_number(&self, start: usize) -> (TokenKind, usize) {
        let end = self.end_of_run(start, |byte| byte.is_ascii_digit());
        match self.byte(end) {
            Some(byte) if byte != b'$' && self.is_word_byte(byte) => self.word(end, byte),
            _ => (TokenKind::Word, end),
        }
    }

    /// What stands between `$tag$` at `start` and the next `$tag$`, if there is a tag.
    fn dollar_quote(&self, start: usize) -> Option<(TokenKind, usize)> {
        let tag = self.dollar_tag(start)?;
        let body = start + tag.len();
        Some(match self.text.get(body..).and_then(|rest| rest.find(tag)) {
            Some(length) => (TokenKind::Quoted, body + length + tag.len()),
            None => self.unclosed(Opening::DollarQuote),
        })
    }

    /// `$tag$` at `start`, if there is one.
    fn dollar_tag(&self, start: usize) -> Option<&'t str> {
        let end =
            self.end_of_run(start + 1, |byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80);
        let starts_well = !self.byte(start + 1)?.is_ascii_digit();
        (starts_well && self.byte(end) == Some(b'$')).then(|| self.text.get(start..=end)).flatten()
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let start = self.position;
        let first = self.byte(start)?;
        self.just_read = None;
        let (kind, end) = self.scan(start, first);
        if !kind.is_blank() {
            self.continued = self.just_read;
            self.after_as = kind == TokenKind::Word
                && self.text.get(start..end).is_some_and(|word| word.eq_ignore_ascii_case("AS"));
        }
        self.position = end;
        Some(Token { kind, start, end })
    }
}
