//! Random pairs of databases with rows in them, bridged both ways.

use std::{collections::BTreeMap, fmt::Write as _};

use super::tests::{Database, block_on, scripts, shown};
use crate::{
    diff::{Renames, diff},
    schema::ObjectName,
};

/// How many pairs `cargo test` tries; `MIGRATE_TEST_PAIRS` names another number.
const PAIRS: u64 = 200;

struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % count
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

#[derive(Clone)]
struct Column {
    name: String,
    ty: &'static str,
    not_null: bool,
    default: Option<&'static str>,
    collation: bool,
    generated: Option<(&'static str, bool)>,
    /// The table whose `id` it refers to, and what is said with it.
    refers: Option<(usize, &'static str)>,
    unique: bool,
    check: Option<&'static str>,
    /// Whether a unique constraint of its own kind stands on it, or an index.
    index: Option<&'static str>,
    /// Where it comes from in the other database.
    origin: Option<String>,
}

#[derive(Clone)]
struct Table {
    name: String,
    id: String,
    key: usize,
    columns: Vec<Column>,
    strict: bool,
    without_rowid: bool,
    trigger: bool,
    origin: Option<(String, String)>,
}

const NAMES: [&str; 14] =
    ["a", "b", "c", "d", "order", "a b", "x\"y", "ünï", "Mixed", "select", "1st", "e.f", "g'h", "key"];
const TYPES: [&str; 3] = ["INTEGER", "TEXT", "REAL"];
const LOOSE_TYPES: [&str; 6] = ["INTEGER", "TEXT", "REAL", "VARCHAR(20)", "NUMERIC(10, 2)", ""];
const CHECKS: [&str; 3] = ["{} <> 'zz'", "length({}) < 90", "{} IS NOT 'q' OR {} > 0"];
const INDEXES: [&str; 5] = ["{}", "{} DESC", "lower({})", "{} COLLATE NOCASE, {id}", "{} WHERE {} > 0"];
const ACTIONS: [&str; 4] =
    ["", " ON DELETE CASCADE", " ON DELETE SET NULL ON UPDATE CASCADE", " DEFERRABLE INITIALLY DEFERRED"];

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn column(random: &mut Random, table: &Table, tables: usize) -> Option<Column> {
    let name = random.pick(&NAMES).to_owned();
    if table.columns.iter().any(|column| column.name == name) || table.id == name {
        return None;
    }
    let ty = if table.strict { random.pick(&TYPES) } else { random.pick(&LOOSE_TYPES) };
    let mut column = Column {
        name,
        ty,
        not_null: false,
        default: None,
        collation: ty == "TEXT" && random.one_in(3),
        generated: None,
        refers: None,
        unique: false,
        check: None,
        index: random.one_in(3).then(|| random.pick(&INDEXES)),
        origin: None,
    };
    match random.below(6) {
        0 => column.generated = Some((random.pick(&["{id} * 2", "{id} + 1"]), random.one_in(2))),
        1 if tables > 0 => {
            column.ty = "INTEGER";
            column.collation = false;
            column.refers = Some((random.below(tables), random.pick(&ACTIONS)));
        }
        2 => column.unique = true,
        3 => {
            column.not_null = true;
            column.default = Some(random.pick(&["0", "'7'", "(1 + 1)"]));
        }
        4 => column.default = Some(random.pick(&["5", "CURRENT_TIMESTAMP"])).filter(|_| column.ty == "TEXT"),
        _ => column.check = Some(random.pick(&CHECKS)),
    }
    if column.refers.is_none() && column.generated.is_none() && random.one_in(4) {
        column.check = Some(random.pick(&CHECKS));
    }
    Some(column)
}

fn table(random: &mut Random, tables: &[Option<Table>]) -> Option<Table> {
    let name = format!("t_{}", random.pick(&NAMES));
    if tables.iter().flatten().any(|table| table.name.eq_ignore_ascii_case(&name)) {
        return None;
    }
    let mut table = Table {
        name,
        id: "id".to_owned(),
        key: random.below(4),
        columns: Vec::new(),
        strict: random.one_in(3),
        without_rowid: false,
        trigger: random.one_in(3),
        origin: None,
    };
    table.without_rowid = table.key == 3 && random.one_in(2);
    for _ in 0..=random.below(6) {
        let column = column(random, &table, tables.len());
        table.columns.extend(column);
    }
    Some(table)
}

fn database(random: &mut Random) -> Vec<Option<Table>> {
    let mut tables = Vec::new();
    for _ in 0..=random.below(4) {
        let table = table(random, &tables);
        tables.extend(table.map(Some));
    }
    let count = tables.len();
    for column in tables.iter_mut().flatten().flat_map(|table| &mut table.columns) {
        column.refers = column.refers.filter(|(table, _)| *table < count);
    }
    tables
}

/// The other database: some of everything is changed. What the rows could not follow is left out.
fn mutated(random: &mut Random, before: &[Option<Table>]) -> (Vec<Option<Table>>, Renames) {
    let mut tables = before.to_vec();
    let mut renames = Renames::default();
    for at in 0..tables.len() {
        let names: Vec<String> =
            tables.iter().flatten().map(|table| table.name.to_ascii_lowercase()).collect();
        let Some(table) = &mut tables[at] else { continue };
        table.origin = Some((table.name.clone(), table.id.clone()));
        for column in &mut table.columns {
            column.origin = Some(column.name.clone());
        }
        match random.below(8) {
            0 => {
                tables[at] = None;
                // Its rows do not come back: on the way down nothing may refer to them.
                for table in tables.iter_mut().flatten() {
                    table.columns.retain(|column| column.refers.is_none_or(|(table, _)| table != at));
                }
                continue;
            }
            1 => {
                let name = format!("{}_new", table.name);
                if !names.contains(&name.to_ascii_lowercase()) {
                    renames.tables.insert(ObjectName::local(&table.name), ObjectName::local(&name));
                    table.name = name;
                }
            }
            _ => {}
        }
        if random.one_in(6) && table.columns.iter().all(|column| column.name != "number") {
            let of_table = renames.columns.entry(ObjectName::local(&table.name)).or_default();
            of_table.insert("id".to_owned(), "number".to_owned());
            table.id = "number".to_owned();
        }
        if random.one_in(5) {
            table.key = random.below(4);
            table.without_rowid &= table.key == 3;
        }
        for number in (0..table.columns.len()).rev() {
            let column = &mut table.columns[number];
            match random.below(14) {
                0 => {
                    table.columns.remove(number);
                }
                1 if column.generated.is_none() && column.refers.is_none() && column.default.is_none() => {
                    column.ty = if table.strict { random.pick(&TYPES) } else { random.pick(&LOOSE_TYPES) };
                    column.collation &= column.ty == "TEXT";
                }
                2 if column.generated.is_none() && column.refers.is_none() => column.not_null = true,
                3 => column.index = random.one_in(2).then(|| random.pick(&INDEXES)),
                4 => column.check = random.one_in(2).then(|| random.pick(&CHECKS)),
                5 => column.unique = !column.unique && column.default.is_none() && column.generated.is_none(),
                6 => column.default = column.default.map(|_| "9"),
                7 => column.refers = column.refers.map(|(table, _)| (table, random.pick(&ACTIONS))),
                8 => column.refers = None,
                9 => column.collation = column.ty == "TEXT" && !column.collation,
                10 => {
                    let name = format!("{}_x", column.name);
                    let of_table = renames.columns.entry(ObjectName::local(&table.name)).or_default();
                    of_table.insert(column.name.clone(), name.clone());
                    column.name = name;
                }
                11 => {
                    if let Some((_, stored)) = &mut column.generated {
                        *stored = !*stored;
                    }
                }
                _ => {}
            }
        }
        for _ in 0..random.below(3) {
            let old = before[at].as_ref();
            let is_new = |column: &Column| {
                old.is_none_or(|old| old.columns.iter().all(|known| known.name != column.name))
            };
            table.columns.extend(column(random, table, at).filter(is_new));
        }
    }
    for _ in 0..random.below(3) {
        let new = table_after(random, &tables, before);
        tables.extend(new.map(Some));
    }
    (tables, renames)
}

/// A table with a name that neither database has had.
fn table_after(random: &mut Random, tables: &[Option<Table>], before: &[Option<Table>]) -> Option<Table> {
    let all: Vec<Option<Table>> = tables.iter().chain(before).cloned().collect();
    let mut new = table(random, &all)?;
    for column in &mut new.columns {
        column.refers = column.refers.filter(|(to, _)| tables.get(*to).is_some_and(Option::is_some));
    }
    Some(new)
}

/// CREATE statements, not in the style of the renderer.
fn sql(random: &mut Random, tables: &[Option<Table>]) -> Vec<String> {
    let mut statements = vec!["CREATE TABLE log (entry)".to_owned()];
    for (number, table) in tables.iter().enumerate() {
        let Some(table) = table else { continue };
        let filled = |template: &str, column: &str| {
            template.replace("{id}", &quoted(&table.id)).replace("{}", &quoted(column))
        };
        let id = quoted(&table.id);
        let mut lines = vec![match table.key {
            0 => format!("{id} INTEGER PRIMARY KEY"),
            1 => format!("{id} integer primary key autoincrement"),
            _ => format!("{id} INTEGER NOT NULL"),
        }];
        let mut behind: Vec<String> = match table.key {
            0 | 1 => Vec::new(),
            2 => vec![format!("CONSTRAINT pk_{number} PRIMARY KEY ({id})")],
            _ => vec![format!("PRIMARY KEY ({id} DESC)")],
        };
        let mut indexes = Vec::new();
        for (at, column) in table.columns.iter().enumerate() {
            let name = quoted(&column.name);
            let mut line = format!("{name} {}", column.ty);
            if column.not_null {
                line += " NOT NULL";
            }
            if let Some(default) = column.default {
                let _ = write!(line, " DEFAULT {default}");
            }
            if column.collation {
                line += " collate nocase";
            }
            if let Some((expression, stored)) = column.generated {
                let kept = if stored { "STORED" } else { "" };
                let _ = write!(line, " AS ({}) {kept}", filled(expression, ""));
            }
            if column.unique {
                if random.one_in(2) { line += " UNIQUE" } else { behind.push(format!("UNIQUE ({name})")) }
            }
            if let Some(check) = column.check {
                let check = format!("CHECK ({})", filled(check, &column.name));
                if random.one_in(2) {
                    let _ = write!(line, " {check}");
                } else {
                    behind.push(format!("CONSTRAINT ck_{number}_{at} {check}"));
                }
            }
            if let Some((to, action)) = column.refers
                && let Some(Some(to)) = tables.get(to)
            {
                let key = format!("REFERENCES {} ({}){action}", quoted(&to.name), quoted(&to.id));
                if random.one_in(2) {
                    let _ = write!(line, " {key}");
                } else {
                    behind.push(format!("FOREIGN KEY ({name}) {key}"));
                }
            }
            lines.push(line);
            if let Some(index) = column.index {
                let index = filled(index, &column.name);
                let (keys, filter) =
                    index.split_once(" WHERE ").map_or((index.as_str(), String::new()), |(keys, filter)| {
                        (keys, format!(" WHERE {filter}"))
                    });
                let table = quoted(&table.name);
                indexes.push(format!("CREATE INDEX ix_{number}_{at} ON {table} ({keys}){filter}"));
            }
        }
        lines.append(&mut behind);
        let options: Vec<&str> = [(table.strict, "STRICT"), (table.without_rowid, "WITHOUT ROWID")]
            .into_iter()
            .filter_map(|(is_set, word)| is_set.then_some(word))
            .collect();
        let name = quoted(&table.name);
        statements.push(format!("CREATE TABLE {name} ({}) {}", lines.join(", "), options.join(", ")));
        statements.append(&mut indexes);
    }
    statements
}

/// Three rows in each table: numbers, also where the column is for text, so that they follow a change of its type.
fn rows(tables: &[Option<Table>], after: &[Option<Table>]) -> Vec<String> {
    let mut statements = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let Some(table) = table else { continue };
        let later = after.get(at).and_then(Option::as_ref);
        for number in 1..=3 {
            let (mut names, mut values) = (vec![quoted(&table.id)], vec![number.to_string()]);
            for column in table.columns.iter().filter(|column| column.generated.is_none()) {
                let stays_nullable = later.is_none_or(|later| {
                    later
                        .columns
                        .iter()
                        .all(|other| other.origin.as_ref() != Some(&column.name) || !other.not_null)
                });
                names.push(quoted(&column.name));
                values.push(match column.ty {
                    _ if number == 3 && !column.not_null && stays_nullable => "NULL".to_owned(),
                    "TEXT" | "VARCHAR(20)" => format!("'{number}'"),
                    _ => number.to_string(),
                });
            }
            let (names, values) = (names.join(", "), values.join(", "));
            statements.push(format!("INSERT INTO {} ({names}) VALUES ({values})", quoted(&table.name)));
        }
        // A number that was given, and whose row is gone.
        statements.push(format!(
            "DELETE FROM {0} WHERE {1} = 3 AND {1} < 0",
            quoted(&table.name),
            quoted(&table.id)
        ));
    }
    statements
}

/// Triggers and a view, which are in no schema and have to come through.
fn around(tables: &[Option<Table>]) -> Vec<String> {
    let mut statements = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let Some(table) = table.as_ref().filter(|table| table.trigger) else { continue };
        let (name, id) = (quoted(&table.name), quoted(&table.id));
        statements.push(format!(
            "CREATE TRIGGER trigger_{at} AFTER UPDATE OF {id} ON {name} WHEN new.{id} > 1 \
             BEGIN INSERT INTO log VALUES (old.{id}); END"
        ));
        statements.push(format!("CREATE VIEW view_{at} AS SELECT {id} FROM {name}"));
    }
    statements
}

/// What is in the columns that both databases have, by their names in `by_origin` or in the other one.
async fn contents(
    database: &mut Database,
    after: &[Option<Table>],
    by_origin: bool,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for table in after.iter().flatten() {
        let Some((origin, origin_id)) = &table.origin else { continue };
        let (name, id) = if by_origin { (origin, origin_id) } else { (&table.name, &table.id) };
        let columns = table.columns.iter().filter_map(|column| {
            let origin = column.origin.as_ref()?;
            let name = quoted(if by_origin { origin } else { &column.name });
            // A number that has been text for a while is still the same number.
            Some(format!("CAST({name} AS INTEGER)"))
        });
        let list = [vec![quoted(id)], columns.collect()].concat().join(", ");
        let rows = database.rows(&format!("SELECT {list} FROM {} ORDER BY 1", quoted(name))).await;
        found.insert(origin.clone(), format!("{rows:?}"));
    }
    found
}

/// The triggers and views, by name, and whether each view can be read.
async fn others(database: &mut Database) -> Vec<Vec<String>> {
    let sql = "SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') ORDER BY name";
    let found = database.rows(sql).await;
    for view in found.iter().filter(|row| row[0] == "view") {
        database.rows(&format!("SELECT * FROM {}", view[1])).await;
    }
    found
}

/// What the pragmas say, which is not by our own reader. Where nothing is compared, nothing is asked: names of what a
/// constraint makes, directions in a primary key.
async fn facts(database: &mut Database) -> Vec<Vec<String>> {
    let queries = [
        "SELECT 'column', t.name, x.name, upper(replace(x.type, ' ', '')), \
         x.\"notnull\" OR (x.pk > 0 AND upper(x.type) = 'INTEGER'), trim(lower(coalesce(x.dflt_value, '')), '()'), x.pk, \
         x.hidden FROM sqlite_schema AS t, pragma_table_xinfo(t.name) AS x WHERE t.type = 'table'",
        "SELECT 'key', t.name, l.\"unique\", l.origin, l.partial, iif(l.origin = 'c', l.name, ''), \
         (SELECT group_concat(coalesce(x.name, '?') || iif(l.origin = 'pk', 0, x.desc) || upper(x.coll)) \
         FROM pragma_index_xinfo(l.name) AS x WHERE x.key = 1) \
         FROM sqlite_schema AS t, pragma_index_list(t.name) AS l WHERE t.type = 'table' AND l.origin <> 'pk'",
        "SELECT 'foreign key', t.name, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete \
         FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table'",
        "SELECT 'table', name, strict, wr FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%'",
    ];
    let mut facts = Vec::new();
    for sql in queries {
        facts.extend(database.rows(sql).await);
    }
    facts.retain(|fact| !fact[1].starts_with("sqlite_") && !fact[1].starts_with("view_"));
    facts.sort();
    facts
}

#[test]
fn random_databases_with_rows_are_bridged_both_ways() {
    let count =
        std::env::var("MIGRATE_TEST_PAIRS").ok().and_then(|count| count.parse().ok()).unwrap_or(PAIRS);
    let first = std::env::var("MIGRATE_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut changes = 0;
    for seed in first..first + count {
        println!("MIGRATE_TEST_SEED={seed}");
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let one = database(&mut random);
        let (other, renames) = mutated(&mut random, &one);
        let (one_sql, other_sql) = (sql(&mut random, &one), sql(&mut random, &other));
        changes += block_on(bridge(&one, &other, &one_sql, &other_sql, &renames));
    }
    assert!(changes > 0);
}

async fn bridge(
    one: &[Option<Table>],
    other: &[Option<Table>],
    one_sql: &[String],
    other_sql: &[String],
    renames: &Renames,
) -> usize {
    let texts = |list: &[String]| list.join(";\n");
    let (mut from, mut to) = (Database::new(&[]).await, Database::new(&[]).await);
    for sql in other_sql {
        to.run(sql).await;
    }
    from.run("PRAGMA foreign_keys = OFF").await;
    for sql in one_sql.iter().chain(&rows(one, other)) {
        from.run(sql).await;
    }
    from.run("PRAGMA foreign_keys = ON").await;
    // A view of a table that goes would stop every later rename: the reader of that revision drops it.
    let staying: Vec<_> =
        one.iter().zip(other).map(|(table, later)| table.clone().filter(|_| later.is_some())).collect();
    for sql in around(&staying) {
        from.run(&sql).await;
    }
    let (before, after) = (from.schema().await, to.schema().await);
    println!("{};\n\n{};\n{renames:?}", texts(one_sql), texts(other_sql));
    let (up, down) = scripts(&before, &after, renames);
    let asked = (facts(&mut from).await, facts(&mut to).await);
    let kept = (contents(&mut from, other, true).await, others(&mut from).await);

    println!("UP\n{}\nDOWN\n{}", shown(&up), shown(&down));
    from.run_script(&up).await;
    let reached = from.schema().await;
    assert_eq!(diff(&reached, &after, &Renames::default()), [], "up leads elsewhere");
    assert_eq!(facts(&mut from).await, asked.1, "up");
    assert_eq!((contents(&mut from, other, false).await, others(&mut from).await), kept, "up");
    from.run_script(&down).await;
    let back = from.schema().await;
    assert_eq!(diff(&back, &before, &Renames::default()), [], "down leads elsewhere");
    assert_eq!(facts(&mut from).await, asked.0, "down");
    assert_eq!((contents(&mut from, other, true).await, others(&mut from).await), kept, "down");
    up.len()
}
