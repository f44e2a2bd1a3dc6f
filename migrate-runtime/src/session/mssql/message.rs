//! Joins parts into messages, and finds the part that an error is about. Pure.
//!
//! What SQL Server gets as one message is one batch: it is parsed as a whole, declares its variables once, and some
//! statements want to be first or alone in it. Line numbers count from its first line.

use std::ops::Range;

use migrate_core::{Dialect, sql::leading_words};

use super::super::Part;

/// What is sent at once, and where each part of it stands.
pub(super) struct Message {
    pub(super) sql: String,
    segments: Vec<Segment>,
    /// The lines of the batch inside `EXEC`. As many blank lines stand before everything else, so that its lines and
    /// those of the message cannot be mistaken for each other.
    inner: usize,
}

struct Segment {
    part: usize,
    /// Lines of the message, from 1.
    lines: Range<usize>,
    script: Option<Place>,
}

/// How a batch of a revision stands in its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// As it is.
    Plain,
    /// Inside `EXEC(N'...')`: it wants a batch of its own.
    Wrapped,
}

/// Which parts go into which message: as few as can be.
///
/// - Two batches of a revision never share one: each has its own variables, and names are resolved batch by batch.
/// - For the same reason nothing of ours follows a batch that goes to another database.
pub(super) fn pack(parts: &[Part<'_>]) -> Vec<Range<usize>> {
    let mut messages = Vec::new();
    let mut start = 0;
    // Of the message's batch, whether ours may follow it.
    let mut batch: Option<bool> = None;
    for (at, part) in parts.iter().enumerate() {
        let is_full = match part {
            Part::Own(_) => batch == Some(false),
            Part::Script(_) => batch.is_some(),
        };
        if is_full {
            messages.push(start..at);
            start = at;
            batch = None;
        }
        if let Part::Script(sql) = part {
            batch = Some(!leading_words(Dialect::Mssql, sql, usize::MAX).iter().any(|word| word == "USE"));
        }
    }
    if start < parts.len() {
        messages.push(start..parts.len());
    }
    messages
}

impl Message {
    /// Joins the parts at `range`. The message ends with a row that holds `sentinel`: without it, the server has not
    /// come to the end.
    ///
    /// All of it stands in TRY: `SET XACT_ABORT ON` does not stop a batch after RAISERROR, after a procedure that fails
    /// with it (as `sp_rename` does), or after an error below level 16 (3701, a DROP of what is not there), and what
    /// follows, COMMIT in the end, would keep the other half of the revision. TRY is left at every error from level 11
    /// on. What it does not catch, a name in the batch itself that cannot be resolved, ends the batch. The manual:
    /// "TRY...CATCH (Transact-SQL)", Remarks and "Errors Unaffected by a TRY...CATCH Construct".
    pub(super) fn new(parts: &[Part<'_>], range: Range<usize>, sentinel: &str) -> Self {
        let wrapped = parts[range.clone()].iter().find_map(|part| match part {
            Part::Script(sql) if wants_its_own_batch(sql) => Some(*sql),
            _ => None,
        });
        let inner = wrapped.map_or(0, |sql| newlines(sql) + 1);
        let mut message = Self { sql: "\n".repeat(inner) + "BEGIN TRY\n", segments: Vec::new(), inner };
        let mut line = inner + 2;
        let mut after_script = true;
        for at in range {
            let script = match parts[at] {
                Part::Own(_) => None,
                Part::Script(sql) if wants_its_own_batch(sql) => Some(Place::Wrapped),
                Part::Script(_) => Some(Place::Plain),
            };
            let before = message.sql.len();
            if script.is_none() && after_script {
                // A limit that a batch has left behind would hold for our own DELETE.
                message.sql.push_str("SET ROWCOUNT 0;\n");
            }
            after_script = script.is_some();
            if script == Some(Place::Wrapped) {
                message.wrap(parts[at].sql());
            } else {
                message.sql.push_str(parts[at].sql());
            }
            // On a line of its own, so that a comment cannot swallow it; an `IF` without its statement ends here too.
            message.sql.push_str("\n;\n");
            let end = line + newlines(&message.sql[before..]);
            message.segments.push(Segment { part: at, lines: line..end, script });
            line = end;
        }
        message.sql.push_str("SELECT '");
        message.sql.push_str(sentinel);
        message.sql.push_str("'\nEND TRY\nBEGIN CATCH\nTHROW;\nEND CATCH");
        message
    }

    fn wrap(&mut self, sql: &str) {
        // A backslash before a newline continues a string, and both would vanish: the literal is cut between them.
        // EXEC concatenates without a limit.
        let literal = sql.replace('\'', "''").replace("\\\n", "\\'+N'\n").replace("\\\r\n", "\\'+N'\r\n");
        self.sql.push_str("EXEC(N'");
        self.sql.push_str(&literal);
        self.sql.push_str("')");
    }

    /// The part that an error without a place is about: the revision's if there is one.
    pub(super) fn main_part(&self) -> usize {
        let script = self.segments.iter().find(|segment| segment.script.is_some());
        script.or(self.segments.first()).map_or(0, |segment| segment.part)
    }

    /// The part that an error is about, and the byte in it: from the server's line number, which counts from 1, and
    /// the procedure that it names.
    pub(super) fn locate(&self, parts: &[Part<'_>], line: usize, procedure: &str) -> (usize, Option<usize>) {
        let main = self.main_part();
        let sql = parts.get(main).map_or("", |part| part.sql());
        if (1..=self.inner).contains(&line) && (procedure.is_empty() || names(sql, procedure)) {
            return (main, line_start(sql, line));
        }
        if !procedure.is_empty() {
            // The line is one of a procedure or a trigger that was there before.
            return (main, None);
        }
        match self.segments.iter().find(|segment| segment.lines.contains(&line)) {
            Some(Segment { part, lines, script: Some(Place::Plain) }) => {
                (*part, line_start(sql, line - lines.start + 1))
            }
            Some(segment) => (segment.part, None),
            None => (main, None),
        }
    }
}

/// Whether a batch creates the thing that an error names as its procedure.
fn names(sql: &str, procedure: &str) -> bool {
    let name = procedure.rsplit('.').next().unwrap_or_default().to_lowercase();
    sql.to_lowercase().contains(&name)
}

/// The first byte that is not white space on the line, counted from 1.
fn line_start(sql: &str, line: usize) -> Option<usize> {
    let start: usize = sql.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let rest = sql.get(start..).filter(|rest| !rest.is_empty())?;
    Some(start + (rest.len() - rest.trim_start().len()))
}

fn newlines(sql: &str) -> usize {
    sql.bytes().filter(|byte| *byte == b'\n').count()
}

/// What a batch creates or alters: the word behind CREATE, ALTER or CREATE OR ALTER.
fn creates(sql: &str) -> Option<String> {
    let words = leading_words(Dialect::Mssql, sql, 4);
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["CREATE", "OR", "ALTER", kind, ..] | ["CREATE", kind, ..] => Some(kind.to_owned()),
        // ALTER SCHEMA needs no batch of its own.
        ["ALTER", kind, ..] if kind != "SCHEMA" => Some(kind.to_owned()),
        _ => None,
    }
}

/// Whether the batch must begin with its statement, so that nothing can be put before it.
fn wants_its_own_batch(sql: &str) -> bool {
    creates(sql).is_some_and(|kind| FIRST_IN_BATCH.contains(&kind.as_str()))
}

const FIRST_IN_BATCH: [&str; 8] =
    ["VIEW", "PROC", "PROCEDURE", "FUNCTION", "TRIGGER", "DEFAULT", "RULE", "SCHEMA"];
