//! Commands that move a database, or check where it is.

use migrate_core::{Code, Dialect, Error, graph::Direction};
use serde_json::json;

use super::{
    App, Console,
    console::Style,
    json::report_json,
    offline::OfflineArgs,
    script::{self, Shown},
};
use crate::{Event, Report, Settle, Status, offline::Action};

/// Options of `upgrade`.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  upgrade            to the head\n  upgrade +1         one revision\n  upgrade billing@head\n  upgrade 3f2a:head --sql   a script from one revision to the head"
)]
pub struct UpgradeArgs {
    /// A revision: an id or a prefix of it, a label, `head`, `heads`, `+1`, `ID+1`, `BRANCH@head`; with --sql also a range.
    #[arg(default_value = "head", allow_hyphen_values = true)]
    revision: String,
    /// List the revisions that would run, with -v their statements too, and do nothing.
    #[arg(long, conflicts_with = "sql")]
    dry_run: bool,
    /// With --dry-run: show the statements.
    #[arg(short, long, requires = "dry_run")]
    verbose: bool,
    #[command(flatten)]
    offline: OfflineArgs,
}

/// Options of `downgrade`.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  downgrade -1       take the last revision back\n  downgrade base     take everything back\n  downgrade billing@base\n  downgrade 3f2a:base --sql"
)]
pub struct DowngradeArgs {
    /// The revision to go back to, which itself stays: an id or a prefix, a label, `base`, `-1`, `BRANCH@base`; with --sql a
    /// range FROM:TO.
    #[arg(allow_hyphen_values = true)]
    revision: String,
    /// List the revisions that would run, with -v their statements too, and do nothing.
    #[arg(long, conflicts_with = "sql")]
    dry_run: bool,
    /// With --dry-run: show the statements.
    #[arg(short, long, requires = "dry_run")]
    verbose: bool,
    #[command(flatten)]
    offline: OfflineArgs,
}

/// Options of `stamp`.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  stamp head          the database is up to date already\n  stamp --purge 3f2a  forget what it says, it is at 3f2a"
)]
pub struct StampArgs {
    /// Where the database is: ids or prefixes, labels, `head`, `heads`, `base`; what is below them counts as applied.
    #[arg(required = true)]
    revisions: Vec<String>,
    /// Forget what the database says, even if it is unknown here.
    #[arg(long, conflicts_with = "sql")]
    purge: bool,
    /// Show what would be written, and write nothing.
    #[arg(long, conflicts_with = "sql")]
    dry_run: bool,
    #[command(flatten)]
    offline: OfflineArgs,
}

/// Options of `resume`.
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
pub struct ResumeArgs {
    /// The statement took effect: go on behind it.
    #[arg(long)]
    done: bool,
    /// The statement did not take effect: run it again.
    #[arg(long)]
    redo: bool,
}

impl UpgradeArgs {
    /// Whether it may create the database.
    pub(super) fn writes(&self) -> bool {
        !self.dry_run
    }

    /// Whether it only writes a script.
    pub(super) fn is_offline(&self) -> bool {
        self.offline.is_asked_for()
    }

    pub(super) async fn run(&self, app: &App<'_>) -> Result<u8, Error> {
        if self.is_offline() {
            return self.offline.write(app, Action::Upgrade(&self.revision));
        }
        let migrator = app.migrator.clone().dry_run(self.dry_run);
        let upgraded = migrator.upgrade(app.url()?, &self.revision).await;
        let report = upgraded.map_err(|error| meant_a_walk(error, &self.revision, '+'))?;
        finish(app, &report, self.verbose, "already up to date")
    }
}

impl DowngradeArgs {
    /// Whether it only writes a script.
    pub(super) fn is_offline(&self) -> bool {
        self.offline.is_asked_for()
    }

    pub(super) async fn run(&self, app: &App<'_>) -> Result<u8, Error> {
        if self.is_offline() {
            return self.offline.write(app, Action::Downgrade(&self.revision));
        }
        let migrator = app.migrator.clone().dry_run(self.dry_run);
        let downgraded = migrator.downgrade(app.url()?, &self.revision).await;
        let report = downgraded.map_err(|error| meant_a_walk(error, &self.revision, '-'))?;
        finish(app, &report, self.verbose, "nothing to take back")
    }
}

/// A bare number that is no revision was probably meant as how far to go.
fn meant_a_walk(error: Error, word: &str, sign: char) -> Error {
    let is_number = !word.is_empty() && word.len() < 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    if error.code() != Code::UnknownRevision || !is_number {
        return error;
    }
    error.with_help(format!(
        "did you mean `{sign}{word}`? A bare word is an id of 4 or more characters, or a label"
    ))
}

impl StampArgs {
    /// Whether it may create the database.
    pub(super) fn writes(&self) -> bool {
        !self.dry_run
    }

    /// Whether it only writes a script.
    pub(super) fn is_offline(&self) -> bool {
        self.offline.is_asked_for()
    }

    pub(super) async fn run(&self, app: &App<'_>) -> Result<u8, Error> {
        let targets: Vec<_> = self.revisions.iter().map(String::as_str).collect();
        if self.is_offline() {
            return self.offline.write(app, Action::Stamp(&targets));
        }
        let migrator = app.migrator.clone().dry_run(self.dry_run);
        let report = migrator.stamp(app.url()?, &targets, self.purge).await?;
        finish(app, &report, false, "stamped as before")
    }
}

impl ResumeArgs {
    pub(super) async fn run(&self, app: &App<'_>) -> Result<u8, Error> {
        let settle = if self.done { Settle::Done } else { Settle::Redo };
        let revision = app.migrator.settle(app.url()?, settle).await?;
        if app.console.is_json() {
            app.console
                .json(&json!({ "revision": revision, "settled": if self.done { "done" } else { "redo" } }));
        } else {
            app.console
                .out(&format!("settled; run the same command as before to finish revision {revision}"));
        }
        Ok(0)
    }
}

pub(super) async fn verify(app: &App<'_>) -> Result<u8, Error> {
    let url = app.url()?;
    app.migrator.verify(url).await?;
    let status = app.migrator.status(url).await?;
    if app.console.is_json() {
        app.console.json(&json!({ "status": status_word(&status) }));
    } else {
        app.console.out(&app.console.style(Style::Good, "the database is current"));
    }
    Ok(0)
}

pub(super) async fn ensure_version(app: &App<'_>) -> Result<u8, Error> {
    app.migrator.ensure_version(app.url()?).await?;
    if app.console.is_json() {
        app.console.json(&json!({ "ensured": true }));
    } else {
        app.console.out("the version table is there");
    }
    Ok(0)
}

fn status_word(status: &Status) -> &'static str {
    match status {
        Status::Current => "current",
        Status::Pending(_) => "pending",
        Status::Ahead { .. } => "ahead",
        Status::Diverged { .. } => "diverged",
    }
}

/// The result: in text, where the database is now; what was done has been shown as it happened. With the statements of
/// each step, if they are asked for.
fn finish(app: &App<'_>, report: &Report, with_statements: bool, nothing: &str) -> Result<u8, Error> {
    let console = &app.console;
    let scripts = with_statements.then(|| {
        let steps = report.steps.iter();
        steps.map(|step| script::of_step(app, report, &step.revision, step.direction)).collect()
    });
    let scripts: Option<Vec<Vec<Shown>>> = scripts.transpose()?;
    if console.is_json() {
        console.json(&report_json(report, scripts.as_deref()));
        return Ok(0);
    }
    let heads = |ids: &[String]| if ids.is_empty() { "base".to_owned() } else { ids.join(", ") };
    if report.steps.is_empty() && report.from == report.to {
        console.out(&format!("{nothing}: {}", console.style(Style::Revision, &heads(&report.to))));
        return Ok(0);
    }
    if report.dry_run {
        for (at, step) in report.steps.iter().enumerate() {
            console.out(&format!(
                "would {} {}  {}",
                verb(step.direction),
                console.style(Style::Revision, &step.revision),
                step.message
            ));
            for shown in scripts.iter().filter_map(|scripts| scripts.get(at)).flatten() {
                statement(console, report.dialect, shown);
            }
        }
    }
    if report.from == report.to {
        // A stamp that changes no head but what is known of it.
        let stamped = if report.dry_run { "would stamp anew:" } else { "stamped anew:" };
        console.out(&format!("{stamped} {}", console.style(Style::Revision, &heads(&report.to))));
        return Ok(0);
    }
    console.out(&format!(
        "{} {} -> {}",
        if report.dry_run { "would go" } else { "done:" },
        heads(&report.from),
        console.style(Style::Revision, &heads(&report.to))
    ));
    Ok(0)
}

/// A statement below its revision, with what is to be looked at above it.
fn statement(console: &Console, dialect: Dialect, shown: &Shown) {
    for review in &shown.reviews {
        console.out(&console.style(Style::Revision, &format!("    -- review: {review}")));
    }
    let end = match dialect {
        _ if shown.sql.starts_with("-- migrate:call") => "",
        Dialect::Mssql => "\nGO",
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => ";",
    };
    for line in format!("{}{end}", shown.sql).lines() {
        console.out(format!("    {line}").trim_end());
    }
}

fn verb(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "upgrade",
        Direction::Down => "downgrade",
        Direction::Stamp => "stamp",
    }
}

/// Progress: a line for what happens.
pub(super) fn show(console: &Console, event: &Event<'_>) {
    match event {
        Event::Creating { file } => {
            let file = file.display().to_string();
            // `user:password@host` behind the wrong scheme is no file, but would be taken for one.
            console.note(&format!("creating {}", if file.contains('@') { "***" } else { &file }));
        }
        Event::Waiting { at_most } => {
            console.note(&format!("another process is migrating; waiting up to {} s", at_most.as_secs()));
        }
        Event::Started { revision, message, direction, number, of } => {
            console.note(&format!("[{number}/{of}] {} {revision}  {message}", verb(*direction)));
        }
        Event::Finished { statements, duration, .. } => {
            let plural = if *statements == 1 { "" } else { "s" };
            console.note(&format!("      {statements} statement{plural} in {} ms", duration.as_millis()));
        }
        Event::Resumed { statement, of, .. } if statement > of => {
            console.note(&format!(
                "      it stopped half way: all {of} statements have run, only that is to be recorded"
            ));
        }
        Event::Resumed { statement, of, .. } => {
            console.note(&format!("      it stopped half way: going on at statement {statement} of {of}"));
        }
        Event::Warning { message } => console.warn(message),
    }
}
