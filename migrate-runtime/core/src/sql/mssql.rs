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

/// As sqlcmd reads it ("sqlcmd: commands, GO [count]"): a count and a `--` comment may follow, nothing else, not even a semicolon.
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

#[cfg(test)]
mod tests {
    use crate::{
        Code, Dialect,
        sql::split::testing::{error, pieces},
    };

    fn splits(text: &str, expected: &[&str]) {
        assert_eq!(pieces(Dialect::Mssql, text), expected, "{text}");
    }

    #[test]
    fn a_batch_ends_at_go_and_nowhere_else() {
        splits("a; b;\nGO\nc;\n  go\t\r\n/* d */ e\ngO", &["a; b;", "c;", "e"]);
        splits("GO\nGO\n-- nothing\nGO\n;\nGO", &[";"]);
        splits("a\nGO -- done; 'it\nb", &["a", "b"]);
        splits("a GO\nGO_b\nGO#c\n@GO\nGOTO d\n[GO]\n", &["a GO\nGO_b\nGO#c\n@GO\nGOTO d\n[GO]"]);
        splits("a /* x\n*/ GO\nb", &["a /* x\n*/ GO\nb"]);
    }

    #[test]
    fn go_in_quotes_and_comments_ends_nothing() {
        splits("a '\nGO\n'", &["a '\nGO\n'"]);
        splits("a \"\nGO\n\"", &["a \"\nGO\n\""]);
        splits("a [\nGO\n]]\nGO\n]", &["a [\nGO\n]]\nGO\n]"]);
        splits("a /* /*\nGO\n*/\nGO\n*/ b", &["a /* /*\nGO\n*/\nGO\n*/ b"]);
    }

    #[test]
    fn a_count_repeats_the_batch() {
        splits("a\nGO 3\nb\nGO 1 -- once\nGO 7", &["a", "a", "a", "b"]);
        assert_eq!(pieces(Dialect::Mssql, "a\nGO 1000").len(), 1000);
    }

    #[test]
    fn what_sqlcmd_does_not_take_behind_go_is_refused() {
        for line in ["GO;", "GO 0", "GO 1001", "GO -1", "go b", "GO 2 /* x */", "GO 99999999999999999999"] {
            assert_eq!(error(Dialect::Mssql, &format!("a\n {line} \nb")), (Code::UnsupportedStatement, line));
        }
    }

    #[test]
    fn commands_of_sqlcmd_are_refused_at_the_start_of_a_line() {
        for (line, at) in [
            (":r x.sql", ":r"),
            (":setvar a b", ":setvar"),
            ("!! dir", "!!"),
            ("!!dir", "!!dir"),
            (":on error exit", ":on"),
        ] {
            assert_eq!(error(Dialect::Mssql, &format!("a\n  {line}\nb")), (Code::UnsupportedStatement, at));
        }
        splits("a :r\nb\n::c\n'\n:r\n'", &["a :r\nb\n::c\n'\n:r\n'"]);
    }

    #[test]
    fn quotes_double_and_have_no_backslashes() {
        splits("a 'x\\'\nGO\nb N'y'''\nGO\nc [d]]]\nGO\ne", &["a 'x\\'", "b N'y'''", "c [d]]]", "e"]);
    }
}
