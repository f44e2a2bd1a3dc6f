//! A struct as a table: its options, keys, indexes and checks.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::{Dialect, Error};
use migrate_models::{
    Action, CheckModel, ExclusionModel, ForeignKeyModel, IndexKey as ModelKey, IndexModel, IndexPart, Nulls,
    Spanned, UniqueModel,
};
use proc_macro2::Span;

use super::{
    Lack, Lowering,
    column::Role,
    engine,
    naming::{Kind, shortened},
};
use crate::{
    models::{Models, Table as Model},
    schema::{
        Check, Deferrable, Exclusion, ForeignKey, Index, IndexKey, KeyPart, NullsOrder, PrimaryKey,
        ReferentialAction, Table, Unique,
    },
};

/// Names that are taken on a table, so that no two things get one by convention.
type Taken = BTreeSet<String>;

/// Whether something is so, if anybody has said.
fn is_set(flag: Option<Spanned<bool>>) -> bool {
    flag.is_some_and(|flag| flag.value)
}

fn text(text: Option<&Spanned<String>>) -> Option<String> {
    text.map(|text| text.value.clone())
}

impl Lowering<'_> {
    pub(super) fn table(&self, model: &Model, errors: &mut Vec<Error>) -> Table {
        let mut table = Table::new(self.name_of(model));
        let has_comments = self.dialect != Dialect::Sqlite;
        table.comment = text(model.model.comment.as_ref()).filter(|_| has_comments);
        table.options = self.options(model);
        let roles = self.roles(model, table.has_option("strict"));
        for column in &model.model.columns {
            let role = roles.get(column.field.value.as_str()).copied().unwrap_or_default();
            table.columns.extend(self.column(model, column, role, errors));
        }
        let mut taken = said_names(model);
        table.primary_key = self.primary_key(model, &mut taken, errors);
        for unique in model.model.uniques.iter().filter(|unique| unique.only.includes(self.dialect)) {
            self.unique(model, unique, &mut table, &mut taken, errors);
        }
        for index in model.model.indexes.iter().filter(|index| index.only.includes(self.dialect)) {
            table.indexes.extend(self.index(model, index, &mut taken, errors));
        }
        for key in model.model.foreign_keys.iter().filter(|key| key.only.includes(self.dialect)) {
            table.foreign_keys.extend(self.foreign_key(model, key, &mut taken, errors));
        }
        for check in model.model.checks.iter().filter(|check| check.only.includes(self.dialect)) {
            let named = self.check(model, check, &mut taken);
            table.checks.push(named);
        }
        for column in &model.model.columns {
            if let Some(expression) = self.values_check(column) {
                let name = self.constraint_name(None, Kind::Check, model, &[&column.name], "", &mut taken);
                table.checks.push(Check {
                    name,
                    expression,
                    no_inherit: false,
                    not_valid: false,
                    comment: None,
                });
            }
        }
        for exclusion in model.model.exclusions.iter().filter(|one| one.only.includes(self.dialect)) {
            table.exclusions.extend(self.exclusion(model, exclusion, &mut taken, errors));
        }
        table
    }

    fn options(&self, model: &Model) -> BTreeMap<String, String> {
        let options = model.model.options.of(self.dialect);
        let mut words = BTreeMap::new();
        let mut put = |word: &str, value: Option<String>| {
            words.extend(value.map(|value| (word.to_owned(), value)));
        };
        let truth = |flag| is_set(flag).then(|| "true".to_owned());
        match self.dialect {
            Dialect::Postgres => {
                put("unlogged", truth(options.unlogged));
                for (word, value) in options.with.unwrap_or_default() {
                    put(&word, Some(value.value));
                }
            }
            Dialect::Mysql | Dialect::Mariadb => {
                put("engine", text(options.engine.as_ref()));
                put("charset", text(options.charset.as_ref()));
                put("collation", text(options.collation.as_ref()));
                put("row_format", text(options.row_format.as_ref()));
            }
            Dialect::Sqlite => {
                put("strict", truth(options.strict));
                put("without_rowid", truth(options.without_rowid));
            }
            Dialect::Mssql => {}
        }
        words
    }

    /// What the keys and indexes of this engine make of each field.
    fn roles<'t>(&self, model: &'t Model, strict: bool) -> BTreeMap<&'t str, Role> {
        let mut roles: BTreeMap<&str, Role> = model
            .model
            .columns
            .iter()
            .map(|column| (column.field.value.as_str(), Role { strict, ..Role::default() }))
            .collect();
        let mut keyed: BTreeSet<String> = BTreeSet::new();
        if let Some(key) = &model.model.primary_key {
            for field in &key.columns {
                if let Some(role) = roles.get_mut(field.value.as_str()) {
                    (role.primary, role.alone) = (true, key.columns.len() == 1);
                }
                keyed.insert(field.value.clone());
            }
        }
        for unique in model.model.uniques.iter().filter(|unique| unique.only.includes(self.dialect)) {
            keyed.extend(unique.columns.iter().map(|field| field.value.clone()));
        }
        for key in model.model.foreign_keys.iter().filter(|key| key.only.includes(self.dialect)) {
            keyed.extend(key.columns.iter().map(|field| field.value.clone()));
        }
        for index in model.model.indexes.iter().filter(|index| index.only.includes(self.dialect)) {
            let options = index.options.of(self.dialect);
            // The other kinds of indexes take texts of any length.
            let is_ordered = options.using.is_none_or(|using| matches!(using.as_str(), "btree" | "hash"));
            for part in options.parts.into_iter().flatten().filter(|part| is_ordered && part.prefix.is_none())
            {
                if let ModelKey::Field(field) = part.key.value {
                    keyed.insert(field);
                }
            }
        }
        for (field, role) in &mut roles {
            role.keyed = keyed.contains(*field);
        }
        roles
    }

    /// Columns by the fields that name them.
    fn columns(model: &Model, fields: &[Spanned<String>]) -> Vec<String> {
        let columns = fields.iter().filter_map(|field| model.model.column(field));
        columns.map(|column| column.name.value.clone()).collect()
    }

    /// The name that is said, or one by convention that nothing else on the table has.
    fn object_name(
        &self,
        said: Option<&Spanned<String>>,
        kind: Kind,
        model: &Model,
        columns: &[&str],
        referred_table: &str,
        taken: &mut Taken,
    ) -> String {
        if let Some(said) = said {
            return said.value.clone();
        }
        let name = self.naming.name(self.dialect, kind, &model.model.name, columns, referred_table);
        let mut candidate = name.clone();
        let mut number = 2;
        while !taken.insert(candidate.clone()) {
            candidate = shortened(self.dialect, format!("{name}_{number}"));
            number += 1;
        }
        candidate
    }

    /// The same for a constraint. On SQLite only a name that is said: there a constraint cannot be addressed, and most
    /// have none.
    fn constraint_name(
        &self,
        said: Option<&Spanned<String>>,
        kind: Kind,
        model: &Model,
        columns: &[&str],
        referred_table: &str,
        taken: &mut Taken,
    ) -> Option<String> {
        match self.dialect {
            Dialect::Sqlite => text(said),
            Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => {
                Some(self.object_name(said, kind, model, columns, referred_table, taken))
            }
        }
    }

    /// A comment on something that is no table and no column.
    fn comment(&self, comment: Option<&Spanned<String>>) -> Option<String> {
        match self.dialect {
            Dialect::Postgres | Dialect::Mssql => text(comment),
            Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => None,
        }
    }

    /// An error about a part of a table.
    fn part_lacks(&self, model: &Model, span: Span, what: &str, lacking: &str) -> Error {
        let lack = Lack::new(
            format!("{lacking}, which {} does not have", engine(self.dialect)),
            format!(
                "say what is to be there with `{0}(...)` inside it, or leave it to others: `only(...)` without {0}",
                self.dialect
            ),
        );
        self.lacking(model, span, what, lack)
    }

    /// When a constraint is checked, where an engine leaves the choice.
    fn deferrable(
        deferrable: Option<Spanned<bool>>,
        initially: Option<Spanned<bool>>,
        engine_has_it: bool,
    ) -> Result<Deferrable, Span> {
        let asked = match (is_set(deferrable), is_set(initially)) {
            (_, true) => Deferrable::Deferred,
            (true, false) => Deferrable::Immediate,
            (false, false) => Deferrable::No,
        };
        match (asked, initially.or(deferrable)) {
            (Deferrable::Immediate | Deferrable::Deferred, Some(said)) if !engine_has_it => Err(said.span),
            (asked, _) => Ok(asked),
        }
    }

    fn primary_key(&self, model: &Model, taken: &mut Taken, errors: &mut Vec<Error>) -> Option<PrimaryKey> {
        let key = model.model.primary_key.as_ref()?;
        let columns = Self::columns(model, &key.columns);
        let named: Vec<_> = columns.iter().map(String::as_str).collect();
        let is_postgres = self.dialect == Dialect::Postgres;
        let name = match self.dialect {
            // It is always `PRIMARY`.
            Dialect::Mysql | Dialect::Mariadb => None,
            Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {
                self.constraint_name(key.name.as_ref(), Kind::PrimaryKey, model, &named, "", taken)
            }
        };
        let deferrable = Self::deferrable(key.deferrable, key.initially_deferred, is_postgres)
            .unwrap_or_else(|span| {
                let what = format!("the primary key of `{}`", model.model.ident.value);
                let lacking = format!("is deferrable, which {} does not have", engine(self.dialect));
                let lack = Lack::new(lacking, "leave `deferrable` out");
                errors.push(self.lacking(model, span, &what, lack));
                Deferrable::No
            });
        Some(PrimaryKey {
            name,
            columns,
            include: if is_postgres { Self::columns(model, &key.include) } else { Vec::new() },
            deferrable,
            clustered: match self.dialect {
                // A primary key is CLUSTERED unless told otherwise.
                Dialect::Mssql => key.clustered.map(|flag| flag.value).filter(|clustered| !clustered),
                Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => None,
            },
            comment: self.comment(key.comment.as_ref()),
        })
    }

    /// A unique constraint, which on MySQL and MariaDB is a unique index.
    fn unique(
        &self,
        model: &Model,
        unique: &UniqueModel,
        table: &mut Table,
        taken: &mut Taken,
        errors: &mut Vec<Error>,
    ) {
        let options = unique.options.of(self.dialect);
        let columns = Self::columns(model, &unique.columns);
        let named: Vec<_> = columns.iter().map(String::as_str).collect();
        let what = format!("the unique constraint on {} of `{}`", named.join(", "), model.model.ident.value);
        let is_postgres = self.dialect == Dialect::Postgres;
        let before = errors.len();
        let deferrable = Self::deferrable(options.deferrable, options.initially_deferred, is_postgres);
        let deferrable = deferrable.unwrap_or_else(|span| {
            errors.push(self.part_lacks(model, span, &what, "is deferrable"));
            Deferrable::No
        });
        if let Some(span) = self.other_nulls(options.nulls_not_distinct) {
            errors.push(self.part_lacks(model, span, &what, "lets NULL stand once only"));
        }
        if errors.len() > before {
            return;
        }
        match self.dialect {
            Dialect::Mysql | Dialect::Mariadb => {
                let name = self.object_name(unique.name.as_ref(), Kind::Unique, model, &named, "", taken);
                let mut index = Index::new(name, columns.into_iter().map(IndexKey::column).collect());
                index.unique = true;
                index.comment = text(unique.comment.as_ref());
                table.indexes.push(index);
            }
            Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {
                let name = self.constraint_name(unique.name.as_ref(), Kind::Unique, model, &named, "", taken);
                let include = options.include.unwrap_or_default();
                table.uniques.push(Unique {
                    name,
                    columns,
                    include: if is_postgres { Self::columns(model, &include) } else { Vec::new() },
                    nulls_not_distinct: is_postgres && is_set(options.nulls_not_distinct),
                    deferrable,
                    clustered: match self.dialect {
                        // A unique constraint is NONCLUSTERED unless told otherwise.
                        Dialect::Mssql => {
                            options.clustered.map(|flag| flag.value).filter(|clustered| *clustered)
                        }
                        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => None,
                    },
                    comment: self.comment(unique.comment.as_ref()),
                });
            }
        }
    }

    /// Where NULLs are asked to be the same, on an engine that lets any number of them stand.
    fn other_nulls(&self, nulls_not_distinct: Option<Spanned<bool>>) -> Option<Span> {
        match self.dialect {
            // To SQL Server two NULLs are always the same.
            Dialect::Postgres | Dialect::Mssql => None,
            Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => {
                nulls_not_distinct.filter(|flag| flag.value).map(|flag| flag.span)
            }
        }
    }

    fn index(
        &self,
        model: &Model,
        index: &IndexModel,
        taken: &mut Taken,
        errors: &mut Vec<Error>,
    ) -> Option<Index> {
        let options = index.options.of(self.dialect);
        let own = index.options.engines.get(&self.dialect);
        let parts = options.parts.clone().unwrap_or_default();
        let words: Vec<String> = parts.iter().flat_map(|part| words_of(model, part)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let name = self.object_name(index.name.as_ref(), Kind::Index, model, &words, "", taken);
        let what = format!("the index `{name}`");
        let before = errors.len();
        let mut lacks = |span, lacking: &str| errors.push(self.part_lacks(model, span, &what, lacking));
        if let Some(filter) = &options.filter {
            match self.dialect {
                Dialect::Mysql | Dialect::Mariadb => lacks(filter.span, "is partial"),
                Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {}
            }
        }
        if let Some(span) = self.other_nulls(options.nulls_not_distinct) {
            lacks(span, "lets NULL stand once only");
        }
        let method = options.using.as_ref().map(|using| (using.value.to_ascii_lowercase(), using.span));
        if let Some((method, span)) = &method {
            let known = match self.dialect {
                Dialect::Postgres => true,
                Dialect::Mysql | Dialect::Mariadb => {
                    ["btree", "hash", "fulltext", "spatial"].contains(&method.as_str())
                }
                Dialect::Mssql => ["btree", "columnstore"].contains(&method.as_str()),
                Dialect::Sqlite => method == "btree",
            };
            if !known {
                lacks(*span, &format!("is of the kind `{method}`"));
            }
        }
        let keys = parts.iter().map(|part| self.key(model, part, &mut lacks)).collect();
        if errors.len() > before {
            return None;
        }
        let mut built = Index::new(name, keys);
        built.unique = index.unique;
        built.method = method.map(|(method, _)| method).filter(|method| method != "btree");
        built.filter = text(options.filter.as_ref());
        built.comment = match self.dialect {
            Dialect::Sqlite => None,
            Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => {
                text(index.comment.as_ref())
            }
        };
        let include = Self::columns(model, options.include.as_deref().unwrap_or_default());
        match self.dialect {
            Dialect::Postgres => {
                built.include = include;
                built.nulls_not_distinct = is_set(options.nulls_not_distinct);
            }
            Dialect::Mssql => {
                built.include = include;
                built.clustered = is_set(options.clustered);
            }
            Dialect::Mysql | Dialect::Mariadb => built.invisible = is_set(options.invisible),
            Dialect::Sqlite => {}
        }
        // What is said for all is in the words of PostgreSQL.
        let with = match self.dialect {
            Dialect::Postgres => options.with,
            Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => own.and_then(|own| own.with.clone()),
            Dialect::Sqlite => None,
        };
        built.options =
            with.unwrap_or_default().into_iter().map(|(word, value)| (word, value.value)).collect();
        Some(built)
    }

    fn key(&self, model: &Model, part: &IndexPart, lacks: &mut impl FnMut(Span, &str)) -> IndexKey {
        let mut key = IndexKey::column("");
        key.part = match &part.key.value {
            ModelKey::Field(field) => {
                KeyPart::Column(model.model.column(field).map_or(field, |column| &column.name.value).clone())
            }
            ModelKey::Expression(sql) => {
                match self.dialect {
                    Dialect::Mariadb | Dialect::Mssql => lacks(part.key.span, "has an expression"),
                    Dialect::Postgres | Dialect::Mysql | Dialect::Sqlite => {}
                }
                KeyPart::Expression(sql.clone())
            }
        };
        key.descending = part.descending;
        match self.dialect {
            Dialect::Postgres => {
                // Where NULLs stand by themselves is not said.
                key.nulls = match (part.nulls, part.descending) {
                    (Some(Nulls::First), false) => Some(NullsOrder::First),
                    (Some(Nulls::Last), true) => Some(NullsOrder::Last),
                    (Some(Nulls::First), true) | (Some(Nulls::Last), false) | (None, _) => None,
                };
                key.operator_class = text(part.operator_class.as_ref());
                key.collation = text(part.collation.as_ref());
            }
            Dialect::Sqlite => key.collation = text(part.collation.as_ref()),
            Dialect::Mysql | Dialect::Mariadb => key.prefix = part.prefix.map(|prefix| prefix.value),
            Dialect::Mssql => {}
        }
        if let (Some(collation), Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql) =
            (&part.collation, self.dialect)
        {
            lacks(collation.span, "has a collation of its own");
        }
        key
    }

    fn foreign_key(
        &self,
        model: &Model,
        key: &ForeignKeyModel,
        taken: &mut Taken,
        errors: &mut Vec<Error>,
    ) -> Option<ForeignKey> {
        let options = key.options.of(self.dialect);
        let reference = &key.reference.value;
        let columns = Self::columns(model, &key.columns);
        let named: Vec<_> = columns.iter().map(String::as_str).collect();
        let what = format!("the foreign key on {} of `{}`", named.join(", "), model.model.ident.value);
        let before = errors.len();

        let target = self.models.referred((reference.schema.as_deref(), &reference.table));
        let target = target.filter(|_| !key.external);
        let (referred_table, referred_columns) = match target {
            Some(target) => {
                if !target.model.only.includes(self.dialect) {
                    let message = format!(
                        "refers to `{}`, which {} does not get",
                        reference.table,
                        engine(self.dialect)
                    );
                    let lack = Lack::new(message, "give the key the `only(...)` of that table");
                    errors.push(self.lacking(model, key.reference.span, &what, lack));
                }
                let columns = match (self.dialect, reference.columns.is_empty()) {
                    (Dialect::Sqlite, true) => Vec::new(),
                    (_, true) => Models::key_columns(target).into_iter().map(str::to_owned).collect(),
                    (_, false) => reference.columns.clone(),
                };
                (self.name_of(target), columns)
            }
            None => {
                (self.name_outside(reference.schema.as_ref(), &reference.table), reference.columns.clone())
            }
        };
        if referred_columns.is_empty() && self.dialect != Dialect::Sqlite {
            let lack =
                Lack::new("does not say which columns it refers to", "write `references = \"table.column\"`");
            errors.push(self.lacking(model, key.reference.span, &what, lack));
        }

        let has_deferrable = match self.dialect {
            Dialect::Postgres | Dialect::Sqlite => true,
            Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => false,
        };
        let deferrable = Self::deferrable(options.deferrable, options.initially_deferred, has_deferrable);
        let deferrable = deferrable.unwrap_or_else(|span| {
            errors.push(self.part_lacks(model, span, &what, "is deferrable"));
            Deferrable::No
        });
        let match_full = options.match_full.filter(|flag| flag.value);
        if let Some(flag) = match_full.filter(|_| self.dialect != Dialect::Postgres) {
            errors.push(self.part_lacks(model, flag.span, &what, "is MATCH FULL"));
        }
        let mut action = |said: Option<Spanned<Action>>| {
            let Some(said) = said else { return ReferentialAction::NoAction };
            match (said.value, self.dialect) {
                (Action::NoAction, _) => ReferentialAction::NoAction,
                // There it is the same, or there is no such word.
                (Action::Restrict, Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql) => {
                    ReferentialAction::NoAction
                }
                (Action::Restrict, Dialect::Postgres | Dialect::Sqlite) => ReferentialAction::Restrict,
                (Action::Cascade, _) => ReferentialAction::Cascade,
                (Action::SetNull, _) => ReferentialAction::SetNull,
                // InnoDB refuses it.
                (Action::SetDefault, Dialect::Mysql | Dialect::Mariadb) => {
                    errors.push(self.part_lacks(model, said.span, &what, "sets the default"));
                    ReferentialAction::NoAction
                }
                (Action::SetDefault, Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite) => {
                    ReferentialAction::SetDefault
                }
            }
        };
        let (on_delete, on_update) = (action(options.on_delete), action(options.on_update));
        let name = self.constraint_name(
            key.name.as_ref(),
            Kind::ForeignKey,
            model,
            &named,
            &referred_table.name,
            taken,
        );
        (errors.len() == before).then(|| ForeignKey {
            name,
            columns,
            referred_table,
            referred_columns,
            on_delete,
            delete_columns: Vec::new(),
            on_update,
            match_full: match_full.is_some(),
            deferrable,
            not_valid: false,
            comment: self.comment(key.comment.as_ref()),
        })
    }

    fn check(&self, model: &Model, check: &CheckModel, taken: &mut Taken) -> Check {
        let expression = check.options.of(self.dialect).expression.map(|sql| sql.value).unwrap_or_default();
        let of_field = check.field.as_ref().and_then(|field| model.model.column(field));
        let columns: Vec<&str> = match of_field {
            Some(column) => vec![&column.name],
            None => mentioned(names(model), &expression),
        };
        let name = self.constraint_name(check.name.as_ref(), Kind::Check, model, &columns, "", taken);
        Check {
            name,
            expression,
            no_inherit: self.dialect == Dialect::Postgres && is_set(check.no_inherit),
            not_valid: false,
            comment: self.comment(check.comment.as_ref()),
        }
    }

    fn exclusion(
        &self,
        model: &Model,
        exclusion: &ExclusionModel,
        taken: &mut Taken,
        errors: &mut Vec<Error>,
    ) -> Option<Exclusion> {
        let columns = mentioned(names(model), &exclusion.expression);
        let name = self.object_name(exclusion.name.as_ref(), Kind::Exclusion, model, &columns, "", taken);
        match self.dialect {
            Dialect::Postgres => {}
            Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite => {
                let lack = Lack::new(
                    format!("is asked for, and {} has none", engine(self.dialect)),
                    "leave it to PostgreSQL: `exclude(..., only(postgres))`",
                );
                let what = format!("the exclusion constraint `{name}`");
                errors.push(self.lacking(model, exclusion.at.span, &what, lack));
                return None;
            }
        }
        let method = exclusion.using.as_ref().map_or("gist", |using| using.value.as_str());
        let mut definition = format!("EXCLUDE USING {method} ({})", exclusion.expression.value);
        if let Some(filter) = &exclusion.filter {
            definition = format!("{definition} WHERE ({})", filter.value);
        }
        match Self::deferrable(exclusion.deferrable, exclusion.initially_deferred, true) {
            Ok(Deferrable::Immediate) => definition.push_str(" DEFERRABLE"),
            Ok(Deferrable::Deferred) => definition.push_str(" DEFERRABLE INITIALLY DEFERRED"),
            Ok(Deferrable::No) | Err(_) => {}
        }
        Some(Exclusion { name, definition, comment: text(exclusion.comment.as_ref()) })
    }
}

/// The names that the model writes out.
fn said_names(model: &Model) -> Taken {
    let model = &model.model;
    let names = model.primary_key.iter().filter_map(|key| key.name.as_ref());
    names
        .chain(model.uniques.iter().filter_map(|unique| unique.name.as_ref()))
        .chain(model.indexes.iter().filter_map(|index| index.name.as_ref()))
        .chain(model.foreign_keys.iter().filter_map(|key| key.name.as_ref()))
        .chain(model.checks.iter().filter_map(|check| check.name.as_ref()))
        .chain(model.exclusions.iter().filter_map(|exclusion| exclusion.name.as_ref()))
        .map(|name| name.value.clone())
        .collect()
}

/// What a part of an index gives to its name: the column, or the words of the expression.
fn words_of(model: &Model, part: &IndexPart) -> Vec<String> {
    match &part.key.value {
        ModelKey::Field(field) => {
            vec![model.model.column(field).map_or(field, |column| &column.name.value).clone()]
        }
        ModelKey::Expression(sql) => words(sql).map(str::to_lowercase).collect(),
    }
}

/// The names of the columns.
fn names(model: &Model) -> impl Iterator<Item = &str> {
    model.model.columns.iter().map(|column| column.name.value.as_str())
}

/// The columns that an expression names, each once, in its order.
pub(crate) fn mentioned<'c>(columns: impl Iterator<Item = &'c str>, sql: &str) -> Vec<&'c str> {
    let columns: Vec<&str> = columns.collect();
    let mut found: Vec<&str> = Vec::new();
    for word in words(sql) {
        let column = columns.iter().find(|column| column.eq_ignore_ascii_case(word));
        found.extend(column.filter(|name| !found.contains(*name)));
    }
    found
}

/// What an expression is made of, without its signs.
pub(crate) fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}
