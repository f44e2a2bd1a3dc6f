//! What a session that goes on with a revision must do about statements that have run in another one, judged by their
//! words: when in doubt, the careful answer.

use migrate_core::{Dialect, revision::Statement};

use super::{
    batch,
    words::{self, bare, begins, has, has_run, kind},
};

/// What a statement that has run means for a later session that goes on behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replay {
    /// Nothing: what it did is in the database.
    No,
    /// It set something in its session and did nothing else, and can be run again to the same effect.
    Again,
    /// It made something that only its session had, and that cannot be made again.
    Impossible,
}

/// What a statement that is to run wants of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// Nothing that another statement has left there.
    Nothing,
    /// The id, or the number of rows, that an earlier statement has left there.
    Memory,
    /// Nothing; and behind it the session has an id of its own.
    Renews,
}

/// What a session that resumes a revision must do about a statement that has run in another one.
pub(super) fn replay(dialect: Dialect, statement: &Statement) -> Replay {
    let statements = words::statements(dialect, &statement.sql);
    let is_given_back = |words: &[String]| {
        dialect == Dialect::Mssql && PAIRS.iter().any(|pair| pair.is_given_back(words, &statements))
    };
    let mut all: Option<Replay> = None;
    for words in statements.iter().filter(|words| !is_given_back(words)) {
        let one = match dialect {
            Dialect::Mssql => replay_of_sql_server(words),
            Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => {
                replay_of_one(dialect, words)
            }
        };
        all = match all {
            None => Some(one),
            Some(before) if before == one => all,
            // What is set again would bring the data beside it a second time.
            Some(_) => Some(Replay::Impossible),
        };
    }
    all.unwrap_or(Replay::No)
}

fn replay_of_one(dialect: Dialect, words: &[String]) -> Replay {
    let is_mysql = matches!(dialect, Dialect::Mysql | Dialect::Mariadb);
    let words = bare(words);
    let first = words.first().map_or("", String::as_str);
    let second = words.get(1).map_or("", String::as_str);
    match (first, second) {
        ("SET", "GLOBAL" | "PERSIST" | "PERSIST_ONLY" | "PASSWORD" | "DEFAULT" | "LOCAL") => Replay::No,
        ("SET", _) if is_mysql && depends_on_the_moment(dialect, words) => Replay::Impossible,
        ("SET" | "USE" | "PRAGMA" | "RESET" | "DISCARD" | "ATTACH" | "DETACH", _) => Replay::Again,
        ("CREATE", _) if is_temporary(words) => Replay::Impossible,
        ("PREPARE" | "DECLARE", _) => Replay::Impossible,
        // CALL p(@out), and what a program sets or makes when it runs.
        ("CALL", _) if is_mysql && has(words, "@") => Replay::Impossible,
        ("EXECUTE" | "DO", _)
            if words.iter().any(|word| word.contains("SET_CONFIG") || word.contains(" TEMP")) =>
        {
            Replay::Impossible
        }
        ("CREATE" | "ALTER", _) => Replay::No,
        _ if leaves_something(words) => Replay::Impossible,
        // As pg_dump writes it: SELECT pg_catalog.set_config('search_path', '', false).
        _ if dialect == Dialect::Postgres && has(words, "SET_CONFIG") => {
            let is_constant = first == "SELECT" && words.iter().filter(|word| *word == "(").count() == 1;
            if is_constant && !has(words, "FROM") { Replay::Again } else { Replay::Impossible }
        }
        _ => Replay::No,
    }
}

/// `SET @id = LAST_INSERT_ID()`, `SET @n = (SELECT ...)`, `SET @t = CURRENT_TIMESTAMP`: not what it was.
fn depends_on_the_moment(dialect: Dialect, words: &[String]) -> bool {
    const MOMENTS: [&str; 9] = [
        "CURRENT_DATE",
        "CURRENT_TIME",
        "CURRENT_TIMESTAMP",
        "LOCALTIME",
        "LOCALTIMESTAMP",
        "UTC_DATE",
        "UTC_TIME",
        "UTC_TIMESTAMP",
        "TIMESTAMP",
    ];
    let calls = has(words, "(") && (has(words, "@") || has(words, "SELECT"));
    calls
        || asks_for_memory(dialect, words)
        || (has(words, "@") && MOMENTS.iter().any(|moment| has(words, moment)))
        || ["ERROR_COUNT", "WARNING_COUNT"].iter().any(|count| has(words, count))
}

/// CREATE TEMPORARY TABLE and its like: the word stands between CREATE and what is created.
fn is_temporary(words: &[String]) -> bool {
    let of = ["TABLE", "VIEW", "SEQUENCE", "TRIGGER"];
    let end = words.iter().position(|word| of.contains(&word.as_str()));
    let before = end.and_then(|end| words.get(..end)).unwrap_or_default();
    has(before, "TEMPORARY") || has(before, "TEMP")
}

/// SELECT ... INTO @a, @a := ..., SELECT ... INTO TEMP t.
fn leaves_something(words: &[String]) -> bool {
    has_run(words, &["INTO", "@"])
        || has_run(words, &["@", ":"])
        || words.windows(4).any(|run| run[0] == "@" && run[2] == ":" && run[3] == "=")
        || [["INTO", "TEMP"], ["INTO", "TEMPORARY"]].iter().any(|run| has_run(words, run))
        || [["LOCAL", "TEMP"], ["LOCAL", "TEMPORARY"]].iter().any(|run| has_run(words, run))
}

/// What a batch of SQL Server takes and gives back.
struct Pair {
    takes: &'static [&'static str],
    gives: &'static [&'static str],
    /// A word of what gives it back.
    with: &'static str,
}

const PAIRS: [Pair; 3] = [
    Pair { takes: &["SET", "IDENTITY_INSERT"], gives: &["SET", "IDENTITY_INSERT"], with: "OFF" },
    Pair { takes: &["EXECUTE", "AS"], gives: &["REVERT"], with: "REVERT" },
    Pair { takes: &["EXEC", "AS"], gives: &["REVERT"], with: "REVERT" },
];

impl Pair {
    /// Whether the statement is half of a pair whose other half ends it in the same batch.
    fn is_given_back(&self, words: &[String], batch: &[words::Words]) -> bool {
        let is_half = |words: &[String]| begins(words, self.takes) || begins(words, self.gives);
        let mut halves = batch.iter().filter(|words| is_half(words));
        is_half(words)
            && halves.clone().any(|words| begins(words, self.takes))
            && halves.next_back().is_some_and(|last| begins(last, self.gives) && has(last, self.with))
    }
}

/// Of one statement of a batch. Variables end with their batch, and what a procedure sets with the procedure.
fn replay_of_sql_server(words: &[String]) -> Replay {
    if batch::is_program(words) {
        let is_temporary = words.iter().take(6).any(|word| word.starts_with('#'));
        return if is_temporary { Replay::Impossible } else { Replay::No };
    }
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    match (word(0), word(1)) {
        _ if words.iter().any(|word| word.starts_with('#')) => Replay::Impossible,
        ("DECLARE", _) if has(words, "CURSOR") && !has(words, "LOCAL") => Replay::Impossible,
        ("EXEC" | "EXECUTE", "AS") => Replay::Again,
        ("EXEC" | "EXECUTE", _) if words.iter().any(|word| word.contains("SP_SET_SESSION_CONTEXT")) => {
            Replay::Impossible
        }
        // A variable; what has no effect on statements; what every transaction of ours sets.
        ("SET", second) if second.starts_with('@') || second == "NOCOUNT" || second == "STATISTICS" => {
            Replay::No
        }
        ("SET", "XACT_ABORT") if word(2) == "ON" => Replay::No,
        ("SET" | "USE" | "REVERT" | "SETUSER", _) => Replay::Again,
        _ => Replay::No,
    }
}

/// What a statement that has not run yet wants of its session.
pub(super) fn wants(dialect: Dialect, statement: &Statement) -> Wants {
    for words in words::statements(dialect, &statement.sql) {
        let words = bare(&words);
        let first = words.first().map_or("", String::as_str);
        // What a program, a view or a default asks for, it asks for later.
        let asks_later = matches!(first, "CREATE" | "ALTER")
            && (kind(words) != "TABLE" || !has(words, "SELECT") || batch::is_program(words));
        if asks_later {
            continue;
        }
        if asks_for_memory(dialect, words) {
            return Wants::Memory;
        }
        if matches!(first, "INSERT" | "REPLACE" | "MERGE")
            || has_run(words, &["INSERT", "INTO"])
            || has(words, "NEXTVAL")
            || has(words, "SETVAL")
        {
            return Wants::Renews;
        }
    }
    Wants::Nothing
}

/// Whether a statement calls what gives the last id, or the last number of rows, of its session.
fn asks_for_memory(dialect: Dialect, words: &[String]) -> bool {
    let calls = |names: &[&str]| names.iter().any(|name| has_run(words, &[name, "("]));
    match dialect {
        Dialect::Postgres => calls(&["LASTVAL", "CURRVAL"]),
        // LAST_INSERT_ID(expression) sets it.
        Dialect::Mysql | Dialect::Mariadb => {
            ["LAST_INSERT_ID", "ROW_COUNT", "FOUND_ROWS"].iter().any(|name| has_run(words, &[name, "(", ")"]))
                || calls(&["LASTVAL"])
                || has_run(words, &["PREVIOUS", "VALUE", "FOR"])
                || ["LAST_INSERT_ID", "IDENTITY"].iter().any(|name| {
                    has_run(words, &["@", "@", name]) || has_run(words, &["@", "@", "SESSION", ".", name])
                })
        }
        Dialect::Mssql => calls(&["SCOPE_IDENTITY"]) || has(words, "@@IDENTITY"),
        Dialect::Sqlite => calls(&["LAST_INSERT_ROWID", "CHANGES", "TOTAL_CHANGES"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sql: &str) -> Statement {
        Statement { sql: sql.to_owned(), span: 0..sql.len() }
    }

    #[track_caller]
    fn is(dialect: Dialect, expected: Replay, all: &[&str]) {
        for sql in all {
            assert_eq!(replay(dialect, &statement(sql)), expected, "{dialect}: {sql}");
        }
    }

    #[test]
    fn settings_are_made_again_and_data_is_not() {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            is(
                dialect,
                Replay::Again,
                &[
                    "SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='TRADITIONAL'",
                    "SET NAMES utf8mb4",
                    "SET ROLE admin",
                    "USE shop",
                    "SET sql_mode = ''; SET foreign_key_checks = 0",
                ],
            );
            is(
                dialect,
                Replay::No,
                &[
                    "SET GLOBAL x = 1",
                    "INSERT INTO t VALUES (1)",
                    "CREATE TABLE t (temp int, temporary int)",
                    "CREATE TABLE t (a varchar(9) DEFAULT '#1')",
                    "CREATE PROCEDURE p() BEGIN SET @a = 1; SELECT 1 INTO @b; END",
                    "SET STATEMENT lock_wait_timeout = 1 FOR INSERT INTO t VALUES (1)",
                ],
            );
        }
        is(
            Dialect::Postgres,
            Replay::Again,
            &[
                "SELECT pg_catalog.set_config('search_path', '', false)",
                "SET ROLE x",
                "RESET ROLE",
                "DISCARD ALL",
            ],
        );
        is(Dialect::Sqlite, Replay::Again, &["PRAGMA foreign_keys = OFF", "ATTACH 'x' AS y", "DETACH y"]);
    }

    #[test]
    fn what_a_session_alone_had_cannot_be_made_again() {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            is(
                dialect,
                Replay::Impossible,
                &[
                    "SET @id = LAST_INSERT_ID()",
                    "SET @id = @@last_insert_id",
                    "SET @id := @@SESSION.identity",
                    "SET @now = CURRENT_TIMESTAMP",
                    "SET sql_mode = (SELECT mode FROM modes)",
                    "SELECT count(*)\n  INTO @n FROM t",
                    "UPDATE t SET a = (@n := @n + 1)",
                    "CALL p(@out)",
                    "CREATE TEMPORARY TABLE x (a int)",
                    "CREATE OR REPLACE TEMPORARY TABLE x (a int)",
                    "PREPARE s FROM 'SELECT 1'",
                    "SET lock_wait_timeout = 3; INSERT INTO t VALUES (1)",
                    "INSERT INTO t VALUES (1); SET lock_wait_timeout = 3",
                ],
            );
        }
        is(
            Dialect::Postgres,
            Replay::Impossible,
            &[
                "SET lock_timeout = '3s'; INSERT INTO t VALUES (1)",
                "SELECT set_config('app.n', count(*)::text, false) FROM t",
                "WITH x AS (INSERT INTO t VALUES (1) RETURNING id) SELECT set_config('app.id', id::text, false) FROM x",
                "SELECT 1 AS a INTO TEMP x",
                "CREATE UNLOGGED TABLE a (b int); CREATE LOCAL TEMP TABLE x (a int)",
                "DO $$ BEGIN PERFORM set_config('a.b', '1', false); END $$",
            ],
        );
        is(
            Dialect::Sqlite,
            Replay::Impossible,
            &["CREATE TEMP TABLE x (a int)", "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END"],
        );
    }

    #[test]
    fn what_a_batch_declares_ends_with_it() {
        is(
            Dialect::Mssql,
            Replay::Again,
            &[
                "SET LOCK_TIMEOUT 3",
                "USE shop",
                "SET ANSI_NULLS ON SET QUOTED_IDENTIFIER ON",
                "EXECUTE AS USER = 'x'",
                "REVERT",
            ],
        );
        is(
            Dialect::Mssql,
            Replay::No,
            &[
                "DECLARE @a int; SET @a = 1; INSERT INTO t VALUES (@a)",
                "SET NOCOUNT ON; INSERT INTO t VALUES (1)",
                "SET NOCOUNT, XACT_ABORT ON",
                "SET IDENTITY_INSERT t ON; INSERT INTO t (id) VALUES (1); SET IDENTITY_INSERT t OFF;",
                "EXECUTE AS USER = 'x'; INSERT INTO t VALUES (1); REVERT",
                "SET XACT_ABORT ON; UPDATE t SET a = 1",
                "UPDATE t SET language = 1",
                "INSERT INTO t VALUES ('#1')",
                "CREATE TABLE t (a varchar(9) DEFAULT '#1', [temp] int)",
                "CREATE PROCEDURE p AS SET LOCK_TIMEOUT 3 CREATE TABLE #x (a int)",
                "DECLARE c CURSOR LOCAL FOR SELECT 1",
            ],
        );
        is(
            Dialect::Mssql,
            Replay::Impossible,
            &[
                "SET LOCK_TIMEOUT 3; INSERT INTO t VALUES (1)",
                "SET IDENTITY_INSERT t ON; INSERT INTO t (id) VALUES (1)",
                "CREATE TABLE #x (a int)",
                "SELECT 1 AS a INTO #x",
                "CREATE PROCEDURE #p AS SELECT 1",
                "DECLARE c CURSOR FOR SELECT 1",
                "EXEC sp_set_session_context 'a', 1",
            ],
        );
    }

    #[test]
    fn the_last_id_is_wanted_until_there_is_a_new_one() {
        for (dialect, expected, sql) in [
            (Dialect::Mysql, Wants::Memory, "INSERT INTO b VALUES (LAST_INSERT_ID())"),
            (Dialect::Mariadb, Wants::Memory, "UPDATE b SET a = @@identity"),
            (Dialect::Mariadb, Wants::Memory, "CREATE TABLE b AS SELECT LAST_INSERT_ID() AS a"),
            (Dialect::Mariadb, Wants::Memory, "SELECT PREVIOUS VALUE FOR s"),
            (Dialect::Mysql, Wants::Nothing, "UPDATE s SET id = LAST_INSERT_ID(id + 1)"),
            (
                Dialect::Mysql,
                Wants::Nothing,
                "CREATE TRIGGER t AFTER INSERT ON b FOR EACH ROW SET @a = LAST_INSERT_ID()",
            ),
            (Dialect::Mysql, Wants::Renews, "INSERT INTO b VALUES ('LAST_INSERT_ID()')"),
            (Dialect::Mysql, Wants::Renews, "INSERT INTO a VALUES (1)"),
            (Dialect::Postgres, Wants::Memory, "INSERT INTO b VALUES (currval('s'))"),
            (Dialect::Postgres, Wants::Nothing, "CREATE TABLE b (a int DEFAULT currval('s'))"),
            (Dialect::Postgres, Wants::Renews, "SELECT nextval('s')"),
            (Dialect::Mssql, Wants::Memory, "INSERT INTO b SELECT SCOPE_IDENTITY()"),
            (Dialect::Mssql, Wants::Memory, "INSERT INTO b VALUES (@@IDENTITY)"),
            (
                Dialect::Mssql,
                Wants::Renews,
                "INSERT INTO a DEFAULT VALUES; INSERT INTO b VALUES (SCOPE_IDENTITY())",
            ),
            (Dialect::Mssql, Wants::Nothing, "CREATE PROCEDURE p AS SELECT SCOPE_IDENTITY()"),
            (Dialect::Sqlite, Wants::Memory, "INSERT INTO b VALUES (last_insert_rowid())"),
        ] {
            assert_eq!(wants(dialect, &statement(sql)), expected, "{dialect}: {sql}");
        }
    }
}
