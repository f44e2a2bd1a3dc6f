//! Checks.

use migrate_core::Error;

use super::{Area, Rows, Tables, cells::Cells};
use crate::{ddl::mssql::expression::readable, schema::Check};

/// One that is not for replication is never trusted, and checked all the same.
pub(super) fn query(area: &Area) -> String {
    format!(
        "SELECT SCHEMA_NAME(t.schema_id), t.name, k.name, k.is_system_named, CAST(kp.value AS nvarchar(4000)), \
         k.definition, \
         CASE WHEN k.is_disabled = 1 OR (k.is_not_trusted = 1 AND k.is_not_for_replication = 0) THEN 1 ELSE 0 END \
         FROM sys.check_constraints AS k \
         JOIN sys.tables AS t ON t.object_id = k.parent_object_id \
         LEFT JOIN sys.extended_properties AS kp \
         ON kp.class = 1 AND kp.major_id = k.object_id AND kp.minor_id = 0 AND kp.name = N'MS_Description' \
         WHERE {schemas} AND t.is_ms_shipped = 0 \
         ORDER BY t.object_id, k.name",
        schemas = area.holds("t.schema_id")
    )
}

pub(super) fn read(rows: &Rows, area: &Area, tables: &mut Tables) -> Result<(), Error> {
    for row in rows {
        let cells = Cells::new(row);
        let Some(table) = tables.get_mut(&area.name(cells.text(0)?, cells.text(1)?)) else { continue };
        let comment = cells.maybe(4).map(ToOwned::to_owned);
        let is_ours = !cells.flag(3) || comment.is_some();
        table.checks.push(Check {
            name: if is_ours { Some(cells.text(2)?.to_owned()) } else { None },
            expression: readable(cells.text(5)?, &area.default_schema),
            no_inherit: false,
            not_valid: cells.flag(6),
            comment,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ObjectName, Table};

    #[test]
    fn checks_are_readable_and_named_by_us_or_not_at_all() {
        let row = |cells: [&str; 7]| -> Vec<Option<String>> {
            cells.iter().map(|cell| (*cell != "-").then(|| (*cell).to_owned())).collect()
        };
        let rows = vec![
            row(["dbo", "t", "CK__t__age__1", "1", "-", "([age]>=(0))", "0"]),
            row(["dbo", "t", "ck_name", "0", "no one", "(len([name])>(0))", "1"]),
            row(["dbo", "left alone", "ck", "0", "-", "((1)=(1))", "0"]),
        ];
        let area = Area { default_schema: "dbo".to_owned(), schemas: String::new() };
        let mut tables = Tables::new();
        tables.insert(ObjectName::local("t"), Table::new(ObjectName::local("t")));
        read(&rows, &area, &mut tables).unwrap();
        let checks = &tables[&ObjectName::local("t")].checks;
        assert_eq!(checks.len(), 2);
        assert_eq!((checks[0].name.as_deref(), checks[0].expression.as_str()), (None, "age >= 0"));
        assert_eq!(
            (checks[1].name.as_deref(), checks[1].expression.as_str()),
            (Some("ck_name"), "len(name) > 0")
        );
        assert!(!checks[0].not_valid && checks[1].not_valid);
        assert_eq!(checks[1].comment.as_deref(), Some("no one"));
    }
}
