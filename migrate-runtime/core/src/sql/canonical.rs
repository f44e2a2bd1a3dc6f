use crate::Dialect;

use super::lexer::{Lexer, TokenKind};

/// The text of one statement without what may change freely: ordinary comments count as white space, runs of white
/// space outside quotes become one space, line ends become `\n`, and nothing stands before or behind.
///
/// Conditional comments (`/*! ... */`, `/*M! ... */`) and optimizer hints (`/*+ ... */`) of MySQL and MariaDB are
/// code and stay. So does everything inside quotes, dollar quotes included, but for `\r` at the end of a line: a
/// checkout with other line ends is the same statement.
///
/// ```
/// use migrate_core::{Dialect, sql::canonical};
///
/// let text = "SELECT  'a  b' -- why\r\n  FROM t /* here */";
/// assert_eq!(canonical(Dialect::Postgres, text), "SELECT 'a  b' FROM t");
/// ```
pub fn canonical(dialect: Dialect, statement: &str) -> String {
    let mut canonical = String::with_capacity(statement.len());
    let mut gap = false;
    let mut previous = None;
    for token in Lexer::new(dialect, statement, 0) {
        let kind = token.kind;
        if kind.is_blank() || (kind == TokenKind::Hint && canonical.is_empty()) {
            gap = true;
            continue;
        }
        // `--` is no comment to MySQL unless a blank follows, which may be where a comment was.
        let dash = TokenKind::Punct(b'-');
        if (gap && !canonical.is_empty()) || (kind == dash && previous == Some(dash)) {
            canonical.push(' ');
        }
        gap = false;
        previous = Some(kind);
        push_with_plain_line_ends(&mut canonical, token.text(statement));
    }
    canonical
}

fn push_with_plain_line_ends(canonical: &mut String, text: &str) {
    let mut rest = text;
    while let Some(newline) = rest.find("\r\n") {
        let (line, after) = rest.split_at(newline);
        canonical.push_str(line.trim_end_matches('\r'));
        rest = after.get(1..).unwrap_or_default();
    }
    canonical.push_str(rest);
}
