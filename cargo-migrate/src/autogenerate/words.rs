//! What PostgreSQL drops and makes again around a change is written as the models say it, not as the server does.

use migrate_core::Dialect;

use crate::{
    diff::Renames,
    schema::{KeyPart, ObjectName, Schema, Table},
};

/// The schema with the models' text for each expression that stays: `before`, in which nothing is renamed yet, where
/// `after` says the same as it and `written` says that in the models' words. What a rename changes stays as it was read:
/// no model says it by the old names.
pub(super) fn in_models_words(
    before: &Schema,
    after: &Schema,
    written: &Schema,
    renames: &Renames,
) -> Schema {
    let mut restated = before.clone();
    match before.dialect {
        Dialect::Postgres => {}
        // They have a picture of their own of what a change takes along.
        Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite => return restated,
    }
    let renamed = renames.renamed(before);
    for (name, table) in &mut restated.tables {
        let now = renames.tables.get(name).unwrap_or(name);
        if renames.former_table(now) != *name {
            // What has its name by then is another one.
            continue;
        }
        let tables = (renamed.table(now), after.table(now), written.table(now));
        if let (Some(renamed), Some(after), Some(written)) = tables {
            restate(table, &Tables { now, renamed, after, written, renames });
        }
    }
    restated
}

/// The same table at three times.
struct Tables<'a> {
    now: &'a ObjectName,
    renamed: &'a Table,
    after: &'a Table,
    written: &'a Table,
    renames: &'a Renames,
}

impl Tables<'_> {
    /// Takes over what a model says, where it is the same.
    fn take(&self, text: &mut String, of: impl Fn(&Table) -> Option<&String>) {
        let (renamed, after) = (of(self.renamed), of(self.after));
        if renamed == Some(&*text)
            && renamed == after
            && let Some(written) = of(self.written)
        {
            text.clone_from(written);
        }
    }
}

fn restate(table: &mut Table, tables: &Tables<'_>) {
    for column in &mut table.columns {
        let renamed = tables.renames.columns.get(tables.now).and_then(|columns| columns.get(&column.name));
        let name = renamed.unwrap_or(&column.name).clone();
        if tables.renames.former_column(tables.now, &name) != column.name {
            continue;
        }
        // What draws from a sequence is known by what it says.
        if let Some(default) = column.default.as_mut().filter(|default| !default.contains("nextval")) {
            tables.take(default, |table| table.column(&name)?.default.as_ref());
        }
        if let Some(generated) = &mut column.generated {
            tables.take(&mut generated.expression, |table| {
                Some(&table.column(&name)?.generated.as_ref()?.expression)
            });
        }
    }
    for check in table.checks.iter_mut().filter(|check| check.name.is_some()) {
        let name = check.name.clone();
        tables.take(&mut check.expression, |table| {
            Some(&table.checks.iter().find(|one| one.name == name)?.expression)
        });
    }
    for exclusion in &mut table.exclusions {
        let name = exclusion.name.clone();
        tables.take(&mut exclusion.definition, |table| {
            Some(&table.exclusions.iter().find(|one| one.name == name)?.definition)
        });
    }
    for index in &mut table.indexes {
        let name = index.name.clone();
        for (at, key) in index.keys.iter_mut().enumerate() {
            let KeyPart::Expression(text) = &mut key.part else { continue };
            tables.take(text, |table| {
                match &table.indexes.iter().find(|one| one.name == name)?.keys.get(at)?.part {
                    KeyPart::Expression(text) => Some(text),
                    KeyPart::Column(_) => None,
                }
            });
        }
        if let Some(filter) = &mut index.filter {
            tables.take(filter, |table| table.indexes.iter().find(|one| one.name == name)?.filter.as_ref());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::schema::{Column, Generated};

    /// A table `orders` whose column `total` is computed to this.
    fn schema(dialect: Dialect, price: &str, total: &str) -> Schema {
        let mut schema = Schema::empty(dialect);
        let mut table = Table::new(ObjectName::local("orders"));
        let generated = Some(Generated { expression: total.to_owned(), stored: true });
        table.columns =
            vec![Column::new(price, "numeric"), Column { generated, ..Column::new("total", "numeric") }];
        schema.insert(table);
        schema
    }

    fn total(before: &Schema, after: &Schema, written: &Schema, renames: &Renames) -> String {
        let restated = in_models_words(before, after, written, renames);
        let table = restated.table(&ObjectName::local("orders")).unwrap();
        table.column("total").unwrap().generated.as_ref().unwrap().expression.clone()
    }

    #[test]
    fn an_expression_that_stays_is_written_as_the_model_has_it() {
        let read = |dialect, text| schema(dialect, "price", text);
        let (shown, said) = ("price * 2::numeric", "price*2");
        let none = Renames::default();
        let of = |dialect| {
            let before = read(dialect, shown);
            total(&before, &before, &read(dialect, said), &none)
        };
        assert_eq!(of(Dialect::Postgres), said);
        assert_eq!(of(Dialect::Mysql), shown);
        // One that changes is what it was.
        let pg = |text| read(Dialect::Postgres, text);
        assert_eq!(total(&pg(shown), &pg("price * 3::numeric"), &pg("price*3"), &none), shown);
        // As is one that speaks of what gets another name.
        let columns = BTreeMap::from([("price".to_owned(), "cost".to_owned())]);
        let renames = Renames {
            columns: BTreeMap::from([(ObjectName::local("orders"), columns)]),
            ..Renames::default()
        };
        let after = schema(Dialect::Postgres, "cost", "cost * 2::numeric");
        assert_eq!(total(&pg(shown), &after, &schema(Dialect::Postgres, "cost", "cost*2"), &renames), shown);
    }
}
