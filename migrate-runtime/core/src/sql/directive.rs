use std::ops::Range;

use crate::{Code, Dialect};

use super::{
    lexer::{Lexer, is_white},
    split::{Piece, PieceKind, SplitError, Splitter},
};

/// A line of its own `-- migrate:WORD ARGUMENT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directive<'t> {
    pub(super) word: &'t str,
    pub(super) argument: &'t str,
    /// From `--` to the end of what is written on the line.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the line's newline stands, or the end of the text.
    pub(super) line_end: usize,
}

/// The directive whose `--` stands at `start`, which must be the first thing on its line.
pub(super) fn at(text: &str, start: usize) -> Option<Directive<'_>> {
    let rest = text.get(start..)?.strip_prefix("--")?;
    let content = rest.trim_start_matches([' ', '\t']).strip_prefix("migrate:")?;
    let content_start = text.len() - content.len();
    let content = content.split_once('\n').map_or(content, |(line, _)| line);
    let line_end = content_start + content.len();
    let content = content.trim_end();
    let (word, argument) = content.split_once([' ', '\t']).unwrap_or((content, ""));
    let argument = argument.trim();
    Some(Directive { word, argument, start, end: content_start + content.len(), line_end })
}

/// The first directive on a line after byte `from`, without regard to quotes.
fn next_line(text: &str, from: usize) -> Option<Directive<'_>> {
    let mut from = from;
    while let Some(length) = text.get(from..)?.find('\n') {
        from += length + 1;
        let indent =
            text.as_bytes().get(from..)?.iter().take_while(|byte| is_white(**byte) && **byte != b'\n');
        if let Some(directive) = at(text, from + indent.count()) {
            return Some(directive);
        }
    }
    None
}

fn broken(message: impl Into<String>, help: &str, span: Range<usize>) -> SplitError {
    SplitError { code: Code::BrokenRevision, message: message.into(), help: Some(help.to_owned()), span }
}

impl<'t> Splitter<'t> {
    /// Does what the directive says, and goes on behind it.
    pub(super) fn directive(&mut self, directive: Directive<'t>) -> Result<(), SplitError> {
        let span = directive.start..directive.end;
        let shown = format!("`-- migrate:{}`", directive.word.escape_debug());
        if self.dialect == Dialect::Mssql && matches!(directive.word, "begin" | "call") {
            // They end a batch as GO does, so that a section without GO can serve SQL Server too.
            self.end_statement(1);
        }
        match directive.word {
            "begin" | "call" if self.start.is_some() && self.dialect != Dialect::Mssql => {
                let help = match self.dialect {
                    Dialect::Mysql | Dialect::Mariadb => {
                        "end the statement before it with `;`, or with its DELIMITER"
                    }
                    Dialect::Postgres | Dialect::Sqlite | Dialect::Mssql => {
                        "end the statement before it with `;`"
                    }
                };
                return Err(broken(format!("{shown} stands inside a statement"), help, span));
            }
            "begin" | "end" if !directive.argument.is_empty() => {
                return Err(broken(format!("{shown} takes no argument"), "write it alone on its line", span));
            }
            "begin" => return self.whole_statement(directive),
            "end" => {
                let help = "`-- migrate:begin` and `-- migrate:end` stand around one statement";
                return Err(broken(format!("{shown} without `-- migrate:begin`"), help, span));
            }
            "call" => {
                let name = directive.argument;
                let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
                if name.is_empty() || !name.bytes().all(is_sound) {
                    let help = "a name has letters, digits, `_`, `.` and `-`: `-- migrate:call fill_slugs`";
                    return Err(broken(format!("{shown} needs the name of one Rust step"), help, span));
                }
                self.pieces.push(Piece { kind: PieceKind::Call(name.to_owned()), span });
            }
            // It stands for a statement that is not there.
            "unwritten" => {}
            _ => {
                let help = "inside a section: `-- migrate:begin`, `-- migrate:end`, `-- migrate:call NAME`, `-- \
                            migrate:unwritten WHAT`; sections begin with `-- migrate:up`, `-- migrate:down` \
                            or `-- migrate:irreversible REASON`";
                return Err(broken(format!("unknown directive {shown}"), help, span));
            }
        }
        self.lexer.jump(directive.line_end);
        Ok(())
    }

    /// Takes everything between `-- migrate:begin` and `-- migrate:end` as one statement.
    fn whole_statement(&mut self, begin: Directive<'t>) -> Result<(), SplitError> {
        let mut from = begin.line_end;
        let end = loop {
            match next_line(self.text, from) {
                Some(directive) if directive.word == "end" => break directive,
                Some(directive) if directive.word == "begin" => {
                    return Err(broken(
                        "`-- migrate:begin` inside another one",
                        "write `-- migrate:end` behind the first statement",
                        directive.start..directive.end,
                    ));
                }
                Some(directive) => from = directive.line_end,
                None => {
                    return Err(SplitError {
                        code: Code::UnterminatedStatement,
                        message: "`-- migrate:begin` without `-- migrate:end`".to_owned(),
                        help: Some(
                            "write `-- migrate:end` on a line of its own behind the statement".to_owned(),
                        ),
                        span: begin.start..begin.end,
                    });
                }
            }
        };
        if !end.argument.is_empty() {
            let span = end.start..end.end;
            return Err(broken("`-- migrate:end` takes no argument", "write it alone on its line", span));
        }
        let body = self.text.get(begin.line_end..end.start).unwrap_or_default();
        let is_blank = |char: char| u8::try_from(char).is_ok_and(is_white);
        let mut statement = body.trim_matches(is_blank);
        if self.dialect != Dialect::Mssql {
            let stripped = self.lexer.delimiter.and_then(|delimiter| statement.strip_suffix(delimiter));
            let stripped = stripped.or_else(|| statement.strip_suffix(';'));
            statement = stripped.map_or(statement, |stripped| stripped.trim_end_matches(is_blank));
        }
        if Lexer::new(self.dialect, statement, 0).any(|token| !token.kind.is_blank()) {
            let leading = body.len() - body.trim_start_matches(is_blank).len();
            let start = begin.line_end + leading;
            self.pieces.push(Piece { kind: PieceKind::Statement, span: start..start + statement.len() });
        }
        self.lexer.jump(end.line_end);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Code, Dialect,
        sql::split::{
            split,
            testing::{SEMICOLONS, error, pieces},
        },
    };

    #[test]
    fn a_wrapped_statement_is_not_split() {
        for dialect in SEMICOLONS {
            let text = "a;\n  -- migrate:begin\n x; 'y\n z ;\n-- migrate:end \nb;";
            assert_eq!(pieces(dialect, text), ["a", "x; 'y\n z", "b"], "{dialect}");
            let text = "a;\r\n-- migrate:begin\r\nx;;\r\n-- migrate:end\r\n";
            assert_eq!(pieces(dialect, text), ["a", "x;"], "{dialect}");
            let text = "-- migrate:begin\n-- only; a comment\n\n-- migrate:end";
            assert_eq!(pieces(dialect, text), [""; 0], "{dialect}");
        }
        let text = "-- migrate:begin\nx;\nGO\n'y;\n-- migrate:end\nb;\nGO";
        assert_eq!(pieces(Dialect::Mssql, text), ["x;\nGO\n'y;", "b;"]);
        let text = "DELIMITER //\n-- migrate:begin\nx; y//\n-- migrate:end\nb;//";
        assert_eq!(pieces(Dialect::Mysql, text), ["x; y", "b;"]);
    }

    #[test]
    fn a_call_stands_between_statements() {
        for dialect in SEMICOLONS {
            let text = "a;\n-- migrate:call fill.slugs-2_x\nb; -- migrate:call not_alone_on_its_line\n";
            assert_eq!(pieces(dialect, text), ["a", "call fill.slugs-2_x", "b"], "{dialect}");
            assert_eq!(pieces(dialect, "'\n-- migrate:call x\n'"), ["'\n-- migrate:call x\n'"], "{dialect}");
            assert_eq!(pieces(dialect, "/*\n-- migrate:call x\n*/"), [""; 0], "{dialect}");
        }
        assert_eq!(pieces(Dialect::Mssql, "a;\nGO\n-- migrate:call x\r\nb"), ["a;", "call x", "b"]);
        assert_eq!(pieces(Dialect::Postgres, "--migrate:call x"), ["call x"]);
    }

    #[test]
    fn a_misplaced_or_unknown_directive_is_refused() {
        let broken = [
            ("-- migrate:end\n", "-- migrate:end"),
            ("-- migrate:begin\na;\n-- migrate:begin\n-- migrate:end", "-- migrate:begin"),
            ("-- migrate:begin now\na\n-- migrate:end", "-- migrate:begin now"),
            ("-- migrate:begin\na\n-- migrate:end now", "-- migrate:end now"),
            ("-- migrate:call\n", "-- migrate:call"),
            ("-- migrate:call a b\n", "-- migrate:call a b"),
            ("-- migrate:call é\n", "-- migrate:call é"),
            ("-- migrate:up\n", "-- migrate:up"),
            ("a;\n-- migrate: begin  \n", "-- migrate: begin"),
            ("a;\n-- migrate:Begin\n", "-- migrate:Begin"),
            ("a\n-- migrate:stop\n, b", "-- migrate:stop"),
        ];
        for dialect in SEMICOLONS {
            let inside = ("a\n-- migrate:begin\nb\n-- migrate:end", "a\n  -- migrate:call x\n");
            assert_eq!(error(dialect, inside.0), (Code::BrokenRevision, "-- migrate:begin"), "{dialect}");
            assert_eq!(error(dialect, inside.1), (Code::BrokenRevision, "-- migrate:call x"), "{dialect}");
        }
        for dialect in Dialect::ALL {
            for (text, at) in broken {
                let text =
                    if dialect == Dialect::Mssql { text.replace(';', "\nGO") } else { text.to_owned() };
                assert_eq!(error(dialect, &text), (Code::BrokenRevision, at), "{dialect}: {text}");
            }
            let open = "-- migrate:begin\na;\n-- migrate:call x";
            assert_eq!(error(dialect, open), (Code::UnterminatedStatement, "-- migrate:begin"), "{dialect}");
        }
        assert_eq!(
            pieces(Dialect::Mssql, "a\n-- migrate:call x\nb\n-- migrate:begin\nc\n-- migrate:end\n"),
            ["a", "call x", "b", "c"]
        );
        let help = split(Dialect::Postgres, "-- migrate:up", 0..13).unwrap_err().help.unwrap();
        assert!(
            ["begin", "end", "call", "up", "down", "irreversible"].iter().all(|word| help.contains(word))
        );
    }
}
