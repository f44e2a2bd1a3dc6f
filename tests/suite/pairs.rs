//! Pairs of schemas from the corpus: from `current` to `desired` by what `diff` writes, and back.
//!
//! Each engine's pairs are four tests, which say how many passed, failed, and were refused by the server itself, and
//! write the account to the folder that `MIGRATE_TEST_REPORT` names.

use std::{collections::BTreeSet, fs, process::Command};

use migrate_runtime::Connection;
use migrate_tests::{Scratch, ServerKind, plugin};
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::{corpus::corpus, promises};

promises! {
    pairs_of_schemas_are_bridged_both_ways_1 on &ServerKind::ALL;
    pairs_of_schemas_are_bridged_both_ways_2 on &ServerKind::ALL;
    pairs_of_schemas_are_bridged_both_ways_3 on &ServerKind::ALL;
    pairs_of_schemas_are_bridged_both_ways_4 on &ServerKind::ALL;
}

/// A case of the corpus.
struct Pair {
    name: String,
    current: String,
    desired: String,
}

/// How a case ended.
enum Ending {
    Passed,
    /// The server did not take `current` or `desired`.
    Refused(String),
    Failed(String),
}

fn pairs_of_schemas_are_bridged_both_ways_1(db: Scratch) {
    quarter(&db, 0);
}

fn pairs_of_schemas_are_bridged_both_ways_2(db: Scratch) {
    quarter(&db, 1);
}

fn pairs_of_schemas_are_bridged_both_ways_3(db: Scratch) {
    quarter(&db, 2);
}

fn pairs_of_schemas_are_bridged_both_ways_4(db: Scratch) {
    quarter(&db, 3);
}

/// Every fourth case, so that four tests share the work.
fn quarter(db: &Scratch, quarter: usize) {
    let only = std::env::var("MIGRATE_TEST_PAIR").unwrap_or_default();
    let (mut passed, mut refused, mut failed) = (0, Vec::new(), Vec::new());
    let pairs = pairs(db);
    let of_quarter = pairs.iter().enumerate().filter(|(at, _)| at % 4 == quarter).map(|(_, pair)| pair);
    for pair in of_quarter.filter(|pair| pair.name.contains(&only)) {
        match bridge(db, pair) {
            Ending::Passed => passed += 1,
            Ending::Refused(why) => refused.push(format!("{}: {why}", pair.name)),
            Ending::Failed(why) => failed.push(format!("{}: {why}", pair.name)),
        }
    }
    let report = format!(
        "{} {}: {passed} pairs passed, {} failed, {} refused by the server\n{}{}",
        db.kind().name(),
        quarter + 1,
        failed.len(),
        refused.len(),
        failed.iter().map(|line| format!("  failed   {line}\n")).collect::<String>(),
        refused.iter().map(|line| format!("  refused  {line}\n")).collect::<String>(),
    );
    if let Some(folder) = std::env::var_os("MIGRATE_TEST_REPORT") {
        let path =
            std::path::Path::new(&folder).join(format!("pairs-{}-{}.txt", db.kind().name(), quarter + 1));
        fs::write(path, &report).unwrap();
    }
    println!("{report}");
    assert!((passed > 0 || !only.is_empty()) && failed.is_empty(), "{report}");
}

/// The cases for this server.
fn pairs(db: &Scratch) -> Vec<Pair> {
    let name = match db.kind() {
        ServerKind::Postgres => "postgres",
        ServerKind::Mariadb | ServerKind::Mysql => "mysql",
        ServerKind::Mssql => "mssql",
        ServerKind::Sqlite => "sqlite",
    };
    let path = corpus().unwrap().join("schema-pairs").join(format!("{name}.yml"));
    let documents = YamlLoader::load_from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let version = match db.kind() {
        ServerKind::Postgres => db.cell("SHOW server_version"),
        ServerKind::Mariadb | ServerKind::Mysql => db.cell("SELECT VERSION()"),
        ServerKind::Mssql | ServerKind::Sqlite => String::new(),
    };
    let mut found = Vec::new();
    for (name, case) in documents[0].as_hash().unwrap() {
        let text = |key: &str| match &case[key] {
            Yaml::String(text) => Some(text.clone()),
            Yaml::Real(number) => Some(number.clone()),
            Yaml::Integer(number) => Some(number.to_string()),
            _ => None,
        };
        let own = db.kind().name();
        let is_meant = text("flavor").is_none_or(|flavor| match flavor.strip_prefix('!') {
            Some(other) => other != own,
            None => flavor == own,
        });
        let fits = text("min_version").is_none_or(|least| parts(&version) >= parts(&least))
            && text("max_version").is_none_or(|most| parts(&version)[..2] <= parts(&most)[..]);
        if is_meant && fits {
            found.push(Pair {
                name: name.as_str().unwrap().to_owned(),
                current: text("current").unwrap_or_default(),
                desired: text("desired").unwrap_or_default(),
            });
        }
    }
    found
}

fn parts(version: &str) -> Vec<u32> {
    let numbers = version.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let mut parts: Vec<u32> = numbers.take(3).map(|part| part.parse().unwrap()).collect();
    parts.resize(3, 0);
    parts
}

fn bridge(db: &Scratch, pair: &Pair) -> Ending {
    let (from, to) = (Scratch::new(&db.server), Scratch::new(&db.server));
    for (place, script) in [(&from, &pair.current), (&to, &pair.desired)] {
        if let Err(why) = load(place, script) {
            return Ending::Refused(why);
        }
    }
    match both_ways(&from, &to, pair) {
        Ok(()) => Ending::Passed,
        Err(why) => Ending::Failed(why),
    }
}

fn both_ways(from: &Scratch, to: &Scratch, pair: &Pair) -> Result<(), String> {
    let (before, wanted) = (objects(from), objects(to));
    let found = diff(from, to, &renames(pair)).or_else(|_| diff(from, to, &[]))?;
    let sql = |way: &str| -> Vec<String> {
        let statements = found["sql"][way].as_array().unwrap().iter();
        statements.map(|statement| statement.as_str().unwrap().to_owned()).collect()
    };
    run(from, &sql("up")).map_err(|why| format!("up: {why}"))?;
    let left = diff(from, to, &[])?;
    if left["changes"].as_array().is_none_or(|changes| !changes.is_empty()) {
        return Err(format!(
            "the second difference is not empty: {}; up was {:?}",
            left["changes"],
            sql("up")
        ));
    }
    same("after up", &wanted, &objects(from), &sql("up"))?;
    run(from, &sql("down")).map_err(|why| format!("down: {why}"))?;
    same("after down", &before, &objects(from), &sql("down"))
}

fn same(
    when: &str,
    wanted: &BTreeSet<String>,
    found: &BTreeSet<String>,
    sql: &[String],
) -> Result<(), String> {
    if wanted == found {
        return Ok(());
    }
    let missing: Vec<_> = wanted.difference(found).collect();
    let extra: Vec<_> = found.difference(wanted).collect();
    Err(format!("{when} the dumps differ: missing {missing:?}, too much {extra:?}; ran {sql:?}"))
}

/// The statements of the server's own dump, the columns of a table in any order.
pub(crate) fn objects(db: &Scratch) -> BTreeSet<String> {
    if db.kind() == ServerKind::Sqlite {
        // It keeps what was written, to the letter.
        return db.sqlite_shape();
    }
    let dump = db.dump();
    let statements: Vec<String> = match db.kind() {
        ServerKind::Postgres => dump
            .lines()
            // Whatever an identity's sequence is called: it goes by the first name of its table.
            .filter(|line| !line.starts_with("--") && !line.trim_start().starts_with("SEQUENCE NAME "))
            .collect::<Vec<_>>()
            .join("\n")
            // What a column without a default has anyway.
            .replace(" DEFAULT NULL::character varying", "")
            .split(";\n")
            .map(ToOwned::to_owned)
            .collect(),
        ServerKind::Mariadb | ServerKind::Mysql => {
            // One table begins where the next one does. InnoDB knows no other tree, and RESTRICT is what happens anyway.
            let same = [
                " USING BTREE",
                " ON DELETE RESTRICT",
                " ON UPDATE RESTRICT",
                " ON DELETE NO ACTION",
                " ON UPDATE NO ACTION",
            ];
            let dump = same.iter().fold(dump, |dump, words| dump.replace(words, ""));
            dump.replace(" CREATE ", "\u{1}CREATE ").split('\u{1}').map(ToOwned::to_owned).collect()
        }
        ServerKind::Sqlite | ServerKind::Mssql => dump.lines().map(ToOwned::to_owned).collect(),
    };
    statements.iter().map(|statement| in_any_order(statement)).filter(|text| !text.is_empty()).collect()
}

/// The text with the lines of a table's body sorted, and without the white space that says nothing.
fn in_any_order(statement: &str) -> String {
    let flat = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> = statement
        .lines()
        .map(|line| flat(line.trim().trim_end_matches(',')))
        .filter(|line| !line.is_empty())
        .collect();
    if let Some((_, body)) = lines.split_first_mut() {
        body.sort();
    }
    lines.join("\n")
}

/// What `diff --format json` says.
fn diff(from: &Scratch, to: &Scratch, renames: &[String]) -> Result<Value, String> {
    let mut command = Command::new(plugin());
    command.current_dir(from.folder()).env_remove("DATABASE_URL");
    command.args([
        "diff",
        "--format",
        "json",
        "--from",
        &format!("db:{}", from.url),
        "--to",
        &format!("db:{}", to.url),
    ]);
    for rename in renames {
        command.args(["--rename", rename]);
    }
    command.args(["--rename", "none"]);
    let output = command.output().unwrap();
    if !output.status.success() {
        return Err(format!("diff: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("diff: {error}"))
}

/// The renames that the comments `@renamed from=` mark.
fn renames(pair: &Pair) -> Vec<String> {
    let bare = |word: &str| word.trim_matches(|c: char| "\"`[](),;".contains(c)).to_owned();
    let local = |word: &str| bare(word.rsplit('.').next().unwrap_or(word));
    let (mut found, mut table, mut old_table) = (Vec::new(), String::new(), String::new());
    for line in pair.desired.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let from =
            line.split("@renamed from=").nth(1).and_then(|rest| rest.split_whitespace().next()).map(bare);
        if words.len() > 2
            && words[0].eq_ignore_ascii_case("create")
            && words[1].eq_ignore_ascii_case("table")
        {
            table = local(words[2].split('(').next().unwrap_or_default());
            old_table.clone_from(&table);
            if let Some(from) = from {
                found.push(format!("{from}={table}"));
                old_table = from;
            }
        } else if let (Some(from), Some(first)) = (from, words.first()) {
            found.push(format!("{old_table}.{from}={table}.{}", bare(first)));
        }
    }
    found
}

/// Runs a script of the corpus, as its own client would.
pub(crate) fn load(db: &Scratch, script: &str) -> Result<(), String> {
    let dialect = db.kind().dialect();
    let pieces =
        migrate_core::sql::split(dialect, script, 0..script.len()).map_err(|error| error.to_string())?;
    let statements: Vec<_> = pieces.into_iter().map(|piece| script[piece.span].to_owned()).collect();
    run(db, &statements)
}

fn run(db: &Scratch, statements: &[String]) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if db.kind() == ServerKind::Sqlite && !std::path::Path::new(&db.name).exists() {
            fs::write(&db.name, "").unwrap();
        }
        let mut connection = Connection::open(&db.url).await.map_err(|error| error.to_string())?;
        let mut outcome = Ok(());
        for statement in statements {
            outcome = connection.execute(statement).await.map_err(|error| format!("{error} in {statement}"));
            if outcome.is_err() {
                break;
            }
        }
        connection.close().await;
        outcome
    })
}
