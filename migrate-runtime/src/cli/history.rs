use migrate_core::{Error, RevisionId, graph::State};

use super::{
    App,
    listing::{list, tampered},
};

/// Options of `history`.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  history -r 3f2a:head   from one revision to the head\n  history -i             mark what the database is at"
)]
pub struct HistoryArgs {
    /// Only these: `FROM:TO`, `FROM:`, `:TO`.
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    rev_range: Option<String>,
    /// Ask the database, and mark what it is at.
    #[arg(short, long)]
    indicate_current: bool,
    /// Show each revision in full.
    #[arg(short, long)]
    verbose: bool,
}

impl HistoryArgs {
    pub(super) fn needs_database(&self) -> bool {
        self.indicate_current || self.rev_range.as_deref().is_some_and(counts_from_current)
    }

    /// Newest first, as Alembic has it.
    pub(super) async fn run(&self, app: &App<'_>) -> Result<u8, Error> {
        let graph = app.versions().graph()?;
        let graph = graph.as_ref();
        let current =
            if self.needs_database() { app.migrator.current(app.url()?).await? } else { Vec::new() };
        let state = if self.needs_database() {
            let ids: Vec<RevisionId> = current.iter().filter_map(|id| id.parse().ok()).collect();
            Some(State::lenient(graph, &ids))
        } else {
            None
        };
        let mut found = match &self.rev_range {
            None => graph.iter().map(|(index, _)| index).collect(),
            Some(range) => graph.between(&graph.resolve_range(state.as_ref(), range)?),
        };
        found.reverse();
        if self.indicate_current
            && let Some(error) = tampered(app).await
        {
            app.console.warn(error.message());
        }
        let shown: &[String] = if self.indicate_current { &current } else { &[] };
        list(app, graph, &found, shown, self.verbose)
    }
}

fn counts_from_current(range: &str) -> bool {
    range.split(':').any(|word| {
        word.contains("current") || word.starts_with(['+', '-']) || word.contains("@+") || word.contains("@-")
    })
}
