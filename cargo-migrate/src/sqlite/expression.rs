use super::{Token, TokenKind, is_same, quote, token::tokens, unquote};

/// Around what an expression stands: its own table and the columns of that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'c> {
    pub(crate) table: &'c str,
    pub(crate) columns: &'c [String],
}

/// Words that are written in upper case, and before whose parentheses a blank stands.
const WORDS: [&str; 32] = [
    "AND", "AS", "ASC", "BETWEEN", "BY", "CASE", "COLLATE", "DESC", "DISTINCT", "ELSE", "END", "ESCAPE",
    "EXISTS", "FILTER", "FROM", "GLOB", "IN", "IS", "ISNULL", "LIKE", "MATCH", "NOT", "NOTNULL", "NULL",
    "OR", "OVER", "REGEXP", "SELECT", "THEN", "WHEN", "WHERE", "WITHIN",
];
/// Words in upper case that take their parentheses like a function, or have none.
const VALUES: [&str; 7] =
    ["CAST", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "FALSE", "RAISE", "TRUE"];

/// An expression of a table in one spelling, so that what is the same reads the same: keywords in upper case, functions
/// in lower case, columns as the table spells them and without the table before them, usual blanks, no comments and no
/// parentheses around the whole.
pub(crate) fn tidy(expression: &[Token<'_>], context: Context<'_>) -> String {
    let expression = without_parentheses(expression);
    let mut out = String::new();
    let mut previous: Option<Token<'_>> = None;
    let mut is_sign = false;
    let mut at = 0;
    while let Some(token) = expression.get(at) {
        let next = expression.get(at + 1);
        if is_own_table(token, context) && next.is_some_and(|dot| dot.is(".")) && !is_behind_dot(previous) {
            at += 2;
            continue;
        }
        let written = spelling(token, previous, next, context);
        let is_unary = is_unary_position(previous) && ["-", "+", "~"].iter().any(|sign| token.is(sign));
        if !out.is_empty() && !is_sign && needs_blank(previous, token) {
            out.push(' ');
        }
        out.push_str(&written);
        is_sign = is_unary;
        previous = Some(*token);
        at += 1;
    }
    out
}

/// Without the parentheses around the whole, if they belong together.
pub(crate) fn without_parentheses<'a, 't>(mut expression: &'a [Token<'t>]) -> &'a [Token<'t>] {
    while let [first, inner @ .., last] = expression
        && first.is("(")
        && last.is(")")
    {
        let mut depth = 1_usize;
        for token in inner {
            if token.is("(") {
                depth += 1;
            } else if token.is(")") {
                depth -= 1;
            }
            if depth == 0 {
                return expression;
            }
        }
        expression = inner;
    }
    expression
}

/// Whether an operator behind the expression, such as COLLATE, is about the whole of it: a name, a value, a call, or what
/// stands in parentheses.
pub(crate) fn is_unit(expression: &[Token<'_>]) -> bool {
    match expression {
        [_] => true,
        [_, dot, _] if dot.is(".") => true,
        [name, rest @ ..] if name.is_name() && rest.len() > 1 => {
            !is_keyword(name) && without_parentheses(rest).len() < rest.len()
        }
        _ => without_parentheses(expression).len() < expression.len(),
    }
}

fn is_keyword(token: &Token<'_>) -> bool {
    WORDS.iter().any(|word| token.is_word(word))
}

fn spelling(
    token: &Token<'_>,
    previous: Option<Token<'_>>,
    next: Option<&Token<'_>>,
    context: Context<'_>,
) -> String {
    let is_call = next.is_some_and(|next| next.is("("));
    let column = |name: &str| context.columns.iter().find(|column| is_same(column, name));
    let is_behind = |word| previous.is_some_and(|previous: Token<'_>| previous.is_word(word));
    let is_word = token.kind == TokenKind::Word
        && WORDS.iter().chain(&VALUES).any(|word| token.text.eq_ignore_ascii_case(word));
    match token.kind {
        TokenKind::Word if is_behind("COLLATE") => collation(token.text),
        // A column may be called like some of the keywords: then nobody but SQLite can tell which it is.
        TokenKind::Word if is_word && column(token.text).is_none() => token.text.to_ascii_uppercase(),
        TokenKind::Word if is_word => token.text.to_owned(),
        TokenKind::Word if is_call => token.text.to_ascii_lowercase(),
        TokenKind::Word if is_behind("AS") => token.text.to_ascii_uppercase(),
        TokenKind::Word => column(token.text).map_or_else(|| token.text.to_owned(), |name| quote(name)),
        TokenKind::Quoted if is_behind("COLLATE") => quote(&unquote(token)),
        TokenKind::Quoted if !token.is_string() => {
            let name = unquote(token);
            match column(&name) {
                Some(name) => quote(name),
                // What is no column is a string to SQLite.
                None if token.text.starts_with('"') => token.text.to_owned(),
                None => quote(&name),
            }
        }
        TokenKind::Quoted | TokenKind::Number | TokenKind::Operator => token.text.to_owned(),
        TokenKind::Blob => token.text.to_ascii_lowercase(),
    }
}

/// The collations that are always there are written in upper case.
pub(crate) fn collation(name: &str) -> String {
    let builtin = ["BINARY", "NOCASE", "RTRIM"].into_iter().find(|builtin| is_same(builtin, name));
    builtin.map_or_else(|| name.to_owned(), ToOwned::to_owned)
}

fn is_own_table(token: &Token<'_>, context: Context<'_>) -> bool {
    token.is_name() && is_same(&unquote(token), context.table)
}

fn is_behind_dot(previous: Option<Token<'_>>) -> bool {
    previous.is_some_and(|previous| previous.is("."))
}

/// Whether a sign that comes now belongs to what follows it.
fn is_unary_position(previous: Option<Token<'_>>) -> bool {
    let Some(previous) = previous else { return true };
    match previous.kind {
        TokenKind::Operator => previous.text != ")",
        TokenKind::Word => {
            let is_value = ["NULL", "END", "ISNULL", "NOTNULL"].iter().any(|word| previous.is_word(word));
            WORDS.iter().any(|word| previous.is_word(word)) && !is_value
        }
        TokenKind::Quoted | TokenKind::Number | TokenKind::Blob => false,
    }
}

fn needs_blank(previous: Option<Token<'_>>, token: &Token<'_>) -> bool {
    let Some(previous) = previous else { return false };
    if previous.is("(") || previous.is(".") || [",", ")", ".", ";"].iter().any(|one| token.is(one)) {
        return false;
    }
    if token.is("(") {
        let is_function = match previous.kind {
            TokenKind::Word => !WORDS.iter().any(|word| previous.is_word(word)),
            TokenKind::Quoted => !previous.is_string(),
            TokenKind::Number | TokenKind::Blob | TokenKind::Operator => false,
        };
        return !is_function;
    }
    true
}

/// What stands behind DEFAULT, as it is written there: a literal, or an expression in parentheses. None for NULL, which
/// is no default.
pub(crate) fn default_value(value: &[Token<'_>]) -> Option<String> {
    let value = without_parentheses(value);
    let text = |string: &str| format!("'{}'", string.replace('\'', "''"));
    let words = ["CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "TRUE", "FALSE"];
    match value {
        [null] if null.is_word("NULL") => None,
        [plus, number] if plus.is("+") && number.kind == TokenKind::Number => Some(number.text.to_owned()),
        [token] if token.kind == TokenKind::Word => {
            let word = words.into_iter().find(|word| token.is_word(word));
            // What could be a name is a string.
            Some(word.map_or_else(|| text(token.text), ToOwned::to_owned))
        }
        [token] if token.kind == TokenKind::Quoted && !token.is_string() => Some(text(&unquote(token))),
        _ => {
            let tidied = tidy(value, Context { table: "", columns: &[] });
            Some(if is_literal(&tidied) { tidied } else { format!("({tidied})") })
        }
    }
}

/// Whether a name occurs in an expression. When in doubt it does.
pub(crate) fn mentions(expression: &str, name: &str) -> bool {
    tokens(expression).iter().any(|token| token.is_name() && is_same(&unquote(token), name))
}

/// Whether the text behind DEFAULT is a plain value: no parentheses, the same for every row.
pub(crate) fn is_literal(default: &str) -> bool {
    match tokens(default).as_slice() {
        [sign, number] => (sign.is("-") || sign.is("+")) && number.kind == TokenKind::Number,
        [token] => match token.kind {
            TokenKind::Number | TokenKind::Blob => true,
            TokenKind::Quoted => token.is_string(),
            TokenKind::Word => ["NULL", "TRUE", "FALSE"].iter().any(|word| token.is_word(word)),
            TokenKind::Operator => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expression: &str) -> String {
        let columns = ["a", "State", "order", "match"].map(str::to_owned);
        tidy(&tokens(expression), Context { table: "t", columns: &columns })
    }

    #[test]
    fn what_is_the_same_reads_the_same() {
        for (text, expected) in [
            ("((a>0) and(a<10))", "(a > 0) AND (a < 10)"),
            ("( a > 0 )", "a > 0"),
            ("(a) > (0)", "(a) > (0)"),
            ("\"A\" is not null /* why */", "a IS NOT NULL"),
            ("[state] in('x' ,\"y\")", "State IN ('x', \"y\")"),
            ("t.a+\"t\".[order]", "a + \"order\""),
            ("LENGTH(a)-1>=- 2", "length(a) - 1 >= -2"),
            ("cast(a as integer)||x'AB'", "CAST(a AS INTEGER) || x'ab'"),
            ("a between -1 and+1", "a BETWEEN -1 AND +1"),
            ("case when a then-1 else(2)end", "CASE WHEN a THEN -1 ELSE (2) END"),
            ("a collate nocase='x'", "a COLLATE NOCASE = 'x'"),
            ("a->>'$.b'='C'", "a ->> '$.b' = 'C'"),
            ("not exists(select 1)", "NOT EXISTS (SELECT 1)"),
            ("a match 'x'", "a match 'x'"),
            ("coalesce(a,0)*(1-a)", "coalesce(a, 0) * (1 - a)"),
            ("strftime('%Y',a)", "strftime('%Y', a)"),
            ("not(a)", "NOT (a)"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
            assert_eq!(shown(expected), expected, "{text}");
        }
    }

    #[test]
    fn a_collation_is_about_the_whole_of_a_unit() {
        for unit in ["a", "t.a", "'x'", "lower(a)", "(a || b)", "max(a, (b))"] {
            assert!(is_unit(&tokens(unit)), "{unit}");
        }
        for other in ["a || b", "lower(a) || b", "(a) || (b)", "NOT (a)", "f(a)(b)", "-a"] {
            assert!(!is_unit(&tokens(other)), "{other}");
        }
    }

    #[test]
    fn a_string_mentions_nothing() {
        assert!(mentions("lower([A B]) = 'x'", "a b"));
        assert!(mentions("a > 0", "A"));
        assert!(!mentions("'a' || b", "a"));
    }

    #[test]
    fn literals_are_told_from_expressions() {
        for literal in ["1", "-1.5", "+2", "'x'", "x'00'", "NULL", "true"] {
            assert!(is_literal(literal), "{literal}");
        }
        for other in ["CURRENT_TIMESTAMP", "(1 + 2)", "1 + 2", "- -1", "\"x\""] {
            assert!(!is_literal(other), "{other}");
        }
    }
}
