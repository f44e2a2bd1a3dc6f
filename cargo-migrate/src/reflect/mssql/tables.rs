//! Tables and their columns, a row for each column.

use migrate_core::Error;

use super::{Area, Rows, Tables, cells::Cells, types::TypeRow};
use crate::{
    ddl::mssql::{expression::readable, name::qualified},
    reflect::Scope,
    schema::{Column, Generated, Identity, Table},
};

pub(super) fn query(area: &Area) -> String {
    format!(
        "SELECT SCHEMA_NAME(t.schema_id), t.name, CAST(tp.value AS nvarchar(4000)), \
         c.name, ty.name, SCHEMA_NAME(ty.schema_id), ty.is_user_defined, c.max_length, c.precision, c.scale, \
         c.is_nullable, \
         CASE WHEN ty.is_user_defined = 0 AND ty.name <> N'sysname' \
         AND c.collation_name <> CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128)) \
         THEN c.collation_name END, \
         CASE WHEN d.is_system_named = 0 THEN d.name END, d.definition, \
         cc.definition, cc.is_persisted, \
         CAST(CAST(ic.seed_value AS decimal(38, 0)) AS nvarchar(40)), \
         CAST(CAST(ic.increment_value AS decimal(38, 0)) AS nvarchar(40)), \
         CAST(cp.value AS nvarchar(4000)), \
         SCHEMA_NAME(x.schema_id), x.name, c.is_xml_document \
         FROM sys.tables AS t \
         JOIN sys.columns AS c ON c.object_id = t.object_id \
         JOIN sys.types AS ty ON ty.user_type_id = c.user_type_id \
         LEFT JOIN sys.default_constraints AS d \
         ON d.parent_object_id = c.object_id AND d.parent_column_id = c.column_id \
         LEFT JOIN sys.computed_columns AS cc ON cc.object_id = c.object_id AND cc.column_id = c.column_id \
         LEFT JOIN sys.identity_columns AS ic ON ic.object_id = c.object_id AND ic.column_id = c.column_id \
         LEFT JOIN sys.xml_schema_collections AS x \
         ON x.xml_collection_id = c.xml_collection_id AND c.xml_collection_id <> 0 \
         LEFT JOIN sys.extended_properties AS tp \
         ON tp.class = 1 AND tp.major_id = t.object_id AND tp.minor_id = 0 AND tp.name = N'MS_Description' \
         LEFT JOIN sys.extended_properties AS cp \
         ON cp.class = 1 AND cp.major_id = c.object_id AND cp.minor_id = c.column_id \
         AND cp.name = N'MS_Description' \
         WHERE {schemas} AND {ordinary} \
         ORDER BY t.object_id, c.column_id",
        schemas = area.holds("t.schema_id"),
        ordinary = ORDINARY
    )
}

/// The tables that are ours to change. Temporal, ledger, graph and partitioned ones have parts that no statement of ours
/// would write again. Those of the first two are found by who fills them, those of the third by their names: the manual,
/// "SQL Graph architecture".
const ORDINARY: &str = "t.is_ms_shipped = 0 AND t.name <> N'sysdiagrams' AND t.temporal_type = 0 \
     AND t.is_memory_optimized = 0 AND t.is_external = 0 AND t.is_filetable = 0 \
     AND NOT EXISTS (SELECT * FROM sys.extended_properties AS tool \
     WHERE tool.class = 1 AND tool.major_id = t.object_id AND tool.minor_id = 0 \
     AND tool.name = N'microsoft_database_tools_support') \
     AND NOT EXISTS (SELECT * FROM sys.columns AS filled \
     WHERE filled.object_id = t.object_id AND (filled.generated_always_type <> 0 \
     OR filled.name LIKE N'$node[_]id[_]%' OR filled.name LIKE N'$edge[_]id[_]%')) \
     AND NOT EXISTS (SELECT * FROM sys.indexes AS heap \
     JOIN sys.partition_schemes AS scheme ON scheme.data_space_id = heap.data_space_id \
     WHERE heap.object_id = t.object_id AND heap.index_id IN (0, 1))";

pub(super) fn read(rows: &Rows, area: &Area, scope: &Scope) -> Result<Tables, Error> {
    let mut tables = Tables::new();
    for row in rows {
        let cells = Cells::new(row);
        let name = cells.text(1)?;
        if scope.without.iter().any(|without| without == name) {
            continue;
        }
        let name = area.name(cells.text(0)?, name);
        let table = tables.entry(name.clone()).or_insert_with(|| Table::new(name));
        table.comment = cells.maybe(2).map(ToOwned::to_owned);
        table.columns.push(column(cells, area)?);
    }
    Ok(tables)
}

fn column(cells: Cells<'_>, area: &Area) -> Result<Column, Error> {
    let other = |schema: Option<&'_ str>| {
        schema.filter(|schema| *schema != area.default_schema).map(ToOwned::to_owned)
    };
    let collection = cells.maybe(20).map(|name| {
        let document = if cells.flag(21) { "DOCUMENT " } else { "" };
        format!("{document}{}", qualified(other(cells.maybe(19)).as_deref(), name))
    });
    let ty = TypeRow {
        name: cells.text(4)?,
        schema: other(cells.maybe(5)).as_deref(),
        is_user_defined: cells.flag(6),
        length: cells.number(7)?,
        precision: cells.number(8)?,
        scale: cells.number(9)?,
        collection: collection.as_deref(),
    }
    .spelled();
    let shown = |at| cells.maybe(at).map(|text| readable(text, &area.default_schema));
    let mut column = Column::new(cells.text(3)?, ty);
    column.nullable = cells.flag(10);
    column.collation = cells.maybe(11).map(ToOwned::to_owned);
    column.default_name = cells.maybe(12).map(ToOwned::to_owned);
    column.default = shown(13);
    column.generated = shown(14).map(|expression| Generated { expression, stored: cells.flag(15) });
    if cells.maybe(16).is_some() {
        column.identity = Some(Identity::Seeded { seed: cells.number(16)?, increment: cells.number(17)? });
    }
    column.comment = cells.maybe(18).map(ToOwned::to_owned);
    Ok(column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ObjectName;

    fn area() -> Area {
        Area { default_schema: "dbo".to_owned(), schemas: "N'dbo'".to_owned() }
    }

    fn row(cells: &[&str; 22]) -> Vec<Option<String>> {
        cells.iter().map(|cell| (*cell != "-").then(|| (*cell).to_owned())).collect()
    }

    #[test]
    fn rows_become_tables_and_columns() {
        let rows = vec![
            row(&[
                "dbo", "users", "people", "id", "bigint", "sys", "0", "8", "19", "0", "0", "-", "-", "-",
                "-", "-", "1", "1", "-", "-", "-", "0",
            ]),
            row(&[
                "dbo",
                "users",
                "people",
                "state",
                "nvarchar",
                "sys",
                "0",
                "40",
                "0",
                "0",
                "1",
                "Latin1_General_BIN2",
                "df_state",
                "(N'active')",
                "-",
                "-",
                "-",
                "-",
                "where they are",
                "-",
                "-",
                "0",
            ]),
            row(&[
                "app",
                "users",
                "-",
                "twice",
                "int",
                "sys",
                "0",
                "4",
                "10",
                "0",
                "1",
                "-",
                "-",
                "-",
                "([id]*(2))",
                "1",
                "-",
                "-",
                "-",
                "-",
                "-",
                "0",
            ]),
            row(&[
                "dbo",
                "migrate_version",
                "-",
                "x",
                "int",
                "sys",
                "0",
                "4",
                "10",
                "0",
                "1",
                "-",
                "-",
                "-",
                "-",
                "-",
                "-",
                "-",
                "-",
                "-",
                "-",
                "0",
            ]),
        ];
        let scope = Scope { without: vec!["migrate_version".to_owned()], ..Scope::default() };
        let tables = read(&rows, &area(), &scope).unwrap();
        assert_eq!(tables.len(), 2);
        let users = &tables[&ObjectName::local("users")];
        assert_eq!(users.comment.as_deref(), Some("people"));
        let mut id = Column::new("id", "bigint");
        id.nullable = false;
        id.identity = Some(Identity::Seeded { seed: 1, increment: 1 });
        let mut state = Column::new("state", "nvarchar(20)");
        state.collation = Some("Latin1_General_BIN2".to_owned());
        state.default = Some("N'active'".to_owned());
        state.default_name = Some("df_state".to_owned());
        state.comment = Some("where they are".to_owned());
        assert_eq!(users.columns, [id, state]);
        let other = &tables[&ObjectName::in_schema("app", "users")];
        let expected = Generated { expression: "id * 2".to_owned(), stored: true };
        assert_eq!(other.columns[0].generated, Some(expected));
    }

    #[test]
    fn a_row_that_cannot_be_is_an_error() {
        let mut broken = row(&["-"; 22]);
        assert!(read(&vec![broken.clone()], &area(), &Scope::default()).is_err());
        for (at, text) in [(0, "dbo"), (1, "t"), (3, "c"), (4, "int"), (7, "x")] {
            broken[at] = Some(text.to_owned());
        }
        let error = read(&vec![broken], &area(), &Scope::default()).unwrap_err();
        assert!(error.message().contains("`x`"), "{error}");
    }
}
