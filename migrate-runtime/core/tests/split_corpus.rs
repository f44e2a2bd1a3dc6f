//! Real schemas, split as the engines' own clients split them. Runs where `MIGRATE_CORPUS` names the folder with the
//! test data, which is not part of this repository.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use migrate_core::{
    Dialect,
    sql::{canonical, leading_words, split},
};

/// What a client sends for each file, counted without this crate: the log of a PostgreSQL server behind psql 15,
/// `sqlite3_complete()`, lines of `GO`, and lines that end in the current DELIMITER.
const COUNTS: [(Dialect, &str, usize); 10] = [
    (Dialect::Postgres, "chinook/postgres.sql", 57),
    (Dialect::Mysql, "chinook/mysql.sql", 58),
    (Dialect::Mariadb, "chinook/mysql.sql", 58),
    (Dialect::Mssql, "chinook/mssql.sql", 36),
    (Dialect::Sqlite, "chinook/sqlite.sql", 57),
    (Dialect::Postgres, "sakila/postgres.sql", 225),
    (Dialect::Mysql, "sakila/mysql.sql", 41),
    (Dialect::Mariadb, "sakila/mysql.sql", 41),
    (Dialect::Mssql, "sakila/mssql.sql", 67),
    (Dialect::Sqlite, "sakila/sqlite.sql", 75),
];

fn corpus() -> Option<PathBuf> {
    let folder = env::var_os("MIGRATE_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("not run: MIGRATE_CORPUS does not name the folder with the test data");
    }
    folder
}

/// The script without what only makes and chooses a database.
fn script(folder: &Path, file: &str) -> io::Result<String> {
    let text = fs::read_to_string(folder.join(file))?;
    Ok(text
        .split_inclusive('\n')
        .filter(|line| {
            !["\\c ", "CREATE DATABASE ", "DROP DATABASE "].iter().any(|start| line.starts_with(start))
        })
        .collect())
}

#[test]
fn real_schemas_have_as_many_statements_as_the_clients_send() {
    let Some(folder) = corpus() else { return };
    for (dialect, file, count) in COUNTS {
        let text = script(&folder, file).unwrap();
        let pieces = split(dialect, &text, 0..text.len()).unwrap_or_else(|error| panic!("{file}: {error:?}"));
        assert_eq!(pieces.len(), count, "{dialect}: {file}");
        for piece in pieces {
            let statement = &text[piece.span];
            let plain = canonical(dialect, statement);
            assert_eq!(canonical(dialect, &plain), plain);
            assert!(!leading_words(dialect, statement, 1).is_empty(), "{statement}");
        }
    }
}

#[test]
fn real_schemas_split_alike_with_other_line_ends() {
    let Some(folder) = corpus() else { return };
    for (dialect, file, _) in COUNTS {
        let unix = script(&folder, file).unwrap().replace("\r\n", "\n");
        let windows = unix.replace('\n', "\r\n");
        let plain = |text: &str| -> Vec<String> {
            let pieces = split(dialect, text, 0..text.len()).unwrap();
            pieces.into_iter().map(|piece| canonical(dialect, &text[piece.span])).collect()
        };
        assert_eq!(plain(&unix), plain(&windows), "{dialect}: {file}");
    }
}
