//! What a name means in a module: the items there, `use`, re-exports, globs, other crates.

use std::{cell::RefCell, collections::HashMap};

use syn::{Path, ext::IdentExt as _};

use super::{
    item::{Alias, Import},
    known,
    walk::{ModuleId, Tree},
};

/// What a path leads to.
#[derive(Clone, Copy)]
pub(super) enum Item<'t> {
    /// A type alias, or a struct that stands for what it holds. With the module that it stands in.
    Alias(ModuleId, &'t Alias),
    /// A struct or an enum that may be a model: the number of the candidate in the module.
    Candidate(ModuleId, usize),
    /// A type of the crate of which nothing more is known.
    Opaque(ModuleId),
    Module(ModuleId),
}

#[derive(Clone)]
pub(super) enum Found<'t> {
    Item(Item<'t>),
    /// A path in another crate, from the crate's own name on.
    External(Vec<String>),
    /// Several things have the name.
    Ambiguous(Vec<String>),
    Nothing,
}

/// Types and modules have one space of names, macros such as derives another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Types,
    Derives,
}

/// Looks names up in the modules of a tree.
pub(super) struct Scope<'t> {
    tree: &'t Tree,
    /// The names that each module has of its own, made when it is first asked.
    names: RefCell<HashMap<ModuleId, HashMap<&'t str, Vec<Own<'t>>>>>,
    /// The names of `[models.types]`: such a type of another crate is known to be there.
    mapped: &'t dyn Fn(&[String]) -> bool,
}

#[derive(Clone, Copy)]
enum Own<'t> {
    Item(Item<'t>),
    Import(&'t Import),
}

/// Names that are being looked up, so that imports that go round in circles come to an end.
type Open = Vec<(ModuleId, String, Space)>;

impl<'t> Scope<'t> {
    pub(super) fn new(tree: &'t Tree, mapped: &'t dyn Fn(&[String]) -> bool) -> Self {
        Self { tree, names: RefCell::new(HashMap::new()), mapped }
    }

    /// What a path means in a module.
    pub(super) fn find(&self, module: ModuleId, path: &Path, space: Space) -> Found<'t> {
        let words: Vec<_> = path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect();
        self.path(module, path.leading_colon.is_some(), &words, space, &mut Vec::new())
    }

    fn path(
        &self,
        module: ModuleId,
        global: bool,
        words: &[String],
        space: Space,
        open: &mut Open,
    ) -> Found<'t> {
        let Some((first, rest)) = words.split_first() else { return Found::Item(Item::Module(module)) };
        if global {
            return self.of_crate(module, first, rest, space, open).unwrap_or(Found::Nothing);
        }
        match first.as_str() {
            "crate" => return self.inside(self.tree.modules[module].root, rest, space, open),
            "self" => return self.inside(module, rest, space, open),
            "super" => {
                let Some(parent) = self.tree.modules[module].parent else { return Found::Nothing };
                // `super::super`
                return match rest.first() {
                    Some(word) if word == "super" => self.path(parent, false, rest, space, open),
                    _ => self.inside(parent, rest, space, open),
                };
            }
            _ => {}
        }
        // All words but the last are modules, and these are in the space of types.
        let own = if rest.is_empty() { space } else { Space::Types };
        match self.name(module, first, own, open) {
            Found::Nothing => {}
            found => return self.behind(found, rest, space, open),
        }
        if rest.is_empty() {
            return Found::Nothing;
        }
        self.of_crate(module, first, rest, space, open).unwrap_or(Found::Nothing)
    }

    /// A path in another crate.
    fn of_crate(
        &self,
        module: ModuleId,
        name: &str,
        rest: &[String],
        space: Space,
        open: &mut Open,
    ) -> Option<Found<'t>> {
        let root = self.tree.modules[module].root;
        let (_, renames) = self.tree.names.get(&root)?;
        let own = renames.get(name).map_or(name, String::as_str);
        if let Some(other) = self.tree.crates.get(own) {
            return Some(self.inside(*other, rest, space, open));
        }
        // What the root calls by another name with `extern crate` is so for the whole crate.
        let brought = self.tree.modules[root].items.imports.iter();
        let brought =
            brought.filter(|import| import.is_crate).find(|import| import.name.as_deref() == Some(name));
        let own = brought.and_then(|import| import.path.first()).map_or(own, String::as_str);
        Some(Found::External(std::iter::once(own.to_owned()).chain(rest.iter().cloned()).collect()))
    }

    /// What follows a name that was found.
    fn behind(&self, found: Found<'t>, rest: &[String], space: Space, open: &mut Open) -> Found<'t> {
        match found {
            found if rest.is_empty() => found,
            Found::Item(Item::Module(module)) => self.inside(module, rest, space, open),
            Found::External(mut path) => {
                path.extend_from_slice(rest);
                Found::External(path)
            }
            // An associated type, which takes a compiler.
            Found::Item(_) | Found::Nothing => Found::Nothing,
            Found::Ambiguous(candidates) => Found::Ambiguous(candidates),
        }
    }

    /// A path from a module on, without what is in scope there by itself.
    fn inside(&self, module: ModuleId, words: &[String], space: Space, open: &mut Open) -> Found<'t> {
        let Some((first, rest)) = words.split_first() else { return Found::Item(Item::Module(module)) };
        let own = if rest.is_empty() { space } else { Space::Types };
        let found = self.name(module, first, own, open);
        self.behind(found, rest, space, open)
    }

    /// A name in a module: its items and imports, else its globs.
    fn name(&self, module: ModuleId, name: &str, space: Space, open: &mut Open) -> Found<'t> {
        let key = (module, name.to_owned(), space);
        if open.contains(&key) {
            return Found::Nothing;
        }
        open.push(key);
        let found = self.named(module, name, space, open);
        let found = match found {
            Found::Nothing => self.globbed(module, name, space, open),
            found => found,
        };
        open.pop();
        found
    }

    fn named(&self, module: ModuleId, name: &str, space: Space, open: &mut Open) -> Found<'t> {
        let own = self.own(module, name);
        let items = own.iter().filter_map(|own| match own {
            Own::Item(item) => Some(Found::Item(*item)),
            Own::Import(_) => None,
        });
        let items: Vec<_> = if space == Space::Types { items.collect() } else { Vec::new() };
        if !items.is_empty() {
            // An import of the same name brings a macro, or something else that is no type.
            return Self::one(items);
        }
        let mut found = Vec::new();
        for own in own {
            let Own::Import(import) = own else { continue };
            match self.imported(module, import, space, open) {
                Found::Nothing => {}
                other => found.push(other),
            }
        }
        if found.len() > 1 {
            // Of several, some may be functions or macros.
            let is_known = |found: &Found<'t>| match found {
                Found::Item(_) => true,
                Found::External(path) => self.is_there(path, space),
                Found::Ambiguous(_) | Found::Nothing => false,
            };
            if found.iter().any(is_known) {
                found.retain(is_known);
            }
        }
        Self::one(found)
    }

    /// What an import leads to.
    fn imported(&self, module: ModuleId, import: &Import, space: Space, open: &mut Open) -> Found<'t> {
        match (self.path(module, import.global, &import.path, space, open), import.path.as_slice()) {
            // `use chrono;`, `use chrono::*;`
            (Found::Nothing, [krate]) => {
                self.of_crate(module, krate, &[], space, open).unwrap_or(Found::Nothing)
            }
            (found, _) => found,
        }
    }

    fn globbed(&self, module: ModuleId, name: &str, space: Space, open: &mut Open) -> Found<'t> {
        let mut found = Vec::new();
        for import in self.tree.modules[module].items.imports.iter().filter(|import| import.name.is_none()) {
            match self.imported(module, import, Space::Types, open) {
                Found::Item(Item::Module(other)) => match self.name(other, name, space, open) {
                    Found::Nothing => {}
                    other => found.push(other),
                },
                Found::External(mut path) => {
                    path.push(name.to_owned());
                    if self.is_there(&path, space) {
                        found.push(Found::External(path));
                    }
                }
                Found::Item(_) | Found::Ambiguous(_) | Found::Nothing => {}
            }
        }
        Self::one(found)
    }

    /// Whether another crate is known to have this. Nobody knows what else it has.
    fn is_there(&self, path: &[String], space: Space) -> bool {
        match space {
            Space::Types => known::known(path).is_some() || (self.mapped)(path),
            Space::Derives => is_ours(path),
        }
    }

    /// The one thing that several ways lead to.
    fn one(mut found: Vec<Found<'t>>) -> Found<'t> {
        found.dedup_by(|left, right| left.is_same(right));
        let Some(first) = found.pop() else { return Found::Nothing };
        if found.iter().all(|other| other.is_same(&first)) {
            return first;
        }
        found.push(first);
        Found::Ambiguous(
            found
                .iter()
                .map(|found| match found {
                    Found::External(path) => path.join("::"),
                    Found::Item(_) | Found::Ambiguous(_) | Found::Nothing => "a type of the crate".to_owned(),
                })
                .collect(),
        )
    }

    fn own(&self, module: ModuleId, name: &str) -> Vec<Own<'t>> {
        let mut names = self.names.borrow_mut();
        let names = names.entry(module).or_insert_with(|| self.names_of(module));
        names.get(name).cloned().unwrap_or_default()
    }

    fn names_of(&self, module: ModuleId) -> HashMap<&'t str, Vec<Own<'t>>> {
        let tree: &'t Tree = self.tree;
        let here = &tree.modules[module];
        let mut names: HashMap<&'t str, Vec<Own<'t>>> = HashMap::new();
        for alias in &here.items.aliases {
            names.entry(&alias.name).or_default().push(Own::Item(Item::Alias(module, alias)));
        }
        for (at, candidate) in here.items.models.iter().enumerate() {
            names.entry(&candidate.name).or_default().push(Own::Item(Item::Candidate(module, at)));
        }
        for name in &here.items.opaque {
            names.entry(name).or_default().push(Own::Item(Item::Opaque(module)));
        }
        for (name, modules) in &here.children {
            // Several modules of one name are for several targets.
            let modules = modules.iter().map(|child| Own::Item(Item::Module(*child)));
            names.entry(name).or_default().extend(modules);
        }
        for import in &here.items.imports {
            if let Some(name) = &import.name {
                names.entry(name).or_default().push(Own::Import(import));
            }
        }
        names
    }
}

impl Found<'_> {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::External(left), Self::External(right)) => {
                left == right || known::known(left).is_some_and(|known| known::known(right) == Some(known))
            }
            (Self::Item(left), Self::Item(right)) => match (left, right) {
                (Item::Alias(_, left), Item::Alias(_, right)) => std::ptr::eq(*left, *right),
                (Item::Candidate(left, at), Item::Candidate(right, other)) => (left, at) == (right, other),
                (Item::Module(left), Item::Module(right)) | (Item::Opaque(left), Item::Opaque(right)) => {
                    left == right
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// Whether a derive of another crate is one of ours.
pub(super) fn is_ours(path: &[String]) -> bool {
    match path {
        [krate, .., name] => {
            matches!(krate.as_str(), "migrate_runtime" | "migrate_macros")
                && matches!(name.as_str(), "Table" | "Enum")
        }
        _ => false,
    }
}
