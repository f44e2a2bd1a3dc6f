//! What is looked at before the statements of a transaction run, and again before they are committed.

use std::ops::Range;

use migrate_core::Error;

use super::{
    Executor, Work,
    foreign_keys::References,
    taken_away::{Watched, When},
};

/// How the database was before.
#[derive(Debug)]
pub(super) struct Looked {
    /// Where foreign keys are off.
    references: Option<References>,
    /// Where tables are made anew.
    watched: Option<Watched>,
}

impl Executor<'_> {
    /// Inside the transaction of these steps, and before them. None if there is nothing to look at.
    pub(super) async fn look_before(
        &mut self,
        work: &Work<'_>,
        steps: Range<usize>,
        without_foreign_keys: bool,
    ) -> Result<Option<Looked>, Error> {
        let watched = self.watch(work, steps).await?;
        let references = if without_foreign_keys { Some(self.look_at_references().await) } else { None };
        let is_needed = watched.is_some() || references.is_some();
        Ok(is_needed.then_some(Looked { references, watched }))
    }

    /// Before a step that commits by itself: what it drops is gone with it.
    pub(super) async fn look_before_drop(&mut self, work: &Work<'_>, step: usize) -> Result<(), Error> {
        match self.watch(work, step..step + 1).await? {
            Some(watched) => self.require_kept(work, &watched, When::Dropping).await,
            None => Ok(()),
        }
    }

    /// Behind them, and before the commit: refuses what they have lost or left behind.
    pub(super) async fn look_behind(&mut self, work: &Work<'_>, before: &Looked) -> Result<(), Error> {
        if let Some(watched) = &before.watched {
            self.require_kept(work, watched, When::Done).await?;
        }
        match &before.references {
            Some(references) => self.check_references(work, references).await,
            None => Ok(()),
        }
    }
}
