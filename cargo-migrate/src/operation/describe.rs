//! Operations for people: one line each, as a person would say it.

use super::{Commented, ConstraintKind, Operation};
use crate::schema::{Column, Deferrable, ForeignKey, Generated, Identity, Index, KeyPart, Table};

/// What a line is about, for its sign and its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    Adds,
    Drops,
    Changes,
}

impl Nature {
    /// `+`, `-` or `~`.
    pub(crate) const fn sign(self) -> char {
        match self {
            Self::Adds => '+',
            Self::Drops => '-',
            Self::Changes => '~',
        }
    }
}

impl Operation {
    /// Whether it adds, drops or changes something.
    pub(crate) fn nature(&self) -> Nature {
        match self {
            Self::CreateSchema(_)
            | Self::CreateEnum(_)
            | Self::CreateSequence(_)
            | Self::CreateTable(_)
            | Self::AddColumn { .. }
            | Self::AddPrimaryKey { .. }
            | Self::AddUnique { .. }
            | Self::AddForeignKey { .. }
            | Self::AddCheck { .. }
            | Self::AddExclusion { .. }
            | Self::AddIndex { .. } => Nature::Adds,
            Self::DropSchema(_)
            | Self::DropEnum(_)
            | Self::DropSequence(_)
            | Self::DropTable(_)
            | Self::DropColumn { .. }
            | Self::DropPrimaryKey { .. }
            | Self::DropUnique { .. }
            | Self::DropForeignKey { .. }
            | Self::DropCheck { .. }
            | Self::DropExclusion { .. }
            | Self::DropIndex { .. } => Nature::Drops,
            Self::RenameEnum { .. }
            | Self::RenameEnumValue { .. }
            | Self::AlterEnum { .. }
            | Self::RenameSequence { .. }
            | Self::AlterSequence { .. }
            | Self::RenameTable { .. }
            | Self::SetTableOption { .. }
            | Self::RenameColumn { .. }
            | Self::RenameValues { .. }
            | Self::FillColumn { .. }
            | Self::AlterColumn { .. }
            | Self::RenameConstraint { .. }
            | Self::RenameIndex { .. }
            | Self::SetComment { .. } => Nature::Changes,
        }
    }

    /// The change in a line, without its sign: `add column users.bio text`.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::CreateSchema(name) => format!("create schema {name}"),
            Self::DropSchema(name) => format!("drop schema {name}"),
            Self::CreateEnum(ty) => format!("create enum {} ({})", ty.name, ty.values.join(", ")),
            Self::DropEnum(ty) => format!("drop enum {}", ty.name),
            Self::RenameEnum { from, to } => format!("rename enum {from} to {to}"),
            Self::RenameEnumValue { name, from, to } => format!("rename value {from} of enum {name} to {to}"),
            Self::RenameValues { table, column, values } => {
                let pairs: Vec<_> = values.iter().map(|(from, to)| format!("{from} to {to}")).collect();
                format!("rename values of {table}.{column}: {}", pairs.join(", "))
            }
            Self::FillColumn { table, column, value } => {
                format!("fill {table}.{column} with {value} where it is NULL")
            }
            Self::AlterEnum { before, after } => {
                alter_enum(&after.name.to_string(), &before.values, &after.values)
            }
            Self::CreateSequence(sequence) => format!("create sequence {}", sequence.name),
            Self::DropSequence(sequence) => format!("drop sequence {}", sequence.name),
            Self::RenameSequence { from, to } => format!("rename sequence {from} to {to}"),
            Self::AlterSequence { after, .. } => format!("change sequence {}", after.name),
            Self::CreateTable(table) => create_table(table),
            Self::DropTable(table) => format!("drop table {}", table.name),
            Self::RenameTable { from, to } => format!("rename table {from} to {to}"),
            Self::SetTableOption { table, key, before, after } => {
                let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "unset".to_owned());
                format!("change {key} of table {table}: {} to {}", value(before), value(after))
            }
            Self::AddColumn { table, column } => {
                format!("add column {table}.{} {}", column.name, definition(column))
            }
            Self::DropColumn { table, column } => format!("drop column {table}.{}", column.name),
            Self::RenameColumn { table, from, to } => format!("rename column {table}.{from} to {to}"),
            Self::AlterColumn { table, before, after } => {
                format!("change column {table}.{}: {}", after.name, differences(before, after).join("; "))
            }
            Self::AddPrimaryKey { table, key } => {
                format!("add primary key of {table} ({})", key.columns.join(", "))
            }
            Self::DropPrimaryKey { table, key } => {
                format!("drop primary key of {table} ({})", key.columns.join(", "))
            }
            Self::AddUnique { table, unique } => {
                format!(
                    "add unique constraint {}on {table} ({})",
                    named(&unique.name),
                    unique.columns.join(", ")
                )
            }
            Self::DropUnique { table, unique } => {
                format!(
                    "drop unique constraint {}on {table} ({})",
                    named(&unique.name),
                    unique.columns.join(", ")
                )
            }
            Self::AddForeignKey { table, key } => {
                format!("add foreign key {}", foreign_key(&table.to_string(), key))
            }
            Self::DropForeignKey { table, key } => {
                format!("drop foreign key {}", foreign_key(&table.to_string(), key))
            }
            Self::AddCheck { table, check } => {
                format!("add check {}on {table}: {}", named(&check.name), check.expression)
            }
            Self::DropCheck { table, check } => {
                format!("drop check {}on {table}: {}", named(&check.name), check.expression)
            }
            Self::AddExclusion { table, exclusion } => {
                format!("add exclusion constraint {} on {table}", exclusion.name)
            }
            Self::DropExclusion { table, exclusion } => {
                format!("drop exclusion constraint {} on {table}", exclusion.name)
            }
            Self::RenameConstraint { table, kind, from, to } => {
                format!("rename {} {from} on {table} to {to}", kind.noun())
            }
            Self::AddIndex { table, index } => format!("add {}", describe_index(&table.to_string(), index)),
            Self::DropIndex { table, index } => format!("drop {}", describe_index(&table.to_string(), index)),
            Self::RenameIndex { table, from, to } => format!("rename index {from} on {table} to {to}"),
            Self::SetComment { on, after, .. } => {
                let verb = if after.is_some() { "comment on" } else { "drop comment on" };
                format!("{verb} {}", commented(on))
            }
        }
    }
}

impl ConstraintKind {
    /// The words for people.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::PrimaryKey => "primary key",
            Self::Unique => "unique constraint",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::Exclusion => "exclusion constraint",
        }
    }
}

fn named(name: &Option<String>) -> String {
    name.as_ref().map(|name| format!("{name} ")).unwrap_or_default()
}

fn create_table(table: &Table) -> String {
    let columns = table.columns.len();
    format!("create table {} ({columns} {})", table.name, if columns == 1 { "column" } else { "columns" })
}

fn alter_enum(name: &str, before: &[String], after: &[String]) -> String {
    let missing = |from: &[String], of: &[String]| -> Vec<String> {
        from.iter().filter(|value| !of.contains(value)).cloned().collect()
    };
    let (added, dropped) = (missing(after, before), missing(before, after));
    let mut parts = Vec::new();
    if !added.is_empty() {
        parts.push(format!("add {}", added.join(", ")));
    }
    if !dropped.is_empty() {
        parts.push(format!("drop {}", dropped.join(", ")));
    }
    let order = |values: &[String], of: &[String]| -> Vec<String> {
        values.iter().filter(|value| of.contains(value)).cloned().collect()
    };
    if order(before, after) != order(after, before) {
        parts.push("another order".to_owned());
    }
    format!("change enum {name}: {}", parts.join("; "))
}

/// The column in short: type, NOT NULL, default.
fn definition(column: &Column) -> String {
    let mut text = column.ty.clone();
    if !column.nullable {
        text.push_str(" not null");
    }
    if let Some(default) = &column.default {
        text.push_str(&format!(" default {default}"));
    }
    if let Some(generated) = &column.generated {
        text.push_str(&format!(" generated as ({})", generated.expression));
    }
    if column.identity.is_some() {
        text.push_str(" identity");
    }
    text
}

/// What differs between two states of a column, each in a few words.
fn differences(before: &Column, after: &Column) -> Vec<String> {
    let mut found = Vec::new();
    if before.ty != after.ty {
        found.push(format!("{} to {}", before.ty, after.ty));
    }
    match (before.nullable, after.nullable) {
        (true, false) => found.push("not null".to_owned()),
        (false, true) => found.push("may be null".to_owned()),
        (true, true) | (false, false) => {}
    }
    let text = |what: &str, before: &Option<String>, after: &Option<String>| match (before, after) {
        (before, after) if before == after => None,
        (None, Some(after)) => Some(format!("{what} {after}")),
        (Some(_), None) => Some(format!("no {what}")),
        (Some(before), Some(after)) => Some(format!("{what} {before} to {after}")),
        (None, None) => None,
    };
    found.extend(text("default", &before.default, &after.default));
    let generated = |generated: &Option<Generated>| {
        generated.as_ref().map(|generated| {
            format!("{} ({})", if generated.stored { "stored" } else { "virtual" }, generated.expression)
        })
    };
    found.extend(text("generated", &generated(&before.generated), &generated(&after.generated)));
    let identity = |identity: &Option<Identity>| identity.as_ref().map(describe_identity);
    found.extend(text("identity", &identity(&before.identity), &identity(&after.identity)));
    found.extend(text("collation", &before.collation, &after.collation));
    found.extend(text("charset", &before.charset, &after.charset));
    found.extend(text("on update", &before.on_update, &after.on_update));
    found.extend(text("default constraint", &before.default_name, &after.default_name));
    if before.invisible != after.invisible {
        found.push(if after.invisible { "invisible" } else { "visible" }.to_owned());
    }
    found
}

fn describe_identity(identity: &Identity) -> String {
    let (kind, options) = match identity {
        Identity::Always(options) => ("always", Some(options)),
        Identity::ByDefault(options) => ("by default", Some(options)),
        Identity::Serial => ("serial", None),
        Identity::AutoIncrement => ("auto-increment", None),
        Identity::Seeded { seed, increment } => return format!("from {seed} by {increment}"),
    };
    let mut words = vec![kind.to_owned()];
    if let Some(options) = options {
        let all = [
            ("start", options.start),
            ("increment", options.increment),
            ("min", options.min),
            ("max", options.max),
            ("cache", options.cache),
        ];
        words.extend(all.iter().filter_map(|(word, value)| value.map(|value| format!("{word} {value}"))));
        if options.cycle {
            words.push("cycle".to_owned());
        }
    }
    words.join(" ")
}

fn foreign_key(table: &str, key: &ForeignKey) -> String {
    let mut text =
        format!("{}on {table} ({}) to {}", named(&key.name), key.columns.join(", "), key.referred_table);
    if !key.referred_columns.is_empty() {
        text.push_str(&format!(" ({})", key.referred_columns.join(", ")));
    }
    if key.on_delete != crate::schema::ReferentialAction::NoAction {
        text.push_str(&format!(" on delete {}", key.on_delete.sql().to_lowercase()));
        if !key.delete_columns.is_empty() {
            text.push_str(&format!(" ({})", key.delete_columns.join(", ")));
        }
    }
    if key.on_update != crate::schema::ReferentialAction::NoAction {
        text.push_str(&format!(" on update {}", key.on_update.sql().to_lowercase()));
    }
    match key.deferrable {
        Deferrable::No => {}
        Deferrable::Immediate => text.push_str(" deferrable"),
        Deferrable::Deferred => text.push_str(" deferred"),
    }
    text
}

fn describe_index(table: &str, index: &Index) -> String {
    let keys = index.keys.iter().map(|key| {
        let mut text = match &key.part {
            KeyPart::Column(name) => name.clone(),
            KeyPart::Expression(expression) => format!("({expression})"),
        };
        if key.descending {
            text.push_str(" desc");
        }
        text
    });
    let unique = if index.unique { "unique " } else { "" };
    let mut text =
        format!("{unique}index {} on {table} ({})", index.name, keys.collect::<Vec<_>>().join(", "));
    if let Some(filter) = &index.filter {
        text.push_str(&format!(" where {filter}"));
    }
    text
}

fn commented(on: &Commented) -> String {
    match on {
        Commented::Table(table) => format!("table {table}"),
        Commented::Column { table, column } => format!("column {table}.{column}"),
        Commented::Index { table, index } => format!("index {index} on {table}"),
        Commented::Constraint { table, constraint } => format!("constraint {constraint} on {table}"),
        Commented::Enum(name) => format!("enum {name}"),
        Commented::Sequence(name) => format!("sequence {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ObjectName;

    #[test]
    fn a_change_reads_as_a_person_would_say_it() {
        let table = ObjectName::local("users");
        let mut email = Column::new("email", "varchar(255)");
        email.nullable = false;
        email.default = Some("'x'".to_owned());
        let add = Operation::AddColumn { table: table.clone(), column: email.clone() };
        assert_eq!(add.describe(), "add column users.email varchar(255) not null default 'x'");
        assert_eq!((add.nature().sign(), add.reverse().map(|back| back.nature().sign())), ('+', Some('-')));
        let before = Column::new("email", "text");
        let change = Operation::AlterColumn { table, before, after: email };
        assert_eq!(
            change.describe(),
            "change column users.email: text to varchar(255); not null; default 'x'"
        );
    }

    #[test]
    fn an_enum_says_what_comes_and_goes() {
        let values = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        let say = |before: &[&str], after: &[&str]| alter_enum("state", &values(before), &values(after));
        assert_eq!(say(&["a", "b"], &["a", "c", "b"]), "change enum state: add c");
        assert_eq!(say(&["a", "b"], &["b"]), "change enum state: drop a");
        assert_eq!(say(&["a", "b"], &["b", "a"]), "change enum state: another order");
    }
}
