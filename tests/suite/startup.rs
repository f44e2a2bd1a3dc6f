//! What a program pays for at its start, and what many of them do at once.

use std::{process::Command, thread};

use migrate_runtime::{Migrator, blocking};
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use migrate_tests::{Project, Scratch, ServerKind, log_since};

use crate::{EVERYWHERE, promises};

promises! {
    at_the_head_a_start_is_one_select on &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    a_revision_in_a_transaction_is_one_message on &[ServerKind::Postgres];
    many_starters_apply_each_revision_once on EVERYWHERE;
}

fn chain(db: &Scratch, length: usize) -> Project {
    (0..length).fold(Project::new(db.kind().dialect()), |project, at| {
        let revises = at.checked_sub(1).map(|before| format!("r{before}")).unwrap_or_default();
        let up = if at == 0 { "CREATE TABLE t (id int PRIMARY KEY);" } else { "SELECT 1;" };
        project.with(&format!("r{at}"), &revises, up, if at == 0 { "DROP TABLE t;" } else { "" })
    })
}

/// What the server has logged for this test's database since `start`: the statements, without connects and quits.
pub(crate) fn statements(db: &Scratch, start: usize) -> Vec<String> {
    // The log is written behind the answer: a little patience.
    thread::sleep(std::time::Duration::from_millis(300));
    let (text, _) = log_since(&db.server, start);
    if db.kind() == ServerKind::Postgres {
        return text
            .lines()
            .filter(|line| line.contains(&format!(" {} ", db.name)))
            .filter_map(|line| line.split_once("LOG:  statement: ").map(|(_, sql)| sql.to_owned()))
            .collect();
    }
    // The connection that opened this database, by its number, which stands before the command: `12 Query`.
    let command = |line: &str| {
        line.split('\t').find_map(|part| {
            let (id, command) = part.trim().split_once(' ')?;
            ["Connect", "Query"].contains(&command).then(|| (id.to_owned(), command.to_owned()))
        })
    };
    let of =
        |line: &str, wanted: &str| command(line).filter(|(_, command)| command == wanted).map(|(id, _)| id);
    let id = text
        .lines()
        .filter(|line| line.contains(&db.name))
        .find_map(|line| of(line, "Connect"))
        .expect("a connect");
    text.lines()
        .filter(|line| of(line, "Query").as_ref() == Some(&id))
        .filter_map(|line| line.split_once("Query").map(|(_, sql)| sql.trim().to_owned()))
        .collect()
}

fn at_the_head_a_start_is_one_select(db: Scratch) {
    for length in [1, 1000] {
        let project = chain(&db, length);
        let versions = project.versions();
        let migrator = blocking::Migrator::new(Migrator::new(versions));
        migrator.upgrade(&db.url, "head").unwrap();
        let seen = if db.kind() == ServerKind::Sqlite {
            let (told, heard) = std::sync::mpsc::channel();
            let mut connection = rusqlite::Connection::open(&db.name).unwrap();
            connection
                .trace_v2(
                    TraceEventCodes::SQLITE_TRACE_STMT,
                    Some(move |event: TraceEvent<'_>| {
                        if let TraceEvent::Stmt(_, sql) = event {
                            told.send(sql.to_owned()).unwrap();
                        }
                    }),
                )
                .unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(Migrator::new(versions).upgrade(&mut connection, "head")).unwrap();
            drop(connection);
            heard.into_iter().collect()
        } else {
            let (_, start) = log_since(&db.server, usize::MAX);
            assert_eq!(migrator.upgrade(&db.url, "head").unwrap().steps.len(), 0);
            statements(&db, start)
        };
        assert_eq!(seen.len(), 1, "{length} revisions: {seen:#?}");
        assert!(seen[0].starts_with("SELECT"), "{seen:?}");
    }
}

fn a_revision_in_a_transaction_is_one_message(db: Scratch) {
    let project = Project::new(db.kind().dialect()).with("aaaa", "", "SELECT 1;", "").with(
        "bbbb",
        "aaaa",
        "CREATE TABLE t (id int); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2);",
        "",
    );
    let migrator = blocking::Migrator::new(Migrator::new(project.versions()));
    migrator.upgrade(&db.url, "aaaa").unwrap();
    let (_, start) = log_since(&db.server, usize::MAX);
    migrator.upgrade(&db.url, "bbbb").unwrap();
    let messages = statements(&db, start);
    let of_revision: Vec<_> = messages
        .iter()
        .filter(|sql| sql.starts_with("BEGIN") || sql.contains("INSERT") || sql.contains("COMMIT"))
        .collect();
    assert_eq!(of_revision.len(), 1, "{messages:#?}");
    // Heads, lock, place of the tables, settings, heads again, journal, the revision, unlock.
    assert_eq!(messages.len(), 8, "{messages:#?}");
}

/// Eight processes of one program that migrates itself, on an empty database.
fn many_starters_apply_each_revision_once(db: Scratch) {
    let program = env!("CARGO_BIN_EXE_self-migrate");
    let starters: Vec<_> = (0..8)
        .map(|_| {
            Command::new(program)
                .env("DATABASE_URL", &db.url)
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut applied = 0;
    for starter in starters {
        let output = starter.wait_with_output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{out}{err}");
        applied += out.trim().parse::<usize>().unwrap();
    }
    assert_eq!(applied, 4, "each revision is applied by one starter");
    let rows = db.rows("SELECT revision, count(*) FROM migrate_history GROUP BY revision ORDER BY revision");
    assert_eq!(rows, [["a1", "1"], ["b1", "1"], ["c1", "1"], ["d1", "1"]]);
    assert_eq!(db.cell("SELECT count(*) FROM entries"), "2");
    assert_eq!(db.heads(), ["d1"]);
}
