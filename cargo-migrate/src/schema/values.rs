//! The values that a column may have, where its type or a check lists them.

use migrate_core::{Dialect, sql};

use super::Table;

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

/// Whether a check does nothing but list values for a column, in the words of any engine.
pub(crate) fn lists_values(expression: &str, column: &str) -> bool {
    Dialect::ALL.into_iter().any(|dialect| listed(dialect, expression, column).is_some())
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
    use crate::schema::{Check, Column, ObjectName};

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
