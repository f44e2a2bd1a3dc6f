//! Expressions of T-SQL, as far as one must look into them: which columns they name, and how they read best.
//!
//! The catalogue views show an expression as the server has understood it, not as it was written: every name in
//! brackets, every number in parentheses, an IN as a chain of OR.

use crate::schema::ObjectName;

use super::name::{bracketed, identifier, is_reserved};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    /// A name without quotes, a keyword, a function, a variable.
    Word,
    /// A name in brackets or in double quotes.
    Quoted,
    String,
    Number,
    Comment,
    Symbol,
}

#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
}

impl Token<'_> {
    /// The name that it may be.
    fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_owned()),
            Kind::Quoted => {
                let inner = self.text.get(1..self.text.len().saturating_sub(1)).unwrap_or_default();
                let double = if self.text.starts_with('[') { "]]" } else { "\"\"" };
                Some(inner.replace(double, &double[..1]))
            }
            Kind::Space | Kind::String | Kind::Number | Kind::Comment | Kind::Symbol => None,
        }
    }

    fn is(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }
}

/// Whether the expression names the column. A word that is no column but looks like it counts as well.
pub(crate) fn mentions(expression: &str, column: &str) -> bool {
    let wanted = column.to_lowercase();
    tokens(expression).iter().filter_map(Token::name).any(|name| name.to_lowercase() == wanted)
}

/// The expression once the column has another name.
pub(crate) fn renamed(expression: &str, from: &str, to: &str) -> String {
    let tokens = tokens(expression);
    let wanted = from.to_lowercase();
    let mut out = String::with_capacity(expression.len());
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens[at + 1..].iter().find(|token| token.kind != Kind::Space);
        let is_call = next.is_some_and(|next| next.is("(") || next.is("."));
        let is_keyword = token.kind == Kind::Word && is_reserved(token.text);
        let is_other = is_call || is_keyword || is_type_or_unit(&tokens[..at]);
        let is_column = !is_other && token.name().is_some_and(|name| name.to_lowercase() == wanted);
        match (is_column, token.kind) {
            (true, Kind::Word) => out.push_str(&identifier(to)),
            (true, _) => out.push_str(&bracketed(to)),
            (false, _) => out.push_str(token.text),
        }
    }
    out
}

/// Whether what comes behind these is a type, a collation or a part of a date: `CAST(x AS int)`, `CONVERT(int, x)`,
/// `x COLLATE ...`, `dateadd(day, ...)`.
fn is_type_or_unit(before: &[Token<'_>]) -> bool {
    const CALLS: [&str; 9] = [
        "convert",
        "try_convert",
        "dateadd",
        "datediff",
        "datediff_big",
        "datepart",
        "datename",
        "datetrunc",
        "date_bucket",
    ];
    let mut solid = before.iter().rev().filter(|token| !matches!(token.kind, Kind::Space | Kind::Comment));
    let Some(last) = solid.next() else { return false };
    last.is_word("as")
        || last.is_word("collate")
        || last.is("(") && solid.next().is_some_and(|call| CALLS.iter().any(|name| call.is_word(name)))
}

/// Whether the expression draws from the sequence.
pub(super) fn draws_from(expression: &str, sequence: &ObjectName) -> bool {
    sequences(&tokens(expression)).iter().any(|(found, _)| found == sequence)
}

/// The expression once the sequence has another name.
pub(crate) fn sequence_renamed(expression: &str, from: &ObjectName, to: &ObjectName) -> String {
    let tokens = tokens(expression);
    let places = sequences(&tokens);
    let mut out = String::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some((_, range)) = places.iter().find(|(found, range)| found == from && range.start == at) {
            out.push_str(&super::name::object(to));
            at = range.end;
        } else {
            out.push_str(tokens[at].text);
            at += 1;
        }
    }
    out
}

/// The names behind NEXT VALUE FOR, and the tokens that they are.
fn sequences(tokens: &[Token<'_>]) -> Vec<(ObjectName, std::ops::Range<usize>)> {
    let solid: Vec<usize> =
        (0..tokens.len()).filter(|at| !matches!(tokens[*at].kind, Kind::Space | Kind::Comment)).collect();
    let mut found = Vec::new();
    for (place, window) in solid.windows(4).enumerate() {
        let words = ["NEXT", "VALUE", "FOR"];
        if !words.iter().zip(window).all(|(word, at)| tokens[*at].is_word(word)) {
            continue;
        }
        let Some(first) = tokens[window[3]].name() else { continue };
        let behind = |steps: usize| solid.get(place + 3 + steps).map(|at| (*at, tokens[*at]));
        let second = match (behind(1), behind(2)) {
            (Some((_, dot)), Some((end, name))) if dot.is(".") => name.name().map(|name| (end, name)),
            _ => None,
        };
        found.push(match second {
            Some((end, name)) => (ObjectName::in_schema(first, name), window[3]..end + 1),
            None => (ObjectName::local(first), window[3]..window[3] + 1),
        });
    }
    found
}

/// Without the parentheses around the whole, however many there are.
pub(crate) fn unwrapped(expression: &str) -> &str {
    let mut rest = expression.trim();
    while let Some(inner) = without_parentheses(rest) {
        rest = inner.trim();
    }
    rest
}

fn without_parentheses(text: &str) -> Option<&str> {
    let tokens = tokens(text);
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.checked_sub(1)?;
        }
        if depth == 0 && at + 1 < tokens.len() {
            return None;
        }
    }
    if depth == 0 { text.strip_prefix('(')?.strip_suffix(')') } else { None }
}

/// The text of the catalogue as a person would write it: no parentheses around all of it or around a number, no
/// brackets that a name does not need, space around operators. It still means the same, and the server makes the same
/// of it. A sequence in the default schema loses its schema: only there may a schema be left out.
pub(crate) fn readable(expression: &str, default_schema: &str) -> String {
    let tokens = tokens(unwrapped(expression));
    let numbers_bare = without_number_parentheses(&tokens);
    let sequences = sequences(&numbers_bare);
    let mut out = String::with_capacity(expression.len());
    let mut before: Option<Token<'_>> = None;
    let mut at = 0;
    while let Some(token) = numbers_bare.get(at).copied() {
        if let Some((name, range)) = sequences.iter().find(|(_, range)| range.start == at)
            && name.schema.as_deref() == Some(default_schema)
        {
            out.push_str(&identifier(&name.name));
            before = Some(token);
            at = range.end;
            continue;
        }
        match token.kind {
            Kind::Quoted => {
                let name = token.name().unwrap_or_default();
                let next = numbers_bare.get(at + 1);
                let touches_word = out
                    .ends_with(|last: char| last.is_alphanumeric() || matches!(last, '_' | '$' | '@' | '#'))
                    || next.is_some_and(|next| matches!(next.kind, Kind::Word | Kind::Number));
                out.push_str(&if touches_word { bracketed(&name) } else { identifier(&name) });
            }
            Kind::Symbol if is_binary(token, before) => {
                let trimmed = out.trim_end().len();
                out.truncate(trimmed);
                out.push(' ');
                out.push_str(token.text);
                out.push(' ');
            }
            Kind::Symbol if token.text == "," => out.push_str(", "),
            Kind::Space if out.is_empty() || out.ends_with(char::is_whitespace) => {}
            _ => out.push_str(token.text),
        }
        if !matches!(token.kind, Kind::Space | Kind::Comment) {
            before = Some(token);
        }
        at += 1;
    }
    out.trim_end().to_owned()
}

/// Drops the parentheses of `(1)` and `(-1)`, unless they are those of a call or of a type's length, and unless two
/// minus signs would begin a comment.
fn without_number_parentheses<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut out: Vec<Token<'a>> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at).copied() {
        let inside = &tokens[at + 1..];
        let solid = out.iter().rev().find(|before| before.kind != Kind::Space);
        let belongs = out.last().is_some_and(|last| matches!(last.kind, Kind::Word | Kind::Quoted));
        let number = match inside {
            [number, close, ..] if number.kind == Kind::Number && close.is(")") => 1,
            [minus, number, close, ..]
                if minus.is("-")
                    && number.kind == Kind::Number
                    && close.is(")")
                    && !solid.is_some_and(|before| before.is("-")) =>
            {
                2
            }
            _ => 0,
        };
        if token.is("(") && number > 0 && !belongs {
            out.extend_from_slice(&inside[..number]);
            at += number + 2;
        } else {
            out.push(token);
            at += 1;
        }
    }
    out
}

/// Whether the operator has something on both its sides.
fn is_binary(token: Token<'_>, before: Option<Token<'_>>) -> bool {
    let is_comparison = matches!(token.text, "=" | "<>" | "!=" | "<" | ">" | "<=" | ">=" | "!<" | "!>");
    let is_arithmetic = matches!(token.text, "+" | "-" | "*" | "/" | "%" | "&" | "|" | "^");
    let follows_operand = before.is_some_and(|before| match before.kind {
        Kind::Quoted | Kind::String | Kind::Number => true,
        Kind::Symbol => before.text == ")",
        Kind::Word => !is_reserved(before.text),
        Kind::Space | Kind::Comment => false,
    });
    is_comparison || (is_arithmetic && follows_operand)
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = token(rest, first);
        let (text, left) = rest.split_at(length);
        out.push(Token { kind, text });
        rest = left;
    }
    out
}

fn token(rest: &str, first: char) -> (Kind, usize) {
    let run = |is_part: &dyn Fn(char) -> bool| rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '@' | '#');
    match first {
        _ if first.is_whitespace() => (Kind::Space, run(&char::is_whitespace)),
        '\'' => (Kind::String, quoted(rest, '\'')),
        'N' | 'n' if rest[1..].starts_with('\'') => (Kind::String, 1 + quoted(&rest[1..], '\'')),
        '[' => (Kind::Quoted, quoted(rest, ']')),
        '"' => (Kind::Quoted, quoted(rest, '"')),
        '-' if rest.starts_with("--") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => (Kind::Comment, rest.find("*/").map_or(rest.len(), |at| at + 2)),
        '0'..='9' => (Kind::Number, number(rest)),
        '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => (Kind::Number, number(rest)),
        '$' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => (Kind::Number, 1 + number(&rest[1..])),
        _ if is_word(first) => (Kind::Word, run(&is_word)),
        _ => {
            let two = ["<>", "!=", "<=", ">=", "!<", "!>", "::", "||"];
            let length = if two.iter().any(|two| rest.starts_with(two)) { 2 } else { first.len_utf8() };
            (Kind::Symbol, length)
        }
    }
}

/// Digits, hexadecimal ones too, with a point and an exponent.
fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    while let Some(byte) = bytes.get(end) {
        let after_exponent = end > 0 && matches!(bytes[end - 1], b'e' | b'E') && !text.starts_with("0x");
        if !(byte.is_ascii_alphanumeric() || *byte == b'.' || (after_exponent && matches!(byte, b'+' | b'-')))
        {
            break;
        }
        end += 1;
    }
    end
}

/// The length of the quoted piece at the start, in which `closing` doubled stands for itself.
fn quoted(text: &str, closing: char) -> usize {
    let mut end = 1;
    while let Some(at) = text[end..].find(closing) {
        end += at + 1;
        if !text[end..].starts_with(closing) {
            return end;
        }
        end += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parentheses_come_off_only_in_pairs() {
        for (whole, inner) in [
            ("((0))", "0"),
            ("([a]>(0) AND [b]<(1))", "[a]>(0) AND [b]<(1)"),
            ("([a]>(0)) OR ([b]<(1))", "([a]>(0)) OR ([b]<(1))"),
            ("(')')", "')'"),
            ("(N'(')", "N'('"),
            ("([a)b]=(1))", "[a)b]=(1)"),
            ("getdate()", "getdate()"),
            ("(getdate())", "getdate()"),
            ("", ""),
            ("(", "("),
        ] {
            assert_eq!(unwrapped(whole), inner, "{whole}");
        }
    }

    #[test]
    fn what_the_catalogue_shows_becomes_what_a_person_writes() {
        for (shown, read) in [
            ("((0))", "0"),
            ("((-1))", "-1"),
            ("(N'active')", "N'active'"),
            ("('it''s')", "'it''s'"),
            ("(getdate())", "getdate()"),
            ("(newsequentialid())", "newsequentialid()"),
            ("(NULL)", "NULL"),
            ("([age]>=(0))", "age >= 0"),
            ("([age]>=(0) AND [age]<=(150))", "age >= 0 AND age <= 150"),
            ("([role]='user' OR [role]='admin')", "role = 'user' OR role = 'admin'"),
            ("([order]>(0))", "[order] > 0"),
            ("([first name]+' '+[last])", "[first name] + ' ' + last"),
            ("([a]-(-1))", "a - (-1)"),
            ("([a]*(-1))", "a * -1"),
            ("(-[a])", "-a"),
            ("(CONVERT([nvarchar](10),[x],(0)))", "CONVERT(nvarchar(10), x, 0)"),
            ("(case when [a]>(1) then (2) else [b] end)", "case when a > 1 then 2 else b end"),
            ("(dateadd(day,(1),getdate()))", "dateadd(day, 1, getdate())"),
            ("([dbo].[f]((1)))", "dbo.f(1)"),
            ("(NEXT VALUE FOR [dbo].[numbers])", "NEXT VALUE FOR numbers"),
            ("(NEXT VALUE FOR [app].[numbers])", "NEXT VALUE FOR app.numbers"),
            ("([v] IS NOT NULL)", "v IS NOT NULL"),
            ("([a] like '%(1)%')", "a like '%(1)%'"),
            ("((1.5)*[a])", "1.5 * a"),
            ("((1e+10))", "1e+10"),
            ("(0x0AFF)", "0x0AFF"),
            ("([a]>$1.5)", "a > $1.5"),
            ("(len([a])>(3))", "len(a) > 3"),
            ("([a]=(1) OR NOT [b]=(2))", "a = 1 OR NOT b = 2"),
            ("([a]b=(1))", "[a]b = 1"),
        ] {
            assert_eq!(readable(shown, "dbo"), read, "{shown}");
            assert_eq!(readable(&format!("({read})"), "dbo"), read, "{shown} read twice");
        }
    }

    #[test]
    fn columns_are_found_by_name_outside_strings_and_comments() {
        assert!(
            mentions("[Age]>=(0)", "age") && mentions("age >= 0", "AGE") && mentions("\"age\" > 0", "age")
        );
        assert!(mentions("[a]]b] > 0", "a]b"));
        for without in ["'age' = x", "[ages] > 0", "x > 0 -- age", "/* age */ x > 0", "N'age' <> x"] {
            assert!(!mentions(without, "age"), "{without}");
        }
    }

    #[test]
    fn a_renamed_column_is_renamed_in_expressions() {
        for (expression, becomes) in [
            ("len([name]) > 0 AND 'name' <> name", "len([full name]) > 0 AND 'name' <> [full name]"),
            ("name(x) = dbo.name", "name(x) = dbo.[full name]"),
            ("NAME = 1", "[full name] = 1"),
            (
                "CONVERT(name, name) = CAST(name AS [name])",
                "CONVERT(name, [full name]) = CAST([full name] AS [name])",
            ),
            ("dateadd(name, 1, x) COLLATE name = name", "dateadd(name, 1, x) COLLATE name = [full name]"),
        ] {
            assert_eq!(renamed(expression, "name", "full name"), becomes);
        }
    }

    #[test]
    fn sequences_are_found_behind_next_value_for() {
        let local = ObjectName::local("numbers");
        let other = ObjectName::in_schema("app", "numbers");
        assert!(
            draws_from("NEXT VALUE FOR numbers", &local) && draws_from("next  value for [numbers]", &local)
        );
        assert!(draws_from("NEXT VALUE FOR app.[numbers]", &other));
        assert!(
            !draws_from("NEXT VALUE FOR app.numbers", &local)
                && !draws_from("'NEXT VALUE FOR numbers'", &local)
        );
        assert_eq!(
            sequence_renamed("'x' + NEXT VALUE FOR app.numbers", &other, &ObjectName::local("no")),
            "'x' + NEXT VALUE FOR no"
        );
    }
}
