//! Foreign keys, a row for each column of one.

use migrate_core::Error;

use super::{Area, Rows, Tables, cells::Cells};
use crate::schema::{Deferrable, ForeignKey, ReferentialAction};

/// One that is not for replication is never trusted, and checked all the same.
pub(super) fn query(area: &Area) -> String {
    format!(
        "SELECT SCHEMA_NAME(t.schema_id), t.name, k.name, k.is_system_named, \
         CAST(kp.value AS nvarchar(4000)), k.delete_referential_action, k.update_referential_action, \
         CASE WHEN k.is_disabled = 1 OR (k.is_not_trusted = 1 AND k.is_not_for_replication = 0) THEN 1 ELSE 0 END, \
         SCHEMA_NAME(r.schema_id), r.name, pc.name, rc.name \
         FROM sys.foreign_keys AS k \
         JOIN sys.tables AS t ON t.object_id = k.parent_object_id \
         JOIN sys.tables AS r ON r.object_id = k.referenced_object_id \
         JOIN sys.foreign_key_columns AS c ON c.constraint_object_id = k.object_id \
         JOIN sys.columns AS pc ON pc.object_id = c.parent_object_id AND pc.column_id = c.parent_column_id \
         JOIN sys.columns AS rc ON rc.object_id = c.referenced_object_id AND rc.column_id = c.referenced_column_id \
         LEFT JOIN sys.extended_properties AS kp \
         ON kp.class = 1 AND kp.major_id = k.object_id AND kp.minor_id = 0 AND kp.name = N'MS_Description' \
         WHERE {schemas} AND t.is_ms_shipped = 0 \
         ORDER BY t.object_id, k.name, c.constraint_column_id",
        schemas = area.holds("t.schema_id")
    )
}

pub(super) fn read(rows: &Rows, area: &Area, tables: &mut Tables) -> Result<(), Error> {
    let same = |one: &Vec<Option<String>>, other: &Vec<Option<String>>| one.get(..3) == other.get(..3);
    for rows in rows.chunk_by(same) {
        let Some(first) = rows.first().map(|row| Cells::new(row)) else { continue };
        let Some(table) = tables.get_mut(&area.name(first.text(0)?, first.text(1)?)) else { continue };
        let comment = first.maybe(4).map(ToOwned::to_owned);
        let is_ours = !first.flag(3) || comment.is_some();
        let columns = |at| -> Result<Vec<String>, Error> {
            rows.iter().map(|row| Cells::new(row).text(at).map(ToOwned::to_owned)).collect()
        };
        table.foreign_keys.push(ForeignKey {
            name: if is_ours { Some(first.text(2)?.to_owned()) } else { None },
            columns: columns(10)?,
            referred_table: area.name(first.text(8)?, first.text(9)?),
            referred_columns: columns(11)?,
            on_delete: action(first.number(5)?),
            delete_columns: Vec::new(),
            on_update: action(first.number(6)?),
            match_full: false,
            deferrable: Deferrable::No,
            not_valid: first.flag(7),
            comment,
        });
    }
    Ok(())
}

/// The manual, "`sys.foreign_keys` (Transact-SQL)".
fn action(number: u8) -> ReferentialAction {
    match number {
        1 => ReferentialAction::Cascade,
        2 => ReferentialAction::SetNull,
        3 => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ObjectName, Table};

    #[test]
    fn rows_of_one_key_are_one_key() {
        let row = |name: &str, named: &str, columns: [&str; 2]| -> Vec<Option<String>> {
            let head = ["dbo", "posts", name, named, "-", "1", "2", "0", "app", "users"];
            head.into_iter().chain(columns).map(|cell| (cell != "-").then(|| cell.to_owned())).collect()
        };
        let rows = vec![
            row("FK__posts__1", "1", ["x", "id"]),
            row("fk_author", "0", ["tenant", "tenant_id"]),
            row("fk_author", "0", ["author", "id"]),
        ];
        let area = Area { default_schema: "dbo".to_owned(), schemas: String::new() };
        let mut tables = Tables::new();
        tables.insert(ObjectName::local("posts"), Table::new(ObjectName::local("posts")));
        read(&rows, &area, &mut tables).unwrap();
        let keys = &tables[&ObjectName::local("posts")].foreign_keys;
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[0].name, None);
        assert_eq!(keys[1].name.as_deref(), Some("fk_author"));
        assert_eq!(keys[1].columns, ["tenant", "author"]);
        assert_eq!(keys[1].referred_columns, ["tenant_id", "id"]);
        assert_eq!(keys[1].referred_table, ObjectName::in_schema("app", "users"));
        assert_eq!(
            (keys[1].on_delete, keys[1].on_update),
            (ReferentialAction::Cascade, ReferentialAction::SetNull)
        );
        assert!(!keys[1].not_valid);
    }
}
