use migrate_core::{
    Error, RevisionId,
    graph::{Graph, Index, State},
};

use super::{
    App,
    listing::{block, line, list, tampered},
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
    /// Show each revision in full, and what it revises: `a -> b`.
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
        let current: &[String] = if self.indicate_current { &current } else { &[] };
        if app.console.is_json() {
            return list(app, graph, &found, current, self.verbose);
        }
        self.draw(app, graph, &found, current)?;
        Ok(0)
    }

    /// The revisions beside the lines that lead from one to another.
    fn draw(&self, app: &App<'_>, graph: &Graph, found: &[Index], current: &[String]) -> Result<(), Error> {
        let rows = graph.draw(found);
        for (at, row) in rows.iter().enumerate() {
            let Some(index) = row.revision else {
                app.console.out(&row.lines);
                continue;
            };
            if !self.verbose {
                let width =
                    app.console.width().map(|width| width.saturating_sub(row.lines.chars().count() + 1));
                app.console.out(&format!(
                    "{} {}",
                    row.lines,
                    line(&app.console, graph, index, current, width)
                ));
                continue;
            }
            let width = row.lines.len();
            let mut lines = &row.lines;
            for fact in block(app, graph, index, current, true)?.lines() {
                app.console.out(&format!("{lines:<width$} {fact}"));
                lines = &row.below;
            }
            if rows.get(at + 1).is_some_and(|next| next.revision.is_some()) {
                app.console.out(&row.below);
            }
        }
        Ok(())
    }
}

fn counts_from_current(range: &str) -> bool {
    range.split(':').any(|word| {
        word.contains("current") || word.starts_with(['+', '-']) || word.contains("@+") || word.contains("@-")
    })
}
