//! Upgrade, downgrade, stamp: what they leave behind.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use migrate_runtime::{Code, Event, Migrator, Status, blocking};
use migrate_tests::{Project, Scratch, ServerKind};

use crate::{EVERYWHERE, promises};

promises! {
    up_down_and_up_again on EVERYWHERE;
    a_merge_of_branches_leaves_one_head on EVERYWHERE;
    status_follows_the_database on EVERYWHERE;
    a_dry_run_writes_nothing on EVERYWHERE;
    a_stamp_runs_nothing on EVERYWHERE;
    a_purging_stamp_forgets_unknown_heads on EVERYWHERE;
    the_journal_tells_what_was_done on EVERYWHERE;
    a_rust_step_runs_in_the_transaction_of_its_revision on EVERYWHERE;
    a_rust_step_hears_what_it_is_told on EVERYWHERE;
    a_failed_rust_step_leaves_nothing on EVERYWHERE;
    the_tables_can_live_in_a_schema_of_their_own on &[ServerKind::Postgres, ServerKind::Mssql];
    ensure_version_creates_the_tables_once on EVERYWHERE;
    a_revision_cannot_lead_the_next_astray on EVERYWHERE;
    all_or_nothing_is_one_transaction on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mssql];
    concurrent_indexes_are_built_one_by_one on &[ServerKind::Postgres];
    a_callers_connection_can_be_used on EVERYWHERE;
    the_listener_hears_each_revision on EVERYWHERE;
    spans_name_the_revision on &[ServerKind::Sqlite, ServerKind::Postgres];
    a_program_can_wait_until_another_has_migrated on EVERYWHERE;
}

fn shop(db: &Scratch) -> Project {
    Project::new(db.kind().dialect())
        .with("aaaa", "", "CREATE TABLE users (id int PRIMARY KEY, name varchar(40));\n", "DROP TABLE users;")
        .with(
            "bbbb",
            "aaaa",
            "INSERT INTO users VALUES (1, 'semi;colon');\nINSERT INTO users VALUES (2, '-- no comment');",
            "DELETE FROM users;",
        )
        .with("cccc", "aaaa", "CREATE TABLE orders (id int PRIMARY KEY);", "DROP TABLE orders;")
        .with("dddd", "bbbb, cccc", "", "")
}

fn migrator(project: &Project) -> blocking::Migrator<'static> {
    blocking::Migrator::new(Migrator::new(project.versions()))
}

fn up_down_and_up_again(db: Scratch) {
    let migrator = migrator(&shop(&db));
    for _ in 0..2 {
        let report = migrator.upgrade(&db.url, "head").unwrap();
        assert_eq!(report.steps.len(), 4);
        assert_eq!(db.heads(), ["dddd"]);
        assert_eq!(db.rows("SELECT name FROM users ORDER BY id"), [["semi;colon"], ["-- no comment"]]);
        let report = migrator.downgrade(&db.url, "base").unwrap();
        assert_eq!(report.steps.len(), 4);
        assert!(db.heads().is_empty());
        assert!(!db.has_table("users") && !db.has_table("orders"));
    }
}

fn a_merge_of_branches_leaves_one_head(db: Scratch) {
    let migrator = migrator(&shop(&db));
    migrator.upgrade(&db.url, "bbbb").unwrap();
    assert_eq!(db.heads(), ["bbbb"]);
    migrator.upgrade(&db.url, "cccc").unwrap();
    assert_eq!(db.heads(), ["bbbb", "cccc"]);
    migrator.upgrade(&db.url, "+1").unwrap_err();
    migrator.upgrade(&db.url, "heads").unwrap();
    assert_eq!(db.heads(), ["dddd"]);
    migrator.downgrade(&db.url, "-1").unwrap();
    assert_eq!(db.heads(), ["bbbb", "cccc"]);
}

fn status_follows_the_database(db: Scratch) {
    let project = shop(&db);
    let migrator = migrator(&project);
    let all = ["aaaa", "bbbb", "cccc", "dddd"].map(str::to_owned).to_vec();
    assert_eq!(migrator.status(&db.url).unwrap(), Status::Pending(all));
    assert_eq!(migrator.verify(&db.url).unwrap_err().code(), Code::NotCurrent);
    migrator.upgrade(&db.url, "head").unwrap();
    assert_eq!(migrator.status(&db.url).unwrap(), Status::Current);
    migrator.verify(&db.url).unwrap();

    let older = Project::new(db.kind().dialect()).with(
        "aaaa",
        "",
        "CREATE TABLE users (id int PRIMARY KEY, name varchar(40));",
        "DROP TABLE users;",
    );
    let older = blocking::Migrator::new(Migrator::new(older.versions()));
    assert_eq!(older.status(&db.url).unwrap(), Status::Ahead { unknown: vec!["dddd".into()] });
    let error = older.upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::DatabaseAhead);
    assert!(error.help().unwrap().contains("NewerDatabase::Accept"), "{error:?}");

    let stranger = Project::new(db.kind().dialect()).with("zzzz", "", "SELECT 1;", "SELECT 1;");
    let stranger = blocking::Migrator::new(Migrator::new(stranger.versions()));
    assert_eq!(stranger.status(&db.url).unwrap(), Status::Diverged { revisions: vec!["dddd".into()] });
}

fn a_dry_run_writes_nothing(db: Scratch) {
    let project = shop(&db);
    let dry = blocking::Migrator::new(Migrator::new(project.versions()).dry_run(true));
    let report = dry.upgrade(&db.url, "head").unwrap();
    assert!(report.dry_run);
    assert_eq!(report.steps.len(), 4);
    assert!(!db.has_table("users") && !db.has_table("migrate_version"));
    dry.stamp(&db.url, &["head"], false).unwrap();
    assert!(!db.has_table("migrate_version"));
}

fn a_stamp_runs_nothing(db: Scratch) {
    let migrator = migrator(&shop(&db));
    migrator.stamp(&db.url, &["bbbb"], false).unwrap();
    assert_eq!(db.heads(), ["bbbb"]);
    assert!(!db.has_table("users"));
    migrator.stamp(&db.url, &["heads"], false).unwrap();
    assert_eq!(db.heads(), ["dddd"]);
    migrator.verify(&db.url).unwrap();
    migrator.stamp(&db.url, &["base"], false).unwrap();
    assert!(db.heads().is_empty());
}

fn a_purging_stamp_forgets_unknown_heads(db: Scratch) {
    let migrator = migrator(&shop(&db));
    migrator.ensure_version(&db.url).unwrap();
    db.rows("INSERT INTO migrate_version VALUES ('unknown1', 'x')");
    assert_eq!(migrator.upgrade(&db.url, "head").unwrap_err().code(), Code::DatabaseAhead);
    assert_eq!(migrator.stamp(&db.url, &["aaaa"], false).unwrap_err().code(), Code::DatabaseAhead);
    assert_eq!(db.heads(), ["unknown1"]);
    migrator.stamp(&db.url, &["aaaa"], true).unwrap();
    assert_eq!(db.heads(), ["aaaa"]);
}

fn the_journal_tells_what_was_done(db: Scratch) {
    let project = shop(&db);
    let migrator = blocking::Migrator::new(Migrator::new(project.versions()).operator("o'brien; --"));
    migrator.upgrade(&db.url, "bbbb").unwrap();
    migrator.downgrade(&db.url, "-1").unwrap();
    migrator.stamp(&db.url, &["bbbb"], false).unwrap();
    let rows = db.rows("SELECT revision, direction, statements, who FROM migrate_history WHERE finished IS NOT NULL ORDER BY id");
    let who = "o'brien; --";
    assert_eq!(
        rows,
        [
            ["aaaa", "up", "1", who],
            // On SQL Server the unit is the batch.
            ["bbbb", "up", if db.kind() == ServerKind::Mssql { "1" } else { "2" }, who],
            ["bbbb", "down", "1", who],
            ["bbbb", "stamp", "0", who]
        ]
    );
}

fn a_rust_step_runs_in_the_transaction_of_its_revision(db: Scratch) {
    let project = Project::new(db.kind().dialect()).with(
        "aaaa",
        "",
        "CREATE TABLE t (n int);\n-- migrate:call fill\nINSERT INTO t VALUES (2);",
        "DROP TABLE t;",
    );
    let without = migrator(&project);
    let error = without.upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::UnknownStep);
    assert_eq!(error.place().unwrap().position.line, 7, "{error:?}");
    assert!(!db.has_table("t"));
    let with = blocking::Migrator::new(Migrator::new(project.versions()).step("fill", |context| {
        Box::pin(async move {
            assert_eq!(context.revision(), "aaaa");
            context.execute("INSERT INTO t VALUES (1)").await?;
            let seen = context.query("SELECT n FROM t").await?;
            assert_eq!(seen, [[Some("1".to_owned())]]);
            Ok(())
        })
    }));
    with.upgrade(&db.url, "head").unwrap();
    assert_eq!(db.rows("SELECT n FROM t ORDER BY n"), [["1"], ["2"]]);
}

fn a_rust_step_hears_what_it_is_told(db: Scratch) {
    let project = Project::new(db.kind().dialect()).with("aaaa", "", "-- migrate:call backfill", "");
    let heard = Arc::new(Mutex::new(None));
    let told = Arc::clone(&heard);
    let migrator =
        Migrator::new(project.versions()).argument("batch", "5=0").step("backfill", move |context| {
            let told = Arc::clone(&told);
            Box::pin(async move {
                *told.lock().unwrap() = context.argument("batch").map(str::to_owned);
                assert_eq!(context.argument("other"), None);
                Ok(())
            })
        });
    blocking::Migrator::new(migrator).upgrade(&db.url, "head").unwrap();
    assert_eq!(heard.lock().unwrap().as_deref(), Some("5=0"));
}

fn a_failed_rust_step_leaves_nothing(db: Scratch) {
    let project = Project::new(db.kind().dialect())
        .with("aaaa", "", "CREATE TABLE t (n int);", "DROP TABLE t;")
        .with("bbbb", "aaaa", "INSERT INTO t VALUES (1);\n-- migrate:call fail", "DELETE FROM t;");
    let migrator = blocking::Migrator::new(Migrator::new(project.versions()).step("fail", |context| {
        Box::pin(async move {
            context.execute("INSERT INTO t VALUES (2)").await?;
            Err("no luck".into())
        })
    }));
    let error = migrator.upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::StepFailed);
    assert!(error.message().contains("no luck"), "{error:?}");
    assert_eq!(db.heads(), ["aaaa"]);
    assert_eq!(db.cell("SELECT count(*) FROM t"), "0");
}

fn the_tables_can_live_in_a_schema_of_their_own(db: Scratch) {
    let project = shop(&db);
    let migrator = blocking::Migrator::new(
        Migrator::new(project.versions()).schema("bookkeeping").version_table("revisions"),
    );
    migrator.upgrade(&db.url, "head").unwrap();
    assert_eq!(db.rows("SELECT revision FROM bookkeeping.revisions"), [["dddd"]]);
    assert!(db.has_table("revisions_history") && !db.has_table("migrate_version"));
    assert_eq!(migrator.upgrade(&db.url, "head").unwrap().steps.len(), 0);
    migrator.downgrade(&db.url, "base").unwrap();
}

fn ensure_version_creates_the_tables_once(db: Scratch) {
    let migrator = migrator(&shop(&db));
    migrator.ensure_version(&db.url).unwrap();
    assert!(db.has_table("migrate_version") && db.has_table("migrate_history"));
    migrator.ensure_version(&db.url).unwrap();
    assert!(db.heads().is_empty());
}

/// What a dump sets in the session must reach neither our bookkeeping nor the next revision.
fn a_revision_cannot_lead_the_next_astray(db: Scratch) {
    let settings = match db.kind() {
        ServerKind::Postgres => "SET search_path = pg_catalog; SET standard_conforming_strings = off;",
        ServerKind::Mariadb | ServerKind::Mysql => {
            "USE information_schema; SET sql_mode = 'ANSI_QUOTES', foreign_key_checks = 0;"
        }
        ServerKind::Mssql => "USE master;",
        ServerKind::Sqlite => "PRAGMA legacy_alter_table = ON;",
    };
    let project = Project::new(db.kind().dialect()).with("aaaa", "", settings, "SELECT 1;").with(
        "bbbb",
        "aaaa",
        "CREATE TABLE t (a varchar(9)); INSERT INTO t VALUES ('x\\y');",
        "DROP TABLE t;",
    );
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert!(db.has_table("t"));
    assert_eq!(db.heads(), ["bbbb"]);
}

fn all_or_nothing_is_one_transaction(db: Scratch) {
    let project = shop(&db).with(
        "eeee",
        "dddd",
        "CREATE TABLE late (id int);\nINSERT INTO nowhere VALUES (1);",
        "DROP TABLE late;",
    );
    let migrator = blocking::Migrator::new(
        Migrator::new(project.versions()).transaction_mode(migrate_runtime::TransactionMode::All),
    );
    assert_eq!(migrator.upgrade(&db.url, "head").unwrap_err().code(), Code::StatementFailed);
    assert!(!db.has_table("users") && !db.has_table("late"));
    assert!(db.heads().is_empty());
    migrator.upgrade(&db.url, "dddd").unwrap();
    assert_eq!(db.heads(), ["dddd"]);
}

fn concurrent_indexes_are_built_one_by_one(db: Scratch) {
    let text = "-- indexes\n-- Revision: bbbb\n-- Revises: aaaa\n\
                -- migrate:up transaction:off\n\
                CREATE INDEX CONCURRENTLY i ON users (name);\nCREATE INDEX CONCURRENTLY j ON users (id);\n\
                -- migrate:up\nCOMMENT ON TABLE users IS 'both';\n\
                -- migrate:down\nDROP INDEX i; DROP INDEX j;\n";
    let project = Project::new(db.kind().dialect())
        .with("aaaa", "", "CREATE TABLE users (id int PRIMARY KEY, name varchar(40));\n", "DROP TABLE users;")
        .with_file("versions/bbbb.sql", text);
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(
        db.cell("SELECT count(*) FROM pg_index WHERE indrelid = 'users'::regclass AND indisvalid"),
        "3"
    );
    assert_eq!(db.cell("SELECT statements FROM migrate_history WHERE revision = 'bbbb'"), "3");
}

fn a_callers_connection_can_be_used(db: Scratch) {
    let project = shop(&db);
    let migrator = Migrator::new(project.versions());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match db.kind() {
            ServerKind::Sqlite => {
                let mut connection = rusqlite::Connection::open(&db.name).unwrap();
                migrator.upgrade(&mut connection, "head").await.unwrap();
                migrator.verify(&mut connection).await.unwrap();
            }
            ServerKind::Postgres => {
                let (mut client, connection) =
                    tokio_postgres::connect(&db.url, tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                client
                    .batch_execute("SET search_path = public, pg_catalog; SET lock_timeout = '7s'")
                    .await
                    .unwrap();
                migrator.upgrade(&mut client, "head").await.unwrap();
                migrator.verify(&mut client).await.unwrap();
                let kept = client
                    .query_one(
                        "SELECT current_setting('search_path') || current_setting('lock_timeout')",
                        &[],
                    )
                    .await
                    .unwrap();
                assert_eq!(kept.get::<_, &str>(0), "public, pg_catalog7s");
                let locks = client
                    .query_one("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()", &[])
                    .await
                    .unwrap();
                assert_eq!(locks.get::<_, i64>(0), 0);
            }
            ServerKind::Mariadb | ServerKind::Mysql => {
                let url = db.url.replacen("mariadb://", "mysql://", 1);
                let mut connection = mysql_async::Conn::from_url(&url).await.unwrap();
                migrator.upgrade(&mut connection, "head").await.unwrap();
                migrator.verify(&mut connection).await.unwrap();
                connection.disconnect().await.unwrap();
            }
            ServerKind::Mssql => {
                let mut client = migrate_tests::mssql_client(&db.url).await;
                migrator.upgrade(&mut client, "head").await.unwrap();
                migrator.verify(&mut client).await.unwrap();
            }
        }
    });
    assert_eq!(db.heads(), ["dddd"]);
}

fn the_listener_hears_each_revision(db: Scratch) {
    let project = shop(&db);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let migrator = Migrator::new(project.versions()).on_event(move |event| {
        ear.lock().unwrap().push(match event {
            Event::Started { revision, direction, number, of, .. } => {
                format!("{direction} {revision} {number}/{of}")
            }
            Event::Finished { revision, statements, .. } => format!("{revision} did {statements}"),
            other => format!("{other:?}"),
        });
    });
    blocking::Migrator::new(migrator.clone()).upgrade(&db.url, "cccc").unwrap();
    blocking::Migrator::new(migrator).upgrade(&db.url, "cccc").unwrap();
    let mut heard = heard.lock().unwrap();
    if db.kind() == ServerKind::Sqlite {
        assert!(heard.remove(0).starts_with(&format!("Creating {{ file: {:?}", db.name)));
    }
    assert_eq!(*heard, ["up aaaa 1/2", "aaaa did 1", "up cccc 2/2", "cccc did 1"]);
}

/// Keeps the revisions that spans name.
struct Spans(Arc<Mutex<Vec<String>>>, AtomicU64);

impl tracing::Subscriber for Spans {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("migrate_runtime")
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        struct Revision<'a>(&'a mut Vec<String>);
        impl tracing::field::Visit for Revision<'_> {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0.push(format!("{field}={value:?}"));
            }
        }
        span.record(&mut Revision(&mut self.0.lock().unwrap()));
        tracing::span::Id::from_u64(self.1.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

fn spans_name_the_revision(db: Scratch) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let subscriber = Spans(Arc::clone(&seen), AtomicU64::new(0));
    let project = shop(&db);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(Migrator::new(project.versions()).upgrade(&db.url, "bbbb")).unwrap();
    });
    assert_eq!(
        *seen.lock().unwrap(),
        ["revision=\"aaaa\"", "direction=up", "revision=\"bbbb\"", "direction=up"]
    );
}

fn a_program_can_wait_until_another_has_migrated(db: Scratch) {
    let versions = shop(&db).versions();
    let waiting = blocking::Migrator::new(Migrator::new(versions));
    let error = waiting.wait(&db.url, Duration::from_millis(100)).unwrap_err();
    assert_eq!(error.code(), Code::NotCurrent);
    let url = db.url.clone();
    let other = thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        blocking::Migrator::new(Migrator::new(versions)).upgrade(&url, "head").unwrap();
    });
    waiting.wait(&db.url, Duration::from_secs(30)).unwrap();
    other.join().unwrap();
}
