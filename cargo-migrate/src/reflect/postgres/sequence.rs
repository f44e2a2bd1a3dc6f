use std::collections::BTreeMap;

use migrate_core::Error;

use super::{Names, comment::Comments, row::Row, spelling::short_type};
use crate::{
    ddl::postgres::name::standard_name,
    schema::{Column, Sequence, SequenceOptions},
};

/// A sequence that a column owns, or that is its identity.
#[derive(Debug)]
pub(super) struct Owned {
    pub(super) sequence: Sequence,
    pub(super) is_identity: bool,
    /// As an expression names it.
    shown: String,
}

/// Those that belong to no column, and the others by the column: the table's number and the column's.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    pub(super) free: Vec<Sequence>,
    pub(super) owned: BTreeMap<(u32, i16), Vec<Owned>>,
}

pub(super) fn sequences(
    rows: impl Iterator<Item = Row>,
    names: &Names<'_>,
    comments: &Comments,
) -> Result<Sequences, Error> {
    let mut found = Sequences::default();
    for mut row in rows {
        let name = names.object(row.text()?, row.text()?);
        let shown = row.text()?;
        let comment = comments.of_relation(row.parse()?);
        let ty = short_type(&row.text()?);
        let options = options(&mut row, &ty)?;
        // The type that it has by itself.
        let ty = (ty != "bigint").then_some(ty);
        let sequence = Sequence { name, ty, options, comment, is_owned: false, needed_by: Vec::new() };
        let owner = match (row.maybe(), row.maybe()) {
            (Some(table), Some(column)) => table.parse().ok().zip(column.parse().ok()),
            _ => None,
        };
        let is_identity = row.flag();
        match owner {
            Some(owner) => {
                found.owned.entry(owner).or_default().push(Owned { sequence, is_identity, shown });
            }
            None => found.free.push(sequence),
        }
    }
    Ok(found)
}

/// What is said of it beyond what the server gives a sequence of the type by itself.
fn options(row: &mut Row, ty: &str) -> Result<SequenceOptions, Error> {
    let (start, increment): (i64, i64) = (row.parse()?, row.parse()?);
    let (min, max, cache): (i64, i64, i64) = (row.parse()?, row.parse()?, row.parse()?);
    let (lowest, highest) = match ty {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let (own_min, own_max) = if increment > 0 { (1, highest) } else { (lowest, -1) };
    let own_start = if increment > 0 { min } else { max };
    let unless = |value: i64, own: i64| (value != own).then_some(value);
    Ok(SequenceOptions {
        start: unless(start, own_start),
        increment: unless(increment, 1),
        min: unless(min, own_min),
        max: unless(max, own_max),
        cache: unless(cache, 1),
        cycle: row.flag(),
    })
}

impl Owned {
    /// The digits behind the name, which the server appends where the name is taken.
    pub(super) fn number(&self) -> &str {
        let name = self.sequence.name.name.as_str();
        &name[name.trim_end_matches(|c: char| c.is_ascii_digit()).len()..]
    }

    /// Whether column and sequence are what `serial` makes: the standard name, nothing said of the sequence, and a
    /// default that draws from it and does nothing else. The type of the sequence does not matter: servers before
    /// version 10 had one type only.
    pub(super) fn is_serial(&self, table: &str, column: &Column) -> bool {
        let label = format!("seq{}", self.number());
        !self.is_identity
            && column.identity.is_none()
            && standard_name(table, Some(&column.name), &label) == self.sequence.name.name
            && self.sequence.options == SequenceOptions::default()
            && matches!(column.ty.as_str(), "smallint" | "integer" | "bigint")
            && column.default.as_deref() == Some(&format!("nextval('{}')", self.shown.replace('\'', "''")))
    }
}
