use std::collections::BTreeMap;

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
struct Database(Connection);

impl Database {
    async fn new(statements: &[&str]) -> Self {
        let mut database = Self(Connection::open("sqlite::memory:").await.unwrap());
        for sql in statements {
            database.run(sql).await;
        }
        database
    }

    async fn run(&mut self, sql: &str) {
        self.0.execute(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
    }

    /// As the runtime runs a revision: foreign keys off outside the transaction, and checked before its end.
    async fn run_script(&mut self, statements: &[Statement]) {
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

    async fn rows(&mut self, sql: &str) -> Vec<Vec<String>> {
        let rows = self.0.query(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
        let text = |cell: Option<String>| cell.unwrap_or_else(|| "NULL".to_owned());
        rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect()
    }

    async fn schema(&mut self) -> Schema {
        reflect(&mut self.0, &Scope::default()).await.unwrap()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// What leads from one schema to the other, and back.
fn scripts(before: &Schema, after: &Schema, renames: &Renames) -> (Vec<Statement>, Vec<Statement>) {
    let operations = diff(before, after, renames);
    let up = render(&Script { operations: &operations, before, after }).unwrap();
    let back = reversed(&operations);
    let down = render(&Script { operations: &back, before: after, after: before }).unwrap();
    (up, down)
}

fn shown(statements: &[Statement]) -> String {
    let one = |statement: &Statement| {
        let reviews: String =
            statement.reviews.iter().map(|review| format!("-- review: {review}\n")).collect();
        format!("{reviews}{};\n", statement.sql)
    };
    statements.iter().map(one).collect()
}

fn nothing() -> Renames {
    Renames::default()
}

fn rename_column(table: &str, from: &str, to: &str) -> Renames {
    let columns = BTreeMap::from([(from.to_owned(), to.to_owned())]);
    Renames { columns: BTreeMap::from([(ObjectName::local(table), columns)]), ..Renames::default() }
}

/// The SQL that leads from one database to another, and back. Both ways are run, on a database with the given rows, and
/// have to lead where they should. Then the count of rows of each table has to be what it was.
fn between(before: &[&str], rows: &[&str], after: &[&str], renames: &Renames) -> (String, String) {
    block_on(async {
        let mut one = Database::new(before).await;
        let mut other = Database::new(after).await;
        for sql in rows {
            one.run(sql).await;
        }
        let (before, after) = (one.schema().await, other.schema().await);
        let (up, down) = scripts(&before, &after, renames);
        one.run_script(&up).await;
        let reached = one.schema().await;
        assert_eq!(diff(&reached, &after, &nothing()), [], "{}", shown(&up));
        one.run_script(&down).await;
        let back = one.schema().await;
        assert_eq!(diff(&back, &before, &nothing()), [], "{}", shown(&down));
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
    insta::assert_snapshot!(up(&[], &[teams, users, index]), @r"");
}
