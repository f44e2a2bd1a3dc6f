//! Who runs the servers: an ordinary user where we are root, and nobody who outlives us.
//!
//! `setpriv` does both: it drops root, which `PostgreSQL` insists on, and asks the kernel to signal the child when its
//! parent dies, however it dies. The kernel means the parent *thread*: long-lived children must be started by the
//! main thread.

use std::ffi::OsStr;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use crate::failure::{Explain, Failure, Result};
use crate::{packages, programs};

/// The account that servers run under.
#[derive(Debug)]
pub(crate) struct Account {
    /// The user and group to become; none where we are an ordinary user already.
    other: Option<(u32, u32)>,
    /// Whether `setpriv --pdeathsig` works here.
    death_signal: bool,
}

impl Account {
    /// Finds out who we are and what this machine offers.
    pub(crate) fn find() -> Result<Self> {
        let death_signal =
            programs::run(Command::new("setpriv").args(["--pdeathsig", "TERM", "true"])).is_ok();
        let other = if packages::is_root() { Some((id("-u")?, id("-g")?)) } else { None };
        Ok(Self { other, death_signal })
    }

    /// Whether servers can run at all.
    pub(crate) fn check(&self) -> Result<()> {
        if self.other.is_none() || self.death_signal {
            return Ok(());
        }
        Err(Failure::new(
            "database servers refuse to run as root, and there is no `setpriv` to drop it: \
             install util-linux, or run this as an ordinary user",
        ))
    }

    /// A command that runs under this account and is sent `signal` when we die.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>, signal: &str) -> Command {
        let Some((user, group)) = self.other else {
            return self.own_command(program, signal);
        };
        let mut command = Command::new("setpriv");
        command.args([format!("--reuid={user}"), format!("--regid={group}")]);
        command.args(["--clear-groups", "--pdeathsig", signal]).arg(program);
        command
    }

    /// A command that runs as ourselves and is sent `signal` when we die.
    pub(crate) fn own_command(&self, program: impl AsRef<OsStr>, signal: &str) -> Command {
        if !self.death_signal {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", signal]).arg(program);
        command
    }

    /// Gives a file or folder to this account.
    pub(crate) fn give(&self, path: &Path) -> Result<()> {
        let Some((user, group)) = self.other else { return Ok(()) };
        chown(path, Some(user), Some(group))
            .explain(|| format!("cannot give {} to user {user}", path.display()))
    }

    /// Whether this account may run that program; a checkout below `/root` is out of its reach.
    pub(crate) fn can_run(&self, program: &Path) -> bool {
        programs::run(self.command("test", "TERM").arg("-x").arg(program)).is_ok()
    }
}

fn id(which: &str) -> Result<u32> {
    let output = programs::run(Command::new("id").args([which, "nobody"]))?;
    programs::first_line(&output).parse().explain(|| "cannot read the number of user nobody".to_owned())
}
