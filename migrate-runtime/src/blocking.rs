//! The same as [`Migrator`](crate::Migrator), for programs without an async runtime.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use migrate_core::{Code, Error};

use crate::{Database, Interrupted, Report, Settle, Status};

/// A [`Migrator`](crate::Migrator) whose calls block.
///
/// ```no_run
/// # static VERSIONS: migrate_runtime::Versions = migrate_runtime::Versions::none();
/// # fn main() -> Result<(), migrate_runtime::Error> {
/// use migrate_runtime::{Migrator, blocking};
///
/// blocking::Migrator::new(Migrator::new(&VERSIONS)).upgrade("sqlite:app.db", "head")?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Migrator<'v>(crate::Migrator<'v>);

impl<'v> Migrator<'v> {
    /// Wraps a migrator with its settings.
    pub fn new(migrator: crate::Migrator<'v>) -> Self {
        Self(migrator)
    }

    /// See [`Migrator::upgrade`](crate::Migrator::upgrade).
    ///
    /// # Errors
    /// The same.
    pub fn upgrade<'c>(&self, database: impl Database<'c> + Send, target: &str) -> Result<Report, Error> {
        wait_for(database.lives_in_a_runtime(), self.0.upgrade(database, target))
    }

    /// See [`Migrator::downgrade`](crate::Migrator::downgrade).
    ///
    /// # Errors
    /// The same.
    pub fn downgrade<'c>(&self, database: impl Database<'c> + Send, target: &str) -> Result<Report, Error> {
        wait_for(database.lives_in_a_runtime(), self.0.downgrade(database, target))
    }

    /// See [`Migrator::stamp`](crate::Migrator::stamp).
    ///
    /// # Errors
    /// The same.
    pub fn stamp<'c>(
        &self,
        database: impl Database<'c> + Send,
        targets: &[&str],
        purge: bool,
    ) -> Result<Report, Error> {
        wait_for(database.lives_in_a_runtime(), self.0.stamp(database, targets, purge))
    }

    /// See [`Migrator::current`](crate::Migrator::current).
    ///
    /// # Errors
    /// The same.
    pub fn current<'c>(&self, database: impl Database<'c> + Send) -> Result<Vec<String>, Error> {
        wait_for(database.lives_in_a_runtime(), self.0.current(database))
    }

    /// See [`Migrator::interrupted`](crate::Migrator::interrupted).
    ///
    /// # Errors
    /// The same.
    pub fn interrupted<'c>(&self, database: impl Database<'c> + Send) -> Result<Option<Interrupted>, Error> {
        wait_for(database.lives_in_a_runtime(), self.0.interrupted(database))
    }

    /// See [`Migrator::status`](crate::Migrator::status).
    ///
    /// # Errors
    /// The same.
    pub fn status<'c>(&self, database: impl Database<'c> + Send) -> Result<Status, Error> {
        wait_for(database.lives_in_a_runtime(), self.0.status(database))
    }

    /// See [`Migrator::verify`](crate::Migrator::verify).
    ///
    /// # Errors
    /// The same.
    pub fn verify<'c>(&self, database: impl Database<'c> + Send) -> Result<(), Error> {
        wait_for(database.lives_in_a_runtime(), self.0.verify(database))
    }

    /// See [`Migrator::wait`](crate::Migrator::wait).
    ///
    /// # Errors
    /// The same.
    pub fn wait(&self, database: &str, at_most: Duration) -> Result<(), Error> {
        wait_for(false, self.0.wait(database, at_most))
    }

    /// See [`Migrator::ensure_version`](crate::Migrator::ensure_version).
    ///
    /// # Errors
    /// The same.
    pub fn ensure_version<'c>(&self, database: impl Database<'c> + Send) -> Result<(), Error> {
        wait_for(database.lives_in_a_runtime(), self.0.ensure_version(database))
    }

    /// See [`Migrator::settle`](crate::Migrator::settle).
    ///
    /// # Errors
    /// The same.
    pub fn settle<'c>(&self, database: impl Database<'c> + Send, settle: Settle) -> Result<String, Error> {
        wait_for(database.lives_in_a_runtime(), self.0.settle(database, settle))
    }
}

/// Runs a future to its end. On a thread of its own: the caller may well be inside a runtime, where blocking in place
/// would panic or starve the future of the runtime that it waits for.
fn wait_for<T: Send>(
    needs_runtime: bool,
    future: impl Future<Output = Result<T, Error>> + Send,
) -> Result<T, Error> {
    refuse_to_starve(needs_runtime)?;
    thread::scope(|scope| {
        let worker = thread::Builder::new()
            .name("migrate".into())
            .spawn_scoped(scope, move || drive(future))
            .map_err(|error| Error::new(Code::Io, format!("no thread can be started: {error}")))?;
        // A panic of a Rust step of the application goes on as a panic, as it would without the thread.
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// A connection that the caller holds is driven by the caller's runtime. If that has one thread, and this is it, then
/// blocking here would wait for ever.
#[cfg(any(feature = "postgres", feature = "mysql", feature = "mssql"))]
fn refuse_to_starve(needs_runtime: bool) -> Result<(), Error> {
    use tokio::runtime::{Handle, RuntimeFlavor};
    let is_alone = |handle: Handle| handle.runtime_flavor() == RuntimeFlavor::CurrentThread;
    if needs_runtime && Handle::try_current().is_ok_and(is_alone) {
        return Err(Error::new(Code::Usage, "this thread drives the connection, and cannot wait for it")
            .with_help("use `Migrator` and await it, or give a URL instead of the connection"));
    }
    Ok(())
}

#[cfg(not(any(feature = "postgres", feature = "mysql", feature = "mssql")))]
#[allow(clippy::unnecessary_wraps, reason = "the network drivers have a reason to refuse")]
fn refuse_to_starve(_needs_runtime: bool) -> Result<(), Error> {
    Ok(())
}

#[cfg(any(feature = "postgres", feature = "mysql", feature = "mssql"))]
fn drive<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Code::Io, format!("no tokio runtime can be started: {error}")))?;
    runtime.block_on(future)
}

#[cfg(not(any(feature = "postgres", feature = "mysql", feature = "mssql")))]
fn drive<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    park_until_done(future)
}

/// The smallest executor: the thread sleeps until it is woken.
#[cfg_attr(any(feature = "postgres", feature = "mysql", feature = "mssql"), allow(dead_code))]
fn park_until_done<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_small_executor_waits_for_a_wake() {
        let began = std::time::Instant::now();
        park_until_done(crate::pause::pause(Duration::from_millis(30)));
        assert!(began.elapsed() >= Duration::from_millis(30));
    }
}
