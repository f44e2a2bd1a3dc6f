//! What git has of migrate.lock.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use migrate_core::lock::{LOCK_FILE, Lock};

use crate::paths;

/// The migrate.lock of git's HEAD.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    /// Empty if there is none.
    pub(crate) lock: Lock,
    /// Why git could not say what is committed, though there may be something.
    pub(crate) doubt: Option<String>,
}

/// Variables that a git hook sets and that would lead to another repository, or to another folder of it; and one that
/// would keep git from finding the repository at all.
const MISLEADING: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_CEILING_DIRECTORIES",
];

/// Asks git for the migrate.lock of HEAD in `folder`. Reads only, and never from the network.
pub(crate) fn committed(folder: &Path) -> Committed {
    match in_head(folder) {
        Ok(lock) => Committed { lock, doubt: None },
        Err(doubt) => Committed { lock: Lock::default(), doubt: Some(doubt) },
    }
}

/// The main branch, and its migrate.lock: the branch that is named, else what the remote `origin` calls its head, else
/// `main` or `master`. Of a remote there is what was fetched last.
///
/// # Errors
/// Why git cannot say it.
pub(crate) fn on_main(folder: &Path, named: Option<&str>) -> Result<(String, Lock), String> {
    let is_there = |name: &str| {
        let commit = format!("{name}^{{commit}}");
        git(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).is_ok()
    };
    let branch = match named {
        Some(name) if is_there(name) => name.to_owned(),
        Some(name) => return Err(format!("there is no branch `{}`", name.escape_debug())),
        None => {
            let remote = git(folder, ["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"]);
            let remote = remote.ok().map(|name| name.trim().to_owned());
            let known = ["origin/main", "origin/master", "main", "master"].map(str::to_owned);
            let found = remote.into_iter().chain(known).find(|name| is_there(name));
            found.ok_or("git knows no branch origin/HEAD, main or master")?
        }
    };
    let arguments = ["ls-tree", "-z", &branch, "--", "./migrate.lock"];
    let listed = git(folder, arguments).map_err(|failure| failure.why())?;
    let lock = match listed.split('\0').find_map(Entry::read) {
        Some(entry) => entry.lock(folder)?,
        None => Lock::default(),
    };
    Ok((branch, lock))
}

/// # Errors
/// Why git cannot say it.
fn in_head(folder: &Path) -> Result<Lock, String> {
    let mut moved = Lock::default();
    for path in places(&folder.join(LOCK_FILE)) {
        let (folder, name) = split(&path);
        // With a dot in front, no name means anything else than itself.
        let name = Path::new(".").join(name);
        let arguments = ["--".as_ref(), name.as_os_str()];
        let Some(entries) = list(folder, arguments)? else { continue };
        if let Some(entry) = entries.first() {
            return entry.lock(folder);
        }
        moved.revisions.extend(moved_away(folder)?.revisions);
    }
    Ok(moved)
}

/// Where the lock lies: behind all links, which git does not follow, and as it is called.
fn places(path: &Path) -> Vec<PathBuf> {
    let (folder, name) = split(path);
    let called = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()).join(name);
    let behind = fs::canonicalize(path).ok().filter(|behind| *behind != called);
    behind.into_iter().chain([called]).map(|path| plain(&path)).collect()
}

/// The deepest folder that is there, and the rest of the path.
fn split(path: &Path) -> (&Path, &Path) {
    let folder = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
    (folder, path.strip_prefix(folder).unwrap_or(path))
}

/// Windows has a way of writing a path that only Windows understands.
fn plain(path: &Path) -> PathBuf {
    let text = path.to_str().and_then(|text| text.strip_prefix(r"\\?\"));
    text.filter(|text| !text.starts_with("UNC")).map_or_else(|| path.to_owned(), PathBuf::from)
}

/// A file of HEAD.
#[derive(Debug)]
struct Entry {
    object: String,
    path: PathBuf,
    is_file: bool,
}

impl Entry {
    /// `100644 blob 0123abcd<TAB>path`.
    fn read(record: &str) -> Option<Self> {
        let (about, path) = record.split_once('\t')?;
        let mut words = about.split(' ');
        // A link is a blob too, but of another mode.
        let is_file = words.next()?.starts_with("100");
        let object = words.nth(1)?.to_owned();
        Some(Self { object, path: PathBuf::from(path), is_file })
    }

    fn lock(&self, folder: &Path) -> Result<Lock, String> {
        if !self.is_file {
            return Err(format!("HEAD's {LOCK_FILE} is not a file"));
        }
        let arguments = ["cat-file", "blob", &self.object];
        let text = git(folder, arguments).map_err(|failure| failure.why())?;
        Lock::parse(LOCK_FILE, &text).map_err(|error| format!("HEAD's {error}"))
    }
}

/// What HEAD has in `folder` for these arguments of ls-tree; nothing if there is no repository, or no commit in it.
fn list<'a>(
    folder: &Path,
    arguments: impl IntoIterator<Item = &'a OsStr>,
) -> Result<Option<Vec<Entry>>, String> {
    let all = ["ls-tree", "-z", "HEAD"].map(OsStr::new).into_iter().chain(arguments);
    let failure = match git(folder, all) {
        Ok(listed) => return Ok(Some(listed.split('\0').filter_map(Entry::read).collect())),
        Err(failure) => failure,
    };
    let is_nothing = match &failure {
        Failure::NotStarted(_) => !is_in_repository(folder),
        Failure::Said(said) if said.contains("not a git repository") => !is_in_repository(folder),
        Failure::Said(said) if said.contains("Not a valid object name HEAD") => has_no_commit(folder),
        Failure::Said(_) => false,
    };
    if is_nothing { Ok(None) } else { Err(failure.why()) }
}

/// Whether something around the folder looks like a repository, for when git does not take it for one.
fn is_in_repository(folder: &Path) -> bool {
    folder.ancestors().map(|folder| folder.join(".git")).any(|git| match fs::symlink_metadata(&git) {
        // An empty folder never was one.
        Ok(found) if found.is_dir() => fs::read_dir(git).map_or(true, |mut entries| entries.next().is_some()),
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
    })
}

/// A branch that cannot be read has no commit to show either, but git says so in other words.
fn has_no_commit(folder: &Path) -> bool {
    matches!(
        git(folder, ["log", "-1", "--format=%H"]),
        Err(Failure::Said(said)) if said.contains("does not have any commits yet")
    )
}

/// The revisions of every migrate.lock of HEAD whose files are no longer where they were committed: what a folder that
/// was renamed has of HEAD. A copy does not count, for there the files are still in their place.
fn moved_away(folder: &Path) -> Result<Lock, String> {
    let top = git(folder, ["rev-parse", "--show-toplevel"]).map_err(|failure| failure.why())?;
    let top = Path::new(top.trim_end_matches(['\r', '\n']));
    let entries = list(folder, ["-r", "--full-tree"].map(OsStr::new))?.unwrap_or_default();
    let mut moved = Lock::default();
    for entry in entries {
        if !entry.is_file || entry.path.file_name() != Some(OsStr::new(LOCK_FILE)) {
            continue;
        }
        // Whatever is wrong with the lock of another project is not for this one to say.
        let Ok(lock) = entry.lock(folder) else { continue };
        let place = top.join(&entry.path);
        let place = place.parent().unwrap_or(top);
        let is_gone = |file: &str| matches!(paths::normal(&place.join(file)).try_exists(), Ok(false));
        moved.revisions.extend(lock.revisions.into_iter().filter(|sealed| is_gone(&sealed.file)));
    }
    Ok(moved)
}

/// Why git gave no answer.
#[derive(Debug)]
enum Failure {
    NotStarted(io::Error),
    Said(String),
}

impl Failure {
    fn why(&self) -> String {
        match self {
            Self::NotStarted(error) => format!("git cannot be started: {error}"),
            Self::Said(said) => {
                let fatal = said.lines().find_map(|line| line.strip_prefix("fatal: "));
                let line = fatal.or_else(|| said.lines().next()).unwrap_or("it failed without a word");
                format!("git says: {}", line.trim())
            }
        }
    }
}

/// What git answers to a question that changes nothing.
fn git(folder: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<String, Failure> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_DISCOVERY_ACROSS_FILESYSTEM", "1")
        .env("LC_ALL", "C");
    for name in MISLEADING {
        command.env_remove(name);
    }
    let output = command.output().map_err(Failure::NotStarted)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(Failure::Said(text(&output.stderr))) }
}
