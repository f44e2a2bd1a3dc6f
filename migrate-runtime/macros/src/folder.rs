//! The folder of `migrate.lock` on disk: the only place that touches the file system.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use crate::problem::Problem;

/// A folder, from the crate that is compiled. Inside it, files go by the names that the lock uses: relative to the
/// folder, with `/` between folders on every system.
#[derive(Debug)]
pub(crate) struct Folder {
    on_disk: PathBuf,
    /// From the crate: empty, or with a `/` at its end.
    prefix: String,
}

impl Folder {
    pub(crate) fn new(manifest: &Path, folder: &str) -> Result<Self, Problem> {
        if Path::new(folder).has_root() || Path::new(folder).is_absolute() {
            return Err(Problem::new(
                format!("{folder}: the folder is named from the crate's Cargo.toml, not from the root"),
                "write a relative path, such as embed!(\"migrations\"); `../` is allowed",
            ));
        }
        let trimmed = folder.trim_end_matches('/');
        let prefix = if trimmed.is_empty() { String::new() } else { format!("{trimmed}/") };
        Ok(Self { on_disk: manifest.join(folder), prefix })
    }

    /// The path of a file from the crate, with `/`.
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn on_disk(&self, name: &str) -> PathBuf {
        let mut path = self.on_disk.clone();
        path.extend(name.split('/').filter(|part| !part.is_empty()));
        path
    }

    /// The text of a file; nothing if there is none.
    pub(crate) fn read(&self, name: &str) -> Result<Option<String>, Problem> {
        match fs::read(self.on_disk(name)) {
            Ok(bytes) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|error| Problem::not_utf8(&self.path(name), &error)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(Problem::io(&self.path(name), &error)),
        }
    }

    /// Every `*.sql` in these folders and below. Hidden files and folders are left out (`.#x.sql` is an editor's lock),
    /// and each folder is looked at once, whatever links lead to it.
    pub(crate) fn sql_files<'a>(
        &self,
        folders: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeSet<String>, Problem> {
        let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for folder in folders {
            self.search(folder, &mut found, &mut seen)?;
        }
        Ok(found)
    }

    fn search(
        &self,
        folder: &str,
        found: &mut BTreeSet<String>,
        seen: &mut BTreeSet<PathBuf>,
    ) -> Result<(), Problem> {
        let on_disk = self.on_disk(folder);
        let failed = |error: &io::Error| Problem::io(&self.path(folder), error);
        let entries = match fs::read_dir(&on_disk) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(()),
            Err(error) => return Err(failed(&error)),
        };
        if !seen.insert(on_disk.canonicalize().map_err(|error| failed(&error))?) {
            return Ok(());
        }
        let mut below = BTreeSet::new();
        for entry in entries {
            let entry = entry.map_err(|error| failed(&error))?;
            let file_name = entry.file_name();
            let is_sql = Path::new(&file_name).extension().is_some_and(|ending| ending == "sql");
            let Some(file_name) = file_name.to_str() else {
                if is_sql {
                    let shown = self.path(&within(folder, &file_name.to_string_lossy()));
                    return Err(Problem::new(format!("{shown}: the name is not UTF-8"), "rename the file"));
                }
                continue;
            };
            if file_name.starts_with('.') {
                continue;
            }
            let kind = entry.file_type().map_err(|error| failed(&error))?;
            let is_folder = kind.is_dir() || kind.is_symlink() && entry.path().is_dir();
            let name = within(folder, file_name);
            if is_folder {
                below.insert(name);
            } else if is_sql {
                found.insert(name);
            }
        }
        below.iter().try_for_each(|folder| self.search(folder, found, seen))
    }
}

fn within(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_files(names: &[&str]) -> (tempfile::TempDir, Folder) {
        let crate_folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = crate_folder.path().join("migrations").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let folder = Folder::new(crate_folder.path(), "migrations/").unwrap();
        (crate_folder, folder)
    }

    fn found(folder: &Folder, folders: &[&str]) -> Vec<String> {
        folder.sql_files(folders.iter().copied()).unwrap().into_iter().collect()
    }

    #[test]
    fn revisions_are_found_below_and_other_files_are_not() {
        let (_crate, folder) = with_files(&[
            "versions/b.sql",
            "versions/a.sql",
            "versions/2026/c.sql",
            "versions/a.sql~",
            "versions/#a.sql#",
            "versions/.#a.sql",
            "versions/.a.sql.swp",
            "versions/._a.sql",
            "versions/.git/d.sql",
            "versions/a.sql.orig",
            "versions/A.SQL",
            "versions/sql",
            "elsewhere/e.sql",
        ]);
        assert_eq!(
            found(&folder, &["versions"]),
            ["versions/2026/c.sql", "versions/a.sql", "versions/b.sql"]
        );
        assert_eq!(found(&folder, &["versions", "versions/2026"]).len(), 3);
        assert_eq!(found(&folder, &["elsewhere", "nowhere", "elsewhere/e.sql"]), ["elsewhere/e.sql"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once_and_never_in_circles() {
        use std::os::unix::fs::symlink;

        let (crate_folder, folder) = with_files(&["versions/a.sql", "shared/b.sql"]);
        let versions = crate_folder.path().join("migrations/versions");
        symlink("..", versions.join("loop")).unwrap();
        symlink("../shared", versions.join("shared")).unwrap();
        symlink("../shared/b.sql", versions.join("linked.sql")).unwrap();
        symlink("nobody@nowhere", versions.join("dangling.sql")).unwrap();
        let names = found(&folder, &["versions"]);
        assert_eq!(
            names,
            ["versions/a.sql", "versions/dangling.sql", "versions/linked.sql", "versions/loop/shared/b.sql"]
        );
        assert_eq!(folder.read("versions/dangling.sql").unwrap(), None);
    }

    #[test]
    fn a_file_is_named_from_the_crate() {
        let (crate_folder, folder) = with_files(&["versions/a.sql"]);
        assert_eq!(folder.path("versions/a.sql"), "migrations/versions/a.sql");
        assert_eq!(folder.read("versions/a.sql").unwrap().as_deref(), Some("versions/a.sql"));
        assert_eq!(folder.read("versions/a.sql/b").unwrap(), None);
        assert!(folder.read("versions").unwrap_err().to_string().starts_with("migrations/versions: "));
        assert_eq!(Folder::new(crate_folder.path(), "").unwrap().path("migrate.lock"), "migrate.lock");
        assert!(Folder::new(crate_folder.path(), "/migrations").is_err());
    }
}
