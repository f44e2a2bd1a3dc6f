use super::{
    super::Statement,
    column::{check, definition, is_inline_key, list, named, on_conflict, references},
};
use crate::{
    ddl,
    schema::{Identity, Index, KeyPart, KeyPartDetails, Table},
    sqlite::{is_unit, quote, tokens},
};

/// No name is padded to more than this.
const WIDEST: usize = 32;

/// CREATE TABLE, under the table's own name or, while it is rebuilt, under another one.
pub(super) fn table(table: &Table, name: &str) -> String {
    let names: Vec<String> = table.columns.iter().map(|column| quote(&column.name)).collect();
    let width = names.iter().map(|name| name.chars().count()).filter(|width| *width <= WIDEST).max();
    let width = width.unwrap_or_default();
    let columns = table.columns.iter().zip(names).map(|(column, name)| {
        let definition = definition(table, column);
        let gap = width.saturating_sub(name.chars().count()) + 1;
        if definition.is_empty() { name } else { format!("{name}{}{definition}", " ".repeat(gap)) }
    });
    let lines: Vec<String> = columns.chain(constraints(table)).map(|line| format!("    {line}")).collect();
    let options: Vec<&str> = [("strict", "STRICT"), ("without_rowid", "WITHOUT ROWID")]
        .into_iter()
        .filter(|(key, _)| table.has_option(key))
        .map(|(_, words)| words)
        .collect();
    let options = if options.is_empty() { String::new() } else { format!(" {}", options.join(", ")) };
    format!("CREATE TABLE {} (\n{}\n){options}", quote(name), lines.join(",\n"))
}

fn constraints(table: &Table) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(key) = &table.primary_key
        && !key.columns.iter().any(|column| is_inline_key(table, column))
    {
        let is_numbered = |name: &String| {
            table.column(name).is_some_and(|column| column.identity == Some(Identity::AutoIncrement))
        };
        let autoincrement = if key.columns.iter().any(is_numbered) { " AUTOINCREMENT" } else { "" };
        let details = table.details.key(true, &key.columns);
        let columns = key_columns(&key.columns, details.map(|details| details.parts.as_slice()));
        let what = format!("PRIMARY KEY ({columns}{autoincrement}){}", on_conflict(details));
        lines.push(named(key.name.as_ref(), &what));
    }
    for unique in &table.uniques {
        let details = table.details.key(false, &unique.columns);
        let columns = key_columns(&unique.columns, details.map(|details| details.parts.as_slice()));
        let what = format!("UNIQUE ({columns}){}", on_conflict(details));
        lines.push(named(unique.name.as_ref(), &what));
    }
    for key in &table.foreign_keys {
        let columns = named(key.name.as_ref(), &format!("FOREIGN KEY ({})", list(&key.columns)));
        lines.push(ddl::foreign_key(&columns, &references(key)));
    }
    lines.extend(table.checks.iter().map(|one| named(one.name.as_ref(), &check(one))));
    lines
}

fn key_columns(columns: &[String], parts: Option<&[KeyPartDetails]>) -> String {
    let Some(parts) = parts else { return list(columns) };
    let parts = columns.iter().zip(parts).map(|(column, part)| {
        let collation = part.collation.as_ref().map(|name| format!(" COLLATE {}", quote(name)));
        let direction = if part.descending { " DESC" } else { "" };
        format!("{}{}{direction}", quote(column), collation.unwrap_or_default())
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// CREATE INDEX.
pub(super) fn index(table: &str, index: &Index) -> String {
    let keys: Vec<String> = index
        .keys
        .iter()
        .map(|key| {
            let mut sql = match &key.part {
                KeyPart::Column(name) => quote(name),
                KeyPart::Expression(text) if key.collation.is_none() || is_unit(&tokens(text)) => {
                    text.clone()
                }
                KeyPart::Expression(text) => format!("({text})"),
            };
            if let Some(collation) = &key.collation {
                sql.push_str(" COLLATE ");
                sql.push_str(&quote(collation));
            }
            if key.descending {
                sql.push_str(" DESC");
            }
            sql
        })
        .collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    let filter = index.filter.as_ref().map(|filter| format!(" WHERE {filter}")).unwrap_or_default();
    format!("CREATE {unique}INDEX {} ON {} ({}){filter}", quote(&index.name), quote(table), keys.join(", "))
}

/// What stands on a table: its indexes, then its triggers, which may not see what comes before.
pub(super) fn indexes_and_triggers(table: &Table) -> Vec<Statement> {
    let indexes = table.indexes.iter().map(|one| Statement::new(index(&table.name.name, one)));
    let triggers = table.triggers.iter().map(|trigger| Statement::new(trigger.sql.clone()));
    indexes.chain(triggers).collect()
}
