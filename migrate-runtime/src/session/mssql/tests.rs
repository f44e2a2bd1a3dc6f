use migrate_core::{Catalog, Code, Dialect};

use super::{
    Failure, Mssql, Part, PartError, Session as _,
    double::{
        Answer,
        Answer::{Done, End, HangUp, Info, Int, Texts},
        Log, connect, error,
    },
};
use crate::{Migrator, Versions};

const BEGIN: &str = "SET XACT_ABORT ON; BEGIN TRANSACTION;";

/// Runs the parts against a server with these answers.
async fn run(
    answers: impl IntoIterator<Item = Vec<Answer>>,
    parts: &[Part<'_>],
) -> (Result<(), PartError>, Log) {
    let (mut client, log) = connect(answers).await;
    let outcome = Mssql::callers(&mut client).run(parts).await;
    (outcome, log)
}

/// How many messages a revision with these batches takes.
async fn messages(batches: &[&str]) -> Vec<String> {
    let mut parts = vec![Part::Own(BEGIN), Part::Own("INSERT INTO journal VALUES (1)")];
    parts.extend(batches.iter().map(|batch| Part::Script(batch)));
    parts.extend([Part::Own("UPDATE journal SET a = 1"), Part::Own("COMMIT TRANSACTION;")]);
    let (outcome, log) = run([], &parts).await;
    assert_eq!(outcome, Ok(()));
    log.batches()
}

/// What the server's error in the first message becomes.
async fn failure(answers: Vec<Answer>, parts: &[Part<'_>]) -> PartError {
    run([answers], parts).await.0.unwrap_err()
}

/// Where in `script` an error of the server's, on this line of the message that holds it, is shown.
async fn place<'a>(
    script: &'a str,
    procedure: &'static str,
    line: impl Fn(&str) -> usize,
) -> (usize, &'a str) {
    let parts = [Part::Own(BEGIN), Part::Script(script), Part::Own("COMMIT")];
    let (_, log) = run([], &parts).await;
    let line = u32::try_from(line(&log.batches()[0])).unwrap();
    let answer = Answer::Error { number: 102, class: 15, line, procedure, message: "Incorrect syntax" };
    let failed = failure(vec![answer], &parts).await;
    let rest = failed.error.offset.map_or("?", |at| &script[at..]);
    (failed.part, rest.lines().next().unwrap_or_default())
}

/// The line of the message, from 1, that holds `text`.
fn line_of(message: &str, text: &str) -> usize {
    1 + message.lines().position(|line| line.contains(text)).unwrap()
}

#[tokio::test]
async fn a_revision_of_one_batch_is_one_message_from_begin_to_commit() {
    for batch in [
        "CREATE TABLE t (a int REFERENCES u ON DELETE SET NULL) -- done",
        "DROP TABLE a DROP TABLE b",
        "RAISERROR('no', 16, 1); SELECT 1",
        "SET XACT_ABORT OFF; UPDATE a SET b = 1",
        "EXEC sp_rename 'a', 'b', 'OBJECT'",
    ] {
        let sent = messages(&[batch]).await;
        let [sent] = &sent[..] else { panic!("{sent:?}") };
        // What stops at no error by itself is stopped by TRY, before COMMIT.
        let order =
            ["BEGIN TRY\n", BEGIN, batch, "COMMIT TRANSACTION;\n;", "SELECT 'migrate:", "END TRY", "THROW;"];
        let places = order.map(|text| sent.find(text).unwrap_or_else(|| panic!("{text} in {sent}")));
        assert!(places.is_sorted(), "{sent}");
    }
}

#[tokio::test]
async fn each_batch_has_its_own_message() {
    let sent = messages(&["CREATE TABLE a (b int)", "DROP TABLE c", "ALTER TABLE a ADD c int"]).await;
    assert_eq!(sent.len(), 3);
    assert!(sent[0].contains("BEGIN TRANSACTION") && !sent[0].contains("COMMIT"));
    assert!(sent[1].contains("DROP TABLE c") && !sent[1].contains("journal"));
    assert!(sent[2].contains("ADD c int") && sent[2].contains("COMMIT"));
}

#[tokio::test]
async fn nothing_of_ours_is_sent_to_another_database() {
    let sent = messages(&["USE other; CREATE TABLE t (a int)"]).await;
    assert_eq!(sent.len(), 2);
    assert!(sent[0].contains("USE other") && !sent[0].contains("COMMIT"), "{sent:?}");
    assert_eq!(messages(&["EXEC p 'USE'; SELECT 1 AS [use]"]).await.len(), 1);
}

#[tokio::test]
async fn what_wants_a_batch_of_its_own_rides_along_inside_exec() {
    for batch in [
        "CREATE VIEW v AS SELECT 'a' AS b",
        "-- x\ncreate or alter procedure p AS SELECT 1",
        "ALTER FUNCTION f() RETURNS int AS BEGIN RETURN 1 END",
        "CREATE TRIGGER t ON u AFTER INSERT AS SELECT 1",
        "CREATE SCHEMA s",
    ] {
        let sent = messages(&[batch]).await;
        assert!(sent[0].contains(&format!("EXEC(N'{}')", batch.replace('\'', "''"))), "{sent:?}");
    }
    for batch in ["CREATE TABLE view_of (a int)", "ALTER SCHEMA s TRANSFER t", "CREATE TYPE t FROM int"] {
        assert!(!messages(&[batch]).await[0].contains("EXEC("), "{batch}");
    }
}

#[tokio::test]
async fn a_backslash_before_a_newline_is_not_lost_inside_exec() {
    let sent = messages(&["CREATE VIEW v AS -- c:\\\nSELECT 1 AS a -- d:\\\r\n"]).await;
    assert!(sent[0].contains("-- c:\\'+N'\nSELECT 1 AS a -- d:\\'+N'\r\n')"), "{sent:?}");
}

#[tokio::test]
async fn an_error_behind_result_sets_surfaces() {
    let script = Part::Script("SELECT 1; SELECT 2; UPDATE broken SET a = 1");
    let answers = vec![
        Texts(vec![Some("1"), None]),
        Info("a warning"),
        Int(2),
        error(547, 6, "The UPDATE statement conflicted"),
        // Not honoured by the server: the batch went on.
        End,
    ];
    let parts = [Part::Own(BEGIN), script, Part::Own("COMMIT")];
    let (outcome, log) = run([answers], &parts).await;
    let failed = outcome.unwrap_err();
    assert_eq!(failed.part, 1);
    assert_eq!(failed.error.code.as_deref(), Some("error 547"));
    assert_eq!(failed.error.message, "The UPDATE statement conflicted");
    // The commit, if any, was inside the same message: nothing more is sent.
    assert_eq!(log.batches().len(), 1);
}

#[tokio::test]
async fn of_several_errors_the_first_is_told() {
    let answers = vec![error(5074, 5, "The index 'i' is dependent"), error(4922, 5, "DROP COLUMN failed")];
    let failed = failure(answers, &[Part::Script("ALTER TABLE t DROP COLUMN c")]).await;
    assert_eq!(failed.error.message, "The index 'i' is dependent");
}

#[tokio::test]
async fn a_batch_that_returns_early_is_refused() {
    let parts = [Part::Own(BEGIN), Part::Script("IF 1 = 1 RETURN"), Part::Own("COMMIT")];
    for answers in [vec![], vec![Done], vec![Texts(vec![Some("migrate:0")])]] {
        let failed = failure(answers, &parts).await;
        assert_eq!((failed.part, failed.error.kind), (1, Failure::Refused));
        assert!(failed.error.message.contains("RETURN"), "{failed:?}");
    }
}

#[tokio::test]
async fn the_line_of_an_error_becomes_a_place_in_its_batch() {
    let script = "-- first\r\n\r\nALTER TABLE t\r\n  ADD x broken\r\n";
    for text in ["ALTER TABLE t", "ADD x broken"] {
        assert_eq!(place(script, "", |sent| line_of(sent, text)).await, (1, text));
    }
    assert_eq!(place(script, "", |sent| line_of(sent, "BEGIN TRANSACTION")).await, (0, "?"));
    assert_eq!(place(script, "", |sent| line_of(sent, "COMMIT")).await, (2, "?"));
    // A procedure that was there before counts its own lines.
    assert_eq!(place(script, "sp_rename", |sent| line_of(sent, "COMMIT")).await, (1, "?"));
    assert_eq!(place(script, "", |_| 0).await, (1, "?"));
}

#[tokio::test]
async fn a_line_inside_exec_counts_from_the_batch_and_no_other() {
    let script = "/* first */\r\nCREATE PROCEDURE dbo.Later AS\r\n  SELEC 1\r\n";
    assert_eq!(place(script, "", |_| 3).await, (1, "SELEC 1"));
    assert_eq!(place(script, "later", |_| 2).await, (1, "CREATE PROCEDURE dbo.Later AS"));
    assert_eq!(place(script, "audit", |_| 2).await, (1, "?"));
    assert_eq!(place(script, "", |sent| line_of(sent, "EXEC(N'")).await, (1, "?"));
    assert_eq!(place(script, "", |sent| line_of(sent, "COMMIT")).await, (2, "?"));
    // The lines of the batch come before every other.
    let message = &messages(&[script]).await[0];
    assert!(line_of(message, "BEGIN TRANSACTION") > 4);
}

#[tokio::test]
async fn failures_are_told_apart() {
    for (number, class, kind) in [
        (208, 16, Failure::MissingTable),
        (229, 14, Failure::ReadOnly),
        (3906, 16, Failure::ReadOnly),
        (1222, 16, Failure::Busy),
        (1205, 13, Failure::Refused),
        (2627, 14, Failure::Refused),
        (596, 21, Failure::Lost),
    ] {
        let answer = Answer::Error { number, class, line: 1, procedure: "", message: "no" };
        let (mut client, _) = connect([vec![Int(1), answer]]).await;
        let error = Mssql::callers(&mut client).query("SELECT 1").await.unwrap_err();
        assert_eq!((error.kind, error.describe()), (kind, format!("no (error {number})")));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_lost_wherever_it_breaks() {
    for answers in
        [vec![HangUp], vec![Int(1), HangUp], vec![error(596, 1, "killed"), HangUp], vec![End, HangUp]]
    {
        let failed = failure(answers, &[Part::Own(BEGIN), Part::Script("SELECT 1")]).await;
        assert_eq!(failed.error.kind, Failure::Lost, "{failed:?}");
        assert_eq!(failed.part, 1);
    }
}

#[tokio::test]
async fn a_query_gives_the_last_rows_that_there_are() {
    let answers = vec![Int(1), Texts(vec![Some("a"), None]), Texts(vec![]), Done];
    let (mut client, _) = connect([answers]).await;
    let rows = Mssql::callers(&mut client).query("SELECT ...").await.unwrap();
    assert_eq!(rows, [[Some("a".to_owned())], [None]]);
}

#[tokio::test]
async fn the_callers_client_is_handed_to_rust_steps() {
    let (mut client, _) = connect([]).await;
    let mut session = Mssql::callers(&mut client);
    assert!(session.raw().downcast_mut::<tiberius::Client<super::double::Stream>>().is_some());
}

fn versions(up: &'static str) -> Versions {
    let text = format!("-- x\n--\n-- Revision: aaaaaaaaaaaa\n\n-- migrate:up\n{up}\n-- migrate:down\n");
    Versions::loaded(
        Catalog::load([("20260101T000000_aaaaaaaaaaaa_x.sql", text)], &[Dialect::Mssql]).unwrap(),
    )
}

/// What a server without our tables says up to the first batch of a revision.
fn up_to_the_first_batch() -> Vec<Vec<Answer>> {
    let no_table = || vec![Texts(vec![None])];
    vec![
        no_table(),
        vec![Texts(vec![Some("dbo")])],
        vec![],
        vec![Int(1)],
        no_table(),
        vec![End],
        vec![],
        vec![],
    ]
}

#[tokio::test]
async fn an_upgrade_reads_locks_reads_again_and_runs_in_one_message() {
    let versions = versions("CREATE TABLE t (a int)");
    let (mut client, log) = connect(up_to_the_first_batch()).await;
    Migrator::new(&versions).upgrade(&mut client, "head").await.unwrap();
    let batches = log.batches();
    assert_eq!(batches.len(), 10, "{batches:#?}");
    assert!(batches[3].contains("sp_getapplock") && batches[9].contains("sp_releaseapplock"));
    let revision = &batches[8];
    assert!(revision.contains("BEGIN TRANSACTION") && revision.contains("COMMIT TRANSACTION"), "{revision}");
}

#[tokio::test]
async fn a_revision_that_fails_is_rolled_back_and_the_lock_given_back() {
    let versions = versions("SELECT 1;\n\nUPDATE t SET a = 1;");
    let mut answers = up_to_the_first_batch();
    answers.push(vec![Int(1), error(208, 10, "Invalid object name 't'.")]);
    // The rollback, and the version table that says that nothing is committed.
    answers.extend([vec![End], vec![Texts(vec![None])]]);
    let (mut client, log) = connect(answers).await;
    let failed = Migrator::new(&versions).upgrade(&mut client, "head").await.unwrap_err();
    assert_eq!(failed.code(), Code::StatementFailed);
    let batches = log.batches();
    assert!(batches[9].contains("ROLLBACK TRANSACTION"), "{batches:#?}");
    assert!(batches.last().unwrap().contains("sp_releaseapplock"), "{batches:#?}");
}

/// Behind BEGIN only the version table is read, and that fails: the caller's connection does not stay in a transaction.
#[tokio::test]
async fn what_fails_between_begin_and_commit_is_rolled_back() {
    let versions = versions("SELECT 1");
    let empty = || vec![Texts(vec![])];
    let answers = vec![
        empty(),
        vec![Texts(vec![Some("dbo")])],
        vec![],
        vec![Int(1)],
        empty(),
        empty(),
        vec![End],
        vec![error(1205, 1, "deadlock victim")],
    ];
    let (mut client, log) = connect(answers).await;
    Migrator::new(&versions).stamp(&mut client, &["head"], false).await.unwrap_err();
    let batches = log.batches();
    let begin = batches.iter().position(|batch| batch.contains("BEGIN TRANSACTION")).unwrap();
    assert!(batches[begin + 1].contains("migrate_version"), "{batches:#?}");
    assert!(batches[begin + 2].contains("ROLLBACK TRANSACTION"), "{batches:#?}");
    assert!(batches.last().unwrap().contains("sp_releaseapplock"), "{batches:#?}");
}

#[tokio::test]
async fn a_lock_that_is_not_granted_is_not_held() {
    let versions = versions("CREATE TABLE t (a int)");
    let held = || vec![Int(0)];
    let (mut client, log) =
        connect([vec![Texts(vec![None])], vec![Texts(vec![Some("dbo")])], vec![], held()]).await;
    let migrator = Migrator::new(&versions).lock_wait(std::time::Duration::ZERO);
    assert_eq!(migrator.upgrade(&mut client, "head").await.unwrap_err().code(), Code::Locked);
    let batches = log.batches();
    assert_eq!(batches.len(), 4, "{batches:#?}");
    // -1 is a timeout, -999 an error: neither is a lock.
    assert!(batches[3].contains("CASE WHEN @granted >= 0"));
}
