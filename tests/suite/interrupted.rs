//! Revisions that stopped half way: what is known, what is in doubt, what goes on.

use migrate_runtime::{Code, Migrator, Settle, blocking};
use migrate_tests::{Project, Scratch};

use crate::{
    fixtures::{POSTGRES, WITHOUT_TRANSACTIONAL_DDL, in_doubt, migrator, project, without_transaction},
    promises,
};

promises! {
    several_statements_in_one_are_never_taken_for_a_commit on POSTGRES;
    a_call_that_did_a_part_is_in_doubt on WITHOUT_TRANSACTIONAL_DDL;
    a_rust_step_that_commits_is_in_doubt on WITHOUT_TRANSACTIONAL_DDL;
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
