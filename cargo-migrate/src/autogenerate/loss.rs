//! What is lost when operations run, and whether that was agreed to.

use migrate_core::{Dialect, Error};
use serde_json::{Value, json};

use super::{
    Answers, Ask,
    consent::{Called, Consent},
    decide::OpenRename,
    facts::{Facts, Offenders, counted},
    held,
    narrowing::{Fate, Narrowing},
    shell,
};
use crate::{operation::Operation, schema::ObjectName};

/// Data that an operation throws away, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loss {
    pub(crate) what: LossKind,
    /// The table, or the enum, or the schema.
    pub(crate) of: String,
    pub(crate) column: Option<String>,
    /// What happens, for people.
    why: String,
    /// Of the table, where they could be counted.
    rows: Option<u64>,
    /// That are not NULL, of the column.
    values: Option<u64>,
    /// That do not fit into a narrower type.
    misfits: Option<Offenders>,
    /// Of a narrower type: what the type was, without quotes and dimensions.
    former_type: Option<String>,
    /// Whether the thing goes. Otherwise it stays, and holds less.
    pub(super) is_drop: bool,
    consent: Consent,
}

/// The sort of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LossKind {
    Schema,
    Table,
    Column,
    /// A column's type holds less than before.
    Narrowing,
    /// The same of an enum that is a type of its own.
    Values,
    /// How far a sequence has come.
    Sequence,
}

impl Loss {
    /// What an operation loses, if anything, or may. A type that holds less is none where nothing is there that it does
    /// not hold; what is dropped is one even if it is empty, since other databases get the revision too.
    pub(crate) fn of(
        operation: &Operation,
        dialect: Dialect,
        facts: &Facts,
        called: Called<'_>,
    ) -> Option<Self> {
        let column_loss = |what, table: &ObjectName, column: &str, consent: Consent| Self {
            what,
            of: table.to_string(),
            column: Some(column.to_owned()),
            why: consent.named(&format!("{table}.{column}")),
            rows: facts.rows(table),
            values: facts.values(table, column),
            misfits: None,
            former_type: None,
            is_drop: false,
            consent,
        };
        match operation {
            Operation::DropTable(table) => Some(Self {
                what: LossKind::Table,
                of: table.name.to_string(),
                column: None,
                why: format!("drop table {}", table.name),
                rows: facts.dropped_rows(&table.name),
                values: None,
                misfits: None,
                former_type: None,
                is_drop: true,
                consent: Consent::to(&table.name),
            }),
            Operation::DropSchema(name) => Some(Self {
                what: LossKind::Schema,
                of: name.clone(),
                column: None,
                why: format!("drop schema {name}"),
                rows: None,
                values: None,
                misfits: None,
                former_type: None,
                is_drop: true,
                consent: Consent::to(name),
            }),
            // What is computed can be computed again.
            Operation::DropColumn { table, column } if column.generated.is_none() => {
                let values = facts.dropped_values(table, &column.name);
                let consent = called.dropped_column(table, &column.name);
                let loss = column_loss(LossKind::Column, table, &column.name, consent);
                Some(Self { why: format!("drop column {}", loss.why), values, is_drop: true, ..loss })
            }
            Operation::AlterColumn { table, before, after }
                if before.generated.is_none() && after.generated.is_some() =>
            {
                let consent = called.kept_column(table, &before.name);
                let loss = column_loss(LossKind::Column, table, &before.name, consent);
                let why = format!("{}: what was stored is replaced by what is computed", loss.why);
                Some(Self { why, ..loss })
            }
            Operation::AlterColumn { table, before, after } => {
                let narrowing = Narrowing::of(dialect, before, after)?;
                let misfits = facts.offenders(operation);
                let nothing = |count: u64| count == 0;
                if misfits.is_some_and(|found| nothing(found.number()))
                    || facts.values(table, &before.name).is_some_and(nothing)
                {
                    return None;
                }
                let former_type = called.former_type(&before.ty);
                let why = narrowed(dialect, &narrowing, misfits, &former_type, &after.ty);
                let former_type = Some(former_type.trim_end_matches("[]").replace('"', ""));
                let consent = called.kept_column(table, &before.name);
                let loss = column_loss(LossKind::Narrowing, table, &before.name, consent);
                Some(Self { why: format!("{}: {why}", loss.why), misfits, former_type, ..loss })
            }
            Operation::AlterEnum { before, after } => {
                let gone: Vec<_> = held::gone(operation).into_iter().map(String::as_str).collect();
                let held = facts.held_in_all(&after.name);
                let misfits = held.map(|(_, _, misfits)| misfits);
                if gone.is_empty() || misfits.is_some_and(|found| found.number() == 0) {
                    return None;
                }
                let which = fate(dialect, Fate::Refused, "gone from the list", misfits);
                let consent = called.enumeration(&before.name);
                let name = consent.named(&before.name.to_string());
                Some(Self {
                    what: LossKind::Values,
                    of: before.name.to_string(),
                    column: None,
                    why: format!("drop {} from enum {name}: {which}", gone.join(", ")),
                    rows: held.map(|(rows, _, _)| rows),
                    values: held.map(|(_, values, _)| values),
                    misfits,
                    former_type: None,
                    is_drop: false,
                    consent,
                })
            }
            _ => None,
        }
    }

    /// That of a dropped sequence. `reached` is how far it has come, as a clause.
    pub(super) fn of_sequence(name: &ObjectName, reached: &str) -> Self {
        Self {
            what: LossKind::Sequence,
            of: name.to_string(),
            column: None,
            why: format!("drop sequence {name}{reached}"),
            rows: None,
            values: None,
            misfits: None,
            former_type: None,
            is_drop: true,
            consent: Consent::to(name),
        }
    }

    /// Whether somebody agrees to it now.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(crate) fn is_agreed(&self, ask: &mut dyn Ask) -> Result<bool, Error> {
        ask.agrees(&format!("{}: go on?", self.describe()))
    }

    /// Whether the question comes first if the thing was renamed.
    pub(crate) fn waits_for(&self, open: &[OpenRename]) -> bool {
        match self.what {
            LossKind::Column => open.iter().any(|rename| rename.is_about(&self.of, self.column.as_deref())),
            LossKind::Table | LossKind::Values => open.iter().any(|rename| rename.is_about(&self.of, None)),
            LossKind::Narrowing => {
                let column = self.column.iter().map(|column| format!("{}.{column}", self.of));
                let mut waits = column.chain(self.former_type.clone());
                waits.any(|name| open.iter().any(|rename| rename.is_about(&name, None)))
            }
            LossKind::Schema | LossKind::Sequence => false,
        }
    }

    /// Whether an option has agreed to it.
    pub(crate) fn is_allowed(&self, answers: &Answers) -> bool {
        answers.agree(&self.consent)
    }

    /// The option that agrees to it.
    pub(crate) fn option(&self) -> String {
        format!("--allow-drop {}", shell::quoted(&self.consent.word))
    }

    /// What is at stake: ` (3 values in 5 rows)`.
    fn stake(&self) -> String {
        match (self.values, self.rows) {
            // It was said what does not fit.
            _ if self.misfits.is_some() => String::new(),
            (Some(0), Some(_)) | (None, Some(0)) => {
                " (empty here; other databases may hold something)".to_owned()
            }
            (Some(values), Some(rows)) => {
                format!(" ({} in {})", counted(values, "value"), counted(rows, "row"))
            }
            (None, Some(rows)) => format!(" ({})", counted(rows, "row")),
            (_, None) => String::new(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        let what = match self.what {
            LossKind::Schema => "schema",
            LossKind::Table => "table",
            LossKind::Column => "column",
            LossKind::Narrowing => "narrowing",
            LossKind::Values => "values",
            LossKind::Sequence => "sequence",
        };
        json!({
            "kind": "drop",
            "what": what,
            "of": self.of,
            "column": self.column,
            "description": self.why,
            "rows": self.rows,
            "values": self.values,
            "misfits": self.misfits.map(Offenders::number),
            "options": [self.option()],
        })
    }

    /// For people, without the option that agrees to it.
    pub(crate) fn describe(&self) -> String {
        match self.what {
            LossKind::Narrowing | LossKind::Values => format!("{}{}", self.why, self.stake()),
            LossKind::Schema | LossKind::Table | LossKind::Column | LossKind::Sequence => {
                format!("{} loses data{}", self.why, self.stake())
            }
        }
    }
}

/// What the engine does with what does not fit: `varchar(9) becomes varchar(5): 3 values are longer, which PostgreSQL
/// refuses`.
fn narrowed(
    dialect: Dialect,
    narrowing: &Narrowing,
    misfits: Option<Offenders>,
    before: &str,
    after: &str,
) -> String {
    let which = fate(dialect, narrowing.fate, narrowing.how(), misfits);
    format!("{before} becomes {after}, which holds less: {which}")
}

/// `3 values are longer, which PostgreSQL refuses`.
fn fate(dialect: Dialect, fate: Fate, how: &str, misfits: Option<Offenders>) -> String {
    let does = match (fate, dialect) {
        (Fate::Refused, Dialect::Mysql | Dialect::Mariadb) => "refuses in strict mode",
        (Fate::Refused, _) => "refuses",
        (Fate::Changed, _) => "rounds or cuts",
        (Fate::Either, _) => "refuses or changes",
    };
    let engine = match dialect {
        Dialect::Postgres => "PostgreSQL",
        Dialect::Mysql => "MySQL",
        Dialect::Mariadb => "MariaDB",
        Dialect::Mssql => "SQL Server",
        Dialect::Sqlite => "SQLite",
    };
    let which = match misfits {
        Some(found) if found.number() == 1 => format!("1 value is {how}"),
        Some(found) => format!("{} are {how}", found.counted("value")),
        None => format!("a value may be {how}"),
    };
    format!("{which}, which {engine} {does}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diff::Renames,
        schema::{Column, EnumType, Schema},
    };

    fn loss(operation: &Operation, dialect: Dialect, facts: &Facts) -> Option<Loss> {
        let (before, renames) = (Schema::empty(dialect), Renames::default());
        Loss::of(operation, dialect, facts, Called { before: &before, renames: &renames })
    }

    fn narrow(after: &str) -> Operation {
        Operation::AlterColumn {
            table: ObjectName::local("users"),
            before: Column::new("name", "varchar(9)"),
            after: Column::new("name", after),
        }
    }

    #[test]
    fn a_narrower_type_asks_only_for_what_does_not_fit() {
        let change = narrow("varchar(5)");
        let facts =
            |misfits| Facts::of(&[("users", 9)], &[("users", "name", 8)], &[(change.clone(), misfits)]);
        let said = |misfits| loss(&change, Dialect::Postgres, &facts(misfits)).map(|loss| loss.describe());
        assert_eq!(
            said(3).as_deref(),
            Some(
                "users.name: varchar(9) becomes varchar(5), which holds less: 3 values are longer, which PostgreSQL \
                 refuses"
            )
        );
        assert!(said(1).is_some_and(|said| said.contains("1 value is longer")));
        assert!(said(1000).is_some_and(|said| said.contains("1000 or more values are longer")));
        assert_eq!(said(0), None);
    }

    #[test]
    fn a_value_that_an_enum_loses_is_asked_about_where_rows_hold_it() {
        let of = |values: &[&str]| EnumType {
            name: ObjectName::local("mood"),
            values: values.iter().map(ToString::to_string).collect(),
            comment: None,
            needed_by: Vec::new(),
        };
        let change = Operation::AlterEnum { before: of(&["good", "sad", "bad"]), after: of(&["good"]) };
        let held = |counts| Facts::default().with_held("mood", "users", "mood", counts);
        let loss = |facts: &Facts| loss(&change, Dialect::Postgres, facts);
        let found = loss(&held([9, 8, 1])).unwrap();
        assert_eq!(
            found.describe(),
            "drop sad, bad from enum mood: 1 value is gone from the list, which PostgreSQL refuses"
        );
        let json = found.json();
        assert_eq!([&json["rows"], &json["values"], &json["misfits"]], [&json!(9), &json!(8), &json!(1)]);
        assert_eq!(loss(&held([9, 8, 0])), None);
        // Two columns of one table have its rows once.
        let both = held([9, 8, 999]).with_held("mood", "users", "before", [9, 2, 1]);
        let found = loss(&both).unwrap();
        assert!(found.describe().contains("1000 or more values are gone from the list"));
        assert_eq!((found.rows, found.values), (Some(9), Some(10)));
        let unknown = loss(&Facts::default()).unwrap().describe();
        assert!(
            unknown.ends_with("a value may be gone from the list, which PostgreSQL refuses"),
            "{unknown}"
        );
    }

    #[test]
    fn what_was_not_counted_is_asked_about() {
        let change = narrow("varchar(5)");
        let asked = |facts: &Facts| loss(&change, Dialect::Mysql, facts).map(|loss| loss.describe());
        let said = asked(&Facts::default()).unwrap();
        assert!(said.ends_with("a value may be longer, which MySQL refuses in strict mode"), "{said}");
        assert_eq!(asked(&Facts::of(&[("users", 0)], &[("users", "name", 0)], &[])), None);
        assert_eq!(loss(&change, Dialect::Sqlite, &Facts::default()), None);
    }

    #[test]
    fn a_drop_is_asked_about_even_where_it_is_empty() {
        let drop = Operation::DropColumn {
            table: ObjectName::local("users"),
            column: Column::new("given name", "text"),
        };
        let facts = Facts::of(&[("users", 0)], &[("users", "given name", 0)], &[]);
        let found = loss(&drop, Dialect::Postgres, &facts).unwrap();
        assert_eq!(
            found.describe(),
            "drop column users.given name loses data (empty here; other databases may hold something)"
        );
        assert_eq!(found.option(), "--allow-drop 'users.given name'");
    }
}
