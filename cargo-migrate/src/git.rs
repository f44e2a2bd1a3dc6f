//! What git has of migrate.lock.

use std::{path::Path, process::Command};

use migrate_core::lock::{LOCK_FILE, Lock};

/// The migrate.lock of git's HEAD.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    /// Empty if there is none.
    pub(crate) lock: Lock,
    /// Why git could not say what is committed, though there may be something.
    pub(crate) doubt: Option<String>,
}

/// Variables that a git hook sets and that would lead to another repository, or to another folder of it.
const FROM_HOOKS: [&str; 6] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"];

/// What git says where nothing is committed.
const NOTHING: [&str; 5] = [
    "not a git repository",
    "does not exist in",
    "exists on disk, but not in",
    "invalid object name",
    "unknown revision",
];

/// Asks git for the migrate.lock of HEAD in `folder`. Reads only, and never from the network.
pub(crate) fn committed(folder: &Path) -> Committed {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).arg("show").arg(format!("HEAD:./{LOCK_FILE}"));
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C");
    for name in FROM_HOOKS {
        command.env_remove(name);
    }
    // Without git, nothing is committed.
    let Ok(output) = command.output() else { return Committed::default() };
    if output.status.success() {
        let text = String::from_utf8_lossy(&output.stdout);
        return match Lock::parse(LOCK_FILE, &text) {
            Ok(lock) => Committed { lock, doubt: None },
            Err(error) => Committed { lock: Lock::default(), doubt: Some(format!("HEAD's {error}")) },
        };
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let doubt = if NOTHING.iter().any(|nothing| said.contains(nothing)) {
        None
    } else {
        Some(said.lines().next().unwrap_or("git failed").trim().to_owned())
    };
    Committed { lock: Lock::default(), doubt }
}
