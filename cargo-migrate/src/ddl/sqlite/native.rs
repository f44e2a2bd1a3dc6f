//! What ALTER TABLE can do: columns come and go, as long as nothing stands on them.

use super::{
    super::Statement,
    column::{check, definition, named, references},
    create,
    rebuild::{gap_without_default, is_same_but_comment, stale_triggers},
};
use crate::{
    schema::{Check, Column, ForeignKey, Index, KeyPart, Table},
    sqlite::{is_literal, mentions, quote},
};

/// The statements that lead from `live` to `wanted` without making the table anew, if there are such. Columns whose
/// names are `fresh` are new, even where there was one of that name.
pub(super) fn statements(live: &Table, wanted: &Table, fresh: &[String]) -> Option<Vec<Statement>> {
    let is_fresh = |name: &str| fresh.iter().any(|fresh| fresh == name);
    let kept = |column: &&Column| !is_fresh(&column.name) && wanted.column(&column.name).is_some();
    let is_altered = |column: &Column| {
        wanted.column(&column.name).is_some_and(|wanted| !is_same_but_comment(column, wanted))
    };
    let mut survivors = live.columns.iter().filter(kept).peekable();
    survivors.peek()?;
    if survivors.any(is_altered)
        || live.options != wanted.options
        || live.primary_key != wanted.primary_key
        || !same_members(&live.uniques, &wanted.uniques)
    {
        return None;
    }
    let checks = only_added(&live.checks, &wanted.checks)?;
    let keys = only_added(&live.foreign_keys, &wanted.foreign_keys)?;

    let mut statements = Vec::new();
    let table = quote(&wanted.name.name);
    let stays = |index: &&Index| wanted.indexes.contains(index);
    for index in live.indexes.iter().filter(|index| !stays(index)) {
        statements.push(Statement::new(format!("DROP INDEX {}", quote(&index.name))));
    }
    let indexes: Vec<&Index> = live.indexes.iter().filter(stays).collect();
    for column in live.columns.iter().filter(|column| !kept(column)) {
        if !can_be_dropped(live, &indexes, column) {
            return None;
        }
        let statement = Statement::new(format!("ALTER TABLE {table} DROP COLUMN {}", quote(&column.name)));
        statements.push(stale_triggers(live, &column.name).fold(statement, Statement::with_review));
    }
    let (mut checks_left, mut keys_left) = (checks.len(), keys.len());
    let fresh = &in_order(wanted, fresh)?;
    for name in fresh {
        let column = wanted.column(name)?;
        let mut sql =
            format!("ALTER TABLE {table} ADD COLUMN {} {}", quote(name), definition(wanted, column));
        sql.truncate(sql.trim_end().len());
        let own: Vec<_> = keys.iter().filter(|key| key.columns == [name.as_str()]).collect();
        if !can_be_added(wanted, column, &own) {
            return None;
        }
        for key in &own {
            sql.push_str("\n    ");
            sql.push_str(&named(key.name.as_ref(), &references(key)));
        }
        keys_left -= own.len();
        for one in checks.iter().filter(|check| is_about(check, name, fresh)) {
            sql.push_str("\n    ");
            sql.push_str(&named(one.name.as_ref(), &check(one)));
            checks_left -= 1;
        }
        let statement = Statement::new(sql);
        let gap = gap_without_default(wanted, column);
        statements.push(gap.into_iter().fold(statement, Statement::with_review));
    }
    if checks_left + keys_left > 0 {
        return None;
    }
    let new = wanted.indexes.iter().filter(|index| !live.indexes.contains(index));
    statements.extend(new.map(|index| Statement::new(create::index(&wanted.name.name, index))));
    Some(statements)
}

fn same_members<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    one.len() == other.len() && one.iter().all(|one| other.contains(one))
}

/// What `wanted` has more than `live`, if it has everything else.
fn only_added<'a, T: PartialEq>(live: &[T], wanted: &'a [T]) -> Option<Vec<&'a T>> {
    let mut added: Vec<&T> = wanted.iter().collect();
    for one in live {
        let at = added.iter().position(|other| *other == one)?;
        added.remove(at);
    }
    Some(added)
}

/// The new columns, those that are computed behind the others. None where one of them needs another of them.
fn in_order(wanted: &Table, fresh: &[String]) -> Option<Vec<String>> {
    let expression = |name: &String| {
        let column = wanted.column(name)?;
        column.generated.as_ref().map(|generated| generated.expression.as_str())
    };
    let (computed, mut ordered): (Vec<String>, Vec<String>) =
        fresh.iter().cloned().partition(|name| expression(name).is_some());
    let needs_another = computed
        .iter()
        .filter_map(expression)
        .any(|expression| computed.iter().any(|other| mentions(expression, other)));
    ordered.extend(computed);
    (!needs_another).then_some(ordered)
}

/// Whether a check is about this new column, and about no other new one.
fn is_about(check: &Check, name: &str, fresh: &[String]) -> bool {
    mentions(&check.expression, name)
        && !fresh.iter().any(|other| other != name && mentions(&check.expression, other))
}

/// ("ALTER TABLE", 5: ALTER TABLE DROP COLUMN.)
fn can_be_dropped(table: &Table, indexes: &[&Index], column: &Column) -> bool {
    let name = &column.name;
    let in_list = |columns: &[String]| columns.contains(name);
    let in_index = |index: &Index| {
        index.keys.iter().any(|key| match &key.part {
            KeyPart::Column(column) => column == name,
            KeyPart::Expression(text) => mentions(text, name),
        }) || index.filter.as_ref().is_some_and(|filter| mentions(filter, name))
    };
    let in_other = |other: &Column| {
        let generated = other.generated.as_ref().filter(|_| other.name != *name);
        generated.is_some_and(|generated| mentions(&generated.expression, name))
    };
    !table.primary_key.as_ref().is_some_and(|key| in_list(&key.columns))
        && !table.uniques.iter().any(|unique| in_list(&unique.columns))
        && !table.foreign_keys.iter().any(|key| in_list(&key.columns) || in_list(&key.referred_columns))
        && !table.checks.iter().any(|check| mentions(&check.expression, name))
        && !indexes.iter().any(|index| in_index(index))
        && !table.columns.iter().any(in_other)
}

/// ("ALTER TABLE", 4: ALTER TABLE ADD COLUMN.)
fn can_be_added(table: &Table, column: &Column, keys: &[&&ForeignKey]) -> bool {
    let in_key = table.primary_key.as_ref().is_some_and(|key| key.columns.contains(&column.name));
    let is_computed = match &column.generated {
        Some(generated) => generated.stored || !column.nullable,
        None => false,
    };
    if in_key || is_computed {
        return false;
    }
    // With a foreign key on it, a new column has to be NULL.
    column.default.as_ref().is_none_or(|default| is_literal(default) && keys.is_empty())
}
