//! Names as Rust writes them, in the spelling of the database.

/// How a name is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// `ordereditem`
    Lower,
    /// `ORDEREDITEM`
    Upper,
    /// `OrderedItem`
    Pascal,
    /// `orderedItem`
    Camel,
    /// `ordered_item`
    Snake,
    /// `ORDERED_ITEM`
    ScreamingSnake,
    /// `ordered-item`
    Kebab,
    /// `ORDERED-ITEM`
    ScreamingKebab,
}

impl Case {
    /// Every case, in the order in which messages list them.
    pub const ALL: [Self; 8] = [
        Self::Lower,
        Self::Upper,
        Self::Pascal,
        Self::Camel,
        Self::Snake,
        Self::ScreamingSnake,
        Self::Kebab,
        Self::ScreamingKebab,
    ];

    /// As `rename_all` names it, which is as serde and sqlx do.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lower => "lowercase",
            Self::Upper => "UPPERCASE",
            Self::Pascal => "PascalCase",
            Self::Camel => "camelCase",
            Self::Snake => "snake_case",
            Self::ScreamingSnake => "SCREAMING_SNAKE_CASE",
            Self::Kebab => "kebab-case",
            Self::ScreamingKebab => "SCREAMING-KEBAB-CASE",
        }
    }

    /// The name of a Rust item, spelled this way.
    ///
    /// ```
    /// use migrate_models::Case;
    /// assert_eq!(Case::Snake.apply("HTTPServerV2"), "http_server_v2");
    /// assert_eq!(Case::Camel.apply("created_at"), "createdAt");
    /// ```
    pub fn apply(self, name: &str) -> String {
        let words = words(name);
        let joined = |between: &str, spell: fn(usize, &str) -> String| {
            words.iter().enumerate().map(|(at, word)| spell(at, word)).collect::<Vec<_>>().join(between)
        };
        match self {
            Self::Lower => joined("", |_, word| word.to_lowercase()),
            Self::Upper => joined("", |_, word| word.to_uppercase()),
            Self::Pascal => joined("", |_, word| capital(word)),
            Self::Camel => joined("", |at, word| if at == 0 { word.to_lowercase() } else { capital(word) }),
            Self::Snake => joined("_", |_, word| word.to_lowercase()),
            Self::ScreamingSnake => joined("_", |_, word| word.to_uppercase()),
            Self::Kebab => joined("-", |_, word| word.to_lowercase()),
            Self::ScreamingKebab => joined("-", |_, word| word.to_uppercase()),
        }
    }
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters.flat_map(char::to_lowercase)).collect()
}

/// The words of a name: between underscores, before a capital behind a small letter, and before the last capital of
/// several if a small letter follows.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split('_').filter(|part| !part.is_empty()) {
        let characters: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (at, &character) in characters.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| characters[at]);
            let after = characters.get(at + 1);
            let begins = character.is_uppercase()
                && before.is_some_and(|before| {
                    !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
                });
            if begins && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.push(character);
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_spelled_in_every_case() {
        let spelled: Vec<_> = Case::ALL.iter().map(|case| case.apply("OrderedItem")).collect();
        assert_eq!(
            spelled,
            [
                "ordereditem",
                "ORDEREDITEM",
                "OrderedItem",
                "orderedItem",
                "ordered_item",
                "ORDERED_ITEM",
                "ordered-item",
                "ORDERED-ITEM"
            ]
        );
    }

    #[test]
    fn abbreviations_digits_and_underscores_are_words_as_people_read_them() {
        for (name, snake) in [
            ("User", "user"),
            ("APIKey", "api_key"),
            ("UserID", "user_id"),
            ("OAuth2Token", "o_auth2_token"),
            ("V2", "v2"),
            ("created_at", "created_at"),
            ("_private", "private"),
            ("__", ""),
            ("Straße", "straße"),
        ] {
            assert_eq!(Case::Snake.apply(name), snake, "{name}");
        }
    }
}
