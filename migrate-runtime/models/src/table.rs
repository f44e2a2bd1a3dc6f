//! A struct as a table.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::Dialect;
use syn::{Data, DeriveInput, Error, Fields, Result, Type, ext::IdentExt as _};

use crate::{
    Case, CheckModel, ColumnModel, ExclusionModel, ForeignKeyModel, IndexModel, Layers, Only,
    PrimaryKeyModel, SequenceModel, Spanned, UniqueModel,
    column::FieldParts,
    engine::layer,
    entry::{Entry, Known, Problems, attribute, error},
    index::words,
};

/// A table. `T` is the type of its columns: as it stands in the source, or resolved.
///
/// Keys, indexes and checks name fields of the struct; foreign keys refer by the names in the database.
#[derive(Debug, Clone, PartialEq)]
pub struct TableModel<T = Type> {
    /// The struct.
    pub ident: Spanned<String>,
    /// Its name in the database: that of the struct in snake case, unless said otherwise.
    pub name: Spanned<String>,
    /// What it was called before.
    pub renamed_from: Option<Spanned<String>>,
    /// What people should know about it.
    pub comment: Option<Spanned<String>>,
    /// The engines that it is for.
    pub only: Only,
    /// What may differ from engine to engine.
    pub options: Layers<TableOptions>,
    /// In the order of the fields; without those that are skipped.
    pub columns: Vec<ColumnModel<T>>,
    /// The primary key, if there is one.
    pub primary_key: Option<PrimaryKeyModel>,
    /// Unique constraints, those of the table first.
    pub uniques: Vec<UniqueModel>,
    /// Indexes, those of the table first.
    pub indexes: Vec<IndexModel>,
    /// Foreign keys, those of the table first.
    pub foreign_keys: Vec<ForeignKeyModel>,
    /// Checks, those of the table first.
    pub checks: Vec<CheckModel>,
    /// Exclusion constraints.
    pub exclusions: Vec<ExclusionModel>,
    /// Sequences that belong to no column. They are declared here for want of a better place.
    pub sequences: Vec<SequenceModel>,
}

layer! {
    /// What may be said of a table for all engines, and for one.
    TableOptions {
        /// The schema that it is in; none: the default schema of the connection. MySQL, MariaDB and SQLite have none
        /// inside a database.
        schema: Spanned<String>,
        /// The storage engine (MySQL, MariaDB).
        engine: Spanned<String>,
        /// The characters of texts (MySQL, MariaDB).
        charset: Spanned<String>,
        /// How texts are ordered and compared (MySQL, MariaDB).
        collation: Spanned<String>,
        /// How rows are stored (MySQL, MariaDB).
        row_format: Spanned<String>,
        /// Values have the types of their columns (SQLite).
        strict: Spanned<bool>,
        /// The primary key is where the rows are (SQLite).
        without_rowid: Spanned<bool>,
        /// Not in the write-ahead log (PostgreSQL).
        unlogged: Spanned<bool>,
        /// Storage parameters, by the engine's own words: `with(fillfactor = 70)` (PostgreSQL).
        with: BTreeMap<String, Spanned<String>>,
    }
}

const WORDS: [&str; 19] = [
    "name",
    "schema",
    "comment",
    "renamed_from",
    "rename_all",
    "only",
    "primary_key",
    "index",
    "unique",
    "check",
    "foreign_key",
    "exclude",
    "sequence",
    "postgres",
    "mysql",
    "mariadb",
    "mssql",
    "sqlite",
    // Known, so that a slip of the pen finds it; `options` says where it belongs.
    "engine",
];

impl TableModel {
    /// Reads a struct with `derive(Table)`. Other attributes are passed by.
    ///
    /// # Errors
    /// Every mistake in the attributes, each at its place; [`parts`](crate::parts) parts a message from what to do.
    pub fn read(input: &DeriveInput) -> Result<Self> {
        let mut problems = Problems::default();
        let ident = Spanned::new(input.ident.unraw().to_string(), input.ident.span());
        let Data::Struct(data) = &input.data else { return Err(not_a_struct(&ident)) };
        let Fields::Named(fields) = &data.fields else { return Err(not_a_struct(&ident)) };

        let mut table = Self {
            name: Spanned::new(Case::Snake.apply(&ident.value), ident.span),
            ident,
            renamed_from: None,
            comment: None,
            only: Only::default(),
            options: Layers::default(),
            columns: Vec::with_capacity(fields.named.len()),
            primary_key: None,
            uniques: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            exclusions: Vec::new(),
            sequences: Vec::new(),
        };
        let mut case = None;
        let mut seen = BTreeSet::new();
        for found in &input.attrs {
            attribute(found, "table", &mut problems, &mut seen, |entry, problems| {
                if entry.word == "rename_all" {
                    case = Some(entry.parsed(case_named)?.value);
                    return Ok(Known::Once);
                }
                table.entry(entry, problems)
            });
        }
        let spelling = |name: &str| case.map_or_else(|| name.to_owned(), |case| case.apply(name));
        let mut skipped = Vec::new();
        let mut key = Vec::new();
        for field in &fields.named {
            let Some((column, parts)) = ColumnModel::read(field, spelling, &mut problems) else { continue };
            let FieldParts { primary_key, indexes, uniques, checks, foreign_keys, skip } = parts;
            if skip.is_some() {
                skipped.push(column.field.value);
                continue;
            }
            if let Some(span) = primary_key {
                key.push(Spanned::new(column.field.value.clone(), span));
            }
            table.columns.push(column);
            table.indexes.extend(indexes);
            table.uniques.extend(uniques);
            table.checks.extend(checks);
            table.foreign_keys.extend(foreign_keys);
        }
        table.put_key(key, &mut problems);
        table.check(&skipped, &mut problems);
        problems.finish(table)
    }

    fn entry(&mut self, entry: &Entry<'_>, problems: &mut Problems) -> Result<Known> {
        match entry.word.as_str() {
            "name" => self.name = entry.string()?,
            "renamed_from" => self.renamed_from = Some(entry.string()?),
            "comment" => self.comment = Some(entry.string()?),
            "schema" => self.options.base.schema = Some(entry.string()?),
            "only" => self.only.read(entry, problems)?,
            "primary_key" => self.primary_key = Some(PrimaryKeyModel::read(entry, problems)?),
            "index" => {
                self.indexes.push(IndexModel::read(entry, problems)?);
                return Ok(Known::Often);
            }
            "unique" => {
                self.uniques.push(UniqueModel::read(entry, problems)?);
                return Ok(Known::Often);
            }
            "check" => {
                self.checks.push(CheckModel::read(None, entry, problems)?);
                return Ok(Known::Often);
            }
            "foreign_key" => {
                self.foreign_keys.push(ForeignKeyModel::read(None, entry, problems)?);
                return Ok(Known::Often);
            }
            "exclude" => {
                self.exclusions.push(ExclusionModel::read(entry, problems)?);
                return Ok(Known::Often);
            }
            "sequence" => {
                self.sequences.push(SequenceModel::read(entry, problems)?);
                return Ok(Known::Often);
            }
            "engine" | "charset" | "collation" | "row_format" => {
                return Err(belongs(entry, "mysql"));
            }
            "strict" | "without_rowid" => return Err(belongs(entry, "sqlite")),
            "unlogged" | "with" => return Err(belongs(entry, "postgres")),
            _ if self.options.read(entry, problems, |layer, dialect, entry, problems| {
                let words = TableOptions::words(dialect);
                if words.contains(&entry.word.as_str()) && layer.read(entry, problems)? {
                    Ok(Known::Once)
                } else {
                    Ok(Known::Not(words))
                }
            })? => {}
            _ => return Ok(Known::Not(&WORDS)),
        }
        Ok(Known::Once)
    }

    /// The key is what the table says, or what its fields say.
    fn put_key(&mut self, of_fields: Vec<Spanned<String>>, problems: &mut Problems) {
        let first = of_fields.first().map(|field| field.span);
        match (&mut self.primary_key, first) {
            (Some(key), Some(span)) if !key.columns.is_empty() => problems.push(error(
                span,
                "the primary key stands in `#[table(...)]` already",
                "say it in one place: the columns there, or `primary_key` on the fields",
            )),
            (Some(key), Some(_)) => key.columns = of_fields,
            (Some(key), None) if key.columns.is_empty() && problems.len() == 0 => problems.push(error(
                key.at.span,
                "the primary key has no columns",
                "name them: `primary_key(columns(a, b))`, or write `primary_key` on the fields",
            )),
            (None, Some(span)) => {
                let mut key = PrimaryKeyModel::at(span);
                key.columns = of_fields;
                self.primary_key = Some(key);
            }
            (_, None) => {}
        }
    }
}

impl<T> TableModel<T> {
    /// The same table with the types of its columns in another form.
    ///
    /// # Errors
    /// All those of `change`.
    pub fn with_types<U, E>(
        self,
        mut change: impl FnMut(&mut ColumnModel<T>) -> std::result::Result<U, E>,
    ) -> std::result::Result<TableModel<U>, Vec<E>> {
        let mut errors = Vec::new();
        let mut columns = Vec::with_capacity(self.columns.len());
        for mut column in self.columns {
            match change(&mut column).and_then(|ty| column.with_type(|_| Ok(ty))) {
                Ok(column) => columns.push(column),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(TableModel {
            columns,
            ident: self.ident,
            name: self.name,
            renamed_from: self.renamed_from,
            comment: self.comment,
            only: self.only,
            options: self.options,
            primary_key: self.primary_key,
            uniques: self.uniques,
            indexes: self.indexes,
            foreign_keys: self.foreign_keys,
            checks: self.checks,
            exclusions: self.exclusions,
            sequences: self.sequences,
        })
    }

    /// The column of a field.
    pub fn column(&self, field: &str) -> Option<&ColumnModel<T>> {
        self.columns.iter().find(|column| column.field.value == field)
    }
}

impl TableOptions {
    /// What can be said for one engine.
    fn words(dialect: Dialect) -> &'static [&'static str] {
        match dialect {
            Dialect::Postgres => &["schema", "unlogged", "with"],
            Dialect::Mysql | Dialect::Mariadb => &["engine", "charset", "collation", "row_format"],
            Dialect::Mssql => &["schema"],
            Dialect::Sqlite => &["strict", "without_rowid"],
        }
    }

    fn read(&mut self, entry: &Entry<'_>, problems: &mut Problems) -> Result<bool> {
        match entry.word.as_str() {
            "schema" => self.schema = Some(entry.string()?),
            "engine" => self.engine = Some(entry.string()?),
            "charset" => self.charset = Some(entry.string()?),
            "collation" => self.collation = Some(entry.string()?),
            "row_format" => self.row_format = Some(entry.string()?),
            "strict" => self.strict = Some(entry.flag()?),
            "without_rowid" => self.without_rowid = Some(entry.flag()?),
            "unlogged" => self.unlogged = Some(entry.flag()?),
            "with" => self.with = Some(words(entry, problems)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A case by its name.
pub(crate) fn case_named(name: &str) -> std::result::Result<Case, String> {
    Case::ALL.into_iter().find(|case| case.name() == name).ok_or_else(|| {
        format!("no case is called `{name}`: expected one of {}", Case::ALL.map(Case::name).join(", "))
    })
}

fn belongs(entry: &Entry<'_>, engine: &str) -> Error {
    error(
        entry.span,
        format_args!("`{}` is said for one engine", entry.word),
        format_args!("write `{engine}({} ...)`", entry.word),
    )
}

fn not_a_struct(ident: &Spanned<String>) -> Error {
    error(
        ident.span,
        format_args!("`{}` is no table: it is not a struct with named fields", ident.value),
        "derive Table for `struct Name { field: Type, ... }`; for an enum there is derive(Enum)",
    )
}
