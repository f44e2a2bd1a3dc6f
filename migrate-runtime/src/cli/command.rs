use std::{fmt, path::Path, process::ExitCode, time::Duration};

use migrate_core::{Code, Error};

use super::{
    Console, OutputArgs, exit_code,
    history::HistoryArgs,
    listing::{BranchesArgs, CurrentArgs, HeadsArgs},
    moves::{DowngradeArgs, ResumeArgs, StampArgs, UpgradeArgs},
    program,
    show::ShowArgs,
};
use crate::{DatabaseUrl, Engine, Migrator, Versions};

/// What a database can be asked for and told.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// Apply revisions.
    Upgrade(UpgradeArgs),
    /// Take revisions back.
    Downgrade(DowngradeArgs),
    /// Show the revisions that the database is at.
    #[command(alias = "status")]
    Current(CurrentArgs),
    /// List the revisions.
    History(HistoryArgs),
    /// Show the heads: revisions that no other revises.
    Heads(HeadsArgs),
    /// Show where branches begin.
    Branches(BranchesArgs),
    /// Show one revision, and with --sql its statements.
    Show(ShowArgs),
    /// Write down that the database is at a revision, without running anything.
    Stamp(StampArgs),
    /// Fail unless the database is at the heads; reads only.
    Verify,
    /// Create the version table and the journal if they are missing.
    EnsureVersion,
    /// Settle a statement of which nobody knows whether it took effect.
    Resume(ResumeArgs),
}

/// `migrate` as a subcommand of an application.
#[derive(Clone, clap::Args)]
#[command(about = "Move the database through its revisions", long_about = None)]
pub struct Migrate {
    /// The database; else the environment variable `DATABASE_URL`.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Give up when another process migrates for longer: seconds, or like 90s, 5m, 1h.
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_wait)]
    pub lock_wait: Option<Duration>,
    /// Something for the program's Rust steps; may be repeated.
    #[arg(short = 'x', global = true, value_name = "KEY=VALUE", value_parser = parse_argument)]
    pub arguments: Vec<(String, String)>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub output: OutputArgs,
    #[command(subcommand)]
    #[allow(missing_docs)]
    pub command: Command,
}

impl Migrate {
    /// Runs the command, writes its result or its error, and gives the code to exit with.
    pub async fn run(&self, migrator: Migrator<'_>) -> ExitCode {
        let url = self.database_url.clone().or_else(|| std::env::var("DATABASE_URL").ok());
        let migrator = match self.lock_wait {
            Some(wait) => migrator.lock_wait(wait),
            None => migrator,
        };
        let migrator = self
            .arguments
            .iter()
            .fold(migrator, |migrator, (key, value)| migrator.argument(key.as_str(), value.as_str()));
        let app = App::new(migrator, url, &self.output);
        self.note_database(&app);
        match self.command.run(&app).await {
            Ok(code) => ExitCode::from(code),
            Err(error) => {
                let arguments: Vec<_> = std::env::args_os().collect();
                let error = match program::before(self.command.name(), &arguments) {
                    Some(program) => program::in_words_of(&program, error),
                    None => error,
                };
                app.console.error(&error);
                ExitCode::from(exit_code(&error))
            }
        }
    }
}

impl Migrate {
    /// Says which database is going to change. Where one is only asked, one that is not there looks like one that is
    /// empty.
    fn note_database(&self, app: &App<'_>) {
        if !self.command.needs_database() {
            return;
        }
        let Ok(url) = DatabaseUrl::parse(app.database_url.as_deref().unwrap_or_default()) else { return };
        if self.command.changes_database() {
            app.console.note(&format!("database: {url}"));
        }
        let is_file = url.engine == Engine::Sqlite && url.database != ":memory:";
        if !self.command.may_create() && is_file && matches!(Path::new(&url.database).try_exists(), Ok(false))
        {
            app.console.note(&format!("{url} does not exist yet"));
        }
    }
}

/// What a command works with.
pub struct App<'a> {
    /// The revisions and the settings.
    pub migrator: Migrator<'a>,
    /// The database, where one is known.
    pub database_url: Option<String>,
    /// Where output goes.
    pub console: Console,
}

impl<'a> App<'a> {
    /// An application whose migrator reports its progress on the console.
    pub fn new(migrator: Migrator<'a>, database_url: Option<String>, output: &OutputArgs) -> Self {
        let console = Console::new(output);
        let progress = console.clone();
        let migrator = migrator.on_event(move |event| super::moves::show(&progress, event));
        Self { migrator, database_url, console }
    }

    pub(super) fn versions(&self) -> &'a Versions {
        self.migrator.versions()
    }

    /// The URL of the database, or an error that says where it can be given.
    pub(super) fn url(&self) -> Result<&str, Error> {
        self.database_url.as_deref().filter(|url| !url.is_empty()).ok_or_else(|| {
            Error::new(Code::InvalidUrl, "no database URL was given")
                .with_help("use --database-url, or set DATABASE_URL")
        })
    }
}

// A URL holds a password, which no output shows.
impl fmt::Debug for Migrate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migrate")
            .field("database_url", &self.database_url.as_deref().map(shown))
            .field("lock_wait", &self.lock_wait)
            .field("arguments", &self.arguments.iter().map(|(key, _)| key).collect::<Vec<_>>())
            .field("output", &self.output)
            .field("command", &self.command)
            .finish()
    }
}

impl fmt::Debug for App<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("migrator", &self.migrator)
            .field("database_url", &self.database_url.as_deref().map(shown))
            .field("console", &self.console)
            .finish()
    }
}

/// A URL without its password; where it cannot be read, that it is there.
fn shown(url: &str) -> String {
    DatabaseUrl::parse(url).map_or_else(|_| "...".to_owned(), |url| url.to_string())
}

impl Command {
    /// Whether the command opens the database.
    pub fn needs_database(&self) -> bool {
        match self {
            Self::Upgrade(args) => !args.is_offline(),
            Self::Downgrade(args) => !args.is_offline(),
            Self::Stamp(args) => !args.is_offline(),
            Self::Current(_) | Self::Verify | Self::EnsureVersion | Self::Resume(_) => true,
            Self::History(args) => args.needs_database(),
            Self::Show(args) => args.needs_database(),
            Self::Heads(_) | Self::Branches(_) => false,
        }
    }

    /// Whether the command changes the database, or plans to.
    pub fn changes_database(&self) -> bool {
        match self {
            Self::Upgrade(_) | Self::Downgrade(_) | Self::Stamp(_) => self.needs_database(),
            Self::EnsureVersion | Self::Resume(_) => true,
            Self::Current(_)
            | Self::Verify
            | Self::History(_)
            | Self::Show(_)
            | Self::Heads(_)
            | Self::Branches(_) => false,
        }
    }

    /// What it is called on the command line.
    fn name(&self) -> &'static str {
        match self {
            Self::Upgrade(_) => "upgrade",
            Self::Downgrade(_) => "downgrade",
            Self::Current(_) => "current",
            Self::History(_) => "history",
            Self::Heads(_) => "heads",
            Self::Branches(_) => "branches",
            Self::Show(_) => "show",
            Self::Stamp(_) => "stamp",
            Self::Verify => "verify",
            Self::EnsureVersion => "ensure-version",
            Self::Resume(_) => "resume",
        }
    }

    /// Whether a database file that is missing is created on the way.
    fn may_create(&self) -> bool {
        match self {
            Self::Upgrade(args) => args.writes(),
            Self::Stamp(args) => args.writes(),
            Self::EnsureVersion => true,
            Self::Downgrade(_)
            | Self::Current(_)
            | Self::Verify
            | Self::Resume(_)
            | Self::History(_)
            | Self::Show(_)
            | Self::Heads(_)
            | Self::Branches(_) => false,
        }
    }

    /// Runs the command and writes its result. Gives the code to exit with.
    ///
    /// # Errors
    /// What the command's own part of [`Migrator`] fails with; nothing of it has been written yet.
    pub async fn run(&self, app: &App<'_>) -> Result<u8, Error> {
        match self {
            Self::Upgrade(args) => args.run(app).await,
            Self::Downgrade(args) => args.run(app).await,
            Self::Current(args) => args.run(app).await,
            Self::History(args) => args.run(app).await,
            Self::Heads(args) => args.run(app),
            Self::Branches(args) => args.run(app),
            Self::Show(args) => args.run(app).await,
            Self::Stamp(args) => args.run(app).await,
            Self::Verify => super::moves::verify(app).await,
            Self::EnsureVersion => super::moves::ensure_version(app).await,
            Self::Resume(args) => args.run(app).await,
        }
    }
}

/// `KEY=VALUE`.
///
/// # Errors
/// What is wrong, for people.
pub fn parse_argument(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

/// `90`, `90s`, `5m` or `1h`.
fn parse_wait(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let seconds: Option<u64> = number.parse().ok().and_then(|number: u64| match unit {
        "s" => Some(number),
        "m" => number.checked_mul(60),
        "h" => number.checked_mul(3600),
        _ => None,
    });
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "expected seconds, or a time like 90s, 5m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    static NONE: Versions = Versions::none();

    #[test]
    fn a_password_is_not_shown_to_programmers_either() {
        for url in ["postgres://u:s3cret@h/d", "no url s3cret"] {
            let output = OutputArgs::default();
            let migrate = Migrate {
                database_url: Some(url.to_owned()),
                lock_wait: None,
                arguments: Vec::new(),
                output: output.clone(),
                command: Command::Verify,
            };
            let app = App::new(Migrator::new(&NONE), Some(url.to_owned()), &output);
            let shown = format!("{migrate:?} {app:?}");
            assert!(!shown.contains("s3cret") && shown.contains("database_url"), "{shown}");
        }
    }
}
