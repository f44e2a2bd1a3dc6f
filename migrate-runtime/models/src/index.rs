//! Indexes: `index(columns(email, created_at desc nulls_last, "lower(name)"), unique, where = "...")`.

use std::collections::BTreeMap;

use proc_macro2::Span;
use syn::{
    Ident, LitInt, LitStr, Result, Token, ext::IdentExt as _, parenthesized, parse::ParseStream, token,
};

use crate::{
    Layers, Only, Spanned,
    engine::layer,
    entry::{Entry, Known, Problems, error, field},
};

/// An index.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexModel {
    /// Its name in the database; none: made by the project's convention.
    pub name: Option<Spanned<String>>,
    /// What it was called before.
    pub renamed_from: Option<Spanned<String>>,
    /// No two rows may have the same key.
    pub unique: bool,
    /// What people should know about it.
    pub comment: Option<Spanned<String>>,
    /// What may differ from engine to engine.
    pub options: Layers<IndexOptions>,
    /// The engines that it is for.
    pub only: Only,
    /// Where it is declared.
    pub at: Spanned<()>,
}

layer! {
    /// What may be said of an index for all engines, and for one.
    IndexOptions {
        /// What it orders. For all engines never empty.
        parts: Vec<IndexPart>,
        /// The access method: `gin`, `hash`; `fulltext` and `spatial` on MySQL.
        using: Spanned<String>,
        /// The condition of a partial index, in SQL.
        filter: Spanned<String>,
        /// Fields that ride along (PostgreSQL, SQL Server).
        include: Vec<Spanned<String>>,
        /// Two NULLs are the same (PostgreSQL 15 and later).
        nulls_not_distinct: Spanned<bool>,
        /// The table is kept in its order (SQL Server).
        clustered: Spanned<bool>,
        /// The planner passes it by (MySQL, MariaDB).
        invisible: Spanned<bool>,
        /// Storage parameters, by the engine's own words: `with(fillfactor = 70)`.
        with: BTreeMap<String, Spanned<String>>,
    }
}

/// A part of an index's key.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexPart {
    /// What is ordered.
    pub key: Spanned<IndexKey>,
    /// The greatest first.
    pub descending: bool,
    /// Where NULLs stand, if not where the direction puts them.
    pub nulls: Option<Nulls>,
    /// PostgreSQL: how values are compared.
    pub operator_class: Option<Spanned<String>>,
    /// If not that of the column.
    pub collation: Option<Spanned<String>>,
    /// MySQL and MariaDB: how many characters count.
    pub prefix: Option<Spanned<u32>>,
}

/// What an index orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexKey {
    /// A field of the struct.
    Field(String),
    /// SQL.
    Expression(String),
}

/// Where NULLs stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// Before all values.
    First,
    /// Behind all values.
    Last,
}

const OPTIONS: [&str; 8] =
    ["columns", "using", "where", "include", "nulls_not_distinct", "clustered", "invisible", "with"];

const WORDS: [&str; 18] = [
    "columns",
    "name",
    "unique",
    "where",
    "using",
    "include",
    "nulls_not_distinct",
    "clustered",
    "invisible",
    "with",
    "comment",
    "renamed_from",
    "only",
    "postgres",
    "mysql",
    "mariadb",
    "mssql",
    "sqlite",
];

const OF_A_COLUMN: [&str; 23] = [
    "name",
    "unique",
    "where",
    "using",
    "include",
    "nulls_not_distinct",
    "clustered",
    "invisible",
    "with",
    "comment",
    "renamed_from",
    "only",
    "postgres",
    "mysql",
    "mariadb",
    "mssql",
    "sqlite",
    "desc",
    "nulls_first",
    "nulls_last",
    "ops",
    "collate",
    "prefix",
];

impl IndexModel {
    fn at(span: Span) -> Self {
        Self {
            name: None,
            renamed_from: None,
            unique: false,
            comment: None,
            options: Layers::default(),
            only: Only::default(),
            at: Spanned::new((), span),
        }
    }

    /// `index(columns(...), ...)` of a table.
    pub(crate) fn read(entry: &Entry<'_>, problems: &mut Problems) -> Result<Self> {
        let mut index = Self::at(entry.span);
        entry.list(problems, |entry, problems| index.entry(entry, problems, &WORDS))?;
        if index.options.base.parts.is_none() {
            return Err(error(entry.span, "an index of what?", "name its columns: `index(columns(email))`"));
        }
        Ok(index)
    }

    /// `index`, or `index(...)`, of a column.
    pub(crate) fn of_field(
        field: &Spanned<String>,
        entry: &Entry<'_>,
        problems: &mut Problems,
    ) -> Result<Self> {
        let mut index = Self::at(entry.span);
        let mut part = IndexPart::of(field.clone().map(IndexKey::Field));
        if entry.has_list() {
            entry.list(problems, |entry, problems| {
                match entry.word.as_str() {
                    "columns" => return Ok(Known::Not(&OF_A_COLUMN)),
                    "desc" => part.descending = entry.flag()?.value,
                    "nulls_first" if entry.flag()?.value => part.nulls = Some(Nulls::First),
                    "nulls_last" if entry.flag()?.value => part.nulls = Some(Nulls::Last),
                    "ops" => part.operator_class = Some(entry.string()?),
                    "collate" => part.collation = Some(entry.string()?),
                    "prefix" => part.prefix = Some(entry.number()?),
                    _ => return index.entry(entry, problems, &OF_A_COLUMN),
                }
                Ok(Known::Once)
            })?;
        }
        index.options.base.parts = Some(vec![part]);
        Ok(index)
    }

    fn entry(
        &mut self,
        entry: &Entry<'_>,
        problems: &mut Problems,
        words: &'static [&'static str],
    ) -> Result<Known> {
        match entry.word.as_str() {
            "name" => self.name = Some(entry.string()?),
            "renamed_from" => self.renamed_from = Some(entry.string()?),
            "comment" => self.comment = Some(entry.string()?),
            "unique" => self.unique = entry.flag()?.value,
            "only" => self.only.read(entry, problems)?,
            _ if self.options.read(entry, problems, |layer, _, entry, problems| {
                Ok(if layer.read(entry, problems)? { Known::Once } else { Known::Not(&OPTIONS) })
            })? => {}
            _ if self.options.base.read(entry, problems)? => {}
            _ => return Ok(Known::Not(words)),
        }
        Ok(Known::Once)
    }

    /// The fields that are parts of the key, or ride along, for any engine.
    pub fn fields(&self) -> impl Iterator<Item = Spanned<&str>> {
        self.options.all().flat_map(|options| {
            let parts = options.parts.iter().flatten().filter_map(|part| match &part.key.value {
                IndexKey::Field(field) => Some(Spanned::new(field.as_str(), part.key.span)),
                IndexKey::Expression(_) => None,
            });
            let include = options.include.iter().flatten();
            parts.chain(include.map(|field| Spanned::new(field.value.as_str(), field.span)))
        })
    }
}

impl IndexOptions {
    fn read(&mut self, entry: &Entry<'_>, problems: &mut Problems) -> Result<bool> {
        match entry.word.as_str() {
            "columns" => self.parts = Some(entry.parts(problems, IndexPart::read)?),
            "using" => self.using = Some(entry.string()?),
            "where" => self.filter = Some(entry.string()?),
            "include" => self.include = Some(entry.fields(problems)?),
            "nulls_not_distinct" => self.nulls_not_distinct = Some(entry.flag()?),
            "clustered" => self.clustered = Some(entry.flag()?),
            "invisible" => self.invisible = Some(entry.flag()?),
            "with" => self.with = Some(words(entry, problems)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// `(fillfactor = 70, parser = "ngram")`: words of the engine's own.
pub(crate) fn words(entry: &Entry<'_>, problems: &mut Problems) -> Result<BTreeMap<String, Spanned<String>>> {
    let mut words = BTreeMap::new();
    entry.list(problems, |entry, _| {
        let value = entry.value(|input| {
            let literal = input.parse::<syn::Lit>()?;
            match &literal {
                syn::Lit::Str(text) => Ok(Spanned::new(text.value(), text.span())),
                syn::Lit::Int(number) => Ok(Spanned::new(number.base10_digits().to_owned(), number.span())),
                syn::Lit::Float(number) => Ok(Spanned::new(number.base10_digits().to_owned(), number.span())),
                syn::Lit::Bool(truth) => Ok(Spanned::new(truth.value.to_string(), truth.span)),
                other => Err(syn::Error::new(other.span(), "expected a string, a number, true or false")),
            }
        })?;
        words.insert(entry.word.clone(), value);
        Ok(Known::Once)
    })?;
    Ok(words)
}

impl IndexPart {
    fn of(key: Spanned<IndexKey>) -> Self {
        Self { key, descending: false, nulls: None, operator_class: None, collation: None, prefix: None }
    }

    /// `email`, `title(20)`, `"lower(name)"`, and `desc`, `nulls_last`, `ops = "..."`, `collate = "..."` behind it.
    fn read(input: ParseStream<'_>) -> Result<Self> {
        let key = if let Ok(expression) = input.fork().parse::<LitStr>() {
            input.parse::<LitStr>()?;
            if expression.value().trim().is_empty() {
                return Err(syn::Error::new(expression.span(), "the expression is empty"));
            }
            Spanned::new(IndexKey::Expression(expression.value()), expression.span())
        } else {
            field(input)?.map(IndexKey::Field)
        };
        let mut part = Self::of(key);
        if input.peek(token::Paren) {
            let content;
            parenthesized!(content in input);
            let length: LitInt = content.parse()?;
            part.prefix = Some(Spanned::new(length.base10_parse()?, length.span()));
        }
        while !input.is_empty() && !input.peek(Token![,]) {
            let word = Ident::parse_any(input)?;
            let text = || -> Result<Spanned<String>> {
                input.parse::<Token![=]>()?;
                let text: LitStr = input.parse()?;
                Ok(Spanned::new(text.value(), text.span()))
            };
            match word.to_string().as_str() {
                "asc" => part.descending = false,
                "desc" => part.descending = true,
                "nulls_first" => part.nulls = Some(Nulls::First),
                "nulls_last" => part.nulls = Some(Nulls::Last),
                "ops" => part.operator_class = Some(text()?),
                "collate" => part.collation = Some(text()?),
                other => {
                    return Err(error(
                        word.span(),
                        format_args!("unknown word `{other}` behind a column"),
                        "it may be asc, desc, nulls_first, nulls_last, ops = \"...\", collate = \"...\"; \
                         between columns stands a comma",
                    ));
                }
            }
        }
        Ok(part)
    }
}
