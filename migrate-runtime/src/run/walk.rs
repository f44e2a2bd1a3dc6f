//! Upgrade and downgrade.

use std::time::{Duration, Instant};

use migrate_core::{
    Code, Dialect, Error, RevisionId,
    graph::{Direction, Graph, Plan, State},
    revision::{RevisionFile, Script, Side, Step},
};

use super::{
    Run,
    history::{Doubts, TAMPERED},
    interrupted::must_be_finished,
    words,
};
use crate::{
    event::{Event, in_span},
    execute::{Executor, Outcome, Work, wants_foreign_keys_off},
    journal::Journal,
    report::{Interrupted, Report, StepReport},
    settings::TransactionMode,
};

/// The revision to run next, ready.
pub(super) struct Prepared<'a> {
    pub(super) revision: String,
    pub(super) message: String,
    pub(super) direction: Direction,
    pub(super) file: std::borrow::Cow<'a, RevisionFile<'a>>,
    pub(super) script: Script,
    pub(super) checksum: Option<String>,
    pub(super) delete: Vec<RevisionId>,
    pub(super) insert: Vec<(RevisionId, String)>,
}

impl<'r> Run<'r> {
    /// Runs `upgrade` (or with [`Direction::Down`] `downgrade`) to `target`.
    pub(crate) async fn walk(&mut self, direction: Direction, target: &str) -> Result<Report, Error> {
        let rows = self.heads().await?;
        let dialect = self.dialect().await?;
        if direction == Direction::Up && matches!(target, "head" | "heads") {
            let at_heads = rows
                .as_ref()
                .map_or(self.versions.is_empty(), |rows| self.versions.is_at_heads(dialect, rows));
            if at_heads {
                return Ok(self.nothing(dialect, &rows.unwrap_or_default()));
            }
        }
        let graph = self.versions.graph()?;
        let graph = graph.as_ref();
        let rows = rows.unwrap_or_default();
        let state = match self.state(graph, dialect, &rows, direction == Direction::Up).await {
            Ok(state) => Some(state),
            Err(error) if direction == Direction::Up && self.accepts_newer(graph, &error).await? => {
                return Ok(self.nothing(dialect, &rows));
            }
            // Somebody goes back, perhaps at this moment: that is judged behind the lock.
            Err(error) if error.code() == Code::Interrupted && !self.settings.dry_run => None,
            Err(error) => return Err(error),
        };
        if let Some(state) = state {
            let plan = Self::plan(graph, &state, direction, target)?;
            // Whatever is wrong with a script is said before anything runs, and before anybody is kept waiting.
            let doubts = self.doubts(graph, dialect, &rows).await?;
            let prepared = self.prepare(graph, dialect, &plan, doubts.as_ref())?;
            if plan.steps.is_empty() || self.settings.dry_run {
                if let Ok(Some(step)) = self.interrupted().await {
                    self.tell_of(&step, plan.steps.is_empty(), prepared.first())?;
                }
                return Ok(self.dry_report(dialect, &plan, &prepared));
            }
        }
        let outcome = match self.enter().await {
            Ok(()) => self.walk_locked(graph, dialect, direction, target).await,
            Err(error) => Err(error),
        };
        self.leave(outcome.is_err()).await;
        outcome
    }

    /// A step that is half done stands in the way of what would be done: says so, or refuses where nothing is planned
    /// but something is to be finished.
    fn tell_of(
        &self,
        step: &Interrupted,
        is_nothing: bool,
        first: Option<&Prepared<'_>>,
    ) -> Result<(), Error> {
        let is_next = first.is_some_and(|first| {
            first.revision == step.revision && first.direction.as_str() == step.direction
        });
        if is_nothing && !self.settings.dry_run {
            return Err(must_be_finished(step));
        }
        let message = if is_next && !step.is_in_doubt {
            format!("{step}: the run would go on at statement {}", step.statements_done + 1)
        } else {
            format!("{step}: without --dry-run this is refused until that is settled")
        };
        self.settings.tell(&Event::Warning { message: &message });
        Ok(())
    }

    pub(super) fn plan(
        graph: &Graph,
        state: &State,
        direction: Direction,
        target: &str,
    ) -> Result<Plan, Error> {
        match direction {
            Direction::Up | Direction::Stamp => graph.plan_upgrade(state, target),
            Direction::Down => graph.plan_downgrade(state, target),
        }
    }

    pub(super) fn prepare(
        &self,
        graph: &Graph,
        dialect: Dialect,
        plan: &Plan,
        doubts: Option<&Doubts>,
    ) -> Result<Vec<Prepared<'r>>, Error> {
        let versions = self.versions;
        let mut prepared = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            let node = graph.node(step.revision);
            let id = node.id.as_str();
            let file = versions.file(id)?;
            if doubts.is_some_and(|doubts| {
                step.direction == Direction::Down && !doubts.applied.contains(step.revision)
            }) {
                return Err(Error::new(
                    Code::Tampered,
                    format!(
                        "{}: revision {id} never ran on this database: it was put below one that did",
                        file.name()
                    ),
                )
                .with_help("undo the edit of the headers, and give the new revision the head as its parent")
                .with_revision(id));
            }
            let side = match step.direction {
                Direction::Down => Side::Down,
                Direction::Up | Direction::Stamp => Side::Up,
            };
            let script = file.script(dialect, side)?;
            match step.direction {
                Direction::Up | Direction::Down => file.require_nothing_unwritten(dialect, side)?,
                // It writes down what somebody has done by hand.
                Direction::Stamp => {}
            }
            if step.direction == Direction::Up && script.is_empty() {
                file.require_written(versions.dialects())?;
            }
            for step in script.steps() {
                if let Step::Call(call) = step {
                    self.settings
                        .steps
                        .require(&call.name)
                        .map_err(|error| error.with_place(file.place(call.span.clone())).with_revision(id))?;
                }
            }
            prepared.push(Prepared {
                revision: id.to_owned(),
                message: node.message.clone(),
                direction: step.direction,
                script,
                checksum: versions.seal(id, dialect).map(|seal| seal.checksum.into_owned()),
                delete: step.delete.clone(),
                insert: self
                    .with_lineage(dialect, &step.insert)?
                    .into_iter()
                    .map(|(id, lineage)| {
                        let is_untouched = doubts.is_none_or(|doubts| {
                            graph.find(&id).is_some_and(|index| doubts.untouched.contains(index))
                        });
                        (id, if is_untouched { lineage } else { TAMPERED.to_owned() })
                    })
                    .collect(),
                file,
            });
        }
        self.allow_one_transaction(&prepared)?;
        Ok(prepared)
    }

    pub(super) fn allow_one_transaction(&self, prepared: &[Prepared<'_>]) -> Result<(), Error> {
        if self.settings.transaction == TransactionMode::PerRevision || prepared.is_empty() {
            return Ok(());
        }
        if !self.grammar.transactional_ddl() {
            return Err(Error::new(
                Code::Usage,
                "MySQL and MariaDB commit each DDL statement: one transaction for all is not possible",
            )
            .with_help("use TransactionMode::PerRevision"));
        }
        match prepared.iter().find(|step| !step.script.is_transactional()) {
            None => Ok(()),
            Some(step) => Err(Error::new(
                Code::Usage,
                format!(
                    "revision {} has a section `transaction:off`: one transaction for all is not possible",
                    step.revision
                ),
            )
            .with_help("use TransactionMode::PerRevision, or upgrade to the revision before it first")
            .with_revision(step.revision.as_str())),
        }
    }

    pub(super) async fn walk_locked(
        &mut self,
        graph: &Graph,
        dialect: Dialect,
        direction: Direction,
        target: &str,
    ) -> Result<Report, Error> {
        let mut report: Option<Report> = None;
        'again: loop {
            let rows = self.heads_or_create().await?;
            let state = match self.state(graph, dialect, &rows, direction == Direction::Up).await {
                Ok(state) => state,
                Err(error) if direction == Direction::Up && self.accepts_newer(graph, &error).await? => {
                    return Ok(report.unwrap_or_else(|| self.nothing(dialect, &rows)));
                }
                Err(error) if error.code() == Code::Interrupted && self.grammar.try_lock("").is_none() => {
                    // No lock outlasts a transaction: whoever goes back may still be at work, and is waited for.
                    self.unfinished().await?;
                    if self.heads_or_create().await? == rows {
                        return Err(error);
                    }
                    continue 'again;
                }
                Err(error) => return Err(error),
            };
            let plan = Self::plan(graph, &state, direction, target)?;
            let doubts = self.doubts(graph, dialect, &rows).await?;
            let steps = self.prepare(graph, dialect, &plan, doubts.as_ref())?;
            let report = report.get_or_insert_with(|| Report {
                dialect,
                dry_run: false,
                from: words(&plan.from),
                to: Vec::new(),
                steps: Vec::new(),
            });
            report.to = words(&plan.to);
            let mut resume = self.resumable(dialect, &steps).await?;
            if resume.is_some() && self.settings.transaction == TransactionMode::All {
                return Err(Error::new(
                    Code::Usage,
                    "a revision that stopped half way cannot be finished in one transaction for all",
                )
                .with_help("finish it with TransactionMode::PerRevision first"));
            }
            let mut expected = rows;
            let of = report.steps.len() + steps.len();
            for (at, step) in steps.iter().enumerate() {
                let number = report.steps.len() + 1;
                let settings = self.settings;
                let resumed = resume.take();
                let announce = || {
                    settings.tell(&Event::Started {
                        revision: &step.revision,
                        message: &step.message,
                        direction: step.direction,
                        number,
                        of,
                    });
                    if let Some(message) = empty_way_back(dialect, step) {
                        settings.tell(&Event::Warning { message: &message });
                    }
                    if let Some(row) = &resumed {
                        settings.tell(&Event::Resumed {
                            revision: &step.revision,
                            statement: row.done + 1,
                            of: step.script.len(),
                        });
                    }
                };
                let began = Instant::now();
                let together = self.settings.transaction == TransactionMode::All;
                let closes = !together || at + 1 == steps.len();
                let in_transaction = if together { &steps[..] } else { &steps[at..=at] };
                let below = || self.versions.ways_up_below(graph, dialect, &step.revision);
                let work = Work {
                    revision: &step.revision,
                    direction: step.direction,
                    file: &step.file,
                    script: &step.script,
                    checksum: step.checksum.as_deref(),
                    delete: &step.delete,
                    insert: &step.insert,
                    expected: &expected,
                    announce: &announce,
                    opens: !together || at == 0,
                    closes,
                    without_foreign_keys: in_transaction
                        .iter()
                        .any(|step| wants_foreign_keys_off(dialect, &step.script)),
                    below: &below,
                };
                let mut executor = Executor {
                    session: &mut *self.session,
                    journal: Journal {
                        grammar: self.grammar,
                        tables: &self.tables,
                        operator: &self.settings.operator,
                        tool: &self.tool,
                    },
                    dialect,
                    steps: &self.settings.steps,
                    timeouts: self.settings.timeouts,
                    settings: &self.between,
                };
                let applied =
                    in_span(&step.revision, step.direction, executor.apply(&work, resumed.as_ref())).await;
                let outcome = applied.map_err(|error| self.with_way_out(error))?;
                if outcome == Outcome::Moved {
                    continue 'again;
                }
                let duration = began.elapsed();
                expected.retain(|(id, _)| !step.delete.iter().any(|gone| gone.as_str() == id));
                expected.extend(step.insert.iter().map(|(id, lineage)| (id.to_string(), lineage.clone())));
                let already = resumed.as_ref().map_or(0, |row| row.done);
                report.steps.push(StepReport {
                    revision: step.revision.clone(),
                    message: step.message.clone(),
                    direction: step.direction,
                    statements: step.script.len().saturating_sub(already),
                    duration,
                });
                if closes {
                    let committed =
                        if together { &report.steps[..] } else { &report.steps[report.steps.len() - 1..] };
                    for step in committed {
                        self.settings.tell(&Event::Finished {
                            revision: &step.revision,
                            direction: step.direction,
                            statements: step.statements,
                            duration: step.duration,
                        });
                    }
                }
            }
            return Ok(report.clone());
        }
    }

    pub(super) fn dry_report(&self, dialect: Dialect, plan: &Plan, prepared: &[Prepared<'_>]) -> Report {
        let steps = prepared
            .iter()
            .map(|step| StepReport {
                revision: step.revision.clone(),
                message: step.message.clone(),
                direction: step.direction,
                statements: step.script.len(),
                duration: Duration::ZERO,
            })
            .collect();
        Report {
            dialect,
            dry_run: self.settings.dry_run,
            from: words(&plan.from),
            to: words(&plan.to),
            steps,
        }
    }
}

/// The warning for a step that takes nothing back, although there was something to do on the way up.
fn empty_way_back(dialect: Dialect, step: &Prepared<'_>) -> Option<String> {
    let is_empty = step.direction == Direction::Down && step.script.is_empty();
    let did_something = || step.file.script(dialect, Side::Up).is_ok_and(|script| !script.is_empty());
    (is_empty && did_something()).then(|| {
        format!(
            "revision {}: the way back is empty, so what it did stays in the database, and an upgrade meets it there",
            step.revision
        )
    })
}
