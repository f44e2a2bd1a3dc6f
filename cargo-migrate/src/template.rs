//! The templates that this program brings along, and how any template is rendered.

use include_dir::{Dir, DirEntry, include_dir};
use migrate_core::{Code, Error, Place};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, syntax::SyntaxConfig};

/// What `cargo migrate init` writes: a folder for each template.
static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The name of the template of new revisions, beside migrate.lock.
pub(crate) const REVISION_TEMPLATE: &str = "revision.sql.j2";

/// The template that is used unless another is asked for.
pub(crate) const DEFAULT: &str = "default";

/// A file of a template.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TemplateFile {
    /// From the folder of the template, with `/`.
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
}

/// What the templates are called.
pub(crate) fn names() -> Vec<&'static str> {
    TEMPLATES.dirs().filter_map(|folder| folder.path().to_str()).collect()
}

/// The files of a template, sorted; nothing if there is no such template.
pub(crate) fn files(name: &str) -> Option<Vec<TemplateFile>> {
    fn collect(folder: &'static Dir<'static>, root: &str, found: &mut Vec<TemplateFile>) {
        for entry in folder.entries() {
            match entry {
                DirEntry::Dir(below) => collect(below, root, found),
                DirEntry::File(file) => {
                    let path =
                        file.path().to_str().and_then(|path| path.strip_prefix(root)?.strip_prefix('/'));
                    if let (Some(path), Some(text)) = (path, file.contents_utf8()) {
                        found.push(TemplateFile { path, text });
                    }
                }
            }
        }
    }
    let folder = TEMPLATES.dirs().find(|folder| folder.path().to_str() == Some(name))?;
    let mut found = Vec::new();
    collect(folder, name, &mut found);
    found.sort_by_key(|file| file.path);
    Some(found)
}

/// The template of new revisions for a project that has none of its own.
pub(crate) fn default_revision() -> &'static str {
    TEMPLATES
        .get_file("default/migrations/revision.sql.j2")
        .and_then(include_dir::File::contents_utf8)
        .unwrap_or("")
}

/// Renders `text`, which messages call `name`. A name that is not defined is an error, so that a typing mistake is
/// seen.
///
/// # Errors
/// [`Code::InvalidConfiguration`], with its place.
pub(crate) fn render(name: &str, text: &str, context: &Value) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // A tag alone on its line leaves no empty line behind.
    let syntax =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    let rendered = syntax.and_then(|syntax| {
        environment.set_syntax(syntax);
        environment.render_named_str(name, text, context.clone())
    });
    rendered.map_err(|error| {
        let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        let rendered = Error::new(Code::InvalidConfiguration, message);
        match error.range().filter(|range| text.get(range.clone()).is_some()) {
            Some(range) => rendered.with_place(Place::new(name, text, range)),
            None => Error::new(Code::InvalidConfiguration, format!("{name}: {}", rendered.message())),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_template_is_there() {
        assert_eq!(names(), ["default"]);
        let paths: Vec<_> = files(DEFAULT).unwrap().iter().map(|file| file.path).collect();
        assert!(
            paths.contains(&"migrate.toml.j2") && paths.contains(&"migrations/revision.sql.j2"),
            "{paths:?}"
        );
        assert!(!default_revision().is_empty());
        assert!(files("nothing").is_none());
    }

    #[test]
    fn a_broken_template_is_an_error_with_its_line() {
        for (text, expected) in
            [("a\n{% for %}", "x.j2:2:"), ("a\n{{ nothing }}", "x.j2:2:4"), ("{{ 1 / 'a' }}", "x.j2:1:")]
        {
            let error = render("x.j2", text, &minijinja::context! {}).unwrap_err();
            assert_eq!(error.code(), Code::InvalidConfiguration);
            assert!(error.to_string().starts_with(expected), "{error}");
        }
    }
}
