//! Enumerated types.

use super::{
    dependents::{self, needed_by_others},
    name::{LONGEST_NAME, literal, name, object},
    writer::Writer,
};
use crate::{
    ddl::Statement,
    schema::{EnumType, ObjectName, Schema},
};

/// An enumerated type that is made anew, because the server can neither drop nor move a value, nor use one in the
/// transaction that has added it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rebuild {
    pub(super) before: EnumType,
    pub(super) after: EnumType,
    /// The columns of the type, table by table.
    pub(super) columns: Vec<RebuiltColumn>,
}

/// A column that gets the new type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RebuiltColumn {
    pub(super) table: ObjectName,
    pub(super) name: String,
    /// `[]` for an array.
    pub(super) dimensions: String,
    pub(super) has_default: bool,
    /// The default that it gets again: none where a later operation sets another.
    pub(super) default: Option<String>,
}

/// What follows the type's name if `ty` is that type: nothing, or the brackets of an array.
pub(crate) fn dimensions<'a>(ty: &'a str, of: &ObjectName) -> Option<&'a str> {
    let element = ty.trim_end_matches("[]");
    (parsed(element).as_ref() == Some(of)).then(|| &ty[element.len()..])
}

/// The name of a type, a table or a sequence taken apart.
pub(super) fn parsed(ty: &str) -> Option<ObjectName> {
    let (first, rest) = part(ty)?;
    match rest.strip_prefix('.') {
        None if rest.is_empty() => Some(ObjectName::local(first)),
        None => None,
        Some(rest) => match part(rest)? {
            (second, "") => Some(ObjectName::in_schema(first, second)),
            _ => None,
        },
    }
}

fn part(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['.', '"', '(', ' ']).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (before, behind) = rest.split_once('"')?;
        name.push_str(before);
        rest = behind;
        match rest.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, rest)),
        }
    }
}

/// The values that `after` has more than `before`, if the others keep their order: then they can be added in place.
pub(super) fn added<'a>(before: &EnumType, after: &'a EnumType) -> Option<Vec<&'a String>> {
    let mut old = before.values.iter().peekable();
    let new = after.values.iter().filter(|value| old.next_if_eq(value).is_none()).collect();
    old.peek().is_none().then_some(new)
}

pub(super) fn create(writer: &mut Writer, ty: &EnumType) {
    let values: Vec<_> = ty.values.iter().map(|value| literal(value)).collect();
    let type_name = object(&ty.name);
    let mut sql = format!("CREATE TYPE {type_name} AS ENUM ({})", values.join(", "));
    if sql.len() > 110 {
        sql = format!("CREATE TYPE {type_name} AS ENUM (\n    {}\n)", values.join(",\n    "));
    }
    writer.statement(Statement::new(sql));
}

pub(super) fn drop(writer: &mut Writer, ty: &EnumType) {
    writer.statement(Statement::new(format!("DROP TYPE {}", object(&ty.name))));
}

pub(super) fn rename_value(writer: &mut Writer, of: &ObjectName, from: &str, to: &str) {
    let sql = format!("ALTER TYPE {} RENAME VALUE {} TO {}", object(of), literal(from), literal(to));
    writer.statement(Statement::new(sql));
}

/// Adds values in place, each where it belongs.
pub(super) fn add_values(writer: &mut Writer, before: &EnumType, after: &EnumType) {
    let mut old = before.values.iter().peekable();
    for (at, value) in after.values.iter().enumerate() {
        if old.next_if_eq(&value).is_some() {
            continue;
        }
        let place = match (old.peek(), at.checked_sub(1).and_then(|at| after.values.get(at))) {
            // Behind all others, where the server puts it by itself.
            (None, _) => String::new(),
            (Some(next), None) => format!(" BEFORE {}", literal(next)),
            (Some(_), Some(last)) => format!(" AFTER {}", literal(last)),
        };
        let sql = format!("ALTER TYPE {} ADD VALUE {}{place}", object(&after.name), literal(value));
        writer.statement(Statement::new(sql));
    }
}

/// Makes the type anew and puts the columns on it.
pub(super) fn rebuild(writer: &mut Writer, now: &Schema, rebuild: &Rebuild) {
    let type_name = object(&rebuild.after.name);
    let review = |writer: &mut Writer| {
        if let Some(review) = needed_by_others(&rebuild.before, now) {
            writer.review(review);
        }
    };
    if rebuild.columns.is_empty() {
        drop(writer, &rebuild.before);
        review(writer);
        create(writer, &rebuild.after);
    } else {
        let old = free_name(now, &rebuild.before.name);
        writer.statement(Statement::new(format!("ALTER TYPE {type_name} RENAME TO {}", name(&old.name))));
        create(writer, &rebuild.after);
        for column in &rebuild.columns {
            retype(writer, &type_name, rebuild, column);
            dependents::say(writer, now, &column.table, Some(&column.name));
        }
        writer.statement(Statement::new(format!("DROP TYPE {}", object(&old))));
        review(writer);
    }
    if rebuild.before.comment.is_some() {
        super::comment::write(writer, &format!("TYPE {type_name}"), rebuild.before.comment.as_deref());
    }
}

fn retype(writer: &mut Writer, type_name: &str, rebuild: &Rebuild, column: &RebuiltColumn) {
    let (table, column_name, dimensions) = (&column.table, name(&column.name), &column.dimensions);
    if column.has_default {
        writer.alter(table, format!("ALTER COLUMN {column_name} DROP DEFAULT"));
    }
    writer.column(
        table,
        format!(
            "ALTER COLUMN {column_name} TYPE {type_name}{dimensions} \
             USING {column_name}::text{dimensions}::{type_name}{dimensions}"
        ),
    );
    if let Some(default) = &column.default {
        writer.alter(table, format!("ALTER COLUMN {column_name} SET DEFAULT {default}"));
    }
    let gone = not_in(&rebuild.before.values, &rebuild.after.values);
    if !gone.is_empty() {
        let values: Vec<_> = gone.iter().map(|value| literal(value)).collect();
        let (values, count) = (values.join(" or "), writer.counted(table, &column.name));
        let using = replacing(rebuild, &gone, &column_name, dimensions, type_name);
        let using = using.map(|using| format!(". Rows get a new value here only: {using}"));
        writer.review(format!(
            "fails if {} still holds {values}{count}: change those rows first{}",
            column.name,
            using.unwrap_or_default()
        ));
    }
}

/// Those of the values that are not among the others.
fn not_in<'a>(values: &'a [String], others: &[String]) -> Vec<&'a String> {
    values.iter().filter(|value| !others.contains(value)).collect()
}

/// What gives rows a value that the old type does not have in place of one that the new type does not have; none where
/// the new type has none of its own.
fn replacing(
    rebuild: &Rebuild,
    gone: &[&String],
    column: &str,
    dimensions: &str,
    type_name: &str,
) -> Option<String> {
    let new = not_in(&rebuild.after.values, &rebuild.before.values);
    let only = match new.as_slice() {
        [] => return None,
        [only] => Some(*only),
        _ => None,
    };
    let pairs = gone.iter().map(|value| {
        let place = rebuild.before.values.iter().position(|other| other == *value);
        let there =
            place.and_then(|place| rebuild.after.values.get(place)).filter(|value| new.contains(value));
        let then = only.or(there).map_or_else(|| "'...'".to_owned(), |value| literal(value));
        (literal(value), then)
    });
    let old = format!("{column}::text{dimensions}");
    Some(if dimensions.is_empty() {
        let cases: String = pairs.map(|(value, then)| format!(" WHEN {value} THEN {then}")).collect();
        format!("USING CASE {old}{cases} ELSE {old} END::{type_name}")
    } else {
        let replaced =
            pairs.fold(old, |array, (value, then)| format!("array_replace({array}, {value}, {then})"));
        format!("USING {replaced}::{type_name}{dimensions}")
    })
}

/// A name for the old type while the new one is made.
fn free_name(now: &Schema, of: &ObjectName) -> ObjectName {
    let stem = &of.name[..of.name.floor_char_boundary(LONGEST_NAME - 6)];
    let named = |name: String| ObjectName { schema: of.schema.clone(), name };
    let is_free = |name: &ObjectName| !now.enums.contains_key(name) && !now.tables.contains_key(name);
    let first = named(format!("{stem}_old"));
    if is_free(&first) {
        return first;
    }
    (2..100).map(|number| named(format!("{stem}_old{number}"))).find(is_free).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> EnumType {
        let values = values.iter().map(ToString::to_string).collect();
        EnumType { name: ObjectName::local("state"), values, comment: None, needed_by: Vec::new() }
    }

    fn adding(before: &[&str], after: &[&str]) -> Vec<String> {
        let mut writer = Writer::default();
        add_values(&mut writer, &of(before), &of(after));
        writer.finish().into_iter().map(|statement| statement.sql).collect()
    }

    #[test]
    fn values_are_added_where_they_belong() {
        assert_eq!(adding(&["b"], &["b", "c"]), ["ALTER TYPE state ADD VALUE 'c'"]);
        assert_eq!(
            adding(&["b", "d"], &["a", "b", "c", "c2", "d", "it's"]),
            [
                "ALTER TYPE state ADD VALUE 'a' BEFORE 'b'",
                "ALTER TYPE state ADD VALUE 'c' AFTER 'b'",
                "ALTER TYPE state ADD VALUE 'c2' AFTER 'c'",
                "ALTER TYPE state ADD VALUE 'it''s'",
            ]
        );
    }

    #[test]
    fn what_is_dropped_or_moved_cannot_be_added() {
        assert!(added(&of(&["a", "b"]), &of(&["a"])).is_none());
        assert!(added(&of(&["a", "b"]), &of(&["b", "a"])).is_none());
        assert_eq!(added(&of(&["a", "b"]), &of(&["a", "x", "b"])).unwrap(), ["x"]);
    }

    #[test]
    fn a_type_is_known_by_its_name_quoted_or_not() {
        let state = ObjectName::local("state");
        assert_eq!(dimensions("state", &state), Some(""));
        assert_eq!(dimensions("\"state\"[]", &state), Some("[]"));
        assert_eq!(dimensions("other.state", &state), None);
        assert_eq!(dimensions("\"Other\".\"a\"\"b\"", &ObjectName::in_schema("Other", "a\"b")), Some(""));
        assert_eq!(dimensions("state(3)", &state), None);
    }
}
