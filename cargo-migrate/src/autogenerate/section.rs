//! Statements as the text of a revision's section.

use migrate_core::Dialect;
use migrate_runtime::cli::wrapped;

use crate::{ddl::Statement, wrap};

/// The statements of both ways for one dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sections {
    pub(crate) dialect: Dialect,
    pub(crate) up: Vec<Statement>,
    pub(crate) down: Vec<Statement>,
    pub(crate) unwritten: Unwritten,
}

/// What a human has to write for each way: nobody could here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unwritten {
    pub(crate) up: Vec<String>,
    pub(crate) down: Vec<String>,
}

/// The lines that hold the places of statements that are to be written. As long as one is there, the section is refused.
pub(crate) fn unwritten_sql(all: &[String]) -> String {
    let mut text = String::new();
    for what in all {
        // A line of it must not be taken for a directive of its own.
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ").replace("migrate:", "migrate :");
        let lines = wrapped(&what, wrap::WIDTH - UNWRITTEN.len());
        text.push_str(UNWRITTEN);
        text.push_str(&lines.join("\n--   "));
        text.push('\n');
    }
    text
}

const UNWRITTEN: &str = "-- migrate:unwritten ";

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
    fn a_place_is_held_in_lines_that_are_read_back_as_one() {
        let what = format!("add check on a: b <> '{}\n -- migrate:down", "word ".repeat(20));
        let text = unwritten_sql(&[what.clone(), "drop column a.b".to_owned()]);
        assert!(
            text.lines().all(|line| line.starts_with("-- ") && line.chars().count() <= wrap::WIDTH),
            "{text}"
        );
        let file = format!("-- a\n-- Revision: aa\n-- migrate:up\n{text}");
        let file = migrate_core::revision::RevisionFile::parse("a.sql", file).unwrap();
        let read = file.unwritten(Dialect::Mysql, migrate_core::revision::Side::Up);
        let read: Vec<_> = read.map(|one| one.what.replace("migrate :", "migrate:")).collect();
        let plain = what.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(read, [plain.as_str(), "drop column a.b"]);
    }

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
