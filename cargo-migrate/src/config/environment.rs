use std::time::Duration;

use jiff::SignedDuration;
use migrate_core::Error;

use super::{
    Source, Spanned,
    reader::{Section, Word},
};

/// What may differ from one database to another: outside `[env]`, or in one `[env.NAME]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// As it stands in the file.
    pub(crate) url: Option<Spanned<String>>,
    /// Whether `url` was chosen by name, so that it comes before `DATABASE_URL`.
    pub(crate) url_is_chosen: bool,
    pub(crate) version_table: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) lock_wait: Option<Duration>,
}

impl Settings {
    pub(super) fn read(source: &Source, section: &mut Section<'_>) -> Result<Self, Error> {
        Ok(Self {
            url: section.string("url")?,
            url_is_chosen: false,
            version_table: not_empty(source, "version_table", section.string("version_table")?)?,
            schema: not_empty(source, "schema", section.string("schema")?)?,
            lock_wait: section
                .string_or_number("lock_wait")?
                .map(|wait| duration(source, wait))
                .transpose()?,
        })
    }

    /// These, and `base` where these say nothing.
    pub(super) fn over(&self, base: &Self) -> Self {
        Self {
            url: self.url.clone().or_else(|| base.url.clone()),
            url_is_chosen: self.url.is_some(),
            version_table: self.version_table.clone().or_else(|| base.version_table.clone()),
            schema: self.schema.clone().or_else(|| base.schema.clone()),
            lock_wait: self.lock_wait.or(base.lock_wait),
        }
    }
}

fn not_empty(source: &Source, key: &str, text: Option<Spanned<String>>) -> Result<Option<String>, Error> {
    match text {
        Some(text) if text.value.trim().is_empty() => Err(source
            .error(text.span, format!("`{key}` is empty"))
            .with_help("leave the line out for the default")),
        other => Ok(other.map(|text| text.value)),
    }
}

fn duration(source: &Source, wait: Spanned<Word>) -> Result<Duration, Error> {
    let parsed = match wait.value {
        Word::Number(seconds) => u64::try_from(seconds).ok().map(Duration::from_secs),
        Word::Text(text) => parse_duration(&text),
    };
    parsed.ok_or_else(|| {
        source
            .error(wait.span, "`lock_wait` is not a duration")
            .with_help("write seconds, or a text like \"90s\", \"5m\" or \"1h\"")
    })
}

/// Seconds, or a number with a unit: `90`, `90s`, `5m`, `1h 30m`.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    text.parse::<SignedDuration>().ok().and_then(|wait| Duration::try_from(wait).ok())
}
