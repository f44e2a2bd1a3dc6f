//! Files with models that no `mod` reaches: somebody has forgotten a line.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{
    Package, Warning,
    item::{self, Candidate},
    source::Source,
    walk::Tree,
};
use crate::paths::normal;

/// A warning for each such file in the folders of the targets.
pub(super) fn warnings(tree: &mut Tree, packages: &[Package]) -> Vec<Warning> {
    let mut folders: Vec<PathBuf> = packages
        .iter()
        .flat_map(|package| &package.targets)
        .filter_map(|target| normal(&target.root).parent().map(Path::to_owned))
        .collect();
    folders.sort();
    folders.dedup();
    let mut files = BTreeSet::new();
    for folder in &folders {
        // A crate without `src` has its root beside `tests`, `target` and everything else.
        if !folder.join("Cargo.toml").exists() {
            rust_files(folder, tree, &mut files);
        }
    }
    files.iter().filter_map(|path| warning(path)).collect()
}

fn rust_files(folder: &Path, tree: &Tree, found: &mut BTreeSet<PathBuf>) {
    if tree.of_tests.contains(folder) {
        return;
    }
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !path.join("Cargo.toml").exists() {
            rust_files(&path, tree, found);
        } else if kind.is_file()
            && path.extension().is_some_and(|ending| ending == "rs")
            && !tree.reached.contains(&path)
        {
            found.insert(path);
        }
    }
}

fn warning(path: &Path) -> Option<Warning> {
    let source = Source::read(path).ok()?;
    let text = source.rust();
    if !text.contains("derive") || !(text.contains("Table") || text.contains("Enum")) {
        return None;
    }
    let items = item::parse(text).ok()?;
    let model = items.models.iter().find(|candidate| is_model(candidate))?;
    let span = model.input.as_ref().ok().map(|input| input.ident.span());
    Some(Warning {
        place: span.map_or_else(|| source.beginning(), |span| source.place(span)),
        message: format!("`{}` is not among the models: no `mod` leads to this file", model.name),
    })
}

/// By its looks: where a file belongs to no module, no name can be looked up.
fn is_model(candidate: &Candidate) -> bool {
    candidate.derives.iter().any(|path| {
        let mut words = path.segments.iter().rev().map(|segment| segment.ident.to_string());
        let (last, before) = (words.next(), words.next());
        matches!(last.as_deref(), Some("Table" | "Enum"))
            && before.is_none_or(|name| name.starts_with("migrate"))
    })
}
