//! Columns: their definitions, and what kind of change leads from one to another.

use std::fmt::Write as _;

use migrate_core::{Code, Error};

use super::{
    conversion::{Type, Way, way},
    name::identifier,
};
use crate::schema::{Column, Generated, Identity, ObjectName};

/// A column's definition in the three parts that are written below each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    name: String,
    ty: String,
    /// Empty for a computed column.
    rest: String,
}

/// What is to be done to a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing, but perhaps to its default.
    None,
    /// ALTER COLUMN: type, collation, NULL.
    Alter,
    /// Computed values are kept on disk from now on, or no longer.
    Persist(bool),
    /// It is computed in another way: dropped and added.
    Recompute,
    /// Its values go through CONVERT into a new column that takes its place.
    Copy,
    /// It is dropped, and another one takes its place without its values.
    Replace,
    /// What it is to become cannot be done to a column that exists: number its rows, or stop it.
    Renumber,
}

impl Line {
    /// Says more of the column.
    pub(super) fn push(&mut self, words: &str) {
        self.rest.push_str(words);
    }
}

impl Change {
    pub(super) fn of(before: &Column, after: &Column) -> Self {
        match (&before.generated, &after.generated) {
            (Some(old), Some(new)) => computed(before, old, after, new),
            (None, Some(_)) => Self::Replace,
            (Some(_), None) if after.identity.is_some() => Self::Renumber,
            (Some(_), None) => Self::Copy,
            (None, None) => plain(before, after),
        }
    }

    /// Whether a computed column that has made way need not come back for it.
    pub(super) fn waits(self) -> bool {
        match self {
            Self::None | Self::Persist(_) | Self::Recompute => true,
            Self::Alter | Self::Copy | Self::Replace | Self::Renumber => false,
        }
    }
}

fn computed(before: &Column, old: &Generated, after: &Column, new: &Generated) -> Change {
    // NOT NULL can be said only of what is kept on disk: elsewhere the expression decides.
    let must_not = |column: &Column, generated: &Generated| generated.stored && !column.nullable;
    if old.expression != new.expression || must_not(before, old) != must_not(after, new) {
        Change::Recompute
    } else if old.stored != new.stored {
        Change::Persist(new.stored)
    } else {
        Change::None
    }
}

fn plain(before: &Column, after: &Column) -> Change {
    if before.identity.as_ref().map(numbering) != after.identity.as_ref().map(numbering) {
        return Change::Renumber;
    }
    if before.ty == after.ty && before.nullable == after.nullable && before.collation == after.collation {
        return Change::None;
    }
    let (from, to) = (Type::parse(&before.ty), Type::parse(&after.ty));
    if from == to && !from.is_row_version() {
        return Change::Alter;
    }
    match way(&from, &to) {
        Way::Alter => Change::Alter,
        Way::Copy => Change::Copy,
        Way::Replace => Change::Replace,
    }
}

/// Whether the default has to be made anew. A name that is not asked for may stay.
pub(super) fn is_default_changed(before: &Column, after: &Column) -> bool {
    let is_renamed = after.default_name.is_some() && after.default_name != before.default_name;
    before.default != after.default || (after.default.is_some() && is_renamed)
}

/// The first number, and the step.
fn numbering(identity: &Identity) -> (i64, i64) {
    match identity {
        Identity::Seeded { seed, increment } => (*seed, *increment),
        Identity::Always(options) | Identity::ByDefault(options) => {
            (options.start.unwrap_or(1), options.increment.unwrap_or(1))
        }
        Identity::Serial | Identity::AutoIncrement => (1, 1),
    }
}

/// The definition, as CREATE TABLE and ADD want it.
pub(super) fn line(table: &ObjectName, column: &Column) -> Result<Line, Error> {
    if column.on_update.is_some() {
        return Err(unsupported(table, column, "a value that is set on every update")
            .with_help("write a trigger by hand (AFTER UPDATE), or set the value in the application"));
    }
    if column.invisible {
        return Err(unsupported(table, column, "an invisible column")
            .with_help("leave `invisible` out for mssql: name the columns in SELECT instead"));
    }
    let name = identifier(&column.name);
    if let Some(generated) = &column.generated {
        return Ok(Line { name, ty: computed_type(column, generated), rest: String::new() });
    }
    let mut rest = String::new();
    if let Some(collation) = &column.collation {
        rest.push_str("COLLATE ");
        rest.push_str(&identifier(collation));
        rest.push(' ');
    }
    // Without the word, settings of the session and the type decide.
    rest.push_str(if column.nullable { "NULL" } else { "NOT NULL" });
    if let Some(identity) = &column.identity {
        let (seed, increment) = numbering(identity);
        let _ = write!(rest, " IDENTITY({seed},{increment})");
    }
    if let Some(default) = &column.default {
        rest.push(' ');
        rest.push_str(&default_clause(column.default_name.as_deref(), default));
    }
    Ok(Line { name, ty: column.ty.clone(), rest })
}

/// `AS (...)`, and what is said of a computed column.
fn computed_type(column: &Column, generated: &Generated) -> String {
    let stored = match (generated.stored, column.nullable) {
        (true, true) => " PERSISTED",
        (true, false) => " PERSISTED NOT NULL",
        (false, _) => "",
    };
    format!("AS ({}){stored}", generated.expression)
}

/// `CONSTRAINT name DEFAULT ...`.
pub(super) fn default_clause(name: Option<&str>, default: &str) -> String {
    match name {
        Some(name) => format!("CONSTRAINT {} DEFAULT {default}", identifier(name)),
        None => format!("DEFAULT {default}"),
    }
}

/// Type, collation and NULL, as ALTER COLUMN wants them: all of it, or what is missing falls back.
pub(super) fn altered(column: &Column, nullable: bool) -> String {
    let collation =
        column.collation.as_ref().map(|name| format!(" COLLATE {}", identifier(name))).unwrap_or_default();
    format!("{}{collation}{}", column.ty, if nullable { " NULL" } else { " NOT NULL" })
}

/// The value that the default gives, if that is not NULL.
pub(super) fn given(column: &Column) -> Option<&str> {
    column.default.as_deref().filter(|default| !default.eq_ignore_ascii_case("NULL"))
}

/// Whether rows that are there already need a value for it that nothing gives.
pub(super) fn needs_value(column: &Column) -> bool {
    !column.nullable
        && given(column).is_none()
        && column.generated.is_none()
        && column.identity.is_none()
        && !Type::parse(&column.ty).is_row_version()
}

/// The lines with names and types below each other.
pub(super) fn aligned(lines: &[Line]) -> Vec<String> {
    let widest = |of: &dyn Fn(&Line) -> usize| lines.iter().map(of).max().unwrap_or(0);
    let names = widest(&|line| width(&line.name));
    let types = widest(&|line| if line.rest.is_empty() { 0 } else { width(&line.ty) });
    lines
        .iter()
        .map(|line| {
            let name = padded(&line.name, names);
            if line.rest.is_empty() {
                format!("{name} {}", line.ty)
            } else {
                format!("{name} {} {}", padded(&line.ty, types), line.rest)
            }
        })
        .collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

fn unsupported(table: &ObjectName, column: &Column, what: &str) -> Error {
    Error::new(Code::Unsupported, format!("SQL Server does not have {what}: column {table}.{}", column.name))
}

/// Why a column's numbering stays what it is. A table could be built anew around it, but its triggers and permissions,
/// which are none of our business, would be lost on the way.
pub(super) fn cannot_renumber(table: &ObjectName, before: &Column, after: &Column) -> Error {
    let name = format!("{table}.{}", after.name);
    let (what, help) = match (&before.identity, &after.identity) {
        (None, _) => (
            format!(
                "cannot make the column {name} an identity column: it has rows with numbers of their own"
            ),
            "add an identity column under another name and drop this one, or give it a default that draws from a \
             sequence: `default_expr = \"NEXT VALUE FOR ...\"`",
        ),
        (Some(_), None) => (
            format!("cannot stop the column {name} from being an identity column"),
            "add a column under another name, copy the values with UPDATE, drop this one and rename the new one with \
             `sp_rename`, in a revision written by hand",
        ),
        (Some(_), Some(_)) => (
            format!("cannot change the seed or the increment of the identity column {name}"),
            "leave them as they are; where numbering continues is set with `DBCC CHECKIDENT (..., RESEED, ...)`",
        ),
    };
    Error::new(Code::Unsupported, format!("SQL Server {what}")).with_help(help)
}
