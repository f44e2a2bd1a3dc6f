use std::collections::BTreeMap;

use migrate_core::Error;

use super::{
    Source, Spanned,
    reader::{Section, Texts},
};

/// `[autogenerate]`: what is compared, and how things are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AutogenerateConfig {
    /// Tables to look at, as `users`, `billing.*`; empty: all.
    pub(crate) include: Vec<String>,
    /// Tables to pass by.
    pub(crate) exclude: Vec<String>,
    /// Schemas to look at beside the default one.
    pub(crate) schemas: Vec<String>,
    /// `[autogenerate.naming]`: by the kind of thing, the pattern of its name.
    pub(crate) naming: BTreeMap<String, Spanned<String>>,
}

impl AutogenerateConfig {
    pub(super) fn read(source: &Source, root: &mut Section<'_>) -> Result<Self, Error> {
        let Some(mut section) = root.section("autogenerate")? else { return Ok(Self::default()) };
        let mut list = |key| -> Result<Vec<String>, Error> {
            let found = section.strings(key)?;
            Ok(found.into_iter().flat_map(|found| found.value).map(|word| word.value).collect())
        };
        let (include, exclude, schemas) = (list("include")?, list("exclude")?, list("schemas")?);
        let mut config = Self { include, exclude, schemas, naming: BTreeMap::new() };
        let naming = section.section("naming")?;
        section.finish()?;
        for (kind, texts) in naming.map(Section::texts).transpose()?.unwrap_or_default() {
            match texts {
                Texts::One(pattern) => {
                    config.naming.insert(kind.value, pattern);
                }
                Texts::Several(_) => return Err(source.error(kind.span, "a name's pattern must be a string")),
            }
        }
        Ok(config)
    }

    /// Whether a table, an enum or a sequence is looked at. `*` stands for any letters, in its name and in that of its
    /// schema.
    pub(crate) fn looks_at(&self, name: &str) -> bool {
        let fits = |pattern: &String| matches(pattern, name);
        (self.include.is_empty() || self.include.iter().any(fits)) && !self.excludes(name)
    }

    /// Whether it is passed by outright, not only for want of being included.
    pub(crate) fn excludes(&self, name: &str) -> bool {
        self.exclude.iter().any(|pattern| matches(pattern, name))
    }
}

/// Whether a text fits a pattern in which `*` stands for any letters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_choose_tables() {
        for (pattern, fitting, other) in [
            ("users", "users", "users2"),
            ("billing.*", "billing.invoices", "billing"),
            ("*_log", "audit_log", "audit_logs"),
            ("a*b*c", "axxbyyc", "axxcyyb"),
            ("*", "", "-"),
        ] {
            assert!(matches(pattern, fitting), "{pattern}");
            assert!(pattern == "*" || !matches(pattern, other), "{pattern}");
        }
        let config = AutogenerateConfig {
            include: vec!["app_*".to_owned()],
            exclude: vec!["*_old".to_owned()],
            ..AutogenerateConfig::default()
        };
        assert_eq!(["app_a", "app_old", "b"].map(|table| config.looks_at(table)), [true, false, false]);
    }
}
