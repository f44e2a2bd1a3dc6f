//! Several runs at once: who works, who waits, and what nobody does twice.

use std::{path::Path, thread, time::Duration};

use migrate_runtime::{Code, Migrator, Settle, Versions, blocking};
use migrate_tests::{Scratch, ServerKind};

use crate::{
    EVERYWHERE,
    fixtures::{
        SQLITE, WITHOUT_TRANSACTIONAL_DDL, in_doubt, migrator, pausing, project, without_transaction,
    },
    promises,
};

promises! {
    starters_without_a_transaction_run_each_statement_once on SQLITE;
    starters_on_a_missing_file_find_both_tables on SQLITE;
    a_session_without_autocommit_sees_what_others_have_done on WITHOUT_TRANSACTIONAL_DDL;
    a_long_section_is_not_taken_over on SQLITE;
    one_table_has_one_lock_however_it_was_configured on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    a_start_waits_for_a_way_back_that_is_under_way on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    an_impatient_start_does_not_doubt_a_run_that_works on SQLITE;
    the_wait_for_a_run_that_goes_on_has_an_end on SQLITE;
    the_journal_numbers_its_rows_itself on WITHOUT_TRANSACTIONAL_DDL;
    a_missing_journal_is_made_again on EVERYWHERE;
    a_wait_for_ever_is_no_panic on EVERYWHERE;
    a_crashed_run_is_not_waited_for_as_long_as_a_lock on SQLITE;
}

/// Eight threads that all upgrade the database in `file`.
fn eight_starters(versions: &'static Versions, file: &Path) {
    let url = format!("sqlite:{}", file.display());
    let starters: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            thread::spawn(move || blocking::Migrator::new(Migrator::new(versions)).upgrade(&url, "head"))
        })
        .collect();
    for starter in starters {
        starter.join().unwrap().unwrap();
    }
}

fn starters_without_a_transaction_run_each_statement_once(db: Scratch) {
    let inserts: Vec<_> = (0..20).map(|number| format!("INSERT INTO t VALUES ({number});")).collect();
    let text = without_transaction("bbbb", "aaaa", &inserts.join("\n"));
    let versions = project(&db).with_file("versions/bbbb.sql", &text).versions();
    for round in 0..5 {
        let file = db.folder().join(format!("round{round}.db"));
        eight_starters(versions, &file);
        let connection = rusqlite::Connection::open(file).unwrap();
        let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM t"), 20);
        assert_eq!(count("SELECT count(*) FROM migrate_history"), 2);
    }
}

fn starters_on_a_missing_file_find_both_tables(db: Scratch) {
    let versions = project(&db).versions();
    for round in 0..10 {
        eight_starters(versions, &db.folder().join(format!("empty{round}.db")));
    }
}

fn a_session_without_autocommit_sees_what_others_have_done(db: Scratch) {
    let project = project(&db).with(
        "bbbb",
        "aaaa",
        "INSERT INTO t VALUES (1);\n-- migrate:call pause",
        "DELETE FROM t;",
    );
    migrator(&project).upgrade(&db.url, "aaaa").unwrap();
    let versions = project.versions();
    let url = db.url.replacen("mariadb://", "mysql://", 1);
    let starters: Vec<_> = (0..2)
        .map(|_| {
            let url = url.clone();
            thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let mut connection = mysql_async::Conn::from_url(&url).await.unwrap();
                    mysql_async::prelude::Queryable::query_drop(&mut connection, "SET autocommit = 0")
                        .await
                        .unwrap();
                    let migrator = pausing(versions, Duration::from_millis(400));
                    migrator.upgrade(&mut connection, "head").await.unwrap();
                    let mode: Option<u8> =
                        mysql_async::prelude::Queryable::query_first(&mut connection, "SELECT @@autocommit")
                            .await
                            .unwrap();
                    assert_eq!(mode, Some(0), "the caller's setting comes back");
                    connection.disconnect().await.unwrap();
                });
            })
        })
        .collect();
    for starter in starters {
        starter.join().unwrap();
    }
    assert_eq!(db.cell("SELECT count(*) FROM t"), "1");
    assert_eq!(db.cell("SELECT count(*) FROM migrate_history"), "2");
}

/// The shape of a table rebuild: a pragma outside a transaction, then a long section inside one.
fn a_long_section_is_not_taken_over(db: Scratch) {
    let text = "-- rebuild\n-- Revision: bbbb\n-- Revises: aaaa\n-- migrate:up transaction:off\nPRAGMA foreign_keys = OFF;\n\
                -- migrate:up\nINSERT INTO t VALUES (1);\n-- migrate:call pause\nINSERT INTO t VALUES (2);\n\
                -- migrate:down\nDELETE FROM t;\n";
    let versions = project(&db).with_file("versions/bbbb.sql", text).versions();
    let url = db.url.clone();
    let starters: Vec<_> = (0..3)
        .map(|_| {
            let url = url.clone();
            thread::spawn(move || {
                let migrator = pausing(versions, Duration::from_millis(3500));
                blocking::Migrator::new(migrator).upgrade(&url, "head")
            })
        })
        .collect();
    for starter in starters {
        starter.join().unwrap().unwrap();
    }
    assert_eq!(db.cell("SELECT count(*) FROM t"), "2");
    assert_eq!(db.cell("SELECT count(*) FROM migrate_history"), "2");
}

fn one_table_has_one_lock_however_it_was_configured(db: Scratch) {
    let project = project(&db).with(
        "bbbb",
        "aaaa",
        "INSERT INTO t VALUES (1);\n-- migrate:call pause",
        "DELETE FROM t;",
    );
    migrator(&project).upgrade(&db.url, "aaaa").unwrap();
    let versions = project.versions();
    let schema = if db.kind() == ServerKind::Postgres { "public".to_owned() } else { db.name.clone() };
    let starters: Vec<_> = [None, Some(schema)]
        .into_iter()
        .map(|schema| {
            let url = db.url.clone();
            thread::spawn(move || {
                let migrator = pausing(versions, Duration::from_millis(500));
                let migrator = schema.into_iter().fold(migrator, Migrator::schema);
                blocking::Migrator::new(migrator).upgrade(&url, "head").unwrap().steps.len()
            })
        })
        .collect();
    let applied: usize = starters.into_iter().map(|starter| starter.join().unwrap()).sum();
    assert_eq!(applied, 1);
    assert_eq!(db.cell("SELECT count(*) FROM t"), "1");
}

fn a_missing_journal_is_made_again(db: Scratch) {
    let project = project(&db);
    migrator(&project).ensure_version(&db.url).unwrap();
    db.rows("DROP TABLE migrate_history");
    migrator(&project).ensure_version(&db.url).unwrap();
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.heads(), ["aaaa"]);
}

fn a_wait_for_ever_is_no_panic(db: Scratch) {
    let project = project(&db);
    let patient = Migrator::new(project.versions()).lock_wait(Duration::MAX);
    blocking::Migrator::new(patient.clone()).upgrade(&db.url, "head").unwrap();
    blocking::Migrator::new(patient).wait(&db.url, Duration::MAX).unwrap();
}

/// The journal as a run leaves it that was killed in the middle of a statement. The lock wait is five minutes.
fn a_crashed_run_is_not_waited_for_as_long_as_a_lock(db: Scratch) {
    let text =
        without_transaction("bbbb", "aaaa", "CREATE TABLE u (id int);\nINSERT INTO nowhere VALUES (1);");
    let project = project(&db).with_file("versions/bbbb.sql", &text);
    migrator(&project).upgrade(&db.url, "head").unwrap_err();
    db.rows(
        "UPDATE migrate_history SET attempted = 2, tool = 'cargo-migrate 0.1.0 #dead' WHERE finished IS NULL",
    );
    let began = std::time::Instant::now();
    in_doubt(&migrator(&project).upgrade(&db.url, "head").unwrap_err());
    assert!(began.elapsed() < Duration::from_mins(2), "{:?}", began.elapsed());
}

/// A revision that is working in its Rust step `pause`, in a thread of its own.
fn at_work(
    db: &Scratch,
    versions: &'static Versions,
    pause: Duration,
    work: fn(&blocking::Migrator<'static>, &str),
) -> thread::JoinHandle<()> {
    let (begun, wait) = std::sync::mpsc::channel();
    let url = db.url.clone();
    let worker = thread::spawn(move || {
        let migrator = Migrator::new(versions).step("pause", move |_| {
            // Only the first pause is waited for.
            let _ = begun.send(());
            Box::pin(async move {
                thread::sleep(pause);
                Ok(())
            })
        });
        work(&blocking::Migrator::new(migrator), &url);
    });
    wait.recv().unwrap();
    worker
}

fn a_start_waits_for_a_way_back_that_is_under_way(db: Scratch) {
    let text = "-- u\n-- Revision: bbbb\n-- Revises: aaaa\n-- migrate:up\nCREATE TABLE u (id int);\n\
                -- migrate:down transaction:off\nDROP TABLE u;\n-- migrate:call pause\n";
    let versions = project(&db).with_file("versions/bbbb.sql", text).versions();
    let migrator = blocking::Migrator::new(pausing(versions, Duration::ZERO));
    migrator.upgrade(&db.url, "head").unwrap();
    let worker = at_work(&db, versions, Duration::from_millis(1500), |migrator, url| {
        migrator.downgrade(url, "-1").unwrap();
    });
    let error = migrator.verify(&db.url).unwrap_err();
    assert!(error.message().contains("is under way, or stopped"), "{error}");
    assert_eq!(migrator.upgrade(&db.url, "head").unwrap().steps.len(), 1);
    worker.join().unwrap();
    assert!(db.has_table("u"));
    assert_eq!(db.heads(), ["bbbb"]);
}

/// Nobody can tell a run that works from one that was killed in less time than that takes.
fn an_impatient_start_does_not_doubt_a_run_that_works(db: Scratch) {
    let text = without_transaction("bbbb", "aaaa", "-- migrate:call pause\nINSERT INTO t VALUES (1);");
    let versions = project(&db).with_file("versions/bbbb.sql", &text).versions();
    let worker = at_work(&db, versions, Duration::from_millis(2500), |migrator, url| {
        migrator.upgrade(url, "head").unwrap();
    });
    let impatient = pausing(versions, Duration::ZERO).lock_wait(Duration::from_millis(200));
    let impatient = blocking::Migrator::new(impatient);
    let upgrade = impatient.upgrade(&db.url, "head").map(drop);
    let settle = impatient.settle(&db.url, Settle::Redo).map(drop);
    for outcome in [upgrade, settle] {
        let error = outcome.unwrap_err();
        assert_eq!((error.code(), error.code().exit_code()), (Code::Locked, 5), "{error:?}");
    }
    worker.join().unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM t"), "1");
}

fn the_wait_for_a_run_that_goes_on_has_an_end(db: Scratch) {
    let up = "-- migrate:call pause\nINSERT INTO t VALUES (1);\n".repeat(20);
    let text = without_transaction("bbbb", "aaaa", &up);
    let versions = project(&db).with_file("versions/bbbb.sql", &text).versions();
    let worker = at_work(&db, versions, Duration::from_millis(200), |migrator, url| {
        migrator.upgrade(url, "head").unwrap();
    });
    let impatient = pausing(versions, Duration::ZERO).lock_wait(Duration::from_secs(1));
    let error = blocking::Migrator::new(impatient).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::Locked, "{error:?}");
    worker.join().unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM t"), "20");
}

/// As on a cluster, whose nodes count each in steps of its own: two runs at once must want the same number.
fn the_journal_numbers_its_rows_itself(db: Scratch) {
    let versions = project(&db).with("bbbb", "aaaa", "CREATE TABLE u (id int);", "DROP TABLE u;").versions();
    let url = db.url.replacen("mariadb://", "mysql://", 1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = mysql_async::Conn::from_url(&url).await.unwrap();
        let steps = "SET SESSION auto_increment_increment = 7, auto_increment_offset = 3";
        mysql_async::prelude::Queryable::query_drop(&mut connection, steps).await.unwrap();
        let migrator = Migrator::new(versions);
        migrator.upgrade(&mut connection, "head").await.unwrap();
        migrator.stamp(&mut connection, &["aaaa"], false).await.unwrap();
        connection.disconnect().await.unwrap();
    });
    assert_eq!(db.rows("SELECT id FROM migrate_history ORDER BY id"), [["1"], ["2"], ["3"]]);
}
