//! Rows whose column gets another value for the one it has, in the words of every engine.

use std::collections::BTreeMap;

/// The statement: `table` and `column` as they are written, `literal` for the values, `also` for what else is set.
pub(super) fn update(
    table: &str,
    column: &str,
    values: &BTreeMap<String, String>,
    also: &str,
    literal: impl Fn(&str) -> String,
) -> String {
    let mut pairs = values.iter();
    if let (Some((from, to)), None) = (pairs.next(), pairs.next()) {
        return format!(
            "UPDATE {table}\nSET {column} = {}{also}\nWHERE {column} = {}",
            literal(to),
            literal(from)
        );
    }
    let from: Vec<_> = values.keys().map(|from| literal(from)).collect();
    let cases = cases(values, &literal);
    format!(
        "UPDATE {table}\nSET {column} = CASE {column}{cases} END{also}\nWHERE {column} IN ({})",
        from.join(", ")
    )
}

/// The expression that gives the new value for an old one, and every other value as it is.
pub(super) fn expression(
    column: &str,
    values: &BTreeMap<String, String>,
    literal: impl Fn(&str) -> String,
) -> String {
    format!("CASE {column}{} ELSE {column} END", cases(values, &literal))
}

fn cases(values: &BTreeMap<String, String>, literal: &impl Fn(&str) -> String) -> String {
    values.iter().fold(String::new(), |cases, (from, to)| {
        format!("{cases} WHEN {} THEN {}", literal(from), literal(to))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    #[test]
    fn several_values_move_at_once() {
        let one = BTreeMap::from([("it's".to_owned(), "b".to_owned())]);
        assert_eq!(update("t", "c", &one, "", quoted), "UPDATE t\nSET c = 'b'\nWHERE c = 'it''s'");
        assert_eq!(
            update("t", "c", &one, ", at = at", quoted),
            "UPDATE t\nSET c = 'b', at = at\nWHERE c = 'it''s'"
        );
        let chain = BTreeMap::from([("a".to_owned(), "b".to_owned()), ("b".to_owned(), "c".to_owned())]);
        assert_eq!(
            update("t", "c", &chain, ", at = at", quoted),
            "UPDATE t\nSET c = CASE c WHEN 'a' THEN 'b' WHEN 'b' THEN 'c' END, at = at\nWHERE c IN ('a', 'b')"
        );
        assert_eq!(expression("c", &one, quoted), "CASE c WHEN 'it''s' THEN 'b' ELSE c END");
    }
}
