//! The SQL of an upgrade, a downgrade or a stamp as a script, for databases that this program cannot reach: the engine's
//! own client runs it (psql, mysql or mariadb, sqlcmd, sqlite3).
//!
//! A script keeps the version table and the journal as the program itself would, holds the same lock, and refuses a
//! database that is not where it begins.

mod mssql;
mod mysql;
mod postgres;
mod sqlite;
mod write;

use migrate_core::{
    Code, Dialect, Error, RevisionId,
    graph::{Direction, Graph, State},
    revision::{RevisionFile, Script, Side, Step},
};

use crate::{
    engine::{Tables, grammar},
    journal::TOOL,
    settings::Settings,
    url::Engine,
    versions::Versions,
};

/// A script, and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineScript {
    /// For which engine it is.
    pub dialect: Dialect,
    /// The heads that the database must have before; none for an empty one.
    pub from: Vec<String>,
    /// The heads that it has afterwards.
    pub to: Vec<String>,
    /// The revisions that run, in this order. A stamp runs none.
    pub revisions: Vec<String>,
    /// The text. Empty if there is nothing to do.
    pub sql: String,
}

/// What a script is to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Action<'a> {
    /// `TO` from an empty database, or `FROM:TO`.
    Upgrade(&'a str),
    /// `FROM:TO`.
    Downgrade(&'a str),
    /// Several from an empty database, or `FROM:TO`.
    Stamp(&'a [&'a str]),
}

/// A row of the version table.
type Head = (RevisionId, String);

/// A revision to write down.
struct Part<'v> {
    revision: String,
    message: String,
    direction: Direction,
    file: std::borrow::Cow<'v, RevisionFile<'v>>,
    script: Script,
    checksum: Option<String>,
    /// The rows that must be there before.
    before: Vec<Head>,
    delete: Vec<RevisionId>,
    insert: Vec<Head>,
}

/// Where scripts come from.
struct Offline<'v, 's> {
    versions: &'v Versions,
    settings: &'s Settings,
    dialect: Dialect,
}

/// Writes the script.
///
/// # Errors
/// What a plan is refused for; [`Code::Usage`] for a range that leads the other way, or a start that only a database
/// knows; [`Code::UnknownStep`] for a revision with a Rust step.
pub(crate) fn script(
    versions: &Versions,
    settings: &Settings,
    dialect: Dialect,
    action: Action<'_>,
    tag: Option<&str>,
) -> Result<OfflineScript, Error> {
    let offline = Offline { versions, settings, dialect };
    offline.require_served()?;
    let graph = versions.graph()?;
    let graph = graph.as_ref();
    match action {
        Action::Upgrade(range) => offline.walk(graph, Direction::Up, range, tag),
        Action::Downgrade(range) => offline.walk(graph, Direction::Down, range, tag),
        Action::Stamp(targets) => offline.stamp(graph, targets, tag),
    }
}

impl Offline<'_, '_> {
    fn require_served(&self) -> Result<(), Error> {
        let served = self.versions.dialects();
        if served.contains(&self.dialect) || self.versions.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = served.iter().map(|dialect| dialect.name()).collect();
        Err(Error::new(
            Code::DialectNotConfigured,
            format!("the revisions are not written for {}, but for {}", self.dialect, names.join(", ")),
        )
        .with_help(
            "choose one of those with --dialect, or add it to the line `dialects = [...]` of migrate.toml",
        ))
    }

    fn walk(
        &self,
        graph: &Graph,
        direction: Direction,
        range: &str,
        tag: Option<&str>,
    ) -> Result<OfflineScript, Error> {
        let (from, to) = match (range.split_once(':'), direction) {
            (Some((from, to)), _) => (from, to),
            (None, Direction::Up | Direction::Stamp) => ("base", range),
            (None, Direction::Down) => {
                return Err(Error::new(Code::Usage, "a script that goes back must know where it begins")
                    .with_help(format!(
                        "write the range: `downgrade --sql FROM:{range}`, like `3f2a:{range}`"
                    )));
            }
        };
        let (from, to) =
            (if from.is_empty() { "base" } else { from }, if to.is_empty() { "head" } else { to });
        let state = start(graph, from)?;
        let other_way = |error: Error| leads_back(graph, &state, direction, (from, to)).unwrap_or(error);
        let plan = match direction {
            Direction::Up | Direction::Stamp => graph.plan_upgrade(&state, to),
            Direction::Down => graph.plan_downgrade(&state, to),
        };
        let plan = plan.map_err(other_way)?;
        if plan.steps.is_empty() {
            if let Some(error) = leads_back(graph, &state, direction, (from, to)) {
                return Err(error);
            }
            let heads: Vec<_> = plan.from.iter().map(ToString::to_string).collect();
            return Ok(self.nothing(heads));
        }
        let mut before = self.with_lineage(state.rows())?;
        let begins_at = before.clone();
        let mut parts = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            let node = graph.node(step.revision);
            let id = node.id.as_str();
            let file = self.versions.file(id)?;
            let side = match step.direction {
                Direction::Down => Side::Down,
                Direction::Up | Direction::Stamp => Side::Up,
            };
            let script = file.script(self.dialect, side)?;
            match step.direction {
                Direction::Up | Direction::Down => file.require_nothing_unwritten(self.dialect, side)?,
                // It writes down what somebody has done by hand.
                Direction::Stamp => {}
            }
            if step.direction == Direction::Up && script.is_empty() {
                file.require_written(self.versions.dialects())?;
            }
            refuse_calls(&file, &script, id)?;
            let insert = self.with_lineage(&step.insert)?;
            let mut after = before.clone();
            after.retain(|(row, _)| !step.delete.contains(row));
            after.extend(insert.iter().cloned());
            after.sort_unstable();
            parts.push(Part {
                revision: id.to_owned(),
                message: node.message.clone(),
                direction: step.direction,
                script,
                checksum: self.versions.seal(id, self.dialect).map(|seal| seal.checksum.into_owned()),
                before: std::mem::replace(&mut before, after),
                delete: step.delete.clone(),
                insert,
                file,
            });
        }
        let writer = self.writer();
        Ok(OfflineScript {
            dialect: self.dialect,
            from: ids(&begins_at),
            to: ids(&before),
            revisions: parts.iter().map(|part| part.revision.clone()).collect(),
            sql: writer.walk(direction, &begins_at, &before, &parts, tag),
        })
    }

    fn stamp(&self, graph: &Graph, targets: &[&str], tag: Option<&str>) -> Result<OfflineScript, Error> {
        let (from, targets): (&str, Vec<&str>) = match targets {
            [only] => match only.split_once(':') {
                Some((from, to)) => (from, vec![to]),
                None => ("base", vec![only]),
            },
            several if several.iter().any(|target| target.contains(':')) => {
                return Err(Error::new(Code::Usage, "a range stands alone")
                    .with_help("write `stamp --sql FROM:TO`, or the revisions without a range"));
            }
            several => ("base", several.to_vec()),
        };
        let state = start(graph, if from.is_empty() { "base" } else { from })?;
        let plan = graph.plan_stamp(&state, &targets, false)?;
        let (before, after) = (self.with_lineage(state.rows())?, self.with_lineage(&plan.to)?);
        if plan.is_empty() {
            return Ok(self.nothing(ids(&before)));
        }
        Ok(OfflineScript {
            dialect: self.dialect,
            from: ids(&before),
            to: ids(&after),
            revisions: Vec::new(),
            sql: self.writer().stamp(&before, &after, tag),
        })
    }

    fn nothing(&self, heads: Vec<String>) -> OfflineScript {
        OfflineScript {
            dialect: self.dialect,
            from: heads.clone(),
            to: heads,
            revisions: Vec::new(),
            sql: String::new(),
        }
    }

    fn with_lineage(&self, rows: &[RevisionId]) -> Result<Vec<Head>, Error> {
        self.versions.with_lineage(rows, self.dialect)
    }

    fn writer(&self) -> write::Writer<'_> {
        let engine = match self.dialect {
            Dialect::Postgres => Engine::Postgres,
            Dialect::Mysql | Dialect::Mariadb => Engine::Mysql,
            Dialect::Mssql => Engine::Mssql,
            Dialect::Sqlite => Engine::Sqlite,
        };
        write::Writer {
            dialect: self.dialect,
            grammar: grammar(engine),
            schema: self.settings.schema.as_deref(),
            tables: Tables {
                namespace: self.settings.schema.iter().cloned().collect(),
                version: self.settings.version_table.clone(),
                history: self.settings.history_table.clone(),
            },
            operator: &self.settings.operator,
            tool: TOOL,
            timeouts: self.settings.timeouts,
        }
    }
}

/// The state of a database that is at `from`.
fn start(graph: &Graph, from: &str) -> Result<State, Error> {
    if from == "base" {
        return Ok(State::empty(graph));
    }
    let found = graph.resolve(None, from).map_err(|error| {
        let help =
            "a script cannot ask the database where it is: begin with an id, a label, `heads` or `base`";
        if error.code() == Code::Usage || from.contains("current") { error.with_help(help) } else { error }
    })?;
    let rows: Vec<RevisionId> = found.iter().map(|index| graph.node(*index).id.clone()).collect();
    State::new(graph, &rows)
}

/// The error for a range whose ends stand the wrong way round.
fn leads_back(graph: &Graph, state: &State, direction: Direction, (from, to): (&str, &str)) -> Option<Error> {
    let other = start(graph, to).ok()?;
    let (down, up) = match direction {
        Direction::Up | Direction::Stamp => (&other, state),
        Direction::Down => (state, &other),
    };
    let mut above = up.applied().clone();
    above.difference_with(down.applied());
    let mut below = down.applied().clone();
    below.difference_with(up.applied());
    (!above.is_empty() && below.is_empty()).then(|| {
        let (verb, leads) = match direction {
            Direction::Up | Direction::Stamp => ("downgrade", "down, not up"),
            Direction::Down => ("upgrade", "up, not down"),
        };
        Error::new(Code::Usage, format!("`{from}:{to}` leads {leads}"))
            .with_help(format!("write `{verb} --sql {from}:{to}`"))
    })
}

/// A script has none of the application's code.
fn refuse_calls(file: &RevisionFile<'_>, script: &Script, id: &str) -> Result<(), Error> {
    let call = script.steps().find_map(|step| match step {
        Step::Call(call) => Some(call),
        Step::Statement(_) => None,
    });
    match call {
        None => Ok(()),
        Some(call) => Err(Error::new(
            Code::UnknownStep,
            format!("revision {id} calls the Rust step `{}`, which no script can", call.name),
        )
        .with_place(file.place(call.span.clone()))
        .with_help(
            "write a script up to the revision before it and one from it on, and run this revision from the program",
        )
        .with_revision(id)),
    }
}

fn ids(heads: &[Head]) -> Vec<String> {
    heads.iter().map(|(id, _)| id.to_string()).collect()
}
