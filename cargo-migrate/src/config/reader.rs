//! Tables of a TOML file, key by key, each with its place.

use std::ops::Range;

use migrate_core::Error;
use toml_span::{
    Value,
    value::{Key, Table, ValueInner},
};

use super::{Source, Spanned};

/// A table of which keys are taken one after the other; what is left at the end is unknown.
pub(super) struct Section<'s> {
    source: &'s Source,
    /// What stands in front of its keys in a message: empty, or like `env.production.`.
    prefix: String,
    span: Range<usize>,
    table: Table<'s>,
    known: Vec<&'static str>,
}

impl<'s> Section<'s> {
    /// The whole file.
    pub(super) fn root(source: &'s Source) -> Result<Self, Error> {
        let mut root = toml_span::parse(&source.text)
            .map_err(|error| source.error(error.span.start..error.span.end, format!("not TOML: {error}")))?;
        match root.take() {
            ValueInner::Table(table) => {
                Ok(Self { source, prefix: String::new(), span: 0..0, table, known: Vec::new() })
            }
            _ => Err(source.error(0..0, "expected a table")),
        }
    }

    /// An error about the section as a whole.
    pub(super) fn error(&self, message: impl Into<String>) -> Error {
        self.source.error(self.span.clone(), message)
    }

    /// The key as a message names it.
    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    fn take(&mut self, key: &'static str) -> Option<Value<'s>> {
        self.known.push(key);
        self.table.remove(key)
    }

    fn wrong(&self, key: &str, span: Range<usize>, expected: &str) -> Error {
        self.source.error(span, format!("`{}` must be {expected}", self.name(key)))
    }

    pub(super) fn string(&mut self, key: &'static str) -> Result<Option<Spanned<String>>, Error> {
        let Some(mut value) = self.take(key) else { return Ok(None) };
        let span = value.span.start..value.span.end;
        match value.take() {
            ValueInner::String(text) => Ok(Some(Spanned { value: text.into_owned(), span })),
            _ => Err(self.wrong(key, span, "a string")),
        }
    }

    pub(super) fn strings(
        &mut self,
        key: &'static str,
    ) -> Result<Option<Spanned<Vec<Spanned<String>>>>, Error> {
        let Some(mut value) = self.take(key) else { return Ok(None) };
        let span = value.span.start..value.span.end;
        let ValueInner::Array(entries) = value.take() else {
            return Err(self.wrong(key, span, "an array of strings"));
        };
        let mut value = Vec::with_capacity(entries.len());
        for mut entry in entries {
            let span = entry.span.start..entry.span.end;
            match entry.take() {
                ValueInner::String(text) => value.push(Spanned { value: text.into_owned(), span }),
                _ => return Err(self.wrong(key, span, "an array of strings")),
            }
        }
        Ok(Some(Spanned { value, span }))
    }

    /// A string, or a whole number as text.
    pub(super) fn string_or_number(&mut self, key: &'static str) -> Result<Option<Spanned<Word>>, Error> {
        let Some(mut value) = self.take(key) else { return Ok(None) };
        let span = value.span.start..value.span.end;
        match value.take() {
            ValueInner::String(text) => Ok(Some(Spanned { value: Word::Text(text.into_owned()), span })),
            ValueInner::Integer(number) => Ok(Some(Spanned { value: Word::Number(number), span })),
            _ => Err(self.wrong(key, span, "a string or a number")),
        }
    }

    /// A table, under a name that is known.
    pub(super) fn section(&mut self, key: &'static str) -> Result<Option<Self>, Error> {
        let Some(value) = self.take(key) else { return Ok(None) };
        self.nested(key, value).map(Some)
    }

    /// Every table in it, whatever its name.
    pub(super) fn sections(mut self) -> Result<Vec<(String, Self)>, Error> {
        let table = std::mem::take(&mut self.table);
        table
            .into_iter()
            .map(|(key, value)| Ok((key.name.to_string(), self.nested(&key.name, value)?)))
            .collect()
    }

    /// Every key in it with its text, or the texts of the table behind it, whatever they are called.
    pub(super) fn texts(mut self) -> Result<Vec<(Spanned<String>, Texts)>, Error> {
        let table = std::mem::take(&mut self.table);
        let mut found = Vec::with_capacity(table.len());
        for (key, mut value) in table {
            let name = Spanned { value: key.name.to_string(), span: key.span.start..key.span.end };
            let span = value.span.start..value.span.end;
            let texts = match value.take() {
                ValueInner::String(text) => Texts::One(Spanned { value: text.into_owned(), span }),
                ValueInner::Table(inner) => {
                    let mut texts = Vec::with_capacity(inner.len());
                    for (key, mut value) in inner {
                        let span = value.span.start..value.span.end;
                        let ValueInner::String(text) = value.take() else {
                            return Err(self.wrong(
                                &format!("{}.{}", name.value, key.name),
                                span,
                                "a string",
                            ));
                        };
                        let inner =
                            Spanned { value: key.name.to_string(), span: key.span.start..key.span.end };
                        texts.push((inner, text.into_owned()));
                    }
                    Texts::Several(texts)
                }
                _ => return Err(self.wrong(&name.value, span, "a string or a table of strings")),
            };
            found.push((name, texts));
        }
        Ok(found)
    }

    fn nested(&self, key: &str, mut value: Value<'s>) -> Result<Self, Error> {
        let span = value.span.start..value.span.end;
        match value.take() {
            ValueInner::Table(table) => Ok(Self {
                source: self.source,
                prefix: format!("{}.", self.name(key)),
                span,
                table,
                known: Vec::new(),
            }),
            _ => Err(self.wrong(key, span, "a table")),
        }
    }

    /// Refuses what no call has taken.
    pub(super) fn finish(self) -> Result<(), Error> {
        let Some(Key { name, span }) = self.table.keys().min_by_key(|key| key.span.start) else {
            return Ok(());
        };
        let message = format!("unknown key `{}`", self.name(name).escape_debug());
        Err(self
            .source
            .error(span.start..span.end, message)
            .with_help(format!("the keys here are {}", self.known.join(", "))))
    }
}

/// A text, or several by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Texts {
    One(Spanned<String>),
    Several(Vec<(Spanned<String>, String)>),
}

/// A value that may be written as a text or as a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    Text(String),
    Number(i64),
}
