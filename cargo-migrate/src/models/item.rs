//! The items of a file that matter here. Bodies of functions are not looked into, and need not parse.

use std::rc::Rc;

use proc_macro2::{Delimiter, Span, TokenStream};
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Fields, GenericParam, Generics, Ident, Lit, Meta, Path,
    Result, Token, Type, Visibility, braced,
    ext::IdentExt as _,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
    token,
};

use super::{cfg, depth};

/// The items of a module.
#[derive(Default)]
pub(super) struct Items {
    pub(super) modules: Vec<ModuleItem>,
    pub(super) imports: Vec<Import>,
    pub(super) aliases: Vec<Alias>,
    pub(super) models: Vec<Candidate>,
    /// Names of types of which nothing more is known.
    pub(super) opaque: Vec<String>,
    /// The file is left out, as `#![cfg(test)]` says.
    pub(super) left_out: bool,
}

/// `mod name;`, or `mod name { ... }`.
pub(super) struct ModuleItem {
    pub(super) name: String,
    pub(super) span: Span,
    /// `#[path = "..."]`.
    pub(super) path: Option<String>,
    /// It is in the program. Otherwise only tests have it.
    pub(super) possible: bool,
    /// It may be missing.
    pub(super) conditional: bool,
    pub(super) inline: Option<Rc<Items>>,
}

/// A name that `use` or `extern crate` brings in.
pub(super) struct Import {
    /// It begins with `::`, or is an `extern crate`.
    pub(super) global: bool,
    pub(super) path: Vec<String>,
    /// None for `*`.
    pub(super) name: Option<String>,
    /// `extern crate`, which the whole crate sees if the root has it.
    pub(super) is_crate: bool,
}

/// `type Name<T> = ...;`, or `struct Name<T>(...);`, which is the same as a column.
pub(super) struct Alias {
    pub(super) name: String,
    /// Type parameters, and their defaults.
    pub(super) parameters: Vec<(String, Option<Type>)>,
    pub(super) ty: Type,
}

/// A struct or an enum that derives something unusual.
pub(super) struct Candidate {
    pub(super) name: String,
    /// The paths in `derive(...)`.
    pub(super) derives: Vec<Path>,
    pub(super) input: Result<DeriveInput>,
    /// If it is no model, what it stands for as a column.
    pub(super) alias: Option<Alias>,
}

/// Reads a file.
///
/// # Errors
/// What is no Rust, or is nested too deeply.
pub(super) fn parse(text: &str) -> Result<Items> {
    let tokens: TokenStream = text.parse()?;
    depth::check(&tokens)?;
    (|input: ParseStream<'_>| items(input)).parse2(tokens)
}

fn items(input: ParseStream<'_>) -> Result<Items> {
    let mut items = Items { left_out: !cfg::is_possible(&inner(input)?), ..Items::default() };
    while !input.is_empty() {
        item(input, &mut items)?;
    }
    Ok(items)
}

/// `#![...]`
fn inner(input: ParseStream<'_>) -> Result<Vec<Attribute>> {
    let mut attributes = Vec::new();
    while input.peek(Token![#]) && input.peek2(Token![!]) {
        attributes.extend(Attribute::parse_inner(input)?);
    }
    Ok(attributes)
}

fn item(input: ParseStream<'_>, items: &mut Items) -> Result<()> {
    let attributes = Attribute::parse_outer(input)?;
    let visibility = input.parse::<Visibility>()?;
    let word = input.fork().call(Ident::parse_any).map(|word| word.to_string()).unwrap_or_default();
    let possible = cfg::is_possible(&attributes);
    match word.as_str() {
        "mod" => return module(input, attributes, items),
        "use" if possible => return import(input, items),
        "extern" if possible && input.peek2(Token![crate]) => return extern_crate(input, items),
        "type" if possible => {
            let name = name_behind(input);
            match alias(&input.fork()) {
                Ok(alias) => items.aliases.push(alias),
                Err(_) => items.opaque.extend(name),
            }
            return to_semicolon(input);
        }
        "struct" | "enum" if possible => {
            data(input, attributes, &visibility, items)?;
            // It was read where it matters; now on to the next item.
            return to_end(input);
        }
        "union" if possible && input.peek2(Ident) => items.opaque.extend(name_behind(input)),
        "use" | "type" | "static" => return to_semicolon(input),
        "const" if !is_function(input) => return to_semicolon(input),
        "extern" if input.peek2(Token![crate]) => return to_semicolon(input),
        _ => {}
    }
    to_end(input)
}

/// The name behind the keyword.
fn name_behind(input: ParseStream<'_>) -> Option<String> {
    let ahead = input.fork();
    ahead.call(Ident::parse_any).ok()?;
    ahead.call(Ident::parse_any).ok().map(|name| name.unraw().to_string())
}

/// `const fn`, `const unsafe fn`, ...
fn is_function(input: ParseStream<'_>) -> bool {
    input.peek2(Token![fn])
        || input.peek2(Token![unsafe])
        || input.peek2(Token![async])
        || input.peek2(Token![extern])
}

/// Goes behind the next `;`.
fn to_semicolon(input: ParseStream<'_>) -> Result<()> {
    skip(input, false)
}

/// Goes behind the next `{...}` or `;`, whichever is first.
fn to_end(input: ParseStream<'_>) -> Result<()> {
    skip(input, true)
}

fn skip(input: ParseStream<'_>, braces_end: bool) -> Result<()> {
    input.step(|cursor| {
        let mut rest = *cursor;
        while !rest.eof() {
            if braces_end && let Some((_, _, behind)) = rest.group(Delimiter::Brace) {
                return Ok(((), behind));
            }
            let end = rest.punct().is_some_and(|(punct, _)| punct.as_char() == ';');
            // Not at the end, so there is a token.
            let Some((_, behind)) = rest.token_tree() else { break };
            rest = behind;
            if end {
                break;
            }
        }
        Ok(((), rest))
    })
}

fn module(input: ParseStream<'_>, attributes: Vec<Attribute>, items: &mut Items) -> Result<()> {
    input.parse::<Token![mod]>()?;
    let name = input.call(Ident::parse_any)?;
    let attributes = cfg::expanded(attributes);
    let mut possible = cfg::is_possible(&attributes);
    let inline = if input.peek(token::Brace) {
        let content;
        braced!(content in input);
        let inside = self::items(&content)?;
        possible &= !inside.left_out;
        Some(Rc::new(inside))
    } else {
        input.parse::<Token![;]>()?;
        None
    };
    items.modules.push(ModuleItem {
        name: name.unraw().to_string(),
        span: name.span(),
        path: attributes.iter().find_map(path_attribute),
        possible,
        conditional: cfg::is_conditional(&attributes),
        inline,
    });
    Ok(())
}

fn path_attribute(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("path") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    }
}

fn extern_crate(input: ParseStream<'_>, items: &mut Items) -> Result<()> {
    input.parse::<Token![extern]>()?;
    input.parse::<Token![crate]>()?;
    let name = input.call(Ident::parse_any)?.unraw().to_string();
    let alias = match input.parse::<Option<Token![as]>>()? {
        Some(_) => input.call(Ident::parse_any)?.unraw().to_string(),
        None => name.clone(),
    };
    items.imports.push(Import {
        global: name != "self",
        path: vec![name],
        name: Some(alias),
        is_crate: true,
    });
    to_semicolon(input)
}

fn import(input: ParseStream<'_>, items: &mut Items) -> Result<()> {
    input.parse::<Token![use]>()?;
    let global = input.parse::<Option<Token![::]>>()?.is_some();
    tree(input, global, &mut Vec::new(), items)?;
    to_semicolon(input)
}

/// `a::b`, `a as b`, `*`, `{...}`, behind what stands in front of it.
fn tree(input: ParseStream<'_>, global: bool, path: &mut Vec<String>, items: &mut Items) -> Result<()> {
    let length = path.len();
    if input.peek(Token![*]) {
        input.parse::<Token![*]>()?;
        items.imports.push(Import { global, path: path.clone(), name: None, is_crate: false });
    } else if input.peek(token::Brace) {
        let content;
        braced!(content in input);
        while !content.is_empty() {
            let global = global || content.parse::<Option<Token![::]>>()?.is_some();
            tree(&content, global, path, items)?;
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
    } else {
        let word = input.call(Ident::parse_any)?.unraw().to_string();
        // `a::{self}` is `a`.
        if word != "self" || path.is_empty() {
            path.push(word);
        }
        if input.parse::<Option<Token![::]>>()?.is_some() {
            tree(input, global, path, items)?;
        } else {
            let name = match input.parse::<Option<Token![as]>>()? {
                Some(_) if input.peek(Token![_]) => {
                    input.parse::<Token![_]>()?;
                    None
                }
                Some(_) => Some(input.call(Ident::parse_any)?.unraw().to_string()),
                None => path.last().cloned(),
            };
            // What is called `_` has no name.
            if name.is_some() {
                items.imports.push(Import { global, path: path.clone(), name, is_crate: false });
            }
        }
    }
    path.truncate(length);
    Ok(())
}

fn alias(input: ParseStream<'_>) -> Result<Alias> {
    input.parse::<Token![type]>()?;
    let name: Ident = input.parse()?;
    let generics: Generics = input.parse()?;
    if input.peek(Token![where]) {
        input.parse::<syn::WhereClause>()?;
    }
    input.parse::<Token![=]>()?;
    Ok(Alias { name: name.unraw().to_string(), parameters: parameters(&generics), ty: input.parse()? })
}

fn parameters(generics: &Generics) -> Vec<(String, Option<Type>)> {
    let types = generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(ty) => Some((ty.ident.unraw().to_string(), ty.default.clone().map(|(_, ty)| ty))),
        GenericParam::Lifetime(_) | GenericParam::Const(_) => None,
    });
    types.collect()
}

/// What everybody derives, and is no model.
const USUAL: [&str; 11] = [
    "Debug",
    "Clone",
    "Copy",
    "PartialEq",
    "Eq",
    "PartialOrd",
    "Ord",
    "Hash",
    "Default",
    "Serialize",
    "Deserialize",
];

/// A struct or an enum, of which nothing is consumed.
fn data(
    input: ParseStream<'_>,
    attributes: Vec<Attribute>,
    visibility: &Visibility,
    items: &mut Items,
) -> Result<()> {
    let name = name_behind(input).ok_or_else(|| input.error("expected a name"))?;
    let attributes = cfg::expanded(attributes);
    let derives: Vec<Path> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
        .filter_map(|attribute| {
            attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).ok()
        })
        .flatten()
        .filter(|path| path.get_ident().is_none_or(|word| !USUAL.iter().any(|usual| word == usual)))
        .collect();
    let ahead = input.fork();
    let is_newtype = || ahead.peek(Token![struct]) && behind_name_is_tuple(&input.fork());
    if derives.is_empty() && !is_newtype() {
        items.opaque.push(name);
        return Ok(());
    }
    let input = ahead.parse::<DeriveInput>().map(|mut input| {
        input.attrs = attributes;
        input.vis = visibility.clone();
        prune(&mut input);
        input
    });
    let alias = input.as_ref().ok().and_then(newtype);
    match alias {
        Some(alias) if derives.is_empty() => items.aliases.push(alias),
        None if derives.is_empty() => items.opaque.push(name),
        alias => items.models.push(Candidate { name, derives, input, alias }),
    }
    Ok(())
}

/// `struct Name<...>(`
fn behind_name_is_tuple(input: ParseStream<'_>) -> bool {
    let parsed = input.call(Ident::parse_any).and_then(|_| input.call(Ident::parse_any));
    parsed.is_ok() && input.parse::<Generics>().is_ok() && input.peek(token::Paren)
}

/// The one field of a tuple struct that holds something.
fn newtype(input: &DeriveInput) -> Option<Alias> {
    let Data::Struct(data) = &input.data else { return None };
    let Fields::Unnamed(fields) = &data.fields else { return None };
    let is_marker = |ty: &Type| {
        matches!(ty, Type::Path(path)
            if path.path.segments.last().is_some_and(|segment| segment.ident == "PhantomData"))
    };
    let mut held = fields.unnamed.iter().filter(|field| !is_marker(&field.ty));
    match (held.next(), held.next()) {
        (Some(field), None) => Some(Alias {
            name: input.ident.unraw().to_string(),
            parameters: parameters(&input.generics),
            ty: field.ty.clone(),
        }),
        _ => None,
    }
}

/// Takes out what tests alone have, and brings in what `cfg_attr` hides.
fn prune(input: &mut DeriveInput) {
    fn kept<T: Clone, P: Default>(
        list: &Punctuated<T, P>,
        attributes: impl Fn(&mut T) -> &mut Vec<Attribute>,
    ) -> Punctuated<T, P> {
        let mut kept = Punctuated::new();
        for mut item in list.iter().cloned() {
            let own = attributes(&mut item);
            *own = cfg::expanded(std::mem::take(own));
            if cfg::is_possible(own) {
                kept.push(item);
            }
        }
        kept
    }
    let hides = |attributes: &[Attribute]| {
        attributes.iter().any(|one| one.path().is_ident("cfg") || one.path().is_ident("cfg_attr"))
    };
    match &mut input.data {
        Data::Struct(data) => {
            if let Fields::Named(fields) = &mut data.fields
                && fields.named.iter().any(|field| hides(&field.attrs))
            {
                fields.named = kept(&fields.named, |field| &mut field.attrs);
            }
        }
        Data::Enum(data) => {
            if data.variants.iter().any(|variant| hides(&variant.attrs)) {
                data.variants = kept(&data.variants, |variant| &mut variant.attrs);
            }
        }
        Data::Union(_) => {}
    }
}
