use std::borrow::Cow;

use migrate_core::{Catalog, Dialect};
use migrate_runtime::Versions;

/// A project of a few revisions, held in memory.
#[derive(Debug, Clone, Default)]
pub struct Project {
    files: Vec<(String, String)>,
    dialects: Vec<Dialect>,
}

/// The text of a revision file.
pub fn revision(id: &str, revises: &str, up: &str, down: &str) -> String {
    format!(
        "-- revision {id}\n-- Revision: {id}\n-- Revises: {revises}\n\n-- migrate:up\n{up}\n\n-- migrate:down\n{down}\n"
    )
}

impl Project {
    /// A project without revisions, for one dialect.
    pub fn new(dialect: Dialect) -> Self {
        Self { files: Vec::new(), dialects: vec![dialect] }
    }

    /// A project for several dialects.
    pub fn for_dialects(dialects: &[Dialect]) -> Self {
        Self { files: Vec::new(), dialects: dialects.to_vec() }
    }

    /// Adds, or replaces, a revision.
    #[must_use]
    pub fn with(mut self, id: &str, revises: &str, up: &str, down: &str) -> Self {
        let (name, text) = (format!("versions/{id}.sql"), revision(id, revises, up, down));
        self.files.retain(|(existing, _)| *existing != name);
        self.files.push((name, text));
        self
    }

    /// Adds, or replaces, a file.
    #[must_use]
    pub fn with_file(mut self, name: &str, text: &str) -> Self {
        self.files.retain(|(existing, _)| existing != name);
        self.files.push((name.to_owned(), text.to_owned()));
        self
    }

    /// The revisions, sealed as they are. They live as long as the test process.
    ///
    /// # Panics
    /// If the files are not sound.
    pub fn versions(&self) -> &'static Versions {
        let files =
            self.files.iter().map(|(name, text)| (Cow::Owned(name.clone()), Cow::Owned(text.clone())));
        let catalog = Catalog::load::<Cow<'static, str>, Cow<'static, str>>(files, &self.dialects)
            .expect("a sound project");
        Box::leak(Box::new(Versions::loaded(catalog)))
    }
}
