use std::path::PathBuf;

use migrate_core::{Code, Error};
use migrate_runtime::DatabaseUrl;

/// One side of a comparison, as the command line names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// `db:URL`, or the URL alone; `db` for that of the project.
    Database(Option<DatabaseUrl>),
    /// `models`.
    Models,
    /// `revisions`, or `revisions@REV`: run in a scratch database.
    Revisions(String),
    /// `sql:FILE`: run in a scratch database.
    File(PathBuf),
}

impl Source {
    /// Reads the word of the command line that stands behind this option.
    ///
    /// # Errors
    /// [`Code::Usage`]; those of [`DatabaseUrl::parse`].
    pub(crate) fn parse(option: &str, word: &str) -> Result<Self, Error> {
        match word {
            "db" => return Ok(Self::Database(None)),
            "models" => return Ok(Self::Models),
            "revisions" => return Ok(Self::Revisions("heads".to_owned())),
            _ => {}
        }
        if let Some(revision) = word.strip_prefix("revisions@").filter(|revision| !revision.is_empty()) {
            return Ok(Self::Revisions(revision.to_owned()));
        }
        if let Some(file) = word.strip_prefix("sql:").filter(|file| !file.is_empty()) {
            return Ok(Self::File(PathBuf::from(file)));
        }
        if let Some(url) = word.strip_prefix("db:") {
            return DatabaseUrl::parse(url).map(|url| Self::Database(Some(url)));
        }
        if word.contains("://") || word.starts_with("sqlite:") {
            return DatabaseUrl::parse(word).map(|url| Self::Database(Some(url)));
        }
        // It may hold a password: it is not repeated.
        Err(Error::new(Code::Usage, format!("{option} names no source of a schema")).with_help(
            "write db:URL, db (the project's database), models, revisions, revisions@REV or sql:FILE",
        ))
    }

    /// Whether it can be read without a project.
    pub(crate) fn stands_alone(&self) -> bool {
        matches!(self, Self::Database(Some(_)) | Self::File(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_told_apart() {
        assert_eq!(Source::parse("--to", "models").unwrap(), Source::Models);
        assert_eq!(Source::parse("--to", "revisions@3f2a").unwrap(), Source::Revisions("3f2a".to_owned()));
        assert_eq!(Source::parse("--to", "sql:a/b.sql").unwrap(), Source::File("a/b.sql".into()));
        assert!(matches!(Source::parse("--to", "db:postgres://h/d").unwrap(), Source::Database(Some(_))));
        assert!(matches!(Source::parse("--to", "sqlite:a.db").unwrap(), Source::Database(Some(_))));
        for word in ["", "revisions@", "sql:", "model", "s3cret@h"] {
            let error = Source::parse("--to", word).unwrap_err();
            assert_eq!(error.code(), Code::Usage, "{word}");
            assert!(
                error.message().starts_with("--to names no source") && !error.to_string().contains("s3cret")
            );
        }
    }
}
