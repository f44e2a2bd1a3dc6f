//! Tables of SQLite that a script makes anew, and what its statements name: read from the words alone.

use std::collections::BTreeSet;

use migrate_core::{
    Dialect,
    revision::{Script, Step},
};

use super::words::{self, Words, begins, has};

/// A table that goes while another one takes its rows and its place. All names are upper-cased.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rebuilt {
    /// What the old table is called while the script lasts.
    pub(super) old: BTreeSet<String>,
    /// What the new one is called.
    pub(super) new: BTreeSet<String>,
    /// The statements that copy rows, from it or to the new one.
    copies: Vec<Words>,
    /// The step that drops the old one, and its name then.
    pub(super) dropped_at: usize,
    pub(super) dropped_as: String,
}

/// A table as the script handles it.
struct Followed {
    names: Vec<String>,
    is_made: bool,
    dropped_at: Option<usize>,
}

/// The tables that a script makes anew. One whose rows are copied nowhere is none of them: it is thrown away on purpose.
pub(super) fn rebuilt(dialect: Dialect, script: &Script) -> Vec<Rebuilt> {
    match dialect {
        Dialect::Sqlite => {}
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => return Vec::new(),
    }
    let mut tables: Vec<Followed> = Vec::new();
    let mut copies: Vec<Words> = Vec::new();
    let mut has_step = false;
    for (at, step) in script.steps().enumerate() {
        let Step::Statement(statement) = step else {
            has_step = true;
            continue;
        };
        for words in words::statements(dialect, &statement.sql) {
            match act(&words) {
                Some(Act::Create(Kind::Table, name)) => {
                    if find(&mut tables, &name).is_none() {
                        tables.push(Followed { names: vec![name], is_made: true, dropped_at: None });
                    }
                }
                Some(Act::Drop(Kind::Table, name)) => known(&mut tables, name).dropped_at = Some(at),
                Some(Act::RenameTable(from, to)) => known(&mut tables, from).names.push(to),
                Some(Act::Create(..) | Act::Drop(..)) | None => {}
            }
            let copies_rows =
                ["INSERT", "REPLACE", "WITH", "CREATE"].iter().any(|verb| begins(&words, &[verb]));
            if copies_rows && has(&words, "SELECT") {
                copies.push(words);
            }
        }
    }
    let is_read = |name: &String| copies.iter().any(|words| mentions(words, name));
    let dropped = tables.iter().filter(|table| !table.is_made);
    dropped
        .filter_map(|old| {
            let dropped_at = old.dropped_at?;
            let takes_its_place = |new: &&Followed| {
                new.is_made
                    && new.dropped_at.is_none()
                    && new.names.iter().any(|name| old.names.contains(name))
            };
            let new: BTreeSet<String> =
                tables.iter().filter(takes_its_place).flat_map(|new| new.names.clone()).collect();
            let is_copied = has_step || old.names.iter().any(is_read);
            let is_about = |words: &&Words| old.names.iter().chain(&new).any(|name| mentions(words, name));
            let copies = copies.iter().filter(is_about).cloned().collect();
            (!new.is_empty() && is_copied).then(|| Rebuilt {
                copies,
                old: old.names.iter().cloned().collect(),
                new,
                dropped_at,
                dropped_as: old.names.last().cloned().unwrap_or_default(),
            })
        })
        .collect()
}

impl Rebuilt {
    /// Whether what a column of the old table holds is read by what fills the new one.
    pub(super) fn copies(&self, column: &str) -> bool {
        let takes_all = |words: &Words| {
            words.windows(2).any(|pair| {
                let [before, star] = pair else { return false };
                star == "*" && ["SELECT", "DISTINCT", "ALL", ".", ","].contains(&before.as_str())
            })
        };
        self.copies.iter().any(|words| mentions(words, column) || takes_all(words))
    }
}

/// The table that has this name now.
fn find<'t>(tables: &'t mut [Followed], name: &str) -> Option<&'t mut Followed> {
    tables
        .iter_mut()
        .find(|table| table.dropped_at.is_none() && table.names.last().is_some_and(|last| last == name))
}

/// The same; one that the script did not make was there before.
fn known(tables: &mut Vec<Followed>, name: String) -> &mut Followed {
    let at = tables
        .iter()
        .position(|table| table.dropped_at.is_none() && table.names.last() == Some(&name))
        .unwrap_or(tables.len());
    if at == tables.len() {
        tables.push(Followed { names: vec![name], is_made: false, dropped_at: None });
    }
    &mut tables[at]
}

/// What statements say.
#[derive(Debug, Default)]
pub(super) struct Said(Vec<Words>);

impl Said {
    /// What these scripts say.
    pub(super) fn by<'s>(scripts: impl IntoIterator<Item = &'s Script>) -> Self {
        let steps = scripts.into_iter().flat_map(Script::steps);
        let statements = steps.filter_map(|step| match step {
            Step::Statement(statement) => Some(words::statements(Dialect::Sqlite, &statement.sql)),
            Step::Call(_) => None,
        });
        Self(statements.flatten().collect())
    }

    /// What one statement says.
    pub(super) fn of(sql: &str) -> Self {
        Self(words::statements(Dialect::Sqlite, sql))
    }

    /// Whether one of these names is in it.
    pub(super) fn mentions_any(&self, names: &BTreeSet<String>) -> bool {
        self.0.iter().any(|words| names.iter().any(|name| mentions(words, name)))
    }

    /// This and that.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// Whether an index or a trigger of this name is made or dropped.
    pub(super) fn names(&self, kind: Kind, name: &str) -> bool {
        self.0.iter().any(|words| match act(words) {
            Some(Act::Create(found, of) | Act::Drop(found, of)) => found == kind && of == name,
            Some(Act::RenameTable(..)) | None => false,
        })
    }

    /// Whether a statement about the table, by whatever name, names the column.
    pub(super) fn names_column(&self, table: &BTreeSet<String>, column: &str) -> bool {
        self.0.iter().any(|words| mentions(words, column) && table.iter().any(|table| mentions(words, table)))
    }

    /// Whether the table, by whatever name, is made with the column, or gets it.
    pub(super) fn makes_column(&self, table: &BTreeSet<String>, column: &str) -> bool {
        let makes = |words: &&Words| match act(words) {
            Some(Act::Create(kind, name)) => kind == Kind::Table && table.contains(&name),
            Some(Act::Drop(..) | Act::RenameTable(..)) => false,
            None => {
                begins(words, &["ALTER"])
                    && has(words, "ADD")
                    && table.iter().any(|table| mentions(words, table))
            }
        };
        self.0.iter().filter(makes).any(|words| mentions(words, column))
    }

    /// All names that a table with one of these has at some time.
    pub(super) fn names_of(&self, table: &BTreeSet<String>) -> BTreeSet<String> {
        let renames: Vec<_> = self
            .0
            .iter()
            .filter_map(|words| match act(words) {
                Some(Act::RenameTable(from, to)) => Some((from, to)),
                Some(Act::Create(..) | Act::Drop(..)) | None => None,
            })
            .collect();
        let mut names = table.clone();
        loop {
            let before = names.len();
            for (from, to) in &renames {
                if names.contains(from) || names.contains(to) {
                    names.extend([from.clone(), to.clone()]);
                }
            }
            if names.len() == before {
                return names;
            }
        }
    }
}

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Index,
    Trigger,
}

impl Kind {
    /// As SQLite calls it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Index => "index",
            Self::Trigger => "trigger",
        }
    }
}

/// What a statement does to the schema of the file: what is temporary, or in a file that is attached, is none of it.
enum Act {
    Create(Kind, String),
    Drop(Kind, String),
    RenameTable(String, String),
}

fn act(words: &[String]) -> Option<Act> {
    let (verb, rest) = words.split_first()?;
    let rest = if begins(rest, &["UNIQUE"]) { rest.get(1..)? } else { rest };
    let (kind, rest) = rest.split_first()?;
    let kind = match kind.as_str() {
        "TABLE" => Kind::Table,
        "INDEX" => Kind::Index,
        "TRIGGER" => Kind::Trigger,
        _ => return None,
    };
    let rest = [&["IF", "NOT", "EXISTS"][..], &["IF", "EXISTS"]]
        .into_iter()
        .find(|condition| begins(rest, condition))
        .map_or(Some(rest), |condition| rest.get(condition.len()..))?;
    let (name, rest) = match rest {
        [schema, dot, name, rest @ ..] if dot == "." && bare(schema) == "MAIN" => (name, rest),
        [_, dot, ..] if dot == "." => return None,
        [name, rest @ ..] => (name, rest),
        [] => return None,
    };
    match (verb.as_str(), kind, rest) {
        ("CREATE", ..) => Some(Act::Create(kind, bare(name))),
        ("DROP", ..) => Some(Act::Drop(kind, bare(name))),
        ("ALTER", Kind::Table, [rename, to, new, ..]) if rename == "RENAME" && to == "TO" => {
            Some(Act::RenameTable(bare(name), bare(new)))
        }
        _ => None,
    }
}

/// Whether one of the words is this name. A text is none, except where DDL takes one for it.
fn mentions(words: &[String], name: &str) -> bool {
    let takes_texts = begins(words, &["DROP"]) || begins(words, &["ALTER"]);
    words.iter().any(|word| (takes_texts || !word.starts_with('\'')) && bare(word) == name)
}

/// A name without its quotes.
fn bare(word: &str) -> String {
    for quote in ['"', '`', '\''] {
        let inner = word.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            let quote = quote.to_string();
            return inner.replace(&quote.repeat(2), &quote);
        }
    }
    let bracketed = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    bracketed.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use migrate_core::revision::{Block, Call, Statement};

    use super::*;

    fn script(sql: &str) -> Script {
        let pieces = migrate_core::sql::split(Dialect::Sqlite, sql, 0..sql.len()).unwrap();
        let steps = pieces.into_iter().map(|piece| {
            Step::Statement(Statement { sql: sql[piece.span.clone()].to_owned(), span: piece.span })
        });
        Script { blocks: vec![Block { transaction: true, steps: steps.collect() }] }
    }

    /// The old and the new names of each, and the step.
    fn found(sql: &str) -> Vec<(String, String, usize)> {
        let join = |names: BTreeSet<String>| Vec::from_iter(names).join(" ");
        let all = rebuilt(Dialect::Sqlite, &script(sql));
        all.into_iter().map(|one| (join(one.old), join(one.new), one.dropped_at)).collect()
    }

    fn is(sql: &str, old: &str, new: &str, dropped_at: usize) {
        assert_eq!(found(sql), [(old.to_owned(), new.to_owned(), dropped_at)], "{sql}");
    }

    #[test]
    fn a_table_is_made_anew_in_several_ways() {
        is(
            "CREATE TABLE \"new_t\" (a); INSERT INTO new_t SELECT a FROM T; DROP TABLE main.t; ALTER TABLE [new_t] RENAME TO `t`;",
            "T",
            "NEW_T T",
            2,
        );
        is(
            "ALTER TABLE t RENAME TO old; CREATE TABLE t (a); INSERT INTO t (a) SELECT a FROM old; DROP TABLE old",
            "OLD T",
            "T",
            3,
        );
        is(
            "CREATE TEMP TABLE kept AS SELECT * FROM t; DROP TABLE IF EXISTS t; CREATE TABLE t (a); \
             INSERT INTO t SELECT a FROM kept; DROP TABLE kept",
            "T",
            "T",
            1,
        );
        is(
            "ALTER TABLE a RENAME TO t; CREATE TABLE x AS SELECT * FROM t; DROP TABLE t; ALTER TABLE x RENAME TO t; \
             ALTER TABLE t RENAME TO u",
            "A T",
            "T U X",
            2,
        );
        let twice =
            "CREATE TABLE n (a); INSERT INTO n SELECT a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; ";
        is(&twice.repeat(2), "T", "N T", 2);
    }

    #[test]
    fn what_is_dropped_for_good_or_only_renamed_is_not_made_anew() {
        for sql in [
            "DROP TABLE t",
            "CREATE TABLE n (a); INSERT INTO n SELECT a FROM t; DROP TABLE t",
            "DROP TABLE IF EXISTS cache; CREATE TABLE cache (a); INSERT INTO cache VALUES (1)",
            "ALTER TABLE a RENAME TO x; ALTER TABLE b RENAME TO a; ALTER TABLE x RENAME TO b",
            "INSERT INTO y SELECT a FROM t; DROP TABLE t; ALTER TABLE y RENAME TO t",
            "CREATE TABLE t (a); INSERT INTO t SELECT 1; DROP TABLE t; CREATE TABLE t (b)",
            "CREATE TEMP TABLE t AS SELECT 1; DROP TABLE temp.t",
        ] {
            assert!(found(sql).is_empty(), "{sql}");
        }
        let sql = "DROP TABLE t; CREATE TABLE t (a);";
        assert!(found(sql).is_empty());
        let mut with_step = script(sql);
        with_step.blocks[0].steps.insert(0, Step::Call(Call { name: "copy".into(), span: 0..0 }));
        assert_eq!(rebuilt(Dialect::Sqlite, &with_step).len(), 1, "a Rust step may copy the rows");
        assert!(rebuilt(Dialect::Mysql, &with_step).is_empty());
    }

    #[test]
    fn a_column_is_copied_where_the_rows_are() {
        let copied = |copy: &str| {
            let sql = format!(
                "CREATE TABLE n (a, nick); {copy}; DROP TABLE t; ALTER TABLE n RENAME TO t; CREATE INDEX i ON t (nick)"
            );
            rebuilt(Dialect::Sqlite, &script(&sql)).iter().all(|table| table.copies("NICK"))
        };
        assert!(copied("INSERT INTO n (a, nick) SELECT a, upper(\"nick\") FROM t"));
        assert!(copied("INSERT INTO n SELECT * FROM t"));
        assert!(copied("INSERT INTO n SELECT a, t.* FROM t"));
        assert!(!copied("INSERT INTO n (a) SELECT a FROM t"));
        assert!(!copied("INSERT INTO n (a) SELECT 2 * count(*) FROM t"));
    }

    #[test]
    fn indexes_and_triggers_are_named_where_they_are_made_or_dropped() {
        let said = |sql: &str| Said::by([&script(sql)]);
        for sql in [
            "CREATE UNIQUE INDEX IF NOT EXISTS ix ON t (a)",
            "DROP INDEX \"ix\"",
            "drop index main . 'Ix'",
            "SELECT 1; DROP INDEX IF EXISTS [ix]",
        ] {
            assert!(said(sql).names(Kind::Index, "IX"), "{sql}");
            assert!(!said(sql).names(Kind::Trigger, "IX"), "{sql}");
        }
        for sql in [
            "-- DROP INDEX ix\nSELECT 1",
            "SELECT 'DROP INDEX ix'",
            "CREATE INDEX a ON ix (b)",
            "DROP INDEX temp.ix",
        ] {
            assert!(!said(sql).names(Kind::Index, "IX"), "{sql}");
        }
        assert!(
            said("CREATE TRIGGER tr AFTER DELETE ON t BEGIN DELETE FROM u; SELECT 1; END")
                .names(Kind::Trigger, "TR")
        );
    }

    #[test]
    fn a_column_is_named_in_a_statement_about_its_table() {
        let table = BTreeSet::from(["T".to_owned()]);
        let is_named = |sql: &str| {
            let said = Said::by([&script(sql)]);
            said.names_column(&said.names_of(&table), "NICK")
        };
        for sql in [
            "ALTER TABLE t DROP COLUMN nick",
            "INSERT INTO new_t (a) SELECT a || \"nick\" FROM t",
            "CREATE TABLE old (a, [Nick]); ALTER TABLE old RENAME TO middle; ALTER TABLE middle RENAME TO t",
        ] {
            assert!(is_named(sql), "{sql}");
        }
        let is_made = |sql: &str| Said::by([&script(sql)]).makes_column(&table, "NICK");
        assert!(is_made("CREATE TABLE t (a, [nick])") && is_made("ALTER TABLE t ADD COLUMN nick"));
        assert!(!is_made("ALTER TABLE t DROP COLUMN nick") && !is_made("CREATE INDEX i ON t (nick)"));
        for sql in [
            "CREATE TABLE u (nick)",
            "SELECT 1 /* nick */ FROM t",
            "UPDATE t SET kind = 'nick'",
            "INSERT INTO new_t (a) SELECT a FROM t",
        ] {
            assert!(!is_named(sql), "{sql}");
        }
    }
}
