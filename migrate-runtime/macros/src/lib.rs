//! The macros of `migrate-runtime`; use them through that crate.
//!
//! What they read, check and write is decided by functions that know no compiler: `literal` reads the argument,
//! `project` the folder, `expand` writes the Rust text. The attributes of models are read by `migrate-models`.

mod expand;
mod folder;
mod literal;
mod problem;
mod project;

use std::{env, iter, path::Path};

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// A constant expression of type `migrate_runtime::Versions`: the revisions of a folder, which must be sound and must
/// match their lock.
///
/// The argument is a string literal: the folder of `migrate.lock`, relative to the crate's `Cargo.toml`. Without an
/// argument it is `migrations`.
///
/// The dialects are those of the lock. The revisions are the files that the lock lists; every other `*.sql` in the
/// folder `versions`, or in another folder that holds a file of the lock, has to be listed too. Hidden files, editor
/// backups and files with another ending are neither checked nor embedded.
///
/// The compiler reads `migrate.lock` too, so that a revision that was only added makes cargo compile the crate again.
/// Nothing is parsed when the program starts.
///
/// Every file is read and sealed whenever the crate is compiled: 1,000 small revisions take about a tenth of a second.
/// Where thousands of long ones are felt in development, `[profile.dev.build-override] opt-level = 1` makes it several
/// times faster.
///
/// # Errors
/// A broken header, an unknown key, a statement that does not end, a circle, a missing parent, an id or a label that
/// stands twice, a file that is not in the lock or does not match it, a broken or missing lock, a revision that was not
/// written yet: each is a compile error that names the file and, where there is one, the line and the column.
#[proc_macro]
pub fn embed(argument: TokenStream) -> TokenStream {
    let (folder, span) = match folder_argument(argument) {
        Ok(found) => found,
        Err((message, span)) => return compile_error(&message, span),
    };
    let Some(manifest) = env::var_os("CARGO_MANIFEST_DIR") else {
        return compile_error("CARGO_MANIFEST_DIR is not set: embed! has to be compiled by cargo", span);
    };
    let expansion = folder::Folder::new(Path::new(&manifest), &folder)
        .and_then(|folder| project::Project::read(folder).map(|project| expand::expand(&project)));
    match expansion {
        Ok(text) => text.parse().unwrap_or_else(|error| {
            compile_error(&format!("embed! wrote Rust that cannot be read: {error}"), span)
        }),
        Err(problem) => compile_error(&problem.to_string(), span),
    }
}

/// Checks the attributes of a struct that is a table. It writes no code.
///
/// # Errors
/// Every mistake in the attributes is a compile error at its place.
#[cfg(feature = "models")]
#[proc_macro_derive(Table, attributes(table, column))]
pub fn table(input: TokenStream) -> TokenStream {
    checked(syn::parse(input).and_then(|input| migrate_models::TableModel::read(&input)))
}

/// Checks the attributes of an enum that is a set of values. It writes no code.
///
/// # Errors
/// Every mistake in the attributes is a compile error at its place.
#[cfg(feature = "models")]
#[proc_macro_derive(Enum, attributes(enumeration, variant))]
pub fn enumeration(input: TokenStream) -> TokenStream {
    checked(syn::parse(input).and_then(|input| migrate_models::EnumModel::read(&input)))
}

/// Nothing, or the mistakes.
#[cfg(feature = "models")]
fn checked<T>(model: syn::Result<T>) -> TokenStream {
    model.map_or_else(|errors| errors.into_compile_error().into(), |_| TokenStream::new())
}

/// The folder that the argument names, and where it says so.
fn folder_argument(argument: TokenStream) -> Result<(String, Span), (String, Span)> {
    let mut tokens = argument.into_iter();
    let Some(first) = tokens.next() else { return Ok(("migrations".to_owned(), Span::call_site())) };
    let span = first.span();
    let folder = match first {
        TokenTree::Literal(literal) => {
            literal::unquote(&literal.to_string()).map_err(|error| (error.to_string(), span))?
        }
        // A `$folder:literal` that another macro handed on.
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => folder_argument(group.stream())?.0,
        _ => return Err((literal::NotAString.to_string(), span)),
    };
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    match tokens.find(|token| !is_comma(token)) {
        None => Ok((folder, span)),
        Some(extra) => {
            Err(("embed! takes one argument, the folder of migrate.lock".to_owned(), extra.span()))
        }
    }
}

/// `::core::compile_error!(MESSAGE)`, underlined at `span`.
fn compile_error(message: &str, span: Span) -> TokenStream {
    let colons = || [Spacing::Joint, Spacing::Alone].map(|spacing| Punct::new(':', spacing).into());
    let word = |word: &str| TokenTree::from(Ident::new(word, span));
    let arguments = TokenStream::from(TokenTree::from(Literal::string(message)));
    colons()
        .into_iter()
        .chain([word("core")])
        .chain(colons())
        .chain([word("compile_error")])
        .chain([Punct::new('!', Spacing::Alone).into()])
        .chain(iter::once(Group::new(Delimiter::Parenthesis, arguments).into()))
        .map(|mut token| {
            token.set_span(span);
            token
        })
        .collect()
}
