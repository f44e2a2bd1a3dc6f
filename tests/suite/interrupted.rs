//! Revisions that stopped half way: what is known, what is in doubt, what goes on.

use migrate_runtime::{Code, Migrator, Settle, blocking};
use migrate_tests::{Project, Scratch, ServerKind};

use crate::{
    fixtures::{POSTGRES, WITHOUT_TRANSACTIONAL_DDL, in_doubt, migrator, project, without_transaction},
    promises,
};

const MARIADB: &[ServerKind] = &[ServerKind::Mariadb];

promises! {
    several_statements_in_one_are_never_taken_for_a_commit on POSTGRES;
    a_call_that_did_a_part_is_in_doubt on WITHOUT_TRANSACTIONAL_DDL;
    a_rust_step_that_commits_is_in_doubt on WITHOUT_TRANSACTIONAL_DDL;
    several_statements_in_doubt_are_not_settled_as_one on WITHOUT_TRANSACTIONAL_DDL;
    rows_of_a_table_without_transactions_are_not_written_twice on WITHOUT_TRANSACTIONAL_DDL;
    a_refused_statement_beside_a_table_without_transactions_did_nothing on WITHOUT_TRANSACTIONAL_DDL;
    a_part_that_stays_in_a_table_without_transactions_is_in_doubt on WITHOUT_TRANSACTIONAL_DDL;
    a_rust_step_that_loses_its_connection_goes_on on WITHOUT_TRANSACTIONAL_DDL;
    a_drop_of_several_tables_that_did_a_part_is_in_doubt on MARIADB;
    a_table_that_was_to_be_replaced_may_be_gone on MARIADB;
    an_invalid_index_is_told_and_never_taken_for_done on POSTGRES;
    a_partition_that_is_half_detached_is_in_doubt on POSTGRES;
    a_session_variable_that_is_lost_is_not_guessed on WITHOUT_TRANSACTIONAL_DDL;
    an_invalid_index_is_not_nothing on POSTGRES;
    a_way_back_that_did_nothing_leaves_the_database_whole on WITHOUT_TRANSACTIONAL_DDL;
    what_is_half_done_is_told_by_every_command on WITHOUT_TRANSACTIONAL_DDL;
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

/// A migrator whose Rust step `ddl` creates a table, and then fails.
fn failing_ddl(project: &Project) -> blocking::Migrator<'static> {
    blocking::Migrator::new(Migrator::new(project.versions()).step("ddl", |context| {
        Box::pin(async move {
            context.execute("CREATE TABLE one (id int)").await?;
            Err("no more".into())
        })
    }))
}

fn a_rust_step_that_commits_is_in_doubt(db: Scratch) {
    let project = project(&db).with("bbbb", "aaaa", "-- migrate:call ddl", "DELETE FROM t;");
    let migrator = failing_ddl(&project);
    in_doubt(&migrator.upgrade(&db.url, "head").unwrap_err());
    in_doubt(&migrator.upgrade(&db.url, "head").unwrap_err());
    migrator.settle(&db.url, Settle::Done).unwrap();
    migrator.upgrade(&db.url, "head").unwrap();
}

/// Neither `--done` nor `--redo` is right where the first of them has committed and the others have not.
fn several_statements_in_doubt_are_not_settled_as_one(db: Scratch) {
    let project = project(&db).with(
        "bbbb",
        "aaaa",
        "INSERT INTO t VALUES (1);\n-- migrate:call ddl\nINSERT INTO t VALUES (2);",
        "DELETE FROM t;",
    );
    let migrator = failing_ddl(&project);
    for _ in 0..2 {
        let error = migrator.upgrade(&db.url, "head").unwrap_err();
        assert_eq!(error.code(), Code::Interrupted, "{error:?}");
        assert!(error.message().contains("statements 1 to 3 of 3"), "{error}");
        let help = error.help().unwrap();
        assert!(help.contains("`stamp") && !help.contains("resume"), "{help}");
    }
    let step = migrator.interrupted(&db.url).unwrap().unwrap();
    assert!(step.to_string().contains("statements 1 to 3"), "{step}");
    for settle in [Settle::Done, Settle::Redo] {
        let error = migrator.settle(&db.url, settle).unwrap_err();
        assert_eq!(error.code(), Code::Interrupted, "{error:?}");
        assert!(error.help().unwrap().contains("`stamp"), "{error:?}");
    }
    assert_eq!(db.cell("SELECT count(*) FROM t"), "1", "nothing ran twice");
    migrator.stamp(&db.url, &["bbbb"], false).unwrap();
    migrator.verify(&db.url).unwrap();
}

/// A migrator whose Rust step `kill` ends its own connection.
fn killing(db: &Scratch, project: &Project) -> blocking::Migrator<'static> {
    let url = db.url.clone();
    blocking::Migrator::new(Migrator::new(project.versions()).step("kill", move |context| {
        let url = url.clone();
        Box::pin(async move {
            let rows = context.query("SELECT CONNECTION_ID()").await?;
            let kill = format!("KILL {}", rows[0][0].as_deref().unwrap());
            let url = url.replacen("mariadb://", "mysql://", 1);
            let mut other = mysql_async::Conn::from_url(&url).await?;
            mysql_async::prelude::Queryable::query_drop(&mut other, kill).await?;
            other.disconnect().await?;
            context.execute("SELECT 1").await?;
            Ok(())
        })
    }))
}

fn rows_of_a_table_without_transactions_are_not_written_twice(db: Scratch) {
    let project = project(&db).with(
        "bbbb",
        "aaaa",
        "CREATE TABLE m (id int) ENGINE = MyISAM;\nINSERT INTO m VALUES (1);\n-- migrate:call kill",
        "DROP TABLE m;",
    );
    let migrator = killing(&db, &project);
    in_doubt(&migrator.upgrade(&db.url, "head").unwrap_err());
    let error = migrator.upgrade(&db.url, "head").unwrap_err();
    in_doubt(&error);
    assert!(error.message().contains("statement 3 of 3"), "{error}");
    migrator.settle(&db.url, Settle::Done).unwrap();
    migrator.upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM m"), "1");
}

fn a_refused_statement_beside_a_table_without_transactions_did_nothing(db: Scratch) {
    let up =
        |last: &str| format!("CREATE TABLE m (id int) ENGINE = MyISAM;\nINSERT INTO t VALUES (1);\n{last}");
    let broken = project(&db).with("bbbb", "aaaa", &up("INSERT INTO t VALUES ('x', 1);"), "DROP TABLE m;");
    let error = migrator(&broken).upgrade(&db.url, "head").unwrap_err();
    assert_eq!(error.code(), Code::StatementFailed, "{error:?}");
    assert!(error.help().unwrap().contains("the first 2 of 3 statements"), "{error:?}");
    let mended = project(&db).with("bbbb", "aaaa", &up("INSERT INTO t VALUES (2);"), "DROP TABLE m;");
    migrator(&mended).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.rows("SELECT id FROM t ORDER BY id"), [["1"], ["2"]]);
}

fn a_part_that_stays_in_a_table_without_transactions_is_in_doubt(db: Scratch) {
    let up = "CREATE TABLE m (id int PRIMARY KEY) ENGINE = MyISAM;\nINSERT INTO m VALUES (1), (2), (2);";
    let project = project(&db).with("bbbb", "aaaa", up, "DROP TABLE m;");
    in_doubt(&migrator(&project).upgrade(&db.url, "head").unwrap_err());
    assert_eq!(db.cell("SELECT count(*) FROM m"), "2");
    in_doubt(&migrator(&project).upgrade(&db.url, "head").unwrap_err());
}

/// What was rolled back with the connection is no doubt, whoever noticed that it was gone.
fn a_rust_step_that_loses_its_connection_goes_on(db: Scratch) {
    let up = "INSERT INTO t VALUES (1);\n-- migrate:call kill";
    let broken = project(&db).with("bbbb", "aaaa", up, "DELETE FROM t;");
    let error = killing(&db, &broken).upgrade(&db.url, "head").unwrap_err();
    assert!(!error.help().unwrap_or_default().contains("resume"), "{error:?}");
    assert_eq!(db.cell("SELECT count(*) FROM t"), "0");
    let calm = Migrator::new(broken.versions()).step("kill", |_| Box::pin(async { Ok(()) }));
    blocking::Migrator::new(calm).upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT count(*) FROM t"), "1");
}

/// A MariaDB that a project serves as `mysql` is a MariaDB all the same.
fn a_drop_of_several_tables_that_did_a_part_is_in_doubt(db: Scratch) {
    for dialect in [migrate_core::Dialect::Mysql, migrate_core::Dialect::Mariadb] {
        let id = if dialect == migrate_core::Dialect::Mysql { "my" } else { "maria" };
        db.rows("CREATE TABLE a (id int)");
        let project = Project::new(dialect).with(id, "", "DROP TABLE a, b;", "SELECT 1;");
        in_doubt(&migrator(&project).upgrade(&db.url, "head").unwrap_err());
        assert!(!db.has_table("a"));
        db.rows("DROP TABLE migrate_history");
        db.rows("DROP TABLE migrate_version");
    }
}

fn a_table_that_was_to_be_replaced_may_be_gone(db: Scratch) {
    let up = "INSERT INTO t VALUES (1);\nCREATE OR REPLACE TABLE t (id int PRIMARY KEY) AS SELECT 1 AS id UNION ALL SELECT 1;";
    let project = project(&db).with("bbbb", "aaaa", up, "SELECT 1;");
    in_doubt(&migrator(&project).upgrade(&db.url, "head").unwrap_err());
}

fn an_invalid_index_is_told_and_never_taken_for_done(db: Scratch) {
    let text =
        without_transaction("bbbb", "aaaa", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (id);");
    let project = project(&db).with_file("versions/bbbb.sql", &text);
    let migrator = migrator(&project);
    migrator.upgrade(&db.url, "aaaa").unwrap();
    db.rows("INSERT INTO t VALUES (1), (1)");
    let tells = |error: &migrate_runtime::Error| {
        let help = error.help().unwrap();
        assert!(help.contains("DROP INDEX CONCURRENTLY public.i"), "{error:?}");
    };
    let error = migrator.upgrade(&db.url, "head").unwrap_err();
    in_doubt(&error);
    tells(&error);
    db.rows("DELETE FROM t");
    let error = migrator.settle(&db.url, Settle::Done).unwrap_err();
    assert_eq!(error.code(), Code::Interrupted, "{error:?}");
    tells(&error);
    migrator.settle(&db.url, Settle::Redo).unwrap();
    // IF NOT EXISTS would take the invalid index for the one that is wanted.
    let error = migrator.upgrade(&db.url, "head").unwrap_err();
    tells(&error);
    assert_eq!(db.heads(), ["aaaa"]);
    db.rows("DROP INDEX i");
    migrator.upgrade(&db.url, "head").unwrap();
    assert_eq!(db.cell("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"), "t");
}

fn a_partition_that_is_half_detached_is_in_doubt(db: Scratch) {
    db.rows("CREATE SCHEMA s");
    db.rows("CREATE TABLE s.m (id int) PARTITION BY LIST (id)");
    let text = without_transaction(
        "bbbb",
        "aaaa",
        "ALTER TABLE s.m DETACH PARTITION s.nowhere_to_be_found_at_all CONCURRENTLY;",
    );
    let project = project(&db).with_file("versions/bbbb.sql", &text);
    in_doubt(&migrator(&project).upgrade(&db.url, "head").unwrap_err());
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

fn a_way_back_that_did_nothing_leaves_the_database_whole(db: Scratch) {
    let project = project(&db).with("bbbb", "aaaa", "CREATE TABLE u (id int);", "DROP TABLE nowhere;");
    let migrator = migrator(&project);
    migrator.upgrade(&db.url, "head").unwrap();
    assert_eq!(migrator.downgrade(&db.url, "-1").unwrap_err().code(), Code::StatementFailed);
    migrator.verify(&db.url).unwrap();
    assert!(migrator.upgrade(&db.url, "head").unwrap().steps.is_empty());
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
