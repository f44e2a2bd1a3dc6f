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
    operation::Operation,
    schema::{ForeignKey, Index, ObjectName, Unique},
};

/// Engines cut names that are longer, each at a place of its own.
const CERTAIN: usize = 60;

/// The words of the statements that take a database up.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeSet<String>);

impl Seen {
    /// Those of all revisions.
    pub(super) fn in_revisions(catalog: &Catalog<'_>, dialect: Dialect) -> Self {
        let mut words = BTreeSet::new();
        for (index, _) in catalog.graph().iter() {
            // What is wrong with a script is found by those who run it.
            let Ok(script) = catalog.file(index).script(dialect, Side::Up) else { continue };
            for step in script.steps() {
                if let Step::Statement(statement) = step {
                    words.extend(tokens(dialect, &statement.sql).into_iter().map(plain));
                }
            }
        }
        Self(words)
    }

    /// Whether what the operation drops was never made: the revisions speak of its table, and nowhere of it. `renames`
    /// are those of this dialect.
    ///
    /// Only of what the engine cannot have as the first dialect has it, or of what has no counterpart: somebody may have
    /// made an index without giving it a name.
    pub(super) fn never_made(&self, operation: &Operation, names: &Names, renames: &Renames) -> bool {
        let (table, name) = match operation {
            Operation::DropIndex { table, index: Index { name, .. } } => (table, Some(name)),
            Operation::DropUnique { table, unique: Unique { name, .. } } => (table, name.as_ref()),
            Operation::DropForeignKey { table, key: ForeignKey { name, .. } } => (table, name.as_ref()),
            _ => return false,
        };
        let now = names.of(table);
        let knows_table = |name: &ObjectName| self.0.contains(&name.name.to_lowercase());
        let is_known = knows_table(table) || knows_table(&now) || knows_table(&renames.former_table(&now));
        let is_certain = |name: &&String| name.chars().count() < CERTAIN;
        is_known && name.filter(is_certain).is_some_and(|name| !self.0.contains(&name.to_lowercase()))
    }
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
    use crate::schema::{IndexKey, Schema};

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
        // Its table was made by other means, or its name may have been cut.
        assert!(!drop("teams", "ix_else") && !drop("users", &"i".repeat(CERTAIN)));
    }
}
