//! Indexes.

use std::fmt::Write as _;

use migrate_core::{Code, Error};

use super::name::{identifier, list, object};
use crate::schema::{Index, IndexKey, KeyPart, ObjectName};

/// `CREATE INDEX`. The manual: "CREATE INDEX (Transact-SQL)", "CREATE COLUMNSTORE INDEX (Transact-SQL)".
pub(super) fn create(table: &ObjectName, index: &Index) -> Result<String, Error> {
    let is_columnstore = match index.method.as_deref() {
        None => false,
        Some("columnstore") => true,
        Some(other) => {
            return Err(unsupported(table, index, &format!("the index method `{other}`"))
                .with_help("leave `using` out for mssql, or write `columnstore`"));
        }
    };
    if index.invisible {
        return Err(unsupported(table, index, "an invisible index")
            .with_help("leave `invisible` out for mssql; `ALTER INDEX ... DISABLE` is the nearest"));
    }
    let keys = index.keys.iter().map(|key| key_part(table, index, key)).collect::<Result<Vec<_>, _>>()?;
    let mut sql = String::from("CREATE");
    if index.unique {
        sql.push_str(" UNIQUE");
    }
    if index.clustered {
        sql.push_str(" CLUSTERED");
    }
    if is_columnstore {
        if !index.clustered {
            sql.push_str(" NONCLUSTERED");
        }
        sql.push_str(" COLUMNSTORE");
    }
    let _ = write!(sql, " INDEX {} ON {}", identifier(&index.name), object(table));
    if !keys.is_empty() {
        let _ = write!(sql, " ({})", keys.join(", "));
    }
    if !index.include.is_empty() {
        let _ = write!(sql, " INCLUDE ({})", list(&index.include));
    }
    if let Some(filter) = &index.filter {
        let _ = write!(sql, " WHERE {filter}");
    }
    let options = options(table, index)?;
    if !options.is_empty() {
        let _ = write!(sql, " WITH ({})", options.join(", "));
    }
    if let Some(filegroup) = index.options.get(FILEGROUP) {
        let _ = write!(sql, " ON {}", identifier(filegroup));
    }
    Ok(sql)
}

/// `DROP INDEX`.
pub(super) fn drop(table: &ObjectName, index: &Index) -> String {
    format!("DROP INDEX {} ON {}", identifier(&index.name), object(table))
}

/// The word for where the index lies, which is no option of WITH.
pub(crate) const FILEGROUP: &str = "filegroup";

/// What stands in `WITH (...)`, and may be said of an index that is made.
const OPTIONS: [&str; 8] = [
    "allow_page_locks",
    "allow_row_locks",
    "compression_delay",
    "data_compression",
    "fillfactor",
    "ignore_dup_key",
    "optimize_for_sequential_key",
    "pad_index",
];

fn options(table: &ObjectName, index: &Index) -> Result<Vec<String>, Error> {
    let all = index.options.iter().filter(|(key, _)| key.as_str() != FILEGROUP);
    all.map(|(key, value)| {
        let is_word =
            !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if OPTIONS.contains(&key.as_str()) && is_word {
            return Ok(format!("{} = {}", key.to_uppercase(), value.to_uppercase()));
        }
        Err(unsupported(table, index, &format!("the index option `{key} = {value}`"))
            .with_help(format!("leave it out for mssql; there are {}", OPTIONS.join(", "))))
    })
    .collect()
}

fn key_part(table: &ObjectName, index: &Index, key: &IndexKey) -> Result<String, Error> {
    let refused = |what: &str, help: &str| Err(unsupported(table, index, what).with_help(help));
    let column = match &key.part {
        KeyPart::Column(column) => column,
        KeyPart::Expression(_) => {
            return refused(
                "an index over an expression",
                "add a computed column with the expression for mssql, and index that",
            );
        }
    };
    if key.nulls.is_some() {
        return refused("NULLS FIRST and NULLS LAST", "leave it out for mssql: NULL is the smallest value");
    }
    if key.collation.is_some() {
        return refused(
            "a collation of an index",
            "leave it out for mssql, or give the column the collation",
        );
    }
    if key.operator_class.is_some() {
        return refused("operator classes", "leave it out for mssql");
    }
    if key.prefix.is_some() {
        return refused(
            "an index over the first characters",
            "add a computed column with LEFT(...) for mssql, and index that",
        );
    }
    Ok(format!("{}{}", identifier(column), if key.descending { " DESC" } else { "" }))
}

fn unsupported(table: &ObjectName, index: &Index, what: &str) -> Error {
    let message = format!("SQL Server does not have {what}: index {} of {table}", index.name);
    Error::new(Code::Unsupported, message)
}
