use clap::Args;
use migrate_core::{
    Catalog, Code, Difference, Error,
    lock::{LOCK_FILE, Lock},
};
use migrate_runtime::cli::Console;
use serde_json::json;

use crate::{
    files, git,
    guard::Guard,
    paths::shown,
    project::Project,
    revisions::{Change, read_catalog, read_lock},
    unwritten,
};

/// What `--check` returns when something differs.
const DIFFERS: u8 = 3;

/// Options of `lock`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo migrate lock --check   exits with 3 if a file and its seal differ")]
pub(crate) struct LockArgs {
    /// Compare only; exit with 3 if something differs.
    #[arg(long)]
    check: bool,
}

impl LockArgs {
    /// Seals every revision as it is now, or says what would change.
    pub(crate) fn run(&self, project: &Project, console: &Console) -> Result<u8, Error> {
        if self.check {
            let lock = read_lock(project)?;
            let catalog = read_catalog(project)?;
            let differences = catalog.compare(&lock);
            self.report(project, console, &catalog, &differences);
            return Ok(if differences.is_empty() { 0 } else { DIFFERS });
        }
        let _guard = Guard::take(&project.migrations, console)?;
        let catalog = read_catalog(project)?;
        let lock = match read_lock(project) {
            Ok(lock) => lock,
            Err(error) if error.code() == Code::BrokenLock => rescued(project, error, console)?,
            Err(error) => return Err(error),
        };
        let differences = catalog.compare(&lock);
        let path = project.lock_path();
        let text = catalog.seal(&lock).render();
        if files::read_if_there(&path, Code::BrokenLock)?.is_none_or(|was| was != text) {
            files::replace(&path, &text)?;
        }
        self.report(project, console, &catalog, &differences);
        if !differences.is_empty() {
            let committed = git::committed(&project.migrations).lock;
            unwritten::warn_of_empty_ways_back(&catalog, &differences, &committed, console);
        }
        Ok(0)
    }

    fn report(
        &self,
        project: &Project,
        console: &Console,
        catalog: &Catalog<'_>,
        differences: &[Difference],
    ) {
        if console.is_json() {
            let changes: Vec<_> = differences
                .iter()
                .map(|difference| {
                    let change = Change::of(difference);
                    let file = catalog.graph().find(change.id).map(|index| catalog.file(index).name());
                    let (was, dialects) = match difference {
                        Difference::Removed(_, was) | Difference::Moved(_, was) => (Some(was), None),
                        Difference::Edited(_, dialects) => {
                            (None, Some(dialects.iter().map(|dialect| dialect.name()).collect::<Vec<_>>()))
                        }
                        Difference::Added(_) | Difference::Reparented(_) | Difference::Dialects(_) => {
                            (None, None)
                        }
                    };
                    json!({
                        "revision": change.id.as_str(),
                        "change": change.kind.replace(' ', "-"),
                        "file": file,
                        "was": was,
                        "dialects": dialects,
                    })
                })
                .collect();
            console.json(&json!({ "changes": changes, "checked_only": self.check }));
            return;
        }
        for difference in differences {
            console.out(&Change::of(difference).line(catalog));
        }
        let file = shown(&project.lock_path());
        match (differences.len(), self.check) {
            (0, _) => console.note(&format!("{file} is up to date")),
            (_, true) => {
                console.note(&format!("{file} is not up to date: run `cargo migrate lock`"));
                if differences.iter().any(changes_history) {
                    console.note(
                        "but first: what a database other than your own has run must not change; undo the edit there, \
                         and write a new revision",
                    );
                }
            }
            (_, false) => console.note(&format!("{file} is up to date now")),
        }
    }
}

/// Whether it is about what databases may have run.
fn changes_history(difference: &Difference) -> bool {
    match difference {
        Difference::Removed(..) | Difference::Edited(..) | Difference::Reparented(_) => true,
        Difference::Added(_) | Difference::Dialects(_) | Difference::Moved(..) => false,
    }
}

/// What can be known of a lock with conflicts: both sides, else what is committed. The order of its entries is kept, and
/// what differs from them is told. Whatever else is wrong with a lock, the file may still be worth something.
fn rescued(project: &Project, error: Error, console: &Console) -> Result<Lock, Error> {
    let text = files::read(&project.lock_path(), Code::BrokenLock)?;
    let Some(sides) = both_sides(&text) else {
        return Err(match error.help() {
            Some(_) => error,
            None => error.with_help(format!(
                "get it back from git, or remove {LOCK_FILE} and run `cargo migrate lock`"
            )),
        });
    };
    console.note(&format!("{error}: writing it anew"));
    Ok(Lock::parse(LOCK_FILE, &sides).unwrap_or_else(|_| git::committed(&project.migrations).lock))
}

/// The text of both sides of every conflict, one after the other; what both come from is left out. Nothing if there is no
/// conflict.
fn both_sides(text: &str) -> Option<String> {
    if !text.lines().any(|line| line.starts_with("<<<<<<<")) {
        return None;
    }
    let mut sides = String::new();
    let mut is_origin = false;
    for line in text.split_inclusive('\n') {
        if line.starts_with("|||||||") {
            is_origin = true;
        } else if line.starts_with("=======") || line.starts_with(">>>>>>>") {
            is_origin = false;
        } else if !is_origin && !line.starts_with("<<<<<<<") {
            sides.push_str(line);
        }
    }
    Some(sides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_a_conflict_are_kept() {
        let text = "a\n<<<<<<< HEAD\nb\n||||||| 123\nx\n=======\nc\n>>>>>>> other\nd\n";
        assert_eq!(both_sides(text).as_deref(), Some("a\nb\nc\nd\n"));
        assert_eq!(both_sides("a\n"), None);
    }
}
