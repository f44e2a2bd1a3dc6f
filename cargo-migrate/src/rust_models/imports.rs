//! What a module brings into scope, so that the types of its fields are short.

use std::collections::{BTreeMap, BTreeSet};

use super::ident::Idents;

/// Types that are named without their crate, where no struct of the module has the name.
const TYPES: [(&str, &str); 9] = [
    ("chrono", "DateTime"),
    ("chrono", "NaiveDate"),
    ("chrono", "NaiveDateTime"),
    ("chrono", "NaiveTime"),
    ("chrono", "Utc"),
    ("ipnetwork", "IpNetwork"),
    ("rust_decimal", "Decimal"),
    ("serde_json", "Value"),
    ("uuid", "Uuid"),
];

/// The `use` lines of a module.
#[derive(Debug)]
pub(super) struct Imports<'i> {
    types: &'i Idents,
    used: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl<'i> Imports<'i> {
    /// `types` are the module's own.
    pub(super) fn new(types: &'i Idents) -> Self {
        Self { types, used: BTreeMap::new() }
    }

    /// Something that is needed by its name alone.
    pub(super) fn add(&mut self, from: &'static str, name: &'static str) {
        self.used.entry(from).or_default().insert(name);
    }

    /// A type, with what it is made of by short names: `chrono::DateTime<chrono::Utc>` is `DateTime<Utc>`.
    pub(super) fn short(&mut self, ty: &str) -> String {
        let mut short = String::new();
        for piece in ty.split_inclusive(['<', '>']) {
            let path = piece.trim_end_matches(['<', '>']);
            let known = path.split_once("::").and_then(|path| TYPES.into_iter().find(|known| *known == path));
            match known.filter(|(_, name)| !self.types.has(name)) {
                Some((from, name)) => {
                    self.add(from, name);
                    short.push_str(name);
                }
                None => short.push_str(path),
            }
            short.push_str(&piece[path.len()..]);
        }
        short
    }

    /// The lines.
    pub(super) fn render(&self) -> String {
        let line = |(from, names): (&&str, &BTreeSet<&str>)| {
            let names: Vec<_> = names.iter().copied().collect();
            match names.as_slice() {
                [only] => format!("use {from}::{only};\n"),
                several => format!("use {from}::{{{}}};\n", several.join(", ")),
            }
        };
        self.used.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_short_unless_the_module_has_one_of_that_name() {
        let mut idents = Idents::of_types();
        assert_eq!(idents.ty("uuid"), "Uuid");
        let mut imports = Imports::new(&idents);
        assert_eq!(imports.short("Vec<chrono::DateTime<chrono::Utc>>"), "Vec<DateTime<Utc>>");
        assert_eq!(imports.short("chrono::NaiveDateTime"), "NaiveDateTime");
        assert_eq!(imports.short("uuid::Uuid"), "uuid::Uuid");
        assert_eq!(imports.short("super::billing::Mood"), "super::billing::Mood");
        assert_eq!(imports.render(), "use chrono::{DateTime, NaiveDateTime, Utc};\n");
    }
}
