//! Edits of what has run: none is hidden by going down and up, by a stamp or by a settlement.

use std::sync::{Arc, Mutex};

use migrate_runtime::{Code, Event, Migrator, Settle, blocking};
use migrate_tests::{Project, Scratch, ServerKind};

use crate::{
    EVERYWHERE,
    fixtures::{WITHOUT_TRANSACTIONAL_DDL, migrator, project},
    promises,
};

promises! {
    going_down_and_up_does_not_hide_an_edit on EVERYWHERE;
    a_revision_put_below_one_that_ran_is_not_undone on EVERYWHERE;
    mariadb_can_be_added_to_the_dialects on &[ServerKind::Mariadb];
    settling_does_not_hide_an_edit on WITHOUT_TRANSACTIONAL_DDL;
    a_stamp_below_is_no_sign_that_all_is_applied on EVERYWHERE;
    an_interrupted_way_back_does_not_hide_an_edit on WITHOUT_TRANSACTIONAL_DDL;
    a_stamp_does_not_hide_an_edit on EVERYWHERE;
    a_stamp_says_which_edits_it_accepts on EVERYWHERE;
    an_edit_that_is_undone_is_forgiven on EVERYWHERE;
    a_journal_that_was_emptied_proves_nothing on EVERYWHERE;
    an_accepted_edit_that_is_undone_taints_no_other_revision on EVERYWHERE;
    what_another_stamp_vouched_for_is_still_what_ran on EVERYWHERE;
    where_no_edit_is_known_no_file_is_blamed on EVERYWHERE;
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

fn a_stamp_says_which_edits_it_accepts(db: Scratch) {
    let before = project(&db).with("bbbb", "aaaa", "CREATE TABLE u (id int);", "DROP TABLE u;");
    migrator(&before).upgrade(&db.url, "head").unwrap();
    let edited = before.clone().with("aaaa", "", "CREATE TABLE t (id bigint);", "DROP TABLE t;");
    let stamped = |project: &Project, to: &str, dry_run: bool| {
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let migrator = Migrator::new(project.versions()).dry_run(dry_run).on_event(move |event| {
            if let Event::Warning { message } = event {
                heard.lock().unwrap().push((*message).to_owned());
            }
        });
        let report = blocking::Migrator::new(migrator).stamp(&db.url, &[to], false).unwrap();
        let steps: Vec<_> = report.steps.into_iter().map(|step| step.revision).collect();
        let told = told.lock().unwrap().clone();
        (steps, told)
    };
    // What a stamp leaves behind it is not accepted, but gone.
    let above = before.clone().with("bbbb", "aaaa", "CREATE TABLE u (id bigint);", "DROP TABLE u;");
    assert_eq!(stamped(&above, "aaaa", true), (vec!["aaaa".to_owned()], vec![]));

    let (steps, told) = stamped(&before, "head", false);
    assert!(steps.is_empty() && told.is_empty(), "{steps:?} {told:?}");

    let (steps, told) = stamped(&edited, "head", true);
    assert!(told[0].starts_with("revision aaaa was edited after this database had run it"), "{told:?}");
    assert!(told[0].ends_with("would accept what the files have now"), "{told:?}");
    assert_eq!(steps, ["bbbb"]);
    assert_eq!(migrator(&edited).verify(&db.url).unwrap_err().code(), Code::Tampered);

    let (steps, told) = stamped(&edited, "head", false);
    assert_eq!((steps.as_slice(), told.len()), (&["bbbb".to_owned()][..], 1), "{told:?}");
    assert!(told[0].ends_with("accepted, as the files have it now"), "{told:?}");
    migrator(&edited).verify(&db.url).unwrap();
    assert_eq!(stamped(&edited, "head", false), (vec![], vec![]), "that is known by now");

    // Where the journal is gone, nobody knows which it was.
    db.rows("DELETE FROM migrate_history");
    let (_, told) = stamped(&before, "head", false);
    assert!(
        told[0].starts_with("nothing proves that this database has run the history up to revision bbbb"),
        "{told:?}"
    );
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

fn a_journal_that_was_emptied_proves_nothing(db: Scratch) {
    let before = project(&db).with("bbbb", "aaaa", "CREATE TABLE u (id int);", "DROP TABLE u;");
    migrator(&before).upgrade(&db.url, "head").unwrap();
    db.rows("DELETE FROM migrate_history");
    let edited = before.with("bbbb", "aaaa", "CREATE TABLE u (id bigint);", "DROP TABLE u;");
    assert_eq!(migrator(&edited).upgrade(&db.url, "head").unwrap_err().code(), Code::Tampered);
    // Not refused with a story of what never ran; and what cannot be proved is not vouched for.
    migrator(&edited).downgrade(&db.url, "-1").unwrap();
    assert!(!db.has_table("u"));
    assert_eq!(migrator(&edited).verify(&db.url).unwrap_err().code(), Code::Tampered);
    migrator(&edited).stamp(&db.url, &["aaaa"], false).unwrap();
    migrator(&edited).upgrade(&db.url, "head").unwrap();
    migrator(&edited).verify(&db.url).unwrap();
}

/// Three revisions, of which the last was edited, and the edit accepted by a stamp and undone since.
fn accepted_and_undone(db: &Scratch) -> Project {
    let project = project(db).with("bbbb", "aaaa", "CREATE TABLE u (id int);", "DROP TABLE u;").with(
        "cccc",
        "bbbb",
        "CREATE TABLE v (id int);",
        "DROP TABLE v;",
    );
    migrator(&project).upgrade(&db.url, "head").unwrap();
    let edited = project.clone().with("cccc", "bbbb", "CREATE TABLE v (id bigint);", "DROP TABLE v;");
    migrator(&edited).stamp(&db.url, &["head"], false).unwrap();
    migrator(&edited).verify(&db.url).unwrap();
    project
}

fn an_accepted_edit_that_is_undone_taints_no_other_revision(db: Scratch) {
    let project = accepted_and_undone(&db);
    let migrator = migrator(&project);
    assert_eq!(migrator.upgrade(&db.url, "head").unwrap_err().code(), Code::Tampered);
    migrator.downgrade(&db.url, "-1").unwrap();
    assert_eq!(db.rows("SELECT count(*) FROM migrate_version WHERE lineage = 'tampered'"), [["0"]]);
    assert_eq!(db.heads(), ["bbbb"]);
    migrator.upgrade(&db.url, "head").unwrap();
    migrator.verify(&db.url).unwrap();
    migrator.downgrade(&db.url, "base").unwrap();
    migrator.upgrade(&db.url, "head").unwrap();
    migrator.verify(&db.url).unwrap();
}

fn what_another_stamp_vouched_for_is_still_what_ran(db: Scratch) {
    let project = accepted_and_undone(&db);
    let again = project.clone().with("cccc", "bbbb", "CREATE TABLE v (id int, b int);", "DROP TABLE v;");
    migrator(&again).stamp(&db.url, &["head"], false).unwrap();
    migrator(&project).downgrade(&db.url, "-1").unwrap();
    migrator(&project).upgrade(&db.url, "head").unwrap();
    // What a stamp has passed over and another one has brought in again did not run.
    migrator(&project).stamp(&db.url, &["base"], false).unwrap();
    migrator(&again).stamp(&db.url, &["head"], false).unwrap();
    migrator(&project).downgrade(&db.url, "-1").unwrap();
    assert_eq!(migrator(&project).verify(&db.url).unwrap_err().code(), Code::Tampered);
}

fn where_no_edit_is_known_no_file_is_blamed(db: Scratch) {
    let project = accepted_and_undone(&db);
    let migrator = migrator(&project);
    let blames_nobody = |head: &str| {
        let error = migrator.upgrade(&db.url, "head").unwrap_err();
        assert_eq!((error.code(), error.revision()), (Code::Tampered, Some(head)), "{error:?}");
        let help = error.help().unwrap();
        assert!(help.contains(&format!("`stamp {head}`")), "{help}");
        assert!(!help.contains(".sql") && !help.contains("downgrade"), "{help}");
    };
    blames_nobody("cccc");
    // An edit further below that was accepted as well may be what differs, or not.
    let both = project.clone().with("aaaa", "", "CREATE TABLE t (id bigint);", "DROP TABLE t;");
    let accepting = self::migrator(&both);
    accepting.stamp(&db.url, &["head"], false).unwrap();
    let edited = self::migrator(&both.with("cccc", "bbbb", "CREATE TABLE v (id bigint);", "DROP TABLE v;"));
    edited.downgrade(&db.url, "-1").unwrap();
    let error = edited.upgrade(&db.url, "head").unwrap_err();
    let help = error.help().unwrap();
    assert!(
        help.contains("aaaa.sql") && help.contains("`stamp bbbb`") && !help.contains("downgrade"),
        "{help}"
    );
    // Without that edit all is as it was accepted.
    accepting.upgrade(&db.url, "head").unwrap();
    // Without the journal's proof the next one below is in doubt too; the help leads out of it all the same.
    db.rows("DELETE FROM migrate_history");
    migrator.downgrade(&db.url, "-1").unwrap();
    blames_nobody("bbbb");
    migrator.stamp(&db.url, &["bbbb"], false).unwrap();
    migrator.upgrade(&db.url, "head").unwrap();
    migrator.verify(&db.url).unwrap();
}
