use std::collections::BTreeMap;

use migrate_core::{Dialect, Error};

use super::{
    Source, Spanned,
    reader::{Section, TextOrSection},
};
use crate::models::RawType;

/// `[models]`: where the models are, and what their types are in a database.
#[derive(Debug, Clone, Default)]
pub(crate) struct ModelsConfig {
    /// The packages that have models; none: the one with the migrate.toml.
    pub(crate) packages: Option<Vec<Spanned<String>>>,
    /// By the path of a type.
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
            packages => packages.map(|packages| packages.value),
        };
        let types = match section.section("types")? {
            None => BTreeMap::new(),
            Some(types) => types
                .texts_and_sections()?
                .into_iter()
                .map(|(path, value)| {
                    let path = type_path(source, path)?;
                    Ok((path, raw_type(source, value)?))
                })
                .collect::<Result<_, Error>>()?,
        };
        section.finish()?;
        Ok(Self { packages, types })
    }
}

/// `money::Amount`, without parameters.
fn type_path(source: &Source, path: Spanned<String>) -> Result<String, Error> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|character| character.is_alphanumeric() || character == '_')
            && !name.starts_with(|character: char| character.is_ascii_digit())
    };
    if path.value.split("::").all(is_name) {
        return Ok(path.value);
    }
    Err(source
        .error(path.span, format!("`{}` is no path of a type", path.value.escape_debug()))
        .with_help("write it as the source knows it, without parameters: \"money::Amount\", \"crate::geo::Point\""))
}

fn raw_type(source: &Source, value: TextOrSection<'_>) -> Result<RawType, Error> {
    let text = |text: Spanned<String>| {
        if text.value.trim().is_empty() {
            return Err(source.error(text.span, "the type is empty"));
        }
        Ok(text.value)
    };
    match value {
        TextOrSection::Text(value) => Ok(RawType { text: Some(text(value)?), engines: BTreeMap::new() }),
        TextOrSection::Section(mut section) => {
            let mut engines = BTreeMap::new();
            for dialect in Dialect::ALL {
                if let Some(value) = section.string(dialect.name())? {
                    engines.insert(dialect, text(value)?);
                }
            }
            section.finish()?;
            Ok(RawType { text: None, engines })
        }
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(config.packages.unwrap().len(), 2);
        assert_eq!(config.types["money::Amount"].of(Dialect::Sqlite), Some("numeric(12,2)"));
        let point = &config.types["crate::geo::Point"];
        assert_eq!((point.of(Dialect::Mariadb), point.of(Dialect::Sqlite)), (Some("POINT"), None));
        assert!(read("").unwrap().packages.is_none());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, expected) in [
            ("[models]\npackages = []", "migrate.toml:2:12: `models.packages` is empty"),
            ("[models]\nfiles = []", "unknown key `models.files`"),
            ("[models.types]\n'Vec<i32>' = 'x'", "migrate.toml:2:2: `Vec<i32>` is no path of a type"),
            ("[models.types]\n'a:b' = 'x'", "`a:b` is no path of a type"),
            ("[models.types]\na = ' '", "the type is empty"),
            ("[models.types]\na = 3", "`models.types.a` must be a string or a table"),
            ("[models.types]\na = { oracle = 'x' }", "unknown key `models.types.a.oracle`"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(expected), "{text}: {told}");
        }
    }
}
