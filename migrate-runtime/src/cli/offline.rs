//! `--sql`: the script instead of the deed.

use migrate_core::{Dialect, Error, UnknownDialect};
use serde_json::json;

use super::App;
use crate::{
    DatabaseUrl, Engine,
    offline::{self, Action},
};

/// Options of the commands that can write a script.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Offline")]
pub(super) struct OfflineArgs {
    /// Write a script for the engine's own client instead, and ask no database. It begins at `base`, or at FROM of a
    /// range FROM:TO.
    #[arg(long)]
    sql: bool,
    /// With --sql: the engine; else that of the database URL, else the first of the project.
    #[arg(long, value_name = "DIALECT", requires = "sql", value_parser = dialect)]
    dialect: Option<Dialect>,
    /// With --sql: a word for the head of the script, such as the number of a ticket.
    #[arg(long, value_name = "TEXT", requires = "sql")]
    tag: Option<String>,
}

fn dialect(word: &str) -> Result<Dialect, UnknownDialect> {
    word.trim().to_ascii_lowercase().parse()
}

impl OfflineArgs {
    pub(super) fn is_asked_for(&self) -> bool {
        self.sql
    }

    /// Writes the script to stdout.
    pub(super) fn write(&self, app: &App<'_>, action: Action<'_>) -> Result<u8, Error> {
        let versions = app.versions();
        let dialect = self.dialect.or_else(|| of_url(app)).or_else(|| versions.dialects().first().copied());
        let dialect = dialect.unwrap_or(Dialect::Sqlite);
        let script =
            offline::script(versions, app.migrator.settings(), dialect, action, self.tag.as_deref())?;
        if app.console.is_json() {
            app.console.json(&json!({
                "dialect": script.dialect.name(),
                "from": script.from,
                "to": script.to,
                "revisions": script.revisions,
                "sql": script.sql,
            }));
        } else if script.sql.is_empty() {
            app.console.note("there is nothing to do: no script was written");
        } else {
            app.console.out(script.sql.trim_end());
        }
        Ok(0)
    }
}

/// The dialect that a server at the URL would be served as, as far as the URL tells.
fn of_url(app: &App<'_>) -> Option<Dialect> {
    let url = DatabaseUrl::parse(app.database_url.as_deref()?).ok()?;
    let served = app.versions().dialects();
    let dialect = match url.engine {
        Engine::Postgres => Dialect::Postgres,
        Engine::Mssql => Dialect::Mssql,
        Engine::Sqlite => Dialect::Sqlite,
        Engine::Mysql if url.is_mariadb() && served.contains(&Dialect::Mariadb) => Dialect::Mariadb,
        Engine::Mysql if !served.contains(&Dialect::Mysql) => Dialect::Mariadb,
        Engine::Mysql => Dialect::Mysql,
    };
    served.contains(&dialect).then_some(dialect)
}
