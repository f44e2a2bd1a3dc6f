//! What a revision sets, takes or opens in a session, and what the caller had in it.

use migrate_runtime::{Code, Migrator, TransactionMode, blocking};
use migrate_tests::{Project, Scratch, ServerKind};

use crate::{
    fixtures::{POSTGRES, SQLITE, WITHOUT_TRANSACTIONAL_DDL, migrator, project, without_transaction},
    promises,
};

promises! {
    a_role_that_a_revision_takes_is_given_back on POSTGRES;
    a_callers_own_parameters_survive on POSTGRES;
    settings_do_not_leak_within_one_transaction_for_all on POSTGRES;
    one_setting_that_stays_does_not_keep_the_others on POSTGRES;
    a_role_without_a_transaction_can_finish on POSTGRES;
    what_a_small_user_may_do_is_enough on POSTGRES;
    a_held_connection_cannot_starve_its_runtime on POSTGRES;
    whatever_a_revision_sets_is_set_back on WITHOUT_TRANSACTIONAL_DDL;
    a_role_does_not_outlast_its_revision on WITHOUT_TRANSACTIONAL_DDL;
    pragmas_are_set_back on SQLITE;
    a_pragma_that_forbids_writing_does_not_outlast_a_failure on SQLITE;
    locked_tables_are_refused on WITHOUT_TRANSACTIONAL_DDL;
    the_migration_lock_cannot_be_given_back_by_a_revision on &[ServerKind::Postgres, ServerKind::Mariadb, ServerKind::Mysql];
    transaction_control_is_refused_where_it_hides on &[ServerKind::Postgres, ServerKind::Sqlite];
    a_savepoint_needs_a_transaction_around_it on SQLITE;
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

fn a_savepoint_needs_a_transaction_around_it(db: Scratch) {
    let text = without_transaction("aaaa", "", "SAVEPOINT a;\nCREATE TABLE y (id int);\nRELEASE a;");
    let error =
        migrate_core::Catalog::load([("versions/aaaa.sql", text)], &[db.kind().dialect()]).unwrap_err();
    assert_eq!(error.code(), Code::UnsupportedStatement, "{error:?}");
    assert_eq!(error.place().unwrap().position.line, 5, "{error:?}");
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn mysql_client(db: &Scratch) -> mysql_async::Conn {
    mysql_async::Conn::from_url(db.url.replacen("mariadb://", "mysql://", 1)).await.unwrap()
}

/// Name and value of every variable of the session that does not change by itself.
async fn variables(connection: &mut mysql_async::Conn) -> Vec<(String, String)> {
    let sql = "SHOW SESSION VARIABLES WHERE Variable_name NOT IN ('timestamp', 'last_insert_id', 'identity', \
        'rand_seed1', 'rand_seed2', 'statement_id') AND Variable_name NOT LIKE '%gtid%'";
    mysql_async::prelude::Queryable::query(connection, sql).await.unwrap()
}

fn whatever_a_revision_sets_is_set_back(db: Scratch) {
    let own = match db.kind() {
        ServerKind::Mariadb => "SET check_constraint_checks = 0;\nSET max_statement_time = 100;",
        _ => "SET sql_require_primary_key = 1;\nSET max_execution_time = 100000;",
    };
    let set = format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSET group_concat_max_len = 5;\n\
         SET sql_select_limit = 1;\nSET max_error_count = 1;\nSET lc_time_names = 'de_DE', time_zone = '+02:00';\n\
         SET sql_mode = 'ANSI_QUOTES', sql_log_bin = 0, foreign_key_checks = 0;\n{own}"
    );
    let broken = format!("{set}\nINSERT INTO nowhere VALUES (1);");
    let project = project(&db)
        .with("bbbb", "aaaa", &set, "SELECT 1;")
        .with(
            "cccc",
            "bbbb",
            "CREATE TABLE u (id int);\nINSERT INTO u SELECT @@group_concat_max_len;",
            "DROP TABLE u;",
        )
        .with("dddd", "cccc", &broken, "SELECT 1;");
    block_on(async {
        let mut connection = mysql_client(&db).await;
        mysql_async::prelude::Queryable::query_drop(
            &mut connection,
            "SET max_error_count = 7, autocommit = 0",
        )
        .await
        .unwrap();
        let before = variables(&mut connection).await;
        let migrator = Migrator::new(project.versions());
        migrator.upgrade(&mut connection, "cccc").await.unwrap();
        let changed = |after: Vec<(String, String)>| -> Vec<_> {
            after.into_iter().filter(|variable| !before.contains(variable)).collect()
        };
        assert_eq!(changed(variables(&mut connection).await), []);
        migrator.upgrade(&mut connection, "head").await.unwrap_err();
        assert_eq!(changed(variables(&mut connection).await), [], "after a failure");
        connection.disconnect().await.unwrap();
    });
    assert_ne!(db.cell("SELECT id FROM u"), "5", "nor does it reach the next revision");
}

fn a_role_does_not_outlast_its_revision(db: Scratch) {
    let role = format!("{}_role", db.name);
    db.rows(&format!("CREATE ROLE {role}"));
    db.rows(&format!("GRANT ALL ON {}.* TO {role}", db.name));
    let project = project(&db).with("bbbb", "aaaa", &format!("SET ROLE {role};"), "SELECT 1;");
    let outcome = block_on(async {
        let mut connection = mysql_client(&db).await;
        if db.kind() == ServerKind::Mysql {
            // On MariaDB, whoever creates a role has it.
            let grant = format!("GRANT {role} TO CURRENT_USER()");
            mysql_async::prelude::Queryable::query_drop(&mut connection, grant).await.unwrap();
        }
        let before = current_role(&mut connection).await;
        let outcome = Migrator::new(project.versions()).upgrade(&mut connection, "head").await;
        let after = current_role(&mut connection).await;
        connection.disconnect().await.unwrap();
        outcome.map(|_| (before, after))
    });
    db.rows(&format!("DROP ROLE {role}"));
    let (before, after) = outcome.unwrap();
    assert_eq!(before, after);
}

async fn current_role(connection: &mut mysql_async::Conn) -> Option<Option<String>> {
    mysql_async::prelude::Queryable::query_first(connection, "SELECT CURRENT_ROLE()").await.unwrap()
}

const PRAGMAS: [&str; 8] = [
    "query_only",
    "foreign_keys",
    "legacy_alter_table",
    "ignore_check_constraints",
    "recursive_triggers",
    "writable_schema",
    "read_uncommitted",
    "reverse_unordered_selects",
];

fn pragmas(connection: &rusqlite::Connection) -> Vec<i64> {
    let read = |name: &&str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap();
    PRAGMAS.iter().map(read).collect()
}

fn pragmas_are_set_back(db: Scratch) {
    let set = PRAGMAS[2..].iter().map(|name| format!("PRAGMA {name} = ON;")).collect::<Vec<_>>().join("\n");
    let project = project(&db).with("bbbb", "aaaa", &set, "SELECT 1;").with(
        "cccc",
        "bbbb",
        "CREATE TABLE u (id int CHECK (id > 1));\nINSERT INTO u VALUES (1);",
        "DROP TABLE u;",
    );
    let mut connection = rusqlite::Connection::open(&db.name).unwrap();
    let before = pragmas(&connection);
    let error = block_on(Migrator::new(project.versions()).upgrade(&mut connection, "head")).unwrap_err();
    assert!(error.message().contains("CHECK constraint failed"), "{error:?}");
    assert_eq!(pragmas(&connection), before);
    assert_eq!(db.heads(), ["bbbb"]);
}

fn a_pragma_that_forbids_writing_does_not_outlast_a_failure(db: Scratch) {
    let project = project(&db).with("bbbb", "aaaa", "PRAGMA query_only = ON;", "SELECT 1;");
    let mut connection = rusqlite::Connection::open(&db.name).unwrap();
    let before = pragmas(&connection);
    block_on(Migrator::new(project.versions()).upgrade(&mut connection, "head")).unwrap_err();
    assert_eq!(pragmas(&connection), before);
    connection.execute_batch("CREATE TABLE mine (id int)").unwrap();
}
