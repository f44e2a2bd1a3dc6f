use crate::Dialect;

use super::lexer::{Lexer, TokenKind};

/// The text of one statement without what may change freely: ordinary comments count as white space, runs of white
/// space outside quotes become one space, line ends become `\n`, and nothing stands before or behind.
///
/// Conditional comments (`/*! ... */`, `/*M! ... */`) and optimizer hints (`/*+ ... */`) of MySQL and MariaDB are
/// code and stay. So does everything inside quotes, dollar quotes included, but for `\r` at the end of a line: a
/// checkout with other line ends is the same statement. On PostgreSQL, `standard_conforming_strings` is taken to be
/// on: where a script turns it off, more of a statement may count as quoted than is.
///
/// ```
/// use migrate_core::{Dialect, sql::canonical};
///
/// let text = "SELECT  'a  b' -- why\r\n  FROM t /* here */";
/// assert_eq!(canonical(Dialect::Postgres, text), "SELECT 'a  b' FROM t");
/// ```
pub fn canonical(dialect: Dialect, statement: &str) -> String {
    let mut canonical = String::with_capacity(statement.len());
    let mut gap = false;
    let mut previous = None;
    for token in Lexer::new(dialect, statement, 0) {
        let kind = token.kind;
        if kind.is_blank() || (kind == TokenKind::Hint && canonical.is_empty()) {
            gap = true;
            continue;
        }
        // `--` is no comment to MySQL unless a blank follows, which may be where a comment was.
        let dash = TokenKind::Punct(b'-');
        if (gap && !canonical.is_empty()) || (kind == dash && previous == Some(dash)) {
            canonical.push(' ');
        }
        gap = false;
        previous = Some(kind);
        match kind {
            TokenKind::Word | TokenKind::Punct(_) => canonical.push_str(token.text(statement)),
            _ => push_with_plain_line_ends(&mut canonical, token.text(statement)),
        }
    }
    canonical
}

fn push_with_plain_line_ends(canonical: &mut String, text: &str) {
    let mut rest = text;
    while let Some(newline) = rest.find("\r\n") {
        let (line, after) = rest.split_at(newline);
        canonical.push_str(line.trim_end_matches('\r'));
        rest = after.get(1..).unwrap_or_default();
    }
    canonical.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_white_space_do_not_count() {
        let plain = "CREATE TABLE a (x int, y text)";
        let shapes = [
            "CREATE TABLE a (x int, y text)",
            "  CREATE   TABLE\n\ta (x int,\r\n  y text)  ",
            "CREATE /* why */ TABLE a -- what\n (x int,/**/y text) -- end",
            "-- before\nCREATE TABLE/*;*/a (x int, y text)",
        ];
        for dialect in Dialect::ALL {
            for shape in shapes {
                assert_eq!(canonical(dialect, shape), plain, "{dialect}");
            }
        }
    }

    #[test]
    fn white_space_inside_quotes_counts() {
        for dialect in Dialect::ALL {
            for text in ["'a  b'", "\"a  b\"", "'a\n\tb'", "'-- a  /* b */'"] {
                assert_eq!(canonical(dialect, text), text, "{dialect}");
            }
        }
        assert_eq!(canonical(Dialect::Postgres, "$$a  --  b$$"), "$$a  --  b$$");
        assert_eq!(canonical(Dialect::Mssql, "[a  b]]  ]"), "[a  b]]  ]");
        assert_eq!(canonical(Dialect::Sqlite, "[a  b]  ]"), "[a  b] ]");
        assert_eq!(canonical(Dialect::Mysql, "`a  b`"), "`a  b`");
    }

    #[test]
    fn a_checkout_with_other_line_ends_is_the_same_statement() {
        let unix = "CREATE FUNCTION f() RETURNS int AS $$\n  SELECT 1;\n$$ LANGUAGE sql";
        for ends in ["\r\n", "\r\r\n"] {
            assert_eq!(
                canonical(Dialect::Postgres, &unix.replace('\n', ends)),
                canonical(Dialect::Postgres, unix)
            );
        }
        assert_eq!(canonical(Dialect::Sqlite, "'a\rb'"), "'a\rb'");
    }

    #[test]
    fn code_in_comments_of_mysql_stays() {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            for text in ["SELECT /*+ NO_INDEX(t) */ 1", "/*!50001 SET x = 1 */", "a /*M!100100 b */ c"] {
                assert_eq!(canonical(dialect, text), text);
            }
            assert_eq!(canonical(dialect, "/*!50001  SET /* x */ y  */ # z"), "/*!50001 SET y */");
            assert_eq!(canonical(dialect, "/*+ nothing to hint at */ SELECT 1"), "SELECT 1");
        }
        for dialect in [Dialect::Postgres, Dialect::Mssql, Dialect::Sqlite] {
            assert_eq!(canonical(dialect, "SELECT /*+ x */ 1 /*! y */"), "SELECT 1");
        }
    }

    #[test]
    fn two_minus_signs_of_mysql_do_not_become_a_comment() {
        assert_eq!(canonical(Dialect::Mysql, "SELECT 5--/* x */3"), "SELECT 5- - 3");
        assert_eq!(canonical(Dialect::Mysql, "SELECT 5--3"), "SELECT 5- -3");
        assert_eq!(canonical(Dialect::Mysql, "SELECT 5 -- 3"), "SELECT 5");
        assert_eq!(canonical(Dialect::Sqlite, "SELECT 5--3"), "SELECT 5");
    }

    #[test]
    fn what_is_not_closed_is_kept_unless_it_is_a_comment() {
        assert_eq!(canonical(Dialect::Postgres, "a  'b  "), "a 'b  ");
        assert_eq!(canonical(Dialect::Postgres, "a  /* b  "), "a");
    }
}
