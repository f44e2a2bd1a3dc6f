//! What each step is in SQL.

use migrate_core::Error;

use super::{
    column, comment, constraint, dependents, enumeration, index,
    name::{beside, literal, name, object},
    plan::Step,
    sequence, table,
    ty::integer,
    writer::Writer,
};
use crate::{
    ddl::{Statement, fill, values},
    operation::Operation,
    schema::{Deferrable, ForeignKey, Identity, ObjectName, Schema, Sequence, SequenceOptions},
};

/// Writes a step. `now` is the schema as it is before it.
///
/// # Errors
/// [`migrate_core::Code::Unsupported`] for what the engine cannot do.
pub(super) fn write(writer: &mut Writer, now: &Schema, step: &Step) -> Result<(), Error> {
    match step {
        Step::Do(change) => operation(writer, now, change),
        Step::Reviewed(change, review) => {
            operation(writer, now, change)?;
            writer.review(review.clone());
            Ok(())
        }
        Step::RebuildEnum(rebuild) => {
            enumeration::rebuild(writer, now, rebuild);
            Ok(())
        }
        Step::Validate { table, constraint } => {
            writer.alter(table, format!("VALIDATE CONSTRAINT {}", name(constraint)));
            Ok(())
        }
        Step::Adopt { sequence: adopted, table, column } => {
            let own = match sequence::of_serial(table, &column.name, column.sequence_number) {
                own if own == adopted.name => own,
                _ => sequence::for_serial(now, table, &column.name, column.sequence_number),
            };
            rename_sequence(writer, &adopted.name, &own);
            let named = Sequence { name: own, ..adopted.clone() };
            let ty = integer(&column.ty).filter(|ty| *ty != "bigint").map(ToOwned::to_owned);
            let plain = Sequence { ty, options: SequenceOptions::default(), ..named.clone() };
            sequence::alter(writer, &named, &plain);
            own_sequence(writer, &plain.name, table, &column.name);
            Ok(())
        }
        Step::Release { sequence: released, table, column } => {
            let own = sequence::of_serial(table, &column.name, column.sequence_number);
            rename_sequence(writer, &own, &released.name);
            let ty = released.ty.as_deref().unwrap_or("bigint");
            let options = sequence::options(&released.options);
            // One that was the column's before is left with it.
            let owner = if released.is_owned { "" } else { " OWNED BY NONE" };
            let sql = format!("ALTER SEQUENCE {} AS {ty}{options}{owner}", object(&released.name));
            writer.statement(Statement::new(sql));
            Ok(())
        }
        Step::Own { sequence, table, column } => {
            own_sequence(writer, sequence, table, column);
            Ok(())
        }
        Step::CatchUp { sequence, table, column } => {
            let (name, ty) = (literal(&object(&sequence.name)), sequence.ty.as_deref());
            let sql = sequence::catch_up(&name, table, column, ty, &sequence.options);
            writer.statement(Statement::new(sql));
            Ok(())
        }
        Step::DropSequenceIfThere(sequence) => {
            let sql = format!("DROP SEQUENCE IF EXISTS {}", object(&sequence.name));
            writer.statement(Statement::new(sql));
            Ok(())
        }
        Step::Done(_) => Ok(()),
    }
}

fn operation(writer: &mut Writer, now: &Schema, change: &Operation) -> Result<(), Error> {
    let mut statement = |sql: String| writer.statement(Statement::new(sql));
    match change {
        Operation::CreateSchema(schema) => statement(format!("CREATE SCHEMA {}", name(schema))),
        Operation::DropSchema(schema) => statement(format!("DROP SCHEMA {}", name(schema))),

        Operation::CreateEnum(ty) => {
            enumeration::create(writer, ty);
            if ty.comment.is_some() {
                comment::write(writer, &format!("TYPE {}", object(&ty.name)), ty.comment.as_deref());
            }
        }
        Operation::DropEnum(ty) => enumeration::drop(writer, ty),
        Operation::RenameEnum { from, to } => rename(writer, "TYPE", from, to),
        Operation::RenameEnumValue { name, from, to } => enumeration::rename_value(writer, name, from, to),
        Operation::AlterEnum { before, after } => enumeration::add_values(writer, before, after),

        Operation::CreateSequence(one) => sequence::create(writer, one),
        Operation::DropSequence(one) => statement(format!("DROP SEQUENCE {}", object(&one.name))),
        Operation::RenameSequence { from, to } => rename(writer, "SEQUENCE", from, to),
        Operation::AlterSequence { before, after } => sequence::alter(writer, before, after),

        Operation::CreateTable(table) => table::create(writer, table)?,
        Operation::DropTable(table) => {
            table::drop(writer, &table.name);
            dependents::say(writer, now, &table.name, None);
        }
        Operation::RenameTable { from, to } => {
            rename(writer, "TABLE", from, to);
            rename_serials(writer, now, from, |column| (to.clone(), column.to_owned()));
        }
        Operation::SetTableOption { table, key, after, .. } => {
            writer.alter(table, table_option(key, after.as_deref()));
        }

        Operation::AddColumn { table, column } => {
            column::add(writer, table, column)?;
            if column.comment.is_some() {
                let subject = comment::column_subject(table, &column.name);
                comment::write(writer, &subject, column.comment.as_deref());
            }
        }
        Operation::DropColumn { table, column } => {
            writer.alter(table, format!("DROP COLUMN {}", name(&column.name)));
            dependents::say(writer, now, table, Some(&column.name));
        }
        Operation::RenameColumn { table, from, to } => {
            let sql = format!("ALTER TABLE {} RENAME COLUMN {} TO {}", object(table), name(from), name(to));
            statement(sql);
            rename_serials(writer, now, table, |column| {
                (table.clone(), if column == from { to.clone() } else { column.to_owned() })
            });
        }
        Operation::RenameValues { table, column, values } => {
            statement(values::update(&object(table), &name(column), values, "", literal));
        }
        Operation::FillColumn { table, column, value } => {
            statement(fill::update(&object(table), &name(column), value, ""));
            let waits =
                |key: &ForeignKey| key.deferrable == Deferrable::Deferred && key.columns.contains(column);
            if now.table(table).is_some_and(|found| found.foreign_keys.iter().any(waits)) {
                // A table that has checks to come cannot be altered.
                statement("SET CONSTRAINTS ALL IMMEDIATE".to_owned());
            }
            writer.filled(table, column);
        }
        Operation::AlterColumn { table, before, after } => column::alter(writer, now, table, before, after)?,
        change => constraint_or_index(writer, change),
    }
    Ok(())
}

fn constraint_or_index(writer: &mut Writer, change: &Operation) {
    match change {
        Operation::AddPrimaryKey { table, key } => {
            writer.alter(table, format!("ADD {}", constraint::primary_key(key)));
            constraint_comment(writer, table, key.name.as_deref(), key.comment.as_deref());
        }
        Operation::DropPrimaryKey { table, key } => {
            writer.drop_key(table, constraint::drop(key.name.as_deref(), table, &[], "pkey"));
        }
        Operation::AddUnique { table, unique } => {
            writer.alter(table, format!("ADD {}", constraint::unique(unique)));
            constraint_comment(writer, table, unique.name.as_deref(), unique.comment.as_deref());
        }
        Operation::DropUnique { table, unique } => {
            writer.drop_key(table, constraint::drop(unique.name.as_deref(), table, &unique.columns, "key"));
        }
        Operation::AddForeignKey { table, key } => {
            let not_valid = if key.not_valid { " NOT VALID" } else { "" };
            writer.alter(table, format!("ADD {}{not_valid}", constraint::foreign_key(key)));
            constraint_comment(writer, table, key.name.as_deref(), key.comment.as_deref());
        }
        Operation::DropForeignKey { table, key } => {
            let clause = constraint::drop(key.name.as_deref(), table, &key.columns, "fkey");
            writer.drop_foreign_key(table, clause);
        }
        Operation::AddCheck { table, check } => {
            let not_valid = if check.not_valid { " NOT VALID" } else { "" };
            writer.alter(table, format!("ADD {}{not_valid}", constraint::check(check)));
            constraint_comment(writer, table, check.name.as_deref(), check.comment.as_deref());
        }
        Operation::DropCheck { table, check } => {
            writer.drop_check(table, constraint::drop(check.name.as_deref(), table, &[], "check"));
        }
        Operation::AddExclusion { table, exclusion } => {
            writer.alter(table, format!("ADD {}", constraint::exclusion(exclusion)));
            constraint_comment(writer, table, Some(&exclusion.name), exclusion.comment.as_deref());
        }
        Operation::DropExclusion { table, exclusion } => {
            writer.drop_key(table, format!("DROP CONSTRAINT {}", name(&exclusion.name)));
        }
        // The kind makes no difference here.
        Operation::RenameConstraint { table, kind: _, from, to } => {
            let (table, from, to) = (object(table), name(from), name(to));
            let sql = format!("ALTER TABLE {table} RENAME CONSTRAINT {from} TO {to}");
            writer.statement(Statement::new(sql));
        }
        Operation::AddIndex { table, index } => {
            writer.statement(Statement::new(index::create(table, index)));
            if index.comment.is_some() {
                let subject = comment::index_subject(table, &index.name);
                comment::write(writer, &subject, index.comment.as_deref());
            }
        }
        Operation::DropIndex { table, index } => {
            writer.drop(index::drop(table, index));
            if index.options.contains_key(index::INVALID) {
                writer.review(format!(
                    "{} is INVALID: a CREATE INDEX CONCURRENTLY has failed, or is still at work",
                    index.name
                ));
            }
        }
        Operation::RenameIndex { table, from, to } => {
            let sql = format!("ALTER INDEX {} RENAME TO {}", beside(table, from), name(to));
            writer.statement(Statement::new(sql));
        }
        Operation::SetComment { on, after, .. } => {
            comment::write(writer, &comment::subject(on), after.as_deref());
        }
        // The others were dealt with by `operation`.
        Operation::CreateSchema(_)
        | Operation::DropSchema(_)
        | Operation::CreateEnum(_)
        | Operation::DropEnum(_)
        | Operation::RenameEnum { .. }
        | Operation::RenameEnumValue { .. }
        | Operation::RenameValues { .. }
        | Operation::FillColumn { .. }
        | Operation::AlterEnum { .. }
        | Operation::CreateSequence(_)
        | Operation::DropSequence(_)
        | Operation::RenameSequence { .. }
        | Operation::AlterSequence { .. }
        | Operation::CreateTable(_)
        | Operation::DropTable(_)
        | Operation::RenameTable { .. }
        | Operation::SetTableOption { .. }
        | Operation::AddColumn { .. }
        | Operation::DropColumn { .. }
        | Operation::RenameColumn { .. }
        | Operation::AlterColumn { .. } => {}
    }
}

fn constraint_comment(writer: &mut Writer, table: &ObjectName, constraint: Option<&str>, text: Option<&str>) {
    if let (Some(constraint), Some(_)) = (constraint, text) {
        comment::write(writer, &comment::constraint_subject(table, constraint), text);
    }
}

fn table_option(key: &str, after: Option<&str>) -> String {
    match (key, after) {
        (table::UNLOGGED, Some("true")) => "SET UNLOGGED".to_owned(),
        (table::UNLOGGED, _) => "SET LOGGED".to_owned(),
        (key, Some(value)) => format!("SET ({})", index::option(key, value)),
        (key, None) => format!("RESET ({})", index::option_key(key)),
    }
}

/// Another name, another schema, or both.
fn rename(writer: &mut Writer, what: &str, from: &ObjectName, to: &ObjectName) {
    let mut at = from.clone();
    if from.schema != to.schema {
        let sql = match &to.schema {
            Some(schema) => format!("ALTER {what} {} SET SCHEMA {}", object(from), name(schema)),
            // The default schema has no name here.
            None => format!(
                "DO $move$ BEGIN EXECUTE format({}, current_schema()); END $move$",
                literal(&format!("ALTER {what} {} SET SCHEMA %I", object(from).replace('%', "%%")))
            ),
        };
        writer.statement(Statement::new(sql));
        at.schema.clone_from(&to.schema);
    }
    if from.name != to.name {
        let sql = format!("ALTER {what} {} RENAME TO {}", object(&at), name(&to.name));
        writer.statement(Statement::new(sql));
    }
}

fn rename_sequence(writer: &mut Writer, from: &ObjectName, to: &ObjectName) {
    if from.name != to.name {
        let sql = format!("ALTER SEQUENCE {} RENAME TO {}", object(from), name(&to.name));
        writer.statement(Statement::new(sql));
    }
}

fn own_sequence(writer: &mut Writer, sequence: &ObjectName, table: &ObjectName, column: &str) {
    let owner = format!("{}.{}", object(table), name(column));
    writer.statement(Statement::new(format!("ALTER SEQUENCE {} OWNED BY {owner}", object(sequence))));
}

/// The sequences of serials are called after table and column, and go by the new name too. `renamed` gives the table
/// and the column as they are called now.
fn rename_serials(
    writer: &mut Writer,
    now: &Schema,
    table: &ObjectName,
    renamed: impl Fn(&str) -> (ObjectName, String),
) {
    let Some(found) = now.table(table) else { return };
    for column in found.columns.iter().filter(|column| matches!(column.identity, Some(Identity::Serial))) {
        let (table, name_now) = renamed(&column.name);
        let from = sequence::of_serial(&found.name, &column.name, column.sequence_number);
        let to = sequence::of_serial(&table, &name_now, column.sequence_number);
        if from.name != to.name {
            // A table takes its sequences along into another schema.
            let from = object(&ObjectName { schema: to.schema, name: from.name });
            let sql = format!("ALTER SEQUENCE {from} RENAME TO {}", name(&to.name));
            writer.statement(Statement::new(sql));
        }
    }
}
