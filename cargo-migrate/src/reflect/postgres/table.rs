use std::collections::BTreeMap;

use migrate_core::Error;

use super::{Names, comment::Comments, expression, row::Row, sequence::Owned, spelling::short_type};
use crate::schema::{Column, Generated, Identity, SequenceOptions, Table};

/// A table while it is read: the catalogue speaks of it by a number, and of its columns.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) table: Table,
    columns: BTreeMap<i16, String>,
}

impl Found {
    /// The columns of these numbers.
    pub(super) fn columns(&self, numbers: &[i16]) -> Vec<String> {
        numbers.iter().filter_map(|number| self.columns.get(number)).cloned().collect()
    }
}

/// The tables by their numbers. `owned` has the sequences that belong to columns; those that a column draws from in a
/// way of its own stay behind as sequences in their own right.
pub(super) fn tables(
    rows: impl Iterator<Item = Row>,
    names: &Names<'_>,
    comments: &Comments,
    owned: &mut BTreeMap<(u32, i16), Vec<Owned>>,
) -> Result<BTreeMap<u32, Found>, Error> {
    let mut found: BTreeMap<u32, Found> = BTreeMap::new();
    for mut row in rows {
        let oid: u32 = row.parse()?;
        let name = names.object(row.text()?, row.text()?);
        let unlogged = row.flag();
        let (options, toast) = (row.options()?, row.options()?);
        let entry = found.entry(oid).or_insert_with(|| {
            let mut table = Table::new(name);
            table.options = options;
            table.options.extend(toast.into_iter().map(|(key, value)| (format!("toast.{key}"), value)));
            if unlogged {
                table.options.insert("unlogged".to_owned(), "true".to_owned());
            }
            table.comment = comments.of_relation(oid);
            Found { table, columns: BTreeMap::new() }
        });
        let Some(number) = row.maybe() else { continue };
        let Ok(number) = number.parse::<i16>() else { continue };
        let mut column = column(&mut row)?;
        column.comment = comments.of_column(oid, number);
        if let Some(sequences) = owned.get_mut(&(oid, number)) {
            claim(&entry.table.name.name, &mut column, sequences);
        }
        entry.columns.insert(number, column.name.clone());
        entry.table.columns.push(column);
    }
    Ok(found)
}

fn column(row: &mut Row) -> Result<Column, Error> {
    let mut column = Column::new(row.text()?, short_type(&row.text()?));
    column.nullable = !row.flag();
    let shown = row.maybe();
    let generated = row.maybe();
    column.identity = row.maybe().map(|kind| match kind.as_str() {
        "a" => Identity::Always(SequenceOptions::default()),
        _ => Identity::ByDefault(SequenceOptions::default()),
    });
    column.collation = row.maybe();
    let base = row.maybe().map(|base| short_type(&base));
    match generated {
        Some(kind) => {
            column.generated = shown
                .map(|shown| Generated { expression: expression::readable(&shown), stored: kind == "s" });
        }
        None => {
            column.default = shown.and_then(|shown| expression::default(&shown, &column.ty, base.as_deref()));
        }
    }
    Ok(column)
}

/// Gives the column what it owns: the options of its identity, or its being a serial.
fn claim(table: &str, column: &mut Column, sequences: &mut Vec<Owned>) {
    sequences.retain(|owned| {
        if owned.is_serial(table, column) {
            column.default = None;
            column.identity = Some(Identity::Serial);
            column.sequence_number = owned.number().parse().ok();
            return false;
        }
        match &mut column.identity {
            Some(Identity::Always(options) | Identity::ByDefault(options)) if owned.is_identity => {
                options.clone_from(&owned.sequence.options);
                false
            }
            _ => true,
        }
    });
}
