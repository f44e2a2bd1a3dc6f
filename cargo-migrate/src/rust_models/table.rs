//! A table as a struct.

use std::collections::BTreeMap;

use migrate_core::Dialect;
use migrate_models::Case;

use super::{
    attributes::{deferrable, maybe, numbers},
    entry::{Entry, attribute},
    ident::{case, unraw},
    imports::Imports,
    writer::{Context, Writer},
};
use crate::{
    lower::Kind,
    schema::{Sequence, Table},
};

/// The text of the struct, with the sequences that it declares.
pub(super) fn render(
    context: Context<'_>,
    table: &Table,
    ident: &str,
    sequences: &[&Sequence],
    imports: &mut Imports<'_>,
    dependencies: &mut BTreeMap<&'static str, &'static str>,
) -> String {
    let writer = Writer::new(context, table);
    let mut parts = writer.parts();
    let case = case(writer.names(), ToOwned::to_owned);
    let mut entries = writer.entries(ident, case);
    entries.append(&mut parts.on_table);
    entries.extend(sequences.iter().map(|sequence| declared(sequence)));
    let fields: String = table
        .columns
        .iter()
        .map(|column| {
            let field = writer.field_of(&column.name);
            let name = case.map_or_else(|| unraw(&field).to_owned(), |case| case.apply(unraw(&field)));
            let parts = parts.on_fields.remove(column.name.as_str()).unwrap_or_default();
            let written = writer.field(column, &name, parts, imports);
            dependencies.extend(written.dependency);
            written.text
        })
        .collect();
    format!(
        "#[derive(Debug, Clone, Table)]\n{}pub struct {ident} {{\n{fields}}}\n",
        attribute("table", &entries, "")
    )
}

/// A sequence that belongs to no column.
fn declared(sequence: &Sequence) -> Entry {
    let mut inner = vec![Entry::text("name", &sequence.name.name)];
    inner.extend(maybe("schema", sequence.name.schema.as_ref()));
    inner.extend(maybe("type", sequence.ty.as_ref()));
    inner.extend(numbers(&sequence.options));
    inner.extend(maybe("comment", sequence.comment.as_ref()));
    Entry::list("sequence", inner)
}

impl Writer<'_> {
    /// What is said of the table as a whole.
    fn entries(&self, ident: &str, case: Option<Case>) -> Vec<Entry> {
        let name = &self.table.name;
        let mut entries = Vec::new();
        if Case::Snake.apply(unraw(ident)) != name.name {
            entries.push(Entry::text("name", &name.name));
        }
        entries.extend(maybe("schema", name.schema.as_ref()));
        entries.extend(case.map(|case| Entry::text("rename_all", case.name())));
        entries.extend(maybe("comment", self.table.comment.as_ref()));
        entries.extend(self.options());
        entries.extend(self.primary_key());
        entries
    }

    fn options(&self) -> Option<Entry> {
        let dialect = self.context.schema.dialect;
        let mut inner: Vec<Entry> = Vec::new();
        let mut parameters = Vec::new();
        for (word, value) in &self.table.options {
            match (dialect, word.as_str()) {
                (Dialect::Sqlite, "strict" | "without_rowid") | (Dialect::Postgres, "unlogged") => {
                    inner.push(word.as_str().into());
                }
                (Dialect::Mysql | Dialect::Mariadb, "engine" | "charset" | "collation" | "row_format") => {
                    inner.push(Entry::text(word, value));
                }
                (Dialect::Postgres, _) => parameters.push(Entry::text(word, value)),
                (Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite, _) => {}
            }
        }
        inner.extend((!parameters.is_empty()).then(|| Entry::list("with", parameters)));
        let engine = match dialect {
            Dialect::Mysql | Dialect::Mariadb => "mysql",
            Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => dialect.name(),
        };
        (!inner.is_empty()).then(|| Entry::list(engine, inner))
    }

    /// Nothing where the fields say it all.
    fn primary_key(&self) -> Option<Entry> {
        let key = self.table.primary_key.as_ref()?;
        let columns: Vec<_> = key.columns.iter().map(String::as_str).collect();
        let mut inner: Vec<Entry> = Vec::new();
        inner.extend((!self.key_is_on_fields()).then(|| self.columns(&key.columns)));
        inner.extend(self.name(Kind::PrimaryKey, key.name.as_ref(), &columns, ""));
        inner.extend(self.include(&key.include));
        inner.extend(deferrable(key.deferrable));
        inner.extend((key.clustered == Some(false)).then(|| "clustered = false".into()));
        inner.extend(maybe("comment", key.comment.as_ref()));
        (!inner.is_empty()).then(|| Entry::list("primary_key", inner))
    }
}
