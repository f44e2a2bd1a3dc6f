//! Tables made anew on SQLite, which does most changes of a table that way. To drop the old one deletes its rows and, by
//! ON DELETE CASCADE, what refers to them, unless foreign keys are off; and inside a transaction nothing turns them off.
//! So a revision that says `PRAGMA foreign_keys = OFF` gets what it asks for: they are off before its transaction begins,
//! and what they would have seen to is checked before it ends.

use std::collections::BTreeMap;

use migrate_core::{
    Code, Detail, Dialect, Error,
    revision::{Script, Statement, Step},
    sql,
};

use super::{Executor, Work};
use crate::{engine::literal, session::Part};

/// What stood open before the script: a database that was never clean need not become so.
#[derive(Debug)]
pub(super) struct References {
    found: Found,
    /// Whether every view and trigger had what it names.
    is_sound: bool,
}

/// How many rows refer to none, by the table that they are in and the one that they refer to.
type Violations = BTreeMap<(String, String), u64>;

/// What a look at all foreign keys finds.
#[derive(Debug, Default)]
struct Found {
    violations: Violations,
    /// Tables whose keys SQLite cannot check, with what it says: they refer to what is no key.
    unchecked: BTreeMap<String, String>,
}

impl Found {
    /// How many rows refer to none, in the tables that `other` could look at too.
    fn count(&self, other: &Self) -> u64 {
        let counted = self.violations.iter().filter(|((table, _), _)| !other.unchecked.contains_key(table));
        counted.map(|(_, count)| count).sum()
    }
}

/// Whether foreign keys have to be off while the script runs.
pub(crate) fn wants_foreign_keys_off(dialect: Dialect, script: &Script) -> bool {
    match dialect {
        Dialect::Sqlite => script.steps().any(|step| switch(step).is_some()),
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => false,
    }
}

/// Whether a step is `PRAGMA foreign_keys = OFF`.
pub(crate) fn turns_foreign_keys_off(step: &Step) -> bool {
    switch(step).is_some()
}

/// `PRAGMA foreign_keys = OFF`, in any spelling.
fn switch(step: &Step) -> Option<&Statement> {
    let Step::Statement(statement) = step else { return None };
    let words = sql::canonical(Dialect::Sqlite, &statement.sql).to_ascii_uppercase();
    let words = words.strip_prefix("PRAGMA")?.trim_start();
    let words = words.strip_prefix("MAIN.").unwrap_or(words).strip_prefix("FOREIGN_KEYS")?;
    let value = words.trim_matches([' ', '=', '(', ')', '\'', '"']);
    ["OFF", "0", "NO", "FALSE"].contains(&value).then_some(statement)
}

impl Executor<'_> {
    /// Turns foreign keys off. Call it outside a transaction: inside, SQLite takes no notice.
    pub(super) async fn turn_foreign_keys_off(&mut self) -> Result<(), Error> {
        let off = [Part::Own("PRAGMA foreign_keys = OFF")];
        self.session.run(&off).await.map_err(|stopped| stopped.error.own("turning foreign keys off"))
    }

    /// Before a transaction around a part of a script: whether foreign keys are off while it lasts. They are turned off if
    /// one of its own steps says so; what a section without a transaction has set stays as that has set it.
    pub(super) async fn are_foreign_keys_off(&mut self, steps: &[(bool, &Step)]) -> Result<bool, Error> {
        if steps.iter().any(|(_, step)| switch(step).is_some()) {
            self.turn_foreign_keys_off().await?;
            return Ok(true);
        }
        let sql = "SELECT foreign_keys FROM pragma_foreign_keys";
        let rows =
            self.session.query(sql).await.map_err(|error| error.own("reading the session's settings"))?;
        Ok(rows.into_iter().flatten().flatten().any(|cell| cell == "0"))
    }

    /// Brings the session's settings back where a transaction was given up before it did anything.
    pub(super) async fn restore_settings(&mut self) {
        for sql in &self.settings.after {
            let _ = self.session.run(&[Part::Own(sql)]).await;
        }
    }

    /// What stands open now, inside the transaction of a script and before it.
    pub(super) async fn look_at_references(&mut self) -> References {
        References {
            // What cannot be told has to be clean afterwards.
            found: self.references().await.unwrap_or_default(),
            is_sound: self.schema_error().await.is_none(),
        }
    }

    /// Refuses what the script has left behind it: rows that refer to none, views and triggers that name what is gone.
    pub(super) async fn check_references(
        &mut self,
        work: &Work<'_>,
        before: &References,
    ) -> Result<(), Error> {
        let after = self.references().await.map_err(|error| about_switch(work, &error))?;
        // What was so before is not of this script's making.
        let spoilt = after.unchecked.iter().find(|(table, _)| !before.found.unchecked.contains_key(*table));
        if let Some((table, message)) = spoilt {
            return Err(about_switch(work, &cannot_be_checked(table, message)));
        }
        if after.count(&before.found) > before.found.count(&after) {
            let comparable = |pair: &(String, String)| !before.found.unchecked.contains_key(&pair.0);
            let after = after.violations.into_iter().filter(|(pair, _)| comparable(pair)).collect();
            let error = self.violated(&after, &before.found.violations).await;
            return Err(about_switch(work, &error));
        }
        if before.is_sound
            && let Some(message) = self.schema_error().await
        {
            let error = Error::new(Code::StatementFailed, message).with_help(
                "drop the view or the trigger before the change, and create it again behind it, as it has to be then",
            );
            return Err(about_switch(work, &error));
        }
        Ok(())
    }

    /// Looks at all foreign keys at once; where SQLite refuses to, at those of one table after the other.
    async fn references(&mut self) -> Result<Found, Error> {
        let mut found = Found::default();
        let all = "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2";
        if let Ok(rows) = self.session.query(all).await {
            found.violations = violations(rows);
            return Ok(found);
        }
        let tables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY 1";
        let tables =
            self.session.query(tables).await.map_err(|error| error.own("looking at foreign keys"))?;
        for table in tables.into_iter().flatten().flatten() {
            let one = format!(
                "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check({}) GROUP BY 1, 2",
                literal(&table)
            );
            match self.session.query(&one).await {
                Ok(rows) => found.violations.extend(violations(rows)),
                Err(error) => {
                    found.unchecked.insert(table, error.describe());
                }
            }
        }
        Ok(found)
    }

    /// The error for a table in which more rows than before refer to none.
    async fn violated(&mut self, after: &Violations, before: &Violations) -> Error {
        let worst = after.iter().find(|(pair, count)| before.get(*pair).is_none_or(|before| *count > before));
        let Some(((table, parent), count)) = worst else {
            return Error::new(Code::StatementFailed, "rows refer to none");
        };
        let sql = format!(
            "SELECT rowid FROM pragma_foreign_key_check({}) WHERE parent = {} AND rowid IS NOT NULL ORDER BY 1 LIMIT 5",
            literal(table),
            literal(parent)
        );
        let rows = self.session.query(&sql).await.unwrap_or_default();
        let rowids: Vec<String> = rows.into_iter().flatten().flatten().collect();
        let first =
            rowids.first().map(|rowid| format!(", the first with the rowid {rowid}")).unwrap_or_default();
        let (verb, noun) = if *count == 1 { ("refers", "row") } else { ("refer", "rows") };
        Error::new(
            Code::StatementFailed,
            format!("{count} {noun} of {table} {verb} to a row of {parent} that is not there{first}"),
        )
        .with_help(
            "while foreign keys are off nothing is deleted or set NULL along with what it refers to: mend the rows in the \
             revision",
        )
        .with_detail("table", Detail::Text(table.clone()))
        .with_detail("parent", Detail::Text(parent.clone()))
        .with_detail("rows", Detail::Number(i64::try_from(*count).unwrap_or(i64::MAX)))
        .with_list("rowids", rowids)
    }

    /// What SQLite says of a view or a trigger that names what is not there. Before it renames a column, it reads them
    /// all: so one of ours is given the name that it has.
    async fn schema_error(&mut self) -> Option<String> {
        let table = self.journal.grammar.table(self.journal.tables, &self.journal.tables.version);
        let rename = format!("ALTER TABLE {table} RENAME COLUMN revision TO revision");
        let setting =
            "SELECT 'PRAGMA legacy_alter_table = ' || legacy_alter_table FROM pragma_legacy_alter_table";
        let rows = self.session.query(setting).await.ok()?;
        let setting = rows.into_iter().flatten().flatten().next()?;
        let parts = [Part::Own("PRAGMA legacy_alter_table = OFF"), Part::Own(&rename)];
        let outcome = self.session.run(&parts).await;
        let _ = self.session.run(&[Part::Own(&setting)]).await;
        outcome.err().map(|stopped| stopped.error.describe())
    }
}

fn violations(rows: Vec<Vec<Option<String>>>) -> Violations {
    let cells = rows.into_iter().filter_map(|row| {
        let mut cells = row.into_iter().flatten();
        let pair = (cells.next()?, cells.next()?);
        Some((pair, cells.next()?.parse().ok()?))
    });
    cells.collect()
}

fn cannot_be_checked(table: &str, message: &str) -> Error {
    Error::new(
        Code::StatementFailed,
        format!("the foreign keys of {table} cannot be checked any more: {message}"),
    )
    .with_help("a foreign key has to refer to a primary key or to columns that are unique together")
    .with_detail("table", Detail::Text(table.to_owned()))
}

/// An error of the revision, shown where that turns foreign keys off.
fn about_switch(work: &Work<'_>, error: &Error) -> Error {
    let mut shown = Error::new(error.code(), format!("revision {}: {}", work.revision, error.message()))
        .with_revision(work.revision);
    if let Some(statement) = work.script.steps().find_map(switch) {
        shown = shown.with_place(work.file.place(statement.span.clone()));
    }
    if let Some(help) = error.help() {
        shown = shown.with_help(help);
    }
    error.details().iter().fold(shown, |shown, (key, value)| shown.with_detail(key, value.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_is_known_in_any_spelling() {
        let is_switch = |sql: &str| {
            let statement = Statement { sql: sql.to_owned(), span: 0..sql.len() };
            switch(&Step::Statement(statement)).is_some()
        };
        for sql in [
            "PRAGMA foreign_keys = OFF",
            "pragma foreign_keys=0",
            "PRAGMA main.foreign_keys(false)",
            "PRAGMA /* rebuild */ foreign_keys = 'no'",
        ] {
            assert!(is_switch(sql), "{sql}");
        }
        for sql in [
            "PRAGMA foreign_keys = ON",
            "PRAGMA foreign_keys",
            "PRAGMA foreign_key_check",
            "PRAGMA defer_foreign_keys = OFF",
            "SELECT 'PRAGMA foreign_keys = OFF'",
        ] {
            assert!(!is_switch(sql), "{sql}");
        }
    }
}
