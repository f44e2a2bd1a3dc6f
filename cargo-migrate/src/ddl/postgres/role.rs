//! What the words of an expression are: columns, types, relations, values of an enum. The same word may be several things
//! at once, and only one of them has another name.

use std::ops::Range;

use super::{
    keyword::is_reserved,
    name::{literal, printed, printed_object},
    text::{Token, string, tokens},
};
use crate::schema::ObjectName;

/// Whether the expression names the column.
pub(crate) fn mentions(expression: &str, column: &str) -> bool {
    let found = tokens(expression).collect::<Vec<_>>();
    let reading = Reading::of(&found);
    (0..found.len()).any(|at| reading.is_column(at, column))
}

/// The expression with a column under another name.
pub(crate) fn column_renamed(expression: &str, from: &str, to: &str) -> String {
    let found = tokens(expression).collect::<Vec<_>>();
    let reading = Reading::of(&found);
    replaced(
        &found,
        (0..found.len()).filter(|at| reading.is_column(*at, from)).map(|at| (at..at + 1, printed(to))),
    )
}

/// The expression with a type under another name, or in another schema.
pub(crate) fn type_renamed(expression: &str, from: &ObjectName, to: &ObjectName) -> String {
    let found = tokens(expression).collect::<Vec<_>>();
    let reading = Reading::of(&found);
    let places = reading.types.iter().filter(|place| reading.object(place) == Some(from.clone()));
    replaced(&found, places.map(|place| (place.clone(), printed_object(to))))
}

/// The expression with a sequence or a table under another name: `nextval('numbers')`, `'users'::regclass`.
pub(crate) fn relation_renamed(expression: &str, from: &ObjectName, to: &ObjectName) -> String {
    let found = tokens(expression).collect::<Vec<_>>();
    let reading = Reading::of(&found);
    let regclass = ObjectName::local("regclass");
    let names_relation = |at: usize| {
        let draws = reading.solid_before(at, 2).is_some_and(|call| {
            let draws = ["nextval", "currval", "setval"];
            found[call].name().is_some_and(|name| draws.contains(&name.as_str()))
        });
        let is_called = reading.solid_before(at, 1).is_some_and(|open| found[open] == Token::Other("("));
        draws && is_called || reading.cast_of(at).is_some_and(|(ty, _)| ty == regclass)
    };
    let places = (0..found.len()).filter(|at| {
        let named = string(found[*at]).and_then(|text| super::enumeration::parsed(&text));
        named.as_ref() == Some(from) && names_relation(*at)
    });
    replaced(&found, places.map(|at| (at..at + 1, literal(&printed_object(to)))))
}

/// Where a value of an enum may stand: what is known around an expression.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'v> {
    pub(crate) of: &'v ObjectName,
    /// The columns of the type, and of its arrays.
    pub(crate) columns: &'v [String],
    /// Whether the expression as a whole is of the type: the default of such a column.
    pub(crate) is_whole: bool,
}

/// The expression with a value of an enum under another name. Strings that are no values of this enum stay.
pub(crate) fn value_renamed(expression: &str, values: Values<'_>, from: &str, to: &str) -> String {
    let found = tokens(expression).collect::<Vec<_>>();
    let reading = Reading::of(&found);
    let places = (0..found.len()).filter_map(|at| {
        let text = string(found[at])?;
        let is_array = reading.value_at(at, values)?;
        let renamed = match (is_array && text.starts_with('{'), text == from) {
            (true, _) => element_renamed(&text, from, to),
            (false, true) => to.to_owned(),
            (false, false) => return None,
        };
        (renamed != text).then(|| (at..at + 1, literal(&renamed)))
    });
    replaced(&found, places)
}

fn replaced(found: &[Token<'_>], places: impl Iterator<Item = (Range<usize>, String)>) -> String {
    let mut out = String::new();
    let mut next = 0;
    for (place, text) in places {
        out.extend(found[next..place.start].iter().map(|token| token.text()));
        out.push_str(&text);
        next = place.end;
    }
    out.extend(found[next..].iter().map(|token| token.text()));
    out
}

/// The text of an array with one of its elements replaced, wherever it stands.
fn element_renamed(array: &str, from: &str, to: &str) -> String {
    let needs_quotes = to.is_empty()
        || to.eq_ignore_ascii_case("null")
        || to.contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | ',' | '"' | '\\'));
    let new = if needs_quotes {
        format!("\"{}\"", to.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        to.to_owned()
    };
    let mut out = String::with_capacity(array.len());
    let mut rest = array;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => quoted_element(rest),
            '{' | '}' | ',' => 1,
            _ => rest.find(['{', '}', ',', '"']).unwrap_or(rest.len()),
        };
        let (piece, left) = rest.split_at(length);
        let is_it = match piece.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
            Some(inner) => unescaped(inner) == from,
            None => piece.trim() == from,
        };
        out.push_str(if is_it { &new } else { piece });
        rest = left;
    }
    out
}

/// How long the quoted element at the start is.
fn quoted_element(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn unescaped(inner: &str) -> String {
    let mut out = String::new();
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        out.extend(if c == '\\' { characters.next() } else { Some(c) });
    }
    out
}

/// An expression, taken apart.
struct Reading<'a, 't> {
    found: &'a [Token<'t>],
    /// Whether a column can be meant.
    columns: Vec<bool>,
    /// Names of types, with their schemas.
    types: Vec<Range<usize>>,
}

/// What the word before allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// Something that has a value: what follows is an operator, or a word of the syntax.
    Operand,
    /// Anything else.
    Open,
}

impl<'a, 't> Reading<'a, 't> {
    fn of(found: &'a [Token<'t>]) -> Self {
        let mut reading = Self { found, columns: vec![false; found.len()], types: Vec::new() };
        let mut after = After::Open;
        // For each parenthesis, whether it is that of a CAST.
        let mut open: Vec<bool> = Vec::new();
        let mut at = 0;
        while at < found.len() {
            let token = found[at];
            let is_cast = reading.is_word(reading.solid_before(at, 1), "as") && open.last() == Some(&true);
            if token.name().is_some() && (reading.is_behind_colons(at) || is_cast) {
                let end = reading.whole_type(at);
                reading.types.push(at..reading.object_end(at));
                (at, after) = (end, After::Operand);
                continue;
            }
            match token {
                Token::Space(_) => {}
                Token::Literal(_) => after = After::Operand,
                Token::Other("(") => {
                    open.push(reading.is_word(reading.solid_before(at, 1), "cast"));
                    after = After::Open;
                }
                Token::Other(")" | "]") => {
                    open.pop();
                    after = After::Operand;
                }
                Token::Other("[") => {
                    open.push(false);
                    after = After::Open;
                }
                Token::Other(_) => after = After::Open,
                Token::Quoted(_) | Token::Word(_) => after = reading.word(at, after),
            }
            at += 1;
        }
        reading
    }

    /// A name or a keyword.
    fn word(&mut self, at: usize, after: After) -> After {
        let next = self.solid_behind(at, 1);
        let is = |place: Option<usize>, token: &str| {
            place.is_some_and(|place| self.found[place] == Token::Other(token))
        };
        let before = self.solid_before(at, 1);
        let is_plain = matches!(self.found[at], Token::Word(_));
        if matches!(self.found[at], Token::Word(word) if word.starts_with(|c: char| c.is_ascii_digit())) {
            return After::Operand;
        }
        let is_keyword = is_plain && self.found[at].name().is_some_and(|word| is_reserved(&word));
        let is_field = is(before, ".") && is(self.solid_before(at, 2), ")");
        let is_collation = self.is_word(before, "collate")
            || is(before, ".") && self.is_word(self.solid_before(at, 3), "collate");
        let is_method = self.is_word(before, "using");
        let is_zone = self.is_word(Some(at), "at") && self.is_word(next, "time")
            || self.is_word(Some(at), "time") && self.is_word(next, "zone") && self.is_word(before, "at")
            || self.is_word(Some(at), "zone")
                && self.is_word(before, "time")
                && self.is_word(self.solid_before(at, 2), "at");
        let is_part = is(before, "(")
            && self.is_word(self.solid_before(at, 2), "extract")
            && self.is_word(next, "from");
        let is_argument = is(next, "=") && is(self.solid_behind(at, 2), ">");
        if is_keyword || is_zone || is_part || is_argument {
            return After::Open;
        }
        if is_field || is_collation || is_method {
            return After::Operand;
        }
        if is(next, "(") || is(next, ".") {
            return After::Open;
        }
        // `state 'open'`: a string of that type.
        if after == After::Open && next.is_some_and(|next| matches!(self.found[next], Token::Literal(_))) {
            let start = self.object_start(at);
            self.types.push(start..at + 1);
            return After::Open;
        }
        // Two values cannot stand side by side: BETWEEN, an operator class.
        if after == After::Operand {
            return After::Open;
        }
        self.columns[at] = true;
        After::Operand
    }

    fn is_column(&self, at: usize, column: &str) -> bool {
        self.columns[at] && self.found[at].name().is_some_and(|name| name == column)
    }

    fn is_word(&self, at: Option<usize>, word: &str) -> bool {
        at.is_some_and(|at| matches!(self.found[at], Token::Word(found) if found.eq_ignore_ascii_case(word)))
    }

    /// The place of the `steps`th token before this one that is no space.
    fn solid_before(&self, at: usize, steps: usize) -> Option<usize> {
        (0..at).rev().filter(|at| !matches!(self.found[*at], Token::Space(_))).nth(steps - 1)
    }

    fn solid_behind(&self, at: usize, steps: usize) -> Option<usize> {
        (at + 1..self.found.len()).filter(|at| !matches!(self.found[*at], Token::Space(_))).nth(steps - 1)
    }

    fn is_behind_colons(&self, at: usize) -> bool {
        let is_colon =
            |steps| self.solid_before(at, steps).is_some_and(|at| self.found[at] == Token::Other(":"));
        is_colon(1) && is_colon(2)
    }

    /// Where the name that begins here ends: `app.state` is one.
    fn object_end(&self, at: usize) -> usize {
        match (self.found.get(at + 1), self.found.get(at + 2)) {
            (Some(Token::Other(".")), Some(Token::Word(_) | Token::Quoted(_))) => at + 3,
            _ => at + 1,
        }
    }

    fn object_start(&self, at: usize) -> usize {
        let has_schema = at >= 2
            && self.found[at - 1] == Token::Other(".")
            && matches!(self.found[at - 2], Token::Word(_) | Token::Quoted(_));
        if has_schema { at - 2 } else { at }
    }

    fn object(&self, place: &Range<usize>) -> Option<ObjectName> {
        let first = self.found[place.start].name()?;
        match place.len() {
            1 => Some(ObjectName::local(first)),
            _ => Some(ObjectName::in_schema(first, self.found[place.end - 1].name()?)),
        }
    }

    /// Where the type that begins here ends, with the words of `timestamp(3) without time zone` and the like.
    fn whole_type(&self, at: usize) -> usize {
        const FURTHER: &[&str] = &[
            "varying",
            "precision",
            "with",
            "without",
            "time",
            "zone",
            "year",
            "month",
            "day",
            "hour",
            "minute",
            "second",
            "to",
        ];
        let mut end = self.object_end(at);
        let has_words = ["character", "char", "national", "bit", "double", "timestamp", "time", "interval"];
        if !has_words.iter().any(|word| self.is_word(Some(at), word)) {
            return end;
        }
        let mut place = end;
        while let Some(token) = self.found.get(place) {
            let is_length = *token == Token::Other("(");
            if is_length {
                let close = self.found[place..].iter().position(|token| *token == Token::Other(")"));
                place += close.unwrap_or(0) + 1;
            } else if matches!(token, Token::Space(_)) {
                place += 1;
                continue;
            } else if FURTHER.iter().any(|word| self.is_word(Some(place), word)) {
                place += 1;
            } else {
                break;
            }
            end = place;
        }
        end
    }

    /// The type to which what stands here is cast, and whether it is an array of that.
    fn cast_of(&self, at: usize) -> Option<(ObjectName, bool)> {
        let next = self.solid_behind(at, 1)?;
        let is_colons = self.found[next] == Token::Other(":");
        let start = if is_colons { self.solid_behind(at, 3)? } else { self.solid_behind(at, 2)? };
        let place = self.types.iter().find(|place| place.start == start)?;
        if !is_colons && !self.is_word(Some(next), "as") {
            return None;
        }
        let is_array = self.found.get(place.end) == Some(&Token::Other("["));
        Some((self.object(place)?, is_array))
    }

    /// Whether the string here is a value of the enum, and then whether it may be an array of such.
    fn value_at(&self, at: usize, values: Values<'_>) -> Option<bool> {
        if let Some((ty, is_array)) = self.cast_of(at) {
            return (ty == *values.of).then_some(is_array);
        }
        let is_cast = self.solid_behind(at, 1).is_some_and(|next| self.found[next] == Token::Other(":"));
        let before = self.solid_before(at, 1);
        if let Some(place) = self.types.iter().find(|place| Some(place.end - 1) == before) {
            return (self.object(place).as_ref() == Some(values.of)).then_some(false);
        }
        let is_value = !is_cast
            && (values.is_whole
                || self.is_in_array_of(at, values.of)
                || self.compared(at).is_some_and(|column| values.columns.contains(&column)));
        is_value.then_some(true)
    }

    /// Whether `ARRAY[...]` around it is cast to arrays of the type.
    fn is_in_array_of(&self, at: usize, of: &ObjectName) -> bool {
        let mut depth = 0_usize;
        for place in at + 1..self.found.len() {
            match self.found[place] {
                Token::Other("(" | "[") => depth += 1,
                Token::Other("]") if depth == 0 => {
                    return self.cast_of(place).is_some_and(|(ty, is_array)| is_array && ty == *of);
                }
                Token::Other(")") if depth == 0 => return false,
                Token::Other(")" | "]") => depth -= 1,
                _ => {}
            }
        }
        false
    }

    /// The column with which the string here is compared, by itself or as one of a list.
    fn compared(&self, at: usize) -> Option<String> {
        let is_between = |place: usize| match self.found[place] {
            Token::Literal(_) | Token::Space(_) => true,
            Token::Other(text) => matches!(text, "(" | "[" | "," | "=" | "<" | ">" | "!"),
            Token::Word(_) => {
                ["in", "any", "all", "array", "not"].iter().any(|word| self.is_word(Some(place), word))
            }
            Token::Quoted(_) => false,
        };
        let left = (0..at).rev().find(|place| !is_between(*place));
        let right = (at + 1..self.found.len()).find(|place| {
            !matches!(self.found[*place], Token::Space(_) | Token::Other("=" | "<" | ">" | "!"))
        });
        let column = |place: Option<usize>| {
            place.filter(|place| self.columns[*place]).and_then(|place| self.found[place].name())
        };
        column(left).or_else(|| column(right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_told_from_what_else_has_its_name() {
        for (expression, becomes) in [
            ("state <> 'state'::state", "status <> 'state'::state"),
            (
                "\"state\" = ANY (ARRAY['a'::state, 'b'::app.state])",
                "status = ANY (ARRAY['a'::state, 'b'::app.state])",
            ),
            ("state(state) = app.state(t.state)", "state(status) = app.state(t.status)"),
            ("state.f(state) > 0", "state.f(status) > 0"),
            ("CAST(state AS state) IS NOT NULL", "CAST(status AS state) IS NOT NULL"),
            ("state 'open' = state", "state 'open' = status"),
            ("(addr).state COLLATE state = state", "(addr).state COLLATE state = status"),
            ("x BETWEEN state AND State", "x BETWEEN status AND status"),
            ("lower(state::text || 'x'::state[]::text)", "lower(status::text || 'x'::state[]::text)"),
            ("f(state => state)", "f(state => status)"),
            ("state >= 1.5", "status >= 1.5"),
        ] {
            assert_eq!(column_renamed(expression, "state", "status"), becomes);
        }
        assert_eq!(column_renamed("''::text <> text", "text", "body"), "''::text <> body");
        assert_eq!(
            column_renamed("date >= '2020-01-01'::date", "date", "on"),
            "\"on\" >= '2020-01-01'::date"
        );
        assert_eq!(
            column_renamed("zone AT TIME ZONE zone > time::timestamp(3) without time zone", "zone", "z"),
            "z AT TIME ZONE z > time::timestamp(3) without time zone"
        );
        assert_eq!(column_renamed("EXTRACT(year FROM d) > year", "year", "y"), "EXTRACT(year FROM d) > y");
        assert_eq!(
            column_renamed("EXCLUDE USING gist (gist gist_ops WITH =, room WITH &&)", "gist", "g"),
            "EXCLUDE USING gist (g gist_ops WITH =, room WITH &&)"
        );
        assert_eq!(column_renamed("pos > 0", "pos", "order"), "\"order\" > 0");
        assert_eq!(column_renamed("pos > 0", "pos", "position"), "\"position\" > 0");
        assert!(mentions("state = 'a'", "state") && !mentions("x <> 'a'::state", "state"));
    }

    #[test]
    fn a_type_is_told_from_what_else_has_its_name() {
        let (state, kind) = (ObjectName::local("state"), ObjectName::local("kind"));
        for (expression, becomes) in [
            ("state <> 'done'::state", "state <> 'done'::kind"),
            ("state = ANY ('{a,b}'::state[])", "state = ANY ('{a,b}'::kind[])"),
            ("CAST(x AS state) = state 'a'", "CAST(x AS kind) = kind 'a'"),
            ("x::app.state = state(x)", "x::app.state = state(x)"),
        ] {
            assert_eq!(type_renamed(expression, &state, &kind), becomes);
        }
        let moved = |expression: &str, from: &str, to: Option<&str>| {
            let to = ObjectName { schema: to.map(str::to_owned), name: "state".to_owned() };
            type_renamed(expression, &ObjectName::in_schema(from, "state"), &to)
        };
        assert_eq!(moved("x = 'a'::app.state", "app", Some("app2")), "x = 'a'::app2.state");
        assert_eq!(moved("x = 'a'::\"My App\".state", "My App", None), "x = 'a'::state");
    }

    #[test]
    fn a_value_is_told_from_other_strings() {
        let state = ObjectName::local("state");
        let columns = ["state".to_owned(), "all".to_owned()];
        let renamed = |expression: &str, is_whole| {
            let values = Values { of: &state, columns: &columns, is_whole };
            value_renamed(expression, values, "open", "it's")
        };
        for (expression, becomes) in [
            ("state = 'open'::state", "state = 'it''s'::state"),
            ("door = 'open'::text", "door = 'open'::text"),
            (
                "door = ANY (ARRAY['open'::door, 'open'::state])",
                "door = ANY (ARRAY['open'::door, 'it''s'::state])",
            ),
            ("x = ANY ('{open,\"open\",opened}'::state[])", "x = ANY ('{it''s,it''s,opened}'::state[])"),
            ("door IN ('open', 'shut')", "door IN ('open', 'shut')"),
            ("state IN ('shut', 'open')", "state IN ('shut', 'it''s')"),
            ("'open' <> state AND door <> 'open'", "'it''s' <> state AND door <> 'open'"),
            ("x = state 'open' OR x = door 'open'", "x = state 'it''s' OR x = door 'open'"),
            ("CAST('open' AS state) = CAST('open' AS text)", "CAST('it''s' AS state) = CAST('open' AS text)"),
            ("x <@ ARRAY['open', 'shut']::state[]", "x <@ ARRAY['it''s', 'shut']::state[]"),
            ("concat('open') = 'open'", "concat('open') = 'open'"),
        ] {
            assert_eq!(renamed(expression, false), becomes);
        }
        assert_eq!(renamed("'open'", true), "'it''s'");
        assert_eq!(renamed("'{open,done}'", true), "'{it''s,done}'");
        assert_eq!(renamed("f('open'::text)", true), "f('open'::text)");
        let odd = Values { of: &state, columns: &columns, is_whole: true };
        assert_eq!(value_renamed("'{a}'", odd, "a", "b, \"c\""), "E'{\"b, \\\\\"c\\\\\"\"}'");
    }

    #[test]
    fn a_relation_is_named_by_a_string() {
        let (from, to) = (ObjectName::local("s2"), ObjectName::in_schema("app", "Numbers"));
        for (expression, becomes) in [
            ("nextval('s2')", "nextval('app.\"Numbers\"')"),
            ("1 + nextval('s2'::regclass)", "1 + nextval('app.\"Numbers\"'::regclass)"),
            ("f('s2') || 's2'", "f('s2') || 's2'"),
            ("nextval('s22')", "nextval('s22')"),
        ] {
            assert_eq!(relation_renamed(expression, &from, &to), becomes);
        }
    }
}
