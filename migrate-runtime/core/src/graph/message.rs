//! Lists of ids in a message for people.

use std::fmt::Display;

/// How many ids a message shows. The error's details have them all.
pub(super) const SHOWN: usize = 8;

/// The words in backquotes, as alternatives.
pub(super) fn any_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => format!("`{}` or `{last}`", first.join("`, `")),
    }
}

/// The words in backquotes. Of a long list, only the beginning and how many more there are.
pub(super) fn all_of<T: Display>(words: &[T]) -> String {
    let shown: Vec<_> = words.iter().take(SHOWN).map(|word| format!("`{word}`")).collect();
    let more = words.len().saturating_sub(SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_joined_as_in_a_sentence() {
        assert_eq!(any_of(&["a"]), "`a`");
        assert_eq!(any_of(&["a", "b", "c"]), "`a`, `b` or `c`");
    }

    #[test]
    fn a_long_list_is_cut_short() {
        assert_eq!(all_of(&["a", "b"]), "`a`, `b`");
        assert!(all_of(&[0; 20]).ends_with("`0` and 12 more"));
    }
}
