//! What is read from files and replayed from revisions runs in a scratch database, and reaches nothing else.

use std::fs;

use migrate_tests::{Modelled, Scratch, ServerKind};

use crate::promises;

const EVERYWHERE: &[ServerKind] =
    &[ServerKind::Sqlite, ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];

promises! {
    a_file_does_not_reach_the_database on EVERYWHERE;
    a_replayed_revision_does_not_reach_the_database on EVERYWHERE;
    what_leads_nowhere_else_runs on EVERYWHERE;
}

const MODELS: &str = "\
#[derive(migrate_runtime::Table)]
#[table(name = \"users\")]
pub struct User {
    #[column(primary_key)]
    pub id: i64,
}
";

/// A project whose database has a table with a row.
fn with_users(db: &Scratch) -> Modelled {
    let project = Modelled::new(db, &[db.kind().dialect().name()]);
    project.models(MODELS);
    project.ok(&["revision", "--autogenerate", "-m", "create users"]);
    project.ok(&["upgrade"]);
    db.rows("INSERT INTO users VALUES (1)");
    project
}

/// Statements that reach out of the database that they run in, to this one or past it.
fn reaching(db: &Scratch) -> Vec<String> {
    let name = &db.name;
    match db.kind() {
        ServerKind::Sqlite => {
            vec![
                format!("ATTACH '{name}' AS real;\nDELETE FROM real.users;"),
                format!("VACUUM INTO '{name}2';"),
            ]
        }
        ServerKind::Postgres => vec![
            format!("ALTER DATABASE {name} SET work_mem = '5MB';"),
            format!("DO $$ BEGIN EXECUTE 'ALTER DATABASE {name} SET work_mem = ''5MB'''; END $$;"),
            format!("SELECT dblink_exec('dbname={name}', 'DELETE FROM users');"),
            format!("CREATE ROLE {name}_role;"),
        ],
        ServerKind::Mariadb | ServerKind::Mysql => vec![
            format!("USE `{name}`;\nDELETE FROM users;"),
            format!("/*!40000 DROP DATABASE IF EXISTS `{name}`*/;"),
            format!("DELETE FROM {name}.users;"),
            format!("CREATE PROCEDURE p() DELETE FROM `{name}`.`users`;\nCALL p();"),
            format!("PREPARE s FROM 'DELETE FROM {name}.users';\nEXECUTE s;"),
            format!("SET @s = CONCAT('DELETE FROM ', '{name}', '.users');\nPREPARE s FROM @s;\nEXECUTE s;"),
        ],
        ServerKind::Mssql => Vec::new(),
    }
}

fn is_untouched(db: &Scratch) -> bool {
    let setting = match db.kind() {
        ServerKind::Postgres => db.cell(&format!(
            "SELECT (SELECT count(*) FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase \
             WHERE d.datname = '{0}') + (SELECT count(*) FROM pg_roles WHERE rolname = '{0}_role')",
            db.name
        )),
        ServerKind::Sqlite => i32::from(fs::exists(format!("{}2", db.name)).unwrap()).to_string(),
        ServerKind::Mariadb | ServerKind::Mysql | ServerKind::Mssql => "0".to_owned(),
    };
    db.cell("SELECT count(*) FROM users") == "1" && setting == "0"
}

fn a_file_does_not_reach_the_database(db: Scratch) {
    let project = with_users(&db);
    for sql in reaching(&db) {
        fs::write(project.path("dump.sql"), format!("CREATE TABLE a (id int);\n\n{sql}\n")).unwrap();
        let (_, said) = project.fails(1, &["diff", "--from", "sql:dump.sql", "--to", "db"]);
        assert!(said.contains("dump.sql:3:1\n") && said.contains("scratch database"), "{sql}\n{said}");
        assert!(said.contains("[unsupported-statement]"), "{said}");
        assert!(is_untouched(&db), "{sql}");
    }
}

fn a_replayed_revision_does_not_reach_the_database(db: Scratch) {
    let project = with_users(&db);
    let file = project.ok(&["revision", "-m", "reach out"]).trim().to_owned();
    let template = fs::read_to_string(project.path(&file)).unwrap();
    for sql in reaching(&db) {
        // SQLite attaches nothing inside a transaction.
        let up = format!("-- migrate:up transaction:off\n{sql}\n");
        fs::write(project.path(&file), template.replace("-- migrate:up\n", &up)).unwrap();
        for arguments in [&["check", "--replay"][..], &["diff", "--from", "revisions", "--to", "db"]] {
            let (_, said) = project.fails(1, arguments);
            assert!(said.contains("cannot be replayed") && said.contains(&file), "{sql}\n{said}");
            assert!(is_untouched(&db), "{sql}");
        }
        // What comes before it can be.
        project.ok(&["diff", "--from", "revisions@head-1", "--to", "db"]);
    }
}

fn what_leads_nowhere_else_runs(db: Scratch) {
    let project = with_users(&db);
    let text = match db.kind() {
        ServerKind::Postgres => {
            "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.users (id bigint CONSTRAINT pk_users PRIMARY KEY);\n\
             DO $$ BEGIN EXECUTE 'COMMENT ON TABLE public.users IS NULL'; END $$;\nGRANT SELECT ON public.users TO PUBLIC;"
        }
        ServerKind::Mariadb | ServerKind::Mysql => {
            "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n\
             SET @n = (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE());\n\
             CREATE TABLE users (id bigint PRIMARY KEY);\nINSERT INTO users VALUES (1);\n\
             UPDATE users SET id = 2 WHERE users.id = 1;\nSET @s = 'DROP TABLE IF EXISTS b';\nPREPARE s FROM @s;\n\
             EXECUTE s;\n/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;"
        }
        ServerKind::Sqlite => "CREATE TABLE users (id INTEGER PRIMARY KEY);\nVACUUM;",
        ServerKind::Mssql => return,
    };
    fs::write(project.path("dump.sql"), text).unwrap();
    let out = project.ok(&["diff", "--from", "sql:dump.sql", "--to", "db"]);
    assert_eq!(out.trim(), "", "{out}");
}
