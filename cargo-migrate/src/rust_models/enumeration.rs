//! Enumerated types: PostgreSQL's own, and those of MySQL's columns.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::Dialect;
use migrate_models::Case;

use super::{
    attributes::maybe,
    entry::{Entry, attribute},
    ident::{Idents, case, unraw},
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
    of: Of,
    name: ObjectName,
    /// The values, each with its variant.
    values: Vec<(String, String)>,
    comment: Option<String>,
}

/// Which columns are of the enum.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    /// PostgreSQL: a type of its own.
    Named,
    /// MySQL, MariaDB: `enum('a','b')`.
    Listed(String),
}

/// Every enum of the schema, each under a name of its own among the types of its module.
pub(super) fn all(
    schema: &Schema,
    modules: &BTreeMap<Option<&str>, String>,
    idents: &mut BTreeMap<Option<String>, Idents>,
) -> Vec<RustEnum> {
    let mut found: Vec<RustEnum> = Vec::new();
    let mut add = |name: ObjectName, of: Of, values: Vec<String>, comment: Option<String>| {
        let place = name.schema.clone();
        let ident = idents.entry(place.clone()).or_insert_with(Idents::of_types).ty(&name.name);
        let module = modules.get(&place.as_deref()).cloned().unwrap_or_default();
        let mut variants = Idents::default();
        let values = values.into_iter().map(|value| (variants.variant(&value), value));
        let values = values.map(|(variant, value)| (value, variant)).collect();
        found.push(RustEnum {
            path: format!("super::{module}::{ident}"),
            place,
            ident,
            of,
            name,
            values,
            comment,
        });
    };
    for ty in schema.enums.values() {
        add(ty.name.clone(), Of::Named, ty.values.clone(), ty.comment.clone());
    }
    if matches!(schema.dialect, Dialect::Mysql | Dialect::Mariadb) {
        let mut seen = BTreeSet::new();
        for table in schema.tables.values() {
            for column in &table.columns {
                if let Some(values) = values(&column.ty)
                    && seen.insert(&column.ty)
                {
                    let name = ObjectName {
                        schema: table.name.schema.clone(),
                        name: format!("{}_{}", table.name.name, column.name),
                    };
                    add(name, Of::Listed(column.ty.clone()), values, None);
                }
            }
        }
    }
    found
}

/// The name of a type as SQL has it: `billing."Odd Type"`.
fn named(ty: &str) -> Option<ObjectName> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    let mut letters = ty.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.next_if_eq(&'"').is_some() => parts.last_mut()?.push('"'),
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => parts.push(String::new()),
            letter => parts.last_mut()?.push(letter),
        }
    }
    match <[String; 1]>::try_from(parts) {
        Ok([name]) => Some(ObjectName::local(name)),
        Err(parts) => {
            let [schema, name] = <[String; 2]>::try_from(parts).ok()?;
            Some(ObjectName::in_schema(schema, name))
        }
    }
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
    /// Whether a column of this type is of the enum.
    pub(super) fn is_of(&self, ty: &str) -> bool {
        match &self.of {
            Of::Named => named(ty).is_some_and(|name| name == self.name),
            Of::Listed(listed) => listed == ty,
        }
    }

    /// The variant of a value.
    pub(super) fn variant(&self, value: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| known == value).map(|(_, variant)| variant.as_str())
    }

    pub(super) fn render(&self) -> String {
        let case =
            case(self.values.iter().map(|(value, variant)| (variant.as_str(), value.as_str())), |ident| {
                Case::Snake.apply(ident)
            });
        let mut entries = Vec::new();
        // A name that the ident gives by itself is not said; on MySQL a type has none.
        if matches!(self.of, Of::Named) && Case::Snake.apply(unraw(&self.ident)) != self.name.name {
            entries.push(Entry::text("name", &self.name.name));
        }
        entries.extend(maybe("schema", self.name.schema.as_ref()));
        entries.extend(case.map(|case| Entry::text("rename_all", case.name())));
        entries.extend(maybe("comment", self.comment.as_ref()));
        let case = case.unwrap_or(Case::Snake);
        let variants: String = self
            .values
            .iter()
            .map(|(value, variant)| {
                let is_given = case.apply(unraw(variant)) == *value;
                let name = if is_given { Vec::new() } else { vec![Entry::text("name", value)] };
                format!("{}    {variant},\n", attribute("variant", &name, "    "))
            })
            .collect();
        format!(
            "#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]\n{}pub enum {} {{\n{variants}}}\n",
            attribute("enumeration", &entries, ""),
            self.ident
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_its_name_in_quotes_or_without() {
        assert_eq!(named("mood"), Some(ObjectName::local("mood")));
        assert_eq!(named("\"a\"\"b.c\""), Some(ObjectName::local("a\"b.c")));
        assert_eq!(named("billing.\"Odd Type\""), Some(ObjectName::in_schema("billing", "Odd Type")));
        assert_eq!(named("a.b.c"), None);
    }

    #[test]
    fn the_values_of_an_enum_are_read() {
        assert_eq!(values("enum('a','it''s',',')").unwrap(), ["a", "it's", ","]);
        assert_eq!(values("enum('')").unwrap(), [""]);
        for other in ["set('a')", "enum(", "enum('a'", "varchar(5)"] {
            assert!(values(other).is_none(), "{other}");
        }
    }
}
