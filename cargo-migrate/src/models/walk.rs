//! The modules of crates, from their targets along `mod`.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    rc::Rc,
};

use migrate_core::{Code, Error};

use super::{
    Package,
    item::{self, Items, ModuleItem},
    source::{self, Source},
};
use crate::paths::{normal, shown};

/// A module among those of [`Tree`].
pub(super) type ModuleId = usize;

/// A module of a crate.
pub(super) struct Module {
    pub(super) parent: Option<ModuleId>,
    /// The root of its crate.
    pub(super) root: ModuleId,
    pub(super) source: source::Id,
    pub(super) items: Rc<Items>,
    pub(super) children: HashMap<String, Vec<ModuleId>>,
    /// As `crate::a::b`.
    pub(super) path: String,
}

/// All modules of all crates. A file that two crates share is parsed once.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) sources: Vec<Source>,
    pub(super) modules: Vec<Module>,
    /// Roots of libraries, by the name of the crate.
    pub(super) crates: BTreeMap<String, ModuleId>,
    /// By the root of a crate: its name, and what its package calls other crates.
    pub(super) names: BTreeMap<ModuleId, (String, Rc<BTreeMap<String, String>>)>,
    pub(super) errors: Vec<Error>,
    /// Files that were read, or that tests alone have.
    pub(super) reached: BTreeSet<PathBuf>,
    /// Folders of modules that tests alone have.
    pub(super) of_tests: BTreeSet<PathBuf>,
    files: HashMap<PathBuf, Option<(source::Id, Rc<Items>)>>,
}

/// Where the files of a module's children are.
struct Folder {
    /// For `mod name;`.
    children: PathBuf,
    /// For `#[path = "..."] mod name;`.
    paths: PathBuf,
}

impl Tree {
    /// Follows the modules of a package.
    pub(super) fn add(&mut self, package: &Package) {
        let renames = Rc::new(package.renames.clone());
        for target in &package.targets {
            let root = normal(&target.root);
            let Some((source, items)) = self.file(&root, None) else { continue };
            let module = self.modules.len();
            self.modules.push(Module {
                parent: None,
                root: module,
                source,
                items: Rc::clone(&items),
                children: HashMap::new(),
                path: "crate".to_owned(),
            });
            self.crates.entry(target.name.clone()).or_insert(module);
            self.names.insert(module, (target.name.clone(), Rc::clone(&renames)));
            let folder = root.parent().unwrap_or(Path::new("")).to_owned();
            let folder = Folder { children: folder.clone(), paths: folder };
            self.children(module, &items, &folder, &mut vec![root]);
        }
    }

    /// The items of a file, which is parsed unless that was done already.
    fn file(
        &mut self,
        path: &Path,
        declared: Option<(source::Id, &ModuleItem)>,
    ) -> Option<(source::Id, Rc<Items>)> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        self.reached.insert(path.to_owned());
        let found = match Source::read(path) {
            Ok(source) => {
                let id = source::Id(self.sources.len());
                let items = item::parse(source.rust());
                self.sources.push(source);
                match items {
                    Ok(items) => Some((id, Rc::new(items))),
                    Err(error) => {
                        self.errors.extend(self.sources[id.0].errors(error));
                        None
                    }
                }
            }
            Err(error) => {
                self.errors.push(match declared {
                    Some((source, module)) if error.place().is_none() => {
                        error.with_place(self.sources[source.0].place(module.span))
                    }
                    _ => error,
                });
                None
            }
        };
        self.files.insert(path.to_owned(), found.clone());
        found
    }

    /// Follows what a module declares. `open` are the files around it.
    fn children(&mut self, parent: ModuleId, items: &Rc<Items>, folder: &Folder, open: &mut Vec<PathBuf>) {
        if items.left_out {
            return;
        }
        for item in &items.modules {
            if !item.possible {
                self.leave_to_tests(item, folder);
                continue;
            }
            if let Some(inside) = &item.inline {
                let named = item.path.as_deref().unwrap_or(&item.name);
                let inner =
                    Folder { children: folder.children.join(named), paths: folder.children.join(named) };
                let source = self.modules[parent].source;
                let module = self.push(parent, item, source, Rc::clone(inside));
                self.children(module, inside, &inner, open);
                continue;
            }
            let Some((path, inner)) = self.find(parent, item, folder) else { continue };
            if open.contains(&path) {
                self.errors.push(self.broken(
                    parent,
                    item,
                    format!("{}: a module that declares itself", shown(&path)),
                ));
                continue;
            }
            let declared = self.modules[parent].source;
            let Some((source, inside)) = self.file(&path, Some((declared, item))) else { continue };
            let module = self.push(parent, item, source, Rc::clone(&inside));
            open.push(path);
            self.children(module, &inside, &inner, open);
            open.pop();
        }
    }

    fn push(
        &mut self,
        parent: ModuleId,
        item: &ModuleItem,
        source: source::Id,
        items: Rc<Items>,
    ) -> ModuleId {
        let module = self.modules.len();
        self.modules.push(Module {
            parent: Some(parent),
            root: self.modules[parent].root,
            source,
            items,
            children: HashMap::new(),
            path: format!("{}::{}", self.modules[parent].path, item.name),
        });
        self.modules[parent].children.entry(item.name.clone()).or_default().push(module);
        module
    }

    /// The file of `mod name;`.
    fn find(&mut self, parent: ModuleId, item: &ModuleItem, folder: &Folder) -> Option<(PathBuf, Folder)> {
        let (candidates, expected) = candidates(item, folder);
        if let Some((path, inner)) = candidates.into_iter().find(|(path, _)| path.is_file()) {
            return Some((path, inner));
        }
        if !item.conditional {
            let message = format!("there is no file for the module `{}`: expected {expected}", item.name);
            self.errors.push(self.broken(parent, item, message));
        }
        None
    }

    fn broken(&self, parent: ModuleId, item: &ModuleItem, message: String) -> Error {
        let source = &self.sources[self.modules[parent].source.0];
        Error::new(Code::InvalidModel, message).with_place(source.place(item.span))
    }

    /// Notes the files of a module that tests alone have.
    fn leave_to_tests(&mut self, item: &ModuleItem, folder: &Folder) {
        for (path, inner) in candidates(item, folder).0 {
            self.reached.insert(path);
            self.of_tests.insert(inner.children);
        }
    }
}

/// The files that may be meant by `mod name;`, and how a message lists them.
fn candidates(item: &ModuleItem, folder: &Folder) -> (Vec<(PathBuf, Folder)>, String) {
    let beside = |path: &Path| path.parent().unwrap_or(Path::new("")).to_owned();
    if let Some(named) = &item.path {
        let path = normal(&folder.paths.join(named));
        let expected = shown(&path);
        let around = beside(&path);
        return (vec![(path, Folder { children: around.clone(), paths: around })], expected);
    }
    let own = folder.children.join(&item.name);
    let file = normal(&folder.children.join(format!("{}.rs", item.name)));
    let mod_file = normal(&own.join("mod.rs"));
    let expected = format!("{} or {}", shown(&file), shown(&mod_file));
    let of_file = Folder { children: own.clone(), paths: beside(&file) };
    (vec![(file, of_file), (mod_file, Folder { children: own.clone(), paths: own })], expected)
}
