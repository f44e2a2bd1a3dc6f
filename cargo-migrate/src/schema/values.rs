//! The values that a column may have, where its type or a check lists them.

use std::collections::BTreeMap;

use migrate_core::{Dialect, sql};

use super::{Check, Table};

impl Table {
    /// The values that an `enum('a','b')`, or a check such as `state IN ('a', 'b')` in the words of any engine, lists for
    /// a column. None where nothing does.
    pub(crate) fn values_of(&self, dialect: Dialect, column: &str) -> Option<Vec<String>> {
        let found = self.column(column)?;
        if found.ty.to_ascii_lowercase().starts_with("enum(") {
            return Some(strings(dialect, &found.ty));
        }
        self.checks.iter().find_map(|check| listed(dialect, &check.expression, column))
    }
}

impl Table {
    /// Renames values in the check that lists them for a column, and in the column's default.
    pub(crate) fn rename_listed(
        &mut self,
        dialect: Dialect,
        column: &str,
        values: &BTreeMap<String, String>,
    ) {
        let lists = |check: &&mut Check| listed(dialect, &check.expression, column).is_some();
        let mut is_listed = false;
        for check in self.checks.iter_mut().filter(lists) {
            check.expression = with_strings_renamed(dialect, &check.expression, values);
            is_listed = true;
        }
        let column = self.columns.iter_mut().find(|found| found.name == column);
        if let Some(default) = column.filter(|_| is_listed).and_then(|column| column.default.as_mut()) {
            *default = with_strings_renamed(dialect, default, values);
        }
    }
}

impl Table {
    /// MySQL, MariaDB: what another engine said by a check on an `enum(...)`, that type says by itself.
    pub(crate) fn list_values_in_types(&mut self) {
        for column in self.columns.iter_mut().filter(|column| column.ty.starts_with("enum(")) {
            let list = |check: &Check| listed(Dialect::Mysql, &check.expression, &column.name);
            let Some(at) = self.checks.iter().position(|check| list(check).is_some()) else { continue };
            let values = list(&self.checks.remove(at)).unwrap_or_default();
            let values: Vec<_> = values.iter().map(|value| crate::mysql::literal(value)).collect();
            column.ty = format!("enum({})", values.join(","));
        }
    }
}

/// The text with other values in its strings.
fn with_strings_renamed(dialect: Dialect, text: &str, values: &BTreeMap<String, String>) -> String {
    let mut renamed = String::with_capacity(text.len());
    let mut end = 0;
    for lexeme in sql::lexemes(dialect, text).filter(|lexeme| lexeme.kind == sql::LexemeKind::Quoted) {
        let quoted = text.get(lexeme.span.clone()).unwrap_or_default();
        let (before, _) = quoted.split_once('\'').unwrap_or_default();
        if let Some(value) = strings(dialect, quoted).first().and_then(|value| values.get(value)) {
            renamed.push_str(text.get(end..lexeme.span.start).unwrap_or_default());
            renamed.push_str(&format!("{before}'{}'", value.replace('\'', "''")));
            end = lexeme.span.end;
        }
    }
    renamed.push_str(text.get(end..).unwrap_or_default());
    renamed
}

/// The strings of a check that does nothing but list values for the column.
fn listed(dialect: Dialect, expression: &str, column: &str) -> Option<Vec<String>> {
    let mut is_named = false;
    for lexeme in sql::lexemes(dialect, expression) {
        let word = expression.get(lexeme.span)?;
        let is_known = match lexeme.kind {
            sql::LexemeKind::Comment => true,
            sql::LexemeKind::Quoted if is_string(word) => true,
            sql::LexemeKind::Quoted => is_same(word.get(1..word.len() - 1)?, column, &mut is_named),
            sql::LexemeKind::Word => is_same(word, column, &mut is_named) || is_of_a_list(word),
            sql::LexemeKind::Symbol => matches!(word, "(" | ")" | "," | "=" | ":" | "[" | "]"),
            sql::LexemeKind::Unclosed => false,
        };
        if !is_known {
            return None;
        }
    }
    let values = strings(dialect, expression);
    (is_named && !values.is_empty()).then_some(values)
}

fn is_same(word: &str, column: &str, is_named: &mut bool) -> bool {
    let is_same = word.eq_ignore_ascii_case(column);
    *is_named |= is_same;
    is_same
}

/// The words with which engines say that a column has one of several values, and those of the types that they cast to.
fn is_of_a_list(word: &str) -> bool {
    const WORDS: [&str; 10] =
        ["in", "or", "any", "array", "text", "character", "varying", "varchar", "bpchar", "n"];
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)) || word.starts_with("_utf8")
}

fn is_string(quoted: &str) -> bool {
    quoted.ends_with('\'')
}

/// What the strings in a text stand for.
pub(crate) fn strings(dialect: Dialect, text: &str) -> Vec<String> {
    let quoted = sql::lexemes(dialect, text).filter_map(|lexeme| {
        let quoted = text.get(lexeme.span).filter(|_| lexeme.kind == sql::LexemeKind::Quoted)?;
        let inside = quoted.strip_suffix('\'')?.split_once('\'')?.1.replace("''", "'");
        Some(match dialect {
            Dialect::Mysql | Dialect::Mariadb => crate::mysql::unescaped(&inside),
            Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => inside,
        })
    });
    quoted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, ObjectName};

    fn values(dialect: Dialect, ty: &str, check: &str) -> Option<Vec<String>> {
        let mut table = Table::new(ObjectName::local("t"));
        table.columns.push(Column::new("state", ty));
        table.columns.push(Column::new("other", ty));
        if !check.is_empty() {
            table.checks.push(Check {
                name: None,
                expression: check.to_owned(),
                no_inherit: false,
                not_valid: false,
                comment: None,
            });
        }
        table.values_of(dialect, "state")
    }

    #[test]
    fn every_engine_lists_values_in_its_words() {
        let both = Some(vec!["it's".to_owned(), "done".to_owned()]);
        for (dialect, check) in [
            (Dialect::Sqlite, "state IN ('it''s', 'done')"),
            (Dialect::Sqlite, "\"state\" in ('it''s','done')"),
            (Dialect::Mysql, "`state` in ('it''s','done')"),
            (Dialect::Mysql, "`state` in (_utf8mb4'it\\'s',_utf8mb4'done')"),
            (Dialect::Mssql, "[state]='it''s' OR [state]='done'"),
            (Dialect::Mssql, "[state]=N'it''s' OR [state]=N'done'"),
            (
                Dialect::Postgres,
                "state::text = ANY (ARRAY['it''s'::character varying, 'done'::character varying]::text[])",
            ),
            (Dialect::Postgres, "state = ANY (ARRAY['it''s'::text, 'done'::text])"),
        ] {
            assert_eq!(values(dialect, "varchar(9)", check), both, "{dialect} {check}");
        }
        assert_eq!(values(Dialect::Mariadb, "enum('it''s','done')", ""), both);
    }

    #[test]
    fn only_the_values_that_are_named_change() {
        let values = BTreeMap::from([("open".to_owned(), "it's".to_owned())]);
        let renamed = with_strings_renamed(Dialect::Sqlite, "state IN ('open', 'done', 'opened')", &values);
        assert_eq!(renamed, "state IN ('it''s', 'done', 'opened')");
        assert_eq!(with_strings_renamed(Dialect::Mssql, "[open]=N'open'", &values), "[open]=N'it''s'");
    }

    #[test]
    fn a_check_that_says_more_lists_nothing() {
        for check in [
            "",
            "state <> 'done'",
            "state IN ('a') AND other IN ('b')",
            "other IN ('a', 'b')",
            "length(state) = '1'",
            "state > 'a'",
        ] {
            assert_eq!(values(Dialect::Sqlite, "TEXT", check), None, "{check}");
        }
    }
}
