//! A field as a column.

use migrate_core::{Dialect, Error};
use migrate_models::{ColumnModel, ColumnOptions, DefaultModel, IdentityModel, Storage};
use proc_macro2::Span;

use super::{
    Lack, Lowering, default, engine, mssql, mysql, postgres, sequence_options, sqlite, text, wanted::Wanted,
};
use crate::{
    models::{ColumnType, ModelType, RawType, Table},
    schema::{Column, Generated, Identity, SequenceOptions},
};

/// What holds of a field beyond what it says itself.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each says something else")]
pub(super) struct Role {
    /// It is in the primary key.
    pub(super) primary: bool,
    /// It is the whole of it.
    pub(super) alone: bool,
    /// It is a part of a key or an index as a whole.
    pub(super) keyed: bool,
    /// SQLite: the table is STRICT.
    pub(super) strict: bool,
}

/// What a mapping says of a type.
pub(super) fn raw(raw: &RawType, dialect: Dialect) -> Result<String, Lack> {
    raw.of(dialect).map(str::to_owned).ok_or_else(|| Lack {
        message: format!("has a type that `[models.types]` maps, but not for {}", engine(dialect)),
        help: format!(
            "add `{dialect} = \"...\"` to it in migrate.toml, or `#[column({dialect}(type = \"...\"))]`"
        ),
        unresolved: true,
    })
}

impl Lowering<'_> {
    pub(super) fn column(
        &self,
        table: &Table,
        model: &ColumnModel<ColumnType>,
        role: Role,
        errors: &mut Vec<Error>,
    ) -> Option<Column> {
        let options = model.options_of(self.dialect);
        let mut failed = |span: Span, lack: Lack| {
            let what = format!("`{}.{}`", table.model.ident.value, model.field.value);
            errors.push(self.lacking(table, span, &what, lack));
        };
        let ty = match self.ty(model, &options, role) {
            Ok(ty) => ty,
            Err(lack) => {
                failed(model.field.span, lack);
                return None;
            }
        };
        let mut column = Column::new(&model.name.value, ty);
        let asked = options.identity.as_ref().map(|identity| (&identity.value, identity.span));
        let nobody = IdentityModel::default();
        let autoincrement = options.autoincrement.filter(|flag| flag.value);
        let asked = asked.or_else(|| autoincrement.map(|flag| (&nobody, flag.span)));
        if let Some((identity, span)) = asked {
            match self.identity(identity, role, autoincrement.is_some()) {
                Ok(identity) => column.identity = identity,
                Err(lack) => failed(span, lack),
            }
        }
        if let Some(serial) = self.serial(&column.ty) {
            serial.clone_into(&mut column.ty);
            column.identity = Some(Identity::Serial);
        }
        // What is in the primary key is never NULL; on SQLite it may be.
        let always_there = role.primary && self.dialect != Dialect::Sqlite;
        column.nullable = model.ty.nullable && !always_there;
        column.default = self.default(&options, &model.ty.ty, &column.ty);
        if let (Some(said), Some(sql)) = (&options.default, &column.default)
            && default::is_frozen(self.dialect, sql, &column.ty)
        {
            let message =
                format!("has the default {sql}, which is the moment in which the column is made, for ever");
            let help = "write `default_expr = \"now()\"`, or `\"CURRENT_DATE\"`, which is asked for each row";
            failed(said.span, Lack::new(message, help));
        }
        column.generated = options.generated.as_ref().map(|generated| Generated {
            expression: generated.value.clone(),
            stored: options.stored.is_none_or(|stored| stored.value),
        });
        column.collation = options.collation.map(|collation| collation.value);
        if self.dialect != Dialect::Sqlite {
            column.comment = model.comment.as_ref().map(|comment| comment.value.clone());
        }
        match self.dialect {
            Dialect::Mysql | Dialect::Mariadb => {
                column.charset = options.charset.map(|charset| charset.value);
                column.on_update = options.on_update.map(|sql| {
                    default::current_timestamp(&sql, &column.ty).unwrap_or_else(|| sql.value.clone())
                });
                column.invisible = options.invisible.is_some_and(|invisible| invisible.value);
            }
            Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {}
        }
        Some(column)
    }

    fn ty(
        &self,
        model: &ColumnModel<ColumnType>,
        options: &ColumnOptions,
        role: Role,
    ) -> Result<String, Lack> {
        if let Some(told) = &options.sql_type {
            // Only SQLite has columns without a type.
            return if told.value.trim().is_empty() && self.dialect != Dialect::Sqlite {
                Err(Lack::of_type(self.dialect, "of no type"))
            } else {
                Ok(told.value.clone())
            };
        }
        let wanted = Wanted {
            keyed: role.keyed,
            strict: role.strict,
            home: self.home,
            ..Wanted::new(&model.ty.ty, options, &self.models.enums)
        };
        match self.dialect {
            Dialect::Postgres => postgres::ty(&wanted),
            Dialect::Mysql | Dialect::Mariadb => mysql::ty(&wanted, self.dialect),
            Dialect::Mssql => mssql::ty(&wanted),
            Dialect::Sqlite => sqlite::ty(&wanted),
        }
    }

    /// The integer type of a column that PostgreSQL numbers in the old way.
    fn serial(&self, ty: &str) -> Option<&'static str> {
        if self.dialect != Dialect::Postgres {
            return None;
        }
        match ty.to_ascii_lowercase().as_str() {
            "smallserial" | "serial2" => Some("smallint"),
            "serial" | "serial4" => Some("integer"),
            "bigserial" | "serial8" => Some("bigint"),
            _ => None,
        }
    }

    fn identity(
        &self,
        model: &IdentityModel,
        role: Role,
        never_again: bool,
    ) -> Result<Option<Identity>, Lack> {
        let numbers = sequence_options(&model.numbers);
        let SequenceOptions { start, increment, min, max, cache, cycle } = &numbers;
        let bounds = min.is_some() || max.is_some() || cache.is_some() || *cycle;
        let plain = |what: &str| {
            Lack::new(
                format!("says {what} of its numbers, and {} has no such thing", engine(self.dialect)),
                format!("say there what it can: `#[column({}(identity))]`", self.dialect),
            )
        };
        match self.dialect {
            Dialect::Postgres if model.always => Ok(Some(Identity::Always(numbers))),
            Dialect::Postgres => Ok(Some(Identity::ByDefault(numbers))),
            Dialect::Mysql | Dialect::Mariadb => {
                if start.is_some() || increment.is_some() || bounds {
                    return Err(plain("more"));
                }
                Ok(Some(Identity::AutoIncrement))
            }
            Dialect::Mssql => {
                if bounds {
                    return Err(plain("more than where they begin and how they go on"));
                }
                Ok(Some(Identity::Seeded { seed: start.unwrap_or(1), increment: increment.unwrap_or(1) }))
            }
            Dialect::Sqlite => {
                if !role.alone {
                    return Err(Lack::new(
                        "is numbered by the database, which SQLite does for the primary key alone",
                        "make the column the whole primary key, or take the identity away: `#[column(sqlite(no_default))]`",
                    ));
                }
                if start.is_some() || increment.is_some() || bounds {
                    return Err(plain("more"));
                }
                // An INTEGER PRIMARY KEY is numbered by itself.
                Ok(never_again.then_some(Identity::AutoIncrement))
            }
        }
    }

    fn default(&self, options: &ColumnOptions, model: &ModelType, ty: &str) -> Option<String> {
        let sql = match &options.default.as_ref()?.value {
            DefaultModel::None => return None,
            DefaultModel::Literal(literal) => {
                default::literal(self.dialect, literal, model, &self.models.enums)
            }
            DefaultModel::Expression(sql) => sql.clone(),
        };
        Some(default::behind_default(self.dialect, &sql, ty))
    }

    /// The check that keeps other values out of a column whose type lets them in.
    pub(super) fn values_check(&self, model: &ColumnModel<ColumnType>) -> Option<String> {
        if model.options_of(self.dialect).sql_type.is_some() {
            return None;
        }
        let ModelType::Enum(number) = &model.ty.ty else { return None };
        let enumeration = &self.models.enums.get(*number)?.model;
        let has_types = match self.dialect {
            Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => true,
            Dialect::Mssql | Dialect::Sqlite => false,
        };
        if !enumeration.checked || (enumeration.storage == Storage::Native && has_types) {
            return None;
        }
        let values: Vec<_> = enumeration
            .values
            .iter()
            .map(|value| match (enumeration.storage, value.discriminant) {
                (Storage::Integer(_), Some(number)) => number.to_string(),
                (Storage::Native | Storage::Text | Storage::Integer(_), _) => {
                    text::string(self.dialect, &value.name)
                }
            })
            .collect();
        Some(format!("{} IN ({})", text::name(self.dialect, &model.name), values.join(", ")))
    }
}
