//! A throwaway `MySQL`: an installed one, else the one of Debian's unstable, unpacked and run in place.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::site::Plot;
use super::throwaway::Throwaway;
use super::{Account, Maker, Site, mysql_packages, mysql_protocol};
use crate::engine::Engine;
use crate::failure::Result;
use crate::programs;

/// Where `mysqld` is, and how it is run.
#[derive(Debug)]
pub(crate) enum Program {
    /// Installed on this machine.
    Installed(PathBuf),
    /// Unpacked below that folder, with every library that it needs and the loader that goes with them.
    Unpacked {
        /// The root of the tree.
        root: PathBuf,
        /// Whether the servers' account can reach it. If not, root runs it: everything it writes is in its folder.
        reachable: bool,
    },
}

/// A data folder made by `mysqld --initialize`.
#[derive(Debug)]
pub(crate) struct MySql {
    program: Program,
    plot: Plot,
}

/// Makes sure that the programs are there.
pub(crate) fn provide(install: bool, account: &Account) -> Result<Maker> {
    let program = if let Some(program) = installed() {
        Program::Installed(program)
    } else {
        let root = mysql_packages::provide(install)?;
        let reachable = account.can_run(&root.join(mysql_packages::SERVER));
        Program::Unpacked { root, reachable }
    };
    Ok(Box::new(move |site| Ok(Box::new(MySql::create(program, site)?))))
}

/// An installed `mysqld` that is not `MariaDB` under the old name.
fn installed() -> Option<PathBuf> {
    let program = programs::find("mysqld")?;
    let output = programs::run(Command::new(&program).args(["--no-defaults", "--version"])).ok()?;
    (!programs::first_line(&output).contains("MariaDB")).then_some(program)
}

impl MySql {
    /// Makes a data folder; the server makes the accounts itself when it starts.
    fn create(program: Program, site: &Site) -> Result<Self> {
        let plot = site.plot(Engine::MySql)?;
        let password = &plot.password;
        let accounts = format!(
            "ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n\
             CREATE USER IF NOT EXISTS 'root'@'%' IDENTIFIED BY '{password}';\n\
             GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;\n"
        );
        plot.write_secret("accounts.sql", &accounts)?;
        let data = format!("--datadir={}", plot.data().display());
        let server = Self { program, plot };
        let mut command = server.program();
        command.args([data.as_str(), "--initialize-insecure", "--innodb-flush-log-at-trx-commit=0"]);
        server.plot.run("mysqld --initialize-insecure", &mut command)?;
        Ok(server)
    }

    /// `mysqld` with the options that say where its own files are.
    fn program(&self) -> Command {
        let account = &self.plot.account;
        match &self.program {
            Program::Installed(program) => {
                let mut command = account.command(program, self.stop_signal());
                command.arg("--no-defaults");
                command
            }
            Program::Unpacked { root, reachable } => {
                let loader = root.join(mysql_packages::LOADER);
                let mut command = if *reachable {
                    account.command(loader, self.stop_signal())
                } else {
                    account.own_command(loader, self.stop_signal())
                };
                let share = root.join("usr/share/mysql");
                command.arg("--library-path").arg(mysql_packages::library_path(root));
                command.arg(root.join(mysql_packages::SERVER)).arg("--no-defaults");
                command.arg(format!("--basedir={}", root.join("usr").display()));
                command.arg(format!("--lc-messages-dir={}", share.display()));
                command.arg(format!("--character-sets-dir={}", share.join("charsets").display()));
                if !reachable {
                    command.arg("--user=root");
                }
                command
            }
        }
    }
}

impl Throwaway for MySql {
    fn engine(&self) -> Engine {
        Engine::MySql
    }

    fn folder(&self) -> &Path {
        &self.plot.folder
    }

    fn command(&self, port: u16) -> Command {
        let mut command = self.program();
        command.args(mysql_protocol::options(&self.plot, port));
        // The compiled-in folder for files need not exist here.
        command.args(["--mysqlx=OFF", "--secure-file-priv=NULL"]);
        command
    }

    fn stop_signal(&self) -> &'static str {
        "TERM"
    }

    fn version(&self, port: u16) -> Option<String> {
        mysql_protocol::own_version(&self.plot, port)
    }

    fn url(&self, port: u16) -> String {
        format!("mysql://root:{}@127.0.0.1:{port}/", self.plot.password)
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
