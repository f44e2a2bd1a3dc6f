use super::{Token, TokenKind};

/// Words that SQLite does not take for a name everywhere where one may stand ("SQLite Keywords"; parse.y, %fallback).
const RESERVED: [&str; 91] = [
    "ABORT",
    "ADD",
    "ALL",
    "ALTER",
    "AND",
    "AS",
    "AUTOINCREMENT",
    "BETWEEN",
    "CASE",
    "CAST",
    "CHECK",
    "COLLATE",
    "COMMIT",
    "CONFLICT",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "DEFAULT",
    "DEFERRABLE",
    "DELETE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXISTS",
    "FALSE",
    "FILTER",
    "FOREIGN",
    "FROM",
    "FULL",
    "GENERATED",
    "GLOB",
    "GROUP",
    "HAVING",
    "IF",
    "IN",
    "INDEX",
    "INDEXED",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "ISNULL",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "MATCH",
    "NATURAL",
    "NOT",
    "NOTHING",
    "NOTNULL",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PRIMARY",
    "RAISE",
    "REFERENCES",
    "REGEXP",
    "RETURNING",
    "RIGHT",
    "ROWID",
    "SELECT",
    "SET",
    "TABLE",
    "TEMP",
    "TEMPORARY",
    "THEN",
    "TO",
    "TRANSACTION",
    "TRUE",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
    "WITHIN",
    "WITHOUT",
];

/// The name as it stands in SQL: in quotes only where it needs them.
pub(crate) fn quote(name: &str) -> String {
    let mut characters = name.chars();
    let is_plain = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
        && !RESERVED.iter().any(|word| name.eq_ignore_ascii_case(word));
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The name that a token stands for, in whichever of the four kinds of quotes it is.
pub(crate) fn unquote(token: &Token<'_>) -> String {
    if token.kind != TokenKind::Quoted {
        return token.text.to_owned();
    }
    let inner = token.text.get(1..token.text.len().saturating_sub(1)).unwrap_or_default();
    match token.text.chars().next() {
        Some(quote @ ('\'' | '"' | '`')) => inner.replace(&format!("{quote}{quote}"), &quote.to_string()),
        _ => inner.to_owned(),
    }
}

/// Whether two names are one to SQLite, which folds the ASCII letters.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::tokens;

    #[test]
    fn quotes_come_only_where_they_are_needed() {
        for plain in ["users", "_x1", "Mixed", "key", "action", "date"] {
            assert_eq!(quote(plain), plain);
        }
        for (name, quoted) in [
            ("order", "\"order\""),
            ("a b", "\"a b\""),
            ("a\"b", "\"a\"\"b\""),
            ("1a", "\"1a\""),
            ("a$", "\"a$\""),
            ("é", "\"é\""),
            ("", "\"\""),
        ] {
            assert_eq!(quote(name), quoted);
        }
    }

    #[test]
    fn four_kinds_of_quotes_are_taken_off() {
        let names: Vec<_> = tokens(r#"a 'b''c' "d""e" `f``g` [h"i]"#).iter().map(unquote).collect();
        assert_eq!(names, ["a", "b'c", "d\"e", "f`g", "h\"i"]);
    }
}
