//! How a text is written, and read back.

/// The text as a string of SQL. Control characters are written as escapes: a script is a text file that editors and git
/// may touch.
pub(crate) fn literal(text: &str) -> String {
    let mut sql = String::with_capacity(text.len() + 2);
    sql.push('\'');
    for c in text.chars() {
        match c {
            '\'' => sql.push_str("''"),
            '\\' => sql.push_str("\\\\"),
            '\n' => sql.push_str("\\n"),
            '\r' => sql.push_str("\\r"),
            '\t' => sql.push_str("\\t"),
            '\0' => sql.push_str("\\0"),
            '\u{1a}' => sql.push_str("\\Z"),
            c => sql.push(c),
        }
    }
    sql.push('\'');
    sql
}

/// What the escapes in a text stand for. `\%` and `\_` are kept: to LIKE they mean something.
pub(crate) fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('b') => plain.push('\u{8}'),
            Some('0') => plain.push('\0'),
            Some('Z') => plain.push('\u{1a}'),
            Some(kept @ ('%' | '_')) => {
                plain.push('\\');
                plain.push(kept);
            }
            Some(other) => plain.push(other),
            None => plain.push('\\'),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_survives() {
        assert_eq!(literal("it's a \\ b"), r"'it''s a \\ b'");
        assert_eq!(literal("a\nb\r\t\0\u{1a}"), r"'a\nb\r\t\0\Z'");
        assert_eq!(unescaped(r"it\'s a \\ b\n100\%"), "it's a \\ b\n100\\%");
    }
}
