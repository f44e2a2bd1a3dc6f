//! A random schema as the text of a crate's root.

use std::fmt::Write as _;

use crate::ServerKind;

use super::{
    World,
    kind::Kind,
    table::{Column, Numbering, Table},
};

impl World {
    /// The models as the text of a crate's root.
    pub fn source(&self) -> String {
        let mut text = String::from("use migrate_runtime::{Enum, Table};\n");
        for (name, enumeration) in &self.enums {
            // One that nobody uses would be dropped and made again by chance.
            let uses = |column: &Column| column.kind == Kind::Enum(name.clone());
            if self.tables.iter().any(|table| table.columns.iter().any(uses)) {
                text.push_str(&enumeration.source(name));
            }
        }
        for (at, table) in self.tables.iter().enumerate() {
            self.table_source(&mut text, at, table);
        }
        text
    }

    fn table_source(&self, text: &mut String, at: usize, table: &Table) {
        let field =
            |name: &str| format!("f{}", table.columns.iter().position(|c| c.name == name).expect("a column"));
        let mut entries = vec![format!("name = {:?}", table.name)];
        entries.extend(table.renamed_from.as_ref().map(|old| format!("renamed_from = {old:?}")));
        entries.extend(table.in_shop.then(|| "schema = \"shop\"".to_owned()));
        entries.extend(table.comment.as_ref().map(|comment| format!("comment = {comment:?}")));
        for index in &table.indexes {
            let mut keys: Vec<_> = index.columns.iter().map(|column| field(column)).collect();
            if index.descending && self.kind != ServerKind::Mariadb {
                keys[0].push_str(" desc");
            }
            let unique = if index.unique { ", unique" } else { "" };
            let condition = if index.condition {
                format!(", where = {:?}", format!("{} IS NOT NULL", self.quoted(&index.columns[0])))
            } else {
                String::new()
            };
            entries.push(format!("index(columns({}){unique}{condition})", keys.join(", ")));
        }
        for columns in &table.uniques {
            let keys: Vec<_> = columns.iter().map(|column| field(column)).collect();
            entries.push(format!("unique(columns({}))", keys.join(", ")));
        }
        for column in &table.checks {
            let name = format!("ck_{}_{column}", table.name);
            entries.push(format!(
                "check(name = {name:?}, expr = {:?})",
                format!("{} >= 0", self.quoted(column))
            ));
        }
        for (column, key) in &table.keys {
            let referred = self.tables.iter().find(|table| table.name == key.referred).expect("a table");
            let schema = if referred.in_shop { "shop." } else { "" };
            entries.push(format!(
                "foreign_key(columns({}), references = {:?}, on_delete = {:?}, on_update = {:?}{})",
                field(column),
                format!("{schema}{}.id", key.referred),
                key.on_delete,
                key.on_update,
                if key.deferrable { ", deferrable, initially_deferred" } else { "" }
            ));
        }
        entries.extend(table.extras.iter().map(|extra| extra.entry(field, |column| self.quoted(column))));
        let _ = writeln!(text, "\n#[derive(Table)]\n#[table({})]\npub struct T{at} {{", entries.join(", "));
        let identity = match table.numbering {
            Numbering::None => "",
            Numbering::Plain => ", identity",
            Numbering::Always => ", identity(always)",
            Numbering::Stepping => ", identity(start = 100, increment = 5)",
        };
        let _ = writeln!(text, "    #[column(primary_key{identity})]\n    pub id: i64,");
        for column in &table.columns {
            self.column_source(text, table, column, &field(&column.name));
        }
        text.push_str("}\n");
    }

    fn column_source(&self, text: &mut String, table: &Table, column: &Column, field: &str) {
        let mut entries = vec![format!("name = {:?}", column.name)];
        if table.part.as_ref() == Some(&column.name) {
            entries.push("primary_key".to_owned());
        }
        entries.extend(column.renamed_from.as_ref().map(|old| format!("renamed_from = {old:?}")));
        entries.extend(column.comment.as_ref().map(|comment| format!("comment = {comment:?}")));
        let enumeration = match &column.kind {
            Kind::Enum(name) => self.enums.get(name),
            _ => None,
        };
        let (rust, own) = column.kind.rust(enumeration.map(|one| one.storage));
        entries.extend(own);
        if column.collated && column.kind.is_short_text() {
            entries.push(format!("collation = {:?}", collation(self.kind)));
        }
        if column.default {
            entries.push(column.kind.default(enumeration));
        }
        if let Some((source, kept)) = &column.generated {
            let kept = if *kept { "stored" } else { "virtual" };
            entries.push(format!("generated = {:?}, {kept}", format!("{} * 2", self.quoted(source))));
        }
        let rust = if column.nullable { format!("Option<{rust}>") } else { rust };
        let _ = writeln!(text, "    #[column({})]\n    pub {field}: {rust},", entries.join(", "));
    }
}

/// One that is not the usual one.
const fn collation(server: ServerKind) -> &'static str {
    match server {
        ServerKind::Postgres => "C",
        ServerKind::Mysql | ServerKind::Mariadb => "utf8mb4_bin",
        ServerKind::Mssql => "Latin1_General_BIN2",
        ServerKind::Sqlite => "NOCASE",
    }
}
