//! A field of a struct as a column.

use migrate_core::Dialect;
use proc_macro2::Span;
use syn::{Error, Field, Result, Type};

use crate::{
    CheckModel, DefaultModel, ForeignKeyModel, ForeignKeyOptions, IdentityModel, IndexModel, Layer as _,
    Layers, Literal, Reference, Spanned, UniqueModel,
    engine::layer,
    entry::{Entry, Known, Problems, error},
};

/// A column. `T` is the type: as it stands in the source, or resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnModel<T = Type> {
    /// The field of the struct.
    pub field: Spanned<String>,
    /// Its name in the database.
    pub name: Spanned<String>,
    /// What it was called before.
    pub renamed_from: Option<Spanned<String>>,
    /// The type of the field.
    pub ty: T,
    /// Whether it may be NULL, where the type is not to say so.
    pub nullable: Option<Spanned<bool>>,
    /// What people should know about it.
    pub comment: Option<Spanned<String>>,
    /// What may differ from engine to engine.
    pub options: Layers<ColumnOptions>,
}

layer! {
    /// What may be said of a column for all engines, and for one.
    ColumnOptions {
        /// The type in SQL, in place of the one that the field's type gives.
        sql_type: Spanned<String>,
        /// Characters or bytes at most.
        length: Spanned<u32>,
        /// Digits of a number, or of the fraction of a second.
        precision: Spanned<u32>,
        /// Digits behind the point.
        scale: Spanned<u32>,
        /// No negative numbers (MySQL, MariaDB).
        unsigned: Spanned<bool>,
        /// All values have the same length: `char(n)`, `binary(n)`.
        fixed: Spanned<bool>,
        /// The value where a row does not say it.
        default: Spanned<DefaultModel>,
        /// The database numbers the rows.
        identity: Spanned<IdentityModel>,
        /// The expression that the database computes.
        generated: Spanned<String>,
        /// Whether what is computed is kept on disk; none: it is.
        stored: Spanned<bool>,
        /// How texts are ordered and compared.
        collation: Spanned<String>,
        /// The characters of texts (MySQL, MariaDB).
        charset: Spanned<String>,
        /// The expression that each update of the row sets (MySQL, MariaDB).
        on_update: Spanned<String>,
        /// Left out of `SELECT *` (MySQL, MariaDB).
        invisible: Spanned<bool>,
        /// Numbers that were given once are never given again (SQLite).
        autoincrement: Spanned<bool>,
    }
}

/// What a field says beside its column.
#[derive(Debug, Default)]
pub(crate) struct FieldParts {
    /// Where it says that it is part of the primary key.
    pub(crate) primary_key: Option<Span>,
    pub(crate) indexes: Vec<IndexModel>,
    pub(crate) uniques: Vec<UniqueModel>,
    pub(crate) checks: Vec<CheckModel>,
    pub(crate) foreign_keys: Vec<ForeignKeyModel>,
    /// The field is no column.
    pub(crate) skip: Option<Span>,
}

const OPTIONS: [&str; 18] = [
    "type",
    "length",
    "precision",
    "scale",
    "unsigned",
    "fixed",
    "default",
    "default_expr",
    "no_default",
    "identity",
    "generated",
    "stored",
    "virtual",
    "collation",
    "charset",
    "on_update_expr",
    "invisible",
    "autoincrement",
];

const WORDS: [&str; 37] = [
    "name",
    "renamed_from",
    "comment",
    "nullable",
    "skip",
    "primary_key",
    "identity",
    "type",
    "length",
    "precision",
    "scale",
    "unsigned",
    "fixed",
    "default",
    "default_expr",
    "generated",
    "stored",
    "virtual",
    "collation",
    "charset",
    "on_update_expr",
    "invisible",
    "index",
    "unique",
    "check",
    "references",
    "on_delete",
    "on_update",
    "match_full",
    "deferrable",
    "initially_deferred",
    "foreign_key",
    "postgres",
    "mysql",
    "mariadb",
    "mssql",
    "sqlite",
];

impl ColumnModel {
    /// Reads a field; `spelling` turns its name into that of the column.
    pub(crate) fn read(
        field: &Field,
        spelling: impl Fn(&str) -> String,
        problems: &mut Problems,
    ) -> Option<(Self, FieldParts)> {
        use syn::ext::IdentExt as _;

        let ident = field.ident.as_ref()?;
        let own = Spanned::new(ident.unraw().to_string(), ident.span());
        let mut column = Self {
            name: Spanned::new(spelling(&own.value), own.span),
            field: own,
            renamed_from: None,
            ty: field.ty.clone(),
            nullable: None,
            comment: None,
            options: Layers::default(),
        };
        let mut parts = FieldParts::default();
        let mut reference: Option<(Spanned<Reference>, Span)> = None;
        let mut actions = ForeignKeyOptions::default();
        let mut seen = std::collections::BTreeSet::new();
        for attribute in &field.attrs {
            crate::entry::attribute(attribute, "column", problems, &mut seen, |entry, problems| {
                match entry.word.as_str() {
                    "references" => reference = Some((entry.parsed(Reference::parse)?, entry.span)),
                    _ if actions.read(entry)? => {}
                    _ => return column.entry(entry, &mut parts, problems),
                }
                Ok(Known::Once)
            });
        }
        match reference {
            Some((reference, _)) if reference.columns.len() > 1 => {
                problems.push(error(
                    reference.span,
                    "one column cannot refer to several",
                    "write `foreign_key(columns(a, b), references = \"...\")` in `#[table(...)]`",
                ));
            }
            Some((reference, span)) => {
                parts.foreign_keys.push(ForeignKeyModel::of_field(&column.field, reference, actions, span));
            }
            None => {
                if let Some(span) = actions.span() {
                    problems.push(error(
                        span,
                        "this is said of a foreign key, and there is none",
                        "add `references = \"table.column\"`",
                    ));
                }
            }
        }
        for layer in column.options.all() {
            layer.check(problems);
        }
        if let Some(span) = parts.skip
            && seen.len() > 1
        {
            problems.push(Error::new(
                span,
                "a field that is skipped is no column: nothing else can be said of it",
            ));
        }
        Some((column, parts))
    }

    fn entry(&mut self, entry: &Entry<'_>, parts: &mut FieldParts, problems: &mut Problems) -> Result<Known> {
        match entry.word.as_str() {
            "name" => self.name = entry.string()?,
            "renamed_from" => self.renamed_from = Some(entry.string()?),
            "comment" => self.comment = Some(entry.string()?),
            "nullable" => self.nullable = Some(entry.flag()?),
            "skip" if entry.flag()?.value => parts.skip = Some(entry.span),
            "primary_key" if entry.has_list() => {
                return Err(error(
                    entry.span,
                    "`primary_key` on a column is a word alone",
                    "more is said in `#[table(primary_key(name = \"...\"))]`",
                ));
            }
            "primary_key" if entry.flag()?.value => parts.primary_key = Some(entry.span),
            "index" => {
                parts.indexes.push(IndexModel::of_field(&self.field, entry, problems)?);
                return Ok(Known::Often);
            }
            "unique" => parts.uniques.push(UniqueModel::of_field(&self.field, entry, problems)?),
            "check" => {
                parts.checks.push(CheckModel::read(Some(&self.field), entry, problems)?);
                return Ok(Known::Often);
            }
            "foreign_key" => {
                parts.foreign_keys.push(ForeignKeyModel::read(Some(&self.field), entry, problems)?);
                return Ok(Known::Often);
            }
            _ if self.options.read(entry, problems, |layer, dialect, entry, problems| {
                if layer.read(entry, problems)? && fits(&entry.word, dialect) {
                    Ok(Known::Once)
                } else {
                    Ok(Known::Not(words_of(dialect)))
                }
            })? => {}
            // Only one engine has them, or an engine has to take back what was said.
            "no_default" | "autoincrement" => {
                let engine = if entry.word == "no_default" { "mysql" } else { "sqlite" };
                return Err(error(
                    entry.span,
                    format_args!("`{}` is said for one engine", entry.word),
                    format_args!("write `{engine}({})`", entry.word),
                ));
            }
            _ if self.options.base.read(entry, problems)? => {}
            _ => return Ok(Known::Not(&WORDS)),
        }
        Ok(Known::Once)
    }
}

impl<T> ColumnModel<T> {
    /// The same column with its type in another form.
    ///
    /// # Errors
    /// That of `change`.
    pub fn with_type<U, E>(
        self,
        change: impl FnOnce(T) -> std::result::Result<U, E>,
    ) -> std::result::Result<ColumnModel<U>, E> {
        Ok(ColumnModel {
            ty: change(self.ty)?,
            field: self.field,
            name: self.name,
            renamed_from: self.renamed_from,
            nullable: self.nullable,
            comment: self.comment,
            options: self.options,
        })
    }

    /// What holds for an engine. Where it says itself where the value comes from (a default, an identity, an
    /// expression), nothing of that kind is left from what is said for all; where it says the type, neither.
    pub fn options_of(&self, dialect: Dialect) -> ColumnOptions {
        let below = match dialect {
            Dialect::Mariadb => Some(Dialect::Mysql),
            Dialect::Postgres | Dialect::Mysql | Dialect::Mssql | Dialect::Sqlite => None,
        };
        let layers = below.into_iter().chain([dialect]);
        layers.filter_map(|dialect| self.options.engines.get(&dialect)).fold(
            self.options.base.clone(),
            |mut below, layer| {
                if layer.default.is_some() || layer.identity.is_some() || layer.generated.is_some() {
                    (below.default, below.identity, below.generated, below.stored) = (None, None, None, None);
                }
                if layer.sql_type.is_some() {
                    (below.length, below.precision, below.scale) = (None, None, None);
                    (below.unsigned, below.fixed) = (None, None);
                } else if layer.shapes_type().is_some() {
                    below.sql_type = None;
                }
                layer.clone().over(&below)
            },
        )
    }
}

/// Whether an engine can be told this.
fn fits(word: &str, dialect: Dialect) -> bool {
    let mysql = match dialect {
        Dialect::Mysql | Dialect::Mariadb => true,
        Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => false,
    };
    match word {
        "unsigned" | "charset" | "on_update_expr" | "invisible" => mysql,
        "autoincrement" => dialect == Dialect::Sqlite,
        _ => true,
    }
}

/// What can be said for one engine.
fn words_of(dialect: Dialect) -> &'static [&'static str] {
    const MYSQL: &[&str] = OPTIONS.split_at(17).0;
    const OTHERS: &[&str] = &[
        "type",
        "length",
        "precision",
        "scale",
        "fixed",
        "default",
        "default_expr",
        "no_default",
        "identity",
        "generated",
        "stored",
        "virtual",
        "collation",
    ];
    const SQLITE: &[&str] = &[
        "type",
        "length",
        "precision",
        "scale",
        "fixed",
        "default",
        "default_expr",
        "no_default",
        "identity",
        "autoincrement",
        "generated",
        "stored",
        "virtual",
        "collation",
    ];
    match dialect {
        Dialect::Mysql | Dialect::Mariadb => MYSQL,
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres | Dialect::Mssql => OTHERS,
    }
}

impl ColumnOptions {
    fn read(&mut self, entry: &Entry<'_>, problems: &mut Problems) -> Result<bool> {
        match entry.word.as_str() {
            "type" => self.sql_type = Some(entry.string_or_empty()?),
            "length" => self.length = Some(entry.number()?),
            "precision" => self.precision = Some(entry.number()?),
            "scale" => self.scale = Some(entry.number()?),
            "unsigned" => self.unsigned = Some(entry.flag()?),
            "fixed" => self.fixed = Some(entry.flag()?),
            "default" => {
                let literal = entry.value(Literal::read)?;
                self.set_default(entry, literal.map(DefaultModel::Literal), problems);
            }
            "default_expr" => {
                let expression = entry.string()?;
                self.set_default(entry, expression.map(DefaultModel::Expression), problems);
            }
            "no_default" => {
                self.set_default(entry, Spanned::new(DefaultModel::None, entry.span), problems);
            }
            "identity" => self.identity = Some(IdentityModel::read(entry, problems)?),
            "generated" => self.generated = Some(entry.string()?),
            word @ ("stored" | "virtual") => {
                if self.stored.is_some() {
                    problems.push(Error::new(entry.span, "a column is either `stored` or `virtual`"));
                }
                let flag = entry.flag()?;
                self.stored = Some(flag.map(|flag| flag == (word == "stored")));
            }
            "collation" => self.collation = Some(entry.string()?),
            "charset" => self.charset = Some(entry.string()?),
            "on_update_expr" => self.on_update = Some(entry.string()?),
            "invisible" => self.invisible = Some(entry.flag()?),
            "autoincrement" => self.autoincrement = Some(entry.flag()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn set_default(&mut self, entry: &Entry<'_>, default: Spanned<DefaultModel>, problems: &mut Problems) {
        if self.default.is_some() {
            problems.push(Error::new(entry.span, "a column has one default"));
        }
        self.default = Some(default);
    }

    /// Where something is said that a type in SQL says itself.
    fn shapes_type(&self) -> Option<(&'static str, Span)> {
        let numbers =
            [("length", self.length), ("precision", self.precision), ("scale", self.scale)].into_iter();
        let flags = [("unsigned", self.unsigned), ("fixed", self.fixed)].into_iter();
        numbers
            .filter_map(|(word, number)| Some((word, number?.span)))
            .chain(flags.filter_map(|(word, flag)| Some((word, flag?.span))))
            .next()
    }

    /// What contradicts itself.
    fn check(&self, problems: &mut Problems) {
        if let (Some(_), Some((word, span))) = (&self.sql_type, self.shapes_type()) {
            problems.push(error(
                span,
                format_args!("`{word}` beside `type`"),
                "`type` is taken as it is written: put it in there",
            ));
        }
        let sources = [
            ("identity", self.identity.as_ref().map(|identity| identity.span)),
            ("generated", self.generated.as_ref().map(|generated| generated.span)),
            ("default", self.default.as_ref().map(|default| default.span)),
        ];
        let mut sources = sources.into_iter().filter_map(|(word, span)| Some((word, span?)));
        if let (Some((first, _)), Some((second, span))) = (sources.next(), sources.next()) {
            problems.push(Error::new(span, format!("a column with `{first}` has no `{second}`")));
        }
        if let (Some(stored), None) = (self.stored, &self.generated) {
            problems.push(error(
                stored.span,
                "only a column that the database computes is stored or virtual",
                "add `generated = \"...\"`",
            ));
        }
        if let (Some(precision), Some(scale)) = (self.precision, self.scale)
            && scale.value > precision.value
        {
            problems.push(Error::new(
                scale.span,
                format!("{} digits behind the point, of {} in all", scale.value, precision.value),
            ));
        }
        if let Some(length) = self.length.filter(|length| length.value == 0) {
            problems.push(Error::new(length.span, "`length` is at least 1"));
        }
        if let (Some(scale), None) = (self.scale, self.precision) {
            problems.push(error(
                scale.span,
                "`scale` without `precision`",
                "say how many digits there are in all",
            ));
        }
    }
}
