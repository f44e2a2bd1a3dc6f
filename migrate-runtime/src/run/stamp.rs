//! Writing down where a database is.

use std::time::Duration;

use migrate_core::{
    Dialect, Error, RevisionId,
    graph::{Direction, Graph, Stamp, State},
};

use super::{Rows, Run, ids, words};
use crate::{
    event::Event,
    journal::Unfinished,
    report::{Report, StepReport},
};

impl Run<'_> {
    /// Writes down that the database is at `targets`, without running anything.
    pub(crate) async fn stamp(&mut self, targets: &[&str], purge: bool) -> Result<Report, Error> {
        let rows = self.heads().await?.unwrap_or_default();
        let dialect = self.dialect().await?;
        let graph = self.versions.graph()?;
        let graph = graph.as_ref();
        let plan = Self::stamp_plan(graph, &rows, targets, purge)?;
        if self.settings.dry_run {
            let accepted = self.accepted_by(graph, dialect, &rows, &plan, purge).await?;
            self.tell_of_accepted(&accepted, "the stamp would accept what the files have now");
            return Ok(self.stamp_report(graph, dialect, &rows, &plan));
        }
        let outcome = match self.enter().await {
            Ok(()) => self.stamp_locked(graph, dialect, targets, purge).await,
            Err(error) => Err(error),
        };
        self.leave(outcome.is_err()).await;
        outcome
    }

    pub(super) fn stamp_plan(
        graph: &Graph,
        rows: &Rows,
        targets: &[&str],
        purge: bool,
    ) -> Result<Stamp, Error> {
        let ids =
            if purge { rows.iter().filter_map(|(id, _)| id.parse().ok()).collect() } else { ids(rows)? };
        graph.plan_stamp(&State::lenient(graph, &ids), targets, purge)
    }

    pub(super) async fn stamp_locked(
        &mut self,
        graph: &Graph,
        dialect: Dialect,
        targets: &[&str],
        purge: bool,
    ) -> Result<Report, Error> {
        loop {
            let rows = self.heads_or_create().await?;
            // Where no lock keeps another run away, one that is under way is waited for.
            let open = self.unfinished().await?;
            let plan = Self::stamp_plan(graph, &rows, targets, purge)?;
            let accepted = self.accepted_by(graph, dialect, &rows, &plan, purge).await?;
            let report = self.stamp_report(graph, dialect, &rows, &plan);
            // Every head is written anew, with the lineage of today: that is what a stamp vouches for.
            let insert = self.with_lineage(dialect, &plan.to)?;
            let journal = self.journal();
            let mut sql = vec![journal.abandon()];
            sql.extend(insert.iter().map(|(id, lineage)| journal.stamp(id.as_str(), Some(lineage))));
            if insert.is_empty() {
                sql.push(journal.stamp("base", None));
            }
            sql.push(journal.clear_heads());
            sql.extend(journal.heads(&[], &insert));
            sql.push(self.grammar.commit().to_owned());
            self.run_own(&[self.grammar.begin().to_owned()]).await?;
            let outcome = self.stamp_inside(&rows, open.as_ref(), &sql).await;
            if !matches!(outcome, Ok(true)) {
                let _ = self.run_own(&[self.grammar.rollback().to_owned()]).await;
            }
            if outcome? {
                self.tell_of_accepted(&accepted, "accepted, as the files have it now");
                return Ok(report);
            }
        }
    }

    /// What the stamp accepts of edits. A purge asks for nothing that the database says.
    async fn accepted_by(
        &mut self,
        graph: &Graph,
        dialect: Dialect,
        rows: &Rows,
        plan: &Stamp,
        purge: bool,
    ) -> Result<Vec<String>, Error> {
        if purge { Ok(Vec::new()) } else { self.accepted(graph, dialect, rows, &plan.to).await }
    }

    fn tell_of_accepted(&self, accepted: &[String], so: &str) {
        for edit in accepted {
            self.settings.tell(&Event::Warning { message: &format!("{edit}: {so}") });
        }
    }

    /// Inside a transaction: writes the stamp and commits, unless another run has moved the database meanwhile.
    async fn stamp_inside(
        &mut self,
        rows: &Rows,
        open: Option<&Unfinished>,
        sql: &[String],
    ) -> Result<bool, Error> {
        if self.heads().await?.as_ref() != Some(rows) || self.open_row().await?.as_ref() != open {
            return Ok(false);
        }
        self.run_own(sql).await?;
        Ok(true)
    }

    /// A step for each head that is new, or that was there with another history.
    fn stamp_report(&self, graph: &Graph, dialect: Dialect, rows: &Rows, plan: &Stamp) -> Report {
        let message = |id: &RevisionId| {
            graph.find(id).map(|index| graph.node(index).message.clone()).unwrap_or_default()
        };
        let is_as_before = |id: &RevisionId| {
            let mut before = rows.iter().filter(|(row, _)| row == id.as_str());
            before.any(|(row, lineage)| self.versions.is_lineage(row, dialect, lineage))
        };
        let steps = plan
            .to
            .iter()
            .filter(|id| !is_as_before(id))
            .map(|id| StepReport {
                revision: id.to_string(),
                message: message(id),
                direction: Direction::Stamp,
                statements: 0,
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
