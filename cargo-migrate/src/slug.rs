//! The part of a file's name that reminds of the message.

/// The longest slug, in characters.
const LONGEST: usize = 40;

/// The message in lower-case ASCII letters, digits and single underscores, cut at a word where possible. Never empty.
pub(crate) fn slug(message: &str) -> String {
    let mut slug = String::new();
    for character in message.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    if slug.len() > LONGEST {
        let cut = slug[..=LONGEST].rfind('_').filter(|cut| *cut > LONGEST / 2).unwrap_or(LONGEST);
        slug.truncate(cut);
    }
    slug.truncate(slug.trim_end_matches('_').len());
    if slug.is_empty() { "revision".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_reads_like_its_message() {
        assert_eq!(slug("Add bio & avatar to users"), "add_bio_avatar_to_users");
        assert_eq!(slug("__init__"), "init");
        assert_eq!(slug("\u{202e}gnp.exe 🎉 'quoted' ../../etc/passwd"), "gnp_exe_quoted_etc_passwd");
    }

    #[test]
    fn a_message_without_ascii_has_a_slug_too() {
        assert_eq!(slug("用户表"), "revision");
        assert_eq!(slug("///"), "revision");
        assert_eq!(slug(""), "revision");
    }

    #[test]
    fn a_long_slug_ends_with_a_word() {
        let long = slug("a message that is far too long for the name of a file");
        assert_eq!(long, "a_message_that_is_far_too_long_for_the");
        assert_eq!(slug(&"x".repeat(100)), "x".repeat(40));
        assert_eq!(slug(&format!("{} y", "x".repeat(40))), "x".repeat(40));
    }
}
