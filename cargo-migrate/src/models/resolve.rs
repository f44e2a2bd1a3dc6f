//! The type of a field, as what a column holds.

use std::{collections::HashMap, rc::Rc};

use migrate_core::{Code, Error};
use proc_macro2::Span;
use syn::{
    Expr, ExprLit, GenericArgument, Lit, Path, PathArguments, Type, TypePath, ext::IdentExt as _,
    spanned::Spanned as _,
};

use super::{
    ColumnType, ModelType, RawType,
    known::{self, Known},
    scope::{Found, Item, Scope, Space},
    walk::{ModuleId, Tree},
};

/// How many aliases may stand for each other.
const DEPTH: usize = 64;

/// Why a type is no column.
pub(super) struct Unresolved {
    /// `money::Amount`, as it could be mapped.
    path: Option<String>,
    why: String,
    help: Option<String>,
}

/// Resolves types in the modules of a tree.
pub(super) struct Resolver<'t> {
    pub(super) tree: &'t Tree,
    pub(super) scope: Scope<'t>,
    pub(super) types: &'t std::collections::BTreeMap<String, RawType>,
    /// The number of each enum with `derive(Enum)`, by its module's items and its place there.
    pub(super) enums: HashMap<(*const super::item::Items, usize), usize>,
    /// The structs with `derive(Table)`, likewise.
    pub(super) tables: std::collections::HashSet<(*const super::item::Items, usize)>,
}

/// Where a type stands: its module, and what the parameters around it stand for.
struct Around {
    module: ModuleId,
    parameters: HashMap<String, (Type, Rc<Around>)>,
}

impl<'t> Resolver<'t> {
    /// What a type that stands in a module is.
    pub(super) fn resolve(&self, module: ModuleId, ty: &Type) -> Result<ColumnType, Unresolved> {
        self.ty(ty, &Rc::new(Around { module, parameters: HashMap::new() }), 0)
    }

    /// Whether a type may be NULL, as far as that can be told from the type alone.
    pub(super) fn is_option(&self, module: ModuleId, ty: &Type) -> bool {
        match self.resolve(module, ty) {
            Ok(found) => found.nullable,
            Err(_) => match ty {
                Type::Path(path) => {
                    path.path.segments.last().is_some_and(|last| last.ident == "Option")
                        && matches!(self.known(module, &path.path), Some(Known::Option))
                }
                _ => false,
            },
        }
    }

    fn known(&self, module: ModuleId, path: &Path) -> Option<Known> {
        match self.scope.find(module, path, Space::Types) {
            Found::External(path) => known::known(&path),
            Found::Nothing => match written(path).as_slice() {
                [name] => known::prelude(name),
                _ => None,
            },
            Found::Item(_) | Found::Ambiguous(_) => None,
        }
    }

    fn ty(&self, ty: &Type, around: &Rc<Around>, depth: usize) -> Result<ColumnType, Unresolved> {
        if depth > DEPTH {
            return Err(Unresolved::because("it stands for itself"));
        }
        match ty {
            Type::Group(group) => self.ty(&group.elem, around, depth),
            Type::Paren(paren) => self.ty(&paren.elem, around, depth),
            Type::Reference(reference) => self.ty(&reference.elem, around, depth + 1),
            Type::Slice(slice) => self.list(&slice.elem, None, around, depth),
            Type::Array(array) => self.list(&array.elem, Some(&array.len), around, depth),
            Type::Path(TypePath { qself: None, path, .. }) => self.path(path, around, depth),
            _ => Err(Unresolved::because("no column can hold it")),
        }
    }

    /// Bytes, or an array.
    fn list(
        &self,
        element: &Type,
        length: Option<&Expr>,
        around: &Rc<Around>,
        depth: usize,
    ) -> Result<ColumnType, Unresolved> {
        let element = self.ty(element, around, depth + 1)?;
        let ty = match (element.ty, length) {
            (ModelType::Integer { bits: 8, unsigned: true }, None) => ModelType::Bytes(None),
            (
                ModelType::Integer { bits: 8, unsigned: true },
                Some(Expr::Lit(ExprLit { lit: Lit::Int(number), .. })),
            ) => ModelType::Bytes(number.base10_parse().ok()),
            (ModelType::Integer { bits: 8, unsigned: true }, Some(_)) => {
                return Err(Unresolved {
                    path: None,
                    why: "its length is not written as a number".to_owned(),
                    help: Some("write the number, or `#[column(type = \"...\")]`".to_owned()),
                });
            }
            (element, _) => ModelType::Array(Box::new(element)),
        };
        Ok(ColumnType { ty, nullable: false })
    }

    fn path(&self, path: &Path, around: &Rc<Around>, depth: usize) -> Result<ColumnType, Unresolved> {
        let written = written(path);
        if let [name] = written.as_slice()
            && let Some((ty, outside)) = around.parameters.get(name)
        {
            return self.ty(ty, outside, depth + 1);
        }
        let arguments = arguments(path);
        match self.scope.find(around.module, path, Space::Types) {
            Found::Item(item) => self.item(item, &arguments, &written, around, depth),
            Found::External(full) => {
                if let Some(raw) = self.types.get(&full.join("::")) {
                    return Ok(raw.clone().into());
                }
                match known::known(&full) {
                    Some(known) => self.apply(known, &arguments, &full, around, depth),
                    None => Err(Unresolved::unknown(&full)),
                }
            }
            Found::Ambiguous(candidates) => Err(Unresolved {
                path: None,
                why: format!("the name means several things: {}", candidates.join(", ")),
                help: Some("write its whole path".to_owned()),
            }),
            Found::Nothing => {
                if let Some(raw) = self.types.get(&written.join("::")) {
                    return Ok(raw.clone().into());
                }
                match written.as_slice() {
                    [name] => match known::prelude(name) {
                        Some(known) => self.apply(known, &arguments, &written, around, depth),
                        None => Err(Unresolved::unknown(&written)),
                    },
                    _ => Err(Unresolved::unknown(&written)),
                }
            }
        }
    }

    /// A type of the crates that are scanned.
    fn item(
        &self,
        item: Item<'t>,
        arguments: &[&Type],
        written: &[String],
        around: &Rc<Around>,
        depth: usize,
    ) -> Result<ColumnType, Unresolved> {
        let name = written.last().map_or("", String::as_str);
        let paths = |module: ModuleId, name: &str| {
            let module = &self.tree.modules[module];
            let behind = module.path.strip_prefix("crate").unwrap_or_default();
            let krate = self.tree.names.get(&module.root).map_or("crate", |(name, _)| name.as_str());
            [format!("{}::{name}", module.path), format!("{krate}{behind}::{name}")]
        };
        let mapped = |module, name: &str| paths(module, name).iter().find_map(|path| self.types.get(path));
        match item {
            Item::Alias(module, alias) => {
                if let Some(raw) = mapped(module, &alias.name) {
                    return Ok(raw.clone().into());
                }
                self.alias(module, alias, arguments, around, depth)
            }
            Item::Candidate(module, at) => {
                let items = &self.tree.modules[module].items;
                let candidate = &items.models[at];
                let key = (Rc::as_ptr(items), at);
                if let Some(raw) = mapped(module, &candidate.name) {
                    return Ok(raw.clone().into());
                }
                if let Some(number) = self.enums.get(&key) {
                    return Ok(ColumnType { ty: ModelType::Enum(*number), nullable: false });
                }
                if self.tables.contains(&key) {
                    return Err(Unresolved {
                        path: None,
                        why: "it is a table".to_owned(),
                        help: Some(
                            "keep its key here (`references = \"table.column\"`), or write `#[column(skip)]`"
                                .to_owned(),
                        ),
                    });
                }
                match &candidate.alias {
                    Some(alias) => self.alias(module, alias, arguments, around, depth),
                    None => Err(Unresolved::of_crate(
                        &paths(module, &candidate.name)[0],
                        matches!(candidate.input.as_ref().map(|input| &input.data), Ok(syn::Data::Enum(_))),
                    )),
                }
            }
            Item::Opaque(module) => match mapped(module, name) {
                Some(raw) => Ok(raw.clone().into()),
                None => Err(Unresolved::of_crate(&paths(module, name)[0], false)),
            },
            Item::Module(_) => Err(Unresolved::because("it is a module")),
        }
    }

    fn alias(
        &self,
        module: ModuleId,
        alias: &super::item::Alias,
        arguments: &[&Type],
        around: &Rc<Around>,
        depth: usize,
    ) -> Result<ColumnType, Unresolved> {
        let own = Rc::new(Around { module, parameters: HashMap::new() });
        let mut parameters = HashMap::new();
        for (at, (name, default)) in alias.parameters.iter().enumerate() {
            if let Some(argument) = arguments.get(at) {
                parameters.insert(name.clone(), ((*argument).clone(), Rc::clone(around)));
            } else if let Some(default) = default {
                parameters.insert(name.clone(), (default.clone(), Rc::clone(&own)));
            }
        }
        self.ty(&alias.ty, &Rc::new(Around { module, parameters }), depth + 1)
    }

    fn apply(
        &self,
        known: Known,
        arguments: &[&Type],
        path: &[String],
        around: &Rc<Around>,
        depth: usize,
    ) -> Result<ColumnType, Unresolved> {
        let argument = || arguments.first().copied().ok_or_else(|| Unresolved::unknown(path));
        match known {
            Known::Column(ty) => Ok(ColumnType { ty, nullable: false }),
            Known::Same => self.ty(argument()?, around, depth + 1),
            Known::Option => {
                let inner = self.ty(argument()?, around, depth + 1)?;
                Ok(ColumnType { ty: inner.ty, nullable: true })
            }
            Known::List => self.list(argument()?, None, around, depth),
            Known::Map => self.map(arguments, around, depth),
            Known::Unfit(why) => Err(Unresolved {
                path: None,
                why: why.to_owned(),
                help: Some("use another type, such as i64, or write `#[column(type = \"...\")]`".to_owned()),
            }),
        }
    }

    fn map(&self, arguments: &[&Type], around: &Rc<Around>, depth: usize) -> Result<ColumnType, Unresolved> {
        if let [key, value, ..] = arguments {
            let (key, value) = (self.ty(key, around, depth + 1), self.ty(value, around, depth + 1));
            let text = |found: &Result<ColumnType, Unresolved>, nullable| {
                found.as_ref().is_ok_and(|found| found.ty == ModelType::Text && found.nullable == nullable)
            };
            if text(&key, false) && text(&value, true) {
                return Ok(ColumnType { ty: ModelType::Hstore, nullable: false });
            }
        }
        Err(Unresolved {
            path: None,
            why: "only a map of String to Option<String> is a column: hstore, on PostgreSQL".to_owned(),
            help: Some(
                "for JSON use `sqlx::types::Json<...>`, or write `#[column(type = \"...\")]`".to_owned(),
            ),
        })
    }
}

impl From<RawType> for ColumnType {
    fn from(raw: RawType) -> Self {
        Self { ty: ModelType::Raw(raw), nullable: false }
    }
}

impl Unresolved {
    fn because(why: &str) -> Self {
        Self { path: None, why: why.to_owned(), help: None }
    }

    fn unknown(path: &[String]) -> Self {
        Self {
            path: Some(path.join("::")),
            why: "nothing says what it is in a database".to_owned(),
            help: None,
        }
    }

    fn of_crate(path: &str, is_enum: bool) -> Self {
        let help = is_enum.then(|| "add `#[derive(migrate_runtime::Enum)]` to it, or ".to_owned());
        Self { path: Some(path.to_owned()), why: "nothing says what it is in a database".to_owned(), help }
    }

    /// The error, for a field of a struct.
    pub(super) fn error(self, written: &str, table: &str, field: &str) -> Error {
        let called = match &self.path {
            Some(path) if path != written => format!("`{written}` ({path})"),
            _ => format!("`{written}`"),
        };
        let message = format!("the type {called} of `{table}.{field}` is no column: {}", self.why);
        let help = match (&self.path, self.help) {
            (Some(path), help) => format!(
                "{}map it in migrate.toml, `[models.types]`: `\"{path}\" = \"...\"`, or write `#[column(type = \"...\")]` \
                 on the field, or `#[column(skip)]`",
                help.unwrap_or_default()
            ),
            (None, Some(help)) => help,
            (None, None) => {
                "write `#[column(type = \"...\")]`, or `#[column(skip)]`; `[models.types]` in migrate.toml maps types by \
                 their path"
                    .to_owned()
            }
        };
        Error::new(Code::UnresolvedType, message).with_help(help)
    }
}

/// Where a type stands in its file.
pub(super) fn span(ty: &Type) -> Span {
    ty.span()
}

/// The words of a path.
fn written(path: &Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect()
}

/// The types between angle brackets.
fn arguments(path: &Path) -> Vec<&Type> {
    match path.segments.last().map(|segment| &segment.arguments) {
        Some(PathArguments::AngleBracketed(list)) => list
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
