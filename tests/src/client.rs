//! The engines' own clients, which run what was written for them.

use std::{
    fs,
    process::{Command, Stdio},
};

use migrate_runtime::DatabaseUrl;

use crate::{Scratch, ServerKind, scratch::mssql_client};

impl Scratch {
    /// Runs a script with psql, mariadb or sqlite3; on SQL Server, whose client cannot be had, batch by batch as
    /// `sqlcmd -b` does. What the client said, where it stopped.
    ///
    /// # Errors
    /// What it stopped with.
    ///
    /// # Panics
    /// If the client is not installed.
    pub fn client(&self, script: &str) -> Result<(), String> {
        let file = self.folder().join("script.sql");
        fs::write(&file, script).expect("the script");
        let input = || fs::File::open(&file).expect("the script");
        let url = DatabaseUrl::parse(&self.url).expect("the URL");
        let mut command = match self.kind() {
            ServerKind::Postgres => {
                let mut command = Command::new("psql");
                command.args(["--no-psqlrc", "--quiet", "--file"]).arg(&file).arg(&self.url);
                command
            }
            // It speaks to MySQL as well.
            ServerKind::Mariadb | ServerKind::Mysql => {
                let login = self.url.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
                let password =
                    login.and_then(|(login, _)| login.split_once(':')).map_or("", |(_, word)| word);
                let port = url.port.expect("a port").to_string();
                let mut command = Command::new("mariadb");
                command
                    .args(["--no-defaults", "--protocol=tcp", "--ssl", "--skip-ssl-verify-server-cert"])
                    .args(["-h", &url.host, "-P", &port, "-u", &url.user, &self.name])
                    .env("MYSQL_PWD", password)
                    .stdin(input());
                command
            }
            ServerKind::Sqlite => {
                let mut command = Command::new("sqlite3");
                command.arg(&url.database).stdin(input());
                command
            }
            ServerKind::Mssql => return self.batches(script),
        };
        let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output();
        let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.success() { Ok(()) } else { Err(said) }
    }

    fn batches(&self, script: &str) -> Result<(), String> {
        crate::scratch::block_on(async {
            let mut client = mssql_client(&self.url).await;
            let mut batch = String::new();
            for line in script.lines() {
                if line.trim() != "GO" {
                    batch = format!("{batch}{line}\n");
                    continue;
                }
                let sql = std::mem::take(&mut batch);
                let stream = client.simple_query(sql).await.map_err(|error| error.to_string())?;
                stream.into_results().await.map_err(|error| error.to_string())?;
            }
            Ok(())
        })
    }
}
