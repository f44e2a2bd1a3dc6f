//! What a database holds, by the engine's own account: not one line of it comes from our own code.

use std::{fmt::Write as _, path::PathBuf, process::Command};

use crate::{Scratch, ServerKind};

impl Scratch {
    /// The whole schema as text, without our own two tables. Equal schemas give equal texts.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn dump(&self) -> String {
        match self.kind() {
            ServerKind::Sqlite => self.dump_sqlite(),
            ServerKind::Postgres => self.dump_postgres(),
            ServerKind::Mariadb | ServerKind::Mysql => self.dump_mysql(),
            ServerKind::Mssql => self.dump_mssql(),
        }
    }

    fn dump_sqlite(&self) -> String {
        let rows = self.rows(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'migrate\\_%' ESCAPE '\\' ORDER BY type, name",
        );
        lines(rows)
    }

    /// What `pg_dump --schema-only` writes, word by word, without our own two tables.
    ///
    /// # Panics
    /// If it refuses.
    pub fn pg_dump(&self) -> String {
        let output = Command::new(pg_dump())
            .args([
                "--schema-only",
                "--exclude-table=*.migrate_version",
                "--exclude-table=*.migrate_history*",
                "-d",
                &self.url,
            ])
            .output()
            .expect("pg_dump");
        assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn dump_postgres(&self) -> String {
        let text = self.pg_dump();
        // Newer releases write a random word into \restrict and \unrestrict.
        text.lines().filter(|line| !line.starts_with('\\')).fold(String::new(), |mut all, line| {
            let _ = writeln!(all, "{line}");
            all
        })
    }

    fn dump_mysql(&self) -> String {
        let mut dump = String::new();
        let tables = self.rows(&format!(
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = '{}' \
             AND table_name NOT LIKE 'migrate\\_%' ORDER BY BINARY table_name",
            self.name
        ));
        for table in tables {
            let kind = if table[1] == "VIEW" { "VIEW" } else { "TABLE" };
            dump += &lines(self.rows(&format!("SHOW CREATE {kind} `{}`", table[0])));
        }
        let of_schema = |what: &str, name: &str, column: &str| {
            self.rows(&format!(
                "SELECT {name} FROM information_schema.{what} WHERE {column} = '{}' ORDER BY BINARY {name}",
                self.name
            ))
        };
        for trigger in of_schema("triggers", "trigger_name", "trigger_schema") {
            // The last column is the moment of creation.
            let row = self.rows(&format!("SHOW CREATE TRIGGER `{}`", trigger[0]));
            dump += &lines(
                row.into_iter()
                    .map(|mut row| {
                        row.truncate(3);
                        row
                    })
                    .collect(),
            );
        }
        let routines = self.rows(&format!(
            "SELECT routine_name, routine_type FROM information_schema.routines WHERE routine_schema = '{}' \
             ORDER BY BINARY routine_type, BINARY routine_name",
            self.name
        ));
        for routine in routines {
            dump += &lines(self.rows(&format!("SHOW CREATE {} `{}`", routine[1], routine[0])));
        }
        // How far a counter has come is data.
        let mut text = String::new();
        for part in dump.split_inclusive(' ') {
            if !part.starts_with("AUTO_INCREMENT=") {
                text += part;
            }
        }
        text
    }

    fn dump_mssql(&self) -> String {
        let queries = [
            "SELECT s.name AS a, o.name AS b, o.type AS c FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id \
             WHERE o.is_ms_shipped = 0 AND o.name NOT LIKE 'migrate[_]%' ORDER BY s.name, o.name",
            "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, IS_NULLABLE, CAST(CHARACTER_MAXIMUM_LENGTH AS varchar(12)), COLUMN_DEFAULT \
             FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME NOT LIKE 'migrate[_]%' ORDER BY TABLE_NAME, ORDINAL_POSITION",
        ];
        queries.iter().map(|sql| lines(self.rows(sql))).collect()
    }
}

fn lines(rows: Vec<Vec<String>>) -> String {
    rows.into_iter().map(|row| row.join(" | ") + "\n").collect()
}

/// `pg_dump` of the newest installation, which reads older servers too.
fn pg_dump() -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .flatten()
                .map(|entry| entry.path().join("bin/pg_dump"))
                .filter(|path| path.exists())
                .collect()
        })
        .unwrap_or_default();
    found.sort();
    found.pop().unwrap_or_else(|| PathBuf::from("pg_dump"))
}
