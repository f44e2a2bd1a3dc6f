//! `MySQL` from Debian's unstable on a machine that runs something older: fetched by apt with a state of its own,
//! unpacked with every library that it needs, kept in `target/xtask/mysql`. Nothing is installed; root is not needed.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Explain, Failure, Result};
use crate::{programs, workspace};

/// The package of the server alone.
const PACKAGE: &str = "mysql-server-core";

/// The server in the unpacked tree.
pub(crate) const SERVER: &str = "usr/sbin/mysqld";

/// The loader in the unpacked tree: the machine's own may be too old for the tree's libraries.
pub(crate) const LOADER: &str = "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";

/// The folders of the libraries in an unpacked tree.
pub(crate) fn library_path(root: &Path) -> String {
    let folders = ["usr/lib/x86_64-linux-gnu", "usr/lib/mysql/private"];
    folders.map(|folder| root.join(folder).display().to_string()).join(":")
}

/// The root of the unpacked tree; fetched where it is not there from an earlier run. Remove it to get a newer one.
pub(crate) fn provide(fetch: bool) -> Result<PathBuf> {
    let root = workspace::cache().join("mysql");
    if root.join(SERVER).is_file() {
        return Ok(root);
    }
    if !fetch {
        return Err(Failure::new("MySQL is not installed (--no-install was given)"));
    }
    if (OS, ARCH) != ("linux", "x86_64") {
        return Err(Failure::new(format!(
            "MySQL is not installed, and is fetched only for x86-64 Linux; this is {ARCH} {OS}"
        )));
    }
    let mirror = mirror().ok_or_else(|| {
        Failure::new("MySQL is not installed, and is fetched only where apt knows a mirror of Debian")
    })?;
    eprintln!("xtask: fetching MySQL of Debian's unstable");
    let work = workspace::cache().join(format!("mysql.{}", std::process::id()));
    let unpacked = fetch_and_unpack(&mirror, &work);
    let placed = unpacked.and_then(|tree| {
        let _ = fs::remove_dir_all(&root);
        fs::rename(&tree, &root).explain(|| format!("cannot move MySQL to {}", root.display()))
    });
    let _ = fs::remove_dir_all(&work);
    placed.map_err(|failure| Failure::new(format!("MySQL cannot be fetched: {}", failure.message())))?;
    Ok(root)
}

/// The mirror of Debian that this machine uses.
fn mirror() -> Option<String> {
    let targets = programs::run(Command::new("apt-get").args([
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
    ]))
    .ok()?;
    debian_mirror(&String::from_utf8_lossy(&targets.stdout))
}

/// The first repository that is Debian's, and not only its security updates.
fn debian_mirror(repositories: &str) -> Option<String> {
    repositories
        .lines()
        .map(str::trim)
        .find(|uri| uri.trim_end_matches('/').ends_with("/debian"))
        .map(str::to_owned)
}

/// Fetches the package and what it depends on, and unpacks all of it in one tree.
fn fetch_and_unpack(mirror: &str, work: &Path) -> Result<PathBuf> {
    for folder in ["sources", "state/lists/partial", "cache/archives/partial", "root"] {
        let path = work.join(folder);
        fs::create_dir_all(&path).explain(|| format!("cannot make {}", path.display()))?;
    }
    let keyring = Path::new("/usr/share/keyrings/debian-archive-keyring.gpg");
    let signed =
        if keyring.is_file() { format!("[signed-by={}] ", keyring.display()) } else { String::new() };
    let write = |name: &str, text: &str| {
        fs::write(work.join(name), text).explain(|| format!("cannot write {}", work.join(name).display()))
    };
    write("sources.list", &format!("deb {signed}{mirror} unstable main\n"))?;
    // Nothing counts as installed, so that the machine's libraries do not take the place of the package's.
    write("status", "")?;

    programs::run_as("apt-get update", apt_get(work).arg("update"))?;
    let mut install = apt_get(work);
    install.args(["install", "--yes", "--no-install-recommends", "--download-only", PACKAGE]);
    programs::run_as(&format!("apt-get install {PACKAGE}"), &mut install)?;
    let archives = work.join("cache/archives");
    let entries = fs::read_dir(&archives).explain(|| format!("cannot read {}", archives.display()))?;
    let tree = work.join("root");
    for package in entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_needed(path)) {
        programs::run(Command::new("dpkg-deb").arg("--extract").arg(&package).arg(&tree))?;
    }
    if tree.join(SERVER).is_file() && tree.join(LOADER).is_file() {
        return Ok(tree);
    }
    Err(Failure::new(format!("the package {PACKAGE} has no {SERVER} any more, or libc6 no {LOADER}")))
}

/// Whether a file is a package that the server needs to run; perl is for scripts beside it.
fn is_needed(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.extension().is_some_and(|extension| extension == "deb")
        && !name.starts_with("perl")
        && !name.starts_with("libperl")
}

/// apt with its state, cache and sources in that folder.
fn apt_get(work: &Path) -> Command {
    let mut command = Command::new("apt-get");
    for (option, value) in [
        ("Dir::State", "state"),
        ("Dir::State::status", "status"),
        ("Dir::Cache", "cache"),
        ("Dir::Etc::sourcelist", "sources.list"),
        ("Dir::Etc::sourceparts", "sources"),
        ("Dir::Etc::preferences", "preferences"),
        ("Dir::Etc::preferencesparts", "sources"),
    ] {
        command.arg("-o").arg(format!("{option}={}", work.join(value).display()));
    }
    // The folder may be out of the reach of apt's own user; what is fetched is checked against its signature.
    command.args(["-q", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none"]);
    command.args([
        "-o",
        "Acquire::http::Timeout=30",
        "-o",
        "Acquire::Retries=2",
        "-o",
        "Debug::NoLocking=true",
    ]);
    // Without it a mirror that cannot be reached is only a warning.
    command.args(["-o", "APT::Update::Error-Mode=any"]);
    command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C");
    command
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{debian_mirror, is_needed};

    #[test]
    fn the_mirror_is_not_that_of_the_security_updates() {
        let repositories = "http://mirror.example/debian-security/\nhttp://mirror.example/debian/\n";
        assert_eq!(debian_mirror(repositories).unwrap(), "http://mirror.example/debian/");
        assert_eq!(debian_mirror("http://mirror.example/ubuntu/\n"), None);
    }

    #[test]
    fn the_libraries_are_unpacked_and_perl_is_not() {
        assert!(is_needed(Path::new("archives/libicu78_78.3-2_amd64.deb")));
        assert!(!is_needed(Path::new("archives/libperl5.42_5.42.3-1_amd64.deb")));
        assert!(!is_needed(Path::new("archives/lock")));
    }
}
