use std::{fmt::Write as _, path::Path};

use migrate_core::{Code, Error};

use super::{Settings, Source, Spanned, Variables};

/// Where a database URL may come from.
#[derive(Debug)]
pub(crate) struct UrlSources<'a> {
    /// `--database-url`.
    pub(crate) argument: Option<&'a str>,
    /// Of the chosen environment, over those outside every environment.
    pub(crate) settings: &'a Settings,
    pub(crate) variables: &'a Variables,
    /// Where `settings` were read from.
    pub(crate) source: &'a Source,
    /// The folder of that file.
    pub(crate) folder: &'a Path,
}

impl UrlSources<'_> {
    /// The URL of the database: the argument, else the chosen environment's, else `DATABASE_URL`, else the file's.
    ///
    /// # Errors
    /// [`Code::InvalidUrl`] if there is none, [`Code::InvalidConfiguration`] for a variable that is not set.
    pub(crate) fn resolve(&self) -> Result<String, Error> {
        if let Some(url) = self.argument {
            return Ok(url.to_owned());
        }
        match &self.settings.url {
            Some(url) if self.settings.url_is_chosen => self.expanded("url", url),
            Some(url) => self.variable()?.map_or_else(|| self.expanded("url", url), Ok),
            None => self.variable()?.ok_or_else(|| {
                Error::new(Code::InvalidUrl, "no database URL was given").with_help(format!(
                    "use --database-url, set DATABASE_URL (in `.env` too), or set `url` in {}",
                    self.source.name
                ))
            }),
        }
    }

    /// A relative path counts from the `.env`, if it stands there.
    fn variable(&self) -> Result<Option<String>, Error> {
        let found = self.variables.get("DATABASE_URL")?.filter(|url| !url.value.is_empty());
        Ok(found.map(|url| url.folder.and_then(|folder| anchored(&url.value, folder)).unwrap_or(url.value)))
    }

    /// A URL of the file, under that key, with its variables put in. SQLite's relative paths count from the file that
    /// says `sqlite:`, this one or a `.env`, wherever the command was started.
    ///
    /// # Errors
    /// [`Code::InvalidConfiguration`] for a variable that is not set.
    pub(crate) fn expanded(&self, key: &str, url: &Spanned<String>) -> Result<String, Error> {
        let value = |name: &str| Ok(self.variables.get(name)?.map(|variable| variable.value));
        let text = expand(&url.value, value).map_err(|problem| {
            let wrong = |message: String| self.source.error(url.span.clone(), message);
            match problem {
                Problem::Unset(name) => wrong(format!("the variable {name} of `{key}` is not set"))
                    .with_help(match key {
                        "url" => format!("set {name}, in `.env` too, or use --database-url"),
                        _ => format!("set {name}, in `.env` too; where there is no such server, to nothing"),
                    }),
                Problem::NotAName => wrong(format!("a `${{` of `{key}` is not followed by a name and `}}`"))
                    .with_help("write ${NAME}; `$${` stands for `${`"),
                Problem::Unreadable(error) => error,
            }
        })?;
        let folder = match url.value.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
            Some((first, _)) => self.variables.get(first)?.and_then(|variable| variable.folder),
            None => Some(self.folder),
        };
        Ok(folder.and_then(|folder| anchored(&text, folder)).unwrap_or(text))
    }
}

enum Problem {
    Unset(String),
    NotAName,
    Unreadable(Error),
}

/// The text with every `${NAME}` replaced.
fn expand(text: &str, get: impl Fn(&str) -> Result<Option<String>, Error>) -> Result<String, Problem> {
    let (mut expanded, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        if let Some(before) = before.strip_suffix('$') {
            expanded.push_str(before);
            expanded.push_str("${");
            rest = after;
            continue;
        }
        let (name, after) = after.split_once('}').ok_or(Problem::NotAName)?;
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_name {
            return Err(Problem::NotAName);
        }
        expanded.push_str(before);
        let value = get(name).map_err(Problem::Unreadable)?;
        expanded.push_str(&value.ok_or_else(|| Problem::Unset(name.to_owned()))?);
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// The URL with SQLite's path counted from `folder`, if it is one and the path is relative.
fn anchored(url: &str, folder: &Path) -> Option<String> {
    let (scheme, rest) = url.split_once(':')?;
    if !scheme.split('+').next()?.eq_ignore_ascii_case("sqlite") {
        return None;
    }
    let (path, options) = rest.split_once('?').map_or((rest, None), |(path, options)| (path, Some(options)));
    let path = path.strip_prefix("///").or_else(|| path.strip_prefix("//")).unwrap_or(path);
    if path.is_empty() || path.starts_with([':', '/']) || Path::new(path).is_absolute() {
        return None;
    }
    let mut url = String::from("sqlite:");
    // The folder's name was not written as part of a URL.
    for character in folder.to_str()?.chars() {
        match character {
            '%' | '?' | '#' => {
                let _ = write!(url, "%{:02X}", u32::from(character));
            }
            other => url.push(other),
        }
    }
    url.push('/');
    url.push_str(path);
    if let Some(options) = options {
        url.push('?');
        url.push_str(options);
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(
        argument: Option<&str>,
        url: Option<&str>,
        chosen: bool,
        variables: &Variables,
    ) -> Result<String, Error> {
        let source = Source::new("migrate.toml", "url = '...'");
        let url = url.map(|url| Spanned { value: url.to_owned(), span: 6..11 });
        let settings = Settings { url, url_is_chosen: chosen, ..Settings::default() };
        UrlSources { argument, settings: &settings, variables, source: &source, folder: Path::new("/p?/app") }
            .resolve()
    }

    #[test]
    fn the_argument_comes_first_then_the_environment_then_the_variable_then_the_file() {
        let set = Variables::of([("DATABASE_URL", "mysql://variable")]);
        let unset = Variables::of([("DATABASE_URL", "")]);
        let url =
            |argument, chosen, variables| resolve(argument, Some("mysql://file"), chosen, variables).unwrap();
        assert_eq!(url(Some("mysql://argument"), true, &set), "mysql://argument");
        assert_eq!(url(None, true, &set), "mysql://file");
        assert_eq!(url(None, false, &set), "mysql://variable");
        assert_eq!(url(None, false, &unset), "mysql://file");
        assert_eq!(resolve(None, None, false, &unset).unwrap_err().code(), Code::InvalidUrl);
    }

    #[test]
    fn variables_are_put_in_and_one_that_is_missing_is_named() {
        let variables = Variables::of([("PW", "p$w"), ("HOST_1", "h")]);
        let url = |text| resolve(None, Some(text), true, &variables);
        assert_eq!(url("mysql://u:${PW}@${HOST_1}/d").unwrap(), "mysql://u:p$w@h/d");
        assert_eq!(url("mysql://$${PW}$x").unwrap(), "mysql://${PW}$x");
        let error = url("mysql://${NOWHERE_AT_ALL}").unwrap_err();
        assert_eq!(error.to_string(), "migrate.toml:1:7: the variable NOWHERE_AT_ALL of `url` is not set");
        for bad in ["${", "${}", "${A B}", "${A"] {
            assert!(url(bad).unwrap_err().message().contains("not followed by a name"), "{bad}");
        }
    }

    #[test]
    fn a_path_of_sqlite_counts_from_the_file_that_names_it() {
        let variables = Variables::of([("DB", "x.db"), ("URL", "sqlite:x.db")]);
        let url = |text| resolve(None, Some(text), true, &variables).unwrap();
        assert_eq!(url("sqlite:a.db"), "sqlite:/p%3F/app/a.db");
        assert_eq!(url("sqlite:///data/${DB}?mode=ro"), "sqlite:/p%3F/app/data/x.db?mode=ro");
        for same in ["sqlite::memory:", "sqlite:/a.db", "sqlite:////a.db", "postgres://h/d"] {
            assert_eq!(url(same), same);
        }
        assert_eq!(url("${URL}"), "sqlite:/env/x.db");
        let variables = Variables::of([("DATABASE_URL", "sqlite:x.db")]);
        assert_eq!(resolve(None, None, false, &variables).unwrap(), "sqlite:/env/x.db");
    }
}
