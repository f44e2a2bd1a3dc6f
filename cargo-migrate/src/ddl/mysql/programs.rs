//! Triggers and views: these servers let a table change under them, and refuse them from then on, or let them go on with
//! what has the name then.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ddl::Script,
    mysql::{identifier, mentions},
    operation::Operation,
    schema::{ObjectName, Program, Schema},
};

/// What is to be said of the triggers and views of the database for which a script is written.
#[derive(Debug)]
pub(super) struct Programs {
    /// By the place of the operation.
    notes: BTreeMap<usize, Vec<String>>,
    /// The operation whose turn it is.
    at: usize,
}

impl Programs {
    /// They are known as they were before everything: on the way back that is what it leads to, and the operations are
    /// walked through from the last to the first, turned round.
    pub(super) fn of(script: &Script<'_>) -> Self {
        let is_way_back = script.before.beside.programs.is_empty();
        let (known, then) = if is_way_back {
            (&script.after.beside.programs, script.before)
        } else {
            (&script.before.beside.programs, script.after)
        };
        if known.is_empty() {
            return Self { notes: BTreeMap::new(), at: 0 };
        }
        let places = 0..script.operations.len();
        let places: Vec<usize> = if is_way_back { places.rev().collect() } else { places.collect() };
        let mut names = Names::default();
        let mut subjects: Vec<(usize, Subject)> = Vec::new();
        for at in places {
            let Some(operation) = script.operations.get(at) else { continue };
            // The first that touches a thing speaks for it, however often it is renamed.
            let touched = names.touched(operation, is_way_back);
            subjects.extend(touched.map(|subject| (at, subject)));
        }
        let mut notes: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (at, subject) in subjects {
            let said = known.iter().filter(|program| subject.is_in(program));
            let said: Vec<_> = said.map(|program| note(program, &subject, &names, then)).collect();
            notes.entry(at).or_default().extend(said);
        }
        Self { notes, at: 0 }
    }

    /// Goes on to an operation.
    pub(super) const fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// What has to be made again because of the operation.
    pub(super) fn notes(&self) -> Vec<String> {
        self.notes.get(&self.at).cloned().unwrap_or_default()
    }
}

/// What goes or gets another name, by the name under which it is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Table(ObjectName),
    Column(ObjectName, String),
}

impl Subject {
    fn is_in(&self, program: &Program) -> bool {
        let is_own = |table: &ObjectName| program.table.as_ref() == Some(table);
        match self {
            // A table takes its triggers along.
            Self::Table(table) => !is_own(table) && mentions(&program.sql, &table.name),
            Self::Column(table, column) => {
                (is_own(table) || mentions(&program.sql, &table.name)) && mentions(&program.sql, column)
            }
        }
    }
}

/// What everything is called by now.
#[derive(Debug, Default)]
struct Names {
    /// From the name of now to that under which it is known.
    tables: BTreeMap<ObjectName, ObjectName>,
    /// By the table as it is known.
    columns: BTreeMap<ObjectName, BTreeMap<String, String>>,
    touched: BTreeSet<Subject>,
}

impl Names {
    /// What the operation renames or drops, if none has before.
    fn touched(&mut self, operation: &Operation, is_turned: bool) -> Option<Subject> {
        let subject = match operation {
            Operation::RenameTable { from, to } => {
                let (from, to) = if is_turned { (to, from) } else { (from, to) };
                let known = self.tables.remove(from).unwrap_or_else(|| from.clone());
                self.tables.insert(to.clone(), known.clone());
                Subject::Table(known)
            }
            Operation::RenameColumn { table, from, to } => {
                let (from, to) = if is_turned { (to, from) } else { (from, to) };
                let table = self.tables.get(table).unwrap_or(table).clone();
                let columns = self.columns.entry(table.clone()).or_default();
                let known = columns.remove(from).unwrap_or_else(|| from.clone());
                columns.insert(to.clone(), known.clone());
                Subject::Column(table, known)
            }
            Operation::DropTable(table) if !is_turned => Subject::Table(table.name.clone()),
            Operation::DropColumn { table, column } if !is_turned => {
                let table = self.tables.get(table).unwrap_or(table).clone();
                Subject::Column(table, column.name.clone())
            }
            _ => return None,
        };
        self.touched.insert(subject.clone()).then_some(subject)
    }

    /// The name at the end of a table that is known as this.
    fn now<'n>(&'n self, known: &'n ObjectName) -> &'n ObjectName {
        self.tables.iter().find(|(_, other)| *other == known).map_or(known, |(now, _)| now)
    }
}

/// - `names`: at the end.
/// - `then`: what there is at the end.
fn note(program: &Program, subject: &Subject, names: &Names, then: &Schema) -> String {
    let (kind, name) = (program.kind, identifier(&program.name));
    let who = match &program.table {
        Some(table) => format!("trigger {name} of {table}"),
        None => format!("{kind} {name}"),
    };
    let (what, other) = match subject {
        Subject::Table(table) => (table.to_string(), then.tables.contains_key(table).then_some("table")),
        Subject::Column(table, column) => {
            let now = if program.table.as_ref() == Some(table) { names.now(table) } else { table };
            let other = then.table(now).and_then(|table| table.column(column));
            (format!("{} of {table}", identifier(column)), other.map(|_| "column"))
        }
    };
    match (other, &program.table) {
        (Some(other), _) => {
            format!(
                "{who} speaks of {what}, which is another {other} from then on: make it again, or it goes on with \
                 that"
            )
        }
        (None, Some(_)) => {
            format!("{who} speaks of {what}: make it again, or what fires it is refused from then on")
        }
        (None, None) => format!("{who} speaks of {what}: make it again, or it is invalid from then on"),
    }
}

#[cfg(test)]
mod tests {
    use migrate_core::Dialect;

    use super::*;
    use crate::{
        operation::reversed,
        schema::{Column, Table},
    };

    fn table(name: &str, columns: &[&str]) -> Table {
        let mut table = Table::new(ObjectName::local(name));
        table.columns = columns.iter().map(|name| Column::new(*name, "int")).collect();
        table
    }

    fn schema(tables: &[Table]) -> Schema {
        let mut schema = Schema::empty(Dialect::Mysql);
        tables.iter().for_each(|table| schema.insert(table.clone()));
        schema
    }

    fn users() -> Schema {
        let mut users = schema(&[table("users", &["email", "mail"])]);
        let program = |kind, name: &str, table: Option<&str>, sql: &str| Program {
            kind,
            name: name.to_owned(),
            table: table.map(ObjectName::local),
            sql: sql.to_owned(),
        };
        users.beside.programs = vec![
            program("trigger", "tr", Some("users"), "SET NEW.email = lower(NEW.email)"),
            program("view", "v", None, "select `app`.`users`.`email` AS `e` from `app`.`users`"),
            program("view", "w", None, "select `app`.`others`.`email` AS `e` from `app`.`others`"),
        ];
        users
    }

    fn rename_column(table: &str, from: &str, to: &str) -> Operation {
        Operation::RenameColumn { table: ObjectName::local(table), from: from.to_owned(), to: to.to_owned() }
    }

    fn rename_table(from: &str, to: &str) -> Operation {
        Operation::RenameTable { from: ObjectName::local(from), to: ObjectName::local(to) }
    }

    /// What is said, on both ways.
    fn said(before: &Schema, after: &Schema, operations: &[Operation]) -> [Vec<String>; 2] {
        let back = reversed(operations);
        let up = Programs::of(&Script { operations, before, after });
        let down = Programs::of(&Script { operations: &back, before: after, after: before });
        [up, down].map(|programs| programs.notes.into_values().flatten().collect())
    }

    const GONE: [&str; 2] = [
        "trigger tr of users speaks of email of users: make it again, or what fires it is refused from then on",
        "view v speaks of email of users: make it again, or it is invalid from then on",
    ];

    #[test]
    fn who_speaks_of_a_column_is_named() {
        let after = schema(&[table("users", &["address", "mail"])]);
        let [up, down] = said(&users(), &after, &[rename_column("users", "email", "address")]);
        assert_eq!(
            (up.as_slice(), down.as_slice()),
            (&GONE.map(String::from)[..], &GONE.map(String::from)[..])
        );

        let gone =
            Operation::DropColumn { table: ObjectName::local("users"), column: Column::new("email", "int") };
        let after = schema(&[table("users", &["mail"])]);
        assert_eq!(said(&users(), &after, &[gone]), [GONE.map(String::from).to_vec(), Vec::new()]);
        let [up, down] = said(&users(), &after, &[rename_column("users", "mail", "x")]);
        assert!(up.is_empty() && down.is_empty());
    }

    #[test]
    fn a_table_under_another_name_is_the_same() {
        let after = schema(&[table("people", &["address", "mail"])]);
        let both = [rename_table("users", "people"), rename_column("people", "email", "address")];
        let of_table = "view v speaks of users: make it again, or it is invalid from then on".to_owned();
        let [up, down] = said(&users(), &after, &both);
        assert_eq!(up, [of_table.clone(), GONE[0].to_owned(), GONE[1].to_owned()]);
        assert_eq!(down, [GONE[0].to_owned(), GONE[1].to_owned(), of_table]);
    }

    #[test]
    fn who_goes_on_with_another_column_is_not_refused() {
        let after = schema(&[table("people", &["email", "mail"])]);
        let circle = [
            rename_table("users", "people"),
            rename_column("people", "email", "between"),
            rename_column("people", "mail", "email"),
            rename_column("people", "between", "mail"),
        ];
        let other = "trigger tr of users speaks of email of users, which is another column from then on: make it \
                     again, or it goes on with that";
        let [up, down] = said(&users(), &after, &circle);
        // Once, however many steps it takes.
        assert_eq!(up.iter().filter(|note| *note == other).count(), 1, "{up:?}");
        assert_eq!(down.iter().filter(|note| *note == other).count(), 1, "{down:?}");
        // There is no table of the old name.
        assert!(up.contains(&GONE[1].to_owned()), "{up:?}");

        let dropped = Operation::DropTable(table("users", &[]));
        let taken = [dropped, rename_table("others", "users")];
        let [up, _] = said(&users(), &schema(&[table("users", &["email"])]), &taken);
        assert!(up[0].contains("view v speaks of users, which is another table from then on"), "{up:?}");
    }
}
