//! Expressions as the servers print them, and as people write them.

use super::{identifier, identifier::is_bare, literal, unescaped};

/// A piece of an expression. All pieces together are the text again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// A keyword, a function, a number, or a name without quotes.
    Word(&'a str),
    /// A name with its backquotes.
    Quoted(&'a str),
    /// A string with its quotes.
    Text(&'a str),
    /// `_latin1'...'`, `x'...'`, `b'...'`: word and string.
    Prefixed(&'a str, &'a str),
    /// White space, or one character.
    Other(&'a str),
}

/// The expression in the words of a person: names without backquotes where they need none, no charset before a string,
/// strings with doubled quotes, and without the name of the database `home`.
///
/// MySQL puts the charset there by itself: first that of the connection, later, when it reads the table's definition
/// again, that of the column next to it.
pub(crate) fn readable(text: &str, home: &str) -> String {
    let tokens = tokens(text);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match *token {
            Token::Quoted(quoted) => {
                let name = unquoted(quoted);
                if name == home && tokens.get(at + 1) == Some(&Token::Other(".")) {
                    at += 2;
                    continue;
                }
                out.push_str(&identifier(&name));
            }
            Token::Text(text) => out.push_str(&literal(&string(text))),
            Token::Prefixed(prefix, text) if is_charset(prefix) && !is_collated(&tokens, at) => {
                out.push_str(&literal(&string(text)));
            }
            Token::Prefixed(prefix, text) => {
                out.push_str(prefix);
                out.push_str(text);
            }
            Token::Word(text) | Token::Other(text) => out.push_str(text),
        }
        at += 1;
    }
    out
}

/// MySQL's `information_schema` escapes the quotes of an expression: `_utf8mb4\'x\'`.
pub(crate) fn with_string_escapes_undone(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('0') => out.push('\0'),
                Some('Z') => out.push('\u{1a}'),
                Some(escaped) => out.push(escaped),
                None => out.push(c),
            },
            c => out.push(c),
        }
    }
    out
}

/// Without the parentheses around the whole, however many there are.
pub(crate) fn without_outer_parentheses(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        if !is_balanced(inner) {
            break;
        }
        text = inner.trim();
    }
    text
}

/// Whether no parenthesis closes that was not opened before.
fn is_balanced(text: &str) -> bool {
    let mut depth = 0_usize;
    for token in tokens(text) {
        match token {
            Token::Other("(") => depth += 1,
            Token::Other(")") => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            Token::Word(_) | Token::Quoted(_) | Token::Text(_) | Token::Prefixed(..) | Token::Other(_) => {}
        }
    }
    depth == 0
}

/// Whether the expression speaks of the column.
pub(crate) fn mentions(text: &str, column: &str) -> bool {
    let tokens = tokens(text);
    (0..tokens.len()).any(|at| is_column(&tokens, at, column))
}

/// Whether the expression calls the function. `CURRENT_USER` needs no parentheses for that.
pub(crate) fn calls(text: &str, function: &str) -> bool {
    let tokens = tokens(text);
    tokens.iter().enumerate().any(|(at, token)| {
        let is_called =
            tokens[at + 1..].iter().find(|token| **token != Token::Other(" ")) == Some(&Token::Other("("));
        matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(function))
            && (is_called || function == "current_user")
    })
}

/// The expression with a column under another name.
pub(crate) fn with_column_renamed(text: &str, from: &str, to: &str) -> String {
    let tokens = tokens(text);
    let mut out = String::with_capacity(text.len());
    for (at, token) in tokens.iter().enumerate() {
        if is_column(&tokens, at, from) {
            out.push_str(&identifier(to));
            continue;
        }
        match *token {
            Token::Word(text) | Token::Quoted(text) | Token::Text(text) | Token::Other(text) => {
                out.push_str(text);
            }
            Token::Prefixed(prefix, text) => {
                out.push_str(prefix);
                out.push_str(text);
            }
        }
    }
    out
}

/// Names of columns do not know case. What a parenthesis follows is a function, what stands behind AS a type, and what
/// stands behind COLLATE a collation.
fn is_column(tokens: &[Token<'_>], at: usize, column: &str) -> bool {
    match tokens.get(at) {
        Some(Token::Quoted(quoted)) => unquoted(quoted).to_lowercase() == column.to_lowercase(),
        Some(Token::Word(word)) => {
            word.to_lowercase() == column.to_lowercase()
                && tokens.get(at + 1) != Some(&Token::Other("("))
                && is_bare(column)
                && !["as", "collate"].iter().any(|before| is_word_before(tokens, at, 1, before))
                && !is_unit(tokens, at)
        }
        Some(Token::Text(_) | Token::Prefixed(..) | Token::Other(_)) | None => false,
    }
}

/// `interval 1 day`, `extract(year from d)`, `timestampdiff(day,a,b)`.
fn is_unit(tokens: &[Token<'_>], at: usize) -> bool {
    let calls = ["extract", "timestampadd", "timestampdiff"];
    let is_first = solid_before(tokens, at, 1) == Some(&Token::Other("("));
    is_word_before(tokens, at, 2, "interval")
        || is_first && calls.iter().any(|call| is_word_before(tokens, at, 2, call))
}

fn is_word_before(tokens: &[Token<'_>], at: usize, steps: usize, word: &str) -> bool {
    matches!(solid_before(tokens, at, steps), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
}

/// The `steps`th token before this one that is no space.
fn solid_before<'t, 'a>(tokens: &'t [Token<'a>], at: usize, steps: usize) -> Option<&'t Token<'a>> {
    let is_space = |token: &Token<'_>| matches!(token, Token::Other(text) if text.trim().is_empty());
    tokens[..at].iter().rev().filter(|token| !is_space(token)).nth(steps - 1)
}

/// The expression with a sequence under another name: `nextval(numbers)`, `lastval(numbers)`.
pub(crate) fn with_sequence_renamed(text: &str, from: &str, to: &str) -> String {
    let tokens = tokens(text);
    let draws = |at: usize| {
        solid_before(&tokens, at, 1) == Some(&Token::Other("("))
            && ["nextval", "lastval", "setval"].iter().any(|call| is_word_before(&tokens, at, 2, call))
            || is_word_before(&tokens, at, 1, "for") && is_word_before(&tokens, at, 2, "value")
    };
    let rename = |(at, token): (usize, &Token<'_>)| match *token {
        Token::Quoted(name) if draws(at) && unquoted(name) == from => identifier(to),
        Token::Word(name) if draws(at) && name == from => identifier(to),
        Token::Word(text) | Token::Quoted(text) | Token::Text(text) | Token::Other(text) => text.to_owned(),
        Token::Prefixed(prefix, text) => format!("{prefix}{text}"),
    };
    tokens.iter().enumerate().map(rename).collect()
}

/// Whether the text gets a collation of another charset than the connection's, which it cannot without its own.
fn is_collated(tokens: &[Token<'_>], at: usize) -> bool {
    let mut behind = tokens.iter().skip(at + 1).filter(|token| **token != Token::Other(" "));
    let has_collation =
        matches!(behind.next(), Some(Token::Word(word)) if word.eq_ignore_ascii_case("collate"));
    let is_foreign = |collation: &str| !collation.to_ascii_lowercase().starts_with("utf8mb4_");
    has_collation && matches!(behind.next(), Some(Token::Word(word)) if is_foreign(word))
}

/// `_utf8mb4`, `_latin1`; bytes are no text.
fn is_charset(prefix: &str) -> bool {
    prefix.starts_with('_') && !prefix.eq_ignore_ascii_case("_binary")
}

fn unquoted(quoted: &str) -> String {
    quoted.trim_start_matches('`').strip_suffix('`').unwrap_or(quoted).replace("``", "`")
}

fn string(quoted: &str) -> String {
    let inner = quoted.strip_prefix('\'').unwrap_or(quoted);
    let inner = inner.strip_suffix('\'').unwrap_or(inner);
    unescaped(&inner.replace("''", r"\'"))
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '`' => quoted_length(rest, first),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, left) = rest.split_at(length);
        rest = left;
        match first {
            '\'' => tokens.push(Token::Text(token)),
            '`' => tokens.push(Token::Quoted(token)),
            c if is_word(c) && left.starts_with('\'') => {
                let (text, left) = left.split_at(quoted_length(left, '\''));
                rest = left;
                tokens.push(Token::Prefixed(token, text));
            }
            c if is_word(c) => tokens.push(Token::Word(token)),
            _ => tokens.push(Token::Other(token)),
        }
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// How long the quoted piece at the start is; to the end if it is not closed.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '\'' {
            chars.next();
        } else if c == quote {
            match chars.peek() {
                Some((_, next)) if *next == quote => {
                    chars.next();
                }
                _ => return at + 1,
            }
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_expression_becomes_readable() {
        let printed = r"((`type` in (_utf8mb4'manga',_utf8mb4'it\'s','b\\c')) and (`order` > 0))";
        assert_eq!(
            readable(without_outer_parentheses(printed), "app"),
            r"(type in ('manga','it''s','b\\c')) and (`order` > 0)"
        );
        assert_eq!(readable("nextval(`app`.`sq`)", "app"), "nextval(sq)");
        assert_eq!(readable("nextval(`other`.`sq`)", "app"), "nextval(other.sq)");
        assert_eq!(readable("concat(_latin1'x',b'1',_binary'y')", "app"), "concat('x',b'1',_binary'y')");
        let collated = "_latin1'x' collate latin1_bin = _utf8mb4'y' collate utf8mb4_bin";
        assert_eq!(readable(collated, ""), "_latin1'x' collate latin1_bin = 'y' collate utf8mb4_bin");
        assert_eq!(readable(r"`x` like '100\%'", ""), r"x like '100\\%'");
        assert_eq!(readable("`na``me` <> ", ""), "`na``me` <> ");
    }

    #[test]
    fn only_parentheses_around_the_whole_go() {
        assert_eq!(without_outer_parentheses("((a) and (b))"), "(a) and (b)");
        assert_eq!(without_outer_parentheses("(a) and (b)"), "(a) and (b)");
        assert_eq!(without_outer_parentheses("(((1)))"), "1");
        assert_eq!(without_outer_parentheses("(a = ')(')"), "a = ')('");
        assert_eq!(without_outer_parentheses("(a) or `)(`"), "(a) or `)(`");
    }

    #[test]
    fn the_quotes_of_the_information_schema_go() {
        assert_eq!(with_string_escapes_undone(r"_utf8mb4'it\'s'"), r"_utf8mb4'it's'");
        assert_eq!(with_string_escapes_undone(r"_utf8mb4'a\\b'"), r"_utf8mb4'a\b'");
    }

    #[test]
    fn a_column_is_found_and_renamed() {
        assert!(mentions("price > 0", "Price"));
        assert!(mentions("`order` > 0", "order"));
        assert!(!mentions("concat('price', prices)", "price"));
        assert!(!mentions("left(a, 1)", "left"));
        assert!(calls("(Concat('x', UUID ()))", "uuid"));
        assert!(calls("(current_user)", "current_user"));
        assert!(!calls("(concat('uuid()', uuid, `rand`()))", "uuid"));
        assert_eq!(with_column_renamed("a + aa + 'a' + `A`", "a", "key"), "`key` + aa + 'a' + `key`");
        assert_eq!(
            with_column_renamed("cast(date as date) > date", "date", "on"),
            "cast(`on` as date) > `on`"
        );
        assert_eq!(with_column_renamed("d + interval 1 day > day", "day", "x"), "d + interval 1 day > x");
        assert_eq!(with_column_renamed("extract(year from year)", "year", "x"), "extract(year from x)");
        assert_eq!(with_column_renamed("a collate b = b", "b", "x"), "a collate b = x");
    }

    #[test]
    fn a_sequence_is_found_and_renamed() {
        assert_eq!(with_sequence_renamed("(nextval(`s`) + s)", "s", "t u"), "(nextval(`t u`) + s)");
        assert_eq!(with_sequence_renamed("NEXT VALUE FOR s + f(s)", "s", "t"), "NEXT VALUE FOR t + f(s)");
    }
}
