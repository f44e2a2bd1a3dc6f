//! Installing what is missing with apt, where that is possible and allowed.

use std::process::Command;

use crate::failure::{Failure, Result};
use crate::programs;

/// Installs Debian packages. Refused where it cannot work, with a sentence that says what to install by hand.
///
/// Nothing is ever removed: a machine with `MySQL` keeps it, though its packages conflict with those of `MariaDB`.
pub(crate) fn install(what: &str, packages: &[&str], allowed: bool) -> Result<()> {
    let by_hand =
        format!("{what} is not installed; `apt-get install {}` or your system's way", packages.join(" "));
    if !allowed {
        return Err(Failure::new(format!("{by_hand} (--no-install was given)")));
    }
    if programs::find("apt-get").is_none() {
        return Err(Failure::new(format!("{by_hand} (there is no apt-get to do it)")));
    }
    if !is_root() {
        return Err(Failure::new(format!("{by_hand} (only root may)")));
    }
    eprintln!("xtask: installing {} for {what}", packages.join(", "));
    if apt_install(packages).is_ok() {
        return Ok(());
    }
    // No package lists, as in a fresh container, or lists that are too old.
    programs::run_as("apt-get update", apt_get().arg("update"))
        .and_then(|_| apt_install(packages))
        .map_err(|failure| Failure::new(format!("{what} is not installed: {}", failure.message())))
}

/// Whether we are root. `id` says so: std has no `geteuid`.
pub(crate) fn is_root() -> bool {
    programs::run(Command::new("id").arg("-u")).is_ok_and(|output| programs::first_line(&output) == "0")
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let name = format!("apt-get install {}", packages.join(" "));
    let mut command = apt_get();
    command.args(["install", "--yes", "--no-install-recommends", "--no-remove"]).args(packages);
    // Asks the packages' scripts not to start a service of their own.
    command.env("RUNLEVEL", "1");
    programs::run_as(&name, &mut command).map(drop)
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["-q", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=2"])
        .args(["-o", "Acquire::http::Timeout=30", "-o", "Dpkg::Options::=--force-confold"]);
    command
}
