//! Triggers and views: these servers let a table change under them, and refuse them from then on.

use crate::{
    ddl::Script,
    mysql::{identifier, mentions},
    schema::{ObjectName, Program},
};

/// The triggers and views of the database for which a script is written.
#[derive(Debug)]
pub(super) struct Programs<'a> {
    known: &'a [Program],
    /// They are known as they were before the script that this one takes back, so by the names to which this one leads.
    is_way_back: bool,
}

impl<'a> Programs<'a> {
    pub(super) fn of(script: &Script<'a>) -> Self {
        let (before, after) = (&script.before.beside.programs, &script.after.beside.programs);
        if before.is_empty() {
            Self { known: after, is_way_back: true }
        } else {
            Self { known: before, is_way_back: false }
        }
    }

    /// What has to be made again because a column goes, or gets another name.
    pub(super) fn of_column(&self, table: &ObjectName, name: &str, to: Option<&str>) -> Vec<String> {
        let Some(known_as) = (if self.is_way_back { to } else { Some(name) }) else { return Vec::new() };
        let speaks = |program: &&Program| {
            let is_of_table = program.table.as_ref() == Some(table) || mentions(&program.sql, &table.name);
            is_of_table && mentions(&program.sql, known_as)
        };
        let what = format!("{} of {table}", identifier(known_as));
        self.known.iter().filter(speaks).map(|program| note(program, &what)).collect()
    }

    /// What has to be made again because a table goes, or gets another name. Its own triggers go along.
    pub(super) fn of_table(&self, name: &ObjectName, to: Option<&ObjectName>) -> Vec<String> {
        let Some(known_as) = (if self.is_way_back { to } else { Some(name) }) else { return Vec::new() };
        let speaks = |program: &&Program| {
            program.table.as_ref() != Some(known_as) && mentions(&program.sql, &known_as.name)
        };
        self.known.iter().filter(speaks).map(|program| note(program, &known_as.to_string())).collect()
    }
}

fn note(program: &Program, what: &str) -> String {
    let (kind, name) = (program.kind, identifier(&program.name));
    match &program.table {
        Some(table) => format!(
            "trigger {name} of {table} speaks of {what}: make it again, or what fires it is refused from then on"
        ),
        None => format!("{kind} {name} speaks of {what}: make it again, or it is invalid from then on"),
    }
}

#[cfg(test)]
mod tests {
    use migrate_core::Dialect;

    use super::*;
    use crate::schema::Schema;

    #[test]
    fn who_speaks_of_a_column_is_named() {
        let table = ObjectName::local("users");
        let mut before = Schema::empty(Dialect::Mysql);
        let program = |kind, name: &str, table: Option<&ObjectName>, sql: &str| Program {
            kind,
            name: name.to_owned(),
            table: table.cloned(),
            sql: sql.to_owned(),
        };
        before.beside.programs = vec![
            program("trigger", "tr", Some(&table), "SET NEW.email = lower(NEW.email)"),
            program("view", "v", None, "select `app`.`users`.`email` AS `e` from `app`.`users`"),
            program("view", "w", None, "select `app`.`others`.`email` AS `e` from `app`.`others`"),
        ];
        let after = Schema::empty(Dialect::Mysql);
        let up = Programs::of(&Script { operations: &[], before: &before, after: &after });
        let down = Programs::of(&Script { operations: &[], before: &after, after: &before });
        let notes = [
            "trigger tr of users speaks of email of users: make it again, or what fires it is refused from then on",
            "view v speaks of email of users: make it again, or it is invalid from then on",
        ];
        assert_eq!(up.of_column(&table, "email", Some("mail")), notes);
        assert_eq!(down.of_column(&table, "mail", Some("email")), notes);
        assert_eq!(up.of_column(&table, "email", None), notes);
        assert!(up.of_column(&table, "name", None).is_empty());
        assert_eq!(
            up.of_table(&table, None),
            ["view v speaks of users: make it again, or it is invalid from then on"]
        );
    }
}
