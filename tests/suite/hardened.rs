//! Cases in which it would be easy to be wrong without a word.

use std::{path::Path, thread, time::Duration};

use migrate_runtime::{Code, Error, Migrator, Settle, TransactionMode, Versions, blocking};
use migrate_tests::{Project, Scratch, ServerKind};

use crate::{EVERYWHERE, promises};

const WITHOUT_TRANSACTIONAL_DDL: &[ServerKind] = &[ServerKind::Mariadb, ServerKind::Mysql];
const POSTGRES: &[ServerKind] = &[ServerKind::Postgres];
const SQLITE: &[ServerKind] = &[ServerKind::Sqlite];

promises! {
    several_statements_in_one_are_never_taken_for_a_commit on POSTGRES;
    a_role_that_a_revision_takes_is_given_back on POSTGRES;
    a_callers_own_parameters_survive on POSTGRES;
    settings_do_not_leak_within_one_transaction_for_all on POSTGRES;
    starters_without_a_transaction_run_each_statement_once on SQLITE;
    starters_on_a_missing_file_find_both_tables on SQLITE;
    a_missing_journal_is_made_again on EVERYWHERE;
    a_session_without_autocommit_sees_what_others_have_done on WITHOUT_TRANSACTIONAL_DDL;
    a_call_that_did_a_part_is_in_doubt on WITHOUT_TRANSACTIONAL_DDL;
    a_rust_step_that_commits_is_in_doubt on WITHOUT_TRANSACTIONAL_DDL;
    a_session_variable_that_is_lost_is_not_guessed on WITHOUT_TRANSACTIONAL_DDL;
    locked_tables_are_refused on WITHOUT_TRANSACTIONAL_DDL;
    going_down_and_up_does_not_hide_an_edit on EVERYWHERE;
    a_revision_put_below_one_that_ran_is_not_undone on EVERYWHERE;
    a_way_back_that_did_nothing_leaves_the_database_whole on WITHOUT_TRANSACTIONAL_DDL;
    mariadb_can_be_added_to_the_dialects on &[ServerKind::Mariadb];
    settling_does_not_hide_an_edit on WITHOUT_TRANSACTIONAL_DDL;
    a_stamp_below_is_no_sign_that_all_is_applied on EVERYWHERE;
    a_wait_for_ever_is_no_panic on EVERYWHERE;
    a_held_connection_cannot_starve_its_runtime on POSTGRES;
    a_long_section_is_not_taken_over on SQLITE;
    one_table_has_one_lock_however_it_was_configured on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    an_invalid_index_is_not_nothing on POSTGRES;
    an_interrupted_way_back_does_not_hide_an_edit on WITHOUT_TRANSACTIONAL_DDL;
    a_stamp_does_not_hide_an_edit on EVERYWHERE;
    an_edit_that_is_undone_is_forgiven on EVERYWHERE;
    one_setting_that_stays_does_not_keep_the_others on POSTGRES;
    a_role_without_a_transaction_can_finish on POSTGRES;
    what_a_small_user_may_do_is_enough on POSTGRES;
    the_migration_lock_cannot_be_given_back_by_a_revision on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    what_is_half_done_is_told_by_every_command on WITHOUT_TRANSACTIONAL_DDL;
    transaction_control_is_refused_where_it_hides on &[ServerKind::Postgres, ServerKind::Sqlite];
}

fn project(db: &Scratch) -> Project {
    Project::new(db.kind().dialect()).with("aaaa", "", "CREATE TABLE t (id int);", "DROP TABLE t;")
}

fn migrator(project: &Project) -> blocking::Migrator<'static> {
    blocking::Migrator::new(Migrator::new(project.versions()))
}

fn several_statements_in_one_are_never_taken_for_a_commit(db: Scratch) {
    let many = "INSERT INTO t VALUES (1);\n".repeat(30);
    let up = format!("-- migrate:begin\n{many}SELECT 1/0;\n-- migrate:end\nINSERT INTO t VALUES (2);");
    let project = project(&db).with("bbbb", "aaaa", &up, "DELETE FROM t;");
    let error = migrator(&project).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::StatementFailed, "{error:?}");
    assert!(error.message().contains("division by zero"), "{error}");
    assert_eq!(error.place().unwrap().position.line, 7, "{error:?}");
    assert_eq!(db.heads(), ["aaaa"]);
    assert_eq!(db.cell("SELECT count(*) FROM t"), "0");
}

fn a_role_that_a_revision_takes_is_given_back(db: Scratch) {
    let role = format!("{}_owner", db.name);
    db.rows(&format!("CREATE ROLE {role}"));
    db.rows(&format!("GRANT ALL ON SCHEMA public TO {role}"));
    let project = project(&db)
        .with("bbbb", "aaaa", &format!("SET ROLE {role};\nCREATE TABLE u (id int);"), "DROP TABLE u;")
        .with("cccc", "bbbb", "CREATE TABLE v (id int);", "DROP TABLE v;");
    let outcome = migrator(&project).upgrade(&db.url, "head");
    let owner =
        |table: &str| db.cell(&format!("SELECT tableowner FROM pg_tables WHERE tablename = '{table}'"));
    outcome.unwrap();
    assert_eq!((owner("u"), owner("v")), (role.clone(), "postgres".to_owned()));
    db.rows(&format!("DROP OWNED BY {role} CASCADE"));
    db.rows(&format!("DROP ROLE {role}"));
}

fn a_callers_own_parameters_survive(db: Scratch) {
    let project =
        project(&db).with("bbbb", "aaaa", "SET work_mem = '7MB'; SET search_path = pg_catalog;", "SELECT 1;");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (mut client, connection) = tokio_postgres::connect(&db.url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("SET app.tenant = '42'; SET work_mem = '6MB'").await.unwrap();
        Migrator::new(project.versions()).upgrade(&mut client, "head").await.unwrap();
        let row = client
            .query_one("SELECT concat_ws('|', current_setting('app.tenant'), current_setting('work_mem'), current_setting('search_path'))", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, &str>(0), "42|6MB|\"$user\", public");
    });
}

fn settings_do_not_leak_within_one_transaction_for_all(db: Scratch) {
    let project = project(&db)
        .with("bbbb", "aaaa", "CREATE SCHEMA o; SET search_path = o;", "DROP SCHEMA o CASCADE;")
        .with("cccc", "bbbb", "CREATE TABLE v (id int);", "DROP TABLE v;");
    blocking::Migrator::new(Migrator::new(project.versions()).transaction_mode(TransactionMode::All))
        .upgrade(&db.url, "head")
        .unwrap();
    assert_eq!(db.cell("SELECT schemaname FROM pg_tables WHERE tablename = 'v'"), "public");
}

fn without_transaction(id: &str, revises: &str, up: &str) -> String {
    format!(
        "-- {id}\n-- Revision: {id}\n-- Revises: {revises}\n-- migrate:up transaction:off\n{up}\n-- migrate:down\nDELETE FROM t;\n"
    )
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

fn a_missing_journal_is_made_again(db: Scratch) {
    let project = project(&db);
    migrator(&project).ensure_version(&db.url).unwrap();
    db.rows("DROP TABLE migrate_history");
    migrator(&project).ensure_version(&db.url).unwrap();
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.heads(), ["aaaa"]);
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
                    let migrator = Migrator::new(versions).step("pause", |_| {
                        Box::pin(async {
                            thread::sleep(Duration::from_millis(400));
                            Ok(())
                        })
                    });
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

fn in_doubt(error: &Error) {
    assert_eq!(error.code(), Code::Interrupted, "{error:?}");
    assert!(error.help().unwrap().contains("resume --done"), "{error:?}");
}

fn a_call_that_did_a_part_is_in_doubt(db: Scratch) {
    let up = "CREATE PROCEDURE p() BEGIN CREATE TABLE one (id int); CREATE TABLE t (id int); END;\nCALL p();";
    let project = project(&db).with("bbbb", "aaaa", up, "DROP PROCEDURE p;");
    let migrator = migrator(&project);
    in_doubt(&migrator.upgrade(&db.url, "head").unwrap_err());
    assert!(db.has_table("one"));
    in_doubt(&migrator.upgrade(&db.url, "head").unwrap_err());
    migrator.settle(&db.url, Settle::Done).unwrap();
    migrator.upgrade(&db.url, "head").unwrap();
    assert_eq!(db.heads(), ["bbbb"]);
}

fn a_rust_step_that_commits_is_in_doubt(db: Scratch) {
    let project = project(&db).with(
        "bbbb",
        "aaaa",
        "INSERT INTO t VALUES (1);\n-- migrate:call ddl\nINSERT INTO nowhere VALUES (1);",
        "DELETE FROM t;",
    );
    let migrator = blocking::Migrator::new(Migrator::new(project.versions()).step("ddl", |context| {
        Box::pin(async move { Ok(context.execute("CREATE TABLE one (id int)").await?) })
    }));
    in_doubt(&migrator.upgrade(&db.url, "head").unwrap_err());
    in_doubt(&migrator.upgrade(&db.url, "head").unwrap_err());
    assert_eq!(db.cell("SELECT count(*) FROM t"), "1", "nothing ran twice");
}

fn a_session_variable_that_is_lost_is_not_guessed(db: Scratch) {
    let up = |last: &str| format!("SELECT count(*) + 5 INTO @n FROM t;\nCREATE TABLE u (id int);\n{last}");
    let broken = project(&db).with("bbbb", "aaaa", &up("CREATE TABLE v (id broken);"), "DROP TABLE u;");
    migrator(&broken).upgrade(&db.url, "head").unwrap_err();
    let mended = project(&db).with("bbbb", "aaaa", &up("INSERT INTO t VALUES (@n);"), "DROP TABLE u;");
    let error = migrator(&mended).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::Interrupted, "{error:?}");
    assert!(error.message().contains("was lost with that connection"), "{error}");
    assert_eq!(db.cell("SELECT count(*) FROM t"), "0");
}

fn locked_tables_are_refused(db: Scratch) {
    let text = migrate_tests::revision(
        "aaaa",
        "",
        "LOCK TABLES t WRITE;\nINSERT INTO t VALUES (1);\nUNLOCK TABLES;",
        "",
    );
    let error =
        migrate_core::Catalog::load([("versions/aaaa.sql", text)], &[db.kind().dialect()]).unwrap_err();
    assert_eq!(error.code(), Code::UnsupportedStatement);
    assert_eq!(error.place().unwrap().position.line, 6, "{error:?}");
}

fn going_down_and_up_does_not_hide_an_edit(db: Scratch) {
    let project = project(&db).with("bbbb", "aaaa", "CREATE TABLE u (id int);", "DROP TABLE u;").with(
        "cccc",
        "bbbb",
        "CREATE TABLE v (id int);",
        "DROP TABLE v;",
    );
    migrator(&project).upgrade(&db.url, "head").unwrap();
    let edited = migrator(&project.with("aaaa", "", "CREATE TABLE t (id bigint);", "DROP TABLE t;"));
    assert_eq!(edited.upgrade(&db.url, "head").unwrap_err().code(), Code::Tampered);
    edited.downgrade(&db.url, "-1").unwrap();
    assert_eq!(db.heads(), ["bbbb"]);
    assert_eq!(edited.upgrade(&db.url, "head").unwrap_err().code(), Code::Tampered);
    assert_eq!(edited.verify(&db.url).unwrap_err().code(), Code::Tampered);
    // Below the edit all is well again.
    edited.downgrade(&db.url, "base").unwrap();
    edited.upgrade(&db.url, "head").unwrap();
    edited.verify(&db.url).unwrap();
}

fn a_revision_put_below_one_that_ran_is_not_undone(db: Scratch) {
    let before = project(&db).with("bbbb", "aaaa", "CREATE TABLE u (id int);", "DROP TABLE u;");
    migrator(&before).upgrade(&db.url, "head").unwrap();
    let after = before.with("xxxx", "aaaa", "CREATE TABLE x (id int);", "DROP TABLE t;").with(
        "bbbb",
        "xxxx",
        "CREATE TABLE u (id int);",
        "DROP TABLE u;",
    );
    let error = migrator(&after).downgrade(&db.url, "aaaa").unwrap_err();
    assert_eq!((error.code(), error.revision()), (Code::Tampered, Some("xxxx")), "{error:?}");
    assert!(db.has_table("t") && db.has_table("u"));
}

fn a_way_back_that_did_nothing_leaves_the_database_whole(db: Scratch) {
    let project = project(&db).with("bbbb", "aaaa", "CREATE TABLE u (id int);", "DROP TABLE nowhere;");
    let migrator = migrator(&project);
    migrator.upgrade(&db.url, "head").unwrap();
    assert_eq!(migrator.downgrade(&db.url, "-1").unwrap_err().code(), Code::StatementFailed);
    migrator.verify(&db.url).unwrap();
    assert!(migrator.upgrade(&db.url, "head").unwrap().steps.is_empty());
}

fn mariadb_can_be_added_to_the_dialects(db: Scratch) {
    use migrate_core::Dialect::{Mariadb, Mysql};
    let fill = |project: Project| project.with("aaaa", "", "CREATE TABLE t (id int);", "DROP TABLE t;");
    let as_mysql = fill(Project::for_dialects(&[Mysql]));
    migrator(&as_mysql).upgrade(&db.url, "head").unwrap();
    let text = "-- t\n-- Revision: aaaa\n-- migrate:up mysql\nCREATE TABLE t (id int);\n-- migrate:up mariadb\n\
                CREATE OR REPLACE TABLE t (id int);\n-- migrate:down\nDROP TABLE t;\n";
    let as_both = Project::for_dialects(&[Mysql, Mariadb]).with_file("versions/aaaa.sql", text).with(
        "bbbb",
        "aaaa",
        "CREATE TABLE u (id int);",
        "DROP TABLE u;",
    );
    let both = migrator(&as_both);
    both.upgrade(&db.url, "head").unwrap();
    both.verify(&db.url).unwrap();
    assert_eq!(db.heads(), ["bbbb"]);
}

fn settling_does_not_hide_an_edit(db: Scratch) {
    let up = |first: &str, last: &str| format!("CREATE TABLE u (id {first});\nCREATE TABLE v (id {last});");
    let broken = project(&db).with("bbbb", "aaaa", &up("int", "broken"), "DROP TABLE u;");
    migrator(&broken).upgrade(&db.url, "head").unwrap_err();
    db.rows("UPDATE migrate_history SET attempted = 2 WHERE finished IS NULL");
    let edited = project(&db).with("bbbb", "aaaa", &up("bigint", "int"), "DROP TABLE u;");
    let error = migrator(&edited).settle(&db.url, Settle::Redo).unwrap_err();
    assert_eq!(error.code(), Code::Tampered, "{error:?}");
}

fn a_stamp_below_is_no_sign_that_all_is_applied(db: Scratch) {
    let ours = project(&db);
    migrator(&ours).upgrade(&db.url, "head").unwrap();
    migrator(&ours).stamp(&db.url, &["base"], false).unwrap();
    let theirs =
        Project::new(db.kind().dialect()).with("zzzz", "", "CREATE TABLE z (id int);", "DROP TABLE z;");
    migrator(&theirs).upgrade(&db.url, "head").unwrap();
    let accepting = blocking::Migrator::new(
        Migrator::new(ours.versions()).newer_database(migrate_runtime::NewerDatabase::Accept),
    );
    assert_eq!(accepting.upgrade(&db.url, "head").unwrap_err().code(), Code::DatabaseAhead);
    accepting.verify(&db.url).unwrap_err();
}

fn a_wait_for_ever_is_no_panic(db: Scratch) {
    let project = project(&db);
    let patient = Migrator::new(project.versions()).lock_wait(Duration::MAX);
    blocking::Migrator::new(patient.clone()).upgrade(&db.url, "head").unwrap();
    blocking::Migrator::new(patient).wait(&db.url, Duration::MAX).unwrap();
}

fn a_held_connection_cannot_starve_its_runtime(db: Scratch) {
    let project = project(&db);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (mut client, connection) = tokio_postgres::connect(&db.url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let error = migrator(&project).upgrade(&mut client, "head").unwrap_err();
        assert_eq!(error.code(), Code::Usage);
    });
}

fn transaction_control_is_refused_where_it_hides(db: Scratch) {
    let wrapped = "-- migrate:begin\nINSERT INTO t VALUES (1); COMMIT; SELECT 2;\n-- migrate:end";
    let texts = [
        migrate_tests::revision("aaaa", "", wrapped, ""),
        without_transaction("aaaa", "", "BEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;"),
    ];
    for text in texts {
        let error =
            migrate_core::Catalog::load([("versions/aaaa.sql", text)], &[db.kind().dialect()]).unwrap_err();
        assert_eq!(error.code(), Code::UnsupportedStatement, "{error:?}");
    }
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
                let migrator = Migrator::new(versions).step("pause", |_| {
                    Box::pin(async {
                        thread::sleep(Duration::from_millis(3500));
                        Ok(())
                    })
                });
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
                let migrator = Migrator::new(versions).step("pause", |_| {
                    Box::pin(async {
                        thread::sleep(Duration::from_millis(500));
                        Ok(())
                    })
                });
                let migrator = schema.into_iter().fold(migrator, Migrator::schema);
                blocking::Migrator::new(migrator).upgrade(&url, "head").unwrap().steps.len()
            })
        })
        .collect();
    let applied: usize = starters.into_iter().map(|starter| starter.join().unwrap()).sum();
    assert_eq!(applied, 1);
    assert_eq!(db.cell("SELECT count(*) FROM t"), "1");
}

fn an_invalid_index_is_not_nothing(db: Scratch) {
    let text =
        without_transaction("bbbb", "aaaa", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (id);");
    let project = project(&db).with_file("versions/bbbb.sql", &text);
    migrator(&project).upgrade(&db.url, "aaaa").unwrap();
    db.rows("INSERT INTO t VALUES (1), (1)");
    let error = migrator(&project).upgrade(&db.url, "head").unwrap_err();
    in_doubt(&error);
    db.rows("DELETE FROM t");
    in_doubt(&migrator(&project).upgrade(&db.url, "head").unwrap_err());
    db.rows("DROP INDEX i");
    migrator(&project).settle(&db.url, Settle::Redo).unwrap();
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"), "t");
}

fn an_interrupted_way_back_does_not_hide_an_edit(db: Scratch) {
    let down = |second: &str| format!("DROP TABLE v;\n{second}");
    let before = project(&db).with("bbbb", "aaaa", "CREATE TABLE u (id int);", "DROP TABLE u;").with(
        "cccc",
        "bbbb",
        "CREATE TABLE v (id int);",
        &down("DROP TABLE nowhere;"),
    );
    migrator(&before).upgrade(&db.url, "head").unwrap();
    let edited = before.with("aaaa", "", "CREATE TABLE t (id bigint);", "DROP TABLE t;");
    migrator(&edited).downgrade(&db.url, "-1").unwrap_err();
    let mended = edited.with("cccc", "bbbb", "CREATE TABLE v (id int);", &down("SELECT 1;"));
    migrator(&mended).downgrade(&db.url, "-1").unwrap();
    assert_eq!(migrator(&mended).verify(&db.url).unwrap_err().code(), Code::Tampered);
}

fn a_stamp_does_not_hide_an_edit(db: Scratch) {
    let project = project(&db).with("bbbb", "aaaa", "CREATE TABLE u (id int);", "SELECT 1;");
    migrator(&project).stamp(&db.url, &["head"], false).unwrap();
    let edited = project.with("aaaa", "", "CREATE TABLE t (id bigint);", "DROP TABLE t;");
    migrator(&edited).downgrade(&db.url, "-1").unwrap();
    assert_eq!(migrator(&edited).verify(&db.url).unwrap_err().code(), Code::Tampered);
}

fn an_edit_that_is_undone_is_forgiven(db: Scratch) {
    let project = project(&db).with("bbbb", "aaaa", "CREATE TABLE u (id int);", "DROP TABLE u;").with(
        "cccc",
        "bbbb",
        "CREATE TABLE v (id int);",
        "DROP TABLE v;",
    );
    migrator(&project).upgrade(&db.url, "head").unwrap();
    let edited = project.clone().with("aaaa", "", "CREATE TABLE t (id bigint);", "DROP TABLE t;");
    migrator(&edited).downgrade(&db.url, "-1").unwrap();
    assert_eq!(migrator(&edited).upgrade(&db.url, "head").unwrap_err().code(), Code::Tampered);
    migrator(&project).upgrade(&db.url, "head").unwrap();
    migrator(&project).verify(&db.url).unwrap();
}

fn one_setting_that_stays_does_not_keep_the_others(db: Scratch) {
    let first = "SET temp_buffers = '2MB';\nCREATE TEMPORARY TABLE x (id int);\nINSERT INTO x VALUES (1);\nSET search_path TO pg_catalog;";
    let project = Project::new(db.kind().dialect()).with("aaaa", "", first, "SELECT 1;").with(
        "bbbb",
        "aaaa",
        "CREATE TABLE t (id int);",
        "DROP TABLE t;",
    );
    migrator(&project).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT schemaname FROM pg_tables WHERE tablename = 't'"), "public");
}

fn a_role_without_a_transaction_can_finish(db: Scratch) {
    let role = format!("{}_off", db.name);
    db.rows(&format!("CREATE ROLE {role}"));
    db.rows(&format!("GRANT ALL ON SCHEMA public TO {role}"));
    let text = without_transaction("bbbb", "aaaa", &format!("SET ROLE {role};\nCREATE TABLE u (id int);"));
    let outcome = migrator(&project(&db).with_file("versions/bbbb.sql", &text)).upgrade(&db.url, "head");
    let owner = db.rows("SELECT tableowner FROM pg_tables WHERE tablename = 'u'");
    db.rows(&format!("DROP OWNED BY {role} CASCADE"));
    db.rows(&format!("DROP ROLE {role}"));
    outcome.unwrap();
    assert_eq!(owner, [[role]]);
}

fn what_a_small_user_may_do_is_enough(db: Scratch) {
    let user = format!("{}_user", db.name);
    db.rows(&format!("CREATE ROLE {user} LOGIN PASSWORD 'pw'"));
    db.rows(&format!("CREATE SCHEMA app AUTHORIZATION {user}"));
    let (scheme, rest) = db.url.split_once("://").unwrap();
    let url = format!("{scheme}://{user}:pw@{}", rest.split_once('@').unwrap().1);
    let project = Project::new(db.kind().dialect()).with(
        "aaaa",
        "",
        "CREATE TABLE app.t (id int);",
        "DROP TABLE app.t;",
    );
    let owner = blocking::Migrator::new(Migrator::new(project.versions()).schema("app"));
    let outcome = owner.upgrade(&url, "head").and_then(|_| owner.verify(&url));
    // And one that may read the version table alone.
    let reader = format!("{}_reader", db.name);
    db.rows(&format!("CREATE ROLE {reader} LOGIN PASSWORD 'pw'"));
    db.rows(&format!("GRANT USAGE ON SCHEMA app TO {reader}"));
    db.rows(&format!("GRANT SELECT ON app.migrate_version TO {reader}"));
    let reading = url.replace(&user, &reader);
    let newer = project.with("bbbb", "aaaa", "SELECT 1;", "SELECT 1;");
    let newer = blocking::Migrator::new(Migrator::new(newer.versions()).schema("app"));
    let seen = (owner.verify(&reading), owner.upgrade(&reading, "head").map(drop), newer.verify(&reading));
    for role in [&user, &reader] {
        db.rows(&format!("DROP OWNED BY {role} CASCADE"));
        db.rows(&format!("DROP ROLE {role}"));
    }
    outcome.unwrap();
    seen.0.unwrap();
    seen.1.unwrap();
    assert_eq!(seen.2.unwrap_err().code(), Code::NotCurrent);
}

fn the_migration_lock_cannot_be_given_back_by_a_revision(db: Scratch) {
    let up = if db.kind() == ServerKind::Postgres {
        "SELECT pg_advisory_unlock_all();"
    } else {
        "DO RELEASE_ALL_LOCKS();"
    };
    let text = migrate_tests::revision("aaaa", "", up, "");
    let error =
        migrate_core::Catalog::load([("versions/aaaa.sql", text)], &[db.kind().dialect()]).unwrap_err();
    assert_eq!(error.code(), Code::UnsupportedStatement);
}

/// A first revision that failed half way: nothing is applied, and yet there is something to finish.
fn what_is_half_done_is_told_by_every_command(db: Scratch) {
    let up = |last: &str| {
        format!("CREATE TABLE u (id int);\nCREATE TABLE v (id {last});\nCREATE TABLE w (id int);")
    };
    let of = |last: &str| Project::new(db.kind().dialect()).with("aaaa", "", &up(last), "DROP TABLE u;");
    let broken = migrator(&of("broken"));
    broken.upgrade(&db.url, "head").unwrap_err();
    let step = broken.interrupted(&db.url).unwrap().unwrap();
    assert_eq!((step.statements_done, step.is_in_doubt), (1, false));
    assert!(step.to_string().starts_with("revision aaaa (up) stopped after statement 1 ("), "{step}");
    assert_eq!(broken.downgrade(&db.url, "base").unwrap_err().code(), Code::Interrupted);

    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let ear = std::sync::Arc::clone(&heard);
    let mended = of("int");
    let listening = Migrator::new(mended.versions()).on_event(move |event| match event {
        migrate_runtime::Event::Warning { message } => ear.lock().unwrap().push((*message).to_owned()),
        migrate_runtime::Event::Resumed { statement, of, .. } => {
            ear.lock().unwrap().push(format!("{statement}/{of}"));
        }
        _ => {}
    });
    blocking::Migrator::new(listening.clone().dry_run(true)).upgrade(&db.url, "head").unwrap();
    let report = blocking::Migrator::new(listening).upgrade(&db.url, "head").unwrap();
    assert_eq!(report.steps[0].statements, 2, "those that were left");
    let heard = heard.lock().unwrap();
    assert!(heard[0].contains("would go on at statement 2"), "{heard:?}");
    assert_eq!(heard[1], "2/3");
    assert_eq!(migrator(&mended).interrupted(&db.url).unwrap(), None);
}
