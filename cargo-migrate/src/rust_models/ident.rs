//! Names of the database as names of Rust.

use std::collections::BTreeSet;

use migrate_models::Case;

/// Names that are taken in one place.
#[derive(Debug, Default)]
pub(super) struct Idents(BTreeSet<String>);

/// Types that every file of Rust knows: a struct of that name would hide them.
const PRELUDE: [&str; 5] = ["Box", "Option", "Result", "String", "Vec"];

impl Idents {
    /// For the structs and enums of a module.
    pub(super) fn of_types() -> Self {
        Self(PRELUDE.map(ToOwned::to_owned).into())
    }

    /// Whether something has this name.
    pub(super) fn has(&self, ident: &str) -> bool {
        self.0.contains(ident)
    }

    /// A struct or an enum: `film_actor` is `FilmActor`.
    pub(super) fn ty(&mut self, name: &str) -> String {
        self.unique(&words(name), Case::Pascal, "table")
    }

    /// A variant of an enum.
    pub(super) fn variant(&mut self, name: &str) -> String {
        let words = words(name);
        let otherwise = if name.trim().is_empty() { "empty" } else { "value" };
        self.unique(&words, Case::Pascal, otherwise)
    }

    /// A field: `LastName` is `last_name`.
    pub(super) fn field(&mut self, name: &str) -> String {
        self.unique(&words(name), Case::Snake, "field")
    }

    /// A module.
    pub(super) fn module(&mut self, name: &str) -> String {
        self.unique(&words(name), Case::Snake, "schema")
    }

    fn unique(&mut self, words: &[String], case: Case, otherwise: &str) -> String {
        let spelled = |words: &[String]| match case {
            Case::Pascal => words.iter().map(|word| capital(word)).collect::<String>(),
            _ => words.join("_"),
        };
        let mut ident = spelled(words);
        if raw(&ident).is_none() {
            // Not even as `r#word`, or no letter of Rust at its beginning: with a word in front of it.
            let ascii = |word: &String| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
            let kept: Vec<String> = words.iter().map(ascii).filter(|word| !word.is_empty()).collect();
            ident = spelled(&[vec![otherwise.to_owned()], kept].concat());
        }
        let between = if case == Case::Pascal { "" } else { "_" };
        let mut candidate = ident.clone();
        let mut number = 2;
        while !self.0.insert(candidate.clone()) {
            candidate = format!("{ident}{between}{number}");
            number += 1;
        }
        raw(&candidate).unwrap_or(candidate)
    }
}

/// The name as Rust takes it: itself, or `r#type` for a keyword.
fn raw(ident: &str) -> Option<String> {
    [ident.to_owned(), format!("r#{ident}")]
        .into_iter()
        .find(|text| syn::parse_str::<syn::Ident>(text).is_ok())
}

/// Whether a field can have the name as it is.
pub(super) fn is_field(name: &str) -> bool {
    words(name).join("_") == name && raw(name).is_some()
}

/// The name without `r#`.
pub(super) fn unraw(ident: &str) -> &str {
    ident.strip_prefix("r#").unwrap_or(ident)
}

/// The case in which the idents spell most of the names, if it is worth its words: two more than `otherwise` does.
pub(super) fn case<'n>(
    names: impl Iterator<Item = (&'n str, &'n str)>,
    otherwise: impl Fn(&str) -> String,
) -> Option<Case> {
    let names: Vec<_> = names.collect();
    let hits = |spell: &dyn Fn(&str) -> String| {
        names.iter().filter(|(ident, name)| spell(unraw(ident)) == *name).count()
    };
    let plain = hits(&otherwise);
    let mut best = (plain + 1, None);
    for case in Case::ALL {
        let found = hits(&|ident| case.apply(ident));
        if found > best.0 {
            best = (found, Some(case));
        }
    }
    best.1
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
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
            ("self", "field_self", "TableSelf"),
            ("2fa code", "field_2fa_code", "Table2faCode"),
            ("größe", "größe", "Größe"),
            ("²x", "field_x", "TableX"),
            ("!!", "field", "Table"),
            ("option", "option", "Option2"),
        ] {
            let given = (Idents::default().field(name), Idents::of_types().ty(name));
            assert_eq!(given, (field.to_owned(), ty.to_owned()), "{name}");
        }
        let mut idents = Idents::default();
        assert_eq!(
            ["", "+", "-", "2nd", "Ok!", "ok"].map(|name| idents.variant(name)),
            ["Empty", "Value", "Value2", "Value2nd", "Ok", "Ok2"]
        );
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut idents = Idents::default();
        assert_eq!(["a b", "a_b", "A-B"].map(|name| idents.field(name)), ["a_b", "a_b_2", "a_b_3"]);
        assert_eq!(["a_b", "type", "a b", "self"].map(is_field), [true, true, false, false]);
    }

    #[test]
    fn a_case_is_said_where_it_spares_two_names() {
        let of = |names: &[(&'static str, &'static str)]| {
            case(names.iter().copied(), ToOwned::to_owned).map(Case::name)
        };
        assert_eq!(of(&[("user_id", "UserId"), ("first_name", "FirstName")]), Some("PascalCase"));
        assert_eq!(of(&[("user_id", "UserId"), ("name", "name")]), None);
        assert_eq!(of(&[("r#type", "type"), ("user_id", "user_id")]), None);
        assert_eq!(of(&[("user_id", "USER_ID"), ("r#type", "TYPE")]), Some("SCREAMING_SNAKE_CASE"));
    }
}
