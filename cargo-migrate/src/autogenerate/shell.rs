//! Options as they can be pasted into a shell.

/// The word as it is, or in quotes where the shell would take it apart. Single quotes hold in every shell of Unix and in
/// PowerShell.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-./=:,@%+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        assert_eq!(quoted("users.name=users.full_name"), "users.name=users.full_name");
        assert_eq!(quoted("state.given back=state.paid"), "'state.given back=state.paid'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted("*"), "'*'");
        assert_eq!(quoted("größe"), "größe");
    }
}
