use std::collections::BTreeMap;

use migrate_core::Error;
use serde_json::Value;

use super::{expression, row::Row, table::Found};
use crate::{
    ddl::postgres::{index::INVALID, name::literal},
    schema::{Index, IndexKey, KeyPart, NullsOrder},
};

/// Bits of `pg_index.indoption`.
const DESCENDING: i64 = 1;
const NULLS_FIRST: i64 = 2;

/// Puts the indexes on their tables.
pub(super) fn indexes(
    rows: impl Iterator<Item = Row>,
    tables: &mut BTreeMap<u32, Found>,
) -> Result<(), Error> {
    for mut row in rows {
        let oid: u32 = row.parse()?;
        let Some(found) = tables.get_mut(&oid) else { continue };
        let index = index(&mut row, found)?;
        found.table.indexes.push(index);
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
    index.comment = row.maybe();
    let details = row.values()?;
    index.keys = details
        .iter()
        .zip(&columns)
        .filter_map(|(detail, number)| {
            let part = match detail.get(0).and_then(Value::as_str) {
                Some(shown) => KeyPart::Expression(expression::readable(shown)),
                None => KeyPart::Column(found.columns(&[*number]).pop()?),
            };
            Some(key(part, detail))
        })
        .collect();
    Ok(index)
}

/// A key: its expression, options, collation, operator class, and that class's parameters.
fn key(part: KeyPart, detail: &Value) -> IndexKey {
    let bits = detail.get(1).and_then(Value::as_i64).unwrap_or_default();
    let descending = bits & DESCENDING != 0;
    let nulls_first = bits & NULLS_FIRST != 0;
    let nulls =
        (descending != nulls_first).then_some(if nulls_first { NullsOrder::First } else { NullsOrder::Last });
    let text = |at: usize| detail.get(at).and_then(Value::as_str).map(ToOwned::to_owned);
    let parameters: Vec<String> = detail
        .get(4)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|parameter| {
            let (key, value) = parameter.as_str()?.split_once('=')?;
            let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric());
            Some(format!("{key} = {}", if is_plain { value.to_owned() } else { literal(value) }))
        })
        .collect();
    let operator_class = text(3).map(|class| match parameters.as_slice() {
        [] => class,
        parameters => format!("{class} ({})", parameters.join(", ")),
    });
    IndexKey { part, descending, nulls, collation: text(2), operator_class, prefix: None }
}
