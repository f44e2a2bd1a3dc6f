use std::{collections::BTreeMap, fmt::Write as _};

use migrate_core::{Code, Dialect};
use migrate_runtime::Connection;

use super::*;
use crate::{
    diff::{Renames, diff},
    operation::reversed,
    reflect::{Scope, reflect},
    schema::{ObjectName, Schema},
};

/// A database in memory.
pub(super) struct Database(Connection);

impl Database {
    pub(super) async fn new(statements: &[&str]) -> Self {
        let mut database = Self(Connection::open("sqlite::memory:").await.unwrap());
        for sql in statements {
            database.run(sql).await;
        }
        database
    }

    pub(super) async fn run(&mut self, sql: &str) {
        self.0.execute(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
    }

    /// As the runtime runs a revision: foreign keys off outside the transaction, and checked before its end.
    pub(super) async fn run_script(&mut self, statements: &[Statement]) {
        let is_off = statements.first().is_some_and(|first| first.sql == rebuild::FOREIGN_KEYS_OFF);
        if is_off {
            self.run("PRAGMA foreign_keys = OFF").await;
        }
        self.run("BEGIN").await;
        for statement in statements {
            self.run(&statement.sql).await;
        }
        assert_eq!(self.rows("PRAGMA foreign_key_check").await, [[""; 0]; 0]);
        self.run("COMMIT").await;
        self.run("PRAGMA foreign_keys = ON").await;
        assert_eq!(self.rows("SELECT l.legacy_alter_table FROM pragma_legacy_alter_table l").await, [["0"]]);
    }

    pub(super) async fn rows(&mut self, sql: &str) -> Vec<Vec<String>> {
        let rows = self.0.query(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
        let text = |cell: Option<String>| cell.unwrap_or_else(|| "NULL".to_owned());
        rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect()
    }

    async fn counts(&mut self, tables: &[&str]) -> Vec<Vec<Vec<String>>> {
        let mut counts = Vec::new();
        for table in tables {
            counts.push(self.rows(&format!("SELECT count(*) FROM {}", crate::sqlite::quote(table))).await);
        }
        counts
    }

    pub(super) async fn schema(&mut self) -> Schema {
        reflect(&mut self.0, &Scope::default()).await.unwrap()
    }
}

pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// What leads from one schema to the other, and back.
pub(super) fn scripts(
    before: &Schema,
    after: &Schema,
    renames: &Renames,
) -> (Vec<Statement>, Vec<Statement>) {
    let operations = diff(before, after, renames);
    let up = render(&Script { operations: &operations, before, after }, &Notes::default()).unwrap();
    let back = reversed(&operations);
    let down =
        render(&Script { operations: &back, before: after, after: before }, &Notes::default()).unwrap();
    (up, down)
}

pub(super) fn shown(statements: &[Statement]) -> String {
    let mut text = String::new();
    for statement in statements {
        for review in &statement.reviews {
            let _ = writeln!(text, "-- review: {review}");
        }
        let _ = writeln!(text, "{};", statement.sql);
    }
    text
}

fn nothing() -> Renames {
    Renames::default()
}

fn rename_column(table: &str, from: &str, to: &str) -> Renames {
    let columns = BTreeMap::from([(from.to_owned(), to.to_owned())]);
    Renames { columns: BTreeMap::from([(ObjectName::local(table), columns)]), ..Renames::default() }
}

/// The SQL that leads from one database to another, and back. Both ways are run, on a database with the given rows, and
/// have to lead where they should, and each table that is there before and behind has to keep the number of its rows.
fn between(before: &[&str], rows: &[&str], after: &[&str], renames: &Renames) -> (String, String) {
    block_on(async {
        let mut one = Database::new(before).await;
        let mut other = Database::new(after).await;
        for sql in rows {
            one.run(sql).await;
        }
        let (before, after) = (one.schema().await, other.schema().await);
        let (up, down) = scripts(&before, &after, renames);
        let staying: Vec<(&str, &str)> = before
            .tables
            .keys()
            .map(|name| (name, renames.tables.get(name).unwrap_or(name)))
            .filter(|(_, later)| after.tables.contains_key(*later))
            .map(|(name, later)| (name.name.as_str(), later.name.as_str()))
            .collect();
        let earlier: Vec<&str> = staying.iter().map(|(name, _)| *name).collect();
        let later: Vec<&str> = staying.iter().map(|(_, name)| *name).collect();
        let counted = one.counts(&earlier).await;
        one.run_script(&up).await;
        let reached = one.schema().await;
        assert_eq!(diff(&reached, &after, &nothing()), [], "{}", shown(&up));
        assert_eq!(one.counts(&later).await, counted, "{}", shown(&up));
        one.run_script(&down).await;
        let back = one.schema().await;
        assert_eq!(diff(&back, &before, &nothing()), [], "{}", shown(&down));
        assert_eq!(one.counts(&earlier).await, counted, "{}", shown(&down));
        (shown(&up), shown(&down))
    })
}

fn up(before: &[&str], after: &[&str]) -> String {
    between(before, &[], after, &nothing()).0
}

#[test]
fn a_table_is_created_as_one_would_write_it() {
    let teams = "CREATE TABLE teams (id integer primary key)";
    let users = "CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT, email varchar(255) NOT NULL COLLATE nocase, \
                 team_id integer NOT NULL, \"order\" int DEFAULT 0, full text AS (email || 'x') STORED, \
                 CONSTRAINT fk_users_team_id FOREIGN KEY (team_id) REFERENCES teams (id) ON DELETE CASCADE, \
                 CONSTRAINT uq_users_email UNIQUE (email), CONSTRAINT ck_order CHECK (\"order\" >= 0), UNIQUE (team_id, email))";
    let index =
        "CREATE INDEX ix_users ON users (lower(email) COLLATE nocase DESC, team_id) WHERE team_id > 0";
    insta::assert_snapshot!(up(&[], &[teams, users, index]), @r#"
    CREATE TABLE teams (
        id INTEGER PRIMARY KEY
    );
    CREATE TABLE users (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        email   VARCHAR(255) NOT NULL COLLATE NOCASE,
        team_id INTEGER NOT NULL,
        "order" INT DEFAULT 0,
        "full"  TEXT GENERATED ALWAYS AS (email || 'x') STORED,
        CONSTRAINT uq_users_email UNIQUE (email),
        UNIQUE (team_id, email),
        CONSTRAINT fk_users_team_id FOREIGN KEY (team_id)
            REFERENCES teams (id) ON DELETE CASCADE,
        CONSTRAINT ck_order CHECK ("order" >= 0)
    );
    CREATE INDEX ix_users ON users (lower(email) COLLATE NOCASE DESC, team_id) WHERE team_id > 0;
    "#);
}

#[test]
fn columns_come_and_go_in_place() {
    let before = "CREATE TABLE users (id integer PRIMARY KEY, old text, seen text)";
    let old = "CREATE INDEX ix_old ON users (old)";
    let teams = "CREATE TABLE teams (id integer PRIMARY KEY)";
    let after = "CREATE TABLE users (id integer PRIMARY KEY, seen text, bio text COLLATE nocase, \
                 state text NOT NULL DEFAULT 'active' CONSTRAINT ck_state CHECK (state IN ('active', 'gone')), \
                 team_id integer CONSTRAINT fk_team REFERENCES teams (id) ON DELETE SET NULL, \
                 twice integer AS (id * 2))";
    let new = "CREATE INDEX ix_team ON users (team_id)";
    let rows = ["INSERT INTO users (old) VALUES ('a'), (NULL)"];
    let (up, down) = between(&[teams, before, old], &rows, &[teams, after, new], &nothing());
    insta::assert_snapshot!(up, @r#"
    DROP INDEX ix_old;
    ALTER TABLE users DROP COLUMN old;
    ALTER TABLE users ADD COLUMN bio TEXT COLLATE NOCASE;
    ALTER TABLE users ADD COLUMN state TEXT NOT NULL DEFAULT 'active'
        CONSTRAINT ck_state CHECK (state IN ('active', 'gone'));
    ALTER TABLE users ADD COLUMN team_id INTEGER
        CONSTRAINT fk_team REFERENCES teams (id) ON DELETE SET NULL;
    ALTER TABLE users ADD COLUMN twice INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL;
    CREATE INDEX ix_team ON users (team_id);
    "#);
    insta::assert_snapshot!(down, @r#"
    PRAGMA foreign_keys = OFF;
    CREATE TABLE new_users (
        id   INTEGER PRIMARY KEY,
        old  TEXT,
        seen TEXT
    );
    INSERT INTO new_users (id, seen)
    SELECT id, seen
    FROM users;
    DROP TABLE users;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE new_users RENAME TO users;
    PRAGMA legacy_alter_table = OFF;
    CREATE INDEX ix_old ON users (old);
    "#);
}

#[test]
fn what_alter_table_cannot_is_one_rebuild() {
    let before = [
        "CREATE TABLE teams (id integer PRIMARY KEY)",
        "CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT, email text, age text, gone int UNIQUE, \
         team_id int REFERENCES teams (id))",
        "CREATE INDEX ix_users_email ON users (email DESC) WHERE age > 0",
        "CREATE TRIGGER touched AFTER UPDATE ON users BEGIN UPDATE users SET age = 1 WHERE id = new.id; END",
    ];
    let after = [
        before[0],
        "CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT, added text NOT NULL DEFAULT (date('now')), \
         email text NOT NULL, age integer, team_id int REFERENCES teams (id) ON DELETE CASCADE, \
         CONSTRAINT ck_age CHECK (age >= 0))",
        before[2],
        "CREATE INDEX ix_users_age ON users (age)",
        before[3],
    ];
    let rows = [
        "INSERT INTO teams VALUES (1)",
        "INSERT INTO users (id, email, age, gone, team_id) VALUES (7, 'a', '07', 1, 1), (9, 'b', 2, 2, NULL)",
    ];
    let (up, down) = between(&before, &rows, &after, &nothing());
    insta::assert_snapshot!(up, @r#"
    PRAGMA foreign_keys = OFF;
    CREATE TABLE new_users (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        added   TEXT NOT NULL DEFAULT (date('now')),
        email   TEXT NOT NULL,
        age     INTEGER,
        team_id INT,
        FOREIGN KEY (team_id) REFERENCES teams (id) ON DELETE CASCADE,
        CONSTRAINT ck_age CHECK (age >= 0)
    );
    -- review: stops where email is NULL: fill it first, UPDATE users SET email = ... WHERE email IS NULL
    -- review: text in age that looks like a number becomes one: '007' becomes 7
    INSERT INTO new_users (id, email, age, team_id)
    SELECT id, email, age, team_id
    FROM users;
    UPDATE sqlite_sequence
    SET seq = old.seq
    FROM sqlite_sequence AS old
    WHERE sqlite_sequence.name = 'new_users' AND old.name = 'users';
    DROP TABLE users;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE new_users RENAME TO users;
    PRAGMA legacy_alter_table = OFF;
    CREATE INDEX ix_users_email ON users (email DESC) WHERE age > 0;
    CREATE INDEX ix_users_age ON users (age);
    CREATE TRIGGER touched AFTER UPDATE ON users BEGIN UPDATE users SET age = 1 WHERE id = new.id; END;
    "#);
    insta::assert_snapshot!(down, @r#"
    PRAGMA foreign_keys = OFF;
    CREATE TABLE new_users (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        email   TEXT,
        age     TEXT,
        gone    INT,
        team_id INT,
        UNIQUE (gone),
        FOREIGN KEY (team_id) REFERENCES teams (id)
    );
    -- review: numbers in age become text, of at most 15 digits
    INSERT INTO new_users (id, email, age, team_id)
    SELECT id, email, age, team_id
    FROM users;
    UPDATE sqlite_sequence
    SET seq = old.seq
    FROM sqlite_sequence AS old
    WHERE sqlite_sequence.name = 'new_users' AND old.name = 'users';
    DROP TABLE users;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE new_users RENAME TO users;
    PRAGMA legacy_alter_table = OFF;
    CREATE INDEX ix_users_email ON users (email DESC) WHERE age > 0;
    CREATE TRIGGER touched AFTER UPDATE ON users BEGIN UPDATE users SET age = 1 WHERE id = new.id; END;
    "#);
}

#[test]
fn renames_come_in_place_and_a_rebuild_behind_them_goes_by_the_new_names() {
    let before = [
        "CREATE TABLE users (id integer PRIMARY KEY, name text CHECK (length(name) > 0), n int)",
        "CREATE TABLE posts (author integer REFERENCES users (id))",
        "CREATE INDEX ix_name ON users (lower(name))",
        "CREATE TRIGGER t AFTER UPDATE OF name ON users WHEN new.name <> old.name BEGIN DELETE FROM posts WHERE author = new.id; END",
        "CREATE VIEW v AS SELECT name FROM users",
    ];
    let after = [
        "CREATE TABLE people (id integer PRIMARY KEY, full_name text CHECK (length(full_name) > 0), n int NOT NULL)",
        "CREATE TABLE posts (author integer REFERENCES people (id))",
        "CREATE INDEX ix_name ON people (lower(full_name))",
    ];
    let mut renames = rename_column("people", "name", "full_name");
    renames.tables.insert(ObjectName::local("users"), ObjectName::local("people"));
    let rows = ["INSERT INTO users VALUES (1, 'a', 1)", "INSERT INTO posts VALUES (1)"];
    let (up, down) = between(&before, &rows, &after, &renames);
    insta::assert_snapshot!(up, @r#"
    PRAGMA foreign_keys = OFF;
    ALTER TABLE users RENAME TO people;
    ALTER TABLE people RENAME COLUMN name TO full_name;
    CREATE TABLE new_people (
        id        INTEGER PRIMARY KEY,
        full_name TEXT,
        n         INT NOT NULL,
        CHECK (length(full_name) > 0)
    );
    -- review: stops where n is NULL: fill it first, UPDATE people SET n = ... WHERE n IS NULL
    INSERT INTO new_people (id, full_name, n)
    SELECT id, full_name, n
    FROM people;
    DROP TABLE people;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE new_people RENAME TO people;
    PRAGMA legacy_alter_table = OFF;
    CREATE INDEX ix_name ON people (lower(full_name));
    CREATE TRIGGER t AFTER UPDATE OF full_name ON people WHEN new.full_name <> old.full_name BEGIN DELETE FROM posts WHERE author = new.id; END;
    "#);
    insta::assert_snapshot!(down, @r#"
    PRAGMA foreign_keys = OFF;
    CREATE TABLE new_people (
        id        INTEGER PRIMARY KEY,
        full_name TEXT,
        n         INT,
        CHECK (length(full_name) > 0)
    );
    INSERT INTO new_people (id, full_name, n)
    SELECT id, full_name, n
    FROM people;
    DROP TABLE people;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE new_people RENAME TO people;
    PRAGMA legacy_alter_table = OFF;
    CREATE INDEX ix_name ON people (lower(full_name));
    CREATE TRIGGER t AFTER UPDATE OF full_name ON people WHEN new.full_name <> old.full_name BEGIN DELETE FROM posts WHERE author = new.id; END;
    ALTER TABLE people RENAME COLUMN full_name TO name;
    ALTER TABLE people RENAME TO users;
    "#);
}

#[test]
fn tables_in_a_circle_are_created_at_once_and_dropped_without_foreign_keys() {
    let tables = [
        "CREATE TABLE a (id integer PRIMARY KEY, b integer REFERENCES b (id))",
        "CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a (id))",
    ];
    let (up, down) = between(&[], &[], &tables, &nothing());
    insta::assert_snapshot!(up, @r#"
    CREATE TABLE a (
        id INTEGER PRIMARY KEY,
        b  INTEGER,
        FOREIGN KEY (b) REFERENCES b (id)
    );
    CREATE TABLE b (
        id INTEGER PRIMARY KEY,
        a  INTEGER,
        FOREIGN KEY (a) REFERENCES a (id)
    );
    "#);
    insta::assert_snapshot!(down, @r#"
    PRAGMA foreign_keys = OFF;
    DROP TABLE b;
    DROP TABLE a;
    "#);
}

#[test]
fn what_no_model_can_say_is_kept_by_a_rebuild_and_by_the_way_back() {
    let before = [
        "CREATE TABLE t (k text NOT NULL, a text CONSTRAINT nn NOT NULL ON CONFLICT REPLACE DEFAULT 'x', b text, c text, \
         PRIMARY KEY (k DESC), UNIQUE (a COLLATE nocase DESC, b) ON CONFLICT IGNORE) WITHOUT ROWID, STRICT",
        "CREATE TRIGGER kept AFTER INSERT ON t BEGIN SELECT 1; END",
    ];
    let rows = ["INSERT INTO t VALUES ('1', 'a', 'b', 'c'), ('2', 'b', 'c', NULL)"];
    block_on(async {
        let mut database = Database::new(&before).await;
        for sql in rows {
            database.run(sql).await;
        }
        let before = database.schema().await;
        // As a model would have it.
        let mut after = before.clone();
        let table = after.tables.values_mut().next().unwrap();
        table.triggers.clear();
        table.details = crate::schema::Details::default();
        table.columns.retain(|column| column.name != "c");
        table.columns[2].nullable = false;
        let (up, down) = scripts(&before, &after, &nothing());
        insta::assert_snapshot!(shown(&up), @r#"
    PRAGMA foreign_keys = OFF;
    CREATE TABLE new_t (
        k TEXT NOT NULL,
        a TEXT CONSTRAINT nn NOT NULL ON CONFLICT REPLACE DEFAULT 'x',
        b TEXT NOT NULL,
        PRIMARY KEY (k DESC),
        UNIQUE (a COLLATE NOCASE DESC, b) ON CONFLICT IGNORE
    ) STRICT, WITHOUT ROWID;
    -- review: stops where b is NULL: fill it first, UPDATE t SET b = ... WHERE b IS NULL
    INSERT OR ABORT INTO new_t (k, a, b)
    SELECT k, a, b
    FROM t;
    DROP TABLE t;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE new_t RENAME TO t;
    PRAGMA legacy_alter_table = OFF;
    CREATE TRIGGER kept AFTER INSERT ON t BEGIN SELECT 1; END;
    "#);
        database.run_script(&up).await;
        assert_eq!(database.rows("SELECT count(*) FROM t").await, [["2"]]);
        database.run_script(&down).await;
        let mut back = database.schema().await;
        for table in back.tables.values_mut() {
            table.details.has_comments = false;
        }
        assert_eq!(back, before);
    });
}

#[test]
fn a_unique_index_that_moves_to_another_table_is_dropped_in_time() {
    let before = ["CREATE TABLE a (x int)", "CREATE TABLE z (x int, y int)", "CREATE INDEX i ON z (x)"];
    let after =
        ["CREATE TABLE a (x int)", "CREATE TABLE z (x int, y int NOT NULL)", "CREATE INDEX i ON a (x)"];
    let (up, _) = between(&before, &[], &after, &nothing());
    insta::assert_snapshot!(up, @r#"
    PRAGMA foreign_keys = OFF;
    DROP INDEX i;
    CREATE INDEX i ON a (x);
    CREATE TABLE new_z (
        x INT,
        y INT NOT NULL
    );
    -- review: stops where y is NULL: fill it first, UPDATE z SET y = ... WHERE y IS NULL
    INSERT INTO new_z (rowid, x, y)
    SELECT rowid, x, y
    FROM z;
    DROP TABLE z;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE new_z RENAME TO z;
    PRAGMA legacy_alter_table = OFF;
    "#);
}

#[test]
fn a_long_list_of_columns_takes_several_lines() {
    let columns = |ty: &str| {
        let columns: Vec<String> = (1..=8).map(|n| format!("a_rather_long_name_{n} {ty}")).collect();
        format!("CREATE TABLE t (id integer PRIMARY KEY, {})", columns.join(", "))
    };
    let (before, after) = (columns("int"), columns("text"));
    let rows = ["INSERT INTO t (id) VALUES (1)"];
    let (up, _) = between(&[&before], &rows, &[&after], &nothing());
    assert!(up.lines().all(|line| line == line.trim_end() && !line.is_empty()), "{up}");
    let (_, copy) = up.split_once("INSERT INTO ").unwrap();
    let (copy, _) = copy.split_once(';').unwrap();
    insta::assert_snapshot!(copy, @r"
    new_t (
        id, a_rather_long_name_1, a_rather_long_name_2, a_rather_long_name_3, a_rather_long_name_4,
        a_rather_long_name_5, a_rather_long_name_6, a_rather_long_name_7, a_rather_long_name_8
    )
    SELECT
        id, a_rather_long_name_1, a_rather_long_name_2, a_rather_long_name_3, a_rather_long_name_4,
        a_rather_long_name_5, a_rather_long_name_6, a_rather_long_name_7, a_rather_long_name_8
    FROM t
    ");
}

#[test]
fn a_name_that_changes_its_case_alone_takes_two_steps() {
    let renames = Renames {
        tables: BTreeMap::from([(ObjectName::local("Users"), ObjectName::local("users"))]),
        ..Renames::default()
    };
    let before =
        ["CREATE TABLE Users (id integer PRIMARY KEY)", "CREATE TABLE p (u integer REFERENCES Users (id))"];
    let after =
        ["CREATE TABLE users (id integer PRIMARY KEY)", "CREATE TABLE p (u integer REFERENCES users (id))"];
    let (up, _) =
        between(&before, &["INSERT INTO Users VALUES (1)", "INSERT INTO p VALUES (1)"], &after, &renames);
    insta::assert_snapshot!(up, @r#"
    ALTER TABLE Users RENAME TO users_2;
    ALTER TABLE users_2 RENAME TO users;
    "#);
}

#[test]
fn what_can_stop_a_script_or_change_a_value_is_shown_to_the_reviewer() {
    let before = "CREATE TABLE t (id integer PRIMARY KEY, -- why\n a text, b int, c text, d int)";
    let after = "CREATE TABLE t (id integer PRIMARY KEY, a integer, b text NOT NULL, c text AS (a) STORED, d int, e int NOT NULL) STRICT";
    insta::assert_snapshot!(up(&[before], &[after]), @r#"
    PRAGMA foreign_keys = OFF;
    -- review: the comments inside the CREATE TABLE of t are not kept
    CREATE TABLE new_t (
        id INTEGER PRIMARY KEY,
        a  INTEGER,
        b  TEXT NOT NULL,
        c  TEXT GENERATED ALWAYS AS (a) STORED,
        d  INT,
        e  INT NOT NULL
    ) STRICT;
    -- review: stops where a holds something that is no INTEGER
    -- review: text in a that looks like a number becomes one: '007' becomes 7
    -- review: stops where b is NULL: fill it first, UPDATE t SET b = ... WHERE b IS NULL
    -- review: stops where b holds something that is no TEXT
    -- review: numbers in b become text, of at most 15 digits
    -- review: what c holds is lost: it is computed from now on
    -- review: stops where d holds something that is no INT
    -- review: fails if t has rows: give e a default, or add it without NOT NULL, fill it, and set NOT NULL afterwards
    INSERT INTO new_t (id, a, b, d)
    SELECT id, a, b, d
    FROM t;
    DROP TABLE t;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE new_t RENAME TO t;
    PRAGMA legacy_alter_table = OFF;
    "#);
    insta::assert_snapshot!(up(&["CREATE TABLE t (a int)"], &["CREATE TABLE t (a int, b int NOT NULL)"]), @r#"
    -- review: fails if t has rows: give b a default, or add it without NOT NULL, fill it, and set NOT NULL afterwards
    ALTER TABLE t ADD COLUMN b INT NOT NULL;
    "#);
}

#[test]
fn a_computed_column_is_added_behind_what_it_needs() {
    let before = "CREATE TABLE t (id integer PRIMARY KEY)";
    let after = "CREATE TABLE t (id integer PRIMARY KEY, g int AS (b + 1), b int)";
    let rows = ["INSERT INTO t VALUES (1)"];
    let (up, _) = between(&[before], &rows, &[after], &nothing());
    assert_eq!(
        up,
        "ALTER TABLE t ADD COLUMN b INT;\nALTER TABLE t ADD COLUMN g INT GENERATED ALWAYS AS (b + 1) VIRTUAL;\n"
    );
    let after = "CREATE TABLE t (id integer PRIMARY KEY, g int AS (h + 1), h int AS (id))";
    let (up, _) = between(&[before], &rows, &[after], &nothing());
    assert!(up.contains("new_t"), "{up}");
}

fn refused(after: &str) -> String {
    block_on(async {
        let empty = Schema::empty(Dialect::Sqlite);
        let mut after = Database::new(&[after]).await.schema().await;
        for table in after.tables.values_mut() {
            table.columns[0].on_update = Some("CURRENT_TIMESTAMP".to_owned());
        }
        let operations = diff(&empty, &after, &nothing());
        let script = Script { operations: &operations, before: &empty, after: &after };
        let error = render(&script, &Notes::default()).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported);
        assert!(error.help().is_some());
        error.message().to_owned()
    })
}

#[test]
fn what_sqlite_has_no_word_for_is_refused() {
    assert_eq!(refused("CREATE TABLE t (a int)"), "column t.a: SQLite has no ON UPDATE");
}

#[test]
fn a_rename_inside_a_trigger_that_cannot_be_followed_is_refused_where_the_trigger_is_made_anew() {
    let before = [
        "CREATE TABLE t (a int, b int)",
        "CREATE TABLE u (a int)",
        "CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE u SET a = 1; END",
    ];
    let schemas = |after: &'static str| {
        block_on(async {
            let before = Database::new(&before).await.schema().await;
            let mut after = Database::new(&[after, "CREATE TABLE u (a int)"]).await.schema().await;
            after.schemas.clear();
            let renames = rename_column("t", "a", "c");
            let operations = diff(&before, &after, &renames);
            render(&Script { operations: &operations, before: &before, after: &after }, &Notes::default())
        })
    };
    schemas("CREATE TABLE t (c int, b int)").unwrap();
    let error = schemas("CREATE TABLE t (c int, b int NOT NULL)").unwrap_err();
    assert!(error.message().contains("trigger x"), "{error}");
}

#[test]
fn the_numbers_of_rows_stay_where_nothing_else_keeps_them() {
    let before = ["CREATE TABLE posts (slug text PRIMARY KEY, body text)"];
    let after = ["CREATE TABLE posts (slug text PRIMARY KEY, body text NOT NULL)"];
    let rows = ["INSERT INTO posts VALUES ('a', 'x'), ('b', 'y')", "DELETE FROM posts WHERE slug = 'a'"];
    block_on(async {
        let mut database = Database::new(&before).await;
        for sql in rows {
            database.run(sql).await;
        }
        let wanted = Database::new(&after).await.schema().await;
        let (up, down) = scripts(&database.schema().await, &wanted, &nothing());
        assert!(shown(&up).contains("INSERT INTO new_posts (rowid, slug, body)\nSELECT rowid, slug, body"));
        for script in [up, down] {
            database.run_script(&script).await;
            assert_eq!(database.rows("SELECT rowid, slug FROM posts").await, [["2", "b"]]);
        }
    });
    // Where a column has one of the names, another is taken; where all are taken, or a key is the number, none is.
    for (columns, expected) in [
        ("a text, rowid text", "(_rowid_, a, \"rowid\")"),
        ("a text, RowId text, _rowid_ text, oid text", "(a, \"RowId\", _rowid_, oid)"),
        ("a text, id integer PRIMARY KEY", "(a, id)"),
    ] {
        let before = format!("CREATE TABLE t ({columns})");
        let after = before.replace("a text", "a text NOT NULL");
        let (up, _) = between(&[&before], &[], &[&after], &nothing());
        assert!(up.contains(&format!("INSERT INTO new_t {expected}")), "{up}");
    }
    let (up, _) = between(
        &["CREATE TABLE t (a text PRIMARY KEY, b text) WITHOUT ROWID"],
        &[],
        &["CREATE TABLE t (a text PRIMARY KEY, b text NOT NULL) WITHOUT ROWID"],
        &nothing(),
    );
    assert!(up.contains("(a, b)\nSELECT a, b"), "{up}");
}

#[test]
fn what_refers_to_a_dropped_table_keeps_its_rows_seen_or_not() {
    block_on(async {
        let mut database = Database::new(&[
            "CREATE TABLE p (id integer PRIMARY KEY)",
            "CREATE TABLE legacy (p int REFERENCES p ON DELETE CASCADE)",
        ])
        .await;
        let mut before = database.schema().await;
        // As `exclude` does.
        before.tables.remove(&ObjectName::local("legacy"));
        let (up, down) = scripts(&before, &Schema::empty(Dialect::Sqlite), &nothing());
        assert_eq!(shown(&up), "PRAGMA foreign_keys = OFF;\nDROP TABLE p;\n");
        let (_, undone) = scripts(&Schema::empty(Dialect::Sqlite), &before, &nothing());
        assert_eq!(shown(&undone), shown(&up));
        database.run("INSERT INTO p VALUES (1)").await;
        database.run("INSERT INTO legacy VALUES (1)").await;
        database.run("PRAGMA foreign_keys = OFF").await;
        for statement in up.iter().chain(&down) {
            database.run(&statement.sql).await;
        }
        assert_eq!(database.rows("SELECT count(*) FROM legacy").await, [["1"]]);
    });
}

#[test]
fn triggers_elsewhere_and_views_that_may_name_a_dropped_column_are_told() {
    let before = [
        "CREATE TABLE a (id integer PRIMARY KEY, w text, x text UNIQUE)",
        "CREATE TABLE b (v text)",
        "CREATE TABLE legacy (v text)",
        "CREATE VIEW seen AS SELECT v FROM b",
        "CREATE VIEW of_w AS SELECT w FROM a",
        "CREATE VIEW of_x AS SELECT x AS w FROM a",
        "CREATE VIEW on_x AS SELECT x FROM (SELECT w AS x FROM of_x)",
        "CREATE VIEW of_v AS SELECT v AS w FROM b",
        "CREATE TRIGGER sets AFTER INSERT ON b BEGIN UPDATE a SET w = new.v; END",
        "CREATE TRIGGER aside AFTER INSERT ON legacy BEGIN UPDATE a SET x = new.v; END",
        "CREATE TRIGGER instead INSTEAD OF INSERT ON seen BEGIN UPDATE a SET w = new.v; END",
        "CREATE TRIGGER other AFTER INSERT ON b BEGIN UPDATE a SET id = id; END",
    ];
    let reviews = |after: &'static str, above: &str| -> Vec<String> {
        block_on(async {
            let mut before = Database::new(&before).await.schema().await;
            let mut wanted =
                Database::new(&[after, "CREATE TABLE b (v text)", "CREATE TABLE legacy (v text)"])
                    .await
                    .schema()
                    .await;
            for schema in [&mut before, &mut wanted] {
                schema.tables.remove(&ObjectName::local("legacy"));
            }
            let (up, _) = scripts(&before, &wanted, &nothing());
            let told: Vec<_> = up.into_iter().filter(|statement| !statement.reviews.is_empty()).collect();
            let [statement] = told.as_slice() else { panic!("{told:?}") };
            assert_eq!(statement.sql.lines().next(), Some(above));
            statement.reviews.clone()
        })
    };
    let native =
        reviews("CREATE TABLE a (id integer PRIMARY KEY, x text UNIQUE)", "ALTER TABLE a DROP COLUMN w");
    assert_eq!(
        native,
        [
            "does the trigger \"instead\" on seen still fit? w is gone from a",
            "does the trigger sets on b still fit? w is gone from a",
            "does the view of_w still fit? w is gone from a",
            "does the view of_x still fit? w is gone from a",
            "does the view on_x still fit? w is gone from a",
        ]
        .map(|line| line.replace("\"instead\"", &crate::sqlite::quote("instead")))
    );
    let rebuilt = reviews("CREATE TABLE a (id integer PRIMARY KEY, w text)", "DROP TABLE a");
    assert_eq!(
        rebuilt,
        [
            "does the trigger aside on legacy still fit? x is gone from a",
            "does the view of_x still fit? x is gone from a",
            "does the view on_x still fit? x is gone from a",
        ]
    );
}

#[test]
fn a_table_made_anew_takes_the_name_of_nothing_else() {
    block_on(async {
        let mut database = Database::new(&[
            "CREATE TABLE t (a text)",
            "CREATE VIEW new_t AS SELECT 1",
            "CREATE VIRTUAL TABLE New_T_2 USING fts5(x)",
            "CREATE TABLE new_t_3 (x)",
        ])
        .await;
        let mut before = database.schema().await;
        before.tables.remove(&ObjectName::local("new_t_3"));
        let after = Database::new(&["CREATE TABLE t (a text NOT NULL)"]).await.schema().await;
        let (up, down) = scripts(&before, &after, &nothing());
        assert!(
            shown(&up).contains("CREATE TABLE new_t_4 (") && shown(&down).contains("CREATE TABLE new_t_4 (")
        );
        database.run_script(&up).await;
        database.run_script(&down).await;
    });
}

#[test]
fn what_is_left_out_of_the_comparison_comes_back_with_its_table() {
    block_on(async {
        let mut database = Database::new(&[
            "CREATE TABLE t (id integer PRIMARY KEY, a text, b int, CONSTRAINT ck CHECK (b > 0), UNIQUE (b))",
            "CREATE INDEX by_hand ON t (lower(a)) WHERE b > 1",
            "CREATE INDEX ix ON t (a)",
            "CREATE TRIGGER seen AFTER INSERT ON t BEGIN SELECT new.a; END",
        ])
        .await;
        let whole = database.schema().await;
        let all = "SELECT name, sql FROM sqlite_schema WHERE type <> 'table' ORDER BY 1";
        let there = database.rows(all).await;
        let name = ObjectName::local("t");
        let mut before = whole.clone();
        let table = before.tables.get_mut(&name).unwrap();
        table.indexes.retain(|index| index.name != "by_hand");
        table.triggers.clear();
        table.checks.clear();
        table.uniques.clear();
        let mut after = before.clone();
        after.around = crate::schema::Around::default();
        after.tables.get_mut(&name).unwrap().columns[1].nullable = false;
        let (up, down) = scripts(&before, &after, &nothing());
        for (script, nullable) in [(up, false), (down, true)] {
            database.run_script(&script).await;
            assert_eq!(database.rows(all).await, there, "{}", shown(&script));
            let mut expected = whole.clone();
            expected.tables.get_mut(&name).unwrap().columns[1].nullable = nullable;
            assert_eq!(diff(&database.schema().await, &expected, &nothing()), [], "{}", shown(&script));
        }
        // Renamed on the way, it follows.
        let mut renamed = after.clone();
        renamed.tables.get_mut(&name).unwrap().columns[1].name = "c".to_owned();
        renamed.tables.get_mut(&name).unwrap().indexes.clear();
        let mut without = before.clone();
        without.tables.get_mut(&name).unwrap().triggers.clear();
        without.around.triggers.clear();
        without.around.tables.get_mut(&name).unwrap().triggers.clear();
        database.run("DROP TRIGGER seen").await;
        let (up, down) = scripts(&without, &renamed, &rename_column("t", "a", "c"));
        database.run_script(&up).await;
        assert_eq!(
            database.rows("SELECT sql FROM sqlite_schema WHERE name = 'by_hand'").await,
            [["CREATE INDEX by_hand ON t (lower(c)) WHERE b > 1"]]
        );
        database.run_script(&down).await;
        let kept: Vec<_> = there.into_iter().filter(|row| row[0] != "seen").collect();
        assert_eq!(database.rows(all).await, kept);
        // What it needs cannot go.
        let mut gone = before.clone();
        gone.tables.get_mut(&name).unwrap().columns.remove(2);
        let operations = diff(&before, &gone, &nothing());
        let error =
            render(&Script { operations: &operations, before: &before, after: &gone }, &Notes::default())
                .unwrap_err();
        assert!(error.message().contains("t.b cannot be dropped: the index by_hand"), "{error}");
    });
}

#[test]
fn a_descending_integer_key_stays_one() {
    let before = "CREATE TABLE t (id integer PRIMARY KEY DESC, a text)";
    let after = "CREATE TABLE t (id integer PRIMARY KEY, a text NOT NULL)";
    let rows = ["INSERT INTO t VALUES (NULL, 'x')"];
    let (up, down) = between(&[before], &rows, &[after], &nothing());
    for text in [up, down] {
        assert!(text.contains("id INTEGER PRIMARY KEY DESC,"), "{text}");
    }
    let before = "CREATE TABLE t (id integer NOT NULL PRIMARY KEY DESC, a text)";
    let (up, _) = between(&[before], &[], &[after], &nothing());
    assert!(up.contains("id INTEGER PRIMARY KEY DESC NOT NULL,"), "{up}");
}
