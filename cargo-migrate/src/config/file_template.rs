use jiff::{Zoned, fmt::strtime};
use migrate_core::RevisionId;

/// How new revision files are called: the directives of `strftime` for the time of creation, `{id}` and `{slug}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileTemplate(String);

/// Sorts by time, then says which revision it is and what it does.
const DEFAULT: &str = "%Y%m%dT%H%M%S_{id}_{slug}";

/// File systems take 255 bytes; an id may have 64 and a slug 40.
const LONGEST: usize = 200;

impl Default for FileTemplate {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

impl FileTemplate {
    pub(crate) const HELP: &'static str = "{id} is the revision, {slug} the message, %Y %m %d %H %M %S the time of \
                                           creation; the default is \"%Y%m%dT%H%M%S_{id}_{slug}\"";

    /// Checks a template. What is wrong with it is said as a fragment behind its name.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_suffix(".sql").unwrap_or(text);
        if !text.contains("{id}") {
            return Err("has no {id}, without which two files could get one name".to_owned());
        }
        let template = Self(text.to_owned());
        template.named(&Zoned::default(), "0", "x").map(|_| template)
    }

    /// The name of a file, with its ending.
    pub(crate) fn file_name(&self, created: &Zoned, id: &RevisionId, slug: &str) -> Result<String, String> {
        self.named(created, id.as_str(), slug)
    }

    fn named(&self, created: &Zoned, id: &str, slug: &str) -> Result<String, String> {
        // The time first: what is put in afterwards is not looked at for directives.
        let timed = strtime::format(&self.0, created).map_err(|error| format!("cannot be used: {error}"))?;
        let name = timed.replace("{slug}", slug).replace("{id}", id);
        let unsound = |c: char| c.is_control() || c.is_whitespace() || "<>:\"/\\|?*{}".contains(c);
        if let Some(bad) = name.chars().find(|c| unsound(*c)) {
            return Err(format!("gives names with `{}`", bad.escape_debug()));
        }
        if name.starts_with(['.', '-']) {
            return Err("gives names that begin with a dot or a dash".to_owned());
        }
        if name.len() > LONGEST {
            return Err(format!("gives names longer than {LONGEST} bytes"));
        }
        Ok(format!("{name}.sql"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(template: &str) -> String {
        let created: Zoned = "2026-11-20T08:15:00[UTC]".parse().unwrap();
        let id = "3f2a9c41d07b".parse().unwrap();
        FileTemplate::parse(template).unwrap().file_name(&created, &id, "add_bio").unwrap()
    }

    #[test]
    fn a_name_has_the_time_the_id_and_the_slug() {
        assert_eq!(name(DEFAULT), "20261120T081500_3f2a9c41d07b_add_bio.sql");
        assert_eq!(name("{id}.sql"), "3f2a9c41d07b.sql");
        assert_eq!(name("%j-{slug}-{id}"), "324-add_bio-3f2a9c41d07b.sql");
    }

    #[test]
    fn a_template_that_gives_unsound_names_is_refused() {
        for bad in
            ["", "{slug}", "{id}/{slug}", "{id}{rev}", ".{id}", "{id} x", "%T_{id}", "{id}%Q%", "../{id}"]
        {
            assert!(FileTemplate::parse(bad).is_err(), "{bad}");
        }
    }
}
