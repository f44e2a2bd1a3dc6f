//! Against a server: development, and the promises that only a server can keep.

use std::{collections::BTreeMap, fmt::Write as _, process::Command};

use migrate_core::Dialect;
use migrate_runtime::Connection;

use crate::{
    ddl::{Script, Statement, render},
    diff::{Renames, diff},
    operation::{Operation, reversed},
    reflect::{Scope, reflect},
    schema::Schema,
};

struct Place {
    url: String,
    connection: Connection,
}

async fn fresh(server: &str, name: &str) -> Place {
    let (base, _) = server.rsplit_once('/').unwrap();
    let url = format!("{base}/{name}");
    let Ok(mut connection) = Connection::open(&url).await else {
        let mut admin = Connection::open(server).await.unwrap();
        admin.execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        admin.close().await;
        let connection = Connection::open(&url).await.unwrap();
        return Place { url, connection };
    };
    let rows = connection
        .query("SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'")
        .await
        .unwrap();
    for schema in rows.into_iter().flatten().flatten() {
        connection.execute(&format!("DROP SCHEMA {schema} CASCADE")).await.unwrap();
    }
    connection.execute("CREATE SCHEMA public").await.unwrap();
    Place { url, connection }
}

impl Place {
    async fn read(&mut self, schemas: &[String]) -> Result<Schema, String> {
        let scope = Scope { schemas: schemas.to_vec(), ..Scope::default() };
        let mut schema = reflect(&mut self.connection, &scope).await.map_err(|e| e.to_string())?;
        for table in schema.tables.values_mut() {
            table.columns.sort_by(|a, b| a.name.cmp(&b.name));
            table.checks.sort_by(|a, b| a.name.cmp(&b.name));
            table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
            table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
            table.exclusions.sort_by(|a, b| a.name.cmp(&b.name));
        }
        Ok(schema)
    }

    async fn run(&mut self, statements: &[Statement]) -> Result<(), String> {
        self.connection.execute("BEGIN").await.unwrap();
        for statement in statements {
            if let Err(error) = self.connection.execute(&statement.sql).await {
                self.connection.execute("ROLLBACK").await.unwrap();
                let word = if statement.reviews.is_empty() { "" } else { "REVIEWED " };
                return Err(format!("{word}{error}\n    in {}", statement.sql));
            }
        }
        self.connection.execute("COMMIT").await.map_err(|e| e.to_string())
    }

    /// What is in the columns.
    async fn hold(&mut self, columns: &[(String, String)]) -> Vec<String> {
        let mut all = Vec::new();
        for (table, column) in columns {
            let sql = format!(
                "SELECT string_agg({column}::text, ',' ORDER BY {column}::text), count(*) FROM {table}"
            );
            let rows = self.connection.query(&sql).await;
            all.push(format!("{table} {column} {rows:?}"));
        }
        all
    }

    fn dump(&self) -> Vec<String> {
        let output = Command::new("pg_dump").args(["-s", "-d", &self.url]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines: Vec<String> = text
            .lines()
            .filter(|line| !line.starts_with("--") && !line.starts_with('\\') && !line.is_empty())
            .map(|line| line.trim().trim_end_matches(',').to_owned())
            // Whether the sequence of an identity is logged follows its table, or does not.
            .filter(|line| line != "UNLOGGED")
            .map(|line| line.replace("CREATE UNLOGGED SEQUENCE", "CREATE SEQUENCE"))
            .filter(|line| line != "AS integer" && line != "AS smallint")
            .map(|line| {
                if line.contains("ARRAY[") {
                    line.replace("::character varying", "")
                        .replace("::text", "")
                        .replace(['(', ')', '[', ']'], "")
                } else {
                    line
                }
            })
            .map(|line| match line.strip_prefix("WITH (") {
                Some(options) => {
                    let mut options: Vec<_> = options.trim_end_matches(");").split(", ").collect();
                    options.sort_unstable();
                    options.join(" ")
                }
                None => line,
            })
            .map(|line| match line.split_once(" DEFAULT NULL::") {
                Some((column, rest)) if !rest.contains(' ') || rest.starts_with("character varying") => {
                    column.to_owned() + if rest.ends_with("NOT NULL") { " NOT NULL" } else { "" }
                }
                _ => line,
            })
            .collect();
        lines.sort();
        lines
    }
}

/// Columns that are on both sides with the same type, and that nothing recomputes.
fn kept(before: &Schema, after: &Schema, up: &[Operation]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, table) in &before.tables {
        let Some(wanted) = after.table(name) else { continue };
        for column in &table.columns {
            let Some(other) = wanted.column(&column.name) else { continue };
            let replaced = up.iter().any(|operation| matches!(operation, Operation::DropColumn { table, column: dropped } if table == name && dropped.name == column.name));
            if other.ty == column.ty && other.generated.is_none() && column.generated.is_none() && !replaced {
                all.push((
                    crate::ddl::postgres::name::object(name),
                    crate::ddl::postgres::name::name(&column.name),
                ));
            }
        }
    }
    all
}

fn difference(one: &[String], two: &[String]) -> String {
    let mut out = String::new();
    let mut counts: BTreeMap<&String, i32> = BTreeMap::new();
    one.iter().for_each(|line| *counts.entry(line).or_default() += 1);
    two.iter().for_each(|line| *counts.entry(line).or_default() -= 1);
    for (line, count) in counts.into_iter().filter(|(_, count)| *count != 0) {
        let _ = writeln!(out, "    {} {line}", if count > 0 { "-" } else { "+" });
    }
    out
}

fn debug(schema: &Schema) -> Vec<String> {
    format!("{schema:#?}").lines().map(str::to_owned).collect()
}

fn sql(statements: &[Statement]) -> String {
    let mut out = String::new();
    for statement in statements {
        for review in &statement.reviews {
            let _ = writeln!(out, "    -- review: {review}");
        }
        let _ = writeln!(out, "    {};", statement.sql.replace('\n', "\n    "));
    }
    out
}

async fn step(
    place: &mut Place,
    operations: &[Operation],
    before: &Schema,
    after: &Schema,
    wanted_dump: Option<&[String]>,
    schemas: &[String],
) -> Result<String, String> {
    let statements =
        render(Dialect::Postgres, &Script { operations, before, after }).map_err(|e| e.to_string())?;
    let text = sql(&statements);
    place.run(&statements).await.map_err(|error| format!("{error}\n{text}"))?;
    let read = place.read(schemas).await?;
    if read != *after {
        return Err(format!("reads otherwise:\n{}\n{text}", difference(&debug(after), &debug(&read))));
    }
    if let Some(wanted) = wanted_dump {
        let dump = place.dump();
        if dump != wanted {
            return Err(format!("dumps otherwise:\n{}\n{text}", difference(wanted, &dump)));
        }
    }
    Ok(text)
}

/// Development: the pairs of `MIGRATE_PAIRS_JSON`, a map from names to `current` and `desired`.
#[tokio::test]
#[ignore = "needs MIGRATE_PAIRS_JSON and MIGRATE_TEST_POSTGRES_URL"]
async fn pairs() {
    let server = std::env::var("MIGRATE_TEST_POSTGRES_URL").unwrap();
    let json = std::fs::read_to_string(std::env::var("MIGRATE_PAIRS_JSON").unwrap()).unwrap();
    let only = std::env::var("MIGRATE_PAIRS_ONLY").unwrap_or_default();
    let with_dump = std::env::var("MIGRATE_PAIRS_NO_DUMP").is_err();
    let pairs: BTreeMap<String, serde_json::Value> = serde_json::from_str(&json).unwrap();
    let (mut passed, mut failed, mut refused, mut reviewed) = (0, 0, 0, 0);
    for (name, pair) in pairs.iter().filter(|(name, _)| name.contains(&only)) {
        let side = |word: &str| pair.get(word).and_then(serde_json::Value::as_str).unwrap_or_default();
        let mut a = fresh(&server, "pg_pair_a").await;
        let mut b = fresh(&server, "pg_pair_b").await;
        let mut load = Ok(());
        let rows = pair.get("rows").and_then(serde_json::Value::as_array);
        for (place, word) in [(&mut a, "current"), (&mut b, "desired")] {
            let pieces =
                migrate_core::sql::split(Dialect::Postgres, side(word), 0..side(word).len()).unwrap();
            for piece in pieces {
                let sql = &side(word)[piece.span.clone()];
                let mut done = place.connection.execute(sql).await;
                if let Err(error) = &done
                    && let Some((_, schema)) = error.message().split_once("schema \"")
                    && error.message().contains("does not exist")
                {
                    let schema = schema.split('"').next().unwrap().to_owned();
                    place.connection.execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
                    done = place.connection.execute(sql).await;
                }
                if rows.is_none() && load.is_ok() {
                    load = done.map_err(|e| format!("{word}: {e}"));
                }
            }
        }
        let with_rows = std::env::var("MIGRATE_PAIRS_ROWS").is_ok();
        for row in rows.into_iter().flatten().filter_map(serde_json::Value::as_str).filter(|_| with_rows) {
            let _ = a.connection.execute(row).await;
        }
        if let Err(error) = load {
            refused += 1;
            println!("REFUSED {name}: {error}");
            continue;
        }
        let mut schemas = Vec::new();
        for place in [&mut a, &mut b] {
            let rows = place
                .connection
                .query(
                    "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$|^public$'",
                )
                .await
                .unwrap();
            schemas.extend(rows.into_iter().flatten().flatten());
        }
        schemas.sort();
        schemas.dedup();
        let result: Result<String, String> = async {
            let (before, after) = (a.read(&schemas).await?, b.read(&schemas).await?);
            let (dump_a, dump_b) = (a.dump(), b.dump());
            let empty = Schema::empty(Dialect::Postgres);
            for (schema, dump, word) in [(&before, &dump_a, "current"), (&after, &dump_b, "desired")] {
                let mut c = fresh(&server, "pg_pair_c").await;
                // What is not compared must be there.
                let pieces =
                    migrate_core::sql::split(Dialect::Postgres, side(word), 0..side(word).len()).unwrap();
                let extras = pieces.iter().map(|piece| &side(word)[piece.span.clone()]).filter(|sql| {
                    let sql = sql.to_uppercase();
                    sql.contains("CREATE EXTENSION") || sql.contains("CREATE DOMAIN")
                });
                for extra in extras {
                    let _ = c.connection.execute(extra).await;
                }
                let dump = with_dump.then_some(dump.as_slice());
                step(&mut c, &diff(&empty, schema, &Renames::default()), &empty, schema, dump, &schemas)
                    .await
                    .map_err(|e| format!("from empty: {e}"))?;
            }
            let up = diff(&before, &after, &Renames::default());
            let kept = kept(&before, &after, &up);
            let held = a.hold(&kept).await;
            let dump = |dump| with_dump.then_some(dump);
            let text = step(&mut a, &up, &before, &after, dump(dump_b.as_slice()), &schemas)
                .await
                .map_err(|e| format!("up: {e}"))?;
            if a.hold(&kept).await != held {
                return Err(format!("up: rows have changed\n{text}"));
            }
            let back = step(&mut a, &reversed(&up), &after, &before, dump(dump_a.as_slice()), &schemas)
                .await
                .map_err(|e| format!("down: {e}"))?;
            if a.hold(&kept).await != held {
                return Err(format!("down: rows have changed\n{back}"));
            }
            Ok(format!("{text}    --\n{back}"))
        }
        .await;
        match result {
            Ok(text) => {
                passed += 1;
                println!("PASSED {name}\n{text}");
            }
            Err(error) if with_rows && error.contains("REVIEWED") => {
                reviewed += 1;
                println!("REVIEWED {name}: {error}");
            }
            Err(error) => {
                failed += 1;
                println!("FAILED {name}: {error}");
            }
        }
    }
    println!("passed {passed}, failed {failed}, refused {refused}, reviewed {reviewed}");
}
