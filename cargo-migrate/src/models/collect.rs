//! The models among the items of all modules.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use migrate_core::{Dialect, Error};
use migrate_models::{ColumnModel, ENUM_ATTRIBUTES, EnumModel, TABLE_ATTRIBUTES, TableModel};
use syn::{Attribute, Data, Type, ext::IdentExt as _};

use super::{
    ColumnType, Enum, ModelType, Models, Settings, Table, Warning,
    check::check,
    item::Candidate,
    resolve::{self, Resolver},
    scope::{Found, Scope, Space, is_ours},
    source,
    walk::{ModuleId, Tree},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Table,
    Enum,
}

/// Reads the models of a tree and resolves their types.
pub(super) fn collect(
    mut tree: Tree,
    settings: &Settings,
    warnings: Vec<Warning>,
) -> Result<Models, Vec<Error>> {
    let mut errors = std::mem::take(&mut tree.errors);
    let mut models = Models { warnings, ..Models::default() };
    {
        let mapped = |path: &[String]| settings.types.contains_key(&path.join("::"));
        let mut resolver = Resolver {
            tree: &tree,
            scope: Scope::new(&tree, &mapped),
            types: &settings.types,
            enums: HashMap::new(),
            tables: HashSet::new(),
        };
        let mut tables = Vec::new();
        let (found, overlooked) = candidates(&resolver);
        models.warnings.extend(overlooked);
        for (module, at, kind) in found {
            let items = &tree.modules[module].items;
            match kind {
                Kind::Table => {
                    resolver.tables.insert((Rc::as_ptr(items), at));
                    tables.push((module, at));
                }
                Kind::Enum => {
                    resolver.enums.insert((Rc::as_ptr(items), at), models.enums.len());
                    let source = tree.modules[module].source;
                    match read(&items.models[at], EnumModel::read) {
                        Ok(model) => models.enums.push(Enum { model, source }),
                        Err(error) => errors.extend(tree.sources[source.0].errors(error)),
                    }
                }
            }
        }
        for (module, at) in tables {
            let source = tree.modules[module].source;
            match read(&tree.modules[module].items.models[at], TableModel::read) {
                Ok(model) => match typed(model, module, source, &resolver, &settings.dialects) {
                    Ok(model) => models.tables.push(Table { model, source }),
                    Err(unresolved) => errors.extend(unresolved),
                },
                Err(error) => errors.extend(tree.sources[source.0].errors(error)),
            }
        }
    }
    models.sources = tree.sources;
    if errors.is_empty() {
        check(&models, &settings.reserved, &mut errors);
    }
    if errors.is_empty() { Ok(models) } else { Err(errors) }
}

fn read<T>(candidate: &Candidate, read: impl FnOnce(&syn::DeriveInput) -> syn::Result<T>) -> syn::Result<T> {
    read(candidate.input.as_ref().map_err(Clone::clone)?)
}

/// Every model, in the order of the modules; one that several crates share is there once.
fn candidates(resolver: &Resolver<'_>) -> (Vec<(ModuleId, usize, Kind)>, Vec<Warning>) {
    let mut seen = HashSet::new();
    let (mut found, mut overlooked) = (Vec::new(), Vec::new());
    for (module, node) in resolver.tree.modules.iter().enumerate() {
        if node.items.left_out || !seen.insert(Rc::as_ptr(&node.items)) {
            continue;
        }
        for (at, candidate) in node.items.models.iter().enumerate() {
            match kind(module, candidate, &resolver.scope) {
                Some(kind) => found.push((module, at, kind)),
                None if may_be_table(module, candidate, &resolver.scope) => {
                    overlooked.push(overlooked_table(&resolver.tree.sources[node.source.0], candidate));
                }
                None => {}
            }
        }
    }
    (found, overlooked)
}

/// Whether it derives a `Table` of which nobody can tell whose it is.
fn may_be_table(module: ModuleId, candidate: &Candidate, scope: &Scope<'_>) -> bool {
    candidate.derives.iter().any(|path| {
        path.is_ident("Table")
            && matches!(scope.find(module, path, Space::Derives), Found::Nothing | Found::Ambiguous(_))
    })
}

fn overlooked_table(source: &source::Source, candidate: &Candidate) -> Warning {
    let span = candidate.input.as_ref().ok().map(|input| input.ident.span());
    Warning {
        place: span.map_or_else(|| source.beginning(), |span| source.place(span)),
        message: format!(
            "`{}` derives a `Table` that comes through a `*`, and is not among the models: if it is one, \
             write `use migrate_runtime::Table;`",
            candidate.name
        ),
    }
}

/// Whether one of the derives is ours. A name whose origin cannot be seen counts if our attributes stand below it.
fn kind(module: ModuleId, candidate: &Candidate, scope: &Scope<'_>) -> Option<Kind> {
    candidate.derives.iter().find_map(|path| {
        let (name, ours) = match scope.find(module, path, Space::Derives) {
            Found::External(path) => (path.last().cloned(), is_ours(&path)),
            Found::Nothing | Found::Ambiguous(_) | Found::Item(_) => {
                (path.segments.last().map(|last| last.ident.unraw().to_string()), false)
            }
        };
        let (kind, attributes) = match name.as_deref() {
            Some("Table") => (Kind::Table, TABLE_ATTRIBUTES),
            Some("Enum") => (Kind::Enum, ENUM_ATTRIBUTES),
            _ => return None,
        };
        (ours || has_attribute(candidate, attributes)).then_some(kind)
    })
}

fn has_attribute(candidate: &Candidate, [outer, inner]: [&str; 2]) -> bool {
    let Ok(input) = &candidate.input else { return false };
    let has = |attributes: &[Attribute], name| attributes.iter().any(|one| one.path().is_ident(name));
    has(&input.attrs, outer)
        || match &input.data {
            Data::Struct(data) => data.fields.iter().any(|field| has(&field.attrs, inner)),
            Data::Enum(data) => data.variants.iter().any(|variant| has(&variant.attrs, inner)),
            Data::Union(_) => false,
        }
}

/// The table with its types resolved.
fn typed(
    model: TableModel,
    module: ModuleId,
    source: source::Id,
    resolver: &Resolver<'_>,
    dialects: &[Dialect],
) -> Result<TableModel<ColumnType>, Vec<Error>> {
    let table = model.ident.value.clone();
    model.with_types(|column: &mut ColumnModel<Type>| {
        let found = match resolver.resolve(module, &column.ty) {
            Ok(found) => found,
            Err(_) if is_told(column, dialects) => {
                ColumnType { ty: ModelType::Told, nullable: resolver.is_option(module, &column.ty) }
            }
            Err(unresolved) => {
                let source = &resolver.tree.sources[source.0];
                let place = source.place(resolve::span(&column.ty));
                let written = source.text_of(&place);
                return Err(unresolved.error(&written, &table, &column.field.value).with_place(place));
            }
        };
        let nullable = column.nullable.map_or(found.nullable, |said| said.value);
        Ok(ColumnType { ty: found.ty, nullable })
    })
}

/// Whether every engine of the project is told the type on the column.
fn is_told(column: &ColumnModel<Type>, dialects: &[Dialect]) -> bool {
    let dialects = if dialects.is_empty() { &Dialect::ALL } else { dialects };
    dialects.iter().all(|dialect| column.options_of(*dialect).sql_type.is_some())
}
