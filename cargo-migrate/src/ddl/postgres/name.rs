//! Names and strings as PostgreSQL reads them.

use super::keyword::{is_printed_in_quotes, is_reserved};
use crate::schema::ObjectName;

/// How many bytes of a name the server keeps (`NAMEDATALEN` less one).
pub(super) const LONGEST_NAME: usize = 63;

/// A name, in quotes where it needs them.
pub(crate) fn name(name: &str) -> String {
    let mut bytes = name.bytes();
    let is_plain = bytes.next().is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !is_reserved(name);
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A name as the server prints it: in quotes where it may need them somewhere.
pub(super) fn printed(word: &str) -> String {
    if is_printed_in_quotes(word) { format!("\"{word}\"") } else { name(word) }
}

/// The same for a table, type or sequence.
pub(super) fn printed_object(of: &ObjectName) -> String {
    match &of.schema {
        Some(schema) => format!("{}.{}", printed(schema), printed(&of.name)),
        None => printed(&of.name),
    }
}

/// Names behind one another, with commas.
pub(super) fn names<T: AsRef<str>>(list: &[T]) -> String {
    list.iter().map(|one| name(one.as_ref())).collect::<Vec<_>>().join(", ")
}

/// The name of a table, type or sequence, with its schema if it is not in the default one.
pub(crate) fn object(of: &ObjectName) -> String {
    beside(of, &of.name)
}

/// A name in the same schema as another: that of an index, from its table.
pub(super) fn beside(of: &ObjectName, other: &str) -> String {
    match &of.schema {
        Some(schema) => format!("{}.{}", name(schema), name(other)),
        None => name(other),
    }
}

/// A string. Backslashes read the same whatever `standard_conforming_strings` says.
pub(crate) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// The name that the server gives by itself, as its `makeObjectName` does: `table_column_label`, the longer of the two
/// names cut until all of it fits.
pub(crate) fn standard_name(table: &str, column: Option<&str>, label: &str) -> String {
    let available = LONGEST_NAME - label.len() - 1 - usize::from(column.is_some());
    let (mut first, mut second) = (table.len(), column.map_or(0, str::len));
    while first + second > available {
        if first > second { first -= 1 } else { second -= 1 }
    }
    let cut = |text: &str, length: usize| text[..text.floor_char_boundary(length)].to_owned();
    match column {
        Some(column) => format!("{}_{}_{label}", cut(table, first), cut(column, second)),
        None => format!("{}_{label}", cut(table, first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_quotes_gets_them() {
        for plain in ["users", "_x1", "name", "position", "values"] {
            assert_eq!(name(plain), plain);
        }
        for (odd, quoted) in [
            ("user", "\"user\""),
            ("Users", "\"Users\""),
            ("a b", "\"a b\""),
            ("a.b", "\"a.b\""),
            ("a\"b", "\"a\"\"b\""),
            ("1st", "\"1st\""),
            ("a$", "\"a$\""),
            ("größe", "\"größe\""),
            ("🦀", "\"🦀\""),
            ("", "\"\""),
        ] {
            assert_eq!(name(odd), quoted);
        }
        assert_eq!(object(&ObjectName::in_schema("App", "order")), "\"App\".\"order\"");
        assert_eq!(printed_object(&ObjectName::in_schema("app", "values")), "app.\"values\"");
        assert_eq!((printed("order"), printed("users")), ("\"order\"".to_owned(), "users".to_owned()));
    }

    #[test]
    fn strings_are_closed_and_backslashes_kept() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\b'"), "E'a\\\\b'''");
    }

    #[test]
    fn standard_names_are_cut_as_the_server_cuts_them() {
        assert_eq!(standard_name("users", Some("id"), "seq"), "users_id_seq");
        assert_eq!(standard_name("users", None, "pkey"), "users_pkey");
        let long = "t".repeat(63);
        assert_eq!(standard_name(&long, Some("id"), "seq"), format!("{}_id_seq", "t".repeat(56)));
        assert_eq!(
            standard_name(&long, Some(&"c".repeat(63)), "seq"),
            format!("{}_{}_seq", "t".repeat(29), "c".repeat(29))
        );
        // A character is never cut through.
        assert_eq!(standard_name(&"ü".repeat(31), Some("id"), "seq"), format!("{}_id_seq", "ü".repeat(28)));
    }
}
