use std::{collections::BTreeMap, path::Path};

use jiff::tz::TimeZone;
use migrate_core::{Code, Dialect, Error};

use super::{
    AutogenerateConfig, FileTemplate, Hook, ModelsConfig, Settings, Source, Spanned, reader::Section,
};
use crate::paths;

/// Where revisions are unless the file says otherwise.
const DEFAULT_VERSIONS: &str = "migrations/versions";

/// What `migrate.toml` says.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) source: Source,
    /// The first is the default. Never empty, none twice.
    pub(crate) dialects: Spanned<Vec<Dialect>>,
    /// Folders from the file, with `/`. Never empty, none twice.
    pub(crate) versions: Vec<Spanned<String>>,
    pub(crate) file_template: FileTemplate,
    /// Of the names of new files, and of their `Created`.
    pub(crate) timezone: TimeZone,
    pub(crate) models: ModelsConfig,
    pub(crate) autogenerate: AutogenerateConfig,
    /// Commands to run on a new revision's file.
    pub(crate) hooks: Vec<Hook>,
    /// What stands outside every environment.
    pub(super) settings: Settings,
    /// `[env.NAME]`.
    pub(super) environments: BTreeMap<String, Settings>,
}

impl Config {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`Code::InvalidConfiguration`], with its place.
    pub(crate) fn read(source: Source) -> Result<Self, Error> {
        let mut root = Section::root(&source)?;
        let dialects = dialects(&source, &mut root)?;
        let settings = Settings::read(&source, &mut root)?;
        let versions = versions(&source, &mut root)?;
        let file_template = root.string("file_template")?.map_or_else(
            || Ok(FileTemplate::default()),
            |template| {
                FileTemplate::parse(&template.value).map_err(|why| {
                    source
                        .error(template.span, format!("`file_template` {why}"))
                        .with_help(FileTemplate::HELP)
                })
            },
        )?;
        let timezone = root.string("timezone")?.map_or(Ok(TimeZone::UTC), |name| {
            TimeZone::get(&name.value).map_err(|_| {
                source
                    .error(name.span, format!("no time zone is called `{}`", name.value.escape_debug()))
                    .with_help("use a name of the IANA database, like UTC or Europe/Berlin")
            })
        })?;
        let models = ModelsConfig::read(&source, &mut root)?;
        let autogenerate = AutogenerateConfig::read(&source, &mut root)?;
        let hooks = Hook::read_all(&source, &mut root)?;
        let environments = match root.section("env")? {
            None => BTreeMap::new(),
            Some(environments) => environments
                .sections()?
                .into_iter()
                .map(|(name, mut section)| {
                    let settings = Settings::read(&source, &mut section)?;
                    section.finish()?;
                    Ok((name, settings))
                })
                .collect::<Result<_, Error>>()?,
        };
        root.finish()?;
        Ok(Self {
            source,
            dialects,
            versions,
            file_template,
            timezone,
            models,
            autogenerate,
            hooks,
            settings,
            environments,
        })
    }

    /// The settings outside every environment, or those of one over them.
    ///
    /// # Errors
    /// [`Code::InvalidConfiguration`] if there is no such environment; [`Code::Usage`] for an empty name.
    pub(crate) fn settings(&self, environment: Option<&str>) -> Result<Settings, Error> {
        let Some(name) = environment else { return Ok(self.settings.clone()) };
        if name.trim().is_empty() {
            return Err(Error::new(Code::Usage, "the name of an environment is empty")
                .with_help("leave -n out for the settings outside every environment"));
        }
        let Some(chosen) = self.environments.get(name) else {
            let known: Vec<_> = self.environments.keys().map(String::as_str).collect();
            let help = if known.is_empty() {
                format!("add a section `[env.{name}]`, or leave -n out")
            } else {
                format!("the environments are {}", known.join(", "))
            };
            return Err(Error::new(
                Code::InvalidConfiguration,
                format!("{} has no `[env.{}]`", self.source.name, name.escape_debug()),
            )
            .with_help(help)
            .with_list("environments", known));
        };
        Ok(chosen.over(&self.settings))
    }
}

fn dialects(source: &Source, root: &mut Section<'_>) -> Result<Spanned<Vec<Dialect>>, Error> {
    const HELP: &str =
        "name the engines that every revision serves, the default first: dialects = [\"postgres\"]";
    let Some(names) = root.strings("dialects")? else {
        return Err(root.error("`dialects` is missing").with_help(HELP));
    };
    let mut dialects: Vec<Dialect> = Vec::with_capacity(names.value.len());
    for name in names.value {
        let dialect = name.value.parse().map_err(|error: migrate_core::UnknownDialect| {
            source.error(name.span.clone(), error.to_string())
        })?;
        if dialects.contains(&dialect) {
            return Err(source.error(name.span, format!("`{dialect}` stands twice")));
        }
        dialects.push(dialect);
    }
    if dialects.is_empty() {
        return Err(source.error(names.span, "`dialects` is empty").with_help(HELP));
    }
    Ok(Spanned { value: dialects, span: names.span })
}

fn versions(source: &Source, root: &mut Section<'_>) -> Result<Vec<Spanned<String>>, Error> {
    let Some(folders) = root.strings("versions")? else {
        return Ok(vec![Spanned { value: DEFAULT_VERSIONS.to_owned(), span: 0..0 }]);
    };
    let mut found: Vec<Spanned<String>> = Vec::with_capacity(folders.value.len());
    for folder in folders.value {
        let path = Path::new(&folder.value);
        let portable = paths::portable(&paths::normal(path)).unwrap_or_default();
        if path.is_absolute() || path.has_root() || folder.value.contains('\\') {
            return Err(source.error(folder.span, "a folder of `versions` is named from this file, with `/`"));
        }
        if portable.is_empty() || portable.ends_with("..") {
            return Err(source.error(folder.span, "`versions` needs folders that hold nothing but revisions"));
        }
        if found.iter().any(|other| other.value == portable) {
            return Err(source.error(folder.span, format!("`{portable}` stands twice")));
        }
        found.push(Spanned { value: portable, span: folder.span });
    }
    if found.is_empty() {
        return Err(source.error(folders.span, "`versions` is empty"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, Error> {
        Config::read(Source::new("migrate.toml", text))
    }

    fn refused(text: &str) -> String {
        let error = read(text).unwrap_err();
        assert_eq!(error.code(), Code::InvalidConfiguration, "{text}");
        error.to_string()
    }

    #[test]
    fn one_line_is_enough() {
        let config = read("dialects = [\"mysql\", \"postgres\"]").unwrap();
        assert_eq!(config.dialects.value, [Dialect::Mysql, Dialect::Postgres]);
        assert_eq!(config.versions[0].value, "migrations/versions");
        assert_eq!(config.timezone, TimeZone::UTC);
        assert!(config.hooks.is_empty());
    }

    #[test]
    fn every_key_is_read() {
        let config = read(
            "dialects = ['sqlite']\nurl = 'sqlite:a.db'\nversions = ['./m//a/', 'm/b/../c']\n\
             file_template = '{id}'\ntimezone = 'Europe/Berlin'\nversion_table = 'v'\nschema = 's'\nlock_wait = '1m 30s'\n\
             [models]\npackages = ['m']\n[models.types]\n'money::Amount' = 'numeric(12,2)'\n\
             'geo::Point' = { postgres = 'point', mysql = 'point' }\n[autogenerate]\ninclude = ['a']\nexclude = []\nschemas = ['x']\n\
             [autogenerate.naming]\nindex = 'ix'\n[hooks]\npost_write = ['fmt {file}']\n\
             [env.prod]\nurl = 'postgres://h/d'\nlock_wait = 5\n",
        )
        .unwrap();
        let folders: Vec<_> = config.versions.iter().map(|folder| folder.value.as_str()).collect();
        assert_eq!(folders, ["m/a", "m/c"]);
        assert_eq!(config.hooks[0].words, ["fmt", "{file}"]);
        let prod = config.settings(Some("prod")).unwrap();
        assert_eq!(prod.lock_wait, Some(std::time::Duration::from_secs(5)));
        assert_eq!((prod.version_table.as_deref(), prod.schema.as_deref()), (Some("v"), Some("s")));
        assert_eq!(config.settings(None).unwrap().lock_wait, Some(std::time::Duration::from_secs(90)));
        assert!(config.settings(Some("test")).unwrap_err().help().unwrap().contains("prod"));
    }

    #[test]
    fn what_is_wrong_is_said_with_line_and_column() {
        let sound = "dialects = ['sqlite']\n";
        for (text, expected) in [
            ("", "migrate.toml:1:1: `dialects` is missing"),
            ("dialects = []", "migrate.toml:1:12: `dialects` is empty"),
            ("dialects = ['oracle']", "unknown dialect `oracle`"),
            ("dialects = ['mysql', 'mysql']", "`mysql` stands twice"),
            ("dialects = 'mysql'", "`dialects` must be an array of strings"),
            ("dialects = [", "migrate.toml:1:13: not TOML"),
            ("dialects = 1 2", "not TOML: expected newline, found an identifier"),
        ] {
            assert!(refused(text).contains(expected), "{text}: {}", refused(text));
        }
        for (text, expected) in [
            ("dialect = 1", "migrate.toml:2:1: unknown key `dialect`"),
            ("[env.prod]\nurls = 1", "migrate.toml:3:1: unknown key `env.prod.urls`"),
            ("[hooks]\npre_write = []", "unknown key `hooks.pre_write`"),
            ("env = 1", "`env` must be a table"),
            ("versions = ['/etc']", "named from this file"),
            ("versions = ['.']", "nothing but revisions"),
            ("versions = ['a', './a']", "`a` stands twice"),
            ("versions = []", "`versions` is empty"),
            ("timezone = 'Mars/Phobos'", "no time zone is called `Mars/Phobos`"),
            ("file_template = '{slug}'", "`file_template` has no {id}"),
            ("lock_wait = 'soon'", "`lock_wait`"),
            ("lock_wait = -1", "`lock_wait`"),
            ("url = 3", "`url` must be a string"),
        ] {
            let text = format!("{sound}{text}");
            assert!(refused(&text).contains(expected), "{text}: {}", refused(&text));
        }
    }

    #[test]
    fn a_byte_order_mark_and_crlf_do_not_matter() {
        assert!(read("\u{feff}dialects = ['sqlite']\r\nschema = 'x'\r\n").is_ok());
    }
}
