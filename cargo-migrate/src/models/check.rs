//! What only all models together can get wrong: names that stand twice, references that lead nowhere, defaults that are
//! no value of the type.

use std::collections::BTreeMap;

use migrate_core::{Code, Dialect, Error, Place, suggest};
use migrate_models::{ColumnModel, DefaultModel, Literal, Spanned};
use proc_macro2::Span;

use super::{ColumnType, ModelType, Models, Table, sizes};

/// A table or a type by its name in the database.
pub(crate) type Name<'m> = (Option<&'m str>, &'m str);

/// Looks for mistakes.
pub(super) fn check(models: &Models, reserved: &[String], errors: &mut Vec<Error>) {
    let check = Check { models };
    check.names(errors);
    check.former_names(errors);
    check.reserved(reserved, errors);
    for table in &models.tables {
        check.references(table, errors);
        for column in &table.model.columns {
            check.identity(table, column, errors);
            check.defaults(table, column, errors);
            sizes::check(models, table, column, errors);
        }
    }
}

struct Check<'m> {
    models: &'m Models,
}

impl Check<'_> {
    fn error(&self, table: &Table, span: Span, message: impl Into<String>) -> Error {
        Error::new(Code::InvalidModel, message).with_place(self.models.place_in(table, span))
    }

    /// No two tables, types or sequences of one name, as long as they are for one engine.
    fn names(&self, errors: &mut Vec<Error>) {
        let twice = |what: &str, name: Name<'_>, first: &Place, second: Place| {
            Error::new(Code::InvalidModel, format!("two {what} are called `{}`", shown(name)))
                .with_place(second)
                .with_help(format!("the other stands in {first}: give one of them another name"))
        };
        let mut tables: BTreeMap<(Dialect, Name<'_>), &Table> = BTreeMap::new();
        for table in &self.models.tables {
            let name = name_of(table);
            let place = |table: &Table| self.models.place_in(table, table.model.name.span);
            let other = Dialect::ALL
                .into_iter()
                .filter(|dialect| table.model.only.includes(*dialect))
                .find_map(|dialect| tables.insert((dialect, name), table));
            if let Some(other) = other {
                errors.push(twice("tables", name, &place(other), place(table)));
            }
        }
        let mut enums: BTreeMap<Name<'_>, Place> = BTreeMap::new();
        for enumeration in &self.models.enums {
            let model = &enumeration.model;
            let place = self.models.place_in_enum(enumeration, model.name.span);
            let name = (model.schema.as_ref().map(|schema| schema.value.as_str()), model.name.value.as_str());
            if let Some(other) = enums.insert(name, place.clone()) {
                errors.push(twice("enums", name, &other, place));
            }
        }
        let mut sequences: BTreeMap<(Dialect, Name<'_>), Place> = BTreeMap::new();
        for table in &self.models.tables {
            for sequence in &table.model.sequences {
                let place = self.models.place_in(table, sequence.name.span);
                let name = (
                    sequence.schema.as_ref().map(|schema| schema.value.as_str()),
                    sequence.name.value.as_str(),
                );
                let other = Dialect::ALL
                    .into_iter()
                    .filter(|dialect| sequence.only.includes(*dialect))
                    .find_map(|dialect| sequences.insert((dialect, name), place.clone()));
                if let Some(other) = other {
                    errors.push(twice("sequences", name, &other, place));
                }
            }
        }
    }

    /// No two things say that they were called the same before: only one of them can have been.
    fn former_names(&self, errors: &mut Vec<Error>) {
        let mut former = FormerNames::default();
        for table in &self.models.tables {
            let model = &table.model;
            let place = |span| self.models.place_in(table, span);
            let schema = model.options.base.schema.as_ref().map(|schema| schema.value.as_str());
            let here = |dialect| model.only.includes(dialect);
            former.note("tables", (schema, ""), model.renamed_from.as_ref(), here, place);
            let of = (schema, model.name.value.as_str());
            for column in &model.columns {
                former.note("columns", of, column.renamed_from.as_ref(), here, place);
            }
            for sequence in &model.sequences {
                let schema = sequence.schema.as_ref().map(|schema| schema.value.as_str());
                let here = |dialect| here(dialect) && sequence.only.includes(dialect);
                former.note("sequences", (schema, ""), sequence.renamed_from.as_ref(), here, place);
            }
            let uniques = model.uniques.iter().map(|unique| (&unique.renamed_from, &unique.only));
            let indexes = model.indexes.iter().map(|index| (&index.renamed_from, &index.only));
            let keys = model.foreign_keys.iter().map(|key| (&key.renamed_from, &key.only));
            let checks = model.checks.iter().map(|check| (&check.renamed_from, &check.only));
            let exclusions = model.exclusions.iter().map(|one| (&one.renamed_from, &one.only));
            for (from, only) in indexes.chain(uniques).chain(keys).chain(checks).chain(exclusions) {
                let here = |dialect| here(dialect) && only.includes(dialect);
                former.note("indexes or constraints", of, from.as_ref(), here, place);
            }
        }
        for enumeration in &self.models.enums {
            let model = &enumeration.model;
            let place = |span| self.models.place_in_enum(enumeration, span);
            let schema = model.schema.as_ref().map(|schema| schema.value.as_str());
            former.note("enums", (schema, ""), model.renamed_from.as_ref(), |_| true, place);
            let of = (schema, model.name.value.as_str());
            for value in &model.values {
                former.note("values", of, value.renamed_from.as_ref(), |_| true, place);
            }
        }
        errors.append(&mut former.errors);
    }

    /// Our own tables have their names to themselves.
    fn reserved(&self, reserved: &[String], errors: &mut Vec<Error>) {
        for table in &self.models.tables {
            let name = &table.model.name;
            if reserved.iter().any(|ours| ours.eq_ignore_ascii_case(name)) {
                let message = format!("`{}` is a table of cargo-migrate itself", name.value);
                errors.push(self.error(table, name.span, message).with_help(
                    "call yours something else; or ours, with `version_table` in migrate.toml, before the first upgrade",
                ));
            }
        }
    }

    /// Every foreign key leads to a column of a model.
    fn references(&self, table: &Table, errors: &mut Vec<Error>) {
        for key in table.model.foreign_keys.iter().filter(|key| !key.external) {
            let reference = &key.reference;
            let name = (reference.schema.as_deref(), reference.table.as_str());
            let Some(target) = self.models.referred(name) else {
                errors.push(self.no_table(table, reference.span, name));
                continue;
            };
            if reference.columns.is_empty() {
                let (own, referred) = (key.columns.len(), Models::key_columns(target).len());
                if own != referred {
                    let message = match referred {
                        0 => format!("table `{}` has no primary key", shown(name)),
                        _ => {
                            format!("the primary key of `{}` has {referred} columns, not {own}", shown(name))
                        }
                    };
                    let help = "say what is referred to: `references = \"table(a, b)\"`";
                    errors.push(self.error(table, reference.span, message).with_help(help));
                }
            }
            let names: Vec<_> =
                target.model.columns.iter().map(|column| column.name.value.as_str()).collect();
            for column in &reference.columns {
                if names.contains(&column.as_str()) {
                    continue;
                }
                let message = format!("table `{}` has no column `{column}`", shown(name));
                let help = match suggest(column, names.iter().copied()).first() {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("its columns are {}", names.join(", ")),
                };
                errors.push(self.error(table, reference.span, message).with_help(help));
            }
        }
    }

    fn no_table(&self, table: &Table, span: Span, name: Name<'_>) -> Error {
        let error = self.error(table, span, format!("no model is the table `{}`", shown(name)));
        let names = self.models.tables.iter().map(|table| shown(name_of(table))).collect::<Vec<_>>();
        let by_struct = self.models.tables.iter().find(|table| table.model.ident.value == name.1);
        error.with_help(match (by_struct, suggest(&shown(name), names.iter().map(String::as_str)).first()) {
            (Some(table), _) => {
                format!("tables go by their names in the database: write `{}`", shown(name_of(table)))
            }
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => {
                "if the table is none of the models, write `foreign_key(references = \"...\", external)`"
                    .to_owned()
            }
        })
    }

    /// Only whole numbers number rows.
    fn identity(&self, table: &Table, column: &ColumnModel<ColumnType>, errors: &mut Vec<Error>) {
        let counts = match &column.ty.ty {
            ModelType::Integer { .. } | ModelType::Decimal | ModelType::Raw(_) | ModelType::Told => true,
            ModelType::Boolean
            | ModelType::Float { .. }
            | ModelType::Text
            | ModelType::Character
            | ModelType::Bytes(_)
            | ModelType::Date
            | ModelType::Time
            | ModelType::DateTime
            | ModelType::Timestamp
            | ModelType::Interval
            | ModelType::Uuid
            | ModelType::Json
            | ModelType::Inet { .. }
            | ModelType::MacAddress
            | ModelType::Enum(_)
            | ModelType::Array(_)
            | ModelType::Hstore => false,
        };
        for options in column.options.all().filter(|options| options.sql_type.is_none()) {
            let Some(identity) = &options.identity else { continue };
            if !counts {
                let message = format!(
                    "`{}.{}` is no whole number: nothing can number it",
                    table.model.ident.value, column.field.value
                );
                errors.push(
                    self.error(table, identity.span, message)
                        .with_help("an identity is an i16, an i32 or an i64"),
                );
            } else if column.ty.nullable {
                let message = format!(
                    "`{}.{}` is numbered by the database, and never NULL",
                    table.model.ident.value, column.field.value
                );
                errors.push(self.error(table, identity.span, message).with_help("take the `Option` away"));
            }
        }
    }

    /// A literal is a value of the column's type.
    fn defaults(&self, table: &Table, column: &ColumnModel<ColumnType>, errors: &mut Vec<Error>) {
        for options in column.options.all().filter(|options| options.sql_type.is_none()) {
            let Some(default) = &options.default else { continue };
            let DefaultModel::Literal(literal) = &default.value else { continue };
            if let Err((why, help)) = self.fits(&column.ty.ty, literal) {
                let message =
                    format!("the default of `{}.{}` {why}", table.model.ident.value, column.field.value);
                errors.push(self.error(table, default.span, message).with_help(help));
            }
        }
    }

    fn fits(&self, ty: &ModelType, literal: &Literal) -> Result<(), (String, String)> {
        const SQL: &str = "SQL goes into `default_expr = \"...\"`";
        let wrong = |what: &str| Err((format!("is no {what}"), SQL.to_owned()));
        match (ty, literal) {
            (ModelType::Enum(number), Literal::Text(_) | Literal::Variant(_)) => {
                self.is_value(*number, literal)
            }
            (ModelType::Enum(_), _) => {
                wrong("value of the enum: write `Enum::Variant`, or its value in the database")
            }
            (_, Literal::Variant(path)) => Err((
                format!("is `{}`, and the column holds no enum with derive(Enum)", path.join("::")),
                "write a literal; constants and functions of Rust are not looked into".to_owned(),
            )),
            (ModelType::Integer { bits, unsigned }, Literal::Integer(number)) => {
                let (least, most) = if *unsigned {
                    (0, (1_i128 << bits) - 1)
                } else {
                    (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1)
                };
                if (least..=most).contains(number) {
                    Ok(())
                } else {
                    wrong("number of its type: it is too great or too small")
                }
            }
            (ModelType::Decimal, Literal::Text(text)) if text.parse::<f64>().is_err() => wrong("number"),
            (ModelType::Raw(_) | ModelType::Told, _)
            | (ModelType::Boolean, Literal::Boolean(_))
            | (ModelType::Float { .. } | ModelType::Decimal, Literal::Integer(_) | Literal::Float(_))
            | (ModelType::Bytes(_), Literal::Bytes(_)) => Ok(()),
            (ModelType::Boolean, _) => wrong("truth value: write true or false"),
            (ModelType::Integer { .. }, _) => wrong("whole number"),
            (ModelType::Float { .. }, _) => wrong("number"),
            (ModelType::Array(_), Literal::Text(_)) => Ok(()),
            (ModelType::Array(_), _) => Err((
                "is no array".to_owned(),
                "write it as the database does, as a text: `default = \"{1,2}\"`, or SQL: `default_expr = \"...\"`"
                    .to_owned(),
            )),
            (_, Literal::Text(_)) => Ok(()),
            (ModelType::Decimal, _) => wrong("number"),
            (ModelType::Bytes(_), _) => wrong("text of bytes: write b\"...\""),
            (_, _) => wrong("text"),
        }
    }

    fn is_value(&self, number: usize, literal: &Literal) -> Result<(), (String, String)> {
        let model = &self.models.enums[number].model;
        let variants: Vec<_> = model.values.iter().map(|value| value.variant.value.as_str()).collect();
        let values: Vec<_> = model.values.iter().map(|value| value.name.value.as_str()).collect();
        let (word, known) = match literal {
            Literal::Text(text) => (text.as_str(), values),
            Literal::Variant(path) => (path.last().map_or("", String::as_str), variants),
            Literal::Bytes(_) | Literal::Integer(_) | Literal::Float(_) | Literal::Boolean(_) => {
                return Ok(());
            }
        };
        if known.contains(&word) {
            return Ok(());
        }
        let help = match suggest(word, known.iter().copied()).first() {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("`{}` has {}", model.ident.value, known.join(", ")),
        };
        Err((format!("is `{word}`, which `{}` does not have", model.ident.value), help))
    }
}

/// The old names that `renamed_from` has told so far: the noun, the table or type that they are in, and the name.
#[derive(Default)]
struct FormerNames<'m> {
    told: BTreeMap<(Dialect, &'static str, Name<'m>, &'m str), Place>,
    errors: Vec<Error>,
}

impl<'m> FormerNames<'m> {
    fn note(
        &mut self,
        what: &'static str,
        of: Name<'m>,
        from: Option<&'m Spanned<String>>,
        is_for: impl Fn(Dialect) -> bool,
        place: impl Fn(Span) -> Place,
    ) {
        let Some(from) = from else { return };
        let place = place(from.span);
        let key = |dialect| (dialect, what, of, from.value.as_str());
        let mut others = Vec::new();
        for dialect in Dialect::ALL.into_iter().filter(|dialect| is_for(*dialect)) {
            others.extend(self.told.insert(key(dialect), place.clone()));
        }
        if let Some(other) = others.first() {
            let message = format!("two {what} were called `{}` before", from.value);
            let help = format!("the other stands in {other}: take `renamed_from` from the one that is new");
            self.errors.push(Error::new(Code::InvalidModel, message).with_place(place).with_help(help));
        }
    }
}

impl Models {
    /// The table of that name.
    pub(crate) fn named(&self, name: Name<'_>) -> Option<&Table> {
        self.tables.iter().find(|table| name_of(table) == name)
    }

    /// The table that a reference means: one without a schema may be the only one of its name, whatever schema it is in.
    pub(crate) fn referred(&self, name: Name<'_>) -> Option<&Table> {
        self.named(name).or_else(|| {
            let mut others = self.tables.iter().filter(|table| table.model.name.value == name.1);
            others.next().filter(|_| name.0.is_none() && others.next().is_none())
        })
    }

    /// The columns of a table's primary key, by their names in the database.
    pub(crate) fn key_columns(table: &Table) -> Vec<&str> {
        let key = table.model.primary_key.iter().flat_map(|key| &key.columns);
        key.filter_map(|field| table.model.column(field)).map(|column| column.name.value.as_str()).collect()
    }
}

/// The name of a table, for all engines.
fn name_of(table: &Table) -> Name<'_> {
    let schema = table.model.options.base.schema.as_ref();
    (schema.map(|schema| schema.value.as_str()), &table.model.name.value)
}

fn shown((schema, name): Name<'_>) -> String {
    schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"))
}
