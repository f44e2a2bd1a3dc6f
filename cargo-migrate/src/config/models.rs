use std::collections::BTreeMap;

use migrate_core::Error;

use super::{
    Source, Spanned,
    reader::{Section, Texts},
};
use crate::models::RawType;

/// `[models]`: where the models are, and what types mean that are none of the crate's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ModelsConfig {
    /// Packages of the workspace; empty: the one that has the migrate.toml.
    pub(crate) packages: Vec<Spanned<String>>,
    /// `[models.types]`: by the path of a type, its text in SQL.
    pub(crate) types: BTreeMap<String, RawType>,
}

impl ModelsConfig {
    pub(super) fn read(source: &Source, root: &mut Section<'_>) -> Result<Self, Error> {
        let Some(mut section) = root.section("models")? else { return Ok(Self::default()) };
        let packages = match section.strings("packages")? {
            Some(packages) if packages.value.is_empty() => {
                return Err(source
                    .error(packages.span, "`models.packages` is empty")
                    .with_help("leave it out for the package of this file"));
            }
            packages => packages.map(|packages| packages.value).unwrap_or_default(),
        };
        let mut config = Self { packages, types: BTreeMap::new() };
        let types = section.section("types")?;
        section.finish()?;
        for (path, texts) in types.map(Section::texts).transpose()?.unwrap_or_default() {
            let is_empty = |text: &str| text.trim().is_empty();
            let mut mapped = RawType::default();
            match texts {
                Texts::One(text) if is_empty(&text.value) => {
                    return Err(source.error(text.span, "the type is empty"));
                }
                Texts::One(text) => mapped.text = Some(text.value),
                Texts::Several(texts) => {
                    for (engine, text) in texts {
                        let dialect =
                            engine.value.parse().map_err(|error: migrate_core::UnknownDialect| {
                                source.error(engine.span.clone(), error.to_string())
                            })?;
                        if is_empty(&text) {
                            return Err(source.error(engine.span, "the type is empty"));
                        }
                        mapped.engines.insert(dialect, text);
                    }
                }
            }
            config.types.insert(type_path(source, path)?, mapped);
        }
        Ok(config)
    }
}

/// `money::Amount`, without parameters.
fn type_path(source: &Source, path: Spanned<String>) -> Result<String, Error> {
    let is_name = |name: &str| {
        name.chars().all(|character| character.is_alphanumeric() || character == '_')
            && name.starts_with(|character: char| !character.is_ascii_digit())
    };
    if path.value.split("::").all(is_name) {
        return Ok(path.value);
    }
    let message = format!("`{}` is no path of a type", path.value.escape_debug());
    Err(source.error(path.span, message).with_help(
        "write it as the source knows it, without parameters: \"money::Amount\", \"crate::geo::Point\"",
    ))
}

#[cfg(test)]
mod tests {
    use migrate_core::Dialect;

    use super::*;

    fn read(text: &str) -> Result<ModelsConfig, String> {
        let source = Source::new("migrate.toml", text);
        let mut root = Section::root(&source).unwrap();
        ModelsConfig::read(&source, &mut root).map_err(|error| error.to_string())
    }

    #[test]
    fn a_type_is_one_text_or_one_for_each_engine() {
        let config = read(
            "[models]\npackages = ['shop', 'billing']\n[models.types]\n'money::Amount' = 'numeric(12,2)'\n\
             'crate::geo::Point' = { postgres = 'point', mysql = 'POINT' }\n",
        )
        .unwrap();
        assert_eq!(config.packages.len(), 2);
        assert_eq!(config.types["money::Amount"].of(Dialect::Sqlite), Some("numeric(12,2)"));
        let point = &config.types["crate::geo::Point"];
        assert_eq!((point.of(Dialect::Mariadb), point.of(Dialect::Sqlite)), (Some("POINT"), None));
        assert_eq!(read("").unwrap(), ModelsConfig::default());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, expected) in [
            ("[models]\npackages = []", "migrate.toml:2:12: `models.packages` is empty"),
            ("[models]\nfiles = []", "unknown key `models.files`"),
            ("[models.types]\n'Vec<i32>' = 'x'", "migrate.toml:2:2: `Vec<i32>` is no path of a type"),
            ("[models.types]\n'a:b' = 'x'", "`a:b` is no path of a type"),
            ("[models.types]\na = ' '", "the type is empty"),
            ("[models.types]\na = { mysql = '' }", "the type is empty"),
            ("[models.types]\na = 3", "`models.types.a` must be a string or a table"),
            ("[models.types]\na = { oracle = 'x' }", "unknown dialect `oracle`"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(expected), "{text}: {told}");
        }
    }
}
