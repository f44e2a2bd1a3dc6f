//! A throwaway `MariaDB`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::site::Plot;
use super::throwaway::Throwaway;
use super::{Maker, Site, mysql_protocol};
use crate::engine::Engine;
use crate::failure::{Failure, Result};
use crate::{packages, programs};

/// The server and its client, without the package that runs a service.
const PACKAGES: [&str; 2] = ["mariadb-server-core", "mariadb-client-core"];

/// A data folder made by `mariadb-install-db`.
#[derive(Debug)]
pub(crate) struct MariaDb {
    program: PathBuf,
    plot: Plot,
}

/// Makes sure that the programs are there.
pub(crate) fn provide(install: bool) -> Result<Maker> {
    if find().is_none() {
        packages::install("MariaDB", &PACKAGES, install)?;
    }
    let (program, installer) = find().ok_or_else(|| {
        Failure::new("MariaDB was installed, but mariadbd or mariadb-install-db is not in PATH or /usr/sbin")
    })?;
    Ok(Box::new(move |site| Ok(Box::new(MariaDb::create(program, &installer, site)?))))
}

/// The server, and what makes its data folder.
fn find() -> Option<(PathBuf, PathBuf)> {
    Some((programs::find("mariadbd")?, programs::find("mariadb-install-db")?))
}

impl MariaDb {
    /// Makes a data folder; the server makes the accounts itself when it starts.
    fn create(program: PathBuf, installer: &Path, site: &Site) -> Result<Self> {
        let plot = site.plot(Engine::MariaDb)?;
        let password = &plot.password;
        // The installer makes an account without a password for each name of this machine.
        let accounts = format!(
            "DELETE FROM mysql.global_priv WHERE User IN ('', 'root') AND Host <> 'localhost';\n\
             FLUSH PRIVILEGES;\n\
             ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n\
             CREATE OR REPLACE USER 'root'@'%' IDENTIFIED BY '{password}';\n\
             GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;\n"
        );
        plot.write_secret("accounts.sql", &accounts)?;
        plot.run(
            "mariadb-install-db",
            plot.account
                .command(installer, "TERM")
                .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
                .args(["--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"])
                .arg(format!("--datadir={}", plot.data().display())),
        )?;
        Ok(Self { program, plot })
    }
}

impl Throwaway for MariaDb {
    fn engine(&self) -> Engine {
        Engine::MariaDb
    }

    fn folder(&self) -> &Path {
        &self.plot.folder
    }

    fn command(&self, port: u16) -> Command {
        let mut command = self.plot.account.command(&self.program, self.stop_signal());
        command.arg("--no-defaults").args(mysql_protocol::options(&self.plot, port));
        command
    }

    fn stop_signal(&self) -> &'static str {
        "TERM"
    }

    fn version(&self, port: u16) -> Option<String> {
        mysql_protocol::own_version(&self.plot, port)
    }

    fn url(&self, port: u16) -> String {
        format!("mariadb://root:{}@127.0.0.1:{port}/", self.plot.password)
    }

    fn statement_log(&self) -> PathBuf {
        self.plot.folder.join("general.log")
    }

    fn is_statement(&self, line: &[u8]) -> bool {
        mysql_protocol::is_statement(line)
    }

    fn authority(&self) -> Option<&Path> {
        self.plot.authority()
    }
}
