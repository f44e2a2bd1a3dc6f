//! Names of the database as names of Rust.

use std::collections::BTreeSet;

/// Names that are taken in one place.
#[derive(Debug, Default)]
pub(super) struct Idents(BTreeSet<String>);

/// Words that cannot be names, not even as `r#word`.
const NEVER: [&str; 5] = ["self", "Self", "super", "crate", "_"];

/// Words that are names only as `r#word`.
const KEYWORDS: [&str; 47] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
];

impl Idents {
    pub(super) fn reserve(&mut self, ident: &str) {
        self.0.insert(ident.to_owned());
    }

    /// A type: `film_actor` is `FilmActor`.
    pub(super) fn pascal(&mut self, name: &str) -> String {
        let words = words(name);
        let capital = |word: &String| {
            let mut chars = word.chars();
            let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
            first + chars.as_str()
        };
        self.unique(words.iter().map(capital).collect::<String>(), "Table")
    }

    /// A field or a module: `LastName` is `last_name`.
    pub(super) fn snake(&mut self, name: &str) -> String {
        self.unique(words(name).join("_"), "field")
    }

    fn unique(&mut self, ident: String, otherwise: &str) -> String {
        let starts_well = ident.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
        let ident = match ident {
            ident if starts_well && !NEVER.contains(&ident.as_str()) => ident,
            ident => format!("{otherwise}_{ident}").trim_end_matches('_').to_owned(),
        };
        let mut candidate = ident.clone();
        let mut number = 2;
        while !self.0.insert(candidate.clone()) {
            candidate = format!("{ident}_{number}");
            number += 1;
        }
        if KEYWORDS.contains(&candidate.as_str()) { format!("r#{candidate}") } else { candidate }
    }
}

/// The words of a name in lower case: parted by what is neither letter nor digit, and where small letters end.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut was_small = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            was_small = false;
            continue;
        }
        if letter.is_uppercase() && was_small {
            words.push(std::mem::take(&mut word));
        }
        was_small = letter.is_lowercase() || letter.is_numeric();
        word.extend(letter.to_lowercase());
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_rust() {
        for (name, field, ty) in [
            ("film_actor", "film_actor", "FilmActor"),
            ("LastName", "last_name", "LastName"),
            ("InvoiceID", "invoice_id", "InvoiceId"),
            ("type", "r#type", "Type"),
            ("self", "field_self", "Table_Self"),
            ("2fa code", "field_2fa_code", "Table_2faCode"),
            ("größe", "größe", "Größe"),
            ("!!", "field", "Table"),
        ] {
            let given = (Idents::default().snake(name), Idents::default().pascal(name));
            assert_eq!(given, (field.to_owned(), ty.to_owned()), "{name}");
        }
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut idents = Idents::default();
        assert_eq!(["a b", "a_b", "A-B"].map(|name| idents.snake(name)), ["a_b", "a_b_2", "a_b_3"]);
    }
}
