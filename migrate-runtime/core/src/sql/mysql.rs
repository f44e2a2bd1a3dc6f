use std::ops::Range;

use crate::Code;

use super::{
    lexer::{Lexer, Token, TokenKind, is_white},
    program::Program,
    split::{SplitError, Step, is_word, never_ends, unsupported},
};

/// Words that the `mysql` client takes for itself at the start of a statement, and with which no statement of the
/// server begins. USE and HELP are missing: the server knows them too.
const CLIENT_COMMANDS: [&str; 22] = [
    "CHARSET",
    "CLEAR",
    "CONNECT",
    "EDIT",
    "EGO",
    "EXIT",
    "GO",
    "NOPAGER",
    "NOTEE",
    "NOWARNING",
    "PAGER",
    "PRINT",
    "PROMPT",
    "QUERY_ATTRIBUTES",
    "QUIT",
    "REHASH",
    "RESETCONNECTION",
    "SOURCE",
    "STATUS",
    "SYSTEM",
    "TEE",
    "WARNINGS",
];

const DELIMITER: &str = "DELIMITER";

/// The end of a statement of MySQL and MariaDB: `;` outside the body of a stored program, or what `DELIMITER` says
/// (MySQL 8.4 Reference Manual, 27.1 "Defining Stored Programs"). The client itself knows no bodies; we do, so that
/// most scripts need no `DELIMITER`. It also ends statements at a `;` in a conditional comment, which we never do.
#[derive(Debug, Default)]
pub(super) struct Statement<'t> {
    program: Program<'t>,
}

impl<'t> Statement<'t> {
    pub(super) fn feed(
        &mut self,
        token: Token,
        text: &'t str,
        lexer: &Lexer<'t>,
    ) -> Result<Step, SplitError> {
        let ends = match token.kind {
            TokenKind::Delimiter => true,
            // In a conditional comment it is the server's to judge: dumps of MariaDB begin with `/*M!999999\- ... */`.
            TokenKind::Punct(b'\\')
                if lexer.code_comment.is_none() && text.as_bytes().get(token.end) != Some(&b'N') =>
            {
                return Err(unsupported(
                    text,
                    token.start,
                    "is a command of the mysql client, which the server does not know",
                    "remove it, and end statements with `;`; files are not included here",
                ));
            }
            TokenKind::CodeOpen | TokenKind::CodeClose | TokenKind::Hint => false,
            _ if lexer.delimiter.is_some() => false,
            TokenKind::Punct(b';') if lexer.code_comment.is_some() => false,
            TokenKind::Punct(b';') => self.program.semicolon(),
            _ => {
                self.program.feed(token, text);
                false
            }
        };
        Ok(if ends { Step::End } else { Step::More })
    }

    /// At the end of the text.
    pub(super) fn finish(&self, start: usize, end: usize) -> Result<(), SplitError> {
        match self.program.open_block() {
            Some(block) => {
                let message =
                    format!("the body of this program never ends: an `END` for `{block}` is missing");
                Err(never_ends(&message, start..end))
            }
            None => Ok(()),
        }
    }
}

/// A line `DELIMITER xx`.
#[derive(Debug)]
pub(super) struct DelimiterCommand<'t> {
    pub(super) delimiter: &'t str,
    /// Where the line's newline stands, or the end of the text.
    pub(super) line_end: usize,
}

/// Reads what begins a statement with `token` if it is a command of the client.
pub(super) fn client_command(text: &str, token: Token) -> Result<Option<DelimiterCommand<'_>>, SplitError> {
    if token.kind != TokenKind::Word {
        return Ok(None);
    }
    let word = token.text(text);
    let ends_word = text.as_bytes().get(token.end).is_none_or(|byte| is_white(*byte) || *byte == b';');
    if ends_word && CLIENT_COMMANDS.iter().any(|command| is_word(word, command)) {
        return Err(unsupported(
            text,
            token.start,
            "is a command of the mysql client, which the server does not know",
            "write the SQL itself: files are not included and the shell is not reached here",
        ));
    }
    let is_delimiter = word.get(..DELIMITER.len()).is_some_and(|start| is_word(start, DELIMITER));
    let continues = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    if !is_delimiter || word.as_bytes().get(DELIMITER.len()).is_some_and(continues) {
        return Ok(None);
    }
    delimiter(text, token.start).map(Some)
}

/// Refuses a line `DELIMITER` inside a statement that should have ended with the delimiter before it.
pub(super) fn check_delimiter_was_used(
    text: &str,
    span: Range<usize>,
    token: Token,
) -> Result<(), SplitError> {
    let follows = text.as_bytes().get(token.end).is_none_or(|byte| is_white(*byte));
    if span.start < token.start && follows && is_word(token.text(text), DELIMITER) {
        return Err(SplitError {
            code: Code::UnterminatedStatement,
            message: "this statement does not end with its delimiter before the next DELIMITER".to_owned(),
            help: Some("end it with the delimiter that the line DELIMITER above it names".to_owned()),
            span,
        });
    }
    Ok(())
}

fn delimiter(text: &str, start: usize) -> Result<DelimiterCommand<'_>, SplitError> {
    let from = start + DELIMITER.len();
    let rest = text.get(from..).unwrap_or_default();
    let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
    let refuse = |message: &str, help: &str| SplitError {
        code: Code::UnsupportedStatement,
        message: message.to_owned(),
        help: Some(help.to_owned()),
        span: start..from + line.trim_end().len(),
    };
    if !line.is_empty() && !line.starts_with([' ', '\t', '\r']) {
        return Err(refuse("DELIMITER needs a space behind it", "write `DELIMITER //`"));
    }
    let argument = line.trim();
    let (delimiter, behind) = argument.split_once([' ', '\t']).unwrap_or((argument, ""));
    let behind = behind.trim_start();
    if delimiter.is_empty() {
        return Err(refuse(
            "DELIMITER without a delimiter",
            "write `DELIMITER //`, and `DELIMITER ;` to go back",
        ));
    }
    if delimiter.contains(['\\', '\'', '"', '`']) {
        return Err(refuse("a delimiter cannot have quotes or backslashes", "write `DELIMITER //`"));
    }
    if !behind.is_empty()
        && !behind.starts_with("--")
        && !behind.starts_with('#')
        && !behind.starts_with("/*")
    {
        return Err(refuse("a statement stands behind DELIMITER", "write the statement on the next line"));
    }
    Ok(DelimiterCommand { delimiter, line_end: from + line.len() })
}

#[cfg(test)]
mod tests {
    use crate::{
        Code, Dialect,
        sql::split::testing::{error, pieces},
    };

    fn both(text: &str, expected: &[&str]) {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            assert_eq!(pieces(dialect, text), expected, "{dialect}: {text}");
        }
    }

    #[test]
    fn backslashes_escape_in_both_kinds_of_strings_but_not_in_identifiers() {
        both(r"a 'x\';' ; b", &[r"a 'x\';'", "b"]);
        both(r#"a "x\";" ; b"#, &[r#"a "x\";""#, "b"]);
        both(r"a 'x\\'; b", &[r"a 'x\\'", "b"]);
        both(r"a `x\`; b", &[r"a `x\`", "b"]);
        both("a \"it's\"; b 'say \"'; c", &["a \"it's\"", "b 'say \"'", "c"]);
    }

    #[test]
    fn a_comment_needs_a_blank_behind_its_dashes() {
        both("a # x; y\n; b -- x;\n; c --\t;\n; d --\n; e --", &["a", "b", "c", "d", "e"]);
        both("SELECT 5--3; b", &["SELECT 5--3", "b"]);
        both("a /* x; /* y; */ b; c", &["a /* x; /* y; */ b", "c"]);
    }

    #[test]
    fn conditional_comments_are_code() {
        both("/*!40101 SET a = ';' */; b", &["/*!40101 SET a = ';' */", "b"]);
        both("/*!50003 x; y */; b", &["/*!50003 x; y */", "b"]);
        both("/*M!100100 x; '*/' y */; /*!*/;", &["/*M!100100 x; '*/' y */", "/*!*/"]);
        both("/*+ hint; */ ; SELECT /*+ a; */ 1; c", &["SELECT /*+ a; */ 1", "c"]);
        both(
            "/*M!999999\\- enable the sandbox mode */\n/*!40101 SET a=b */;",
            &["/*M!999999\\- enable the sandbox mode */\n/*!40101 SET a=b */"],
        );
        both("/*! a /* b; */ c */; d", &["/*! a /* b; */ c */", "d"]);
    }

    #[test]
    fn delimiter_lines_change_the_terminator() {
        both("DELIMITER //\na; b//\nc;//\ndelimiter ;\nd; e", &["a; b", "c;", "d", "e"]);
        both("DELIMITER $$\nBEGIN x; END$$\nDELIMITER ;\nd", &["BEGIN x; END", "d"]);
        both("a; DELIMITER ;;\r\nb; c;;\r\n  Delimiter ; -- back\r\nd;", &["a", "b; c", "d"]);
        both(
            "DELIMITER //\na '//' `//` \"//\" /* // */ -- //\n/*! // */ b//c",
            &["a '//' `//` \"//\" /* // */ -- //\n/*! // */ b", "c"],
        );
        both("DELIMITER END\na END b xENDx END", &["a", "b x", "x"]);
        both("DELIMITER é\naéb;é", &["a", "b;"]);
        both("DELIMITER //\nSELECT delimiter\n  , delimiter.x//", &["SELECT delimiter\n  , delimiter.x"]);
        both("SELECT\n delimiter\nFROM t; b", &["SELECT\n delimiter\nFROM t", "b"]);
        both("delimiters; b", &["delimiters", "b"]);
    }

    #[test]
    fn a_broken_delimiter_line_is_refused() {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            for line in
                ["DELIMITER", "DELIMITER   ", "DELIMITER$$", "delimiter;", "DELIMITER '//'", "DELIMITER \\"]
            {
                let text = format!("a; {line}\nb;");
                assert_eq!(error(dialect, &text), (Code::UnsupportedStatement, line.trim_end()), "{line}");
            }
            let text = "DELIMITER // SELECT 1//\n";
            assert_eq!(error(dialect, text), (Code::UnsupportedStatement, text.trim_end()));
            let text = "DELIMITER //\na b\nDELIMITER ;\nc;";
            assert_eq!(error(dialect, text), (Code::UnterminatedStatement, "a b"));
        }
    }

    #[test]
    fn commands_of_the_client_are_refused() {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            for (text, at) in [
                ("a; source x.sql", "source"),
                ("SYSTEM ls\n", "SYSTEM"),
                ("\\. x.sql\n", "\\."),
                ("SELECT 1\\G\nSELECT 2", "\\G"),
                ("SELECT 1 \\g", "\\g"),
                ("quit", "quit"),
                ("status;", "status;"),
            ] {
                assert_eq!(error(dialect, text), (Code::UnsupportedStatement, at), "{text}");
            }
        }
        both(
            "USE x; HELP 'y'; SELECT \\N; INSERT INTO t SELECT * FROM source; source: LOOP LEAVE source; END LOOP",
            &[
                "USE x",
                "HELP 'y'",
                "SELECT \\N",
                "INSERT INTO t SELECT * FROM source",
                "source: LOOP LEAVE source; END LOOP",
            ],
        );
    }
}
