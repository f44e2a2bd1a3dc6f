use std::collections::BTreeMap;

use migrate_core::{Dialect, Error};

use super::{
    Source,
    reader::{Section, Texts},
};

/// `[models]`: where the models are, and what types mean that are none of the crate's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ModelsConfig {
    /// Packages of the workspace; empty: the one that has the migrate.toml.
    pub(crate) packages: Vec<String>,
    /// `[models.types]`: by the path of a type, its text in SQL.
    pub(crate) types: BTreeMap<String, MappedType>,
}

/// What a type is in the database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MappedType {
    /// For every engine that says nothing else.
    pub(crate) text: Option<String>,
    pub(crate) engines: BTreeMap<Dialect, String>,
}

impl ModelsConfig {
    pub(super) fn read(source: &Source, root: &mut Section<'_>) -> Result<Self, Error> {
        let Some(mut section) = root.section("models")? else { return Ok(Self::default()) };
        let packages = section.strings("packages")?;
        let packages = packages.into_iter().flat_map(|packages| packages.value).map(|package| package.value);
        let mut config = Self { packages: packages.collect(), types: BTreeMap::new() };
        let types = section.section("types")?;
        section.finish()?;
        for (path, texts) in types.map(Section::texts).transpose()?.unwrap_or_default() {
            let mut mapped = MappedType::default();
            match texts {
                Texts::One(text) => mapped.text = Some(text.value),
                Texts::Several(texts) => {
                    for (engine, text) in texts {
                        let dialect =
                            engine.value.parse().map_err(|error: migrate_core::UnknownDialect| {
                                source.error(engine.span, error.to_string())
                            })?;
                        mapped.engines.insert(dialect, text);
                    }
                }
            }
            config.types.insert(path.value, mapped);
        }
        Ok(config)
    }
}
