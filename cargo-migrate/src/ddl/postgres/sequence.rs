//! Sequences: those of their own, and those behind an identity.

use std::collections::BTreeSet;

use super::{
    name::{literal, name, object, standard_name},
    writer::Writer,
};
use crate::{
    ddl::Statement,
    schema::{Column, Identity, ObjectName, Schema, Sequence, SequenceOptions, Table},
};

/// The lowest and the highest number of a type.
fn bounds(ty: Option<&str>) -> (i64, i64) {
    match ty.and_then(super::ty::integer) {
        Some("smallint") => (i64::from(i16::MIN), i64::from(i16::MAX)),
        Some("integer") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

/// What the options come to, with what the server gives by itself.
#[derive(Debug, Clone, Copy)]
struct Resolved {
    min: i64,
    max: i64,
    start: i64,
    is_ascending: bool,
}

fn resolve(ty: Option<&str>, options: &SequenceOptions) -> Resolved {
    let (lowest, highest) = bounds(ty);
    let is_ascending = options.increment.unwrap_or(1) > 0;
    let min = options.min.unwrap_or(if is_ascending { 1 } else { lowest });
    let max = options.max.unwrap_or(if is_ascending { highest } else { -1 });
    let start = options.start.unwrap_or(if is_ascending { min } else { max });
    Resolved { min, max, start, is_ascending }
}

/// The options as `CREATE SEQUENCE` takes them, each with a space before it.
pub(super) fn options(options: &SequenceOptions) -> String {
    let mut sql = String::new();
    let stated = [
        ("START WITH", options.start),
        ("INCREMENT BY", options.increment),
        ("MINVALUE", options.min),
        ("MAXVALUE", options.max),
        ("CACHE", options.cache),
    ];
    for (word, value) in stated {
        if let Some(value) = value {
            sql += &format!(" {word} {value}");
        }
    }
    if options.cycle {
        sql += " CYCLE";
    }
    sql
}

pub(super) fn create(writer: &mut Writer, sequence: &Sequence) {
    let ty = sequence.ty.as_ref().map_or_else(String::new, |ty| format!(" AS {ty}"));
    let sql = format!("CREATE SEQUENCE {}{ty}{}", object(&sequence.name), options(&sequence.options));
    writer.statement(Statement::new(sql));
    if sequence.comment.is_some() {
        let subject = format!("SEQUENCE {}", object(&sequence.name));
        super::comment::write(writer, &subject, sequence.comment.as_deref());
    }
}

/// The options that differ, as `ALTER SEQUENCE` takes them; none of them stated is what the server gives by itself.
pub(super) fn changes(ty: Option<&str>, before: &SequenceOptions, after: &SequenceOptions) -> Vec<String> {
    changes_with(ty, before, after, false)
}

/// Where the type changes in the same statement, the server's own bounds are said outright: it would take those of the
/// old direction.
fn changes_with(
    ty: Option<&str>,
    before: &SequenceOptions,
    after: &SequenceOptions,
    outright: bool,
) -> Vec<String> {
    let (old, new) = (resolve(ty, before), resolve(ty, after));
    let mut clauses = Vec::new();
    if before.increment != after.increment {
        clauses.push(format!("INCREMENT BY {}", after.increment.unwrap_or(1)));
    }
    // The server's own bounds depend on the direction, and so are stated again with it.
    let turned = old.is_ascending != new.is_ascending;
    if before.min != after.min || turned {
        let stated = after.min.or(outright.then_some(new.min));
        clauses.push(stated.map_or_else(|| "NO MINVALUE".to_owned(), |min| format!("MINVALUE {min}")));
    }
    if before.max != after.max || turned {
        let stated = after.max.or(outright.then_some(new.max));
        clauses.push(stated.map_or_else(|| "NO MAXVALUE".to_owned(), |max| format!("MAXVALUE {max}")));
    }
    if old.start != new.start {
        clauses.push(format!("START WITH {}", new.start));
    }
    if before.cache != after.cache {
        clauses.push(format!("CACHE {}", after.cache.unwrap_or(1)));
    }
    if before.cycle != after.cycle {
        clauses.push(if after.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    // No number of the old sequence is one of the new one.
    if new.min > old.max || new.max < old.min {
        clauses.push("RESTART".to_owned());
    }
    clauses
}

/// The number that a sequence must have reached before its bounds become those of `after`, if it may be short of it.
pub(super) fn must_reach(ty: Option<&str>, before: &SequenceOptions, after: &SequenceOptions) -> Option<i64> {
    let (old, new) = (resolve(ty, before), resolve(ty, after));
    let overlap = new.min <= old.max && new.max >= old.min;
    if !overlap {
        return None;
    }
    match new.is_ascending {
        true if new.min > old.min => Some(new.start.clamp(new.min, old.max)),
        false if new.max < old.max => Some(new.start.clamp(old.min, new.max)),
        _ => None,
    }
}

/// Where the numbers of one counter lie for another that goes on from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// All of them are numbers of the other.
    Within,
    /// Those from this one on.
    From(i64),
    /// It counts the other way.
    Other,
}

/// Where the numbers of a counter lie for the one that goes on from it. A counter that has come further than the other
/// may is not put back: the server refuses it.
pub(super) fn range(ty: Option<&str>, before: &SequenceOptions, after: &SequenceOptions) -> Range {
    let (old, new) = (resolve(ty, before), resolve(ty, after));
    match (old.is_ascending, new.is_ascending) {
        (true, true) if old.min >= new.min => Range::Within,
        (true, true) => Range::From(new.start),
        (false, false) if old.max <= new.max => Range::Within,
        _ => Range::Other,
    }
}

pub(super) fn alter(writer: &mut Writer, before: &Sequence, after: &Sequence) {
    let sequence = object(&after.name);
    let mut clauses = Vec::new();
    if before.ty != after.ty {
        clauses.push(format!("AS {}", after.ty.as_deref().unwrap_or("bigint")));
    }
    let ty = after.ty.as_deref();
    clauses.extend(changes_with(ty, &before.options, &after.options, before.ty != after.ty));
    if clauses.is_empty() {
        return;
    }
    if let Some(number) = must_reach(ty, &before.options, &after.options) {
        let sign = if resolve(ty, &after.options).is_ascending { "<" } else { ">" };
        let sql = format!(
            "SELECT setval({}, {number}, false) FROM {sequence} WHERE last_value {sign} {number}",
            literal(&sequence)
        );
        writer.statement(Statement::new(sql));
    }
    writer.statement(Statement::new(format!("ALTER SEQUENCE {sequence} {}", clauses.join(" "))));
}

/// The sequence that `serial` makes for a column; the number is what the server has put behind its name.
pub(super) fn of_serial(table: &ObjectName, column: &str, number: Option<u32>) -> ObjectName {
    let label = number.map_or_else(|| "seq".to_owned(), |number| format!("seq{number}"));
    ObjectName { schema: table.schema.clone(), name: standard_name(&table.name, Some(column), &label) }
}

/// The sequence of a serial that is made now: the server's choice of a name, unless `wanted` is free.
pub(super) fn for_serial(now: &Schema, table: &ObjectName, column: &str, wanted: Option<u32>) -> ObjectName {
    let of_column = |found: &Table, other: &Column| match &other.identity {
        Some(Identity::Serial | Identity::Always(_) | Identity::ByDefault(_))
            if (&found.name, other.name.as_str()) != (table, column) =>
        {
            Some(of_serial(&found.name, &other.name, other.sequence_number))
        }
        _ => None,
    };
    let of_table = |found: &Table| found.columns.iter().filter_map(|other| of_column(found, other)).collect();
    let taken: BTreeSet<ObjectName> = now.tables.values().flat_map::<Vec<_>, _>(of_table).collect();
    let is_free = |name: &ObjectName| {
        !taken.contains(name) && !now.sequences.contains_key(name) && !now.tables.contains_key(name)
    };
    let numbers = [wanted, None].into_iter().chain((1..1000).map(Some));
    let mut names = numbers.map(|number| of_serial(table, column, number));
    names.find(is_free).unwrap_or_else(|| of_serial(table, column, wanted))
}

/// The query that puts a sequence behind the numbers that the column holds. `sequence` is an SQL expression.
pub(super) fn catch_up(
    sequence: &str,
    table: &ObjectName,
    column: &str,
    ty: Option<&str>,
    options: &SequenceOptions,
) -> String {
    let Resolved { start, is_ascending, .. } = resolve(ty, options);
    let (column, table) = (name(column), object(table));
    let step = options.increment.unwrap_or(1).unsigned_abs();
    let next = if is_ascending {
        format!("greatest(max({column}) + {step}, {start})")
    } else {
        format!("least(min({column}) - {step}, {start})")
    };
    format!("SELECT setval({sequence}, {next}, false) FROM {table}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(ty: Option<&str>, options: SequenceOptions) -> Sequence {
        let name = ObjectName::local("numbers");
        Sequence {
            name,
            ty: ty.map(ToOwned::to_owned),
            options,
            comment: None,
            is_owned: false,
            needed_by: Vec::new(),
        }
    }

    fn altered(before: SequenceOptions, after: SequenceOptions) -> Vec<String> {
        let mut writer = Writer::default();
        alter(&mut writer, &sequence(None, before), &sequence(None, after));
        writer.finish().into_iter().map(|statement| statement.sql).collect()
    }

    #[test]
    fn a_sequence_says_only_what_is_stated() {
        let mut writer = Writer::default();
        let options = SequenceOptions {
            start: Some(10),
            increment: Some(-5),
            cycle: true,
            ..SequenceOptions::default()
        };
        create(&mut writer, &sequence(Some("integer"), options));
        assert_eq!(
            writer.finish()[0].sql,
            "CREATE SEQUENCE numbers AS integer START WITH 10 INCREMENT BY -5 CYCLE"
        );
    }

    #[test]
    fn changed_options_and_those_that_go_are_stated() {
        let none = SequenceOptions::default;
        let some = SequenceOptions { cache: Some(20), max: Some(100), cycle: true, ..none() };
        assert_eq!(altered(none(), some.clone()), ["ALTER SEQUENCE numbers MAXVALUE 100 CACHE 20 CYCLE"]);
        assert_eq!(altered(some, none()), ["ALTER SEQUENCE numbers NO MAXVALUE CACHE 1 NO CYCLE"]);
        assert_eq!(
            altered(none(), SequenceOptions { min: Some(50), ..none() }),
            [
                "SELECT setval('numbers', 50, false) FROM numbers WHERE last_value < 50",
                "ALTER SEQUENCE numbers MINVALUE 50 START WITH 50"
            ]
        );
        assert_eq!(
            altered(none(), SequenceOptions { increment: Some(-1), ..none() }),
            ["ALTER SEQUENCE numbers INCREMENT BY -1 NO MINVALUE NO MAXVALUE START WITH -1 RESTART"]
        );
    }

    #[test]
    fn a_new_sequence_begins_behind_what_is_there() {
        let options = SequenceOptions::default();
        assert_eq!(
            catch_up("'t_id_seq'", &ObjectName::local("t"), "id", Some("integer"), &options),
            "SELECT setval('t_id_seq', greatest(max(id) + 1, 1), false) FROM t"
        );
    }
}
