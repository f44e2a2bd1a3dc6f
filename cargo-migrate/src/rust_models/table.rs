//! A table as a struct.

use std::collections::BTreeMap;

use migrate_core::Dialect;

use super::{
    attributes::{action, attribute, deferrable, identity, key, list, maybe, numbers, text},
    enumeration::RustEnum,
    ident::Idents,
    types,
};
use crate::schema::{Column, ForeignKey, Identity, Index, Sequence, Table};

/// The text of the struct, with the sequences that it declares.
pub(super) fn render(
    dialect: Dialect,
    table: &Table,
    ident: &str,
    sequences: &[&Sequence],
    enums: &[RustEnum],
    dependencies: &mut BTreeMap<&'static str, &'static str>,
) -> String {
    let mut idents = Idents::default();
    let fields: BTreeMap<&str, String> =
        table.columns.iter().map(|column| (column.name.as_str(), idents.snake(&column.name))).collect();
    let writer = Writer { dialect, table, fields, enums };
    let mut out = String::from("#[derive(Debug, Clone, Table)]\n");
    out.push_str(&attribute("table", &writer.table_entries(ident, sequences), ""));
    out.push_str(&format!("pub struct {ident} {{\n"));
    for column in &table.columns {
        out.push_str(&writer.field(column, dependencies));
    }
    out.push_str("}\n");
    out
}

struct Writer<'a> {
    dialect: Dialect,
    table: &'a Table,
    /// By the column.
    fields: BTreeMap<&'a str, String>,
    enums: &'a [RustEnum],
}

impl Writer<'_> {
    fn field_of(&self, column: &str) -> String {
        // In an attribute a keyword is a word like any other.
        let field = self.fields.get(column).map_or(column, String::as_str);
        field.strip_prefix("r#").unwrap_or(field).to_owned()
    }

    fn columns(&self, columns: &[String]) -> String {
        let fields: Vec<_> = columns.iter().map(|column| self.field_of(column)).collect();
        list("columns", &fields)
    }

    fn include(&self, columns: &[String]) -> Option<String> {
        let fields: Vec<_> = columns.iter().map(|column| self.field_of(column)).collect();
        (!fields.is_empty()).then(|| list("include", &fields))
    }

    fn table_entries(&self, ident: &str, sequences: &[&Sequence]) -> Vec<String> {
        let table = self.table;
        let mut entries = Vec::new();
        if Idents::default().snake(ident).trim_start_matches("r#") != table.name.name {
            entries.push(text("name", &table.name.name));
        }
        entries.extend(maybe("schema", table.name.schema.as_ref()));
        entries.extend(maybe("comment", table.comment.as_ref()));
        entries.extend(self.options());
        entries.extend(self.primary_key());
        for unique in &table.uniques {
            let mut inner = vec![self.columns(&unique.columns)];
            inner.extend(maybe("name", unique.name.as_ref()));
            inner.extend(deferrable(unique.deferrable));
            inner.extend(unique.nulls_not_distinct.then(|| "nulls_not_distinct".to_owned()));
            inner.extend(self.include(&unique.include));
            inner.extend((unique.clustered == Some(true)).then(|| "clustered".to_owned()));
            inner.extend(maybe("comment", unique.comment.as_ref()));
            entries.push(list("unique", &inner));
        }
        entries.extend(table.indexes.iter().map(|index| self.index(index)));
        entries.extend(table.foreign_keys.iter().map(|key| self.foreign_key(key)));
        for check in &table.checks {
            let mut inner: Vec<_> = maybe("name", check.name.as_ref()).into_iter().collect();
            inner.push(text("expr", &check.expression));
            inner.extend(check.no_inherit.then(|| "no_inherit".to_owned()));
            inner.extend(maybe("comment", check.comment.as_ref()));
            entries.push(list("check", &inner));
        }
        for exclusion in &table.exclusions {
            entries.push(list("exclude", &exclusion_entries(&exclusion.name, &exclusion.definition)));
        }
        for sequence in sequences {
            let mut inner = vec![text("name", &sequence.name.name)];
            inner.extend(maybe("schema", sequence.name.schema.as_ref()));
            inner.extend(maybe("type", sequence.ty.as_ref()));
            inner.extend(numbers(&sequence.options));
            inner.extend(maybe("comment", sequence.comment.as_ref()));
            entries.push(list("sequence", &inner));
        }
        entries
    }

    fn options(&self) -> Option<String> {
        let mut inner = Vec::new();
        let mut parameters = Vec::new();
        for (word, value) in &self.table.options {
            match (self.dialect, word.as_str()) {
                (Dialect::Sqlite, "strict" | "without_rowid") | (Dialect::Postgres, "unlogged") => {
                    inner.push(word.clone());
                }
                (Dialect::Mysql | Dialect::Mariadb, "engine" | "charset" | "collation" | "row_format") => {
                    inner.push(text(word, value));
                }
                (Dialect::Postgres, _) => parameters.push(text(word, value)),
                (Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite, _) => {}
            }
        }
        if !parameters.is_empty() {
            inner.push(list("with", &parameters));
        }
        let engine = match self.dialect {
            Dialect::Mariadb => "mysql",
            dialect => dialect.name(),
        };
        (!inner.is_empty()).then(|| list(engine, &inner))
    }

    /// Nothing where the fields say it all.
    fn primary_key(&self) -> Option<String> {
        let key = self.table.primary_key.as_ref()?;
        let mut inner: Vec<_> = maybe("name", key.name.as_ref()).into_iter().collect();
        inner.extend(self.include(&key.include));
        inner.extend(deferrable(key.deferrable));
        inner.extend((key.clustered == Some(false)).then(|| "clustered = false".to_owned()));
        inner.extend(maybe("comment", key.comment.as_ref()));
        if !self.key_is_on_fields() {
            inner.insert(0, self.columns(&key.columns));
        }
        (!inner.is_empty()).then(|| list("primary_key", &inner))
    }

    /// Whether the key's order is that of the fields.
    fn key_is_on_fields(&self) -> bool {
        let Some(key) = &self.table.primary_key else { return false };
        let in_order = self.table.columns.iter().map(|column| &column.name);
        in_order.filter(|column| key.columns.contains(column)).eq(&key.columns)
    }

    fn index(&self, index: &Index) -> String {
        let keys: Vec<_> = index.keys.iter().map(|part| key(part, |name| self.field_of(name))).collect();
        let mut inner = vec![list("columns", &keys), text("name", &index.name)];
        inner.extend(index.unique.then(|| "unique".to_owned()));
        inner.extend(maybe("where", index.filter.as_ref()));
        inner.extend(maybe("using", index.method.as_ref()));
        inner.extend(self.include(&index.include));
        inner.extend(index.nulls_not_distinct.then(|| "nulls_not_distinct".to_owned()));
        inner.extend(index.clustered.then(|| "clustered".to_owned()));
        inner.extend(index.invisible.then(|| "invisible".to_owned()));
        let with: Vec<_> = index.options.iter().map(|(word, value)| text(word, value)).collect();
        inner.extend((!with.is_empty()).then(|| list("with", &with)));
        inner.extend(maybe("comment", index.comment.as_ref()));
        list("index", &inner)
    }

    fn foreign_key(&self, key: &ForeignKey) -> String {
        let mut referred = key.referred_table.to_string();
        if !key.referred_columns.is_empty() {
            referred.push_str(&format!("({})", key.referred_columns.join(", ")));
        }
        let mut inner = vec![self.columns(&key.columns), text("references", &referred)];
        inner.extend(maybe("name", key.name.as_ref()));
        inner.extend(action("on_delete", key.on_delete));
        inner.extend(action("on_update", key.on_update));
        inner.extend(key.match_full.then(|| "match_full".to_owned()));
        inner.extend(deferrable(key.deferrable));
        inner.extend(maybe("comment", key.comment.as_ref()));
        list("foreign_key", &inner)
    }

    fn field(&self, column: &Column, dependencies: &mut BTreeMap<&'static str, &'static str>) -> String {
        let ty = match (&column.identity, column.ty.as_str()) {
            (Some(Identity::Serial), "smallint") => "smallserial",
            (Some(Identity::Serial), "integer") => "serial",
            (Some(Identity::Serial), "bigint") => "bigserial",
            (_, ty) => ty,
        };
        let ty = types::field(self.dialect, ty, self.table.name.schema.as_deref(), self.enums);
        dependencies.extend(ty.dependency());
        let is_key = self.table.primary_key.as_ref().is_some_and(|key| key.columns.contains(&column.name));
        let field = self.fields.get(column.name.as_str()).cloned().unwrap_or_default();
        let mut entries = Vec::new();
        entries.extend((is_key && self.key_is_on_fields()).then(|| "primary_key".to_owned()));
        entries.extend(column.identity.as_ref().and_then(identity));
        if self.dialect == Dialect::Sqlite && column.identity.is_some() {
            entries.push("sqlite(autoincrement)".to_owned());
        }
        if field.trim_start_matches("r#") != column.name {
            entries.push(text("name", &column.name));
        }
        entries.extend(ty.entries);
        entries.extend(column.default.as_ref().map(|default| default_entry(default, &ty.rust)));
        if let Some(generated) = &column.generated {
            entries.push(text("generated", &generated.expression));
            entries.push(if generated.stored { "stored" } else { "virtual" }.to_owned());
        }
        entries.extend(maybe("collation", column.collation.as_ref()));
        let own: Vec<_> = maybe("charset", column.charset.as_ref())
            .into_iter()
            .chain(maybe("on_update_expr", column.on_update.as_ref()))
            .chain(column.invisible.then(|| "invisible".to_owned()))
            .collect();
        entries.extend((!own.is_empty()).then(|| list("mysql", &own)));
        entries.extend(maybe("comment", column.comment.as_ref()));
        let rust = if column.nullable { format!("Option<{}>", ty.rust) } else { ty.rust };
        format!("{}    pub {field}: {rust},\n", attribute("column", &entries, "    "))
    }
}

/// `default = 0` for what every engine writes in the same way; else the SQL.
fn default_entry(default: &str, rust: &str) -> String {
    let is_number = default.parse::<i64>().is_ok() && !default.starts_with('+');
    if is_number && matches!(rust, "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64") {
        return format!("default = {default}");
    }
    let quoted = default.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match (quoted, rust) {
        (Some(inner), "String") if !inner.contains(['\'', '\\']) => text("default", inner),
        (None, "bool") if matches!(default, "true" | "1") => "default = true".to_owned(),
        (None, "bool") if matches!(default, "false" | "0") => "default = false".to_owned(),
        _ => text("default_expr", default),
    }
}

/// The words of an exclusion constraint from its definition: `EXCLUDE USING gist (room WITH =) WHERE (...)`.
fn exclusion_entries(name: &str, definition: &str) -> Vec<String> {
    let mut entries = vec![text("name", name)];
    let rest = definition.trim_start_matches("EXCLUDE").trim_start();
    let rest = match rest.strip_prefix("USING ").and_then(|rest| rest.split_once(' ')) {
        Some((method, rest)) => {
            entries.push(text("using", method));
            rest
        }
        None => rest,
    };
    let end = closing(rest);
    entries.push(text("expr", rest.get(1..end).unwrap_or_default()));
    let mut rest = rest.get(end + 1..).unwrap_or_default().trim();
    if let Some(condition) = rest.strip_prefix("WHERE ") {
        let end = closing(condition);
        entries.push(text("where", condition.get(1..end).unwrap_or_default()));
        rest = condition.get(end + 1..).unwrap_or_default().trim();
    }
    if rest.contains("INITIALLY DEFERRED") {
        entries.push("initially_deferred".to_owned());
    } else if rest.contains("DEFERRABLE") {
        entries.push("deferrable".to_owned());
    }
    entries
}

/// Where the parenthesis that the text begins with is closed.
fn closing(text: &str) -> usize {
    let (mut depth, mut quoted) = (0_usize, None);
    for (at, letter) in text.char_indices() {
        match (letter, quoted) {
            (letter, Some(quote)) if letter == quote => quoted = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quoted = Some(letter),
            ('(', None) => depth += 1,
            (')', None) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    text.len()
}
