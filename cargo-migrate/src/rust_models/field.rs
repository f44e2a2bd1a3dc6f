//! A column as a field.

use migrate_core::Dialect;

use super::{
    attributes::{flag, identity, maybe},
    entry::{Entry, attribute},
    enumeration::RustEnum,
    ident::unraw,
    imports::Imports,
    types::{self, FieldType},
    writer::Writer,
};
use crate::schema::{Column, Identity};

impl Writer<'_> {
    /// The field with its attribute; `name` is what the column would be called without a word, `parts` what else is
    /// said on it.
    pub(super) fn field(
        &self,
        column: &Column,
        name: &str,
        parts: Vec<Entry>,
        imports: &mut Imports<'_>,
    ) -> Field {
        let field = self.fields.get(column.name.as_str()).map_or("", String::as_str);
        let dialect = self.context.schema.dialect;
        let ty = self.ty(column);
        let is_key = self.table.primary_key.as_ref().is_some_and(|key| key.columns.contains(&column.name));
        let mut entries = Vec::new();
        entries.extend((column.name != name).then(|| Entry::text("name", &column.name)));
        entries.extend(flag("primary_key", is_key && self.key_is_on_fields()));
        match (&column.identity, dialect) {
            (Some(_), Dialect::Sqlite) => {
                entries.push(Entry::list("sqlite", vec!["autoincrement".into()]));
            }
            (identified, _) => entries.extend(identified.as_ref().and_then(identity)),
        }
        let dependency = ty.dependency();
        entries.extend(ty.entries);
        let expression = self.context.explicit.defaults.contains(&self.column_key(&column.name));
        entries.extend(column.default.as_ref().map(|sql| {
            let literal = if expression { None } else { self.literal(sql, &ty.rust) };
            literal.unwrap_or_else(|| Entry::text("default_expr", sql))
        }));
        if let Some(generated) = &column.generated {
            entries.push(Entry::text("generated", &generated.expression));
            entries.extend(flag("virtual", !generated.stored));
        }
        entries.extend(maybe("collation", column.collation.as_ref()));
        let own: Vec<_> = maybe("charset", column.charset.as_ref())
            .into_iter()
            .chain(maybe("on_update_expr", column.on_update.as_ref()))
            .chain(flag("invisible", column.invisible))
            .collect();
        entries.extend((!own.is_empty()).then(|| Entry::list("mysql", own)));
        entries.extend(parts);
        entries.extend(maybe("comment", column.comment.as_ref()));
        let rust = imports.short(&ty.rust);
        let rust = if column.nullable { format!("Option<{rust}>") } else { rust };
        let text = format!("{}    pub {field}: {rust},\n", attribute("column", &entries, "    "));
        Field { text, dependency }
    }

    fn ty(&self, column: &Column) -> FieldType {
        let sql = match (&column.identity, column.ty.as_str()) {
            (Some(Identity::Serial), "smallint") => "smallserial",
            (Some(Identity::Serial), "integer") => "serial",
            (Some(Identity::Serial), "bigint") => "bigserial",
            (_, ty) => ty,
        };
        let module = self.table.name.schema.as_deref();
        let ty = types::field(self.context.schema.dialect, sql, module, self.context.enums);
        if self.context.explicit.types.contains(&self.column_key(&column.name)) { ty.told(sql) } else { ty }
    }

    /// `default = 0` for what every engine writes in the same way.
    fn literal(&self, sql: &str, rust: &str) -> Option<Entry> {
        let word = |value: &str| Some(format!("default = {value}").into());
        let digits = sql.strip_prefix('-').unwrap_or(sql);
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_whole = are_digits(digits) && sql.parse::<i64>().is_ok();
        let is_fraction =
            digits.split_once('.').is_some_and(|(whole, rest)| are_digits(whole) && are_digits(rest));
        match rust {
            "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" if is_whole => word(sql),
            "f32" | "f64" | "rust_decimal::Decimal" if is_whole || is_fraction => word(sql),
            "bool" => match (self.context.schema.dialect, sql) {
                (Dialect::Postgres, "true" | "false") => word(sql),
                (Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite, "0") => word("false"),
                (Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite, "1") => word("true"),
                (
                    Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite,
                    _,
                ) => None,
            },
            _ => {
                let quoted = sql.strip_prefix('\'')?.strip_suffix('\'')?;
                let value = quoted.replace("''", "'");
                if value.replace('\'', "''") != quoted {
                    return None;
                }
                match rust {
                    "String" => Some(Entry::text("default", &value)),
                    _ => {
                        let is_it = |one: &&RustEnum| rust == one.ident || rust == one.path;
                        let variant = self.context.enums.iter().find(is_it)?.variant(&value)?;
                        word(&format!("{rust}::{variant}"))
                    }
                }
            }
        }
    }

    /// Whether the key's order is that of the fields.
    pub(super) fn key_is_on_fields(&self) -> bool {
        let Some(key) = &self.table.primary_key else { return false };
        let in_order = self.table.columns.iter().map(|column| &column.name);
        in_order.filter(|column| key.columns.contains(column)).eq(&key.columns)
    }

    /// The fields and the names of their columns.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.fields.iter().map(|(column, field)| (unraw(field), *column))
    }
}

/// A field as text.
pub(super) struct Field {
    pub(super) text: String,
    /// The crate that its type is from.
    pub(super) dependency: Option<(&'static str, &'static str)>,
}
