use std::collections::BTreeMap;

use migrate_core::Error;

use super::{comment::Comments, expression, row::Row, table::Found};
use crate::{
    ddl::postgres::{index::INVALID, name::literal},
    schema::{Index, IndexKey, KeyPart, NullsOrder},
};

/// Bits of `pg_index.indoption`.
const DESCENDING: i64 = 1;
const NULLS_FIRST: i64 = 2;

/// Puts the indexes on their tables: a row for each key, those of an index together.
pub(super) fn indexes(
    rows: impl Iterator<Item = Row>,
    comments: &Comments,
    tables: &mut BTreeMap<u32, Found>,
) -> Result<(), Error> {
    let mut last = None;
    for mut row in rows {
        let oid: u32 = row.parse()?;
        let Some(found) = tables.get_mut(&oid) else { continue };
        let number: u32 = row.parse()?;
        let mut index = index(&mut row, found)?;
        let key = key(&mut row, found)?;
        if last != Some(number) {
            index.comment = comments.of_relation(number);
            found.table.indexes.push(index);
            last = Some(number);
        }
        if let Some(index) = found.table.indexes.last_mut() {
            index.keys.extend(key);
        }
    }
    Ok(())
}

fn index(row: &mut Row, found: &Found) -> Result<Index, Error> {
    let mut index = Index::new(row.text()?, Vec::new());
    index.unique = row.flag();
    let is_valid = row.flag();
    index.method = row.maybe().filter(|method| method != "btree");
    index.nulls_not_distinct = row.flag();
    let columns = row.numbers()?;
    let keys = row.parse::<usize>()?.min(columns.len());
    index.include = found.columns(&columns[keys..]);
    index.options = row.options()?;
    if !is_valid {
        index.options.insert(INVALID.to_owned(), "true".to_owned());
    }
    index.filter = row.maybe().map(|shown| expression::readable(&shown));
    Ok(index)
}

/// A key: its column or expression, options, collation, operator class, and that class's parameters.
fn key(row: &mut Row, found: &Found) -> Result<Option<IndexKey>, Error> {
    let column = found.columns(&[row.parse()?]).pop();
    let expression = row.maybe().map(|shown| KeyPart::Expression(expression::readable(&shown)));
    let Some(part) = expression.or(column.map(KeyPart::Column)) else { return Ok(None) };
    let bits: i64 = row.parse()?;
    let descending = bits & DESCENDING != 0;
    let nulls_first = bits & NULLS_FIRST != 0;
    let nulls =
        (descending != nulls_first).then_some(if nulls_first { NullsOrder::First } else { NullsOrder::Last });
    let collation = row.maybe();
    let operator_class = row.maybe();
    let parameters: Vec<String> = row
        .options()?
        .into_iter()
        .map(|(key, value)| {
            let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric());
            format!("{key} = {}", if is_plain { value } else { literal(&value) })
        })
        .collect();
    let operator_class = operator_class.map(|class| {
        if parameters.is_empty() { class } else { format!("{class} ({})", parameters.join(", ")) }
    });
    Ok(Some(IndexKey { part, descending, nulls, collation, operator_class, prefix: None }))
}
