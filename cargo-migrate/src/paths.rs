//! Paths by their names alone: nothing here asks the file system what they lead to.

use std::{
    env,
    path::{Component, Path, PathBuf},
};

/// The path without `.` and with `..` taken back, so that two spellings of one folder are equal.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            // Above the root is the root.
            Component::ParentDir if normal.has_root() => {}
            other => normal.push(other),
        }
    }
    normal
}

/// How to get from the folder `from` to `to`; both are absolute. Nothing if they have no folder in common.
pub(crate) fn relative(from: &Path, to: &Path) -> Option<PathBuf> {
    let (from, to) = (normal(from), normal(to));
    let common = from.components().zip(to.components()).take_while(|(left, right)| left == right);
    let folders = common.clone().filter(|(shared, _)| matches!(shared, Component::Normal(_))).count();
    let shared = common.count();
    if folders == 0 && from != to {
        return None;
    }
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    Some(up.chain(to.components().skip(shared)).collect())
}

/// The path with `/` between folders, as files that are committed write it. Nothing if it is not UTF-8.
pub(crate) fn portable(path: &Path) -> Option<String> {
    let parts =
        path.components().map(|component| component.as_os_str().to_str()).collect::<Option<Vec<_>>>()?;
    Some(parts.join("/"))
}

/// The path as messages and results name it: from the current folder.
pub(crate) fn shown(path: &Path) -> String {
    let from_here = env::current_dir().ok().and_then(|here| relative(&here, &here.join(path)));
    let shown = from_here.as_deref().unwrap_or(path);
    if shown.as_os_str().is_empty() { ".".to_owned() } else { shown.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_taken_out_of_a_path() {
        assert_eq!(normal(Path::new("/a/./b/../c")), Path::new("/a/c"));
        assert_eq!(normal(Path::new("../../a/..")), Path::new("../.."));
        assert_eq!(normal(Path::new("/../a")), Path::new("/a"));
    }

    #[test]
    fn a_path_is_told_from_another_folder() {
        let relative = |from, to| relative(Path::new(from), Path::new(to));
        assert_eq!(relative("/a/b", "/a/b/c/d"), Some("c/d".into()));
        assert_eq!(relative("/a/b/c", "/a/d"), Some("../../d".into()));
        assert_eq!(relative("/a", "/a"), Some("".into()));
        assert_eq!(relative("/a", "/b"), None);
    }
}
