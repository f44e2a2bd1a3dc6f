use crate::{Code, Error};

/// What may stand where a revision is asked for.
const FORMS: &str = "write a revision id or 4 or more characters of one, a label, head, heads, base, current, \
                     BRANCH@head, BRANCH@ID, +n, -n, ID+n, ID-n or BRANCH@+n";

/// A revision identifier, taken apart: `[BRANCH@][START][+n|-n]`. It is not yet looked up in any graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// As it was written.
    pub(super) text: &'a str,
    /// What stands in front of the `@`.
    pub(super) branch: Option<&'a str>,
    pub(super) start: Start<'a>,
    pub(super) walk: Option<Walk>,
}

/// Where an identifier begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start<'a> {
    Head,
    Heads,
    Base,
    Current,
    /// An id, a prefix of one, or a label.
    Name(&'a str),
    /// Nothing in front of the `+` or `-`: from what the database has.
    Implied,
}

/// How far an identifier leads from where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    Up(u32),
    Down(u32),
}

impl<'a> Word<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Error> {
        let (branch, rest) = match text.split_once('@') {
            Some((branch, rest)) => (Some(branch), rest),
            None => (None, text),
        };
        if branch.is_some_and(|branch| !is_name(branch) || keyword(branch).is_some()) {
            return Err(malformed(text));
        }
        let (start, walk) = rest.split_at(rest.find(['+', '-']).unwrap_or(rest.len()));
        let walk = if walk.is_empty() { None } else { Some(Walk::parse(text, walk)?) };
        let start = match keyword(start) {
            Some(keyword) => keyword,
            None if start.is_empty() && walk.is_some() => Start::Implied,
            None if is_name(start) => Start::Name(start),
            None => return Err(malformed(text)),
        };
        Ok(Self { text, branch, start, walk })
    }

    /// How many revisions a `-n` or `BRANCH@-n` takes back.
    pub(super) fn taken_back(&self) -> Option<u32> {
        match (self.start, self.walk) {
            (Start::Implied, Some(Walk::Down(count))) => Some(count),
            _ => None,
        }
    }

    /// Whether it is a `+n` or `BRANCH@+n`.
    pub(super) fn is_forward(&self) -> bool {
        matches!((self.start, self.walk), (Start::Implied, Some(Walk::Up(_))))
    }
}

impl Walk {
    fn parse(text: &str, walk: &str) -> Result<Self, Error> {
        let (sign, digits) = walk.split_at(1);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed(text));
        }
        let count: u32 = digits.parse().map_err(|_| {
            Error::new(Code::OutOfRange, format!("`{text}` walks further than any history is long"))
                .with_help("use a smaller number, or name the revision")
        })?;
        if count == 0 {
            return Err(Error::new(
                Code::OutOfRange,
                format!("`{text}` leads nowhere: a walk has one step or more"),
            )
            .with_help("use +1 or -1, or `current` for where the database is"));
        }
        Ok(if sign == "+" { Self::Up(count) } else { Self::Down(count) })
    }
}

fn keyword(word: &str) -> Option<Start<'static>> {
    match word {
        "head" => Some(Start::Head),
        "heads" => Some(Start::Heads),
        "base" => Some(Start::Base),
        "current" => Some(Start::Current),
        _ => None,
    }
}

/// Whether the word consists of what ids and labels consist of.
fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

/// The error for a word that looks like a database URL, which may hold a password and is not shown.
pub(super) fn looks_like_url(text: &str) -> Option<Error> {
    (text.contains("://") || text.starts_with("//")).then(|| {
        Error::new(
            Code::Usage,
            "a revision identifier was expected, and what stands there looks like a database URL",
        )
        .with_help("give the URL with `--database-url`, or in DATABASE_URL")
    })
}

fn malformed(text: &str) -> Error {
    if let Some(error) = looks_like_url(text) {
        return error;
    }
    Error::new(Code::Usage, format!("`{}` is not a revision identifier", text.escape_debug()))
        .with_help(FORMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_contract_is_read() {
        let parts = |text| {
            let word = Word::parse(text).unwrap();
            (word.branch, word.start, word.walk)
        };
        assert_eq!(parts("3f2a9c41d07b"), (None, Start::Name("3f2a9c41d07b"), None));
        assert_eq!(parts("billing.v2"), (None, Start::Name("billing.v2"), None));
        assert_eq!(parts("head"), (None, Start::Head, None));
        assert_eq!(parts("heads"), (None, Start::Heads, None));
        assert_eq!(parts("base"), (None, Start::Base, None));
        assert_eq!(parts("current"), (None, Start::Current, None));
        assert_eq!(parts("billing@head"), (Some("billing"), Start::Head, None));
        assert_eq!(parts("billing@3f2a"), (Some("billing"), Start::Name("3f2a"), None));
        assert_eq!(parts("+2"), (None, Start::Implied, Some(Walk::Up(2))));
        assert_eq!(parts("-10"), (None, Start::Implied, Some(Walk::Down(10))));
        assert_eq!(parts("3f2a+2"), (None, Start::Name("3f2a"), Some(Walk::Up(2))));
        assert_eq!(parts("head-2"), (None, Start::Head, Some(Walk::Down(2))));
        assert_eq!(parts("billing@+1"), (Some("billing"), Start::Implied, Some(Walk::Up(1))));
    }

    #[test]
    fn a_url_is_not_shown() {
        for url in ["postgres://u:s3cret@h/d", "mysql://s3cret", "//u:s3cret@h/d-1"] {
            let error = Word::parse(url).unwrap_err();
            assert_eq!(error.code(), Code::Usage);
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
            assert!(error.help().unwrap().contains("--database-url"), "{error:?}");
        }
    }

    #[test]
    fn the_whole_word_must_match() {
        for bad in [
            "",
            " ",
            "@",
            "@x",
            "lbl@",
            "a@b@c",
            "a:b:c",
            "a:b",
            "+",
            "-",
            "++1",
            "+-1",
            "--1",
            "+1garbage",
            "+1 ",
            " +1",
            "a b",
            "a+",
            "a-x",
            "a+1+1",
            "a-1-1",
            "1-",
            "é",
            "+１",
            "head@head",
            "base@+1",
            "heads@x",
            "current@+1",
            "a@+",
            "a,b",
            "a/b",
            "\0",
            "\n",
            "a\nb",
            "`",
            "+0x1",
            "@+1",
            "a@@b",
        ] {
            let error = Word::parse(bad).unwrap_err();
            assert_eq!(error.code(), Code::Usage, "{bad:?}");
            assert!(error.help().is_some());
        }
    }

    #[test]
    fn a_walk_of_no_steps_or_too_many_is_out_of_range() {
        for bad in ["+0", "-0", "+00", "a+0", "4294967296+4294967296", "-99999999999999999999999999"] {
            assert_eq!(Word::parse(bad).unwrap_err().code(), Code::OutOfRange, "{bad}");
        }
    }
}
