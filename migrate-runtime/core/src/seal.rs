//! Checksums and lineage: how a revision, and the whole history above it, is known again.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use crate::{
    Dialect, Error, RevisionId,
    revision::{RevisionFile, Side, Step},
    sql,
};

/// A SHA-256, shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    fn of(text: &str) -> Self {
        Self(hmac_sha256::Hash::hash(text.as_bytes()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is not a SHA-256 in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotADigest;

impl fmt::Display for NotADigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected 64 hexadecimal digits")
    }
}

impl std::error::Error for NotADigest {}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(NotADigest);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let digit = |b: u8| match b {
                b'0'..=b'9' => Ok(b - b'0'),
                b'a'..=b'f' => Ok(b - b'a' + 10),
                _ => Err(NotADigest),
            };
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

/// How one engine's database knows a revision again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// Over the up statements that the engine runs.
    pub checksum: Digest,
    /// Over the id, the checksum and the lineage of every parent: it vouches for the whole history above.
    pub lineage: Digest,
}

/// The checksum of the up side for one dialect: over its statements as the splitter yields them, in canonical form.
/// Line endings, indentation, comments, the message and the down side do not count.
///
/// # Errors
/// Those of [`RevisionFile::script`].
pub fn checksum(file: &RevisionFile<'_>, dialect: Dialect) -> Result<Digest, Error> {
    let mut steps = StepsDigest::new(dialect);
    file.script(dialect, Side::Up)?.steps().for_each(|step| steps.push(step));
    Ok(steps.digest())
}

/// A digest over steps that grows with them: of a whole script its checksum, of the first ones how far a run has come.
#[derive(Clone)]
pub struct StepsDigest {
    dialect: Dialect,
    hash: hmac_sha256::Hash,
}

impl StepsDigest {
    /// Over no steps.
    pub fn new(dialect: Dialect) -> Self {
        let mut hash = hmac_sha256::Hash::new();
        hash.update(b"checksum 1\n");
        Self { dialect, hash }
    }

    /// Adds the next step.
    pub fn push(&mut self, step: &Step) {
        let line = match step {
            Step::Statement(statement) => {
                let canonical = sql::canonical(self.dialect, &statement.sql);
                // The length keeps two statements from being taken for one.
                format!("statement {} {canonical}\n", canonical.len())
            }
            Step::Call(call) => format!("call {}\n", call.name),
        };
        self.hash.update(line.as_bytes());
    }

    /// The digest over the steps so far.
    pub fn digest(&self) -> Digest {
        Digest(self.hash.finalize())
    }
}

impl fmt::Debug for StepsDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StepsDigest({}, {})", self.dialect, self.digest())
    }
}

/// The lineage of a revision, from its own checksum and the lineage of every parent (Revises and Depends-On).
pub fn lineage(id: &RevisionId, checksum: Digest, parents: impl IntoIterator<Item = Digest>) -> Digest {
    let mut parents: Vec<_> = parents.into_iter().collect();
    parents.sort_unstable();
    parents.dedup();
    let mut text = format!("lineage 1\nid {id}\nchecksum {checksum}\n");
    for parent in parents {
        let _ = writeln!(text, "parent {parent}");
    }
    Digest::of(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(dialect: Dialect, up: &str) -> Digest {
        let text = format!("-- m\n-- Revision: a\n-- migrate:up\n{up}\n-- migrate:down\nDROP TABLE t;\n");
        checksum(&RevisionFile::parse("a.sql", text).unwrap(), dialect).unwrap()
    }

    #[test]
    fn layout_comments_and_line_endings_are_free_to_change() {
        for dialect in Dialect::ALL {
            let plain = of(dialect, "CREATE TABLE t (a int);");
            assert_eq!(plain, of(dialect, "-- why\r\nCREATE   TABLE t\r\n\t(a int); -- so"), "{dialect}");
            assert_ne!(plain, of(dialect, "CREATE TABLE t (b int);"), "{dialect}");
        }
    }

    #[test]
    fn two_statements_are_not_one() {
        assert_ne!(of(Dialect::Sqlite, "SELECT 1; SELECT 2;"), of(Dialect::Sqlite, "SELECT '1; SELECT 2';"));
        assert_ne!(of(Dialect::Sqlite, "SELECT 1;"), of(Dialect::Sqlite, "SELECT 1; SELECT 1;"));
        assert_ne!(of(Dialect::Sqlite, "-- migrate:call a"), of(Dialect::Sqlite, "-- migrate:call b"));
    }

    #[test]
    fn lineage_vouches_for_parents_whatever_their_order() {
        let id: RevisionId = "a".parse().unwrap();
        let (x, y) = (Digest::of("x"), Digest::of("y"));
        assert_eq!(lineage(&id, x, [x, y]), lineage(&id, x, [y, x]));
        assert_ne!(lineage(&id, x, [x]), lineage(&id, x, [y]));
        assert_ne!(lineage(&id, x, []), lineage(&"b".parse().unwrap(), x, []));
    }

    #[test]
    fn a_digest_reads_what_it_writes() {
        let digest = Digest::of("");
        assert_eq!(digest.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!("E3".parse::<Digest>().is_err());
    }
}
