//! Names and texts inside the SQL that is written for a model.

use migrate_core::Dialect;

use crate::ddl;

/// Words that some engine keeps for itself and people like as names. A name in needless quotes does no harm.
const RESERVED: &str = "\
    all analyse analyze and any array as asc between both by case cast change check close collate column \
    commit condition constraint create cross current cursor database default delete desc distinct do \
    drop else end except exists false fetch file for foreign from full function grant group groups \
    having identity in index inner insert intersect interval into is join key keys kill lead leading \
    left like limit lines load lock match mod natural not null of offset on only open option or order \
    outer over percent placing plan precision primary print proc public range rank read references \
    release rename repeat replace require return revoke right row rows rule save schema select set show \
    some statistics system table then to top tran trigger true truncate union unique unlock update usage \
    use user using values view when where while window with write";

/// A name, in quotes where it may need them.
pub(super) fn name(dialect: Dialect, name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
        && !RESERVED.split(' ').any(|word| word == name);
    if is_plain { name.to_owned() } else { ddl::quote(dialect, name) }
}

/// A string.
pub(super) fn string(dialect: Dialect, text: &str) -> String {
    let quoted = text.replace('\'', "''");
    match dialect {
        // Whatever `standard_conforming_strings` says.
        Dialect::Postgres if text.contains('\\') => format!("E'{}'", quoted.replace('\\', "\\\\")),
        Dialect::Postgres | Dialect::Sqlite => format!("'{quoted}'"),
        Dialect::Mysql | Dialect::Mariadb => format!("'{}'", quoted.replace('\\', "\\\\")),
        Dialect::Mssql if text.is_ascii() => format!("'{quoted}'"),
        Dialect::Mssql => format!("N'{quoted}'"),
    }
}

/// Bytes.
pub(super) fn bytes(dialect: Dialect, bytes: &[u8]) -> String {
    let digits = bytes.iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
    match dialect {
        Dialect::Postgres => format!("'\\x{digits}'"),
        Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => format!("X'{digits}'"),
        Dialect::Mssql => format!("0x{digits}"),
    }
}

/// Whether the text is one expression in parentheses.
pub(crate) fn is_in_parentheses(text: &str) -> bool {
    let Some(inside) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else { return false };
    let (mut depth, mut quoted) = (0_usize, None);
    for letter in inside.chars() {
        match (letter, quoted) {
            (letter, Some(quote)) => quoted = Some(quote).filter(|quote| letter != *quote),
            ('\'' | '"' | '`', None) => quoted = Some(letter),
            ('(', None) => depth += 1,
            (')', None) => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    depth == 0 && quoted.is_none()
}

/// Whether the text is one string, number or word that stands for a value.
pub(super) fn is_literal(text: &str) -> bool {
    let number = text.strip_prefix(['-', '+']).unwrap_or(text);
    if number.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return number.parse::<f64>().is_ok() || number.starts_with("0x");
    }
    if ["null", "true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return true;
    }
    let quoted = text.strip_prefix(['b', 'B', 'x', 'X', 'n', 'N']).unwrap_or(text);
    let inside = quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    inside.is_some_and(|inside| !inside.replace("''", "").contains('\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_quotes_only_where_they_may_need_them() {
        assert_eq!(name(Dialect::Postgres, "state_2"), "state_2");
        assert_eq!(name(Dialect::Postgres, "Order"), "\"Order\"");
        assert_eq!(name(Dialect::Mysql, "order"), "`order`");
        assert_eq!(name(Dialect::Mssql, "a b]"), "[a b]]]");
    }

    #[test]
    fn strings_keep_every_character() {
        for (dialect, expected) in [
            (Dialect::Postgres, "E'it''s \\\\ é'"),
            (Dialect::Mysql, "'it''s \\\\ é'"),
            (Dialect::Mariadb, "'it''s \\\\ é'"),
            (Dialect::Mssql, "N'it''s \\ é'"),
            (Dialect::Sqlite, "'it''s \\ é'"),
        ] {
            assert_eq!(string(dialect, "it's \\ é"), expected);
        }
        assert_eq!(string(Dialect::Postgres, "a"), "'a'");
        assert_eq!(bytes(Dialect::Postgres, &[0, 255]), "'\\x00ff'");
        assert_eq!(bytes(Dialect::Mssql, &[0, 255]), "0x00ff");
    }

    #[test]
    fn expressions_and_literals_are_told_apart() {
        for (text, expected) in
            [("(a)", true), ("(a) + (b)", false), ("(')')", true), ("(a", false), ("f(x)", false)]
        {
            assert_eq!(is_in_parentheses(text), expected, "{text}");
        }
        for (text, expected) in [
            ("1", true),
            ("-1.5e3", true),
            ("'it''s'", true),
            ("x'00'", true),
            ("NULL", true),
            ("0x00", true),
            ("1 + 1", false),
            ("'a' || 'b'", false),
            ("now()", false),
            ("e", false),
        ] {
            assert_eq!(is_literal(text), expected, "{text}");
        }
    }
}
