//! What was written, read again.

use migrate_core::{Code, Dialect, Error};

use super::{Explicit, RustModels};
use crate::{
    diff::{self, Renames},
    lower::{self, Naming},
    models::{self, Models},
    operation::Operation,
    schema::Schema,
};

impl RustModels {
    /// The models as `cargo migrate` would find them in a crate, read for these engines.
    ///
    /// # Errors
    /// Everything that is wrong with them, and those of the file system.
    pub(crate) fn scan(&self, dialects: Vec<Dialect>) -> Result<Models, Vec<Error>> {
        let refused =
            |error: std::io::Error| vec![Error::new(Code::Io, format!("a temporary folder: {error}"))];
        let folder = tempfile::tempdir().map_err(refused)?;
        for module in &self.modules {
            std::fs::write(folder.path().join(module.file()), &module.text).map_err(refused)?;
        }
        let target = models::Target { name: "models".to_owned(), root: folder.path().join("lib.rs") };
        std::fs::write(&target.root, self.root()).map_err(refused)?;
        let package = models::Package { targets: vec![target], ..models::Package::default() };
        models::scan(&[package], &models::Settings { dialects, ..models::Settings::default() })
    }

    /// What leads from the schema that the text means to the one that it was written for.
    pub(super) fn differences(&self, schema: &Schema, naming: &Naming) -> Result<Vec<Operation>, Vec<Error>> {
        let models = self.scan(vec![schema.dialect])?;
        let mut meant = lower::lower(&models, schema.dialect, naming, None)?;
        for table in meant.tables.values_mut() {
            let Some(wanted) = schema.table(&table.name) else { continue };
            for column in &mut table.columns {
                let wanted = wanted.column(&column.name).and_then(|wanted| wanted.default.as_ref());
                if let (Some(found), Some(wanted)) = (&column.default, wanted)
                    && bare(found) == bare(wanted)
                {
                    column.default = Some(wanted.clone());
                }
            }
        }
        Ok(diff::diff(&meant, schema, &Renames::default()))
    }
}

/// A default without the parentheses around it, which MariaDB takes and does not show.
fn bare(sql: &str) -> &str {
    let inside = sql.strip_prefix('(').and_then(|sql| sql.strip_suffix(')'));
    inside.filter(|_| lower::is_in_parentheses(sql)).unwrap_or(sql)
}

impl Explicit {
    /// Notes what has to be said where the text means something else. Whether that is more than before.
    pub(super) fn learn(&mut self, differences: &[Operation]) -> bool {
        let before = self.len();
        for operation in differences {
            match operation {
                Operation::AlterColumn { table, before, after } => {
                    let column = (table.clone(), after.name.clone());
                    if before.ty != after.ty || before.identity != after.identity {
                        self.types.insert(column.clone());
                    }
                    if before.default != after.default {
                        self.defaults.insert(column);
                    }
                }
                other => self.names.extend(other.table().cloned()),
            }
        }
        self.len() > before
    }

    fn len(&self) -> usize {
        self.types.len() + self.defaults.len() + self.names.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::write;
    use super::*;
    use crate::schema::{Check, Column, Index, IndexKey, ObjectName, Sequence, SequenceOptions, Table};

    fn with_table(dialect: Dialect, change: impl FnOnce(&mut Table)) -> Schema {
        let mut table = Table::new(ObjectName::local("t"));
        table.columns.push(Column::new("a", "text"));
        change(&mut table);
        let mut schema = Schema::empty(dialect);
        schema.insert(table);
        schema
    }

    /// The text of the one module, of which nothing is missing.
    fn text(schema: &Schema) -> String {
        let written = write(schema, &Naming::default());
        assert!(written.missing.is_empty(), "{written:#?}");
        written.modules[0].text.clone()
    }

    #[test]
    fn a_type_is_said_where_a_key_would_change_it() {
        let plain = text(&with_table(Dialect::Mariadb, |_| {}));
        assert!(plain.contains("pub struct T {\n    pub a: Option<String>,\n}"), "{plain}");
        let keyed = with_table(Dialect::Mariadb, |table| {
            let mut index = Index::new("uq_t_a", vec![IndexKey::column("a")]);
            index.unique = true;
            table.indexes.push(index);
        });
        assert!(text(&keyed).contains("#[column(type = \"text\", unique)]"), "{}", text(&keyed));
    }

    #[test]
    fn names_are_said_where_something_else_has_the_one_that_convention_gives() {
        let schema = with_table(Dialect::Mysql, |table| {
            table.indexes.push(Index::new("ix_t_a", vec![IndexKey::column("a")]));
        });
        assert!(text(&schema).contains("#[column(type = \"text\", index)]"), "{}", text(&schema));
        let taken = with_table(Dialect::Mysql, |table| {
            table.indexes.push(Index::new("ix_t_a", vec![IndexKey::column("a")]));
            table.checks.push(Check {
                name: Some("ix_t_a".to_owned()),
                expression: "1 > 0".to_owned(),
                no_inherit: false,
                not_valid: false,
                comment: None,
            });
        });
        assert!(text(&taken).contains("index(name = \"ix_t_a\")"), "{}", text(&taken));
    }

    #[test]
    fn a_default_is_said_in_sql_where_a_literal_is_written_in_another_way() {
        let default = |sql: &str| {
            let schema = with_table(Dialect::Postgres, |table| {
                table.columns[0].default = Some(sql.to_owned());
            });
            text(&schema)
        };
        assert!(default("'it''s'").contains("#[column(default = \"it's\")]"), "{}", default("'it''s'"));
        assert!(default("'a\\b'").contains(r#"#[column(default_expr = "'a\\b'")]"#), "{}", default("'a\\b'"));
    }

    #[test]
    fn what_no_model_can_say_is_told() {
        let mut schema = Schema::empty(Dialect::Postgres);
        let name = ObjectName::local("numbers");
        schema.sequences.insert(
            name.clone(),
            Sequence {
                name,
                ty: None,
                options: SequenceOptions::default(),
                comment: None,
                is_owned: false,
                needed_by: Vec::new(),
            },
        );
        let written = write(&schema, &Naming::default());
        assert_eq!(written.missing, ["create sequence numbers"]);
        assert_eq!(
            written.modules[0].text, "//! Written by `cargo migrate reflect`: now yours to edit.\n",
            "an empty database has an empty module"
        );
    }
}
