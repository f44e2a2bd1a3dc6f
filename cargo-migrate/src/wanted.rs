//! What the models ask for, in the words of any dialect.

use std::{cell::RefCell, collections::BTreeMap};

use migrate_core::{Code, Dialect, Error, Place};
use migrate_runtime::{Connection, Engine, cli::Console};

use crate::{
    diagnose,
    diff::Renames,
    lower,
    models::{self, Models},
    project::Project,
    reflect::{Scope, default_schema},
    rust_models,
    schema::{ObjectName, Schema},
    scratch::{Refused, normalise},
    sources::{Loaded, Loader},
};

/// The models of a project.
#[derive(Debug)]
pub(crate) struct Wanted {
    models: Models,
    naming: lower::Naming,
    /// The default schemas of the servers that were asked.
    homes: RefCell<BTreeMap<Dialect, String>>,
}

impl Wanted {
    /// Reads the models, and says what is to be looked at in them.
    ///
    /// # Errors
    /// The last mistake; those before it are said at once.
    pub(crate) fn read(project: &Project, console: &Console) -> Result<Self, Error> {
        let models = project.models().map_err(|errors| last_of(errors, console))?;
        for warning in &models.warnings {
            console.warn(&warning.to_string());
        }
        let config = &project.config;
        let naming = lower::Naming::read(&config.source, &config.autogenerate.naming)?;
        Ok(Self { models, naming, homes: RefCell::default() })
    }

    /// How many tables there are.
    pub(crate) fn len(&self) -> usize {
        self.models.tables.len()
    }

    /// Asks a server which schema is its default one. Without it, the one that a new database has counts.
    ///
    /// # Errors
    /// The server's.
    pub(crate) async fn settle(&self, connection: &mut Connection) -> Result<(), Error> {
        let home = default_schema(connection).await?;
        self.homes.borrow_mut().extend(home.map(|home| (connection.dialect(), home)));
        Ok(())
    }

    fn home(&self, dialect: Dialect) -> Option<String> {
        self.homes.borrow().get(&dialect).cloned()
    }

    /// The schema in a dialect.
    ///
    /// # Errors
    /// What the engine lacks, with its place: the first of all.
    pub(crate) fn schema(&self, dialect: Dialect) -> Result<Schema, Error> {
        lower::lower(&self.models, dialect, &self.naming, self.home(dialect).as_deref()).map_err(first_of)
    }

    /// Takes the models' schemas into what is read of a database.
    ///
    /// # Errors
    /// What the engine lacks.
    pub(crate) fn extend(&self, scope: &mut Scope, engine: Engine) -> Result<(), Error> {
        let dialect = match engine {
            Engine::Postgres => Dialect::Postgres,
            Engine::Mssql => Dialect::Mssql,
            // No schemas inside a database.
            Engine::Mysql | Engine::Sqlite => return Ok(()),
        };
        scope.schemas.extend(self.schema(dialect)?.schemas);
        scope.schemas.sort_unstable();
        scope.schemas.dedup();
        Ok(())
    }

    /// The schema as the loader's server shows it once it is made.
    ///
    /// # Errors
    /// What the engine lacks or refuses, with the place of the model.
    pub(crate) async fn loaded(&self, loader: &Loader) -> Result<Loaded, Error> {
        let mut connection = Connection::open(loader.server().clone()).await?;
        self.settle(&mut connection).await?;
        let schema = self.schema(connection.dialect())?;
        let made = normalise(&mut connection, loader.server(), &schema, loader.scope()).await;
        Ok(Loaded { schema: made.map_err(|refused| self.placed(refused))?, connection })
    }

    /// What the engine refused, with the place of the model.
    pub(crate) fn placed(&self, refused: Refused) -> Error {
        let Refused { table, error } = refused;
        let Some(table) = table else { return error };
        let message = format!("the database refuses the table {table}: {}", error.message());
        let mut placed = Error::new(error.code(), message);
        if let Some(help) = error.help() {
            placed = placed.with_help(help);
        }
        match self.place_of(&table) {
            Some(place) => placed.with_place(place),
            None => placed,
        }
    }

    /// The schema of a database in another dialect: written as models, and those lowered.
    ///
    /// # Errors
    /// What the other engine lacks.
    pub(crate) fn translated(&self, schema: &Schema, dialect: Dialect) -> Result<Schema, Error> {
        let written = rust_models::write(&without_own_words(schema.clone()), &self.naming);
        let former = written.scan(vec![schema.dialect, dialect]).map_err(first_of)?;
        lower::lower(&former, dialect, &self.naming, self.home(dialect).as_deref()).map_err(first_of)
    }

    /// What the models say was renamed. Of it, some may have been done already.
    pub(crate) fn told(&self, dialect: Dialect) -> Renames {
        lower::renames(&self.models, dialect, &self.naming, self.home(dialect).as_deref())
    }

    /// Where the model of a table stands.
    fn place_of(&self, name: &ObjectName) -> Option<Place> {
        let named = |table: &&models::Table| table.model.name.value == name.name;
        let schema = |table: &models::Table| {
            table.model.options.base.schema.as_ref().map(|schema| schema.value.clone())
        };
        let exact = |table: &&models::Table| named(table) && schema(table) == name.schema;
        let tables = || self.models.tables.iter();
        let table = tables().find(exact).or_else(|| tables().find(named))?;
        Some(self.models.place_in(table, table.model.ident.span))
    }
}

/// Without what no other engine knows by that name: table options, charsets and collations.
fn without_own_words(mut schema: Schema) -> Schema {
    for table in schema.tables.values_mut() {
        table.options.clear();
        for column in &mut table.columns {
            (column.charset, column.collation) = (None, None);
            if column.default.as_deref().is_some_and(is_now) {
                column.default = Some("CURRENT_TIMESTAMP".to_owned());
            }
        }
        for key in table.indexes.iter_mut().flat_map(|index| &mut index.keys) {
            key.collation = None;
        }
    }
    schema
}

/// Whether a default is the present moment, in the words of any engine.
fn is_now(default: &str) -> bool {
    let word = default.to_lowercase();
    word == "now()"
        || word == "getdate()"
        || word == "sysdatetime()"
        || word.starts_with("current_timestamp(")
}

/// Says all mistakes but the last, which is given back.
fn last_of(mut errors: Vec<Error>, console: &Console) -> Error {
    let last = errors.pop().unwrap_or_else(|| Error::new(Code::InvalidModel, "the models cannot be read"));
    for error in errors {
        let excerpt = diagnose::excerpt(&error, console.colors_errors());
        console.error_with_source(&error, excerpt.as_deref());
    }
    last
}

fn first_of(errors: Vec<Error>) -> Error {
    errors.into_iter().next().unwrap_or_else(|| Error::new(Code::InvalidModel, "the models cannot be read"))
}
