//! Rows that stop an operation, as a query for them.

use migrate_core::Dialect;

use super::{former::Former, narrowing::Narrowing};
use crate::{
    ddl::quote,
    operation::Operation,
    schema::{ForeignKey, Index, KeyPart, ObjectName},
};

/// So many are looked for: whether it is a thousand or a million makes no difference to what is to be done.
pub(super) const MOST: u64 = 1_000;

/// The query that gives a row for each one that stops the operation, up to [`MOST`]: for a unique key, for each group of
/// rows that are the same. None where nothing can, or where it cannot be told beforehand.
pub(super) fn query(dialect: Dialect, former: &Former<'_>, operation: &Operation) -> Option<String> {
    match operation {
        Operation::AddCheck { table, check } if !check.not_valid => {
            let source = former.source(dialect, table, &table.name)?;
            former
                .holds_all(table, &check.expression)
                .then(|| limited(dialect, &format!("FROM {source} WHERE NOT ({})", check.expression)))
        }
        Operation::AddPrimaryKey { table, key } => {
            let keys = columns(dialect, former, table, &key.columns)?;
            duplicates(dialect, former, table, &keys, &[])
        }
        Operation::AddUnique { table, unique } => {
            let keys = columns(dialect, former, table, &unique.columns)?;
            let filters = if unique.nulls_not_distinct { Vec::new() } else { not_null(dialect, &keys) };
            duplicates(dialect, former, table, &keys, &filters)
        }
        Operation::AddIndex { table, index } if index.unique => unique_index(dialect, former, table, index),
        Operation::AddForeignKey { table, key } if !key.not_valid => orphans(dialect, former, table, key),
        Operation::AlterColumn { table, before, after } if former.keeps_values(table, &before.name) => {
            let narrowing = Narrowing::of(dialect, before, after)?;
            let there = former.column(table, &before.name);
            let misfit = narrowing.misfit(&quote(dialect, there))?;
            let name = &former.table(table)?.name;
            let plain = Former::new(former.before(), &[]);
            Some(limited(
                dialect,
                &format!("FROM {} WHERE {misfit}", plain.source(dialect, name, "rows_of")?),
            ))
        }
        _ => None,
    }
}

/// The columns in quotes, if all of them are there.
fn columns(
    dialect: Dialect,
    former: &Former<'_>,
    table: &ObjectName,
    names: &[String],
) -> Option<Vec<String>> {
    let all = names.iter().map(|name| former.holds(table, name).then(|| quote(dialect, name)));
    all.collect()
}

fn unique_index(dialect: Dialect, former: &Former<'_>, table: &ObjectName, index: &Index) -> Option<String> {
    let keys = index.keys.iter().map(|key| {
        let text = match &key.part {
            KeyPart::Column(name) => former.holds(table, name).then(|| quote(dialect, name))?,
            KeyPart::Expression(text) => former.holds_all(table, text).then(|| format!("({text})"))?,
        };
        Some(match (key.prefix, dialect, &key.collation) {
            (Some(prefix), _, _) => format!("left({text}, {prefix})"),
            (None, Dialect::Sqlite, Some(collation)) => {
                format!("{text} COLLATE {}", quote(dialect, collation))
            }
            (None, _, _) => text,
        })
    });
    let keys = keys.collect::<Option<Vec<_>>>()?;
    let mut filters = if index.nulls_not_distinct { Vec::new() } else { not_null(dialect, &keys) };
    if let Some(filter) = &index.filter {
        filters.push(former.holds_all(table, filter).then(|| format!("({filter})"))?);
    }
    duplicates(dialect, former, table, &keys, &filters)
}

/// To SQL Server two NULLs are the same.
fn not_null(dialect: Dialect, keys: &[String]) -> Vec<String> {
    match dialect {
        Dialect::Mssql => Vec::new(),
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => {
            keys.iter().map(|key| format!("{key} IS NOT NULL")).collect()
        }
    }
}

fn duplicates(
    dialect: Dialect,
    former: &Former<'_>,
    table: &ObjectName,
    keys: &[String],
    filters: &[String],
) -> Option<String> {
    let source = former.source(dialect, table, &table.name)?;
    let filter = if filters.is_empty() { String::new() } else { format!(" WHERE {}", filters.join(" AND ")) };
    let keys = keys.join(", ");
    Some(limited(dialect, &format!("FROM {source}{filter} GROUP BY {keys} HAVING count(*) > 1")))
}

/// Rows whose foreign key has a value that no row of the other table has. A table that is only made has none.
fn orphans(dialect: Dialect, former: &Former<'_>, table: &ObjectName, key: &ForeignKey) -> Option<String> {
    let child = former.source(dialect, table, "child")?;
    let own = columns(dialect, former, table, &key.columns)?;
    let set = |word: &str| {
        let columns: Vec<_> = own.iter().map(|column| format!("child.{column} IS NOT NULL")).collect();
        format!("({})", columns.join(word))
    };
    let given = set(if key.match_full { " OR " } else { " AND " });
    let Some(parent) = former.table(&key.referred_table) else {
        return Some(limited(dialect, &format!("FROM {child} WHERE {given}")));
    };
    let referred = if key.referred_columns.is_empty() {
        parent.primary_key.as_ref().map(|key| key.columns.clone())?
    } else {
        key.referred_columns.clone()
    };
    let referred = columns(dialect, former, &key.referred_table, &referred)?;
    let pairs: Vec<_> =
        own.iter().zip(&referred).map(|(own, other)| format!("parent.{other} = child.{own}")).collect();
    let parent = former.source(dialect, &key.referred_table, "parent")?;
    let has_parent = format!("EXISTS (SELECT 1 FROM {parent} WHERE {})", pairs.join(" AND "));
    Some(limited(dialect, &format!("FROM {child} WHERE {given} AND NOT {has_parent}")))
}

pub(super) fn limited(dialect: Dialect, rest: &str) -> String {
    match dialect {
        Dialect::Mssql => format!("SELECT TOP ({MOST}) 1 AS one {rest}"),
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => {
            format!("SELECT 1 AS one {rest} LIMIT {MOST}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Check, Column, Deferrable, IndexKey, ReferentialAction, Schema, Table};

    fn name(name: &str) -> ObjectName {
        ObjectName::local(name)
    }

    fn schema(dialect: Dialect) -> Schema {
        let mut schema = Schema::empty(dialect);
        let mut teams = Table::new(name("teams"));
        teams.columns = vec![Column::new("id", "integer")];
        let mut users = Table::new(name("users"));
        users.columns =
            ["email", "age", "team_id"].iter().map(|column| Column::new(*column, "integer")).collect();
        schema.insert(teams);
        schema.insert(users);
        schema
    }

    fn asked(dialect: Dialect, operations: &[Operation]) -> Option<String> {
        let schema = schema(dialect);
        query(dialect, &Former::new(&schema, operations), operations.last()?)
    }

    fn check(expression: &str) -> Operation {
        let check = Check {
            name: Some("ck".into()),
            expression: expression.into(),
            no_inherit: false,
            not_valid: false,
            comment: None,
        };
        Operation::AddCheck { table: name("users"), check }
    }

    fn unique(columns: &[&str]) -> Operation {
        let keys = columns.iter().map(|column| IndexKey::column(*column)).collect();
        let index = Index { unique: true, ..Index::new("ix", keys) };
        Operation::AddIndex { table: name("users"), index }
    }

    fn key(table: &str) -> Operation {
        let key = ForeignKey {
            name: None,
            columns: vec!["team_id".into()],
            referred_table: name(table),
            referred_columns: vec!["id".into()],
            on_delete: ReferentialAction::NoAction,
            on_update: ReferentialAction::NoAction,
            match_full: false,
            deferrable: Deferrable::No,
            not_valid: false,
            delete_columns: Vec::new(),
            comment: None,
        };
        Operation::AddForeignKey { table: name("users"), key }
    }

    #[test]
    fn rows_that_break_a_check_are_those_of_which_it_is_false() {
        assert_eq!(
            asked(Dialect::Postgres, &[check("age > 0")]).as_deref(),
            Some("SELECT 1 AS one FROM \"users\" AS \"users\" WHERE NOT (age > 0) LIMIT 1000")
        );
        assert_eq!(
            asked(Dialect::Mssql, &[check("age > 0")]).as_deref(),
            Some("SELECT TOP (1000) 1 AS one FROM [users] AS [users] WHERE NOT (age > 0)")
        );
        let add = Operation::AddColumn { table: name("users"), column: Column::new("bio", "text") };
        assert_eq!(asked(Dialect::Postgres, &[add, check("bio <> ''")]), None);
    }

    #[test]
    fn nulls_are_no_duplicates_but_on_sql_server() {
        assert_eq!(
            asked(Dialect::Sqlite, &[unique(&["email", "age"])]).as_deref(),
            Some(
                "SELECT 1 AS one FROM \"users\" AS \"users\" WHERE \"email\" IS NOT NULL AND \"age\" IS NOT NULL \
                 GROUP BY \"email\", \"age\" HAVING count(*) > 1 LIMIT 1000"
            )
        );
        assert_eq!(
            asked(Dialect::Mssql, &[unique(&["email"])]).as_deref(),
            Some("SELECT TOP (1000) 1 AS one FROM [users] AS [users] GROUP BY [email] HAVING count(*) > 1")
        );
    }

    #[test]
    fn a_row_without_a_parent_has_a_value_that_no_parent_has() {
        assert_eq!(
            asked(Dialect::Mysql, &[key("teams")]).as_deref(),
            Some(
                "SELECT 1 AS one FROM `users` AS `child` WHERE (child.`team_id` IS NOT NULL) AND NOT EXISTS \
                 (SELECT 1 FROM `teams` AS `parent` WHERE parent.`id` = child.`team_id`) LIMIT 1000"
            )
        );
        let create = Operation::CreateTable(Table::new(name("clubs")));
        assert_eq!(
            asked(Dialect::Mysql, &[create, key("clubs")]).as_deref(),
            Some("SELECT 1 AS one FROM `users` AS `child` WHERE (child.`team_id` IS NOT NULL) LIMIT 1000")
        );
    }

    #[test]
    fn what_no_longer_fits_is_looked_for_under_its_old_name() {
        let rename =
            Operation::RenameColumn { table: name("users"), from: "email".into(), to: "mail".into() };
        let before = Column::new("mail", "varchar(20)");
        let after = Column::new("mail", "varchar(10)");
        let alter = Operation::AlterColumn { table: name("users"), before, after };
        assert_eq!(
            asked(Dialect::Postgres, &[rename, alter]).as_deref(),
            Some(
                "SELECT 1 AS one FROM \"users\" AS \"rows_of\" WHERE char_length(\"email\") > 10 LIMIT 1000"
            )
        );
    }
}
