//! What the models ask for, in the words of any dialect.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use migrate_core::{Code, Dialect, Error, Place};
use migrate_runtime::{Connection, Engine, cli::Console};

use crate::{
    diagnose,
    diff::Renames,
    lower,
    models::{self, Models},
    own_words,
    project::Project,
    reflect::{Scope, default_schema},
    rust_models,
    schema::{ObjectName, Schema, Table},
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

    /// Takes the models' schemas into what is read of a database, and those in which something of them was before.
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
        scope.schemas.extend(former_names(&self.told(dialect)).filter_map(|name| name.schema.clone()));
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

    /// The schema of a database in another dialect: written as models, and those lowered. What the other engine cannot
    /// have is left out, object by object, with what stands on it.
    pub(crate) fn translated(&self, schema: &Schema, dialect: Dialect) -> Schema {
        let mut known = own_words::without(schema.clone(), dialect);
        let mut former = self.rewritten(&known, dialect);
        if former.is_err() {
            // Models that cannot be read are none: those of the other tables can.
            let alone = |table: &Table| {
                let mut alone = Schema { tables: BTreeMap::new(), ..known.clone() };
                alone.insert(Table { foreign_keys: Vec::new(), ..table.clone() });
                self.rewritten(&alone, dialect).is_ok()
            };
            let sound: BTreeSet<_> =
                known.tables.values().filter(|table| alone(table)).map(|table| table.name.clone()).collect();
            known.tables.retain(|name, _| sound.contains(name));
            former = self.rewritten(&known, dialect);
        }
        let Ok(former) = former else { return Schema::empty(dialect) };
        let home = self.home(dialect);
        let (mut translated, _) = lower::lower_what_there_is(&former, dialect, &self.naming, home.as_deref());
        for table in translated.tables.values_mut() {
            let is_known = |old: &&Table| old.name == table.name || old.name.name == table.name.name;
            if let Some(old) = schema.table(&table.name).or_else(|| schema.tables.values().find(is_known)) {
                own_words::leave_out_what_lacks_columns(table, old);
            }
        }
        translated
    }

    /// The schema as models, read for both dialects.
    fn rewritten(&self, schema: &Schema, dialect: Dialect) -> Result<Models, Vec<Error>> {
        rust_models::write(schema, &self.naming).scan(vec![schema.dialect, dialect])
    }

    /// What the models say was renamed. Of it, some may have been done already.
    pub(crate) fn told(&self, dialect: Dialect) -> Renames {
        lower::renames(&self.models, dialect, &self.naming, self.home(dialect).as_deref())
    }

    /// A schema of the database without what is none of the models' business: in a schema in which something was before,
    /// and nothing is any more, only that. `looked_at` are the schemas that the project names.
    pub(crate) fn without_strangers(&self, mut found: Schema, looked_at: &[String]) -> Result<Schema, Error> {
        let told = self.told(found.dialect);
        let own = self.schema(found.dialect)?.schemas;
        let names: BTreeSet<&ObjectName> = former_names(&told).collect();
        let is_left = |schema: &String| {
            names.iter().any(|name| name.schema.as_ref() == Some(schema))
                && !own.contains(schema)
                && !looked_at.contains(schema)
        };
        let stays = |name: &ObjectName| !name.schema.as_ref().is_some_and(is_left) || names.contains(name);
        found.tables.retain(|name, _| stays(name));
        found.enums.retain(|name, _| stays(name));
        found.sequences.retain(|name, _| stays(name));
        found.schemas.retain(|schema| !is_left(schema));
        Ok(found)
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

/// The old names of everything that has a name of its own.
fn former_names(told: &Renames) -> impl Iterator<Item = &ObjectName> {
    told.tables.keys().chain(told.enums.keys()).chain(told.sequences.keys())
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
