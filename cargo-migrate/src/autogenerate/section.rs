//! Statements as the text of a revision's section.

use migrate_core::Dialect;

use crate::{ddl::Statement, wrap};

/// The statements of both ways for one dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sections {
    pub(crate) dialect: Dialect,
    pub(crate) up: Vec<Statement>,
    pub(crate) down: Vec<Statement>,
}

/// The text of a section, without the line that begins it: each statement with its end, below what a human must look at.
pub(crate) fn section_sql(dialect: Dialect, statements: &[Statement]) -> String {
    let mut text = String::new();
    for (at, statement) in statements.iter().enumerate() {
        if at > 0 {
            text.push_str(match dialect {
                // Names are resolved batch by batch: a column that a statement adds can be used by the next batch only.
                Dialect::Mssql => "GO\n\n",
                Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => "\n",
            });
        }
        for review in &statement.reviews {
            for line in review.lines() {
                text.push_str(&wrap::prefixed("-- review: ", line));
                text.push('\n');
            }
        }
        // There may be nothing but the remarks.
        if !statement.sql.is_empty() {
            let sql = statement.sql.trim_end();
            if sql.lines().any(is_directive) {
                // In a revision such a line is for us, wherever it stands, but for that which is wrapped.
                text.push_str("-- migrate:begin\n");
                text.push_str(sql);
                text.push_str(";\n-- migrate:end\n");
            } else {
                text.push_str(sql);
                text.push_str(";\n");
            }
        }
    }
    text
}

/// Whether a line reads like `-- migrate:down`.
fn is_directive(line: &str) -> bool {
    let comment = line.trim_start().strip_prefix("--");
    comment.is_some_and(|comment| comment.trim_start().starts_with("migrate:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_stands_above_its_statement() {
        let statements = [
            Statement::new("DROP TABLE a"),
            Statement::new("ALTER TABLE b\n    DROP COLUMN c").with_review("rows are lost\nask first"),
        ];
        assert_eq!(
            section_sql(Dialect::Postgres, &statements),
            "DROP TABLE a;\n\n-- review: rows are lost\n-- review: ask first\nALTER TABLE b\n    DROP COLUMN c;\n"
        );
        let told = [Statement::new("COMMENT ON TABLE a IS 'see\n -- migrate:down\n'")];
        assert_eq!(
            section_sql(Dialect::Postgres, &told),
            "-- migrate:begin\nCOMMENT ON TABLE a IS 'see\n -- migrate:down\n';\n-- migrate:end\n"
        );
        assert!(section_sql(Dialect::Mssql, &statements).starts_with("DROP TABLE a;\nGO\n\n-- review"));
    }
}
