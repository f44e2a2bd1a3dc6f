//! Enumerated types: PostgreSQL's own, and those of MySQL's columns.

use std::collections::BTreeMap;

use migrate_core::Dialect;

use super::{
    attributes::{attribute, maybe, text},
    ident::Idents,
};
use crate::schema::{ObjectName, Schema};

/// A Rust enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RustEnum {
    /// The schema whose module it stands in.
    pub(super) place: Option<String>,
    pub(super) ident: String,
    /// The path from another module.
    pub(super) path: String,
    /// The type as a column has it.
    pub(super) ty: String,
    name: ObjectName,
    values: Vec<String>,
    comment: Option<String>,
}

/// Every enum of the schema, each under a name of its own.
pub(super) fn all(schema: &Schema, modules: &BTreeMap<Option<&str>, String>) -> Vec<RustEnum> {
    let mut idents: BTreeMap<Option<String>, Idents> = BTreeMap::new();
    let mut found: Vec<RustEnum> = Vec::new();
    let mut add = |name: ObjectName, ty: String, values: Vec<String>, comment: Option<String>| {
        let place = name.schema.clone();
        let ident = idents.entry(place.clone()).or_default().pascal(&name.name);
        let module = modules.get(&place.as_deref()).cloned().unwrap_or_default();
        found.push(RustEnum {
            path: format!("super::{module}::{ident}"),
            place,
            ident,
            ty,
            name,
            values,
            comment,
        });
    };
    for ty in schema.enums.values() {
        add(ty.name.clone(), ty.name.to_string(), ty.values.clone(), ty.comment.clone());
    }
    if matches!(schema.dialect, Dialect::Mysql | Dialect::Mariadb) {
        let mut seen = std::collections::BTreeSet::new();
        for table in schema.tables.values() {
            for column in &table.columns {
                if let Some(values) = values(&column.ty)
                    && seen.insert(column.ty.clone())
                {
                    let name = ObjectName {
                        schema: table.name.schema.clone(),
                        name: format!("{}_{}", table.name.name, column.name),
                    };
                    add(name, column.ty.clone(), values, None);
                }
            }
        }
    }
    found
}

/// The values of `enum('a','b')`.
fn values(ty: &str) -> Option<Vec<String>> {
    let mut rest = ty.strip_prefix("enum(")?.strip_suffix(')')?;
    let mut values = Vec::new();
    loop {
        rest = rest.trim_start().strip_prefix('\'')?;
        let mut value = String::new();
        loop {
            let (before, behind) = rest.split_once('\'')?;
            value.push_str(before);
            rest = behind;
            let Some(behind) = rest.strip_prefix('\'') else { break };
            value.push('\'');
            rest = behind;
        }
        values.push(value);
        match rest.trim_start().strip_prefix(',') {
            Some(behind) => rest = behind,
            None => return rest.trim().is_empty().then_some(values),
        }
    }
}

impl RustEnum {
    pub(super) fn render(&self) -> String {
        let mut entries = Vec::new();
        // A name that the ident gives by itself is not said.
        if Idents::default().snake(&self.ident).trim_start_matches("r#") != self.name.name {
            entries.push(text("name", &self.name.name));
        }
        entries.extend(maybe("schema", self.name.schema.as_ref()));
        entries.extend(maybe("comment", self.comment.as_ref()));
        let mut text_ = String::from("#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]\n");
        text_.push_str(&attribute("enumeration", &entries, ""));
        text_.push_str(&format!("pub enum {} {{\n", self.ident));
        let mut idents = Idents::default();
        for value in &self.values {
            let ident = idents.pascal(value);
            if Idents::default().snake(&ident).trim_start_matches("r#") != value.as_str() {
                text_.push_str(&attribute("variant", &[text("name", value)], "    "));
            }
            text_.push_str(&format!("    {ident},\n"));
        }
        text_.push_str("}\n");
        text_
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_an_enum_are_read() {
        assert_eq!(values("enum('a','it''s',',')").unwrap(), ["a", "it's", ","]);
        assert_eq!(values("enum('')").unwrap(), [""]);
        for other in ["set('a')", "enum(", "enum('a'", "varchar(5)"] {
            assert!(values(other).is_none(), "{other}");
        }
    }
}
