//! The lock that lets one process at a time migrate a database.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    time::{Duration, Instant},
};

use migrate_core::{Code, Error};

use super::Run;
use crate::{event::Event, pause::pause, session::Part};

impl Run<'_> {
    /// Names the version table itself, however its place was configured.
    fn lock_key(&self) -> String {
        let names: Vec<_> =
            self.tables.namespace.iter().chain([&self.tables.version]).map(String::as_str).collect();
        self.grammar.text(&names.join("/"))
    }

    /// Finds the tables and takes the lock on them. Call [`leave`](Self::leave) whatever comes out.
    pub(super) async fn enter(&mut self) -> Result<(), Error> {
        if let Some(file) = self.session.missing_file() {
            let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
            self.settings.tell(&Event::Creating { file: &file });
        }
        self.locate().await?;
        self.lock().await?;
        self.has_entered = true;
        Ok(())
    }

    /// Waits for the lock: polls, so that a waiter holds no snapshot that a CREATE INDEX CONCURRENTLY would wait for.
    async fn lock(&mut self) -> Result<(), Error> {
        let Some(sql) = self.grammar.try_lock(&self.lock_key()) else { return Ok(()) };
        let deadline = Instant::now() + self.settings.lock_wait;
        let mut wait = Backoff::new();
        let mut told = false;
        loop {
            if self.one_cell(&sql, "taking the migration lock").await? == "1" {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let waited = self.settings.lock_wait.as_secs();
                return Err(Error::new(
                    Code::Locked,
                    format!("another process is migrating this database; gave up after {waited} s"),
                )
                .with_help("wait until it is done, or raise the lock wait"));
            }
            if !told {
                told = true;
                self.settings.tell(&Event::Waiting { at_most: self.settings.lock_wait });
            }
            pause(wait.next().min(deadline.saturating_duration_since(Instant::now()))).await;
        }
    }

    /// Gives the lock back, and the session its settings. A connection that is gone has given the lock back already.
    pub(super) async fn leave(&mut self, after_a_failure: bool) {
        if after_a_failure {
            if self.has_entered {
                // Whatever has failed inside a transaction: the caller's connection does not stay in it.
                let _ = self.session.run(&[Part::Own(self.grammar.rollback())]).await;
            }
            // What a failed revision has set stands in the way of the unlock, and of the caller.
            std::mem::take(&mut self.between).restore(&mut *self.session, self.grammar).await;
        }
        for sql in std::mem::take(&mut self.at_the_end) {
            let _ = self.session.run(&[Part::Own(&sql)]).await;
        }
        if let Some(sql) = self.grammar.unlock(&self.lock_key()).filter(|_| self.has_entered) {
            let _ = self.session.run(&[Part::Own(&sql)]).await;
        }
    }
}

/// Growing waits with jitter, so that many waiters do not poll in step.
pub(super) struct Backoff {
    pub(super) base: u64,
    pub(super) random: RandomState,
    pub(super) turn: u64,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { base: 50, random: RandomState::new(), turn: 0 }
    }

    pub(super) fn next(&mut self) -> Duration {
        self.turn += 1;
        let mut hasher = self.random.build_hasher();
        hasher.write_u64(self.turn);
        let wait = self.base + hasher.finish() % self.base;
        self.base = (self.base * 3 / 2).min(1000);
        Duration::from_millis(wait)
    }
}
