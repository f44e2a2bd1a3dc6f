//! Primary keys, unique constraints, checks, foreign keys and exclusions.

use proc_macro2::Span;
use syn::{Error, Result};

use crate::{
    Layers, Only, Reference, Spanned,
    engine::layer,
    entry::{Entry, Known, Problems, error},
};

/// The primary key.
#[derive(Debug, Clone, PartialEq)]
pub struct PrimaryKeyModel {
    /// Its name in the database; none: made by the project's convention.
    pub name: Option<Spanned<String>>,
    /// Fields, in the order of the key. Never empty.
    pub columns: Vec<Spanned<String>>,
    /// Fields that ride along (PostgreSQL).
    pub include: Vec<Spanned<String>>,
    /// When it is checked (PostgreSQL).
    pub deferrable: Option<Spanned<bool>>,
    /// At the end of the transaction, unless told otherwise (PostgreSQL).
    pub initially_deferred: Option<Spanned<bool>>,
    /// Whether the table is kept in its order (SQL Server, where it is unless told otherwise).
    pub clustered: Option<Spanned<bool>>,
    /// What people should know about it (PostgreSQL).
    pub comment: Option<Spanned<String>>,
    /// Where it is declared.
    pub at: Spanned<()>,
}

/// A unique constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct UniqueModel {
    /// Its name in the database; none: made by the project's convention.
    pub name: Option<Spanned<String>>,
    /// What it was called before.
    pub renamed_from: Option<Spanned<String>>,
    /// Fields, in the order of the key. Never empty.
    pub columns: Vec<Spanned<String>>,
    /// What people should know about it.
    pub comment: Option<Spanned<String>>,
    /// What may differ from engine to engine.
    pub options: Layers<UniqueOptions>,
    /// The engines that it is for.
    pub only: Only,
    /// Where it is declared.
    pub at: Spanned<()>,
}

layer! {
    /// What may be said of a unique constraint for all engines, and for one.
    UniqueOptions {
        /// It can be checked later than with each statement (PostgreSQL).
        deferrable: Spanned<bool>,
        /// At the end of the transaction, unless told otherwise (PostgreSQL).
        initially_deferred: Spanned<bool>,
        /// Two NULLs are the same (PostgreSQL 15 and later).
        nulls_not_distinct: Spanned<bool>,
        /// Fields that ride along (PostgreSQL).
        include: Vec<Spanned<String>>,
        /// The table is kept in its order (SQL Server).
        clustered: Spanned<bool>,
    }
}

/// A check.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckModel {
    /// Its name in the database; none: made by the project's convention.
    pub name: Option<Spanned<String>>,
    /// What it was called before.
    pub renamed_from: Option<Spanned<String>>,
    /// The field that it stands on, if it does.
    pub field: Option<String>,
    /// What people should know about it.
    pub comment: Option<Spanned<String>>,
    /// Tables that inherit have it not (PostgreSQL).
    pub no_inherit: Option<Spanned<bool>>,
    /// What may differ from engine to engine.
    pub options: Layers<CheckOptions>,
    /// The engines that it is for.
    pub only: Only,
    /// Where it is declared.
    pub at: Spanned<()>,
}

layer! {
    /// What may be said of a check for all engines, and for one.
    CheckOptions {
        /// SQL, without parentheses around it. For all engines always there.
        expression: Spanned<String>,
    }
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignKeyModel {
    /// Its name in the database; none: made by the project's convention.
    pub name: Option<Spanned<String>>,
    /// What it was called before.
    pub renamed_from: Option<Spanned<String>>,
    /// Fields, in the order of the key. Never empty; as many as the reference has columns, if it has any.
    pub columns: Vec<Spanned<String>>,
    /// What it refers to, by the names in the database.
    pub reference: Spanned<Reference>,
    /// The table is none of the models.
    pub external: bool,
    /// What people should know about it.
    pub comment: Option<Spanned<String>>,
    /// What may differ from engine to engine.
    pub options: Layers<ForeignKeyOptions>,
    /// The engines that it is for.
    pub only: Only,
    /// Where it is declared.
    pub at: Spanned<()>,
}

layer! {
    /// What may be said of a foreign key for all engines, and for one.
    ForeignKeyOptions {
        /// What happens when the row that it refers to goes.
        on_delete: Spanned<Action>,
        /// What happens when the row that it refers to gets another key.
        on_update: Spanned<Action>,
        /// Either all columns are NULL or none (PostgreSQL).
        match_full: Spanned<bool>,
        /// It can be checked later than with each statement (PostgreSQL, SQLite).
        deferrable: Spanned<bool>,
        /// At the end of the transaction, unless told otherwise (PostgreSQL, SQLite).
        initially_deferred: Spanned<bool>,
    }
}

/// What a foreign key does when the row that it refers to goes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is refused, at the end of the statement or of the transaction.
    NoAction,
    /// It is refused at once.
    Restrict,
    /// The rows that refer to it do the same.
    Cascade,
    /// The rows that refer to it get NULL.
    SetNull,
    /// The rows that refer to it get their default.
    SetDefault,
}

/// An exclusion constraint (PostgreSQL).
#[derive(Debug, Clone, PartialEq)]
pub struct ExclusionModel {
    /// Its name in the database; none: made by the project's convention.
    pub name: Option<Spanned<String>>,
    /// What it was called before.
    pub renamed_from: Option<Spanned<String>>,
    /// The access method; none: `gist`.
    pub using: Option<Spanned<String>>,
    /// What must not meet: `room_id WITH =, during WITH &&`.
    pub expression: Spanned<String>,
    /// The condition, in SQL.
    pub filter: Option<Spanned<String>>,
    /// It can be checked later than with each statement.
    pub deferrable: Option<Spanned<bool>>,
    /// At the end of the transaction, unless told otherwise.
    pub initially_deferred: Option<Spanned<bool>>,
    /// What people should know about it.
    pub comment: Option<Spanned<String>>,
    /// The engines that it is for.
    pub only: Only,
    /// Where it is declared.
    pub at: Spanned<()>,
}

impl Action {
    /// Every action, in the order in which messages list them.
    pub const ALL: [Self; 5] =
        [Self::NoAction, Self::Restrict, Self::Cascade, Self::SetNull, Self::SetDefault];

    /// The word in an attribute.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoAction => "no action",
            Self::Restrict => "restrict",
            Self::Cascade => "cascade",
            Self::SetNull => "set null",
            Self::SetDefault => "set default",
        }
    }

    fn parse(text: &str) -> std::result::Result<Self, String> {
        let word = text.trim().to_ascii_lowercase().replace('_', " ");
        Self::ALL.into_iter().find(|action| action.name() == word).ok_or_else(|| {
            format!(
                "`{text}` is nothing that a foreign key can do: expected one of {}",
                Self::ALL.map(Self::name).join(", ")
            )
        })
    }
}

impl PrimaryKeyModel {
    const WORDS: [&str; 7] =
        ["columns", "name", "include", "deferrable", "initially_deferred", "clustered", "comment"];

    /// `primary_key(columns(a, b), name = "...")`. The columns may be left to the fields that say `primary_key`.
    pub(crate) fn read(entry: &Entry<'_>, problems: &mut Problems) -> Result<Self> {
        let mut key = Self::at(entry.span);
        entry.list(problems, |entry, problems| {
            match entry.word.as_str() {
                "columns" => key.columns = entry.fields(problems)?,
                "name" => key.name = Some(entry.string()?),
                "include" => key.include = entry.fields(problems)?,
                "deferrable" => key.deferrable = Some(entry.flag()?),
                "initially_deferred" => key.initially_deferred = Some(entry.flag()?),
                "clustered" => key.clustered = Some(entry.flag()?),
                "comment" => key.comment = Some(entry.string()?),
                _ => return Ok(Known::Not(&Self::WORDS)),
            }
            Ok(Known::Once)
        })?;
        Ok(key)
    }

    /// A key without columns.
    pub(crate) fn at(span: Span) -> Self {
        Self {
            name: None,
            columns: Vec::new(),
            include: Vec::new(),
            deferrable: None,
            initially_deferred: None,
            clustered: None,
            comment: None,
            at: Spanned::new((), span),
        }
    }
}

impl UniqueModel {
    fn at(span: Span) -> Self {
        Self {
            name: None,
            renamed_from: None,
            columns: Vec::new(),
            comment: None,
            options: Layers::default(),
            only: Only::default(),
            at: Spanned::new((), span),
        }
    }

    /// `unique(columns(a, b), ...)` of a table.
    pub(crate) fn read(entry: &Entry<'_>, problems: &mut Problems) -> Result<Self> {
        let before = problems.len();
        let unique = Self::at(entry.span).list(entry, problems, true)?;
        if unique.columns.is_empty() && problems.len() == before {
            return Err(error(entry.span, "which columns are unique?", "name them: `unique(columns(a, b))`"));
        }
        Ok(unique)
    }

    /// `unique`, or `unique(...)`, of a column.
    pub(crate) fn of_field(
        field: &Spanned<String>,
        entry: &Entry<'_>,
        problems: &mut Problems,
    ) -> Result<Self> {
        let mut unique = Self::at(entry.span);
        unique.columns.push(field.clone());
        if entry.has_list() { unique.list(entry, problems, false) } else { Ok(unique) }
    }

    fn list(mut self, entry: &Entry<'_>, problems: &mut Problems, of_table: bool) -> Result<Self> {
        const WORDS: [&str; 14] = [
            "columns",
            "name",
            "renamed_from",
            "comment",
            "only",
            "deferrable",
            "initially_deferred",
            "nulls_not_distinct",
            "include",
            "clustered",
            "postgres",
            "mysql",
            "mssql",
            "sqlite",
        ];
        const OPTIONS: [&str; 5] =
            ["deferrable", "initially_deferred", "nulls_not_distinct", "include", "clustered"];
        entry.list(problems, |entry, problems| {
            match entry.word.as_str() {
                "columns" if of_table => self.columns = entry.fields(problems)?,
                "name" => self.name = Some(entry.string()?),
                "renamed_from" => self.renamed_from = Some(entry.string()?),
                "comment" => self.comment = Some(entry.string()?),
                "only" => self.only.read(entry, problems)?,
                _ if self.options.read(entry, problems, |layer, _, entry, problems| {
                    Ok(if layer.read(entry, problems)? { Known::Once } else { Known::Not(&OPTIONS) })
                })? => {}
                _ if self.options.base.read(entry, problems)? => {}
                _ => return Ok(Known::Not(if of_table { &WORDS } else { &WORDS[1..] })),
            }
            Ok(Known::Once)
        })?;
        Ok(self)
    }
}

impl UniqueOptions {
    fn read(&mut self, entry: &Entry<'_>, problems: &mut Problems) -> Result<bool> {
        match entry.word.as_str() {
            "deferrable" => self.deferrable = Some(entry.flag()?),
            "initially_deferred" => self.initially_deferred = Some(entry.flag()?),
            "nulls_not_distinct" => self.nulls_not_distinct = Some(entry.flag()?),
            "include" => self.include = Some(entry.fields(problems)?),
            "clustered" => self.clustered = Some(entry.flag()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl CheckModel {
    /// `check = "..."`, or `check(expr = "...", name = "...")`, of a table or a column.
    pub(crate) fn read(field: Option<&str>, entry: &Entry<'_>, problems: &mut Problems) -> Result<Self> {
        const WORDS: [&str; 11] = [
            "expr",
            "name",
            "renamed_from",
            "comment",
            "only",
            "no_inherit",
            "postgres",
            "mysql",
            "mariadb",
            "mssql",
            "sqlite",
        ];
        let mut check = Self {
            name: None,
            renamed_from: None,
            field: field.map(str::to_owned),
            comment: None,
            no_inherit: None,
            options: Layers::default(),
            only: Only::default(),
            at: Spanned::new((), entry.span),
        };
        if entry.has_value() {
            check.options.base.expression = Some(entry.string()?);
            return Ok(check);
        }
        entry.list(problems, |entry, problems| {
            match entry.word.as_str() {
                "expr" => check.options.base.expression = Some(entry.string()?),
                "name" => check.name = Some(entry.string()?),
                "renamed_from" => check.renamed_from = Some(entry.string()?),
                "comment" => check.comment = Some(entry.string()?),
                "only" => check.only.read(entry, problems)?,
                "no_inherit" => check.no_inherit = Some(entry.flag()?),
                _ if check.options.read(entry, problems, |layer, _, entry, _| {
                    if entry.word == "expr" {
                        layer.expression = Some(entry.string()?);
                        Ok(Known::Once)
                    } else {
                        Ok(Known::Not(&["expr"]))
                    }
                })? => {}
                _ => return Ok(Known::Not(&WORDS)),
            }
            Ok(Known::Once)
        })?;
        if check.options.base.expression.is_none() {
            return Err(error(entry.span, "a check of what?", "write its SQL: `check(expr = \"age >= 0\")`"));
        }
        Ok(check)
    }
}

impl ForeignKeyModel {
    /// A key of one field, as `references = "teams.id"` on it says.
    pub(crate) fn of_field(
        field: &Spanned<String>,
        reference: Spanned<Reference>,
        options: ForeignKeyOptions,
        span: Span,
    ) -> Self {
        Self {
            name: None,
            renamed_from: None,
            columns: vec![field.clone()],
            reference,
            external: false,
            comment: None,
            options: Layers { base: options, engines: std::collections::BTreeMap::new() },
            only: Only::default(),
            at: Spanned::new((), span),
        }
    }

    /// `foreign_key(columns(a, b), references = "teams(id, org)", ...)` of a table; of a column, without the columns.
    pub(crate) fn read(
        field: Option<&Spanned<String>>,
        entry: &Entry<'_>,
        problems: &mut Problems,
    ) -> Result<Self> {
        const WORDS: [&str; 17] = [
            "columns",
            "references",
            "name",
            "renamed_from",
            "external",
            "comment",
            "only",
            "on_delete",
            "on_update",
            "match_full",
            "deferrable",
            "initially_deferred",
            "postgres",
            "mysql",
            "mariadb",
            "mssql",
            "sqlite",
        ];
        const HELP: &str = "write `foreign_key(columns(team_id), references = \"teams.id\")`";
        let before = problems.len();
        let mut reference = None;
        let nothing = Reference { schema: None, table: String::new(), columns: Vec::new() };
        let mut key = Self::of_field(
            &Spanned::new(String::new(), entry.span),
            Spanned::new(nothing, entry.span),
            ForeignKeyOptions::default(),
            entry.span,
        );
        key.columns = field.cloned().into_iter().collect();
        entry.list(problems, |entry, problems| {
            match entry.word.as_str() {
                "columns" if field.is_none() => key.columns = entry.fields(problems)?,
                "references" => reference = Some(entry.parsed(Reference::parse)?),
                "name" => key.name = Some(entry.string()?),
                "renamed_from" => key.renamed_from = Some(entry.string()?),
                "external" => key.external = entry.flag()?.value,
                "comment" => key.comment = Some(entry.string()?),
                "only" => key.only.read(entry, problems)?,
                _ if key.options.read(entry, problems, |layer, _, entry, _| {
                    Ok(if layer.read(entry)? { Known::Once } else { Known::Not(&ForeignKeyOptions::WORDS) })
                })? => {}
                _ if key.options.base.read(entry)? => {}
                _ => return Ok(Known::Not(if field.is_none() { &WORDS } else { &WORDS[1..] })),
            }
            Ok(Known::Once)
        })?;
        if problems.len() > before {
            return Ok(key);
        }
        key.reference = reference
            .ok_or_else(|| error(entry.span, "the foreign key does not say what it refers to", HELP))?;
        let (own, referred) = (key.columns.len(), key.reference.columns.len());
        if own == 0 {
            return Err(error(entry.span, "the foreign key does not say which columns it has", HELP));
        }
        if referred > 0 && own != referred {
            return Err(Error::new(
                key.reference.span,
                format!("the foreign key has {own} columns and refers to {referred}"),
            ));
        }
        Ok(key)
    }
}

impl ForeignKeyOptions {
    /// What may stand on a column, beside `references`.
    pub(crate) const WORDS: [&str; 5] =
        ["on_delete", "on_update", "match_full", "deferrable", "initially_deferred"];

    pub(crate) fn read(&mut self, entry: &Entry<'_>) -> Result<bool> {
        match entry.word.as_str() {
            "on_delete" => self.on_delete = Some(entry.parsed(Action::parse)?),
            "on_update" => self.on_update = Some(entry.parsed(Action::parse)?),
            "match_full" => self.match_full = Some(entry.flag()?),
            "deferrable" => self.deferrable = Some(entry.flag()?),
            "initially_deferred" => self.initially_deferred = Some(entry.flag()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Where the first of them is said.
    pub(crate) fn span(&self) -> Option<Span> {
        let actions = self.on_delete.into_iter().chain(self.on_update).map(|action| action.span);
        let flags = self.match_full.into_iter().chain(self.deferrable).chain(self.initially_deferred);
        actions.chain(flags.map(|flag| flag.span)).next()
    }
}

impl ExclusionModel {
    /// `exclude(using = "gist", expr = "room_id WITH =, during WITH &&", where = "...")`.
    pub(crate) fn read(entry: &Entry<'_>, problems: &mut Problems) -> Result<Self> {
        const WORDS: [&str; 9] = [
            "name",
            "renamed_from",
            "using",
            "expr",
            "where",
            "deferrable",
            "initially_deferred",
            "comment",
            "only",
        ];
        let mut expression = None;
        let mut exclusion = Self {
            name: None,
            renamed_from: None,
            using: None,
            expression: Spanned::new(String::new(), entry.span),
            filter: None,
            deferrable: None,
            initially_deferred: None,
            comment: None,
            only: Only::default(),
            at: Spanned::new((), entry.span),
        };
        entry.list(problems, |entry, problems| {
            match entry.word.as_str() {
                "name" => exclusion.name = Some(entry.string()?),
                "renamed_from" => exclusion.renamed_from = Some(entry.string()?),
                "using" => exclusion.using = Some(entry.string()?),
                "expr" => expression = Some(entry.string()?),
                "where" => exclusion.filter = Some(entry.string()?),
                "deferrable" => exclusion.deferrable = Some(entry.flag()?),
                "initially_deferred" => exclusion.initially_deferred = Some(entry.flag()?),
                "comment" => exclusion.comment = Some(entry.string()?),
                "only" => exclusion.only.read(entry, problems)?,
                _ => return Ok(Known::Not(&WORDS)),
            }
            Ok(Known::Once)
        })?;
        exclusion.expression = expression.ok_or_else(|| {
            error(
                entry.span,
                "what must not meet?",
                "write it: `exclude(expr = \"room_id WITH =, during WITH &&\")`",
            )
        })?;
        Ok(exclusion)
    }
}
