use std::{fmt, ops::Range};

use crate::{Code, Dialect};

use super::{
    directive,
    lexer::{Lexer, Token, TokenKind},
    mssql, mysql, postgres, sqlite,
};

/// One thing that a script does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What is done.
    pub kind: PieceKind,
    /// The bytes of the whole text that say so, without white space around them and without the terminator.
    pub span: Range<usize>,
}

/// What a [`Piece`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PieceKind {
    /// A statement (for SQL Server a batch) that is sent to the server.
    Statement,
    /// `-- migrate:call NAME`: the Rust step of that name is run.
    Call(String),
}

/// Why a script cannot be split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitError {
    /// [`Code::UnterminatedStatement`], [`Code::UnsupportedStatement`] or [`Code::BrokenRevision`].
    pub code: Code,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The bytes of the whole text that are at fault.
    pub span: Range<usize>,
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SplitError {}

/// Whether a token ends its statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    More,
    End,
}

/// Whether `word` is the keyword `keyword`, in any case.
pub(super) fn is_word(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

/// The error for a client's command whose line begins at `start`.
pub(super) fn unsupported(text: &str, start: usize, is: &str, help: &str) -> SplitError {
    let line = text.get(start..).unwrap_or_default();
    let line = line.split_once('\n').map_or(line, |(line, _)| line).trim_end();
    let word = line.split_ascii_whitespace().next().unwrap_or_default();
    let shown: String = word.chars().take(30).collect();
    SplitError {
        code: Code::UnsupportedStatement,
        message: format!("`{}` {is}", shown.escape_debug()),
        help: Some(help.to_owned()),
        span: start..start + word.len(),
    }
}

/// The error for a body that has no end.
pub(super) fn never_ends(message: &str, span: Range<usize>) -> SplitError {
    SplitError {
        code: Code::UnterminatedStatement,
        message: message.to_owned(),
        help: Some(
            "if the statement is whole, wrap it in `-- migrate:begin` and `-- migrate:end`, each on its own line"
                .to_owned(),
        ),
        span,
    }
}

/// Splits `text[range]` into pieces, in order. Spans count from the start of the whole `text`; a range that leaves
/// the text is cut to it.
///
/// A piece begins with its first token (comments before it are left out) and ends with its last; a piece that would
/// hold nothing but comments is left out. `GO 5` of SQL Server yields its batch five times.
///
/// # Errors
///
/// [`Code::UnterminatedStatement`] for what is opened and not closed, [`Code::UnsupportedStatement`] for commands of
/// the engine's client that the server does not know, [`Code::BrokenRevision`] for a misplaced `-- migrate:` line.
///
/// ```
/// use migrate_core::{Dialect, sql::{PieceKind, split}};
///
/// let text = "SELECT 1;\n-- migrate:call fill\nSELECT 2;";
/// let pieces = split(Dialect::Sqlite, text, 0..text.len()).unwrap();
/// assert_eq!(pieces[1].kind, PieceKind::Call("fill".into()));
/// ```
pub fn split(dialect: Dialect, text: &str, range: Range<usize>) -> Result<Vec<Piece>, SplitError> {
    let boundary =
        |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end = boundary(range.end);
    let start = boundary(range.start).min(end);
    let text = text.get(..end).unwrap_or_default();
    if let Some(length) = text.as_bytes().iter().skip(start).position(|byte| *byte == 0) {
        return Err(SplitError {
            code: Code::UnsupportedStatement,
            message: "the script has a NUL byte".to_owned(),
            help: Some("write it as an escape or a function of the engine; is the file UTF-16?".to_owned()),
            span: start + length..start + length + 1,
        });
    }
    Splitter::new(dialect, text, start).run()
}

/// What decides where a statement ends.
#[derive(Debug)]
enum Engine<'t> {
    Postgres(postgres::Statement<'t>),
    Mysql(mysql::Statement<'t>),
    /// Only `GO` ends a batch.
    Mssql,
    Sqlite(sqlite::Statement),
}

impl Engine<'_> {
    fn new(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Postgres => Self::Postgres(postgres::Statement::default()),
            Dialect::Mysql | Dialect::Mariadb => Self::Mysql(mysql::Statement::default()),
            Dialect::Mssql => Self::Mssql,
            Dialect::Sqlite => Self::Sqlite(sqlite::Statement::default()),
        }
    }
}

/// Walks over a script, from token to token.
pub(super) struct Splitter<'t> {
    pub(super) dialect: Dialect,
    pub(super) text: &'t str,
    pub(super) lexer: Lexer<'t>,
    engine: Engine<'t>,
    /// Where the statement at hand begins.
    pub(super) start: Option<usize>,
    /// Where its last token ends.
    end: usize,
    pub(super) pieces: Vec<Piece>,
}

impl<'t> Splitter<'t> {
    fn new(dialect: Dialect, text: &'t str, start: usize) -> Self {
        Self {
            dialect,
            text,
            lexer: Lexer::new(dialect, text, start),
            engine: Engine::new(dialect),
            start: None,
            end: start,
            pieces: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Vec<Piece>, SplitError> {
        // Whether only white space stands before the token on its line.
        let mut fresh = true;
        while let Some(token) = self.lexer.next() {
            if token.kind == TokenKind::White {
                fresh = fresh || token.text(self.text).contains('\n');
                continue;
            }
            let first = std::mem::replace(&mut fresh, false);
            let directive = if first { directive::at(self.text, token.start) } else { None };
            if let Some(directive) = directive {
                self.directive(directive)?;
                continue;
            }
            match token.kind {
                TokenKind::Unclosed(opening) => return Err(self.unclosed(token, opening.name())),
                TokenKind::Hint if self.start.is_none() => {}
                kind if kind.is_blank() => {}
                _ => self.token(token, first)?,
            }
        }
        self.finish()
    }

    fn token(&mut self, token: Token, first_on_line: bool) -> Result<(), SplitError> {
        let text = self.text;
        let start = self.start.unwrap_or(token.start);
        let step = match &mut self.engine {
            Engine::Postgres(statement) => statement.feed(token, text, start)?,
            Engine::Sqlite(statement) => {
                if self.start.is_none() {
                    sqlite::check_start(text, token)?;
                }
                statement.feed(token, text)
            }
            Engine::Mysql(statement) => {
                if self.start.is_none()
                    && let Some(command) = mysql::client_command(text, token)?
                {
                    self.lexer.delimiter = Some(command.delimiter).filter(|delimiter| *delimiter != ";");
                    self.lexer.jump(command.line_end);
                    return Ok(());
                }
                if first_on_line && self.lexer.delimiter.is_some() {
                    mysql::check_delimiter_was_used(text, start..self.end, token)?;
                }
                statement.feed(token, text, &self.lexer)?
            }
            Engine::Mssql => {
                if first_on_line && let Some(go) = mssql::line_command(text, token)? {
                    self.lexer.jump(go.line_end);
                    self.end_statement(go.count);
                    return Ok(());
                }
                Step::More
            }
        };
        match step {
            Step::End => self.end_statement(1),
            Step::More => {
                self.start = Some(start);
                self.end = token.end;
            }
        }
        Ok(())
    }

    pub(super) fn end_statement(&mut self, count: u32) {
        let engine = std::mem::replace(&mut self.engine, Engine::new(self.dialect));
        if let Engine::Postgres(statement) = engine
            && let Some(standard) = statement.standard_strings()
        {
            self.lexer.standard_strings = standard;
        }
        if let Some(start) = self.start.take() {
            let piece = Piece { kind: PieceKind::Statement, span: start..self.end };
            self.pieces.extend((0..count).map(|_| piece.clone()));
        }
    }

    fn finish(mut self) -> Result<Vec<Piece>, SplitError> {
        if let Some(open) = self.lexer.code_comment {
            return Err(SplitError {
                code: Code::UnterminatedStatement,
                message: "this conditional comment is never closed".to_owned(),
                help: Some("close it with `*/`".to_owned()),
                span: open..open + 3,
            });
        }
        if let Some(start) = self.start {
            match &self.engine {
                Engine::Postgres(statement) => statement.finish(start, self.end)?,
                Engine::Mysql(statement) => statement.finish(start, self.end)?,
                Engine::Sqlite(statement) => statement.finish(start, self.end)?,
                Engine::Mssql => {}
            }
        }
        self.end_statement(1);
        Ok(self.pieces)
    }

    fn unclosed(&self, token: Token, name: &str) -> SplitError {
        let opening = token.text(self.text);
        let length = if opening.starts_with('$') {
            opening.get(1..).and_then(|tag| tag.find('$')).map_or(1, |length| length + 2)
        } else if opening.starts_with("/*") {
            2
        } else {
            opening.find(['\'', '"', '`', '[']).map_or(1, |quote| quote + 1)
        };
        SplitError {
            code: Code::UnterminatedStatement,
            message: format!("this {name} is never closed"),
            help: Some(
                "close it; if the engine reads it otherwise, wrap the statement in `-- migrate:begin` and \
                 `-- migrate:end`, each on its own line"
                    .to_owned(),
            ),
            span: token.start..token.start + length,
        }
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    pub(in crate::sql) const SEMICOLONS: [Dialect; 4] =
        [Dialect::Postgres, Dialect::Mysql, Dialect::Mariadb, Dialect::Sqlite];

    /// The texts of all pieces; a call is shown as `call NAME`.
    pub(in crate::sql) fn pieces(dialect: Dialect, text: &str) -> Vec<String> {
        let pieces =
            split(dialect, text, 0..text.len()).unwrap_or_else(|error| panic!("{error:?} in {text}"));
        let show = |piece: Piece| match piece.kind {
            PieceKind::Statement => text[piece.span].to_owned(),
            PieceKind::Call(name) => format!("call {name}"),
        };
        pieces.into_iter().map(show).collect()
    }

    /// The code of the error and the text that it points at.
    pub(in crate::sql) fn error(dialect: Dialect, text: &str) -> (Code, &str) {
        let error = split(dialect, text, 0..text.len()).expect_err(text);
        (error.code, &text[error.span])
    }
}

#[cfg(test)]
mod tests {
    use super::{
        testing::{SEMICOLONS, error, pieces},
        *,
    };

    #[test]
    fn a_statement_ends_before_its_terminator_or_with_the_text() {
        for dialect in SEMICOLONS {
            assert_eq!(
                pieces(dialect, "SELECT 1 ;\n\n SELECT\n2 -- last\n"),
                ["SELECT 1", "SELECT\n2"],
                "{dialect}"
            );
            assert_eq!(pieces(dialect, " ;; -- a\n; /* b */ ;"), [""; 0], "{dialect}");
            assert_eq!(pieces(dialect, ""), [""; 0]);
        }
        assert_eq!(pieces(Dialect::Mssql, " SELECT 1;\nSELECT 2; -- last\n"), ["SELECT 1;\nSELECT 2;"]);
    }

    #[test]
    fn comments_around_a_statement_are_left_out_and_those_inside_stay() {
        for dialect in SEMICOLONS {
            let text =
                "-- before; it\n/* and; it */ SELECT /* in; it */ 1 -- still; in\n, 2 /* behind */; -- after";
            assert_eq!(pieces(dialect, text), ["SELECT /* in; it */ 1 -- still; in\n, 2"], "{dialect}");
        }
    }

    #[test]
    fn a_terminator_in_quotes_does_not_count() {
        for dialect in SEMICOLONS {
            assert_eq!(
                pieces(dialect, "a 'x;''y;' \"z;\"\"\"; b"),
                ["a 'x;''y;' \"z;\"\"\"", "b"],
                "{dialect}"
            );
        }
        for dialect in [Dialect::Mysql, Dialect::Mariadb, Dialect::Sqlite] {
            assert_eq!(pieces(dialect, "a `x;``;`; b"), ["a `x;``;`", "b"], "{dialect}");
        }
    }

    #[test]
    fn spans_count_from_the_start_of_the_whole_text() {
        let text = "é; SELECT 1; ü";
        let found = split(Dialect::Sqlite, text, 3..13).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(&text[found[0].span.clone()], "SELECT 1");
        assert_eq!(split(Dialect::Sqlite, text, 1..999).unwrap().len(), 3);
        assert_eq!(split(Dialect::Sqlite, text, 999..1000).unwrap(), []);
    }

    #[test]
    fn what_is_opened_and_not_closed_is_shown_where_it_opens() {
        for dialect in Dialect::ALL {
            assert_eq!(error(dialect, "SELECT 1 'a;\n"), (Code::UnterminatedStatement, "'"), "{dialect}");
            assert_eq!(error(dialect, "SELECT 1 \"a;\n"), (Code::UnterminatedStatement, "\""), "{dialect}");
            assert_eq!(error(dialect, "SELECT 1 /* a;\n"), (Code::UnterminatedStatement, "/*"), "{dialect}");
        }
        assert_eq!(error(Dialect::Sqlite, "a [b;"), (Code::UnterminatedStatement, "["));
        assert_eq!(error(Dialect::Mssql, "a [b]];"), (Code::UnterminatedStatement, "["));
        assert_eq!(error(Dialect::Mysql, "a /*!50001 b;"), (Code::UnterminatedStatement, "/*!"));
        assert_eq!(error(Dialect::Postgres, "a $x$ b $y$;"), (Code::UnterminatedStatement, "$x$"));
        assert_eq!(error(Dialect::Postgres, "a E'\\';"), (Code::UnterminatedStatement, "E'"));
    }

    #[test]
    fn a_nul_byte_is_refused() {
        for dialect in Dialect::ALL {
            assert_eq!(error(dialect, "SELECT '\0'"), (Code::UnsupportedStatement, "\0"), "{dialect}");
        }
    }
}
