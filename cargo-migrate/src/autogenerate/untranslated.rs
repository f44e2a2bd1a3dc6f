//! Changes of the first dialect that are left to a human in another one: each holds its place in the section, so that it
//! is not taken for done, and is said aloud.

use migrate_core::Dialect;

use super::{Warning, names::Names, same::has_counterpart, section::Sections};
use crate::{
    operation::Operation,
    schema::{ObjectName, Schema},
};

/// What somebody has to write, on each way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Untranslated {
    /// What it is about.
    about: String,
    up: Option<String>,
    down: Option<String>,
}

impl Untranslated {
    /// A change on its two ways.
    pub(super) fn change(operation: &Operation) -> Self {
        Self {
            about: about(operation),
            up: Some(operation.describe()),
            down: operation.reverse().map(|back| back.describe()),
        }
    }

    /// What only the way back has to do.
    pub(super) fn way_back(operation: &Operation) -> Self {
        Self { about: about(operation), up: None, down: Some(operation.describe()) }
    }

    /// What is not known of something, on both ways.
    pub(super) fn doubt(name: &ObjectName, what: String) -> Self {
        Self { about: name.to_string(), up: Some(what.clone()), down: Some(what) }
    }

    fn warning(&self) -> Option<Warning> {
        let (what, which) = match (&self.up, &self.down) {
            (Some(what), _) => (what, "`upgrade` refuses the revision"),
            (None, Some(what)) => (what, "on the way back: `downgrade` refuses the revision"),
            (None, None) => return None,
        };
        let message = format!(
            "not translated: {what}: write it by hand, in place of the line `-- migrate:unwritten`; until then {which}"
        );
        Some(Warning { code: "not-translated", table: self.about.clone(), message })
    }
}

/// The table, or what else it is about.
fn about(operation: &Operation) -> String {
    match operation {
        Operation::CreateTable(table) | Operation::DropTable(table) => table.name.to_string(),
        Operation::CreateSequence(sequence)
        | Operation::DropSequence(sequence)
        | Operation::AlterSequence { after: sequence, .. } => sequence.name.to_string(),
        operation => operation.table().map(ToString::to_string).unwrap_or_default(),
    }
}

/// Holds the places in the sections, and gives what to say of them.
pub(super) fn hold_places(sections: &mut Sections, all: &[Untranslated]) -> Vec<Warning> {
    sections.unwritten.up.extend(all.iter().filter_map(|one| one.up.clone()));
    sections.unwritten.down.extend(all.iter().filter_map(|one| one.down.clone()));
    all.iter().filter_map(Untranslated::warning).collect()
}

/// What the way back must bring to tables that are dropped, and is not in them as they are known in the other dialect: it
/// cannot have it as the first dialect has.
pub(super) fn parts_of_dropped_tables(
    operations: &[Operation],
    old: &Schema,
    names: &Names,
) -> Vec<Operation> {
    let mut parts = Vec::new();
    for operation in operations {
        let Operation::DropTable(first) = operation else { continue };
        let Some(here) = old.table(&names.of(&first.name)) else { continue };
        let table = &first.name;
        let is_missing = |name: &String| here.column(name).is_none();
        let columns = first.columns.iter().filter(|column| is_missing(&column.name));
        parts.extend(
            columns.map(|column| Operation::AddColumn { table: table.clone(), column: column.clone() }),
        );
        // What stands on a column that is missing is made with it.
        let indexes =
            first.indexes.iter().filter(|index| !index.columns().any(|name| here.column(name).is_none()));
        parts.extend(indexes.map(|index| Operation::AddIndex { table: table.clone(), index: index.clone() }));
        let uniques = first.uniques.iter().filter(|unique| !unique.columns.iter().any(is_missing));
        parts.extend(
            uniques.map(|unique| Operation::AddUnique { table: table.clone(), unique: unique.clone() }),
        );
        let keys = first.foreign_keys.iter().filter(|key| !key.columns.iter().any(is_missing));
        parts.extend(keys.map(|key| Operation::AddForeignKey { table: table.clone(), key: key.clone() }));
        parts.retain(|part| part.table() != Some(table) || !has_counterpart(part, here, names));
    }
    parts
}

/// Whether an operation that a translation did nothing for may have nothing to do: what it changes is not to be seen in
/// the other dialect, or not there at all.
pub(super) fn may_be_nothing(
    operation: &Operation,
    dialect: Dialect,
    old: &Schema,
    after: &Schema,
    names: &Names,
) -> bool {
    match operation {
        // Two types there may be one here.
        Operation::AlterColumn { table, after: column, .. } => {
            let table = names.of(table);
            let is_there = |schema: &Schema| {
                schema.table(&table).is_some_and(|table| table.column(&column.name).is_some())
            };
            is_there(old) && is_there(after)
        }
        // Each engine has words of its own.
        Operation::SetTableOption { .. } => true,
        Operation::SetComment { .. } => match dialect {
            Dialect::Postgres | Dialect::Mssql => false,
            Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => true,
        },
        Operation::AddExclusion { .. } | Operation::DropExclusion { .. } => dialect != Dialect::Postgres,
        _ => false,
    }
}
