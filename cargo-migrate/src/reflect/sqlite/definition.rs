//! CREATE TABLE and CREATE INDEX as `sqlite_schema` keeps them, taken apart ("CREATE TABLE", "CREATE INDEX"; parse.y).
//! SQLite has accepted the text: what makes no sense here is our own gap, and is told.

use crate::{
    schema::{Deferrable, OnConflict, ReferentialAction},
    sqlite::{Token, TokenKind, is_unit, unquote},
};

use super::cursor::{Cursor, Unreadable, at_commas};

/// A CREATE TABLE, with every expression as it was written.
#[derive(Debug, Default)]
pub(super) struct TableDefinition<'s, 't> {
    pub(super) columns: Vec<ColumnDefinition<'s, 't>>,
    pub(super) constraints: Vec<Clause<TableConstraint<'s, 't>>>,
    pub(super) strict: bool,
    pub(super) without_rowid: bool,
}

#[derive(Debug)]
pub(super) struct ColumnDefinition<'s, 't> {
    pub(super) name: String,
    pub(super) ty: String,
    pub(super) constraints: Vec<Clause<ColumnConstraint<'s, 't>>>,
}

/// A constraint with the name that it may have.
#[derive(Debug)]
pub(super) struct Clause<C> {
    pub(super) name: Option<String>,
    pub(super) constraint: C,
}

#[derive(Debug)]
pub(super) enum ColumnConstraint<'s, 't> {
    PrimaryKey { descending: bool, on_conflict: Option<OnConflict>, autoincrement: bool },
    NotNull { on_conflict: Option<OnConflict> },
    Null,
    Unique { on_conflict: Option<OnConflict> },
    Check(&'s [Token<'t>]),
    Default(&'s [Token<'t>]),
    Collate(String),
    References(Reference),
    Generated { expression: &'s [Token<'t>], stored: bool },
}

#[derive(Debug)]
pub(super) enum TableConstraint<'s, 't> {
    PrimaryKey { keys: Vec<KeyDefinition<'s, 't>>, autoincrement: bool, on_conflict: Option<OnConflict> },
    Unique { keys: Vec<KeyDefinition<'s, 't>>, on_conflict: Option<OnConflict> },
    Check(&'s [Token<'t>]),
    ForeignKey { columns: Vec<String>, reference: Reference },
}

#[derive(Debug)]
pub(super) struct Reference {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    pub(super) on_delete: ReferentialAction,
    pub(super) on_update: ReferentialAction,
    pub(super) deferrable: Deferrable,
}

/// A part of a key: of a constraint, or of an index.
#[derive(Debug)]
pub(super) struct KeyDefinition<'s, 't> {
    pub(super) expression: &'s [Token<'t>],
    pub(super) collation: Option<String>,
    pub(super) descending: bool,
}

/// A CREATE INDEX.
#[derive(Debug)]
pub(super) struct IndexDefinition<'s, 't> {
    pub(super) unique: bool,
    pub(super) keys: Vec<KeyDefinition<'s, 't>>,
    pub(super) filter: Option<&'s [Token<'t>]>,
}

/// Reads a CREATE TABLE.
pub(super) fn table<'s, 't>(
    source: &'t str,
    tokens: &'s [Token<'t>],
) -> Result<TableDefinition<'s, 't>, Unreadable> {
    let mut cursor = Cursor::new(source, tokens);
    cursor.expect(&["CREATE"])?;
    cursor.expect(&["TABLE"])?;
    cursor.takes(&["IF", "NOT", "EXISTS"]);
    cursor.object_name()?;
    let mut definition = TableDefinition::default();
    for item in at_commas(cursor.group()?) {
        let mut item = Cursor::new(source, item);
        if begins_table_constraint(&item) {
            // Between constraints a comma may be missing.
            while !item.is_at_end() {
                let name = constraint_name(&mut item)?;
                if let Some(constraint) = table_constraint(&mut item)? {
                    definition.constraints.push(Clause { name, constraint });
                }
            }
        } else {
            definition.columns.push(column(&mut item)?);
        }
    }
    while !cursor.is_at_end() {
        if cursor.takes(&["STRICT"]) {
            definition.strict = true;
        } else if cursor.takes(&["WITHOUT", "ROWID"]) {
            definition.without_rowid = true;
        } else {
            return Err(cursor.unreadable());
        }
        cursor.takes_operator(",");
    }
    Ok(definition)
}

/// Reads a CREATE INDEX.
pub(super) fn index<'s, 't>(
    source: &'t str,
    tokens: &'s [Token<'t>],
) -> Result<IndexDefinition<'s, 't>, Unreadable> {
    let mut cursor = Cursor::new(source, tokens);
    cursor.expect(&["CREATE"])?;
    let unique = cursor.takes(&["UNIQUE"]);
    cursor.expect(&["INDEX"])?;
    cursor.takes(&["IF", "NOT", "EXISTS"]);
    cursor.object_name()?;
    cursor.expect(&["ON"])?;
    cursor.name()?;
    let keys = keys(cursor.group()?);
    let filter = if cursor.takes(&["WHERE"]) { Some(cursor.rest()) } else { None };
    if !cursor.is_at_end() {
        return Err(cursor.unreadable());
    }
    Ok(IndexDefinition { unique, keys, filter })
}

fn begins_table_constraint(item: &Cursor<'_, '_>) -> bool {
    ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|word| item.sees(&[word]))
}

/// `CONSTRAINT name`; of several in a row the last counts.
fn constraint_name(cursor: &mut Cursor<'_, '_>) -> Result<Option<String>, Unreadable> {
    let mut name = None;
    while cursor.takes(&["CONSTRAINT"]) {
        name = Some(cursor.name()?);
    }
    Ok(name)
}

fn column<'s, 't>(cursor: &mut Cursor<'s, 't>) -> Result<ColumnDefinition<'s, 't>, Unreadable> {
    let name = cursor.name()?;
    let ty = column_type(cursor)?;
    let mut constraints: Vec<Clause<ColumnConstraint<'s, 't>>> = Vec::new();
    while !cursor.is_at_end() {
        let name = constraint_name(cursor)?;
        if cursor.is_at_end() {
            break;
        }
        if let Some(deferrable) = deferrable(cursor)? {
            let reference = constraints.iter_mut().rev().find_map(|clause| match &mut clause.constraint {
                ColumnConstraint::References(reference) => Some(reference),
                _ => None,
            });
            reference.ok_or_else(|| cursor.unreadable())?.deferrable = deferrable;
            continue;
        }
        constraints.push(Clause { name, constraint: column_constraint(cursor)? });
    }
    Ok(ColumnDefinition { name, ty, constraints })
}

/// The words of a type, in upper case and with usual blanks: `VARCHAR(255)`, `UNSIGNED BIG INT`, or nothing.
fn column_type(cursor: &mut Cursor<'_, '_>) -> Result<String, Unreadable> {
    const ENDS: [&str; 11] = [
        "CONSTRAINT",
        "PRIMARY",
        "NOT",
        "NULL",
        "UNIQUE",
        "CHECK",
        "DEFAULT",
        "COLLATE",
        "REFERENCES",
        "AS",
        "DEFERRABLE",
    ];
    let mut words: Vec<String> = Vec::new();
    while let Some(token) = cursor.peek() {
        let is_word = match token.kind {
            TokenKind::Word => !ENDS.iter().any(|word| token.is_word(word)),
            TokenKind::Quoted => true,
            TokenKind::Number | TokenKind::Blob | TokenKind::Operator => false,
        };
        if !is_word || cursor.sees(&["GENERATED", "ALWAYS", "AS"]) {
            break;
        }
        words.push(match token.kind {
            TokenKind::Word => token.text.to_ascii_uppercase(),
            _ => token.text.to_owned(),
        });
        cursor.next();
    }
    let mut ty = words.join(" ");
    if !ty.is_empty() && cursor.sees_operator("(") {
        let inside: Vec<String> = at_commas(cursor.group()?)
            .into_iter()
            .map(|part| part.iter().map(|token| token.text.to_ascii_uppercase()).collect::<String>())
            .collect();
        ty = format!("{ty}({})", inside.join(","));
    }
    Ok(ty)
}

fn column_constraint<'s, 't>(cursor: &mut Cursor<'s, 't>) -> Result<ColumnConstraint<'s, 't>, Unreadable> {
    if cursor.takes(&["PRIMARY", "KEY"]) {
        let descending = direction(cursor);
        let on_conflict = on_conflict(cursor)?;
        let autoincrement = cursor.takes(&["AUTOINCREMENT"]);
        return Ok(ColumnConstraint::PrimaryKey { descending, on_conflict, autoincrement });
    }
    if cursor.takes(&["NOT", "NULL"]) {
        return Ok(ColumnConstraint::NotNull { on_conflict: on_conflict(cursor)? });
    }
    if cursor.takes(&["NULL"]) {
        on_conflict(cursor)?;
        return Ok(ColumnConstraint::Null);
    }
    if cursor.takes(&["UNIQUE"]) {
        return Ok(ColumnConstraint::Unique { on_conflict: on_conflict(cursor)? });
    }
    if cursor.takes(&["CHECK"]) {
        return Ok(ColumnConstraint::Check(cursor.group()?));
    }
    if cursor.takes(&["DEFAULT"]) {
        return Ok(ColumnConstraint::Default(default_value(cursor)?));
    }
    if cursor.takes(&["COLLATE"]) {
        return Ok(ColumnConstraint::Collate(cursor.name()?));
    }
    if cursor.takes(&["REFERENCES"]) {
        return Ok(ColumnConstraint::References(reference(cursor)?));
    }
    cursor.takes(&["GENERATED", "ALWAYS"]);
    if cursor.takes(&["AS"]) {
        let expression = cursor.group()?;
        let stored = cursor.takes(&["STORED"]);
        if !stored {
            cursor.takes(&["VIRTUAL"]);
        }
        return Ok(ColumnConstraint::Generated { expression, stored });
    }
    Err(cursor.unreadable())
}

/// One term, with its sign or its parentheses.
fn default_value<'s, 't>(cursor: &mut Cursor<'s, 't>) -> Result<&'s [Token<'t>], Unreadable> {
    if cursor.sees_operator("(") {
        return cursor.group();
    }
    let all = cursor.rest();
    let length = 1 + usize::from(all.first().is_some_and(|sign| sign.is("-") || sign.is("+")));
    let Some((value, rest)) = all.split_at_checked(length) else { return Err(cursor.unreadable()) };
    cursor.go_back(rest.len());
    Ok(value)
}

/// ASC or DESC: whether it is the latter.
fn direction(cursor: &mut Cursor<'_, '_>) -> bool {
    !cursor.takes(&["ASC"]) && cursor.takes(&["DESC"])
}

/// None for ABORT, which is what happens anyway.
fn on_conflict(cursor: &mut Cursor<'_, '_>) -> Result<Option<OnConflict>, Unreadable> {
    if !cursor.takes(&["ON", "CONFLICT"]) || cursor.takes(&["ABORT"]) {
        return Ok(None);
    }
    let all = [OnConflict::Rollback, OnConflict::Fail, OnConflict::Ignore, OnConflict::Replace];
    let found = all.into_iter().find(|one| cursor.takes(&[one.sql()]));
    found.map(Some).ok_or_else(|| cursor.unreadable())
}

fn reference(cursor: &mut Cursor<'_, '_>) -> Result<Reference, Unreadable> {
    let mut reference = Reference {
        table: cursor.name()?,
        columns: Vec::new(),
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        deferrable: Deferrable::No,
    };
    if cursor.sees_operator("(") {
        reference.columns = names(cursor.group()?);
    }
    loop {
        if cursor.takes(&["ON", "DELETE"]) {
            reference.on_delete = action(cursor)?;
        } else if cursor.takes(&["ON", "UPDATE"]) {
            reference.on_update = action(cursor)?;
        } else if cursor.takes(&["ON", "INSERT"]) {
            action(cursor)?;
        } else if cursor.takes(&["MATCH"]) {
            // Read and without effect ("SQLite Foreign Key Support", 6).
            cursor.name()?;
        } else if let Some(deferrable) = deferrable(cursor)? {
            reference.deferrable = deferrable;
        } else {
            return Ok(reference);
        }
    }
}

fn action(cursor: &mut Cursor<'_, '_>) -> Result<ReferentialAction, Unreadable> {
    let all: [(&[&str], ReferentialAction); 5] = [
        (&["NO", "ACTION"], ReferentialAction::NoAction),
        (&["RESTRICT"], ReferentialAction::Restrict),
        (&["CASCADE"], ReferentialAction::Cascade),
        (&["SET", "NULL"], ReferentialAction::SetNull),
        (&["SET", "DEFAULT"], ReferentialAction::SetDefault),
    ];
    let found = all.into_iter().find(|(words, _)| cursor.takes(words));
    found.map(|(_, action)| action).ok_or_else(|| cursor.unreadable())
}

fn deferrable(cursor: &mut Cursor<'_, '_>) -> Result<Option<Deferrable>, Unreadable> {
    let is_not = cursor.takes(&["NOT", "DEFERRABLE"]);
    if !is_not && !cursor.takes(&["DEFERRABLE"]) {
        return Ok(None);
    }
    let mut is_deferred = false;
    if cursor.takes(&["INITIALLY"]) {
        is_deferred = cursor.takes(&["DEFERRED"]);
        if !is_deferred {
            cursor.expect(&["IMMEDIATE"])?;
        }
    }
    Ok(Some(match (is_not, is_deferred) {
        (true, _) => Deferrable::No,
        (false, false) => Deferrable::Immediate,
        (false, true) => Deferrable::Deferred,
    }))
}

/// None where there is a name and nothing behind it, which SQLite takes.
fn table_constraint<'s, 't>(
    cursor: &mut Cursor<'s, 't>,
) -> Result<Option<TableConstraint<'s, 't>>, Unreadable> {
    if cursor.is_at_end() {
        return Ok(None);
    }
    if cursor.takes(&["PRIMARY", "KEY"]) {
        let inside = cursor.group()?;
        let (inside, autoincrement) = match inside.split_last() {
            Some((last, rest)) if last.is_word("AUTOINCREMENT") && !rest.is_empty() => (rest, true),
            _ => (inside, false),
        };
        let on_conflict = on_conflict(cursor)?;
        return Ok(Some(TableConstraint::PrimaryKey { keys: keys(inside), autoincrement, on_conflict }));
    }
    if cursor.takes(&["UNIQUE"]) {
        let keys = keys(cursor.group()?);
        return Ok(Some(TableConstraint::Unique { keys, on_conflict: on_conflict(cursor)? }));
    }
    if cursor.takes(&["CHECK"]) {
        let expression = cursor.group()?;
        // Read and without effect ("ON CONFLICT").
        on_conflict(cursor)?;
        return Ok(Some(TableConstraint::Check(expression)));
    }
    cursor.expect(&["FOREIGN", "KEY"])?;
    let columns = names(cursor.group()?);
    cursor.expect(&["REFERENCES"])?;
    Ok(Some(TableConstraint::ForeignKey { columns, reference: reference(cursor)? }))
}

fn names(tokens: &[Token<'_>]) -> Vec<String> {
    at_commas(tokens).into_iter().filter_map(|name| name.first().map(unquote)).collect()
}

fn keys<'s, 't>(tokens: &'s [Token<'t>]) -> Vec<KeyDefinition<'s, 't>> {
    at_commas(tokens).into_iter().map(key).collect()
}

fn key<'s, 't>(mut tokens: &'s [Token<'t>]) -> KeyDefinition<'s, 't> {
    let mut descending = false;
    if let [rest @ .., last] = tokens
        && !rest.is_empty()
        && (last.is_word("ASC") || last.is_word("DESC"))
    {
        descending = last.is_word("DESC");
        tokens = rest;
    }
    let mut collation = None;
    if let [rest @ .., word, name] = tokens
        && word.is_word("COLLATE")
        && is_unit(rest)
    {
        collation = Some(unquote(name));
        tokens = rest;
    }
    KeyDefinition { expression: tokens, collation, descending }
}
