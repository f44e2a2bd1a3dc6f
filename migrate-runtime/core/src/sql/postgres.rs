use crate::Code;

use super::{
    lexer::{Token, TokenKind},
    split::{SplitError, Step, is_word, never_ends, unsupported},
};

/// How many tokens at the start of a statement decide what kind it is.
const HEAD: usize = 6;

/// The end of a statement of PostgreSQL as psql finds it (`src/fe_utils/psqlscan.l`): a `;` outside parentheses and
/// outside the body `BEGIN ATOMIC ... END` of a function. Unlike psql we do not take a column named `begin` for a
/// body, nor a label `AS end` for its end.
#[derive(Debug, Default)]
pub(super) struct Statement<'t> {
    head: Vec<&'t str>,
    parentheses: usize,
    /// Where the outermost open parenthesis stands.
    outermost: usize,
    /// Whether an open parenthesis kept a `;` from ending the statement.
    swallowed: bool,
    /// `BEGIN ATOMIC` and the `CASE`s in it.
    blocks: usize,
    kind: Kind,
    previous: Previous,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Plain,
    Routine,
    Copy,
}

/// What the token before this one says about the meaning of a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Previous {
    #[default]
    Other,
    Begin,
    /// `AS` or `.`: a name follows, never a keyword.
    Naming,
    FromOrTo,
}

impl<'t> Statement<'t> {
    pub(super) fn feed(&mut self, token: Token, text: &'t str, start: usize) -> Result<Step, SplitError> {
        let content = token.text(text);
        if self.head.len() < HEAD && token.kind != TokenKind::Punct(b';') {
            self.head.push(content);
            self.kind = self.classify();
        }
        let mut now = Previous::Other;
        match token.kind {
            TokenKind::Punct(b'(') => {
                if self.parentheses == 0 {
                    self.outermost = token.start;
                    self.swallowed = false;
                }
                self.parentheses += 1;
            }
            TokenKind::Punct(b')') => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Punct(b';') if self.parentheses == 0 && self.blocks == 0 => return Ok(Step::End),
            TokenKind::Punct(b';') => self.swallowed = true,
            TokenKind::Punct(b'.') => now = Previous::Naming,
            TokenKind::Punct(b'\\') => {
                return Err(unsupported(
                    text,
                    token.start,
                    "is a command of psql, which the server does not know",
                    "remove the line, or write the SQL that it stands for; a migration stays on one connection",
                ));
            }
            TokenKind::Word => now = self.word(token, content, start)?,
            _ => {}
        }
        self.previous = now;
        Ok(Step::More)
    }

    fn classify(&self) -> Kind {
        let is = |at: usize, word: &str| self.head.get(at).is_some_and(|other| is_word(other, word));
        let routine = |at: usize| is(at, "FUNCTION") || is(at, "PROCEDURE");
        if is(0, "COPY") {
            Kind::Copy
        } else if is(0, "CREATE") && (routine(1) || (is(1, "OR") && is(2, "REPLACE") && routine(3))) {
            Kind::Routine
        } else {
            Kind::Plain
        }
    }

    fn word(&mut self, token: Token, word: &str, start: usize) -> Result<Previous, SplitError> {
        if is_word(word, "AS") {
            return Ok(Previous::Naming);
        }
        if self.previous == Previous::Naming || self.parentheses > 0 {
            return Ok(Previous::Other);
        }
        match self.kind {
            Kind::Copy if is_word(word, "FROM") || is_word(word, "TO") => return Ok(Previous::FromOrTo),
            Kind::Copy if self.previous == Previous::FromOrTo => {
                if is_word(word, "STDIN") || is_word(word, "STDOUT") {
                    return Err(SplitError {
                        code: Code::UnsupportedStatement,
                        message: format!(
                            "COPY with {} needs a client beside the server",
                            word.to_uppercase()
                        ),
                        help: Some(
                            "write INSERT statements, or load the data in a Rust step (`-- migrate:call`)"
                                .into(),
                        ),
                        span: start..token.end,
                    });
                }
            }
            Kind::Routine if is_word(word, "BEGIN") => return Ok(Previous::Begin),
            Kind::Routine if self.blocks == 0 => {
                if self.previous == Previous::Begin && is_word(word, "ATOMIC") {
                    self.blocks = 1;
                }
            }
            Kind::Routine if is_word(word, "CASE") => self.blocks += 1,
            Kind::Routine if is_word(word, "END") => self.blocks -= 1,
            Kind::Plain | Kind::Copy | Kind::Routine => {}
        }
        Ok(Previous::Other)
    }

    /// At the end of the text.
    pub(super) fn finish(&self, start: usize, end: usize) -> Result<(), SplitError> {
        if self.parentheses > 0 && self.swallowed {
            return Err(SplitError {
                code: Code::UnterminatedStatement,
                message: "this parenthesis is never closed, so that no `;` after it ends the statement"
                    .into(),
                help: Some("close it".into()),
                span: self.outermost..self.outermost + 1,
            });
        }
        if self.blocks > 0 {
            return Err(never_ends("the body BEGIN ATOMIC never ends: `END` is missing", start..end));
        }
        Ok(())
    }

    /// The value to which this statement, which is complete, sets `standard_conforming_strings`.
    pub(super) fn standard_strings(&self) -> Option<bool> {
        let mut words = self.head.iter().copied();
        if !is_word(words.next()?, "SET") {
            return None;
        }
        let mut word = words.next()?;
        if is_word(word, "SESSION") || is_word(word, "LOCAL") {
            word = words.next()?;
        }
        if !is_word(word, "standard_conforming_strings") {
            return None;
        }
        let assign = words.next()?;
        if assign != "=" && !is_word(assign, "TO") {
            return None;
        }
        let value = words.next()?.trim_matches('\'').to_ascii_lowercase();
        Some(!matches!(
            value.as_str(),
            "off" | "false" | "f" | "no" | "n" | "0" | "of" | "fa" | "fal" | "fals"
        ))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Code, Dialect,
        sql::split::testing::{error, pieces},
    };

    fn splits(text: &str, expected: &[&str]) {
        assert_eq!(pieces(Dialect::Postgres, text), expected, "{text}");
    }

    #[test]
    fn only_escape_strings_have_backslash_escapes() {
        splits(r"a 'x\'; b", &[r"a 'x\'", "b"]);
        splits(r"a E'x\';'; b", &[r"a E'x\';'", "b"]);
        splits(r"a e'x\\'; b", &[r"a e'x\\'", "b"]);
        splits(r"a U&'x\'; b U&'\0041;'; c", &[r"a U&'x\'", r"b U&'\0041;'", "c"]);
        splits(r"a B'1\'; b X'f\'; c N'x\'; d", &[r"a B'1\'", r"b X'f\'", r"c N'x\'", "d"]);
        splits(r"a name'x\'; b", &[r"a name'x\'", "b"]);
        splits(r"a 1e'x\'; b 1_0e'x\'; c", &[r"a 1e'x\'", r"b 1_0e'x\'", "c"]);
        splits(r#"a "x\"; b U&"\0041"; c"#, &[r#"a "x\""#, r#"b U&"\0041""#, "c"]);
    }

    #[test]
    fn an_escape_string_goes_on_in_the_next_literal() {
        splits("a E'x'\n  'y\\';'; b", &["a E'x'\n  'y\\';'", "b"]);
        splits("a E'x' -- why\n  'y\\';'; b", &["a E'x' -- why\n  'y\\';'", "b"]);
        splits("a E'x', 'y\\'; b", &["a E'x', 'y\\'", "b"]);
    }

    #[test]
    fn dollar_quotes_hide_everything() {
        splits("a $$;'\";--/*$$; b", &["a $$;'\";--/*$$", "b"]);
        splits("a $x$;$$;$y$;$x$; b", &["a $x$;$$;$y$;$x$", "b"]);
        splits("a $é_1$;$é_1$; b", &["a $é_1$;$é_1$", "b"]);
        splits("a $x$ $X$ ; $x$; b", &["a $x$ $X$ ; $x$", "b"]);
    }

    #[test]
    fn a_dollar_sign_is_not_always_a_quote() {
        splits("a $1; b $1$2; c", &["a $1", "b $1$2", "c"]);
        splits("a x$y$z; b é$$; c", &["a x$y$z", "b é$$", "c"]);
        splits("a $1a$; b", &["a $1a$", "b"]);
        splits("a $ x; b $", &["a $ x", "b $"]);
        splits("a $1$$;$$; b", &["a $1$$;$$", "b"]);
    }

    #[test]
    fn block_comments_nest() {
        splits("a /* x; /* y; */ z; */ b; c", &["a /* x; /* y; */ z; */ b", "c"]);
        splits("a /*/*;*/;*/ b; c /**/; d", &["a /*/*;*/;*/ b", "c", "d"]);
        splits("a +/* ;*/ b @-- ;\n c; d", &["a +/* ;*/ b @-- ;\n c", "d"]);
    }

    #[test]
    fn parentheses_keep_statements_together() {
        splits(
            "CREATE RULE r AS ON INSERT TO t DO (a; (b); c); d",
            &["CREATE RULE r AS ON INSERT TO t DO (a; (b); c)", "d"],
        );
        splits("a ); b", &["a )", "b"]);
        splits("a (b", &["a (b"]);
        assert_eq!(error(Dialect::Postgres, "x (y); a (b (c; d);"), (Code::UnterminatedStatement, "("));
    }

    #[test]
    fn a_body_in_standard_sql_is_one_statement() {
        splits(
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END; b",
            &[
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END",
                "b",
            ],
        );
        splits(
            "create or replace procedure p() begin /* x */ atomic; a; end; b",
            &["create or replace procedure p() begin /* x */ atomic; a; end", "b"],
        );
        splits(
            "CREATE FUNCTION f() BEGIN ATOMIC SELECT t.end, begin AS case FROM t; END; b",
            &["CREATE FUNCTION f() BEGIN ATOMIC SELECT t.end, begin AS case FROM t; END", "b"],
        );
        assert_eq!(
            error(Dialect::Postgres, "a; CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;"),
            (Code::UnterminatedStatement, "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;")
        );
    }

    #[test]
    fn begin_elsewhere_is_an_ordinary_word() {
        splits("BEGIN; a; END; b", &["BEGIN", "a", "END", "b"]);
        splits("BEGIN ATOMIC; a", &["BEGIN ATOMIC", "a"]);
        splits(
            "CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'x'; b",
            &["CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'x'", "b"],
        );
        splits("CREATE TABLE function (begin int); b", &["CREATE TABLE function (begin int)", "b"]);
        splits(
            "CREATE FUNCTION f(begin int, atomic int) AS 'x'; b",
            &["CREATE FUNCTION f(begin int, atomic int) AS 'x'", "b"],
        );
    }

    #[test]
    fn a_setting_of_the_script_changes_backslashes_in_plain_strings() {
        for set in [
            "SET standard_conforming_strings = off",
            "set session Standard_Conforming_Strings to 'off'",
            "SET LOCAL standard_conforming_strings=false",
        ] {
            let text =
                format!(r"{set}; a 'x\';', n'\';', b'\'; SET standard_conforming_strings = on; b 'y\'; c");
            splits(
                &text,
                &[set, r"a 'x\';', n'\';', b'\'", "SET standard_conforming_strings = on", r"b 'y\'", "c"],
            );
        }
        splits(
            r"SET standard_conforming_strings = on; a 'x\'; b",
            &["SET standard_conforming_strings = on", r"a 'x\'", "b"],
        );
        splits(
            r"SELECT standard_conforming_strings = off; a 'x\'; b",
            &["SELECT standard_conforming_strings = off", r"a 'x\'", "b"],
        );
    }

    #[test]
    fn commands_of_psql_are_refused() {
        for (text, at) in [
            ("a;\n\\connect x\nb", "\\connect"),
            ("\\restrict abc\n", "\\restrict"),
            ("SELECT 1 \\gexec\n", "\\gexec"),
            ("a; \\.", "\\."),
        ] {
            assert_eq!(error(Dialect::Postgres, text), (Code::UnsupportedStatement, at), "{text}");
        }
    }

    #[test]
    fn copy_between_client_and_server_is_refused() {
        for text in ["COPY t FROM stdin", "copy t (a, b) from /* x */ STDIN", "COPY (SELECT 1) TO STDOUT"] {
            let script = format!("a;\n{text} WITH csv;\n1\\t2\n\\.\n");
            assert_eq!(error(Dialect::Postgres, &script), (Code::UnsupportedStatement, text));
        }
        splits(
            "COPY stdin FROM '/x'; COPY t FROM PROGRAM 'stdin'; SELECT a FROM stdin",
            &["COPY stdin FROM '/x'", "COPY t FROM PROGRAM 'stdin'", "SELECT a FROM stdin"],
        );
    }
}
