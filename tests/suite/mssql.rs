//! What only SQL Server does: batches, errors that stop nothing, settings of a session.

use std::time::Duration;

use migrate_runtime::{Code, Error, Migrator, blocking};
use migrate_tests::{Project, Scratch, ServerKind, mssql_client};

use crate::promises;

const MSSQL: &[ServerKind] = &[ServerKind::Mssql];

promises! {
    an_error_that_stops_no_batch_commits_nothing on MSSQL;
    a_batch_that_returns_early_is_refused on MSSQL;
    views_and_programs_need_no_go on MSSQL;
    a_program_arrives_as_it_was_written on MSSQL;
    an_error_inside_a_program_has_its_place on MSSQL;
    what_a_revision_sets_does_not_outlast_it on MSSQL;
    a_transaction_that_is_exchanged_inside_exec_is_refused on MSSQL;
    a_row_count_that_is_left_behind_limits_nothing_of_ours on MSSQL;
    a_session_that_executes_nothing_any_more_is_rolled_back on MSSQL;
    revisions_may_differ_in_case_alone on MSSQL;
    a_lock_timeout_is_said on MSSQL;
    without_a_transaction_a_revision_goes_on_where_it_stopped on MSSQL;
    a_killed_connection_leaves_nothing on MSSQL;
    a_database_that_is_not_there_is_said on MSSQL;
}

fn project(first: &str) -> Project {
    Project::new(ServerKind::Mssql.dialect()).with("aaaa", "", first, "SELECT 1;")
}

fn upgrade(db: &Scratch, project: &Project) -> Result<(), Error> {
    blocking::Migrator::new(Migrator::new(project.versions())).upgrade(&db.url, "heads").map(drop)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn refused(db: &Scratch, script: &str) -> Error {
    let error = upgrade(db, &project(script)).unwrap_err();
    assert_eq!(error.code(), Code::StatementFailed, "{script}: {error:?}");
    assert!(db.heads().is_empty(), "{script}");
    assert_eq!(db.cell("SELECT count(*) FROM migrate_history"), "0", "{script}");
    error
}

fn an_error_that_stops_no_batch_commits_nothing(db: Scratch) {
    for script in [
        "DROP TABLE nowhere;\nCREATE TABLE u (id int);",
        "RAISERROR('not today', 16, 1);\nCREATE TABLE u (id int);",
        "SET XACT_ABORT OFF;\nCREATE TABLE u (id int NOT NULL);\nINSERT INTO u VALUES (NULL);\nSELECT 1;",
        "CREATE TABLE u (id int);\nGO\nEXEC sp_rename 'nowhere', 'v', 'OBJECT';\nGO\nSELECT 1;",
        "SELECT 1;\nSELECT 2;\nRAISERROR('not today', 16, 1);\nGO\nCREATE TABLE u (id int);",
    ] {
        refused(&db, script);
        assert!(!db.has_table("u"), "{script}");
    }
}

fn a_batch_that_returns_early_is_refused(db: Scratch) {
    let error = refused(&db, "CREATE TABLE u (id int);\nIF 1 = 1\n  RETURN;\nCREATE TABLE v (id int);");
    assert!(error.message().contains("RETURN"), "{error}");
    assert!(!db.has_table("u"));
    upgrade(&db, &project("CREATE TABLE u (id int);")).unwrap();
    assert_eq!(db.heads(), ["aaaa"]);
}

fn views_and_programs_need_no_go(db: Scratch) {
    let project = project("CREATE TABLE t (id int NOT NULL, note nvarchar(50) NULL);")
        .with("bbbb", "aaaa", "-- its own\nCREATE VIEW v AS SELECT id, 'it''s' AS note FROM t -- all", "DROP VIEW v;")
        .with("cccc", "bbbb", "CREATE PROCEDURE p AS\nINSERT INTO t (id) VALUES (1);\nRETURN 7", "DROP PROCEDURE p;")
        .with("dddd", "cccc", "CREATE FUNCTION f() RETURNS int AS\nBEGIN RETURN 5 END", "DROP FUNCTION f;")
        .with("eeee", "dddd", "CREATE SCHEMA s", "DROP SCHEMA s;")
        .with(
            "ffff",
            "eeee",
            "CREATE TRIGGER tr ON t AFTER INSERT AS\nUPDATE t SET note = N'é';\nGO\nCREATE TABLE s.u (id int);\n\
             GO\nEXEC p;\nGO\nINSERT INTO s.u SELECT id FROM v;",
            "DROP TABLE s.u;\nGO\nDROP TRIGGER tr;\nDELETE FROM t;",
        );
    upgrade(&db, &project).unwrap();
    assert_eq!(db.rows("SELECT id, note FROM t"), [["1", "é"]]);
    assert_eq!(db.rows("SELECT id, note FROM v"), [["1", "it's"]]);
    assert_eq!(db.cell("SELECT dbo.f()"), "5");
    assert_eq!(db.cell("SELECT id FROM s.u"), "1");
    blocking::Migrator::new(Migrator::new(project.versions())).downgrade(&db.url, "aaaa").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM sys.objects WHERE name IN ('v', 'p', 'f', 'tr', 'u')"), "0");
}

fn a_program_arrives_as_it_was_written(db: Scratch) {
    // Longer than a string of 4000 characters, with a backslash where a string would go on.
    let long = "-- 0123456789 it's é\r\n".repeat(400);
    let script =
        format!("CREATE PROCEDURE p AS\r\n-- in c:\\\r\nSELECT 1;\n-- or d:\\\nSELECT 2;\r\n{long}SELECT 3;");
    upgrade(&db, &project(&script)).unwrap();
    let results = block_on(async {
        let mut client = mssql_client(&db.url).await;
        client.simple_query("EXEC p").await.unwrap().into_results().await.unwrap()
    });
    assert_eq!(results.len(), 3, "a line was swallowed");
}

/// The line of the file at which an error is shown, and what stands there in the script, which begins on line 6.
fn shown<'a>(error: &Error, script: &'a str) -> &'a str {
    let line = usize::try_from(error.place().unwrap().position.line).unwrap();
    script.lines().nth(line - 6).unwrap_or_default().trim()
}

fn an_error_inside_a_program_has_its_place(db: Scratch) {
    for script in [
        "CREATE TABLE u (id int);\nGO\n\n/* long\n   ago */\nCREATE VIEW v AS\n  SELECT id\n  FRM x.y.z.w.v;",
        "CREATE PROCEDURE p AS\n\n  SELECT 1;\n  SELECT id\n  FRM x.y.z.w.v;\n  SELECT 3;",
        "CREATE TABLE u (id int);\n\n  SELECT id\n  FRM x.y.z.w.v;\n\nSELECT 2;",
    ] {
        let error = refused(&db, script);
        let at = shown(&error, script);
        assert!(at == "SELECT id" || at.starts_with("FRM"), "`{at}` in {script}: {error:?}");
    }
}

fn what_a_revision_sets_does_not_outlast_it(db: Scratch) {
    const SETTINGS: &str = "SELECT DB_NAME(), @@OPTIONS, @@LOCK_TIMEOUT, @@DATEFIRST, \
        CAST(transaction_isolation_level AS int), CAST(deadlock_priority AS int), language FROM sys.dm_exec_sessions WHERE session_id = @@SPID";
    let script = "SET DEADLOCK_PRIORITY HIGH; SET LANGUAGE Deutsch; SET TEXTSIZE 100;\nGO\n\
        SET ANSI_NULLS OFF; SET NOCOUNT ON; SET XACT_ABORT OFF; SET LOCK_TIMEOUT 5; SET DATEFIRST 3;\n\
        SET QUOTED_IDENTIFIER OFF;\nGO\nUSE master;";
    let outside = "-- b\n-- Revision: bbbb\n-- Revises: aaaa\n-- migrate:up transaction:off\n\
        SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;\n-- migrate:down\nSELECT 1;\n";
    let project = project(script).with_file("versions/bbbb.sql", outside).with(
        "cccc",
        "bbbb",
        "CREATE TABLE \"t\" (\"id\" int);",
        "DROP TABLE t;",
    );
    block_on(async {
        let mut client = mssql_client(&db.url).await;
        let mut settings = Vec::new();
        client.simple_query("SET LOCK_TIMEOUT 1234").await.unwrap().into_results().await.unwrap();
        for turn in 0..2 {
            let rows = client.simple_query(SETTINGS).await.unwrap().into_first_result().await.unwrap();
            settings
                .push(rows.into_iter().map(|row| row.into_iter().collect::<Vec<_>>()).collect::<Vec<_>>());
            if turn == 0 {
                Migrator::new(project.versions()).upgrade(&mut client, "head").await.unwrap();
            }
        }
        assert_eq!(settings[0], settings[1]);
    });
    assert!(db.has_table("t"), "in the database of the URL");
}

/// Its own transaction is gone, another is open, and the count of them is right.
fn a_transaction_that_is_exchanged_inside_exec_is_refused(db: Scratch) {
    refused(&db, "CREATE TABLE u (id int);\nEXEC('ROLLBACK; BEGIN TRANSACTION');\nCREATE TABLE v (id int);");
    assert!(!db.has_table("u") && !db.has_table("v"));
}

fn a_row_count_that_is_left_behind_limits_nothing_of_ours(db: Scratch) {
    let project = project("SELECT 1;").with("bbbb", "aaaa", "SELECT 2;", "SELECT 2;").with(
        "cccc",
        "aaaa",
        "SELECT 3;",
        "SELECT 3;",
    );
    upgrade(&db, &project).unwrap();
    upgrade(&db, &project.with("dddd", "bbbb, cccc", "SET ROWCOUNT 1;", "SELECT 4;")).unwrap();
    assert_eq!(db.heads(), ["dddd"]);
}

fn a_session_that_executes_nothing_any_more_is_rolled_back(db: Scratch) {
    let project = project("CREATE TABLE u (id int);\nGO\nSET NOEXEC ON;");
    block_on(async {
        let mut client = mssql_client(&db.url).await;
        client.simple_query("SET NOEXEC ON").await.unwrap().into_results().await.unwrap();
        let knows = client.simple_query("SELECT 1").await.unwrap().into_row().await.unwrap().is_none();
        client.simple_query("SET NOEXEC OFF").await.unwrap().into_results().await.unwrap();
        if !knows {
            eprintln!("the server goes on executing: nothing to see");
            return;
        }
        let migrator = Migrator::new(project.versions());
        let error = migrator.upgrade(&mut client, "head").await.unwrap_err();
        assert_eq!(error.code(), Code::StatementFailed, "{error:?}");
        let open = client.simple_query("SELECT @@TRANCOUNT").await.unwrap().into_row().await.unwrap();
        assert_eq!(open.unwrap().get::<i32, _>(0), Some(0));
        assert!(!db.has_table("u") && db.heads().is_empty());
    });
}

fn revisions_may_differ_in_case_alone(db: Scratch) {
    let project = project("SELECT 1;").with("AAAA", "aaaa", "SELECT 2;", "SELECT 2;");
    let project = project.with("AaAa", "aaaa", "SELECT 3;", "SELECT 3;");
    upgrade(&db, &project).unwrap();
    assert_eq!(db.heads(), ["AAAA", "AaAa"]);
    blocking::Migrator::new(Migrator::new(project.versions())).downgrade(&db.url, "aaaa").unwrap();
    assert_eq!(db.heads(), ["aaaa"]);
}

fn a_lock_timeout_is_said(db: Scratch) {
    db.rows("CREATE TABLE t (id int)");
    block_on(async {
        let mut other = mssql_client(&db.url).await;
        let hold = "BEGIN TRANSACTION; ALTER TABLE t ADD c int";
        other.simple_query(hold).await.unwrap().into_results().await.unwrap();
        let project = project("ALTER TABLE t ADD d int;");
        let migrator = Migrator::new(project.versions()).lock_timeout(Duration::from_millis(300));
        let error = migrator.upgrade(&db.url, "head").await.unwrap_err();
        assert_eq!(error.code(), Code::StatementFailed, "{error:?}");
        let said = error.message().to_lowercase();
        assert!(said.contains("lock request time out") || said.contains("lock timeout"), "{error}");
        other.simple_query("ROLLBACK").await.unwrap().into_results().await.unwrap();
        migrator.upgrade(&db.url, "head").await.unwrap();
    });
}

fn without_a_transaction_a_revision_goes_on_where_it_stopped(db: Scratch) {
    let file = |last: &str| {
        format!(
            "-- u\n-- Revision: aaaa\n-- migrate:up transaction:off\nCREATE TABLE u (id int);\nGO\n{last};\n\
             -- migrate:down\nDROP TABLE u;\n"
        )
    };
    let broken = project("").with_file("versions/aaaa.sql", &file("INSERT INTO nowhere VALUES (1)"));
    let error = upgrade(&db, &broken).unwrap_err();
    assert!(error.help().unwrap().contains("the first 1 of 2 statements"), "{error:?}");
    assert!(db.has_table("u") && db.heads().is_empty());
    let mended = project("").with_file("versions/aaaa.sql", &file("INSERT INTO u VALUES (1)"));
    upgrade(&db, &mended).unwrap();
    assert_eq!((db.cell("SELECT count(*) FROM u"), db.heads()), ("1".into(), vec!["aaaa".into()]));
}

fn a_killed_connection_leaves_nothing(db: Scratch) {
    let project = project("").with_file(
        "versions/aaaa.sql",
        "-- u\n-- Revision: aaaa\n-- migrate:up\nCREATE TABLE u (id int);\nGO\n-- migrate:call kill\n\
         CREATE TABLE v (id int);\n-- migrate:down\nSELECT 1;\n",
    );
    let url = db.url.clone();
    let migrator = Migrator::new(project.versions()).step("kill", move |context| {
        let url = url.clone();
        Box::pin(async move {
            let rows = context.query("SELECT CAST(@@SPID AS varchar(9))").await?;
            let mut other = mssql_client(&url).await;
            let kill = format!("KILL {}", rows[0][0].as_deref().unwrap());
            other.simple_query(kill).await?.into_results().await?;
            Ok(())
        })
    });
    let error = blocking::Migrator::new(migrator).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::ConnectionLost, "{error:?}");
    assert!(!db.has_table("u") && db.heads().is_empty());
    // The lock went with the session.
    upgrade(&db, &self::project("CREATE TABLE u (id int);")).unwrap();
}

fn a_database_that_is_not_there_is_said(db: Scratch) {
    let url = db.url.replace(&db.name, "migrate_test_of_nobody");
    let error = blocking::Migrator::new(Migrator::new(project("").versions())).current(&url).unwrap_err();
    assert_eq!(error.code(), Code::ConnectionFailed, "{error:?}");
    assert!(error.message().contains("migrate_test_of_nobody"), "{error}");
}
