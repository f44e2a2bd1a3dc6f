use std::{fmt, sync::Arc, time::Duration};

use crate::{engine::Timeouts, event::Event, steps::Steps};

/// How revisions are grouped into transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TransactionMode {
    /// Each revision has its own: what is done stays done when a later one fails.
    #[default]
    PerRevision,
    /// One around all: either every revision of the plan is applied, or none. Not on MySQL and MariaDB, and not with a
    /// revision that has a section `transaction:off`.
    All,
}

/// What to do with a database that a newer release has migrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NewerDatabase {
    /// An error: the program was not written for it.
    #[default]
    Refuse,
    /// Go on, if the journal shows that every revision of this program is applied.
    Accept,
}

pub(crate) type Listener = Arc<dyn Fn(&Event<'_>) + Send + Sync>;

/// What a [`Migrator`](crate::Migrator) was told.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) schema: Option<String>,
    pub(crate) version_table: String,
    pub(crate) history_table: String,
    pub(crate) lock_wait: Duration,
    pub(crate) timeouts: Timeouts,
    pub(crate) transaction: TransactionMode,
    pub(crate) newer: NewerDatabase,
    pub(crate) operator: String,
    pub(crate) steps: Steps,
    pub(crate) listener: Option<Listener>,
    pub(crate) dry_run: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            schema: None,
            version_table: "migrate_version".into(),
            history_table: "migrate_history".into(),
            lock_wait: Duration::from_mins(5),
            timeouts: Timeouts::default(),
            transaction: TransactionMode::default(),
            newer: NewerDatabase::default(),
            operator: operator(),
            steps: Steps::default(),
            listener: None,
            dry_run: false,
        }
    }
}

impl Settings {
    pub(crate) fn tell(&self, event: &Event<'_>) {
        crate::event::trace(event);
        if let Some(listener) = &self.listener {
            listener(event);
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("schema", &self.schema)
            .field("version_table", &self.version_table)
            .field("lock_wait", &self.lock_wait)
            .field("transaction", &self.transaction)
            .field("newer", &self.newer)
            .field("steps", &self.steps)
            .finish_non_exhaustive()
    }
}

/// Who the journal says it was: the user of the operating system, the host and the process.
fn operator() -> String {
    let first = |names: &[&str]| {
        names.iter().find_map(|name| std::env::var(name).ok()).filter(|text| !text.is_empty())
    };
    let user = first(&["USER", "USERNAME", "LOGNAME"]).or_else(owner).unwrap_or_else(|| "unknown".into());
    let host = first(&["HOSTNAME", "COMPUTERNAME"])
        .or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok())
        .unwrap_or_else(|| "unknown".into());
    let name: String = format!("{user}@{} pid {}", host.trim(), std::process::id());
    name.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(200).collect()
}

/// A process without a name for its user, in a container for one, still has a number.
#[cfg(target_os = "linux")]
fn owner() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").ok().map(|process| format!("uid {}", process.uid()))
}

#[cfg(not(target_os = "linux"))]
fn owner() -> Option<String> {
    None
}
