//! What can be wrong within one struct once everything is read: names that are no field, or stand twice.

use std::collections::BTreeMap;

use migrate_core::suggest;
use proc_macro2::Span;
use syn::Error;

use crate::{
    Spanned, TableModel,
    entry::{Problems, error},
};

impl<T> TableModel<T> {
    /// Looks for mistakes; `skipped` are the fields that are no columns.
    pub(crate) fn check(&self, skipped: &[String], problems: &mut Problems) {
        if self.columns.is_empty() {
            problems.push(error(
                self.ident.span,
                format_args!("table `{}` has no columns", self.name.value),
                "add a field",
            ));
        }
        let mut columns: BTreeMap<&str, &Spanned<String>> = BTreeMap::new();
        for column in &self.columns {
            if column.name.is_empty() {
                problems.push(error(
                    column.field.span,
                    format_args!("the name of `{}` is empty in that case", column.field.value),
                    "give it one: `#[column(name = \"...\")]`",
                ));
            } else if let Some(other) = columns.insert(&column.name.value, &column.field) {
                problems.push(Error::new(
                    column.name.span,
                    format!(
                        "`{}` and `{}` are both the column `{}`",
                        other.value, column.field.value, column.name.value
                    ),
                ));
            }
        }
        self.check_fields(skipped, problems);
        self.check_names(problems);
        self.check_deferrable(problems);
    }

    fn check_fields(&self, skipped: &[String], problems: &mut Problems) {
        let key = self.primary_key.iter().flat_map(|key| key.columns.iter().chain(&key.include));
        let uniques = self.uniques.iter().flat_map(|unique| {
            let include = unique.options.all().flat_map(|options| options.include.iter().flatten());
            unique.columns.iter().chain(include)
        });
        let keys = self.foreign_keys.iter().flat_map(|key| &key.columns);
        let named = key.chain(uniques).chain(keys);
        let named = named.map(|field| Spanned::new(field.value.as_str(), field.span));
        for field in named.chain(self.indexes.iter().flat_map(super::index::IndexModel::fields)) {
            if self.column(field.value).is_some() {
                continue;
            }
            problems.push(self.no_field(field, skipped));
        }
        let key = self.primary_key.iter().map(|key| (key.columns.as_slice(), "the primary key"));
        let uniques = self.uniques.iter().map(|unique| (unique.columns.as_slice(), "the unique constraint"));
        let keys = self.foreign_keys.iter().map(|key| (key.columns.as_slice(), "the foreign key"));
        for (columns, what) in key.chain(uniques).chain(keys) {
            for (at, field) in columns.iter().enumerate() {
                if columns[..at].contains(field) {
                    problems
                        .push(Error::new(field.span, format!("`{}` stands twice in {what}", field.value)));
                }
            }
        }
    }

    fn no_field(&self, field: Spanned<&str>, skipped: &[String]) -> Error {
        if skipped.iter().any(|name| name == field.value) {
            return Error::new(field.span, format!("`{}` is skipped: it is no column", field.value));
        }
        if let Some(column) = self.columns.iter().find(|column| column.name.value == field.value) {
            return error(
                field.span,
                format_args!("`{}` has no field `{}`", self.ident.value, field.value),
                format_args!("columns go by their field here: write `{}`", column.field.value),
            );
        }
        let fields: Vec<_> = self.columns.iter().map(|column| column.field.value.as_str()).collect();
        let message = format!("`{}` has no field `{}`", self.ident.value, field.value);
        match suggest(field.value, fields.iter().copied()).first() {
            Some(near) => Error::new(field.span, format!("{message}, did you mean `{near}`?")),
            None => error(field.span, message, format_args!("its fields are {}", fields.join(", "))),
        }
    }

    /// Names that are written out must differ within the table.
    fn check_names(&self, problems: &mut Problems) {
        let mut constraints: BTreeMap<&str, Span> = BTreeMap::new();
        let mut indexes: BTreeMap<&str, Span> = BTreeMap::new();
        let key = self.primary_key.iter().filter_map(|key| key.name.as_ref());
        let names = key
            .chain(self.uniques.iter().filter_map(|unique| unique.name.as_ref()))
            .chain(self.checks.iter().filter_map(|check| check.name.as_ref()))
            .chain(self.foreign_keys.iter().filter_map(|key| key.name.as_ref()))
            .chain(self.exclusions.iter().filter_map(|exclusion| exclusion.name.as_ref()));
        for name in names {
            if constraints.insert(&name.value, name.span).is_some() {
                problems.push(Error::new(name.span, format!("two constraints are called `{}`", name.value)));
            }
        }
        for name in self.indexes.iter().filter_map(|index| index.name.as_ref()) {
            if indexes.insert(&name.value, name.span).is_some() {
                problems.push(Error::new(name.span, format!("two indexes are called `{}`", name.value)));
            }
        }
    }

    /// What is checked at the end of a transaction by itself must be one that can be.
    fn check_deferrable(&self, problems: &mut Problems) {
        let key = self.primary_key.iter().map(|key| (key.deferrable, key.initially_deferred));
        let uniques = self.uniques.iter().flat_map(|unique| {
            unique.options.all().map(|options| (options.deferrable, options.initially_deferred))
        });
        let keys = self.foreign_keys.iter().flat_map(|key| {
            key.options.all().map(|options| (options.deferrable, options.initially_deferred))
        });
        let exclusions =
            self.exclusions.iter().map(|exclusion| (exclusion.deferrable, exclusion.initially_deferred));
        for (deferrable, initially) in key.chain(uniques).chain(keys).chain(exclusions) {
            if let (Some(never), Some(initially)) = (deferrable, initially)
                && initially.value
                && !never.value
            {
                problems.push(Error::new(
                    never.span,
                    "what is initially deferred is deferrable: one of the two is wrong",
                ));
            }
        }
    }
}
