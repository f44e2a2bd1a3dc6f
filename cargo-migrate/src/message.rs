//! What `-m` says, fit to be the first line of a revision.

use migrate_core::{Code, Error};

/// The message as one line: whitespace and control characters become single spaces, and characters that change the
/// direction of the text or have no width are left out, so that the line shows what it says.
///
/// # Errors
/// [`Code::Usage`] if nothing remains, or if the line would be read as something else than a message.
pub(crate) fn one_line(text: &str) -> Result<String, Error> {
    let shown: String = text
        .chars()
        .filter(|character| !is_invisible(*character))
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    let line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Err(Error::new(Code::Usage, "the message is empty")
            .with_help("say what the revision does: -m \"add bio to users\""));
    }
    let key = line.split_once(':').map_or("", |(key, _)| key);
    if key == "migrate" || key.eq_ignore_ascii_case("Replaces") {
        return Err(Error::new(Code::Usage, format!("a message cannot begin with `{key}:`")).with_help(
            "begin with another word: the first line of the file would not be read as a message",
        ));
    }
    Ok(line)
}

/// Directional formatting, zero-width characters, byte order marks.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{61c}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_one() {
        assert_eq!(one_line("  add\r\n\tbio\u{2028}now\u{85}\0! ").unwrap(), "add bio now !");
    }

    #[test]
    fn what_would_hide_the_text_is_left_out() {
        assert_eq!(one_line("\u{feff}a\u{202e}b\u{200b}c 🎉").unwrap(), "abc 🎉");
    }

    #[test]
    fn a_message_that_is_no_message_is_refused() {
        for bad in ["", " \n", "\u{200b}", "migrate:up", "migrate: x", "replaces: all"] {
            assert_eq!(one_line(bad).unwrap_err().code(), Code::Usage, "{bad:?}");
        }
        assert!(one_line("migrate users: now").is_ok());
    }
}
