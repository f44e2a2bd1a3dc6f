use std::{borrow::Borrow, fmt, str::FromStr};

use crate::{Code, Error};

/// Words that stand for a place in the graph and so can name neither a revision nor a label.
const RESERVED: [&str; 4] = ["head", "heads", "base", "current"];

/// The identifier of a revision: `[A-Za-z0-9_]{1,64}`, and none of `head`, `heads`, `base`, `current`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionId(Box<str>);

/// A branch label: a letter or `_`, then letters, digits, `_` and `.`, at most 64 characters, and none of the
/// reserved words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Box<str>);

fn invalid(what: &str, word: &str, rule: &str) -> Error {
    Error::new(Code::InvalidIdentifier, format!("`{}` is not a {what}", word.escape_debug())).with_help(rule)
}

impl FromStr for RevisionId {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        let sound = (1..=64).contains(&word.len())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !RESERVED.contains(&word);
        if sound {
            Ok(Self(word.into()))
        } else {
            Err(invalid(
                "revision id",
                word,
                "use 1 to 64 letters, digits and underscores; head, heads, base and current are reserved",
            ))
        }
    }
}

impl FromStr for Label {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        let sound = word.len() <= 64
            && word.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
            && !RESERVED.contains(&word);
        if sound {
            Ok(Self(word.into()))
        } else {
            Err(invalid(
                "branch label",
                word,
                "begin with a letter or underscore, then at most 63 letters, digits, underscores and dots; \
                 head, heads, base and current are reserved",
            ))
        }
    }
}

macro_rules! text_like {
    ($type:ty) => {
        impl $type {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

text_like!(RevisionId);
text_like!(Label);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_up_to_64_word_characters() {
        assert!("3f2a9c41d07b".parse::<RevisionId>().is_ok());
        assert!("x".repeat(64).parse::<RevisionId>().is_ok());
        for bad in ["", "head", "heads", "base", "current", "a-b", "a b", "é", "a@b", "../x", &"x".repeat(65)]
        {
            let error = bad.parse::<RevisionId>().unwrap_err();
            assert_eq!(error.code(), Code::InvalidIdentifier, "{bad}");
        }
    }

    #[test]
    fn a_label_cannot_be_mistaken_for_a_walk_or_a_keyword() {
        assert!("billing.v2".parse::<Label>().is_ok());
        for bad in ["", "head", "a-2", "a+1", "2", "a@b", "a:b", "a,b"] {
            assert!(bad.parse::<Label>().is_err(), "{bad}");
        }
    }
}
