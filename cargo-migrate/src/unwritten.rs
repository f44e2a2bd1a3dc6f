//! Revisions that look as if somebody had not finished writing them. Only of those that are not committed yet is anything
//! said: it is for the one who writes them now.

use migrate_core::{
    Catalog, Code, Dialect, Difference, Error, RevisionId,
    graph::{Graph, Index, State},
    lock::Lock,
    revision::{RevisionFile, Side},
};
use migrate_runtime::cli::{App, Console};

use crate::{git, project::Project};

/// Warns of revisions that are being sealed with something to do and nothing to undo it.
pub(crate) fn warn_of_empty_ways_back(
    catalog: &Catalog<'_>,
    sealed: &[Difference],
    committed: &Lock,
    console: &Console,
) {
    for difference in sealed {
        let id = match difference {
            Difference::Added(id) | Difference::Edited(id, _) if committed.find(id).is_none() => id,
            _ => continue,
        };
        let Some(index) = catalog.graph().find(id) else { continue };
        let (file, all) = (catalog.file(index), catalog.dialects());
        let empty: Vec<_> = all.iter().filter(|dialect| has_empty_way_back(file, **dialect)).collect();
        if empty.is_empty() {
            continue;
        }
        let names: Vec<_> = empty.iter().map(|dialect| dialect.name()).collect();
        let whom = if empty.len() < all.len() { format!(" for {}", names.join(", ")) } else { String::new() };
        console.warn(&format!(
            "revision {id}: the way back is empty{whom}: write it, or `-- migrate:irreversible REASON`"
        ));
    }
}

/// With a down section: without one, the way back is refused anyway.
fn has_empty_way_back(file: &RevisionFile<'_>, dialect: Dialect) -> bool {
    let is_empty = |side| file.script(dialect, side).map(|script| script.is_empty());
    matches!((is_empty(Side::Up), is_empty(Side::Down)), (Ok(false), Ok(true)))
}

/// Revisions that do nothing, although they are no merge.
#[derive(Debug)]
pub(crate) struct Unwritten {
    graph: Graph,
    revisions: Vec<Index>,
}

impl Unwritten {
    /// Those of the project; nothing if there are none, which is the usual case.
    pub(crate) fn find(catalog: &Catalog<'_>, project: &Project) -> Option<Self> {
        let does_nothing = |index: Index| {
            catalog.dialects().iter().all(|dialect| {
                catalog.file(index).script(*dialect, Side::Up).is_ok_and(|script| script.is_empty())
            })
        };
        let graph = catalog.graph();
        let suspects = graph.iter().filter(|(_, node)| node.revises.len() < 2).map(|(index, _)| index);
        let mut revisions: Vec<_> = suspects.filter(|index| does_nothing(*index)).collect();
        if revisions.is_empty() {
            return None;
        }
        let committed = git::committed(&project.migrations).lock;
        revisions.retain(|index| committed.find(graph.id(*index)).is_none());
        (!revisions.is_empty()).then(|| Self { graph: graph.clone(), revisions })
    }

    /// Warns of those that an upgrade to `target` is about to apply. What else is wrong with the database or the target is
    /// for the upgrade to say.
    ///
    /// # Errors
    /// [`Code::ConnectionFailed`], so that nobody waits twice for a server that is not there.
    pub(crate) async fn warn_before_upgrade(
        &self,
        app: &App<'_>,
        url: &str,
        target: &str,
    ) -> Result<(), Error> {
        let rows = match app.migrator.current(url).await {
            Ok(rows) => rows,
            Err(error) if error.code() == Code::ConnectionFailed => return Err(error),
            Err(_) => return Ok(()),
        };
        let ids = rows.iter().map(|row| row.parse()).collect::<Result<Vec<RevisionId>, Error>>();
        let state = ids.and_then(|ids| State::new(&self.graph, &ids));
        let Ok(plan) = state.and_then(|state| self.graph.plan_upgrade(&state, target)) else {
            return Ok(());
        };
        for step in plan.steps.iter().filter(|step| self.revisions.contains(&step.revision)) {
            let id = self.graph.id(step.revision);
            app.console.warn(&format!("revision {id} has no statements: was it written yet?"));
        }
        Ok(())
    }
}
