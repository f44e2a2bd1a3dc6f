//! New names of tables that something has which gets out of the way too late: an index, or a constraint that is one.

use migrate_core::{Code, Dialect, Error};

use crate::{
    diff,
    operation::Operation,
    schema::{ObjectName, Schema, Table},
};

/// A table, as it is called by now, and the names of its indexes and keys.
#[derive(Debug)]
struct Holder {
    table: ObjectName,
    names: Vec<String>,
}

/// Refuses what would stop half way: tables get their new names before anything that stands on them does.
///
/// # Errors
/// [`Code::Unsupported`].
pub(super) fn refuse(operations: &[Operation], before: &Schema) -> Result<(), Error> {
    let is_one_space = match before.dialect {
        // Tables and indexes are of one sort.
        Dialect::Postgres | Dialect::Sqlite => true,
        Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => false,
    };
    if !is_one_space {
        return Ok(());
    }
    let is_one = |one: &str, other: &str| match before.dialect {
        Dialect::Sqlite => one.eq_ignore_ascii_case(other),
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => one == other,
    };
    let dialect = before.dialect;
    let mut holders: Vec<Holder> = before
        .tables
        .values()
        .map(|table| Holder { table: table.name.clone(), names: names(dialect, table) })
        .collect();
    for operation in &operations[..diff::behind_renames(operations)] {
        let mut drop_name = |table: &ObjectName, name: Option<&String>| {
            let holders = holders.iter_mut().filter(|holder| holder.table == *table);
            holders.for_each(|holder| holder.names.retain(|other| Some(other) != name));
        };
        match operation {
            Operation::DropIndex { table, index } => drop_name(table, Some(&index.name)),
            Operation::DropUnique { table, unique } => drop_name(table, unique.name.as_ref()),
            Operation::DropPrimaryKey { table, key } => drop_name(table, key.name.as_ref()),
            Operation::DropExclusion { table, exclusion } => drop_name(table, Some(&exclusion.name)),
            Operation::DropTable(table) => holders.retain(|holder| holder.table != table.name),
            Operation::RenameTable { from, to } => {
                refuse_name(&holders, from, to, is_one)?;
                if from.schema != to.schema {
                    refuse_move(&holders, from, to)?;
                }
                let renamed = holders.iter_mut().filter(|holder| holder.table == *from);
                renamed.for_each(|holder| holder.table = to.clone());
            }
            _ => {}
        }
    }
    Ok(())
}

fn refuse_name(
    holders: &[Holder],
    from: &ObjectName,
    to: &ObjectName,
    is_one: impl Fn(&str, &str) -> bool,
) -> Result<(), Error> {
    let here = holders.iter().filter(|holder| holder.table.schema == to.schema || holder.table == *from);
    let mut taken = here.filter(|holder| holder.names.iter().any(|name| is_one(name, &to.name)));
    taken.next().map_or(Ok(()), |holder| {
        Err(Error::new(
            Code::Unsupported,
            format!(
                "the table {from} cannot become {to}: an index, or a key, of {} has that name",
                holder.table
            ),
        )
        .with_help("give the index another name in a revision before this one"))
    })
}

fn refuse_move(holders: &[Holder], from: &ObjectName, to: &ObjectName) -> Result<(), Error> {
    let Some(moving) = holders.iter().find(|holder| holder.table == *from) else { return Ok(()) };
    let there = holders.iter().filter(|holder| holder.table.schema == to.schema);
    let clash = there
        .flat_map(|holder| holder.names.iter().map(move |name| (holder, name)))
        .find(|(_, name)| moving.names.contains(name));
    clash.map_or(Ok(()), |(holder, name)| {
        Err(Error::new(
            Code::Unsupported,
            format!(
                "the table {from} cannot become {to}: both it and {}, which is there until then, have an index or a key \
                 {name}, and a schema has such a name once",
                holder.table
            ),
        )
        .with_help("move the one in a revision before this one, with everything that stands on it"))
    })
}

/// The names of its own that stand beside those of tables.
fn names(dialect: Dialect, table: &Table) -> Vec<String> {
    let indexes = table.indexes.iter().map(|index| index.name.clone());
    let keys = match dialect {
        Dialect::Postgres => {
            let key = table.primary_key.iter().filter_map(|key| key.name.clone());
            let uniques = table.uniques.iter().filter_map(|unique| unique.name.clone());
            let exclusions = table.exclusions.iter().map(|exclusion| exclusion.name.clone());
            key.chain(uniques).chain(exclusions).collect()
        }
        Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => Vec::new(),
    };
    indexes.chain(keys).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Deferrable, Unique};

    fn table(name: ObjectName, unique: &str) -> Table {
        let mut table = Table::new(name);
        table.uniques.push(Unique {
            name: Some(unique.to_owned()),
            columns: vec!["x".to_owned()],
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
            clustered: None,
            comment: None,
        });
        table
    }

    fn rename(from: &ObjectName, to: &ObjectName) -> Operation {
        Operation::RenameTable { from: from.clone(), to: to.clone() }
    }

    #[test]
    fn a_name_that_an_index_has_until_later_is_refused() {
        let (t, foo) = (ObjectName::local("t"), ObjectName::local("foo"));
        let mut before = Schema::empty(Dialect::Postgres);
        before.insert(table(t.clone(), "foo"));
        let error = refuse(&[rename(&t, &foo)], &before).unwrap_err();
        assert_eq!(error.message(), "the table t cannot become foo: an index, or a key, of t has that name");
        let unique = before.tables[&t].uniques[0].clone();
        let dropped = Operation::DropUnique { table: t.clone(), unique };
        assert!(refuse(&[dropped, rename(&t, &foo)], &before).is_ok());
        assert!(refuse(&[rename(&t, &ObjectName::local("bar"))], &before).is_ok());
    }

    #[test]
    fn a_schema_that_has_the_name_of_a_key_is_refused() {
        let (app, other) = (ObjectName::in_schema("app", "a"), ObjectName::in_schema("other", "a"));
        let mut before = Schema::empty(Dialect::Postgres);
        before.insert(table(app.clone(), "uq"));
        before.insert(table(other.clone(), "uq"));
        let chain = [rename(&app, &ObjectName::in_schema("app", "b")), rename(&other, &app)];
        let error = refuse(&chain, &before).unwrap_err();
        assert!(
            error.message().starts_with("the table other.a cannot become app.a: both it and app.b"),
            "{error}"
        );
        // Where it is gone by then, or is called otherwise, it is free.
        let gone = [Operation::DropTable(before.tables[&app].clone()), rename(&other, &app)];
        assert!(refuse(&gone, &before).is_ok());
    }
}
