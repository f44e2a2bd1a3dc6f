//! What goes wrong, and what is left behind.

use std::{fs, time::Duration};

use migrate_runtime::{Code, Migrator, Settle, TransactionMode, blocking};
use migrate_tests::{Project, Scratch, ServerKind};

use crate::{EVERYWHERE, promises};

const NETWORKED: &[ServerKind] =
    &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql, ServerKind::Mssql];
const WITHOUT_TRANSACTIONAL_DDL: &[ServerKind] = &[ServerKind::Mariadb, ServerKind::Mysql];

promises! {
    a_refused_statement_is_shown_with_its_place on EVERYWHERE;
    a_failure_quotes_the_review_above_it_and_says_what_stays on EVERYWHERE;
    what_the_rows_refuse_is_told_with_the_way_on on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    what_stands_in_the_way_of_a_statement_is_told on &[ServerKind::Sqlite, ServerKind::Postgres];
    what_is_there_already_can_be_stamped on EVERYWHERE;
    a_failed_revision_is_rolled_back on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mssql];
    a_failed_revision_goes_on_where_it_stopped on WITHOUT_TRANSACTIONAL_DDL;
    a_way_back_that_stopped_half_way_is_never_taken_for_whole on WITHOUT_TRANSACTIONAL_DDL;
    statements_that_have_run_may_not_change on WITHOUT_TRANSACTIONAL_DDL;
    a_statement_in_doubt_needs_a_human on WITHOUT_TRANSACTIONAL_DDL;
    a_failure_outside_a_transaction_goes_on_where_it_stopped on &[ServerKind::Postgres, ServerKind::Sqlite];
    an_edited_revision_is_refused_going_up_and_let_go_down on EVERYWHERE;
    a_layout_change_is_no_edit on EVERYWHERE;
    an_irreversible_revision_stops_a_downgrade_before_it_begins on EVERYWHERE;
    transaction_control_in_a_transaction_is_refused on EVERYWHERE;
    a_lock_that_is_held_is_waited_for_and_given_up on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql, ServerKind::Sqlite];
    the_lock_is_free_after_a_failure on NETWORKED;
    a_wrong_password_is_said_without_it on NETWORKED;
    an_unreachable_server_is_said on NETWORKED;
    another_dialect_is_refused on EVERYWHERE;
    a_read_only_database_is_said on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    a_statement_that_waits_too_long_for_a_lock_fails on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    a_statement_that_runs_too_long_fails on NETWORKED;
    tls_can_be_verified on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
}

fn blocking_of(project: &Project) -> blocking::Migrator<'static> {
    blocking::Migrator::new(Migrator::new(project.versions()))
}

fn two(db: &Scratch, second: &str) -> Project {
    Project::new(db.kind().dialect())
        .with("aaaa", "", "CREATE TABLE t (id int PRIMARY KEY);", "DROP TABLE t;")
        .with("bbbb", "aaaa", second, "DROP TABLE u;")
}

fn a_refused_statement_is_shown_with_its_place(db: Scratch) {
    let project = two(&db, "CREATE TABLE u (é_id int);\n\nINSERT INTO t\n  (id, nme)\n  VALUES (1, 2);");
    let error = blocking_of(&project).upgrade(&db.url, "head").unwrap_err();
    assert_eq!((error.code(), error.revision()), (Code::StatementFailed, Some("bbbb")), "{error:?}");
    let place = error.place().unwrap();
    assert_eq!(place.file, "versions/bbbb.sql");
    // PostgreSQL and SQLite point at the word; the others at the statement, which begins on line 8.
    let expected = match db.kind() {
        ServerKind::Postgres | ServerKind::Sqlite => (9..=9, 8..=8),
        _ => (8..=10, 1..=3),
    };
    let expected = if db.kind() == ServerKind::Sqlite { (8..=9, 1..=7) } else { expected };
    assert!(
        expected.0.contains(&place.position.line) && expected.1.contains(&place.position.column),
        "{error:?}"
    );
    assert!(
        error.message().contains("nme") || db.kind() == ServerKind::Mssql,
        "the server's own words: {error}"
    );
}

fn a_failure_quotes_the_review_above_it_and_says_what_stays(db: Scratch) {
    let project = two(
        &db,
        "-- review: of another statement\nCREATE TABLE u (id int);\n\n-- review: this fails without\n--   a table to write to\n\
         INSERT INTO nowhere VALUES (1);",
    );
    let error = blocking_of(&project).upgrade(&db.url, "head").unwrap_err();
    let help: Vec<_> = error.help().unwrap().lines().collect();
    assert_eq!(help[0], "review: this fails without a table to write to", "{error:?}");
    if WITHOUT_TRANSACTIONAL_DDL.contains(&db.kind()) {
        assert!(help[1].starts_with("the first 1 of 2 statements"), "{error:?}");
        return;
    }
    assert_eq!(help[1..], ["the revision was rolled back: nothing of it stays"], "{error:?}");
    assert!(db.has_table("t") && !db.has_table("u"));
    let together = Migrator::new(project.versions()).transaction_mode(TransactionMode::All);
    let together = blocking::Migrator::new(together);
    together.downgrade(&db.url, "base").unwrap();
    let error = together.upgrade(&db.url, "head").unwrap_err();
    let help = error.help().unwrap_or_default();
    assert!(help.ends_with("all revisions of this run were rolled back: nothing of them stays"), "{error:?}");
    assert!(!db.has_table("t"));
}

fn what_the_rows_refuse_is_told_with_the_way_on(db: Scratch) {
    let rows = "CREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE c (id int PRIMARY KEY, a int, CHECK (id > 0));\n\
                INSERT INTO c VALUES (1, NULL);\nINSERT INTO c VALUES (2, 7);\nINSERT INTO c VALUES (3, 7);";
    let [nulls, orphans, checked] = match db.kind() {
        ServerKind::Sqlite => [
            "ALTER TABLE c ADD COLUMN n int NOT NULL",
            "CREATE TABLE k (a int REFERENCES p (id));\nINSERT INTO k VALUES (7)",
            "INSERT INTO c VALUES (-1, 1)",
        ],
        ServerKind::Postgres => [
            "ALTER TABLE c ALTER COLUMN a SET NOT NULL",
            "ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)",
            "ALTER TABLE c ADD CONSTRAINT k CHECK (id > 1)",
        ],
        ServerKind::Mariadb | ServerKind::Mysql => [
            "ALTER TABLE c MODIFY a int NOT NULL",
            "ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)",
            "ALTER TABLE c ADD CONSTRAINT k CHECK (id > 1)",
        ],
        ServerKind::Mssql => unreachable!("not in the list"),
    };
    let filled = Project::new(db.kind().dialect()).with("aaaa", "", rows, "DROP TABLE c;\nDROP TABLE p;");
    for (statement, expected) in [
        ("CREATE UNIQUE INDEX x ON c (a)", "hold the same values"),
        (nulls, "NULL"),
        (orphans, "rows that are not there"),
        (checked, "break the check"),
    ] {
        let project = filled.clone().with("bbbb", "aaaa", &format!("{statement};"), "SELECT 1;");
        let migrator = blocking_of(&project);
        let error = migrator.upgrade(&db.url, "head").unwrap_err();
        assert_eq!(error.code(), Code::StatementFailed, "{error:?}");
        assert!(error.help().unwrap_or_default().contains(expected), "{statement}: {error:?}");
    }
}

fn what_stands_in_the_way_of_a_statement_is_told(db: Scratch) {
    let view = "CREATE TABLE t (id int PRIMARY KEY, a int);\nCREATE VIEW v AS SELECT a FROM t;";
    let filled = Project::new(db.kind().dialect()).with("aaaa", "", view, "DROP VIEW v;\nDROP TABLE t;");
    let told = |statement: &str| {
        let project = filled.clone().with("bbbb", "aaaa", &format!("{statement};"), "SELECT 1;");
        let error = blocking_of(&project).upgrade(&db.url, "head").unwrap_err();
        error.help().unwrap_or_default().to_owned()
    };
    let help = told("ALTER TABLE t DROP COLUMN a");
    assert!(help.contains("create it again below"), "{help}");
    if db.kind() == ServerKind::Postgres {
        let help = told("ALTER TABLE t ALTER COLUMN a TYPE bigint");
        assert!(help.contains("create it again below"), "{help}");
        let help = told("CREATE TABLE w (a nosuchtype)");
        assert!(help.contains("`CREATE EXTENSION IF NOT EXISTS NAME;`"), "{help}");
        let help = told("CREATE EXTENSION nosuchextension");
        assert!(help.contains("package on the server"), "{help}");
    }
}

fn what_is_there_already_can_be_stamped(db: Scratch) {
    let column = if db.kind() == ServerKind::Mssql { "ADD id int" } else { "ADD COLUMN id int" };
    for up in ["CREATE TABLE t (id int);".to_owned(), format!("ALTER TABLE t {column};")] {
        let migrator = blocking_of(&two(&db, &up));
        let error = migrator.upgrade(&db.url, "head").unwrap_err();
        assert_eq!(error.code(), Code::StatementFailed, "{error:?}");
        assert!(error.help().unwrap_or_default().contains("`stamp bbbb`"), "{error:?}");
    }
    let migrator = blocking_of(&two(&db, "CREATE TABLE t (id int);"));
    migrator.stamp(&db.url, &["bbbb"], false).unwrap();
    migrator.verify(&db.url).unwrap();
    // What else is refused has nothing to do with it; neither has the way back.
    let error = blocking_of(&two(&db, "SELECT 1;")).downgrade(&db.url, "-1").unwrap_err();
    assert!(!error.help().unwrap_or_default().contains("there already"), "{error:?}");
}

fn a_failed_revision_is_rolled_back(db: Scratch) {
    let project =
        two(&db, "CREATE TABLE u (id int);\nINSERT INTO u VALUES (1);\nINSERT INTO nowhere VALUES (1);");
    let migrator = blocking_of(&project);
    assert_eq!(migrator.upgrade(&db.url, "head").unwrap_err().code(), Code::StatementFailed);
    assert_eq!(db.heads(), ["aaaa"]);
    assert!(!db.has_table("u"));
    assert_eq!(db.cell("SELECT count(*) FROM migrate_history"), "1");
    let mended = two(&db, "CREATE TABLE u (id int);");
    blocking_of(&mended).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.heads(), ["bbbb"]);
}

fn a_failed_revision_goes_on_where_it_stopped(db: Scratch) {
    let up = "SET @keep = 7;\nCREATE TABLE u (id int);\nINSERT INTO u VALUES (1);\nINSERT INTO u VALUES (2);\nCREATE TABLE v (id int);\n";
    let project = two(&db, &format!("{up}INSERT INTO u VALUES (3);\nINSERT INTO nowhere VALUES (@keep);"));
    let error = blocking_of(&project).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::StatementFailed);
    assert!(error.help().unwrap().contains("the first 5 of 7 statements"), "{error:?}");
    assert_eq!(db.heads(), ["aaaa"]);
    // The group of data statements that failed was rolled back as a whole.
    assert_eq!(db.rows("SELECT id FROM u ORDER BY id"), [["1"], ["2"]]);

    let error = blocking_of(&project).downgrade(&db.url, "base").unwrap_err();
    assert_eq!(error.code(), Code::Interrupted, "nothing else until it is finished: {error:?}");

    let mended = two(&db, &format!("{up}INSERT INTO u VALUES (3);\nINSERT INTO v VALUES (@keep);"));
    blocking_of(&mended).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.heads(), ["bbbb"]);
    assert_eq!(db.rows("SELECT id FROM u ORDER BY id"), [["1"], ["2"], ["3"]]);
    assert_eq!(
        db.rows("SELECT id FROM v"),
        [["7"]],
        "what an earlier statement set in the session is set again"
    );
    assert_eq!(db.cell("SELECT count(*) FROM migrate_history WHERE finished IS NULL"), "0");
}

/// The version table still names the head; a start-up that looks at it alone must notice all the same.
fn a_way_back_that_stopped_half_way_is_never_taken_for_whole(db: Scratch) {
    let project = two(&db, "CREATE TABLE u (id int);\nCREATE TABLE v (id int);");
    let down = |second: &str| {
        let text = migrate_tests::revision(
            "bbbb",
            "aaaa",
            "CREATE TABLE u (id int);\nCREATE TABLE v (id int);",
            second,
        );
        project.clone().with_file("versions/bbbb.sql", &text)
    };
    let broken = blocking_of(&down("DROP TABLE u;\nDROP TABLE nowhere;"));
    broken.upgrade(&db.url, "head").unwrap();
    let error = broken.downgrade(&db.url, "-1").unwrap_err();
    assert_eq!(error.code(), Code::StatementFailed, "{error:?}");
    assert!(!db.has_table("u") && db.has_table("v"));
    for outcome in
        [broken.upgrade(&db.url, "head").map(drop), broken.verify(&db.url), broken.status(&db.url).map(drop)]
    {
        assert_eq!(outcome.unwrap_err().code(), Code::Interrupted);
    }
    let mended = blocking_of(&down("DROP TABLE u;\nDROP TABLE v;"));
    mended.downgrade(&db.url, "-1").unwrap();
    assert_eq!(db.heads(), ["aaaa"]);
    assert!(!db.has_table("v"));
    mended.upgrade(&db.url, "head").unwrap();
    mended.verify(&db.url).unwrap();
}

fn statements_that_have_run_may_not_change(db: Scratch) {
    let project = two(&db, "CREATE TABLE u (id int);\nCREATE TABLE v (id int);\nCREATE TABLE broken;");
    let error = blocking_of(&project).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::StatementFailed);
    let edited = two(&db, "CREATE TABLE u (id bigint);\nCREATE TABLE v (id int);\nCREATE TABLE w (id int);");
    let error = blocking_of(&edited).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::Tampered, "{error:?}");
    let shortened = two(&db, "CREATE TABLE u (id int);");
    let error = blocking_of(&shortened).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::Tampered, "{error:?}");
    assert!(!db.has_table("w"));
    blocking_of(&edited).stamp(&db.url, &["bbbb"], false).unwrap();
    assert_eq!(db.heads(), ["bbbb"], "a stamp says where the database is, whatever has happened");
}

/// The journal as a killed process leaves it: a statement was begun, and nothing says that it is done.
fn a_statement_in_doubt_needs_a_human(db: Scratch) {
    let project =
        two(&db, "CREATE TABLE u (id int);\nCREATE TABLE v (id int, x broken);\nCREATE TABLE w (id int);");
    let migrator = blocking_of(&project);
    migrator.upgrade(&db.url, "head").unwrap_err();
    db.rows("UPDATE migrate_history SET attempted = 2, who = 'another host' WHERE finished IS NULL");
    let mended = two(&db, "CREATE TABLE u (id int);\nCREATE TABLE v (id int);\nCREATE TABLE w (id int);");
    let migrator = blocking_of(&mended);
    let error = migrator.upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::Interrupted);
    assert!(
        error.message().contains("statement 2 of 3") && error.message().contains("another host"),
        "{error}"
    );
    assert!(error.help().unwrap().contains("`resume --done`"), "{error:?}");
    assert!(!db.has_table("w"));
    assert_eq!(migrator.settle(&db.url, Settle::Done).unwrap(), "bbbb");
    assert_eq!(migrator.settle(&db.url, Settle::Done).unwrap_err().code(), Code::Usage);
    migrator.upgrade(&db.url, "head").unwrap();
    assert!(db.has_table("w"));
    assert_eq!(db.heads(), ["bbbb"]);
}

fn a_failure_outside_a_transaction_goes_on_where_it_stopped(db: Scratch) {
    let file = |last: &str| {
        format!(
            "-- u\n-- Revision: bbbb\n-- Revises: aaaa\n-- migrate:up transaction:off\nCREATE TABLE u (id int);\n{last};\n\
             -- migrate:down\nDROP TABLE u;\n"
        )
    };
    let project = two(&db, "").with_file("versions/bbbb.sql", &file("INSERT INTO nowhere VALUES (1)"));
    let error = blocking_of(&project).upgrade(&db.url, "head").unwrap_err();
    assert!(error.help().unwrap().contains("the first 1 of 2 statements"), "{error:?}");
    assert!(db.has_table("u"));
    assert_eq!(db.heads(), ["aaaa"]);
    let mended = two(&db, "").with_file("versions/bbbb.sql", &file("INSERT INTO u VALUES (1)"));
    blocking_of(&mended).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM u"), "1");
    assert_eq!(db.heads(), ["bbbb"]);
}

fn an_edited_revision_is_refused_going_up_and_let_go_down(db: Scratch) {
    let project = two(&db, "CREATE TABLE u (id int);");
    blocking_of(&project).upgrade(&db.url, "head").unwrap();
    let edited = project.with("aaaa", "", "CREATE TABLE t (id bigint PRIMARY KEY);", "DROP TABLE t;").with(
        "cccc",
        "bbbb",
        "CREATE TABLE w (id int);",
        "DROP TABLE w;",
    );
    let migrator = blocking_of(&edited);
    let error = migrator.upgrade(&db.url, "head").unwrap_err();
    assert_eq!((error.code(), error.revision()), (Code::Tampered, Some("aaaa")), "{error:?}");
    assert!(!db.has_table("w"));
    migrator.downgrade(&db.url, "base").unwrap();
    migrator.upgrade(&db.url, "head").unwrap();
    assert_eq!(db.heads(), ["cccc"]);
}

fn a_layout_change_is_no_edit(db: Scratch) {
    let project = two(&db, "CREATE TABLE u (id int);");
    blocking_of(&project).upgrade(&db.url, "head").unwrap();
    let text = "\u{feff}-- other words\r\n-- Revision: bbbb\r\n-- Revises: aaaa\r\n-- migrate:up\r\n\r\n  CREATE TABLE\r\n\tu (id int); -- now\r\n\
                -- migrate:down\r\nDROP TABLE IF EXISTS u;\r\n";
    let reformatted = project.with_file("versions/bbbb.sql", text);
    blocking_of(&reformatted).verify(&db.url).unwrap();
    assert_eq!(blocking_of(&reformatted).upgrade(&db.url, "head").unwrap().steps.len(), 0);
}

fn an_irreversible_revision_stops_a_downgrade_before_it_begins(db: Scratch) {
    let text = "-- drop names\n-- Revision: bbbb\n-- Revises: aaaa\n-- migrate:up\nCREATE TABLE u (id int);\n-- migrate:irreversible the names are gone\n";
    let project = two(&db, "").with_file("versions/bbbb.sql", text).with(
        "cccc",
        "bbbb",
        "CREATE TABLE v (id int);",
        "DROP TABLE v;",
    );
    let migrator = blocking_of(&project);
    migrator.upgrade(&db.url, "head").unwrap();
    let error = migrator.downgrade(&db.url, "base").unwrap_err();
    assert_eq!(error.code(), Code::Irreversible);
    assert!(error.message().contains("the names are gone"), "{error}");
    assert!(db.has_table("v"));
    migrator.downgrade(&db.url, "bbbb").unwrap();
    assert!(!db.has_table("v"));
}

fn transaction_control_in_a_transaction_is_refused(db: Scratch) {
    let commit = if db.kind() == ServerKind::Mssql { "COMMIT TRANSACTION" } else { "COMMIT" };
    let project = Project::new(db.kind().dialect());
    // Sealing reads the script, and so refuses it before any database is near.
    let text = migrate_tests::revision("aaaa", "", &format!("CREATE TABLE t (id int);\n{commit};"), "");
    let loaded = migrate_core::Catalog::load([("versions/aaaa.sql", text)], &[db.kind().dialect()]);
    let error = loaded.unwrap_err();
    assert_eq!(error.code(), Code::UnsupportedStatement);
    assert!(error.help().unwrap().contains("transaction:off"), "{error:?}");
    assert!(error.place().is_some());
    drop(project);
}

fn a_lock_that_is_held_is_waited_for_and_given_up(db: Scratch) {
    let project = two(&db, "CREATE TABLE u (id int);");
    let holder = project.clone().with(
        "aaaa",
        "",
        "CREATE TABLE t (id int PRIMARY KEY);\n-- migrate:call pause",
        "DROP TABLE t;",
    );
    let (versions, url) = (holder.versions(), db.url.clone());
    let (begun, wait) = std::sync::mpsc::channel();
    let held = std::thread::spawn(move || {
        let migrator = Migrator::new(versions).step("pause", move |_| {
            begun.send(()).unwrap();
            Box::pin(async {
                std::thread::sleep(Duration::from_millis(1500));
                Ok(())
            })
        });
        blocking::Migrator::new(migrator).upgrade(&url, "aaaa").unwrap();
    });
    wait.recv().unwrap();
    let impatient = blocking::Migrator::new(
        Migrator::new(holder.versions())
            .lock_wait(Duration::from_millis(200))
            .step("pause", |_| Box::pin(async { Ok(()) })),
    );
    let error = impatient.upgrade(&db.url, "head").unwrap_err();
    assert_eq!((error.code(), error.code().exit_code()), (Code::Locked, 5), "{error:?}");
    let patient = blocking::Migrator::new(
        Migrator::new(holder.versions()).step("pause", |_| Box::pin(async { Ok(()) })),
    );
    let report = patient.upgrade(&db.url, "head").unwrap();
    assert_eq!(report.steps.iter().map(|step| step.revision.as_str()).collect::<Vec<_>>(), ["bbbb"]);
    held.join().unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM migrate_history"), "2");
}

fn the_lock_is_free_after_a_failure(db: Scratch) {
    let project = two(&db, "INSERT INTO nowhere VALUES (1);");
    let migrator =
        blocking::Migrator::new(Migrator::new(project.versions()).lock_wait(Duration::from_millis(300)));
    for _ in 0..3 {
        assert_eq!(migrator.upgrade(&db.url, "head").unwrap_err().code(), Code::StatementFailed);
    }
}

fn a_wrong_password_is_said_without_it(db: Scratch) {
    let (scheme, rest) = db.url.split_once("://").unwrap();
    let (login, address) = rest.split_once('@').unwrap();
    let user = login.split(':').next().unwrap();
    let url = format!("{scheme}://{user}:not%2Fthe%20secret@{address}");
    let error = blocking_of(&two(&db, "")).upgrade(&url, "head").unwrap_err();
    assert_eq!(error.code(), Code::ConnectionFailed);
    let shown = format!("{error} {error:?} {:?}", error.help());
    assert!(!shown.contains("not/the secret") && !shown.contains("not%2Fthe"), "{shown}");
    assert!(error.message().contains("refused the login"), "{error}");
}

fn an_unreachable_server_is_said(db: Scratch) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let scheme = db.url.split_once("://").unwrap().0;
    let error = blocking_of(&two(&db, ""))
        .upgrade(&format!("{scheme}://u:pw@127.0.0.1:{free}/d"), "head")
        .unwrap_err();
    assert_eq!(error.code(), Code::ConnectionFailed, "{error:?}");
    assert!(error.to_string().contains(&free.to_string()), "{error}");
}

fn another_dialect_is_refused(db: Scratch) {
    let other = if db.kind() == ServerKind::Sqlite { ServerKind::Postgres } else { ServerKind::Sqlite };
    let project = Project::new(other.dialect()).with("aaaa", "", "CREATE TABLE t (id int);", "DROP TABLE t;");
    let error = blocking_of(&project).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::DialectNotConfigured);
    assert!(error.help().unwrap().contains("dialects = [...]"), "{error:?}");
    assert!(!db.has_table("migrate_version"));
    if db.kind() == ServerKind::Mariadb {
        let project = Project::new(migrate_core::Dialect::Mysql).with(
            "aaaa",
            "",
            "CREATE TABLE t (id int);",
            "DROP TABLE t;",
        );
        blocking_of(&project).upgrade(&db.url, "head").unwrap();
    }
}

fn a_read_only_database_is_said(db: Scratch) {
    let project = two(&db, "CREATE TABLE u (id int);");
    let migrator = blocking_of(&project);
    migrator.upgrade(&db.url, "aaaa").unwrap();
    let url = match db.kind() {
        ServerKind::Sqlite => {
            let mut rights = fs::metadata(&db.name).unwrap().permissions();
            rights.set_readonly(true);
            fs::set_permissions(&db.name, rights).unwrap();
            format!("{}?mode=ro", db.url)
        }
        ServerKind::Postgres => {
            format!("{}?options=-c%20default_transaction_read_only%3Don", db.url)
        }
        _ => {
            let user = format!("reader_{}", db.name.rsplit_once("test_").unwrap().1);
            db.rows(&format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'pw'"));
            db.rows(&format!("GRANT SELECT ON {}.* TO '{user}'@'%'", db.name));
            let (scheme, rest) = db.url.split_once("://").unwrap();
            format!("{scheme}://{user}:pw@{}", rest.split_once('@').unwrap().1)
        }
    };
    let error = migrator.upgrade(&url, "head").unwrap_err();
    assert_eq!(error.code(), Code::ReadOnly, "{error:?}");
    assert_eq!(db.heads(), ["aaaa"]);
    assert!(!db.has_table("u"));
    assert_eq!(migrator.verify(&url).unwrap_err().code(), Code::NotCurrent, "reading still works");
    if matches!(db.kind(), ServerKind::Mariadb | ServerKind::Mysql) {
        db.rows(&format!("DROP USER 'reader_{}'@'%'", db.name.rsplit_once("test_").unwrap().1));
    }
}

fn tls_can_be_verified(db: Scratch) {
    let Some(ca) = &db.server.ca else { panic!("the server of this test must have a certificate") };
    let (mode, root) = if db.kind() == ServerKind::Postgres {
        ("verify-full", "sslrootcert")
    } else {
        ("verify-identity", "ssl-ca")
    };
    let mode_key = if db.kind() == ServerKind::Postgres { "sslmode" } else { "ssl-mode" };
    let migrator = blocking_of(&two(&db, "CREATE TABLE u (id int);"));
    migrator.upgrade(&format!("{}?{mode_key}={mode}&{root}={ca}", db.url), "head").unwrap();
    // Without the authority, the system's certificates do not vouch for it.
    let error = migrator.verify(&format!("{}?{mode_key}={mode}", db.url)).unwrap_err();
    assert_eq!(error.code(), Code::ConnectionFailed, "{error:?}");
    migrator
        .verify(&format!(
            "{}?{mode_key}={}",
            db.url,
            if mode == "verify-full" { "require" } else { "required" }
        ))
        .unwrap();
    migrator
        .verify(&format!(
            "{}?{mode_key}={}",
            db.url,
            if mode == "verify-full" { "disable" } else { "disabled" }
        ))
        .unwrap();
}

fn a_statement_that_waits_too_long_for_a_lock_fails(db: Scratch) {
    let project = two(&db, "ALTER TABLE t ADD COLUMN name varchar(9);");
    blocking_of(&project).upgrade(&db.url, "aaaa").unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let outcome = runtime.block_on(async {
        let migrator = Migrator::new(project.versions()).lock_timeout(Duration::from_secs(1));
        if db.kind() == ServerKind::Postgres {
            let (client, connection) = tokio_postgres::connect(&db.url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute("BEGIN; SELECT * FROM t").await.unwrap();
            migrator.upgrade(&db.url, "head").await
        } else {
            use mysql_async::prelude::Queryable as _;
            let url = db.url.replacen("mariadb://", "mysql://", 1);
            let mut reader = mysql_async::Conn::from_url(&url).await.unwrap();
            reader.query_drop("START TRANSACTION").await.unwrap();
            reader.query_drop("SELECT * FROM t").await.unwrap();
            migrator.upgrade(&db.url, "head").await
        }
    });
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), Code::StatementFailed, "{error:?}");
    assert!(error.help().unwrap().contains("holds a lock"), "{error:?}");
    assert_eq!(db.heads(), ["aaaa"]);
    blocking_of(&project).upgrade(&db.url, "head").unwrap();
}

fn a_statement_that_runs_too_long_fails(db: Scratch) {
    let project = two(&db, "SELECT pg_sleep(5);");
    blocking_of(&project).upgrade(&db.url, "aaaa").unwrap();
    let limited = Migrator::new(project.versions()).statement_timeout(Duration::from_millis(200));
    let error = blocking::Migrator::new(limited).upgrade(&db.url, "head").unwrap_err();
    // The other engines have no limit for DDL, and say so instead of promising one.
    let expected = if db.kind() == ServerKind::Postgres { Code::StatementFailed } else { Code::Usage };
    assert_eq!(error.code(), expected, "{error:?}");
    assert_eq!(db.heads(), ["aaaa"]);
}
