use std::collections::BTreeMap;

use migrate_core::{Dialect, Error};

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
    /// `[autogenerate.servers]`: by the dialect, the URL of a server on which its revisions can be tried.
    pub(crate) servers: BTreeMap<Dialect, Spanned<String>>,
}

impl AutogenerateConfig {
    pub(super) fn read(source: &Source, root: &mut Section<'_>) -> Result<Self, Error> {
        let Some(mut section) = root.section("autogenerate")? else { return Ok(Self::default()) };
        let mut list = |key| -> Result<Vec<String>, Error> {
            let found = section.strings(key)?;
            Ok(found.into_iter().flat_map(|found| found.value).map(|word| word.value).collect())
        };
        let (include, exclude, schemas) = (list("include")?, list("exclude")?, list("schemas")?);
        let mut config = Self { include, exclude, schemas, ..Self::default() };
        let (naming, servers) = (section.section("naming")?, section.section("servers")?);
        section.finish()?;
        config.servers =
            servers.map_or_else(|| Ok(BTreeMap::new()), |section| read_servers(source, section))?;
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

/// The URLs as they stand in the file, each under a dialect that has servers.
fn read_servers(source: &Source, section: Section<'_>) -> Result<BTreeMap<Dialect, Spanned<String>>, Error> {
    let mut servers = BTreeMap::new();
    for (name, texts) in section.texts()? {
        let dialect: Dialect = name.value.parse().map_err(|error: migrate_core::UnknownDialect| {
            source.error(name.span.clone(), error.to_string())
        })?;
        let Texts::One(url) = texts else {
            return Err(source.error(name.span, format!("`autogenerate.servers.{dialect}` must be a string")));
        };
        if dialect == Dialect::Sqlite {
            return Err(source
                .error(name.span, "SQLite needs no server")
                .with_help("take the line out: the revisions for SQLite are tried in a temporary file"));
        }
        servers.insert(dialect, url);
    }
    Ok(servers)
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

    fn read(text: &str) -> Result<AutogenerateConfig, String> {
        let source = Source::new("migrate.toml", text);
        let mut root = Section::root(&source).unwrap();
        AutogenerateConfig::read(&source, &mut root).map_err(|error| error.to_string())
    }

    #[test]
    fn a_server_stands_under_its_dialect() {
        let config = read("[autogenerate.servers]\npostgres = '${PG}'\nmariadb = 'mariadb://h'").unwrap();
        let servers: Vec<_> =
            config.servers.iter().map(|(dialect, url)| (*dialect, url.value.as_str())).collect();
        assert_eq!(servers, [(Dialect::Postgres, "${PG}"), (Dialect::Mariadb, "mariadb://h")]);
        for (text, expected) in [
            ("sqlite = 'sqlite:a.db'", "migrate.toml:2:1: SQLite needs no server"),
            ("oracle = 'x'", "unknown dialect `oracle`"),
            ("mysql = 3", "`autogenerate.servers.mysql` must be a string"),
            ("mysql = { url = 'x' }", "`autogenerate.servers.mysql` must be a string"),
        ] {
            let told = read(&format!("[autogenerate.servers]\n{text}")).unwrap_err();
            assert!(told.contains(expected), "{text}: {told}");
        }
    }
}
