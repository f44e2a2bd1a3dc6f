//! What the writers of a table's parts know of it.

use std::collections::BTreeMap;

use super::{
    Explicit,
    entry::Entry,
    enumeration::RustEnum,
    ident::{Idents, is_field, unraw},
};
use crate::{
    lower::{Kind, Naming},
    schema::{ObjectName, Schema, Table},
};

/// What is the same for all tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) schema: &'a Schema,
    pub(super) naming: &'a Naming,
    pub(super) enums: &'a [RustEnum],
    pub(super) explicit: &'a Explicit,
}

/// A table, and the fields of its columns.
pub(super) struct Writer<'a> {
    pub(super) context: Context<'a>,
    pub(super) table: &'a Table,
    /// By the column.
    pub(super) fields: BTreeMap<&'a str, String>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(context: Context<'a>, table: &'a Table) -> Self {
        let mut idents = Idents::default();
        let names = table.columns.iter().map(|column| column.name.as_str());
        // A column that is called as a field would be comes before one that is not.
        let (plain, odd): (Vec<_>, Vec<_>) = names.partition(|name| is_field(name));
        let fields = plain.into_iter().chain(odd).map(|name| (name, idents.field(name))).collect();
        Self { context, table, fields }
    }

    /// The field of a column, as attributes name it: there a keyword is a word like any other.
    pub(super) fn field_of(&self, column: &str) -> String {
        unraw(self.fields.get(column).map_or(column, String::as_str)).to_owned()
    }

    /// `columns(a, b)`
    pub(super) fn columns(&self, columns: &[String]) -> Entry {
        Entry::list("columns", columns.iter().map(|column| self.field_of(column).into()).collect())
    }

    /// `include(a, b)`, if there are any.
    pub(super) fn include(&self, columns: &[String]) -> Option<Entry> {
        let fields: Vec<_> = columns.iter().map(|column| self.field_of(column).into()).collect();
        (!fields.is_empty()).then(|| Entry::list("include", fields))
    }

    /// `name = "..."`, unless it is the one that is given by convention.
    pub(super) fn name(
        &self,
        kind: Kind,
        said: Option<&String>,
        columns: &[&str],
        referred_table: &str,
    ) -> Option<Entry> {
        let said = said?;
        let is_explicit = self.context.explicit.names.contains(&self.table.name);
        let by_convention = self.context.naming.by_convention(
            self.context.schema.dialect,
            kind,
            &self.table.name.name,
            columns,
            referred_table,
        );
        let is_given = !is_explicit && by_convention.as_ref() == Some(said);
        (!is_given).then(|| Entry::text("name", said))
    }

    /// The table's name in a set of explicit things, with a column.
    pub(super) fn column_key(&self, column: &str) -> (ObjectName, String) {
        (self.table.name.clone(), column.to_owned())
    }
}
