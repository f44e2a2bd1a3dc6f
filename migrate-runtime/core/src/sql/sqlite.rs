use super::{
    lexer::{Token, TokenKind},
    split::{SplitError, Step, is_word, never_ends, unsupported},
};

/// Where in a statement we are, as `sqlite3_complete()` sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Start,
    Normal,
    Explain,
    Create,
    Trigger,
    /// After a `;` of a trigger.
    Semicolon,
    /// After `; END` of a trigger.
    End,
}

/// The end of a statement of SQLite: `;`, and for CREATE TRIGGER `; END ;`.
#[derive(Debug, Default)]
pub(super) struct Statement {
    state: State,
}

impl Statement {
    pub(super) fn feed(&mut self, token: Token, text: &str) -> Step {
        let word = if token.kind == TokenKind::Word { token.text(text) } else { "" };
        self.state = match self.state {
            State::Start | State::Normal | State::Explain | State::Create | State::End
                if token.kind == TokenKind::Punct(b';') =>
            {
                return Step::End;
            }
            State::Trigger | State::Semicolon if token.kind == TokenKind::Punct(b';') => State::Semicolon,
            State::Start if is_word(word, "EXPLAIN") => State::Explain,
            State::Start | State::Explain if is_word(word, "CREATE") => State::Create,
            State::Explain
                if !["EXPLAIN", "TEMP", "TEMPORARY", "TRIGGER", "END"]
                    .iter()
                    .any(|other| is_word(word, other)) =>
            {
                State::Explain
            }
            State::Create if is_word(word, "TEMP") || is_word(word, "TEMPORARY") => State::Create,
            State::Create if is_word(word, "TRIGGER") => State::Trigger,
            State::Semicolon if is_word(word, "END") => State::End,
            State::Trigger | State::Semicolon | State::End => State::Trigger,
            State::Start | State::Normal | State::Explain | State::Create => State::Normal,
        };
        Step::More
    }

    /// At the end of the text.
    pub(super) fn finish(&self, start: usize, end: usize) -> Result<(), SplitError> {
        match self.state {
            State::Trigger | State::Semicolon => Err(never_ends(
                "the body of CREATE TRIGGER never ends: `END;` behind a `;` is missing",
                start..end,
            )),
            State::Start | State::Normal | State::Explain | State::Create | State::End => Ok(()),
        }
    }
}

/// Refuses a command of the `sqlite3` shell at the start of a statement.
pub(super) fn check_start(text: &str, token: Token) -> Result<(), SplitError> {
    if token.kind != TokenKind::Punct(b'.') {
        return Ok(());
    }
    Err(unsupported(
        text,
        token.start,
        "is a command of the sqlite3 shell, which SQLite does not know",
        "write the SQL that it stands for",
    ))
}

#[cfg(test)]
mod tests {
    use crate::{
        Code, Dialect,
        sql::split::testing::{error, pieces},
    };

    fn splits(text: &str, expected: &[&str]) {
        assert_eq!(pieces(Dialect::Sqlite, text), expected, "{text}");
    }

    #[test]
    fn four_kinds_of_quotes_hide_a_semicolon() {
        splits("a 'x;' \"y;\" `z;` [w;]; b", &["a 'x;' \"y;\" `z;` [w;]", "b"]);
        splits("a [x]]; b", &["a [x]]", "b"]);
        splits(r"a 'x\'; b", &[r"a 'x\'", "b"]);
    }

    #[test]
    fn block_comments_do_not_nest() {
        splits("a /* x; /* y; */ b; c", &["a /* x; /* y; */ b", "c"]);
        splits("a --x;\n b; c", &["a --x;\n b", "c"]);
    }

    #[test]
    fn a_trigger_ends_at_end_behind_a_semicolon() {
        for head in [
            "CREATE TRIGGER t",
            "create temp trigger IF NOT EXISTS t",
            "CREATE TEMPORARY TRIGGER t",
            "EXPLAIN CREATE TRIGGER t",
            "EXPLAIN QUERY PLAN CREATE TRIGGER t",
            "CREATE /* x */ TRIGGER [t;]",
        ] {
            let trigger = format!(
                "{head} AFTER INSERT ON x BEGIN UPDATE x SET a = CASE WHEN b THEN 1 END; DELETE FROM y; -- z\n END"
            );
            splits(&format!("{trigger} ; c"), &[&trigger, "c"]);
            splits(&trigger, &[&trigger]);
        }
    }

    #[test]
    fn a_statement_about_triggers_is_not_a_trigger() {
        splits("DROP TRIGGER t; a; END; b", &["DROP TRIGGER t", "a", "END", "b"]);
        splits("CREATE TABLE trigger (x); b", &["CREATE TABLE trigger (x)", "b"]);
        splits("CREATE TABLE x (a); BEGIN; c; END;", &["CREATE TABLE x (a)", "BEGIN", "c", "END"]);
    }

    #[test]
    fn a_trigger_without_end_is_shown_whole_and_the_way_out_is_named() {
        let text = "a; CREATE TRIGGER t AFTER INSERT ON x BEGIN DELETE FROM y; b;";
        let trigger = "CREATE TRIGGER t AFTER INSERT ON x BEGIN DELETE FROM y; b;";
        assert_eq!(error(Dialect::Sqlite, text), (Code::UnterminatedStatement, trigger));
        let help = crate::sql::split(Dialect::Sqlite, text, 0..text.len()).unwrap_err().help.unwrap();
        assert!(help.contains("-- migrate:begin") && help.contains("-- migrate:end"));
    }

    #[test]
    fn a_command_of_the_shell_is_refused() {
        assert_eq!(error(Dialect::Sqlite, "a;\n.read x.sql\n"), (Code::UnsupportedStatement, ".read"));
        splits("SELECT .5; SELECT a\n.b", &["SELECT .5", "SELECT a\n.b"]);
    }
}
