use std::collections::BTreeMap;

use super::{KeyPart, ObjectName, Schema, Table};

impl Schema {
    /// The same objects in other schemas. Types and expressions that name one of the schemas follow.
    pub(crate) fn relocated(&self, place: impl Fn(Option<&str>) -> Option<String>) -> Self {
        let moved =
            |name: &ObjectName| ObjectName { schema: place(name.schema.as_deref()), name: name.name.clone() };
        let known = self
            .names()
            .filter_map(|name| name.schema.as_deref())
            .chain(self.schemas.iter().map(String::as_str));
        let words: BTreeMap<String, String> = known
            .filter_map(|schema| Some((format!("{schema}."), format!("{}.", place(Some(schema))?))))
            .collect();
        let text = |text: &str| words.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        let mut out = Self::empty(self.dialect);
        out.schemas = self.schemas.iter().filter_map(|schema| place(Some(schema))).collect();
        out.beside.clone_from(&self.beside);
        for ty in self.enums.values() {
            let name = moved(&ty.name);
            out.enums.insert(name.clone(), super::EnumType { name, ..ty.clone() });
        }
        for sequence in self.sequences.values() {
            let name = moved(&sequence.name);
            out.sequences.insert(name.clone(), super::Sequence { name, ..sequence.clone() });
        }
        for table in self.tables.values() {
            let mut table = Table { name: moved(&table.name), ..table.clone() };
            for key in &mut table.foreign_keys {
                key.referred_table = moved(&key.referred_table);
            }
            for column in &mut table.columns {
                column.ty = text(&column.ty);
                column.default = column.default.as_deref().map(text);
                if let Some(generated) = &mut column.generated {
                    generated.expression = text(&generated.expression);
                }
            }
            for check in &mut table.checks {
                check.expression = text(&check.expression);
            }
            for index in &mut table.indexes {
                index.filter = index.filter.as_deref().map(text);
                for key in &mut index.keys {
                    if let KeyPart::Expression(expression) = &mut key.part {
                        *expression = text(expression);
                    }
                }
            }
            out.insert(table);
        }
        out
    }

    fn names(&self) -> impl Iterator<Item = &ObjectName> {
        self.tables.keys().chain(self.enums.keys()).chain(self.sequences.keys())
    }
}
