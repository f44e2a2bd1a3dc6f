//! Sequences.

use std::collections::BTreeMap;

use migrate_core::Error;

use super::{Area, Rows, cells::Cells, types::TypeRow};
use crate::{
    ddl::mssql::sequence::bounds,
    schema::{ObjectName, Sequence, SequenceOptions},
};

pub(super) fn query(area: &Area) -> String {
    let number = |column: &str| format!("CAST(s.{column} AS nvarchar(40))");
    format!(
        "SELECT SCHEMA_NAME(s.schema_id), s.name, ty.name, SCHEMA_NAME(ty.schema_id), ty.is_user_defined, \
         s.precision, s.scale, {}, {}, {}, {}, s.is_cycling, s.is_cached, s.cache_size, \
         CAST(p.value AS nvarchar(4000)) \
         FROM sys.sequences AS s \
         JOIN sys.types AS ty ON ty.user_type_id = s.user_type_id \
         LEFT JOIN sys.extended_properties AS p \
         ON p.class = 1 AND p.major_id = s.object_id AND p.minor_id = 0 AND p.name = N'MS_Description' \
         WHERE {} AND s.is_ms_shipped = 0 \
         ORDER BY s.object_id",
        number("start_value"),
        number("increment"),
        number("minimum_value"),
        number("maximum_value"),
        area.holds("s.schema_id")
    )
}

pub(super) fn read(rows: &Rows, area: &Area) -> Result<BTreeMap<ObjectName, Sequence>, Error> {
    let mut sequences = BTreeMap::new();
    for row in rows {
        let cells = Cells::new(row);
        let name = area.name(cells.text(0)?, cells.text(1)?);
        let ty = TypeRow {
            name: cells.text(2)?,
            schema: cells.maybe(3).filter(|schema| *schema != area.default_schema),
            is_user_defined: cells.flag(4),
            length: 0,
            precision: cells.number(5)?,
            scale: cells.number(6)?,
            collection: None,
        }
        .spelled();
        let options = options(cells, &ty)?;
        let comment = cells.maybe(14).map(ToOwned::to_owned);
        // The server's own choice.
        let ty = (ty != "bigint").then_some(ty);
        sequences.insert(
            name.clone(),
            Sequence { name, ty, options, comment, is_owned: false, needed_by: Vec::new() },
        );
    }
    Ok(sequences)
}

/// What is not as the server does it by itself: from one end of the type to the other, by one, with a cache of a size
/// that it does not tell.
fn options(cells: Cells<'_>, ty: &str) -> Result<SequenceOptions, Error> {
    let (start, increment): (i128, i128) = (cells.number(7)?, cells.number(8)?);
    let (min, max): (i128, i128) = (cells.number(9)?, cells.number(10)?);
    let (lowest, highest) = bounds(ty);
    let said = |value: i128, natural: i128| if value == natural { None } else { i64::try_from(value).ok() };
    let cache = match (cells.flag(12), cells.maybe(13)) {
        (false, _) => Some(0),
        (true, None) => None,
        (true, Some(_)) => Some(cells.number(13)?),
    };
    Ok(SequenceOptions {
        start: said(start, if increment < 0 { max } else { min }),
        increment: said(increment, 1),
        min: said(min, lowest),
        max: said(max, highest),
        cache,
        cycle: cells.flag(11),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(cells: [&str; 15]) -> Sequence {
        let row = cells.iter().map(|cell| (*cell != "-").then(|| (*cell).to_owned())).collect();
        let area = Area { default_schema: "dbo".to_owned(), schemas: String::new() };
        read(&vec![row], &area).unwrap().into_values().next().unwrap()
    }

    #[test]
    fn what_the_server_chose_is_not_said() {
        let (low, high) = ("-9223372036854775808", "9223372036854775807");
        let plain = ["dbo", "no", "bigint", "sys", "0", "19", "0", low, "1", low, high, "0", "1", "-", "-"];
        let sequence = read_one(plain);
        assert_eq!(sequence.options, SequenceOptions::default());
        assert_eq!((sequence.name, sequence.ty), (ObjectName::local("no"), None));

        let said = [
            "app",
            "no",
            "int",
            "sys",
            "0",
            "10",
            "0",
            "100",
            "-2",
            "1",
            "200",
            "1",
            "0",
            "-",
            "numbers of bills",
        ];
        let sequence = read_one(said);
        assert_eq!((sequence.name.to_string(), sequence.ty.as_deref()), ("app.no".to_owned(), Some("int")));
        let expected = SequenceOptions {
            start: Some(100),
            increment: Some(-2),
            min: Some(1),
            max: Some(200),
            cache: Some(0),
            cycle: true,
        };
        assert_eq!(sequence.options, expected);
        assert_eq!(sequence.comment.as_deref(), Some("numbers of bills"));

        let nines = "999999999999999999999999999999999999";
        let wide = ["dbo", "no", "decimal", "sys", "0", "36", "0", "1", "1", "1", nines, "0", "1", "50", "-"];
        let sequence = read_one(wide);
        assert_eq!((sequence.ty.as_deref(), sequence.options.max), (Some("decimal(36,0)"), None));
        assert_eq!((sequence.options.min, sequence.options.start), (Some(1), None));
        assert_eq!(sequence.options.cache, Some(50));
    }
}
