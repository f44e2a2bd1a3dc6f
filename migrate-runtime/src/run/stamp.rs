//! Writing down where a database is.

use std::time::Duration;

use migrate_core::{
    Dialect, Error, RevisionId,
    graph::{Direction, Graph, Stamp, State},
};

use super::{Rows, Run, ids, words};
use crate::{
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
            return Ok(self.stamp_report(graph, dialect, &plan));
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
            let report = self.stamp_report(graph, dialect, &plan);
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
                return Ok(report);
            }
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

    pub(super) fn stamp_report(&self, graph: &Graph, dialect: Dialect, plan: &Stamp) -> Report {
        let message = |id: &RevisionId| {
            graph.find(id).map(|index| graph.node(index).message.clone()).unwrap_or_default()
        };
        let steps = plan
            .insert
            .iter()
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
