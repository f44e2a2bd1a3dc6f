//! Operations for programs.

use serde_json::{Map, Value, json};

use super::{Commented, Operation};

impl Operation {
    /// The change as JSON: `op` is its kebab-case name, `table` the table it is about if it is about one, `name` the
    /// thing that it adds, drops or changes, `description` the line for people.
    pub(crate) fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("op".to_owned(), json!(self.kind()));
        if let Some(table) = self.table() {
            object.insert("table".to_owned(), json!(table.to_string()));
        }
        let (name, from, to) = self.names();
        for (key, value) in [("name", name), ("from", from), ("to", to)] {
            if let Some(value) = value {
                object.insert(key.to_owned(), json!(value));
            }
        }
        if let Self::RenameValues { values, .. } = self {
            object.insert("values".to_owned(), json!(values));
        }
        if let Self::FillColumn { value, .. } = self {
            object.insert("value".to_owned(), json!(value));
        }
        object.insert("description".to_owned(), json!(self.describe()));
        Value::Object(object)
    }

    /// The kebab-case name of its kind.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::CreateSchema(_) => "create-schema",
            Self::DropSchema(_) => "drop-schema",
            Self::CreateEnum(_) => "create-enum",
            Self::DropEnum(_) => "drop-enum",
            Self::RenameEnum { .. } => "rename-enum",
            Self::RenameEnumValue { .. } => "rename-enum-value",
            Self::AlterEnum { .. } => "alter-enum",
            Self::CreateSequence(_) => "create-sequence",
            Self::DropSequence(_) => "drop-sequence",
            Self::RenameSequence { .. } => "rename-sequence",
            Self::AlterSequence { .. } => "alter-sequence",
            Self::CreateTable(_) => "create-table",
            Self::DropTable(_) => "drop-table",
            Self::RenameTable { .. } => "rename-table",
            Self::SetTableOption { .. } => "set-table-option",
            Self::AddColumn { .. } => "add-column",
            Self::DropColumn { .. } => "drop-column",
            Self::RenameColumn { .. } => "rename-column",
            Self::RenameValues { .. } => "rename-values",
            Self::FillColumn { .. } => "fill-column",
            Self::AlterColumn { .. } => "alter-column",
            Self::AddPrimaryKey { .. } => "add-primary-key",
            Self::DropPrimaryKey { .. } => "drop-primary-key",
            Self::AddUnique { .. } => "add-unique",
            Self::DropUnique { .. } => "drop-unique",
            Self::AddForeignKey { .. } => "add-foreign-key",
            Self::DropForeignKey { .. } => "drop-foreign-key",
            Self::AddCheck { .. } => "add-check",
            Self::DropCheck { .. } => "drop-check",
            Self::AddExclusion { .. } => "add-exclusion",
            Self::DropExclusion { .. } => "drop-exclusion",
            Self::RenameConstraint { .. } => "rename-constraint",
            Self::AddIndex { .. } => "add-index",
            Self::DropIndex { .. } => "drop-index",
            Self::RenameIndex { .. } => "rename-index",
            Self::SetComment { .. } => "set-comment",
        }
    }

    /// The thing it is about; and for a rename, from what and to what.
    fn names(&self) -> (Option<String>, Option<String>, Option<String>) {
        let of = |name: &str| (Some(name.to_owned()), None, None);
        let renamed =
            |from: &dyn ToString, to: &dyn ToString| (None, Some(from.to_string()), Some(to.to_string()));
        match self {
            Self::CreateSchema(name) | Self::DropSchema(name) => of(name),
            Self::CreateEnum(ty) | Self::DropEnum(ty) | Self::AlterEnum { after: ty, .. } => {
                of(&ty.name.to_string())
            }
            Self::CreateSequence(sequence)
            | Self::DropSequence(sequence)
            | Self::AlterSequence { after: sequence, .. } => of(&sequence.name.to_string()),
            Self::RenameEnum { from, to }
            | Self::RenameSequence { from, to }
            | Self::RenameTable { from, to } => renamed(from, to),
            Self::RenameEnumValue { name, from, to } => {
                (Some(name.to_string()), Some(from.clone()), Some(to.clone()))
            }
            Self::RenameValues { column, .. } | Self::FillColumn { column, .. } => of(column),
            Self::RenameColumn { from, to, .. }
            | Self::RenameConstraint { from, to, .. }
            | Self::RenameIndex { from, to, .. } => renamed(from, to),
            Self::CreateTable(_) | Self::DropTable(_) => (None, None, None),
            Self::SetTableOption { key, .. } => of(key),
            Self::AddColumn { column, .. }
            | Self::DropColumn { column, .. }
            | Self::AlterColumn { after: column, .. } => of(&column.name),
            Self::AddPrimaryKey { key, .. } | Self::DropPrimaryKey { key, .. } => {
                (key.name.clone(), None, None)
            }
            Self::AddUnique { unique, .. } | Self::DropUnique { unique, .. } => {
                (unique.name.clone(), None, None)
            }
            Self::AddForeignKey { key, .. } | Self::DropForeignKey { key, .. } => {
                (key.name.clone(), None, None)
            }
            Self::AddCheck { check, .. } | Self::DropCheck { check, .. } => (check.name.clone(), None, None),
            Self::AddExclusion { exclusion, .. } | Self::DropExclusion { exclusion, .. } => {
                of(&exclusion.name)
            }
            Self::AddIndex { index, .. } | Self::DropIndex { index, .. } => of(&index.name),
            Self::SetComment { on, .. } => match on {
                Commented::Table(_) => (None, None, None),
                Commented::Column { column: name, .. }
                | Commented::Index { index: name, .. }
                | Commented::Constraint { constraint: name, .. } => of(name),
                Commented::Enum(name) | Commented::Sequence(name) => of(&name.to_string()),
            },
        }
    }
}
