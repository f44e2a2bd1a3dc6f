//! A file of Rust source.

use std::{fs, path::Path};

use migrate_core::{Code, Error, Place};
use proc_macro2::Span;

use crate::paths::shown;

/// A file among those of [`Models`](super::Models).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id(pub(super) usize);

#[derive(Debug)]
pub(super) struct Source {
    /// As messages name it.
    name: String,
    text: String,
    /// Where Rust begins, behind a byte order mark and the line of a script's interpreter.
    start: usize,
}

impl Source {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let name = shown(path);
        let bytes = fs::read(path).map_err(|error| Error::new(Code::Io, format!("{name}: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let sound = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(&error.as_bytes()[..sound]);
            Error::new(Code::InvalidModel, "not UTF-8").with_place(Place::new(
                name.as_str(),
                &text,
                sound..sound,
            ))
        })?;
        Ok(Self::new(name, text))
    }

    pub(super) fn new(name: String, text: String) -> Self {
        let mark = text.len() - text.strip_prefix('\u{feff}').unwrap_or(&text).len();
        let rest = &text[mark..];
        // `#![...]` is an attribute.
        let line = match rest.strip_prefix("#!") {
            Some(behind) if !behind.trim_start().starts_with('[') => rest.find('\n').unwrap_or(rest.len()),
            _ => 0,
        };
        Self { start: mark + line, name, text }
    }

    /// What the parser gets. Spans count from its beginning.
    pub(super) fn rust(&self) -> &str {
        &self.text[self.start..]
    }

    pub(super) fn place(&self, span: Span) -> Place {
        let bytes = span.byte_range();
        Place::new(self.name.as_str(), &self.text, bytes.start + self.start..bytes.end + self.start)
    }

    /// What stands at a place.
    pub(super) fn text_of(&self, place: &Place) -> String {
        self.text[place.span.clone()].split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The file as a whole.
    pub(super) fn beginning(&self) -> Place {
        Place::new(self.name.as_str(), &self.text, 0..0)
    }

    /// The errors of a parser, each with its place and what to do.
    pub(super) fn errors(&self, error: syn::Error) -> impl Iterator<Item = Error> {
        error.into_iter().map(|error| {
            let text = error.to_string();
            let (message, help) = match migrate_models::parts(&text) {
                ("cannot parse string into token stream", _) => {
                    ("this is no Rust: a bracket or a quote has no counterpart", None)
                }
                parts => parts,
            };
            let located = Error::new(Code::InvalidModel, message).with_place(self.place(error.span()));
            match help {
                Some(help) => located.with_help(help),
                None => located,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_begins_behind_a_byte_order_mark_and_an_interpreter() {
        let rust = |text: &str| Source::new("a.rs".into(), text.into()).rust().to_owned();
        assert_eq!(rust("\u{feff}mod a;"), "mod a;");
        assert_eq!(rust("#!/usr/bin/env cargo\nmod a;"), "\nmod a;");
        assert_eq!(rust("#![allow(x)]\nmod a;"), "#![allow(x)]\nmod a;");
        assert_eq!(rust("#!"), "");
    }
}
