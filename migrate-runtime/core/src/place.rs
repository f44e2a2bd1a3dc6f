use std::{fmt, ops::Range};

/// A line and a column in a text, both counted from 1; columns count characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The character in the line, from 1.
    pub column: u32,
}

impl Position {
    /// The position of byte `offset` in `text`. An offset past the end, or inside a character, counts as the
    /// nearest place before it.
    ///
    /// ```
    /// use migrate_core::Position;
    /// assert_eq!(Position::of("a\nbé;c", 6), Position { line: 2, column: 4 });
    /// ```
    pub fn of(text: &str, offset: usize) -> Self {
        let before = &text[..text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            line: count(before.bytes().filter(|byte| *byte == b'\n').count() + 1),
            column: count(before[line_start..].chars().count() + 1),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Where in a file something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user would name it (relative to the project where that is known).
    pub file: String,
    /// Where it begins.
    pub position: Position,
    /// The bytes of the file that it covers.
    pub span: Range<usize>,
}

impl Place {
    /// The place of `span` in `text`, which is the content of `file`.
    pub fn new(file: impl Into<String>, text: &str, span: Range<usize>) -> Self {
        Self { file: file.into(), position: Position::of(text, span.start), span }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.position)
    }
}
