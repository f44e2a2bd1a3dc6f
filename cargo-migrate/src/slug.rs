//! The part of a file's name that reminds of the message.

/// The longest slug, in characters.
const LONGEST: usize = 40;

/// The message in lower-case ASCII letters, digits and single underscores, cut at a word where possible. Never empty.
pub(crate) fn slug(message: &str) -> String {
    let mut slug = String::new();
    for character in message.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if let Some(letters) = without_marks(character) {
            slug.push_str(letters);
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

/// How a lower-case Latin letter with a mark, or of its own, is written without; a mark by itself is nothing.
fn without_marks(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{300}'..='\u{36f}' => "",
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ'..='ặ' | 'ª' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ'..='ệ' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ǐ' | 'ỉ' | 'ị' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ǒ' | 'ọ'..='ợ' | 'º' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ǔ' | 'ụ'..='ự' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' | 'ỳ'..='ỹ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
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
        assert_eq!(slug("🎉🚀"), "revision");
        assert_eq!(slug("///"), "revision");
        assert_eq!(slug(""), "revision");
    }

    #[test]
    fn latin_letters_lose_their_marks() {
        for (message, expected) in [
            ("Übersicht größer", "ubersicht_grosser"),
            ("u\u{308}bersicht", "ubersicht"),
            ("Ørsted, Ærø & Þór", "orsted_aero_thor"),
            ("DÉJÀ-vu CŒUR İstanbul", "deja_vu_coeur_istanbul"),
            ("Łódź žluťoučký kůň Ștefan", "lodz_zlutoucky_kun_stefan"),
            ("Người Việt ẤN", "nguoi_viet_an"),
            ("STRASSE/STRAẞE", "strasse_strasse"),
            ("用户 users", "users"),
        ] {
            assert_eq!(slug(message), expected);
        }
    }

    #[test]
    fn a_long_slug_ends_with_a_word() {
        let long = slug("a message that is far too long for the name of a file");
        assert_eq!(long, "a_message_that_is_far_too_long_for_the");
        assert_eq!(slug(&"x".repeat(100)), "x".repeat(40));
        assert_eq!(slug(&format!("{} y", "x".repeat(40))), "x".repeat(40));
    }
}
