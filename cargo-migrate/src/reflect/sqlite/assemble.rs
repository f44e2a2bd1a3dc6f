use migrate_core::Error;

use super::{
    catalogue::{Entry, Found},
    cursor::Unreadable,
    definition::{
        self, Clause, ColumnConstraint, ColumnDefinition, KeyDefinition, Reference, TableConstraint,
        TableDefinition,
    },
    unreadable,
};
use crate::{
    schema::{
        Check, Column, Deferrable, ForeignKey, Generated, Identity, Index, IndexKey, KeyDetails, KeyPart,
        KeyPartDetails, NotNull, ObjectName, OnConflict, PrimaryKey, Table, Unique,
    },
    sqlite::{Context, Token, collation, default_value, has_comments, is_same, tidy, tokens, unquote},
};

/// A table without its indexes.
pub(super) fn table(entry: &Entry, found: &[Found]) -> Result<Table, Error> {
    let tokens = tokens(&entry.sql);
    let definition = definition::table(&entry.sql, &tokens)
        .map_err(|rest| unreadable("CREATE TABLE", &entry.name, &rest))?;
    let agrees = definition.columns.len() == found.len()
        && definition.columns.iter().zip(found).all(|(column, found)| column.name == found.name);
    if !agrees {
        return Err(unreadable("columns", &entry.name, &Unreadable(entry.sql.clone())));
    }
    let columns = definition.columns.iter().map(|column| column.name.clone()).collect();
    let mut assembly = Assembly { table: Table::new(ObjectName::local(&entry.name)), columns };
    assembly.table.details.has_comments = has_comments(&entry.sql);
    assembly.options(&definition);
    for column in &definition.columns {
        assembly.column(column);
    }
    for Clause { name, constraint } in &definition.constraints {
        assembly.table_constraint(name.as_ref(), constraint);
    }
    assembly.nullability(found);
    Ok(assembly.table)
}

/// An index of the table.
pub(super) fn index(entry: &Entry, table: &Table) -> Result<Index, Error> {
    let tokens = tokens(&entry.sql);
    let definition = definition::index(&entry.sql, &tokens)
        .map_err(|rest| unreadable("CREATE INDEX", &entry.name, &rest))?;
    let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let context = Context { table: &table.name.name, columns: &columns };
    let keys = definition.keys.iter().map(|key| {
        let part = match only_column(key.expression, &columns) {
            Some(column) => KeyPart::Column(column),
            None => KeyPart::Expression(tidy(key.expression, context)),
        };
        let collation = match &part {
            KeyPart::Column(column) => other_collation(key, table.column(column)),
            KeyPart::Expression(_) => key.collation.as_deref().map(collation),
        };
        IndexKey { part, descending: key.descending, collation, ..IndexKey::column("") }
    });
    let mut index = Index::new(&entry.name, keys.collect());
    index.unique = definition.unique;
    index.filter = definition.filter.map(|filter| tidy(filter, context));
    Ok(index)
}

struct Assembly {
    table: Table,
    /// As they are declared.
    columns: Vec<String>,
}

impl Assembly {
    fn tidy(&self, expression: &[Token<'_>]) -> String {
        tidy(expression, Context { table: &self.table.name.name, columns: &self.columns })
    }

    /// As the table spells it.
    fn declared(&self, name: &str) -> String {
        let declared = self.columns.iter().find(|column| is_same(column, name));
        declared.cloned().unwrap_or_else(|| name.to_owned())
    }

    fn options(&mut self, definition: &TableDefinition<'_, '_>) {
        let options = [("strict", definition.strict), ("without_rowid", definition.without_rowid)];
        let set = options.into_iter().filter(|(_, is_set)| *is_set);
        self.table.options.extend(set.map(|(key, _)| (key.to_owned(), "true".to_owned())));
    }

    fn column(&mut self, definition: &ColumnDefinition<'_, '_>) {
        let name = &definition.name;
        let mut column = Column::new(name, &definition.ty);
        let only = || vec![name.clone()];
        for Clause { name: constraint, constraint: what } in &definition.constraints {
            match what {
                ColumnConstraint::PrimaryKey { descending, on_conflict, autoincrement } => {
                    if *autoincrement {
                        column.identity = Some(Identity::AutoIncrement);
                    }
                    let parts = vec![KeyPartDetails { descending: *descending, collation: None }];
                    self.key_details(true, &only(), parts, *on_conflict, true);
                    self.table.primary_key = Some(primary_key(constraint.as_ref(), only()));
                }
                ColumnConstraint::NotNull { on_conflict } => {
                    column.nullable = false;
                    if constraint.is_some() || on_conflict.is_some() {
                        let details = NotNull { name: constraint.clone(), on_conflict: *on_conflict };
                        self.table.details.not_null.insert(name.clone(), details);
                    }
                }
                ColumnConstraint::Null => {}
                ColumnConstraint::Unique { on_conflict } => {
                    self.key_details(false, &only(), vec![KeyPartDetails::default()], *on_conflict, true);
                    self.table.uniques.push(unique(constraint.as_ref(), only()));
                }
                ColumnConstraint::Check(expression) => {
                    let check = check(constraint.as_ref(), self.tidy(expression));
                    self.table.checks.push(check);
                }
                ColumnConstraint::Default(value) => column.default = default_value(value),
                ColumnConstraint::Collate(name) => {
                    column.collation = Some(collation(name)).filter(|name| name != "BINARY");
                }
                ColumnConstraint::References(reference) => {
                    self.table.foreign_keys.push(foreign_key(constraint.as_ref(), only(), reference));
                }
                ColumnConstraint::Generated { expression, stored } => {
                    let expression = self.tidy(expression);
                    column.generated = Some(Generated { expression, stored: *stored });
                }
            }
        }
        self.table.columns.push(column);
    }

    fn table_constraint(&mut self, name: Option<&String>, constraint: &TableConstraint<'_, '_>) {
        match constraint {
            TableConstraint::PrimaryKey { keys, autoincrement, on_conflict } => {
                let columns = self.key_columns(keys);
                if *autoincrement
                    && let [only] = columns.as_slice()
                    && let Some(column) = self.table.columns.iter_mut().find(|column| column.name == *only)
                {
                    column.identity = Some(Identity::AutoIncrement);
                }
                self.key_details(true, &columns, self.parts(keys), *on_conflict, false);
                self.table.primary_key = Some(primary_key(name, columns));
            }
            TableConstraint::Unique { keys, on_conflict } => {
                let columns = self.key_columns(keys);
                self.key_details(false, &columns, self.parts(keys), *on_conflict, false);
                self.table.uniques.push(unique(name, columns));
            }
            TableConstraint::Check(expression) => {
                let check = check(name, self.tidy(expression));
                self.table.checks.push(check);
            }
            TableConstraint::ForeignKey { columns, reference } => {
                let columns = columns.iter().map(|column| self.declared(column)).collect();
                self.table.foreign_keys.push(foreign_key(name, columns, reference));
            }
        }
    }

    fn key_columns(&self, keys: &[KeyDefinition<'_, '_>]) -> Vec<String> {
        let name = |key: &KeyDefinition<'_, '_>| key.expression.first().map(unquote).unwrap_or_default();
        keys.iter().map(|key| self.declared(&name(key))).collect()
    }

    fn parts(&self, keys: &[KeyDefinition<'_, '_>]) -> Vec<KeyPartDetails> {
        let columns = self.key_columns(keys);
        let parts = keys.iter().zip(&columns).map(|(key, column)| KeyPartDetails {
            descending: key.descending,
            collation: other_collation(key, self.table.column(column)),
        });
        parts.collect()
    }

    /// Keeps what the key says beyond its columns, if it does.
    fn key_details(
        &mut self,
        is_primary: bool,
        columns: &[String],
        parts: Vec<KeyPartDetails>,
        on_conflict: Option<OnConflict>,
        is_inline: bool,
    ) {
        if on_conflict.is_none() && parts.iter().all(|part| *part == KeyPartDetails::default()) {
            return;
        }
        let columns = columns.to_vec();
        self.table.details.keys.push(KeyDetails { is_primary, columns, parts, on_conflict, is_inline });
    }

    /// What SQLite itself says of NULL. A column that is the row's number never is NULL, whatever the text says; what
    /// would be one but for its DESC is meant as one, and no model could say otherwise.
    fn nullability(&mut self, found: &[Found]) {
        let row_number = self.table.row_number().map(ToOwned::to_owned);
        let descending = self.table.descending_key().map(ToOwned::to_owned);
        for (column, found) in self.table.columns.iter_mut().zip(found) {
            let is_row_number = row_number.as_ref() == Some(&column.name);
            let is_descending = descending.as_ref() == Some(&column.name);
            if is_descending && found.not_null {
                self.table.details.not_null.entry(column.name.clone()).or_default();
            }
            column.nullable = !found.not_null && !is_row_number && !is_descending;
        }
    }
}

/// The column that the key's part is, if it is nothing else.
fn only_column(expression: &[Token<'_>], columns: &[String]) -> Option<String> {
    let [token] = crate::sqlite::without_parentheses(expression) else { return None };
    let name = unquote(token);
    columns.iter().find(|column| is_same(column, &name)).cloned()
}

/// The collation of a key's part, where it is not the column's.
fn other_collation(key: &KeyDefinition<'_, '_>, column: Option<&Column>) -> Option<String> {
    let own = column.and_then(|column| column.collation.as_deref()).unwrap_or("BINARY");
    key.collation.as_deref().map(collation).filter(|name| !is_same(name, own))
}

fn primary_key(name: Option<&String>, columns: Vec<String>) -> PrimaryKey {
    PrimaryKey {
        name: name.cloned(),
        columns,
        include: Vec::new(),
        deferrable: Deferrable::No,
        clustered: None,
        comment: None,
    }
}

fn unique(name: Option<&String>, columns: Vec<String>) -> Unique {
    Unique {
        name: name.cloned(),
        columns,
        include: Vec::new(),
        nulls_not_distinct: false,
        deferrable: Deferrable::No,
        clustered: None,
        comment: None,
    }
}

fn check(name: Option<&String>, expression: String) -> Check {
    Check { name: name.cloned(), expression, no_inherit: false, not_valid: false, comment: None }
}

fn foreign_key(name: Option<&String>, columns: Vec<String>, reference: &Reference) -> ForeignKey {
    ForeignKey {
        name: name.cloned(),
        columns,
        referred_table: ObjectName::local(&reference.table),
        referred_columns: reference.columns.clone(),
        on_delete: reference.on_delete,
        delete_columns: Vec::new(),
        on_update: reference.on_update,
        match_full: false,
        deferrable: reference.deferrable,
        not_valid: false,
        comment: None,
    }
}
