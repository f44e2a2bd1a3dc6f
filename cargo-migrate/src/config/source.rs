use std::ops::Range;

use migrate_core::{Code, Error, Place};

/// A text and what messages call it.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A value and the bytes of the file that say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

impl Source {
    pub(crate) fn new(name: impl Into<String>, text: &str) -> Self {
        // Editors put a byte order mark there, and TOML knows none.
        Self { name: name.into(), text: text.strip_prefix('\u{feff}').unwrap_or(text).to_owned() }
    }

    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        Place::new(self.name.as_str(), &self.text, span)
    }

    pub(crate) fn error(&self, span: Range<usize>, message: impl Into<String>) -> Error {
        Error::new(Code::InvalidConfiguration, message).with_place(self.place(span))
    }
}
