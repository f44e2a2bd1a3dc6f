//! Tables as a whole.

use migrate_core::Error;

use super::{
    column::{self, Definition},
    comment, constraint, index,
    name::{LONGEST_NAME, object},
    writer::Writer,
};
use crate::schema::{ObjectName, Table};

/// The word among a table's options that is no storage parameter.
pub(super) const UNLOGGED: &str = "unlogged";

/// Makes the table with everything on it.
///
/// # Errors
/// Those of [`column::definition`].
pub(super) fn create(writer: &mut Writer, table: &Table) -> Result<(), Error> {
    let definitions: Vec<Definition> =
        table.columns.iter().map(column::definition).collect::<Result<_, _>>()?;
    let mut lines = aligned(&definitions);
    lines.extend(table.primary_key.iter().map(constraint::primary_key));
    lines.extend(table.uniques.iter().map(constraint::unique));
    lines.extend(table.exclusions.iter().map(constraint::exclusion));
    lines.extend(table.checks.iter().filter(|check| !check.not_valid).map(constraint::check));
    lines.extend(table.foreign_keys.iter().filter(|key| !key.not_valid).map(constraint::foreign_key));

    let unlogged = if is_unlogged(table) { "UNLOGGED " } else { "" };
    let parameters = index::parameters(&table.options);
    let with =
        if parameters.is_empty() { String::new() } else { format!(" WITH ({})", parameters.join(", ")) };
    let name = object(&table.name);
    let body =
        if lines.is_empty() { "()".to_owned() } else { format!("(\n    {}\n)", lines.join(",\n    ")) };
    writer.new_table(format!("CREATE {unlogged}TABLE {name} {body}{with}"));

    for clause in table.columns.iter().filter_map(column::behind_serial) {
        writer.alter(&table.name, clause);
    }
    for check in table.checks.iter().filter(|check| check.not_valid) {
        writer.alter(&table.name, format!("ADD {} NOT VALID", constraint::check(check)));
    }
    for key in table.foreign_keys.iter().filter(|key| key.not_valid) {
        writer.alter(&table.name, format!("ADD {} NOT VALID", constraint::foreign_key(key)));
    }
    writer.close();
    for index in &table.indexes {
        writer.new_table(index::create(&table.name, index));
    }
    for (subject, text) in comments(table) {
        writer.new_table(comment::sql(&subject, Some(text)));
    }
    Ok(())
}

fn is_unlogged(table: &Table) -> bool {
    table.options.get(UNLOGGED).is_some_and(|value| value == "true")
}

/// Columns below one another. A name or type that is much longer than the others does not push them all away.
fn aligned(definitions: &[Definition]) -> Vec<String> {
    let width = |text: &str| text.chars().count();
    let widest = |part: fn(&Definition) -> &String, most: usize| {
        let lengths = definitions.iter().filter(|one| !one.rest.is_empty()).map(|one| width(part(one)));
        lengths.filter(|length| *length <= most).max().unwrap_or(0)
    };
    let names = definitions.iter().map(|one| width(&one.name)).filter(|length| *length <= LONGEST_NAME / 2);
    let (name_width, type_width) = (names.max().unwrap_or(0), widest(|one| &one.ty, 32));
    let line = |one: &Definition| {
        let line = format!("{:name_width$} {:type_width$} {}", one.name, one.ty, one.rest);
        line.trim_end().to_owned()
    };
    definitions.iter().map(line).collect()
}

/// What is said of the table and of what stands on it.
fn comments(table: &Table) -> Vec<(String, &str)> {
    let name = &table.name;
    let columns = table
        .columns
        .iter()
        .map(|column| (comment::column_subject(name, &column.name), column.comment.as_deref()));
    let keys = table.primary_key.iter().map(|key| (key.name.as_deref(), key.comment.as_deref()));
    let uniques = table.uniques.iter().map(|unique| (unique.name.as_deref(), unique.comment.as_deref()));
    let exclusions = table.exclusions.iter().map(|one| (Some(one.name.as_str()), one.comment.as_deref()));
    let checks = table.checks.iter().map(|check| (check.name.as_deref(), check.comment.as_deref()));
    let foreign = table.foreign_keys.iter().map(|key| (key.name.as_deref(), key.comment.as_deref()));
    let constraints = keys.chain(uniques).chain(exclusions).chain(checks).chain(foreign);
    let constraints = constraints
        .filter_map(|(constraint, text)| Some((comment::constraint_subject(name, constraint?), text)));
    let indexes =
        table.indexes.iter().map(|one| (comment::index_subject(name, &one.name), one.comment.as_deref()));
    std::iter::once((format!("TABLE {}", object(name)), table.comment.as_deref()))
        .chain(columns)
        .chain(constraints)
        .chain(indexes)
        .filter_map(|(subject, text)| Some((subject, text?)))
        .collect()
}

pub(super) fn drop(writer: &mut Writer, table: &ObjectName) {
    writer.drop(format!("DROP TABLE {}", object(table)));
}
