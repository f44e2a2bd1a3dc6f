//! Sequences, which MariaDB has.

use migrate_core::Error;
use migrate_runtime::Connection;

use super::{
    catalog::{Catalog, cell, filled, rows},
    object_name,
    server::Server,
};
use crate::{
    mysql::{identifier, literal},
    schema::{Sequence, SequenceOptions},
};

/// The sequences of a database: each is a table of one row. One query for all of them.
pub(super) async fn read(
    connection: &mut Connection,
    server: &Server,
    database: &str,
    catalog: &Catalog,
) -> Result<Vec<Sequence>, Error> {
    let listed: Vec<_> = catalog.tables.iter().filter(|row| cell(row, 1) == "SEQUENCE").collect();
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    let questions: Vec<String> = listed
        .iter()
        .map(|row| {
            format!(
                "SELECT {}, start_value, increment, minimum_value, maximum_value, cache_size, cycle_option FROM {}.{}",
                literal(cell(row, 0)),
                identifier(database),
                identifier(cell(row, 0)),
            )
        })
        .collect();
    let found = rows(connection, &questions.join(" UNION ALL ")).await?;
    let comment = |name: &str| {
        let row = listed.iter().find(|row| cell(row, 0) == name)?;
        filled(row, 5).map(ToOwned::to_owned)
    };
    Ok(found
        .iter()
        .map(|row| {
            let number = |at| cell(row, at).parse::<i64>().ok();
            let [start, increment, min, max, cache] = [1, 2, 3, 4, 5].map(number);
            Sequence {
                name: object_name(server, database, cell(row, 0)),
                ty: None,
                options: options(start, increment, min, max, cache, cell(row, 6) == "1"),
                comment: comment(cell(row, 0)),
                is_owned: false,
                needed_by: Vec::new(),
            }
        })
        .collect())
}

/// What is not the server's own choice.
fn options(
    start: Option<i64>,
    increment: Option<i64>,
    min: Option<i64>,
    max: Option<i64>,
    cache: Option<i64>,
    cycle: bool,
) -> SequenceOptions {
    let (usual_min, usual_max) = if increment < Some(0) { (i64::MIN + 1, -1) } else { (1, i64::MAX - 1) };
    let usual_start = if increment < Some(0) { max.unwrap_or(usual_max) } else { min.unwrap_or(usual_min) };
    SequenceOptions {
        start: start.filter(|start| *start != usual_start),
        increment: increment.filter(|increment| *increment != 1),
        min: min.filter(|min| *min != usual_min),
        max: max.filter(|max| *max != usual_max),
        cache: cache.filter(|cache| *cache != 1000),
        cycle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_chooses_is_not_told() {
        let plain = options(Some(1), Some(1), Some(1), Some(i64::MAX - 1), Some(1000), false);
        assert_eq!(plain, SequenceOptions::default());
        let down = options(Some(-1), Some(-1), Some(i64::MIN + 1), Some(-1), Some(1000), false);
        assert_eq!(down, SequenceOptions { increment: Some(-1), ..SequenceOptions::default() });
        let own = options(Some(5), Some(3), Some(2), Some(99), Some(7), true);
        assert_eq!(
            own,
            SequenceOptions {
                start: Some(5),
                increment: Some(3),
                min: Some(2),
                max: Some(99),
                cache: Some(7),
                cycle: true
            }
        );
    }
}
