//! A step with one transaction around everything.

use migrate_core::Error;

use super::{Executor, Item, Outcome, Stop, Work, explain::rolled_back, item, own, same_rows};
use crate::session::Failure;

impl Executor<'_> {
    /// Everything in one transaction: on engines that can, in one message.
    pub(super) async fn in_one_transaction(&mut self, work: &Work<'_>) -> Result<Outcome, Error> {
        let grammar = self.journal.grammar;
        let mut items: Vec<Item<'_>> = Vec::new();
        if work.opens {
            if work.without_foreign_keys {
                self.turn_foreign_keys_off().await?;
            }
            items.push(own(grammar.begin()));
            if grammar.try_lock("").is_none() {
                // The transaction is the lock: what was planned for may have changed before it began.
                self.send(work.revision, &items).await.map_err(|stop| self.explain(work, &items, stop))?;
                items.clear();
                match self.has_moved(work).await {
                    Ok(false) => {}
                    outcome => {
                        self.roll_back().await;
                        self.restore_settings().await;
                        return outcome.map(|_| Outcome::Moved);
                    }
                }
            }
        }
        (work.announce)();
        items.extend(grammar.set_timeouts(self.timeouts, true).into_iter().map(own));
        items.push(own(self.journal.start(work.revision, work.direction, work.checksum)));
        items.extend(work.script.steps().map(item));
        let looked = match self.look_before(work, 0..work.script.len(), work.without_foreign_keys).await {
            Ok(looked) => looked,
            Err(error) => {
                self.roll_back().await;
                return Err(rolled_back(error, work));
            }
        };
        if let Some(before) = looked {
            let mut outcome =
                self.send(work.revision, &items).await.map_err(|stop| self.explain(work, &items, stop));
            if outcome.is_ok() {
                outcome = self.look_behind(work, &before).await;
            }
            if let Err(error) = outcome {
                self.roll_back().await;
                return Err(rolled_back(error, work));
            }
            items.clear();
        }
        items.extend(self.settings.inside.iter().map(|sql| own(sql.as_str())));
        items.extend(self.journal.heads(work.delete, work.insert).into_iter().map(own));
        items.push(own(self.journal.finish(work.revision, work.direction, work.script.len(), work.checksum)));
        if work.closes {
            items.push(own(grammar.commit()));
        }
        items.extend(self.settings.after.iter().map(|sql| own(sql.as_str())));
        let Err(stop) = self.send(work.revision, &items).await else { return Ok(Outcome::Done) };
        let is_lost = matches!(&stop, Stop::Server(_, error) if error.kind == Failure::Lost);
        let error = self.explain(work, &items, stop);
        self.roll_back().await;
        // A setting that does not come back must not hide that the revision is committed. The database itself is asked.
        if work.closes && !is_lost && self.is_behind(work).await {
            return Ok(Outcome::Done);
        }
        Err(rolled_back(error, work))
    }

    /// Whether the version table says that the step is done.
    async fn is_behind(&mut self, work: &Work<'_>) -> bool {
        let mut after = work.expected.to_vec();
        after.retain(|(id, _)| !work.delete.iter().any(|gone| gone.as_str() == id));
        after.extend(work.insert.iter().map(|(id, lineage)| (id.to_string(), lineage.clone())));
        self.heads().await.is_ok_and(|rows| same_rows(&rows, &after))
    }
}
