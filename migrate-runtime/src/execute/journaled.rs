//! A step that cannot be rolled back as a whole: the journal goes ahead of each statement and behind it.

use migrate_core::{
    Code, Error,
    graph::Direction,
    revision::{Script, Step},
    seal::StepsDigest,
    sql,
};

use super::{
    Executor, Item, Outcome, Stop, Work,
    effect::{changes_data_only, refusal_is_certain},
    explain::{Doubt, half_way, in_doubt},
    invalid_index::{drop_it, in_the_way, invalid_index},
    item, own,
};
use crate::{
    journal::{INTERRUPTED, Unfinished},
    session::{Part, ServerError},
};

/// A run through the steps of a script.
pub(super) struct Progress<'a> {
    pub(super) steps: Vec<(bool, &'a Step)>,
    pub(super) done: usize,
    pub(super) digest: StepsDigest,
    /// Whether the journal says already that the next step begins.
    announced: bool,
}

impl Executor<'_> {
    /// Step by step. `resume` is the journal row of an earlier attempt.
    pub(super) async fn journaled(
        &mut self,
        work: &Work<'_>,
        resume: Option<&Unfinished>,
    ) -> Result<Outcome, Error> {
        let mut progress = Progress {
            steps: flatten(work.script),
            done: 0,
            digest: StepsDigest::new(self.dialect),
            announced: false,
        };
        let timeouts: Vec<_> =
            self.journal.grammar.set_timeouts(self.timeouts, false).into_iter().map(own).collect();
        self.send_own(work, &timeouts).await?;
        let outcome = match resume {
            Some(row) => self.take_over(work, row).await?,
            None => self.claim(work).await?,
        };
        if outcome == Outcome::Moved {
            return Ok(Outcome::Moved);
        }
        if let Some(row) = resume {
            self.go_on(work, row, &mut progress).await?;
        }
        (work.announce)();
        while progress.done < progress.steps.len() {
            let rest = &progress.steps[progress.done..];
            let group = rest.iter().take_while(|(tx, step)| self.is_exact(*tx, step)).count();
            // Without a transaction around the section, each statement still commits with its own entry.
            let group = if rest.first().is_some_and(|(tx, _)| *tx) { group } else { group.min(1) };
            let can_roll_back = match self.can_roll_back(&rest[..group]).await {
                Ok(can) => can,
                Err(error) => {
                    let (done, total) = (progress.done, progress.steps.len());
                    let error =
                        error.own("looking for tables without transactions").with_revision(work.revision);
                    return Err(self.stopped(error, work, done, done, total).await);
                }
            };
            if group == 0 || !can_roll_back {
                self.single(work, &mut progress).await?;
            } else {
                self.group(work, &mut progress, group).await?;
            }
        }
        self.finish(work, progress.steps.len()).await?;
        Ok(Outcome::Done)
    }

    /// Where no lock keeps other runs away: refuses to work on a row that another run has taken over.
    async fn require_own_row(&mut self, work: &Work<'_>) -> Result<(), Error> {
        if self.journal.grammar.try_lock("").is_some() {
            return Ok(());
        }
        let sql = self.journal.attempted(work.revision, work.direction);
        let rows = self.session.query(&sql).await.map_err(|error| error.own("reading the journal"))?;
        if rows.is_empty() {
            return Err(Error::new(
                Code::Interrupted,
                format!("revision {}: another run has taken it over, as this one stood still", work.revision),
            )
            .with_help("run the command again to see where the database is")
            .with_revision(work.revision));
        }
        Ok(())
    }

    /// Whether these steps leave nothing when they are rolled back: no table that they may write to has no transactions.
    /// A trigger may write to any table.
    async fn can_roll_back(&mut self, steps: &[(bool, &Step)]) -> Result<bool, ServerError> {
        let mut schemas = Vec::new();
        for (_, step) in steps {
            if let Step::Statement(statement) = step {
                let tokens = sql::tokens(self.dialect, &statement.sql);
                let before =
                    tokens.windows(2).filter(|pair| pair[1] == ".").map(|pair| pair[0].trim_matches('`'));
                schemas.extend(before.map(str::to_owned));
            }
        }
        let Some(sql) = self.journal.grammar.tables_without_transactions(&schemas) else { return Ok(true) };
        if steps.is_empty() {
            return Ok(true);
        }
        let rows = self.session.query(&sql).await?;
        Ok(rows.is_empty())
    }

    /// One statement on its own, with an entry before it and one behind it.
    async fn single(&mut self, work: &Work<'_>, progress: &mut Progress<'_>) -> Result<(), Error> {
        let (done, total) = (progress.done, progress.steps.len());
        if !progress.announced
            && let Err(error) = self.record(work, done, done + 1, &progress.digest).await
        {
            return Err(self.stopped(error, work, done, done, total).await);
        }
        self.require_own_row(work).await?;
        let (transaction, step) = progress.steps[done];
        if let Step::Statement(statement) = step
            && let Some(index) = in_the_way(&mut *self.session, self.dialect, &statement.sql).await
        {
            let error = Error::new(
                Code::StatementFailed,
                format!(
                    "revision {}: IF NOT EXISTS would take the index {index} for what is wanted",
                    work.revision
                ),
            )
            .with_help(drop_it(&index))
            .with_place(work.file.place(statement.span.clone()))
            .with_revision(work.revision);
            let _ = self.record(work, done, done, &progress.digest).await;
            return Err(self.stopped(error, work, done, done, total).await);
        }
        if let Err(error) = self.look_before_drop(work, done).await {
            let _ = self.record(work, done, done, &progress.digest).await;
            return Err(self.stopped(error, work, done, done, total).await);
        }
        let grammar = self.journal.grammar;
        let rolls_back = self.is_exact(transaction, step);
        let items = if rolls_back {
            vec![own(grammar.begin()), item(step), own(grammar.commit())]
        } else {
            vec![item(step)]
        };
        if let Err(stop) = self.send(work.revision, &items).await {
            let is_lost = self.is_lost(&stop).await;
            let mut error = self.explain(work, &items, stop);
            self.roll_back().await;
            let took_no_effect = match step {
                Step::Statement(_) if is_lost => false,
                // What a table without transactions has kept is said by the rollback.
                Step::Statement(_) if rolls_back => !self.has_kept_rows().await,
                Step::Statement(statement) => refusal_is_certain(self.dialect, statement),
                Step::Call(_) => false,
            };
            if took_no_effect && self.record(work, done, done, &progress.digest).await.is_ok() {
                return Err(self.stopped(error, work, done, done, total).await);
            }
            if let Step::Statement(statement) = step
                && let Some(index) = invalid_index(&mut *self.session, self.dialect, &statement.sql).await
            {
                error = error.with_help(drop_it(&index));
            }
            self.release(work).await;
            let what =
                if is_lost { "the connection was lost" } else { "it failed, and may have done a part," };
            let doubt = Doubt { done, attempted: done + 1, total };
            return Err(in_doubt(&error, work.revision, work.direction, doubt, what));
        }
        progress.digest.push(step);
        progress.done += 1;
        // One write says both that this step is done and that the next begins.
        let next = progress.steps.get(progress.done);
        progress.announced = next.is_some_and(|(tx, step)| !self.is_exact(*tx, step));
        let attempted = progress.done + usize::from(progress.announced);
        if let Err(error) = self.record(work, progress.done, attempted, &progress.digest).await {
            // It took effect, and the journal says only that it was begun.
            self.release(work).await;
            let doubt = Doubt { done, attempted: done + 1, total };
            return Err(in_doubt(&error, work.revision, work.direction, doubt, "writing the journal failed"));
        }
        Ok(())
    }

    /// Steps that commit together with their entry in the journal.
    async fn group(
        &mut self,
        work: &Work<'_>,
        progress: &mut Progress<'_>,
        count: usize,
    ) -> Result<(), Error> {
        let (done, total) = (progress.done, progress.steps.len());
        let to = done + count;
        let grammar = self.journal.grammar;
        let mut digest = progress.digest.clone();
        let is_off =
            work.without_foreign_keys && self.are_foreign_keys_off(&progress.steps[done..to]).await?;
        let mut items = vec![own(grammar.begin())];
        if grammar.try_lock("").is_none() {
            self.send_own(work, &items).await?;
            items.clear();
            if let Err(error) = self.require_own_row(work).await {
                self.roll_back().await;
                return Err(error);
            }
        }
        if !grammar.transactional_ddl() {
            // Comes true only if something commits before its time.
            items.push(own(self.progress(work, done, to, &digest)));
        }
        let before = match self.look_before(work, done..to, is_off).await {
            Ok(before) => before,
            Err(error) => {
                self.roll_back().await;
                return Err(self.stopped(error, work, done, done, total).await);
            }
        };
        let first = items.len();
        for (_, step) in &progress.steps[done..to] {
            digest.push(step);
            items.push(item(step));
        }
        let mut sent = Ok(());
        let mut are_run = false;
        if let Some(before) = &before {
            sent = self.send(work.revision, &items).await;
            are_run = sent.is_ok();
            if are_run {
                items.clear();
                if let Err(error) = self.look_behind(work, before).await {
                    self.roll_back().await;
                    return Err(self.stopped(error, work, done, to - 1, total).await);
                }
            }
        }
        if sent.is_ok() {
            items.extend(self.settings.inside.iter().map(|sql| own(sql.as_str())));
            items.push(own(self.progress(work, to, to, &digest)));
            items.push(own(grammar.commit()));
            sent = self.send(work.revision, &items).await;
        }
        if let Err(stop) = sent {
            let at = if are_run { count - 1 } else { stop.item().saturating_sub(first).min(count - 1) };
            let is_lost = self.is_lost(&stop).await;
            let is_step = matches!(stop, Stop::Step(..));
            let error = self.explain(work, &items, stop);
            if is_lost {
                // What has become of the transaction is in the journal: the next run reads it there.
                let help = "the connection broke; run the command again to see how far it came";
                return Err(if is_step { error.with_help(help) } else { error });
            }
            let is_clean = self.rolls_back_cleanly(work, done, to, &progress.digest).await;
            if is_clean {
                return Err(self.stopped(error, work, done, done + at, total).await);
            }
            self.release(work).await;
            let doubt = Doubt { done, attempted: to, total };
            return Err(in_doubt(
                &error,
                work.revision,
                work.direction,
                doubt,
                "something committed before its time",
            ));
        }
        progress.done = to;
        progress.digest = digest;
        progress.announced = false;
        Ok(())
    }

    /// Rolls a group back. False if a part of it stays: DDL in a Rust step has committed it, or a table has no
    /// transactions; then the journal says that the steps of the group are in doubt.
    async fn rolls_back_cleanly(
        &mut self,
        work: &Work<'_>,
        done: usize,
        to: usize,
        digest: &StepsDigest,
    ) -> bool {
        self.roll_back().await;
        if self.journal.grammar.transactional_ddl() {
            return true;
        }
        if self.has_kept_rows().await {
            let _ = self.record(work, done, to, digest).await;
            return false;
        }
        let sql = self.journal.attempted(work.revision, work.direction);
        match self.session.query(&sql).await {
            Ok(rows) => rows
                .first()
                .and_then(|row| row.first().cloned().flatten())
                .and_then(|cell| cell.parse::<usize>().ok())
                .is_some_and(|attempted| attempted == done),
            Err(_) => false,
        }
    }

    /// Whether the rollback right before has left something. Error 1196 of MySQL and MariaDB: some non-transactional
    /// changed tables couldn't be rolled back.
    async fn has_kept_rows(&mut self) -> bool {
        let warnings = self.session.query("SHOW WARNINGS").await.unwrap_or_default();
        warnings.iter().any(|row| row.get(1).is_some_and(|code| code.as_deref() == Some("1196")))
    }

    /// The end of a run whose first `kept` steps stay. If none does, there is nothing to go on with.
    async fn stopped(
        &mut self,
        error: Error,
        work: &Work<'_>,
        kept: usize,
        failed: usize,
        total: usize,
    ) -> Error {
        let grammar = self.journal.grammar;
        let before =
            work.expected.iter().find(|(id, _)| id == work.revision).map(|(_, lineage)| lineage.as_str());
        if kept == 0 && before != Some(INTERRUPTED) {
            let mut items =
                vec![own(grammar.begin()), own(self.journal.give_up(work.revision, work.direction))];
            if let (Direction::Down, Some(lineage)) = (work.direction, before) {
                items.push(own(self.journal.mark_whole(work.revision, lineage)));
            }
            items.push(own(grammar.commit()));
            if self.send(work.revision, &items).await.is_err() {
                self.roll_back().await;
            }
        } else {
            self.release(work).await;
        }
        half_way(error, work, kept, failed, total)
    }

    /// Tells other runs that this one is over. If it cannot, they wait a moment longer.
    pub(super) async fn release(&mut self, work: &Work<'_>) {
        let sql = self.journal.release(work.revision, work.direction);
        let _ = self.session.run(&[Part::Own(&sql)]).await;
    }

    /// Writes the journal row that says that this step is under way.
    async fn claim(&mut self, work: &Work<'_>) -> Result<Outcome, Error> {
        let grammar = self.journal.grammar;
        let begin = [own(grammar.begin())];
        self.send_own(work, &begin).await?;
        if grammar.try_lock("").is_none() {
            match self.has_moved(work).await {
                Ok(false) => {}
                outcome => {
                    self.roll_back().await;
                    return outcome.map(|_| Outcome::Moved);
                }
            }
        }
        let mut items = vec![own(self.journal.start(work.revision, work.direction, work.checksum))];
        if work.direction == Direction::Down {
            items.push(own(self.journal.mark_interrupted(work.revision)));
        }
        items.push(own(grammar.commit()));
        match self.send(work.revision, &items).await {
            Ok(()) => Ok(Outcome::Done),
            Err(stop) => {
                let was_faster = matches!(&stop, Stop::Server(_, error) if is_conflict(error));
                let error = self.explain(work, &items, stop);
                self.roll_back().await;
                Err(if was_faster { another_node(&error) } else { error })
            }
        }
    }

    async fn finish(&mut self, work: &Work<'_>, total: usize) -> Result<(), Error> {
        let grammar = self.journal.grammar;
        self.require_own_row(work).await?;
        let mut items = vec![own(grammar.begin())];
        items.extend(self.settings.inside.iter().map(|sql| own(sql.as_str())));
        items.extend(self.journal.heads(work.delete, work.insert).into_iter().map(own));
        items.push(own(self.journal.finish(work.revision, work.direction, total, work.checksum)));
        items.push(own(grammar.commit()));
        if let Err(error) = self.send_own(work, &items).await {
            self.roll_back().await;
            self.release(work).await;
            return Err(half_way(error, work, total, total, total));
        }
        self.settings.restore(&mut *self.session, grammar).await;
        Ok(())
    }

    fn progress(&self, work: &Work<'_>, done: usize, attempted: usize, digest: &StepsDigest) -> String {
        self.journal.progress(work.revision, work.direction, done, attempted, &digest.digest().to_string())
    }

    async fn record(
        &mut self,
        work: &Work<'_>,
        done: usize,
        attempted: usize,
        digest: &StepsDigest,
    ) -> Result<(), Error> {
        let mut items = Vec::new();
        if !self.settings.inside.is_empty() {
            items.push(own(self.journal.grammar.begin()));
            items.extend(self.settings.inside.iter().map(|sql| own(sql.as_str())));
        }
        items.push(own(self.progress(work, done, attempted, digest)));
        if !self.settings.inside.is_empty() {
            items.push(own(self.journal.grammar.commit()));
        }
        let outcome = self.send(work.revision, &items).await.map_err(|stop| self.explain(work, &items, stop));
        if outcome.is_err() {
            self.roll_back().await;
        }
        outcome
    }

    pub(super) async fn send_own(&mut self, work: &Work<'_>, items: &[Item<'_>]) -> Result<(), Error> {
        self.send(work.revision, items).await.map_err(|stop| self.explain(work, items, stop))
    }

    /// Whether a step commits together with the journal row that records it.
    fn is_exact(&self, transaction: bool, step: &Step) -> bool {
        if self.journal.grammar.transactional_ddl() {
            return transaction;
        }
        match step {
            Step::Call(_) => transaction,
            Step::Statement(statement) => changes_data_only(self.dialect, statement),
        }
    }
}

/// On a cluster the lock is one node's own, and the journal's key arbitrates: the loser's transaction is refused with one
/// of these. 1062 duplicate key, 1180 at COMMIT (Group Replication), 1213 deadlock (Galera).
fn is_conflict(error: &ServerError) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    ["error 1062,", "error 1180,", "error 1213,"].iter().any(|known| code.starts_with(known))
}

fn another_node(error: &Error) -> Error {
    Error::new(Code::Locked, format!("another process is migrating this database: {}", error.message()))
        .with_help("wait until it is done, and run the command again")
}

fn flatten(script: &Script) -> Vec<(bool, &Step)> {
    script.blocks.iter().flat_map(|block| block.steps.iter().map(|step| (block.transaction, step))).collect()
}
