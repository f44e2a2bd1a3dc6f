use std::{error, fmt};

use crate::Place;

macro_rules! codes {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $exit:literal;)+) => {
        /// What went wrong, as one word that scripts can match on. `docs` and `--format json` show its kebab-case name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])+ $variant,)+
        }

        impl Code {
            /// Every code, in the order of this list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The kebab-case name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What a process that ends with this error returns to its caller: 1 failed, 2 usage, 3 check or verify
            /// found something to do, 4 a decision is needed, 5 the wait for the lock ran out.
            pub const fn exit_code(self) -> u8 {
                match self { $(Self::$variant => $exit,)+ }
            }
        }
    };
}

codes! {
    /// The command line, or the arguments of a call, make no sense.
    Usage = "usage", 2;
    /// A word is not a valid revision id or branch label.
    InvalidIdentifier = "invalid-identifier", 1;
    /// A revision file's header or sections cannot be read.
    BrokenRevision = "broken-revision", 1;
    /// A header has a key that does not exist.
    UnknownKey = "unknown-key", 1;
    /// A statement does not end: an open quote, comment, body or delimiter.
    UnterminatedStatement = "unterminated-statement", 1;
    /// Something that only the engine's own client understands, or that would break the transaction around the revision.
    UnsupportedStatement = "unsupported-statement", 1;
    /// No revision has this id, prefix or label.
    UnknownRevision = "unknown-revision", 1;
    /// Several revisions fit this prefix.
    AmbiguousRevision = "ambiguous-revision", 1;
    /// There are several heads and the command needs one.
    MultipleHeads = "multiple-heads", 1;
    /// The target of a downgrade is not below what is applied, or a range's start not below its end.
    NotAnAncestor = "not-an-ancestor", 1;
    /// A relative identifier walks past the base or a head.
    OutOfRange = "out-of-range", 1;
    /// A relative identifier meets a fork.
    AmbiguousWalk = "ambiguous-walk", 1;
    /// Revisions depend on each other in a circle.
    Cycle = "cycle", 1;
    /// A revision names a parent or a dependency that does not exist.
    MissingParent = "missing-parent", 1;
    /// Two files have one revision id.
    DuplicateRevision = "duplicate-revision", 1;
    /// Two revisions have one label, or a label is also a revision id.
    DuplicateLabel = "duplicate-label", 1;
    /// A revision file has no entry in migrate.lock, or the entry no longer matches it.
    NotSealed = "not-sealed", 1;
    /// migrate.lock cannot be read.
    BrokenLock = "broken-lock", 1;
    /// A revision was edited, re-parented or removed after a database had run it.
    Tampered = "tampered", 1;
    /// Another process holds the migration lock, and the configured wait ran out.
    Locked = "locked", 5;
    /// A downgrade would pass a revision that says it cannot be undone.
    Irreversible = "irreversible", 1;
    /// The database has revisions that this program does not know.
    DatabaseAhead = "database-ahead", 1;
    /// `verify` or `check` found something to do.
    NotCurrent = "not-current", 3;
    /// A revision stopped half way on an engine that cannot roll it back.
    Interrupted = "interrupted", 1;
    /// A revision has no up section for this engine.
    MissingDialect = "missing-dialect", 1;
    /// A revision has nothing to do for any engine, and does not say that this is meant; or it holds the place of a
    /// statement that is yet to be written.
    Unwritten = "unwritten", 1;
    /// The server's dialect is not one that the project lists.
    DialectNotConfigured = "dialect-not-configured", 1;
    /// A command of `[hooks]` failed, or the editor did.
    HookFailed = "hook-failed", 1;
    /// A revision calls a Rust step that nobody registered.
    UnknownStep = "unknown-step", 1;
    /// A registered Rust step failed.
    StepFailed = "step-failed", 1;
    /// The server refused a statement of a revision.
    StatementFailed = "statement-failed", 1;
    /// The server refused a statement of our own.
    Database = "database", 1;
    /// The server cannot be reached, or refused to let us in.
    ConnectionFailed = "connection-failed", 1;
    /// The connection broke while work was under way.
    ConnectionLost = "connection-lost", 1;
    /// The database URL cannot be read.
    InvalidUrl = "invalid-url", 1;
    /// The URL is for an engine that does not exist.
    UnknownEngine = "unknown-engine", 1;
    /// The URL is for an engine that was not compiled in.
    EngineNotCompiled = "engine-not-compiled", 1;
    /// The database, or the user's rights on it, allow no writing.
    ReadOnly = "read-only", 1;
    /// No migrate.toml was found, or no cargo project.
    NoProject = "no-project", 1;
    /// migrate.toml cannot be used.
    InvalidConfiguration = "invalid-configuration", 1;
    /// A file that would be written exists already.
    AlreadyExists = "already-exists", 1;
    /// A file or folder cannot be read or written.
    Io = "io", 1;
    /// A tool that we call failed (an editor, a hook, git).
    ToolFailed = "tool-failed", 1;
    /// A type of the models cannot be resolved.
    UnresolvedType = "unresolved-type", 1;
    /// The engine cannot do what the models ask for.
    Unsupported = "unsupported", 1;
    /// A model's attributes contradict each other, or the models contradict one another.
    InvalidModel = "invalid-model", 1;
    /// There is no model to compare with, or no table to write one of.
    NoModels = "no-models", 1;
    /// A rename or a drop must be decided first.
    NeedsDecision = "needs-decision", 4;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A fact beside an error's message, for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A word or a text.
    Text(String),
    /// A count or a position.
    Number(i64),
    /// Several words, such as the candidates for an ambiguous one.
    List(Vec<String>),
}

/// Whatever can go wrong: what happened, where, and the command that mends it.
///
/// The message is a lower-case fragment without a full stop, so that it can stand behind `error: `.
///
/// What a `main` that returns it shows (its `Debug`) is for people too: place, message, help.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    message: String,
    help: Option<String>,
    place: Option<Place>,
    revision: Option<String>,
    details: Vec<(&'static str, Detail)>,
}

impl Error {
    /// An error with nothing but a code and a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            help: None,
            place: None,
            revision: None,
            details: Vec::new(),
        }))
    }

    /// Says what the reader should do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Says what else the reader should know or do, on a line of its own below what is said already.
    #[must_use]
    pub fn with_more_help(mut self, help: impl AsRef<str>) -> Self {
        match &mut self.0.help {
            Some(said) => {
                said.push('\n');
                said.push_str(help.as_ref());
            }
            none => *none = Some(help.as_ref().to_owned()),
        }
        self
    }

    /// Says where it is.
    #[must_use]
    pub fn with_place(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    /// Says which revision it is about.
    #[must_use]
    pub fn with_revision(mut self, revision: impl Into<String>) -> Self {
        self.0.revision = Some(revision.into());
        self
    }

    /// Adds a fact for programs.
    #[must_use]
    pub fn with_detail(mut self, key: &'static str, value: Detail) -> Self {
        self.0.details.push((key, value));
        self
    }

    /// Adds a list of words for programs.
    #[must_use]
    pub fn with_list<T: fmt::Display>(self, key: &'static str, words: impl IntoIterator<Item = T>) -> Self {
        self.with_detail(key, Detail::List(words.into_iter().map(|word| word.to_string()).collect()))
    }

    /// What went wrong, for programs.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What went wrong, for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it: a line, or several.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Where it is.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The revision that it is about.
    pub fn revision(&self) -> Option<&str> {
        self.0.revision.as_deref()
    }

    /// Facts for programs, in the order in which they were added.
    pub fn details(&self) -> &[(&'static str, Detail)] {
        &self.0.details
    }
}

impl fmt::Display for Error {
    /// One line: place, message. The help stays out of it: a caller that has room shows [`Error::help`] below.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.0.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} [{}]", self.0.code)?;
        match &self.0.help {
            Some(help) => write!(f, "\n  help: {}", help.replace('\n', "\n        ")),
            None => Ok(()),
        }
    }
}

impl error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_main_shows_is_for_people() {
        let error = Error::new(Code::Locked, "another process migrates").with_help("wait");
        assert_eq!(format!("{error:?}"), "another process migrates [locked]\n  help: wait");
        let error = error.with_more_help("or ask");
        assert_eq!(error.help(), Some("wait\nor ask"));
        assert_eq!(format!("{error:?}"), "another process migrates [locked]\n  help: wait\n        or ask");
        assert_eq!(Error::new(Code::Locked, "x").with_more_help("wait").help(), Some("wait"));
    }

    #[test]
    fn names_are_kebab_case_and_unique() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
