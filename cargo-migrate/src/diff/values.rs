//! Values of an enum that have other names, where the enum is no type of its own.

use std::collections::BTreeMap;

use migrate_core::Dialect;

use crate::{
    mysql,
    schema::{ObjectName, Schema},
};

/// Renames values of a column in the schema, and gives those that are there to be renamed. Of what the models tell, some
/// may have been done already: then the old value is not listed any more.
pub(super) fn rename(
    schema: &mut Schema,
    table: &ObjectName,
    column: &str,
    told: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let dialect = schema.dialect;
    let Some(table) = schema.tables.get_mut(table) else { return BTreeMap::new() };
    let listed = table.values_of(dialect, column).unwrap_or_default();
    let renamed = possible(&listed, told);
    let column = table.columns.iter_mut().find(|found| found.name == column);
    match (dialect, column) {
        (Dialect::Mysql | Dialect::Mariadb, Some(column)) if column.ty.starts_with("enum(") => {
            let name = |value: &String| renamed.get(value).unwrap_or(value).clone();
            let values: Vec<_> = listed.iter().map(|value| mysql::literal(&name(value))).collect();
            column.ty = format!("enum({})", values.join(","));
            let default = column.default.as_mut();
            let was = |from: &String| mysql::literal(from);
            if let Some(default) = default
                && let Some((_, to)) = renamed.iter().find(|(from, _)| was(from) == *default)
            {
                *default = mysql::literal(to);
            }
        }
        // A check, and the default: they change by themselves.
        (Dialect::Mysql | Dialect::Mariadb | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite, _) => {}
    }
    renamed
}

/// Those renames whose old value is listed and whose new one is free, or gets free by another of them.
fn possible(listed: &[String], told: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut listed = listed.to_vec();
    let mut left: Vec<_> = told.iter().collect();
    let mut renamed = BTreeMap::new();
    while let Some(at) = left.iter().position(|(from, to)| listed.contains(*from) && !listed.contains(*to)) {
        let (from, to) = left.remove(at);
        listed.iter_mut().filter(|value| *value == from).for_each(|value| value.clone_from(to));
        renamed.insert(from.clone(), to.clone());
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(listed: &[&str], told: &[(&str, &str)]) -> Vec<(String, String)> {
        let listed: Vec<_> = listed.iter().map(ToString::to_string).collect();
        let told = told.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect();
        possible(&listed, &told).into_iter().collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect()
    }

    #[test]
    fn what_was_done_is_not_done_again() {
        assert_eq!(renamed(&["a", "c"], &[("a", "b")]), pairs(&[("a", "b")]));
        assert_eq!(renamed(&["b", "c"], &[("a", "b")]), []);
        assert_eq!(renamed(&["a", "b"], &[("a", "b")]), []);
    }

    #[test]
    fn a_chain_moves_as_one() {
        let chain = [("a", "b"), ("b", "c")];
        assert_eq!(renamed(&["a", "b"], &chain), pairs(&chain));
        assert_eq!(renamed(&["b", "c"], &chain), []);
        assert_eq!(renamed(&["a", "b"], &[("a", "b"), ("b", "a")]), []);
    }
}
