//! How a database stands to the revisions; reads only.

use migrate_core::{Code, Error, RevisionId, graph::State};

use super::{Run, history::interrupted_way_back, ids};
use crate::{journal::INTERRUPTED, report::Status, settings::NewerDatabase};

impl Run<'_> {
    /// How the database stands to the revisions; reads only.
    pub(crate) async fn status(&mut self) -> Result<Status, Error> {
        let rows = self.heads().await?;
        let dialect = self.dialect().await?;
        let rows = rows.unwrap_or_default();
        if self.versions.is_at_heads(dialect, &rows) {
            return Ok(Status::Current);
        }
        if let Some((revision, _)) = rows.iter().find(|(_, lineage)| lineage == INTERRUPTED) {
            return Err(interrupted_way_back(revision, false));
        }
        let graph = self.versions.graph()?;
        let graph = graph.as_ref();
        let unknown: Vec<String> = rows
            .iter()
            .map(|(id, _)| id.clone())
            .filter(|id| id.parse().ok().and_then(|id: RevisionId| graph.find(&id)).is_none())
            .collect();
        if !unknown.is_empty() {
            return Ok(if self.has_all_of_ours(graph).await? {
                Status::Ahead { unknown }
            } else {
                Status::Diverged { revisions: unknown }
            });
        }
        let mut edited = Vec::new();
        for row in &rows {
            if !self.is_intact(graph, dialect, &rows, row).await? {
                edited.push(row.0.clone());
            }
        }
        if !edited.is_empty() {
            return Ok(Status::Diverged { revisions: edited });
        }
        let state = State::new(graph, &ids(&rows)?)?;
        let plan = graph.plan_upgrade(&state, "heads")?;
        let pending: Vec<_> = plan.steps.iter().map(|step| graph.id(step.revision).to_string()).collect();
        Ok(if pending.is_empty() { Status::Current } else { Status::Pending(pending) })
    }

    /// Why these heads do not fit, as an upgrade would say it.
    async fn diverged(&mut self, heads: &[String]) -> Result<Error, Error> {
        let rows = self.heads().await?.unwrap_or_default();
        let dialect = self.dialect().await?;
        let graph = self.versions.graph()?;
        let known = heads.iter().find(|head| self.versions.seal(head, dialect).is_some());
        Ok(match known {
            Some(head) => self.tampered(&graph, dialect, head).await,
            None => self.explain_unknown(&graph, &rows, Error::new(Code::Tampered, String::new())).await,
        })
    }

    /// Refuses unless the database is current; reads only.
    pub(crate) async fn verify(&mut self) -> Result<(), Error> {
        let (code, message, help, revisions) = match self.status().await? {
            Status::Current => return Ok(()),
            Status::Ahead { .. } if self.settings.newer == NewerDatabase::Accept => return Ok(()),
            Status::Pending(missing) => {
                let listed = missing.join(", ");
                let is = if missing.len() == 1 { "is" } else { "are" };
                let message = format!(
                    "{} of {} revisions {is} not applied: {listed}",
                    missing.len(),
                    self.versions.len()
                );
                let several = self.versions.graph()?.effective_heads().len() > 1;
                let help = match self.interrupted().await {
                    Ok(Some(step)) if step.is_in_doubt => {
                        "a revision is under way, or was interrupted: `upgrade heads` waits for it, or says which `resume` it needs"
                    }
                    Ok(Some(_)) => {
                        "a revision stopped half way: mend it, and `upgrade heads` goes on with it"
                    }
                    Ok(None) | Err(_) if several => {
                        "run `upgrade heads`; or join the heads first, with `cargo migrate merge heads`"
                    }
                    Ok(None) | Err(_) => "run `upgrade`",
                };
                (Code::NotCurrent, message, help, missing)
            }
            Status::Ahead { unknown } => {
                let message = format!(
                    "the database is ahead of this program: a newer release has applied {}",
                    unknown.join(", ")
                );
                (Code::DatabaseAhead, message, "run the newer release", unknown)
            }
            Status::Diverged { revisions } => {
                let error = self.diverged(&revisions).await?;
                return Err(error.with_list("revisions", revisions));
            }
        };
        Err(Error::new(code, message).with_help(help).with_list("revisions", revisions))
    }
}
