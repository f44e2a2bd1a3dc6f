//! Indexes, primary keys and unique constraints, a row for each column of one.

use migrate_core::Error;

use super::{Area, Rows, Tables, cells::Cells};
use crate::{
    ddl::mssql::{expression::readable, index::FILEGROUP},
    schema::{Deferrable, Index, IndexKey, PrimaryKey, Table, Unique},
};

/// The types: 1 clustered, 2 nonclustered, 5 clustered columnstore, 6 nonclustered columnstore. Of the columns, those of
/// the key come in its order, then those that ride along; a columnstore index has only the latter.
pub(super) fn query(area: &Area) -> String {
    format!(
        "SELECT SCHEMA_NAME(t.schema_id), t.name, i.name, i.type, i.is_unique, i.is_primary_key, \
         i.is_unique_constraint, k.is_system_named, \
         CAST(COALESCE(kp.value, ip.value) AS nvarchar(4000)), \
         i.filter_definition, i.fill_factor, i.is_padded, i.ignore_dup_key, i.allow_row_locks, i.allow_page_locks, \
         p.data_compression_desc, CASE WHEN f.is_default = 0 THEN f.name END, \
         c.name, x.is_descending_key, x.is_included_column \
         FROM sys.tables AS t \
         JOIN sys.indexes AS i ON i.object_id = t.object_id \
         LEFT JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id \
         LEFT JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id \
         LEFT JOIN sys.key_constraints AS k ON k.parent_object_id = i.object_id AND k.unique_index_id = i.index_id \
         LEFT JOIN sys.filegroups AS f ON f.data_space_id = i.data_space_id \
         LEFT JOIN sys.partitions AS p \
         ON p.object_id = i.object_id AND p.index_id = i.index_id AND p.partition_number = 1 \
         LEFT JOIN sys.extended_properties AS kp \
         ON kp.class = 1 AND kp.major_id = k.object_id AND kp.minor_id = 0 AND kp.name = N'MS_Description' \
         LEFT JOIN sys.extended_properties AS ip \
         ON ip.class = 7 AND ip.major_id = i.object_id AND ip.minor_id = i.index_id AND ip.name = N'MS_Description' \
         WHERE {schemas} AND t.is_ms_shipped = 0 AND i.type IN (1, 2, 5, 6) AND i.is_hypothetical = 0 \
         ORDER BY t.object_id, i.name, x.is_included_column, x.key_ordinal, x.index_column_id",
        schemas = area.holds("t.schema_id")
    )
}

pub(super) fn read(rows: &Rows, area: &Area, tables: &mut Tables) -> Result<(), Error> {
    let same = |one: &Vec<Option<String>>, other: &Vec<Option<String>>| one.get(..3) == other.get(..3);
    for rows in rows.chunk_by(same) {
        let Some(first) = rows.first().map(|row| Cells::new(row)) else { continue };
        if let Some(table) = tables.get_mut(&area.name(first.text(0)?, first.text(1)?)) {
            let columns: Vec<_> = rows.iter().map(|row| Cells::new(row)).collect();
            add(table, first, &columns, area)?;
        }
    }
    Ok(())
}

fn add(table: &mut Table, first: Cells<'_>, columns: &[Cells<'_>], area: &Area) -> Result<(), Error> {
    let kind: u8 = first.number(3)?;
    let (is_clustered, is_columnstore) = (matches!(kind, 1 | 5), matches!(kind, 5 | 6));
    let comment = first.maybe(8).map(ToOwned::to_owned);
    let name = first.text(2)?.to_owned();
    let given_name = (!first.flag(7) || comment.is_some()).then(|| name.clone());
    let names = |included: bool| -> Vec<String> {
        let fits = columns.iter().filter(|cells| cells.flag(19) == included);
        fits.filter_map(|cells| cells.maybe(17)).map(ToOwned::to_owned).collect()
    };
    if first.flag(5) {
        table.primary_key = Some(PrimaryKey {
            name: given_name,
            columns: names(false),
            include: Vec::new(),
            deferrable: Deferrable::No,
            clustered: (!is_clustered).then_some(false),
            comment,
        });
        return Ok(());
    }
    if first.flag(6) {
        table.uniques.push(Unique {
            name: given_name,
            columns: names(false),
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
            clustered: is_clustered.then_some(true),
            comment,
        });
        return Ok(());
    }
    let keys = columns.iter().filter(|cells| !cells.flag(19)).filter_map(|cells| {
        let key = IndexKey::column(cells.maybe(17)?);
        Some(IndexKey { descending: cells.flag(18), ..key })
    });
    let mut index = Index::new(name, keys.collect());
    index.unique = first.flag(4);
    index.clustered = is_clustered;
    index.comment = comment;
    index.filter = first.maybe(9).map(|filter| readable(filter, &area.default_schema));
    match (is_columnstore, is_clustered) {
        (false, _) => index.include = names(true),
        (true, false) => index.keys = names(true).into_iter().map(IndexKey::column).collect(),
        // Of all columns, without a word.
        (true, true) => index.keys = Vec::new(),
    }
    if is_columnstore {
        index.method = Some("columnstore".to_owned());
    } else {
        options(&mut index, first);
    }
    let compression = first.maybe(15).filter(|word| !matches!(*word, "NONE" | "COLUMNSTORE"));
    say(&mut index, "data_compression", compression);
    say(&mut index, FILEGROUP, first.maybe(16));
    table.indexes.push(index);
    Ok(())
}

/// What is not as the server does it by itself. A fill factor of 0 is one of 100.
fn options(index: &mut Index, cells: Cells<'_>) {
    say(index, "fillfactor", cells.maybe(10).filter(|factor| !matches!(*factor, "0" | "100")));
    for (at, word) in [(11, "pad_index"), (12, "ignore_dup_key")] {
        say(index, word, cells.flag(at).then_some("on"));
    }
    for (at, word) in [(13, "allow_row_locks"), (14, "allow_page_locks")] {
        say(index, word, (cells.maybe(at) == Some("0")).then_some("off"));
    }
}

fn say(index: &mut Index, word: &str, value: Option<&str>) {
    if let Some(value) = value {
        let value = if word == FILEGROUP { value.to_owned() } else { value.to_lowercase() };
        index.options.insert(word.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ObjectName;

    /// Name, type, unique, primary key, unique constraint, named by the server; then the column.
    fn row(head: [&str; 6], column: [&str; 3]) -> Vec<Option<String>> {
        let middle = ["-", "-", "0", "0", "0", "1", "1", "NONE", "-"];
        let cells = ["dbo", "t"].into_iter().chain(head).chain(middle).chain(column);
        cells.map(|cell| (cell != "-").then(|| cell.to_owned())).collect()
    }

    fn read_all(rows: &Rows) -> Table {
        let area = Area { default_schema: "dbo".to_owned(), schemas: String::new() };
        let mut tables = Tables::new();
        tables.insert(ObjectName::local("t"), Table::new(ObjectName::local("t")));
        read(rows, &area, &mut tables).unwrap();
        tables.remove(&ObjectName::local("t")).unwrap()
    }

    #[test]
    fn keys_and_indexes_are_told_apart() {
        let table = read_all(&vec![
            row(["ix", "2", "1", "0", "0", "-"], ["b", "1", "0"]),
            row(["ix", "2", "1", "0", "0", "-"], ["a", "0", "0"]),
            row(["ix", "2", "1", "0", "0", "-"], ["c", "0", "1"]),
            row(["pk", "1", "1", "1", "0", "0"], ["b", "0", "0"]),
            row(["pk", "1", "1", "1", "0", "0"], ["a", "0", "0"]),
            row(["uq", "2", "1", "0", "1", "0"], ["a", "0", "0"]),
        ]);
        let key = table.primary_key.unwrap();
        assert_eq!(
            (key.name.as_deref(), key.columns.as_slice()),
            (Some("pk"), &["b".to_owned(), "a".to_owned()][..])
        );
        assert_eq!(key.clustered, None);
        assert_eq!((table.uniques[0].name.as_deref(), table.uniques[0].clustered), (Some("uq"), None));
        let index = &table.indexes[0];
        assert!(index.unique && !index.clustered && index.options.is_empty());
        assert_eq!(index.columns().collect::<Vec<_>>(), ["b", "a"]);
        assert!(index.keys[0].descending && !index.keys[1].descending);
        assert_eq!(index.include, ["c"]);
    }

    #[test]
    fn what_the_server_named_has_no_name_unless_it_has_a_comment() {
        let mut commented = row(["UQ__t__1", "1", "1", "0", "1", "1"], ["a", "0", "0"]);
        commented[8] = Some("why".to_owned());
        let table = read_all(&vec![row(["PK__t__1", "2", "1", "1", "0", "1"], ["a", "0", "0"]), commented]);
        let key = table.primary_key.unwrap();
        assert_eq!((key.name, key.clustered), (None, Some(false)));
        assert_eq!(
            (table.uniques[0].name.as_deref(), table.uniques[0].clustered),
            (Some("UQ__t__1"), Some(true))
        );
    }

    #[test]
    fn a_columnstore_index_has_columns_only_where_it_does_not_have_all() {
        let table = read_all(&vec![
            row(["cci", "5", "0", "0", "0", "-"], ["a", "0", "1"]),
            row(["cci", "5", "0", "0", "0", "-"], ["b", "0", "1"]),
            row(["ncci", "6", "0", "0", "0", "-"], ["b", "0", "1"]),
            row(["ncci", "6", "0", "0", "0", "-"], ["a", "0", "1"]),
        ]);
        let [whole, part] = table.indexes.as_slice() else { panic!("{:?}", table.indexes) };
        assert!(whole.clustered && whole.keys.is_empty() && whole.include.is_empty());
        assert!(!part.clustered && part.include.is_empty());
        assert_eq!(part.columns().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(part.method.as_deref(), Some("columnstore"));
    }

    #[test]
    fn options_are_those_that_are_not_the_servers_own() {
        let mut said = row(["ix", "2", "0", "0", "0", "-"], ["a", "0", "0"]);
        for (at, text) in [
            (9, "([deleted_at] IS NULL)"),
            (10, "80"),
            (11, "1"),
            (12, "1"),
            (13, "0"),
            (14, "0"),
            (15, "PAGE"),
            (16, "FAST Disks"),
        ] {
            said[at] = Some(text.to_owned());
        }
        let table = read_all(&vec![said]);
        let index = &table.indexes[0];
        assert_eq!(index.filter.as_deref(), Some("deleted_at IS NULL"));
        let options: Vec<_> = index.options.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            options,
            [
                "allow_page_locks=off",
                "allow_row_locks=off",
                "data_compression=page",
                "filegroup=FAST Disks",
                "fillfactor=80",
                "ignore_dup_key=on",
                "pad_index=on"
            ]
        );
    }
}
