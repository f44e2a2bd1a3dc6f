use super::lexer::is_white;

/// A line of its own `-- migrate:WORD ARGUMENT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directive<'t> {
    pub(super) word: &'t str,
    pub(super) argument: &'t str,
    /// From `--` to the end of what is written on the line.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the line's newline stands, or the end of the text.
    pub(super) line_end: usize,
}

/// The directive whose `--` stands at `start`, which must be the first thing on its line.
pub(super) fn at(text: &str, start: usize) -> Option<Directive<'_>> {
    let rest = text.get(start..)?.strip_prefix("--")?;
    let content = rest.trim_start_matches([' ', '\t']).strip_prefix("migrate:")?;
    let content_start = text.len() - content.len();
    let content = content.split_once('\n').map_or(content, |(line, _)| line);
    let line_end = content_start + content.len();
    let content = content.trim_end();
    let (word, argument) = content.split_once([' ', '\t']).unwrap_or((content, ""));
    let argument = argument.trim();
    Some(Directive { word, argument, start, end: content_start + content.len(), line_end })
}

/// The first directive on a line after byte `from`, without regard to quotes.
pub(super) fn next_line(text: &str, from: usize) -> Option<Directive<'_>> {
    let mut from = from;
    while let Some(length) = text.get(from..)?.find('\n') {
        from += length + 1;
        let indent =
            text.as_bytes().get(from..)?.iter().take_while(|byte| is_white(**byte) && **byte != b'\n');
        if let Some(directive) = at(text, from + indent.count()) {
            return Some(directive);
        }
    }
    None
}
