//! The models in the words of one dialect: the schema that they ask for.
//!
//! What an engine does not have is an error with its place, where leaving it out would change what is stored or refused.
//! What only makes an engine faster (how NULLs are ordered in an index, operator classes, columns that ride along) is
//! left out where it is not known.

mod builtin;
mod column;
mod default;
mod lack;
mod mssql;
mod mysql;
mod naming;
mod postgres;
mod references;
mod renames;
mod sqlite;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod wanted;

use migrate_core::{Code, Dialect, Error};
use migrate_models::{SequenceModel, Storage};
use proc_macro2::Span;

use crate::{
    models::{Enum, Models, Table},
    schema::{EnumType, ObjectName, Schema, Sequence, SequenceOptions},
};
use lack::{Lack, engine};
pub(crate) use naming::{Kind, Naming};
pub(crate) use references::is_sound;
pub(crate) use renames::renames;
pub(crate) use table::{mentioned, words};
pub(crate) use text::is_in_parentheses;

/// The schema that the models ask for. `home` is the default schema of the connection, where one is known: what the
/// models put there has no schema.
///
/// # Errors
/// Everything that the engine cannot have: [`Code::Unsupported`]; [`Code::UnresolvedType`] for a type that is mapped,
/// but not for this engine. Each with its place.
pub(crate) fn lower(
    models: &Models,
    dialect: Dialect,
    naming: &Naming,
    home: Option<&str>,
) -> Result<Schema, Vec<Error>> {
    let (schema, errors) = lower_what_there_is(models, dialect, naming, home);
    if errors.is_empty() { Ok(schema) } else { Err(errors) }
}

/// The same without what the engine cannot have: a column, an index, a constraint of that kind is left out, one by one.
/// What was said of each is given beside it.
pub(crate) fn lower_what_there_is(
    models: &Models,
    dialect: Dialect,
    naming: &Naming,
    home: Option<&str>,
) -> (Schema, Vec<Error>) {
    let lowering = Lowering { models, dialect, naming, home: home_of(dialect, home) };
    let mut schema = Schema::empty(dialect);
    let mut errors = Vec::new();
    if dialect == Dialect::Postgres {
        for enumeration in models.enums.iter().filter(|one| one.model.storage == Storage::Native) {
            let model = &enumeration.model;
            let name = lowering.name(model.schema.as_deref(), &model.name);
            errors.extend(lowering.no_enum(enumeration, &name, &schema));
            schema.enums.insert(
                name.clone(),
                EnumType {
                    name,
                    values: model.values.iter().map(|value| value.name.value.clone()).collect(),
                    comment: model.comment.as_ref().map(|comment| comment.value.clone()),
                    needed_by: Vec::new(),
                },
            );
        }
    }
    for table in lowering.tables() {
        let made = lowering.table(table, &mut errors);
        if schema.tables.contains_key(&made.name) {
            errors.push(lowering.twice(table, &made.name));
            continue;
        }
        schema.insert(made);
        for sequence in table.model.sequences.iter().filter(|sequence| sequence.only.includes(dialect)) {
            if let Some(sequence) = lowering.sequence(table, sequence, &mut errors) {
                schema.sequences.insert(sequence.name.clone(), sequence);
            }
        }
    }
    lowering.references(&schema, &mut errors);
    let names = schema.tables.keys().chain(schema.enums.keys()).chain(schema.sequences.keys());
    schema.schemas = names.filter_map(|name| name.schema.clone()).collect();
    (schema, errors)
}

/// The models, and what is to become of them.
struct Lowering<'m> {
    models: &'m Models,
    dialect: Dialect,
    naming: &'m Naming,
    /// The default schema.
    home: Option<&'m str>,
}

/// The default schema: the connection's, else the one that a new database has.
fn home_of(dialect: Dialect, known: Option<&str>) -> Option<&str> {
    known.or(match dialect {
        Dialect::Postgres => Some("public"),
        Dialect::Mssql => Some("dbo"),
        Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => None,
    })
}

impl<'m> Lowering<'m> {
    /// The tables that this engine has.
    fn tables(&self) -> impl Iterator<Item = &'m Table> + use<'m> {
        let dialect = self.dialect;
        self.models.tables.iter().filter(move |table| table.model.only.includes(dialect))
    }

    /// A name, without its schema where that is the default one, or where the engine has none inside a database.
    fn name(&self, schema: Option<&String>, name: &str) -> ObjectName {
        let has_schemas = match self.dialect {
            Dialect::Postgres | Dialect::Mssql => true,
            Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => false,
        };
        let schema = schema.filter(|_| has_schemas).cloned();
        ObjectName { schema: schema.filter(|schema| self.home != Some(schema)), name: name.to_owned() }
    }

    /// The name of a table that is none of the models. On MySQL and MariaDB its schema is another database.
    fn name_outside(&self, schema: Option<&String>, name: &str) -> ObjectName {
        match self.dialect {
            Dialect::Mysql | Dialect::Mariadb => ObjectName {
                schema: schema.filter(|schema| self.home != Some(schema)).cloned(),
                name: name.to_owned(),
            },
            Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => self.name(schema, name),
        }
    }

    fn name_of(&self, table: &Table) -> ObjectName {
        let options = table.model.options.of(self.dialect);
        self.name(options.schema.as_deref(), &table.model.name)
    }

    /// Two models of different schemas are one table to an engine that has none, or where one schema is the default one.
    fn twice(&self, table: &Table, name: &ObjectName) -> Error {
        let message = match self.dialect {
            Dialect::Postgres | Dialect::Mssql => {
                format!("is a second table of the name `{name}` in the default schema")
            }
            Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => format!(
                "is a second table of the name `{name}`: {} has no schemas in a database",
                engine(self.dialect)
            ),
        };
        let help = "give one of them another name, or leave it out on this engine: `only(...)`";
        let what = format!("the model `{}`", table.model.ident.value);
        self.lacking(table, table.model.name.span, &what, Lack::new(message, help))
    }

    /// What stops an enum from being a type of this name.
    fn no_enum(&self, enumeration: &Enum, name: &ObjectName, schema: &Schema) -> Option<Error> {
        let model = &enumeration.model;
        let error = if schema.enums.contains_key(name) {
            Error::new(Code::InvalidModel, format!("two enums are called `{name}` in the default schema"))
                .with_help("give one of them another name")
        } else if name.schema.is_none() && builtin::is_builtin(&name.name) {
            let message = format!(
                "the enum `{}` is called `{}`, which is a type that PostgreSQL has itself: a column would get that one",
                model.ident.value, name.name
            );
            Error::new(Code::Unsupported, message).with_help(format!(
                "give it another name, `#[enumeration(name = \"{}_kind\")]`, or another schema",
                name.name.trim_start_matches('_')
            ))
        } else {
            return None;
        };
        Some(error.with_place(self.models.place_in_enum(enumeration, model.name.span)))
    }

    /// An error about something that the engine does not have.
    fn lacking(&self, table: &Table, span: Span, what: &str, lack: Lack) -> Error {
        let code = if lack.unresolved { Code::UnresolvedType } else { Code::Unsupported };
        Error::new(code, format!("{what} {}", lack.message))
            .with_help(lack.help)
            .with_place(self.models.place_in(table, span))
    }

    fn sequence(&self, table: &Table, model: &SequenceModel, errors: &mut Vec<Error>) -> Option<Sequence> {
        let numbers = &model.numbers;
        match self.dialect {
            Dialect::Postgres | Dialect::Mariadb | Dialect::Mssql => {}
            Dialect::Mysql | Dialect::Sqlite => {
                let message = format!("is asked for, and {} has none", engine(self.dialect));
                let lack = Lack::new(message, "say where it is to be: `sequence(..., only(postgres))`");
                let what = format!("the sequence `{}`", model.name.value);
                errors.push(self.lacking(table, model.name.span, &what, lack));
                return None;
            }
        }
        Some(Sequence {
            name: self.name(model.schema.as_deref(), &model.name),
            ty: model
                .sql_type
                .as_ref()
                .filter(|_| self.dialect != Dialect::Mariadb)
                .map(|ty| ty.value.clone()),
            options: sequence_options(numbers),
            comment: model.comment.as_ref().map(|comment| comment.value.clone()),
            is_owned: false,
            needed_by: Vec::new(),
        })
    }
}

fn sequence_options(numbers: &migrate_models::SequenceNumbers) -> SequenceOptions {
    SequenceOptions {
        start: numbers.start.map(|number| number.value),
        increment: numbers.increment.map(|number| number.value),
        min: numbers.min.map(|number| number.value),
        max: numbers.max.map(|number| number.value),
        cache: numbers.cache.map(|number| number.value),
        cycle: numbers.cycle.is_some_and(|cycle| cycle.value),
    }
}
