//! The Rust text that embeds a project: a block that is a constant expression.

use std::fmt::{self, Display, Write as _};

use migrate_core::{
    Dialect, Timestamp,
    graph::{Index, Node},
    lock::LOCK_FILE,
};

use crate::project::Project;

/// `{ ...; Versions::embedded(...) }`. No path in it is absolute: the files are found from the crate again.
pub(crate) fn expand(project: &Project) -> String {
    let graph = project.catalog.graph();
    let mut text = Text(String::with_capacity(1024 * (1 + graph.len())));
    text.push("{ use ::migrate_runtime::__private as private;\n");
    // A revision that was only added changes none of the files below: the lock is what brings the compiler back.
    text.push(format_args!("const _: &str = ::core::include_str!({});\n", FromCrate(project, LOCK_FILE)));

    text.push("const REVISIONS: &[private::EmbeddedRevision] = &[\n");
    for (index, node) in graph.iter() {
        text.push_revision(project, index, node);
    }
    text.push("];\nconst FILES: &[private::include_dir::DirEntry<'static>] = &[\n");
    for (index, _) in graph.iter() {
        let name = project.catalog.file(index).name();
        text.push(format_args!(
            "private::include_dir::DirEntry::File(private::include_dir::File::new({name:?}, \
             ::core::include_bytes!({}))),\n",
            FromCrate(project, name)
        ));
    }
    text.push("];\n::migrate_runtime::Versions::embedded(private::Embedded { dialects: ");
    text.push_slice(project.catalog.dialects().iter().map(|dialect| variant(*dialect)));
    text.push(", revisions: REVISIONS, heads: ");
    text.push_slice(graph.effective_heads().iter().map(|head| head.position()));
    text.push(format_args!(", folder: {:?}", project.folder.path("")));
    text.push(", files: private::include_dir::Dir::new(\"\", FILES) }) }");
    text.0
}

/// Rust text that grows.
struct Text(String);

impl Text {
    fn push(&mut self, piece: impl Display) {
        // A string takes whatever is written to it.
        let _ = write!(self.0, "{piece}");
    }

    fn push_slice(&mut self, items: impl IntoIterator<Item = impl Display>) {
        self.push("&[");
        for item in items {
            self.push(format_args!("{item}, "));
        }
        self.push("]");
    }

    fn push_revision(&mut self, project: &Project, index: Index, node: &Node) {
        self.push(format_args!(
            "private::EmbeddedRevision {{ id: {:?}, message: {:?}, revises: ",
            node.id.as_str(),
            node.message
        ));
        self.push_slice(node.revises.iter().map(|id| Quoted(id.as_str())));
        self.push(", depends_on: ");
        self.push_slice(node.depends_on.iter().map(|id| Quoted(id.as_str())));
        self.push(", labels: ");
        self.push_slice(node.labels.iter().map(|label| Quoted(label.as_str())));
        self.push(", created: ");
        self.push_option(node.created.as_ref().map(Timestamp::as_str));
        self.push(", irreversible: ");
        self.push_option(node.irreversible.as_deref());
        self.push(", seals: &[");
        let seals = project.catalog.seals(index);
        for seal in project.catalog.dialects().iter().filter_map(|dialect| seals.get(dialect)) {
            self.push(format_args!("(\"{}\", \"{}\"), ", seal.checksum, seal.lineage));
        }
        self.push("] },\n");
    }

    fn push_option(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.push(format_args!("::core::option::Option::Some({value:?})")),
            None => self.push("::core::option::Option::None"),
        }
    }
}

/// A string literal: what `Debug` writes for a string is one that reads back as the same string.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// The path of a file of the project, as an expression that the compiler of the crate completes.
struct FromCrate<'a>(&'a Project, &'a str);

impl Display for FromCrate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = format!("/{}", self.0.folder.path(self.1));
        write!(f, "::core::concat!(::core::env!(\"CARGO_MANIFEST_DIR\"), {path:?})")
    }
}

fn variant(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "private::Dialect::Postgres",
        Dialect::Mysql => "private::Dialect::Mysql",
        Dialect::Mariadb => "private::Dialect::Mariadb",
        Dialect::Mssql => "private::Dialect::Mssql",
        Dialect::Sqlite => "private::Dialect::Sqlite",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use migrate_core::{Catalog, lock::Lock};

    use super::*;
    use crate::folder::Folder;

    const NAME: &str = "versions/a \"b\" {é}.sql";
    const TEXT: &str = "-- say \"\\n\" and é\n-- Revision: a\n-- Labels: x, y\n-- migrate:up\nSELECT 1;\n";

    #[cfg(unix)]
    #[test]
    fn names_and_texts_are_literals_and_no_path_is_absolute() {
        let crate_folder = tempfile::tempdir().unwrap();
        let migrations = crate_folder.path().join("db");
        fs::create_dir_all(migrations.join("versions")).unwrap();
        fs::write(migrations.join(NAME), TEXT).unwrap();
        let lock = Catalog::load([(NAME, TEXT)], &[Dialect::Mssql]).unwrap().seal(&Lock::default());
        fs::write(migrations.join(LOCK_FILE), lock.render()).unwrap();

        let text = expand(&Project::read(Folder::new(crate_folder.path(), "db").unwrap()).unwrap());
        assert!(!text.contains(crate_folder.path().to_str().unwrap()), "{text}");
        for part in [
            r#"message: "say \"\\n\" and é", revises: &[], depends_on: &[], labels: &["x", "y", ]"#,
            r#"File::new("versions/a \"b\" {é}.sql", ::core::include_bytes!(::core::concat!("#,
            r#"::core::env!("CARGO_MANIFEST_DIR"), "/db/versions/a \"b\" {é}.sql")"#,
            r#"include_str!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/db/migrate.lock"))"#,
            "created: ::core::option::Option::None",
            "dialects: &[private::Dialect::Mssql, ], revisions: REVISIONS, heads: &[0, ], folder: \"db/\", files: ",
        ] {
            assert!(text.contains(part), "no {part} in\n{text}");
        }
    }
}
