use std::{collections::BTreeMap, ops::Range, str::FromStr};

use super::file::Source;
use crate::{Code, Error, Label, RevisionId, Timestamp};

/// What the comment lines above the first section say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The first line.
    pub message: String,
    /// `Revision`.
    pub id: RevisionId,
    /// `Revises`: none for a base, several for a merge.
    pub revises: Vec<RevisionId>,
    /// `Depends-On`: revisions of other branches that must be applied first.
    pub depends_on: Vec<RevisionId>,
    /// `Labels`: names for the branch that begins here.
    pub labels: Vec<Label>,
    /// `Created`.
    pub created: Option<Timestamp>,
}

/// The keys of a header, as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Revision,
    Revises,
    Created,
    Labels,
    DependsOn,
    Replaces,
}

impl Key {
    const ALL: [(Self, &str); 6] = [
        (Self::Revision, "Revision"),
        (Self::Revises, "Revises"),
        (Self::Created, "Created"),
        (Self::Labels, "Labels"),
        (Self::DependsOn, "Depends-On"),
        (Self::Replaces, "Replaces"),
    ];

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name)| name.eq_ignore_ascii_case(word)).map(|(key, _)| key)
    }
}

/// A comment line of the header: its text without the dashes, and where that text stands.
struct Line {
    span: Range<usize>,
    entry: Option<Entry>,
}

struct Entry {
    word: Range<usize>,
    value: Range<usize>,
}

/// Reads the header, which is `source.text[range]`.
pub(super) fn parse(source: &Source<'_>, range: Range<usize>) -> Result<Header, Error> {
    let lines = comment_lines(source, range.clone())?;
    let text = source.text;
    let key_of = |line: &Line| line.entry.as_ref().and_then(|entry| Key::of(&text[entry.word.clone()]));

    // The first line is the message, whatever it looks like (`fix: typo`), unless it is the only place for a key.
    let is_message = lines.first().is_some_and(|first| match key_of(first) {
        None => true,
        Some(key) => lines[1..].iter().any(|line| key_of(line) == Some(key)),
    });
    let message = if is_message { text[lines[0].span.clone()].to_owned() } else { String::new() };

    let mut values: BTreeMap<Key, Range<usize>> = BTreeMap::new();
    for line in &lines[usize::from(is_message)..] {
        let Some(entry) = &line.entry else { continue };
        let Some(key) = key_of(line) else {
            return Err(source
                .error(
                    Code::UnknownKey,
                    entry.word.clone(),
                    format!("unknown key `{}` in the header", &text[entry.word.clone()]),
                )
                .with_help(format!(
                    "the keys are {}; prose after a colon belongs below `-- migrate:up`",
                    Key::ALL.map(|(_, name)| name).join(", ")
                )));
        };
        if values.insert(key, entry.value.clone()).is_some() {
            return Err(source.error(
                Code::BrokenRevision,
                entry.word.clone(),
                format!("`{}` stands twice in the header", &text[entry.word.clone()]),
            ));
        }
    }

    if let Some(span) = values.get(&Key::Replaces) {
        return Err(source
            .error(
                Code::BrokenRevision,
                span.clone(),
                "`Replaces` is reserved: squashed revisions cannot be read",
            )
            .with_help("keep the revisions that this one would replace, and remove the line"));
    }
    let Some(id) = values.get(&Key::Revision) else {
        return Err(source
            .error(Code::BrokenRevision, range.start..range.start, "the header has no `-- Revision: ID` line")
            .with_help("write files with `cargo migrate revision -m MESSAGE`, or add the line"));
    };
    let header = Header {
        message,
        id: one(source, id.clone())?,
        revises: list(source, values.get(&Key::Revises))?,
        depends_on: list(source, values.get(&Key::DependsOn))?,
        labels: list(source, values.get(&Key::Labels))?,
        created: values
            .get(&Key::Created)
            .map(|span| {
                text[span.clone()].parse().map_err(|error: crate::NotATimestamp| {
                    source.error(Code::BrokenRevision, span.clone(), format!("`Created`: {error}"))
                })
            })
            .transpose()?,
    };
    for (key, ids) in [(Key::Revises, &header.revises), (Key::DependsOn, &header.depends_on)] {
        if ids.contains(&header.id) {
            let span = values.get(&key).cloned().unwrap_or_default();
            return Err(source
                .error(Code::Cycle, span, format!("revision {} names itself as its own parent", header.id))
                .with_revision(header.id.as_str()));
        }
    }
    Ok(header)
}

fn comment_lines(source: &Source<'_>, range: Range<usize>) -> Result<Vec<Line>, Error> {
    let text = source.text;
    let mut lines = Vec::new();
    let mut start = range.start;
    for raw in text[range].split_inclusive('\n') {
        let line_start = start;
        start += raw.len();
        let trimmed = raw.trim();
        if trimmed.is_empty() {
            continue;
        }
        let indent = raw.len() - raw.trim_start().len();
        let Some(comment) = trimmed.strip_prefix("--") else {
            let at = line_start + indent;
            return Err(source
                .error(
                    Code::BrokenRevision,
                    at..at + trimmed.len(),
                    "SQL before the first section: it belongs to no direction",
                )
                .with_help("put a line `-- migrate:up` above it"));
        };
        let content = comment.trim();
        if content.is_empty() && lines.is_empty() {
            continue;
        }
        let at = line_start + indent + 2 + (comment.len() - comment.trim_start().len());
        lines.push(Line { span: at..at + content.len(), entry: entry(content, at) });
    }
    Ok(lines)
}

/// `Key: value`, where the key is one word of letters and dashes.
fn entry(content: &str, at: usize) -> Option<Entry> {
    let (word, value) = content.split_once(':')?;
    let is_word = word.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    let stands_apart = value.is_empty() || value.starts_with(char::is_whitespace);
    if !is_word || !(stands_apart || Key::of(word).is_some()) {
        return None;
    }
    let value_at = at + word.len() + 1 + (value.len() - value.trim_start().len());
    Some(Entry { word: at..at + word.len(), value: value_at..value_at + value.trim().len() })
}

fn one<T: FromStr<Err = Error>>(source: &Source<'_>, span: Range<usize>) -> Result<T, Error> {
    source.text[span.clone()].parse().map_err(|error: Error| {
        let located = source.error(error.code(), span, error.message());
        match error.help() {
            Some(help) => located.with_help(help),
            None => located,
        }
    })
}

fn list<T: FromStr<Err = Error> + PartialEq>(
    source: &Source<'_>,
    span: Option<&Range<usize>>,
) -> Result<Vec<T>, Error> {
    let Some(span) = span else { return Ok(Vec::new()) };
    let mut items = Vec::new();
    let mut start = span.start;
    if span.is_empty() {
        return Ok(items);
    }
    for raw in source.text[span.clone()].split(',') {
        let at = start + (raw.len() - raw.trim_start().len());
        start += raw.len() + 1;
        let item = one(source, at..at + raw.trim().len())?;
        if items.contains(&item) {
            return Err(source.error(
                Code::BrokenRevision,
                at..at + raw.trim().len(),
                format!("`{}` stands twice", raw.trim()),
            ));
        }
        items.push(item);
    }
    Ok(items)
}
