//! What holds for the splitter and the canonical form whatever the script says.

use std::time::{Duration, Instant};

use migrate_core::{
    Dialect,
    sql::{Piece, canonical, leading_words, split, transaction_control},
};
use proptest::{collection::vec, prelude::*, sample::select};

/// What lexers trip over. Directives and line commands of clients are apart: see [`COMMANDS`].
const NASTY: &[&str] = &[
    "'",
    "''",
    "\"",
    "`",
    "[",
    "]",
    "]]",
    "(",
    ")",
    "$",
    "$$",
    "$a$",
    "$1",
    "\\",
    "\\'",
    ";",
    ";",
    ";",
    " ",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "-",
    "--",
    "-- ",
    "#",
    "/*",
    "*/",
    "/*!",
    "/*!50001 ",
    "/*M!",
    "*",
    "/",
    "a",
    "E'",
    "e'",
    "U&'",
    "N'",
    "x",
    "1",
    ".",
    ":",
    "@",
    ",",
    "=",
    "é",
    "😀",
    "\u{a0}",
    "\u{feff}",
    "BEGIN ",
    "ATOMIC ",
    "END",
    "END ",
    "CASE ",
    "IF ",
    "THEN ",
    "LOOP ",
    "CREATE ",
    "OR REPLACE ",
    "TEMP ",
    "TRIGGER ",
    "FUNCTION ",
    "PROCEDURE ",
    "EVENT ",
    "DO ",
    "FOR EACH ROW ",
    "AS ",
    "RETURN ",
    "RETURNS ",
    "DECLARE ",
    "HANDLER FOR ",
    "COPY ",
    "FROM ",
    "SET ",
];

/// What makes a piece of the text something else than SQL.
const COMMANDS: &[&str] = &[
    "\nGO\n",
    "GO 3",
    "\nGO",
    "DELIMITER //\n",
    "DELIMITER $$\n",
    "DELIMITER ;\n",
    "//",
    "\n-- migrate:begin\n",
    "\n-- migrate:end\n",
    "\n-- migrate:call x\n",
    "/*+",
    "SET standard_conforming_strings = off;",
    "\0",
];

fn dialects() -> impl Strategy<Value = Dialect> {
    select(&Dialect::ALL[..])
}

fn nasty() -> impl Strategy<Value = String> {
    vec(select(NASTY), 0..40).prop_map(|parts| parts.concat())
}

fn nasty_with_commands() -> impl Strategy<Value = String> {
    let parts = [NASTY, COMMANDS, COMMANDS].concat();
    vec(select(parts), 0..40).prop_map(|parts| parts.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![nasty(), nasty_with_commands(), any::<String>()]
}

/// The pieces, if the text can be split. A piece of MySQL that ends in `--` is out: to the server that is a comment
/// once nothing stands behind it.
fn statements(dialect: Dialect, text: &str) -> Option<Vec<Piece>> {
    let pieces = split(dialect, text, 0..text.len()).ok()?;
    let ends_in_dashes = |piece: &Piece| text[piece.span.clone()].ends_with("--");
    let is_mysql = matches!(dialect, Dialect::Mysql | Dialect::Mariadb);
    (!is_mysql || !pieces.iter().any(ends_in_dashes)).then_some(pieces)
}

/// The text without white space and semicolons: what must not be lost.
fn substance(text: &str) -> String {
    text.chars().filter(|char| !char.is_ascii_whitespace() && *char != ';' && *char != '\u{b}').collect()
}

/// Whole tokens, which stay what they are behind and before white space.
fn tokens(dialect: Dialect) -> impl Strategy<Value = String> {
    let common = [
        "a",
        "é",
        "12",
        "'x;'",
        "'it''s -- ; /* '",
        "\"q;\"",
        ",",
        ".",
        "=",
        "+",
        "-",
        "*",
        "<",
        "😀",
        "'\n'",
        "select",
    ];
    let own: &[&str] = match dialect {
        Dialect::Postgres => {
            &["$$;'$$", "$t$ $$ ; $t$", "E'\\';'", "U&'\\'", "$1", "x$y$z", "\"a\"\"\"", "@>", "::"]
        }
        Dialect::Mysql | Dialect::Mariadb => {
            &["`;`", "'\\';'", "\"\\\";\"", "/*!50001 x */", "@v", "x$", "``"]
        }
        Dialect::Mssql => &["[;]", "[x]]]", "N';'", "@v", "#t", "\";\"\"\""],
        Dialect::Sqlite => &["[;]", "`;`", "x';'", "?1", "$v", "'\\'"],
    };
    select([&common[..], own].concat()).prop_map(str::to_owned)
}

fn statement(dialect: Dialect) -> impl Strategy<Value = Vec<String>> {
    vec(tokens(dialect), 1..8)
        .prop_filter("a command of a client", |tokens| tokens.first().is_none_or(|first| first != "."))
}

fn gap() -> impl Strategy<Value = &'static str> {
    select(&[" ", "\n", "\r\n\t", "  ", " /* ; ' */ ", " -- \" ;\n", "\n\n-- $$\r\n  "][..])
}

fn with_gaps(tokens: &[String], gaps: &[&str]) -> String {
    tokens.iter().zip(gaps.iter().cycle()).flat_map(|(token, gap)| [token.as_str(), gap]).collect()
}

#[test]
fn a_long_script_takes_linear_time() {
    // Each would take many seconds if every statement, word or quote looked at the rest of the script again.
    let units = [
        "a;",
        "E'a' ",
        "$a",
        "$1",
        "$a$",
        "/*",
        "/*!",
        "(",
        "'\n",
        "x--",
        "-- migrate:call x\n",
        "-- migrate:begin\n",
        "xab",
        "CREATE PROCEDURE p() BEGIN ",
        "CREATE TRIGGER t ",
        "\nGO\n",
        "SAVE TRAN a ROLLBACK TRAN b ",
        "\r\n",
        "[",
        "\\",
    ];
    for dialect in Dialect::ALL {
        for unit in units {
            for start in ["", "DELIMITER ab\n"] {
                let text = start.to_owned() + &unit.repeat(100_000 / unit.len());
                let started = Instant::now();
                let _ = split(dialect, &text, 0..text.len());
                let _ = (canonical(dialect, &text), transaction_control(dialect, &text));
                assert!(started.elapsed() < Duration::from_secs(3), "{dialect}: {start}{unit}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(1000)))]

    #[test]
    fn pieces_stand_in_order_on_character_boundaries(dialect in dialects(), text in any_text()) {
        match split(dialect, &text, 0..text.len()) {
            Ok(pieces) => {
                let mut end = 0;
                let mut previous = None;
                for piece in pieces {
                    let content = text.get(piece.span.clone());
                    prop_assert!(content.is_some_and(|content| !content.is_empty()));
                    let content = content.unwrap();
                    prop_assert_eq!(content, content.trim_matches([' ', '\n', '\r', '\t']));
                    let repeated = dialect == Dialect::Mssql && previous.as_ref() == Some(&piece);
                    prop_assert!(piece.span.start >= end || repeated);
                    end = piece.span.end;
                    previous = Some(piece);
                }
            }
            Err(error) => {
                prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error);
                prop_assert!(!error.span.is_empty(), "{:?}", error);
                prop_assert!(!error.message.is_empty() && !error.message.ends_with('.'));
            }
        }
    }

    #[test]
    fn a_range_is_split_as_if_nothing_else_were_there(
        dialect in dialects(), before in nasty(), text in nasty_with_commands(), after in nasty(),
    ) {
        let whole = format!("{before}{text}{after}");
        let range = before.len()..before.len() + text.len();
        let shift = |mut piece: Piece| { piece.span = piece.span.start + before.len()..piece.span.end + before.len(); piece };
        let inside = split(dialect, &whole, range);
        match split(dialect, &text, 0..text.len()) {
            Ok(alone) => prop_assert_eq!(inside, Ok(alone.into_iter().map(shift).collect())),
            Err(error) => prop_assert_eq!(inside.unwrap_err().message, error.message),
        }
    }

    #[test]
    fn any_range_is_taken(dialect in dialects(), text in any_text(), from in 0_usize..99, to in 0_usize..99) {
        let _ = split(dialect, &text, from..to);
    }

    #[test]
    fn pieces_hold_everything_but_comments_and_terminators(
        dialect in dialects(), text in prop_oneof![nasty(), any::<String>()],
    ) {
        let has_go = dialect == Dialect::Mssql && text.to_ascii_lowercase().contains("go");
        if let Some(pieces) = statements(dialect, &text).filter(|_| !has_go) {
            let kept: String = pieces.into_iter().map(|piece| canonical(dialect, &text[piece.span])).collect();
            prop_assert_eq!(substance(&kept), substance(&canonical(dialect, &text)));
        }
    }

    #[test]
    fn between_batches_stands_only_go(parts in vec(select([NASTY, &["\nGO\n", "\nGO 2\n", "go", "\n"]].concat()), 0..40)) {
        let text = parts.concat();
        if let Some(mut pieces) = statements(Dialect::Mssql, &text) {
            pieces.dedup();
            let mut end = 0;
            for start in pieces.iter().map(|piece| piece.span.start).chain([text.len()]) {
                let between = canonical(Dialect::Mssql, &text[end..start]);
                prop_assert!(
                    between.split_whitespace().all(|word| word.eq_ignore_ascii_case("go") || word.bytes().all(|byte| byte.is_ascii_digit())),
                    "{:?}", between
                );
                end = pieces.iter().find(|piece| piece.span.start == start).map_or(end, |piece| piece.span.end);
            }
        }
    }

    #[test]
    fn a_piece_split_again_is_itself(dialect in dialects(), text in prop_oneof![nasty(), any::<String>()]) {
        for piece in statements(dialect, &text).unwrap_or_default() {
            let content = &text[piece.span.clone()];
            // Behind a comment on its line it is no command of sqlcmd.
            let looks_like_command = content.starts_with([':', '!'])
                || leading_words(dialect, content, 1) == ["GO"];
            if dialect == Dialect::Mssql && looks_like_command {
                continue;
            }
            let again = split(dialect, content, 0..content.len());
            let itself = Piece { kind: piece.kind, span: 0..content.len() };
            prop_assert_eq!(again, Ok(vec![itself]));
        }
    }

    #[test]
    fn statements_joined_by_terminators_come_back(
        (dialect, scripts) in dialects().prop_flat_map(|dialect| (Just(dialect), vec(statement(dialect), 0..6))),
        gaps in vec(gap(), 1..9),
        terminator in select(&[";", ";\n", " ;\r\n", "\n;-- x\n", ";;/* y */"][..]),
    ) {
        let terminator = if dialect == Dialect::Mssql { "\nGO\n" } else { terminator };
        let text: String = scripts.iter().map(|tokens| with_gaps(tokens, &gaps) + terminator).collect();
        let pieces = split(dialect, &text, 0..text.len()).unwrap();
        let found: Vec<_> = pieces.into_iter().map(|piece| canonical(dialect, &text[piece.span])).collect();
        let expected: Vec<_> = scripts.iter().map(|tokens| canonical(dialect, &tokens.join(" "))).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn canonical_is_idempotent(dialect in dialects(), text in any_text()) {
        let once = canonical(dialect, &text);
        prop_assert_eq!(canonical(dialect, &once), once);
    }

    #[test]
    fn canonical_does_not_see_layout_and_comments(
        (dialect, tokens) in dialects().prop_flat_map(|dialect| (Just(dialect), vec(tokens(dialect), 1..12))),
        gaps in vec(gap(), 1..9),
    ) {
        prop_assert_eq!(canonical(dialect, &with_gaps(&tokens, &gaps)), canonical(dialect, &tokens.join(" ")));
    }

    #[test]
    fn canonical_does_not_see_line_ends(dialect in dialects(), text in any_text()) {
        let unix = text.replace('\r', "");
        prop_assert_eq!(canonical(dialect, &unix.replace('\n', "\r\n")), canonical(dialect, &unix));
    }

    #[test]
    fn classification_takes_anything_and_sees_only_the_canonical_text(dialect in dialects(), text in any_text()) {
        let plain = canonical(dialect, &text);
        prop_assert_eq!(leading_words(dialect, &text, 5), leading_words(dialect, &plain, 5));
        prop_assert_eq!(transaction_control(dialect, &text), transaction_control(dialect, &plain));
    }
}
