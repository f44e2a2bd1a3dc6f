//! Indexes, and the options that they share with tables.

use std::collections::BTreeMap;

use super::{
    name::{beside, literal, name, names, object},
    text,
};
use crate::schema::{Index, IndexKey, KeyPart, NullsOrder, ObjectName};

/// The word among an index's options that marks one which is INVALID: a `CREATE INDEX CONCURRENTLY` that failed has left
/// it, or is still at work. No model states it, so such an index is dropped and made again.
pub(crate) const INVALID: &str = "invalid";

/// The statement that makes the index.
pub(super) fn create(table: &ObjectName, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let head = format!("CREATE {unique}INDEX {} ON {}", name(&index.name), object(table));
    let method = index.method.as_ref().map_or_else(String::new, |method| format!(" USING {}", name(method)));
    let keys: Vec<_> = index.keys.iter().map(key).collect();
    let mut clauses = Vec::new();
    if !index.include.is_empty() {
        clauses.push(format!("INCLUDE ({})", names(&index.include)));
    }
    if index.nulls_not_distinct {
        clauses.push("NULLS NOT DISTINCT".to_owned());
    }
    let options = index.options.iter().filter(|(key, _)| *key != INVALID);
    let options: Vec<_> = options.map(|(key, value)| option(key, value)).collect();
    if !options.is_empty() {
        clauses.push(format!("WITH ({})", options.join(", ")));
    }
    if let Some(filter) = &index.filter {
        clauses.push(format!("WHERE {filter}"));
    }
    let tail: String = clauses.iter().map(|clause| format!(" {clause}")).collect();
    let keys = keys.join(", ");
    let line = format!("{head}{method} ({keys}){tail}");
    if line.chars().count() <= 110 {
        return line;
    }
    let tail: String = clauses.iter().map(|clause| format!("\n    {clause}")).collect();
    format!("{head}\n   {} ({keys}){tail}", if method.is_empty() { "" } else { &method })
}

fn key(key: &IndexKey) -> String {
    let mut sql = match &key.part {
        KeyPart::Column(column) => name(column),
        KeyPart::Expression(expression) if text::is_call(expression) => expression.clone(),
        KeyPart::Expression(expression) => format!("({expression})"),
    };
    if let Some(collation) = &key.collation {
        sql += &format!(" COLLATE {}", collation_name(collation));
    }
    if let Some(class) = &key.operator_class {
        sql += &format!(" {class}");
    }
    if key.descending {
        sql += " DESC";
    }
    match key.nulls {
        Some(NullsOrder::First) => sql += " NULLS FIRST",
        Some(NullsOrder::Last) => sql += " NULLS LAST",
        None => {}
    }
    sql
}

/// A collation by its name alone; one of another schema comes with it, both in quotes.
pub(super) fn collation_name(collation: &str) -> String {
    if collation.starts_with('"') && collation.contains("\".\"") {
        collation.to_owned()
    } else {
        name(collation)
    }
}

pub(super) fn drop(table: &ObjectName, index: &Index) -> String {
    format!("DROP INDEX {}", beside(table, &index.name))
}

/// A storage parameter.
pub(super) fn option(key: &str, value: &str) -> String {
    let is_word = !value.is_empty()
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
        && (value.parse::<f64>().is_ok()
            || value.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
    let value = if is_word { value.to_owned() } else { literal(value) };
    format!("{} = {value}", option_key(key))
}

/// The word of a storage parameter: that of the TOAST table has a prefix.
pub(super) fn option_key(key: &str) -> String {
    match key.split_once('.') {
        Some((space, key)) => format!("{}.{}", name(space), name(key)),
        None => name(key),
    }
}

/// The parameters behind WITH, without what is no parameter.
pub(super) fn parameters(options: &BTreeMap<String, String>) -> Vec<String> {
    let options = options.iter().filter(|(key, _)| *key != super::table::UNLOGGED);
    options.map(|(key, value)| option(key, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(change: impl FnOnce(&mut Index)) -> String {
        let mut index = Index::new("ix_a", vec![IndexKey::column("x")]);
        change(&mut index);
        create(&ObjectName::local("a"), &index)
    }

    #[test]
    fn an_index_says_only_what_is_not_usual() {
        assert_eq!(sql(|_| {}), "CREATE INDEX ix_a ON a (x)");
        assert_eq!(
            sql(|index| {
                index.unique = true;
                index.keys[0].descending = true;
                index.keys[0].nulls = Some(NullsOrder::Last);
                index.keys[0].collation = Some("de-x-icu".to_owned());
                index.filter = Some("x".to_owned());
                index.include = vec!["Y".to_owned()];
                index.nulls_not_distinct = true;
            }),
            "CREATE UNIQUE INDEX ix_a ON a (x COLLATE \"de-x-icu\" DESC NULLS LAST) INCLUDE (\"Y\") \
             NULLS NOT DISTINCT WHERE x"
        );
        assert_eq!(
            sql(|index| {
                index.method = Some("gin".to_owned());
                index.keys[0].operator_class = Some("gin_trgm_ops".to_owned());
                index.options.insert("fastupdate".to_owned(), "off".to_owned());
                index.options.insert(INVALID.to_owned(), "true".to_owned());
            }),
            "CREATE INDEX ix_a ON a USING gin (x gin_trgm_ops) WITH (fastupdate = off)"
        );
    }

    #[test]
    fn an_expression_has_parentheses_unless_it_is_a_call() {
        let with =
            |expression: &str| sql(|index| index.keys[0].part = KeyPart::Expression(expression.to_owned()));
        assert_eq!(with("lower(x)"), "CREATE INDEX ix_a ON a (lower(x))");
        assert_eq!(with("x || y"), "CREATE INDEX ix_a ON a ((x || y))");
        assert_eq!(with("x::date"), "CREATE INDEX ix_a ON a ((x::date))");
    }

    #[test]
    fn a_long_index_is_broken_before_its_clauses() {
        let long = sql(|index| {
            index.keys = (0..12).map(|n| IndexKey::column(format!("a_long_column_{n}"))).collect();
            index.filter = Some("x IS NOT NULL".to_owned());
        });
        let lines: Vec<_> = long.lines().collect();
        assert_eq!(lines[0], "CREATE INDEX ix_a ON a");
        assert!(lines[1].starts_with("    (a_long_column_0,"), "{long}");
        assert_eq!(lines[2], "    WHERE x IS NOT NULL");
    }

    #[test]
    fn values_of_parameters_are_quoted_where_they_must_be() {
        assert_eq!(option("fillfactor", "70"), "fillfactor = 70");
        assert_eq!(option("toast.autovacuum_enabled", "false"), "toast.autovacuum_enabled = false");
        assert_eq!(option("x", "a b"), "x = 'a b'");
        assert_eq!(option("autovacuum_vacuum_scale_factor", "0.05"), "autovacuum_vacuum_scale_factor = 0.05");
    }
}
