//! The line of the file that an error is about.

use std::{fs, ops::Range, path::Path};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use migrate_core::{Error, Position};

/// An excerpt of the error's file, with the place marked. Nothing if the error has no place, the file has changed since,
/// or the line may hold a password.
pub(crate) fn excerpt(error: &Error, colored: bool) -> Option<String> {
    let place = error.place()?;
    let text = fs::read_to_string(&place.file).ok()?;
    if text.get(place.span.clone()).is_none() || Position::of(&text, place.span.start) != place.position {
        return None;
    }
    let span = in_one_line(&text, place.span.clone());
    let line_start = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[span.start..].find('\n').map_or(text.len(), |newline| span.start + newline);
    let is_sql = Path::new(&place.file).extension().is_some_and(|ending| ending == "sql");
    if !is_sql && may_hold_password(&text[line_start..line_end]) {
        return None;
    }
    // Without a title: the console has written message and code.
    let snippet = Snippet::source(text.as_str())
        .path(place.file.as_str())
        .annotation(AnnotationKind::Primary.span(span));
    let group = Group::with_level(Level::ERROR).element(snippet);
    let renderer = if colored { Renderer::styled() } else { Renderer::plain() };
    Some(renderer.render(&[group]))
}

/// Whether a line of a configuration had better not stand in a log.
fn may_hold_password(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    ["://", "@", "password", "passwd", "pwd", "secret", "token"].iter().any(|word| line.contains(word))
}

/// A statement may be long; its first line says which one it is.
fn in_one_line(text: &str, span: Range<usize>) -> Range<usize> {
    let end = text[span.clone()].find(['\n', '\r']).map_or(span.end, |newline| span.start + newline);
    span.start..end
}
