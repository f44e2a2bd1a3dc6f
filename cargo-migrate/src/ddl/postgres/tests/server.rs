//! What only a server can tell: that it takes what is written, that its catalogue reads back the same, and that rows
//! stay what they are. `MIGRATE_TEST_POSTGRES_URL` names one on which databases may be made.

use std::sync::atomic::{AtomicU32, Ordering};

use migrate_core::Dialect;
use migrate_runtime::Connection;

use crate::{
    ddl::{Script, render},
    diff::{Renames, diff},
    operation::{Operation, reversed},
    reflect::{Scope, reflect},
    schema::{
        Column, EnumType, Generated, Identity, Index, IndexKey, ObjectName, Schema, SequenceOptions, Table,
    },
};

/// A database of its own for one test.
struct Scratch {
    connection: Connection,
    server: String,
    name: String,
    version: u32,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Scratch {
    async fn new() -> Self {
        let server = std::env::var("MIGRATE_TEST_POSTGRES_URL").unwrap();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("migrate_test_ddl_{}_{number}", std::process::id());
        let mut admin = Connection::open(&server).await.unwrap();
        admin.execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        admin.close().await;
        let (base, _) = server.rsplit_once('/').unwrap();
        let mut connection = Connection::open(&format!("{base}/{name}")).await.unwrap();
        let rows = connection.query("SHOW server_version_num").await.unwrap();
        let version = rows[0][0].as_ref().unwrap().parse().unwrap();
        Self { connection, server, name, version }
    }

    async fn execute(&mut self, sql: &str) {
        self.connection.execute(sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }

    /// The rows, their cells joined.
    async fn rows(&mut self, sql: &str) -> Vec<String> {
        let rows = self.connection.query(sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
        let cell = |cell: Option<String>| cell.unwrap_or_else(|| "NULL".to_owned());
        rows.into_iter().map(|row| row.into_iter().map(cell).collect::<Vec<_>>().join("|")).collect()
    }

    async fn read(&mut self) -> Schema {
        let scope = Scope { schemas: vec!["app".to_owned()], ..Scope::default() };
        let mut schema = reflect(&mut self.connection, &scope).await.unwrap();
        for table in schema.tables.values_mut() {
            table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        }
        schema
    }

    /// Runs the operations, as a revision does.
    async fn run(&mut self, operations: &[Operation], before: &Schema, after: &Schema) -> String {
        let script = Script { operations, before, after };
        let statements = render(Dialect::Postgres, &script).unwrap();
        let mut text = String::new();
        self.execute("BEGIN").await;
        for statement in statements {
            self.execute(&statement.sql).await;
            text += &statement.sql;
            text += ";\n";
        }
        self.execute("COMMIT").await;
        text
    }

    /// Goes to the schema; gives the way that was taken.
    async fn go_to(&mut self, wanted: &Schema) -> Vec<Operation> {
        let before = self.read().await;
        let operations = diff(&before, wanted, &Renames::default());
        let text = self.run(&operations, &before, wanted).await;
        let left = diff(&self.read().await, wanted, &Renames::default());
        assert!(left.is_empty(), "{left:#?}\n{text}");
        operations
    }

    /// Goes there and back again: what is read is the same as before.
    async fn there_and_back(&mut self, wanted: &Schema, between: impl AsyncFnOnce(&mut Self)) {
        let before = self.read().await;
        let operations = self.go_to(wanted).await;
        between(self).await;
        let text = self.run(&reversed(&operations), wanted, &before).await;
        let left = diff(&self.read().await, &before, &Renames::default());
        assert!(left.is_empty(), "{left:#?}\n{text}");
    }

    async fn drop(self) {
        self.connection.close().await;
        let mut admin = Connection::open(&self.server).await.unwrap();
        admin.execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await.unwrap();
        admin.close().await;
    }
}

fn empty() -> Schema {
    Schema::empty(Dialect::Postgres)
}

fn changed(schema: &Schema, table: &str, change: impl FnOnce(&mut Table)) -> Schema {
    let mut schema = schema.clone();
    change(schema.tables.get_mut(&ObjectName::local(table)).unwrap());
    schema
}

fn column<'a>(table: &'a mut Table, name: &str) -> &'a mut Column {
    table.columns.iter_mut().find(|column| column.name == name).unwrap()
}

#[tokio::test]
#[ignore = "needs MIGRATE_TEST_POSTGRES_URL"]
async fn names_of_every_kind_are_taken_and_read_back() {
    let mut scratch = Scratch::new().await;
    let mut names: Vec<String> =
        ["a b", "a.b", "a\"b", "it's", "$1", "Größe", "🦀", "back\\slash", "tab\there", "(x)", "%I", "1st"]
            .map(ToOwned::to_owned)
            .into();
    names.push("n".repeat(63));
    names.push("ü".repeat(31));
    let keywords = scratch.rows("SELECT word FROM pg_get_keywords()").await;
    names.extend(keywords);
    let mut wanted = empty();
    wanted.schemas.insert("app".to_owned());
    let mut table = Table::new(ObjectName::in_schema("app", "wide"));
    for name in &names {
        let mut column = Column::new(name, "integer");
        column.comment = Some(name.clone());
        table.columns.push(column);
    }
    wanted.insert(table);
    for (number, name) in names.iter().enumerate() {
        let mut table = Table::new(ObjectName::in_schema(
            "app",
            format!("{number}{name}").chars().take(31).collect::<String>(),
        ));
        table.columns = vec![Column::new(name, "integer")];
        table.columns[0].identity = Some(Identity::Serial);
        table.columns[0].nullable = false;
        let index: String = format!("ix{number}{name}").chars().take(31).collect();
        table
            .indexes
            .push(Index { comment: Some(name.clone()), ..Index::new(index, vec![IndexKey::column(name)]) });
        wanted.insert(table);
    }
    // In a schema of their own: in the default one the server's own types come first.
    for name in &names {
        let name = ObjectName::in_schema("app", name);
        let values = vec![name.name.chars().take(20).collect(), "b".to_owned()];
        wanted.enums.insert(name.clone(), EnumType { name, values, comment: None, needed_by: Vec::new() });
    }
    scratch.there_and_back(&wanted, async |_| ()).await;
    scratch.drop().await;
}

#[tokio::test]
#[ignore = "needs MIGRATE_TEST_POSTGRES_URL"]
async fn what_is_read_can_be_written_and_reads_the_same() {
    let mut scratch = Scratch::new().await;
    let mut copy = Scratch::new().await;
    for one in [&mut scratch, &mut copy] {
        one.execute(
            "CREATE EXTENSION citext; CREATE EXTENSION btree_gist; CREATE DOMAIN small AS integer CHECK (VALUE < 100); \
             CREATE TYPE pair AS (a integer, b text)",
        )
        .await;
    }
    scratch
        .execute(
            r#"CREATE SCHEMA app;
            CREATE TYPE state AS ENUM ('new', 'it''s', 'Done'); COMMENT ON TYPE state IS 'of an order';
            CREATE TYPE app.state AS ENUM ('x');
            CREATE SEQUENCE numbers AS integer INCREMENT 5 START 10 MAXVALUE 1000 CACHE 3 CYCLE;
            COMMENT ON SEQUENCE numbers IS 'of numbers';
            CREATE TABLE "Team $1" (
                id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 2),
                "na""me.x" text COLLATE "C" NOT NULL DEFAULT 'x',
                org integer, UNIQUE (org, id)
            ) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
            CREATE UNLOGGED TABLE cache (id smallserial, at timestamptz(3) DEFAULT now());
            CREATE TABLE users (
                id serial PRIMARY KEY, short varchar(10) DEFAULT 'x', letter char(1) DEFAULT 'N', wide text,
                price numeric(10,2) DEFAULT -1, big bigint DEFAULT '0', ratio real DEFAULT 1.5, b bit(3) DEFAULT B'101',
                state state DEFAULT 'new', states state[] DEFAULT '{new}', other app.state DEFAULT 'x', pair pair,
                mail citext, small small DEFAULT 3, day date DEFAULT CURRENT_DATE, at timestamp DEFAULT (now() AT TIME ZONE 'utc'),
                word text DEFAULT lower('A') || 'b', raw bytea DEFAULT '\x00', span interval DEFAULT '1 day',
                list varchar(5)[] DEFAULT ARRAY['a', 'b'], which integer DEFAULT CASE WHEN true THEN 1 ELSE 2 END,
                no bigint DEFAULT nextval('numbers'), during tstzrange, team bigint, org integer,
                total numeric GENERATED ALWAYS AS (price * 2) STORED, "from" inet,
                CONSTRAINT ck_in CHECK (short IN ('a', 'it''s') AND (price > 1 OR big < 2)) NO INHERIT,
                CONSTRAINT ck_case CHECK (CASE WHEN wide IS NULL THEN short ELSE 'multi
                    line' END <> ''),
                CONSTRAINT ck_state CHECK (state IN ('new', 'Done') OR states && ARRAY['new']::state[]),
                CONSTRAINT ck_text CHECK (wide ~ '\d' AND wide NOT LIKE 'a%' AND position('x' IN wide) > 0),
                UNIQUE (short, big) INCLUDE (price),
                CONSTRAINT uq_late UNIQUE (wide) DEFERRABLE INITIALLY DEFERRED,
                EXCLUDE USING gist (during WITH &&, team WITH =) WHERE (big > 3),
                CONSTRAINT fk_team FOREIGN KEY (team) REFERENCES "Team $1" ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE,
                CONSTRAINT fk_two FOREIGN KEY (org, team) REFERENCES "Team $1" (org, id) MATCH FULL
            );
            ALTER TABLE users ADD CONSTRAINT ck_new CHECK (price < 100) NOT VALID,
                ADD CONSTRAINT fk_self FOREIGN KEY (which) REFERENCES users NOT VALID;
            CREATE INDEX ix_many ON users (lower(short) DESC, big NULLS FIRST, wide text_pattern_ops, (price + big),
                mail COLLATE "C" DESC NULLS LAST) WHERE state = 'new' AND big IS NOT NULL;
            CREATE INDEX ix_hash ON users USING hash (letter);
            CREATE INDEX ix_gin ON users USING gin (states) WITH (fastupdate = off);
            CREATE UNIQUE INDEX ix_include ON users (short) INCLUDE (price, big) WITH (fillfactor = 60);
            CREATE INDEX ix_brin ON cache USING brin (at) WITH (pages_per_range = 32);
            COMMENT ON INDEX ix_hash IS 'h'; COMMENT ON CONSTRAINT ck_in ON users IS 'c'; COMMENT ON TABLE users IS 'people';
            COMMENT ON COLUMN users.short IS E'it''s\n\\'; COMMENT ON CONSTRAINT fk_team ON users IS 'f';
            CREATE TABLE app.t (id bigserial PRIMARY KEY, state app.state, u integer REFERENCES users)"#,
        )
        .await;
    let before = scratch.read().await;
    let operations = diff(&empty(), &before, &Renames::default());
    let text = copy.run(&operations, &empty(), &before).await;
    let read = copy.read().await;
    for (name, table) in &before.tables {
        assert_eq!(Some(table), read.table(name), "{text}");
    }
    assert_eq!(read, before);
    copy.run(&reversed(&operations), &before, &empty()).await;
    assert_eq!(copy.read().await.tables.len(), 0);
    scratch.drop().await;
    copy.drop().await;
}

#[tokio::test]
#[ignore = "needs MIGRATE_TEST_POSTGRES_URL"]
async fn what_is_not_compared_is_not_read() {
    let mut scratch = Scratch::new().await;
    scratch
        .execute(
            "CREATE EXTENSION citext; CREATE TABLE parent (id integer, day date); CREATE TABLE child () INHERITS (parent); \
             CREATE TABLE parts (id integer, day date) PARTITION BY RANGE (day); \
             CREATE TABLE part PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01'); \
             CREATE INDEX ON parts (id); CREATE VIEW v AS SELECT * FROM parent; \
             CREATE MATERIALIZED VIEW m AS SELECT * FROM parent; CREATE INDEX ON m (id); \
             CREATE TYPE pair AS (a integer, b text); CREATE TABLE typed OF pair; CREATE DOMAIN d AS text; \
             CREATE TEMPORARY TABLE t (id serial); CREATE TEMPORARY TABLE parent (x text); \
             CREATE TABLE ours (id serial PRIMARY KEY); \
             CREATE TABLE owner (id integer PRIMARY KEY); ALTER TABLE parts ADD PRIMARY KEY (id, day); \
             CREATE TABLE refers (id integer, day date, FOREIGN KEY (id, day) REFERENCES parts (id, day))",
        )
        .await;
    let scope = Scope { without: vec!["ours".to_owned()], ..Scope::default() };
    let schema = reflect(&mut scratch.connection, &scope).await.unwrap();
    let tables: Vec<_> = schema.tables.keys().map(ToString::to_string).collect();
    assert_eq!(tables, ["owner", "parent", "refers"]);
    assert_eq!(schema.table(&ObjectName::local("parent")).unwrap().columns.len(), 2);
    assert_eq!(schema.table(&ObjectName::local("refers")).unwrap().foreign_keys.len(), 1);
    assert!(schema.enums.is_empty() && schema.sequences.is_empty(), "{schema:#?}");
    scratch.drop().await;
}

#[tokio::test]
#[ignore = "needs MIGRATE_TEST_POSTGRES_URL"]
async fn the_search_path_is_put_back() {
    let mut scratch = Scratch::new().await;
    scratch
        .execute(
            "CREATE SCHEMA app; CREATE SCHEMA \"O'dd, \"\"x\"\"\"; SET search_path = app, \"$user\", public",
        )
        .await;
    let before = scratch.rows("SHOW search_path").await;
    let odd = "O'dd, \"x\"".to_owned();
    for default_schema in [None, Some(odd), Some("nowhere".to_owned())] {
        let scope = Scope { default_schema, ..Scope::default() };
        reflect(&mut scratch.connection, &scope).await.unwrap();
        assert_eq!(scratch.rows("SHOW search_path").await, before);
    }
    scratch.execute("SET search_path = nowhere").await;
    let error = reflect(&mut scratch.connection, &Scope::default()).await.unwrap_err();
    assert!(error.message().contains("search_path"), "{error}");
    assert_eq!(scratch.rows("SHOW search_path").await, ["nowhere"]);
    scratch.drop().await;
}

#[tokio::test]
#[ignore = "needs MIGRATE_TEST_POSTGRES_URL"]
async fn numbers_go_on_where_they_were() {
    let mut scratch = Scratch::new().await;
    scratch.execute("CREATE TABLE t (id serial PRIMARY KEY, x text)").await;
    scratch
        .execute("INSERT INTO t (x) SELECT 'a' FROM generate_series(1, 5); DELETE FROM t WHERE id > 3")
        .await;
    let serial = scratch.read().await;
    let always = Identity::Always(SequenceOptions::default());
    let identity = changed(&serial, "t", |table| column(table, "id").identity = Some(always));
    let plain = changed(&serial, "t", |table| column(table, "id").identity = None);
    let odd = SequenceOptions { increment: Some(10), min: Some(50), ..SequenceOptions::default() };
    let tens = changed(&serial, "t", |table| column(table, "id").identity = Some(Identity::ByDefault(odd)));
    let insert = "INSERT INTO t (x) VALUES ('b') RETURNING id";
    scratch
        .there_and_back(&identity, async |scratch: &mut Scratch| {
            assert_eq!(scratch.rows(insert).await, ["6"]);
        })
        .await;
    assert_eq!(scratch.rows(insert).await, ["7"]);
    scratch.there_and_back(&plain, async |_| ()).await;
    assert_eq!(scratch.rows(insert).await, ["8"]);
    scratch.go_to(&plain).await;
    scratch.go_to(&tens).await;
    assert_eq!(scratch.rows(insert).await, ["50"]);
    scratch.there_and_back(&identity, async |_| ()).await;
    assert_eq!(scratch.rows(insert).await, ["60"]);
    scratch.go_to(&serial).await;
    assert_eq!(scratch.rows(insert).await, ["70"]);
    assert_eq!(scratch.rows("SELECT count(*) FROM t").await, ["9"]);
    scratch.drop().await;
}

#[tokio::test]
#[ignore = "needs MIGRATE_TEST_POSTGRES_URL"]
async fn rows_survive_a_type_that_is_made_anew() {
    let mut scratch = Scratch::new().await;
    scratch
        .execute(
            "CREATE TYPE state AS ENUM ('a', 'b', 'c'); \
             CREATE TABLE keys (state state PRIMARY KEY); INSERT INTO keys VALUES ('a'), ('c'); \
             CREATE TABLE t (id integer, state state NOT NULL DEFAULT 'a' REFERENCES keys ON DELETE CASCADE, states state[] DEFAULT '{a}', \
             is_a boolean GENERATED ALWAYS AS (state = 'a') STORED, CHECK (state <> 'b'), CHECK (is_a OR id > 0)); \
             CREATE INDEX ix_is_a ON t (is_a); CREATE INDEX ix_open ON t (id) WHERE state = 'a'; CREATE INDEX ix_state ON t (state); \
             INSERT INTO t (id, state, states) VALUES (1, 'a', '{a,c}'), (2, 'c', NULL)",
        )
        .await;
    let held = "SELECT t, enum_range(NULL::state) FROM t ORDER BY id";
    let before = scratch.read().await;
    let mut wanted = before.clone();
    let ty = wanted.enums.get_mut(&ObjectName::local("state")).unwrap();
    ty.values = ["c", "d", "a"].map(ToOwned::to_owned).into();
    ty.comment = Some("where it stands".to_owned());
    let table = wanted.tables.get_mut(&ObjectName::local("t")).unwrap();
    let last = table.checks.iter_mut().find(|check| check.expression.contains("is_a")).unwrap();
    (last.name, last.comment) = (Some("ck_a".to_owned()), Some("first ones".to_owned()));
    table.checks.retain(|check| !check.expression.contains("'b'"));
    column(table, "state").default = Some("'d'".to_owned());
    scratch
        .there_and_back(&wanted, async |scratch: &mut Scratch| {
            let rows = scratch.rows(held).await;
            assert_eq!(rows, ["(1,a,\"{a,c}\",t)|{c,d,a}", "(2,c,,f)|{c,d,a}"]);
        })
        .await;
    assert_eq!(scratch.rows(held).await, ["(1,a,\"{a,c}\",t)|{a,b,c}", "(2,c,,f)|{a,b,c}"]);
    scratch.drop().await;
}

#[tokio::test]
#[ignore = "needs MIGRATE_TEST_POSTGRES_URL"]
async fn rows_survive_other_types_and_computed_columns() {
    let mut scratch = Scratch::new().await;
    scratch
        .execute(
            "CREATE TABLE t (id integer PRIMARY KEY, no text DEFAULT '0', price integer, flag integer, at timestamp, tags text, \
             double integer GENERATED ALWAYS AS (price * 2) STORED UNIQUE, CHECK (double >= 0)); \
             CREATE TABLE refers (double integer REFERENCES t (double)); \
             INSERT INTO t VALUES (1, '12', 5, 0, '2020-01-01 12:00', 'x'), (2, NULL, NULL, 1, NULL, NULL); \
             INSERT INTO refers VALUES (10)",
        )
        .await;
    let before = scratch.read().await;
    let wanted = changed(&before, "t", |table| {
        column(table, "no").ty = "integer".to_owned();
        column(table, "no").default = Some("0".to_owned());
        column(table, "price").ty = "bigint".to_owned();
        column(table, "flag").ty = "boolean".to_owned();
        column(table, "at").ty = "timestamptz".to_owned();
        column(table, "tags").ty = "text[]".to_owned();
    });
    scratch.execute("SET timezone = 'UTC'").await;
    let held = "SELECT t FROM (SELECT id, no, price, flag, at, tags, double FROM t ORDER BY id) t";
    scratch
        .there_and_back(&wanted, async |scratch: &mut Scratch| {
            let rows = scratch.rows(held).await;
            assert_eq!(rows, ["(1,12,5,f,\"2020-01-01 12:00:00+00\",{x},10)", "(2,,,t,,,)"]);
        })
        .await;
    assert_eq!(scratch.rows(held).await, ["(1,12,5,0,\"2020-01-01 12:00:00\",{x},10)", "(2,,,1,,,)"]);

    let before = scratch.read().await;
    let plain = changed(&before, "t", |table| {
        table.checks.clear();
        column(table, "double").generated = None;
        column(table, "price").ty = "numeric(8,1)".to_owned();
    });
    scratch.go_to(&plain).await;
    assert_eq!(scratch.rows("SELECT double FROM t WHERE id = 1").await, ["10"]);
    assert_eq!(scratch.rows("SELECT count(*) FROM refers").await, ["1"]);
    scratch.drop().await;
}

#[tokio::test]
#[ignore = "needs MIGRATE_TEST_POSTGRES_URL with version 18"]
async fn what_version_18_has_is_read_as_what_it_is() {
    let mut scratch = Scratch::new().await;
    assert!(scratch.version >= 180_000, "the server has version {}", scratch.version);
    scratch
        .execute(
            "CREATE EXTENSION btree_gist; \
             CREATE TABLE t (id integer CONSTRAINT must NOT NULL, a integer, v integer GENERATED ALWAYS AS (a * 2) VIRTUAL, \
             s integer GENERATED ALWAYS AS (a * 3), during tstzrange, \
             CONSTRAINT pk PRIMARY KEY (id, during WITHOUT OVERLAPS)); ALTER TABLE t ADD CONSTRAINT late NOT NULL a NOT VALID",
        )
        .await;
    let before = scratch.read().await;
    let table = before.table(&ObjectName::local("t")).unwrap();
    let computed = |expression: &str| Some(Generated { expression: expression.to_owned(), stored: false });
    assert_eq!(table.column("v").unwrap().generated, computed("a * 2"));
    assert_eq!(table.column("s").unwrap().generated, computed("a * 3"));
    assert!(table.checks.is_empty() && table.primary_key.is_none());
    assert_eq!(table.exclusions[0].definition, "PRIMARY KEY (id, during WITHOUT OVERLAPS)");
    let wider = changed(&before, "t", |table| column(table, "a").ty = "bigint".to_owned());
    scratch.there_and_back(&wider, async |_| ()).await;
    let stored = changed(&before, "t", |table| {
        column(table, "v").generated = Some(Generated { expression: "a * 2".to_owned(), stored: true });
    });
    scratch.there_and_back(&stored, async |_| ()).await;
    scratch.drop().await;
}
