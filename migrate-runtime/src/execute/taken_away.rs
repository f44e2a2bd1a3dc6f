//! What goes with a table of SQLite that is made anew. `DROP TABLE` takes all indexes and triggers along, and what is not
//! copied is lost; and whoever wrote the revision knew one database, not the one that it runs on. So what stands there and
//! is named nowhere has to be there still, before the commit.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use migrate_core::{
    Code, Dialect, Error,
    graph::Direction,
    revision::{Script, Side, Step},
};

use super::{
    Executor, Work,
    rebuilt::{Kind, Rebuilt, Said, rebuilt},
};
use crate::engine::literal;

/// What stands on tables that are made anew, and is not named.
#[derive(Debug, Default)]
pub(super) struct Watched {
    rebuilt: Vec<Rebuilt>,
    objects: Vec<Object>,
    columns: Vec<Column>,
    /// All columns of these tables, upper-cased, by the table's name likewise.
    all: BTreeMap<String, BTreeSet<String>>,
}

/// An index or a trigger.
#[derive(Debug)]
struct Object {
    kind: Kind,
    name: String,
    table: String,
    sql: String,
}

#[derive(Debug)]
struct Column {
    table: String,
    name: String,
    /// Whether the revision has the name: for this column, which it drops, or for a new one, which it knows nothing else of.
    is_named: bool,
    /// How many rows have a value in it.
    values: u64,
}

/// When it is asked what is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Everything is done.
    Done,
    /// The old table is dropped next.
    Dropping,
}

impl Executor<'_> {
    /// What must not go while these steps of the script run. None if no table is made anew.
    pub(super) async fn watch(
        &mut self,
        work: &Work<'_>,
        steps: Range<usize>,
    ) -> Result<Option<Watched>, Error> {
        if !work.script.steps().skip(steps.start).take(steps.len()).any(may_drop) {
            return Ok(None);
        }
        let mut rebuilt = rebuilt(self.dialect, work.script);
        rebuilt.retain(|table| steps.contains(&table.dropped_at));
        if rebuilt.is_empty() {
            return Ok(None);
        }
        let old: BTreeSet<String> = rebuilt.iter().flat_map(|table| table.old.clone()).collect();
        let said = said_by(work, &[Side::Up, Side::Down]);
        let mut watched = Watched { objects: self.objects(&old).await?, rebuilt, ..Watched::default() };
        watched.objects.retain(|object| !said.names(object.kind, &object.name.to_ascii_uppercase()));
        let columns = self.columns(&old).await?;
        for (table, column) in &columns {
            let known = watched.all.entry(table.to_ascii_uppercase()).or_default();
            known.insert(column.to_ascii_uppercase());
        }
        let is_copied = |(table, column): &(String, String)| {
            let (table, column) = (table.to_ascii_uppercase(), column.to_ascii_uppercase());
            let mut of = watched.rebuilt.iter().filter(|rebuilt| rebuilt.old.contains(&table));
            of.any(|rebuilt| rebuilt.copies(&column))
        };
        // All rows may go by way of a table that has all columns: so one that is not named is watched all the same.
        let is_named = |said: &Said, (table, column): &(String, String)| {
            let names = said.names_of(&BTreeSet::from([table.to_ascii_uppercase()]));
            said.names_column(&names, &column.to_ascii_uppercase())
        };
        let columns: Vec<_> =
            columns.into_iter().filter(|column| !is_named(&said, column) || !is_copied(column)).collect();
        if !columns.is_empty() {
            // Whoever drops a column that the history has made knows of it.
            let below = Said::by(&(work.below)());
            let all = said.and(&below);
            // Or one that the other way makes as it was.
            let other = said_by(work, &[other_side(work)]);
            let mut unknown = Vec::new();
            for column in columns {
                let names = all.names_of(&BTreeSet::from([column.0.to_ascii_uppercase()]));
                let name = column.1.to_ascii_uppercase();
                if !below.names_column(&names, &name) && !other.makes_column(&names, &name) {
                    let is_named = is_named(&all, &column);
                    unknown.push(Column { table: column.0, name: column.1, is_named, values: 0 });
                }
            }
            watched.columns = self.counted(unknown).await?;
        }
        Ok((!watched.objects.is_empty() || !watched.columns.is_empty()).then_some(watched))
    }

    /// Refuses what is gone of it.
    pub(super) async fn require_kept(
        &mut self,
        work: &Work<'_>,
        watched: &Watched,
        when: When,
    ) -> Result<(), Error> {
        let there = match when {
            When::Done => self.objects_there().await?,
            When::Dropping => BTreeSet::new(),
        };
        let mut new: BTreeSet<String> = watched.rebuilt.iter().flat_map(|table| table.new.clone()).collect();
        if when == When::Dropping {
            for table in &watched.rebuilt {
                new.remove(&table.dropped_as);
            }
        }
        let mut now: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (table, column) in self.columns(&new).await? {
            now.entry(table.to_ascii_uppercase()).or_default().insert(column.to_ascii_uppercase());
        }
        let lost = watched.lost(&there, &now);
        if lost.is_empty() { Ok(()) } else { Err(refused(work, watched, &lost)) }
    }

    /// The indexes and triggers that somebody has made on these tables.
    async fn objects(&mut self, tables: &BTreeSet<String>) -> Result<Vec<Object>, Error> {
        let sql = format!(
            "SELECT type, name, tbl_name, sql FROM main.sqlite_schema \
             WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND upper(tbl_name) IN ({}) ORDER BY type, name",
            list(tables)
        );
        let rows = self.session.query(&sql).await.map_err(|error| error.own(LOOKING))?;
        let objects = rows.into_iter().filter_map(|row| {
            let mut cells = row.into_iter().flatten();
            let kind = if cells.next()? == "index" { Kind::Index } else { Kind::Trigger };
            Some(Object { kind, name: cells.next()?, table: cells.next()?, sql: cells.next()? })
        });
        Ok(objects.collect())
    }

    /// The names of all indexes and triggers, upper-cased.
    async fn objects_there(&mut self) -> Result<BTreeSet<String>, Error> {
        let sql = "SELECT upper(name) FROM main.sqlite_schema WHERE type IN ('index', 'trigger')";
        let rows = self.session.query(sql).await.map_err(|error| error.own(LOOKING))?;
        Ok(rows.into_iter().flatten().flatten().collect())
    }

    /// The columns of those of these tables that are there.
    async fn columns(&mut self, tables: &BTreeSet<String>) -> Result<Vec<(String, String)>, Error> {
        let sql = format!(
            "SELECT t.name, c.name FROM main.sqlite_schema t, pragma_table_xinfo(t.name, 'main') c \
             WHERE t.type = 'table' AND upper(t.name) IN ({}) ORDER BY t.name, c.cid",
            list(tables)
        );
        let rows = self.session.query(&sql).await.map_err(|error| error.own(LOOKING))?;
        Ok(rows.into_iter().filter_map(pair).collect())
    }

    /// The columns, with how many rows have a value there.
    async fn counted(&mut self, mut columns: Vec<Column>) -> Result<Vec<Column>, Error> {
        if columns.is_empty() {
            return Ok(columns);
        }
        let quote = |name: &str| self.journal.grammar.quote(name);
        let counts: Vec<String> = columns
            .iter()
            .map(|Column { table, name, .. }| {
                format!("(SELECT count({}) FROM main.{})", quote(name), quote(table))
            })
            .collect();
        let sql = format!("SELECT {}", counts.join(", "));
        let rows = self.session.query(&sql).await.map_err(|error| error.own(LOOKING))?;
        for (column, count) in columns.iter_mut().zip(rows.into_iter().flatten()) {
            column.values = count.and_then(|count| count.parse().ok()).unwrap_or(0);
        }
        Ok(columns)
    }
}

/// A look that costs nothing: most steps do not.
fn may_drop(step: &Step) -> bool {
    match step {
        Step::Statement(statement) => {
            let sql = statement.sql.as_bytes();
            sql.windows(4).any(|window| window.eq_ignore_ascii_case(b"drop"))
        }
        Step::Call(_) => false,
    }
}

const LOOKING: &str = "looking at the tables that are made anew";

fn list(names: &BTreeSet<String>) -> String {
    let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
    names.join(", ")
}

fn pair(row: Vec<Option<String>>) -> Option<(String, String)> {
    let mut cells = row.into_iter().flatten();
    Some((cells.next()?, cells.next()?))
}

/// What the revision says on these ways: the one back names what the other drops.
fn said_by(work: &Work<'_>, sides: &[Side]) -> Said {
    // A way back that there is not says nothing.
    let scripts: Vec<Script> =
        sides.iter().filter_map(|side| work.file.script(Dialect::Sqlite, *side).ok()).collect();
    Said::by(&scripts)
}

fn other_side(work: &Work<'_>) -> Side {
    match work.direction {
        Direction::Up | Direction::Stamp => Side::Down,
        Direction::Down => Side::Up,
    }
}

/// Something that is lost.
enum Lost<'a> {
    Column(&'a Column),
    Object(&'a Object),
}

impl Watched {
    /// What is not there any more. An index on a column that goes on purpose goes with it.
    fn lost(&self, there: &BTreeSet<String>, now: &BTreeMap<String, BTreeSet<String>>) -> Vec<Lost<'_>> {
        let is_gone = |table: &str, column: &str| {
            let of = self.rebuilt.iter().filter(|rebuilt| rebuilt.old.contains(table));
            let mut new = of.flat_map(|rebuilt| &rebuilt.new).filter_map(|new| now.get(new));
            !new.any(|columns| columns.contains(column))
        };
        let columns = self.columns.iter().filter(|column| {
            let is_gone = is_gone(&column.table.to_ascii_uppercase(), &column.name.to_ascii_uppercase());
            // The one that is there instead does not have the values.
            if column.is_named { !is_gone && column.values > 0 } else { is_gone }
        });
        let goes_along = |object: &Object| {
            let table = object.table.to_ascii_uppercase();
            let columns = self.all.get(&table).into_iter().flatten();
            let gone: BTreeSet<String> = columns.filter(|column| is_gone(&table, column)).cloned().collect();
            object.kind == Kind::Index && Said::of(&object.sql).mentions_any(&gone)
        };
        let objects = self
            .objects
            .iter()
            .filter(|object| !there.contains(&object.name.to_ascii_uppercase()) && !goes_along(object));
        columns.map(Lost::Column).chain(objects.map(Lost::Object)).collect()
    }
}

impl Lost<'_> {
    fn table(&self) -> &str {
        match self {
            Self::Column(column) => &column.table,
            Self::Object(object) => &object.table,
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Column(Column { table, name, is_named, values }) => {
                let noun = if *values == 1 { "value" } else { "values" };
                let instead = if *is_named { ", and a new column of this name has none of them" } else { "" };
                format!("column {table}.{name} ({values} {noun}{instead})")
            }
            Self::Object(object) => format!("{} {} on {}", object.kind.word(), object.name, object.table),
        }
    }

    /// What takes it away on purpose.
    fn drop(&self, quote: impl Fn(&str) -> String) -> String {
        match self {
            Self::Column(column) => {
                format!("ALTER TABLE {} DROP COLUMN {}", quote(&column.table), quote(&column.name))
            }
            Self::Object(object) => {
                format!("DROP {} IF EXISTS {}", object.kind.word().to_ascii_uppercase(), quote(&object.name))
            }
        }
    }
}

fn refused(work: &Work<'_>, watched: &Watched, lost: &[Lost<'_>]) -> Error {
    let tables: BTreeSet<&str> = lost.iter().map(Lost::table).collect();
    let described: Vec<String> = lost.iter().map(Lost::describe).collect();
    let tables = Vec::from_iter(tables);
    let mut error = Error::new(
        Code::StatementFailed,
        format!(
            "revision {}: making {} anew would take away what the revision knows nothing of: {}",
            work.revision,
            tables.join(", "),
            described.join(", ")
        ),
    );
    let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let drops: Vec<String> = lost.iter().map(|lost| format!("`{}`", lost.drop(quote))).collect();
    error = error
        .with_help(
            "perhaps only this database has it: to keep it, put it into the models and write the revision anew, or make it \
             again in the revision, behind the table",
        )
        .with_more_help(format!("if it may go, take it away from this database first: {}", drops.join("; ")));
    if lost.iter().any(|lost| matches!(lost, Lost::Object(_))) {
        error = error.with_more_help(
            "an index or a trigger that may go everywhere is named so in the revision, above the table that is made anew",
        );
    }
    let is_about =
        |rebuilt: &&Rebuilt| tables.iter().any(|table| rebuilt.old.contains(&table.to_ascii_uppercase()));
    let dropped_at = watched.rebuilt.iter().filter(is_about).map(|rebuilt| rebuilt.dropped_at).min();
    if let Some(Step::Statement(statement)) = dropped_at.and_then(|at| work.script.steps().nth(at)) {
        error = error.with_place(work.file.place(statement.span.clone()));
    }
    error.with_list("lost", described).with_revision(work.revision)
}
