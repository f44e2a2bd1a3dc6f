//! What is put into a random schema, and what must be there again.

use crate::ServerKind;

use super::{
    World,
    kind::Kind,
    table::{Numbering, Table},
};

impl World {
    /// Three rows for each table that has none, as statements; tables that are referred to may come later, so keys are
    /// NULL at first. `is_empty` is asked with the table as SQL names it.
    pub fn seeds(&self, is_empty: impl Fn(&str) -> bool) -> Vec<String> {
        let mut statements = Vec::new();
        for table in self.tables.iter().filter(|table| is_empty(&self.named(table))) {
            for row in 1..=3 {
                let mut names = Vec::new();
                let mut values = Vec::new();
                if table.numbering == Numbering::None {
                    names.push(self.quoted("id"));
                    values.push(row.to_string());
                }
                for column in table.columns.iter().filter(|column| column.generated.is_none()) {
                    names.push(self.quoted(&column.name));
                    let enumeration = match &column.kind {
                        Kind::Enum(name) => self.enums.get(name),
                        _ => None,
                    };
                    values.push(if table.keys.contains_key(&column.name) {
                        "NULL".to_owned()
                    } else {
                        column.kind.value(self.kind, row, enumeration)
                    });
                }
                let into = format!("INSERT INTO {}", self.named(table));
                statements.push(match names.is_empty() {
                    true if matches!(self.kind, ServerKind::Mysql | ServerKind::Mariadb) => {
                        format!("{into} () VALUES ()")
                    }
                    true => format!("{into} DEFAULT VALUES"),
                    false => format!("{into} ({}) VALUES ({})", names.join(", "), values.join(", ")),
                });
            }
        }
        statements
    }

    /// Queries whose answers must be the same before and after the change to `next`: the query here, the query there.
    pub fn survivors(&self, next: &Self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for later in &next.tables {
            let old_name = later.renamed_from.as_ref().unwrap_or(&later.name);
            let Some(earlier) = self.tables.iter().find(|table| table.name == *old_name) else { continue };
            let count = |table: &Table| format!("SELECT count(*) FROM {}", self.named(table));
            pairs.push((count(earlier), count(later)));
            for column in later.columns.iter().filter(|column| column.generated.is_none()) {
                let is_touched = next
                    .touched
                    .iter()
                    .any(|(table, touched)| *table == later.name && *touched == column.name);
                let old_column = column.renamed_from.as_ref().unwrap_or(&column.name);
                let Some(old) = earlier.columns.iter().find(|old| old.name == *old_column) else { continue };
                if is_touched || old.kind != column.kind {
                    continue;
                }
                let query = |table: &Table, column: &str| {
                    let column = self.quoted(column);
                    format!("SELECT {column} FROM {} ORDER BY {}", self.named(table), self.quoted("id"))
                };
                pairs.push((query(earlier, &old.name), query(later, &column.name)));
            }
        }
        pairs
    }

    /// The table as SQL names it.
    fn named(&self, table: &Table) -> String {
        let schema = if table.in_shop { "shop." } else { "" };
        format!("{schema}{}", self.quoted(&table.name))
    }

    pub(super) fn quoted(&self, name: &str) -> String {
        quote(self.kind, name)
    }
}

/// The name in the quotes of the engine.
pub fn quote(kind: ServerKind, name: &str) -> String {
    match kind {
        ServerKind::Mysql | ServerKind::Mariadb => format!("`{name}`"),
        ServerKind::Mssql => format!("[{name}]"),
        ServerKind::Postgres | ServerKind::Sqlite => format!("\"{name}\""),
    }
}
