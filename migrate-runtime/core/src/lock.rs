//! `migrate.lock`: which revisions exist, sealed.

use std::{collections::BTreeMap, fmt::Write as _, ops::Range};

use toml_span::{Value, value::ValueInner};

use crate::{Code, Dialect, Error, Place, RevisionId, seal::Seal};

/// The name of the file, beside the versions folder.
pub const LOCK_FILE: &str = "migrate.lock";

const HEAD: &str = "\
# Written by cargo migrate; commit it. It lists every revision with its checksums, so that an edited revision,
# a lost file and two branches that both add one are noticed. `cargo migrate lock` brings it up to date.
version = 1
";

/// The content of `migrate.lock`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// In the order in which they were added, which is topological.
    pub revisions: Vec<Sealed>,
}

/// One revision, as it was when it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The revision.
    pub id: RevisionId,
    /// Its file, relative to the folder of `migrate.lock`, with `/` between folders.
    pub file: String,
    /// For each dialect that the project serves.
    pub seals: BTreeMap<Dialect, Seal>,
}

impl Lock {
    /// Reads the text of a lock file that messages call `name`.
    ///
    /// # Errors
    /// [`Code::BrokenLock`], with its place: not TOML, left-over conflict markers, another version, a missing or
    /// unknown key, an id that stands twice.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let reader = Reader { name, text };
        if let Some(at) = conflict_marker(text) {
            return Err(reader.error(at, "left-over conflict markers of a git merge").with_help(
                "keep both sides' entries, or just run `cargo migrate lock`: it writes the file anew",
            ));
        }
        let mut root = toml_span::parse(text)
            .map_err(|error| reader.error(error.span.start..error.span.end, format!("not TOML: {error}")))?;
        let at = span(&root);
        let ValueInner::Table(mut table) = root.take() else {
            return Err(reader.error(at, "expected a table"));
        };
        match table.remove("version") {
            Some(mut version) => {
                let here = span(&version);
                if !matches!(version.take(), ValueInner::Integer(1)) {
                    return Err(reader
                        .error(here, "this version of the lock file is not known")
                        .with_help("update cargo-migrate, or the migrate-runtime dependency"));
                }
            }
            None => return Err(reader.error(0..0, "the file does not say `version = 1`")),
        }
        let mut lock = Self::default();
        if let Some(mut list) = table.remove("revision") {
            let here = span(&list);
            let ValueInner::Array(entries) = list.take() else {
                return Err(reader.error(here, "`revision` must be an array of tables"));
            };
            for entry in entries {
                let here = span(&entry);
                let sealed = reader.sealed(entry)?;
                if lock.find(&sealed.id).is_some() {
                    return Err(reader.error(here, format!("revision {} stands twice", sealed.id)));
                }
                lock.revisions.push(sealed);
            }
        }
        reader.nothing_left(&table)?;
        Ok(lock)
    }

    /// The text of the file. The same content always gives the same text.
    pub fn render(&self) -> String {
        let mut text = String::from(HEAD);
        for Sealed { id, file, seals } in &self.revisions {
            let _ = write!(text, "\n[[revision]]\nid = {}\nfile = {}\n", quoted(id.as_str()), quoted(file));
            for (dialect, seal) in seals {
                let _ = writeln!(text, "checksum.{dialect} = \"{}\"", seal.checksum);
            }
            for (dialect, seal) in seals {
                let _ = writeln!(text, "lineage.{dialect} = \"{}\"", seal.lineage);
            }
        }
        text
    }

    /// The entry of a revision.
    pub fn find(&self, id: &RevisionId) -> Option<&Sealed> {
        self.revisions.iter().find(|sealed| sealed.id == *id)
    }

    /// The dialects that any entry was sealed for.
    pub fn dialects(&self) -> Vec<Dialect> {
        Dialect::ALL
            .into_iter()
            .filter(|dialect| self.revisions.iter().any(|sealed| sealed.seals.contains_key(dialect)))
            .collect()
    }
}

/// A TOML basic string. File names come from outside, so whatever they hold must stay inside the quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn conflict_marker(text: &str) -> Option<Range<usize>> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|marker| line.starts_with(marker)) {
            return Some(start..start + line.trim_end().len());
        }
        start += line.len();
    }
    None
}

fn span(value: &Value<'_>) -> Range<usize> {
    value.span.start..value.span.end
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn error(&self, at: Range<usize>, message: impl Into<String>) -> Error {
        Error::new(Code::BrokenLock, message)
            .with_place(Place::new(self.name, self.text, at))
            .with_help("`cargo migrate lock` writes the file anew from the revisions")
    }

    fn nothing_left(&self, table: &toml_span::value::Table<'_>) -> Result<(), Error> {
        match table.keys().next() {
            None => Ok(()),
            Some(key) => Err(self
                .error(key.span.start..key.span.end, format!("unknown key `{}`", key.name.escape_debug()))),
        }
    }

    fn sealed(&self, mut entry: Value<'_>) -> Result<Sealed, Error> {
        let here = span(&entry);
        let ValueInner::Table(mut table) = entry.take() else {
            return Err(self.error(here, "`revision` must be an array of tables"));
        };
        let (id, at) = self.string(&mut table, "id", &here)?;
        let id = id.parse().map_err(|error: Error| self.error(at, error.message()))?;
        let (file, _) = self.string(&mut table, "file", &here)?;
        let mut checksums = self.digests(&mut table, "checksum")?;
        let lineages = self.digests(&mut table, "lineage")?;
        self.nothing_left(&table)?;
        let mut seals = BTreeMap::new();
        for (dialect, lineage) in lineages {
            let Some(checksum) = checksums.remove(&dialect) else {
                return Err(
                    self.error(here, format!("revision {id} has a lineage but no checksum for {dialect}"))
                );
            };
            seals.insert(dialect, Seal { checksum, lineage });
        }
        if let Some(dialect) = checksums.keys().next() {
            return Err(
                self.error(here, format!("revision {id} has a checksum but no lineage for {dialect}"))
            );
        }
        Ok(Sealed { id, file, seals })
    }

    fn string(
        &self,
        table: &mut toml_span::value::Table<'_>,
        key: &str,
        entry: &Range<usize>,
    ) -> Result<(String, Range<usize>), Error> {
        let Some(mut value) = table.remove(key) else {
            return Err(self.error(entry.clone(), format!("a revision without `{key}`")));
        };
        let here = span(&value);
        match value.take() {
            ValueInner::String(text) => Ok((text.into_owned(), here)),
            _ => Err(self.error(here, format!("`{key}` must be a string"))),
        }
    }

    fn digests(
        &self,
        table: &mut toml_span::value::Table<'_>,
        key: &str,
    ) -> Result<BTreeMap<Dialect, crate::seal::Digest>, Error> {
        let Some(mut value) = table.remove(key) else { return Ok(BTreeMap::new()) };
        let here = span(&value);
        let ValueInner::Table(entries) = value.take() else {
            return Err(self.error(here, format!("`{key}` must be a table of dialects")));
        };
        let mut digests = BTreeMap::new();
        for (name, mut value) in entries {
            let dialect = name
                .name
                .parse::<Dialect>()
                .map_err(|error| self.error(name.span.start..name.span.end, error.to_string()))?;
            let here = span(&value);
            let ValueInner::String(text) = value.take() else {
                return Err(self.error(here, format!("`{key}.{dialect}` must be a string")));
            };
            let digest =
                text.parse().map_err(|error| self.error(here, format!("`{key}.{dialect}`: {error}")))?;
            digests.insert(dialect, digest);
        }
        Ok(digests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Digest;

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn sample() -> Lock {
        let digest: Digest = DIGEST.parse().unwrap();
        let seal = Seal { checksum: digest, lineage: digest };
        Lock {
            revisions: vec![Sealed {
                id: "3f2a9c41d07b".parse().unwrap(),
                file: "versions/a \"quoted\" \\ \u{7}.sql".into(),
                seals: BTreeMap::from([(Dialect::Postgres, seal), (Dialect::Mysql, seal)]),
            }],
        }
    }

    #[test]
    fn a_lock_reads_what_it_writes() {
        let lock = sample();
        assert_eq!(Lock::parse("migrate.lock", &lock.render()).unwrap(), lock);
        assert_eq!(Lock::parse("migrate.lock", &Lock::default().render()).unwrap(), Lock::default());
        assert_eq!(lock.dialects(), [Dialect::Postgres, Dialect::Mysql]);
    }

    #[test]
    fn what_is_wrong_with_a_lock_is_said_with_its_line() {
        let broken = [
            ("", "does not say `version = 1`"),
            ("version = 2", "not known"),
            ("version = 1\nfoo = 1", "unknown key `foo`"),
            ("version = 1\n[[revision]]\nfile = \"x\"", "without `id`"),
            ("version = 1\n[[revision]]\nid = \"a-b\"\nfile = \"x\"", "not a revision id"),
            ("version = 1\n[[revision]]\nid = \"a\"\nfile = 1", "must be a string"),
            (
                "version = 1\n[[revision]]\nid = \"a\"\nfile = \"x\"\nchecksum.oracle = \"\"",
                "unknown dialect",
            ),
            (
                "version = 1\n[[revision]]\nid = \"a\"\nfile = \"x\"\nchecksum.mysql = \"12\"",
                "64 hexadecimal",
            ),
            ("version = 1\nrevision = 3", "array of tables"),
            ("version = 1\n<<<<<<< HEAD\n", "conflict markers"),
            ("version = ", "not TOML"),
            ("\u{0}\u{1}garbage", "not TOML"),
        ];
        for (text, expected) in broken {
            let error = Lock::parse("migrate.lock", text).unwrap_err();
            assert!(error.message().contains(expected), "{text:?}: {error}");
            assert_eq!(error.code(), Code::BrokenLock);
            assert!(error.place().is_some());
        }
        let twice = sample()
            .render()
            .replace("version = 1", "version = 1\n[[revision]]\nid='3f2a9c41d07b'\nfile='x'\n");
        assert!(Lock::parse("migrate.lock", &twice).unwrap_err().message().contains("twice"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = Lock::parse("migrate.lock", &text);
            let _ = Lock::parse("migrate.lock", &format!("version = 1\n[[revision]]\n{text}"));
        }
    }
}
