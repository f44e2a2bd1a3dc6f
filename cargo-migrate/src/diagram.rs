//! A schema as an entity-relationship diagram in Mermaid's language.

use std::fmt::Write as _;

use crate::schema::{Column, ForeignKey, Schema, Table};

/// The text of the diagram. The same schema gives the same text.
pub(crate) fn mermaid(schema: &Schema) -> String {
    let mut text = String::from("erDiagram\n");
    for table in schema.tables.values() {
        let _ = writeln!(text, "    {} {{", quoted(&table.name.to_string()));
        for column in &table.columns {
            let _ = writeln!(text, "        {}", attribute(table, column));
        }
        text.push_str("    }\n");
    }
    for table in schema.tables.values() {
        for key in &table.foreign_keys {
            let _ = writeln!(
                text,
                "    {} {}--{} {} : {}",
                quoted(&table.name.to_string()),
                many_or_one(table, key),
                if is_optional(table, key) { "o|" } else { "||" },
                quoted(&key.referred_table.to_string()),
                quoted(&key.columns.join(", "))
            );
        }
    }
    text
}

/// `bigint team_id FK "refers to teams"`: the grammar knows neither spaces nor commas in a type.
fn attribute(table: &Table, column: &Column) -> String {
    let mut text = format!("{} {}", word(&column.ty), word(&column.name));
    let is_in = |columns: &[String]| columns.contains(&column.name);
    let mut keys = Vec::new();
    if table.primary_key.as_ref().is_some_and(|key| is_in(&key.columns)) {
        keys.push("PK");
    }
    if table.foreign_keys.iter().any(|key| is_in(&key.columns)) {
        keys.push("FK");
    }
    if is_unique_alone(table, &column.name) {
        keys.push("UK");
    }
    if !keys.is_empty() {
        let _ = write!(text, " {}", keys.join(", "));
    }
    if let Some(comment) = &column.comment {
        let _ = write!(text, " {}", quoted(comment));
    }
    text
}

fn is_unique_alone(table: &Table, column: &str) -> bool {
    let constraints = table.uniques.iter().any(|unique| unique.columns == [column]);
    let indexes = table.indexes.iter().any(|index| {
        index.unique && index.filter.is_none() && index.keys.len() == 1 && index.columns().eq([column])
    });
    constraints || indexes
}

/// How many rows of the table refer to one: one at most if the key's columns are unique.
fn many_or_one(table: &Table, key: &ForeignKey) -> &'static str {
    let is_unique = table.primary_key.as_ref().is_some_and(|primary| primary.columns == key.columns)
        || table.uniques.iter().any(|unique| unique.columns == key.columns)
        || matches!(key.columns.as_slice(), [column] if is_unique_alone(table, column));
    if is_unique { "|o" } else { "}o" }
}

fn is_optional(table: &Table, key: &ForeignKey) -> bool {
    key.columns.iter().any(|name| table.column(name).is_some_and(|column| column.nullable))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "'").replace(['\n', '\r'], " "))
}

fn word(text: &str) -> String {
    let mut word: String = text
        .chars()
        .map(|letter| match letter {
            ',' => '-',
            letter if letter.is_ascii_alphanumeric() || "_-()[]".contains(letter) => letter,
            _ => '_',
        })
        .collect();
    if !word.starts_with(|first: char| first.is_ascii_alphabetic()) {
        word.insert(0, 'x');
    }
    word
}

#[cfg(test)]
mod tests {
    use migrate_core::Dialect;

    use super::*;
    use crate::schema::{Deferrable, ObjectName, PrimaryKey, ReferentialAction};

    #[test]
    fn tables_keys_and_relations_are_drawn() {
        let mut teams = Table::new(ObjectName::local("teams"));
        teams.columns = vec![Column { nullable: false, ..Column::new("id", "bigint") }];
        let mut users = Table::new(ObjectName::local("users"));
        users.columns = vec![
            Column { comment: Some("his \"team\"".to_owned()), ..Column::new("team_id", "bigint") },
            Column::new("paid", "numeric(10,2)"),
        ];
        let key = |columns: &[&str]| columns.iter().map(ToString::to_string).collect::<Vec<_>>();
        teams.primary_key = Some(PrimaryKey {
            name: None,
            columns: key(&["id"]),
            include: Vec::new(),
            deferrable: Deferrable::No,
            clustered: None,
            comment: None,
        });
        users.foreign_keys.push(ForeignKey {
            name: None,
            columns: key(&["team_id"]),
            referred_table: teams.name.clone(),
            referred_columns: key(&["id"]),
            on_delete: ReferentialAction::NoAction,
            delete_columns: Vec::new(),
            on_update: ReferentialAction::NoAction,
            match_full: false,
            deferrable: Deferrable::No,
            not_valid: false,
            comment: None,
        });
        let mut schema = Schema::empty(Dialect::Postgres);
        schema.insert(users);
        schema.insert(teams);
        let expected = r#"erDiagram
    "teams" {
        bigint id PK
    }
    "users" {
        bigint team_id FK "his 'team'"
        numeric(10-2) paid
    }
    "users" }o--o| "teams" : "team_id"
"#;
        assert_eq!(mermaid(&schema), expected);
    }
}
