//! The lists of words that attributes are made of: `name = "users", unique, index(columns(email))`.
//!
//! A mistake in one entry does not hide the next: reading goes on behind the next comma.

use std::collections::BTreeSet;

use migrate_core::suggest;
use proc_macro2::{Span, TokenTree};
use syn::{
    Attribute, Error, Ident, LitBool, LitInt, LitStr, Result, Token,
    ext::IdentExt as _,
    parenthesized,
    parse::{ParseStream, discouraged::Speculative as _},
    token,
};

use crate::Spanned;

/// What stands between an error's message and what to do about it.
pub const HELP: &str = "\nhelp: ";

/// The message of an error and what to do about it.
pub fn parts(message: &str) -> (&str, Option<&str>) {
    match message.split_once(HELP) {
        Some((message, help)) => (message, Some(help)),
        None => (message, None),
    }
}

/// An error with what to do about it.
pub(crate) fn error(span: Span, message: impl std::fmt::Display, help: impl std::fmt::Display) -> Error {
    Error::new(span, format!("{message}{HELP}{help}"))
}

/// Every mistake of an item.
#[derive(Debug, Default)]
pub(crate) struct Problems(Option<Error>);

impl Problems {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    /// How many there are: where some were found already, what follows from them is not told.
    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |errors| errors.into_iter().count())
    }

    pub(crate) fn finish<T>(self, value: T) -> Result<T> {
        match self.0 {
            Some(errors) => Err(errors),
            None => Ok(value),
        }
    }
}

/// One entry of a list, behind its first word.
pub(crate) struct Entry<'a> {
    /// The word, without `r#`.
    pub(crate) word: String,
    pub(crate) span: Span,
    input: ParseStream<'a>,
}

/// Reads the entries of one attribute, if it is called `name`.
pub(crate) fn attribute(
    attribute: &Attribute,
    name: &str,
    problems: &mut Problems,
    seen: &mut BTreeSet<String>,
    mut read: impl FnMut(&Entry<'_>, &mut Problems) -> Result<Known>,
) {
    if !attribute.path().is_ident(name) {
        return;
    }
    let read = attribute.parse_args_with(|input: ParseStream<'_>| {
        list(input, problems, seen, &mut read);
        Ok(())
    });
    if read.is_err() {
        let span = attribute.path().get_ident().map_or_else(Span::call_site, Ident::span);
        problems.push(Error::new(span, format!("expected `#[{name}(...)]`")));
    }
}

/// What a reader says of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// It may stand once in its list.
    Once,
    /// It may stand several times.
    Often,
    /// There is no such word; these there are.
    Not(&'static [&'static str]),
}

fn list(
    input: ParseStream<'_>,
    problems: &mut Problems,
    seen: &mut BTreeSet<String>,
    read: &mut dyn FnMut(&Entry<'_>, &mut Problems) -> Result<Known>,
) {
    while !input.is_empty() {
        if let Err(error) = one(input, problems, seen, read) {
            problems.push(error);
            skip(input);
        }
        if !input.is_empty() && input.parse::<Token![,]>().is_err() {
            problems.push(Error::new(input.span(), "expected `,`"));
            skip(input);
            // The comma, unless that was the end.
            let _ = input.parse::<Option<Token![,]>>();
        }
    }
}

fn one(
    input: ParseStream<'_>,
    problems: &mut Problems,
    seen: &mut BTreeSet<String>,
    read: &mut dyn FnMut(&Entry<'_>, &mut Problems) -> Result<Known>,
) -> Result<()> {
    let ident = Ident::parse_any(input).map_err(|error| Error::new(error.span(), "expected a word"))?;
    let entry = Entry { word: ident.unraw().to_string(), span: ident.span(), input };
    match read(&entry, problems)? {
        Known::Often => Ok(()),
        Known::Once if seen.insert(entry.word.clone()) => Ok(()),
        Known::Once => Err(Error::new(entry.span, format!("`{}` stands twice", entry.word))),
        Known::Not(words) => Err(entry.unknown(words)),
    }
}

/// Goes to the next comma of the list.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        // Any token can be read, and the list is not at its end.
        let _ = input.parse::<TokenTree>();
    }
}

impl<'a> Entry<'a> {
    /// The word is none of those that may stand here.
    fn unknown(&self, words: &[&str]) -> Error {
        let near = suggest(&self.word, words.iter().copied());
        match near.first() {
            Some(near) => {
                Error::new(self.span, format!("unknown attribute `{}`, did you mean `{near}`?", self.word))
            }
            None => error(
                self.span,
                format_args!("unknown attribute `{}`", self.word),
                format_args!("what may stand here: {}", words.join(", ")),
            ),
        }
    }

    /// `= "..."`, and not empty.
    pub(crate) fn string(&self) -> Result<Spanned<String>> {
        let text = self.string_or_empty()?;
        if text.value.trim().is_empty() {
            return Err(Error::new(text.span, format!("`{}` is empty", self.word)));
        }
        Ok(text)
    }

    /// `= "..."`.
    pub(crate) fn string_or_empty(&self) -> Result<Spanned<String>> {
        let expected = |span| Error::new(span, format!("expected a string: `{} = \"...\"`", self.word));
        self.input.parse::<Token![=]>().map_err(|_| expected(self.span))?;
        let literal = self.input.parse::<LitStr>().map_err(|error| expected(error.span()))?;
        Ok(Spanned::new(literal.value(), literal.span()))
    }

    /// `= "..."`, read as something else.
    pub(crate) fn parsed<T>(
        &self,
        parse: impl FnOnce(&str) -> std::result::Result<T, String>,
    ) -> Result<Spanned<T>> {
        let text = self.string()?;
        let value = parse(&text.value).map_err(|why| Error::new(text.span, why))?;
        Ok(Spanned::new(value, text.span))
    }

    /// `= 12`.
    pub(crate) fn number(&self) -> Result<Spanned<u32>> {
        let expected = |span| Error::new(span, format!("expected a whole number: `{} = 10`", self.word));
        self.input.parse::<Token![=]>().map_err(|_| expected(self.span))?;
        let literal = self.input.parse::<LitInt>().map_err(|error| expected(error.span()))?;
        let value = literal.base10_parse().map_err(|_| expected(literal.span()))?;
        Ok(Spanned::new(value, literal.span()))
    }

    /// `= -12`.
    pub(crate) fn signed(&self) -> Result<Spanned<i64>> {
        let expected = |span| Error::new(span, format!("expected a whole number: `{} = 10`", self.word));
        self.input.parse::<Token![=]>().map_err(|_| expected(self.span))?;
        let minus = self.input.parse::<Option<Token![-]>>()?;
        let literal = self.input.parse::<LitInt>().map_err(|error| expected(error.span()))?;
        let sign = if minus.is_some() { "-" } else { "" };
        let value =
            format!("{sign}{}", literal.base10_digits()).parse().map_err(|_| expected(literal.span()))?;
        Ok(Spanned::new(value, literal.span()))
    }

    /// The word alone, or `= true`, `= false`.
    pub(crate) fn flag(&self) -> Result<Spanned<bool>> {
        if self.input.parse::<Option<Token![=]>>()?.is_none() {
            return Ok(Spanned::new(true, self.span));
        }
        let literal = self.input.parse::<LitBool>().map_err(|error| {
            Error::new(error.span(), format!("expected `{0}`, or `{0} = false`", self.word))
        })?;
        Ok(Spanned::new(literal.value, literal.span))
    }

    /// Whether a list follows.
    pub(crate) fn has_list(&self) -> bool {
        self.input.peek(token::Paren)
    }

    /// Whether a value follows.
    pub(crate) fn has_value(&self) -> bool {
        self.input.peek(Token![=])
    }

    /// `= VALUE`, read by the caller.
    pub(crate) fn value<T>(&self, read: impl FnOnce(ParseStream<'_>) -> Result<T>) -> Result<T> {
        self.input
            .parse::<Token![=]>()
            .map_err(|_| Error::new(self.span, format!("expected a value: `{} = ...`", self.word)))?;
        // What was read of a value that cannot be is left for `skip`.
        let ahead = self.input.fork();
        let value = read(&ahead)?;
        self.input.advance_to(&ahead);
        Ok(value)
    }

    /// `(word, ...)`: the words are read by the caller.
    pub(crate) fn list(
        &self,
        problems: &mut Problems,
        mut read: impl FnMut(&Entry<'_>, &mut Problems) -> Result<Known>,
    ) -> Result<()> {
        let content = self.parentheses()?;
        list(&content, problems, &mut BTreeSet::new(), &mut read);
        Ok(())
    }

    /// `(part, ...)`: parts that begin with no word that is known.
    pub(crate) fn parts<T>(
        &self,
        problems: &mut Problems,
        mut read: impl FnMut(ParseStream<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let content = self.parentheses()?;
        let mut found = Vec::new();
        if content.is_empty() {
            problems.push(Error::new(self.span, format!("`{}` names nothing", self.word)));
        }
        while !content.is_empty() {
            match read(&content) {
                Ok(part) => found.push(part),
                Err(error) => {
                    problems.push(error);
                    skip(&content);
                }
            }
            if !content.is_empty() && content.parse::<Token![,]>().is_err() {
                problems.push(Error::new(content.span(), "expected `,`"));
                skip(&content);
                let _ = content.parse::<Option<Token![,]>>();
            }
        }
        Ok(found)
    }

    /// `(a, b)`: fields of the struct.
    pub(crate) fn fields(&self, problems: &mut Problems) -> Result<Vec<Spanned<String>>> {
        self.parts(problems, field)
    }

    fn parentheses(&self) -> Result<syn::parse::ParseBuffer<'a>> {
        if !self.has_list() {
            return Err(Error::new(self.span, format!("expected `{}(...)`", self.word)));
        }
        let content;
        parenthesized!(content in self.input);
        Ok(content)
    }
}

/// The name of a field.
pub(crate) fn field(input: ParseStream<'_>) -> Result<Spanned<String>> {
    if let Ok(literal) = input.fork().parse::<LitStr>() {
        return Err(error(
            literal.span(),
            "expected the name of a field, without quotes",
            "a string is an expression, which only the columns of an index may be",
        ));
    }
    let ident =
        Ident::parse_any(input).map_err(|error| Error::new(error.span(), "expected the name of a field"))?;
    Ok(Spanned::new(ident.unraw().to_string(), ident.span()))
}
