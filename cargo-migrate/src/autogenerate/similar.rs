//! What may be the same thing under another name. A guess for a question, never an answer.

use crate::schema::{Column, Table};

/// How alike two tables are, from 0 to 1: the columns that they share, and a little their names.
pub(super) fn tables(one: &Table, other: &Table) -> f64 {
    let total = one.columns.len().max(other.columns.len());
    if total == 0 {
        return strsim::jaro_winkler(&one.name.name, &other.name.name);
    }
    let shared = one.columns.iter().filter(|column| {
        other.column(&column.name).is_some_and(|found| found.ty == column.ty || column.name != "id")
    });
    let shared = shared.count();
    let names = strsim::jaro_winkler(&one.name.name, &other.name.name);
    #[allow(clippy::cast_precision_loss, reason = "no table has 2^52 columns")]
    let share = shared as f64 / total as f64;
    0.8 * share + 0.2 * names
}

/// How alike two columns of one table are, from 0 to 1: their definition, and their names.
pub(super) fn columns(one: &Column, other: &Column) -> f64 {
    let base = |column: &Column| column.ty.split('(').next().unwrap_or_default().to_owned();
    let definition = match () {
        () if one.ty == other.ty && one.nullable == other.nullable && one.default == other.default => 0.7,
        () if one.ty == other.ty => 0.6,
        () if base(one) == base(other) => 0.4,
        () => 0.0,
    };
    definition + 0.3 * strsim::jaro_winkler(&one.name, &other.name)
}

/// How alike two lists of values are, from 0 to 1.
pub(super) fn values(one: &[String], other: &[String]) -> f64 {
    let total = one.len().max(other.len());
    let shared = one.iter().filter(|value| other.contains(value)).count();
    #[allow(clippy::cast_precision_loss, reason = "no enum has 2^52 values")]
    let share = if total == 0 { 0.0 } else { shared as f64 / total as f64 };
    share
}

/// How alike two words are, from 0 to 1.
pub(super) fn words(one: &str, other: &str) -> f64 {
    strsim::jaro_winkler(one, other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ObjectName;

    fn table(name: &str, columns: &[(&str, &str)]) -> Table {
        let mut table = Table::new(ObjectName::local(name));
        table.columns = columns.iter().map(|(name, ty)| Column::new(*name, *ty)).collect();
        table
    }

    #[test]
    fn a_table_with_the_same_columns_is_alike_and_one_with_only_an_id_is_not() {
        let users = table("users", &[("id", "bigint"), ("name", "text"), ("email", "text")]);
        let people =
            table("people", &[("id", "bigint"), ("name", "text"), ("email", "text"), ("bio", "text")]);
        let orders = table("orders", &[("id", "bigint"), ("total", "numeric"), ("placed", "date")]);
        assert!(tables(&users, &people) > 0.6);
        assert!(tables(&users, &orders) < 0.5);
    }

    #[test]
    fn a_column_of_the_same_type_is_alike() {
        let column = |name: &str, ty: &str| Column::new(name, ty);
        assert!(columns(&column("name", "text"), &column("full_name", "text")) >= 0.7);
        assert!(columns(&column("name", "varchar(50)"), &column("title", "varchar(80)")) > 0.4);
        assert!(columns(&column("name", "text"), &column("age", "integer")) < 0.4);
    }
}
