use std::{borrow::Cow, ops::Range};

use super::{
    header, review,
    script::{Block, Call, Script, Statement, Step},
    section::{self, Irreversible, Unwritten},
};
use crate::{
    Code, Dialect, Error, Place,
    graph::Node,
    revision::{Header, Section, Side},
    sql,
};

/// A revision file that was read and whose header and sections are sound. Its SQL is looked at only when a
/// [`script`](Self::script) is asked for.
#[derive(Debug, Clone)]
pub struct RevisionFile<'a> {
    name: Cow<'a, str>,
    text: Cow<'a, str>,
    header: Header,
    sections: Vec<Section>,
    /// With the place of its section in `sections`.
    unwritten: Vec<(usize, Unwritten)>,
    irreversible: Option<Irreversible>,
}

/// A text and what to call it in a message.
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn error(&self, code: Code, span: Range<usize>, message: impl Into<String>) -> Error {
        Error::new(code, message).with_place(Place::new(self.name, self.text, span))
    }
}

impl<'a> RevisionFile<'a> {
    /// Reads the header and the sections.
    ///
    /// `name` is what messages call the file.
    ///
    /// # Errors
    /// [`Code::BrokenRevision`], [`Code::UnknownKey`], [`Code::InvalidIdentifier`], [`Code::Cycle`], each with its place.
    ///
    /// ```
    /// use migrate_core::{Dialect, revision::{RevisionFile, Side}};
    ///
    /// let text = "-- add bio\n--\n-- Revision: 3f2a9c41d07b\n\n-- migrate:up\nALTER TABLE users ADD bio text;\n";
    /// let file = RevisionFile::parse("add_bio.sql", text)?;
    /// assert_eq!(file.header().message, "add bio");
    /// assert_eq!(file.script(Dialect::Sqlite, Side::Up)?.len(), 1);
    /// # Ok::<(), migrate_core::Error>(())
    /// ```
    pub fn parse(name: impl Into<Cow<'a, str>>, text: impl Into<Cow<'a, str>>) -> Result<Self, Error> {
        let (name, text) = (name.into(), text.into());
        let source = Source { name: &name, text: &text };
        let cut = section::parse(&source)?;
        let header = header::parse(&source, cut.header)?;
        let section::Cut { sections, unwritten, irreversible, .. } = cut;
        Ok(Self { name, text, header, sections, unwritten, irreversible })
    }

    /// What messages call the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands above the first section.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The sections, in file order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Why a downgrade through this revision is refused, if it is.
    pub fn irreversible(&self) -> Option<&str> {
        self.irreversible.as_ref().map(|irreversible| irreversible.reason.as_str())
    }

    /// The place of `span` in this file.
    pub fn place(&self, span: Range<usize>) -> Place {
        Place::new(&*self.name, &self.text, span)
    }

    /// What a human was to look at before the statement at `span` runs: what the comments `-- review: ...` directly above
    /// it say.
    pub fn reviews(&self, span: &Range<usize>) -> Vec<String> {
        review::above(&self.text, span.start)
    }

    /// The places that are held for statements that somebody has yet to write, in the sections that an engine runs.
    pub fn unwritten(&self, dialect: Dialect, side: Side) -> impl Iterator<Item = &Unwritten> {
        let is_run = move |section: &Section| section.side == side && section.serves(dialect);
        self.unwritten
            .iter()
            .filter(move |(at, _)| self.sections.get(*at).is_some_and(is_run))
            .map(|(_, one)| one)
    }

    /// Refuses a side on which a line `-- migrate:unwritten WHAT` still holds the place of a statement: it would be taken
    /// for done, and the database would stay behind.
    ///
    /// # Errors
    /// [`Code::Unwritten`], with the place of the first such line.
    ///
    /// ```
    /// use migrate_core::{Dialect, revision::{RevisionFile, Side}};
    ///
    /// let text = "-- a\n-- Revision: 3f2a\n-- migrate:up mysql\n-- migrate:unwritten drop column a.b\n-- migrate:up sqlite\n";
    /// let file = RevisionFile::parse("a.sql", text)?;
    /// assert!(file.require_nothing_unwritten(Dialect::Sqlite, Side::Up).is_ok());
    /// let error = file.require_nothing_unwritten(Dialect::Mysql, Side::Up).unwrap_err();
    /// assert_eq!(error.place().map(ToString::to_string).as_deref(), Some("a.sql:4:1"));
    /// # Ok::<(), migrate_core::Error>(())
    /// ```
    pub fn require_nothing_unwritten(&self, dialect: Dialect, side: Side) -> Result<(), Error> {
        let mut all = self.unwritten(dialect, side);
        let Some(Unwritten { what, span }) = all.next() else { return Ok(()) };
        let (id, way) = (&self.header.id, word(side));
        let what = if what.is_empty() { String::new() } else { format!(": {what}") };
        let more = match all.count() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        Err(Error::new(
            Code::Unwritten,
            format!("revision {id} has a statement for {dialect}, on its {way} side, that nobody has written yet{what}{more}"),
        )
        .with_help(format!(
            "write the statement in place of the line `-- migrate:unwritten`; if there is nothing to do for {dialect}, \
             remove the line"
        ))
        .with_place(self.place(span.clone()))
        .with_revision(id.as_str()))
    }

    /// What the graph needs to know.
    pub fn node(&self) -> Node {
        Node {
            id: self.header.id.clone(),
            revises: self.header.revises.clone(),
            depends_on: self.header.depends_on.clone(),
            labels: self.header.labels.clone(),
            created: self.header.created.clone(),
            message: self.header.message.clone(),
            irreversible: self.irreversible().map(str::to_owned),
        }
    }

    /// What an engine of `dialect` runs for one side: the sections that name it or name none, in file order.
    ///
    /// # Errors
    /// [`Code::MissingDialect`] where there are sections for other dialects only; [`Code::Irreversible`] for the down
    /// side of a revision that says so, or that has an up side and no down section; whatever the splitter finds, with
    /// its place.
    pub fn script(&self, dialect: Dialect, side: Side) -> Result<Script, Error> {
        let all: Vec<_> = self.sections.iter().filter(|section| section.side == side).collect();
        let served: Vec<_> = all.iter().filter(|section| section.serves(dialect)).collect();
        if served.is_empty() && !all.is_empty() {
            return Err(self.missing_dialect(dialect, side));
        }
        if side == Side::Down && all.is_empty() {
            self.refuse_undoing(dialect)?;
        }
        let mut script = Script::default();
        for section in served {
            let steps = self.steps(dialect, section)?;
            match script.blocks.last_mut() {
                Some(last) if last.transaction == section.transaction => last.steps.extend(steps),
                _ => script.blocks.push(Block { transaction: section.transaction, steps }),
            }
        }
        script.blocks.retain(|block| !block.steps.is_empty());
        Ok(script)
    }

    /// Refuses a revision that nobody has written yet: one without a statement on its up side for any engine.
    ///
    /// For one engine among several an empty section means that there is nothing to do there. For all of them it is the
    /// template as it came, which would be applied for good. A merge has nothing to do by its nature, and
    /// `-- migrate:irreversible REASON` says that somebody meant it.
    ///
    /// # Errors
    /// [`Code::Unwritten`]; what the splitter finds is left to [`script`](Self::script).
    ///
    /// ```
    /// use migrate_core::{Code, Dialect, revision::RevisionFile};
    ///
    /// let template = "-- add bio\n-- Revision: 3f2a\n\n-- migrate:up\n\n-- migrate:down\n";
    /// let error = RevisionFile::parse("bio.sql", template)?.require_written(&[Dialect::Sqlite]).unwrap_err();
    /// assert_eq!(error.code(), Code::Unwritten);
    /// # Ok::<(), migrate_core::Error>(())
    /// ```
    pub fn require_written(&self, dialects: &[Dialect]) -> Result<(), Error> {
        let is_merge = self.header.revises.len() > 1;
        if is_merge || self.irreversible.is_some() {
            return Ok(());
        }
        // A dialect that the project has given up may be the one that it was written for.
        let named = self.sections.iter().flat_map(|section| &section.dialects);
        let has_nothing = |dialect: &Dialect| match self.script(*dialect, Side::Up) {
            Ok(script) => script.is_empty(),
            Err(error) => error.code() == Code::MissingDialect,
        };
        if !dialects.iter().chain(named).all(has_nothing) {
            return Ok(());
        }
        let id = &self.header.id;
        Err(Error::new(
            Code::Unwritten,
            format!("{}: revision {id} has no statement to take the database up: it was not written yet", self.name),
        )
        .with_help(
            "write its `-- migrate:up`; or say that this is meant: with the statement `SELECT 1;`, or (if databases have \
             run it already) with `-- migrate:irreversible REASON` in place of its way back",
        )
        .with_revision(id.as_str()))
    }

    fn missing_dialect(&self, dialect: Dialect, side: Side) -> Error {
        let word = word(side);
        Error::new(
            Code::MissingDialect,
            format!("{}: revision {} has {word} sections, but none for {dialect}", self.name, self.header.id),
        )
        .with_help(format!(
            "add `-- migrate:{word} {dialect}` (an empty section means that there is nothing to do)"
        ))
        .with_revision(self.header.id.as_str())
    }

    fn refuse_undoing(&self, dialect: Dialect) -> Result<(), Error> {
        let message = match &self.irreversible {
            Some(Irreversible { reason, .. }) => {
                format!("revision {} cannot be undone: {reason}", self.header.id)
            }
            None if self.script(dialect, Side::Up)?.is_empty() => return Ok(()),
            None => format!("revision {} has no down section", self.header.id),
        };
        let error = Error::new(Code::Irreversible, format!("{}: {message}", self.name))
            .with_revision(self.header.id.as_str());
        Err(match &self.irreversible {
            Some(_) => error,
            None => error.with_help(
                "add `-- migrate:down`, or `-- migrate:irreversible REASON` if it cannot be undone",
            ),
        })
    }

    fn steps(&self, dialect: Dialect, section: &Section) -> Result<Vec<Step>, Error> {
        let pieces = sql::split(dialect, &self.text, section.span.clone()).map_err(|error| {
            let located = Error::new(error.code, error.message)
                .with_place(self.place(error.span))
                .with_revision(self.header.id.as_str());
            match error.help {
                Some(help) => located.with_help(help),
                None => located,
            }
        })?;
        let mut steps = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let span = piece.span;
            match piece.kind {
                sql::PieceKind::Call(name) => steps.push(Step::Call(Call { name, span })),
                sql::PieceKind::Statement => {
                    let statement = &self.text[span.clone()];
                    self.refuse_what_breaks_the_bookkeeping(dialect, section.transaction, statement, &span)?;
                    steps.push(Step::Statement(Statement { sql: statement.to_owned(), span }));
                }
            }
        }
        Ok(steps)
    }

    /// Transactions are the runner's: a statement that begins or ends one, or that locks tables away from the version
    /// table and the journal, would leave them behind what has happened.
    fn refuse_what_breaks_the_bookkeeping(
        &self,
        dialect: Dialect,
        transaction: bool,
        statement: &str,
        span: &Range<usize>,
    ) -> Result<(), Error> {
        let refuse = |code: Code, at: Range<usize>, message: String, help: &str| {
            Err(Error::new(code, message)
                .with_help(help)
                .with_place(self.place(span.start + at.start..span.start + at.end))
                .with_revision(self.header.id.as_str()))
        };
        let whole = || Vec::from([Range { start: 0, end: statement.len() }]);
        // Inside `migrate:begin` and `migrate:end` several statements may hide.
        let parts = match dialect {
            Dialect::Postgres | Dialect::Sqlite if statement.contains(';') => {
                match sql::split(dialect, statement, 0..statement.len()) {
                    Ok(pieces) => pieces.into_iter().map(|piece| piece.span).collect(),
                    Err(error) if error.code == Code::UnsupportedStatement => {
                        return refuse(
                            error.code,
                            error.span,
                            error.message,
                            error.help.as_deref().unwrap_or_default(),
                        );
                    }
                    Err(_) => whole(),
                }
            }
            Dialect::Postgres | Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => {
                whole()
            }
        };
        for part in parts {
            let text = &statement[part.clone()];
            // A batch of SQL Server that runs on its own may have a transaction of its own.
            let is_own_batch = dialect == Dialect::Mssql && !transaction;
            if let Some(word) = sql::transaction_control(dialect, text).filter(|_| !is_own_batch) {
                return refuse(
                    Code::UnsupportedStatement,
                    part,
                    format!("`{word}` would break the transaction that surrounds the revision"),
                    "remove it: a section runs in a transaction of its own, and one that is marked `transaction:off` \
                     runs each statement alone",
                );
            }
            let words = sql::leading_words(dialect, text, 2);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if dialect == Dialect::Sqlite
                && !transaction
                && matches!(words[..], ["SAVEPOINT" | "RELEASE", ..])
            {
                return refuse(
                    Code::UnsupportedStatement,
                    part,
                    format!("`{}` begins or ends a transaction where there is none", words[0]),
                    "remove `transaction:off`, or the savepoint",
                );
            }
            if gives_every_lock_back(dialect, &words, text) {
                return refuse(
                    Code::UnsupportedStatement,
                    part,
                    "this would give the migration lock back, and another process could begin".to_owned(),
                    "give back only the locks that the revision has taken",
                );
            }
            if matches!(dialect, Dialect::Mysql | Dialect::Mariadb)
                && let [first, second] = &sql::leading_words(dialect, text, 2)[..]
                && matches!(first.as_str(), "LOCK" | "UNLOCK")
                && matches!(second.as_str(), "TABLE" | "TABLES")
            {
                return refuse(
                    Code::UnsupportedStatement,
                    part,
                    format!(
                        "`{first} {second}` would keep the version table and the journal from being written"
                    ),
                    "remove it: while a revision runs, no other process migrates",
                );
            }
        }
        Ok(())
    }
}

/// The word of the section.
const fn word(side: Side) -> &'static str {
    match side {
        Side::Up => "up",
        Side::Down => "down",
    }
}

fn gives_every_lock_back(dialect: Dialect, words: &[&str], statement: &str) -> bool {
    let calls = |function: &str| statement.to_ascii_lowercase().contains(function);
    match dialect {
        Dialect::Postgres => matches!(words, ["DISCARD", "ALL", ..]) || calls("pg_advisory_unlock_all"),
        Dialect::Mysql | Dialect::Mariadb => calls("release_all_locks"),
        Dialect::Mssql | Dialect::Sqlite => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_written(sections: &str) -> bool {
        let text = format!("-- x\n-- Revision: aa\n{sections}");
        RevisionFile::parse("aa.sql", text)
            .unwrap()
            .require_written(&[Dialect::Sqlite, Dialect::Mysql])
            .is_ok()
    }

    #[test]
    fn the_template_as_it_came_is_not_written() {
        for untouched in [
            "",
            "-- migrate:up\n-- migrate:down\n",
            "-- migrate:up\n-- TODO: write it\n;\n-- migrate:down\n",
            "-- migrate:up sqlite\n-- migrate:up mysql\n-- migrate:down\n",
            "-- Depends-On: bb\n-- migrate:up\n",
            "-- Revises: bb\n-- migrate:up\n-- migrate:down\nDROP TABLE t;\n",
        ] {
            assert!(!is_written(untouched), "{untouched}");
        }
    }

    #[test]
    fn what_holds_a_place_is_refused_where_it_runs_and_nowhere_else() {
        let text = "-- x\n-- Revision: aa\n-- migrate:up\nSELECT 1;\n-- migrate:down sqlite\n-- migrate:down mysql\n\
                    -- migrate:unwritten add a\n-- migrate:unwritten add b\nSELECT 2;\n";
        let file = RevisionFile::parse("aa.sql", text).unwrap();
        assert!(file.require_nothing_unwritten(Dialect::Sqlite, Side::Down).is_ok());
        assert!(file.require_nothing_unwritten(Dialect::Mysql, Side::Up).is_ok());
        let error = file.require_nothing_unwritten(Dialect::Mysql, Side::Down).unwrap_err();
        assert_eq!(error.code(), Code::Unwritten);
        assert_eq!(
            error.message(),
            "revision aa has a statement for mysql, on its down side, that nobody has written yet: add a (and 1 more)"
        );
        // It is sealed all the same, and what is written there is read.
        assert_eq!(file.script(Dialect::Mysql, Side::Down).unwrap().len(), 1);
    }

    #[test]
    fn one_statement_for_one_engine_is_enough_and_so_is_a_merge_or_a_reason() {
        for written in [
            "-- migrate:up\nSELECT 1;\n",
            "-- migrate:up sqlite\n-- migrate:up mysql\nSELECT 1;\n",
            "-- migrate:up mysql,sqlite\n-- migrate:up postgres\nSELECT 1;\n",
            "-- migrate:up\n-- migrate:call backfill\n",
            "-- migrate:up\n-- migrate:irreversible a mark\n",
            "-- Revises: bb, cc\n-- migrate:up\n",
            // What cannot be split is for others to say.
            "-- migrate:up\nSELECT 'open;\n",
        ] {
            assert!(is_written(written), "{written}");
        }
    }
}
