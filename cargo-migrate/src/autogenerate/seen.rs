//! What the revisions of a dialect speak of: what none of them names was never made there, and need not go.

use std::collections::BTreeSet;

use migrate_core::{
    Catalog, Dialect,
    revision::{Side, Step},
    sql::tokens,
};

use super::names::Names;
use crate::{
    diff::Renames,
    lower,
    operation::Operation,
    schema::{Check, ObjectName, Schema, lists_values},
};

/// Engines cut names that are longer, each at a place of its own.
const CERTAIN: usize = 60;

/// The words of the statements that take a database up.
#[derive(Debug, Default)]
pub(super) struct Seen {
    words: BTreeSet<String>,
    /// Of these kinds something was made without a name: the server has given it one that no statement has.
    nameless: BTreeSet<Kind>,
}

/// What has a name on a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Index,
    Unique,
    ForeignKey,
    Check,
    Sequence,
}

impl Seen {
    /// Those of all revisions.
    pub(super) fn in_revisions(catalog: &Catalog<'_>, dialect: Dialect) -> Self {
        let mut seen = Self::default();
        for (index, _) in catalog.graph().iter() {
            // What is wrong with a script is found by those who run it.
            let Ok(script) = catalog.file(index).script(dialect, Side::Up) else { continue };
            for step in script.steps() {
                if let Step::Statement(statement) = step {
                    let words: Vec<_> = tokens(dialect, &statement.sql).into_iter().map(plain).collect();
                    seen.nameless.extend(nameless(&words));
                    seen.words.extend(words);
                }
            }
        }
        seen
    }

    /// Leaves out of the former schema what the first dialect had and this one never got.
    pub(super) fn leave_out_what_was_never_made(&self, old: &mut Schema) {
        old.sequences.retain(|name, _| !self.has_no_sequence(name));
        for table in old.tables.values_mut() {
            if !self.knows(&table.name) {
                continue;
            }
            let is_there = |kind, name: Option<&String>| !name.is_some_and(|name| self.lacks(kind, name));
            table.indexes.retain(|index| {
                let kind = if index.unique { Kind::Unique } else { Kind::Index };
                is_there(kind, Some(&index.name))
            });
            table.uniques.retain(|unique| is_there(Kind::Unique, unique.name.as_ref()));
            table.foreign_keys.retain(|key| is_there(Kind::ForeignKey, key.name.as_ref()));
            table.checks.retain(|check| is_of_an_enum(check) || is_there(Kind::Check, check.name.as_ref()));
        }
    }

    /// Whether what the operation drops was never made: the revisions speak of its table, and nowhere of it. `renames`
    /// are those of this dialect.
    pub(super) fn never_made(&self, operation: &Operation, names: &Names, renames: &Renames) -> bool {
        let (table, kind, name) = match operation {
            Operation::DropIndex { table, index } => {
                let kind = if index.unique { Kind::Unique } else { Kind::Index };
                (table, kind, Some(&index.name))
            }
            Operation::DropUnique { table, unique } => (table, Kind::Unique, unique.name.as_ref()),
            Operation::DropForeignKey { table, key } => (table, Kind::ForeignKey, key.name.as_ref()),
            Operation::DropCheck { table, check } if !is_of_an_enum(check) => {
                (table, Kind::Check, check.name.as_ref())
            }
            Operation::DropSequence(sequence) => return self.has_no_sequence(&sequence.name),
            _ => return false,
        };
        let now = names.of(table);
        let is_known = self.knows(table) || self.knows(&now) || self.knows(&renames.former_table(&now));
        is_known && name.is_some_and(|name| self.lacks(kind, name))
    }

    /// Whether a statement speaks of the table. Of one that was made by other means nothing is known.
    fn knows(&self, table: &ObjectName) -> bool {
        self.words.contains(&table.name.to_lowercase())
    }

    /// Whether the revisions do something, and nothing with this sequence: it belongs to no table.
    fn has_no_sequence(&self, name: &ObjectName) -> bool {
        !self.words.is_empty() && self.lacks(Kind::Sequence, &name.name)
    }

    /// Whether nothing has the name for certain.
    fn lacks(&self, kind: Kind, name: &str) -> bool {
        name.chars().count() < CERTAIN
            && !self.nameless.contains(&kind)
            && !self.words.contains(&name.to_lowercase())
    }
}

/// Whether it lists the values of a column: elsewhere the type of the column may do that.
fn is_of_an_enum(check: &Check) -> bool {
    lower::words(&check.expression).any(|word| lists_values(&check.expression, word))
}

/// What a statement makes without giving it a name.
fn nameless(words: &[String]) -> BTreeSet<Kind> {
    let mut found = BTreeSet::new();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let (mut references, mut keys) = (0, 0);
    for at in 0..words.len() {
        let is_named = at >= 2 && word(at - 2) == "constraint";
        let before = if at == 0 { "" } else { word(at - 1) };
        let next = word(at + 1);
        match word(at) {
            "index" if matches!(next, "(" | "on") => {
                found.extend([Kind::Index, Kind::Unique]);
            }
            "key" if next == "(" && !matches!(before, "primary" | "foreign") => {
                found.extend([Kind::Index, Kind::Unique]);
            }
            "unique" if !is_named && !matches!(next, "key" | "index" | "clustered" | "nonclustered") => {
                found.insert(Kind::Unique);
            }
            "check" if !is_named && next == "(" => {
                found.insert(Kind::Check);
            }
            "foreign" => {
                keys += 1;
                if !is_named {
                    found.insert(Kind::ForeignKey);
                }
            }
            "references" => references += 1,
            _ => {}
        }
    }
    if references > keys {
        found.insert(Kind::ForeignKey);
    }
    found
}

/// A word without quotes, in small letters.
fn plain(token: &str) -> String {
    let inside = |open, close| token.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let name = inside('"', '"').or_else(|| inside('`', '`')).or_else(|| inside('[', ']')).unwrap_or(token);
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Index, IndexKey, Table};

    #[test]
    fn what_a_server_has_named_may_be_anything() {
        let of = |sql: &str| {
            let words: Vec<_> = tokens(Dialect::Mysql, sql).into_iter().map(plain).collect();
            nameless(&words).into_iter().collect::<Vec<_>>()
        };
        let named = "CREATE TABLE a (b int, PRIMARY KEY (b), UNIQUE KEY u (b), KEY i (b), CONSTRAINT c CHECK (b > 0), \
                     CONSTRAINT f FOREIGN KEY (b) REFERENCES t (b), CONSTRAINT v UNIQUE (b))";
        assert!(of(named).is_empty(), "{:?}", of(named));
        assert!(of("CREATE UNIQUE INDEX u ON a (b)").is_empty());
        assert_eq!(of("CREATE INDEX ON a (b)"), [Kind::Index, Kind::Unique]);
        assert_eq!(of("CREATE TABLE a (b int, KEY (b))"), [Kind::Index, Kind::Unique]);
        assert_eq!(of("CREATE TABLE a (b int UNIQUE CHECK (b > 0))"), [Kind::Unique, Kind::Check]);
        assert_eq!(of("CREATE TABLE a (b int REFERENCES t (b))"), [Kind::ForeignKey]);
        assert_eq!(of("ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES t (b)"), [Kind::ForeignKey]);
    }

    #[test]
    fn what_no_statement_names_was_never_made() {
        let file = "-- a\n-- Revision: aa\n-- migrate:up mysql\nCREATE TABLE `Users` (age int);\n\
                    CREATE INDEX ix_there ON Users (age);\n-- migrate:up sqlite\nCREATE INDEX ix_else ON x (a);\n";
        let dialects = [Dialect::Mysql, Dialect::Sqlite];
        let catalog = Catalog::load([("aa.sql".to_owned(), file.to_owned())], &dialects).unwrap();
        let seen = Seen::in_revisions(&catalog, Dialect::Mysql);
        let names = Names::new(&[&Schema::empty(Dialect::Mysql)], &Renames::default());
        let drop = |table: &str, name: &str| {
            let index = Index::new(name, vec![IndexKey::column("age")]);
            let operation = Operation::DropIndex { table: ObjectName::local(table), index };
            seen.never_made(&operation, &names, &Renames::default())
        };
        assert!(drop("users", "ix_else") && !drop("users", "IX_THERE"));
        let mut old = Schema::empty(Dialect::Mysql);
        let mut users = Table::new(ObjectName::local("users"));
        users.indexes =
            ["ix_else", "ix_there"].map(|name| Index::new(name, vec![IndexKey::column("age")])).into();
        old.insert(users);
        seen.leave_out_what_was_never_made(&mut old);
        let users = old.table(&ObjectName::local("users")).unwrap();
        assert_eq!(users.indexes.iter().map(|index| index.name.as_str()).collect::<Vec<_>>(), ["ix_there"]);
        // Its table was made by other means, or its name may have been cut.
        assert!(!drop("teams", "ix_else") && !drop("users", &"i".repeat(CERTAIN)));
    }
}
