//! Expressions of PostgreSQL as texts: enough of a lexer to tell strings, names and the rest apart.

/// A piece of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// A string, with its quotes.
    Literal(&'a str),
    /// A name in quotes, with them.
    Quoted(&'a str),
    /// A name without quotes, a keyword, a number.
    Word(&'a str),
    Space(&'a str),
    Other(&'a str),
}

impl<'a> Token<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Literal(text)
            | Self::Quoted(text)
            | Self::Word(text)
            | Self::Space(text)
            | Self::Other(text) => text,
        }
    }

    /// The name that it is, if it is one.
    fn name(self) -> Option<String> {
        match self {
            Self::Quoted(text) => {
                Some(text.get(1..text.len().saturating_sub(1)).unwrap_or_default().replace("\"\"", "\""))
            }
            Self::Word(text) => Some(text.to_lowercase()),
            Self::Literal(_) | Self::Space(_) | Self::Other(_) => None,
        }
    }
}

fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (length, kind): (usize, fn(&str) -> Token<'_>) = if first == '\'' {
            (quoted_length(rest, '\'', false), |text| Token::Literal(text))
        } else if rest.starts_with("E'") || rest.starts_with("e'") {
            (1 + quoted_length(&rest[1..], '\'', true), |text| Token::Literal(text))
        } else if first == '"' {
            (quoted_length(rest, '"', false), |text| Token::Quoted(text))
        } else if first.is_whitespace() {
            (rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()), |text| Token::Space(text))
        } else if is_word(first) {
            (rest.find(|c| !is_word(c)).unwrap_or(rest.len()), |text| Token::Word(text))
        } else {
            (first.len_utf8(), |text| Token::Other(text))
        };
        let (token, left) = rest.split_at(length);
        rest = left;
        Some(kind(token))
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// How long the quoted piece at the start is, to the end if it is not closed.
fn quoted_length(text: &str, quote: char, escapes: bool) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if escapes && c == '\\' {
            characters.next();
        } else if c == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    text.len()
}

/// Whether the expression names something so: a column, a type.
pub(crate) fn mentions(expression: &str, name: &str) -> bool {
    tokens(expression).any(|token| token.name().is_some_and(|found| found == name))
}

/// Whether a string of this value stands in the expression, by itself or within the text of an array.
pub(crate) fn uses_value(expression: &str, value: &str) -> bool {
    strings(expression).any(|text| {
        text == value
            || text
                .strip_prefix('{')
                .and_then(|text| text.strip_suffix('}'))
                .is_some_and(|list| list.split(',').any(|one| one.trim().trim_matches('"') == value))
    })
}

/// Whether a string of exactly this value stands in the expression.
pub(crate) fn names_in_string(expression: &str, name: &str) -> bool {
    strings(expression).any(|text| text == name)
}

/// The strings of an expression without their quotes.
fn strings(expression: &str) -> impl Iterator<Item = String> {
    tokens(expression).filter_map(|token| match token {
        Token::Literal(text) => {
            let escaped = text.strip_prefix(['E', 'e']);
            let inner = escaped.unwrap_or(text);
            let inner = inner.get(1..inner.len().saturating_sub(1)).unwrap_or_default().replace("''", "'");
            Some(if escaped.is_some() { inner.replace("\\\\", "\\") } else { inner })
        }
        Token::Quoted(_) | Token::Word(_) | Token::Space(_) | Token::Other(_) => None,
    })
}

/// The expression with every such name replaced.
pub(crate) fn renamed(expression: &str, from: &str, to: &str) -> String {
    let replace = |token: Token<'_>| match token.name() {
        Some(found) if found == from => super::name::name(to),
        _ => token.text().to_owned(),
    };
    tokens(expression).map(replace).collect()
}

/// In one line: what the server breaks and indents (CASE) is joined again. Strings and quoted names stay as they are.
pub(crate) fn in_one_line(expression: &str) -> String {
    let space = |token: Token<'_>| match token {
        Token::Space(text) if text.contains('\n') => " ".to_owned(),
        token => token.text().to_owned(),
    };
    tokens(expression.trim()).map(space).collect()
}

/// Without the parentheses around all of it, if the first one is closed by the last.
pub(crate) fn without_parentheses(expression: &str) -> &str {
    let text = expression.trim();
    let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else { return text };
    let mut depth = 0_usize;
    for token in tokens(inner) {
        match token {
            Token::Other("(") => depth += 1,
            Token::Other(")") if depth == 0 => return text,
            Token::Other(")") => depth -= 1,
            _ => {}
        }
    }
    if depth == 0 { without_parentheses(inner) } else { text }
}

/// Whether it is one call of a function and nothing else, which an index takes without parentheses.
pub(crate) fn is_call(expression: &str) -> bool {
    let mut depth = 0_usize;
    let mut name = true;
    let mut last = None;
    for token in tokens(expression) {
        match token {
            Token::Word(word) if name && super::keyword::is_reserved(&word.to_lowercase()) => return false,
            Token::Word(_) | Token::Quoted(_) | Token::Other(".") if name => {}
            Token::Other("(") => {
                name = false;
                depth += 1;
            }
            Token::Other(")") if depth > 0 => depth -= 1,
            _ if name || depth == 0 => return false,
            _ => {}
        }
        // Something behind the parenthesis that closed the call.
        if !name && depth == 0 {
            if last.is_some() {
                return false;
            }
            last = Some(token);
        }
    }
    last.is_some() && !expression.starts_with('(')
}

/// A default as `ADD COLUMN` and `CREATE TABLE` take it: with parentheses around it where it holds words that could go on
/// as a constraint of the column.
pub(crate) fn default(expression: &str) -> String {
    const WORDS: &[&str] = &[
        "and", "at", "between", "collate", "ilike", "in", "is", "isnull", "like", "not", "notnull", "or",
        "overlaps", "similar",
    ];
    let mut depth = 0_usize;
    let is_open = tokens(expression).any(|token| match token {
        Token::Other("(" | "[") => {
            depth += 1;
            false
        }
        Token::Other(")" | "]") => {
            depth = depth.saturating_sub(1);
            false
        }
        Token::Word(word) => depth == 0 && WORDS.contains(&word.to_lowercase().as_str()),
        Token::Literal(_) | Token::Quoted(_) | Token::Space(_) | Token::Other(_) => false,
    });
    if is_open { format!("({expression})") } else { expression.to_owned() }
}

/// A string followed by a cast and nothing else: the string with its quotes, and the type.
pub(crate) fn cast_literal(expression: &str) -> Option<(&str, &str)> {
    let first = tokens(expression).next()?;
    let (Token::Literal(text) | Token::Word(text)) = first else { return None };
    let ty = expression[text.len()..].strip_prefix("::")?;
    // A type has no strings, and parentheses only around its length.
    let is_type = tokens(ty).all(|token| match token {
        Token::Literal(_) => false,
        Token::Quoted(_) | Token::Word(_) | Token::Space(_) => true,
        Token::Other(text) => matches!(text, "." | "[" | "]" | "(" | ")" | ","),
    });
    is_type.then_some((text, ty))
}

/// Lists of strings on a varchar column as they were written: the server makes `s::text = ANY (ARRAY['a'::character
/// varying]::text[])` of `s IN ('a')`, and something longer of that when it reads it again. Both become `s IN ('a')`.
/// Elsewhere strings that are varchar on their way to text are text at once.
pub(crate) fn with_text_strings(expression: &str) -> String {
    const VARYING: &str = "::character varying";
    const IS_ONE_OF: &str = "::text = ANY (";
    let mut out = String::with_capacity(expression.len());
    let mut rest = expression;
    while let Some(token) = tokens(rest).next() {
        if let Some((strings, left)) = varying_array(rest) {
            match (out.strip_suffix(IS_ONE_OF), left.strip_prefix(')')) {
                (Some(column), Some(left)) => {
                    out.truncate(column.len());
                    out.push_str(&format!(" IN ({})", strings.join(", ")));
                    rest = left;
                }
                _ => {
                    let strings: Vec<_> = strings.iter().map(|string| format!("{string}::text")).collect();
                    out.push_str(&format!("ARRAY[{}]", strings.join(", ")));
                    rest = left;
                }
            }
            continue;
        }
        let text = token.text();
        out.push_str(text);
        rest = &rest[text.len()..];
        if matches!(token, Token::Literal(_))
            && let Some(left) = rest.strip_prefix(VARYING)
            && let Some(behind) = left.strip_prefix("::text")
            && !behind.starts_with(|c: char| is_word(c) || c == '[')
        {
            rest = left;
        }
    }
    out
}

/// The strings of `ARRAY['a'::character varying, ...]::text[]`, or of `ARRAY['a'::character varying::text, ...]`, at the
/// start, and what follows it.
fn varying_array(expression: &str) -> Option<(Vec<&str>, &str)> {
    let mut rest = expression.strip_prefix("ARRAY[")?;
    let mut strings = Vec::new();
    let is_cast_one_by_one = loop {
        let Some(Token::Literal(string)) = tokens(rest).next() else { return None };
        strings.push(string);
        rest = rest[string.len()..].strip_prefix("::character varying")?;
        let behind = rest.strip_prefix("::text");
        let is_cast = behind.is_some();
        rest = behind.unwrap_or(rest);
        match rest.strip_prefix(", ") {
            Some(next) => rest = next,
            None => break is_cast,
        }
    };
    let end = if is_cast_one_by_one { "]" } else { "]::text[]" };
    Some((strings, rest.strip_prefix(end)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parentheses_that_match_each_other_are_taken_off() {
        assert_eq!(without_parentheses("((a > 1))"), "a > 1");
        assert_eq!(without_parentheses("(a > 1) AND (b < 2)"), "(a > 1) AND (b < 2)");
        assert_eq!(without_parentheses("(a = ')(') OR (b)"), "(a = ')(') OR (b)");
        assert_eq!(without_parentheses("(a = '(')"), "a = '('");
        assert_eq!(without_parentheses("(\"a)\" > 0)"), "\"a)\" > 0");
        assert_eq!(without_parentheses("lower(x)"), "lower(x)");
    }

    #[test]
    fn lines_are_joined_outside_of_strings() {
        let folded = in_one_line("\nCASE\n    WHEN a THEN 'x\n  y'\n    ELSE \"o  d\"\nEND");
        assert_eq!(folded, "CASE WHEN a THEN 'x\n  y' ELSE \"o  d\" END");
    }

    #[test]
    fn names_are_told_from_strings() {
        assert!(mentions("lower(Email) = 'x'", "email"));
        assert!(mentions("\"Email\" > 0", "Email"));
        assert!(!mentions("'email' = \"Email\" || emails", "email"));
        assert!(!mentions("a = E'it\\'s email'", "email"));
        assert!(uses_value("state = ANY (ARRAY['a'::text, 'it''s'])", "it's"));
        assert!(uses_value("'{a, b}'", "b") && !names_in_string("'{a, b}'", "b"));
        assert!(uses_value("E'a\\\\b'", "a\\b"));
        assert!(!uses_value("\"a\" = 'b'", "a"));
        assert_eq!(renamed("a + \"a\" * ab || 'a'", "a", "User"), "\"User\" + \"User\" * ab || 'a'");
    }

    #[test]
    fn a_call_needs_no_parentheses() {
        for call in ["lower(email)", "app.f(a, (b))", "coalesce(a, ')')", "f()", "EXTRACT(year FROM d)"] {
            assert!(is_call(call), "{call}");
        }
        for other in
            ["a", "f(a) || g(b)", "(f(a))", "not(a)", "f(a)::text", "a + f(b)", "f(a) + 1", "NOT f(a)"]
        {
            assert!(!is_call(other), "{other}");
        }
    }

    #[test]
    fn a_default_is_closed_where_it_could_go_on() {
        assert_eq!(default("now() AT TIME ZONE 'utc'::text"), "(now() AT TIME ZONE 'utc'::text)");
        assert_eq!(default("NOT true"), "(NOT true)");
        for plain in ["1 + 2", "lower('NOT a')", "(a IS NULL)", "'x'::text || 'y'::text", "CURRENT_TIMESTAMP"]
        {
            assert_eq!(default(plain), plain);
        }
    }

    #[test]
    fn a_literal_with_a_cast_is_seen() {
        assert_eq!(cast_literal("'a'::character varying"), Some(("'a'", "character varying")));
        assert_eq!(cast_literal("NULL::numeric(10,2)"), Some(("NULL", "numeric(10,2)")));
        assert_eq!(cast_literal("'{}'::integer[]"), Some(("'{}'", "integer[]")));
        assert_eq!(cast_literal("'a'::text || 'b'::text"), None);
        assert_eq!(cast_literal("now()"), None);
    }

    #[test]
    fn strings_on_their_way_to_text_are_text() {
        for (shown, read) in [
            (
                "(s::text = ANY (ARRAY['a'::character varying, 'b]'::character varying]::text[])) AND x",
                "(s IN ('a', 'b]')) AND x",
            ),
            (
                "s::text = ANY (ARRAY['a'::character varying::text, 'b'::character varying::text])",
                "s IN ('a', 'b')",
            ),
            (
                "f(ARRAY['a'::character varying, 'b'::character varying]::text[])",
                "f(ARRAY['a'::text, 'b'::text])",
            ),
            ("ARRAY['a'::character varying(5)]::text[]", "ARRAY['a'::character varying(5)]::text[]"),
            ("'ARRAY[''a''::character varying]::text[]'", "'ARRAY[''a''::character varying]::text[]'"),
            ("s = 'a'::character varying", "s = 'a'::character varying"),
        ] {
            assert_eq!(with_text_strings(shown), read);
        }
    }
}
