//! On a server: what is read can be made again, and rows outlive what is done to their table.

use migrate_runtime::Connection;

use super::*;
use crate::reflect::{Scope, reflect};

/// A database of its own, dropped at the end.
struct Scratch {
    admin: Connection,
    name: String,
    connection: Connection,
}

impl Scratch {
    async fn new(purpose: &str) -> Self {
        let url = std::env::var("MIGRATE_TEST_MSSQL_URL").expect("MIGRATE_TEST_MSSQL_URL names a server");
        let (start, end) = url.split_once("://").unwrap();
        let (server, options) = end.split_once('?').unwrap_or((end, ""));
        let server = server.split('/').next().unwrap();
        let of = |database: &str| format!("{start}://{server}/{database}?{options}");
        let name = format!("migrate_ddl_{purpose}_{}", std::process::id());
        let mut admin = Connection::open(&of("master")).await.unwrap();
        admin.execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let connection = Connection::open(&of(&name)).await.unwrap();
        Self { admin, name, connection }
    }

    async fn run(&mut self, operations: &[Operation], before: &Schema, after: &Schema) {
        for statement in render(&Script { operations, before, after }, &Notes::default()).unwrap() {
            let ran = self.connection.execute(&statement.sql).await;
            ran.unwrap_or_else(|error| panic!("{error}\n{}", statement.sql));
        }
    }

    async fn read(&mut self) -> Schema {
        let scope = Scope { schemas: vec!["app".to_owned()], ..Scope::default() };
        reflect(&mut self.connection, &scope).await.unwrap()
    }

    async fn drop(mut self) {
        self.connection.close().await;
        // The server may take a moment to notice that nobody is there any more.
        for _ in 0..50 {
            if self.admin.execute(&format!("DROP DATABASE {}", self.name)).await.is_ok() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        self.admin.close().await;
    }
}

fn on_a_server(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

const EVERYTHING: [&str; 6] = [
    "CREATE SCHEMA app",
    "CREATE TYPE email FROM nvarchar(100)",
    "CREATE TABLE teams (id bigint IDENTITY(10,5) PRIMARY KEY, label nvarchar(40) NOT NULL CONSTRAINT uq_label UNIQUE)",
    "CREATE TABLE app.users (
        id int NOT NULL, tenant int NOT NULL, team bigint,
        mail email, code char(2), flag bit NOT NULL CONSTRAINT df_flag DEFAULT 1, tiny tinyint, small smallint,
        money_ money, price decimal(12,4) DEFAULT 0, rate real, ratio float, day date, moment datetime2(3),
        instant datetimeoffset(3), at time(0), old datetime, guid uniqueidentifier DEFAULT newid(), blob varbinary(max),
        hash binary(16), note nvarchar(max), label AS (id + 1) PERSISTED,
        CONSTRAINT pk_users PRIMARY KEY (tenant, id),
        CONSTRAINT ck_users CHECK (tiny > 0 AND small < 10),
        CONSTRAINT fk_users FOREIGN KEY (team) REFERENCES teams (id) ON DELETE SET NULL ON UPDATE CASCADE)",
    "CREATE UNIQUE INDEX ix_users ON app.users (code, day DESC) INCLUDE (note)",
    "EXEC sp_addextendedproperty N'MS_Description', N'it''s people', N'SCHEMA', N'app', N'TABLE', N'users'",
];

#[test]
#[ignore = "needs MIGRATE_TEST_MSSQL_URL"]
fn what_is_read_can_be_made_again() {
    on_a_server(async {
        let mut one = Scratch::new("one").await;
        for sql in EVERYTHING {
            one.connection.execute(sql).await.unwrap();
        }
        let read = one.read().await;
        let users = read.table(&ObjectName::in_schema("app", "users")).unwrap();
        let types: Vec<_> = users.columns.iter().map(|column| column.ty.as_str()).collect();
        assert_eq!(types[2..9], ["bigint", "email", "char(2)", "bit", "tinyint", "smallint", "money"]);
        assert_eq!(
            types[9..15],
            ["decimal(12,4)", "real", "float", "date", "datetime2(3)", "datetimeoffset(3)"]
        );
        assert_eq!(types[15..19], ["time(0)", "datetime", "uniqueidentifier", "varbinary(max)"]);
        assert_eq!(users.primary_key.as_ref().unwrap().columns, ["tenant", "id"]);
        assert_eq!(users.comment.as_deref(), Some("it's people"));
        assert_eq!(users.foreign_keys[0].on_delete, ReferentialAction::SetNull);
        assert_eq!(users.indexes[0].include, ["note"]);
        let teams = read.table(&local("teams")).unwrap();
        assert_eq!(teams.columns[0].identity, Some(Identity::Seeded { seed: 10, increment: 5 }));

        let mut two = Scratch::new("two").await;
        two.connection.execute(EVERYTHING[1]).await.unwrap();
        let empty = two.read().await;
        let up = diff(&empty, &read, &Renames::default());
        two.run(&up, &empty, &read).await;
        let mut again = two.read().await;
        // Where the server adds to the names of indexes, they differ.
        for (table, wanted) in again.tables.values_mut().zip(read.tables.values()) {
            for (index, wanted) in table.indexes.iter_mut().zip(&wanted.indexes) {
                assert_eq!(index.name.get(..8), wanted.name.get(..8));
                index.name.clone_from(&wanted.name);
            }
        }
        assert_eq!(again, read);
        let now = two.read().await;
        two.run(&reversed(&up), &now, &empty).await;
        assert_eq!(two.read().await, empty);
        one.drop().await;
        two.drop().await;
    });
}

#[test]
#[ignore = "needs MIGRATE_TEST_MSSQL_URL"]
fn rows_outlive_what_is_done_to_their_table() {
    on_a_server(async {
        let mut scratch = Scratch::new("rows").await;
        let mut users =
            table("users", &[required("id", "int"), column("name", "nvarchar(50)"), column("raw", "money")]);
        users.columns.push(computed("twice", "int", "id * 2", true));
        users.primary_key = Some(primary("pk_users", &["id"]));
        users.checks = vec![check("ck_name", "name <> N''")];
        let mut posts = table("posts", &[required("author", "int")]);
        posts.foreign_keys = vec![ForeignKey {
            on_delete: ReferentialAction::Cascade,
            ..foreign_key("fk_author", &["author"], "users", &["id"])
        }];
        let before = schema([users.clone(), posts.clone()]);
        let empty = schema([]);
        scratch.run(&diff(&empty, &before, &Renames::default()), &empty, &before).await;
        let rows = "INSERT INTO users (id, name, raw) VALUES (1, N'ada', 1.5), (2, NULL, NULL); \
                    INSERT INTO posts (author) VALUES (1), (1), (2)";
        scratch.connection.execute(rows).await.unwrap();

        let mut people = users.clone();
        people.name = local("people");
        people.columns[1].name = "full_name".to_owned();
        people.columns[2].ty = "nvarchar(30)".to_owned();
        people.columns[3] = column("twice", "int");
        people.checks[0].expression = "full_name <> N''".to_owned();
        posts.foreign_keys[0].referred_table = local("people");
        let after = schema([people, posts]);
        let mut renames = Renames::default();
        renames.tables.insert(local("users"), local("people"));
        renames.columns.entry(local("people")).or_default().insert("name".to_owned(), "full_name".to_owned());
        let up = diff(&before, &after, &renames);
        scratch.run(&up, &before, &after).await;
        let sql = "SELECT id, full_name, TRIM(raw), twice, (SELECT COUNT(*) FROM posts WHERE author = id) FROM people \
                   ORDER BY id";
        let rows = scratch.connection.query(sql).await.unwrap();
        let shown: Vec<Vec<&str>> =
            rows.iter().map(|row| row.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect()).collect();
        assert_eq!(shown, [["1", "ada", "1.50", "2", "2"], ["2", "-", "-", "4", "1"]]);

        scratch.run(&reversed(&up), &after, &before).await;
        let rows = scratch.connection.query("SELECT COUNT(*), SUM(twice) FROM users").await.unwrap();
        assert_eq!(rows, [[Some("2".to_owned()), Some("6".to_owned())]]);
        scratch.drop().await;
    });
}
