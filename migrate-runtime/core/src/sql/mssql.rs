use crate::Code;

use super::{
    lexer::{Token, TokenKind},
    split::{SplitError, is_word, unsupported},
};

/// The most often that a batch may run.
const MOST: u32 = 1000;

/// A line `GO` or `GO 5`.
#[derive(Debug)]
pub(super) struct Go {
    pub(super) count: u32,
    /// Where the line's newline stands, or the end of the text.
    pub(super) line_end: usize,
}

/// Reads the line that begins with `token` if it is one of sqlcmd's own.
pub(super) fn line_command(text: &str, token: Token) -> Result<Option<Go>, SplitError> {
    let next = text.as_bytes().get(token.end);
    match token.kind {
        TokenKind::Word if is_word(token.text(text), "GO") => go(text, token).map(Some),
        TokenKind::Punct(b':') if next.is_some_and(u8::is_ascii_alphabetic) => Err(unsupported(
            text,
            token.start,
            "is a command of sqlcmd, which SQL Server does not know",
            "write the SQL itself: files are not included and variables are not set here",
        )),
        TokenKind::Punct(b'!') if next == Some(&b'!') => Err(unsupported(
            text,
            token.start,
            "is a command of sqlcmd, which SQL Server does not know",
            "a migration cannot call the operating system: use `-- migrate:call` with a Rust step",
        )),
        _ => Ok(None),
    }
}

/// As sqlcmd reads it: a count and a `--` comment may follow, nothing else, not even a semicolon.
fn go(text: &str, token: Token) -> Result<Go, SplitError> {
    let rest = text.get(token.end..).unwrap_or_default();
    let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
    let line_end = token.end + line.len();
    let argument = line.split_once("--").map_or(line, |(argument, _)| argument).trim();
    let count = if argument.is_empty() { Some(1) } else { argument.parse().ok() };
    match count.filter(|count| (1..=MOST).contains(count)) {
        Some(count) => Ok(Go { count, line_end }),
        None => Err(SplitError {
            code: Code::UnsupportedStatement,
            message: format!("`GO` cannot be followed by `{}`", argument.escape_debug()),
            help: Some(format!("write GO alone on its line, or GO and a count from 1 to {MOST}")),
            span: token.start..token.end + line.trim_end().len(),
        }),
    }
}
