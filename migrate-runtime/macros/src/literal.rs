//! The value of a string literal, from the text that stands in the source.

use std::{fmt, str::Chars};

/// Text that is no string literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAString;

impl fmt::Display for NotAString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a string literal: the folder of migrate.lock, such as embed!(\"migrations\")")
    }
}

/// The value of `"..."`, `r"..."` or `r#"..."#`. Byte and C strings, characters, numbers and suffixes are refused.
pub(crate) fn unquote(literal: &str) -> Result<String, NotAString> {
    if let Some(raw) = literal.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let (fence, quoted) = raw.split_at(hashes);
        let quoted = quoted.strip_suffix(fence).ok_or(NotAString)?;
        return Ok(between_quotes(quoted)?.to_owned());
    }
    let mut value = String::with_capacity(literal.len());
    let mut rest = between_quotes(literal)?.chars();
    while let Some(character) = rest.next() {
        match character {
            // `"a"b"`: what looked like the end was the end of something else.
            '"' => return Err(NotAString),
            '\\' => value.extend(escape(&mut rest)?),
            plain => value.push(plain),
        }
    }
    Ok(value)
}

fn between_quotes(text: &str) -> Result<&str, NotAString> {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or(NotAString)
}

/// What follows a backslash: a character, or nothing for one that continues the line.
fn escape(rest: &mut Chars<'_>) -> Result<Option<char>, NotAString> {
    Ok(Some(match rest.next().ok_or(NotAString)? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        same @ ('\\' | '\'' | '"') => same,
        'x' => {
            let digits = rest.as_str().get(..2).ok_or(NotAString)?;
            let code = u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii).ok_or(NotAString)?;
            *rest = rest.as_str()[2..].chars();
            code.into()
        }
        'u' => {
            let (digits, after) =
                rest.as_str().strip_prefix('{').and_then(|text| text.split_once('}')).ok_or(NotAString)?;
            let code = u32::from_str_radix(&digits.replace('_', ""), 16).map_err(|_| NotAString)?;
            *rest = after.chars();
            char::from_u32(code).ok_or(NotAString)?
        }
        '\n' => {
            *rest = rest.as_str().trim_start_matches([' ', '\t', '\n', '\r']).chars();
            return Ok(None);
        }
        _ => return Err(NotAString),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_what_its_escapes_say() {
        for (literal, value) in [
            (r#""migrations""#, "migrations"),
            (r#""""#, ""),
            (r#""a\\b\"c\'d""#, "a\\b\"c'd"),
            (r#""\n\r\t\0""#, "\n\r\t\0"),
            (r#""\x41\u{e9}\u{1_F600}é""#, "Aé\u{1F600}é"),
            ("\"db/\\\n     migrations\"", "db/migrations"),
        ] {
            assert_eq!(unquote(literal).as_deref(), Ok(value), "{literal}");
        }
    }

    #[test]
    fn a_raw_string_is_what_it_shows() {
        assert_eq!(unquote(r#"r"db\migrations""#).as_deref(), Ok(r"db\migrations"));
        assert_eq!(unquote("r#\"a\"b\"#").as_deref(), Ok("a\"b"));
        assert_eq!(unquote("r##\"a\"#b\"##").as_deref(), Ok("a\"#b"));
    }

    #[test]
    fn what_is_no_string_is_refused() {
        for other in [
            "",
            "\"",
            "r\"",
            "12",
            "1.5",
            "'m'",
            "b\"m\"",
            "br\"m\"",
            "c\"m\"",
            "\"m\"suffix",
            "r#\"m\"",
            "migrations",
            r#""\q""#,
            r#""\x8""#,
            r#""\x80""#,
            r#""\xé""#,
            r#""\u{110000}""#,
            r#""\u{}""#,
            r#""\u41""#,
            r#""a"b""#,
            r#""\""#,
        ] {
            assert_eq!(unquote(other), Err(NotAString), "{other}");
        }
    }
}
