use std::ops::Range;

use super::file::Source;
use crate::{Code, Dialect, Error};

/// Which way a section leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// `-- migrate:up`.
    Up,
    /// `-- migrate:down`.
    Down,
}

/// A part of the file that some engines run in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Up or down.
    pub side: Side,
    /// The dialects that it names; none means every one.
    pub dialects: Vec<Dialect>,
    /// Whether it runs in the revision's transaction (not with `transaction:off`).
    pub transaction: bool,
    /// The bytes of its marker line, such as `-- migrate:up`.
    pub marker: Range<usize>,
    /// The bytes of the file that are its SQL, without the marker line.
    pub span: Range<usize>,
}

impl Section {
    /// Whether an engine of this dialect runs it.
    pub fn serves(&self, dialect: Dialect) -> bool {
        self.dialects.is_empty() || self.dialects.contains(&dialect)
    }
}

/// What a revision says about being undone, in place of a down section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Irreversible {
    pub(super) reason: String,
    pub(super) span: Range<usize>,
}

/// A line `-- migrate:unwritten WHAT`: it holds the place of a statement that somebody has yet to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritten {
    /// What the statement is to do; with the comment lines below that are set in.
    pub what: String,
    /// The bytes of the line.
    pub span: Range<usize>,
}

pub(super) struct Cut {
    pub(super) header: Range<usize>,
    pub(super) sections: Vec<Section>,
    /// With the place of its section in `sections`.
    pub(super) unwritten: Vec<(usize, Unwritten)>,
    pub(super) irreversible: Option<Irreversible>,
}

/// Cuts the file at its `-- migrate:up`, `-- migrate:down` and `-- migrate:irreversible` lines.
pub(super) fn parse(source: &Source<'_>) -> Result<Cut, Error> {
    let text = source.text;
    let body_start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut found = Cut {
        header: body_start..text.len(),
        sections: Vec::new(),
        unwritten: Vec::new(),
        irreversible: None,
    };
    let mut open = false;
    let mut start = body_start;
    let mut wrapped_to = body_start;
    for raw in text[body_start..].split_inclusive('\n') {
        let (line_start, line_end) = (start, start + raw.len());
        start = line_end;
        // What is wrapped is a statement, whatever it looks like.
        if line_start < wrapped_to {
            continue;
        }
        let Some((directive, arguments)) = marker(text, line_start..line_end) else { continue };
        let name = &text[directive.clone()];
        let in_header = found.sections.is_empty() && found.irreversible.is_none();
        let side = match name {
            "up" => Some(Side::Up),
            "down" => Some(Side::Down),
            "irreversible" => None,
            "unwritten" if open => {
                let what = unwritten(text, arguments, line_end);
                let span = line_start..line_start + text[line_start..line_end].trim_end().len();
                found.unwritten.push((found.sections.len() - 1, Unwritten { what, span }));
                continue;
            }
            // These belong to the statements of a section; the splitter reads them.
            "begin" | "end" | "call" if open => {
                if name == "begin" {
                    wrapped_to = end_of_wrapped(text, line_end).unwrap_or(line_end);
                }
                continue;
            }
            "begin" | "end" | "call" | "unwritten" => {
                return Err(source.error(
                    Code::BrokenRevision,
                    directive,
                    format!("`migrate:{name}` stands outside a section"),
                ));
            }
            _ => {
                return Err(source
                    .error(
                        Code::BrokenRevision,
                        directive.clone(),
                        format!("unknown directive `migrate:{name}`"),
                    )
                    .with_help(
                        "the directives are migrate:up, down, irreversible, begin, end, call and unwritten",
                    ));
            }
        };
        if in_header {
            found.header.end = line_start;
        }
        if open && let Some(last) = found.sections.last_mut() {
            last.span.end = line_start;
        }
        if let Some(side) = side {
            let (dialects, transaction) = options(source, arguments)?;
            found.sections.push(Section {
                side,
                dialects,
                transaction,
                marker: line_start..line_end,
                span: line_end..text.len(),
            });
            open = true;
        } else {
            irreversible(source, &mut found, line_start..line_end, arguments)?;
            open = false;
        }
    }
    if let Some(Irreversible { span, .. }) = &found.irreversible {
        if found.sections.iter().any(|section| section.side == Side::Down) {
            return Err(source
                .error(
                    Code::BrokenRevision,
                    span.clone(),
                    "the revision has a down section and says that it is irreversible",
                )
                .with_help("keep one of the two"));
        }
        let after = found.sections.iter().all(|section| section.span.end <= span.start);
        let rest =
            text[span.end..].lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("--"));
        if let (true, Some(rest)) = (after, rest) {
            let at = span.end + text[span.end..].find(rest).unwrap_or(0);
            return Err(source
                .error(
                    Code::BrokenRevision,
                    at..at + rest.len(),
                    "SQL below `migrate:irreversible` belongs to no section",
                )
                .with_help("put `-- migrate:up` above it, or remove it"));
        }
    }
    Ok(found)
}

/// What is said behind the word, and in the comment lines below that are set in.
fn unwritten(text: &str, arguments: Range<usize>, from: usize) -> String {
    let indented = |line: &str| {
        let words = line.trim_start().strip_prefix("--")?;
        words.starts_with("  ").then(|| words.trim().to_owned())
    };
    let mut what = text[arguments].to_owned();
    for words in text[from..].lines().map_while(indented) {
        what.push(' ');
        what.push_str(&words);
    }
    what
}

/// Where the line `-- migrate:end` begins that belongs to the `-- migrate:begin` before `from`. None if there is none, and
/// where another `begin` comes before it: one of the two is not closed, and the sections must not be swallowed.
fn end_of_wrapped(text: &str, from: usize) -> Option<usize> {
    let mut start = from;
    for raw in text[from..].split_inclusive('\n') {
        let line = start..start + raw.len();
        start = line.end;
        let Some((directive, _)) = marker(text, line.clone()) else { continue };
        match &text[directive] {
            "end" => return Some(line.start),
            "begin" => return None,
            _ => {}
        }
    }
    None
}

fn irreversible(
    source: &Source<'_>,
    found: &mut Cut,
    line: Range<usize>,
    reason: Range<usize>,
) -> Result<(), Error> {
    if reason.is_empty() {
        return Err(source
            .error(Code::BrokenRevision, line, "`migrate:irreversible` needs a reason")
            .with_help("write why on the same line: it is what the operator of a downgrade will read"));
    }
    if found.irreversible.is_some() {
        return Err(source.error(Code::BrokenRevision, line, "`migrate:irreversible` stands twice"));
    }
    found.irreversible = Some(Irreversible { reason: source.text[reason].to_owned(), span: line });
    Ok(())
}

/// `-- migrate:NAME ARGUMENTS`, alone on its line: the spans of the name and of the arguments.
fn marker(text: &str, line: Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    let raw = &text[line.clone()];
    let after_dashes = raw.trim_start().strip_prefix("--")?;
    let content = after_dashes.trim_start().strip_prefix("migrate:")?;
    let name = content.split(char::is_whitespace).next().unwrap_or_default();
    let name_at = line.end - content.len();
    let rest = &content[name.len()..];
    let arguments_at = name_at + name.len() + (rest.len() - rest.trim_start().len());
    Some((
        name_at..name_at + name.len(),
        arguments_at.min(line.end)..arguments_at.min(line.end) + rest.trim().len(),
    ))
}

fn options(source: &Source<'_>, span: Range<usize>) -> Result<(Vec<Dialect>, bool), Error> {
    let (mut dialects, mut transaction) = (Vec::new(), true);
    let mut at = span.start;
    for word in source.text[span].split([',', ' ', '\t']) {
        let here = at..at + word.len();
        at = here.end + 1;
        match word {
            "" => {}
            "transaction:off" => transaction = false,
            "transaction:on" => transaction = true,
            _ => match word.parse::<Dialect>() {
                Ok(dialect) if dialects.contains(&dialect) => {
                    return Err(source.error(Code::BrokenRevision, here, format!("`{word}` stands twice")));
                }
                Ok(dialect) => dialects.push(dialect),
                Err(_) => {
                    return Err(source
                        .error(
                            Code::BrokenRevision,
                            here,
                            format!("`{word}` is neither a dialect nor an option of a section"),
                        )
                        .with_help(
                            "dialects: postgres, mysql, mariadb, mssql, sqlite; option: transaction:off",
                        ));
                }
            },
        }
    }
    Ok((dialects, transaction))
}

#[cfg(test)]
mod tests {
    use crate::{
        Dialect,
        revision::{RevisionFile, Side, Step},
    };

    const HEADER: &str = "-- a\n-- Revision: aaaa\n\n-- migrate:up\n";

    fn statements(text: &str, side: Side) -> Vec<String> {
        let text = format!("{HEADER}{text}");
        let file = RevisionFile::parse("a.sql", text).unwrap();
        let script = file.script(Dialect::Postgres, side).unwrap();
        let sql = |step: &Step| match step {
            Step::Statement(statement) => statement.sql.clone(),
            Step::Call(call) => call.name.clone(),
        };
        script.steps().map(sql).collect()
    }

    #[test]
    fn what_is_wrapped_is_no_section() {
        let text = "a;\n-- migrate:begin\nb '\n-- migrate:down\n-- migrate:what\n';\n-- migrate:end\nc;\n-- migrate:down\nd;\n";
        assert_eq!(statements(text, Side::Up), ["a", "b '\n-- migrate:down\n-- migrate:what\n'", "c"]);
        assert_eq!(statements(text, Side::Down), ["d"]);
    }

    #[test]
    fn what_is_yet_to_be_written_belongs_to_the_section_above() {
        let text = format!(
            "{HEADER}-- migrate:unwritten drop a\n--   and b\n-- so\na;\n-- migrate:begin\n-- migrate:unwritten x\n-- \
             migrate:end\n-- migrate:down mysql\n  --  migrate:unwritten\n"
        );
        let file = RevisionFile::parse("a.sql", text.as_str()).unwrap();
        let of = |dialect, side| -> Vec<_> {
            file.unwritten(dialect, side)
                .map(|one| (one.what.as_str(), text[one.span.clone()].trim_start()))
                .collect()
        };
        assert_eq!(of(Dialect::Postgres, Side::Up), [("drop a and b", "-- migrate:unwritten drop a")]);
        assert_eq!(of(Dialect::Mysql, Side::Down), [("", "--  migrate:unwritten")]);
        assert!(of(Dialect::Postgres, Side::Down).is_empty());
        assert_eq!(statements("-- migrate:unwritten a\nb\n-- migrate:unwritten c\n;\n", Side::Up).len(), 1);
        let outside = "-- a\n-- Revision: aaaa\n-- migrate:unwritten a\n-- migrate:up\n";
        let error = RevisionFile::parse("a.sql", outside).unwrap_err();
        assert_eq!(error.message(), "`migrate:unwritten` stands outside a section");
    }

    #[test]
    fn what_is_not_closed_swallows_no_section() {
        for text in [
            "-- migrate:begin\na;\n-- migrate:down\nb;\n",
            "-- migrate:begin\na;\n-- migrate:down\n-- migrate:begin\nb;\n-- migrate:end\n",
        ] {
            let file = RevisionFile::parse("a.sql", format!("{HEADER}{text}")).unwrap();
            assert_eq!(file.sections().len(), 2, "{text}");
            let error = file.script(Dialect::Postgres, Side::Up).unwrap_err();
            assert!(error.message().contains("migrate:begin"), "{error:?}");
        }
    }
}
